"""One line of the owner's about the absence: what it asks for, or why it is in doubt. Built from the tables.

    line  = absent span [ backup ]          weg 19/12-4/1 anna · away from Friday until 4 January
          | backup absent span              anna weg tot woensdag
          | backup back                     anna is terug
          | trial span                      proef vrijdag
          | until day                       tot 6/1
          | back [ day ]                    ik ben terug
          | pause | resume                  pauze · verder
          | zone name                       tijdzone Bangkok
    span  = [ since ] day [ ( until | through | "-" ) day ] | ( until | through ) day
    day   = [ weekday ] date [ time ] | weekday [ time ] | today | tomorrow | the day after

"Until" a day is until it begins, as `until` in rules.yaml is; "through" a day includes it. A line that does
not begin with one of these words is about something else; one that does, and holds a word that is not
understood, is in doubt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

from ..hours.schedule import local_moment
from ..languages import LanguageTable, Phrases, in_all
from ..mail.excerpt import unquoted_lines
from ..people import Backup, Window
from .days import DAY, WEEKDAY_OF, any_of, day_of, folded, has_year
from .vocabulary import is_courtesy

LINE_CHARACTERS = 200
LONGEST = timedelta(days=366)
LONG = timedelta(days=183)
"""From a later day to an earlier one is the next year's only where that is not longer."""

WishKind = Literal["plan", "trial", "until", "back", "pause", "resume", "zone", "backup_away", "backup_back"]


class Unclear(StrEnum):
    """Why a line, or what it asks for, is in doubt. Nothing is changed then."""

    NO_DAYS = "no_days"  # away, but from when to when?
    NO_END = "no_end"  # "weg vanaf vrijdag"
    NO_ZONE = "no_zone"
    EXTRA_WORDS = "extra_words"  # detail: the words
    UNKNOWN_BACKUP = "unknown_backup"  # detail: the word
    NO_SUCH_DAY = "no_such_day"  # 31/2; detail: as written
    WEEKDAY = "weekday"  # "maandag 6/1", which is none; day: that date
    SAME_WEEKDAY = "same_weekday"  # "vrijdag" on a Friday; day: today
    END_BEFORE = "end_before"
    PAST = "past"
    TOO_LONG = "too_long"
    OVERLAP = "overlap"  # other: the absence that it meets
    UNKNOWN_ZONE = "unknown_zone"  # detail: as written
    MANY_ZONES = "many_zones"  # detail: which
    NO_ABSENCE = "no_absence"  # there is none to change
    IS_BACK = "is_back"  # "ik ben terug", twice; day: since when
    IS_SO = "is_so"  # nothing would change
    ALONE = "alone"  # it stands beside other commands, and wants a mail of its own


@dataclass(frozen=True, slots=True)
class Doubt:
    """kind: what was asked for, as far as it was understood. window: when, as far as that was."""

    why: Unclear
    kind: WishKind
    detail: str = ""
    day: date | None = None
    window: Window | None = None
    other: Window | None = None
    backup: str | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """A day, and the time on it; None: its midnight, or the next where the day is included."""

    day: date
    at: time | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a line asks for. first: None: from now on. last: None: of a span, the first day alone.

    is_included: the last day belongs to it. backup: a key. zone: as written.
    """

    kind: WishKind
    first: Point | None = None
    last: Point | None = None
    is_included: bool = False
    backup: str | None = None
    zone: str = ""

    def window(self, zone: ZoneInfo, now: datetime) -> Window | None:
        """From when to when on that clock; None where it says none."""
        if self.last is None and self.first is None:
            return None
        from_at = now
        if self.first is not None:
            begin = local_moment(self.first.day, self.first.at or time(), zone)
            is_today = self.first.day == now.astimezone(zone).date() and self.first.at is None
            from_at = max(begin, now) if is_today else begin
        last = self.last or self.first
        assert last is not None
        is_whole = last.at is None and (self.is_included or self.last is None)
        day = last.day + timedelta(days=1) if is_whole else last.day
        at = time() if self.last is None else last.at or time()
        return Window(from_at, local_moment(day, at, zone))


def read_wish(
    line: str, now: datetime, backups: Mapping[str, Backup], *, asked_when: bool = False
) -> Wish | Doubt | None:
    """What a line asks for; None: it is not about the absence. now: where the writer is.

    asked_when: it may answer "when are you away next?", so that two days are a plan without a word.
    """
    bare = folded(line)
    if len(line) > LINE_CHARACTERS or "?" in line or _FAREWELL.fullmatch(bare):
        return None
    zone = _ZONE.match(bare)
    if zone is not None:
        named = bare[zone.end() :].strip(" .:=")
        raw = line.strip(" \t.!:;").split(":")[-1] if named else ""
        return Wish("zone", zone=_last_words(raw, named)) if named else Doubt(Unclear.NO_ZONE, "zone")
    parts = _parts(bare, backups)
    kind = _kind(parts)
    if kind is None and asked_when and _are_days(parts):
        kind, parts = "plan", [_Part("absent", ""), *parts]
    return None if kind is None else _Reader(kind, parts, now).wish()


def _are_days(parts: list[_Part]) -> bool:
    """From a day to a day, and not from a number to a number."""
    days = [part.text for part in parts if part.kind == "day"]
    begins = bool(parts) and parts[0].kind in (*_DAYS, "since")
    return begins and len(days) > 1 and any(_IS_DATE.search(day) for day in days)


_IS_DATE = re.compile(r"/|\d\.\d|[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Found:
    """wish: of the first line that is about the absence; None: none is. rest: what else the mail says.

    says_no: to "would you do it again?", and nothing else.
    """

    wish: Wish | Doubt | None
    rest: str = ""
    says_no: bool = False


def find_wish(
    text: str,
    now: datetime,
    backups: Mapping[str, Backup],
    people: Iterable[str] = (),
    *,
    asked_when: bool = False,
) -> Found:
    """What a mail of the owner's says of the absence. text: its body. now: where the writer is.

    people: names that may stand below. Two such lines are in doubt: it wants one. asked_when: it answers the
    homecoming mail, which asks whether she would do it again, and when: a yes alone is asked for the days.
    """
    found: list[Wish | Doubt] = []
    rest: list[str] = []
    names = (*people, *(backup.name for backup in backups.values()))
    lines = unquoted_lines(_BREAK.sub("\n", text))[:MOST_LINES]
    for line in lines:
        bare = line.strip(" \t*•–—>\"“”'")
        wish = read_wish(bare, now, backups, asked_when=asked_when) if bare else None
        if wish is not None:
            found.append(wish)
        elif bare and not is_courtesy(bare, names):
            rest.append(line)
    if not found and asked_when and (said := _yes_or_no(lines, names)):
        return Found(Doubt(Unclear.NO_DAYS, "plan") if said == "yes" else None, says_no=said == "no")
    if not found:
        return Found(None, text)
    first = found[0]
    if any(each != first for each in found[1:]):
        return Found(Doubt(Unclear.ALONE, first.kind), "\n".join(rest))
    return Found(first, "\n".join(rest))


def _yes_or_no(lines: Iterable[str], names: Iterable[str]) -> Literal["yes", "no"] | None:
    """What a mail says where it says nothing else."""
    said: list[Literal["yes", "no"]] = []
    for line in lines:
        bare = folded(line).strip(" ,;:")
        if _YES.fullmatch(bare):
            said.append("yes")
        elif _NO.fullmatch(bare):
            said.append("no")
        elif bare and not is_courtesy(line, names):
            return None
    return said[0] if said else None


MOST_LINES = 50
_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)


def _last_words(raw: str, named: str) -> str:
    """As written: the last words of a line, as many as there are in what was read."""
    return " ".join(raw.split()[-len(named.split()) :])


# --- parts ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
    """kind: of a word, "day", "weekday", "time", "name", "dash", or "other"."""

    kind: str
    text: str
    match: re.Match[str] | None = None


def _pattern(*names: str) -> re.Pattern[str]:
    def words(table: LanguageTable) -> Phrases:
        found: list[str] = []
        for name in names:
            found += getattr(table, name)
        return tuple(found)

    return re.compile(rf"(?:{any_of(in_all(words))})(?![^\W_])")


_KEYWORDS = ("absent", "trial", "is_back", "pause", "resume")
_WORDS: Mapping[str, re.Pattern[str]] = {
    **{name: _pattern(name) for name in _KEYWORDS},
    **{name: _pattern(name) for name in ("through", "until", "since", "included")},
    **{name: _pattern(name) for name in ("today", "tomorrow", "after_tomorrow")},
    "weekday": re.compile(rf"(?:{any_of(WEEKDAY_OF)})(?![^\W_])\.?"),
    "link": _pattern(
        "links", "again", "yes", "courtesies", "thanks", "greetings", "wishes", "conjunctions", "day_words"
    ),
}
_ZONE = _pattern("time_zone")
_SAID = _pattern("yes", "courtesies", "thanks", "greetings", "wishes").pattern
_YES = re.compile(rf"{_pattern('yes').pattern}(?:[ ,.!]+{_SAID})*[ .!]*")
_NO = re.compile(rf"{_pattern('no').pattern}(?:[ ,.!]+{_SAID})*[ .!]*")
_FAREWELL = _pattern("sign_offs")  # "tot morgen"
_HOUR = re.compile(
    rf"(?P<at>(?:{any_of(in_all(lambda table: table.at_hour))}) )?(?P<hour>[01]?\d|2[0-4])"
    r"(?:(?P<mark>[:.])(?P<minute>[0-5]\d)| ?[uh] ?(?P<minute2>[0-5]\d))?"
    rf" ?(?P<clock>(?:{any_of(in_all(lambda table: table.o_clock))}))?(?![^\W_]|[/-]\d)"
)
_SKIPPED = re.compile(r"[\s,;.:&+]+")
_DASH = re.compile(r" ?- ?")
_OTHER = re.compile(r"\S+")


def _parts(bare: str, backups: Mapping[str, Backup]) -> list[_Part]:
    names = _names(backups)
    parts: list[_Part] = []
    at = 0
    while at < len(bare):
        if skipped := _SKIPPED.match(bare, at):
            at = skipped.end()
            continue
        part, at = _part_at(bare, at, names)
        if part.kind != "link":
            parts.append(part)
    return parts


def _part_at(bare: str, at: int, names: Mapping[str, str]) -> tuple[_Part, int]:
    hour = _HOUR.match(bare, at)
    if hour is not None and _is_time(hour):
        return _Part("time", hour[0], hour), hour.end()
    day = _date_at(bare, at)
    if day is not None:
        return _Part("day", day[0], day), day.end()
    found = [
        (match.end(), -order, name, match)
        for order, (name, pattern) in enumerate(_WORDS.items())
        if (match := pattern.match(bare, at))
    ]
    for name, key in names.items():
        if bare.startswith(name, at) and not bare[at + len(name) : at + len(name) + 1].isalnum():
            return _Part("name", key), at + len(name)
    if found:
        end, _, name, match = max(found, key=lambda each: each[:2])
        return _Part(name, match[0], match), end
    if dash := _DASH.match(bare, at):
        return _Part("dash", "-"), dash.end()
    other = _OTHER.match(bare, at)
    assert other is not None
    return _Part("other", other[0].strip(" .,;:-") or other[0]), other.end()


def _date_at(bare: str, at: int) -> re.Match[str] | None:
    """A date there; of "4/1-19/12" the first of two, not one of the year 19."""
    found = DAY.match(bare, at)
    signs = _SIGNS.findall(found[0]) if found is not None and found["iso"] is None else []
    if found is not None and signs == ["-"]:  # "19-24 December"
        second = DAY.match(bare, at + found[0].index("-") + 1)
        if second is not None and second.end() > found.end():
            return _BARE_DAY.match(bare, at)
    if found is None or len(signs) < 2 or signs[0] == signs[1]:
        return found
    if signs[0] == "-":
        return _BARE_DAY.match(bare, at)
    return DAY.match(bare, at, at + found[0].index("-")) if "-" in found[0] else found


_SIGNS = re.compile(r"[/.-](?=\d)")
_BARE_DAY = re.compile(r"(?P<d5>\d{1,2})(?P<iso>)?")


def _is_time(match: re.Match[str]) -> bool:
    is_said = match["at"] or match["clock"] or match["mark"] == ":" or match["minute2"]
    return bool(is_said) and not (match["hour"] == "24" and int(match["minute"] or match["minute2"] or 0))


def _names(backups: Mapping[str, Backup]) -> dict[str, str]:
    """By every name, as folded, the longest first; "" where two have the same."""
    found: dict[str, str] = {}
    for key, backup in backups.items():
        for name in {folded(key), folded(backup.first_name), folded(backup.name)} - {""}:
            found[name] = key if found.get(name, key) == key else ""
    return dict(sorted(found.items(), key=lambda each: -len(each[0])))


def _kind(parts: list[_Part]) -> WishKind | None:
    """What the line is about, by its first word, or by the word behind a name."""
    if not parts:
        return None
    head = parts[0].kind
    if head == "name" and len(parts) > 1:
        follows: dict[str, WishKind] = {"absent": "backup_away", "is_back": "backup_back"}
        return follows.get(parts[1].kind)
    kinds: dict[str, WishKind] = {
        "absent": "plan",
        "trial": "trial",
        "is_back": "back",
        "pause": "pause",
        "resume": "resume",
    }
    if head in ("until", "through") and len(parts) > 1 and parts[1].kind in _DAYS:
        return "until"
    return kinds.get(head)


_DAYS = frozenset({"day", "weekday", "today", "tomorrow", "after_tomorrow"})
_AHEAD: Mapping[str, int] = {"today": 0, "tomorrow": 1, "after_tomorrow": 2}


# --- parts to a wish --------------------------------------------------------------------------------


class _Stop(Exception):
    def __init__(self, doubt: Doubt) -> None:
        super().__init__()
        self.doubt = doubt


@dataclass(slots=True)
class _Reader:
    """One line on its way to a wish. now: where the writer is."""

    kind: WishKind
    parts: list[_Part]
    now: datetime
    first: Point | None = None
    last: Point | None = None
    backup: str | None = None
    is_included: bool = False
    is_since: bool = False
    expects_last: bool = False
    others: list[str] = field(default_factory=list)
    _weekday: int | None = None
    _has_year: bool = False

    @property
    def today(self) -> date:
        return self.now.date()

    def wish(self) -> Wish | Doubt | None:
        try:
            for part in self._without_head():
                self._take(part)
            self._take_weekday()
        except _Stop as stop:
            return stop.doubt
        has_days = self.first is not None or self.last is not None
        if self.others:
            if not has_days and self.kind != "until":
                return None  # a sentence that begins with one of these words
            is_name = len(self.others) == 1 and self.kind == "plan"
            why = Unclear.UNKNOWN_BACKUP if is_name else Unclear.EXTRA_WORDS
            return self._doubt(why, " ".join(self.others))
        return self._whole(has_days=has_days)

    def _whole(self, *, has_days: bool) -> Wish | Doubt:
        if self.kind in ("pause", "resume", "backup_back"):
            if has_days or (self.backup is not None and self.kind != "backup_back"):
                return self._doubt(Unclear.EXTRA_WORDS, " ".join(part.text for part in self.parts[1:]))
            return Wish(self.kind, backup=self.backup)
        if self.kind == "back":
            day = self.first or self.last
            if day is None:
                return Wish("back")
            return Wish("until", last=day)
        if self.kind == "until":
            if self.first is not None or self.backup is not None:
                return self._doubt(Unclear.EXTRA_WORDS, " ".join(part.text for part in self.parts[2:]))
            return Wish("until", last=self.last, is_included=self.is_included)
        if not has_days:
            return self._doubt(Unclear.NO_DAYS)
        if self.is_since and self.last is None:
            return self._doubt(Unclear.NO_END)
        if self.kind == "trial" and self.backup is not None:
            return self._doubt(Unclear.EXTRA_WORDS, self.backup)
        return Wish(self.kind, self.first, self.last, self.is_included, self.backup)

    def _without_head(self) -> list[_Part]:
        if self.parts[0].kind == "name":
            if not self.parts[0].text:
                raise _Stop(self._doubt(Unclear.UNKNOWN_BACKUP))
            self.backup = self.parts[0].text
            return self.parts[2:]
        return self.parts if self.kind == "until" else self.parts[1:]

    def _take(self, part: _Part) -> None:
        if part.kind != "day" and part.kind != "weekday":
            self._take_weekday()
        match part.kind:
            case "since":
                self.is_since = True
            case "until" | "dash":
                self.expects_last = True
            case "through":
                self.expects_last = self.is_included = True
            case "included":
                self.is_included = True
            case "weekday":
                self._take_weekday()
                self._weekday = WEEKDAY_OF[part.text.rstrip(".")]
            case "day":
                self._take_date(part)
            case "today" | "tomorrow" | "after_tomorrow":
                self._put(self.today + timedelta(days=_AHEAD[part.kind]))
            case "time":
                self._take_time(part)
            case "name":
                if not part.text or self.backup is not None:
                    raise _Stop(self._doubt(Unclear.UNKNOWN_BACKUP))
                self.backup = part.text
            case _:
                self.others.append(part.text)

    def _take_weekday(self) -> None:
        """A day of the week without a date: the first to come."""
        wanted, self._weekday = self._weekday, None
        if wanted is None:
            return
        begin = self.first.day if self.first is not None and self.expects_last else self.today
        if begin == self.today and wanted == self.today.weekday():
            raise _Stop(replace(self._doubt(Unclear.SAME_WEEKDAY), day=self.today))
        ahead = (wanted - begin.weekday()) % 7 or 7
        self._put(begin + timedelta(days=ahead))

    def _take_date(self, part: _Part) -> None:
        assert part.match is not None
        wanted, self._weekday = self._weekday, None
        if part.match["d5"] is not None:  # "19-24/12": its month is that of the next
            following = next((p for p in self.parts if p.kind == "day" and p is not part), None)
            other = day_of(following.match, self.today) if following and following.match else None
            day = day_of(part.match, self.today, other)
        else:
            day = day_of(part.match, self.today)
        if day is None:
            raise _Stop(self._doubt(Unclear.NO_SUCH_DAY, part.text))
        self._has_year = self._has_year or has_year(part.match)
        if self.first is not None and day < self.first.day and not has_year(part.match):
            day = _next_year(day)
        if wanted is not None and wanted != day.weekday():
            raise _Stop(replace(self._doubt(Unclear.WEEKDAY, part.text), day=day))
        self._put(day)

    def _take_time(self, part: _Part) -> None:
        match = part.match
        assert match is not None
        hour, minute = int(match["hour"]), int(match["minute"] or match["minute2"] or 0)
        point = self.last or self.first
        if point is None or point.at is not None:
            self.others.append(part.text)
            return
        day = point.day + timedelta(days=1) if hour == 24 else point.day
        timed = Point(day, time(hour % 24, minute))
        if self.last is not None:
            self.last = timed
        else:
            self.first = timed

    def _put(self, day: date) -> None:
        if self.expects_last and self.last is None:
            self.last, self.expects_last = Point(day), False
            if self.first is not None and self.last.day - self.first.day > LONG and not self._has_year:
                raise _Stop(self._doubt(Unclear.END_BEFORE))
        elif self.first is None and self.last is None:
            self.first = Point(day)
        else:
            self.others.append(day.isoformat())

    def _doubt(self, why: Unclear, detail: str = "") -> Doubt:
        zone = self.now.tzinfo
        window = None
        if isinstance(zone, ZoneInfo) and self.first is not None and self.last is not None:
            window = Wish(self.kind, self.first, self.last, self.is_included).window(zone, self.now)
        return Doubt(why, self.kind, detail, window=window, backup=self.backup)


def _next_year(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February
        return date(day.year + 1, 3, 1)
