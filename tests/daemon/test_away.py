"""An absence set by whoever runs the host, while one runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from delegator.core.people import Window
from delegator.daemon.away import AwayRefused, set_away
from tests.handovers import Handovers

NEXT = Window(datetime(2027, 3, 10, tzinfo=UTC), datetime(2027, 3, 20, tzinfo=UTC))


@pytest_asyncio.fixture
async def world() -> AsyncIterator[Handovers]:
    each = Handovers.new()
    each.config = replace(each.config, away=(*each.config.away, NEXT))
    await each.open()
    yield each
    await each.close()


@pytest.mark.parametrize(
    ("until", "said"), [("2026-11-15", "is over already"), ("2027-03-12", "overlaps with the absence of")]
)
async def test_an_end_that_cannot_be_meant_changes_nothing(world: Handovers, until: str, said: str) -> None:
    """Neither in the past nor in the midst of the next absence; the owner gets no mail about it."""
    tenure = world.tenure(world.config)
    with pytest.raises(AwayRefused, match=said):
        await set_away(tenure, until, None, end=False)
    assert tenure.config.away == world.config.away
    assert world.rows("SELECT 1 FROM outbox") == []
    await set_away(tenure, "2027-03-09", None, end=False)
    assert tenure.config.away != world.config.away


async def test_a_backup_alone_needs_an_absence_that_runs(world: Handovers) -> None:
    """It is whose absence somebody covers; between two there is none."""
    world.clock.at = datetime(2027, 3, 5, tzinfo=UTC)
    with pytest.raises(AwayRefused, match="say until when"):
        await set_away(world.tenure(world.config), None, "anna", end=False)


async def test_a_moment_without_an_offset_is_the_owners(world: Handovers) -> None:
    """17.00 in Brussels is 16.00 UTC in winter; with an offset it is as it says."""
    for until, at in (("2026-12-24T17:00", 16), ("2026-12-24T17:00+05:00", 12), ("2026-12-24", -1)):
        done = await set_away(world.tenure(world.config), until, None, end=False)
        assert done.until_at == datetime(2026, 12, 24, tzinfo=UTC) + timedelta(hours=at)


async def test_today_begins_now(world: Handovers) -> None:
    """Somebody who fell ill this morning is away from now on: what came earlier is not taken up."""
    world.clock.at = datetime(2027, 3, 5, 9, tzinfo=UTC)
    done = await set_away(world.tenure(world.config), "2027-03-05..2027-03-08", None, end=False)
    assert done.from_at == world.clock.at
