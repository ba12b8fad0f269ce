"""The octets of forwarded mail: kept until the mailbox is seen to hold them, and fetched again when needed.

Over the session's own connection, and never by the outbox: what waits there waits until they are here.
Whatever breaks off begins anew: one transaction lets octets go, one brings them back.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from ..ports import OriginalStore, Sought, StateError
from .search import Search
from .tenure import Tenure

AT_ONCE = 20
AT_ONCE_OCTETS = 8 * 1024 * 1024
"""What one look reads to be rid of it: new mail waits a second for that, and some at a slow server."""

ASKED_AT_MOST = timedelta(minutes=30)
WAITS_AT_MOST = timedelta(days=1)
BREAK = timedelta(minutes=5)
"""How long a server that refuses a mailbox, or a mail, is asked for what is to be passed on; and how long
that waits in all, where each run is a new one, or the server was away. BREAK: how long a mail is left alone
in whose reading the connection was lost: new mail and commands come between."""


async def let_go(tenure: Tenure) -> None:
    """What the mailbox holds as well need not be here. Once for each mail: what is not seen stays, and that
    with which the connection was lost.

    Raises Unavailable.
    """
    if not tenure.is_live:
        return
    store: OriginalStore = tenure.store
    source, count, octets = tenure.tools.source, 0, 0
    for sought in await store.may_go(AT_ONCE):
        if octets > AT_ONCE_OCTETS:
            tenure.bells.wake.set()  # after what is new by then
            break
        octets += sought.size_octets
        tenure.progress()
        place = None
        if sought.message not in tenure.lost_at:
            tenure.lost_at[sought.message] = tenure.tools.clock.now()
            place = await Search(source, tenure.config).place(sought)
        del tenure.lost_at[sought.message]
        if place is None:
            await store.stays(sought.message)
        else:
            count += await store.let_go(sought.message, place)
    if count:
        tenure.tools.log.let_go(count=count)
        with suppress(StateError):  # no room to write it anew: the next time
            await store.give_back_room()


async def fetch_wanted(tenure: Tenure) -> None:
    """What is to go to the next backup, and is only in the mailbox. Raises Unavailable."""
    if not tenure.is_live:
        return
    store: OriginalStore = tenure.store
    for sought in await store.wanted():
        tenure.progress()
        now, search = tenure.tools.clock.now(), Search(tenure.tools.source, tenure.config)
        is_too_long, lost_at = _is_too_long(tenure, sought, now), tenure.lost_at.get(sought.message)
        octets = None
        if lost_at is None or (now - lost_at >= BREAK and not is_too_long):
            tenure.lost_at[sought.message] = now
            octets = await search.octets(sought)
            del tenure.lost_at[sought.message]
        elif not is_too_long:
            continue
        if octets is not None:
            await store.came_back(sought.message, octets)
        elif search.is_sure or is_too_long:
            await store.vanished(sought.message, now)
            await tenure.nobody_left()
        else:
            continue
        tenure.sought_from.pop(sought.message, None)  # the next time it is asked for as long
        tenure.lost_at.pop(sought.message, None)
        tenure.tools.log.fetched_again(message=sought.message, is_found=octets is not None)
        tenure.bells.due.set()


def _is_too_long(tenure: Tenure, sought: Sought, now: datetime) -> bool:
    """A client waits. After an outage a server may not have all its mailboxes at once."""
    asked_at = tenure.sought_from.setdefault(sought.message, now)
    since_at = sought.since_at or now
    return now - asked_at > ASKED_AT_MOST or now - since_at > WAITS_AT_MOST
