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
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import trustme

from bench.cases import DELEGATOR
from bench.sink import Taken, sink
from tests.servers.dovecot import Account, Dovecot

LOGIN = ("sofie@voorbeeld.example", "geheim")

ACCOUNT = """
version: 1
owner: {{name: Sofie, address: {owner}, timezone: Europe/Brussels}}
away: {{from: {away_from}, until: {away_until}}}
account:
  username: {username}
  password: {{file: mail-password}}
  imap: {{host: 127.0.0.1, port: {imap_port}, ca: {imap_ca}}}
  smtp:
    host: localhost
    port: {smtp_port}
    ca: {smtp_ca}
    username: {smtp_user}
    password: {{file: smtp-password}}
backups:
  anna: {{name: Anna Peeters, address: anna@voorbeeld.example}}
{rules}
"""

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
    write_account(folder, account, smtp_port or these.smtp_port, these.smtp_ca)
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


def write_account(
    folder: Path,
    account: Account,
    smtp_port: int,
    smtp_ca: Path,
    owner: str = LOGIN[0],
    rules: str = RULES,
) -> None:
    """rules.yaml and the passwords of an owner who is away."""
    today = datetime.now(UTC).date()
    for name, secret in (("mail-password", account.password), ("smtp-password", LOGIN[1])):
        (folder / name).write_text(secret)
        (folder / name).chmod(0o600)
    (folder / "rules.yaml").write_text(
        ACCOUNT.format(
            away_from=today - timedelta(days=1),
            away_until=today + timedelta(days=7),
            username=account.username,
            imap_port=account.port,
            imap_ca=account.ca,
            smtp_port=smtp_port,
            smtp_ca=smtp_ca,
            smtp_user=LOGIN[0],
            owner=owner,
            rules=rules,
        )
    )


def wait_until_idle(pid: int) -> None:
    """Until a process has done nothing for a fifth of a second, but at most 30 seconds.

    A mail that arrives while the one before is still being filed is found by the look that is under way:
    it came out below what an idle connection can do at the least.
    """
    before, quiet, deadline = -1, 0, time.monotonic() + 30
    while quiet < 4 and time.monotonic() < deadline:
        time.sleep(0.05)
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        used = int(fields[11]) + int(fields[12])  # user and system time (proc(5): 14 and 15)
        quiet, before = (quiet + 1 if used == before else 0), used


def collect(taken: Connection, count: int, what: str) -> list[Taken]:
    """So many mails, as they were accepted."""
    found: list[Taken] = []
    deadline = time.monotonic() + TAKEN_WITHIN_S
    while len(found) < count:
        if not taken.poll(max(0.0, deadline - time.monotonic())):
            raise SystemExit(f"{what}: {len(found)} of {count} mails were accepted in {TAKEN_WITHIN_S:.0f} s")
        found.append(taken.recv())
    return found
