"""The task boundary: a loop that fails or is stuck is told, and begins anew; it stops no other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..core.health import Kind, Subject
from ..maillog import MailLog
from ..ports import MailSource, StateError
from .health import Health

CANCEL_S = 1.0
LOOK_EVERY_S = 30.0  # whether a loop is overdue
RESTART_S, RESTART_AT_MOST_S = 2.0, 60.0  # how long a loop rests from a bug: as long again after the next

Work = Callable[[], Coroutine[Any, Any, None]]


class Stuck(Exception):
    """A loop is overdue beyond its own limits of I/O."""


class Cut(Exception):
    """A loop was ended by what it waited for, and nobody had asked it to end."""


def said_of(failure: BaseException) -> str:
    """For whoever can mend it."""
    is_told = isinstance(failure, StateError)
    return str(failure) if is_told else f"internal error: {type(failure).__name__}; see the log"


@dataclass(slots=True)
class _Loop:
    """task: the present one; an earlier one was stuck. failures: in a row."""

    work: Work
    task: asyncio.Task[None]
    failures: int = 0


class Loops:
    """The loops of one account: each a task, without another that watches it."""

    def __init__(self, health: Health, source: MailSource, log: MailLog, stop: asyncio.Event) -> None:
        self._health, self._source, self._log, self._stop = health, source, log, stop
        self._loops: dict[Subject, _Loop] = {}
        self._is_watched = self._is_ending = False

    def keep_going(self, works: Mapping[Subject, Work]) -> None:
        """Each until it returns, or `stop` is set while it rests."""
        self._is_ending = False
        for subject, work in works.items():
            self._loops[subject] = _Loop(work, asyncio.ensure_future(work()))
            self._attend(subject, self._loops[subject])

    def let_end(self) -> dict[Subject, asyncio.Task[None]]:
        """From here on none begins anew; those at work."""
        self._is_ending = True
        return {subject: loop.task for subject, loop in self._loops.items()}

    async def cut(self) -> None:
        """Whatever they are about."""
        tasks = self.let_end().values()
        self._loops = {}
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=CANCEL_S)

    async def rest(self, failures: int) -> bool:
        """Before it is tried again, longer after each failure; True: `stop` was set meanwhile."""
        with suppress(TimeoutError):
            async with asyncio.timeout(min(RESTART_S * 2.0 ** min(failures - 1, 10), RESTART_AT_MOST_S)):
                await self._stop.wait()
        return self._stop.is_set()

    def _attend(self, subject: Subject, loop: _Loop) -> None:
        loop.task.add_done_callback(partial(self._ended, subject))
        self._watch()

    def _ended(self, subject: Subject, task: asyncio.Task[None]) -> None:
        # Nobody here cancels a loop that is not to end, or is not replaced before.
        failure = Cut() if task.cancelled() else task.exception()
        loop = self._loops.get(subject)
        if loop is None or loop.task is not task or failure is None:
            return  # of failures each counts: a library in Rust panics with what is no Exception
        if not self._is_ending:
            self._begin_anew(subject, loop, failure)
        elif not task.cancelled():
            self.note_failure(subject, failure)

    def _begin_anew(self, subject: Subject, loop: _Loop, failure: BaseException) -> None:
        loop.failures = loop.failures + 1 if subject in self._health.faults else 1
        self._health.rests(subject)
        loop.task = asyncio.ensure_future(self._after_rest(subject, loop, loop.task))
        self._attend(subject, loop)  # before it is told: should that fail, it goes on all the same
        self.note_failure(subject, failure)

    async def _after_rest(self, subject: Subject, loop: _Loop, before: asyncio.Task[None]) -> None:
        await asyncio.wait([before], timeout=CANCEL_S)  # one that was stuck has been cancelled
        if subject is Subject.WATCH:
            await self._source.close()
            self._health.connected = False
        if not await self.rest(loop.failures):
            await loop.work()

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
            if not loop.task.done():
                loop.task.cancel()
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
