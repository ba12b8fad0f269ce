"""The gate against a real submission server: what it says, what it makes of the answers."""

from __future__ import annotations

import asyncio
import base64
import re
import ssl
from typing import Any

import pytest
import trustme
from hypothesis import example, given, settings
from hypothesis import strategies as st

from delegator.adapters.smtp import gate as gate_module
from delegator.adapters.smtp import session
from delegator.adapters.smtp.gate import SubmissionGate
from delegator.core.delivery import Outcome
from delegator.core.octets import Octets, Slice
from delegator.ports import RecipientRefused, Submission
from tests.servers.proxy import Proxy
from tests.servers.smtp import DROP, PASSWORD, SILENCE, USERNAME, Received, SmtpServer, scripted

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
    assert isinstance(submission.octets, bytes)
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
        monkeypatch.setattr(gate_module, "is_loopback", lambda _host: False)
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
        {"recipients": frozenset({"änna@voorbeeld.example"})},
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
    async with SmtpServer(security=security, certificate_names=("mail.acme.example",)) as server:
        reply = await gate(server).submit(mail())
        assert reply.outcome is Outcome.MISCONFIGURED
        assert "127.0.0.1" in reply.text
        assert "certificate" in reply.text
        assert not any(command.startswith("AUTH") for command in server.commands)


@pytest.mark.parametrize(
    ("security", "spoken", "said"),
    [
        ("tls", "starttls", "does not begin with TLS; set security: starttls, or the TLS port (465)"),
        ("tls", "none", "does not begin with TLS; set security: starttls, or the TLS port (465)"),
        ("starttls", "none", "offers no STARTTLS; set security: tls and the port for TLS (465)"),
    ],
)
async def test_the_wrong_kind_of_tls_is_named(security: Any, spoken: Any, said: str) -> None:
    """A port that speaks otherwise than configured: told to a person, with the setting that is right."""
    async with SmtpServer(security=spoken) as server:
        reply = await gate(server, security=security).submit(mail())
        assert reply.outcome is Outcome.MISCONFIGURED
        assert reply.text == f"127.0.0.1:{server.port}: {said}"
        assert PASSWORD.encode() not in server.in_clear


@pytest.mark.dovecot
@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_server_for_reading_mail_is_told_from_one_for_sending(dovecot: Any, security: Any) -> None:
    port = dovecot.port if security == "tls" else dovecot.plain_port
    async with SmtpServer() as server:
        context = dovecot.server.authority
        trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.configure_trust(trusted)
        reply = await gate(server, port=port, security=security, ssl_context=trusted).submit(mail())
        await asyncio.sleep(0.1)  # until the connection that was given up has been closed
    assert reply.outcome is Outcome.MISCONFIGURED
    assert reply.text.endswith("is a server for reading mail (IMAP); name the one for sending (SMTP)")


async def test_a_wrong_password_is_tried_once(smtp_server: SmtpServer) -> None:
    """One login a submission, not one for each method: accounts lock after a few."""
    reply = await gate(smtp_server, password="guess").submit(mail())
    assert (reply.outcome, reply.code) == (Outcome.MISCONFIGURED, 535)
    assert [command for command in smtp_server.commands if "AUTH" in command] == ["AUTH PLAIN"]
    assert smtp_server.received == []


async def test_a_reply_holds_no_secret(smtp_server: SmtpServer) -> None:
    """A server that quotes the login back does not bring it into a log or a review."""
    plain = base64.b64encode(f"\0{USERNAME}\0{PASSWORD}".encode()).decode()
    smtp_server.answer("AUTH", f"535 5.7.8 AUTH PLAIN {plain} is {PASSWORD}\x07 \u202e" + "x" * 500)
    reply = await gate(smtp_server).submit(mail())
    assert reply.text.startswith("5.7.8 AUTH PLAIN … is … xxx")
    assert len(reply.text) <= 300


@pytest.mark.parametrize(
    ("verb", "answer", "outcome"),
    [
        ("EHLO", "421 4.3.2 shutting down", Outcome.DEFERRED),
        ("EHLO", "550 go away", Outcome.MISCONFIGURED),
        ("AUTH", "454 4.7.0 try later", Outcome.DEFERRED),
        ("MAIL", "553 5.7.1 not your address", Outcome.MISCONFIGURED),
        ("MAIL", "452 4.3.1 disk full", Outcome.DEFERRED),
        ("RCPT", "450 4.2.0 greylisted", Outcome.DEFERRED),
        ("RCPT", "550 5.1.1 no such user", Outcome.REFUSED),
        ("DATA", "451 4.3.0 not now", Outcome.DEFERRED),
        ("DATA", "250 2.0.0 wonderful", Outcome.DEFERRED),
        ("END", "554 5.7.1 spam", Outcome.REFUSED),
        ("END", "552 5.3.4 too big", Outcome.TOO_LARGE),
        ("END", "451 4.3.0 virus scanner died", Outcome.DEFERRED),
        ("END", "42 is no code", Outcome.UNKNOWN),
        ("EHLO", DROP, Outcome.DEFERRED),
        ("AUTH", DROP, Outcome.DEFERRED),
        ("MAIL", DROP, Outcome.DEFERRED),
        ("RCPT", DROP, Outcome.DEFERRED),
        ("DATA", DROP, Outcome.DEFERRED),
        ("END", DROP, Outcome.UNKNOWN),
    ],
)
async def test_every_stage_has_its_outcome(
    smtp_server: SmtpServer, verb: Any, answer: str, outcome: Outcome
) -> None:
    """A refusal or a cut at any stage; unknown only from the final dot on. The next mail goes through."""
    smtp_server.answer(verb, answer)
    this = gate(smtp_server)
    assert (await this.submit(mail())).outcome is outcome
    assert smtp_server.accepted == []
    assert (await this.submit(mail())).outcome is Outcome.ACCEPTED
    assert len(smtp_server.accepted) == 1


@pytest.mark.parametrize(
    ("recipient", "outcome"), [(FAULTY[0], Outcome.DEFERRED), (FAULTY[1], Outcome.REFUSED)]
)
async def test_one_refused_recipient_stops_the_whole_mail(
    smtp_server: SmtpServer, recipient: str, outcome: Outcome
) -> None:
    """To all of its recipients or to none: a partly sent mail would have no one outcome."""
    sound = mail()
    reply = await gate(smtp_server).submit(Submission((ANNA, recipient), sound.octets, sound.message_id))
    assert reply.outcome is outcome
    assert smtp_server.received == []


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
async def test_a_mail_cut_off_before_its_dot_certainly_did_not_arrive(security: Any) -> None:
    """Wherever in the content the connection breaks, the outcome is deferred, never unknown."""
    async with SmtpServer(security=security, cut_after=100_000) as server:
        reply = await gate(server).submit(mail(body=b"dag\r\n" * 2_000_000))
        assert reply.outcome is Outcome.DEFERRED
        assert server.received == []


async def test_a_lost_answer_leaves_the_outcome_unknown() -> None:
    """The server has the mail, the network ate the 250: sent, or to be sent again, nobody can say."""
    async with SmtpServer(security="none") as server, Proxy(server.host, server.port) as proxy:
        proxy.swallow_answer(b"\r\n.\r\n")
        this = gate(server, port=proxy.port)
        assert (await this.submit(mail())).outcome is Outcome.UNKNOWN
        assert (await this.submit(mail())).outcome is Outcome.ACCEPTED
        assert [received.octets for received in server.accepted] == [mail().octets] * 2


async def test_a_server_that_falls_silent_is_not_waited_for_for_ever(
    smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A time-out after the dot is unknown, before it deferred."""
    monkeypatch.setattr(session, "_END_TIMEOUT_S", 0.05)
    smtp_server.answer("END", SILENCE)
    assert (await gate(smtp_server).submit(mail())).outcome is Outcome.UNKNOWN
    monkeypatch.setattr(session, "COMMAND_TIMEOUT_S", 0.05)
    smtp_server.answer("RCPT", SILENCE)
    reply = await gate(smtp_server).submit(mail())
    assert (reply.outcome, reply.text) == (
        Outcome.DEFERRED,
        f"127.0.0.1:{smtp_server.port}: does not answer",
    )


def test_slow_is_not_dead() -> None:
    """The limits of RFC 5321 section 4.5.3.2: a server that took 70 s got every mail three times."""
    assert session.COMMAND_TIMEOUT_S == 5 * 60, "greeting, MAIL, RCPT"
    assert (session._DATA_TIMEOUT_S, session._BLOCK_TIMEOUT_S, session._END_TIMEOUT_S) == (
        2 * 60,
        3 * 60,
        10 * 60,
    )


async def test_no_server_is_a_deferral() -> None:
    """Nobody listens: tried again later, and said in words for a person."""
    async with SmtpServer() as server:
        await server.stop()
        reply = await gate(server).submit(mail())
    assert reply.outcome is Outcome.DEFERRED
    assert reply.text == f"127.0.0.1:{server.port}: Connection refused"


@pytest.mark.parametrize(
    ("greeting", "outcome"),
    [
        (b"554 5.7.1 you are listed\r\n", Outcome.MISCONFIGURED),
        (b"421 too busy\r\n", Outcome.DEFERRED),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Outcome.DEFERRED),
        (b"\xff\x00\r\n", Outcome.DEFERRED),
        (b"220-" + b"x" * 40_000, Outcome.DEFERRED),
        (b"", Outcome.DEFERRED),
    ],
)
async def test_whatever_greets_us_raises_nothing(greeting: bytes, outcome: Outcome) -> None:
    """A server that refuses at once, or something that is no mail server at all."""
    async with scripted([greeting]) as (port, _):
        this = SubmissionGate(
            host="127.0.0.1", port=port, security="none", sender=OWNER, recipients=RECIPIENTS
        )
        assert (await this.submit(mail())).outcome is outcome


async def test_an_answer_before_the_dot_is_heard() -> None:
    """A server that has had enough says so in the middle of the content: that is its answer."""
    start = [b"220 hello\r\n", b"250 SIZE\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"]
    async with scripted([*start, b"552 5.3.4 enough\r\n", *[b""] * 200_000]) as (port, _):
        this = SubmissionGate(
            host="127.0.0.1", port=port, security="none", sender=OWNER, recipients=RECIPIENTS
        )
        reply = await this.submit(mail(body=b"dag\r\n" * 1_000_000))
        assert reply.outcome is Outcome.TOO_LARGE


async def test_size_is_checked_before_anything_is_sent() -> None:
    """A mail above the server's SIZE is not tried; max_size() then knows the limit."""
    async with SmtpServer(size_limit=1000) as server:
        this = gate(server)
        assert await this.max_size() is None
        reply = await this.submit(mail(body=b"x" * 1000))
        assert reply.outcome is Outcome.TOO_LARGE
        assert await this.max_size() == 1000
        assert not any(command.startswith("MAIL") for command in server.commands)
        assert (await this.submit(mail())).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("size", [b"SIZE", b"SIZE 0", b"SIZE huge", "SIZE ²".encode()])
async def test_a_size_that_limits_nothing(size: bytes) -> None:
    """No number, or zero (RFC 1870 section 4): unlimited."""
    async with scripted([b"220 hello\r\n", b"250-hello\r\n250 " + size + b"\r\n"]) as (port, _):
        this = SubmissionGate(
            host="127.0.0.1", port=port, security="none", sender=OWNER, recipients=RECIPIENTS
        )
        assert (await this.submit(mail())).outcome is Outcome.DEFERRED
        assert await this.max_size() is None


async def test_8_bit_text_is_announced_or_not_sent() -> None:
    """BODY=8BITMIME where it is offered; else a refusal, since old servers cut the eighth bit off."""
    async with SmtpServer() as server:
        assert (await gate(server).submit(mail(body="één\r\n".encode()))).outcome is Outcome.ACCEPTED
        assert "BODY=8BITMIME" in server.accepted[0].options
    async with SmtpServer(withheld=frozenset({"8BITMIME"})) as server:
        reply = await gate(server).submit(mail(body="één\r\n".encode()))
        assert reply.outcome is Outcome.REFUSED
        assert "8BITMIME" in reply.text
        assert server.received == []


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.sampled_from([b"a" * 7, b".", b"\r\n", b"\n", b"\r", b"\r\n."]), max_size=30),
    st.integers(1, 9),
)
def test_pieces_are_the_same_on_the_wire(pieces: list[bytes], size: int) -> None:
    """However a mail is cut into pieces: no dot and no line end is doubled or lost where two meet."""
    whole = b"".join(pieces)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "CHUNK_OCTETS", size)
        wire = b"".join(session.wire_chunks(Octets(tuple(pieces))))
        slices = tuple(Slice(whole, at, min(at + 3, len(whole))) for at in range(0, len(whole), 3))
        assert wire == b"".join(session.wire_chunks(Octets(slices)))
    assert wire == b"".join(session.wire_chunks(whole))


async def test_a_mail_in_pieces_arrives_whole(smtp_server: SmtpServer) -> None:
    """Its header is looked at, as of any other; its size is announced, and its 8-bit text."""
    whole = mail(body="één\r\n".encode() * 100_000).octets
    assert isinstance(whole, bytes)
    octets = Octets((whole[:50], Slice(whole, 50, len(whole))))
    this = gate(smtp_server)
    assert (await this.submit(Submission((ANNA,), octets, "<1@x.example>"))).outcome is Outcome.ACCEPTED
    [received] = smtp_server.accepted
    assert received.octets == whole
    assert received.options == (f"SIZE={len(whole)}", "BODY=8BITMIME")
    to_a_client = Octets((b"To: x@acme.example\r\n", Slice(whole, 0, len(whole))))
    with pytest.raises(RecipientRefused):
        await this.submit(Submission((ANNA,), to_a_client, "<1@x.example>"))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([b"a" * 7, b".", b"a\r\n", b"\n", b"\r", b"..\r\n", b"\r\n."]), max_size=30))
@example([b"a\r\n"] * 20)
@example([b"a\r\n"] * 20 + [b"a"])
@example([b"a\r\n"] * 20 + [b"\r"])
@example([b"a\r\n", b"a\ra\r\n", b"a\r\n"])
@example([b"a\r\n", b"a\r\r\n", b"\n\r\n"])
def test_the_content_on_the_wire_ends_nowhere_but_at_its_end(pieces: list[bytes]) -> None:
    """Whatever the octets, no line of the content is a lone dot, and no CR or LF stands alone."""
    content = b"".join(pieces)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "CHUNK_OCTETS", 8)
        wire = b"".join(session.wire_chunks(content))
    assert wire.endswith(b"\r\n")
    lines = wire.removesuffix(b"\r\n").split(b"\r\n")
    assert not any(line == b"." or b"\r" in line or b"\n" in line for line in lines)
    undoubled = b"\r\n".join(line[1:] if line.startswith(b".") else line for line in lines)
    assert re.split(rb"\r\n|\r|\n", content.removesuffix(b"\n").removesuffix(b"\r")) == undoubled.split(
        b"\r\n"
    )


async def test_the_event_loop_goes_on_during_a_large_mail(smtp_server: SmtpServer) -> None:
    """Other accounts are served meanwhile: 5 MB leave the loop its turn at least every 256 kB."""
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counter = asyncio.create_task(count())
    reply = await gate(smtp_server).submit(mail(body=b"dag Anna, dag Bram\r\n" * 250_000))
    counter.cancel()
    assert reply.outcome is Outcome.ACCEPTED
    assert turns > 5_000_000 / 256_000


async def test_a_cancelled_submission_cuts_the_connection(smtp_server: SmtpServer) -> None:
    """A shutdown in the middle leaves nothing half said: the server sees the connection end."""
    smtp_server.answer("END", SILENCE)
    task = asyncio.create_task(gate(smtp_server).submit(mail()))
    while not smtp_server.received:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(5):
        while smtp_server.open_connections:
            await asyncio.sleep(0)
    assert smtp_server.accepted == []


async def test_a_server_may_deliver_before_it_answers(smtp_server: SmtpServer) -> None:
    """A mail to the owner can be in INBOX before its 250: what delivers it runs first."""
    seen = []

    async def deliver(received: Received) -> None:
        seen.append((received.message_id, len(smtp_server.accepted)))

    smtp_server.deliver = deliver
    await gate(smtp_server).submit(mail(OWNER, message_id="<7@voorbeeld.example>"))
    assert seen == [("<7@voorbeeld.example>", 0)]


async def test_a_restarted_server_is_the_same_server(smtp_server: SmtpServer) -> None:
    """Same port, same record: for the tests of what survives a restart."""
    this = gate(smtp_server)
    await this.submit(mail())
    await smtp_server.stop()
    assert (await this.submit(mail())).outcome is Outcome.DEFERRED
    await smtp_server.start()
    assert (await this.submit(mail())).outcome is Outcome.ACCEPTED
    assert len(smtp_server.accepted) == 2
