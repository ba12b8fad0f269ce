"""Languages: translations, dates as people write them, and the templates of the mails.

Babel and Jinja are imported on first use: most commands never need them.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

    from .core.compose import Catalogue
    from .core.compose.mail import Template
    from .core.people import Language

TEXT_WIDTH = 78
"""The longest line of plain text (RFC 5322 section 2.1.1)."""

NO_BREAK = "\u00a0"
"""Between a number and its unit, and around French signs: what belongs together stays on one line."""

_LOCALES: dict[str, str] = {"nl": "nl_BE", "en": "en_GB", "fr": "fr_BE", "de": "de_DE"}
_TIMES = {"nl": "H.mm 'u'", "en": "H:mm", "fr": "H 'h' mm", "de": "H:mm 'Uhr'"}
_HOURS = {"nl": "H.mm", "en": "H:mm", "fr": "H 'h' mm", "de": "H:mm"}  # of the first of two
_DAYS = {"nl": "ccc d/M", "en": "ccc d MMM", "fr": "ccc d/MM", "de": "ccc d.M."}
_DATES = {"nl": "EEEE d MMMM y", "en": "EEEE d MMMM y", "fr": "EEEE d MMMM y", "de": "EEEE, d. MMMM y"}


@cache
def load_catalogue(language: Language) -> Catalogue:
    """The catalogue of a language, read once."""
    return _Catalogue(language, _translations(language))


@dataclass(frozen=True, slots=True)
class _Catalogue:
    language: str
    translations: gettext.NullTranslations

    def gettext(self, message: str) -> str:
        return _typeset(self.translations.gettext(message), self.language)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return _typeset(self.translations.ngettext(singular, plural, n), self.language)

    def time(self, at: datetime) -> str:
        return _joined(self._format(at, _TIMES[self.language]))

    def hours(self, begin: datetime, end: datetime) -> str:
        first = _joined(self._format(begin, _HOURS[self.language]))
        return f"{first}–{self.time(end)}"

    def day(self, at: datetime) -> str:
        return _joined(self._format(at, _DAYS[self.language]))

    def date(self, at: datetime) -> str:
        return _first_in_french(self._format(at, _DATES[self.language]), at, self.language)

    def date_time(self, at: datetime) -> str:
        return f"{self.date(at)} {self._format(at, _TIMES[self.language])}"

    def age(self, span: timedelta) -> str:
        minutes = span // timedelta(minutes=1)
        if minutes < 1:
            return self.gettext("just now")
        if minutes < 60:
            return self._unit("%(n)s min", minutes)
        if minutes < 24 * 60:
            return self._unit("%(n)s h", minutes // 60)
        days = minutes // (24 * 60)
        return _joined(self.ngettext("%(n)s d", "%(n)s d", days) % {"n": self.number(days)})

    def span(self, span: timedelta) -> str:
        seconds = span // timedelta(seconds=1)
        if seconds < 60:
            return self._unit("%(n)s s", seconds)
        hours, minutes = divmod(seconds // 60, 60)
        if hours >= 10 or (hours and not minutes):
            return self._unit("%(n)s h", hours)
        if hours:
            facts = {"hours": hours, "minutes": f"{minutes:02}"}
            return _joined(self.gettext("%(hours)s h %(minutes)s") % facts)
        return self._unit("%(n)s min", minutes)

    def number(self, n: int) -> str:
        from babel.numbers import format_decimal

        return str(format_decimal(n, locale=_LOCALES[self.language]))

    def join(self, parts: Sequence[str]) -> str:
        from babel.lists import format_list

        return str(format_list(list(parts), locale=_LOCALES[self.language])) if parts else ""

    def either(self, parts: Sequence[str]) -> str:
        from babel.lists import format_list

        return str(format_list(list(parts), "or", locale=_LOCALES[self.language])) if parts else ""

    def template(self, name: str) -> Template:
        return _environment().get_template(name)

    def _format(self, at: datetime, pattern: str) -> str:
        from babel.dates import format_datetime

        # Babel would convert an aware moment to UTC.
        return str(format_datetime(at.replace(tzinfo=None), pattern, locale=_LOCALES[self.language]))

    def _unit(self, message: str, n: int) -> str:
        return _joined(self.gettext(message) % {"n": self.number(n)})


@cache
def zones_by_name() -> dict[str, tuple[str, ...]]:
    """The time zones of the IANA by what people call them, folded: their cities, in every language."""
    import zoneinfo

    from babel import Locale

    from .core.commands.days import folded

    found: dict[str, set[str]] = {}
    known = {name for name in zoneinfo.available_timezones() if "/" in name}
    known -= {name for name in known if name.startswith(("Etc/", "posix/", "right/", "SystemV/", "US/"))}
    for name in known:
        found.setdefault(folded(name.rpartition("/")[2].replace("_", " ")), set()).add(name)
        found[folded(name)] = {name}
        found[folded(name.replace("_", " "))] = {name}
    for locale in _LOCALES.values():
        for name, words in Locale.parse(locale).time_zones.items():
            if name in known and (city := words.get("city")):
                found.setdefault(folded(str(city)), set()).add(name)
    return {words: _one_of_each(names) for words, names in found.items()}


def _one_of_each(names: set[str]) -> tuple[str, ...]:
    """One of the zones whose clocks show the same: "Asia/Calcutta" is the old name of "Asia/Kolkata"."""
    import zoneinfo

    def rules(name: str) -> tuple[object, ...]:
        zone = zoneinfo.ZoneInfo(name)
        return tuple(datetime(2026, month, 1, tzinfo=zone).utcoffset() for month in range(1, 13))

    kept: dict[tuple[object, ...], str] = {}
    for name in sorted(names, key=lambda each: (each.count("/"), each)):
        kept.setdefault(rules(name), name)
    return tuple(kept.values())


def _first_in_french(date: str, at: datetime, language: str) -> str:
    """The first of a month is "1er" there, which the CLDR has only where it stands alone."""
    return date.replace(" 1 ", " 1er ", 1) if language == "fr" and at.day == 1 else date


def _joined(words: str) -> str:
    """To stay on one line."""
    return words.replace(" ", NO_BREAK)


@lru_cache(maxsize=1024)
def _typeset(message: str, language: str) -> str:
    """With the spaces that do not break, which translators need not type."""
    message = message.replace("%(size)s ", f"%(size)s{NO_BREAK}")
    if language == "fr":
        message = re.sub(r" (?=[?!:;»])|(?<=«) ", NO_BREAK, message)
    return message


def _translations(language: Language) -> gettext.NullTranslations:
    if language == "en":  # the messages are English as they stand
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    source = files(__package__).joinpath("locale", language, "LC_MESSAGES", "delegator.po")
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source.read_bytes()), locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("delegator"),
        autoescape=lambda name: name is not None and name.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters["marked"] = _marked
    environment.filters["plain"] = _plain
    environment.filters["wrapped"] = wrapped
    return environment


def _marked(value: str) -> str:
    """For HTML: our own words escaped, a stranger's isolated and never clickable."""
    from markupsafe import Markup, escape

    from .core.mail.display import Foreign, html

    return Markup(html(value)) if isinstance(value, Foreign) else escape(value)


def _plain(value: str) -> str:
    """For plain text: the same."""
    from .core.mail.display import Foreign, plain

    return plain(value) if isinstance(value, Foreign) else value


def wrapped(text: str, indent: int = 0) -> str:
    """A line of plain text as lines that fit, those after the first indented; none begins with a sign."""
    import textwrap

    held = _BESIDE_A_SIGN.sub("\x1f", text)
    filled = textwrap.fill(held, TEXT_WIDTH, subsequent_indent=" " * indent, break_on_hyphens=False)
    return filled.replace("\x1f", " ")


_BESIDE_A_SIGN = re.compile(r" (?=[?!:;»])|(?<=«) ")
"""As people write it: the catalogues have a space there at which no line breaks."""
