"""Threads for blocking calls, in which no host and no account can occupy what another needs.

A thread lives as long as its lane has work, and a little longer: an idle account holds none. None of them
keeps the process from ending.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_IDLE_S = 5.0
_COMMANDS = 32  # at one host at once: threads that wait for a server cost 40 kB each
_CONNECTS = 16
_SUSPECTS = 8


class Lane(Executor):
    """As many threads as there is work, up to `most`."""

    def __init__(self, most: int, name: str) -> None:
        self._most, self._name = most, name
        self._lock = threading.Condition()
        self._work: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._threads = self._idle = 0

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        with self._lock:
            self._work.append((future, lambda: fn(*args, **kwargs)))
            if self._idle >= len(self._work):
                self._lock.notify()
            elif self._threads < self._most:
                self._threads += 1
                threading.Thread(target=self._serve, name=self._name, daemon=True).start()
        return future

    def _serve(self) -> None:
        while True:
            with self._lock:
                self._idle += 1
                has_work = self._lock.wait_for(lambda: self._work, timeout=_IDLE_S)
                self._idle -= 1
                if not has_work:
                    self._threads -= 1
                    return
                future, work = self._work.popleft()
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(work())
                except BaseException as error:
                    future.set_exception(error)
            del future, work  # what they hold may be 25 MB


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
