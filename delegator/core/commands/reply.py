"""A reply to a review, in the owner's words, to orders and mistakes; and the note in a button's mail.

Only what stands above, below or without the quote counts, and only as far as it reads as orders: a
signature commands nothing. A line that is not understood whole has no effect and is told.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum

from ..mail.excerpt import unquoted_lines
from ..people import Backup
from .command import NOTE_MARK, Line, Verb

MOST_LINES = 200
LINE_CHARACTERS = 300
NOTE_LINES = 2
"""A forward carries at most three lines in the owner's voice, and one is ours."""


class Why(StrEnum):
    """Why an order was not understood, or not carried out."""

    NO_ORDER = "no_order"  # nothing in the reply reads as an order
    UNKNOWN_VERB = "unknown_verb"  # detail: the word
    UNKNOWN_BACKUP = "unknown_backup"  # detail: the word
    UNKNOWN_NUMBER = "unknown_number"  # detail: the number
    NO_NUMBER = "no_number"
    CONTRADICTION = "contradiction"  # detail: the number
    EXTRA_WORDS = "extra_words"  # detail: the words
    NOTHING_PROPOSED = "nothing_proposed"
    ALREADY_FORWARDED = "already_forwarded"  # detail: to whom
    BACKUP_AWAY = "backup_away"  # detail: who
    NOBODY_THERE = "nobody_there"
    HAS_NEWER = "has_newer"  # it was decided before, and a later mail of its conversation waits
    GONE = "gone"  # the message is no longer where it was
    NO_DATES = "no_dates"  # a backup's "not from … to …" without dates
    NOT_DONE = "not_done"  # a bug of ours


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something without effect. text: the line as written; of a button or a move, what it was about."""

    why: Why
    text: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """One line, understood. numbers: as written, each once. is_rest: all that no other line names.

    backup: a key; None: none named. note: of a forward what goes on top of it, of a to-do its remark.
    """

    verb: Verb
    numbers: tuple[int, ...]
    text: str
    is_rest: bool = False
    backup: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """What becomes of one numbered item: an order's, or as proposed. is_bulk: no line names it itself."""

    verb: Verb
    line: Line
    backup: str | None
    note: str
    text: str
    is_bulk: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A reply understood against its review: each item is in `decided` once at most."""

    decided: tuple[Decided, ...]
    mistakes: tuple[Mistake, ...]


def read_reply(text: str, lines: Sequence[Line], backups: Mapping[str, Backup]) -> Reading:
    """What a reply asks for. text: the body as text. lines: of the review that it answers.

    Linear in the text; never raises.
    """
    orders, mistakes = parse_orders(text, backups)
    return _resolve(orders, mistakes, lines)


# --- lines to orders --------------------------------------------------------------------------------


def parse_orders(text: str, backups: Mapping[str, Backup]) -> tuple[list[Order], list[Mistake]]:
    """The orders in a reply, in order, and the lines that were meant as one and are none."""
    words = _Words(backups)
    orders: list[Order] = []
    mistakes: list[Mistake] = []
    greeting: Mistake | None = None
    for raw in unquoted_lines(_BREAK.sub("\n", text))[:MOST_LINES]:
        line = unicodedata.normalize("NFKC", raw[:LINE_CHARACTERS]).strip(" \t*•-")
        if not line or _UNDECIDED.fullmatch(line):
            continue
        read = words.read(line)
        if isinstance(read, Order):
            orders.append(replace(read, text=line))
        elif _is_attempt(line, words):
            mistakes.append(replace(read, text=line))
        elif orders or mistakes or greeting:
            break  # a name, a signature: nothing below commands
        else:
            greeting = replace(read, text=line)
    if not orders and not mistakes:
        mistakes.append(greeting or Mistake(Why.NO_ORDER, ""))
    return orders, mistakes


def _is_attempt(line: str, words: _Words) -> bool:
    """Whether a line that is no order was meant as one: a number of at most three digits is near its
    beginning, or it begins with a verb."""
    first = line.split(maxsplit=1)[0]
    return bool(_ATTEMPT.match(line)) or words.verb(first) is not None


_UNDECIDED = re.compile(r"\d{1,5}\s*\?")  # as a review fills in where it proposes nothing
_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)  # some versions of iOS write it into a mailto's body
_ATTEMPT = re.compile(r"(?:\D{1,20}\s)?#?\d{1,3}(?!\d)")
_NUMBERS = re.compile(
    r"#?([1-9]\d{0,4})(?:\s*(?:-|–|—|\.\.|\bt/m\b|\btot\b|\bto\b|\bbis\b|\bà\b)\s*#?([1-9]\d{0,4}))?"
    r"(?![\w/+])\s*[.)]?(?:\s*(?:[,;&+]|\b(?:en|and|et|und)\b))?\s*",
    re.IGNORECASE,
)
_MOST_NUMBERS = 500

_VERBS: dict[Verb, str] = {
    Verb.FORWARD: "f fwd fw forward doorsturen doorstuur stuur naar geef give transférer transfère "
    "faire-suivre weiterleiten weiter",
    Verb.TO_DO: "t taak task todo to-do tâche aufgabe",
    Verb.DONE: "k klaar done gedaan ok-weg fait terminé traité fertig erledigt",
    Verb.LATER: "l later straks plus-tard später",
    Verb.UNDO: "u undo ongedaan herstel terug annuler annule rückgängig zurück",
    Verb.PROPOSED: "ok oké okay okee akkoord d'accord einverstanden",
}
_TWO_WORDS = {"plus tard": "plus-tard", "to do": "to-do", "faire suivre": "faire-suivre"}
_REST = frozenset({"rest", "reste", "restant", "übrige", "others", "alle-andere"})
_FOR_REST = (Verb.DONE, Verb.TO_DO, Verb.LATER)
_POLITE = frozenset(
    ("", "alles", "all", "tout", "alle", "thanks", "thank you", "bedankt", "dank je", "merci", "danke")
)
_ARTICLES = re.compile(r"(?:de|het|the|le|la|den|die|das)\s+", re.IGNORECASE)


def _plain(word: str) -> str:
    """Lower case, without accents and without the punctuation at its end."""
    decomposed = unicodedata.normalize("NFD", word.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).strip(".,:;!?()[]\"'’")


_VERB_OF = {_plain(word): verb for verb, words in _VERBS.items() for word in words.split()}
_REST_WORDS = frozenset(map(_plain, _REST))


@dataclass(frozen=True, slots=True)
class _Words:
    """The grammar of one line, with the names of these backups."""

    backups: Mapping[str, Backup]
    _names: dict[str, str | None] = field(default_factory=dict)  # None: two have it

    def __post_init__(self) -> None:
        for key, backup in self.backups.items():
            for name in {_plain(key), _plain(backup.first_name), _plain(backup.name)} - {""}:
                self._names[name] = key if self._names.get(name, key) == key else None

    def verb(self, word: str) -> Verb | None:
        return _VERB_OF.get(_plain(word))

    def read(self, line: str) -> Order | Mistake:
        """One line; the text of what it returns is filled in by the caller."""
        for two, one in _TWO_WORDS.items():
            if line[: len(two)].casefold() == two:
                line = one + line[len(two) :]
        first, _, rest = line.partition(" ")
        verb = self.verb(first)
        if verb is None:
            numbers, after = _numbers(line)
            if numbers:
                return self._number_first(numbers, after.lstrip(": "))
            if _plain(first) in _REST_WORDS and (verb := self.verb(rest)) in _FOR_REST:
                return Order(verb, (), "", is_rest=True)
            together = _GLUED.fullmatch(first)  # "f3"
            if together is None or (verb := self.verb(together[1])) is None:
                backup = self._names.get(_plain(first))
                numbers, after = _numbers(rest)
                if backup is not None and numbers:  # "anna 3"
                    return self._order(Verb.FORWARD, numbers, after, backup)
                return Mistake(Why.UNKNOWN_VERB, "", first)
            rest = f"{together[2]} {rest}"
        rest = rest.strip()
        if verb is Verb.PROPOSED:
            return self._proposed(rest)
        bare = _ARTICLES.sub("", rest, count=1) if _ARTICLES.match(rest) else rest
        if _plain(bare) in _REST_WORDS:
            if verb in _FOR_REST:
                return Order(verb, (), "", is_rest=True)
            return Mistake(Why.NO_NUMBER, "")
        backup = None
        if verb is Verb.FORWARD and (named := self._backup(rest)):  # "naar anna 3"
            backup, rest = named
        numbers, after = _numbers(rest)
        if not numbers:
            return Mistake(Why.NO_NUMBER, "")
        return self._order(verb, numbers, after, backup)

    def _proposed(self, rest: str) -> Order | Mistake:
        if _plain(rest) in _POLITE:
            return Order(Verb.PROPOSED, (), "", is_rest=True)
        numbers, after = _numbers(rest)
        if numbers and not after:
            return Order(Verb.PROPOSED, numbers, "")
        return Mistake(Why.EXTRA_WORDS, "", after or rest)

    def _number_first(self, numbers: tuple[int, ...], rest: str) -> Order | Mistake:
        """As in "3 anna" and "2 taak morgen bellen"."""
        for two, one in _TWO_WORDS.items():
            if rest[: len(two)].casefold() == two:
                rest = one + rest[len(two) :]
        word, _, after = rest.partition(" ")
        if not word:
            return Mistake(Why.NO_NUMBER if not numbers else Why.UNKNOWN_VERB, "", "")
        verb = self.verb(word)
        if verb is Verb.PROPOSED:
            return Mistake(Why.EXTRA_WORDS, "", after) if after.strip() else Order(verb, numbers, "")
        if verb is not None:
            return self._order(verb, numbers, after.strip(), None)
        return self._order(Verb.FORWARD, numbers, rest, None)

    def _order(self, verb: Verb, numbers: tuple[int, ...], after: str, backup: str | None) -> Order | Mistake:
        after = after.strip()
        if verb is Verb.TO_DO:
            return Order(verb, numbers, "", note=after.lstrip(":,- "))
        if verb is not Verb.FORWARD:
            said = after.strip(" .!,;")
            return Mistake(Why.EXTRA_WORDS, "", said) if said else Order(verb, numbers, "")
        if backup is None and after and not after.startswith(":"):
            found = self._backup(after)
            if found is None:  # a slip of the thumb must not send it to somebody else
                return Mistake(Why.UNKNOWN_BACKUP, "", after.split()[0].strip(":,"))
            backup, after = found
        note = after.lstrip(":,- ").strip()
        if note[:1].isdigit():
            return Mistake(Why.EXTRA_WORDS, "", note)
        return Order(verb, numbers, "", backup=backup, note=note)

    def _backup(self, text: str) -> tuple[str, str] | None:
        """The backup whose key, first name or name the text begins with, and what follows."""
        text = _ARTICLE_TO.sub("", text, count=1)
        words = text.split()
        for count in range(min(5, len(words)), 0, -1):
            key = self._names.get(_plain(" ".join(words[:count])))
            if key is not None:
                return key, " ".join(words[count:])
        return None


_GLUED = re.compile(r"([^\W\d]+)(\d.*)")
_ARTICLE_TO = re.compile(r"(?:naar|to|à|an|->|→)\s+", re.IGNORECASE)


def _numbers(text: str) -> tuple[tuple[int, ...], str]:
    """The numbers with which a text begins, each once, and what follows; ("3 7", "3,7", "3-5", "3 en 7").

    None that begins with a zero: that is a telephone's.
    """
    found: dict[int, None] = {}
    at = 0
    while match := _NUMBERS.match(text, at):
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first or len(found) + last - first > _MOST_NUMBERS:
            return (), text
        found.update(dict.fromkeys(range(first, last + 1)))
        at = match.end()
    return tuple(found), text[at:]


# --- orders to items --------------------------------------------------------------------------------


def _resolve(orders: Iterable[Order], mistakes: Iterable[Mistake], lines: Sequence[Line]) -> Reading:
    """Which items each order means. A line that names a number that is not there does nothing at all."""
    told = list(mistakes)
    by_number = {line.number: line for line in lines if line.number}
    sound = []
    for order in orders:
        missing = [number for number in order.numbers if number not in by_number]
        if missing:
            told.append(Mistake(Why.UNKNOWN_NUMBER, order.text, str(missing[0])))
        else:
            sound.append(order)
    # What a faulty line names is not "the rest": it was meant for something else.
    named = {int(number) for each in told for number in re.findall(r"\d{1,5}", each.text)}
    wanted: dict[int, Order] = {}
    contradicted: set[int] = set()
    for order in (order for order in sound if not order.is_rest):
        for number in order.numbers:
            before = wanted.setdefault(number, order)
            if (before.verb, before.backup) != (order.verb, order.backup):
                contradicted.add(number)
    for number in sorted(contradicted):
        text = " / ".join(dict.fromkeys(o.text for o in sound if number in o.numbers))
        told.append(Mistake(Why.CONTRADICTION, text, str(number)))
        del wanted[number]
    rests = {order.verb: order for order in sound if order.is_rest}
    for verb, order in rests.items():
        others = [o for o in rests.values() if o.verb is not verb and o.verb is not Verb.PROPOSED]
        if verb is not Verb.PROPOSED and others:
            told.append(Mistake(Why.CONTRADICTION, order.text))
    if any(each.why is Why.CONTRADICTION and not each.detail for each in told):
        rests = {}
    free = [n for n in by_number if n not in wanted and n not in contradicted and n not in named]
    if proposed := rests.pop(Verb.PROPOSED, None):
        taken = [number for number in free if by_number[number].verb is not None]
        wanted.update(dict.fromkeys(taken, proposed))
        free = [number for number in free if number not in taken]
        if not taken and not rests and not any(order.numbers for order in sound):
            told.append(Mistake(Why.NOTHING_PROPOSED, proposed.text))
    for order in rests.values():
        wanted.update(dict.fromkeys(free, order))
    decided = []
    for number, order in wanted.items():
        line = by_number[number]
        if order.verb is not Verb.PROPOSED:
            decided.append(
                Decided(order.verb, line, order.backup, order.note, order.text, is_bulk=order.is_rest)
            )
        elif line.verb is not None:
            decided.append(Decided(line.verb, line, line.backup, "", order.text, is_bulk=order.is_rest))
        else:
            told.append(Mistake(Why.NOTHING_PROPOSED, order.text, str(number)))
    return Reading(tuple(decided), tuple(told))


# --- a button's mail --------------------------------------------------------------------------------


def note_of(text: str) -> str:
    """What the owner wrote behind NOTE_MARK: on that line, and on those right below; "" if nothing.

    A signature stands below an empty line.
    """
    lines = unquoted_lines(_BREAK.sub("\n", text))
    for at, line in enumerate(lines):
        if NOTE_MARK not in line[:LINE_CHARACTERS]:
            continue
        kept = [line.partition(NOTE_MARK)[2].strip()]
        for below in lines[at + 1 : at + 1 + NOTE_LINES]:
            if not below.strip():
                break
            kept.append(below.strip())
        written = [each[:LINE_CHARACTERS] for each in kept if each]
        return "\n".join(written[:NOTE_LINES])
    return ""


# --- a backup's "not from … to …" -------------------------------------------------------------------

_DATE = re.compile(
    r"(?<![\d/.-])(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}))?)(?!\d)"
)


def dates_of(text: str, today: date) -> tuple[date, date] | None:
    """The first and last day of which it speaks: the first two dates; None if it names fewer.

    Day before month. Without a year: the next such day, or one of the last four weeks.
    """
    found: list[date] = []
    for line in unquoted_lines(_BREAK.sub("\n", text))[:MOST_LINES]:
        for match in _DATE.finditer(line[:LINE_CHARACTERS]):
            if (day := _date_of(match, today)) is not None:
                found.append(day)
    if len(found) < 2 or found[1] < found[0]:
        return None
    return found[0], found[1]


def _date_of(match: re.Match[str], today: date) -> date | None:
    try:
        if match[1]:
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match[6]:
            return date(int(match[6]), int(match[5]), int(match[4]))
        day = date(today.year, int(match[5]), int(match[4]))
        return day if day >= today - timedelta(weeks=4) else day.replace(year=today.year + 1)
    except ValueError:
        return None
