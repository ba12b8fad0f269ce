"""Mail on a real server is decided, and shown, as the same octets in a file are."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from delegator.adapters.files import read_paths
from delegator.config import Config, load
from delegator.core.handovers.known import Conversations
from delegator.core.mail.arrival import message_of_file
from delegator.core.mail.message import MAX_OCTETS, TRIAGE_OCTETS, Message, parse_message
from delegator.core.reviews.follows import what_follows
from delegator.core.rules.conditions import match
from delegator.core.rules.private import match_private
from delegator.core.triage.triage import facts_of, triage
from delegator.daemon.mailboxes import FIRST_OCTETS, fetch_for_triage, message_of
from tests.live.daemon.test_by_parts import source_of
from tests.live.daemon.test_conditions import large_mail
from tests.servers.dovecot import Account

pytestmark = pytest.mark.dovecot

NOTHING_KNOWN = Conversations()
EMPTY = parse_message(b"")
ARRIVED_AT = datetime(2026, 11, 2, 12, tzinfo=UTC)  # Dovecot takes no INTERNALDATE of the future

RULES = """
version: 1
owner: {name: Sofie Janssens, address: sofie@voorbeeld.example, timezone: Europe/Brussels}
backups:
  anna: {name: Anna Peeters, address: anna@voorbeeld.example}
  bram: {name: Bram Maes, address: bram@voorbeeld.example}
account:
  username: sofie
  password: {file: password}
  imap: {host: imap.voorbeeld.example}
  smtp: {host: smtp.voorbeeld.example}
  authserv_id: mx.google.com
rules:
"""
PRIVATE = """
  - {name: secret, when: {any: [{body: [salary, private]}, {attachment: "*.doc*"}]}, private: true}
  - {name: own, when: {from: ["*@gmail.com"], not: {text: the}}, private: true}
"""
OTHERS = [
    "{name: machines, when: {auto: true, header: {Subject: '/re/'}}, forward: anna}",
    "{name: meetings, when: {invite: true}, forward: bram}",
    "{name: drawings, when: {attachment: ['*.pdf', '*.jpg', 'image/png', '*.zip']}, forward: anna}",
    "{name: rfc822, when: {attachment: ['message/*', '*.eml']}, review: high}",
    "{name: offers, when: {subject: ['*test*', order, '*offer*', hello]}, forward: [bram, anna]}",
    "{name: questions, when: {body: ['/[?]/', thanks]}, forward: anna}",
    "{name: words, when: {text: [mail, '*ing', für, de]}, review: high}",
    "{name: last, when: {body: ['/[[:alpha:]]\\\\s*\\\\z/']}, review: high}",
    "{name: large, when: {larger_than: 4kB}, forward: bram}",
    "{name: larger, when: {larger_than: 30kB}, review: high}",
    "{name: lists, when: {bulk: true}, review: low}",
    "{name: answers, when: {reply: true}, review: high}",
    "{name: people, when: {from: ['*@*.com', '@example.org'], direct: true}, forward: anna}",
    "{name: copies, when: {any: [{to: '@example.com'}, {cc: '*@*.net'}, {recipient: '@x.y'}]}, review: low}",
    "{name: known, when: {verified: true}, forward: anna}",
    "{name: program, when: {all: [{header: {X-Mailer: '/./'}}, {header: {Date: '+'}}]}, ignore: true}",
]


def configurations(folder: Path) -> Iterator[Config]:
    """Every condition, each rule coming early in one of them; with private rules and without."""
    shuffled = random.Random(4)
    for number in range(3):
        rules = "".join(f"  - {rule}\n" for rule in shuffled.sample(OTHERS, len(OTHERS)))
        path = folder / f"{number}.yaml"
        path.write_text(RULES + (PRIVATE if number % 2 else "") + rules)
        yield load(path, for_files=True)


def decided(message: Message, configured: list[Config]) -> tuple[Any, ...]:
    """The verdicts, what each rule says, and what is written down: excerpt, traits, attachments."""
    books = [config.rule_book for config in configured]
    verdicts = tuple(triage(message, book, NOTHING_KNOWN, ARRIVED_AT) for book in books)
    facts = facts_of(message, books[0], NOTHING_KNOWN)
    rules = {rule.name: rule for book in books for rule in book.rules}.values()
    said = tuple(match(rule.when, message, facts) for rule in rules)
    in_private = tuple(match_private(rule.when, message, facts) for rule in rules)
    taken = what_follows(message, verdicts[0], NOTHING_KNOWN, books[0], ARRIVED_AT, original=b"")
    return verdicts, said, in_private, replace(taken, message=EMPTY)


def first_difference(live: object, filed: object) -> str:
    """What is said otherwise, in short."""
    if isinstance(live, tuple) and isinstance(filed, tuple) and len(live) == len(filed):
        return "; ".join(
            first_difference(*pair) for pair in zip(live, filed, strict=True) if pair[0] != pair[1]
        )
    if is_dataclass(live) and type(live) is type(filed):
        names = (each.name for each in fields(live))
        pairs = ((name, getattr(live, name), getattr(filed, name)) for name in names)
        return "; ".join(
            f"{name}: {first_difference(one, other)}" for name, one, other in pairs if one != other
        )
    return f"live {live!r:.300}, in a file {filed!r:.300}"


def odd_mails() -> Iterator[bytes]:
    """Large ones and odd ones, besides those of the corpora."""
    for name in ("plan.pdf", "meeting.ics", "letter.doc"):
        yield large_mail("test order", filename=name)
        yield large_mail("hello", filename=name, content_type="text/calendar")
    long_text = "".join(f"Line {number}: who pays the salary of the mailing?\r\n" for number in range(3000))
    head = "From: jan@acme.example\r\nSubject: order\r\nMIME-Version: 1.0\r\n"
    for kind in ("text/plain", "text/html", "message/rfc822", "multipart/mixed; boundary=x", "text/plain;"):
        yield f"{head}Content-Type: {kind}\r\n\r\n{head}\r\n{long_text}".encode()
        for octets in (FIRST_OCTETS - 1, FIRST_OCTETS, FIRST_OCTETS + 1):
            start = f"{head}Content-Type: {kind}\r\n\r\n{head}\r\n".encode()
            yield (start + b"x " * octets)[:octets]
    yield f"{head}X-Long: {'y ' * TRIAGE_OCTETS}\r\n\r\nprivate".encode()
    yield b"".join(f"X-{number}: {'z' * 70}\r\n".encode() for number in range(2000)) + b"\r\nprivate\r\n"
    yield from (b"x", b"\r\n", b"\n\n\n", b"From: a@b.example", b":\r\n:\r\n\r\n", b"\xff" * 70_000)


async def compare(
    dovecot: Account, mails: list[tuple[str, bytes]], folder: Path, first_octets: int
) -> Counter[str]:
    """How the mails were read. Fails with the names of those that are decided otherwise."""
    names = {dovecot.deliver(octets, arrived_at=ARRIVED_AT): (name, octets) for name, octets in mails}
    configured = list(configurations(folder))
    how: Counter[str] = Counter()
    differ: list[str] = []
    with ThreadPoolExecutor(2) as pool:
        source = source_of(dovecot, pool, dovecot.plain_port)
        await source.connect()
        await source.open("INBOX", read_only=True)
        async for fetched in fetch_for_triage(source, list(names), first_octets):
            name, octets = names.pop(fetched.uid)
            path = folder / "mail.eml"
            path.write_bytes(octets)
            [file] = read_paths([path], MAX_OCTETS, pytest.fail)
            how["by parts" if fetched.is_abridged else "whole"] += 1
            filed_mail = message_of_file(file.octets, file.size_octets, is_abridged=file.is_abridged)
            read = replace(filed_mail, arrived_at=ARRIVED_AT)
            live, filed = decided(message_of(fetched), configured), decided(read, configured)
            how.update(f"{verdict.disposition.value} {verdict.rule}" for verdict in filed[0])
            if live != filed:
                differ.append(f"{name}: {first_difference(live, filed)}")
        await source.close()
    assert not differ, f"{len(differ)} differ: " + "\n\n".join(differ[:5])
    assert not names, "some were passed over"
    return how


@pytest.mark.parametrize("first_octets", [FIRST_OCTETS, 3000])
async def test_odd_mail_is_decided_as_in_a_file(dovecot: Account, tmp_path: Path, first_octets: int) -> None:
    mails = [(f"{number}: {octets[:60]!r}", octets) for number, octets in enumerate(odd_mails())]
    await compare(dovecot, mails, tmp_path, first_octets)


@pytest.mark.corpora
@pytest.mark.parametrize("first_octets", [FIRST_OCTETS, 2000])
async def test_real_mail_is_decided_as_in_a_file(
    dovecot: Account, corpora: Path, tmp_path: Path, first_octets: int
) -> None:
    """By every condition, and shown alike. With 2,000 octets at once most of it is read by its parts.

    All the large ones, and of the others every second one the one way, the rest the other.
    """
    files = sorted(path for path in corpora.glob("*/messages/**/*") if path.is_file())
    read = ((path, next(read_paths([path], MAX_OCTETS, pytest.fail))) for path in files)
    # Dovecot takes no NUL and drops a CR before CRLF or the end; a server has no separator line of an mbox.
    found = [
        (str(path), one.octets.replace(b"\0", b"").replace(b"\r\r\n", b"\r\n").rstrip(b"\r"))
        for path, one in read
    ]
    mails = [
        one
        for number, one in enumerate(found)
        if len(one[1]) > FIRST_OCTETS or (one[1] and number % 2 == (first_octets == FIRST_OCTETS))
    ]
    how = await compare(dovecot, mails, tmp_path, first_octets)
    assert how["by parts"] + how["whole"] == len(mails) > 500
    assert how["by parts"] > (5 if first_octets == FIRST_OCTETS else 200)
    decided_by = {rule for decided in how for rule in OTHERS if f"name: {decided.split(' ')[-1]}," in rule}
    assert len(decided_by) > 8, how
