"""An absence set by whoever runs the host: for an owner who is ill, and can say nothing by mail."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from ..config.shapes import Invalid
from ..config.values import Moment, moment
from ..core.commands.wish import Doubt, Unclear
from ..core.compose.absence import compose_understood
from ..core.hours.absence import Leave, Put, current_leave
from ..core.hours.ended import ANSWERABLE_FOR
from ..core.hours.schedule import local_moment
from ..core.people import Window
from ..core.reviews.changes import Situation, Understood, ended, overlapping_with, planned, withdrawn
from ..ports import OutgoingMail
from .tenure import Tenure


class AwayRefused(Exception):
    """str(): what is wrong, and what to do."""


@dataclass(frozen=True, slots=True)
class SetAway:
    """What came of it. until_at: the first moment back. backup: a key; None: nobody covers.

    called_off: before it began.
    """

    address: str
    timezone: str
    from_at: datetime
    until_at: datetime
    backup: str | None
    ended: bool
    called_off: bool = False


async def set_away(tenure: Tenure, span: str | None, backup: str | None, *, end: bool) -> SetAway:
    """Change the absence, at once and for every part; the owner reads of it. Raises AwayRefused.

    span: "[FROM..]UNTIL" as in rules.yaml; None: the absence that runs stays as long as it is. end: the
    absence that runs; with a span the one of those dates, which is to come, is called off.
    """
    config, now = tenure.config, tenure.tools.clock.now()
    if backup is not None and backup not in config.backups:
        known = ", ".join(config.backups) or "none"
        raise AwayRefused(f"there is no backup {backup!r} in {config.path.name}; it names: {known}")
    current = current_leave(config.leaves, now)
    if end and span is not None:
        understood: Understood | Doubt = _called_off(tenure, span, now)
    elif end:
        if current is None:
            raise AwayRefused(f"{config.owner.address} is not away; {_coming(tenure, now)}")
        understood = ended(current, now, "back", waits=False)
    elif span is None:
        if current is None or backup is None:
            raise AwayRefused("say until when, as in `delegator away 2027-01-04`")
        understood = _covered(current, backup)
    else:
        understood = _spanned(tenure, span, backup, current, now)
    if isinstance(understood, Doubt):
        raise AwayRefused(_sentence(understood, tenure))
    assert understood.alteration is not None
    assert understood.window is not None
    await tenure.alter_absence(understood.alteration, _letter(tenure, understood, now))
    tenure.tools.log.absence_set(ended=end, backup=backup)
    window = understood.window
    zone = str(config.owner.home_timezone)
    is_off = end and span is not None
    is_ended = end and not is_off
    return SetAway(
        config.owner.address, zone, window.from_at, window.until_at, understood.backup, is_ended, is_off
    )


def _spanned(
    tenure: Tenure, span: str, backup: str | None, current: Leave | None, now: datetime
) -> Understood | Doubt:
    config = tenure.config
    begin, dots, end = span.rpartition("..")
    until_at = _moment_of(end, config.owner.home_timezone)
    from_at = _moment_of(begin, config.owner.home_timezone) if dots and begin else None
    if from_at is None and current is not None:
        if until_at <= now:
            return Doubt(Unclear.PAST, "until", window=Window(current.window.from_at, until_at))
        window = Window(current.window.from_at, until_at)
        if (other := overlapping_with(config.leaves, window, current.window)) is not None:
            return Doubt(Unclear.OVERLAP, "until", window=window, other=other)
        changed = ended(current, until_at, "until", waits=False)
        return changed if backup is None else _covered_by(changed, backup)
    situation = Situation(
        in_file=config.away if config.in_file is None else config.in_file,
        kept=tenure.kept,
        backups=config.backups,
        zone=config.owner.home_timezone,
        zones={},
    )
    zone = config.owner.home_timezone
    if (
        from_at is not None
        and from_at < now
        and from_at.astimezone(zone).date() == now.astimezone(zone).date()
    ):
        from_at = now
    return planned("plan", Window(from_at or now, until_at), backup, situation, now, now)


def _called_off(tenure: Tenure, span: str, now: datetime) -> Understood:
    """By its dates, so that `--end` said twice ends no other absence."""
    zone = tenure.config.owner.home_timezone
    begin, _, end = span.rpartition("..")
    from_at, until_at = (_moment_of(each, zone) if each else None for each in (begin, end))
    for leave in tenure.config.leaves:
        if leave.window.from_at > now and (leave.window.from_at, leave.window.until_at) == (
            from_at,
            until_at,
        ):
            return withdrawn(leave, "trial_off" if leave.is_trial else "off", waits=False)
    address = tenure.config.owner.address
    raise AwayRefused(f"{address} has no absence of those dates to come; {_coming(tenure, now)}")


def _covered(current: Leave, backup: str) -> Understood:
    return _covered_by(ended(current, current.window.until_at, "plan", waits=False), backup)


def _covered_by(understood: Understood, backup: str) -> Understood:
    assert isinstance(understood.alteration, Put)
    put = replace(understood.alteration, change=replace(understood.alteration.change, cover=backup))
    return replace(understood, alteration=put, backup=backup)


def _moment_of(text: str, zone: ZoneInfo) -> datetime:
    """As in rules.yaml: a date is its first moment."""
    try:
        value: Moment = moment(text.strip())
    except Invalid as fault:
        raise AwayRefused(f"{text.strip()!r} {fault.what}; {fault.to_do}") from None
    if not isinstance(value, datetime):
        return local_moment(value, time(), zone)
    if value.tzinfo is None:
        return local_moment(value.date(), value.time(), zone)
    return value.astimezone(UTC)


def _letter(tenure: Tenure, understood: Understood, now: datetime) -> OutgoingMail:
    """The owner reads what was changed, and may change it again by an answer."""
    config, stamp = tenure.config, tenure.stamp()
    catalogue = tenure.tools.catalogue(config.owner.language)
    names = {key: backup.first_name for key, backup in config.backups.items()}
    octets = compose_understood(understood, None, config.owner, names, stamp, catalogue)
    until_at = max(now, understood.window.until_at if understood.window else now) + ANSWERABLE_FOR
    return OutgoingMail("answer", config.owner.address, octets, stamp.message_id, answerable_until=until_at)


def _sentence(doubt: Doubt, tenure: Tenure) -> str:
    def local(window: Window | None) -> str:
        if window is None:
            return "then"
        zone = tenure.config.owner.home_timezone
        begin, end = (each.astimezone(zone) for each in (window.from_at, window.until_at))
        return f"{begin:%a %Y-%m-%d %H:%M} until {end:%a %Y-%m-%d %H:%M}"

    match doubt.why:
        case Unclear.END_BEFORE:
            return f"{local(doubt.window)} ends before it begins; write FROM..UNTIL, the earlier one first"
        case Unclear.PAST if doubt.window and (
            doubt.kind == "until" or doubt.window.until_at <= doubt.window.from_at
        ):
            until_at = doubt.window.until_at.astimezone(tenure.config.owner.home_timezone)
            return f"{until_at:%a %Y-%m-%d %H:%M} is over already; write a later date"
        case Unclear.PAST:
            return f"{local(doubt.window)} is over already; write a later date"
        case Unclear.TOO_LONG:
            return f"{local(doubt.window)} is longer than a year; write an earlier UNTIL"
        case _:
            return (
                f"{local(doubt.window)} overlaps with the absence of {local(doubt.other)}; "
                "write dates beside it, or end that one first (--end)"
            )


def _coming(tenure: Tenure, now: datetime) -> str:
    """What is planned, and how it is called off."""
    to_come = [leave.window for leave in tenure.config.leaves if leave.window.from_at > now]
    if not to_come:
        return "no absence is planned"
    zone = tenure.config.owner.home_timezone
    begin, end = (each.astimezone(zone) for each in (to_come[0].from_at, to_come[0].until_at))
    form = "%Y-%m-%d" if begin.time() == end.time() == time() else "%Y-%m-%dT%H:%M"
    span = f"{begin:{form}}..{end:{form}}"
    return (
        f"the next absence begins {begin:%a %Y-%m-%d %H:%M}; to call it off: "
        f"delegator away {tenure.config.owner.address} {span} --end"
    )
