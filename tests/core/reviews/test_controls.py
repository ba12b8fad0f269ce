"""Which secrets a review needs, and what each stands for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings

from delegator.core.commands.command import Verb
from delegator.core.handovers.codes import Code
from delegator.core.reviews.arrange import arrange_review
from delegator.core.reviews.controls import review_lines, wanted_controls
from delegator.core.reviews.items import OpenMessage
from delegator.core.reviews.traits import Traits
from tests.core.reviews.test_arrange import mailboxes
from tests.reviews import FACTS, HANDED, MESSAGE, NOW, facts_with

ASKS = replace(MESSAGE, traits=Traits(asks=True, addressed="alone"))


def test_a_button_stands_for_the_mails_that_were_in_its_item() -> None:
    """Not for what comes later in the same conversation; and it dies with the absence."""
    facts = facts_with(replace(ASKS, conversation=4), replace(ASKS, conversation=4))
    wants = {want.key: want.grant for want in wanted_controls(arrange_review(facts))}
    assert set(wants) == {
        (0, Verb.PROPOSED, None),
        (0, Verb.ADJUST, None),
        (1, Verb.FORWARD, "anna"),
        (1, Verb.TO_DO, None),
        (1, Verb.DONE, None),
    }
    for grant in wants.values():
        assert grant.items == (1, 2)
        assert grant.by is None
        assert grant.expires_at == facts.until_at
    assert wants[1, Verb.FORWARD, "anna"].backup == "anna"


def test_a_review_after_the_absence_has_buttons_for_a_day() -> None:
    """Asked for by hand."""
    (want, *_) = wanted_controls(arrange_review(replace(facts_with(ASKS), until_at=None)))
    assert want.grant.expires_at == NOW + timedelta(days=1)


def test_all_as_proposed_leaves_out_what_is_in_doubt() -> None:
    """What is left over of an earlier review counts as well."""
    doubtful = replace(ASKS, traits=Traits(poses=True))
    facts = facts_with(ASKS, doubtful, replace(ASKS, shown=True), replace(ASKS, priority="low"))
    wants = {want.key: want.grant for want in wanted_controls(arrange_review(facts))}
    assert wants[0, Verb.PROPOSED, None].items == (1, 3)
    assert wants[0, Verb.ADJUST, None].items == (1, 2, 3)
    assert wants[0, Verb.BULK_DONE, None].items == (4,)


def test_one_button_for_all_of_a_flood() -> None:
    """At its first item only, for whoever gets that one; another's flood has its own."""
    flood, other = (replace(ASKS, code=Code.FLOOD, priority="high", held_as=name) for name in "ab")
    facts = facts_with(flood, flood, replace(other, conversation=7), replace(other, conversation=7), flood)
    wants = {want.key: want.grant for want in wanted_controls(arrange_review(facts))}
    found = {key: grant.items for key, grant in wants.items() if key[1] is Verb.FORWARD_ALL}
    assert found == {(1, Verb.FORWARD_ALL, "anna"): (1, 2, 5), (2, Verb.FORWARD_ALL, "anna"): (3, 4)}
    assert wants[1, Verb.FORWARD_ALL, "anna"].backup == "anna"
    assert wants[1, Verb.FORWARD, "anna"].items == (1,)
    assert (0, Verb.PROPOSED, None) not in wants, "nothing of it is proposed"


def test_a_handover_goes_to_the_next_by_its_conversation() -> None:
    """Where there is a next one; and it is done with by another tap, also where there is none."""
    late = replace(HANDED, conversation=7, next_backup="bram", state="overdue")
    asks = replace(HANDED, conversation=8, state="asks")
    review = arrange_review(replace(FACTS, handed=(late, asks, HANDED)))
    passing, *closing = sorted(wanted_controls(review), key=lambda want: want.key[1] is Verb.DONE)
    assert (passing.grant.conversation, passing.grant.backup, passing.grant.items) == (7, "bram", ())
    assert [(want.key[:2], want.grant.conversation) for want in closing] == [
        ((1, Verb.DONE), 8),
        ((2, Verb.DONE), 7),
    ]
    assert passing.key == (2, Verb.FORWARD, "bram")


def test_what_is_late_or_asks_has_a_number_behind_the_items() -> None:
    """So that a reply may mean it; a handover that runs has none."""
    late = replace(HANDED, conversation=7, next_backup="bram", state="overdue")
    asks = replace(HANDED, conversation=8, state="asks")
    facts = replace(facts_with(ASKS, replace(ASKS, shown=True)), handed=(HANDED, late, asks))
    lines = review_lines(arrange_review(facts))
    assert [(line.number, line.conversation) for line in lines] == [(1, None), (2, None), (3, 8), (4, 7)]
    assert [(line.verb, line.backup) for line in lines[2:]] == [(None, None), (None, "bram")]


def test_nothing_live_nothing_commanded() -> None:
    """A trial run makes no secrets."""
    assert wanted_controls(arrange_review(replace(facts_with(ASKS), mode="shadow"))) == []
    assert wanted_controls(arrange_review(replace(facts_with(ASKS), mode="observing"))) == []


@settings(max_examples=20, deadline=None)
@given(mailboxes)
def test_each_number_means_one_item(messages: tuple[OpenMessage, ...]) -> None:
    """A reply's numbers are those of the mail; every collapsed item is known, and every button's is there."""
    review = arrange_review(replace(FACTS, messages=messages), minutes=15)
    lines = review_lines(review)
    numbers = [line.number for line in lines if line.number]
    assert numbers == list(range(1, len(numbers) + 1))
    assert sum(line.is_low for line in lines) == len(review.collapsed)
    meant = {line.number: line.messages for line in lines}
    for want in wanted_controls(review):
        if want.key[0] > 0:
            assert want.grant.items == meant[want.key[0]]
