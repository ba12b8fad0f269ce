"""Connections to the mail servers that are a command's own: of `init`, `login`, `check` and a dry run."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import Config
from ..config.model import Server, TokenLogin
from ..config.secrets import read_secret
from ..ports import Refused, Unavailable
from .logins import asking_parts
from .parts import Parts, located

if TYPE_CHECKING:
    from ..adapters.credentials import Credential
    from ..adapters.imap.source import ImapSource
    from ..adapters.managesieve import SieveLook
    from ..adapters.smtp.gate import SubmissionGate
    from ..ports import Greeting, MailSource


async def greet(imap: Server, smtp: Server, address: str, within_s: float) -> tuple[Greeting, Greeting]:
    """What both servers offer, before anybody logs in. Raises Unavailable, Refused."""
    from ..adapters.imap.greeting import greet as greet_imap

    parts = Parts()
    reading = await greet_imap(imap.host, imap.port, imap.security, parts.trust(imap), within_s=within_s)
    try:
        async with asyncio.timeout(within_s):
            return reading, await parts.first_gate(smtp, address, "").greet()
    except TimeoutError:
        what = f"{smtp.host} port {smtp.port}: no answer within {within_s:.0f} seconds"
        raise Unavailable(f"{what}; is the port right, or is it blocked here?") from None


@contextlib.asynccontextmanager
async def first_login(
    imap: Server, smtp: Server, address: str, secret: str | Credential
) -> AsyncIterator[tuple[ImapSource, SubmissionGate]]:
    """Connections with a secret that stands nowhere yet, not opened. The gate sends to the owner alone."""
    parts = Parts()
    source = parts.first_source(imap, secret)
    try:
        yield source, parts.first_gate(smtp, address, secret)
    finally:
        await source.close()


async def try_token(
    config: Config, login: TokenLogin, username: str, token: str
) -> list[tuple[str, Unavailable]]:
    """Log in with it to each server that this login is for; what went wrong, server by server."""
    from ..adapters.credentials import FixedToken
    from ..core.delivery import Outcome

    assert config.account is not None
    parts, faults = Parts(), list[tuple[str, Unavailable]]()
    credential = FixedToken(token, f"sign in as {username}, or look at the app's permissions")
    if config.account.imap.token == login:
        source = parts.source_with(config, credential)
        try:
            await source.connect()
        except Unavailable as fault:
            faults.append((config.account.imap.host, fault))
        finally:
            await source.close()
    if config.account.smtp.token == login:
        reply = (await parts.gate_with(config, credential).probe()).reply
        if reply.outcome is not Outcome.ACCEPTED:
            kind = Refused if reply.outcome is Outcome.MISCONFIGURED else Unavailable
            faults.append((config.account.smtp.host, kind(f"{config.account.smtp.host}: {reply.text}")))
    return faults


@contextlib.asynccontextmanager
async def probes(parts: Parts, config: Config) -> AsyncIterator[tuple[ImapSource, SubmissionGate]]:
    """Connections of one's own, for `check`, not opened yet. Raises ConfigError."""
    with located(config):
        source, gate = parts.source(config), parts.gate(config)
    try:
        yield source, gate
    finally:
        await source.close()


def sieve_look(config: Config, port: int) -> SieveLook | None:
    """At the filter of the mail server, with the account's password; None: it logs in by a token, or not."""
    from ..adapters.certificate import Trust
    from ..adapters.managesieve import SieveLook

    assert config.account is not None
    server = config.account.imap
    if server.username is None or server.password is None:
        return None
    with located(config):
        secret = read_secret(server.password, config_dir=config.path.parent)
    trust = None if server.security == "none" else Trust(server.ca)
    return SieveLook(server.host, port, trust, server.username, secret)


@contextlib.asynccontextmanager
async def dry_run_source(config: Config, state_dir: Path) -> AsyncIterator[MailSource]:
    """The owner's mail server, connected. Raises ConfigError, Unavailable."""
    with located(config):
        source = asking_parts(state_dir).source(config)
    try:
        await source.connect()
        yield source
    finally:
        await source.close()
