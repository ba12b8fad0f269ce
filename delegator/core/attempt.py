"""What follows from an attempt to submit a mail. Everything that the outbox decides is decided here.

An attempt is written down before it is made. Three rules hold whatever the server says:

- what may have arrived once is never composed anew, for a second Message-ID would be a second mail;
- a refusal of this recipient or these octets goes to the next backup, a refusal that is about us to nobody:
  the mail waits until a person has mended it;
- an outcome that stays unknown is told after three attempts, since each may have arrived.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from .delivery import GIVE_UP_AFTER, About, Outcome, Reply, next_attempt_at

UNKNOWN_RETRY = timedelta(minutes=2)
"""How long after an attempt whose outcome is unknown (or that was cut off) the same octets go again."""

UNKNOWN_ATTEMPTS = 3
"""After so many the owner is told that it may have arrived: a server that takes every mail and never
answers would else fill the backup's inbox."""

_UNMENDED = timedelta(hours=1)  # between attempts that a person has to mend


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt that was made.

    number: of the attempts at this mail, from 1. first_at: of the first. unknowns: attempts before this one
    whose outcome is not known. is_forward: it is composed when it is due, and can be composed anew.
    is_letter: a brief or an overview. is_task: a to-do, which goes until it is taken. is_in_doubt: its
    octets were kept from an attempt before, which may have arrived. size_octets, is_ascii: of what was sent.
    max_octets: what it had been cut to, or None.
    """

    number: int
    first_at: datetime
    unknowns: int
    is_forward: bool
    is_letter: bool
    is_in_doubt: bool
    size_octets: int
    is_ascii: bool
    max_octets: int | None
    is_task: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known besides.

    following: of the backups after this one in the chain, those who are there. max_octets, takes_eight_bit:
    of the server (SIZE, 8BITMIME). follow_up_at: when the backup should have answered a forward that is
    accepted now.
    """

    following: tuple[str, ...]
    max_octets: int | None
    takes_eight_bit: bool
    follow_up_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sent:
    """The server has it."""

    follow_up_at: datetime | None


@dataclass(frozen=True, slots=True)
class Deferred:
    """It goes again then. is_anew: composed anew; else the same octets."""

    due_at: datetime
    is_anew: bool


@dataclass(frozen=True, slots=True)
class UnknownAgain:
    """Perhaps it arrived: the same octets go again then."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class Smaller:
    """Composed anew at once, so that it is no larger."""

    max_octets: int


@dataclass(frozen=True, slots=True)
class SevenBit:
    """Composed anew at once, for a server that now says that it takes no 8-bit text."""


@dataclass(frozen=True, slots=True)
class NextBackup:
    """It goes to the first of these at once."""

    backups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """It goes no more. is_unreachable: the backup cannot be asked, and so has nothing handed over.

    text: for the owner: what the server said, or that it may have arrived.
    """

    text: str
    is_unreachable: bool = False


Consequence = Sent | Deferred | UnknownAgain | Smaller | SevenBit | NextBackup | Failed


def after_reply(attempt: Attempt, reply: Reply, facts: Facts, now: datetime) -> Consequence:
    """What is done next about a mail, by what the server said to it."""
    can_change = attempt.is_forward and not attempt.is_in_doubt
    match reply.outcome:
        case Outcome.ACCEPTED:
            return Sent(facts.follow_up_at)
        case Outcome.UNKNOWN:
            if attempt.unknowns + 1 >= UNKNOWN_ATTEMPTS:
                return Failed(f"it may have arrived: {reply.text}")
            return UnknownAgain(now + UNKNOWN_RETRY)
        case Outcome.TOO_LARGE if can_change and attempt.max_octets is None:
            sent = attempt.size_octets
            return Smaller(min(facts.max_octets or sent, sent) // 2)
        case Outcome.REFUSED if can_change and not attempt.is_ascii and not facts.takes_eight_bit:
            return SevenBit()
        case Outcome.REFUSED | Outcome.TOO_LARGE:
            return after_refusal(attempt, reply, facts)
        case Outcome.DEFERRED | Outcome.MISCONFIGURED:
            due_at = next_attempt_at(attempt.number, now)
            if due_at is None or now - attempt.first_at > GIVE_UP_AFTER:
                if reply.about is not About.US and not attempt.is_task:
                    return after_refusal(attempt, reply, facts)
                due_at = now + _UNMENDED  # never given up: nobody else could send it either
            return Deferred(due_at, is_anew=can_change)


def after_damage(*, may_have_arrived: bool) -> Failed:
    """What was to be sent cannot be read any more. A forward goes back to the owner, who has the mail."""
    return Failed("it may have arrived: what was kept was damaged" if may_have_arrived else WAS_DAMAGED)


WAS_DAMAGED = "what was kept of it was damaged"

NOT_CONFIGURED = "the configuration no longer names that address"
"""Since the mail was composed: the address of the alert, of tasks, or of a backup has changed."""


def after_refusal(attempt: Attempt, reply: Reply, facts: Facts) -> NextBackup | Failed:
    """This recipient does not get it. Only what is about them says that they cannot be reached."""
    if attempt.is_forward and facts.following:
        return NextBackup(facts.following)
    return Failed(reply.text, is_unreachable=attempt.is_letter and reply.about is About.RECIPIENT)
