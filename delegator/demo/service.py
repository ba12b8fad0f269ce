"""The demo's service: `delegator.demo.child` in a process of its own, its clock, and when it rests."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

PATIENCE_S = 60.0
"""How long the service may take for anything here; a slow machine needs one or two."""

_TURNS = 50
"""Of this process's own loop: its servers answer within a few."""

_PAUSE_S = 0.002

_QUIET_S = 0.3
"""Without a word for so long, it rests: where the system does not say what its threads do."""


class DemoFailed(Exception):
    """The service did not do what the demo waits for. str(): what."""


@dataclass(slots=True)
class Service:
    """The service in its process. reading: of its log, until it ends."""

    process: asyncio.subprocess.Process
    reading: asyncio.Task[None]

    @classmethod
    async def start(cls, folder: Path, read: Callable[[bytes], None]) -> Service:
        """With the rules and the state in that folder. read: gets each line of its log, b"" at its end."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "delegator.demo.child"),
            *(str(folder / "rules.yaml"), str(folder / "state")),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        stderr = process.stderr
        assert stderr is not None

        async def listen() -> None:
            async for line in stderr:
                read(line)
            read(b"")

        return cls(process, asyncio.create_task(listen()))

    async def set_clock(self, at: datetime) -> None:
        """Jump, and wait until it has."""
        await self._ask(at.isoformat())

    async def next_wake_at(self) -> datetime | None:
        """The next moment that the service waits for."""
        answer = await self._ask("?")
        return datetime.fromisoformat(answer) if answer else None

    async def _ask(self, line: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(f"{line}\n".encode())
            await self.process.stdin.drain()
            async with asyncio.timeout(PATIENCE_S):
                answer = await self.process.stdout.readline()
        except (OSError, TimeoutError):
            answer = b""
        if not answer:
            raise DemoFailed("the service does not answer")
        return answer.decode().strip()

    async def rest(self, news: asyncio.Event) -> None:
        """Until it has done all that there is to do: each of its threads waits, and nothing wakes one.

        news: is set at each sign of it; where the system does not tell what threads do, that none comes.
        """
        if not tells_of_threads():
            return await _quiet(news)
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not self.reading.done():
                    before = self._both_asleep()
                    for _ in range(_TURNS):  # what it asks of the servers here is answered, which wakes it
                        await asyncio.sleep(0)
                    if before is not None and before == self._both_asleep():
                        return None
                    await asyncio.sleep(_PAUSE_S)
        except TimeoutError:
            raise DemoFailed("the service does not come to rest") from None

    def _both_asleep(self) -> frozenset[str] | None:
        """As `_asleep`, of the service and of the threads here that its servers use."""
        theirs, ours = _asleep(self.process.pid), _asleep(os.getpid(), but=threading.get_native_id())
        return theirs | ours if theirs is not None and ours is not None else None

    async def end(self, with_signal: signal.Signals) -> int:
        """The exit status; minus the signal where that ended it."""
        self.process.send_signal(with_signal)
        status = await self.process.wait()
        await self.reading
        return status


def tells_of_threads() -> bool:
    """Whether the system says what each thread of a process does, as Linux does."""
    try:
        return "voluntary_ctxt_switches" in Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return False


def _asleep(pid: int, but: int | None = None) -> frozenset[str] | None:
    """Of each thread of a process (but one), how often it went to sleep; None: one is at work, or just ended.

    Source: proc_pid_status(5). A thread that waits for a processor is "R", one that waits for a disk "D".
    """
    found = []
    try:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            if thread.name == str(but):
                continue
            lines = (thread / "status").read_text(encoding="utf-8", errors="replace").splitlines()
            if "State:\tS (sleeping)" not in lines:
                return None
            found.append(f"{thread.name} {[line for line in lines if '_ctxt_switches' in line]}")
    except OSError:
        return None
    return frozenset(found)


async def _quiet(news: asyncio.Event) -> None:
    """Until nothing has been heard for a while."""
    with contextlib.suppress(TimeoutError):
        while True:
            news.clear()
            async with asyncio.timeout(_QUIET_S):
                await news.wait()
