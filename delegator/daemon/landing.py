"""The end of an absence at the mailbox: a last look, then all is filed, counted and told."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from ..core.folders import MADE_AT_ONCE, TO_DO
from ..core.people import Window
from ..core.reviews.homecoming import FOLDER_OF
from ..ports import Declined
from .filing import file_messages
from .homecoming import HomeDesk
from .mailboxes import sent_mailbox
from .originals import let_go
from .tenure import Tenure

HOME_WAITS_AT_MOST = timedelta(hours=1)
BATCH = 500


class Landing:
    """Lands one tenure. All that it does may be cut off anywhere, and goes on where it was."""

    def __init__(self, tenure: Tenure) -> None:
        self._tenure, self._source = tenure, tenure.tools.source
        self._clock, self._desk = tenure.tools.clock, HomeDesk(tenure)

    async def due(self) -> Window | None:
        """The absence that has ended and is to be closed."""
        return await self._desk.due()

    async def land(self, window: Window) -> None:
        """Over a connection of its own. Raises Unavailable."""
        tenure = self._tenure
        tenure.server = await self._source.connect()
        tenure.health.connected = True
        mailboxes = await self._source.list_mailboxes()
        if tenure.server.can_move:
            tenure.lacks.granted("folders")
            for folder in (*MADE_AT_ONCE, TO_DO):
                with suppress(Declined):
                    await self._source.create(folder)
        assert tenure.config.account is not None
        sent = sent_mailbox(mailboxes, tenure.config.account.sent)
        known = await self._desk.homecoming(window)
        if known is None:
            await self._look(window, sent)
            await self._desk.close(window)
        elif known.is_unseen:
            await self._look_late(window, sent)
            await tenure.store.settle_late(window, self._clock.now())
        await file_messages(tenure)
        await let_go(tenure)
        if tenure.has_folders:  # so that it is known where each is: what is decided later moves it on
            await tenure.commands(window).look_at_folders()
        count = await self._count(window)
        tenure.health.answered()
        await self._desk.tell(window, count)
        await tenure.note_contact()
        self._tenure.nothing_to_decide()
        await self._source.close()
        tenure.health.connected = False

    async def tell_unseen(self, window: Window) -> bool:
        """Where the mail server has not answered for an hour, the homecoming does not wait for it."""
        if self._clock.now() - window.until_at < HOME_WAITS_AT_MOST:
            return False
        known = await self._desk.homecoming(window)
        if known is not None and known.is_done:
            return False
        await self._desk.close(window, is_unseen=True)
        await self._desk.tell(window, None)
        self._tenure.nothing_to_decide()
        return True

    async def catch_up(self, sent: str | None) -> None:
        """In another absence: what nobody could read of the one before stands in the next review.

        Raises Unavailable.
        """
        window = await self._desk.unseen()
        if window is not None:
            await self._look_late(window, sent)
            await self._tenure.store.seen_late(window)

    async def _look_late(self, window: Window, sent: str | None) -> None:
        """What arrived before the end and could not be read then. The owner may be at it: nothing moves."""
        tenure = self._tenure
        await tenure.reread_lists()
        intake = tenure.intake(is_over=True)
        if sent is not None:
            with suppress(Declined):
                await intake.read_sent(sent, window)
        assert tenure.config.account is not None
        for mailbox in tenure.config.account.mailboxes:
            await intake.read_late(mailbox, window)
        await tenure.commands(window).carry_out()

    async def _look(self, window: Window, sent: str | None) -> None:
        """At what the owner did by hand, and at what arrived before the end."""
        tenure = self._tenure
        await tenure.reread_lists()
        intake, commands = tenure.intake(is_over=True), tenure.commands(window)
        if sent is not None:
            with suppress(Declined):
                await intake.read_sent(sent, window)
        if tenure.has_folders:
            await commands.look_at_folders()
        assert tenure.config.account is not None
        for mailbox in tenure.config.account.mailboxes:
            await intake.reconcile(mailbox, window)
        await commands.carry_out()

    async def _count(self, window: Window) -> dict[str, int]:
        """How many mails of the absence lie in INBOX and in each of our folders."""
        found: dict[str, int] = {}
        for folder in FOLDER_OF.values():
            try:
                facts = await self._source.open(folder, read_only=True)
            except Declined:
                continue
            if facts is None:
                continue
            uids = await self._source.uids(since=(window.from_at - timedelta(days=1)).date())
            count = 0
            for at in range(0, len(uids), BATCH):
                for one in await self._source.fetch(uids[at : at + BATCH], 1):
                    count += one.arrived_at is not None and one.arrived_at in window
            found[folder] = count
        return found
