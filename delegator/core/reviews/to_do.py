"""The owner's to-do list: what each entry of it is. One list, whoever shows it.

The flight list, the homecoming mail and its page, the Markdown file and the mails to a task program are all
made of these entries, in this order; so they are alike. The entry of a private mail says that it is
private, its number and its date, and no more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from urllib.parse import quote

from ..handovers.codes import Disposition
from ..mail.addresses import Address
from ..mail.display import one_line

NEW_CHARACTERS = 8_000
"""How much of a mail's new text is kept: five minutes of reading. The whole stands in the mail itself."""

CUT = "(…)"
"""Stands where more was written than is kept."""

SEARCH_CHARACTERS = 80


Preset = Literal["asana", "evernote", "todoist", "trello", "plain"]
WITH_TAGS: tuple[Preset, ...] = ("evernote", "todoist", "trello")
"""Those that read tags in a subject."""


@dataclass(frozen=True, slots=True)
class TaskAddress:
    """Where a task goes. tags: as they are written in rules.yaml, live as they stand."""

    address: str
    preset: Preset = "plain"
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """One message that the owner called a to-do, or that nobody decided, as the store has it.

    new: its new text, with its lines. message_id: with angle brackets, or None. remark: the owner's own
    words. is_undecided: nobody decided it before the owner was back. excerpt: stands in for `new` of what an
    earlier version took up.
    """

    id: int
    conversation: int | None
    disposition: Disposition
    sender: Address
    subject: str
    at: datetime
    remark: str = ""
    new: str = ""
    excerpt: str = ""
    message_id: str | None = None
    is_undecided: bool = False


@dataclass(frozen=True, slots=True)
class ToDo:
    """One entry: a conversation. number: from 1. messages: ids, oldest first. For the rest see `Kept`.

    Where it is private, sender, subject, remark, new and message_id are empty.
    """

    number: int
    messages: tuple[int, ...]
    sender: Address
    subject: str
    at: datetime
    remark: str
    new: str
    message_id: str | None
    is_private: bool
    is_undecided: bool

    @property
    def link(self) -> str:
        """Opens the mail in a mail program that knows it (`message:`); "" where it has no Message-ID."""
        return "" if self.message_id is None else f"message:{quote(self.message_id, safe='')}"

    @property
    def search(self) -> str:
        """The words that find it everywhere else: who wrote it, and what it is about."""
        address = self.sender.address if self.sender.address.isascii() else ""
        return one_line(f"{address} {self.subject}", SEARCH_CHARACTERS)


def list_to_dos(kept: Iterable[Kept]) -> tuple[ToDo, ...]:
    """What the owner called a to-do first, then what nobody decided; the oldest first.

    The messages of one conversation are one entry, and what is new in all of them stands in it. A private
    message is an entry of its own: a conversation would tell what it is about.
    """
    together: dict[tuple[str, int], list[Kept]] = {}
    for one in sorted(kept, key=lambda one: (one.at, one.id)):
        is_alone = one.conversation is None or one.disposition is Disposition.PRIVATE
        key = ("message", one.id) if is_alone else ("conversation", one.conversation or 0)
        together.setdefault(key, []).append(one)
    entries = sorted(map(_entry, together.values()), key=lambda entry: entry.is_undecided)
    return tuple(replace(entry, number=number) for number, entry in enumerate(entries, 1))


def _entry(kept: list[Kept]) -> ToDo:
    newest = kept[-1]
    ids = tuple(one.id for one in kept)
    is_undecided = all(one.is_undecided for one in kept)
    if newest.disposition is Disposition.PRIVATE:
        nobody = Address("", "")
        return ToDo(0, ids, nobody, "", newest.at, "", "", None, is_private=True, is_undecided=is_undecided)
    remarks = dict.fromkeys(one.remark.strip() for one in kept if one.remark.strip())
    texts = dict.fromkeys(text for one in kept if (text := one.new.strip() or one.excerpt.strip()))
    return ToDo(
        number=0,
        messages=ids,
        sender=newest.sender,
        subject=newest.subject,
        at=newest.at,
        remark=" / ".join(remarks),
        new="\n\n".join(texts),
        message_id=next((one.message_id for one in reversed(kept) if one.message_id), None),
        is_private=False,
        is_undecided=is_undecided,
    )
