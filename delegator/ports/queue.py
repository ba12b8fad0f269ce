"""Mail that is composed, and wants to go out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from ..core.health import Fault, Subject
    from .state import ToldFault

Kind = Literal["forward", "review", "alert", "cover", "brief", "overview", "answer", "list", "home", "task"]
"""list: a part of the list of all that is open; home: the homecoming mail; task: a to-do, to a program."""


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """One mail that is composed already. backup: key of whom it goes to; None: the owner, or the alert's.

    answerable_until: of one to the owner, how long a reply to it may command the absence; None: not at all.
    """

    kind: Kind
    recipient: str
    octets: bytes
    message_id: str
    backup: str | None = None
    answerable_until: datetime | None = None


class MailQueue(Protocol):
    """Takes mail that is composed already: all that the alarm needs."""

    async def queue(self, mail: OutgoingMail, now: datetime) -> None: ...


class AlarmStore(MailQueue, Protocol):
    """What the alarm needs: a restart tells nothing twice, and no end before it has come."""

    async def keep_told(self, faults: Mapping[Subject, Fault]) -> None:
        """Those that the alert address has heard of; none: that all is well."""

    async def told(self) -> list[ToldFault]:
        """As last kept."""
