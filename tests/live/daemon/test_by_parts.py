"""A large mail is read by its parts as if it had been read whole, from a real Dovecot."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from delegator.adapters.imap.source import ImapSource
from delegator.adapters.lanes import HostLanes
from delegator.core.mail.message import MAX_OCTETS, TRIAGE_OCTETS, Message, parse_message
from delegator.daemon.mailboxes import fetch_for_triage, message_of
from tests.servers.dovecot import Account
from tests.servers.imap import ImapServer
from tests.servers.proxy import Proxy

pytestmark = pytest.mark.dovecot

PICTURE = (
    b"Content-Type: image/jpeg; name=foto.jpg\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + b"QUJDRA" * 12
    + b"\r\n" * 2
    + (b"QUJD" * 18 + b"\r\n") * (TRIAGE_OCTETS // 60)
)
HEADER = b"From: jan@acme.example\r\nSubject: Foto\r\nMIME-Version: 1.0\r\n"


def mixed(*parts: bytes, kind: bytes = b"mixed", boundary: bytes = b"b") -> bytes:
    body = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return (
        b"Content-Type: multipart/"
        + kind
        + b"; boundary="
        + boundary
        + b"\r\n\r\n"
        + body
        + b"--"
        + boundary
        + b"--\r\n"
    )


TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\nDefect toegekomen."
FORWARDED = b"Content-Type: message/rfc822\r\n\r\n" + HEADER + mixed(PICTURE, TEXT, boundary=b"inner")


@pytest_asyncio.fixture
async def source(dovecot: Account) -> AsyncIterator[ImapSource]:
    with ThreadPoolExecutor(2) as pool:
        source = source_of(dovecot, pool, dovecot.plain_port)
        await source.connect()
        yield source
        await source.close()


def source_of(account: Account, pool: ThreadPoolExecutor, port: int) -> ImapSource:
    lanes = HostLanes(pool, pool, pool)
    return ImapSource(account.host, port, "none", None, account.username, account.password, lanes)


@pytest.mark.parametrize("first_octets", [3000, 200])
async def test_what_a_server_takes_for_larger_than_it_is_was_read_to_its_end(first_octets: int) -> None:
    """Exchange guesses how large a mail is; a private rule would hold of each that may go on, in doubt."""
    mails = [HEADER + b"\r\n" + b"Dag Sofie.\r\n" * 50, HEADER + mixed(TEXT)]
    async with ImapServer(overstates=300) as server:
        with ThreadPoolExecutor(2) as pool:
            lanes = HostLanes(pool, pool, pool)
            user, secret = server.username, server.password
            source = ImapSource(server.host, server.port, "none", None, user, secret, lanes)
            await source.connect()
            for mail in mails:
                message, _ = await read(source, server.deliver(mail), first_octets)
                assert message.is_whole
                assert message.size_octets == len(mail)
                assert message == parse_message(mail, arrived_at=message.arrived_at)
            await source.close()


async def read(source: ImapSource, uid: int, first_octets: int = TRIAGE_OCTETS) -> tuple[Message, bool]:
    """The message, and whether it was read by its parts."""
    await source.open("INBOX", read_only=True)
    [fetched] = [one async for one in fetch_for_triage(source, [uid], first_octets)]
    return message_of(fetched), fetched.is_abridged


def essence(message: Message) -> Message:
    """What decisions depend on: not the size of a mail within it, nor what is wrong with it."""
    return replace(
        message,
        size_octets=0,
        arrived_at=None,
        attached=tuple(map(essence, message.attached)),
        defects=(),
    )


@pytest.mark.parametrize("octets", [HEADER + mixed(PICTURE, TEXT), HEADER + mixed(TEXT, FORWARDED)])
async def test_what_stands_behind_a_large_picture_is_read(
    source: ImapSource, dovecot: Account, octets: bytes
) -> None:
    """And in a mail that is attached; the picture stays where it is."""
    message, is_by_parts = await read(source, dovecot.deliver(octets))
    assert is_by_parts
    assert "Defect toegekomen." in (message.text, *(one.text for one in message.attached))
    assert essence(message) == essence(parse_message(octets))
    assert message.size_octets == len(octets)


@pytest.mark.parametrize(
    "octets",
    [
        HEADER + b"Content-Type: multipart/mixed\r\n\r\n" + PICTURE + TEXT,
        HEADER + mixed(PICTURE, TEXT, boundary=b"b; charset=x"),
        HEADER + b"X-Long: " + b"x" * TRIAGE_OCTETS + b"\r\n" + mixed(PICTURE, TEXT),
        HEADER + mixed(*[b"\r\nx"] * 600, PICTURE, TEXT),
        HEADER
        + mixed(TEXT, b"Content-Type: application/octet-stream; name=x.eml\r\n\r\n" + HEADER + TEXT)
        + b"epilogue\r\n" * 60_000,
    ],
)
async def test_what_does_not_add_up_is_read_whole(
    source: ImapSource, dovecot: Account, octets: bytes
) -> None:
    """A mail that the server may see in another way than we do."""
    message, is_by_parts = await read(source, dovecot.deliver(octets))
    assert not is_by_parts
    assert essence(message) == essence(parse_message(octets))


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (rb"\(UID BODYSTRUCTURE\)", None),
        (None, (rb"BODYSTRUCTURE \(", b"BODYSTRUCTURE )")),
        (None, (rb'"base64"', b'("base64')),
        (rb"BODY.PEEK\[2\]<0", None),
        (None, (rb"BODY\[1.MIME\]", b"BODY[7.MIME]")),
        (None, (rb'"image" "jpeg"', b'"video" "jpeg"')),
    ],
)
async def test_whatever_a_server_says_nothing_is_lost(
    dovecot: Account, asked: bytes | None, answer: tuple[bytes, bytes] | None
) -> None:
    """One that refuses to tell of parts, tells nonsense, gives others, or less: the whole is read."""
    octets = HEADER + mixed(PICTURE, TEXT)
    uid = dovecot.deliver(octets)
    async with Proxy(dovecot.host, dovecot.plain_port) as proxy:
        with ThreadPoolExecutor(2) as pool:
            source = source_of(dovecot, pool, proxy.port)
            await source.connect()
            if asked:
                proxy.to_server.replace.append((asked, b"BODY.PEEK[no such part]<0"))
            if answer:
                proxy.to_client.replace.append(answer)
            message, is_by_parts = await read(source, uid)
            await source.close()
    assert not is_by_parts
    assert essence(message) == essence(parse_message(octets))


@pytest.mark.corpora
async def test_real_mail_is_the_same_read_by_its_parts(
    source: ImapSource, dovecot: Account, corpora: Path
) -> None:
    """As if 4 kB were much: every real mail is the same message, and most large ones add up."""
    how: Counter[str] = Counter()
    for path in sorted(corpora.glob("*/messages/**/*")):
        if not path.is_file():
            continue
        octets = path.read_bytes().replace(b"\0", b"")
        if not octets:
            continue
        uid = dovecot.deliver(octets)
        message, is_by_parts = await read(source, uid, 4096)
        whole = await source.fetch_whole(uid, MAX_OCTETS)
        assert whole is not None
        assert essence(message) == essence(parse_message(whole)), path
        how["by parts" if is_by_parts else "whole" if len(octets) > 4096 else "small"] += 1
    assert how["by parts"] > 2 * how["whole"], how
