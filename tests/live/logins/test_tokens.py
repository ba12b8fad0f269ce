"""A login with a token: a real Dovecot that asks a token server, and a real SMTP dialogue."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from delegator.adapters.credentials import Printed
from delegator.adapters.imap.source import ImapSource
from delegator.adapters.lanes import Lanes
from delegator.adapters.smtp.gate import SubmissionGate
from delegator.config.model import SecretSource
from delegator.config.secrets import read_secret, read_token
from delegator.core.delivery import Outcome
from delegator.ports import Refused, Submission
from tests.servers.dovecot import PASSWORD, Account
from tests.servers.imap import ImapServer
from tests.servers.smtp import USERNAME, SmtpServer
from tests.servers.tokens import TokenServer

SourceOf = Callable[..., ImapSource]
MAIL = Submission(
    (USERNAME,),
    f"From: {USERNAME}\r\nTo: {USERNAME}\r\nMessage-ID: <1@voorbeeld.example>\r\n\r\nDag\r\n".encode(),
    "<1@voorbeeld.example>",
)


def printed(words: tuple[str, ...], folder: Path, *, is_token: bool = True) -> Printed:
    """What `token: {command: …}` of rules.yaml makes."""
    source = SecretSource("command", words, 1, 1)
    read = read_token if is_token else read_secret
    return Printed(partial(read, source, config_dir=folder), is_token=is_token)


@pytest_asyncio.fixture
async def source_of() -> AsyncIterator[SourceOf]:
    sources: list[ImapSource] = []

    def create(account: Account, credential: Any, username: str = "") -> ImapSource:
        lanes = Lanes().at(account.host, account.port)
        name = username or account.username
        port, context = account.port, account.ssl_context()
        sources.append(ImapSource(account.host, port, "tls", context, name, credential, lanes))
        return sources[-1]

    yield create
    for source in sources:
        await source.close()


def gate(server: SmtpServer, credential: Any) -> SubmissionGate:
    facts = server.facts() | {"password": credential}
    return SubmissionGate(**facts, sender=USERNAME, recipients=frozenset({USERNAME}))


def runs(folder: Path) -> int:
    path = folder / "runs"
    return len(path.read_text().splitlines()) if path.exists() else 0


@pytest.mark.parametrize("mechanisms", ["plain xoauth2 oauthbearer", "plain oauthbearer", "xoauth2"])
async def test_a_token_opens_the_mailbox(
    mechanisms: str,
    tokens: TokenServer,
    token_account: Callable[..., Account],
    source_of: SourceOf,
    printer: Callable[[str], tuple[str, ...]],
    tmp_path: Path,
) -> None:
    """By XOAUTH2 or OAUTHBEARER, whichever the server offers; the command is run at each connect."""
    account = token_account(mechanisms)
    source = source_of(account, printed(printer(tokens.issue()), tmp_path))
    await source.connect()
    assert await source.open("INBOX") is not None
    await source.connect()
    assert runs(tmp_path) == 2


async def test_an_expired_token_is_asked_for_again(
    tokens: TokenServer, token_account: Callable[..., Account], source_of: SourceOf, tmp_path: Path
) -> None:
    """Once: what the command prints then is taken."""
    account, given = token_account(), [tokens.issue(lifetime_s=-1), tokens.issue()]
    source = source_of(account, Printed(lambda: given.pop(0), is_token=True))
    await source.connect()
    assert given == []


@pytest.mark.parametrize("mechanisms", ["xoauth2", "oauthbearer"])
@pytest.mark.parametrize(
    ("lifetime_s", "scope", "says"),
    [(-1, "mail", "the token is expired"), (3600, "calendar", "scope")],
)
async def test_a_refused_token_says_why(
    mechanisms: str,
    lifetime_s: float,
    scope: str,
    says: str,
    tokens: TokenServer,
    token_account: Callable[..., Account],
    source_of: SourceOf,
    printer: Callable[[str], tuple[str, ...]],
    tmp_path: Path,
) -> None:
    """After a second try: a fault of the login, with what the server's error challenge says, and no token."""
    account = token_account(mechanisms)
    token = tokens.issue(scope=scope, lifetime_s=lifetime_s)
    with pytest.raises(Refused, match="see that the command under `token` gives a token of") as caught:
        await source_of(account, printed(printer(token), tmp_path)).connect()
    assert says in str(caught.value)
    assert token not in str(caught.value)
    assert runs(tmp_path) == 2
    assert tokens.asked_about == [token], "the command gave the same again, which is not tried again"


async def test_the_token_of_somebody_else_is_refused(
    tokens: TokenServer, token_account: Callable[..., Account], source_of: SourceOf
) -> None:
    account = token_account()
    with pytest.raises(Refused, match=f"refuses the token of {account.username}"):
        await source_of(
            account, Printed(lambda: tokens.issue("karim@voorbeeld.example"), is_token=True)
        ).connect()


async def test_a_password_command_opens_the_mailbox(
    dovecot: Account, source_of: SourceOf, printer: Callable[[str], tuple[str, ...]], tmp_path: Path
) -> None:
    await source_of(dovecot, printed(printer(PASSWORD), tmp_path, is_token=False)).connect()


async def test_a_wrong_password_of_a_command_is_tried_once(
    dovecot: Account, source_of: SourceOf, printer: Callable[[str], tuple[str, ...]], tmp_path: Path
) -> None:
    """Locks come of trying again; a password is no token that might have expired."""
    with pytest.raises(Refused, match="check the user name and the password"):
        await source_of(dovecot, printed(printer("wrong"), tmp_path, is_token=False)).connect()
    assert runs(tmp_path) == 1


async def test_a_command_that_fails_is_a_login_that_is_refused(
    dovecot: Account, source_of: SourceOf, tmp_path: Path
) -> None:
    with pytest.raises(Refused, match=r"line 1, column 1: the command named here failed \(exit status 1\)"):
        await source_of(dovecot, printed(("false",), tmp_path)).connect()


async def test_a_server_without_tokens_says_what_it_offers(dovecot: Account, source_of: SourceOf) -> None:
    with pytest.raises(Refused, match=r"takes no token \(it offers LOGIN, PLAIN\); write `password`"):
        await source_of(dovecot, Printed(lambda: "abc", is_token=True)).connect()


async def test_a_server_that_takes_only_tokens_is_sent_no_password(source_of: SourceOf) -> None:
    capabilities = "IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2 AUTH=OAUTHBEARER"
    async with ImapServer(capabilities=capabilities) as server:
        lanes = Lanes().at(server.host, server.port)
        source = ImapSource(server.host, server.port, "none", None, "sofie", "hunter2", lanes)
        with pytest.raises(Refused, match="takes no password, only a token; write `token` instead"):
            await source.connect()
        await source.close()


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
async def test_a_token_submits(mechanism: str, tokens: TokenServer) -> None:
    async with SmtpServer(takes_token=tokens.is_valid, token_mechanisms=(mechanism,)) as server:
        reply = await gate(server, Printed(tokens.issue, is_token=True)).submit(MAIL)
        assert reply.outcome is Outcome.ACCEPTED
        assert f"AUTH {mechanism}" in server.commands
        assert not [command for command in server.commands if "PLAIN" in command]


@pytest.mark.parametrize(("mechanism", "end"), [("XOAUTH2", rb"b'\r\n'"), ("OAUTHBEARER", rb"b'AQ==\r\n'")])
async def test_a_refused_token_is_asked_for_again_and_then_told(
    mechanism: str, end: bytes, tokens: TokenServer, printer: Callable[[str], tuple[str, ...]], tmp_path: Path
) -> None:
    """The server's error challenge is answered as its mechanism wants, and told; no token is."""
    token = tokens.issue(lifetime_s=-1)
    async with SmtpServer(takes_token=tokens.is_valid, token_mechanisms=(mechanism,)) as server:
        given = [token, tokens.issue()]
        fresh = gate(server, Printed(lambda: given.pop(0), is_token=True))
        assert (await fresh.submit(MAIL)).outcome is Outcome.ACCEPTED
        reply = await gate(server, printed(printer(token), tmp_path)).submit(MAIL)
        assert (reply.outcome, reply.code) == (Outcome.MISCONFIGURED, 535)
        assert "the token is expired" in reply.text
        assert "see that the command under `token`" in reply.text
        assert token not in reply.text
        assert f"end of error {end.decode()}" in server.commands


async def test_a_command_that_prints_nothing_defers_no_mail_for_good(tmp_path: Path) -> None:
    """The mail is kept, and a person told: it is about us."""
    async with SmtpServer() as server:
        reply = await gate(server, printed(("true",), tmp_path)).submit(MAIL)
    assert reply.outcome is Outcome.MISCONFIGURED
    assert "the command named here prints nothing" in reply.text


async def test_a_submission_server_of_tokens_alone_says_so(tokens: TokenServer) -> None:
    async with SmtpServer(takes_token=tokens.is_valid, takes_password=False) as server:
        reply = await gate(server, "hunter2").submit(MAIL)
        assert reply.outcome is Outcome.MISCONFIGURED
        assert "takes no password, only a token; write `token` instead" in reply.text
    async with SmtpServer() as server:
        reply = await gate(server, Printed(tokens.issue, is_token=True)).submit(MAIL)
        assert "takes no token (it offers LOGIN, PLAIN); write `password`" in reply.text


async def test_microsofts_refusal_of_passwords_names_the_way_out() -> None:
    async with SmtpServer() as server:
        server.answer("AUTH", "535 5.7.139 Authentication unsuccessful, basic authentication is disabled.")
        reply = await gate(server, "hunter2").submit(MAIL)
    assert reply.text.endswith("; Microsoft 365 takes no passwords; run `delegator login`")
