"""Which adapters an account is built of."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from delegator.adapters.state.store import SqliteStore
from delegator.config import load
from delegator.core.lessons import Lessons, Tried
from delegator.ports import RecipientRefused, Submission
from delegator.wiring import Parts, note_tried
from tests.handovers import RULES

IT, ANNA = "it@voorbeeld.example", "anna@voorbeeld.example"
MAIL = b"Message-ID: <1@voorbeeld.example>\r\n\r\nmail\r\n"


async def test_the_alerts_own_server_takes_alerts_only(tmp_path: Path) -> None:
    """Its gate knows no backup, so that no forward can go there; without one the account's serves."""
    path = tmp_path / "rules.yaml"
    alert = f"alert: {{address: {IT}, smtp: {{host: 127.0.0.1, port: 1, security: none}}}}\n"
    path.write_text(RULES.replace("ON_SILENCE", "ask") + alert)
    parts, store = Parts(is_online=False), SqliteStore(tmp_path / "state.sqlite3")
    try:
        tools = parts.account(load(path, read_secrets=False), store).tools
        with pytest.raises(RecipientRefused):
            await tools.alert_gate.submit(Submission((ANNA,), MAIL, "<1@voorbeeld.example>"))
        reply = await tools.alert_gate.submit(Submission((IT,), MAIL, "<1@voorbeeld.example>"))
        assert "127.0.0.1" in reply.text
        path.write_text(RULES.replace("ON_SILENCE", "ask") + f"alert: {{address: {IT}}}\n")
        tools = parts.account(load(path, read_secrets=False), store).tools
        assert tools.alert_gate is tools.gate
    finally:
        await store.close()


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
