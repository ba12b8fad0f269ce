"""Commands carried out: taps, replies and moves, each once, whichever way and how often it came.

Intake writes command mails down, `look_at_folders` the moves; `carry_out` then takes them in the order
in which they came. Everything that follows from one is a single transaction, in which its secret is spent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Literal

from ..config.model import Config
from ..core.commands.command import Grant, Line, Verb, mailto, subject_for
from ..core.commands.reply import Decided, Mistake, Why, dates_of, note_of, read_reply
from ..core.compose import Catalogue, Stamp
from ..core.compose.answer import Question as Asked
from ..core.compose.answer import ReallyForward, WasItYou, compose_mistakes, compose_question
from ..core.compose.note import note_place
from ..core.folders import DONE, FORWARDED, TO_DO, in_tray
from ..core.handovers.known import Conversations
from ..core.mail.excerpt import excerpt, new_text, unquoted_lines
from ..core.mail.message import MAX_OCTETS, Message, parse_message
from ..core.people import Language, Window, normal_address, who_is_there
from ..core.rules.book import ForwardTo
from ..core.triage.triage import triage
from ..core.triage.verdict import COMMANDS, Code, Disposition, Verdict
from ..maillog import MailLog
from ..ports import (
    CarriedOut,
    Clock,
    CommandRow,
    CommandStore,
    Decide,
    Done,
    Effect,
    Fetched,
    Hand,
    MailSource,
    PassOn,
    Place,
    Position,
    PutBack,
    Question,
    Release,
    Reopen,
    Said,
    StateError,
    TakenUp,
    Target,
    Unavailable,
    Withdraw,
)
from .mailboxes import fetch_for_triage

BATCH = 50

_DECISIONS: dict[Verb, Literal["done", "to-do", "later"]] = {
    Verb.DONE: "done",
    Verb.TO_DO: "to-do",
    Verb.LATER: "later",
}
_DECIDED = ("done", "to-do", "later")
_WITH_A_BACKUP = ("waiting", "forwarded")


def trays(config: Config) -> dict[str, tuple[Verb, str | None]]:
    """The folders that are commands, and what moving a message into each means."""
    forwards = {in_tray(key): (Verb.FORWARD, key) for key in config.backups}
    return {TO_DO: (Verb.TO_DO, None), DONE: (Verb.DONE, None), **forwards}


@dataclass(slots=True)
class _Plan:
    """What one command comes to, gathered item by item."""

    effects: list[Effect] = field(default_factory=list)
    receipts: list[Done] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    mails: list[tuple[str, bytes, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One item of a command. is_bulk: one of many; it touches only what still waits."""

    messages: tuple[int, ...]
    verb: Verb
    backup: str | None = None
    note: str = ""
    text: str = ""
    is_bulk: bool = False


@dataclass(frozen=True, slots=True)
class Orders:
    """Carries out the commands of one account.

    window: the absence. stamp and new_token: make those. has_folders: whether messages may be moved.
    """

    config: Config
    source: MailSource
    store: CommandStore
    clock: Clock
    log: MailLog
    catalogue: Callable[[Language], Catalogue]
    stamp: Callable[[], Stamp]
    new_token: Callable[[], str]
    window: Window
    has_folders: bool

    # --- moves -------------------------------------------------------------------------------------

    async def look_at_folders(self) -> None:
        """Note every move into one of our folders since the last look.

        What lies there at the first look of an absence is no command.
        """
        for folder, (verb, backup) in trays(self.config).items():
            facts = await self.source.open(folder, read_only=True)
            if facts is None:
                await self.source.create(folder)
                facts = await self.source.open(folder, read_only=True)
            if facts is None:
                continue
            # A look of its own for each absence: what was tidied away between two is no command.
            mark = f"{folder} {self.window.from_at.isoformat()}"
            position = await self.store.position(mark)
            is_first = position is None or position.uidvalidity != facts.uidvalidity
            uids = await self.source.uids(above=0 if is_first or position is None else position.uid)
            if is_first:
                await self._advance(mark, facts.uidvalidity, max(uids, default=0))
                continue
            for at in range(0, len(uids), BATCH):
                batch = uids[at : at + BATCH]
                octets_needed = self.config.rule_book.octets_needed
                async for fetched in fetch_for_triage(self.source, batch, octets_needed):
                    await self._note_move(
                        Place(folder, facts.uidvalidity, fetched.uid), fetched, verb, backup
                    )
                await self._advance(mark, facts.uidvalidity, batch[-1])

    async def _advance(self, mark: str, uidvalidity: int, uid: int) -> None:
        await self.store.advance(mark, Position(uidvalidity, uid))

    async def _note_move(self, place: Place, fetched: Fetched, verb: Verb, backup: str | None) -> None:
        message = parse_message(
            fetched.octets, size_octets=fetched.size_octets, arrived_at=fetched.arrived_at
        )
        now = self.clock.now()
        found = await self.store.arrived(place, message, verb, backup, now)
        if found == "unknown" and await self._take_up(place, message, verb, now):
            await self.store.order(place, verb, backup, now)
            found = "ordered"
        if found == "ordered":
            self.log.moved(mailbox=place.mailbox, uid=place.uid)

    async def _take_up(self, place: Place, message: Message, verb: Verb, now: datetime) -> bool:
        """A message that was moved before it was ever looked at; whether it is an item now."""
        if self._is_sent_copy(message):
            return False
        known = await self.store.conversations_for(message, now)
        verdict = triage(message, self.config.rule_book, known, now)
        if verdict.code is Code.OURS or verdict.code in COMMANDS:
            return False
        is_of_before = message.arrived_at is not None and message.arrived_at < self.window.from_at
        if is_of_before and verb is not Verb.FORWARD:
            return False
        if verdict.disposition is not Disposition.PRIVATE:
            # The owner's hand was faster than the rule.
            verdict = replace(
                verdict, disposition=Disposition.REVIEW, priority="normal", backup=None, backups=()
            )
        is_private = verdict.disposition is Disposition.PRIVATE
        taken = TakenUp(
            place=place,
            message=message,
            verdict=verdict,
            excerpt="" if is_private else excerpt(message.text),
            text_characters=0 if is_private else len(new_text(message.text)),
            original=None,
            file_to=None,
            taken_up_at=now,
        )
        return await self.store.take_up(taken)

    def _is_sent_copy(self, message: Message) -> bool:
        """The owner's own mail from Sent, moved along with its conversation: it never travelled."""
        sender = message.originator
        is_owners = (
            sender is not None and normal_address(sender.address) in self.config.owner.normal_addresses
        )
        return is_owners and message.header("Received") is None

    # --- commands ----------------------------------------------------------------------------------

    async def carry_out(self) -> int:
        """Everything that waits, in the order in which it came; how many commands that were."""
        count = 0
        while held := await self.store.held_command():
            await self._guarded(held, self._ask_whose)
            count += 1
        while row := await self.store.next_command():
            await self._guarded(row, self._carry_out)
            count += 1
        return count

    async def _guarded(self, row: CommandRow, work: Callable[[CommandRow], Awaitable[None]]) -> None:
        try:
            await work(row)
        except (Unavailable, StateError):
            raise
        except Exception as bug:
            # One command that brings out a bug keeps no other from being carried out.
            self.log.task_failed(task=f"command {row.id}", failure=bug)
            mail = self._mistakes([Mistake(Why.NOT_DONE, "")], is_rest_done=False)
            await self.store.carry_out(CarriedOut(row.id, mails=(mail,)), self.clock.now())

    async def _ask_whose(self, row: CommandRow) -> None:
        """A live secret came from an address that we do not know: ask the owner's mailbox, once."""
        if await self.store.is_asked_about(row.sender):
            await self.store.carry_out(CarriedOut(row.id), self.clock.now())
            return
        token = self.new_token()
        grant = Grant(Verb.CONFIRM, None, (), self.window.until_at, question=row.id)
        question = WasItYou(row.sender, await self._in_words(row), self._link(Verb.CONFIRM, token))
        done = CarriedOut(row.id, asks=(token, grant), mails=(self._question(question),))
        await self.store.carry_out(done, self.clock.now())
        self.log.command_held(way=row.way)

    async def _in_words(self, row: CommandRow) -> str:
        """What was asked, for the owner: a reply's own lines, or a button's item."""
        if row.way == "reply":
            return " / ".join(line.strip() for line in unquoted_lines(row.text)[:5] if line.strip())
        found = await self.store.grant(row.token or "")
        if found is None:
            return ""
        targets = await self.store.targets(found[0].items[:1])
        subject = targets[0].subject if targets else ""
        return f"{found[0].verb} {found[0].backup or ''} {subject}".replace("  ", " ").strip()

    async def _carry_out(self, row: CommandRow) -> None:
        plan = _Plan()
        if row.has_newer and not row.is_moved_along:  # perhaps that one is on its way as well
            await self.look_at_folders()
            row = await self.store.next_command() or row
        if row.message is not None and row.verb is not None:
            wanted = _Wanted((row.message,), row.verb, row.backup, row.note)
            await self._plan_item(row, wanted, plan)
        elif row.way == "button":
            found = await self.store.grant(row.token or "")
            if found is not None:
                await self._plan_button(row, found[0], plan)
        else:
            await self._plan_reply(row, await self.store.lines(row.review or 0), plan)
        if plan.mistakes:
            plan.mails.append(self._mistakes(plan.mistakes, is_rest_done=bool(plan.receipts)))
        done = CarriedOut(
            command=row.id,
            token=row.token,
            effects=tuple(plan.effects),
            receipts=tuple(plan.receipts),
            questions=tuple(plan.questions),
            mails=tuple(plan.mails),
            review=row.review,
            has_folders=self.has_folders,
        )
        is_done = await self.store.carry_out(done, self.clock.now())
        self.log.command(
            way=row.way,
            outcome="done" if is_done else "spent",
            items=len(plan.receipts),
            mistakes=len(plan.mistakes),
        )

    async def _plan_button(self, row: CommandRow, grant: Grant, plan: _Plan) -> None:
        if grant.by is not None:
            self._plan_backup(grant, grant.by, row.text, plan)
            return
        match grant.verb:
            case Verb.CONFIRM:
                if grant.question is not None:
                    plan.effects.append(Release(grant.question))
            case Verb.PROPOSED:
                stood = set(grant.items)
                for line in await self.store.lines(grant.review or 0):
                    if line.verb is not None and stood.issuperset(line.messages):
                        wanted = _Wanted(line.messages, line.verb, line.backup, is_bulk=True)
                        await self._plan_item(row, wanted, plan)
            case Verb.ADJUST:
                await self._plan_reply(row, await self.store.lines(grant.review or 0), plan)
            case Verb.BULK_DONE:
                await self._plan_item(row, _Wanted(grant.items, Verb.DONE, is_bulk=True), plan)
            case Verb.FORWARD if grant.conversation is not None and grant.backup is not None:
                await self._plan_passing_on(row, grant.conversation, grant.backup, plan)
            case Verb.FORWARD:
                wanted = _Wanted(grant.items, grant.verb, grant.backup, self._note(row.text))
                await self._plan_item(row, wanted, plan)
            case verb:
                await self._plan_item(row, _Wanted(grant.items, verb), plan)

    def _note(self, text: str) -> str:
        """What the owner wrote in its place in a button's mail."""
        return note_of(text, note_place(self.catalogue(self.config.owner.language)))

    async def _plan_reply(self, row: CommandRow, lines: Sequence[Line], plan: _Plan) -> None:
        reading = read_reply(row.text, lines, self.config.backups, people=[self.config.owner.name])
        plan.mistakes += reading.mistakes
        for decided in reading.decided:
            await self._plan_item(row, _wanted(decided), plan)

    def _plan_backup(self, grant: Grant, backup: str, text: str, plan: _Plan) -> None:
        """A backup's button, in a brief or an overview."""
        dates: tuple[datetime, datetime] | None = None
        if grant.verb is Verb.NOT_FROM_TO:
            zone = self.config.backups[backup].timezone
            days = dates_of(text, self.clock.now().astimezone(zone).date())
            if days is None:
                plan.mistakes.append(Mistake(Why.NO_DATES, "", backup))
                return
            first, last = days[0], days[1] + timedelta(days=1)
            dates = (datetime.combine(first, time(), zone), datetime.combine(last, time(), zone))
        plan.effects.append(Said(grant.verb, backup, grant.conversation, dates))

    async def _plan_item(self, row: CommandRow, wanted: _Wanted, plan: _Plan) -> None:
        targets = await self.store.targets(wanted.messages)
        if wanted.is_bulk:
            targets = [target for target in targets if target.status == "open"]
        if not targets:
            return
        if wanted.verb is Verb.FORWARD:
            await self._plan_forward(row, wanted, targets, plan)
        elif wanted.verb is Verb.UNDO:
            self._plan_undo(row, targets, plan)
        else:
            self._plan_decision(row, wanted, targets, plan)

    def _plan_decision(
        self, row: CommandRow, wanted: _Wanted, targets: Sequence[Target], plan: _Plan
    ) -> None:
        decision = _DECISIONS[wanted.verb]
        taken = [target for target in targets if target.status in _WITH_A_BACKUP]
        if taken and row.way != "folder":  # what a phone moved along is none
            text = wanted.text or taken[0].subject
            plan.mistakes.append(Mistake(Why.ALREADY_FORWARDED, text, taken[0].backup or ""))
        free = [
            target
            for target in targets
            if target.status in ("open", "left", *_DECIDED) and target.status != decision
        ]
        if free:
            ids = tuple(target.id for target in free)
            plan.effects.append(Decide(ids, decision, wanted.note))
            plan.receipts.append(Done(wanted.verb, ids[-1], None, row.way, len(ids)))

    def _plan_undo(self, row: CommandRow, targets: Sequence[Target], plan: _Plan) -> None:
        undone = [t for t in targets if t.status in ("left", "waiting", *_DECIDED)]
        if undone:
            ids = tuple(target.id for target in undone)
            plan.effects.append(Reopen(ids))
            plan.receipts.append(Done(Verb.UNDO, ids[-1], None, row.way, len(ids)))
        for target in targets:
            if target.status == "forwarded" and target.conversation is not None:
                plan.effects.append(Withdraw(target.conversation))
                plan.receipts.append(Done(Verb.UNDO, target.id, target.backup, row.way, 1))

    async def _plan_passing_on(self, row: CommandRow, conversation: int, backup: str, plan: _Plan) -> None:
        if backup not in await self._there((backup,)):
            plan.mistakes.append(Mistake(Why.BACKUP_AWAY, "", backup))
            return
        plan.effects.append(PassOn(conversation, backup))

    async def _plan_forward(
        self, row: CommandRow, wanted: _Wanted, targets: Sequence[Target], plan: _Plan
    ) -> None:
        """A full handover of what the owner saw: conversation, clock and chain as by a rule."""
        text = wanted.text or targets[0].subject
        handed: list[Target] = []
        backups: tuple[str, ...] = ()
        for target in targets:
            if target.status in _WITH_A_BACKUP:
                if wanted.backup not in (None, target.backup):
                    plan.mistakes.append(Mistake(Why.ALREADY_FORWARDED, text, target.backup or ""))
                if row.way == "folder":
                    plan.effects.append(PutBack(target.id, FORWARDED))
                continue
            if target.status == "other":
                continue
            if target.status in _DECIDED and (row.is_moved_along or row.has_newer):
                folder = {"done": DONE, "to-do": TO_DO}.get(target.status, "INBOX")
                plan.effects.append(PutBack(target.id, folder))
                if not row.is_moved_along:
                    plan.mistakes.append(Mistake(Why.HAS_NEWER, text))
                continue
            backups = await self._backups(wanted, target)
            if not backups:
                why = Why.BACKUP_AWAY if wanted.backup else Why.NOBODY_THERE
                plan.mistakes.append(Mistake(why, text, wanted.backup or ""))
                self._put_back(row, target, plan)
                return
            taken = await self._fetched(target, backups)
            if taken is None and self.has_folders:  # a move, seen from one side only
                await self.look_at_folders()
                (target,) = await self.store.targets((target.id,))
                taken = await self._fetched(target, backups)
            if taken is None:
                plan.mistakes.append(Mistake(Why.GONE, text))
            elif self._is_private(target, taken) and not row.is_confirmed:
                self._ask_about_private(row, wanted, target, backups[0], plan)
            else:
                plan.effects.append(Hand(target.id, taken, wanted.note))
                handed.append(target)
        if handed:
            plan.receipts.append(Done(Verb.FORWARD, handed[-1].id, backups[0], row.way, len(handed)))

    def _put_back(self, row: CommandRow, target: Target, plan: _Plan) -> None:
        if row.way == "folder":
            plan.effects.append(PutBack(target.id, "INBOX"))

    def _is_private(self, target: Target, taken: TakenUp) -> bool:
        """Also by a rule that was written since."""
        if target.status == "private":
            return True
        verdict = triage(taken.message, self.config.rule_book, Conversations(), self.clock.now())
        return verdict.disposition is Disposition.PRIVATE

    def _ask_about_private(
        self, row: CommandRow, wanted: _Wanted, target: Target, backup: str, plan: _Plan
    ) -> None:
        token = self.new_token()
        grant = Grant(Verb.CONFIRM, None, (target.id,), self.window.until_at, backup=backup)
        arrived_at = target.arrived_at.astimezone(self.config.owner.timezone) if target.arrived_at else None
        name = self.config.backups[backup].first_name
        question = ReallyForward(name, arrived_at, self._link(Verb.CONFIRM, token))
        plan.questions.append(Question(row.way, target.id, backup, wanted.note, token, grant))
        plan.mails.append(self._question(question))
        self._put_back(row, target, plan)

    async def _backups(self, wanted: _Wanted, target: Target) -> tuple[str, ...]:
        """Who gets it: the one named, else those of its rule, else those configured; only who is there."""
        if wanted.backup is not None:
            return await self._there((wanted.backup,))
        rule = next((rule for rule in self.config.rules if rule.name == target.rule), None)
        if rule is not None and isinstance(rule.outcome, ForwardTo):
            there = await self._there(rule.outcome.backups)
            if there:
                return there
        return await self._there(self.config.backups)

    async def _there(self, keys: Iterable[str]) -> tuple[str, ...]:
        now = self.clock.now()
        absent = await self.store.absences(now)
        return tuple(backup.key for backup in who_is_there(keys, self.config.backups, absent, now))

    async def _fetched(self, target: Target, backups: tuple[str, ...]) -> TakenUp | None:
        """The original, from where it is; None if it is not there, or is another mail."""
        octets = await self._octets(target)
        if not octets:
            return None
        message = parse_message(octets, arrived_at=target.arrived_at)
        if message.header_digest != target.header_digest:
            return None
        return TakenUp(
            place=target.place or Place(FORWARDED, 0, 0),
            message=message,
            verdict=Verdict(Disposition.FORWARD, Code.ORDERED, backup=backups[0], backups=backups),
            excerpt="",
            text_characters=0,
            original=octets,
            file_to=None,
            taken_up_at=self.clock.now(),
            chain=backups,
        )

    async def _octets(self, target: Target) -> bytes | None:
        place = target.place
        if place is None:  # it was with a backup, and came back
            kept = await self.store.original(target.id)
            return kept[0] if kept else None
        facts = await self.source.open(place.mailbox, read_only=True)
        if facts is None or facts.uidvalidity != place.uidvalidity:
            return None
        return await self.source.fetch_whole(place.uid, MAX_OCTETS)

    # --- mails to the owner ------------------------------------------------------------------------

    def _link(self, verb: Verb, token: str) -> str:
        sentence = self.catalogue(self.config.owner.language).gettext("Yes, that was me.")
        return mailto(self.config.owner.address, subject_for(verb, token), sentence)

    def _question(self, question: Asked) -> tuple[str, bytes, str]:
        owner, stamp = self.config.owner, self.stamp()
        octets = compose_question(question, owner, stamp, self.catalogue(owner.language))
        return owner.address, octets, stamp.message_id

    def _mistakes(self, mistakes: Sequence[Mistake], *, is_rest_done: bool) -> tuple[str, bytes, str]:
        owner, stamp = self.config.owner, self.stamp()
        names = {key: backup.first_name for key, backup in self.config.backups.items()}
        octets = compose_mistakes(
            mistakes, names, owner, stamp, self.catalogue(owner.language), is_rest_done=is_rest_done
        )
        return owner.address, octets, stamp.message_id


def _wanted(decided: Decided) -> _Wanted:
    return _Wanted(
        decided.line.messages,
        decided.verb,
        decided.backup,
        decided.note,
        decided.text,
        is_bulk=decided.is_bulk,
    )
