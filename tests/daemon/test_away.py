"""An absence set by whoever runs the host, while one runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

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
