"""The task boundary: a loop that fails or is stuck is told, and begins anew; it stops no other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from ..core.health import Kind, Subject
from ..maillog import MailLog
from ..ports import MailSource, StateError
from .health import Health

CANCEL_S = 1.0
LOOK_EVERY_S = 30.0  # whether a loop is overdue
RESTART_S, RESTART_AT_MOST_S = 2.0, 60.0  # how long a loop rests from a bug: as long again after the next


class Stuck(Exception):
    """A loop is overdue beyond its own limits of I/O."""


def said_of(failure: Exception) -> str:
    """For whoever can mend it."""
    is_told = isinstance(failure, StateError)
    return str(failure) if is_told else f"internal error: {type(failure).__name__}; see the log"


class Loops:
    """The loops of one account."""

    def __init__(self, health: Health, source: MailSource, log: MailLog, stop: asyncio.Event) -> None:
        self._health, self._source, self._log, self._stop = health, source, log, stop
        self._turning: dict[Subject, asyncio.Future[None]] = {}
        self._is_watched = False

    async def kept_going(self, loop: Subject, work: Callable[[], Awaitable[None]]) -> None:
        """The task boundary: a loop that fails or is stuck is told, and begins anew; it stops no other."""
        failures = 0
        while True:
            try:
                await self._unless_stuck(loop, work)
                return
            except Exception as failure:
                failures = failures + 1 if loop in self._health.faults else 1
                self.note_failure(loop, failure)
            if loop is Subject.WATCH:
                await self._source.close()
                self._health.connected = False
            self._health.rests(loop)
            if await self.rest(failures):
                return

    async def rest(self, failures: int) -> bool:
        """Before it is tried again, longer after each failure; True: `stop` was set meanwhile."""
        with suppress(TimeoutError):
            async with asyncio.timeout(min(RESTART_S * 2.0 ** min(failures - 1, 10), RESTART_AT_MOST_S)):
                await self._stop.wait()
        return self._stop.is_set()

    async def _unless_stuck(self, loop: Subject, work: Callable[[], Awaitable[None]]) -> None:
        """Raises Stuck when the loop is overdue; what it was about has been cancelled then."""
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        task = asyncio.ensure_future(work())
        task.add_done_callback(lambda _: None if ended.done() else ended.set_result(None))
        self._turning[loop] = ended
        self._watch()
        try:
            await ended
            task.result()
        finally:
            del self._turning[loop]
            if not task.done():
                task.cancel()
                await asyncio.wait([task], timeout=CANCEL_S)

    def _watch(self) -> None:
        """Look soon whether a loop is overdue; one look for all, since an idle account is woken by each."""
        if not self._is_watched:
            self._is_watched = True
            left = [left_s for loop in self._turning if (left_s := self._health.left_s(loop)) is not None]
            wait_s = min([LOOK_EVERY_S, *(max(left_s, 0.1) for left_s in left)])
            asyncio.get_running_loop().call_later(wait_s, self._look)

    def _look(self) -> None:
        self._is_watched = False
        for loop in self._health.overdue & self._turning.keys():
            if not self._turning[loop].done():
                self._turning[loop].set_exception(Stuck())
        if self._turning:
            self._watch()

    def note_failure(self, loop: Subject, failure: Exception) -> None:
        match failure:
            case Stuck():
                self._log.task_stuck(task=loop)
                self._health.failed(loop, "stuck", "did not turn in time, and was begun anew")
            case _:
                self._log.task_failed(task=loop, failure=failure)
                kind: Kind = "state" if isinstance(failure, StateError) else "bug"
                self._health.failed(loop, kind, said_of(failure))
