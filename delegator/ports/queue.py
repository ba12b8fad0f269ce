"""Mail that is composed, and wants to go out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

Kind = Literal["forward", "review", "alert", "cover", "brief", "overview", "answer"]


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """One mail that is composed already. backup: key of whom it goes to; None: the owner, or the alert's."""

    kind: Kind
    recipient: str
    octets: bytes
    message_id: str
    backup: str | None = None


class MailQueue(Protocol):
    """Takes mail that is composed already: all that the alarm needs."""

    async def queue(self, mail: OutgoingMail, now: datetime) -> None: ...
