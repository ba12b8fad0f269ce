"""What an absence was: what came, who did what and how fast, what is left, and where each mail lies.

Values only. The state gathers them, `compose.homecoming` writes them down.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from ..folders import DONE, FORWARDED, INBOX, TO_DO
from ..people import Window
from .items import Counts, Handed
from .to_do import Kept, ToDo

Where = Literal["inbox", "forwarded", "to-do", "done", "elsewhere", "gone"]

FOLDER_OF: Mapping[Where, str] = {"inbox": INBOX, "forwarded": FORWARDED, "to-do": TO_DO, "done": DONE}
"""The places whose mail is counted on the server, too."""


def where(mailbox: str | None) -> Where:
    """mailbox: where a message is, as far as is known; None: the owner's own hand moved or deleted it."""
    if mailbox is None:
        return "gone"
    return next((place for place, folder in FOLDER_OF.items() if folder == mailbox), "elsewhere")


@dataclass(frozen=True, slots=True)
class Handover:
    """One conversation that a backup had. took: from the forward to the answer; None: not known.

    answered_by: the backup's key, or "" where the owner or nobody did. passed_on: keys of who had it before.
    """

    backup: str
    mails: int
    is_answered: bool
    by_owner: bool
    took: timedelta | None
    passed_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Credit:
    """What one backup did. typical: the median; None: no answer was timed."""

    backup: str  # key
    handed: int
    answered: int
    mails: int
    typical: timedelta | None
    fastest: timedelta | None


def credits_of(handovers: Iterable[Handover]) -> tuple[Credit, ...]:
    """Who answered most first."""
    by_backup: dict[str, list[Handover]] = {}
    for handover in handovers:
        by_backup.setdefault(handover.backup, []).append(handover)
    found = []
    for backup, theirs in by_backup.items():
        answered = [one for one in theirs if one.is_answered and not one.by_owner]
        spans = sorted(one.took for one in answered if one.took is not None)
        found.append(
            Credit(
                backup=backup,
                handed=len(theirs),
                answered=len(answered),
                mails=sum(one.mails for one in theirs),
                typical=spans[len(spans) // 2] if spans else None,
                fastest=spans[0] if spans else None,
            )
        )
    return tuple(sorted(found, key=lambda credit: (-credit.answered, credit.backup)))


@dataclass(frozen=True, slots=True)
class Left:
    """What of the absence's mail still lies in INBOX: the ids of the messages.

    late: what could be read only after the homecoming; the owner has perhaps dealt with it, so that nobody
    moves it.
    """

    private: tuple[int, ...] = ()
    receipts: tuple[int, ...] = ()
    late: tuple[int, ...] = ()

    @property
    def ids(self) -> tuple[int, ...]:
        return (*self.private, *self.receipts, *self.late)


@dataclass(frozen=True, slots=True)
class Count:
    """One line of the account: how many should lie somewhere, and how many do. found: None: not counted."""

    place: Where
    expected: int
    found: int | None = None

    @property
    def is_off(self) -> bool:
        return self.found is not None and self.found != self.expected


def counted(expected: Mapping[Where, int], found: Mapping[str, int] | None) -> tuple[Count, ...]:
    """Every place that holds something, or should. found: by folder; None: nobody could look."""
    lines = []
    for place in ("inbox", "forwarded", "to-do", "done", "elsewhere", "gone"):
        n = expected.get(place, 0)
        there = None if found is None or place not in FOLDER_OF else found.get(FOLDER_OF[place], 0)
        if n or there:
            lines.append(Count(place, n, there))
    return tuple(lines)


@dataclass(frozen=True, slots=True)
class Story:
    """What the state knows of an absence that is over. low: newsletters and the like that nobody decided.

    handed: what is with a backup still; backup_name is the key. decided: by the owner, by what was said:
    "done", "to-do", "later", "forward", "by hand".
    """

    counts: Counts
    handovers: tuple[Handover, ...]
    handed: tuple[Handed, ...]
    to_dos: tuple[Kept, ...]
    left: Left
    places: Mapping[Where, int]
    low: int = 0
    junk: int = 0
    decided: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HomeFacts:
    """Everything that the homecoming mail tells. names: of the backups, by key. has_folders: mail is filed.

    found: how many mails of the absence lie in each folder; None: the mailbox could not be looked at.
    is_preview: nothing has been closed yet. undecided: what still waits then. blind_since: nothing was seen
    of the mailbox since then. is_late: it can be seen again, after a homecoming mail that said so. problems:
    sentences in the owner's language.
    """

    now: datetime
    window: Window
    story: Story
    to_dos: tuple[ToDo, ...]
    names: Mapping[str, str]
    addresses: Mapping[str, str]
    found: Mapping[str, int] | None
    problems: Sequence[str] = ()
    has_folders: bool = True
    is_preview: bool = False
    undecided: int = 0
    blind_since: datetime | None = None
    is_late: bool = False

    @property
    def credits(self) -> tuple[Credit, ...]:
        return credits_of(self.story.handovers)

    @property
    def lines(self) -> tuple[Count, ...]:
        return counted(self.story.places, self.found)
