"""The daemon of `run`: its configurations, its state, its accounts, and what it needs of the host."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..adapters import control
from ..adapters.host import bound_memory, end_within, give_memory_back, notify_systemd, watchdog_interval_s
from ..adapters.state import STATE_FILE
from ..config import Config, ConfigError, Problem, load
from ..core.people import normal_address
from .parts import Parts, located

if TYPE_CHECKING:
    from ..daemon.account import Account
    from ..ports import Clock

THREADS = 64
"""For looking up host names, parsing large mails and composing reviews, of all accounts together."""


def run(
    paths: Sequence[Path],
    state_dir: Path,
    *,
    once: bool,
    shadow: bool,
    adopt: bool,
    clock: Clock | None = None,
) -> int:
    """The daemon; the exit code. clock: of a demo, None: the machine's. Raises ConfigError, StateError."""
    from ..maillog import MailLog

    configs = _load_all(paths)
    for config in configs:
        log = MailLog(config.owner.address)
        for warning in config.warnings:
            log.configuration(warning=str(warning))
    return asyncio.run(_run(Parts(clock), configs, state_dir, once=once, shadow=shadow, adopt=adopt))


async def _run(
    parts: Parts, configs: Sequence[Config], state_dir: Path, *, once: bool, shadow: bool, adopt: bool
) -> int:
    from ..adapters.lanes import work_beside_loop
    from ..adapters.state.store import SqliteStore
    from ..daemon.process import Host, opened, run_accounts

    accounts: list[Account] = []
    bound_memory()
    work_beside_loop(THREADS)
    with contextlib.ExitStack() as held:

        def open_state() -> SqliteStore:
            with contextlib.ExitStack() as opening:
                control.patiently(
                    lambda: opening.enter_context(control.state_lock(state_dir)), control.START_PATIENCE_S
                )
                store = SqliteStore(state_dir / STATE_FILE, parts.clock.now)
                held.push(opening.pop_all())
            return store

        host = Host(
            serve=lambda answer: control.serve(state_dir, answer),
            notify=notify_systemd,
            watchdog_interval_s=watchdog_interval_s(),
            end_within=end_within,
            give_memory_back=give_memory_back,
        )
        alarms = () if once else tuple(map(parts.alarm, configs))
        store = open_state() if once else await opened(open_state, alarms, host)
        try:
            for config in configs:
                with located(config):
                    accounts.append(parts.account(config, store, shadow=shadow, adopt=adopt))
            if once:
                looks = (account.once() for account in accounts)
                reached = await asyncio.gather(*looks, return_exceptions=True)
                for failure in reached:  # all others have ended by now
                    if isinstance(failure, BaseException):
                        raise failure
                return 0 if all(reached) else 1
            for account, alarm in zip(accounts, alarms, strict=True):
                account.health.told = alarm.health.told
            await run_accounts(accounts, host)
            return 0
        finally:
            await store.close()


def _load_all(paths: Sequence[Path]) -> list[Config]:
    """Every configuration, or every problem of all of them at once."""
    configs: list[Config] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            configs.append(load(path))
        except ConfigError as error:
            problems += error.problems
    owners: dict[str, Config] = {}
    for config in configs:
        first = owners.setdefault(normal_address(config.owner.address), config)
        if first is not config:
            what = f"{config.owner.address} is the owner in {first.path} too"
            problems.append(Problem(str(config.path), 1, 1, what, "leave one of the two out"))
    if problems:
        raise ConfigError(tuple(problems))
    return configs
