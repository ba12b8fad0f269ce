"""The demo's count believes nothing that it does not see."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("aiosmtpd", reason="the demo's servers are not installed (its extra: demo)")
pytest.importorskip("pymap", reason="the demo's servers are not installed (its extra: demo)")

from delegator.demo.count import Arrived, Count, count
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
        "<r@voorbeeld.example>",
    ),
    "Delegator/Forwarded": ("<1@acme.example>",),
    "Delegator/Done": ("<5@monitor.example>",),
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
