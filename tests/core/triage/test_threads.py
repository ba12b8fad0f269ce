"""Which conversation a message belongs to, and who may be answered in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delegator.core.handovers.conversation import Joined
from delegator.core.handovers.known import OurMail, handover_ids, originators
from delegator.core.mail.message import Address, Message
from delegator.core.triage import threads as threads_
from delegator.core.triage.threads import MOST_SIMILAR, Thread, Threads, event_of
from delegator.core.triage.verdict import Code, Disposition, Verdict, is_kept

JAN, SOFIE = Address("Jan", "Jan@ACME.example"), Address("", "sofie@voorbeeld.example")
TO_ANNA = Verdict(Disposition.FORWARD, Code.RULE, backup="anna", rule="offers")
NOON = datetime(2026, 12, 21, 12, tzinfo=UTC)
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
    threads.record(first, TO_REVIEW, NOON)
    assert not threads.known(second, NOON).handovers
    threads.record(second, TO_ANNA, NOON)
    known = threads.known(Message(in_reply_to=("<1@x.example>",)), NOON).handovers
    assert known["<1@x.example>"].backup == "anna"
    assert known["<1@x.example>"].originators == {"jan@acme.example"}


def test_a_message_id_stays_with_its_first_conversation() -> None:
    """A Message-ID that two mails share means the first of them."""
    threads = Threads()
    for backup in ("anna", "bram"):
        shared = Message(message_id="<same@x.example>", from_=(JAN,))
        threads.record(shared, Verdict(Disposition.FORWARD, Code.RULE, backup=backup), NOON)
    known = threads.known(Message(in_reply_to=("<same@x.example>",)), NOON).handovers
    assert known["<same@x.example>"].backup == "anna"


def test_what_the_owner_wrote_is_known_again() -> None:
    """A mail that answers the owner's is one in which she took part; one in her name is not hers."""
    threads = Threads(frozenset({"sofie@voorbeeld.example"}))
    hers = Message(message_id="<1@x.example>", from_=(SOFIE,), from_fields=1)
    a_form = Message(message_id="<2@x.example>", from_=(SOFIE,), from_fields=1, reply_to=(JAN,))
    a_clients = Message(message_id="<3@x.example>", from_=(JAN,), from_fields=1)
    ours = Message(message_id="<4@x.example>", from_=(SOFIE,), from_fields=1)
    for message in (hers, a_form, a_clients):
        threads.record(message, TO_REVIEW, NOON)
    threads.record(ours, Verdict(Disposition.OWN, Code.OURS), NOON)
    took_part = [
        threads.known(Message(references=(f"<{number}@x.example>", "<9@x.example>")), NOON).owner_took_part
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


def forwarded(number: int, subject: str = "Offerte") -> Message:
    return Message(message_id=f"<{number}@x.example>", from_=(JAN,), from_fields=1, subject=subject)


def test_a_reply_whose_mailer_dropped_the_ids_is_similar() -> None:
    """A reply that names no mail finds the open handovers with its subject; an answered one not."""
    threads = Threads()
    threads.record(forwarded(1), TO_ANNA, NOON)
    reply = Message(subject="RE: offerte", from_=(JAN,), from_fields=1)
    assert [each.backup for each in threads.known(reply, NOON).similar] == ["anna"]
    assert threads.known(Message(subject="Offerte"), NOON).similar == ()
    answer = Message(in_reply_to=("<1@x.example>",))
    threads.record(answer, Verdict(Disposition.OWN, Code.ANSWER, conversation=0), NOON)
    assert threads.known(reply, NOON).similar == ()


class _Shelf(dict[int, Thread]):
    """Counts how often it is looked into."""

    looks = 0

    def __getitem__(self, index: int) -> Thread:
        self.looks += 1
        return super().__getitem__(index)


def test_of_many_that_are_alike_only_a_few_are_looked_at() -> None:
    """What was handed over lies where whoever calls wants it, and to look there may take long."""
    shelf = _Shelf()
    threads = Threads(handed_over=shelf)
    for number in range(10 * MOST_SIMILAR):
        threads.record(forwarded(number), TO_ANNA, NOON)
    assert (len(shelf), shelf.looks) == (10 * MOST_SIMILAR, 0)
    reply = Message(message_id="<reply@x.example>", subject="RE: Offerte", from_=(JAN,))
    assert len(threads.known(reply, NOON).similar) == MOST_SIMILAR
    assert 0 < shelf.looks <= 2 * MOST_SIMILAR
    shelf.looks = 0
    assert len(threads.known(Message(to=(JAN,)), NOON).open_with) == MOST_SIMILAR
    assert 0 < shelf.looks <= 2 * MOST_SIMILAR


def test_a_conversation_that_was_forwarded_twice_is_one() -> None:
    """Found by its subject, or by its client among the recipients."""
    threads = Threads()
    follow_up = Verdict(Disposition.FORWARD, Code.CONVERSATION, backup="anna", conversation=0)
    threads.record(forwarded(1), TO_ANNA, NOON)
    threads.record(forwarded(2), follow_up, NOON)
    reply = Message(subject="Re: Offerte", from_=(JAN,), from_fields=1)
    assert [each.id for each in threads.known(reply, NOON).similar] == [0]
    assert [each.id for each in threads.known(Message(to=(JAN,)), NOON).open_with] == [0]


def test_a_reply_that_names_a_mail_is_similar_to_none() -> None:
    threads = Threads()
    threads.record(forwarded(1), TO_ANNA, NOON)
    reply = Message(subject="Re: Offerte", from_=(JAN,), from_fields=1, references=("<9@x.example>",))
    assert threads.known(reply, NOON).similar == ()


def test_whom_the_owner_wrote_to_and_what_came_within_the_hour_is_known() -> None:
    threads = Threads()
    threads.note_sent(Message(message_id="<0@x.example>", to=(JAN,)), NOON)
    threads.record(forwarded(1), TO_ANNA, NOON, originator="jan")
    before, after = NOON - timedelta(minutes=1), NOON + timedelta(minutes=1)
    assert not threads.known(forwarded(2), before).owner_wrote_to
    assert threads.known(forwarded(2), after).owner_wrote_to
    assert threads.known(forwarded(2), after, "jan").recent_handovers == 1
    assert threads.known(forwarded(2), after, "an").recent_handovers == 0
    assert threads.known(forwarded(2), NOON + timedelta(hours=2), "jan").recent_handovers == 0


def test_the_forwards_of_the_last_hour_are_counted() -> None:
    """Those of one conversation, so that two machines that answer each other are stopped."""
    threads = Threads()
    threads.record(forwarded(0), TO_ANNA, NOON)
    for minute in (10, 50, 70):
        later = Message(message_id=f"<{minute}@x.example>", in_reply_to=("<0@x.example>",))
        threads.record(later, TO_ANNA, NOON + timedelta(minutes=minute))
    asked = Message(in_reply_to=("<0@x.example>",))
    known = threads.known(asked, NOON + timedelta(minutes=75)).handovers["<0@x.example>"]
    assert known.recent_forwards == 2


def test_our_own_mail_is_known_by_what_a_state_says() -> None:
    """A bounce of a forward belongs to the handover of the mail that it carried."""
    threads = Threads(
        our_mail=OurMail(b"key", {"<fwd@x.example>": "<1@x.example>", "<review@x.example>": None})
    )
    threads.record(forwarded(1), TO_ANNA, NOON)
    known = threads.known(Message(references=("<fwd@x.example>", "<review@x.example>")), NOON)
    found = known.ours["<fwd@x.example>"]
    assert found is not None
    assert found.backup == "anna"
    assert known.ours["<review@x.example>"] is None
    assert known.loop_key == b"key"


STEPS = st.tuples(
    st.integers(0, 5),
    st.integers(0, 5),
    st.sampled_from([TO_REVIEW, TO_ANNA, Verdict(Disposition.REVIEW, Code.NOBODY_THERE, priority="high")]),
)


@given(st.lists(STEPS, max_size=12))
def test_what_joined_before_a_handover_changes_nothing(steps: list[tuple[int, int, Verdict]]) -> None:
    """What is known is the same whether such mails are kept or not."""
    short, long = Threads(), Threads()
    for at, (number, answered, verdict) in enumerate(steps):
        message = Message(
            message_id=f"<{number}@x.example>",
            in_reply_to=(f"<{answered}@x.example>",) if answered != number else (),
            from_=(JAN,),
            from_fields=1,
            subject="Re: Offerte" if number % 2 else "Offerte",
        )
        now = NOON + timedelta(minutes=at)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(threads_, "_only_joins", lambda verdict: False)
            known, index = long.known(message, now), long.record(message, verdict, now)
        assert (short.known(message, now), short.record(message, verdict, now)) == (known, index)


@pytest.mark.parametrize("code", Code)
@pytest.mark.parametrize("conversation", [None, 0])
def test_what_only_joins_is_known_by_the_verdict(code: Code, conversation: int | None) -> None:
    verdict = Verdict(Disposition.REVIEW, code, conversation=conversation)
    if threads_._only_joins(verdict):
        assert isinstance(event_of(Message(), verdict, NOON), Joined)
