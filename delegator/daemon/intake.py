"""One mailbox brought up to date, one message at a time: fetch, parse, triage, record.

What the server said before is only a hint: every look starts from the stored high-water mark.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from ..config.model import Config
from ..core.attempt import Sent
from ..core.commands.command import COMMAND_SUBJECT
from ..core.folders import FORWARDED
from ..core.handovers.codes import COMMANDS, Code, Disposition
from ..core.handovers.known import Conversations
from ..core.hours.schedule import current_window
from ..core.mail.message import MAX_OCTETS, Message, read_all
from ..core.mail.place import is_end
from ..core.people import Window
from ..core.reviews.follows import ArrivedWhen, TakenUp, unreadable, what_follows, when_arrived, whose_in_sent
from ..core.triage.flood import counted_as
from ..core.triage.junk import in_junk
from ..core.triage.triage import triage
from ..maillog import MailLog
from ..ports import (
    Arrived,
    Clock,
    Entry,
    Fetched,
    IntakeStore,
    MailboxFacts,
    MailSource,
    NotYet,
    OwnMail,
    Place,
    Position,
    StateError,
    Unavailable,
    Undecided,
)
from .mailboxes import SENT_OCTETS, fetch_for_triage, message_of
from .marks import Marks

TOGETHER, TOGETHER_OCTETS = 20, 1024 * 1024
"""Mails that are decided and written down in one transaction: 20 take some 30 ms, in which no other account
has its turn, and a disk that takes 5 ms for each is no longer what a first start waits for."""

BATCH = 100  # 100 messages of 24 KiB hold 2.4 MiB; larger batches are hardly faster
_LARGE_OCTETS = 32 * 1024


@dataclass(frozen=True, slots=True)
class _Coming:
    """is_early: it arrived before the absence; only an answer to a brief is taken up, and left there.

    is_late: it could be read only when the absence was over; it is not moved, unless it is our own.
    """

    fetched: Fetched
    is_early: bool = False
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Intake:
    """Takes up the mail of one account.

    is_live: whether forwards are made. has_folders: whether messages may be moved. taken: set after
    each message that leaves something to submit. flooded: tells that one was held back. progress: called
    after each batch. is_over: the owner is back: what came before is taken up, and goes to nobody. follow:
    hears of what is to be taken up, to find what was moved here; None: there is nowhere to move from.
    """

    config: Config
    source: MailSource
    store: IntakeStore
    clock: Clock
    log: MailLog
    is_live: bool
    has_folders: bool
    taken: asyncio.Event
    flooded: Callable[[], Awaitable[None]]
    marks: Marks
    progress: Callable[[], None] = lambda: None
    is_over: bool = False
    follow: Callable[[MailboxFacts, Sequence[Arrived]], Awaitable[None]] | None = None

    async def reconcile(self, mailbox: str, window: Window) -> int | None:
        """Take up all that arrived in the window and was not looked at yet; how many were looked at.

        None: there is no such mailbox. Where it is 0, the search for new mail was the last command: what
        arrives after it wakes IDLE. Else the caller looks again, since a hint may have come along with any
        other answer.
        """
        facts = await self.source.open(mailbox, read_only=not self.is_live)
        if facts is None:
            return None
        position = await self.marks.position(facts)
        is_renumbered = position is not None and position.uidvalidity != facts.uidvalidity
        start = position.uid if position is not None and not is_renumbered else 0
        departed = 0 if is_renumbered else await self._notice_departures(facts)
        begin_at = await self._begin_at(window)
        return departed + await self._take_new(facts, position, start, window, begin_at)

    async def take_again(self, mailbox: str, places: Sequence[Place]) -> None:
        """What the server did not give before: where it does now, it is taken up as if it were new."""
        facts = await self.source.open(mailbox, read_only=not self.is_live)
        if facts is None:
            return
        uids = [place.uid for place in places if place.uidvalidity == facts.uidvalidity]
        async for fetched in fetch_for_triage(self.source, uids):
            if fetched.octets:
                await self._take_up_each(facts, [_Coming(fetched)])

    async def take_first(self, mailbox: str, window: Window) -> int:
        """New mail at once, before anything else is looked at: a client waits. How many were looked at.

        Not where something has left the mailbox: it may be back in it, and `reconcile` finds out.
        """
        facts = await self.source.open(mailbox, read_only=not self.is_live)
        if facts is None:
            return 0
        # All that is to be read first, at once: each is a turn of the state's thread.
        position, places, begin_at = await asyncio.gather(
            self.marks.position(facts), self.store.open_places(mailbox), self._begin_at(window)
        )
        if position is None or position.uidvalidity != facts.uidvalidity:
            return 0
        if await self._departed(facts, places):
            return 0
        return await self._take_new(facts, position, position.uid, window, begin_at)

    async def _begin_at(self, window: Window) -> datetime:
        """What backups answered to the brief counts from before the absence; nothing else does."""
        briefs = await self.store.letters("brief")
        return min((window.from_at, *(brief.at for brief in briefs)))

    async def _take_new(
        self, facts: MailboxFacts, position: Position | None, start: int, window: Window, begin_at: datetime
    ) -> int:
        uids = await self.source.uids(above=start, since=_day_before(begin_at))
        for at in range(0, len(uids), BATCH):
            batch = uids[at : at + BATCH]
            together, octets = list[_Coming](), 0
            async for fetched in fetch_for_triage(self.source, batch):
                arrived = self._when(fetched.arrived_at, window, begin_at)
                if arrived in ("away", "briefed"):
                    together.append(_Coming(fetched, is_early=arrived == "briefed"))
                    octets += len(fetched.octets)
                if len(together) >= TOGETHER or octets >= TOGETHER_OCTETS:
                    await self._take_up_each(facts, together)
                    together, octets = [], 0
            self.progress()
            await self._take_up_each(facts, together, upto=batch[-1])
        if position is None:
            await self._advance(facts, start)
        return len(uids)

    def _when(self, arrived_at: datetime | None, window: Window, begin_at: datetime) -> ArrivedWhen:
        """As `when_arrived`, where another absence may follow the one that this look began in.

        The look may last until then, or the mail server's clock be ahead of ours: what is passed over now
        is never looked at again.
        """
        when = when_arrived(arrived_at, window, begin_at)
        if when == "after" and arrived_at is not None and not self.is_over:
            return "away" if current_window(self.config.away, arrived_at) is not None else when
        return when

    async def read_late(self, mailbox: str, window: Window) -> None:
        """What arrived in an absence and nobody could read until it was over: taken up, and left where it is.

        How far was looked is not written down: the next absence begins there.
        """
        facts = await self.source.open(mailbox, read_only=True)
        if facts is None:
            return
        position = await self.marks.position(facts)
        is_same = position is not None and position.uidvalidity == facts.uidvalidity
        start = position.uid if position is not None and is_same else 0
        uids = await self.source.uids(above=start, since=_day_before(window.from_at))
        for at in range(0, len(uids), BATCH):
            async for fetched in fetch_for_triage(self.source, uids[at : at + BATCH]):
                if when_arrived(fetched.arrived_at, window, window.from_at) == "away":
                    await self._take_up_each(facts, [_Coming(fetched, is_late=True)])
            self.progress()

    async def read_answers(self, mailbox: str, ids: Sequence[str], until_at: datetime | None) -> int:
        """What answers one of our own mails, or taps one of their buttons, and arrived before a moment.

        The server looks for it: nothing else of the mailbox is read. How many there were.
        until_at: an absence begins, which takes up the rest; None: none does, whatever a server's clock says.
        """
        facts = await self.source.open(mailbox, read_only=not self.is_live)
        if facts is None:
            return 0
        mark = f"{ANSWERS} {mailbox}"
        position = await self.store.position(mark)
        is_same = position is not None and position.uidvalidity == facts.uidvalidity
        after = position.uid if position is not None and is_same else 0
        newest = max(await self.source.uids(above=after), default=after)
        if newest == after:
            return 0
        found: set[int] = set(await self.source.search_header("Subject", COMMAND_SUBJECT))
        for message_id in ids:
            found.update(await self.source.search_header("In-Reply-To", message_id))
            found.update(await self.source.search_header("References", message_id))
        uids = sorted(uid for uid in found if after < uid <= newest)
        for at in range(0, len(uids), BATCH):
            async for fetched in fetch_for_triage(self.source, uids[at : at + BATCH]):
                at_ = fetched.arrived_at
                if at_ is None or until_at is None or at_ < until_at:
                    await self._take_up_each(facts, [_Coming(fetched, is_early=True)])
        await self.store.advance(mark, Position(facts.uidvalidity, newest))
        return len(uids)

    async def read_sent(self, mailbox: str, window: Window) -> None:
        """What the owner sent by hand since the window began: an answer, or a forward, settles things."""
        facts = await self.source.open(mailbox, read_only=True)
        if facts is None:
            return
        async for fetched in self._new_in(facts, window, SENT_OCTETS):
            try:
                await self._note_sent(fetched)
            except (Unavailable, StateError):
                raise
            except Exception as bug:  # no mail of the owner's keeps the next one from counting
                self.log.not_understood(mailbox=mailbox, uid=fetched.uid, failure=bug)

    async def read_junk(self, mailbox: str, window: Window) -> None:
        """What clients have there becomes an item; what else a rule would have forwarded is counted."""
        now, found = self.clock.now(), 0
        facts = await self.source.open(mailbox, read_only=True)
        if facts is None:
            return
        await self._notice_departures(facts)
        async for fetched in self._new_in(facts, window):
            try:
                found += await self._take_from_junk(facts, fetched)
            except (Unavailable, StateError):
                raise
            except Exception as bug:
                self.log.not_understood(mailbox=mailbox, uid=fetched.uid, failure=bug)
        if found:
            await self.store.found_in_junk(found, now)

    async def _take_from_junk(self, facts: MailboxFacts, fetched: Fetched) -> bool:
        """Whether it is to be counted."""
        message, book, now = await self._parse(fetched), self.config.rule_book, self.clock.now()
        known = await self.store.conversations_for(message, now)
        verdict = triage(message, book, known, now)
        item = in_junk(verdict, message, book)
        if item is None:
            await self.store.seen_in_junk(message)
            return verdict.disposition is Disposition.FORWARD
        place = Place(facts.mailbox, facts.uidvalidity, fetched.uid)
        if not await self.store.recognise(place, message, now):
            await self.store.take_up(place, what_follows(message, item, known, book, now))
            self.taken.set()
        return False

    async def _new_in(
        self, facts: MailboxFacts, window: Window, octets: int | None = None
    ) -> AsyncIterator[Fetched]:
        """What came into a mailbox that is only read, since the window began and the last look.

        octets: so many of each; None: what its triage needs.
        """
        position = await self.marks.position(facts)
        is_same = position is not None and position.uidvalidity == facts.uidvalidity
        start = position.uid if position is not None and is_same else 0
        if is_end(start, facts.uidnext):
            return  # which the server has just said, so that it need not search
        uids = await self.source.uids(above=start, since=_day_before(window.from_at))
        for at in range(0, len(uids), BATCH):
            batch = uids[at : at + BATCH]
            async for fetched in self._fetch(batch, octets):
                if self._when(fetched.arrived_at, window, window.from_at) == "away":
                    yield fetched
            await self._advance(facts, batch[-1])

    async def _fetch(self, uids: Sequence[int], octets: int | None) -> AsyncIterator[Fetched]:
        if octets is None:
            async for fetched in fetch_for_triage(self.source, uids):
                yield fetched
        else:
            for fetched in await self.source.fetch(uids, octets):
                yield fetched

    async def _note_sent(self, fetched: Fetched) -> None:
        message = await self._parse(fetched)
        now = self.clock.now()
        known = await self.store.conversations_for(message, now)
        match whose_in_sent(message, known, self.config.owner.normal_addresses):
            case "ours":
                await self._note_filed(message)
                return
            case "other":
                return
        recipients = tuple(each.address for each in (*message.to, *message.cc))
        backups = [backup for each in recipients if (backup := self.config.backup_of(each))]
        sent_at = message.arrived_at or now
        mail = OwnMail(
            message_id=message.message_id,
            named_ids=message.named_ids,
            sent_at=sent_at,
            recipients=recipients,
            backup=backups[0].key if backups else None,
            due_at=self.config.follow_up_at(backups[0], sent_at) if backups else None,
        )
        settled = await self.store.owner_wrote(mail, now)
        self.log.owner_wrote(message_id=message.message_id, settled=settled)

    async def _note_filed(self, message: Message) -> None:
        """Our own mail lies in Sent: if its outcome was unknown, it was accepted, and goes no second time."""
        if message.message_id is None:
            return
        found = await self.store.in_doubt(message.message_id)
        if found is None:
            return
        now = self.clock.now()
        backup = self.config.backups.get(found.backup or "")
        follow_up_at = self.config.follow_up_at(backup, now) if backup else None
        file_to = FORWARDED if self.has_folders else None
        await self.store.record(found.row, Sent(follow_up_at), "", now, file_to=file_to)
        self.log.found_sent(row=found.row)

    async def _advance(self, facts: MailboxFacts, uid: int) -> None:
        self.progress()
        await self.store.advance(facts.mailbox, Position(facts.uidvalidity, uid))

    async def _take_up_each(
        self, facts: MailboxFacts, coming: Sequence[_Coming], upto: int | None = None
    ) -> None:
        """In order, and in one transaction as far as none has to be fetched whole first.

        upto: how far the mailbox was looked at with them.
        """
        end = None if upto is None else Position(facts.uidvalidity, upto)
        originals: dict[int, bytes | None] = {}
        while coming:
            try:
                entries = await self._write_down(facts, coming, originals, end)
            except (Unavailable, StateError):
                raise
            except Exception as bug:
                if len(coming) > 1:  # one is to blame, and keeps no other from its way
                    for one in coming:
                        await self._take_up_each(facts, [one])
                else:
                    cause = bug.__cause__ if isinstance(bug, Undecided) and bug.__cause__ else bug
                    await self._take_up_unreadable(facts, coming[0].fetched, cause)
                break
            for one, entry in zip(coming, entries, strict=False):
                await self._tell(Place(facts.mailbox, facts.uidvalidity, one.fetched.uid), entry)
            coming = coming[len(entries) :]
            if coming:
                first = coming[0].fetched
                originals = {first.uid: await self._whole(first)}
            else:
                return
        if end is not None:
            await self.store.advance(facts.mailbox, end)

    async def _write_down(
        self,
        facts: MailboxFacts,
        coming: Sequence[_Coming],
        originals: Mapping[int, bytes | None],
        upto: Position | None,
    ) -> list[Entry]:
        """originals: all octets of those that were fetched whole, by UID; None: it has gone."""
        book, now = self.config.rule_book, self.clock.now()
        arrived = []
        for one in coming:
            message, place = (
                await self._parse(one.fetched),
                Place(facts.mailbox, facts.uidvalidity, one.fetched.uid),
            )
            whose = counted_as(message, book)
            arrived.append(Arrived(place, message, whose, has_octets=bool(one.fetched.octets)))
        if self.follow is not None:
            await self.follow(facts, arrived)

        def decide(number: int, known: Conversations) -> TakenUp | NotYet:
            return _decide(self, arrived[number].message, coming[number], known, originals, now)

        return await self.store.take_up_each(arrived, decide, now, upto)

    async def _take_up_unreadable(self, facts: MailboxFacts, fetched: Fetched, bug: BaseException) -> None:
        """Whatever a mail does to us, it becomes an item that says so, and the next one is taken up."""
        place = Place(facts.mailbox, facts.uidvalidity, fetched.uid)
        self.log.not_understood(mailbox=place.mailbox, uid=place.uid, failure=bug)
        taken = _unreadable(fetched, self.clock.now())
        obeyed = await self.store.take_up(place, taken)
        if obeyed is not None:
            await self._tell(place, Entry(taken, obeyed))

    async def _tell(self, place: Place, entry: Entry) -> None:
        """What was written down, to whoever waits for it, and to the log."""
        if entry.is_recognised:
            self.log.recognised(mailbox=place.mailbox, uid=place.uid)
        taken = entry.taken
        if taken is None:
            return
        for command, done in zip(taken.commands, entry.obeyed, strict=True):
            self.log.backup_said(backup=command.backup, verb=command.verb, done=done)
        if taken.code is Code.FLOOD and self.is_live:
            await self.flooded()
        self.taken.set()
        self.log.triaged(
            mailbox=place.mailbox,
            uid=place.uid,
            message_id=taken.message.message_id,
            disposition=taken.disposition,
            code=taken.code,
            rule=taken.rule,
            backup=taken.backup,
        )

    async def _parse(self, fetched: Fetched) -> Message:
        message = message_of(fetched)
        if len(fetched.octets) >= _LARGE_OCTETS:  # in a thread, so that other accounts do not wait for it
            await asyncio.to_thread(read_all, message)
        return message

    async def _whole(self, fetched: Fetched) -> bytes | None:
        return await self.source.fetch_whole(fetched.uid, MAX_OCTETS)

    async def _notice_departures(self, facts: MailboxFacts) -> int:
        """What waited for a decision and is no longer there was decided by the owner's own hand.

        How many: the caller looks again, since it may have gone to a folder that is a command.
        """
        if departed := await self._departed(facts, await self.store.open_places(facts.mailbox)):
            await self.store.departed(departed, self.clock.now())
            self.log.departed(mailbox=facts.mailbox, count=len(departed))
        return len(departed)

    async def _departed(self, facts: MailboxFacts, places: Sequence[Place]) -> list[Place]:
        """places: of all that waits for a decision there."""
        current = [place for place in places if place.uidvalidity == facts.uidvalidity]
        present: Sequence[int] = ()
        if current:
            present = await self.source.uids(above=current[0].uid - 1)
        gone = sorted({place.uid for place in current} - set(present))
        departed = [Place(facts.mailbox, facts.uidvalidity, uid) for uid in gone]
        # Those of an earlier UIDVALIDITY that were not recognised are no longer there either.
        departed += [place for place in places if place.uidvalidity != facts.uidvalidity]
        return departed


def _decide(
    intake: Intake,
    message: Message,
    coming: _Coming,
    known: Conversations,
    originals: Mapping[int, bytes | None],
    now: datetime,
) -> TakenUp | NotYet:
    """What is to be written down. Pure. originals: all octets, by UID; None: it has gone meanwhile."""
    book, fetched = intake.config.rule_book, coming.fetched
    if intake.is_over:
        known = replace(known, absent=frozenset(book.backups))
    verdict = triage(message, book, known, now)
    original: bytes | None = None
    if verdict.disposition is Disposition.FORWARD and intake.is_live:
        if _is_whole(fetched):
            original = fetched.octets
        elif fetched.uid in originals:
            original = originals[fetched.uid]
        else:
            return NotYet.WANTS_WHOLE
        if original is None:
            return NotYet.LEFT  # by the owner's hand
        if not original:
            return _unreadable(fetched, now)
    taken = what_follows(
        message, verdict, known, book, now, original=original, has_folders=intake.has_folders
    )
    if coming.is_late and taken.disposition is not Disposition.OWN:
        taken = replace(taken, file_to=None)
    if not coming.is_early:
        return taken
    is_wanted = taken.code in (_EARLY if taken.conversation is None else _IN_A_HANDOVER)
    return replace(taken, file_to=None) if is_wanted else NotYet.LEFT


def _unreadable(fetched: Fetched, now: datetime) -> TakenUp:
    return unreadable(Message(arrived_at=fetched.arrived_at, size_octets=fetched.size_octets), now)


def _is_whole(fetched: Fetched) -> bool:
    return fetched.size_octets == len(fetched.octets) and not fetched.is_abridged


_EARLY = frozenset({Code.AUTO_REPLY, Code.BACKUP_REPLY, Code.BOUNCE, *COMMANDS})
"""What counts of mail from before an absence: what backups say to a brief, and commands."""

_IN_A_HANDOVER = frozenset({Code.ANSWER, Code.AUTO_REPLY, Code.NOT_ME, Code.FROM_BACKUP, Code.BOUNCE})
"""And in a conversation that the owner handed over when leaving."""

ANSWERS = "answers"  # beside a mailbox's name: how far it was looked through for them


def _day_before(moment: datetime) -> date:
    """SINCE compares dates in the server's zone (RFC 3501 section 6.4.4): a day to spare."""
    return (moment - timedelta(days=1)).date()
