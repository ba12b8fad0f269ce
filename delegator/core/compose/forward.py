"""The forward: a new message from the owner to a backup that carries the original as it came."""

from __future__ import annotations

from dataclasses import dataclass

from ..message import Message
from ..people import Backup, Owner
from .mail import Catalogue, Stamp


@dataclass(frozen=True, slots=True)
class Forward:
    """A composed forward. kept_whole: False where only header and text fitted the server's SIZE."""

    octets: bytes
    kept_whole: bool


def compose_forward(
    original: bytes,
    message: Message,
    owner: Owner,
    backup: Backup,
    stamp: Stamp,
    catalogue: Catalogue,
    max_octets: int | None,
    *,
    by: str | None = None,
) -> Forward:
    """A new message from the owner to the backup that carries the original. Never raises.

    original: the whole mail. catalogue: the backup's language. max_octets: the server's SIZE or None.
    by: the moment before which an answer is hoped for, as people write it in the backup's language.
    """
    raise NotImplementedError
