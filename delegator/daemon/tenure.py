"""What the parts of one account share for as long as it serves its mailbox under one identity.

An account is live, or a shadow that forwards nothing, or it observes while another state serves the
absence. That decides which state it keeps, so it never changes under a running part: where the marker
says something else, the tenure ends with `IdentityChanged`, and another begins with parts of its own.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from ..config import reload_lists
from ..config.model import Config
from ..core.compose import Catalogue, Stamp
from ..core.compose.sentences import Lacking
from ..core.delivery import About, Outcome, Reply
from ..core.folders import FORWARDED
from ..core.health import Subject
from ..core.hours.absence import NOTHING_KEPT, Alteration, Kept
from ..core.hours.schedule import current_window, next_window
from ..core.mail.loop import loop_value
from ..core.people import Language, Window, normal_address
from ..maillog import MailLog
from ..ports import (
    AccountState,
    AccountStore,
    Clock,
    DiskReserve,
    Kind,
    MailSource,
    MailWatch,
    OutgoingMail,
    ServerFacts,
    Store,
    Submitter,
    TokenLogin,
)
from ..ports.bell import Bell
from .commands import Commands
from .handovers import FollowUp, new_token
from .health import Health
from .intake import Intake
from .lacks import LONGEST_PAUSE, Lacks
from .marks import Marks
from .mode import Mode, key_of
from .moves import Moves
from .outbox import Outbox

COMMANDS_AT_MOST_S = 30 * 60.0
"""Between two signs of progress: a batch takes a few commands, of which each has ten minutes at most."""

ATTEMPT_AT_MOST_S = 45 * 60.0
"""RFC 5321 section 4.5.3.2: five minutes a command, ten after the dot; a submission has seven commands."""

CONTACT_KEPT_EVERY_S = 150.0

SUBMIT_FIRST_S = 1.0  # most submissions take less; what waits behind a slow server waits for its own turn

_TO_BE_HEARD: Mapping[Kind, Subject] = {
    "review": Subject.REVIEW_MAIL,
    "list": Subject.REVIEW_MAIL,
    "home": Subject.REVIEW_MAIL,
    "task": Subject.TO_DO_MAIL,
    "alert": Subject.ALERT_SERVER,
}


class IdentityChanged(Exception):
    """The marker says that the account is to be somebody else from now on."""

    def __init__(self, mode: Mode) -> None:
        super().__init__(mode)
        self.mode: Mode = mode


@dataclass(frozen=True, slots=True)
class Identity:
    """store: the account's own part of the state; a shadow and an observer keep theirs apart."""

    mode: Mode
    store: AccountStore
    state: AccountState

    @classmethod
    async def assume(cls, mode: Mode, address: str, store: Store, now: datetime) -> Identity:
        bound = store.account(key_of(mode, address))
        return cls(mode, bound, await bound.state(now))


@dataclass(frozen=True, slots=True)
class Tools:
    """What `wiring` gave the account. watch: the connection of `source`. alert_gate: of the alert's own
    server, or the account's. write_list: a list of to-dos to a file, whole or not at all, where it is
    another; raises OSError.

    logins: by OAuth 2, by their names; most accounts have none.
    """

    source: MailSource
    watch: MailWatch
    gate: Submitter
    alert_gate: Submitter
    store: Store
    clock: Clock
    log: MailLog
    catalogue: Callable[[Language], Catalogue]
    write_list: Callable[[Path, str], None]
    heartbeat: Callable[[str], Awaitable[str | None]] | None
    reserve: DiskReserve
    logins: Mapping[str, TokenLogin] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bells:
    """How the parts wake each other, and nothing else.

    wake: the session is to look again. hurry: somebody waits for that, so that a pause ends. visit: the
    marker is to be looked at before the absence, for mail to a backup. due: something may be submitted.
    submitted: all that was due has been tried. taken: the handovers have something to look at. cycled: a
    look at the mailboxes has ended. review: one that was made is to be made anew. absence: it is another.
    login, logged_in: a person has signed in; for who looks after logins, and for who waits to connect.
    """

    wake: asyncio.Event = field(default_factory=Bell)
    due: asyncio.Event = field(default_factory=Bell)
    submitted: asyncio.Event = field(default_factory=Bell)
    taken: asyncio.Event = field(default_factory=Bell)
    visit: asyncio.Event = field(default_factory=Bell)
    hurry: asyncio.Event = field(default_factory=Bell)
    cycled: asyncio.Event = field(default_factory=Bell)
    review: asyncio.Event = field(default_factory=Bell)
    absence: asyncio.Event = field(default_factory=Bell)
    login: asyncio.Event = field(default_factory=Bell)
    logged_in: asyncio.Event = field(default_factory=Bell)


@dataclass(slots=True)
class Tenure:
    """given: rules.yaml, with the lists as they were last read. kept: what the state changed of its absence;
    everybody asks `config`, which is both. is_always_shadow: a trial as a whole (`run --shadow`).
    says_first_word: a review within the hour, where it is first started in the midst of an absence.

    nobody_left: tells that a chain came to its end. flooded: that new mail of one originator is held back.

    server: of the last connection. is_decided: the marker was looked at, and this account is the one that
    serves. has_looked: the mailboxes were read. Before both no mail goes to a backup: another installation
    may serve, or the owner have answered. is_refused: something was not accepted since the handovers were
    looked at. is_taken_again: the submission server took a mail after it had taken none. refused_tasks: what
    was said by those programs that take no to-dos, and told_tasks: of which the owner knows. lacks: what the
    mail server refuses.
    """

    identity: Identity
    tools: Tools
    given: Config
    health: Health
    bells: Bells
    nobody_left: Callable[[], Awaitable[None]]
    flooded: Callable[[], Awaitable[None]]
    server: ServerFacts | None = None
    is_decided: bool = False
    has_looked: bool = False
    is_looking: bool = False  # at the mailboxes, now
    is_refused: bool = False
    refused_tasks: dict[str, str] = field(default_factory=dict)
    told_tasks: set[str] = field(default_factory=set)
    is_taken_again: bool = False
    lacks: Lacks = field(default_factory=Lacks)
    marks: Marks = field(init=False)
    kept: Kept = NOTHING_KEPT
    is_always_shadow: bool = False
    says_first_word: bool = True
    leaves_now: bool = False  # the departure mail is asked for
    contact_at: datetime | None = None  # when the mail server last answered
    _contact_kept_s: float | None = None  # when that was last written down
    sought_from: dict[int, datetime] = field(default_factory=dict)  # originals, since they are asked for
    lost_at: dict[int, datetime] = field(default_factory=dict)  # with the connection: originals being read

    def __post_init__(self) -> None:
        self.marks = Marks(self.store, self.tools.clock, self.tools.log)

    @property
    def config(self) -> Config:
        """As it holds now: the one place that knows when the owner is away, and who covers."""
        if self.kept == NOTHING_KEPT:
            return self.given
        return self.given.with_changes(self.kept, self.tools.clock.now())

    @property
    def store(self) -> AccountStore:
        return self.identity.store

    def of_trial(self) -> AccountStore:
        """What a trial of this account keeps."""
        return self.tools.store.account(f"{normal_address(self.config.owner.address)}/shadow")

    @property
    def is_live(self) -> bool:
        return self.identity.mode == "live"

    @property
    def has_folders(self) -> bool:
        return (
            self.is_live
            and self.server is not None
            and self.server.can_move
            and not self.lacks.has("folders")
        )

    @property
    def may_mail_backups(self) -> bool:
        return self.is_live and self.is_decided and self.has_looked

    @property
    def is_away(self) -> bool:
        return current_window(self.config.away, self.tools.clock.now()) is not None

    async def note_contact(self) -> None:
        """The mail server answered. Who only idles writes it down now and then: each time would be a wait for
        the disk, and after a crash nobody is told of a silence of minutes.
        """
        now, now_s = self.tools.clock.now(), self.tools.clock.elapsed_s()
        self.contact_at = now
        if self._contact_kept_s is None or now_s - self._contact_kept_s >= CONTACT_KEPT_EVERY_S:
            await self.store.contact(now)
            self._contact_kept_s = now_s

    async def last_contact_at(self) -> datetime | None:
        """In this tenure, or as an earlier one wrote it down."""
        if self.contact_at is not None:
            return self.contact_at
        return (await self.store.state(self.tools.clock.now())).last_contact_at

    def stamp(self) -> Stamp:
        message_id = f"<{secrets.token_hex(16)}@{self.config.owner.domain}>"
        return Stamp(
            message_id=message_id,
            boundary=secrets.token_hex(16),
            loop=loop_value(self.identity.state.loop_key, message_id),
            date=self.tools.clock.now().astimezone(self.config.owner.timezone),
        )

    def declined(
        self, lacking: Lacking, said: str, of: str = "", *, longest: timedelta = LONGEST_PAUSE
    ) -> int:
        """The mail server refused something that is optional; how often in a row."""
        times = self.lacks.refused(lacking, said, self.tools.clock.now(), of, longest=longest)
        if times == 1:
            self.tools.log.declined(what=f"{lacking} {of}".rstrip(), said=said)
        return times

    async def reread_lists(self) -> None:
        """The lists of addresses as they are now, where their files changed."""
        changed = await asyncio.to_thread(reload_lists, self.given) if self.given.lists else None
        if changed is None:
            return
        for before, now in zip(self.given.lists, changed.lists, strict=True):
            if now.problem and now.problem != before.problem:
                self.tools.log.list_unreadable(what=now.problem)
            elif not now.problem and now != before:
                self.tools.log.list_reread(name=now.name)
        self.given = changed

    async def alter_absence(self, alteration: Alteration, mail: OutgoingMail) -> None:
        """Change it, at once and for every part. mail: by which the owner reads of it."""
        self.kept = await self.store.alter(alteration, mail, self.tools.clock.now())
        self._say_absence()

    async def reread_absence(self) -> None:
        """As it is in the state, after a command."""
        kept = await self.store.kept()
        if kept != self.kept:
            self.kept = kept
            self._say_absence()

    def _say_absence(self) -> None:
        bells = self.bells
        for bell in (bells.absence, bells.wake, bells.review, bells.taken, bells.due):
            bell.set()

    @property
    def mode_wanted(self) -> Mode:
        """Who it is to be: a trial that was planned is a shadow's."""
        if self.is_always_shadow or self.config.is_trial(self.tools.clock.now()):
            return "shadow"
        return "live" if self.identity.mode == "shadow" else self.identity.mode

    def to_owner(self, kind: Kind, octets: bytes, message_id: str, until_at: datetime) -> OutgoingMail:
        """A mail to the owner. until_at: how long a reply to it may command."""
        address = self.config.owner.address
        return OutgoingMail(kind, address, octets, message_id, answerable_until=until_at)

    def say_waiting(self) -> Window | None:
        """The absence that is to come."""
        window = next_window(self.config.away, self.tools.clock.now())
        self.tools.log.waiting(until=window.from_at if window else None)
        return window

    def nothing_to_decide(self) -> None:
        """Outside an absence nothing is taken up, so that there is nothing to be read first."""
        self.is_decided = self.has_looked = True
        self.bells.due.set()
        self.bells.taken.set()

    async def submit_first(self) -> None:
        """Let the outbox do what is due, undisturbed by what can wait for a second."""
        self.bells.submitted.clear()
        self.bells.due.set()
        try:
            async with asyncio.timeout(SUBMIT_FIRST_S):
                await self.bells.submitted.wait()
        except TimeoutError:
            pass  # a slow server: it is left to the outbox

    def note_reply(self, reply: Reply, kind: Kind, to: str, *, of_alert_server: bool) -> None:
        """A login or a server that does not work is told; a mail that was refused is told elsewhere.

        But a review or an alert that is refused is told here: whoever waits for it would take silence for
        good news.
        """
        if kind in _TO_BE_HEARD and reply.outcome in (Outcome.REFUSED, Outcome.TOO_LARGE, Outcome.ACCEPTED):
            if kind == "task":
                self._note_task(reply, to)
            elif reply.outcome is Outcome.ACCEPTED:
                self.health.succeeded(_TO_BE_HEARD[kind])
            else:
                self.health.failed(_TO_BE_HEARD[kind], "server", reply.text)
            if reply.outcome is not Outcome.ACCEPTED:
                self.bells.review.set()
                if kind == "home":  # it is made once more
                    self.bells.absence.set()
                    self.bells.wake.set()
                return
        self.is_refused = self.is_refused or reply.outcome is not Outcome.ACCEPTED
        subject = Subject.ALERT_SERVER if of_alert_server else Subject.SUBMISSION
        is_refusal = reply.outcome in (Outcome.MISCONFIGURED, Outcome.DEFERRED)
        if reply.outcome is Outcome.UNKNOWN or (is_refusal and reply.about is About.US):
            self.health.failed(subject, "server", reply.text)
        else:
            is_ours = subject is Subject.SUBMISSION and reply.outcome is Outcome.ACCEPTED
            self.is_taken_again = self.is_taken_again or (is_ours and self.health.is_failing(subject))
            self.health.succeeded(subject)

    def _note_task(self, reply: Reply, to: str) -> None:
        """One program that takes to-dos says nothing of another that refuses them."""
        if reply.outcome is Outcome.ACCEPTED:
            self.refused_tasks.pop(to, None)
        else:
            self.refused_tasks[to] = reply.text
        if not self.refused_tasks:
            self.health.succeeded(Subject.TO_DO_MAIL)
        elif reply.outcome is not Outcome.ACCEPTED:
            said = "; ".join(f"{address}: {text}" for address, text in self.refused_tasks.items())
            self.health.failed(Subject.TO_DO_MAIL, "server", said)

    def _heard_taken_again(self) -> bool:
        is_so, self.is_taken_again = self.is_taken_again, False
        return is_so

    def progress(self, pause_s: float = 0) -> None:
        """The watch is at work: its next sign comes within the limits of I/O, and a pause before it."""
        self.health.expect(Subject.WATCH, pause_s + COMMANDS_AT_MOST_S)

    def submits(self) -> None:
        """The outbox is at work: the next of its attempts ends within the limits of I/O."""
        self.health.expect(Subject.OUTBOX, ATTEMPT_AT_MOST_S)

    # --- the parts, as they are needed

    def intake(self, *, is_over: bool = False) -> Intake:
        account = self.config.account
        moves = Moves(self.tools.source, self.store, self.tools.log, self.is_live)
        can_move = account is not None and len(account.mailboxes) > 1
        return Intake(
            config=self.config,
            source=self.tools.source,
            store=self.store,
            clock=self.tools.clock,
            log=self.tools.log,
            is_live=self.is_live,
            has_folders=self.has_folders,
            taken=self.bells.taken,
            flooded=self.flooded,
            progress=self.progress,
            marks=self.marks,
            is_over=is_over,
            follow=moves.follow if can_move else None,
        )

    def commands(self, window: Window) -> Commands:
        return Commands(
            config=self.config,
            source=self.tools.source,
            store=self.store,
            clock=self.tools.clock,
            log=self.tools.log,
            catalogue=self.tools.catalogue,
            stamp=self.stamp,
            new_token=new_token,
            window=window,
            looked_from=max(window.from_at, self.identity.state.started_at),
            has_folders=self.has_folders,
            marks=self.marks,
            absence=self.store,
            is_trial=not self.is_live,
        )

    def _letter_queued(self) -> None:
        """Before an absence, whoever waits for it begins to look for answers."""
        self.bells.due.set()
        if self.is_away:
            self.bells.wake.set()  # what is passed on may have to be fetched again
        else:
            self.bells.absence.set()

    def follow_up(self) -> FollowUp:
        return FollowUp(
            config=self.config,
            store=self.store,
            clock=self.tools.clock,
            log=self.tools.log,
            catalogue=self.tools.catalogue,
            stamp=self.stamp,
            changed=self._letter_queued,
            nobody_left=self.nobody_left,
        )

    @property
    def has_alert_server(self) -> bool:
        return self.tools.alert_gate is not self.tools.gate

    def outbox(self, *, alerts: bool | None = None) -> Outbox:
        return Outbox(
            config=self.config,
            gate=self.tools.gate,
            alert_gate=self.tools.alert_gate,
            store=self.store,
            clock=self.tools.clock,
            log=self.tools.log,
            catalogue=self.tools.catalogue,
            stamp=self.stamp,
            file_to=lambda: FORWARDED if self.has_folders else None,
            said=self.note_reply,
            review_again=self.bells.review.set,
            is_taken_again=self._heard_taken_again,
            progress=(lambda: None) if alerts else self.submits,
            alerts=alerts,
        )
