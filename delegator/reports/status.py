"""What `status` reports: how each account is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from .json import utc_text


@dataclass(frozen=True, slots=True)
class AbsenceStatus:
    """One absence. in_file: from and until as rules.yaml has them; None: it is not there.

    is_called_off: it was planned, and does not take place.
    """

    from_at: datetime
    until_at: datetime
    is_changed: bool = False
    in_file: tuple[datetime, datetime] | None = None
    cover: str | None = None
    is_trial: bool = False
    is_called_off: bool = False

    def to_dict(self) -> dict[str, Any]:
        return {
            "from": utc_text(self.from_at),
            "until": utc_text(self.until_at),
            "changed": self.is_changed,
            "in_file": None if self.in_file is None else [utc_text(moment) for moment in self.in_file],
            "backup": self.cover,
            "trial": self.is_trial,
            "called_off": self.is_called_off,
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> AbsenceStatus:
        in_file = values["in_file"]
        return cls(
            datetime.fromisoformat(values["from"]),
            datetime.fromisoformat(values["until"]),
            bool(values["changed"]),
            None if in_file is None else _pair(in_file),
            values["backup"],
            bool(values["trial"]),
            bool(values.get("called_off")),
        )


def _pair(moments: Sequence[str]) -> tuple[datetime, datetime]:
    first, second = map(datetime.fromisoformat, moments)
    return first, second


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """How one account is. waiting: open items. handovers_overdue: past their moment of follow-up.

    connected: by a running daemon. last_contact_at: the last answer of the IMAP server, or None.
    outbox_pending: submissions that are not accepted yet. problems: sentences, the worst first.
    For people, and in no JSON: handovers: who has what until when. backups: what each said to its brief.
    timezone: the owner's, by its name. absences: those that are not over, with what was changed of them since
    rules.yaml was written. paused_since: no forward has left since then, because the owner said so.
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
    absences: tuple[AbsenceStatus, ...] = ()
    paused_since: datetime | None = None

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
        yield from (f"  absence        {self._absence_text(absence)}" for absence in self.absences)
        if self.paused_since is not None:
            yield f"  paused         since {self._local(self.paused_since)}: nothing is forwarded"
        yield f"  next review    {self._local(self.next_review_at) or 'none'}"
        yield f"  waiting        {self.waiting}"
        yield f"  handed over    {self.handovers_open} open, {self.handovers_overdue} overdue"
        yield from (f"    {handover}" for handover in self.handovers)
        yield f"  to be sent     {self.outbox_pending}"
        yield from (f"  {backup}" for backup in self.backups)
        yield from (f"  problem: {problem}" for problem in self.problems)

    def _absence_text(self, absence: AbsenceStatus) -> str:
        words = [f"{self._local(absence.from_at)} until {self._local(absence.until_at)}"]
        words += ["a trial"] if absence.is_trial else []
        words += [f"{absence.cover} covers"] if absence.cover else []
        if absence.in_file is not None and absence.is_changed:
            begin, end = (self._local(moment) for moment in absence.in_file)
            how = "called off" if absence.is_called_off else "changed"
            words.append(f"{how}; rules.yaml says {begin} until {end}")
        elif absence.is_called_off:
            words.append("called off; it is not in rules.yaml")
        elif absence.is_changed:
            words.append("not in rules.yaml")
        return ", ".join(words)

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
        """Those with a problem first: whoever has forty looks at these."""
        accounts = sorted(self.accounts, key=lambda account: not account.problems)
        blocks = ["\n".join(account.lines()) for account in accounts]
        ill = sum(bool(account.problems) for account in accounts)
        if len(blocks) > 1:
            blocks.insert(0, f"{len(accounts)} accounts, {ill} with a problem")
        return "\n\n".join(blocks) or "No accounts."


def read_status(answer: dict[str, Any]) -> Status:
    """What a daemon answered to "status", as it was."""
    return Status(tuple(map(_account_status, answer["accounts"])))


def _account_status(entry: dict[str, Any]) -> AccountStatus:
    def moment(value: object) -> datetime | None:
        return datetime.fromisoformat(value) if isinstance(value, str) else None

    values = dict(entry)
    for name in ("last_contact_at", "next_review_at", "paused_since"):
        values[name] = moment(values[name])
    values["absences"] = tuple(map(AbsenceStatus.from_dict, values["absences"]))
    for name in ("problems", "handovers", "backups"):
        lines = values[name]
        values[name] = tuple(lines) if isinstance(lines, list | tuple) else ()
    return AccountStatus(**values)
