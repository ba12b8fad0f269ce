"""Commands measured beside each other, in turn: CPU, wall time and memory, by the system's own account."""

from __future__ import annotations

import compileall
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

MEASURED = Path(__file__).resolve().with_name("measured.py")
DELEGATOR = (sys.executable, "-c", "from delegator.__main__ import main; main()")


@dataclass(slots=True)
class Case:
    """found: what is in its output, to compare with `truth`; None: nothing. reads_stderr: there, too.

    cpu_s, wall_s: of each round. peak_mib: of all.
    """

    name: str
    words: tuple[str, ...]
    found: Callable[[str], object] | None = None
    truth: object = None
    reads_stderr: bool = False
    environment: Mapping[str, str] | None = None
    cpu_s: list[float] = field(default_factory=list)
    wall_s: list[float] = field(default_factory=list)
    peak_mib: float = 0.0

    def run(self, folder: Path) -> str:
        """Measured once, in that folder; what it printed. Raises SystemExit where it fails."""
        result = folder / "measured"
        out_path, err_path = folder / "stdout", folder / "stderr"
        with out_path.open("wb") as out, err_path.open("wb") as err:
            subprocess.run(
                [sys.executable, "-S", "-E", str(MEASURED), str(result), *self.words],
                check=True,
                cwd=folder,
                stdout=out,
                stderr=err,
                env=self.environment,
            )
        printed, complained = (path.read_text("utf-8", "replace") for path in (out_path, err_path))
        cpu_s, wall_s, peak_kib, code = result.read_text().split()
        if int(code):
            raise SystemExit(f"{self.name} failed:\n{complained[-2000:]}")
        self.cpu_s.append(float(cpu_s))
        self.wall_s.append(float(wall_s))
        self.peak_mib = max(self.peak_mib, int(peak_kib) / 1024)
        return printed + complained if self.reads_stderr else printed

    @property
    def cpu(self) -> float:
        return statistics.median(self.cpu_s)

    @property
    def wall(self) -> float:
        return statistics.median(self.wall_s)


def tell(text: str) -> None:
    """Progress: stdout is the result's."""
    print(text, file=sys.stderr, flush=True)


def compile_once() -> None:
    """As an installation does: where PYTHONDONTWRITEBYTECODE is set, each command would compile it all."""
    compileall.compile_dir(str(MEASURED.parent.parent / "delegator"), quiet=2)


def in_turn(cases: Sequence[Case], rounds: int, folder: Path) -> None:
    """Round by round, so that a busy machine is busy for all. Each has to find what it must, first."""
    compile_once()
    for number in range(rounds):
        for case in cases:
            printed = case.run(folder)
            if number == 0 and case.found is not None and case.found(printed) != case.truth:
                raise SystemExit(f"{case.name} found other mails than the rules take")
            tell(f"{case.name}: {case.cpu_s[-1]:.3f} s of CPU, {case.wall_s[-1]:.3f} s")


def load_text() -> str:
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
