"""What the state keeps of the owner's absence, besides rules.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from ..core.hours.absence import Alteration, Kept
    from ..core.mail.place import Place
    from ..core.people import Window
    from ..core.reviews.follows import TakenUp
    from .queue import OutgoingMail

Settled = Literal["own", "done"]


class AbsenceStore(Protocol):
    """A trial has the same absence as the owner's account."""

    async def kept(self) -> Kept: ...

    async def alter(self, alteration: Alteration, mail: OutgoingMail, now: datetime) -> Kept:
        """Change it; what is kept from then on. mail: goes with it, or nothing does."""

    async def said_away(self) -> Mapping[str, tuple[Window, ...]]:
        """When each backup is not there, as far as they were heard of, by their keys."""

    async def offer(self, place: Place, taken: TakenUp) -> int | None:
        """Know a mail of before the absence, so that a tap may hand it over; it is no item by itself.

        Its id; None: it was taken up and decided before.
        """

    async def settled(self, mailbox: str, uidvalidity: int) -> Mapping[int, Settled]:
        """What lies in a mailbox and waits for no answer, by its UID: it is ours, or was answered or done."""

    async def awaited(self, now: datetime) -> tuple[str, ...]:
        """The Message-IDs of our own mails to which an answer may still come, the newest first.

        A reply to one may command, or be what a backup says to a brief or a forward.
        """
