"""A loop that fails rests, longer each time, and lets go of what it held."""

from __future__ import annotations

import asyncio

import pytest

from delegator.core.health import Subject
from delegator.daemon.health import Health
from delegator.daemon.loops import Loops
from delegator.maillog import MailLog
from tests.handovers import MONDAY, SOFIE, Silent
from tests.support import FakeClock, FakeSource


class CountingSource(FakeSource):
    """closed: how often."""

    closed = 0

    async def close(self) -> None:
        self.closed += 1


def loops(source: FakeSource, stop: asyncio.Event) -> tuple[Loops, Health]:
    health = Health(FakeClock(MONDAY))
    return Loops(health, source, MailLog(SOFIE, Silent()), stop), health


async def test_each_rest_is_twice_as_long_up_to_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug that comes back at once does not keep a processor busy."""
    rests: list[float | None] = []
    real = asyncio.timeout

    def noted(delay: float | None) -> asyncio.Timeout:
        rests.append(delay)
        return real(delay)

    monkeypatch.setattr(asyncio, "timeout", noted)
    stop = asyncio.Event()
    stop.set()
    resting, _ = loops(FakeSource(), stop)
    for failures in (1, 2, 3, 30):
        assert await resting.rest(failures)
    assert rests == [2.0, 4.0, 8.0, 60.0]


@pytest.mark.parametrize(("loop", "closed"), [(Subject.WATCH, 1), (Subject.OUTBOX, 0)])
async def test_the_watch_begins_anew_over_a_new_connection(loop: Subject, closed: int) -> None:
    """Nobody knows in which state it left the old one; the other loops have none."""
    source, stop = CountingSource(), asyncio.Event()
    keeping, health = loops(source, stop)
    health.connected = True

    async def fails() -> None:
        stop.set()
        raise RuntimeError("a bug")

    await keeping.kept_going(loop, fails)
    assert source.closed == closed
    assert health.connected is not bool(closed)
    assert health.faults[loop].kind == "bug"
