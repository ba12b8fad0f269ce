"""Texts of rules.yaml to values: one function a kind. Each raises `Invalid`, never with the text in it."""

from __future__ import annotations

import functools
import ipaddress
import re
import zoneinfo
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlsplit

from ..core.people import WorkingHours, ascii_domain
from ..core.rules.patterns import (
    AddressPattern,
    KeywordPattern,
    PatternError,
    compile_address,
    compile_keyword,
    keywords_in,
)
from .holidays import is_known, known_parts
from .nodes import nearest, quote
from .shapes import Invalid

Moment = date | datetime
"""A whole day, a local date-time (naive) or a moment (aware)."""


def line(text: str) -> str:
    """One printable line, not blank. No control characters: a name may end up in a mail's header."""
    text = text.strip()
    if not text:
        raise Invalid("is blank", "write a text")
    if any(not (character.isprintable() or character in "\u00a0\u200c\u200d") for character in text):
        raise Invalid("holds a line break or another control character", "write it on one line")
    if len(text) > 300:
        raise Invalid("is longer than 300 characters", "write it shorter")
    return text


def any_line(text: str) -> str:
    """One line of a mail; it may be blank."""
    return line(text) if text.strip() else ""


def any_text(text: str) -> str:
    return text


def flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise Invalid("is neither true nor false", "write true or false")
    return text == "true"


@dataclass(frozen=True, slots=True)
class WholeNumber:
    """A parser of whole numbers from least to most."""

    least: int
    most: int

    def __call__(self, text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not self.least <= int(text) <= self.most:
            raise Invalid("does not fit here", f"write a whole number from {self.least} to {self.most}")
        return int(text)


def key_name(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,59}", text):
        raise Invalid("cannot be a name here", "begin with a small letter, then a-z, 0-9, _ or -")
    return text


def backup_key(text: str) -> str:
    if text in ("to-do", "done"):
        raise Invalid("already means something in `propose`", "choose another name")
    return key_name(text)


# RFC 5321 section 4.1.2, without quoted local parts; sizes of section 4.5.3.1.
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")


def address(text: str) -> str:
    """A bare addr-spec that any server accepts; an internationalised domain as A-labels (RFC 5890)."""
    local, at, domain = text.strip().rpartition("@")
    if not domain.isascii():
        domain = ascii_domain(domain) or ""
    if not at or not _LOCAL_PART.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        raise Invalid("is not a mail address", "write it bare, like name@company.example")
    if len(local) > 64 or len(domain) > 253:
        raise Invalid("is too long for a mail address", "shorten it")
    return f"{local}@{domain}"


def time_zone(text: str) -> zoneinfo.ZoneInfo:
    if re.fullmatch(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", text) and len(text) <= 60:
        try:
            return zoneinfo.ZoneInfo(text)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            pass  # OSError: "Europe" is a folder
    raise Invalid("is not a time zone", _zone_suggestion(text))


@functools.cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())  # searches the disk: 40 ms


def _zone_suggestion(text: str) -> str:
    zones = _zones()
    cities = {zone.rpartition("/")[2]: zone for zone in sorted(zones)}
    near = nearest(text, zones)
    if near is None and (city := nearest(text, cities)):
        near = cities[city]
    return f'did you mean "{near}"?' if near else "write one like Europe/Brussels"


_DURATION = re.compile(r"(?:([0-9]{1,6})d)?(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,6})s)?")


def duration(text: str) -> timedelta:
    """More than 0, ten years at most; 1d is 24 hours."""
    matched = _DURATION.fullmatch(text)
    if not text or not matched:
        raise Invalid("is not a duration", "write one like 90s, 15m, 2h15m or 3d")
    days, hours, minutes, seconds = (int(part or 0) for part in matched.groups())
    length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    if not timedelta(0) < length <= timedelta(days=3660):
        raise Invalid("is not a useful duration", "write one between 1s and 3660d")
    return length


def clock_time(text: str) -> time:
    if not (matched := re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", text)):
        raise Invalid("is not a time of day", 'write one like "09:00" or "17:30"')
    return time(int(matched[1]), int(matched[2]))


_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?( ?(Z|[+-][0-9]{2}:[0-9]{2}))?)?"
)


def moment(text: str) -> Moment:
    """A date, or a date-time with or without its offset; between 2000 and 2199."""
    if not _MOMENT.fullmatch(text):
        raise Invalid("is not a date", "write 2026-12-19, 2026-12-19T17:00 or 2026-12-19T17:00+01:00")
    try:
        day = date.fromisoformat(text[:10])
        value: Moment = (
            day if len(text) == 10 else datetime.fromisoformat(text[:11] + text[11:].replace(" ", ""))
        )
    except ValueError:
        raise Invalid("does not exist", "correct the day, the month or the time") from None
    if not 2000 <= day.year < 2200:
        raise Invalid("is not in a likely year", "correct the year")
    return value


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = f"(?:{'|'.join(_DAYS)})"
_SPAN = rf"({_DAY}(?:-{_DAY})?(?:,{_DAY}(?:-{_DAY})?)*) ([0-9]{{2}}:[0-9]{{2}})-([0-9]{{2}}:[0-9]{{2}})"
_HOURS = re.compile(rf"{_SPAN}(?:, ?{_SPAN})*")


def working_hours(text: str) -> tuple[WorkingHours, ...]:
    """Spans of the day: `mon-fri 09:00-17:30`, `mon-thu 08:00-16:00, fri 08:00-12:00`; may end at 24:00."""
    if len(text) > 300 or not _HOURS.fullmatch(text):
        raise Invalid(
            "is not a span of working hours", "write them like mon-fri 09:00-17:30 or mon,wed 13:00-24:00"
        )
    return tuple(_span(*matched.groups()) for matched in re.finditer(_SPAN, text))


def _span(days: str, begin: str, end: str) -> WorkingHours:
    from_minute = _minute(begin)
    until_minute = 24 * 60 if end == "24:00" else _minute(end)
    if until_minute <= from_minute:
        raise Invalid("ends before it begins", "put the earlier time first")
    return WorkingHours(
        frozenset(day for part in days.split(",") for day in _day_range(part)), from_minute, until_minute
    )


def _minute(text: str) -> int:
    at = clock_time(text)
    return at.hour * 60 + at.minute


def _day_range(text: str) -> list[int]:
    """`fri-mon` goes over the weekend."""
    first, _, last = text.partition("-")
    begin, end = _DAYS.index(first), _DAYS.index(last or first)
    return [day % 7 for day in range(begin, end + 1 if end >= begin else end + 8)]


def country(text: str) -> str:
    """ISO 3166-1 alpha-2, or a subdivision of one (ISO 3166-2), of which the public holidays are known."""
    code = re.fullmatch(r"([A-Z]{2})(-[A-Z0-9]{1,3})?", text)
    if not code:
        upper = text.strip().upper()
        known = re.fullmatch(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", upper) and is_known(upper)
        raise Invalid(
            "is not a country code",
            f'did you mean "{upper}"?'
            if known
            else "write two capitals like BE, or with a region like DE-BY",
        )
    if not is_known(text):
        raise Invalid("is not a code for which the public holidays are known", _country_suggestion(code[1]))
    return text


def _country_suggestion(name: str) -> str:
    if not is_known(name):
        return "write the two capitals of a country, like BE, NL or DE (ISO 3166)"
    parts = known_parts(name)
    if not parts:
        return f"write {name}, for all of it"
    return f"write {name}, or one of {', '.join(parts[:20])}"


def size(text: str) -> int:
    """Octets. kB and MB as mail programs count them: 1024 and 1024 * 1024."""
    if not (matched := re.fullmatch(r"([0-9]{1,6}) ?([kKMG]B)", text)):
        raise Invalid("is not a size", "write one like 500kB or 10MB")
    return int(matched[1]) * {"kB": 1024, "MB": 1024**2, "GB": 1024**3}[matched[2].replace("K", "k")]


def host(text: str) -> str:
    """A host name or an IP address, without scheme and port."""
    bare = text.strip().removeprefix("[").removesuffix("]")
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        pass
    name = bare if bare.isascii() else ascii_domain(bare) or ""
    if not _DOMAIN.fullmatch(name.removesuffix(".")) or len(name) > 253:
        raise Invalid(
            "is not a host name", "write it bare, like imap.company.example, and the port under `port`"
        )
    return name


def is_loopback(host_name: str) -> bool:
    """Whether a host, as `host` gives it, is this machine: 127.0.0.0/8, ::1 or localhost."""
    try:
        return ipaddress.ip_address(host_name).is_loopback
    except ValueError:
        return host_name.lower() == "localhost"


def url(text: str) -> str:
    """An http or https URL."""
    try:
        parts = urlsplit(line(text))
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in text
    except ValueError:
        usable = False
    if not usable:
        raise Invalid("is not a web address", "write one that begins with https://")
    return text


def header_name(text: str) -> str:
    """A field name (RFC 5322 section 2.2)."""
    if not re.fullmatch(r"[!-9;-~]{1,76}", text):
        raise Invalid("is not a header name", "write it without a colon, like List-Id")
    return text


def file_name(text: str) -> str:
    if not text.strip() or "\0" in text or "\n" in text:
        raise Invalid("is not a file name", "write the file's path")
    return text


def client_id(text: str) -> str:
    """An application's id at Microsoft."""
    if not re.fullmatch(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", text):
        raise Invalid("is not a client id", "copy the application (client) id from the app's registration")
    return text.lower()


def tenant(text: str) -> str:
    """A tenant of Microsoft's: its id or a domain of it; or consumers, for personal accounts."""
    if not re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", text) or text.lower() in ("common", "tenant"):
        raise Invalid("is not a tenant", "write the organisation's domain, or its directory (tenant) id")
    return text.lower()


def authority(text: str) -> str:
    if not re.fullmatch(r"https://[A-Za-z0-9.-]+(:\d{1,5})?/?", text):
        raise Invalid("is not a login server", "write it like https://login.microsoftonline.us")
    return text.rstrip("/").lower()


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("is not a date", "write it like 2027-05-01") from None


def secret_name(text: str) -> str:
    """The name of a systemd credential: a file's name, no path."""
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,255}", text) or text in (".", ".."):
        raise Invalid("is not the name of a credential", "write the name that stands in LoadCredential=")
    return text


def variable(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,254}", text):
        raise Invalid("is not the name of an environment variable", "write the variable's name, without $")
    return text


def address_pattern(text: str) -> AddressPattern:
    try:
        return compile_address(text)
    except PatternError as error:
        raise _not_compiled(text, error) from None


def keyword(text: str) -> KeywordPattern:
    try:
        return compile_keyword(text)
    except PatternError as error:
        raise _not_compiled(text, error) from None


def one_phrase(text: str) -> tuple[str, str] | None:
    """What to say of a phrase that was plainly meant as several keywords, and what to do."""
    if not (meant := keywords_in(text)):
        return None
    what = f"{quote(text)} is one phrase here, which only mail with just these words holds"
    return what, f"write [{', '.join(meant)}], or /{text.strip()}/ if the phrase is meant"


def _not_compiled(text: str, error: PatternError) -> Invalid:
    """What the compiler said, as a predicate: it may begin with the pattern."""
    said = str(error).removeprefix(repr(text))
    what, _, to_do = said.removeprefix(": ").partition("; ")
    predicate = what[1:] if said.startswith(" ") else f"cannot be used: {what}"
    return Invalid(predicate, to_do or "correct the pattern")
