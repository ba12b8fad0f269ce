"""What the owner's own test mail taught about the servers: kept as text, used when something is in doubt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Lessons:
    """tested_at: when the mail was sent, aware. arrived_in: the mailbox.

    keeps_message_id: whether it arrived under the Message-ID with which it was submitted.
    files_sent_in: the mailbox in which the provider puts what was submitted, by itself; "" for none.
    failed: what the owner's server says failed, as in "dmarc=fail", though the mail was the owner's
    own; "" for nothing.
    """

    tested_at: datetime
    arrived_in: str
    keeps_message_id: bool
    files_sent_in: str
    failed: str

    def to_values(self) -> dict[str, str]:
        return {
            "tested_at": self.tested_at.isoformat(),
            "arrived_in": self.arrived_in,
            "keeps_message_id": "yes" if self.keeps_message_id else "no",
            "files_sent_in": self.files_sent_in,
            "failed": self.failed,
        }

    @classmethod
    def from_values(cls, values: Mapping[str, str]) -> Lessons | None:
        """None if there was no test mail yet, or it is not known any more what became of it."""
        tested_at = tested(values.get("tested_at", ""))
        if tested_at is None or "arrived_in" not in values:
            return None
        return cls(
            tested_at=tested_at,
            arrived_in=values["arrived_in"],
            keeps_message_id=values.get("keeps_message_id") == "yes",
            files_sent_in=values.get("files_sent_in", ""),
            failed=values.get("failed", ""),
        )


def tested(value: str) -> datetime | None:
    """The moment, aware; None where that cannot be read."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
