"""Which conversation a message belongs to, and what it does to that.

A conversation is joined by In-Reply-To or References to a Message-ID that is known. What the store
keeps in tables the dry run keeps in memory: the same states, by the same machine, so that both decide the
same.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Protocol

from ..handovers.codes import Code, Disposition
from ..handovers.conversation import (
    Answered,
    AskedBack,
    Conversation,
    HandedOver,
    Joined,
    Mail,
    NobodyThere,
    SentBack,
)
from ..handovers.evidence import base_subject, may_be_reply
from ..handovers.known import RECENT, Conversations, Handover, OurMail, handover_ids, handover_of, originators
from ..handovers.machine import apply
from ..mail.message import Message
from ..people import normal_address
from ..rules.book import ForwardTo, RuleBook
from .flood import is_new_handover
from .numbers import Numbers
from .verdict import Verdict, is_by_owner, is_kept

MOST_SIMILAR = 10
"""Handovers with one subject that are looked at."""


Arrival = Joined | HandedOver | Answered | AskedBack | SentBack | NobodyThere
"""What a mail that is taken up may do to its conversation."""


def chain_of(book: RuleBook, verdict: Verdict) -> tuple[str, ...]:
    """The backups of the rule that forwards, as configured, and who covers; () where no rule does."""
    if verdict.disposition is not Disposition.FORWARD or verdict.code is Code.CONVERSATION:
        return ()
    rules = {rule.name: rule.outcome for rule in book.rules}
    outcome = book.otherwise if verdict.rule is None else rules.get(verdict.rule)
    return book.with_cover(outcome.backups) if isinstance(outcome, ForwardTo) else verdict.backups


def event_of(
    message: Message,
    verdict: Verdict,
    now: datetime,
    *,
    chain: tuple[str, ...] = (),
    is_kept: bool = False,
    is_paced: bool = False,
    quotes_answer: bool = False,
    note: str = "",
) -> Arrival:
    """What a decided message does to its conversation; its mail has no id yet.

    chain: the backups of the rule that forwards, as configured. is_kept: its octets are stored, to be
    forwarded. is_paced, quotes_answer and note: see `HandedOver`.
    """
    sender = message.originator or next(iter(message.from_), None)
    mail = Mail(
        id=0,
        at=message.arrived_at or now,
        disposition=verdict.disposition,
        code=verdict.code,
        originator=normal_address(sender.address) if sender else "",
        priority=verdict.priority,
        backup=verdict.backup,
        detail=verdict.detail,
        is_kept=is_kept,
    )
    if verdict.disposition is Disposition.FORWARD:
        return HandedOver(
            mail,
            verdict.backups or (verdict.backup or "",),
            originators(message),
            base_subject(message.subject)[0].lower(),
            now,
            chain=chain,
            is_follow_up=verdict.code is Code.CONVERSATION,
            is_ordered=verdict.code is Code.COMMANDED,
            is_paced=is_paced,
            quotes_answer=quotes_answer,
            note=note,
        )
    match verdict.code:
        case Code.ANSWER:
            return Answered(mail, verdict.detail, now, until=verdict.until)
        case Code.THANKS:
            return Answered(mail, "", now, until=verdict.until, is_thanks=True)
        case Code.FROM_BACKUP:
            return AskedBack(mail, verdict.detail, now)
        case Code.NOT_ME:
            return SentBack(mail, verdict.detail)
        case Code.BOUNCE:
            return SentBack(mail, verdict.detail, why="bounce")
        case Code.AUTO_REPLY:
            return SentBack(mail, verdict.detail, why="automatic")
        case Code.NOBODY_THERE if verdict.conversation is not None:
            return NobodyThere(mail)
    return Joined(mail)


_MAY_CHANGE = frozenset(
    {
        Code.ANSWER,
        Code.THANKS,
        Code.FROM_BACKUP,
        Code.NOT_ME,
        Code.BOUNCE,
        Code.AUTO_REPLY,
        Code.NOBODY_THERE,
    }
)


def _only_joins(verdict: Verdict) -> bool:
    """Whether `event_of` surely says that the mail changes nothing."""
    return verdict.disposition is not Disposition.FORWARD and verdict.code not in _MAY_CHANGE


@dataclass(frozen=True, slots=True)
class Thread:
    """conversation: as the machine knows it. forwards: within an hour of the last."""

    conversation: Conversation = field(default_factory=Conversation)
    forwards: tuple[datetime, ...] = ()


class Shelf(Protocol):
    """Where the conversations lie in which something was handed over: a dict, or a file."""

    def __contains__(self, index: object, /) -> bool: ...
    def __getitem__(self, index: int, /) -> Thread: ...
    def __setitem__(self, index: int, thread: Thread, /) -> None: ...


@dataclass(slots=True)
class Threads:
    """The conversations of messages that were decided one after another, in memory.

    Of one in which nothing was handed over yet there is only a number: what joined it before changes nothing.
    """

    owner_addresses: Collection[str] = frozenset()  # normal_address form
    our_mail: OurMail = field(default_factory=OurMail)
    authserv_id: str | None = None
    handed_over: Shelf = field(default_factory=dict[int, Thread])  # by index
    _ids: Numbers = field(default_factory=Numbers)  # Message-ID -> index
    _next: int = 0  # index
    _by_subject: dict[str, array[int]] = field(default_factory=dict)  # indexes, in order; some more than once
    _by_client: dict[str, array[int]] = field(default_factory=dict)  # normal_address form
    _owners_ids: set[str] = field(default_factory=set)  # of the mails that the owner wrote
    _handovers: dict[str, list[datetime]] = field(default_factory=dict)  # by whose they count, arrivals
    _written_to: dict[str, datetime] = field(default_factory=dict)  # normal_address form; since when
    _count: int = 1  # of the mails that are in a conversation
    _nothing: Conversations | None = None  # what is known of most mails

    def known(self, message: Message, now: datetime, originator: str = "") -> Conversations:
        """What triage has to know of the mails that this one names. originator: whose it counts as."""
        bounced = message.bounce.message_ids if message.bounce else ()
        handovers: dict[str, Handover] = {}
        ours: dict[str, Handover | None] = {}
        for message_id in (*handover_ids(message), *message.named_ids, *bounced):
            is_ours = message_id in self.our_mail.ours
            index = self._ids.get((self.our_mail.ours[message_id] if is_ours else message_id) or "")
            handover = None if index is None else self._handover(index, now)
            if handover is not None:
                handovers[message_id] = handover
            if is_ours:
                ours[message_id] = handover
        owner_took_part = not self._owners_ids.isdisjoint((*message.named_ids, *bounced))
        similar = self._similar(message, now)
        open_with = () if handovers else self._open_with(message, now)
        owner_wrote_to = self._wrote_to(message, now)
        handed = self._handovers.get(originator)
        recent = sum(abs(now - at) < RECENT for at in handed) if handed else 0
        if self._nothing is None:
            self._nothing = Conversations(sent_to=self.our_mail.sent_to, loop_key=self.our_mail.loop_key)
        if not (ours or handovers or similar or open_with or owner_took_part or owner_wrote_to or recent):
            return self._nothing
        return replace(
            self._nothing,
            ours=ours,
            handovers=handovers,
            similar=similar,
            open_with=open_with,
            owner_took_part=owner_took_part,
            owner_wrote_to=owner_wrote_to,
            recent_handovers=recent,
        )

    def _handover(self, index: int, now: datetime) -> Handover | None:
        if index not in self.handed_over:
            return None
        thread = self.handed_over[index]
        recent = sum(now - at < RECENT for at in thread.forwards)
        return handover_of(index, thread.conversation, recent_forwards=recent)

    def _similar(self, message: Message, now: datetime) -> tuple[Handover, ...]:
        """Open handovers with the subject of a reply that names no other mail."""
        if not self._by_subject or message.named_ids or not may_be_reply(message.subject):
            return ()
        subject, is_reply = base_subject(message.subject)
        if not is_reply:
            return ()
        indexes = dict.fromkeys(self._by_subject.get(subject.lower(), ()))
        found = (self._handover(index, now) for index in indexes if self._is_open(index, subject.lower()))
        return tuple(islice(filter(None, found), MOST_SIMILAR))

    def _open_with(self, message: Message, now: datetime) -> tuple[Handover, ...]:
        """Open handovers of clients to whom a mail goes."""
        if not self._by_client:
            return ()
        recipients = (normal_address(each.address) for each in (*message.to, *message.cc))
        indexes = dict.fromkeys(index for client in recipients for index in self._by_client.get(client, ()))
        found = (self._handover(i, now) for i in indexes if self.handed_over[i].conversation.waits)
        return tuple(islice(filter(None, found), MOST_SIMILAR))

    def _is_open(self, index: int, subject: str) -> bool:
        conversation = self.handed_over[index].conversation
        return conversation.subject == subject and conversation.answered_at is None

    def _wrote_to(self, message: Message, now: datetime) -> bool:
        sender = message.originator if self._written_to else None
        since = self._written_to.get(normal_address(sender.address)) if sender else None
        return since is not None and since <= now

    def note_sent(self, message: Message, at: datetime) -> None:
        """A mail that the owner sent from another program, at that moment."""
        for recipient in (*message.to, *message.cc):
            address = normal_address(recipient.address)
            self._written_to[address] = min(at, self._written_to.get(address, at))
        if message.message_id:
            self._owners_ids.add(message.message_id)

    def record(
        self,
        message: Message,
        verdict: Verdict,
        now: datetime,
        chain: tuple[str, ...] = (),
        originator: str = "",
    ) -> int | None:
        """Let a decided message make or join its conversation; a forward puts that in a backup's hands.

        Which conversation that is; None: none. chain: the backups of the rule that forwards. originator:
        whose it counts as.
        """
        if is_new_handover(verdict):
            recent = (at for at in self._handovers.get(originator, ()) if abs(now - at) < RECENT)
            self._handovers[originator] = [*recent, now]
        if message.message_id and is_by_owner(message, verdict, self.owner_addresses, self.authserv_id):
            self._owners_ids.add(message.message_id)
        if not is_kept(verdict):
            return None
        index = verdict.conversation
        if index is None:
            found = map(self._ids.get, message.named_ids)
            index = next((number for number in found if number is not None), None)
        if index is None:
            index = self._next
            self._next += 1
        for message_id in handover_ids(message):
            self._ids.setdefault(message_id, index)
        if index not in self.handed_over and _only_joins(verdict):
            return index
        thread = self.handed_over[index] if index in self.handed_over else Thread()
        event = event_of(message, verdict, now, chain=chain)
        event = replace(event, mail=replace(event.mail, id=self._count))
        self._count += 1
        conversation, forwards = apply(thread.conversation, event).conversation, thread.forwards
        if isinstance(event, HandedOver):
            forwards = (*(at for at in forwards if now - at < RECENT), now)
            for client in event.originators:
                self._by_client.setdefault(client, array("I")).append(index)
            self._by_subject.setdefault(conversation.subject, array("I")).append(index)
        self.handed_over[index] = Thread(conversation, forwards)
        return index
