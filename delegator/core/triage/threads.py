"""Which conversation a message belongs to, and in whose hands that is.

A conversation is joined by In-Reply-To or References to a Message-ID that is known. What the store
keeps in tables and the dry run in memory follows the same functions, so that both decide the same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..handovers.evidence import base_subject
from ..handovers.known import Conversations, Handover, handover_ids, originators
from ..mail.message import Message
from .verdict import Code, Disposition, Verdict, is_by_owner, is_kept

MOST_SIMILAR = 10
"""Handovers with one subject that are looked at."""


@dataclass(slots=True)
class _Conversation:
    backup: str | None = None  # in nobody's hands while None
    originators: frozenset[str] = frozenset()
    subject: str = ""  # of its last forward, without prefixes, in lower case
    is_answered: bool = False
    forwards: list[datetime] = field(default_factory=list)  # within an hour of the last


@dataclass(frozen=True, slots=True)
class OurMail:
    """What a state knows of the mail that we sent, so that a dry run knows it again.

    ours: its Message-IDs, each with that of a mail in the conversation that it belongs to, or None.
    """

    loop_key: bytes = b""
    ours: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(slots=True)
class Threads:
    """The conversations of messages that were decided one after another, in memory."""

    owner_addresses: Collection[str] = frozenset()  # normal_address form
    our_mail: OurMail = OurMail()
    _ids: dict[str, int] = field(default_factory=dict)  # Message-ID -> index
    _conversations: list[_Conversation] = field(default_factory=list)
    _by_subject: dict[str, dict[int, None]] = field(default_factory=dict)  # indexes, in order
    _owners_ids: set[str] = field(default_factory=set)  # of the mails that the owner wrote

    def known(self, message: Message, now: datetime) -> Conversations:
        """What triage has to know of the mails that this one names."""
        ids = [
            *handover_ids(message),
            *message.named_ids,
            *(message.bounce.message_ids if message.bounce else ()),
        ]
        handovers = {}
        ours: dict[str, Handover | None] = {}
        for message_id in ids:
            is_ours = message_id in self.our_mail.ours
            index = self._ids.get((self.our_mail.ours[message_id] if is_ours else message_id) or "")
            handover = None if index is None else self._handover(index, now)
            if handover is not None:
                handovers[message_id] = handover
            if is_ours:
                ours[message_id] = handover
        owner_took_part = not self._owners_ids.isdisjoint(message.named_ids)
        return Conversations(
            ours=ours,
            handovers=handovers,
            similar=self._similar(message, now),
            owner_took_part=owner_took_part,
            loop_key=self.our_mail.loop_key,
        )

    def _handover(self, index: int, now: datetime) -> Handover | None:
        conversation = self._conversations[index]
        if conversation.backup is None:
            return None
        recent = sum(now - at < timedelta(hours=1) for at in conversation.forwards)
        return Handover(index, conversation.backup, conversation.originators, recent_forwards=recent)

    def _similar(self, message: Message, now: datetime) -> tuple[Handover, ...]:
        """Open handovers with the subject of a reply that names no other mail."""
        subject, is_reply = base_subject(message.subject)
        if not is_reply or message.named_ids:
            return ()
        indexes = self._by_subject.get(subject.lower(), ())
        found = (
            self._handover(index, now)
            for index in indexes
            if self._conversations[index].subject == subject.lower()
            and not self._conversations[index].is_answered
        )
        return tuple(each for each in found if each is not None)[:MOST_SIMILAR]

    def note_sent(self, message: Message) -> None:
        """A mail that the owner sent from another program."""
        if message.message_id:
            self._owners_ids.add(message.message_id)

    def record(self, message: Message, verdict: Verdict, now: datetime) -> int | None:
        """Let a decided message make or join its conversation; a forward puts that in a backup's hands.

        Which conversation that is; None: none.
        """
        if message.message_id and is_by_owner(message, verdict, self.owner_addresses):
            self._owners_ids.add(message.message_id)
        if not is_kept(verdict):
            return None
        index = verdict.conversation
        if index is None:
            index = next((self._ids[named] for named in message.named_ids if named in self._ids), None)
        if index is None:
            index = len(self._conversations)
            self._conversations.append(_Conversation())
        for message_id in handover_ids(message):
            self._ids.setdefault(message_id, index)
        if verdict.disposition is Disposition.FORWARD:
            conversation = self._conversations[index]
            conversation.backup = verdict.backup
            conversation.originators |= originators(message)
            conversation.subject = base_subject(message.subject)[0].lower()
            conversation.is_answered = False
            recent = (at for at in conversation.forwards if now - at < timedelta(hours=1))
            conversation.forwards = [*recent, now]
            self._by_subject.setdefault(conversation.subject, {})[index] = None
        elif verdict.code is Code.ANSWER:
            self._conversations[index].is_answered = True
        return index
