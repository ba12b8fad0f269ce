"""The gate against servers that know less of SMTP, or take their time."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from delegator.adapters.smtp import gate as gate_module
from delegator.adapters.smtp import session
from delegator.adapters.smtp.gate import SubmissionGate
from delegator.core.delivery import About, Outcome
from delegator.ports import Submission
from tests.servers.smtp import PASSWORD, USERNAME, SmtpServer, scripted

pytestmark = pytest.mark.torture("dialects and refusals of submission servers")

SOFIE = "sofie@voorbeeld.example"
MAIL = b"From: sofie@voorbeeld.example\r\nTo: sofie@voorbeeld.example\r\nSubject: x\r\n\r\nHello\r\n"
PLAIN = base64.b64encode(f"\0{USERNAME}\0{PASSWORD}".encode())
AS_SEEN = [b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n", b"", b"", b"", b"", b"", b"250 taken\r\n"]


def gate(port: int) -> SubmissionGate:
    return SubmissionGate(
        host="127.0.0.1",
        port=port,
        security="none",
        sender=SOFIE,
        recipients=frozenset({SOFIE}),
        username=USERNAME,
        password=PASSWORD,
    )


def mail() -> Submission:
    return Submission((SOFIE,), MAIL, "<1@voorbeeld.example>")


@asynccontextmanager
async def served(*opening: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that says these things, and then takes a mail of five lines."""
    async with scripted([b"220 ready\r\n", *opening, *AS_SEEN]) as (port, lines):
        yield port, lines


async def test_helo_after_ehlo_is_refused() -> None:
    """A relay on this machine that knows no ESMTP takes mail all the same."""
    async with served(b"502 what is that\r\n", b"250 hello\r\n") as (port, lines):
        assert (await gate(port).submit(mail())).outcome is Outcome.ACCEPTED
    assert [line.split()[0] for line in lines[:3]] == [b"EHLO", b"HELO", b"MAIL"]


async def test_auth_without_an_initial_response() -> None:
    """It is refused with the command, and taken on its own."""
    offer = b"250-hello\r\n250 AUTH PLAIN LOGIN\r\n"
    async with served(offer, b"501 5.5.4 Syntax: AUTH mechanism\r\n", b"334 \r\n", b"235 in\r\n") as (
        port,
        lines,
    ):
        assert (await gate(port).submit(mail())).outcome is Outcome.ACCEPTED
    assert lines[1:4] == [b"AUTH PLAIN " + PLAIN + b"\r\n", b"AUTH PLAIN\r\n", PLAIN + b"\r\n"]


async def test_auth_login_where_plain_is_not_known() -> None:
    """Announced, and unknown: the next mechanism, in the steps that every server knows."""
    offer = b"250-hello\r\n250 AUTH PLAIN LOGIN\r\n"
    unknown = b"504 5.5.4 Unrecognized authentication type\r\n"
    async with served(offer, unknown, unknown, b"334 VXNlcg==\r\n", b"334 UGFzcw==\r\n", b"235 in\r\n") as (
        port,
        lines,
    ):
        assert (await gate(port).submit(mail())).outcome is Outcome.ACCEPTED
    assert lines[3] == b"AUTH LOGIN\r\n"
    assert [base64.b64decode(line) for line in lines[4:6]] == [USERNAME.encode(), PASSWORD.encode()]


async def test_a_wrong_password_is_tried_once() -> None:
    """In one way only, though the server offers three."""
    offer = b"250-hello\r\n250 AUTH PLAIN LOGIN CRAM-MD5\r\n"
    async with served(offer, b"535 5.7.8 no\r\n") as (port, lines):
        reply = await gate(port).submit(mail())
    assert (reply.outcome, reply.about) == (Outcome.MISCONFIGURED, About.US)
    assert sum(line.startswith(b"AUTH") for line in lines) == 1


@pytest.mark.parametrize(
    ("verb", "said"),
    [
        ("RCPT", "550 5.4.5 Daily user sending limit exceeded"),
        ("END", "550 5.4.5 Daily user sending limit exceeded"),
        ("RCPT", "553 5.7.1 <x>: Sender address rejected: not owned by user sofie"),
        ("END", "554 5.2.252 SendAsDenied"),
        ("END", "554 try again later"),
    ],
)
async def test_a_refusal_of_us_says_so(smtp_server: SmtpServer, verb: str, said: str) -> None:
    """Over a real dialogue: what speaks of us is kept, whenever it comes."""
    smtp_server.answer(verb, said)  # type: ignore[arg-type]
    facts = smtp_server.facts()
    this = SubmissionGate(**facts, sender=SOFIE, recipients=frozenset({SOFIE}))
    reply = await this.submit(mail())
    assert (reply.outcome, reply.about) == (Outcome.MISCONFIGURED, About.US)


async def test_a_slow_answer_is_waited_for(smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The 250 comes later than everything else may take: it is accepted, once, and not unknown."""
    monkeypatch.setattr(session, "COMMAND_TIMEOUT_S", 3)
    monkeypatch.setattr(session, "_CONTENT_TIMEOUT_S", 3)

    async def slowly(_: object) -> None:
        await asyncio.sleep(3.5)

    smtp_server.deliver = slowly
    this = SubmissionGate(**smtp_server.facts(), sender=SOFIE, recipients=frozenset({SOFIE}))
    assert (await this.submit(mail())).outcome is Outcome.ACCEPTED
    assert len(smtp_server.received) == 1


async def test_a_greeting_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """An octet now and then is no answer."""
    monkeypatch.setattr(gate_module, "_OPENING_TIMEOUT_S", 0.3)

    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                writer.write(b"2")
                await writer.drain()
                await asyncio.sleep(0.01)
        except OSError:
            pass  # it was given up
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    async with server:
        reply = await gate(server.sockets[0].getsockname()[1]).submit(mail())
    assert (reply.outcome, reply.about) == (Outcome.DEFERRED, About.US)


async def test_authorities_that_cannot_be_read_are_a_reply() -> None:
    """Whoever renews the file may be halfway: the mail waits, and it is said what is wrong."""
    from pathlib import Path

    from delegator.adapters.certificate import Trust

    this = SubmissionGate(
        host="127.0.0.1",
        port=1,
        security="tls",
        sender=SOFIE,
        recipients=frozenset({SOFIE}),
        ssl_context=Trust(Path("/nonexistent.pem")),
    )
    reply = await this.submit(mail())
    assert (reply.outcome, reply.about) == (Outcome.MISCONFIGURED, About.US)
    assert "name a PEM file" in reply.text
    assert (await this.probe()).reply.outcome is Outcome.MISCONFIGURED
