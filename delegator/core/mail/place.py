"""Where a message is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """The identity of IMAP (RFC 3501 section 2.3.1.1)."""

    mailbox: str
    uidvalidity: int
    uid: int
