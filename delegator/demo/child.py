"""The demo's daemon: `delegator run` as it is, but for a clock that the demo sets.

Started by the demo as `python -m delegator.demo.child RULES STATE`. A line on its stdin is a moment (ISO
8601): the time is now this; or `?`. Either is answered on stdout with a line: the next moment that the
service waits for, or nothing. When stdin ends, the demo is gone, and so is the daemon.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from .. import maillog
from ..wiring import daemon


class SteeredClock:
    """The Clock of a demo: it stands still until a line says what time it is now."""

    def __init__(self, lines: TextIO) -> None:
        """Waits for the first line."""
        self._lines = lines
        self._waiting: dict[asyncio.Event, tuple[asyncio.AbstractEventLoop, datetime | None]] = {}
        self._obey(lines.readline())
        threading.Thread(target=self._listen, name="clock", daemon=True).start()

    def now(self) -> datetime:
        return self._at

    def elapsed_s(self) -> float:
        return self._at.timestamp()

    async def wait_until(self, moment: datetime | None, *events: asyncio.Event) -> None:
        jumped = asyncio.Event()
        self._waiting[jumped] = (asyncio.get_running_loop(), moment)
        waiters: list[asyncio.Future[Any]] = [asyncio.ensure_future(event.wait()) for event in events]
        try:
            while not any(event.is_set() for event in events):
                if moment is not None and moment <= self._at:
                    return
                jump = asyncio.ensure_future(jumped.wait())
                try:
                    await asyncio.wait([jump, *waiters], return_when=asyncio.FIRST_COMPLETED)
                finally:
                    jump.cancel()
                jumped.clear()
        finally:
            del self._waiting[jumped]
            for waiter in waiters:
                waiter.cancel()

    def waiting(self, moment: datetime | None, *events: asyncio.Event) -> asyncio.Future[None]:
        return asyncio.ensure_future(self.wait_until(moment, *events))

    def _listen(self) -> None:
        for line in self._lines:
            self._obey(line)
        os.kill(os.getpid(), signal.SIGTERM)

    def _obey(self, line: str) -> None:
        waiting = list(self._waiting.items())
        if line.strip() != "?":
            self._at = _moment(line)
            for jumped, (loop, _) in waiting:
                loop.call_soon_threadsafe(jumped.set)
        coming = [moment for _, (_, moment) in waiting if moment is not None and moment > self._at]
        print(min(coming).isoformat() if coming else "", flush=True)


def _moment(line: str) -> datetime:
    return datetime.fromisoformat(line.strip()).astimezone(UTC)


def main() -> int:
    rules, state = map(Path, sys.argv[1:])
    maillog.configure()
    clock = SteeredClock(sys.stdin)
    return daemon.run((rules,), state, once=False, shadow=False, adopt=False, clock=clock)


if __name__ == "__main__":
    sys.exit(main())
