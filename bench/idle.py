"""What an account costs that has nothing to do: memory, and CPU by the hour.

    .venv/bin/python bench/idle.py [--accounts 300] [--seconds 300] [--json]

One `delegator run` with so many owners who are all away, each with a configuration, a login over TLS to a
private Dovecot, folders, Sent and Junk; nothing arrives. What is measured begins after as many seconds
again, since the first look after a start is a whole one. Beside it, for what a process costs before its
first account, the same with one owner. Memory is the process's resident set when all is quiet, CPU its own
by /proc over the seconds that were asked for; of both, what the one owner's process takes is taken off. The
seconds are to be a multiple of 300: once in five minutes an account looks at everything, and that belongs
to what it costs. The servers run in processes of their own, which are not counted. Needs dovecot-imapd.

The floor is a bare TLS connection in IDLE, so many in one process, with one context and nothing else.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from multiprocessing.connection import Connection
from pathlib import Path

import trustme

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.rows import Row, print_rows
from bench.service import write_account
from bench.sink import sink
from tests.servers.dovecot import Account, Dovecot

AIM_KB, AIM_CPU_S = 45.0, 15.0  # of an account; of a hundred in an hour
START_WITHIN_S = 300.0
LOOK_EVERY_S = 300.0


def resident_kb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1.024
    raise SystemExit(f"process {pid} has ended")


def cpu_s(pid: int) -> float:
    """User and system time (proc(5): 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def start(
    folder: Path, accounts: Sequence[Account], smtp_port: int, smtp_ca: Path
) -> subprocess.Popen[bytes]:
    configs = []
    for account in accounts:
        own = folder / account.username
        own.mkdir(parents=True)
        write_account(own, account, smtp_port, smtp_ca, owner=f"{account.username}@voorbeeld.example")
        configs.append(str(own / "rules.yaml"))
    command = [sys.executable, "-c", "from delegator.cli.main import main; main()", "run", *configs]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen([*command, "--state", str(folder / "state")], stderr=log)


def wait_until_quiet(process: subprocess.Popen[bytes], log: Path, accounts: int) -> None:
    """Until all have connected, have said their first word, and nothing happens."""
    deadline = time.monotonic() + START_WITHIN_S
    while log.read_text().count('"event": "connected"') < accounts:
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(log.read_text()[-3000:])
        time.sleep(0.5)
    quiet, before = 0, cpu_s(process.pid)
    while quiet < 3 and time.monotonic() < deadline:
        time.sleep(1)
        now = cpu_s(process.pid)
        quiet, before = (quiet + 1 if now - before < 0.05 else 0), now


# --- the floor -----------------------------------------------------------------------------------------


def hold_connections(
    host: str, port: int, ca: str, logins: list[tuple[str, str]], report: Connection
) -> None:
    """One by one to IDLE; then tell the resident set, before and after, and hold them."""
    context = ssl.create_default_context(cafile=ca)
    before, held = resident_kb(os.getpid()), []
    for username, password in logins:
        plain = socket.create_connection((host, port))
        connection = context.wrap_socket(plain, server_hostname=host)
        connection.recv(4096)
        for text in (f"a LOGIN {username} {password}", "a SELECT INBOX", "a IDLE"):
            connection.sendall(f"{text}\r\n".encode())
            answer = b""
            while b"a OK" not in answer and b"+ idling" not in answer:
                answer += connection.recv(4096)
        held.append(connection)
    report.send((before, resident_kb(os.getpid())))
    report.recv()


def floor_kb(accounts: Sequence[Account]) -> float:
    """Of each connection."""
    here, there = multiprocessing.Pipe()
    first = accounts[0]
    logins = [(account.username, account.password) for account in accounts]
    arguments = (first.host, first.port, str(first.ca), logins, there)
    child = multiprocessing.get_context("spawn").Process(target=hold_connections, args=arguments)
    child.start()
    before, after = here.recv()
    here.send(None)
    child.join()
    return (float(after) - float(before)) / len(accounts)


# --- the measurement -----------------------------------------------------------------------------------


def measure(count: int, seconds: float) -> dict[str, float]:
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    authority = trustme.CA()
    server = Dovecot()
    with ExitStack() as ending, tempfile.TemporaryDirectory(prefix="idle-") as name:
        ending.callback(server.remove)
        folder, smtp_ca = Path(name), Path(name) / "smtp-ca.pem"
        authority.cert_pem.write_to_path(str(smtp_ca))
        server.start()
        smtp_port, _ = ending.enter_context(sink(authority))
        many = [server.account(f"owner{number}") for number in range(count)]
        groups = {"many": many, "one": [server.account("alone")]}
        bare_kb = floor_kb([server.account(f"bare{number}") for number in range(count)])
        daemons = {}
        for who, accounts in groups.items():
            daemons[who] = start(folder / who, accounts, smtp_port, smtp_ca)
            ending.callback(daemons[who].wait)
            ending.callback(daemons[who].terminate)
        for who, accounts in groups.items():
            wait_until_quiet(daemons[who], folder / who / "log", len(accounts))
        time.sleep(seconds)
        before = {who: cpu_s(daemon.pid) for who, daemon in daemons.items()}
        time.sleep(seconds)
        used = {who: cpu_s(daemon.pid) - before[who] for who, daemon in daemons.items()}
        kb = {who: resident_kb(daemon.pid) for who, daemon in daemons.items()}
        lost = (folder / "many" / "log").read_text().count("connection_lost")
        if lost:
            raise SystemExit(f"{lost} connections were lost: the others cannot be compared with idle ones")
    others = count - 1
    return {
        "accounts": count,
        "seconds": seconds,
        "kb_each": round((kb["many"] - kb["one"]) / others, 1),
        "floor_kb_each": round(bare_kb, 1),
        "cpu_s_an_hour_each_hundred": round((used["many"] - used["one"]) / others * 100 * 3600 / seconds, 2),
        "process_kb": round(kb["one"]),
        "load": round(os.getloadavg()[0], 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accounts", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--json", action="store_true", help="rows as JSON")
    options = parser.parse_args()
    found = measure(options.accounts, options.seconds)
    what = f"{options.accounts:,} idle accounts, TLS, over {options.seconds:g} s"
    is_whole = options.seconds % LOOK_EVERY_S == 0
    rows = [
        Row(
            f"{what}: memory each",
            found["kb_each"],
            "kB",
            found["floor_kb_each"],
            aim=AIM_KB,
            aim_text=f"<= {AIM_KB:g} kB",
        ),
        Row(
            f"{what}: CPU an hour each hundred",
            found["cpu_s_an_hour_each_hundred"],
            "s",
            aim=AIM_CPU_S if is_whole else None,
            aim_text=f"<= {AIM_CPU_S:g} s" if is_whole else "",
            note="" if is_whole else "over so short a time the look once in five minutes is not in it",
        ),
    ]
    print_rows(rows, as_json=options.json)


if __name__ == "__main__":
    main()
