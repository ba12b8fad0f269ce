"""What every role of the state knows: the account, places, how far a mailbox was looked at.

The roles are Protocols of one account's state (see `store`), each as one part of the daemon uses it. Every
method is one transaction, and raises StateError where the state itself is at fault.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ..core.health import Kind, Subject
    from ..core.mail.place import Place


@dataclass(frozen=True, slots=True)
class AccountState:
    """What a state keeps of one account. state_id names the state; it is in the marker.

    loop_key: the secret of the loop header. started_at: the first start of this account. observes: the
    marker named another state when it was last looked at.
    """

    state_id: str
    loop_key: bytes
    started_at: datetime
    last_contact_at: datetime | None
    observes: bool = False


@dataclass(frozen=True, slots=True)
class ToldFault:
    """What the alert address has heard of, and not yet that it is over; kind, what: of the fault."""

    subject: Subject
    kind: Kind
    what: str
    since_at: datetime


@dataclass(frozen=True, slots=True)
class Position:
    """The high-water mark of a mailbox: every UID up to `uid` was looked at."""

    uidvalidity: int
    uid: int


@dataclass(frozen=True, slots=True)
class Filing:
    """A message that is to be marked and moved. keyword None: only move."""

    id: int
    place: Place
    folder: str
    keyword: str | None


@dataclass(frozen=True, slots=True)
class Misplaced:
    """A message that is to be moved on from a folder to which we moved it: its UID there is not known.

    arrived_at: INTERNALDATE, which a move keeps.
    """

    id: int
    folder: str
    header_digest: str
    arrived_at: datetime | None


class Positions(Protocol):
    """How far each mailbox was looked at."""

    async def position(self, mailbox: str) -> Position | None: ...

    async def advance(self, mailbox: str, position: Position) -> None: ...


class MarkStore(Positions, Protocol):
    """What finding out a damaged mark needs."""

    async def set_back(self, mailbox: str, now: datetime) -> None:
        """The mark is damaged: it is set aside, and the mailbox is read again."""

    async def taken_up_at(self, places: Sequence[Place]) -> dict[Place, tuple[datetime | None, str]]:
        """When each that was taken up at one of these arrived, and the digest of its header."""

    async def ends_before(self, mailbox: str, uidvalidity: int, uidnext: int) -> None:
        """The mailbox has no mail from that UID on: what was taken up there is not, nor is it to be moved."""

    async def replaced(self, places: Sequence[Place]) -> None:
        """Another mail is at each of these now: what was taken up there is there no more, nor to be moved."""


class SessionStore(Protocol):
    """What a session begins with, and what it learns of the servers."""

    async def state(self, now: datetime) -> AccountState:
        """Begun at that moment, if this is a new account."""

    async def observes(self, *, is_so: bool) -> None:
        """Whether the marker names another state: what a restart begins as."""

    async def took_over(self, now: datetime) -> None:
        """From the state that served the mailbox: of what came before, one from a backup knows nothing."""

    async def contact(self, at: datetime) -> None: ...

    async def awaits_look(self, mailboxes: Sequence[str]) -> bool:
        """Whether a look has something to do, whatever the mail server says: to move, let go, fetch, carry
        out, or read again in one of these mailboxes."""

    async def outage(self, from_at: datetime, to_at: datetime) -> None:
        """There was no contact from, until; the next review says so."""

    async def learn(self, learnt: Mapping[str, str]) -> None:
        """What the owner's own test mail taught (`check --send`), instead of what an earlier one did."""

    async def learnt(self) -> dict[str, str]:
        """As last learnt; empty before. See `core.lessons`."""


class FilingStore(Positions, Protocol):
    """Messages that are to be moved."""

    async def filings(self) -> list[Filing]: ...

    async def filed(self, ids: Sequence[int]) -> None: ...

    async def misplaced(self) -> list[Misplaced]: ...

    async def found(self, id_: int, place: Place | None) -> None:
        """Where it lies; None: not where we had put it, so that it stays where the owner's hand put it."""


class DiskReserve(Protocol):
    """Room on the disk that is kept for the moment when there is none."""

    async def keep(self) -> bool:
        """See that it is there. Never raises."""

    async def release(self) -> bool:
        """Give it back, so that something can be stored once more; False if there was none."""
