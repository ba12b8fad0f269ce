"""What a tap, a reply and a move can ask for: the verbs, who may use which secret, and the links.

Pure: secrets are made by the shell and passed in. What a reply's lines say is read in `reply`; what
becomes of a command is done in `core.reviews.plan`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote


class Verb(StrEnum):
    """What a command does; the value stands in a button's subject."""

    # The owner's.
    FORWARD = "f"
    FORWARD_ALL = "fa"  # of a flood, all that was held back
    TO_DO = "t"
    DONE = "k"
    LATER = "l"  # not before the homecoming
    UNDO = "u"
    WHOLE = "m"  # the whole mail, to read
    PROPOSED = "ok"  # each item of a review as proposed in it
    ADJUST = "a"  # a mail with a line an item
    BULK_DONE = "kk"  # all that a review collapsed: done
    LIST = "ll"  # the list of all that is open
    FILE_LEFT = "kp"  # of the homecoming: what is left in INBOX is filed
    CONFIRM = "y"  # yes to a question that we asked
    # A backup's, in brief and overview.
    ANSWERED = "ba"  # answered, or phoned
    LATER_TODAY = "bl"
    NOT_ME = "bn"
    THERE = "bt"  # I'm there
    NOT_FROM_TO = "bw"  # not from … to …
    RATHER_NOT = "br"


OF_BACKUPS = frozenset(
    {Verb.ANSWERED, Verb.LATER_TODAY, Verb.NOT_ME, Verb.THERE, Verb.NOT_FROM_TO, Verb.RATHER_NOT}
)
"""All others are the owner's."""

OF_MAILS = frozenset({Verb.FORWARD, Verb.TO_DO, Verb.DONE, Verb.LATER, Verb.UNDO, Verb.WHOLE})
"""What is done with mails; the others are about a whole review, a question, or what a backup says."""

TOKEN_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No two that look alike: without 0 and O, 1, I and L, U and V's twin."""

TOKEN_CHARACTERS = 8
"""30^8 is 6.6e11: a guess hits one of a hundred live ones once in 6 thousand million."""

MAILTO_CHARACTERS = 500
NOTE_MARK = ">>"
"""Ends the line behind which the owner writes what goes on top of a forward. See `reply.note_of`."""


REMINDER_MARK = " // "
"""Behind it nothing is read: [Change some] fills in whose mail a number is, and which words there are."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What one secret stands for. It works once, and not after `expires_at`.

    by: key of the backup who may use it; None: the owner. review: the store's id of the review that
    holds it; None in one that is only being made (the store fills it in), and outside reviews.
    items: ids of messages, as the store gives them (`OpenMessage.id`): those that stood in the item,
    not what came later; for PROPOSED, ADJUST, BULK_DONE and FORWARD_ALL all that the button stands for.
    conversation: of a backup's button, or of one at a handover: the store's id. backup: of a forward.
    question: of CONFIRM: the store's id of what was asked.
    """

    verb: Verb
    by: str | None
    items: tuple[int, ...]
    expires_at: datetime
    backup: str | None = None
    conversation: int | None = None
    review: int | None = None
    question: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One numbered item of a review as it was sent, so that a reply's numbers mean that review's.

    messages: ids. verb and backup: what was proposed; None where nothing was. is_low: a collapsed one
    (number 0). conversation: of a handover that is late or asks something, which has no messages here.
    is_elsewhere: it stands in another mail of the same list: it is meant only where its number is said.
    """

    number: int
    messages: tuple[int, ...]
    verb: Verb | None = None
    backup: str | None = None
    is_low: bool = False
    conversation: int | None = None
    is_elsewhere: bool = False


COMMAND_SUBJECT = "dlg "
"""How the subject of every button's mail begins: a server may look for it."""


def subject_for(verb: Verb, token: str) -> str:
    """The subject that carries a command, as in "dlg f JHAM7H55"."""
    return f"{COMMAND_SUBJECT}{verb} {token}"


def read_subject(subject: str) -> tuple[str, str] | None:
    """Verb and token of a subject that has the form of a command; None for any other."""
    found = _SUBJECT.fullmatch(subject[:100].strip())
    return (found[1].lower(), found[2].upper()) if found else None


_SUBJECT = re.compile(rf"dlg +([a-z]{{1,2}}) +([0-9A-Za-z]{{{TOKEN_CHARACTERS}}})", re.IGNORECASE | re.ASCII)


def mailto(address: str, subject: str, body: str) -> str:
    """A mailto link (RFC 6068) that every phone understands: at most MAILTO_CHARACTERS.

    body: its lines end with "\\n". What does not fit is left out: whole lines from the end, or of a
    single line its last words. In HTML write the link's & as &amp;.
    """
    link = f"mailto:{quote(address, safe='@')}?subject={_value(subject)}"
    room = MAILTO_CHARACTERS - len(link) - len("&body=")
    lines = body.rstrip("\n").split("\n")
    while len(lines) > 1 and len(_value("\n".join(lines))) > room:
        lines.pop()
    text = lines[0] if len(lines) == 1 else "\n".join(lines)
    while len(_value(text)) > room:
        text = text.rpartition(" ")[0] if " " in text else text[: len(text) // 2]
    return f"{link}&body={_value(text)}" if text else link


def body_length(lines: Sequence[str]) -> int:
    """How long the body of a link becomes that says these lines."""
    return len(_value("\n".join(lines)))


def _value(text: str) -> str:
    """Escaped: %20 and never +, and no = or & even escaped, which some phones decode twice."""
    return quote(text.translate(_UNSAFE).replace("\n", "\r\n"), safe="")


_UNSAFE = str.maketrans({"=": "-", "&": "/", "\r": None})


def note_line(prompt: str) -> str:
    """The line of a button's mail behind which the owner may write what goes on top of the forward.

    It stands beside nothing that a stranger wrote, and only what stands behind it is the owner's note.
    """
    return f"{prompt.replace(NOTE_MARK, '')} {NOTE_MARK} "
