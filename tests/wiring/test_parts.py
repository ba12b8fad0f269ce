"""Which adapters an account is built of."""

from __future__ import annotations

from pathlib import Path

import pytest

from delegator.adapters.state.store import SqliteStore
from delegator.config import load
from delegator.ports import RecipientRefused, Submission
from delegator.wiring.parts import Parts
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
