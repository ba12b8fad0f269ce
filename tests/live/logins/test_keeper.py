"""A login that goes on by itself: refreshed, kept before it is used, and outlasting what may happen to it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from delegator.adapters.logins.build import certificate_end, login_client
from delegator.adapters.logins.keeper import EARLY_S, LoginKeeper, LoginRefused
from delegator.adapters.state.store import SqliteStore
from delegator.config.model import SecretSource, TokenLogin
from delegator.core.logins.consent import Consent
from delegator.ports import Refused, StateError, Unavailable
from tests.live.logins.conftest import Site
from tests.servers.tokens import CLIENT, SCOPE, TENANT, TokenServer
from tests.servers.tokens import Consent as Issued
from tests.support import FakeClock

NOW = datetime(2026, 11, 16, 8, tzinfo=UTC)
OWNER, NAME = "sofie@voorbeeld.example", "microsoft/sofie"


def consent_of(tokens: TokenServer, token: str = "first") -> Consent:
    tokens.consents[token] = Issued(tokens.user, SCOPE, CLIENT)
    return Consent(token, NOW - timedelta(days=40), NOW - timedelta(days=2), None, tokens.user)


def login_at(tokens: TokenServer, **more: Any) -> TokenLogin:
    return TokenLogin("microsoft", 1, 1, client_id=CLIENT, tenant=TENANT, authority=tokens.url, **more)


@asynccontextmanager
async def keeper_of(
    tokens: TokenServer, folder: Path, clock: FakeClock, login: TokenLogin | None = None
) -> AsyncIterator[LoginKeeper]:
    store = SqliteStore(folder / "state.sqlite3", clock.now)
    make = partial(login_client, login or login_at(tokens), folder)
    try:
        yield LoginKeeper(NAME, "microsoft", "sofie", make, store.logins(OWNER), clock)
    finally:
        await store.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


async def test_a_token_is_used_until_it_ends_soon(
    tokens: TokenServer, trusted: None, tmp_path: Path, clock: FakeClock
) -> None:
    """By the clock that nobody sets: one refresh an hour, however often something connects."""
    async with keeper_of(tokens, tmp_path, clock) as keeper:
        await keeper.keep(consent_of(tokens))
        first = await keeper.get()
        assert await keeper.get() == first
        await clock.advance(NOW + timedelta(seconds=3600 - EARLY_S - 1))
        assert await keeper.get() == first
        await clock.advance(NOW + timedelta(seconds=3600 - EARLY_S + 1))
        assert await keeper.get() != first
    assert len(tokens.requests) == 2


async def test_a_refused_token_is_not_given_again(
    tokens: TokenServer, trusted: None, tmp_path: Path, clock: FakeClock
) -> None:
    async with keeper_of(tokens, tmp_path, clock) as keeper:
        await keeper.keep(consent_of(tokens))
        first = await keeper.get()
        assert await keeper.get(refused=first) != first


async def test_a_rotated_token_is_on_disk_before_it_is_used(
    tokens: TokenServer, trusted: None, tmp_path: Path, clock: FakeClock
) -> None:
    """And the one before is kept; a second process goes on with the new one."""
    async with keeper_of(tokens, tmp_path, clock) as keeper:
        await keeper.keep(consent_of(tokens))
        await keeper.get()
        newest, before = await keeper.consents()
        assert before.refresh_token == "first"
        assert not tokens.consents[newest.refresh_token].is_revoked
        assert newest.consented_at == before.consented_at
        assert newest.refreshed_at == NOW
    async with keeper_of(tokens, tmp_path, clock) as keeper:
        await keeper.get()
        assert [consent.refresh_token for consent in await keeper.consents()][1] == newest.refresh_token


async def test_a_token_that_cannot_be_kept_is_not_used(
    tokens: TokenServer, trusted: None, tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is a fault of the state: nothing logs in with what a crash would lose."""
    async with keeper_of(tokens, tmp_path, clock) as keeper:
        await keeper.keep(consent_of(tokens))

        async def full(login: str, text: str, *, is_new: bool) -> None:
            raise StateError("the disk is full")

        with monkeypatch.context() as patched:
            patched.setattr(keeper._store, "keep_consent", full)
            with pytest.raises(StateError):
                await keeper.get()
        await keeper.get()  # it was only kept in memory meanwhile
        assert len(await keeper.consents()) == 2


CRASH = """
import asyncio, os, signal, sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from delegator.adapters.host import SystemClock
from delegator.adapters.logins.build import login_client
from delegator.adapters.logins.keeper import LoginKeeper
from delegator.adapters.state.store import SqliteStore
from delegator.config.model import TokenLogin

async def run(url, client, tenant, folder, when):
    clock = SystemClock()
    store = SqliteStore(folder / "state.sqlite3", clock.now)
    login = TokenLogin("microsoft", 1, 1, client_id=client, tenant=tenant, authority=url)
    make = partial(login_client, login, folder)
    keeper = LoginKeeper({name!r}, "microsoft", "sofie", make, store.logins({owner!r}), clock)
    kept = keeper._keep
    async def die_around(consent, answer):
        if when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        await kept(consent, answer)
        os.kill(os.getpid(), signal.SIGKILL)
    keeper._keep = die_around
    await keeper.get()

url, client, tenant, folder, when = sys.argv[1:]
asyncio.run(run(url, client, tenant, Path(folder), when))
"""


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_crash_between_receiving_and_using_loses_no_login(
    when: str, tokens: TokenServer, trusted: None, tmp_path: Path, clock: FakeClock
) -> None:
    """kill -9 once the new token is on disk: it goes on with that. Before: with the one that there was, if

    the server still takes it, as Microsoft's and Google's do; else a person is asked, in one sentence.
    """
    tokens.keeps_before = when == "before"
    async with keeper_of(tokens, tmp_path, clock) as keeper:
        await keeper.keep(consent_of(tokens))
    script = tmp_path / "crash.py"
    script.write_text(textwrap.dedent(CRASH.format(name=NAME, owner=OWNER)))
    arguments = (tokens.url, CLIENT, TENANT, str(tmp_path), when)
    ended = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, str(script), *arguments],
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )
    assert ended.returncode == -signal.SIGKILL
    async with keeper_of(tokens, tmp_path, clock) as keeper:
        assert tokens.is_valid(await keeper.get())
        newest, before = await keeper.consents()
        assert before.refresh_token == "first" or when == "after"
        assert newest.consented_at == NOW - timedelta(days=40)
    if when == "before":
        tokens.keeps_before = False
        tokens.consents[newest.refresh_token].is_revoked = True
        tokens.consents["first"].is_revoked = True
        async with keeper_of(tokens, tmp_path, clock) as keeper:
            with pytest.raises(LoginRefused, match=r"the consent has ended .*; run `delegator login`"):
                await keeper.get()


async def test_the_token_before_counts_where_the_newest_was_lost(
    tokens: TokenServer, trusted: None, tmp_path: Path, clock: FakeClock
) -> None:
    """A token server that fell back to an earlier day knows only that one."""
    async with keeper_of(tokens, tmp_path, clock) as keeper:
        await keeper.keep(consent_of(tokens, "first"))
        await keeper.keep(consent_of(tokens, "second"))
        del tokens.consents["second"]
        assert tokens.is_valid(await keeper.get())


async def test_nothing_is_deleted_on_an_error(
    tokens: TokenServer, trusted: None, tmp_path: Path, clock: FakeClock
) -> None:
    """What is refused today may count again tomorrow."""
    async with keeper_of(tokens, tmp_path, clock) as keeper:
        await keeper.keep(consent_of(tokens))
        tokens.refuse("invalid_grant", "AADSTS50173: The provided grant has expired.", times=3)
        for _ in range(3):
            with pytest.raises(LoginRefused, match="password was changed, which ended the consent"):
                await keeper.get()
        assert [consent.refresh_token for consent in await keeper.consents()] == ["first"]
        assert tokens.is_valid(await keeper.get())


async def test_only_what_a_person_must_mend_is_a_refusal(
    tokens: TokenServer, trusted: None, tmp_path: Path, clock: FakeClock
) -> None:
    async with keeper_of(tokens, tmp_path, clock) as keeper:
        await keeper.keep(consent_of(tokens))
        tokens.refusals = [
            (503, {"error": "temporarily_unavailable", "error_description": "AADSTS90033"})
        ] * 9
        with pytest.raises(Unavailable) as caught:
            await keeper.get()
        assert not isinstance(caught.value, Refused)
        tokens.refusals.clear()
        await keeper.get()


async def test_while_the_token_server_is_away_a_token_is_used_to_its_end(
    tokens: TokenServer, trusted: None, tmp_path: Path, clock: FakeClock
) -> None:
    async with keeper_of(tokens, tmp_path, clock) as keeper:
        await keeper.keep(consent_of(tokens))
        token = await keeper.get()
        tokens.stop()
        try:
            await clock.advance(NOW + timedelta(seconds=3590))
            assert await keeper.get() == token
            await clock.advance(NOW + timedelta(seconds=3601))
            with pytest.raises(Unavailable, match="the token server gives no answer"):
                await keeper.get()
        finally:
            tokens.start()


async def test_it_is_refreshed_once_a_day(
    tokens: TokenServer, trusted: None, tmp_path: Path, clock: FakeClock
) -> None:
    """Whatever connects; a restart does not count anew."""
    async with keeper_of(tokens, tmp_path, clock) as keeper:
        await keeper.keep(consent_of(tokens))
        assert await keeper.refresh_if_due() == NOW + timedelta(days=1)
        assert len(tokens.requests) == 1
        await clock.advance(NOW + timedelta(hours=23))
        assert await keeper.refresh_if_due() == NOW + timedelta(days=1)
        assert len(tokens.requests) == 1
    async with keeper_of(tokens, tmp_path, clock) as keeper:
        assert await keeper.refresh_if_due() == NOW + timedelta(days=1)
        await clock.advance(NOW + timedelta(hours=24))
        await keeper.refresh_if_due()
    assert len(tokens.requests) == 2


async def test_without_a_consent_it_says_what_to_run(
    tokens: TokenServer, trusted: None, tmp_path: Path, clock: FakeClock
) -> None:
    async with keeper_of(tokens, tmp_path, clock) as keeper:
        with pytest.raises(Refused, match="nobody has signed in yet; run `delegator login`"):
            await keeper.get()


@pytest.fixture
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem_of(key: rsa.RSAPrivateKey) -> str:
    octets = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return octets.decode()


async def test_an_app_logs_in_by_a_certificate(
    tokens: TokenServer, trusted: None, tmp_path: Path, clock: FakeClock
) -> None:
    """Microsoft's; when that ends is known."""
    import trustme

    until = datetime.now(UTC) + timedelta(days=20)
    issued = trustme.CA().issue_cert("app.voorbeeld.example", not_after=until)
    private = issued.private_key_pem.bytes()
    loaded: Any = serialization.load_pem_private_key(private, None)
    rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = _self_signed(rsa_key, until)
    path = tmp_path / "app.pem"
    path.write_text(pem_of(rsa_key) + pem)
    path.chmod(0o600)
    assert loaded is not None
    login = login_at(tokens, certificate=SecretSource("file", "app.pem", 1, 1))
    tokens.assertion_keys[CLIENT] = rsa_key.public_key()
    async with keeper_of(tokens, tmp_path, clock, login) as keeper:
        assert tokens.is_valid(await keeper.get())
    ends_at = certificate_end(login, tmp_path)
    assert ends_at is not None
    assert abs(ends_at - until) < timedelta(seconds=2)


def _self_signed(key: rsa.RSAPrivateKey, until: datetime) -> str:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "app.voorbeeld.example")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(until - timedelta(days=60))
        .not_valid_after(until)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


async def test_a_service_account_stands_in_for_the_mailbox(
    site: Site, key: rsa.RSAPrivateKey, clock: FakeClock
) -> None:
    """Google's, with delegation; where that is missing the administrator's page is named."""
    account = "delegator@project.iam.example"
    client = {
        "type": "service_account",
        "client_email": account,
        "private_key": pem_of(key),
        "token_uri": f"{site.tokens.url}/token",
    }
    site.tokens.assertion_keys[account] = key.public_key()
    site.token = site.google(client)
    went_well, told = await site.sign_in()
    assert went_well, told
    assertion = jwt.decode(site.tokens.requests[-1]["assertion"], options={"verify_signature": False})
    assert (assertion["sub"], assertion["scope"]) == (site.imap.username, "https://mail.google.com/")
    for error, description, says in (
        ("unauthorized_client", "Client is unauthorized to retrieve access tokens", "Domain-wide delegation"),
        ("invalid_grant", "Invalid email or User ID", "correct `username`"),
        (
            "invalid_grant",
            "Invalid JWT: Token must be a short-lived token and in a reasonable timeframe",
            "clock",
        ),
        ("invalid_grant", "Invalid JWT Signature.", "the service account's key counts no more"),
    ):
        site.tokens.refuse(error, description)
        went_well, told = await site.sign_in()
        assert not went_well
        assert says in told


def test_a_consent_of_another_version_is_none() -> None:
    assert Consent.from_text(json.dumps({"refresh_token": 1})) is None
    assert Consent.from_text("") is None
