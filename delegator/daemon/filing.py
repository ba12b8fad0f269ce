"""What was decided is put where it belongs: marked and moved, in groups of one command each."""

from __future__ import annotations

from collections.abc import Sequence

from ..ports import Declined, Filing, FilingStore
from .tenure import Tenure

GIVE_UP_AFTER = 12
"""Refusals of a move, over two days."""


async def file_messages(tenure: Tenure, filings: Sequence[Filing]) -> None:
    if not tenure.has_folders:
        return  # though there were some when this was decided
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
