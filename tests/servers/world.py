"""A small internet: names, web servers, a Dovecot, submission servers, in a network namespace of its own.

Run as root in `unshare --net --mount`: `python -m tests.servers.world`. Its first line says how it is; it
ends when its input does. Programs enter by `nsenter`, and find real DNS on port 53 and real TLS on ports
443, 993 and 465; nothing in what is tested knows of it. `World` starts and ends it.

| domain            | what awaits whoever looks for its mail servers                            |
| ----------------- | ------------------------------------------------------------------------- |
| voorbeeld.example | autoconfig over https, a Dovecot with a year of mail, submission          |
| srv.example       | SRV records only (RFC 6186, RFC 8314)                                     |
| database.example  | Mozilla's database alone knows it                                         |
| microsoft.example | MX at Microsoft 365, and a web host's autoconfig that names the web host  |
| wrongcert.example | autoconfig with another name's certificate                                |
| blackhole.example | a web server that accepts and is silent; DNS that does not answer its SRV |
| liar.example      | autoconfig that names somebody else's server                              |
| bomb.example      | autoconfig of nested entities                                             |
| giant.example     | autoconfig without end                                                    |
| foreign.example   | SRV records that name somebody else's server                              |
| http.example      | autoconfig that redirects to http                                         |
| nothing.example   | a domain without any of it                                                |
| closed.example    | takes no mail (a null MX), and the database has a page without a name     |
| gmail.com         | its servers' names lead to a captive portal                               |
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import trustme

from tests.servers import smtp
from tests.servers.dovecot import PASSWORD, Dovecot, Options
from tests.year import OWNER, year_of_mail

ROOT = Path(__file__).parents[2]
CAN_ENTER = os.geteuid() == 0 and bool(shutil.which("unshare")) and bool(shutil.which("nsenter"))

USER = OWNER[1]
SRV_USER = "sofie@srv.example"

_MAIL, _PORTAL, _SILENT = "127.1.0.1", "127.1.0.9", "127.1.0.8"
_WEB = {
    name: f"127.2.0.{number}"
    for number, name in enumerate(
        (
            *("autoconfig.voorbeeld.example", "autoconfig.microsoft.example", "autoconfig.wrongcert.example"),
            *("autoconfig.liar.example", "autoconfig.bomb.example", "autoconfig.giant.example"),
            *("autoconfig.http.example", "autoconfig.thunderbird.net"),
        ),
        1,
    )
}

RECORDS: dict[str, tuple[str, ...]] = {
    "voorbeeld.example": ("MX 10 mx.voorbeeld.example.",),
    "imap.voorbeeld.example": (f"A {_MAIL}",),
    "smtp.voorbeeld.example": (f"A {_MAIL}",),
    "srv.example": ("MX 10 mx.srv.example.",),
    "imap.srv.example": (f"A {_MAIL}",),
    "smtp.srv.example": ("A 127.1.0.2",),
    "_imaps._tcp.srv.example": ("SRV 0 1 993 imap.srv.example.",),
    "_submissions._tcp.srv.example": ("SRV 0 1 465 smtp.srv.example.",),
    "database.example": ("MX 10 mx.database.example.",),
    "microsoft.example": ("MX 0 microsoft-example.mail.protection.outlook.com.",),
    "wrongcert.example": ("MX 10 mx.wrongcert.example.",),
    "blackhole.example": ("MX 10 mx.blackhole.example.", f"A {_SILENT}"),
    "autoconfig.blackhole.example": (f"A {_SILENT}",),
    "liar.example": ("MX 10 mx.liar.example.",),
    "bomb.example": ("MX 10 mx.bomb.example.",),
    "giant.example": ("MX 10 mx.giant.example.",),
    "foreign.example": ("MX 10 mx.foreign.example.",),
    "_imaps._tcp.foreign.example": ("SRV 0 1 993 imap.evil.example.",),
    "_submissions._tcp.foreign.example": ("SRV 0 1 465 imap.evil.example.",),
    "imap.evil.example": (f"A {_MAIL}",),
    "http.example": ("MX 10 mx.http.example.",),
    "nothing.example": ("MX 10 mx.nothing.example.",),
    "closed.example": ("MX 0 .",),
    "imap.gmail.com": (f"A {_PORTAL}",),
    "smtp.gmail.com": (f"A {_PORTAL}",),
    "outlook.office365.com": (f"A {_MAIL}",),
    "smtp.office365.com": ("A 127.1.0.3",),
    **{name: (f"A {address}",) for name, address in _WEB.items()},
}
UNANSWERED = ("_tcp.blackhole.example",)


def autoconfig(domain: str, imap: str, smtp_host: str) -> bytes:
    return f"""<?xml version="1.0"?>
<clientConfig version="1.1"><emailProvider id="{domain}"><domain>{domain}</domain>
<incomingServer type="imap"><hostname>{imap}</hostname><port>993</port><socketType>SSL</socketType>
<username>%EMAILADDRESS%</username><authentication>password-cleartext</authentication></incomingServer>
<outgoingServer type="smtp"><hostname>{smtp_host}</hostname><port>465</port><socketType>SSL</socketType>
<username>%EMAILADDRESS%</username><authentication>password-cleartext</authentication></outgoingServer>
</emailProvider></clientConfig>""".encode()


_BOMB = (
    b'<?xml version="1.0"?>\n<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>\n<clientConfig>&c;</clientConfig>'
)

_FILES = {
    "autoconfig.voorbeeld.example": autoconfig(
        "voorbeeld.example", "imap.voorbeeld.example", "smtp.voorbeeld.example"
    ),
    "autoconfig.microsoft.example": autoconfig(
        "microsoft.example", "mail.webhost.example", "mail.webhost.example"
    ),
    "autoconfig.wrongcert.example": autoconfig(
        "wrongcert.example", "imap.wrongcert.example", "imap.wrongcert.example"
    ),
    "autoconfig.liar.example": autoconfig("liar.example", "imap.evil.example", "imap.evil.example"),
    "autoconfig.bomb.example": _BOMB,
}
_DATABASE = {
    "/v1.1/database.example": autoconfig(
        "database.example", "imap.voorbeeld.example", "smtp.voorbeeld.example"
    ),
    "/v1.1/": autoconfig("closed.example", "imap.voorbeeld.example", "smtp.voorbeeld.example"),
}


class World:
    """Starts it, and ends it, with `with`. Needs root."""

    def __enter__(self) -> World:
        self.folder = Path(tempfile.mkdtemp(prefix="world-"))
        self.folder.chmod(0o755)
        self._process = subprocess.Popen(
            ["unshare", "--net", "--mount", sys.executable, "-m", "tests.servers.world", str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait(10)
            raise RuntimeError("the world does not start; see its stderr")
        self.mails = int(json.loads(line)["mails"])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def command(self, *words: str) -> list[str]:
        """`delegator` with these words, in the world."""
        enter = ["nsenter", "--target", str(self._process.pid), "--net", "--mount", "--wd=/"]
        return [*enter, *self.program(*words)]

    @staticmethod
    def program(*words: str) -> list[str]:
        """`delegator` with these words, as a command."""
        return [sys.executable, "-c", "from delegator.__main__ import main; main()", *words]

    def environment(self, home: Path, **more: str) -> dict[str, str]:
        """For a user who has only that home."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "SSL_CERT_FILE": str(self.folder / "authorities.pem"),
            "TZ": "Europe/Brussels",
            "LANG": "nl_BE.UTF-8",
            "PYTHONPATH": str(ROOT),
            **more,
        }

    def commands(self, user: str = USER) -> str:
        """What was said to the Dovecot after each login."""
        logs = sorted((self.folder / "users" / user / "rawlog").glob("*.in"))
        return "".join(path.read_text(errors="replace") for path in logs)


# --- inside


class _Names(asyncio.DatagramProtocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, address: tuple[str | int, int]) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        if name.endswith(UNANSWERED):
            return
        reply = dns.message.make_response(query, recursion_available=True)
        kind = dns.rdatatype.to_text(question.rdtype)
        texts = [text.partition(" ") for text in RECORDS.get(name, ())]
        found = [value for found_kind, _, value in texts if found_kind == kind]
        if found:
            reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *found))
        elif not any(known == name or known.endswith(f".{name}") for known in RECORDS):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        self._transport.sendto(reply.to_wire(), address)


Answer = Callable[[asyncio.StreamWriter, str], Awaitable[None]]


async def _web(address: str, certificate: ssl.SSLContext, answer: Answer) -> asyncio.Server:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, IndexError):
            request = await reader.readuntil(b"\r\n\r\n")
            await answer(writer, request.split()[1].decode().partition("?")[0])
        writer.close()

    return await asyncio.start_server(serve, address, 443, ssl=certificate)


def _reply(status: str, body: bytes = b"", more: str = "") -> bytes:
    header = f"HTTP/1.1 {status}\r\nContent-Type: text/xml\r\nConnection: close\r\n{more}"
    return f"{header}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _answer_of(name: str) -> Answer:
    async def answer(writer: asyncio.StreamWriter, path: str) -> None:
        if name == "autoconfig.thunderbird.net":
            body = _DATABASE.get(path)
            writer.write(_reply("200 OK", body) if body else _reply("404 Not Found"))
        elif name == "autoconfig.http.example":
            writer.write(_reply("302 Found", more="Location: http://autoconfig.evil.example/x\r\n"))
        elif name == "autoconfig.giant.example":
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<?xml version='1.0'?><clientConfig>")
            for _ in range(500):  # 5 MB: whoever reads at most 64 kB takes that for endless
                writer.write(b"<!-- " + b"x" * 10_000 + b" -->")
                await writer.drain()
                await asyncio.sleep(0.002)  # a writer whose reader has gone never waits in drain
        else:
            writer.write(_reply("200 OK", _FILES[name]))
        await writer.drain()

    return answer


async def _pipe(address: str, port: int, to: int) -> asyncio.Server:
    """The Dovecot of this world listens on ports of its own."""

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while octets := await reader.read(65536):
                writer.write(octets)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", to)
        await asyncio.gather(copy(reader, back), copy(there, writer))

    return await asyncio.start_server(serve, address, port)


async def _silence(address: str, port: int, certificate: ssl.SSLContext | None = None) -> asyncio.Server:
    """Accepts, and never says a word."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            await reader.read()
        writer.close()

    return await asyncio.start_server(serve, address, port, ssl=certificate)


def _fill(dovecot: Dovecot, user: str, until: datetime) -> int:
    """Straight into its Maildir, whose files' times are the INTERNALDATEs."""
    account = dovecot.account(user)
    home = account.server.base / "users" / user
    count = 0
    for count, mail in enumerate(year_of_mail(until), 1):
        folder = home / "Maildir" / ("" if mail.mailbox == "INBOX" else f".{mail.mailbox}")
        for part in ("cur", "new", "tmp"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        seconds = int(mail.at.timestamp())
        path = folder / "cur" / f"{seconds}.M{count}P1.world:2,S"
        path.write_bytes(mail.octets)
        os.utime(path, (seconds, seconds))
    owner = home.stat()
    for path in (home, *home.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)
    return count


async def _run(folder: Path) -> None:
    authority = trustme.CA()

    def certificate(*names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names).configure_cert(context)
        return context

    names = ("imap.voorbeeld.example", "imap.srv.example", "imap.evil.example", "outlook.office365.com")
    dovecot = Dovecot(Options(names=names, command_log=True))
    submission = [
        smtp.SmtpServer(
            host=host,
            port=465,
            username=user,
            password=PASSWORD,
            certificate_names=(name, "imap.evil.example"),
        )
        for host, user, name in (
            (_MAIL, USER, "smtp.voorbeeld.example"),
            ("127.1.0.2", SRV_USER, "smtp.srv.example"),
        )
    ]
    submission.append(
        smtp.SmtpServer(
            security="starttls", host="127.1.0.3", port=587, certificate_names=("smtp.office365.com",)
        )
    )
    submission.append(
        smtp.SmtpServer(
            host="127.1.0.2",
            port=587,
            username=SRV_USER,
            password=PASSWORD,
            certificate_names=("smtp.srv.example",),
        )
    )
    pems = [authority.cert_pem, dovecot.authority.cert_pem, smtp.authority().cert_pem]
    (folder / "authorities.pem").write_bytes(b"".join(pem.bytes() for pem in pems))
    (folder / "users").symlink_to(dovecot.base / "users")
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(_Names, local_addr=("127.0.0.1", 53))
    dovecot.start()
    try:
        count = _fill(dovecot, USER, datetime.now(UTC))
        dovecot.account(SRV_USER)
        await _pipe(_MAIL, 993, dovecot.port)
        await _pipe(_MAIL, 143, dovecot.plain_port)
        for name, address in _WEB.items():
            shown = "www.webhost.example" if "wrongcert" in name else name
            await _web(address, certificate(shown), _answer_of(name))
        await _silence(_SILENT, 443)
        portal = certificate("portal.hotel.example")
        for port in (443, 465, 993):
            await _silence(_PORTAL, port, portal)
        for server in submission:
            await server.start()
        print(json.dumps({"mails": count}), flush=True)
        await asyncio.to_thread(sys.stdin.buffer.read)
    finally:
        dovecot.remove()
        os._exit(0)  # whoever is connected waits for nothing more


def _take_over(folder: Path) -> None:
    """This namespace's own loopback and name server."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    resolv = folder / "resolv.conf"
    resolv.write_text("nameserver 127.0.0.1\noptions timeout:2 attempts:1\n")
    subprocess.run(["mount", "--bind", str(resolv), os.path.realpath("/etc/resolv.conf")], check=True)


def main(arguments: Sequence[str]) -> None:
    folder = Path(arguments[0])
    _take_over(folder)
    asyncio.run(_run(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
