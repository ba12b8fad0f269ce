"""Whether a mail that carries a live secret may command. Pure.

The secret is in the mail's own Subject, or its own In-Reply-To names a review; never one in an attached
message or in a quotation.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from ..mail.auto_submitted import auto_submitted
from ..people import Backup, normal_address
from .command import Grant, read_subject

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from ..mail.message import Message


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret that the state knows. grant: a button's; None: it is a review's Message-ID.

    is_live: neither spent nor expired. asked: of the answer to "was this you?": the address about which
    we asked, in `normal_address` form. That secret was in no mail but the one to the owner, so who taps
    it has the mailbox open, whatever account the phone sends from.
    """

    grant: Grant | None
    is_live: bool = True
    asked: str | None = None


class Standing(StrEnum):
    """What becomes of a command. All but the first two have no effect; the next review tells of them."""

    ACCEPTED = "accepted"
    HELD = "held"  # a live secret, from an address that is not known to be the owner's, who is asked
    SPENT = "spent"  # or expired
    NOT_THEIRS = "not_theirs"  # a backup's secret, used by somebody else
    FAILED = "failed"  # the owner's own server says that its sender is not who it says
    NO_SENDER = "no_sender"  # not exactly one From with exactly one address
    AUTOMATIC = "automatic"  # a machine answered a review


@dataclass(frozen=True, slots=True)
class Refusal:
    """A command that had no effect, or none yet; for the next review. sender: the address it came from."""

    why: Standing
    sender: str
    at: datetime


MOST_QUESTIONS = 5
"""Open at a time: who has stolen a secret must not fill the owner's inbox by it."""


def may_ask_whose(sender: str, asked: Collection[str]) -> bool:
    """Whether to ask the owner if this address is theirs. asked: about which they have not answered yet."""
    return sender not in asked and len(asked) < MOST_QUESTIONS


def named_secret(message: Message) -> tuple[str | None, str | None]:
    """The token in its subject, or else the Message-ID that it answers; (None, None): no command."""
    subject = read_subject(message.subject)
    if subject is not None:
        return subject[1], None
    answered = message.in_reply_to or message.references[-1:]
    return None, answered[0] if len(answered) == 1 else None


def standing(
    message: Message,
    secret: Secret,
    owner_addresses: frozenset[str],
    also: frozenset[str],
    backups: Mapping[str, Backup],
    failed: str | None,
) -> Standing:
    """owner_addresses and also (those that the owner confirmed): in `normal_address` form.

    failed: what the owner's server says failed, unless the owner's test mail draws the same; or None.
    """
    sender = message.originator
    if sender is None:
        return Standing.NO_SENDER
    if _is_automatic(message):
        return Standing.AUTOMATIC
    if failed is not None:
        return Standing.FAILED
    address = normal_address(sender.address)
    by = secret.grant.by if secret.grant else None
    if by is not None:
        backup = backups.get(by)
        theirs = backup.normal_addresses if backup else frozenset()
        if address not in theirs:
            return Standing.NOT_THEIRS
    if not secret.is_live:
        return Standing.SPENT
    if by is None and address not in owner_addresses | also and address != secret.asked:
        return Standing.HELD
    return Standing.ACCEPTED


def is_addressed_to(message: Message, addresses: frozenset[str]) -> bool:
    """Whether one of these is among its To: a review that its owner passes on is no reply to it."""
    return any(normal_address(each.address) in addresses for each in message.to)


def _is_automatic(message: Message) -> bool:
    from ..mail.kinds import kind_of  # with what reads a mail: who only reads the state has none

    return kind_of(message) is not None or bool(auto_submitted(message.named("auto-submitted")))
