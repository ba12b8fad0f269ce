"""What works and what does not, and who hears of it: the alert address, the heartbeat's URL.

The owner reads the same in the review; this is for who can mend it, while it lasts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from ..core.compose import Catalogue, compose_alert
from ..core.handovers.known import RECENT
from ..ports import MailQueue, OutgoingMail
from .tenure import Tenure

HEARTBEAT_EVERY = timedelta(minutes=1)


class Alarm:
    """Tells the alert address, for one tenure."""

    def __init__(self, tenure: Tenure) -> None:
        self._tenure, self._health = tenure, tenure.health
        self._store: MailQueue = tenure.store
        self._clock, self._log = tenure.tools.clock, tenure.tools.log
        self._config = tenure.config
        self._beaten_at = self._flooded_at = datetime.min.replace(tzinfo=UTC)

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

    async def flooded(self) -> None:
        """New mail of one originator is held back; said at once, and then not for an hour."""
        now = self._clock.now()
        if self._config.alert is None or now - self._flooded_at < RECENT:
            return
        self._flooded_at = now
        sentence = self._words.gettext(
            "Very much new mail of one sender came at once. What is above the limit was not forwarded; "
            "it heads the next review."
        )
        await self._send([sentence])

    async def beat(self) -> None:
        """After a real answer of the mail server; once a minute at most."""
        alert, now = self._config.alert, self._clock.now()
        fetch = self._tenure.tools.heartbeat
        if fetch is None or alert is None or alert.heartbeat is None:
            return
        if now - self._beaten_at >= HEARTBEAT_EVERY:
            self._beaten_at = now
            if failed := await fetch(alert.heartbeat):
                self._log.heartbeat_failed(what=failed)

    @property
    def _words(self) -> Catalogue:
        return self._tenure.tools.catalogue(self._config.owner.language)

    async def _send(self, problems: Sequence[str]) -> None:
        assert self._config.alert is not None
        address, stamp = self._config.alert.address, self._tenure.stamp()
        octets = compose_alert(self._config.owner, address, problems, stamp, self._words)
        mail = OutgoingMail("alert", address, octets, stamp.message_id)
        await self._store.queue(mail, self._clock.now())
        self._tenure.bells.due.set()
