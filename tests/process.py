"""`delegator` as a process of its own, whose log can be waited for."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

COMMAND = (sys.executable, "-c", "from delegator.__main__ import main; main()")

Event = dict[str, Any]


@dataclass(slots=True)
class Daemon:
    """A running command. events: what it logged, as it came. other: lines that are no log event."""

    process: asyncio.subprocess.Process
    events: list[Event] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    _more: asyncio.Condition = field(default_factory=asyncio.Condition)
    _reader: asyncio.Task[None] | None = None

    async def read(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            try:
                self.events.append(json.loads(line))
            except ValueError:
                self.other.append(line.decode(errors="replace"))
            async with self._more:
                self._more.notify_all()
        async with self._more:
            self._more.notify_all()

    def named(self, name: str) -> list[Event]:
        return [event for event in self.events if event.get("event") == name]

    async def until(self, holds: Callable[[], object], seconds: float = 30) -> None:
        """Until something holds of the events; or the process has ended, which is an error."""
        async with asyncio.timeout(seconds), self._more:
            while not holds():
                if self._reader is not None and self._reader.done():
                    raise AssertionError(f"it ended: {self.events[-3:]} {self.other[-20:]}")
                await self._more.wait()

    async def logged(self, name: str, times: int = 1, seconds: float = 30) -> Event:
        """The so-manieth event of that name."""
        await self.until(lambda: len(self.named(name)) >= times, seconds)
        return self.named(name)[times - 1]

    async def kill(self) -> None:
        """As a power failure would."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        if self._reader is not None:
            await self._reader

    async def terminate(self, seconds: float = 15) -> int:
        """SIGTERM; the exit code."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(seconds):
            code = await self.process.wait()
            if self._reader is not None:
                await self._reader
        return code


def arguments(config: Path, state: Path, *words: str) -> tuple[str, ...]:
    return (*words, "-c", str(config), "--state", str(state))


@asynccontextmanager
async def started(*words: str, **environment: str) -> AsyncIterator[Daemon]:
    """The command with these arguments; killed at the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        *words,
        stderr=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        limit=1 << 20,
        env={**os.environ, "TZ": "UTC", **environment},
    )
    daemon = Daemon(process)
    daemon._reader = asyncio.create_task(daemon.read())
    try:
        yield daemon
    finally:
        await daemon.kill()


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    out: str
    err: str


async def ran(*words: str, seconds: float = 60, **environment: str) -> Ended:
    """The command with these arguments, until it ends."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        *words,
        stderr=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "TZ": "UTC", **environment},
    )
    async with asyncio.timeout(seconds):
        out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())
