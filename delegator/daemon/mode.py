"""Who an account is in its mailbox: the one that serves it, one that observes another, or a trial."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from ..core.hours.schedule import current_window
from ..core.people import normal_address

if TYPE_CHECKING:
    from ..config.model import Config

Mode = Literal["live", "shadow", "observing"]


def key_of(mode: Mode, address: str) -> str:
    """Of the account's part of the state; a shadow and an observer keep theirs apart."""
    key = normal_address(address)
    return key if mode == "live" else f"{key}/shadow"


def first_mode(config: Config, now: datetime, *, observes: bool) -> Mode:
    """As whom it begins, before the marker is looked at. observes: it did when it last looked.

    The server may not answer for hours, and a review by who only observes must say so.
    """
    if config.is_trial(now):
        return "shadow"
    is_away = current_window(config.away, now) is not None
    return "observing" if observes and is_away else "live"
