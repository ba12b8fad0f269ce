"""What the application needs of the world, as Protocols. Adapters implement them; `wiring` chooses.

Errors are split by who must act: `Unavailable` is retried for ever, `Refused` needs a person.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from ..core.commands.authority import Standing
from ..core.commands.command import Grant, Line, Verb
from ..core.delivery import Reply, Stage, State
from ..core.handovers.known import Conversations
from ..core.hours.schedule import Slot
from ..core.mail.invitation import Invitation
from ..core.mail.message import Address, Message
from ..core.people import Window
from ..core.reviews.arrange import Counts, Handed, OpenMessage, Receipt
from ..core.reviews.traits import NO_TRAITS, Traits
from ..core.triage.verdict import Code, Verdict


class Unavailable(Exception):
    """The server cannot be reached or does not answer. str(): what and where, for a person.

    backoff_s: what the server asked for ("Suggested Backoff Time"), in seconds, or None.
    """

    backoff_s: float | None = None


class Refused(Unavailable):
    """The server answers, but not to us (login, certificate). str(): what, and what to do."""


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What a mail server can do. delimiter and prefix: of the personal namespace (RFC 2342)."""

    can_idle: bool
    can_move: bool
    delimiter: str
    prefix: str


@dataclass(frozen=True, slots=True)
class MailboxFacts:
    """A mailbox as SELECT or EXAMINE told it. permanent_flags may hold "\\*"."""

    mailbox: str
    uidvalidity: int
    uidnext: int | None
    permanent_flags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Fetched:
    """One message, or the first part of it. arrived_at: INTERNALDATE, aware, UTC."""

    uid: int
    arrived_at: datetime | None
    size_octets: int
    octets: bytes
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Quota:
    """One limit of a mailbox (RFC 9208). resource: "STORAGE" (in units of 1024 octets) or "MESSAGE"."""

    resource: str
    used: int
    limit: int


@dataclass(frozen=True, slots=True)
class MailServerProbe:
    """What `check` asks of a mail server. certificate_until: its end, None without TLS."""

    capabilities: frozenset[str]
    quotas: tuple[Quota, ...]
    certificate_until: datetime | None


@dataclass(frozen=True, slots=True)
class SubmissionProbe:
    """How far a submission server would go with a mail from the owner to the owner; none was sent.

    reply: ACCEPTED, or what stopped it at `stage`. max_octets: as SIZE said, None: unknown or
    unlimited. server_at: the time in its greeting, which only some servers give.
    """

    reply: Reply
    stage: Stage
    max_octets: int | None
    certificate_until: datetime | None
    server_at: datetime | None


class MailSource(Protocol):
    """One IMAP connection of one account; one caller at a time. After any error: close, begin anew.

    Mailbox names are logical: "INBOX", "Delegator/Done"; the adapter maps separator and namespace.
    Every method raises Unavailable or Refused, and nothing else.
    """

    async def connect(self) -> ServerFacts: ...

    async def close(self) -> None:
        """Never raises, takes a second at most."""

    async def open(self, mailbox: str, *, read_only: bool = False) -> MailboxFacts | None:
        """SELECT (or EXAMINE); None if there is no such mailbox."""

    async def list_mailboxes(self) -> dict[str, frozenset[str]]:
        """Logical names and their attributes (SPECIAL-USE among them, RFC 6154)."""

    async def create(self, mailbox: str) -> None:
        """CREATE and SUBSCRIBE; no error if it exists."""

    async def uids(self, *, above: int = 0, since: date | None = None) -> list[int]:
        """Of the open mailbox, ascending: those above a UID, that arrived on a date or later."""

    async def fetch(self, uids: Sequence[int], limit_octets: int) -> list[Fetched]:
        """The first octets of each, PEEK. One that has gone meanwhile is left out; one that is there,
        but that the server cannot give, has no octets."""

    async def fetch_whole(self, uid: int, limit_octets: int) -> bytes | None:
        """All octets, PEEK, in chunks; None if it has gone, b"" if the server cannot give it. Longer than
        the limit: cut there."""

    async def move(self, uids: Sequence[int], mailbox: str) -> None:
        """MOVE (RFC 6851) out of the open mailbox. Vanished UIDs are no error."""

    async def add_keyword(self, uids: Sequence[int], keyword: str) -> None: ...

    async def append(self, mailbox: str, octets: bytes, *, seen: bool) -> None: ...

    async def delete(self, uids: Sequence[int]) -> None:
        """Expunge just these of the open mailbox (UIDPLUS, RFC 4315). For our own markers only."""

    async def wait(self, timeout_s: float, wake: asyncio.Event) -> bool:
        """IDLE (or, where there is none, sleep) until the server hints, `wake` is set, or time is up.

        True for a hint. Clears nothing. A dead connection raises Unavailable. Ask `uids` between `open`
        and this: a change that the server told of since then is a hint.
        """

    async def search_header(self, name: str, value: str) -> list[int]:
        """UIDs of the open mailbox whose header field holds the text."""


@dataclass(frozen=True, slots=True)
class Submission:
    """One mail for the gate: exactly these octets to exactly these recipients.

    The reverse-path is not in it: the gate has the owner's.
    """

    recipients: tuple[str, ...]
    octets: bytes
    message_id: str


class RecipientRefused(Exception):
    """The gate's own refusal: a recipient outside the closed set. A bug, never retried."""


class Submitter(Protocol):
    """The one place that submits mail. Holds the closed set and the reverse-path."""

    async def submit(self, submission: Submission) -> Reply:
        """Never raises for what a server or a network does; RecipientRefused outside the set."""

    async def max_size(self) -> int | None:
        """What the server's SIZE said last, in octets (RFC 1870); None if unknown or unlimited."""

    async def takes_eight_bit(self) -> bool:
        """Whether the server offers 8BITMIME (RFC 6152); True until one was asked."""


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, UTC."""

    async def wait_until(self, moment: datetime | None, *events: asyncio.Event) -> None:
        """Until the moment has come (None: never) or any of the events is set."""


@dataclass(frozen=True, slots=True)
class AccountState:
    """What a state keeps of one account. state_id names the state; it is in the marker.

    loop_key: the secret of the loop header. started_at: the first start of this account.
    """

    state_id: str
    loop_key: bytes
    started_at: datetime
    last_contact_at: datetime | None


@dataclass(frozen=True, slots=True)
class Position:
    """The high-water mark of a mailbox: every UID up to `uid` was looked at."""

    uidvalidity: int
    uid: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message is: the identity of IMAP (RFC 3501 section 2.3.1.1)."""

    mailbox: str
    uidvalidity: int
    uid: int


@dataclass(frozen=True, slots=True)
class TakenUp:
    """One message as it is written down, in one transaction with all that follows from it.

    original: all octets, of a forward; else None. file_to: the folder it goes to now, or None.
    chain: of a forward by a rule, its backups as configured. is_paced: it is old, and waits its turn.
    traits: what its proposal and its rank in a review are made of.
    said: what a backup's mail means for being there: key, and as in `backup_said`; or None.
    quotes_answer: of the client, an answer of the backup: what came before it has been answered.
    """

    place: Place
    message: Message
    verdict: Verdict
    excerpt: str
    text_characters: int
    original: bytes | None
    file_to: str | None
    taken_up_at: datetime
    chain: tuple[str, ...] = ()
    is_paced: bool = False
    said: tuple[str, str] | None = None
    quotes_answer: bool = False
    is_by_owner: bool = False  # the owner wrote it
    traits: Traits = NO_TRAITS


@dataclass(frozen=True, slots=True)
class HandoverRow:
    """One open handover: a client waits, and a backup is to answer.

    chain: the rule's backups as configured. tried: who had it before. client, subject: of the newest
    message. messages: without an answer. opened_at: the oldest of those was taken up. handed_at: the
    forward was accepted, or None. due_at: of the follow-up. accepted_at: the backup said "later
    today". pass_why: it is to be passed on.
    """

    id: int
    backup: str
    chain: tuple[str, ...]
    tried: tuple[str, ...]
    client: Address
    subject: str
    messages: int
    opened_at: datetime
    handed_at: datetime | None
    due_at: datetime | None
    question_at: datetime | None
    accepted_at: datetime | None
    pass_why: str | None


@dataclass(frozen=True, slots=True)
class Absence:
    """Why a backup is not there: an automatic answer or a bounce (since a moment), or their own word."""

    why: Literal["automatic", "bounce", "declined", "dates"]
    since_at: datetime | None


@dataclass(frozen=True, slots=True)
class Letter:
    """A brief or an overview. slot: what makes it one of a kind; the same is never sent twice.

    items: of an overview, the conversations under its numbers, from 1.
    """

    kind: Literal["brief", "overview"]
    backup: str
    slot: str
    items: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class BackupOrder:
    """conversation: of ANSWERED, LATER_TODAY and NOT_ME; only one that is in this backup's hands.

    away: of NOT_FROM_TO.
    """

    backup: str
    verb: Verb
    conversation: int | None = None
    away: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class TakenFrom:
    """A conversation that the owner answered, or took back (is_answered False)."""

    client: Address
    subject: str
    is_answered: bool


@dataclass(frozen=True, slots=True)
class OwnMail:
    """A mail that the owner sent by hand. backup: the key of one among its recipients, or None.

    sent_at: what came in after it still waits for an answer. due_at: of the follow-up, if it hands a
    conversation over.
    """

    message_id: str | None
    named_ids: tuple[str, ...]
    sent_at: datetime
    recipients: tuple[str, ...]
    backup: str | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Filing:
    """A message that is to be marked and moved. keyword None: only move."""

    id: int
    place: Place
    folder: str
    keyword: str | None


Kind = Literal["forward", "review", "alert", "cover", "brief", "overview", "answer"]


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A submission that is to be made. octets and message_id are set from the first attempt on.

    backups: of a forward, the one to send to, then those who come after a refusal.
    max_octets: what an earlier refusal taught about the size that is taken, or None.
    unknowns: attempts before the last one whose outcome is not known; state SENDING: of the last neither.
    """

    id: int
    kind: Kind
    state: State
    recipient: str
    backups: tuple[str, ...]
    message: int | None
    attempts: int
    first_attempt_at: datetime | None
    octets: bytes | None
    message_id: str | None
    max_octets: int | None
    note: str = ""  # the owner's own line, on top of a forward
    unknowns: int = 0


@dataclass(frozen=True, slots=True)
class ReviewContent:
    """What a review is made of, read in one transaction.

    since_at: the review before, or None. messages: without their warnings; reasons: what those are
    made of, by message, of those that no plain rule put there. In `handed`, backup_name is the backup's key.
    """

    since_at: datetime | None
    messages: tuple[OpenMessage, ...]
    reasons: Mapping[int, tuple[Code, str]]
    handed: tuple[Handed, ...]
    counts: Counts
    outages: tuple[tuple[datetime, datetime], ...]
    failures: tuple[tuple[str, str, str], ...]  # of forwards: backup's key, subject, what the server said
    receipts: tuple[Receipt, ...] = ()  # backup_name: the key
    invitations: tuple[tuple[str, Invitation], ...] = ()  # of open mail, with their subjects
    junk: int = 0  # mails in Junk that a rule would have forwarded, since the review before
    refusals: tuple[tuple[Standing, str, datetime], ...] = ()  # commands without effect: why, whose, when


@dataclass(frozen=True, slots=True)
class Totals:
    """For `status`: what waits and what is on its way."""

    waiting: int  # open items (conversations)
    handovers_open: int
    handovers_overdue: int
    outbox_pending: int


Way = Literal["button", "reply", "folder"]
Status = Literal["open", "left", "done", "to-do", "later", "waiting", "forwarded", "private", "other"]
"""Of a message, for a command. left: by the owner's own hand. waiting: a forward that is not sent yet."""

Arrival = Literal["ours", "ordered", "unknown"]
"""In one of our folders. ours: our own filing, or our own mail. unknown: not taken up yet."""


@dataclass(frozen=True, slots=True)
class CommandRow:
    """A command as it came. token: of a button. review: of a reply. message, verb, backup and note: of a
    move, and of a forward that waited for a second tap. text: of the mail. is_confirmed: by that tap.
    is_moved_along: another mail of its conversation, one that waited, was moved with it. has_newer: such
    a mail waits still.
    """

    id: int
    way: Way
    token: str | None
    review: int | None
    sender: str
    text: str
    message: int | None
    verb: Verb | None
    backup: str | None
    note: str
    is_confirmed: bool
    is_moved_along: bool
    has_newer: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Target:
    """A message as a command finds it. place: None where it is not known to be anywhere.

    subject and sender: empty of a private one. backup: of a forward. rule: its name.
    """

    id: int
    conversation: int | None
    place: Place | None
    status: Status
    subject: str
    sender: Address
    backup: str | None
    rule: str | None
    header_digest: str
    arrived_at: datetime | None


@dataclass(frozen=True, slots=True)
class Decide:
    messages: tuple[int, ...]
    decision: Literal["done", "to-do", "later"]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Hand:
    """A message goes to a backup. taken: as if it were taken up now, with that verdict."""

    message: int
    taken: TakenUp
    note: str


@dataclass(frozen=True, slots=True)
class Reopen:
    """Open again, and back in INBOX; a forward that is not sent yet is not sent."""

    messages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Withdraw:
    """A forward that was sent: its backup is told in the next overview."""

    conversation: int


@dataclass(frozen=True, slots=True)
class PutBack:
    message: int
    folder: str


@dataclass(frozen=True, slots=True)
class Release:
    """A held command goes on; with one from an unknown address all from there, now and later."""

    command: int


@dataclass(frozen=True, slots=True)
class PassOn:
    """A handover goes to this backup next, with the follow-up's cover."""

    conversation: int
    backup: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a backup's button says. dates: of NOT_FROM_TO."""

    verb: Verb
    backup: str
    conversation: int | None
    dates: tuple[datetime, datetime] | None = None


Effect = Decide | Hand | Reopen | Withdraw | PutBack | Release | PassOn | Said


@dataclass(frozen=True, slots=True)
class Done:
    """For a receipt: what was done with a message (the newest of an item)."""

    verb: Verb
    message: int
    backup: str | None
    way: Way
    messages: int


@dataclass(frozen=True, slots=True)
class Question:
    """A forward of a private message that waits for a second tap, with the secret of that."""

    way: Way
    message: int
    backup: str | None
    note: str
    token: str
    grant: Grant


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """All that follows from one command. token: spent with it. asks: the secret with which a held command
    is confirmed; it stays held. mails: to the owner: recipient, octets, Message-ID. review: a reply to one of
    those is a reply to that.
    """

    command: int
    token: str | None = None
    effects: tuple[Effect, ...] = ()
    receipts: tuple[Done, ...] = ()
    questions: tuple[Question, ...] = ()
    asks: tuple[str, Grant] | None = None
    mails: tuple[tuple[str, bytes, str], ...] = ()
    review: int | None = None
    has_folders: bool = True


class Store(Protocol):
    """The state, in whole transactions. `account` is a key: the owner's address, or its shadow's.

    Raises StateError where the state itself is at fault (a newer schema, a damaged file).
    """

    async def account(self, account: str, now: datetime) -> AccountState: ...

    async def contact(self, account: str, at: datetime) -> None: ...

    async def position(self, account: str, mailbox: str) -> Position | None: ...

    async def advance(self, account: str, mailbox: str, position: Position) -> None: ...

    async def conversations_for(self, account: str, message: Message, now: datetime) -> Conversations:
        """What triage has to know of the mails that this one names, and of who is there."""

    async def recognise(self, account: str, place: Place, message: Message) -> bool:
        """Whether this is a message that was taken up before; if so, its place is now this one.

        Known by the header's digest: after a change of UIDVALIDITY that alone decides; else the
        arrival must be the same too, and it must have left the place where it was: the owner moved
        it back, and it is an open item again.
        """

    async def take_up(self, account: str, taken: TakenUp) -> bool:
        """Write down a message and all that follows; False if its place is known already."""

    async def open_places(self, account: str, mailbox: str) -> list[Place]:
        """Of the messages that wait there for a decision."""

    async def departed(self, account: str, places: Sequence[Place], now: datetime) -> None:
        """These left the mailbox by the owner's own hand: they are decided."""

    async def filings(self, account: str) -> list[Filing]: ...

    async def filed(self, account: str, ids: Sequence[int]) -> None: ...

    async def due(self, account: str, now: datetime, limit: int, *, forwards: bool) -> list[OutboxRow]:
        """Submissions that are due, the longest due first; forwards: or only those to the owner."""

    async def resume(self, account: str, now: datetime) -> int:
        """At the start: attempts that a crash cut off are due at once; how many there are."""

    async def next_due_at(self, account: str, *, forwards: bool) -> datetime | None: ...

    async def original(self, message: int) -> tuple[bytes, datetime | None] | None:
        """A forward's original and its arrival; None if the octets no longer match their digest."""

    async def sending(
        self, row: int, message_id: str, octets: bytes, *, now: datetime, retry_at: datetime
    ) -> None:
        """Before an attempt: intent, octets and our Message-ID. A crash leaves it due at retry_at."""

    async def sent(
        self, row: int, now: datetime, *, file_to: str | None, follow_up_at: datetime | None
    ) -> None:
        """Accepted. follow_up_at: of a forward, when its backup should have answered."""

    async def open_handovers(self, account: str) -> list[HandoverRow]:
        """The longest without an answer first."""

    async def pass_on(
        self,
        conversation: int,
        *,
        held_by: str,
        backups: tuple[str, ...],
        recipient: str | None,
        why: str,
        now: datetime,
        cover: tuple[str, bytes, str] | None,
    ) -> None:
        """Every unanswered message to the next; none left: they are open items of the owner's again.

        held_by: who had it when that was decided; nothing happens if another has it by now.
        backups: the next, then those after. cover: recipient, octets, Message-ID of the mail before.
        """

    async def settle(self, conversation: int, proof: str, now: datetime) -> None:
        """Answered, with the proof: "answer", "phoned", "owner"."""

    async def absences(self, account: str, now: datetime) -> Mapping[str, Absence]: ...

    async def said_by_backups(self, account: str) -> Mapping[str, str]:
        """Of those who said anything: "accepted", "declined", "dates", "automatic" or "bounce"."""

    async def backup_said(self, account: str, backup: str, said: str, now: datetime) -> None:
        """said: "accepted", "declined", "automatic", "bounce" or "human"."""

    async def letter(self, account: str, message_ids: Sequence[str]) -> Letter | None:
        """The first of these Message-IDs that is a brief's or an overview's."""

    async def obey_backup(self, account: str, order: BackupOrder, now: datetime) -> bool:
        """What a backup asked for, by a tap or a word; False where it has no effect (any more)."""

    async def taken_from(self, account: str, backup: str, since_at: datetime) -> list[TakenFrom]:
        """What this backup had and need not do any more, by the owner's own hand."""

    async def add_letter(
        self, account: str, letter: Letter, recipient: str, octets: bytes, message_id: str, now: datetime
    ) -> bool:
        """Into the outbox, once; False if it was there already."""

    async def letters(self, account: str, kind: str) -> list[tuple[str, str, datetime]]:
        """Backup's key, slot and moment of each, the oldest first."""

    async def found_in_junk(self, account: str, count: int, now: datetime) -> None:
        """So many mails that a rule would have forwarded; the next review counts them."""

    async def owner_wrote(self, account: str, mail: OwnMail, now: datetime) -> str | None:
        """What a mail of the owner's own settles: "answered", "handed over" or None."""

    async def deferred(
        self,
        row: int,
        text: str,
        due_at: datetime,
        *,
        backups: tuple[str, ...] = (),
        recipient: str | None = None,
        max_octets: int | None = None,
        anew: bool = True,
        is_unknown: bool = False,
    ) -> None:
        """Not sent yet, or (is_unknown) perhaps sent. backups and recipient: the next in the chain.

        anew: compose it again; else the same octets go.
        """

    async def in_doubt(self, account: str, message_id: str) -> tuple[int, str | None] | None:
        """The submission with this Message-ID whose outcome is not known, and whose it is: a backup's key,
        or None for a mail to the owner."""

    async def failed(self, row: int, text: str, now: datetime) -> None:
        """Refused for good: a forward's message becomes an open item, first in the next review."""

    async def submit(
        self, account: str, kind: Kind, recipient: str, octets: bytes, message_id: str, now: datetime
    ) -> None:
        """Put a composed mail that is no forward and no review into the outbox."""

    async def review_content(self, account: str, now: datetime) -> ReviewContent: ...

    async def last_slot_at(self, account: str) -> datetime | None:
        """The moment of the last slot that was served or skipped, or None."""

    async def add_review(
        self,
        account: str,
        *,
        slot: tuple[Slot, datetime] | None,
        now: datetime,
        shown: Sequence[int],
        mail: tuple[str, bytes, str] | None,
        lines: Sequence[Line] = (),
        tokens: Mapping[str, Grant] | None = None,
    ) -> bool:
        """One review into the outbox, or a skipped slot; False if the slot was served already.

        lines: its numbered items, for replies. tokens: its buttons' secrets.

        shown: messages that stand in it in full. mail: recipient, octets, Message-ID; None: skipped.
        """

    async def add_tokens(self, account: str, tokens: Mapping[str, Grant]) -> None:
        """The secrets of a mail that is no review."""

    async def grant(self, account: str, token: str) -> tuple[Grant, datetime | None] | None:
        """What a secret stands for, and when it was spent; None: there is no such secret."""

    async def next_command(self, account: str) -> CommandRow | None:
        """The first that is to be carried out, in the order in which they came."""

    async def held_command(self, account: str) -> CommandRow | None:
        """The first that waits for the owner's word, and about which she was not asked yet."""

    async def is_asked_about(self, account: str, sender: str) -> bool:
        """Whether she was asked already whether this address is hers, or about too many others, and has
        not answered."""

    async def targets(self, account: str, messages: Sequence[int]) -> list[Target]: ...

    async def carry_out(self, account: str, done: CarriedOut, now: datetime) -> bool:
        """Everything of one command, or nothing: False if it was done, or its secret spent, before."""

    async def arrived(
        self,
        account: str,
        place: Place,
        message: Message,
        order: Verb | None,
        backup: str | None,
        now: datetime,
    ) -> Arrival:
        """A message turned up in one of our folders: it is at that place now, and if the owner moved it
        there that is a command. order: what moving there means; None: nothing."""

    async def order(self, account: str, place: Place, verb: Verb, backup: str | None, now: datetime) -> None:
        """A command by a move, for a message that was taken up at its new place."""

    async def lines(self, review: int) -> list[Line]:
        """The numbered items of a review as it was sent, then the collapsed ones."""

    async def outage(self, account: str, from_at: datetime, to_at: datetime) -> None:
        """There was no contact from, until; the next review says so."""

    async def learn(self, account: str, learnt: Mapping[str, str]) -> None:
        """What the owner's own test mail taught (`check --send`), instead of what an earlier one did."""

    async def learnt(self, account: str) -> dict[str, str]:
        """As last learnt; empty before. See `core.lessons`."""

    async def totals(self, account: str, now: datetime) -> Totals: ...

    async def close(self) -> None: ...


class StateError(Exception):
    """The state cannot be used. str(): what, where, and what to do."""
