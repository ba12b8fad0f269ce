"""The logins by OAuth 2: refreshed daily, whether anything connects or not, so that an end is seen early."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..core.health import Subject
from ..ports import Refused, Unavailable
from .loops import Wait
from .tenure import Tenure

TURN_AT_MOST_S = 10 * 60.0
AGAIN_AFTER = timedelta(minutes=5)
AGAIN_AFTER_REFUSAL = timedelta(hours=1)  # it waits for a person, who may also mend it at the provider


class LoginWatch:
    """For ever, while the account has a login."""

    def __init__(self, tenure: Tenure) -> None:
        self._tenure, self._health, self._clock = tenure, tenure.health, tenure.tools.clock

    async def turn(self) -> Wait:
        self._tenure.bells.login.clear()
        self._health.expect(Subject.LOGIN, TURN_AT_MOST_S)
        next_at = await self.look()
        self._health.rests(Subject.LOGIN)
        return Wait(next_at, (self._tenure.bells.login,))

    async def look(self) -> datetime:
        """Refresh what is due; when to look again."""
        due: list[datetime] = []
        faults: list[str] = []
        for login in self._tenure.tools.logins.values():
            now = self._clock.now()
            try:
                due.append(await login.refresh_if_due())
            except Refused as fault:
                due.append(now + AGAIN_AFTER_REFUSAL)
                faults.append(str(fault))
            except Unavailable as fault:
                due.append(now + AGAIN_AFTER)
                faults.append(str(fault))
        if faults:
            what = "; ".join(dict.fromkeys(faults))
            before = self._health.faults.get(Subject.LOGIN)
            if before is None or before.what != what:
                self._tenure.tools.log.login_refused(what=what)
            self._health.failed(Subject.LOGIN, "server", what)
        else:
            self._health.succeeded(Subject.LOGIN)
        return min(due)
