"""What a command wants of an account: the state's daemon is asked; where none runs, it is done here."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..adapters import control
from ..adapters.state import STATE_FILE
from ..config import Config
from ..ports import StateError
from .parts import Parts, located

if TYPE_CHECKING:
    from ..daemon.account import Account
    from ..daemon.process import Talk


def ask_or_do(config: Config, state_dir: Path, request: Talk, *, is_online: bool = True) -> Talk:
    """What a daemon on this state answers, or would answer if one were running."""

    async def answer() -> Talk:
        from ..daemon.process import answer_request

        async with unserved(config, state_dir, is_online=is_online) as account:
            return await answer_request([account], request)

    def attempt() -> Talk:
        if (answered := control.ask(state_dir, request)) is not None:
            return answered
        with control.state_lock(state_dir):
            return asyncio.run(answer())

    answered = control.patiently(attempt)
    no_problem(answered)
    return answered


def no_problem(answer: Talk) -> None:
    """Raises StateError: what the daemon said is wrong."""
    if problem := answer.get("problem"):
        raise StateError(str(problem))


@contextlib.asynccontextmanager
async def unserved(config: Config, state_dir: Path, *, is_online: bool = True) -> AsyncIterator[Account]:
    """The account, where no daemon serves the state."""
    from ..adapters.state.store import SqliteStore

    parts, store = Parts(is_online=is_online), SqliteStore(state_dir / STATE_FILE)
    try:
        with located(config):
            account = parts.account(config, store)
        yield account
    finally:
        await store.close()
