"""What every mail that goes out shares: the stamp, the catalogue, header fields and text as octets.

Nothing here knows what a mail is for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

LOOP_HEADER = "X-Loop-Check"


class Template(Protocol):
    """A mail's layout. Every value that is not marked safe is escaped in HTML."""

    def render(self, **values: object) -> str: ...


class Catalogue(Protocol):
    """One language: messages (gettext), plurals, dates and times as people write them.

    Moments are shown as the wall time they carry: convert them to the reader's time zone first.
    """

    language: str

    def gettext(self, message: str) -> str: ...
    def ngettext(self, singular: str, plural: str, n: int) -> str: ...

    def time(self, at: datetime) -> str:
        """"17.00 u" (nl), "17:00" (en)."""

    def day(self, at: datetime) -> str:
        """Short, without the year: "di 17/11" (nl), "Tue 17 Nov" (en)."""

    def date_time(self, at: datetime) -> str:
        """In full: "dinsdag 17 november 2026 17.00 u" (nl)."""

    def span(self, span: timedelta) -> str:
        """A length of time in its one or two largest units: "45 s", "10 min", "1 u 12", "2 d" (nl)."""

    def number(self, n: int) -> str: ...

    def join(self, parts: Sequence[str]) -> str:
        """"a, b en c" (nl)."""

    def template(self, name: str) -> Template:
        """By file name: "review.html", "review.txt"."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What makes a mail ours. No part of it names the product.

    message_id: with angle brackets, in the owner's domain. boundary: unguessable, 24 characters or
    more of [a-z0-9]. loop: the value of the keyed loop header. date: the Date field, aware.
    """

    message_id: str
    boundary: str
    loop: str
    date: datetime
