"""Guards, rules in order, afterthoughts: one message to one verdict, with its reason.

The one pure function that the daemon, the dry run and `why` share.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .message import Message
from .people import Backup, Owner
from .rules import Match, Outcome, Priority, Rule


class Disposition(StrEnum):
    FORWARD = "forward"
    REVIEW = "review"
    PRIVATE = "private"
    IGNORE = "ignore"
    OWN = "own"


class Code(StrEnum):
    """Why. The closed list; `explain` makes the sentence."""

    OURS = "ours"  # our own mail come back: a review, a brief, a forward
    BOUNCE = "bounce"  # a bounce of one of our forwards
    DELAYED = "delayed"  # a warning that one of our forwards is late; nothing failed
    ANSWER = "answer"  # a backup's answer, the originator in To or Cc
    FROM_BACKUP = "from_backup"  # a backup's other mail in a handover: perhaps a question
    PRIVATE_RULE = "private_rule"
    PRIVATE_MARKED = "private_marked"  # Sensitivity: Personal or Private
    PRIVATE_ENCRYPTED = "private_encrypted"
    LOOP = "loop"
    EMPTY_REVERSE_PATH = "empty_reverse_path"
    CONVERSATION = "conversation"  # already handed over: the same backup again
    RULE = "rule"
    OTHERWISE = "otherwise"
    NOBODY_THERE = "nobody_there"  # a forward rule, but none of its backups is there
    AUTHENTICATION_FAILED = "authentication_failed"
    OLD = "old"  # more than four hours old when taken up
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"  # could not be fetched or parsed


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a message, and why.

    priority: of a review, else None. backup: of a forward, else None.
    backups: the chain of a forward, the chosen one first among those who are there.
    rule: the rule's name, None for guards, conversations and `otherwise`.
    matches: what matched in the rule.
    warning: shown in the review above the item; a Code or None.
    """

    disposition: Disposition
    code: Code
    priority: Priority | None = None
    backup: str | None = None
    backups: tuple[str, ...] = ()
    rule: str | None = None
    matches: tuple[Match, ...] = ()
    conversation: int | None = None  # the handover that it belongs to
    detail: str = ""  # what the sentence needs besides: a failed recipient, a method that failed


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All that triage takes from the configuration."""

    owner: Owner
    backups: Mapping[str, Backup]
    rules: tuple[Rule, ...]
    otherwise: Outcome
    authserv_id: str | None = None


@dataclass(frozen=True, slots=True)
class Handover:
    """A conversation in a backup's hands. id: the store's. originators: normal_address form."""

    id: int
    backup: str
    originators: frozenset[str]


@dataclass(frozen=True, slots=True)
class Conversations:
    """What is known of the mails that a message names, and of the backups.

    ours: those of our own Message-IDs (with angle brackets) that matter here: the message's own,
    the ones that it answers or that its bounce names; each with the handover it belongs to or None.
    handovers: Message-ID of any mail in a handover -> that handover.
    absent: keys of the backups who are known to answer automatically.
    loop_key: the account's secret key of the loop header; b"" where there is none (files).
    """

    ours: Mapping[str, Handover | None] = field(default_factory=dict)
    handovers: Mapping[str, Handover] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    loop_key: bytes = b""


def triage(message: Message, rules: RuleBook, conversations: Conversations, now: datetime) -> Verdict:
    """The verdict on one message. Pure: equal arguments, equal verdict."""
    raise NotImplementedError


def explain(verdict: Verdict) -> str:
    """The reason as one English sentence without a full stop, for the dry run, `why` and the log."""
    raise NotImplementedError
