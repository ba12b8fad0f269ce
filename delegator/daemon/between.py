"""What a session does between two absences: it attends to the answers to our own mails, and leaves.

Nothing else of the mailbox is read, but for one look on the evening before an absence.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from ..core.health import Subject
from ..core.hours.schedule import next_window
from ..core.people import Window
from ..ports import Unavailable
from .health import Health
from .landing import Landing
from .leaving import Leaving
from .tenure import Bells, Tenure, Tools

CLOCK_EVERY = timedelta(hours=1)  # whether it is right, where it was set
RECONCILE_EVERY_S = 300.0  # and at least that often IDLE is renewed: NATs drop it after ten minutes
ANSWERED_WITHIN = timedelta(days=30)  # what is asked between two absences


class Between(ABC):
    """The part of `Session` for when nobody is away."""

    _tenure: Tenure
    _tools: Tools
    _bells: Bells
    _health: Health
    landing: Landing
    _failures: int  # to reach the server, in a row

    @property
    def _mailboxes(self) -> tuple[str, ...]:
        """INBOX last: it stays open, and IDLE watches it."""
        account = self._tenure.config.account
        assert account is not None
        return tuple(sorted(account.mailboxes, key=lambda name: name.upper() == "INBOX"))

    @abstractmethod
    def _window(self) -> Window | None: ...

    @abstractmethod
    async def open(self, window: Window) -> None: ...

    @abstractmethod
    async def file(self) -> None: ...

    @abstractmethod
    async def _decide(self, window: Window) -> None: ...

    @abstractmethod
    async def _pause(self, fault: Unavailable) -> None: ...

    @contextmanager
    def _woken_at(self, moment: datetime | None) -> Iterator[None]:
        """What waits for a server within the block is woken then, too, or where the absence is another."""

        def ring(come: asyncio.Future[Any]) -> None:
            if not come.cancelled():
                self._bells.wake.set()

        come = self._tools.clock.waiting(moment, self._bells.absence)
        come.add_done_callback(ring)
        try:
            yield
        finally:
            come.cancel()

    # --- between two absences

    async def _rest(self) -> None:
        """Until the next absence, or what is due before it. Raises Unavailable, IdentityChanged."""
        coming = self._tenure.say_waiting()
        await self.leave()
        if await self.has_answers_to_come():
            await self._attend(coming)
            return
        if coming is None:
            self._bells.visit.clear()
            self._tenure.nothing_to_decide()
        elif self._bells.visit.is_set() and not self._tenure.may_mail_backups:
            await self.visit(coming)
        self._failures = 0
        self._health.succeeded(Subject.WATCH)  # nothing is to be watched
        self._health.succeeded(Subject.MAILBOXES)
        self._health.rests(Subject.WATCH)
        await self._tools.clock.wait_until(
            await self._rest_until(coming), self._bells.visit, self._bells.absence
        )

    async def visit(self, coming: Window) -> None:
        """Before an absence: who will serve it? No brief goes out before that is known.

        Raises Unavailable, IdentityChanged.
        """
        await self.open(coming)
        self._bells.visit.clear()
        await self._tools.source.close()
        self._health.connected = False
        self._tenure.nothing_to_decide()

    async def has_answers_to_come(self) -> bool:
        """Whether a mail of ours is out to which an answer may come."""
        return self._tenure.is_live and bool(await self._tenure.store.awaited(self._tools.clock.now()))

    async def _attend(self, coming: Window | None) -> None:
        """Until the next absence, or until no answer is awaited any more.

        Nobody waits for it, so that a server that does not answer is no news. Raises IdentityChanged.
        """
        self._health.succeeded(Subject.WATCH)
        try:
            await self._connect_to_attend()
            while self._window() is None and not self._bells.absence.is_set():
                if coming is not None and coming.from_at <= self._tools.clock.now():
                    break  # the machine slept through all of it
                if await self._is_turn_due():
                    break
                self._bells.wake.clear()
                if not await self._look_for_answers(coming):
                    break
                self._failures = 0
                now = self._tools.clock.now()
                until_at = await self._rest_until(coming)
                left_s = RECONCILE_EVERY_S if until_at is None else (until_at - now).total_seconds()
                self._health.rests(Subject.WATCH)
                with self._woken_at(until_at):
                    await self._tools.source.wait(max(0.0, min(RECONCILE_EVERY_S, left_s)), self._bells.wake)
        except Unavailable as fault:
            self._tools.log.connection_lost(what=str(fault))
            await self._pause(fault)
        finally:
            await self._tools.source.close()
            self._health.connected = False

    # --- leaving

    async def leave(self) -> None:
        """The evening before an absence: the departure mail. Raises Unavailable, IdentityChanged."""
        leaving = Leaving(self._tenure)
        found = leaving.coming() if self._tenure.leaves_now else await leaving.due()
        if found is None:
            return
        await self.open(found[0].window)
        self._bells.visit.clear()
        self._tenure.nothing_to_decide()
        await leaving.make(*found, is_asked=self._tenure.leaves_now)
        self._tenure.leaves_now = False
        await self._tools.source.close()
        self._health.connected = False

    async def _is_turn_due(self) -> bool:
        """Leaving, or coming home, which may have waited for the clock."""
        return await Leaving(self._tenure).due() is not None or await self.landing.due() is not None

    async def _rest_until(self, coming: Window | None) -> datetime | None:
        """The next absence, or the evening before it; at once, where that has come meanwhile.

        coming: as it was known when the look began, which may have taken long.
        """
        now, leaving = self._tools.clock.now(), Leaving(self._tenure).coming()
        if await self._is_turn_due() or (coming is not None and coming.from_at <= now):
            return now
        clock_at = now + CLOCK_EVERY if self._health.is_clock_in_doubt() else None
        moments = [coming.from_at if coming else None, leaving[1] if leaving else None, clock_at]
        return min((at for at in moments if at is not None and at > now), default=None)

    async def attend_once(self) -> None:
        """One look for answers, between two absences. Raises Unavailable, IdentityChanged."""
        await self._connect_to_attend()
        await self._look_for_answers(next_window(self._tenure.config.away, self._tools.clock.now()))

    async def _connect_to_attend(self) -> None:
        self._tenure.server = await self._tools.source.connect()
        self._health.connected = True

    async def _look_for_answers(self, coming: Window | None) -> bool:
        """Read the answers to our own mails, and nothing else; whether more may come."""
        tenure, clock = self._tenure, self._tools.clock
        if coming is None:
            self._bells.visit.clear()
            self._tenure.nothing_to_decide()
        elif self._bells.visit.is_set() and not tenure.may_mail_backups:
            self._bells.visit.clear()
            await self._decide(coming)
            self._tenure.nothing_to_decide()
        ids = await tenure.store.awaited(clock.now())
        if not ids:
            return False
        await self.file()
        now, found = clock.now(), 0
        until_at = coming.from_at if coming is not None else None
        for mailbox in self._mailboxes:
            found += await tenure.intake().read_answers(mailbox, ids, until_at)
        commands = tenure.commands(coming or Window(now, now + ANSWERED_WITHIN))
        count = await commands.carry_out()
        if count:
            await tenure.reread_absence()
            for bell in (self._bells.taken, self._bells.due, self._bells.review):
                bell.set()
        if found or count:  # a hint of more may have come along with any other answer
            self._bells.wake.set()
        return True
