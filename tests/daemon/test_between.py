"""Between two absences: whose answers are read, until when, and who serves the next one."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from delegator.core.hours.schedule import next_window
from delegator.core.mail.marker import compose_marker
from delegator.core.reviews.leaving import leaving_at
from delegator.daemon.between import RECONCILE_EVERY_S
from delegator.daemon.session import (
    OTHERS_EVERY_S,
    Session,
    pace_of,
    until_together,
)
from delegator.ports import OutgoingMail
from tests.daemon.test_account import EVE, MONDAY, SOFIE, World, letters, world

__all__ = ["world"]


@pytest_asyncio.fixture
async def before(world: World) -> World:
    """Six days before the absence; a mail to the owner is out that may be answered."""
    world.clock.at = MONDAY - timedelta(days=6)
    tenure = await world.account.tenure()
    octets = f"From: {SOFIE}\r\nMessage-ID: <q@voorbeeld.example>\r\n\r\nx".encode()
    until_at = MONDAY + timedelta(days=30)
    mail = OutgoingMail("answer", SOFIE, octets, "<q@voorbeeld.example>", answerable_until=until_at)
    await tenure.store.queue(mail, world.clock.now())
    return world


async def test_a_trial_reads_no_answers(before: World) -> None:
    """The service does; a trial beside it would obey twice."""
    tenure = await before.account.tenure()
    session = Session(tenure, adopt=False, is_once=False)
    assert await session.has_answers_to_come()
    tenure.identity = replace(tenure.identity, mode="shadow")
    assert not await session.has_answers_to_come()


async def test_it_rests_until_the_evening_before(before: World) -> None:
    """The departure mail is due then, not with the absence."""
    tenure = await before.account.tenure()
    coming = next_window(tenure.config.away, before.clock.now())
    assert coming is not None
    until_at = await Session(tenure, adopt=False, is_once=False)._rest_until(coming)
    assert until_at == leaving_at(coming, tenure.config.owner.timezone)
    assert until_at < coming.from_at


async def test_no_brief_where_another_serves_while_answers_are_read(before: World) -> None:
    """The marker is looked at over the connection that waits for answers, too."""
    tenure = await before.account.tenure()
    octets = compose_marker(
        tenure.config.owner, "another", tenure.config.away[0].until_at, "<1@x.example>", EVE
    )
    await before.source.create("Delegator")
    before.source.deliver(octets, "Delegator", arrived_at=MONDAY - timedelta(days=9))
    before.start()
    await before.until(lambda: before.account.is_connected)
    await before.clock.advance(EVE)
    await before.until(lambda: not before.account.is_live)
    assert not letters(before)


async def test_an_absence_that_began_meanwhile_is_not_rested_over(before: World) -> None:
    """The departure mail's look took long, or the machine slept: the absence has begun, and is taken up."""
    tenure = await before.account.tenure()
    coming = next_window(tenure.config.away, before.clock.now())
    assert coming is not None
    before.clock.at = coming.from_at + timedelta(minutes=1)
    until_at = await Session(tenure, adopt=False, is_once=False)._rest_until(coming)
    assert until_at == before.clock.at


async def test_an_absence_that_was_slept_through_is_closed(before: World) -> None:
    """While answers are awaited: nothing goes round and round over a moment that is past."""
    before.start()
    await before.until(lambda: before.account.is_connected)
    tenure = await before.account.tenure()
    window = tenure.config.away[0]
    before.clock.at = window.until_at + timedelta(days=1)
    before.account.bells.wake.set()

    async def closed() -> bool:
        return any(one.window == window for one in await tenure.store.homecomings())

    async with asyncio.timeout(20):
        while not await closed():
            await asyncio.sleep(0.01)


async def test_an_answer_by_a_clock_that_is_ahead(before: World) -> None:
    """The mail server's clock may be days ahead of ours: where no absence comes, no answer is passed over."""
    head = f"From: {SOFIE}\r\nTo: {SOFIE}\r\nMessage-ID: <a@x.example>\r\n"
    answer = f"{head}In-Reply-To: <q@voorbeeld.example>\r\n\r\nlijst\r\n"
    before.source.deliver(answer.encode(), arrived_at=before.clock.at + timedelta(days=3))
    tenure = await before.account.tenure()
    await tenure.outbox().submit_due(to_backups=False, stop=asyncio.Event())
    assert await Session(tenure, adopt=False, is_once=False)._look_for_answers(None)
    query = "SELECT message_id FROM message"
    rows = await before.store.run(lambda db: db.execute(query).fetchall())
    assert [row["message_id"] for row in rows] == ["<a@x.example>"]


def test_accounts_that_began_together_do_not_look_together() -> None:
    """None waits longer than it may, and they are soon a minute apart."""
    paces = sorted(pace_of(f"sofie{number}@voorbeeld.example") for number in range(100))
    assert all(0.8 <= pace <= 1 for pace in paces)
    assert max(later - earlier for earlier, later in itertools.pairwise(paces)) < 0.02


@given(st.floats(0, 1e9), st.sampled_from([60.0, 300.0]), st.floats(0.8, 1.0))
def test_accounts_wake_in_groups_and_none_of_them_late(now_s: float, every_s: float, pace: float) -> None:
    """So that what one needs of the processor's caches is there for the next."""
    wait_s = until_together(now_s, every_s, pace)
    assert (pace - 1 / 30) * every_s - 1e-6 <= wait_s <= pace * every_s + 1e-6
    groups = (now_s + wait_s) / (every_s / 30)
    assert abs(groups - round(groups)) < 1e-5


@pytest.mark.parametrize("pace", [0.8, 0.87, 0.95, 1.0])
async def test_everything_is_looked_at_within_five_minutes(before: World, pace: float) -> None:
    """At the fifth question at the latest, however they fall into groups."""
    session = Session(await before.account.tenure(), adopt=False, is_once=False)
    session._pace, session._looked_s = pace, before.clock.elapsed_s()
    questions = 0
    while not session._is_look_due:
        questions += 1
        wait_s = until_together(before.clock.elapsed_s(), OTHERS_EVERY_S, pace)
        before.clock.at += timedelta(seconds=wait_s)
    assert questions == 5
    assert before.clock.elapsed_s() - session._looked_s <= RECONCILE_EVERY_S
