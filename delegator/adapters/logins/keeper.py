"""A login that goes on by itself: its token for each connect, refreshed and kept before it is used.

An access token is only in memory; what would bring a person back is in the state: the refresh token and
the one before. Nothing is deleted on an error: what is refused today may count again tomorrow.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from ...core.logins.consent import Consent
from ...core.logins.scopes import NAMES, LoginKey
from ...ports import Clock, LoginStore, Refused, Unavailable
from ..lanes import Lane
from .client import Answer, LoginClient, LoginFailed

T = TypeVar("T")

DAILY = timedelta(days=1)
EARLY_S = 300.0  # a token that ends within this is not begun with
_LANE = Lane(16, "logins")


class LoginKeeper:
    """One login of one account; a Credential. client: makes it, with the app's secrets as they are now."""

    is_token = True

    def __init__(
        self,
        name: str,
        provider: LoginKey,
        username: str,
        client: Callable[[], LoginClient],
        store: LoginStore,
        clock: Clock,
    ) -> None:
        self.name, self.provider, self.username = name, provider, username
        self._client, self._store, self._clock = client, store, clock
        self._lock = asyncio.Lock()
        self._answer: Answer | None = None
        self._ends_s = 0.0  # of the access token, by the clock that nobody sets
        self._refreshed_at: datetime | None = None
        self._is_app = False
        self._unwritten: tuple[Consent, bool] | None = None  # and whether its token is new

    @property
    def to_do(self) -> str:
        if self._is_app:
            return (
                "the app was let in by the token server, so the mailbox's own permission is missing: "
                "`delegator login` prints what the administrator runs (it may take two hours to count)"
            )
        return f"sign in as {self.username} with `delegator login`"

    async def get(self, refused: str = "") -> str:
        async with self._lock:
            answer, left_s = self._answer, self._ends_s - self._clock.elapsed_s()
            if answer is not None and answer.access_token != refused and left_s > EARLY_S:
                return answer.access_token
            try:
                return (await self._refresh()).access_token
            except Unavailable:
                if answer is not None and answer.access_token != refused and left_s > 0:
                    return answer.access_token  # it is good for a little longer
                raise

    async def refresh_now(self) -> None:
        """Raises Unavailable, Refused, StateError."""
        async with self._lock:
            await self._refresh()

    async def refresh_if_due(self) -> datetime:
        """Once a day, so that it goes on and its end is seen early; when to do so again.

        Raises as `refresh_now`.
        """
        now, last_at = self._clock.now(), await self._last_refresh_at()
        if last_at is None or not timedelta() <= now - last_at < DAILY:
            await self.refresh_now()
            last_at = now
        return last_at + DAILY

    async def _last_refresh_at(self) -> datetime | None:
        """When that was done last, by this process or an earlier one."""
        if self._refreshed_at is None and (kept := await self.consents()):
            return kept[0].refreshed_at
        return self._refreshed_at

    async def consents(self) -> list[Consent]:
        """The one that counts, and the one before; an app by itself needs none."""
        if self._is_app:
            return []
        found = (Consent.from_text(text) for text in await self._store.consents(self.name))
        return [consent for consent in found if consent is not None]

    async def keep(self, consent: Consent) -> None:
        """A person has consented anew."""
        async with self._lock:
            await self._store.keep_consent(self.name, consent.to_text(), is_new=True)
            self._answer, self._refreshed_at, self._unwritten = None, None, None

    async def _refresh(self) -> Answer:
        client = await self._blocking(self._client)
        self._is_app = client.is_app
        if client.is_app:
            answer = await self._blocking(lambda: client.by_itself(self.username))
            return self._begin(answer)
        await self._write()
        consents = await self.consents()
        if not consents:
            raise Refused(f"{NAMES[self.provider]}: nobody has signed in yet; run `delegator login`")
        used, answer = await self._refreshed(client, consents)
        await self._keep(used, answer)
        return self._begin(answer)

    async def _refreshed(self, client: LoginClient, consents: list[Consent]) -> tuple[Consent, Answer]:
        """By the newest that is taken: where the last one was lost on its way, the one before may count."""
        failure: Refused | None = None
        for consent in consents:
            try:
                return consent, await self._blocking(partial(client.refresh, consent.refresh_token))
            except LoginRefused as error:
                failure = failure or error
                if error.kind != "consent":
                    break
        assert failure is not None
        raise failure

    async def _keep(self, consent: Consent, answer: Answer) -> None:
        """On disk before it is used: a token that is lost brings a person back."""
        now = self._clock.now()
        rotated = consent.rotated(answer.refresh_token, now)
        self._unwritten = (rotated, rotated.refresh_token != consent.refresh_token)
        await self._write()

    async def _write(self) -> None:
        """What came and could not be written when it came (a full disk), too."""
        if self._unwritten is not None:
            consent, is_new = self._unwritten
            await self._store.keep_consent(self.name, consent.to_text(), is_new=is_new)
            self._unwritten = None

    def _begin(self, answer: Answer) -> Answer:
        self._answer, self._ends_s = answer, self._clock.elapsed_s() + answer.lives_s
        self._refreshed_at = self._clock.now()
        return answer

    async def _blocking(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.wrap_future(_LANE.submit(work))
        except LoginFailed as failed:
            raise LoginRefused(failed) from None


class LoginRefused(Refused):
    """The token server said no. kind: who must act."""

    def __init__(self, failed: LoginFailed) -> None:
        super().__init__(str(failed))
        self.kind = failed.fault.kind
