"""Octets of a mail to a `Message`: what triage, the review and the forward need to know of it.

Never raises, whatever the octets: what could not be read becomes a `defect`. Bounds come before
parsing. Decides nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from .addresses import Address, parse_addresses, read_addresses
from .body import Texts, is_all_there_is_to_read, joined, read_texts
from .bounce import (
    REPLYING_FIELDS,
    SPEAKING_FIELDS,
    Bounce,
    find_bounce,
    is_auto_reply,
    may_be_auto_reply,
    may_be_bounce,
)
from .bounds import BODY_CHARACTERS
from .calendar import asks_to_come, is_calendar
from .dates import read_date
from .decoding import decode_octets
from .html import stated_charset
from .ids import parse_ids
from .mime import (
    HEADER_OCTETS,
    LOOK_OCTETS,
    MISSING_END,
    NO_PARTS,
    Fields,
    Part,
    decode_body,
    decode_field,
    decode_text,
    is_mail,
    is_reaction_part,
    parse_structure,
)
from .secrecy import (
    holds_armour,
    is_encrypted,
    is_rights_managed,
    is_signed,
    is_signed_receipt,
    may_hold_armour,
)
from .sight import Sight, sight_of

__all__ = [
    "MAX_OCTETS",
    "TRIAGE_OCTETS",
    "Address",
    "Attachment",
    "Bounce",
    "Message",
    "parse_addresses",
    "parse_message",
    "read_all",
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

    def __eq__(self, other: object) -> bool:
        """By the fields, however they came to be there."""
        if not isinstance(other, Message):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in _FIELD_NAMES)

    def header(self, name: str) -> str | None:
        """The first value of a header field, or None. name: in any case."""
        return next(iter(self.header_values(name)), None)

    def header_values(self, name: str) -> tuple[str, ...]:
        """All values of a header field, topmost first. name: in any case."""
        name = name.lower()
        return tuple(value for key, value in self.headers if key == name)

    def named(self, *names: str) -> tuple[tuple[str, str], ...]:
        """Those of the headers with these names, in order. names: in lower case."""
        return tuple(each for each in self.headers if each[0] in names)

    def count(self, name: str) -> int:
        """How many header fields have this name. name: in lower case."""
        return sum(key == name for key, _ in self.headers)

    @property
    def has_headers(self) -> bool:
        return bool(self.headers)

    @property
    def sight(self) -> Sight | None:
        """What its text may say, where that is seen sooner than the text is read."""
        return None

    @property
    def originator(self) -> Address | None:
        """Who wrote it, if exactly one From field names exactly one address, in clear."""
        is_one = self.from_fields == 1 and len(self.from_) == 1 and self.is_from_clear
        return self.from_[0] if is_one else None

    @property
    def named_ids(self) -> tuple[str, ...]:
        """The Message-IDs that it answers: In-Reply-To, then References from the last to the first."""
        return tuple(dict.fromkeys((*self.in_reply_to, *reversed(self.references))))


def read_all(message: Message) -> Message:
    """Work out every field now: where that may take its time."""
    for name in _FIELD_NAMES:
        getattr(message, name)
    return message


_FIELD_NAMES = tuple(each.name for each in fields(Message))


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
    Time and memory are linear in len(octets). Each field is worked out when it is first asked for: most
    mail is decided by a few of them.
    """
    size = len(octets) if size_octets is None else size_octets
    return _read(octets, size, arrived_at, is_abridged or size <= len(octets), depth)


def _read(octets: bytes, size_octets: int, arrived_at: datetime | None, is_all: bool, depth: int) -> Message:
    message: Message = object.__new__(_Read)
    message.__dict__.update(
        _octets=octets, _depth=depth, _is_all=is_all, arrived_at=arrived_at, size_octets=size_octets
    )
    return message


def arrived(message: Message, at: datetime | None) -> Message:
    """The same mail with another moment of its arrival; what is not worked out yet stays so."""
    if not isinstance(message, _Read):
        return replace(message, arrived_at=at)
    copy: Message = object.__new__(_Read)
    copy.__dict__.update(message.__dict__, arrived_at=at)
    return copy


V = TypeVar("V")


class _Once(Generic[V]):
    """A property that is worked out once. functools' takes a lock for it, which costs more than most do."""

    def __init__(self, work: Callable[[Any], V]) -> None:
        self._work = work

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, reading: Any, owner: type) -> V:
        value = reading.__dict__[self._name] = self._work(reading)
        return value


class _Reading:
    """A mail's octets on their way to a `Message`: its fields by their names, and what they are made of.

    Values that were worked out, or given, are in the instance's dictionary, where they are found first.
    """

    _octets: bytes
    _depth: int
    _is_all: bool  # whether the octets are all of the mail, or all that is looked at
    arrived_at: datetime | None = None
    size_octets: int = 0

    # What it is made of

    @_Once
    def _root(self) -> Part:
        return parse_structure(self._octets)

    @_Once
    def _parts(self) -> Sequence[Part]:
        return self._root.walk()

    @_Once
    def _fields(self) -> Fields:
        return self._root.fields

    @_Once
    def _texts(self) -> Texts:
        return read_texts(self._root, is_list=not _LIST_FIELDS.isdisjoint(self._fields.by_name))

    @_Once
    def _every_text(self) -> tuple[tuple[tuple[str, str], ...], bool]:
        return _every_text(self._parts)

    @_Once
    def _attached(self) -> tuple[tuple[Message, ...], bool]:
        return _attached_messages(self._parts, self._depth)

    @_Once
    def _values(self) -> dict[str, tuple[str, ...]]:
        return {}

    def header_values(self, name: str) -> tuple[str, ...]:
        """As `Message.header_values`; nothing but these values is decoded."""
        name = name.lower()
        if name not in self._fields.by_name:
            return ()
        found = self._values.get(name)
        if found is None:
            found = tuple(_decoded(name, value) for value in self._fields.values(name))
            self._values[name] = found
        return found

    def named(self, *names: str) -> tuple[tuple[str, str], ...]:
        """As `Message.named`; nothing but these values is decoded."""
        by_name = self._fields.by_name
        there = [name for name in names if name in by_name]
        if len(there) < 2:
            return tuple((name, value) for name in there for value in self.header_values(name))
        return tuple((name, _decoded(name, value)) for name, value in self._fields.in_order if name in there)

    def count(self, name: str) -> int:
        return len(self._fields.values(name))

    @_Once
    def has_headers(self) -> bool:
        return bool(self._fields.by_name)

    @_Once
    def sight(self) -> Sight | None:
        return sight_of(self._parts)

    @_Once
    def originator(self) -> Address | None:
        authors, is_clear = self._from
        return authors[0] if len(authors) == 1 and is_clear and self.count("from") == 1 else None

    @_Once
    def named_ids(self) -> tuple[str, ...]:
        if _NAMING_FIELDS.isdisjoint(self._fields.by_name):
            return ()
        return tuple(dict.fromkeys((*self.in_reply_to, *reversed(self.references))))

    # The fields of a `Message`

    @_Once
    def message_id(self) -> str | None:
        ids = _ids(self._fields.first("message-id"))
        return ids[0] if ids else None

    @_Once
    def in_reply_to(self) -> tuple[str, ...]:
        return _ids(self._fields.joined("in-reply-to"))

    @_Once
    def references(self) -> tuple[str, ...]:
        return _bounded_references(_ids(self._fields.joined("references")))

    @_Once
    def _from(self) -> tuple[tuple[Address, ...], bool]:
        return read_addresses(self._fields.values("from"))

    @_Once
    def from_(self) -> tuple[Address, ...]:
        return self._from[0]

    @_Once
    def from_fields(self) -> int:
        return len(self._fields.values("from"))

    @_Once
    def is_from_clear(self) -> bool:
        return self._from[1]

    @_Once
    def sender(self) -> tuple[Address, ...]:
        return _addresses(self._fields, "sender")

    @_Once
    def reply_to(self) -> tuple[Address, ...]:
        return _addresses(self._fields, "reply-to")

    @_Once
    def to(self) -> tuple[Address, ...]:
        return _addresses(self._fields, "to")

    @_Once
    def cc(self) -> tuple[Address, ...]:
        return _addresses(self._fields, "cc")

    @_Once
    def delivered_to(self) -> tuple[str, ...]:
        names = ("delivered-to", "x-original-to")
        found = (address.address for name in names for address in _addresses(self._fields, name))
        return tuple(dict.fromkeys(found))

    @_Once
    def original_from(self) -> tuple[Address, ...]:
        return _addresses(self._fields, "x-original-from")

    @_Once
    def return_path(self) -> str | None:
        return _return_path(self._fields.first("return-path"))

    @_Once
    def subject(self) -> str:
        return next(iter(self.header_values("subject")), "")

    @_Once
    def date(self) -> datetime | None:
        date = self._fields.first("date")
        return read_date(decode_field(date)) if date is not None else None

    @_Once
    def headers(self) -> tuple[tuple[str, str], ...]:
        return tuple((name, _decoded(name, value)) for name, value in self._fields.in_order)

    @_Once
    def text(self) -> str:
        return joined(self._texts.shown)

    @_Once
    def attachments(self) -> tuple[Attachment, ...]:
        if is_all_there_is_to_read(self._root):
            return ()
        parts = [part for part in self._parts if not _is_container(part)]
        may_be_body = [_may_be_body(part) for part in parts]
        bodies = set(map(id, self._texts.shown_parts)) if any(may_be_body) else set()
        return tuple(
            Attachment(part.filename, part.content_type)
            for part, may_be in zip(parts, may_be_body, strict=True)
            if not may_be or id(part) not in bodies
        )

    @_Once
    def is_encrypted(self) -> bool:
        if any(map(is_encrypted, self._parts)) or is_rights_managed(self.named("content-class")):
            return True
        if any(map(may_hold_armour, self._parts)):
            texts = (self.text, *(text for _, text in self.texts))
            if any(holds_armour(text, "MESSAGE") for text in texts):
                return True
        return any(message.is_encrypted for message in self._attached[0])

    @_Once
    def is_signed(self) -> bool:
        return any(map(is_signed, self._parts)) or (
            any(map(may_hold_armour, self._parts)) and holds_armour(self.text, "SIGNED MESSAGE")
        )

    @_Once
    def _calendars(self) -> list[Part]:
        return [part for part in self._parts if is_calendar(part)]

    @_Once
    def is_invitation(self) -> bool:
        return any(asks_to_come(part, self.calendar) for part in self._calendars[:1])

    @_Once
    def calendar(self) -> str:
        return decode_text(self._calendars[0], BODY_CHARACTERS) if self._calendars else ""

    @_Once
    def asks_for_receipt(self) -> bool:
        return not _RECEIPT_FIELDS.isdisjoint(self._fields.by_name)

    @_Once
    def bounce(self) -> Bounce | None:
        if not may_be_bounce(self._parts, self._fields):
            return None
        return find_bounce(self._root, self.named(*SPEAKING_FIELDS), lambda: self.text)

    @_Once
    def is_auto_reply(self) -> bool:
        if not may_be_auto_reply(self._fields):
            return False
        return self.bounce is None and is_auto_reply(self.named(*REPLYING_FIELDS), self.subject)

    @_Once
    def is_signed_receipt(self) -> bool:
        return any(map(is_signed_receipt, self._parts))

    @_Once
    def is_reaction(self) -> bool:
        return any(map(is_reaction_part, self._parts))

    @_Once
    def header_digest(self) -> str:
        return _header_digest(self._root.header)

    @_Once
    def texts(self) -> tuple[tuple[str, str], ...]:
        return self._every_text[0]

    @_Once
    def attached(self) -> tuple[Message, ...]:
        return self._attached[0]

    @_Once
    def is_whole(self) -> bool:
        return self._is_all and self._every_text[1] and self._attached[1]

    @_Once
    def defects(self) -> tuple[str, ...]:
        return _defects(self._parts, self._fields, self._is_all)


class _Read(_Reading, Message):
    """A mail that was parsed: a `Message` whose fields are worked out when they are asked for."""

    def __new__(cls, **values: Any) -> Any:
        """For `dataclasses.replace`: a plain `Message` with these values."""
        return Message(**values)

    def __reduce__(self) -> Any:
        given = (self._octets, self.size_octets, self.arrived_at, self._is_all, self._depth)
        return _read, given


def _decoded(name: str, value: bytes) -> str:
    return _as_stated(value) if name == _RESULTS else decode_field(value)


def _may_be_body(part: Part) -> bool:
    """Whether it is no attachment where it is among the texts that a reader is shown."""
    return part.disposition != "attachment" and part.content_type.startswith("text/")


_NAMING_FIELDS = frozenset({"in-reply-to", "references"})
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


def _addresses(fields: Fields, name: str) -> tuple[Address, ...]:
    return read_addresses(fields.values(name))[0] if name in fields.by_name else ()


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


def _every_text(parts: Sequence[Part]) -> tuple[tuple[tuple[str, str], ...], bool]:
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


def _attached_messages(parts: Sequence[Part], depth: int) -> tuple[tuple[Message, ...], bool]:
    """The messages that are attached, and whether those are all of them."""
    found = [part for part in parts if _is_message(part)]
    if not found or depth >= _MOST_NESTED:
        return (), not found
    read = (parse_message(decode_body(part), depth=depth + 1) for part in found[:_MOST_ATTACHED])
    messages = tuple(read)
    return messages, len(found) <= _MOST_ATTACHED and all(message.is_whole for message in messages)


def _is_message(part: Part) -> bool:
    return part.content_type in ("message/rfc822", "message/global") or is_mail(part)


def _header_digest(header: bytes) -> str:
    """The digest of the first 64 kB, so that a mail and its first part have the same."""
    octets = header[: 2 * HEADER_OCTETS].replace(b"\r\n", b"\n")[:HEADER_OCTETS]
    return hashlib.sha256(octets).hexdigest()


def _defects(parts: Sequence[Part], fields: Fields, is_whole: bool) -> tuple[str, ...]:
    # What was cut off is no defect: an end that did not come, and whatever the last part seems to lack.
    known = parts if is_whole else [parts[0], *parts[1:-1]]
    defects = [defect for part in known for defect in part.defects if is_whole or defect not in _CUT_OFF]
    if len(fields.values("from")) != 1:
        defects.append("no From" if not fields.values("from") else "more than one From")
    return tuple(dict.fromkeys(defects))[:_MAX_DEFECTS]
