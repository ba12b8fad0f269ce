"""The reviews: when one is due, what is in it, and into the outbox once for each slot."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ..core.commands.command import Grant
from ..core.compose import Catalogue, Stamp, compose_review
from ..core.compose.answer import refusal_sentences
from ..core.compose.review import FRESH
from ..core.compose.sentences import (
    ProblemKind,
    damage_sentences,
    problem_sentence,
    waiting_sentence,
    warning_sentence,
)
from ..core.delivery import WAITS_TOO_LONG
from ..core.health import Subject
from ..core.hours.ended import ANSWERABLE_FOR
from ..core.hours.schedule import Slot, current_window, due_slot, first_word_at, next_slot
from ..core.people import who_is_there
from ..core.reviews.arrange import arrange_review
from ..core.reviews.controls import Controls, review_lines, wanted_controls
from ..core.reviews.items import (
    OpenMessage,
    Review,
    ReviewFacts,
    is_worth_sending,
    told_since,
    with_next,
    without_waiting,
    without_words,
)
from ..ports import Absence, OutgoingMail, ReviewContent, ReviewStore
from .erasing import LOOK_EVERY, erase_over
from .handovers import new_token
from .homecoming import HomeDesk
from .loops import Wait
from .tenure import Tenure

TURN_AT_MOST_S = 10 * 60.0  # no server is asked but for the last look
REFRESH_S = 60.0  # how long a review waits for a last look at the mailbox
GONE_S = 10 * 60.0
LATE = timedelta(minutes=2)

MOST_WAITING = 5  # forwards that are named; more are counted

_ABSENCE_KINDS: Mapping[str, ProblemKind] = {
    "automatic": "backup_automatic",
    "bounce": "backup_bounced",
    "declined": "backup_declined",
    "dates": "backup_dates",
}


class Reviewer:
    """Makes the reviews of one tenure."""

    def __init__(self, tenure: Tenure) -> None:
        self._tenure = tenure
        self._store: ReviewStore = tenure.store
        self._clock, self._log = tenure.tools.clock, tenure.tools.log
        self._has_spoken = False
        self._desk = HomeDesk(tenure)

    async def turn(self) -> Wait:
        """Each review at its time."""
        health = self._tenure.health
        while True:
            health.expect(Subject.REVIEWS, TURN_AT_MOST_S)
            self._tenure.bells.review.clear()
            coming = self.next_slot()  # before all else: it may become due while the rest is done
            if slot := await self.due_slot():
                is_late = self._clock.now() - slot[1] > LATE  # the machine slept, or was off
                await self.refresh(is_late=is_late)
                if await self.due_slot() == slot:  # the absence may have ended meanwhile
                    await self.make(slot)
                continue
            if await self._store.reviews_refused() == 1:
                if not health.is_failing(Subject.REVIEW_MAIL):  # it was before a restart
                    health.failed(Subject.REVIEW_MAIL, "server", "a review was refused; see the log")
                await self.make(None)  # once without their words; then at the next slot
            await erase_over(self._tenure)
            first_at = await self._first_word_at()
            if first_at is not None and first_at <= self._clock.now():
                await self.refresh()
                await self.make(None)
                continue
            await self.see_to_list()
            health.succeeded(Subject.REVIEWS)
            health.rests(Subject.REVIEWS)
            look_at = self._clock.now() + LOOK_EVERY  # for what has been kept long enough
            moments = [look_at, *([coming[1]] if coming else []), *([first_at] if first_at else [])]
            return Wait(min(moments), (self._tenure.bells.review,))

    async def _first_word_at(self) -> datetime | None:
        """When it is to say that it is at work, started in the midst of an absence; None: it need not."""
        tenure, now = self._tenure, self._clock.now()
        window, coming = current_window(tenure.config.away, now), self.next_slot()
        if window is None or self._has_spoken or not tenure.says_first_word:
            return None
        zone, slot_at = tenure.config.owner.timezone, coming[1] if coming else None
        at = first_word_at(tenure.identity.state.started_at, window, zone, slot_at)
        if at is not None:
            since_at = (await self._store.review_content(now)).since_at
            self._has_spoken = since_at is not None and since_at >= window.from_at
        return None if self._has_spoken else at

    async def see_to_list(self) -> None:
        """The list of all that is open, if it is wanted; and the to-do list wherever else it stands."""
        await self._desk.make_list(lambda: self._facts(None))
        await self._desk.keep_list()

    async def due_slot(self) -> tuple[Slot, datetime] | None:
        """One that was missed is made up for, but not once the absence is over: the homecoming tells more."""
        config = self._tenure.config
        if self._tenure.is_live and not self._tenure.is_away:
            return None
        last_at = await self._store.last_slot_at() or self._tenure.identity.state.started_at
        return due_slot(config.review.at, config.owner.timezone, config.away, last_at, self._clock.now())

    def next_slot(self) -> tuple[Slot, datetime] | None:
        config = self._tenure.config
        return next_slot(config.review.at, config.owner.timezone, config.away, self._clock.now())

    async def refresh(self, *, is_late: bool = False) -> None:
        """A last look at the mailbox, if the server answers in time.

        A server that has been gone for long is waited for only if the review is late anyway: after a sleep
        of the machine the connection is gone, and a new one takes its time.
        """
        bells, fault = self._tenure.bells, self._tenure.health.faults.get(Subject.WATCH)
        is_long_gone = fault is not None and self._clock.elapsed_s() - fault.since_s > GONE_S
        looks = 2 if self._tenure.is_looking else 1  # one under way may have passed by what has come since
        try:
            async with asyncio.timeout(0 if is_long_gone and not is_late else REFRESH_S):
                for _ in range(looks):
                    bells.cycled.clear()
                    bells.wake.set()
                    bells.hurry.set()
                    await bells.cycled.wait()
        except TimeoutError:
            self._log.review_without_refresh()
        finally:
            bells.hurry.clear()

    async def compose(
        self, slot: Slot | None, controls: Callable[[Review], Controls | None] = lambda review: None
    ) -> tuple[Review, bytes, Stamp]:
        """The next review as it would go out now. Changes nothing.

        controls: makes the secrets of its buttons; without them it commands nothing.
        """
        config, owner = self._tenure.config, self._tenure.config.owner
        facts = await self._facts(slot)
        if await self._store.reviews_refused():
            facts = without_words(facts)  # what a stranger wrote was perhaps taken for spam
        catalogue = self._tenure.tools.catalogue(owner.language)
        review = await asyncio.to_thread(
            arrange_review, facts, minutes=config.review.minutes, address=owner.address
        )
        stamp = self._tenure.stamp()
        octets = await asyncio.to_thread(compose_review, review, owner, stamp, catalogue, controls(review))
        return review, octets, stamp

    async def make(self, slot: tuple[Slot, datetime] | None) -> bool:
        """One review into the outbox, once for each slot."""
        address = self._tenure.config.owner.address
        tokens: dict[str, Grant] = {}

        def controls(review: Review) -> Controls:
            wants = wanted_controls(review)
            made = {want.key: new_token() for want in wants}
            tokens.update((made[want.key], want.grant) for want in wants)
            return Controls(address, made)

        review, octets, stamp = await self.compose(slot[0] if slot else None, controls)
        facts = review.facts
        is_skipped = not is_worth_sending(facts, self._tenure.config.review.when_empty)
        is_new = await self._store.add_review(
            slot=slot,
            now=facts.now,
            shown=[m.id for item in (*review.waiting, *review.collapsed) for m in item.messages],
            mail=None if is_skipped else self._outgoing(octets, stamp, facts),
            lines=review_lines(review),
            tokens=tokens,
            told=facts.damaged,
            wants_list=self._tenure.is_live and slot is not None and facts.next_review_at is None,
        )
        if is_new and not is_skipped:
            self._tenure.lacks.were_told()
        slot_name = f"{slot[0][0]} {slot[0][1]}" if slot else None
        if slot_name and is_skipped:
            self._log.review_skipped(slot=slot_name)
        else:
            self._log.review_queued(slot=slot_name, items=len(review.waiting))
        self._tenure.bells.due.set()
        return is_new

    def _outgoing(self, octets: bytes, stamp: Stamp, facts: ReviewFacts) -> OutgoingMail:
        until_at = (facts.until_at or facts.now) + ANSWERABLE_FOR
        address = self._tenure.config.owner.address
        return OutgoingMail("review", address, octets, stamp.message_id, answerable_until=until_at)

    async def _facts(self, slot: Slot | None) -> ReviewFacts:
        tenure, config, now = self._tenure, self._tenure.config, self._clock.now()
        content = await self._store.review_content(now)
        absent = await self._store.absences(now)
        window, coming = current_window(config.away, now), self.next_slot()
        there = who_is_there(config.backups, config.backups, absent, now)
        keys = {backup.key for backup in there}
        catalogue = tenure.tools.catalogue(config.owner.language)
        names = {backup.key: backup.name for backup in config.backups.values()}
        started_at = tenure.identity.state.started_at
        last_contact_at = await tenure.last_contact_at()
        heard_at = max(last_contact_at or started_at, window.from_at) if window else now
        silent_since = heard_at if now - heard_at > FRESH else None
        since_at = told_since(content.since_at, started_at, window)
        held_up = tuple(self._held_up(content, now))
        return ReviewFacts(
            now=now,
            since_at=since_at,
            slot=slot,
            next_review_at=coming[1] if coming else None,
            until_at=window.until_at if window else None,
            messages=held_up
            + tuple(
                replace(m, warning=warning_sentence(catalogue, reason.code, reason.detail, names))
                if (reason := content.reasons.get(m.id))
                else m
                for m in content.messages
            ),
            handed=tuple(
                replace(
                    with_next(h, keys),
                    backup_name=self._backup_name(h.backup_name),
                    address=self._backup_address(h.backup_name),
                )
                for h in without_waiting(content.handed, held_up)
            ),
            counts=content.counts,
            last_contact_at=last_contact_at,
            problems=(
                *self._problems(content, absent, silent_since, held_up),
                *refusal_sentences(catalogue, content.refusals, config.owner.timezone),
            ),
            mode=tenure.identity.mode,
            receipts=tuple(
                replace(r, backup_name=self._backup_name(r.backup_name) if r.backup_name else "")
                for r in content.receipts
            ),
            there=there,
            invitations=content.invitations,
            junk=content.junk,
            outages=self._outages(content),
            damaged=tuple(row.id for row in content.set_aside),
            to_dos=len(await self._desk.to_dos()),
            is_first=content.since_at is None or (window is not None and content.since_at < window.from_at),
        )

    def _held_up(self, content: ReviewContent, now: datetime) -> Iterator[OpenMessage]:
        """Forwards that have waited too long: each is an item until it has gone."""
        owner = self._tenure.config.owner
        catalogue = self._tenure.tools.catalogue(owner.language)
        for forward in content.forwards_waiting:
            if now - forward.since_at >= WAITS_TOO_LONG:
                name = self._backup_name(forward.message.waits_for)
                since_at = forward.since_at.astimezone(owner.timezone)
                warning = waiting_sentence(catalogue, name, since_at, forward.reply)
                yield replace(forward.message, warning=warning)

    def _outages(self, content: ReviewContent) -> tuple[str, ...]:
        """Those that are over: nobody has to do anything about them."""
        config = self._tenure.config
        zone, catalogue = config.owner.timezone, self._tenure.tools.catalogue(config.owner.language)
        return tuple(
            problem_sentence(
                catalogue,
                "blind",
                from_at=outage.from_at.astimezone(zone),
                until_at=outage.to_at.astimezone(zone),
            )
            for outage in content.outages
        )

    def _backup_name(self, key: str) -> str:
        backup = self._tenure.config.backups.get(key)
        return backup.name if backup else key

    def _backup_address(self, key: str) -> str:
        backup = self._tenure.config.backups.get(key)
        return backup.address if backup else ""

    def _problems(
        self,
        content: ReviewContent,
        absent: Mapping[str, Absence],
        silent_since: datetime | None,
        held_up: Sequence[OpenMessage],
    ) -> list[str]:
        """What never changes is said once, in the first of all reviews.

        silent_since: the mail server was heard last then, too long ago; or None. held_up: forwards that are
        items, and so are counted only.
        """
        config, server = self._tenure.config, self._tenure.server
        zone, catalogue = config.owner.timezone, self._tenure.tools.catalogue(config.owner.language)
        problems = self._tenure.health.problems(config, catalogue)
        if silent_since is not None and not self._tenure.health.is_failing(Subject.WATCH):
            # A server that hangs is no fault before its time is up; it is no reason to say that all is well.
            since_at = silent_since.astimezone(zone)
            problems.insert(0, problem_sentence(catalogue, "still_blind", from_at=since_at, reason=""))
        problems += self._tenure.lacks.sentences(catalogue)
        about = [(row.mail.sender, row.mail.subject) if row.mail else None for row in content.set_aside]
        problems += damage_sentences(catalogue, about)
        for key, absence in absent.items():
            name = self._backup_name(key)
            problems.append(problem_sentence(catalogue, _ABSENCE_KINDS[absence.why], backup=name))
        for failed in content.failures:
            said = {"subject": failed.subject, "reason": failed.reply}
            name = self._backup_name(failed.backup)
            problems.append(problem_sentence(catalogue, "forward_failed", backup=name, **said))
        for key, reply in content.letters_failed.items():
            if key not in absent:
                name = self._backup_name(key)
                problems.append(problem_sentence(catalogue, "letter_failed", backup=name, reason=reply))
        problems += self._waiting(content, held_up, catalogue)
        if content.since_at is None and server is not None and not server.can_move:
            problems.append(problem_sentence(catalogue, "no_move"))
        return problems

    def _waiting(
        self, content: ReviewContent, held_up: Sequence[OpenMessage], catalogue: Catalogue
    ) -> Iterator[str]:
        """What cannot go yet. Forwards that are items are counted only; so are those beyond the first few."""
        zone = self._tenure.config.owner.timezone
        waiting = content.forwards_waiting
        items = {message.id for message in held_up}
        named = [forward for forward in waiting if forward.message.id not in items][:MOST_WAITING]
        for forward in named:
            yield problem_sentence(
                catalogue,
                "forward_waits",
                backup=self._backup_name(forward.message.waits_for),
                subject=forward.message.subject,
                from_at=forward.since_at.astimezone(zone),
                reason=forward.reply,
            )
        if len(waiting) > len(named):
            first_at = waiting[0].since_at.astimezone(zone)
            yield problem_sentence(catalogue, "many_wait", count=str(len(waiting)), from_at=first_at)
        if letters := content.letters_waiting:
            names = [self._backup_name(key) for key in dict.fromkeys(letter.backup for letter in letters)]
            yield problem_sentence(
                catalogue,
                "letter_waits",
                backup=catalogue.join(names),
                from_at=letters[0].since_at.astimezone(zone),
                reason=letters[0].reply,
            )
