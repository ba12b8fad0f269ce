"""One line of a reply to a review: to what it asks for, or why it is not understood. Built from the tables.

    line      = clause *( separator clause ) [ courtesy ]
    clause    = verb numbers [ backup ] [ ":" note ]     f 3 7 · f 3 bram: please call today
              | numbers ( verb | backup ) [ ":" note ]   3 anna · 1 en 2 klaar
              | backup numbers [ ":" note ]              anna 3
              | "ok" [ numbers | all ] [ exception ]     ok behalve 3
              | all ( verb | "ok" ) [ exception ]        alles klaar
              | rest verb | verb rest                    k rest
              | exception                                maar 3 niet
    separator = "," | ";" | "." | "+" | "&" | and

A line is understood whole or not at all. What goes to a client stands behind a colon, and nowhere else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ..languages import LanguageTable, Phrases, in_all
from ..people import Backup
from .command import Verb


class Why(StrEnum):
    """Why a command was not understood, or not carried out."""

    NO_ORDER = "no_order"  # nothing in the reply reads as a command
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
    WITH_A_BACKUP = "with_a_backup"  # of a handover: it can be passed on, closed or taken back
    TOO_MUCH = "too_much"  # all that was asked for together
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
    """One clause, understood. numbers: as written, each once. is_rest: all that no other clause names.

    backup: a key; None: none named. note: of a forward what goes on top of it, of a to-do its remark.
    is_exception: these numbers are left as they are. is_everything: newsletters too.
    """

    verb: Verb | None
    numbers: tuple[int, ...]
    text: str = ""
    is_rest: bool = False
    backup: str | None = None
    note: str = ""
    is_exception: bool = False
    is_everything: bool = False


def plain(word: str) -> str:
    """Lower case, without accents and without the punctuation around it."""
    decomposed = unicodedata.normalize("NFD", word.casefold().replace("’", "'"))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).strip(".,:;!?()[]\"'")


# --- tokens -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Token:
    """kind: "number", "word", "colon", "separator", "dash", or "other". start, end: in the line."""

    kind: str
    text: str
    start: int
    end: int


_TOKEN = re.compile(
    r"(?P<number>#?[1-9]\d{0,4}(?![\d\w/+]|[.,]\d{3}))"
    r"|(?P<word>(?:[^\W\d_]|'(?=\w))(?:[^\W_]|['’-](?=\w)|/(?=[^\W\d]))*(?=[^\w@]|$))"
    r"|(?P<colon>:)|(?P<separator>[,;.&+)])|(?P<dash>-|–|—|\.\.)|(?P<other>\S+?(?=[\s:,;]|$))"
)
_GLUED = re.compile(r"\b([^\W\d_]{1,12})(#?\d)")  # "f3"


def _tokens(line: str) -> list[_Token]:
    return [
        _Token(match.lastgroup or "other", match[0], match.start(), match.end())
        for match in _TOKEN.finditer(line)
    ]


# --- words ------------------------------------------------------------------------------------------

_VERB_FIELDS: Mapping[Verb, str] = {
    Verb.FORWARD: "forward",
    Verb.TO_DO: "to_do",
    Verb.DONE: "done",
    Verb.LATER: "later",
    Verb.UNDO: "undo",
    Verb.WHOLE: "whole",
    Verb.PROPOSED: "ok",
}
_FOR_REST = (Verb.DONE, Verb.TO_DO, Verb.LATER)


def _folded(words: Phrases) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(map(plain, phrase.split())) for phrase in words)


def _field(name: str) -> Phrases:
    def of(table: LanguageTable) -> Phrases:
        words: Phrases = getattr(table, name)
        return words

    return in_all(of)


_VERBS: dict[tuple[str, ...], Verb] = {
    words: verb for verb, name in _VERB_FIELDS.items() for words in _folded(_field(name))
}
_REST = _folded(_field("the_rest"))
_ALL = _folded((*_field("everything"), *_field("both")))
_UNLESS = _folded(_field("unless"))
_CONTRAST = _folded(_field("contrast"))
_NOT = _folded(_field("negation"))
_AND = _folded(_field("conjunctions"))
_TOWARDS = _folded(_field("towards"))
_UNTIL = _folded(_field("until"))
_ARTICLES = _folded(_field("articles"))
_THANKS = _folded((*_field("thanks"), *_field("wishes"), *_field("sign_offs")))
_GREETINGS = _folded(_field("greetings"))
_COURTESIES = _folded(_field("courtesies"))
_LONGEST = 6  # words of a phrase
_MOST_NUMBERS = 500
_MOST_CLAUSES = 40
_NAME_WORDS = 3


class Names:
    """The names of these backups, by which a line may mean them; None where two have the same."""

    def __init__(self, backups: Mapping[str, Backup]) -> None:
        self._keys: dict[tuple[str, ...], str | None] = {}
        for key, backup in backups.items():
            for name in {key, backup.first_name, backup.name}:
                words = tuple(map(plain, name.split()))
                if any(words):
                    self._keys[words] = key if self._keys.get(words, key) == key else None

    def key(self, words: tuple[str, ...]) -> str | None:
        return self._keys.get(words)


# --- lines ------------------------------------------------------------------------------------------


def read_line(line: str, names: Names) -> list[Order] | Mistake:
    """What a line asks for. line: without its quotation marks and bullets. Linear, but for its numbers."""
    spaced = _GLUED.sub(_unglued, line)
    tokens = _tokens(spaced)
    if not tokens:
        return Mistake(Why.UNKNOWN_VERB, "", line.strip()[:40])
    reader = _Reader(spaced, tokens, names)
    orders = reader.line()
    if orders is None:
        return Mistake(reader.why, "", reader.detail)
    return [replace(order, text=line) for order in orders]


def _unglued(match: re.Match[str]) -> str:
    is_verb = (plain(match[1]),) in _VERBS
    return f"{match[1]} {match[2]}" if is_verb else match[0]


def is_courtesy(line: str, people: Iterable[str]) -> bool:
    """Whether a line greets, thanks, wishes or signs, and says nothing else. people: names that may sign."""
    tokens = _tokens(line)
    words = [plain(token.text) for token in tokens if token.kind == "word"]
    if any(token.kind == "number" for token in tokens):
        return False
    if not words:  # a smiley, a rule of dashes
        return not any(character.isalnum() for character in line)
    if "?" in line:
        return False
    own = {word for name in people for word in map(plain, name.split())}
    if own.issuperset(words):
        return True
    at, opened, unknown = 0, False, 0
    while at < len(words):
        greeted = _phrase_at(words, at, _GREETINGS)
        said = greeted or _phrase_at(words, at, _THANKS)
        if said:
            opened = True
        elif words[at] in own:
            said = 1
        elif not (said := _phrase_at(words, at, _COURTESIES)):
            if _phrase_at(words, at, frozenset(_VERBS)) or _phrase_at(words, at, _NOT | _UNLESS | _CONTRAST):
                return False
            unknown, said = unknown + 1, 1
        at += said
    return opened and unknown <= _NAME_WORDS


def _phrase_at(words: list[str], at: int, phrases: frozenset[tuple[str, ...]]) -> int:
    """How many words of the longest phrase stand there; 0: none."""
    for count in range(min(_LONGEST, len(words) - at), 0, -1):
        if tuple(words[at : at + count]) in phrases:
            return count
    return 0


@dataclass(slots=True)
class _Reader:
    """One line on its way to orders. why and detail: of what stood furthest along and was not understood."""

    text: str
    tokens: list[_Token]
    names: Names
    why: Why = Why.UNKNOWN_VERB
    detail: str = ""
    _furthest: int = -1
    _failed: set[tuple[int, int]] = field(default_factory=set)

    def line(self) -> list[Order] | None:
        return self._sequence(0, 0)

    def _sequence(self, at: int, depth: int) -> list[Order] | None:
        """Clauses from there to the end of the line."""
        if depth > _MOST_CLAUSES or (at, min(depth, 1)) in self._failed:
            return None
        for order, end in self._clauses(at, is_first=depth == 0):
            if self._is_end(end):
                return [order]
            for after in self._separated(end, order):
                following = self._sequence(after, depth + 1)
                if following is not None:
                    return [order, *following]
        self._failed.add((at, min(depth, 1)))
        return None

    # Clauses, the one that reaches furthest first

    def _clauses(self, at: int, *, is_first: bool) -> Iterator[tuple[Order, int]]:
        yield from self._exception(at)
        yield from self._of_all(at)
        if verb := self._match(at, frozenset(_VERBS)):
            yield from self._verb_first(_VERBS[self._words(at, verb)], at + verb)
        for numbers, end in self._numbers(at):
            yield from self._numbers_first(numbers, end)
        key, end = self._backup(at)
        if key is not None:
            for numbers, after in self._numbers(end):
                yield from self._told(Order(Verb.FORWARD, numbers, backup=key), after)
        if is_first and self._furthest < 0:
            self._fail(at, Why.UNKNOWN_VERB, self._raw(at))

    def _of_all(self, at: int) -> Iterator[tuple[Order, int]]:
        """ "ok", "alles ok", "alles klaar", "rest klaar"."""
        if rest := self._match(at, _REST):
            verb = self._match(at + rest, frozenset(_VERBS))
            if verb and (found := _VERBS[self._words(at + rest, verb)]) in _FOR_REST:
                yield Order(found, (), is_rest=True), at + rest + verb
            return
        every = self._match(at, _ALL)
        if every and (verb := self._match(at + every, frozenset(_VERBS))):
            found = _VERBS[self._words(at + every, verb)]
            if found in _FOR_REST or found is Verb.PROPOSED:
                yield Order(found, (), is_rest=True, is_everything=found is Verb.DONE), at + every + verb
            return
        count = self._match(at, frozenset(_VERBS))
        if count and _VERBS[self._words(at, count)] is Verb.PROPOSED:
            end = at + count
            for numbers, after in self._numbers(end):
                yield Order(Verb.PROPOSED, numbers), after
            comma = 1 if self._is_separator(end) and self._match(end + 1, _ALL) else 0
            every = self._match(end + comma, _ALL)
            yield Order(Verb.PROPOSED, (), is_rest=True), end + comma + every

    def _exception(self, at: int) -> Iterator[tuple[Order, int]]:
        """ "behalve 3", "maar 3 niet", "niet 3", "3 niet"."""
        lead = self._match(at, _UNLESS)
        negated = 0 if lead else self._match(at, _NOT)
        if lead or negated:
            for numbers, end in self._numbers(at + (lead or negated)):
                yield Order(None, numbers, is_exception=True), end + self._match(end, _NOT)
            if lead:
                self._fail(at + lead, Why.EXTRA_WORDS, self._rest_of(at))
            return
        start = at + self._match(at, _CONTRAST)
        for numbers, end in self._numbers(start):
            if count := self._match(end, _NOT):
                yield Order(None, numbers, is_exception=True), end + count
        if start > at and (count := self._match(start, _NOT)):  # "maar niet 3"
            for numbers, end in self._numbers(start + count):
                yield Order(None, numbers, is_exception=True), end

    def _verb_first(self, verb: Verb, at: int) -> Iterator[tuple[Order, int]]:
        if verb is Verb.PROPOSED:
            return
        at += self._match(at, _ARTICLES)
        rest = self._match(at, _REST)
        if rest and verb in _FOR_REST:
            yield Order(verb, (), is_rest=True), at + rest
            return
        backup = None
        if verb is Verb.FORWARD:
            key, end = self._backup(at)
            if key is not None:
                backup, at = key, end
        is_found = False
        for numbers, end in self._numbers(at):
            is_found = True
            yield from self._told(Order(verb, numbers, backup=backup), end)
        if not is_found:
            self._fail(at, Why.NO_NUMBER, "")

    def _numbers_first(self, numbers: tuple[int, ...], at: int) -> Iterator[tuple[Order, int]]:
        if self._kind(at) == "colon" or (self._kind(at) == "separator" and self._raw(at) in ".)"):
            at += 1
        if count := self._match(at, frozenset(_VERBS)):
            verb = _VERBS[self._words(at, count)]
            if verb is Verb.FORWARD:  # "3 naar bram"
                key, _ = self._backup(at)
                if key is not None:
                    yield from self._told(Order(verb, numbers), at)
            yield from self._told(Order(verb, numbers), at + count)
            return
        key, end = self._backup(at)
        if key is not None:
            yield from self._told(Order(Verb.FORWARD, numbers, backup=key), end)
        elif at < len(self.tokens):
            self._fail(at, Why.UNKNOWN_BACKUP, self._raw(at).strip(":,"))
        else:
            self._fail(at, Why.UNKNOWN_VERB, "")

    def _told(self, order: Order, at: int) -> Iterator[tuple[Order, int]]:
        """With its backup and its note, where there are any."""
        if order.verb is Verb.FORWARD and order.backup is None:
            key, end = self._backup(at)
            if key is not None:
                order, at = replace(order, backup=key), end
            elif self._is_word(at) and not self._match(
                at, _AND | _UNLESS | _CONTRAST | _THANKS | _COURTESIES
            ):
                self._fail(at, Why.UNKNOWN_BACKUP, self._raw(at).strip(":,"))
                return
        if self._kind(at) == "colon" and order.verb in (Verb.FORWARD, Verb.TO_DO):
            note = self.text[self.tokens[at].end :].strip()
            if not self._holds_orders(at + 1):
                yield replace(order, note=note), len(self.tokens)
            else:
                self._fail(at, Why.EXTRA_WORDS, note)
            return
        yield order, at
        if order.verb is Verb.TO_DO and at < len(self.tokens):  # a remark: it stays with the owner
            remark = self.text[self.tokens[at].start :].strip().lstrip(":,- ")
            if not self._holds_orders(at):
                yield replace(order, note=remark), len(self.tokens)

    def _holds_orders(self, at: int) -> bool:
        """Whether what should be a note ends in another order: "3 anna: please call, 4 klaar"."""
        if self._kind(at) == "number":
            return True
        probe = _Reader(self.text, self.tokens, self.names)
        for start in range(at, len(self.tokens)):
            if not self._is_separator(start):
                continue
            following = probe._sequence(start + 1, 1)
            if following is not None and any(order.numbers for order in following):
                return True
        return False

    # Parts

    def _numbers(self, at: int) -> Iterator[tuple[tuple[int, ...], int]]:
        """The numbers that stand there, and where they end; the longest list first."""
        at += self._match(at, _ARTICLES)
        found: dict[int, None] = {}
        ends: list[tuple[tuple[int, ...], int]] = []
        while self._kind(at) == "number":
            first = last = int(self._raw(at).lstrip("#"))
            at += 1
            until = 1 if self._kind(at) == "dash" else self._match(at, _UNTIL)
            if until and self._kind(at + until) == "number":
                last = int(self._raw(at + until).lstrip("#"))
                at += until + 1
            if last < first or len(found) + last - first > _MOST_NUMBERS:
                self._fail(at, Why.NO_NUMBER, "")
                break
            found.update(dict.fromkeys(range(first, last + 1)))
            ends.append((tuple(found), at))
            between = self._between(at)
            if between and self._kind(at + between) == "number":
                ends[-1] = (tuple(found), at)
                at += between
        yield from reversed(ends)

    def _between(self, at: int) -> int:
        """Commas and words for "and" between two numbers."""
        count = 0
        while self._is_separator(at + count) or self._match(at + count, _AND):
            count += self._match(at + count, _AND) or 1
        return count

    def _separated(self, at: int, before: Order) -> list[int]:
        """Where the next clause may begin. A contrast needs no comma: "ok maar 3 niet"."""
        count = self._between(at)
        if count and not before.note:
            return [at + count]
        return [at] if self._match(at, _UNLESS | _CONTRAST) or self._negates(at, before) else []

    def _negates(self, at: int, before: Order) -> bool:
        return before.is_rest and bool(self._match(at, _NOT))

    def _is_separator(self, at: int) -> bool:
        return self._kind(at) == "separator"

    def _is_end(self, at: int) -> bool:
        """Whether nothing more is said there but courtesies."""
        while at < len(self.tokens):
            count = self._match(at, _THANKS | _COURTESIES)
            if not count and self._kind(at) in ("separator", "dash"):
                count = 1
            if not count and self._kind(at) == "other" and not any(map(str.isalnum, self._raw(at))):
                count = 1
            if not count:
                self._fail(at, Why.EXTRA_WORDS, self._rest_of(at))
                return False
            at += count
        return True

    def _backup(self, at: int) -> tuple[str | None, int]:
        """The backup whose key, first name or name stands there, and where that ends."""
        at += self._match(at, _TOWARDS)
        words = [plain(token.text) for token in self.tokens[at : at + 5] if token.kind == "word"]
        for count in range(len(words), 0, -1):
            key = self.names.key(tuple(words[:count]))
            if key is not None and all(self._kind(at + i) == "word" for i in range(count)):
                return key, at + count
        return None, at

    def _match(self, at: int, phrases: Iterable[tuple[str, ...]]) -> int:
        """How many tokens of the longest of these phrases stand there; 0: none."""
        known = phrases if isinstance(phrases, frozenset) else frozenset(phrases)
        words: list[str] = []
        for token in self.tokens[at : at + _LONGEST]:
            if token.kind != "word":
                break
            words.append(plain(token.text))
        return _phrase_at(words, 0, known) if words else 0

    def _is_word(self, at: int) -> bool:
        return self._kind(at) in ("word", "other") and any(map(str.isalnum, self._raw(at)))

    def _words(self, at: int, count: int) -> tuple[str, ...]:
        return tuple(plain(token.text) for token in self.tokens[at : at + count])

    def _kind(self, at: int) -> str:
        return self.tokens[at].kind if at < len(self.tokens) else ""

    def _raw(self, at: int) -> str:
        return self.tokens[at].text if at < len(self.tokens) else ""

    def _rest_of(self, at: int) -> str:
        return self.text[self.tokens[at].start :].strip(" .!,;") if at < len(self.tokens) else ""

    def _fail(self, at: int, why: Why, detail: str) -> None:
        if at > self._furthest:
            self._furthest, self.why, self.detail = at, why, detail
