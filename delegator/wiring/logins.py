"""Logins by OAuth 2: the tokens that the state's daemon gives, and the client by which a person signs in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from ..config import Config
from ..config.model import TokenLogin
from ..ports import Refused, Unavailable
from .ask_or_do import ask_or_do
from .parts import Parts

if TYPE_CHECKING:
    from ..adapters.logins.build import AnyClient
    from ..daemon.process import Talk
    from ..ports import Clock

P = ParamSpec("P")
T = TypeVar("T")


def asking_parts(state_dir: Path, clock: Clock | None = None) -> Parts:
    """For a command beside a daemon: the state's daemon, or the state where none runs, gives the tokens."""
    return Parts(clock, token_of=partial(AskedToken, state_dir))


class AskedToken:
    """A Credential whose token the state's daemon gives, or the state where none runs; asked for once."""

    is_token = True

    def __init__(self, state_dir: Path, config: Config, name: str) -> None:
        self._state_dir, self._config, self._name, self._token = state_dir, config, name, ""
        self.to_do = "sign in as the owner of this mailbox with `delegator login`"

    async def get(self, refused: str = "") -> str:
        if not self._token or self._token == refused:
            answer = await asyncio.to_thread(
                ask_login, self._config, self._state_dir, self._name, "token", refused=refused
            )
            self._token, self.to_do = str(answer["token"]), str(answer.get("to_do", self.to_do))
        return self._token


def ask_login(config: Config, state_dir: Path, name: str, command: str, **more: Any) -> Talk:
    """What the login's keeper answers: see `daemon.process`. Raises Unavailable, Refused, StateError."""
    request = {"command": command, "owner": config.owner.address, "login": name, **more}
    answer = ask_or_do(config, state_dir, request)
    if why := answer.get("why"):
        raise (Refused if answer.get("is_refused") else Unavailable)(str(why))
    return answer


def open_login(config: Config, login: TokenLogin) -> AnyClient:
    """The app's client. Blocks. Raises Refused."""
    from ..adapters.logins.build import login_client

    return login_client(login, config.path.parent)


def call_login(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What the token server answers. Blocks. Raises Unavailable, LoginRefused."""
    from ..adapters.logins.client import LoginFailed
    from ..adapters.logins.keeper import LoginRefused

    try:
        return work(*args, **kwargs)
    except LoginFailed as failed:
        raise LoginRefused(failed) from None
