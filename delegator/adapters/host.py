"""The machine and its service manager: the wall clock, and what systemd is told (sd_notify(3))."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.health import Times, is_clock_wrong

if TYPE_CHECKING:
    import asyncio

_LOOK_EVERY_S = 30.0
"""An event loop's timers stand still while the machine sleeps, and do not see a corrected clock."""

# Linux has one that goes on during a suspend; elsewhere the usual one has to do.
_ELAPSED = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SystemClock:
    """The Clock of a real run.

    One look at the clocks serves all who wait: some thousand of them, twice a minute each, would be half of
    what idle accounts cost.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[asyncio.Future[bool], datetime | None] = {}
        self._looked = Times(self.now(), self.elapsed_s())
        self._is_watched = False

    def now(self) -> datetime:
        """Aware, UTC."""
        return datetime.now(UTC)

    def elapsed_s(self) -> float:
        """Since the machine was started, also while it slept."""
        return time.clock_gettime(_ELAPSED)

    async def wait_until(self, moment: datetime | None, *events: asyncio.Event) -> None:
        """Until the moment has come (None: never) or any of the events is set.

        After a suspend the moment is noticed within 30 seconds. Where somebody sets the clock, the wait
        ends within 30 seconds, and the caller looks again what is due.
        """
        come = self.waiting(moment, *events)
        if come.done():
            return
        try:
            await come
        finally:
            come.cancel()

    def waiting(self, moment: datetime | None, *events: asyncio.Event) -> asyncio.Future[bool]:
        import asyncio  # whoever only asks for the time has no use for it

        loop = asyncio.get_running_loop()
        come: asyncio.Future[bool] = loop.create_future()
        left_s = None if moment is None else (moment - self.now()).total_seconds()
        if (left_s is not None and left_s <= 0) or any(event.is_set() for event in events):
            come.set_result(True)
            return come
        self._watch(loop)
        timer = None if left_s is None else loop.call_later(left_s, self._ring, come, moment)
        self._waiting[come] = moment
        for event in events:
            event._waiters.append(come)  # as `asyncio.Event.wait` does; without a task for each
        come.add_done_callback(partial(self._leave, timer, events))
        return come

    def _leave(
        self,
        timer: asyncio.TimerHandle | None,
        events: Sequence[asyncio.Event],
        come: asyncio.Future[bool],
    ) -> None:
        self._waiting.pop(come, None)
        if timer is not None:
            timer.cancel()
        for event in events:
            event._waiters.remove(come)

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        if loop is not self._loop:
            self._loop, self._waiting, self._is_watched = loop, {}, False
        if not self._is_watched:
            self._is_watched, self._looked = True, Times(self.now(), self.elapsed_s())
            loop.call_later(_LOOK_EVERY_S, self._look_again)

    def _look_again(self) -> None:
        self._is_watched = False
        if self._waiting and self._loop is not None:
            before = self._looked
            self._watch(self._loop)
            self._look(is_set=is_clock_wrong(before, self._looked))

    def _ring(self, come: asyncio.Future[bool], moment: datetime | None) -> None:
        if moment is None or come.done():
            return
        left_s = (moment - self.now()).total_seconds()
        if left_s <= 0:
            come.set_result(True)
        elif self._loop is not None:  # the loop's clock runs a little faster than the wall's
            self._loop.call_later(left_s, self._ring, come, moment)

    def _look(self, *, is_set: bool = False) -> None:
        """Whose moment has come. is_set: somebody has set the clock, so that every moment is another."""
        now = self.now()
        for come, moment in self._waiting.items():
            is_due = is_set or (moment is not None and moment <= now)
            if is_due and not come.done():
                come.set_result(True)


def time_zone_name() -> str | None:
    """The zone of this machine, as IANA names it; None where nobody wrote it down."""
    if name := os.environ.get("TZ", "").removeprefix(":"):
        return name
    for path in ("/etc/localtime", "/etc/timezone"):
        try:
            if path == "/etc/localtime":
                _, found, name = os.path.realpath(path).partition("/zoneinfo/")
            else:
                name = found = Path(path).read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
        if found:
            return name.removeprefix("posix/").removeprefix("right/")
    return None


def language_name() -> str:
    """What the session speaks, as two letters: "nl" of nl_BE.UTF-8; "" where nothing says."""
    said = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return said[:2].lower() if said[2:3] in ("", "_", ".", "@") else ""


async def look_up(host: str) -> int:
    """How many addresses a host has. Raises Unavailable: none, or nobody can be asked."""
    import asyncio
    import socket

    from ..ports import Unavailable

    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno in (socket.EAI_NONAME, socket.EAI_NODATA):
            raise Unavailable(f"there is no host {host}; correct its name") from error
        raise Unavailable(
            f"{host} cannot be looked up now ({error.strerror}); check the network and its name servers"
        ) from error
    return len(found)


def may_sleep(root: Path = Path("/")) -> bool:
    """Whether this machine is a laptop that suspends: then nobody watches the mailbox.

    Source: sysfs-class-power, systemd-sleep(8). root: of the file system.
    """
    batteries = root.glob("sys/class/power_supply/*/type")
    has_battery = any(
        _first_line(kind) == "Battery" and _first_line(kind.with_name("scope")) != "Device"  # not a mouse's
        for kind in batteries
    )
    is_masked = (root / "etc/systemd/system/sleep.target").is_symlink()
    return has_battery and not is_masked and "mem" in _first_line(root / "sys/power/state").split()


def _first_line(file: Path) -> str:
    try:
        return file.read_text("ascii", "replace").partition("\n")[0]
    except OSError:
        return ""


_ARENA_MAX, _MMAP_THRESHOLD, _TRIM_THRESHOLD = -8, -3, -1  # mallopt(3)
_MMAPPED_OCTETS = 1024 * 1024
_FREE_OCTETS = 4 * 1024 * 1024


def _libc(name: str) -> Any:
    """A function of the C library; None where it has none of that name (musl, macOS)."""
    import ctypes  # only the daemon needs it

    return getattr(ctypes.CDLL(None), name, None)


def bound_memory() -> None:
    """Have the C library give back what is no longer used. Before the first thread.

    Without it, a hundred accounts that start together leave 460 kB each behind for ever: glibc keeps a heap
    for each thread. Up to a megabyte is not asked of the system anew each time: with 128 kB, as it was, a
    mail of 3 MB took three times the CPU to go out. What lies free in between, `give_memory_back` finds.
    """
    mallopt = _libc("mallopt")
    if mallopt is not None:
        mallopt(_ARENA_MAX, 1)
        mallopt(_MMAP_THRESHOLD, _MMAPPED_OCTETS)
        mallopt(_TRIM_THRESHOLD, _FREE_OCTETS)


def give_memory_back() -> None:
    """Whole pages that nothing uses; takes some milliseconds."""
    trim = _libc("malloc_trim")
    if trim is not None:
        trim(0)


def end_within(seconds: float) -> None:
    """End the process by then, whatever hangs: a thread in a system call, a disk, a name server.

    Everything that counts is stored before it is done, so that a process may end at any moment.
    """
    import threading

    def end() -> None:
        time.sleep(seconds)
        os._exit(0)

    threading.Thread(target=end, name="end", daemon=True).start()


def notify_systemd(state: str) -> None:
    """Tell the service manager, as "READY=1" or "WATCHDOG=1"; nothing where there is none.

    A message that cannot be delivered is dropped: no mail may wait for it.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    import socket

    if address.startswith("@"):  # an abstract socket
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notifier:
        notifier.setblocking(False)
        try:
            notifier.sendto(state.encode(), address)
        except OSError:
            pass


def watchdog_interval_s() -> float | None:
    """How often systemd wants to hear "WATCHDOG=1", in seconds: half its limit; None if never.

    Source: sd_watchdog_enabled(3).
    """
    limit_us = os.environ.get("WATCHDOG_USEC", "")
    pid = os.environ.get("WATCHDOG_PID", "")
    if not limit_us.isdecimal() or int(limit_us) == 0 or pid not in ("", str(os.getpid())):
        return None
    return int(limit_us) / 2_000_000
