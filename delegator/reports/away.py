"""What `away` reports: the absence as it is now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from .json import utc_text


@dataclass(frozen=True, slots=True)
class Away:
    """timezone: the owner's, by its name. until_at: the first moment back. ended: it is over.

    backup: a key; None: nobody covers. called_off: it does not take place.
    """

    address: str
    timezone: str
    from_at: datetime
    until_at: datetime
    backup: str | None
    ended: bool
    called_off: bool = False

    def to_dict(self) -> dict[str, Any]:
        return {
            "address": self.address,
            "from": utc_text(self.from_at),
            "until": utc_text(self.until_at),
            "backup": self.backup,
            "ended": self.ended or self.called_off,
        }

    def to_text(self) -> str:
        if self.ended:
            return f"{self.address} is back; the absence ended {self._local(self.until_at)}"
        if self.called_off:
            span = f"{self._local(self.from_at)} until {self._local(self.until_at)}"
            return f"{self.address} is not away from {span}: it is called off, and whoever was asked hears so"
        cover = f"; {self.backup} covers" if self.backup else ""
        span = f"{self._local(self.from_at)} until {self._local(self.until_at)}, the first moment back"
        return f"{self.address} is away from {span}{cover}"

    def _local(self, moment: datetime) -> str:
        return f"{moment.astimezone(ZoneInfo(self.timezone)):%a %Y-%m-%d %H:%M}"
