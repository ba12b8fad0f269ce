"""What `status` says of one account: connections, what waits, who has what, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..core.delivery import WAITS_TOO_LONG
from ..core.hours.absence import called_off
from ..core.hours.briefed import asked_for
from ..core.hours.schedule import current_window, next_slot, next_window
from ..core.mail.display import one_line
from ..reports.status import AbsenceStatus, AccountStatus

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from ..config.model import Config
    from ..ports import HandoverRow, SetAside, StateFacts, StatusStore
    from .health import Health
    from .mode import Mode
    from .tenure import Tenure

SILENCE_IS_NEWS = timedelta(minutes=30)
MOST_NAMED = 3
_SAID: Mapping[str, str] = {
    "accepted": "is there",
    "declined": "would rather not",
    "dates": "is not there on some days",
    "automatic": "answers automatically",
    "bounce": "mail to them comes back",
}


async def account_status(tenure: Tenure) -> AccountStatus:
    health, now = tenure.health, tenure.tools.clock.now()
    store: StatusStore = tenure.store
    facts, last_contact_at = await store.facts(now), await tenure.last_contact_at()
    return status_of(
        tenure.config,
        facts,
        tenure.identity.mode,
        now,
        last_contact_at=last_contact_at,
        connected=health.connected,
        is_blind=health.fault is not None,
        faults=health.lines(),
        lacks=tenure.lacks.lines(),
    )


def status_of(
    config: Config,
    facts: StateFacts,
    mode: Mode,
    now: datetime,
    *,
    last_contact_at: datetime | None,
    connected: bool = False,
    is_blind: bool = False,
    faults: Sequence[str] = (),
    lacks: Sequence[str] = (),
) -> AccountStatus:
    """Beside a daemon, or without one. config: as it holds now. is_blind: that nothing is
    seen of the mailbox is among the faults.

    faults, lacks: what a daemon has found out, a sentence each.
    """
    zone = config.owner.timezone
    is_away = current_window(config.away, now) is not None
    coming = next_slot(config.review.at, zone, config.away, now)
    asked = asked_for(next_window(config.served, now), facts.briefs)
    problems = list(faults)
    is_silent = last_contact_at is None or now - last_contact_at > SILENCE_IS_NEWS
    if is_away and is_silent and not is_blind:
        for_how_long = "for half an hour" if last_contact_at else "yet"
        problems.append(f"no contact with the mail server {for_how_long}; is `delegator run` running?")
    problems += lacks
    problems += [file.problem for file in config.lists if file.problem]
    if mode == "observing":
        problems.append(
            "another state serves this absence, so nothing is forwarded; `delegator run --adopt` takes over"
        )
    return AccountStatus(
        address=config.owner.address,
        connected=connected,
        last_contact_at=last_contact_at,
        away=is_away,
        next_review_at=coming[1] if coming else None,
        waiting=facts.waiting,
        handovers_open=facts.handovers_open,
        handovers_overdue=facts.handovers_overdue,
        outbox_pending=facts.outbox_pending,
        problems=(*problems, *_held_up(facts, zone, now), *_set_aside(facts.set_aside)),
        handovers=tuple(_handover(row, mode, zone, now) for row in facts.handovers),
        backups=tuple(_said_by(key, facts, is_asked=key in asked) for key in config.backups),
        timezone=str(config.owner.home_timezone),
        absences=_absences(config, now),
        paused_since=config.kept.paused_at if config.is_paused(now) else None,
    )


def _absences(config: Config, now: datetime) -> tuple[AbsenceStatus, ...]:
    """Those that are not over, and then those that were called off."""
    in_file = config.away if config.in_file is None else config.in_file
    known = [(leave, False) for leave in config.leaves if leave.window.until_at > now]
    known += [(leave, True) for leave in called_off(in_file, config.kept, now)]
    return tuple(
        AbsenceStatus(
            leave.window.from_at,
            leave.window.until_at,
            leave.is_changed,
            (leave.in_file.from_at, leave.in_file.until_at) if leave.in_file else None,
            leave.cover,
            leave.is_trial,
            is_off,
        )
        for leave, is_off in known
    )


def no_status(config: Config, health: Health, now: datetime, why: str) -> AccountStatus:
    """What is known of an account whose state cannot be read. why: it cannot be read."""
    coming = next_slot(config.review.at, config.owner.timezone, config.away, now)
    return AccountStatus(
        address=config.owner.address,
        connected=health.connected,
        last_contact_at=None,
        away=current_window(config.away, now) is not None,
        next_review_at=coming[1] if coming else None,
        waiting=0,
        handovers_open=0,
        handovers_overdue=0,
        outbox_pending=0,
        problems=tuple(health.lines()) or (why,),
        timezone=str(config.owner.home_timezone),
    )


def _held_up(facts: StateFacts, zone: ZoneInfo, now: datetime) -> list[str]:
    late = [(since_at, reply) for since_at, reply in facts.held_up if now - since_at >= WAITS_TOO_LONG]
    if not late:
        return []
    since_at, reply = late[0]
    count = "1 forward waits" if len(late) == 1 else f"{len(late)} forwards wait"
    since = f"{since_at.astimezone(zone):%d/%m %H:%M}"
    return [f"outbox: {count} since {since}; the submission server said: {one_line(reply, 200)}"]


def _set_aside(rows: Sequence[SetAside]) -> list[str]:
    """Until a review has told it."""
    named = [row.mail for row in rows if row.mail is not None]
    mails = [f'"{one_line(mail.subject, 40)}" of {one_line(mail.sender.address, 60)}' for mail in named]
    what = ", ".join(dict.fromkeys(mails[:MOST_NAMED]))
    about = f" (about {what})" if what else ""
    to_do = "see whether the disk is well, and look at the next review"
    return [f"state: {len(rows)} damaged rows were set aside{about}; {to_do}"] if rows else []


def _handover(row: HandoverRow, mode: Mode, zone: ZoneInfo, now: datetime) -> str:
    """Who has what until when."""

    def moment(at: datetime) -> str:
        return f"{at.astimezone(zone):%d/%m %H:%M}"

    due = f", due {moment(row.due_at)}" if row.due_at else ""
    late = " (overdue)" if row.due_at and row.due_at <= now else ""
    client = one_line(row.client.name or row.client.address, 40)
    subject = one_line(row.subject, 40)
    unsent = "not sent yet" if mode == "live" else "not sent: this forwards nothing"
    since = f"since {moment(row.handed_at)}" if row.handed_at else unsent
    return f"{row.backup}: {client}, {subject}, {since}{due}{late}"


def _said_by(key: str, facts: StateFacts, *, is_asked: bool) -> str:
    """What a backup said to the brief."""
    said = _SAID.get(facts.said.get(key, ""), "no answer to the brief")
    return f"{key:14} {said if is_asked else 'no brief yet'}"
