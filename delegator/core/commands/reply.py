"""A reply to a review, in the owner's words, to what it asks for; and the note in a button's mail.

Every line of what is new is read. One that is not understood holds the whole reply where it stands with
"ok" or a forward: nothing is done before the owner has said what was meant. Otherwise the rest is done,
and the line is reported. Greetings, thanks and sign-offs say nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ..mail.excerpt import lines_of_signature, unquoted_lines
from ..people import Backup
from .command import REMINDER_MARK, Line, Verb
from .days import find_days, folded
from .grammar import Command, Mistake, Why, read_line
from .vocabulary import Names, is_courtesy, is_list, plain, says_thanks

__all__ = [
    "Decided",
    "Mistake",
    "Reading",
    "Why",
    "dates_of",
    "note_of",
    "read_reply",
    "signature_in",
    "signature_lines",
]

MOST_LINES = 200
LINE_CHARACTERS = 300
MOST_MISTAKES = 30
NOTE_LINES = 2
"""A forward carries at most three lines in the owner's voice, and one is ours."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What becomes of one numbered item: as a line says, or as proposed. is_bulk: no line names it itself."""

    verb: Verb
    line: Line
    backup: str | None
    note: str
    text: str
    is_bulk: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A reply understood against its review: each item is in `decided` once at most.

    held: what would be done if the owner says so: a line was not understood, and others forward or accept
    what was proposed. Then `decided` is empty. wants_list: it asks for the list of all that is open.
    """

    decided: tuple[Decided, ...]
    mistakes: tuple[Mistake, ...]
    held: tuple[Decided, ...] = ()
    wants_list: bool = False


def read_reply(
    text: str,
    lines: Sequence[Line],
    backups: Mapping[str, Backup],
    *,
    people: Iterable[str] = (),
    signature: Collection[str] = (),
) -> Reading:
    """What a reply asks for. text: the body as text. lines: of the review that it answers.

    people: the owner's names, which may stand below. signature: lines that stand below the owner's other
    mails, as `signature_lines` gives them. Linear in the text; never raises.
    """
    commands, mistakes = _parse(text, backups, tuple(people), signature)
    wants_list = any(command.verb is Verb.LIST for command in commands)
    commands = [command for command in commands if command.verb is not Verb.LIST]
    reading = replace(_resolve(commands, mistakes, lines), wants_list=wants_list)
    is_doubtful = any(mistake.why is not Why.NOTHING_PROPOSED for mistake in reading.mistakes)
    goes_far = any(each.verb is Verb.FORWARD or each.is_bulk for each in reading.decided)
    goes_far = goes_far or any(command.verb is Verb.PROPOSED for command in commands)
    is_prose = len(mistakes) > len(commands)  # somebody writes a letter, and two of its words are ours
    if is_doubtful and reading.decided and (goes_far or is_prose):
        return Reading((), reading.mistakes, held=reading.decided, wants_list=wants_list)
    return reading


def signature_lines(text: str) -> frozenset[str]:
    """The last lines of a mail of the owner's, as `read_reply` compares them with those of a reply."""
    last = [_bare(line) for line in unquoted_lines(text)[-_SIGNATURE_LINES:]]
    return frozenset(line for line in last if line)


def signature_in(texts: Sequence[str]) -> frozenset[str]:
    """The lines that stand last in several of these mails of the owner's: what one says is no signature."""
    counts = Counter(line for text in texts for line in signature_lines(text))
    return frozenset(line for line, count in counts.items() if count > 1)


_SIGNATURE_LINES = 12
_WRAPPED_LINES = 8


# --- lines to commands --------------------------------------------------------------------------------


def _parse(
    text: str, backups: Mapping[str, Backup], people: tuple[str, ...], signature: Collection[str]
) -> tuple[list[Command], list[Mistake]]:
    """What each line asks for, in command, and the lines that are not understood."""
    names = Names(backups)
    commands: list[Command] = []
    mistakes: list[Mistake] = []
    filled_in: set[int] = set()
    lines = unquoted_lines(_BREAK.sub("\n", text))[: MOST_LINES + 1]
    while lines and (not lines[-1].strip() or _bare(lines[-1]) in signature):
        lines.pop()
    if len(lines) > MOST_LINES:
        mistakes.append(Mistake(Why.EXTRA_WORDS, "", f"> {MOST_LINES}"))
    for raw in lines[:MOST_LINES]:
        line = _normal(raw)
        if not line or _CONTACT.fullmatch(line):
            continue
        if len(" ".join(raw.split())) > LINE_CHARACTERS:  # what is not read may be an exception, or a note
            mistakes.append(Mistake(Why.EXTRA_WORDS, line, f"{line[-40:]}…"))
            continue
        if undecided := _UNDECIDED.fullmatch(line):
            filled_in |= {int(undecided[1])} if REMINDER_MARK in f" {raw} " else set()
            commands.append(Command(None, (int(undecided[1]),), line, is_exception=True))
            continue
        if is_list(line):
            commands.append(Command(Verb.LIST, (), line))
            continue
        read = read_line(line, names)
        if isinstance(read, list):
            commands += read
        elif not is_courtesy(line, people, names.words()):
            mistakes.append(Mistake(read.why, line, read.detail))
            if len(mistakes) == MOST_MISTAKES:
                break  # a letter: whatever else stands in it is held
    for raw in lines_of_signature(_BREAK.sub("\n", text))[:_SIGNATURE_LINES]:
        below = read_line(_normal(raw), names)  # written below what the phone put there: perhaps an exception
        if isinstance(below, list) and any(command.numbers for command in below):
            mistakes.append(Mistake(Why.EXTRA_WORDS, _normal(raw), _normal(raw)))
    said = {
        number for command in commands if not _UNDECIDED.fullmatch(command.text) for number in command.numbers
    }
    commands = [  # a line that we filled in, and another of the owner's with its number
        command
        for command in commands
        if not (_UNDECIDED.fullmatch(command.text) and filled_in & said & {*command.numbers})
    ]
    if not mistakes and all(_UNDECIDED.fullmatch(command.text) for command in commands):
        mistakes.append(Mistake(Why.NO_COMMAND, ""))
    return commands, mistakes


def _normal(raw: str) -> str:
    line = unicodedata.normalize("NFKC", " ".join(raw.split())[:LINE_CHARACTERS])
    if _NUMBERED.match(line) or line.lstrip().startswith(REMINDER_MARK.strip()):
        line = f" {line}".partition(REMINDER_MARK)[0]
    return line.strip(" \t*•-–—>\"“”'")


def _bare(line: str) -> str:
    return plain(" ".join(_normal(line).split()))


_NUMBERED = re.compile(r"\s*\d{1,5}\s")
_UNDECIDED = re.compile(r"(\d{1,5})\s*\?+")  # left for later; a review fills it in where it proposes nothing
_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)  # some versions of iOS write it into a mailto's body
_CONTACT = re.compile(  # a line that is only a telephone number, a mail address or a link
    r"(?:[^\W\d_]{1,8}\.?\s?[:.]?\s*)?(?:[+(0][\d\s()/.-]{7,20}\d|\S{1,64}@\S{1,100}|(?:https?://|www\.)\S+)\s*"
)


# --- commands to items --------------------------------------------------------------------------------


def _resolve(commands: Sequence[Command], mistakes: Iterable[Mistake], lines: Sequence[Line]) -> Reading:
    """Which items each command means. A line that names a number that is not there does nothing at all."""
    own = [line for line in lines if not line.is_elsewhere]
    by_number = {line.number: line for line in (*lines, *own) if line.number}
    left = {
        n: command.text for command in reversed(commands) if command.is_exception for n in command.numbers
    }
    sound, unknown = _sound(commands, by_number)
    told = [*mistakes, *unknown]
    # What a faulty line names is not "the rest": it was meant for something else.
    named = {int(number) for each in told for number in re.findall(r"\d{1,5}", each.text)}
    wanted, contradicted = _numbered(sound)
    told += contradicted.values()
    rests, contradictions = _rests(sound)
    told += contradictions
    for number in sorted(left.keys() & wanted.keys()):  # "f 3, maar 3 niet"
        told.append(Mistake(Why.CONTRADICTION, wanted.pop(number).text, str(number)))
    for number in sorted(left.keys() - by_number.keys()):
        told.append(Mistake(Why.UNKNOWN_NUMBER, left[number], str(number)))
    spoken_of = wanted.keys() | contradicted.keys() | named | left.keys()
    free = [
        number
        for number, line in by_number.items()
        if number not in spoken_of
        and line.conversation is None  # a handover is meant only where its number is said
        and not line.is_elsewhere
    ]
    if passing := _said_in_passing(commands):
        rests.pop(Verb.PROPOSED, None)
        if not says_thanks(passing.text):  # "Is goed, bedankt" below an command says nothing
            told.append(Mistake(Why.EXTRA_WORDS, passing.text, passing.text[:40]))
    if proposed := rests.pop(Verb.PROPOSED, None):
        taken = [number for number in free if by_number[number].verb is not None]
        wanted.update(dict.fromkeys(taken, proposed))
        free = [number for number in free if number not in taken]
        if not taken and not rests and not any(command.numbers for command in sound):
            told.append(Mistake(Why.NOTHING_PROPOSED, proposed.text))
    decided = []
    for command in rests.values():
        wanted.update(dict.fromkeys(free, command))
        if command.is_everything and command.verb is not None:
            low = (line for line in own if line.is_low)
            decided += [Decided(command.verb, line, None, "", command.text, is_bulk=True) for line in low]
    for number, command in wanted.items():
        meant = _decided(command, by_number[number])
        if meant is not None:
            decided.append(meant)
        else:
            told.append(Mistake(Why.NOTHING_PROPOSED, command.text, str(number)))
    return Reading(tuple(decided), tuple(told))


def _sound(commands: Sequence[Command], numbers: Collection[int]) -> tuple[list[Command], list[Mistake]]:
    """The commands whose numbers are all there, exceptions apart; of each other one, a number that is not."""
    sound, unknown = [], []
    for command in (command for command in commands if not command.is_exception):
        missing = [number for number in command.numbers if number not in numbers]
        if missing:
            unknown.append(Mistake(Why.UNKNOWN_NUMBER, command.text, str(missing[0])))
        else:
            sound.append(command)
    return sound, unknown


def _numbered(sound: Sequence[Command]) -> tuple[dict[int, Command], dict[int, Mistake]]:
    """What is said of each number by itself; and the numbers of which two things are."""
    wanted: dict[int, Command] = {}
    contradicted: set[int] = set()
    for command in (command for command in sound if not command.is_rest):
        for number in command.numbers:
            before = wanted.setdefault(number, command)
            if (before.verb, before.backup) != (command.verb, command.backup):
                contradicted.add(number)
    mistakes = {}
    for number in sorted(contradicted):
        text = " / ".join(dict.fromkeys(command.text for command in sound if number in command.numbers))
        mistakes[number] = Mistake(Why.CONTRADICTION, text, str(number))
        del wanted[number]
    return wanted, mistakes


def _said_in_passing(commands: Sequence[Command]) -> Command | None:
    """An "ok" that accepts nothing, since orders stand beside it; None where one is meant."""
    accepts = [command for command in commands if command.is_rest and command.verb is Verb.PROPOSED]
    orders = sum(not command.is_exception for command in commands) - len(accepts)
    if not orders or not all(command.is_in_passing for command in accepts):
        return None
    return next((command for command in commands if command.is_in_passing), None)


def _rests(sound: Sequence[Command]) -> tuple[dict[Verb | None, Command], list[Mistake]]:
    """What is said of every number that no other line names, by its verb; two verbs cancel each other."""
    rests = {command.verb: command for command in sound if command.is_rest}
    decide = [command for verb, command in rests.items() if verb is not Verb.PROPOSED]
    if len(decide) > 1:
        return {}, [Mistake(Why.CONTRADICTION, command.text) for command in decide]
    return rests, []


def _decided(command: Command, line: Line) -> Decided | None:
    """What a command means for one item; None: it takes what was proposed, and nothing was."""
    text, is_bulk = command.text, command.is_rest
    if command.verb is not None and command.verb is not Verb.PROPOSED:
        return Decided(command.verb, line, command.backup, command.note, text, is_bulk=is_bulk)
    if line.verb is not None:
        return Decided(line.verb, line, line.backup, "", text, is_bulk=is_bulk)
    return None


# --- a button's mail --------------------------------------------------------------------------------


def note_of(text: str, place: str) -> str:
    """What the owner wrote behind `place`: on that line, and on those right below; "" if nothing.

    place: as `note_line` made it. Nothing else in the mail counts, whatever marks it holds: the words on
    top of a forward are the owner's. A signature stands below an empty line.
    """
    place = " ".join(place.split())
    lines = unquoted_lines(_BREAK.sub("\n", text))
    for at, line in enumerate(lines):
        line = " ".join(line[:LINE_CHARACTERS].split())
        if not line.startswith(place):
            continue
        kept = [line.removeprefix(place).strip()]
        for below in lines[at + 1 : at + 1 + _WRAPPED_LINES]:
            if not below.strip():
                break
            kept.append(below.strip())
        written = [each[:LINE_CHARACTERS] for each in kept if each]
        if len(written) > NOTE_LINES:  # a program wrapped it: half a sentence is worse than a long line
            written = [" ".join(written)]
        return "\n".join(written)
    return ""


# --- a backup's "not from … to …" -------------------------------------------------------------------


def dates_of(text: str, today: date) -> tuple[date, date] | None:
    """The first and last day of which it speaks: the first two dates; None if it names fewer.

    today: the backup's. A year that is left out is the one that makes the day the nearest to come.
    """
    found: list[date] = []
    for line in unquoted_lines(_BREAK.sub("\n", text))[:MOST_LINES]:
        found += find_days(folded(line[:LINE_CHARACTERS]), today)
    if len(found) < 2 or found[1] < found[0]:
        return None
    return found[0], found[1]
