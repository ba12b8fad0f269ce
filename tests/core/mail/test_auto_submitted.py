"""Auto-Submitted is read alike wherever it matters: RFC 3834 section 5, in every legal form."""

from __future__ import annotations

from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delegator.core.commands.authority import Secret, Standing, standing
from delegator.core.handovers.evidence import is_automatic
from delegator.core.mail.auto_submitted import auto_submitted
from delegator.core.mail.message import Message, parse_message
from delegator.core.people import Owner
from delegator.core.reviews.traits import find_traits
from delegator.core.rules.conditions import Facts, Is, match

OWNER = Owner("Sofie Janssens", "sofie@voorbeeld.example", (), "nl", ZoneInfo("Europe/Brussels"))

FORMS = [
    ("no", ""),
    ("No", ""),
    ("no (human sent)", ""),
    ("(a person) no", ""),
    ("(a (nested; one) and \\) a quoted pair)no;x=y", ""),
    ("no(comment)", ""),
    ('no; owner-email="auto-replied"', ""),
    ("", ""),
    ("()", ""),
    ("(auto-replied", ""),
    ("; x=y", ""),
    ("auto-generated", "auto-generated"),
    ("Auto-Generated", "auto-generated"),
    ("auto-generated (by a monitor)", "auto-generated"),
    ("(by a monitor) auto-generated", "auto-generated"),
    ('auto-replied; owner-email="x@y.example"', "auto-replied"),
    ("auto-replied(vacation)", "auto-replied"),
    ('"auto-replied"', "auto-replied"),
    ("auto-notified;owner-email=x", "auto-notified"),
    ("nobody", "nobody"),
]


def mail(*values: str, subject: str = "Prijs?") -> Message:
    fields = "".join(f"Auto-Submitted: {value}\r\n" for value in values)
    header = f"From: {OWNER.address}\r\nTo: {OWNER.address}\r\nSubject: {subject}\r\n{fields}"
    return parse_message(f"{header}\r\nDag\r\n".encode())


@pytest.mark.parametrize(("value", "keyword"), FORMS)
def test_every_form_is_read(value: str, keyword: str) -> None:
    """The keyword, whatever comments, white space, case and parameters stand around it."""
    assert auto_submitted(mail(value).headers) == keyword


def test_of_several_fields_the_machine_counts() -> None:
    """A gateway adds a field of its own; that a machine answered is what matters most."""
    assert auto_submitted(mail("no", "auto-generated", "auto-replied").headers) == "auto-replied"
    assert auto_submitted(mail("no", "auto-generated").headers) == "auto-generated"
    assert auto_submitted(mail().headers) == ""


@pytest.mark.parametrize(("value", "keyword"), FORMS)
def test_everything_that_asks_hears_the_same(value: str, keyword: str) -> None:
    """A command, the evidence of an answer, the condition `auto` and the proposal agree on each form."""
    message = mail(value)
    addresses = OWNER.normal_addresses
    stands = standing(message, Secret(None), addresses, frozenset(), {}, None)
    assert (stands is Standing.AUTOMATIC) == bool(keyword)
    assert is_automatic(message, None) == bool(keyword)
    assert (match(Is("auto", True), message, Facts(addresses, OWNER.domain)) is not None) == bool(keyword)
    assert find_traits(message, OWNER, ()).is_person != bool(keyword)
    assert message.is_auto_reply == (keyword == "auto-replied")
    assert mail(value, subject="Automatic reply: Prijs?").is_auto_reply == bool(keyword)


@given(st.text())
def test_nothing_raises(value: str) -> None:
    """Whatever a client wrote there, it is one word or none."""
    assert len(auto_submitted([("auto-submitted", value)]).split()) <= 1


def test_comments_without_end_take_no_time() -> None:
    """A header full of brackets is read in linear time."""
    started = process_time()
    for value in ("(" * 60_000, "()" * 30_000, "( " * 30_000, "\\" * 60_000):
        auto_submitted([("auto-submitted", value)])
    assert process_time() - started < 1
