"""What a backup answers to a brief or an overview, in words: in four languages, above the quote.

A line counts only if all of it is understood, and a reply with a question mark in it not at all: what a
person says otherwise is for the owner to read, and the clock runs on.

| word, in nl, en, fr or de                              | to a brief | to an overview          |
| ------------------------------------------------------ | ---------- | ----------------------- |
| ok · ik ben er · I'm there · je suis là · ich bin da   | I'm there  | later today             |
| niet ik · not me · pas moi · nicht ich · liever niet   | rather not | not me                  |
| niet van 24/12 tot 28/12 · not from … to …             | not then   | not then                |
| beantwoord · gebeld · answered · répondu · erledigt    |            | answered, or phoned     |
| later · straks · plus tard · später                    |            | later today             |

In an answer to an overview numbers say which, before the word or behind it ("1 beantwoord, 2 niet ik");
without any it is meant for all of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from ..commands.command import Verb
from ..commands.days import ANY_DAY, Days, any_of, folded, read_days, says_away
from ..languages import TABLES, LanguageTable, Phrases, in_all
from ..late import late
from ..mail.excerpt import new_text, unquoted_lines

MOST_LINES = 30
LINE_CHARACTERS = 200
NAME_WORDS = 4
"""A line of so many at most below the words is a name, or thanks."""


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that a backup said. numbers: of an overview; empty: all. days: of NOT_FROM_TO, else empty."""

    verb: Verb
    numbers: tuple[int, ...] = ()
    days: tuple[Days, ...] = ()


def backup_words(text: str, *, to_brief: bool, items: int | None = None, name: str = "") -> Verb | None:
    """The first thing that a reply says, or None where it is nothing but a person's mail."""
    said = read_backup_reply(text, ANY_DAY, to_brief=to_brief, items=items, name=name)
    return said[0].verb if said else None


def read_backup_reply(
    text: str, today: date, *, to_brief: bool, items: int | None = None, name: str = ""
) -> tuple[Said, ...]:
    """All that a reply says, each number once; () where a person has to read it. Linear time.

    today: the backup's; a day without a year is the one nearest to come. items: how many the overview
    that it answers has ("both" means two of two); None: not known. name: the owner's, who is addressed.
    """
    verbs = _TO_BRIEF if to_brief else _TO_OVERVIEW
    found = _read(text, today, items, _given_name(name))
    said = list(dict.fromkeys(replace(each, verb=verbs.get(each.verb, each.verb)) for each in found))
    if not _is_consistent(said):
        return ()
    if to_brief and any(each.verb in (Verb.ANSWERED, Verb.LATER_TODAY) for each in said):
        return ()
    if to_brief and not said and _refuses(text):
        return (Said(Verb.RATHER_NOT),)
    return tuple(said)


def _refuses(text: str) -> bool:
    """Whether a reply opens with a no, whatever reasons follow: who has them is not to be asked."""
    lines = _lines(text)
    first = next((line for line in map(_plain, lines) if not _GREETING.fullmatch(line)), "")
    return not any("?" in line for line in lines) and bool(_REFUSAL.match(first))


_TO_BRIEF = {Verb.NOT_ME: Verb.RATHER_NOT}
_TO_OVERVIEW = {Verb.RATHER_NOT: Verb.NOT_ME, Verb.THERE: Verb.LATER_TODAY}


# --- lines ----------------------------------------------------------------------------------------


def _lines(text: str) -> list[str]:
    """Those that are new, without greeting, sign-off and what stands below it."""
    unquoted = "\n".join(unquoted_lines(_BREAK.sub("\n", text)))
    lines = (line[:LINE_CHARACTERS].strip() for line in new_text(unquoted).split("\n"))
    return [line for line in lines if line][:MOST_LINES]


_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)  # some versions of iOS write it into a mailto's body


def _plain(line: str) -> str:
    """As `folded`; a thumb says ok where it stands alone."""
    bare = _SPELLING.sub(lambda match: _SPELLINGS[match[0]], folded(line))
    return bare if any(map(str.isalnum, bare)) or "👍" not in line else "ok"


def _given_name(name: str) -> re.Pattern[str] | None:
    """The first word of a name, where that is none of our words."""
    given = folded(name).split(" ")[0]
    return re.compile(rf"\b{re.escape(given)}\b[ .,]*") if re.fullmatch(_some_word(), given) else None


def _read(text: str, today: date, items: int | None, name: re.Pattern[str] | None) -> list[Said]:
    lines = _lines(text)
    if any("?" in line for line in lines):
        return []
    said: list[Said] = []
    for number, line in enumerate(map(_plain, lines)):
        if not line or _is_polite(line):
            continue
        if name is not None and (unnamed := name.sub("", line).strip()):
            line = unnamed  # what is said to the owner by name is said all the same
        found = _read_line(line, today, items)
        if not found and number == 0 and _GREETING.fullmatch(line):
            continue
        if not found:
            if any(len(below.split()) > NAME_WORDS for below in lines[number:]):
                return []  # it says more than our words
            break
        said += found
    return list(dict.fromkeys(said))


def _read_line(line: str, today: date, items: int | None) -> list[Said]:
    """What one line says; [] where it says anything that is none of our words.

    Small words change nothing ("ik heb hem gisteren al gebeld"), and of two conversations "both" is all.
    """
    if said := _read_words(line, today, items):
        return said
    small = _SMALL_OR_BOTH if items == 2 else _SMALL
    shorter = " ".join(small.sub(" ", line).split())
    return _read_words(shorter, today, items) if shorter and shorter != line else []


def _read_words(line: str, today: date, items: int | None) -> list[Said]:
    if says_away(line) and (days := read_days(line, today)):
        return [Said(Verb.NOT_FROM_TO, (), days)]
    said: list[Said] = []
    at = 0
    while at < len(line):
        match = _item(line, at)
        if match is None and (polite := _polite(line, at)):
            at = polite.end()
            continue
        if match is None or says_away(line[at:]):
            days = read_days(line[at:], today) if says_away(line[at:]) else ()
            if days and all(each.verb is Verb.THERE for each in said):  # "ok, but not on 4 December"
                return [Said(Verb.NOT_FROM_TO, (), days)]
        if match is None:
            return []
        numbers = _numbers(match["before"] or match["after"] or "")
        if numbers is None or (match["both"] and items not in (None, 2)):
            return []
        said.append(
            Said(Verb.LATER_TODAY if "today" in match.re.groupindex else _verbs()[match["word"]], numbers)
        )
        at = match.end()
        if said[-1].verb is Verb.NOT_ME and (asked := _ask().match(line, _skip(line, at))):
            at = asked.end()
    return said


def _skip(line: str, at: int) -> int:
    """Past signs, words for "and" and "but", and what is only polite."""
    while match := _polite(line, at):
        at = match.end()
    return at


def _polite(line: str, at: int) -> re.Match[str] | None:
    return _signed().match(line, at) or _wished().match(line, at) or _BETWEEN.match(line, at)


def _is_polite(line: str) -> bool:
    """Whether a line thanks, wishes or signs, and says nothing else."""
    return bool(_POLITE_BEGIN.match(line)) and _skip(line, 0) == len(line)


def _is_consistent(said: list[Said]) -> bool:
    """Each number once, and not some with numbers and others for all."""
    if any(each.verb is Verb.NOT_FROM_TO for each in said):
        others = [each for each in said if each.verb is not Verb.NOT_FROM_TO]
        return not others
    numbers = [number for each in said for number in each.numbers]
    if len(said) > 1 and not all(each.numbers for each in said):
        return False
    return len(numbers) == len(set(numbers))


def _numbers(text: str) -> tuple[int, ...] | None:
    """Those of "1", "1, 3" and "2-4"; None where they make no sense."""
    numbers: dict[int, None] = {}
    for first, last in _NUMBER_OR_RANGE.findall(text):
        begin, end = int(first), int(last or first)
        if not 0 < begin <= end:
            return None
        numbers |= dict.fromkeys(range(begin, end + 1))
    return tuple(numbers)


# --- words, as `folded` leaves them -----------------------------------------------------------------


def _phrases_of(table: LanguageTable) -> dict[Verb, Phrases]:
    return {
        Verb.ANSWERED: table.answered,
        Verb.LATER_TODAY: table.later_today,
        Verb.NOT_ME: table.not_me,
        Verb.RATHER_NOT: table.rather_not,
        Verb.THERE: table.there,
    }


_SPELLINGS = {folded(also): folded(word) for table in TABLES.values() for also, word in table.spellings}
_SPELLING = late(lambda: rf"(?<![\w-])(?:{any_of(_SPELLINGS)})(?![\w-])")
_SMALL = late(lambda: rf"(?<![\w-])(?:{any_of(in_all(lambda table: table.small_words))})(?![\w-])")
_SMALL_OR_BOTH = late(
    lambda: rf"(?<![\w-])(?:{any_of(in_all(lambda table: (*table.small_words, *table.both)))})(?![\w-])"
)


def ways(phrase: str) -> tuple[str, ...]:
    """As people write it, and without its small words."""
    whole = folded(phrase)
    shorter = " ".join(_SMALL.sub(" ", whole).split())
    return (whole, shorter) if " " in shorter else (whole,)  # one word may be the "not" of the phrase


@cache
def _verbs() -> dict[str, Verb]:
    return {
        way: verb
        for verb in (Verb.ANSWERED, Verb.LATER_TODAY, Verb.NOT_ME, Verb.RATHER_NOT, Verb.THERE)
        for table in TABLES.values()
        for phrase in _phrases_of(table)[verb]
        for way in ways(phrase)
    }


_NUMBER_OR_RANGE = re.compile(r"(\d{1,3})(?:\s?-\s?#?(\d{1,3}))?")


def _numbers_written() -> str:
    also = rf"(?:[,;&+]|(?:{any_of(in_all(lambda table: table.conjunctions))})\b)"
    number = (
        rf"(?:(?:{any_of(in_all(lambda table: table.articles))})\.?\s?)?#?\d{{1,3}}(?:\s?-\s?#?\d{{1,3}})?"
        rf"(?:(?:{any_of(in_all(lambda table: table.ordinals))})(?!\w))?"
        rf"(?:\s(?:{any_of(in_all(lambda table: table.item_words))})(?!\w))?"
    )
    return rf"{number}(?:\s?{also}\s?{number}){{0,30}}"


@cache
def _items() -> tuple[re.Pattern[str], ...]:
    """Long patterns, compiled when the first reply comes: they take a third of a second."""
    numbers = _numbers_written()
    everything = any_of(in_all(lambda table: table.everything))
    both = any_of(in_all(lambda table: table.both))
    will = any_of(in_all(lambda table: table.will))
    today = any_of(in_all(lambda table: table.soon))
    copula = any_of(in_all(lambda table: table.copulas))
    before = rf"(?:(?P<before>{numbers})(?:[.:)]|\s-)?\s|(?:{everything})\s|(?P<both>{both})\s)?\s?"
    behind = rf"(?![\w'])(?:\s?:?\s(?P<after>{numbers})(?=$|[.,;]))?(?:\s(?:{everything}|{both})(?!\w))?"
    word = rf"(?P<word>{any_of(_verbs())})"
    later_today = rf"(?P<today>(?:{will})\s(?:{today})|(?:{today})\s(?:{will}))"
    ways_to_say = (word, rf"(?:{copula})\s{word}", later_today)
    return tuple(re.compile(f"{before}{way}{behind}") for way in ways_to_say)


def _item(line: str, at: int) -> re.Match[str] | None:
    """What is said there, with its numbers; the longest where there are several ways to read it."""
    return max(
        filter(None, (item.match(line, at) for item in _items())), key=lambda match: match.end(), default=None
    )


def _politeness(table: LanguageTable) -> Phrases:
    signed = (*table.thanks, *table.wishes, *table.sign_offs)
    return (*signed, *table.courtesies, *table.conjunctions, *table.contrast)


_BETWEEN = late(lambda: rf"[\s.,;:&+/-]+|(?:{any_of(in_all(_politeness))})(?!\w)")


@cache
def _some_word() -> str:
    """A word that says nothing of ours: a name, or a place to go to."""
    others = in_all(lambda table: (*table.negation, *table.contrast, *table.unless, *table.away))
    return rf"(?!(?:{any_of((*_verbs(), *others))})(?!\w))[^\W\d_][\w-]*"


@cache
def _wished() -> re.Pattern[str]:
    wishes = any_of(in_all(lambda table: table.wishes))
    return re.compile(rf"(?:{wishes})(?:\s{_some_word()}){{1,4}}\s*(?=[.,;]|$)")


@cache
def _signed() -> re.Pattern[str]:
    signs = any_of(in_all(lambda table: table.sign_offs))
    return re.compile(rf"(?:{signs})[\s,]+{_some_word()}(?:\s{_some_word()}){{0,3}}$")


@cache
def _ask() -> re.Pattern[str]:
    asks = any_of(in_all(lambda table: table.ask_somebody))
    courtesies = any_of(in_all(lambda table: table.courtesies))
    return re.compile(rf"(?:{asks})\s{_some_word()}(?=\s*(?:[.,;]|$|(?:{courtesies})(?!\w)))")


_POLITE_BEGIN = late(
    lambda: rf"(?:{any_of(in_all(lambda table: (*table.thanks, *table.wishes, *table.sign_offs)))})(?!\w)"
)


def _refusal_written() -> str:
    before = any_of(in_all(lambda table: (*table.courtesies, *table.small_words, *table.greetings)))
    noes = any_of(word for word, verb in _verbs().items() if verb is Verb.RATHER_NOT)
    return rf"(?:(?:{before})[\s,]+)?(?:{noes})(?:\s(?:{before}))?(?=[,.;:]|$)"


_REFUSAL = late(_refusal_written)
_GREETING = late(lambda: rf"(?:{any_of(in_all(lambda table: table.greetings))})(?: [\w.-]+){{0,3}}|[\w.-]+")
