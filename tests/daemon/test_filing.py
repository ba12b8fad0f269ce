"""What was decided goes to its folder, whatever else the server allows: on a real state, without servers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from delegator.core.folders import FORWARDED
from delegator.daemon.filing import file_messages
from tests.handovers import MONDAY, Handovers, write


@pytest_asyncio.fixture
async def world() -> AsyncIterator[Handovers]:
    each = Handovers.new()
    await each.open()
    yield each
    await each.close()


@pytest.mark.parametrize(
    ("permanent_flags", "is_marked"),
    [
        ((), False),  # PERMANENTFLAGS ()
        (("\\Seen", "\\Deleted", "$Junk"), False),
        (("\\Seen", "$FORWARDED"), True),
        (("\\*",), True),
    ],
)
async def test_a_keyword_is_asked_for_where_the_server_keeps_it(
    world: Handovers, permanent_flags: tuple[str, ...], *, is_marked: bool
) -> None:
    """What was forwarded is moved in any case, once."""
    world.source.permanent_flags = frozenset(permanent_flags)
    world.source.deliver(write("jan@acme.example", "Vraag", "<1@acme.example>"), arrived_at=MONDAY)
    await world.look()
    await world.submit()
    tenure = world.tenure(world.config)
    tenure.server = await world.source.connect()
    for _ in range(2):
        await file_messages(tenure)
    assert world.source.keywords == ([("INBOX", 1, "$Forwarded")] if is_marked else [])
    assert world.source.moves == [("INBOX", 1, FORWARDED)]
    assert tenure.lacks.lines() == []
