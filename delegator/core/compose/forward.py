"""The forward: a new message from the owner to a backup that carries the original as it came.

Its recipient quotes all of it to the client, so nothing here may tell of an absence, a rule, a
priority, or that a machine had a hand in it. How parts are carried is in `carry`, what stands above
them in `note`; here are the header, and what goes whole or reduced.

The result is 7-bit throughout, but for a `message/rfc822` that holds 8-bit octets, which nothing but
its own octets may stand for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..mail.display import one_line
from ..mail.message import Address, Message
from ..mail.mime import Part, decode_field, parse_structure
from ..octets import Base64, Octets, Piece, Slice
from ..people import Backup, Owner, normal_address
from ..rules.conditions import is_own_list
from .carry import MustGoWhole, with_note
from .entity import Entity, Leaf, Multipart, laid_out, raw_fields, text_leaf
from .mail import (
    Catalogue,
    Stamp,
    address_field,
    ascii_address,
    has_sound_lines,
    stamp_fields,
    text_entity,
    text_field,
)
from .note import Note, header_block, note_lines, own_lines


def compose_forward(
    original: bytes,
    message: Message,
    owner: Owner,
    backup: Backup,
    stamp: Stamp,
    catalogue: Catalogue,
    max_octets: int | None,
    *,
    line: str = "",
    takes_eight_bit: bool = True,
    is_known: Callable[[str], bool] = lambda address: False,
) -> Octets:
    """A new message from the owner to the backup that carries the original. Never raises.

    The original's octets are not copied; where they exceed the server's SIZE, header and text go alone.

    original: the whole mail. catalogue: the backup's language. max_octets: the server's SIZE or None.
    line: what the owner adds in words of their own, two lines at most; the client may come to read it.
    takes_eight_bit: whether the server offers 8BITMIME. is_known: of an address, as for `spoken_name`.
    """
    if b"\r\n" not in original:
        original = original.replace(b"\n", b"\r\n")  # from a file, not from a server
    tree = parse_structure(original)
    answer_to = _answer_to(message, owner, backup)
    goes_to = note_lines(
        backup, owner, answer_to.addresses, catalogue, unreached=answer_to.unreached, is_known=is_known
    )
    lines = (*goes_to, *own_lines(line))
    note = Note(lines, header_block(message, owner, catalogue))
    header = _header(tree, message, owner, backup, stamp, answer_to.addresses)

    try:
        if message.is_signed or message.is_encrypted:
            raise MustGoWhole
        entity = with_note(tree, note)
    except MustGoWhole:
        entity = _attached(original, note, catalogue, takes_eight_bit)
    content = Octets((header, *laid_out(entity, stamp.boundary)))
    if max_octets is None or len(content) <= max_octets:
        return content

    for characters in _REDUCED_CHARACTERS:
        content = Octets((header, _reduced(tree, note, catalogue, message.text[:characters])))
        if len(content) <= max_octets:
            break
    return content


_REDUCED_CHARACTERS = (64_000, 8_000, 1_000, 0)


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


@dataclass(frozen=True, slots=True)
class _AnswerTo:
    """To whom a reply goes: never nobody, never the backup.

    unreached: who wrote from an address that cannot stand there.
    """

    addresses: tuple[Address, ...]
    unreached: tuple[Address, ...] = ()


def _answer_to(message: Message, owner: Owner, backup: Backup) -> _AnswerTo:
    """The originator first, then the owner: Reply-To, else From, else whom a group address wrote for."""
    me = Address(owner.name, owner.address)
    if backup.reply_to == "owner":
        return _AnswerTo((me,))
    nobodys = {normal_address(address) for address in (*owner.addresses, *backup.addresses)}
    # A group in the owner's domain puts itself into From, and perhaps into Reply-To.
    is_from_group = bool(message.original_from) and is_own_list(message, owner.domain)
    unreached: tuple[Address, ...] = ()
    from_ = message.from_ if message.from_fields == 1 else ()
    for wanted in (message.reply_to, from_, message.original_from):
        originators: dict[str, Address] = {}
        for address in wanted:
            key = normal_address(address.address)
            is_group = is_from_group and wanted is not message.original_from and _is_in(key, owner.domain)
            if key in nobodys or is_group:
                continue
            if not ascii_address(address.address):
                unreached = (*unreached, address)
                continue
            originators.setdefault(key, Address(address.name or _name_of(key, message), address.address))
        if originators:
            clients = tuple(originators.values())[:_MAX_REPLY_TO]
            return _AnswerTo(clients if backup.reply_to == "client" else (*clients, me))
    return _AnswerTo((me,), unreached)


def _name_of(key: str, message: Message) -> str:
    return next((a.name for a in message.from_ if normal_address(a.address) == key), "")


def _is_in(key: str, domain: str) -> bool:
    return key.rpartition("@")[2] == domain


_ENCODED_WORD = re.compile(r"=\?[A-Za-z0-9_-]{1,40}\?(?:[Bb]\?[A-Za-z0-9+/]+={0,2}|[Qq]\?[!-<>@-~=]+)\?=")
_MAX_SUBJECT_OCTETS = 4000


def _subject_field(tree: Part, message: Message) -> bytes:
    """The original's field as it stands where it is sound ASCII, else its text encoded anew."""
    for name, raw in raw_fields(tree.header):
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


def _attached(original: bytes, note: Note, catalogue: Catalogue, takes_eight_bit: bool) -> Entity:
    """The note, and the original octet for octet.

    As `message/rfc822` where it may travel as such; that type allows no encoding (RFC 2046 section
    5.2.1), so anything else goes as a file that mail programs open as a mail.
    """
    note = note.plus(catalogue.gettext("The message itself is attached."))
    whole = Slice.all_of(original)
    body: Piece = whole
    if has_sound_lines(whole) and (whole.isascii() or takes_eight_bit):
        encoding = "7bit" if whole.isascii() else "8bit"
        fields = 'Content-Type: message/rfc822\r\nContent-Disposition: attachment; filename="message.eml"\r\n'
    else:
        encoding, body = "base64", Base64(whole)
        fields = (
            'Content-Type: application/octet-stream; name="message.eml"\r\n'
            'Content-Disposition: attachment; filename="message.eml"\r\n'
        )
    fields += f"Content-Transfer-Encoding: {encoding}\r\n"
    attached = Leaf(fields.encode("ascii"), body)
    return Multipart("multipart/mixed", b"", (text_leaf(note.text), attached))


_MAX_LEFT = 5


def _reduced(tree: Part, note: Note, catalogue: Catalogue, text: str) -> bytes:
    """The lines, one that says what stayed behind, and the beginning of the text."""
    leaves = [part for part in tree.walk() if not part.children]
    left = [leaf for leaf in leaves if leaf.filename or leaf.disposition == "attachment"]
    names = [
        f"{one_line(leaf.filename, 60) or leaf.content_type} ({_size(leaf)})" for leaf in left[:_MAX_LEFT]
    ]
    if len(left) > _MAX_LEFT:
        names.append("…")
    if names:
        line = catalogue.gettext("Too large to go along: %(names)s.") % {"names": ", ".join(names)}
    else:
        line = catalogue.gettext("The message was too large to go along whole.")
    return text_entity(note.plus(line).text + text)


def _size(leaf: Part) -> str:
    octets = leaf.body_octets * (3 / 4 if leaf.encoding == "base64" else 1)
    return f"{octets / 1e6:.0f} MB" if octets >= 1e6 else f"{max(1, octets / 1e3):.0f} kB"
