"""Where the CPU of a dry run goes, by room of the package: what is left to make faster, and why it stays.

    .venv/bin/python bench/profiled.py [--mails 5000] [--json]

Every two milliseconds of CPU it looks which threads have used it, by each thread's own clock, and books it to
the room whose code is innermost on its stack: what the standard library does for a room is the room's. That
costs a few hundredths and distorts less than counting every call. Needs dovecot-imapd.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path
from types import FrameType

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

EVERY_S = 0.002
PACKAGE = f"{os.sep}delegator{os.sep}"
LOADING, IDLE = "loading the program", "the interpreter, and the event loop"

DEEP = {"core": 3, "adapters": 2}
LEAST_PERCENT = 2

WHY = {
    LOADING: "once a command, whatever the mailbox",
    "adapters.imap": "the octets as they come, cut into answers",
    "adapters.lanes": "the socket is read in a thread, and handed over",
    "cli": "the report, as it is printed",
    "core.mail": "what a rule, guard or review asks of a mail",
    "core.rules": "the words of subject and text, looked up once for all rules",
    "core.triage": "guards and conversations: the function that decides live, too",
    "core.handovers": "whether a mail would be a backup's or a client's answer",
    "core.reviews": "what a review would show of each mail, and propose",
    "preview": "one line of the report for each mail",
    "reports": "the report, as it is printed",
    IDLE: "waiting, and handing over between threads",
}


class Sampler:
    """cpu_s: by room. Looks whenever so much CPU was used, in the main thread, where it stands then.

    A thread that looks at others would find them where they let it run: in whatever gives the lock away.
    """

    def __init__(self) -> None:
        self.cpu_s: dict[str, float] = defaultdict(float)
        self._before: dict[int, float] = {}

    def start(self) -> None:
        signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)

    def stop(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)

    def _look(self, number: int, frame: FrameType | None) -> None:
        main = threading.main_thread().ident
        for ident, other in sys._current_frames().items():
            try:
                used = time.clock_gettime(time.pthread_getcpuclockid(ident))
            except OSError:
                continue  # it has ended
            room = room_of(frame if ident == main else other)
            self.cpu_s[room] += used - self._before.get(ident, 0.0)
            self._before[ident] = used


def room_of(frame: FrameType | None) -> str:
    room = None
    while frame is not None:
        path = frame.f_code.co_filename
        if "importlib._bootstrap" in path:
            return LOADING
        if room is None and PACKAGE in path:
            parts = path.rpartition(PACKAGE)[2].removesuffix(".py").split(os.sep)
            room = ".".join(parts[: DEEP.get(parts[0], 1)])
        frame = frame.f_back
    return room or IDLE


def run_sampled(result: str, words: list[str]) -> None:
    sampler = Sampler()
    sampler.start()
    sys.argv[1:] = words
    from delegator.__main__ import main as run_command

    try:
        run_command()
    finally:
        sampler.stop()
        Path(result).write_text(json.dumps(sampler.cpu_s))


def profile(size: int) -> dict[str, dict[str, float]]:
    """By kind of dry run, CPU in seconds by room."""
    from bench.scan import mailbox, write_configuration

    found = {}
    with mailbox(size) as (dovecot, _), tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_configuration(folder, dovecot)
        words = ["dry-run", "--days", "3650", "--state", "state"]
        for kind, more in (("triage", ["--json"]), ("with the holiday", [])):
            result = folder / "result"
            command = [sys.executable, __file__, "--child", str(result), *words, *more]
            subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL)
            found[kind] = json.loads(result.read_text())
    return found


def table(found: dict[str, dict[str, float]]) -> str:
    """As Markdown: shares of the whole, the largest first, what is under two hundredths together."""
    kinds = list(found)
    totals = {kind: sum(found[kind].values()) for kind in kinds}
    rooms = sorted(
        {room for rooms in found.values() for room in rooms}, key=lambda r: -found[kinds[0]].get(r, 0)
    )
    lines = [f"| where | {' | '.join(f'{kind}, %' for kind in kinds)} | why it stays |"]
    lines.append(f"| --- | {'---: | ' * len(kinds)}--- |")
    rest = dict.fromkeys(kinds, 0.0)
    for room in rooms:
        shares = {kind: 100 * found[kind].get(room, 0) / totals[kind] for kind in kinds}
        if max(shares.values()) < LEAST_PERCENT:
            rest = {kind: rest[kind] + shares[kind] for kind in kinds}
            continue
        where = room if room in (LOADING, IDLE) else f"`{room}`"
        lines.append(f"| {where} | {' | '.join(f'{shares[kind]:.0f}' for kind in kinds)} | {_why(room)} |")
    lines.append(f"| all others | {' | '.join(f'{rest[kind]:.0f}' for kind in kinds)} | |")
    whole = " | ".join(f"{totals[kind]:.1f} s" for kind in kinds)
    return "\n".join((*lines, f"| all | {whole} | |"))


def _why(room: str) -> str:
    return WHY.get(room) or WHY.get(".".join(room.split(".")[:2]), "")


def main() -> None:
    parser = argparse.ArgumentParser(description="Where the CPU of a dry run goes.")
    parser.add_argument("--mails", type=int, default=5000)
    parser.add_argument("--json", action="store_true", help="seconds by room")
    options = parser.parse_args()
    found = profile(options.mails)
    print(json.dumps(found, indent=1) if options.json else table(found))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        run_sampled(sys.argv[2], sys.argv[3:])
    else:
        main()
