"""What `test` reports: every expectation about the rules, and what really becomes of its mail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..config.model import Expectation
from ..core.triage.verdict import Verdict, explain
from ..core.triage.why import Change
from .why import outcome_text, verdict_dict

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True, slots=True)
class Tested:
    """One expectation, and what really becomes of the mail. change: what would make it hold, or None."""

    expectation: Expectation
    verdict: Verdict
    change: Change | None

    @property
    def holds(self) -> bool:
        wanted, verdict = self.expectation, self.verdict
        return (
            wanted.disposition is verdict.disposition
            and wanted.backup in (None, verdict.backup)
            and wanted.priority in (None, verdict.priority)
            and wanted.rule in (None, verdict.rule)
        )


@dataclass(frozen=True, slots=True)
class TestReport:
    """Every expectation, in order."""

    __test__ = False  # it is no test of pytest's

    tested: tuple[Tested, ...]

    @property
    def failed(self) -> int:
        return sum(not one.holds for one in self.tested)

    def to_dict(self) -> dict[str, Any]:
        return {
            "tests": [
                {
                    "file": one.expectation.place.file,
                    "line": one.expectation.place.line,
                    "name": one.expectation.name,
                    "passed": one.holds,
                    "expected": {"outcome": one.expectation.outcome, "rule": one.expectation.rule},
                    "outcome": verdict_dict(one.verdict),
                    "change": one.change.what if one.change else None,
                }
                for one in self.tested
            ],
            "passed": len(self.tested) - self.failed,
            "failed": self.failed,
        }

    def print(self, console: Console) -> None:
        """To a terminal or a file: a line for each, and why for those that fail."""
        from rich.text import Text

        file = ""
        for one in self.tested:
            if one.expectation.place.file != file:
                file = one.expectation.place.file
                console.print(Text(file, style="bold"), soft_wrap=True)
            mark = ("  ok    ", "green") if one.holds else ("  FAIL  ", "red")
            console.print(Text.assemble(mark, one.expectation.name), soft_wrap=True)
            if not one.holds:
                for line in _failure(one):
                    console.print(Text(f"        {line}"), soft_wrap=True)
        passed = len(self.tested) - self.failed
        summary = f"{passed} passed" + (f", {self.failed} failed" if self.failed else "")
        console.print(Text(summary, style="bold red" if self.failed else "bold green"))


def _failure(tested: Tested) -> Iterator[str]:
    wanted, verdict = tested.expectation, tested.verdict
    by = f', by rule "{wanted.rule}"' if wanted.rule else ""
    yield f"{wanted.place.file}:{wanted.place.line}: expected {wanted.outcome}{by}"
    yield f"but {outcome_text(verdict)}: {explain(verdict)}"
    if tested.change:
        yield f"with this change it would hold: {tested.change.what}"
