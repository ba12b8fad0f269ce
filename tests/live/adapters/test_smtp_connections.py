"""One connection for many mails: when it is used again, when it is not, and what is said at once."""

from __future__ import annotations

import asyncio
import gc
from asyncio import sslproto
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from delegator.adapters.smtp import pool, session
from delegator.adapters.smtp.gate import SubmissionGate
from delegator.core.delivery import About, Outcome
from delegator.ports import Submission
from tests.servers.proxy import Proxy
from tests.servers.smtp import DROP, SmtpServer

OWNER, ANNA, BRAM = "sofie@voorbeeld.example", "anna@voorbeeld.example", "bram@voorbeeld.example"
RECIPIENTS = frozenset({OWNER, ANNA, BRAM})

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def gate(server: SmtpServer, **other: Any) -> AsyncIterator[SubmissionGate]:
    facts = {**server.facts(), "sender": OWNER, "recipients": RECIPIENTS, "linger_s": 60, **other}
    this = SubmissionGate(**facts)
    yield this
    await this.close()


@asynccontextmanager
async def bare(serve: Serve, **other: Any) -> AsyncIterator[SubmissionGate]:
    """For a server that each connection is a call of, without TLS and login."""
    served: set[asyncio.Task[Any]] = set()

    async def call(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        served.add(task)
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    listener = await asyncio.start_server(call, "127.0.0.1", 0)
    this = SubmissionGate(
        host="127.0.0.1",
        port=listener.sockets[0].getsockname()[1],
        security="none",
        sender=OWNER,
        recipients=RECIPIENTS,
        linger_s=60,
        **other,
    )
    async with listener:
        yield this
        await this.close()
        await asyncio.wait(served, timeout=10)


def mail(number: int = 1, to: str = ANNA) -> Submission:
    message_id = f"<{number}@voorbeeld.example>"
    header = f"From: {OWNER}\r\nTo: {to}\r\nMessage-ID: {message_id}\r\nSubject: {number}\r\n\r\n"
    return Submission((to,), header.encode() + b"Dag\r\n", message_id)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


# --- used again


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
@pytest.mark.parametrize("pipelines", [True, False])
async def test_one_connection_and_one_login_for_many_mails(security: Any, pipelines: bool) -> None:
    """The next mail begins with MAIL, on the connection that took the one before; all arrive as they are."""
    async with SmtpServer(security=security, pipelines=pipelines) as server, gate(server) as this:
        for number in range(5):
            assert (await this.submit(mail(number))).outcome is Outcome.ACCEPTED
        assert server.connections == 1
        assert [command.split()[0] for command in server.commands if "AUTH" in command] == ["AUTH"]
        assert [mail_.octets for mail_ in server.accepted] == [mail(number).octets for number in range(5)]


async def test_who_does_not_ask_for_it_gets_a_connection_each() -> None:
    async with SmtpServer() as server, gate(server, linger_s=0) as this:
        await this.submit(mail(1))
        await this.submit(mail(2))
        assert server.connections == 2
        await until(lambda: server.open_connections == 0)


async def test_an_idle_connection_ends_by_itself() -> None:
    """Nobody's firewall has to forget it, and no server has to throw us out."""
    async with SmtpServer() as server, gate(server, linger_s=0.05) as this:
        await this.submit(mail())
        await until(lambda: server.open_connections == 0)
        assert (await this.submit(mail())).outcome is Outcome.ACCEPTED
        assert server.connections == 2


async def test_the_end_of_the_account_ends_what_is_idle() -> None:
    async with SmtpServer() as server, gate(server) as this:
        await this.submit(mail())
        assert server.open_connections == 1
        await this.close()
        assert server.open_connections == 0


async def test_a_silent_server_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told, and then cut."""
    monkeypatch.setattr(pool, "_END_WITHIN_S", 0.1)
    async with SmtpServer() as server, Proxy(server.host, server.port) as proxy:
        async with gate(server, port=proxy.port) as this:
            assert (await this.submit(mail())).outcome is Outcome.ACCEPTED
            proxy.freeze()
            async with asyncio.timeout(5):
                await this.close()
        proxy.to_server.release()
        proxy.to_client.release()


async def test_a_connection_has_its_share_of_mails(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pool.MAILS == 100
    monkeypatch.setattr(pool, "MAILS", 3)
    async with SmtpServer() as server, gate(server) as this:
        for number in range(7):
            assert (await this.submit(mail(number))).outcome is Outcome.ACCEPTED
        assert server.connections == 3


async def test_two_connections_at_most() -> None:
    """However many mails are submitted at once: each waits for its turn, and all arrive."""
    seen = 0
    async with SmtpServer() as server, gate(server) as this:

        async def count(_: object) -> None:
            nonlocal seen
            seen = max(seen, server.open_connections)

        server.deliver = count
        replies = await asyncio.gather(*(this.submit(mail(number)) for number in range(9)))
        assert [reply.outcome for reply in replies] == [Outcome.ACCEPTED] * 9
        assert server.connections == seen == 2


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("linger_s", [0, 0.05])
async def test_a_connection_that_has_ended_is_gone(security: Any, linger_s: float) -> None:
    """Nothing of it waits for the garbage collector: each has a buffer of 256 kB."""

    def clients() -> int:
        found = [each for each in gc.get_objects() if isinstance(each, sslproto.SSLProtocol)]
        return sum(not each._server_side for each in found)

    async with SmtpServer(security=security) as server, gate(server, linger_s=linger_s) as this:
        await this.submit(mail(0))
        await until(lambda: server.open_connections == 0)
        gc.collect()
        gc.disable()
        try:
            before = clients()
            for number in range(5):
                assert (await this.submit(mail(number))).outcome is Outcome.ACCEPTED
                await until(lambda: server.open_connections == 0)
            await until(lambda: clients() <= before)
        finally:
            gc.enable()


# --- not used again


@pytest.mark.parametrize(
    ("verb", "said"),
    [
        ("MAIL", "421 4.7.0 closing, too many messages"),
        ("MAIL", "450 4.7.1 Error: too much mail from 127.0.0.1"),
        ("MAIL", "550 5.4.5 too many messages in this session"),
        ("MAIL", DROP),
        ("RCPT", "452 4.5.3 too many recipients in this session"),
        ("RCPT", DROP),
        ("DATA", "421 4.3.2 shutting down"),
        ("DATA", DROP),
    ],
)
@pytest.mark.parametrize("pipelines", [True, False])
async def test_what_a_used_connection_refuses_a_new_one_is_asked(
    verb: Any, said: str, pipelines: bool
) -> None:
    """Before the dot nothing has arrived: it goes at once, on a connection of its own, and once."""
    async with SmtpServer(pipelines=pipelines) as server, gate(server) as this:
        server.answer(verb, "")
        server.answer(verb, said)
        assert (await this.submit(mail(1))).outcome is Outcome.ACCEPTED
        assert (await this.submit(mail(2))).outcome is Outcome.ACCEPTED
        assert server.connections == 2
        assert [each.message_id for each in server.received] == [mail(1).message_id, mail(2).message_id]


@pytest.mark.parametrize("pipelines", [True, False])
async def test_a_new_connections_word_counts(pipelines: bool) -> None:
    """A recipient who is refused there, too, is refused: nobody is asked a third time, or a second time where
    the first connection was new."""
    async with SmtpServer(pipelines=pipelines) as server, gate(server) as this:
        server.answer("RCPT", "550 5.1.1 no such user")
        assert (await this.submit(mail(0))).outcome is Outcome.REFUSED
        assert server.connections == 1
    async with SmtpServer(pipelines=pipelines) as server, gate(server) as this:
        for said in ("", "550 5.1.1 no such user", "550 5.1.1 no such user", "550 5.1.1 no such user"):
            server.answer("RCPT", said)
        await this.submit(mail(1))
        reply = await this.submit(mail(2))
        assert (reply.outcome, reply.about) == (Outcome.REFUSED, About.RECIPIENT)
        assert server.connections == 2
        assert len(server.received) == 1


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("451 4.3.0 virus scanner died", Outcome.DEFERRED),
        ("421 4.3.2 shutting down", Outcome.DEFERRED),
        ("554 5.7.1 spam", Outcome.REFUSED),
        (DROP, Outcome.UNKNOWN),
    ],
)
@pytest.mark.parametrize("pipelines", [True, False])
async def test_after_the_dot_nothing_goes_twice(said: str, outcome: Outcome, pipelines: bool) -> None:
    """It may have arrived, or was looked at and refused: whoever called decides, as with a new connection."""
    async with SmtpServer(pipelines=pipelines) as server, gate(server) as this:
        server.answer("END", "")
        server.answer("END", said)
        await this.submit(mail(1))
        assert (await this.submit(mail(2))).outcome is outcome
        assert len(server.received) == 2
        assert (await this.submit(mail(3))).outcome is Outcome.ACCEPTED
        assert server.connections == 2, "no state survives an error"


async def test_a_lost_answer_on_a_used_connection_is_unknown() -> None:
    async with (
        SmtpServer(security="none") as server,
        Proxy(server.host, server.port) as proxy,
        gate(server, port=proxy.port) as this,
    ):
        await this.submit(mail(1))
        proxy.swallow_answer(b"Subject: 2\r\n\r\nDag\r\n.\r\n")
        assert (await this.submit(mail(2))).outcome is Outcome.UNKNOWN
        assert [each.message_id for each in server.accepted] == [mail(n).message_id for n in (1, 2)]


async def test_a_connection_that_ended_meanwhile_is_noticed() -> None:
    """A server that closes after each mail, or restarts: the next mail does not even try the old one."""
    async with SmtpServer() as server, Proxy(server.host, server.port) as proxy:
        async with gate(server, port=proxy.port) as this:
            for number in range(3):
                assert (await this.submit(mail(number))).outcome is Outcome.ACCEPTED
                proxy.cut()
                await until(lambda: this._pool._made == 0)
        assert proxy.connections == 3
        assert len(server.received) == 3


async def test_a_421_between_two_mails_is_no_answer_to_the_next() -> None:
    """A server that says goodbye to an idle client, and closes a moment later: heard, and not answered."""
    heard: list[bytes] = []
    says_goodbye, said_goodbye = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(b"hello")
        writer.write(b"220 hello\r\n")
        is_content = False
        while line := await reader.readline():
            heard.append(line.rstrip())
            if is_content and line != b".\r\n":
                continue
            is_content = line == b"DATA\r\n"
            writer.write(b"354 go\r\n" if is_content else b"250 ok\r\n")
            if line == b".\r\n" and heard.count(b"hello") == 1:
                await says_goodbye.wait()
                writer.write(b"421 4.4.2 idle too long\r\n")
                await writer.drain()
                said_goodbye.set()

    async with bare(serve) as this:
        assert (await this.submit(mail(1))).outcome is Outcome.ACCEPTED
        says_goodbye.set()
        await said_goodbye.wait()
        await asyncio.sleep(0.05)  # until it is here
        assert (await this.submit(mail(2))).outcome is Outcome.ACCEPTED
    assert heard.count(b"hello") == 2
    after_first = heard[heard.index(b".") + 1 :]
    assert not after_first[0].startswith(b"MAIL"), "nothing is said to who said goodbye"


async def test_a_server_that_takes_one_connection_gets_one() -> None:
    """The second is refused at the door: its mail waits for the first one, and is no failure."""
    async with SmtpServer() as server, gate(server) as this:
        server.answer("EHLO", "")
        server.answer("EHLO", "421 4.7.0 too many connections from you", times=5)
        replies = await asyncio.gather(*(this.submit(mail(number)) for number in range(6)))
        assert [reply.outcome for reply in replies] == [Outcome.ACCEPTED] * 6
        assert server.connections == 2, "it is not tried again while the first one is there"


async def test_a_refusal_that_comes_late_waits_for_nothing() -> None:
    """By then the other connection is idle: the mail goes by it at once, not when it is closed."""
    hellos = 0
    is_sent = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal hellos
        writer.write(b"220 hello\r\n")
        is_content = False
        while line := await reader.readline():
            if is_content and line != b".\r\n":
                continue
            is_content = line == b"DATA\r\n"
            if line.startswith(b"EHLO"):
                hellos += 1
                if hellos > 1:
                    await is_sent.wait()
                    writer.write(b"421 4.7.0 too many connections from you\r\n")
                    continue
            writer.write(b"354 go\r\n" if is_content else b"250 ok\r\n")

    async with bare(serve) as this, asyncio.timeout(10):
        first, other = (asyncio.create_task(this.submit(mail(number))) for number in (1, 2))
        done, (late,) = await asyncio.wait({first, other}, return_when=asyncio.FIRST_COMPLETED)
        is_sent.set()
        assert (await late).outcome is Outcome.ACCEPTED
        assert [task.result().outcome for task in done] == [Outcome.ACCEPTED]
        assert hellos == 2


async def test_the_only_connection_that_fails_is_told() -> None:
    """Where there is no other, what keeps it from being made is the outcome of each."""
    async with SmtpServer() as server, gate(server) as this:
        server.answer("EHLO", "421 4.3.2 shutting down", times=9)
        replies = await asyncio.gather(*(this.submit(mail(number)) for number in range(2)))
        assert {reply.outcome for reply in replies} == {Outcome.DEFERRED}
        assert this._pool._made == 0


async def test_a_cancelled_mail_frees_its_place() -> None:
    async with SmtpServer() as server, gate(server) as this:
        waits = asyncio.Event()

        async def wait(_: object) -> None:
            await waits.wait()

        server.deliver = wait
        cut_off = [asyncio.create_task(this.submit(mail(number))) for number in (1, 2)]
        await until(lambda: len(server.received) == 2)
        for task in cut_off:
            task.cancel()
        await asyncio.gather(*cut_off, return_exceptions=True)
        server.deliver = None
        waits.set()
        assert (await this.submit(mail(3))).outcome is Outcome.ACCEPTED


async def test_a_mail_that_is_cancelled_as_a_connection_wakes_frees_its_place() -> None:
    """At the one moment at which the connection is neither idle nor in use."""
    async with SmtpServer() as server, gate(server) as this:
        assert (await this.submit(mail(1))).outcome is Outcome.ACCEPTED
        cut_off = asyncio.create_task(this.submit(mail(2)))
        await asyncio.sleep(0)  # it is woken
        assert not this._pool._idle
        cut_off.cancel()
        await asyncio.gather(cut_off, return_exceptions=True)
        assert this._pool._made == 0
        await until(lambda: server.open_connections == 0)
        assert (await this.submit(mail(3))).outcome is Outcome.ACCEPTED


# --- what is said at once


def group_server(replies: list[bytes], heard: bytearray) -> Serve:
    """It answers MAIL, RCPT and DATA when it has heard all three, and then takes a mail up to its dot."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        await reader.readline()
        writer.write(b"250-hello\r\n250-PIPELINING\r\n250 SIZE\r\n")
        while True:
            line = b""
            while line != b"DATA\r\n":
                line = await reader.readline()
                heard.extend(line)
                if not line or line == b"QUIT\r\n":
                    return
            writer.write(b"".join(replies))
            content = b""
            while not content.endswith(b"\r\n.\r\n"):
                if not (octets := await reader.read(65536)):
                    return
                heard.extend(octets)
                content += octets
            await asyncio.sleep(0.05)  # what comes before the answer has been said too early
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    heard.extend(await reader.read(1))
            writer.write(b"250 2.0.0 ok\r\n")

    return serve


async def test_the_envelope_goes_in_one_piece() -> None:
    """Where PIPELINING is offered; the content waits for 354, and the next mail for the answer to the dot."""
    heard = bytearray()
    async with bare(group_server([b"250 1\r\n250-2\r\n250 2\r\n354 3\r\n"], heard)) as this:
        async with asyncio.timeout(10):
            replies = [*await asyncio.gather(this.submit(mail(1)), this.submit(mail(2)))]
            replies.append(await this.submit(mail(3)))
    assert [reply.outcome for reply in replies] == [Outcome.ACCEPTED] * 3
    assert bytes(heard).count(b"MAIL FROM") == 3


@pytest.mark.parametrize(
    ("replies", "outcome", "code", "said"),
    [
        ("250 a|550 5.1.1 no such user|554 5.5.1 no valid recipients", Outcome.REFUSED, 550, "5.1.1"),
        ("250 a|550 5.1.1 no such user|354 go on", Outcome.REFUSED, 550, "5.1.1"),
        ("553 5.7.1 not you|503 MAIL first|503 RCPT first", Outcome.MISCONFIGURED, 553, "5.7.1"),
        ("250 a|450 4.2.0 greylisted|354 go on", Outcome.DEFERRED, 450, "4.2.0"),
        ("250 a|250 b|451 4.3.0 not now", Outcome.DEFERRED, 451, "4.3.0"),
    ],
)
async def test_each_reply_is_its_commands(replies: str, outcome: Outcome, code: int, said: str) -> None:
    """What counts is the first no; a server that wants the content all the same gets none, and no dot."""
    heard = bytearray()
    async with bare(group_server([f"{line}\r\n".encode() for line in replies.split("|")], heard)) as this:
        async with asyncio.timeout(10):
            reply = await this.submit(mail())
    assert (reply.outcome, reply.code) == (outcome, code)
    assert reply.text.startswith(said)
    assert b"Subject" not in heard
    assert b"\r\n.\r\n" not in heard
    assert (b"QUIT" in heard) == ("354" not in replies), "after 354 even QUIT would be content"


async def test_a_server_that_closes_after_its_no_has_said_it() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        await reader.readline()
        writer.write(b"250-hello\r\n250 PIPELINING\r\n")
        while await reader.readline() != b"DATA\r\n":
            pass
        writer.write(b"250 ok\r\n550 5.1.1 no such user\r\n")

    async with bare(serve) as this:
        reply = await this.submit(mail())
    assert (reply.outcome, reply.code) == (Outcome.REFUSED, 550)


def clumsy_server(breaks: str, heard: list[bytes]) -> Serve:
    """It offers PIPELINING; if commands come along with MAIL, it breaks at that."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        is_content = False
        while octets := await reader.read(65536):
            heard.append(octets)
            lines = octets.splitlines(keepends=True)
            if is_content:
                is_content = not octets.endswith(b"\r\n.\r\n")
                writer.write(b"" if is_content else b"250 2.0.0 ok\r\n")
            elif lines[0].startswith((b"EHLO", b"QUIT")):
                writer.write(b"250-hello\r\n250 PIPELINING\r\n")
            elif len(lines) > 1:
                # Of the rest some hear nothing; others say what they think of it, or answer too often.
                said = "250 ok\r\n" if breaks == "throws away" else breaks
                writer.write(said.removesuffix("and closes").encode())
                if breaks.endswith("and closes"):
                    return
            else:
                is_content = lines == [b"DATA\r\n"]
                writer.write(b"354 go on\r\n" if is_content else b"250 ok\r\n")

    return serve


@pytest.mark.parametrize(
    "breaks",
    [
        "and closes",
        "throws away",
        "554 SMTP synchronization error\r\nand closes",
        "250 ok\r\n503 5.5.1 Error: need RCPT command\r\n503 5.5.1\r\n",
        "503 5.5.0 improper command pipelining\r\n" * 3,
        "250 a\r\n250 b\r\n250 c\r\n354 go on\r\n",
        "what?\r\n",
    ],
)
async def test_a_server_that_offers_pipelining_and_breaks_at_it(
    breaks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same mail goes at once, command by command, and so do all that follow."""
    if breaks == "throws away":
        monkeypatch.setattr(session, "COMMAND_TIMEOUT_S", 1.0)
    heard: list[bytes] = []
    async with bare(clumsy_server(breaks, heard)) as this:
        for number in (1, 2):
            assert (await this.submit(mail(number))).outcome is Outcome.ACCEPTED
        this._pool._end_all()
        assert (await this.submit(mail(3))).outcome is Outcome.ACCEPTED
    said = b"".join(heard)
    assert [said.count(f"Subject: {number}\r\n".encode()) for number in (1, 2, 3)] == [1, 1, 1]
    assert sum(octets.startswith(b"MAIL") and b"DATA" in octets for octets in heard) == 1
    assert said.count(b"EHLO") == 3


async def test_a_connection_that_is_lost_says_nothing_about_pipelining() -> None:
    """What fails in turn, too, is no reason to do without."""
    async with SmtpServer(security="none", pipelines=True) as server, gate(server) as this:
        server.answer("RCPT", DROP, times=2)
        assert (await this.submit(mail(1))).outcome is Outcome.DEFERRED
        assert server.connections == 2
        server.in_clear.clear()
        assert (await this.submit(mail(2))).outcome is Outcome.ACCEPTED
        assert [each.message_id for each in server.received] == [mail(2).message_id]
        assert not this._says_in_turn
