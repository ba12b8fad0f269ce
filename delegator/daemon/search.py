"""A mail that was forwarded, found in the mailbox again: at its place, by its Message-ID; by its digest."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime
from hashlib import sha256

from ..config.model import Config
from ..core.folders import DONE, FORWARDED, TO_DO, in_tray
from ..core.mail.message import MAX_OCTETS
from ..core.mail.place import Place
from ..ports import Declined, MailSource, Sought
from .mailboxes import of_these_moments, sha256_of

MOST_ALIKE = 10
"""Mails of one Message-ID, or of one moment, that are looked at in each mailbox."""


class Search:
    """In our folders and the mailboxes that are watched.

    is_sure: each of them could be looked at, and every mail in question read. Raises Unavailable.
    """

    def __init__(self, source: MailSource, config: Config) -> None:
        self._source, self.is_sure = source, True
        watched = config.account.mailboxes if config.account is not None else ()
        self._mailboxes = (FORWARDED, *watched, TO_DO, DONE, *map(in_tray, config.backups))

    async def place(self, sought: Sought) -> Place | None:
        """Where all of it is; not more than a megabyte of it is in memory."""
        async for place in self._places(sought):
            with suppress(Declined):
                if await sha256_of(self._source, place.uid) == sought.sha256:
                    return place
        return None

    async def octets(self, sought: Sought) -> bytes | None:
        """All of it, as it was; None: found nowhere."""
        async for place in self._places(sought):
            octets: bytes | None = b""
            with suppress(Declined):
                octets = await self._source.fetch_whole(place.uid, MAX_OCTETS)
            if octets and sha256(octets).hexdigest() == sought.sha256:
                return octets
            self.is_sure = self.is_sure and octets != b""
        return None

    async def _places(self, sought: Sought) -> AsyncIterator[Place]:
        """Where it may be, the likeliest first; each mailbox is open when it is its turn."""
        known = sought.place
        if known is not None and await self._open(known.mailbox) == known.uidvalidity:
            yield known
        for mailbox in dict.fromkeys((*([sought.folder] if sought.folder else ()), *self._mailboxes)):
            uidvalidity = await self._open(mailbox)
            if uidvalidity is None:
                continue
            try:
                alike = await self._alike(sought.message_id, sought.arrived_at)
            except Declined:
                self.is_sure = False
                continue
            for uid in alike[-MOST_ALIKE:]:
                if (place := Place(mailbox, uidvalidity, uid)) != known:
                    yield place

    async def _open(self, mailbox: str) -> int | None:
        try:
            facts = await self._source.open(mailbox, read_only=True)
        except Declined:
            self.is_sure = False
            return None
        return facts.uidvalidity if facts is not None else None

    async def _alike(self, message_id: str | None, arrived_at: datetime | None) -> list[int]:
        """By its Message-ID; where it has none, or the server finds none, by when it arrived."""
        found: list[int] = []
        if message_id is not None:
            with suppress(Declined):
                found = await self._source.search_header("Message-ID", message_id)
        if not found and arrived_at is not None:
            found = await of_these_moments(self._source, {arrived_at})
        return sorted(found)
