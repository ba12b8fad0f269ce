"""What a mail server says before anybody logs in: its certificate, and which logins it knows."""

from __future__ import annotations

import asyncio
import imaplib
from typing import Literal

from ...ports import Greeting, Unavailable
from ..certificate import TrustedBy, certificate_until, current
from ..lanes import Lane
from .client import Client, Dial
from .errors import ODD_ANSWER, explained

_LANE = Lane(2, "greeting")


async def greet(
    host: str,
    port: int,
    security: Literal["tls", "starttls", "none"],
    trusted_by: TrustedBy,
    *,
    within_s: float,
) -> Greeting:
    """Nothing is sent but CAPABILITY, and STARTTLS where that is asked for. Raises Unavailable, Refused."""
    where, dial = f"{host} port {port}", Dial()

    def look() -> Greeting:
        client = Client(host, port, security, current(trusted_by), within_s, within_s, dial)
        try:
            known = {name.decode("ascii", "replace").upper() for name in client.capabilities()}
            mechanisms = {name.removeprefix("AUTH=") for name in known if name.startswith("AUTH=")}
            if "LOGINDISABLED" not in known:
                mechanisms.add("LOGIN")
            return Greeting(frozenset(mechanisms), certificate_until(client.socket()))
        finally:
            client.leave()
            client.shutdown()

    work = _LANE.submit(look)
    try:
        async with asyncio.timeout(within_s):
            return await asyncio.wrap_future(work)
    except TimeoutError:
        dial.give_up()
        raise Unavailable(f"{where}: no answer within {within_s:.0f} seconds") from None
    except (OSError, imaplib.IMAP4.error, *ODD_ANSWER) as error:
        raise explained(error, where, "") from error
