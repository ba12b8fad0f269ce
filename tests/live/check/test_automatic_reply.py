"""An automatic reply that is still on is seen by ManageSieve, over TLS, where the server offers it."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import trustme

from delegator.adapters.managesieve import SieveLook
from delegator.check.automatic import answers_automatically
from delegator.ports import Unavailable

ON = 'require ["fileinto", "vacation"];\r\nif true { vacation :days 7 "Ik ben weg"; }\r\n'
OFF = 'require ["vacation"];\r\n# vacation "weg";\r\n/* vacation */ if header "Subject" "vacation" { stop; }'


@dataclass
class Sieve:
    """As RFC 5804 has it. said: what a client sent, in order; one before TLS is marked."""

    script: str
    offers_tls: bool = True
    authority: trustme.CA = field(default_factory=trustme.CA)
    said: list[str] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._converse(reader, writer)
        except ConnectionError:
            pass  # the client has seen enough
        finally:
            writer.transport.abort()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello = b'"IMPLEMENTATION" "test"\r\n"SASL" ""\r\n' + b'"STARTTLS"\r\n' * self.offers_tls + b"OK\r\n"
        writer.write(hello)
        is_safe = False
        while line := (await reader.readline()).decode().strip():
            self.said.append(line if is_safe else f"clear {line}")
            match line.split()[0]:
                case "STARTTLS":
                    writer.write(b'OK "begin"\r\n')
                    await writer.drain()
                    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
                    self.authority.issue_cert("localhost").configure_cert(context)
                    await writer.start_tls(context)
                    is_safe = True
                    writer.write(b'"SASL" "PLAIN"\r\nOK\r\n')
                case "AUTHENTICATE":
                    right = base64.b64encode(b"\0sofie\0geheim").decode()
                    writer.write(b"OK\r\n" if right in line else b'NO "wrong password"\r\n')
                case "LISTSCRIPTS":
                    writer.write(b'"old"\r\n"my filter" ACTIVE\r\nOK\r\n')
                case "GETSCRIPT":
                    octets = self.script.encode()
                    writer.write(b"{%d}\r\n%s\r\nOK\r\n" % (len(octets), octets))

    def look(self, password: str = "geheim") -> SieveLook:
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        return SieveLook("localhost", self.port, context, "sofie", password)


@asynccontextmanager
async def serving(sieve: Sieve) -> AsyncIterator[Sieve]:
    server = await asyncio.start_server(sieve.serve, "127.0.0.1", 0)
    sieve.port = server.sockets[0].getsockname()[1]
    try:
        yield sieve
    finally:
        server.close()
        await asyncio.sleep(0.05)  # until the last connection has been closed


@pytest.mark.parametrize(("script", "is_on"), [(ON, True), (OFF, False)])
async def test_the_active_script_is_read(script: str, is_on: bool) -> None:
    """The one that runs, and the password only within TLS."""
    async with serving(Sieve(script)) as sieve:
        found = await sieve.look().active_script()
    assert found is not None
    assert answers_automatically(found) is is_on
    assert 'GETSCRIPT "my filter"' in sieve.said
    assert [line for line in sieve.said if line.startswith("clear ")] == ["clear STARTTLS"]


async def test_what_cannot_be_seen_is_said() -> None:
    """Nobody listens, the password is refused, the certificate is another's: no guess that it is off."""
    async with serving(Sieve(OFF)) as sieve:
        with pytest.raises(Unavailable, match="wrong password"):
            await sieve.look("fout").active_script()
        stranger = SieveLook("localhost", sieve.port, ssl.create_default_context(), "sofie", "geheim")
        with pytest.raises(Unavailable):
            await stranger.active_script()
        assert not any("AUTHENTICATE" in line for line in sieve.said[-1:])
    with pytest.raises(Unavailable, match="nothing answers"):
        await SieveLook("localhost", 1, None, "sofie", "geheim").active_script()


async def test_no_password_without_tls() -> None:
    """Another machine that offers none gets none. ("127.1" is another by its name.)"""
    async with serving(Sieve(OFF, offers_tls=False)) as sieve:
        look = sieve.look()
        look.host = "127.1"
        with pytest.raises(Unavailable, match="STARTTLS"):
            await look.active_script()
    assert sieve.said == []
