"""A whole absence, end to end: left lightly, a cancelled flight, backups who fall ill, a day without servers.

Forty mails are open when Sofie leaves. Everything that she decides, she decides by mail: by buttons, by
replies from six programs, and much she leaves undecided. Anna falls ill, and Sofie says so; Bram's mailbox
begins to answer by itself; Rita's server never takes a mail. For a day neither server answers. The flight
home is cancelled, the clocks go back, she comes home to an empty inbox, and plans the next absence there.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
import pytest_asyncio

from tests.clients import client_mail, open_mail, real_mails
from tests.holiday import RULES, Holiday, holiday, write_mail
from tests.phone import SOFIE, App, Phone
from tests.servers.dovecot import Account as ImapAccount
from tests.servers.proxy import Proxy
from tests.servers.smtp import SmtpServer
from tests.support import FakeClock
from tests.torture import SEED, so_many
from tests.trip import (
    Entry,
    Lying,
    RawMailbox,
    Trip,
    counted_lines,
    entries,
    labels,
    moment,
    section,
    us,
    words,
)

MAILS, OPEN = so_many(250, 1000), 40
pytestmark = [pytest.mark.dovecot, pytest.mark.torture("mails of a whole absence", MAILS)]

LEAVES, WAS_BACK, BACK = date(2026, 10, 10), date(2026, 10, 24), date(2026, 10, 27)
EVE, ILL, DEAF, CANCELLED = date(2026, 10, 9), date(2026, 10, 14), date(2026, 10, 16), date(2026, 10, 22)
WELL = date(2026, 10, 19)
AGAIN, HOME_AGAIN = date(2026, 11, 9), date(2026, 11, 14)
BATCHES = ("08:30", "12:00", "16:30")

ANNA, BRAM, RITA = "anna@voorbeeld.example", "bram@voorbeeld.example", "permerror@voorbeeld.example"
TASKS, IT = "x@taken.example", "it@voorbeeld.example"
MORE = """
to_do:
  - {{file: to-do.md}}
  - {{mail: x@taken.example, preset: todoist}}
alert: {{address: it@voorbeeld.example, after: 30m}}
"""
INBOX, FORWARDED, TO_DO, DONE = "INBOX", "Delegator/Forwarded", "Delegator/To-do", "Delegator/Done"
PLACES = {"in je inbox": INBOX, FORWARDED: FORWARDED, TO_DO: TO_DO, DONE: DONE}
APPS: tuple[App, ...] = ("gmail", "outlook", "apple", "html", "thunderbird", "bottom")

_OURS = re.compile(
    r"(Levering|Bestelling|Vraag over de planning|Frage|Demande|Question|Re: tekening|Verlof|Bevestig"
    r"|Bevestig levering|Geweigerd pakket|Nog open) \d+"
)
_ASKS = re.compile(
    rb"^(Disposition-Notification-To|Return-Receipt-To|X-Confirm-Reading-To):", re.MULTILINE | re.IGNORECASE
)
_PRIVATE = re.compile(
    rb"@familie\.example|^Sensitivity:|multipart/encrypted|pkcs7-mime|-----BEGIN PGP MESSAGE|ms-tnef|rpmsg",
    re.MULTILINE | re.IGNORECASE,
)


@dataclass(slots=True)
class Story:
    """What the test itself knows of the absence. delivered: what strangers wrote while it lasted, by kind.

    said: what Sofie decided of a mail, by its subject; the last word counts.
    """

    trip: Trip
    imap: Proxy
    smtp: Proxy
    delivered: list[tuple[str, bytes]] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)
    slot: int = 0
    is_anna_there: bool = True
    is_bram_there: bool = True

    @property
    def away(self) -> Holiday:
        return self.trip.away

    async def strangers_write(self, upto: int, real: list[bytes]) -> None:
        """Every fourth mail is a real one, as long as there are some."""
        for n in range(len(self.delivered), upto):
            is_real = n % 4 == 3 and n // 4 < len(real)
            kind, octets = ("real", real[n // 4]) if is_real else client_mail(n)
            self.delivered.append((kind, octets))
            await self.trip.arrives(octets)

    async def backups_work(self) -> None:
        if self.is_anna_there:
            await self.trip.backup_works("anna", 3)
        if self.is_bram_there:
            await self.trip.backup_works("bram", 2)

    async def owner_works(self, review: EmailMessage) -> None:
        """Her quarter of an hour: another way each time; sometimes she does nothing."""
        trip, items = self.trip, waiting(review)
        app, turn = APPS[(self.slot + SEED) % len(APPS)], (self.slot + SEED) % 8
        self.slot += 1
        match turn:
            case 0 if len(items) > 1:
                text = f"t {items[0].number} bellen na mijn verlof\nk {items[1].number}"
                await trip.reply(review, text, app)
                self._says("to-do", items[0])
                self._says("done", items[1])
            case 1 if any("zoals voorgesteld" in label for label in labels(review)):
                await trip.tap(review, "zoals voorgesteld")
                meant = {"taak": "to-do", "klaar": "done", "": ""}
                for item in items:
                    if item.proposal:
                        self._says(meant.get(item.proposal, "forward"), item)
            case 3 if len(items) > 1:
                await trip.tap(review, "Taak", 0)
                await trip.tap(review, "Klaar", 1)
                self._says("to-do", items[0])
                self._says("done", items[1])
            case 4 if items:
                await trip.reply(review, f"f {items[0].number} bram: kan jij dit bekijken?", app)
                self._says("forward", items[0])
            case 6 if any("Alles klaar" in label for label in labels(review)):
                await trip.tap(review, "Alles klaar")
            case 7 if overdue := [each for each in entries(review) if each.heading.startswith("Bij je coll")]:
                await trip.reply(review, f"k {overdue[0].number}", app)
                self.said[overdue[0].subject.split(" · ")[1]] = "done"
        await trip.settle()

    def _says(self, what: str, item: Entry) -> None:
        self.said[item.subject] = what


def waiting(review: EmailMessage) -> list[Entry]:
    """What she is asked to decide, with its text and buttons."""
    return [item for item in entries(review) if item.heading.startswith(("Wacht op jou", "Nog open"))]


@pytest_asyncio.fixture
async def story(dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path) -> AsyncIterator[Story]:
    clock = FakeClock(moment(date(2026, 10, 5), "07:00"))
    async with (
        Proxy(dovecot.host, dovecot.port) as imap,
        Proxy("localhost", smtp_server.port) as smtp,
        holiday(dovecot, smtp_server, tmp_path, clock) as away,
    ):
        away.away = (LEAVES.isoformat(), WAS_BACK.isoformat())
        away.rules = RULES + MORE
        away.imap_port, away.smtp_port = imap.port, smtp.port
        with closing(RawMailbox(dovecot)) as mailbox:
            yield Story(Trip(away, Phone(away), mailbox), imap, smtp)


async def test_home_to_an_empty_inbox(story: Story) -> None:
    """All is counted, line by line as the mailbox has it; the list is one wherever it stands; nobody else is
    written to, nobody twice; and the next absence begins from the homecoming mail alone.
    """
    trip = story.trip
    for n in range(OPEN):
        await trip.arrives(open_mail(n), at=moment(EVE, "09:00") - timedelta(days=n % 13, hours=n))
    await trip.away.start()
    await leaves(story)
    real = real_mails(MAILS // 4)
    days = (BACK - LEAVES).days
    for number in range(days):
        await plays_a_day(story, LEAVES + timedelta(days=number), number, real)
    assert len(story.delivered) == MAILS
    home = await comes_home(story)
    counts_are_the_mailboxs(story, home)
    list_is_everywhere(story, home)
    nobody_else_and_nobody_twice(story)
    await decides_on_the_plane(story, home)
    await leaves_again(story, home)
    nobody_else_and_nobody_twice(story)
    if not real:
        print("DELEGATOR_CORPORA names no folder of real mail: all of these were made up")


# --- what happens -----------------------------------------------------------------------------------


async def leaves(story: Story) -> None:
    """Anna says that she is there; eight of the forty are decided in the departure mail, and go at once."""
    trip = story.trip
    await trip.until(lambda: trip.clock.next_wake_at is not None)
    await trip.at(date(2026, 10, 7), "18:00", settle=False)
    await trip.until(lambda: trip.letters(ANNA) and trip.letters(BRAM), "the briefs")
    await trip.tap(trip.letters(ANNA)[0], "Ik ben er", sender=f"Anna <{ANNA}>")
    await trip.until(lambda: trip.ask("SELECT 1 FROM backup WHERE said = 'accepted'"), "Anna's answer")
    await trip.at(EVE, "18:00:01", settle=False)
    await trip.until(lambda: trip.to_owner("Voor je vertrekt"), "the departure mail")
    (leaving,) = trip.to_owner("Voor je vertrekt")
    assert leaving["Subject"] == f"Voor je vertrekt · {OPEN} mails zonder antwoord"
    offered = entries(leaving)
    assert len(offered) == OPEN
    assert "Anna is er" in words(leaving)
    for nth in (0, 3, 5, 8, 13):
        await trip.tap(leaving, "Naar Anna", nth)
        story.said[offered[nth].subject] = "forward"
    await trip.tap(leaving, "Taak", 20)
    story.said[offered[20].subject] = "to-do"
    await trip.reply(leaving, "f 12 bram\nk 30")
    story.said |= {offered[11].subject: "forward", offered[29].subject: "done"}
    await trip.until(
        lambda: len(trip.forwards(ANNA)) == 5 and len(trip.forwards(BRAM)) == 1, "what was tapped"
    )


async def plays_a_day(story: Story, day: date, number: int, real: list[bytes]) -> None:
    trip, days = story.trip, (BACK - LEAVES).days
    for nth, clock in enumerate(BATCHES):
        if (day, clock) == (WELL, "08:30"):
            story.is_anna_there = True
        await trip.at(day, clock, settle=False)
        batch = 3 * number + nth + 1
        await story.strangers_write(MAILS * batch // (3 * days), real)
        is_deaf = story.imap.refuses
        if not is_deaf:
            await story.backups_work()
        if clock == "12:00":
            await at_noon(story, day)
            continue
        before, made = len(trip.reviews()), reviews_made(trip)
        await trip.at(day, "09:00:01" if clock == "08:30" else "17:00:01", settle=False)
        if is_deaf:
            await trip.until(lambda: reviews_made(trip) > made, f"a review that waits, {day}")  # noqa: B023
            continue
        await trip.until(lambda: len(trip.reviews()) > before, f"a review, {day} {clock}")  # noqa: B023
        await trip.settle()
        await trip.at(day, "09:20" if clock == "08:30" else "17:20", settle=False)
        review = trip.reviews()[-1]
        if day + timedelta(days=1) == BACK and clock == "16:30":
            return  # the list of all that is open comes with it, and is read on the plane
        await story.owner_works(review)
        if (day, clock) == (ILL, "08:30"):
            question = await trip.asked(review, "anna weg tot maandag 19/10")
            assert "Anna is weg van woensdag 14 oktober 2026" in words(question)
            assert "tot en met zondag 18 oktober 2026" in words(question)
            await trip.confirms(question)
            story.is_anna_there = False
        if (day, clock) == (CANCELLED, "08:30"):
            question = await trip.asked(review, "tot 27/10")
            assert "Je bent terug op dinsdag 27 oktober 2026" in words(question)
            done = await trip.confirms(question)
            assert done["Subject"] == "Je afwezigheid heeft een ander einde"


def reviews_made(trip: Trip) -> int:
    ((count,),) = trip.ask("SELECT count(*) FROM review WHERE kind = 'review'")
    return int(count)


async def at_noon(story: Story, day: date) -> None:
    trip, service = story.trip, story.away.service
    assert service is not None
    if story.imap.refuses:
        await trip.at(day, "13:00", settle=False)
        story.imap.refuses = story.smtp.refuses = False
        service.bells.hurry.set()
        before = len(trip.reviews())
        await trip.until(lambda: service.is_connected and len(trip.reviews()) > before, "the servers' return")
        assert "Geen contact met je mailserver sinds vr 16/10 12.30 u" in words(trip.reviews()[-1])
    await trip.settle()
    if day == DEAF:
        await trip.at(day, "12:30")
        story.imap.refuses = story.smtp.refuses = True
        story.imap.cut()
        story.smtp.cut()
        await trip.until(lambda: not service.is_connected, "a lost connection")
    if day == CANCELLED:
        await trip.at(day, "12:20")
        (*_, overview) = trip.letters(BRAM)
        said = {"In_Reply_To": str(overview["Message-ID"]), "Auto_Submitted": "auto-replied"}
        await trip.arrives(
            write_mail(f"Bram <{BRAM}>", "Automatisch antwoord", "Ik ben ziek thuis.\n", **said)
        )
        story.is_bram_there = False
        await trip.settle()


async def comes_home(story: Story) -> EmailMessage:
    trip, service = story.trip, story.away.service
    assert service is not None
    await trip.until(lambda: trip.to_owner("Alles wat open is"), "the flight list")
    await trip.settle()
    await trip.at(BACK, "00:00:01", settle=False)
    service.bells.wake.set()
    await trip.until(lambda: trip.to_owner("Welkom terug"), "the homecoming mail")
    (home,) = trip.to_owner("Welkom terug")
    await trip.until(lambda: is_all_filed(trip), "all filed")
    count = length_of_list(home)
    await trip.until(lambda: len(trip.sent(TASKS)) == count, "a task for each")
    flight = [each for mail in trip.to_owner("Alles wat open is") for each in entries(mail)]
    assert [each.number for each in flight] == list(range(1, len(flight) + 1)), "through all parts"
    assert all(len(mail.as_bytes()) < 80_000 for mail in trip.to_owner("Alles wat open is"))
    low = [each for each in flight if each.heading.startswith("Nieuwsbrieven")]
    assert len(flight) - len(low) == count
    return home


def is_all_filed(trip: Trip) -> bool:
    ((left,),) = trip.ask("SELECT count(*) FROM message WHERE file_to IS NOT NULL AND is_there")
    return bool(left == 0)


async def decides_on_the_plane(story: Story, home: EmailMessage) -> None:
    """What she wrote on the flight list arrives after the landing; and a button files what is left."""
    trip, before = story.trip, listed_in_state(story.trip)
    first = trip.to_owner("Alles wat open is")[0]
    undecided = [each for each in entries(first) if each.heading.startswith("Nog te beslissen")]
    await trip.at(BACK, "07:00", settle=False)
    await trip.reply(first, f"k {undecided[0].number}\nt {undecided[1].number} eerst bellen", "apple")
    await trip.until(lambda: len(listed_in_state(trip)) == len(before) - 1, "what was decided on the plane")
    markdown = story.away.folder / "to-do.md"
    await trip.until(lambda: len(listed_in_file(markdown)) == len(before) - 1, "the file after the plane")
    assert "Je schreef: eerst bellen" in markdown.read_text()
    await trip.tap(home, "Verplaats naar")
    await trip.until(lambda: not of_the_absence(trip, INBOX), "an inbox without any mail of the absence")
    assert len(trip.to_owner("Welkom terug")) == 1


async def leaves_again(story: Story, home: EmailMessage) -> None:
    """One line in answer to the homecoming mail, and a tap."""
    trip = story.trip
    await trip.at(date(2026, 10, 30), "10:00", settle=False)
    question = await trip.asked(home, "weg 9/11-14/11 bram")
    assert "van maandag 9 november 2026 tot en met vrijdag 13 november 2026" in words(question)
    before = len(trip.answers())
    await trip.tap(question, "Klopt")
    await trip.until(lambda: len(trip.answers()) > before, "that it is planned")
    assert trip.answers()[-1]["Subject"] == "Je afwezigheid is gepland"
    await trip.at(AGAIN - timedelta(days=1), "18:00:01", settle=False)
    await trip.until(lambda: len(trip.to_owner("Voor je vertrekt")) == 2, "the second departure mail")
    await trip.at(AGAIN, "08:00")
    forwards = len(trip.forwards(ANNA))
    await trip.arrives(write_mail("Jan <jan@acme.example>", "Nog een prijs?", Message_ID="<n@acme.example>"))
    await trip.until(lambda: len(trip.forwards(ANNA)) == forwards + 1, "the first forward of the second")
    assert trip.forwards(ANNA)[-1]["Subject"] == "Nog een prijs?"
    await trip.at(HOME_AGAIN, "00:00:01", settle=False)
    await trip.until(lambda: len(trip.to_owner("Welkom terug")) == 2, "the second homecoming")
    second = trip.to_owner("Welkom terug")[1]
    assert "het klopt met je mailbox" in words(second)
    assert "Nog een prijs?" in section(second, "Nog bij je")
    assert not listed_in_mail(second)


# --- what must be so --------------------------------------------------------------------------------


def of_the_absence(trip: Trip, mailbox: str) -> list[Lying]:
    """What of it lies there, by its arrival."""
    begin, end = moment(LEAVES, "00:00"), moment(BACK, "00:00")
    return [mail for mail in trip.mailbox.messages(mailbox) if begin <= mail.arrived_at < end]


def counts_are_the_mailboxs(story: Story, home: EmailMessage) -> None:
    """INBOX holds what is private or asks for a receipt, and each line is what lies there."""
    trip = story.trip
    lying = {mailbox: of_the_absence(trip, mailbox) for mailbox in PLACES.values()}
    everything = [mail for mails in lying.values() for mail in mails]
    delivered = Counter(as_kept(octets) for _, octets in story.delivered)
    strangers = [mail for mail in everything if as_kept(mail.octets) in delivered]
    assert Counter(as_kept(mail.octets) for mail in strangers) == delivered, "each lies there once"
    assert not [mail.header for mail in strangers if r"\Seen" in mail.flags]

    left = lying[INBOX]
    asking = [mail for mail in left if _ASKS.search(mail.header)]
    private = [mail for mail in left if not _ASKS.search(mail.header)]
    assert [mail.header for mail in private if not _PRIVATE.search(mail.octets)] == []
    assert len(private) >= sum(kind == "private" for kind, _ in story.delivered)

    where = counted_lines(home, "Waar alles staat")
    total = where.pop("in totaal: het klopt met je mailbox")
    assert where == {name: len(lying[mailbox]) for name, mailbox in PLACES.items()}
    assert total == len(everything)
    said = words(home)
    assert f"{len(private)} privémails staan nog in je inbox." in said
    assert f"{len(asking)} mails vragen een ontvangstbevestiging" in said

    came = counted_lines(home, "Wat er kwam")
    by_kind = Counter(kind for kind, _ in story.delivered)
    own = came["eigen mail: reviews, opdrachten, antwoorden"]
    assert came["in totaal"] == total
    assert came["privé: niemand heeft het gezien"] == len(private)
    assert came["genegeerd, zoals je regels zeggen"] == by_kind["ignore"]
    assert own == total - MAILS
    gone = still_with_colleagues(trip, home) | trip.answered
    asked_for = [mail for mail in asking if subject_of(mail) in gone]
    forwarded = came["naar je collega’s"]
    ((late,),) = trip.ask(  # it had come back, and the backup answered after all
        "SELECT count(*) FROM message JOIN conversation ON conversation.id = conversation "
        "WHERE disposition = 'review' AND decision IS NULL AND answered_at IS NOT NULL AND arrived_at >= ?",
        us(moment(LEAVES, "00:00")),
    )
    assert forwarded == len(lying[FORWARDED]) + len(asked_for) - late
    assert came["in je reviews"] == MAILS - len(private) - by_kind["ignore"] - forwarded
    assert f"Er kwamen {MAILS:,} mails.".replace(",", ".") in said


def as_kept(octets: bytes) -> bytes:
    """Without line ends: a mail server has its own idea of a bare one."""
    return octets.translate(None, b"\r\n")


def subject_of(mail: Lying) -> str:
    found = re.search(rb"^Subject: (.*)$", mail.header, re.MULTILINE)
    return found[1].decode().strip() if found else ""


def list_is_everywhere(story: Story, home: EmailMessage) -> None:
    """The same entries in the same order in the mail, the file and the tasks; so the state and the folder."""
    trip = story.trip
    further = trip.to_owner("Je takenlijst (")  # what of the list had no room in the first
    assert all(len(mail.as_bytes()) < 80_000 for mail in (home, *further))
    listed_in_mails = {each.number: each for each in listed_in_mail(home)}
    listed_in_mails |= {each.number: each for mail in further for each in entries(mail)}
    assert list(listed_in_mails) == list(range(1, len(listed_in_mails) + 1)), "through all parts"
    mailed = [alike(each.subject) for each in listed_in_mails.values()]
    in_file = listed_in_file(story.away.folder / "to-do.md")
    tasks = [alike(str(mail["Subject"]), None) for mail in trip.sent(TASKS)]
    assert length_of_list(home) == len(in_file) == len(tasks) == len(set(listed_in_state(trip)))
    more = len(in_file) - len(listed_in_mail(home))
    assert more == 0 or f"nog {more}, vanaf deel 2 van {len(further) + 1}" in words(home)
    assert mailed == in_file
    assert [one for one, other in zip(in_file, tasks, strict=True) if one not in other] == []

    rows = trip.ask("SELECT message_id, asks_for_receipt FROM message WHERE decision = 'to-do'")
    in_folder = Counter(id_of(mail) for mail in trip.mailbox.messages(TO_DO))
    in_state = Counter(id_ for id_, asks in rows if not asks)
    assert in_folder.total() == in_state.total()
    ours = re.compile(r".*@(fortnight|voor)\.example>")  # of some real mails no two read the same Message-ID
    assert {id_ for id_ in in_folder if ours.fullmatch(id_)} == {
        id_ for id_ in in_state if id_ and ours.fullmatch(id_)
    }

    still = still_with_colleagues(trip, home)
    listed = set(in_file)
    for kind, octets in story.delivered:
        subject = subject_of(Lying(0, moment(BACK, "00:00"), frozenset(), octets))
        if not _OURS.fullmatch(subject):
            assert kind in ("private", "low", "ignore", "real"), subject
            continue
        said, is_listed = story.said.get(subject), alike(subject) in listed
        if said == "done":
            assert not is_listed, subject
        elif said == "to-do" or (said is None and kind in ("item", "receipt")):
            assert is_listed, (subject, said)
        else:  # it was handed over, by a rule or by her
            places = (is_listed, subject in still, subject in trip.answered)
            assert sum(places) == 1, (subject, said, places)


def listed_in_mail(home: EmailMessage) -> list[Entry]:
    return [each for each in entries(home) if each.heading.startswith("Je takenlijst")]


def length_of_list(home: EmailMessage) -> int:
    """As its heading says."""
    (heading,) = {each.heading for each in listed_in_mail(home)}
    return int(heading.partition("(")[2].rstrip(")").replace(".", ""))


def still_with_colleagues(trip: Trip, home: EmailMessage) -> set[str]:
    """As the mail tells; of more than forty it tells how many, and the state knows the others."""
    told = {each.split(" · ")[1] for each in section(home, "Nog bij je").split("\n") if " · " in each}
    rows = trip.ask(
        "SELECT message.subject FROM message JOIN conversation ON conversation.id = conversation "
        "WHERE disposition = 'forward' AND answered_at IS NULL"
    )
    known = {str(subject) for (subject,) in rows}
    return told if len(told) < 40 else told | known


def listed_in_state(trip: Trip) -> list[int]:
    """An entry for each conversation, and each message without one."""
    rows = trip.ask("SELECT id, conversation, disposition FROM message WHERE decision = 'to-do'")
    return [
        -id_ if conversation is None or what == "private" else conversation
        for id_, conversation, what in rows
    ]


def listed_in_file(path: Path) -> list[str]:
    found = re.findall(r"^- \[ \] \d+\\\. (.*) · .* · [^·]*$", path.read_text(), re.MULTILINE)
    return [alike(each) for each in found]


def alike(shown: str, most: int | None = 30) -> str:
    """The first letters and digits, however a place escapes, shortens or neutralises the rest."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", shown))[:most]


def id_of(mail: Lying) -> str:
    lines = mail.header.replace(b"\r", b"\n")
    found = re.search(rb"^Message-ID:\s*(<[^>\r\n]*>)", lines, re.MULTILINE | re.IGNORECASE)
    return found[1].decode() if found else ""


def nobody_else_and_nobody_twice(story: Story) -> None:
    trip, smtp = story.trip, story.away.smtp
    assert smtp.recipients <= {SOFIE, ANNA, BRAM, RITA, TASKS, IT}
    sent = [mail.message_id for mail in smtp.accepted]
    assert len(sent) == len(set(sent))
    for backup in (ANNA, BRAM):
        originals = Counter(str(mail["In-Reply-To"]) for mail in trip.forwards(backup))
        assert [original for original, count in originals.items() if count > 1] == []
    tasks = [
        re.findall(rb"message:%3Cm\d+%40fortnight", mail.octets)
        for mail in smtp.accepted
        if TASKS in mail.rcpt_tos
    ]
    named = [link for links in tasks for link in links]
    assert len(named) == len(set(named))
