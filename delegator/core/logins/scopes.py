"""What is asked of Microsoft and of Google: all that `delegator login` needs beside `providers`."""

from __future__ import annotations

from typing import Literal

LoginKey = Literal["microsoft", "google"]

NAMES: dict[LoginKey, str] = {"microsoft": "Microsoft 365", "google": "Google"}

GOOGLE_SCOPE = "https://mail.google.com/"  # the one scope that IMAP and SMTP take
MICROSOFT_AUTHORITY = "https://login.microsoftonline.com"

# By national cloud: the resource whose scopes Exchange takes there, for a person and for an app.
_OUTLOOK = {
    "https://login.microsoftonline.com": ("https://outlook.office.com", "https://outlook.office365.com"),
    "https://login.microsoftonline.us": ("https://outlook.office365.us", "https://outlook.office365.us"),
    "https://login.partner.microsoftonline.cn": ("https://partner.outlook.cn", "https://partner.outlook.cn"),
}
_PERMISSIONS = ("IMAP.AccessAsUser.All", "SMTP.Send")
APP_PERMISSIONS = ("IMAP.AccessAsApp", "SMTP.SendAsApp")


def microsoft_scopes(authority: str, *, is_app: bool) -> tuple[str, ...]:
    """What a token for IMAP and SMTP is asked for. authority: of a cloud; one not known is the public one."""
    of_person, of_app = _OUTLOOK.get(authority.rstrip("/"), _OUTLOOK[MICROSOFT_AUTHORITY])
    if is_app:
        return (f"{of_app}/.default",)
    return tuple(f"{of_person}/{permission}" for permission in _PERMISSIONS)


def admin_consent_address(authority: str, tenant: str, client_id: str) -> str:
    """Where an administrator consents for all of an organisation."""
    return f"{authority.rstrip('/')}/{tenant}/adminconsent?client_id={client_id}"
