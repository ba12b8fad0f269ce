"""Octets of what was forwarded: let go once the mailbox is seen to hold them, fetched when needed again."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from delegator.core.commands.command import Grant, Verb, subject_for
from delegator.core.folders import FORWARDED, INBOX, TO_DO
from delegator.core.handovers.machine import LARGE_OCTETS
from delegator.core.mail.outline import Section
from delegator.daemon.handovers import new_token
from delegator.daemon.originals import (
    ASKED_AT_MOST,
    AT_ONCE_OCTETS,
    BREAK,
    WAITS_AT_MOST,
    fetch_wanted,
    let_go,
)
from delegator.ports import Declined, MailboxFacts, Unavailable
from tests.handovers import MONDAY, SOFIE, Crash, Handovers, read, write
from tests.support import FakeSource
from tests.torture import so_many

ELS = "els@elders.example"
ABOUT = "<1@elders.example>"
LATE = timedelta(hours=3)


@pytest_asyncio.fixture
async def world() -> AsyncIterator[Handovers]:
    each = Handovers.new("next")
    await each.open()
    yield each
    await each.close()


def large(message_id: str = ABOUT, subject: str = "Bestelling 1", octets: int = LARGE_OCTETS) -> bytes:
    return write(ELS, subject, message_id, text=secrets.token_hex(octets // 2) + "\n")


def kept(world: Handovers) -> dict[str, int]:
    """Octets that the state has, by Message-ID of the forwarded mail."""
    rows = world.rows(
        "SELECT message_id, length(original.octets) + (SELECT coalesce(sum(length(piece.octets)), 0) "
        "FROM piece WHERE of = 'original' AND row = original.message) AS n "
        "FROM original JOIN message ON message.id = original.message"
    )
    return {row["message_id"]: row["n"] for row in rows}


async def looks(world: Handovers) -> None:
    """As each look of a session begins, after what was filed."""
    tenure = world.tenure(world.config)
    await fetch_wanted(tenure)
    await let_go(tenure)


async def with_bram(world: Handovers, octets: bytes) -> None:
    """Bram has it, and the state does not."""
    await world.takes(octets)
    assert len(world.forwards("bram")) == 1
    assert kept(world)[ABOUT] == len(octets)
    assert await world.store.awaits_look(["INBOX"]), "it may go"
    await looks(world)
    assert kept(world)[ABOUT] == 0


async def silence(world: Handovers) -> None:
    """Bram does not answer: it is to go to Anna."""
    world.clock.at += LATE
    await world.follow_up()
    await world.submit()


@pytest.mark.parametrize("octets", [LARGE_OCTETS, 3 * 1024 * 1024], ids=["one row", "in pieces"])
async def test_a_large_one_is_let_go_and_comes_back(world: Handovers, octets: int) -> None:
    """To Anna goes what Bram got, octet for octet, and what tells of it first; neither before it is here."""
    mail = large(octets=octets)
    await with_bram(world, mail)
    assert not await world.store.awaits_look(["INBOX"])
    await silence(world)
    assert await world.store.awaits_look(["INBOX"]), "it is to be fetched"
    assert not world.forwards("anna")
    assert not world.covers("anna")
    assert await world.store.next_due_at(to_backups=True) is None, "nothing turns in circles meanwhile"
    await looks(world)
    assert kept(world)[ABOUT] == len(mail)
    await world.submit()
    await world.submit()
    (to_anna,), (to_bram,) = world.forwards("anna"), world.forwards("bram")
    assert to_anna.get_content().endswith(to_bram.get_content()[-octets:])
    assert len(world.covers("anna")) == 1
    await world.step()
    await looks(world)
    assert kept(world)[ABOUT] == 0, "and it is let go once more"


async def test_a_small_one_stays_until_its_handover_is_closed(world: Handovers) -> None:
    await world.takes(large(octets=LARGE_OCTETS // 2))
    await looks(world)
    assert kept(world)[ABOUT] > 0


async def test_what_the_mailbox_does_not_have_stays(world: Handovers) -> None:
    """The owner has thrown it away, or the server gives other octets: it is asked for once."""
    mail = large()
    await world.takes(mail)
    box = world.source.mailboxes[FORWARDED].mails
    ((uid, filed),) = box.items()
    box[uid] = replace(filed, octets=mail.replace(b"0", b"1"))
    await looks(world)
    assert kept(world)[ABOUT] == len(mail)
    assert not world.rows("SELECT 1 FROM original WHERE may_go")
    await silence(world)
    await world.submit()
    assert len(world.forwards("anna")) == 1


async def test_what_may_still_go_out_is_not_let_go(world: Handovers) -> None:
    """Its outcome is not known, or it waits in the outbox: for whomever."""
    world.gate.faults.append("taken, no answer")
    await world.takes(large())
    await looks(world)
    assert kept(world)[ABOUT] > 0
    await world.database.run(lambda db: db.execute("UPDATE original SET may_go = 1"))
    await looks(world)
    assert kept(world)[ABOUT] > 0, "whatever asked for it"


async def test_needed_while_it_was_looked_for(world: Handovers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look and its transaction it was handed to the next: it stays."""
    mail = large()
    await world.takes(mail)
    sections = FakeSource.sections

    async def meanwhile(source: FakeSource, wanted: Mapping[int, Sequence[Section]]) -> object:
        found = await sections(source, wanted)
        if not world.forwards("anna"):
            world.clock.at += LATE
            await world.follow_up()
        return found

    monkeypatch.setattr(FakeSource, "sections", meanwhile)
    await looks(world)
    assert kept(world)[ABOUT] == len(mail)
    await world.submit()
    await world.submit()
    assert len(world.forwards("anna")) == 1


def moved(source: FakeSource) -> None:
    """By a phone that copies and expunges: another folder, another UID, and another moment."""
    box = source.mailboxes[FORWARDED].mails
    source.mailboxes.setdefault(TO_DO, type(source.mailboxes[INBOX])())
    for mail in box.values():
        source.deliver(mail.octets, TO_DO, arrived_at=MONDAY + LATE)
    box.clear()


def renumbered(source: FakeSource) -> None:
    source.renumber(FORWARDED)


@pytest.mark.parametrize(("change", "has_id"), [(moved, True), (renumbered, True), (renumbered, False)])
async def test_it_is_found_again_wherever_it_lies(
    world: Handovers, change: Callable[[FakeSource], None], *, has_id: bool
) -> None:
    """In our folders and INBOX, by its Message-ID or by when it arrived; among others, by its digest."""
    mail = large()
    mail = mail if has_id else mail.replace(f"Message-ID: {ABOUT}\r\n".encode(), b"")
    await world.takes(mail)
    await looks(world)
    assert sum(kept(world).values()) == 0
    change(world.source)
    for _ in range(2):
        world.source.deliver(mail.replace(b"Bestelling", b"bestelling"), FORWARDED, arrived_at=MONDAY)
    await silence(world)
    await looks(world)
    await world.submit()
    await world.submit()
    last = world.gate.delivered[-1]
    assert last.recipients == ("anna@voorbeeld.example",)
    assert read(last)["Subject"] == "Bestelling 1"
    assert len(last.octets) > LARGE_OCTETS


async def test_without_a_mail_before_it_it_waits_as_well(world: Handovers) -> None:
    """Who had it is in the configuration no more: nothing tells of it, and it is not damaged either."""
    await with_bram(world, large())
    (row,) = world.rows("SELECT id FROM conversation")
    now = world.clock.now()
    await world.store.pass_on(row["id"], held_by="bram", backups=("anna",), why="away", now=now, cover=None)
    await world.submit()
    assert await world.holder(ABOUT) == "anna"
    await looks(world)
    await world.submit()
    assert len(world.forwards("anna")) == 1


async def test_what_is_passed_on_wakes_the_session(world: Handovers) -> None:
    """It fetches what only the mailbox has; a client waits for it."""
    tenure = world.tenure(world.config)
    tenure.follow_up().changed()
    assert tenure.bells.wake.is_set()


async def test_nowhere_it_is_the_owners_again(world: Handovers) -> None:
    """Nothing goes to Anna, not even that something comes; an item says so, and the owner is alerted."""
    await with_bram(world, large())
    world.source.mailboxes[FORWARDED].mails.clear()
    await silence(world)
    await looks(world)
    await world.submit()
    assert not world.forwards("anna")
    assert not world.covers("anna")
    (row,) = world.rows("SELECT * FROM message WHERE message_id = ?", ABOUT)
    assert (row["disposition"], row["priority"], row["detail"]) == ("review", "high", "vanished")
    assert not world.rows("SELECT 1 FROM outbox WHERE state IN ('pending', 'sending')")
    assert world.told_nobody_left == 1
    content = await world.store.review_content(world.clock.now())
    assert [item.subject for item in content.messages] == ["Bestelling 1"]


@pytest.mark.parametrize("refused", ["the mailbox", "to search it", "the mail"])
async def test_what_is_refused_is_asked_for_again_for_a_while(
    world: Handovers, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    """It may be in there. After half an hour of asking the owner is told: a client waits."""
    await with_bram(world, large())
    world.source.renumber(FORWARDED)
    tenure = world.tenure(world.config)

    def refuses(name: str) -> None:
        given = getattr(FakeSource, name)

        async def refuse(source: FakeSource, *words: object, **named: object) -> object:
            if (words[0] if name == "open" else source._open) == FORWARDED:
                raise Declined("try again later")
            return await given(source, *words, **named)

        monkeypatch.setattr(FakeSource, name, refuse)

    await silence(world)
    for name in {
        "the mailbox": ("open",),
        "to search it": ("search_header", "uids"),
        "the mail": ("fetch_whole",),
    }[refused]:
        refuses(name)
    world.clock.at += 3 * ASKED_AT_MOST  # the server was away
    await fetch_wanted(tenure)
    assert await world.holder(ABOUT) == "anna", "it still waits"
    world.clock.at += ASKED_AT_MOST + timedelta(seconds=1)
    await fetch_wanted(tenure)
    assert await world.holder(ABOUT) == "owner"


async def test_the_next_time_it_is_asked_for_as_long(
    world: Handovers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that refuses in the morning and in the evening takes no mail from its next backup."""
    await with_bram(world, large())
    tenure, is_refused = world.tenure(world.config), True
    open_one = FakeSource.open

    async def refuse(source: FakeSource, mailbox: str, *, read_only: bool = False) -> MailboxFacts | None:
        if is_refused:
            raise Declined("try again later")
        return await open_one(source, mailbox, read_only=read_only)

    await silence(world)
    monkeypatch.setattr(FakeSource, "open", refuse)
    await fetch_wanted(tenure)
    assert await world.holder(ABOUT) == "anna"
    is_refused = False
    await fetch_wanted(tenure)
    await world.submit()
    await world.submit()
    assert len(world.forwards("anna")) == 1
    await looks(world)
    assert kept(world)[ABOUT] == 0
    await silence(world)
    assert await world.holder(ABOUT) == "carla"
    is_refused = True
    await fetch_wanted(tenure)
    assert await world.holder(ABOUT) == "carla", "it still waits"


async def test_where_each_look_is_a_new_run_it_ends_too(
    world: Handovers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`run --once` remembers nothing but the state."""
    await with_bram(world, large())
    await silence(world)

    async def refuse(source: FakeSource, mailbox: str, *, read_only: bool = False) -> MailboxFacts | None:
        raise Declined("try again later")

    monkeypatch.setattr(FakeSource, "open", refuse)
    for passed, holder in ((WAITS_AT_MOST, "anna"), (timedelta(seconds=1), "owner")):
        world.clock.at += passed
        await looks(world)
        assert await world.holder(ABOUT) == holder


async def test_taken_back_and_handed_over_anew(world: Handovers) -> None:
    """By the owner's tap: what a small one needs comes from the mailbox as well."""
    mail = write(ELS, "Bestelling 1", ABOUT)
    await world.takes(mail)
    (row,) = world.rows("SELECT id FROM message WHERE message_id = ?", ABOUT)
    await taps(world, Verb.UNDO, row["id"])
    assert await world.holder(ABOUT) == "owner"
    await looks(world)
    assert kept(world)[ABOUT] == len(mail), "it is on its way back to INBOX"
    await world.step()
    await looks(world)
    assert kept(world)[ABOUT] == 0, "nobody is to get it by itself any more"
    await taps(world, Verb.FORWARD, row["id"], "carla")
    await world.submit()
    assert len(world.forwards("carla")) == 1


async def taps(world: Handovers, verb: Verb, message: int, backup: str | None = None) -> None:
    token = new_token()
    grant = Grant(verb, None, (message,), world.config.away[0].until_at, backup=backup)
    await world.store.add_tokens({token: grant})
    world.arrives(write(SOFIE, subject_for(verb, token), f"<{token}@telefoon.example>"))
    await world.look()


async def test_given_back_and_handed_over_from_where_it_was_filed(world: Handovers) -> None:
    """At the end of the chain it lies among what was forwarded, at a place of which no UID is known."""
    mail = large()
    await with_bram(world, mail)
    (row,) = world.rows("SELECT id FROM message WHERE message_id = ?", ABOUT)
    for _ in ("to anna", "to carla", "nobody"):
        await world.database.run(lambda db: db.execute("UPDATE conversation SET pass_why = 'not_me'"))
        await world.follow_up()
        await looks(world)
        await world.submit()
        await world.submit()
    assert await world.holder(ABOUT) == "owner"
    await looks(world)
    assert kept(world)[ABOUT] == 0
    await taps(world, Verb.FORWARD, row["id"], "bram")
    await world.submit()
    assert len(world.forwards("bram")) == 2


async def test_one_look_reads_no_more_than_so_much(world: Handovers) -> None:
    """New mail waits for it; the rest goes at the next look."""
    for number in range(3):
        world.arrives(large(f"<{number}@elders.example>", f"Bestelling {number}", AT_ONCE_OCTETS // 2 + 1))
    await world.step()
    left = []
    for _ in range(3):
        left.append(sum(octets > 0 for octets in kept(world).values()))
        tenure = world.tenure(world.config)
        await let_go(tenure)
        assert tenure.bells.wake.is_set() is (left == [3]), "the rest does not wait for a hint"
    assert left == [3, 1, 0]


@pytest.mark.torture
async def test_the_power_fails_at_any_transaction(record_property: Callable[[str, object], None]) -> None:
    """Of letting go, of fetching and of handing on: Anna gets it, under one Message-ID; then it is let go."""
    transactions = await passed_on(FAR)
    count = so_many(6, transactions)
    assert transactions > 20
    for number in range(count):
        await passed_on(number * transactions // count)
    record_property("torture", f"power failures while a large mail is passed on: {count}")


FAR = 1 << 30


async def passed_on(countdown: int) -> int:
    """The power fails after so many transactions, from the moment on when Bram has it; how many it took."""
    world = Handovers.new("next")
    await world.open()
    try:
        world.arrives(large())
        await world.step()
        assert len(world.forwards("bram")) == 1
        world.clock.at += LATE
        world.database.countdown = countdown
        left = countdown
        for _ in range(5):
            try:
                await looks(world)
                await world.step()
                left = world.database.countdown or 0
            except Crash:
                await world.crash()
        world.database.countdown = None
        for mails in (world.forwards("anna"), world.covers("anna")):
            assert len({str(mail["Message-ID"]) for mail in mails}) == 1
        assert len(world.forwards("bram")) == 1
        assert kept(world)[ABOUT] == 0
        return countdown - left
    finally:
        await world.close()


def ends_at(monkeypatch: pytest.MonkeyPatch, method: str) -> list[object]:
    """The server ends the session whenever it is asked for this; the calls."""
    calls: list[object] = []

    async def end(source: FakeSource, *args: object, **_: object) -> object:
        calls.append(args)
        raise Unavailable("the server ended the session")

    monkeypatch.setattr(FakeSource, method, end)
    return calls


async def test_what_ends_the_connection_when_it_is_read_is_not_read_again(
    world: Handovers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays, and the next look goes on to new mail and commands."""
    mail = large()
    await world.takes(mail)
    tenure, calls = world.tenure(world.config), ends_at(monkeypatch, "sections")
    with pytest.raises(Unavailable):
        await let_go(tenure)
    for _ in range(3):
        await let_go(tenure)
    assert len(calls) == 1
    assert kept(world)[ABOUT] == len(mail)
    assert not world.rows("SELECT 1 FROM original WHERE may_go")


async def test_what_ends_the_connection_when_it_is_fetched_is_tried_now_and_then(
    world: Handovers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every five minutes, so that all else has its turn; after half an hour it is the owner's."""
    await with_bram(world, large())
    await silence(world)
    tenure, calls = world.tenure(world.config), ends_at(monkeypatch, "fetch_whole")
    with pytest.raises(Unavailable):
        await fetch_wanted(tenure)
    await fetch_wanted(tenure)
    assert len(calls) == 1
    world.clock.at += BREAK
    with pytest.raises(Unavailable):
        await fetch_wanted(tenure)
    assert await world.holder(ABOUT) == "anna"
    world.clock.at += ASKED_AT_MOST
    await fetch_wanted(tenure)
    assert len(calls) == 2
    assert await world.holder(ABOUT) == "owner"
