"""What is forgotten at once because somebody asks: an account, or a correspondent in all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..config import Config
from ..core.hours.schedule import current_window
from ..core.people import normal_address
from ..ports import Forgotten, StateError, Store


async def forget_account(
    address: str, configs: Sequence[Config], store: Store, now: datetime, *, is_running: bool
) -> Forgotten:
    """configs: those that are known. is_running: a daemon serves them. Raises StateError: it is away now.

    An absence that was said by mail or by `away` stands in the state alone; one of rules.yaml may have ended.
    """
    key = normal_address(address)
    served = next((config for config in configs if normal_address(config.owner.address) == key), None)
    kept = await store.account(key).kept()
    windows = (
        served.with_changes(kept, now).away
        if served is not None
        else [change.window for change in kept.changes if not change.is_called_off]
    )
    if current_window(windows, now) is not None:
        raise StateError(
            f"{address} is away now, and what is kept is needed; forget it after the absence, or end that "
            f"first: delegator away {address} --end"
        )
    return await store.forget_account(key, is_served=is_running and served is not None)


async def forget_person(address: str, configs: Sequence[Config], store: Store, now: datetime) -> Forgotten:
    """Raises StateError: it is the address of an owner or a backup, who are in the configuration."""
    key = normal_address(address)
    for config in configs:
        if key in config.owner.normal_addresses:
            to_do = "leave out --person to forget an account"
            raise StateError(f"{address} is the owner in {config.path}; {to_do}")
        if (backup := config.backup_of(key)) is not None:
            raise StateError(
                f"{address} is the backup {backup.key} in {config.path}; take that one out of it first"
            )
    return await store.forget_person(key, now)
