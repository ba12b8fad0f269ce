"""The mail filter that answers for its owner: the active script, read over ManageSieve (RFC 5804). Read-only.

The libraries for it name no file of authorities, and wait without a limit to connect.
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from ..ports import Unavailable
from .certificate import TrustedBy, current
from .credentials import Credential, credential_of

PORT = 4190
MOST_OCTETS = 1 << 20  # of a script, and of all lines of one answer
CONNECTS_WITHIN_S = 5.0
MOST_SCRIPTS = 20  # the one that runs, and those that it includes

_LITERAL = re.compile(rb"\{(\d{1,7})\+?\}\r\n$")
_STATUS = re.compile(rb"(OK|NO|BYE)\b", re.IGNORECASE)


@dataclass(slots=True)
class SieveLook:
    """password: never sent without TLS, but to this machine itself."""

    host: str
    port: int
    trusted_by: TrustedBy
    username: str
    password: str | Credential

    async def running(self, included: Callable[[str], Collection[str]]) -> Mapping[str, str]:
        """The script that runs, and those that it includes, by their names; empty: none runs.

        included: the names that a script includes. Raises Unavailable: the server does not offer to tell.
        """
        try:
            async with asyncio.timeout(CONNECTS_WITHIN_S):
                reader, writer = await asyncio.open_connection(self.host, self.port, limit=MOST_OCTETS)
        except (OSError, TimeoutError) as error:
            raise Unavailable(f"nothing answers at port {self.port}") from error
        try:
            return await self._read(reader, writer, included)
        except (OSError, ValueError, asyncio.IncompleteReadError) as error:
            raise Unavailable(f"port {self.port} does not speak ManageSieve ({error})") from error
        finally:
            writer.close()

    async def _read(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        included: Callable[[str], Collection[str]],
    ) -> Mapping[str, str]:
        offered = b"".join(await _answer(reader)).upper()
        if b'"STARTTLS"' in offered and (context := current(self.trusted_by)) is not None:
            await _say(reader, writer, b"STARTTLS")
            await writer.start_tls(context, server_hostname=self.host)
            await _answer(reader)  # its abilities anew: RFC 5804 section 2.2
        elif not _is_this_machine(self.host):
            raise Unavailable("it offers no STARTTLS")
        secret = await credential_of(self.password).get()
        plain = base64.b64encode(f"\0{self.username}\0{secret}".encode())
        await _say(reader, writer, b'AUTHENTICATE "PLAIN" "' + plain + b'"')
        names: set[str] = set()
        wanted: list[str] = []
        for line in await _say(reader, writer, b"LISTSCRIPTS"):
            name, is_active = _name_in(line)
            names.add(name)
            if is_active:
                wanted.append(name)
        found: dict[str, str] = {}
        while wanted and len(found) < MOST_SCRIPTS:
            name = wanted.pop()
            lines = await _say(reader, writer, b"GETSCRIPT " + _quoted(name))
            found[name] = b"".join(lines).decode(errors="replace")
            wanted += [each for each in included(found[name]) if each in names and each not in found]
        return found


def _name_in(line: bytes) -> tuple[str, bool]:
    """Of a line of LISTSCRIPTS, whose name is in quotes or was a literal; and whether that script runs."""
    name = line.strip()
    is_active = name[-7:].upper() == b" ACTIVE"
    name = name[:-7].rstrip() if is_active else name
    if name[:1] == name[-1:] == b'"':
        name = re.sub(rb"\\(.)", rb"\1", name[1:-1])
    return name.decode(errors="surrogateescape"), is_active


def _quoted(name: str) -> bytes:
    octets = name.encode(errors="surrogateescape")
    return b'"' + octets.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


async def _say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, command: bytes) -> list[bytes]:
    writer.write(command + b"\r\n")
    await writer.drain()
    return await _answer(reader)


async def _answer(reader: asyncio.StreamReader) -> list[bytes]:
    """The lines before OK, each string in its quotes or as its octets. Raises Unavailable: NO or BYE."""
    lines: list[bytes] = []
    room = MOST_OCTETS
    while True:
        line = await reader.readuntil(b"\r\n")
        if literal := _LITERAL.search(line):
            count = int(literal[1])
            if count > room:
                raise ValueError("a string too large")
            line = line[: literal.start()] + await reader.readexactly(count)
        elif status := _STATUS.match(line):
            if status[1].upper() != b"OK":
                raise Unavailable(f"it says {line.decode(errors='replace').strip()[:200]}")
            return lines
        room -= len(line)
        if room < 0:
            raise ValueError("an answer without an end")
        lines.append(line)


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
