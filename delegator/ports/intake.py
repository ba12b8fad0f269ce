"""Messages as they are taken up, and the owner's own mail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Protocol, TypeAlias

from .handovers import Letters
from .outbox import Attempts
from .state import Position, Positions

if TYPE_CHECKING:
    from ..core.handovers.known import Conversations
    from ..core.mail.message import Message
    from ..core.mail.place import Place
    from ..core.reviews.follows import TakenUp


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
class Arrived:
    """A message to be decided and written down. counted_as: whose a new handover by it would be.

    has_octets: the server gave it; else nothing can tell whether it was taken up before.
    """

    place: Place
    message: Message
    counted_as: str
    has_octets: bool


class NotYet(Enum):
    """What is decided of a message instead of what follows from it.

    LEFT: nothing is written down. WANTS_WHOLE: that needs all its octets, and so do those behind it wait.
    """

    LEFT = 1
    WANTS_WHOLE = 2


Decide: TypeAlias = "Callable[[int, Conversations], TakenUp | NotYet]"
"""What follows from one of several messages, by its number and what is known. Pure, and called in another
thread; once more where its transaction is made again."""


class Undecided(Exception):
    """To decide one of several messages brought out a bug: see its cause. Nothing was written down."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one message. taken: None, it was known already, or left. obeyed: of each of its orders,
    whether it took effect."""

    taken: TakenUp | None
    obeyed: tuple[bool, ...] = ()
    is_recognised: bool = False


class TakesUp(Protocol):
    """What triage has to know, and where its verdict goes."""

    async def conversations_for(self, message: Message, now: datetime, originator: str = "") -> Conversations:
        """What triage has to know of the mails that this one names, and of who is there.

        originator: whose a new handover by it would count as.
        """

    async def take_up(self, place: Place, taken: TakenUp) -> tuple[bool, ...] | None:
        """Write down a message and all that follows; None if its place is known already.

        An open item that says that it cannot be read gives way to what can. Returns, for each of
        its commands, whether it took effect.
        """


class MoveStore(Protocol):
    """What the owner moves from one watched mailbox to another."""

    async def elsewhere(self, arrived: Sequence[Arrived]) -> list[tuple[Place, Place]]:
        """Of each that has the header and the arrival of a known message in another mailbox that is watched:
        the place of that one, and its own. One in a folder of ours, or among spam, is another matter.
        """

    async def moved(self, places: Sequence[tuple[Place, Place]]) -> None:
        """From one watched mailbox to another, by the owner's own hand: nothing else of them changes."""


class IntakeStore(TakesUp, Positions, Attempts, Letters, Protocol):
    """What the intake needs."""

    async def take_up_each(
        self, arrived: Sequence[Arrived], decide: Decide, now: datetime, upto: Position | None
    ) -> list[Entry]:
        """Several messages of one mailbox in order, each as `recognise`, `conversations_for` and `take_up`
        would have it, so that each is decided in the knowledge of those before it.

        What became of them, up to the first that wants the whole. upto: how far the mailbox was looked at
        when all of them were taken up. Raises Undecided.
        """

    async def recognise(self, place: Place, message: Message, now: datetime) -> bool:
        """Whether this is a message that was taken up before; if so, its place is now this one.

        Known by the header's digest: after a change of UIDVALIDITY that alone decides; else the
        arrival must be the same too, and it must have left the place where it was: the owner moved
        it back, and it is an open item again.
        """

    async def open_places(self, mailbox: str) -> list[Place]:
        """The places of the messages that wait there for a decision."""

    async def unreadable_places(self, mailbox: str) -> list[Place]:
        """The places of the open items that say that they could not be read."""

    async def departed(self, places: Sequence[Place], now: datetime) -> None:
        """These left the mailbox by the owner's own hand: they are decided."""

    async def seen_in_junk(self, message: Message) -> None:
        """It was there: where it turns up in a folder of ours, it was moved."""

    async def found_in_junk(self, count: int, now: datetime) -> None:
        """So many mails that a rule would have forwarded; the next review counts them."""

    async def owner_wrote(self, mail: OwnMail, now: datetime) -> str | None:
        """What a mail of the owner's own settles: "answered", "handed over" or None."""
