"""Whose hands a conversation is in, whatever happens in whatever order: the machine alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from delegator.core.commands.command import Verb
from delegator.core.delivery import State
from delegator.core.handovers.codes import Code, Disposition
from delegator.core.handovers.conversation import (
    UNDER_WAY,
    Accepted,
    Answered,
    AskedBack,
    CallOff,
    Conversation,
    Drop,
    Effect,
    Event,
    HandedOver,
    Joined,
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
    SentBack,
    Undone,
    Unreachable,
    Vanished,
    Withdrawn,
    Word,
)
from delegator.core.handovers.machine import (
    apply,
    following,
    is_overdue,
)

MONDAY = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEYS = ("anna", "bram", "carla")
JAN = frozenset({"jan@acme.example"})
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

    @precondition(lambda self: self._rows(State.PENDING))
    @rule(pick=PICK)
    def it_is_nowhere(self, pick: int) -> None:
        id_, _ = self._picked(self._rows(State.PENDING), pick)
        if self._apply(Vanished(id_)):
            found = self.conversation.mail(id_)
            assert found is not None
            assert found.is_open_item, "nothing is lost silently"

    @rule(backup=BACKUP)
    def owner_passes_on(self, backup: str) -> None:
        if self._apply(PassingCommanded(backup)):
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
        ordered = replace(found, code=Code.COMMANDED, is_kept=True)
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


def test_what_waits_behind_a_forward_that_is_undone_is_overdue_again() -> None:
    """The owner hands an older mail on and takes that back: the newer one had no clock any more."""
    state = AnyOrder()
    state.begin(chain=["anna", "bram", "carla"], count=1)
    state.colleague_answers(by="")
    state.client_writes(quotes=False, there=frozenset())
    state.owner_writes(minutes=0, to="anna")
    state.owner_takes_one_back(is_by_hand=False, pick=0)
    state.owner_orders_a_forward(backup="bram", pick=0)
    state.owner_takes_one_back(is_by_hand=False, pick=0)
    assert state.conversation.waits
    assert state.conversation.due_at is not None


def test_what_waits_behind_a_forward_that_is_nowhere_is_overdue_again() -> None:
    """The owner handed both on by hand, then one to another: it cannot go, and the other had no clock."""
    state = AnyOrder()
    state.begin(chain=["anna", "bram", "carla"], count=1)
    state.client_writes(quotes=False, there=frozenset())
    state.backup_asks(backup="anna")
    state.backup_asks(backup="anna")
    state.owner_writes(minutes=0, to="bram")
    state.owner_orders_a_forward(backup="anna", pick=0)
    state.it_is_nowhere(pick=0)
    assert state.conversation.waits
    assert state.conversation.due_at is not None
