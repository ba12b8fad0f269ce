"""The states of a submission, reply classes and retry times (RFC 5321 section 4.5.4.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """Of a row in the outbox."""

    PENDING = "pending"  # to be composed and sent
    SENDING = "sending"  # octets and Message-ID are stored; an attempt is under way or was cut off
    SENT = "sent"
    FAILED = "failed"  # refused for good


class Outcome(StrEnum):
    """Of one attempt."""

    ACCEPTED = "accepted"  # 250 after the final dot
    DEFERRED = "deferred"  # 4yz, or never reached the server: certainly not accepted
    REFUSED = "refused"  # 5yz for this recipient or these octets: certainly not accepted
    TOO_LARGE = "too_large"  # 552, 523 or 5.3.4, or above SIZE: certainly not accepted
    MISCONFIGURED = "misconfigured"  # login, certificate or sender refused: retry, tell a person
    UNKNOWN = "unknown"  # the final dot was sent and no answer came


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server said, or what went wrong. text: one line, bounded, without secrets."""

    outcome: Outcome
    code: int | None
    text: str


def next_attempt_at(attempts: int, failed_at: datetime) -> datetime | None:
    """When to retry a deferred submission, or None to give up (after four days).

    attempts: made so far, the failed one included; >= 1. failed_at: aware.
    """
    raise NotImplementedError
