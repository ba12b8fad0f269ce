"""How far each mailbox was looked at; a mark that the mailbox has not reached is damaged, and set back.

Behind such a mark all new mail would be passed over without a word. What is read again is known again by its
place, and goes nowhere twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..core.mail.place import is_past_end
from ..maillog import MailLog
from ..ports import Clock, MailboxFacts, MailSource, MarkStore, Place, Position
from .mailboxes import fetch_for_triage, message_of

BELIEVED_AFTER_S = 30.0
LAST_LOOKED_AT = 50
"""UIDs that are compared at the begin of a connection: those that are given twice are the last."""


@dataclass(slots=True)
class Marks:
    """The marks of one account. is_believed: at once; else a later look has to say so too, since the copy of
    a mailbox that one of a provider's machines has may be a moment behind another's.
    """

    store: MarkStore
    clock: Clock
    log: MailLog
    is_believed: bool = False
    _past_end: dict[str, tuple[Position, float]] = field(default_factory=dict)  # and since when

    @property
    def are_in_doubt(self) -> bool:
        """Whether a mark waits for the later look."""
        return bool(self._past_end)

    async def position(self, facts: MailboxFacts, mark: str = "") -> Position | None:
        """How far an open mailbox was read. mark: its name, where that is not the mailbox's."""
        mark = mark or facts.mailbox
        position = await self.store.position(mark)
        if position is None or position.uidvalidity != facts.uidvalidity or not facts.uidnext:
            return position
        if not is_past_end(position.uid, facts.uidnext):
            self._past_end.pop(mark, None)
            return position
        now_s = self.clock.elapsed_s()
        before, since_s = self._past_end.get(mark, (None, now_s))
        if before != position:
            self._past_end[mark], since_s = (position, now_s), now_s
        if not self.is_believed and now_s - since_s < BELIEVED_AFTER_S:
            return position
        self._past_end.pop(mark, None)
        self.log.mark_past_end(mailbox=facts.mailbox, uid=position.uid, uidnext=facts.uidnext)
        await self.store.ends_before(facts.mailbox, facts.uidvalidity, facts.uidnext)
        await self.store.set_back(mark, self.clock.now())
        return None

    async def doubt_numbers(self, source: MailSource, facts: MailboxFacts) -> None:
        """Of an open mailbox: whether the mails below the mark are those that were looked at.

        A server that is put back to an earlier day, without a new UIDVALIDITY, gives the UIDs of that day's
        mail anew (RFC 9051 section 2.3.1.1 forbids it). What has one of them now would be taken for looked
        at, and moved in place of another. When it arrived tells, and then its header: some servers tell
        another time of the same mail.
        """
        position = await self.store.position(facts.mailbox)
        if position is None or position.uidvalidity != facts.uidvalidity:
            return
        uids = await source.uids(above=max(position.uid - LAST_LOOKED_AT, 0))
        places = {uid: Place(facts.mailbox, facts.uidvalidity, uid) for uid in uids if uid <= position.uid}
        known = await self.store.taken_up_at(list(places.values()))
        known = {place: was for place, was in known.items() if was[0] is not None and was[1]}
        arrived = await source.fetch([place.uid for place in known], 0)
        in_doubt = [one.uid for one in arrived if one.arrived_at not in (None, known[places[one.uid]][0])]
        reused = []
        if in_doubt:
            async for fetched in fetch_for_triage(source, in_doubt):
                digest = known[places[fetched.uid]][1]
                if fetched.octets and message_of(fetched).header_digest != digest:
                    reused.append(fetched.uid)
        if reused:
            self.log.numbers_reused(mailbox=facts.mailbox, uids=reused)
            await self.store.replaced([places[uid] for uid in reused])
            await self.store.set_back(facts.mailbox, self.clock.now())
