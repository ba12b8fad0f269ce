"""Whose hands a conversation is in: the machine alone, with everything that can happen in any order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from delegator.core.commands.command import Verb
from delegator.core.delivery import State
from delegator.core.handovers.codes import Code, Disposition
from delegator.core.handovers.conversation import (
    UNDER_WAY,
    Accepted,
    Announce,
    Answered,
    AskedBack,
    BringBack,
    CallOff,
    Conversation,
    Drop,
    Effect,
    Event,
    FileAway,
    HandedOver,
    Joined,
    Mail,
    MovedBack,
    NobodyThere,
    OwnerWrote,
    PassedOn,
    PassingOrdered,
    Phase,
    Queue,
    Redirect,
    Refused,
    ReportFailure,
    SentBack,
    Undone,
    Unreachable,
    Withdrawn,
    Word,
)
from delegator.core.handovers.machine import (
    TABLE,
    apply,
    apply_all,
    following,
    is_overdue,
    standing_of,
    why_to_pass_on,
)

MONDAY = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DUE = MONDAY + 2 * HOUR
KEYS = ("anna", "bram", "carla")
JAN = frozenset({"jan@acme.example"})


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
    assert accepted.effects == (FileAway(1),)
    answer = apply(accepted.conversation, Answered(by_backup(2, Code.ANSWER), "anna", DUE))
    assert answer.conversation.phase is Phase.ANSWERED
    assert (answer.conversation.proof, answer.conversation.due_at) == ("answer", None)
    assert answer.effects == (Drop((1,)),)


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


def test_undone_before_it_was_sent() -> None:
    """It never was anybody's."""
    given = apply(Conversation(), handed(1, "anna")).conversation
    done = apply(given, Undone(1))
    assert done.effects == (CallOff((1,), "undone", frozenset({State.PENDING})), BringBack(1))
    assert (done.conversation.backup, done.conversation.mails[0].is_open_item) == (None, True)


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
    assert done.effects == (CallOff((1,), "moved back", frozenset({State.PENDING})),)
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
    done = apply(with_bram, PassingOrdered("anna")).conversation
    assert done.pass_why == "owner"
    assert following(done.chain, done.tried, done.backup)[0] == "anna"


def test_named_is_who_has_it_already() -> None:
    """It went there meanwhile: the tap takes it from nobody."""
    assert not apply(asked(), PassingOrdered("anna")).is_counted


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


# --- in any order -------------------------------------------------------------------------------------

PICK = st.integers(0, 1 << 10)
BACKUP = st.sampled_from(KEYS)
CLIENT = ("jan@acme.example", "els@elders.example")


class AnyOrder(RuleBasedStateMachine):
    """One conversation, an outbox that follows the effects, and everybody who may do something to it."""

    def __init__(self) -> None:
        super().__init__()
        self.conversation = Conversation()
        self.outbox: dict[int, list[tuple[State, str]]] = {}  # of each mail: state, backup
        self.reached: list[tuple[int, str]] = []
        self.kept: set[int] = set()
        self.named: set[str] = set()  # by the owner: they may be asked again
        self.answered: set[int] = set()
        self.now = MONDAY
        self.ids = 0

    @initialize(chain=st.permutations(KEYS), count=st.integers(1, 3))
    def begin(self, chain: list[str], count: int) -> None:
        self.chain = tuple(chain[:count])
        self._hand(self._new(), self.chain, is_follow_up=False)

    # what happens

    def _apply(self, event: Event) -> bool:
        before = self.conversation
        done = apply(before, event)
        self.conversation = done.conversation
        for effect in done.effects:
            self._carry_out(effect)
        assert {one.id for one in before.mails} <= {one.id for one in self.conversation.mails}
        if not done.is_counted:
            changed = {one for one in self.conversation.mails if one.id in {old.id for old in before.mails}}
            now = [(one.disposition, one.is_answered, one.decided_at) for one in changed]
            then = [(one.disposition, one.is_answered, one.decided_at) for one in before.mails]
            assert sorted(map(str, now)) == sorted(map(str, then)), "it did not count, and had an effect"
            assert self.conversation.backup == before.backup
        self.now += timedelta(minutes=1)
        return done.is_counted

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Queue(id_, backups):
                assert id_ in self.kept, "forwarded without its octets"
                assert not [row for row in self.outbox.get(id_, ()) if row[0] in UNDER_WAY], "queued twice"
                self.outbox.setdefault(id_, []).append((State.PENDING, backups[0]))
            case Redirect(ids, backups):
                for id_ in ids:
                    self._change(id_, frozenset({State.PENDING}), lambda row: (row[0], backups[0]))
            case CallOff(ids, _, states):
                for id_ in ids:
                    self._change(id_, states, lambda row: (State.FAILED, row[1]))
            case Drop(ids):
                self.kept -= set(ids)

    def _change(
        self, id_: int, states: frozenset[State], change: Callable[[tuple[State, str]], tuple[State, str]]
    ) -> None:
        rows = self.outbox.get(id_, [])
        self.outbox[id_] = [change(row) if row[0] in states else row for row in rows]

    def _new(self, disposition: Disposition = Disposition.FORWARD, code: Code = Code.RULE) -> Mail:
        self.ids += 1
        is_kept = disposition is Disposition.FORWARD
        if is_kept:
            self.kept.add(self.ids)
        return Mail(self.ids, self.now, disposition, code, CLIENT[0], is_kept=is_kept)

    def _hand(self, new: Mail, backups: tuple[str, ...], *, is_follow_up: bool, quotes: bool = False) -> None:
        if quotes:
            self._note_answered()
        event = HandedOver(
            new,
            backups,
            JAN,
            "x",
            self.now,
            chain=() if is_follow_up else self.chain,
            is_follow_up=is_follow_up,
            quotes_answer=quotes,
        )
        self._apply(event)

    def _note_answered(self) -> None:
        self.answered |= {one.id for one in self.conversation.mails}

    def _next(self, there: frozenset[str]) -> tuple[str, ...]:
        now = self.conversation
        return tuple(key for key in following(now.chain, now.tried, now.backup) if key in there)

    @rule(there=st.frozensets(BACKUP), quotes=st.booleans())
    def client_writes(self, there: frozenset[str], quotes: bool) -> None:
        """As triage decides it."""
        now = self.conversation
        if now.withdrawn_at is not None and now.answered_at is None:
            self._apply(Joined(self._new(Disposition.REVIEW, Code.WITHDRAWN)))
            return
        if now.backup is None:
            self._apply(Joined(self._new(Disposition.REVIEW, Code.CONVERSATION)))
            return
        wanted = (now.backup, *(key for key in now.chain if key not in (*now.tried, now.backup)))
        backups = tuple(key for key in wanted if key in there)
        if not backups:
            self._apply(NobodyThere(self._new(Disposition.REVIEW, Code.NOBODY_THERE)))
            return
        self._hand(self._new(code=Code.CONVERSATION), backups, is_follow_up=True, quotes=quotes)

    @rule(by=st.sampled_from(("", *KEYS)))
    def colleague_answers(self, by: str) -> None:
        self._note_answered()
        self._apply(Answered(self._new(Disposition.OWN, Code.ANSWER), by, self.now))
        assert self.conversation.phase is Phase.ANSWERED
        self.answered.discard(self.ids)

    @rule(backup=BACKUP)
    def backup_asks(self, backup: str) -> None:
        question = self._new(Disposition.REVIEW, Code.FROM_BACKUP)
        self._apply(AskedBack(replace(question, originator="anna@voorbeeld.example"), backup, self.now))

    @rule(backup=BACKUP)
    def backup_sends_back(self, backup: str) -> None:
        if self._apply(SentBack(self._new(Disposition.OWN, Code.NOT_ME), backup)):
            assert self.conversation.pass_why == "not_me"

    @rule(backup=BACKUP, verb=st.sampled_from((Verb.ANSWERED, Verb.LATER_TODAY, Verb.NOT_ME, Verb.THERE)))
    def backup_says(self, backup: str, verb: Verb) -> None:
        """A word that was counted took effect."""
        before = self.conversation
        if verb is Verb.ANSWERED and before.backup == backup and before.answered_at is None:
            self._note_answered()
        moment = self.now
        if not self._apply(Word(backup, verb, self.now)):
            assert self.conversation == before
            return
        assert (before.backup, before.answered_at) == (backup, None)
        match verb:
            case Verb.ANSWERED:
                assert (self.conversation.phase, self.conversation.proof) == (Phase.ANSWERED, "phoned")
                assert not self.conversation.waits
            case Verb.LATER_TODAY:
                assert self.conversation.accepted_at == moment
                assert not is_overdue(self.conversation.due_at, moment, self.now + 100 * HOUR)
            case Verb.NOT_ME:
                assert self.conversation.pass_why == "not_me"
            case _:
                raise AssertionError(f"{verb} is about no handover")

    @rule(backup=BACKUP, why=st.sampled_from(("automatic", "bounce", "away", "not_me")))
    def backup_is_away(self, backup: str, why: str) -> None:
        if self._apply(Unreachable(backup, why)):
            assert self.conversation.pass_why is not None

    @rule(to=st.sampled_from(("client", *KEYS)), minutes=st.integers(0, 3))
    def owner_writes(self, to: str, minutes: int) -> None:
        sent_at = self.now - timedelta(minutes=minutes)
        if to == "client":
            self.answered |= {one.id for one in self.conversation.mails if one.at <= sent_at}
            self._apply(OwnerWrote(JAN, None, sent_at, None, self.now))
            return
        self.named.add(to)
        address = frozenset({f"{to}@voorbeeld.example"})
        self._apply(OwnerWrote(address, to, sent_at, self.now + HOUR, self.now))

    @precondition(lambda self: self._rows(State.PENDING))
    @rule(
        pick=PICK,
        outcome=st.sampled_from(("accepted", "refused", "unknown")),
        there=st.frozensets(BACKUP),
        meanwhile=st.sampled_from(("nothing", "answer", "not me")),
    )
    def server_replies(self, pick: int, outcome: str, there: frozenset[str], meanwhile: str) -> None:
        id_, backup = self._picked(self._rows(State.PENDING), pick)
        one = self.conversation.mail(id_)
        assert one is not None
        self._change(id_, frozenset({State.PENDING}), lambda row: (State.SENDING, row[1]))
        sending = replace(one, sendings=(one.sendings - {State.PENDING}) | {State.SENDING})
        mails = tuple(sending if other.id == id_ else other for other in self.conversation.mails)
        self.conversation = replace(self.conversation, mails=mails)
        if meanwhile == "answer":
            self.colleague_answers("")
        elif meanwhile == "not me":
            self.backup_says(backup, Verb.NOT_ME)
        if outcome == "unknown":
            return
        if outcome == "accepted":
            self.reached.append((id_, backup))
            self._change(id_, frozenset({State.SENDING}), lambda row: (State.SENT, row[1]))
            self._apply(Accepted(id_, backup, self.now, self.now + HOUR))
            return
        self._change(id_, frozenset({State.SENDING}), lambda row: (State.PENDING, row[1]))
        found = self.conversation.mail(id_)
        if found is not None and State.SENDING in found.sendings:
            pending = replace(found, sendings=(found.sendings - {State.SENDING}) | {State.PENDING})
            mails = tuple(pending if other.id == id_ else other for other in self.conversation.mails)
            self.conversation = replace(self.conversation, mails=mails)
        self._apply(Refused(id_, backup, self._next(there), "550", self.now))

    @precondition(lambda self: self.conversation.phase is Phase.PASSING or self.conversation.waits)
    @rule(there=st.frozensets(BACKUP), is_late=st.booleans(), pick=BACKUP)
    def it_is_passed_on(self, there: frozenset[str], is_late: bool, pick: str) -> None:
        now = self.conversation
        held_by = pick if is_late else now.backup or ""
        was = now.backup
        counted = self._apply(PassedOn(held_by, self._next(there), now.pass_why or "silence", self.now))
        if counted:
            assert self.conversation.backup != was
            assert self.conversation.pass_why is None

    @rule(backup=BACKUP)
    def owner_passes_on(self, backup: str) -> None:
        if self._apply(PassingOrdered(backup)):
            self.named.add(backup)
            assert self._next(frozenset(KEYS))[0] == backup

    @rule()
    def owner_withdraws(self) -> None:
        if self._apply(Withdrawn(self.now)):
            assert not self.conversation.waits

    @rule(pick=PICK, is_by_hand=st.booleans())
    def owner_takes_one_back(self, pick: int, is_by_hand: bool) -> None:
        clients = [one.id for one in self.conversation.mails if one.disposition is not Disposition.OWN]
        id_ = clients[pick % len(clients)]
        self.answered.discard(id_)
        self._apply(MovedBack(id_, self.now) if is_by_hand else Undone(id_))

    @rule(pick=PICK, backup=BACKUP)
    def owner_orders_a_forward(self, pick: int, backup: str) -> None:
        items = [one for one in self.conversation.mails if one.is_open_item]
        if not items:
            return
        found = items[pick % len(items)]
        self.named.add(backup)
        self.kept.add(found.id)
        self.answered.discard(found.id)
        ordered = replace(found, code=Code.ORDERED, is_kept=True)
        if found.sendings & UNDER_WAY:
            return
        self._apply(HandedOver(ordered, (backup,), JAN, "x", self.now, chain=(backup,), is_ordered=True))

    # what holds at any moment

    def _rows(self, state: State) -> list[tuple[int, str]]:
        return [(id_, row[1]) for id_, rows in self.outbox.items() for row in rows if row[0] is state]

    def _picked(self, found: list[tuple[int, str]], pick: int) -> tuple[int, str]:
        return found[pick % len(found)]

    @invariant()
    def what_waits_is_with_one_backup(self) -> None:
        now = self.conversation
        for one in now.mails:
            if one.waits:
                assert now.backup is not None, "with nobody"
                assert now.answered_at is None, "nobody is waited for"
                assert one.backup == now.backup, "with two"

    @invariant()
    def what_is_answered_is_sent_no_more(self) -> None:
        for one in self.conversation.mails:
            states = {row[0] for row in self.outbox.get(one.id, ())}
            if one.is_answered:
                assert not states & UNDER_WAY
                assert one.id not in self.kept
            assert one.sendings & UNDER_WAY == states & UNDER_WAY, "the state and the outbox disagree"
            assert one.is_kept == (one.id in self.kept)

    @invariant()
    def what_is_answered_waits_for_nobody(self) -> None:
        """Neither for a backup, nor for the owner where it went to nobody, or came back."""
        for one in self.conversation.mails:
            if one.id in self.answered:
                assert not one.waits
                assert not (one.is_open_item and one.code is Code.NOT_FORWARDED)

    @invariant()
    def a_clock_tells(self) -> None:
        """What waits is under way, is passed on, or is overdue some day."""
        now = self.conversation
        if now.waits:
            is_under_way = any(one.sendings & UNDER_WAY for one in now.mails if one.waits)
            assert is_under_way or now.due_at is not None or now.pass_why is not None

    @invariant()
    def nobody_is_asked_again(self) -> None:
        for id_, rows in self.outbox.items():
            asked_ = [backup for state, backup in rows if state is not State.FAILED]
            again = {backup for backup in asked_ if asked_.count(backup) > 1} - self.named
            assert not again, (id_, again)


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
