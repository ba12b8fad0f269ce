"""Threads for blocking calls, in which no host and no account can occupy what another needs.

A thread lives as long as its lane has work, and a little longer: an idle account holds none. None of them
keeps the process from ending.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_IDLE_S = 5.0
HELD_S = 3.0
"""Work that takes longer is held up, most likely by a server that says nothing: it no longer counts for the
bound."""

_SWITCH_S = 0.0005
"""For so long the event loop waits for a thread that computes, each time that it comes back from a system
call: a few times in one turn. With Python's own 5 ms a mail of 3 MB held it up for 12, with 1 ms one of 47 MB
for 14 and not for 8."""

_HELD_AT_MOST = 1000  # an account has one command under way; threads that wait for a server cost 40 kB each
_COMMANDS = 32  # at one host at once
_CONNECTS = 16
_SUSPECTS = 8


class Lane(Executor):
    """As many threads as there is work, up to `most`, beside those whose work is held up.

    So forty accounts that hang in a command hold up the others for HELD_S at most, and only at first.
    """

    def __init__(self, most: int, name: str) -> None:
        self._most, self._name = most, name
        self._lock = threading.Condition()
        self._work: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._threads = self._idle = 0
        self._begun: dict[int, float] = {}  # by thread: when its work began
        self._is_watched = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        with self._lock:
            self._work.append((future, lambda: fn(*args, **kwargs)))
            if self._idle >= len(self._work):
                self._lock.notify()
            elif not self._grow() and not self._is_watched:
                self._is_watched = True
                threading.Thread(target=self._watch, name=self._name, daemon=True).start()
        return future

    def _grow(self) -> bool:
        """One thread more, unless there are enough. Hold the lock."""
        held = self._held()
        if self._threads - held >= self._most or held >= _HELD_AT_MOST:
            return False
        self._threads += 1
        threading.Thread(target=self._serve, name=self._name, daemon=True).start()
        return True

    def _held(self) -> int:
        now = time.monotonic()
        return sum(now - begun > HELD_S for begun in self._begun.values())

    def _watch(self) -> None:
        """For as long as work waits: it gets threads of its own as that of others turns out to be held up."""
        while True:
            time.sleep(HELD_S / 4)
            with self._lock:
                if not self._work:
                    self._is_watched = False
                    return
                for _ in range(len(self._work) - self._idle):
                    if not self._grow():
                        break

    def _serve(self) -> None:
        me = threading.get_ident()
        while True:
            with self._lock:
                self._begun.pop(me, None)
                if self._threads - self._held() > self._most:  # it was held up, and others took its place
                    self._threads -= 1
                    return
                self._idle += 1
                has_work = self._lock.wait_for(lambda: self._work, timeout=_IDLE_S)
                self._idle -= 1
                if not has_work:
                    self._threads -= 1
                    return
                future, work = self._work.popleft()
                self._begun[me] = time.monotonic()
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(work())
                except BaseException as error:
                    future.set_exception(error)
            del future, work  # what they hold may be 25 MB


class LoopThreads(ThreadPoolExecutor):
    """A lane for the event loop, which takes no other executor for `asyncio.to_thread` and host names.

    The threads of an ordinary one stay for ever: 64 that a start needs at once have stacks of 6 MB.
    """

    def __init__(self, most: int) -> None:
        super().__init__(1)
        self._lane = Lane(most, "work")

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        return self._lane.submit(fn, *args, **kwargs)


def work_beside_loop(most: int) -> None:
    """So many threads for what the running event loop hands over; it waits for none of them long."""
    sys.setswitchinterval(_SWITCH_S)
    asyncio.get_running_loop().set_default_executor(LoopThreads(most))


@dataclass(frozen=True, slots=True)
class HostLanes:
    """What the accounts at one server share.

    connecting: apart, so that who waits for a greeting keeps nobody from his commands. suspects: for who got
    no answer last time, so that these wait for each other only.
    """

    commands: Executor
    connecting: Executor
    suspects: Executor


class Lanes:
    """The lanes of every server."""

    def __init__(self) -> None:
        self._hosts: dict[tuple[str, int], HostLanes] = {}

    def at(self, host: str, port: int) -> HostLanes:
        if (host, port) not in self._hosts:
            self._hosts[host, port] = HostLanes(
                Lane(_COMMANDS, f"commands {host}"),
                Lane(_CONNECTS, f"connecting {host}"),
                Lane(_SUSPECTS, f"suspects {host}"),
            )
        return self._hosts[host, port]
