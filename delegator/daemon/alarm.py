"""What works and what does not, and who hears of it: the alert address, the heartbeat's URL.

The owner reads the same in the review; this is for who can mend it, while it lasts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

from ..config.model import Config
from ..core.compose import Catalogue, Stamp, compose_alert
from ..core.people import Language
from ..maillog import MailLog
from ..ports import Clock, MailQueue
from .health import Health

HEARTBEAT_EVERY = timedelta(minutes=1)


class Alarm:
    """Tells the alert address. queued: called when mail was queued."""

    def __init__(
        self,
        config: Config,
        *,
        health: Health,
        store: Callable[[], MailQueue],
        clock: Clock,
        log: MailLog,
        catalogue: Callable[[Language], Catalogue],
        stamp: Callable[[], Stamp],
        queued: Callable[[], None],
        heartbeat: Callable[[str], Awaitable[str | None]] | None,
    ) -> None:
        self._config, self._health = config, health
        self._store, self._clock, self._log = store, clock, log
        self._catalogue, self._stamp = catalogue, stamp
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
        await self._store().submit("alert", address, octets, stamp.message_id, self._clock.now())
        self._queued()
