"""Waiting for an event or a moment, in the event loop: without a thread, and without a task."""

from __future__ import annotations

import asyncio

from ...ports.bell import HeardBy

# So often in a row a session ended within that time while it idled: then no session idles for so long.
_ENDS_IN_IDLE = 3
_EARLY_END_S = 60.0
_IDLE_AGAIN_AFTER_S = 6 * 3600.0


class Patience:
    """With servers, and boxes before them, that end every session that idles. Moments: of the loop."""

    def __init__(self) -> None:
        self._ends = 0  # in a row
        self._idles_again_at = 0.0

    def may_idle(self, now: float) -> bool:
        return now >= self._idles_again_at

    def ended(self, begun_at: float, now: float) -> None:
        self._ends = self._ends + 1 if now - begun_at < _EARLY_END_S else 0
        if self._ends >= _ENDS_IN_IDLE:
            self._ends, self._idles_again_at = 0, now + _IDLE_AGAIN_AFTER_S

    def lasted(self) -> None:
        self._ends = 0


async def rest(wake: asyncio.Event, timeout_s: float) -> None:
    """Until the event is set, or time is up."""
    loop = asyncio.get_running_loop()
    rested: asyncio.Future[bool] = loop.create_future()
    timer = loop.call_later(timeout_s, ring, rested)
    try:
        with HeardBy(rested, [wake]):
            await rested
    finally:
        timer.cancel()


def ring(heard: asyncio.Future[bool], result: bool = True) -> None:
    if not heard.done():
        heard.set_result(result)
