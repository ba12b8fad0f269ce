"""A holiday on real servers: Sofie's mailbox on Dovecot, a recording submission server, the service.

Time is a FakeClock's unless a test wants the real one. What the service does is awaited, never slept for.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

from delegator.adapters.state.store import SqliteStore
from delegator.config import Config, load
from delegator.daemon.account import Account
from delegator.ports import Clock
from delegator.wiring.parts import Parts
from tests.servers import smtp
from tests.servers.dovecot import Account as ImapAccount
from tests.servers.proxy import Proxy
from tests.servers.smtp import Received, SmtpServer
from tests.support import FakeClock

# 7.00 in Brussels, two hours before the review. In the past: Dovecot lets no mail arrive in the future.
MONDAY = datetime(2026, 11, 16, 6, 0, tzinfo=UTC)

RULES = """
version: 1
owner:
  name: Sofie Janssens
  address: sofie@voorbeeld.example
  aliases: [sofie.janssens@voorbeeld.example]
  language: nl
  timezone: Europe/Brussels
away: {{from: {away_from}, until: {away_until}}}
account:
  username: {username}
  password: {{file: mail-password}}
  imap: {{host: 127.0.0.1, port: {imap_port}, ca: {imap_ca}}}
  smtp:
    host: localhost
    port: {smtp_port}
    ca: {smtp_ca}
    username: {smtp_username}
    password: {{file: smtp-password}}
backups:
  anna: {{name: Anna Peeters, address: anna@voorbeeld.example}}
  bram: {{name: Bram Maes, address: bram@voorbeeld.example}}
  refused: {{name: Rita Weg, address: permerror@voorbeeld.example}}
rules:
  - {{name: family, when: {{from: "@familie.example"}}, private: true}}
  - {{name: key accounts, when: {{from: "@acme.example"}}, forward: anna}}
  - {{name: orders, when: {{subject: [bestelling, "*offerte*"]}}, forward: [bram, anna]}}
  - {{name: refused, when: {{subject: geweigerd}}, forward: [refused, anna]}}
  - {{name: newsletters, when: {{bulk: true}}, review: low}}
  - {{name: noise, when: {{from: alerts@monitor.example}}, ignore: true}}
"""


def write_mail(
    sender: str = "Jan De Smet <jan@acme.example>",
    subject: str = "Vraag",
    text: str = "Dag Sofie,\n\nKunnen jullie dit bekijken?\n\nJan\n",
    **headers: str,
) -> bytes:
    """A plain mail to the owner. headers: further fields, _ for -."""
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, "Sofie Janssens <sofie@voorbeeld.example>", subject
    mail["Date"] = "Mon, 16 Nov 2026 06:00:00 +0000"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes()


def read_mail(received: Received) -> EmailMessage:
    mail = email.message_from_bytes(received.octets, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def plain_text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\u00a0", " ")  # a line may break anywhere here


@dataclass(slots=True)
class Holiday:
    """Everything at one hand. `service` is the running account, None before `start`."""

    imap: ImapAccount
    smtp: SmtpServer
    folder: Path
    clock: Clock
    rules: str = RULES
    imap_port: int | None = None  # of a proxy before the server
    smtp_port: int | None = None
    away: tuple[str, str] = ("2026-11-14", "2026-11-30")
    reviews_at: tuple[str, ...] = ()  # by the owner's clock, instead of 9.00 and 17.00
    says_first_word: bool = False  # a review at the first start, which most tests do not ask for
    service: Account | None = None
    parts: Parts | None = None
    store: SqliteStore | None = None
    _task: asyncio.Task[None] | None = field(default=None)

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def config_path(self) -> Path:
        return self.folder / "rules.yaml"

    def be_away_now(self) -> None:
        """By the machine's own clock: for a process of its own. No review comes while the test runs."""
        now = datetime.now(UTC)
        here = now.astimezone(ZoneInfo("Europe/Brussels"))
        self.reviews_at = tuple(f"{here + timedelta(hours=hours):%H:%M}" for hours in (6, 12))
        self.away = (f"{now - timedelta(days=2):%Y-%m-%d}", f"{now + timedelta(days=10):%Y-%m-%d}")

    def go_through(self, proxy: Proxy) -> None:
        """The service talks to the mail server through it, unencrypted."""
        self.rules = RULES.replace("port: {imap_port}, ca: {imap_ca}", "port: {imap_port}, security: none")
        self.imap_port = proxy.port

    def configure(self) -> Config:
        """Write rules.yaml and load it."""
        self.write()
        return load(self.config_path)

    def write(self) -> None:
        """rules.yaml and the files that it names."""
        self.folder.mkdir(exist_ok=True)
        for name, secret in (("mail-password", self.imap.password), ("smtp-password", smtp.PASSWORD)):
            path = self.folder / name
            path.write_text(secret)
            path.chmod(0o600)
        smtp.authority().cert_pem.write_to_path(str(self.folder / "smtp-ca.pem"))
        at = ", ".join(f'"{time}"' for time in self.reviews_at)
        self.config_path.write_text(
            (f"review: {{at: [{at}]}}\n" if at else "")
            + self.rules.format(
                away_from=self.away[0],
                away_until=self.away[1],
                username=self.imap.username,
                imap_port=self.imap_port or self.imap.port,
                imap_ca=self.imap.ca,
                smtp_port=self.smtp_port or self.smtp.port,
                smtp_ca=self.folder / "smtp-ca.pem",
                smtp_username=smtp.USERNAME,
            )
        )

    def build(self, *, shadow: bool = False, adopt: bool = False) -> Account:
        assert self.store is None, "the one before has the state open: stop it first"
        config = self.configure()
        self.state.mkdir(exist_ok=True)
        self.parts = Parts(self.clock)
        self.store = SqliteStore(self.state / "state.sqlite3")
        self.service = self.parts.account(config, self.store, shadow=shadow, adopt=adopt)
        self.service.says_first_word = self.says_first_word
        return self.service

    async def start(self, *, shadow: bool = False, adopt: bool = False) -> Account:
        service = self.build(shadow=shadow, adopt=adopt)
        self._task = asyncio.create_task(service.run())
        return service

    async def stop(self) -> None:
        if self.service is not None and self._task is not None:
            self.service.stop.set()
            async with asyncio.timeout(15):
                await self._task
            self._task = None
        if self.service is not None:
            await self.service.hang_up()
        if self.store is not None and self.parts is not None:
            await self.store.close()
            self.store = None

    async def once(self, **options: bool) -> bool:
        service = self.build(**options)
        try:
            return await service.once()
        finally:
            await self.stop()

    async def until(self, holds: Callable[[], object], seconds: float = 75) -> None:
        """Until something holds of the servers; they tell nobody when they change, so it is looked at.

        What is moved by hand in the midst of a look is found at the next one, a minute later.
        """
        async with asyncio.timeout(seconds):
            while not await asyncio.to_thread(holds):
                await asyncio.sleep(0.02)

    def accepted(self, recipient: str | None = None) -> list[EmailMessage]:
        """All but the briefs and overviews."""
        mails = [read_mail(m) for m in self.smtp.accepted if recipient is None or recipient in m.rcpt_tos]
        return [mail for mail in mails if not _is_letter(mail)]

    def letters(self, recipient: str) -> list[EmailMessage]:
        """The briefs and overviews."""
        mails = [read_mail(m) for m in self.smtp.accepted if recipient in m.rcpt_tos]
        return [mail for mail in mails if _is_letter(mail)]

    def reviews(self) -> list[EmailMessage]:
        return self.accepted("sofie@voorbeeld.example")

    def uids(self, mailbox: str) -> list[int]:
        return [uid for uid, _, _ in self.imap.messages(mailbox)]


def _is_letter(mail: EmailMessage) -> bool:
    # They are the probe for automatic answers, which everything else suppresses.
    return bool(mail["X-Auto-Response-Suppress"] == "DR, RN, NRN")


@asynccontextmanager
async def holiday(
    imap: ImapAccount, server: SmtpServer, folder: Path, clock: Clock | None = None
) -> AsyncIterator[Holiday]:
    each = Holiday(imap, server, folder / "sofie", clock or FakeClock(MONDAY))
    try:
        yield each
    finally:
        await each.stop()


async def at(away: Holiday, after: timedelta, *mails: bytes) -> None:
    """Mails arrive so long after Monday 7.00, and the service does what is due."""
    clock = away.clock
    assert isinstance(clock, FakeClock)
    clock.at = MONDAY + after
    for octets in mails:
        away.imap.deliver(octets, arrived_at=clock.at)
    assert await away.once()
