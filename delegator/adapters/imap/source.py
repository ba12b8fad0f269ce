"""The MailSource over IMAP: what a blocking client says, for an event loop and for people.

An idle connection holds no thread: the event loop waits on its descriptor. Commands run in a pool
that all accounts share. Nothing here sets \\Seen: every FETCH is a PEEK.
"""

from __future__ import annotations

import asyncio
import imaplib
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar

from imapclient import imap_utf7
from imapclient.datetime_util import format_criteria_date
from imapclient.exceptions import CapabilityError

from ...ports import Fetched, MailboxFacts, MailServerProbe, Quota, Refused, ServerFacts, Unavailable
from ..certificate import certificate_fault, certificate_until
from .client import Client, PlainTextForbidden

P = ParamSpec("P")
T = TypeVar("T")

# 2,000 messages of 50 kB: one batch holds 328 MiB, batches of 50 hold 32 MiB, at the same speed.
_FETCH_BATCH = 50
_FETCH_BATCH_OCTETS = 32 * 1024 * 1024
_CHUNK_OCTETS = 1024 * 1024
# RFC 7162 section 4 asks servers to take command lines of 8192 octets; a range takes at most 22.
_RANGES_A_COMMAND = 300

# What a server says when it will serve us later: RFC 5530's codes, and the words of those that use none.
# Where nothing is stored, OVERQUOTA means too much traffic (Gmail).
_TEMPORARY = re.compile(
    r"\[(UNAVAILABLE|INUSE|LIMIT|OVERQUOTA)\]"
    r"|too many|temporar|try (again )?later|throttl|rate limit|busy|Suggested Backoff",
    re.IGNORECASE,
)
_NEEDS_A_PERSON = re.compile(
    r"\[(AUTHENTICATIONFAILED|AUTHORIZATIONFAILED|EXPIRED|CONTACTADMIN)\]", re.IGNORECASE
)
_BACKOFF = re.compile(r"Suggested Backoff Time: (\d+) milliseconds", re.IGNORECASE)

_NEWS = frozenset({"EXISTS", "EXPUNGE"})
_HINT = re.compile(rb"\* \d+ (EXISTS|EXPUNGE|FETCH|RECENT)\b", re.IGNORECASE)
_HEADER_NAME = re.compile(r"[!#$&'+\-.0-9A-Z^_`a-z|~]+")
_KEYWORD = re.compile(r"\$?[A-Za-z0-9_.\-]+")

# RFC 6154 and RFC 3501 write attributes in one way, servers in several.
_ATTRIBUTES = {
    name.lower(): name
    for name in (
        *(r"\All", r"\Archive", r"\Drafts", r"\Flagged", r"\Important", r"\Junk", r"\Sent", r"\Trash"),
        *(r"\Noselect", r"\NonExistent", r"\Noinferiors"),
    )
}

# What answers of odd servers raise in the parsers of imapclient and imaplib.
_ODD_ANSWER = (ValueError, LookupError, TypeError, AttributeError)


class ImapSource:
    """One connection of one account. See ports.MailSource for what each method promises.

    ssl_context: shared by all connections that trust the same authorities (41 instead of 877 KiB
    for each); None only where security is "none".
    pool: runs the commands; as many at once as it has threads, for all accounts together.
    read_timeout_s: between two octets; command_timeout_s: of one answer, that may come in drops.
    poll_interval_s: how often to ask, where the server cannot IDLE.
    """

    def __init__(
        self,
        host: str,
        port: int,
        security: Literal["tls", "starttls", "none"],
        ssl_context: ssl.SSLContext | None,
        username: str,
        password: str,
        pool: ThreadPoolExecutor,
        *,
        connect_timeout_s: float = 30,
        read_timeout_s: float = 60,
        command_timeout_s: float = 600,
        poll_interval_s: float = 30,
    ) -> None:
        self._host = host
        self._port = port
        self._security = security
        self._ssl_context = ssl_context
        self._username = username
        self._password = password
        self._pool = pool
        self._connect_timeout_s = connect_timeout_s
        self._read_timeout_s = read_timeout_s
        self._command_timeout_s = command_timeout_s
        self._poll_interval_s = poll_interval_s
        self._where = f"{host} port {port}"
        self._client: Client | None = None
        self._running: Future[Any] | None = None
        self._watched: int | None = None  # the descriptor that the event loop waits on
        self._facts = ServerFacts(can_idle=False, can_move=False, delimiter="/", prefix="")
        self._opened: tuple[MailboxFacts, bool] | None = None  # and whether it is for reading only
        # The changes that the server told of since `uids` last asked: no IDLE will repeat them.
        self._told: frozenset[str] = frozenset()

    # --- the connection

    async def connect(self) -> ServerFacts:
        await self.close()
        connecting = self._pool.submit(self._connect)
        try:
            client, facts = await asyncio.wrap_future(connecting)
        except asyncio.CancelledError:
            connecting.add_done_callback(_discard)
            raise
        except (OSError, imaplib.IMAP4.error, *_ODD_ANSWER) as error:
            raise self._explained(error) from error
        self._client, self._facts = client, facts
        self._opened, self._told = None, frozenset()
        return facts

    def _connect(self) -> tuple[Client, ServerFacts]:
        client = Client(
            self._host,
            self._port,
            self._security,
            self._ssl_context,
            self._connect_timeout_s,
            self._read_timeout_s,
        )
        try:
            self._log_in(client)
            facts = _server_facts(client)
            client.take_announced()
        except BaseException:
            client.shutdown()
            raise
        return client, facts

    def _log_in(self, client: Client) -> None:
        try:
            client.log_in(self._username, self._password)
        except PlainTextForbidden:
            raise Refused(
                f"{self._where}: takes no password over an unencrypted connection; set security: tls"
            ) from None
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            # The cause is left out: a server may repeat the command in it.
            said = self._quotable(error)
            if _is_temporary(said):
                raise _with_backoff(Unavailable(f"{self._where}: takes no login now: {said}"), said) from None
            raise Refused(
                f"{self._where}: refuses the login of {self._username}: {said}; check the user name and the "
                "password (some providers want an app password, or IMAP to be allowed first)"
            ) from None

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is None:
            return
        if self._watched is not None:  # before the number becomes another's
            asyncio.get_running_loop().remove_reader(self._watched)
            self._watched = None
        if self._running is None or self._running.done():
            client.leave()
            client.shutdown()
        else:
            client.interrupt()
            self._running.add_done_callback(lambda _: client.shutdown())

    async def _run(self, work: Callable[Concatenate[Client, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do blocking work with the client in the pool."""
        client = self._client
        if client is None or (self._running and not self._running.done()):
            raise Unavailable(f"{self._where}: not connected")

        def run() -> T:
            try:
                return work(client, *args, **kwargs)
            finally:
                self._told |= client.take_announced() & _NEWS

        self._running = self._pool.submit(run)
        try:
            async with asyncio.timeout(self._command_timeout_s):
                return await asyncio.wrap_future(self._running)
        except (OSError, imaplib.IMAP4.error, *_ODD_ANSWER) as error:
            raise self._explained(error) from error

    @property
    def can_move(self) -> bool:
        """As of the connection."""
        return self._facts.can_move

    # --- mailboxes

    async def open(self, mailbox: str, *, read_only: bool = False) -> MailboxFacts | None:
        name = self._name(mailbox)
        opened, self._opened = self._opened, None
        if opened is not None and (opened[0].mailbox, opened[1]) == (mailbox, read_only):
            # Open already: its UIDVALIDITY stays (RFC 3501 section 2.3.1.1), and `uids` asks what is new.
            self._opened, self._told = opened, frozenset()
            return opened[0]
        try:
            facts = await self._run(_select, name, mailbox, read_only)
        except _ReadOnly:
            raise Refused(
                f"{self._where}: {mailbox} is for reading only; give {self._username} the right to write"
            ) from None
        self._told = frozenset()  # that there are messages, which SELECT says, is no news
        if facts is not None:
            self._opened = (facts, read_only)
        return facts

    async def list_mailboxes(self) -> dict[str, frozenset[str]]:
        return await self._run(_list, self._facts)

    async def create(self, mailbox: str) -> None:
        await self._run(_create, self._name(mailbox))

    async def probe(self) -> MailServerProbe:
        """What it offers, how full the INBOX is, how long its certificate holds. For `check`."""
        return await self._run(_probe)

    # --- the messages of the open mailbox

    async def uids(self, *, above: int = 0, since: date | None = None) -> list[int]:
        criteria = ["UID", f"{above + 1}:*"]
        if since is not None:
            criteria += ["SINCE", format_criteria_date(since).decode()]
        await self._run(Client.catch_up)
        # A part of the mailbox shows what has come, only the whole what has gone.
        self._told -= _NEWS if not above and since is None else {"EXISTS"}
        found = await self._run(Client.uid_search, *criteria)
        # "n:*" always matches the last message, even below n (RFC 3501 section 6.4.8).
        return [uid for uid in found if uid > above]

    async def search_header(self, name: str, value: str) -> list[int]:
        if not _HEADER_NAME.fullmatch(name) or re.search(r"[\r\n\0]", value):
            return []  # no header field has such a name or, unfolded, such a text
        charset = [] if value.isascii() else ["CHARSET", "UTF-8"]
        octets = value.encode(errors="surrogateescape")
        await self._run(Client.catch_up)
        return await self._run(Client.uid_search, *charset, "HEADER", name, literal=octets)

    async def fetch(self, uids: Sequence[int], limit_octets: int) -> list[Fetched]:
        """In batches. A message that is there, but that the server cannot give, has no octets."""
        size = max(1, min(_FETCH_BATCH, _FETCH_BATCH_OCTETS // max(1, limit_octets)))
        fetched: list[Fetched] = []
        for start in range(0, len(uids), size):
            fetched += await self._fetch(uids[start : start + size], limit_octets)
        return fetched

    async def fetch_whole(self, uid: int, limit_octets: int) -> bytes | None:
        """b"" if it is there, but the server cannot give it."""
        octets = bytearray()
        while len(octets) < limit_octets:
            wanted = min(_CHUNK_OCTETS, limit_octets - len(octets))
            parts = await self._fetch([uid], wanted, start=len(octets))
            if not parts:
                return None
            part = parts[0]
            if not part.octets and not part.size_octets:
                return b""  # unreadable, perhaps from here on only: a part of it is not it
            octets += part.octets
            # RFC822.SIZE is wrong on some servers, and some give less than they are asked for: a short
            # part is the last only if the size agrees.
            if not part.octets or (len(part.octets) < wanted and len(octets) >= part.size_octets):
                break
        return bytes(octets)

    async def _fetch(self, uids: Sequence[int], limit_octets: int, *, start: int = 0) -> list[Fetched]:
        """Dovecot ends the session at a message that it cannot read, and a server may crash at one.

        Such a message must not keep us from the others: each is tried alone, over a new connection,
        and one that ends that too is given without octets.
        """
        try:
            return await self._run(_fetch, uids, limit_octets, start)
        except _Ended:
            await self._reopen()
        if len(uids) > 1:
            return [
                fetched for uid in uids for fetched in await self._fetch([uid], limit_octets, start=start)
            ]
        try:
            return await self._run(_fetch, uids, limit_octets, start)
        except _Ended:
            await self._reopen()
        try:
            return await self._run(_without_octets, uids[0])
        except _Ended:
            await self._reopen()
            return [Fetched(uids[0], None, 0, b"")]

    async def _reopen(self) -> None:
        assert self._opened is not None
        before, read_only = self._opened
        await self.close()
        await self.connect()
        facts = await self.open(before.mailbox, read_only=read_only)
        if facts is None or facts.uidvalidity != before.uidvalidity:
            raise Unavailable(f"{self._where}: {before.mailbox} was replaced by another mailbox meanwhile")
        self._told = _NEWS  # what came between the two connections is said by neither

    async def move(self, uids: Sequence[int], mailbox: str) -> None:
        if not self._facts.can_move:
            raise Refused(f"{self._where}: has no MOVE (RFC 6851), so no message is moved")
        name = self._name(mailbox)
        await self._before_change()
        for uid_set in _uid_sets(uids):
            await self._run(_move, uid_set, name)

    async def add_keyword(self, uids: Sequence[int], keyword: str) -> None:
        if not _KEYWORD.fullmatch(keyword):
            raise ValueError(f"no keyword: {keyword!r}")
        await self._before_change()
        for uid_set in _uid_sets(uids):
            await self._run(Client.add_flags, uid_set, [keyword], silent=True)

    async def append(self, mailbox: str, octets: bytes, *, seen: bool) -> None:
        await self._run(_append, self._name(mailbox), octets, [r"\Seen"] if seen else [])

    async def delete(self, uids: Sequence[int]) -> None:
        """Without UIDPLUS they stay: a plain EXPUNGE would take what the owner marked as well."""
        await self._before_change()
        for uid_set in _uid_sets(uids):
            await self._run(_expunge, uid_set)

    async def _before_change(self) -> None:
        # EXAMINE is not enough: Dovecot 2.3 carries out a MOVE there.
        if self._opened is None or self._opened[1]:
            raise Refused(f"{self._where}: no mailbox is open for writing, so nothing in it is changed")
        await self._run(Client.catch_up)

    # --- waiting

    async def wait(self, timeout_s: float, wake: asyncio.Event) -> bool:
        """A change that the server told of since `uids` asked is a hint: no IDLE repeats it."""
        hint = False
        if not self._told and not wake.is_set():
            idled = await self._idle(timeout_s, wake) if self._facts.can_idle else None
            hint = await self._poll(timeout_s, wake) if idled is None else idled
        hint, self._told = hint or bool(self._told), frozenset()
        return hint

    async def _idle(self, timeout_s: float, wake: asyncio.Event) -> bool | None:
        """None: the server refuses to idle, though it announced that it can."""
        lines = await self._run(Client.start_idle)
        if lines is None:
            self._facts = replace(self._facts, can_idle=False)
            return None
        hint = any(map(_HINT.match, lines)) or await self._line_arrives(timeout_s, wake)
        lines = await self._run(Client.stop_idle)
        return hint or any(map(_HINT.match, lines))

    async def _line_arrives(self, timeout_s: float, wake: asyncio.Event) -> bool:
        """Wait for a line that is a hint, on the descriptor, without a thread."""
        client = self._client
        assert client is not None
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        descriptor = client.socket().fileno()
        while True:
            if self._client is not client:
                raise Unavailable(f"{self._where}: not connected")
            try:
                # First what is there: octets in our buffer or in TLS's do not make a descriptor readable.
                lines = client.idle_lines()
            except (OSError, imaplib.IMAP4.error) as error:
                raise self._explained(error) from error
            if any(map(_HINT.match, lines)):
                return True
            left_s = deadline - loop.time()
            if wake.is_set() or left_s <= 0:
                return False
            readable = asyncio.Event()
            loop.add_reader(descriptor, readable.set)
            self._watched = descriptor
            try:
                await _any_of(readable, wake, timeout_s=left_s)
            finally:
                if self._client is client:
                    loop.remove_reader(descriptor)
                    self._watched = None

    async def _poll(self, timeout_s: float, wake: asyncio.Event) -> bool:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        while not wake.is_set() and (left_s := deadline - loop.time()) > 0:
            await _any_of(wake, timeout_s=min(left_s, self._poll_interval_s))
            if not wake.is_set():
                await self._run(Client.catch_up)
            if self._told:
                return True
        return False

    # --- names and sentences

    def _name(self, mailbox: str) -> bytes:
        """The server's name of a mailbox."""
        if not mailbox or any(ord(character) < 32 or ord(character) == 127 for character in mailbox):
            raise Refused(f"{self._where}: no mailbox can be named {mailbox!r}; correct its name")
        return _server_name(mailbox, self._facts)

    def _explained(self, error: Exception) -> Unavailable:
        """What a person is told of an error, and whether one must act."""
        match error:
            case ssl.SSLCertVerificationError():
                return Refused(f"{self._where}: the certificate {certificate_fault(error)}")
            case ssl.SSLError(reason="WRONG_VERSION_NUMBER" | "RECORD_LAYER_FAILURE" | "HTTP_REQUEST"):
                return Refused(
                    f"{self._where}: does not begin with TLS; set security: starttls, or the TLS port (993)"
                )
            case ssl.SSLError(reason="UNSUPPORTED_PROTOCOL" | "TLSV1_ALERT_PROTOCOL_VERSION"):
                return Refused(f"{self._where}: knows no TLS that is still safe; it needs TLS 1.2 or later")
            case CapabilityError():
                return Refused(
                    f"{self._where}: offers no STARTTLS; set security: tls and the port for TLS (993)"
                )
            case socket.gaierror():
                return Unavailable(f"{self._where}: the name cannot be looked up; is it written rightly?")
            case TimeoutError():
                return Unavailable(f"{self._where}: no answer in time")
            case ConnectionRefusedError():
                return Unavailable(f"{self._where}: nothing listens there")
            case ssl.SSLEOFError() | ConnectionError():
                return _Ended(f"{self._where}: the connection was cut")
            case OSError():
                return Unavailable(f"{self._where}: {error.strerror or type(error).__name__}")
            case imaplib.IMAP4.abort():
                said = self._quotable(error)
                return _with_backoff(_Ended(f"{self._where}: the server ended the session: {said}"), said)
            case imaplib.IMAP4.error():
                said = self._quotable(error)
                if "[OVERQUOTA]" in said.upper():
                    return Refused(
                        f"{self._where}: a limit of the mailbox is reached: {said}; make room in it"
                    )
                return _with_backoff(Unavailable(f"{self._where}: {said}"), said)
            case _:
                return Unavailable(f"{self._where}: sent what is no IMAP: {self._quotable(error)}")

    def _quotable(self, error: Exception) -> str:
        """What the server said, on one line, without the password, should it repeat it."""
        said = error.args[0] if error.args else type(error).__name__
        text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        text = re.sub(r"^command: \w+ => ", "", text)
        text = "".join(character if character.isprintable() else " " for character in text)
        if self._password:
            text = text.replace(self._password, "…")
        return " ".join(text.split())[:300]


class _Ended(Unavailable):
    """The server, or something between, ended a session that had begun."""


class _ReadOnly(Exception):
    """SELECT gave a mailbox that may not be changed."""


# --- blocking work, in a thread of the pool


def _server_facts(client: Client) -> ServerFacts:
    prefix, delimiter = "", "/"
    personal = client.namespace().personal if client.has_capability("NAMESPACE") else None
    if personal:
        prefix, delimiter = _decoded(personal[0][0]) or "", personal[0][1] or "/"
    else:
        for _, separator, _ in client.list_with_attributes(""):
            delimiter = separator.decode() if separator else "/"
    return ServerFacts(
        can_idle=client.has_capability("IDLE"),
        can_move=client.has_capability("MOVE"),
        delimiter=delimiter,
        prefix=prefix,
    )


def _probe(client: Client) -> MailServerProbe:
    quotas: list[Quota] = []
    if client.has_capability("QUOTA"):
        _, limits = client.get_quota_root("INBOX")
        quotas = [Quota(str(each.resource).upper(), each.usage, each.limit) for each in limits]
    return MailServerProbe(
        capabilities=frozenset(name.decode("ascii", "replace").upper() for name in client.capabilities()),
        quotas=tuple(quotas),
        certificate_until=certificate_until(client.socket()),
    )


def _list(client: Client, facts: ServerFacts) -> dict[str, frozenset[str]]:
    mailboxes: dict[str, frozenset[str]] = {"INBOX": frozenset()}
    for attributes, _, name in client.list_with_attributes(_encoded(facts.prefix).decode() + "*"):
        logical = _logical_name(name, facts)
        if logical is not None:
            texts = (attribute.decode(errors="replace") for attribute in attributes)
            mailboxes[logical] = frozenset(_ATTRIBUTES.get(text.lower(), text) for text in texts)
    return mailboxes


def _select(client: Client, name: bytes, mailbox: str, read_only: bool) -> MailboxFacts | None:
    """None if there is no such mailbox, which servers do not all say alike: LIST tells."""
    try:
        return _mailbox_facts(mailbox, client.select_folder(name, readonly=read_only))
    except imaplib.IMAP4.readonly:
        raise _ReadOnly from None
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        if _is_temporary(str(error)) or _is_there(client, name):
            raise
        return None


def _is_there(client: Client, name: bytes) -> bool:
    listed = client.list_with_attributes(name.decode())
    # \NonExistent implies \Noselect (RFC 5258 section 3).
    absent = {rb"\noselect", rb"\nonexistent"}
    return any(
        found == name and absent.isdisjoint(map(bytes.lower, attributes)) for attributes, _, found in listed
    )


def _create(client: Client, name: bytes) -> None:
    try:
        client.create_folder(name)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        if not _is_there(client, name):
            raise
    client.subscribe_folder(name)


def _creating(client: Client, name: bytes, work: Callable[[], object]) -> None:
    """Do what needs a mailbox; make it and try again if the server says that it is not there."""
    try:
        work()
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        if "[TRYCREATE]" not in str(error).upper():
            raise
        _create(client, name)
        work()


def _append(client: Client, name: bytes, octets: bytes, flags: list[str]) -> None:
    _creating(client, name, lambda: client.append(name, octets, flags))


def _move(client: Client, uid_set: str, name: bytes) -> None:
    try:
        _creating(client, name, lambda: client.move(uid_set, name))
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        # Some servers say NO where none of the messages is there any more.
        if client.uid_search("UID", uid_set):
            raise
    client.forget("EXPUNGE")


def _expunge(client: Client, uid_set: str) -> None:
    if client.has_capability("UIDPLUS"):
        client.add_flags(uid_set, [r"\Deleted"], silent=True)
        client.uid_expunge(uid_set)
        client.forget("EXPUNGE")


def _fetch(client: Client, uids: Sequence[int], limit_octets: int, start: int = 0) -> list[Fetched]:
    """If the server refuses, or its answer is odd, each message is tried alone: one is to blame."""
    try:
        items = f"(UID INTERNALDATE RFC822.SIZE FLAGS BODY.PEEK[]<{start}.{limit_octets}>)"
        answer = client.uid_fetch(uids, items)
        missing = [uid for uid in uids if _fetched(uid, answer.get(uid, {})) is None]
        if missing:  # gone, or too new for what the server last looked at
            client.catch_up()
            answer.update(client.uid_fetch(missing, items))
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, *_ODD_ANSWER) as error:
        if _is_temporary(str(error)):
            raise
        if len(uids) > 1:
            return [fetched for uid in uids for fetched in _fetch(client, [uid], limit_octets, start)]
        return _without_octets(client, uids[0])
    fetched = (_fetched(uid, answer.get(uid, {})) for uid in uids)
    return [message for message in fetched if message is not None]


def _without_octets(client: Client, uid: int) -> list[Fetched]:
    """What there is to say of a message that cannot be read; nothing if it has gone."""
    try:
        entries = client.uid_fetch([uid], "(UID INTERNALDATE FLAGS)")
        entries = {found: {**entry, b"BODY[]": b""} for found, entry in entries.items()}
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, *_ODD_ANSWER):
        entries = {found: {b"BODY[]": b""} for found in client.uid_search("UID", str(uid))}
    fetched = (_fetched(found, entry) for found, entry in entries.items())
    return [message for message in fetched if message is not None]


def _fetched(uid: int, entry: dict[bytes, Any]) -> Fetched | None:
    """None without octets: the message went between the server's index and its store."""
    octets = next((value for item, value in entry.items() if item.startswith(b"BODY[")), None)
    if octets is None:
        return None
    octets = octets if isinstance(octets, bytes) else str(octets).encode()
    size = entry.get(b"RFC822.SIZE")
    return Fetched(
        uid=uid,
        arrived_at=_in_utc(entry.get(b"INTERNALDATE")),
        size_octets=size if isinstance(size, int) else len(octets),
        octets=octets,
        flags=frozenset(str(flag, "ascii", "replace") for flag in entry.get(b"FLAGS") or ()),
    )


# --- what servers say, in our terms


def _mailbox_facts(mailbox: str, answer: dict[bytes, Any]) -> MailboxFacts:
    # Without PERMANENTFLAGS, all flags can be changed (RFC 3501 section 7.1).
    flags = answer.get(b"PERMANENTFLAGS", answer.get(b"FLAGS", ()))
    return MailboxFacts(
        mailbox=mailbox,
        uidvalidity=answer[b"UIDVALIDITY"],
        uidnext=answer.get(b"UIDNEXT"),
        permanent_flags=frozenset(flag.decode(errors="replace") for flag in flags),
    )


def _in_utc(moment: datetime | None) -> datetime | None:
    """None for a time that does not exist or does not fit: INTERNALDATE can be anything."""
    if moment is None:
        return None
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _server_name(mailbox: str, facts: ServerFacts) -> bytes:
    if mailbox.upper() == "INBOX":
        return b"INBOX"
    return _encoded(facts.prefix + mailbox.translate(_swap(facts.delimiter)))


def _logical_name(name: bytes, facts: ServerFacts) -> str | None:
    """None outside the personal namespace, and for a name that is no name."""
    text = _decoded(name)
    if text is None:
        return None
    if text.upper() == "INBOX":
        return "INBOX"
    if text[: len(facts.prefix)].upper() != facts.prefix.upper():
        return None
    return text[len(facts.prefix) :].translate(_swap(facts.delimiter)) or None


def _swap(delimiter: str) -> dict[int, str]:
    """The server's separator and "/" change places, so that no two names become one."""
    return {ord("/"): delimiter, ord(delimiter): "/"}


def _encoded(name: str) -> bytes:
    encoded: bytes = imap_utf7.encode(name)
    return encoded


def _decoded(name: bytes | str) -> str | None:
    """None if it is not in modified UTF-7 (RFC 3501 section 5.1.3)."""
    try:
        decoded: str = imap_utf7.decode(name)
        decoded.encode()  # half a surrogate pair is no character
        return decoded
    except ValueError:
        return None


def _is_temporary(said: str) -> bool:
    return bool(_TEMPORARY.search(said)) and not _NEEDS_A_PERSON.search(said)


def _with_backoff(error: Unavailable, said: str) -> Unavailable:
    if found := _BACKOFF.search(said):
        error.backoff_s = int(found[1]) / 1000
    return error


def _uid_sets(uids: Sequence[int]) -> Iterator[str]:
    """Sequence sets, ranges where UIDs follow each other, each short enough for a command."""
    ranges: list[list[int]] = []
    for uid in sorted(set(uids)):
        if ranges and ranges[-1][1] == uid - 1:
            ranges[-1][1] = uid
        else:
            ranges.append([uid, uid])
    texts = [f"{first}:{last}" if first < last else str(first) for first, last in ranges]
    for start in range(0, len(texts), _RANGES_A_COMMAND):
        yield ",".join(texts[start : start + _RANGES_A_COMMAND])


async def _any_of(*events: asyncio.Event, timeout_s: float) -> None:
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


def _discard(connecting: Future[tuple[Client, ServerFacts]]) -> None:
    """Nobody waits for this connection any more."""
    if not connecting.cancelled() and connecting.exception() is None:
        connecting.result()[0].shutdown()
