"""The stand-ins do what they stand in for."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from delegator.ports import Clock
from tests.support import FakeClock

NOON = datetime(2026, 12, 21, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


async def test_time_stands_still_until_it_is_advanced() -> None:
    """Nobody is woken before the moment, everybody at it, in the order of time."""
    clock, woken = FakeClock(NOON), []
    as_port: Clock = clock

    async def sleep(minutes: int) -> None:
        await as_port.wait_until(NOON + minutes * MINUTE)
        woken.append((minutes, clock.now()))

    async with asyncio.TaskGroup() as tasks:
        for minutes in (3, 1, 2):
            tasks.create_task(sleep(minutes))
        await clock.advance(NOON + 30 * timedelta(seconds=1))
        assert woken == []
        await clock.advance(NOON + 5 * MINUTE)
    assert woken == [(1, NOON + MINUTE), (2, NOON + 2 * MINUTE), (3, NOON + 3 * MINUTE)]
    assert clock.now() == NOON + 5 * MINUTE
    assert clock.waits == [NOON + 3 * MINUTE, NOON + MINUTE, NOON + 2 * MINUTE]


async def test_a_loop_that_waits_again_and_again_misses_no_moment() -> None:
    """One advance over many moments wakes a periodic waiter at each of them."""
    clock, ticks = FakeClock(NOON), []

    async def tick() -> None:
        while True:
            await clock.wait_until(clock.now() + MINUTE)
            ticks.append(clock.now())

    task = asyncio.create_task(tick())
    await clock.advance(NOON + 60 * MINUTE)
    task.cancel()
    assert ticks == [NOON + n * MINUTE for n in range(1, 61)]


@pytest.mark.parametrize("moment", [None, NOON + MINUTE])
async def test_an_event_wakes_a_waiter_before_its_time(moment: datetime | None) -> None:
    """Any of the events ends the wait, and leaves no trace of it."""
    clock, event = FakeClock(NOON), asyncio.Event()
    task = asyncio.create_task(clock.wait_until(moment, asyncio.Event(), event))
    await clock.advance(NOON + timedelta(seconds=1))
    assert not task.done()
    event.set()
    await task
    assert clock.next_wake_at is None
    await clock.wait_until(moment, event)  # a set event does not wait at all


async def test_a_moment_that_has_passed_is_not_waited_for() -> None:
    """The past and the present return at once."""
    await FakeClock(NOON).wait_until(NOON)
    await FakeClock(NOON).wait_until(NOON - MINUTE)
