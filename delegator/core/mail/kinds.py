"""What a mail is that asks nothing: a receipt, an automatic answer, a reaction, the answer to an invitation.

| kind                   | sign                                                                             |
| ---------------------- | -------------------------------------------------------------------------------- |
| receipt                | a disposition notification (RFC 8098), or a report that a mail was delivered     |
|                        | (RFC 3464), an S/MIME receipt (RFC 2634), or a text that says no more            |
| reaction               | Gmail's part, a disposition "reaction" (RFC 9078), or nothing new but the        |
|                        | sentence that Outlook, Gmail or a phone writes where emoji cannot be shown       |
| answer to an           | a calendar part with METHOD REPLY, COUNTER, REFRESH or DECLINECOUNTER (RFC 5546) |
| invitation             |                                                                                  |
| automatic answer       | as `Message.is_auto_reply`; or Auto-Submitted other than no, in a mail that      |
|                        | answers one, with a text that begins by saying that somebody is away or that a   |
|                        | machine confirms, or with Exchange's X-Auto-Response-Suppress and a subject that |
|                        | has a new word before it; or a text that says "away" and asks nothing, where the |
|                        | subject or Auto-Submitted says that a program wrote it                           |

Machine mail that answers nothing (an alarm, the order of a shop) is none of these, and neither is a bounce.
Looks at one mail; how fast it came is for `handovers.evidence`.
"""

from __future__ import annotations

import re
from enum import StrEnum

from ..languages import one_of
from .auto_submitted import auto_submitted
from .bounce import has_reply_subject
from .excerpt import new_text
from .fold import fold
from .message import Message

OPENING_CHARACTERS = 600
"""How much of a text may say that it is automatic; further down people quote such sentences."""

SUBJECT_CHARACTERS = 1000


class Kind(StrEnum):
    """In the words of a sentence."""

    RECEIPT = "a receipt"
    REACTION = "an emoji reaction"
    CALENDAR = "the answer to an invitation"
    AUTOMATIC = "an automatic answer"


def kind_of(message: Message) -> Kind | None:
    """What it is where it is no question; None for all other mail, bounces included."""
    if message.bounce is not None:
        return None
    if is_reaction(message):
        return Kind.REACTION
    if _is_receipt(message):
        return Kind.RECEIPT
    if calendar_method(message) in _ANSWERING:
        return Kind.CALENDAR
    return Kind.AUTOMATIC if _is_automatic(message) else None


def is_receipt(message: Message) -> bool:
    """Whether it only tells that a mail was delivered or opened, or answers an invitation."""
    return kind_of(message) in (Kind.RECEIPT, Kind.CALENDAR)


# --- receipts -------------------------------------------------------------------------------------

_RECEIPTS = frozenset(
    {
        "message/disposition-notification",
        "message/global-disposition-notification",
        "message/delivery-status",
        "message/global-delivery-status",
    }
)


def _is_receipt(message: Message) -> bool:
    report = (message.header("content-type") or "").casefold()
    if "disposition-notification" in report or "delivery-status" in report:
        return True
    if message.is_signed_receipt or any(each.content_type in _RECEIPTS for each in message.attachments):
        return True
    if not _RECEIPT_SUBJECT.match(message.subject[:SUBJECT_CHARACTERS]) or message.attachments:
        return False
    said = message.text.strip()
    return len(said) <= _RECEIPT_CHARACTERS and bool(_RECEIPT_TEXT.fullmatch(said))


# What is left of Outlook's report where a gateway or a list has made a text of it; and Notes' own.
_RECEIPT_SUBJECT = re.compile(rf"{one_of(lambda mail: mail.receipt_subjects)}\b", re.IGNORECASE)
_RECEIPT_BY = one_of(lambda mail: mail.receipt_by)
_RECEIPT_TEXT = re.compile(
    rf"{one_of(lambda mail: mail.receipt_of)}\b.*\b{one_of(lambda mail: mail.receipt_said)}"
    # by whom and when, and no other sentence
    rf"(?:[ :]+{_RECEIPT_BY}\b(?:[^?\n.]|\.(?! ?[^\W\d])){{0,100}}"
    rf"(?:\n\s*{_RECEIPT_BY}\b[^?\n]{{0,80}})?)?",
    re.IGNORECASE | re.DOTALL,
)
_RECEIPT_CHARACTERS = 1000


# --- answers to invitations -----------------------------------------------------------------------

_ANSWERING = frozenset({"reply", "counter", "refresh", "declinecounter"})
_METHOD = re.compile(r"^METHOD(?:;[^:\n]*)?:[ \t]*([A-Za-z]+)", re.MULTILINE | re.IGNORECASE)
_DECLINED = re.compile(r"^ATTENDEE[;:][^\n]*PARTSTAT=\"?DECLINED\b", re.MULTILINE | re.IGNORECASE)
_CALENDAR_CHARACTERS = 64 * 1024


def calendar_method(message: Message) -> str:
    """The METHOD of its calendar part, in lower case; "" where there is none."""
    found = _METHOD.search(message.calendar[:_CALENDAR_CHARACTERS])
    if found:
        return found[1].lower()
    # Where the calendar does not say it, its Content-Type may.
    has_calendar = any(each.content_type == "text/calendar" for each in message.attachments)
    return "reply" if has_calendar and not message.is_invitation else ""


def declines(message: Message) -> bool:
    """Whether an invited person will not come, or wants another time."""
    calendar = re.sub(r"\n[ \t]", "", message.calendar[:_CALENDAR_CHARACTERS])
    return calendar_method(message) == "counter" or bool(_DECLINED.search(calendar))


# --- reactions ------------------------------------------------------------------------------------

_REACTED = re.compile(
    rf"{one_of(lambda mail: mail.reactions)}\s*[:.]?\s*(?:<https?://[^<>\s]{{1,300}}>)?\s*$"
)
# What an iPhone sends for a tapback, to whom it can only write in words.
_TAPBACK = re.compile(
    rf"{one_of(lambda mail: mail.tapbacks)} "
    rf"(?:[\"“”„«'].*[\"“”»'](?: {one_of(lambda mail: mail.tapback_tails)})?"
    rf"|{one_of(lambda mail: mail.tapback_things)})\s*",
    re.DOTALL,
)
_MAY_BE_REACTION = re.compile(one_of(lambda mail: mail.reaction_stems), re.IGNORECASE)
"""Nearly all mail holds none of these, and to cut out what is new takes long."""

_REACTION_AT_MOST = 1000
_REACTION_CHARACTERS = 300
_WORD = re.compile(r"\w(?![^\[\]]*\])")  # outside brackets, where the picture's name may stand


def is_reaction(message: Message) -> bool:
    """Whether it is nothing but an emoji that a mail program stuck to another mail."""
    if message.is_reaction:
        return True
    if not (message.in_reply_to or message.references):
        return False
    if not _MAY_BE_REACTION.search(message.text[:_REACTION_AT_MOST]):
        return False
    said = new_text(message.text)
    lines = [line.strip() for line in said.split("\n") if line.strip()]
    if not lines or len(said) > _REACTION_CHARACTERS:
        return False
    *above, last = (fold(line).text for line in lines)
    if _REACTED.search(last) and not any(map(_WORD.search, above)):
        return True
    return bool(_TAPBACK.fullmatch("\n".join((*above, last))))


# --- automatic answers ----------------------------------------------------------------------------


def _is_automatic(message: Message) -> bool:
    if message.is_auto_reply:
        return True
    is_machines = bool(auto_submitted(message.named("auto-submitted")))
    if (is_machines or _is_away_subject(message)) and says_away(message):
        return True
    if not is_machines or not (message.in_reply_to or message.references):
        return False
    return says_absence(message) or (_suppresses_answers(message) and _has_new_prefix(message.subject))


def _is_away_subject(message: Message) -> bool:
    """A subject that only programs write, or the one that Notes gives its absence."""
    subject = message.subject[:SUBJECT_CHARACTERS]
    return has_reply_subject(subject) or bool(_NOTES_SUBJECT.match(fold(subject).text))


_NOTES_SUBJECT = re.compile(rf"auto: |[^:?]{{3,80}} {one_of(lambda mail: mail.absence_subjects)}\b[^?]*$")


def _suppresses_answers(message: Message) -> bool:
    values = " ".join(message.header_values("x-auto-response-suppress")).casefold()
    return "all" in values or "oof" in values


_PREFIX = re.compile(r"[^\W\d_]{3,}(?: [^\W\d_]+){0,3} ?[:：] ?\S")
_REPLIES = re.compile(
    rf"(?:{one_of(lambda mail: mail.reply_prefixes)}|{one_of(lambda mail: mail.forward_prefixes)})\b",
    re.IGNORECASE,
)


def _has_new_prefix(subject: str) -> bool:
    """Exchange writes a word before the subject, in the language of the mailbox; not "Re" or "Fw"."""
    return bool(_PREFIX.match(subject[:SUBJECT_CHARACTERS])) and not _REPLIES.match(subject)


def says_absence(message: Message) -> bool:
    """Whether the text begins by saying that somebody is away, or that a machine confirms."""
    opening = _opening(message)
    return bool(_AWAY.search(opening) or _CONFIRMED.search(opening))


def says_away(message: Message) -> bool:
    """Whether the text begins by saying that somebody is away, and asks nothing."""
    opening = _opening(message)
    return "?" not in opening and bool(_AWAY.search(opening))


def _opening(message: Message) -> str:
    """The beginning of what is new, in lower case and without accents."""
    return fold(new_text(message.text)[:OPENING_CHARACTERS]).text


# As `fold` leaves them.
_AWAY = re.compile(rf"\b{one_of(lambda mail: mail.absence)}")
# What a machine that confirms writes.
_CONFIRMED = re.compile(rf"\b{one_of(lambda mail: mail.confirmed)}")
