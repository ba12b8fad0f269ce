"""What `status` reports: how each account is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from .json import utc_text


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """How one account is. waiting: open items. handovers_overdue: past their moment of follow-up.

    connected: by a running daemon. last_contact_at: the last answer of the IMAP server, or None.
    outbox_pending: submissions that are not accepted yet. problems: sentences, the worst first.
    For people, and in no JSON: handovers: who has what until when. backups: what each said to its brief.
    timezone: the owner's, by its name.
    """

    address: str
    connected: bool
    last_contact_at: datetime | None
    away: bool
    next_review_at: datetime | None
    waiting: int
    handovers_open: int
    handovers_overdue: int
    outbox_pending: int
    problems: tuple[str, ...]
    handovers: tuple[str, ...] = ()
    backups: tuple[str, ...] = ()
    timezone: str = "UTC"

    def to_dict(self) -> dict[str, Any]:
        return {
            "address": self.address,
            "connected": self.connected,
            "last_contact_at": utc_text(self.last_contact_at),
            "away": self.away,
            "next_review_at": utc_text(self.next_review_at),
            "waiting": self.waiting,
            "handovers_open": self.handovers_open,
            "handovers_overdue": self.handovers_overdue,
            "outbox_pending": self.outbox_pending,
            "problems": list(self.problems),
        }

    def lines(self) -> Iterable[str]:
        yield self.address
        yield f"  connected      {'yes' if self.connected else 'no'}"
        yield f"  last contact   {self._local(self.last_contact_at) or 'never'}"
        yield f"  away           {'yes' if self.away else 'no'}"
        yield f"  next review    {self._local(self.next_review_at) or 'none'}"
        yield f"  waiting        {self.waiting}"
        yield f"  handed over    {self.handovers_open} open, {self.handovers_overdue} overdue"
        yield from (f"    {handover}" for handover in self.handovers)
        yield f"  to be sent     {self.outbox_pending}"
        yield from (f"  {backup}" for backup in self.backups)
        yield from (f"  problem: {problem}" for problem in self.problems)

    def _local(self, moment: datetime | None) -> str | None:
        return f"{moment.astimezone(ZoneInfo(self.timezone)):%a %Y-%m-%d %H:%M}" if moment else None


@dataclass(frozen=True, slots=True)
class Status:
    """All accounts of one daemon, or of one state."""

    accounts: tuple[AccountStatus, ...]

    @property
    def has_problems(self) -> bool:
        return any(account.problems for account in self.accounts)

    def to_dict(self) -> dict[str, Any]:
        return {"accounts": [account.to_dict() for account in self.accounts]}

    def to_text(self) -> str:
        return "\n\n".join("\n".join(account.lines()) for account in self.accounts) or "No accounts."
