"""What works and what does not, and who hears of it: the alert address, the heartbeat's URL.

The owner reads the same in the review; this is for who can mend it, while it lasts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

from .config.model import Config
from .core.compose import Catalogue, Stamp, compose_alert
from .core.compose.sentences import problem_sentence
from .core.people import Language
from .maillog import MailLog
from .ports import Clock, Store

HEARTBEAT_EVERY = timedelta(minutes=1)


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


class Alarm:
    """Tells the alert address. account: its key in the store. queued: called when mail was queued."""

    def __init__(
        self,
        config: Config,
        *,
        health: Health,
        store: Store,
        clock: Clock,
        log: MailLog,
        catalogue: Callable[[Language], Catalogue],
        account: Callable[[], str],
        stamp: Callable[[], Stamp],
        queued: Callable[[], None],
        heartbeat: Callable[[str], Awaitable[str | None]] | None,
    ) -> None:
        self._config, self._health = config, health
        self._store, self._clock, self._log = store, clock, log
        self._catalogue, self._account, self._stamp = catalogue, account, stamp
        self._queued, self._heartbeat = queued, heartbeat
        self._beaten_at = datetime.min.replace(tzinfo=UTC)

    async def watch(self) -> None:
        """When something is wrong for too long, and when that is over. Ends where nobody is to be told."""
        alert, is_told = self._config.alert, False
        while alert is not None:
            self._health.changed.clear()
            since = self._health.wrong_since
            if since is None and is_told:
                await self._send([])
                is_told = False
            due_at = since + alert.after if since is not None and not is_told else None
            if due_at is not None and self._clock.now() >= due_at:
                await self._send(self._health.problems(self._config, self._words))
                self._log.blind(since=since or due_at, what=self._health.fault or "submission")
                is_told, due_at = True, None
            await self._clock.wait_until(due_at, self._health.changed)

    async def nobody_left(self) -> None:
        """A conversation has come to the end of its chain; the owner may be asleep."""
        if self._config.alert is not None:
            sentence = self._words.gettext(
                "Nobody of the backups is left for a mail of a client. It heads the next review."
            )
            await self._send([sentence])

    async def beat(self) -> None:
        """After a real answer of the mail server; once a minute at most."""
        alert, now = self._config.alert, self._clock.now()
        if self._heartbeat is None or alert is None or alert.heartbeat is None:
            return
        if now - self._beaten_at >= HEARTBEAT_EVERY:
            self._beaten_at = now
            if failed := await self._heartbeat(alert.heartbeat):
                self._log.heartbeat_failed(what=failed)

    @property
    def _words(self) -> Catalogue:
        return self._catalogue(self._config.owner.language)

    async def _send(self, problems: Sequence[str]) -> None:
        assert self._config.alert is not None
        address, stamp = self._config.alert.address, self._stamp()
        octets = compose_alert(self._config.owner, address, problems, stamp, self._words)
        await self._store.submit(
            self._account(), "alert", address, octets, stamp.message_id, self._clock.now()
        )
        self._queued()
