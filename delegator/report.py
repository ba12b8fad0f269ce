"""What the commands report, each as one type that renders as text and as JSON.

Nothing is decided here. Text is for people: it fits the terminal's width and has colours only where
they are wanted. JSON is for programs: its fields are a contract.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .core.rules import Priority
from .core.triage import Disposition

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

WIDE = 120
"""Columns from which a decision fits on one row of a table."""

_STYLES = {
    Disposition.FORWARD: "green",
    Disposition.REVIEW: "yellow",
    Disposition.PRIVATE: "magenta",
    Disposition.IGNORE: "dim",
    Disposition.OWN: "dim",
}


def utc_text(moment: datetime | None) -> str | None:
    """A moment as RFC 3339 in UTC, to the second."""
    if moment is None:
        return None
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def to_json(value: Any) -> str:
    """ASCII, so that no terminal, locale or lone surrogate in a subject can spoil it."""
    return json.dumps(value, indent=2)


@dataclass(frozen=True, slots=True)
class Decision:
    """What would become of one message. Fields as in `dry-run --json`; at: its arrival."""

    source: str
    message_id: str | None
    from_: str | None
    subject: str
    at: datetime | None
    disposition: Disposition
    priority: Priority | None
    backup: str | None
    rule: str | None
    reason: str

    def to_dict(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "message_id": self.message_id,
            "from": self.from_,
            "subject": self.subject,
            "date": utc_text(self.at),
            "disposition": self.disposition.value,
            "priority": self.priority,
            "backup": self.backup,
            "rule": self.rule,
            "reason": self.reason,
        }

    @property
    def outcome(self) -> str:
        """In two words: "forward anna", "review high"."""
        return " ".join(filter(None, (self.disposition.value, self.backup or self.priority)))


@dataclass(frozen=True, slots=True)
class DryRun:
    """Every message of a dry run with what would become of it, in the order of arrival."""

    decisions: tuple[Decision, ...]

    def summary(self) -> dict[str, int]:
        counts = dict.fromkeys(("received", *(one.value for one in Disposition)), 0)
        for decision in self.decisions:
            counts["received"] += 1
            counts[decision.disposition.value] += 1
        return counts

    def to_dict(self) -> dict[str, Any]:
        return {"messages": [one.to_dict() for one in self.decisions], "summary": self.summary()}

    def summary_text(self) -> str:
        counts = self.summary()
        received = counts.pop("received")
        if not received:
            return "No messages."
        parts = ", ".join(f"{count} {name}" for name, count in counts.items())
        return f"{received} {'message' if received == 1 else 'messages'}: {parts}"

    def print(self, console: Console) -> None:
        """To a terminal or a file, in the console's width."""
        from rich.text import Text

        if self.decisions:
            console.print(self._table() if console.width >= WIDE else self._list())
        console.print(Text(self.summary_text(), style="bold"))

    def _table(self) -> RenderableType:
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), expand=True)
        table.add_column("Arrived (UTC)", no_wrap=True, width=16)
        table.add_column("From", no_wrap=True, overflow="ellipsis", ratio=3)
        table.add_column("Subject", no_wrap=True, overflow="ellipsis", ratio=4)
        table.add_column("Decision", no_wrap=True, overflow="ellipsis", max_width=24)
        table.add_column("Why", overflow="fold", ratio=6)
        table.add_column("Source", overflow="fold", ratio=3)
        for one in self.decisions:
            table.add_row(
                Text(_minute(one.at)),
                Text(one.from_ or "(no sender)"),
                Text(one.subject),
                Text(one.outcome, style=_STYLES[one.disposition]),
                Text(one.reason),
                Text(one.source, style="dim"),
            )
        return table

    def _list(self) -> RenderableType:
        """Two lines and more for each message, where a row of the table would not fit."""
        from rich.console import Group
        from rich.padding import Padding
        from rich.table import Table
        from rich.text import Text

        blocks: list[RenderableType] = []
        for one in self.decisions:
            head = Table.grid(expand=True, padding=(0, 2, 0, 0))
            head.add_column(no_wrap=True, width=16)
            head.add_column(no_wrap=True, overflow="ellipsis", ratio=2)
            head.add_column(no_wrap=True, overflow="ellipsis", ratio=3)
            head.add_row(_minute(one.at), Text(one.from_ or "(no sender)"), Text(one.subject))
            why = Text.assemble(
                (one.outcome, _STYLES[one.disposition]), f": {one.reason} ", (f"({one.source})", "dim")
            )
            blocks += [head, Padding(why, (0, 0, 0, 4))]
        return Group(*blocks)


def _minute(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}" if moment else "(no date)"


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """How one account is. waiting: open items. handovers_overdue: past their moment of follow-up.

    connected: by a running daemon. last_contact_at: the last answer of the IMAP server, or None.
    outbox_pending: submissions that are not accepted yet. problems: sentences, the worst first.
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
        yield f"  last contact   {utc_text(self.last_contact_at) or 'never'}"
        yield f"  away           {'yes' if self.away else 'no'}"
        yield f"  next review    {utc_text(self.next_review_at) or 'none'}"
        yield f"  waiting        {self.waiting}"
        yield f"  handed over    {self.handovers_open} open, {self.handovers_overdue} overdue"
        yield f"  to be sent     {self.outbox_pending}"
        yield from (f"  problem: {problem}" for problem in self.problems)


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
