"""Octets of a mail in pieces, which are not copied: a mail of 50 MB is never in memory twice.

Whatever is looked for is looked for in pieces too: a thread that searches 50 MB at once holds up all others.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass

CHUNK_OCTETS = 256 * 1024
"""A fraction of a millisecond of work."""

_LINE_OCTETS = 57  # of a line of base64, which has 76 characters (RFC 2045 section 6.8)


@dataclass(frozen=True, slots=True)
class Slice:
    """Some of a mail's octets, from `begin` up to `end`."""

    mail: bytes
    begin: int
    end: int

    @classmethod
    def all_of(cls, octets: bytes) -> Slice:
        return cls(octets, 0, len(octets))

    def __len__(self) -> int:
        return self.end - self.begin

    def chunks(self, most: int = CHUNK_OCTETS) -> Iterator[bytes]:
        for begin in range(self.begin, self.end, most):
            yield self.mail[begin : min(begin + most, self.end)]

    def lines(self, most: int = CHUNK_OCTETS) -> Iterator[bytes]:
        """In pieces that end with a line feed, but for the last, and where a line is longer than `most`."""
        begin = self.begin
        while begin < self.end:
            end = min(begin + most, self.end)
            if end < self.end:
                end = self.mail.rfind(b"\n", begin, end) + 1 or end
            yield self.mail[begin:end]
            begin = end

    def isascii(self) -> bool:
        return all(chunk.isascii() for chunk in self.chunks())

    def holds(self, needle: bytes) -> bool:
        overlap = len(needle) - 1
        return any(
            self.mail.find(needle, begin, min(begin + CHUNK_OCTETS + overlap, self.end)) >= 0
            for begin in range(self.begin, self.end, CHUNK_OCTETS)
        )


@dataclass(frozen=True, slots=True)
class Base64:
    """Octets as base64 in lines of 76 characters, without a line end after the last. Made as it is read."""

    of: Slice

    def __len__(self) -> int:
        octets = len(self.of)
        lines = -(-octets // _LINE_OCTETS)
        return -(-octets // 3) * 4 + 2 * max(0, lines - 1)

    def chunks(self) -> Iterator[bytes]:
        line_end = b""
        for chunk in self.of.chunks(_LINE_OCTETS * 4096):
            yield line_end + base64.encodebytes(chunk).replace(b"\n", b"\r\n").removesuffix(b"\r\n")
            line_end = b"\r\n"

    def isascii(self) -> bool:
        return True

    def holds(self, needle: bytes) -> bool:
        """needle: without a line end, so that it is in one line."""
        return any(needle in chunk for chunk in self.chunks())


Piece = bytes | Slice | Base64


@dataclass(frozen=True, slots=True)
class Octets:
    """What these pieces are together. len() and isascii() as of bytes."""

    pieces: tuple[Piece, ...]

    def __len__(self) -> int:
        return sum(map(len, self.pieces))

    def isascii(self) -> bool:
        return all(piece.isascii() for piece in self.pieces)

    def is_sealed(self) -> bool:
        """Whether no piece can change, or be one thing now and another later."""
        slices = (getattr(piece, "of", piece) for piece in self.pieces)
        return (
            type(self.pieces) is tuple
            and all(type(piece) in (bytes, Slice, Base64) for piece in self.pieces)
            and all(type(getattr(piece, "mail", piece)) is bytes for piece in slices)
        )

    def chunks(self) -> Iterator[bytes]:
        """None of them is large."""
        for piece in self.pieces:
            yield from Slice.all_of(piece).chunks() if isinstance(piece, bytes) else piece.chunks()

    def whole(self) -> bytes:
        return b"".join(self.chunks())

    def head(self, octets: int) -> bytes:
        """The first so many."""
        found = b""
        for chunk in self.chunks():
            found += chunk
            if len(found) >= octets:
                break
        return found[:octets]


def chunks_of(octets: bytes | Octets) -> Iterator[bytes]:
    return octets.chunks() if isinstance(octets, Octets) else Slice.all_of(octets).chunks()


def has_bare_breaks(octets: bytes) -> bool:
    """Whether a CR or LF in it stands alone.

    What Python reads text files with tells it four times as fast as the lines are counted or taken apart.
    """
    ends = io.IncrementalNewlineDecoder(None, translate=False)
    ends.decode(str(octets, "latin-1"), final=True)
    return ends.newlines not in (None, "\r\n")


def holds(piece: Piece, needle: bytes) -> bool:
    return needle in piece if isinstance(piece, bytes) else piece.holds(needle)
