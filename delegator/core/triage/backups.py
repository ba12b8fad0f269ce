"""Mail of a backup, or of somebody else who answers, about what was handed over.

It is an answer, a question, "not me", or a machine's.

An answer is

- mail in the conversation, from a backup or the owner's domain, with the originator in To or Cc;
- mail that answers our forward itself, from any address but the originator's, with the originator in To or
  Cc: to that forward and to what came before it, never to what came later;
- mail from a backup in a new thread, to the client of exactly one open handover, with the owner in To or Cc,
  whose subject or quote fits. What fits less is perhaps an answer, and an item.

What the owner writes in a conversation and gets a copy of is handed to nobody: to whom it went has it.

What fails the owner's server's authentication is none, and neither is what asks nothing.

An automatic answer proves as much as the mail that it answers: see `_answered_by_machine`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from ..handovers.asking import is_thanks_for_an_answer, speaks_of_an_answer
from ..handovers.codes import Code, Disposition
from ..handovers.evidence import base_subject, is_automatic, is_forwarded_back
from ..handovers.known import Conversations, Handover, SentLetter
from ..handovers.words import backup_words
from ..mail.authentication import failure
from ..mail.excerpt import new_text
from ..mail.kinds import Kind, kind_of
from ..mail.message import Address, Message
from ..people import Backup, backup_of, normal_address
from ..rules.book import RuleBook
from .verdict import Verdict

OWN = "a copy of the owner's own mail"


def from_backup(
    message: Message, book: RuleBook, known: Conversations, handover: Handover | None
) -> Verdict | None:
    """What such a mail is; None where it is anybody's. handover: the one that it belongs to."""
    sender = message.originator
    if sender is None or not (handover or known.letters or known.open_with):
        return None
    address = normal_address(sender.address)
    backup = backup_of(address, book.backups.values())
    letter = next((known.letters[named] for named in message.named_ids if named in known.letters), None)
    if handover is None and letter is None:
        return _in_a_new_thread(message, book, known, backup)
    owners = book.owner.normal_addresses
    originators = handover.originators - owners if handover else frozenset()
    if address in originators:
        return None  # they wrote to the owner as a client does, and another has their mail
    forward = answered_forward(message, known)
    is_known = backup is not None or address.rpartition("@")[2] == book.owner.domain
    if not is_known and forward is None:
        return None
    base = Verdict(
        Disposition.OWN,
        Code.ANSWER,
        conversation=handover.id if handover else None,
        detail=backup.key if backup else "",
        until=known.forwarded.get(forward or ""),
    )
    if failed := failure(message, book.authserv_id):
        return replace(_item(base, Code.AUTHENTICATION_FAILED), detail=failed)
    kind = kind_of(message)
    if kind is not None and backup is None and address not in owners:
        return None  # another's machine: as anybody else's
    if kind in (Kind.REACTION, Kind.RECEIPT, Kind.CALENDAR):
        return replace(base, code=Code.NO_QUESTION, detail=kind, until=None)
    if backup is not None and is_automatic(message, _replied_within(message, handover, letter)):
        return _answered_by_machine(message, known, replace(base, until=None), backup, letter)
    if originators & _addresses((*message.to, *message.cc)):
        return base
    if handover is not None and _addresses((sender, *message.reply_to)) <= owners:
        return replace(
            base, disposition=Disposition.REVIEW, code=Code.NO_QUESTION, priority="low", detail=OWN
        )
    if backup is None:
        # To the owner alone, by who has our forward: a backup, from an address that is not known.
        return None if forward is None or address in owners else _item(base, Code.FROM_BACKUP)
    is_theirs = letter is not None and letter.backup == backup.key
    if letter and is_theirs:
        items, name = len(letter.items) or None, book.owner.name
        if backup_words(message.text, to_brief=letter.is_brief, items=items, name=name) is not None:
            return replace(base, code=Code.BACKUP_REPLY, until=None)
    if handover is not None and is_forwarded_back(message, book.owner, backup):
        return replace(base, code=Code.NOT_ME, until=None)
    return _item(base, Code.FROM_BACKUP)


def _answered_by_machine(
    message: Message, known: Conversations, base: Verdict, backup: Backup, letter: SentLetter | None
) -> Verdict:
    """What a backup's automatic answer proves.

    To a brief or an overview, whose Message-ID nobody else has seen: that the backup is away. To a
    forward: that another is to be asked about that conversation. To a mail that we did not send there,
    nothing: the owner reads it.
    """
    if letter is not None and letter.backup == backup.key:
        return replace(base, code=Code.AUTO_REPLY, conversation=None)
    if any(known.sent_to.get(named) == backup.key for named in message.named_ids):
        return replace(base, code=Code.AUTO_REPLY)
    return replace(_item(base, Code.NO_QUESTION), priority="normal", detail=Kind.AUTOMATIC)


def _item(base: Verdict, code: Code) -> Verdict:
    return replace(base, disposition=Disposition.REVIEW, code=code, priority="high", until=None)


def answered_forward(message: Message, known: Conversations) -> str | None:
    """Our forward that it answers itself: its In-Reply-To, or the last of its References.

    Those further up are also in a client's reply to an answer.
    """
    answered = (*message.in_reply_to, *message.references[-1:])
    return next((named for named in answered if known.ours.get(named) is not None), None)


def _in_a_new_thread(
    message: Message, book: RuleBook, known: Conversations, backup: Backup | None
) -> Verdict | None:
    recipients = _addresses((*message.to, *message.cc))
    owners = book.owner.normal_addresses
    handovers = [each for each in known.open_with if recipients & (each.originators - owners)]
    if backup is None or not handovers or recipients.isdisjoint(owners):
        return None
    if failure(message, book.authserv_id) or is_automatic(message, None) or kind_of(message) is not None:
        return None
    only = handovers[0] if len(handovers) == 1 else None
    base = Verdict(Disposition.OWN, Code.ANSWER, conversation=only.id if only else None, detail=backup.key)
    if only is not None and (_has_its_subject(message, only) or _quotes(message, only.originators - owners)):
        return base
    return replace(_item(base, Code.MAYBE_ANSWERED), detail=backup.key if only else "")


def _has_its_subject(message: Message, handover: Handover) -> bool:
    subject = base_subject(message.subject)[0].lower()
    return bool(subject) and subject == handover.subject


def _quotes(message: Message, addresses: Iterable[str]) -> bool:
    """Whether what is quoted names one of these as its writer."""
    said, everything = new_text(message.text).lower(), message.text.lower()
    return any(address in everything and address not in said for address in addresses)


def thanks_for_an_answer(message: Message, handover: Handover, known: Conversations) -> bool:
    """Whether a client thanks for an answer that nobody saw, and says no more.

    It has to answer a mail that is not known, below one that is, or to speak of the answer: who thanks
    below the own question does so in advance.
    """
    sender = message.originator
    if sender is None or normal_address(sender.address) not in handover.originators:
        return False
    if not handover.backup or handover.is_answered or handover.asked_at is None:
        return False
    if message.arrived_at is not None and message.arrived_at < handover.asked_at:
        return False
    if any(not attachment.content_type.startswith("image/") for attachment in message.attachments):
        return False
    said = new_text(message.text, sender.name)
    answered = message.in_reply_to or message.references[-1:]
    above = (named for named in message.references if named not in answered)
    is_in_between = not any(named in known.handovers for named in answered) and any(
        named in known.handovers for named in above
    )
    return is_thanks_for_an_answer(said) and (is_in_between or speaks_of_an_answer(said))


def _addresses(people: Iterable[Address]) -> frozenset[str]:
    return frozenset(normal_address(person.address) for person in people)


def _replied_within(
    message: Message, handover: Handover | None, letter: SentLetter | None
) -> timedelta | None:
    asked_at = letter.at if letter else handover.asked_at if handover else None
    if asked_at is None or message.arrived_at is None:
        return None
    span = message.arrived_at - asked_at
    if span < -timedelta(seconds=2):  # INTERNALDATE has whole seconds; more, and two clocks disagree
        return None
    return max(timedelta(), span)
