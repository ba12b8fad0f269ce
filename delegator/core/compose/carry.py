"""The parts of a received mail in a mail of ours, as they came.

Every leaf that is passed on is a slice of the original's octets. Only the text that the lines on top
go into, and what could not travel as it is (8-bit, NUL, lone CR or LF, overlong lines), is encoded
again; multiparts around them get boundaries of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..mail.decoding import charset_codec, decode_octets
from ..mail.mime import Part, decode_body, decode_field, drops_octets
from ..octets import Base64, Slice
from .entity import Entity, Leaf, Multipart, raw_fields, text_leaf
from .mail import encode_base64, encode_text, is_seven_bit, text_field
from .note import Note, body_start


class MustGoWhole(Exception):
    """The original cannot be carried part by part: signed, encrypted, badly formed."""


_GOES_WHOLE = ("multipart/signed", "multipart/encrypted", "multipart/report")
_LONGEST_TYPE = 255  # RFC 6838 section 4.2, twice 127 and a slash
_ARMOUR = b"-----BEGIN PGP "


def with_note(tree: Part, note: Note) -> Entity:
    """The original with the lines on top of its text. Raises MustGoWhole."""
    for part in tree.walk():
        if part.defects or part.content_type in _GOES_WHOLE or "pkcs7-" in part.content_type:
            raise MustGoWhole
        if len(part.content_type) > _LONGEST_TYPE:
            raise MustGoWhole
        if b"\0" in part.header or part.header.count(b"\r") != part.header.count(b"\r\n"):
            raise MustGoWhole  # others may see a line end, and so another header, where we see none
    entity = _annotated(tree, note, is_top=True)
    if entity is not None:
        return entity
    front = text_leaf(note.text)
    if tree.content_type == "multipart/mixed":
        return Multipart("multipart/mixed", _other_fields(tree, is_top=True), (front, *_copies(tree)))
    return Multipart("multipart/mixed", b"", (front, _copied(tree, is_top=True)))


def _annotated(part: Part, note: Note, *, is_top: bool = False) -> Entity | None:
    """The part with the lines in its body text; None where it has no text that could take them."""
    if part.children:
        children = _annotated_children(part, note)
        if children is None:
            return None
        return Multipart(_multipart_type(part), _other_fields(part, is_top=is_top), children)
    if part.disposition == "attachment" or part.filename:
        return None
    if drops_octets(part):
        raise MustGoWhole  # what we cannot read, another program may
    if part.content_type == "text/plain":
        charset, raw = _text_with_note(part, note.text)
    elif part.content_type == "text/html":
        charset, raw = _html_with_note(part, note.html)
    else:
        return None
    if _ARMOUR in raw:
        raise MustGoWhole
    return _rewritten(part, charset, raw, is_top=is_top)


def _annotated_children(part: Part, note: Note) -> tuple[Entity, ...] | None:
    """All text parts of an alternative take the lines; of a related its root; of others the first."""
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
    at = body_start(raw)
    return charset, raw[:at] + note + raw[at:]


def _rewritten(part: Part, charset: str | None, raw: bytes, *, is_top: bool) -> Leaf:
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
    return Leaf(fields + f"Content-Transfer-Encoding: {encoding}\r\n".encode("ascii"), body)


def _typed(part: Part, parameters: dict[str, str]) -> bytes:
    return f"Content-Type: {part.content_type}{_parameters(parameters)}\r\n".encode("ascii")


def _copies(part: Part) -> tuple[Entity, ...]:
    return tuple(_copied(child) for child in part.children)


def _copied(part: Part, *, is_top: bool = False) -> Entity:
    """The part as it came. Raises MustGoWhole."""
    if part.children:
        return Multipart(_multipart_type(part), _other_fields(part, is_top=is_top), _copies(part))
    kept = list(_kept_fields(part, is_top=is_top))
    body = Slice(part.mail, part.body_from, part.body_until)
    if part.encoding != "binary" and is_seven_bit(body):
        return Leaf(b"".join(field for _, field in kept), body)
    if part.content_type.startswith("message/"):
        raise MustGoWhole  # what is inside may not be encoded (RFC 2046 section 5.2.1)
    if drops_octets(part):
        raise MustGoWhole
    fields = b"".join(field for name, field in kept if name != "content-transfer-encoding")
    fields += b"Content-Transfer-Encoding: base64\r\n"
    if part.encoding in ("7bit", "8bit", "binary"):
        return Leaf(fields, Base64(body))
    return Leaf(fields, encode_base64(decode_body(part)))


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
    """The fields that describe the part, as they stand; at the top only Content-*, each once."""
    seen: set[str] = set()
    for name, raw in raw_fields(part.header):
        if is_top and name in seen:
            continue
        seen.add(name)
        # Content-Length is some mailbox's bookkeeping and would be wrong now.
        if (is_top and not name.startswith("content-")) or name == "content-length":
            continue
        if found := _FIELD.match(raw):  # else a line of no field at all, which nothing reads
            # White space before the colon (RFC 5322 section 4.5) is the header's end to some programs.
            field = found[1] + raw[found.end(1) :].lstrip(b" \t")
            yield name, field if _is_lawful(field) else _lawful_field(part, name, field)


_FIELD = re.compile(rb"([!-9;-~]{1,76})[ \t]{0,9}:")  # RFC 5322 section 2.2; a name cannot be folded


def _is_lawful(raw: bytes) -> bool:
    """Whether every program reads the field alike: seven bits, no control characters, no line of nothing
    but white space, which could pass for the header's end."""
    lines = raw.removesuffix(b"\r\n").split(b"\r\n")
    return (
        is_seven_bit(raw)
        and all(line.strip() for line in lines)
        and all(octet == 9 or 32 <= octet < 127 for line in lines for octet in line)
    )


def _lawful_field(part: Part, name: str, raw: bytes) -> bytes:
    """A field that not every program would read alike, in the form that it should have had."""
    shown = raw.partition(b":")[0].decode("ascii").strip()
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
