"""What the mail server refuses that is optional: it costs what it was for, and nothing else.

Each is tried again later and later, said once in a review, and in `status` for as long as it lasts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..core.compose import Catalogue
from ..core.compose.sentences import Lacking, lack_sentence

FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=6)

_FOR_STATUS: dict[Lacking, tuple[str, str]] = {
    "folders": (
        "folders: the mail server makes none, so all mail stays in INBOX and no move is a command",
        "make Delegator, Delegator/Forwarded and Delegator/Done by hand, or ask the provider",
    ),
    "marker": (
        "marker: the mail server takes none, so a second installation would not be noticed",
        "see that no other machine runs delegator for this mailbox",
    ),
    "keyword": ("keywords: the mail server keeps none, so a forwarded mail is not marked", "nothing"),
    "move": (
        "moving: the mail server refuses it, so what was decided stays where it is",
        "look at the rights and the quota of the mailbox",
    ),
    "sent": (
        "sent mail: the mail server does not show it, so the owner's own answers are not seen",
        "correct account.sent, or ask the provider",
    ),
    "idle": ("IDLE: the mail server ends every session that idles, so it is asked now and then", "nothing"),
    "numbers": (
        "numbers: the mail server renumbers the mailbox at every look, so it is looked at more seldom",
        "ask the provider why UIDVALIDITY does not stay",
    ),
}


@dataclass(slots=True)
class _Lack:
    said: str
    times: int
    again_at: datetime


@dataclass(slots=True)
class Lacks:
    """What one account's server refuses. A lack may concern one thing only: a folder, a mailbox."""

    _found: dict[tuple[Lacking, str], _Lack] = field(default_factory=dict)
    _told: set[Lacking] = field(default_factory=set)

    def may_try(self, lacking: Lacking, now: datetime, of: str = "") -> bool:
        found = self._found.get((lacking, of))
        return found is None or now >= found.again_at

    def refused(
        self, lacking: Lacking, said: str, now: datetime, of: str = "", *, longest: timedelta = LONGEST_PAUSE
    ) -> int:
        """How often in a row. said: what the server said, or what was seen, in one line."""
        before = self._found.get((lacking, of))
        times = before.times + 1 if before else 1
        pause = min(FIRST_PAUSE * 2 ** min(times - 1, 10), longest)
        self._found[lacking, of] = _Lack(said, times, now + pause)
        return times

    def granted(self, lacking: Lacking, of: str = "") -> None:
        self._found.pop((lacking, of), None)
        if not self.has(lacking):
            self._told.discard(lacking)

    def has(self, lacking: Lacking) -> bool:
        return any(name == lacking for name, _ in self._found)

    @property
    def _all(self) -> dict[Lacking, str]:
        return {lacking: lack.said for (lacking, _), lack in self._found.items()}

    def lines(self) -> list[str]:
        """For `status`: what is lacking, what the server said, and what to do."""
        return [
            f"{_FOR_STATUS[lacking][0]} ({said}); {_FOR_STATUS[lacking][1]}"
            for lacking, said in self._all.items()
            if lacking not in ("keyword", "idle")  # nothing is lost, and nobody can do anything
        ]

    def sentences(self, catalogue: Catalogue) -> list[str]:
        """For a review: those that no review has told yet."""
        return [lack_sentence(catalogue, lacking) for lacking in self._all if lacking not in self._told]

    def were_told(self) -> None:
        self._told |= self._all.keys()
