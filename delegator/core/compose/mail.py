"""What every mail that goes out shares: the stamp, the catalogue, header fields and text as octets.

Nothing here knows what a mail is for. Lines end in CRLF; what is written here is ASCII.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Protocol

from ..mail.display import one_line
from ..mail.loop import LOOP_HEADER
from ..octets import Slice, has_bare_breaks
from ..people import normal_address

MAX_LINE_OCTETS = 998
"""The longest line, without its CRLF (RFC 5322 section 2.1.1)."""


class Template(Protocol):
    """A mail's layout. Every value that is not marked safe is escaped in HTML."""

    def render(self, **values: object) -> str: ...


class Catalogue(Protocol):
    """One language: messages (gettext), plurals, dates and times as people write them.

    Moments are shown as the wall time they carry: convert them to the reader's time zone first.
    """

    @property
    def language(self) -> str: ...

    def gettext(self, message: str) -> str: ...
    def ngettext(self, singular: str, plural: str, n: int) -> str: ...

    def time(self, at: datetime) -> str:
        """ "17.00 u" (nl), "17:00" (en)."""

    def hours(self, begin: datetime, end: datetime) -> str:
        """The hours of one day: "9.00–11.00 u" (nl)."""

    def day(self, at: datetime) -> str:
        """Short, without the year: "di 17/11" (nl), "Tue 17 Nov" (en)."""

    def date(self, at: datetime) -> str:
        """In full, without the time: "dinsdag 17 november 2026" (nl)."""

    def date_time(self, at: datetime) -> str:
        """In full: "dinsdag 17 november 2026 17.00 u" (nl)."""

    def age(self, span: timedelta) -> str:
        """In its largest unit: "12 min", "3 u", "2 d" (nl)."""

    def span(self, span: timedelta) -> str:
        """A length of time in its one or two largest units: "45 s", "10 min", "1 u 12", "2 d" (nl)."""

    def number(self, n: int) -> str: ...

    def join(self, parts: Sequence[str]) -> str:
        """ "a, b en c" (nl)."""

    def either(self, parts: Sequence[str]) -> str:
        """ "a, b of c" (nl)."""

    def template(self, name: str) -> Template:
        """By file name: "review.html", "review.txt"."""


def unbound(words: str) -> str:
    """With spaces that break: for a subject, which has one line, and which people search."""
    return words.replace("\u00a0", " ")


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


def stamp_fields(stamp: Stamp) -> bytes:
    """Date, Message-ID, the marks of a mail that a machine sent, MIME-Version."""
    return (
        f"Date: {format_datetime(stamp.date)}\r\n"
        f"Message-ID: {stamp.message_id}\r\n"
        "Auto-Submitted: auto-generated\r\n"  # RFC 3834 section 5
        f"{LOOP_HEADER}: {stamp.loop}\r\n"
        "MIME-Version: 1.0\r\n"
    ).encode("ascii")


def text_field(name: str, text: str) -> bytes:
    """An unstructured field (RFC 5322 section 2.2.1), folded; text that is not plain ASCII encoded."""
    text = one_line(text, 1000)
    words = text.split(" ")
    if not text.isascii() or "=?" in text or max(map(len, words)) > 200:
        return f"{name}: {_encoded(text)}\r\n".encode("ascii")
    lines = [f"{name}:"]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > 76 and not lines[-1].endswith(":"):
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join([*lines, ""]).encode("ascii")


def address_field(name: str, people: Iterable[tuple[str, str]]) -> bytes:
    """An address field of (display name, addr-spec); b"" where no address can stand in a header."""
    found = [_mailbox(who, spec) for who, address in people if (spec := ascii_address(address))]
    return f"{name}: {_COMMA.join(found)}\r\n".encode("ascii") if found else b""


def ascii_address(address: str) -> str | None:
    """The addr-spec as any server takes it: domain in A-labels, local part quoted where it must be.

    None where it is none, or needs SMTPUTF8 (RFC 6531).
    """
    local, _, domain = address.rpartition("@")
    domain = domain if domain.isascii() else normal_address(f"x@{domain}").removeprefix("x@")
    if len(address) > 320 or not _DOMAIN.fullmatch(domain):
        return None
    if _DOT_ATOM.fullmatch(local) or _QUOTED.fullmatch(local):
        return f"{local}@{domain}"
    # "a..b" and "a." are no dot-atoms, but such mailboxes exist.
    return f'"{local}"@{domain}' if _ATOM_TEXT.fullmatch(local) else None


_FOLD = "\r\n "
_COMMA = f",{_FOLD}"
_ATOM_TEXT = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")
_DOT_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_QUOTED = re.compile(r'"[A-Za-z0-9!#$%&\'*+/=?^_`{|}~.@ -]+"')
_DOMAIN = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*|\[[0-9A-Za-z:.]+\]")


def _mailbox(name: str, spec: str) -> str:
    name = one_line(name, 100)
    if not name:
        return spec
    if name.isascii() and "=?" not in name:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" <{spec}>'
    return f"{_encoded(name)} <{spec}>"


def _encoded(text: str) -> str:
    """Encoded words (RFC 2047): each of whole characters, at most 75 octets, on a line of its own."""
    words, word = [], b""
    for character in text:
        octets = character.encode("utf-8", "replace")
        if len(word) + len(octets) > 42:
            words.append(word)
            word = b""
        word += octets
    words.append(word)
    return _FOLD.join(f"=?utf-8?B?{base64.b64encode(word).decode('ascii')}?=" for word in words)


def text_entity(text: str, subtype: str = "plain") -> bytes:
    """A text as a MIME entity in UTF-8: Content-* fields, an empty line, the body."""
    encoding, body = encode_text(text.encode("utf-8", "replace"))
    fields = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n"
    return fields.encode("ascii") + b"\r\n" + body


def encode_text(raw: bytes) -> tuple[str, bytes]:
    """Text in any charset as lines that every server passes on: (content-transfer-encoding, body).

    Line ends become CRLF (RFC 2046 section 4.1.1).
    """
    lines = raw.replace(b"\r\n", b"\n").split(b"\n")
    text = b"\r\n".join(lines)
    if is_seven_bit(text):
        return "7bit", text
    # Quoted-printable makes three of each of these, base64 four of any three.
    if 6 * len(text.translate(None, _UNESCAPED)) > len(text):
        return "base64", encode_base64(text)
    return "quoted-printable", b"\r\n".join(map(_quoted_printable, lines))


_UNESCAPED = bytes(octet for octet in range(128) if octet != ord("="))


def _quoted_printable(line: bytes) -> bytes:
    # One line at a time: in a whole text binascii leaves a lone carriage return as it is.
    return binascii.b2a_qp(line, istext=False).replace(b"\n", b"\r\n")


def encode_base64(octets: bytes) -> bytes:
    """Base64 in lines of 76 characters, without a line end after the last."""
    return base64.encodebytes(octets).replace(b"\n", b"\r\n").removesuffix(b"\r\n")


def is_seven_bit(octets: bytes | Slice) -> bool:
    """Whether it can travel as "7bit" (RFC 2045 section 2.7) just as it is."""
    return octets.isascii() and has_sound_lines(octets)


def has_sound_lines(octets: bytes | Slice) -> bool:
    """No NUL, no CR or LF alone, no line over 998 octets: what "8bit" demands too."""
    if isinstance(octets, Slice):
        return all(map(has_sound_lines, octets.lines()))
    return b"\0" not in octets and not has_bare_breaks(octets) and not _has_long_line(octets)


def _has_long_line(octets: bytes) -> bool:
    """All lines end in CRLF. Not each is looked at: all before the last end within 1000 octets are short."""
    begin, most = 0, MAX_LINE_OCTETS + len(b"\r\n")
    while len(octets) - begin > MAX_LINE_OCTETS:
        end = octets.rfind(b"\n", begin, begin + most) + 1
        if not end:
            return True
        begin = end
    return False
