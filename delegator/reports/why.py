"""What `why` reports: everything that was tried on one message, and what would alter its decision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..core.triage.verdict import Verdict, explain
from ..core.triage.why import Change, Explanation, Finding, Tried
from .dry_run import Decision

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

LOOKED_CHARACTERS = 120
"""How much is shown of a text that was compared; what matched is told besides."""

LOOKED_AT_MOST = 6


def outcome_text(verdict: Verdict) -> str:
    """In two words: "forward anna", "review high"."""
    return " ".join(filter(None, (verdict.disposition.value, verdict.backup or verdict.priority)))


def _looked(looked_at: tuple[tuple[str, str], ...]) -> str:
    texts = [_short(text) for _, text in looked_at[:LOOKED_AT_MOST]]
    if len(looked_at) > LOOKED_AT_MOST:
        texts.append(f"{len(looked_at) - LOOKED_AT_MOST} more")
    return ", ".join(f'"{text}"' for text in texts)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LOOKED_CHARACTERS else line[: LOOKED_CHARACTERS - 1] + "…"


@dataclass(frozen=True, slots=True)
class Why:
    """One message, everything that was tried on it, what came of it, and what would alter that."""

    decision: Decision
    explanation: Explanation

    def to_dict(self) -> dict[str, Any]:
        decision = self.decision.to_dict()
        about = ("source", "message_id", "from", "subject", "date")
        return {
            "message": {name: decision.pop(name) for name in about},
            "steps": [_step_dict(tried) for tried in self.explanation.tried],
            "decision": decision,
            "changes": [_change_dict(change) for change in self.explanation.changes],
        }

    def print(self, console: Console) -> None:
        """To a terminal or a file, in the console's width."""
        from rich.text import Text

        for line in self._lines():
            indent = len(line.plain) - len(line.plain.lstrip())
            parts = line[indent:].wrap(console, max(20, console.width - indent - 4)) if line.plain else [line]
            for number, part in enumerate(parts):
                part.rstrip()
                console.print(Text(" " * (indent + 4 * bool(number))) + part, soft_wrap=True)

    def _lines(self) -> Iterator[Text]:
        from rich.text import Text

        one, explanation = self.decision, self.explanation
        yield Text.assemble(
            ("(private)" if one.subject is None else one.subject or "(no subject)", "bold"),
            f" from {one.from_ or 'no clear sender'}",
        )
        arrived = f"{one.at:%Y-%m-%d %H:%M} UTC" if one.at else "without a date"
        yield Text(f"{one.source}, {arrived}", style="dim")
        kind = ""
        for tried in explanation.tried:
            if tried.step.kind != kind:
                kind = tried.step.kind
                yield Text("")
                yield Text(_HEADINGS[kind], style="bold")
            yield from _step_lines(tried)
        yield Text("")
        yield Text.assemble(("Decision: ", "bold"), one.outcome, ": ", one.reason)
        if explanation.changes:
            yield Text("")
            yield Text("The smallest changes that would alter it, each tried", style="bold")
            for change in explanation.changes:
                yield Text(f"  {change.what}: {outcome_text(change.verdict)}")


_HEADINGS = {
    "guard": "Guards",
    "conversation": "Conversation",
    "rule": "Rules, in order",
    "otherwise": "Otherwise",
    "afterthought": "Afterthoughts",
}


def _step_lines(tried: Tried) -> Iterator[Text]:
    from rich.text import Text

    step = tried.step
    if step.verdict is None:
        answer = Text("no change" if step.kind == "afterthought" else "no", style="dim")
    else:
        answer = Text(outcome_text(step.verdict), style="green")
    line = Text.assemble(f"  {step.name}: ", answer)
    if tried.looked_at:
        looked = "; ".join(f"{name}: {_short(text)}" for name, text in tried.looked_at[:LOOKED_AT_MOST])
        line.append(f" ({looked})", style="dim")
    yield line
    for name, finding in tried.rules:
        if step.kind == "guard":
            yield Text(f'    rule "{name}"')
        for part in finding.parts:
            yield from _finding_lines(part, 6 if step.kind == "guard" else 4)


def _finding_lines(finding: Finding, indent: int) -> Iterator[Text]:
    from rich.text import Text

    line = Text(f"{' ' * indent}{finding.condition}: ")
    if finding.parts:
        line.append("holds" if finding.holds else "does not hold", style="" if finding.holds else "dim")
        yield line
        for part in finding.parts:
            yield from _finding_lines(part, indent + 2)
        return
    if not finding.holds:
        looked = _looked(finding.looked_at)
        line.append(f"no match in {looked}" if looked else "does not hold", style="dim")
    elif matches := [match for match in finding.matches if match.pattern]:
        line.append("; ".join(f'{match.pattern} matches "{_short(match.text)}"' for match in matches))
    else:
        looked = _looked(finding.looked_at)
        line.append(f"holds ({looked})" if looked else "holds")
    yield line


def _step_dict(tried: Tried) -> dict[str, Any]:
    step = tried.step
    return {
        "kind": step.kind,
        "name": step.name,
        "outcome": verdict_dict(step.verdict) if step.verdict else None,
        "compared": [{"field": name, "text": _short(text)} for name, text in tried.looked_at],
        "rules": [{"name": name, **_finding_dict(finding)} for name, finding in tried.rules],
    }


def _finding_dict(finding: Finding) -> dict[str, Any]:
    return {
        "condition": finding.condition,
        "holds": finding.holds,
        "matches": [
            {"field": match.field, "pattern": match.pattern, "text": match.text} for match in finding.matches
        ],
        "compared": [{"field": name, "text": _short(text)} for name, text in finding.looked_at],
        "parts": [_finding_dict(part) for part in finding.parts],
    }


def _change_dict(change: Change) -> dict[str, Any]:
    return {
        "what": change.what,
        "of": "rules" if change.is_of_rules else "message",
        "outcome": verdict_dict(change.verdict),
    }


def verdict_dict(verdict: Verdict) -> dict[str, Any]:
    return {
        "disposition": verdict.disposition.value,
        "priority": verdict.priority,
        "backup": verdict.backup,
        "rule": verdict.rule,
        "reason": explain(verdict),
    }
