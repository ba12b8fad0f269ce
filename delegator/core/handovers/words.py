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
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ..commands.command import Verb
from ..mail.excerpt import new_text, unquoted_lines
from ..mail.fold import fold

MOST_LINES = 30
LINE_CHARACTERS = 200
NAME_WORDS = 4
"""A line of so many at most below the words is a name, or thanks."""

Days = tuple[date, date]
"""The first and the last day, both included."""


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that a backup said. numbers: of an overview; empty: all. days: of NOT_FROM_TO, else empty."""

    verb: Verb
    numbers: tuple[int, ...] = ()
    days: tuple[Days, ...] = ()


def backup_words(text: str, *, to_brief: bool) -> Verb | None:
    """The first thing that a reply says, or None where it is nothing but a person's mail."""
    return next((said.verb for said in read_backup_reply(text, _ANY_DAY, to_brief=to_brief)), None)


def read_backup_reply(text: str, today: date, *, to_brief: bool) -> tuple[Said, ...]:
    """All that a reply says, each number once; () where a person has to read it. Linear time.

    today: the backup's; a day without a year is the one nearest to come.
    """
    verbs = _TO_BRIEF if to_brief else _TO_OVERVIEW
    said = [replace(each, verb=verbs.get(each.verb, each.verb)) for each in _read(text, today)]
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


_ANY_DAY = date(2028, 1, 1)  # of a leap year: only whether there is a day is asked
_TO_BRIEF = {Verb.NOT_ME: Verb.RATHER_NOT}
_TO_OVERVIEW = {Verb.RATHER_NOT: Verb.NOT_ME, Verb.THERE: Verb.LATER_TODAY}


# --- lines ----------------------------------------------------------------------------------------


def _lines(text: str) -> list[str]:
    """Those that are new, without greeting, sign-off and what stands below it."""
    unquoted = "\n".join(unquoted_lines(_BREAK.sub("\n", text)))
    lines = (line[:LINE_CHARACTERS].strip() for line in new_text(unquoted).split("\n"))
    return [line for line in lines if line][:MOST_LINES]


_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)  # some versions of iOS write it into a mailto's body


def _read(text: str, today: date) -> list[Said]:
    lines = _lines(text)
    if any("?" in line for line in lines):
        return []
    said: list[Said] = []
    for number, line in enumerate(map(_plain, lines)):
        found = _read_line(line, today)
        if not found and number == 0 and _GREETING.fullmatch(line):
            continue
        if not found:
            if any(len(below.split()) > NAME_WORDS for below in lines[number:]):
                return []  # it says more than our words
            break
        said += found
    said = list(dict.fromkeys(said))
    return said if _is_consistent(said) else []


def _plain(line: str) -> str:
    """Lower case, without accents, quotation marks, pictograms and signs at its ends."""
    folded = fold(line.replace("👍", " ok ")).text
    kept = "".join(each if each.isalnum() or each in " .,;:/-'&+#" else " " for each in folded)
    return " ".join(kept.replace("'", "").split()).strip(" .,;:-")


def _read_line(line: str, today: date) -> list[Said]:
    if _NEGATION.search(line) and (days := _days(line, today)):
        return [Said(Verb.NOT_FROM_TO, (), days)]
    said: list[Said] = []
    while line:
        match = _ITEM.match(line)
        if match is None:
            return []
        numbers = _numbers(match["before"] or match["after"] or "")
        if numbers is None:
            return []
        said.append(Said(_VERBS[match["word"]], numbers))
        line = line[match.end() :]
        if polite := _POLITE.match(line):
            line = line[polite.end() :]
    return said


def _is_consistent(said: list[Said]) -> bool:
    """Each number once, and not some with numbers and others for all."""
    if any(each.verb is Verb.NOT_FROM_TO for each in said):
        return len(said) == 1 or all(each.verb is Verb.NOT_FROM_TO for each in said)
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


# --- words, as `_plain` leaves them -----------------------------------------------------------------

_WORDS: dict[Verb, str] = {
    Verb.ANSWERED: (
        "beantwoord, geantwoord, al beantwoord, al geantwoord, is beantwoord, is al beantwoord, gebeld,"
        "al gebeld, ik heb gebeld, ik heb al gebeld, ik heb geantwoord, ik heb al geantwoord, afgehandeld,"
        "gedaan, al gedaan, is gedaan, beantwoord of gebeld,"
        "answered, already answered, replied, phoned, called, already phoned, i answered, i phoned, i called,"
        "i have answered, ive answered, ive called, done, all done, answered or phoned, answered, or phoned,"
        "repondu, deja repondu, telephone, deja telephone, appele, jai repondu, jai deja repondu,"
        "jai telephone, jai appele, fait, cest fait, regle, repondu ou telephone,"
        "beantwortet, schon beantwortet, ist beantwortet, geantwortet, schon geantwortet, angerufen,"
        "schon angerufen, telefoniert, erledigt, schon erledigt, ist erledigt, beantwortet oder angerufen"
    ),
    Verb.LATER_TODAY: (
        "later, later vandaag, straks, vandaag nog, nog vandaag, vanmiddag, vanavond,"
        "later today, later on, this afternoon, plus tard, plus tard aujourdhui, tout a lheure,"
        "cet apres-midi, spater, spater heute, heute noch, nachher, heute nachmittag"
    ),
    Verb.NOT_ME: (
        "niet ik, ik niet, niet voor mij, not me, not for me, pas moi, pas pour moi, nicht ich, ich nicht,"
        "nicht fur mich, nichts fur mich"
    ),
    Verb.RATHER_NOT: (
        "liever niet, nee, neen, nee sorry, lukt niet, het lukt niet, het lukt me niet, kan niet,"
        "ik kan niet,"
        "rather not, id rather not, no, no sorry, i cant, i cannot, cant,"
        "plutot pas, non, non desole, non desolee, je ne peux pas, je prefere pas, je prefere ne pas,"
        "lieber nicht, nein, nein leider nicht, leider nicht, geht nicht, ich kann nicht"
    ),
    Verb.THERE: (
        "ok, oke, okay, ok voor mij, ik ben er, ja, ja hoor, ja ik ben er, prima, is goed, goed, komt goed,"
        "komt in orde, doe ik, ik doe het, zal ik doen,"
        "im there, i am there, yes, yes im there, sure, fine, fine by me, will do, im on it, i will,"
        "je suis la, oui, oui je suis la, daccord, ca va, bien sur, je men occupe, je le fais,"
        "ich bin da, ja ich bin da, klar, passt, in ordnung, mach ich, mache ich, geht klar"
    ),
}
_VERBS = {word.strip(): verb for verb, words in _WORDS.items() for word in words.split(",")}


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_AND = r"(?:,|;|&|\+|\ben\b|\band\b|\bet\b|\bund\b)"
_NUMBER = r"#?\d{1,3}(?:\s?-\s?#?\d{1,3})?"
_NUMBER_OR_RANGE = re.compile(r"(\d{1,3})(?:\s?-\s?#?(\d{1,3}))?")
_NUMBERS = rf"{_NUMBER}(?:\s?{_AND}\s?{_NUMBER}){{0,30}}"
_ALL = r"(?:alles|alle|allemaal|all|everything|tout|tous|toutes)"
_ITEM = re.compile(
    rf"(?:(?P<before>{_NUMBERS})[.:)]?\s|{_ALL}\s)?\s?(?:is\s)?(?P<word>{_any_of(_VERBS)})(?![\w'])"
    rf"(?:\s?:?\s(?P<after>{_NUMBERS})(?=$|[.,;]))?(?:\s{_ALL}(?!\w))?"
    rf"(?:\s?(?:{_AND}|[.:])\s?|$|(?=\s))"
)
_REFUSAL = re.compile(
    rf"(?:{_any_of(word for word, verb in _VERBS.items() if verb is Verb.RATHER_NOT)})(?=[,.;:]|$)"
)
_POLITE = re.compile(
    r"[\s.,;-]*(?:(?:sorry|helaas|bedankt|dank je|dankjewel|dank u|alvast|groetjes|groeten|gr|mvg|thanks"
    r"|thank you|thx|cheers|unfortunately|merci|desolee?|malheureusement|danke|leider|gruss|lg|hoor|please"
    r"|graag|aub)\b[\s.,;-]*)+"
)
_GREETING = re.compile(
    r"(?:dag|hallo|hoi|hey|hi|hello|dear|beste|bonjour|salut|chere?|guten tag|moin|liebe[rs]?)"
    r"(?: [\w.-]+){0,3}|[\w.-]+"
)
_AWAY = (
    "niet|not|cant|cannot|pas|nicht|weg|afwezig|away|absente?|abwesend|off|verlof|vakantie|conge|vacances|urlaub"
    "|except|behalve|sauf|ausser"
)
_NEGATION = re.compile(rf"\b(?:{_AWAY})\b")


# --- days -------------------------------------------------------------------------------------------


_MONTHS = (
    "jan januari janv janvier january januar janner",
    "feb februari fevr fevrier february februar",
    "mrt maart mar mars march marz maerz",
    "apr april avr avril",
    "mei mai may",
    "jun juni juin june",
    "jul juli juil juillet july",
    "aug augustus aout august",
    "sep sept september septembre",
    "okt oktober oct october octobre",
    "nov november novembre",
    "dec december decembre dez dezember",
)
_MONTH_OF = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_MONTH = _any_of(_MONTH_OF)
_DAY = re.compile(
    r"(?P<iso>(?P<y>20\d\d)-(?P<m>\d{1,2})-(?P<d>\d{1,2}))(?!\d)"
    r"|(?P<d2>\d{1,2})[/.-](?P<m2>\d{1,2})(?:[/.-](?P<y2>20\d\d|\d\d)(?!\d))?(?!\d)\.?"
    rf"|(?P<d3>\d{{1,2}})(?:\.|e|st|nd|rd|th|er)?(?: of| de)? ?(?P<m3>{_MONTH})\b\.?(?: (?P<y3>20\d\d))?"
    rf"|(?P<m4>{_MONTH})\.? (?P<d4>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:),?(?: (?P<y4>20\d\d))?"
    r"|(?P<d5>\d{1,2})\.?(?=\s?(?:-|tot|to|until|au|bis|t/m)\b|\s?-\s?\d)"
)
_TO = re.compile(
    r"\s*(?:-|tot(?: en met)?|t/m|to|till|until|through|au|jusquau|bis(?: zum| einschliesslich)?)\s*"
)
_FILLER = re.compile(
    rf"(?:[\s,;.&+]|\b(?:{_AWAY}"
    "|van|vanaf|op|from|on|du|de|le|les|vom|von|am|zum|den|der|the|en|and|et|und|also|ook|aussi|auch"
    "|ma|di|wo|do|vr|za|zo|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|mon|tue|wed|thu|fri"
    "|sat|sun|lun|mer|jeu|ven|sam|dim|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|mo|mi|fr|sa|so"
    "|ik ben|ik kan|i am|i can|i|im|ill be|je ne suis|je suis|je ne serai|je serai|ich bin|ich kann"
    "|er|there|available|la|disponible|da|met|in|ja|yes|oui|ok|oke|okay|maar|but|mais|aber|sorry|helaas"
    r"|included|inclus|incl)\b)*"
)


def _days(line: str, today: date) -> tuple[Days, ...]:
    """Days and spans of days, in order; () unless nothing else is said."""
    found: list[Days] = []
    at = _end_of(_FILLER, line, 0)
    while at < len(line):
        first = _DAY.match(line, at)
        if first is None:
            return ()
        at = first.end()
        to = _TO.match(line, at)
        begin = end = None
        if to is not None:
            at = _end_of(_FILLER, line, to.end())
            last = _DAY.match(line, at)
            if last is None:
                return ()
            at = last.end()
            end = _day(last, today, None)
            begin = _day(first, today, end)
        else:
            begin = end = _day(first, today, None)
        if begin is None or end is None:
            return ()
        if end < begin:  # "from 28/12 to 3/1": the next year's
            end = _moved(end, 1)
        if end is None or not timedelta() <= end - begin <= timedelta(days=366):
            return ()
        found.append((begin, end))
        at = _end_of(_FILLER, line, at)
    return tuple(found)


def _end_of(pattern: re.Pattern[str], line: str, at: int) -> int:
    match = pattern.match(line, at)
    return match.end() if match else at


def _day(match: re.Match[str], today: date, other: date | None) -> date | None:
    """The day that a match names; of "24 to 28 December" the month of the first is that of the other."""
    named = dict(_named(match))
    day = named["d"]
    month = named.get("m") or (other.month if other else None)
    if month is None:
        return None
    if month > 12 >= day:  # the American order
        day, month = month, day
    year = named.get("y")
    if year is not None:
        return _date(year if year > 99 else 2000 + year, month, day)
    candidates = (_date(today.year + plus, month, day) for plus in (-1, 0, 1))
    earliest = today - timedelta(days=60)  # a day just gone by is not next year's
    return next((each for each in candidates if each is not None and each >= earliest), None)


def _named(match: re.Match[str]) -> Iterator[tuple[str, int]]:
    for name, value in match.groupdict().items():
        if value is not None and name != "iso":
            yield name[0], _MONTH_OF.get(value) or int(value)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _moved(day: date, years: int) -> date | None:
    return _date(day.year + years, day.month, day.day)
