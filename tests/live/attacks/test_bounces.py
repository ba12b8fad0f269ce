"""A stranger who wants a colleague out of the way: forged bounces and forged automatic answers.

A client who was answered has seen the Message-ID of our forward, in References.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.holiday import MONDAY, RULES, Holiday, plain_text, write_mail
from tests.live.daemon.test_handover import bounce
from tests.support import FakeClock

pytestmark = pytest.mark.dovecot

ANNA, BRAM = "anna@voorbeeld.example", "bram@voorbeeld.example"
FAILS = b"Authentication-Results: mx.voorbeeld.example; dmarc=fail header.from=voorbeeld.example\r\n"
MINUTE = timedelta(minutes=1)


async def arrives(away: Holiday, *mails: bytes) -> None:
    """A minute later, and the service does what is due."""
    clock = away.clock
    assert isinstance(clock, FakeClock)
    clock.at += MINUTE
    for octets in mails:
        await asyncio.to_thread(away.imap.deliver, octets, arrived_at=clock.at)
    assert await away.once()


def order(number: int) -> bytes:
    return write_mail("x@elders.example", f"Bestelling {number}", Message_ID=f"<{number}@elders.example>")


def of_bram(away: Holiday) -> list[str]:
    return [str(mail["Subject"]) for mail in away.accepted(BRAM)]


def to_anna(away: Holiday) -> set[str]:
    return {str(mail["Subject"]) for mail in away.accepted(ANNA)}


async def test_a_bounce_of_one_client_takes_no_colleague_from_another(away: Holiday) -> None:
    """It passes on that conversation alone, and what comes next goes to the same colleague."""
    await arrives(away, order(1), order(2))
    first = str(away.accepted(BRAM)[0]["Message-ID"])
    await arrives(away, bounce(BRAM, first))
    await arrives(away, order(3))
    assert of_bram(away) == ["Bestelling 1", "Bestelling 2", "Bestelling 3"]
    assert "Bestelling 1" in to_anna(away)
    assert not to_anna(away) & {"Bestelling 2", "Bestelling 3"}


@pytest.mark.parametrize("recipient", [ANNA, "x@elders.example"])
async def test_a_bounce_of_another_address_passes_nothing_on(away: Holiday, recipient: str) -> None:
    """It names a mail of ours, and an address to which that mail did not go: the owner reads it."""
    await arrives(away, order(1))
    await arrives(away, bounce(recipient, str(away.accepted(BRAM)[0]["Message-ID"])))
    assert to_anna(away) == set()
    away.clock.at = MONDAY + timedelta(hours=3)  # type: ignore[attr-defined]
    await arrives(away)
    assert recipient in plain_text(away.reviews()[-1])


@pytest.mark.parametrize("letter", [False, True], ids=["forward", "brief"])
async def test_a_bounce_that_fails_authentication_passes_nothing_on(away: Holiday, letter: bool) -> None:
    """The owner's own server says that it is forged."""
    away.rules = RULES.replace("account:\n", "account:\n  authserv_id: mx.voorbeeld.example\n")
    await arrives(away, order(1))
    named = away.letters(BRAM)[0] if letter else away.accepted(BRAM)[0]
    await arrives(away, FAILS + bounce(BRAM, str(named["Message-ID"])))
    await arrives(away, order(2))
    assert of_bram(away) == ["Bestelling 1", "Bestelling 2"]
    assert to_anna(away) == set()


async def test_an_automatic_answer_to_a_forward_makes_nobody_absent(away: Holiday) -> None:
    """In the colleague's name, to a Message-ID that the client has seen: that conversation, no other."""
    await arrives(away, order(1), order(2))
    named = str(away.accepted(BRAM)[0]["Message-ID"])
    forged = write_mail(f"Bram <{BRAM}>", "Afwezig", Auto_Submitted="auto-replied", In_Reply_To=named)
    await arrives(away, forged)
    await arrives(away, order(3))
    assert of_bram(away) == ["Bestelling 1", "Bestelling 2", "Bestelling 3"]
    assert not to_anna(away) & {"Bestelling 2", "Bestelling 3"}


async def test_an_automatic_answer_to_no_mail_of_ours_does_nothing(away: Holiday) -> None:
    """It names the client's own Message-ID."""
    await arrives(away, order(1))
    forged = write_mail(
        f"Bram <{BRAM}>", "Afwezig", Auto_Submitted="auto-replied", In_Reply_To="<1@elders.example>"
    )
    await arrives(away, forged)
    assert to_anna(away) == set()


async def test_a_bounce_of_the_brief_is_told_in_the_owners_language(away: Holiday) -> None:
    """Nobody but the colleague's server has seen its Message-ID: what is sent there comes back."""
    await arrives(away, order(1))
    await arrives(away, bounce(BRAM, str(away.letters(BRAM)[0]["Message-ID"])))
    assert "Bestelling 1" in to_anna(away)
    await arrives(away, order(2))
    assert "Bestelling 2" in to_anna(away)
    away.clock.at = MONDAY + timedelta(hours=3)  # type: ignore[attr-defined]
    await arrives(away)
    assert "Mails naar Bram Maes komen terug;" in " ".join(plain_text(away.reviews()[-1]).split())
