"""The marker in the owner's mailbox: looked at, appended and tidied up as `core.mail.marker` plans it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from ..core.folders import ROOT
from ..core.mail.marker import Marker, compose_marker, plan_marker, read_marker
from ..core.people import Owner
from ..ports import Declined, MailSource

_MARKER_OCTETS = 16 * 1024  # ours have less than one


class Unread(Exception):
    """The server lets no marker be read. fault: what it said."""

    def __init__(self, fault: Declined) -> None:
        super().__init__(str(fault))
        self.fault = fault


async def decide_who_serves(
    source: MailSource,
    owner: Owner,
    state_id: str,
    until_at: datetime,
    now: datetime,
    *,
    adopt: bool,
    new_message_id: Callable[[], str],
    may_leave: bool,
) -> Marker | None:
    """The marker of the other state that serves the absence; None if this one does, and says so there.

    may_leave: or only look. Raises Declined where the server lets no marker be left: then nobody else will
    know of this one, which serves. Raises Unread.
    """
    plan = plan_marker(await _markers(source), state_id, until_at, now, adopt=adopt)
    if plan.replaces is not None and may_leave:
        await source.create(ROOT)
        octets = compose_marker(owner, state_id, until_at, new_message_id(), now, plan.replaces)
        await source.append(ROOT, octets, seen=True)
        plan = plan_marker(await _markers(source), state_id, until_at, now)  # somebody may have been faster
    if plan.superseded:
        with suppress(Declined):  # they are ignored where they lie
            await source.delete(plan.superseded)
    return plan.other


async def _markers(source: MailSource) -> list[Marker]:
    try:
        if await source.open(ROOT) is None:
            return []
        fetched = await source.fetch(await source.uids(), _MARKER_OCTETS)
    except Declined as fault:
        raise Unread(fault) from fault
    return [marker for one in fetched if (marker := read_marker(one.uid, one.octets))]
