"""What the running daemon answers on its socket."""

from __future__ import annotations

from datetime import UTC, datetime

from delegator.core.logins.consent import Consent
from delegator.daemon.process import _texts


class Login:
    """As much of a TokenLogin as is asked for."""

    async def consents(self) -> tuple[Consent, ...]:
        now = datetime(2026, 11, 16, tzinfo=UTC)
        return (Consent("a-refresh-token", now, now, username="sofie@voorbeeld.example"),)


async def test_a_refresh_token_leaves_the_daemon_for_nobody() -> None:
    """`check` hears since when a login holds, and whose it is."""
    (text,) = await _texts(Login())  # type: ignore[arg-type]
    assert "a-refresh-token" not in text
    assert "sofie@voorbeeld.example" in text
