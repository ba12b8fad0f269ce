"""A blocking IMAP client: imapclient, with a reader of its own and nothing kept that nobody reads.

What belongs here is what imapclient and imaplib do too little or too much of on the wire. Threads,
the event loop, names of mailboxes and sentences for people belong in `imap`.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any, Literal

from imapclient import IMAPClient, SocketTimeout
from imapclient.response_parser import parse_fetch_response, parse_response

from . import fetching
from .fetching import Entry, Pieces, usual_entry
from .names import uid_sets

# A SEARCH answer is one line; 64 MiB are eight million UIDs. imaplib's own bound is 1 MB, which a
# mailbox of 140,000 messages exceeds.
_LONGEST_LINE = 64 * 1024 * 1024

# A mail that is larger is not taken up whole (`core.mail.message.MAX_OCTETS`), and is asked for in parts.
_LONGEST_LITERAL = 64 * 1024 * 1024

# An answer in the event loop, which is looked through each time that some of it comes.
_MOST_UNHEARD = 1024 * 1024

_BYE = re.compile(rb"^\* BYE ([^\r\n]*)\r?\n", re.IGNORECASE | re.MULTILINE)

# A dead peer shows after 60 s + 4 x 15 s of silence, and after 2 minutes (in ms) without a sign that it got
# what we sent: then a slow answer may take longer than a dead peer.
_TCP_OPTIONS = {
    "TCP_KEEPIDLE": 60,
    "TCP_KEEPINTVL": 15,
    "TCP_KEEPCNT": 4,
    "TCP_USER_TIMEOUT": 120_000,
}


# imaplib's, with the same beginning of every tag: a connection has tags of its own.
_TAG_PREFIX = b"DLGT"
_TAGGED = re.compile(rb"(?P<tag>" + _TAG_PREFIX + rb"\d+) (?P<type>[A-Z]+) (?P<data>.*)", re.ASCII)


Command = tuple[bytes, tuple[bytes, ...]]
"""What is sent, and how the line begins that ends its answer: with the tag, first of all."""


class Dial:
    """A connection in the making, which another thread may give up: whatever it waits for then, ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sock: socket.socket | None = None
        self._is_given_up = False

    def hold(self, sock: socket.socket) -> None:
        """From now on this is what giving up ends. Raises TimeoutError where that came before."""
        with self._lock:
            if self._is_given_up:
                sock.close()
                raise TimeoutError
            self._sock = sock

    def give_up(self) -> None:
        with self._lock:
            self._is_given_up = True
            if self._sock is not None:
                _cut(self._sock)


class _Connection(imaplib.IMAP4):
    """imaplib, with a reader and a socket of our own.

    imaplib reads through a BufferedReader, which loses what it has when a read would block, and hides
    what it has from a poll. Here a line that came in part is not lost on a timeout.
    """

    def __init__(
        self, host: str, port: int, context: ssl.SSLContext | None, timeout: SocketTimeout, dial: Dial
    ) -> None:
        self._context, self._timeout, self._dial = context, timeout, dial
        super().__init__(host, port)

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        self.host, self.port = host, port
        self._received = bytearray()
        self._begun_at = 0  # the first line in it that `take_lines` has not looked at: mostly a part of one
        self.sock = self._reach()
        try:
            self._prepare()
        except BaseException:
            self.sock.close()
            raise

    def _prepare(self) -> None:
        # imaplib sends a command in several writes: with Nagle's algorithm an APPEND takes 46 ms, not 2.
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _TCP_OPTIONS.items():
            if hasattr(socket, name):  # Linux; elsewhere the system's own times hold
                self.sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
        self.sock.settimeout(self._timeout.read)
        if self._context is not None:
            self._begin_tls(self._context)

    def _reach(self) -> socket.socket:
        """TCP to the first of the host's addresses that answers; each has a third of the time."""
        failure = OSError(f"{self.host} has no address")
        for family, kind, protocol, _, address in socket.getaddrinfo(
            self.host, self.port, type=socket.SOCK_STREAM
        ):
            sock = socket.socket(family, kind, protocol)
            self._dial.hold(sock)
            sock.settimeout(self._timeout.connect / 3)
            try:
                sock.connect(address)
            except OSError as error:
                failure = error
                sock.close()
            else:
                return sock
        raise failure

    def _begin_tls(self, context: ssl.SSLContext) -> None:
        # The handshake comes after the hold: wrap_socket takes the descriptor away from the plain socket.
        self.sock = context.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
        self._dial.hold(self.sock)
        self.sock.do_handshake()

    def starttls(self, ssl_context: ssl.SSLContext | None = None) -> Any:
        """As imaplib's, but what came before TLS is not read as if it had come under it.

        Source: RFC 9051 section 6.2.1; CVE-2021-38371 and its like.
        """
        assert ssl_context is not None
        status, answer = self._simple_command("STARTTLS")
        if status != "OK":
            raise self.error("STARTTLS failed: " + answer[-1].decode(errors="replace"))
        if self._received:
            raise self.abort("it sent something before TLS began, which may be forged")
        self._begin_tls(ssl_context)
        self._tls_established = True
        self.untagged_responses.clear()
        self._get_capabilities()
        return status, answer

    def readline(self) -> bytes:
        searched = 0
        while (end := self._received.find(b"\n", searched)) < 0:
            searched = len(self._received)
            if searched > _LONGEST_LINE:
                raise self.abort("it sends a line without end")
            self._fill()
        return self._take(end + 1)

    def read(self, size: int) -> bytes:
        if size > _LONGEST_LITERAL:
            raise self.abort(f"it announces {size} octets at once")
        while len(self._received) < size:
            self._fill()
        return self._take(size)

    def _take(self, size: int) -> bytes:
        taken = bytes(memoryview(self._received)[:size])
        del self._received[:size]
        self._begun_at = 0
        return taken

    def put_back(self, octets: bytes) -> None:
        """What was read is what is read next."""
        self._received[:0] = octets
        self._begun_at = 0

    def _fill(self) -> None:
        # A record of TLS has 16 kB at most (RFC 8446 section 5.1): none of it stays in the library, where no
        # descriptor tells of it.
        octets = self.sock.recv(65536)
        if not octets:
            raise self.abort("connection closed")
        self._received += octets

    def take_lines(self, *beginnings: bytes) -> bytes:
        """The whole lines that came, up to the first that begins so, it included; b"" where none does yet.

        Without beginnings: all of them. Raises `abort` on BYE.
        """
        if self._received.find(b"\n", self._begun_at) < 0:
            return b""
        if (bye := _BYE.search(self._received, self._begun_at)) is not None:
            raise self.abort(bytes(bye[1]).decode(errors="replace"))
        starts = [start for text in beginnings if (start := self._line_with(text)) >= 0]
        end = self._received.rfind(b"\n") + 1
        if starts:
            return self._take(self._received.find(b"\n", min(starts)) + 1)
        if not beginnings:
            return self._take(end)
        self._begun_at = end
        return b""

    def _line_with(self, beginning: bytes) -> int:
        """Where the first line begins that begins so, of those not looked at; -1: there is none."""
        if self._received.startswith(beginning, self._begun_at):
            return self._begun_at
        return self._received.find(b"\n" + beginning, max(0, self._begun_at - 1)) + 1 or -1

    def shutdown(self) -> None:
        self.sock.close()

    def _log(self, line: str) -> None:
        """imaplib keeps the last ten lines of each connection, LOGIN among them. We do not."""


class Client(IMAPClient):  # type: ignore[misc]
    """One connection; not thread-safe. Mailbox names are octets, as the server has them.

    Errors: OSError and imaplib's `abort` end the connection; any other imaplib `error` is the
    server's NO or BAD. Answers of odd servers can raise ValueError, LookupError, TypeError.
    """

    def __init__(
        self,
        host: str,
        port: int,
        security: Literal["tls", "starttls", "none"],
        ssl_context: ssl.SSLContext | None,
        connect_timeout_s: float,
        read_timeout_s: float,
        dial: Dial | None = None,
    ) -> None:
        timeout = SocketTimeout(connect=connect_timeout_s, read=read_timeout_s)
        self._dial = dial or Dial()
        self._refused_list_status = False
        super().__init__(host, port, ssl=security == "tls", ssl_context=ssl_context, timeout=timeout)
        # imaplib compiles a pattern of its own for each connection.
        self._imap.tagpre, self._imap.tagre = _TAG_PREFIX, _TAGGED
        # Set by imapclient to 5: every line is then formatted twice over, even if nobody logs it.
        self._imap.debug = 0
        self.folder_encode = False
        self.normalise_times = False
        if security == "starttls":
            try:
                self.starttls(ssl_context)
            except BaseException:
                self._imap.shutdown()
                raise

    def _create_IMAP4(self) -> Any:  # noqa: N802 (imapclient's name)
        context = self.ssl_context if self.ssl else None
        return _Connection(self.host, self.port, context, self._timeout, self._dial)

    @property
    def is_logged_in(self) -> bool:
        return bool(self._imap.state != "NONAUTH")

    def takes_plain(self) -> bool:
        """Whether it announces AUTHENTICATE PLAIN."""
        return "AUTH=PLAIN" in self._imap.capabilities

    def takes_login(self) -> bool:
        return "LOGINDISABLED" not in self._imap.capabilities

    def authenticate_plain(self, username: str, password: str) -> None:
        """Carries any character (RFC 4616). Without an initial response, which not every server takes."""
        self._imap.untagged_responses.clear()
        self._imap.authenticate("PLAIN", lambda _: f"\0{username}\0{password}".encode())
        self._cached_capabilities = None

    def mechanisms(self) -> frozenset[str]:
        """The mechanisms of AUTHENTICATE, as it announces them."""
        names = (str(name).upper() for name in self._imap.capabilities)
        return frozenset(name.removeprefix("AUTH=") for name in names if name.startswith("AUTH="))

    def authenticate_token(
        self, mechanism: str, message: bytes, end_of_error: bytes, challenges: list[bytes]
    ) -> None:
        """Without an initial response, as PLAIN. What the server says of an error goes to `challenges`."""
        answers = iter((message, end_of_error))

        def answer(challenge: bytes) -> bytes | None:
            if challenge:
                challenges.append(challenge)
            return next(answers, None)  # None: "*", which ends it

        self._imap.untagged_responses.clear()
        self._imap.authenticate(mechanism, answer)
        self._cached_capabilities = None

    def log_in(self, username: str, password: str) -> None:
        """LOGIN, whose arguments are quoted strings."""
        imap = self._imap
        if not (username + password).isprintable():
            raise imap.error("the user name or the password holds a character that LOGIN cannot carry")
        imap.untagged_responses.clear()
        # Not imaplib's login(): it leaves the user name unquoted and fails on a letter beyond ASCII.
        status, answer = imap._simple_command("LOGIN", _quoted(username), _quoted(password))
        if status != "OK":
            raise imap.error(answer[-1].decode(errors="replace"))
        imap.state = "AUTH"
        # Capabilities may come with the login; what was announced before it counts no more.
        self._cached_capabilities = None

    def say_who(self) -> None:
        """ID (RFC 2971), where it is announced: NetEase opens no mailbox to a client without a name."""
        if self.has_capability("ID"):
            self.id_({"name": "delegator", "version": "1", "vendor": "delegator"})

    def list_with_attributes(self, pattern: str) -> list[tuple[Sequence[bytes], bytes | None, bytes]]:
        """Attributes, separator and name of each mailbox.

        Some servers tell of SPECIAL-USE only when asked (RFC 6154 section 2).
        """
        arguments = [b'""', _quoted(pattern)]
        status, answer = "NO", [b""]
        if self.has_capability("SPECIAL-USE") and self.has_capability("LIST-EXTENDED"):
            with suppress(self._imap.error):  # its BAD; the end of the connection shows in what follows
                status, answer = self._imap._simple_command("LIST", *arguments, b"RETURN", b"(SPECIAL-USE)")
        if status != "OK":
            status, answer = self._imap._simple_command("LIST", *arguments)
        self._checkok("LIST", status, answer)
        _, answer = self._imap._untagged_response(status, answer, "LIST")
        listed: list[tuple[Sequence[bytes], bytes | None, bytes]] = []
        for attributes, separator, name in self._proc_folder_list(answer):
            # A name of digits comes as a number.
            listed.append((attributes, separator, name if isinstance(name, bytes) else str(name).encode()))
        return listed

    def statuses(self, names: Sequence[bytes]) -> list[Command]:
        """What asks for STATUS of several mailboxes: one command where the server can (RFC 5819)."""
        if self._knows_list_status and names:
            return [self._command(_list_status(tuple(names)))]
        return [self._command(b"STATUS " + _quoted_name(name) + b" " + _ITEMS) for name in names]

    @property
    def _knows_list_status(self) -> bool:
        return bool(self.has_capability("LIST-STATUS")) and not self._refused_list_status

    def read_statuses(self, asked: Sequence[Command]) -> list[tuple[bytes, dict[bytes, Any]]]:
        """What it told of them. Nothing if it does not know LIST-STATUS, though it announces it; then it is
        asked by STATUS from now on.
        """
        imap, is_one = self._imap, self._knows_list_status
        imap.untagged_responses.pop("STATUS", None)
        for _, endings in asked:
            tag, status = endings[0].rstrip(), "BAD"
            imap.tagged_commands[tag] = None
            with suppress(imap.error):  # the end of the connection shows in what follows
                status, _ = imap._command_complete("STATUS", tag)
            if is_one and status != "OK":
                self._refused_list_status = True
        return _read_statuses(imap.untagged_responses.pop("STATUS", []))

    def catch_up(self) -> None:
        """Have the server look at the mailbox: until it does, it may search what it last told of.

        Source: RFC 3501 section 5.2; Dovecot does.
        """
        self._checkok("NOOP", *self._imap.noop())

    def uid_search(self, *criteria: str, literal: bytes | None = None) -> list[int]:
        """Ascending. literal: a last criterion, of any octets but NUL."""
        self._imap.literal = literal
        status, answer = self._imap.uid("SEARCH", *criteria)
        self._checkok("SEARCH", status, answer)
        return sorted(int(uid) for line in answer if line for uid in line.split())

    def uid_fetch(self, uids: Sequence[int], items: str) -> dict[int, dict[bytes, Any]]:
        """What the server says of each; a UID that has gone is missing, or its items are.

        Not imapclient's fetch(): that files an unsolicited FETCH without a UID under the UID that
        equals its sequence number.
        """
        wanted = frozenset(uids)
        found: dict[int, Entry] = {}
        odd: list[Pieces] = []

        def take(pieces: Pieces) -> None:
            entry = usual_entry(pieces)
            if entry is None:
                odd.append(pieces)
            elif (uid := entry.get(b"UID")) in wanted:
                found.setdefault(uid, {}).update(entry)

        self._fetch([(uids, items)], take)
        for pieces in odd:
            for entry in parse_fetch_response(pieces, normalise_times=False, uid_is_key=False).values():
                uid = entry.get(b"UID")
                if uid in wanted:
                    found.setdefault(uid, {}).update(entry)
        return found

    def uid_fetch_raw(self, wanted: Sequence[tuple[Sequence[int], str]]) -> list[Pieces]:
        """The responses to several commands (UIDs, items), in order, those of other UIDs too."""
        found: list[Pieces] = []
        self._fetch(wanted, found.append)
        return found

    def _fetch(self, wanted: Sequence[tuple[Sequence[int], str]], take: Callable[[Pieces], None]) -> None:
        """The first refusal of several is raised when all are answered."""
        commands = [f"{uid_set} {items}" for uids, items in wanted for uid_set in uid_sets(uids)]
        answers = fetching.fetch(self._imap, commands, take)
        for status, text in answers:
            self._checkok("FETCH", status, [text])

    def take_announced(self) -> frozenset[str]:
        """Which kinds of untagged responses came since the last call; they are kept no longer.

        imaplib collects them for ever.
        """
        kinds = frozenset(self._imap.untagged_responses)
        self._imap.untagged_responses.clear()
        return kinds

    def forget(self, kind: str) -> None:
        """Drop the untagged responses of one kind: what our own command did is no news."""
        self._imap.untagged_responses.pop(kind, None)

    # --- in the event loop, between two turns of a thread

    def blocks(self, *, is_so: bool) -> None:
        """Whether it waits for the server: in a thread it does, in the event loop never."""
        if is_so:
            self._set_read_timeout()
        else:
            self._imap.sock.setblocking(False)

    @property
    def descriptor(self) -> int:
        descriptor: int = self._imap.sock.fileno()
        return descriptor

    def _command(self, text: bytes, *endings: bytes) -> Command:
        tag: bytes = self._imap._new_tag()
        del self._imap.tagged_commands[tag]
        return tag + b" " + text + b"\r\n", (tag + b" ", *endings)

    def idle(self) -> Command:
        command = self._command(b"IDLE", b"+")
        self._idle_tag = command[1][0][:-1]
        return command

    def done(self) -> Command:
        """The end of the IDLE that is under way."""
        return b"DONE\r\n", (self._idle_tag + b" ",)

    def send(self, octets: bytes) -> None:
        self._imap.send(octets)

    def receive(self) -> None:
        """Take up what is there. Raises what a socket that does not block does, and `abort`."""
        self._imap._fill()
        if len(self._imap._received) > _MOST_UNHEARD:
            raise self.AbortError("it sends an answer without end")

    def received(self, *beginnings: bytes) -> bytes:
        """As `_Connection.take_lines`."""
        octets: bytes = self._imap.take_lines(*beginnings)
        return octets

    def put_back(self, octets: bytes) -> None:
        """What was read is what is read next."""
        self._imap.put_back(octets)

    def stop_idle(self) -> list[bytes]:
        """The lines that came before the server ended its IDLE."""
        lines: list[bytes] = []
        self._imap.tagged_commands[self._idle_tag] = None
        self._imap.send(b"DONE\r\n")
        while not self._imap.tagged_commands.get(self._idle_tag):
            lines.append(self._imap._get_response())
            self._imap._check_bye()
        del self._imap.tagged_commands[self._idle_tag]
        return lines

    def leave(self) -> None:
        """Send LOGOUT if that needs no waiting. Errors do not matter: the connection ends anyway."""
        try:
            self._imap.sock.setblocking(False)
            self._imap.sock.send(b"BYE LOGOUT\r\n")
        except OSError:
            pass

    def interrupt(self) -> None:
        """End the connection under a thread that reads from it; that thread then fails with `abort`.

        The socket's descriptor stays taken until `shutdown`, so that the thread cannot read another's.
        """
        _cut(self._imap.sock)


def _cut(sock: socket.socket) -> None:
    with suppress(OSError):
        # Not SSLSocket.shutdown: it takes the TLS state away from under the reading thread.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


_ITEMS = b"(MESSAGES UIDNEXT UIDVALIDITY)"


def _read_statuses(answers: list[Any]) -> list[tuple[bytes, dict[bytes, Any]]]:
    parts = parse_response(answers) if answers else ()
    found = []
    for name, items in zip(parts[::2], parts[1::2], strict=True):
        # A name of digits comes as a number.
        octets = name if isinstance(name, bytes) else str(name).encode()
        found.append((octets, dict(zip((item.upper() for item in items[::2]), items[1::2], strict=True))))
    return found


@lru_cache(maxsize=256)  # of most accounts it is the same
def _list_status(names: tuple[bytes, ...]) -> bytes:
    return b'LIST "" (' + b" ".join(map(_quoted_name, names)) + b") RETURN (STATUS " + _ITEMS + b")"


def _quoted_name(name: bytes) -> bytes:
    return _quoted(name.decode("ascii"))


def _quoted(text: str) -> bytes:
    return b'"' + re.sub(rb'(["\\])', rb"\\\1", text.encode()) + b'"'
