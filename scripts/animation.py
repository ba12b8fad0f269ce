"""Makes docs/pictures/demo.svg, a run of `delegator demo` in a terminal, as it was printed.

    .venv/bin/python -m scripts.animation

The lines and the pauses between them are those of a real run, made faster. It is text, so it stays small
and sharp, and plays wherever a picture does. Who wants less motion sees the end of the run.
"""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from html import escape
from itertools import pairwise
from pathlib import Path

PICTURE = Path(__file__).parent.parent / "docs" / "pictures" / "demo.svg"
COLUMNS, ROWS = 92, 26
LINE_PX, CHARACTER_PX, MARGIN_PX = 18, 7.8, 16
PLAYS_S, HOLDS_S = 20.0, 5.0
LONGEST_PAUSE_S = 0.8  # in the picture; a real one may take longer

COLOURS = {31: "#ff8a80", 32: "#7bd88f", 33: "#ffd479", 35: "#d7a6ff", 36: "#7fd4e6"}


def record() -> list[tuple[float, str]]:
    """The lines of a run, and when each came, in seconds since the first."""
    lines: list[tuple[float, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = pty.openpty()
        program = Path(sys.executable).parent / "delegator"
        environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "LINES": "50"}
        with subprocess.Popen(
            [program, "demo", "--output", "demo-holiday"],
            cwd=folder,
            stdout=theirs,
            stderr=theirs,
            env=environment,
        ) as process:
            os.close(theirs)
            waiting, began = b"", None
            while True:
                try:
                    waiting += os.read(ours, 65536)
                except OSError:  # the other side is closed
                    break
                began = began or time.monotonic()
                *whole, waiting = waiting.split(b"\n")
                lines += [(time.monotonic() - began, line.decode().rstrip("\r")) for line in whole]
        assert process.returncode == 0
    return lines


def styled(line: str) -> Iterator[tuple[str, str]]:
    """Runs of text, and the attributes of each."""
    codes: set[int] = set()
    for text, code in re.findall(r"([^\x1b]+)|\x1b\[([\d;]*)m", line):
        if text:
            colour = next((COLOURS[number] for number in sorted(codes) if number in COLOURS), None)
            wanted = [f'fill="{colour}"'] if colour else []
            wanted += ['font-weight="bold"'] if 1 in codes else []
            wanted += ['opacity=".65"'] if 2 in codes else []
            yield text, " ".join(wanted)
        else:
            numbers = {int(number or 0) for number in code.split(";")}
            codes = set() if 0 in numbers else codes | numbers


def draw(lines: list[tuple[float, str]]) -> str:
    """A window into which the lines come from below, each at its moment."""
    pauses = [min(later - sooner, LONGEST_PAUSE_S) for (sooner, _), (later, _) in pairwise(lines)]
    factor = PLAYS_S / max(sum(pauses), 0.001)
    whole_s = PLAYS_S + HOLDS_S
    steps, at_s = [], 0.0
    for shown, pause in enumerate([0.0, *pauses], start=1):
        at_s += pause * factor
        steps.append(f"{at_s / whole_s:.3%}{{transform:translateY({(ROWS - shown) * LINE_PX}px)}}")
    end = (ROWS - len(lines)) * LINE_PX
    width, height = COLUMNS * CHARACTER_PX + 2 * MARGIN_PX, ROWS * LINE_PX + 2 * MARGIN_PX
    rows = []
    for number, (_, line) in enumerate(lines, start=1):
        spans = "".join(f"<tspan {style}>{escape(text)}</tspan>" for text, style in styled(line))
        rows.append(f'<text y="{number * LINE_PX - 5}">{spans}</text>')
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" role="img">
<title>delegator demo: a holiday in a terminal</title>
<style>
text{{font:13px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#e6e9ec;white-space:pre}}
g{{transform:translateY({end}px);animation:run {whole_s}s step-end infinite}}
@keyframes run{{{"".join(steps)}100%{{transform:translateY({end}px)}}}}
@media (prefers-reduced-motion:reduce){{g{{animation:none}}}}
</style>
<rect width="100%" height="100%" rx="10" fill="#16191c"/>
<svg x="{MARGIN_PX}" y="{MARGIN_PX}" width="{width - 2 * MARGIN_PX:.0f}" height="{ROWS * LINE_PX}">
<g>{"".join(rows)}</g></svg></svg>
"""


if __name__ == "__main__":
    PICTURE.write_text(draw(record()), "utf-8")
    print(f"{PICTURE}: {PICTURE.stat().st_size} octets")
