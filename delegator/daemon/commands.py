"""Commands carried out: taps, replies and moves, each once, whichever way and how often it came.

Intake writes command mails down, `look_at_folders` the moves; `carry_out` then takes them in the order
in which they came. Everything that follows from one is a single transaction, in which its secret is spent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from ..catalogues import zones_by_name
from ..config.model import Config
from ..core.commands.authority import may_ask_whose
from ..core.commands.command import Grant, Verb, mailto, subject_for
from ..core.commands.reply import Mistake, Why
from ..core.commands.vocabulary import is_courtesy
from ..core.commands.wish import Doubt, Unclear
from ..core.commands.wish_mail import Found, find_wish
from ..core.compose import Catalogue, Stamp
from ..core.compose.absence import compose_doubt, compose_understood
from ..core.compose.answer import Question as AskedOwner
from ..core.compose.answer import (
    ReallyForward,
    WasItYou,
    WasThisMeant,
    asked_by_button,
    compose_mistakes,
    compose_question,
)
from ..core.compose.note import note_place
from ..core.compose.whole import compose_whole
from ..core.folders import DONE, INBOX, TO_DO, in_tray
from ..core.hours.ended import ANSWERABLE_FOR
from ..core.mail.excerpt import unquoted_lines
from ..core.mail.message import MAX_OCTETS, Message
from ..core.mail.place import is_end, was_moved
from ..core.people import Language, Window, normal_address, who_is_there
from ..core.reviews.changes import Situation, Understood, at_home, meaning, understand
from ..core.reviews.effects import Alter, Asked, AskFirst, CommandRow, Effect, Obey, Target
from ..core.reviews.follows import what_follows
from ..core.reviews.moves import put_there
from ..core.reviews.plan import MOST_OCTETS, asked_by, is_original, plan_of, to_fetch
from ..core.triage.triage import triage
from ..core.triage.verdict import COMMANDS, Code, Disposition
from ..maillog import MailLog
from ..ports import (
    AbsenceStore,
    CarriedOut,
    Clock,
    CommandStore,
    Confirmation,
    Declined,
    Fetched,
    MailSource,
    OutgoingMail,
    Place,
    Position,
    Question,
    Sought,
    StateError,
    Unavailable,
)
from .mailboxes import fetch_for_triage, message_of
from .marks import Marks
from .search import Search
from .signature import read_signature

BATCH = 50


def trays(config: Config) -> dict[str, tuple[Verb, str | None]]:
    """The folders that are commands, and what moving a message into each means."""
    forwards = {in_tray(key): (Verb.FORWARD, key) for key in config.backups}
    return {TO_DO: (Verb.TO_DO, None), DONE: (Verb.DONE, None), **forwards}


@dataclass(frozen=True, slots=True)
class _Wished:
    """What a reply says of the absence. line: as written."""

    outcome: Understood | Doubt
    found: Found
    line: str

    @property
    def rest(self) -> str:
        return self.found.rest

    @property
    def goes_on(self) -> bool:
        """Whether what else the mail says is carried out with it."""
        return isinstance(self.outcome, Understood) and bool(self.rest.strip())

    @property
    def repeated(self) -> str:
        """What the owner confirms, if asked; "": nothing."""
        return "" if isinstance(self.outcome, Doubt) else meaning(self.outcome)

    @property
    def effects(self) -> tuple[Effect, ...]:
        if isinstance(self.outcome, Doubt):
            return ()
        if self.outcome.command is not None:
            return (Obey(self.outcome.command),)
        return () if self.outcome.alteration is None else (Alter(self.outcome.alteration),)


@dataclass(frozen=True, slots=True)
class Commands:
    """Carries out the commands of one account.

    window: the absence. looked_from: before that nobody looked at its folders. stamp and new_token: make
    those. has_folders: whether messages may be moved. absence: of which the owner may say something, too;
    None: not here. is_trial: of which nothing else is carried out.
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
    looked_from: datetime
    has_folders: bool
    marks: Marks
    absence: AbsenceStore | None = None
    is_trial: bool = False

    # --- moves -------------------------------------------------------------------------------------

    async def look_at_folders(self) -> int:
        """Note every move into one of our folders since the last look; how many mails were new there.

        What lies there at the first look of an absence is no command.
        """
        count = 0
        for folder, (verb, backup) in trays(self.config).items():
            try:
                facts = await self.source.open(folder, read_only=True)
                if facts is None:
                    await self.source.create(folder)
                    facts = await self.source.open(folder, read_only=True)
            except Declined:
                continue  # there is no such folder then, and nothing in it
            if facts is None:
                continue
            # A look of its own for each absence: what was tidied away between two is no command.
            mark = f"{folder} {self.window.from_at.isoformat()}"
            position = await self.marks.position(facts, mark)
            is_first = position is None or position.uidvalidity != facts.uidvalidity
            if not is_first and position is not None and is_end(position.uid, facts.uidnext):
                continue  # which the server has just said, so that it need not search
            uids = await self.source.uids(above=0 if is_first or position is None else position.uid)
            if is_first:
                await self._advance(mark, facts.uidvalidity, max(uids, default=0))
                continue
            for at in range(0, len(uids), BATCH):
                batch = uids[at : at + BATCH]
                async for fetched in fetch_for_triage(self.source, batch):
                    await self._note_move(
                        Place(folder, facts.uidvalidity, fetched.uid), fetched, verb, backup
                    )
                await self._advance(mark, facts.uidvalidity, batch[-1])
            count += len(uids)
        return count

    async def _advance(self, mark: str, uidvalidity: int, uid: int) -> None:
        await self.store.advance(mark, Position(uidvalidity, uid))

    async def _note_move(self, place: Place, fetched: Fetched, verb: Verb, backup: str | None) -> None:
        message = message_of(fetched)
        now = self.clock.now()
        found = await self.store.arrived(place, message, verb, backup, now)
        if found == "unknown" and await self._take_up(place, message, verb, backup, now):
            await self.store.command(place, verb, backup, now)
            found = "commanded"
        if found == "commanded":
            self.log.moved(mailbox=place.mailbox, uid=place.uid)

    async def _take_up(
        self, place: Place, message: Message, verb: Verb, backup: str | None, now: datetime
    ) -> bool:
        """A message that was never looked at before; whether the owner moved it.

        Else it is an item, and waits in INBOX: a stranger may have had it delivered there.
        """
        if self._is_sent_copy(message):
            return False
        known = await self.store.conversations_for(message, now)
        verdict = triage(message, self.config.rule_book, known, now)
        if verdict.code is Code.OURS or verdict.code in COMMANDS:
            return False
        is_of_before = message.arrived_at is not None and message.arrived_at < self.window.from_at
        if is_of_before and verb is not Verb.FORWARD:
            return False
        was_in_junk = await self.store.was_in_junk(message)
        is_moved = was_moved(message.arrived_at, self.looked_from, was_in_junk=was_in_junk)
        if verdict.disposition is not Disposition.PRIVATE:
            verdict = put_there(verdict, place.mailbox, backup, is_moved=is_moved)
        taken = what_follows(message, verdict, known, self.config.rule_book, now)
        if not is_moved and not message.asks_for_receipt:
            taken = replace(taken, file_to=INBOX)
        return await self.store.take_up(place, taken) is not None and is_moved

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
        if not may_ask_whose(row.sender, await self.store.asked_about()):
            await self.store.carry_out(CarriedOut(row.id), self.clock.now())
            return
        token = self.new_token()
        grant = Grant(Verb.CONFIRM, None, (), self.window.until_at, question=row.id)
        question = WasItYou(row.sender, await self._in_words(row), self._link(Verb.CONFIRM, token))
        done = CarriedOut(row.id, asks=Confirmation(token, grant), mails=(self._question(question),))
        await self.store.carry_out(done, self.clock.now())
        self.log.command_held(way=row.way)

    async def _in_words(self, row: CommandRow) -> str:
        """What was asked, for the owner: a reply's own lines, or what stands on a button."""
        grant = await self.store.grant(row.token) if row.token else None
        if grant is None or grant.verb is Verb.ADJUST:
            return " / ".join(line.strip() for line in unquoted_lines(row.text)[:5] if line.strip())
        targets = await self.store.targets(grant.items[:1])
        subject = targets[0].subject if targets else ""
        names = {key: backup.first_name for key, backup in self.config.backups.items()}
        return asked_by_button(grant, subject, names, self.catalogue(self.config.owner.language))

    async def _carry_out(self, row: CommandRow) -> None:
        if row.has_newer and not row.is_moved_along:  # perhaps that one is on its way as well
            await self.look_at_folders()
            row = await self.store.next_command() or row
        wished = await self._wished(row)
        if wished == "no":
            await self.store.carry_out(CarriedOut(row.id, review=row.review), self.clock.now())
            return
        if wished is not None and not wished.goes_on:
            await self._carry_out_wish(row, wished)
            return
        grant = await self.store.grant(row.token) if row.token else None
        if self.is_trial and (grant is None or grant.verb is not Verb.CONFIRM):
            await self._say_trial(row, wished)
            return
        if wished is not None:
            row = replace(row, text=wished.rest)
        book, now, there = self.config.rule_book, self.clock.now(), await self._there()
        review = grant.review if grant else row.review
        place = note_place(self.catalogue(self.config.owner.language))
        lines = await self.store.lines(review or 0)
        asked = asked_by(row, grant, lines, book, there, now, place)
        if asked.mistakes and row.text.strip():  # perhaps the owner's signature, as it stands in Sent
            signature = await read_signature(self.source, self.config, self.window)
            asked = asked_by(row, grant, lines, book, there, now, place, signature)
        if asked.held:
            await self._ask_what_was_meant(row, asked)
            return
        targets = await self._targets(asked)
        originals = await self._originals(to_fetch(row, asked, targets, book, there), targets)
        plan = plan_of(row, asked, targets, originals, book, there, now)
        asked_first = [self._ask_first(row, first) for first in plan.questions]
        mails = [mail for _, mail in asked_first]
        mails += [self._whole(message) for message in plan.wholes]
        if plan.mistakes:
            mails.append(self._mistakes(plan.mistakes, is_rest_done=bool(plan.receipts or plan.wholes)))
        if wished is not None:
            mails.append(self._answer_wish(wished, None))
        done = CarriedOut(
            command=row.id,
            token=row.token,
            effects=(*plan.effects, *(wished.effects if wished else ())),
            receipts=tuple(plan.receipts),
            questions=tuple(question for question, _ in asked_first),
            mails=tuple(mails),
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

    async def _say_trial(self, row: CommandRow, wished: _Wished | None) -> None:
        """In a trial nothing of the mail is carried out, and it is said: silence would be taken for yes.

        wished: what the same reply says of the absence, which holds.
        """
        text = row.text if wished is None else wished.rest
        names = [self.config.owner.name, *(backup.name for backup in self.config.backups.values())]
        lines = [line.strip() for line in unquoted_lines(text)]
        orders = [line for line in lines if line and not is_courtesy(line, names)]
        mails = [] if wished is None else [self._answer_wish(wished, None)]
        if orders or row.way != "reply":
            mails.append(self._mistakes([Mistake(Why.TRIAL, " / ".join(orders[:3]))], is_rest_done=False))
        effects = wished.effects if wished is not None else ()
        done = CarriedOut(row.id, effects=effects, mails=tuple(mails), review=row.review)
        await self.store.carry_out(done, self.clock.now())

    # --- the absence -------------------------------------------------------------------------------

    async def _wished(self, row: CommandRow) -> _Wished | Literal["no"] | None:
        """What a reply says of the absence; None: nothing; "no": that none is to be planned."""
        if self.absence is None or row.way != "reply":
            return None
        zone, now = self.config.owner.timezone, self.clock.now()
        backups, people = self.config.backups, [self.config.owner.name]
        written_at = row.at.astimezone(zone)
        found = find_wish(row.text, written_at, backups, people, asked_when=row.is_home)
        if found.says_no:
            return "no"
        if found.wish is None:
            return None
        line = next((each.strip() for each in unquoted_lines(row.text) if each.strip()), "")
        if isinstance(found.wish, Doubt):
            return _Wished(at_home(found.wish, zone, self.config.owner.home_timezone), found, line)
        situation = Situation(
            in_file=self.config.away if self.config.in_file is None else self.config.in_file,
            kept=await self.absence.kept(),
            backups=backups,
            zone=self.config.owner.home_timezone,
            zones=zones_by_name() if found.wish.kind == "zone" else {},
            said_away=await self.absence.said_away(),
        )
        outcome = understand(found.wish, situation, written_at, now)
        is_pause = isinstance(outcome, Understood) and outcome.kind == "pause"
        is_alone = not found.rest.strip() or (is_pause and not found.is_below)
        return _Wished(outcome if is_alone else Doubt(Unclear.ALONE, found.wish.kind), found, line)

    async def _carry_out_wish(self, row: CommandRow, wished: _Wished) -> None:
        token, asks = None, None
        outcome = wished.outcome
        # What was said since may have changed what she confirmed: then she is asked anew.
        is_confirmed = row.is_confirmed and row.note == wished.repeated
        if isinstance(outcome, Understood) and (row.is_confirmed or outcome.waits) and not is_confirmed:
            token = self.new_token()
            until_at = max(self.window.until_at, self.clock.now() + ANSWERABLE_FOR)
            grant = Grant(Verb.CONFIRM, None, (), until_at, question=row.id)
            asks = Confirmation(token, grant)
        done = CarriedOut(
            command=row.id,
            effects=() if asks else wished.effects,
            asks=asks,
            repeated=wished.repeated,
            mails=(self._answer_wish(wished, token),),
            review=row.review,
            has_folders=self.has_folders,
        )
        await self.store.carry_out(done, self.clock.now())
        what = "asked" if asks else "done" if wished.effects else "in doubt"
        self.log.absence_wished(kind=outcome.kind, outcome=what)

    def _answer_wish(self, wished: _Wished, token: str | None) -> OutgoingMail:
        owner, stamp = self.config.owner, self.stamp()
        catalogue = self.catalogue(owner.language)
        names = {key: backup.first_name for key, backup in self.config.backups.items()}
        if isinstance(wished.outcome, Doubt):
            octets = compose_doubt(wished.outcome, wished.line, owner, names, stamp, catalogue)
        else:
            confirm = None
            if token is not None:
                sentence = catalogue.gettext("Yes, that is right.")
                confirm = mailto(owner.address, subject_for(Verb.CONFIRM, token), sentence)
            octets = compose_understood(wished.outcome, confirm, owner, names, stamp, catalogue)
        window = wished.outcome.window
        return self._to_owner(octets, stamp, window.until_at if window else None)

    # --- what is asked first -----------------------------------------------------------------------

    async def _ask_what_was_meant(self, row: CommandRow, asked: Asked) -> None:
        """A line was not understood beside others that go far: nothing is done before the owner says so."""
        token = self.new_token()
        grant = Grant(Verb.CONFIRM, None, (), self.window.until_at, question=row.id)
        question = WasThisMeant(asked.mistakes, asked.held, self._link(Verb.CONFIRM, token))
        done = CarriedOut(
            row.id, asks=Confirmation(token, grant), mails=(self._question(question),), review=row.review
        )
        await self.store.carry_out(done, self.clock.now())
        self.log.command_held(way=row.way)

    async def _targets(self, asked: Asked) -> dict[int, Target]:
        return {target.id: target for target in await self.store.targets(asked.messages)}

    async def _there(self) -> tuple[str, ...]:
        """The backups who are there, as configured."""
        now = self.clock.now()
        backups, absent = self.config.backups, await self.store.absences(now)
        return tuple(backup.key for backup in who_is_there(backups, backups, absent, now))

    def _ask_first(self, row: CommandRow, first: AskFirst) -> tuple[Question, OutgoingMail]:
        target, token = first.target, self.new_token()
        grant = Grant(Verb.CONFIRM, None, (target.id,), self.window.until_at, backup=first.backup)
        arrived_at = target.arrived_at.astimezone(self.config.owner.timezone) if target.arrived_at else None
        name = self.config.backups[first.backup].first_name
        asked = ReallyForward(name, arrived_at, self._link(Verb.CONFIRM, token))
        question = Question(row.way, target.id, first.backup, first.note, token, grant)
        return question, self._question(asked)

    async def _originals(self, ids: Iterable[int], targets: dict[int, Target]) -> dict[int, bytes | None]:
        """Each in full, for as long as there is room; the target of one that has moved is made anew."""
        originals, room_octets = {}, MOST_OCTETS
        for id_ in ids:
            if room_octets <= 0:
                break
            octets = await self._octets(targets[id_])
            if not is_original(targets[id_], octets) and self.has_folders:
                await self.look_at_folders()  # a move, seen from one side only
                (targets[id_],) = await self.store.targets((id_,))
                octets = await self._octets(targets[id_])
            originals[id_] = octets
            room_octets -= len(octets or b"")
        return originals

    async def _octets(self, target: Target) -> bytes | None:
        """The whole, from where it is; None if it is not there."""
        place = target.place
        if place is None:  # it was with a backup, and came back
            kept = await self.store.original(target.id)
            if isinstance(kept, Sought):
                return await Search(self.source, self.config).octets(kept)
            return kept.octets if kept else None
        facts = await self.source.open(place.mailbox, read_only=True)
        if facts is None or facts.uidvalidity != place.uidvalidity:
            return None
        return await self.source.fetch_whole(place.uid, MAX_OCTETS)

    # --- mails to the owner ------------------------------------------------------------------------

    def _link(self, verb: Verb, token: str) -> str:
        sentence = self.catalogue(self.config.owner.language).gettext("Yes, that was me.")
        return mailto(self.config.owner.address, subject_for(verb, token), sentence)

    def _question(self, question: AskedOwner) -> OutgoingMail:
        owner, stamp = self.config.owner, self.stamp()
        names = {key: backup.first_name for key, backup in self.config.backups.items()}
        octets = compose_question(question, owner, stamp, self.catalogue(owner.language), names)
        return self._to_owner(octets, stamp)

    def _to_owner(self, octets: bytes, stamp: Stamp, about: datetime | None = None) -> OutgoingMail:
        """about: the end of the absence that it is about, where that is another one."""
        ends = [self.window.until_at, self.clock.now() + ANSWERABLE_FOR, *([about] if about else [])]
        address, until_at = self.config.owner.address, max(ends) + ANSWERABLE_FOR
        return OutgoingMail("answer", address, octets, stamp.message_id, answerable_until=until_at)

    def _whole(self, message: Message) -> OutgoingMail:
        owner, stamp = self.config.owner, self.stamp()
        octets = compose_whole(message, owner, stamp, self.catalogue(owner.language))
        return self._to_owner(octets, stamp)

    def _mistakes(self, mistakes: Sequence[Mistake], *, is_rest_done: bool) -> OutgoingMail:
        owner, stamp = self.config.owner, self.stamp()
        names = {key: backup.first_name for key, backup in self.config.backups.items()}
        octets = compose_mistakes(
            mistakes, names, owner, stamp, self.catalogue(owner.language), is_rest_done=is_rest_done
        )
        return self._to_owner(octets, stamp)
