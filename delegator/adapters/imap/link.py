"""One account's connection to its mail server, and work over it in the pool that all accounts share."""

from __future__ import annotations

import asyncio
import imaplib
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar

from ...ports import MailboxFacts, ServerFacts, Unavailable
from ..certificate import TrustedBy, current
from ..credentials import Credential, credential_of
from ..lanes import HostLanes
from . import commands
from .client import Client, Dial
from .errors import ODD_ANSWER, explained
from .idling import Idling
from .login import Login, SecretRefused
from .waiting import Patience

P = ParamSpec("P")
T = TypeVar("T")

NEWS = frozenset({"EXISTS", "EXPUNGE"})


class Link:
    """The connection of one account: made, lost, made again; and commands over it.

    ssl_context: gives what all connections share that trust the same authorities (41 instead of 877 KiB
    for each); None only where security is "none".
    password: or what gives it, or a token instead.
    lanes: of its server; they run what blocks.
    connect_timeout_s: of TCP; begin_timeout_s: from there to the end of the login, that may come in drops.
    read_timeout_s: between two octets (70 s for a SELECT were seen); command_timeout_s: of one answer.
    poll_interval_s: how often to ask, where the server cannot IDLE.
    """

    def __init__(
        self,
        host: str,
        port: int,
        security: Literal["tls", "starttls", "none"],
        ssl_context: TrustedBy,
        username: str,
        password: str | Credential,
        lanes: HostLanes,
        *,
        connect_timeout_s: float = 30,
        begin_timeout_s: float = 300,
        read_timeout_s: float = 180,
        command_timeout_s: float = 600,
        poll_interval_s: float = 30,
    ) -> None:
        self._host = host
        self._port = port
        self._security = security
        self._ssl_context = ssl_context
        self._username, self._credential = username, credential_of(password)
        self._secret = ""  # of the last login, which a server's words may repeat
        self._lanes, self._is_suspect = lanes, False  # whether it gave no answer last time
        self._connect_timeout_s = connect_timeout_s
        self._begin_timeout_s = begin_timeout_s
        self._read_timeout_s = read_timeout_s
        self._command_timeout_s = command_timeout_s
        self._poll_interval_s = poll_interval_s
        self._where = f"{host} port {port}"
        self._client: Client | None = None
        self._running: Future[Any] | None = None
        self._idling = Idling(read_timeout_s, command_timeout_s)
        self._facts = ServerFacts(can_idle=False, can_move=False, delimiter="/", prefix="")
        self._opened: tuple[MailboxFacts, bool] | None = None  # and whether it is for reading only
        # The changes that the server told of since `uids` last asked: no IDLE will repeat them.
        self._told: frozenset[str] = frozenset()
        self._seen: dict[str, commands.Status | None] = {}  # mailboxes, when each was last opened
        self._login = Login(host, port, username, self._credential)
        self._patience = Patience()

    async def connect(self) -> ServerFacts:
        await self.close()
        self._secret = await self._credential.get()
        try:
            return await self._begin()
        except SecretRefused:  # a token may have expired by the server's clock: a fresh one tells
            refused, self._secret = self._secret, await self._credential.get(refused=self._secret)
            if self._secret == refused:
                raise
            return await self._begin()

    async def _begin(self) -> ServerFacts:
        dial = Dial()
        lane = self._lanes.suspects if self._is_suspect else self._lanes.connecting
        self._is_suspect, connecting = True, lane.submit(self._connect, dial)
        try:
            async with asyncio.timeout(self._connect_timeout_s + self._begin_timeout_s):
                client, facts = await asyncio.wrap_future(connecting)
        except asyncio.CancelledError:
            connecting.add_done_callback(_discard)
            dial.give_up()
            raise
        except (OSError, imaplib.IMAP4.error, *ODD_ANSWER) as error:
            connecting.add_done_callback(_discard)
            dial.give_up()  # a greeting that comes in drops holds no thread
            raise explained(error, self._where, self._secret) from error
        if not self._patience.may_idle(asyncio.get_running_loop().time()):
            facts = replace(facts, can_idle=False, is_cut_in_idle=True)
        self._client, self._facts, self._is_suspect = client, facts, False
        self._idling.begin(client)
        self._opened, self._told = None, frozenset()
        self._seen.clear()
        return facts

    def _connect(self, dial: Dial) -> tuple[Client, ServerFacts]:
        client = Client(
            self._host,
            self._port,
            self._security,
            current(self._ssl_context),
            self._connect_timeout_s,
            self._read_timeout_s,
            dial,
        )
        try:
            self._login.enter(client, self._secret)
            facts = commands.server_facts(client)
            client.take_announced()
        except BaseException:
            client.shutdown()
            raise
        return client, facts

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is None:
            return
        self._idling.end(Unavailable(f"{self._where}: not connected"))
        if self._running is None or self._running.done():
            client.leave()
            client.shutdown()
        else:
            client.interrupt()
            self._running.add_done_callback(lambda _: client.shutdown())

    async def _run(self, work: Callable[Concatenate[Client, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do blocking work with the client in the pool. An IDLE ends before it, in the same turn."""
        is_idling, self._idling.since = self._idling.since is not None, None

        def run(client: Client) -> T:
            if is_idling:
                client.stop_idle()
            return work(client, *args, **kwargs)

        return await self._call(run)

    async def _call(self, work: Callable[[Client], T]) -> T:
        client = self._client
        if client is None or (self._running and not self._running.done()):
            raise Unavailable(f"{self._where}: not connected")

        self._idling.leave()

        def run() -> T:
            client.blocks(is_so=True)
            try:
                return work(client)
            finally:
                self._told |= client.take_announced() & NEWS

        lane = self._lanes.suspects if self._is_suspect else self._lanes.commands
        self._is_suspect, self._running = True, lane.submit(run)
        try:
            async with asyncio.timeout(self._command_timeout_s):
                result: T = await asyncio.wrap_future(self._running)
            self._is_suspect = False
            return result
        except (OSError, imaplib.IMAP4.error, *ODD_ANSWER) as error:
            self._is_suspect = isinstance(error, OSError | imaplib.IMAP4.abort)  # any other is an answer
            raise explained(error, self._where, self._secret) from error
        finally:
            if self._running is not None and self._running.done():
                self._running = None  # it holds a lock, a queue and the answer

    @property
    def can_move(self) -> bool:
        return self._facts.can_move


def _discard(connecting: Future[tuple[Client, ServerFacts]]) -> None:
    """Nobody waits for this connection any more."""
    if not connecting.cancelled() and connecting.exception() is None:
        connecting.result()[0].shutdown()
