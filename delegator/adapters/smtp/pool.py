"""The connections to one submission server, in one login: made when needed, used again, few at a time.

Of the 0.4 s that a mail takes at a round trip of 50 ms, three quarters go into the connection and the login.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from ...ports.bell import Bell
from .session import Session

CONNECTIONS = 2
"""At once. Microsoft 365 takes three of an account, and the owner's own mail program needs one."""

MAILS = 100
"""On one connection. Servers close after 10, 100 or never; one that does so earlier is asked anew."""

LINGER_S = 5.0
"""How long a connection waits for the next mail of a burst. Firewalls forget it after half a minute."""

_END_WITHIN_S = 1.0


class Pool:
    """open_session: raises whatever keeps a connection from being made. linger_s: 0: none is used again."""

    def __init__(self, open_session: Callable[[], Awaitable[Session]], linger_s: float) -> None:
        self._open_session, self._linger_s = open_session, linger_s
        self._idle: dict[Session, asyncio.TimerHandle] = {}
        self._made, self._at_most = 0, CONNECTIONS  # _made: those under way, in use and idle
        self._freed = Bell()

    async def take(self, *, is_new: bool = False) -> Session:
        """Give it back with `keep`, or `drop` it. is_new: not one that was used before."""
        while True:
            if is_new:
                self._end_all()
            while self._idle:
                session, timer = self._idle.popitem()  # the one that was used last
                timer.cancel()
                is_awake = False
                try:
                    is_awake = await session.wake()
                finally:  # whoever is cancelled here leaves the place to others
                    if not is_awake:
                        self.drop(session, politely=False)
                if is_awake:
                    return session
            if self._made < self._at_most:
                self._made += 1
                try:
                    return await self._open_session()
                except BaseException as fault:
                    self._forget_one()
                    # One more than the server takes of us: the other one has to do, until all are closed.
                    if not isinstance(fault, Exception) or not self._made:
                        raise
                    self._at_most = 1
                    continue  # it may have become idle meanwhile
            self._freed.clear()
            await self._freed.wait()

    def keep(self, session: Session) -> None:
        """It took a mail, and may take the next."""
        if not self._linger_s or session.mails >= MAILS:
            self.drop(session, politely=True)
            return
        session.rest(partial(self._end_idle, session))
        loop = asyncio.get_running_loop()
        self._idle[session] = loop.call_later(self._linger_s, self._end_idle, session)
        self._freed.set()

    def drop(self, session: Session, *, politely: bool) -> None:
        session.end(politely=politely)
        self._forget_one()

    async def close(self) -> None:
        """Those that are idle. The servers hear of it before this returns, if they listen."""
        await asyncio.gather(*(session.ended(_END_WITHIN_S) for session in self._end_all()))

    def _end_all(self) -> list[Session]:
        idle = list(self._idle)
        for session in idle:
            self._end_idle(session)
        return idle

    def _end_idle(self, session: Session) -> None:
        if (timer := self._idle.pop(session, None)) is not None:
            timer.cancel()
            self.drop(session, politely=True)

    def _forget_one(self) -> None:
        self._made -= 1
        if not self._made:
            self._at_most = CONNECTIONS
        self._freed.set()
