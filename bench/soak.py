"""Whether memory and descriptors stay where they are under a steady stream of mail, and forwards quick.

    .venv/bin/python bench/soak.py [--accounts 500] [--rate 20] [--seconds 600] [--json]

One `delegator run` with so many owners who are all away. So many mails a second arrive, at each account in
turn, each to be forwarded. The mail servers are scripted (tests/servers/imap.py, one for each account,
without TLS, in one process): beyond 128 sessions of one user Dovecot looks for news every 30 seconds only,
on a machine as it comes. The submission server takes TLS and a login. A mail's time is from its arrival
until its forward was accepted. Every ten seconds a line of what the process has then, on stderr. Checked:
each mail was forwarded once. Ends by itself: half a minute after the last mail was due, however many are
missing.

Growth is between the most that the process has in the second fifth of the time and in the last. Once a
minute the service gives room back, so that a fifth has to be a minute at least: in less time than five
nothing is said of growth.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import trustme

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.idle import cpu_s, resident_kb, wait_until_quiet
from bench.rows import Row, print_rows
from bench.sink import Taken, sink
from tests.servers.imap import PASSWORD, USERNAME, ImapServer

AIM_P99_S, AIM_GROWTH = 2.0, 0.03
EVERY_S, GRACE_S = 10.0, 30.0
LEAST_S = 300.0

RULES = """
version: 1
owner: {{name: Sofie, address: owner{number}@voorbeeld.example, timezone: Europe/Brussels}}
away: {{from: {away_from}, until: {away_until}}}
account:
  username: {username}
  password: {{file: mail-password}}
  imap: {{host: 127.0.0.1, port: {imap_port}, security: none}}
  smtp: {{host: localhost, port: {smtp_port}, ca: {smtp_ca}}}
backups:
  anna: {{name: Anna Peeters, address: anna@voorbeeld.example}}
rules: [{{name: clients, when: {{from: '@acme.example'}}, forward: anna}}]
"""

MAIL = """From: Klant {number} <klant{number}@acme.example>\r
To: Sofie <owner{account}@voorbeeld.example>\r
Subject: Vraag {number}\r
Message-ID: <{number}.soak@acme.example>\r
MIME-Version: 1.0\r
Content-Type: text/plain; charset=utf-8\r
\r
Dag Sofie,\r
\r
Kunnen jullie dit bekijken? Het gaat over de offerte van vorige week.\r
"""


@dataclass(frozen=True, slots=True)
class Sample:
    at_s: float
    memory_mb: float
    descriptors: int
    threads: int


def serve_mailboxes(accounts: int, here: Connection) -> None:
    """Tell the ports; then, when told (a rate, seconds), deliver, and tell when each mail arrived."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)

    async def serve() -> None:
        servers = [ImapServer() for _ in range(accounts)]
        for server in servers:
            await server.__aenter__()
        here.send([server.port for server in servers])
        rate, seconds = await asyncio.to_thread(here.recv)
        begun = time.monotonic()
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, begun + number / rate - time.monotonic()))
            server = servers[number % accounts]
            server.commands.clear()
            octets = MAIL.format(number=number, account=number % accounts).encode()
            here.send((number, time.monotonic()))
            server.deliver(octets)
        await asyncio.Event().wait()

    asyncio.run(serve())


def sample(pid: int, begun: float) -> Sample:
    folder = Path(f"/proc/{pid}")
    return Sample(
        time.monotonic() - begun,
        resident_kb(pid) / 1000,
        len(list((folder / "fd").iterdir())),
        len(list((folder / "task").iterdir())),
    )


def percentile(times_s: list[float], percent: int) -> float:
    return statistics.quantiles(times_s, n=100, method="inclusive")[percent - 1]


class Soak:
    """What has arrived and gone, by the number of the mail, and what the process had when."""

    def __init__(self) -> None:
        self.arrived_at: dict[int, float] = {}
        self.times_s: dict[int, float] = {}
        self.samples: list[Sample] = []

    def read(self, arrivals: Connection, taken: Connection) -> None:
        while arrivals.poll():
            number, at = arrivals.recv()
            self.arrived_at[number] = at
        while taken.poll():
            mail: Taken = taken.recv()
            if mail.number in self.times_s:
                raise SystemExit(f"mail {mail.number} was forwarded twice")
            self.times_s[mail.number] = mail.at - self.arrived_at[mail.number]

    def watch(self, pid: int, arrivals: Connection, taken: Connection, mails: int, seconds: float) -> None:
        begun, told = time.monotonic(), 0
        while time.monotonic() - begun < seconds + GRACE_S:
            until = begun + EVERY_S * (len(self.samples) + 1)
            while time.monotonic() < until and len(self.times_s) < mails:
                time.sleep(0.05)
                self.read(arrivals, taken)
            now = sample(pid, begun)
            self.samples.append(now)
            recent = [self.times_s[number] for number in sorted(self.times_s)][told:]
            told = len(self.times_s)
            p50, p99 = (percentile(recent, percent) if len(recent) > 1 else 0.0 for percent in (50, 99))
            print(
                f"{now.at_s:5.0f} s: {now.memory_mb:6.1f} MB, {now.descriptors} descriptors, "
                f"{now.threads} threads; {told} forwarded, p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, "
                f"load {os.getloadavg()[0]:.1f}",
                file=sys.stderr,
                flush=True,
            )
            if len(self.times_s) == mails:
                return
        raise SystemExit(f"{mails - len(self.times_s)} of {mails} mails were not forwarded")

    def growth(self, seconds: float) -> tuple[float, float, int]:
        """The most MB in the second fifth, and in the last; how many descriptors more."""
        early = [one for one in self.samples if 0.2 <= one.at_s / seconds <= 0.4]
        late = [one for one in self.samples if 0.8 <= one.at_s / seconds <= 1.0]
        if not early or not late:
            early, late = self.samples[:1], self.samples[-1:]
        memory = [max(one.memory_mb for one in some) for some in (early, late)]
        descriptors = [statistics.median(one.descriptors for one in some) for some in (early, late)]
        return memory[0], memory[1], round(descriptors[1] - descriptors[0])


def write_accounts(folder: Path, ports: list[int], smtp_port: int, smtp_ca: Path) -> list[str]:
    today = datetime.now(UTC).date()
    configs = []
    for number, port in enumerate(ports):
        own = folder / str(number)
        own.mkdir()
        (own / "mail-password").write_text(PASSWORD)
        (own / "mail-password").chmod(0o600)
        text = RULES.format(
            number=number,
            away_from=today - timedelta(days=1),
            away_until=today + timedelta(days=7),
            username=USERNAME,
            imap_port=port,
            smtp_port=smtp_port,
            smtp_ca=smtp_ca,
        )
        (own / "rules.yaml").write_text(text)
        configs.append(str(own / "rules.yaml"))
    return configs


def measure(accounts: int, rate: float, seconds: float) -> tuple[Soak, float]:
    """What was seen, and the CPU that the process used a mail, in s."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    authority = trustme.CA()
    with ExitStack() as ending, tempfile.TemporaryDirectory(prefix="soak-") as name:
        folder, smtp_ca = Path(name), Path(name) / "smtp-ca.pem"
        authority.cert_pem.write_to_path(str(smtp_ca))
        mailboxes, there = multiprocessing.Pipe()
        server = multiprocessing.Process(target=serve_mailboxes, args=(accounts, there), daemon=True)
        server.start()
        ending.callback(server.join)
        ending.callback(server.terminate)
        smtp_port, taken = ending.enter_context(sink(authority))
        configs = write_accounts(folder, mailboxes.recv(), smtp_port, smtp_ca)
        command = [sys.executable, "-c", "from delegator.cli.main import main; main()", "run", *configs]
        log = folder / "log"
        with log.open("wb") as stream:
            daemon = subprocess.Popen([*command, "--state", str(folder / "state")], stderr=stream)
        ending.callback(daemon.wait)
        ending.callback(daemon.terminate)
        for _ in range(3):  # on a busy machine it may seem to rest while it waits for the processor
            wait_until_quiet(daemon, log, accounts)
            time.sleep(2)
        before_s, soak = cpu_s(daemon.pid), Soak()
        mailboxes.send((rate, seconds))
        soak.watch(daemon.pid, mailboxes, taken, mails := int(rate * seconds), seconds)
        return soak, (cpu_s(daemon.pid) - before_s) / mails


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accounts", type=int, default=500)
    parser.add_argument("--rate", type=float, default=20, help="mails a second")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--json", action="store_true", help="as JSON")
    options = parser.parse_args()
    soak, cpu_each_s = measure(options.accounts, options.rate, options.seconds)
    times_s = list(soak.times_s.values())
    early_mb, late_mb, descriptors = soak.growth(options.seconds)
    what = f"a soak of {options.seconds:g} s, {options.accounts} accounts, {options.rate:g} mails a second"
    checked = f"each of {len(times_s)} mails was forwarded once"
    note = f"{cpu_each_s * 1000:.1f} ms of CPU a mail; load {os.getloadavg()[0]:.1f}"
    is_long = options.seconds >= LEAST_S
    rows = [
        Row(f"{what}: p50", round(percentile(times_s, 50), 3), "s", checked=checked, note=note),
        Row(
            f"{what}: p99",
            round(percentile(times_s, 99), 3),
            "s",
            aim=AIM_P99_S,
            aim_text=f"<= {AIM_P99_S:g} s",
            checked=checked,
        ),
        Row(
            f"{what}: memory",
            round(late_mb, 1),
            "MB",
            held=round(late_mb / early_mb - 1, 3),
            aim=AIM_GROWTH if is_long else None,
            aim_text=f"flat: grows by <= {AIM_GROWTH:.0%}" if is_long else "",
            note=f"{early_mb:.1f} MB at most in the second fifth of the time, {late_mb:.1f} MB in the last"
            if is_long
            else "in so short a time it cannot be told whether it grows",
        ),
        Row(
            f"{what}: descriptors",
            soak.samples[-1].descriptors,
            "",
            held=descriptors,
            aim=5,
            aim_text="flat: <= 5 more",
        ),
    ]
    print_rows(rows, as_json=options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
