"""Reports as JSON, for programs: its fields are a contract."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any


def utc_text(moment: datetime | None) -> str | None:
    """A moment as RFC 3339 in UTC, to the second."""
    if moment is None:
        return None
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def to_json(value: Any) -> str:
    """ASCII, so that no terminal, locale or lone surrogate in a subject can spoil it."""
    return json.dumps(value, indent=2)
