"""The state as a whole: it gives each account its own part, bound to it once."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from .absence import AbsenceStore
from .commands import CommandStore
from .erase import EraseStore, Forgotten
from .handovers import HandoverStore
from .home import HomeStore
from .intake import IntakeStore, MoveStore
from .originals import OriginalStore
from .outbox import OutboxStore
from .queue import AlarmStore
from .review import ReviewStore
from .state import FilingStore, MarkStore, SessionStore
from .status import StatusStore


class AccountStore(
    SessionStore,
    FilingStore,
    IntakeStore,
    MoveStore,
    CommandStore,
    HandoverStore,
    AlarmStore,
    OutboxStore,
    OriginalStore,
    ReviewStore,
    StatusStore,
    MarkStore,
    AbsenceStore,
    EraseStore,
    HomeStore,
    Protocol,
):
    """Every role, for one account: what its parts are built with. Nothing calls it but through a role."""


class Store(Protocol):
    def account(self, key: str) -> AccountStore:
        """key: the owner's address, or its shadow's. Asks the state nothing yet."""

    async def forget_account(self, key: str, *, is_served: bool) -> Forgotten:
        """All that is kept of it. is_served: a daemon goes on with it, and keeps what that needs."""

    async def forget_person(self, address: str, now: datetime) -> Forgotten:
        """Erase a correspondent from every account: who, what and about what. address: in normal form."""

    async def close(self) -> None: ...
