"""What a backup says, or their mail server says for them, of being there: before and during an absence.

A machine's answer, or a bounce, holds until a person's mail comes from them; a word of their own until they
say otherwise. The brief of another absence asks anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from ..commands.command import Verb
from ..people import Window

Saying = Literal["accepted", "declined", "dates", "automatic", "bounce", "human"]
"""automatic: away until a human mail comes. human: such a mail."""

OF_A_HANDOVER = frozenset({Verb.ANSWERED, Verb.LATER_TODAY, Verb.NOT_ME})

SAYINGS: dict[Verb, Saying] = {
    Verb.THERE: "accepted",
    Verb.RATHER_NOT: "declined",
    Verb.NOT_FROM_TO: "dates",
}


@dataclass(frozen=True, slots=True)
class BackupCommand:
    """What a backup asks for, by a tap or a word.

    conversation: of ANSWERED, LATER_TODAY and NOT_ME; only one that is in this backup's hands.
    away: of NOT_FROM_TO.
    """

    backup: str
    verb: Verb
    conversation: int | None = None
    away: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class Absence:
    """Why a backup is not there: an automatic answer or a bounce (since a moment), or their own word."""

    why: Literal["automatic", "bounce", "declined", "dates"]
    since_at: datetime | None


@dataclass(frozen=True, slots=True)
class Presence:
    """absent_since: a machine answered, or a mail bounced, and no person's mail came since. said: their
    own word, or of one who said nothing that. away: as they said.
    """

    absent_since: datetime | None = None
    said: Saying | None = None
    said_at: datetime | None = None
    away: tuple[Window, ...] = ()


def heard(before: Presence, said: Saying, now: datetime, away: tuple[Window, ...] = ()) -> Presence:
    """away: of "dates"."""
    if said in ("automatic", "bounce"):
        return replace(before, absent_since=before.absent_since or now, said=before.said or said)
    after = replace(before, absent_since=None)
    if said == "human":
        return after
    after = replace(after, said=said, said_at=now)
    return replace(after, away=away) if said == "dates" else after


def asked_anew(before: Presence, now: datetime) -> Presence:
    """Of what was said of an absence that is over, only days that are to come hold for the next one."""
    away = tuple(window for window in before.away if window.until_at > now)
    if before.said == "dates" and away:
        return Presence(None, before.said, before.said_at, away)
    return Presence(away=away)


def absence_of(presence: Presence, now: datetime) -> Absence | None:
    """Why they are not there; None as far as is known here: see `Backup.away` too."""
    if presence.absent_since is not None:
        return Absence("bounce" if presence.said == "bounce" else "automatic", presence.absent_since)
    if presence.said == "declined":
        return Absence("declined", None)
    if any(now in window for window in presence.away):
        return Absence("dates", None)
    return None


def why_unreachable(said: Saying, now: datetime, away: tuple[Window, ...] = ()) -> str | None:
    """Why what they have is with nobody from now on; None: it stays with them."""
    if said == "automatic" or said == "bounce":
        return said
    if said == "declined":
        return "not_me"
    return "away" if said == "dates" and any(now in window for window in away) else None
