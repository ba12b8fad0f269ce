"""An IMAP server in memory that refuses, delays and garbles what it is told to, and records the rest.

It runs in the test's own event loop, without TLS, on loopback. What it does, Dovecot does too; what it
refuses, some server somewhere does.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

USERNAME, PASSWORD = "sofie@voorbeeld.example", "battery-staple-correct"

_TOKEN = re.compile(rb'"((?:[^"\\]|\\.)*)"|\((.*?)\)|([^\s()]+)', re.DOTALL)


@dataclass(slots=True)
class Mail:
    octets: bytes
    arrived_at: datetime
    flags: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Box:
    """mails: by UID. attributes: as LIST gives them."""

    uidvalidity: int = 1
    uidnext: int = 1
    mails: dict[int, Mail] = field(default_factory=dict)
    attributes: str = ""

    def add(self, octets: bytes, arrived_at: datetime | None = None) -> int:
        uid, self.uidnext = self.uidnext, self.uidnext + 1
        self.mails[uid] = Mail(octets, arrived_at or datetime.now(UTC))
        return uid


@dataclass(slots=True, kw_only=True)
class ImapServer:
    """`async with ImapServer(...) as server:` and let the client connect to server.port, without TLS.

    capabilities: as announced. refusals: what to answer to a command instead of doing it, as "NO …", by
    its name: "CREATE", "UID MOVE". delays_s: how long a command takes, by the same names; "GREETING" too.
    bodies: of these UIDs no body is given, though they are there. ends_in_idle: each IDLE ends with BYE.
    renumbers: every SELECT tells another UIDVALIDITY. is_stale: STATUS tells what it first told from then on,
    and IDLE tells nothing. wants_id: SELECT is refused before ID.
    overstates: RFC822.SIZE is so many octets more than there are.
    passes_over_after_done: what comes in one piece with the DONE of an IDLE is not read.
    drips: the greeting comes in single octets, one in so many seconds.
    commands: all that were given, without their arguments' secrets.
    """

    capabilities: str = "IMAP4rev1 AUTH=PLAIN NAMESPACE IDLE MOVE UIDPLUS"
    refusals: dict[str, str] = field(default_factory=dict)
    delays_s: dict[str, float] = field(default_factory=dict)
    bodies: dict[int, Literal["absent", "nil"]] = field(default_factory=dict)
    ends_in_idle: bool = False
    renumbers: bool = False
    is_stale: bool = False
    wants_id: bool = False
    passes_over_after_done: bool = False
    overstates: int = 0
    drips: float | None = None
    boxes: dict[str, Box] = field(default_factory=lambda: {"INBOX": Box(), "Sent": Box(attributes="\\Sent")})
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    open_connections: int = 0
    host: str = "127.0.0.1"
    port: int = 0
    _told: dict[str, str] = field(default_factory=dict)
    _server: asyncio.Server | None = None
    _sessions: set[_Session] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def username(self) -> str:
        return USERNAME

    @property
    def password(self) -> str:
        return PASSWORD

    @property
    def ca(self) -> str:
        return "none"

    async def __aenter__(self) -> ImapServer:
        self._server = await asyncio.start_server(self._serve, self.host, 0, limit=1 << 22)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def deliver(self, octets: bytes, mailbox: str = "INBOX", *, arrived_at: datetime | None = None) -> int:
        """A mail arrives, and whoever idles there hears of it; its UID."""
        uid = self.boxes[mailbox].add(octets, arrived_at)
        for session in self._sessions:
            if session.is_idling and session.opened == mailbox and not self.is_stale:
                session.say(f"* {len(self.boxes[mailbox].mails)} EXISTS")
        return uid

    def named(self, name: str) -> list[str]:
        """The commands of that name."""
        return [command for command in self.commands if command.startswith(name)]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open_connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        session = _Session(self, reader, writer)
        self._sessions.add(session)
        try:
            await session.run()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass  # the client's end, or the test's
        finally:
            self._sessions.discard(session)
            self._tasks.discard(task)
            self.open_connections -= 1
            writer.transport.abort()


class _Session:
    """One connection."""

    def __init__(
        self, server: ImapServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.opened: str | None = None
        self.is_idling = self.said_who = False

    def say(self, line: str | bytes) -> None:
        self.writer.write((line.encode() if isinstance(line, str) else line) + b"\r\n")

    async def run(self) -> None:
        server = self.server
        await asyncio.sleep(server.delays_s.get("GREETING", 0))
        greeting = b"* OK [CAPABILITY " + server.capabilities.encode() + b"] ready"
        if server.drips is not None:
            for octet in greeting * 1000:
                self.writer.write(bytes([octet]))
                await self.writer.drain()
                await asyncio.sleep(server.drips)
        self.say(greeting)
        while line := await self._line():
            tag, _, rest = line.partition(b" ")
            name = rest.split(b" ")[0].upper().decode()
            if name == "UID":
                name = "UID " + rest.split(b" ")[1].upper().decode()
            arguments = rest[len(name) :].strip()
            is_secret = name in ("LOGIN", "AUTHENTICATE")
            server.commands.append(
                name if is_secret else f"{name} {arguments[:200].decode(errors='replace')}"
            )
            await asyncio.sleep(server.delays_s.get(name, 0))
            whole = f"{name} {arguments.decode(errors='replace').replace(chr(34), '')}"
            refusal = server.refusals.get(name) or server.refusals.get(whole)
            answer = refusal or await self._do(name, arguments)
            self.say(f"{tag.decode()} {answer}")
            await self.writer.drain()
            if name == "LOGOUT":
                return

    async def _line(self) -> bytes:
        """A command, its literals in place as quoted strings would be."""
        line = (await self.reader.readuntil(b"\r\n"))[:-2]
        while found := re.search(rb"\{(\d+)(\+?)\}\Z", line):
            if not found[2]:
                self.say("+ go on")
                await self.writer.drain()
            literal = await self.reader.readexactly(int(found[1]))
            quoted = re.sub(rb'(["\\])', rb"\\\1", literal)
            line = line[: found.start()] + b'"' + quoted + b'"' + (await self.reader.readuntil(b"\r\n"))[:-2]
        return line

    async def _do(self, name: str, arguments: bytes) -> str:
        """What to say at the end: "OK …", "NO …"."""
        server = self.server
        if server.wants_id and not self.said_who and name in ("SELECT", "EXAMINE", "STATUS"):
            return "NO Unsafe Login. Please contact the provider"
        method = getattr(self, "_" + name.lower().replace(" ", "_"), None)
        if method is None:
            return "BAD unknown command"
        words = [_unquoted(match) for match in _TOKEN.finditer(arguments)]
        answer: str = await method(words)
        return answer

    async def _capability(self, _: list[bytes]) -> str:
        self.say(f"* CAPABILITY {self.server.capabilities}")
        return "OK done"

    async def _noop(self, _: list[bytes]) -> str:
        return "OK done"

    async def _logout(self, _: list[bytes]) -> str:
        self.say("* BYE")
        return "OK done"

    async def _id(self, _: list[bytes]) -> str:
        self.said_who = True
        self.say('* ID ("name" "scripted")')
        return "OK done"

    async def _login(self, words: list[bytes]) -> str:
        return self._logged_in(words[0] == USERNAME.encode() and words[1] == PASSWORD.encode())

    async def _authenticate(self, _: list[bytes]) -> str:
        self.say("+ ")
        answer = base64.b64decode(await self.reader.readuntil(b"\r\n"))
        return self._logged_in(answer == f"\0{USERNAME}\0{PASSWORD}".encode())

    def _logged_in(self, is_right: bool) -> str:
        return "OK logged in" if is_right else "NO [AUTHENTICATIONFAILED] no"

    async def _namespace(self, _: list[bytes]) -> str:
        self.say('* NAMESPACE (("" "/")) NIL NIL')
        return "OK done"

    async def _list(self, words: list[bytes]) -> str:
        pattern = words[1].decode() if len(words) > 1 else ""
        if not pattern:
            self.say('* LIST (\\Noselect) "/" ""')
        for box_name, box in self.server.boxes.items():
            if pattern in ("*", box_name):
                self.say(f'* LIST ({box.attributes}) "/" "{box_name}"')
        return "OK done"

    async def _create(self, words: list[bytes]) -> str:
        box_name = words[0].decode()
        if box_name in self.server.boxes:
            return "NO [ALREADYEXISTS] it is there"
        self.server.boxes[box_name] = Box()
        return "OK done"

    async def _subscribe(self, _: list[bytes]) -> str:
        return "OK done"

    async def _status(self, words: list[bytes]) -> str:
        box = self.server.boxes.get(words[0].decode())
        if box is None:
            return "NO [NONEXISTENT] no such mailbox"
        counts = f"MESSAGES {len(box.mails)} UIDNEXT {box.uidnext} UIDVALIDITY {box.uidvalidity}"
        if self.server.is_stale:
            counts = self.server._told.setdefault(words[0].decode(), counts)
        self.say(f'* STATUS "{words[0].decode()}" ({counts})')
        return "OK done"

    async def _select(self, words: list[bytes]) -> str:
        box = self.server.boxes.get(words[0].decode())
        if box is None:
            self.opened = None
            return "NO [NONEXISTENT] no such mailbox"
        if self.server.renumbers:
            box.uidvalidity += 1
        self.opened = words[0].decode()
        self.say(f"* {len(box.mails)} EXISTS")
        self.say("* 0 RECENT")
        self.say("* FLAGS (\\Seen \\Deleted)")
        self.say("* OK [PERMANENTFLAGS (\\Seen \\Deleted \\*)]")
        self.say(f"* OK [UIDVALIDITY {box.uidvalidity}]")
        self.say(f"* OK [UIDNEXT {box.uidnext}]")
        return "OK [READ-WRITE]"

    async def _examine(self, words: list[bytes]) -> str:
        answer = await self._select(words)
        return answer.replace("READ-WRITE", "READ-ONLY")

    @property
    def _box(self) -> Box:
        assert self.opened is not None
        return self.server.boxes[self.opened]

    def _uids(self, uid_set: bytes) -> Iterator[int]:
        for part in uid_set.decode().split(","):
            first, _, last = part.partition(":")
            top = max(self._box.mails, default=0)
            low = top if first == "*" else int(first)
            high = low if not last else top if last == "*" else int(last)
            yield from (uid for uid in self._box.mails if min(low, high) <= uid <= max(low, high))

    async def _uid_search(self, words: list[bytes]) -> str:
        found = list(self._box.mails)
        if words[:1] == [b"UID"]:
            found = list(self._uids(words[1]))
        if b"HEADER" in words:
            found = [uid for uid in found if words[-1].lower() in self._box.mails[uid].octets.lower()]
        self.say("* SEARCH " + " ".join(map(str, found)))
        return "OK done"

    async def _uid_fetch(self, words: list[bytes]) -> str:
        items = b" ".join(words[1:]).decode()
        part = re.search(r"BODY\.PEEK\[\]<(\d+)\.(\d+)>", items)
        for uid in list(self._uids(words[0])):
            mail, number = self._box.mails[uid], list(self._box.mails).index(uid) + 1
            head = (
                f'* {number} FETCH (UID {uid} INTERNALDATE "{mail.arrived_at:%d-%b-%Y %H:%M:%S} +0000" '
                f"RFC822.SIZE {len(mail.octets) + self.server.overstates} "
                f"FLAGS ({' '.join(sorted(mail.flags))})"
            )
            how = self.server.bodies.get(uid)
            if part is None:
                self.say(head + ")")
            elif how == "nil":
                self.say(head + f" BODY[]<{part[1]}> NIL)")
            elif how is None:
                start, count = int(part[1]), int(part[2])
                octets = mail.octets[start : start + count]
                self.say(head.encode() + f" BODY[]<{start}> {{{len(octets)}}}\r\n".encode() + octets + b")")
        return "OK done"

    async def _uid_store(self, words: list[bytes]) -> str:
        for uid in self._uids(words[0]):
            self._box.mails[uid].flags |= set(words[-1].decode().split())
        return "OK done"

    async def _uid_move(self, words: list[bytes]) -> str:
        target = self.server.boxes.get(words[1].decode())
        if target is None:
            return "NO [TRYCREATE] no such mailbox"
        for uid in list(self._uids(words[0])):
            mail = self._box.mails.pop(uid)
            target.add(mail.octets, mail.arrived_at)
        return "OK done"

    async def _uid_expunge(self, words: list[bytes]) -> str:
        for uid in list(self._uids(words[0])):
            if "\\Deleted" in self._box.mails[uid].flags:
                del self._box.mails[uid]
        return "OK done"

    async def _append(self, words: list[bytes]) -> str:
        box = self.server.boxes.get(words[0].decode())
        if box is None:
            return "NO [TRYCREATE] no such mailbox"
        box.add(words[-1])
        return "OK done"

    async def _idle(self, _: list[bytes]) -> str:
        if self.server.ends_in_idle:
            self.say("+ idling")
            self.say("* BYE idling is not liked here")
            await self.writer.drain()
            raise ConnectionError
        self.say("+ idling")
        self.is_idling = True
        await self.writer.drain()
        with suppress(asyncio.IncompleteReadError):
            if self.server.passes_over_after_done:
                await self.reader.read(65536)
            else:
                await self.reader.readuntil(b"\r\n")
        self.is_idling = False
        return "OK done"


def _unquoted(match: re.Match[bytes]) -> bytes:
    if match[1] is not None:
        return re.sub(rb"\\(.)", rb"\1", match[1], flags=re.DOTALL)
    return match[2] if match[2] is not None else match[3]
