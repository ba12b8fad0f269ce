"""Messages as they are taken up, and the owner's own mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ..core.handovers.known import Conversations
from ..core.mail.message import Message
from ..core.reviews.traits import NO_TRAITS, Traits
from ..core.triage.verdict import Verdict
from .handovers import BackupOrder, Letter, Letters
from .outbox import Attempts
from .state import Place, Positions


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


class TakesUp(Protocol):
    """What triage has to know, and where its verdict goes."""

    async def conversations_for(self, message: Message, now: datetime) -> Conversations:
        """What triage has to know of the mails that this one names, and of who is there."""

    async def take_up(self, taken: TakenUp) -> bool:
        """Write down a message and all that follows; False if its place is known already."""


class IntakeStore(TakesUp, Positions, Attempts, Letters, Protocol):
    """What the intake needs."""

    async def recognise(self, place: Place, message: Message) -> bool:
        """Whether this is a message that was taken up before; if so, its place is now this one.

        Known by the header's digest: after a change of UIDVALIDITY that alone decides; else the
        arrival must be the same too, and it must have left the place where it was: the owner moved
        it back, and it is an open item again.
        """

    async def open_places(self, mailbox: str) -> list[Place]:
        """Of the messages that wait there for a decision."""

    async def departed(self, places: Sequence[Place], now: datetime) -> None:
        """These left the mailbox by the owner's own hand: they are decided."""

    async def letter(self, message_ids: Sequence[str]) -> Letter | None:
        """The first of these Message-IDs that is a brief's or an overview's."""

    async def obey_backup(self, order: BackupOrder, now: datetime) -> bool:
        """What a backup asked for, by a tap or a word; False where it has no effect (any more)."""

    async def found_in_junk(self, count: int, now: datetime) -> None:
        """So many mails that a rule would have forwarded; the next review counts them."""

    async def owner_wrote(self, mail: OwnMail, now: datetime) -> str | None:
        """What a mail of the owner's own settles: "answered", "handed over" or None."""
