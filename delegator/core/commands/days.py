"""Days as people write them, in every language that has a table: "niet van 24/12 tot 28/12".

The day stands before the month, but where only the American order makes sense. A day without a year is
the one nearest to come. A day of the week that does not fit its date makes all of it doubtful.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta

from ..languages import TABLES, LanguageTable, Phrases, in_all
from ..late import late
from ..mail.fold import fold

Days = tuple[date, date]
"""The first and the last day, both included."""

ANY_DAY = date(2028, 1, 1)
"""A day of a leap year: for who asks only whether days are named."""

LOOK_BACK = timedelta(days=60)
"""A day just gone by is not next year's."""


def folded(text: str) -> str:
    """Lower case, without accents, apostrophes, quotation marks and pictograms, with single spaces."""
    if text.isascii():  # as nearly all is: then only capitals are folded
        kept = text.encode("ascii").translate(_SPOKEN, b"'").decode("ascii")
    elif (bare := _bare(text)).isascii():
        kept = bare.encode("ascii").translate(_SPOKEN).decode("ascii")
    else:
        kept = _UNSPOKEN.sub(" ", _LONG_DASH.sub(r"\1 - ", bare))
    return " ".join(kept.split()).strip(" .,;:-")


_UNSPOKEN = re.compile(r"[^\w .,;:/&+#-]|_")
_SPOKEN = _UNSPOKEN.sub(" ", bytes(range(128)).decode("ascii").lower()).encode("ascii").ljust(256, b" ")
"""The same of each octet of ASCII, in lower case."""

# Between two dates, as telephones and word processors write it: "19/12–4/1", "19 dec. — ma 4 jan.".
_LONG_DASH = re.compile(
    r"(\d\.?(?: ?[^\W\d_]{3,12}\b\.?)?) ?[\u2010-\u2015\u2212] ?(?=(?:[^\W\d_]{2,12}\b[.,]? )?\d)"
)


def read_days(line: str, today: date) -> tuple[Days, ...]:
    """The days and spans of days in a line, in order; () unless nothing else is said. line: as `folded`.

    today: where the writer is.
    """
    found: list[Days] = []
    weekday, at = _filler(line, 0)
    while at < len(line):
        first = date_at(line, at)
        if first is None:
            return ()
        at = first.end()
        to = _TO.match(line, at)
        last, last_weekday = first, weekday
        if to is not None:
            last_weekday, at = _filler(line, to.end())
            found_last = date_at(line, at)
            if found_last is None:
                return ()
            last, at = found_last, found_last.end()
        end = _day(last, today, None)
        if end is None and last is first and (after := date_at(line, _filler(line, at)[1])):
            end = _day(first, today, _day(after, today, None))  # "22 en 23 december"
        begin = end if last is first else _day(first, today, end)
        if begin is None or end is None:
            return ()
        if end < begin:  # "from 28/12 to 3/1": the next year's
            end = _date(end.year + 1, end.month, end.day)
        if end is None or not timedelta() <= end - begin <= timedelta(days=366):
            return ()
        if weekday not in (None, begin.weekday()) or last_weekday not in (None, end.weekday()):
            return ()
        if found and begin - found[-1][1] == timedelta(days=1):
            begin, _ = found.pop()
        found.append((begin, end))
        weekday, at = _filler(line, at)
    return tuple(found)


def find_days(line: str, today: date) -> list[date]:
    """Every day that is named in a line, whatever else it says. line: as `folded`."""
    days = (_day(match, today, None) for match in _DAY.finditer(line) if not match["d5"] and not match["d6"])
    return [day for day in days if day is not None]


def says_away(line: str) -> bool:
    """Whether a word makes the days in it days away. line: as `folded`."""
    return bool(_AWAY.search(line))


def date_at(bare: str, at: int) -> re.Match[str] | None:
    """A date there; of "4/1-19/12" the first of two, not one of the year 19."""
    found = _DAY.match(bare, at)
    signs = _SIGNS.findall(found[0]) if found is not None and found["iso"] is None else []
    if found is not None and signs == ["-"]:  # "19-24 December"
        second = _DAY.match(bare, at + found[0].index("-") + 1)
        if second is not None and second.end() > found.end():
            return _BARE_DAY.match(bare, at)
    if found is None or len(signs) < 2 or signs[0] == signs[1]:
        return found
    if signs[0] == "-":
        return _BARE_DAY.match(bare, at)
    return _DAY.match(bare, at, at + found[0].index("-")) if "-" in found[0] else found


_SIGNS = re.compile(r"[/.-](?=\d)")
_BARE_DAY = re.compile(r"(?P<d5>\d{1,2})(?P<iso>)?")


def day_of(match: re.Match[str], today: date, other: date | None = None) -> date | None:
    """The day that a match of DAY names. other: whose month it has where it names none: "24 to 28/12"."""
    return _day(match, today, other)


def has_year(match: re.Match[str]) -> bool:
    """Whether a match of DAY says which year."""
    return any(name.startswith("y") for name, value in match.groupdict().items() if value is not None)


def has_month(match: re.Match[str]) -> bool:
    """Whether a match of DAY says which month."""
    return any(name.startswith("m") for name, value in match.groupdict().items() if value is not None)


# --- words, as `folded` leaves them ------------------------------------------------------------------


def _bare(text: str) -> str:
    return fold(text).text.replace("'", "").replace("’", "")


def any_of(words: Iterable[str]) -> str:
    """A pattern for any of these, as they are folded; the longest first."""
    return "|".join(
        re.escape(word) for word in sorted({folded(word) for word in words}, key=len, reverse=True)
    )


def _numbered(part: Callable[[LanguageTable], Iterable[Phrases]], first: int) -> Mapping[str, int]:
    return {
        folded(name): number
        for table in TABLES.values()
        for number, names in enumerate(part(table), first)
        for name in names
    }


_MONTH_OF = _numbered(lambda table: table.months, 1)
_WEEKDAY_OF = _numbered(lambda table: table.weekdays, 0)
_NEGATIONS = in_all(lambda table: (*table.away, *table.negation, *table.unless))
_AWAY = late(lambda: rf"\b(?:{any_of(_NEGATIONS)})\b")


def _until() -> str:
    return any_of(in_all(lambda table: table.until))


def _date_written() -> str:
    month, ordinal = any_of(_MONTH_OF), any_of(in_all(lambda table: table.ordinals))
    of, until = any_of(in_all(lambda table: table.of_month)), _until()
    also = any_of(in_all(lambda table: table.conjunctions))
    return (
        r"(?P<iso>(?P<y>20\d\d)-(?P<m>\d{1,2})-(?P<d>\d{1,2}))(?!\d)"
        r"|(?P<d2>\d{1,2})[/.-](?P<m2>\d{1,2})(?:[/.-](?P<y2>20\d\d|\d\d)(?!\d))?(?!\d)(?:\.(?!\.))?"
        rf"|(?P<d3>\d{{1,2}})(?:\.|{ordinal})?(?: (?:{of}))? ?(?P<m3>{month})\b(?:\.(?!\.))?"
        r"(?: (?P<y3>20\d\d))?"
        rf"|(?P<m4>{month})\.? (?P<d4>\d{{1,2}})(?:{ordinal})?\b(?![:/.-]\d| (?:{month})\b),?"
        r"(?: (?P<y4>20\d\d))?"
        rf"|(?P<d5>\d{{1,2}})(?:\.|{ordinal})?(?=\s?(?:-|{until}|{also})(?!\w)|\s?-\s?\d)"
        rf"|(?P<d6>\d{{1,2}})(?:{ordinal})(?!\w)"
    )


_DAY = late(_date_written)
DAY = _DAY
"""A date in a line that is `folded`."""

WEEKDAY_OF: Mapping[str, int] = _WEEKDAY_OF
"""By its name, as `folded`; Monday is 0."""

_TO = late(lambda: rf"\s*(?:-|(?:{_until()})(?!\w))\s*")


def _filler_written() -> str:
    fillers = any_of(
        (
            *_NEGATIONS,
            *in_all(
                lambda table: (*table.day_words, *table.conjunctions, *table.contrast, *table.courtesies)
            ),
            *in_all(lambda table: (*table.thanks, *table.wishes)),
        )
    )
    both = sorted(set(_WEEKDAY_OF) & set(_MONTH_OF))  # "mar" is a Tuesday before 22/12, and March before 22
    weekday, month = any_of(set(_WEEKDAY_OF) - set(both)), any_of(_MONTH_OF)
    day_or_month = rf"|(?:{any_of(both)})(?=\.? \d{{1,2}}\.?(?:[/.-]\d| ?(?:{month})\b))" if both else ""
    return rf"[\s,;.&+]+|(?P<weekday>(?:{weekday}){day_or_month})\b|(?:{fillers})\b"


_FILLER = late(_filler_written)


def _filler(line: str, at: int) -> tuple[int | None, int]:
    """The day of the week that stands there, if one does, and where the next date may begin."""
    weekday = None
    while match := _FILLER.match(line, at):
        if match["weekday"]:
            weekday = _WEEKDAY_OF[match["weekday"]]
        if match.end() == at:
            break
        at = match.end()
    return weekday, at


def _day(match: re.Match[str], today: date, other: date | None) -> date | None:
    """The day that a match names; of "24 to 28 December" the month of the first is that of the other."""
    named = dict(_named(match))
    day = named["d"]
    month = named.get("m") or (other.month if other else None)
    if month is None and match.groupdict().get("d6"):  # "the 23rd": the next one to come
        return next((found for at in range(62) if (found := today + timedelta(days=at)).day == day), None)
    if month is None:
        return None
    if month > 12 >= day:  # the American order
        day, month = month, day
    year = named.get("y")
    if year is not None:
        return _date(year if year > 99 else 2000 + year, month, day)
    candidates = (_date(today.year + plus, month, day) for plus in (-1, 0, 1))
    earliest = today - LOOK_BACK
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


def later_by(day: date, count: int, unit: str) -> date:
    """So many days, weeks or months later. unit: as `parts.span_of` gives it."""
    if unit != "month":
        return day + timedelta(days=count * (7 if unit == "week" else 1))
    months = day.month - 1 + count
    year, month = day.year + months // 12, months % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def month_before(day: date) -> date | None:
    """The same number in the month before; None where it has none."""
    year, month = (day.year, day.month - 1) if day.month > 1 else (day.year - 1, 12)
    return date(year, month, day.day) if day.day <= monthrange(year, month)[1] else None


def year_after(day: date) -> date:
    """The same day of the next year."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February
        return date(day.year + 1, 3, 1)
