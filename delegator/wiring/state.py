"""What a command does to the state: an absence, what was learnt, a backup and its return, forgetting."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..adapters import control
from ..adapters.host import SystemClock
from ..adapters.state import STATE_FILE
from ..config import Config, ConfigError, load
from ..core.people import normal_address
from ..ports import StateError
from .ask_or_do import ask_or_do, no_problem

if TYPE_CHECKING:
    from ..adapters.state.archive import Archive
    from ..core.lessons import Lessons, Tried
    from ..daemon.away import SetAway
    from ..ports import Forgotten


def away(
    path: Path, state_dir: Path, *, address: str | None, span: str | None, backup: str | None, end: bool
) -> SetAway:
    """An absence of an account, set or ended at once. Raises StateError: what is wrong, or who is unknown."""
    config = load(path, read_secrets=False)
    owner = address or config.owner.address
    request = {"command": "away", "owner": owner, "span": span, "backup": backup, "end": end}
    is_another = normal_address(owner) != normal_address(config.owner.address)
    if is_another and control.ask(state_dir, {"command": "status"}) is None:
        raise StateError(
            f"{owner} is not the owner in {path}, and no daemon is running; name its configuration with -c"
        )
    answer = ask_or_do(config, state_dir, request, is_online=False)
    moments = {name: datetime.fromisoformat(answer[name]) for name in ("from_at", "until_at")}
    from ..daemon.away import SetAway

    return SetAway(**{**answer, **moments})


def keep_lessons(
    config: Config, state_dir: Path, lessons: Lessons | Tried, *, is_online: bool = True
) -> None:
    """Into the state, by its daemon where one runs."""
    request = {"command": "learn", "owner": config.owner.address, "values": lessons.to_values()}
    ask_or_do(config, state_dir, request, is_online=is_online)


def note_tried(config: Config, state_dir: Path, tried: Tried) -> None:
    """For the departure mail; not where there is no state yet, or it cannot be had now."""
    if (state_dir / STATE_FILE).exists():
        with contextlib.suppress(StateError, ConfigError, OSError):
            keep_lessons(config, state_dir, tried, is_online=False)


def back_up(state_dir: Path, file: Path) -> Archive:
    """Keep the state in a file; a daemon that serves it goes on. Raises StateError."""
    from ..adapters.state import archive

    return archive.back_up(state_dir / STATE_FILE, file, SystemClock().now())


def restore(file: Path, state_dir: Path) -> Archive:
    """Put back what `back_up` kept, where there is no state. Raises StateError."""
    from ..adapters.state import archive

    with control.state_lock(state_dir):
        return asyncio.run(archive.restore(file, state_dir / STATE_FILE, SystemClock().now()))


def forget(address: str, config: Config | None, state_dir: Path, *, is_person: bool) -> Forgotten:
    """An account, or a correspondent in all of them, out of the state at once. Raises StateError.

    config: of an account that may be away, where no daemon runs; None: none is known.
    """
    from ..adapters.state.store import SqliteStore
    from ..daemon.forgetting import forget_account, forget_person
    from ..ports import Forgotten

    request = {"command": "forget", "address": address, "person": is_person}

    async def work() -> Forgotten:
        configs, now = ([config] if config else []), SystemClock().now()
        store = SqliteStore(state_dir / STATE_FILE)
        try:
            if is_person:
                return await forget_person(address, configs, store, now)
            return await forget_account(address, configs, store, now, is_running=False)
        finally:
            await store.close()

    def attempt() -> Forgotten:
        if (answer := control.ask(state_dir, request)) is not None:
            no_problem(answer)
            return Forgotten(**answer)
        if not (state_dir / STATE_FILE).exists():
            raise StateError(f"there is no state in {state_dir}; see whether --state is right")
        with control.state_lock(state_dir):
            return asyncio.run(work())

    return control.patiently(attempt)
