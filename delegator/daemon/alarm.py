"""Who hears of what is wrong while it lasts: the alert address, and the heartbeat's URL by hearing nothing.

The owner reads the same in the review; this is for who can mend it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from ..config.model import Alert, Config
from ..core.compose import Catalogue, Stamp, compose_alert
from ..core.delivery import Outcome
from ..core.handovers.known import RECENT
from ..core.health import Subject, may_beat, plan_alert, told_of
from ..core.mail.loop import loop_value
from ..maillog import MailLog
from ..ports import AlarmStore, Clock, OutboxStore, OutgoingMail, StateError, Submission, Submitter
from .health import Health
from .loops import Wait
from .tenure import Tenure

HEARTBEAT_EVERY = timedelta(minutes=1)
TURN_AT_MOST_S = 45 * 60.0  # an alert that cannot be stored is submitted here; its server may be slow
ROOM_EVERY_S = 20.0  # whether there is room again
UNSTORED_EVERY = timedelta(minutes=5)
"""How often an alert that cannot be stored is tried, until its server has taken it once."""


class Alarm:
    """Tells the alert address, for one tenure. submitting: an attempt; the account's end waits for it."""

    def __init__(self, tenure: Tenure) -> None:
        self._tenure, self._health = tenure, tenure.health
        self._store: AlarmStore = tenure.store
        self._clock, self._log = tenure.tools.clock, tenure.tools.log
        self._config = tenure.config
        self._beaten_s: float | None = None
        self._nobody_left_s: float | None = None
        self._flooded_s: float | None = None
        self.is_reserve_gone = False
        self.submitting: asyncio.Future[int] | None = None

    async def remember(self) -> None:
        """After a restart: what was told is not told again, and is a problem until it has ended."""
        told = await self._store.told()
        for fault in told:
            self._health.failed(fault.subject, fault.kind, fault.what, fault.since_at)
        subjects = {fault.subject for fault in told}
        faults = {subject: fault for subject, fault in self._health.faults.items() if subject in subjects}
        self._health.told |= told_of(faults)

    async def turn(self) -> Wait:
        """When something is wrong for too long, and when that is over."""
        self._health.changed.clear()
        self._health.heard.clear()
        self._health.expect(Subject.ALARM, TURN_AT_MOST_S)
        self._health.look_at_clock()
        if not (has_reserve := await self._has_reserve()):
            # What it gave back will be gone soon, and the disk is as full as it was.
            self._health.failed(Subject.ALARM, "state", "there is no room on the disk of the state")
        again_s = await self._tell() if self._config.alert is not None else None
        due_at = await self._submit() if self._tenure.has_alert_server else None
        if has_reserve:
            self._health.succeeded(Subject.ALARM)
        else:
            again_s = self._clock.elapsed_s() + ROOM_EVERY_S
        await self.beat()
        self._health.rests(Subject.ALARM)
        again_at = None
        if again_s is not None:
            again_at = self._clock.now() + timedelta(seconds=again_s - self._clock.elapsed_s())
        moments = [moment for moment in (again_at, due_at) if moment is not None]
        # An idle account is not woken for each answer, unless one is waited for.
        is_waiting = self._health.faults or (self._config.alert and self._config.alert.heartbeat)
        bells = (self._health.changed, self._health.heard)[: 2 if is_waiting else 1]
        return Wait(min(moments, default=None), bells)

    async def _has_reserve(self) -> bool:
        """Whether there is room again, once nothing else says that there is none."""
        faults = [fault for subject, fault in self._health.faults.items() if subject is not Subject.ALARM]
        if self.is_reserve_gone and not any(fault.kind == "state" for fault in faults):
            self.is_reserve_gone = not await self._tenure.tools.reserve.keep()
            return not self.is_reserve_gone
        return not (self.is_reserve_gone and self._health.is_failing(Subject.ALARM))

    async def _submit(self) -> datetime | None:
        """The alerts, to a server of their own; when there is one to be tried again."""
        store: OutboxStore = self._tenure.store
        if self.submitting is None or self.submitting.done():
            submit = self._tenure.outbox(alerts=True).submit_due(to_backups=False, stop=asyncio.Event())
            self.submitting = asyncio.ensure_future(submit)
        try:
            await asyncio.shield(self.submitting)  # cut off, its outcome would be unknown
            return await store.next_due_at(to_backups=False, alerts=True)
        except StateError:  # what could not be stored went out unstored
            return None

    async def _tell(self) -> float | None:
        """What the alert address is to hear now; when to look again, or None."""
        assert self._config.alert is not None
        faults, now_s = dict(self._health.faults), self._clock.elapsed_s()
        after_s = self._config.alert.after.total_seconds()
        plan = plan_alert(faults, self._health.told, after_s, now_s)
        if plan.tell is None:
            return plan.again_s
        if plan.tell == "all is well":
            is_on_its_way = await self._send(self._config.alert, [])
        else:
            problems = self._health.problems(self._config, self._words)
            is_on_its_way = await self._send(self._config.alert, problems)
        if not is_on_its_way:
            return now_s + UNSTORED_EVERY.total_seconds()
        self._health.told = told_of(faults)
        with suppress(StateError):  # that may be what it is about
            await self._store.keep_told(faults)
        if faults:
            since = min(fault.since_at for fault in faults.values())
            self._log.blind(
                since=since, what="; ".join(dict.fromkeys(fault.what for fault in faults.values()))
            )
        return plan_alert(faults, self._health.told, after_s, now_s).again_s

    async def nobody_left(self) -> None:
        """A conversation has come to the end of its chain; the owner may be asleep.

        Said at once, and then not for an hour: with a backup who falls ill all that they had comes back.
        """
        now_s, before_s = self._clock.elapsed_s(), self._nobody_left_s
        is_told = before_s is not None and now_s - before_s < RECENT.total_seconds()
        if self._config.alert is None or is_told:
            return
        self._nobody_left_s = now_s
        sentence = self._words.gettext(
            "No colleague can take over a client’s mail any more. It heads the next review."
        )
        await self._send(self._config.alert, [sentence])

    async def flooded(self) -> None:
        """New mail of one originator is held back; said at once, and then not for an hour."""
        now_s, before_s = self._clock.elapsed_s(), self._flooded_s
        is_told = before_s is not None and now_s - before_s < RECENT.total_seconds()
        if self._config.alert is None or is_told:
            return
        self._flooded_s = now_s
        sentence = self._words.gettext(
            "A great deal of new mail came from one sender at once. What is above the limit was not "
            "forwarded; it heads the next review."
        )
        await self._send(self._config.alert, [sentence])

    async def beat(self) -> None:
        """Where every loop turns, and the mail server has answered since the last time; once a minute."""
        alert, fetch = self._config.alert, self._tenure.tools.heartbeat
        answered_s, now_s = self._health.answered_s, self._clock.elapsed_s()
        if fetch is None or alert is None or alert.heartbeat is None or answered_s is None:
            return
        if self._beaten_s is not None:
            is_too_soon = now_s - self._beaten_s < HEARTBEAT_EVERY.total_seconds()
            if is_too_soon or answered_s <= self._beaten_s:
                return
        if may_beat(self._health.faults, self._health.overdue, alert.after.total_seconds(), now_s):
            self._beaten_s = now_s
            if failed := await fetch(alert.heartbeat):
                self._log.heartbeat_failed(what=failed)

    @property
    def _words(self) -> Catalogue:
        return self._tenure.tools.catalogue(self._config.owner.language)

    async def _send(self, alert: Alert, problems: Sequence[str]) -> bool:
        """Into the outbox; where nothing can be stored, out without that. Whether it is on its way."""
        tools, stamp = self._tenure.tools, self._tenure.stamp()
        octets = compose_alert(self._config.owner, alert.address, problems, stamp, self._words)
        mail = OutgoingMail("alert", alert.address, octets, stamp.message_id)
        for is_last in (False, True):
            try:
                await self._store.queue(mail, self._clock.now())
            except StateError:
                if is_last or not await tools.reserve.release():
                    break
                self.is_reserve_gone = True
            else:
                self._tenure.bells.due.set()
                if self._tenure.has_alert_server:
                    self._health.changed.set()
                return True
        return await _submit_unstored(tools.alert_gate, self._log, alert, octets, stamp.message_id)


class UnstoredAlarm:
    """Tells the alert address of an account that cannot begin: its state can be neither read nor written."""

    def __init__(
        self, config: Config, gate: Submitter, clock: Clock, log: MailLog, words: Catalogue, health: Health
    ) -> None:
        """gate: of the alert. words: in the owner's language."""
        self._config, self._gate, self._clock, self.log = config, gate, clock, log
        self._words, self.health = words, health

    async def tell(self) -> None:
        """What it is to hear now, if anything."""
        alert, faults = self._config.alert, dict(self.health.faults)
        if alert is None:
            return
        after_s, now_s = alert.after.total_seconds(), self._clock.elapsed_s()
        if plan_alert(faults, self.health.told, after_s, now_s).tell != "problems":
            return
        owner = self._config.owner
        message_id = f"<{secrets.token_hex(16)}@{owner.domain}>"
        # The key of the loop header is in the state; without it a bounce of this one is an ordinary mail.
        loop = loop_value(secrets.token_bytes(32), message_id)
        now_at = self._clock.now().astimezone(owner.timezone)
        stamp = Stamp(message_id, secrets.token_hex(16), loop, now_at)
        problems = self.health.problems(self._config, self._words)
        octets = compose_alert(owner, alert.address, problems, stamp, self._words)
        if await _submit_unstored(self._gate, self.log, alert, octets, message_id):
            self.health.told |= told_of(faults)


async def _submit_unstored(
    gate: Submitter, log: MailLog, alert: Alert, octets: bytes, message_id: str
) -> bool:
    """The one mail that goes out though its intent is not stored: that nothing can be, is what it says."""
    reply = await gate.submit(Submission((alert.address,), octets, message_id))
    log.alert_unstored(reply=reply.text)
    return reply.outcome in (Outcome.ACCEPTED, Outcome.UNKNOWN)
