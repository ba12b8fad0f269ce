"""A fortnight on the beach: three hundred mails, two backups, and an owner who answers late and clumsily.

Sofie answers from three programs and in two languages; Anna answers clients with Sofie in Cc, Bram answers
his overviews in words. The service is started anew for every look, and the clock jumps from one to the next.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from tests.clients import mail_of
from tests.holiday import MONDAY, Holiday, plain_text
from tests.phone import SOFIE, App, Phone, button, links, reply_to
from tests.support import FakeClock

pytestmark = pytest.mark.dovecot

ANNA, BRAM, RITA = "anna@voorbeeld.example", "bram@voorbeeld.example", "permerror@voorbeeld.example"
DAYS, MAILS = 14, 300


@dataclass(slots=True)
class Fortnight:
    """taps: how many the owner made; every mail of hers is two, the button or Reply, and Send."""

    away: Holiday
    phone: Phone
    taps: int = 0
    answered: set[str] = field(default_factory=set)

    @property
    def clock(self) -> FakeClock:
        return self.phone.clock

    async def at(self, moment: datetime) -> None:
        """The clock jumps; the service starts, does what is due, and stops."""
        self.clock.at = moment
        assert await self.away.once()

    async def reply(self, review: EmailMessage, text: str, app: App) -> None:
        await self.phone.reply(review, text, app)
        self.taps += 2

    async def tap(self, link: str) -> None:
        await self.phone.tap(link)
        self.taps += 2

    def anna_answers(self) -> Iterator[bytes]:
        """Each client but every third, with Sofie in Cc, as Reply-To asks."""
        for forward in self.away.accepted(ANNA):
            named = str(forward["Message-ID"])
            if named in self.answered:
                continue
            self.answered.add(named)
            if len(self.answered) % 3:
                answer = EmailMessage(policy=SMTP)
                answer["From"], answer["To"], answer["Cc"] = f"Anna <{ANNA}>", client_of(forward), SOFIE
                answer["Subject"] = f"Re: {forward['Subject']}"
                answer["Message-ID"] = f"<antwoord-{len(self.answered)}@anna.example>"
                answer["In-Reply-To"] = named
                answer.set_content("Dag, ik kijk het na en laat iets weten.\n\nAnna\n")
                yield answer.as_bytes()


def client_of(forward: EmailMessage) -> str:
    """Whom Reply goes to beside Sofie."""
    return next(str(each) for each in re.findall(r"[\w.]+@[\w.]+", str(forward["Reply-To"])) if each != SOFIE)


CLUMSY: dict[int, tuple[str, App]] = {
    0: ("ok 👍", "gmail"),
    2: ("Alles ok behalve 1. Die wil ik eerst zelf lezen", "outlook"),  # held
    3: ("alles ok, maar 1 doe ik zelf", "outlook"),
    4: ("1 en 2 naar anna aub, rest klaar", "apple"),
    6: ("erst mal nichts weiterleiten!", "html"),  # held
    7: ("Passt so", "html"),
    8: ("1 bram: kan jij dit bekijken? thx\nok", "gmail"),
    10: ("2 anna denk ik? of toch bram", "apple"),  # held
    12: ("rest weg, 1 auf meine Liste", "outlook"),
    15: ("ok", "bottom"),
    17: ("k rest", "thunderbird"),
    20: ("All good, go ahead", "apple"),
}
HELD = {2, 6, 10}
BRAM_SAYS = (
    "alles beantwoord",
    "1 erledigt, 2 mach ich heute noch",
    "ik antwoord vanmiddag",
    "all done, cheers",
)


async def test_a_fortnight(away: Holiday) -> None:
    """Every mail counted once and nobody else written to; nothing goes out on half-understood words."""
    trip = Fortnight(away, Phone(away))
    expected: dict[str, str] = {}
    reviews_seen: list[EmailMessage] = []
    slot = n = 0
    await trip.at(MONDAY)  # two hours before the first review
    for day in range(DAYS):
        midnight = MONDAY - timedelta(hours=7) + timedelta(days=day)  # in Brussels
        for hour, minute in ((9, 0), (12, 30), (17, 0)):
            if hour == 12 and day % 2:
                continue
            moment = midnight + timedelta(hours=hour, minutes=minute, seconds=5)
            upto = min(MAILS, -(-MAILS * (3 * day + 1 + (hour > 9) + (hour > 13)) // (3 * DAYS)))
            arrives_at = moment - timedelta(minutes=5)
            mails = [mail_of(each) for each in range(n, upto)]
            expected |= {f"m{number}": kind for number, (kind, _) in enumerate(mails, n)}
            for _, octets in mails:
                await asyncio.to_thread(away.imap.deliver, octets, arrived_at=arrives_at)
            for octets in trip.anna_answers():
                await asyncio.to_thread(away.imap.deliver, octets, arrived_at=arrives_at)
            n = upto
            await trip.at(moment)
            if hour == 12:
                continue
            review = trip.phone.reviews()[-1]
            assert review not in reviews_seen, "a review at every slot"
            reviews_seen.append(review)
            await owner_answers(trip, review, slot)
            slot += 1
        await bram_answers(trip, day)

    await trip.at(trip.clock.at + timedelta(hours=2))
    assert n == MAILS
    assert slot == len(trip.phone.reviews()) == 2 * DAYS
    every_mail_is_counted(away, expected)
    nobody_else_was_written_to(away, expected)
    decisions = sum(kind == "item" for kind in expected.values())
    print(
        f"{MAILS} mails: {100 * decisions / MAILS:.0f} decisions a hundred, "
        f"{trip.taps / decisions:.2f} taps a decision, {len(trip.phone.answers())} mails between reviews"
    )
    assert decisions <= 0.32 * MAILS
    assert trip.taps / decisions < 0.75

    # Home: the last ones say that it is over.
    await trip.at(MONDAY + timedelta(days=DAYS, hours=3))
    *_, last, homecoming = trip.phone.reviews()
    assert "Welkom terug op ma 30/11" in plain_text(last)
    assert f"Er kwamen {MAILS} mails." in plain_text(homecoming)
    assert "Ik ben terug: dank je" in plain_text(away.letters(BRAM)[-1])


async def owner_answers(trip: Fortnight, review: EmailMessage, slot: int) -> None:
    """Late: most are answered when the next has nearly come, some never."""
    if slot not in CLUMSY:
        if slot % 4 == 1 and any("voorgesteld" in label for label, _ in links(review)):
            await trip.tap(button(review, "voorgesteld"))
        return
    text, app = CLUMSY[slot]
    forwarded, answers = len(forwards(trip.away)), len(trip.phone.answers())
    await trip.reply(review, text, app)
    await trip.at(trip.clock.at + timedelta(hours=2))
    if slot in HELD:
        assert len(forwards(trip.away)) == forwarded, f"{text!r} sent something"
        assert len(trip.phone.answers()) == answers + 1, f"{text!r} was not asked about"
    else:
        assert len(trip.phone.answers()) == answers, plain_text(trip.phone.answers()[-1])


async def bram_answers(trip: Fortnight, day: int) -> None:
    overviews = trip.away.letters(BRAM)[1:]
    if not overviews or day % 2:
        return
    text = BRAM_SAYS[day // 2 % len(BRAM_SAYS)]
    reply = reply_to(
        overviews[-1], text, ("gmail", "outlook", "apple")[day % 3], sender=f"Bram <{BRAM}>", number=900 + day
    )
    trip.clock.at += timedelta(minutes=40)  # within seconds it would be a machine's answer
    await trip.phone.send(reply.as_bytes(policy=SMTP))


def forwards(away: Holiday) -> list[str]:
    return [str(mail["Subject"]) for mail in (*away.accepted(ANNA), *away.accepted(BRAM))]


def every_mail_is_counted(away: Holiday, expected: dict[str, str]) -> None:
    """Once, with what its kind asks for; and what is ours is ours."""
    db = sqlite3.connect(away.state / "state.sqlite3")
    rows = db.execute("SELECT message_id, disposition, priority FROM message").fetchall()
    db.close()
    found = Counter(str(row[0]) for row in rows)
    for number, kind in expected.items():
        assert found[f"<{number}@fortnight.example>"] == 1, (number, kind)
    by_id = {str(row[0]): row[1:] for row in rows}
    wanted = {"anna": "forward", "bram": "forward", "item": "review", "low": "review"}
    for number, kind in expected.items():
        disposition, priority = by_id[f"<{number}@fortnight.example>"]
        by_owner = {"forward"} if kind == "item" else set()  # she handed it to somebody
        assert disposition in {wanted.get(kind, kind)} | by_owner, (number, kind, disposition)
        assert (priority == "low") is (kind == "low"), (number, kind, priority)
    others = Counter(row[1] for row in rows if "@fortnight.example" not in str(row[0]))
    assert set(others) <= {"own"}, others


def nobody_else_was_written_to(away: Holiday, expected: dict[str, str]) -> None:
    assert away.smtp.recipients <= {ANNA, BRAM, RITA, SOFIE}
    for mailbox in ("INBOX", "Delegator/Forwarded", "Delegator/Done", "Delegator/To-do"):
        assert not any("\\Seen" in flags for _, flags, _ in away.imap.messages(mailbox))
    sent = Counter(
        number
        for key in (ANNA, BRAM)
        for mail in away.accepted(key)
        for number in re.findall(r"(?:Levering|Bestelling) (\d+)", str(mail["Subject"]))
    )
    for name, kind in expected.items():
        if kind in ("anna", "bram"):
            assert sent[name.removeprefix("m")] >= 1, name
        if kind == "private":
            assert not any(f"Zondag {name.removeprefix('m')}" in subject for subject in forwards(away))
