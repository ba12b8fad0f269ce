"""What to do where a server takes no password."""

from __future__ import annotations

import re

from ..providers import provider_of_host

# Microsoft's words where a password is of no use: for a tenant, a mailbox, or for everybody.
_BASIC_IS_OFF = re.compile(
    r"basic auth\w* is (disabled|blocked)|BasicAuthBlocked|LogonDenied-BasicAuth", re.IGNORECASE
)
_TO_DO = "run `delegator login`"


def without_password(host: str, said: str = "") -> str | None:
    """What to do where a server takes no password, or refused one, if that is known; else None."""
    provider = provider_of_host(host)
    if provider is not None and provider.credentials == "token":
        return f"{provider.name} takes no passwords; {_TO_DO}"
    if _BASIC_IS_OFF.search(said):
        return f"Microsoft 365 takes no passwords; {_TO_DO}"
    if provider is not None and provider.credentials == "app password":
        return f"{provider.name} takes app passwords only: {provider.credentials_hint}"
    return None
