"""What the outbox makes of what is due: by which server, of which octets, and what is left if it fails."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from delegator.config.model import Alert
from delegator.core.delivery import Reply
from delegator.daemon.outbox import Outbox
from delegator.ports import Kind, OutgoingMail, StateError, Submission
from tests.handovers import BACKUPS, SOFIE, Handovers, write
from tests.support import RecordingGate, Tried

ELS, IT = "x@elders.example", "it@voorbeeld.example"
FIRST = "<1@elders.example>"


@pytest_asyncio.fixture
async def world() -> AsyncIterator[Handovers]:
    each = Handovers.new()
    await each.open()
    yield each
    await each.close()


def change(world: Handovers, statement: str) -> None:
    """By a hand that is not ours, or a disk that fails."""
    with closing(sqlite3.connect(world.folder / "state.sqlite3")) as db, db:
        assert db.execute(statement).rowcount > 0


def outbox(world: Handovers) -> Outbox:
    assert world._outbox is not None
    return world._outbox


async def test_a_damaged_original_goes_to_nobody(world: Handovers) -> None:
    """What the disk has made of it is not what the client wrote: the owner has the message, in INBOX."""
    world.arrives(write(ELS, "Klacht", FIRST))
    await world.look()
    change(world, "UPDATE original SET octets = CAST('From: somebody@else.example' AS BLOB)")
    await world.step()
    assert world.forwards() == []
    assert await world.holder(FIRST) == "owner"


async def test_an_alert_goes_by_its_own_server(world: Handovers) -> None:
    """And nothing else does: the account's server may be what the alert is about."""
    alerts = RecordingGate(frozenset({IT}))
    now = world.clock.now()
    await world.store.queue(OutgoingMail("alert", IT, b"alert", "<alert@voorbeeld.example>"), now)
    await world.store.queue(OutgoingMail("answer", SOFIE, b"answer", "<answer@voorbeeld.example>"), now)
    config = replace(world.config, alert=Alert(IT, timedelta(minutes=30)))
    both = replace(outbox(world), config=config, alert_gate=alerts)
    assert await both.submit_due(to_backups=True, stop=asyncio.Event()) == 2
    assert [mail.recipients for mail in alerts.tried] == [(IT,)]
    assert [mail.recipients for mail in world.gate.tried] == [(SOFIE,)]


async def test_a_recipient_outside_the_set_stops_no_other_mail(world: Handovers) -> None:
    """A damaged address: set aside, the gate is not asked, and the next mail goes."""
    now = world.clock.now()
    await world.store.queue(OutgoingMail("answer", ELS, b"to a client", "<a@voorbeeld.example>"), now)
    await world.store.queue(OutgoingMail("answer", SOFIE, b"answer", "<b@voorbeeld.example>"), now)
    await world.submit()
    assert [mail.recipients for mail in world.gate.delivered] == [(SOFIE,)]
    states = [row["state"] for row in world.rows("SELECT state FROM outbox ORDER BY id")]
    assert states == ["failed", "sent"]
    assert [mail.recipients for mail in world.gate.tried] == [(SOFIE,)]
    assert [failure["event"] for failure in world.log.failures] == ["gave_up"]
    assert [tuple(row) for row in world.rows("SELECT of, row, was FROM set_aside")] == [
        ("outbox", 1, f'{{"recipient": "{ELS}"}}')
    ]


async def test_a_mail_to_an_address_that_was_taken_out_of_the_configuration(world: Handovers) -> None:
    """Nothing was damaged: it fails with a sentence that says so, and is no bug."""
    now = world.clock.now()
    await world.store.queue(OutgoingMail("alert", IT, b"alert", "<a@voorbeeld.example>"), now)
    await world.store.queue(OutgoingMail("brief", ELS, b"brief", "<b@voorbeeld.example>", "bram"), now)
    await world.submit()
    assert world.gate.tried == []
    rows = world.rows("SELECT state, last_reply FROM outbox")
    assert [tuple(row) for row in rows] == [("failed", "the configuration no longer names that address")] * 2
    assert not world.rows("SELECT 1 FROM set_aside")
    assert [failure["event"] for failure in world.log.failures] == ["gave_up"] * 2


async def test_only_the_case_of_an_address_has_changed(world: Handovers) -> None:
    """As the gate compares."""
    mail = OutgoingMail("answer", SOFIE.upper(), b"answer", "<a@voorbeeld.example>")
    await world.store.queue(mail, world.clock.now())
    await world.submit()
    assert len(world.gate.tried) == 1


async def test_a_refused_brief_marks_its_backup_at_once(world: Handovers) -> None:
    """In the same transaction: nothing is handed to whom our mail does not reach."""
    world.gate.faults.append("refused")
    mail = OutgoingMail("brief", BACKUPS["bram"][0], b"brief", "<brief@voorbeeld.example>", "bram")
    await world.store.queue(mail, world.clock.now())
    await world.submit()
    assert list(await world.store.absences(world.clock.now())) == ["bram"]


async def test_a_mail_found_in_sent_is_not_failed_by_a_late_reply(world: Handovers) -> None:
    """It turned up in the mailbox of sent mail while an attempt was under way: it is sent, whatever comes."""
    world.arrives(write(ELS, "Klacht", FIRST))
    await world.look()

    async def files(_: object) -> None:
        (row,) = world.rows("SELECT id FROM outbox WHERE kind = 'forward'")
        change(world, f"UPDATE outbox SET state = 'sent' WHERE id = {row['id']}")

    world.gate.faults.append("refused")
    world.gate.during = files
    await world.submit()
    assert [row["state"] for row in world.rows("SELECT state FROM outbox")] == ["sent"]
    assert await world.holder(FIRST) == "carla"


async def test_a_forwarded_mail_that_asks_for_a_receipt_stays_where_it_is(world: Handovers) -> None:
    """There are servers that answer a move with the receipt, and the client would know of the absence."""
    for number, fields in enumerate((b"", b"Disposition-Notification-To: x@elders.example\r\n")):
        world.arrives(fields + write(ELS, "Klacht", f"<{number}@elders.example>"))
    await world.step()
    assert len(world.forwards()) == 2
    rows = world.rows("SELECT coalesce(file_to, filed_in) AS folder FROM message ORDER BY id")
    assert [row["folder"] for row in rows] == ["Delegator/Forwarded", None]


async def test_a_reply_is_told_once_it_is_on_record(world: Handovers) -> None:
    """Who is woken by it reads what came of it: a homecoming mail that was refused is made once more."""
    heard: list[str] = []

    def said(reply: Reply, kind: Kind, to: str, *, of_alert_server: bool) -> None:
        assert not of_alert_server
        (row,) = world.rows("SELECT state FROM outbox")
        heard.append(f"{kind} {row['state']}")

    world.gate.faults.append("refused")
    mail = OutgoingMail("home", SOFIE, b"home", "<home@voorbeeld.example>")
    await world.store.queue(mail, world.clock.now())
    await replace(outbox(world), said=said).submit_due(to_backups=True, stop=asyncio.Event())
    assert heard == ["home failed"]


def burst(world: Handovers, correspondents: int, each: int) -> None:
    for number in range(each):
        for who in range(correspondents):
            sender = f"x{who}@elders.example"
            world.arrives(write(sender, f"Klacht {number}", f"<{who}.{number}@elders.example>"))


def subject_of(mail: Tried) -> str:
    [line] = [line for line in mail.octets.split(b"\r\n") if line.startswith(b"Subject: ")]
    return line.decode()


async def test_a_burst_goes_two_at_a_time_and_in_order_for_each_correspondent(world: Handovers) -> None:
    """A mail that takes long holds up the next one of its own client, and nobody else's."""
    burst(world, 4, 5)
    await world.look()
    under_way: list[str] = []
    together: list[int] = []
    order: dict[str, list[str]] = {}

    async def take(mail: Tried) -> None:
        [client] = re.findall(rb"x\d@elders", mail.octets.partition(b"\r\n\r\n")[0])[:1]
        assert client.decode() not in under_way
        under_way.append(client.decode())
        together.append(len(under_way))
        for _ in range(200 if client == b"x0@elders" else 3):
            await asyncio.sleep(0)
        order.setdefault(client.decode(), []).append(subject_of(mail))
        under_way.remove(client.decode())

    world.gate.during = take
    await world.submit()
    assert max(together) == 2
    assert len(order) == 4
    for subjects in order.values():
        assert subjects == [f"Subject: Klacht {number}" for number in range(5)]


async def test_one_slow_mail_holds_up_none_of_the_others(world: Handovers) -> None:
    """Of however many: what is due is looked for again while it is on its way."""
    burst(world, 45, 1)
    await world.look()
    others_went = asyncio.Event()

    async def slowly(_: Tried) -> None:
        if len(world.gate.tried) == 1:
            await others_went.wait()
        elif len(world.gate.tried) == 45:
            others_went.set()

    world.gate.during = slowly
    async with asyncio.timeout(60):
        await world.submit()
    assert len(world.gate.delivered) == 45


async def test_a_mail_that_hangs_holds_up_no_news(world: Handovers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only one was due, and the server takes ten minutes for it: what becomes due meanwhile goes."""
    monkeypatch.setattr("delegator.daemon.outbox.SLOW_S", 0.05)
    news_went = asyncio.Event()
    world.arrives(write("x0@elders.example", "Klacht", "<0@elders.example>"))
    await world.look()

    async def slowly(mail: Tried) -> None:
        if b"<0@elders" in mail.octets:
            await news_went.wait()
        else:
            news_went.set()

    world.gate.during = slowly
    task = asyncio.create_task(world.submit())
    async with asyncio.timeout(60):
        while not world.gate.tried:
            await asyncio.sleep(0.01)
        world.arrives(write("x1@elders.example", "Klacht", "<1@elders.example>"))
        await world.look()
        await task
    assert len(world.gate.delivered) == 2


async def test_many_slow_mails_are_no_standstill(world: Handovers) -> None:
    """However long they take together, the oldest that is under way has its own time."""
    burst(world, 12, 1)
    await world.look()
    events: list[str] = []
    others_went = asyncio.Event()

    async def take(_: Tried) -> None:
        number = len(world.gate.tried)
        if number == 3:  # it becomes the oldest, and stays that while all others go
            await others_went.wait()
        elif number == 12:
            others_went.set()
        events.append("ended")

    world.gate.during = take
    counted = replace(outbox(world), progress=lambda: events.append("progress"))
    assert await counted.submit_due(to_backups=True, stop=asyncio.Event()) == 12
    assert "progress" in events[:4], "the first two have ended"
    assert events[-1] == "progress"
    held = events[max(i for i in range(len(events) - 3) if events[i] == "progress") + 1 : -1]
    assert held.count("ended") >= 8, "who is not the oldest says nothing about it"


async def test_what_waited_for_the_server_goes_first_once_it_takes_mail_again(world: Handovers) -> None:
    """Before what is newer, though that was read from the outbox already."""
    world.arrives(write("x0@elders.example", "Klacht", "<0@elders.example>"))
    await world.look()
    world.gate.faults.append("deferred")
    await world.submit()
    for who in (1, 2, 3):
        world.arrives(write(f"x{who}@elders.example", "Klacht", f"<{who}@elders.example>"))
    await world.look()
    answers = iter([True])
    again = replace(outbox(world), is_taken_again=lambda: next(answers, False))
    await again.submit_due(to_backups=True, stop=asyncio.Event())
    tried = [re.findall(rb"<(\d)@elders", mail.octets)[0] for mail in world.gate.tried]
    assert tried == [b"0", b"1", b"0", b"2", b"3"]


async def test_a_state_that_fails_cuts_off_no_mail(world: Handovers) -> None:
    """What is under way ends first, since a mail that is cut off goes again; then the failure is told."""
    burst(world, 12, 1)
    await world.look()
    is_first = True

    async def fail(mail: Submission) -> None:
        nonlocal is_first
        if is_first:
            is_first = False
            raise StateError("the disk is full")
        for _ in range(50):
            await asyncio.sleep(0)

    world.gate.during = fail
    with pytest.raises(StateError):
        await world.submit()
    states = [row["state"] for row in world.rows("SELECT state FROM outbox WHERE kind = 'forward'")]
    assert sorted(states) == ["pending"] * 10 + ["sending", "sent"]


async def test_a_cancelled_outbox_leaves_nothing_under_way(world: Handovers) -> None:
    burst(world, 12, 1)
    await world.look()
    began, cut_off = asyncio.Semaphore(0), 0

    async def hang(_: Submission) -> None:
        nonlocal cut_off
        began.release()
        try:
            await asyncio.Event().wait()
        finally:
            cut_off += 1

    world.gate.during = hang
    task = asyncio.create_task(world.submit())
    await began.acquire()
    await began.acquire()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cut_off == 2
    rows = world.rows("SELECT state FROM outbox WHERE kind = 'forward'")
    assert sorted(row["state"] for row in rows) == ["pending"] * 10 + ["sending"] * 2


async def test_a_stop_lets_the_two_end_and_begins_no_other(world: Handovers) -> None:
    burst(world, 12, 1)
    await world.look()
    stop = asyncio.Event()

    async def stopped(_: Submission) -> None:
        stop.set()

    world.gate.during = stopped
    assert await outbox(world).submit_due(to_backups=True, stop=stop) in (1, 2)
    assert len(world.gate.tried) in (1, 2)


# --- a large mail ---------------------------------------------------------------------------------------


PIECES = 12  # of 256 kB


def large(world: Handovers) -> bytes:
    body = "Dag,\n" + "een lange regel, en nog een\n" * 100_000
    octets = write(ELS, "Klacht", FIRST, text=body)
    world.arrives(octets)
    return octets


def pieces(world: Handovers, of: str) -> int:
    return int(world.rows(f"SELECT count(*) AS n FROM piece WHERE of = '{of}'")[0]["n"])


async def test_a_large_mail_is_kept_in_pieces_for_as_long_as_it_is_needed(world: Handovers) -> None:
    """It is forwarded whole, and no piece of it stays behind."""
    large(world)
    await world.look()
    assert pieces(world, "original") == PIECES

    async def while_it_is_sent(_: Tried) -> None:
        assert pieces(world, "outbox") == PIECES

    world.gate.during = while_it_is_sent
    await world.submit()
    [forward] = world.gate.delivered
    assert forward.octets.count(b"een lange regel") == 100_000
    assert pieces(world, "outbox") == 0


async def test_the_same_large_mail_goes_again_after_an_unknown_outcome(world: Handovers) -> None:
    large(world)
    await world.look()
    world.gate.faults.append("lost, no answer")
    await world.submit()
    world.clock.at += timedelta(minutes=3)
    await world.submit()
    first, second = world.gate.tried
    assert first == second


async def test_a_large_mail_that_was_damaged_goes_to_nobody(world: Handovers) -> None:
    """One piece of the original, or of what was composed: the owner has the mail."""
    large(world)
    await world.look()
    change(world, "UPDATE piece SET octets = x'00' WHERE of = 'original' AND number = 1")
    await world.submit()
    assert world.gate.tried == []
    assert await world.holder(FIRST) == "owner"


async def test_a_large_mail_that_was_damaged_on_its_way_does_not_go_again(world: Handovers) -> None:
    large(world)
    await world.look()
    world.gate.faults.append("lost, no answer")
    await world.submit()
    change(world, "DELETE FROM piece WHERE of = 'outbox' AND number = 2")
    world.clock.at += timedelta(minutes=3)
    await world.submit()
    assert len(world.gate.tried) == 1
    [row] = world.rows("SELECT state, last_reply FROM outbox")
    assert (row["state"], row["last_reply"]) == ("failed", "it may have arrived: what was kept was damaged")
    assert len(world.rows("SELECT 1 FROM set_aside WHERE of = 'outbox'")) == 1


async def test_pieces_go_with_what_they_are_pieces_of(world: Handovers) -> None:
    """Whatever erases a mail erases all of it."""
    large(world)
    await world.look()
    world.gate.faults.append("lost, no answer")
    await world.submit()
    change(world, "DELETE FROM original")
    assert (pieces(world, "original"), pieces(world, "outbox")) == (0, PIECES)
    change(world, "DELETE FROM outbox")
    assert pieces(world, "outbox") == 0


async def two_go(world: Handovers, meanwhile: str) -> None:
    """Two forwards, one after the other; the state is changed while the first is under way."""
    for number in (1, 2):
        world.arrives(write(ELS, "Klacht", f"<{number}@elders.example>"))
    await world.look()

    async def changes(_: object) -> None:
        change(world, meanwhile)
        world.gate.during = None

    world.gate.during = changes
    await world.submit()


async def test_what_is_taken_back_while_another_mail_goes_stays(world: Handovers) -> None:
    """It was read as due, and then the owner undid it, or came home: it is not revived."""
    await two_go(world, "UPDATE outbox SET state = 'failed', octets = NULL WHERE state = 'pending'")
    assert len(world.gate.tried) == 1
    assert [row["state"] for row in world.rows("SELECT state FROM outbox ORDER BY id")] == ["sent", "failed"]


async def test_what_is_meant_for_another_while_another_mail_goes_goes_there(world: Handovers) -> None:
    """It was read as due, and then its backup fell ill."""
    await two_go(world, "UPDATE outbox SET backup = 'bram' WHERE state = 'pending'")
    assert [mail.recipients for mail in world.gate.tried[1:]] == [(BACKUPS["bram"][0],)]


async def test_a_pause_holds_what_was_read_as_due(world: Handovers) -> None:
    """At once: a server that takes a minute for each mail does not go through the rest of them."""
    for number in (1, 2, 3):
        world.arrives(write(ELS, "Klacht", f"<{number}@elders.example>"))
    await world.look()
    is_paused = False

    async def pause(_: object) -> None:
        nonlocal is_paused
        is_paused = True

    world.gate.during = pause
    stop = asyncio.Event()
    await outbox(world).submit_due(to_backups=True, stop=stop, forwards=lambda: not is_paused)
    assert len(world.gate.tried) == 1
    states = [row["state"] for row in world.rows("SELECT state FROM outbox ORDER BY id")]
    assert states == ["sent", "pending", "pending"]
