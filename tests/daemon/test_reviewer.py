"""Whether a review goes out, and that it goes once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Literal

import pytest
import pytest_asyncio

from delegator.core.hours.schedule import Slot
from delegator.daemon.reviewer import Reviewer
from tests.handovers import Handovers


@pytest_asyncio.fixture
async def world() -> AsyncIterator[Handovers]:
    each = Handovers.new()
    await each.open()
    yield each
    await each.close()


def reviewer(world: Handovers, when_empty: Literal["send", "skip"]) -> Reviewer:
    review = replace(world.config.review, when_empty=when_empty)
    return Reviewer(world.tenure(replace(world.config, review=review)))


def kinds(world: Handovers) -> list[str]:
    return [row["kind"] for row in world.rows("SELECT kind FROM outbox ORDER BY id")]


@pytest.mark.parametrize(("when_empty", "queued"), [("send", ["review"]), ("skip", [])])
async def test_a_review_of_nothing_goes_out_as_the_owner_set(
    world: Handovers, when_empty: Literal["send", "skip"], queued: list[str]
) -> None:
    """An empty one says that all is well; skipped or sent, its slot is over."""
    first: Slot = (world.clock.now().date(), 0)
    assert await reviewer(world, when_empty).make((first, world.clock.now()))
    assert kinds(world) == ["review"], "the first of an absence comes in any case"
    slot: Slot = (world.clock.now().date(), 1)
    await world.clock.advance(world.clock.now() + timedelta(minutes=1))
    assert await reviewer(world, when_empty).make((slot, world.clock.now()))
    assert kinds(world) == ["review", *queued]
    assert not await reviewer(world, when_empty).make((slot, world.clock.now()))
    assert kinds(world) == ["review", *queued]


async def test_a_review_that_was_asked_for_goes_out_empty(world: Handovers) -> None:
    assert await reviewer(world, "skip").make(None)
    assert kinds(world) == ["review"]
