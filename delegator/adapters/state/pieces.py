"""Large octets in rows of their own, of 256 kB, so that a mail of 50 MB is in memory once, and not in
four copies.

SQLite reads and writes a value whole, and a row with all its values. What is small stays where it was.
"""

from __future__ import annotations

import hashlib
import io
import sqlite3
from collections.abc import Iterator
from typing import Literal

from ...core.octets import CHUNK_OCTETS, Octets, chunks_of
from .part import digest

LARGE_OCTETS = 1024 * 1024

Of = Literal["original", "outbox"]


SIZE_OCTETS = (
    "(length(original.octets) + (SELECT coalesce(sum(length(piece.octets)), 0) FROM piece "
    "WHERE of = 'original' AND row = original.message))"
)
"""Of an original, in a query."""


def keep(db: sqlite3.Connection, of: Of, row: int, octets: bytes | Octets) -> tuple[bytes, str]:
    """What goes into the row itself, and the digest of all. Empty: it is in pieces.

    What was kept in pieces before is there no more.
    """
    db.execute("DELETE FROM piece WHERE of = ? AND row = ?", (of, row))
    if len(octets) <= LARGE_OCTETS:
        whole = octets if isinstance(octets, bytes) else octets.whole()
        return whole, digest(whole)
    sha256 = hashlib.sha256()
    for number, piece in enumerate(_pieces(octets)):
        sha256.update(piece)
        db.execute("INSERT INTO piece VALUES (?, ?, ?, ?)", (of, row, number, piece))
    return b"", sha256.hexdigest()


def kept(db: sqlite3.Connection, of: Of, row: int, octets: bytes, sha256: str | None) -> bytes | None:
    """All of it; None: it is not what was kept. octets, sha256: of the row itself."""
    if octets or not is_in_pieces(db, of, row):
        return octets if sha256 in (None, digest(octets)) else None
    whole, found = io.BytesIO(), hashlib.sha256()
    for (piece,) in db.execute(
        "SELECT octets FROM piece WHERE of = ? AND row = ? ORDER BY number", (of, row)
    ):
        found.update(piece)
        whole.write(piece)
    return whole.getvalue() if found.hexdigest() == sha256 else None  # it gives its bytes without a copy


def is_in_pieces(db: sqlite3.Connection, of: Of, row: int) -> bool:
    return bool(db.execute("SELECT 1 FROM piece WHERE of = ? AND row = ? LIMIT 1", (of, row)).fetchone())


def _pieces(octets: bytes | Octets) -> Iterator[bytes]:
    piece = bytearray()
    for chunk in chunks_of(octets):
        piece += chunk
        if len(piece) >= CHUNK_OCTETS:
            yield bytes(piece)
            piece.clear()
    if piece:
        yield bytes(piece)
