"""Which parts of a mail are encrypted, rights-managed or signed: by type, by name, by what they hold."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from .decoding import is_ascii_like, names_charset
from .mime import Part, decode_body

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
    if part.children:
        return False
    signs = _signs(part.content_type, part.encoding, part.parameters.get("charset", ""))
    if not signs:
        return signs is None
    references = _count(part, b"&")
    for wanted, forms in signs:
        found = references
        for form in forms:
            found += _count(part, form)
        if found < wanted:
            return False
    return True


_Signs = tuple[tuple[int, tuple[bytes, ...]], ...]


@lru_cache(maxsize=256)  # most parts are of one of a few kinds
def _signs(content_type: str, encoding: str, charset: str) -> _Signs | None:
    """How often which octets stand at least in an armour in such a text; None: it is not plain to see.

    () where it is no text, which holds none.
    """
    if not content_type.startswith(("text/", "message/", "multipart/")):
        return ()
    is_plain_to_see = (
        content_type.startswith("text/")
        and encoding in ("7bit", "8bit", "binary", "quoted-printable")
        and is_ascii_like(charset)
        and (content_type != "text/html" or names_charset(charset))  # else it may say so itself
    )
    if not is_plain_to_see:
        return None
    is_quoted = encoding == "quoted-printable"
    return tuple(
        (
            _PGP_MESSAGE.count(sign),
            tuple({sign, b"=%02X" % ord(sign), b"=%02x" % ord(sign)} if is_quoted else {sign}),
        )
        for sign in (b"G", b"P", b"-")  # what is rarest in mail comes first
    )


def _count(part: Part, octets: bytes) -> int:
    return part.mail.count(octets, part.body_from, part.body_until)


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
