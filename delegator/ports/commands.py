"""What the owner and the backups ask for, and all that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

from .handovers import Absences
from .intake import TakesUp
from .outbox import Originals
from .state import Positions

if TYPE_CHECKING:
    from ..core.commands.command import Grant, Line, Verb
    from ..core.mail.message import Message
    from ..core.mail.place import Place
    from ..core.reviews.effects import CommandRow, Done, Effect, Target, Way
    from .queue import OutgoingMail

Arrival = Literal["ours", "commanded", "unknown"]
"""In one of our folders. ours: our own filing, or our own mail. unknown: not taken up yet."""


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
class Confirmation:
    """The secret with which the owner confirms a held command."""

    token: str
    grant: Grant


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """All that follows from one command. token: spent with it. asks: how it is confirmed; it stays held.
    repeated: of a wish, what is then confirmed. mails: to the owner. review: a reply to one of those is a
    reply to that.
    """

    command: int
    token: str | None = None
    effects: tuple[Effect, ...] = ()
    receipts: tuple[Done, ...] = ()
    questions: tuple[Question, ...] = ()
    asks: Confirmation | None = None
    repeated: str = ""
    mails: tuple[OutgoingMail, ...] = ()
    review: int | None = None
    has_folders: bool = True


class CommandStore(TakesUp, Positions, Originals, Absences, Protocol):
    """What commands need."""

    async def arrived(
        self,
        place: Place,
        message: Message,
        command: Verb | None,
        backup: str | None,
        now: datetime,
    ) -> Arrival:
        """A message turned up in one of our folders: it is at that place now, and if the owner moved it
        there that is a command. command: what moving there means; None: nothing."""

    async def was_in_junk(self, message: Message) -> bool:
        """Whether it was seen there."""

    async def command(self, place: Place, verb: Verb, backup: str | None, now: datetime) -> None:
        """A command by a move, for a message that was taken up at its new place."""

    async def held_command(self) -> CommandRow | None:
        """The first that waits for the owner's word, and about which they were not asked yet."""

    async def next_command(self) -> CommandRow | None:
        """The first that is to be carried out, in the order in which they came."""

    async def carry_out(self, done: CarriedOut, now: datetime) -> bool:
        """Everything of one command, or nothing: False if it was done, or its secret spent, before."""

    async def asked_about(self) -> frozenset[str]:
        """The addresses of which the owner was asked whether they are theirs, and has not answered."""

    async def grant(self, token: str) -> Grant | None:
        """What a secret stands for; None: there is no such secret."""

    async def targets(self, messages: Sequence[int]) -> list[Target]: ...

    async def lines(self, review: int) -> list[Line]:
        """The numbered items of a review as sent, or of all parts of a list; then the collapsed ones."""
