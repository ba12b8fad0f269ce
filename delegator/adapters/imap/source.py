"""The MailSource over IMAP: what a blocking client says, for an event loop and for people.

An idle connection holds no thread: the event loop waits on its descriptor. Commands run in a pool
that all accounts share. Nothing here sets \\Seen: every FETCH is a PEEK.
"""

from __future__ import annotations

import asyncio
import imaplib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from imapclient.datetime_util import format_criteria_date

from ...core.mail.outline import Outline, Section
from ...ports import Declined, Fetched, MailboxFacts, MailServerProbe, Refused, Seen, Unavailable
from . import commands
from .client import Client
from .errors import ODD_ANSWER, Ended, ReadOnly, explained
from .link import NEWS, Link
from .names import server_name, uid_sets
from .waiting import rest

# What one command may bring: beyond that, more of them are no faster.
_FETCH_BATCH = 400
_FETCH_BATCH_OCTETS = 13 * 1024 * 1024
_CHUNK_OCTETS = 1024 * 1024

_HEADER_NAME = re.compile(r"[!#$&'+\-.0-9A-Z^_`a-z|~]+")
_KEYWORD = re.compile(r"\$?[A-Za-z0-9_.\-]+")


class ImapSource(Link):
    """See ports.MailSource for what each method promises."""

    # --- mailboxes

    async def open(self, mailbox: str, *, read_only: bool = False) -> MailboxFacts | None:
        name = self._name(mailbox)
        opened, self._opened = self._opened, None
        if opened is not None and (opened[0].mailbox, opened[1]) == (mailbox, read_only):
            # Open already: its UIDVALIDITY stays (RFC 3501 section 2.3.1.1), and `uids` asks what is new.
            self._opened, self._told = opened, frozenset()
            return replace(opened[0], uidnext=None)  # it may be another by now
        try:
            facts = await self._run(commands.select, name, mailbox, read_only)
        except ReadOnly:
            raise Refused(
                f"{self._where}: {mailbox} is for reading only; give {self._username} the right to write"
            ) from None
        self._told = frozenset()  # that there are messages, which SELECT says, is no news
        self._seen[mailbox] = commands.status_of(facts)
        if facts is not None:
            self._opened = (facts, read_only)
        return facts

    def seen(self, mailboxes: Sequence[str]) -> Seen:
        return {mailbox: self._seen.get(mailbox) for mailbox in mailboxes}

    async def is_as(self, seen: Seen) -> bool:
        opened, self._opened = self._opened, None
        if opened is None or None in seen.values():
            return False
        last, read_only = opened[0].mailbox, opened[1]
        order = [(mailbox, True) for mailbox in seen if mailbox != last] + [(last, read_only)]
        expected = [(self._name(name), name, is_read, seen.get(name)) for name, is_read in order]
        try:
            is_so = await self._run(commands.are_as, expected)
        except (Declined, ReadOnly):
            return False  # whoever opens it is told why
        if is_so:  # and so is what the server told meanwhile
            self._opened, self._told = opened, frozenset()
        return is_so

    async def list_mailboxes(self) -> dict[str, frozenset[str]]:
        return await self._run(commands.list_mailboxes, self._facts)

    async def create(self, mailbox: str) -> None:
        await self._run(commands.create, self._name(mailbox))

    async def subscribe(self, mailbox: str) -> None:
        """For `check`: where it is refused, mail programs may not show the mailbox."""
        await self._run(Client.subscribe_folder, self._name(mailbox))

    async def probe(self) -> MailServerProbe:
        """What it offers, how full the INBOX is, how long its certificate holds. For `check`."""
        return await self._run(commands.probe)

    # --- the messages of the open mailbox

    async def uids(self, *, above: int = 0, since: date | None = None) -> list[int]:
        criteria = ["UID", f"{above + 1}:*"]
        if since is not None:
            criteria += ["SINCE", format_criteria_date(since).decode()]
        # A part of the mailbox shows what has come, only the whole what has gone.
        seen = NEWS if not above and since is None else frozenset({"EXISTS"})
        self._told -= seen
        told, found = await self._run(commands.look_and_search, criteria)
        self._told |= (told & NEWS) - seen
        # "n:*" always matches the last message, even below n (RFC 3501 section 6.4.8).
        return [uid for uid in found if uid > above]

    async def search_header(self, name: str, value: str) -> list[int]:
        if not _HEADER_NAME.fullmatch(name) or re.search(r"[\r\n\0]", value):
            return []  # no header field has such a name or, unfolded, such a text
        charset = [] if value.isascii() else ["CHARSET", "UTF-8"]
        octets = value.encode(errors="surrogateescape")
        await self._run(Client.catch_up)
        return await self._run(Client.uid_search, *charset, "HEADER", name, literal=octets)

    async def fetch(self, uids: Sequence[int], limit_octets: int, section: str = "") -> list[Fetched]:
        """In batches. A message that is there, but that the server cannot give, comes without octets."""
        if not limit_octets:
            return await self._run(commands.arrivals, uids) if uids else []
        size = max(1, min(_FETCH_BATCH, _FETCH_BATCH_OCTETS // limit_octets))
        fetched: list[Fetched] = []
        for start in range(0, len(uids), size):
            fetched += await self._fetch(uids[start : start + size], limit_octets, section=section)
        return fetched

    async def fetch_whole(self, uid: int, limit_octets: int) -> bytes | None:
        """b"" if it is there, but the server cannot give it."""
        octets, size, was_full = io.BytesIO(), 0, True  # which gives its bytes without copying them
        while size < limit_octets:
            wanted = min(_CHUNK_OCTETS, limit_octets - size)
            parts = await self._fetch([uid], wanted, start=size)
            if not parts:
                return None
            part = parts[0]
            is_cut_short = was_full and size < part.size_octets
            if not part.octets and (not part.size_octets or is_cut_short):
                return b""  # unreadable, perhaps from here on only: a part of it is not it
            size += octets.write(part.octets)
            was_full = len(part.octets) == wanted
            # RFC822.SIZE is wrong on some servers, and some give less than they are asked for: a short
            # part is the last only if the size agrees.
            if not part.octets or (len(part.octets) < wanted and size >= part.size_octets):
                break
        return octets.getvalue()

    async def outlines(self, uids: Sequence[int]) -> dict[int, Outline]:
        """Where the server ends the session over one of them, none: each is read whole then."""
        if not uids:
            return {}
        try:
            return await self._run(commands.outlines, uids)
        except Ended:
            await self._reopen()
            return {}

    async def sections(self, wanted: Mapping[int, Sequence[Section]]) -> dict[int, dict[str, bytes]]:
        """Where the server ends the session over one of them, each is asked for alone."""
        asked = {uid: some for uid, some in wanted.items() if some}
        try:
            return await self._run(commands.sections, asked) if asked else {}
        except Ended:
            await self._reopen()
        alone = [{uid: some} for uid, some in asked.items()] if len(asked) > 1 else []
        return {uid: given for one in alone for uid, given in (await self.sections(one)).items()}

    async def _fetch(
        self, uids: Sequence[int], limit_octets: int, *, start: int = 0, section: str = ""
    ) -> list[Fetched]:
        """Dovecot ends the session at a message that it cannot read, and a server may crash at one.

        Such a message must not keep us from the others: each is tried alone, over a new connection,
        and one that ends that too is given without octets.
        """
        try:
            return await self._run(commands.fetch, uids, limit_octets, start, section)
        except Ended:
            await self._reopen()
        if len(uids) > 1:
            alone = [await self._fetch([uid], limit_octets, start=start, section=section) for uid in uids]
            return [fetched for found in alone for fetched in found]
        try:
            return await self._run(commands.fetch, uids, limit_octets, start, section)
        except Ended:
            await self._reopen()
        try:
            return await self._run(commands.without_octets, uids[0])
        except Ended:
            await self._reopen()
            return [Fetched(uids[0], None, 0, b"")]

    async def _reopen(self) -> None:
        assert self._opened is not None
        before, read_only = self._opened
        seen = self._seen.get(before.mailbox)
        await self.close()
        await self.connect()
        facts = await self.open(before.mailbox, read_only=read_only)
        if facts is None or facts.uidvalidity != before.uidvalidity:
            raise Unavailable(f"{self._where}: {before.mailbox} was replaced by another mailbox meanwhile")
        # What came between the two connections is said by neither, and no search has seen it.
        self._told, self._seen[before.mailbox] = NEWS, seen

    async def move(self, uids: Sequence[int], mailbox: str) -> None:
        if not self._facts.can_move:
            raise Refused(f"{self._where}: has no MOVE (RFC 6851), so no message is moved")
        name = self._name(mailbox)
        await self._before_change()
        for uid_set in uid_sets(uids):
            await self._run(commands.move, uid_set, name)

    async def add_keyword(self, uids: Sequence[int], keyword: str) -> None:
        if not _KEYWORD.fullmatch(keyword):
            raise ValueError(f"no keyword: {keyword!r}")
        await self._before_change()
        for uid_set in uid_sets(uids):
            await self._run(Client.add_flags, uid_set, [keyword], silent=True)

    async def append(self, mailbox: str, octets: bytes, *, seen: bool) -> None:
        await self._run(commands.append, self._name(mailbox), octets, [r"\Seen"] if seen else [])

    async def delete(self, uids: Sequence[int]) -> None:
        """Without UIDPLUS they stay: a plain EXPUNGE would take what the owner marked as well."""
        await self._before_change()
        for uid_set in uid_sets(uids):
            await self._run(commands.expunge, uid_set)

    async def _before_change(self) -> None:
        # EXAMINE is not enough: Dovecot 2.3 carries out a MOVE there.
        if self._opened is None or self._opened[1]:
            raise Refused(f"{self._where}: no mailbox is open for writing, so nothing in it is changed")
        await self._run(Client.catch_up)

    # --- waiting

    async def wait(self, timeout_s: float, wake: asyncio.Event, mailboxes: Sequence[str] = ()) -> bool:
        """A change that the server told of since `uids` asked is a hint: no IDLE repeats it."""
        hint = False
        if not self._told and not wake.is_set():
            idled = await self._idle(timeout_s, wake, mailboxes) if self._facts.can_idle else None
            hint = await self._poll(timeout_s, wake, mailboxes) if idled is None else idled
        hint, self._told = hint or bool(self._told), frozenset()
        return hint

    def _seen_of(self, mailboxes: Sequence[str]) -> dict[bytes, commands.Status | None]:
        """How they were when each was last opened, over this connection; by the server's names."""
        return {self._name(mailbox): self._seen[mailbox] for mailbox in mailboxes if mailbox in self._seen}

    async def _idle(self, timeout_s: float, wake: asyncio.Event, mailboxes: Sequence[str]) -> bool | None:
        """Whatever ends the wait, the IDLE goes on until there is something to say: then `_run` ends it.

        When time is up, the server is asked, and the next IDLE begins. None: the server refuses to idle,
        though it announced that it can.
        """
        client, idling, now = self._client, self._idling, asyncio.get_running_loop().time
        if client is None:
            raise Unavailable(f"{self._where}: not connected")
        begun_at = idling.since or now()
        try:
            is_hinted = idling.since is None and await idling.start()
            if idling.since is not None and not is_hinted:
                is_hinted = await idling.hint_arrives(timeout_s, wake)
                if not is_hinted and not wake.is_set():
                    is_hinted = await idling.renew(self._seen_of(mailboxes))
                    self._told |= client.take_announced() & NEWS
        except (OSError, imaplib.IMAP4.error, *ODD_ANSWER) as error:
            fault = explained(error, self._where, self._secret)
            if isinstance(fault, Ended):
                self._patience.ended(begun_at, now())
            self._is_suspect = isinstance(error, OSError | imaplib.IMAP4.abort)
            raise fault from error
        self._patience.lasted()
        if idling.since is None:
            self._facts = replace(self._facts, can_idle=False)
        return None if idling.since is None and not is_hinted else is_hinted

    async def _poll(self, timeout_s: float, wake: asyncio.Event, mailboxes: Sequence[str]) -> bool:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        while not wake.is_set() and (left_s := deadline - loop.time()) > 0:
            await rest(wake, min(left_s, self._poll_interval_s))
            if not wake.is_set():
                await self._run(Client.catch_up)
            if self._told:
                return True
        seen = {} if wake.is_set() else self._seen_of(mailboxes)
        return bool(seen) and await self._run(commands.has_news, seen)

    # --- names and sentences

    def _name(self, mailbox: str) -> bytes:
        """The server's name of a mailbox."""
        if not mailbox or any(ord(character) < 32 or ord(character) == 127 for character in mailbox):
            raise Refused(f"{self._where}: no mailbox can be named {mailbox!r}; correct its name")
        return server_name(mailbox, self._facts)
