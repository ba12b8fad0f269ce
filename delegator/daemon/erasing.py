"""Erasing what is kept of an absence, some time after it."""

from __future__ import annotations

from datetime import timedelta

from ..core.hours.erasing import erase_until
from ..core.hours.schedule import current_window
from ..ports import EraseStore
from .tenure import Tenure

LOOK_EVERY = timedelta(hours=12)


async def erase_over(tenure: Tenure) -> None:
    """What is left of absences that have been over for `keep`; nothing while the clock is in doubt."""
    if tenure.health.is_clock_in_doubt():
        return
    store: EraseStore = tenure.store
    windows, now = tenure.config.away, tenure.tools.clock.now()
    away = current_window(windows, now)
    ended_at = await store.ended_at(away.from_at if away else now)
    until = erase_until(windows, now, tenure.config.keep, ended_at)
    if until is not None and (count := await store.erase_before(until, now, is_away=away is not None)):
        tenure.tools.log.erased(messages=count, until=until)
