"""What follows from a command: a tap, a reply or a move, to one value that is carried out or not at all.

In three steps, between which the shell fetches what the next one needs: what was asked (`asked_by`), of
which mails the whole is needed (`to_fetch`), and what is done about it (`plan_of`). Nothing is decided
outside.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..commands.command import Grant, Line, Verb
from ..commands.reply import Decided, Mistake, Why, dates_of, note_of, read_reply
from ..folders import DONE, FORWARDED, INBOX, TO_DO
from ..handovers.codes import Code, Disposition
from ..handovers.conversation import HandedOver
from ..handovers.known import Conversations, handover_ids
from ..handovers.presence import BackupCommand
from ..hours.schedule import whole_days
from ..mail.message import Address, Message, parse_message
from ..rules.book import ForwardTo, RuleBook
from ..triage.threads import event_of
from ..triage.triage import triage
from ..triage.verdict import Verdict
from .effects import (
    Asked,
    AskFirst,
    CommandRow,
    Decide,
    Decision,
    Done,
    Effect,
    FileLeft,
    Hand,
    Obey,
    PassOn,
    Plan,
    PutBack,
    Release,
    Reopen,
    SendList,
    Settle,
    Target,
    Wanted,
    Withdraw,
)

MOST_OCTETS = 256 * 1024 * 1024
"""For all mails that one command forwards: they are in memory together. The largest has a quarter of it."""

_DECISIONS: Mapping[Verb, Decision] = {Verb.DONE: "done", Verb.TO_DO: "to-do", Verb.LATER: "later"}
_DECIDED = ("done", "to-do", "later")
_WITH_A_BACKUP = ("waiting", "forwarded")


# --- first: what was asked ------------------------------------------------------------------------


def asked_by(
    row: CommandRow,
    grant: Grant | None,
    lines: Sequence[Line],
    book: RuleBook,
    there: Collection[str],
    now: datetime,
    note_place: str,
    signature: Collection[str] = (),
) -> Asked:
    """grant: of a button. lines: of the review that it answers. there: the backups who are there.

    note_place: see `note_of`. signature: see `read_reply`.
    """
    if row.message is not None and row.verb is not None:
        return Asked((Wanted((row.message,), row.verb, row.backup, row.note),))
    if row.way != "button":
        return _replied(row, lines, book, there, signature)
    if grant is None:
        return Asked()
    if grant.by is not None:
        return _by_backup(grant, grant.by, row.text, book, now)
    match grant.verb:
        case Verb.CONFIRM:
            return Asked(effects=(Release(grant.question),) if grant.question is not None else ())
        case Verb.PROPOSED:
            stood = set(grant.items)
            proposed = (line for line in lines if stood.issuperset(line.messages))
            return Asked(
                tuple(
                    Wanted(line.messages, line.verb, line.backup, is_bulk=True)
                    for line in proposed
                    if line.verb is not None
                )
            )
        case Verb.ADJUST:
            return _replied(row, lines, book, there, signature)
        case Verb.LIST:
            return Asked(effects=(SendList(),))
        case Verb.FILE_LEFT:
            return Asked(effects=(FileLeft(grant.items),))
        case Verb.BULK_DONE:
            return Asked((Wanted(grant.items, Verb.DONE, is_bulk=True),))
        case Verb.FORWARD_ALL:
            found = (Wanted((id_,), Verb.FORWARD, grant.backup, is_bulk=True) for id_ in grant.items)
            return Asked(tuple(found))
        case Verb.FORWARD if grant.conversation is not None and grant.backup is not None:
            if grant.backup not in there:
                return Asked(mistakes=(Mistake(Why.BACKUP_AWAY, "", grant.backup),))
            return Asked(effects=(PassOn(grant.conversation, grant.backup),))
        case Verb.DONE if grant.conversation is not None:
            return Asked(effects=(Settle(grant.conversation),))
        case Verb.FORWARD:
            return Asked((Wanted(grant.items, grant.verb, grant.backup, note_of(row.text, note_place)),))
        case verb:
            return Asked((Wanted(grant.items, verb),))


def _replied(
    row: CommandRow,
    lines: Sequence[Line],
    book: RuleBook,
    there: Collection[str],
    signature: Collection[str],
) -> Asked:
    reading = read_reply(row.text, lines, book.backups, people=[book.owner.name], signature=signature)
    if reading.held and not row.is_confirmed:
        held = tuple(dict.fromkeys(decided.text for decided in reading.held))
        return Asked(mistakes=reading.mistakes, held=held)
    decided = reading.held or reading.decided
    mistakes = [] if reading.held else [*reading.mistakes]  # what was held has been told
    effects: list[Effect] = [SendList()] if reading.wants_list else []
    for one in decided:
        if one.line.conversation is not None:
            said = _of_handover(one, one.line.conversation, there)
            if isinstance(said, Mistake):
                mistakes.append(said)
            else:
                effects.append(said)
    items = tuple(_wanted(one) for one in decided if one.line.conversation is None)
    return Asked(items, tuple(effects), tuple(mistakes))


def _of_handover(decided: Decided, conversation: int, there: Collection[str]) -> Effect | Mistake:
    """What the number of a late handover, or of a backup's question, is to mean."""
    match decided.verb:
        case Verb.FORWARD:
            backup = decided.backup or decided.line.backup
            if backup is None:
                return Mistake(Why.NOBODY_THERE, decided.text)
            if backup not in there:
                return Mistake(Why.BACKUP_AWAY, decided.text, backup)
            return PassOn(conversation, backup)
        case Verb.DONE:
            return Settle(conversation)
        case Verb.UNDO:
            return Withdraw(conversation)
        case _:
            return Mistake(Why.WITH_A_BACKUP, decided.text)


def _wanted(decided: Decided) -> Wanted:
    return Wanted(
        decided.line.messages,
        decided.verb,
        decided.backup,
        decided.note,
        decided.text,
        is_bulk=decided.is_bulk,
    )


def _by_backup(grant: Grant, backup: str, text: str, book: RuleBook, now: datetime) -> Asked:
    """A backup's button, in a brief or an overview."""
    if backup not in book.backups:  # any more
        return Asked()
    command = BackupCommand(backup, grant.verb, grant.conversation)
    if grant.verb is Verb.NOT_FROM_TO:
        zone = book.backups[backup].timezone
        days = dates_of(text, now.astimezone(zone).date())
        if days is None:
            return Asked(mistakes=(Mistake(Why.NO_DATES, "", backup),))
        command = BackupCommand(backup, grant.verb, away=(whole_days(days[0], days[1], zone),))
    return Asked(effects=(Obey(command),))


# --- second: what is to be fetched ----------------------------------------------------------------


def to_fetch(
    row: CommandRow, asked: Asked, targets: Mapping[int, Target], book: RuleBook, there: Sequence[str]
) -> tuple[int, ...]:
    """The messages that may be forwarded, whose whole is needed."""
    found: dict[int, None] = {}
    for item in asked.items:
        for target in _targets(item, targets):
            is_forward = item.verb is Verb.FORWARD and _is_free(row, target)
            if (is_forward and _backups(item, target, book, there)) or _is_read(item, target):
                found[target.id] = None
    return tuple(found)


def _is_read(item: Wanted, target: Target) -> bool:
    """Whether its whole is to be shown: of a private one nothing is."""
    return item.verb is Verb.WHOLE and target.status != "private"


def is_original(target: Target, octets: bytes | None) -> bool:
    """Whether these are the octets of that message, and not of another at its place."""
    if not octets:
        return False
    return parse_message(octets, arrived_at=target.arrived_at).header_digest == target.header_digest


def _targets(item: Wanted, targets: Mapping[int, Target]) -> list[Target]:
    found = [targets[id_] for id_ in item.messages if id_ in targets]
    return [target for target in found if target.status == "open"] if item.is_bulk else found


def _is_free(row: CommandRow, target: Target) -> bool:
    """Whether a forward of it is not made already, and not moved along by a phone."""
    if target.status == "other" or target.status in _WITH_A_BACKUP:
        return False
    return target.status not in _DECIDED or not (row.is_moved_along or row.has_newer)


def _backups(item: Wanted, target: Target, book: RuleBook, there: Sequence[str]) -> tuple[str, ...]:
    """Who gets it: the one named, else those of its rule, else those configured; only who is there."""
    if item.backup is not None:
        return tuple(key for key in (item.backup,) if key in there)
    rule = next((rule for rule in book.rules if rule.name == target.rule), None)
    named = rule.outcome.backups if rule is not None and isinstance(rule.outcome, ForwardTo) else ()
    return tuple(key for key in named if key in there) or tuple(there)


# --- third: what is done --------------------------------------------------------------------------


def plan_of(
    row: CommandRow,
    asked: Asked,
    targets: Mapping[int, Target],
    originals: Mapping[int, bytes | None],
    book: RuleBook,
    there: Sequence[str],
    now: datetime,
) -> Plan:
    """targets, originals: by message, as they are now. there: the backups who are there, as configured.

    What was to be fetched and is not among the originals was too much at once.
    """
    plan = Plan(effects=list(asked.effects), mistakes=list(asked.mistakes))
    planner = _Planner(row, originals, book, there, now, plan)
    for item in asked.items:
        found = _targets(item, targets)
        if not found:
            continue
        if item.verb is Verb.FORWARD:
            planner.forward(item, found)
        elif item.verb is Verb.UNDO:
            planner.undo(found)
        elif item.verb is Verb.WHOLE:
            planner.show(item, found)
        else:
            planner.decide(item, found)
    return plan


@dataclass(frozen=True, slots=True)
class _Planner:
    """The arguments of `plan_of`, for each of its items."""

    row: CommandRow
    originals: Mapping[int, bytes | None]
    book: RuleBook
    there: Sequence[str]
    now: datetime
    plan: Plan

    def decide(self, item: Wanted, targets: Sequence[Target]) -> None:
        decision = _DECISIONS[item.verb]
        held_up = [target for target in targets if target.is_held_up and self.row.way != "folder"]
        if held_up:  # with nobody yet: the owner sees to it, and it does not go any more
            self.plan.effects.append(Reopen(_ids(held_up)))
        taken = [t for t in targets if t.status in _WITH_A_BACKUP and t not in held_up]
        if taken and self.row.way != "folder":  # what a phone moved along is none
            text = item.text or taken[0].subject
            self._mistake(Why.ALREADY_FORWARDED, text, taken[0].backup or "")
        statuses = {"open", "left", *_DECIDED}
        if not (decision == "to-do" and item.note):  # new words of hers stand on the list, too
            statuses -= {decision}
        free = [target for target in targets if target.status in statuses or target in held_up]
        if free:
            self.plan.effects.append(Decide(_ids(free), decision, item.note))
            if decision == "done":
                self._settle_answered(free)
            self._done(item.verb, free)

    def _settle_answered(self, targets: Sequence[Target]) -> None:
        """The owner says of what a backup perhaps answered that it is done."""
        found = {each.conversation: each.perhaps_answered_by for each in targets if each.perhaps_answered_by}
        for conversation, backup in found.items():
            command = BackupCommand(backup, Verb.ANSWERED, conversation=conversation)
            self.plan.effects.append(Obey(command))

    def undo(self, targets: Sequence[Target]) -> None:
        undone = [target for target in targets if target.status in ("left", "waiting", *_DECIDED)]
        if undone:
            self.plan.effects.append(Reopen(_ids(undone)))
            self._done(Verb.UNDO, undone)
        for target in targets:
            if target.status == "forwarded" and target.conversation is not None:
                self.plan.effects.append(Withdraw(target.conversation))
                self._done(Verb.UNDO, [target], target.backup)

    def show(self, item: Wanted, targets: Sequence[Target]) -> None:
        """The newest of the item, whole; it decides nothing."""
        readable = [target for target in targets if _is_read(item, target)]
        if not readable:
            return
        newest = readable[-1]
        octets = self.originals.get(newest.id)
        if octets is None or not is_original(newest, octets):
            self._mistake(Why.GONE, item.text or newest.subject)
        else:
            self.plan.wholes.append(parse_message(octets, arrived_at=newest.arrived_at))

    def forward(self, item: Wanted, targets: Sequence[Target]) -> None:
        """A full handover of what the owner saw: conversation, clock and chain as by a rule."""
        text = item.text or targets[0].subject
        handed: list[Target] = []
        backups: tuple[str, ...] = ()
        for target in targets:
            if not _is_free(self.row, target):
                self._not_free(item, target, text)
                continue
            backups = _backups(item, target, self.book, self.there)
            if not backups:
                why = Why.BACKUP_AWAY if item.backup else Why.NOBODY_THERE
                self._mistake(why, text, item.backup or "")
                self._put_back(target)
                return
            if target.id not in self.originals:
                self._mistake(Why.TOO_MUCH, target.subject)
                continue
            octets = self.originals[target.id]
            if octets is None or not is_original(target, octets):
                self._mistake(Why.GONE, text)
                continue
            message = parse_message(octets, arrived_at=target.arrived_at)
            if self._is_private(target, message) and not self.row.is_confirmed:
                self.plan.questions.append(AskFirst(target, backups[0], item.note))
                self._put_back(target)
            else:
                self.plan.effects.append(self._hand(target, message, octets, backups, item.note))
                handed.append(target)
        if handed:
            self._done(Verb.FORWARD, handed, backups[0], item.note)

    def _not_free(self, item: Wanted, target: Target, text: str) -> None:
        is_moved = self.row.way == "folder"
        if target.status in _WITH_A_BACKUP:
            if target.is_held_up and not is_moved:
                self._mistake(Why.HELD_UP, text, target.backup or "")
            elif item.backup not in (None, target.backup):
                self._mistake(Why.ALREADY_FORWARDED, text, target.backup or "")
            if is_moved:
                self.plan.effects.append(PutBack(target.id, FORWARDED))
        elif target.status in _DECIDED:
            folder = {"done": DONE, "to-do": TO_DO}.get(target.status, INBOX)
            self.plan.effects.append(PutBack(target.id, folder))
            if not self.row.is_moved_along:
                self._mistake(Why.HAS_NEWER, text)

    def _hand(
        self, target: Target, message: Message, octets: bytes, backups: tuple[str, ...], note: str
    ) -> Hand:
        verdict = Verdict(Disposition.FORWARD, Code.COMMANDED, backup=backups[0], backups=backups)
        event = event_of(message, verdict, self.now, chain=backups, is_kept=True, note=note)
        assert isinstance(event, HandedOver)
        sender = message.originator or Address("", "")
        return Hand(target.id, event, handover_ids(message), sender, message.subject, octets)

    def _is_private(self, target: Target, message: Message) -> bool:
        """Also by a rule that was written since."""
        if target.status == "private":
            return True
        verdict = triage(message, self.book, Conversations(), self.now)
        return verdict.disposition is Disposition.PRIVATE

    def _put_back(self, target: Target) -> None:
        if self.row.way == "folder":
            self.plan.effects.append(PutBack(target.id, INBOX))

    def _mistake(self, why: Why, text: str, backup: str = "") -> None:
        self.plan.mistakes.append(Mistake(why, text, backup))

    def _done(self, verb: Verb, targets: Sequence[Target], backup: str | None = None, note: str = "") -> None:
        ids = _ids(targets)
        self.plan.receipts.append(Done(verb, ids[-1], backup, self.row.way, len(ids), note))


def _ids(targets: Iterable[Target]) -> tuple[int, ...]:
    return tuple(target.id for target in targets)
