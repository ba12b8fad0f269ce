"""One line of a reply to a review: to what it asks for, or why it is not understood. Built from the tables.

    line      = clause *( separator clause ) [ courtesy ]
    clause    = verb numbers [ backup ] [ ":" note ]     f 3 7 · stuur 3 door naar bram: please call today
              | numbers ( verb | backup ) [ ":" note ]   3 anna · 1 en 2 klaar · 3 mag naar anna
              | backup [ takes ] numbers [ ":" note ]    anna 3 · anna mag 1, 2 en 6 doen
              | keep numbers [ later ] | put numbers to-do | numbers myself | numbers likewise
              | "ok" [ numbers | all ] [ exception ]     ok behalve 3
              | all ( verb | "ok" ) [ exception ]        alles klaar
              | rest verb | verb rest                    k rest
              | exception                                maar 3 niet
    separator = "," | ";" | "." | "+" | "&" | "!" | a pictogram | and; none between "1 anna 2 bram"

A line is understood whole or not at all; one with a question mark commands nothing. What goes to a client
stands behind a colon, and nowhere else. A slip of the pen is seen through where the verb can be undone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from .command import Verb
from .vocabulary import (
    ALL,
    AND,
    ARTICLES,
    CAN_BE_MEANT,
    CONTRAST,
    COPULAS,
    COURTESIES,
    FEWEST_LETTERS,
    FOR_REST,
    FORWARD_ENDS,
    GLUED,
    GOOD,
    IN_PASSING,
    KEEP,
    LATER,
    LIKEWISE,
    LONGEST,
    MOST_CLAUSES,
    MOST_NUMBERS,
    MYSELF,
    NOT,
    NUMBER_WORDS,
    PLEASE,
    PUT,
    REST,
    TAKES,
    TAKES_END,
    THANKS,
    TOWARDS,
    UNLESS,
    UNTIL,
    VERBS,
    Names,
    Token,
    is_slip,
    phrase_at,
    plain,
    tokens_of,
)


class Why(StrEnum):
    """Why a command was not understood, or not carried out."""

    NO_COMMAND = "no_order"  # nothing in the reply reads as a command
    UNKNOWN_VERB = "unknown_verb"  # detail: the word
    UNKNOWN_BACKUP = "unknown_backup"  # detail: the word
    UNKNOWN_NUMBER = "unknown_number"  # detail: the number
    NO_NUMBER = "no_number"
    CONTRADICTION = "contradiction"  # detail: the number
    EXTRA_WORDS = "extra_words"  # detail: the words
    ASKS = "asks"  # "3 anna?"
    NOTHING_PROPOSED = "nothing_proposed"
    ALREADY_FORWARDED = "already_forwarded"  # detail: to whom
    HELD_UP = "held_up"  # its forward was tried, and cannot go yet; detail: to whom
    BACKUP_AWAY = "backup_away"  # detail: who
    NOBODY_THERE = "nobody_there"
    HAS_NEWER = "has_newer"  # it was decided before, and a later mail of its conversation waits
    WITH_A_BACKUP = "with_a_backup"  # of a handover: it can be passed on, closed or taken back
    TOO_MUCH = "too_much"  # all that was asked for together
    GONE = "gone"  # the message is no longer where it was
    NO_DATES = "no_dates"  # a backup's "not from … to …" without dates
    NOT_DONE = "not_done"  # a bug of ours
    TRIAL = "trial"  # in one nothing is carried out


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something without effect. text: the line as written; of a button or a move, what it was about."""

    why: Why
    text: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """One clause, understood. numbers: as written, each once. is_rest: all that no other clause names.

    backup: a key; None: none named. note: of a forward what goes on top of it, of a to-do its remark.
    is_exception: these numbers are left as they are. is_everything: newsletters too. is_in_passing: words
    like "prima" that mean "as proposed" only where the reply commands nothing else.
    """

    verb: Verb | None
    numbers: tuple[int, ...]
    text: str = ""
    is_rest: bool = False
    backup: str | None = None
    note: str = ""
    is_exception: bool = False
    is_everything: bool = False
    is_in_passing: bool = False


# --- lines ------------------------------------------------------------------------------------------


_ARROW = re.compile(r"(\d)\s?(?:-+>|=+>|→)\s?")  # "6 -> bram"


def read_line(line: str, names: Names) -> list[Command] | Mistake:
    """What a line asks for. line: without its quotation marks and bullets. Linear, but for its numbers."""
    spaced = _ARROW.sub(r"\1 to ", GLUED.sub(_unglued, line))
    tokens = tokens_of(spaced)
    if not tokens:
        return Mistake(Why.UNKNOWN_VERB, "", line.strip()[:40])
    reader = _Reader(spaced, tokens, names)
    commands = reader.line()
    if commands is None:
        if (figures := _in_figures(tokens)) != tokens and _Reader(spaced, figures, names).line() is not None:
            return Mistake(Why.NO_NUMBER, "")  # "two to anna": number 2, or two of them?
        return Mistake(reader.why, "", reader.detail)
    note = next((command.note for command in commands if command.note), "")
    commands = _with_likewise(commands)
    if commands is None:
        return Mistake(Why.UNKNOWN_VERB, "", line.strip()[:40])
    if "?" in (line.rpartition(note)[0] if note else line):  # "3 anna?" asks, and commands nothing
        return Mistake(Why.ASKS, "")
    return [replace(command, text=line) for command in commands]


def _in_figures(tokens: list[Token]) -> list[Token]:
    figures = ((token, NUMBER_WORDS.get(plain(token.text))) for token in tokens)
    return [replace(token, kind="number", text=figure) if figure else token for token, figure in figures]


def _unglued(match: re.Match[str]) -> str:
    is_verb = (plain(match[1]),) in VERBS
    return f"{match[1]} {match[2]}" if is_verb else match[0]


def _with_likewise(commands: list[Command]) -> list[Command] | None:
    """ "1 anna, 2 ook": the same as of the clause before; None where there is none that can be meant."""
    found: list[Command] = []
    for command in commands:
        if command.verb is None and not command.is_exception:
            before = found[-1] if found else None
            if before is None or before.verb is None or before.is_rest or before.note:
                return None
            command = replace(before, numbers=command.numbers)
        found.append(command)
    return found


@dataclass(slots=True)
class _Reader:
    """One line on its way to commands. why, detail: what stood furthest along and was not understood."""

    text: str
    tokens: list[Token]
    names: Names
    why: Why = Why.UNKNOWN_VERB
    detail: str = ""
    _furthest: int = -1
    _failed: set[tuple[int, int]] = field(default_factory=set)

    def line(self) -> list[Command] | None:
        return self._sequence(0, 0)

    def _sequence(self, at: int, depth: int) -> list[Command] | None:
        """Clauses from there to the end of the line."""
        if depth > MOST_CLAUSES or (at, min(depth, 1)) in self._failed:
            return None
        at += self._match(at, PLEASE)
        for command, end in self._clauses(at, is_first=depth == 0):
            if self._is_end(end):
                return [command]
            for after in self._separated(end, command, is_numbered=self._kind(at) == "number"):
                following = self._sequence(after, depth + 1)
                if following is not None:
                    return [command, *following]
        self._failed.add((at, min(depth, 1)))
        return None

    # Clauses, the one that reaches furthest first

    def _clauses(self, at: int, *, is_first: bool) -> Iterator[tuple[Command, int]]:
        yield from self._exception(at)
        yield from self._kept(at)
        yield from self._of_all(at)
        if put := self._match(at, PUT):
            for numbers, end in self._numbers(at + put):
                yield from self._numbers_first(numbers, end, only=(Verb.TO_DO,))
        if verb := self._match(at, frozenset(VERBS)):
            yield from self._verb_first(VERBS[self._words(at, verb)], at + verb)
        elif (meant := self._meant(at)) is not None:
            yield from self._verb_first(meant, at + 1)
        for numbers, end in self._numbers(at):
            yield from self._numbers_first(numbers, end)
        key, end = self._backup(at)
        if key is not None:
            colon = 1 if self._kind(end) == "colon" and self._kind(end + 1) == "number" else 0
            takes = colon or self._match(end, TAKES)
            for numbers, after in self._numbers(end + takes):
                done = 0 if colon or not takes else self._match(after, TAKES_END)
                yield from self._told(Command(Verb.FORWARD, numbers, backup=key), after + done)
        if is_first and self._furthest < 0:
            self._fail(at, Why.UNKNOWN_VERB, self._raw(at))

    def _of_all(self, at: int) -> Iterator[tuple[Command, int]]:
        """ "ok", "alles ok", "alles klaar", "rest klaar"."""
        if rest := self._match(at, REST):
            rest += self._match(at + rest, COPULAS)
            verb = self._match(at + rest, frozenset(VERBS))
            found = VERBS[self._words(at + rest, verb)] if verb else None
            if found in FOR_REST or found is Verb.PROPOSED:
                yield Command(found, (), is_rest=True), at + rest + verb
            return
        every = self._match(at, ALL)
        every += self._match(at + every, COPULAS) if every else 0
        if every and (verb := self._match(at + every, frozenset(VERBS))):
            found = VERBS[self._words(at + every, verb)]
            in_passing = self._words(at + every, verb) in IN_PASSING
            if found in FOR_REST or found is Verb.PROPOSED:
                command = Command(found, (), is_rest=True, is_in_passing=in_passing)
                yield replace(command, is_everything=found is Verb.DONE), at + every + verb
            return
        if every and (good := self._match(at + every, GOOD)):
            yield Command(Verb.PROPOSED, (), is_rest=True, is_in_passing=True), at + every + good
            return
        count = self._match(at, frozenset(VERBS))
        if count and VERBS[self._words(at, count)] is Verb.PROPOSED:
            end = at + count
            for numbers, after in self._numbers(end):
                yield Command(Verb.PROPOSED, numbers), after
            comma = 1 if self._is_separator(end) and self._match(end + 1, ALL) else 0
            every = self._match(end + comma, ALL)
            in_passing = not every and self._words(at, count) in IN_PASSING
            yield Command(Verb.PROPOSED, (), is_rest=True, is_in_passing=in_passing), end + comma + every

    def _kept(self, at: int) -> Iterator[tuple[Command, int]]:
        """ "hou 3 voor mij", "laat 4 staan": left as it is; with a word for later, left until the return."""
        start = at + self._match(at, CONTRAST)
        if not (keep := self._match(start, KEEP)):
            return
        for numbers, end in self._numbers(start + keep):
            if later := self._match(end, LATER):
                yield Command(Verb.LATER, numbers), end + later
            tail = end + self._match(end, MYSELF)
            if tail > end and (later := self._match(tail, LATER)):
                yield Command(Verb.LATER, numbers), tail + later
            yield Command(None, numbers, is_exception=True), tail

    def _exception(self, at: int) -> Iterator[tuple[Command, int]]:
        """ "behalve 3", "maar 3 niet", "niet 3", "3 niet"."""
        lead = self._match(at, UNLESS)
        negated = 0 if lead else self._match(at, NOT)
        if lead or negated:
            for numbers, end in self._numbers(at + (lead or negated)):
                tail = self._match(end, NOT) or self._match(end, MYSELF)
                yield Command(None, numbers, is_exception=True), end + tail
            if lead:
                self._fail(at + lead, Why.EXTRA_WORDS, self._rest_of(at))
            return
        start = at + self._match(at, CONTRAST)
        for numbers, end in self._numbers(start):
            if count := self._match(end, NOT):
                yield Command(None, numbers, is_exception=True), end + count
            elif count := self._match(end, MYSELF):
                end += count
                yield Command(None, numbers, is_exception=True), end + self._match(end, LATER)
        if start > at and (count := self._match(start, NOT)):  # "maar niet 3"
            for numbers, end in self._numbers(start + count):
                yield Command(None, numbers, is_exception=True), end

    def _verb_first(self, verb: Verb, at: int) -> Iterator[tuple[Command, int]]:
        if verb is Verb.PROPOSED:
            return
        at += self._match(at, PLEASE)
        if self._kind(at) == "colon" and verb is not Verb.FORWARD:  # "done: 4, 5"
            at += 1
        at = self._article(at)
        rest = self._match(at, REST)
        if rest and verb in FOR_REST:
            yield Command(verb, (), is_rest=True), at + rest
            return
        backup = None
        if verb is Verb.FORWARD:
            key, end = self._backup(at)
            if key is not None:
                backup, at = key, end
        is_found = False
        for numbers, end in self._numbers(at):
            is_found = True
            yield from self._told(Command(verb, numbers, backup=backup), end)
        if not is_found:
            self._fail(at, Why.NO_NUMBER, "")

    def _numbers_first(
        self, numbers: tuple[int, ...], at: int, *, only: Iterable[Verb] = tuple(Verb)
    ) -> Iterator[tuple[Command, int]]:
        if self._kind(at) == "colon" or (self._kind(at) == "separator" and self._raw(at) in ".)"):
            at += 1
        at += self._match(at, PLEASE)
        copula = 0 if self._match(at, frozenset(VERBS)) else self._match(at, COPULAS)
        at += copula
        at += self._match(at, PLEASE)
        if like := self._match(at, LIKEWISE):
            yield Command(None, numbers), at + like
            return
        if count := self._match(at, frozenset(VERBS)):
            verb = VERBS[self._words(at, count)]
            if verb not in only:
                return
            if verb is Verb.FORWARD:  # "3 naar bram"
                key, _ = self._backup(at)
                if key is not None:
                    yield from self._told(Command(verb, numbers), at)
            yield from self._told(Command(verb, numbers), at + count)
            return
        key, end = self._backup(at)
        if Verb.FORWARD not in only:
            return
        if key is not None:
            end += self._match(end, TAKES_END) if copula else 0
            yield from self._told(Command(Verb.FORWARD, numbers, backup=key), end)
        elif (meant := self._meant(at)) is not None:
            yield Command(meant, numbers), at + 1
        elif at < len(self.tokens):
            self._fail(at, Why.UNKNOWN_BACKUP, self._raw(at).strip(":,"))
        else:
            self._fail(at, Why.UNKNOWN_VERB, "")

    def _told(self, command: Command, at: int) -> Iterator[tuple[Command, int]]:
        """With its backup and its note, where there are any."""
        if command.verb is Verb.FORWARD:
            at += self._match(at, FORWARD_ENDS)
        if command.verb is Verb.FORWARD and command.backup is None:
            key, end = self._backup(at)
            if key is not None:
                command, at = replace(command, backup=key), end + self._match(end, FORWARD_ENDS)
            elif self._is_word(at) and not self._match(
                at, AND | UNLESS | CONTRAST | THANKS | COURTESIES | PLEASE
            ):
                named = at + self._match(at, TOWARDS)
                self._fail(
                    at, Why.UNKNOWN_BACKUP, self._raw(named if self._is_word(named) else at).strip(":,")
                )
                return
        if command.verb is Verb.LATER:  # "3 kan wachten tot ik terug ben"
            at += self._match(at, LATER)
        if self._kind(at) == "colon" and command.verb in (Verb.FORWARD, Verb.TO_DO):
            note = self.text[self.tokens[at].end :].strip()
            if not self._holds_commands(at + 1):
                yield replace(command, note=note), len(self.tokens)
            else:
                self._fail(at, Why.EXTRA_WORDS, note)
            return
        yield command, at
        if command.verb is Verb.TO_DO and at < len(self.tokens):  # a remark: it stays with the owner
            remark = self.text[self.tokens[at].start :].strip().lstrip(":,- ")
            if not self._holds_commands(at):
                yield replace(command, note=remark), len(self.tokens)

    def _holds_commands(self, at: int) -> bool:
        """Whether what should be a note ends in another command: "3 anna: please call, 4 klaar"."""
        if self._kind(at) == "number":
            return True
        probe = _Reader(self.text, self.tokens, self.names)
        for start in range(at, len(self.tokens)):
            if not self._is_separator(start):
                continue
            following = probe._sequence(start + 1, 1)
            if following is not None and any(command.numbers for command in following):
                return True
        return False

    # Parts

    def _numbers(self, at: int) -> Iterator[tuple[tuple[int, ...], int]]:
        """The numbers that stand there, and where they end; the longest list first."""
        at = self._article(at)
        found: dict[int, None] = {}
        ends: list[tuple[tuple[int, ...], int]] = []
        while self._kind(at) == "number":
            first = last = int(self._raw(at).lstrip("#"))
            at += 1
            until = 1 if self._kind(at) == "dash" else self._match(at, UNTIL)
            if until and self._kind(at + until) == "number":
                last = int(self._raw(at + until).lstrip("#"))
                at += until + 1
            if last < first or len(found) + last - first > MOST_NUMBERS:
                self._fail(at, Why.NO_NUMBER, "")
                break
            found.update(dict.fromkeys(range(first, last + 1)))
            ends.append((tuple(found), at))
            between = self._between(at)
            between = self._article(at + between) - at if between else 0
            if between and self._kind(at + between) == "number":
                ends[-1] = (tuple(found), at)
                at += between
        yield from reversed(ends)

    def _article(self, at: int) -> int:
        """Behind one, if it stands there."""
        count = self._match(at, ARTICLES)
        return at + count + (1 if count and self._raw(at + count) == "." else 0)  # "Nr. 4"

    def _between(self, at: int) -> int:
        """Commas and words for "and" between two numbers."""
        count = 0
        while self._is_separator(at + count) or self._match(at + count, AND):
            count += self._match(at + count, AND) or 1
        return count

    def _separated(self, at: int, before: Command, *, is_numbered: bool) -> list[int]:
        """Where the next clause may begin. A contrast needs no comma: "ok maar 3 niet".

        A number needs none either behind a clause that began with one: "1 anna 2 bram" can mean nothing else.
        """
        if before.note:
            return []
        while polite := self._match(at, PLEASE | THANKS):
            at += polite
        if count := self._between(at):
            return [at + count]
        if is_numbered and self._kind(at) == "number":
            return [at]
        return [at] if self._match(at, UNLESS | CONTRAST) or self._negates(at, before) else []

    def _negates(self, at: int, before: Command) -> bool:
        return before.is_rest and bool(self._match(at, NOT))

    def _is_separator(self, at: int) -> bool:
        return self._kind(at) == "separator"

    def _is_end(self, at: int) -> bool:
        """Whether nothing more is said there but courtesies."""
        while at < len(self.tokens):
            count = self._match(at, THANKS | COURTESIES | PLEASE)
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
        at += self._match(at, TOWARDS)
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
        for token in self.tokens[at : at + LONGEST]:
            if token.kind != "word":
                break
            words.append(plain(token.text))
        return phrase_at(words, 0, known) if words else 0

    def _meant(self, at: int) -> Verb | None:
        """The verb of which a word is a slip of the pen; None where it may be a name, or two things."""
        if self._kind(at) != "word" or len(word := plain(self._raw(at))) < FEWEST_LETTERS:
            return None
        if any(is_slip(word, name) for name in self.names.words()):
            return None
        near = {verb for words, verb in VERBS.items() if len(words) == 1 and is_slip(word, words[0])}
        return next(iter(near)) if len(near) == 1 and near <= set(CAN_BE_MEANT) else None

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
