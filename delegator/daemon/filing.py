"""What was decided is put where it belongs: marked and moved, in groups of one command each."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.mail.place import Place
from ..ports import Declined, Filing, FilingStore, Misplaced
from .mailboxes import fetch_for_triage, message_of, of_these_moments
from .tenure import Tenure

GIVE_UP_AFTER = 12
"""Refusals of a move, over two days."""


async def file_messages(tenure: Tenure) -> None:
    """All that is to be moved. Raises Unavailable."""
    if not tenure.has_folders:
        return  # though there were some when this was decided
    await find_misplaced(tenure)
    await _move(tenure, await tenure.store.filings())


async def find_misplaced(tenure: Tenure) -> None:
    """What is to be moved on from where we put it: a move told no new UID, so that it is looked for.

    A handover that came back, and was then decided, lies among what was forwarded.
    """
    source, store = tenure.tools.source, tenure.store
    by_folder: dict[str, list[Misplaced]] = {}
    for one in await store.misplaced():
        by_folder.setdefault(one.folder, []).append(one)
    for folder, wanted in by_folder.items():
        try:
            facts = await source.open(folder, read_only=True)
        except Declined:
            facts = None
        places: dict[int, Place] = {}
        if facts is not None:
            digests = {(one.header_digest, one.arrived_at): one.id for one in wanted}
            uids = await of_these_moments(source, {one.arrived_at for one in wanted})
            async for fetched in fetch_for_triage(source, uids):
                key = (message_of(fetched).header_digest, fetched.arrived_at)
                if id_ := digests.get(key):
                    places[id_] = Place(facts.mailbox, facts.uidvalidity, fetched.uid)
        for one in wanted:
            await store.found(one.id, places.get(one.id))


async def _move(tenure: Tenure, filings: Sequence[Filing]) -> None:
    source = tenure.tools.source
    store: FilingStore = tenure.store
    groups: dict[tuple[str, int, str, str | None], list[Filing]] = {}
    for filing in filings:
        place = filing.place
        group = (place.mailbox, place.uidvalidity, filing.folder, filing.keyword)
        groups.setdefault(group, []).append(filing)
    for (mailbox, uidvalidity, folder, keyword), members in groups.items():
        of, now = f"{mailbox} to {folder}", tenure.tools.clock.now()
        if not tenure.lacks.may_try("move", now, of):
            continue
        facts = await source.open(mailbox)
        position = await store.position(mailbox)
        if facts is not None and position is not None and facts.uidvalidity != position.uidvalidity:
            continue  # renumbered: first they have to be found again
        if facts is not None and facts.uidvalidity == uidvalidity:
            uids = [filing.place.uid for filing in members]
            allowed = {flag.lower() for flag in facts.permanent_flags}
            if keyword and ({"\\*", keyword.lower()} & allowed):
                await _mark(tenure, uids, keyword)
            try:
                await source.move(uids, folder)
            except Declined as fault:
                if tenure.declined("move", str(fault), of) < GIVE_UP_AFTER:
                    continue
                # Two days later: they stay where they are, and are not asked for again.
            else:
                tenure.lacks.granted("move", of)
                tenure.tools.log.filed(mailbox=mailbox, folder=folder, count=len(uids))
        await store.filed([filing.id for filing in members])


async def _mark(tenure: Tenure, uids: Sequence[int], keyword: str) -> None:
    if tenure.lacks.may_try("keyword", tenure.tools.clock.now()):
        try:
            await tenure.tools.source.add_keyword(uids, keyword)
        except Declined as fault:
            tenure.declined("keyword", str(fault))
        else:
            tenure.lacks.granted("keyword")
