"""Due submissions: compose, mark, submit, record the reply. Intent is stored before an attempt.

After an unknown outcome the same octets go again; after a definite refusal or deferral the mail is
composed anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from ..config.model import Config
from ..core.attempt import (
    NOT_CONFIGURED,
    UNKNOWN_RETRY,
    Attempt,
    Deferred,
    Facts,
    Failed,
    NextBackup,
    Sent,
    SevenBit,
    Smaller,
    UnknownAgain,
    after_damage,
    after_reply,
)
from ..core.compose import Catalogue, Stamp, compose_to_backup
from ..core.delivery import About, Outcome, Reply, State
from ..core.octets import Octets
from ..core.people import Language, who_is_there
from ..core.turns import MOST_AT_ONCE, at_once, next_turn, whose
from ..maillog import MailLog
from ..ports import Clock, Kind, Original, OutboxRow, OutboxStore, StateError, Submission, Submitter

BATCH = 20
LARGE_OCTETS = 1024 * 1024
SLOW_S = 20.0
"""How long others wait for a mail: after its final dot a server may take ten minutes."""


class Damaged(Exception):
    """A stored original no longer matches its digest: it is not sent."""


class Said(Protocol):
    """Hears every reply. to: the recipient; "": not known.

    of_alert_server: of the alert's own server, which says nothing about ours.
    """

    def __call__(self, reply: Reply, kind: Kind, to: str, *, of_alert_server: bool) -> None: ...


def _whose(row: OutboxRow) -> frozenset[str]:
    return whose(row.originator if row.kind == "forward" else None, row.conversation)


@dataclass(frozen=True, slots=True)
class Outbox:
    """Submits what is due for one account.

    stamp: makes a new Stamp. file_to: where a forwarded message goes, None: it stays. said: hears
    every reply, for the account's health. review_again: a review that was not sent is to be made anew.
    is_taken_again: whether the server took a mail after it had taken none; asked once each time. progress:
    hears that the oldest of the attempts under way has ended. alerts: it submits only these, or
    all but these; None: all.
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
    said: Said
    review_again: Callable[[], None] = lambda: None
    is_taken_again: Callable[[], bool] = lambda: False
    progress: Callable[[], None] = lambda: None
    alerts: bool | None = None

    async def submit_due(
        self, *, to_backups: bool, stop: asyncio.Event, forwards: Callable[[], bool] = lambda: True
    ) -> int:
        """Make every attempt that is due now, until `stop` is set; how many were accepted.

        Those of one correspondent go one after the other. forwards: or the owner holds them back, which
        she may say at any moment.
        """
        accepted, lanes, is_news = 0, 1, True
        waiting: list[OutboxRow] = []
        under_way: dict[asyncio.Task[bool], OutboxRow] = {}
        failures: list[Exception] = []
        try:
            while True:
                while len(under_way) < lanes and not (stop.is_set() or failures):
                    if not forwards():
                        waiting = [row for row in waiting if row.kind not in ("forward", "cover")]
                    if is_news and len(waiting) <= BATCH // 2:
                        waiting += await self._due(
                            {row.id for row in (*waiting, *under_way.values())},
                            to_backups=to_backups,
                            forwards=forwards(),
                        )
                        is_news = False
                    lanes = max(lanes, at_once(len(waiting) + len(under_way)))
                    turn = next_turn(list(map(_whose, waiting)), list(map(_whose, under_way.values())))
                    if turn is None:
                        break
                    row = waiting.pop(turn)
                    under_way[asyncio.create_task(self._attempt(row))] = row
                if not under_way:
                    break
                oldest, is_news = next(iter(under_way)), True
                patience_s = SLOW_S if len(under_way) < MOST_AT_ONCE else None
                ended, _ = await asyncio.wait(
                    under_way, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED
                )
                if not ended:
                    lanes = MOST_AT_ONCE
                elif oldest in ended:
                    self.progress()
                for attempt in ended:
                    del under_way[attempt]
                    try:
                        accepted += attempt.result()
                    except Exception as failure:
                        # What is under way ends first: a mail that is cut off may have arrived.
                        failures.append(failure)
                if not failures and self.is_taken_again():
                    await self.store.hasten()
                    waiting.clear()  # what waited goes first, the oldest first
        finally:
            for attempt in under_way:
                attempt.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)
        if failures:
            raise failures[0]
        return accepted

    async def _due(self, besides: set[int], *, to_backups: bool, forwards: bool) -> list[OutboxRow]:
        """The longest due first. besides: those that are known."""
        rows = await self.store.due(
            self.clock.now(),
            BATCH + len(besides),
            to_backups=to_backups,
            forwards=forwards,
            alerts=self.alerts,
        )
        return [row for row in rows if row.id not in besides]

    async def _attempt(self, row: OutboxRow) -> bool:
        now = self.clock.now()
        if row.is_damaged:
            return await self._give_up_damaged(row, now)
        if row.recipient is not None and not self._is_configured(row.recipient):
            return await self._give_up_misaddressed(row, now)
        try:
            recipient, octets, message_id = await self._composed(row)
            if recipient is None:
                reply = Reply(Outcome.REFUSED, None, "no longer a backup", About.RECIPIENT)
            else:
                retry_at = now + UNKNOWN_RETRY
                if not await self.store.sending(
                    row.id, message_id, octets, backup=row.backup, now=now, retry_at=retry_at
                ):
                    return False
                gate = self.alert_gate if row.kind == "alert" else self.gate
                reply = await gate.submit(Submission((recipient,), octets, message_id))
        except StateError:
            raise
        except Damaged:
            return await self._give_up_damaged(row, now)
        except Exception as bug:
            # One mail that brings out a bug (or that the gate refuses) keeps no other from its way.
            self.log.task_failed(task=f"outbox row {row.id}", failure=bug)
            failed = Failed("internal error, see the log")
            await self.store.record(row.id, failed, failed.text, now, file_to=None)
            bug_reply = Reply(Outcome.REFUSED, None, failed.text, About.MAIL)
            self.said(bug_reply, row.kind, row.recipient or "", of_alert_server=False)
            return False
        try:
            await self._record(row, octets, message_id, reply)
        finally:
            if recipient is not None:  # heard once it can be read what came of it, or that it cannot
                self.said(reply, row.kind, recipient, of_alert_server=gate is not self.gate)
        return reply.outcome is Outcome.ACCEPTED

    async def _give_up_damaged(self, row: OutboxRow, now: datetime) -> bool:
        may_have_arrived = row.state is State.SENDING or row.unknowns > 0
        failed = after_damage(may_have_arrived=may_have_arrived)
        await self.store.record(row.id, failed, failed.text, now, file_to=None)
        self.log.gave_up(row=row.id, reply=failed.text)
        if row.kind == "review" and not may_have_arrived:
            await self.store.unmake_review(row.id)
            self.review_again()
        return False

    def _is_configured(self, address: str) -> bool:
        """As the gate compares, which would refuse it as a bug of ours."""
        return address.lower() in {one.lower() for one in self.config.recipients}

    async def _give_up_misaddressed(self, row: OutboxRow, now: datetime) -> bool:
        """The configuration named another address when it was composed, or what is kept was damaged."""
        if row.backup is not None or row.kind in ("alert", "task"):
            text = NOT_CONFIGURED
            await self.store.record(row.id, Failed(text), text, now, file_to=None)
            self.log.gave_up(row=row.id, reply=text)
            return False
        await self.store.misaddressed(row.id, now)
        return await self._give_up_damaged(row, now)

    async def _composed(self, row: OutboxRow) -> tuple[str | None, bytes | Octets, str]:
        """Recipient (None: there is none any more), octets, Message-ID."""
        if row.kind != "forward":
            assert row.message_id is not None
            return row.recipient, await self._kept(row), row.message_id
        backup = self.config.backups.get(row.backup or "")
        if backup is None:
            return None, b"", ""
        if row.octets is not None and row.message_id is not None:  # one may have arrived: the same again
            return backup.address, await self._kept(row), row.message_id
        assert row.message is not None
        original, written_to = await asyncio.gather(self.store.original(row.message), self.store.written_to())
        if not isinstance(original, Original):  # it is not due before its octets are here
            raise Damaged
        stamp = self.stamp()
        compose = partial(
            compose_to_backup,
            original.octets,
            original.arrived_at,
            self.config.owner,
            backup,
            stamp,
            self.catalogue(backup.language),
            max_octets=row.max_octets or await self.gate.max_size(),
            takes_eight_bit=await self.gate.takes_eight_bit(),
            line=row.note,
            is_known=lambda address: self.config.rule_book.knows(address, written_to),
        )
        # 25 MB takes a good second: other accounts do not wait for it.
        is_small = len(original.octets) < 64 * 1024
        composed = compose() if is_small else await asyncio.to_thread(compose)
        # Of a large one the original's octets are those that are sent: there is no second copy.
        is_copied = len(composed) < LARGE_OCTETS
        return backup.address, composed.whole() if is_copied else composed, stamp.message_id

    async def _kept(self, row: OutboxRow) -> bytes:
        octets = await self.store.octets(row.id, self.clock.now()) if row.is_large else row.octets
        if octets is None:
            raise Damaged
        return octets

    async def _record(self, row: OutboxRow, octets: bytes | Octets, message_id: str, reply: Reply) -> None:
        now = self.clock.now()
        attempt = Attempt(
            number=row.attempts + 1,
            first_at=row.first_attempt_at or now,
            unknowns=row.unknowns + (row.state is State.SENDING),
            is_forward=row.kind == "forward",
            is_letter=row.kind in ("brief", "overview"),
            is_task=row.kind == "task",
            is_in_doubt=row.octets is not None,
            size_octets=len(octets),
            is_ascii=octets.isascii(),
            max_octets=row.max_octets,
        )
        consequence = after_reply(attempt, reply, await self._facts(row, now), now)
        await self.store.record(row.id, consequence, reply.text, now, file_to=self.file_to())
        log = self.log
        match consequence:
            case Sent():
                log.submitted(row=row.id, kind=row.kind, message_id=message_id, attempts=attempt.number)
            case UnknownAgain():
                log.outcome_unknown(row=row.id, kind=row.kind, message_id=message_id, reply=reply.text)
            case Deferred(due_at=due_at):
                log.deferred(row=row.id, kind=row.kind, reply=reply.text, due_at=due_at)
            case Smaller() | SevenBit():
                log.deferred(row=row.id, kind=row.kind, reply=reply.text, due_at=now)
            case NextBackup(backups=backups):
                log.refused(row=row.id, kind=row.kind, reply=reply.text, next_backup=backups[0])
            case Failed():
                log.gave_up(row=row.id, reply=reply.text)

    async def _facts(self, row: OutboxRow, now: datetime) -> Facts:
        backup = self.config.backups.get(row.backup or "") if row.kind == "forward" else None
        absent = await self.store.absences(now)
        return Facts(
            following=tuple(
                there.key for there in who_is_there(row.following, self.config.backups, absent, now)
            ),
            max_octets=await self.gate.max_size(),
            takes_eight_bit=await self.gate.takes_eight_bit(),
            follow_up_at=self.config.follow_up_at(backup, now) if backup else None,
        )
