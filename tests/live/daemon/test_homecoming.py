"""Coming home, on a real Dovecot and a real SMTP dialogue, with the clock jumping."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
import pytest_asyncio

from delegator.daemon.account import Account as Service
from delegator.daemon.away import set_away
from delegator.daemon.homecoming import HomeDesk
from tests.holiday import MONDAY, RULES, Holiday, holiday, plain_text, read_mail, write_mail
from tests.phone import SOFIE, Phone, button, item
from tests.servers.dovecot import Account as ImapAccount
from tests.servers.proxy import Proxy
from tests.servers.smtp import Received, SmtpServer

pytestmark = pytest.mark.dovecot

ANNA, BRAM = "anna@voorbeeld.example", "bram@voorbeeld.example"
TASKS = "x@taken.example"
DONE, TO_DO, FORWARDED = "Delegator/Done", "Delegator/To-do", "Delegator/Forwarded"
BACK = MONDAY.replace(day=17, hour=23, minute=0)  # midnight in Brussels
TO_DOS = """
to_do:
  - {{file: to-do.md}}
  - {{mail: x@taken.example, preset: todoist, tags: ["@Werk"]}}
"""


@pytest_asyncio.fixture
async def away(dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path) -> AsyncIterator[Holiday]:
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        each.away = ("2026-11-14", "2026-11-18")
        each.rules = RULES + TO_DOS
        yield each


async def arrives(away: Holiday, octets: bytes, at: datetime | None = None) -> None:
    moment = at or away.clock.now()
    await asyncio.to_thread(away.imap.deliver, octets, arrived_at=moment)


async def comes_home(away: Holiday, phone: Phone) -> EmailMessage:
    """The clock jumps to the end; the homecoming mail."""
    await phone.clock.advance(BACK + timedelta(seconds=1))
    assert away.service is not None
    away.service.bells.wake.set()
    await away.until(lambda: homecomings(phone))
    return homecomings(phone)[-1]


def homecomings(phone: Phone) -> list[EmailMessage]:
    return [mail for mail in phone.reviews() if str(mail["Subject"]).startswith("Welkom terug")]


def lists(phone: Phone) -> list[EmailMessage]:
    mails = phone.away.accepted(SOFIE)
    return [mail for mail in mails if str(mail["Subject"]).startswith("Alles wat open is")]


def subjects(away: Holiday, mailbox: str) -> list[str]:
    found = [
        re.search(rb"^Subject: (.*)\r$", octets, re.MULTILINE) for _, _, octets in away.imap.messages(mailbox)
    ]
    return sorted(match[1].decode() for match in found if match)


async def fill(away: Holiday, phone: Phone) -> None:
    """Two days: a forward that was answered, one that was not, items, a private one, one with a receipt."""
    before = item("Van ervoor", Message_ID="<ervoor@elders.example>")
    await arrives(away, before, MONDAY - timedelta(days=9))
    await arrives(away, write_mail(subject="Prijs?", Message_ID="<prijs@acme.example>"))
    await arrives(away, write_mail(subject="Levering?", Message_ID="<levering@acme.example>"))
    for n in range(1, 6):
        await arrives(away, item(f"Zaak {n}", Message_ID=f"<zaak{n}@elders.example>"))
    await arrives(away, write_mail("Mama <mama@familie.example>", "Kerst", Message_ID="<m@familie.example>"))
    receipt = {"Disposition_Notification_To": "els@elders.example", "Message_ID": "<bon@elders.example>"}
    await arrives(away, item("Bonnetje", **receipt))
    news = {"List_Id": "<nieuws.elders.example>", "Message_ID": "<nieuws@elders.example>"}
    await arrives(away, item("Nieuwsbrief", **news))
    await away.start()
    review = await phone.next_review()
    await phone.tap(button(review, "Taak", 0))
    await phone.reply(review, "t 2 morgen bellen\nk 3")
    await away.until(lambda: phone.is_in("Zaak 2", TO_DO) and phone.is_in("Zaak 3", DONE))


async def test_home_to_an_empty_inbox(away: Holiday, phone: Phone) -> None:
    """But for what is private, asks for a receipt, or was there before; all is counted, once; the list is
    the same in the mail, the file and the tasks; and the backups hear that it is over."""
    await fill(away, phone)
    await phone.next_review()
    await phone.next_review()
    last = await phone.next_review()
    assert "laatste" in plain_text(last)
    assert "Er staan 2 taken op je lijst." in plain_text(last).replace("\r\n", " ")
    await away.until(lambda: lists(phone))
    home = await comes_home(away, phone)
    said = plain_text(home).replace("\r\n", "\n")
    for subject in ("Zaak 1", "Zaak 2", "Zaak 4", "Zaak 5", "Bonnetje"):
        assert said.count(subject) >= 1, subject
    assert "Zaak 3" not in said
    assert "Kunnen jullie dit bekijken?" in said
    assert "Je schreef: morgen bellen" in said
    assert "het klopt met je mailbox" in said, said
    await away.until(lambda: phone.is_in("Zaak 5", TO_DO))
    await away.until(lambda: len(tasks(away)) == 5)
    left = [one for one in subjects(away, "INBOX") if not one.startswith(("Welkom", "=?"))]
    assert left == ["Bonnetje", "Kerst", "Van ervoor"]
    assert subjects(away, FORWARDED) == ["Levering?", "Prijs?"]
    assert [one for one in subjects(away, TO_DO) if one.startswith("Zaak")] == [
        "Zaak 1",
        "Zaak 2",
        "Zaak 4",
        "Zaak 5",
    ]
    in_file = re.findall(r"^- \[ \] \d+\\\. (.+?) · ", (away.folder / "to-do.md").read_text(), re.MULTILINE)
    in_mail = re.findall(
        r"^\d+\. (.+)$", said.partition("Je takenlijst")[2].partition("Nog bij")[0], re.MULTILINE
    )
    in_tasks = [re.sub(r".*\((.*?)\).*|(.*?) ·.*", r"\1\2", str(mail["Subject"])) for mail in tasks(away)]
    assert in_file == in_mail == in_tasks
    assert all(str(mail["Subject"]).endswith("@Werk") for mail in tasks(away))
    farewell = [mail for mail in away.letters(ANNA) if "terug" in str(mail["Subject"])]
    assert len(farewell) == 1
    assert "Prijs?" in plain_text(farewell[0])


async def test_a_list_that_one_mail_does_not_hold(away: Holiday, phone: Phone) -> None:
    """It goes on in further mails, whole, and each is answered by its numbers."""
    long = "Kunnen jullie dit bekijken, en wat vinden jullie daarvan?\n" * 120
    for n in range(1, 15):
        mail = write_mail(
            "Els <els@elders.example>", f"Zaak {n}", long, Message_ID=f"<zaak{n}@elders.example>"
        )
        await arrives(away, mail)
    await away.start()
    await phone.next_review()
    home = await comes_home(away, phone)
    await away.until(lambda: further(away))
    mails = [home, *further(away)]
    assert all(len(mail.as_bytes()) <= 80_000 for mail in mails)
    said = "".join(plain_text(mail) for mail in mails)
    found = re.findall(r"^\d+\. (Zaak \d+)", said, re.MULTILINE)
    assert sorted(found) == sorted(f"Zaak {n}" for n in range(1, 15))
    assert said.count("en wat vinden jullie daarvan?") == 14 * 120
    last = re.findall(r"^(\d+)\. (Zaak \d+)", plain_text(mails[-1]), re.MULTILINE)[-1]
    first = re.findall(r"^(\d+)\. (Zaak \d+)", plain_text(home), re.MULTILINE)[0]
    await phone.reply(mails[-1], f"klaar {last[0]}\nklaar {first[0]}")
    await away.until(lambda: phone.is_in(last[1], DONE) and phone.is_in(first[1], DONE))


def further(away: Holiday) -> list[EmailMessage]:
    """The mails behind the homecoming mail; none until all are there."""
    mails = [mail for mail in away.accepted(SOFIE) if "Je takenlijst" in str(mail["Subject"])]
    counts = [re.search(r"(\d+)/(\d+)", str(mail["Subject"])) for mail in mails]
    is_all = bool(counts) and len(mails) == int(counts[0][2]) - 1 if counts and counts[0] else False
    return mails if is_all else []


def tasks(away: Holiday) -> list[EmailMessage]:
    return away.accepted(TASKS)


async def test_what_was_decided_on_the_plane_arrives_after_the_landing(away: Holiday, phone: Phone) -> None:
    """The list's numbers and buttons still count; and what nobody decided and then was done is no to-do."""
    await fill(away, phone)
    for _ in range(3):
        await phone.next_review()
    await away.until(lambda: lists(phone))
    (listed,) = lists(phone)
    await comes_home(away, phone)
    await away.until(lambda: phone.is_in("Zaak 4", TO_DO))
    await phone.reply(listed, "k 1")
    await phone.tap(button(listed, "Klaar", 1))
    await away.until(lambda: phone.is_in("Zaak 4", DONE) and phone.is_in("Zaak 5", DONE))
    await away.until(lambda: "Zaak 4" not in (away.folder / "to-do.md").read_text())


async def test_a_button_files_what_is_left(away: Holiday, phone: Phone) -> None:
    """Private mail, and mail that asks for a receipt; what was there before stays."""
    await fill(away, phone)
    home = await comes_home(away, phone)
    await phone.tap(button(home, "Verplaats naar"))
    await away.until(lambda: phone.is_in("Kerst", TO_DO) and phone.is_in("Bonnetje", TO_DO))
    assert phone.is_in("Van ervoor", "INBOX")


async def test_home_once(away: Holiday, phone: Phone) -> None:
    """A restart after it sends no second mail, no second task and no second farewell."""
    await fill(away, phone)
    await comes_home(away, phone)
    await away.until(lambda: len(tasks(away)) == 5)
    await away.stop()
    await away.start()
    await phone.clock.advance(phone.clock.at + timedelta(hours=3))
    await away.until(lambda: away.service is not None and away.service.is_running)
    await asyncio.sleep(0.5)
    assert len(homecomings(phone)) == 1
    assert len(tasks(away)) == 5
    assert len([mail for mail in away.letters(ANNA) if "terug" in str(mail["Subject"])]) == 1


async def test_home_while_no_mail_can_be_sent(away: Holiday, phone: Phone) -> None:
    """All is filed at once; the mail and the tasks come when the server takes them, each once."""
    await fill(away, phone)
    await away.smtp.stop()
    await phone.clock.advance(BACK + timedelta(seconds=1))
    assert away.service is not None
    away.service.bells.wake.set()
    await away.until(lambda: phone.is_in("Zaak 5", TO_DO))
    assert homecomings(phone) == []
    await away.smtp.start()
    await phone.clock.advance(BACK + timedelta(hours=6))
    await away.until(lambda: homecomings(phone) and len(tasks(away)) == 5)
    assert len(homecomings(phone)) == 1


async def test_lijst_brings_the_list(away: Holiday, phone: Phone) -> None:
    """Whenever it is asked for, by one word."""
    await fill(away, phone)
    await phone.reply(phone.reviews()[-1], "lijst")
    await away.until(lambda: lists(phone))
    said = plain_text(lists(phone)[0])
    assert "Zaak 5" in said
    assert "Je schreef: morgen bellen" in said
    assert "Kerst" not in said


async def test_back_by_one_line(away: Holiday, phone: Phone) -> None:
    """Days before the end: the same homecoming, at once; and said twice it is told, not done again."""
    await fill(away, phone)
    await phone.reply(phone.reviews()[-1], "ik ben terug")
    await away.until(lambda: homecomings(phone))
    (home,) = homecomings(phone)
    assert "het klopt met je mailbox" in plain_text(home), plain_text(home)
    await away.until(lambda: phone.is_in("Zaak 5", TO_DO) and len(tasks(away)) == 5)
    await away.until(lambda: phone._is_there(str(home["Message-ID"])))
    before = len(phone.answers())
    await phone.reply(home, "ik ben terug")
    await away.until(lambda: len(phone.answers()) > before)
    assert "al terug sinds" in plain_text(phone.answers()[-1]).replace("\r\n", " ")
    await phone.clock.advance(BACK + timedelta(hours=1))  # the end that rules.yaml names
    await asyncio.sleep(0.5)
    assert len(homecomings(phone)) == 1
    assert len(tasks(away)) == 5


async def test_back_by_the_command(away: Holiday, phone: Phone) -> None:
    """`delegator away --end`, by whoever runs the host."""
    await fill(away, phone)
    assert away.service is not None
    await set_away(await away.service.tenure(), None, None, end=True)
    await away.until(lambda: homecomings(phone) and phone.is_in("Zaak 5", TO_DO))
    assert "Zaak 5" in plain_text(homecomings(phone)[0])


def is_taken_up(away: Holiday, subject: str) -> bool:
    with closing(sqlite3.connect(away.state / "state.sqlite3")) as db:
        return bool(db.execute("SELECT 1 FROM message WHERE subject = ?", (subject,)).fetchone())


def hurried(service: Service) -> bool:
    """No pause between two attempts is waited for."""
    service.bells.hurry.set()
    return True


async def test_the_mail_server_is_gone_at_the_end(away: Holiday, phone: Phone) -> None:
    """For an hour it is waited for; then the mail goes without a count, says so, and all is filed later. What
    came in between goes to nobody and stays in INBOX; a second mail has it, counted, and a button."""
    async with Proxy(away.imap.host, away.imap.port) as proxy:
        away.imap_port = proxy.port
        await fill(away, phone)
        service = away.service
        assert service is not None
        forwards = len(away.accepted(ANNA))
        proxy.refuses = True
        proxy.cut()
        late = BACK - timedelta(minutes=10)
        await arrives(away, write_mail(subject="Te laat", Message_ID="<laat@acme.example>"), late)
        await arrives(away, write_mail("Lies <lies@familie.example>", "Zusje"), late)
        await arrives(away, write_mail("Alarm <alerts@monitor.example>", "[OK] schijf"), late)
        after = BACK + timedelta(minutes=10)
        await arrives(away, write_mail(subject="Erna", Message_ID="<erna@acme.example>"), after)
        await phone.clock.advance(BACK + timedelta(minutes=50))
        await away.until(lambda: not service.is_connected)
        await asyncio.sleep(1)
        assert homecomings(phone) == []
        await phone.clock.advance(BACK + timedelta(minutes=61))
        await away.until(lambda: hurried(service) and homecomings(phone))
        said = " ".join(plain_text(homecomings(phone)[0]).split())
        assert "je mailbox kon niet geteld worden" in said, said
        assert "Je mailserver antwoordt niet sinds" in said
        assert "Zaak 5" in said
        assert "Te laat" not in said
        assert (await service.status()).problems, "silence would be taken for good news"
        proxy.refuses = False
        await away.until(lambda: hurried(service) and len(homecomings(phone)) == 2)
        home = homecomings(phone)[1]
        said = " ".join(plain_text(home).split())
        assert "Geen contact" not in said
        assert "Je mailserver antwoordt weer: dit is de volledige telling." in said
        assert "Te laat" in said
        assert "2 mails kwamen binnen terwijl je mailserver niet antwoordde" in said
        assert "klopt met je mailbox" in said, said
        assert "Erna" not in said
        await away.until(lambda: phone.is_in("Zaak 5", TO_DO))
        assert {"Te laat", "Zusje", "[OK] schijf", "Erna"} <= set(subjects(away, "INBOX"))
        assert len(away.accepted(ANNA)) == forwards
        await phone.tap(button(home, "Verplaats naar"))
        await away.until(lambda: phone.is_in("Te laat", TO_DO) and phone.is_in("Zusje", TO_DO))
        assert "Erna" in subjects(away, "INBOX")
        assert len(homecomings(phone)) == 2


async def test_another_absence_begins_before_the_mail_server_is_back(away: Holiday, phone: Phone) -> None:
    """What nobody could read of the last one stands in the next one's first review, and goes to nobody."""
    async with Proxy(away.imap.host, away.imap.port) as proxy:
        away.imap_port = proxy.port
        await fill(away, phone)
        service = away.service
        assert service is not None
        forwards = len(away.accepted(ANNA))
        proxy.refuses = True
        proxy.cut()
        late = BACK - timedelta(minutes=10)
        await arrives(away, write_mail(subject="Te laat", Message_ID="<laat@acme.example>"), late)
        await phone.clock.advance(BACK + timedelta(minutes=61))
        await away.until(lambda: not service.is_connected)
        await away.until(lambda: hurried(service) and homecomings(phone))
        await set_away(await service.tenure(), "2026-11-19..2026-11-21", None, end=False)
        await away.stop()
        await phone.clock.advance(datetime(2026, 11, 19, 7, tzinfo=UTC))
        proxy.refuses = False
        again = await away.start()
        await away.until(lambda: is_taken_up(away, "Te laat"))
        await away.until(lambda: again.is_connected and not again.health.faults)
        review = await phone.next_review()
        assert "Te laat" in plain_text(review)
        assert phone.is_in("Te laat", "INBOX")
        told = [mail for mail in away.accepted(ANNA)[forwards:] if mail["Subject"] == "Te laat"]
        assert told == []
        assert len(homecomings(phone)) == 1


@pytest.mark.parametrize("has_tasks", [True, False])  # without them, nothing else wakes the service
async def test_a_homecoming_mail_that_is_refused(away: Holiday, phone: Phone, *, has_tasks: bool) -> None:
    """The owner's own server takes it for spam: it goes once more, without what strangers wrote."""
    away.rules = RULES + TO_DOS * has_tasks
    await fill(away, phone)
    refused: list[str] = []

    async def looks_like_spam(received: Received) -> str | None:
        mail = read_mail(received)
        if not str(mail["Subject"]).startswith("Welkom terug") or refused:
            return None
        refused.append(plain_text(mail))
        await asyncio.sleep(1)  # by then nothing else is to be done
        return "554 5.7.1 this looks like spam"

    away.smtp.refuses = looks_like_spam
    home = await comes_home(away, phone)
    assert "Zaak 5" in plain_text(home)
    assert "Kunnen jullie dit bekijken?" in refused[0]
    assert "Kunnen jullie dit bekijken?" not in plain_text(home)
    await away.until(lambda: len(tasks(away)) == 5 * has_tasks)
    assert away.service is not None
    assert await HomeDesk(await away.service.tenure()).due() is None, "it is told once"
    assert len(homecomings(phone)) == 1


def secret_ends(away: Holiday, mail: EmailMessage) -> datetime:
    """That by which a reply to this mail commands."""
    with closing(sqlite3.connect(away.state / "state.sqlite3")) as db:
        query = "SELECT expires_at FROM reply_secret WHERE message_id = ?"
        ((at,),) = db.execute(query, (str(mail["Message-ID"]),)).fetchall()
    return datetime.fromtimestamp(at / 1_000_000, UTC)


async def test_secrets_end_with_the_absence(away: Holiday, phone: Phone) -> None:
    """Those of the last review live two days more; the homecoming's until the next absence begins."""
    await fill(away, phone)
    first = phone.reviews()[-1]
    last = await phone.next_review()
    home = await comes_home(away, phone)
    await away.until(lambda: phone.is_in("Zaak 5", TO_DO))
    await phone.tap(button(first, "Klaar", 4))
    await phone.reply(first, "k 5")
    await phone.reply(first, "weg 1/2-8/2")
    await phone.tap(button(last, "Klaar", 0))
    await away.until(lambda: phone.is_in("Zaak 4", DONE))
    assert phone.is_in("Zaak 5", TO_DO)
    assert phone.answers() == []
    await phone.clock.advance(BACK + timedelta(hours=47))
    await phone.reply(last, "k 2")
    await away.until(lambda: phone.is_in("Zaak 5", DONE))
    await phone.clock.advance(BACK + timedelta(hours=49))
    await phone.reply(last, "t 1")
    await phone.reply(last, "weg 1/2-8/2")
    await phone.reply(home, "klaar 1")
    await away.until(lambda: phone.is_in("Zaak 1", DONE))
    assert phone.is_in("Zaak 4", DONE)
    assert phone.answers() == []
    assert away.service is not None
    await set_away(await away.service.tenure(), "2026-11-25..2026-11-27", None, end=False)
    begin = datetime(2026, 11, 25, 7, tzinfo=UTC)
    await phone.clock.advance(begin)
    await away.until(lambda: secret_ends(away, home) < begin)  # a look that was under way is over
    await phone.reply(home, "klaar 2")
    await phone.next_review()
    await away.until(lambda: not phone.is_in(f"Re: {home['Subject']}", "INBOX"))
    assert phone.is_in("Zaak 2", TO_DO)


async def test_a_second_absence_from_the_homecoming_mail_alone(away: Holiday, phone: Phone) -> None:
    """One line in answer to it, and a tap: Anna takes what no rule names when she is asked to cover."""
    await fill(away, phone)
    home = await comes_home(away, phone)
    assert "Doe je het opnieuw?" in plain_text(home)
    await away.until(lambda: phone.is_in("Zaak 5", TO_DO))
    before = len(phone.answers())
    await phone.reply(home, "weg 24/11-27/11 anna")
    await away.until(lambda: len(phone.answers()) > before)
    question = phone.answers()[-1]
    said = " ".join(plain_text(question).split())
    assert "van dinsdag 24 november 2026 tot en met donderdag 26 november 2026" in said
    assert "Anna" in said
    await phone.tap(button(question, "Klopt"))
    await away.until(lambda: len(phone.answers()) > before + 1)
    assert phone.answers()[-1]["Subject"] == "Je afwezigheid is gepland"
    assert away.service is not None
    (planned,) = [one for one in away.service.config.leaves if one.is_changed]
    assert planned.cover == "anna"
    await phone.clock.advance(datetime(2026, 11, 23, 17, 1, tzinfo=UTC))
    await away.until(lambda: any("Voor je vertrekt" in str(mail["Subject"]) for mail in phone.reviews()))
    await phone.clock.advance(datetime(2026, 11, 24, 7, tzinfo=UTC))
    await arrives(away, write_mail(subject="Nog een prijs?", Message_ID="<prijs2@acme.example>"))
    await away.until(lambda: "Nog een prijs?" in [str(mail["Subject"]) for mail in away.accepted(ANNA)])
    await phone.next_review()
    await phone.clock.advance(datetime(2026, 11, 26, 23, 1, tzinfo=UTC))
    await away.until(lambda: len(homecomings(phone)) == 2)
    second = plain_text(homecomings(phone)[1])
    assert "Zaak 5" not in second, "what was of the first absence stays in the first"
    assert "het klopt met je mailbox" in second, second


async def test_the_natural_answers_to_again(away: Holiday, phone: Phone) -> None:
    """A no changes nothing and draws no mail; a yes is asked when; a yes with days is repeated first."""
    await fill(away, phone)
    home = await comes_home(away, phone)
    await away.until(lambda: phone.is_in("Zaak 5", TO_DO))
    before = len(phone.answers())
    await phone.reply(home, "Nee, bedankt!\n\nSofie")
    await phone.reply(home, "Ja graag!")
    await away.until(lambda: len(phone.answers()) > before)
    assert "Van wanneer tot wanneer?" in plain_text(phone.answers()[before])
    await phone.reply(home, "Ja, 24/11-27/11")
    await away.until(lambda: len(phone.answers()) > before + 1)
    question = phone.answers()[before + 1]
    said = " ".join(plain_text(question).split())
    assert "van dinsdag 24 november 2026 tot en met donderdag 26 november 2026" in said
    assert away.service is not None
    assert not [one for one in away.service.config.leaves if one.is_changed], "nothing before the tap"
    await phone.tap(button(question, "Klopt"))
    await away.until(lambda: len(phone.answers()) > before + 2)
    assert phone.answers()[-1]["Subject"] == "Je afwezigheid is gepland"
    await phone.reply(home, "klaar 1")
    await away.until(lambda: phone.is_in("Zaak 1", DONE))
    assert len(phone.answers()) == before + 3


async def test_what_was_handed_over_before_leaving_is_counted_apart(away: Holiday, phone: Phone) -> None:
    """Mail of before the absence is no mail of it: what came and where it lies add up without it."""
    away.away = ("2026-11-17", "2026-11-18")
    for n in range(1, 4):
        await arrives(
            away, item(f"Ervoor {n}", Message_ID=f"<v{n}@elders.example>"), MONDAY - timedelta(days=3)
        )
    await away.start()
    await away.until(lambda: phone.clock.next_wake_at is not None)
    await phone.clock.advance(MONDAY.replace(hour=17, minute=1))
    await away.until(lambda: any("Voor je vertrekt" in str(mail["Subject"]) for mail in phone.reviews()))
    leaving = phone.reviews()[-1]
    await phone.tap(button(leaving, "Naar Anna", 0))
    await away.until(lambda: phone.is_in("Ervoor 1", FORWARDED))
    await phone.clock.advance(datetime(2026, 11, 17, 7, tzinfo=UTC))
    await arrives(away, write_mail(subject="Prijs?", Message_ID="<prijs@acme.example>"))
    await arrives(away, item("Zaak 1", Message_ID="<zaak1@elders.example>"))
    await phone.next_review()
    await away.until(lambda: phone.is_in("Prijs?", FORWARDED))
    said = plain_text(await comes_home(away, phone)).replace("\r\n", "\n")
    assert "1 · naar je collega" in said, said
    assert "1 · in je reviews" in said, said
    assert "het klopt met je mailbox" in said, said
    assert "Ervoor 1" in said, "it is still with Anna"
    assert phone.is_in("Ervoor 2", "INBOX")


async def test_a_task_program_that_refuses_is_told_once(away: Holiday, phone: Phone) -> None:
    """Whatever another program takes meanwhile: the homecoming mail went before it was known."""
    refuses = "to_do:\n  - {{mail: permerror@taken.example, preset: plain}}"
    away.rules = RULES + TO_DOS.replace("to_do:", refuses)
    for n in range(1, 4):
        await arrives(away, item(f"Zaak {n}", Message_ID=f"<zaak{n}@elders.example>"))
    away.away = ("2026-11-14", "2026-11-17")
    service = await away.start()
    await phone.next_review()
    await phone.next_review()
    await phone.clock.advance(MONDAY.replace(hour=23, minute=0, second=1))
    service.bells.wake.set()
    await away.until(lambda: len(tasks(away)) == 3)
    await away.until(lambda: phone.answers())
    (told,) = phone.answers()
    assert told["Subject"] == "Je takenprogramma neemt geen taken aan"
    assert "permerror@taken.example weigert ze: 5.1.1 no such user" in " ".join(plain_text(told).split())
    problems = (await service.status()).problems
    assert "to_do mail: permerror@taken.example: 5.1.1 no such user" in problems
