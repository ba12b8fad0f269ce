"""Blocking calls do not hold each other."""

from __future__ import annotations

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
    assert each.at("well.example", 993).commands.submit(lambda: 7).result(timeout=5) == 7


def test_connecting_holds_no_command_of_the_same_host(black_hole: threading.Event) -> None:
    each = Lanes().at("imap.example", 993)
    for _ in range(200):
        each.connecting.submit(black_hole.wait)
    assert each.commands.submit(lambda: 7).result(timeout=5) == 7


def test_who_got_no_answer_last_time_holds_nobody_who_did(black_hole: threading.Event) -> None:
    each = Lanes().at("imap.example", 993)
    for _ in range(200):
        each.suspects.submit(black_hole.wait)
    assert each.connecting.submit(lambda: 7).result(timeout=5) == 7


def test_a_lane_has_its_bound(black_hole: threading.Event) -> None:
    lane = Lane(3, "narrow")
    started: list[int] = []

    def work(number: int) -> None:
        started.append(number)
        black_hole.wait()

    futures = [lane.submit(work, number) for number in range(10)]
    time.sleep(0.2)
    assert started == [0, 1, 2]
    black_hole.set()
    wait(futures, timeout=5)
    assert sorted(started) == list(range(10))


def test_an_idle_lane_holds_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "_IDLE_S", 0.05)
    lane = Lane(8, "soon idle")
    wait([lane.submit(time.sleep, 0.01) for _ in range(8)], timeout=5)
    deadline = time.monotonic() + 5
    while any(thread.name == "soon idle" for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert lane.submit(lambda: 7).result(timeout=5) == 7


def test_an_error_comes_back_as_it_is() -> None:
    def fails() -> None:
        raise ValueError("odd answer")

    with pytest.raises(ValueError, match="odd answer"):
        Lane(1, "failing").submit(fails).result(timeout=5)
