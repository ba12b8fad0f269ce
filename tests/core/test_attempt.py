"""What follows from an attempt to submit a mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delegator.core.attempt import (
    Attempt,
    Deferred,
    Facts,
    Failed,
    NextBackup,
    Sent,
    SevenBit,
    Smaller,
    UnknownAgain,
    after_damage,
    after_refusal,
    after_reply,
)
from delegator.core.delivery import About, Outcome, Reply

NOON = datetime(2026, 12, 21, 12, tzinfo=UTC)
DUE = NOON + timedelta(hours=2)
FIRST = Attempt(
    number=1,
    first_at=NOON,
    unknowns=0,
    is_forward=True,
    is_letter=False,
    is_in_doubt=False,
    size_octets=40_000_000,
    is_ascii=True,
    max_octets=None,
)
"""The first attempt at a forward."""

REVIEW = replace(FIRST, is_forward=False, is_in_doubt=True)
BRIEF = replace(REVIEW, is_letter=True)
FACTS = Facts(following=("anna", "carla"), max_octets=None, takes_eight_bit=True, follow_up_at=DUE)
NOBODY = replace(FACTS, following=())


def reply(outcome: Outcome, about: About | None = None) -> Reply:
    """about: whom such a reply speaks of most often."""
    usual = About.US if outcome is Outcome.MISCONFIGURED else About.RECIPIENT
    return Reply(outcome, None, "what the server said", about or usual)


def test_accepted_it_is_sent_and_the_clock_runs() -> None:
    """The follow-up counts from the acceptance."""
    assert after_reply(FIRST, reply(Outcome.ACCEPTED), FACTS, NOON) == Sent(DUE)


@pytest.mark.parametrize("unknowns", [0, 1])
def test_after_an_unknown_outcome_the_same_goes_again(unknowns: int) -> None:
    """Nothing twice: the octets and the Message-ID are those of the attempt before."""
    attempt = replace(FIRST, number=unknowns + 1, unknowns=unknowns)
    followed = after_reply(attempt, reply(Outcome.UNKNOWN), FACTS, NOON)
    assert followed == UnknownAgain(NOON + timedelta(minutes=2))


def test_the_third_unknown_outcome_is_told() -> None:
    """A server that takes every mail and never answers does not fill the backup's inbox; nor does it go to
    the next backup, for it may have arrived."""
    attempt = replace(FIRST, number=3, unknowns=2)
    followed = after_reply(attempt, reply(Outcome.UNKNOWN), FACTS, NOON)
    assert followed == Failed("it may have arrived: what the server said")


@pytest.mark.parametrize(
    ("size", "wanted"), [(None, 20_000_000), (30_000_000, 15_000_000), (50_000_000, 20_000_000)]
)
def test_too_large_it_is_composed_smaller_once(size: int | None, wanted: int) -> None:
    """Half of what the server takes, or of what was sent, whichever is less."""
    facts = replace(FACTS, max_octets=size)
    assert after_reply(FIRST, reply(Outcome.TOO_LARGE), facts, NOON) == Smaller(wanted)
    again = replace(FIRST, max_octets=wanted)
    assert after_reply(again, reply(Outcome.TOO_LARGE), facts, NOON) == NextBackup(("anna", "carla"))


def test_eight_bit_text_is_composed_for_seven_bits() -> None:
    """A refusal by a server that by now says that it takes no 8-bit text is not the backup's."""
    attempt, facts = replace(FIRST, is_ascii=False), replace(FACTS, takes_eight_bit=False)
    refused = reply(Outcome.REFUSED)
    assert after_reply(attempt, refused, facts, NOON) == SevenBit()
    assert after_reply(replace(attempt, is_ascii=True), refused, facts, NOON) == NextBackup(FACTS.following)
    assert after_reply(attempt, refused, FACTS, NOON) == NextBackup(FACTS.following)


@pytest.mark.parametrize("outcome", [Outcome.TOO_LARGE, Outcome.REFUSED])
def test_what_may_have_arrived_is_not_composed_anew_for_the_same_backup(outcome: Outcome) -> None:
    """Neither smaller nor in seven bits: a second Message-ID would be a second mail."""
    attempt = replace(FIRST, is_in_doubt=True, is_ascii=False)
    facts = replace(FACTS, takes_eight_bit=False)
    assert after_reply(attempt, reply(outcome), facts, NOON) == NextBackup(FACTS.following)


@pytest.mark.parametrize(
    ("attempt", "is_anew"), [(FIRST, True), (replace(FIRST, is_in_doubt=True), False), (REVIEW, False)]
)
def test_deferred_it_goes_again(attempt: Attempt, is_anew: bool) -> None:
    """A forward is composed anew, unless it may have arrived; what is not composed by us keeps its octets."""
    followed = after_reply(attempt, reply(Outcome.DEFERRED), FACTS, NOON)
    assert followed == Deferred(NOON + timedelta(seconds=15), is_anew)


def test_later_attempts_wait_longer() -> None:
    attempt = replace(FIRST, number=6)
    followed = after_reply(attempt, reply(Outcome.DEFERRED), FACTS, NOON)
    assert followed == Deferred(NOON + timedelta(minutes=20), is_anew=True)


@pytest.mark.parametrize(
    "attempt", [replace(FIRST, first_at=NOON - timedelta(days=4, seconds=1)), replace(FIRST, number=1000)]
)
def test_four_days_of_deferrals_are_a_refusal(attempt: Attempt) -> None:
    """RFC 5321 section 4.5.4.1: then the next backup has it, or else the owner."""
    deferred = reply(Outcome.DEFERRED)
    assert after_reply(attempt, deferred, FACTS, NOON) == NextBackup(FACTS.following)
    assert after_reply(attempt, deferred, NOBODY, NOON) == Failed("what the server said")


def test_four_days_are_not_over_before_they_are() -> None:
    attempt = replace(FIRST, first_at=NOON - timedelta(days=4))
    assert isinstance(after_reply(attempt, reply(Outcome.DEFERRED), FACTS, NOON), Deferred)


def test_what_a_person_has_to_mend_is_never_given_up() -> None:
    """A refusal that is about us (login, sender, quota) keeps everything, and nobody else gets it."""
    misconfigured = reply(Outcome.MISCONFIGURED)
    assert after_reply(FIRST, misconfigured, FACTS, NOON) == Deferred(NOON + timedelta(seconds=15), True)
    old = replace(FIRST, number=1000, first_at=NOON - timedelta(days=30))
    assert after_reply(old, misconfigured, FACTS, NOON) == Deferred(NOON + timedelta(hours=1), True)


def test_a_refusal_goes_to_the_next_backup() -> None:
    assert after_reply(FIRST, reply(Outcome.REFUSED), FACTS, NOON) == NextBackup(("anna", "carla"))


def test_refused_by_the_last_it_is_the_owners() -> None:
    assert after_reply(FIRST, reply(Outcome.REFUSED), NOBODY, NOON) == Failed("what the server said")


def test_only_a_forward_goes_to_another() -> None:
    """A review, an answer or a covering mail is for one reader."""
    assert after_reply(REVIEW, reply(Outcome.REFUSED), FACTS, NOON) == Failed("what the server said")


def test_whom_a_letter_does_not_reach_cannot_be_asked() -> None:
    """A brief or an overview that is refused says what a bounce of it would say."""
    followed = after_reply(BRIEF, reply(Outcome.REFUSED), FACTS, NOON)
    assert followed == Failed("what the server said", is_unreachable=True)


@pytest.mark.parametrize("about", [About.US, About.MAIL])
def test_a_letter_that_is_refused_for_another_reason_says_nothing_of_its_backup(about: About) -> None:
    """Its content, or a limit of ours: the backup is there as before."""
    followed = after_reply(BRIEF, reply(Outcome.REFUSED, about), FACTS, NOON)
    assert followed == Failed("what the server said", is_unreachable=False)


def test_a_server_that_is_away_for_weeks_burns_no_chain() -> None:
    """What speaks of us is never given up, deferred or refused."""
    old = replace(FIRST, number=1000, first_at=NOON - timedelta(days=30))
    followed = after_reply(old, reply(Outcome.DEFERRED, About.US), FACTS, NOON)
    assert followed == Deferred(NOON + timedelta(hours=1), is_anew=True)


def test_whoever_is_no_backup_any_more_gets_nothing() -> None:
    """Taken out of the configuration: it goes to the next, as after a refusal."""
    gone = Reply(Outcome.REFUSED, None, "no longer a backup", About.RECIPIENT)
    assert after_refusal(FIRST, gone, FACTS) == NextBackup(("anna", "carla"))
    assert after_refusal(FIRST, gone, NOBODY) == Failed("no longer a backup")


attempts = st.builds(
    Attempt,
    number=st.integers(1, 200),
    first_at=st.integers(0, 6 * 24).map(lambda hours: NOON - timedelta(hours=hours)),
    unknowns=st.integers(0, 2),
    is_forward=st.booleans(),
    is_letter=st.just(False),
    is_in_doubt=st.booleans(),
    size_octets=st.integers(1, 64 * 1024 * 1024),
    is_ascii=st.booleans(),
    max_octets=st.none() | st.integers(1, 1 << 25),
)


@given(
    attempt=attempts, outcome=st.sampled_from(Outcome), eight=st.booleans(), size=st.none() | st.just(1 << 24)
)
def test_no_second_message_id_to_the_same_backup(
    attempt: Attempt, outcome: Outcome, eight: bool, size: int | None
) -> None:
    """Whatever a server says, what may have arrived is not composed anew for whom it may have reached."""
    facts = replace(FACTS, takes_eight_bit=eight, max_octets=size)
    followed = after_reply(attempt, reply(outcome), facts, NOON)
    is_anew = isinstance(followed, Smaller | SevenBit) or (
        isinstance(followed, Deferred) and followed.is_anew
    )
    assert not (is_anew and (attempt.is_in_doubt or outcome is Outcome.UNKNOWN))


def test_what_was_damaged_is_given_up() -> None:
    """The owner is told that it may have arrived, if it may; the backup can be asked all the same."""
    assert after_damage(may_have_arrived=False) == Failed("what was kept of it was damaged")
    in_doubt = after_damage(may_have_arrived=True)
    assert in_doubt.text.startswith("it may have arrived")
    assert not in_doubt.is_unreachable
