"""Mail on its way out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from .handovers import Absences, Correspondents

if TYPE_CHECKING:
    from ..core.attempt import Consequence
    from ..core.delivery import State
    from ..core.octets import Octets
    from .originals import Sought
    from .queue import Kind


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A submission that is to be made. octets and message_id are set from the first attempt on.

    is_large: its octets are read when they are needed (`OutboxStore.octets`), and empty here.
    recipient: None of a forward, which goes to its backup's configured address. backup: key of whom it
    goes to, or None: no backup's. following: who is next after a refusal.
    max_octets: what an earlier refusal taught about the size that is taken, or None.
    unknowns: attempts before the last one whose outcome is not known; state SENDING: of the last neither.
    is_damaged: what was to be sent cannot be read any more, and must not go.
    originator, conversation: of the message that is forwarded.
    """

    id: int
    kind: Kind
    state: State
    recipient: str | None
    backup: str | None
    following: tuple[str, ...]
    message: int | None
    attempts: int
    first_attempt_at: datetime | None
    octets: bytes | None
    message_id: str | None
    max_octets: int | None
    note: str = ""  # the owner's own line, on top of a forward
    unknowns: int = 0
    is_damaged: bool = False
    is_large: bool = False
    originator: str = ""
    conversation: int | None = None


@dataclass(frozen=True, slots=True)
class InDoubt:
    """A submission whose outcome is not known. backup: key of whom it goes to, or None: no backup's."""

    row: int
    backup: str | None


@dataclass(frozen=True, slots=True)
class Original:
    """A message that is forwarded, as it came, and when."""

    octets: bytes
    arrived_at: datetime | None


class Originals(Protocol):
    """What is forwarded."""

    async def original(self, message: int) -> Original | Sought | None:
        """Or where it is to be sought; None if there is none, or its octets no longer match their digest."""


class Attempts(Protocol):
    """Submissions whose outcome turns out later: seen in the mailbox of sent mail."""

    async def in_doubt(self, message_id: str) -> InDoubt | None:
        """The submission with this Message-ID whose outcome is not known."""

    async def record(
        self, row: int, consequence: Consequence, reply: str, now: datetime, *, file_to: str | None
    ) -> None:
        """All that follows from an attempt. reply: what the server said. file_to: where a message goes
        that was forwarded, None: it stays.

        A forward that is answered, or another's by now, goes no more, unless it was sent.
        """


class OutboxStore(Correspondents, Originals, Attempts, Absences, Protocol):
    """What the outbox needs."""

    async def due(
        self,
        now: datetime,
        limit: int,
        *,
        to_backups: bool,
        forwards: bool = True,
        alerts: bool | None = None,
    ) -> list[OutboxRow]:
        """Submissions that are due, the longest due first; to_backups: or only the others.

        forwards: whether what is forwarded is among them. alerts: only those, or all but those; None: all.
        """

    async def resume(self, now: datetime) -> int:
        """At the start: attempts that a crash cut off are due at once; how many there are."""

    async def hasten(self) -> int:
        """The server takes mail again: what it deferred is due at once, the oldest first; how many."""

    async def next_due_at(
        self, *, to_backups: bool, forwards: bool = True, alerts: bool | None = None
    ) -> datetime | None: ...

    async def sending(
        self,
        row: int,
        message_id: str,
        octets: bytes | Octets,
        *,
        backup: str | None,
        now: datetime,
        retry_at: datetime,
    ) -> bool:
        """Before an attempt: intent, octets and our Message-ID. A crash leaves it due at retry_at.

        backup: whom it was composed for. False: it is not to go so any more, since it was read: taken back,
        answered, found in Sent, or meant for another backup by now.
        """

    async def octets(self, row: int, now: datetime) -> bytes | None:
        """Those of a large one; None: they no longer match their digest, and are set aside."""

    async def misaddressed(self, row: int, now: datetime) -> None:
        """Set aside whom a mail was to go to: it is nobody whom mail goes to."""

    async def unmake_review(self, row: int) -> None:
        """The review of that submission was never sent, and never will be: its slot is due again."""
