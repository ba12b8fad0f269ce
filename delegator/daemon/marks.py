"""How far each mailbox was looked at; a mark that the mailbox has not reached is damaged, and set back.

Behind such a mark all new mail would be passed over without a word. What is read again is known again by its
place, and goes nowhere twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..core.mail.place import is_past_end
from ..maillog import MailLog
from ..ports import Clock, MailboxFacts, MarkStore, Position

BELIEVED_AFTER_S = 30.0


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
        await self.store.set_back(mark, self.clock.now())
        return None
