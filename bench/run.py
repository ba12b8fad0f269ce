"""`make bench`: what delegator costs beside others that do the same work, for docs/performance.md.

    PEERS=FOLDER .venv/bin/python bench/run.py [--mails 20000] [--write]

Calls the scripts of this folder one after the other, each with servers of its own, and puts their rows into
one table. Each is stopped when it takes too long. What could not be measured here is named. All of it takes
some 35 minutes, of which the soak has ten; a smaller `--mails` makes all of it smaller. The page is written
at the end, so that a run which is interrupted leaves it as it was.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import programs
from bench.cases import load_text, tell
from bench.rows import Row, number_text, table

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parent / "docs" / "performance.md"
FULL, FULL_MIN = 20_000, 35
GRACE_S = 60.0
MARKS = {
    "rows": ("<!-- measured: make bench writes this -->", "<!-- end -->"),
    "profile": ("<!-- profile: make bench writes this -->", "<!-- end of profile -->"),
}
PEERS = ("sieve-filter", "fetchmail", "smtp-source", "imapautofiler")


@dataclass(frozen=True, slots=True)
class Part:
    """One script. words: its options for a share of the full size, 1.0 being all. within_s: at full size."""

    script: str
    words: Callable[[float], Sequence[object]]
    within_s: float


PARTS = (
    Part("start.py", lambda share: ("--rounds", 15 if share >= 0.5 else 5), 120),
    Part(
        "scan.py",
        lambda share: ("--mails", int(FULL * share), "--many", 0, "--rounds", 2 if share >= 0.5 else 1),
        900,
    ),
    Part("scan.py", lambda share: ("--mails", 0, "--many", int(5 * FULL * share)), 900),
    Part("first_start.py", lambda share: ("--mails", int(max(300, 3000 * share))), 300),
    Part(
        "idle.py",
        # An account looks at everything once in five minutes: over less, that is not in what it costs.
        lambda share: ("--accounts", int(max(60, 200 * share)), "--seconds", 60 if share < 0.5 else 300),
        1000,
    ),
    Part("latency.py", lambda share: ("--mails", int(max(20, 120 * share))), 600),
    Part("submission.py", lambda share: ("--mails", 20 if share >= 0.5 else 5), 180),
    Part("burst.py", lambda share: ("--mails", int(max(40, 200 * share))), 180),
    Part("large.py", lambda share: ("--megabytes", 47), 180),
    Part(
        "soak.py",
        lambda share: (
            *("--accounts", int(max(50, 500 * share)), "--rate", max(2, 20 * share)),
            *("--seconds", int(max(60, 600 * share))),
        ),
        1500,
    ),
)


def rows_of(part: Part, share: float, faults: list[str]) -> list[Row]:
    """What a script measured; why not, into `faults`."""
    printed = printed_by(part, ("--json", *part.words(share)), faults)
    return [] if printed is None else [Row.from_dict(values) for values in json.loads(printed)]


PROFILE = Part("profiled.py", lambda share: ("--mails", int(min(5000, FULL * share))), 600)


def printed_by(part: Part, words: Sequence[object], faults: list[str]) -> str | None:
    """None: it failed or took too long; why, into `faults`. Whatever ends this run ends the script."""
    tell(f"--- {part.script} {' '.join(map(str, words))} ({load_text()}; {part.within_s:.0f} s at most)")
    command = [sys.executable, str(HERE / part.script), *map(str, words)]
    begun, said = time.monotonic(), deque[str](maxlen=5)
    # Into files: a server that outlives its script would keep a pipe open.
    with (
        tempfile.TemporaryFile("w+") as out,
        tempfile.NamedTemporaryFile("w+") as err,
        open(err.name) as lines,
    ):
        script = subprocess.Popen(command, stdout=out, stderr=err, preexec_fn=heed_interrupts)
        is_over = is_late = False
        try:
            while not is_over:
                time.sleep(0.2)
                is_over = script.poll() is not None
                for line in lines:
                    said.append(line.strip())
                    tell(line.rstrip())
                late_s = time.monotonic() - begun - part.within_s
                if late_s > GRACE_S:
                    script.kill()
                elif late_s > 0 and not is_late:
                    is_late = True
                    script.send_signal(signal.SIGINT)  # it stops its servers
        except KeyboardInterrupt:
            script.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                script.wait(GRACE_S)
            script.kill()
            raise
        out.seek(0)
        printed = out.read()
    tell(f"    {time.monotonic() - begun:.0f} s")
    if script.returncode:
        why = f"not over within {part.within_s:.0f} s" if is_late else " ".join(list(said)[-1:])
        faults.append(f"{part.script}: {why or 'no reason given'}")
        return None
    return printed


def heed_interrupts() -> None:
    """The background jobs of a shell ignore them, and so would a script that is to stop."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def text_of(rows: Sequence[Row], faults: Sequence[str], loads: Sequence[float]) -> str:
    """Everything between the marks. loads: of the machine, before and after each script."""
    met = [row.is_met for row in rows if row.is_met is not None]
    missing = [name for name in PEERS if programs.find(name) is None]
    lines = [
        f"On {datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, "
        f"on {os.cpu_count()} cores under a load of {min(loads):.0f} to {max(loads):.0f}. "
        f"{sum(met)} of {len(met)} aims are met. Less is better; what a peer does better is in bold.",
        "",
        table(rows),
    ]
    better = [
        f"- {row.row}: {name}, by {number_text(row.ours / value)} times"
        for row in rows
        for name, value in row.peers.items()
        if value and value < row.ours
    ]
    if better:
        lines += ["", "Where a peer is better:", "", *better]
    if notes := [f"- {row.row}: {row.note}" for row in rows if row.note]:
        lines += ["", "What else was seen:", "", *notes]
    if missing:
        lines += ["", f"Left out, because not to be had: {', '.join(missing)}."]
    if faults:
        lines += ["", "Not measured:", "", *(f"- {fault}" for fault in faults)]
    return "\n".join(lines).rstrip()


def put(document: str, place: str, text: str) -> str:
    begin, end = MARKS[place]
    before, found, rest = document.partition(begin)
    if not found or end not in rest:
        raise SystemExit(f"{DOCUMENT} has no place for it: {begin}")
    return f"{before}{begin}\n\n{text}\n\n{end}{rest.partition(end)[2]}"


def main() -> None:
    parser = argparse.ArgumentParser(description="What delegator costs beside others.")
    parser.add_argument("--mails", type=int, default=FULL)
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    parser.add_argument("--only", action="append", help="one script, as in --only scan.py; may be repeated")
    options = parser.parse_args()
    if options.only and options.write:
        parser.error("--only measures a part of the page; leave --write out, and read what it prints")
    share = options.mails / FULL
    rows, faults, loads = list[Row](), list[str](), [os.getloadavg()[0]]
    parts = [part for part in PARTS if not options.only or part.script in options.only]
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    begun = time.monotonic()
    try:
        for number, part in enumerate(parts, 1):
            of_all = f" of some {FULL_MIN}" if share == 1 and not options.only else ""
            tell(
                f"{number} of {len(parts)} scripts, after {(time.monotonic() - begun) / 60:.0f} min{of_all}:"
            )
            rows += rows_of(part, share, faults)
            loads.append(os.getloadavg()[0])
        words = PROFILE.words(share)
        profiled = None if options.only else printed_by(PROFILE, words, faults)
    except KeyboardInterrupt:
        sys.exit(f"Interrupted; {DOCUMENT.name} is as it was.")
    text = text_of(rows, faults, loads)
    if share < 1:
        text = f"A small run, of {options.mails:,} mails: the aims are those of {FULL:,}.\n\n{text}"
    print(text, profiled or "", sep="\n\n")
    if options.write:
        document = put(DOCUMENT.read_text("utf-8"), "rows", text)
        if profiled:
            document = put(document, "profile", profiled.strip())
        DOCUMENT.write_text(document, "utf-8")
    if faults:
        sys.exit(1)


if __name__ == "__main__":
    main()
