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
        task = asyncio.ensure_future(work())
        try:
            while not task.done():
                left_s = self._health.left_s(loop)
                wait_s = LOOK_EVERY_S if left_s is None else min(max(left_s, 0.1), LOOK_EVERY_S)
                await asyncio.wait([task], timeout=wait_s)
                if not task.done() and loop in self._health.overdue:
                    raise Stuck
            task.result()
        finally:
            task.cancel()
            await asyncio.wait([task], timeout=CANCEL_S)

    def note_failure(self, loop: Subject, failure: Exception) -> None:
        match failure:
            case Stuck():
                self._log.task_stuck(task=loop)
                self._health.failed(loop, "stuck", "did not turn in time, and was begun anew")
            case _:
                self._log.task_failed(task=loop, failure=failure)
                kind: Kind = "state" if isinstance(failure, StateError) else "bug"
                self._health.failed(loop, kind, said_of(failure))
