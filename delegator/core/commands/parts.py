"""The parts of one line about the absence: its words by what they mean, days, hours, names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..languages import TABLES, LanguageTable, Phrases, in_all
from ..late import late
from ..people import Backup
from .days import WEEKDAY_OF, any_of, date_at, folded, has_month

DAYS = frozenset({"day", "weekday", "today", "tomorrow", "after_tomorrow"})
"""The kinds of parts that name a day."""


@dataclass(frozen=True, slots=True)
class LinePart:
    """kind: of a word, "day", "weekday", "time", "span", "name", "dash", or "other".

    text: as folded; of a name the backup's key, "" where two have that name. said: a name as written, folded.
    """

    kind: str
    text: str
    match: re.Match[str] | None = None
    said: str = ""


def parts_of(bare: str, backups: Mapping[str, Backup]) -> list[LinePart]:
    """What a line is made of, without the words that say nothing. bare: as `folded`."""
    names = _names(backups)
    parts: list[LinePart] = []
    at = 0
    while at < len(bare):
        if (skipped := _SKIPPED.match(bare, at)) and not _DASH.match(bare, at):
            at = skipped.end()
            continue
        after_until = bool(parts) and parts[-1].kind in _BEFORE_LAST
        number = _NUMBER.match(bare, at) if after_until and date_at(bare, at) is None else None
        if number is not None:  # "vom 19. bis 4."
            parts.append(LinePart("day", number[0], number))
            at = number.end()
            continue
        part, at = _part_at(bare, at, names)
        if part.kind != "link":
            parts.append(part)
    return parts


def pattern_of(*names: str) -> re.Pattern[str]:
    """Any phrase of these fields of the tables, up to the end of a word."""

    def words(table: LanguageTable) -> Phrases:
        found: list[str] = []
        for name in names:
            found += getattr(table, name)
        return tuple(found)

    return late(lambda: rf"(?:{any_of(in_all(words))})(?![^\W_])")


_FIELDS = (
    *("absent", "trial", "is_back", "pause", "resume", "back_on", "longer", "covers"),
    *("through", "until", "since", "included", "instead"),
    *("next_week", "this_week", "weekend", "next_one", "today", "tomorrow", "after_tomorrow", "day_parts"),
    *("denial", "stays", "calls_off", "trips"),
)
_WORDS: Mapping[str, re.Pattern[str]] = {
    **{name: pattern_of(name) for name in _FIELDS},
    "glued": late(
        lambda: rf"(?:{any_of(WEEKDAY_OF)})(?:{any_of(in_all(lambda table: table.day_parts))})(?![^\W_])"
    ),
    "weekday": late(lambda: rf"(?:{any_of(WEEKDAY_OF)})(?![^\W_])\.?"),
    "link": pattern_of(
        "links", "again", "yes", "courtesies", "thanks", "greetings", "wishes", "conjunctions", "day_words"
    ),
}
_COUNT_OF: Mapping[str, int] = {
    folded(name): number
    for table in TABLES.values()
    for number, names in enumerate(table.numbers, 1)
    for name in names
}
_SPAN = late(
    lambda: (
        rf"(?:(?P<ahead>{any_of(in_all(lambda table: table.ahead))}) )?"
        rf"(?:(?P<number>\d{{1,3}}) ?|(?P<word>{any_of(_COUNT_OF)}) )(?:"
        rf"(?P<day>{any_of(in_all(lambda table: table.day_units))})"
        rf"|(?P<week>{any_of(in_all(lambda table: table.week_units))})"
        rf"|(?P<month>{any_of(in_all(lambda table: table.month_units))})"
        r")(?![^\W_])"
    )
)
_HOUR = late(
    lambda: (
        rf"(?P<at>(?:{any_of(in_all(lambda table: table.at_hour))}) )?(?P<hour>[01]?\d|2[0-4])"
        r"(?:(?P<mark>[:.])(?P<minute>[0-5]\d)| ?[uh] ?(?P<minute2>[0-5]\d))?"
        rf" ?(?P<clock>(?:{any_of(in_all(lambda table: table.o_clock))}))?(?![^\W_]|[/-]\d)"
    )
)
_SKIPPED = re.compile(r"[\s,;.:&+]+")
_DASH = re.compile(r" ?(?:-|\.\.+) ?")
_OTHER = re.compile(r"\S+")
_NUMBER = re.compile(r"(?P<d5>\d{1,2})(?:\.(?= |$)|(?! ?[\w/.:-]))(?P<iso>)?")
_BEFORE_LAST = ("until", "through", "dash")
_A_NUMBER = re.compile(r"\.? ?\d")


def span_of(match: re.Match[str]) -> tuple[int, str]:
    """How many of which: "day", "week" or "month"."""
    count = int(match["number"]) if match["number"] else _COUNT_OF[match["word"]]
    return count, next(unit for unit in ("day", "week", "month") if match[unit])


def _part_at(bare: str, at: int, names: Mapping[str, str]) -> tuple[LinePart, int]:
    if span := _SPAN.match(bare, at):
        return LinePart("span", span[0], span), span.end()
    hour = _HOUR.match(bare, at)
    if hour is not None and _is_time(hour):
        return LinePart("time", hour[0], hour), hour.end()
    day = date_at(bare, at)
    if day is not None:
        return LinePart("day", day[0], day), day.end()
    for name, key in names.items():
        end = at + len(name)
        end += bare.startswith("s ", end)  # "Anna's off"
        if bare.startswith(name, at) and not bare[end : end + 1].isalnum():
            return LinePart("name", key, said=name), end
    found = [
        (match.end(), -order, name, match)
        for order, (name, pattern) in enumerate(_WORDS.items())
        if (match := pattern.match(bare, at))
    ]
    if found:
        end, _, name, match = max(found, key=lambda one: one[:2])
        is_day = any(other == "weekday" and to == end for to, _, other, _ in found)
        if is_day and _A_NUMBER.match(bare, end):  # "vrij 18/12", which is no day off
            name = "weekday"
        return LinePart("day_parts" if name == "glued" else name, match[0], match), end
    if dash := _DASH.match(bare, at):
        return LinePart("dash", "-"), dash.end()
    other = _OTHER.match(bare, at)
    assert other is not None
    return LinePart("other", other[0].strip(" .,;:-") or other[0]), other.end()


def _is_time(match: re.Match[str]) -> bool:
    is_said = match["at"] or match["clock"] or match["mark"] == ":" or match["minute2"]
    return bool(is_said) and not (match["hour"] == "24" and int(match["minute"] or match["minute2"] or 0))


def _names(backups: Mapping[str, Backup]) -> dict[str, str]:
    """By every name, as folded, the longest first; "" where two have the same."""
    found: dict[str, str] = {}
    for key, backup in backups.items():
        for name in {folded(key), folded(backup.first_name), folded(backup.name)} - {""}:
            found[name] = key if found.get(name, key) == key else ""
    return dict(sorted(found.items(), key=lambda pair: -len(pair[0])))


FIRST_PERSON = pattern_of("first_person")


def is_of_writer(part: LinePart) -> bool:
    """Whether the words say of whom: "ik ben weg"."""
    return FIRST_PERSON.match(part.text) is not None


def is_numeric(match: re.Match[str]) -> bool:
    """Whether a date is two numbers, whose order is a custom: 12/19, 1.4., 3-5."""
    return match.groupdict().get("d2") is not None


def is_date(match: re.Match[str]) -> bool:
    """Whether it is more than a number: a month stands with it, or "th" behind it."""
    return has_month(match) or not match[0].strip().isdigit()


def is_american(match: re.Match[str]) -> bool:
    """Whether only the month before the day makes sense of it."""
    return is_numeric(match) and int(match["m2"]) > 12 >= int(match["d2"])


def may_be_american(match: re.Match[str]) -> bool:
    """Whether it makes sense either way round, as another day."""
    return is_numeric(match) and int(match["d2"]) != int(match["m2"]) and max(_numbers(match)) <= 12


def _numbers(match: re.Match[str]) -> Iterable[int]:
    return int(match["d2"]), int(match["m2"])


def without_old(parts: list[LinePart]) -> list[LinePart]:
    """Without "in plaats van 4/1": that day holds no more."""
    kept: list[LinePart] = []
    is_old = False
    for part in parts:
        if part.kind == "instead":
            is_old = True
        elif not (is_old and (part.kind in DAYS or part.text.isdigit())):
            kept.append(part)
            is_old = False
    return kept


def dates_of(parts: list[LinePart]) -> list[re.Match[str]]:
    return [part.match for part in parts if part.kind == "day" and part.match is not None]


def may_be_items(parts: list[LinePart]) -> bool:
    """ "3-5" may be the third of May, and the items 3 to 5 of a review."""
    kinds = {part.kind for part in parts}
    days = dates_of(parts)
    says_date = kinds & {"until", "through", "since", "weekday", "time"}
    return bool(days) and not says_date and all(_ITEMS.fullmatch(day[0]) and _rises(day) for day in days)


def _rises(day: re.Match[str]) -> bool:
    return is_numeric(day) and int(day["d2"]) < int(day["m2"])


_ITEMS = re.compile(r"\d+-\d+\.?")
