"""Room on the disk for the moment when there is none: given back so that an alert can be stored."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

_ANSWERS_WITHIN_S = 30.0
_OCTETS = 1 << 20  # an alert takes some 40 kB in the database and its log; WAL files grow in pages


class Reserve:
    """The file `reserve` in the state directory. All accounts of the state share it."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "reserve"

    async def keep(self) -> bool:
        """See that it is there; False: there is no room. An alert goes out unstored then."""
        return await self._within(self._keep) is True

    async def release(self) -> bool:
        """Give the room back; False if there was none."""
        return await self._within(self._release) is True

    async def _within(self, work: Callable[[], T]) -> T | None:
        """None: the disk does not answer."""
        try:
            async with asyncio.timeout(_ANSWERS_WITHIN_S):
                return await asyncio.to_thread(work)
        except TimeoutError:
            return None

    def _keep(self) -> bool:
        try:
            if self._path.stat().st_size >= _OCTETS:
                return True
        except OSError:
            pass
        try:
            with open(os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
                file.write(os.urandom(_OCTETS))  # zeros take no room on a file system that compresses
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            self._release()  # half of it would be of no use to anybody
            return False
        return True

    def _release(self) -> bool:
        try:
            self._path.unlink()
        except OSError:
            return False
        return True
