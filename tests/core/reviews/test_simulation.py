"""A simulated holiday adds up: every message on its day, in one review, with the time that it takes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.core.mail.message import Address, Message
from delegator.core.people import Backup, Owner, Window
from delegator.core.reviews.arrange import rank, unzipped
from delegator.core.reviews.items import Item, OpenMessage
from delegator.core.reviews.left import Keeper
from delegator.core.reviews.simulation import Simulated, Simulation
from delegator.core.rules.book import ForwardTo, Rule, RuleBook, ToReview
from delegator.core.rules.conditions import AllOf, Facts, Is
from delegator.core.triage.verdict import Code, Disposition, Verdict

MONDAY = datetime(2026, 11, 16, 0, tzinfo=UTC)
SOFIE = Owner("Sofie Janssens", "sofie@voorbeeld.example", (), "nl", ZoneInfo("Europe/Brussels"))
RULES = (Rule("fires", AllOf((Is("bulk", True),)), ForwardTo(("anna",))),)
BOOK = RuleBook(
    SOFIE, {}, (*RULES, Rule("silent", AllOf((Is("auto", True),)), ForwardTo(("anna",)))), ToReview("normal")
)
FACTS = Facts(frozenset(), "voorbeeld.example")
TO_ANNA = Verdict(Disposition.FORWARD, Code.RULE, backup="anna", backups=("anna",), rule="fires")
TO_REVIEW = Verdict(Disposition.REVIEW, Code.OTHERWISE, priority="normal")
PRIVATE = Verdict(Disposition.PRIVATE, Code.PRIVATE_ENCRYPTED)


def mail(
    number: int = 0, sender: str = "jan@acme.example", *, answers: int | None = None, text: str = "Dag"
) -> Message:
    return Message(
        message_id=f"<{number}@x.example>",
        from_=(Address("", sender),),
        from_fields=1,
        subject=f"Mail {number}",
        text=text,
        in_reply_to=() if answers is None else (f"<{answers}@x.example>",),
    )


def simulate(
    mails: Sequence[tuple[Message, Verdict, datetime | None]], *, opened_day: date | None = None
) -> Simulated:
    simulation = Simulation(BOOK, (time(9), time(17)), 15, opened_day=opened_day)
    for message, verdict, at in mails:
        simulation.add("source", message, verdict, at, FACTS, None)
    return simulation.result()


def test_mail_stands_on_its_local_day() -> None:
    """23.30 UTC is the next day in Brussels, and comes in that morning's review."""
    late = MONDAY + timedelta(hours=23, minutes=30)
    found = simulate([(mail(), TO_REVIEW, late)])
    (day,) = found.days
    assert (day.day, day.received) == (date(2026, 11, 17), 1)
    (review,) = day.reviews
    assert review.at == datetime(2026, 11, 17, 8, tzinfo=UTC)
    assert review.decisions == 1


def test_forwards_are_counted_by_day_and_backup() -> None:
    """So that the owner sees how much falls on whom."""
    hours = (1, 2, 30)
    found = simulate([(mail(n), TO_ANNA, MONDAY + timedelta(hours=n)) for n in hours])
    assert [day.forwards for day in found.days] == [{"anna": 2}, {"anna": 1}]
    assert found.forwards == {"anna": 3}
    assert found.busiest is not None
    assert found.busiest.day == date(2026, 11, 16)


def test_reading_takes_its_time() -> None:
    """A long mail takes longer: 0.052 s a character of what is shown, and half a minute to decide."""
    short, long = (
        simulate([(mail(text=text), TO_REVIEW, MONDAY)]).days[0].deciding for text in ("Ja", "woord " * 500)
    )
    assert timedelta(seconds=30) <= short < timedelta(seconds=31)
    assert timedelta(seconds=25) < long - short < timedelta(seconds=33)  # six hundred characters


def test_rules_that_never_fired_are_named() -> None:
    """In the order of the file."""
    assert simulate([(mail(), TO_ANNA, MONDAY)]).silent_rules == ("silent",)


def test_a_mail_without_a_date_is_on_no_day() -> None:
    """It is counted apart."""
    found = simulate([(mail(), TO_REVIEW, None)])
    assert (found.days, found.undated) == ((), 1)


def test_the_reviews_of_one_day_are_kept_whole() -> None:
    """Those of the day that was asked for; else of the day whose reviews take longest."""
    mails = [(mail(n), TO_REVIEW, MONDAY + timedelta(hours=8 * n)) for n in range(9)]
    assert [r.facts.slot for r in simulate(mails, opened_day=date(2026, 11, 17)).opened] == [
        (date(2026, 11, 17), 0),
        (date(2026, 11, 17), 1),
    ]
    assert len(simulate(mails).opened) == 2
    assert simulate(mails, opened_day=date(2020, 1, 1)).opened == ()


def test_whom_the_owner_answers_within_hours_and_no_rule_covers() -> None:
    """Two quick answers to a sender whom no rule takes; a slow one, or one alone, is not usual."""
    hour = timedelta(hours=1)
    mails: list[tuple[Message, Verdict, datetime]] = []
    for number, (sender, delay) in enumerate(
        [
            ("piet@a.example", 1),
            ("piet@a.example", 3),
            ("slow@b.example", 20),
            ("slow@b.example", 30),
            ("one@c.example", 1),
        ]
    ):
        at = MONDAY + number * 24 * hour
        mails.append((mail(number, sender), TO_REVIEW, at))
        mails.append((mail(100 + number, SOFIE.address, answers=number), TO_REVIEW, at + delay * hour))
    mails.sort(key=lambda each: each[2])
    (found,) = simulate(mails).uncovered
    assert (found.address, found.mails, found.answered, found.typical) == ("piet@a.example", 2, 2, 2 * hour)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5000), st.sampled_from([TO_REVIEW, TO_ANNA, PRIVATE])), max_size=60))
def test_every_message_is_counted_once(mails: list[tuple[int, Verdict]]) -> None:
    """On one day, and if it is for a review in one review, or left over at the end."""
    mails.sort(key=lambda each: each[0])
    found = simulate(
        [(mail(n), verdict, MONDAY + timedelta(minutes=at)) for n, (at, verdict) in enumerate(mails)]
    )
    assert sum(day.received for day in found.days) == len(mails)
    decisions = sum(review.decisions for day in found.days for review in day.reviews)
    assert decisions + found.left == sum(verdict is TO_REVIEW for _, verdict in mails)
    assert sum(found.forwards.values()) == sum(verdict is TO_ANNA for _, verdict in mails)


class AllOfIt:
    """What `Left` holds, put in order whole for each review, as it is live."""

    def __init__(self, keeper: Keeper) -> None:
        self.waiting: list[OpenMessage] = []
        self.there: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.waiting)

    @property
    def messages(self) -> int:
        return len(self.waiting)

    def add(self, new: Sequence[OpenMessage], there: tuple[str, ...]) -> None:
        self.waiting += new
        self.there = there

    def first(self, most: int) -> tuple[list[Item], int]:
        return unzipped(rank(self.waiting, self.there)), 0

    def all(self) -> tuple[list[OpenMessage], tuple[str, ...]]:
        return [*self.waiting], self.there

    def in_order(
        self, everything: tuple[list[OpenMessage], tuple[str, ...]], most: int
    ) -> tuple[list[Item], list[Item]]:
        return unzipped(rank(*everything)), []

    def keep(self, looked_at: Sequence[Item], without: Collection[int]) -> None:
        stays = [item for item in looked_at if item.newest.id in without]
        waiting = [message for item in stays for message in item.messages]
        self.waiting = [replace(message, waited=True) for message in waiting]
        if len(stays) == len(looked_at):
            self.waiting = []


@pytest.mark.parametrize(("minutes", "has_floods"), [(15, False), (15, True), (4, False), (90, False)])
def test_of_thousands_left_over_only_the_first_are_looked_at(
    monkeypatch: pytest.MonkeyPatch, minutes: int, has_floods: bool
) -> None:
    """And what the reviews hold is what they would if each looked at all that waits.

    Whoever it comes from and whenever, while conversations go on and backups come and go.
    """
    senders = [f"x{number}@acme.example" for number in range(7)]
    texts = ("Dag", "Kan je dit bekijken?", "Dit is onaanvaardbaar!", "Graag voor vrijdag 27 november.")
    away = Window(MONDAY + timedelta(hours=20), MONDAY + timedelta(hours=40))
    anna = Backup("anna", "Anna", "anna@voorbeeld.example", (), (away,), "nl", "both")
    book = RuleBook(SOFIE, {"anna": anna}, BOOK.rules, ToReview("normal"))
    flood = replace(TO_REVIEW, code=Code.FLOOD, detail="x1@acme.example", priority="high")
    mails = []
    for number in range(900):
        text = f"{texts[number % 4]} {'woord ' * (number * 37 % 400)}"
        mails.append((mail(number, senders[number % 7], text=text), number))

    def simulated() -> tuple[Sequence[object], int, Sequence[object]]:
        simulation = Simulation(book, (time(9), time(17)), minutes, opened_day=date(2026, 11, 17))
        for message, number in mails:
            at = MONDAY + timedelta(minutes=4 * number)
            conversation = number // 3 % 40 if number % 5 == 0 else None
            verdict = replace(TO_REVIEW, priority=("normal", "normal", "high", "low")[number * 7 % 4])
            if has_floods and number % 3 == 0:
                verdict = flood
            simulation.add("source", message, verdict, at, FACTS, conversation)
        result = simulation.result()
        opened = [(one.waiting, one.collapsed, one.rest, one.deciding) for one in result.opened]
        assert len(opened) == 2
        return result.days, result.left, opened

    found = simulated()
    assert found[1] > 100
    monkeypatch.setattr("delegator.core.reviews.simulation.LOOKED_AT", 250)
    assert simulated() == found
    monkeypatch.setattr("delegator.core.reviews.simulation.Left", AllOfIt)
    assert simulated() == found


def test_no_review_is_kept_that_nobody_opens() -> None:
    """What each would hold is counted all the same."""
    simulations = [Simulation(BOOK, (time(9), time(17)), 15, opened=opened) for opened in (True, False)]
    for simulation in simulations:
        for number in range(90):
            simulation.add("source", mail(number), TO_REVIEW, MONDAY + timedelta(minutes=number), FACTS, None)
    with_pages, without = (simulation.result() for simulation in simulations)
    assert with_pages.opened
    assert without == replace(with_pages, opened=())
