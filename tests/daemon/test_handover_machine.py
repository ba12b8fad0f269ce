"""Whatever happens in whatever order: every conversation is with exactly one person, nobody is asked twice.

Mail, bounces, answers, machines, questions, taps, words, the owner's own hand, refusals, lost answers,
crashes and time, in random orders, against the real state, intake, follow-up, orders and outbox.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from delegator.core.people import normal_address
from tests.handovers import BACKUPS, SOFIE, Crash, Handovers, bounce, buttons, is_forward, read, write
from tests.handovers import MONDAY as BEGINNING
from tests.support import Fault
from tests.torture import SEED, so_many

CLIENTS = ("jan@acme.example", "x@elders.example", "Y.Claes@Winkel.example")
SUBJECTS = ("Bestelling 7", "Klacht over de levering", "Vraag")
KEYS = st.sampled_from(sorted(BACKUPS))
PICK = st.integers(0, 1 << 16)
PARTS = so_many(1, 6)
"""The full run is cut into as many tests."""

HOW = st.sampled_from(("plain", "alias", "case"))


@dataclass(frozen=True, slots=True)
class ClientMail:
    message_id: str
    client: str
    subject: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What settles a conversation, once it is taken up. by_owner: found in Sent.

    forward: which of ours it answers; None: it names none.
    """

    message_id: str
    about: str
    at: datetime
    by_owner: bool
    forward: str | None = None


class HandoverMachine(RuleBasedStateMachine):
    """Takes the place of everybody who writes mail, and of fate. days: that passed in all runs.

    All in one class, since what happens next is drawn from the rules of one.
    """

    days = 0

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.mails: list[ClientMail] = []
        self.answers: list[Answer] = []
        self.answered: set[str] = set()
        self.passed: list[str] = []  # submissions after their mail was answered
        self.tried_before = 0
        self.numbers = 0
        self.tapped: list[tuple[str, str]] = []

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    @initialize(on_silence=st.sampled_from(("ask", "next")))
    def begin(self, on_silence: Literal["ask", "next"]) -> None:
        self.world = Handovers.new(on_silence)
        self.run(self.world.open())

    # --- what happens ------------------------------------------------------------------------------

    @rule(client=st.sampled_from(CLIENTS), subject=st.sampled_from(SUBJECTS), at_once=st.booleans())
    def client_writes(self, client: str, subject: str, at_once: bool) -> None:
        self._client_mail(client, subject, ())
        self._maybe(at_once)

    @precondition(lambda self: self.mails)
    @rule(pick=PICK, how=st.sampled_from(("names", "drops", "names forward")), at_once=st.booleans())
    def client_writes_again(self, pick: int, how: str, at_once: bool) -> None:
        before = self.mails[pick % len(self.mails)]
        names: tuple[str, ...] = (before.message_id,) if how != "drops" else ()
        if how == "names forward":
            names += tuple(forward for _, forward, about in self._forwarded() if about == before.message_id)
        subject = before.subject if before.subject.startswith("Re: ") else f"Re: {before.subject}"
        self._client_mail(before.client, subject, names)
        self._maybe(at_once)

    @precondition(lambda self: self._forwarded())
    @rule(
        pick=PICK,
        who=st.sampled_from((None, "colleague", *sorted(BACKUPS))),
        how=HOW,
        to=st.sampled_from(("to", "cc", "nobody")),
        names_forward=st.booleans(),
        at_once=st.booleans(),
    )
    def colleague_answers(
        self, pick: int, who: str | None, how: str, to: str, names_forward: bool, at_once: bool
    ) -> None:
        """To the client, or (to nobody) as a question to the owner."""
        self._reads_first()
        key, forward, about = self._picked(self._forwarded(), pick)
        mail = self._mail(about)
        sender = "dirk@voorbeeld.example" if who == "colleague" else self._address(who or key, how)
        client = mail.client.upper() if how == "case" else mail.client
        message_id = self._new_id("voorbeeld.example")
        names = (about, forward) if names_forward else (about,)
        octets = write(
            sender,
            f"Re: {mail.subject}",
            message_id,
            to=client if to == "to" else SOFIE,
            cc={"to": SOFIE, "cc": client, "nobody": ""}[to],
            names=names,
        )
        if to != "nobody":
            named = forward if names_forward else None
            self.answers.append(Answer(message_id, about, self.world.clock.at, False, named))
        elif who == "colleague":
            return  # an ordinary mail of a colleague's
        self.world.arrives(octets)
        self._maybe(at_once)

    @precondition(lambda self: self._forwarded())
    @rule(pick=PICK, at_once=st.booleans())
    def responder_answers(self, pick: int, at_once: bool) -> None:
        key, forward, about = self._picked(self._forwarded(), pick)
        self.world.arrives(
            write(
                self._address(key, "plain"),
                f"Afwezig: {self._mail(about).subject}",
                self._new_id("voorbeeld.example"),
                names=(forward,),
                Auto_Submitted="auto-replied",
            )
        )
        self._maybe(at_once)

    @precondition(lambda self: self._forwarded())
    @rule(pick=PICK, is_forged=st.booleans(), at_once=st.booleans())
    def forward_bounces(self, pick: int, is_forged: bool, at_once: bool) -> None:
        key, forward, _ = self._picked(self._forwarded(), pick)
        named = "<nobody-knows@voorbeeld.example>" if is_forged else forward
        self.world.arrives(bounce(BACKUPS[key][0], named))
        self._maybe(at_once)

    @precondition(lambda self: self._forwarded())
    @rule(pick=PICK, how=HOW, at_once=st.booleans())
    def backup_sends_back(self, pick: int, how: str, at_once: bool) -> None:
        self._reads_first()
        key, forward, about = self._picked(self._forwarded(), pick)
        subject = f"FW: {self._mail(about).subject}"
        self.world.arrives(
            write(self._address(key, how), subject, self._new_id("voorbeeld.example"), names=(about, forward))
        )
        self._maybe(at_once)

    @rule(key=KEYS, at_once=st.booleans())
    def backup_is_back(self, key: str, at_once: bool) -> None:
        self._reads_first()
        self.world.arrives(write(BACKUPS[key][0], "Ik ben er weer", self._new_id("voorbeeld.example")))
        self._maybe(at_once)

    @precondition(lambda self: self._letters())
    @rule(pick=PICK, button=PICK, is_stranger=st.booleans(), at_once=st.booleans())
    def button_is_tapped(self, pick: int, button: int, is_stranger: bool, at_once: bool) -> None:
        self._reads_first()
        key, _, found = self._picked(self._letters(), pick)
        verb, token = self._picked(found, button)
        sender = "x@elders.example" if is_stranger else BACKUPS[key][0]
        grant = self.run(self.world.store.grant(token))
        text = "Niet van 17/11 tot 18/11" if verb == "bw" else "ok"
        message_id = self._new_id("voorbeeld.example")
        self.world.arrives(write(sender, f"dlg {verb} {token}", message_id, text=text))
        self.run(self._step(None))
        if verb == "ba" and not is_stranger and grant is not None and self._acted(token, message_id):
            self._settle(grant.conversation, message_id)
        self._maybe(at_once)

    @precondition(lambda self: self._letters())
    @rule(pick=PICK, word=st.sampled_from(("niet ik", "later", "ok", "liever niet")), at_once=st.booleans())
    def letter_is_answered(self, pick: int, word: str, at_once: bool) -> None:
        self._reads_first()
        key, letter, _ = self._picked(self._letters(), pick)
        self.world.arrives(
            write(BACKUPS[key][0], "Re: brief", self._new_id("voorbeeld.example"), names=(letter,), text=word)
        )
        self._maybe(at_once)

    @precondition(lambda self: self.mails)
    @rule(pick=PICK, at_once=st.booleans())
    def owner_answers(self, pick: int, at_once: bool) -> None:
        mail = self._picked(self.mails, pick)
        message_id = self._new_id("telefoon.example")
        octets = write(SOFIE, f"Re: {mail.subject}", message_id, to=mail.client, names=(mail.message_id,))
        self.world.arrives(octets, "Sent")
        self.answers.append(Answer(message_id, mail.message_id, self.world.clock.at, True))
        self._maybe(at_once)

    @precondition(lambda self: self.mails)
    @rule(pick=PICK, key=KEYS, at_once=st.booleans())
    def owner_forwards_by_hand(self, pick: int, key: str, at_once: bool) -> None:
        mail = self._picked(self.mails, pick)
        self.world.arrives(
            write(
                SOFIE,
                f"Fwd: {mail.subject}",
                self._new_id("telefoon.example"),
                to=BACKUPS[key][0],
                names=(mail.message_id,),
            ),
            "Sent",
        )
        self._maybe(at_once)

    @rule(
        faults=st.lists(
            st.sampled_from(
                (
                    None,
                    "deferred",
                    "refused",
                    "too large",
                    "misconfigured",
                    "taken, no answer",
                    "lost, no answer",
                )
            ),
            min_size=1,
            max_size=3,
        )
    )
    def server_has_a_bad_day(self, faults: list[Fault | None]) -> None:
        self.world.gate.faults.extend(faults)

    @rule(minutes=st.sampled_from((1, 3, 20, 140, 24 * 60)))
    def time_passes(self, minutes: int) -> None:
        self.world.clock.at += timedelta(minutes=minutes)
        self.run(self._step(None))

    @rule(after=st.integers(0, 40), minutes=st.sampled_from((0, 1, 140)))
    def power_fails(self, after: int, minutes: int) -> None:
        self.world.clock.at += timedelta(minutes=minutes)
        self.run(self._step(after))

    @rule()
    def power_fails_at_the_final_dot(self) -> None:
        """The server took it, and nobody is left to write that down."""

        async def fail(_: object) -> None:
            raise Crash

        self.world.gate.during = fail
        try:
            self.run(self._step(None))
        finally:
            self.world.gate.during = None

    @rule()
    def mail_is_taken_up_during_a_submission(self) -> None:
        async def look(_: object) -> None:
            await self.world.look()

        self.world.gate.during = look
        try:
            self.run(self._step(None, is_looked_at=False))
        finally:
            self.world.gate.during = None

    # --- how -----------------------------------------------------------------------------------------

    def _reads_first(self) -> None:
        """No person answers within seconds, and what does is taken for a machine."""
        self.world.clock.at += timedelta(minutes=6)

    def _maybe(self, at_once: bool) -> None:
        if at_once:
            self.run(self._step(None))

    async def _step(self, countdown: int | None, *, is_looked_at: bool = True) -> None:
        world = self.world
        world.database.countdown = countdown
        try:
            if is_looked_at:
                await world.look()
                self._learn()
            for _ in range(2):
                await world.follow_up()
                self._note_tried()
                await world.submit()
                self._note_tried()
            await world.step()
        except Crash:
            self._note_tried()
            await world.crash()
        world.database.countdown = None
        self._learn()
        self._note_tried()

    def _note_tried(self) -> None:
        """No forward of a mail that was known to be answered before it was tried."""
        tried = self.world.gate.tried
        known = {submission.message_id for submission in tried[: self.tried_before]}
        for submission in tried[self.tried_before :]:
            mail = read(submission)
            is_new = submission.message_id not in known
            if is_new and is_forward(mail) and str(mail["In-Reply-To"]) in self.answered:
                self.passed.append(str(mail["In-Reply-To"]))
        self.tried_before = len(tried)

    def _learn(self) -> None:
        """What has been taken up of the answers, in the order in which it came."""
        waiting = []
        for answer in self.answers:
            table = "owners_id" if answer.by_owner else "message"
            if not self.world.rows(f"SELECT 1 FROM {table} WHERE message_id = ?", answer.message_id):
                waiting.append(answer)
                continue
            rows = self.world.rows("SELECT conversation FROM message WHERE message_id = ?", answer.about)
            if not rows or rows[0]["conversation"] is None:
                continue
            if answer.by_owner:
                found = self.world.rows(
                    "SELECT message_id, arrived_at FROM message WHERE conversation = ?",
                    rows[0]["conversation"],
                )
                known = {mail.message_id: mail for mail in self.mails}
                for each in found:
                    mail = known.get(each["message_id"])
                    if mail is not None and mail.at <= answer.at:
                        self.answered.add(mail.message_id)
            else:
                self._settle(rows[0]["conversation"], answer.message_id, answer.forward)
        self.answers = waiting

    def _settle(self, conversation: int | None, by: str, forward: str | None = None) -> None:
        """Answered is what was taken up before; by an answer to a forward, what had arrived by then."""
        ours = {mail.message_id for mail in self.mails}
        rows = self.world.rows(
            "SELECT message_id FROM message WHERE conversation = ? AND id < "
            "(SELECT id FROM message WHERE message_id = ?) AND NOT coalesce(arrived_at > "
            "(SELECT max(about.arrived_at) FROM message AS about JOIN outbox ON outbox.message = about.id "
            "WHERE outbox.message_id = ?), 0)",
            conversation,
            by,
            forward,
        )
        self.answered |= {row["message_id"] for row in rows} & ours

    def _acted(self, token: str, message_id: str) -> bool:
        """Whether this very tap spent it, and the conversation was in that backup's hands."""
        return bool(
            self.world.rows(
                "SELECT 1 FROM conversation JOIN token ON token.conversation = conversation.id "
                "WHERE token = ? AND spent_at IS NOT NULL AND conversation.answered_at = token.spent_at",
                token,
            )
        )

    def _client_mail(self, client: str, subject: str, names: tuple[str, ...]) -> None:
        mail = ClientMail(
            self._new_id(client.rpartition("@")[2].lower()), client, subject, self.world.clock.at
        )
        self.mails.append(mail)
        self.world.arrives(write(client, subject, mail.message_id, names=names))

    def _new_id(self, domain: str) -> str:
        self.numbers += 1
        return f"<{self.numbers}@{domain}>"

    def _mail(self, message_id: str) -> ClientMail:
        return next(mail for mail in self.mails if mail.message_id == message_id)

    def _address(self, key: str, how: str) -> str:
        address, alias = BACKUPS[key]
        return {"plain": address, "alias": alias, "case": address.upper()}[how]

    def _picked(self, found: Any, pick: int) -> Any:
        return found[pick % len(found)]

    def _forwarded(self) -> list[tuple[str, str, str]]:
        """Every forward that arrived: backup's key, its Message-ID, the client's."""
        keys = {address: key for key, (address, _) in BACKUPS.items()}
        return [
            (keys[submission.recipients[0]], submission.message_id, str(read(submission)["In-Reply-To"]))
            for submission in self.world.gate.delivered
            if is_forward(read(submission))
        ]

    def _letters(self) -> list[tuple[str, str, list[tuple[str, str]]]]:
        return [
            (key, str(mail["Message-ID"]), found)
            for key in sorted(BACKUPS)
            for mail in self.world.letters(key)
            if (found := buttons(mail))
        ]

    # --- what holds at any moment ----------------------------------------------------------------------

    @invariant()
    def nothing_leaves_the_closed_set(self) -> None:
        assert {
            to for each in self.world.gate.tried for to in each.recipients
        } <= self.world.config.recipients
        assert not [each for each in self.world.log.failures if each["event"] == "task_failed"], (
            self.world.log.failures
        )
        assert "not_understood" not in self.world.log.events

    @invariant()
    def nobody_is_asked_twice(self) -> None:
        seen: dict[tuple[str, str], str] = {}
        for key, forward, about in self._forwarded():
            assert seen.setdefault((key, about), forward) == forward, (key, about)

    @invariant()
    def nothing_answered_is_passed_on(self) -> None:
        assert not self.passed

    @invariant()
    def it_adds_up(self) -> None:
        counts = self.run(self.world.store.review_content(self.world.clock.at)).counts
        kinds = (counts.forwarded, counts.review, counts.private, counts.ignored, counts.own)
        assert counts.received == sum(kinds)
        position = self.run(self.world.store.position("INBOX"))
        delivered = self.world.source.mailboxes["INBOX"].uidnext - 1
        assert counts.received <= delivered
        if position is not None and position.uid == delivered:
            assert counts.received == delivered

    @invariant()
    def every_mail_is_with_exactly_one_person(self) -> None:
        world = self.world
        rows = world.rows(
            "SELECT message.*, conversation.backup AS holder, conversation.due_at AS clock, "
            "conversation.answered_at AS settled_at, conversation.pass_why AS why "
            "FROM message LEFT JOIN conversation ON conversation.id = message.conversation "
            "WHERE message.disposition IN ('forward', 'review')"
        )
        ours = {mail.message_id: mail for mail in self.mails}
        clients: dict[int, set[str]] = {}
        for row in rows:
            mail = ours.get(row["message_id"])
            if mail is None:
                continue
            conversation = row["conversation"]
            clients.setdefault(conversation, set()).add(normal_address(mail.client))
            is_answered = bool(row["answered"]) or (
                row["disposition"] == "review" and row["decided_at"] is not None
            )
            assert is_answered == (row["message_id"] in self.answered), (row["message_id"], tuple(row))
            if is_answered or row["disposition"] == "review":
                continue
            # With a backup, who has it or is about to get it, and with a clock that will tell.
            assert row["holder"] is not None, "with nobody"
            assert row["holder"] == row["backup"], "with two"
            assert row["settled_at"] is None, "nobody is waited for"
            assert row["clock"] is not None or row["why"] is not None or self._is_underway(row["id"]), (
                "nobody is told, nobody is asked"
            )
        for conversation, named in clients.items():
            assert len(named) == 1, "two clients' conversations were merged"
            handed = [
                row
                for row in rows
                if row["conversation"] == conversation
                and row["message_id"] in ours
                and row["message_id"] not in self.answered
                and row["code"] in ("rule", "conversation", "not_forwarded")
                and (row["disposition"] == "forward" or row["code"] == "not_forwarded")
            ]
            holders = {row["backup"] if row["disposition"] == "forward" else "owner" for row in handed}
            assert len(holders) <= 1, holders

    def _is_underway(self, message: int) -> bool:
        return bool(
            self.world.rows(
                "SELECT 1 FROM outbox WHERE message = ? AND kind = 'forward' "
                "AND state IN ('pending', 'sending')",
                message,
            )
        )

    def teardown(self) -> None:
        """All is quiet for days: each handover is settled, overdue and told so, or the owner's again."""
        if not hasattr(self, "world"):
            return
        try:
            self.world.gate.faults.clear()
            for _ in range(7):
                self.run(self._step(None))
                self.world.clock.at += timedelta(hours=20)
            self.run(self._step(None))
            self.every_mail_is_with_exactly_one_person()
            self.nobody_is_asked_twice()
            self.nothing_answered_is_passed_on()
            now = self.world.clock.at
            assert not self.world.rows("SELECT 1 FROM outbox WHERE state IN ('pending', 'sending')")
            told = {
                each.conversation: each.state
                for each in self.run(self.world.store.review_content(now)).handed
            }
            HandoverMachine.days += (now - BEGINNING).days
            for row in self.run(self.world.store.open_handovers()):
                assert row.due_at is not None
                assert row.due_at <= now
                assert told[row.id] in ("overdue", "asks")
        finally:
            self.run(self.world.close())
            self.runner.close()


@pytest.mark.torture
@pytest.mark.parametrize("part", range(PARTS))
def test_any_order_of_events(part: int, record_property: Callable[[str, object], None]) -> None:
    """At every step of every run each conversation is with exactly one person, and nobody is asked twice."""
    HandoverMachine.days = 0
    runs = so_many(6, 300) // PARTS
    run_state_machine_as_test(
        seed(SEED + part)(HandoverMachine),
        settings=settings(
            max_examples=runs,
            stateful_step_count=25,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    record_property("torture", f"random orders of events in handovers: {runs}")
    record_property("torture", f"days in them: {HandoverMachine.days}")
