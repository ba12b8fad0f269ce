"""The demo's daemon: `delegator run` as it is, but for a clock that the demo sets.

Started by the demo as `python -m delegator.demo.child RULES STATE`. Its stdin carries one moment a line
(ISO 8601): the time is now this. When stdin ends, the demo is gone, and so is the daemon.
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

from .. import maillog, wiring


class SteeredClock:
    """The Clock of a demo: it stands still until a line says what time it is now."""

    def __init__(self, lines: TextIO) -> None:
        """Waits for the first line."""
        self._lines = lines
        self._set(lines.readline())
        self._jumped: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        threading.Thread(target=self._listen, name="clock", daemon=True).start()

    def now(self) -> datetime:
        return self._at

    async def wait_until(self, moment: datetime | None, *events: asyncio.Event) -> None:
        jumped = asyncio.Event()
        self._jumped[jumped] = asyncio.get_running_loop()
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
            del self._jumped[jumped]
            for waiter in waiters:
                waiter.cancel()

    def _set(self, line: str) -> None:
        self._at = _moment(line)
        print(line, end="", flush=True)  # the demo waits for it

    def _listen(self) -> None:
        for line in self._lines:
            self._set(line)
            for jumped, loop in list(self._jumped.items()):
                loop.call_soon_threadsafe(jumped.set)
        os.kill(os.getpid(), signal.SIGTERM)


def _moment(line: str) -> datetime:
    return datetime.fromisoformat(line.strip()).astimezone(UTC)


def main() -> int:
    rules, state = map(Path, sys.argv[1:])
    maillog.configure()
    clock = SteeredClock(sys.stdin)
    return wiring.run((rules,), state, once=False, shadow=False, adopt=False, clock=clock)


if __name__ == "__main__":
    sys.exit(main())
