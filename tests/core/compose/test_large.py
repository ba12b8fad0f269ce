"""A large mail is forwarded without a second copy of it in memory."""

from __future__ import annotations

import base64
import tracemalloc

import pytest

from tests.core.compose.test_forward import forward

LINE = base64.b64encode(bytes(range(57))) + b"\r\n"
LARGE = LINE * 130_000  # 10 MB
HEADER = b"From: jan@acme.example\r\nSubject: Plan\r\nMessage-ID: <1@acme.example>\r\nMIME-Version: 1.0\r\n"
TEXT = b"--b\r\nContent-Type: text/plain\r\n\r\nDag Sofie\r\n--b\r\n"


def mail(kind: bytes, fields: bytes, body: bytes) -> bytes:
    start = HEADER + b"Content-Type: multipart/" + kind + b"; boundary=b\r\n\r\n" + TEXT
    return start + fields + b"\r\n" + body + b"--b--\r\n"


ZIP = b"Content-Type: application/zip; name=plan.zip\r\n"
SIGNATURE = b"Content-Type: application/pkcs7-signature\r\n"
SIGNED = b'signed; protocol="application/pkcs7-signature"'


@pytest.mark.parametrize(
    "original",
    [
        pytest.param(
            mail(b"mixed", ZIP + b"Content-Transfer-Encoding: base64\r\n", LARGE), id="part by part"
        ),
        pytest.param(mail(b"mixed", ZIP, b"\xe9 8-bit\r\n" * 1_000_000), id="8-bit, as base64"),
        pytest.param(mail(SIGNED, SIGNATURE, LARGE), id="signed, whole"),
        pytest.param(mail(SIGNED, SIGNATURE, b"x" * 10_000_000), id="a line without end, whole as base64"),
    ],
)
def test_a_large_mail_is_not_copied(original: bytes) -> None:
    """What is composed beside it takes a tenth of it; and it is all there."""
    forward(b"From: jan@acme.example\r\n\r\nDag\r\n")  # what is loaded at first use
    tracemalloc.start()
    composed = forward(original)
    for _ in composed.chunks():
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < len(original) / 4
    assert len(composed) > len(original)
