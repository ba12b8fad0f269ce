"""Which parts of a mail are encrypted, rights-managed or signed: by type, by name, by what they hold."""

from __future__ import annotations

from collections.abc import Iterable

from .mime import Part, decode_body
from .text import ASCII_LIKE, charset_codec, names_charset

_OPEN = frozenset(
    {"text/plain", "text/html", "multipart/mixed", "multipart/alternative", "multipart/related"}
)
_PKCS7 = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_RIGHTS_MANAGED = ("application/x-microsoft-rpmsg-message", "application/vnd.ms-rpmsg")
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")  # the object identifier (RFC 5652 section 5.1)
_PGP_MESSAGE = b"-----BEGIN PGP MESSAGE-----"


def is_encrypted(part: Part) -> bool:
    """Whether nobody but its recipient can read it. What cannot be told from that is taken for it."""
    if not part.filename and part.content_type in _OPEN:
        return False
    if part.content_type in ("multipart/encrypted", "application/pgp-encrypted", *_RIGHTS_MANAGED):
        return True
    name = part.filename.lower()
    if name.endswith((".rpmsg", ".pgp", ".gpg")):  # the text is in it, and only there
        return True
    if name.endswith(".asc") and decode_body(part, 100).lstrip().startswith(_PGP_MESSAGE):
        return True
    return _is_smime(part) and not _is_signed_smime(part) and _smime_type(part) != "certs-only"


def is_signed(part: Part) -> bool:
    return part.content_type == "multipart/signed" or (_is_smime(part) and _is_signed_smime(part))


def is_rights_managed(headers: Iterable[tuple[str, str]]) -> bool:
    """Whether Exchange says so in the mail's header. headers: lower-case names and values."""
    return any(name == "content-class" and "rpmsg" in value.lower() for name, value in headers)


def holds_armour(text: str, kind: str) -> bool:
    """Whether OpenPGP's armour of a kind begins on a line of its own: quoted, it is somebody else's."""
    line = f"-----BEGIN PGP {kind}-----"
    return text.startswith(line) or f"\n{line}" in text


def may_hold_armour(part: Part) -> bool:
    """Whether OpenPGP's armour may stand in a text, by the octets: false for nearly all mail, and quick.

    Whatever decoding leaves out between its letters, its ten hyphens and three G are there; in markup a
    reference such as "&#45;" may stand for each, and so in a text that is taken for markup.
    """
    if part.children or not part.content_type.startswith(("text/", "message/", "multipart/")):
        return False
    charset = part.parameters.get("charset", "")
    codec = charset_codec(charset)
    is_plain_to_see = (
        part.content_type.startswith("text/")
        and part.encoding in ("7bit", "8bit", "binary", "quoted-printable")
        and (codec is None or codec.startswith(ASCII_LIKE))
        and (part.content_type != "text/html" or names_charset(charset))  # else it may say so itself
    )
    if not is_plain_to_see:
        return True
    references = _count(part, b"&")
    for wanted, sign, escaped in _SEEN_IN_ARMOUR:
        found = references + _count(part, sign)
        if part.encoding == "quoted-printable":
            found += sum([_count(part, form) for form in escaped])
        if found < wanted:
            return False
    return True


def _count(part: Part, octets: bytes) -> int:
    return part.mail.count(octets, part.body_from, part.body_until)


# How often each of these stands in it, as itself or in quoted-printable; what is rarest in mail comes first.
_SEEN_IN_ARMOUR = tuple(
    (_PGP_MESSAGE.count(sign), sign, {b"=%02X" % ord(sign), b"=%02x" % ord(sign)})
    for sign in (b"G", b"P", b"-")
)


def is_signed_receipt(part: Part) -> bool:
    """S/MIME's receipt (RFC 2634 section 2)."""
    return _is_smime(part) and _smime_type(part) == "signed-receipt"


def _is_smime(part: Part) -> bool:
    """Gateways change the type and leave the name (RFC 8551 section 3.9)."""
    is_renamed = part.filename.lower().endswith(".p7m") and not part.content_type.startswith("text/")
    return part.content_type in _PKCS7 or is_renamed


def _smime_type(part: Part) -> str:
    return part.parameters.get("smime-type", "").strip().lower()


def _is_signed_smime(part: Part) -> bool:
    """Signed and not encrypted. Where nothing says so, what cannot be read is taken for private."""
    if not _smime_type(part):
        return _SIGNED_DATA in decode_body(part, 64)
    return _smime_type(part) in ("signed-data", "signed-receipt")
