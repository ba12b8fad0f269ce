"""Where a message is, and whether it was seen before in another place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ..folders import INBOX, is_ours


@dataclass(frozen=True, slots=True)
class Place:
    """The identity of IMAP (RFC 3501 section 2.3.1.1)."""

    mailbox: str
    uidvalidity: int
    uid: int


@dataclass(frozen=True, slots=True)
class Known:
    """A message that was taken up. is_there: it is believed to be at that place still.

    arrived_at: INTERNALDATE. filed: the folders that it is to be filed in, or was filed in last.
    """

    id: int
    place: Place
    is_there: bool
    arrived_at: datetime | None
    filed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Again:
    """A known message turned up. is_back: it had left, and the owner moved it here."""

    id: int
    is_back: bool


def known_again(alike: Iterable[Known], place: Place, arrived_at: datetime | None) -> Again | None:
    """Which of the messages with the same header this is, in a watched mailbox; None: a new one.

    After a change of UIDVALIDITY the header alone decides. Else equal mails that are both there, or that
    arrived at different times, are two. What is in a folder of ours may have been moved back since that was
    looked at.
    """
    for known in alike:
        is_renumbered = known.place.mailbox == place.mailbox and known.place.uidvalidity != place.uidvalidity
        is_elsewhere = known.is_there and not is_ours(known.place.mailbox)
        if is_renumbered or (not is_elsewhere and known.arrived_at == arrived_at):
            return Again(known.id, is_back=not (is_renumbered and known.is_there))
    return None


def is_past_end(uid: int, uidnext: int | None) -> bool:
    """Whether a mark names a UID that the server has not given to any mail yet, so that it is damaged.

    Every UID that was seen is less than UIDNEXT, and that only grows within one UIDVALIDITY (RFC 9051 section
    2.3.1.1). uidnext: of a SELECT after the mark was set; None or 0: the server does not say.
    """
    return bool(uidnext) and uidnext is not None and uid >= uidnext


def is_end(uid: int, uidnext: int | None) -> bool:
    """Whether nothing can have come after this UID: it is the last that the server gave to any mail.

    uidnext: of a SELECT just now; None or 0: the server does not say.
    """
    return bool(uidnext) and uidnext == uid + 1


def was_moved(arrived_at: datetime | None, looked_from: datetime, *, was_in_junk: bool) -> bool:
    """Whether a message that was never taken up, and is in a folder of ours, was moved there by a login.

    Else it was perhaps delivered there (to `user+folder@`), by a stranger. looked_from: a moment before our
    folders were looked at first: what had been delivered there by then lay there then. A move keeps
    INTERNALDATE (RFC 6851 section 3.3).
    """
    return was_in_junk or (arrived_at is not None and arrived_at < looked_from)


def moved_here(alike: Iterable[Known], folder: str, arrived_at: datetime | None) -> Known | None:
    """Which of the messages with the same header this is, in a folder of ours; None: it was not taken up.

    Among equal mails it is the one that we filed there, or that has left its place, or else the first.
    """
    same = [known for known in alike if known.arrived_at == arrived_at]
    return min(same, key=lambda known: (folder not in known.filed, known.is_there, known.id), default=None)


def filed_to(folder: str, mailbox: str | None, *, asks_for_receipt: bool) -> str | None:
    """The folder that a message goes to when it is to be in this one; None: it stays where it is.

    mailbox: where it lies, or where we moved it last; None: the owner's own hand took it away.
    One that asks for a receipt is not moved at all: there are servers that answer a move with one. Back to
    INBOX goes only what lies in a folder of ours.
    """
    if mailbox is None or asks_for_receipt or mailbox == folder:
        return None
    return folder if folder != INBOX or is_ours(mailbox) else None
