"""Every mail that goes out, as octets: forward and review. Pure: ids, boundaries, catalogues come in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from .message import Message
from .people import Backup, Owner
from .review import Review


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


LOOP_HEADER = "X-Loop-Check"


@dataclass(frozen=True, slots=True)
class Forward:
    """A composed forward. kept_whole: False where only header and text fitted the server's SIZE."""

    octets: bytes
    kept_whole: bool


def compose_forward(
    original: bytes,
    message: Message,
    owner: Owner,
    backup: Backup,
    stamp: Stamp,
    catalogue: Catalogue,
    max_octets: int | None,
) -> Forward:
    """A new message from the owner to the backup that carries the original. Never raises.

    original: the whole mail. catalogue: the backup's language. max_octets: the server's SIZE or None.
    """
    raise NotImplementedError


def compose_review(review: Review, owner: Owner, stamp: Stamp, catalogue: Catalogue) -> bytes:
    """A review to the owner: text and HTML, under 80 kB. Never raises."""
    raise NotImplementedError
