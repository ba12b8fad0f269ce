"""Conversations in backups' hands, and what is known of the backups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from ..core.commands.command import Grant
    from ..core.handovers.presence import Absence
    from ..core.hours.briefed import Briefed
    from ..core.mail.message import Address
    from ..core.people import Window
    from .queue import OutgoingMail


@dataclass(frozen=True, slots=True)
class HandoverRow:
    """One open handover: a client waits, and a backup is to answer.

    chain: the rule's backups as configured. tried: who had it before. client, subject, excerpt: of the
    newest message. messages: without an answer. opened_at: the oldest of those was taken up. handed_at: the
    forward was accepted, or None. due_at: of the follow-up. accepted_at: the backup said "later
    today". pass_why: it is to be passed on.
    """

    id: int
    backup: str
    chain: tuple[str, ...]
    tried: tuple[str, ...]
    client: Address
    subject: str
    excerpt: str
    messages: int
    opened_at: datetime
    handed_at: datetime | None
    due_at: datetime | None
    question_at: datetime | None
    accepted_at: datetime | None
    pass_why: str | None


LetterKind = Literal["brief", "overview"]


@dataclass(frozen=True, slots=True)
class Letter:
    """A brief or an overview. slot: what makes it one of a kind; the same is never sent twice.

    items: of an overview, the conversations under its numbers, from 1. about: the absence that a brief
    announces, or an overview takes back.
    """

    kind: LetterKind
    backup: str
    slot: str
    items: tuple[int, ...] = ()
    about: Window | None = None


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A letter that was written. at: when it went into the outbox. about: see `Letter`."""

    backup: str
    slot: str
    at: datetime
    about: Window | None = None


@dataclass(frozen=True, slots=True)
class TakenFrom:
    """A conversation that the owner answered, or took back (is_answered False)."""

    client: Address
    subject: str
    is_answered: bool


class Absences(Protocol):
    """Which backups are not there, besides the configured windows."""

    async def absences(self, now: datetime) -> Mapping[str, Absence]: ...


class Letters(Protocol):
    """Briefs and overviews."""

    async def letters(self, kind: LetterKind) -> list[LetterRow]:
        """The oldest first."""

    async def briefs_that_hold(self, now: datetime) -> list[Briefed]:
        """As `core.hours.briefed.holding` finds them."""


class OpenHandovers(Protocol):
    """What backups are to answer."""

    async def open_handovers(self) -> list[HandoverRow]:
        """The longest without an answer first."""


class Correspondents(Protocol):
    """Whom the owner knows."""

    async def written_to(self) -> frozenset[str]:
        """The addresses to which the owner wrote by hand, in `normal_address` form."""


class HandoverStore(Correspondents, OpenHandovers, Absences, Letters, Protocol):
    """What the follow-up needs."""

    async def pass_on(
        self,
        conversation: int,
        *,
        held_by: str,
        backups: tuple[str, ...],
        why: str,
        now: datetime,
        cover: OutgoingMail | None,
    ) -> None:
        """Every unanswered message to the next; none left: they are open items of the owner's again.

        held_by: who had it when that was decided; nothing happens if another has it by now.
        backups: the next, then those after. cover: the mail that is sent before it.
        """

    async def taken_from(self, backup: str, since_at: datetime) -> list[TakenFrom]:
        """What this backup had and need not do any more, by the owner's own hand."""

    async def add_tokens(self, tokens: Mapping[str, Grant]) -> None:
        """The secrets of a mail that is no review."""

    async def add_letter(self, letter: Letter, mail: OutgoingMail, now: datetime) -> bool:
        """Into the outbox, once; False if it was there already."""
