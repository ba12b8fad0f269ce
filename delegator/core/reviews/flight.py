"""The flight list: all that is open and all to-dos, with their whole new text, in as few mails as hold it.

It can be read without a network, and answered: what was decided on a plane arrives later, and in order. The
numbers run through all its parts, and a reply to any part means the numbers of that part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from ..commands.command import Grant, Line, Verb
from ..mail.display import html, one_line, plain
from .arrange import all_items
from .controls import Want, review_lines, wanted_controls
from .items import Item, Review, ReviewFacts
from .to_do import NEW_CHARACTERS, ToDo

LIST_OCTETS = 76_000
"""The largest mail: under 80 kB, as Gmail clips at 102 kB."""

MOST_LINES = 200
LIVES_ON = timedelta(hours=48)
"""How long after the landing what was decided on the plane still counts."""

_FRAME = 6_000
_ENTRY = 2_400  # the markup and our own words of an item, its three buttons and their labels
_LINE = 90  # the markup of a line of its text
_ENCODED = 1.42  # what base64 or quoted-printable makes of it, at most


@dataclass(frozen=True, slots=True)
class Part:
    """One mail of the list. number: of `of`. review: its items, numbered. to_dos: numbered on behind them.

    low: newsletters and the like, numbered, a line each. texts: by message, all that is new in it.
    """

    number: int
    of: int
    review: Review
    to_dos: tuple[ToDo, ...]
    low: tuple[Item, ...]
    texts: Mapping[int, str]

    @property
    def size(self) -> int:
        """How many entries it has."""
        return len(self.review.waiting) + len(self.to_dos) + len(self.low)


def text_of(item: Item, texts: Mapping[int, str]) -> str:
    """All that is new in its messages."""
    found = dict.fromkeys(text for message in item.messages if (text := texts.get(message.id, "").strip()))
    return "\n\n".join(found)


def shown_lines(text: str) -> Sequence[str]:
    """A text as lines fit to be shown, without those that are empty."""
    lines = (one_line(line, NEW_CHARACTERS) for line in text[:NEW_CHARACTERS].split("\n"))
    return [line for line in lines if line][:MOST_LINES]


def lay_out(facts: ReviewFacts, to_dos: Sequence[ToDo], texts: Mapping[int, str]) -> tuple[Part, ...]:
    """Every open item, then every to-do, then the newsletters; at least one part, which may be empty."""
    items = all_items(facts)
    urgent_enough = [item for item in items if item.priority != "low"]
    low = [item for item in items if item.priority == "low"]
    things: list[Item | ToDo] = [*urgent_enough, *to_dos, *low]
    groups: list[list[Item | ToDo]] = [[]]
    left = LIST_OCTETS - _FRAME
    for thing in things:
        cost = _cost(thing, texts)
        if cost > left and groups[-1]:
            groups.append([])
            left = LIST_OCTETS - _FRAME
        groups[-1].append(thing)
        left -= cost
    return _numbered(facts, groups, texts)


def halved(part: Part) -> tuple[Part, Part] | None:
    """The same in two, where a mail came out too large after all; None: it has one entry."""
    things: list[Item | ToDo] = [*part.review.waiting, *part.to_dos, *part.low]
    if len(things) < 2:
        return None
    middle = len(things) // 2
    first, second = _numbered(part.review.facts, [things[:middle], things[middle:]], part.texts)
    return first, second


def renumbered(parts: Iterable[Part]) -> tuple[Part, ...]:
    """With the numbers that run through all of them."""
    kept = list(parts)
    groups: list[list[Item | ToDo]] = [[*part.review.waiting, *part.to_dos, *part.low] for part in kept]
    return _numbered(kept[0].review.facts, groups, kept[0].texts)


def _numbered(
    facts: ReviewFacts, groups: Sequence[Sequence[Item | ToDo]], texts: Mapping[int, str]
) -> tuple[Part, ...]:
    parts, number = [], 1
    for index, group in enumerate(groups, 1):
        things: list[Item | ToDo] = []
        for thing in group:
            things.append(replace(thing, number=number))
            number += 1
        items = [thing for thing in things if isinstance(thing, Item)]
        review = Review(
            facts=replace(facts, handed=(), receipts=(), problems=()),
            waiting=tuple(item for item in items if item.priority != "low"),
            still_open=(),
            collapsed=(),
            rest=(),
        )
        to_dos = tuple(thing for thing in things if isinstance(thing, ToDo))
        low = tuple(item for item in items if item.priority == "low")
        parts.append(Part(index, len(groups), review, to_dos, low, texts))
    return tuple(parts)


def _cost(thing: Item | ToDo, texts: Mapping[int, str]) -> int:
    """Octets of the mail, HTML and plain text together, rather too many."""
    if isinstance(thing, Item) and thing.priority == "low":
        shown: Sequence[str] = [thing.subject, *thing.senders]
        own = 600
    else:
        text = text_of(thing, texts) if isinstance(thing, Item) else thing.new
        shown = [thing.subject, *shown_lines(text)]
        own = _ENTRY + _LINE * len(shown)
    return int(_ENCODED * (own + sum(len(html(line).encode()) + len(plain(line).encode()) for line in shown)))


def part_controls(part: Part) -> list[Want]:
    """Every button of a part; they live on after the landing."""
    facts = part.review.facts
    wants = wanted_controls(part.review)
    expires_at = max(facts.until_at or facts.now, facts.now) + LIVES_ON
    if facts.mode == "live":
        wants += [
            Want((to_do.number, Verb.DONE, None), Grant(Verb.DONE, None, to_do.messages, expires_at))
            for to_do in part.to_dos
        ]
        if part.low:
            ids = tuple(message.id for item in part.low for message in item.messages)
            wants.append(Want((0, Verb.BULK_DONE, None), Grant(Verb.BULK_DONE, None, ids, expires_at)))
    return [replace(want, grant=replace(want.grant, expires_at=expires_at)) for want in wants]


def part_lines(part: Part) -> list[Line]:
    """What the numbers of a part mean."""
    return [
        *review_lines(part.review),
        *(Line(to_do.number, to_do.messages) for to_do in part.to_dos),
        *(Line(item.number, tuple(message.id for message in item.messages)) for item in part.low),
    ]
