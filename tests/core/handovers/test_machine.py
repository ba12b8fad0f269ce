"""Whose hands a conversation is in: the machine alone, one event after another.

All in one file, as the machine is: a test for each entry of its table, in the same order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from delegator.core.commands.command import Verb
from delegator.core.delivery import State
from delegator.core.handovers.codes import Code, Disposition
from delegator.core.handovers.conversation import (
    Accepted,
    Announce,
    Answered,
    Applied,
    AskedBack,
    BringBack,
    CallOff,
    Conversation,
    Drop,
    Event,
    FileAway,
    HandedOver,
    Joined,
    LetGo,
    Mail,
    MovedBack,
    NobodyThere,
    OwnerWrote,
    PassedOn,
    PassingCommanded,
    Phase,
    Queue,
    Redirect,
    Refused,
    ReportFailure,
    SentBack,
    Undone,
    Unreachable,
    Vanished,
    Withdrawn,
    Word,
)
from delegator.core.handovers.machine import (
    LARGE_OCTETS,
    TABLE,
    VANISHED,
    apply,
    comes_back,
    following,
    is_overdue,
    standing_of,
    status_of,
    why_to_pass_on,
)

MONDAY = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DUE = MONDAY + 2 * HOUR
KEYS = ("anna", "bram", "carla")
JAN = frozenset({"jan@acme.example"})


def apply_all(conversation: Conversation, events: Iterable[Event]) -> Applied:
    """One event after another."""
    done = Applied(conversation)
    for event in events:
        following = apply(done.conversation, event)
        is_counted = done.is_counted and following.is_counted
        done = Applied(following.conversation, (*done.effects, *following.effects), is_counted)
    return done


def mail(id_: int, code: Code = Code.RULE, disposition: Disposition = Disposition.FORWARD) -> Mail:
    is_forward = disposition is Disposition.FORWARD
    return Mail(id_, MONDAY, disposition, code, originator="jan@acme.example", is_kept=is_forward)


def handed(id_: int, *backups: str, now: datetime = MONDAY) -> HandedOver:
    return HandedOver(mail(id_), backups, JAN, "bestelling 7", now, chain=KEYS)


def asked(*backups: str) -> Conversation:
    """One mail, accepted for the first of these."""
    found = apply_all(
        Conversation(), [handed(1, *(backups or KEYS)), Accepted(1, (backups or KEYS)[0], MONDAY, DUE)]
    )
    return found.conversation


def by_backup(id_: int, code: Code, disposition: Disposition = Disposition.OWN) -> Mail:
    return replace(mail(id_, code, disposition), originator="anna@voorbeeld.example")


# --- one event after another --------------------------------------------------------------------------


def test_the_usual_way() -> None:
    """Handed over, accepted, answered: the clock runs in between, and the original goes at the end."""
    given = apply(Conversation(), handed(1, "anna", "bram"))
    assert given.conversation.phase is Phase.GIVEN
    assert given.effects == (Queue(1, ("anna", "bram")),)
    accepted = apply(given.conversation, Accepted(1, "anna", MONDAY, DUE))
    assert accepted.conversation.phase is Phase.ASKED
    assert (accepted.conversation.handed_at, accepted.conversation.due_at) == (MONDAY, DUE)
    assert accepted.effects == (FileAway(1), LetGo((1,), LARGE_OCTETS))
    answer = apply(accepted.conversation, Answered(by_backup(2, Code.ANSWER), "anna", DUE))
    assert answer.conversation.phase is Phase.ANSWERED
    assert (answer.conversation.proof, answer.conversation.due_at) == ("answer", None)
    assert answer.effects == (Drop((1,)),)


def test_an_answer_to_a_forward_leaves_what_came_later() -> None:
    """The clock runs on for that, until it is answered too."""
    later = replace(mail(2), at=MONDAY + HOUR)
    event = replace(handed(2, "anna"), mail=later, is_follow_up=True)
    both = apply_all(asked(), [event, Accepted(2, "anna", MONDAY + HOUR, DUE + HOUR)]).conversation
    first = Answered(by_backup(3, Code.ANSWER), "anna", DUE, until=MONDAY)
    one = apply(both, first).conversation
    assert [one.mail(1).is_answered, one.mail(2).is_answered] == [True, False]  # type: ignore[union-attr]
    assert (one.phase, one.due_at) == (Phase.ASKED, DUE)
    assert apply(one, replace(first, until=later.at)).conversation.phase is Phase.ANSWERED


def test_thanks_are_their_own_proof() -> None:
    thanked = apply(asked(), Answered(mail(2, Code.THANKS, Disposition.REVIEW), "", DUE, is_thanks=True))
    assert (thanked.conversation.proof, thanked.conversation.phase) == ("thanks", Phase.ANSWERED)


def test_new_mail_after_an_answer_starts_the_clock_anew() -> None:
    """The same backup has it, with a deadline of its own."""
    answered = apply(asked(), Answered(by_backup(2, Code.ANSWER), "anna", DUE)).conversation
    again = apply(answered, replace(handed(3, "anna"), is_follow_up=True)).conversation
    assert again.phase is Phase.ASKED
    assert again.due_at is None
    later = apply(again, Accepted(3, "anna", DUE, DUE + HOUR)).conversation
    assert later.due_at == DUE + HOUR


def test_a_client_who_writes_again_puts_no_deadline_off() -> None:
    again = apply(asked(), replace(handed(2, "anna"), is_follow_up=True)).conversation
    assert apply(again, Accepted(2, "anna", MONDAY + HOUR, DUE + HOUR)).conversation.due_at == DUE


def test_new_mail_while_its_backup_is_away_takes_all_of_it_along() -> None:
    """It is not sent to the next alone: with it the whole conversation is passed on."""
    found = apply(asked(), replace(handed(2, "bram", "carla"), is_follow_up=True))
    assert found.conversation.phase is Phase.PASSING
    assert found.effects == ()
    assert [one.backup for one in found.conversation.mails] == ["anna", "anna"]
    passed = apply(found.conversation, PassedOn("anna", ("bram", "carla"), "away", DUE))
    assert [one.backup for one in passed.conversation.mails] == ["bram", "bram"]


@pytest.mark.parametrize("word", [Verb.ANSWERED, Verb.LATER_TODAY, Verb.NOT_ME])
def test_a_word_counts_only_of_who_has_it(word: Verb) -> None:
    """Bram's word about what Anna has changes nothing, and is not counted."""
    before = asked()
    assert apply(before, Word("bram", word, DUE)).conversation == before
    assert not apply(before, Word("bram", word, DUE)).is_counted
    done = apply(before, Word("anna", word, DUE))
    assert done.is_counted
    assert done.conversation != before


def test_a_word_of_a_handover_is_no_word_of_a_brief() -> None:
    assert not apply(asked(), Word("anna", Verb.THERE, DUE)).is_counted


def test_a_word_after_the_answer_is_not_counted() -> None:
    """It is too late for it: nothing waits any more."""
    answered = apply(asked(), Word("anna", Verb.ANSWERED, DUE)).conversation
    late = apply(answered, Word("anna", Verb.NOT_ME, DUE))
    assert (late.conversation, late.is_counted) == (answered, False)


def test_later_today_is_no_silence() -> None:
    """Who said so is not passed over, however late it gets; who did not is, at the very moment."""
    assert is_overdue(DUE, None, DUE), "the deadline itself is too late"
    assert not is_overdue(DUE, None, DUE - timedelta(microseconds=1))
    assert not is_overdue(DUE, MONDAY, DUE + 10 * HOUR)
    assert not is_overdue(None, None, DUE)


@pytest.mark.parametrize(
    ("pass_why", "is_silent", "on_silence", "has_next", "why"),
    [
        (None, True, "next", True, "silence"),
        (None, True, "next", False, None),
        (None, True, "ask", True, None),
        (None, False, "next", True, None),
        ("not_me", False, "ask", False, "not_me"),
    ],
)
def test_what_is_passed_on(
    pass_why: str | None, is_silent: bool, on_silence: Literal["ask", "next"], has_next: bool, why: str | None
) -> None:
    found = why_to_pass_on(pass_why, is_silent=is_silent, on_silence=on_silence, has_next=has_next)
    assert found == why


def test_who_comes_next() -> None:
    """In the chain's order, who has not had it."""
    assert following(KEYS, (), "anna") == ("bram", "carla")
    assert following(KEYS, ("bram",), "anna") == ("carla",)
    assert following(("carla", "bram"), (), None) == ("carla", "bram")


def test_passed_on_the_next_reads_who_had_it() -> None:
    """What was accepted is announced; every unanswered mail goes, with a clock of its own."""
    again = apply(asked(), replace(handed(2, "anna"), is_follow_up=True)).conversation
    sent_back = apply(again, SentBack(by_backup(3, Code.NOT_ME), "anna")).conversation
    assert sent_back.pass_why == "not_me"
    done = apply(sent_back, PassedOn("anna", ("bram", "carla"), "not_me", DUE))
    assert done.effects == (
        CallOff((2,), "not_me"),
        Announce("bram"),
        Queue(1, ("bram", "carla")),
        Queue(2, ("bram", "carla")),
    )
    assert (done.conversation.phase, done.conversation.tried) == (Phase.GIVEN, ("anna",))
    assert (done.conversation.due_at, done.conversation.handed_at) == (None, None)


def test_never_accepted_nothing_is_announced() -> None:
    given = apply(Conversation(), handed(1, *KEYS)).conversation
    done = apply(given, PassedOn("anna", ("bram",), "automatic", DUE))
    assert done.effects == (CallOff((1,), "automatic"), Queue(1, ("bram",)))


def test_passed_on_by_another_meanwhile() -> None:
    """Decided while Anna had it, done when Bram has it: nothing happens."""
    with_bram = apply(asked(), PassedOn("anna", ("bram",), "silence", DUE)).conversation
    late = apply(with_bram, PassedOn("anna", ("carla",), "silence", DUE))
    assert (late.conversation, late.is_counted) == (with_bram, False)


def test_nobody_is_left() -> None:
    """All of it is the owner's, high, and open."""
    done = apply(asked("anna"), PassedOn("anna", (), "not_me", DUE))
    [only] = done.conversation.mails
    assert (only.disposition, only.priority, only.code) == (Disposition.REVIEW, "high", Code.NOT_FORWARDED)
    assert (only.is_open_item, only.detail) == (True, "not_me")
    assert (done.conversation.phase, done.conversation.tried) == (Phase.OWNERS, ("anna",))


def test_what_the_owner_forwarded_by_hand_cannot_be_passed_on() -> None:
    """Its octets are not here: it is the owner's again, though somebody is left."""
    waiting = apply(Conversation(), Joined(mail(1, Code.OTHERWISE, Disposition.REVIEW))).conversation
    wrote = OwnerWrote(frozenset({"anna@voorbeeld.example"}), "anna", MONDAY, DUE, MONDAY)
    by_hand = apply(waiting, wrote).conversation
    assert (by_hand.backup, by_hand.due_at, by_hand.waits) == ("anna", DUE, True)
    assert apply(by_hand, PassedOn("anna", ("bram",), "not_me", DUE)).conversation.phase is Phase.OWNERS


def test_refused_before_anybody_had_it() -> None:
    """The next of the chain gets all of it, and the review says whose server refused."""
    two = apply_all(Conversation(), [handed(1, *KEYS), replace(handed(2, *KEYS), is_follow_up=True)])
    done = apply(two.conversation, Refused(1, "anna", ("bram", "carla"), "550", DUE))
    assert done.effects == (Redirect((1, 2), ("bram", "carla")), ReportFailure(1, "anna", "550"))
    assert (done.conversation.backup, done.conversation.tried) == ("bram", ("anna",))
    assert [one.backup for one in done.conversation.mails] == ["bram", "bram"]


def test_a_refusal_is_done_with_what_asked_for_another() -> None:
    """Whoever was to be passed over is passed over by it; but whom the owner named still comes next."""
    given = apply(Conversation(), handed(1, *KEYS)).conversation
    for why, left in (("automatic", None), ("owner", "owner")):
        passing = replace(given, pass_why=why)
        refused = apply(passing, Refused(1, "anna", ("bram",), "550", DUE)).conversation
        assert refused.pass_why == left


def test_refused_where_an_earlier_mail_arrived() -> None:
    """Anna has the first: both go to the next with a mail that says so."""
    again = apply(asked(), replace(handed(2, *KEYS), is_follow_up=True)).conversation
    done = apply(again, Refused(2, "anna", ("bram",), "550", DUE))
    assert done.effects == (CallOff((2,), "550"), ReportFailure(2, "anna", "550"))
    assert (done.conversation.backup, done.conversation.pass_why) == ("anna", "failed")


def test_refused_by_one_who_had_it_before() -> None:
    """By the owner's word it was theirs again: the next reads so first."""
    again_theirs = replace(apply(Conversation(), handed(1, *KEYS)).conversation, tried=("anna",))
    done = apply(again_theirs, Refused(1, "anna", ("bram",), "550", DUE))
    assert (done.conversation.backup, done.conversation.pass_why) == ("anna", "failed")
    assert done.effects == (CallOff((1,), "550"), ReportFailure(1, "anna", "550"))


def test_refused_by_the_last() -> None:
    done = apply(apply(Conversation(), handed(1, "anna")).conversation, Refused(1, "anna", (), "550", DUE))
    assert done.conversation.phase is Phase.OWNERS
    assert done.conversation.mails[0].detail == "550"
    assert ReportFailure(1, "anna", "550") in done.effects


def test_refused_after_it_was_answered_is_no_failure() -> None:
    """Nobody wanted it any more."""
    given = apply(Conversation(), handed(1, *KEYS)).conversation
    answered = apply(given, Answered(by_backup(2, Code.ANSWER), "bram", DUE)).conversation
    done = apply(answered, Refused(1, "anna", ("bram",), "550", DUE))
    assert (done.conversation, done.effects, done.is_counted) == (answered, (), False)


def test_answered_before_it_went_out() -> None:
    """It went to nobody: the mail counts as one that the owner decided."""
    given = apply(Conversation(), handed(1, "anna")).conversation
    done = apply(given, Answered(by_backup(2, Code.ANSWER), "", DUE))
    first = done.conversation.mails[0]
    assert (first.disposition, first.decided_at) == (Disposition.REVIEW, DUE)
    assert done.conversation.proof == "colleague"
    assert done.effects == (CallOff((1,), "answered"), Drop((1,)))


def test_an_answer_closes_what_came_back_to_the_owner() -> None:
    back = apply(asked("anna"), PassedOn("anna", (), "not_me", DUE)).conversation
    done = apply(back, Answered(by_backup(2, Code.ANSWER), "anna", DUE)).conversation
    assert done.mails[0].decided_at == DUE


def test_an_answer_of_the_owners_settles_what_came_before_it() -> None:
    """A mail that came in after she wrote still waits, with its backup."""
    later = replace(mail(2), at=MONDAY + HOUR)
    two = apply(asked(), replace(handed(2, "anna"), mail=later, is_follow_up=True)).conversation
    written = MONDAY + HOUR / 2
    done = apply(two, OwnerWrote(JAN, None, written, None, DUE)).conversation
    assert [one.is_answered for one in done.mails] == [True, False]
    assert done.answered_at is None
    at_once = apply(two, OwnerWrote(JAN, None, MONDAY + HOUR, None, DUE)).conversation
    assert at_once.phase is Phase.ANSWERED, "the very moment is before it"


def test_an_answer_of_the_owners_decides_her_own_items_too() -> None:
    waiting = apply(Conversation(), Joined(mail(1, Code.OTHERWISE, Disposition.REVIEW))).conversation
    done = apply(waiting, OwnerWrote(JAN, "anna", DUE, None, DUE))
    assert done.conversation.mails[0].decided_at == DUE
    assert done.conversation.backup is None, "with the client among its recipients it is an answer"


def test_a_mail_of_hers_to_anybody_else_settles_nothing() -> None:
    done = apply(asked(), OwnerWrote(frozenset({"dirk@elders.example"}), None, DUE, None, DUE))
    assert (done.conversation, done.is_counted) == (asked(), False)


def test_a_backups_address_is_no_clients() -> None:
    """A question of Anna's in it; what the owner then writes to Anna is no answer to the client."""
    question = by_backup(2, Code.FROM_BACKUP, Disposition.REVIEW)
    asks = apply(asked(), AskedBack(question, "anna", DUE)).conversation
    wrote = OwnerWrote(frozenset({"anna@voorbeeld.example"}), "anna", DUE, DUE + HOUR, DUE)
    done = apply(asks, wrote).conversation
    assert done.answered_at is None
    assert (done.backup, done.due_at, done.question_at) == ("anna", DUE + HOUR, None)
    assert done.mails[1].disposition is Disposition.REVIEW, "her question goes to nobody"
    assert done.mails[1].decided_at == DUE, "and is answered"
    assert done.mails[0].waits, "the client still waits"
    to_bram = replace(wrote, backup="bram")
    assert apply(asks, to_bram).conversation.mails[1].decided_at is None, "that is no answer to Anna"


def test_forwarded_by_hand_after_it_was_taken_back() -> None:
    """It is a handover again: what the client writes next goes to that backup."""
    back = apply(asked(), Withdrawn(DUE)).conversation
    wrote = OwnerWrote(frozenset({"bram@voorbeeld.example"}), "bram", DUE, DUE + HOUR, DUE)
    done = apply(back, wrote).conversation
    assert (done.withdrawn_at, done.backup, done.phase) == (None, "bram", Phase.ASKED)


def test_an_answer_quoted_by_the_client() -> None:
    """What came before it was answered; this mail waits anew with the same backup."""
    done = apply(asked(), replace(handed(2, "anna", now=DUE), is_follow_up=True, quotes_answer=True))
    first, second = done.conversation.mails
    assert (first.is_answered, second.is_answered) == (True, False)
    assert (done.conversation.phase, done.conversation.due_at) == (Phase.ASKED, None)
    assert done.conversation.proof == "quoted"


def test_a_question_stops_no_clock_and_ends_with_the_answer() -> None:
    question = by_backup(2, Code.FROM_BACKUP, Disposition.REVIEW)
    asks = apply(asked(), AskedBack(question, "anna", MONDAY + HOUR)).conversation
    assert (asks.question_at, asks.due_at) == (MONDAY + HOUR, DUE)
    assert standing_of(asks, DUE, is_under_way=False) == "asks"
    answered = apply(asks, Answered(by_backup(3, Code.ANSWER), "anna", DUE)).conversation
    again = apply(answered, replace(handed(4, "anna"), is_follow_up=True)).conversation
    assert standing_of(again, DUE, is_under_way=True) == "waiting"


def test_a_question_of_another_is_an_item_and_no_more() -> None:
    question = by_backup(2, Code.FROM_BACKUP, Disposition.REVIEW)
    done = apply(asked(), AskedBack(question, "bram", DUE))
    assert done.conversation == replace(asked(), mails=(*asked().mails, question))
    assert not done.is_counted


@pytest.mark.parametrize(
    ("change", "now", "standing"),
    [
        ({}, DUE - timedelta(microseconds=1), "sent"),
        ({}, DUE, "overdue"),
        ({"answered_at": DUE, "question_at": DUE}, DUE, "answered"),
        ({"question_at": DUE}, DUE, "asks"),
    ],
)
def test_how_it_stands_in_a_review(change: dict[str, datetime], now: datetime, standing: str) -> None:
    found = replace(asked(), **change)  # type: ignore[arg-type]
    assert standing_of(found, now, is_under_way=False) == standing


def test_taken_back() -> None:
    """It is the owner's, open, and its backup no longer has a clock."""
    done = apply(asked(), Withdrawn(DUE)).conversation
    assert (done.phase, done.due_at, done.mails[0].is_open_item) == (Phase.WITHDRAWN, None, True)
    assert done.backup == "anna", "who had it is told in the next overview"


@pytest.mark.parametrize("event", [Withdrawn(DUE), PassedOn("anna", (), "silence", DUE), Undone(1)])
def test_closed_without_an_answer_its_octets_may_go(event: Event) -> None:
    """However small it is; the mailbox has it, and nobody else is to get it by itself."""
    done = apply(asked(), event)
    assert [effect for effect in done.effects if isinstance(effect, LetGo)] == [LetGo((1,))]
    assert done.conversation.mails[0].is_kept, "from the mailbox, if the owner hands it over once more"
    gone = replace(asked(), mails=(replace(asked().mails[0], is_kept=False),))
    assert not [effect for effect in apply(gone, event).effects if isinstance(effect, LetGo)]


def test_what_is_nowhere_any_more_is_the_owners_again() -> None:
    """On its way to the next backup: an item that says so, first in the next review; nothing is sent."""
    passed = apply(asked(), PassedOn("anna", ("bram",), "silence", DUE)).conversation
    done = apply(passed, Vanished(1))
    found = done.conversation.mails[0]
    assert (found.is_open_item, found.priority, found.code) == (True, "high", Code.NOT_FORWARDED)
    assert found.detail == VANISHED
    assert State.PENDING not in found.sendings
    assert (done.conversation.phase, done.conversation.backup) == (Phase.OWNERS, None)
    assert not apply(done.conversation, Vanished(1)).is_counted, "once"


def test_the_rest_of_the_conversation_goes_without_it() -> None:
    """Only what is nowhere comes back; the next backup has what is there."""
    two = apply_all(asked(), [replace(handed(2, "anna"), is_follow_up=True), Accepted(2, "anna", DUE, DUE)])
    passed = apply(two.conversation, PassedOn("anna", ("bram",), "silence", DUE)).conversation
    done = apply(passed, Vanished(1))
    assert [mail.waits for mail in done.conversation.mails] == [False, True]
    assert (done.conversation.mails[0].is_open_item, done.conversation.backup) == (True, "bram")
    assert done.effects == (CallOff((1,), VANISHED), LetGo((1,)))
    assert done.conversation.mails[1].sendings & {State.PENDING}


def test_undone_before_it_was_sent() -> None:
    """It never was anybody's."""
    given = apply(Conversation(), handed(1, "anna")).conversation
    done = apply(given, Undone(1))
    called_off = CallOff((1,), "undone", frozenset({State.PENDING}))
    assert done.effects == (called_off, LetGo((1,)), BringBack(1))
    assert (done.conversation.backup, done.conversation.mails[0].is_open_item) == (None, True)
    assert done.conversation.mails[0].sendings == {State.FAILED}


def test_one_of_two_undone() -> None:
    """The other one is still the backup's."""
    two = apply_all(Conversation(), [handed(1, "anna"), replace(handed(2, "anna"), is_follow_up=True)])
    done = apply(two.conversation, Undone(1)).conversation
    assert (done.backup, [one.waits for one in done.mails]) == ("anna", [False, True])


def test_moved_back_by_hand() -> None:
    """It is never forwarded again, and its backup is told."""
    given = apply(Conversation(), handed(1, "anna")).conversation
    done = apply(given, MovedBack(1, DUE))
    assert done.conversation.withdrawn_at == DUE
    assert done.effects == (CallOff((1,), "moved back", frozenset({State.PENDING})), LetGo((1,)))
    assert done.conversation.mails[0].sendings == {State.FAILED}
    assert done.conversation.mails[0].is_open_item


def test_an_answered_mail_moved_back_takes_nothing_back() -> None:
    answered = apply(asked(), Word("anna", Verb.ANSWERED, DUE)).conversation
    done = apply(answered, MovedBack(1, DUE)).conversation
    assert (done.withdrawn_at, done.phase) == (None, Phase.ANSWERED)


def test_the_owner_names_who_is_next() -> None:
    """Also one who had it before."""
    with_bram = apply_all(
        asked(), [PassedOn("anna", ("bram",), "not_me", DUE), Accepted(1, "bram", DUE, DUE + HOUR)]
    ).conversation
    done = apply(with_bram, PassingCommanded("anna")).conversation
    assert done.pass_why == "owner"
    assert following(done.chain, done.tried, done.backup)[0] == "anna"
    before_others = apply(asked(), PassingCommanded("carla")).conversation
    assert following(before_others.chain, before_others.tried, "anna") == ("carla", "bram")


def test_named_is_who_has_it_already() -> None:
    """It went there meanwhile: the tap takes it from nobody."""
    assert not apply(asked(), PassingCommanded("anna")).is_counted


def test_new_mail_and_nobody_is_there() -> None:
    done = apply(asked(), NobodyThere(mail(2, Code.NOBODY_THERE, Disposition.REVIEW))).conversation
    assert (done.pass_why, len(done.mails)) == ("away", 2)


def test_a_forward_ordered_by_the_owner_is_open_no_more() -> None:
    """As if a rule had said so: with the owner's line, whatever it was before."""
    waiting = apply(Conversation(), Joined(mail(1, Code.OTHERWISE, Disposition.REVIEW))).conversation
    taken_back = replace(waiting, withdrawn_at=MONDAY, pass_why="away")
    ordered = replace(
        handed(1, "bram"), mail=replace(mail(1), decision="done"), is_ordered=True, note="Graag snel."
    )
    done = apply(taken_back, ordered)
    assert done.effects == (Queue(1, ("bram",), "Graag snel."),)
    assert (done.conversation.withdrawn_at, done.conversation.pass_why) == (None, None)
    assert (done.conversation.mails[0].decision, done.conversation.phase) == (None, Phase.GIVEN)


def test_a_forward_ordered_to_another_takes_all_of_it_along() -> None:
    """Anna has the conversation, and the owner gives a mail in it to Bram: he gets it whole, announced."""
    warned = mail(2, Code.AUTHENTICATION_FAILED, Disposition.REVIEW)
    waiting = apply(asked(), Joined(warned)).conversation
    ordered = replace(handed(2, "bram"), chain=("bram",), is_ordered=True, note="Graag snel.")
    passing = apply(waiting, ordered)
    assert (passing.effects, passing.conversation.pass_why) == ((), "owner")
    now = passing.conversation
    bram = following(now.chain, now.tried, now.backup)
    done = apply(now, PassedOn("anna", bram, "owner", DUE))
    assert done.effects == (
        Announce("bram"),
        Queue(1, ("bram", "carla")),
        Queue(2, ("bram", "carla"), "Graag snel."),
    )


def test_a_forward_ordered_beside_one_by_hand() -> None:
    """What the owner forwarded by hand cannot be sent: the ordered mail goes alone, and all is one's."""
    one = apply(Conversation(), Joined(mail(1, Code.OTHERWISE, Disposition.REVIEW))).conversation
    wrote = OwnerWrote(frozenset({"anna@voorbeeld.example"}), "anna", MONDAY, DUE, MONDAY)
    by_hand = apply(one, wrote).conversation
    waiting = apply(by_hand, Joined(mail(2, Code.WITHDRAWN, Disposition.REVIEW))).conversation
    done = apply(waiting, replace(handed(2, "bram"), is_ordered=True))
    assert done.effects == (Queue(2, ("bram",)),)
    assert [one.backup for one in done.conversation.mails] == ["bram", "bram"]


def test_a_shadow_hands_over_and_sends_nothing() -> None:
    """Where octets are not kept there is nothing to queue."""
    shadow = replace(handed(1, "anna"), mail=replace(mail(1), is_kept=False))
    done = apply(Conversation(), shadow)
    assert (done.effects, done.conversation.backup) == ((), "anna")


def test_what_was_the_owners_begins_anew() -> None:
    """After the end of the chain the owner may give it to anybody, also who said no."""
    back = apply(asked("anna"), PassedOn("anna", (), "not_me", DUE)).conversation
    done = apply(back, replace(handed(1, "anna"), is_ordered=True)).conversation
    assert (done.backup, done.tried) == ("anna", ())


def test_every_event_stands_in_the_table() -> None:
    kinds = Event.__args__
    assert set(TABLE) == set(kinds)


# --- lines that a promise hangs on ----------------------------------------------------------------------


def again(number: int = 2, *, sender: str = "jan@acme.example", subject: str = "bestelling 7") -> HandedOver:
    """The client's next mail, to Anna."""
    follow_up = replace(handed(number, "anna"), is_follow_up=True, subject=subject)
    return replace(follow_up, originators=frozenset({sender}))


def back_with_the_owner() -> Conversation:
    """Anna was asked and cannot, and nobody is left."""
    asks = apply(asked("anna"), AskedBack(by_backup(9, Code.FROM_BACKUP), "anna", DUE)).conversation
    shown = tuple(replace(one, is_shown=True, decided_at=MONDAY) for one in asks.mails)
    return apply(replace(asks, mails=shown), PassedOn("anna", (), "not_me", DUE)).conversation


def test_more_than_one_client_may_be_answered() -> None:
    """An answer to either settles it; the subject is that of the newest."""
    found = apply(asked(), again(sender="els@acme.example", subject="bestelling 8")).conversation
    assert found.originators == {"jan@acme.example", "els@acme.example"}
    assert found.subject == "bestelling 8"


def test_what_the_same_backup_has_keeps_its_clock() -> None:
    found = apply(asked(), again()).conversation
    assert (found.handed_at, found.due_at) == (MONDAY, DUE)


def test_later_today_is_said_of_what_they_had_then() -> None:
    """A mail that comes in afterwards waits like any other."""
    later = apply(asked(), Word("anna", Verb.LATER_TODAY, MONDAY)).conversation
    assert apply(later, again()).conversation.accepted_at is None


def test_all_of_several_events_count_or_not_all() -> None:
    words = [Word("anna", Verb.LATER_TODAY, DUE), Word("bram", Verb.NOT_ME, DUE)]
    assert not apply_all(asked(), words).is_counted
    assert not apply_all(asked(), words[::-1]).is_counted
    assert apply_all(asked(), words[:1]).is_counted


def test_who_is_not_there_hands_on_what_they_have() -> None:
    """Theirs, and with the first reason that there was."""
    away = apply(asked(), Unreachable("anna", "automatic"))
    assert (away.conversation.pass_why, away.is_counted) == ("automatic", True)
    later = apply(away.conversation, Unreachable("anna", "bounce"))
    assert later.conversation.pass_why == "automatic"
    other = apply(asked(), Unreachable("bram", "automatic"))
    assert (other.conversation, other.is_counted) == (asked(), False)


def test_a_forward_back_of_the_one_before_is_not_counted() -> None:
    late = apply(asked(), SentBack(by_backup(2, Code.NOT_ME), "bram"))
    assert (late.conversation.pass_why, late.is_counted, len(late.conversation.mails)) == (None, False, 2)


def test_it_comes_back_whole_and_unseen() -> None:
    """High, open, shown in full again; nobody's clock and nobody's question are left."""
    back = back_with_the_owner()
    first = back.mails[0]
    assert (first.backup, first.decided_at, first.is_shown, first.is_open_item) == (None, None, False, True)
    assert (back.pass_why, back.due_at, back.question_at) == (None, None, None)


def test_a_second_try_by_the_owner_has_its_own_clock() -> None:
    done = apply(back_with_the_owner(), replace(handed(1, "bram"), is_ordered=True)).conversation
    assert (done.phase, done.handed_at, done.due_at) == (Phase.GIVEN, None, None)


def test_what_came_back_by_hand_has_no_clock_of_the_one_before() -> None:
    """The owner moved it back to INBOX, and then gives it to Bram."""
    back = apply(asked(), MovedBack(1, DUE)).conversation
    done = apply(back, replace(handed(1, "bram"), is_ordered=True)).conversation
    assert (done.backup, done.due_at, done.handed_at) == ("bram", None, None)


def test_the_next_is_asked_anew() -> None:
    """Neither a question nor "later today" of the one before is theirs."""
    before = replace(asked(), question_at=MONDAY, accepted_at=MONDAY, pass_why="not_me")
    done = apply(before, PassedOn("anna", ("bram",), "not_me", DUE)).conversation
    assert (done.question_at, done.accepted_at) == (None, None)


def test_what_is_not_there_cannot_be_undone() -> None:
    for event in (Undone(99), MovedBack(99, DUE)):
        done = apply(asked(), event)
        assert (done.conversation, done.effects, done.is_counted) == (asked(), (), False)


@pytest.mark.parametrize("priority", ["high", None])
def test_an_undone_item_is_as_new(priority: Literal["high"] | None) -> None:
    """With its rank, and without what was decided."""
    decided = replace(
        mail(1, Code.OTHERWISE, Disposition.REVIEW),
        priority=priority,
        backup="anna",
        decision="to-do",
        decided_at=MONDAY,
        remark="bellen",
        is_shown=True,
    )
    [found] = apply(Conversation(mails=(decided,)), Undone(1)).conversation.mails
    assert (found.priority, found.backup) == (priority or "normal", None)
    assert (found.decision, found.decided_at, found.remark, found.is_shown) == (None, None, "", False)


def test_forwarded_by_hand_anew() -> None:
    """Whom the owner chose has it from now on, with a clock; who had it before is remembered."""
    passing = replace(asked(), pass_why="not_me", accepted_at=MONDAY)
    wrote = OwnerWrote(frozenset({"bram@voorbeeld.example"}), "bram", DUE, DUE + HOUR, DUE)
    done = apply(passing, wrote).conversation
    assert (done.handed_at, done.tried, done.pass_why, done.accepted_at) == (DUE, ("anna",), None, None)
    assert done.originators == JAN
    to_anna = apply(passing, replace(wrote, backup="anna")).conversation
    assert to_anna.tried == (), "they are asked now, whatever they said before"


def test_what_is_forwarded_by_hand_is_an_answer_to_its_sender_later() -> None:
    """The client is known, though no rule ever handed it over."""
    waiting = apply(Conversation(), Joined(mail(1, Code.OTHERWISE, Disposition.REVIEW))).conversation
    wrote = OwnerWrote(frozenset({"bram@voorbeeld.example"}), "bram", DUE, DUE + HOUR, DUE)
    assert apply(waiting, wrote).conversation.originators == JAN


def test_forwarded_by_hand_after_the_answer_waits_for_nobody() -> None:
    answered = apply(asked(), Word("anna", Verb.ANSWERED, MONDAY)).conversation
    wrote = OwnerWrote(frozenset({"bram@voorbeeld.example"}), "bram", DUE, DUE + HOUR, DUE)
    done = apply(answered, wrote).conversation
    assert (done.answered_at, done.due_at) == (MONDAY, None)


def test_forwarded_by_hand_a_new_mail_after_the_answer_waits() -> None:
    """It is a handover again, of that mail."""
    answered = apply(asked(), Word("anna", Verb.ANSWERED, MONDAY)).conversation
    item = apply(answered, Joined(mail(2, Code.OTHERWISE, Disposition.REVIEW))).conversation
    wrote = OwnerWrote(frozenset({"bram@voorbeeld.example"}), "bram", DUE, DUE + HOUR, DUE)
    done = apply(item, wrote).conversation
    assert (done.phase, done.due_at) == (Phase.ASKED, DUE + HOUR)
    nothing_left = apply(Conversation(), wrote).conversation
    assert nothing_left.answered_at == DUE, "nobody is waited for"


def test_an_item_that_came_after_her_answer_waits() -> None:
    """The owner's answer decides what lay before her, to the moment."""
    item = mail(1, Code.OTHERWISE, Disposition.REVIEW)
    later = replace(item, id=2, at=MONDAY + HOUR)
    both = apply_all(Conversation(), [Joined(item), Joined(later)]).conversation
    done = apply(both, OwnerWrote(JAN, None, MONDAY, None, DUE)).conversation
    assert [one.decided_at for one in done.mails] == [DUE, None]


def test_accepted_after_the_answer_starts_no_clock() -> None:
    answered = apply(asked(), Word("anna", Verb.ANSWERED, MONDAY)).conversation
    late = apply(answered, Accepted(1, "anna", DUE, DUE + HOUR))
    assert (late.conversation.handed_at, late.conversation.due_at) == (MONDAY, None)
    assert not late.is_counted


def test_accepted_for_the_one_before_starts_no_clock() -> None:
    """It is with Bram now, whatever Anna's server says of a second attempt."""
    with_bram = apply(asked(), PassedOn("anna", ("bram",), "not_me", DUE)).conversation
    late = apply(with_bram, Accepted(1, "anna", DUE, DUE + HOUR))
    assert (late.conversation.phase, late.is_counted) == (Phase.GIVEN, False)


def test_a_backups_answer_decides_no_other_item() -> None:
    """What was sent stays a forward; what waits for the owner for another reason still waits."""
    other = mail(2, Code.TOO_MANY, Disposition.REVIEW)
    both = apply(asked(), Joined(other)).conversation
    done = apply(both, Answered(by_backup(3, Code.ANSWER), "anna", DUE)).conversation
    assert done.mails[0].disposition is Disposition.FORWARD
    assert done.mails[1].is_open_item


def test_what_is_answered_hears_no_more() -> None:
    """A late no, an absence, a withdrawal: the client has an answer."""
    answered = apply(asked(), Word("anna", Verb.ANSWERED, MONDAY)).conversation
    for event in (
        Unreachable("anna", "automatic"),
        PassedOn("anna", ("bram",), "not_me", DUE),
        PassingCommanded("bram"),
        Withdrawn(DUE),
    ):
        assert apply(answered, event) == replace(
            apply(answered, event), conversation=answered, is_counted=False
        )
    late_mails: tuple[tuple[Code, Event], ...] = (
        (Code.NOT_ME, SentBack(by_backup(2, Code.NOT_ME), "anna")),
        (Code.NOBODY_THERE, NobodyThere(mail(2, Code.NOBODY_THERE, Disposition.REVIEW))),
    )
    for code, with_mail in late_mails:
        done = apply(answered, with_mail)
        assert (done.conversation.pass_why, done.is_counted) == (None, False)
        assert done.conversation.mails[-1].code is code, "but it is written down"


def test_the_owners_answer_counts_after_the_backups() -> None:
    """What came in between is decided by it."""
    answered = apply(asked(), Word("anna", Verb.ANSWERED, MONDAY)).conversation
    item = apply(answered, Joined(mail(2, Code.OTHERWISE, Disposition.REVIEW)))
    assert item.is_counted
    done = apply(item.conversation, OwnerWrote(JAN, None, MONDAY, None, DUE))
    assert done.conversation.mails[1].decided_at == DUE


def test_a_question_after_the_answer_is_no_open_one_when_the_client_writes_again() -> None:
    answered = apply(asked(), Word("anna", Verb.ANSWERED, MONDAY)).conversation
    asks = apply(answered, AskedBack(by_backup(2, Code.FROM_BACKUP), "anna", DUE))
    assert asks.is_counted
    assert apply(asks.conversation, again(3)).conversation.question_at is None


def test_an_answered_mail_can_be_opened_again() -> None:
    answered = apply(asked(), Word("anna", Verb.ANSWERED, MONDAY)).conversation
    assert apply(answered, Undone(1)).conversation.mails[0].is_open_item
    assert apply(answered, MovedBack(1, DUE)).conversation.mails[0].is_open_item


def test_a_refusal_after_the_answer_calls_off_what_is_left() -> None:
    """Its row in the outbox does not stay behind."""
    unsure = replace(mail(1), is_answered=True, sendings=frozenset({State.SENDING}))
    done = apply(
        Conversation(backup="anna", answered_at=DUE, mails=(unsure,)), Refused(1, "anna", (), "550", DUE)
    )
    assert done.effects == (CallOff((1,), "550"),)


@pytest.mark.parametrize(
    ("sendings", "disposition", "status"),
    [
        ({State.PENDING}, Disposition.FORWARD, "waiting"),
        ({State.SENDING}, Disposition.FORWARD, "forwarded"),
        ({State.SENT, State.FAILED}, Disposition.FORWARD, "forwarded"),
        ({State.FAILED}, Disposition.FORWARD, "waiting"),
        ((), Disposition.PRIVATE, "private"),
        ((), Disposition.OWN, "other"),
        ((), Disposition.REVIEW, "open"),
    ],
)
def test_how_a_command_finds_it(sendings: set[State], disposition: Disposition, status: str) -> None:
    found = replace(mail(1, Code.RULE, disposition), sendings=frozenset(sendings))
    assert status_of(found) == status


def test_how_a_command_finds_what_was_decided() -> None:
    item = mail(1, Code.RULE, Disposition.REVIEW)
    assert status_of(replace(item, decided_at=DUE)) == "left"
    assert status_of(replace(item, decided_at=DUE, decision="to-do")) == "to-do"


@pytest.mark.parametrize(
    ("disposition", "filed", "is_item"),
    [
        (Disposition.FORWARD, (None, "Delegator/Forwarded"), True),
        (Disposition.IGNORE, (None, "Delegator/Done"), True),
        (Disposition.REVIEW, (None, None), True),
        (Disposition.REVIEW, ("INBOX", None), False),
        (Disposition.REVIEW, (None, "INBOX"), False),
        (Disposition.PRIVATE, (None, None), False),
        (Disposition.OWN, (None, "Delegator/Done"), False),
    ],
)
def test_what_is_in_inbox_again(
    disposition: Disposition, filed: tuple[str | None, ...], is_item: bool
) -> None:
    """An open item, unless our own filing brought it there, or it never is one."""
    assert comes_back(disposition, filed) == is_item
