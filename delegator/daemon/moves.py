"""What the owner moves from one watched mailbox to another is the same mail: it goes to nobody a second time.

Whichever of the two is looked at first, the state believes it to be in the other one; so the server is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..maillog import MailLog
from ..ports import Arrived, MailboxFacts, MailSource, MoveStore, Place, Unavailable


@dataclass(frozen=True, slots=True)
class Moves:
    """Of one account. is_live: whether the mailbox that is looked at is open for writing."""

    source: MailSource
    store: MoveStore
    log: MailLog
    is_live: bool

    async def follow(self, facts: MailboxFacts, arrived: Sequence[Arrived]) -> None:
        """Before these are taken up in the open mailbox: those that were moved here are known, and stay so.

        One that is still where it was is another mail. Raises Unavailable.
        """
        by_mailbox: dict[str, list[tuple[Place, Place]]] = {}
        for was, is_now in await self.store.elsewhere(arrived):
            by_mailbox.setdefault(was.mailbox, []).append((was, is_now))
        for mailbox, places in by_mailbox.items():
            gone = await self._gone(mailbox, places)
            await self.store.moved(gone)
            for _, is_now in gone:
                self.log.recognised(mailbox=is_now.mailbox, uid=is_now.uid)
        if by_mailbox:
            again = await self.source.open(facts.mailbox, read_only=not self.is_live)
            if again is None or again.uidvalidity != facts.uidvalidity:
                raise Unavailable(f"{facts.mailbox} was replaced by another mailbox meanwhile")

    async def _gone(self, mailbox: str, places: list[tuple[Place, Place]]) -> list[tuple[Place, Place]]:
        """Those of which the first place is empty."""
        facts = await self.source.open(mailbox, read_only=True)
        if facts is None:
            return places
        uids = set(await self.source.uids(above=min(was.uid for was, _ in places) - 1))
        return [
            (was, is_now)
            for was, is_now in places
            if was.uidvalidity != facts.uidvalidity or was.uid not in uids
        ]
