"""The stand-ins do what they stand in for."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from delegator.core.delivery import Outcome
from delegator.ports import Clock, Fetched, MailSource, RecipientRefused, Submitter
from tests.support import FakeClock, FakeSource, Fault, RecordingGate, Tried

NOON = datetime(2026, 12, 21, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


async def test_time_stands_still_until_it_is_advanced() -> None:
    """Nobody is woken before the moment, everybody at it, in the order of time."""
    clock, woken = FakeClock(NOON), []
    as_port: Clock = clock

    async def sleep(minutes: int) -> None:
        await as_port.wait_until(NOON + minutes * MINUTE)
        woken.append((minutes, clock.now()))

    async with asyncio.TaskGroup() as tasks:
        for minutes in (3, 1, 2):
            tasks.create_task(sleep(minutes))
        await clock.advance(NOON + 30 * timedelta(seconds=1))
        assert woken == []
        await clock.advance(NOON + 5 * MINUTE)
    assert woken == [(1, NOON + MINUTE), (2, NOON + 2 * MINUTE), (3, NOON + 3 * MINUTE)]
    assert clock.now() == NOON + 5 * MINUTE
    assert clock.waits == [NOON + 3 * MINUTE, NOON + MINUTE, NOON + 2 * MINUTE]


async def test_a_loop_that_waits_again_and_again_misses_no_moment() -> None:
    """One advance over many moments wakes a periodic waiter at each of them."""
    clock, ticks = FakeClock(NOON), []

    async def tick() -> None:
        while True:
            await clock.wait_until(clock.now() + MINUTE)
            ticks.append(clock.now())

    task = asyncio.create_task(tick())
    await clock.advance(NOON + 60 * MINUTE)
    task.cancel()
    assert ticks == [NOON + n * MINUTE for n in range(1, 61)]


@pytest.mark.parametrize("moment", [None, NOON + MINUTE])
async def test_an_event_wakes_a_waiter_before_its_time(moment: datetime | None) -> None:
    """Any of the events ends the wait, and leaves no trace of it."""
    clock, event = FakeClock(NOON), asyncio.Event()
    task = asyncio.create_task(clock.wait_until(moment, asyncio.Event(), event))
    await clock.advance(NOON + timedelta(seconds=1))
    assert not task.done()
    event.set()
    await task
    assert clock.next_wake_at is None
    await clock.wait_until(moment, event)  # a set event does not wait at all


async def test_a_moment_that_has_passed_is_not_waited_for() -> None:
    """The past and the present return at once."""
    await FakeClock(NOON).wait_until(NOON)
    await FakeClock(NOON).wait_until(NOON - MINUTE)


MAIL = b"Subject: een\r\nX-Mark: a b\r\n\r\nHallo\r\n"


async def test_a_source_keeps_what_is_delivered() -> None:
    """By UID, from a day on, as much of it as is asked for; what has gone is left out."""
    source = FakeSource()
    as_port: MailSource = source
    assert await as_port.open("Nergens") is None
    first, second = (source.deliver(MAIL, arrived_at=NOON + n * timedelta(days=1)) for n in (0, 2))
    facts = await as_port.open("INBOX")
    assert facts is not None
    assert (facts.uidvalidity, facts.uidnext) == (1, 3)
    assert await as_port.uids() == [first, second]
    assert await as_port.uids(above=first) == [second]
    assert await as_port.uids(since=(NOON + timedelta(days=1)).date()) == [second]
    assert await as_port.fetch([second, 99], 7) == [
        Fetched(second, NOON + timedelta(days=2), len(MAIL), MAIL[:7])
    ]
    assert await as_port.fetch_whole(first, 1000) == MAIL
    assert await as_port.fetch_whole(99, 1000) is None
    assert await as_port.search_header("X-Mark", "a b") == [first, second]
    assert await as_port.search_header("X-Mark", "c") == []
    source.remove("INBOX", first)
    assert await as_port.uids() == [second]


async def test_a_source_moves_and_renumbers() -> None:
    """A moved mail has a new UID elsewhere; after a renumbering UIDVALIDITY is another, the mail the same."""
    source = FakeSource()
    uids = [source.deliver(MAIL, arrived_at=NOON) for _ in range(2)]
    await source.create("Delegator/Done")
    await source.open("INBOX")
    await source.move([uids[0], 99], "Delegator/Done")
    assert source.moves == [("INBOX", uids[0], "Delegator/Done"), ("INBOX", 99, "Delegator/Done")]
    assert await source.uids() == [uids[1]]
    source.renumber("INBOX")
    facts = await source.open("INBOX")
    assert facts is not None
    assert (facts.uidvalidity, await source.uids()) == (2, [1])
    await source.open("Delegator/Done")
    assert await source.fetch_whole(1, 1000) == MAIL
    await source.delete([1])
    assert await source.uids() == []


@pytest.mark.parametrize(
    ("fault", "outcome", "arrives"),
    [
        (None, Outcome.ACCEPTED, True),
        ("deferred", Outcome.DEFERRED, False),
        ("limited", Outcome.MISCONFIGURED, False),
        ("refused", Outcome.REFUSED, False),
        ("spam", Outcome.REFUSED, False),
        ("too large", Outcome.TOO_LARGE, False),
        ("misconfigured", Outcome.MISCONFIGURED, False),
        ("taken, no answer", Outcome.UNKNOWN, True),
        ("lost, no answer", Outcome.UNKNOWN, False),
    ],
)
async def test_a_gate_fails_as_ordered_and_remembers(
    fault: Fault | None, outcome: Outcome, arrives: bool
) -> None:
    """Each fault once, then all is well; outside the set it raises, and what was tried is kept."""
    gate = RecordingGate(frozenset({"anna@voorbeeld.example"}))
    as_port: Submitter = gate
    mail = Tried(("anna@voorbeeld.example",), MAIL, "<1@voorbeeld.example>")
    gate.faults.append(fault)
    assert (await as_port.submit(mail)).outcome is outcome
    assert gate.delivered == [mail] * arrives
    assert (await as_port.submit(mail)).outcome is Outcome.ACCEPTED
    stranger = Tried(("jan@acme.example",), MAIL, "<2@voorbeeld.example>")
    with pytest.raises(RecipientRefused):
        await as_port.submit(stranger)
    assert gate.tried == [mail, mail, stranger]
    assert stranger not in gate.delivered
