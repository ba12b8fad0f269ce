"""What a simulated holiday shows, as text: days, reviews, and what the rules leave out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta, tzinfo
from typing import TYPE_CHECKING

from ..core.reviews.simulation import Day, Missed, Simulated, SimulatedReview

if TYPE_CHECKING:
    from rich.console import Console

MOST_DAYS = 31
MISSES_A_RULE = 3
SUBJECT_CHARACTERS = 60


def print_simulated(simulated: Simulated, zone: tzinfo, console: Console) -> None:
    """To a terminal or a file, in the console's width. zone: the owner's."""
    from rich.text import Text

    for heading, lines in _sections(simulated, zone):
        console.print()
        console.print(Text(heading, style="bold"), soft_wrap=True)
        for line in lines:
            indent = len(line) - len(line.lstrip())
            first, *others = Text(line.lstrip()).wrap(console, max(20, console.width - indent - 2))
            for at, part in ((indent, first), *((indent + 2, other) for other in others)):
                part.rstrip()
                console.print(Text(" " * at).append_text(part), soft_wrap=True)


def _sections(simulated: Simulated, zone: tzinfo) -> Iterator[tuple[str, list[str]]]:
    if simulated.days:
        yield "The days, and what each review would have held", [*_days(simulated, zone)]
    if simulated.silent_rules:
        yield "Rules that never fired", [f"  {name}" for name in simulated.silent_rules]
    if simulated.missed:
        yield f"Messages that just missed a rule: {simulated.missed_count}", [*_missed(simulated.missed)]
    if simulated.uncovered:
        heading = "Whom you usually answer within hours, and no rule covers"
        yield (
            heading,
            [
                f"  {one.address}: {one.answered} of {one.mails} answered, half of them within "
                f"{span(one.typical)}"
                for one in simulated.uncovered
            ],
        )


def _days(simulated: Simulated, zone: tzinfo) -> Iterator[str]:
    shown = simulated.days[-MOST_DAYS:]
    if left_out := len(simulated.days) - len(shown):
        yield f"  {left_out} earlier days are left out here, and counted below"
    yield from (f"  {_day(day, zone)}" for day in shown)
    if busiest := simulated.busiest:
        yield f"  Busiest: {busiest.day:%a %Y-%m-%d}, {count(busiest.received, 'message')}"
    if (fullest := simulated.fullest) and fullest.deciding:
        yield f"  Longest to read: {fullest.day:%a %Y-%m-%d}, {span(fullest.deciding)} of reviews"
    if forwards := simulated.forwards:
        parts = ", ".join(f"{backup} {n}" for backup, n in sorted(forwards.items()))
        a_day = sum(forwards.values()) / len(simulated.days)
        yield f"  Forwards: {parts}; {a_day:.1f} a day"
    if simulated.left:
        yield f"  {count(simulated.left, 'message')} had no place in any review, to the last"
    if simulated.undated:
        yield f"  {count(simulated.undated, 'message')} without a date on no day"


def _day(day: Day, zone: tzinfo) -> str:
    parts = [count(day.received, "message")]
    parts += [f"{n} to {backup}" for backup, n in sorted(day.forwards.items())]
    reviews = "; ".join(_review(review, zone) for review in day.reviews)
    return f"{day.day:%a %Y-%m-%d}  {', '.join(parts)}" + (f"; {reviews}" if reviews else "")


def _review(review: SimulatedReview, zone: tzinfo) -> str:
    text = f"{review.at.astimezone(zone):%H:%M} {count(review.decisions, 'decision')}"
    if review.decisions:
        text += f" in {span(review.deciding)}"
    if review.low:
        text += f", {review.low} low"
    return text + (f", {review.rest} left for the next" if review.rest else "")


def _missed(missed: Iterable[Missed]) -> Iterator[str]:
    by_rule: dict[tuple[str, str], list[Missed]] = {}
    for one in missed:
        by_rule.setdefault((one.miss.rule, one.miss.failed), []).append(one)
    for (rule, failed), members in by_rule.items():
        yield f'  rule "{rule}", but for {failed}'
        for one in members[:MISSES_A_RULE]:
            would = f": {one.miss.would}" if one.miss.would else ""
            subject = _short(one.subject)
            yield f'    "{subject}" from {one.sender or "no clear sender"}{would} ({one.source})'
        if len(members) > MISSES_A_RULE:
            yield f"    and {len(members) - MISSES_A_RULE} more"


def _short(text: str) -> str:
    return text if len(text) <= SUBJECT_CHARACTERS else text[: SUBJECT_CHARACTERS - 1] + "…"


def count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def span(length: timedelta) -> str:
    """Rounded up to whole minutes: "9 min", "2 h 05"."""
    minutes = -(-length // timedelta(minutes=1))
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02}"
