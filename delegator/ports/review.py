"""What reviews and `status` are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from .handovers import Absences

if TYPE_CHECKING:
    from ..core.commands.authority import Refusal
    from ..core.commands.command import Grant, Line
    from ..core.hours.schedule import Slot
    from ..core.mail.invitation import Invitation
    from ..core.reviews.items import Counts, Handed, OpenMessage, Receipt
    from ..core.triage.verdict import Code
    from .queue import OutgoingMail
    from .status import SetAside


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a message is in the review, where no plain rule put it there."""

    code: Code
    detail: str


@dataclass(frozen=True, slots=True)
class Outage:
    """There was no contact with the mail server from, to."""

    from_at: datetime
    to_at: datetime


@dataclass(frozen=True, slots=True)
class FailedForward:
    """backup: key of the one whose server refused it for good; reply: what it said."""

    backup: str
    subject: str
    reply: str


@dataclass(frozen=True, slots=True)
class WaitingForward:
    """One that was tried and goes when it can. since_at: of the first attempt; reply: to the last one."""

    message: OpenMessage
    since_at: datetime
    reply: str


@dataclass(frozen=True, slots=True)
class WaitingLetter:
    """A mail to a backup that is no forward, as `WaitingForward`."""

    backup: str
    since_at: datetime
    reply: str


@dataclass(frozen=True, slots=True)
class ReviewContent:
    """What a review is made of, read in one transaction.

    since_at: the review before, or None. messages: without their warnings; reasons: what those are
    made of, by message. In `handed`, backup_name is the backup's key.
    """

    since_at: datetime | None
    messages: tuple[OpenMessage, ...]
    reasons: Mapping[int, Reason]
    handed: tuple[Handed, ...]
    counts: Counts
    outages: tuple[Outage, ...]
    failures: tuple[FailedForward, ...]
    receipts: tuple[Receipt, ...] = ()  # backup_name: the key
    invitations: tuple[tuple[str, Invitation], ...] = ()  # of open mail, with their subjects
    junk: int = 0  # mails in Junk that a rule would have forwarded, since the review before
    refusals: tuple[Refusal, ...] = ()
    forwards_waiting: tuple[WaitingForward, ...] = ()  # the longest first
    letters_waiting: tuple[WaitingLetter, ...] = ()
    letters_failed: Mapping[str, str] = field(default_factory=dict)  # by key, what was said to the last one
    set_aside: tuple[SetAside, ...] = ()


class ReviewStore(Absences, Protocol):
    """What the reviewer needs."""

    async def review_content(self, now: datetime) -> ReviewContent: ...

    async def reviews_refused(self) -> int:
        """How many in a row, the last one included, were refused by the owner's server."""

    async def last_slot_at(self) -> datetime | None:
        """The moment of the last slot that was served or skipped, or None."""

    async def add_review(
        self,
        *,
        slot: tuple[Slot, datetime] | None,
        now: datetime,
        shown: Sequence[int],
        mail: OutgoingMail | None,
        lines: Sequence[Line] = (),
        tokens: Mapping[str, Grant] | None = None,
        told: Sequence[int] = (),
        wants_list: bool = False,
    ) -> bool:
        """One review into the outbox, or a skipped slot; False if the slot was served already.

        lines: its numbered items, for replies. tokens: its buttons' secrets. told: of what was set aside.
        wants_list: the list of all that is open follows.

        shown: messages that stand in it in full. mail: None: skipped.
        """
