"""Due submissions: compose, mark, submit, record the reply. Intent is stored before an attempt.

After an unknown outcome the same octets go again; after a definite refusal or deferral the mail is
composed anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..config.model import Config
from ..core.compose import Catalogue, Stamp, compose_forward, compose_recipient_note
from ..core.delivery import Outcome, Reply, State, next_attempt_at
from ..core.mail.message import Message, parse_message
from ..core.people import Backup, Language, normal_address, who_is_there
from ..maillog import MailLog
from ..ports import Clock, OutboxRow, OutboxStore, StateError, Submission, Submitter

BATCH = 20
UNKNOWN_RETRY = timedelta(minutes=2)
"""How long after an attempt whose outcome is unknown (or that was cut off) the same octets go again."""

UNKNOWN_ATTEMPTS = 3
"""After so many the owner is told that it may have arrived: a server that takes every mail and never
answers would else fill the backup's inbox."""


class Damaged(Exception):
    """A stored original no longer matches its digest: it is not sent."""


@dataclass(frozen=True, slots=True)
class Outbox:
    """Submits what is due for one account.

    stamp: makes a new Stamp. file_to: where a forwarded message goes, None: it stays. said: hears
    every reply, for the account's health.
    """

    config: Config
    gate: Submitter
    alert_gate: Submitter
    store: OutboxStore
    clock: Clock
    log: MailLog
    catalogue: Callable[[Language], Catalogue]
    stamp: Callable[[], Stamp]
    file_to: Callable[[], str | None]
    said: Callable[[Reply], None]

    async def submit_due(self, *, forwards: bool, stop: asyncio.Event) -> int:
        """Make every attempt that is due now, until `stop` is set; how many were accepted."""
        accepted = 0
        while rows := await self.store.due(self.clock.now(), BATCH, forwards=forwards):
            for row in rows:
                if stop.is_set():
                    return accepted
                accepted += await self._attempt(row)
        return accepted

    async def _attempt(self, row: OutboxRow) -> bool:
        now = self.clock.now()
        try:
            recipient, octets, message_id = await self._composed(row)
            if recipient is None:
                await self._after_refusal(row, Reply(Outcome.REFUSED, None, "no longer a backup"))
                return False
            await self.store.sending(row.id, message_id, octets, now=now, retry_at=now + UNKNOWN_RETRY)
            gate = self.alert_gate if row.kind == "alert" else self.gate
            reply = await gate.submit(Submission((recipient,), octets, message_id))
        except StateError:
            raise
        except Exception as bug:
            # One mail that brings out a bug (or that the gate refuses) keeps no other from its way.
            self.log.task_failed(task=f"outbox row {row.id}", failure=bug)
            await self.store.failed(row.id, f"{type(bug).__name__}, see the log", now)
            return False
        self.said(reply)
        await self._record(row, octets, message_id, reply)
        return reply.outcome is Outcome.ACCEPTED

    async def _composed(self, row: OutboxRow) -> tuple[str | None, bytes, str]:
        """Recipient (None: there is none any more), octets, Message-ID."""
        if row.kind != "forward":
            assert row.octets is not None
            assert row.message_id is not None
            return row.recipient, row.octets, row.message_id
        backup = self.config.backups.get(row.backup or "")
        if backup is None:
            return None, b"", ""
        if row.octets is not None and row.message_id is not None:  # one may have arrived: the same again
            return backup.address, row.octets, row.message_id
        assert row.message is not None
        original = await self.store.original(row.message)
        if original is None:
            raise Damaged
        stamp = self.stamp()
        max_octets = row.max_octets or await self.gate.max_size()
        takes_eight_bit = await self.gate.takes_eight_bit()

        def compose() -> bytes:
            message = parse_message(original.octets, arrived_at=original.arrived_at)
            catalogue = self.catalogue(backup.language)
            if is_recipient(message, backup):
                return compose_recipient_note(
                    message, self.config.owner, backup, stamp, catalogue, line=row.note
                )
            return compose_forward(
                original.octets,
                message,
                self.config.owner,
                backup,
                stamp,
                catalogue,
                max_octets,
                line=row.note,
                takes_eight_bit=takes_eight_bit,
            ).octets

        # 25 MB takes a good second: other accounts do not wait for it.
        is_small = len(original.octets) < 64 * 1024
        composed = compose() if is_small else await asyncio.to_thread(compose)
        return backup.address, composed, stamp.message_id

    async def _record(self, row: OutboxRow, octets: bytes, message_id: str, reply: Reply) -> None:
        now = self.clock.now()
        attempts = row.attempts + 1
        # What may have arrived once is never composed anew: a second Message-ID would be a second mail.
        is_in_doubt = row.octets is not None
        unknowns = row.unknowns + (row.state is State.SENDING) + 1
        match reply.outcome:
            case Outcome.ACCEPTED:
                backup = self.config.backups.get(row.backup or "") if row.kind == "forward" else None
                follow_up_at = self.config.follow_up_at(backup, now) if backup else None
                await self.store.sent(row.id, now, file_to=self.file_to(), follow_up_at=follow_up_at)
                self.log.submitted(row=row.id, kind=row.kind, message_id=message_id, attempts=attempts)
            case Outcome.UNKNOWN if unknowns >= UNKNOWN_ATTEMPTS:
                await self.store.failed(row.id, f"it may have arrived: {reply.text}", now)
                self.log.gave_up(row=row.id, reply=reply.text)
            case Outcome.UNKNOWN:
                # The same octets with the same Message-ID: whoever got both sees one mail.
                retry_at = now + UNKNOWN_RETRY
                await self.store.deferred(row.id, reply.text, retry_at, anew=False, is_unknown=True)
                self.log.outcome_unknown(row=row.id, kind=row.kind, message_id=message_id, reply=reply.text)
            case Outcome.TOO_LARGE if row.kind == "forward" and row.max_octets is None and not is_in_doubt:
                size = await self.gate.max_size()
                smaller = min(size or len(octets), len(octets)) // 2
                await self.store.deferred(row.id, reply.text, now, max_octets=smaller)
                self.log.deferred(row=row.id, kind=row.kind, reply=reply.text, due_at=now)
            case Outcome.REFUSED if not is_in_doubt and await self._wants_seven_bit(row, octets):
                await self.store.deferred(row.id, reply.text, now)
                self.log.deferred(row=row.id, kind=row.kind, reply=reply.text, due_at=now)
            case Outcome.REFUSED | Outcome.TOO_LARGE:
                await self._after_refusal(row, reply)
            case Outcome.DEFERRED | Outcome.MISCONFIGURED:
                due_at = next_attempt_at(attempts, now)
                if due_at is None or self._is_hopeless(row, now):
                    if reply.outcome is Outcome.DEFERRED:
                        await self._after_refusal(row, reply)
                        return
                    due_at = now + timedelta(hours=1)  # a person has to mend it: never given up
                anew = row.kind == "forward" and not is_in_doubt
                await self.store.deferred(row.id, reply.text, due_at, anew=anew)
                self.log.deferred(row=row.id, kind=row.kind, reply=reply.text, due_at=due_at)

    async def _wants_seven_bit(self, row: OutboxRow, octets: bytes) -> bool:
        """Whether a refusal is of 8-bit text, which is composed in another way before the next attempt."""
        return row.kind == "forward" and not octets.isascii() and not await self.gate.takes_eight_bit()

    def _is_hopeless(self, row: OutboxRow, now: datetime) -> bool:
        """Four days of deferrals (RFC 5321 section 4.5.4.1)."""
        return row.first_attempt_at is not None and now - row.first_attempt_at > timedelta(days=4)

    async def _after_refusal(self, row: OutboxRow, reply: Reply) -> None:
        now = self.clock.now()
        absent = await self.store.absences(now)
        following = who_is_there(row.following, self.config.backups, absent, now)
        if row.kind == "forward" and following:
            await self.store.deferred(
                row.id,
                reply.text,
                now,
                backups=tuple(backup.key for backup in following),
            )
            self.log.refused(row=row.id, kind=row.kind, reply=reply.text, next_backup=following[0].key)
            return
        if (
            row.kind in ("brief", "overview") and row.backup is not None
        ):  # whom these do not reach cannot be asked
            await self.store.backup_said(row.backup, "bounce", now)
        await self.store.failed(row.id, reply.text, now)
        self.log.gave_up(row=row.id, reply=reply.text)


def is_recipient(message: Message, backup: Backup) -> bool:
    """Whether the backup got the mail themselves: then a short note goes instead of a second copy."""
    named = {normal_address(each.address) for each in (*message.to, *message.cc)}
    return any(normal_address(address) in named for address in backup.addresses)
