"""When what is kept of an absence is erased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from ..people import Window
from .schedule import current_window, next_window


def erase_until(
    windows: Sequence[Window], now: datetime, keep: timedelta, ended_at: datetime | None
) -> datetime | None:
    """Everything from up to that moment is erased; None: nothing yet.

    keep: after the homecoming. ended_at: of an absence of which no window tells any more: when it was
    over, or its last mail came.
    """
    away = current_window(windows, now)
    begin_at = away.from_at if away else now
    ends = [window.until_at for window in windows if window.until_at <= begin_at]
    if not ends and ended_at is not None and ended_at < begin_at:
        ends = [ended_at]
    over = [end_at for end_at in ends if end_at + keep <= now]
    if not over:
        return None
    # What came after it may belong to the next absence: a brief is sent days before.
    is_last = len(over) == len(ends) and next_window(windows, now) is None
    return now - keep if is_last else max(over)
