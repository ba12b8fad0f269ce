"""Blocking calls do not hold each other."""

from __future__ import annotations

import asyncio
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import wait

import pytest

from delegator.adapters import lanes
from delegator.adapters.lanes import Lane, Lanes


@pytest.fixture
def black_hole() -> Iterator[threading.Event]:
    """Whoever waits for it waits until the test is over."""
    event = threading.Event()
    yield event
    event.set()


def test_what_hangs_at_one_host_holds_nobody_at_another(black_hole: threading.Event) -> None:
    each = Lanes()
    for _ in range(200):
        each.at("dead.example", 993).connecting.submit(black_hole.wait)
        each.at("dead.example", 993).commands.submit(black_hole.wait)
    assert each.at("well.example", 993).commands.submit(lambda: 7).result(timeout=15) == 7


def test_connecting_holds_no_command_of_the_same_host(black_hole: threading.Event) -> None:
    each = Lanes().at("imap.example", 993)
    for _ in range(200):
        each.connecting.submit(black_hole.wait)
    assert each.commands.submit(lambda: 7).result(timeout=15) == 7


def test_who_got_no_answer_last_time_holds_nobody_who_did(black_hole: threading.Event) -> None:
    each = Lanes().at("imap.example", 993)
    for _ in range(200):
        each.suspects.submit(black_hole.wait)
    assert each.connecting.submit(lambda: 7).result(timeout=15) == 7


@pytest.mark.parametrize("way", ["commands", "connecting", "suspects"])
def test_more_than_the_bound_that_hang_hold_nobody_for_long(
    black_hole: threading.Event, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Two hundred accounts of one host hang in a command: the others wait once, and then not at all."""
    monkeypatch.setattr(lanes, "HELD_S", 0.1)
    lane = getattr(Lanes().at("imap.example", 993), way)
    for _ in range(200):
        lane.submit(black_hole.wait)
    # The first came behind all two hundred, which were found out a bound of them at a time.
    assert lane.submit(lambda: 7).result(timeout=60) == 7
    time.sleep(0.2)
    waits_s = []
    for _ in range(20):
        begun = time.monotonic()
        assert lane.submit(lambda: 7).result(timeout=60) == 7
        waits_s.append(time.monotonic() - begun)
    assert statistics.median(waits_s) < 0.1


def test_what_was_held_up_takes_no_place_that_another_took(
    black_hole: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the server answers again there are as many threads at work as before, and no more."""
    monkeypatch.setattr(lanes, "HELD_S", 0.2)
    lane, running, most = Lane(3, "narrow"), 0, 0
    lock = threading.Lock()

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        with lock:
            running -= 1

    held = [lane.submit(black_hole.wait) for _ in range(12)]
    assert lane.submit(lambda: 7).result(timeout=60) == 7
    monkeypatch.setattr(lanes, "HELD_S", 60)  # work that a busy machine holds up is no work that hangs
    black_hole.set()
    wait(held, timeout=30)
    wait([lane.submit(work) for _ in range(60)], timeout=60)
    assert most <= 3


def test_a_lane_has_its_bound(black_hole: threading.Event) -> None:
    lane = Lane(3, "narrow")
    started: list[int] = []
    begun = threading.Barrier(4, timeout=60)  # three, and this test

    def work(number: int) -> None:
        started.append(number)
        if number < 3:
            begun.wait()
        black_hole.wait()

    futures = [lane.submit(work, number) for number in range(10)]
    begun.wait()
    time.sleep(0.2)
    assert sorted(started) == [0, 1, 2]
    black_hole.set()
    wait(futures, timeout=60)
    assert sorted(started) == list(range(10))


def test_an_idle_lane_holds_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "_IDLE_S", 0.05)
    lane = Lane(8, "soon idle")
    wait([lane.submit(time.sleep, 0.01) for _ in range(8)], timeout=60)
    deadline = time.monotonic() + 60
    while any(thread.name == "soon idle" for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert lane.submit(lambda: 7).result(timeout=60) == 7


def test_an_error_comes_back_as_it_is() -> None:
    def fails() -> None:
        raise ValueError("odd answer")

    with pytest.raises(ValueError, match="odd answer"):
        Lane(1, "failing").submit(fails).result(timeout=60)


def test_the_loops_own_threads_end_when_they_have_nothing_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """A start with many accounts needs all of them at once; an ordinary pool would keep them for ever."""
    monkeypatch.setattr(lanes, "_IDLE_S", 0.01)
    begun = threading.Barrier(9, timeout=30)

    async def start() -> None:
        lanes.work_beside_loop(8)
        async with asyncio.timeout(60):
            await asyncio.gather(*(asyncio.to_thread(begun.wait) for _ in range(8)))
            while any(thread.name == "work" for thread in threading.enumerate()):
                await asyncio.sleep(0.01)

    before_s, interval_s = sys.getswitchinterval(), 0.005  # a service in this process may have set it
    sys.setswitchinterval(interval_s)
    meeting = threading.Thread(target=begun.wait)
    meeting.start()
    try:
        asyncio.run(start())
        assert sys.getswitchinterval() < interval_s  # the loop waits less long for each of them
    finally:
        sys.setswitchinterval(before_s)
    meeting.join()
