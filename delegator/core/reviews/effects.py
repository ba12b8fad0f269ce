"""A command and what is done about it, as values: what was asked, what it is about, and each effect.

`plan` makes them; the state carries the effects out, in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from ..commands.command import Verb
from ..commands.reply import Mistake
from ..handovers.conversation import HandedOver
from ..handovers.machine import Status
from ..handovers.presence import BackupCommand
from ..hours.absence import Alteration
from ..mail.message import Address, Message
from ..mail.place import Place

Way = Literal["button", "reply", "folder"]
Decision = Literal["done", "to-do", "later"]


# --- what it is about -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CommandRow:
    """A command as it came. token: of a button. review: of a reply. message, verb, backup and note: of a
    move, and of a forward that waited for a second tap. text: of the mail. is_confirmed: by that tap.
    is_moved_along: another mail of its conversation, one that waited, was moved with it. has_newer: such
    a mail waits still. is_home: it answers a homecoming mail.
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
    is_home: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A message as a command finds it. place: None where it is not known to be anywhere.

    subject and sender: empty of a private one. backup: of a forward. rule: its name. perhaps_answered_by:
    it is perhaps the answer in its conversation, which this backup has. is_held_up: its forward was tried,
    and cannot go yet.
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
    perhaps_answered_by: str | None = None
    is_held_up: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """One item of a command. is_bulk: one of many; it touches only what still waits."""

    messages: tuple[int, ...]
    verb: Verb
    backup: str | None = None
    note: str = ""
    text: str = ""
    is_bulk: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What a command asks for. effects and mistakes: of what is about no item.

    held: the lines that would be done if the owner says so; then nothing else is.
    """

    items: tuple[Wanted, ...] = ()
    effects: tuple[Effect, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    held: tuple[str, ...] = ()

    @property
    def messages(self) -> tuple[int, ...]:
        """All that it is about, each once."""
        return tuple(dict.fromkeys(id_ for item in self.items for id_ in item.messages))


# --- what is done about it ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Decide:
    messages: tuple[int, ...]
    decision: Decision
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Hand:
    """A message goes to a backup, by an event that has no id yet.

    ids: its own Message-IDs. sender, subject: as it may be shown from now on. original: all its octets.
    """

    message: int
    event: HandedOver
    ids: tuple[str, ...]
    sender: Address
    subject: str
    original: bytes


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
class Settle:
    """The owner says of a handover that it is done with."""

    conversation: int


@dataclass(frozen=True, slots=True)
class Obey:
    """What a backup's button says."""

    command: BackupCommand


@dataclass(frozen=True, slots=True)
class Alter:
    """The owner's absence is another from now on."""

    alteration: Alteration


@dataclass(frozen=True, slots=True)
class SendList:
    """The owner asks for the list of all that is open."""


@dataclass(frozen=True, slots=True)
class FileLeft:
    """What the homecoming left in INBOX is filed with the to-dos."""

    messages: tuple[int, ...]


Effect = (
    Alter
    | Decide
    | Hand
    | Reopen
    | Withdraw
    | PutBack
    | Release
    | PassOn
    | Settle
    | Obey
    | SendList
    | FileLeft
)


@dataclass(frozen=True, slots=True)
class Done:
    """For a receipt: what was done with a message (the newest of an item). note: what went to the client."""

    verb: Verb
    message: int
    backup: str | None
    way: Way
    messages: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class AskFirst:
    """A private message is forwarded only after a second tap. backup: the key."""

    target: Target
    backup: str
    note: str


@dataclass(slots=True)
class Plan:
    """All that one command comes to."""

    effects: list[Effect] = field(default_factory=list)
    receipts: list[Done] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    questions: list[AskFirst] = field(default_factory=list)
    wholes: list[Message] = field(default_factory=list)  # that the owner wants to read
