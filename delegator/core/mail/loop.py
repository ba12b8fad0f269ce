"""The loop header: by its value a mail of ours is known again, wherever it has been meanwhile.

The value stands on its own, because some servers give a mail that passes a Message-ID of theirs. It
names nothing, and only who has the account's key can make one.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from .message import Message

LOOP_HEADER = "X-Loop-Check"

_FORMAT = re.compile(r"([0-9a-f]{16})-([0-9a-f]{32})")


def loop_value(key: bytes, message_id: str) -> str:
    """The value of the loop header in our mail with this Message-ID."""
    nonce = hashlib.sha256(message_id.encode("utf-8", "replace")).hexdigest()[:16]
    return f"{nonce}-{_seal(key, nonce)}"


def is_loop_of(key: bytes, message: Message, message_id: str) -> bool:
    """Whether it is our mail with this Message-ID, whatever Message-ID it arrived under."""
    return bool(key) and loop_value(key, message_id) in message.header_values(LOOP_HEADER)


def is_our_loop(key: bytes, message: Message) -> bool:
    """Whether a mail carries a loop header that was made with this key; never with an empty key."""
    seals = _seals(message)
    return bool(key) and any(hmac.compare_digest(seal, _seal(key, nonce)) for nonce, seal in seals)


def is_foreign_loop(key: bytes, message: Message) -> bool:
    """Whether a mail carries a loop header of our form that another key made."""
    return bool(_seals(message)) and not is_our_loop(key, message)


def _seals(message: Message) -> list[tuple[str, str]]:
    values = message.header_values(LOOP_HEADER)
    if not values:
        return []
    found = (_FORMAT.fullmatch(value.strip()) for value in values)
    return [(each[1], each[2]) for each in found if each]


def _seal(key: bytes, nonce: str) -> str:
    return hmac.new(key, nonce.encode("ascii"), hashlib.sha256).hexdigest()[:32]
