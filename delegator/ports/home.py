"""The to-do list, the list of all that is open, and the homecoming."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from .handovers import Absences

if TYPE_CHECKING:
    from ..core.commands.command import Grant, Line
    from ..core.hours.ended import Homecoming
    from ..core.people import Window
    from ..core.reviews.homecoming import Story
    from ..core.reviews.to_do import Kept
    from .queue import OutgoingMail


@dataclass(frozen=True, slots=True)
class AnswerableMail:
    """A mail to the owner with numbers, for replies, and the secrets of its buttons."""

    mail: OutgoingMail
    lines: tuple[Line, ...]
    tokens: Mapping[str, Grant]


@dataclass(frozen=True, slots=True)
class TellingParts:
    """Mails of a homecoming besides the first. messages: those of the entries that begin in one of them."""

    count: int
    messages: frozenset[int]


class HomeStore(Absences, Protocol):
    """What the list and the homecoming need."""

    async def list_wanted(self) -> datetime | None: ...

    async def add_list(self, mails: Sequence[AnswerableMail], now: datetime) -> bool:
        """The parts of the list into the outbox; False: it was made already."""

    async def texts(self, messages: Sequence[int]) -> Mapping[int, str]:
        """All that is new in each, with its lines."""

    async def to_dos(self, since_at: datetime | None) -> tuple[Kept, ...]:
        """What is on the to-do list, of the mail that was taken up since then."""

    async def homecomings(self) -> tuple[Homecoming, ...]: ...

    async def come_home(
        self, window: Window, now: datetime, *, has_folders: bool, is_unseen: bool = False
    ) -> bool:
        """Close an absence: what nobody decided is a to-do, secrets end, what waits to go goes to nobody.

        is_unseen: the mailbox could not be looked at. False: it was closed before.
        """

    async def settle_late(self, window: Window, now: datetime) -> None:
        """Of an absence that was closed unseen: what was found since is a to-do, and stays where it lies."""

    async def seen_late(self, window: Window) -> None:
        """The mailbox was looked at after all, in another absence, which tells of it."""

    async def story(self, window: Window, now: datetime) -> Story: ...

    async def tell_home(
        self, window: Window, mails: Sequence[AnswerableMail], now: datetime, *, is_seen: bool
    ) -> bool:
        """The homecoming mail into the outbox, once, and once more where the mailbox was seen only then.

        False if it was there already.
        """

    async def told_in_parts(self, window: Window) -> TellingParts:
        """What the further mails of a homecoming say that were not refused with its first.

        Those that did not arrive, and wait, go no more: what they say is made anew with the first.
        """

    async def end_home_secrets(self, at: datetime) -> None:
        """Another absence has begun: what the last homecoming mail offered is over."""

    async def sent_as_task(self, address: str) -> frozenset[int]:
        """The messages of which this program was told."""

    async def add_task(self, messages: Sequence[int], mail: OutgoingMail, now: datetime) -> bool:
        """A to-do into the outbox, once for each program; False if it was there already."""
