"""A TCP connection to whichever of a host's addresses answers, without a thread."""

from __future__ import annotations

import asyncio
import socket
import ssl

CONNECT_TIMEOUT_S = 30.0
"""For TCP; of a host's addresses each has a third of it."""


async def open_socket(host: str, port: int) -> socket.socket:
    """A TCP connection to the first of the host's addresses that answers.

    aiosmtplib gives the first address all the time there is: with a broken IPv6 it never gets to
    IPv4.
    """
    loop = asyncio.get_running_loop()
    failure: OSError = OSError(f"{host} has no address")
    for family, kind, protocol, _, address in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        candidate = socket.socket(family, kind, protocol)
        try:
            candidate.setblocking(False)
            async with asyncio.timeout(CONNECT_TIMEOUT_S / 3):
                await loop.sock_connect(candidate, address)
        except OSError as error:
            failure = error
            candidate.close()
        except BaseException:
            candidate.close()
            raise
        else:
            return candidate
    raise failure


async def begins_with_tls(host: str, port: int, within_s: float) -> bool:
    """Whether TLS is spoken there at once: such a server is silent to whoever waits for its greeting.

    Nothing is said beyond the handshake, and nothing believed, so no certificate is asked for.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        async with asyncio.timeout(within_s):
            sock = await open_socket(host, port)
            _, writer = await asyncio.open_connection(sock=sock, ssl=context, server_hostname=host)
    except OSError:  # TimeoutError, ssl.SSLError
        return False
    writer.transport.abort()
    return True
