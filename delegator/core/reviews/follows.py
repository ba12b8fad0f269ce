"""What follows from a message that was decided: all that is to be written down for it.

One pure function, to one value; the state carries it out in the transaction that takes the message up, so
that no crash can keep a part of it. What of a private message is kept, what is moved at once, whose word is
obeyed: it is decided here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from ..commands.authority import named_secret
from ..folders import DONE
from ..handovers.codes import COMMANDS, Code, Disposition
from ..handovers.evidence import is_from_a_person, quotes_backup, unreached
from ..handovers.known import Conversations
from ..handovers.presence import BackupCommand, Saying
from ..handovers.words import read_backup_reply
from ..hours.schedule import whole_days
from ..mail.excerpt import new_text
from ..mail.kinds import Kind, kind_of
from ..mail.loop import is_our_loop
from ..mail.message import Address, Message
from ..people import Window, backup_of, normal_address
from ..rules.book import Priority, RuleBook
from ..triage.flood import counted_as, is_new_handover
from ..triage.threads import Arrival, chain_of, event_of
from ..triage.verdict import Verdict, explain, is_by_owner, is_kept, matched_text
from .passage import passage
from .to_do import CUT, NEW_CHARACTERS
from .traits import NO_TRAITS, Traits, find_traits

OLD = timedelta(hours=4)
"""Older than this when it is taken up, a forward waits its turn: somebody may have answered meanwhile."""

COMMAND_CHARACTERS = 20_000
MOST_ATTACHMENTS = 20

_FILED_AT_ONCE = frozenset({Disposition.IGNORE, Disposition.OWN})


@dataclass(frozen=True, slots=True)
class CommandMail:
    """A command that came by mail. state: "held" waits for the owner's word. token: of a button.

    answered: of a reply, the Message-ID that it answers. detail: why it was refused.
    """

    way: Literal["button", "reply"]
    state: Literal["pending", "held", "refused"]
    token: str | None
    answered: str | None
    sender: str
    text: str
    detail: str


@dataclass(frozen=True, slots=True)
class TakenUp:
    """A message as it is written down, and what follows from it.

    sender, subject, excerpt, attachments, reason, matched, detail: as a review may show them; empty of a
    private one. new: all that is new in it, with its lines, for whoever reads it without the mail. traits:
    what its proposal and its rank are made of. file_to: the folder it goes to now.
    event: what it does to its conversation; None: it makes or joins none. conversation: which; None: that
    of the first mail that it names, or its own.
    original: all octets, of a forward; else None. is_by_owner: the owner wrote it.
    said: what it shows of a backup's being there: key and saying. commands: the words of a backup.
    bounced: the Message-IDs of ours that did not arrive. command: it is one. is_ours: our own mail has come.
    counted_as: of a new handover, whose it is.
    """

    message: Message
    taken_up_at: datetime
    disposition: Disposition
    code: Code
    priority: Priority | None
    backup: str | None
    rule: str | None
    reason: str
    matched: str
    detail: str
    sender: Address
    subject: str
    excerpt: str
    new: str
    text_characters: int
    attachments: tuple[str, ...]
    traits: Traits
    file_to: str | None
    event: Arrival | None
    conversation: int | None
    original: bytes | None
    is_by_owner: bool
    said: tuple[str, Saying] | None
    commands: tuple[BackupCommand, ...]
    bounced: tuple[str, ...]
    command: CommandMail | None
    is_ours: bool
    counted_as: str | None = None


def what_follows(
    message: Message,
    verdict: Verdict,
    known: Conversations,
    book: RuleBook,
    now: datetime,
    *,
    original: bytes | None = None,
    has_folders: bool = False,
) -> TakenUp:
    """original: all octets of a forward that is to be made. has_folders: whether messages may be moved."""
    is_private = verdict.disposition is Disposition.PRIVATE
    # A forward too becomes an item, where nobody takes it.
    is_shown = verdict.disposition in (Disposition.REVIEW, Disposition.FORWARD)
    name = message.originator.name if message.originator else ""
    new = new_text(message.text, name) if is_shown else ""  # cut out once: it takes the longest of all
    sender = message.originator or next(iter(message.from_), Address("", ""))
    is_filed = has_folders and verdict.disposition in _FILED_AT_ONCE and not message.asks_for_receipt
    taken = TakenUp(
        message=message,
        taken_up_at=now,
        disposition=verdict.disposition,
        code=verdict.code,
        priority=verdict.priority,
        backup=verdict.backup,
        rule=verdict.rule,
        reason=explain(verdict),
        matched=matched_text(verdict),
        detail=verdict.detail,
        sender=sender,
        subject=message.subject,
        excerpt=passage(new),
        new=new if len(new) <= NEW_CHARACTERS else f"{new[:NEW_CHARACTERS]}\n{CUT}",
        text_characters=len(new),
        attachments=tuple(one.filename for one in message.attachments[:MOST_ATTACHMENTS]),
        traits=_traits(message, verdict, known, book, new) if is_shown else NO_TRAITS,
        file_to=DONE if is_filed else None,
        event=_event(message, verdict, known, book, now, original) if is_kept(verdict) else None,
        conversation=verdict.conversation,
        original=original,
        is_by_owner=is_by_owner(message, verdict, book.owner.normal_addresses, book.authserv_id),
        said=_said(message, verdict, book),
        commands=_commands(message, verdict, known, book, now),
        bounced=tuple(unreached(message.bounce, known.sent_to, book.backups))
        if verdict.code is Code.BOUNCE and message.bounce
        else (),
        command=_command(message, verdict) if verdict.code in COMMANDS else None,
        is_ours=verdict.code is Code.OURS,
        counted_as=counted_as(message, book) if is_new_handover(verdict) else None,
    )
    if not is_private:
        return taken
    # That there is one; not what it says, nor who wrote it.
    return replace(
        taken, reason="", matched="", detail="", sender=Address("", ""), subject="", attachments=()
    )


def unreadable(message: Message, now: datetime) -> TakenUp:
    """Whatever a mail does to us, it becomes an item that says so."""
    verdict = Verdict(Disposition.REVIEW, Code.UNREADABLE, priority="high")
    return TakenUp(
        message=message,
        taken_up_at=now,
        disposition=verdict.disposition,
        code=verdict.code,
        priority=verdict.priority,
        backup=None,
        rule=None,
        reason=explain(verdict),
        matched="",
        detail="",
        sender=Address("", ""),
        subject="",
        excerpt="",
        new="",
        text_characters=0,
        attachments=(),
        traits=NO_TRAITS,
        file_to=None,
        event=event_of(Message(arrived_at=message.arrived_at), verdict, now),
        conversation=None,
        original=None,
        is_by_owner=False,
        said=None,
        commands=(),
        bounced=(),
        command=None,
        is_ours=False,
    )


def whose_in_sent(
    message: Message, known: Conversations, owner_addresses: Collection[str]
) -> Literal["ours", "owners", "other"]:
    """Whose mail lies in the mailbox of sent mail: by whose hand it went. owner_addresses: normal.

    ours: the provider files what we submit; that is no answer of the owner's. other: nor is a reaction, a
    receipt or what the owner's own mailbox answers by itself.
    """
    sender = message.originator
    if sender is None or normal_address(sender.address) not in owner_addresses:
        return "other"
    is_ours = message.message_id in known.ours or is_our_loop(known.loop_key, message)
    if is_ours:
        return "ours"
    asks_nothing = kind_of(message) in (Kind.REACTION, Kind.RECEIPT, Kind.AUTOMATIC)
    return "other" if asks_nothing else "owners"


ArrivedWhen = Literal["away", "briefed", "before", "after"]


def when_arrived(arrived_at: datetime | None, away: Window, brief_at: datetime) -> ArrivedWhen:
    """Whether a mail is of the absence: from its first moment to its end, and where nobody knows, it is.

    briefed: before it, but after brief_at, when the first brief about it went: only what backups answer to
    that counts.
    """
    if arrived_at is not None and arrived_at >= away.until_at:
        return "after"
    if arrived_at is None or arrived_at >= away.from_at:
        return "away"
    return "briefed" if arrived_at >= brief_at else "before"


def takes_its_place(known: Code, is_decided: bool, now: Code) -> bool:
    """Whether a mail is taken up that was taken up before: it could not be read then, and can be now."""
    return known is Code.UNREADABLE and not is_decided and now is not known


_READ_IN_INBOX = ("review", "answer")


def stays_in_inbox(kind: str | None) -> bool:
    """Whether a mail of ours to the owner lies where the phone shows it: a review, what we asked or could
    not do. kind: as in the outbox; None: it is not known there."""
    return kind in _READ_IN_INBOX


def is_over(kind: str | None, arrived: str | None) -> bool:
    """Whether what lay in INBOX is filed, now that another mail of ours has arrived: a review is the next."""
    return arrived == "review" and stays_in_inbox(kind)


def _event(
    message: Message,
    verdict: Verdict,
    known: Conversations,
    book: RuleBook,
    now: datetime,
    original: bytes | None,
) -> Arrival:
    backup = book.backups.get(verdict.backup or "")
    has_answer = (
        verdict.code is Code.CONVERSATION
        and backup is not None
        and quotes_backup(message, backup, frozenset((*known.ours, *known.handovers)))
    )
    return event_of(
        message,
        verdict,
        now,
        chain=chain_of(book, verdict),
        is_kept=original is not None,
        is_paced=message.arrived_at is not None and now - message.arrived_at > OLD,
        quotes_answer=has_answer,
    )


def _traits(message: Message, verdict: Verdict, known: Conversations, book: RuleBook, new: str) -> Traits:
    return find_traits(
        message,
        book.owner,
        book.backups.values(),
        propose=verdict.propose,
        matches=verdict.matches,
        owner_took_part=known.owner_took_part,
        authserv_id=book.authserv_id,
        said=new,
    )


def _said(message: Message, verdict: Verdict, book: RuleBook) -> tuple[str, Saying] | None:
    """What a backup's mail says about being there: a machine answered, or a person wrote."""
    sender = message.originator
    backup = backup_of(sender.address, book.backups.values()) if sender else None
    if backup is None or verdict.code is Code.AUTHENTICATION_FAILED:
        return None
    if verdict.code is Code.AUTO_REPLY:  # to a forward: it says nothing of other conversations
        return (backup.key, "automatic") if verdict.conversation is None else None
    return (backup.key, "human") if is_from_a_person(message) else None


def _commands(
    message: Message, verdict: Verdict, known: Conversations, book: RuleBook, now: datetime
) -> tuple[BackupCommand, ...]:
    """The words by which a backup answered a brief or an overview."""
    letter = next((known.letters[each] for each in message.named_ids if each in known.letters), None)
    backup = book.backups.get(verdict.detail)
    if verdict.code is not Code.BACKUP_REPLY or letter is None or backup is None:
        return ()
    commands: list[BackupCommand] = []
    today = now.astimezone(backup.timezone).date()
    for said in read_backup_reply(
        message.text,
        today,
        to_brief=letter.is_brief,
        items=len(letter.items) or None,
        name=book.owner.name,
    ):
        if letter.is_brief:
            away = tuple(whole_days(*days, backup.timezone) for days in said.days)
            commands.append(BackupCommand(backup.key, said.verb, away=away))
            continue
        numbers = said.numbers or range(1, len(letter.items) + 1)
        commands += [
            BackupCommand(backup.key, said.verb, conversation=letter.items[number - 1])
            for number in numbers
            if 0 < number <= len(letter.items)
        ]
    return tuple(commands)


def _command(message: Message, verdict: Verdict) -> CommandMail:
    token, answered = named_secret(message)
    states: dict[Code, Literal["pending", "held"]] = {Code.COMMAND: "pending", Code.COMMAND_HELD: "held"}
    return CommandMail(
        way="button" if token else "reply",
        state=states.get(verdict.code, "refused"),
        token=token,
        answered=answered,
        sender=message.originator.address if message.originator else "",
        text=message.text[:COMMAND_CHARACTERS],
        detail="" if verdict.code in states else verdict.detail,
    )
