"""What stands in a review, in which order, and what fits."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from time import process_time
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.core.commands.command import Verb
from delegator.core.handovers.codes import Code
from delegator.core.mail.message import Address
from delegator.core.reviews.arrange import arrange_review, most_shown, tally_backups, tally_senders, unnamed
from delegator.core.reviews.items import Item, OpenMessage, Review, is_worth_sending, with_next
from delegator.core.reviews.proposal import Proposal
from delegator.core.reviews.traits import Traits
from delegator.core.rules.book import Priority
from tests.reviews import ANNA, FACTS, HANDED, MESSAGE, NO_MAIL, NOW, facts_with

priorities: st.SearchStrategy[Priority] = st.sampled_from(("high", "normal", "low"))
open_messages = st.builds(
    OpenMessage,
    id=st.integers(),
    conversation=st.none() | st.integers(1, 4),
    sender=st.builds(Address, st.text(max_size=20), st.sampled_from(("a@x.example", "b@y.example"))),
    subject=st.text(max_size=300),
    excerpt=st.text(max_size=300),
    text_characters=st.integers(0, 10_000),
    arrived_at=st.integers(0, 10_000).map(lambda minutes: NOW - timedelta(minutes=minutes)),
    priority=priorities,
    warning=st.sampled_from(("", "Let op.")),
    attachments=st.lists(st.text(max_size=20), max_size=6).map(tuple),
    shown=st.booleans(),
)
mailboxes = st.lists(open_messages, max_size=30, unique_by=lambda message: message.id).map(tuple)


def lists(review: Review) -> list[tuple[Item, ...]]:
    return [review.waiting, review.still_open, review.collapsed, review.rest]


@settings(max_examples=25, deadline=None)
@given(mailboxes, st.none() | st.integers(1, 60))
def test_each_open_message_is_in_exactly_one_list(
    messages: tuple[OpenMessage, ...], minutes: int | None
) -> None:
    """None is missed and none is told twice, and a conversation is one item."""
    review = arrange_review(replace(FACTS, messages=messages), minutes=minutes)
    found = [message for items in lists(review) for item in items for message in item.messages]
    assert Counter(message.id for message in found) == Counter(message.id for message in messages)
    conversations = [m.conversation for m in messages if m.conversation is not None]
    alone = len(messages) - len(conversations)
    assert sum(map(len, lists(review))) == alone + len(set(conversations))


@settings(max_examples=25, deadline=None)
@given(mailboxes)
def test_numbers_run_from_one_in_the_order_shown(messages: tuple[OpenMessage, ...]) -> None:
    """Waiting, still open, then the rest that has a line; what is only counted has no number."""
    review = arrange_review(replace(FACTS, messages=messages))
    numbers = [i.number for i in (*review.waiting, *review.still_open, *review.rest) if i.number]
    assert numbers == list(range(1, len(numbers) + 1))
    assert all(item.number == 0 for item in review.collapsed)


@settings(max_examples=25, deadline=None)
@given(mailboxes, st.integers(1, 20))
def test_so_many_at_most_are_shown(messages: tuple[OpenMessage, ...], minutes: int) -> None:
    """And so many where there is nothing to read: half a minute each, and two minutes for all else."""
    review = arrange_review(replace(FACTS, messages=messages), minutes=minutes)
    assert len(review.waiting) <= most_shown(minutes)
    silent = tuple(
        replace(one, excerpt="", priority="high", conversation=None, shown=False) for one in messages
    )
    review = arrange_review(replace(FACTS, messages=silent), minutes=minutes)
    assert len(review.waiting) == min(len(silent), most_shown(minutes))


def test_of_another_script_more_fits_as_base64() -> None:
    """Nine mails of 600 Russian letters, where seven are too many as quoted-printable."""
    letters = facts_with(*(replace(MESSAGE, excerpt="слово " * 99) for _ in range(40)))
    assert len(arrange_review(letters).waiting) == 9


@pytest.mark.parametrize("minutes", [None, 60])
def test_what_does_not_fit_has_room_for_its_lines(minutes: int | None) -> None:
    """Whether there was no time for it or no room: thirty lines at the least."""
    facts = facts_with(*(replace(MESSAGE, excerpt="woord " * 99) for _ in range(100)))
    review = arrange_review(facts, minutes=minutes)
    assert len(review.waiting) > 10
    assert sum(item.number > 0 for item in review.rest) > 30


def test_the_most_urgent_come_first_then_the_oldest() -> None:
    """Among equals, who has waited longest stands on top."""
    facts = facts_with(
        replace(MESSAGE, subject="b"),
        replace(MESSAGE, subject="c"),
        replace(MESSAGE, subject="a", priority="high"),
    )
    assert [item.subject for item in arrange_review(facts).waiting] == ["a", "b", "c"]


def test_an_item_is_in_full_once() -> None:
    """Shown before: one line. New mail in it makes it full again; low ones are only counted."""
    facts = facts_with(
        replace(MESSAGE, shown=True),
        replace(MESSAGE, conversation=7, shown=True),
        replace(MESSAGE, conversation=7, subject="Re: again"),
        replace(MESSAGE, priority="low"),
    )
    review = arrange_review(facts)
    assert [item.subject for item in review.waiting] == ["Re: again"]
    assert [len(item.messages) for item in review.waiting] == [2]
    assert len(review.still_open) == len(review.collapsed) == 1
    assert not review.rest


def test_reading_time_counts_what_is_new() -> None:
    """600 characters take 31 seconds, however much more was written; the older mail is not shown again."""
    text = "woord " * 99 + "einde."
    facts = facts_with(
        replace(MESSAGE, conversation=7, shown=True, excerpt=text),
        replace(MESSAGE, conversation=7, excerpt=text, text_characters=50_000),
    )
    (item,) = arrange_review(facts).waiting
    assert item.excerpt == text
    assert round(item.reading.total_seconds()) == 31
    assert item.has_more


def test_what_is_left_over_keeps_all_that_decides_it_and_fades() -> None:
    """Its number, proposal and button; of its text less every day."""
    text = "Kan je ons vrijdag een prijs bezorgen? " * 20
    left = replace(MESSAGE, excerpt=text, shown=True, traits=Traits(asks=True))
    lengths = []
    for days in (0, 1, 2, 3, 5):
        old = replace(left, arrived_at=NOW - timedelta(days=days, hours=3))
        (item,) = arrange_review(facts_with(old)).still_open
        assert (item.number, item.forward_to) == (1, "anna")
        assert item.proposal == Proposal(Verb.FORWARD, "anna")
        lengths.append(len(item.excerpt))
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] <= 190
    assert 0 < lengths[-1] <= 60
    facts = facts_with(left, replace(left, conversation=None))
    assert [item.number for item in arrange_review(facts).proposed] == [1, 2]


def test_new_mail_makes_it_full_again() -> None:
    """A conversation that was shown waits anew."""
    text = "Kan je ons vrijdag een prijs bezorgen? " * 10
    facts = facts_with(
        replace(MESSAGE, conversation=7, shown=True), replace(MESSAGE, conversation=7, excerpt=text)
    )
    (item,) = arrange_review(facts).waiting
    assert len(item.excerpt) > 300


def test_ignored_for_five_days_it_is_still_one_mail_within_its_minutes() -> None:
    """Twelve new items twice a day: a third of the time is for what is left over, and none is hidden."""
    message = replace(MESSAGE, excerpt="Kan je vrijdag bellen over de levering? " * 4)
    messages = []
    for review_number in range(10):
        at = NOW + timedelta(hours=12 * review_number)
        new = [replace(message, id=100 * review_number + n, arrived_at=at) for n in range(12)]
        messages += new
        review = arrange_review(replace(FACTS, now=at, messages=tuple(messages)), minutes=15)
        assert review.deciding <= timedelta(minutes=13)
        assert review.waiting
        assert not review_number or review.still_open
        items = (*review.waiting, *review.still_open, *review.rest)
        assert len(items) == len(messages)
        assert [item.number for item in items if item.number] == list(
            range(1, 1 + sum(bool(item.number) for item in items))
        )
        shown = {item.newest.id for item in review.waiting}
        messages = [replace(m, shown=m.shown or m.id in shown, waited=m.id not in shown) for m in messages]


def test_what_does_not_fit_is_named_then_counted_and_comes_first_next_time() -> None:
    """Some of 300 items are in full, some on a line, the others counted; none of them is hidden."""
    review = arrange_review(facts_with(*[replace(MESSAGE, subject=f"S{n}") for n in range(300)]))
    named = [item for item in review.rest if item.number]
    counted = [item for item in review.rest if not item.number]
    assert len(review.waiting) > 30
    assert named
    assert len(review.waiting) + len(named) + len(counted) == 300

    shown = {item.newest.id for item in review.waiting}
    messages = [replace(m, shown=m.id in shown) for m in review.facts.messages]
    following = arrange_review(replace(review.facts, messages=tuple(messages)))
    assert following.waiting[0].subject == review.rest[0].subject


def test_many_long_ago_shown_ones_leave_room_for_the_new() -> None:
    """A thousand undecided items do not push the new ones out of the review."""
    old = [replace(MESSAGE, shown=True)] * 1000
    review = arrange_review(facts_with(*old, *[MESSAGE] * 20))
    assert len(review.waiting) == 20
    assert len(review.still_open) + len(review.rest) == 1000


def test_senders_are_counted_the_most_first() -> None:
    """One address is one sender, whatever its names; who has no room to be named is counted too."""
    facts = facts_with(
        *[replace(MESSAGE, sender=Address("Colruyt", "c@colruyt.example"), priority="low")] * 2,
        replace(MESSAGE, sender=Address("COLRUYT", "C@colruyt.example"), priority="low"),
        *[replace(MESSAGE, sender=Address("", f"x{n}@y.example"), priority="low") for n in range(50)],
    )
    tally = tally_senders(arrange_review(facts).collapsed)
    assert tally.named[0] == ("Colruyt", 3)
    assert sum(n for _, n in tally.named) + tally.others == 53
    assert tally.others > 0


def test_handovers_that_failed_come_first() -> None:
    """Then those that wait, then the longest without an answer; beyond the room they are counted."""
    handed = [
        replace(HANDED, at=NOW - timedelta(hours=1), subject="new"),
        replace(HANDED, at=NOW - timedelta(hours=9), subject="old"),
        replace(HANDED, state="answered", subject="done"),
        replace(HANDED, state="failed", subject="failed"),
    ]
    review = arrange_review(replace(FACTS, handed=tuple(handed)))
    assert [one.subject for one in review.handed] == ["failed", "old", "new", "done"]

    many = replace(FACTS, handed=(HANDED,) * 500)
    review = arrange_review(many)
    tally = tally_backups(unnamed(many.handed, review.handed))
    assert len(review.handed) + sum(n for _, n in tally.named) == 500


def test_of_fifty_thousand_items_huge_subjects_are_not_read() -> None:
    """Nothing is looked at beyond what can be shown."""
    huge = replace(MESSAGE, subject="é<&" * 70_000, excerpt="x" * 200_000)
    facts = facts_with(*[huge] * 25_000, *[replace(huge, priority="low")] * 25_000)
    started = process_time()
    review = arrange_review(facts)
    assert process_time() - started < 10  # it takes one; to read them all, minutes
    assert sum(map(len, lists(review))) == 50_000


def test_a_conversation_of_thousands_of_mails_is_one_item() -> None:
    """A machine that answers itself all night costs one entry and no time."""
    facts = facts_with(*[replace(MESSAGE, conversation=1, warning="W", attachments=("a.pdf", ""))] * 20_000)
    started = process_time()
    (item,) = arrange_review(facts).waiting
    assert process_time() - started < 1
    assert item.senders == ("Jan De Smet",)
    assert item.warnings == ("W",)
    assert item.attachment_count == 1


def test_the_rank_is_stated_and_holds() -> None:
    """As docs/phone.md says: what only the owner can decide in time, clients' troubles, then routine."""
    urgent = Traits(asks=True, names_day=True)
    ranked = [
        replace(MESSAGE, subject="high", priority="high"),
        replace(MESSAGE, subject="nobody there", traits=Traits(propose="carla", asks=True, names_day=True)),
        replace(MESSAGE, subject="waited", waited=True),
        replace(MESSAGE, subject="complaint", traits=Traits(complains=True)),
        replace(MESSAGE, subject="asked day", traits=urgent),
        replace(MESSAGE, subject="client", traits=Traits(is_known=True)),
        replace(MESSAGE, subject="alone", traits=Traits(addressed="alone")),
        replace(MESSAGE, subject="colleague", traits=Traits(is_known=True, is_internal=True, complains=True)),
        replace(MESSAGE, subject="asks", traits=Traits(asks=True)),
        replace(MESSAGE, subject="day", traits=Traits(names_day=True)),
        replace(MESSAGE, subject="old"),
    ]
    youngest_first = [
        replace(message, id=n, arrived_at=NOW - timedelta(minutes=n)) for n, message in enumerate(ranked, 1)
    ]
    alone = replace(FACTS, messages=tuple(youngest_first), there=())
    routine = ["client", "alone", "colleague", "day", "asks", "old"]  # "day" is older than "asks"
    expected = ["high", "asked day", "nobody there", "waited", "complaint", *routine]
    assert [item.subject for item in arrange_review(alone).waiting] == expected
    covered = replace(alone, there=(ANNA,))
    expected = ["high", "waited", "complaint", "asked day", "nobody there", *routine]
    assert [item.subject for item in arrange_review(covered).waiting] == expected


def test_it_is_filled_to_the_minutes_less_two() -> None:
    """Thirteen of fifteen minutes hold twelve items of 61 seconds; the others are named, and come next."""
    message = replace(MESSAGE, excerpt="woord " * 99 + "einde.")
    review = arrange_review(facts_with(*[message] * 25), minutes=15)
    assert len(review.waiting) == 12
    assert review.deciding <= timedelta(minutes=13)
    assert [item.number for item in review.rest] == list(range(13, 26))


def test_one_item_is_always_shown() -> None:
    """However long it takes to read: else it would never be."""
    message = replace(MESSAGE, excerpt="woord " * 99 + "einde.")
    review = arrange_review(facts_with(*[message] * 2), minutes=1)
    assert len(review.waiting) == len(review.rest) == 1


@pytest.mark.parametrize(
    ("state", "there", "next_backup"),
    [
        ("overdue", {"bram", "carla"}, "bram"),
        ("overdue", {"carla"}, "carla"),
        ("overdue", {"dirk"}, None),
        ("sent", {"bram"}, None),
        ("asks", {"bram"}, None),
        ("answered", {"bram"}, None),
    ],
)
def test_who_may_have_what_is_late(
    state: Literal["sent", "overdue", "asks", "answered"], there: set[str], next_backup: str | None
) -> None:
    """The next of its chain who is there; what is not late stays where it is."""
    late = replace(HANDED, state=state, others=("bram", "carla"))
    assert with_next(late, there).next_backup == next_backup


def test_a_review_of_nothing_is_sent_unless_the_owner_set_otherwise() -> None:
    """`when_empty: send` says each day that all is well; `skip` says nothing, where there is nothing."""
    empty = replace(FACTS, messages=(), handed=(), problems=(), counts=NO_MAIL)
    assert is_worth_sending(empty, "send")
    assert not is_worth_sending(empty, "skip")
    assert is_worth_sending(replace(empty, slot=None), "skip"), "asked for by hand"


@pytest.mark.parametrize(
    "said",
    [
        {"messages": (MESSAGE,)},
        {"handed": (HANDED,)},
        {"problems": ("No contact.",)},
        {"counts": replace(NO_MAIL, received=1, ignored=1)},
    ],
)
def test_whatever_there_is_to_say_is_said(said: dict[str, object]) -> None:
    """No setting keeps a problem, or a mail that was counted, from the owner."""
    empty = replace(FACTS, messages=(), handed=(), problems=(), counts=NO_MAIL)
    assert is_worth_sending(replace(empty, **said), "skip")  # type: ignore[arg-type]


def test_what_cannot_go_is_an_item_of_its_own() -> None:
    """Not one with what waits for the owner in the same conversation: it ends when it has gone."""
    waits = replace(MESSAGE, conversation=7, waits_for="anna", priority="high")
    review = arrange_review(facts_with(waits, waits, replace(MESSAGE, conversation=7)))
    assert [[m.id for m in item.messages] for item in review.waiting] == [[1, 2], [3]]
    assert [item.forward_to for item in review.waiting] == [None, "anna"]
    assert review.waiting[0].proposal is None


def test_a_flood_keeps_no_other_from_being_seen() -> None:
    """Its first item heads the review, as what is high does; the rest of it comes after all else."""
    held = replace(MESSAGE, code=Code.FLOOD, priority="high", held_as="els@elders.example")
    low = replace(MESSAGE, priority="low")
    facts = facts_with(*(held for _ in range(200)), MESSAGE, MESSAGE, low)
    review = arrange_review(facts, minutes=15)
    assert [item.newest.id for item in review.waiting[:4]] == [1, 201, 202, 2]
    assert review.waiting[0].flood == tuple(range(1, 201))
    assert not any(item.flood for item in review.waiting[1:])
    assert [item.newest.id for item in review.collapsed] == [203]
