"""What one run of `check` has found so far, and the sentences that several parts of it say."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from ..adapters.reach import begins_with_tls
from ..config.model import Server
from ..core.providers import Provider, refusal_of
from ..reports.check import Finding, Level

T = TypeVar("T")

LONGEST_S = 15.0  # that one probe may take: whoever runs `check` waits for it
_TLS_WITHIN_S = 5.0
EXPIRES_SOON = timedelta(days=14)  # machines renew a certificate 30 days before its end
CLOCK_MAY_DIFFER = timedelta(minutes=2)


@dataclass(slots=True)
class Findings:
    """In the order in which people set things up. told: hears of each as it is found.

    provider: whose servers are looked at, so that their refusals can be explained; None: nobody's known.
    """

    found: list[Finding] = field(default_factory=list)
    told: Callable[[Finding], None] = lambda finding: None
    provider: Provider | None = None

    def add(self, area: str, level: Level, what: str, to_do: str = "") -> None:
        self.tell(Finding(area, level, what, to_do))

    def tell(self, finding: Finding) -> None:
        self.found.append(finding)
        self.told(finding)

    async def within(
        self, area: str, what: str, probe: Awaitable[T], opening: Server | None = None
    ) -> T | None:
        """The probe's answer; None if it took too long, which is noted: slow is no error.

        what: is not known then. The connection that it used is of no use any more. opening: the server whose
        first word is waited for: one that waits for TLS is not slow, but a problem.
        """
        try:
            async with asyncio.timeout(LONGEST_S):
                return await probe
        except TimeoutError:
            asked = opening if opening is not None and opening.security == "starttls" else None
            if asked is not None and await begins_with_tls(asked.host, asked.port, _TLS_WITHIN_S):
                what = f"{asked.host} port {asked.port}: begins with TLS, not with STARTTLS"
                self.add(area, "problem", what, "set security: tls")
                return None
            to_do = "try again; the service itself waits for minutes"
            self.add(area, "note", f"slow: no answer within {LONGEST_S:.0f} seconds, so {what}", to_do)
            return None

    def say(self, area: str, sentence: str, otherwise: str) -> None:
        """A problem, as whoever found it put it: what, and what to do where it knew."""
        what, _, to_do = sentence.rpartition("; ")
        self.refused(area, what or sentence, to_do if what else otherwise)

    def refused(self, area: str, what: str, to_do: str) -> None:
        """A problem that quotes a server: its provider may mean more by it than the words say."""
        if refusal := refusal_of(self.provider, what):
            what, to_do = f"{what} ({refusal.means})", refusal.to_do
        self.add(area, "problem", what, to_do)

    def certificate(self, area: str, until: datetime | None, now: datetime) -> None:
        if until is None:
            return
        day = until.date().isoformat()
        if until - now < EXPIRES_SOON:
            to_do = "see that it is renewed: without a valid one delegator does not talk to the server"
            self.add(area, "note", f"its certificate ends on {day}", to_do)
        else:
            self.add(area, "ok", f"its certificate holds until {day}")

    def wrong_clock(self, what: str) -> None:
        self.add("clock", "problem", f"this machine's clock is wrong: {what}", "timedatectl set-ntp true")


def count_text(n: int, one: str, many: str = "") -> str:
    return f"{n} {one if n == 1 else many or one + 's'}"


def minutes_text(span: timedelta) -> str:
    return count_text(round(abs(span) / timedelta(minutes=1)), "minute")
