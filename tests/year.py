"""A year of somebody's mail, made up: who writes, who is answered and how fast, what machines send.

The same for the same day. Whoever reads it knows what a reader should find: see `CLIENTS` and below.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime

OWNER = ("Sofie Janssens", "sofie@voorbeeld.example")
ANNA = ("Anna Peeters", "anna@voorbeeld.example")
BRAM = ("Bram Maes", "bram@voorbeeld.example")
DIRK = ("Dirk Claes", "dirk@voorbeeld.example")

Person = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Made:
    """One mail. mailbox: INBOX or Sent."""

    mailbox: str
    at: datetime
    octets: bytes


@dataclass(frozen=True, slots=True)
class Client:
    """people: who write. a_week: mails. answered: part of them; within: minutes, at least and at most."""

    people: tuple[Person, ...]
    a_week: float
    answered: float
    within: tuple[int, int]
    copied: tuple[Person, ...]
    subjects: tuple[str, ...]


CLIENTS = (
    Client(
        (
            ("Jan Pieters", "jan@acme.example"),
            ("Els Smet", "els@acme.example"),
            ("Tim Raes", "tim@acme.example"),
        ),
        5,
        0.8,
        (8, 70),
        (ANNA,),
        ("Levering week {n}", "Vraag over artikel {n}", "Bestelling {n}", "Planning {n}"),
    ),
    Client(
        (("Karin Wouters", "karin@grootklant.example"), ("Tom Aerts", "tom@grootklant.example")),
        3,
        0.7,
        (60, 300),
        (BRAM,),
        ("Contract {n}", "Overleg {n}", "Bestelling {n}"),
    ),
    Client(
        (("Lien Moens", "lien@studiolien.example"),), 1, 0.9, (15, 120), (), ("Ontwerp {n}", "Foto's {n}")
    ),
)
"""A company for Anna, one for Bram, and one person."""

PROSPECTS = tuple((f"Prospect {n}", f"p{n}@firma{n}.example") for n in range(1, 41))
"""Each writes rarely; those who ask for an offer are answered at once."""

STRANGERS = tuple((f"Verkoper {n}", f"v{n}@aanbod{n}.example") for n in range(1, 61))
"""Never answered."""

LISTS = tuple((f"Nieuws {n}", f"news@nieuwsbrief{n}.example") for n in range(1, 9))
MACHINES = (("Webshop", "noreply@webshop.example"), ("Monitor", "alerts@monitor.example"))
PIET = ("Piet Janssens", "piet@familie.example")
PERSONNEL = ("Personeelsdienst", "hr@voorbeeld.example")


def year_of_mail(until: datetime, days: int = 365) -> Iterator[Made]:
    """The mails of the days before a moment, in order; some 5,000 in 365 days. until: aware."""
    made = [mail for day in range(days, 0, -1) for mail in _day(until - timedelta(days=day), day)]
    yield from sorted((mail for mail in made if mail.at < until), key=lambda mail: mail.at)


def _day(morning: datetime, number: int) -> Iterator[Made]:
    chance = random.Random(f"{number}")
    writer = _Writer(morning.replace(hour=7, minute=0, second=0, microsecond=0), number, chance)
    is_weekend = morning.weekday() > 4
    for client in CLIENTS:
        for _ in range(writer.times(0 if is_weekend else client.a_week / 5)):
            sender = chance.choice(client.people)
            subject = chance.choice(client.subjects).format(n=chance.randrange(100, 999))
            copied = client.copied if chance.random() < 0.6 else ()
            yield from writer.conversation(sender, subject, copied, client.answered, client.within)
    for _ in range(writer.times(0 if is_weekend else 1.2)):
        if chance.random() < 0.5:
            subject = f"Aanvraag offerte {chance.randrange(100, 999)}"
            yield from writer.conversation(chance.choice(PROSPECTS), subject, (), 0.95, (5, 40))
        else:
            yield from writer.conversation(chance.choice(PROSPECTS), "Kennismaking", (), 0.2, (600, 3000))
    for _ in range(writer.times(2)):
        yield from writer.conversation(chance.choice(STRANGERS), "Uw voordeel", (), 0, (1, 2))
    for _ in range(writer.times(0 if is_weekend else 1.5)):
        yield from writer.conversation(chance.choice((ANNA, BRAM, DIRK)), "Intern overleg", (), 0.5, (5, 200))
    for _ in range(writer.times(4)):
        name = chance.choice(LISTS)
        more = f"List-Id: <news.{name[1].partition('@')[2]}>\r\nList-Unsubscribe: <https://{name[1][5:]}/uit>\r\n"
        yield writer.mail(name, "Nieuws van de week", more=more)
    for _ in range(writer.times(3)):
        machine = chance.choice(MACHINES)
        more = "Auto-Submitted: auto-generated\r\n" if "monitor" in machine[1] else ""
        yield writer.mail(machine, "[OK] alles draait" if more else "Nieuwe order", more=more)
    if number % 9 == 0:
        yield from writer.conversation(PIET, "Zondag", (), 0.8, (30, 500))
    if number % 30 == 0:
        yield writer.mail(PERSONNEL, "Loonbrief van deze maand")


class _Writer:
    def __init__(self, morning: datetime, number: int, chance: random.Random) -> None:
        self._morning, self._number, self._chance = morning, number, chance
        self._count = 0

    def times(self, mean: float) -> int:
        return int(mean) + (self._chance.random() < mean % 1)

    def conversation(
        self,
        sender: Person,
        subject: str,
        copied: tuple[Person, ...],
        answered: float,
        within: tuple[int, int],
    ) -> Iterator[Made]:
        mail = self.mail(sender, subject, copied=copied)
        yield mail
        if self._chance.random() < answered:
            at = mail.at + timedelta(minutes=self._chance.randint(*within))
            yield self.mail(OWNER, f"Re: {subject}", to=sender, copied=copied, answers=self._last, at=at)

    def mail(
        self,
        sender: Person,
        subject: str,
        *,
        to: Person = OWNER,
        copied: tuple[Person, ...] = (),
        answers: str = "",
        at: datetime | None = None,
        more: str = "",
    ) -> Made:
        self._count += 1
        moment = at or self._morning + timedelta(seconds=self._chance.randrange(11 * 3600))
        message_id = f"<{self._number}.{self._count}@{sender[1].partition('@')[2]}>"
        if not answers:
            self._last = message_id
        header = f"From: {sender[0]} <{sender[1]}>\r\nTo: {to[0]} <{to[1]}>\r\n"
        if copied:
            header += "Cc: " + ", ".join(f"{name} <{address}>" for name, address in copied) + "\r\n"
        if answers:
            header += f"In-Reply-To: {answers}\r\nReferences: {answers}\r\n"
        header += (
            f"Subject: {subject}\r\nDate: {format_datetime(moment)}\r\nMessage-ID: {message_id}\r\n{more}"
        )
        body = "\r\nBeste,\r\n\r\nHierbij.\r\n\r\nMet vriendelijke groet\r\n"
        return Made("Sent" if sender == OWNER else "INBOX", moment, (header + body).encode())
