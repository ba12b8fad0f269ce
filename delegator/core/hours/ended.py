"""Which absence has ended, and is still to be closed by a homecoming."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..people import Window

ANSWERABLE_FOR = timedelta(days=2)
"""How long after an absence its last mails may be answered: on the plane, which sends once it has landed."""

STALE = timedelta(days=30)
"""An absence that ended longer ago is not closed any more: its owner has long been at work."""


@dataclass(frozen=True, slots=True)
class Homecoming:
    """An absence that was closed, or is being closed. is_told: its mail was made.

    refused: how often in a row the owner's own server refused that mail for good. is_unseen: the mailbox
    could not be looked at, so that mail from before the end may lie there unread; when it can be, all is
    told once more.
    """

    window: Window
    at: datetime
    is_told: bool
    refused: int = 0
    is_unseen: bool = False

    @property
    def is_done(self) -> bool:
        """Nothing is to be sent any more: a mail that was refused is made once more, without their words."""
        return self.is_told and self.refused != 1


def to_close(
    windows: Sequence[Window], known: Sequence[Homecoming], started_at: datetime, now: datetime
) -> Window | None:
    """The last absence that has ended and was not told yet; None: there is none, or one runs.

    started_at: the first start of this account: what was over before was served by nobody. Whoever leaves
    again before the homecoming was told is away, and hears of both at the next one.
    """
    if any(now in window for window in windows):
        return None
    told = {one.window.until_at for one in known if one.is_done and not one.is_unseen}
    over = [
        window
        for window in windows
        if max(started_at, now - STALE) < window.until_at <= now and window.from_at < window.until_at
    ]
    last = max(over, key=lambda window: window.until_at, default=None)
    return last if last is not None and last.until_at not in told else None


def last_before(known: Sequence[Homecoming], window: Window) -> datetime | None:
    """When the absence before this one was closed; what came after it belongs to this one. None: never."""
    before = (one.at for one in known if one.window.until_at <= window.from_at)
    return max(before, default=None)
