"""What the state tells `status`: what waits, who has what, and what is damaged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ..core.hours.briefed import Briefed
    from ..core.mail.addresses import Address
    from .handovers import HandoverRow


@dataclass(frozen=True, slots=True)
class AboutMail:
    """A mail that can be named."""

    sender: Address
    subject: str


@dataclass(frozen=True, slots=True)
class SetAside:
    """A row of the state that could not be read, and that no review has told yet.

    mail: what it was about; None: no mail, or one that is private.
    """

    id: int
    mail: AboutMail | None


@dataclass(frozen=True, slots=True)
class StateFacts:
    """How an account stands, as the state has it; read in one transaction.

    waiting: open items (conversations). held_up: forwards that were tried and go when they can: since when,
    and what the server said to the last attempt; the longest first. briefs: those that hold.
    said: what each of them said, if anything: "accepted", "declined", "dates", "automatic" or "bounce".
    """

    waiting: int
    handovers_open: int
    handovers_overdue: int
    outbox_pending: int
    held_up: tuple[tuple[datetime, str], ...]
    set_aside: tuple[SetAside, ...]
    handovers: tuple[HandoverRow, ...]
    briefs: tuple[Briefed, ...]
    said: Mapping[str, str]


class StatusStore(Protocol):
    """What `status` needs."""

    async def facts(self, now: datetime) -> StateFacts: ...

    async def said_by_backups(self) -> Mapping[str, str]:
        """As in `StateFacts`."""
