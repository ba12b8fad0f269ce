"""Where mail goes out: one gate, which holds the closed set of recipients."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ..core.delivery import Reply, Stage
    from ..core.octets import Octets


@dataclass(frozen=True, slots=True)
class Submission:
    """One mail for the gate: exactly these octets to exactly these recipients.

    The reverse-path is not in it: the gate has the owner's.
    """

    recipients: tuple[str, ...]
    octets: bytes | Octets
    message_id: str


class RecipientRefused(Exception):
    """The gate's own refusal: a recipient outside the closed set. A bug, never retried."""


class Submitter(Protocol):
    """The one place that submits mail. Holds the closed set and the reverse-path."""

    async def submit(self, submission: Submission) -> Reply:
        """Never raises for what a server or a network does; RecipientRefused outside the set."""

    async def max_size(self) -> int | None:
        """What the server's SIZE said last, in octets (RFC 1870); None if unknown or unlimited."""

    async def takes_eight_bit(self) -> bool:
        """Whether the server offers 8BITMIME (RFC 6152); True until one was asked."""

    async def close(self) -> None:
        """End the connections that wait for another mail. What is under way is not disturbed."""


@dataclass(frozen=True, slots=True)
class SubmissionProbe:
    """How far a submission server would go with a mail from the owner to the owner; none was sent.

    reply: ACCEPTED, or what stopped it at `stage`. max_octets: as SIZE said, None: unknown or
    unlimited. server_at: the time in its greeting, which only some servers give.
    """

    reply: Reply
    stage: Stage
    max_octets: int | None
    certificate_until: datetime | None
    server_at: datetime | None
