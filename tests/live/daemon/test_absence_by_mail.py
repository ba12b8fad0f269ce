"""The absence changed by one-line mails, on a real Dovecot and a real SMTP dialogue, the clock jumping."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from delegator.core.lessons import Lessons, Tried
from delegator.daemon.away import AwayRefused, set_away
from delegator.daemon.departure import leave_now
from tests.holiday import MONDAY, Holiday, plain_text, write_mail
from tests.phone import SOFIE, Phone, button

pytestmark = pytest.mark.dovecot

ANNA, BRAM = "anna@voorbeeld.example", "bram@voorbeeld.example"


def words(mail: EmailMessage) -> str:
    return " ".join(plain_text(mail).split())


async def answered(phone: Phone, to: EmailMessage, line: str) -> EmailMessage:
    """What she reads after a one-line reply."""
    before = len(phone.answers())
    await phone.reply(to, line)
    await phone.away.until(lambda: len(phone.answers()) > before)
    answer = phone.answers()[before]
    await phone.away.until(lambda: phone._is_there(str(answer["Message-ID"])))
    return answer


async def confirmed(phone: Phone, question: EmailMessage) -> EmailMessage:
    before = len(phone.answers())
    await phone.tap(button(question, "Klopt"))
    await phone.away.until(lambda: len(phone.answers()) > before)
    return phone.answers()[before]


async def client_writes(away: Holiday, phone: Phone, subject: str) -> None:
    octets = write_mail(subject=subject, Message_ID=f"<{subject}@acme.example>".replace(" ", "-"))
    await asyncio.to_thread(away.imap.deliver, octets, arrived_at=phone.clock.now())


async def test_a_cancelled_flight(away: Holiday, phone: Phone) -> None:
    """Longer waits for her word, and then holds: mail is forwarded beyond the old end."""
    away.away = ("2026-11-14", "2026-11-20")
    service = await away.start()
    review = await phone.next_review()
    question = await answered(phone, review, "tot 25/11")
    assert "woensdag 25 november 2026" in words(question)
    assert "vrijdag 20 november 2026" in words(question)
    (leave,) = service.config.leaves
    assert not leave.is_changed, "nothing before she says so"
    done = await confirmed(phone, question)
    assert done["Subject"] == "Je afwezigheid heeft een ander einde"
    # It waits again for what the server says, and does not look at the mailbox without end.
    await away.until(lambda: not service.bells.absence.is_set(), seconds=20)
    await phone.clock.advance(datetime(2026, 11, 23, 9, tzinfo=UTC))
    await client_writes(away, phone, "Na de oude terugkeer")
    await away.until(lambda: [m["Subject"] for m in away.accepted(ANNA)] == ["Na de oude terugkeer"])
    await phone.clock.advance(datetime(2026, 11, 25, 0, tzinfo=UTC))
    assert not (await service.status()).away


async def test_a_flight_out_that_is_cancelled(away: Holiday, phone: Phone) -> None:
    """Called off before it begins: who was asked to stand in hears so once, and no departure mail comes.

    Nothing is forwarded. Planned anew it waits for her word, and is announced anew.
    """
    away.away = ("2026-11-20", "2026-11-25")
    service = await away.start()
    await away.until(lambda: phone.clock.next_wake_at is not None)
    await phone.clock.advance(datetime(2026, 11, 17, 16, 31, tzinfo=UTC))
    await away.until(lambda: away.letters(ANNA) and away.letters(BRAM))
    assert await leave_now(service, send=True) is None
    await away.until(lambda: any("Voor je vertrekt" in str(m["Subject"]) for m in away.accepted(SOFIE)))
    (leaving,) = away.accepted(SOFIE)
    await away.until(lambda: phone._is_there(str(leaving["Message-ID"])))
    off = await answered(phone, leaving, "Niet weg!")
    assert off["Subject"] == "Je afwezigheid gaat niet door"
    assert "van vrijdag 20 november 2026 tot en met dinsdag 24 november 2026" in words(off)
    await away.until(lambda: len(away.letters(ANNA)) == len(away.letters(BRAM)) == 2)
    assert str(away.letters(ANNA)[1]["Subject"]).startswith("Ik ben er toch")
    again = await answered(phone, off, "annuleer")
    assert "Dat is al zo: je bent niet weg van vrijdag 20 november 2026" in words(again)
    await away.stop()
    service = await away.start()
    assert [absence.is_called_off for absence in (await service.status()).absences] == [True]
    await phone.clock.advance(datetime(2026, 11, 20, 9, tzinfo=UTC))
    await client_writes(away, phone, "Na de vlucht")
    question = await answered(phone, off, "weg 23/11-25/11")
    assert question["Subject"].startswith("Klopt dit?")
    assert len(away.letters(ANNA)) == len(away.letters(BRAM)) == 2, "once, and nothing before she says so"
    assert away.accepted(ANNA) == []
    assert phone.is_in("Na de vlucht", "INBOX")
    departures = [m for m in away.accepted(SOFIE) if "Voor je vertrekt" in str(m["Subject"])]
    assert len(departures) == 1, "none came by itself"
    await confirmed(phone, question)
    await away.until(lambda: len(away.letters(ANNA)) == 3)
    assert "Vervang jij mij" in str(away.letters(ANNA)[2]["Subject"])
    question = await answered(phone, off, "annuleer")
    assert question["Subject"].startswith("Klopt dit?"), "it says not what"
    assert len(away.letters(ANNA)) == 3
    done = await confirmed(phone, question)
    assert done["Subject"] == "Je afwezigheid gaat niet door"
    await away.until(lambda: len(away.letters(ANNA)) == 4)


async def test_pause_and_resume(away: Holiday, phone: Phone) -> None:
    """At once: no forward leaves, mail is sorted, the review comes. Going on waits for her word."""
    await away.start()
    review = await phone.next_review()
    paused = await answered(phone, review, "pauze")
    assert paused["Subject"] == "Er wordt nu niets doorgestuurd"
    await client_writes(away, phone, "Dringend")
    second = await phone.next_review()
    assert "Dringend" in words(second)
    assert away.accepted(ANNA) == []
    question = await answered(phone, second, "verder")
    assert away.accepted(ANNA) == []
    await confirmed(phone, question)
    await away.until(lambda: [m["Subject"] for m in away.accepted(ANNA)] == ["Dringend"])


async def test_back_early_and_twice(away: Holiday, phone: Phone) -> None:
    """It ends at once. Twice, it says since when; and from between two absences the next one is planned."""
    service = await away.start()
    review = await phone.next_review()
    await answered(phone, review, "ik ben terug")
    assert not (await service.status()).away
    again = await answered(phone, review, "ik ben terug")
    assert "al terug sinds maandag 16 november 2026" in words(again)
    question = await answered(phone, again, "weg 23/11-27/11 bram")
    assert "van maandag 23 november 2026 tot en met donderdag 26 november 2026" in words(question)
    done = await confirmed(phone, question)
    assert done["Subject"] == "Je afwezigheid is gepland"
    overlap = await answered(phone, done, "weg 25/11-9/12")
    assert "overlapt" in words(overlap)
    await phone.clock.advance(datetime(2026, 11, 23, 9, tzinfo=UTC))
    await client_writes(away, phone, "In de tweede")
    await away.until(lambda: [m["Subject"] for m in away.accepted(ANNA)] == ["In de tweede"])


async def test_an_ill_owner(away: Holiday, phone: Phone) -> None:
    """Whoever runs the host sets the absence; the owner reads of it, and ends it by an answer."""
    away.away = ("2099-01-01", "2099-01-02")
    service = await away.start()
    await client_writes(away, phone, "Voor de ziekte")
    await phone.clock.advance(phone.clock.at + timedelta(minutes=5))
    await set_away(await service.tenure(), "2026-11-25", "bram", end=False)
    await away.until(lambda: len(phone.answers()) == 1)
    (told,) = phone.answers()
    assert "tot en met dinsdag 24 november 2026" in words(told)
    await away.until(lambda: service.is_connected)
    await client_writes(away, phone, "Dringend")
    await away.until(lambda: [m["Subject"] for m in away.accepted(ANNA)] == ["Dringend"])
    with pytest.raises(AwayRefused, match="overlaps"):
        await set_away(await service.tenure(), "2026-11-20..2026-12-01", None, end=False)
    with pytest.raises(AwayRefused, match="bram, anna"):
        await set_away(await service.tenure(), "2026-12-01", "karim", end=False)
    await answered(phone, told, "ik ben terug")
    assert not (await service.status()).away


async def test_a_trial_forwards_nothing(away: Holiday, phone: Phone) -> None:
    """ "proef vrijdag": the reviews come and tell what would have been; afterwards all is as it was."""
    away.away = ("2026-11-14", "2026-11-17")
    service = await away.start()
    review = await phone.next_review()
    question = await answered(phone, review, "proef woensdag")
    assert "woensdag 18 november 2026" in words(question)
    await confirmed(phone, question)
    await phone.clock.advance(datetime(2026, 11, 18, 7, tzinfo=UTC))
    await away.until(lambda: not service.is_live and service.is_connected)
    await client_writes(away, phone, "Zou doorgaan")
    before = len(phone.reviews())
    await away.until(lambda: phone.clock.next_wake_at is not None)
    await phone.clock.advance(datetime(2026, 11, 18, 16, 1, tzinfo=UTC))
    await away.until(lambda: len(phone.reviews()) > before)
    assert away.accepted(ANNA) == []
    assert "Zou doorgaan" in words(phone.reviews()[-1])
    said = words(await answered(phone, review, "1 klaar"))
    assert "“1 klaar”: Dit is een proef: er wordt niets doorgestuurd of opgeborgen." in said
    await answered(phone, review, "pauze\n2 klaar")
    await away.until(lambda: any("“2 klaar”: Dit is een proef" in words(mail) for mail in phone.answers()))
    assert (await service.status()).paused_since is not None, "what stands beside it holds"
    await phone.reply(review, "Bedankt!\nSofie")
    await answered(phone, review, "verder")
    assert len([mail for mail in phone.answers() if "Dit is een proef" in words(mail)]) == 2
    await phone.clock.advance(datetime(2026, 11, 18, 23, 1, tzinfo=UTC))
    await away.until(lambda: service.is_live)
    await answered(phone, question, "pauze")
    closed = [one.window.until_at for one in await (await service.tenure()).store.homecomings()]
    assert datetime(2026, 11, 18, 23, tzinfo=UTC) not in closed, "nobody comes home from a trial"
    assert phone.is_in("Zou doorgaan", "INBOX"), "and nothing was filed"


async def test_the_departure_mail(away: Holiday, phone: Phone) -> None:
    """The evening before: forty wait, one is handed over by a tap, the rest stays what it was."""
    away.away = ("2026-11-18", "2026-11-25")
    for n in range(1, 42):
        octets = write_mail("Els Maes <els@elders.example>", f"Zaak {n}", "Kan je dit bekijken?\n")
        await asyncio.to_thread(
            away.imap.deliver, octets, arrived_at=phone.clock.at - timedelta(days=3, minutes=100 - n)
        )
    newsletter = write_mail("Nieuws <n@lijst.example>", "Aanbieding", List_Id="<x.lijst.example>")
    await asyncio.to_thread(away.imap.deliver, newsletter, arrived_at=phone.clock.at - timedelta(days=2))
    service = await away.start()
    await away.until(lambda: phone.clock.next_wake_at is not None)
    await phone.clock.advance(datetime(2026, 11, 17, 17, 1, tzinfo=UTC))
    await away.until(lambda: any("Voor je vertrekt" in str(m["Subject"]) for m in away.accepted(SOFIE)))
    (leaving,) = away.accepted(SOFIE)
    said = words(leaving)
    assert leaving["Subject"] == "Voor je vertrekt · 41 mails zonder antwoord"
    assert "1. Zaak 1" in said
    assert "40. Zaak 40" in said
    assert "En nog 1 andere" in said
    assert "Aanbieding" not in said
    assert "42 mails kwamen binnen" in said
    (calendar,) = [part for part in leaving.walk() if part.get_content_type() == "text/calendar"]
    assert str(calendar.get_content()).count("BEGIN:VEVENT") == 14
    assert len(leaving.as_bytes()) < 100_000
    await away.until(lambda: phone._is_there(str(leaving["Message-ID"])))
    await phone.tap(button(leaving, "Naar Anna", 2))
    await away.until(lambda: [m["Subject"] for m in away.accepted(ANNA)] == ["Zaak 3"])
    await away.until(lambda: phone.is_in("Zaak 3", "Delegator/Forwarded"))
    assert phone.is_in("Zaak 2", "INBOX")
    assert (await service.status()).waiting == 0, "none is an item by itself"
    await phone.clock.advance(datetime(2026, 11, 18, 7, tzinfo=UTC))
    await away.until(lambda: service.is_connected)
    await phone.clock.advance(datetime(2026, 11, 18, 8, 1, tzinfo=UTC))
    await away.until(lambda: len(phone.reviews()) == 2)
    assert "Zaak 2" not in words(phone.reviews()[1])


async def test_the_departure_mail_when_it_is_asked_for(away: Holiday, phone: Phone) -> None:
    """Shown without a daemon it commands nothing; a running one sends it at once."""
    away.away = ("2026-11-23", "2026-11-25")
    octets = write_mail("Els Maes <els@elders.example>", "Zaak 1", "Kan je dit bekijken?\n")
    await asyncio.to_thread(away.imap.deliver, octets, arrived_at=phone.clock.at - timedelta(days=3))
    shown = await leave_now(away.build(), send=False)
    await away.stop()
    assert shown is not None
    assert b"Voor je vertrekt" in shown or b"Vm9vciBqZS" in shown
    assert b"dlg%20" not in shown
    for count in (1, 2):  # as often as somebody asks, though it goes once by itself
        assert await leave_now(away.build(), send=True) is None
        assert len(away.accepted(SOFIE)) == count
        await away.stop()
    service = await away.start()
    await service.learn(Tried(checked_at=MONDAY - timedelta(days=2), problems=2, answers="yes"))
    await service.learn(Tried(dry_run_at=MONDAY - timedelta(days=3)))
    await away.until(lambda: phone.clock.next_wake_at is not None)
    await leave_now(service, send=True)
    await away.until(lambda: len(away.accepted(SOFIE)) == 3)
    said = words(away.accepted(SOFIE)[2])
    assert "1. Zaak 1" in said
    assert "De controle van zaterdag 14 november 2026 vond 2 problemen" in said
    assert "Je regels zijn het laatst op je mail geprobeerd op vrijdag 13 november 2026" in said
    assert "Er stond nog een automatisch antwoord van je aan" in said


async def test_the_departure_mail_of_a_service_that_cron_runs(away: Holiday, phone: Phone) -> None:
    """`run --once`: on the evening before, and once."""
    away.away = ("2026-11-18", "2026-11-25")
    octets = write_mail("Els Maes <els@elders.example>", "Zaak 1", "Kan je dit bekijken?\n")
    await asyncio.to_thread(away.imap.deliver, octets, arrived_at=phone.clock.at - timedelta(days=3))
    assert await away.once()
    assert away.accepted(SOFIE) == []
    phone.clock.at = datetime(2026, 11, 17, 17, 1, tzinfo=UTC)
    for _ in range(2):
        assert await away.once()
        (leaving,) = away.accepted(SOFIE)
        assert leaving["Subject"] == "Voor je vertrekt · 1 mail zonder antwoord"


async def test_what_was_decided_is_not_offered_again(away: Holiday, phone: Phone) -> None:
    """Asked for a second time, the departure mail leaves out what she called done, wherever it still lies."""
    away.away = ("2026-11-18", "2026-11-25")
    for n, more in ((1, {}), (2, {"Disposition_Notification_To": "els@elders.example"})):
        octets = write_mail("Els Maes <els@elders.example>", f"Zaak {n}", "Kan je dit bekijken?\n", **more)
        await asyncio.to_thread(away.imap.deliver, octets, arrived_at=phone.clock.at - timedelta(days=n))
    service = await away.start()
    await away.until(lambda: phone.clock.next_wake_at is not None)
    await phone.clock.advance(datetime(2026, 11, 17, 17, 1, tzinfo=UTC))
    await away.until(lambda: len(away.accepted(SOFIE)) == 1)
    (first,) = away.accepted(SOFIE)
    assert first["Subject"] == "Voor je vertrekt · 2 mails zonder antwoord"
    await away.until(lambda: phone._is_there(str(first["Message-ID"])))
    await phone.tap(button(first, "Klaar", 0))  # the older one, which asks for a receipt and is not moved
    await away.until(lambda: is_done(away, "Zaak 2"))
    await leave_now(service, send=True)
    await away.until(lambda: len(away.accepted(SOFIE)) == 2)
    assert away.accepted(SOFIE)[1]["Subject"] == "Voor je vertrekt · 1 mail zonder antwoord"
    assert phone.is_in("Zaak 2", "INBOX")


def is_done(away: Holiday, subject: str) -> bool:
    with closing(sqlite3.connect(away.state / "state.sqlite3")) as db:
        query = "SELECT 1 FROM message WHERE decision = 'done' AND subject = ?"
        return bool(db.execute(query, (subject,)).fetchone())


def said_by_bram(away: Holiday) -> bool:
    with closing(sqlite3.connect(away.state / "state.sqlite3")) as db:
        return bool(db.execute("SELECT 1 FROM backup WHERE backup = 'bram' AND said <> ''").fetchone())


async def test_who_was_asked_has_time_to_answer(away: Holiday, phone: Phone) -> None:
    """The brief goes three working days ahead, and the departure mail tells what came of both."""
    away.away = ("2026-11-20", "2026-11-25")
    service = away.build()
    tenure = await service.tenure()
    sent_at = datetime(2026, 11, 12, 9, tzinfo=UTC)
    await tenure.store.learn(Lessons(sent_at, "INBOX", True, "", "").to_values())
    await away.stop()
    service = await away.start()
    await away.until(lambda: phone.clock.next_wake_at is not None)
    assert away.letters(ANNA) == []
    await phone.clock.advance(datetime(2026, 11, 17, 16, 31, tzinfo=UTC))
    await away.until(lambda: away.letters(ANNA) and away.letters(BRAM))
    brief = str(away.letters(BRAM)[0]["Message-ID"])
    await away.until(lambda: service.is_connected and phone.clock.next_wake_at is not None)
    await phone.clock.advance(datetime(2026, 11, 18, 9, tzinfo=UTC))
    no = write_mail(f"Bram <{BRAM}>", "Re: vervangen", "Liever niet\n", In_Reply_To=brief)
    await asyncio.to_thread(away.imap.deliver, no, arrived_at=phone.clock.at)
    await away.until(lambda: said_by_bram(away), 10)
    await phone.clock.advance(datetime(2026, 11, 19, 17, 1, tzinfo=UTC))
    await away.until(lambda: any("Voor je vertrekt" in str(m["Subject"]) for m in away.accepted(SOFIE)))
    (leaving,) = away.accepted(SOFIE)
    said = words(leaving)
    assert "Bram liever niet" in said
    assert "Anna heeft nog niet geantwoord" in said
    assert "Je testmail van donderdag 12 november 2026 ging weg en kwam terug" in said


@pytest.mark.parametrize(
    ("started_at", "slot"),
    [("2026-11-16T10:30", "2026-11-16T11:30"), ("2026-11-16T22:30", "2026-11-17T06:59")],
)
async def test_the_first_word_in_mid_absence(away: Holiday, phone: Phone, started_at: str, slot: str) -> None:
    """A service first started in the midst of one sends a review within the hour, between 7 and 22 h."""
    phone.clock.at = datetime.fromisoformat(f"{started_at}Z")
    away.says_first_word = True
    await away.start()
    await away.until(lambda: away.service and away.service.is_connected and phone.clock.next_wake_at)
    await phone.clock.advance(datetime.fromisoformat(f"{slot}Z"))
    await away.until(phone.reviews, 20)
    assert len(phone.reviews()) == 1


async def test_an_owner_who_flies(away: Holiday, phone: Phone) -> None:
    """Reviews come where she is; her absence ends when the day begins at home, and colleagues read it so."""
    away.away = ("2026-11-14", "2026-11-26")
    service = await away.start()
    review = await phone.next_review()
    for city, clock in (("Bangkok", "+0700"), ("Los Angeles", "-0800")):
        moved = await answered(phone, review, f"tijdzone {city}")
        assert "zijn die van Europe/Brussels, je klok thuis" in words(moved)
        said = await answered(phone, review, "verder")
        assert str(said["Date"]).endswith(clock)
    ended = await answered(phone, review, "tot 24/11")
    assert "Je bent terug op dinsdag 24 november 2026 in plaats van op donderdag 26 november" in words(ended)
    (absence,) = (await service.status()).absences
    assert absence.until_at == datetime(2026, 11, 23, 23, tzinfo=UTC)
    assert (await service.status()).timezone == "Europe/Brussels"
    await away.until(lambda: len(away.letters(ANNA)) == 2)
    assert str(away.letters(ANNA)[1]["Subject"]) == "Vervang jij mij, za 14/11 – ma 23/11?"
