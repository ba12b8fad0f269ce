"""A loopback TCP proxy between two real parts, that breaks connections exactly where it is told to.

It runs in the test's own event loop. Nothing in it depends on how TCP cuts the stream or on time:
faults are placed by octet counts and by what is in the stream (where that is not encrypted).
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from dataclasses import dataclass, field
from types import TracebackType


@dataclass(slots=True)
class Direction:
    """One way through the proxy, for every connection. Settings may change at any time.

    cut_after: abort a connection after so many octets of it have passed this way.
    delay_s: what passes, passes so much later.
    replace: (pattern, by what), once each. What is looked for must arrive in one piece of the stream.
    piece_size: pass what passes in segments of so many octets.
    passed: octets so far, of all connections.
    """

    cut_after: int | None = None
    delay_s: float = 0
    piece_size: int | None = None
    replace: list[tuple[bytes, bytes]] = field(default_factory=list)
    passed: int = 0
    held: asyncio.Event = field(default_factory=asyncio.Event)
    _hold: re.Pattern[bytes] | None = None
    _may_pass: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._may_pass.set()

    def freeze(self) -> None:
        """Let nothing pass, and say nothing: a dead NAT, a server that hangs."""
        self._may_pass.clear()

    def hold_at(self, pattern: bytes) -> None:
        """Freeze right behind the pattern (a regular expression), once it has passed; sets `held`."""
        self._hold = re.compile(pattern, re.DOTALL)

    def release(self) -> None:
        """End a freeze or a hold: what was kept back goes on."""
        self._may_pass.set()

    def pieces(self, octets: bytes) -> list[bytes]:
        """What to send for these octets: changed, and in two where a hold is between."""
        for change in tuple(self.replace):
            pattern, by_what = change
            if match := re.search(pattern, octets, re.DOTALL):
                octets = octets[: match.start()] + by_what + octets[match.end() :]
                self.replace.remove(change)
        if self._hold and (match := self._hold.search(octets)):
            return [octets[: match.end()], octets[match.end() :]]
        return [octets]


@dataclass(slots=True)
class Answer:
    """A wait for the server's answer to something the client sent, to keep that answer from it."""

    to: bytes
    then: str  # "cut" or "silence"
    times: int


class Proxy:
    """`async with Proxy(host, port) as proxy:` and let the client connect to proxy.port.

    source: the address that the server sees. Servers trust their own address more than others.
    connections: how many there have been.
    refuses: cut every new connection at once.
    ended: set when a connection has ended, whoever ended it.
    """

    host = "127.0.0.1"

    def __init__(self, host: str, port: int, *, source: str = "127.0.0.1") -> None:
        self._target = (host, port)
        self._source = (source, 0)
        self._server: asyncio.Server | None = None
        self._links: set[_Link] = set()
        self.port = 0
        self.connections = 0
        self.refuses = False
        self.to_server = Direction()
        self.to_client = Direction()
        self.answers: list[Answer] = []
        self.swallowed = asyncio.Event()
        self.ended = asyncio.Event()

    async def __aenter__(self) -> Proxy:
        self._server = await asyncio.start_server(self._serve, self.host, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        while self._links:
            await asyncio.sleep(0)

    def freeze(self) -> None:
        """Nothing passes either way; no connection ends."""
        self.to_server.freeze()
        self.to_client.freeze()

    def cut(self) -> None:
        """Abort every connection, both ends, with a reset."""
        for link in tuple(self._links):
            link.abort()

    def swallow_answer(self, to: bytes, *, then: str = "cut", times: int = 1) -> None:
        r"""When the client has sent these octets (b"\r\n.\r\n"), the server gets them, and the client
        never gets the answer: when it comes the connection is cut, or there is silence for ever.

        Sets `swallowed`. The connections after `times` of these are whole.
        """
        self.answers.append(Answer(to, then, times))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self.refuses:
            _abort(writer)
            return
        try:
            server_reader, server_writer = await asyncio.open_connection(
                *self._target, local_addr=self._source
            )
        except OSError:
            _abort(writer)
            return
        link = _Link(self, reader, writer, server_reader, server_writer)
        self._links.add(link)
        try:
            await link.run()
        finally:
            self._links.discard(link)
            self.ended.set()


class _Link:
    """One connection, both halves."""

    def __init__(
        self,
        proxy: Proxy,
        client_reader: asyncio.StreamReader,
        client_writer: asyncio.StreamWriter,
        server_reader: asyncio.StreamReader,
        server_writer: asyncio.StreamWriter,
    ) -> None:
        self._proxy = proxy
        self._client = (client_reader, client_writer)
        self._server = (server_reader, server_writer)
        self._tasks: list[asyncio.Task[None]] = []
        self._sent = b""
        self._swallowing: Answer | None = None
        for writer in (client_writer, server_writer):
            writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    async def run(self) -> None:
        proxy = self._proxy
        self._tasks = [
            asyncio.create_task(self._pump(self._client[0], self._server[1], proxy.to_server)),
            asyncio.create_task(self._pump(self._server[0], self._client[1], proxy.to_client)),
        ]
        try:
            await asyncio.wait(self._tasks)
        finally:
            self.abort()

    def abort(self) -> None:
        for task in self._tasks:
            task.cancel()
        _abort(self._client[1])
        _abort(self._server[1])

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Direction) -> None:
        passed = 0
        try:
            while octets := await reader.read(65536):
                if way is self._proxy.to_server:
                    self._watch(octets)
                elif self._swallowing:
                    self._proxy.swallowed.set()
                    if self._swallowing.then == "cut":
                        self.abort()
                        return
                    continue
                if way.delay_s:
                    await asyncio.sleep(way.delay_s)
                pieces = way.pieces(octets)
                for number, piece in enumerate(pieces):
                    if number:
                        way._hold = None
                        way._may_pass.clear()
                        way.held.set()
                    await way._may_pass.wait()
                    if way.cut_after is not None and passed + len(piece) > way.cut_after:
                        piece = piece[: max(0, way.cut_after - passed)]
                    size = way.piece_size or 65536
                    for start in range(0, len(piece), size):
                        writer.write(piece[start : start + size])
                        await writer.drain()
                        if way.piece_size:
                            await asyncio.sleep(0)  # who reads in the same loop gets it before the next
                    passed += len(piece)
                    way.passed += len(piece)
                    if way.cut_after is not None and passed >= way.cut_after:
                        await self._flush_and_abort(writer)
                        return
            writer.write_eof()
        except (OSError, RuntimeError):
            self.abort()

    async def _flush_and_abort(self, writer: asyncio.StreamWriter) -> None:
        """A FIN, not a reset, that would overtake the octets that were let through."""
        writer.close()
        other = self._server[1] if writer is self._client[1] else self._client[1]
        _abort(other)
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()

    def _watch(self, octets: bytes) -> None:
        for answer in self._proxy.answers:
            if answer.times and answer.to in self._sent[-len(answer.to) :] + octets:
                answer.times -= 1
                self._swallowing = answer
        self._sent = (self._sent + octets)[-256:]


def _abort(writer: asyncio.StreamWriter) -> None:
    raw = writer.get_extra_info("socket")
    if raw is not None and raw.fileno() >= 0:
        # Linger for no time: the kernel sends a reset.
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
