"""Which conversation a message belongs to, and who may be answered in it."""

from __future__ import annotations

from delegator.core.conversation import Threads, handover_ids, is_kept, originators
from delegator.core.message import Address, Message
from delegator.core.triage import Code, Disposition, Verdict

JAN, SOFIE = Address("Jan", "Jan@ACME.example"), Address("", "sofie@voorbeeld.example")
TO_ANNA = Verdict(Disposition.FORWARD, Code.RULE, backup="anna", rule="offers")
TO_REVIEW = Verdict(Disposition.REVIEW, Code.OTHERWISE, priority="normal")


def test_an_answer_may_go_to_sender_and_reply_to() -> None:
    """From and Reply-To both count, in the form in which addresses are compared."""
    message = Message(from_=(JAN,), reply_to=(Address("", "orders@acme.example"),), to=(SOFIE,))
    assert originators(message) == {"jan@acme.example", "orders@acme.example"}


def test_a_contact_forms_from_is_no_originator() -> None:
    """A form that writes the recipient's address into From means the Reply-To alone."""
    form = Message(from_=(SOFIE,), reply_to=(JAN,), to=(SOFIE,))
    assert originators(form) == {"jan@acme.example"}
    assert originators(Message(from_=(SOFIE,), to=(SOFIE,))) == {"sofie@voorbeeld.example"}


def test_only_its_own_id_stands_for_a_message() -> None:
    """What a message names does not belong to its conversation: many may answer one circular."""
    assert handover_ids(Message(message_id="<1@x.example>", references=("<0@x.example>",))) == (
        "<1@x.example>",
    )
    assert handover_ids(Message()) == ()


def test_a_forward_takes_its_conversation_along() -> None:
    """Once a mail of a conversation is forwarded, those before it belong to the same handover."""
    threads = Threads()
    first = Message(message_id="<1@x.example>", from_=(JAN,))
    second = Message(message_id="<2@x.example>", in_reply_to=("<1@x.example>",), from_=(JAN,))
    threads.record(first, TO_REVIEW)
    assert not threads.known(second).handovers
    threads.record(second, TO_ANNA)
    known = threads.known(Message(in_reply_to=("<1@x.example>",))).handovers
    assert known["<1@x.example>"].backup == "anna"
    assert known["<1@x.example>"].originators == {"jan@acme.example"}


def test_a_message_id_stays_with_its_first_conversation() -> None:
    """A Message-ID that two mails share means the first of them."""
    threads = Threads()
    for backup in ("anna", "bram"):
        shared = Message(message_id="<same@x.example>", from_=(JAN,))
        threads.record(shared, Verdict(Disposition.FORWARD, Code.RULE, backup=backup))
    known = threads.known(Message(in_reply_to=("<same@x.example>",))).handovers
    assert known["<same@x.example>"].backup == "anna"


def test_what_the_owner_wrote_is_known_again() -> None:
    """A mail that answers the owner's is one in which she took part; one in her name is not hers."""
    threads = Threads(frozenset({"sofie@voorbeeld.example"}))
    hers = Message(message_id="<1@x.example>", from_=(SOFIE,), from_fields=1)
    a_form = Message(message_id="<2@x.example>", from_=(SOFIE,), from_fields=1, reply_to=(JAN,))
    a_clients = Message(message_id="<3@x.example>", from_=(JAN,), from_fields=1)
    ours = Message(message_id="<4@x.example>", from_=(SOFIE,), from_fields=1)
    for message in (hers, a_form, a_clients):
        threads.record(message, TO_REVIEW)
    threads.record(ours, Verdict(Disposition.OWN, Code.OURS))
    took_part = [
        threads.known(Message(references=(f"<{number}@x.example>", "<9@x.example>"))).owner_took_part
        for number in (1, 2, 3, 4)
    ]
    assert took_part == [True, False, False, False]


def test_private_ignored_and_own_mail_makes_no_conversation() -> None:
    """An answer to a private mail does not lead to it."""
    for disposition, code in (
        (Disposition.PRIVATE, Code.PRIVATE_RULE),
        (Disposition.IGNORE, Code.RULE),
        (Disposition.OWN, Code.OURS),
    ):
        assert not is_kept(Verdict(disposition, code))
    assert is_kept(Verdict(Disposition.OWN, Code.ANSWER))
