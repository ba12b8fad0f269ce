"""The task boundary: a loop that fails or is stuck is told, and begins anew; it stops no other.

A loop is turns, and waits between them. A turn is a task; a wait is none: a task that waits takes some five
kilobytes, and an account that has nothing to do would have seven.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from ..core.health import Kind, Subject
from ..maillog import MailLog
from ..ports import Clock, MailSource, StateError
from .health import Health

CANCEL_S = 1.0
LOOK_EVERY_S = 30.0  # whether a loop is overdue
RESTART_S, RESTART_AT_MOST_S = 2.0, 60.0  # how long a loop rests from a bug: as long again after the next


@dataclass(frozen=True, slots=True)
class Wait:
    """Until a moment has come (None: never), or one of the events is set."""

    until_at: datetime | None
    events: tuple[asyncio.Event, ...]


Work = Callable[[], Coroutine[Any, Any, Wait | None]]
"""One turn of a loop, and for what it waits then; None: it has ended."""


class Stuck(Exception):
    """A loop is overdue beyond its own limits of I/O."""


class Cut(Exception):
    """A loop was ended by what it waited for, and nobody had asked it to end."""


def said_of(failure: BaseException) -> str:
    """For whoever can mend it."""
    is_told = isinstance(failure, StateError)
    return str(failure) if is_told else f"internal error: {type(failure).__name__}; see the log"


_Turn = asyncio.Task[asyncio.Future[Any] | None]
"""Its result is the wait for the next."""


@dataclass(slots=True)
class _Loop:
    """turn: the present one; an earlier one was stuck. waits: until the next turn. failures: in a row."""

    work: Work
    turn: _Turn | None = None
    waits: asyncio.Future[Any] | None = None
    failures: int = 0


class Loops:
    """The loops of one account."""

    def __init__(
        self, health: Health, source: MailSource, clock: Clock, log: MailLog, stop: asyncio.Event
    ) -> None:
        self._health, self._source, self._clock = health, source, clock
        self._log, self._stop = log, stop
        self._loops: dict[Subject, _Loop] = {}
        self._is_watched = self._is_ending = False

    def keep_going(self, works: Mapping[Subject, Work]) -> None:
        """Each until it ends, or `stop` is set while it rests from a failure."""
        self._is_ending = False
        for subject, work in works.items():
            self._loops[subject] = loop = _Loop(work)
            self._begin(subject, loop, self._turn(loop))

    def let_end(self) -> dict[Subject, asyncio.Task[Any]]:
        """From here on no turn begins; those under way."""
        self._is_ending = True
        for loop in self._loops.values():
            if loop.waits is not None:
                loop.waits.cancel()
        return {subject: loop.turn for subject, loop in self._loops.items() if loop.turn is not None}

    async def cut(self) -> None:
        """Whatever they are about."""
        turns = self.let_end().values()
        self._loops = {}
        for turn in turns:
            turn.cancel()
        if turns:
            await asyncio.wait(turns, timeout=CANCEL_S)

    async def rest(self, failures: int) -> bool:
        """Before it is tried again, longer after each failure; True: `stop` was set meanwhile."""
        with suppress(TimeoutError):
            async with asyncio.timeout(min(RESTART_S * 2.0 ** min(failures - 1, 10), RESTART_AT_MOST_S)):
                await self._stop.wait()
        return self._stop.is_set()

    def _begin(
        self, subject: Subject, loop: _Loop, turn: Coroutine[Any, Any, asyncio.Future[Any] | None]
    ) -> None:
        loop.turn, loop.waits = asyncio.ensure_future(turn), None
        loop.turn.add_done_callback(partial(self._ended, subject))
        self._watch()

    async def _turn(self, loop: _Loop) -> asyncio.Future[Any] | None:
        wait = await loop.work()
        return None if wait is None else self._clock.waiting(wait.until_at, *wait.events)

    def _ended(self, subject: Subject, turn: _Turn) -> None:
        # Nobody here cancels a turn that is not to end, or is not replaced before.
        failure = Cut() if turn.cancelled() else turn.exception()
        loop = self._loops.get(subject)
        if loop is None or loop.turn is not turn:
            return
        if failure is None:
            loop.turn, loop.waits = None, turn.result()
            if loop.waits is not None:
                loop.waits.add_done_callback(partial(self._waited, subject, loop))
        elif not self._is_ending:  # each counts: a library in Rust panics with what is no Exception
            self._begin_anew(subject, loop, failure)
        elif not turn.cancelled():
            self.note_failure(subject, failure)

    def _waited(self, subject: Subject, loop: _Loop, waits: asyncio.Future[Any]) -> None:
        if not self._is_ending and self._loops.get(subject) is loop and loop.waits is waits:
            self._begin(subject, loop, self._turn(loop))

    def _begin_anew(self, subject: Subject, loop: _Loop, failure: BaseException) -> None:
        loop.failures = loop.failures + 1 if subject in self._health.faults else 1
        self._health.rests(subject)
        # Begun before it is told: should that fail, it goes on all the same.
        self._begin(subject, loop, self._after_rest(subject, loop, loop.turn))
        self.note_failure(subject, failure)

    async def _after_rest(
        self, subject: Subject, loop: _Loop, before: _Turn | None
    ) -> asyncio.Future[Any] | None:
        if before is not None:
            await asyncio.wait([before], timeout=CANCEL_S)  # one that was stuck has been cancelled
        if subject is Subject.WATCH:
            await self._source.close()
            self._health.connected = False
        return None if await self.rest(loop.failures) else await self._turn(loop)

    def _watch(self) -> None:
        """Look soon whether a loop is overdue; one look for all, since an idle account is woken by each."""
        if not self._is_watched:
            self._is_watched = True
            left = [left_s for loop in self._loops if (left_s := self._health.left_s(loop)) is not None]
            wait_s = min([LOOK_EVERY_S, *(max(left_s, 0.1) for left_s in left)])
            asyncio.get_running_loop().call_later(wait_s, self._look)

    def _look(self) -> None:
        self._is_watched = False
        if self._is_ending:
            return
        for subject in self._health.overdue & self._loops.keys():
            loop = self._loops[subject]
            if loop.turn is not None and not loop.turn.done():
                loop.turn.cancel()
                self._begin_anew(subject, loop, Stuck())
        self._watch()

    def note_failure(self, loop: Subject, failure: BaseException) -> None:
        match failure:
            case Stuck():
                self._log.task_stuck(task=loop)
                self._health.failed(loop, "stuck", "did not turn in time, and was begun anew")
            case _:
                self._log.task_failed(task=loop, failure=failure)
                kind: Kind = "state" if isinstance(failure, StateError) else "bug"
                self._health.failed(loop, kind, said_of(failure))
