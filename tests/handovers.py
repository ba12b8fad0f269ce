"""Handovers without servers: the real intake, follow-up, orders and outbox on a real state on disk.

Mail comes from a FakeSource and goes to a RecordingGate; time is a FakeClock's. Any of the state's
transactions may be the last one before a crash.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import re
import secrets
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar

from delegator.adapters.state.store import SqliteAccount, SqliteStore
from delegator.catalogues import load_catalogue
from delegator.config import Config, load
from delegator.core.compose import Stamp
from delegator.core.folders import FORWARDED
from delegator.core.mail.loop import loop_value
from delegator.daemon.commands import Commands
from delegator.daemon.filing import find_misplaced
from delegator.daemon.handovers import FollowUp, new_token
from delegator.daemon.health import Health
from delegator.daemon.intake import Intake
from delegator.daemon.marks import Marks
from delegator.daemon.outbox import Outbox
from delegator.daemon.tenure import Bells, Identity, Tenure, Tools
from delegator.maillog import MailLog
from delegator.ports import AccountState, Submission
from tests.support import FakeClock, FakeSource, RecordingGate

T = TypeVar("T")

MONDAY = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)  # 9.00 in Brussels: the clock of a handover runs
SOFIE = "sofie@voorbeeld.example"
BACKUPS = {
    "anna": ("anna@voorbeeld.example", "anna.peeters@voorbeeld.example"),
    "bram": ("bram@voorbeeld.example", "bram.maes@voorbeeld.example"),
    "carla": ("carla@partner.example", "carla.c@partner.example"),
}

RULES = """
version: 1
owner:
  name: Sofie Janssens
  address: sofie@voorbeeld.example
  language: nl
  timezone: Europe/Brussels
away: {from: 2026-11-14, until: 2027-02-28}
account:
  username: sofie@voorbeeld.example
  password: {env: NONE}
  imap: {host: imap.voorbeeld.example}
  smtp: {host: smtp.voorbeeld.example}
backups:
  anna: {name: Anna Peeters, address: anna@voorbeeld.example, aliases: [anna.peeters@voorbeeld.example]}
  bram: {name: Bram Maes, address: bram@voorbeeld.example, aliases: [bram.maes@voorbeeld.example]}
  carla: {name: Carla Claes, address: carla@partner.example, aliases: [carla.c@partner.example]}
follow_up: {on_silence: ON_SILENCE}
rules:
  - {name: family, when: {from: "@familie.example"}, private: true}
  - {name: orders, when: {subject: bestelling}, forward: [bram, anna, carla]}
  - {name: key accounts, when: {from: "@acme.example"}, forward: [anna, bram]}
  - {name: complaints, when: {subject: klacht}, forward: carla}
  - {name: noise, when: {from: alerts@monitor.example}, ignore: true}
"""


@cache
def config_of(on_silence: str) -> Config:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rules.yaml"
        path.write_text(RULES.replace("ON_SILENCE", on_silence))
        return load(path, read_secrets=False)


class Crash(BaseException):
    """The machine stops here. Nothing catches it but who reopens the state."""


class CrashingStore(SqliteStore):
    """countdown: transactions before the crash; None: there is none."""

    countdown: int | None = None

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self.countdown is not None:
            if self.countdown == 0:
                raise Crash
            self.countdown -= 1
        return await super().run(work)


class Silent:
    """A logger for MailLog. failures: what should not have happened."""

    def __init__(self) -> None:
        self.failures: list[dict[str, Any]] = []
        self.events: list[str] = []

    def info(self, event: str, **fields: Any) -> None:
        self.events.append(event)

    def warning(self, event: str, **fields: Any) -> None:
        self.events.append(event)

    def error(self, event: str, **fields: Any) -> None:
        self.events.append(event)
        self.failures.append({"event": event, **fields})


@dataclass(slots=True)
class Handovers:
    """One account's handovers. `step` does all that is due, as a `run --once` would, reviews aside."""

    folder: Path
    config: Config
    clock: FakeClock = field(default_factory=lambda: FakeClock(MONDAY))
    source: FakeSource = field(default_factory=FakeSource)
    log: Silent = field(default_factory=Silent)
    told_nobody_left: int = 0
    _database: CrashingStore | None = None
    _state: AccountState | None = None
    _gate: RecordingGate | None = None
    _intake: Intake | None = None
    _follow_up: FollowUp | None = None
    _orders: Commands | None = None
    _outbox: Outbox | None = None

    @classmethod
    def new(cls, on_silence: Literal["ask", "next"] = "ask") -> Handovers:
        memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
        return cls(Path(tempfile.mkdtemp(dir=memory)), config_of(on_silence))

    # --- its life ------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Start, or start again after a crash."""
        self._database = CrashingStore(self.folder / "state.sqlite3", lambda: self.clock.at)
        self._state = await self.store.state(self.clock.now())
        if self._gate is None:
            self._gate = RecordingGate(self.config.recipients)
        log = MailLog(SOFIE, self.log)
        taken = asyncio.Event()
        common: dict[str, Any] = {
            "config": self.config,
            "store": self.store,
            "clock": self.clock,
            "log": log,
        }
        marks = Marks(self.store, self.clock, log)
        self._intake = Intake(
            **common,
            source=self.source,
            is_live=True,
            has_folders=True,
            taken=taken,
            flooded=self._flooded,
            marks=marks,
        )
        self._follow_up = FollowUp(
            **common,
            catalogue=load_catalogue,
            stamp=self._stamp,
            changed=lambda: None,
            nobody_left=self._nobody_left,
        )
        self._orders = Commands(
            **common,
            source=self.source,
            catalogue=load_catalogue,
            stamp=self._stamp,
            new_token=new_token,
            window=self.config.away[0],
            looked_from=self.config.away[0].from_at,
            has_folders=True,
            marks=marks,
        )
        self._outbox = Outbox(
            **common,
            gate=self._gate,
            alert_gate=self._gate,
            catalogue=load_catalogue,
            stamp=self._stamp,
            file_to=lambda: FORWARDED,
            said=lambda reply, kind, to, of_alert_server: None,
        )
        for name in (FORWARDED, "Delegator/Done"):
            await self.source.create(name)
        await self.store.resume(self.clock.now())

    def tenure(self, config: Config) -> Tenure:
        """What the parts that are not here share: a live account, whose mail server has not answered yet."""
        assert self._state is not None
        tools = Tools(
            source=self.source,
            watch=self.source,
            gate=self.gate,
            alert_gate=self.gate,
            store=self.database,
            clock=self.clock,
            log=MailLog(SOFIE, self.log),
            catalogue=load_catalogue,
            write_list=lambda path, text: None,
            heartbeat=None,
            reserve=self.database.reserve,
        )
        identity, health = Identity("live", self.store, self._state), Health(self.clock)
        return Tenure(identity, tools, config, health, Bells(), self._nobody_left, self._flooded)

    async def crash(self) -> None:
        """Everything in memory is gone."""
        await self._close()
        await self.open()

    async def close(self) -> None:
        await self._close()
        shutil.rmtree(self.folder)

    async def _close(self) -> None:
        self.database.countdown = None
        await self.database.close()

    def _stamp(self) -> Stamp:
        assert self._state is not None
        message_id = f"<{secrets.token_hex(16)}@voorbeeld.example>"
        date = self.clock.now().astimezone(self.config.owner.timezone)
        return Stamp(message_id, secrets.token_hex(16), loop_value(self._state.loop_key, message_id), date)

    async def _flooded(self) -> None:
        """The alert address hears of it; nothing here asks."""

    async def _nobody_left(self) -> None:
        self.told_nobody_left += 1

    # --- its parts -----------------------------------------------------------------------------------

    @property
    def database(self) -> CrashingStore:
        assert self._database is not None
        return self._database

    @property
    def store(self) -> SqliteAccount:
        return self.database.account(SOFIE)

    @property
    def gate(self) -> RecordingGate:
        assert self._gate is not None
        return self._gate

    async def look(self) -> None:
        """The owner's Sent, INBOX, and what buttons ask for."""
        assert self._intake is not None
        assert self._orders is not None
        window = self.config.away[0]
        await self._intake.reconcile("INBOX", window)
        await self.read_sent()
        await self._orders.carry_out()

    async def read_sent(self) -> None:
        assert self._intake is not None
        await self._intake.read_sent("Sent", self.config.away[0])

    async def follow_up(self) -> None:
        assert self._follow_up is not None
        await self._follow_up.run_due()

    async def submit(self) -> None:
        assert self._outbox is not None
        await self._outbox.submit_due(to_backups=True, stop=asyncio.Event())

    async def step(self) -> None:
        """Until nothing more is due at this moment."""
        await self.look()
        for _ in range(2):  # a refusal may pass something on
            await self.follow_up()
            await self.submit()
        await find_misplaced(self.tenure(self.config))
        for filing in await self.store.filings():
            await self.source.open(filing.place.mailbox)
            await self.source.move([filing.place.uid], filing.folder)
            await self.store.filed([filing.id])

    async def quiet(self, span: timedelta) -> None:
        """Time passes, and only the clock does anything."""
        until = self.clock.at + span
        while self.clock.at < until:
            assert self._follow_up is not None
            moments = [
                moment
                for moment in (
                    await self._follow_up.next_at(self.clock.at),
                    await self.store.next_due_at(to_backups=True),
                )
                if moment is not None and moment > self.clock.at
            ]
            self.clock.at = min([until, *moments])
            await self.step()

    # --- mail ----------------------------------------------------------------------------------------

    def arrives(self, octets: bytes, mailbox: str = "INBOX") -> None:
        self.source.deliver(octets, mailbox, arrived_at=self.clock.at)

    async def takes(self, octets: bytes) -> None:
        """A mail arrives, and all that is due is done."""
        self.arrives(octets)
        await self.step()

    def forwards(self, backup: str | None = None) -> list[EmailMessage]:
        """Those that reached a backup."""
        mails = [read(each) for each in self.gate.delivered]
        address = BACKUPS[backup][0] if backup else ""
        return [mail for mail in mails if is_forward(mail) and address in str(mail["To"])]

    def letters(self, backup: str) -> list[EmailMessage]:
        """Briefs and overviews."""
        mails = [read(each) for each in self.gate.delivered]
        return [
            mail
            for mail in mails
            if mail["X-Auto-Response-Suppress"] == "DR, RN, NRN" and BACKUPS[backup][0] in str(mail["To"])
        ]

    def covers(self, backup: str) -> list[EmailMessage]:
        mails = [read(each) for each in self.gate.delivered]
        return [
            mail
            for mail in mails
            if not is_forward(mail)
            and mail["X-Auto-Response-Suppress"] == "DR, RN, NRN, OOF, AutoReply"
            and BACKUPS[backup][0] in str(mail["To"])
        ]

    # --- the state, as a test may look at it -----------------------------------------------------------

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        db = sqlite3.connect(f"file:{self.folder}/state.sqlite3?mode=ro", uri=True)
        db.row_factory = sqlite3.Row
        try:
            return db.execute(query, values).fetchall()
        finally:
            db.close()

    async def holder(self, message_id: str) -> str:
        """Who has a client's mail: a backup's key, "owner", or "answered"."""
        row = self.rows(
            "SELECT message.*, conversation.backup AS holder FROM message "
            "LEFT JOIN conversation ON conversation.id = message.conversation WHERE message_id = ?",
            message_id,
        )[0]
        if row["answered"] or (row["disposition"] == "review" and row["decided_at"] is not None):
            return "answered"
        if row["disposition"] == "review":
            return "owner"
        assert row["disposition"] == "forward"
        assert row["holder"] == row["backup"]
        return str(row["holder"])


def read(submission: Submission) -> EmailMessage:
    return _read(submission.octets)


@lru_cache(maxsize=1024)
def _read(octets: bytes) -> EmailMessage:
    mail = email.message_from_bytes(octets, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def is_forward(mail: EmailMessage) -> bool:
    """It names the original's Message-ID; nothing else of ours names one."""
    return mail["In-Reply-To"] is not None


def buttons(mail: EmailMessage) -> list[tuple[str, str]]:
    """Verb and token of each button of a letter, in order."""
    body = mail.get_body(("html",))
    assert body is not None
    found = re.findall(r"subject=dlg%20([a-z]+)%20([0-9A-Z]{8})", str(body.get_content()))
    return list(dict.fromkeys(found))


def write(
    sender: str,
    subject: str,
    message_id: str,
    *,
    to: str = SOFIE,
    cc: str = "",
    names: tuple[str, ...] = (),
    text: str = "Dag,\n\nKunnen jullie dit bekijken?\n",
    **headers: str,
) -> bytes:
    """A plain mail. names: the Message-IDs in its References, the last of them in its In-Reply-To."""
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = sender, to, subject, message_id
    if cc:
        mail["Cc"] = cc
    if names:
        mail["References"], mail["In-Reply-To"] = " ".join(names), names[-1]
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes()


def bounce(recipient: str, message_id: str, sender: str = "MAILER-DAEMON@voorbeeld.example") -> bytes:
    """A delivery status report (RFC 3464) that names a Message-ID."""
    return (
        f"From: Mail Delivery System <{sender}>\r\nTo: {SOFIE}\r\nReturn-Path: <>\r\n"
        f"Message-ID: <{secrets.token_hex(8)}@mx.voorbeeld.example>\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\n"
        "MIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt failed.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.voorbeeld.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\n\r\n--b--\r\n"
    ).encode()
