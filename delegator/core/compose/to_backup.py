"""What a backup gets of a message that is theirs to answer: the forward, or a note where they have it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ..mail.message import Message, parse_message
from ..octets import Octets
from ..people import Backup, Owner, normal_address
from .forward import compose_forward
from .mail import Catalogue, Stamp
from .recipient_note import compose_recipient_note


def compose_to_backup(
    original: bytes,
    arrived_at: datetime | None,
    owner: Owner,
    backup: Backup,
    stamp: Stamp,
    catalogue: Catalogue,
    *,
    max_octets: int | None,
    takes_eight_bit: bool,
    line: str = "",
    is_known: Callable[[str], bool] = lambda address: False,
) -> Octets:
    """original: all octets of the message. The rest as for `compose_forward`."""
    message = parse_message(original, arrived_at=arrived_at)
    if is_recipient(message, backup):
        note = compose_recipient_note(message, owner, backup, stamp, catalogue, line=line)
        return Octets((note,))
    return compose_forward(
        original,
        message,
        owner,
        backup,
        stamp,
        catalogue,
        max_octets,
        line=line,
        takes_eight_bit=takes_eight_bit,
        is_known=is_known,
    )


def is_recipient(message: Message, backup: Backup) -> bool:
    """Whether the backup got the mail themselves: then a short note goes instead of a second copy."""
    named = {normal_address(recipient.address) for recipient in (*message.to, *message.cc)}
    return any(normal_address(address) in named for address in backup.addresses)
