"""A backup who has the mail already gets a note instead of a second copy."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace

import pytest

from delegator.catalogues import load_catalogue
from delegator.core.compose import compose_to_backup
from tests.core.compose.test_forward import ANNA, OWNER, STAMP

ALIASED = replace(ANNA, aliases=("anna.peeters@voorbeeld.example",))


def composed(field: str) -> str:
    original = (
        f"From: jan@acme.example\r\nTo: sofie@voorbeeld.example\r\n{field}Subject: Vraag\r\n"
        "Reply-To: jan@acme.example\r\nMessage-ID: <1@acme.example>\r\n\r\nKan dit?\r\n"
    ).encode()
    catalogue = load_catalogue("nl")
    octets = compose_to_backup(
        original, None, OWNER, ALIASED, STAMP, catalogue, max_octets=None, takes_eight_bit=True
    ).whole()
    mail = email.message_from_bytes(octets, policy=email.policy.default)
    body = mail.get_body(("plain",))
    assert body is not None
    assert mail["Reply-To"] is None or "jan@acme.example" in mail["Reply-To"]
    return str(body.get_content())


@pytest.mark.parametrize(
    "field",
    [
        "To: Anna <anna@voorbeeld.example>\r\n",
        "Cc: x@acme.example, ANNA@Voorbeeld.EXAMPLE\r\n",
        "Cc: Anna Peeters <anna.peeters@voorbeeld.example>\r\n",
    ],
)
def test_a_recipient_gets_no_second_copy(field: str) -> None:
    """Named in To or Cc, under any address of theirs."""
    assert "Kan dit?" not in composed(field)


@pytest.mark.parametrize("field", ["", "Cc: bram@voorbeeld.example\r\n", "Cc: anna <a@acme.example>\r\n"])
def test_anybody_else_gets_the_mail(field: str) -> None:
    """A name is no address."""
    assert "Kan dit?" in composed(field)
