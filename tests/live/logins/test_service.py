"""The service on a login by OAuth 2: what ends in mid-run, and who hears of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest_asyncio

from delegator.adapters.host import SystemClock
from delegator.adapters.state.store import SqliteStore
from delegator.check.examination import check
from delegator.core.health import Subject
from delegator.core.logins.consent import Consent
from delegator.daemon.account import Account
from delegator.reports.check import Finding
from delegator.wiring.parts import Parts
from tests.holiday import read_mail
from tests.live.logins.conftest import Site
from tests.servers.tokens import CLIENT, SCOPE
from tests.servers.tokens import Consent as Issued
from tests.support import FakeClock

MONDAY = datetime(2026, 11, 16, 8, tzinfo=UTC)
IT = "it@voorbeeld.example"


@dataclass
class Service:
    """The service on a site, with a clock of its own."""

    site: Site
    clock: FakeClock
    account: Account
    store: SqliteStore

    async def until(self, holds: object, seconds: float = 60) -> None:
        async with asyncio.timeout(seconds):
            while not holds():  # type: ignore[operator]
                await asyncio.sleep(0.02)

    async def has_sent_review(self) -> None:
        before = len(self.site.smtp.accepted)
        await self.account.send_review()
        await self.until(lambda: len(self.site.smtp.accepted) > before)

    def faults(self) -> str:
        return "; ".join(self.account.health.lines())


@pytest_asyncio.fixture
async def service(site: Site) -> AsyncIterator[Service]:
    went_well, told = await site.sign_in()
    assert went_well, told
    clock = FakeClock(MONDAY)
    parts, store = Parts(clock), SqliteStore(site.state / "state.sqlite3", clock.now)
    account = parts.account(site.configure(), store)
    running = asyncio.create_task(account.run())
    one = Service(site, clock, account, store)
    try:
        await one.until(lambda: account.is_connected)
        yield one
    finally:
        account.stop.set()
        async with asyncio.timeout(15):
            await running
        await store.close()


async def test_an_access_token_that_expires_in_mid_run_is_noticed_by_nobody(service: Service) -> None:
    """The session goes on, each submission gets a token that counts, and so does the next connect."""
    before = len(service.site.tokens.requests)
    service.site.tokens.expire_tokens()
    await service.has_sent_review()
    assert len(service.site.tokens.requests) > before
    service.site.tokens.expire_tokens()
    service.site.imap.server.kill()
    await service.until(lambda: not service.account.is_connected)
    service.site.imap.server.start()
    await service.until(lambda: service.account.is_connected and not service.faults())


async def test_a_server_whose_clock_is_ahead_gets_a_fresh_token(service: Service) -> None:
    """It finds an hour's token expired after some minutes: one refusal, one refresh, and it goes on."""
    service.site.tokens.skew_s = 3590
    service.site.tokens.expire_tokens()
    await service.has_sent_review()
    assert service.faults() == ""


async def test_a_withdrawn_consent_is_a_problem_and_an_alert_with_one_command(service: Service) -> None:
    """Before any connect needs it: at the daily refresh, while the last token may still submit the alert."""
    site = service.site
    for consent in site.tokens.consents.values():
        consent.is_revoked = True
    await service.clock.advance(MONDAY + timedelta(hours=23))
    assert service.faults() == ""
    site.tokens.lifetime_s = 200_000  # a token of the last refresh that outlives the day
    for token in site.tokens.tokens.values():
        token.ends_s += 200_000
    (login,) = service.account.tools.logins.values()
    login._ends_s += 200_000  # type: ignore[attr-defined]
    await service.clock.advance(MONDAY + timedelta(hours=24, minutes=1))
    await service.until(lambda: Subject.LOGIN in service.account.health.faults)
    assert "run `delegator login`" in service.faults()
    await service.clock.advance(MONDAY + timedelta(hours=24, minutes=10))
    await service.until(lambda: [m for m in site.smtp.accepted if IT in m.rcpt_tos])
    (alert,) = [read_mail(mail) for mail in site.smtp.accepted if IT in mail.rcpt_tos]
    text = alert.get_body(("plain",))
    assert text is not None
    assert "Aanmelden bij je mailbox lukt niet sinds" in text.get_content()
    assert text.get_content().count("delegator login") == 1
    assert len(await site.kept()) == 2, "nothing was deleted"


async def test_a_new_login_beside_the_service_ends_the_problem_at_once(service: Service) -> None:
    site = service.site
    site.tokens.revoke()
    site.imap.server.kill()
    site.imap.server.start()
    await service.until(lambda: "run `delegator login`" in service.faults())
    now = service.clock.now()
    (name,) = site.configure().logins
    site.tokens.consents["fresh"] = Issued(site.imap.username, SCOPE, CLIENT)
    await service.account.keep_login(name, Consent("fresh", now, now))
    await service.until(lambda: service.account.is_connected and not service.faults(), 20)


async def findings_of(site: Site, clock: SystemClock | FakeClock | None = None) -> list[Finding]:
    report = await check(site.configure(), site.state, send=False, clock=clock or SystemClock())
    return [finding for finding in report.findings if finding.area == "login"]


def said(findings: list[Finding]) -> str:
    return "\n".join(f"{one.level}: {one.what}; {one.to_do}" for one in findings)


async def test_check_refreshes_for_real_and_says_what_ends(site: Site) -> None:
    assert "problem: Microsoft 365: nobody has signed in yet; run `delegator login`" in said(
        await findings_of(site)
    )
    await site.sign_in()
    before = len(site.tokens.requests)
    text = said(await findings_of(site))
    assert len(site.tokens.requests) == before + 2, "one to see that it works, one token for both servers"
    assert f"ok: Microsoft 365: refreshed just now; consented on {datetime.now(UTC).date()}" in text
    assert "note: Microsoft 365: a change of the account's password ends this login" in text
    site.tokens.revoke()
    assert "problem: Microsoft 365: the consent has ended" in said(await findings_of(site))


async def test_check_is_loud_about_what_ends_before_the_owner_is_back(site: Site) -> None:
    """Seven days of Google's “Testing”, told by the token server or not."""
    site.token = site.google()
    clock = FakeClock(datetime(2026, 11, 16, 8, tzinfo=UTC))
    site.tokens.testing_s = 604_799
    await site.sign_in()
    (consent,) = await site.kept()
    clock = FakeClock(max(consent.consented_at, datetime(2026, 11, 20, tzinfo=UTC)))
    text = said(await findings_of(site, clock))
    if consent.ends_at is not None and consent.ends_at < datetime(2026, 11, 29, 23, tzinfo=UTC):
        assert "before you are back" in text
    assert "since the app at Google is in “Testing”: seven days" in text
