"""`delegator login` against a token server that speaks as Microsoft and as Google: what it does and says."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import requests

from delegator.config import load
from delegator.config.draft import NOT_FINISHED, Login, rules_yaml
from delegator.config.installed import install_command
from delegator.core.setup.servers import Endpoint
from tests.config.test_draft import UNFINISHED
from tests.live.logins.conftest import Site
from tests.servers.dovecot import Account
from tests.servers.tokens import CLIENT, CLIENT_SECRET, PRINCIPAL, TENANT, TokenServer


@pytest.mark.parametrize("provider", ["microsoft", "google"])
@pytest.mark.parametrize("pasted", [False, True])
async def test_a_person_signs_in(site: Site, provider: str, pasted: bool) -> None:
    """With PKCE; the browser comes back by itself, or its last address is pasted; the servers are tried."""
    site.token = site.google() if provider == "google" else site.microsoft()
    went_well, told = await site.sign_in(pasted=pasted)
    assert went_well, told
    assert "from now on delegator does so by itself" in told
    (consent,) = await site.kept()
    assert site.tokens.consents[consent.refresh_token].user == site.imap.username
    assert consent.refresh_token not in told
    assert "AUTH XOAUTH2" in site.smtp.commands
    (exchange,) = [said for said in site.tokens.requests if said["grant_type"] == "authorization_code"]
    assert exchange["code_verifier"]
    path = site.state / "state.sqlite3"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_what_is_pasted_may_be_wrong_at_first(site: Site) -> None:
    went_well, told = await site.sign_in(pasted=True, first=("https://www.voorbeeld.example/", "hello"))
    assert went_well, told
    assert told.count("That is not the address at which the browser ended") == 2


@pytest.mark.parametrize("provider", ["microsoft", "google"])
async def test_the_address_of_another_login_is_refused(site: Site, provider: str) -> None:
    """Somebody who sends the owner an address of their own gets no mail of hers (RFC 6749 section 10.12)."""
    site.token = site.google() if provider == "google" else site.microsoft()
    other = "http://localhost:1/?code=abc&state=of-somebody-else"
    went_well, told = await site.sign_in(pasted=True, first=(other,))
    assert not went_well
    assert "this address belongs to another login" in told
    assert await site.kept() == []


@pytest.mark.parametrize(
    ("provider", "denies", "says"),
    [
        (
            "microsoft",
            {"error": "access_denied", "error_description": "AADSTS65004: User declined to consent."},
            "the consent was declined (AADSTS65004); run `delegator login` and accept",
        ),
        ("google", {"error": "access_denied"}, "Google: the consent was declined; run `delegator login`"),
        (
            "google",
            {"error": "admin_policy_enforced"},
            "the organisation's administrator does not allow this app",
        ),
    ],
)
async def test_a_consent_that_is_denied_says_so(
    site: Site, provider: str, denies: dict[str, str], says: str
) -> None:
    site.token = site.google() if provider == "google" else site.microsoft()
    site.tokens.denies = denies
    went_well, told = await site.sign_in()
    assert not went_well
    assert says in told


@pytest.mark.parametrize("number", [65001, 90094])
async def test_where_an_administrator_is_needed_it_says_what_to_send(site: Site, number: int) -> None:
    """An address and a mail, both whole."""
    site.tokens.denies = {
        "error": "consent_required",
        "error_description": f"AADSTS{number}: needs permission that only an admin can grant.",
    }
    went_well, told = await site.sign_in()
    assert not went_well
    assert f"{site.tokens.url}/voorbeeld.example/adminconsent?client_id={CLIENT}" in told
    assert f"my mailbox, {site.imap.username}" in told
    assert "https://outlook.office.com/IMAP.AccessAsUser.All" in told


@pytest.mark.parametrize(
    ("error", "description", "says"),
    [
        ("invalid_client", "AADSTS7000215: Invalid client secret provided.", "the app's secret is wrong"),
        ("invalid_client", "AADSTS7000222: The provided client secret keys are expired.", "secret has ended"),
        ("unauthorized_client", "AADSTS700016: Application not found.", "the tenant knows no app with this"),
        (
            "invalid_grant",
            "AADSTS50020: User account does not exist in tenant.",
            "who signed in is not of that",
        ),
        (
            "invalid_scope",
            "AADSTS70011: The provided value for scope is not valid.",
            "permission that there is",
        ),
        (
            "invalid_request",
            "AADSTS7000218: The request body must contain client_secret",
            "not for programs on",
        ),
        (
            "access_denied",
            "AADSTS53003: Blocked by Conditional Access policies.",
            "a Conditional Access rule",
        ),
        ("invalid_grant", "AADSTS99999999: Something that nobody knows.", "(AADSTS99999999)"),
    ],
)
async def test_what_the_token_server_refuses_is_one_sentence(
    site: Site, error: str, description: str, says: str
) -> None:
    """With what to do."""
    site.tokens.refuse(error, description)
    went_well, told = await site.sign_in()
    assert not went_well
    assert says in told
    assert "; " in told.partition(says)[2] or "(AADSTS99999999); " in told


async def test_a_tenant_that_there_is_not(site: Site) -> None:
    site.token = site.microsoft(tenant="elders.example")
    went_well, told = await site.sign_in()
    assert not went_well
    assert told == (
        "Microsoft 365: there is no such tenant (AADSTS90002); correct `tenant` (the organisation's domain, "
        "or its id)"
    )


async def test_who_signs_in_as_somebody_else_is_told(site: Site) -> None:
    """Nothing is kept: that login opens another mailbox, or none."""
    site.tokens.user = "karim@voorbeeld.example"
    went_well, told = await site.sign_in()
    assert not went_well
    assert f"You signed in as karim@voorbeeld.example; the mailbox is that of {site.imap.username}." in told
    assert f"refuses the token of {site.imap.username}" in told
    assert await site.kept() == []


async def test_a_scope_that_is_missing_is_told(site: Site) -> None:
    """By Google's own answer, or by the mail server's."""
    site.tokens.granted_scope = "calendar"
    for token, says in (
        (site.microsoft(), "it wants the scope mail"),
        (site.google(), "the box that lets delegator read and send mail was not ticked"),
    ):
        site.token = token
        went_well, told = await site.sign_in()
        assert not went_well
        assert says in told
        assert await site.kept() == []


async def test_a_server_that_is_away_loses_no_consent(site: Site) -> None:
    """A person need not come back for it."""
    site.imap_port = 1
    went_well, told = await site.sign_in()
    assert went_well, told
    assert "nothing listens there; the login is kept all the same" in told
    assert len(await site.kept()) == 1


async def test_the_certificate_of_a_captive_portal_is_told(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or of any other who stands between: nothing is sent there."""
    says = "the certificate is not the token server's; is this network behind a sign-in page"
    bundle = os.environ["REQUESTS_CA_BUNDLE"]
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    went_well, told = await site.sign_in()
    assert not went_well
    assert says in told
    site.token = site.google()
    monkeypatch.setattr(site, "browse", partial(browse_with, bundle))
    went_well, told = await site.sign_in()
    assert not went_well
    assert says in told


def browse_with(bundle: str, address: str) -> str:
    """A browser with its own authorities."""
    return requests.get(address, allow_redirects=False, timeout=10, verify=bundle).headers["Location"]


async def test_a_token_server_that_is_away(site: Site) -> None:
    site.token = site.microsoft().replace(str(site.tokens.port), "1")
    went_well, told = await site.sign_in()
    assert not went_well
    assert "the token server gives no answer" in told


async def test_a_client_of_google_that_is_none(site: Site) -> None:
    for client, says in (
        ({"web": {"client_id": "x"}}, "`client` is one for a web server; make one of the type “Desktop app”"),
        ({"type": "authorized_user"}, "`client` is not a client of Google's"),
        ({"installed": {"client_id": "x"}}, "`client` lacks token_uri"),
    ):
        site.token = site.google(client)
        went_well, told = await site.sign_in()
        assert not went_well
        assert told.startswith(says)


async def test_a_device_code_comes_with_a_warning(site: Site, tokens: TokenServer) -> None:
    running = asyncio.create_task(site.sign_in(by_code=True))
    async with asyncio.timeout(20):
        while not tokens.devices:
            await asyncio.sleep(0.05)
    for code in tokens.devices:
        tokens.devices[code] = True
    went_well, told = await running
    assert went_well, told
    assert told.startswith("Many organisations block device codes")
    site.token = site.google()
    went_well, told = await site.sign_in(by_code=True)
    assert (went_well, told) == (
        False,
        "Google gives no device code for mail; run `delegator login` without --device",
    )


async def test_a_second_consent_keeps_the_first(site: Site) -> None:
    await site.sign_in()
    await site.sign_in()
    newest, before = await site.kept()
    assert newest.consented_at > before.consented_at
    await site.sign_in()
    assert [consent.refresh_token for consent in await site.kept()][1] == newest.refresh_token


async def test_an_app_alone_is_let_in_or_says_what_the_administrator_runs(site: Site) -> None:
    """Microsoft's client credentials: nobody consents; the mailbox's own permission is another matter."""
    (site.folder / "secret").write_text(CLIENT_SECRET)
    (site.folder / "secret").chmod(0o600)
    site.token = site.microsoft(more=", secret: {file: secret}")
    went_well, told = await site.sign_in()  # the token server says "app", so that Dovecot refuses
    assert not went_well
    assert "Microsoft 365: the app logs in by itself." in told
    assert f"New-ServicePrincipal -AppId {CLIENT} -ObjectId {PRINCIPAL}" in told
    assert f"Add-MailboxPermission -Identity {site.imap.username} -User {PRINCIPAL} " in told
    assert "-AccessRights FullAccess" in told
    assert "Application SMTP.SendAsApp" in told
    async with command(site, "check") as check:
        text = " ".join((await check.communicate())[0].decode().split())
    assert f"the app got a token by itself, for {site.imap.username}" in text
    assert "so the mailbox's own permission is missing" in text
    site.tokens.app_roles = ["IMAP.AccessAsApp"]
    went_well, told = await site.sign_in()
    assert "the app lacks SMTP.SendAsApp; add them at its registration as application permissions" in told
    site.tokens.app_roles, site.tokens.app_user = ["IMAP.AccessAsApp", "SMTP.SendAsApp"], site.imap.username
    went_well, told = await site.sign_in()
    assert went_well, told
    assert f"the mailbox of {site.imap.username} is open to it" in told


@asynccontextmanager
async def command(site: Site, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`delegator login` as a process of its own; its standard input stays open, as a terminal does."""
    site.configure()
    process = await asyncio.create_subprocess_exec(
        *(
            Path(sys.executable).with_name("delegator"),
            "-c",
            str(site.config_path),
            "--state",
            str(site.state),
        ),
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def address_of(process: asyncio.subprocess.Process) -> str:
    """The one that it prints."""
    assert process.stdout is not None
    async with asyncio.timeout(30):
        while line := (await process.stdout.readline()).decode():
            if line.startswith("https://"):
                return line.strip()
    raise AssertionError("it printed no address")


@pytest.mark.parametrize("pasted", [False, True])
async def test_the_command_beside_a_running_service(site: Site, pasted: bool) -> None:
    """The service was waiting for a login; it goes on with the new one, and `check` asks it for a token."""
    async with command(site, "run") as service:
        async with asyncio.timeout(30):
            while not (site.state / "socket").exists():
                await asyncio.sleep(0.05)
        async with command(site, "login", "--no-browser") as login:
            address = await address_of(login)
            ended = await asyncio.to_thread(site.browse, address)
            if pasted:
                assert login.stdin is not None
                login.stdin.write(f"{ended}\n".encode())
                await login.stdin.drain()
            else:
                await asyncio.to_thread(requests.get, ended, timeout=10)
            assert login.stdout is not None
            async with asyncio.timeout(60):
                told = (await login.stdout.read()).decode()
                assert await login.wait() == 0, told
        assert "from now on delegator does so by itself" in told
        async with command(site, "status") as status, asyncio.timeout(60):
            await status.communicate()
        async with asyncio.timeout(60):
            while True:
                async with command(site, "status", "--json") as status:
                    said = json.loads((await status.communicate())[0])
                (account,) = said["accounts"]
                if account["connected"] and not account["problems"]:
                    break
                await asyncio.sleep(0.2)
        async with command(site, "check") as check:
            text = (await check.communicate())[0].decode()
        assert "logged in as" in text
        assert "refreshed just now" in text
        service.terminate()
        logged = (await service.communicate())[0].decode() + told + text
    state = b"".join(path.read_bytes() for path in site.state.glob("state.sqlite3*"))
    for token in site.tokens.tokens:
        assert token not in logged
        assert token.encode() not in state, "an access token is in memory only"
    for token in site.tokens.consents:
        assert token not in logged


async def test_a_mailbox_is_looked_at_with_the_login(site: Site) -> None:
    """A dry run needs no service."""
    await site.sign_in()
    async with command(site, "dry-run", "--json") as dry_run:
        text = (await dry_run.communicate())[0].decode()
    assert json.loads(text)["messages"] == []


async def test_init_goes_on_after_the_login(site: Site, token_account: Callable[..., Account]) -> None:
    """From the file that it began to proposals and the dry run; the mailbox stays as it was."""
    site.imap = token_account()  # at which the test can deliver
    site.smtp.token_user = site.imap.username
    site.configure()  # writes the certificates
    both = site.folder / "both.pem"
    both.write_bytes(site.imap.ca.read_bytes() + (site.folder / "smtp-ca.pem").read_bytes())
    app = (("client_id", CLIENT), ("tenant", TENANT), ("authority", site.tokens.url))
    draft = replace(
        UNFINISHED,
        address="sofie@voorbeeld.example",
        imap=Endpoint("127.0.0.1", site.imap.port, "tls", site.imap.username),
        smtp=Endpoint("127.0.0.1", site.smtp.port, "tls", site.imap.username),
        login=Login("login", "microsoft", True, app),
        ca=str(both),
    )
    site.text = rules_yaml(draft)
    for number in range(8):
        fields = (
            "From: Nieuws <nieuws@winkel.example>",
            "To: sofie@voorbeeld.example",
            f"Subject: Week {number}",
            f"Message-ID: <{number}@winkel.example>",
            "List-Id: <nieuws.winkel.example>",
        )
        site.imap.deliver("\r\n".join((*fields, "", "Hallo", "")).encode())
    before = site.imap.messages()

    async def init() -> tuple[int | None, bytes, str]:
        async with command(site, "init", "--yes", "--json") as process, asyncio.timeout(60):
            said = (await process.communicate())[0].decode()
            return process.returncode, site.config_path.read_bytes(), said

    assert await init() == (1, site.text.encode(), "nobody has signed in yet; run `delegator login` first.\n")
    async with command(site, "login", "--no-browser") as login, asyncio.timeout(60):
        ended = await asyncio.to_thread(site.browse, await address_of(login))
        await asyncio.to_thread(requests.get, ended, timeout=10)
        assert await login.wait() == 0
    code, octets, said = await init()
    assert code == 0, said
    report = json.loads(said)
    assert report["read"]["days"] == 90
    assert report["read"]["received"] == report["dry_run"]["received"] == 8
    assert {"newsletters", "confidential"} <= {one["kind"] for one in report["proposals"]}
    config = load(site.config_path)
    assert "newsletters" in [rule.name for rule in config.rules]
    assert [username for _, username in config.logins.values()] == [site.imap.username]
    assert NOT_FINISHED.encode() not in octets
    assert site.imap.messages() == before
    site.text = octets.decode()
    assert "is there, and is never overwritten" in (await init())[2]


async def test_without_a_login_the_command_says_what_to_write(site: Site) -> None:
    site.token = "{command: [cat, token]}"
    async with command(site, "login") as login:
        text = (await login.communicate())[0].decode()
    assert login.returncode == 2
    assert "names no login; write `token: {login: microsoft, …}`" in text


async def test_without_the_libraries_it_says_how_to_install_them(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "msal", None)
    monkeypatch.setitem(sys.modules, "google_auth_oauthlib", None)
    for token in (site.microsoft(), site.google()):
        site.token = token
        went_well, told = await site.sign_in()
        assert not went_well
        assert install_command("oauth") in told
