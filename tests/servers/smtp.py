"""A submission server on loopback that records everything and fails on demand (aiosmtpd).

It runs in the test's own event loop. A recipient's local part injects a fault for good: mail to
`temperror@` is deferred, to `permerror@` refused. `answer` does so for a number of times, at any
stage. What a server can do before its greeting (or without being one), `scripted` does.
"""

# ruff: noqa: N802  aiosmtpd finds its methods by these names

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers.ports import hold_port, port_of

USERNAME = "sofie@voorbeeld.example"
PASSWORD = "battery-staple-correct"

DROP = "drop"
"""For `answer`: cut the connection instead of answering."""

SILENCE = "silence"
"""For `answer`: keep the connection, and never answer."""

_MAGIC = {
    "temperror": "451 4.3.0 try again later",
    "permerror": "550 5.1.1 no such user",
}

Verb = Literal["EHLO", "AUTH", "MAIL", "RCPT", "DATA", "END"]


@cache
def authority() -> trustme.CA:
    """The certificate authority of all the recording servers of a test run."""
    return trustme.CA()


def trusting_context() -> ssl.SSLContext:
    """A client's TLS context that trusts the recording servers, and nobody else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority().configure_trust(context)
    return context


@cache
def _server_context(*names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert(*names).configure_cert(context)
    return context


@dataclass(frozen=True, slots=True)
class Received:
    """One mail whose final dot arrived, whatever was answered. octets: with dots undoubled.

    at: the event loop's clock, in seconds. options: of MAIL, upper case.
    """

    mail_from: str
    rcpt_tos: tuple[str, ...]
    octets: bytes
    at: float
    options: tuple[str, ...]

    @property
    def message_id(self) -> str:
        """The Message-ID in the mail's own header; "" if it has none."""
        for line in self.octets.partition(b"\r\n\r\n")[0].split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"message-id":
                return value.strip().decode()
        return ""


@dataclass(slots=True, kw_only=True)
class SmtpServer:
    """Start with `async with`, and there stop and start it: it comes back on the same port, with its record.

    accepted: mails that got their 250. received: all whose final dot arrived, those with a lost
    answer too. commands: the verb of each command and its argument; a login's says nothing of it.
    in_clear: every octet that a client sent outside TLS.
    size_limit: in octets, as SIZE says. withheld: keywords of EHLO that are not offered.
    takes_token: whether it is a valid one of token_user; None: XOAUTH2 and OAUTHBEARER are not offered.
    token_mechanisms: those of the two that are, else. takes_password: whether it offers PLAIN and LOGIN.
    pipelines: whether it offers PIPELINING (RFC 2920).
    deliver: is called with each mail that will be accepted, before the 250 goes out.
    refuses: what to answer to a mail's final dot; None: as `answer` says.
    contents: mails of which the content was asked for and is not answered yet.
    cut_after: octets after which a connection is cut, TLS aside, commands included.
    """

    security: Literal["tls", "starttls", "none"] = "tls"
    offers_login: bool = True
    needs_login: bool = True
    size_limit: int | None = None
    withheld: frozenset[str] = frozenset()
    certificate_names: tuple[str, ...] = ("localhost", "127.0.0.1")
    takes_token: Callable[[str], bool] | None = None
    token_mechanisms: tuple[str, ...] = ("XOAUTH2", "OAUTHBEARER")
    token_user: str = USERNAME
    takes_password: bool = True
    deliver: Callable[[Received], Awaitable[None]] | None = None
    refuses: Callable[[Received], Awaitable[str | None]] | None = None
    cut_after: int | None = None
    pipelines: bool = False
    host: str = "127.0.0.1"
    port: int = 0
    username: str = USERNAME
    password: str = PASSWORD
    accepted: list[Received] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    in_clear: bytearray = field(default_factory=bytearray)
    connections: int = 0
    contents: int = 0
    _answers: dict[str, list[str]] = field(default_factory=dict)
    _server: asyncio.Server | None = None
    _held: socket.socket | None = None
    _sessions: set[_Protocol] = field(default_factory=set)

    async def start(self) -> None:
        if self._held is None:
            self._held = hold_port(self.host, self.port)
            self.port = port_of(self._held)
        loop = asyncio.get_running_loop()
        context = _server_context(*self.certificate_names)
        self._server = await loop.create_server(
            lambda: _Protocol(self, context if self.security == "starttls" else None),
            self.host,
            self.port,
            ssl=context if self.security == "tls" else None,
        )

    async def stop(self) -> None:
        """As a crash would: every connection is cut."""
        if self._server is not None:
            self._server.close()
            sessions = list(self._sessions)
            tasks = [session._handler_coroutine for session in sessions if session._handler_coroutine]
            for session in sessions:
                session.abort()
            for task in tasks:
                task.cancel()  # aiosmtpd does not notice the end of a failed handshake
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._server.wait_closed()
            self._server = None

    async def __aenter__(self) -> SmtpServer:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        if self._held is not None:
            self._held.close()
            self._held = None

    def answer(self, verb: Verb, reply: str, *, times: int = 1) -> None:
        """Answer so, instead of yes, the next times; "": yes. END is the final dot. See DROP and SILENCE."""
        self._answers.setdefault(verb, []).extend([reply] * times)

    @property
    def not_offered(self) -> tuple[str, ...]:
        """The mechanisms that a connection could take, without those that are offered."""
        passwords = () if self.offers_login and self.takes_password else ("LOGIN", "PLAIN")
        offered = self.token_mechanisms if self.takes_token is not None else ()
        return (*passwords, *(name for name in ("XOAUTH2", "OAUTHBEARER") if name not in offered))

    @property
    def open_connections(self) -> int:
        return len(self._sessions)

    @property
    def recipients(self) -> set[str]:
        """Everyone whom a client ever asked to send to, accepted or not."""
        return {c.partition("<")[2].partition(">")[0] for c in self.commands if c.upper().startswith("RCPT")}

    def facts(self) -> dict[str, Any]:
        """What the gate's constructor wants to know of this server."""
        return {
            "host": self.host,
            "port": self.port,
            "security": self.security,
            "username": USERNAME,
            "password": PASSWORD,
            "ssl_context": trusting_context(),
        }


class _Protocol(SMTP):
    """One connection."""

    command_size_limit = 4096
    line_length_limit = 1 << 20

    def __init__(self, server: SmtpServer, tls_context: ssl.SSLContext | None) -> None:
        self.server = server
        self._count = 0
        super().__init__(
            _Handler(),
            hostname="mail.voorbeeld.example",
            ident="ready",
            data_size_limit=server.size_limit,
            enable_SMTPUTF8="SMTPUTF8" not in server.withheld,
            tls_context=tls_context,
            auth_require_tls=tls_context is not None,
            auth_exclude_mechanism=server.not_offered,
            authenticator=_log_in,
            loop=asyncio.get_running_loop(),
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.server._sessions.add(self)
        if self._original_transport is None:
            self.server.connections += 1
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.server._sessions.discard(self)
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        if self.transport and self.transport.get_extra_info("sslcontext") is None:
            self.server.in_clear += data
        self._count += len(data)
        if self.server.cut_after is not None and self._count > self.server.cut_after:
            self.abort()
        else:
            super().data_received(data)

    def abort(self) -> None:
        """Cut the connection."""
        transport = self._original_transport or self.transport
        if isinstance(transport, asyncio.WriteTransport):
            with suppress(AttributeError):  # Python 3.11.2, where it was closed twice
                transport.abort()

    async def fault(self, verb: Verb) -> str | None:
        """What to answer instead of yes, or None. Does not return where there is to be no answer."""
        answers = self.server._answers.get(verb)
        reply = answers.pop(0) if answers else None
        if reply == DROP:
            self.abort()
        if reply in (DROP, SILENCE):
            await asyncio.Event().wait()  # until the end of the connection cancels it
        return reply

    async def smtp_AUTH(self, arg: str) -> None:
        if fault := await self.fault("AUTH"):
            await self.push(fault)
        else:
            await super().smtp_AUTH(arg)

    async def auth_XOAUTH2(self, _: SMTP, arguments: list[str]) -> AuthResult:
        """Google's and Microsoft's; aiosmtpd finds it by its name."""
        return await self._take_token(
            "XOAUTH2", arguments, '{"status":"401","schemes":"bearer","scope":"mail"}'
        )

    async def auth_OAUTHBEARER(self, _: SMTP, arguments: list[str]) -> AuthResult:
        """RFC 7628."""
        return await self._take_token("OAUTHBEARER", arguments, '{"status":"invalid_token","scope":"mail"}')

    async def _take_token(self, mechanism: str, arguments: list[str], error: str) -> AuthResult:
        server = self.server
        server.commands.append(f"AUTH {mechanism}")
        sent = arguments[1] if len(arguments) > 1 else None
        message = base64.b64decode(sent) if sent else await self.challenge_auth(b"")
        assert isinstance(message, bytes)
        parts = message.split(b"\1")
        user = parts[0].removeprefix(b"user=").removeprefix(b"n,a=").rstrip(b",").decode()
        token = next(part[12:].decode() for part in parts if part.startswith(b"auth=Bearer "))
        assert server.takes_token is not None
        if user == server.token_user and server.takes_token(token):
            return AuthResult(success=True, handled=False, auth_data=LoginPassword(user.encode(), b""))
        await self.push(f"334 {base64.b64encode(error.encode()).decode()}")
        server.commands.append(f"end of error {(await self._reader.readline())!r}")
        await self.push("535 5.7.8 Authentication failed")
        return AuthResult(success=False, handled=True)

    async def smtp_DATA(self, arg: str) -> None:
        self.server.commands.append("DATA")
        if fault := await self.fault("DATA"):
            await self.push(fault)
            return
        self.server.contents += 1
        try:
            await super().smtp_DATA(arg)
        finally:
            self.server.contents -= 1


def _log_in(
    connection: SMTP, _session: object, _envelope: object, mechanism: str, login: LoginPassword
) -> AuthResult:
    assert isinstance(connection, _Protocol)
    connection.server.commands.append(f"AUTH {mechanism}")
    expected = (connection.server.username.encode(), connection.server.password.encode())
    is_known = (login.login, login.password) == expected
    return AuthResult(success=is_known, handled=False, auth_data=login)


class _Handler:
    """What aiosmtpd asks at each command: record it, then answer yes or what was ordered."""

    async def handle_EHLO(
        self, connection: _Protocol, session: Session, _: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        server = connection.server
        server.commands.append(f"EHLO {hostname}")
        if fault := await connection.fault("EHLO"):
            return [fault]
        session.host_name = hostname
        withheld = server.withheld if server.size_limit else server.withheld | {"SIZE"}
        kept = [line[4:] for line in responses if line[4:].split()[0] not in withheld]
        kept += ["PIPELINING"] if server.pipelines else []
        return [f"250-{line}" for line in kept[:-1]] + [f"250 {kept[-1]}"]

    async def handle_MAIL(
        self, connection: _Protocol, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        server = connection.server
        server.commands.append(" ".join((f"MAIL FROM:<{address}>", *options)))
        if fault := await connection.fault("MAIL"):
            return fault
        if server.needs_login and server.offers_login and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(
        self, connection: _Protocol, _: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        connection.server.commands.append(" ".join((f"RCPT TO:<{address}>", *options)))
        if fault := await connection.fault("RCPT") or _MAGIC.get(address.partition("@")[0]):
            return fault
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, connection: _Protocol, _: Session, envelope: Envelope) -> str:
        server = connection.server
        content = envelope.original_content
        mail = Received(
            mail_from=envelope.mail_from or "",
            rcpt_tos=tuple(envelope.rcpt_tos),
            octets=bytes(content or b""),
            at=asyncio.get_running_loop().time(),
            options=tuple(envelope.mail_options),
        )
        server.received.append(mail)
        if server.refuses is not None and (reply := await server.refuses(mail)):
            return reply
        # A mail whose answer is lost was taken all the same, and is delivered.
        if server.deliver is not None and server._answers.get("END", [])[:1] in ([], [DROP], [SILENCE]):
            await server.deliver(mail)
        if fault := await connection.fault("END"):
            return fault
        server.accepted.append(mail)
        return "250 2.0.0 Ok: queued"


@asynccontextmanager
async def scripted(replies: Iterable[bytes]) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server without TLS that says one thing at once and one after each line: its port, and the lines.

    After the last reply it closes the connection.
    """
    lines: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for number, reply in enumerate(replies):
                if number:
                    lines.append(await reader.readline())
                writer.write(reply)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], lines
