"""What the running daemon answers on its socket, and what it does for all accounts together."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import weakref
from datetime import UTC, datetime

import pytest

from delegator.core.logins.consent import Consent
from delegator.daemon import process
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


async def test_memory_is_given_back_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody has any more is gone before that, circles too: a TLS connection that ended is one."""

    class Circle:
        def __init__(self) -> None:
            self.own = self

    monkeypatch.setattr(process, "TIDY_EVERY_S", 0.01)
    given, found, loop = list[bool](), asyncio.Event(), asyncio.get_running_loop()
    circle: weakref.ref[Circle] = weakref.ref(Circle())

    kept = [Circle()]  # as a connection that lasts until after the first time
    ended_later = weakref.ref(kept[0])

    def give_back() -> None:
        nonlocal circle
        given.append(circle() is None)
        kept.clear()
        circle = weakref.ref(Circle())  # since the last time
        if len(given) == 3:
            loop.call_soon_threadsafe(found.set)

    host = process.Host(
        serve=lambda answer: contextlib.nullcontext(),
        notify=lambda word: None,
        watchdog_interval_s=None,
        end_within=lambda seconds: None,
        give_memory_back=give_back,
    )
    tidying = asyncio.create_task(process._tidy(host))
    try:
        async with asyncio.timeout(10):
            await found.wait()
    finally:
        tidying.cancel()
        gc.unfreeze()
    assert given[:3] == [True, True, True]
    assert ended_later() is None
