"""Mails that a machine has mangled: whatever one holds, its forward passes the gate and names nobody else.

The mutations are drawn from a seed that is named, so that a mail that fails can be made again.
"""

from __future__ import annotations

import random

import pytest

from delegator.adapters.smtp.gate import SubmissionGate
from delegator.core.mail.addresses import parse_addresses
from delegator.core.mail.mime import header_fields

from .test_forward import NEUTRAL, PLAIN, SIGNED, assert_sound, forward

SEED = 20261128
MUTATIONS = 100  # a case; as many cases as mails below
OURS = {"sofie@voorbeeld.example", "anna@voorbeeld.example"}
PIECES = (
    b"\r\n", b"\n", b"\r", b"\r\n ", b"\r\n \r\n ", b"\r\n\t\r\n", b"\0", b"\x0b", b"\x7f", b"\xff",
    b"\xc3\xbc", b'"', b";", b":", b",", b"<", b">", b"(", b"\\", b"--b", b"--b--", b"x" * 1200,
    b"=?utf-8?Q?=0D=0ABcc:_x@evil.example?=", b"\r\nBcc: x@evil.example\r\n",
    b"\r\nResent-To: x@evil.example\r\n", b"\r\nDisposition-Notification-To: x@evil.example\r\n",
    b"\r\nContent-Type: text/html\r\n", b"\r\nContent-Description:\r\n \r\n x\r\n",
    b"\r\nReply-To: x@evil.example, <\r\n",
    b'\r\nContent-Disposition: attachment; filename="a\r\n \r\nb"\r\n',
)  # fmt: skip
MIXED = NEUTRAL.replace(b"multipart/alternative", b"multipart/mixed").replace(
    b"Content-Type: text/html", b'Content-Type: application/pdf; name="a.pdf"\r\nContent-Language: nl'
)
GATE = SubmissionGate(
    host="127.0.0.1", port=25, security="none", sender="sofie@voorbeeld.example", recipients=frozenset(OURS)
)


def mangled(octets: bytes, chance: random.Random) -> bytes:
    """A mail with a few pieces put in or cut out, most of them in its header."""
    for _ in range(chance.randint(1, 5)):
        end = octets.find(b"\r\n\r\n") if chance.random() < 0.7 else len(octets)
        at = chance.randrange(max(1, end))
        cut = chance.randrange(12) if chance.random() < 0.4 else 0
        octets = octets[:at] + chance.choice(PIECES) + octets[at + cut :]
    return octets


@pytest.mark.parametrize("original", [PLAIN, NEUTRAL, SIGNED, MIXED])
def test_a_mangled_mail_is_forwarded_to_nobody_else(original: bytes) -> None:
    """The gate takes it, and its own header names the owner and the backup, beside whom Reply reaches."""
    chance = random.Random(SEED)
    for _ in range(MUTATIONS):
        octets = mangled(original, chance)
        forwarded = forward(octets)
        GATE._check_header(forwarded.whole())
        assert_sound(forwarded)
        header = forwarded.whole().partition(b"\r\n\r\n")[0]
        for name, value in header_fields(header):
            if name.lower() in ("from", "to", "cc", "bcc", "sender", "resent-to", "return-path"):
                assert {address.address for address in parse_addresses(value)} <= OURS
