"""Addresses that are read as another's."""

import pytest

from delegator.core.mail.addresses import parse_addresses
from delegator.core.mail.display import shown_address, shown_sender
from delegator.core.mail.lookalike import looks_like
from delegator.core.mail.message import Address
from delegator.core.people import normal_address

SOFIE = "sofie@voorbeeld.example"
LOOK_ALIKES = (
    "sofie@voor\u00adbeeld.example",
    "sofie@voor\u200dbeeld.example",
    "sofie@voor\u2060beeld.example",
    "sofie@\uff56oorbeeld.example",
    "sofie@voorbeeld\uff0eexample",
    "sofie@voorbeeld\u3002example",
    "sofie@voorbeeld\uff61example",
    "sofie@v\u043eorbeeld.example",
    "sof\u0456e@voorbeeld.example",
    "sofie@voorbee1d.example",
    "s\u00f3fie@voorbeeld.example",
    "sofie@voorb\u00e9eld.example",
)


@pytest.mark.parametrize("address", LOOK_ALIKES)
def test_a_look_alike_is_another_address(address: str) -> None:
    """It is never equal to what it looks like, as written or as it stands in a header; and it is known."""
    assert normal_address(address) != SOFIE
    for parsed in parse_addresses(f"From <{address}>".encode()):
        assert normal_address(parsed.address) != SOFIE
        assert looks_like(parsed.address, [SOFIE]) == SOFIE


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("Sofie@VOORBEELD.example.", SOFIE),
        (" sofie@voorbeeld.example\r\n", SOFIE),
        ("x@MÜNCHEN.example", "x@xn--mnchen-3ya.example"),
        ("x@mu\u0308nchen.example", "x@xn--mnchen-3ya.example"),
        ("x@i❤.example", "x@xn--i-7iq.example"),
        ("JÖRG@acme.example", "jörg@acme.example"),
        ("\u00a0sofie@voorbeeld.example", "\u00a0sofie@voorbeeld.example"),
        ("\u212aaren@\u212alant.example", "\u212aaren@\u212alant.example"),
    ],
)
def test_what_is_delivered_alike_is_equal(written: str, normal: str) -> None:
    """Case, a dot at the end and the form of a domain make no other address; a sign makes one."""
    assert normal_address(written) == normal


def test_the_kelvin_sign_stays_one_in_a_header() -> None:
    """Composing text would make a K of it."""
    (parsed,) = parse_addresses("x@\u212alant.example".encode())
    assert normal_address(parsed.address) == "x@\u212alant.example"


@pytest.mark.parametrize(
    "address", [SOFIE, "Sofie@Voorbeeld.EXAMPLE", "jan@acme.example", "els@voorbeeld.example"]
)
def test_other_addresses_look_like_nobodys(address: str) -> None:
    """Neither the address itself nor a plain other one."""
    assert looks_like(address, [SOFIE]) is None


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (SOFIE, SOFIE),
        ("x@münchen.example", "x@münchen.example (xn--mnchen-3ya.example)"),
        ("x@v\u043eorbeeld.example", "x@v\u043eorbeeld.example (xn--vorbeeld-nbh.example)"),
        ("sof\u0456e@voorbeeld.example", "sof\u0456e@voorbeeld.example (voorbeeld.example, U+0456)"),
        ("x@voor\ufffdbeeld.example", "x@voor\ufffdbeeld.example (U+FFFD)"),
    ],
)
def test_what_is_not_ascii_is_named(address: str, shown: str) -> None:
    """Beside the address as it looks."""
    assert shown_address(address) == shown
    assert shown_sender(Address("Sofie", address), real=True) == f"{shown} (Sofie)"
