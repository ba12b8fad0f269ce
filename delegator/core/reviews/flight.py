"""The flight list: all that is open and all to-dos, with their whole new text, in as few mails as hold it.

It can be read without a network, and answered: what was decided on a plane arrives later, and in order. The
numbers run through all its parts, and a reply to any part means the numbers of that part. How much a mail
holds is measured on the mail itself: what scripts and encodings make of a text differs fourfold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from ..commands.command import Grant, Line, Verb
from ..hours.ended import ANSWERABLE_FOR
from ..mail.display import one_line
from .arrange import all_items
from .controls import Want, review_lines, wanted_controls
from .items import Item, Review, ReviewFacts
from .to_do import CUT, ToDo

LIST_OCTETS = 79_000
"""The largest mail: under 80 kB, as Gmail clips at 102 kB."""

MOST_LINES = 1_000
"""Of one entry: a mail of empty lines and single letters makes no book."""

_FIRST_GUESS = 16
_LEAST_CUT = 200  # characters: no mail of the list is without a word of what it is about


@dataclass(frozen=True, slots=True)
class Part:
    """One mail of the list. number: of `of`. review: its items, numbered. to_dos: numbered on behind them.

    low: newsletters and the like, numbered, a line each. texts: by number, all that is new in each, or what
    of it this mail holds. is_continued: the first entry began in the part before. goes_on: so does
    the last, in the next.
    """

    number: int
    of: int
    review: Review
    to_dos: tuple[ToDo, ...]
    low: tuple[Item, ...]
    texts: Mapping[int, str]
    is_continued: bool = False
    goes_on: bool = False

    @property
    def size(self) -> int:
        """How many entries it has."""
        return len(self.texts)

    @property
    def first(self) -> int:
        """The number of its first entry; 0 where it has none."""
        return min(self.texts, default=0)


@dataclass(frozen=True, slots=True)
class Piece:
    """An entry of a list, or as much of its text as one mail holds."""

    thing: Item | ToDo
    text: str
    is_continued: bool = False
    goes_on: bool = False


def text_of(item: Item, texts: Mapping[int, str]) -> str:
    """All that is new in its messages. texts: by message."""
    found = dict.fromkeys(text for message in item.messages if (text := texts.get(message.id, "").strip()))
    return "\n\n".join(found)


def shown_lines(text: str) -> Sequence[str]:
    """A text as lines fit to be shown, without those that are empty; it says where more is left out."""
    lines = [shown for line in text.split("\n") if (shown := one_line(line, len(line) + 1))]
    return lines if len(lines) <= MOST_LINES else [*lines[:MOST_LINES], CUT]


def lay_out(
    facts: ReviewFacts,
    to_dos: Sequence[ToDo],
    texts: Mapping[int, str],
    octets_of: Callable[[Part], int],
) -> tuple[Part, ...]:
    """Every open item, then every to-do, then the newsletters; at least one part, which may be empty.

    texts: by message. octets_of: how large the mail of a part is.
    """
    items = all_items(facts)
    pieces = [Piece(item, text_of(item, texts)) for item in items if item.priority != "low"]
    pieces += to_do_pieces(to_dos)
    pieces += [Piece(item, "") for item in items if item.priority == "low"]

    def fits(group: Sequence[Piece], number: int, _: int) -> bool:
        return octets_of(_part(facts, group, number, 99, 99)) <= LIST_OCTETS

    groups = filled(pieces, fits) or [[]]
    parts, number = [], 1
    for index, group in enumerate(groups, 1):
        parts.append(_part(facts, group, number, index, len(groups)))
        number = next_number(group, number)
    return tuple(parts)


def to_do_pieces(to_dos: Iterable[ToDo]) -> list[Piece]:
    """Each to-do with its whole text."""
    return [Piece(to_do, to_do.new) for to_do in to_dos]


Fits = Callable[[Sequence[Piece], int, int], bool]
"""Whether one mail holds these. Further: the number of the first, and which mail it is, from 0."""


def filled(pieces: Sequence[Piece], fits: Fits) -> list[list[Piece]]:
    """In as few mails as hold them, in order. An entry that no mail holds goes on in the next."""
    left, groups = list(pieces), list[list[Piece]]()
    number, guess = 1, _FIRST_GUESS
    while left:
        group, left = _taken(left, partial(_fits, fits, number, len(groups)), guess, is_first=not groups)
        groups.append(group)
        number, guess = next_number(group, number), max(len(group), 1)
    return groups


def _fits(fits: Fits, number: int, index: int, group: Sequence[Piece]) -> bool:
    return fits(group, number, index)


def _taken(
    left: list[Piece], fits: Callable[[Sequence[Piece]], bool], guess: int, *, is_first: bool
) -> tuple[list[Piece], list[Piece]]:
    """What the next mail holds, and what is left then."""
    count = _most(len(left), guess, lambda count: fits(left[:count]))
    if count:
        return left[:count], left[count:]
    if is_first and not fits([replace(left[0], text="")]):
        return [], left  # the first mail has so much else to say
    if not left[0].text:
        return left[:1], left[1:]  # nothing of it can be cut
    begun, rest = _cut(left[0], lambda piece: fits([piece]))
    return [begun], [rest, *left[1:]]


def next_number(group: Sequence[Piece], number: int) -> int:
    """That of the first entry behind these. number: of their first."""
    return number + len(group) - bool(group and group[-1].goes_on)


def numbers_of(group: Sequence[Piece], number: int) -> list[int]:
    """One for each: what goes on keeps its own."""
    return [number + index for index in range(len(group))]


def _most(at_most: int, guess: int, holds: Callable[[int], bool]) -> int:
    """The largest count that is held, where more never fits when less does not."""
    low, high = 0, at_most + 1
    count = min(guess, at_most)
    while high - low > 1:
        if holds(count):
            low = count
        else:
            high = count
        is_known = high <= at_most
        count = (low + high) // 2 if is_known else min(2 * max(low, 1), at_most)
    return low


def _cut(piece: Piece, holds: Callable[[Piece], bool]) -> tuple[Piece, Piece]:
    """As much of its text as a mail holds, up to the end of a line or a word, and the rest."""

    def begun(characters: int) -> Piece:
        return replace(piece, text=piece.text[:characters], goes_on=True)

    most = _most(len(piece.text) - 1, len(piece.text) // 2, lambda n: holds(begun(n)))
    most = max(most, min(_LEAST_CUT, len(piece.text)))
    ends = [piece.text.rfind(sign, most // 2, most) + 1 for sign in ("\n", " ")]
    most = next((end for end in ends if end), most)
    return begun(most), replace(piece, text=piece.text[most:], is_continued=True)


def _part(facts: ReviewFacts, group: Sequence[Piece], number: int, index: int, of: int) -> Part:
    numbers = numbers_of(group, number)
    things = [replace(piece.thing, number=n) for n, piece in zip(numbers, group, strict=True)]
    items = [thing for thing in things if isinstance(thing, Item)]
    review = Review(
        facts=replace(facts, handed=(), receipts=(), problems=()),
        waiting=tuple(item for item in items if item.priority != "low"),
        still_open=(),
        collapsed=(),
        rest=(),
    )
    return Part(
        number=index,
        of=of,
        review=review,
        to_dos=tuple(thing for thing in things if isinstance(thing, ToDo)),
        low=tuple(item for item in items if item.priority == "low"),
        texts={n: piece.text for n, piece in zip(numbers, group, strict=True)},
        is_continued=bool(group) and group[0].is_continued,
        goes_on=bool(group) and group[-1].goes_on,
    )


def part_controls(part: Part) -> list[Want]:
    """Every button of a part; they live on after the landing."""
    facts = part.review.facts
    wants = wanted_controls(part.review)
    expires_at = max(facts.until_at or facts.now, facts.now) + ANSWERABLE_FOR
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
