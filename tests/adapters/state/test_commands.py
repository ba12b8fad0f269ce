"""Commands in the state: each is carried out once and whole, also after a crash."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from delegator.adapters.state.store import SqliteAccount, SqliteStore
from delegator.core.commands.command import Grant, Line, Verb
from delegator.core.handovers.conversation import HandedOver
from delegator.core.mail.message import Address, Message, parse_message
from delegator.core.reviews.effects import Decide, Done, Hand, Reopen
from delegator.core.reviews.follows import TakenUp
from delegator.core.triage.threads import event_of
from delegator.core.triage.verdict import Code, Disposition, Verdict
from delegator.ports import CarriedOut, OutgoingMail, Place
from tests.support import taken_up

NOW = datetime(2026, 11, 17, 8, 0, tzinfo=UTC)
BACK = NOW + timedelta(days=10)
ME = "sofie@voorbeeld.example"
TOKEN = "JHAM7H55"


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteAccount]:
    state = SqliteStore(tmp_path / "state.sqlite3")
    each = state.account(ME)
    await each.state(NOW)
    yield each
    await state.close()


def message(subject: str, sender: str = "els@elders.example", *fields: str) -> Message:
    lines = [f"From: {sender}", f"To: {ME}", f"Subject: {subject}", *fields]
    return parse_message(("\r\n".join(lines) + "\r\n\r\ntekst\r\n").encode(), arrived_at=NOW)


async def take_up(store: SqliteAccount, uid: int, mail: Message, verdict: Verdict) -> TakenUp:
    taken = taken_up(mail, verdict, NOW)
    assert await store.take_up(Place("INBOX", 1, uid), taken) is not None
    return taken


WAITS = Verdict(Disposition.REVIEW, Code.OTHERWISE, priority="normal")
COMMANDS = Verdict(Disposition.OWN, Code.COMMAND)


async def a_tap(store: SqliteAccount, verb: Verb = Verb.DONE) -> int:
    """Message 1 waits, and a tap about it has come; the command's id."""
    await take_up(store, 1, message("Zaak"), WAITS)
    await store.add_tokens({TOKEN: Grant(verb, None, (1,), BACK)})
    await take_up(store, 2, message(f"dlg {verb} {TOKEN}", ME), COMMANDS)
    row = await store.next_command()
    assert row is not None
    assert (row.way, row.token) == ("button", TOKEN)
    return row.id


async def test_a_command_waits_for_who_was_killed(store: SqliteAccount, tmp_path: Path) -> None:
    """It was taken up, and then the daemon died: the next one finds it, once."""
    command = await a_tap(store)
    state = SqliteStore(tmp_path / "state.sqlite3")
    again = state.account(ME)
    row = await again.next_command()
    assert row is not None
    done = CarriedOut(row.id, TOKEN, (Decide((1,), "done"),), (Done(Verb.DONE, 1, None, "button", 1),))
    assert await again.carry_out(done, NOW)
    assert not await again.carry_out(done, NOW), "not a second time"
    assert await again.next_command() is None
    await state.close()
    assert [target.status for target in await store.targets((1,))] == ["done"]
    assert command == row.id


async def test_what_fails_in_the_middle_did_nothing(store: SqliteAccount) -> None:
    """The secret is not spent, nothing is decided, and no receipt says that it was."""
    command = await a_tap(store)
    mail = message("Ander")
    event = event_of(mail, Verdict(Disposition.FORWARD, Code.COMMANDED, backup="anna"), NOW)
    assert isinstance(event, HandedOver)
    broken = Hand(99, event, (), Address("", ""), "Ander", b"")
    with pytest.raises(TypeError):  # there is no message 99
        await store.carry_out(CarriedOut(command, TOKEN, (Decide((1,), "done"), broken)), NOW)
    assert [target.status for target in await store.targets((1,))] == ["open"]
    assert (await store.review_content(NOW)).receipts == ()
    await store.carry_out(CarriedOut(command, TOKEN, (Decide((1,), "done"),)), NOW)
    assert [target.status for target in await store.targets((1,))] == ["done"]


@pytest.mark.parametrize(
    ("change", "awaits"),
    [
        ("UPDATE command SET state = 'pending'", True),
        ("UPDATE command SET state = 'held'", True),
        ("UPDATE command SET state = 'held', is_asked = 1", False),
        ("UPDATE message SET file_to = 'Delegator/Done' WHERE id = 1", True),
        ("UPDATE message SET file_to = 'Delegator/Done', is_there = 0 WHERE id = 1", True),
        (
            "UPDATE message SET file_to = 'Delegator/Done', is_there = 0, filed_in = 'Delegator/Forwarded' "
            "WHERE id = 1",
            True,
        ),
        (f"UPDATE message SET code = '{Code.UNREADABLE}' WHERE id = 1", True),
        (f"UPDATE message SET code = '{Code.UNREADABLE}', mailbox = 'Archief' WHERE id = 1", False),
    ],
)
async def test_what_a_look_has_to_do_is_known_before_it(
    store: SqliteAccount, change: str, awaits: bool
) -> None:
    """Nothing of another account's."""
    command = await a_tap(store)
    await store.carry_out(CarriedOut(command), NOW)
    await store._run(lambda db: db.execute("UPDATE message SET file_to = NULL"))
    assert not await store.awaits_look(["INBOX"])
    await store._run(lambda db: db.execute(change))
    assert await store.awaits_look(["INBOX"]) is awaits
    assert not await store._store.account("els@voorbeeld.example").awaits_look(["INBOX"])


async def test_a_secret_is_spent_once(store: SqliteAccount) -> None:
    """By the first of two mails that carry it; the other is told as refused."""
    first = await a_tap(store)
    await take_up(store, 3, message(f"dlg k {TOKEN}", ME, "X: again"), COMMANDS)
    assert await store.carry_out(CarriedOut(first, TOKEN, (Decide((1,), "done"),)), NOW)
    second = await store.next_command()
    assert second is not None
    assert not await store.carry_out(CarriedOut(second.id, TOKEN, (Reopen((1,)),)), NOW)
    assert [target.status for target in await store.targets((1,))] == ["done"]
    assert [refusal.why for refusal in (await store.review_content(NOW)).refusals] == ["spent"]


async def test_a_secret_dies_with_the_absence(store: SqliteAccount) -> None:
    """After it, neither a button nor a reply is live."""
    await a_tap(store)
    mail = message(f"dlg k {TOKEN}", ME)
    known = await store.conversations_for(mail, BACK - timedelta(seconds=1))
    assert known.secret is not None
    assert known.secret.is_live
    late = await store.conversations_for(mail, BACK)
    assert late.secret is not None
    assert not late.secret.is_live


async def test_a_replys_right_ends_with_its_buttons(store: SqliteAccount) -> None:
    """A review's Message-ID is a secret for as long as its buttons are; without any it never is."""
    for name, tokens in (("with", {TOKEN: Grant(Verb.DONE, None, (1,), BACK)}), ("without", {})):
        mail = OutgoingMail("review", ME, b"octets", f"<{name}@voorbeeld.example>")
        await store.add_review(slot=None, now=NOW, shown=(), mail=mail, tokens=tokens)

    async def is_live(name: str, now: datetime) -> bool:
        reply = message("Re: review", ME, f"In-Reply-To: <{name}@voorbeeld.example>")
        secret = (await store.conversations_for(reply, now)).secret
        assert secret is not None
        return secret.is_live

    assert await is_live("with", BACK - timedelta(seconds=1))
    assert not await is_live("with", BACK)
    assert not await is_live("without", NOW)


async def test_numbers_are_of_the_review_that_is_answered(store: SqliteAccount) -> None:
    """Two reviews in a row number the same messages differently."""
    await take_up(store, 1, message("Zaak 1"), WAITS)
    await take_up(store, 2, message("Zaak 2"), WAITS)
    for number, ids in enumerate([(1, 2), (2, 1)], 1):
        lines = [Line(n, (id_,), Verb.DONE) for n, id_ in enumerate(ids, 1)]
        mail = OutgoingMail("review", ME, b"octets", f"<review{number}@voorbeeld.example>")
        await store.add_review(slot=None, now=NOW, shown=ids, mail=mail, lines=lines)
    for number, ids in enumerate([(1, 2), (2, 1)], 1):
        reply = message("Re: review", ME, f"In-Reply-To: <review{number}@voorbeeld.example>")
        await take_up(store, 10 + number, reply, COMMANDS)
        row = await store.next_command()
        assert row is not None
        assert row.review is not None
        assert [line.messages for line in await store.lines(row.review)] == [(id_,) for id_ in ids]
        await store.carry_out(CarriedOut(row.id), NOW)


async def test_the_order_is_that_of_arrival(store: SqliteAccount) -> None:
    """Mails and moves alike."""
    await a_tap(store)
    await store.command(Place("INBOX", 1, 1), Verb.TO_DO, None, NOW)
    ways = []
    while row := await store.next_command():
        ways.append(row.way)
        await store.carry_out(CarriedOut(row.id), NOW)
    assert ways == ["button", "folder"]


async def test_our_own_filing_is_no_command(store: SqliteAccount) -> None:
    """What we put in Done turns up there; what the owner puts there afterwards is hers."""
    taken = await take_up(store, 1, message("Zaak"), WAITS)
    await store.add_tokens({TOKEN: Grant(Verb.DONE, None, (1,), BACK)})
    await take_up(store, 2, message(f"dlg k {TOKEN}", ME), COMMANDS)
    row = await store.next_command()
    assert row is not None
    await store.carry_out(CarriedOut(row.id, TOKEN, (Decide((1,), "done"),)), NOW)
    (filing,) = await store.filings()
    assert filing.folder == "Delegator/Done"
    await store.filed([filing.id])
    place = Place("Delegator/Done", 1, 1)
    assert await store.arrived(place, taken.message, Verb.DONE, None, NOW) == "ours"
    to_do = Place("Delegator/To-do", 1, 1)
    assert await store.arrived(to_do, taken.message, Verb.TO_DO, None, NOW) == "commanded"
    stranger = replace(taken.message, header_digest="0" * 64)
    assert await store.arrived(to_do, stranger, Verb.TO_DO, None, NOW) == "unknown"


async def test_secrets_are_readable_by_their_owner_only(store: SqliteAccount, tmp_path: Path) -> None:
    """The state's file, and what SQLite keeps beside it."""
    await a_tap(store)
    for path in tmp_path.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
    with sqlite3.connect(tmp_path / "state.sqlite3") as db:
        assert db.execute("SELECT count(*) FROM token").fetchone() == (1,)
    db.close()
