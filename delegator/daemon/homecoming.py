"""The to-do list, the list of all that is open, and the end of an absence.

An absence is closed in two transactions: first what nobody decided becomes a to-do and the secrets end, then,
when all is filed and counted, the mail that tells it goes into the outbox. Each happens once, whatever comes
between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from ..core.commands.command import Grant
from ..core.compose.flight import compose_part
from ..core.compose.homecoming import HomePart, compose_homecoming, home_grant, home_parts
from ..core.compose.mail import Stamp
from ..core.compose.overview import compose_farewell
from ..core.compose.to_do import compose_refused, compose_task, write_markdown
from ..core.health import Subject
from ..core.hours.ended import ANSWERABLE_FOR, Homecoming, last_before, to_close
from ..core.hours.schedule import current_window, next_window
from ..core.mail.display import spoken_name
from ..core.people import Window
from ..core.reviews.controls import Controls
from ..core.reviews.flight import Part, lay_out, part_controls, part_lines
from ..core.reviews.homecoming import HomeFacts, Story
from ..core.reviews.items import ReviewFacts
from ..core.reviews.to_do import ToDo, list_to_dos
from ..ports import AnswerableMail, HomeStore, Letter, OutgoingMail, TellingParts
from .away import set_away
from .handovers import new_token
from .tenure import Tenure

_NEXT_AT_MOST = timedelta(days=400)
"""The homecoming mail may be answered until the next absence begins; where none is known, for so long."""


HomeSaid = Literal["home", "was home", "not away"]
"""What came of coming home: it is told now; it was before; there is nothing to tell."""


class HomeDesk:
    """Keeps one tenure's to-do list, makes the list of all that is open, and closes its absences."""

    def __init__(self, tenure: Tenure) -> None:
        self._tenure = tenure
        self._store: HomeStore = tenure.store
        self._clock, self._log = tenure.tools.clock, tenure.tools.log

    # --- the to-do list

    async def _absence(self) -> tuple[Window | None, tuple[Homecoming, ...]]:
        """The absence that the list is of: the one that runs, else the last that was closed."""
        known = await self._store.homecomings()
        now = self._clock.now()
        running = current_window(self._tenure.config.away, now)
        last = max(known, key=lambda one: one.window.until_at, default=None)
        ended = to_close(self._tenure.config.away, known, self._started_at, now)
        return running or ended or (last.window if last else None), known

    @property
    def _started_at(self) -> datetime:
        return self._tenure.identity.state.started_at

    async def to_dos(self) -> tuple[ToDo, ...]:
        """The list as it is."""
        window, known = await self._absence()
        since_at = last_before(known, window) if window is not None else None
        return list_to_dos(await self._store.to_dos(since_at))

    async def keep_list(self) -> None:
        """The files as the list is now; and once the owner is back, a task for each entry."""
        if not self._tenure.is_live:
            return
        config = self._tenure.config
        if not (config.to_do_files or config.tasks):
            return
        to_dos = await self.to_dos()
        if config.to_do_files:
            await self._write_files(to_dos)
        if config.tasks and await self._is_home():
            await self._send_tasks(to_dos)

    async def _write_files(self, to_dos: Sequence[ToDo]) -> None:
        """Where they differ. One that cannot be written is told, and tried again."""
        owner, health = self._tenure.config.owner, self._tenure.health
        text = write_markdown(to_dos, owner, self._tenure.tools.catalogue(owner.language))
        for path in self._tenure.config.to_do_files:
            try:
                await asyncio.to_thread(self._tenure.tools.write_list, path, text)
            except OSError as error:
                if not health.is_failing(Subject.TO_DO_FILE):
                    self._log.to_do_file_failed(what=f"{path}: {error.strerror}")
                health.failed(Subject.TO_DO_FILE, "server", f"{path}: {error.strerror}")
                return
        health.succeeded(Subject.TO_DO_FILE)

    async def _is_home(self) -> bool:
        window, known = await self._absence()
        return window is not None and any(one.window == window and one.is_told for one in known)

    async def _send_tasks(self, to_dos: Sequence[ToDo]) -> None:
        """Each entry to each program, once."""
        config = self._tenure.config
        catalogue = self._tenure.tools.catalogue(config.owner.language)
        for task in config.tasks:
            known = await self._store.sent_as_task(task.address)
            for to_do in to_dos:
                if known.intersection(to_do.messages):
                    continue
                stamp = self._tenure.stamp()
                octets = compose_task(to_do, task, config.owner, stamp, catalogue)
                mail = OutgoingMail("task", task.address, octets, stamp.message_id)
                await self._store.add_task(to_do.messages, mail, self._clock.now())
        await self._tell_refused()
        self._tenure.bells.due.set()

    async def _tell_refused(self) -> None:
        """A program that refuses to-dos is told once: the homecoming mail went before it was known."""
        tenure, now = self._tenure, self._clock.now()
        owner = tenure.config.owner
        for address, reason in list(tenure.refused_tasks.items()):
            if address in tenure.told_tasks:
                continue
            tenure.told_tasks.add(address)
            stamp, catalogue = tenure.stamp(), tenure.tools.catalogue(owner.language)
            octets = compose_refused(address, reason, owner, stamp, catalogue)
            await tenure.store.queue(tenure.to_owner("answer", octets, stamp.message_id, now), now)

    # --- the list of all that is open

    async def make_list(self, facts: Callable[[], Awaitable[ReviewFacts]]) -> bool:
        """Into the outbox, if it was asked for; in as few mails as hold it."""
        if await self._store.list_wanted() is None or not self._tenure.is_live:
            return False
        found, now = await facts(), self._clock.now()
        mails, entries = [], 0
        for part in await self.parts(found):
            tokens: dict[str, Grant] = {}
            octets, stamp = await asyncio.to_thread(self._composed, part, tokens)
            until_at = max(found.until_at or now, now) + ANSWERABLE_FOR
            mail = self._tenure.to_owner("list", octets, stamp.message_id, until_at)
            mails.append(AnswerableMail(mail, tuple(part_lines(part)), tokens))
            entries += part.size
        is_new = await self._store.add_list(mails, now)
        if is_new:
            self._log.list_queued(mails=len(mails), entries=entries)
            self._tenure.bells.due.set()
        return is_new

    async def parts(self, facts: ReviewFacts) -> tuple[Part, ...]:
        """So that every one stays under 80 kB."""
        ids = [message.id for message in facts.messages]
        texts = await self._store.texts(ids)
        return await asyncio.to_thread(
            lay_out, facts, await self.to_dos(), texts, lambda part: len(self._composed(part, {})[0])
        )

    def _composed(self, part: Part, tokens: dict[str, Grant]) -> tuple[bytes, Stamp]:
        owner = self._tenure.config.owner
        wants = part_controls(part)
        made = {want.key: new_token() for want in wants}
        tokens.update((made[want.key], want.grant) for want in wants)
        controls = Controls(owner.address, made)
        stamp, catalogue = self._tenure.stamp(), self._tenure.tools.catalogue(owner.language)
        return compose_part(part, owner, stamp, catalogue, controls), stamp

    # --- the homecoming

    async def due(self) -> Window | None:
        """The absence that has ended and is to be closed; a trial leaves nothing to be closed."""
        tenure = self._tenure
        if not tenure.is_live or tenure.identity.state.observes or tenure.health.is_clock_in_doubt():
            return None
        known = await self._store.homecomings()
        return to_close(tenure.config.served, known, self._started_at, self._clock.now())

    async def homecoming(self, window: Window) -> Homecoming | None:
        """As it was closed; None: it was not yet."""
        known = await self._store.homecomings()
        return next((one for one in known if one.window.until_at == window.until_at), None)

    async def unseen(self) -> Window | None:
        """The last absence, where it was closed without a look at the mailbox."""
        if not self._tenure.is_live or self._tenure.identity.state.observes:
            return None
        known = await self._store.homecomings()
        last = max(known, key=lambda one: one.window.until_at, default=None)
        return last.window if last is not None and last.is_unseen else None

    async def close(self, window: Window, *, is_unseen: bool = False) -> None:
        """What nobody decided becomes a to-do, secrets end, and the backups hear that it is over.

        is_unseen: without a last look at the mailbox.
        """
        now, has_folders = self._clock.now(), self._tenure.has_folders
        if await self._store.come_home(window, now, has_folders=has_folders, is_unseen=is_unseen):
            self._log.came_home(until=window.until_at)
        await self._say_farewell(window, now)
        self._tenure.bells.due.set()

    async def tell(self, window: Window, found: Mapping[str, int] | None) -> None:
        """The homecoming mail into the outbox, and the tasks behind it. found: mails by folder, or None."""
        now = self._clock.now()
        coming = next_window(self._tenure.config.away, now)
        until_at = coming.from_at if coming is not None else now + _NEXT_AT_MOST
        facts = await self.facts(window, found)
        known = await self.homecoming(window)
        told = TellingParts(0, frozenset())
        if known is not None and known.refused:
            facts = without_words(facts)  # what a stranger wrote was perhaps taken for spam
            told = await self._store.told_in_parts(window)
        if found is None:
            blind_since = await self._tenure.last_contact_at() or window.until_at
            facts = replace(facts, blind_since=blind_since)
        elif known is not None and known.is_unseen and known.is_told:
            facts = replace(facts, is_late=True)
        grant = home_grant(facts, until_at)
        token = new_token() if grant is not None else None
        tokens = {token: grant} if token is not None and grant is not None else {}
        mails: list[AnswerableMail] = []
        for part, octets, message_id in await asyncio.to_thread(self._home_mails, facts, token, told):
            mail = self._tenure.to_owner("list" if mails else "home", octets, message_id, until_at)
            mails.append(AnswerableMail(mail, part.lines, {} if mails else tokens))
        if await self._store.tell_home(window, mails, now, is_seen=found is not None):
            self._log.homecoming_queued(to_dos=len(facts.to_dos))
        await self.keep_list()
        self._tenure.bells.due.set()

    def _home_mails(
        self, facts: HomeFacts, token: str | None, told: TellingParts
    ) -> list[tuple[HomePart, bytes, str]]:
        """Each with its Message-ID."""
        owner = self._tenure.config.owner
        mails: list[tuple[HomePart, bytes, str]] = []
        catalogue = self._tenure.tools.catalogue(owner.language)
        stamp = self._tenure.stamp()
        for part in home_parts(facts, owner, stamp, catalogue, token, told.messages, told.count):
            stamp = self._tenure.stamp()
            octets = compose_homecoming(facts, owner, stamp, catalogue, token, part)
            mails.append((part, octets, stamp.message_id))
        return mails

    async def facts(
        self, window: Window, found: Mapping[str, int] | None, *, is_preview: bool = False
    ) -> HomeFacts:
        tenure, now = self._tenure, self._clock.now()
        config = tenure.config
        story = await self._store.story(window, now)
        catalogue = tenure.tools.catalogue(config.owner.language)
        return HomeFacts(
            now=now,
            window=window,
            story=story,
            to_dos=list_to_dos(story.to_dos),
            names={key: backup.name for key, backup in config.backups.items()},
            addresses={key: backup.address for key, backup in config.backups.items()},
            found=found,
            problems=tuple(tenure.health.problems(config, catalogue)),
            has_folders=tenure.has_folders,
            is_preview=is_preview,
        )

    async def preview(self) -> bytes | None:
        """The homecoming as it is now; None: there is no absence to tell of. Changes nothing."""
        window, _ = await self._absence()
        if window is None:
            return None
        owner = self._tenure.config.owner
        facts = await self.facts(window, None, is_preview=True)
        facts = replace(facts, undecided=(await self._tenure.store.facts(self._clock.now())).waiting)
        stamp, catalogue = self._tenure.stamp(), self._tenure.tools.catalogue(owner.language)
        return await asyncio.to_thread(compose_homecoming, facts, owner, stamp, catalogue)

    async def end_now(self) -> HomeSaid:
        """The absence that runs ends at this moment; one that has ended is closed by itself."""
        now = self._clock.now()
        window, known = await self._absence()
        if window is None:
            return "not away"
        if now in window:
            await set_away(self._tenure, None, None, end=True)
            return "home"
        return "was home" if any(one.window == window and one.is_done for one in known) else "home"

    async def _say_farewell(self, window: Window, now: datetime) -> None:
        """The last overview: that it is over, and what stays with each backup. Only to who had something."""
        config = self._tenure.config
        story: Story = await self._store.story(window, now)
        had = {handover.backup for handover in story.handovers} | {one.backup_name for one in story.handed}
        absent = await self._store.absences(now)
        for key in sorted(had & config.backups.keys()):
            if key in absent:
                continue
            backup = config.backups[key]
            stamp, catalogue = self._tenure.stamp(), self._tenure.tools.catalogue(backup.language)
            theirs = [one for one in story.handed if one.backup_name == key]
            known = config.rule_book.knows
            still = [
                (spoken_name(one.sender, is_known=known(one.sender.address, ())), one.subject)
                for one in theirs
            ]
            octets = compose_farewell(config.owner, backup, still, stamp, catalogue)
            letter = Letter("overview", key, f"home {window.until_at.isoformat()}")
            mail = OutgoingMail("overview", backup.address, octets, stamp.message_id, key)
            await self._tenure.store.add_letter(letter, mail, now)


def without_words(facts: HomeFacts) -> HomeFacts:
    """Without what the mails say: the owner's own server refused it so."""
    return replace(facts, to_dos=tuple(replace(to_do, new="") for to_do in facts.to_dos))
