"""The marker: one message in the mailbox `Delegator` that names the absence and the state that serves it.

It never leaves the owner's own account. Without it a second installation would forward all again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from ..people import Owner
from .message import parse_message

_STATE = "X-Delegator-State"
_UNTIL = "X-Delegator-Until"
_REPLACES = "X-Delegator-Replaces"


@dataclass(frozen=True, slots=True)
class Marker:
    """state_id: of the state that serves the absence. until_at: the absence's end, aware.

    replaces: the states from which it took over. A server without UIDPLUS keeps their markers.
    """

    uid: int
    state_id: str
    until_at: datetime
    replaces: frozenset[str] = frozenset()


def compose_marker(
    owner: Owner,
    state_id: str,
    until_at: datetime,
    message_id: str,
    now: datetime,
    replaces: Iterable[str] = (),
) -> bytes:
    """The marker's octets: text for a person who finds it, header fields for us."""
    day = until_at.astimezone(owner.timezone).strftime("%Y-%m-%d %H:%M")
    lines = [
        f"From: <{owner.address}>",
        f"To: <{owner.address}>",
        f"Subject: delegator is at work until {day}",
        f"Date: {format_datetime(now)}",
        f"Message-ID: {message_id}",
        "Auto-Submitted: auto-generated",
        f"{_STATE}: {state_id}",
        f"{_UNTIL}: {until_at.isoformat()}",
        *(f"{_REPLACES}: {each}" for each in sorted(replaces)),
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=us-ascii",
        "",
        "This message tells a second installation of delegator that this mailbox is looked after.",
        "It is replaced when the dates change. Leave it where it is until you are back.",
        "",
    ]
    return "\r\n".join(lines).encode("ascii", "replace")


def read_marker(uid: int, octets: bytes) -> Marker | None:
    """A message of that mailbox as a marker; None if it is something else."""
    message = parse_message(octets)
    state_id, until = message.header(_STATE), message.header(_UNTIL)
    if state_id is None or until is None:
        return None
    try:
        until_at = datetime.fromisoformat(until)
    except ValueError:
        return None
    replaces = frozenset(value.strip() for value in message.header_values(_REPLACES))
    return Marker(uid, state_id, until_at, replaces) if until_at.tzinfo else None


def foreign(markers: Iterable[Marker], state_id: str, now: datetime) -> Marker | None:
    """The first marker of another state whose absence is not over yet, unless ours was there before.

    Two installations that start at the same moment both see no marker and both append one: the lower
    UID was first (RFC 3501 section 2.3.1.1), and the other gives way. One that a later marker replaces
    counts no more.
    """
    replaced: set[str] = set()
    valid: list[Marker] = []
    for marker in sorted(markers, key=lambda marker: marker.uid, reverse=True):
        if marker.until_at > now:
            if marker.state_id not in replaced:
                valid.append(marker)
            replaced |= marker.replaces
    return valid[-1] if valid and valid[-1].state_id != state_id else None
