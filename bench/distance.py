"""A relay that puts a distance between a client and a server: what passes, passes so much later.

It limits no bandwidth: octets that come while others wait are not held up by them. In a process of its own.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay_s: float) -> None:
    loop = asyncio.get_running_loop()
    late: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def deliver() -> None:
        while True:
            due_at, octets = await late.get()
            await asyncio.sleep(due_at - loop.time())
            if not octets:
                writer.close()
                return
            writer.write(octets)

    delivering = asyncio.create_task(deliver())
    with suppress(OSError):
        while octets := await reader.read(1 << 18):
            late.put_nowait((loop.time() + delay_s, octets))
    late.put_nowait((loop.time() + delay_s, b""))
    with suppress(OSError):
        await delivering


def _run(targets: list[tuple[str, int]], round_trip_s: float, report: Connection) -> None:
    async def relay_to(host: str, port: int) -> asyncio.Server:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            # The greeting waits for a round trip: the connection's own handshake.
            await asyncio.sleep(round_trip_s)
            far_reader, far_writer = await asyncio.open_connection(host, port)
            for each in (writer, far_writer):
                each.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            half_s = round_trip_s / 2
            await asyncio.gather(_pass(reader, far_writer, half_s), _pass(far_reader, writer, half_s))

        return await asyncio.start_server(serve, "127.0.0.1", 0)

    async def serve_all() -> None:
        servers = [await relay_to(host, port) for host, port in targets]
        report.send([server.sockets[0].getsockname()[1] for server in servers])
        await asyncio.gather(*(server.serve_forever() for server in servers))

    asyncio.run(serve_all())


@contextmanager
def far_away(targets: list[tuple[str, int]], round_trip_s: float) -> Iterator[list[int]]:
    """A port for each of the servers, on 127.0.0.1."""
    ports, report = multiprocessing.Pipe(duplex=False)
    context = multiprocessing.get_context("fork")
    process = context.Process(target=_run, args=(targets, round_trip_s, report), daemon=True)
    process.start()
    try:
        yield ports.recv()
    finally:
        process.terminate()
        process.join()
