"""Which mails are bounces or automatic replies, and what a bounce speaks of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .mime import Part

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Bounce:
    """A delivery status report (RFC 3464), or a bounce in no standard form.

    kind: "failed" for a permanent failure, "delayed" for a warning that delivery goes on.
    message_ids: the Message-IDs of the mails that it speaks of, with angle brackets; may be empty.
    recipients: the addresses that it names as failed; may be empty.
    """

    kind: Literal["failed", "delayed"]
    message_ids: tuple[str, ...]
    recipients: tuple[str, ...]


def find_bounce(root: Part, headers: Headers, text: str) -> Bounce | None:
    """What a bounce says, or None where the mail is none."""
    return None


def is_auto_reply(headers: Headers, subject: str) -> bool:
    """Whether the headers say that a machine answered."""
    return False
