"""What a command does to the state."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from delegator.adapters.state.store import SqliteStore
from delegator.config import load
from delegator.core.lessons import Lessons, Tried
from delegator.wiring.state import note_tried
from tests.handovers import RULES


def test_what_was_tried_is_kept_where_there_is_a_state(tmp_path: Path) -> None:
    """A dry run makes no state; in one that is there its day stands beside what the test mail taught."""
    path, state = tmp_path / "rules.yaml", tmp_path / "state"
    path.write_text(RULES.replace("ON_SILENCE", "ask"))
    config = load(path, read_secrets=False)
    at = datetime(2026, 11, 13, 9, tzinfo=UTC)
    note_tried(config, state, Tried(dry_run_at=at))
    assert not state.exists()
    state.mkdir()
    lessons = Lessons(at, "INBOX", True, "Sent", "")

    async def learn() -> None:
        store = SqliteStore(state / "state.sqlite3")
        await store.account(config.owner.address).learn(lessons.to_values())
        await store.close()

    async def learnt() -> dict[str, str]:
        store = SqliteStore(state / "state.sqlite3")
        try:
            return await store.account(config.owner.address).learnt()
        finally:
            await store.close()

    asyncio.run(learn())
    note_tried(config, state, Tried(checked_at=at, problems=3, answers="no"))
    note_tried(config, state, Tried(dry_run_at=at))
    kept = asyncio.run(learnt())
    assert Tried.from_values(kept) == Tried(at, 3, "no", at)
    assert Lessons.from_values(kept) == lessons
    assert Tried.from_values({"checked_at": "gisteren", "check_problems": "x", "answers": "?"}) == Tried()
