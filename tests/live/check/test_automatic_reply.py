"""An automatic reply that is still on is seen by ManageSieve, over TLS, where the server offers it."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme

from delegator.adapters.host import SystemClock
from delegator.adapters.managesieve import SieveLook
from delegator.check.automatic import answers_automatically, included
from delegator.check.examination import check
from delegator.ports import Unavailable
from delegator.reports.check import Finding
from tests.holiday import RULES, Holiday, holiday
from tests.servers.dovecot import Account, Options
from tests.servers.smtp import Received, SmtpServer

ON = 'require ["fileinto", "vacation"];\r\nif true { vacation :days 7 "Ik ben weg"; }\r\n'
OFF = 'require ["vacation"];\r\n# vacation "weg";\r\n/* vacation */ if header "Subject" "vacation" { stop; }'


@dataclass
class Sieve:
    """As RFC 5804 has it. said: what a client sent, in order; one before TLS is marked."""

    script: str
    offers_tls: bool = True
    authority: trustme.CA = field(default_factory=trustme.CA)
    said: list[str] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._converse(reader, writer)
        except ConnectionError:
            pass  # the client has seen enough
        finally:
            writer.transport.abort()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello = b'"IMPLEMENTATION" "test"\r\n"SASL" ""\r\n' + b'"STARTTLS"\r\n' * self.offers_tls + b"OK\r\n"
        writer.write(hello)
        is_safe = False
        while line := (await reader.readline()).decode().strip():
            self.said.append(line if is_safe else f"clear {line}")
            match line.split()[0]:
                case "STARTTLS":
                    writer.write(b'OK "begin"\r\n')
                    await writer.drain()
                    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
                    self.authority.issue_cert("localhost").configure_cert(context)
                    await writer.start_tls(context)
                    is_safe = True
                    writer.write(b'"SASL" "PLAIN"\r\nOK\r\n')
                case "AUTHENTICATE":
                    right = base64.b64encode(b"\0sofie\0geheim").decode()
                    writer.write(b"OK\r\n" if right in line else b'NO "wrong password"\r\n')
                case "LISTSCRIPTS":
                    writer.write(b'"old"\r\n"my filter" ACTIVE\r\nOK\r\n')
                case "GETSCRIPT":
                    octets = self.script.encode()
                    writer.write(b"{%d}\r\n%s\r\nOK\r\n" % (len(octets), octets))

    def look(self, password: str = "geheim") -> SieveLook:
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        return SieveLook("localhost", self.port, context, "sofie", password)


@asynccontextmanager
async def serving(sieve: Sieve) -> AsyncIterator[Sieve]:
    server = await asyncio.start_server(sieve.serve, "127.0.0.1", 0)
    sieve.port = server.sockets[0].getsockname()[1]
    try:
        yield sieve
    finally:
        server.close()
        await asyncio.sleep(0.05)  # until the last connection has been closed


@pytest.mark.parametrize(("script", "is_on"), [(ON, True), (OFF, False)])
async def test_the_active_script_is_read(script: str, is_on: bool) -> None:
    """The one that runs, and the password only within TLS."""
    async with serving(Sieve(script)) as sieve:
        found = await sieve.look().running(included)
    assert list(found) == ["my filter"]
    assert answers_automatically(found["my filter"]) is is_on
    assert 'GETSCRIPT "my filter"' in sieve.said
    assert [line for line in sieve.said if line.startswith("clear ")] == ["clear STARTTLS"]


async def test_what_cannot_be_seen_is_said() -> None:
    """Nobody listens, the password is refused, the certificate is another's: no guess that it is off."""
    async with serving(Sieve(OFF)) as sieve:
        with pytest.raises(Unavailable, match="wrong password"):
            await sieve.look("fout").running(included)
        stranger = SieveLook("localhost", sieve.port, ssl.create_default_context(), "sofie", "geheim")
        with pytest.raises(Unavailable):
            await stranger.running(included)
        assert not any("AUTHENTICATE" in line for line in sieve.said[-1:])
    with pytest.raises(Unavailable, match="nothing answers"):
        await SieveLook("localhost", 1, None, "sofie", "geheim").running(included)


@pytest.mark.parametrize(
    ("script", "is_on"),
    [
        ('vacation :days 7 "weg";', True),
        ('if header :is "Subject" "vacation" { stop; }', False),
        ('# a word "\nvacation "weg";', True),
        ('require "reject"; reject text:\nNo vacation here\n.\n;', False),
        ("vacation text:\nWeg\n.\n;", True),
        ('require ["vacation", "vacation-seconds"];', False),
        ('set "vacation" "on"; keep;', False),
    ],
)
def test_what_answers(script: str, is_on: bool) -> None:
    """The command, wherever it stands; the word in a string or in a comment is none."""
    assert answers_automatically(script) is is_on


async def test_no_password_without_tls() -> None:
    """Another machine that offers none gets none. ("127.1" is another by its name.)"""
    async with serving(Sieve(OFF, offers_tls=False)) as sieve:
        look = sieve.look()
        look.host = "127.1"
        with pytest.raises(Unavailable, match="STARTTLS"):
            await look.running(included)
    assert sieve.said == []


# --- a real Pigeonhole ------------------------------------------------------------------------------

PIGEONHOLE = Options(sieve=True)


async def seen_by_check(account: Account, smtp_server: SmtpServer, tmp_path: Path) -> Finding:
    """What `check` says of automatic replies."""
    async with holiday(account, smtp_server, tmp_path) as each:
        report = await check(
            each.configure(),
            each.state,
            send=False,
            clock=SystemClock(),
            sieve_port=account.server.sieve_port,
        )
    (found,) = [finding for finding in report.findings if finding.area == "automatic reply"]
    return found


@pytest.mark.parametrize(
    "script", [ON, 'require "include"; include :personal "away";'], ids=["own", "included"]
)
async def test_a_filter_that_answers(
    script: str, new_account: Callable[[Options], Account], smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """Of a real Pigeonhole the filter that answers is a problem, and named, though another includes it."""
    account = new_account(PIGEONHOLE)
    account.set_filter(ON, name="away", is_active=False)
    account.set_filter(script)
    found = await seen_by_check(account, smtp_server, tmp_path)
    assert found.level == "problem"
    assert f"“{'away' if script != ON else 'my filter'}”" in found.what
    assert "switch it off" in found.to_do


@pytest.mark.parametrize("script", [OFF, None], ids=["a filter that answers nobody", "none"])
async def test_a_filter_that_answers_nobody(
    script: str | None, new_account: Callable[[Options], Account], smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """One that is off is fine, though another that would answer lies beside it; so is none."""
    account = new_account(PIGEONHOLE)
    account.set_filter(ON, name="away", is_active=False)
    if script is not None:
        account.set_filter(script)
    found = await seen_by_check(account, smtp_server, tmp_path)
    assert found.level == "ok"
    assert ("no filter runs" in found.what) is (script is None)


async def test_no_filter_is_offered(dovecot: Account, smtp_server: SmtpServer, tmp_path: Path) -> None:
    """A mail server without ManageSieve: it is said that this cannot be seen, and how to look."""
    found = await seen_by_check(dovecot, smtp_server, tmp_path)
    assert found.level == "note"
    assert "cannot be seen from here: nothing answers at port" in found.what
    assert "Outlook" in found.to_do


# --- a mail that an automatic reply would answer ----------------------------------------------------

SOFIE = "sofie@voorbeeld.example"
ELSEWHERE = "alarm@elders.example"

ALARM_SERVER = """alert:
  address: it@elders.example
  smtp: {{host: 127.0.0.1, port: PORT, ca: smtp-ca.pem, username: USER, password: {{file: smtp-password}}}}
"""


@asynccontextmanager
async def pigeonhole_world(
    account: Account,
    smtp_server: SmtpServer,
    tmp_path: Path,
    *,
    to_owner: bool = False,
) -> AsyncIterator[tuple[Holiday, SmtpServer, SmtpServer]]:
    """A provider whose filter answers by itself, and the alert's own server elsewhere.

    answers: takes what the filter sends. to_owner: mail to the sender comes to the owner's mailbox.
    """
    answers = SmtpServer(security="none", needs_login=False, port=account.server.answers_to)

    async def to_filter(mail: Received) -> None:
        if SOFIE in mail.rcpt_tos:
            await asyncio.to_thread(account.deliver_by_filter, mail.octets, mail.mail_from, SOFIE)

    async def answer(mail: Received) -> None:
        if to_owner:
            await asyncio.to_thread(account.deliver, mail.octets)

    smtp_server.deliver, answers.deliver = to_filter, answer
    async with (
        SmtpServer(username=ELSEWHERE) as alarm,
        answers,
        holiday(account, smtp_server, tmp_path) as each,
    ):
        alarm.deliver = to_filter
        each.rules = RULES + ALARM_SERVER.replace("PORT", str(alarm.port)).replace("USER", ELSEWHERE)
        yield each, alarm, answers


async def sent_by_check(each: Holiday, account: Account) -> list[Finding]:
    """What `check --send` says of automatic replies, after what it says of the filter."""
    report = await check(
        each.configure(),
        each.state,
        send=True,
        clock=SystemClock(),
        arrives_within_s=10,
        answered_within_s=2,
        sieve_port=1,
    )
    found = [finding for finding in report.findings if finding.area == "automatic reply"]
    return found[1:]


async def test_an_automatic_reply_is_seen(
    new_account: Callable[[Options], Account], smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """The alert's own address draws a real vacation reply; where that arrives, it is a problem."""
    account = new_account(PIGEONHOLE)
    account.set_filter(ON)
    async with pigeonhole_world(account, smtp_server, tmp_path, to_owner=True) as (each, alarm, answers):
        (found,) = await sent_by_check(each, account)
        assert found.level == "problem"
        assert f"it answered the test from {ELSEWHERE}" in found.what
        assert "INBOX" in found.what
        (mail,) = alarm.accepted
        assert (mail.mail_from, mail.rcpt_tos) == (ELSEWHERE, (SOFIE,))
        assert [answer.rcpt_tos for answer in answers.accepted] == [(ELSEWHERE,)]


async def test_an_automatic_reply_that_goes_elsewhere(
    new_account: Callable[[Options], Account], smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """Its address alone sees the answer: none seen here is no proof, and it is said where to look."""
    account = new_account(PIGEONHOLE)
    account.set_filter(ON)
    async with pigeonhole_world(account, smtp_server, tmp_path) as (each, _, answers):
        (found,) = await sent_by_check(each, account)
        assert [answer.rcpt_tos for answer in answers.accepted] == [(ELSEWHERE,)], "the test drew one"
        assert found.level == "note"
        assert f"no answer to the test from {ELSEWHERE} was seen in your mailbox" in found.what
        assert "look there" in found.to_do


async def test_no_automatic_reply(
    new_account: Callable[[Options], Account], smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """Nothing answers: no problem, and nothing went to anybody but the owner."""
    account = new_account(PIGEONHOLE)
    account.set_filter(OFF)
    async with pigeonhole_world(account, smtp_server, tmp_path, to_owner=True) as (each, alarm, answers):
        (found,) = await sent_by_check(each, account)
        assert found.level == "note"
        assert alarm.recipients == {SOFIE}
        assert answers.accepted == []


async def test_no_address_to_ask_from(dovecot: Account, smtp_server: SmtpServer, tmp_path: Path) -> None:
    """Without a server of the alert's own nothing is tried, and it is said how to."""

    async def deliver(mail: Received) -> None:
        await asyncio.to_thread(dovecot.deliver, mail.octets)

    smtp_server.deliver = deliver
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        (found,) = await sent_by_check(each, dovecot)
        assert found.level == "note"
        assert "none was tried" in found.what
        assert "another address" in found.to_do
