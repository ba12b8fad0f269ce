"""The octets of forwarded mail that the mailbox holds, too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ..core.mail.place import Place


@dataclass(frozen=True, slots=True)
class Sought:
    """A mail that was forwarded, and by what it is known in the mailbox.

    sha256: of all its octets, in hexadecimal. size_octets: 0 where they are not here any more. place: where
    it lies, as far as its UID is known; folder: where it was put last. since_at: when it began to be needed.
    """

    message: int
    sha256: str
    size_octets: int
    message_id: str | None
    arrived_at: datetime | None
    place: Place | None
    folder: str | None
    since_at: datetime | None = None


class OriginalStore(Protocol):
    """What letting octets go, and fetching them again, needs."""

    async def may_go(self, limit: int) -> Sequence[Sought]:
        """Whose octets are needed no more, or are large: none that is still to be sent, or to be filed."""

    async def let_go(self, message: int, place: Place) -> bool:
        """They were seen there; False if they are needed again meanwhile, and stay."""

    async def stays(self, message: int) -> None:
        """They were not seen in the mailbox, and are here only."""

    async def give_back_room(self) -> None:
        """To the disk, after some have gone."""

    async def wanted(self) -> Sequence[Sought]:
        """What waits in the outbox for its octets."""

    async def came_back(self, message: int, octets: bytes) -> None:
        """Here they are again."""

    async def vanished(self, message: int, now: datetime) -> None:
        """They are nowhere: what was to be forwarded is the owner's again."""
