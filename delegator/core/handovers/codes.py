"""What becomes of a message, and why: the two closed lists, as the state keeps their values.

Triage chooses from them and makes their sentences; the handovers and the reviews tell their mails apart by
them.
"""

from __future__ import annotations

from enum import StrEnum


class Disposition(StrEnum):
    FORWARD = "forward"
    REVIEW = "review"
    PRIVATE = "private"
    IGNORE = "ignore"
    OWN = "own"


class Code(StrEnum):
    """Why. The closed list; `explain` makes the sentence."""

    OURS = "ours"  # our own mail come back: a review, a brief, a forward
    COMMAND = "command"  # a tap or a reply, by whoever may
    COMMAND_HELD = "command_held"  # a live secret from an unknown address: the owner is asked
    COMMAND_REFUSED = "command_refused"  # without effect; detail: a Standing
    COMMANDED = "ordered"  # forwarded because the owner asked for it from the phone; set after triage
    BOUNCE = "bounce"  # a bounce of one of our forwards
    DELAYED = "delayed"  # a warning that one of our forwards is late; nothing failed
    ANSWER = "answer"  # a colleague's answer (or the owner's), the originator in To or Cc
    AUTO_REPLY = "auto_reply"  # a backup's automatic answer to one of our mails: they are away
    NOT_ME = "not_me"  # a backup sends a forward back to the owner
    BACKUP_REPLY = "backup_reply"  # a backup answers a brief or an overview with one of its words
    FROM_BACKUP = "from_backup"  # a backup's other mail in a handover: perhaps a question
    MAYBE_ANSWERED = "maybe_answered"  # a backup wrote to a client, and it is not sure about what
    THANKS = "thanks"  # a client thanks for an answer that was not seen
    PRIVATE_RULE = "private_rule"
    PRIVATE_MARKED = "private_marked"  # Sensitivity: Personal or Private
    PRIVATE_ENCRYPTED = "private_encrypted"
    UNDELIVERED = "undelivered"  # what the owner wrote did not arrive; detail: whom it did not reach
    NO_QUESTION = "no_question"  # a receipt, a reaction or the like, that asks nothing; detail: which
    IN_JUNK = "in_junk"  # taken for spam, and from a client whom a rule names, or who has a handover
    NOT_SEEN = "not_seen"  # in a folder of ours, perhaps delivered there; set after triage; detail: which
    LOOP = "loop"
    EMPTY_REVERSE_PATH = "empty_reverse_path"
    CONVERSATION = "conversation"  # already handed over: the same backup again
    RULE = "rule"
    OTHERWISE = "otherwise"
    NOBODY_THERE = "nobody_there"  # a forward rule, but none of its backups is there
    AUTHENTICATION_FAILED = "authentication_failed"
    WITHDRAWN = "withdrawn"  # of a conversation that the owner took back from a backup
    TOO_MANY = "too_many"  # the conversation was forwarded too often within an hour
    FLOOD = "flood"  # too many new handovers of its originator within an hour; detail: whose they are
    RESTORED = "restored"  # it came before a state from a backup took over: perhaps it was forwarded
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"  # could not be fetched or parsed
    NOT_FORWARDED = "not_forwarded"  # every backup's server refused it; set after triage, by the outbox


COMMANDS = frozenset({Code.COMMAND, Code.COMMAND_HELD, Code.COMMAND_REFUSED})
