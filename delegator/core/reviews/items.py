"""What a review is made of: what waits, what was handed over, what was done, and how much of each is shown.

Values only. `arrange` makes a review of them, `room` knows what each takes of the mail.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from ..commands.command import Verb
from ..handovers.codes import Code, Disposition
from ..mail.display import one_line, shown_sender
from ..mail.invitation import Invitation
from ..mail.message import Address
from ..people import Backup, Window
from ..rules.book import Priority
from .proposal import Proposal
from .traits import NO_TRAITS, Traits

SUBJECT_CHARACTERS = 72
"""With its number a subject then stays on one line of plain text, which has at most 78 characters."""

WARNING_CHARACTERS = 240
PROBLEM_CHARACTERS = 300
DETAIL_CHARACTERS = 120
FILE_NAME_CHARACTERS = 40
RECEIPT_GROUPS = 8
RECEIPTS_A_GROUP = 6
RECEIPT_CHARACTERS = 50
NOTE_CHARACTERS = 160
CLASH_CHARACTERS = 40
CLASHES_AN_ITEM = 2
LINK_CHARACTERS = 30
"""How much of a subject stands in a button's mail: enough to know it again."""

SENDERS_AN_ITEM = 3
ATTACHMENTS_AN_ITEM = 4
WARNINGS_AN_ITEM = 3
PROBLEMS_A_REVIEW = 8
_LOOK_AT = 50  # messages of one conversation, for its senders, warnings and file names

READING = timedelta(seconds=0.052)
"""For one character of new text. Source: IReST, the mean of its languages."""

DECIDING = timedelta(seconds=30)
"""For one item, beside reading it."""

_UNSHOWN = 40  # characters of a greeting or a name: not worth a second mail

RANK: dict[Priority, int] = {"high": 0, "normal": 1, "low": 2}


@dataclass(frozen=True, slots=True)
class OpenMessage:
    """One undecided message in the store.

    shown: it stood in full in an earlier review. waited: it was open when the last one was made, and
    had no place in it. code: why it stands in a review.
    """

    id: int
    conversation: int | None  # messages of one conversation are one item
    sender: Address
    subject: str
    excerpt: str  # what is new in it: a `passage`
    text_characters: int  # of new text
    arrived_at: datetime
    priority: Priority
    warning: str  # a sentence in the owner's language above the item, or ""
    attachments: tuple[str, ...]  # file names
    shown: bool
    waited: bool = False
    code: Code = Code.RULE
    traits: Traits = NO_TRAITS
    held_as: str = ""  # of one that was held back as a flood's: whose it is
    waits_for: str = ""  # of a forward that cannot go yet: key of its backup; it is an item until it has gone


@dataclass(frozen=True, slots=True)
class Handed:
    """One conversation that a backup has, or is about to get. state: of its newest forward.

    "asks": its backup asks the owner something. "overdue": no answer was seen in time.
    conversation: the store's id. next_backup: key of whom it may go to by a tap, or None.
    reason: the rule that chose it and what matched, or "". others: of its chain, who has not had it.
    address: the backup's. number: in the review, of what is late or asks something; 0: it has none.
    """

    backup_name: str
    sender: Address
    subject: str
    at: datetime  # when it was handed over (accepted), or taken up while it waits
    state: Literal["sent", "waiting", "failed", "answered", "overdue", "asks"]
    messages: int  # of the client, since the last review
    detail: str  # of a failure: what the server said
    conversation: int | None = None
    next_backup: str | None = None
    reason: str = ""
    others: tuple[str, ...] = ()
    address: str = ""
    number: int = 0

    @property
    def is_decidable(self) -> bool:
        """Whether the owner may have to do something about it."""
        return self.state in ("overdue", "asks") and self.conversation is not None


@dataclass(frozen=True, slots=True)
class Counts:
    """What came, each mail once: received = forwarded + review + private + ignored + own."""

    received: int
    forwarded: int
    review: int
    private: int
    ignored: int
    own: int

    @classmethod
    def of(cls, mails: Mapping[str, int] | Mapping[Disposition, int]) -> Counts:
        """mails: how many there are of each disposition."""
        return cls(
            received=sum(mails.values()),
            forwarded=mails.get(Disposition.FORWARD, 0),
            review=mails.get(Disposition.REVIEW, 0),
            private=mails.get(Disposition.PRIVATE, 0),
            ignored=mails.get(Disposition.IGNORE, 0),
            own=mails.get(Disposition.OWN, 0),
        )


@dataclass(frozen=True, slots=True)
class Receipt:
    """A command that was carried out since the last review.

    verb: FORWARD, TO_DO, DONE, LATER or UNDO. backup_name: of a forward (in the store's answer: the
    key), else "". subject: of the message that it was about; "" of a private one. messages: in it.
    note: what went along, for the client to read.
    """

    verb: Verb
    subject: str
    backup_name: str
    at: datetime
    way: Literal["button", "reply", "folder"]
    messages: int = 1
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptGroup:
    """What was done alike since the last review. subjects: fit to be shown, the first of them."""

    verb: Verb
    backup_name: str
    subjects: tuple[str, ...]
    count: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """Everything that a review tells, gathered by the store in one transaction.

    slot: the owner's local date and "morning"/"afternoon"-like index (0 first); None: asked for by hand.
    problems: sentences in the owner's language, most urgent first ("No contact with … from … to …").
    mode: "live"; "shadow" or "observing" open by saying so, and nothing is forwarded then.
    there: the backups who are there now, in the order of the configuration.
    invitations: those known, with the subjects of their mails. junk: mails in the spam folder that a
    rule would have forwarded. outages: those that are over, a sentence each. damaged: ids of what was set
    aside, and is told in the problems. is_first: of its absence. to_dos: entries of the to-do list.
    """

    now: datetime
    since_at: datetime
    slot: tuple[date, int] | None
    next_review_at: datetime | None
    until_at: datetime | None  # the homecoming
    messages: tuple[OpenMessage, ...]
    handed: tuple[Handed, ...]
    counts: Counts
    last_contact_at: datetime | None
    problems: tuple[str, ...]
    mode: Literal["live", "shadow", "observing"]
    receipts: tuple[Receipt, ...] = ()  # oldest first
    there: tuple[Backup, ...] = ()
    invitations: tuple[tuple[str, Invitation], ...] = ()
    junk: int = 0
    outages: tuple[str, ...] = ()
    damaged: tuple[int, ...] = ()
    is_first: bool = False
    to_dos: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """One conversation in a review, numbered from 1; 0 where it is only counted.

    excerpt: as much of its newest message as is shown. proposal: None where it is in doubt. forward_to: key
    of the backup whom its button names; None if nobody is there. clashes: subjects of what is at the same
    time as what it invites to. flood: those of one originator that were held back go by one tap.
    """

    number: int
    messages: tuple[OpenMessage, ...]  # oldest first
    excerpt: str = ""
    proposal: Proposal | None = None
    forward_to: str | None = None
    clashes: tuple[str, ...] = ()
    flood: tuple[int, ...] = ()  # of the first of a flood: ids of all messages of it

    @property
    def newest(self) -> OpenMessage:
        return self.messages[-1]

    @property
    def priority(self) -> Priority:
        """The most urgent of its messages'."""
        return min((message.priority for message in self.messages), key=RANK.__getitem__)

    @property
    def was_shown(self) -> bool:
        """Whether nothing in it is new since it stood in full."""
        return all(message.shown for message in self.messages)

    @property
    def subject(self) -> str:
        """The subject of the newest message, fit to be shown; may be ""."""
        return one_line(self.newest.subject, SUBJECT_CHARACTERS)

    @property
    def reading(self) -> timedelta:
        """The time that it takes to read what is shown."""
        return READING * len(self.excerpt)

    @property
    def has_more(self) -> bool:
        """Whether its newest message says more than is shown."""
        return self.newest.text_characters > len(self.excerpt) + _UNSHOWN

    @property
    def senders(self) -> tuple[str, ...]:
        """Fit to be shown, each once, the newest first; at most SENDERS_AN_ITEM."""
        return _first(SENDERS_AN_ITEM, (_shown_sender(m) for m in self._newest_first))

    @property
    def poses(self) -> bool:
        """Whether one of its senders looks like somebody else."""
        return any(message.traits.poses for message in self._newest_first)

    @property
    def invitation(self) -> Invitation | None:
        """The invitation in the newest message that holds one."""
        found = (message.traits.invitation for message in self._newest_first)
        return next((each for each in found if each is not None), None)

    @property
    def warnings(self) -> tuple[str, ...]:
        lines = (one_line(m.warning, WARNING_CHARACTERS) for m in self._newest_first)
        return _first(WARNINGS_AN_ITEM, lines)

    @property
    def attachments(self) -> tuple[str, ...]:
        """File names fit to be shown, at most ATTACHMENTS_AN_ITEM; see `attachment_count`."""
        names = (name for message in self._newest_first for name in message.attachments)
        return _first(ATTACHMENTS_AN_ITEM, (one_line(name, FILE_NAME_CHARACTERS) for name in names))

    @property
    def attachment_count(self) -> int:
        """In all its messages, with those whose names are not shown."""
        return len({name for message in self.messages for name in message.attachments if name})

    @property
    def _newest_first(self) -> tuple[OpenMessage, ...]:
        return self.messages[: -_LOOK_AT - 1 : -1]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many by sender (or backup), the most first; `others` are those whom there was no room to name."""

    named: tuple[tuple[str, int], ...]
    others: int


@dataclass(frozen=True, slots=True)
class Review:
    """The arranged review. Every open message is in exactly one of the four lists.

    Numbers run through waiting, still_open and rest, as they are shown.
    """

    facts: ReviewFacts
    waiting: tuple[Item, ...]  # in full
    still_open: tuple[Item, ...]  # shown in full earlier: shorter as they age, with all that decides them
    collapsed: tuple[Item, ...]  # low priority: counted by sender, once; never numbered
    rest: tuple[Item, ...]  # did not fit: on one line, or counted (number 0); in full next time
    handed: tuple[Handed, ...] = ()  # those that have a line; questions, failures, then the longest ago
    receipts: tuple[ReceiptGroup, ...] = ()

    @property
    def deciding(self) -> timedelta:
        """What it takes to read and decide all that is shown."""
        return sum((item.reading + DECIDING for item in self.shown), timedelta())

    @property
    def shown(self) -> tuple[Item, ...]:
        """The items that can be decided from this review."""
        return (*self.waiting, *self.still_open)

    @property
    def proposed(self) -> tuple[Item, ...]:
        """Those shown for which something is proposed."""
        return tuple(item for item in self.shown if item.proposal is not None)


def with_next(handed: Handed, there: Collection[str]) -> Handed:
    """A handover that is late may go on by a tap: to the next of its chain who is there.

    there: the keys of those who are.
    """
    if handed.state != "overdue":
        return handed
    return replace(handed, next_backup=next((key for key in handed.others if key in there), None))


def without_waiting(handed: Iterable[Handed], items: Iterable[OpenMessage]) -> tuple[Handed, ...]:
    """The handovers but for those that are with nobody yet, and stand in the review as items."""
    told = {message.conversation for message in items if message.waits_for}
    return tuple(one for one in handed if one.state != "waiting" or one.conversation not in told)


def without_words(facts: ReviewFacts) -> ReviewFacts:
    """Without what a mail says and the names of its files: the owner's own server refused it so."""
    messages = tuple(replace(message, excerpt="", attachments=()) for message in facts.messages)
    return replace(facts, messages=messages)


def told_since(last_at: datetime | None, started_at: datetime, window: Window | None) -> datetime:
    """From when on a review counts. last_at: when the last one, or the departure mail, was made.

    The first of an absence counts from its beginning: until then the owner had the mailbox before her.
    """
    if last_at is not None and (window is None or last_at >= window.from_at):
        return last_at
    return max(started_at, window.from_at) if window is not None else started_at


def is_worth_sending(facts: ReviewFacts, when_empty: Literal["send", "skip"]) -> bool:
    """Whether it goes out: one that was asked for always does, one with nothing in it as the owner set."""
    if facts.is_first:  # silence would be taken for a fault, and a fault for silence
        return True
    told = (facts.messages, facts.handed, facts.problems, facts.outages, facts.counts.received)
    is_empty = not any(told)
    return facts.slot is None or not is_empty or when_empty == "send"


def _shown_sender(message: OpenMessage) -> str:
    return shown_sender(message.sender, real=message.traits.poses)


def _first(most: int, lines: Iterable[str]) -> tuple[str, ...]:
    """The first different ones that are not empty."""
    found: dict[str, None] = {}
    for line in lines:
        if line:
            found[line] = None
        if len(found) == most:
            break
    return tuple(found)
