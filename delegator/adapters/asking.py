"""Asking the daemon that serves a state, by its socket: one JSON line each way.

It loads next to nothing, for monitors ask every minute: no typing, no pathlib, no dataclasses.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ..core.faults import StateError, StateHeld

TYPE_CHECKING = False  # as in typing, which would take longer to load than all that is here
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    T = TypeVar("T")

LINE_OCTETS = 64 << 20  # a review travels in one line
TIMEOUT_S = 120.0
PATIENCE_S = 15.0
"""A daemon that begins has the state for a moment before it answers, one that ends for some seconds after."""
START_PATIENCE_S = 3.0
"""How long a daemon waits for a command that has the state: one that reads it has done so by then."""
LOOK_AGAIN_S = 0.05


class NoAnswer(StateError):
    """The daemon was reached, and said nothing that could be understood in time."""


def state_directory(given: str | os.PathLike[str] | None) -> str | None:
    """Where the state is: as given, else where systemd or the user's environment says. None: nowhere."""
    if given:
        return os.fspath(given)
    if from_systemd := os.environ.get("STATE_DIRECTORY"):
        return from_systemd.partition(":")[0]  # a list where the unit names several (systemd.exec)
    folder = os.environ.get("XDG_STATE_HOME")
    if not folder:
        home = os.path.expanduser("~")
        if home == "~":  # neither $HOME nor a home in the password file
            return None
        folder = os.path.join(home, ".local/state")
    return os.path.join(folder, "delegator")


def ask(directory: str | os.PathLike[str], request: dict[str, Any]) -> dict[str, Any] | None:
    """What the daemon on this state answers; None where none is running. Raises StateError, NoAnswer."""
    try:
        os.lstat(os.path.join(directory, "socket"))
    except FileNotFoundError:
        return None
    except OSError:
        pass  # what is wrong, the attempt says
    import socket

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as talk:
        talk.settimeout(TIMEOUT_S)
        try:
            with short_path(directory) as short:
                talk.connect(short)
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        except OSError as error:
            raise StateError(
                f"{os.path.join(directory, 'socket')} cannot be reached ({error.strerror}); "
                "run this as the user who runs the daemon"
            ) from error
        try:
            talk.sendall(json.dumps(request).encode() + b"\n")
            with talk.makefile("rb") as lines:
                answer = json.loads(lines.readline(LINE_OCTETS))
        except (OSError, ValueError) as error:
            raise NoAnswer("the running daemon gave no answer; look at its log") from error
    return answer if isinstance(answer, dict) else {}


def patiently(attempt: Callable[[], T], within_s: float = PATIENCE_S) -> T:
    """What the attempt gives, once nobody else has the state. Raises StateHeld: somebody has it too long."""
    until = time.monotonic() + within_s
    while True:
        try:
            return attempt()
        except StateHeld:
            if time.monotonic() >= until:
                raise
        time.sleep(LOOK_AGAIN_S)


@contextmanager
def short_path(directory: str | os.PathLike[str]) -> Iterator[str]:
    """The socket's path by way of a descriptor: sun_path holds 107 octets, state directories more."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{handle}/socket"
    finally:
        os.close(handle)
