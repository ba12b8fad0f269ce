"""A submission server in a process of its own, quick enough that it is the client who is measured.

It takes everything, over TLS and behind a login or in clear. Of each mail whose subject has a number
("Vraag 7") it tells that, and when it was accepted; mails to the owner have none.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import re
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection

import trustme

NUMBER = re.compile(rb"^Subject: Vraag (\d+)\r\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Taken:
    """at: time.monotonic(), which all processes share."""

    number: int
    octets: int
    at: float


class _Server:
    def __init__(self, report: Connection, *, pipelines: bool) -> None:
        self._report = report
        words = [b"sink", b"8BITMIME", b"SIZE 100000000", *([b"PIPELINING"] if pipelines else [])]
        self._ehlo = b"".join(b"250-%s\r\n" % word for word in words) + b"250 AUTH PLAIN\r\n"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            writer.write(b"220 sink\r\n")
            while line := await reader.readline():
                match line[:4].upper():
                    case b"EHLO":
                        writer.write(self._ehlo)
                    case b"AUTH":
                        writer.write(b"235 2.7.0 ok\r\n")
                    case b"DATA":
                        writer.write(b"354 go on\r\n")
                        number, octets = await self._content(reader)
                        at = time.monotonic()
                        writer.write(b"250 2.0.0 ok\r\n")
                        if number is not None:
                            self._report.send(Taken(number, octets, at))
                    case b"QUIT":
                        writer.write(b"221 bye\r\n")
                        break
                    case _:
                        writer.write(b"250 2.0.0 ok\r\n")
        writer.close()

    async def _content(self, reader: asyncio.StreamReader) -> tuple[int | None, int]:
        """Its number, and its octets with the final dot."""
        head, tail, size = b"", b"\r\n", 0
        while not tail.endswith(b"\r\n.\r\n"):
            if not (octets := await reader.read(1 << 20)):
                raise asyncio.IncompleteReadError(b"", None)
            size += len(octets)
            if len(head) < 8192:
                head += octets[:8192]
            tail = (tail + octets[-5:])[-5:]
        found = NUMBER.search(head)
        return int(found[1]) if found else None, size


def _run(authority: trustme.CA | None, report: Connection, pipelines: bool) -> None:
    async def serve() -> None:
        context = None
        if authority is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert("localhost").configure_cert(context)
        server = await asyncio.start_server(
            _Server(report, pipelines=pipelines).serve, "127.0.0.1", 0, ssl=context, limit=1 << 20
        )
        report.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


@contextmanager
def sink(authority: trustme.CA | None, *, pipelines: bool = True) -> Iterator[tuple[int, Connection]]:
    """Its port, and where `Taken` comes from. authority None: in clear."""
    taken, report = multiprocessing.Pipe(duplex=False)
    context = multiprocessing.get_context("fork")
    process = context.Process(target=_run, args=(authority, report, pipelines), daemon=True)
    process.start()
    try:
        yield taken.recv(), taken
    finally:
        process.terminate()
        process.join()
