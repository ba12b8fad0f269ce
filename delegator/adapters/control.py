"""One daemon a state: its lock, and the socket by which other commands reach it.

The socket is in the state directory, for its owner only (0600); one JSON line each way.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import stat
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.faults import StateError, StateHeld, StateUnusable
from .asking import START_PATIENCE_S, TIMEOUT_S, ask, patiently, short_path

if TYPE_CHECKING:
    import asyncio

__all__ = ["START_PATIENCE_S", "ask", "holder", "patiently", "serve", "state_lock"]

Answer = dict[str, Any]


@contextlib.contextmanager
def state_lock(directory: Path) -> Iterator[None]:
    """Hold the state for as long as the block runs. Raises StateHeld: by whom already; StateError."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if directory.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise StateError(
                f"{directory} may be written to by others, who could command by it; run chmod 700 {directory}"
            )
        handle = os.open(directory / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        if error.errno in (errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EIO):
            raise StateUnusable(
                f"{directory} cannot be written ({error.strerror}); look at its disk"
            ) from error
        raise StateError(
            f"{directory} cannot be used ({error.strerror}); "
            "choose another --state, or mend its owner and mode"
        ) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StateHeld(
                f"{directory} is in use by another delegator (process {holder(directory)}); "
                "stop that one first, or choose another --state"
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)  # the lock goes with it; the file stays, so that no two ever lock different ones


def holder(directory: Path) -> str:
    """The process that holds the state, or held it last."""
    try:
        return (directory / "lock").read_text("ascii", "replace").strip()[:20] or "unknown"
    except OSError:
        return "unknown"


@contextlib.asynccontextmanager
async def serve(directory: Path, answer: Callable[[Answer], Awaitable[Answer]]) -> AsyncIterator[None]:
    """Answer requests for as long as the block runs. Hold the state's lock meanwhile."""
    import asyncio  # of the daemon only: whoever asks it is quick

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                request = json.loads(await reader.readline())
                answered = await answer(request) if isinstance(request, dict) else {}
                writer.write(json.dumps(answered).encode() + b"\n")
                await writer.drain()
        except StateError as error:
            writer.write(json.dumps({"problem": str(error)}).encode() + b"\n")
        except (OSError, ValueError, asyncio.LimitOverrunError, asyncio.IncompleteReadError):
            pass  # whoever asked has gone, or is no command of ours
        finally:
            writer.close()

    import socket

    path = directory / "socket"
    path.unlink(missing_ok=True)  # left by a daemon that was killed; we hold the lock
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        with short_path(directory) as short:
            listener.bind(short)
    finally:
        os.umask(before)
    listener.setblocking(False)
    server = await asyncio.start_unix_server(talk, sock=listener)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)
