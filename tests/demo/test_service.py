"""Whether the demo's service rests is seen, not guessed."""

from __future__ import annotations

import asyncio
import sys

import pytest

from delegator.demo.service import Service, tells_of_threads

pytestmark = pytest.mark.skipif(not tells_of_threads(), reason="this system does not say what threads do")


async def running(program: str) -> Service:
    """A program in the place of the service, once it has begun."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", f"print('begun', flush=True)\n{program}"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"begun\n"
    return Service(process, asyncio.create_task(asyncio.sleep(60)))


async def is_at_rest_within(service: Service, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await service.rest(asyncio.Event())
    except TimeoutError:
        return False
    finally:
        service.reading.cancel()
        service.process.kill()
        await service.process.wait()
    return True


async def test_who_waits_for_others_rests() -> None:
    """A program whose every thread waits: for a line, and for an event."""
    program = "import sys, threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    assert await is_at_rest_within(await running(f"{program}sys.stdin.read()"), 20)


TO_AND_FRO = """
import threading
def play(mine, other):
    while True:
        mine.acquire()
        other.release()
one, other = threading.Lock(), threading.Lock()
other.acquire()
threading.Thread(target=play, args=(other, one), daemon=True).start()
play(one, other)
"""


@pytest.mark.parametrize("work", ["while True: pass", TO_AND_FRO], ids=["computes", "hands it to and fro"])
async def test_who_works_does_not(work: str) -> None:
    """One thread at work is enough, though the others wait, and not always the same ones."""
    program = f"import sys, threading\ndef work():\n    exec({work!r})\n"
    program += "threading.Thread(target=work, daemon=True).start()\nsys.stdin.read()"
    assert not await is_at_rest_within(await running(program), 1)
