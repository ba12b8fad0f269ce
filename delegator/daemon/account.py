"""The daemon: for each account a watch, an outbox and a clock in one task group.

The watch holds the IMAP connection: reconcile, file, wait for a hint. The outbox submits what is due.
The clock makes the reviews. They share the store, and wake each other by events; nothing else.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from ..config import reload_lists
from ..config.model import Config
from ..core.commands.command import Grant
from ..core.compose import Catalogue, Stamp, compose_review, compose_trial
from ..core.compose.answer import refusal_sentences
from ..core.compose.sentences import ProblemKind, problem_sentence, warning_sentence
from ..core.delivery import Outcome, Reply
from ..core.folders import FORWARDED, MADE_AT_ONCE, ROOT
from ..core.hours.schedule import Slot, current_window, due_slot, next_slot, next_window
from ..core.lessons import Lessons
from ..core.mail.display import one_line
from ..core.mail.loop import loop_value
from ..core.mail.marker import Marker, compose_marker, foreign, read_marker
from ..core.people import Backup, Language, Window, normal_address, who_is_there
from ..core.reviews.arrange import Review, ReviewFacts, arrange_review
from ..core.reviews.controls import Controls, review_lines, wanted_controls
from ..maillog import MailLog
from ..ports import (
    Absence,
    AccountState,
    AccountStore,
    Clock,
    Filing,
    MailSource,
    Refused,
    ServerFacts,
    Store,
    Submitter,
    Unavailable,
)
from ..reports.status import AccountStatus
from .alarm import Alarm
from .commands import Orders, trays
from .handovers import FollowUp, new_token
from .health import Health
from .intake import Intake
from .mailboxes import junk_mailbox, sent_mailbox
from .outbox import Outbox

RECONCILE_EVERY_S = 300.0  # and at least that often IDLE is renewed: NATs drop it after ten minutes
OTHERS_EVERY_S = 60.0  # mailboxes besides INBOX are not watched by IDLE
SUBMIT_FIRST_S = 1.0  # most submissions take less; whoever waits longer gains nothing
REFRESH_S = 30.0  # how long a review waits for a last look at the mailbox
OUTAGE_IS_NEWS = timedelta(minutes=10)
SILENCE_IS_NEWS = timedelta(minutes=30)
CYCLE_AT_MOST = timedelta(minutes=30)  # the longest pause, and two slow servers' time-outs
LONGEST_PAUSE_S = 300.0
LONGEST_PAUSE_REFUSED_S = 900.0  # a wrong password tried too often locks the account
SENT_EVERY = timedelta(seconds=50)  # the owner's own hands: twice as often as others are watched
SENT_IS_OLD = timedelta(minutes=10)  # longer than any pause while all is well
_ABSENCE_KINDS: Mapping[str, ProblemKind] = {
    "automatic": "backup_automatic",
    "bounce": "backup_bounced",
    "declined": "backup_declined",
    "dates": "backup_dates",
}
_SAID: Mapping[str, str] = {
    "accepted": "is there",
    "declined": "would rather not",
    "dates": "is not there on some days",
    "automatic": "answers automatically",
    "bounce": "mail to them comes back",
}


class Account:
    """One owner's mailbox, looked after. Build it in `wiring`; run `run` or `once`."""

    def __init__(
        self,
        config: Config,
        *,
        source: MailSource,
        gate: Submitter,
        store: Store,
        clock: Clock,
        log: MailLog,
        catalogue: Callable[[Language], Catalogue],
        alert_gate: Submitter | None = None,
        heartbeat: Callable[[str], Awaitable[str | None]] | None = None,
        shadow: bool = False,
        adopt: bool = False,
    ) -> None:
        """alert_gate: of the alert's own server; None: the account's. heartbeat: fetches a URL."""
        self.config = config
        self.log = log
        self._source, self._gate, self._stores, self._clock = source, gate, store, clock
        self._catalogue = catalogue
        self._adopt = adopt
        self._mode: Literal["live", "shadow", "observing"] = "shadow" if shadow else "live"
        self._is_decided = shadow  # whether the marker was looked at: before that nothing is forwarded
        self._state: AccountState | None = None
        self._server: ServerFacts | None = None
        self._sent_mailbox: str | None = None
        self._junk_mailbox: str | None = None
        self._sent_read_at = datetime.min.replace(tzinfo=UTC)
        self._marker_read_at = datetime.min.replace(tzinfo=UTC)
        self._health = Health(clock)
        self._alert_gate = alert_gate or gate
        self._is_running = False
        self._is_refused = False  # something was not accepted since the handovers were looked at
        self._is_once = False  # between two runs from cron there is no contact, and nothing wrong
        self._wake = asyncio.Event()  # the watch: look again
        self._due = asyncio.Event()  # the outbox: something is due
        self._submitted = asyncio.Event()  # set when the outbox has tried all that was due
        self._taken = asyncio.Event()  # the handovers: a message was taken up
        self._cycled = asyncio.Event()  # set at the end of each cycle of the watch
        self.stop = asyncio.Event()
        self.cycled_at = clock.now()  # for the watchdog
        self._alarm = Alarm(
            config,
            health=self._health,
            store=lambda: self._store,
            clock=clock,
            log=log,
            catalogue=catalogue,
            stamp=self._stamp,
            queued=self._due.set,
            heartbeat=heartbeat,
        )

    # --- what it is --------------------------------------------------------------------------------

    @property
    def address(self) -> str:
        return self.config.owner.address

    @property
    def key(self) -> str:
        """The account's key in the store. A shadow keeps its state apart."""
        key = normal_address(self.address)
        return key if self._mode == "live" else f"{key}/shadow"

    @property
    def _store(self) -> AccountStore:
        return self._stores.account(self.key)

    @property
    def is_live(self) -> bool:
        return self._mode == "live"

    @property
    def is_connected(self) -> bool:
        return self._health.connected

    @property
    def _has_folders(self) -> bool:
        return self.is_live and self._server is not None and self._server.can_move

    @property
    def _may_forward(self) -> bool:
        return self.is_live and self._is_decided

    async def _account_state(self) -> AccountState:
        self._state = await self._store.state(self._clock.now())
        return self._state

    def _stamp(self) -> Stamp:
        assert self._state is not None
        domain = self.config.owner.domain
        message_id = f"<{secrets.token_hex(16)}@{domain}>"
        return Stamp(
            message_id=message_id,
            boundary=secrets.token_hex(16),
            loop=loop_value(self._state.loop_key, message_id),
            date=self._clock.now().astimezone(self.config.owner.timezone),
        )

    def _intake(self) -> Intake:
        return Intake(
            config=self.config,
            source=self._source,
            store=self._store,
            clock=self._clock,
            log=self.log,
            is_live=self.is_live,
            has_folders=self._has_folders,
            taken=self._taken,
        )

    def _orders(self, window: Window) -> Orders:
        return Orders(
            config=self.config,
            source=self._source,
            store=self._store,
            clock=self._clock,
            log=self.log,
            catalogue=self._catalogue,
            stamp=self._stamp,
            new_token=new_token,
            window=window,
            has_folders=self._has_folders,
        )

    def _follow_up(self) -> FollowUp:
        return FollowUp(
            config=self.config,
            store=self._store,
            clock=self._clock,
            log=self.log,
            catalogue=self._catalogue,
            stamp=self._stamp,
            changed=self._due.set,
            nobody_left=self._alarm.nobody_left,
        )

    def _outbox(self) -> Outbox:
        return Outbox(
            config=self.config,
            gate=self._gate,
            alert_gate=self._alert_gate,
            store=self._store,
            clock=self._clock,
            log=self.log,
            catalogue=self._catalogue,
            stamp=self._stamp,
            file_to=lambda: FORWARDED if self._has_folders else None,
            said=self._note_reply,
        )

    # --- running -----------------------------------------------------------------------------------

    async def run(self) -> None:
        """For ever, until `stop` is set; an attempt under way is finished first."""
        self._is_running = True
        await self._start()
        async with asyncio.TaskGroup() as group:
            outbox = group.create_task(self._guarded(self._submit))
            others = [
                group.create_task(self._guarded(task))
                for task in (self._watch, self._review_clock, self._handovers, self._alarm.watch)
            ]
            await self.stop.wait()
            for task in others:
                task.cancel()
            self._due.set()
            # A cut-off attempt has an unknown outcome and is repeated: better to let it end.
            await asyncio.wait([outbox], timeout=10)
            outbox.cancel()
        await self._source.close()

    async def once(self, *, review_now: bool = False) -> bool:
        """Do what is due and end; whether the servers could be reached.

        review_now: a review besides, whatever the time.
        """
        self._is_once = True
        await self._start()
        window = current_window(self.config.away, self._clock.now())
        try:
            if window is None:
                self._say_waiting()
            else:
                await self._unless_lost(self._open_session(window))
            if window is not None and self._health.connected:
                await self._unless_lost(self._cycle(window))
            if self.is_live:
                await self._follow_up().run_due()
            if slot := await self._due_slot():
                await self.make_review(slot)
            if review_now:
                await self.make_review(None)
            await self._outbox().submit_due(forwards=self._may_forward, stop=self.stop)
            if self._is_refused and self.is_live:  # there may be something to pass on
                await self._follow_up().run_due()
                await self._outbox().submit_due(forwards=self._may_forward, stop=self.stop)
            if self._health.connected:
                await self._unless_lost(self._file(await self._store.filings()))
            return (self._health.connected or window is None) and self._health.submission_fault is None
        finally:
            await self._source.close()

    async def _unless_lost(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Unavailable as fault:
            await self._lost(fault)

    async def _start(self) -> None:
        await self._account_state()
        lessons = Lessons.from_values(await self._store.learnt())
        # Where the provider files what was submitted, that is read before it goes again.
        is_looked_up = lessons is not None and bool(lessons.files_sent_in)
        resumed = 0 if is_looked_up else await self._store.resume(self._clock.now())
        self.log.started(mode=self._mode, resumed=resumed)

    async def _guarded(self, task: Callable[[], Awaitable[None]]) -> None:
        """The task boundary: a bug in one account is logged, told, and tried again; it stops no other."""
        while True:
            try:
                await task()
                return
            except Exception as bug:
                self.log.task_failed(task=getattr(task, "__name__", "task"), failure=bug)
                self._health.fault = f"internal error: {type(bug).__name__}; see the log"
                await self._source.close()  # the watch begins anew, too
                self._wake.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(60):
                    await self.stop.wait()
                    return

    def _say_waiting(self) -> Window | None:
        window = next_window(self.config.away, self._clock.now())
        self.log.waiting(until=window.from_at if window else None)
        return window

    # --- the watch ---------------------------------------------------------------------------------

    async def _watch(self) -> None:
        failures = 0
        while True:
            window = current_window(self.config.away, self._clock.now())
            if window is None:
                coming = self._say_waiting()
                await self._clock.wait_until(coming.from_at if coming else None)
                continue
            try:
                await self._open_session(window)
                while self._clock.now() < window.until_at:
                    self._wake.clear()
                    await self._take_first(window)
                    await self._cycle(window)
                    failures = 0
                    left_s = (window.until_at - self._clock.now()).total_seconds()
                    is_alone = len(self._mailboxes) == 1 and not self._has_folders
                    pace_s = RECONCILE_EVERY_S if is_alone else OTHERS_EVERY_S
                    await self._source.wait(max(0.0, min(pace_s, left_s)), self._wake)
                await self._source.close()
                self._health.connected = False
            except Unavailable as fault:
                await self._lost(fault)
                failures += 1
                await self._pause(failures, fault)

    async def _pause(self, failures: int, fault: Unavailable) -> None:
        longest = LONGEST_PAUSE_REFUSED_S if isinstance(fault, Refused) else LONGEST_PAUSE_S
        pause_s = min(2.0 ** min(failures - 1, 20), longest) * random.uniform(0.8, 1.2)
        if isinstance(fault, Refused):
            pause_s = max(pause_s, 30.0)
        pause_s = max(pause_s, fault.backoff_s or 0.0)
        self.cycled_at += timedelta(seconds=pause_s)  # a server may ask for hours; that is no standstill
        await asyncio.sleep(pause_s)

    @property
    def _mailboxes(self) -> tuple[str, ...]:
        """INBOX last: it stays open, and IDLE watches it."""
        assert self.config.account is not None
        return tuple(sorted(self.config.account.mailboxes, key=lambda name: name.upper() == "INBOX"))

    async def _open_session(self, window: Window) -> None:
        self._server = await self._source.connect()
        mailboxes = await self._source.list_mailboxes()
        self._sent_mailbox, self._junk_mailbox = sent_mailbox(mailboxes), junk_mailbox(mailboxes)
        if self._mode != "shadow":
            await self._decide_mode(window)
        if self._has_folders:
            for folder in (*MADE_AT_ONCE, *trays(self.config)):
                await self._source.create(folder)
        await self._note_contact(window)

    async def _decide_mode(self, window: Window) -> None:
        """Look at the marker: does another state serve this absence already?"""
        now = self._clock.now()
        state = await self._stores.account(normal_address(self.address)).state(now)
        markers = await self._markers()
        other = foreign(markers, state.state_id, now)
        if other is None or self._adopt:
            other = await self._mark(window, state.state_id, markers)
        self._marker_read_at = now
        was_observing, self._mode = self._mode == "observing", "observing" if other else "live"
        if other and not was_observing:
            self.log.observing(other=other.state_id)
        await self._account_state()
        self._is_decided = True
        self._due.set()
        self._taken.set()  # what became overdue while nobody looked, and the briefs

    async def _mark(self, window: Window, state_id: str, markers: list[Marker]) -> Marker | None:
        """See to it that the marker names this state and this absence; the one of who was faster, or None."""
        now = self._clock.now()
        replaces = {each.state_id for each in markers if self._adopt and each.until_at > now} - {state_id}
        ours = [each for each in markers if each.state_id == state_id and each.until_at == window.until_at]
        if replaces or not ours:
            await self._source.create(ROOT)
            octets = compose_marker(
                self.config.owner, state_id, window.until_at, self._stamp().message_id, now, replaces
            )
            await self._source.append(ROOT, octets, seen=True)
            markers = await self._markers()
            ours = [each for each in markers if each.state_id == state_id][-1:]
        self._adopt = False
        other = foreign(markers, state_id, now)
        # Superseded: our own earlier ones, those that are over or replaced; all of ours if we give way.
        superseded = [
            each.uid
            for each in markers
            if each.until_at <= now
            or each.state_id in replaces
            or (each.state_id == state_id and (other is not None or each not in ours))
        ]
        if superseded:
            await self._source.delete(superseded)
        return other

    async def _markers(self) -> list[Marker]:
        if await self._source.open(ROOT) is None:
            return []
        fetched = await self._source.fetch(await self._source.uids(), 16 * 1024)
        return [marker for one in fetched if (marker := read_marker(one.uid, one.octets))]

    async def _take_first(self, window: Window) -> None:
        """What a client waits for: new mail, and its forward."""
        await self._reread_lists()
        if self._clock.now() - self._sent_read_at > SENT_IS_OLD:
            await self._read_sent(window)  # she may have answered while we were away
        if await self._intake().take_first(self._mailboxes[-1], window):
            await self._submit_first()

    async def _cycle(self, window: Window) -> None:
        """One look at every mailbox, and what was decided meanwhile put where it belongs."""
        await self._reread_lists()
        intake = self._intake()
        await self._file(await self._store.filings())
        if self._mode != "shadow" and self._clock.now() - self._marker_read_at > SENT_EVERY:
            await self._decide_mode(window)  # another installation may have adopted the mailbox
            intake = self._intake()
        if self._sent_mailbox is not None and self._clock.now() - self._sent_read_at > SENT_EVERY:
            await self._read_sent(window)
            if self._junk_mailbox is not None:
                await intake.read_junk(self._junk_mailbox, window)
        orders = self._orders(window)
        if self._has_folders:  # before INBOX: what left it for one of these is a command
            await orders.look_at_folders()
        looked_at = [await intake.reconcile(mailbox, window) for mailbox in self._mailboxes]
        has_orders = self._may_forward and await orders.carry_out() > 0
        if has_orders:
            self._taken.set()
        if any(looked_at) or has_orders:
            self._wake.set()
        await self._store.contact(self._clock.now())
        self.cycled_at = self._clock.now()
        self._cycled.set()
        await self._alarm.beat()

    async def _read_sent(self, window: Window) -> None:
        self._sent_read_at = self._clock.now()
        if self._sent_mailbox is not None:
            await self._intake().read_sent(self._sent_mailbox, window)

    async def _reread_lists(self) -> None:
        """The lists of addresses as they are now, where their files changed."""
        changed = await asyncio.to_thread(reload_lists, self.config) if self.config.lists else None
        if changed is None:
            return
        for before, now in zip(self.config.lists, changed.lists, strict=True):
            if now.problem and now.problem != before.problem:
                self.log.list_unreadable(what=now.problem)
            elif not now.problem and now != before:
                self.log.list_reread(name=now.name)
        self.config = changed

    async def _file(self, filings: list[Filing]) -> None:
        if not self._has_folders:
            return  # though there were some when this was decided
        groups: dict[tuple[str, int, str, str | None], list[Filing]] = {}
        for filing in filings:
            place = filing.place
            groups.setdefault((place.mailbox, place.uidvalidity, filing.folder, filing.keyword), []).append(
                filing
            )
        for (mailbox, uidvalidity, folder, keyword), members in groups.items():
            facts = await self._source.open(mailbox)
            position = await self._store.position(mailbox)
            if facts is not None and position is not None and facts.uidvalidity != position.uidvalidity:
                continue  # renumbered: first they have to be found again
            if facts is not None and facts.uidvalidity == uidvalidity:
                uids = [filing.place.uid for filing in members]
                allowed = {flag.lower() for flag in facts.permanent_flags}
                if keyword and ({"\\*", keyword.lower()} & allowed):
                    await self._source.add_keyword(uids, keyword)
                await self._source.move(uids, folder)
                self.log.filed(mailbox=mailbox, folder=folder, count=len(uids))
            await self._store.filed([filing.id for filing in members])

    async def _note_contact(self, window: Window) -> None:
        now = self._clock.now()
        before = self._state.last_contact_at if self._state and not self._is_once else None
        since = self._health.lost_at or before
        if since is not None and since >= window.from_at and now - since > OUTAGE_IS_NEWS:
            await self._store.outage(since, now)
        self._health.found()
        assert self._server is not None
        self.log.connected(mode=self._mode, can_idle=self._server.can_idle, can_move=self._server.can_move)

    async def _lost(self, fault: Unavailable) -> None:
        await self._source.close()
        if str(fault) != self._health.fault:  # said once, plainly
            say = self.log.login_refused if isinstance(fault, Refused) else self.log.connection_lost
            say(what=str(fault))
        self._health.lost(str(fault), self._state.last_contact_at if self._state else None)
        self.cycled_at = self._clock.now()

    # --- the outbox --------------------------------------------------------------------------------

    async def _submit(self) -> None:
        while not self.stop.is_set():
            self._due.clear()
            if await self._outbox().submit_due(forwards=self._may_forward, stop=self.stop):
                self._wake.set()  # there is something to file
            if self._is_refused:
                self._is_refused = False
                self._taken.set()  # there may be something to pass on
            next_at = await self._store.next_due_at(forwards=self._may_forward)
            self._submitted.set()
            await self._clock.wait_until(next_at, self._due)

    async def _submit_first(self) -> None:
        """Let the outbox do what is due, undisturbed by what can wait for a second."""
        self._submitted.clear()
        self._due.set()
        try:
            async with asyncio.timeout(SUBMIT_FIRST_S):
                await self._submitted.wait()
        except TimeoutError:
            pass  # a slow server: it is left to the outbox

    # --- the handovers -----------------------------------------------------------------------------

    async def _handovers(self) -> None:
        while True:
            self._taken.clear()
            await self._submit_first()
            follow_up = self._follow_up()
            if self.is_live and (self._is_decided or not self._is_away):
                await follow_up.run_due()
            self._due.set()
            await self._clock.wait_until(await follow_up.next_at(), self._taken)

    @property
    def _is_away(self) -> bool:
        return current_window(self.config.away, self._clock.now()) is not None

    def _note_reply(self, reply: Reply) -> None:
        """A login or a server that does not work is told; a mail that was refused is told elsewhere."""
        self._is_refused = self._is_refused or reply.outcome is not Outcome.ACCEPTED
        is_fault = reply.outcome in (Outcome.MISCONFIGURED, Outcome.DEFERRED, Outcome.UNKNOWN)
        self._health.submission(reply.text if is_fault else None)

    # --- the review --------------------------------------------------------------------------------

    async def _review_clock(self) -> None:
        plan, owner = self.config.review, self.config.owner
        while True:
            if slot := await self._due_slot():
                await self._refresh()
                await self.make_review(slot)
                continue
            coming = next_slot(plan.at, owner.timezone, self.config.away, self._clock.now())
            await self._clock.wait_until(coming[1] if coming else None)

    async def _due_slot(self) -> tuple[Slot, datetime] | None:
        state = self._state or await self._account_state()
        last_at = await self._store.last_slot_at() or state.started_at
        plan, owner = self.config.review, self.config.owner
        return due_slot(plan.at, owner.timezone, self.config.away, last_at, self._clock.now())

    async def _refresh(self) -> None:
        """A last look at the mailbox, if the server answers in time."""
        self._cycled.clear()
        self._wake.set()
        try:
            async with asyncio.timeout(REFRESH_S if self._health.fault is None else 0):
                await self._cycled.wait()
        except TimeoutError:
            self.log.review_without_refresh()

    async def compose_review(
        self, slot: Slot | None, controls: Callable[[Review], Controls | None] = lambda review: None
    ) -> tuple[Review, bytes, Stamp]:
        """The next review as it would go out now. Changes nothing.

        controls: makes the secrets of its buttons; without them it commands nothing.
        """
        now = self._clock.now()
        owner, zone = self.config.owner, self.config.owner.timezone
        state = await self._account_state()
        content = await self._store.review_content(now)
        window = current_window(self.config.away, now)
        coming = next_slot(self.config.review.at, zone, self.config.away, now)
        catalogue = self._catalogue(owner.language)
        last_contact_at = state.last_contact_at
        since_at = content.since_at or max(state.started_at, window.from_at if window else state.started_at)
        facts = ReviewFacts(
            now=now,
            since_at=since_at,
            slot=slot,
            next_review_at=coming[1] if coming else None,
            until_at=window.until_at if window else None,
            messages=tuple(
                replace(m, warning=warning_sentence(catalogue, *content.reasons[m.id]))
                if m.id in content.reasons
                else m
                for m in content.messages
            ),
            handed=tuple(replace(h, backup_name=self._backup_name(h.backup_name)) for h in content.handed),
            counts=content.counts,
            last_contact_at=last_contact_at,
            problems=(
                *self._problems(
                    catalogue,
                    content.outages,
                    content.failures,
                    await self._store.absences(now),
                    is_first=content.since_at is None,
                ),
                *refusal_sentences(catalogue, content.refusals, zone),
            ),
            mode=self._mode,
            receipts=tuple(
                replace(each, backup_name=self._backup_name(each.backup_name) if each.backup_name else "")
                for each in content.receipts
            ),
            there=await self._there(now),
            invitations=content.invitations,
            junk=content.junk,
        )
        review = await asyncio.to_thread(
            arrange_review, facts, minutes=self.config.review.minutes, address=owner.address
        )
        stamp = self._stamp()
        octets = await asyncio.to_thread(compose_review, review, owner, stamp, catalogue, controls(review))
        return review, octets, stamp

    async def make_review(self, slot: tuple[Slot, datetime] | None) -> bool:
        """One review into the outbox, once for each slot."""
        tokens: dict[str, Grant] = {}

        def controls(review: Review) -> Controls:
            wants = wanted_controls(review)
            made = {want.key: new_token() for want in wants}
            tokens.update((made[want.key], want.grant) for want in wants)
            return Controls(self.address, made)

        review, octets, stamp = await self.compose_review(slot[0] if slot else None, controls)
        facts = review.facts
        is_empty = not (facts.messages or facts.handed or facts.problems or facts.counts.received)
        is_skipped = slot is not None and is_empty and self.config.review.when_empty == "skip"
        is_new = await self._store.add_review(
            slot=slot,
            now=facts.now,
            shown=[message.id for item in review.waiting for message in item.messages],
            mail=None if is_skipped else (self.address, octets, stamp.message_id),
            lines=review_lines(review),
            tokens=tokens,
        )
        slot_name = f"{slot[0][0]} {slot[0][1]}" if slot else None
        if slot_name and is_skipped:
            self.log.review_skipped(slot=slot_name)
        else:
            self.log.review_queued(slot=slot_name, items=len(review.waiting))
        self._due.set()
        return is_new

    async def _there(self, now: datetime) -> tuple[Backup, ...]:
        """The backups whom a forward may go to now, in the order of the configuration."""
        absent = await self._store.absences(now)
        return who_is_there(self.config.backups, self.config.backups, absent, now)

    def _backup_name(self, key: str) -> str:
        backup = self.config.backups.get(key)
        return backup.name if backup else key

    def _problems(
        self,
        catalogue: Catalogue,
        outages: tuple[tuple[datetime, datetime], ...],
        failures: tuple[tuple[str, str, str], ...],
        absent: Mapping[str, Absence],
        *,
        is_first: bool,
    ) -> list[str]:
        """is_first: of all reviews: what never changes is said once."""
        zone = self.config.owner.timezone
        problems = self._health.problems(self.config, catalogue)
        for key, absence in absent.items():
            name = self._backup_name(key)
            problems.append(problem_sentence(catalogue, _ABSENCE_KINDS[absence.why], backup=name))
        for key, subject, reply in failures:
            problems.append(
                problem_sentence(
                    catalogue, "forward_failed", backup=self._backup_name(key), subject=subject, reason=reply
                )
            )
        for from_at, until_at in outages:
            problems.append(
                problem_sentence(
                    catalogue,
                    "blind",
                    from_at=from_at.astimezone(zone),
                    until_at=until_at.astimezone(zone),
                )
            )
        if is_first and self._server is not None and not self._server.can_move:
            problems.append(problem_sentence(catalogue, "no_move"))
        return problems

    # --- for the command line ----------------------------------------------------------------------

    async def status(self) -> AccountStatus:
        now = self._clock.now()
        state = await self._account_state()
        totals = await self._store.totals(now)
        coming = next_slot(self.config.review.at, self.config.owner.timezone, self.config.away, now)
        is_away = current_window(self.config.away, now) is not None
        last_contact_at = state.last_contact_at
        problems = [self._health.fault] if self._health.fault else []
        if (
            is_away
            and not self._health.fault
            and (last_contact_at is None or now - last_contact_at > SILENCE_IS_NEWS)
        ):
            for_how_long = "for half an hour" if last_contact_at else "yet"
            problems.append(f"no contact with the mail server {for_how_long}; is `delegator run` running?")
        if self._health.submission_fault:
            problems.append(f"submission: {self._health.submission_fault}")
        problems += [file.problem for file in self.config.lists if file.problem]
        if self._mode == "observing":
            problems.append(
                "another state serves this absence, so nothing is forwarded; "
                "`delegator run --adopt` takes over"
            )
        return AccountStatus(
            address=self.address,
            connected=self._health.connected,
            last_contact_at=last_contact_at,
            away=is_away,
            next_review_at=coming[1] if coming else None,
            waiting=totals.waiting,
            handovers_open=totals.handovers_open,
            handovers_overdue=totals.handovers_overdue,
            outbox_pending=totals.outbox_pending,
            problems=tuple(problems),
            handovers=await self._open_handovers(now),
            backups=await self._said_by_backups(),
            timezone=str(self.config.owner.timezone),
        )

    async def _open_handovers(self, now: datetime) -> tuple[str, ...]:
        """Who has what until when."""

        def moment(at: datetime) -> str:
            return f"{at.astimezone(self.config.owner.timezone):%d/%m %H:%M}"

        lines = []
        for row in await self._store.open_handovers():
            due = f", due {moment(row.due_at)}" if row.due_at else ""
            late = " (overdue)" if row.due_at and row.due_at <= now else ""
            client = one_line(row.client.name or row.client.address, 40)
            subject = one_line(row.subject, 40)
            unsent = "not sent yet" if self._mode == "live" else "not sent: this forwards nothing"
            since = f"since {moment(row.handed_at)}" if row.handed_at else unsent
            lines.append(f"{row.backup}: {client}, {subject}, {since}{due}{late}")
        return tuple(lines)

    async def _said_by_backups(self) -> tuple[str, ...]:
        """What each backup said to the brief."""
        lines = []
        briefs = {key for key, _, _ in await self._store.letters("brief")}
        said = await self._store.said_by_backups()
        for key in self.config.backups:
            unsaid = "no answer to the brief" if key in briefs else "no brief yet"
            lines.append(f"{key:14} {_SAID.get(said.get(key, ''), unsaid)}")
        return tuple(lines)

    async def send_briefs(self) -> tuple[str, ...]:
        """The brief, now, to every backup who has not had it; their addresses."""
        await self._account_state()
        sent = await self._follow_up().send_briefs()
        if self._is_running:
            self._due.set()
        else:
            await self._outbox().submit_due(forwards=False, stop=self.stop)
        return sent

    async def send_review(self) -> None:
        """A review now, beside those of the slots: after a last look at the mailbox, into the outbox."""
        await self._refresh()
        await self.make_review(None)

    async def compose_trial(self) -> tuple[bytes, str]:
        """A mail from the owner to the owner, which triage will know as ours; and its Message-ID."""
        await self._account_state()
        stamp = self._stamp()
        catalogue = self._catalogue(self.config.owner.language)
        return compose_trial(self.config.owner, stamp, catalogue), stamp.message_id

    async def learn(self, lessons: Lessons) -> None:
        """Keep what became of it."""
        await self._account_state()
        await self._store.learn(lessons.to_values())

    def is_turning(self, now: datetime) -> bool:
        """Whether the watch ended its last cycle in time, answered or failed; for the watchdog."""
        window = current_window(self.config.away, now)
        return window is None or now - max(self.cycled_at, window.from_at) < CYCLE_AT_MOST
