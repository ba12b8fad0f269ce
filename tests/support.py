"""Stand-ins for the world, one of each, that remember everything."""

from __future__ import annotations

import asyncio
import email
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from delegator.core.delivery import About, Outcome, Reply
from delegator.core.handovers.known import Conversations
from delegator.core.mail.message import Message
from delegator.core.mail.mime import Part, parse_structure
from delegator.core.mail.outline import Outline, Section
from delegator.core.people import Owner
from delegator.core.reviews.follows import TakenUp, what_follows
from delegator.core.rules.book import RuleBook, ToReview
from delegator.core.triage.verdict import Verdict
from delegator.ports import Fetched, MailboxFacts, RecipientRefused, Seen, ServerFacts, Submission

OWNER = Owner("Sofie Janssens", "sofie@voorbeeld.example", (), "nl", ZoneInfo("Europe/Brussels"))


def taken_up(message: Message, verdict: Verdict, now: datetime, original: bytes | None = None) -> TakenUp:
    """A message as it is written down, by a configuration without rules and backups."""
    book = RuleBook(owner=OWNER, backups={}, rules=(), otherwise=ToReview("normal"))
    return what_follows(message, verdict, Conversations(), book, now, original=original)


_TURNS = 20
"""Turns of the event loop, for what was woken to run until it waits again."""


@dataclass(slots=True)
class FakeClock:
    """A Clock that stands still until it is advanced. waits: every moment that was ever waited for."""

    at: datetime
    waits: list[datetime | None] = field(default_factory=list)
    was_set_by: timedelta = timedelta()
    _sleepers: list[tuple[datetime, asyncio.Future[None]]] = field(default_factory=list)
    _waiting: list[asyncio.Future[None]] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def elapsed_s(self) -> float:
        return (self.at - self.was_set_by).timestamp()

    def set_clock(self, by: timedelta) -> None:
        """As a person or a time server does: no time passes, and every wait ends."""
        self.at += by
        self.was_set_by += by
        for come in self._waiting:
            if not come.done():
                come.set_result(None)

    async def wait_until(self, moment: datetime | None, *events: asyncio.Event) -> None:
        self.waits.append(moment)
        if any(event.is_set() for event in events) or (moment is not None and moment <= self.at):
            return
        come: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        sleeper = None if moment is None else (moment, come)
        if sleeper:
            self._sleepers.append(sleeper)
        self._waiting.append(come)
        waiters: list[asyncio.Future[Any]] = [
            come,
            *(asyncio.ensure_future(event.wait()) for event in events),
        ]
        try:
            await asyncio.wait(waiters, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if sleeper in self._sleepers:
                self._sleepers.remove(sleeper)
            self._waiting.remove(come)
            for waiter in waiters:
                waiter.cancel()

    def waiting(self, moment: datetime | None, *events: asyncio.Event) -> asyncio.Future[None]:
        return asyncio.ensure_future(self.wait_until(moment, *events))

    @property
    def next_wake_at(self) -> datetime | None:
        """The earliest moment that somebody waits for now, or None."""
        return min((moment for moment, _ in self._sleepers), default=None)

    async def advance(self, to: datetime) -> None:
        """Let time pass, from one awaited moment to the next, so that nobody wakes late.

        What is woken runs until it waits again, unless it waits for a real server or thread.
        """
        assert to >= self.at, "time does not go back"
        await self._settle()
        while (wake_at := self.next_wake_at) is not None and wake_at <= to:
            self.at = max(self.at, wake_at)
            due = [sleeper for sleeper in self._sleepers if sleeper[0] <= self.at]
            self._sleepers = [sleeper for sleeper in self._sleepers if sleeper[0] > self.at]
            for _, come in due:
                if not come.done():
                    come.set_result(None)
            await self._settle()
        self.at = to

    async def _settle(self) -> None:
        for _ in range(_TURNS):
            await asyncio.sleep(0)


@dataclass(slots=True)
class _Mailbox:
    uidvalidity: int = 1
    uidnext: int = 1
    mails: dict[int, Fetched] = field(default_factory=dict)


def outline_of(part: Part) -> Outline:
    """A mail as a server that reads it as we do would tell of it."""
    if part.content_type == "message/rfc822":
        return Outline(part.content_type, part.body_octets, inner=outline_of(parse_structure(part.body)))
    return Outline(part.content_type, part.body_octets, tuple(map(outline_of, part.children)))


def sections_of(part: Part, number: str = "", header: str = "") -> dict[str, bytes]:
    """What such a server would give: the numbers are those of RFC 9051 section 6.4.5."""
    own = number or "1"
    empty_line = b"" if part.header.endswith(b"\n\n") else b"\r\n"
    given = {own: part.body} | ({header: part.header + empty_line} if header else {})
    for count, child in enumerate(part.children, 1):
        child_number = f"{number}.{count}" if number else str(count)
        given |= sections_of(child, child_number, f"{child_number}.MIME")
    if part.content_type == "message/rfc822":
        inner = parse_structure(part.body)
        inner_number = own if inner.children else f"{own}.1"
        given |= sections_of(inner, inner_number, f"{own}.HEADER") | {own: part.body}
    return given


@dataclass(slots=True)
class FakeSource:
    """A MailSource over mailboxes in memory. moves: every MOVE that was asked for; nothing is forgotten.

    Only what Dovecot does too, as the tests of the IMAP adapter show it.
    """

    mailboxes: dict[str, _Mailbox] = field(default_factory=lambda: {"INBOX": _Mailbox(), "Sent": _Mailbox()})
    moves: list[tuple[str, int, str]] = field(default_factory=list)
    keywords: list[tuple[str, int, str]] = field(default_factory=list)
    permanent_flags: frozenset[str] = frozenset({"\\*"})
    _open: str = ""

    def deliver(self, octets: bytes, mailbox: str = "INBOX", *, arrived_at: datetime) -> int:
        """A mail arrives; its UID."""
        box = self.mailboxes[mailbox]
        uid = box.uidnext
        box.uidnext += 1
        box.mails[uid] = Fetched(uid, arrived_at, len(octets), octets)
        return uid

    def remove(self, mailbox: str, uid: int) -> None:
        """By the owner's own hand."""
        del self.mailboxes[mailbox].mails[uid]

    def renumber(self, mailbox: str) -> None:
        """A new UIDVALIDITY, and other UIDs for the same mails."""
        box = self.mailboxes[mailbox]
        mails = [replace(mail, uid=uid) for uid, mail in enumerate(box.mails.values(), 1)]
        box.uidvalidity += 1
        box.mails = {mail.uid: mail for mail in mails}
        box.uidnext = len(mails) + 1

    @property
    def _box(self) -> _Mailbox:
        return self.mailboxes[self._open]

    async def connect(self) -> ServerFacts:
        return ServerFacts(can_idle=True, can_move=True, delimiter="/", prefix="")

    async def close(self) -> None:
        self._open = ""

    async def open(self, mailbox: str, *, read_only: bool = False) -> MailboxFacts | None:
        if mailbox not in self.mailboxes:
            return None
        self._open = mailbox
        return MailboxFacts(mailbox, self._box.uidvalidity, self._box.uidnext, self.permanent_flags)

    async def list_mailboxes(self) -> dict[str, frozenset[str]]:
        return {name: frozenset({"\\Sent"} if name == "Sent" else ()) for name in self.mailboxes}

    async def create(self, mailbox: str) -> None:
        self.mailboxes.setdefault(mailbox, _Mailbox())

    async def uids(self, *, above: int = 0, since: date | None = None) -> list[int]:
        def is_wanted(mail: Fetched) -> bool:
            is_old = since is not None and mail.arrived_at is not None and mail.arrived_at.date() < since
            return mail.uid > above and not is_old

        return [uid for uid, mail in self._box.mails.items() if is_wanted(mail)]

    async def fetch(self, uids: Sequence[int], limit_octets: int) -> list[Fetched]:
        mails = self._box.mails
        return [replace(mails[uid], octets=mails[uid].octets[:limit_octets]) for uid in uids if uid in mails]

    async def fetch_whole(self, uid: int, limit_octets: int) -> bytes | None:
        mail = self._box.mails.get(uid)
        return None if mail is None else mail.octets[:limit_octets]

    async def outlines(self, uids: Sequence[int]) -> dict[int, Outline]:
        return {uid: outline_of(parse_structure(self._box.mails[uid].octets)) for uid in uids}

    async def sections(self, wanted: Mapping[int, Sequence[Section]]) -> dict[int, dict[str, bytes]]:
        mails = self._box.mails
        return {uid: self._sections(mails[uid].octets, some) for uid, some in wanted.items() if uid in mails}

    def _sections(self, octets: bytes, wanted: Sequence[Section]) -> dict[str, bytes]:
        given = {**sections_of(parse_structure(octets)), "": octets}
        return {
            each.name: given[each.name][each.start :][: each.octets] for each in wanted if each.name in given
        }

    async def move(self, uids: Sequence[int], mailbox: str) -> None:
        for uid in uids:
            self.moves.append((self._open, uid, mailbox))
            mail = self._box.mails.pop(uid, None)
            if mail is not None:
                assert mail.arrived_at is not None
                self.deliver(mail.octets, mailbox, arrived_at=mail.arrived_at)

    async def add_keyword(self, uids: Sequence[int], keyword: str) -> None:
        self.keywords += [(self._open, uid, keyword) for uid in uids]

    async def append(self, mailbox: str, octets: bytes, *, seen: bool) -> None:
        self.deliver(octets, mailbox, arrived_at=datetime.now(UTC))

    async def delete(self, uids: Sequence[int]) -> None:
        for uid in uids:
            self._box.mails.pop(uid, None)

    async def wait(self, timeout_s: float, wake: asyncio.Event, mailboxes: Sequence[str] = ()) -> bool:
        await wake.wait()
        return False

    def seen(self, mailboxes: Sequence[str]) -> Seen:
        return dict.fromkeys(mailboxes)

    async def is_as(self, seen: Seen) -> bool:
        return False  # nothing is known of them

    async def search_header(self, name: str, value: str) -> list[int]:
        def values(octets: bytes) -> list[str]:
            return email.message_from_bytes(octets).get_all(name, [])

        mails = self._box.mails.items()
        return [uid for uid, mail in mails if any(value in each for each in values(mail.octets))]


Fault = Literal[
    "deferred",
    "limited",
    "refused",
    "spam",
    "too large",
    "misconfigured",
    "taken, no answer",
    "lost, no answer",
]

_REPLIES: dict[Fault, Reply] = {
    "deferred": Reply(Outcome.DEFERRED, 450, "4.2.0 greylisted", About.RECIPIENT),
    "limited": Reply(Outcome.MISCONFIGURED, 550, "5.4.5 Daily user sending limit exceeded", About.US),
    "refused": Reply(Outcome.REFUSED, 550, "5.1.1 no such user", About.RECIPIENT),
    "spam": Reply(Outcome.REFUSED, 554, "5.7.1 Spam message rejected", About.MAIL),
    "too large": Reply(Outcome.TOO_LARGE, 552, "5.3.4 too large", About.MAIL),
    "misconfigured": Reply(Outcome.MISCONFIGURED, 535, "5.7.8 no"),
    "taken, no answer": Reply(Outcome.UNKNOWN, None, "connection lost"),
    "lost, no answer": Reply(Outcome.UNKNOWN, None, "connection lost"),
}


@dataclass(frozen=True, slots=True)
class Tried(Submission):
    """A submission with all its octets at one place."""

    octets: bytes


@dataclass(slots=True)
class RecordingGate:
    """A Submitter that sends nothing, and remembers everything.

    recipients: the closed set, as addresses; the real gate holds it too. tried: every submission that
    was asked for, whatever became of it. delivered: those that reached their recipient, also where no
    answer told so. faults: what happens to the next ones, in order; None: nothing. during: is awaited
    in the middle of each attempt.
    """

    recipients: frozenset[str]
    tried: list[Tried] = field(default_factory=list)
    delivered: list[Tried] = field(default_factory=list)
    faults: deque[Fault | None] = field(default_factory=deque)
    during: Callable[[Tried], Awaitable[None]] | None = None

    async def submit(self, submission: Submission) -> Reply:
        octets = submission.octets
        whole = octets if isinstance(octets, bytes) else octets.whole()
        submission = Tried(submission.recipients, whole, submission.message_id)
        self.tried.append(submission)
        if not self.recipients.issuperset(submission.recipients):
            raise RecipientRefused(str(submission.recipients))
        fault = self.faults.popleft() if self.faults else None
        if fault in (None, "taken, no answer"):
            self.delivered.append(submission)
        if self.during is not None:
            await self.during(submission)
        return _REPLIES[fault] if fault else Reply(Outcome.ACCEPTED, 250, "2.0.0 Ok")

    async def max_size(self) -> int | None:
        return None

    async def takes_eight_bit(self) -> bool:
        return True

    async def close(self) -> None:
        pass
