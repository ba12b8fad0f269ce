"""What a mail proves about a handover: an answer, a machine's, a forward that came back. Never a guess.

What is not proved has not happened: a client who is asked twice is better off than one whom nobody
answers. Each function looks at one mail, and takes as arguments what else has to be known.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from datetime import timedelta
from functools import lru_cache

from ..languages import in_mail, one_of
from ..mail.auto_submitted import auto_submitted
from ..mail.bounce import Bounce, is_auto_reply
from ..mail.excerpt import quoted_author
from ..mail.fold import fold
from ..mail.kinds import Kind, is_receipt, kind_of, says_absence
from ..mail.message import Message
from ..people import Backup, Owner, normal_address

# --- subjects -------------------------------------------------------------------------------------

SUBJECT_CHARACTERS = 1000


@lru_cache(maxsize=16)  # one message is asked for it more than once
def base_subject(subject: str) -> tuple[str, bool]:
    """The subject without its prefixes, and whether one of them says that it is a reply.

    Like the base subject of RFC 5256 section 2.1, with the prefixes of other languages. Tags in brackets
    stay, for they tell tickets and lists apart; a mark of mail from outside does not. Linear time.
    """
    rest = " ".join(subject[:SUBJECT_CHARACTERS].split())
    tags: dict[str, None] = {}
    is_reply = False
    while rest:
        if match := _OUTSIDE.match(rest):
            pass
        elif match := _PREFIX.match(rest):
            is_reply = is_reply or match[1].casefold() in _REPLIES
        elif (match := _TAG.match(rest)) and _PREFIX_AFTER_TAGS.match(rest):
            tags[match[1]] = None
        elif (match := _TAG.match(rest)) and match[1] in tags:
            pass
        else:
            break
        rest = rest[match.end() :]
    if wrapped := _WRAPPED.fullmatch(rest):  # [Fwd: …], of old mailers
        rest = base_subject(wrapped[1])[0]
    rest = _TRAILER.sub("", rest).strip()
    return " ".join([*tags, rest]).strip(), is_reply


def may_be_reply(subject: str) -> bool:
    """Whether a prefix may say so: false for most subjects, and quick."""
    return ":" in subject or "\uff1a" in subject


_REPLIES = frozenset(in_mail(lambda mail: mail.reply_prefixes))
_FORWARDS = frozenset(in_mail(lambda mail: mail.forward_prefixes))
# Not "ref", "i" and "r", which begin subjects of their own.
_NAMES = "|".join(sorted(_REPLIES | _FORWARDS, key=len, reverse=True))
_PREFIX = re.compile(rf"({_NAMES})\s?(?:\[\d{{1,4}}\]|\(\d{{1,4}}\)|\^\d{{1,4}})?\s?[:：]\s?", re.IGNORECASE)
_TAG = re.compile(r"(\[[^\[\]]{1,60}\])\s?")
_PREFIX_AFTER_TAGS = re.compile(rf"(?:\[[^\[\]]{{1,60}}\]\s?){{1,5}}(?:{_PREFIX.pattern})", re.IGNORECASE)
_MARKS = one_of(lambda mail: mail.outside_marks)
_OUTSIDE = re.compile(
    rf"(?:\[{_MARKS}\]|\*{{1,3}}{_MARKS}\*{{1,3}}|{one_of(lambda mail: mail.outside_prefixes)})\s?",
    re.IGNORECASE,
)
_WRAPPED = re.compile(r"\[fwd: ?(.+)\]", re.IGNORECASE)
_TRAILER = re.compile(r"(?:\s?\(fwd\))+$", re.IGNORECASE)


# --- machines -------------------------------------------------------------------------------------

AT_ONCE = timedelta(seconds=10)
"""Nobody opens, reads and answers a mail in less, counted from when the server took it."""

SOON = timedelta(minutes=5)
"""A responder without any sign answers within minutes, also where mail is held back to be scanned."""


def is_automatic(message: Message, replied_within: timedelta | None) -> bool:
    """Whether a machine answered: an out-of-office and the like; no receipt, and no bounce.

    replied_within: the time between a mail of ours and this one that answers it; None if it answers none.

    | sign                                                              | and                        |
    | ----------------------------------------------------------------- | -------------------------- |
    | as `Message.is_auto_reply`; Auto-Submitted other than no          |                            |
    | X-Auto-Response-Suppress, Precedence: bulk or junk, Exchange's    | it answers one of ours     |
    | mark of a mailbox rule, an empty Return-Path                      |                            |
    | a subject like "Automatic reply: …"                               | it answers one of ours     |
    | nothing                                                           | within 10 seconds          |
    | a text that begins by saying so ("I am out of the office")        | within 5 minutes           |
    """
    kind = kind_of(message)
    if message.bounce is not None or kind in (Kind.RECEIPT, Kind.CALENDAR, Kind.REACTION):
        return False
    if kind is Kind.AUTOMATIC or auto_submitted(message.named("auto-submitted")):
        return True
    if replied_within is None:
        return False
    if (
        _has_machine_field(message)
        or is_auto_reply(message.headers, message.subject, is_answer=True)
        or replied_within < AT_ONCE
    ):
        return True
    return replied_within < SOON and says_absence(message)


def is_from_a_person(message: Message) -> bool:
    """Whether nothing speaks for a machine: such a mail shows that its sender is there."""
    return message.bounce is None and not is_receipt(message) and not is_automatic(message, None)


def _has_machine_field(message: Message) -> bool:
    if message.return_path == "":
        return True
    for name, value in message.headers:
        folded = value.casefold().strip()
        if name == "x-auto-response-suppress" and folded not in ("", "none"):
            return True
        if name == "precedence" and folded in ("bulk", "junk"):
            return True
        if name == "x-ms-exchange-generated-message-source" and "rule" in folded:
            return True
    return False


def unreached(bounce: Bounce, sent_to: Mapping[str, str], backups: Mapping[str, Backup]) -> dict[str, str]:
    """The mails of ours that a bounce says did not reach whom they went to: Message-ID, and backup's key.

    sent_to: as in `Conversations`. A client who was answered has seen the Message-ID of a forward, so the
    bounce has to name the address too: it is the backup's. What went to the owner nobody else has seen.
    """
    failed = {normal_address(address) for address in bounce.recipients}
    found: dict[str, str] = {}
    for message_id in bounce.message_ids:
        key = sent_to.get(message_id)
        backup = backups.get(key or "")
        is_theirs = backup is not None and not failed.isdisjoint(map(normal_address, backup.addresses))
        if key is not None and (is_theirs or key == ""):
            found[message_id] = key
    return found


# --- what a backup did ----------------------------------------------------------------------------


def is_forwarded_back(message: Message, owner: Owner, backup: Backup) -> bool:
    """Whether a backup sends a mail on to the owner alone: of a forward it means "not me".

    The outermost prefix of the subject says so: in "RE: FW: …" it is a question.
    """
    recipients = {normal_address(each.address) for each in (*message.to, *message.cc)}
    sender = message.originator
    if sender is None or not recipients or not recipients <= owner.normal_addresses:
        return False
    if normal_address(sender.address) not in backup.normal_addresses:
        return False
    subject = message.subject[:SUBJECT_CHARACTERS].strip()
    while match := _OUTSIDE.match(subject):
        subject = subject[match.end() :]
    prefix = _PREFIX.match(subject)
    return bool(_WRAPPED.fullmatch(subject) or (prefix and prefix[1].casefold() in _FORWARDS))


def quotes_backup(message: Message, backup: Backup, known_ids: Container[str]) -> bool:
    """Whether a client's mail shows that the backup has answered: it answers a mail of theirs.

    known_ids: the Message-IDs of the mails that were seen in this conversation and of those that these
    named, our own among them. A mail that answers one of them proves nothing; one that answers another,
    of the backup's domain and below a known one, was answered in between. Else the newest quoted mail
    must be introduced by an address of the backup, or their full name.
    """
    answered = message.in_reply_to or message.references[-1:]
    if any(each in known_ids for each in answered):
        return False
    above = [each for each in message.references if each not in answered]
    if any(each in known_ids for each in above) and any(_is_of(each, backup) for each in answered):
        return True
    return _names(quoted_author(message.text), backup)


def _is_of(message_id: str, backup: Backup) -> bool:
    domain = normal_address(f"@{message_id.strip('<>').rpartition('@')[2]}")
    return domain in {normal_address(f"@{each.rpartition('@')[2]}") for each in backup.addresses}


def _names(author: str, backup: Backup) -> bool:
    """Whether an address of the backup, or the whole of their name, stands in an introduction."""
    lowered = author.lower()
    for address in backup.addresses:
        if re.search(rf"(?<![\w.+-]){re.escape(address.lower())}(?![\w-]|\.\w)", lowered):
            return True
    first, _, last = fold(backup.name).text.strip().partition(" ")
    if not last:
        return False  # a first name is anybody's
    folded = fold(author).text
    orders = (f"{first} {last}", f"{last}, {first}", f"{last} {first}")
    return any(re.search(rf"(?<!\w){re.escape(each)}(?!\w)", folded) for each in orders)
