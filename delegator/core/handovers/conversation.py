"""The words of the handover's machine: its states, what happens to it, and what is then to be done.

Values only. Whose hands a conversation is in is decided in `machine`, by them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal

from ..commands.command import Verb
from ..delivery import State
from ..rules.book import Priority
from .codes import Code, Disposition

# --- states ---------------------------------------------------------------------------------------


class Phase(StrEnum):
    OWNERS = "owners"
    GIVEN = "given"
    ASKED = "asked"
    PASSING = "passing"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


UNDER_WAY = frozenset({State.PENDING, State.SENDING})
"""The states of a submission that may still be made."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One message of a conversation, with what matters of it here.

    id: the store's. at: its arrival, or where that is unknown when it was taken up. originator: in
    `normal_address` form. backup: who has it, or had it last. sendings: the states of its forwards in the
    outbox. is_kept: its octets are here, or in the mailbox by their digest, to be forwarded (again).
    decision, decided_at and remark: the owner's. is_shown: it stood in full in a review.
    """

    id: int
    at: datetime
    disposition: Disposition
    code: Code
    originator: str = ""
    priority: Priority | None = None
    backup: str | None = None
    detail: str = ""
    is_answered: bool = False
    decided_at: datetime | None = None
    decision: Literal["done", "to-do", "later"] | None = None
    remark: str = ""
    is_shown: bool = False
    sendings: frozenset[State] = frozenset()
    is_kept: bool = False

    @property
    def waits(self) -> bool:
        """Whether a backup is to answer it."""
        return self.disposition is Disposition.FORWARD and not self.is_answered

    @property
    def is_open_item(self) -> bool:
        """Whether it waits for the owner."""
        return self.disposition is Disposition.REVIEW and self.decided_at is None


@dataclass(frozen=True, slots=True)
class Conversation:
    """backup: whose hands it is in; None: nobody's but the owner's.

    originators: to whom an answer may go, in `normal_address` form. subject: of the newest forward,
    without prefixes, in lower case. chain: the backups of the rule that handed it over. tried: who had it
    before. handed_at: the newest forward was accepted for that backup. due_at: an answer is overdue then.
    proof: of the answer. accepted_at: they said "later today". pass_why: it is to be passed on.
    """

    backup: str | None = None
    originators: frozenset[str] = frozenset()
    subject: str = ""
    chain: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()
    handed_at: datetime | None = None
    due_at: datetime | None = None
    answered_at: datetime | None = None
    proof: str | None = None
    withdrawn_at: datetime | None = None
    question_at: datetime | None = None
    accepted_at: datetime | None = None
    pass_why: str | None = None
    mails: tuple[Mail, ...] = ()

    @property
    def phase(self) -> Phase:
        if self.answered_at is not None:
            return Phase.ANSWERED
        if self.withdrawn_at is not None and not self.waits:
            return Phase.WITHDRAWN
        if self.backup is None:
            return Phase.OWNERS
        if self.pass_why is not None:
            return Phase.PASSING
        return Phase.GIVEN if self.handed_at is None else Phase.ASKED

    @property
    def waits(self) -> bool:
        """Whether a backup is to answer anything in it."""
        return any(mail.waits for mail in self.mails)

    @property
    def had_it(self) -> tuple[str, ...]:
        """Who has had it, with the one who has it now."""
        return self.tried if self.backup in (None, *self.tried) else (*self.tried, self.backup or "")

    def mail(self, id_: int) -> Mail | None:
        return next((mail for mail in self.mails if mail.id == id_), None)


# --- events ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Joined:
    """A mail that changes nothing: it waits for the owner, or is ours, or a machine's."""

    mail: Mail


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A mail goes to a backup, the first of `backups`; after a refusal to those after.

    chain: of the rule, as configured; () keeps the one before. is_follow_up: the conversation is in a
    backup's hands, and this mail follows it there. quotes_answer: it shows that what came before was
    answered. is_ordered: by the owner's command; note: the owner's own line. is_paced: it waits its turn.
    """

    mail: Mail
    backups: tuple[str, ...]
    originators: frozenset[str]
    subject: str
    now: datetime
    chain: tuple[str, ...] = ()
    is_follow_up: bool = False
    quotes_answer: bool = False
    is_ordered: bool = False
    is_paced: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """A colleague's mail shows that the client has an answer. by: the backup's key, "" for another's.

    until: it answers what had arrived by then; None: all. is_thanks: it is the client's own, who thanks.
    """

    mail: Mail
    by: str
    now: datetime
    until: datetime | None = None
    is_thanks: bool = False


@dataclass(frozen=True, slots=True)
class AskedBack:
    """A backup writes to the owner alone: perhaps a question. The clock runs on."""

    mail: Mail
    backup: str
    now: datetime


@dataclass(frozen=True, slots=True)
class SentBack:
    """A backup forwards our forward back to the owner; or a machine of theirs answers it, or refuses it.

    why: "not_me", "automatic" or "bounce".
    """

    mail: Mail
    backup: str
    why: str = "not_me"


@dataclass(frozen=True, slots=True)
class NobodyThere:
    """New mail of the client, and neither who has the conversation nor anybody else is there."""

    mail: Mail


@dataclass(frozen=True, slots=True)
class Word:
    """What a backup says of a handover, by a button or in words: ANSWERED, LATER_TODAY or NOT_ME."""

    backup: str
    verb: Verb
    now: datetime


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A backup is known not to be there. why: "automatic", "bounce", "away" or "not_me"."""

    backup: str
    why: str


@dataclass(frozen=True, slots=True)
class OwnerWrote:
    """A mail of the owner's own hand in this conversation: an answer, or a forward to a backup.

    recipients: in `normal_address` form. backup: the key of one among them, or None. sent_at: what came
    in after it still waits. due_at: of the follow-up, if it hands the conversation over.
    """

    recipients: frozenset[str]
    backup: str | None
    sent_at: datetime
    due_at: datetime | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server took a forward of this mail to this backup. follow_up_at: when they should have answered."""

    mail: int
    backup: str
    now: datetime
    follow_up_at: datetime | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A forward of this mail was refused for good. following: who comes next in its chain and is there."""

    mail: int
    backup: str
    following: tuple[str, ...]
    text: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Vanished:
    """This mail was to go to the next backup, and is nowhere in the mailbox any more: it cannot go."""

    mail: int


@dataclass(frozen=True, slots=True)
class PassedOn:
    """The moment to pass it on has come. held_by: who had it when that was decided.

    following: who comes next in the chain and is there; (): nobody is left.
    """

    held_by: str
    following: tuple[str, ...]
    why: str
    now: datetime


@dataclass(frozen=True, slots=True)
class PassingCommanded:
    """The owner names who has it next."""

    backup: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The owner takes back what is with a backup, by a command."""

    now: datetime


@dataclass(frozen=True, slots=True)
class Undone:
    """The owner undoes what became of one mail: it is an open item again, and goes to nobody."""

    mail: int


@dataclass(frozen=True, slots=True)
class MovedBack:
    """The owner's own hand put a mail back in INBOX."""

    mail: int
    now: datetime


Event = (
    Joined
    | HandedOver
    | Answered
    | AskedBack
    | SentBack
    | NobodyThere
    | Word
    | Unreachable
    | OwnerWrote
    | Accepted
    | Refused
    | Vanished
    | PassedOn
    | PassingCommanded
    | Withdrawn
    | Undone
    | MovedBack
)


def with_id(event: Joined | HandedOver | Answered | AskedBack | SentBack | NobodyThere, id_: int) -> Event:
    """The event of a mail that has its place in the store now."""
    return replace(event, mail=replace(event.mail, id=id_))


# --- effects --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Queue:
    """A forward of a mail goes into the outbox, to the first of the backups.

    is_paced: some minutes after the last such one to that backup (`delivery.paced_at`).
    """

    mail: int
    backups: tuple[str, ...]
    note: str = ""
    is_paced: bool = False


@dataclass(frozen=True, slots=True)
class Redirect:
    """Forwards of these mails that are not under way yet go to the first of these backups instead."""

    mails: tuple[int, ...]
    backups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallOff:
    """Forwards of these mails that still wait in the outbox, or whose outcome is not known, go to nobody.

    states: which of them.
    """

    mails: tuple[int, ...]
    why: str
    states: frozenset[State] = UNDER_WAY


@dataclass(frozen=True, slots=True)
class Announce:
    """Before the forwards: the covering mail, by which this backup reads who had it."""

    backup: str


@dataclass(frozen=True, slots=True)
class Drop:
    """The octets of these mails are needed no more."""

    mails: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LetGo:
    """The octets of these mails may go as soon as the mailbox is seen to hold them: from there they are
    fetched if they are needed once more. larger_than: only those of so many octets and more.
    """

    mails: tuple[int, ...]
    larger_than: int = 0


@dataclass(frozen=True, slots=True)
class ReportFailure:
    """The next review says that this backup's server refused this mail."""

    mail: int
    backup: str
    text: str


@dataclass(frozen=True, slots=True)
class FileAway:
    """What was forwarded leaves INBOX."""

    mail: int


@dataclass(frozen=True, slots=True)
class BringBack:
    """An open item again: it belongs in INBOX."""

    mail: int


Effect = Queue | Redirect | CallOff | Announce | Drop | LetGo | ReportFailure | FileAway | BringBack


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of an event. is_counted: it took effect; False: it came too late, or from another."""

    conversation: Conversation
    effects: tuple[Effect, ...] = ()
    is_counted: bool = True
