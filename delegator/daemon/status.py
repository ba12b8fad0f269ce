"""What `status` says of one account: connections, what waits, who has what, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from ..config.model import Config
from ..core.hours.absence import called_off
from ..core.hours.schedule import current_window, next_slot
from ..core.mail.display import one_line
from ..core.reviews.items import WAITS_TOO_LONG
from ..ports import SetAside, StatusStore, WaitingForward
from ..reports.status import AbsenceStatus, AccountStatus
from .health import Health
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
    config, now = tenure.config, tenure.tools.clock.now()
    store: StatusStore = tenure.store
    totals = await store.totals(now)
    coming = next_slot(config.review.at, config.owner.timezone, config.away, now)
    last_contact_at = await tenure.last_contact_at()
    return AccountStatus(
        address=config.owner.address,
        connected=tenure.health.connected,
        last_contact_at=last_contact_at,
        away=tenure.is_away,
        next_review_at=coming[1] if coming else None,
        waiting=totals.waiting,
        handovers_open=totals.handovers_open,
        handovers_overdue=totals.handovers_overdue,
        outbox_pending=totals.outbox_pending,
        problems=(
            *_problems(tenure, last_contact_at, now),
            *_held_up(tenure, await store.forwards_waiting(), now),
            *_set_aside(await store.set_aside()),
        ),
        handovers=await _open_handovers(tenure, store, now),
        backups=await _said_by_backups(tenure, store),
        timezone=str(config.owner.timezone),
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
        timezone=str(config.owner.timezone),
    )


def _problems(tenure: Tenure, last_contact_at: datetime | None, now: datetime) -> tuple[str, ...]:
    health = tenure.health
    problems = health.lines()
    is_silent = last_contact_at is None or now - last_contact_at > SILENCE_IS_NEWS
    if tenure.is_away and not health.fault and is_silent:
        for_how_long = "for half an hour" if last_contact_at else "yet"
        problems.append(f"no contact with the mail server {for_how_long}; is `delegator run` running?")
    problems += tenure.lacks.lines()
    problems += [file.problem for file in tenure.config.lists if file.problem]
    if tenure.identity.mode == "observing":
        problems.append(
            "another state serves this absence, so nothing is forwarded; `delegator run --adopt` takes over"
        )
    return tuple(problems)


def _held_up(tenure: Tenure, forwards: Sequence[WaitingForward], now: datetime) -> list[str]:
    late = [forward for forward in forwards if now - forward.since_at >= WAITS_TOO_LONG]
    if not late:
        return []
    since = f"{late[0].since_at.astimezone(tenure.config.owner.timezone):%d/%m %H:%M}"
    count = "1 forward waits" if len(late) == 1 else f"{len(late)} forwards wait"
    return [f"outbox: {count} since {since}; the submission server said: {one_line(late[0].reply, 200)}"]


def _set_aside(rows: Sequence[SetAside]) -> list[str]:
    """Until a review has told it."""
    named = [row.mail for row in rows if row.mail is not None]
    mails = [f'"{one_line(mail.subject, 40)}" of {one_line(mail.sender.address, 60)}' for mail in named]
    what = ", ".join(dict.fromkeys(mails[:MOST_NAMED]))
    about = f" (about {what})" if what else ""
    to_do = "see whether the disk is well, and look at the next review"
    return [f"state: {len(rows)} damaged rows were set aside{about}; {to_do}"] if rows else []


async def _open_handovers(tenure: Tenure, store: StatusStore, now: datetime) -> tuple[str, ...]:
    """Who has what until when."""

    def moment(at: datetime) -> str:
        return f"{at.astimezone(tenure.config.owner.timezone):%d/%m %H:%M}"

    lines = []
    for row in await store.open_handovers():
        due = f", due {moment(row.due_at)}" if row.due_at else ""
        late = " (overdue)" if row.due_at and row.due_at <= now else ""
        client = one_line(row.client.name or row.client.address, 40)
        subject = one_line(row.subject, 40)
        unsent = "not sent yet" if tenure.is_live else "not sent: this forwards nothing"
        since = f"since {moment(row.handed_at)}" if row.handed_at else unsent
        lines.append(f"{row.backup}: {client}, {subject}, {since}{due}{late}")
    return tuple(lines)


async def _said_by_backups(tenure: Tenure, store: StatusStore) -> tuple[str, ...]:
    """What each backup said to the brief."""
    lines = []
    briefs = {letter.backup for letter in await store.letters("brief")}
    said = await store.said_by_backups()
    for key in tenure.config.backups:
        unsaid = "no answer to the brief" if key in briefs else "no brief yet"
        lines.append(f"{key:14} {_SAID.get(said.get(key, ''), unsaid)}")
    return tuple(lines)
