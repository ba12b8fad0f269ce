"""A whole absence on real servers: the clock jumps, and what the service makes of it is waited for.

A `Trip` looks at the service through its state (read-only) and the servers, so that a test need not wait for
seconds: `settle` returns when all that has come was looked at and all that was due was tried.
"""

from __future__ import annotations

import asyncio
import imaplib
import re
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.holiday import Holiday, plain_text, read_mail
from tests.phone import SOFIE, App, Phone, links
from tests.servers.dovecot import Account as ImapAccount
from tests.support import FakeClock

BRUSSELS = ZoneInfo("Europe/Brussels")
LOOKS = 3  # in a row that must find nothing left to do
READS_AT_LEAST = timedelta(minutes=30)
"""Within seconds it would be a machine's answer."""

_LEFT = (
    "SELECT (SELECT count(*) FROM outbox WHERE state = 'sending' OR (state = 'pending' AND due_at <= ?))"
    " + (SELECT count(*) FROM command WHERE state = 'pending')"
    " + (SELECT count(*) FROM message WHERE file_to IS NOT NULL AND is_there)"
)
_ENTRY = re.compile(r"^(\d+)\. (.*)$")
_PROPOSAL = re.compile(r"voorstel: (\S+)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One numbered item, as its reader sees it. proposal: a first name, "taak", "klaar" or ""."""

    number: int
    subject: str
    proposal: str
    heading: str


@dataclass(frozen=True, slots=True)
class Lying:
    """One message in a mailbox, as the mail server gives it."""

    uid: int
    arrived_at: datetime
    flags: frozenset[str]
    octets: bytes

    @property
    def header(self) -> bytes:
        return self.octets.partition(b"\r\n\r\n")[0]


class RawMailbox:
    """The mailbox by imaplib and nothing else: an independent count of what lies where."""

    def __init__(self, account: ImapAccount) -> None:
        self._imap = imaplib.IMAP4(account.host, account.plain_port, timeout=60)
        self._imap.login(account.username, account.password)
        self._lock = threading.Lock()

    def close(self) -> None:
        with self._lock:
            self._imap.logout()

    def newest(self, mailbox: str) -> int:
        """The highest UID that was ever given there."""
        with self._lock:
            _, (said, *_) = self._imap.status(mailbox, "(UIDNEXT)")
        found = re.search(rb"UIDNEXT (\d+)", said or b"")
        assert found is not None, said
        return int(found[1]) - 1

    def messages(self, mailbox: str) -> list[Lying]:
        with self._lock:
            if self._imap.select(f'"{mailbox}"', readonly=True)[0] != "OK":
                return []
            _, answer = self._imap.uid("FETCH", "1:*", "(FLAGS INTERNALDATE BODY.PEEK[])")
            self._imap.unselect()
        return [_lying(*part) for part in answer if isinstance(part, tuple)]


def _lying(said: bytes, octets: bytes) -> Lying:
    uid, at = re.search(rb"UID (\d+)", said), re.search(rb'INTERNALDATE "([^"]+)"', said)
    flags = re.search(rb"FLAGS \(([^)]*)\)", said)
    assert uid is not None
    assert at is not None
    assert flags is not None
    arrived_at = datetime.strptime(at[1].decode().strip(), "%d-%b-%Y %H:%M:%S %z")
    return Lying(int(uid[1]), arrived_at, frozenset(flags[1].decode().split()), octets)


@dataclass(slots=True)
class Trip:
    """seen: Message-IDs of the forwards that a backup has read. answered: subjects of what was answered."""

    away: Holiday
    phone: Phone
    mailbox: RawMailbox
    seen: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    _sent: list[tuple[tuple[str, ...], EmailMessage]] = field(default_factory=list)

    @property
    def clock(self) -> FakeClock:
        return self.phone.clock

    # --- time

    async def at(self, day: date, clock: str, *, settle: bool = True) -> None:
        """Let time pass until then, in Brussels; and let all that came be looked at."""
        await self.clock.advance(moment(day, clock))
        if settle:
            await self.settle()

    async def settle(self) -> None:
        """Until all that came to INBOX was looked at, and all that was due was tried."""
        service = self.away.service
        assert service is not None
        service.bells.wake.set()
        quiet = 0
        async with asyncio.timeout(90):
            while quiet < LOOKS:
                await self.clock.advance(self.clock.at)
                await asyncio.sleep(0.01)
                is_quiet = service.is_connected and await asyncio.to_thread(self._is_quiet)
                quiet = quiet + 1 if is_quiet else 0

    def _is_quiet(self) -> bool:
        looked_at = self.ask("SELECT uid FROM position WHERE mailbox = 'INBOX' AND account = ?", SOFIE)
        ((left,),) = self.ask(_LEFT, us(self.clock.at))
        return bool(looked_at) and looked_at[0][0] >= self.mailbox.newest("INBOX") and left == 0

    async def until(self, holds: Callable[[], object], what: str = "") -> None:
        """Until something holds of what was sent, or of the state."""
        try:
            async with asyncio.timeout(75):
                while not holds():
                    await self.clock.advance(self.clock.at)
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"it never came to this: {what}") from None

    def ask(self, query: str, *values: object) -> list[Any]:
        with closing(sqlite3.connect(self.away.state / "state.sqlite3", timeout=20)) as db:
            return db.execute(query, values).fetchall()

    # --- what was sent

    def sent(self, to: str) -> list[EmailMessage]:
        """All that went to an address, in order; each is read once."""
        accepted = self.away.smtp.accepted
        self._sent += [(each.rcpt_tos, read_mail(each)) for each in accepted[len(self._sent) :]]
        return [mail for recipients, mail in self._sent if to in recipients]

    def to_owner(self, begin: str) -> list[EmailMessage]:
        return [mail for mail in self.sent(SOFIE) if str(mail["Subject"]).startswith(begin)]

    def answers(self) -> list[EmailMessage]:
        """What the owner was told or asked at once."""
        return [mail for mail in self.sent(SOFIE) if not mail["List-Id"]]

    def reviews(self) -> list[EmailMessage]:
        others = ("Voor je vertrekt", "Alles wat open is", "Welkom terug")
        mails = [mail for mail in self.sent(SOFIE) if mail["List-Id"]]
        return [mail for mail in mails if not str(mail["Subject"]).startswith(others)]

    def letters(self, to: str) -> list[EmailMessage]:
        """Briefs and overviews."""
        return [mail for mail in self.sent(to) if mail["X-Auto-Response-Suppress"] == "DR, RN, NRN"]

    def forwards(self, to: str) -> list[EmailMessage]:
        """A covering mail is none: Reply goes to the owner alone."""
        mails = [mail for mail in self.sent(to) if mail["Reply-To"] and mail["In-Reply-To"]]
        return [mail for mail in mails if "@" in str(mail["Reply-To"]).replace(SOFIE, "")]

    # --- mail

    async def arrives(self, octets: bytes, at: datetime | None = None) -> None:
        await asyncio.to_thread(self.away.imap.deliver, octets, arrived_at=at or self.clock.now())

    async def reply(self, to: EmailMessage, text: str, app: App = "gmail") -> None:
        await self.phone.reply(to, text, app)

    async def tap(self, mail: EmailMessage, label: str, nth: int = 0, *, sender: str = "") -> None:
        found = [link for each, link in links(mail) if label in each]
        assert len(found) > nth, (label, mail["Subject"])
        command = self.phone.command(found[nth])
        if sender:
            command.replace_header("From", sender)
        await self.phone.send(command)

    async def asked(self, to: EmailMessage, line: str) -> EmailMessage:
        """What she is asked, or told, after a one-line reply."""
        before = len(self.answers())
        await self.phone.reply(to, line)
        await self.until(lambda: len(self.answers()) > before, f"an answer to {line!r}")
        return self.answers()[before]

    async def confirms(self, question: EmailMessage) -> EmailMessage:
        before = len(self.answers())
        await self.tap(question, "Klopt")
        await self.until(lambda: len(self.answers()) > before, "an answer to the button")
        await self.settle()
        return self.answers()[before]

    async def backup_works(self, key: str, every: int) -> None:
        """A backup reads what came half an hour ago, and answers all but every so manieth client."""
        for forward in self.forwards(f"{key}@voorbeeld.example"):
            named = str(forward["Message-ID"])
            if named in self.seen or self.clock.at - sent_at(forward) < READS_AT_LEAST:
                continue
            self.seen.add(named)
            if len(self.seen) % every:
                self.answered.add(str(forward["Subject"]))
                await self.arrives(answer_of(key, forward, len(self.seen)))


def answer_of(key: str, forward: EmailMessage, number: int) -> bytes:
    """Reply, as any mail program does it: to whom Reply-To names."""
    answer = EmailMessage(policy=SMTP)
    answer["From"] = f"{key.title()} <{key}@voorbeeld.example>"
    answer["To"] = str(forward["Reply-To"])
    answer["Subject"] = f"Re: {forward['Subject']}"
    answer["Message-ID"] = f"<antwoord-{number}@{key}.example>"
    answer["In-Reply-To"] = answer["References"] = str(forward["Message-ID"])
    answer.set_content("Dag, ik kijk het na en laat iets weten.\n")
    return answer.as_bytes()


def sent_at(mail: EmailMessage) -> datetime:
    return parsedate_to_datetime(str(mail["Date"]))


def moment(day: date, clock: str) -> datetime:
    """In Brussels: "09:00" or "09:00:05"."""
    return datetime.combine(day, time.fromisoformat(clock), BRUSSELS).astimezone(UTC)


def us(at: datetime) -> int:
    """As the state counts."""
    return round(at.timestamp() * 1_000_000)


def words(mail: EmailMessage) -> str:
    return " ".join(plain_text(mail).split())


def labels(mail: EmailMessage) -> list[str]:
    return [label for label, _ in links(mail)]


def entries(mail: EmailMessage) -> list[Entry]:
    """The numbered items of a review, a list or a homecoming mail, in order."""
    found: list[Entry] = []
    heading, lines = "", plain_text(mail).replace("\r\n", "\n").split("\n")
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if following and set(following) == {"-"}:
            heading = line
        match = _ENTRY.match(line)
        if match and heading:
            said = _PROPOSAL.search(following)
            found.append(Entry(int(match[1]), match[2], said[1] if said else "", heading))
    return found


def section(mail: EmailMessage, heading: str) -> str:
    """What stands under a heading."""
    text = plain_text(mail).replace("\r\n", "\n")
    found = re.search(rf"^{heading}[^\n]*\n-+\n(.*?)(?:\n\n\n|\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def counted_lines(mail: EmailMessage, heading: str) -> dict[str, int]:
    """The lines "12 · words" under a heading of the homecoming mail."""
    found = re.findall(r"^([\d.]+) · (.+(?:\n   .+)*)$", section(mail, heading), re.MULTILINE)
    return {" ".join(what.split()): int(n.replace(".", "")) for n, what in found}
