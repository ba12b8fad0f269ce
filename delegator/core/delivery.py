"""The states of a submission, reply classes and retry times (RFC 5321 section 4.5.4.1).

Tables, and lookups in them. What is done about a state stands in `outbox`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
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


class Stage(StrEnum):
    """Where in the SMTP dialogue a reply came."""

    OPENING = "opening"  # the greeting, EHLO, STARTTLS
    LOGIN = "login"  # AUTH
    SENDER = "sender"  # MAIL FROM
    RECIPIENT = "recipient"  # RCPT TO
    DATA = "data"  # DATA, or the content before its final dot
    END = "end"  # after the final dot


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server said, or what went wrong. text: one line, bounded, without secrets."""

    outcome: Outcome
    code: int | None
    text: str


# RFC 5321 asks for 30 minutes between attempts, and more often at first. A submission server that
# restarts is back within seconds and a client waits, hence the first ones; greylisting lets a second
# attempt in after 1 to 5 minutes.
_FIRST_DELAYS = tuple(timedelta(seconds=s) for s in (15, 60, 2 * 60, 5 * 60, 10 * 60, 20 * 60, 30 * 60))
_LATER_DELAY = timedelta(hours=1)
_GIVE_UP_AFTER = timedelta(days=4)
_MAX_ATTEMPTS = len(_FIRST_DELAYS) + (_GIVE_UP_AFTER - sum(_FIRST_DELAYS, timedelta())) // _LATER_DELAY

# A reply's first digit decides (RFC 5321 section 4.2.1), unless one of these is more precise.
_TOO_LARGE_CODES = frozenset({523, 552})
_TOO_LARGE_STATUS = frozenset({"5.2.3", "5.3.4"})  # RFC 3463: for this mailbox, for this system
_LOGIN_CODES = frozenset({530, 534, 535, 538})  # RFC 4954 section 6
_SENDER_STATUS = frozenset(
    {
        "5.1.7",  # RFC 3463: sender's address syntax
        "5.1.8",  # RFC 3463: sender's system address
        "5.7.8",  # RFC 4954: credentials invalid
        "5.7.9",  # RFC 4954: mechanism too weak
        "5.7.11",  # RFC 4954: encryption required
        "5.7.54",  # Exchange: unable to relay
        "5.7.57",  # Exchange: client was not authenticated
        "5.7.60",  # Exchange: no permission to send as this sender
    }
)
# Postfix and Exim say 554 5.7.1 and 550 to whom they take for a stranger, as to a bad recipient.
_RELAY_DENIED = re.compile(r"\brelay(ing)?\b.*\b(denied|not (permitted|allowed))\b", re.IGNORECASE)
_PASSWORD_TRANSITION = 432  # RFC 4954: until the user has logged in by other means

# Before the envelope names a recipient nothing is about this mail: a refusal is about us.
_ABOUT_US = frozenset({Stage.OPENING, Stage.LOGIN, Stage.SENDER})
_ENHANCED_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?!\S)")


def next_attempt_at(attempts: int, failed_at: datetime) -> datetime | None:
    """When to retry a deferred submission, or None to give up (after four days).

    attempts: made so far, the failed one included; >= 1. failed_at: aware.
    Source: RFC 5321 section 4.5.4.1.
    """
    if attempts > _MAX_ATTEMPTS:
        return None
    return failed_at + (_FIRST_DELAYS[attempts - 1] if attempts <= len(_FIRST_DELAYS) else _LATER_DELAY)


_PACE = timedelta(minutes=6)  # to one backup: a first start on a full inbox is no avalanche


def paced_at(now: datetime, last_at: datetime | None) -> datetime:
    """When an old mail is due that waits its turn. last_at: of the one before, to the same backup."""
    return now if last_at is None else max(now, last_at + _PACE)


def enhanced_status(text: str) -> str | None:
    """The enhanced status code that opens a reply's text, as "5.7.1" (RFC 2034), or None."""
    found = _ENHANCED_STATUS.match(text)
    return found.group() if found else None


def classify(code: int, text: str, stage: Stage) -> Outcome:
    """What a server's reply means for a submission.

    code: three digits, or anything else where the reply was not SMTP. text: without the code; the
    enhanced status code (RFC 3463) may open it. A reply that makes no sense at its stage leaves the
    mail for another attempt.
    """
    kind = code // 100
    if kind == 2 and stage is Stage.END:
        return Outcome.ACCEPTED
    if kind == 4:
        return Outcome.MISCONFIGURED if code == _PASSWORD_TRANSITION else Outcome.DEFERRED
    if kind == 5:
        return _classify_refusal(code, text, stage)
    return Outcome.UNKNOWN if stage is Stage.END else Outcome.DEFERRED


def _classify_refusal(code: int, text: str, stage: Stage) -> Outcome:
    status = enhanced_status(text)
    # 552 alone is size (RFC 1870); with another status it is a full mailbox (5.2.2), or content that
    # the server will not have (Gmail's 552 5.7.0).
    if status in _TOO_LARGE_STATUS or (code in _TOO_LARGE_CODES and status is None):
        return Outcome.TOO_LARGE
    if stage in _ABOUT_US or code in _LOGIN_CODES or status in _SENDER_STATUS or _RELAY_DENIED.search(text):
        return Outcome.MISCONFIGURED
    return Outcome.REFUSED
