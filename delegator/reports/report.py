"""What the commands report, each as one type that renders as text and as JSON.

Nothing is decided here. Text is for people: it fits the terminal's width and has colours only where
they are wanted. JSON is for programs: its fields are a contract.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from ..core.reviews.simulation import Simulated
from ..core.rules.book import Priority
from ..core.triage.verdict import Disposition
from .simulated import print_simulated

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

WIDE = 120
"""Columns from which a decision fits on one row of a table."""

SOURCE_CHARACTERS = 40

NO_SENDER = "(no clear sender)"

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
    """Every message of a dry run with what would become of it, in the order of arrival.

    simulated: what the holiday would have been like; told to people, no part of the JSON. timezone:
    the owner's.
    """

    decisions: tuple[Decision, ...]
    simulated: Simulated | None = None
    timezone: tzinfo = UTC

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
        """To a terminal or a file, in the console's width; a table's row each where that is wide."""
        from rich.text import Text

        lines = _rows if console.width >= WIDE else _blocks
        for line in lines(self.decisions, console, self.timezone):
            line.rstrip()
            console.print(line, soft_wrap=True)  # it fits already
        console.print(Text(self.summary_text(), style="bold"))
        if self.decisions and self.simulated is not None:
            print_simulated(self.simulated, self.timezone, console)


def _rows(decisions: Iterable[Decision], console: Console, zone: tzinfo) -> Iterator[Text]:
    """Arrival, sender, subject, decision, and why, which may take further lines in its column."""
    from rich.text import Text

    widths = (16, console.width // 6, console.width // 4, 16)
    rest = console.width - sum(widths) - 2 * len(widths)
    titles = zip(("Arrived", "From", "Subject", "Decision"), widths, strict=True)
    head = "  ".join(_fit(title, width) for title, width in titles)
    yield Text(f"{head}  Why", style="bold")
    for one in decisions:
        cells = (_minute(one.at, zone), one.from_ or NO_SENDER, one.subject, one.outcome)
        when, sender, subject, outcome = map(_fit, cells, widths)
        first, *others = _why(one).wrap(console, rest)
        yield Text.assemble(
            f"{when}  {sender}  {subject}  ", (outcome, _STYLES[one.disposition]), "  ", first
        )
        for line in others:
            yield Text.assemble(" " * (console.width - rest), line)


def _blocks(decisions: Iterable[Decision], console: Console, zone: tzinfo) -> Iterator[Text]:
    """A line that says who and what, and below it, indented, the decision and why."""
    from rich.text import Text

    width = console.width - 16 - 4
    for one in decisions:
        sender = _fit(one.from_ or NO_SENDER, width * 2 // 5)
        subject = _fit(one.subject, width - width * 2 // 5).rstrip()
        yield Text(f"{_minute(one.at, zone):16}  {sender}  {subject}")
        decision = Text.assemble((one.outcome, _STYLES[one.disposition]), ": ", _why(one))
        for line in decision.wrap(console, console.width - 4):
            yield Text.assemble("    ", line)


def _why(decision: Decision) -> Text:
    """The reason, and in brackets where the message is: of a long path the end."""
    from rich.text import Text

    source = decision.source
    if len(source) > SOURCE_CHARACTERS:
        source = "…" + source[1 - SOURCE_CHARACTERS :]
    return Text.assemble(decision.reason, " ", (f"({source})", "dim"))


def _fit(text: str, width: int) -> str:
    """Text in exactly so many columns; what is too long ends in an ellipsis."""
    from rich.cells import cell_len, set_cell_size

    return set_cell_size(text, width) if cell_len(text) <= width else set_cell_size(text, width - 1) + "…"


def _minute(moment: datetime | None, zone: tzinfo) -> str:
    if moment is None:
        return "(no date)"
    try:
        moment = moment.astimezone(zone)
    except OverflowError:  # the last day of the year 9999, from a mail's own Date
        pass
    return f"{moment:%Y-%m-%d %H:%M}"


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


Level = Literal["ok", "note", "problem"]

_LEVEL_STYLES: dict[Level, str] = {"ok": "green", "note": "yellow", "problem": "bold red"}

READABLE = 110
"""Columns after which a sentence is easier to read on a second line."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. what: a sentence without its full stop; to_do: likewise, or ""."""

    area: str
    level: Level
    what: str
    to_do: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {"area": self.area, "level": self.level, "what": self.what, "to_do": self.to_do}


@dataclass(frozen=True, slots=True)
class Check:
    """What `check` found out about one account, in the order in which it looked.

    address: None where the configuration could not be read.
    """

    address: str | None
    findings: tuple[Finding, ...]

    @property
    def has_problems(self) -> bool:
        return any(finding.level == "problem" for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        return {
            "address": self.address,
            "ok": not self.has_problems,
            "findings": [finding.to_dict() for finding in self.findings],
        }

    def summary_text(self) -> str:
        levels = [finding.level for finding in self.findings]
        parts = [
            f"{count} {name if count == 1 else name + 's'}"
            for name in ("problem", "note")
            if (count := sum(level == name for level in levels))
        ]
        return ", ".join(parts) or "all is well"

    def print(self, console: Console) -> None:
        """A line or a few for each finding, in the console's width, with what to do below it."""
        from rich.text import Text

        margin = 2 + max((len(finding.area) for finding in self.findings), default=0) + 9
        width = max(20, min(console.width, READABLE) - margin)
        for finding in self.findings:
            level = Text(f"{finding.level:7}  ", style=_LEVEL_STYLES[finding.level])
            head = Text.assemble(level, f"{finding.area:{margin - 9}}")
            lines = [*Text(finding.what).wrap(console, width)]
            if finding.to_do:
                wrapped = Text(finding.to_do).wrap(console, width - 2)
                lines += [Text.assemble("  " if at else "→ ", line) for at, line in enumerate(wrapped)]
            for number, line in enumerate(lines):
                start = head if number == 0 else Text(" " * margin)
                whole = Text.assemble(start, line)
                whole.rstrip()
                console.print(whole, soft_wrap=True)  # it fits already
        console.print(Text(f"{self.address}: {self.summary_text()}", style="bold"), soft_wrap=True)
