"""What becomes of the absence by a wish of the owner's or the administrator's: changed, asked first, or not.

What only ends, shortens or holds back is done at once. What sends more, or for longer, waits for the owner's
word. Whatever is in doubt changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ..commands.command import Verb
from ..commands.days import folded
from ..commands.wish import LONGEST, Doubt, Unclear, Wish, WishKind
from ..handovers.presence import BackupCommand
from ..hours.absence import (
    Alteration,
    Change,
    Kept,
    Leave,
    Move,
    Pause,
    Put,
    Resume,
    called_off,
    current_leave,
    is_paused,
    leaves_of,
    next_leave,
    overlapping,
    zone_now,
)
from ..hours.briefed import meets
from ..hours.schedule import local_moment
from ..people import Backup, Window

JUST_BACK = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Situation:
    """What a wish meets. in_file: the windows of rules.yaml. zone: the owner's at home.

    zones: by what people call them, folded, the names of the IANA: one, or more where that is not clear.
    said_away: when each backup is not there, as far as they were heard of, by their keys.
    """

    in_file: tuple[Window, ...]
    kept: Kept
    backups: Mapping[str, Backup]
    zone: ZoneInfo
    zones: Mapping[str, tuple[str, ...]]
    said_away: Mapping[str, tuple[Window, ...]] = field(default_factory=dict)

    @property
    def leaves(self) -> tuple[Leave, ...]:
        return leaves_of(self.in_file, self.kept)


@dataclass(frozen=True, slots=True)
class Understood:
    """What is to be done. window: the absence as it will be; of a backup, theirs. before: as it was.

    waits: until the owner says so. running: the absence that goes on meanwhile, where another is planned.
    """

    kind: WishKind
    alteration: Alteration | None = None
    command: BackupCommand | None = None
    window: Window | None = None
    before: Window | None = None
    backup: str | None = None
    zone: str = ""
    waits: bool = False
    running: Window | None = None


def meaning(understood: Understood) -> str:
    """All that the owner confirms, in one line: another line is another thing."""
    windows = [
        f"{each.from_at.isoformat()}/{each.until_at.isoformat()}" if each else "-"
        for each in (understood.window, understood.before)
    ]
    return " ".join((understood.kind, *windows, understood.backup or "-", understood.zone or "-"))


def understand(wish: Wish, situation: Situation, said_at: datetime, now: datetime) -> Understood | Doubt:
    """said_at: when the wish was written, where the writer was: "Friday" is the one after that."""
    match wish.kind:
        case "plan" | "trial":
            return _planned(wish, situation, said_at, now)
        case "until":
            return _until(wish, situation, said_at, now)
        case "back":
            return _back(wish, situation, now)
        case "off" | "trial_off":
            return _off(wish, situation, said_at, now)
        case "pause" | "resume":
            return _held(wish, situation, now)
        case "zone":
            return _moved(wish, situation, now)
        case "backup_away" | "backup_back":
            return _of_backup(wish, situation, said_at, now)


def at_home(doubt: Doubt, written: ZoneInfo, home: ZoneInfo) -> Doubt:
    """With the days as they were written, by the clock at home."""

    def moved(window: Window | None) -> Window | None:
        if window is None:
            return None
        begin, end = window.from_at.astimezone(written), window.until_at.astimezone(written)
        return Window(
            local_moment(begin.date(), begin.time(), home), local_moment(end.date(), end.time(), home)
        )

    return replace(doubt, window=moved(doubt.window), other=moved(doubt.other))


def planned(
    kind: WishKind,
    window: Window,
    backup: str | None,
    situation: Situation,
    said_at: datetime,
    now: datetime,
) -> Understood | Doubt:
    """A new leave."""
    fault = _faulty(kind, window, said_at, now)
    if fault is not None:
        return fault
    other = overlapping(situation.leaves, window, None)
    if other is not None:
        return Doubt(Unclear.OVERLAP, kind, window=window, other=other.window, backup=backup)
    running = current_leave(situation.leaves, now)
    return Understood(
        kind,
        Put(Change(window, cover=backup, is_trial=kind == "trial")),
        window=window,
        backup=backup,
        waits=True,
        running=running.window if running else None,
    )


def overlapping_with(leaves: Sequence[Leave], window: Window, but: Window) -> Window | None:
    """The first other absence that shares a moment with a window."""
    other = overlapping(leaves, window, but)
    return other.window if other is not None else None


def ended(leave: Leave, until_at: datetime, kind: WishKind, waits: bool) -> Understood:
    """The absence with another end."""
    window = Window(leave.window.from_at, until_at)
    change = Change(window, leave.in_file, leave.cover, leave.is_trial)
    return Understood(
        kind,
        Put(change, instead_of=leave.window),
        window=window,
        before=leave.window,
        backup=leave.cover,
        waits=waits,
    )


def withdrawn(leave: Leave, kind: WishKind, *, waits: bool) -> Understood:
    """What was planned does not take place. It forwards less, so that a plain word does it at once."""
    change = Change(leave.window, leave.in_file, leave.cover, leave.is_trial, is_called_off=True)
    return Understood(
        kind, Put(change, instead_of=leave.window), window=leave.window, backup=leave.cover, waits=waits
    )


def _planned(wish: Wish, situation: Situation, said_at: datetime, now: datetime) -> Understood | Doubt:
    window = wish.window(situation.zone, said_at)
    assert window is not None
    running = current_leave(situation.leaves, now)
    is_from_now = wish.kind == "plan" and wish.first is None
    if is_from_now and running is not None and wish.backup in (None, running.cover):
        return _until(wish, situation, said_at, now)  # "ik ben weg tot 6/1", underway
    return planned(wish.kind, window, wish.backup, situation, said_at, now)


def _until(wish: Wish, situation: Situation, said_at: datetime, now: datetime) -> Understood | Doubt:
    found = next_leave(situation.leaves, now)
    asked = wish.window(situation.zone, said_at)
    assert asked is not None
    if found is None:
        return Doubt(Unclear.NO_ABSENCE, "until", window=asked)
    window = Window(found.window.from_at, asked.until_at)
    if window.until_at == found.window.until_at:
        return Doubt(Unclear.IS_SO, "until", window=window)
    if window.until_at <= now:
        return Doubt(Unclear.PAST, "until", window=window)
    fault = _faulty("until", window, window.from_at, now)
    if fault is not None:
        return replace(fault, other=found.window)
    other = overlapping(situation.leaves, window, found.window)
    if other is not None:
        return Doubt(Unclear.OVERLAP, "until", window=window, other=other.window)
    return ended(
        found, window.until_at, "until", waits=wish.is_inferred or window.until_at > found.window.until_at
    )


def _back(wish: Wish, situation: Situation, now: datetime) -> Understood | Doubt:
    found = current_leave(situation.leaves, now)
    if found is not None:
        return ended(found, now, "back", waits=wish.is_inferred)
    over = [each.window for each in situation.leaves if now - JUST_BACK < each.window.until_at <= now]
    if over:
        last = max(over, key=lambda each: each.until_at)
        day = last.until_at.astimezone(situation.zone).date()
        return Doubt(Unclear.IS_BACK, "back", day=day, window=last)
    to_come = next_leave(situation.leaves, now)
    if to_come is not None:
        return Doubt(Unclear.NOT_YET, "back", other=to_come.window)
    return Doubt(Unclear.NO_ABSENCE, "back")


def _off(wish: Wish, situation: Situation, said_at: datetime, now: datetime) -> Understood | Doubt:
    """What has begun is ended by who is back; of what is to come one is called off, and all of it."""
    is_trial = wish.kind == "trial_off"
    to_come = [leave for leave in situation.leaves if leave.window.from_at > now]
    coming = [leave for leave in to_come if leave.is_trial == is_trial] or ([] if is_trial else to_come)
    running = current_leave(situation.leaves, now)
    off = [
        leave for leave in called_off(situation.in_file, situation.kept, now) if leave.is_trial == is_trial
    ]
    asked = wish.window(situation.zone, said_at)
    if asked is not None:
        return _off_then(wish, asked, coming, running, off)
    if running is not None:
        return Doubt(Unclear.RUNS, wish.kind, other=running.window)
    if len(coming) > 1:
        return Doubt(Unclear.WHICH, wish.kind, window=coming[0].window, other=coming[1].window)
    if coming:
        return withdrawn(coming[0], wish.kind, waits=wish.is_inferred)
    if off:
        return Doubt(Unclear.IS_OFF, wish.kind, window=off[-1].window)
    return Doubt(Unclear.NO_ABSENCE, wish.kind)


def _off_then(
    wish: Wish, asked: Window, coming: Sequence[Leave], running: Leave | None, off: Sequence[Leave]
) -> Understood | Doubt:
    """asked: the days that were named; who says "until" may mean the last day, or the one behind it."""
    for leave in coming:
        late = abs(leave.window.until_at - asked.until_at)
        if leave.window.from_at == asked.from_at and late <= timedelta(days=1, hours=1):
            return withdrawn(leave, wish.kind, waits=wish.is_inferred)
    touched = [leave for leave in coming if meets(asked, [leave.window])]
    is_all = all(
        asked.from_at <= leave.window.from_at and leave.window.until_at <= asked.until_at for leave in touched
    )
    if len(touched) == 1 and (is_all or wish.last is None):  # "volgende week", or one of its days
        return withdrawn(touched[0], wish.kind, waits=True)
    if touched:
        return Doubt(Unclear.ONLY_PART, wish.kind, window=asked, other=touched[0].window)
    if running is not None and meets(asked, [running.window]):
        return Doubt(Unclear.RUNS, wish.kind, other=running.window)
    for leave in off:
        if meets(asked, [leave.window]):
            return Doubt(Unclear.IS_OFF, wish.kind, window=leave.window)
    if coming:
        return Doubt(Unclear.NOT_THEN, wish.kind, window=asked, other=coming[0].window)
    if running is not None:
        return Doubt(Unclear.RUNS, wish.kind, other=running.window)
    return Doubt(Unclear.NO_ABSENCE, wish.kind)


def _held(wish: Wish, situation: Situation, now: datetime) -> Understood | Doubt:
    found = next_leave(situation.leaves, now)
    if found is None:
        return Doubt(Unclear.NO_ABSENCE, wish.kind)
    held = is_paused(situation.leaves, situation.kept, now)
    if held == (wish.kind == "pause"):
        return Doubt(Unclear.IS_SO, wish.kind, window=found.window)
    alteration: Alteration = Pause(now) if wish.kind == "pause" else Resume()
    return Understood(wish.kind, alteration, window=found.window, waits=wish.kind == "resume")


def _moved(wish: Wish, situation: Situation, now: datetime) -> Understood | Doubt:
    found = next_leave(situation.leaves, now)
    names = situation.zones.get(folded(wish.zone), ())
    if not names:
        return Doubt(Unclear.UNKNOWN_ZONE, "zone", wish.zone)
    if len(names) > 1:
        return Doubt(Unclear.MANY_ZONES, "zone", ", ".join(names[:6]))
    if found is None:
        return Doubt(Unclear.NO_ABSENCE, "zone")
    held = zone_now(situation.leaves, situation.kept, now) or str(situation.zone)
    if names[0] == held:
        return Doubt(Unclear.IS_SO, "zone", names[0])
    return Understood("zone", Move(names[0], now), window=found.window, zone=names[0])


def _of_backup(wish: Wish, situation: Situation, said_at: datetime, now: datetime) -> Understood | Doubt:
    assert wish.backup is not None
    backup = situation.backups[wish.backup]
    if wish.kind == "backup_back":
        command = BackupCommand(backup.key, Verb.THERE)
        return Understood("backup_back", command=command, backup=backup.key, waits=True)
    window = wish.window(backup.timezone, said_at)
    assert window is not None
    fault = _faulty("backup_away", window, said_at, now)
    if fault is not None:
        return Doubt(fault.why, fault.kind, window=fault.window, backup=backup.key)
    known = [each for each in situation.said_away.get(backup.key, ()) if each.until_at > now]
    command = BackupCommand(backup.key, Verb.NOT_FROM_TO, away=(*known, window))
    return Understood("backup_away", command=command, window=window, backup=backup.key, waits=True)


def _faulty(kind: WishKind, window: Window, said_at: datetime, now: datetime) -> Doubt | None:
    """What no absence can be: over, or ended before it begins; or so long that it was not meant."""
    if window.until_at <= now:
        return Doubt(Unclear.PAST, kind, window=window)
    if window.until_at <= window.from_at:
        return Doubt(Unclear.END_BEFORE, kind, window=window)
    if window.from_at < said_at - timedelta(minutes=5):
        return Doubt(Unclear.PAST, kind, window=window)
    if window.until_at - window.from_at > LONGEST:
        return Doubt(Unclear.TOO_LONG, kind, window=window)
    return None
