"""What the owner and the backups ask for, and all that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from ..core.commands.command import Grant, Line, Verb
from ..core.mail.message import Address, Message
from .handovers import Absences
from .intake import TakenUp, TakesUp
from .outbox import Originals
from .state import Place, Positions

Way = Literal["button", "reply", "folder"]


Status = Literal["open", "left", "done", "to-do", "later", "waiting", "forwarded", "private", "other"]
"""Of a message, for a command. left: by the owner's own hand. waiting: a forward that is not sent yet."""


Arrival = Literal["ours", "ordered", "unknown"]
"""In one of our folders. ours: our own filing, or our own mail. unknown: not taken up yet."""


@dataclass(frozen=True, slots=True)
class CommandRow:
    """A command as it came. token: of a button. review: of a reply. message, verb, backup and note: of a
    move, and of a forward that waited for a second tap. text: of the mail. is_confirmed: by that tap.
    is_moved_along: another mail of its conversation, one that waited, was moved with it. has_newer: such
    a mail waits still.
    """

    id: int
    way: Way
    token: str | None
    review: int | None
    sender: str
    text: str
    message: int | None
    verb: Verb | None
    backup: str | None
    note: str
    is_confirmed: bool
    is_moved_along: bool
    has_newer: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Target:
    """A message as a command finds it. place: None where it is not known to be anywhere.

    subject and sender: empty of a private one. backup: of a forward. rule: its name.
    """

    id: int
    conversation: int | None
    place: Place | None
    status: Status
    subject: str
    sender: Address
    backup: str | None
    rule: str | None
    header_digest: str
    arrived_at: datetime | None


@dataclass(frozen=True, slots=True)
class Decide:
    messages: tuple[int, ...]
    decision: Literal["done", "to-do", "later"]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Hand:
    """A message goes to a backup. taken: as if it were taken up now, with that verdict."""

    message: int
    taken: TakenUp
    note: str


@dataclass(frozen=True, slots=True)
class Reopen:
    """Open again, and back in INBOX; a forward that is not sent yet is not sent."""

    messages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Withdraw:
    """A forward that was sent: its backup is told in the next overview."""

    conversation: int


@dataclass(frozen=True, slots=True)
class PutBack:
    message: int
    folder: str


@dataclass(frozen=True, slots=True)
class Release:
    """A held command goes on; with one from an unknown address all from there, now and later."""

    command: int


@dataclass(frozen=True, slots=True)
class PassOn:
    """A handover goes to this backup next, with the follow-up's cover."""

    conversation: int
    backup: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a backup's button says. dates: of NOT_FROM_TO."""

    verb: Verb
    backup: str
    conversation: int | None
    dates: tuple[datetime, datetime] | None = None


Effect = Decide | Hand | Reopen | Withdraw | PutBack | Release | PassOn | Said


@dataclass(frozen=True, slots=True)
class Done:
    """For a receipt: what was done with a message (the newest of an item)."""

    verb: Verb
    message: int
    backup: str | None
    way: Way
    messages: int


@dataclass(frozen=True, slots=True)
class Question:
    """A forward of a private message that waits for a second tap, with the secret of that."""

    way: Way
    message: int
    backup: str | None
    note: str
    token: str
    grant: Grant


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """All that follows from one command. token: spent with it. asks: the secret with which a held command
    is confirmed; it stays held. mails: to the owner: recipient, octets, Message-ID. review: a reply to one of
    those is a reply to that.
    """

    command: int
    token: str | None = None
    effects: tuple[Effect, ...] = ()
    receipts: tuple[Done, ...] = ()
    questions: tuple[Question, ...] = ()
    asks: tuple[str, Grant] | None = None
    mails: tuple[tuple[str, bytes, str], ...] = ()
    review: int | None = None
    has_folders: bool = True


class CommandStore(TakesUp, Positions, Originals, Absences, Protocol):
    """What commands need."""

    async def arrived(
        self,
        place: Place,
        message: Message,
        order: Verb | None,
        backup: str | None,
        now: datetime,
    ) -> Arrival:
        """A message turned up in one of our folders: it is at that place now, and if the owner moved it
        there that is a command. order: what moving there means; None: nothing."""

    async def order(self, place: Place, verb: Verb, backup: str | None, now: datetime) -> None:
        """A command by a move, for a message that was taken up at its new place."""

    async def held_command(self) -> CommandRow | None:
        """The first that waits for the owner's word, and about which she was not asked yet."""

    async def next_command(self) -> CommandRow | None:
        """The first that is to be carried out, in the order in which they came."""

    async def carry_out(self, done: CarriedOut, now: datetime) -> bool:
        """Everything of one command, or nothing: False if it was done, or its secret spent, before."""

    async def is_asked_about(self, sender: str) -> bool:
        """Whether she was asked already whether this address is hers, or about too many others, and has
        not answered."""

    async def grant(self, token: str) -> tuple[Grant, datetime | None] | None:
        """What a secret stands for, and when it was spent; None: there is no such secret."""

    async def targets(self, messages: Sequence[int]) -> list[Target]: ...

    async def lines(self, review: int) -> list[Line]:
        """The numbered items of a review as it was sent, then the collapsed ones."""
