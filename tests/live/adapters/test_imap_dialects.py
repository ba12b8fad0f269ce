"""The MailSource against servers that refuse, delay and garble: none of it is a bug, and little an outage."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from delegator.adapters.imap.source import ImapSource
from delegator.adapters.lanes import HostLanes
from delegator.ports import Declined, Refused, Unavailable
from tests.servers.imap import PASSWORD, USERNAME, ImapServer

pytestmark = pytest.mark.torture("dialects and refusals of mail servers")

MAIL = b"From: a@client.example\r\nSubject: offer\r\nMessage-ID: <1@client.example>\r\n\r\nHello\r\n"


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as threads:
        yield threads


@pytest.fixture
async def source_of(pool: ThreadPoolExecutor) -> AsyncIterator[Callable[..., ImapSource]]:
    sources: list[ImapSource] = []

    def build(server: ImapServer, **changes: Any) -> ImapSource:
        arguments: dict[str, Any] = {
            "host": server.host,
            "port": server.port,
            "security": "none",
            "ssl_context": None,
            "username": USERNAME,
            "password": PASSWORD,
            "lanes": HostLanes(pool, pool, pool),
        }
        sources.append(ImapSource(**arguments | changes))
        return sources[-1]

    yield build
    for source in sources:
        await source.close()


SourceOf = Callable[..., ImapSource]


# --- a missing body is no proof of absence


@pytest.mark.parametrize("how", ["absent", "nil"])
async def test_a_body_that_is_not_given_is_a_mail_that_is_there(source_of: SourceOf, how: Any) -> None:
    """Exchange says OK without data, Gmail BODY[]<0> NIL: the mail is there, and has no octets."""
    async with ImapServer(bodies={2: how}) as server:
        for _ in range(3):
            server.deliver(MAIL)
        source = source_of(server)
        await source.connect()
        await source.open("INBOX")
        fetched = await source.fetch([1, 2, 3, 4], 1000)
        assert {mail.uid: mail.octets for mail in fetched} == {1: MAIL, 2: b"", 3: MAIL}
        assert await source.fetch_whole(2, 1000) == b"", "there, and not to be had"
        assert await source.fetch_whole(4, 1000) is None, "gone"
        server.bodies.clear()
        assert await source.fetch_whole(2, 1000) == MAIL


@pytest.mark.parametrize("how", ["absent", "nil"])
async def test_a_body_that_ends_in_the_middle_is_not_forwarded_in_part(source_of: SourceOf, how: Any) -> None:
    """The first megabyte comes, the second does not: a part of a mail is not the mail."""
    async with ImapServer() as server:
        server.deliver(MAIL + b"x" * 3_000_000)
        source = source_of(server)
        await source.connect()
        await source.open("INBOX")
        fetching = asyncio.create_task(source.fetch_whole(1, 10_000_000))
        while len(server.named("UID FETCH")) < 1:
            await asyncio.sleep(0)
        server.delays_s["UID FETCH"] = 0.05
        while len(server.named("UID FETCH")) < 2:
            await asyncio.sleep(0)
        server.bodies[1] = how
        assert await fetching == b""


# --- what is optional


@pytest.mark.parametrize("answer", ["NO not allowed", "BAD what is that"])
async def test_namespace_refused(source_of: SourceOf, answer: str) -> None:
    """The separator comes from LIST then."""
    async with ImapServer(refusals={"NAMESPACE": answer}) as server:
        facts = await source_of(server).connect()
    assert (facts.prefix, facts.delimiter) == ("", "/")


async def test_subscribe_refused(source_of: SourceOf) -> None:
    """The folder is there all the same."""
    async with ImapServer(refusals={"SUBSCRIBE": "NO not allowed"}) as server:
        source = source_of(server)
        await source.connect()
        await source.create("Delegator")
        assert "Delegator" in server.boxes


@pytest.mark.parametrize("name", ["CREATE", "APPEND", "UID MOVE", "UID STORE"])
async def test_a_no_ends_no_connection(source_of: SourceOf, name: str) -> None:
    """The refusal is of that command, and the next one is answered over the same connection."""
    async with ImapServer(refusals={name: "NO [NOPERM] not allowed"}) as server:
        server.deliver(MAIL)
        source = source_of(server)
        await source.connect()
        await source.open("INBOX")
        asks = {
            "CREATE": lambda: source.create("Delegator"),
            "APPEND": lambda: source.append("Sent", MAIL, seen=True),
            "UID MOVE": lambda: source.move([1], "Sent"),
            "UID STORE": lambda: source.add_keyword([1], "$Forwarded"),
        }
        with pytest.raises(Declined, match="not allowed"):
            await asks[name]()
        assert await source.uids() == [1]
        assert server.connections == 1


# --- logging in


@pytest.mark.parametrize("answer", ["NO AUTHENTICATE PLAIN is not supported", "BAD no", "NO refused"])
async def test_login_where_authenticate_is_refused(source_of: SourceOf, answer: str) -> None:
    """The second attempt of a session is by LOGIN, and so is the first of the next."""
    async with ImapServer(refusals={"AUTHENTICATE": answer}) as server:
        source = source_of(server)
        await source.connect()
        await source.connect()
        logins = [command for command in server.commands if command in ("LOGIN", "AUTHENTICATE")]
        assert logins == ["AUTHENTICATE", "LOGIN", "LOGIN"]


async def test_a_wrong_password_is_tried_once(source_of: SourceOf) -> None:
    """Twice at every attempt would lock the account."""
    async with ImapServer() as server:
        with pytest.raises(Refused, match="check the user name"):
            await source_of(server, password="wrong").connect()
        assert len(server.named("AUTHENTICATE") + server.named("LOGIN")) == 1


@pytest.mark.parametrize(
    "said",
    [
        "[UNAVAILABLE] Temporary authentication failure.",
        "[UNAVAILABLE] Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)",
        "Maximum number of connections from user+IP exceeded",
        "[LIMIT] LOGIN rate limit hit",
        "[OVERQUOTA] Account exceeded command or bandwidth limits",
        "Account exceeded bandwidth limits",
        "[SERVERBUG] Internal error occurred. Refer to server log for more information.",
        "[INUSE] too many sessions",
        "[ALERT] Too many simultaneous connections. (Failure)",
        "Server Unavailable. 15",
    ],
)
async def test_no_login_now_is_an_outage(source_of: SourceOf, said: str) -> None:
    """It will take the same password later: nobody has to correct it, and nothing else is tried."""
    async with ImapServer(refusals={"AUTHENTICATE": f"NO {said}"}) as server:
        with pytest.raises(Unavailable, match="takes no login now") as caught:
            await source_of(server).connect()
        assert not isinstance(caught.value, Refused)
        assert server.named("LOGIN") == []


async def test_a_bye_before_the_login_is_an_outage(source_of: SourceOf) -> None:
    """Servers with too many connections say so in their greeting."""

    async def bye(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* BYE [ALERT] Too many connections\r\n")
        writer.close()

    server = await asyncio.start_server(bye, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Unavailable, match="Too many") as caught:
            await source_of(ImapServer(port=port)).connect()
    assert not isinstance(caught.value, Refused)


async def test_a_server_that_wants_to_know_who_we_are(source_of: SourceOf) -> None:
    """NetEase (163, 126) opens no mailbox before ID."""
    async with ImapServer(capabilities="IMAP4rev1 AUTH=PLAIN ID", wants_id=True) as server:
        source = source_of(server)
        await source.connect()
        assert await source.open("INBOX")


async def test_a_server_that_likes_no_id(source_of: SourceOf) -> None:
    """What is optional is not asked for again."""
    async with ImapServer(capabilities="IMAP4rev1 AUTH=PLAIN ID", refusals={"ID": "BAD no"}) as server:
        source = source_of(server)
        await source.connect()
        await source.connect()
        assert len(server.named("ID")) == 1


# --- time


async def test_a_greeting_that_drips_holds_no_thread(source_of: SourceOf) -> None:
    """An octet now and then is no answer: connecting ends, and its thread with it."""
    async with ImapServer(drips=0.02) as server:
        before = time.monotonic()
        with pytest.raises(Unavailable, match="no answer in time"):
            await source_of(server, connect_timeout_s=0.1, begin_timeout_s=0.4, read_timeout_s=90).connect()
        assert time.monotonic() - before < 30
        source = source_of(server, connect_timeout_s=0.1, begin_timeout_s=0.2, read_timeout_s=60)
        for _ in range(4):  # the pool has two threads
            with pytest.raises(Unavailable, match="no answer in time"):
                await source.connect()
        async with asyncio.timeout(20):
            while server.open_connections:
                await asyncio.sleep(0.01)


async def test_cancelling_ends_a_connection_in_the_making(source_of: SourceOf) -> None:
    """Stopping waits for no server: the thread is free at once."""
    with ThreadPoolExecutor(1) as thread:
        async with ImapServer(delays_s={"GREETING": 30}) as server:
            connecting = asyncio.create_task(
                source_of(server, lanes=HostLanes(thread, thread, thread)).connect()
            )
            while not server.open_connections:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.05)
            connecting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await connecting
            async with asyncio.timeout(20):
                await asyncio.wrap_future(thread.submit(lambda: None))


def test_a_select_may_take_seventy_seconds(pool: ThreadPoolExecutor) -> None:
    """As long as the peer lives, an answer may take minutes; that the peer is dead shows in two."""
    source = ImapSource("localhost", 1, "none", None, "", "", HostLanes(pool, pool, pool))
    assert source._read_timeout_s >= 120
    assert source._command_timeout_s >= source._read_timeout_s


async def test_sessions_that_end_while_they_idle(source_of: SourceOf) -> None:
    """After the third BYE in a row nobody idles there any more: it is asked instead, and that works."""
    async with ImapServer(ends_in_idle=True) as server:
        source = source_of(server, poll_interval_s=0.05)
        for _ in range(3):
            assert not (await source.connect()).is_cut_in_idle
            await source.open("INBOX")
            await source.uids()
            with pytest.raises(Unavailable):
                await source.wait(10, asyncio.Event())
        facts = await source.connect()
        assert facts.is_cut_in_idle
        assert not facts.can_idle
        await source.open("INBOX")
        await source.uids()
        assert await source.wait(0.2, asyncio.Event()) is False
        assert len(server.named("IDLE")) == 3


@pytest.mark.parametrize("refusal", ["BAD what is STATUS?", "NO not now", "OK done"])
async def test_where_nothing_is_told_of_other_mailboxes_they_are_looked_at(
    source_of: SourceOf, refusal: str
) -> None:
    """Each time, as if there were news: whoever waits opens them then. The session goes on."""
    async with ImapServer() as server:
        source = source_of(server)
        await source.connect()
        for mailbox in ("Sent", "INBOX"):
            await source.open(mailbox)
            await source.uids()
        assert await source.wait(0.01, asyncio.Event(), ("Sent",)) is False
        server.refusals["STATUS"] = refusal
        assert await source.wait(0.01, asyncio.Event(), ("Sent",)) is True
        assert await source.uids() == []
        server.refusals.clear()
        assert await source.wait(0.01, asyncio.Event(), ("Sent",)) is False
        assert server.connections == 1


async def test_a_refused_list_status_gives_way_to_status(source_of: SourceOf) -> None:
    """It is announced, and not understood; asked once, and that time the mailboxes are looked at."""
    async with ImapServer(capabilities="IMAP4rev1 AUTH=PLAIN IDLE MOVE LIST-STATUS") as server:
        source = source_of(server)
        await source.connect()
        server.refusals["LIST"] = "BAD what?"
        for mailbox in ("Sent", "INBOX"):
            await source.open(mailbox)
            await source.uids()
        before = len(server.named("LIST"))
        hints = [await source.wait(0.01, asyncio.Event(), ("Sent",)) for _ in range(3)]
        assert hints == [True, False, False]
        assert len(server.named("LIST")) == before + 1
        assert len(server.named("STATUS")) == 2


async def test_a_server_that_passes_over_what_follows_done_is_asked_word_by_word(source_of: SourceOf) -> None:
    """It costs one connection, and then never again."""
    async with ImapServer(passes_over_after_done=True) as server:
        source = source_of(server, read_timeout_s=2)
        for connections in (1, 2):
            await source.connect()
            for mailbox in ("Sent", "INBOX"):
                await source.open(mailbox)
                await source.uids()
            if connections == 1:
                with pytest.raises(Unavailable, match="no answer in time"):
                    await source.wait(0.01, asyncio.Event(), ("Sent",))
        for _ in range(3):
            assert await source.wait(0.01, asyncio.Event(), ("Sent",)) is False
        server.deliver(b"Subject: x\r\n\r\n", "Sent")
        assert await source.wait(0.01, asyncio.Event(), ("Sent",)) is True
        assert server.connections == 2


async def test_one_that_took_all_at_once_is_asked_so_after_an_outage(source_of: SourceOf) -> None:
    """That a connection was lost says nothing of it."""
    async with ImapServer() as server:
        source = source_of(server, read_timeout_s=2)
        for is_silent in (False, True, False):
            await source.connect()
            for mailbox in ("Sent", "INBOX"):
                await source.open(mailbox)
                await source.uids()
            server.delays_s["STATUS"] = 60 if is_silent else 0
            if is_silent:
                with pytest.raises(Unavailable, match="no answer in time"):
                    await source.wait(0.01, asyncio.Event(), ("Sent",))
            else:
                assert await source.wait(0.01, asyncio.Event(), ("Sent",)) is False
        server.passes_over_after_done = True  # from the next IDLE on
        assert await source.wait(0.01, asyncio.Event(), ("Sent",)) is False
        with pytest.raises(Unavailable, match="no answer in time"):
            await source.wait(0.01, asyncio.Event(), ("Sent",))
        await source.connect()
        await source.open("INBOX")
        with pytest.raises(Unavailable, match="no answer in time"):
            await source.wait(0.01, asyncio.Event(), ("Sent",))
        await source.connect()  # twice in a row is enough: behind the same name there may be another server
        await source.open("INBOX")
        assert await source.wait(0.01, asyncio.Event(), ("Sent",)) is False


async def test_a_new_ca_file_is_seen_without_a_restart(
    source_of: SourceOf, tmp_path: Any, pool: ThreadPoolExecutor
) -> None:
    """The file is read again when it changed, and only then."""
    import trustme

    from delegator.adapters.certificate import Trust

    file = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(file))
    trust = Trust(file)
    first = trust()
    assert trust() is first
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(file))
    assert trust() is not first
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server_context)

    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* BYE seen\r\n")
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0, ssl=server_context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        source = ImapSource("localhost", port, "tls", trust, "", "", HostLanes(pool, pool, pool))
        with pytest.raises(Unavailable, match="seen"):
            await source.connect()
    file.write_text("nothing")
    with pytest.raises(Refused, match="name a PEM file"):
        await source.connect()
