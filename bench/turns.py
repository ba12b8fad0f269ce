"""A command of delegator's, and how long its event loop is held up: `turns.py RESULT run -c rules.yaml …`

RESULT is a file of eight octets, a double: the longest time between two turns of the loop in ms, the
millisecond that it sleeps in between with it. What others took is not ours: the time in which the loop's
thread waited for a processor is left out, and so is what is beyond the processor time of the whole process.
On an idle machine that is the time by the clock. Whoever writes zero into it begins anew. Needs Linux.
"""

from __future__ import annotations

import asyncio
import mmap
import os
import struct
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any
from unittest.mock import patch

NUMBER = struct.Struct("d")


async def watch(longest_ms: mmap.mmap) -> None:
    with Path("/proc/thread-self/schedstat").open("rb", buffering=0) as stat:
        queued = queued_s(stat.fileno())
        while True:
            wall, used = time.perf_counter(), time.process_time()
            await asyncio.sleep(0.001)
            wall_s, used_s = time.perf_counter() - wall, time.process_time() - used
            before, queued = queued, queued_s(stat.fileno())
            note(longest_ms, 1000 * min(wall_s - (queued - before), used_s))


def queued_s(stat: int) -> float:
    """How long this thread has waited for a processor (the kernel's Documentation/scheduler/sched-stats)."""
    return int(os.pread(stat, 100, 0).split()[1]) / 1e9


def note(longest_ms: mmap.mmap, held_ms: float) -> None:
    if held_ms > NUMBER.unpack_from(longest_ms)[0]:
        NUMBER.pack_into(longest_ms, 0, held_ms)


def shared(path: Path) -> mmap.mmap:
    """The number in this file, for all processes that look at it."""
    with path.open("r+b") as file:
        return mmap.mmap(file.fileno(), NUMBER.size)


def main() -> None:
    result, *words = sys.argv[1:]
    longest_ms, run = shared(Path(result)), asyncio.run

    def run_watched(work: Coroutine[Any, Any, Any], **options: Any) -> Any:
        async def both() -> Any:
            watching = asyncio.create_task(watch(longest_ms))
            try:
                return await work
            finally:
                watching.cancel()

        return run(both(), **options)

    sys.argv = ["delegator", *words]
    from delegator.__main__ import main as run_command

    # The command makes its loop itself, and whatever watches that has to be in it.
    with patch.object(asyncio, "run", run_watched):
        run_command()


if __name__ == "__main__":
    main()
