"""What stands in a review: select, group, rank, and what fits. Rendering is in `compose`.

What fits is decided here and not while rendering, because what was shown in full is a fact that the
next review builds on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from html import escape
from typing import Literal, TypeVar

from ..commands.command import Verb
from ..handovers.codes import Code
from ..mail.display import NAME_CHARACTERS, html, one_line, plain, shown_sender
from ..mail.invitation import Invitation, clashes
from ..mail.message import Address
from ..people import Backup, normal_address
from ..rules.book import Priority
from .passage import PASSAGE_CHARACTERS, passage
from .proposal import Proposal, cannot_wait, propose
from .traits import NO_TRAITS, Traits

SUBJECT_CHARACTERS = 72
"""With its number a subject then stays on one line of plain text, which has at most 78 characters."""

AGED_CHARACTERS = ((timedelta(hours=36), 190), (timedelta(hours=84), 90))
"""How much of an item is shown again while it has waited no longer than that; after that FADED_CHARACTERS."""

FADED_CHARACTERS = 60
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
"""Of a subject in a button's mail: enough to know it again."""

SENDERS_AN_ITEM = 3
ATTACHMENTS_AN_ITEM = 4
WARNINGS_AN_ITEM = 3
PROBLEMS_A_REVIEW = 8
_LOOK_AT = 50  # messages of one conversation, for its senders, warnings and file names

READING = timedelta(seconds=0.052)
"""For one character of new text. Source: IReST, the mean of its languages."""

DECIDING = timedelta(seconds=30)
"""For one item, beside reading it."""

_FULL_AT_MOST = 150  # no mail of 80 kB holds as many
_INVITATIONS = 300
_ASIDE_MINUTES = 2  # for what is no item: the colleagues, the counts

# Octets of the mail, HTML and plain text together: 80 kB, as Gmail clips at 102 kB, less some air.
_LIMIT = 77_000
_FRAME = 5_000  # header, headings, counts, health, style
_PROBLEM = 200  # the markup of a problem
_ITEM = 340  # the markup and our own words of an item in full, both parts
_BUTTON = 330  # the markup of one of its three buttons, the link's frame, its words
_MORE = 150  # the same of one of its warnings, or of its attachments
_LINE = 200  # the same of an item or a handover on one line
_HANDED_AT_MOST = 9_000
_STILL_OPEN_AT_MOST = 16_000
_LEFT_OVER_SHARE = 3
_UNSHOWN = 40  # characters of a greeting or a name: not worth a second mail
_REST_AT_MOST = 12_000
_TALLY_AT_MOST = 1_800  # each of three: low ones, the rest, handovers that did not fit

T = TypeVar("T")


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


def with_next(handed: Handed, there: Collection[str]) -> Handed:
    """A handover that is late may go on by a tap: to the next of its chain who is there.

    there: the keys of those who are.
    """
    if handed.state != "overdue":
        return handed
    return replace(handed, next_backup=next((key for key in handed.others if key in there), None))


@dataclass(frozen=True, slots=True)
class Counts:
    """Since the last review: received = forwarded + review + low + private + ignored + own."""

    received: int
    forwarded: int
    review: int
    private: int
    ignored: int
    own: int


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
    rule would have forwarded. outages: those that are over, a sentence each.
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


def is_worth_sending(facts: ReviewFacts, when_empty: Literal["send", "skip"]) -> bool:
    """Whether it goes out: one that was asked for always does, one with nothing in it as the owner set."""
    told = (facts.messages, facts.handed, facts.problems, facts.outages, facts.counts.received)
    is_empty = not any(told)
    return facts.slot is None or not is_empty or when_empty == "send"


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
        return min((message.priority for message in self.messages), key=_RANK.__getitem__)

    @property
    def was_shown(self) -> bool:
        """Whether nothing in it is new since it stood in full."""
        return all(message.shown for message in self.messages)

    @property
    def subject(self) -> str:
        """Of the newest message, fit to be shown; may be ""."""
        return one_line(self.newest.subject, SUBJECT_CHARACTERS)

    @property
    def reading(self) -> timedelta:
        """Of what is shown."""
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
        """Of the newest message that holds one."""
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
        """Of all its messages, the names that are not shown included."""
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


def arrange_review(facts: ReviewFacts, *, minutes: int | None = None, address: str = "") -> Review:
    """The open messages as items, ranked, as many in full as fit. Pure.

    Ranked by: the rule's priority; an asked day for which nothing can be proposed; who had no place in an
    earlier review; a client's complaint, a client's asked day, a known client; addressed to the owner
    alone; any known correspondent; a question or a day in it; age (oldest first).
    minutes: what a review may take; two of them are for all that is no item. None: as long as it is.
    address: the owner's, which stands in each button.
    The next ones get a line, what is beyond that is counted by sender. Of a flood the first item comes where
    it belongs, and the others after all else: who sends three hundred mails keeps no other from being seen.
    """
    there = tuple(backup.key for backup in facts.there)
    items = _with_floods(sorted(_items(facts, there), key=_order))
    urgent_enough = [item for item in items if item.priority != "low"]
    review = Review(
        facts=facts,
        waiting=_with_excerpts((item for item in urgent_enough if not item.was_shown), facts.now),
        still_open=_with_excerpts((item for item in urgent_enough if item.was_shown), facts.now),
        collapsed=tuple(items[len(urgent_enough) :]),
        rest=(),
        handed=tuple(sorted(facts.handed, key=_handed_order)),
        receipts=_receipt_groups(facts.receipts),
    )
    # Latin text is shorter as quoted-printable, other scripts as base64; the mail takes the shorter.
    fitted = (_fit(review, _Cost(encoded, len(address)), minutes) for encoded in (_quoted_printable, _base64))
    return max(fitted, key=lambda review: len(review.waiting))


def _fit(review: Review, cost: _Cost, minutes: int | None) -> Review:
    """The same with its items numbered, and what does not fit among the rest."""
    # What is left over gets a third of the time, so that neither it nor what is new is put off for ever.
    old, old_later = _in_time(review.still_open, minutes, share=_LEFT_OVER_SHARE)
    spent_on_old = sum((item.reading + DECIDING for item in old), timedelta())
    new, later = _in_time(review.waiting, minutes, spent=spent_on_old)
    known = review.facts.invitations[:_INVITATIONS]
    new = (*(_with_clashes(item, known) for item in new[:_FULL_AT_MOST]), *new[_FULL_AT_MOST:])
    left = _LIMIT - cost.words(_FRAME + 3 * _TALLY_AT_MOST)
    left -= sum(map(cost.problem, review.facts.problems[:PROBLEMS_A_REVIEW]))
    left -= sum(map(cost.receipts, review.receipts))
    handed, spent = _take(review.handed, cost.handed, _HANDED_AT_MOST)
    left -= spent
    still_open, spent = _take(old, cost.full, _STILL_OPEN_AT_MOST if new else left)
    left -= spent
    waiting, spent = _take(new, cost.full, left)
    if later or old_later or len(waiting) < len(new) or len(still_open) < len(old):
        waiting, spent = _take(new, cost.full, left - _REST_AT_MOST)
    over = (*new[len(waiting) :], *later, *old[len(still_open) :], *old_later)
    named, _ = _take(over, cost.line, left - spent)
    shown = len(waiting) + len(still_open)
    return replace(
        review,
        waiting=_numbered(waiting, 1),
        still_open=_numbered(still_open, 1 + len(waiting)),
        rest=(*_numbered(named, 1 + shown), *over[len(named) :]),
        handed=tuple(_numbered_handed(handed, 1 + shown + len(named))),
    )


def _numbered_handed(handed: Iterable[Handed], start: int) -> Iterator[Handed]:
    """Those that the owner may have to do something about get the numbers that follow."""
    number = start
    for one in handed:
        yield replace(one, number=number) if one.is_decidable else one
        number += one.is_decidable


def _receipt_groups(receipts: Iterable[Receipt]) -> tuple[ReceiptGroup, ...]:
    """In the order in which each was first done."""
    groups: dict[tuple[Verb, str], list[str]] = {}
    notes: dict[tuple[Verb, str], list[str]] = {}
    for receipt in receipts:
        groups.setdefault((receipt.verb, receipt.backup_name), []).append(receipt.subject)
        if receipt.note:
            notes.setdefault((receipt.verb, receipt.backup_name), []).append(receipt.note)
    return tuple(
        ReceiptGroup(
            verb,
            one_line(name, NAME_CHARACTERS),
            tuple(one_line(subject, RECEIPT_CHARACTERS) for subject in subjects[:RECEIPTS_A_GROUP]),
            len(subjects),
            tuple(one_line(note, NOTE_CHARACTERS) for note in notes.get((verb, name), [])[:RECEIPTS_A_GROUP]),
        )
        for (verb, name), subjects in list(groups.items())[:RECEIPT_GROUPS]
    )


def _in_time(
    items: tuple[Item, ...], minutes: int | None, *, share: int = 1, spent: timedelta = timedelta()
) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """Those that can be read and decided in time, and the others; the first is always among them.

    share: one part in so many of the time is theirs. spent: of it, on others.
    """
    if minutes is None:
        return items, ()
    left = timedelta(minutes=max(1, minutes - _ASIDE_MINUTES)) / share - spent
    for taken, item in enumerate(items):
        left -= item.reading + DECIDING
        if (left < timedelta() and taken) or taken == _FULL_AT_MOST:
            return items[:taken], items[taken:]
    return items, ()


def _with_clashes(item: Item, known: Sequence[tuple[str, Invitation]]) -> Item:
    if item.invitation is None or not item.invitation.asks:
        return item
    names = clashes(item.invitation, known)
    shown = tuple(one_line(name, CLASH_CHARACTERS) for name in names[:CLASHES_AN_ITEM])
    return replace(item, clashes=shown)


def unnamed(handed: Iterable[Handed], named: Sequence[Handed]) -> list[Handed]:
    """The handovers that got no line."""
    return sorted(handed, key=_handed_order)[len(named) :]


def tally_senders(items: Iterable[Item]) -> Tally:
    """Items counted by sender."""
    return _tally((item.newest.sender for item in items), lambda sender: normal_address(sender.address))


def tally_backups(handed: Iterable[Handed]) -> Tally:
    """Handovers counted by backup."""
    return _tally((Address(one.backup_name, one.backup_name) for one in handed), lambda who: who.name)


_RANK: dict[Priority, int] = {"high": 0, "normal": 1, "low": 2}
_STATES = ("asks", "failed", "overdue", "waiting", "sent", "answered")


def _shown_sender(message: OpenMessage) -> str:
    return shown_sender(message.sender, real=message.traits.poses)


def _items(facts: ReviewFacts, there: tuple[str, ...]) -> Iterable[Item]:
    messages = facts.messages
    conversations: dict[tuple[str, int], list[OpenMessage]] = {}
    for message in messages:
        alone = message.conversation is None
        key = ("message", message.id) if alone else ("conversation", message.conversation or 0)
        conversations.setdefault(key, []).append(message)
    for together in conversations.values():
        together.sort(key=lambda message: (message.arrived_at, message.id))
        new = [message for message in together if not message.shown]
        item = Item(0, tuple(together))
        traits = item.newest.traits
        if any(message.traits.asks or message.traits.complains for message in new):
            traits = replace(  # "thanks" after a question that stands
                traits,
                asks=any(message.traits.asks for message in new),
                names_day=any(message.traits.names_day for message in new),
                complains=any(message.traits.complains for message in new),
                only_thanks=False,
            )
        in_doubt = any(propose(message.code, message.traits, there) is None for message in together)
        proposal = None if in_doubt else propose(item.newest.code, traits, there)
        # A colleague's question wants the owner's answer: sent on, it would come back to who asked.
        is_question = item.newest.code is Code.FROM_BACKUP
        forward_to = None if is_question else _forward_to(proposal, traits, there)
        yield replace(item, proposal=proposal, forward_to=forward_to)


def _with_floods(items: Sequence[Item]) -> list[Item]:
    """The same, ranked; the first of each flood with the messages of all of it, and the others last."""
    floods: dict[str, list[int]] = {}
    for item in items:
        for message in item.messages:
            if message.held_as:
                floods.setdefault(message.held_as, []).append(message.id)
    first: list[Item] = []
    others: list[Item] = []
    for item in items:
        name = item.newest.held_as
        if not name:
            first.append(item)
        elif found := floods.pop(name, None):
            first.append(replace(item, flood=tuple(found)))
        else:
            others.append(item)
    urgent_enough = sum(item.priority != "low" for item in first)
    return [*first[:urgent_enough], *others, *first[urgent_enough:]]


def _shown_text(message: OpenMessage, now: datetime) -> str:
    """As much of a message as stands in this review: less of what stood in one before, and less every day."""
    text = one_line(message.excerpt, PASSAGE_CHARACTERS)
    if not message.shown:
        return text
    waited = now - message.arrived_at
    return passage(text, next((room for limit, room in AGED_CHARACTERS if waited <= limit), FADED_CHARACTERS))


def _with_excerpts(items: Iterable[Item], now: datetime) -> tuple[Item, ...]:
    """Those that may be shown with their texts: there may be fifty thousand more."""
    listed = tuple(items)
    first = (replace(item, excerpt=_shown_text(item.newest, now)) for item in listed[:_FULL_AT_MOST])
    return (*first, *listed[_FULL_AT_MOST:])


def _forward_to(proposal: Proposal | None, traits: Traits, there: tuple[str, ...]) -> str | None:
    """The proposed backup, the rule's if they are there, else the first who is."""
    if proposal is not None and proposal.backup is not None:
        return proposal.backup
    return traits.propose if traits.propose in there else next(iter(there), None)


def _order(item: Item) -> tuple[int, bool, bool, bool, bool, bool, bool, bool, bool, datetime, int]:
    """Its age is that of its oldest message: who has waited longest comes first."""
    oldest, new = item.messages[0], [message for message in item.messages if not message.shown]
    traits = [message.traits for message in new or item.messages]
    clients = [each for each in traits if not each.is_internal]
    return (
        _RANK[item.priority],
        item.proposal is not None or not any(cannot_wait(each) for each in traits),
        not any(message.waited for message in new),
        not any(each.complains for each in clients),
        not any(each.asks and each.names_day for each in clients),
        not any(each.is_known for each in clients),
        not any(each.addressed == "alone" for each in traits),
        not any(each.is_known for each in traits),
        not any(each.asks or each.names_day for each in traits),
        oldest.arrived_at,
        oldest.id,
    )


def _handed_order(handed: Handed) -> tuple[int, datetime]:
    return _STATES.index(handed.state), handed.at


def _numbered(items: Sequence[Item], start: int) -> tuple[Item, ...]:
    return tuple(replace(item, number=number) for number, item in enumerate(items, start))


def _first(most: int, lines: Iterable[str]) -> tuple[str, ...]:
    """The first different ones that are not empty."""
    found: dict[str, None] = {}
    for line in lines:
        if line:
            found[line] = None
        if len(found) == most:
            break
    return tuple(found)


def _take(things: Sequence[T], cost: Callable[[T], int], at_most: int) -> tuple[Sequence[T], int]:
    """The first ones that fit together, and what they cost."""
    spent = 0
    for taken, thing in enumerate(things):
        each = cost(thing)
        if spent + each > at_most:
            return things[:taken], spent
        spent += each
    return things, spent


def _quoted_printable(octets: bytes) -> int:
    return (len(octets) + 2 * len(octets.translate(None, _UNESCAPED))) * 105 // 100


def _base64(octets: bytes) -> int:
    return len(octets) * 138 // 100


_UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"  # RFC 3986
_UNESCAPED = bytes(octet for octet in range(128) if octet != ord("="))


@dataclass(frozen=True, slots=True)
class _Cost:
    """What each thing adds to the mail, in octets, never less than it really does."""

    encoded: Callable[[bytes], int]
    address: int  # characters of the owner's, in each link

    def words(self, octets: int) -> int:
        """Of our own words and markup."""
        return self.encoded(b" " * octets)

    def full(self, item: Item) -> int:
        own = _ITEM + (3 + bool(item.flood)) * (_BUTTON + self.address)
        own += _MORE * (len(item.warnings) + item.poses + bool(item.attachments) + 2 * bool(item.invitation))
        # A subject stands in three links too, escaped, and in three labels.
        in_links = item.subject[:LINK_CHARACTERS].encode()
        links = 3 * (len(in_links) + 2 * len(in_links.translate(None, _UNRESERVED)))
        labels = 3 * self.encoded(escape(item.subject[:LINK_CHARACTERS]).encode())
        place = item.invitation.place if item.invitation else ""
        words = (item.subject, item.excerpt, *item.senders, *item.warnings, *item.attachments)
        return labels + self._of(own + links, *words, place, *item.clashes)

    def line(self, item: Item) -> int:
        return self._of(_LINE, item.subject, *item.senders[:1])

    def handed(self, handed: Handed) -> int:
        subject = one_line(handed.subject, SUBJECT_CHARACTERS)
        detail = one_line(handed.detail, DETAIL_CHARACTERS)
        backup = one_line(handed.backup_name, NAME_CHARACTERS)
        buttons = 1 + bool(handed.next_backup or handed.state == "asks") if handed.is_decidable else 0
        own = _LINE + buttons * (_BUTTON + self.address)
        reason = one_line(handed.reason, DETAIL_CHARACTERS)
        return self._of(own, subject, detail, reason, backup, shown_sender(handed.sender))

    def receipts(self, group: ReceiptGroup) -> int:
        return self._of(_LINE, group.backup_name, *group.subjects, *group.notes)

    def problem(self, problem: str) -> int:
        return self._of(_PROBLEM, one_line(problem, PROBLEM_CHARACTERS))

    def _of(self, own: int, *texts: str) -> int:
        return self.words(own) + sum(
            self.encoded(html(text).encode() + plain(text).encode()) for text in texts
        )


def _tally(people: Iterable[Address], key: Callable[[Address], str]) -> Tally:
    counts: Counter[str] = Counter()
    first: dict[str, Address] = {}
    for who in people:
        counts[key(who)] += 1
        first.setdefault(key(who), who)
    named: list[tuple[str, int]] = []
    spent = 0
    for one, n in counts.most_common(20):
        label = shown_sender(first[one])
        spent += len(html(label).encode()) + len(plain(label).encode()) + 2 * len(str(n)) + 6
        if spent > _TALLY_AT_MOST:
            break
        named.append((label, n))
    return Tally(tuple(named), counts.total() - sum(n for _, n in named))
