"""Octets of a mail to a `Message`: what triage, the review and the forward need to know of it.

Never raises, whatever the octets: what could not be read becomes a `defect`. Bounds come before
parsing. Decides nothing.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime

from .addresses import FIELD_OCTETS, Address, parse_addresses, read_addresses
from .bounce import Bounce, find_bounce, is_auto_reply
from .calendar import asks_to_come, is_calendar
from .dates import read_date
from .html import stated_charset
from .ids import parse_ids
from .mime import (
    HEADER_OCTETS,
    LOOK_OCTETS,
    MISSING_END,
    NO_PARTS,
    Part,
    decode_body,
    decode_field,
    decode_text,
    header_fields,
    is_mail,
    parse_structure,
)
from .secrecy import holds_armour, is_encrypted, is_rights_managed, is_signed, is_signed_receipt
from .text import decode_octets
from .texts import BODY_CHARACTERS, joined, read_texts

__all__ = [
    "BODY_CHARACTERS",
    "MAX_OCTETS",
    "TRIAGE_OCTETS",
    "Address",
    "Attachment",
    "Bounce",
    "Message",
    "parse_addresses",
    "parse_message",
]

TRIAGE_OCTETS = 128 * 1024
"""How much of a mail is fetched and parsed to triage it, unless a rule looks at attachments."""

MAX_OCTETS = 64 * 1024 * 1024
"""The largest mail that is taken up whole; a larger one becomes an item that says so."""

TEXT_CHARACTERS = 1024 * 1024
"""How much of each text part a private rule sees; where there is more, it holds in doubt."""

_MOST_ATTACHED = 10
_MOST_NESTED = 3
"""Attached messages that are read, and how deep they lie in each other; more is a doubt."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is no body text. filename may be ""; content_type is lower case."""

    filename: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Message:
    """One mail, as triage sees it. Text is decoded, NFC, and bounded."""

    message_id: str | None = None  # with angle brackets
    in_reply_to: tuple[str, ...] = ()  # with angle brackets, in order, without repeats
    references: tuple[str, ...] = ()
    from_: tuple[Address, ...] = ()  # of all From fields together; more than one matches no rule
    from_fields: int = 0  # how many From fields there are: 1 in a sound mail
    is_from_clear: bool = True  # whether the domain stands there as it is, not in an encoded word
    sender: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    delivered_to: tuple[str, ...] = ()  # addr-specs of Delivered-To and X-Original-To
    original_from: tuple[Address, ...] = ()  # X-Original-From, as group addresses add it
    return_path: str | None = None  # "" is the empty reverse-path; None: not stated
    subject: str = ""  # one line, no control characters
    date: datetime | None = None  # the Date field, aware, UTC
    arrived_at: datetime | None = None  # INTERNALDATE, or what a file states instead; aware, UTC
    size_octets: int = 0  # of the whole mail, not of the part that was fetched
    headers: tuple[tuple[str, str], ...] = ()  # (lower-case name, decoded value on one line), in order
    text: str = ""  # all that a reader is shown, in order, but for attachments; 64 kB of it
    attachments: tuple[Attachment, ...] = ()
    is_encrypted: bool = False  # S/MIME or OpenPGP
    is_signed: bool = False
    is_invitation: bool = False  # holds a text/calendar part that is no answer to one
    calendar: str = ""  # the first calendar that is a part of its own
    asks_for_receipt: bool = False  # Disposition-Notification-To, Return-Receipt-To, X-Confirm-Reading-To
    bounce: Bounce | None = None
    is_auto_reply: bool = False  # an out-of-office or the like, by its headers
    is_signed_receipt: bool = False  # S/MIME's
    is_reaction: bool = False  # an emoji that a mail program stuck to another mail, by a part of it
    header_digest: str = ""  # hex SHA-256 of the header octets: known again when UIDVALIDITY changes
    texts: tuple[tuple[str, str], ...] = ()
    """Every text part, shown or attached, in order: (content type, text; of HTML its markup)."""
    attached: tuple[Message, ...] = ()  # the messages that are attached to it
    is_whole: bool = True  # every text part and attached message could be read to its end
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
        """Who wrote it, if exactly one From field names exactly one address, in clear."""
        is_one = self.from_fields == 1 and len(self.from_) == 1 and self.is_from_clear
        return self.from_[0] if is_one else None

    @property
    def named_ids(self) -> tuple[str, ...]:
        """The Message-IDs that it answers: In-Reply-To, then References from the last to the first."""
        return tuple(dict.fromkeys((*self.in_reply_to, *reversed(self.references))))


def parse_message(
    octets: bytes,
    *,
    size_octets: int | None = None,
    arrived_at: datetime | None = None,
    is_abridged: bool = False,
    depth: int = 0,
) -> Message:
    """A mail, or the first part of one, to a `Message`. Never raises.

    octets: any at all. size_octets: of the whole mail; None if `octets` is the whole.
    arrived_at: aware; INTERNALDATE. is_abridged: the octets are all that is looked at of it (`outline`),
    not only its beginning. depth: of an attached message, in how many others it lies.
    Time and memory are linear in len(octets).
    """
    root = parse_structure(octets)
    is_whole = is_abridged or size_octets is None or size_octets <= len(octets)
    parts = list(root.walk())
    fields = header_fields(root.header)
    long_fields = _Fields(header_fields(root.header, FIELD_OCTETS))
    long_values = (value for _, value in header_fields(root.header, FIELD_OCTETS))
    headers = tuple(
        (name.lower(), _as_stated(whole) if name.lower() == _RESULTS else decode_field(value))
        for (name, value), whole in zip(fields, long_values, strict=True)
    )
    texts = read_texts(root, is_list=any(name in _LIST_FIELDS for name, _ in headers))
    text = joined(texts.shown)
    bodies = set(map(id, texts.shown_parts))
    calendars = [part for part in parts if is_calendar(part)]
    calendar = decode_text(calendars[0], BODY_CHARACTERS) if calendars else ""
    senders = long_fields.values("from")
    from_, is_from_clear = read_addresses(senders)
    subject = next((value for name, value in headers if name == "subject"), "")
    ids = _ids(long_fields.first("message-id"))
    date = long_fields.first("date")
    bounce = find_bounce(root, headers, text)
    every_text, is_all_text = _every_text(parts)
    attached, is_all_attached = _attached_messages(parts, depth)
    return Message(
        message_id=ids[0] if ids else None,
        in_reply_to=_ids(long_fields.joined("in-reply-to")),
        references=_bounded_references(_ids(long_fields.joined("references"))),
        from_=from_,
        from_fields=len(senders),
        is_from_clear=is_from_clear,
        sender=long_fields.addresses("sender"),
        reply_to=long_fields.addresses("reply-to"),
        to=long_fields.addresses("to"),
        cc=long_fields.addresses("cc"),
        delivered_to=tuple(
            dict.fromkeys(
                address.address
                for name in ("delivered-to", "x-original-to")
                for address in long_fields.addresses(name)
            )
        ),
        original_from=long_fields.addresses("x-original-from"),
        return_path=_return_path(long_fields.first("return-path")),
        subject=subject,
        date=read_date(decode_field(date)) if date is not None else None,
        arrived_at=arrived_at,
        size_octets=len(octets) if size_octets is None else size_octets,
        headers=headers,
        text=text,
        attachments=tuple(
            Attachment(part.filename, part.content_type)
            for part in parts
            if not _is_container(part)
            and (
                id(part) not in bodies
                or part.disposition == "attachment"
                or not part.content_type.startswith("text/")
            )
        ),
        is_encrypted=any(map(is_encrypted, parts))
        or any(holds_armour(each, "MESSAGE") for each in (text, *(found for _, found in every_text)))
        or any(message.is_encrypted for message in attached)
        or is_rights_managed(headers),
        is_signed=any(map(is_signed, parts)) or holds_armour(text, "SIGNED MESSAGE"),
        is_invitation=any(asks_to_come(part, calendar) for part in calendars[:1]),
        calendar=calendar,
        asks_for_receipt=any(name in _RECEIPT_FIELDS for name, _ in headers),
        bounce=bounce,
        is_auto_reply=bounce is None and is_auto_reply(headers, subject),
        is_signed_receipt=any(map(is_signed_receipt, parts)),
        is_reaction=any(map(_is_reaction, parts)),
        header_digest=_header_digest(root.header),
        texts=every_text,
        attached=attached,
        is_whole=is_whole and is_all_text and is_all_attached,
        defects=_defects(parts, long_fields, is_whole),
    )


_LIST_FIELDS = frozenset({"list-id", "list-post", "mailing-list", "list-unsubscribe"})
_RESULTS = "authentication-results"


def _as_stated(value: bytes) -> str:
    """A field whole and to the letter: what a sender put in it must not become another word or sign.

    No encoded word is decoded, and nothing is composed: NFC makes a semicolon of U+037E.
    """
    return decode_octets(value, None).translate(_CONTROLS).strip(" ")


_CONTROLS = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), " ")
_RECEIPT_FIELDS = frozenset({"disposition-notification-to", "return-receipt-to", "x-confirm-reading-to"})
_MAX_REFERENCES = 100  # the newest, besides the first: nobody's conversation is longer
_MAX_DEFECTS = 20
_CUT_OFF = (MISSING_END, NO_PARTS)


class _Fields:
    """The fields of a header by name, each up to 64 kB: a list of recipients or references may be long."""

    def __init__(self, fields: list[tuple[str, bytes]]) -> None:
        self.by_name: dict[str, list[bytes]] = {}
        for name, value in fields:
            self.by_name.setdefault(name.lower(), []).append(value)

    def values(self, name: str) -> list[bytes]:
        return self.by_name.get(name, [])

    def first(self, name: str) -> bytes | None:
        return next(iter(self.values(name)), None)

    def joined(self, name: str) -> bytes:
        return b" ".join(self.values(name))

    def addresses(self, name: str) -> tuple[Address, ...]:
        return read_addresses(self.values(name))[0]


def _ids(value: bytes | None) -> tuple[str, ...]:
    return parse_ids(decode_octets(value, None)) if value else ()


def _bounded_references(ids: tuple[str, ...]) -> tuple[str, ...]:
    return ids if len(ids) <= _MAX_REFERENCES + 1 else (ids[0], *ids[-_MAX_REFERENCES:])


def _return_path(value: bytes | None) -> str | None:
    """The reverse-path; "" for <>, None where there is none that can be read."""
    if value is None:
        return None
    addresses = parse_addresses(value)
    if addresses:
        return addresses[0].address
    return "" if "".join(decode_field(value).split()) in ("", "<>") else None


def _is_container(part: Part) -> bool:
    return part.content_type.startswith("multipart/")


def _every_text(parts: list[Part]) -> tuple[tuple[tuple[str, str], ...], bool]:
    """Every text leaf, and whether that is all of them to their ends."""
    found: list[tuple[str, str]] = []
    is_all = True
    for part in parts:
        is_unread = _is_container(part) and not part.children  # its parts could not be told apart
        if part.content_type.startswith("text/") or is_unread:
            text = decode_text(part, TEXT_CHARACTERS, _charset(part))
            is_all = is_all and len(text) < TEXT_CHARACTERS and part.body_octets < LOOK_OCTETS
            found.append((part.content_type, text))
    return tuple(found), is_all


def _charset(part: Part) -> str | None:
    """That of a text part; of HTML perhaps the one that only it states."""
    if part.content_type != "text/html":
        return part.parameters.get("charset")
    return stated_charset(part.parameters.get("charset", ""), decode_body(part, HEADER_OCTETS))


def _attached_messages(parts: list[Part], depth: int) -> tuple[tuple[Message, ...], bool]:
    """The messages that are attached, and whether those are all of them."""
    found = [part for part in parts if _is_message(part)]
    if not found or depth >= _MOST_NESTED:
        return (), not found
    read = (parse_message(decode_body(part), depth=depth + 1) for part in found[:_MOST_ATTACHED])
    messages = tuple(read)
    return messages, len(found) <= _MOST_ATTACHED and all(message.is_whole for message in messages)


def _is_message(part: Part) -> bool:
    return part.content_type in ("message/rfc822", "message/global") or is_mail(part)


_REACTION = re.compile(rb"^content-disposition[ \t]*:[ \t]*reaction\b", re.MULTILINE | re.IGNORECASE)


def _is_reaction(part: Part) -> bool:
    """Gmail's own part, or RFC 9078."""
    is_gmails = part.content_type == "text/vnd.google.email-reaction+json"
    return is_gmails or bool(_REACTION.search(part.header[:HEADER_OCTETS]))


def _header_digest(header: bytes) -> str:
    """Of the first 64 kB, so that a mail and its first part have the same."""
    octets = header[: 2 * HEADER_OCTETS].replace(b"\r\n", b"\n")[:HEADER_OCTETS]
    return hashlib.sha256(octets).hexdigest()


def _defects(parts: list[Part], fields: _Fields, is_whole: bool) -> tuple[str, ...]:
    # What was cut off is no defect: an end that did not come, and whatever the last part seems to lack.
    known = parts if is_whole else [parts[0], *parts[1:-1]]
    defects = [defect for part in known for defect in part.defects if is_whole or defect not in _CUT_OFF]
    if len(fields.values("from")) != 1:
        defects.append("no From" if not fields.values("from") else "more than one From")
    return tuple(dict.fromkeys(defects))[:_MAX_DEFECTS]
