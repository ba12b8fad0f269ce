"""What is at fault in an account, who is told of it and when, and which of its loops turn.

Moments that end in _s are seconds of a clock that nobody sets; what people read has the time of day.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal


class Subject(StrEnum):
    """What can be at fault. The loops come first; each is a fault until it has succeeded itself."""

    WATCH = "watch"
    OUTBOX = "outbox"
    REVIEWS = "reviews"
    HANDOVERS = "handovers"
    ALARM = "alarm"
    ACCOUNT = "account"  # it cannot begin: none of its loops turns
    MAILBOXES = "mailboxes"  # of those that are to be watched, some are not there
    SUBMISSION = "submission"  # the server to which mail is submitted
    ALERT_SERVER = "alert.smtp"
    REVIEW_MAIL = "review"  # the owner's own server refuses it
    CLOCK = "clock"
    LOGIN = "login"  # by OAuth 2
    TO_DO_FILE = "to_do file"
    TO_DO_MAIL = "to_do mail"  # a task program refuses it


LOOPS = (
    Subject.WATCH,
    Subject.OUTBOX,
    Subject.REVIEWS,
    Subject.HANDOVERS,
    Subject.ALARM,
    Subject.ACCOUNT,
)

Kind = Literal["server", "state", "bug", "stuck", "clock"]
"""server: it does not answer, or refuses us. state: nothing can be written down. stuck: a loop was overdue
beyond its own limits, and began anew. clock: somebody set it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """what: for whoever can mend it, in English."""

    kind: Kind
    what: str
    since_at: datetime
    since_s: float


def mailboxes_missing(names: Collection[str]) -> str:
    """What is wrong where these are not there, for a `Fault`."""
    return f"{', '.join(sorted(names))}{_NOT_THERE}"


def names_of_missing(what: str) -> str:
    """Of such a fault."""
    return what.removesuffix(_NOT_THERE)


_NOT_THERE = (
    ": not there, so what arrives in it is not seen; name it in account.mailboxes as it is called now"
)


@dataclass(frozen=True, slots=True)
class AlertPlan:
    """tell: what the alert address is to hear now. again_s: when to look again; None: at the next change."""

    tell: Literal["problems", "all is well"] | None
    again_s: float | None = None


Told = frozenset[tuple[Subject, float]]
"""What the alert address has heard of since all was well: of each fault its subject and its begin."""


def told_of(faults: Mapping[Subject, Fault]) -> Told:
    return frozenset((subject, fault.since_s) for subject, fault in faults.items())


def plan_alert(faults: Mapping[Subject, Fault], told: Told, after_s: float, now_s: float) -> AlertPlan:
    """Each fault is told once, when it has lasted so long; that all is well again is told once, too.

    A state that cannot be written is one fault, whichever loop comes upon it, and each does in its turn.
    """
    if not faults:
        return AlertPlan("all is well" if told else None)
    named = {faults[subject].what for subject, _ in told_of(faults) & told if faults[subject].kind == "state"}
    due_s = [
        since_s + after_s
        for subject, since_s in told_of(faults) - told
        if faults[subject].kind != "state" or faults[subject].what not in named
    ]
    if any(due <= now_s for due in due_s):
        return AlertPlan("problems")
    return AlertPlan(None, min(due_s, default=None))


def may_beat(
    faults: Mapping[Subject, Fault], overdue: Collection[Subject], after_s: float, now_s: float
) -> bool:
    """Whether the heartbeat may go out: every loop turns, and nothing else has been wrong for too long.

    A server that defers one mail is nothing for a dead man's switch; one that takes none for so long is:
    perhaps it is the one by which the alert would go.
    """
    if overdue or any(subject in faults for subject in LOOPS):
        return False
    return all(now_s - fault.since_s < after_s for fault in faults.values())


CLOCK_IS_RIGHT = timedelta(minutes=5)
"""Less than this is a correction."""

CLOCK_IS_NEWS_FOR = timedelta(days=1)
"""After a day that other time is the right one: a machine without a battery begins in 1970."""


@dataclass(frozen=True, slots=True)
class Times:
    """The time of day and the clock that nobody sets, read together."""

    at: datetime
    elapsed_s: float

    def set_by(self, then: Times) -> timedelta:
        """How far the time of day was set since then; negative: back."""
        return (self.at - then.at) - timedelta(seconds=self.elapsed_s - then.elapsed_s)


def is_clock_wrong(start: Times, now: Times) -> bool:
    return abs(now.set_by(start)) > CLOCK_IS_RIGHT
