"""The gate against a real submission server: what it says, what it makes of the answers."""

from __future__ import annotations

import ssl
from typing import Any

import pytest
import trustme

from delegator.adapters import smtp
from delegator.adapters.smtp import SubmissionGate
from delegator.core.delivery import Outcome
from delegator.ports import Submission
from tests.servers.smtp import SmtpServer

OWNER = "sofie@voorbeeld.example"
ANNA = "anna@voorbeeld.example"
BRAM = "bram@voorbeeld.example"
FAULTY = ("temperror@voorbeeld.example", "permerror@voorbeeld.example")
RECIPIENTS = frozenset({OWNER, ANNA, BRAM, *FAULTY})


def gate(server: SmtpServer, **other: Any) -> SubmissionGate:
    return SubmissionGate(**{**server.facts(), "sender": OWNER, "recipients": RECIPIENTS, **other})


def mail(
    to: str = ANNA, body: bytes = b"Dag Anna\r\n", message_id: str = "<1@voorbeeld.example>"
) -> Submission:
    header = (
        f"From: Sofie Janssens <{OWNER}>\r\nTo: {to}\r\nMessage-ID: {message_id}\r\nSubject: Offerte\r\n\r\n"
    )
    return Submission((to,), header.encode() + body, message_id)


async def test_a_mail_arrives_as_it_is_from_the_owner(smtp_server: SmtpServer) -> None:
    """Octets, recipient and reverse-path reach the server unchanged; nothing asks for a notice."""
    submission = mail(body=b".\r\n.. dots\r\n\r\nno end")
    reply = await gate(smtp_server).submit(submission)
    assert (reply.outcome, reply.code) == (Outcome.ACCEPTED, 250)
    [received] = smtp_server.accepted
    assert received.octets == submission.octets + b"\r\n"
    assert (received.mail_from, received.rcpt_tos) == (OWNER, (ANNA,))
    size = len(submission.octets)
    assert smtp_server.commands == [
        "EHLO [127.0.0.1]",
        "AUTH PLAIN",
        f"MAIL FROM:<{OWNER}> SIZE={size}",
        f"RCPT TO:<{ANNA}>",
        "DATA",
    ]


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_nothing_of_value_leaves_tls(security: Any) -> None:
    """Before the TLS session there is at most EHLO and STARTTLS."""
    async with SmtpServer(security=security) as server:
        assert (await gate(server).submit(mail())).outcome is Outcome.ACCEPTED
        starttls = b"EHLO [127.0.0.1]\r\nSTARTTLS\r\n"
        assert bytes(server.in_clear) == (starttls if security == "starttls" else b"")


async def test_a_stripped_starttls_gets_no_password() -> None:
    """Where STARTTLS is not offered nothing is sent but EHLO, and a person is asked to look."""
    async with SmtpServer(security="starttls", withheld=frozenset({"STARTTLS"})) as server:
        reply = await gate(server).submit(mail())
        assert reply.outcome is Outcome.MISCONFIGURED
        assert "STARTTLS" in reply.text
        assert b"AUTH" not in server.in_clear
        assert server.commands == ["EHLO [127.0.0.1]"]


async def test_loopback_without_tls_and_without_login_is_allowed() -> None:
    """A mail server on the same host may take mail in clear, and without a login if it offers none."""
    async with SmtpServer(security="none", offers_login=False) as server:
        facts = {"username": None, "password": None, "ssl_context": None}
        assert (await gate(server, **facts).submit(mail())).outcome is Outcome.ACCEPTED
        assert (await gate(server, ssl_context=None).submit(mail())).outcome is Outcome.ACCEPTED


async def test_a_remote_server_without_login_is_a_misconfiguration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond loopback no mail is submitted without a login, even if the server would take it."""
    async with SmtpServer(offers_login=False) as server:
        this = gate(server)
        monkeypatch.setattr(smtp, "is_loopback", lambda _host: False)
        reply = await this.submit(mail())
        assert reply.outcome is Outcome.MISCONFIGURED
        assert "login" in reply.text
        assert server.received == []


@pytest.mark.parametrize(
    "facts",
    [
        {"security": "none"},
        {"username": None},
        {"password": None},
        {"sender": "sofie"},
        {"recipients": frozenset({"anna@voorbeeld.example>"})},
        {"recipients": frozenset({'"a b"@voorbeeld.example'})},
        {"recipients": frozenset({"anna@voorbeeld.example\r\nDATA"})},
        {"recipients": frozenset({""})},
    ],
)
def test_a_gate_that_could_leak_is_not_built(facts: dict[str, Any]) -> None:
    """Clear text or no login beyond loopback, and addresses of doubtful form, fail at the start."""
    sound: dict[str, Any] = {
        "host": "smtp.voorbeeld.example",
        "port": 465,
        "security": "tls",
        "username": "sofie",
        "password": "secret",
        "sender": OWNER,
        "recipients": RECIPIENTS,
    }
    SubmissionGate(**sound)
    with pytest.raises(ValueError, match=r"loopback|not an address"):
        SubmissionGate(**{**sound, **facts})


async def test_an_untrusted_certificate_ends_it(smtp_server: SmtpServer) -> None:
    """A certificate of an unknown authority: nothing is said, and the reply names the cause."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trustme.CA().configure_trust(context)
    reply = await gate(smtp_server, ssl_context=context).submit(mail())
    assert reply.outcome is Outcome.MISCONFIGURED
    assert "certificate" in reply.text
    assert smtp_server.commands == []


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_certificate_for_another_name_ends_it(security: Any) -> None:
    """The name in the certificate must be the configured one, with STARTTLS too."""
    async with SmtpServer(security=security) as server:
        reply = await gate(server, host="127.0.0.2").submit(mail())
        server_reached = server.connections
    assert server_reached in (0, 1)
    assert reply.outcome in (Outcome.MISCONFIGURED, Outcome.DEFERRED)
