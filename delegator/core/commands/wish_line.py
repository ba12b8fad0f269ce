"""One line of the owner's about the absence: what it asks for, or why it is in doubt. Built from the tables.

    line  = absent span [ backup ]          weg 19/12-4/1 anna · away from Friday until 4 January
          | backup absent span              anna weg tot woensdag
          | backup back                     anna is terug
          | trial span                      proef vrijdag
          | until day                       tot 6/1
          | back [ day ]                    ik ben terug · terug!
          | pause | resume                  pauze · verder
          | zone name                       tijdzone Bangkok
          | off                               niet weg · see `calling_off`
          | ( back | longer until ) day       terug op 6/1 · ik blijf tot 6/1
          | backup covers span              Anna neemt over van 19/12 tot 4/1
          | span                            19/12-4/1, where it holds two dates
    span  = [ since ] day [ ( until | through | "-" | back ) day ] | ( until | through ) day
          | [ since day ] number unit       twee weken vanaf 19/12
          | next week | this week | weekend
    day   = [ weekday ] date [ time ] | weekday [ time ] | today | tomorrow | the day after

"Until" a day is until it begins, as `until` in rules.yaml is; "through" a day includes it. The words may
stand in any order. A line that begins with one of them, and holds a word that is not understood, is in
doubt; one that does not begin with one is about something else, unless every word of it is understood.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ..late import late
from ..people import Backup
from .calling_off import as_others, read_off
from .days import (
    DAY,
    WEEKDAY_OF,
    day_of,
    folded,
    has_month,
    has_year,
    later_by,
    month_before,
    year_after,
)
from .parts import (
    DAYS,
    LinePart,
    dates_of,
    is_american,
    is_date,
    is_of_writer,
    may_be_american,
    may_be_items,
    parts_of,
    pattern_of,
    span_of,
    without_old,
)
from .wish import Doubt, Point, Unclear, Wish, WishKind

LINE_CHARACTERS = 200
LONG = timedelta(days=183)
"""From a later day to an earlier one is the next year's only where that is not longer."""


def read_wish(
    line: str, now: datetime, backups: Mapping[str, Backup], *, asked_when: bool = False
) -> Wish | Doubt | None:
    """What a line asks for; None: it is not about the absence. now: where the writer is.

    asked_when: it may answer "when are you away next?", so that two days are a plan without a word.
    """
    bare = folded(line)
    if len(line) > LINE_CHARACTERS or "?" in line or _FAREWELL.fullmatch(bare):
        return None
    if "!" in line and _BACK_ALONE.fullmatch(bare):
        return Wish("back")
    zone = _ZONE.match(bare)
    if zone is not None:
        named = _COURTESY.sub("", bare[zone.end() :]).strip(" .:=,")
        raw = line.strip(" \t.!:;").split(":")[-1] if named else ""
        return Wish("zone", zone=_last_words(raw, named)) if named else Doubt(Unclear.NO_ZONE, "zone")
    parts = without_old(parts_of(bare, backups))
    off = _off(bare, parts, now)
    if off is not None:
        return off
    parts = as_others(parts)
    kind, is_sure = _kind(parts)
    says_when = _is_span(parts) or (_are_days(parts) and (asked_when or _are_dates(parts)))
    if kind is None and says_when:
        kind, is_sure = "plan", asked_when
    is_other = _holds_others(parts) or may_be_items(parts) or _are_numbers(parts)
    if kind is None or (is_other and not is_sure):
        return None
    if is_sure and may_be_items(parts):
        return _day_or_items(kind, parts, now)
    if any(is_american(day) for day in dates_of(parts)) and any(
        may_be_american(day) for day in dates_of(parts)
    ):
        return _mixed(kind, parts, now)
    wish = _as_written(_Reader(kind, parts, now).wish(), line)
    if isinstance(wish, Wish) and not is_sure and (wish.kind != "plan" or wish.first is None):
        return replace(wish, is_inferred=True)
    return wish


def half_understood(line: str, now: datetime, backups: Mapping[str, Backup]) -> Wish | Doubt | None:
    """Of the only line of a mail: that it says something of the absence, and what else is in it.

    It names a date beside such a word, and no number, which would be an item's; or it calls off an absence;
    or it is "terug" or "verleng" alone.
    """
    bare = folded(line)
    parts = without_old(parts_of(bare, backups))
    is_read = len(line) <= LINE_CHARACTERS and "?" not in line
    if is_read and (off := _off(bare, parts, now, is_alone=True)) is not None:
        return off
    if is_read and _BACK_ALONE.fullmatch(bare):
        return Wish("back", is_inferred=True)
    if is_read and [part.kind for part in parts] == ["longer"]:
        return Doubt(Unclear.NO_END, "until")
    parts = as_others(parts)
    kind, _ = _kind(parts)
    is_dated = any(is_date(day) for day in dates_of(parts)) and not may_be_items(parts)
    numbers = [part.text for part in parts if part.kind == "other" and len(part.text) == 1]
    if kind is None or not is_dated or numbers or not is_read:
        return None
    doubt = _as_written(_Reader(kind, parts, now).wish(), line)
    return doubt if isinstance(doubt, Doubt) else None


def _off(bare: str, parts: list[LinePart], now: datetime, *, is_alone: bool = False) -> Wish | Doubt | None:
    if _NOT_YET.search(bare):
        return None
    return read_off(parts, lambda days: _Reader("plan", days, now).wish(), is_alone=is_alone)


def _as_written(read: Wish | Doubt | None, line: str) -> Wish | Doubt | None:
    """With the words that were not understood as they stand in the line."""
    if not isinstance(read, Doubt) or read.why not in (Unclear.EXTRA_WORDS, Unclear.UNKNOWN_BACKUP):
        return read
    written = {folded(word): word.strip(".,;:!\"“”'") for word in line.split()}
    return replace(read, detail=" ".join(written.get(word, word) for word in read.detail.split()))


def _are_numbers(parts: list[LinePart]) -> bool:
    """Whether all its days are numbers alone, which may be those of items."""
    days = dates_of(parts)
    return bool(days) and all(day[0].isdigit() for day in days)


def _are_days(parts: list[LinePart]) -> bool:
    """From a day to a day, and not from a number to a number."""
    days = [part.text for part in parts if part.kind == "day"]
    begins = bool(parts) and parts[0].kind in (*DAYS, "since")
    return begins and len(days) > 1 and any(_IS_DATE.search(day) for day in days)


_IS_DATE = re.compile(r"/|\d\.\d|[^\W\d_]|\d{4}-")


def _are_dates(parts: list[LinePart]) -> bool:
    """From a date to a date: so clear that it needs no word."""
    kinds = [part.kind for part in parts]
    return kinds.count("day") == 2 and any(kind in ("until", "through", "dash") for kind in kinds)


def _is_span(parts: list[LinePart]) -> bool:
    """So many days from a date."""
    return {part.kind for part in parts} == {"since", "day", "span"} and any(map(is_date, dates_of(parts)))


def _holds_others(parts: list[LinePart]) -> bool:
    return any(part.kind == "other" for part in parts)


def _day_or_items(kind: WishKind, parts: list[LinePart], now: datetime) -> Doubt:
    first = dates_of(parts)[0]
    return Doubt(Unclear.DAY_OR_ITEMS, kind, first[0], day=day_of(first, now.date()))


def _mixed(kind: WishKind, parts: list[LinePart], now: datetime) -> Doubt | None:
    """One date has its month in front; another may have."""
    turned = [
        replace(part, text=text, match=DAY.match(text))
        if part.kind == "day" and part.match and may_be_american(part.match)
        and (text := _TURN.sub(r"\3\2\1", part.text, count=1))
        else part
        for part in parts
    ]  # fmt: skip
    zone = now.tzinfo
    read = [_Reader(kind, each, now).wish() for each in (parts, turned)]
    if not isinstance(zone, ZoneInfo) or None in read:
        return None
    windows = [each.window(zone, now) for each in read if isinstance(each, Wish)]
    known = [each for each in windows if each is not None]
    return Doubt(
        Unclear.MIXED_ORDER,
        kind,
        window=known[0] if known else None,
        other=known[1] if len(known) > 1 else None,
        backup=next((part.text for part in parts if part.kind == "name"), None),
    )


_TURN = re.compile(r"(\d{1,2})([/.-])(\d{1,2})")


def _last_words(raw: str, named: str) -> str:
    """As written: the last words of a line that are read as that. "New_York" is one word, and read as two."""
    words = raw.split()
    ends = (" ".join(words[at:]) for at in range(len(words) - 1, -1, -1))
    return next((end for end in ends if folded(end) == named), named)


_ZONE = pattern_of("time_zone")
_COURTESY = late(lambda: rf"(?:[ ,.!]+{pattern_of('courtesies', 'please', 'thanks').pattern})+$")
_NEGATION = pattern_of("negation", "denial", "not_yet", "unless")
_NOT_YET = late(lambda: rf"(?<![^\W_]){pattern_of('not_yet').pattern}")
_BACK_ALONE = late(
    lambda: rf"(?:{pattern_of('greetings').pattern}[ ,.!]*)?{pattern_of('exclaimed').pattern}[^\w?]*"
)
_FAREWELL = pattern_of("sign_offs")  # "tot morgen"


def _kind(parts: list[LinePart]) -> tuple[WishKind | None, bool]:
    """What the line is about, and whether it begins with a word that says so."""
    if not parts:
        return None, False
    kinds = [part.kind for part in parts]
    head, second = kinds[0], kinds[1] if len(kinds) > 1 else ""
    has_day = any(kind in _WHEN for kind in kinds)
    says_back = "is_back" in kinds or ("back_on" in kinds and has_day)
    is_mine = any(part.kind in ("absent", "is_back", "back_on") and is_of_writer(part) for part in parts)
    if head == "name" and not is_mine and second != "covers":
        if "absent" in kinds:
            return "backup_away", second == "absent"
        if says_back:
            return ("backup_away" if has_day else "backup_back"), second == "is_back"
    if head in ("pause", "resume"):
        return ("pause" if head == "pause" else "resume"), True
    if "trial" in kinds:
        return "trial", head == "trial"
    if "is_back" in kinds and not has_day:
        return "back", head == "is_back"
    if "absent" in kinds or (head == "name" and second == "covers" and has_day):
        return "plan", head == "absent"
    if says_back:
        return "back", head == "is_back"
    if head in ("until", "through") and second in _WHEN:
        return "until", True
    if "longer" in kinds and has_day:
        return "until", False
    return None, False


_WEEKS = ("next_week", "this_week", "weekend")
_WHEN = frozenset({*DAYS, *_WEEKS, "span"})
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
    parts: list[LinePart]
    now: datetime
    first: Point | None = None
    last: Point | None = None
    backup: str | None = None
    is_included: bool = False
    is_since: bool = False
    expects_last: bool = False
    others: list[str] = field(default_factory=list)
    _weekday: int | None = None
    _is_next: bool = False  # "next Friday"
    _monday: date | None = None  # of the week in which the next day of the week is
    _bare_first: int | None = None  # the first day, where it was named by its day of the week alone
    _week_end: date | None = None  # of a week that was named, where no other end is
    _span: tuple[int, str] | None = None
    _has_year: bool = False
    _said: str = ""  # the words of the day that is taken
    _is_ahead: bool = False  # of the span: "over twee weken"

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def says_back(self) -> bool:
        return any(part.kind in ("is_back", "back_on") for part in self.parts)

    def wish(self) -> Wish | Doubt | None:
        is_head = self.parts[0].kind in _SAYING or self.kind == "until"
        try:
            for at, part in enumerate(self.parts):
                self._take(part, self.parts[at - 1].kind if at else "", self.parts[at + 1 : at + 2])
            self._take_weekday()
            self._take_span()
        except _Stop as stop:
            return stop.doubt
        has_days = self.first is not None or self.last is not None
        if self.others:
            if not has_days and (self.kind != "until" or not is_head):
                return None  # a sentence that begins with one of these words
            is_name = len(self.others) == 1 and self.kind == "plan" and self.others[0].isalpha()
            is_name = is_name and not _NEGATION.fullmatch(self.others[0])
            why = Unclear.UNKNOWN_BACKUP if is_name else Unclear.EXTRA_WORDS
            return self._doubt(why, " ".join(self.others) if is_name else self._said_of_others())
        return self._whole(has_days=has_days)

    def _whole(self, *, has_days: bool) -> Wish | Doubt:
        if self.kind in ("pause", "resume", "backup_back"):
            if has_days or (self.backup is not None and self.kind != "backup_back"):
                return self._doubt(Unclear.EXTRA_WORDS, " ".join(part.text for part in self.parts[1:]))
            return Wish(self.kind, backup=self.backup)
        if self.kind == "back":
            return self._back()
        if self.kind == "until":
            if self.first is not None or self.backup is not None:
                return self._doubt(Unclear.EXTRA_WORDS, " ".join(part.text for part in self.parts[2:]))
            return Wish("until", last=self.last, is_included=self.is_included)
        if self.kind == "backup_away" and self.last is None and self.says_back:
            first, self.first, self.last = self.first, None, self.first  # "Anna is vrijdag terug"
            return Wish("backup_away", last=first, backup=self.backup)
        if not has_days:
            return self._doubt(Unclear.NO_DAYS)
        if self._week_end is not None and self.last is None and not self.is_since:
            self.last = Point(self._week_end)
        if self.is_since and self.last is None:
            return self._doubt(Unclear.NO_END)
        if self.kind == "trial" and self.backup is not None:
            return self._doubt(Unclear.EXTRA_WORDS, self.backup)
        return Wish(self.kind, self.first, self.last, self.is_included, self.backup)

    def _back(self) -> Wish | Doubt:
        day = self.first or self.last
        if day is None:
            return Wish("back")
        if day == Point(self.today):
            is_there = any(part.kind == "is_back" for part in self.parts)
            return Wish("back") if is_there else self._doubt(Unclear.NO_HOUR)
        return Wish("until", last=day)

    def _said_of_others(self) -> str:
        """The words that were not understood; of "niet Anna" both, since one alone says something else."""
        others = [
            part for at, part in enumerate(self.parts) if part.text in self.others or self._is_denied(at)
        ]
        return " ".join(part.said or part.text for part in others) or " ".join(self.others)

    def _is_denied(self, at: int) -> bool:
        """Whether it is a name with "not" before it; or behind it, where that is before no other."""
        if self.parts[at].kind != "name":
            return False
        before, after = self.parts[max(0, at - 1) : at], self.parts[at + 1 : at + 3]
        if [part.kind for part in after] == ["other", "name"]:
            after = []
        return any(part.kind == "other" and _NEGATION.fullmatch(part.text) for part in (*before, *after[:1]))

    def _take(self, part: LinePart, before: str, after: list[LinePart]) -> None:
        if part.kind not in ("day", "weekday", "next_one", "next_week", "this_week"):
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
            case "next_one":
                self._is_next = True
                if self._weekday is not None:
                    self._take_weekday()
                elif not after or after[0].kind != "weekday":
                    self.others.append(part.text)
            case "next_week" | "this_week":
                self._take_week(part, after)
            case "weekend":
                self._take_weekend()
            case "span":
                if self._span is not None or before == "since" or self.expects_last:
                    self.others.append(part.text)
                else:
                    assert part.match is not None
                    self._span = span_of(part.match)
                    self._is_ahead = part.match["ahead"] is not None
            case "day_parts":
                raise _Stop(self._doubt(Unclear.NO_HOUR, part.text))
            case "weekday":
                self._take_weekday()
                self._said = part.text
                self._weekday = WEEKDAY_OF[part.text.rstrip(".")]
            case "day":
                self._take_date(part)
            case "today" | "tomorrow" | "after_tomorrow":
                self._said = part.text
                self._put(self.today + timedelta(days=_AHEAD[part.kind]))
            case "time":
                self._take_time(part)
            case "name":
                self._take_name(part)
            case _ if part.kind in _SAYING:
                if not self._may_say(part, before):
                    self.others.append(part.text)
            case _:
                self.others.append(part.text)

    def _may_say(self, part: LinePart, before: str) -> bool:
        """Whether a word of what is asked for stands where it says no more than that."""
        if part.kind == "absent":
            about_other = before == "name" and part is not self.parts[1]
            return self.kind in ("plan", "trial", "backup_away", "back", "until") and not about_other
        if part.kind in ("is_back", "back_on"):
            return self.kind in ("plan", "back", "backup_away", "backup_back", "until")
        if part.kind == "covers":
            return self.backup is not None or self.kind == "plan"
        if part.kind == "longer":
            return self.kind in ("until", "plan")
        return part is self.parts[0] or part.kind == self.kind

    def _take_name(self, part: LinePart) -> None:
        keys = [each.text for each in self.parts if each.kind == "name"]
        if not part.text:
            raise _Stop(self._doubt(Unclear.NAMESAKES, part.said))
        if len(set(keys)) > 1 and any(map(self._is_denied, range(len(self.parts)))):
            self.others += [each.text for each in self.parts if each.kind == "other"]
            raise _Stop(self._doubt(Unclear.EXTRA_WORDS, self._said_of_others()))
        if len(set(keys)) > 1:
            raise _Stop(self._doubt(Unclear.TWO_BACKUPS, " ".join(dict.fromkeys(filter(None, keys)))))
        self.backup = part.text

    def _take_week(self, part: LinePart, after: list[LinePart]) -> None:
        """A week by its name, alone or beside a day of it."""
        monday = self.today - timedelta(days=self.today.weekday())
        if part.kind == "next_week":
            monday += timedelta(days=7)
        wanted, self._weekday = self._weekday, None
        if wanted is not None:
            if self.expects_last and self._bare_first is not None and self._bare_first <= wanted:
                self.first = Point(monday + timedelta(days=self._bare_first))
            self._put(monday + timedelta(days=wanted))
        elif after and after[0].kind == "weekday":
            self._monday = monday
        elif self.expects_last:
            self._put(monday + timedelta(days=6) if self.is_included else monday)
        else:
            self._put(max(monday, self.today))
            self._week_end = monday + timedelta(days=7)

    def _take_weekend(self) -> None:
        day = self.today.weekday()
        saturday = self.today if day >= 5 else self.today + timedelta(days=5 - day)
        sunday = saturday if day == 6 else saturday + timedelta(days=1)
        if self.expects_last:
            self._put(sunday if self.is_included else saturday)
        else:
            self._put(saturday)
            self._week_end = sunday + timedelta(days=1)

    def _take_span(self) -> None:
        """So many days from the first, or from now; "back in two weeks" is a day."""
        if self._span is None:
            return
        count, unit = self._span
        begin = self.first.day if self.first is not None else self.today
        end = later_by(begin, count, unit)
        is_more = any(part.kind == "longer" for part in self.parts)  # than now is planned
        if is_more or self.kind == "until" or (self._is_ahead and self.kind != "back"):
            raise _Stop(self._doubt(Unclear.NO_END))
        if self.kind == "back":
            if self.first is None and self.last is None and self._is_ahead:
                self.first = Point(end)
            else:
                self.others.append(f"{count} {unit}")
        elif self.last is None:
            at = self.first.at if self.first is not None else None
            self.last, self._week_end = Point(end, at), None
        elif self.last.day not in (end, end - timedelta(days=1)):
            self.others.append(next(part.text for part in self.parts if part.kind == "span"))

    def _take_weekday(self) -> None:
        """A day of the week without a date: the first to come."""
        wanted, self._weekday = self._weekday, None
        if wanted is None:
            return
        is_next, self._is_next = self._is_next, False
        if self._monday is not None:
            monday, self._monday = self._monday, None
            self._put(monday + timedelta(days=wanted))
            return
        begin = self.first.day if self.first is not None and self.expects_last else self.today
        if begin == self.today and wanted == self.today.weekday() and not is_next:
            raise _Stop(replace(self._doubt(Unclear.SAME_WEEKDAY), day=self.today))
        day = begin + timedelta(days=(wanted - begin.weekday()) % 7 or 7)
        if is_next and day - self.today < timedelta(days=7 - self.today.weekday()):
            raise _Stop(replace(self._doubt(Unclear.NEXT_WEEKDAY), day=day))
        if self.first is None and not self.expects_last:
            self._bare_first = wanted
        self._put(day)

    def _take_date(self, part: LinePart) -> None:
        assert part.match is not None
        wanted, self._weekday, self._is_next, self._said = self._weekday, None, False, part.text
        if part.match["d5"] is not None:  # "19-24/12": its month is that of the next
            following = next((p for p in self.parts if p.kind == "day" and p is not part), None)
            other = day_of(following.match, self.today) if following and following.match else None
            day = day_of(part.match, self.today, other)
            if day is not None and other is not None and day > other and not self.first:
                day = month_before(day)  # "19 tot 4 januari"
            if (
                other is None
                or following is None
                or following.match is None
                or not has_month(following.match)
            ):
                day = self._numbered(part)
        elif part.match["d6"] is not None:
            day = self._numbered(part)
        else:
            day = day_of(part.match, self.today)
        if day is None:
            raise _Stop(self._doubt(Unclear.NO_SUCH_DAY, part.text))
        self._has_year = self._has_year or has_year(part.match)
        if self.first is not None and day < self.first.day and not has_year(part.match):
            day = year_after(day)
        if wanted is not None and wanted != day.weekday():
            raise _Stop(replace(self._doubt(Unclear.WEEKDAY, part.text), day=day))
        self._put(day)

    def _numbered(self, part: LinePart) -> date | None:
        """A day by its number in the month alone, "the 19th": the next of them."""
        if part.text.isdigit():
            raise _Stop(self._doubt(Unclear.NO_MONTH, part.text))
        assert part.match is not None
        number = int(part.match["d5"] or part.match["d6"])
        begin = self.first.day if self.first is not None else self.today
        return next(
            (day for ahead in range(62) if (day := begin + timedelta(days=ahead)).day == number), None
        )

    def _take_time(self, part: LinePart) -> None:
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
        is_last = self.expects_last or (self.kind == "plan" and self.says_back and self.first is not None)
        if is_last and self.last is None:
            self.last, self.expects_last = Point(day), False
            if self.first is not None and self.last.day - self.first.day > LONG and not self._has_year:
                raise _Stop(self._doubt(Unclear.END_BEFORE))
        elif self.first is None and self.last is None:
            self.first = Point(day)
        elif self.kind == "plan" and self.says_back and self.last is not None and self._ends_so(day):
            self.last, self.is_included = Point(day), False  # "weg 19/12-3/1, terug op 4/1"
        else:
            self.others.append(self._said)

    def _ends_so(self, day: date) -> bool:
        assert self.last is not None
        return day - self.last.day in (timedelta(), timedelta(days=1))

    def _doubt(self, why: Unclear, detail: str = "") -> Doubt:
        zone = self.now.tzinfo
        window = None
        if isinstance(zone, ZoneInfo) and self.first is not None and self.last is not None:
            window = Wish(self.kind, self.first, self.last, self.is_included).window(zone, self.now)
        return Doubt(why, self.kind, detail, window=window, backup=self.backup)


_SAYING = ("absent", "trial", "is_back", "back_on", "pause", "resume", "longer", "covers")
