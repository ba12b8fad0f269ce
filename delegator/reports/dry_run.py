"""What `dry-run` reports: every message with what would become of it. `why` shows one of them, too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from itertools import islice
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ..core.rules.book import Priority
from ..core.triage.verdict import Disposition
from .json import to_json, utc_text

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from ..core.reviews.simulation import Simulated

WIDE = 120
"""Columns from which a decision fits on one row of a table."""

SOURCE_CHARACTERS = 40

NO_SENDER = "(no clear sender)"

_STYLES = {
    Disposition.FORWARD: "green",
    Disposition.REVIEW: "yellow",
    Disposition.PRIVATE: "magenta",
    Disposition.IGNORE: "dim",
    Disposition.OWN: "dim",
}


JSON_FIELDS = (
    *("source", "message_id", "from", "subject", "date"),
    *("disposition", "priority", "backup", "rule", "reason"),
)


class Decision(NamedTuple):
    """What would become of one message. Fields as in `dry-run --json`; at: its arrival."""

    source: str
    message_id: str | None
    from_: str | None
    subject: str | None  # None: of a private one
    at: datetime | None
    disposition: Disposition
    priority: Priority | None
    backup: str | None
    rule: str | None
    reason: str

    def to_dict(self) -> dict[str, str | None]:
        return dict(zip(JSON_FIELDS, self.json_values(), strict=True))

    def json_values(self) -> tuple[str | None, ...]:
        """In the order of JSON_FIELDS."""
        return (
            self.source,
            self.message_id,
            self.from_,
            self.subject,
            utc_text(self.at),
            self.disposition.value,
            self.priority,
            self.backup,
            self.rule,
            self.reason,
        )

    @property
    def outcome(self) -> str:
        """In two words: "forward anna", "review high"."""
        return " ".join(filter(None, (self.disposition.value, self.backup or self.priority)))


@dataclass(frozen=True, slots=True)
class DryRun:
    """Every message of a dry run with what would become of it, in the order of arrival.

    simulated: what the holiday would have been like; told to people, no part of the JSON. timezone:
    the owner's.
    """

    decisions: Sequence[Decision]
    # asyncio asks for the repr of what a main task returned, and every review of a year is in it.
    simulated: Simulated | None = field(default=None, repr=False)
    timezone: tzinfo = UTC

    def summary(self) -> dict[str, int]:
        return _summary(Counter(one.disposition for one in self.decisions))

    def to_dict(self) -> dict[str, Any]:
        return {"messages": [one.to_dict() for one in self.decisions], "summary": self.summary()}

    def json_pieces(self) -> Iterator[str]:
        """What `to_json` makes of `to_dict`, some at a time: a year is never held as text."""
        yield '{\n  "messages": ['
        decisions, begin = iter(self.decisions), ""
        counts: Counter[Disposition] = Counter()
        while some := list(islice(decisions, _TOGETHER)):
            counts.update(one.disposition for one in some)
            yield begin + ",".join(map(_json_text, some))
            begin = ","
        summary = to_json(_summary(counts)).replace("\n", "\n  ")
        yield ("\n  " if self.decisions else "") + f'],\n  "summary": {summary}\n}}'

    def summary_text(self) -> str:
        counts = self.summary()
        received = counts.pop("received")
        if not received:
            return "No messages."
        parts = ", ".join(f"{count} {name}" for name, count in counts.items())
        return f"{received} {'message' if received == 1 else 'messages'}: {parts}"

    def print(self, console: Console) -> None:
        """To a terminal or a file, in the console's width; a table's row each where that is wide."""
        from rich.text import Text

        lines = (_rows if console.width >= WIDE else _blocks)(self.decisions, console, self.timezone)
        while some := list(islice(lines, _TOGETHER)):
            _print_lines(some, console)
        console.print(Text(self.summary_text(), style="bold"))
        if self.decisions and self.simulated is not None:
            from .simulated import print_simulated

            print_simulated(self.simulated, self.timezone, console)


_TOGETHER = 200
"""Decisions, or lines of them, that are written at once."""


def _summary(counts: Counter[Disposition]) -> dict[str, int]:
    return {"received": counts.total(), **{one.value: counts[one] for one in Disposition}}


def _json_text(decision: Decision) -> str:
    values = decision.json_values()
    return _JSON % tuple(["null" if value is None else encode_basestring_ascii(value) for value in values])


_JSON = "\n    {\n" + ",\n".join(f'      "{name}": %s' for name in JSON_FIELDS) + "\n    }"


Piece: TypeAlias = "str | tuple[str, str] | Text"
"""A part of a line, of which many are written: a text, or one with its style, or what was made of them."""

Line: TypeAlias = tuple[Piece, ...]


def _print_lines(lines: Iterable[Line], console: Console) -> None:
    """As they are: they fit already."""
    plain = [_plain(line).rstrip() for line in lines]
    # To a file there is nothing to style, and in most lines nothing to mend.
    if console.color_system is None and "".join(plain).isprintable():
        console.file.write("".join(f"{line}\n" for line in plain))
        return
    from rich.text import Text

    styled = [Text.assemble(*line) for line in lines]
    for line in styled:
        line.rstrip()
    console.print(Text("\n").join(styled), soft_wrap=True)


def _plain(line: Line) -> str:
    return "".join(
        piece if isinstance(piece, str) else piece[0] if isinstance(piece, tuple) else piece.plain
        for piece in line
    )


def _rows(decisions: Iterable[Decision], console: Console, zone: tzinfo) -> Iterator[Line]:
    """Arrival, sender, subject, decision, and why, which may take further lines in its column."""
    widths = (16, console.width // 6, console.width // 4, 16)
    rest = console.width - sum(widths) - 2 * len(widths)
    titles = zip(("Arrived", "From", "Subject", "Decision"), widths, strict=True)
    head = "  ".join(_fit(title, width) for title, width in titles)
    yield ((f"{head}  Why", "bold"),)
    for one in decisions:
        cells = (_minute(one.at, zone), one.from_ or NO_SENDER, _subject(one), one.outcome)
        when, sender, subject, outcome = map(_fit, cells, widths)
        first, *others = _wrapped(_why(one), console, rest)
        yield f"{when}  {sender}  {subject}  ", (outcome, _STYLES[one.disposition]), "  ", *first
        for line in others:
            yield " " * (console.width - rest), *line


def _blocks(decisions: Iterable[Decision], console: Console, zone: tzinfo) -> Iterator[Line]:
    """A line that says who and what, and below it, indented, the decision and why."""
    width = console.width - 4
    of_sender = (width - 16) * 2 // 5
    of_subject = width - 16 - of_sender
    for one in decisions:
        sender = _fit(one.from_ or NO_SENDER, of_sender)
        subject = _fit(_subject(one), of_subject).rstrip()
        yield (f"{_minute(one.at, zone):16}  {sender}  {subject}",)
        decision = ((one.outcome, _STYLES[one.disposition]), ": ", *_why(one))
        for line in _wrapped(decision, console, width):
            yield "    ", *line


def _subject(decision: Decision) -> str:
    return "(private)" if decision.subject is None else decision.subject


def _why(decision: Decision) -> Line:
    """The reason, and in brackets where the message is: of a long path the end."""
    source = decision.source
    if len(source) > SOURCE_CHARACTERS:
        source = "…" + source[1 - SOURCE_CHARACTERS :]
    return decision.reason, " ", (f"({source})", "dim")


def _wrapped(line: Line, console: Console, width: int) -> Iterable[Line]:
    """In lines of so many columns."""
    plain = _plain(line)
    if len(plain) <= width and _is_simple(plain):
        return (line,)
    from rich.text import Text

    return [(each,) for each in Text.assemble(*line).wrap(console, width)]


def _fit(text: str, width: int) -> str:
    """Text in exactly so many columns; what is too long ends in an ellipsis."""
    if _is_simple(text):
        return text.ljust(width) if len(text) <= width else text[: width - 1] + "…"
    from rich.cells import cell_len, set_cell_size

    return set_cell_size(text, width) if cell_len(text) <= width else set_cell_size(text, width - 1) + "…"


def _is_simple(text: str) -> bool:
    """Whether each of its characters takes a column, as in nearly all mail: that need not be looked up."""
    return text.isascii() and text.isprintable()


def _minute(moment: datetime | None, zone: tzinfo) -> str:
    if moment is None:
        return "(no date)"
    try:
        moment = moment.astimezone(zone)
    except OverflowError:  # the last day of the year 9999, from a mail's own Date
        pass
    return f"{moment:%Y-%m-%d %H:%M}"
