"""What logs in to a server: a password or a token, asked for at each connect.

Whatever gives it may block (a vault, a token server): it does so in a lane of its own, in which it holds up
no mailbox.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from ..config.secrets import SecretError
from ..ports import Refused
from .lanes import Lane

_LANE = Lane(16, "credentials")


class Credential(Protocol):
    """is_token: of OAuth 2. to_do: what a person does about one that the server refuses."""

    @property
    def is_token(self) -> bool: ...

    @property
    def to_do(self) -> str: ...

    async def get(self, refused: str = "") -> str:
        """The secret for a login that begins now.

        refused: the one that the server has just refused, so that another is wanted, if there is one.
        Raises Unavailable, Refused.
        """


PASSWORD_TO_DO = (
    "check the user name and the password (some providers want an app password, or IMAP to be allowed first)"
)
TOKEN_TO_DO = "see that the command under `token` gives a token of this mailbox, for IMAP and for SMTP"


class Password:
    """One that stays as it is."""

    is_token = False
    to_do = PASSWORD_TO_DO

    def __init__(self, text: str) -> None:
        self._text = text

    async def get(self, refused: str = "") -> str:
        return self._text


class FixedToken:
    """One that was just got, to be tried."""

    is_token = True

    def __init__(self, token: str, to_do: str) -> None:
        self._token, self.to_do = token, to_do

    async def get(self, refused: str = "") -> str:
        return self._token


class Printed:
    """What a command prints. A password is asked for once a login, a token again when it was refused."""

    def __init__(self, read: Callable[[], str], *, is_token: bool) -> None:
        self._read, self.is_token = read, is_token
        self.to_do = TOKEN_TO_DO if is_token else PASSWORD_TO_DO

    async def get(self, refused: str = "") -> str:
        if refused and not self.is_token:
            return refused
        try:
            return await asyncio.wrap_future(_LANE.submit(self._read))
        except SecretError as error:
            raise Refused(str(error)) from None


def credential_of(secret: str | Credential) -> Credential:
    return Password(secret) if isinstance(secret, str) else secret
