"""The clock and systemd's protocol."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from delegator.adapters import host
from delegator.adapters.host import SystemClock, may_sleep, notify_systemd, watchdog_interval_s
from delegator.ports import Clock

HOUR = timedelta(hours=1)
MOMENT = timedelta(milliseconds=5)


async def test_the_clock_is_aware_and_in_utc() -> None:
    """now() can be stored and compared as it is."""
    clock: Clock = SystemClock()
    assert clock.now().tzinfo is UTC
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


async def test_the_moment_ends_a_wait() -> None:
    """Not before it, and with events that never come."""
    clock = SystemClock()
    moment = clock.now() + MOMENT
    await clock.wait_until(moment)
    await clock.wait_until(moment, asyncio.Event())
    assert clock.now() >= moment


@pytest.mark.parametrize("in_", [None, HOUR])
async def test_any_event_ends_a_wait(in_: timedelta | None) -> None:
    """One that is set already, or one that is set meanwhile."""
    clock, event = SystemClock(), asyncio.Event()
    moment = None if in_ is None else clock.now() + in_
    asyncio.get_running_loop().call_later(0.005, event.set)
    async with asyncio.timeout(5):
        await clock.wait_until(moment, asyncio.Event(), event)
        await clock.wait_until(moment, event)


async def test_a_jump_of_the_wall_clock_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a suspend or a correction a wait ends with the slice of time that it is in."""

    class Jumping(SystemClock):
        offset = timedelta()

        def now(self) -> datetime:
            return super().now() + self.offset

    clock = Jumping()
    monkeypatch.setattr(host, "_LOOK_EVERY_S", 0.005)
    task = asyncio.create_task(clock.wait_until(clock.now() + HOUR))
    await asyncio.sleep(0)
    assert not task.done()
    clock.offset = HOUR
    async with asyncio.timeout(5):
        await task


async def test_a_cancelled_wait_leaves_no_task_behind() -> None:
    """Shutting down in the middle of a wait is clean."""
    task = asyncio.create_task(SystemClock().wait_until(None, asyncio.Event(), asyncio.Event()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("by", ["the moment", "an event", "cancelling"])
async def test_a_wait_without_a_task_leaves_nothing_behind(by: str) -> None:
    """However it ends: neither with the clock nor with the events that did not come."""
    clock, events = SystemClock(), (asyncio.Event(), asyncio.Event())
    tasks = asyncio.all_tasks()
    come = clock.waiting(clock.now() + (MOMENT if by == "the moment" else HOUR), *events)
    assert asyncio.all_tasks() == tasks
    if by == "an event":
        events[0].set()
    elif by == "cancelling":
        come.cancel()
    async with asyncio.timeout(5):
        await asyncio.wait([come])
    await asyncio.sleep(0)
    assert come.cancelled() is (by == "cancelling")
    assert not any(event._waiters for event in events)
    assert not clock._waiting


@pytest.mark.parametrize("is_abstract", [False, True])
def test_systemd_hears_it(is_abstract: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A datagram to NOTIFY_SOCKET, a path or an abstract name."""
    name = f"@delegator-test-{os.getpid()}" if is_abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("\0" + name[1:] if is_abstract else name)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        notify_systemd("READY=1\nSTATUS=3 accounts")
        assert manager.recv(100) == b"READY=1\nSTATUS=3 accounts"


def test_without_systemd_nothing_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No manager, or one that has gone: no error."""
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify_systemd("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    notify_systemd("READY=1")


@pytest.mark.parametrize(
    ("limit_us", "pid", "interval_s"),
    [
        ("60000000", None, 30.0),
        ("60000000", "ours", 30.0),
        ("60000000", "1", None),  # meant for another process
        ("0", None, None),
        ("soon", None, None),
        (None, None, None),
    ],
)
def test_the_watchdog_is_fed_twice_as_often_as_it_asks(
    limit_us: str | None, pid: str | None, interval_s: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WATCHDOG_USEC, if it is meant for this process."""
    pid = str(os.getpid()) if pid == "ours" else pid
    for name, value in (("WATCHDOG_USEC", limit_us), ("WATCHDOG_PID", pid)):
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    assert watchdog_interval_s() == interval_s


@pytest.mark.parametrize(
    ("found", "is_laptop"),
    [
        ({"power_supply/BAT0/type": "Battery", "power/state": "freeze mem disk"}, True),
        ({"power_supply/AC/type": "Mains", "power/state": "freeze mem disk"}, False),
        (
            {"power_supply/m/type": "Battery", "power_supply/m/scope": "Device", "power/state": "mem"},
            False,
        ),
        ({"power_supply/BAT0/type": "Battery", "power/state": "freeze"}, False),
        ({}, False),
    ],
)
def test_a_laptop_that_sleeps(found: dict[str, str], is_laptop: bool, tmp_path: Path) -> None:
    """It has a battery of its own (not a mouse's), and can suspend; unless that is masked."""
    for name, text in found.items():
        file = tmp_path / ("sys" if name.startswith("power/") else "sys/class") / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n")
    assert may_sleep(tmp_path) is is_laptop
    (tmp_path / "etc/systemd/system").mkdir(parents=True)
    (tmp_path / "etc/systemd/system/sleep.target").symlink_to("/dev/null")
    assert not may_sleep(tmp_path)


GIVING_BACK = """
import threading
from delegator.adapters.host import bound_memory, give_memory_back

def resident_kb():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmRSS:"))

bound_memory()
before, kept = resident_kb(), []

def work():
    buffers = []
    for _ in range(40):
        buffers += [bytearray(b"x") * 256 * 1024, bytearray(b"x") * 60 * 1024]
        kept.append(bytearray(1000))  # a hole is what lies before it

threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
give_memory_back()
print(resident_kb() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_that_was_needed_for_a_moment_is_given_back() -> None:
    """Of a hundred megabytes in the buffers of many threads, a few stay."""
    ended = subprocess.run([sys.executable, "-c", GIVING_BACK], capture_output=True, text=True, check=True)
    assert int(ended.stdout) < 8_000


PIECE_BY_PIECE = """
import resource
from delegator.adapters.host import bound_memory

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def go_through(octets):
    for at in range(0, len(mail), octets):
        mail[at : at + octets]

bound_memory()
mail = bytes(3_000_000)
go_through(900_000)
before = faults()
go_through(900_000)
go_through(112_000)
print(faults() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts pages as Linux does")
def test_memory_that_is_needed_again_at_once_is_kept() -> None:
    """Each piece of a large mail lies where the one before lay; six megabytes are 1,500 pages."""
    ended = subprocess.run([sys.executable, "-c", PIECE_BY_PIECE], capture_output=True, text=True, check=True)
    assert int(ended.stdout) < 50
