"""What every mail that goes out shares: the stamp, the catalogue, header fields and text as octets.

Nothing here knows what a mail is for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

LOOP_HEADER = "X-Loop-Check"


class Catalogue(Protocol):
    """One language: messages (gettext), plurals, dates and times as people write them."""

    language: str

    def gettext(self, message: str) -> str: ...
    def ngettext(self, singular: str, plural: str, n: int) -> str: ...


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
