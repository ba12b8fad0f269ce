"""A token server, a Dovecot that asks it, and commands that print what it issued."""

from __future__ import annotations

import json
import queue
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
import requests

from delegator.adapters.host import SystemClock
from delegator.adapters.state.store import SqliteStore
from delegator.config import Config, load
from delegator.core.logins.consent import Consent
from delegator.login.sign_in import SignIn
from tests.servers.dovecot import Account, Options
from tests.servers.smtp import SmtpServer, authority
from tests.servers.tokens import CLIENT, SCOPE, TENANT, TokenServer

MECHANISMS = "plain login xoauth2 oauthbearer"


@pytest.fixture(scope="session")
def shared_tokens() -> Iterator[tuple[TokenServer, Path]]:
    with TokenServer() as tokens, tempfile.TemporaryDirectory(prefix="tokens-") as folder:
        Path(folder).chmod(0o755)
        yield tokens, tokens.write_ca(Path(folder))


@pytest.fixture
def tokens(shared_tokens: tuple[TokenServer, Path]) -> TokenServer:
    """The token server, as if it had just begun."""
    server = shared_tokens[0]
    fresh = TokenServer()
    for name in TokenServer.__slots__:
        if name not in ("port", "_http", "_held"):
            setattr(server, name, getattr(fresh, name))
    return server


@pytest.fixture
def token_account(
    new_account: Callable[[Options], Account], shared_tokens: tuple[TokenServer, Path]
) -> Callable[..., Account]:
    """An account at a Dovecot that takes tokens by those mechanisms; it is the user who is signed in."""

    def create(mechanisms: str = MECHANISMS) -> Account:
        server, ca = shared_tokens
        introspection = (f"{server.url}/introspect", SCOPE, ca)
        account = new_account(Options(mechanisms=mechanisms, introspection=introspection))
        server.user = account.username
        return account

    return create


@pytest.fixture
def printer(tmp_path: Path) -> Callable[[str], tuple[str, ...]]:
    """A command that prints what it is told, and notes that it was run."""

    def create(text: str) -> tuple[str, ...]:
        (tmp_path / "printed").write_text(text)
        script = tmp_path / "print-token"
        script.write_text(f"#!/bin/sh\necho run >> {tmp_path}/runs\ncat {tmp_path}/printed\n")
        script.chmod(0o700)
        return (str(script),)

    return create


@pytest.fixture
def trusted(shared_tokens: tuple[TokenServer, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """The libraries trust the token server, as behind a proxy of an organisation."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(shared_tokens[1]))


RULES = """\
version: 1
owner: {{name: Sofie Janssens, address: sofie@voorbeeld.example, language: nl, timezone: Europe/Brussels}}
away: {{from: 2026-11-14, until: 2026-11-30}}
account:
  username: {username}
  token: {token}
  imap: {{host: 127.0.0.1, port: {imap_port}, ca: {imap_ca}}}
  smtp: {{host: 127.0.0.1, port: {smtp_port}, ca: {smtp_ca}}}
alert: {{address: it@voorbeeld.example, after: 5m}}
"""


@dataclass
class Site:
    """A mailbox and a submission server that take tokens of one token server, and rules.yaml."""

    tokens: TokenServer
    imap: Account
    smtp: SmtpServer
    folder: Path
    token: str = ""
    imap_port: int = 0
    text: str = ""  # of rules.yaml, where it is another

    def microsoft(self, *, client: str = CLIENT, tenant: str = TENANT, more: str = "") -> str:
        app = f'client_id: {client}, tenant: {tenant}, authority: "{self.tokens.url}"'
        return f"{{login: microsoft, {app}{more}}}"

    def google(self, client: object = None) -> str:
        path = self.folder / "client.json"
        path.write_text(json.dumps(client or self.tokens.google_client()))
        path.chmod(0o600)
        return "{login: google, client: {file: client.json}}"

    @property
    def state(self) -> Path:
        path = self.folder / "state"
        path.mkdir(mode=0o700, exist_ok=True)
        return path

    @property
    def config_path(self) -> Path:
        return self.folder / "rules.yaml"

    def configure(self) -> Config:
        smtp_ca = self.folder / "smtp-ca.pem"
        authority().cert_pem.write_to_path(str(smtp_ca))
        self.config_path.write_text(
            self.text
            or RULES.format(
                username=self.imap.username,
                token=self.token or self.microsoft(),
                imap_port=self.imap_port or self.imap.port,
                imap_ca=self.imap.ca,
                smtp_port=self.smtp.port,
                smtp_ca=smtp_ca,
            )
        )
        return load(self.config_path)

    def browse(self, address: str) -> str:
        """As a browser does, with a person who consents; where it ended."""
        answer = requests.get(address, allow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    async def sign_in(
        self, *, pasted: bool = False, by_code: bool = False, first: tuple[str, ...] = ()
    ) -> tuple[bool, str]:
        """One run of `login`; whether it went well, and what it told.

        pasted: the browser is on another machine. first: lines that are typed before the right one.
        """
        told: list[str] = []
        typed: queue.Queue[str] = queue.Queue()
        for line in first:
            typed.put(line)

        def opened(address: str) -> None:
            ended = self.browse(address)
            if pasted:
                typed.put(ended)
            else:
                threading.Thread(target=lambda: requests.get(ended, timeout=10), daemon=True).start()

        def lines() -> Iterator[str]:
            while True:
                yield typed.get()

        sign_in = SignIn(
            self.configure(),
            self.state,
            SystemClock(),
            told.append,
            opened=opened,
            lines=lines,
            by_code=by_code,
        )
        return await sign_in.run(), "\n".join(told)

    async def kept(self) -> list[Consent]:
        """The consents in the state, the newest first."""
        store = SqliteStore(self.state / "state.sqlite3", lambda: datetime.now(UTC))
        try:
            (name,) = self.configure().logins
            texts = await store.logins("sofie@voorbeeld.example").consents(name)
        finally:
            await store.close()
        return [consent for text in texts if (consent := Consent.from_text(text)) is not None]


@pytest_asyncio.fixture
async def site(
    tokens: TokenServer, token_account: Callable[..., Account], trusted: None, tmp_path: Path
) -> AsyncIterator[Site]:
    imap = token_account("xoauth2 oauthbearer")
    async with SmtpServer(
        takes_token=tokens.is_valid, takes_password=False, token_user=imap.username
    ) as smtp:
        yield Site(tokens, imap, smtp, tmp_path)
