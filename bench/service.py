"""A real `delegator run` that idles, and servers of its own: what several scripts of this folder measure.

The servers are a private Dovecot with one account, and a submission server over TLS with a login (`sink`).
All run in processes of their own, and end with the block that asked for them. Needs dovecot-imapd.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import trustme

from bench.cases import DELEGATOR
from bench.latency import wait_until_idle, write_account
from bench.sink import Taken, sink
from tests.servers.dovecot import Account, Dovecot

RULES = "rules: [{name: clients, when: {from: '@acme.example'}, forward: anna}]"
START_WITHIN_S = 120.0
TAKEN_WITHIN_S = 180.0


@dataclass(frozen=True, slots=True)
class Servers:
    """smtp_ca: the authority that the submission server's certificate is of. taken: what it accepted."""

    folder: Path
    account: Account
    smtp_port: int
    smtp_ca: Path
    taken: Connection

    def collect(self, count: int, what: str) -> list[Taken]:
        return collect(self.taken, count, what)


@contextmanager
def servers(*, pipelines: bool = True) -> Iterator[Servers]:
    """pipelines: whether the submission server offers PIPELINING (RFC 2920)."""
    authority, server = trustme.CA(), Dovecot()
    with ExitStack() as ending, tempfile.TemporaryDirectory(prefix="bench-") as name:
        ending.callback(server.remove)
        folder, smtp_ca = Path(name), Path(name) / "smtp-ca.pem"
        authority.cert_pem.write_to_path(str(smtp_ca))
        server.start()
        account = server.account("sofie")
        smtp_port, taken = ending.enter_context(sink(authority, pipelines=pipelines))
        yield Servers(folder, account, smtp_port, smtp_ca, taken)


@contextmanager
def running(
    these: Servers,
    *,
    imap_port: int | None = None,
    smtp_port: int | None = None,
    program: Sequence[str] = DELEGATOR,
) -> Iterator[int]:
    """The process of a `delegator run` whose owner is away, once it idles.

    imap_port, smtp_port: of relays before the servers. program: what says `delegator`.
    """
    account, folder = these.account, these.folder
    write_account(folder, account, smtp_port or these.smtp_port, these.smtp_ca, rules=RULES)
    configuration, log = folder / "rules.yaml", folder / "log"
    if imap_port is not None:
        text = configuration.read_text().replace(f"port: {account.port},", f"port: {imap_port},")
        configuration.write_text(text)
    command = [*program, "run", "-c", str(configuration), "--state", str(folder / "state")]
    with log.open("wb") as stream:
        daemon = subprocess.Popen(command, stderr=stream)
    try:
        deadline = time.monotonic() + START_WITHIN_S
        while "Delegator/Forwarded" not in account.mailboxes():  # the last thing that a first start does
            if daemon.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the daemon did not start:\n{log.read_text()[-3000:]}")
            time.sleep(0.05)
        time.sleep(2)
        wait_until_idle(daemon.pid)
        yield daemon.pid
    finally:
        daemon.terminate()
        daemon.wait()


def collect(taken: Connection, count: int, what: str) -> list[Taken]:
    """So many mails with a number, as they were accepted."""
    found: list[Taken] = []
    deadline = time.monotonic() + TAKEN_WITHIN_S
    while len(found) < count:
        if not taken.poll(max(0.0, deadline - time.monotonic())):
            raise SystemExit(f"{what}: {len(found)} of {count} mails were accepted in {TAKEN_WITHIN_S:.0f} s")
        mail: Taken = taken.recv()
        if mail.number >= 0:
            found.append(mail)
    return found
