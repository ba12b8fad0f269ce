"""The absence, by whoever wants it longer, shorter or other than its owner said."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import get_args

import pytest

from delegator.daemon.account import Account
from tests.holiday import MONDAY, RULES, Holiday, plain_text, write_mail
from tests.phone import App, Phone, button, item, reply_to

pytestmark = pytest.mark.dovecot

ANNA = "anna@voorbeeld.example"
BELIEVING = RULES.replace("account:\n", "account:\n  authserv_id: mx.voorbeeld.example\n")
FAILED = b"Authentication-Results: mx.voorbeeld.example; dmarc=fail header.from=voorbeeld.example\r\n"
LONGER, SHORTER = "tot 4/12", "tot 20/11"
END = datetime(2026, 11, 29, 23, tzinfo=UTC)


def words(mail: EmailMessage) -> str:
    return " ".join(plain_text(mail).split())


def until(service: Account) -> datetime:
    """The end of the absence, as the service knows it."""
    (leave,) = service.config.leaves
    return leave.window.until_at


async def answer_to(phone: Phone, mail: EmailMessage | bytes) -> EmailMessage:
    before = len(phone.answers())
    await phone.send(mail)
    await phone.away.until(lambda: len(phone.answers()) > before)
    answer = phone.answers()[-1]
    await phone.away.until(lambda: phone._is_there(str(answer["Message-ID"])))
    return answer


async def attended(phone: Phone, review: EmailMessage) -> None:
    """Until what was sent before has been read: a last line of which the owner hears."""
    await answer_to(phone, reply_to(review, "k 999", "gmail", number=900 + len(phone.answers())))


async def test_a_stranger_with_the_secret(away: Holiday, phone: Phone) -> None:
    """Whoever stole a review says nothing of the absence, shorter or longer, until the owner says so."""
    service = await away.start()
    review = await phone.next_review()
    for number, line in enumerate((LONGER, SHORTER, "pauze", "ik ben terug")):
        await phone.send(reply_to(review, line, "gmail", sender="Dief <x@dief.example>", number=number))
    await attended(phone, review)
    assert until(service) == END
    assert (await service.status()).away
    asked = [words(mail) for mail in phone.answers()]
    assert any("x@dief.example" in text for text in asked)
    assert sum("x@dief.example" in text for text in asked) == 1, "once"


async def test_a_stranger_without_the_secret(away: Holiday, phone: Phone) -> None:
    """A mail like a wish, from anywhere, the owner's own address too, is a mail."""
    service = await away.start()
    review = await phone.next_review()
    for sender in ("Dief <x@dief.example>", "Sofie Janssens <sofie@voorbeeld.example>"):
        octets = write_mail(sender, LONGER, "pauze\n", Message_ID=f"<{len(sender)}@x.example>")
        await phone.send(octets)
        guessed = write_mail(
            sender, "pauze", "ik ben terug\n", Message_ID=f"<g{len(sender)}@x.example>", In_Reply_To="<a@b>"
        )
        await phone.send(guessed)
    await attended(phone, review)
    assert until(service) == END
    assert (await service.status()).away


async def test_an_alias_of_the_owners(away: Holiday, phone: Phone) -> None:
    """She writes from it as from her address."""
    service = await away.start()
    review = await phone.next_review()
    sender = "Sofie <sofie.janssens@voorbeeld.example>"
    answer = await answer_to(phone, reply_to(review, SHORTER, "apple", sender=sender))
    assert answer["Subject"] == "Je afwezigheid heeft een ander einde"
    assert until(service) == datetime(2026, 11, 19, 23, tzinfo=UTC)


async def test_a_forged_sender(away: Holiday, phone: Phone) -> None:
    """With the secret, in her name, past a check that failed: nothing, and the next review tells."""
    away.rules = BELIEVING
    service = await away.start()
    review = await phone.next_review()
    for number, line in enumerate((LONGER, SHORTER, "pauze", "ik ben terug")):
        await phone.send(FAILED + reply_to(review, line, "gmail", number=number).as_bytes())
    await attended(phone, review)
    assert until(service) == END
    assert (await service.status()).away
    assert "kwam niet door de controle" in words(await phone.next_review())


async def test_what_is_quoted_is_no_wish(away: Holiday, phone: Phone) -> None:
    """A client's line, quoted in a review or typed to look quoted, and her own of last time."""
    octets = item("Zaak 1", Message_ID="<zaak1@elders.example>").replace(
        b"Kunnen jullie dit bekijken?", b"tot 4/12\r\npauze\r\nik ben terug"
    )
    await asyncio.to_thread(away.imap.deliver, octets, arrived_at=MONDAY)
    service = await away.start()
    review = await phone.next_review()
    assert "tot 4/12" in plain_text(review)
    for number, app in enumerate(get_args(App)):
        mail = reply_to(review, "Bedankt", app, number=number)
        await phone.send(mail)
    await phone.send(reply_to(review, "k 1", "gmail", number=50))
    await attended(phone, review)
    assert until(service) == END
    assert (await service.status()).away
    assert not (await service.tenure()).kept.paused_at


async def test_what_is_quoted_without_marks_is_no_wish(away: Holiday, phone: Phone) -> None:
    """A program in a language that nobody here speaks, or one that marks nothing: a client does not pause."""
    octets = item("Zaak 1").replace(b"Kunnen jullie dit bekijken?", b"pauze")
    await asyncio.to_thread(away.imap.deliver, octets, arrived_at=MONDAY)
    service = await away.start()
    review = await phone.next_review()
    header = "________________________________\nOd: Sofie\nWysłane: wtorek\nDo: Sofie\nTemat: x\n\n"
    for number, introduction in enumerate(("", header)):
        mail = reply_to(review, "Bedankt!", "bottom", number=number)
        mail.set_content(f"Bedankt!\n\n{introduction}{plain_text(review)}\n")
        await phone.send(mail)
    await attended(phone, review)
    assert (await service.status()).away
    assert not (await service.tenure()).kept.paused_at


@pytest.mark.parametrize(
    "line",
    [
        "f 1 anna: tot vrijdag kan ik niet",
        "t 1 tot vrijdag kan ik niet",
        "Tot vrijdag kan ik niet.",
        "k 1\ntot vrijdag kan ik niet",
        "Jan wil een antwoord tot 20/11",
        "weg met die mail",
        "verder niets",
        "tot morgen",
        "Terug naar Jan",
    ],
)
async def test_an_ordinary_reply(away: Holiday, phone: Phone, line: str) -> None:
    """A sentence with such words in it changes nothing; at most it is asked what was meant."""
    octets = item("Zaak 1", Message_ID="<zaak1@elders.example>")
    await asyncio.to_thread(away.imap.deliver, octets, arrived_at=MONDAY)
    service = await away.start()
    review = await phone.next_review()
    await phone.send(reply_to(review, line, "gmail"))
    await attended(phone, review)
    assert until(service) == END
    tenure = await service.tenure()
    assert tenure.kept.paused_at is None
    assert tenure.kept.changes == ()


async def test_two_wishes_in_one_mail(away: Holiday, phone: Phone) -> None:
    """Neither is done: which of them counts?"""
    service = await away.start()
    review = await phone.next_review()
    answer = await answer_to(phone, reply_to(review, "tot 20/11\npauze", "gmail"))
    assert until(service) == END
    assert answer["Subject"] == "Wat bedoel je? · tot 20/11"
    assert "in een aparte mail" in words(answer)
    assert (await service.tenure()).kept.paused_at is None


async def test_a_word_tapped_twice(away: Holiday, phone: Phone) -> None:
    """It holds once; what was said since holds against the second."""
    service = await away.start()
    review = await phone.next_review()
    question = await answer_to(phone, reply_to(review, LONGER, "gmail"))
    link = button(question, "Klopt")
    await answer_to(phone, phone.command(link))
    assert until(service) == datetime(2026, 12, 3, 23, tzinfo=UTC)
    await answer_to(phone, reply_to(review, SHORTER, "gmail", number=2))
    assert until(service) == datetime(2026, 11, 19, 23, tzinfo=UTC)
    await phone.tap(link)
    await attended(phone, review)
    assert until(service) == datetime(2026, 11, 19, 23, tzinfo=UTC)


async def test_a_word_after_a_later_wish(away: Holiday, phone: Phone) -> None:
    """What was asked meant something else then: she is asked again, with what it means now."""
    service = await away.start()
    review = await phone.next_review()
    question = await answer_to(phone, reply_to(review, LONGER, "gmail"))
    await answer_to(phone, reply_to(review, SHORTER, "gmail", number=2))
    shorter = until(service)
    again = await answer_to(phone, phone.command(button(question, "Klopt")))
    assert until(service) == shorter
    assert "vrijdag 20 november 2026" in words(again), "from where it would be longer"
    await answer_to(phone, phone.command(button(again, "Klopt")))
    assert until(service) == datetime(2026, 12, 3, 23, tzinfo=UTC)


async def test_a_word_for_an_absence_that_is_over(away: Holiday, phone: Phone) -> None:
    """It changes no other one."""
    service = await away.start()
    review = await phone.next_review()
    question = await answer_to(phone, reply_to(review, LONGER, "gmail"))
    plan = await answer_to(phone, reply_to(review, "weg 1/12-3/12", "gmail", number=2))
    await answer_to(phone, phone.command(button(plan, "Klopt")))
    await answer_to(phone, reply_to(review, "ik ben terug", "gmail", number=3))
    await away.until(lambda: not service.is_connected or phone.clock.next_wake_at is not None)
    ends = [leave.window.until_at for leave in service.config.leaves]
    await answer_to(phone, phone.command(button(question, "Klopt")))
    assert [leave.window.until_at for leave in service.config.leaves] == ends


@pytest.mark.parametrize("when", ["before", "in it", "after"])
async def test_a_word_about_a_trial(away: Holiday, phone: Phone, when: str) -> None:
    """What was asked before or in a trial, and tapped in it or after it, holds; and once."""
    away.away = ("2026-11-14", "2026-11-17")
    service = await away.start()
    review = await phone.next_review()
    question = await answer_to(phone, reply_to(review, "proef woensdag", "gmail"))
    await answer_to(phone, phone.command(button(question, "Klopt")))
    await phone.clock.advance(datetime(2026, 11, 18, 7, tzinfo=UTC))
    await away.until(lambda: not service.is_live and service.is_connected)
    await away.until(lambda: phone.clock.next_wake_at is not None)
    before = len(phone.reviews())
    await phone.clock.advance(datetime(2026, 11, 18, 8, 1, tzinfo=UTC))
    await away.until(lambda: len(phone.reviews()) > before)
    of_trial = phone.reviews()[-1]
    await away.until(lambda: phone._is_there(str(of_trial["Message-ID"])))
    said_in = review if when == "before" else of_trial
    planned = await answer_to(phone, reply_to(said_in, "weg 23/11-27/11 anna", "gmail", number=9))
    if when == "in it":
        await answer_to(phone, phone.command(button(planned, "Klopt")))
    await phone.clock.advance(datetime(2026, 11, 18, 23, 1, tzinfo=UTC))
    await away.until(lambda: service.is_live)
    await phone.clock.advance(phone.clock.at + timedelta(minutes=10))
    if when != "in it":
        await answer_to(phone, phone.command(button(planned, "Klopt")))
    again = await answer_to(phone, reply_to(of_trial, "weg 24/11-9/12", "gmail", number=10))
    assert "overlapt" in words(again)
    said = [mail["Subject"] for mail in phone.answers()]
    assert said.count("Je afwezigheid is gepland") == 1
    assert not [mail for mail in phone.reviews() if "thuis" in str(mail["Subject"]).lower()], said
