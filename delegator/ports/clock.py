"""The time, and waiting for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import asyncio
    from datetime import datetime


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, UTC."""

    def elapsed_s(self) -> float:
        """Seconds of a clock that nobody sets, and that goes on while the machine sleeps."""

    async def wait_until(self, moment: datetime | None, *events: asyncio.Event) -> None:
        """Until the moment has come (None: never) or any of the events is set; or somebody has set the
        clock, so that the moment may be another one."""

    def waiting(self, moment: datetime | None, *events: asyncio.Event) -> asyncio.Future[Any]:
        """The same as a future, for whoever needs no task to wait. Cancel it, and nobody waits any more."""
