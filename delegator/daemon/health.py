"""What works and what does not, of one account: the one place that status, review and alert read."""

from __future__ import annotations

import asyncio
from datetime import datetime

from ..config.model import Config
from ..core.compose import Catalogue
from ..core.compose.sentences import problem_sentence
from ..ports import Clock


class Health:
    """The state of an account's two servers. changed: set when one of them broke, or was mended."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.connected = False
        self.lost_at: datetime | None = None
        self.fault: str | None = None
        self.submission_lost_at: datetime | None = None
        self.submission_fault: str | None = None
        self.changed = asyncio.Event()

    @property
    def wrong_since(self) -> datetime | None:
        return min((at for at in (self.lost_at, self.submission_lost_at) if at), default=None)

    def found(self) -> None:
        """The mail server answers."""
        self.connected, self.lost_at, self.fault = True, None, None
        self.changed.set()

    def lost(self, fault: str, last_contact_at: datetime | None) -> None:
        """It does not, for the first time or still."""
        now = self._clock.now()
        if self.lost_at is None:
            self.lost_at = now if self.connected else last_contact_at or now
        self.connected, self.fault = False, fault
        self.changed.set()

    def submission(self, fault: str | None) -> None:
        """What came of a submission: None where the server took it, or refused just this mail."""
        self.submission_fault = fault
        self.submission_lost_at = (self.submission_lost_at or self._clock.now()) if fault else None
        self.changed.set()

    def problems(self, config: Config, catalogue: Catalogue) -> list[str]:
        """What does not work now, in the catalogue's language."""
        zone = config.owner.timezone
        found = []
        if self.lost_at is not None:
            since_at = self.lost_at.astimezone(zone)
            found.append(
                problem_sentence(catalogue, "still_blind", from_at=since_at, reason=self.fault or "")
            )
        if self.submission_fault:
            found.append(problem_sentence(catalogue, "cannot_submit", reason=self.submission_fault))
        return found
