"""What stands in a review: select, group, rank. Rendering is in `compose`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from .message import Address
from .rules import Priority


@dataclass(frozen=True, slots=True)
class OpenMessage:
    """One undecided message in the store. shown: it stood in full in an earlier review."""

    id: int
    conversation: int | None  # messages of one conversation are one item
    sender: Address
    subject: str
    excerpt: str  # what is new in it, at most two lines
    text_characters: int  # of new text, for the reading time
    arrived_at: datetime
    priority: Priority
    warning: str  # a sentence in the owner's language above the item, or ""
    attachments: tuple[str, ...]  # file names
    shown: bool


@dataclass(frozen=True, slots=True)
class Handed:
    """One conversation that a backup has, or is about to get. state: of its newest forward."""

    backup_name: str
    sender: Address
    subject: str
    at: datetime  # when it was handed over (accepted), or taken up while it waits
    state: Literal["sent", "waiting", "failed", "answered"]
    messages: int  # of the client, since the last review
    detail: str  # of a failure: what the server said


@dataclass(frozen=True, slots=True)
class Counts:
    """Since the last review: received = forwarded + review + low + private + ignored + own."""

    received: int
    forwarded: int
    review: int
    private: int
    ignored: int
    own: int


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """Everything that a review tells, gathered by the store in one transaction.

    slot: the owner's local date and "morning"/"afternoon"-like index (0 first); None: asked for by hand.
    problems: sentences in the owner's language, most urgent first ("No contact with … from … to …").
    mode: "live"; "shadow" or "observing" open by saying so, and nothing is forwarded then.
    """

    now: datetime
    since_at: datetime
    slot: tuple[date, int] | None
    next_review_at: datetime | None
    until_at: datetime | None  # the homecoming
    messages: tuple[OpenMessage, ...]
    handed: tuple[Handed, ...]
    counts: Counts
    last_contact_at: datetime | None
    problems: tuple[str, ...]
    mode: Literal["live", "shadow", "observing"]


@dataclass(frozen=True, slots=True)
class Item:
    """One conversation in a review, numbered from 1 (0 until numbered)."""

    number: int
    messages: tuple[OpenMessage, ...]  # oldest first
    reading: timedelta

    @property
    def newest(self) -> OpenMessage:
        return self.messages[-1]


@dataclass(frozen=True, slots=True)
class Review:
    """The arranged review. Every open message is in exactly one of the four lists."""

    facts: ReviewFacts
    waiting: tuple[Item, ...]  # in full
    still_open: tuple[Item, ...]  # one line each, shown in full earlier
    collapsed: tuple[Item, ...]  # low priority: counted by sender
    rest: tuple[Item, ...]  # did not fit: named, or counted; in full next time


def arrange_review(facts: ReviewFacts) -> Review:
    """The open messages as items in order: priority, then age (oldest first). Pure."""
    raise NotImplementedError
