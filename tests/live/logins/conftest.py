"""A token server, a Dovecot that asks it, and commands that print what it issued."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers.dovecot import Account, Options
from tests.servers.tokens import SCOPE, TokenServer

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
        if name not in ("port", "_http"):
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
