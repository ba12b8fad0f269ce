"""Mail on its way out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ..core.delivery import State
from ..core.handovers.presence import Saying
from .handovers import Absences
from .queue import Kind


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A submission that is to be made. octets and message_id are set from the first attempt on.

    recipient: None of a forward, which goes to its backup's configured address. backup: key of whom it
    goes to, or None: no backup's. following: who is next after a refusal.
    max_octets: what an earlier refusal taught about the size that is taken, or None.
    unknowns: attempts before the last one whose outcome is not known; state SENDING: of the last neither.
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

    async def original(self, message: int) -> Original | None:
        """None if there is none, or its octets no longer match their digest."""


class Attempts(Protocol):
    """Submissions whose outcome turns out later: seen in the mailbox of sent mail."""

    async def in_doubt(self, message_id: str) -> InDoubt | None:
        """The submission with this Message-ID whose outcome is not known."""

    async def sent(
        self, row: int, now: datetime, *, file_to: str | None, follow_up_at: datetime | None
    ) -> None:
        """Accepted. follow_up_at: of a forward, when its backup should have answered."""


class OutboxStore(Originals, Attempts, Absences, Protocol):
    """What the outbox needs."""

    async def due(self, now: datetime, limit: int, *, forwards: bool) -> list[OutboxRow]:
        """Submissions that are due, the longest due first; forwards: or only those to the owner."""

    async def resume(self, now: datetime) -> int:
        """At the start: attempts that a crash cut off are due at once; how many there are."""

    async def next_due_at(self, *, forwards: bool) -> datetime | None: ...

    async def sending(
        self, row: int, message_id: str, octets: bytes, *, now: datetime, retry_at: datetime
    ) -> None:
        """Before an attempt: intent, octets and our Message-ID. A crash leaves it due at retry_at."""

    async def deferred(
        self,
        row: int,
        text: str,
        due_at: datetime,
        *,
        backups: tuple[str, ...] = (),
        max_octets: int | None = None,
        anew: bool = True,
        is_unknown: bool = False,
    ) -> None:
        """Not sent yet, or (is_unknown) perhaps sent. backups: refused for good by
        this one's server, who comes next in the chain.

        anew: compose it again; else the same octets go.
        """

    async def failed(self, row: int, text: str, now: datetime) -> None:
        """Refused for good: a forward's message becomes an open item, first in the next review."""

    async def backup_said(self, backup: str, said: Saying, now: datetime) -> None:
        """What is known of a backup's being there."""
