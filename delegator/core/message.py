"""Octets of a mail to a `Message`: what triage, the review and the forward need to know of it.

Never raises, whatever the octets: what could not be read becomes a `defect`. Bounds come before
parsing. Decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

TRIAGE_OCTETS = 128 * 1024
"""How much of a mail is fetched and parsed to triage it, unless a rule looks at attachments."""

MAX_OCTETS = 64 * 1024 * 1024
"""The largest mail that is taken up whole; a larger one becomes an item that says so."""

BODY_CHARACTERS = 64 * 1024
"""How much of the text a `body` pattern sees."""


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox of an address field (RFC 5322 section 3.4).

    name: the display name, decoded, on one line, without control characters; may be "".
    address: the addr-spec as written, without white space; never "".
    """

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is no body text. filename may be ""; content_type is lower case."""

    filename: str
    content_type: str
    size_octets: int


@dataclass(frozen=True, slots=True)
class Bounce:
    """A delivery status report (RFC 3464), or a bounce in no standard form.

    kind: "failed" for a permanent failure, "delayed" for a warning that delivery goes on.
    message_ids: the Message-IDs of the mails that it speaks of, with angle brackets; may be empty.
    recipients: the addresses that it names as failed; may be empty.
    """

    kind: Literal["failed", "delayed"]
    message_ids: tuple[str, ...]
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """One mail, as triage sees it. Text is decoded, NFC, and bounded."""

    message_id: str | None = None  # with angle brackets
    in_reply_to: tuple[str, ...] = ()  # with angle brackets, in order, without repeats
    references: tuple[str, ...] = ()
    from_: tuple[Address, ...] = ()  # of all From fields together; more than one matches no rule
    from_fields: int = 0  # how many From fields there are: 1 in a sound mail
    sender: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    delivered_to: tuple[str, ...] = ()  # addr-specs of Delivered-To and X-Original-To
    original_from: tuple[Address, ...] = ()  # X-Original-From, as group addresses add it
    return_path: str | None = None  # "" is the empty reverse-path; None: not stated
    subject: str = ""  # one line, no control characters
    date: datetime | None = None  # the Date field, aware, UTC
    arrived_at: datetime | None = None  # INTERNALDATE, aware, UTC
    size_octets: int = 0  # of the whole mail, not of the part that was fetched
    headers: tuple[tuple[str, str], ...] = ()  # (lower-case name, decoded value on one line), in order
    text: str = ""  # the first text/plain, else text/html, that is no attachment, as text
    html: str = ""  # the first text/html that is no attachment, as markup; "" if none
    attachments: tuple[Attachment, ...] = ()
    is_encrypted: bool = False  # S/MIME or OpenPGP
    is_signed: bool = False
    is_invitation: bool = False  # holds a text/calendar part
    asks_for_receipt: bool = False  # Disposition-Notification-To, Return-Receipt-To, X-Confirm-Reading-To
    bounce: Bounce | None = None
    is_auto_reply: bool = False  # an out-of-office or the like, by its headers
    header_digest: str = ""  # hex SHA-256 of the header octets: known again when UIDVALIDITY changes
    defects: tuple[str, ...] = field(default=())  # sentences, English

    def header(self, name: str) -> str | None:
        """The first value of a header field, or None. name: in any case."""
        name = name.lower()
        return next((value for key, value in self.headers if key == name), None)

    def header_values(self, name: str) -> tuple[str, ...]:
        """All values of a header field, topmost first."""
        name = name.lower()
        return tuple(value for key, value in self.headers if key == name)

    @property
    def originator(self) -> Address | None:
        """Who wrote it, if exactly one From field names exactly one address."""
        return self.from_[0] if self.from_fields == 1 and len(self.from_) == 1 else None

    @property
    def named_ids(self) -> tuple[str, ...]:
        """The Message-IDs that it answers: In-Reply-To, then References from the last to the first."""
        return tuple(dict.fromkeys((*self.in_reply_to, *reversed(self.references))))


def parse_message(octets: bytes, *, size_octets: int | None = None, arrived_at: datetime | None = None) -> Message:
    """A mail, or the first part of one, to a `Message`. Never raises.

    octets: any at all. size_octets: of the whole mail; None if `octets` is the whole.
    arrived_at: aware; INTERNALDATE.
    Time and memory are linear in len(octets).
    """
    raise NotImplementedError
