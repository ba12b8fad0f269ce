"""The provider: what its own rules mean for this configuration, and what its refusals mean."""

from __future__ import annotations

from ..config.model import Config
from ..core.providers import Provider, provider_of_host
from ..core.providers.implied import implied
from ..reports.check import Level
from .findings import Findings


def provider_of(config: Config) -> Provider | None:
    """Whose servers these are; None for nobody's that is known."""
    account = config.account
    return provider_of_host(account.imap.host) or provider_of_host(account.smtp.host) if account else None


def look_at_provider(config: Config, findings: Findings) -> None:
    """Said before any server is asked: a refusal then comes as no surprise."""
    provider = provider_of(config)
    if provider is None:
        return
    has_token = config.account is not None and config.account.imap.token is not None
    for one in implied(provider, config.owner, config.backups, has_token=has_token):
        level: Level = "problem" if one.is_problem else "note" if one.to_do else "ok"
        findings.add("provider", level, one.what, one.to_do)
