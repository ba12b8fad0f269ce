"""The watch over the owner's mailboxes: connect, look, wait for a hint, and connect again for ever.

What the server says between two looks is only a hint: every look starts from the stored marks.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from math import floor
from zlib import crc32

from ..core.folders import MADE_AT_ONCE, ROOT
from ..core.health import Subject, mailboxes_missing
from ..core.hours.schedule import current_window
from ..core.people import Window, normal_address
from ..ports import Declined, Place, Refused, Seen, Unavailable
from .between import RECONCILE_EVERY_S, Between
from .commands import trays
from .filing import file_messages
from .intake import Intake
from .lacks import FIRST_PAUSE, LONGEST_PAUSE
from .landing import Landing
from .mailboxes import junk_mailbox, sent_mailbox
from .marker import Unread, decide_who_serves
from .mode import Mode
from .originals import fetch_wanted, let_go
from .tenure import IdentityChanged, Tenure

OTHERS_EVERY_S = 60.0  # mailboxes besides INBOX are not watched by IDLE: whether they changed is asked
OUTAGE_IS_NEWS = timedelta(minutes=10)
LONGEST_PAUSE_S = 300.0
HURRIED_PAUSE_S = 2.0  # while a review waits for a look
LONGEST_PAUSE_REFUSED_S = 900.0  # a wrong password tried too often locks the account
UNREAD_MARKERS = 3
"""Connections on which a server may put off the reading of the marker; then it never lets it be read."""
SENT_EVERY = timedelta(seconds=50)  # the owner's own hands: twice as often as others are watched
RENUMBERED_IN_A_ROW = 3
LONGEST_UNSEEN = timedelta(minutes=15)
SENT_IS_OLD = timedelta(minutes=10)  # longer than any pause while all is well


def pace_of(address: str) -> float:
    """A share of the time between two looks, from 0.8 to 1, always the same for one account.

    Five hundred accounts that began together would all look at once, and a client's mail would wait.
    """
    return 0.8 + crc32(address.encode()) % 1000 / 5000


def until_together(now_s: float, every_s: float, pace: float) -> float:
    """How long to wait: not longer than that share of the time, and so that accounts wake in groups.

    Those that follow each other at once take half the time each: what the one before needed is in the
    processor's caches. With a minute between two questions, a group has two seconds.
    """
    together_s = every_s / 30
    return floor((now_s + every_s * pace) / together_s) * together_s - now_s


class Session(Between):
    """The connection of one tenure to its mail server, and all that is done over it.

    adopt: take over from whoever serves the mailbox. is_once: between two runs from cron there is no
    contact, and nothing is wrong.
    """

    def __init__(self, tenure: Tenure, *, adopt: bool, is_once: bool) -> None:
        self._tenure = tenure
        self._tools, self._bells, self._health = tenure.tools, tenure.bells, tenure.health
        self._adopt, self._is_once = adopt, is_once
        tenure.marks.is_believed = is_once  # there is no second look
        self.landing = Landing(tenure)
        self._sent_mailbox: str | None = None
        self._junk_mailbox: str | None = None
        self._sent_read_at = datetime.min.replace(tzinfo=UTC)
        self._junk_read_at = self._sent_read_at
        self._unread_markers = 0
        self._marker_read_at = datetime.min.replace(tzinfo=UTC)
        self._renumbered: dict[str, int] = {}  # in a row
        self._missing: set[str] = set()  # of the mailboxes that are to be watched
        self._unread: dict[Place, tuple[int, datetime]] = {}  # how often it was asked for, and when again
        self._pace = pace_of(tenure.config.owner.address)
        self._left: Seen | None = None  # the mailboxes, where the last whole look left nothing to do
        self._looked_s = 0.0  # when a whole look ended, of the clock that nobody sets
        self._failures = 0  # in a row
        self._opened_at: datetime | None = None  # until the first whole look over the connection

    async def watch(self) -> None:
        """For ever. Raises IdentityChanged."""
        while True:
            self._tenure.progress()
            self._bells.absence.clear()
            self.be_who_is_wanted()
            window = self._window()
            ended = await self.landing.due() if window is None else None
            try:
                if window is not None:
                    await self._serve(window)
                elif ended is not None:
                    await self.landing.land(ended)
                else:
                    await self._rest()
            except Unavailable as fault:
                await self.lost(fault)
                await self._pause(fault)
                if ended is not None:
                    await self.landing.tell_unseen(ended)

    async def _serve(self, window: Window) -> None:
        """An absence, from its first look to its end. Raises Unavailable, IdentityChanged."""
        await self.open(window)
        await self.landing.catch_up(self._sent_mailbox)
        is_hinted = True
        while (now_away := self._window()) is not None:
            self.be_who_is_wanted()
            if now_away != window:
                window, self._marker_read_at = now_away, datetime.min.replace(tzinfo=UTC)
                is_hinted = True
            self._bells.absence.clear()  # seen; else it would end every wait from here on
            if await self._wants_look(window, is_hinted=is_hinted):
                await self.cycle(window)
            else:  # it answered, and nothing is new
                await self._tenure.note_contact()
                self._health.answered()
            self._failures = 0
            is_hinted = await self._wait(window)
        await self._tools.source.close()
        self._health.connected = False

    async def _wait(self, window: Window) -> bool:
        """For news, the next look or the end of the absence; whether the server hinted at news."""
        left_s = (window.until_at - self._tools.clock.now()).total_seconds()
        mailboxes = self._looked_at
        every_s = OTHERS_EVERY_S if len(mailboxes) > 1 else RECONCILE_EVERY_S
        pace_s = until_together(self._tools.clock.elapsed_s(), every_s, self._pace)
        self._tenure.progress()
        with self._woken_at(window.until_at):
            return await self._tools.source.wait(max(0.0, min(pace_s, left_s)), self._bells.wake, mailboxes)

    def _window(self) -> Window | None:
        """The absence that holds now, whatever was changed of it."""
        return current_window(self._tenure.config.away, self._tools.clock.now())

    def be_who_is_wanted(self) -> None:
        """Raises IdentityChanged: a trial that was planned begins, or is over."""
        wanted = self._tenure.mode_wanted
        if wanted != self._tenure.identity.mode:
            raise IdentityChanged(wanted)

    # --- the connection

    async def open(self, window: Window) -> None:
        """Connect, and learn whether this account serves the mailbox. Raises Unavailable, IdentityChanged."""
        source, tenure = self._tools.source, self._tenure
        tenure.server = await source.connect()
        mailboxes = await source.list_mailboxes()
        assert tenure.config.account is not None
        self._sent_mailbox = sent_mailbox(mailboxes, tenure.config.account.sent)
        self._junk_mailbox = junk_mailbox(mailboxes)
        await self._decide(window)
        await self._make_folders(mailboxes.keys())
        if tenure.server.is_cut_in_idle:
            tenure.declined("idle", "sessions that idled were ended")
        elif tenure.server.can_idle:
            tenure.lacks.granted("idle")
        if tenure.is_live and self._tools.clock.now() in window:
            await tenure.store.end_home_secrets(window.from_at)
        self._health.connected, self._opened_at = True, self._tools.clock.now()
        self._tools.log.connected(
            mode=tenure.identity.mode, can_idle=tenure.server.can_idle, can_move=tenure.server.can_move
        )
        await self._doubt_numbers()

    async def _doubt_numbers(self) -> None:
        """Before anything is moved by its number."""
        for mailbox in self._mailboxes:
            with suppress(Declined):  # whoever looks at it is told why
                facts = await self._tools.source.open(mailbox, read_only=True)
                if facts is not None:
                    await self._tenure.marks.doubt_numbers(self._tools.source, facts)

    async def _make_folders(self, present: Collection[str]) -> None:
        """Without one of those that must be there, there are none; an in-tray may be missing."""
        tenure, lacks = self._tenure, self._tenure.lacks
        if not (tenure.is_live and tenure.server is not None and tenure.server.can_move):
            return
        lacks.granted("folders")
        for folder in (*MADE_AT_ONCE, *trays(tenure.config)):
            try:
                await self._tools.source.create(folder)
            except Declined as fault:
                if folder in MADE_AT_ONCE and folder not in present:
                    tenure.declined("folders", str(fault))
                    return

    async def lost(self, fault: Unavailable) -> None:
        self._tenure.is_looking = False
        await self._tools.source.close()
        if str(fault) != self._health.fault:  # said once, plainly
            log = self._tools.log
            say = log.login_refused if isinstance(fault, Refused) else log.connection_lost
            say(what=str(fault))
        since_at = None if self._health.connected else await self._tenure.last_contact_at()
        self._health.connected = False
        self._health.failed(Subject.WATCH, "server", str(fault), since_at)

    async def _pause(self, fault: Unavailable) -> None:
        self._failures += 1
        longest = LONGEST_PAUSE_REFUSED_S if isinstance(fault, Refused) else LONGEST_PAUSE_S
        pause_s = min(2.0 ** min(self._failures - 1, 20), longest) * random.uniform(0.8, 1.2)
        if isinstance(fault, Refused):
            pause_s = max(pause_s, 30.0)
        pause_s = max(pause_s, fault.backoff_s or 0.0)
        self._tenure.progress(pause_s)  # a server may ask for hours; that is no standstill
        # A wrong password tried too often locks the account; a new login by OAuth 2 is another matter.
        is_patient = isinstance(fault, Refused) or fault.backoff_s
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await (self._bells.logged_in if is_patient else self._bells.hurry).wait()
                self._bells.logged_in.clear()
                await asyncio.sleep(min(pause_s, HURRIED_PAUSE_S))

    async def _note_outage(self, window: Window, opened_at: datetime) -> None:
        """After the first whole look over a connection: how long there was none before."""
        before = None if self._is_once else await self._tenure.last_contact_at()
        fault = self._health.faults.get(Subject.WATCH)
        since = fault.since_at if fault is not None else before
        if since is not None and since >= window.from_at and opened_at - since > OUTAGE_IS_NEWS:
            await self._tenure.store.outage(since, opened_at)

    async def _decide(self, window: Window) -> None:
        """Look at the marker: does another state serve this absence already?"""
        tenure, now = self._tenure, self._tools.clock.now()
        if tenure.identity.mode == "shadow":
            return
        live = self._tools.store.account(normal_address(tenure.config.owner.address))
        state = await live.state(now)
        may_leave = tenure.lacks.may_try("marker", now)
        try:
            other = await decide_who_serves(
                self._tools.source,
                tenure.config.owner,
                state.state_id,
                window.until_at,
                now,
                adopt=self._adopt,
                new_message_id=lambda: tenure.stamp().message_id,
                may_leave=may_leave,
            )
        except Unread as unread:
            tenure.declined("marker", str(unread))
            if not self._adopt and (tenure.is_decided or state.observes):
                self._marker_read_at = now
                tenure.is_decided = True
                return  # nothing new is known: who only observes serves nobody by that
            if not self._adopt and unread.fault.is_temporary and self._unread_markers < UNREAD_MARKERS:
                self._unread_markers += 1
                raise unread.fault from None
            other = None
        except Declined as fault:
            other = None
            tenure.declined("marker", str(fault))
        else:
            if may_leave:
                tenure.lacks.granted("marker")
        if self._adopt:
            await live.took_over(now)
        self._adopt, self._marker_read_at = False, now
        mode: Mode = "live" if other is None else "observing"
        if state.observes != (other is not None):
            await live.observes(is_so=other is not None)
        if mode != tenure.identity.mode:
            if other is not None:
                self._tools.log.observing(other=other.state_id)
            raise IdentityChanged(mode)
        tenure.is_decided = True
        self._bells.taken.set()

    # --- looking

    @property
    def _is_look_due(self) -> bool:
        """Whether to look at everything, though nothing hints at news: hints get lost."""
        passed_s = self._tools.clock.elapsed_s() - self._looked_s
        most_s = RECONCILE_EVERY_S - OTHERS_EVERY_S / 2  # it would be late at the next question
        return passed_s >= most_s * self._pace or self._tenure.marks.are_in_doubt

    @property
    def _looked_at(self) -> tuple[str, ...]:
        """What a look looks at; the mailbox that IDLE watches too, since a hint of it may get lost."""
        tenure, found = self._tenure, list(self._mailboxes)
        found += [name for name in (self._sent_mailbox, self._junk_mailbox) if name is not None]
        if tenure.identity.mode != "shadow":
            found.append(ROOT)
        if tenure.has_folders:
            found += trays(tenure.config)
        return tuple(dict.fromkeys(found))

    async def _take_first(self, window: Window) -> bool:
        """What a client waits for: new mail, and its forward. Whether there was any."""
        await self._tenure.reread_lists()
        if self._tools.clock.now() - self._sent_read_at > SENT_IS_OLD:
            await self._read_sent(window)  # the owner may have answered meanwhile
        if count := await self._tenure.intake().take_first(self._mailboxes[-1], window):
            await self._tenure.submit_first()
        return count > 0

    async def _wants_look(self, window: Window, *, is_hinted: bool) -> bool:
        """What a client waits for is taken up before it."""
        is_hinted = is_hinted or self._bells.wake.is_set()
        if not (is_hinted or self._is_look_due):
            return False
        self._bells.wake.clear()
        is_new = await self._take_first(window)
        return is_hinted or is_new or not await self._is_as_left()

    async def _is_as_left(self) -> bool:
        """Whether a whole look would find all as the last one left it, so that it need not be taken.

        Every mailbox is opened for that, since what a server tells of one that is not open may be old.
        """
        tenure = self._tenure
        is_odd = tenure.lacks.lines() or tenure.marks.are_in_doubt or tenure.identity.mode == "observing"
        if self._left is None or is_odd or await tenure.store.awaits_look(self._mailboxes):
            return False
        if not await self._tools.watch.is_as(self._left):
            return False
        if await tenure.store.open_handovers():
            self._bells.taken.set()  # a backup may be there again
        self._looked_s, self._sent_read_at = self._tools.clock.elapsed_s(), self._tools.clock.now()
        return True

    async def cycle(self, window: Window) -> None:
        """One look at every mailbox, and what was decided meanwhile put where it belongs."""
        tenure, clock = self._tenure, self._tools.clock
        tenure.is_looking, self._left = True, None
        await tenure.reread_lists()
        await self.file()
        await fetch_wanted(tenure)
        if tenure.identity.mode != "shadow" and clock.now() - self._marker_read_at > SENT_EVERY:
            await self._decide(window)  # another installation may have adopted the mailbox
        intake, begun_at, is_junk_read = tenure.intake(), clock.now(), False
        if begun_at - self._sent_read_at > SENT_EVERY:
            await self._read_sent(window)
        if begun_at - self._junk_read_at > SENT_EVERY:
            is_junk_read = await self._read_junk(intake, window)
        commands = tenure.commands(window)
        has_moves = False
        if tenure.has_folders:  # before INBOX: what left it for one of these is a command
            has_moves = await commands.look_at_folders() > 0
        looked_at = [await self._reconcile(intake, mailbox, window) for mailbox in self._mailboxes]
        self._note_missing()
        has_commands = tenure.is_decided and await commands.carry_out() > 0
        if has_commands:
            await tenure.reread_absence()
            self._bells.taken.set()
            self._bells.review.set()  # the list is another, or wanted
        has_news = any(looked_at) or has_commands or has_moves
        if has_news:
            self._bells.wake.set()
        if self._opened_at is not None:
            await self._note_outage(window, self._opened_at)
            self._opened_at = None
        await tenure.note_contact()
        if has_news or not tenure.has_looked:
            self._bells.due.set()
        if not tenure.has_looked:
            tenure.has_looked = True
            self._bells.taken.set()  # what became overdue while nobody looked, and the briefs
        if is_junk_read and self._sent_read_at >= begun_at and not has_news:
            self._left = self._tools.watch.seen(self._looked_at)
        tenure.is_looking = False
        self._looked_s = clock.elapsed_s()
        self._health.answered()
        self._bells.cycled.set()
        self._tenure.progress()

    async def _reconcile(self, intake: Intake, mailbox: str, window: Window) -> int:
        """As `Intake.reconcile`; a mailbox that is renumbered at every look is looked at more seldom."""
        store, lacks = self._tenure.store, self._tenure.lacks
        if not lacks.may_try("numbers", self._tools.clock.now(), mailbox):
            return 0
        before = await store.position(mailbox)
        count = await intake.reconcile(mailbox, window)
        if count is None:
            if mailbox not in self._missing:
                self._tools.log.mailbox_missing(mailbox=mailbox)
            self._missing.add(mailbox)
            return 0
        self._missing.discard(mailbox)
        count += await self._retry_unreadable(intake, mailbox)
        after = await store.position(mailbox)
        if before is None or after is None or before.uidvalidity == after.uidvalidity:
            self._renumbered[mailbox] = 0
            lacks.granted("numbers", mailbox)
            return count
        self._renumbered[mailbox] = self._renumbered.get(mailbox, 0) + 1
        if self._renumbered[mailbox] < RENUMBERED_IN_A_ROW:
            return count
        said = f"the UIDVALIDITY of {mailbox} is another at every look"
        self._tenure.declined("numbers", said, mailbox, longest=LONGEST_UNSEEN)
        return 0  # what arrives meanwhile waits for its turn

    def _note_missing(self) -> None:
        """A mailbox that somebody renamed or deleted: what a filter puts into it now, nobody looks at."""
        if self._missing:
            self._health.failed(Subject.MAILBOXES, "server", mailboxes_missing(self._missing))
        else:
            self._health.succeeded(Subject.MAILBOXES)

    async def _retry_unreadable(self, intake: Intake, mailbox: str) -> int:
        """Ask again for what the server did not give, later and later; how many were asked for."""
        places, now = await self._tenure.store.unreadable_places(mailbox), self._tools.clock.now()
        for place in places:
            self._unread.setdefault(place, (1, now + FIRST_PAUSE))
        due = [place for place in places if self._unread[place][1] <= now]
        if due:
            await intake.take_again(mailbox, due)
            for place in due:
                times = self._unread[place][0] + 1
                self._unread[place] = (times, now + min(FIRST_PAUSE * 2 ** min(times - 1, 10), LONGEST_PAUSE))
        return len(due)

    async def file(self) -> None:
        """And what the mailbox then holds need not be here, too."""
        await file_messages(self._tenure)
        await let_go(self._tenure)

    async def _read_junk(self, intake: Intake, window: Window) -> bool:
        """What is there is only counted, so that it is no lack if the server does not let it be read."""
        self._junk_read_at = self._tools.clock.now()
        try:
            if self._junk_mailbox is not None:
                await intake.read_junk(self._junk_mailbox, window)
        except Declined:
            return False
        return True

    async def _read_sent(self, window: Window) -> None:
        self._sent_read_at = self._tools.clock.now()
        lacks, now = self._tenure.lacks, self._tools.clock.now()
        if self._sent_mailbox is not None and lacks.may_try("sent", now):
            try:
                await self._tenure.intake().read_sent(self._sent_mailbox, window)
            except Declined as fault:
                self._tenure.declined("sent", str(fault))
            else:
                lacks.granted("sent")
