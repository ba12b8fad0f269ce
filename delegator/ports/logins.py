"""Logins by OAuth 2: what is kept of them, and what goes on by itself."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ..core.logins.consent import Consent


class LoginStore(Protocol):
    """The consent for one mailbox, whoever serves it."""

    async def consents(self, login: str) -> list[str]:
        """As `core.logins.consent` writes them: the one that counts, then the one before."""

    async def keep_consent(self, login: str, text: str, *, is_new: bool) -> None:
        """is_new: it has another token, and the one before is kept; else more is known of the same."""


class TokenLogin(Protocol):
    """One login of one account, which goes on without a person for as long as it can.

    Each but `consents` and `keep` raises Unavailable, and Refused where a person must act.
    """

    @property
    def to_do(self) -> str:
        """What a person does about a token that a server refuses."""

    async def get(self, refused: str = "") -> str:
        """An access token. refused: one that a server has just refused."""

    async def refresh_now(self) -> None:
        """Whatever token there is."""

    async def refresh_if_due(self) -> datetime:
        """Once a day; when to do so again."""

    async def consents(self) -> list[Consent]:
        """The one that counts, and the one before; none of an app that logs in by itself."""

    async def keep(self, consent: Consent) -> None:
        """A person has consented anew."""
