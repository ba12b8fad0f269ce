"""What is passed on octet for octet is still what its sender signed (DKIM, RFC 6376)."""

from __future__ import annotations

import base64
import email
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

import dkim  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from delegator.catalogues import load_catalogue
from delegator.core.compose import Stamp, compose_forward
from delegator.core.mail.message import parse_message
from delegator.core.people import Backup, Owner

OWNER = Owner("Sofie Janssens", "sofie@voorbeeld.example", (), "nl", ZoneInfo("Europe/Brussels"))
ANNA = Backup("anna", "Anna Peeters", "anna@voorbeeld.example", (), (), "nl", "both")
STAMP = Stamp("<1@voorbeeld.example>", "x" * 32, "k", datetime(2026, 12, 21, 9, tzinfo=UTC))

ORIGINAL = (
    b"From: Jan De Smet <jan@acme.example>\r\nTo: sofie@voorbeeld.example\r\n"
    b"Subject:  Pomp  12 \r\n\t=?utf-8?q?d=C3=A9fect?=\r\nDate: Mon, 21 Dec 2026 10:12:00 +0100\r\n"
    b"Message-ID: <een@acme.example>\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"Hoe gaat het met de pomp? =E2=82=AC 12  \r\n\r\n\r\n"
    b"--b\r\nContent-Type: application/pgp-signature\r\n\r\n-----BEGIN PGP SIGNATURE-----\r\n\r\n"
    b"iQ\r\n-----END PGP SIGNATURE-----\r\n--b--\r\n"
)


@pytest.mark.parametrize("canonicalization", [b"relaxed", b"simple"])
def test_a_dkim_signature_inside_the_forward_still_verifies(canonicalization: bytes) -> None:
    """An original that goes whole can be taken out of the forward, and its signature holds; a changed
    one is noticed."""
    secret, public = rsa_pair()
    signature = dkim.sign(
        ORIGINAL,
        b"sel",
        b"acme.example",
        secret,
        canonicalize=(canonicalization, canonicalization),
        include_headers=[b"From", b"To", b"Subject", b"Date", b"Message-ID"],
    )
    original = signature + ORIGINAL

    def record(name: bytes, timeout: int = 5) -> bytes:
        assert name == b"sel._domainkey.acme.example."
        return b"v=DKIM1; k=rsa; p=" + public

    assert dkim.verify(original, dnsfunc=record)
    forward = compose_forward(
        original, parse_message(original), OWNER, ANNA, STAMP, load_catalogue("nl"), None
    ).whole()
    inside = attached(forward)
    assert inside == original
    assert dkim.verify(inside, dnsfunc=record)
    assert not dkim.verify(inside.replace(b"pomp?", b"pomp!"), dnsfunc=record)


@cache
def rsa_pair() -> tuple[bytes, bytes]:
    """A private key as PEM, and the public one as a record states it, in base64."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return secret, base64.b64encode(public)


def attached(octets: bytes) -> bytes:
    """The octets of the message/rfc822 part, cut out by its boundary: no parser re-writes them."""
    boundary = email.message_from_bytes(octets).get_boundary()
    assert boundary is not None
    parts = octets.split(b"\r\n--" + boundary.encode())
    [part] = [part for part in parts if b"message/rfc822" in part.partition(b"\r\n\r\n")[0].lower()]
    return part.partition(b"\r\n\r\n")[2]
