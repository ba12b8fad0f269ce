"""The owner's mail server: one connection, and what `check` asks of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from ..core.mail.outline import Outline, Section


class Unavailable(Exception):
    """The server cannot be reached or does not answer. str(): what and where, for a person.

    backoff_s: what the server asked for ("Suggested Backoff Time"), in seconds, or None.
    """

    backoff_s: float | None = None


class Refused(Unavailable):
    """The server answers, but not to us (login, certificate). str(): what, and what to do."""


class Declined(Unavailable):
    """The server said no to one command; the connection goes on. str(): where, and what it said.

    is_temporary: by its own words (RFC 5530) it may say yes later.
    """

    is_temporary: bool = False


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What a mail server can do. delimiter and prefix: of the personal namespace (RFC 2342).

    is_cut_in_idle: it ended every session that idled, so it is asked now and then instead.
    """

    can_idle: bool
    can_move: bool
    delimiter: str
    prefix: str
    is_cut_in_idle: bool = False


@dataclass(frozen=True, slots=True)
class MailboxFacts:
    """A mailbox as SELECT or EXAMINE told it. permanent_flags may hold "\\*". messages: how many."""

    mailbox: str
    uidvalidity: int
    uidnext: int | None
    permanent_flags: frozenset[str]
    messages: int | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """One message, or the first part of it. arrived_at: INTERNALDATE, aware, UTC.

    is_abridged: the octets are all that triage looks at of it, but not all of it (`core.mail.outline`).
    """

    uid: int
    arrived_at: datetime | None
    size_octets: int
    octets: bytes
    flags: frozenset[str] = frozenset()
    is_abridged: bool = False


@dataclass(frozen=True, slots=True)
class Quota:
    """One limit of a mailbox (RFC 9208). resource: "STORAGE" (in units of 1024 octets) or "MESSAGE"."""

    resource: str
    used: int
    limit: int


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a server offers before any login. mechanisms: in capitals; LOGIN is IMAP's command too."""

    mechanisms: frozenset[str]
    certificate_until: datetime | None

    @property
    def takes_password(self) -> bool:
        return not self.mechanisms.isdisjoint({"PLAIN", "LOGIN", "CRAM-MD5"})

    @property
    def takes_token(self) -> bool:
        return not self.mechanisms.isdisjoint({"XOAUTH2", "OAUTHBEARER"})


@dataclass(frozen=True, slots=True)
class MailServerProbe:
    """What `check` asks of a mail server. certificate_until: its end, None without TLS.

    namespace_refused: what it said to NAMESPACE, which it announces; "": it answered.
    """

    capabilities: frozenset[str]
    quotas: tuple[Quota, ...]
    certificate_until: datetime | None
    namespace_refused: str = ""


Seen = dict[str, tuple[int, int, int] | None]
"""Mailboxes, each with its UIDVALIDITY, its UIDNEXT and how many mails are in it: what arrives or goes
alters one of them. None where that is not known."""


class MailWatch(Protocol):
    """The same connection, for who wants to know whether anything is another than it was."""

    def seen(self, mailboxes: Sequence[str]) -> Seen:
        """How each was when it was last opened over this connection."""

    async def is_as(self, seen: Seen) -> bool:
        """Open each of them, last the one that is open: whether all are as they were seen then."""


class MailSource(Protocol):
    """One IMAP connection of one account; one caller at a time.

    After any error but Declined: close, begin anew.

    Mailbox names are logical: "INBOX", "Delegator/Done"; the adapter maps separator and namespace.
    Every method raises Unavailable or Refused, and nothing else.
    """

    async def connect(self) -> ServerFacts: ...

    async def close(self) -> None:
        """Never raises, takes a second at most."""

    async def open(self, mailbox: str, *, read_only: bool = False) -> MailboxFacts | None:
        """SELECT (or EXAMINE); None if there is no such mailbox."""

    async def list_mailboxes(self) -> dict[str, frozenset[str]]:
        """Logical names and their attributes (SPECIAL-USE among them, RFC 6154)."""

    async def create(self, mailbox: str) -> None:
        """CREATE and SUBSCRIBE; no error if it exists, or is not shown to mail programs."""

    async def uids(self, *, above: int = 0, since: date | None = None) -> list[int]:
        """The UIDs of the open mailbox, ascending: those above a UID, that arrived on a date or later."""

    async def fetch(self, uids: Sequence[int], limit_octets: int) -> list[Fetched]:
        """The first octets of each, PEEK. One that has gone meanwhile is left out; one that is there,
        but that the server cannot give, has no octets. A limit of 0 asks only when each arrived
        and how large it is (0: not known)."""

    async def fetch_whole(self, uid: int, limit_octets: int) -> bytes | None:
        """All octets, PEEK, in chunks; None if it has gone, b"" if the server cannot give it. Longer than
        the limit: cut there."""

    async def outlines(self, uids: Sequence[int]) -> dict[int, Outline]:
        """How these mails are made up of parts, by UID. Those are missing of which the server cannot tell."""

    async def sections(self, wanted: Mapping[int, Sequence[Section]]) -> dict[int, dict[str, bytes]]:
        """These sections of mails, PEEK, by UID and name. Those are missing that the server cannot give."""

    async def move(self, uids: Sequence[int], mailbox: str) -> None:
        """MOVE (RFC 6851) out of the open mailbox. Vanished UIDs are no error."""

    async def add_keyword(self, uids: Sequence[int], keyword: str) -> None: ...

    async def append(self, mailbox: str, octets: bytes, *, seen: bool) -> None: ...

    async def delete(self, uids: Sequence[int]) -> None:
        """Expunge just these of the open mailbox (UIDPLUS, RFC 4315). For our own markers only."""

    async def wait(self, timeout_s: float, wake: asyncio.Event, mailboxes: Sequence[str] = ()) -> bool:
        """IDLE (or, where there is none, sleep) until the server hints, `wake` is set, or time is up.

        True for a hint. mailboxes: when time is up, it is a hint too that one of these is not as it
        was when it was last opened, or that the server does not tell. Clears nothing. A dead connection
        raises Unavailable. Ask `uids` between `open` and this: a change that the server told of since then
        is a hint.
        """

    async def search_header(self, name: str, value: str) -> list[int]:
        """UIDs of the open mailbox whose header field holds the text."""
