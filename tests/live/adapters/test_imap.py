"""The MailSource against a real Dovecot, over TLS, and through a proxy that breaks what it is told to.

All in one file, as the source is one class: the same fixtures, one server, one misbehaviour a test.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from delegator.adapters.imap import commands
from delegator.adapters.imap.source import ImapSource
from delegator.adapters.lanes import HostLanes
from delegator.ports import Declined, Refused, Unavailable
from tests.servers.dovecot import Account, Dovecot, Options
from tests.servers.proxy import Proxy

pytestmark = pytest.mark.dovecot

MAIL = b"From: a@client.example\r\nSubject: offer\r\nMessage-ID: <1@client.example>\r\n\r\nHello\r\n"


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as threads:
        yield threads


@pytest.fixture
async def source_of(pool: ThreadPoolExecutor) -> AsyncIterator[Callable[..., ImapSource]]:
    """A source for an account, not connected yet; through a proxy if one is given, then in plain text."""
    sources: list[ImapSource] = []

    def build(account: Account, proxy: Proxy | None = None, **changes: Any) -> ImapSource:
        arguments: dict[str, Any] = {
            "host": account.host,
            "port": proxy.port if proxy else account.port,
            "security": "none" if proxy else "tls",
            "ssl_context": account.ssl_context(),
            "username": account.username,
            "password": account.password,
            "lanes": HostLanes(pool, pool, pool),
            "connect_timeout_s": 5,
            "read_timeout_s": 5,
        }
        sources.append(ImapSource(**arguments | changes))
        return sources[-1]

    yield build
    for source in sources:
        await source.close()


@pytest.fixture
async def source(dovecot: Account, source_of: Callable[..., ImapSource]) -> ImapSource:
    """Connected to the usual Dovecot, with INBOX open."""
    source = source_of(dovecot)
    await source.connect()
    await source.open("INBOX")
    return source


@pytest.fixture
async def proxied(dovecot: Account, proxy: Proxy, source_of: Callable[..., ImapSource]) -> ImapSource:
    """Connected through the proxy, with INBOX open."""
    source = source_of(dovecot, proxy)
    await source.connect()
    await source.open("INBOX")
    return source


def never() -> asyncio.Event:
    return asyncio.Event()


async def idling(proxy: Proxy, source: ImapSource, timeout_s: float = 10) -> asyncio.Task[bool]:
    """A wait that has come to where the server says that it idles."""
    proxy.to_client.hold_at(rb"\+ idling\r\n")
    waiting = asyncio.create_task(source.wait(timeout_s, never()))
    await proxy.to_client.held.wait()
    proxy.to_client.release()
    return waiting


# --- what a server can do, and its mailboxes


async def test_facts(dovecot: Account, source_of: Callable[..., ImapSource]) -> None:
    """A connection tells what the server can do and how it names mailboxes."""
    facts = await source_of(dovecot).connect()
    assert (facts.can_idle, facts.can_move, facts.delimiter, facts.prefix) == (True, True, "/", "")


async def test_special_use(source: ImapSource) -> None:
    """The mailbox marked \\Sent is known by its attribute, not by its name."""
    mailboxes = await source.list_mailboxes()
    assert mailboxes["Sent"] >= {r"\Sent"}
    assert mailboxes["Junk"] >= {r"\Junk"}
    assert "INBOX" in mailboxes


@pytest.mark.parametrize(
    "options", [Options(), Options(separator=".", prefix="INBOX.")], ids=["plain", "INBOX."]
)
@pytest.mark.parametrize(
    "mailbox", ["Delegator/Done", "Délégué/Réunions & café", "日本/語", 'Say "no" \\ 100%']
)
async def test_names(
    new_account: Callable[[Options], Account],
    source_of: Callable[..., ImapSource],
    options: Options,
    mailbox: str,
) -> None:
    """A logical name is the same mailbox everywhere, whatever the server's separator and namespace."""
    account = new_account(options)
    account.deliver(MAIL)
    source = source_of(account)
    await source.connect()
    await source.create(mailbox)
    await source.create(mailbox)
    assert mailbox in await source.list_mailboxes()
    assert await source.open("inbox")
    await source.move(await source.uids(), mailbox)
    opened = await source.open(mailbox)
    assert opened is not None
    assert opened.mailbox == mailbox
    assert len(await source.uids()) == 1


async def test_prefix(
    new_account: Callable[[Options], Account], source_of: Callable[..., ImapSource]
) -> None:
    """Under a personal namespace the server's own names have its prefix and its separator."""
    account = new_account(Options(separator=".", prefix="INBOX."))
    source = source_of(account)
    facts = await source.connect()
    await source.create("Delegator/Done")
    assert (facts.delimiter, facts.prefix) == (".", "INBOX.")
    assert "INBOX.Delegator.Done" in account.mailboxes()


async def test_no_such_mailbox(source: ImapSource) -> None:
    """A mailbox that does not exist is None, not an error."""
    assert await source.open("Nowhere") is None


@pytest.mark.parametrize("name", ["", "Done\r\nA1 LOGOUT", "Done\0"])
async def test_impossible_names(source: ImapSource, name: str) -> None:
    """A name with a line break never reaches the server."""
    with pytest.raises(Refused, match="no mailbox can be named"):
        await source.open(name)


async def test_read_only(source: ImapSource, dovecot: Account) -> None:
    """A mailbox opened for reading is not changed, though the server would do it."""
    dovecot.deliver(MAIL)
    await source.open("INBOX", read_only=True)
    assert [fetched.octets for fetched in await source.fetch(await source.uids(), 1000)] == [MAIL]
    for change in (source.move([1], "Trash"), source.add_keyword([1], "$Forwarded"), source.delete([1])):
        with pytest.raises(Refused, match="no mailbox is open for writing"):
            await change
    assert dovecot.messages() == [(1, frozenset(), MAIL)]


# --- which messages


async def test_uids_above(source: ImapSource, dovecot: Account) -> None:
    """Above the last UID there is nothing, though IMAP's "n:*" gives the last message."""
    for _ in range(3):
        dovecot.deliver(MAIL)
    assert await source.uids() == [1, 2, 3]
    assert await source.uids(above=1) == [2, 3]
    assert await source.uids(above=3) == []


async def test_uids_since(source: ImapSource, dovecot: Account) -> None:
    """Messages are found by the day they arrived."""
    dovecot.deliver(MAIL, arrived_at=datetime(2026, 7, 1, 12, tzinfo=UTC))
    dovecot.deliver(MAIL, arrived_at=datetime(2026, 7, 20, 12, tzinfo=UTC))
    assert await source.uids(since=date(2026, 7, 10)) == [2]
    assert await source.uids(since=date(2026, 7, 10), above=2) == []


async def test_huge_search_answer(proxied: ImapSource, proxy: Proxy, dovecot: Account) -> None:
    """A mailbox of 200,000 messages is listed, though its line is longer than imaplib allows."""
    dovecot.deliver(MAIL)
    uids = range(1, 200_001)
    proxy.to_client.replace.append(
        (rb"\* SEARCH 1\r\n", b"* SEARCH %s\r\n" % " ".join(map(str, uids)).encode())
    )
    assert await proxied.uids() == list(uids)


@pytest.mark.parametrize("value", ['<a(b%*{3}"c\\d]@x.example>', "<é@x.example>", "<a b@x.example>"])
async def test_search_header(source: ImapSource, dovecot: Account, value: str) -> None:
    """A message is found by any text in a header field, special characters and all."""
    dovecot.deliver(f"Message-ID: {value}\r\n\r\n".encode())
    dovecot.deliver(MAIL)
    assert await source.search_header("Message-ID", value) == [1]
    assert await source.search_header("Message-ID", value + "\r\nA1 LOGOUT") == []


# --- messages


async def test_fetch(source: ImapSource, dovecot: Account) -> None:
    """A fetched message has its first octets, its whole size, and its arrival in UTC."""
    arrived_at = datetime.fromisoformat("2026-07-01T23:30:00+02:00")
    uid = dovecot.deliver(MAIL, arrived_at=arrived_at, flags=[r"\Flagged"])
    [fetched] = await source.fetch([uid], 10)
    assert fetched.octets == MAIL[:10]
    assert fetched.size_octets == len(MAIL)
    assert fetched.arrived_at == arrived_at
    assert fetched.arrived_at.utcoffset() == UTC.utcoffset(None)
    assert r"\Flagged" in fetched.flags


async def test_fetch_in_batches(source: ImapSource, dovecot: Account) -> None:
    """More messages than one batch come complete and in order."""
    bodies = [b"Subject: %d\r\n\r\n" % number for number in range(120)]
    uids = [dovecot.deliver(body) for body in bodies]
    assert [fetched.octets for fetched in await source.fetch(uids, 1000)] == bodies


async def test_seen_is_never_set(source: ImapSource, dovecot: Account) -> None:
    """Whatever is read, searched or moved stays unread."""
    dovecot.deliver(MAIL)
    await source.fetch([1], 1000)
    await source.fetch_whole(1, 1000)
    await source.search_header("Subject", "offer")
    assert dovecot.messages() == [(1, frozenset(), MAIL)]
    await source.move([1], "Delegator/Done")
    assert dovecot.messages("Delegator/Done") == [(1, frozenset(), MAIL)]


async def test_fetch_races_an_expunge(source: ImapSource, dovecot: Account) -> None:
    """A message that goes between the search and the fetch is left out; its neighbours are not."""
    for _ in range(3):
        dovecot.deliver(MAIL)
    assert await source.uids() == [1, 2, 3]
    dovecot.expunge(2)
    assert [fetched.uid for fetched in await source.fetch([1, 2, 3], 1000)] == [1, 3]
    assert await source.fetch_whole(2, 1000) is None


async def test_large_message(source: ImapSource, dovecot: Account) -> None:
    """Twenty megabytes arrive octet for octet, and no more than the limit of them."""
    large = MAIL + (b"0123456789" * 7 + b"\r\n") * 280_000
    uid = dovecot.deliver(large)
    assert await source.fetch_whole(uid, 64_000_000) == large
    assert await source.fetch_whole(uid, 3_000_000) == large[:3_000_000]


async def test_unreadable_message(source: ImapSource, dovecot: Account) -> None:
    """A message that the server cannot read, and ends the session over, does not hide the others."""
    arrived_at = datetime(2026, 7, 1, 12, tzinfo=UTC)
    mails = [MAIL + b"%d\r\n" % number for number in (1, 2, 3)]
    for octets in mails:
        dovecot.deliver(octets, arrived_at=arrived_at)
    files = (dovecot.server.base / "users" / dovecot.username / "Maildir").glob("[nc]*/*S=*")
    # Not by their order: a Maildir's names end in microseconds without zeros in front.
    (second,) = [file for file in files if file.read_bytes().split()[-1] == b"2"]
    second.chmod(0)
    fetched = await source.fetch([1, 2, 3], 1000)
    assert [(message.uid, message.octets) for message in fetched] == [(1, mails[0]), (2, b""), (3, mails[2])]
    assert fetched[1].arrived_at == arrived_at
    assert await source.fetch_whole(2, 1000) == b""


async def test_what_came_before_it_was_opened_anew_is_not_seen(source: ImapSource, dovecot: Account) -> None:
    """Over a mail that ends the session: the search was over the connection before, and did not find it."""
    dovecot.deliver(MAIL)
    files = (dovecot.server.base / "users" / dovecot.username / "Maildir").glob("[nc]*/*S=*")
    next(files).chmod(0)
    await source.open("Sent", read_only=True)
    await source.open("INBOX", read_only=True)
    before = source.seen(["INBOX"])
    assert await source.uids() == [1]
    dovecot.deliver(MAIL)
    assert [fetched.octets for fetched in await source.fetch([1], 1000)] == [b""]
    assert source.seen(["INBOX"]) == before
    assert not await source.is_as(before)


async def test_odd_answer(proxied: ImapSource, proxy: Proxy, dovecot: Account) -> None:
    """An answer that is no IMAP costs that batch another try, not the messages in it."""
    for _ in range(2):
        dovecot.deliver(MAIL)
    await proxied.uids()
    proxy.to_client.replace.append((rb"\* 2 FETCH \(UID 2 ", b"* 2 FETCH (UID x "))
    assert [fetched.octets for fetched in await proxied.fetch([1, 2], 1000)] == [MAIL, MAIL]


async def test_refused_fetch(proxied: ImapSource, proxy: Proxy, dovecot: Account) -> None:
    """A message that the server says NO to is there, without octets."""
    dovecot.deliver(MAIL)
    await proxied.uids()
    proxy.to_server.replace.append((rb"BODY.PEEK\[\]<0.1000>", b"BODY.PEEK[no such part]<0.1000>"))
    [fetched] = await proxied.fetch([1], 1000)
    assert (fetched.uid, fetched.octets) == (1, b"")
    assert fetched.arrived_at is not None


async def test_unasked_answer(proxied: ImapSource, proxy: Proxy, dovecot: Account) -> None:
    """What the server says unasked of the fifth message is not taken for UID 5."""
    dovecot.deliver(MAIL)
    await proxied.uids()
    proxy.to_client.replace.append(
        (rb"\* 1 FETCH \(UID 1 ", b"* 1 FETCH (FLAGS (\\Seen))\r\n* 1 FETCH (UID 1 ")
    )
    [fetched] = await proxied.fetch([1], 1000)
    assert r"\Seen" not in fetched.flags


async def test_impossible_date(proxied: ImapSource, proxy: Proxy, dovecot: Account) -> None:
    """An arrival that is no moment is None."""
    dovecot.deliver(MAIL)
    await proxied.uids()
    proxy.to_client.replace.append((rb'INTERNALDATE "[^"]*"', b'INTERNALDATE "99-Foo-0000 00:00:00 +9999"'))
    [fetched] = await proxied.fetch([1], 1000)
    assert fetched.arrived_at is None


async def test_a_server_that_tells_no_size_tells_the_arrival(
    proxied: ImapSource, proxy: Proxy, dovecot: Account
) -> None:
    """Some have to read a mail to know its size, and refuse where they cannot; the order of arrival stays."""
    dovecot.deliver(MAIL)
    await proxied.uids()
    [told] = await proxied.fetch([1], 0)
    [read] = await proxied.fetch([1], 100_000)
    assert (told.arrived_at, told.size_octets) == (read.arrived_at, len(read.octets))
    proxy.to_server.replace.append((rb"RFC822.SIZE\)\r\n", b"NO.SUCH.ITEM)\r\n"))
    [told] = await proxied.fetch([1], 0)
    assert (told.arrived_at, told.size_octets) == (read.arrived_at, 0)


# --- changes


async def test_move(new_account: Callable[[Options], Account], source_of: Callable[..., ImapSource]) -> None:
    """Messages are moved by MOVE and by nothing else, into a mailbox that is made if need be."""
    account = new_account(Options(command_log=True))
    for _ in range(4):
        account.deliver(MAIL)
    source = source_of(account)
    await source.connect()
    await source.open("INBOX")
    await source.move([1, 2, 4], "Delegator/Done")
    assert [uid for uid, _, _ in account.messages()] == [3]
    assert len(account.messages("Delegator/Done")) == 3
    await source.close()
    said = account.commands()
    assert "UID MOVE 1:2,4 " in said
    assert not any(word in said for word in ("COPY", "STORE", "EXPUNGE"))


async def test_move_of_vanished(source: ImapSource, dovecot: Account) -> None:
    """Moving what the owner has filed meanwhile is no error."""
    dovecot.deliver(MAIL)
    dovecot.deliver(MAIL)
    dovecot.expunge(1)
    await source.move([1, 2, 77], "Delegator/Done")
    await source.move([77], "Delegator/Done")
    assert len(dovecot.messages("Delegator/Done")) == 1


async def test_without_move(
    new_account: Callable[[Options], Account], source_of: Callable[..., ImapSource]
) -> None:
    """Where there is no MOVE, nothing is moved by other means."""
    account = new_account(Options(without=frozenset({"MOVE", "IDLE"})))
    account.deliver(MAIL)
    source = source_of(account)
    assert (await source.connect()).can_move is False
    await source.open("INBOX")
    with pytest.raises(Refused, match="has no MOVE"):
        await source.move([1], "Delegator/Done")
    assert len(account.messages()) == 1


async def test_many_moves(source: ImapSource, dovecot: Account) -> None:
    """More UIDs than fit in a command are moved in several."""
    for _ in range(3):
        dovecot.deliver(MAIL)
    await source.move([1, *range(3, 2000, 2)], "Delegator/Done")
    assert [uid for uid, _, _ in dovecot.messages()] == [2]


async def test_keyword(source: ImapSource, dovecot: Account) -> None:
    """A keyword is added, and nothing else changes."""
    dovecot.deliver(MAIL, flags=[r"\Flagged"])
    await source.add_keyword([1], "$Forwarded")
    assert dovecot.messages() == [(1, frozenset({r"\Flagged", "$Forwarded"}), MAIL)]


async def test_append_and_delete(source: ImapSource, dovecot: Account) -> None:
    """Our own marker is put in a mailbox as read, and only it is deleted again."""
    await source.append("Delegator", MAIL, seen=True)
    dovecot.deliver(MAIL, "Delegator", flags=[r"\Deleted"])
    assert dovecot.messages("Delegator")[0] == (1, frozenset({r"\Seen"}), MAIL)
    await source.open("Delegator")
    await source.delete([1])
    assert [uid for uid, _, _ in dovecot.messages("Delegator")] == [2]


async def test_full_mailbox(
    new_account: Callable[[Options], Account], source_of: Callable[..., ImapSource]
) -> None:
    """A full mailbox needs a person, who is told so; the connection goes on."""
    account = new_account(Options(quota_messages=1))
    account.deliver(MAIL)
    source = source_of(account)
    await source.connect()
    with pytest.raises(Declined, match="make room"):
        await source.append("Delegator", MAIL, seen=True)
    assert await source.open("INBOX")


# --- waiting


async def test_wait_for_arrival(source: ImapSource, dovecot: Account) -> None:
    """New mail ends a wait, over TLS."""
    waiting = asyncio.create_task(source.wait(10, never()))
    await asyncio.sleep(0)
    dovecot.deliver(MAIL)
    assert await waiting is True
    assert await source.uids() == [1]


async def test_wait_for_departure(source: ImapSource, dovecot: Account) -> None:
    """A message that the owner files ends a wait."""
    dovecot.deliver(MAIL)
    assert await source.uids() == [1]
    waiting = asyncio.create_task(source.wait(10, never()))
    await asyncio.sleep(0)
    dovecot.move(1, "Trash")
    assert await waiting is True


async def test_wait_is_woken(source: ImapSource) -> None:
    """The application's own event ends a wait at once, and is no hint; so does the time."""
    wake = asyncio.Event()
    waiting = asyncio.create_task(source.wait(60, wake))
    asyncio.get_running_loop().call_later(0.05, wake.set)
    began = time.monotonic()
    assert await waiting is False
    assert time.monotonic() - began < 30
    assert await source.wait(60, wake) is False
    assert await source.wait(0.01, never()) is False
    assert await source.uids() == []


WITHOUT_LIST_STATUS = Options(without=frozenset({"LIST-STATUS"}))


@pytest.mark.parametrize("options", [Options(), WITHOUT_LIST_STATUS], ids=["LIST-STATUS", "STATUS"])
async def test_what_happens_in_other_mailboxes_is_a_hint_when_time_is_up(
    options: Options, new_account: Callable[[Options], Account], source_of: Callable[..., ImapSource]
) -> None:
    """Mail that comes, goes or was never looked at; as long as nothing is opened again, it stays one."""
    account = new_account(options)
    names = ("Sent", "Klachten & co", "2026", "fehlt")
    source = source_of(account)
    await source.connect()
    for name in names[1:3]:
        await source.create(name)
    for name in names:
        await source.open(name, read_only=True)
    await source.open("INBOX")
    assert await source.wait(0.01, never(), names) is False
    await source.create("Archief")  # of which nobody asked
    assert await source.wait(0.01, never(), names) is False
    for name in names[:3]:
        account.deliver(MAIL, "Klachten &- co" if "&" in name else name)
        assert await source.wait(0.01, never(), names) is True
        assert await source.wait(0.01, never(), names) is True
        assert await source.wait(0.01, never(), ()) is False
        await source.open(name, read_only=True)
        await source.open("INBOX")
        assert await source.wait(0.01, never(), names) is False
    account.move(1, "Trash", "Sent")
    assert await source.wait(0.01, never(), names) is True
    await source.open("Sent", read_only=True)
    assert await source.wait(0.01, never(), names) is False
    account.create("fehlt")  # it was not there when it was last looked for
    assert await source.wait(0.01, never(), names) is True


async def test_one_command_asks_about_all_mailboxes(
    new_account: Callable[[Options], Account], source_of: Callable[..., ImapSource]
) -> None:
    """Where the server can (RFC 5819): none of them is opened for it."""
    account = new_account(Options(command_log=True))
    source = source_of(account)
    await source.connect()
    for name in ("Sent", "Junk", "INBOX"):
        await source.open(name)
    before = account.commands()
    assert await source.wait(0.01, never(), ("INBOX", "Sent", "Junk")) is False
    said = account.commands().removeprefix(before)
    assert re.findall(r" (IDLE|LIST|STATUS|SELECT|EXAMINE|NOOP)\b", said)[:2] == ["IDLE", "LIST"]
    assert "SELECT" not in said
    assert "EXAMINE" not in said


class CountingPool(ThreadPoolExecutor):
    turns = 0

    def submit(self, *args: Any, **kwargs: Any) -> Any:
        self.turns += 1
        return super().submit(*args, **kwargs)


async def test_opened_anew_a_mailbox_is_as_it_was_seen_or_not(source: ImapSource, dovecot: Account) -> None:
    """Whatever comes or goes is another; the one that was open stays so, and what came into it is a hint."""
    names = ("Sent", "Junk", "INBOX")
    assert not await source.is_as(source.seen(names)), "nobody has seen Junk"
    for name in names:
        await source.open(name, read_only=name != "INBOX")
    seen = source.seen(names)
    assert await source.is_as(seen)
    assert await source.uids() == []
    for name in names:
        dovecot.deliver(MAIL, name)
        assert not await source.is_as(seen)
        await source.open(name, read_only=name != "INBOX")
        await source.open("INBOX")
        assert not await source.is_as(seen), "it was opened since, but that is not how it was seen"
        await source.open("INBOX")
        seen = source.seen(names)
        assert await source.is_as(seen)
    dovecot.expunge(1, mailbox="Junk")
    assert not await source.is_as(seen)


async def test_a_slow_server_is_asked_for_each_mailbox_instead(
    proxied: ImapSource, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else one after the other would take longer than one command may, and the connection be given up."""
    monkeypatch.setattr("delegator.adapters.imap.commands.SEEN_WITHIN_S", 0.05)
    names = ("Sent", "INBOX")
    for name in names:
        await proxied.open(name)
    seen = proxied.seen(names)
    proxy.to_client.delay_s = 0.1
    assert not await proxied.is_as(seen)
    assert [await proxied.uids() for name in names if await proxied.open(name)] == [[], []]


@pytest.mark.parametrize("options", [Options(), WITHOUT_LIST_STATUS], ids=["LIST-STATUS", "STATUS"])
async def test_an_idle_account_takes_no_turn_of_the_pool(
    options: Options, new_account: Callable[[Options], Account], source_of: Callable[..., ImapSource]
) -> None:
    """The end of an IDLE, the question about other mailboxes and the next IDLE: the event loop does it."""
    account = new_account(replace(options, command_log=True))
    with CountingPool(2) as pool:
        source = source_of(account, lanes=HostLanes(pool, pool, pool))
        await source.connect()
        for name in ("Sent", "INBOX"):
            await source.open(name)
        names = ("INBOX", "Sent")
        assert await source.wait(0.01, never(), names) is False
        before, turns = account.commands(), pool.turns
        for _ in range(3):
            assert await source.wait(0.01, never(), names) is False
        assert pool.turns == turns
        said = account.commands().removeprefix(before)
        asked = ["STATUS"] * 2 if options.without else ["LIST"]
        assert re.findall(r"\b(DONE|IDLE|LIST|STATUS)\b(?! \()", said) == ["DONE", *asked, "IDLE"] * 3
        account.deliver(MAIL, "Sent")
        assert await source.wait(0.01, never(), names) is True
        assert await source.uids() == []
        await source.close()


async def test_what_is_asked_each_minute_goes_in_one_piece(proxied: ImapSource, proxy: Proxy) -> None:
    """And what the server says in several, or in many, is put together."""
    await proxied.open("Sent")
    await proxied.open("INBOX")
    await proxied.uids()
    assert await proxied.wait(0.01, never(), ("Sent",)) is False
    # All of it is in one segment, or nothing would be replaced.
    proxy.to_server.replace.append((rb"DONE\r\n(?=DLGT\d+ LIST.*IDLE\r\n)", b"DONE\r\n"))
    proxy.to_client.piece_size = 7
    assert await proxied.wait(0.01, never(), ("Sent",)) is False
    assert not proxy.to_server.replace


async def test_the_same_answer_is_not_taken_apart_again(
    source: ImapSource, dovecot: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is compared before anything else is octets, without the tag."""
    taken_apart = []
    told_news = commands.told_news

    def counted(*arguments: Any) -> bool:
        taken_apart.append(arguments)
        return told_news(*arguments)

    monkeypatch.setattr(commands, "told_news", counted)
    await source.open("Sent")
    await source.open("INBOX")
    for _ in range(3):
        assert await source.wait(0.01, never(), ("Sent",)) is False
    assert len(taken_apart) == 1
    dovecot.deliver(MAIL, "Sent")
    for _ in range(2):  # until somebody opens it
        assert await source.wait(0.01, never(), ("Sent",)) is True
    await source.open("Sent")
    await source.open("INBOX")
    assert await source.wait(0.01, never(), ("Sent",)) is False
    assert len(taken_apart) == 4


async def test_what_comes_between_two_waits_is_a_hint(source: ImapSource, dovecot: Account) -> None:
    """The IDLE goes on meanwhile, and nobody hears it."""
    assert await source.wait(0.01, never()) is False
    dovecot.deliver(MAIL)
    assert await source.wait(60, never()) is True
    assert await source.uids() == [1]


async def test_any_command_ends_the_idle_before_it(source: ImapSource, dovecot: Account) -> None:
    """Whatever ended the wait; and what the server said last is known of."""
    assert await source.wait(0.01, never()) is False
    dovecot.deliver(MAIL)
    assert await source.uids() == [1]
    assert await source.wait(0.01, never()) is False
    assert await source.open("Sent", read_only=True) is not None
    assert await source.open("INBOX") is not None
    wake = asyncio.Event()
    wake.set()
    assert await source.wait(60, wake) is False
    assert await source.uids() == [1]


async def test_what_the_server_said_before(source: ImapSource, dovecot: Account) -> None:
    """A change told in the answer to another command is a hint, once: no IDLE repeats it."""
    assert await source.uids() == []
    dovecot.deliver(MAIL)
    await source.search_header("Subject", "x")  # its answer says that there is one message now
    assert await source.wait(60, never()) is True
    assert await source.wait(0.01, never()) is False


async def test_hint_in_one_segment(proxied: ImapSource, proxy: Proxy) -> None:
    """An EXISTS in the same segment as "+ idling" is seen."""
    proxy.to_client.replace.append((rb"\+ idling\r\n", b"+ idling\r\n* 1 EXISTS\r\n"))
    assert await proxied.wait(60, never()) is True


async def test_hint_at_the_end_of_idling(proxied: ImapSource, proxy: Proxy) -> None:
    """What the server says before it ends the IDLE counts too."""
    proxy.to_client.replace.append((rb"(?=DLGT\d+ OK Idle completed)", b"* 1 FETCH (FLAGS (\\Seen))\r\n"))
    assert await proxied.wait(0.01, never()) is True


async def test_hint_before_the_next_idling(proxied: ImapSource, proxy: Proxy) -> None:
    """Each minute anew."""
    assert await proxied.wait(0.01, never()) is False
    proxy.to_client.replace.append((rb"\+ idling\r\n", b"* 1 EXISTS\r\n+ idling\r\n"))
    assert await proxied.wait(0.01, never()) is True


async def test_hint_before_idling(proxied: ImapSource, proxy: Proxy) -> None:
    """An EXISTS before "+ idling" is seen."""
    proxy.to_client.replace.append((rb"\+ idling\r\n", b"* 1 EXISTS\r\n+ idling\r\n"))
    assert await proxied.wait(60, never()) is True


async def test_hint_in_two_segments(proxied: ImapSource, proxy: Proxy, dovecot: Account) -> None:
    """A line that arrives in two segments is one line."""
    proxy.to_client.hold_at(rb"\* 1 EX")
    waiting = asyncio.create_task(proxied.wait(60, never()))
    dovecot.deliver(MAIL)
    await proxy.to_client.held.wait()
    await asyncio.sleep(0.05)
    assert not waiting.done()
    proxy.to_client.release()
    assert await waiting is True


async def test_still_here_is_no_hint(proxied: ImapSource, proxy: Proxy) -> None:
    """A server that only says that it is still there wakes nobody."""
    proxy.to_client.replace.append((rb"\+ idling\r\n", b"+ idling\r\n* OK Still here\r\n* OK Still here\r\n"))
    assert await proxied.wait(0.1, never()) is False


async def test_refused_idle(proxied: ImapSource, proxy: Proxy) -> None:
    """Where IDLE is announced and yet refused, polling takes its place."""
    proxy.to_server.replace.append((rb" IDLE\r\n", b" IDEL\r\n"))
    assert await proxied.wait(0.05, never()) is False
    assert await proxied.uids() == []


async def test_without_idle(
    new_account: Callable[[Options], Account], source_of: Callable[..., ImapSource]
) -> None:
    """Without IDLE new mail is found by asking, and the event still wakes at once."""
    account = new_account(Options(without=frozenset({"MOVE", "IDLE"})))
    source = source_of(account, poll_interval_s=0.02)
    assert (await source.connect()).can_idle is False
    await source.open("INBOX")
    assert await source.wait(0.05, never()) is False
    account.deliver(MAIL)
    assert await source.wait(10, never()) is True
    wake = asyncio.Event()
    wake.set()
    assert await source.wait(10, wake) is False


async def test_idle_holds_no_thread(
    dovecot: Account, source_of: Callable[..., ImapSource], pool: ThreadPoolExecutor
) -> None:
    """Two hundred connections idle at once with the four threads of the pool, and none of them is busy."""
    context = dovecot.ssl_context()
    account_of = dovecot.server.account
    accounts = [account_of(f"{dovecot.username}-{number}") for number in range(200)]
    sources = [source_of(account, ssl_context=context, read_timeout_s=20) for account in accounts]
    await asyncio.gather(*(source.connect() for source in sources))
    await asyncio.gather(*(source.open("INBOX") for source in sources))
    wake = asyncio.Event()
    waits = [asyncio.create_task(source.wait(60, wake)) for source in sources]
    before = threading.active_count()
    for account in accounts[::40]:
        account.deliver(MAIL)
    assert await asyncio.gather(*waits[::40]) == [True] * 5
    # All four threads meet here: none is kept by a connection that idles.
    barrier = threading.Barrier(5, timeout=60)
    for _ in range(4):
        pool.submit(barrier.wait)
    await asyncio.to_thread(barrier.wait)
    assert threading.active_count() <= before + 1
    wake.set()
    assert sum(await asyncio.gather(*waits)) == 5


# --- broken connections


async def test_end_in_idle(proxied: ImapSource, proxy: Proxy) -> None:
    """A connection that is cut while idle is noticed at once."""
    waiting = await idling(proxy, proxied, timeout_s=60)
    proxy.cut()
    with pytest.raises(Unavailable, match=r"cut|closed"):
        await waiting


async def test_bye_in_idle(proxied: ImapSource, proxy: Proxy) -> None:
    """A server that says BYE while idle is unavailable, with what it said."""
    proxy.to_client.replace.append((rb"\+ idling\r\n", b"+ idling\r\n* BYE Going down for an hour\r\n"))
    with pytest.raises(Unavailable, match="Going down for an hour"):
        await proxied.wait(60, never())


async def test_killed_server(
    dovecot_with: Callable[[Options], Dovecot], source_of: Callable[..., ImapSource]
) -> None:
    """A server that dies is noticed while idle; when it is back, a new connection finds the mail."""
    server = dovecot_with(Options(still_here_s=60))
    account = server.account("killed")
    source = source_of(account)
    await source.connect()
    await source.open("INBOX")
    waiting = asyncio.create_task(source.wait(60, never()))
    account.deliver(MAIL)
    await waiting
    waiting = asyncio.create_task(source.wait(60, never()))
    await asyncio.sleep(0.05)
    server.kill()
    with pytest.raises(Unavailable):
        await waiting
    await source.close()
    with pytest.raises(Unavailable, match="nothing listens"):
        await source.connect()
    server.start()
    await source.connect()
    await source.open("INBOX")
    assert await source.uids() == [1]


async def test_frozen_in_idle(dovecot: Account, proxy: Proxy, source_of: Callable[..., ImapSource]) -> None:
    """A connection that has silently died is noticed when the wait is renewed."""
    source = source_of(dovecot, proxy, read_timeout_s=3)
    await source.connect()
    await source.open("INBOX")
    waiting = await idling(proxy, source, timeout_s=0.1)
    proxy.freeze()
    with pytest.raises(Unavailable, match="no answer in time"):
        await waiting


async def test_silent_in_the_midst_of_an_answer(
    dovecot: Account, proxy: Proxy, source_of: Callable[..., ImapSource]
) -> None:
    """What the event loop waits for has the limit of what a thread waits for."""
    source = source_of(dovecot, proxy, read_timeout_s=3)
    await source.connect()
    await source.open("INBOX")
    proxy.to_client.hold_at(rb"Idle completed")
    with pytest.raises(Unavailable, match="no answer in time"):
        await source.wait(0.01, never())


async def test_an_answer_without_end_in_idle(proxied: ImapSource, proxy: Proxy) -> None:
    """It is given up before it takes the memory of all others."""
    proxy.to_client.replace.append((rb"\+ idling\r\n", b"+ idling\r\n" + bytes(2 << 20)))
    with pytest.raises(Unavailable, match="without end"):
        await proxied.wait(60, never())


async def test_an_answer_in_drops_is_looked_through_once(proxied: ImapSource, proxy: Proxy) -> None:
    """Not anew with each drop: a megabyte would hold up everybody else for half a minute."""
    long_line = b"* OK " + b"x" * 1_000_000
    proxy.to_client.replace.append((rb"\+ idling\r\n", b"+ idling\r\n" + long_line + b"\r\n"))
    proxy.to_client.piece_size = 150
    before_s = time.process_time()
    assert await proxied.wait(0.01, never()) is False
    assert time.process_time() - before_s < 3


async def test_the_same_change_told_twice_is_news_twice(proxied: ImapSource, proxy: Proxy) -> None:
    """Between the end of one IDLE and the next; a server may tell of no mailbox how it is meanwhile."""
    await proxied.open("Sent")
    await proxied.open("INBOX")
    for _ in range(3):
        proxy.to_client.replace.append((rb"(?<=Idle completed)(.*?)\r\n", b".\r\n* 7 EXISTS\r\n"))
        assert await proxied.wait(0.01, never(), ("Sent",)) is True
        assert not proxy.to_client.replace
    assert await proxied.wait(0.01, never(), ("Sent",)) is False


async def test_a_wait_ends_with_its_connection(proxied: ImapSource, proxy: Proxy) -> None:
    """Whoever else closes it."""
    waiting = await idling(proxy, proxied, timeout_s=60)
    await asyncio.sleep(0.05)
    await proxied.close()
    with pytest.raises(Unavailable, match="not connected"):
        await waiting


async def test_frozen_greeting(dovecot: Account, proxy: Proxy, source_of: Callable[..., ImapSource]) -> None:
    """A server that takes a connection and says nothing does not hold it for ever."""
    proxy.freeze()
    with pytest.raises(Unavailable, match="no answer in time"):
        await source_of(dovecot, proxy, connect_timeout_s=0.2).connect()


async def test_endless_answer(dovecot: Account, proxy: Proxy, source_of: Callable[..., ImapSource]) -> None:
    """An answer that is never complete does not hold a command for ever, whatever comes of it."""
    dovecot.deliver(MAIL)
    source = source_of(dovecot, proxy, command_timeout_s=3)
    await source.connect()
    await source.open("INBOX")
    proxy.freeze()
    with pytest.raises(Unavailable, match="no answer in time"):
        await source.fetch([1], 1000)
    with pytest.raises(Unavailable, match="not connected"):
        await source.uids()


@pytest.mark.parametrize("security", ["none", "tls"])
async def test_frozen_command_is_cancelled(dovecot: Account, security: Any) -> None:
    """Closing a connection whose command hangs gives the thread back at once."""
    port = dovecot.port if security == "tls" else dovecot.plain_port
    async with Proxy(dovecot.host, port) as proxy:
        with ThreadPoolExecutor(1) as pool:
            source = ImapSource(
                dovecot.host,
                proxy.port,
                security,
                dovecot.ssl_context(),
                dovecot.username,
                dovecot.password,
                HostLanes(pool, pool, pool),
            )
            await source.connect()
            await source.open("INBOX")
            proxy.freeze()
            asking = asyncio.create_task(source.uids())
            await asyncio.sleep(0.05)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            began = time.monotonic()
            await source.close()
            assert await asyncio.wrap_future(pool.submit(lambda: True))
            assert time.monotonic() - began < 20


async def test_cancelled_connect(
    dovecot: Account, proxy: Proxy, source_of: Callable[..., ImapSource]
) -> None:
    """A connection that nobody waits for any more is closed when it is there."""
    proxy.to_client.freeze()
    connecting = asyncio.create_task(source_of(dovecot, proxy).connect())
    await asyncio.sleep(0.05)
    connecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await connecting
    proxy.to_client.release()
    await proxy.ended.wait()


async def test_cancelled_wait(source: ImapSource) -> None:
    """A wait that is cancelled leaves nothing behind on the event loop."""
    waiting = asyncio.create_task(source.wait(60, never()))
    await asyncio.sleep(0.05)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await source.close()
    with pytest.raises(Unavailable, match="not connected"):
        await source.uids()


@pytest.mark.parametrize("octets", [0, 1, 50, 500, 1500, 3000, 5000])
async def test_cut_anywhere(dovecot: Account, source_of: Callable[..., ImapSource], octets: int) -> None:
    """Wherever a TLS connection is cut, it is unavailable, never anything else."""
    async with Proxy(dovecot.host, dovecot.port) as proxy:
        proxy.to_client.cut_after = octets
        source = source_of(dovecot, port=proxy.port)

        async def work() -> None:
            await source.connect()
            await source.open("INBOX")
            for _ in range(100):
                await source.uids()

        with pytest.raises(Unavailable):
            await work()


async def test_smallest_segments(dovecot: Account, source_of: Callable[..., ImapSource]) -> None:
    """A connection that passes one octet at a time loses nothing, over TLS."""
    dovecot.deliver(MAIL)
    async with Proxy(dovecot.host, dovecot.port) as proxy:
        proxy.to_client.piece_size = 1
        source = source_of(dovecot, port=proxy.port)
        await source.connect()
        await source.open("INBOX")
        waiting = asyncio.create_task(source.wait(10, never()))
        await asyncio.sleep(0.05)
        dovecot.deliver(MAIL)
        assert await waiting is True
        assert [fetched.octets for fetched in await source.fetch([1, 2], 1000)] == [MAIL, MAIL]
        await source.close()


async def test_cut_off_middle(dovecot: Account, proxy: Proxy, proxied: ImapSource) -> None:
    """A large message of which the server can give only the beginning is not taken for that beginning."""
    dovecot.deliver(MAIL + b"0123456789" * 300_000)
    await proxied.uids()
    proxy.to_server.replace.append((rb"BODY.PEEK\[\]<2097152", b"BODY.PEEK[no such part]<2097152"))
    assert await proxied.fetch_whole(1, 64_000_000) == b""


@pytest.mark.parametrize("code", [b"[UNAVAILABLE]", b"[INUSE]", b""])
async def test_backoff(proxied: ImapSource, proxy: Proxy, code: bytes) -> None:
    """A server that asks for a pause gets it, in seconds."""
    proxy.to_client.replace.append(
        (rb"OK Search", b"NO " + code + b" Suggested Backoff Time: 1500 milliseconds")
    )
    with pytest.raises(Unavailable) as caught:
        await proxied.uids()
    assert caught.value.backoff_s == 1.5
    assert not isinstance(caught.value, Refused)


# --- who may log in, and whom we believe


async def test_wrong_password(dovecot: Account, source_of: Callable[..., ImapSource]) -> None:
    """A wrong password needs a person, and is in no message."""
    with pytest.raises(Refused, match="check the user name and the password") as caught:
        await source_of(dovecot, password="hunter2-é").connect()
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_login_refused_for_now(
    dovecot: Account, proxy: Proxy, source_of: Callable[..., ImapSource]
) -> None:
    """A login that the server cannot check now is tried again, and blamed on nobody."""
    proxy.to_client.replace.append((rb"NO \[AUTHENTICATIONFAILED\]", b"NO [UNAVAILABLE]"))
    with pytest.raises(Unavailable) as caught:
        await source_of(dovecot, proxy, password="wrong").connect()
    assert not isinstance(caught.value, Refused)


async def test_login_command(dovecot: Account, proxy: Proxy, source_of: Callable[..., ImapSource]) -> None:
    """A server without AUTHENTICATE PLAIN is given LOGIN, quoted."""
    proxy.to_client.replace += [(rb"AUTH=PLAIN", b"AUTH=OTHER")] * 2
    assert (await source_of(dovecot, proxy).connect()).can_idle


@pytest.mark.parametrize(
    ("certificate", "what"), [("expired", "has expired"), ("wrong host", "is for another address")]
)
async def test_bad_certificate(
    new_account: Callable[[Options], Account],
    source_of: Callable[..., ImapSource],
    certificate: Any,
    what: str,
) -> None:
    """A certificate that is not the server's, or no longer, needs a person, who is told what is wrong."""
    account = new_account(Options(certificate=certificate))
    with pytest.raises(Refused, match=what):
        await source_of(account).connect()


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_untrusted_certificate(
    dovecot: Account, source_of: Callable[..., ImapSource], security: str
) -> None:
    """A certificate from an unknown authority is not accepted."""
    port = dovecot.port if security == "tls" else dovecot.plain_port
    with pytest.raises(
        Refused,
        match="not trusted here; sign in to the network first",
    ):
        await source_of(
            dovecot, port=port, security=security, ssl_context=ssl.create_default_context()
        ).connect()


async def test_starttls(dovecot: Account, proxy: Proxy, source_of: Callable[..., ImapSource]) -> None:
    """STARTTLS protects the login and all that follows."""
    dovecot.deliver(MAIL)
    source = source_of(dovecot, proxy, security="starttls")
    await source.connect()
    await source.open("INBOX")
    assert await source.uids() == [1]
    assert await source.wait(0.01, never()) is False


async def test_starttls_stripped(
    dovecot: Account, proxy: Proxy, source_of: Callable[..., ImapSource]
) -> None:
    """Where STARTTLS is missing, or was taken away on the way, no password is sent."""
    proxy.to_client.replace += [(rb" STARTTLS", b"")] * 2
    with pytest.raises(Refused, match="offers no STARTTLS"):
        await source_of(dovecot, proxy, security="starttls").connect()
    assert proxy.to_server.passed < 40


async def test_starttls_injection(
    dovecot: Account, proxy: Proxy, source_of: Callable[..., ImapSource]
) -> None:
    """What someone sends ahead of TLS is not taken for the server's word."""
    proxy.to_client.replace.append((rb"now\.\r\n", b"now.\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"))
    with pytest.raises(Unavailable, match="may be forged"):
        await source_of(dovecot, proxy, security="starttls").connect()


async def test_plain_text_forbidden(
    new_account: Callable[[Options], Account], source_of: Callable[..., ImapSource]
) -> None:
    """A server that takes no password in the clear is sent none."""
    account = new_account(Options(forbid_plaintext=True))
    async with Proxy(account.host, account.plain_port, source="127.0.0.2") as proxy:
        with pytest.raises(Refused, match="set security: tls"):
            await source_of(account, proxy).connect()
        assert proxy.to_server.passed < 40


async def test_tls_on_the_plain_port(dovecot: Account, source_of: Callable[..., ImapSource]) -> None:
    """The wrong port is called the wrong port."""
    with pytest.raises(Refused, match="set security: starttls, or the TLS port"):
        await source_of(dovecot, port=dovecot.plain_port).connect()
