"""What is erased, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Forgotten:
    """messages: how many were known. originals: those that were kept whole. handovers: conversations."""

    messages: int
    originals: int
    handovers: int


class EraseStore(Protocol):
    """Erases what is kept for one account, a trial's part too."""

    async def ended_at(self, before: datetime) -> datetime | None:
        """When the last absence before that moment was over, or its last message came; None: none was."""

    async def erase_before(self, until: datetime, now: datetime, *, is_away: bool) -> int:
        """All that is from up to that moment, out of the file too; how many messages. Raises StateError."""
