"""The demo's mail servers, in its own process: pymap holds the owner's mailbox, aiosmtpd takes submissions.

Both listen on a loopback port that the system chooses, and remember everything. Nothing leaves this machine.
"""

from __future__ import annotations

import asyncio
import logging
import time
from argparse import Namespace
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from aiosmtpd.smtp import SMTP, Envelope, Session
from proxyprotocol.sock import SocketInfoLocal
from pymap.backend.dict import DictBackend, Identity
from pymap.concurrent import Event
from pymap.context import connection_exit
from pymap.exceptions import MailboxNotFound
from pymap.imap import IMAPConnection
from pymap.imap.state import ConnectionState
from pymap.parsing.command.select import IdleCommand
from pymap.parsing.message import AppendMessage
from pymap.parsing.response import UntaggedResponse
from pysasl.hashing import Cleartext

HOST = "127.0.0.1"


class Mailbox:
    """The owner's mailbox."""

    def __init__(self, identity: Identity, port: int) -> None:
        self._identity = identity
        self.port = port

    async def deliver(self, octets: bytes, arrived_at: datetime) -> int:
        """Into INBOX, with that INTERNALDATE; the UID."""
        async with self._identity.new_session() as session:
            inbox = await session.mailbox_set.get_mailbox("INBOX")
            message = await inbox.append(AppendMessage(octets, arrived_at, frozenset()), recent=True)
            return int(message.uid)

    async def message_ids(self, mailbox: str) -> list[str]:
        """The Message-IDs of what lies there now; none where there is no such mailbox."""
        async with self._identity.new_session() as session:
            try:
                there = await session.mailbox_set.get_mailbox(mailbox)
            except MailboxNotFound:
                return []
            found = []
            async for message in there.messages():
                assert message._content is not None
                found.append(_message_id(bytes(message._content)))
            return found


def _message_id(octets: bytes) -> str:
    header = octets.partition(b"\r\n\r\n")[0]
    for line in header.splitlines():
        name, _, value = line.partition(b":")
        if name.lower() == b"message-id":
            return value.strip().decode()
    return ""


class _State(ConnectionState):
    """pymap's IDLE waits for the next change, and keeps what came between the last command and IDLE."""

    async def receive_updates(self, cmd: IdleCommand, done: Event) -> Iterable[UntaggedResponse]:
        selected = await self.session.check_mailbox(self.selected)
        self._selected, untagged = selected.fork(cmd)
        return list(untagged) or await super().receive_updates(cmd, done)


@asynccontextmanager
async def mailbox(username: str, password: str) -> AsyncIterator[Mailbox]:
    """An empty mailbox behind IMAP."""
    arguments = Namespace(
        host=HOST,
        port=0,
        debug=False,
        cert=None,
        key=None,
        tls=False,
        passlib_cfg=None,
        proxy_protocol=None,
        inherited_sockets=None,
        demo_data=False,
        demo_user=username,
        demo_password=password,
    )
    backend, config = await DictBackend.init(
        arguments, secure_auth=False, invalid_user_sleep=0, hash_context=Cleartext()
    )
    config.apply_context()
    # pymap says BYE to a client that was killed, octet by octet; that this fails is no news.
    logging.getLogger("asyncio").setLevel(logging.ERROR)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = IMAPConnection(config.commands, config, reader, writer, SocketInfoLocal(writer))
        async with AsyncExitStack() as stack:
            connection_exit.set(stack)
            stack.callback(connection.close)
            await connection.run(_State(backend.login, config))

    async with await asyncio.start_server(serve, HOST, 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield Mailbox(Identity(username, backend.login, None, frozenset()), port)


@dataclass(frozen=True, slots=True)
class Submitted:
    """One mail that the submission server took. at: time.perf_counter() when it did."""

    sender: str
    recipients: tuple[str, ...]
    octets: bytes
    at: float

    @property
    def message_id(self) -> str:
        return _message_id(self.octets)


@dataclass  # without slots: aiosmtpd looks at every attribute, and in 3.11.2 a slotted one has a broken one
class Submission:
    """The owner's submission server.

    unknown: addresses that do not exist any more. heard: is told of each mail that is taken, before the
    client is. held: is told when a mail lies unanswered. taken: every mail that was accepted, in order.
    refused: reverse-path and recipient. hold: leave the next mail unanswered; is_held: one lies there.
    """

    unknown: frozenset[str]
    heard: Callable[[Submitted], Awaitable[None]]
    held: Callable[[], None]
    port: int = 0
    taken: list[Submitted] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    hold: bool = False
    is_held: bool = False

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's names
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.unknown:
            self.refused.append((envelope.mail_from or "", address))
            return "550 5.1.1 No such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.hold:
            self.hold, self.is_held = False, True
            self.held()
            await asyncio.Event().wait()  # until the client is gone
        assert isinstance(envelope.content, bytes)
        mail = Submitted(
            envelope.mail_from or "", tuple(envelope.rcpt_tos), envelope.content, time.perf_counter()
        )
        self.taken.append(mail)
        await self.heard(mail)
        return "250 OK"


@asynccontextmanager
async def submission(
    unknown: frozenset[str], heard: Callable[[Submitted], Awaitable[None]], held: Callable[[], None]
) -> AsyncIterator[Submission]:
    """A submission server on loopback, without TLS or login, that keeps what it takes."""
    handler = Submission(unknown, heard, held)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(handler, hostname="demo.example", enable_SMTPUTF8=True), HOST, 0
    )
    handler.port = server.sockets[0].getsockname()[1]
    async with server:
        yield handler
