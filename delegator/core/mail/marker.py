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
_OF_A_DELIVERY = ("Received", "Return-Path")  # RFC 5321 section 4.4


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
    """A message of that mailbox as a marker; None if it is something else.

    One that was delivered there (to `user+folder@`, say) is somebody else's: ours are appended by the login.
    """
    message = parse_message(octets)
    if any(message.header(name) is not None for name in _OF_A_DELIVERY):
        return None
    state_id, until = message.header(_STATE), message.header(_UNTIL)
    if state_id is None or until is None:
        return None
    try:
        until_at = datetime.fromisoformat(until)
    except ValueError:
        return None
    replaces = frozenset(value.strip() for value in message.header_values(_REPLACES))
    return Marker(uid, state_id, until_at, replaces) if until_at.tzinfo else None


@dataclass(frozen=True, slots=True)
class MarkerPlan:
    """What follows from a look at the markers.

    other: of the state that serves the absence, while this one observes; None: this one serves it.
    replaces: a marker of ours is to be appended that takes over from these states; None: there is one.
    superseded: UIDs of markers that count no more and may be deleted.
    """

    other: Marker | None
    replaces: frozenset[str] | None = None
    superseded: tuple[int, ...] = ()


def plan_marker(
    markers: Iterable[Marker], state_id: str, until_at: datetime, now: datetime, *, adopt: bool = False
) -> MarkerPlan:
    """Who serves the absence that ends at until_at, and what is to be done about the markers.

    adopt: take over from whoever serves it.
    """
    found = sorted(markers, key=lambda marker: marker.uid)
    ours = [marker for marker in found if marker.state_id == state_id]
    other = foreign(found, state_id, now)
    if other is not None and not adopt:
        return MarkerPlan(other, superseded=tuple(marker.uid for marker in ours))
    named = frozenset[str]().union(*(marker.replaces for marker in ours)) - {state_id}
    superseded = [
        marker
        for marker in found
        if marker.until_at <= now
        or (marker.state_id == state_id and marker.until_at != until_at)
        or marker.state_id in named
    ]
    kept = [marker for marker in found if marker not in superseded]
    others = {marker.state_id for marker in found if marker.until_at > now} - {state_id}
    is_missing = not any(marker.state_id == state_id for marker in kept)
    # Who gave way to our earlier marker, and could not take theirs away, may be first without that one.
    if is_missing or (adopt and others) or foreign(kept, state_id, now) is not None:
        return MarkerPlan(None, replaces=frozenset(others))
    return MarkerPlan(None, superseded=tuple(marker.uid for marker in superseded))


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
