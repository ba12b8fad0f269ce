"""One registered app at one provider, as `delegator login` and the daemon use it. Everything here blocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ...core.logins.faults import LoginFault

ANSWER_TIMEOUT_S = 30.0


class LoginFailed(Exception):
    """The token server said no. str(): a sentence, and what to do."""

    def __init__(self, fault: LoginFault) -> None:
        super().__init__(str(fault))
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a token server. lives_s: the access token, from now on. refresh_token: None: as before.

    ends_at: of the refresh token, where it is told. username: who signed in, where it is told; roles: what
    an app may do by itself, object_id: of its enterprise application (Microsoft).
    """

    access_token: str
    lives_s: float
    refresh_token: str | None = None
    ends_at: datetime | None = None
    username: str = ""
    roles: tuple[str, ...] | None = None
    object_id: str = ""


@dataclass(frozen=True, slots=True)
class Begun:
    """A login that waits for a person. address: to be opened in a browser. kept: the library's own."""

    address: str
    kept: Any


class LoginClient(Protocol):
    """is_app: it logs in by itself, so that nobody has to consent.

    Each raises LoginFailed, and Unavailable where the token server gives no answer.
    """

    is_app: bool

    def begin(self, redirect: str, username: str) -> Begun: ...

    def finish(self, begun: Begun, parameters: dict[str, str], now: datetime) -> Answer:
        """parameters: of the address at which the browser ended."""

    def by_itself(self, username: str) -> Answer: ...

    def refresh(self, refresh_token: str) -> Answer: ...
