"""A loop that fails rests, longer each time, and lets go of what it held."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from delegator.adapters.host import SystemClock
from delegator.core.health import Subject
from delegator.daemon.health import Health
from delegator.daemon.loops import Loops, Wait
from delegator.maillog import MailLog
from tests.handovers import MONDAY, SOFIE, Silent
from tests.support import FakeClock, FakeSource


class CountingSource(FakeSource):
    """closed: how often."""

    closed = 0

    async def close(self) -> None:
        self.closed += 1


def loops(source: FakeSource, stop: asyncio.Event) -> tuple[Loops, Health]:
    clock = FakeClock(MONDAY)
    health = Health(clock)
    return Loops(health, source, clock, MailLog(SOFIE, Silent()), stop), health


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


async def test_failures_in_a_row_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the loop has itself succeeded."""
    monkeypatch.setattr("delegator.daemon.loops.RESTART_S", 0.001)
    keeping, health = loops(FakeSource(), asyncio.Event())
    rests: list[int] = []
    rest, turns = keeping.rest, 0

    async def noted(failures: int) -> bool:
        rests.append(failures)
        return await rest(failures)

    monkeypatch.setattr(keeping, "rest", noted)

    async def work() -> None:
        nonlocal turns
        turns += 1
        if turns == 4:
            health.succeeded(Subject.OUTBOX)
        if turns < 6:
            raise RuntimeError("a bug")

    keeping.keep_going({Subject.OUTBOX: work})
    await until_over()
    assert rests == [1, 2, 3, 1, 2]


async def test_a_loop_that_waits_is_no_task() -> None:
    """What it waits for begins its next turn: the moment or a bell, whichever comes first."""
    clock, bell, turns = SystemClock(), asyncio.Event(), asyncio.Queue[int]()
    keeping = Loops(Health(clock), FakeSource(), clock, MailLog(SOFIE, Silent()), asyncio.Event())
    waits: list[datetime | None] = [None, clock.now() + timedelta(milliseconds=5), None]

    async def work() -> Wait | None:
        bell.clear()
        turns.put_nowait(len(waits))
        return Wait(waits.pop(0), (asyncio.Event(), bell)) if waits else None

    keeping.keep_going({Subject.REVIEWS: work})
    async with asyncio.timeout(10):
        assert await turns.get() == 3
        await until_over()
        assert turns.empty()
        bell.set()
        assert [await turns.get() for _ in range(2)] == [2, 1]
        await until_over()
        bell.set()
        assert await turns.get() == 0
    await until_over()
    bell.set()
    await until_over()
    assert turns.empty(), "it has ended"


async def test_a_loop_whose_wait_cannot_begin_is_told_and_begins_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A bug in what it waits for is a bug in the loop."""
    monkeypatch.setattr("delegator.daemon.loops.RESTART_S", 0.001)
    clock, turns = SystemClock(), 0
    health = Health(clock)
    keeping = Loops(health, FakeSource(), clock, MailLog(SOFIE, Silent()), asyncio.Event())

    async def work() -> Wait | None:
        nonlocal turns
        turns += 1
        return Wait(datetime(2026, 1, 1), ()) if turns == 1 else None

    keeping.keep_going({Subject.REVIEWS: work})
    await until_over()
    assert turns == 2
    assert health.faults[Subject.REVIEWS].kind == "bug"


@pytest.mark.parametrize("is_rung_before", [False, True])
async def test_what_waits_has_no_turn_once_all_are_to_end(is_rung_before: bool) -> None:
    """Nor in the next tenure of the same loops."""
    clock, bell, turns = SystemClock(), asyncio.Event(), 0
    keeping = Loops(Health(clock), FakeSource(), clock, MailLog(SOFIE, Silent()), asyncio.Event())

    async def work() -> Wait | None:
        nonlocal turns
        turns += 1
        return Wait(None, (bell,))

    async def other() -> Wait | None:
        return None

    keeping.keep_going({Subject.REVIEWS: work})
    await until_over()
    if is_rung_before:
        bell.set()
    assert keeping.let_end() == {}
    await until_over()  # the outbox may take some seconds yet
    assert turns == 1
    await keeping.cut()
    keeping.keep_going({Subject.REVIEWS: other})
    bell.set()
    await until_over()
    assert turns == 1


async def test_what_is_no_exception_of_pythons_ends_no_loop_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """So panics a library that is written in Rust."""

    class Panic(BaseException):
        pass

    monkeypatch.setattr("delegator.daemon.loops.RESTART_S", 0.001)
    keeping, health = loops(FakeSource(), asyncio.Event())
    turns = 0

    async def work() -> None:
        nonlocal turns
        turns += 1
        if turns == 1:
            raise Panic

    keeping.keep_going({Subject.OUTBOX: work})
    await until_over()
    assert turns == 2
    assert health.faults[Subject.OUTBOX].what == "internal error: Panic; see the log"


@pytest.mark.parametrize(("loop", "closed"), [(Subject.WATCH, 1), (Subject.OUTBOX, 0)])
async def test_the_watch_begins_anew_over_a_new_connection(loop: Subject, closed: int) -> None:
    """Nobody knows in which state it left the old one; the other loops have none."""
    source, stop = CountingSource(), asyncio.Event()
    keeping, health = loops(source, stop)
    health.connected = True

    async def fails() -> None:
        stop.set()
        raise RuntimeError("a bug")

    keeping.keep_going({loop: fails})
    await until_over()
    assert source.closed == closed
    assert health.connected is not bool(closed)
    assert health.faults[loop].kind == "bug"


async def test_one_that_is_ended_by_what_it_waits_for_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """A future that somebody else cancelled cancels whoever waits for it: no loop ends by that unseen."""
    monkeypatch.setattr("delegator.daemon.loops.RESTART_S", 0.001)
    stop = asyncio.Event()
    keeping, health = loops(FakeSource(), stop)
    turns = 0

    async def work() -> None:
        nonlocal turns
        turns += 1
        if turns == 1:
            waited_for = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_soon(waited_for.cancel)
            await waited_for
        await stop.wait()

    keeping.keep_going({Subject.ALARM: work})
    async with asyncio.timeout(10):
        while turns < 2:
            await asyncio.sleep(0.001)
    assert health.faults[Subject.ALARM].kind == "bug"
    stop.set()
    await keeping.cut()
    assert turns == 2


async def test_a_failure_that_cannot_be_told_ends_no_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log may be a pipe that nobody reads any more."""
    monkeypatch.setattr("delegator.daemon.loops.RESTART_S", 0.001)
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    stop = asyncio.Event()
    keeping, _ = loops(FakeSource(), stop)
    turns = 0

    def fails(subject: Subject, failure: Exception) -> None:
        raise BrokenPipeError

    async def work() -> None:
        nonlocal turns
        turns += 1
        if turns == 1:
            raise RuntimeError("a bug")
        await stop.wait()

    monkeypatch.setattr(keeping, "note_failure", fails)
    keeping.keep_going({Subject.OUTBOX: work})
    async with asyncio.timeout(10):
        while turns < 2:
            await asyncio.sleep(0.001)
    stop.set()
    await keeping.cut()


async def until_over() -> None:
    """Until no loop is at work, nor rests; between the two there is a turn of the event loop."""
    quiet = 0
    async with asyncio.timeout(10):
        while quiet < 3:
            quiet = 0 if len(asyncio.all_tasks()) > 1 else quiet + 1
            await asyncio.sleep(0)


async def test_one_that_does_not_heed_its_end_begins_anew_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And what becomes of the old one is nothing to the new one."""
    for name, seconds in (("LOOK_EVERY_S", 0.01), ("RESTART_S", 0.01), ("CANCEL_S", 0.01)):
        monkeypatch.setattr(f"delegator.daemon.loops.{name}", seconds)
    stop, hangs, goes_on, is_told = asyncio.Event(), asyncio.Event(), asyncio.Event(), asyncio.Event()
    keeping, health = loops(FakeSource(), stop)
    turns = 0

    async def work() -> None:
        nonlocal turns
        turns += 1
        if turns > 1:
            goes_on.set()
            await stop.wait()
            return
        health.expect(Subject.OUTBOX, 0.01)
        try:
            await hangs.wait()
        except asyncio.CancelledError:
            is_told.set()
            await hangs.wait()
        raise RuntimeError("of the old one")

    keeping.keep_going({Subject.OUTBOX: work})
    try:
        async with asyncio.timeout(10):
            await goes_on.wait()
        assert is_told.is_set()
        assert health.faults[Subject.OUTBOX].kind == "stuck"
        hangs.set()
        await asyncio.sleep(0.05)
        assert health.faults[Subject.OUTBOX].kind == "stuck"
        assert turns == 2
    finally:
        hangs.set()
        stop.set()
        await keeping.cut()


@pytest.mark.parametrize("is_failing", [False, True])
async def test_where_all_are_to_end_none_begins_anew(is_failing: bool) -> None:
    """What fails then is told all the same; who does not end by himself is cut off."""
    keeping, health = loops(FakeSource(), asyncio.Event())
    may_end, cut = asyncio.Event(), []

    async def work() -> None:
        try:
            await may_end.wait()
        finally:
            cut.append(not may_end.is_set())
        raise RuntimeError("a bug")

    keeping.keep_going({Subject.OUTBOX: work})
    await asyncio.sleep(0)
    tasks = keeping.let_end()
    if is_failing:
        may_end.set()
        await until_over()
    await keeping.cut()
    assert tasks[Subject.OUTBOX].done()
    assert cut == [not is_failing]
    assert (Subject.OUTBOX in health.faults) is is_failing
