"""Away windows, review times, DST-safe. All moments are aware and in UTC unless named local."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from .people import Window

Slot = tuple[date, int]
"""A review's slot: the owner's local date and the index of its time in `review.at`, from 0."""


def local_moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """A local wall time as UTC. In a gap: the moment the gap ends; twice: the first."""
    raise NotImplementedError


def current_window(windows: Sequence[Window], now: datetime) -> Window | None:
    """The window that holds `now`, or None."""
    raise NotImplementedError


def next_window(windows: Sequence[Window], now: datetime) -> Window | None:
    """The first window that ends after `now`: the current one, or the next to come."""
    raise NotImplementedError


def next_slot(at: Sequence[time], zone: ZoneInfo, windows: Sequence[Window], after: datetime) -> tuple[Slot, datetime] | None:
    """The first review slot whose moment is > after and within a window; None if there is none."""
    raise NotImplementedError


def due_slot(at: Sequence[time], zone: ZoneInfo, windows: Sequence[Window], after: datetime, now: datetime) -> tuple[Slot, datetime] | None:
    """The latest slot with after < moment <= now, within a window; None if none was due.

    after: the last review's slot moment, or the first start. Of several missed, only the latest.
    A slot missed just before the window closed is still due after it.
    """
    raise NotImplementedError
