"""A connection while it idles: in the event loop, which nothing here blocks, and without a thread.

Once a minute the IDLE ends, the server is asked how the other mailboxes are, and the next IDLE begins. The
turn of a thread for it was most of what an idle account cost. Whatever else is asked, a thread asks.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Mapping, Sequence

from ...ports.bell import HeardBy
from . import commands
from .client import Client, Command
from .waiting import ring

_HINT = re.compile(rb"^\* \d+ (EXISTS|EXPUNGE|FETCH|RECENT)\b", re.IGNORECASE | re.MULTILINE)

_ENOUGH = 2  # times in a row that it did not work

Seen = Mapping[bytes, commands.Status | None]
"""How mailboxes were when each was last opened, by the server's names."""


class Idling:
    """Over one connection at a time. Errors are the client's, and TimeoutError.

    since: when the IDLE began, by the loop's clock; None: it does not idle.
    read_timeout_s: between two octets of an answer; answer_timeout_s: of one answer.
    """

    def __init__(self, read_timeout_s: float, answer_timeout_s: float) -> None:
        self._read_timeout_s, self._answer_timeout_s = read_timeout_s, answer_timeout_s
        self._client: Client | None = None
        self.since: float | None = None
        self._descriptor: int | None = None  # on which the event loop listens
        self._heard: asyncio.Future[bool] | None = None  # of whoever waits
        self._failure: Exception | None = None
        self._no_news: tuple[Seen, bytes] | None = None  # how it was seen, and the answer that it is so
        # How often in a row commands in one piece were not all answered; a first time, it was not tried yet.
        self._unanswered = 1

    def begin(self, client: Client) -> None:
        """Over this connection."""
        self._client, self._failure, self._no_news = client, None, None

    def end(self, failure: Exception) -> None:
        """With the connection; whoever waits hears of it."""
        self.leave()
        self._client, self.since, self._failure = None, None, failure
        if self._heard is not None:
            ring(self._heard)

    @property
    def _over(self) -> Client:
        assert self._client is not None
        return self._client

    def leave(self) -> None:
        """Before a thread takes the connection, or its descriptor becomes another's."""
        if self._descriptor is not None:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            self._descriptor = None

    async def start(self) -> bool:
        """Whether there was a hint at once. Where the server refuses, it does not idle afterwards."""
        self._over.blocks(is_so=False)
        return _is_hint(*await self._say([self._over.idle()]))

    async def renew(self, seen: Seen) -> bool:
        """End the IDLE, ask how these mailboxes are, and begin the next. Whether there is news.

        Mostly the answer is, octet for octet, the one that told of nothing new; then nobody takes it apart.
        """
        done, asked = self._over.done(), self._over.statuses(tuple(seen))
        answers = await self._say([done, *asked, self._over.idle()])
        told = b"".join(answer[: _last_line_at(answer)] for answer in answers[1:-1])
        if _is_hint(answers[0], answers[-1]):
            return True
        if (seen, told) == self._no_news:
            return False
        self._over.put_back(b"".join(answers[1:-1]))
        is_news = commands.told_news(self._over, asked, seen)
        # A change that it told of in between is news each time, though the octets be the same.
        self._no_news = None if is_news or _is_hint(told) else (seen, told)
        return is_news

    async def _say(self, said: Sequence[Command]) -> list[bytes]:
        """Commands, of which the last is IDLE; the answers.

        They go in one piece (RFC 9051 section 5.5), as Apple's programs send them, too. Where that does not
        work the first time, or twice in a row, it is not tried again: some servers pass over what follows
        DONE.
        """
        self.since, is_at_once = None, self._unanswered < _ENOUGH and len(said) > 1
        if is_at_once:
            self._unanswered += 1
            self._over.send(b"".join(octets for octets, _ in said))
        answers = []
        for octets, endings in said:
            if not is_at_once:
                self._over.send(octets)
            answers.append(await self._answer(endings))
        if is_at_once:
            self._unanswered = 0
        if answers[-1].startswith(b"+", _last_line_at(answers[-1])):
            self.since = asyncio.get_running_loop().time()
        return answers

    async def hint_arrives(self, timeout_s: float, wake: asyncio.Event) -> bool:
        """Wait for a line that is a hint, until the event is set, or time is up."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        while True:
            if _HINT.search(self._over.received()):
                return True
            left_s = deadline - loop.time()
            if wake.is_set() or left_s <= 0:
                return False
            await self._hear(left_s, wake)

    async def _answer(self, endings: Sequence[bytes]) -> bytes:
        """What the server says, up to a line that begins with one of these. Raises TimeoutError."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._answer_timeout_s
        while not (said := self._over.received(*endings)):
            left_s = deadline - loop.time()
            if not await self._hear(min(left_s, self._read_timeout_s)):
                raise TimeoutError
        return said

    async def _hear(self, timeout_s: float, *events: asyncio.Event) -> bool:
        """Until something came, one of the events is set, or time is up; False: it is."""
        loop = asyncio.get_running_loop()
        heard: asyncio.Future[bool] = loop.create_future()
        self._heard = heard
        if self._descriptor is None:
            self._descriptor = self._over.descriptor
            loop.add_reader(self._descriptor, self._take)
        timer = loop.call_later(timeout_s, ring, heard, False)
        try:
            with HeardBy(heard, events):
                is_heard = await heard
        finally:
            timer.cancel()
            self._heard = None
        if self._failure is not None:
            raise self._failure
        return is_heard

    def _take(self) -> None:
        """There is something to read."""
        if self._heard is None or self._heard.done():
            self.leave()  # nobody waits for it now, and the event loop would come here again and again
            return
        try:
            self._over.receive()
        except (BlockingIOError, ssl.SSLWantReadError):
            return  # a part of a record of TLS
        except Exception as failure:
            self._failure = failure
        ring(self._heard)


def _is_hint(*said: bytes) -> bool:
    return any(map(_HINT.search, said))


def _last_line_at(octets: bytes) -> int:
    return octets.rfind(b"\n", 0, -1) + 1
