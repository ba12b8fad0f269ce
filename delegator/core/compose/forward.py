"""The forward: a new message from the owner to a backup that carries the original as it came.

Its recipient quotes all of it to the client, so nothing here may tell of an absence, a rule, a
priority, or that a machine had a hand in it.

Every leaf that is passed on is a slice of the original's octets. Only the text that the lines on top
go into, and what could not travel as it is (8-bit, NUL, lone CR or LF, overlong lines), is encoded
again; multiparts around them get boundaries of ours. The result is 7-bit throughout, but for a
`message/rfc822` that holds 8-bit octets, which nothing but its own octets may stand for.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from ..display import one_line
from ..message import Address, Message
from ..mime import Part, decode_body, decode_field, decode_text, parse_structure
from ..people import Backup, Owner, normal_address
from ..text import charset_codec, decode_octets
from .mail import (
    Catalogue,
    Stamp,
    address_field,
    ascii_address,
    encode_base64,
    encode_text,
    has_sound_lines,
    is_seven_bit,
    stamp_fields,
    text_entity,
    text_field,
)


@dataclass(frozen=True, slots=True)
class Forward:
    """A composed forward.

    kept_whole: False where only header and text fitted the server's SIZE. is_eight_bit: it needs
    8BITMIME (RFC 6152).
    """

    octets: bytes
    kept_whole: bool
    is_eight_bit: bool = False


def compose_forward(
    original: bytes,
    message: Message,
    owner: Owner,
    backup: Backup,
    stamp: Stamp,
    catalogue: Catalogue,
    max_octets: int | None,
    *,
    by: str | None = None,
    takes_eight_bit: bool = True,
) -> Forward:
    """A new message from the owner to the backup that carries the original. Never raises.

    original: the whole mail. catalogue: the backup's language. max_octets: the server's SIZE or None.
    by: the moment before which an answer is hoped for, as people write it in the backup's language.
    takes_eight_bit: whether the server offers 8BITMIME.
    """
    if b"\r\n" not in original:
        original = original.replace(b"\n", b"\r\n")  # from a file, not from a server
    tree = parse_structure(original)
    answer_to = _answer_to(message, owner, backup)
    note = _Note(_note(backup, owner, answer_to, catalogue, by), _header_block(message, owner, catalogue))
    header = _header(tree, message, owner, backup, stamp, answer_to)

    try:
        if message.is_signed or message.is_encrypted:
            raise _MustGoWhole
        entity = _with_note(tree, note)
    except _MustGoWhole:
        entity = _attached(original, note, catalogue, takes_eight_bit)
    octets = header + _serialise(entity, stamp.boundary)
    if max_octets is None or len(octets) <= max_octets:
        return Forward(octets, kept_whole=True, is_eight_bit=not octets.isascii())

    for characters in _REDUCED_CHARACTERS:
        octets = header + _reduced(tree, note, catalogue, characters)
        if len(octets) <= max_octets:
            break
    return Forward(octets, kept_whole=False)


_REDUCED_CHARACTERS = (64_000, 8_000, 1_000, 0)


# --- what stands on top -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Note:
    """The lines on top: the owner's, then the original's header as (label, value)."""

    lines: tuple[str, ...]
    block: tuple[tuple[str, str], ...]

    def plus(self, line: str) -> _Note:
        return _Note((*self.lines, line), self.block)

    @property
    def text(self) -> str:
        block = "".join(f"{label} {value}\n" for label, value in self.block)
        return "\n".join(self.lines) + f"\n\n{block}\n"

    @property
    def html(self) -> bytes:
        """Pure ASCII, so that it is the same in every character set that holds ASCII."""
        lines = "<br>".join(map(escape, self.lines))
        block = "<br>".join(f"<b>{escape(label)}</b> {escape(value)}" for label, value in self.block)
        markup = f'<div style="{_STYLE}"><p>{lines}</p>\r\n<p>{block}</p></div>\r\n'
        return markup.encode("ascii", "xmlcharrefreplace")


# A newsletter's dark or centred layout must not swallow the lines.
_STYLE = (
    "background:#fff;color:#000;font:15px/1.4 Arial,Helvetica,sans-serif;text-align:left;"
    "padding:8px;margin:0 0 12px"
)
_MAX_NAMES = 3  # of those to whom an answer goes
_MAX_SHOWN = 20  # addresses in the block


def _note(
    backup: Backup, owner: Owner, answer_to: Sequence[Address], catalogue: Catalogue, by: str | None
) -> tuple[str, ...]:
    first_name = one_line(backup.first_name, 60)
    if by is None:
        ask = catalogue.gettext("{backup}, can you answer this?").format(backup=first_name)
    else:
        ask = catalogue.gettext("{backup}, can you answer this before {moment}?").format(
            backup=first_name, moment=by
        )
    others = [address for address in answer_to if not _is_owner(address, owner)]
    names = [one_line(address.name or address.address, 60) for address in others[:_MAX_NAMES]]
    if len(others) > _MAX_NAMES:
        names.append("…")
    if not names:
        goes = catalogue.gettext("Your answer goes to me.")
    elif len(others) < len(answer_to):
        goes = catalogue.gettext("Your answer goes to {names} and me.").format(names=", ".join(names))
    else:
        goes = catalogue.gettext("Your answer goes to {names}.").format(names=catalogue.join(names))
    return (f"{ask} {goes}",)


def _header_block(message: Message, owner: Owner, catalogue: Catalogue) -> tuple[tuple[str, str], ...]:
    fields = [
        (catalogue.gettext("From: {value}"), _shown(message.from_)),
        (catalogue.gettext("To: {value}"), _shown(message.to)),
        (catalogue.gettext("Cc: {value}"), _shown(message.cc)),
        (catalogue.gettext("Date: {value}"), _date(message, owner, catalogue)),
        (catalogue.gettext("Subject: {value}"), one_line(message.subject, 500)),
    ]
    return tuple((label.partition("{value}")[0].rstrip(), value) for label, value in fields if value)


def _shown(addresses: Sequence[Address]) -> str:
    shown = []
    for address in addresses[:_MAX_SHOWN]:
        name, spec = one_line(address.name, 100), one_line(address.address, 200)
        shown.append(f"{name} <{spec}>" if name and name != spec else spec)
    return ", ".join([*shown, "…"] if len(addresses) > _MAX_SHOWN else shown)


def _date(message: Message, owner: Owner, catalogue: Catalogue) -> str:
    moment = message.date or message.arrived_at
    if moment is None:
        return ""
    try:
        return catalogue.date_time(moment.astimezone(owner.timezone))
    except OverflowError:  # the first or last day that a datetime can hold
        return one_line(message.header("date") or "", 100)


# --- the header ---------------------------------------------------------------------------------


def _header(
    tree: Part, message: Message, owner: Owner, backup: Backup, stamp: Stamp, answer_to: Sequence[Address]
) -> bytes:
    """Every field but the Content-* ones. Each part but one comes from the configuration or the stamp."""
    return b"".join(
        (
            address_field("From", [(owner.name, owner.address)]),
            address_field("To", [(backup.name, backup.address)]),
            address_field("Reply-To", [(address.name, address.address) for address in answer_to]),
            _subject_field(tree, message),
            _thread_fields(message),
            stamp_fields(stamp),
            # Never "All": that mutes bounces as well.
            b"X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply\r\n",
        )
    )


_MAX_REPLY_TO = 10


def _answer_to(message: Message, owner: Owner, backup: Backup) -> tuple[Address, ...]:
    """To whom a reply goes: the originator first, then the owner. Never empty, never the backup."""
    wanted = message.reply_to or (message.from_ if message.from_fields == 1 else ())
    nobodys = {normal_address(address) for address in (*owner.addresses, *backup.addresses)}
    originators: dict[str, Address] = {}
    for address in wanted:
        key = normal_address(address.address)
        if key not in nobodys and ascii_address(address.address):
            name = address.name or next(
                (a.name for a in message.from_ if normal_address(a.address) == key), ""
            )
            originators.setdefault(key, Address(name, address.address))
    me = Address(owner.name, owner.address)
    clients = tuple(originators.values())[:_MAX_REPLY_TO]
    if backup.reply_to == "owner" or not clients:
        return (me,)
    return clients if backup.reply_to == "client" else (*clients, me)


def _is_owner(address: Address, owner: Owner) -> bool:
    return address.address == owner.address


_ENCODED_WORD = re.compile(r"=\?[A-Za-z0-9_-]{1,40}\?(?:[Bb]\?[A-Za-z0-9+/]+={0,2}|[Qq]\?[!-<>@-~=]+)\?=")
_MAX_SUBJECT_OCTETS = 4000


def _subject_field(tree: Part, message: Message) -> bytes:
    """The original's field as it stands where it is sound ASCII, else its text encoded anew."""
    for name, raw in _fields(tree.header):
        if name == "subject":
            value = raw.partition(b":")[2]
            return b"Subject:" + value if _is_sound_text(value) else text_field("Subject", message.subject)
    return b""


def _is_sound_text(value: bytes) -> bool:
    """Whether an unstructured field's value reads the same everywhere (RFC 5322 section 3.2.5, RFC 2047)."""
    lines = value.removesuffix(b"\r\n").split(b"\r\n")
    if len(value) > _MAX_SUBJECT_OCTETS or not all(_is_printable(line) for line in lines):
        return False
    if not all(line.strip() for line in lines):
        return False  # a line of nothing but white space could pass for the header's end
    words = b" ".join(lines).decode("ascii").split()
    if not words:
        return False
    return all(
        _ENCODED_WORD.fullmatch(word) and len(word) <= 75 and "\ufffd" not in decode_field(word.encode())
        for word in words
        if "=?" in word
    )


def _is_printable(line: bytes) -> bool:
    return len(line) <= 900 and all(octet == 9 or 32 <= octet < 127 for octet in line)


_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")
_MAX_REFERENCES = 40


def _thread_fields(message: Message) -> bytes:
    """In-Reply-To and References that put the forward, and any answer to it, in the client's thread.

    Source: RFC 5322 section 3.6.4.
    """
    own = message.message_id if message.message_id and _MESSAGE_ID.fullmatch(message.message_id) else None
    before = message.references or (message.in_reply_to if len(message.in_reply_to) == 1 else ())
    references = [reference for reference in before if _MESSAGE_ID.fullmatch(reference) and reference != own]
    if len(references) >= _MAX_REFERENCES:  # the first is the thread's root
        references = [references[0], *references[-_MAX_REFERENCES + 2 :]]
    fields = f"In-Reply-To: {own}\r\n" if own else ""
    if own:
        references.append(own)
    if references:
        fields += "References: " + "\r\n ".join(references) + "\r\n"
    return fields.encode("ascii")


# --- the parts ----------------------------------------------------------------------------------


class _MustGoWhole(Exception):
    """The original cannot be carried part by part: signed, encrypted, badly formed."""


@dataclass(frozen=True, slots=True)
class _Leaf:
    """An entity ready to go: fields, each with its CRLF, and an encoded body."""

    fields: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class _Multipart:
    """content_type: with its parameters, without the boundary. fields: the others, each with its CRLF."""

    content_type: str
    fields: bytes
    children: tuple[_Entity, ...]


_Entity = _Leaf | _Multipart

_GOES_WHOLE = ("multipart/signed", "multipart/encrypted", "multipart/report")
_ARMOUR = b"-----BEGIN PGP "


def _with_note(tree: Part, note: _Note) -> _Entity:
    """The original with the lines on top of its text. Raises _MustGoWhole."""
    for part in tree.walk():
        if part.defects or part.content_type in _GOES_WHOLE or "pkcs7-" in part.content_type:
            raise _MustGoWhole
        if b"\0" in part.header or part.header.count(b"\r") != part.header.count(b"\r\n"):
            raise _MustGoWhole  # others may see a line end, and so another header, where we see none
    entity = _annotated(tree, note, is_top=True)
    if entity is not None:
        return entity
    front = _entity(text_entity(note.text))
    if tree.content_type == "multipart/mixed":
        return _Multipart("multipart/mixed", _other_fields(tree, is_top=True), (front, *_copies(tree)))
    return _Multipart("multipart/mixed", b"", (front, _copied(tree, is_top=True)))


def _annotated(part: Part, note: _Note, *, is_top: bool = False) -> _Entity | None:
    """The part with the lines in its body text; None where it has no text that could take them."""
    if part.children:
        children = _annotated_children(part, note)
        if children is None:
            return None
        return _Multipart(_multipart_type(part), _other_fields(part, is_top=is_top), children)
    if part.disposition == "attachment" or (part.filename and part.content_type != "text/html"):
        return None
    if part.content_type == "text/plain":
        charset, raw = _text_with_note(part, note.text)
    elif part.content_type == "text/html":
        charset, raw = _html_with_note(part, note.html)
    else:
        return None
    if _ARMOUR in raw:
        raise _MustGoWhole
    return _text_leaf(part, charset, raw, is_top=is_top)


def _annotated_children(part: Part, note: _Note) -> tuple[_Entity, ...] | None:
    """Of an alternative all that show text take the lines, of a related its root, of others the first."""
    if part.content_type == "multipart/alternative":
        shown = [child for child in part.children if child.content_type in _ALTERNATIVES or child.children]
    elif part.content_type == "multipart/related":
        start = part.parameters.get("start", "").strip("<> ")
        root = next(
            (child for child in part.children if start and child.content_id == start), part.children[0]
        )
        shown = [root]
    else:
        shown = [part.children[0]]
    annotated = {id(child): _annotated(child, note) for child in shown}
    if not annotated or None in annotated.values():
        return None
    return tuple(annotated.get(id(child)) or _copied(child) for child in part.children)


_ALTERNATIVES = ("text/plain", "text/html")


def _text_with_note(part: Part, note: str) -> tuple[str | None, bytes]:
    """(a new charset or None where it stays, the octets of the text with the note before it)."""
    declared, raw = part.parameters.get("charset", ""), decode_body(part)
    octets = _in_charset(note, declared)
    if octets is not None and (raw.isascii() or declared.lower() not in _STATES_ASCII):
        return None, octets + raw.removeprefix(b"\xef\xbb\xbf")
    return "utf-8", (note + decode_octets(raw, declared).removeprefix("\ufeff")).encode("utf-8", "replace")


def _in_charset(text: str, charset: str) -> bytes | None:
    """The text in a charset, where octets of both can stand side by side; else None."""
    codec = charset_codec(charset)
    if codec is not None and not _holds_ascii(codec):
        return None
    # A codec may be a superset of what the charset's name promises to others: only these two are sure.
    safe = {"utf_8": "utf-8", "cp1252": "latin-1"}.get(codec or "", "ascii")
    try:
        return text.encode("ascii" if charset.lower() in _STATES_ASCII else safe)
    except UnicodeError:
        return None


_STATES_ASCII = ("", "us-ascii", "ascii")
_PRINTABLE_ASCII = bytes(range(32, 127))


def _holds_ascii(codec: str) -> bool:
    """Whether ASCII octets mean ASCII in it, wherever they stand."""
    if codec.startswith(("utf_16", "utf_32", "utf_7", "iso2022", "hz")):
        return False
    return decode_octets(_PRINTABLE_ASCII, codec) == _PRINTABLE_ASCII.decode("ascii")  # EBCDIC is not


def _html_with_note(part: Part, note: bytes) -> tuple[str | None, bytes]:
    declared, raw = part.parameters.get("charset", ""), decode_body(part)
    codec, charset = charset_codec(declared), None
    if codec is not None and not _holds_ascii(codec):
        charset, raw = "utf-8", decode_octets(raw, declared).encode("utf-8", "replace")
    at = _body_start(raw)
    return charset, raw[:at] + note + raw[at:]


_TAG = re.compile(rb"<(/?)([A-Za-z][A-Za-z0-9:-]*)")
_TAG_REST = re.compile(rb"""(?:[^"'>]|"[^"]*"|'[^']*')*+>""")
_BLANKS = re.compile(rb"(?:\s|\xef\xbb\xbf|\xc2\xa0)*+")
_OUTSIDE_BODY = (b"html", b"head", b"meta", b"link", b"base", b"title", b"style", b"script", b"noscript")
_RAW_TEXT = (b"title", b"style", b"script")
_MAX_TAG_OCTETS = 64 * 1024


def _body_start(html: bytes) -> int:
    """Where what the reader sees begins: after <body …>, else after the head, else at the start.

    Linear: each octet is looked at a bounded number of times. Comments are skipped: Word hides a
    second <body> in them.
    """
    at = outside = 0  # outside: the last place that is certainly not within the head
    in_head = False
    lowered = html.lower()
    while True:
        start = html.find(b"<", at) if in_head else _blanks_end(html, at)
        if not in_head:
            outside = at
        if not 0 <= start < len(html) or html[start : start + 1] != b"<":
            return outside
        if html.startswith(b"<!--", start):
            end, width = html.find(b"-->", start + 4), 3
        elif html.startswith((b"<!", b"<?"), start):
            end, width = html.find(b">", start), 1
        elif tag := _TAG.match(html, start):
            name, rest = tag[2].lower(), _TAG_REST.match(html, tag.end(), start + _MAX_TAG_OCTETS)
            end, width = (rest.end() if rest else -1), 0
            if name == b"body" and not tag[1] and rest:
                return end
            if not in_head and name not in _OUTSIDE_BODY:
                return outside
            if name == b"head":
                in_head = not tag[1]
            elif name in _RAW_TEXT and not tag[1] and rest:
                end, width = lowered.find(b"</" + name, end), 0
        else:
            end, width = start + 1, 0
        if end < 0:
            return outside
        at = end + width


def _blanks_end(html: bytes, at: int) -> int:
    match = _BLANKS.match(html, at)
    return match.end() if match else at


def _text_leaf(part: Part, charset: str | None, raw: bytes, *, is_top: bool) -> _Leaf:
    """A text with new octets: its own fields, but for its encoding and, where that is new, its charset."""
    encoding, body = encode_text(raw)
    fields = b""
    for name, field in _kept_fields(part, is_top=is_top):
        if name == "content-type" and charset:
            field = _typed(part, {**part.parameters, "charset": charset})
        if name not in ("content-transfer-encoding", "content-md5"):
            fields += field
    if charset and b"ontent-type:" not in fields.lower():
        fields += _typed(part, {"charset": charset})
    return _Leaf(fields + f"Content-Transfer-Encoding: {encoding}\r\n".encode("ascii"), body)


def _typed(part: Part, parameters: dict[str, str]) -> bytes:
    return f"Content-Type: {part.content_type}{_parameters(parameters)}\r\n".encode("ascii")


def _copies(part: Part) -> tuple[_Entity, ...]:
    return tuple(_copied(child) for child in part.children)


def _copied(part: Part, *, is_top: bool = False) -> _Entity:
    """The part as it came. Raises _MustGoWhole."""
    if part.children:
        return _Multipart(_multipart_type(part), _other_fields(part, is_top=is_top), _copies(part))
    kept = list(_kept_fields(part, is_top=is_top))
    body = part.body
    if part.encoding != "binary" and is_seven_bit(body):
        return _Leaf(b"".join(field for _, field in kept), body)
    if part.content_type.startswith("message/"):
        raise _MustGoWhole  # what is inside may not be encoded (RFC 2046 section 5.2.1)
    fields = b"".join(field for name, field in kept if name != "content-transfer-encoding")
    return _Leaf(fields + b"Content-Transfer-Encoding: base64\r\n", encode_base64(decode_body(part)))


def _multipart_type(part: Part) -> str:
    return part.content_type + _parameters({k: v for k, v in part.parameters.items() if k != "boundary"})


_SIMPLE_VALUE = re.compile(r"[ !#-\[\]-~]{0,200}")
_SIMPLE_NAME = re.compile(r"[a-z0-9-]{1,40}")


def _parameters(parameters: dict[str, str]) -> str:
    """Those that are plain ASCII; a multipart, and a text that is shown, needs no others."""
    return "".join(
        f';\r\n {name}="{value}"'
        for name, value in parameters.items()
        if _SIMPLE_NAME.fullmatch(name) and _SIMPLE_VALUE.fullmatch(value)
    )


def _other_fields(part: Part, *, is_top: bool) -> bytes:
    """The fields of a multipart but for its type; its encoding is what its parts make of it."""
    skipped = ("content-type", "content-transfer-encoding", "content-md5")
    return b"".join(field for name, field in _kept_fields(part, is_top=is_top) if name not in skipped)


def _kept_fields(part: Part, *, is_top: bool) -> Iterator[tuple[str, bytes]]:
    """The fields that describe the part, as they stand. Of the mail's own header only Content-*."""
    for name, raw in _fields(part.header):
        # Content-Length is some mailbox's bookkeeping and would be wrong now.
        if (is_top and not name.startswith("content-")) or name == "content-length":
            continue
        yield name, raw if is_seven_bit(raw) else _ascii_field(part, name, raw)


def _ascii_field(part: Part, name: str, raw: bytes) -> bytes:
    """A field that holds raw 8-bit octets or an overlong line, in the form that it should have had."""
    shown = raw.partition(b":")[0].decode("ascii", "replace").strip()
    if name == "content-type":
        named = {key: value for key, value in part.parameters.items() if key not in ("name", "boundary")}
        typed = f"{shown}: {part.content_type}{_parameters(named)}{_extended('name', part.filename)}\r\n"
        return typed.encode("ascii")
    if name == "content-disposition":
        disposition = part.disposition or "attachment"
        return f"{shown}: {disposition}{_extended('filename', part.filename)}\r\n".encode("ascii")
    return text_field(shown, decode_field(raw.partition(b":")[2]))


def _extended(name: str, value: str) -> str:
    """A parameter in any script (RFC 2231), in pieces that fit a line."""
    if not value:
        return ""
    octets = "".join(
        chr(octet) if (chr(octet).isalnum() and octet < 128) or chr(octet) in "-._" else f"%{octet:02X}"
        for octet in value.encode("utf-8", "replace")
    )
    octets = f"utf-8''{octets}"
    pieces = re.findall(r"(?:%..|[^%]){1,20}", octets)
    if len(pieces) == 1:
        return f";\r\n {name}*={octets}"
    return "".join(f";\r\n {name}*{number}*={piece}" for number, piece in enumerate(pieces))


def _fields(header: bytes) -> Iterator[tuple[str, bytes]]:
    """(lower-case name, the field's octets with CRLF at the end of each line), in order."""
    field = b""
    for line in header.replace(b"\r\n", b"\n").split(b"\n"):
        if line[:1] in (b" ", b"\t") and field:
            field += line + b"\r\n"
            continue
        if field:
            yield _field_name(field), field
        field = line + b"\r\n" if line else b""
    if field:
        yield _field_name(field), field


def _field_name(field: bytes) -> str:
    return field.partition(b":")[0].decode("ascii", "replace").strip().lower()


# --- whole, or reduced --------------------------------------------------------------------------


def _attached(original: bytes, note: _Note, catalogue: Catalogue, takes_eight_bit: bool) -> _Entity:
    """The note, and the original octet for octet.

    As `message/rfc822` where it may travel as such; that type allows no encoding (RFC 2046 section
    5.2.1), so anything else goes as a file that mail programs open as a mail.
    """
    note = note.plus(catalogue.gettext("The message itself is attached."))
    if has_sound_lines(original) and (original.isascii() or takes_eight_bit):
        encoding, body = ("7bit" if original.isascii() else "8bit"), original
        fields = 'Content-Type: message/rfc822\r\nContent-Disposition: attachment; filename="message.eml"\r\n'
    else:
        encoding, body = "base64", encode_base64(original)
        fields = (
            'Content-Type: application/octet-stream; name="message.eml"\r\n'
            'Content-Disposition: attachment; filename="message.eml"\r\n'
        )
    fields += f"Content-Transfer-Encoding: {encoding}\r\n"
    attached = _Leaf(fields.encode("ascii"), body)
    return _Multipart("multipart/mixed", b"", (_entity(text_entity(note.text)), attached))


_MAX_LEFT = 5


def _reduced(tree: Part, note: _Note, catalogue: Catalogue, characters: int) -> bytes:
    """The lines, one that says what stayed behind, and the beginning of the text."""
    leaves = [part for part in tree.walk() if not part.children]
    body = next((leaf for leaf in leaves if leaf.content_type == "text/plain" and _is_shown(leaf)), None)
    left = [
        leaf for leaf in leaves if leaf.filename or (leaf is not body and leaf.disposition == "attachment")
    ]
    names = [
        f"{one_line(leaf.filename, 60) or leaf.content_type} ({_size(leaf)})" for leaf in left[:_MAX_LEFT]
    ]
    if len(left) > _MAX_LEFT:
        names.append("…")
    if names:
        line = catalogue.gettext("Too large to go along: {names}.").format(names=", ".join(names))
    else:
        line = catalogue.gettext("The message was too large to go along whole.")
    text = decode_text(body, characters) if body and characters else ""
    return text_entity(note.plus(line).text + text)


def _is_shown(leaf: Part) -> bool:
    return leaf.disposition != "attachment" and not leaf.filename


def _size(leaf: Part) -> str:
    octets = leaf.body_octets * (3 / 4 if leaf.encoding == "base64" else 1)
    return f"{octets / 1e6:.0f} MB" if octets >= 1e6 else f"{max(1, octets / 1e3):.0f} kB"


# --- octets -------------------------------------------------------------------------------------


def _entity(octets: bytes) -> _Leaf:
    fields, _, body = octets.partition(b"\r\n\r\n")
    return _Leaf(fields + b"\r\n", body)


def _serialise(entity: _Entity, seed: str) -> bytes:
    return _Writer(entity, seed).entity(entity)


class _Writer:
    """Writes a tree; every multipart has a boundary of its own that no leaf holds."""

    def __init__(self, entity: _Entity, seed: str) -> None:
        leaves = list(_leaves(entity))
        self.seed = seed
        while any(self.seed.encode("ascii") in leaf for leaf in leaves):
            self.seed = hashlib.sha256(self.seed.encode("ascii")).hexdigest()[:32]
        self.multiparts = 0

    def entity(self, entity: _Entity) -> bytes:
        if isinstance(entity, _Leaf):
            return entity.fields + b"\r\n" + entity.body
        self.multiparts += 1
        # A fixed width: no boundary may begin with another (RFC 2046 section 5.1.1).
        boundary = f"{self.multiparts:03d}{self.seed}"
        parts = [self.entity(child) for child in entity.children]
        delimiter = f"--{boundary}".encode("ascii")
        body = b"".join(delimiter + b"\r\n" + part + b"\r\n" for part in parts) + delimiter + b"--\r\n"
        fields = f'Content-Type: {entity.content_type};\r\n boundary="{boundary}"\r\n'.encode("ascii")
        if not body.isascii():
            fields += b"Content-Transfer-Encoding: 8bit\r\n"
        return fields + entity.fields + b"\r\n" + body


def _leaves(entity: _Entity) -> Iterator[bytes]:
    if isinstance(entity, _Leaf):
        yield entity.body
    else:
        for child in entity.children:
            yield from _leaves(child)
