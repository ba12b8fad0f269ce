"""The demo's count believes nothing that it does not see."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("aiosmtpd", reason="the demo's servers are not installed (its extra: demo)")
pytest.importorskip("pymap", reason="the demo's servers are not installed (its extra: demo)")

from delegator.demo.count import Arrived, Count, count, told_at_home
from delegator.demo.servers import Submitted

OWNER, ANNA = "sofie@voorbeeld.example", "anna@voorbeeld.example"

FORWARD = Submitted(
    OWNER, (ANNA,), b"Message-ID: <f@voorbeeld.example>\r\nIn-Reply-To: <1@acme.example>\r\n\r\n", 0.0
)
REVIEW = Submitted(
    OWNER, (OWNER,), b"Message-ID: <r@voorbeeld.example>\r\n\r\n1. Vraag\r\nVakblad Sportvloer 1\r\n", 0.0
)
ARRIVED = (
    Arrived("<1@acme.example>", "Jan", "Bestelling", "forward"),
    Arrived("<2@elders.example>", "Els", "Vraag", "review"),
    Arrived("<3@vakblad.example>", "Vakblad Sportvloer", "Week 51", "review"),
    Arrived("<4@familie.example>", "Mama", "Kerst", "private"),
    Arrived("<5@monitor.example>", "Monitoring", "ALERT", "ignore"),
    Arrived("<r@voorbeeld.example>", "delegator", "Review", "own"),
)
FOLDERS = {
    "INBOX": (
        "<2@elders.example>",
        "<3@vakblad.example>",
        "<4@familie.example>",
    ),
    "Delegator/Forwarded": ("<1@acme.example>",),
    "Delegator/Done": ("<5@monitor.example>", "<r@voorbeeld.example>"),
}


def counted(
    arrived: tuple[Arrived, ...] = ARRIVED, taken: tuple[Submitted, ...] = (FORWARD, REVIEW)
) -> Count:
    return count(arrived, taken, FOLDERS, OWNER, [ANNA])


def test_all_in_its_place_adds_up() -> None:
    """Each kind is found where it belongs."""
    found = counted()
    assert found.adds_up
    assert found.kinds == {"forward": 1, "review": 2, "private": 1, "ignore": 1, "own": 1}


@pytest.mark.parametrize("taken", [(REVIEW,), (FORWARD, FORWARD, REVIEW)])
def test_a_forward_lost_or_sent_twice_does_not(taken: tuple[Submitted, ...]) -> None:
    """One copy of each is right; none and two are faults."""
    assert not counted(taken=taken).adds_up


def test_what_stands_in_no_review_does_not() -> None:
    """An item that no review shows is a fault."""
    assert not counted(taken=(FORWARD, replace(REVIEW, octets=REVIEW.octets.replace(b"Vraag", b"")))).adds_up


def test_a_private_subject_in_a_review_does_not() -> None:
    """Private mail that a review quotes is a fault."""
    assert not counted(taken=(FORWARD, replace(REVIEW, octets=REVIEW.octets + b"2. Kerst\r\n"))).adds_up


def test_a_mail_of_which_nothing_was_said_does_not() -> None:
    """A mail that was never taken up is a fault, wherever it lies."""
    assert not counted((*ARRIVED[1:], replace(ARRIVED[0], said=None))).adds_up


def test_what_came_before_the_absence_is_looked_at_and_not_counted() -> None:
    """Handed over by a tap it is forwarded once, as it should; twice is a fault."""
    mail = Arrived("<0@acme.example>", "Kris", "Prijs", "forward", is_in_absence=False)
    octets = b"Message-ID: <g@voorbeeld.example>\r\nIn-Reply-To: <0@acme.example>\r\n\r\n"
    handed = replace(FORWARD, octets=octets)
    folders = FOLDERS | {"Delegator/Forwarded": ("<1@acme.example>", "<0@acme.example>")}
    for taken, adds_up in (((handed,), True), ((handed, handed), False), ((), False)):
        found = count((*ARRIVED, mail), (FORWARD, REVIEW, *taken), folders, OWNER, [ANNA])
        assert found.received == len(ARRIVED)
        assert found.adds_up is adds_up


def test_our_own_mail_of_before_and_after_may_lie_in_the_inbox() -> None:
    """Within the absence it is filed; left there it is a fault."""
    folders = FOLDERS | {
        "INBOX": (*FOLDERS["INBOX"], "<r@voorbeeld.example>"),
        "Delegator/Done": ("<5@monitor.example>",),
    }
    for is_in_absence in (False, True):
        own = replace(ARRIVED[-1], said=None, is_in_absence=is_in_absence)
        found = count((*ARRIVED[:-1], own), (FORWARD, REVIEW), folders, OWNER, [ANNA])
        assert found.adds_up is not is_in_absence


HOME = """\
Wat er kwam
11 · naar je collega’s
6 · in je reviews
2 · privé: niemand heeft het gezien
40 · genegeerd, zoals je regels zeggen
21 · eigen mail: reviews, opdrachten, antwoorden
80 · in totaal
80 · in totaal: het klopt met je mailbox
"""


@pytest.mark.parametrize(
    ("text", "sum_"),
    [
        (HOME, 80),
        (HOME.replace("80 · in totaal: het klopt met je mailbox", "80 · in totaal; een filter"), 0),
        (HOME.replace("80 · in totaal:", "81 · in totaal:"), 0),
        (HOME.replace("2 · privé", "- privé"), 0),
    ],
    ids=["adds up", "not with the mailbox", "to another sum", "a kind is missing"],
)
def test_the_homecoming_mail_is_believed_where_it_adds_up(text: str, sum_: int) -> None:
    """Each kind is named, and the mailbox has as many."""
    octets = b"Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text.encode()
    assert sum(told_at_home([REVIEW, replace(REVIEW, octets=octets)]).values()) == sum_


@pytest.mark.parametrize(
    "mail",
    [replace(REVIEW, recipients=("jan@acme.example",)), replace(REVIEW, sender="")],
    ids=["to a client", "empty reverse-path"],
)
def test_a_mail_to_anyone_else_is_an_auto_reply(mail: Submitted) -> None:
    """One recipient outside the closed set, or one empty reverse-path, and the demo fails."""
    found = counted(taken=(FORWARD, REVIEW, mail))
    assert found.auto_replies == 1
    assert not found.adds_up
