"""What is known of the conversations that a message belongs to, and in whose hands they are.

A conversation is joined by In-Reply-To or References to a Message-ID that is known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..people import normal_address
from .codes import Code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..commands.authority import Secret
    from ..mail.message import Message
    from .conversation import Conversation

RECENT = timedelta(hours=1)
"""What is counted so that neither a loop nor a flood reaches a backup, is counted within that."""


@dataclass(frozen=True, slots=True)
class Handover:
    """A conversation in a backup's hands.

    id: the store's. originators: normal_address form. recent_forwards: within the last hour.
    asked_at: of the last forward, None before it is accepted. backup "": nobody has it any more.
    is_given_back: what nobody took waits for the owner. others: of the chain, who has not had it yet, in
    order. subject: as in `Conversation`. is_answered: until new mail of the client comes.
    """

    id: int
    backup: str
    originators: frozenset[str]
    recent_forwards: int = 0
    is_withdrawn: bool = False  # the owner took it back: it is hers, but the backup may still answer
    asked_at: datetime | None = None
    others: tuple[str, ...] = ()
    is_given_back: bool = False
    subject: str = ""
    is_answered: bool = False


@dataclass(frozen=True, slots=True)
class SentLetter:
    """A brief or an overview of ours. backup: the key. at: when it went.

    items: of an overview, the conversations under its numbers, from 1.
    """

    backup: str
    is_brief: bool
    at: datetime
    items: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversations:
    """What is known of the mails that a message names, and of the backups.

    ours: those of our own Message-IDs (with angle brackets) that matter here: the message's own,
    the ones that it answers or that its bounce names; each with the handover it belongs to or None.
    handovers: Message-ID of any mail in a handover -> that handover.
    sent_to: of those of ours that went to a backup, whose key it is; to the owner: "".
    similar: open handovers with the same base subject, for mailers that drop References.
    forwarded: of our forwards that it names, by Message-ID, when the mail that each carries arrived.
    open_with: where it names no known mail, the open handovers of clients among its recipients.
    letters: our briefs and overviews, by Message-ID.
    absent: keys of the backups who are known to answer automatically, or who said that they are away.
    loop_key: the account's secret key of the loop header; b"" where there is none (files).
    owner_took_part: whether a mail that this one names is the owner's. owner_wrote_to: whether the owner
    wrote to its sender before it arrived. recent_handovers: the new ones of its originator, within RECENT.
    secret: the one that it carries, if the state knows it. command_addresses: from which the owner
    commands besides her own, in normal_address form. excused: what her server says failed of her own
    test mail too, or "". restored_at: since when the state goes on, if it was put back from a backup:
    what came before, another one may have handed over.
    """

    ours: Mapping[str, Handover | None] = field(default_factory=dict)
    sent_to: Mapping[str, str] = field(default_factory=dict)
    handovers: Mapping[str, Handover] = field(default_factory=dict)
    similar: tuple[Handover, ...] = ()
    forwarded: Mapping[str, datetime] = field(default_factory=dict)
    open_with: tuple[Handover, ...] = ()
    letters: Mapping[str, SentLetter] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    loop_key: bytes = b""
    owner_took_part: bool = False
    owner_wrote_to: bool = False
    recent_handovers: int = 0
    secret: Secret | None = None
    command_addresses: frozenset[str] = frozenset()
    excused: str = ""
    restored_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OurMail:
    """What a state knows of the mail that we sent, so that a dry run knows it again.

    ours: its Message-IDs, each with that of a mail in the conversation that it belongs to, or None.
    """

    loop_key: bytes = b""
    ours: Mapping[str, str | None] = field(default_factory=dict)
    sent_to: Mapping[str, str] = field(default_factory=dict)  # as in `Conversations`


def handover_of(
    id_: int, conversation: Conversation, *, recent_forwards: int = 0, asked_at: datetime | None = None
) -> Handover | None:
    """A conversation as triage sees it; None if it never was in a backup's hands.

    asked_at: when the mail that a new one answers was accepted; None: the conversation's last forward.
    """
    backup = conversation.backup
    if backup is None and not conversation.originators:
        return None
    came_back = any(mail.is_open_item and mail.code is Code.NOT_FORWARDED for mail in conversation.mails)
    return Handover(
        id_,
        backup or "",
        conversation.originators,
        others=tuple(key for key in conversation.chain if key not in conversation.tried),
        is_given_back=backup is None and came_back,
        recent_forwards=recent_forwards,
        is_withdrawn=conversation.withdrawn_at is not None and conversation.answered_at is None,
        asked_at=asked_at or conversation.handed_at,
        subject=conversation.subject,
        is_answered=conversation.answered_at is not None,
    )


def handover_ids(message: Message) -> tuple[str, ...]:
    """The Message-IDs by which later mail is known to belong with this one: its own.

    Not those that it names: ten clients who answer one circular of the owner's all name its
    Message-ID, and are ten conversations.
    """
    return (message.message_id,) if message.message_id else ()


def originators(message: Message) -> frozenset[str]:
    """The addresses to which an answer to this mail may go, in `normal_address` form.

    A contact form writes the owner's own address into From and the client's into Reply-To: a From
    that is a recipient too does not count then.
    """
    replies = {normal_address(one.address) for one in message.reply_to}
    senders = {normal_address(one.address) for one in message.from_}
    if replies:
        recipients = [one.address for one in message.to] + list(message.delivered_to)
        senders -= {normal_address(address) for address in recipients}
    behind = {normal_address(one.address) for one in message.original_from}  # of a group address
    return frozenset(replies | senders | behind)
