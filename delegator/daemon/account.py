"""One account of the daemon: its tasks, how they start and how they stop.

A tenure has a session that watches the mailboxes, an outbox that submits what is due, a clock for the
handovers, the reviews and the alarm. They share the store and wake each other by bells; nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any

from ..config.model import Config
from ..core.compose import compose_answer_test, compose_test_mail
from ..core.health import Subject
from ..core.hours.schedule import current_window
from ..core.lessons import Lessons, Tried
from ..core.logins.consent import Consent
from ..ports import StateError, TokenLogin, Unavailable
from ..ports.bell import Bell
from ..reports.status import AccountStatus
from .alarm import Alarm, UnstoredAlarm
from .erasing import erase_over
from .health import Health
from .logins import LoginWatch
from .loops import Loops, Wait, Work, said_of
from .mode import Mode, first_mode
from .originals import fetch_wanted
from .reviewer import Reviewer
from .session import Session
from .status import account_status, no_status
from .tenure import Bells, Identity, IdentityChanged, Tenure, Tools

END_WITHIN_S = 7.0  # of the ten seconds in which the process ends
TURN_AT_MOST_S = 10 * 60.0  # of a loop that asks no server


class Account:
    """One owner's mailbox, looked after. Build it in `wiring`; run `run` or `once`.

    adopt: take over from whoever serves the mailbox.
    """

    def __init__(self, config: Config, tools: Tools, *, shadow: bool = False, adopt: bool = False) -> None:
        self._config, self.tools = config, tools
        self._mode: Mode = "shadow" if shadow else "live"
        self._is_always_shadow = shadow
        self.says_first_word = True
        self._beginning = asyncio.Lock()
        self._adopt = adopt
        self._is_running = False
        self._briefed: tuple[str, ...] = ()  # the backups to whom `once` sent one, when it was asked to
        self.health = Health(tools.clock)
        self.bells = Bells()
        self.stop = Bell()
        self._tenure: Tenure | None = None
        self._loops = Loops(self.health, tools.source, tools.clock, tools.log, self.stop)

    # --- what it is

    @property
    def config(self) -> Config:
        """With the lists as they were last read."""
        return self._tenure.config if self._tenure is not None else self._config

    @property
    def address(self) -> str:
        return self._config.owner.address

    @property
    def is_live(self) -> bool:
        return self._mode == "live"

    @property
    def is_running(self) -> bool:
        return self._is_running

    @property
    def is_connected(self) -> bool:
        return self.health.connected

    async def tenure(self) -> Tenure:
        """The present one. A command may ask for it before the account has begun: both get the same."""
        async with self._beginning:
            if self._tenure is None:
                self._tenure = await self._begin(await self._first_mode())
            return self._tenure

    async def _first_mode(self) -> Mode:
        now = self.tools.clock.now()
        if self._mode != "live":
            return self._mode
        live = await Identity.assume("live", self.address, self.tools.store, now)
        config = self._config.with_changes(await live.store.kept(), now)
        return first_mode(config, now, observes=live.state.observes and not self._adopt)

    async def _begin(self, mode: Mode) -> Tenure:
        identity = await Identity.assume(mode, self.address, self.tools.store, self.tools.clock.now())
        self._mode = mode
        tenure = Tenure(
            identity,
            self.tools,
            self._config if self._tenure is None else self._tenure.given,
            self.health,
            self.bells,
            nobody_left=self._nobody_left,
            flooded=self._flooded,
            kept=await identity.store.kept(),
            is_always_shadow=self._is_always_shadow,
            says_first_word=self.says_first_word,
        )
        tenure.is_decided = mode == "shadow"
        self._tenure = tenure
        self._alarm = Alarm(tenure)
        return tenure

    async def _nobody_left(self) -> None:
        await self._alarm.nobody_left()

    async def _flooded(self) -> None:
        await self._alarm.flooded()

    def new_session(self, tenure: Tenure, *, is_once: bool) -> Session:
        session = Session(tenure, adopt=self._adopt, is_once=is_once)
        self._adopt = False  # it takes over once, not again in its next tenure
        return session

    # --- running

    async def run(self) -> None:
        """For ever, until `stop` is set; an attempt under way is finished first.

        What keeps it from beginning is told, and tried again: it is this account's problem and no other's.
        """
        self._is_running = True
        failures = 0
        while not self.stop.is_set():
            try:
                tenure = await self.tenure()
                self._alarm.is_reserve_gone = not await self.tools.reserve.keep()
                if self._config.alert is not None:
                    await self._alarm.remember()
                await self._start(tenure)
                self.health.succeeded(Subject.ACCOUNT)
                failures = 0
                while (mode := await self._serve(tenure)) is not None:
                    tenure = await self._begin(mode)
            except Exception as failure:
                failures += 1
                self._loops.note_failure(Subject.ACCOUNT, failure)
                try:
                    await self._unstored_alarm().tell()
                except Exception as bug:
                    self.tools.log.task_failed(task="alarm", failure=bug)
                await self._loops.rest(failures)
        await self.hang_up()

    async def _serve(self, tenure: Tenure) -> Mode | None:
        """One tenure's tasks, until `stop` is set (None), or the account is to be somebody else."""
        changed, becomes = Bell(), list[Mode]()
        session = self.new_session(tenure, is_once=False)

        async def watch() -> None:
            try:
                await session.watch()
            except IdentityChanged as change:
                becomes.append(change.mode)
                changed.set()

        async def submit() -> Wait | None:
            return await self._submit(tenure, changed)

        async def handovers() -> Wait:
            return await self._handovers(tenure)

        works: dict[Subject, Work] = {
            Subject.OUTBOX: submit,
            Subject.WATCH: watch,
            Subject.REVIEWS: Reviewer(tenure).turn,
            Subject.HANDOVERS: handovers,
            Subject.ALARM: self._alarm.turn,
        }
        if self.tools.logins:
            works[Subject.LOGIN] = LoginWatch(tenure).turn
        self._loops.keep_going(works)
        try:
            while not (self.stop.is_set() or changed.is_set()):  # a clock that is set ends every wait
                await self.tools.clock.wait_until(None, self.stop, changed)
            tasks = self._loops.let_end()
            # A cut-off attempt has an unknown outcome and is repeated: better to let it end.
            attempts: list[asyncio.Future[Any]] = []
            if Subject.OUTBOX in tasks:
                attempts.append(tasks.pop(Subject.OUTBOX))
            if self._alarm.submitting is not None:
                attempts.append(self._alarm.submitting)
            for task in tasks.values():
                task.cancel()
            if attempts:
                await asyncio.wait(attempts, timeout=END_WITHIN_S)
            for attempt in attempts:
                attempt.cancel()
        finally:
            await self._loops.cut()
        return None if self.stop.is_set() else becomes[0]

    async def once(self, *, review_now: bool = False, briefs_now: bool = False) -> bool:
        """Do what is due and end; whether the servers could be reached.

        review_now: a review besides, whatever the time. briefs_now: so the briefs.
        """
        tenure = await self.tenure()
        await self._start(tenure)
        try:
            while True:
                try:
                    return await self._once(tenure, review_now=review_now, briefs_now=briefs_now)
                except IdentityChanged as change:
                    tenure = await self._begin(change.mode)
        finally:
            await self.hang_up()

    async def hang_up(self) -> None:
        """End every connection; those that wait for another mail too."""
        tools = self.tools
        for connections in (tools.source, tools.gate, tools.alert_gate):
            await connections.close()

    async def _once(self, tenure: Tenure, *, review_now: bool, briefs_now: bool) -> bool:
        """Raises IdentityChanged, before anything was done."""
        session, reviewer = self.new_session(tenure, is_once=True), Reviewer(tenure)
        session.be_who_is_wanted()
        window = current_window(tenure.config.away, self.tools.clock.now())
        ended = await session.landing.due() if window is None else None
        if window is not None:
            await self._unless_lost(session, session.open(window))
        elif ended is not None:
            await self._unless_lost(session, session.landing.land(ended))
        else:
            await self._unless_lost(session, session.leave())
            if (coming := tenure.say_waiting()) is None:
                tenure.nothing_to_decide()
            elif tenure.is_live and (briefs_now or await tenure.follow_up().has_mail()):
                await self._unless_lost(session, session.visit(coming))
        if window is not None and self.health.connected:
            await self._unless_lost(session, session.cycle(window))
        elif window is None and await session.has_answers_to_come():
            await self._unless_quiet(session)
        if tenure.may_mail_backups:
            if briefs_now:
                self._briefed = await tenure.follow_up().send_briefs()
            await self._follow_up(tenure, session)
        if slot := await reviewer.due_slot():
            await reviewer.make(slot)
        await erase_over(tenure)
        if review_now:
            await reviewer.make(None)
        await reviewer.see_to_list()
        await self.submit_due(tenure)
        if tenure.is_refused and tenure.may_mail_backups:  # there may be something to pass on
            await self._follow_up(tenure, session)
            await self.submit_due(tenure)
        if self.health.connected:
            await self._unless_lost(session, session.file())
        await self._alarm.beat()
        return (self.health.connected or window is None) and Subject.SUBMISSION not in self.health.faults

    async def _follow_up(self, tenure: Tenure, session: Session) -> None:
        """And what is passed on may have to be fetched from the mailbox first."""
        await tenure.follow_up().run_due()
        if self.health.connected:
            await self._unless_lost(session, fetch_wanted(tenure))

    async def _unless_quiet(self, session: Session) -> None:
        with suppress(Unavailable):  # outside an absence nobody waits for it
            await session.attend_once()

    async def _unless_lost(self, session: Session, work: Awaitable[None]) -> None:
        try:
            await work
        except Unavailable as fault:
            await session.lost(fault)

    async def _start(self, tenure: Tenure) -> None:
        lessons = Lessons.from_values(await tenure.store.learnt())
        # Where the provider files what was submitted, that is read before it goes again.
        is_looked_up = lessons is not None and bool(lessons.files_sent_in)
        now = self.tools.clock.now()
        resumed = 0 if is_looked_up else await tenure.store.resume(now)
        self.tools.log.started(mode=tenure.identity.mode, resumed=resumed)

    def _unstored_alarm(self) -> UnstoredAlarm:
        tools, words = self.tools, self.tools.catalogue(self._config.owner.language)
        return UnstoredAlarm(self._config, tools.alert_gate, tools.clock, tools.log, words, self.health)

    async def _submit(self, tenure: Tenure, changed: asyncio.Event) -> Wait | None:
        """None once the account stops or changes: an attempt under way ends before."""
        bells = self.bells
        if self.stop.is_set() or changed.is_set():
            return None
        # An alert does not wait behind a server that takes ten minutes for each mail.
        alerts = False if tenure.has_alert_server else None
        bells.due.clear()
        tenure.submits()
        if await self.submit_due(tenure, alerts=alerts):
            bells.wake.set()  # there is something to file
        if tenure.is_refused:
            tenure.is_refused = False
            bells.taken.set()  # there may be something to pass on
        next_at = await tenure.store.next_due_at(
            to_backups=tenure.may_mail_backups,
            forwards=not tenure.config.is_paused(self.tools.clock.now()),
            alerts=alerts,
        )
        bells.submitted.set()
        self.health.succeeded(Subject.OUTBOX)
        self.health.rests(Subject.OUTBOX)
        return Wait(next_at, (bells.due,))

    async def submit_due(self, tenure: Tenure, *, alerts: bool | None = None) -> int:
        """How many were accepted."""

        def forwards() -> bool:
            return not tenure.config.is_paused(self.tools.clock.now())

        return await tenure.outbox(alerts=alerts).submit_due(
            to_backups=tenure.may_mail_backups, stop=self.stop, forwards=forwards
        )

    async def _handovers(self, tenure: Tenure) -> Wait:
        bells = self.bells
        bells.taken.clear()
        self.health.expect(Subject.HANDOVERS, TURN_AT_MOST_S)
        await tenure.submit_first()
        follow_up, began_at = tenure.follow_up(), self.tools.clock.now()
        if tenure.may_mail_backups:
            await follow_up.run_due()
        elif tenure.is_live and not tenure.is_away and await follow_up.has_mail():
            bells.visit.set()
            bells.wake.set()
        next_at = await follow_up.next_at(began_at)
        self.health.succeeded(Subject.HANDOVERS)
        self.health.rests(Subject.HANDOVERS)
        return Wait(next_at, (bells.taken,))

    # --- for the command line

    async def status(self) -> AccountStatus:
        try:
            return await account_status(await self.tenure())
        except Exception as failure:
            if not self.is_running:
                raise
            # Others of the same daemon may be well, and are told.
            self.tools.log.task_failed(task="status", failure=failure)
            return no_status(self.config, self.health, self.tools.clock.now(), said_of(failure))

    async def compose_review(self) -> bytes:
        """The next review as it would go out now. Changes nothing, and commands nothing."""
        _, octets, _ = await Reviewer(await self.tenure()).compose(None)
        return octets

    async def send_review(self) -> None:
        """A review now, beside those of the slots: after a last look at the mailbox, into the outbox."""
        reviewer = Reviewer(await self.tenure())
        await reviewer.refresh()
        await reviewer.make(None)

    async def send_briefs(self) -> tuple[str, ...]:
        """The brief, now, to every backup who has not had it; their addresses."""
        tenure = await self.tenure()
        if self.is_running:
            sent = await tenure.follow_up().send_briefs()
            self.bells.taken.set()  # the marker may have to be looked at first
            self.bells.due.set()
            return sent
        await self.once(briefs_now=True)
        if not (await self.tenure()).may_mail_backups:
            why = "; ".join((await self.status()).problems)
            raise Unavailable(f"nothing goes to a backup before the mailbox was looked at: {why}")
        return self._briefed

    async def compose_test_mail(self, sender: str = "") -> tuple[bytes, str]:
        """A mail from the owner to the owner, which triage will know as ours; and its Message-ID.

        sender: another address of theirs, for one that an automatic reply would answer.
        """
        tenure = await self.tenure()
        stamp, owner = tenure.stamp(), tenure.config.owner
        words = self.tools.catalogue(owner.language)
        if sender:
            return compose_answer_test(sender, owner, stamp, words), stamp.message_id
        return compose_test_mail(owner, stamp, words), stamp.message_id

    async def learn(self, lessons: Lessons | Tried) -> None:
        """Keep what became of it, or when it was tried."""
        await (await self.tenure()).store.learn(lessons.to_values())

    def login(self, name: str) -> TokenLogin:
        """Raises StateError: the configuration that this process has read names no such login."""
        if (login := self.tools.logins.get(name)) is None:
            raise StateError("the running daemon has no such login; restart it, so that it reads rules.yaml")
        return login

    async def keep_login(self, name: str, consent: Consent) -> None:
        """A person has signed in: whoever waits for that goes on."""
        await self.login(name).keep(consent)
        self.bells.login.set()
        self.bells.logged_in.set()
        self.bells.due.set()
