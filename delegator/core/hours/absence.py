"""The absence that holds: the windows of rules.yaml, and what the owner or the administrator changed since.

A change lives in the state. One of a window in the file holds as long as the file says what it said then;
whoever edits the file has the last word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ..people import Window


@dataclass(frozen=True, slots=True)
class Leave:
    """One absence of the owner's, as it now is.

    in_file: as rules.yaml has it; None: it is not there. is_changed: the state has a word in it. cover: key
    of the backup who takes what a rule's own cannot. is_trial: nothing is forwarded, and the reviews tell
    what would have been.
    """

    window: Window
    in_file: Window | None = None
    is_changed: bool = False
    cover: str | None = None
    is_trial: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A window that is not, or not so, in rules.yaml.

    replaces: the file's window that it stands for. is_called_off: nobody is away in it. For the rest see
    `Leave`.
    """

    window: Window
    replaces: Window | None = None
    cover: str | None = None
    is_trial: bool = False
    is_called_off: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """All that the state keeps of the absence. zone: of the IANA, with the moment at which it was said.

    paused_at: no forward has left since; None: they leave. Both end with the absence in which, or before
    which, they were said.
    """

    changes: tuple[Change, ...] = ()
    paused_at: datetime | None = None
    zone: tuple[str, datetime] | None = None


NOTHING_KEPT = Kept()


# --- what may change it -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Put:
    """A new window. instead_of: the one that it takes the place of, as it was; None: it is another."""

    change: Change
    instead_of: Window | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    at: datetime


@dataclass(frozen=True, slots=True)
class Resume:
    pass


@dataclass(frozen=True, slots=True)
class Move:
    """The owner is in another time zone. at: since when."""

    zone: str
    at: datetime


Alteration = Put | Pause | Resume | Move


def altered(kept: Kept, alteration: Alteration) -> Kept:
    """What is kept after an alteration."""
    match alteration:
        case Put(change, instead_of):
            for off in kept.changes:  # what was called off, and is planned anew, is the file's again
                if off.is_called_off and off.window == change.window and not change.is_called_off:
                    change, instead_of = replace(change, replaces=off.replaces), off.window
            changes = tuple(
                each
                for each in kept.changes
                if each.window != instead_of and (each.replaces is None or each.replaces != change.replaces)
            )
            return replace(kept, changes=(*changes, change))
        case Pause(at):
            return replace(kept, paused_at=kept.paused_at or at)
        case Resume():
            return replace(kept, paused_at=None)
        case Move(zone, at):
            return replace(kept, zone=(zone, at))


# --- what holds -------------------------------------------------------------------------------------


def leaves_of(in_file: Sequence[Window], kept: Kept) -> tuple[Leave, ...]:
    """Every leave, in order of their begins. in_file: the windows of rules.yaml."""
    holding = _holding(in_file, kept)
    replaced = {each.replaces for each in holding}
    found = [Leave(window, in_file=window) for window in in_file if window not in replaced]
    found += [
        Leave(
            each.window,
            in_file=each.replaces,
            is_changed=True,
            cover=each.cover,
            is_trial=each.is_trial,
        )
        for each in holding
        if not each.is_called_off
    ]
    return tuple(sorted(found, key=lambda each: (each.window.from_at, each.window.until_at)))


def called_off(in_file: Sequence[Window], kept: Kept, now: datetime) -> tuple[Leave, ...]:
    """The leaves that do not take place, as long as they would not be over."""
    return tuple(
        Leave(each.window, each.replaces, is_changed=True, cover=each.cover, is_trial=each.is_trial)
        for each in _holding(in_file, kept)
        if each.is_called_off and each.window.until_at > now
    )


def _holding(in_file: Sequence[Window], kept: Kept) -> list[Change]:
    return [each for each in kept.changes if each.replaces is None or each.replaces in in_file]


def current_leave(leaves: Sequence[Leave], now: datetime) -> Leave | None:
    """The one that holds `now`, or None; where several do, the one that ends last."""
    held = (each for each in leaves if now in each.window)
    return max(held, key=lambda each: each.window.until_at, default=None)


def next_leave(leaves: Sequence[Leave], now: datetime) -> Leave | None:
    """The current one, or the next to come."""
    to_come = (each for each in leaves if each.window.from_at > now)
    return current_leave(leaves, now) or min(to_come, key=lambda each: each.window.from_at, default=None)


def is_paused(leaves: Sequence[Leave], kept: Kept, now: datetime) -> bool:
    """Whether no forward leaves now."""
    return kept.paused_at is not None and _still_holds(leaves, kept.paused_at, now)


def zone_now(leaves: Sequence[Leave], kept: Kept, now: datetime) -> str | None:
    """The time zone in which the owner is, where it is not that of rules.yaml."""
    if kept.zone is None or not _still_holds(leaves, kept.zone[1], now):
        return None
    return kept.zone[0]


def overlapping(leaves: Sequence[Leave], window: Window, but: Window | None) -> Leave | None:
    """The first absence that shares a moment with a window. but: the one that is not looked at."""
    return next(
        (
            each
            for each in leaves
            if each.window != but
            and each.window.from_at < window.until_at
            and window.from_at < each.window.until_at
        ),
        None,
    )


def _still_holds(leaves: Sequence[Leave], said_at: datetime, now: datetime) -> bool:
    """What was said in or before an absence ends with it."""
    ends = (each.window.until_at for each in leaves if each.window.until_at > said_at)
    return now < min(ends, default=now)
