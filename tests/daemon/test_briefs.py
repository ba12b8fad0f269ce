"""Who gets a brief before an absence."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from delegator.core.people import Window
from tests.handovers import BACKUPS, MONDAY, Handovers

AWAY = Window(MONDAY + timedelta(days=3), MONDAY + timedelta(days=9))


@pytest_asyncio.fixture
async def world() -> AsyncIterator[Handovers]:
    each = Handovers.new()
    each.config = replace(each.config, away=(AWAY,))
    await each.open()
    yield each
    await each.close()


@pytest.mark.parametrize(("days", "is_told"), [(6, False), (5, True)])
async def test_a_backup_who_is_away_all_the_time_gets_none(
    world: Handovers, days: int, is_told: bool
) -> None:
    """There is nothing that she has to know. One who is back before the end hears of it."""
    away = Window(AWAY.from_at, AWAY.from_at + timedelta(days=days))
    carla = replace(world.config.backups["carla"], away=(away,))
    config = replace(world.config, backups={**world.config.backups, "carla": carla})
    told = await world.tenure(config).follow_up().send_briefs()
    assert (BACKUPS["carla"][0] in told) is is_told
    assert BACKUPS["anna"][0] in told


async def test_what_became_due_meanwhile_is_next(world: Handovers) -> None:
    """While the rest was done the machine slept: no brief waits for the next thing that happens."""
    follow_up = world.tenure(world.config).follow_up()
    began_at = world.clock.at
    first_at = await follow_up.next_at(began_at)
    assert first_at is not None
    world.clock.at = first_at + timedelta(hours=3)
    assert await follow_up.next_at(began_at) == first_at
