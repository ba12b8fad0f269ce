"""After the forward: who has what until when, passed on, asked again, told. Beside the outbox.

What is due is read from the state each time, so that a daemon that was down makes up for it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..config.model import Config
from ..core.commands.command import TOKEN_ALPHABET, TOKEN_CHARACTERS, Grant, Verb, mailto, subject_for
from ..core.compose import (
    BriefButtons,
    Catalogue,
    CoverReason,
    OverviewButtons,
    OverviewItem,
    Stamp,
    Told,
    compose_brief,
    compose_cover,
    compose_overview,
    compose_withdrawal,
)
from ..core.compose.overview import MAX_ITEMS
from ..core.compose.rule_words import words_of_rules
from ..core.handovers.machine import following, is_overdue, why_to_pass_on
from ..core.handovers.presence import Absence
from ..core.hours.absence import called_off
from ..core.hours.briefed import Briefed, meets, to_take_back
from ..core.hours.schedule import next_window
from ..core.hours.workhours import overview_moments, working_day_before
from ..core.mail.display import spoken_name
from ..core.mail.message import Address
from ..core.people import Backup, Language, Window, who_is_there
from ..maillog import MailLog
from ..ports import Clock, HandoverRow, HandoverStore, Letter, LetterRow, OutgoingMail, TakenFrom

OVERVIEW_IS_LATE = timedelta(hours=2)
"""An overview that a daemon missed is made up for so long; after that the next one will do."""

LOOK_AHEAD = timedelta(days=8)  # any week has an overview's moment, unless all of it is holidays

_COVER_REASONS: Mapping[str, CoverReason] = {
    "automatic": "away",
    "auto_reply": "away",
    "away": "away",
    "bounce": "undelivered",
    "refused": "undelivered",
    "not_me": "not_me",
    "silence": "silence",
}

BRIEFED_AHEAD = 3
"""Working days: the departure mail then tells what each answered, and there is time to ask another."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One account's handovers. stamp: makes a new Stamp.

    changed: called when mail was queued. nobody_left: a conversation has come to the end of its chain.
    """

    config: Config
    store: HandoverStore
    clock: Clock
    log: MailLog
    catalogue: Callable[[Language], Catalogue]
    stamp: Callable[[], Stamp]
    changed: Callable[[], None]
    nobody_left: Callable[[], Awaitable[None]]

    async def run_due(self) -> None:
        """Do all that is due now: pass on, send briefs and overviews."""
        now = self.clock.now()
        await self._take_back_briefs(now)
        await self._send_briefs(now)
        absent = await self.store.absences(now)
        for row in await self.store.open_handovers():
            why = why_to_pass_on(
                row.pass_why,
                is_silent=is_overdue(row.due_at, row.accepted_at, now),
                on_silence=self.config.follow_up.on_silence,
                has_next=bool(self._next(row, absent, now)),
            )
            if why is not None:
                await self._pass_on(row, why, absent, now)
        await self._send_overviews(now)

    async def has_mail(self) -> bool:
        """Whether a brief is due, or is to be taken back, or something that was handed over is open."""
        now = self.clock.now()
        moments = {backup.key: moment for backup, moment in self._brief_moments(now)}
        is_due = any(moments[backup.key] <= now for backup, _ in await self._unbriefed(now))
        if is_due or await self._to_take_back(now):
            return True
        return bool(await self.store.open_handovers())

    async def next_at(self, done_at: datetime) -> datetime | None:
        """When something is due next, as far as it is known; None: not before something happens.

        done_at: when what was due was looked for. What has become due since, while that was done or the
        machine slept, is next.
        """
        moments = [moment for _, moment in self._brief_moments(done_at) if moment > done_at]
        rows = await self.store.open_handovers()
        moments += [row.due_at for row in rows if row.due_at is not None and row.due_at > done_at]
        for backup in self.config.backups.values():
            upcoming = (at for _, at in self._overview_slots(backup, done_at) if at > done_at)
            moments += [at] if (at := next(upcoming, None)) else []
        return min(moments, default=None)

    # --- the chain ---------------------------------------------------------------------------------

    def _next(self, row: HandoverRow, absent: Mapping[str, Absence], now: datetime) -> tuple[Backup, ...]:
        """Who comes next in the chain and is there, in order."""
        keys = following(row.chain, row.tried, row.backup)
        return who_is_there(keys, self.config.backups, absent, now)

    async def _pass_on(
        self, row: HandoverRow, why: str, absent: Mapping[str, Absence], now: datetime
    ) -> None:
        nexts = self._next(row, absent, now)
        before = self.config.backups.get(row.backup)
        cover = None
        if nexts and before is not None and row.handed_at is not None:
            written_to = await self.store.written_to()
            cover = self._cover(row, why, before, nexts[0], now, written_to)
        await self.store.pass_on(
            row.id,
            held_by=row.backup,
            backups=tuple(backup.key for backup in nexts),
            why=why,
            now=now,
            cover=cover,
        )
        self.log.passed_on(
            conversation=row.id, why=why, backup=row.backup, to=nexts[0].key if nexts else None
        )
        if not nexts:
            await self.nobody_left()
        self.changed()

    def _called(self, client: Address, written_to: frozenset[str]) -> str:
        """A client, as our sentences name them."""
        return spoken_name(client, is_known=self.config.rule_book.knows(client.address, written_to))

    def _cover(
        self,
        row: HandoverRow,
        why: str,
        before: Backup,
        backup: Backup,
        now: datetime,
        written_to: frozenset[str],
    ) -> OutgoingMail:
        stamp, catalogue = self.stamp(), self.catalogue(backup.language)
        octets = compose_cover(
            self.config.owner,
            backup,
            before,
            self._called(row.client, written_to),
            row.subject,
            row.messages,
            row.handed_at or row.opened_at,
            _COVER_REASONS.get(why, "silence"),
            now,
            stamp,
            catalogue,
        )
        return OutgoingMail("cover", backup.address, octets, stamp.message_id, backup.key)

    # --- the overview ------------------------------------------------------------------------------

    def _overview_slots(self, backup: Backup, now: datetime) -> Iterator[tuple[str, datetime]]:
        """The moments for an overview to a backup from yesterday on, each with its name."""
        config = self.config
        day = now.astimezone(backup.timezone).date() - timedelta(days=1)
        for _ in range(LOOK_AHEAD.days + 2):
            moments = overview_moments(day, config.hours_of(backup), backup.timezone, config.is_holiday)
            for index, moment in enumerate(moments):
                yield f"{day} {index}", moment
            day += timedelta(days=1)

    async def _send_overviews(self, now: datetime) -> None:
        rows = [row for row in await self.store.open_handovers() if row.handed_at is not None]
        letters = [row for row in await self.store.letters("overview") if row.about is None]
        sent = {(letter.backup, letter.slot) for letter in letters}
        window = next_window(self.config.away, now)
        begin_at = window.from_at if window else now
        for key, backup in self.config.backups.items():
            since_at = max((letter.at for letter in letters if letter.backup == key), default=begin_at)
            due = [
                (slot, moment)
                for slot, moment in self._overview_slots(backup, now)
                if moment <= now < moment + OVERVIEW_IS_LATE
            ]
            theirs = [row for row in rows if row.backup == key]
            if not due or (key, due[-1][0]) in sent:
                continue
            told = await self.store.taken_from(key, since_at)
            # What they got a moment ago needs no reminder.
            if told or any(_is_older(row, now) for row in theirs):
                await self._send_overview(backup, due[-1][0], theirs, told, now)

    async def _send_overview(
        self,
        backup: Backup,
        slot: str,
        rows: Sequence[HandoverRow],
        taken: Sequence[TakenFrom],
        now: datetime,
    ) -> None:
        stamp, catalogue = self.stamp(), self.catalogue(backup.language)
        tokens: dict[str, Grant] = {}
        expires_at = self._expiry(now)

        def button(verb: Verb, row: HandoverRow, sentence: str) -> str:
            token = new_token()
            tokens[token] = Grant(
                verb=verb, by=backup.key, items=(), expires_at=expires_at, conversation=row.id
            )
            return mailto(self.config.owner.address, subject_for(verb, token), sentence)

        say = catalogue.gettext
        written_to = await self.store.written_to()
        items = [
            OverviewItem(
                number=number,
                client=self._called(row.client, written_to),
                subject=row.subject,
                excerpt=row.excerpt,
                since_at=row.handed_at or row.opened_at,
                due_at=row.due_at,
                state="later" if row.accepted_at else "asked" if row.question_at else "open",
                mails=row.messages,
                buttons=OverviewButtons(
                    answered=button(Verb.ANSWERED, row, say("Answered, or phoned.")),
                    later_today=button(Verb.LATER_TODAY, row, say("I will answer later today.")),
                    not_me=button(Verb.NOT_ME, row, say("Not for me, please ask somebody else.")),
                ),
            )
            for number, row in enumerate(rows, 1)
        ]
        told = [Told(self._called(one.client, written_to), one.subject, one.is_answered) for one in taken]
        octets = compose_overview(
            self.config.owner,
            backup,
            items,
            told,
            now,
            self.config.review.at,
            stamp,
            catalogue,
            back_at=self._back_at(backup, now),
        )
        await self.store.add_tokens(tokens)
        letter = Letter("overview", backup.key, slot, tuple(row.id for row in rows[:MAX_ITEMS]))
        mail = OutgoingMail(letter.kind, backup.address, octets, stamp.message_id, backup.key)
        if await self.store.add_letter(letter, mail, now):
            self.changed()

    def _back_at(self, backup: Backup, now: datetime) -> datetime | None:
        """From when the owner answers again, where no other overview comes before that."""
        window = next_window(self.config.away, now)
        if window is None or window.from_at > now:
            return None
        coming = (at for _, at in self._overview_slots(backup, now) if now < at < window.until_at)
        return window.until_at if next(coming, None) is None else None

    # --- the brief ---------------------------------------------------------------------------------

    def _brief_moments(self, now: datetime) -> Iterator[tuple[Backup, datetime]]:
        """When each backup hears of the coming absence: so many working days before it."""
        window = next_window(self.config.served, now)
        if window is None:
            return
        for backup in self.config.backups.values():
            hours = self.config.hours_of(backup)
            day = working_day_before(
                window.from_at, BRIEFED_AHEAD, hours, backup.timezone, self.config.is_holiday
            )
            moments = overview_moments(day, hours, backup.timezone, self.config.is_holiday)
            yield backup, min((*moments, window.from_at))

    async def _send_briefs(self, now: datetime) -> None:
        moments = {backup.key: moment for backup, moment in self._brief_moments(now)}
        for backup, window in await self._unbriefed(now):
            if moments[backup.key] <= now:
                await self.send_brief(backup, window)

    async def _unbriefed(self, now: datetime) -> list[tuple[Backup, Window]]:
        """Who has not heard of the coming absence as it now is. Who is away for all of it need not."""
        window = next_window(self.config.served, now)
        if window is None:
            return []
        sent = {(letter.backup, letter.slot) for letter in await self.store.letters("brief")}
        taken_back = _briefed(await self.store.letters("overview"))
        return [
            (backup, window)
            for backup in self.config.backups.values()
            if (backup.key, self._brief_slot(backup, window, taken_back)) not in sent
            and not any(
                each.from_at <= window.from_at and window.until_at <= each.until_at for each in backup.away
            )
        ]

    def _brief_slot(self, backup: Backup, window: Window, taken_back: Sequence[Briefed]) -> str:
        """What a brief is about: when that changes, there is a new one; so after it was taken back."""
        times = sum(one.backup == backup.key and meets(window, [one.about]) for one in taken_back)
        facts = (
            window.from_at.isoformat(),
            window.until_at.isoformat(),
            backup.address,
            *(f"{each.from_at}-{each.until_at}" for each in backup.away),
            *([f"{times}"] if times else []),
        )
        return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]

    async def send_briefs(self) -> tuple[str, ...]:
        """To every backup who has not had it, before its time has come; their addresses."""
        unbriefed = await self._unbriefed(self.clock.now())
        for backup, window in unbriefed:
            await self.send_brief(backup, window)
        return tuple(backup.address for backup, _ in unbriefed)

    async def send_brief(self, backup: Backup, window: Window) -> None:
        """The brief into the outbox, unless the same went before."""
        now = self.clock.now()
        stamp, catalogue = self.stamp(), self.catalogue(backup.language)
        say = catalogue.gettext
        tokens: dict[str, Grant] = {}

        def button(verb: Verb, sentence: str) -> str:
            token = new_token()
            tokens[token] = Grant(verb=verb, by=backup.key, items=(), expires_at=window.until_at)
            return mailto(self.config.owner.address, subject_for(verb, token), sentence)

        octets = compose_brief(
            self.config.owner,
            backup,
            window,
            words_of_rules(self.config.rules, backup, self.config.backups, catalogue),
            self.config.follow_up.within,
            self.config.review.at,
            BriefButtons(
                there=button(Verb.THERE, say("I am there the whole time.")),
                not_from_to=button(Verb.NOT_FROM_TO, say("I am not there from … to …")),
                rather_not=button(Verb.RATHER_NOT, say("I would rather not.")),
            ),
            stamp,
            catalogue,
        )
        await self.store.add_tokens(tokens)
        taken_back = _briefed(await self.store.letters("overview"))
        letter = Letter("brief", backup.key, self._brief_slot(backup, window, taken_back), about=window)
        mail = OutgoingMail(letter.kind, backup.address, octets, stamp.message_id, backup.key)
        if await self.store.add_letter(letter, mail, now):
            self.log.brief_queued(backup=backup.key)
            self.changed()

    # --- and what takes it back

    async def _to_take_back(self, now: datetime) -> list[tuple[str, Window]]:
        briefs = await self.store.letters("brief")
        config = self.config
        in_file = config.away if config.in_file is None else config.in_file
        off = [leave.window for leave in called_off(in_file, config.kept, now)]
        taken_back = await self.store.letters("overview")
        found = to_take_back(_briefed(briefs), _briefed(taken_back), config.served, off, now)
        return [(key, window) for key, window in found if key in config.backups]

    async def _take_back_briefs(self, now: datetime) -> None:
        """Whoever was asked to stand in, and need not, is told so: one mail each."""
        for key, window in await self._to_take_back(now):
            backup = self.config.backups[key]
            stamp, catalogue = self.stamp(), self.catalogue(backup.language)
            rows = await self.store.open_handovers()
            has_mail = any(row.backup == key and row.handed_at is not None for row in rows)
            octets = compose_withdrawal(
                self.config.owner, backup, window, stamp, catalogue, has_mail=has_mail
            )
            letter = Letter(
                "overview", key, f"off {window.from_at.isoformat()} {now.isoformat()}", about=window
            )
            mail = OutgoingMail("overview", backup.address, octets, stamp.message_id, key)
            if await self.store.add_letter(letter, mail, now):
                self.log.brief_taken_back(backup=key)
                self.changed()

    def _expiry(self, now: datetime) -> datetime:
        window = next_window(self.config.away, now)
        return window.until_at if window else now


def new_token() -> str:
    """A button's secret."""
    return "".join(secrets.choice(TOKEN_ALPHABET) for _ in range(TOKEN_CHARACTERS))


def _briefed(letters: Sequence[LetterRow]) -> list[Briefed]:
    """Those that are about an absence."""
    return [Briefed(row.backup, row.about, row.at) for row in letters if row.about is not None]


def _is_older(row: HandoverRow, now: datetime) -> bool:
    return row.handed_at is not None and now - row.handed_at >= timedelta(hours=1)
