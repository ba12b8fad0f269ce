"""What `check` reports: everything that was looked at, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from rich.console import Console

Level = Literal["ok", "note", "problem"]

_LEVEL_STYLES: dict[Level, str] = {"ok": "green", "note": "yellow", "problem": "bold red"}

READABLE = 110
"""Columns after which a sentence is easier to read on a second line."""


_LONGEST_AREA = len("automatic reply")
_MARGIN = 9 + _LONGEST_AREA + 2  # the level, the area, and two spaces behind each


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. what: a sentence without its full stop; to_do: likewise, or ""."""

    area: str
    level: Level
    what: str
    to_do: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {"area": self.area, "level": self.level, "what": self.what, "to_do": self.to_do}


@dataclass(frozen=True, slots=True)
class Check:
    """What `check` found out about one account, in the order in which it looked.

    address: None where the configuration could not be read.
    """

    address: str | None
    findings: tuple[Finding, ...]

    @property
    def has_problems(self) -> bool:
        return any(finding.level == "problem" for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        return {
            "address": self.address,
            "ok": not self.has_problems,
            "findings": [finding.to_dict() for finding in self.findings],
        }

    def summary_text(self) -> str:
        levels = [finding.level for finding in self.findings]
        parts = [
            f"{count} {name if count == 1 else name + 's'}"
            for name in ("problem", "note")
            if (count := sum(level == name for level in levels))
        ]
        return ", ".join(parts) or "all is well"

    def print(self, console: Console) -> None:
        """All findings, and what they come to."""
        for finding in self.findings:
            print_finding(finding, console)
        self.print_summary(console)

    def print_summary(self, console: Console) -> None:
        from rich.text import Text

        console.print(Text(f"{self.address}: {self.summary_text()}", style="bold"), soft_wrap=True)


def print_finding(finding: Finding, console: Console) -> None:
    """A line or a few, in the console's width, with what to do below it."""
    from rich.text import Text

    width = max(20, min(console.width, READABLE) - _MARGIN)
    level = Text(f"{finding.level:7}  ", style=_LEVEL_STYLES[finding.level])
    head = Text.assemble(level, f"{finding.area:{_LONGEST_AREA}}  ")
    lines = [*Text(finding.what).wrap(console, width)]
    if finding.to_do:
        wrapped = Text(finding.to_do).wrap(console, width - 2)
        lines += [Text.assemble("  " if at else "→ ", line) for at, line in enumerate(wrapped)]
    for number, line in enumerate(lines):
        start = head if number == 0 else Text(" " * _MARGIN)
        whole = Text.assemble(start, line)
        whole.rstrip()
        console.print(whole, soft_wrap=True)  # it fits already
