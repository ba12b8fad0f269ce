"""The to-do list: what each entry is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from delegator.core.handovers.codes import Disposition
from delegator.core.mail.message import Address
from delegator.core.reviews.to_do import Kept, list_to_dos

AT = datetime(2026, 12, 22, 10, 0, tzinfo=UTC)
JAN = Address("Jan De Smet", "jan@acme.example")
KEPT = Kept(
    1, 7, Disposition.REVIEW, JAN, "Offerte", AT, new="Graag een offerte.", message_id="<a@b.example>"
)


def test_the_messages_of_a_conversation_are_one_entry() -> None:
    """With the newest subject, all that is new, and every remark once."""
    later = replace(
        KEPT, id=2, subject="Re: Offerte", at=AT + timedelta(hours=1), new="Nog iets.", remark="bel"
    )
    (entry,) = list_to_dos([later, replace(KEPT, remark="bel")])
    assert entry.messages == (1, 2)
    assert entry.subject == "Re: Offerte"
    assert entry.new == "Graag een offerte.\n\nNog iets."
    assert entry.remark == "bel"
    assert entry.at == later.at


def test_what_the_owner_called_a_to_do_comes_first() -> None:
    """Then what nobody decided; each the oldest first, numbered through."""
    old = replace(KEPT, id=1, conversation=None, at=AT - timedelta(days=9), is_undecided=True)
    new = replace(KEPT, id=2, conversation=None, at=AT)
    older = replace(KEPT, id=3, conversation=None, at=AT - timedelta(days=1))
    listed = list_to_dos([old, new, older])
    assert [(entry.number, entry.messages) for entry in listed] == [(1, (3,)), (2, (2,)), (3, (1,))]


def test_a_conversation_that_was_partly_decided_was_decided() -> None:
    (entry,) = list_to_dos([KEPT, replace(KEPT, id=2, is_undecided=True)])
    assert not entry.is_undecided


def test_of_private_mail_nothing_is_said() -> None:
    """It is an entry of its own, too: beside the others of its conversation it would be told."""
    private = replace(KEPT, id=2, disposition=Disposition.PRIVATE, remark="x")
    public, entry = list_to_dos([KEPT, private])
    assert entry.is_private
    assert (entry.sender, entry.subject, entry.remark, entry.new, entry.message_id) == (
        Address("", ""),
        "",
        "",
        "",
        None,
    )
    assert (entry.link, entry.search) == ("", "")
    assert public.messages == (1,)


def test_the_way_back_is_a_link_and_words() -> None:
    """The link holds nothing that ends it, whatever the Message-ID is."""
    (entry,) = list_to_dos([replace(KEPT, message_id='<a"> (b)@c.example>')])
    assert entry.link == "message:%3Ca%22%3E%20%28b%29%40c.example%3E"
    assert entry.search == "jan@acme.example Offerte"


def test_what_an_earlier_version_took_up_shows_its_excerpt() -> None:
    (entry,) = list_to_dos([replace(KEPT, new="", excerpt="Graag een …")])
    assert entry.new == "Graag een …"
