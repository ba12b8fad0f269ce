"""When a mail arrived that no server tells about: one in a file, by its own header.

Live that moment is INTERNALDATE, the server's own. A file has what the server wrote when it took the mail:
the topmost Received. The Date field is the sender's clock, and only the last resort.
"""

from __future__ import annotations

import re
from datetime import datetime

from .dates import read_date
from .message import Message, arrived, parse_message

_MOST_SEMICOLONS = 8  # that are looked at in one field


def message_of_file(octets: bytes, size_octets: int, *, is_abridged: bool = False) -> Message:
    """A mail from a file, as a server would have given it.

    octets: as many as were kept. size_octets: of all of it, as a server counts. is_abridged: what was kept is
    all that is looked at.
    """
    message = parse_message(as_received(octets), size_octets=size_octets, is_abridged=is_abridged)
    return with_stated_arrival(message)


_BARE_LF = re.compile(rb"(?<!\r)\n")


def as_received(octets: bytes) -> bytes:
    """As from a server: each line ends in CRLF."""
    # Nearly all files have one kind of line end; the expression would keep every line for itself.
    bare = bare_line_feeds(octets)
    if not bare:
        return octets
    if bare == octets.count(b"\n"):
        return octets.replace(b"\n", b"\r\n")
    return _BARE_LF.sub(b"\r\n", octets)


def bare_line_feeds(octets: bytes) -> int:
    return octets.count(b"\n") - octets.count(b"\r\n")


def with_stated_arrival(message: Message) -> Message:
    """A mail from a file, as it would have been taken up. Its `arrived_at` is None where it states none."""
    return arrived(message, stated_arrival(message))


def stated_arrival(message: Message) -> datetime | None:
    """The topmost Received that has a date, else Date; None where neither can be read. Never raises.

    Source: RFC 5321 section 4.4: each server adds its own above the others.
    """
    received = (_received_at(value) for value in message.header_values("Received"))
    return next((moment for moment in received if moment is not None), message.date)


def _received_at(value: str) -> datetime | None:
    """The date behind a semicolon, the last that has one: a comment behind it may hold semicolons, too."""
    at = len(value)
    for _ in range(_MOST_SEMICOLONS):
        at = value.rfind(";", 0, at)
        if at < 0:
            return None
        moment = read_date(value[at + 1 :].strip())
        if moment is not None:
            return moment
    return None
