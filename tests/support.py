"""Stand-ins for the world, one of each, that remember everything."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

_TURNS = 20
"""Of the event loop, for what was woken to run until it waits again."""


@dataclass(slots=True)
class FakeClock:
    """A Clock that stands still until it is advanced. waits: every moment that was ever waited for."""

    at: datetime
    waits: list[datetime | None] = field(default_factory=list)
    _sleepers: list[tuple[datetime, asyncio.Future[None]]] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    async def wait_until(self, moment: datetime | None, *events: asyncio.Event) -> None:
        self.waits.append(moment)
        if any(event.is_set() for event in events) or (moment is not None and moment <= self.at):
            return
        come: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        sleeper = None if moment is None else (moment, come)
        if sleeper:
            self._sleepers.append(sleeper)
        waiters: list[asyncio.Future[Any]] = [
            come,
            *(asyncio.ensure_future(event.wait()) for event in events),
        ]
        try:
            await asyncio.wait(waiters, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if sleeper in self._sleepers:
                self._sleepers.remove(sleeper)
            for waiter in waiters:
                waiter.cancel()

    @property
    def next_wake_at(self) -> datetime | None:
        """The earliest moment that somebody waits for now, or None."""
        return min((moment for moment, _ in self._sleepers), default=None)

    async def advance(self, to: datetime) -> None:
        """Let time pass, from one awaited moment to the next, so that nobody wakes late.

        What is woken runs until it waits again, unless it waits for a real server or thread.
        """
        assert to >= self.at, "time does not go back"
        await self._settle()
        while (wake_at := self.next_wake_at) is not None and wake_at <= to:
            self.at = max(self.at, wake_at)
            due = [sleeper for sleeper in self._sleepers if sleeper[0] <= self.at]
            self._sleepers = [sleeper for sleeper in self._sleepers if sleeper[0] > self.at]
            for _, come in due:
                if not come.done():
                    come.set_result(None)
            await self._settle()
        self.at = to

    async def _settle(self) -> None:
        for _ in range(_TURNS):
            await asyncio.sleep(0)
