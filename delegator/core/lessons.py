"""What the owner's own test mail taught about the servers, and what was tried when: kept as text.

The first is used when something is in doubt, the second is told in the departure mail.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal


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


_COUNT = re.compile(r"[0-9]{1,6}")

Answers = Literal["yes", "no", ""]
"""Whether an automatic reply is on: one was seen, none of a filter's is, or it cannot be seen."""


@dataclass(frozen=True, slots=True)
class Tried:
    """checked_at: the last `check`, with as many problems. dry_run_at: the last over the mailbox.

    None: never. answers: what the last check said of an automatic reply.
    """

    checked_at: datetime | None = None
    problems: int = 0
    answers: Answers = ""
    dry_run_at: datetime | None = None

    def to_values(self) -> dict[str, str]:
        """Without what was not tried now: what is kept of that holds."""
        found = {}
        if self.checked_at is not None:
            found["checked_at"] = self.checked_at.isoformat()
            found["check_problems"] = str(self.problems)
            found["answers"] = self.answers
        if self.dry_run_at is not None:
            found["dry_run_at"] = self.dry_run_at.isoformat()
        return found

    @classmethod
    def from_values(cls, values: Mapping[str, str]) -> Tried:
        count, answers = values.get("check_problems", ""), values.get("answers")
        return cls(
            checked_at=tested(values.get("checked_at", "")),
            problems=int(count) if _COUNT.fullmatch(count) else 0,
            answers="yes" if answers == "yes" else "no" if answers == "no" else "",
            dry_run_at=tested(values.get("dry_run_at", "")),
        )


def tested(value: str) -> datetime | None:
    """The moment, aware; None where that cannot be read."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
