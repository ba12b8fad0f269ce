"""A mail that comes in pieces, of which only what is ever looked at is kept; for mail in files.

Of an attachment that is its beginning (`mime.look_octets`). Whoever reads what is kept decides as if the
whole was there: what is left out lies behind what is looked at of its part, and is made of whole lines. None
of them begins with two dashes, so there is no delimiter among them, and the parts stay as they are.
"""

from __future__ import annotations

import io
import math

from .arrival import as_received, bare_line_feeds
from .mime import HEADER_WINDOW, is_lined_by_cr, is_mail, look_octets, parse_structure

PIECE_OCTETS = 16 * 1024
"""How much is kept or left out at once."""

_SMALL_OCTETS = 128 * 1024  # up to here all is kept: to look where it could be cut would cost more
_LOOKED_AT_OCTETS = 256 * 1024 * 1024  # in all, to see where in a mail one is: a bound for hostile ones
_MAILS = ("message/rfc822", "message/global", "message/news")
_MOST_NESTED = 3
_IDENTITIES = ("7bit", "8bit", "binary")


class Abridgement:
    """What is kept of one mail.

    most_octets: how much of a mail is taken; of what comes behind that only the size counts.
    size_octets: at its end that of the whole, as a server counts it: each line end as two.
    """

    def __init__(self, most_octets: int) -> None:
        self.size_octets = 0
        self._room, self._is_cut_off, self._leaves_out = most_octets, False, False
        self._kept = io.BytesIO()  # it gives its octets without copying them
        self._waiting = bytearray()  # until it is a piece
        self._starts_line = True
        self._looked_at = 0
        self._wanted: float | None = None  # so much of this part yet; None: it has to be looked at
        self._is_clear = False

    def add(self, octets: bytes) -> None:
        self._waiting += octets
        if len(self._waiting) >= PIECE_OCTETS:
            # Whole lines; and of a longer one no CR without the LF that may follow.
            end = self._waiting.rfind(b"\n") + 1 or len(self._waiting) - self._waiting.endswith(b"\r")
            self._take(bytes(self._waiting[:end]))
            del self._waiting[:end]

    def end(self) -> None:
        """Nothing more comes."""
        self._take(bytes(self._waiting))
        self._waiting.clear()

    @property
    def octets(self) -> bytes:
        return self._kept.getvalue()

    @property
    def is_abridged(self) -> bool:
        """Whether what is kept is all that is looked at, though not all that was there."""
        return self._leaves_out and not self._is_cut_off

    def _take(self, piece: bytes) -> None:
        self.size_octets += len(piece)
        if len(piece) > self._room:
            self._is_cut_off, piece = True, piece[: self._room]
        self._room -= len(piece)
        self.size_octets += bare_line_feeds(piece)
        is_lines = self._starts_line and piece.endswith(b"\n")
        self._starts_line = piece.endswith(b"\n")
        if not is_lines or piece.startswith(b"--") or b"\n--" in piece:
            self._wanted = None  # what follows may be another part
        elif self._kept.tell() >= _SMALL_OCTETS:
            if self._wanted is None:
                self._wanted, self._is_clear = self._look()
            if self._wanted <= 0:
                self._leaves_out = True
                return
            self._wanted -= len(piece)
            if self._wanted <= 0 and not self._is_clear:
                self._wanted = None
        self._kept.write(piece)

    def _look(self) -> tuple[float, bool]:
        self._looked_at += self._kept.tell()
        if self._looked_at > _LOOKED_AT_OCTETS:
            return math.inf, True
        return _wanted(as_received(self._kept.getvalue()))


def _wanted(octets: bytes, depth: int = 0) -> tuple[float, bool]:
    """How much more is looked at of the part in whose midst these octets end; inf: of all of it.

    octets: the beginning of a mail, which ends with a line. The second: whether that is clear, or then to be
    looked at again.
    """
    if is_lined_by_cr(octets):
        return math.inf, True  # a delimiter may stand within what are lines here
    part = parse_structure(octets)
    while part.children:  # behind their end, nothing is looked at
        part = part.children[-1]
    there = part.body_octets
    # The line end before a delimiter belongs to the delimiter (RFC 2046 section 5.1.1).
    wanted, is_clear = look_octets(part) + len(b"\r\n") - there, True
    # Where a header ends that no empty line ends depends on so much behind it.
    if there < HEADER_WINDOW and not octets.endswith(b"\n\r\n", 0, part.body_from):
        wanted, is_clear = HEADER_WINDOW - there, False
    if part.content_type in _MAILS or is_mail(part):
        if part.encoding not in _IDENTITIES or depth == _MOST_NESTED:
            return math.inf, True
        inside, is_inside_clear = _wanted(part.body, depth + 1)
        return max(wanted, inside), is_clear and is_inside_clear
    return wanted, is_clear
