"""The departure mail: the mailbox looked at, what is open offered, all of it told the evening before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..core.commands.command import Grant, mailto, subject_for
from ..core.compose import Stamp
from ..core.compose.leaving import Cover, LeavingFacts, compose_leaving
from ..core.hours.absence import Leave, next_leave
from ..core.hours.briefed import asked_for
from ..core.hours.ended import ANSWERABLE_FOR
from ..core.lessons import Lessons, Tried
from ..core.mail.message import Message
from ..core.people import Window, who_is_there
from ..core.reviews.follows import what_follows
from ..core.reviews.leaving import (
    LOOK_BACK,
    REPLAYED,
    Key,
    Offered,
    Seen,
    is_unanswered,
    leaving_at,
    offer,
    offered_grants,
    offered_lines,
    replay_of,
)
from ..core.triage.flood import counted_as
from ..core.triage.threads import Threads, chain_of
from ..core.triage.triage import triage
from ..ports import Fetched, OutgoingMail, Place
from .handovers import new_token
from .mailboxes import SENT_OCTETS, fetch_for_triage, message_of, sent_mailbox
from .tenure import Tenure

BATCH = 50
SLOT = 9  # of the day before: no review of that day has so late a number


@dataclass(frozen=True, slots=True)
class Leaving:
    """Makes the departure mail of one tenure, over its open connection."""

    tenure: Tenure

    def coming(self) -> tuple[Leave, datetime] | None:
        """The absence that is left for next, and when its mail goes; None: none is planned."""
        config, now = self.tenure.config, self.tenure.tools.clock.now()
        found = next_leave([leave for leave in config.leaves if not leave.is_trial], now)
        if found is None or found.window.from_at <= now or not self.tenure.is_live:
            return None
        return found, leaving_at(found.window, config.owner.timezone)

    async def due(self) -> tuple[Leave, datetime] | None:
        """As `coming`, where its time has come and it was not made yet."""
        found = self.coming()
        if found is None or found[1] > self.tenure.tools.clock.now():
            return None
        last_at = await self.tenure.store.last_slot_at()
        return None if last_at is not None and last_at >= found[1] else found

    async def make(self, leave: Leave, at: datetime, *, is_asked: bool = False) -> bool:
        """Into the outbox, once for each absence. is_asked: whatever was made before. Raises Unavailable."""
        tenure, now = self.tenure, self.tenure.tools.clock.now()
        octets, stamp, offered, tokens = await self._compose(leave, now, is_kept=True)
        until_at = leave.window.until_at
        config = tenure.config
        mail = OutgoingMail(
            "review",
            config.owner.address,
            octets,
            stamp.message_id,
            answerable_until=until_at + ANSWERABLE_FOR,
        )
        eve = leave.window.from_at.astimezone(config.owner.timezone).date() - timedelta(days=1)
        is_new = await tenure.store.add_review(
            slot=None if is_asked else ((eve, SLOT), at),
            now=now,
            shown=(),
            mail=mail,
            lines=offered_lines(offered),
            tokens=tokens,
        )
        tenure.tools.log.departure_queued(items=len(offered))
        tenure.bells.due.set()
        return is_new

    async def show(self, leave: Leave) -> bytes:
        """As it would go out now. Changes nothing, and commands nothing. Raises Unavailable."""
        octets, _, _, _ = await self._compose(leave, self.tenure.tools.clock.now(), is_kept=False)
        return octets

    async def _compose(
        self, leave: Leave, now: datetime, *, is_kept: bool
    ) -> tuple[bytes, Stamp, tuple[Offered, ...], dict[str, Grant]]:
        tenure = self.tenure
        seen = await self._look(now, leave.window.from_at)
        found = await self._kept(seen, now) if is_kept else [(0, one) for _, one in seen.unanswered]
        offered = offer(found, self._there(await tenure.store.absences(now), now))
        count = sum(1 for _ in seen.unanswered)
        until_at = leave.window.until_at
        grants = offered_grants(offered, until_at) if is_kept else {}
        tokens: dict[str, Grant] = {}
        links: dict[Key, str] = {}
        config, stamp = tenure.config, tenure.stamp()
        catalogue = tenure.tools.catalogue(config.owner.language)
        for key, grant in grants.items():
            token = new_token()
            tokens[token] = grant
            subject = offered[key[0] - 1].seen.message.subject[:30]
            links[key] = mailto(config.owner.address, subject_for(key[1], token), subject)
        learnt = await tenure.store.learnt()
        lessons = Lessons.from_values(learnt)
        facts = LeavingFacts(
            window=leave.window,
            offered=offered,
            more=max(0, count - len(offered)),
            looked=True,
            covers=await self._covers(leave.window, now),
            cover=config.cover,
            replay=replay_of(seen.all, now - REPLAYED),
            tested_at=lessons.tested_at if lessons is not None else None,
            tried=Tried.from_values(learnt),
            tried_at=await tenure.of_trial().last_slot_at(),
            alert=config.alert.address if config.alert else "",
            at=config.review.at,
        )
        names = {key: backup.first_name for key, backup in config.backups.items()}
        octets = compose_leaving(facts, links, names, config.owner, stamp, catalogue)
        return octets, stamp, offered, tokens

    # --- what is open ------------------------------------------------------------------------------

    async def _look(self, now: datetime, before: datetime) -> _Look:
        """The mail of the last days, decided as it would have been. Read-only.

        before: the absence begins; what comes from then on is taken up by it, also while this looks.
        """
        tenure, source = self.tenure, self.tenure.tools.source
        config, book = tenure.config, tenure.config.rule_book
        assert config.account is not None
        since_at = now - LOOK_BACK
        threads = Threads(config.owner.normal_addresses, authserv_id=book.authserv_id)
        answered: set[str] = set()
        mailbox = sent_mailbox(await source.list_mailboxes(), config.account.sent)
        if mailbox is not None and await source.open(mailbox, read_only=True) is not None:
            uids = await source.uids(since=since_at.date())
            for at in range(0, len(uids), BATCH):
                for fetched in await source.fetch(uids[at : at + BATCH], SENT_OCTETS):
                    message = message_of(fetched)
                    answered.update(message.named_ids)
                    if message.arrived_at is not None:
                        threads.note_sent(message, message.arrived_at)
        found: list[tuple[Place, Fetched, Message]] = []
        done: set[Place] = set()
        for name in config.account.mailboxes:
            facts = await source.open(name, read_only=True)
            if facts is None:
                continue
            settled = await tenure.store.settled(name, facts.uidvalidity)
            done |= {Place(name, facts.uidvalidity, uid) for uid, how in settled.items() if how == "done"}
            uids = await source.uids(since=(since_at - timedelta(days=1)).date())
            uids = [uid for uid in uids if settled.get(uid) != "own"]
            for at in range(0, len(uids), BATCH):
                async for fetched in fetch_for_triage(source, uids[at : at + BATCH]):
                    if fetched.arrived_at is not None and since_at <= fetched.arrived_at < before:
                        message = message_of(fetched)
                        found.append((Place(name, facts.uidvalidity, fetched.uid), fetched, message))
        found.sort(key=lambda each: each[1].arrived_at or now)
        seen = []
        for place, fetched, message in found:
            at_ = message.arrived_at or now
            originator = counted_as(message, book)
            if message.message_id in (await tenure.store.conversations_for(message, now)).ours:
                continue
            known = threads.known(message, at_, originator)
            verdict = triage(message, book, known, at_)
            threads.record(message, verdict, at_, chain_of(book, verdict), originator)
            taken = what_follows(message, verdict, known, book, at_)
            seen.append((place, Seen(message, verdict, taken.traits, fetched.flags)))
        owner = config.owner.normal_addresses
        unanswered = [
            (place, one) for place, one in seen if place not in done and is_unanswered(one, answered, owner)
        ]
        return _Look(tuple(one for _, one in seen), tuple(unanswered))

    async def _kept(self, look: _Look, now: datetime) -> list[tuple[int, Seen]]:
        """With the ids by which the state knows them: they are decided, until she says otherwise."""
        kept = []
        for place, seen in look.unanswered[:MOST_KEPT]:
            book = self.tenure.config.rule_book
            known = await self.tenure.store.conversations_for(seen.message, now)
            verdict = replace(seen.verdict, conversation=None)
            taken = what_follows(seen.message, verdict, known, book, now)
            id_ = await self.tenure.store.offer(place, taken)
            if id_ is not None:
                kept.append((id_, seen))
        return kept

    def _there(self, absent: object, now: datetime) -> Sequence[str]:
        backups = self.tenure.config.backups
        assert isinstance(absent, dict)
        return tuple(backup.key for backup in who_is_there(backups, backups, absent, now))

    async def _covers(self, window: Window, now: datetime) -> tuple[Cover, ...]:
        store = self.tenure.store
        said = await store.said_by_backups()
        briefed = asked_for(window, await store.briefs_that_hold(now))
        return tuple(
            Cover(backup.first_name, said.get(key, "") if key in briefed else "", key in briefed)
            for key, backup in self.tenure.config.backups.items()
        )


MOST_KEPT = 40


@dataclass(frozen=True, slots=True)
class _Look:
    """all: in order of arrival. unanswered: with their places."""

    all: tuple[Seen, ...]
    unanswered: tuple[tuple[Place, Seen], ...]
