"""Who was asked to stand in for which absence, and who has not heard that one does not take place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ..people import Window


@dataclass(frozen=True, slots=True)
class Briefed:
    """A backup was told of an absence, or that it does not take place. at: when. backup: a key."""

    backup: str
    about: Window
    at: datetime


def to_take_back(
    briefs: Sequence[Briefed],
    taken_back: Sequence[Briefed],
    served: Sequence[Window],
    off: Sequence[Window],
    now: datetime,
) -> list[tuple[str, Window]]:
    """Who is to be told, of which absence; each once, however many briefs there were of it.

    served: every absence, also what is over. off: those that were called off. Another absence at that time
    has a brief of its own; of one that has begun, and was not called off before, the homecoming tells.
    """
    found: list[tuple[str, Window]] = []
    for brief in sorted(briefs, key=lambda each: each.at, reverse=True):
        about = brief.about
        is_to_come = about.from_at > now or (about.until_at > now and meets(about, off))
        if not is_to_come or meets(about, served):
            continue
        told = [each.about for each in taken_back if each.backup == brief.backup and each.at >= brief.at]
        told += [window for backup, window in found if backup == brief.backup]
        if not meets(about, told):
            found.append((brief.backup, about))
    return found


def holding(
    briefs: Sequence[Briefed], taken_back: Sequence[Briefed], home_at: datetime | None, now: datetime
) -> list[Briefed]:
    """The briefs of absences that are not over, and that nobody took back.

    home_at: when the owner last came home, which ends what had begun, whatever was planned; None: never.
    """

    def is_over(brief: Briefed) -> bool:
        is_home = home_at is not None and max(brief.at, brief.about.from_at) <= home_at
        return is_home or brief.about.until_at <= now

    def is_taken_back(brief: Briefed) -> bool:
        told = [each.about for each in taken_back if each.backup == brief.backup and each.at >= brief.at]
        return meets(brief.about, told)

    return [brief for brief in briefs if not is_over(brief) and not is_taken_back(brief)]


def asked_for(window: Window | None, briefs: Sequence[Briefed]) -> frozenset[str]:
    """The backups who were asked to stand in then. briefs: those that hold. window: None: for nothing."""
    return frozenset(brief.backup for brief in briefs if window is not None and meets(window, [brief.about]))


def meets(window: Window, others: Sequence[Window]) -> bool:
    """Whether it shares a moment with any of them."""
    return any(window.from_at < other.until_at and other.from_at < window.until_at for other in others)
