"""How long a mail takes from its arrival to its accepted forward, beside the least that it could take.

    .venv/bin/python bench/latency.py [--mails 200]

On one Dovecot and one submission server, both over TLS with a login, in turn: a mail for the real
`delegator run`; one for a bare client: a socket in IDLE that fetches what comes and hands it on in a raw SMTP
dialogue, keeps nothing and decides nothing; and one for `fetchmail --idle`, where bench/peers.sh unpacked it.
Each runs in a process of its own. A mail's time begins before its APPEND and ends when the server has taken
its forward. Needs dovecot-imapd.
"""

from __future__ import annotations

import argparse
import base64
import multiprocessing
import re
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import BinaryIO

import trustme

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import programs
from bench.rows import Row, print_rows
from tests.servers.dovecot import Account, Dovecot

AIM_MS, AIM_LATE_MS = 10.0, 30.0
LOGIN = ("sofie@voorbeeld.example", "geheim")

RULES = """
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

ONE_RULE = "rules: [{name: questions, when: {from: jan@acme.example}, forward: anna}]"

MAIL = """From: Jan De Smet <jan@acme.example>\r
To: Sofie <sofie@voorbeeld.example>\r
Subject: Vraag {number}\r
Message-ID: <{number}.{who}@acme.example>\r
Date: Mon, 16 Nov 2026 06:00:00 +0000\r
MIME-Version: 1.0\r
Content-Type: text/plain; charset=utf-8\r
\r
Dag Sofie,\r
\r
Kunnen jullie dit bekijken?\r
"""

# --- the submission server ----------------------------------------------------------------------------


def serve_submission(authority: trustme.CA | None, report: Connection) -> None:
    """Take every mail; tell the port, then of each mail its number and when it was accepted.

    authority: None: without TLS.
    """
    context = None
    if authority is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
    with socket.create_server(("localhost", 0)) as listener:
        report.send(listener.getsockname()[1])
        while True:
            plain, _ = listener.accept()
            # Each in a thread of its own: a client may keep its connection for the next mail.
            threading.Thread(target=serve_client, args=(plain, context, report), daemon=True).start()


_REPORTING = threading.Lock()


def serve_client(plain: socket.socket, context: ssl.SSLContext | None, report: Connection) -> None:
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with suppress(OSError, StopIteration), _secured(plain, context) as client:
        serve_one(client, report)


def _secured(plain: socket.socket, context: ssl.SSLContext | None) -> socket.socket:
    return context.wrap_socket(plain, server_side=True) if context else plain


def serve_one(client: socket.socket, report: Connection) -> None:
    lines = iter(client.makefile("rb"))
    client.sendall(b"220 localhost\r\n")
    for line in lines:
        match line[:4].upper():
            case b"EHLO":
                client.sendall(b"250-localhost\r\n250-8BITMIME\r\n250-SIZE 50000000\r\n250 AUTH PLAIN\r\n")
            case b"AUTH":
                client.sendall(b"235 2.7.0 ok\r\n")
            case b"DATA":
                client.sendall(b"354 go on\r\n")
                number = ""
                while (line := next(lines)) != b".\r\n":
                    if found := re.match(rb"Subject: Vraag (\d+)", line):
                        number = found[1].decode()
                accepted_at = time.monotonic()
                client.sendall(b"250 2.0.0 ok\r\n")
                if number:  # else a mail to the owner
                    with _REPORTING:
                        report.send((number, accepted_at))
            case b"QUIT":
                return
            case _:
                client.sendall(b"250 2.0.0 ok\r\n")


# --- the bare client ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RawSubmission:
    client: ssl.SSLSocket
    lines: BinaryIO

    def say(self, *commands: str) -> None:
        """One after another, each when the one before is answered."""
        for text in commands:
            self.client.sendall(f"{text}\r\n".encode())
            while self.lines.readline()[3:4] == b"-":
                pass


def run_bare_client(
    host: str, port: int, ca: str, login: tuple[str, str], smtp_port: int, smtp_ca: str, ready: Connection
) -> None:
    """Wait in IDLE; fetch what is new; hand it on. No state, no decision, no error handling."""
    context, smtp_context = ssl.create_default_context(cafile=ca), ssl.create_default_context(cafile=smtp_ca)
    connection = context.wrap_socket(socket.create_connection((host, port)), server_hostname=host)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    lines = connection.makefile("rb")
    lines.readline()

    def command(text: str) -> bytes:
        connection.sendall(f"a {text}\r\n".encode())
        answer = b""
        while not (line := lines.readline()).startswith(b"a "):
            answer += line
        return answer

    command(f"LOGIN {login[0]} {login[1]}")
    command("SELECT INBOX")
    seen = 0
    while True:
        connection.sendall(b"a IDLE\r\n")
        lines.readline()
        if not seen:
            ready.send(True)
        while b"EXISTS" not in lines.readline():
            pass
        connection.sendall(b"DONE\r\n")
        while not lines.readline().startswith(b"a "):
            pass
        seen += 1
        answer = command(f"FETCH {seen} (UID BODY.PEEK[])")
        octets = answer[answer.index(b"\r\n") + 2 :]
        submit_raw(octets[: octets.rindex(b")")], smtp_port, smtp_context)


def open_raw_submission(port: int, context: ssl.SSLContext) -> RawSubmission:
    """Logged in."""
    plain = socket.create_connection(("localhost", port))
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client = context.wrap_socket(plain, server_hostname="localhost")
    sender = RawSubmission(client, client.makefile("rb"))
    sender.lines.readline()
    token = base64.b64encode("\0{}\0{}".format(*LOGIN).encode()).decode()
    sender.say("EHLO localhost", f"AUTH PLAIN {token}")
    return sender


def submit_over(sender: RawSubmission, octets: bytes) -> None:
    sender.say("MAIL FROM:<sofie@voorbeeld.example>", "RCPT TO:<anna@voorbeeld.example>", "DATA")
    sender.client.sendall(octets + b".\r\n")
    sender.lines.readline()


def submit_raw(octets: bytes, port: int, context: ssl.SSLContext) -> None:
    sender = open_raw_submission(port, context)
    with sender.client:
        submit_over(sender, octets)
        sender.client.sendall(b"QUIT\r\n")


# --- fetchmail -----------------------------------------------------------------------------------------

FETCHMAILRC = """
set no bouncemail
poll localhost service {port} protocol imap auth password
  user "{username}" password "{password}" is "anna" here
  ssl no sslcertck
  idle fetchall smtphost "localhost/{smtp_port}" smtpname "anna@voorbeeld.example"
"""


def start_fetchmail(
    program: programs.Program, folder: Path, account: Account, smtp_port: int
) -> subprocess.Popen[bytes]:
    """It hands what comes to a server without TLS and login, for it can do neither; and it wants a common
    name in a certificate, which ours has not, so it does not look at it."""
    path = folder / "fetchmailrc"
    path.write_text(
        FETCHMAILRC.format(
            port=account.port,
            username=account.username,
            password=account.password,
            smtp_port=smtp_port,
        )
    )
    path.chmod(0o600)
    command = [str(program.path), "--fetchmailrc", str(path), "--nodetach", "--nosyslog"]
    with (folder / "fetchmail.log").open("wb") as log:
        return subprocess.Popen(
            command, stdout=log, stderr=log, env=program.environment | {"FETCHMAILHOME": str(folder)}
        )


# --- delegator ----------------------------------------------------------------------------------------


def write_account(
    folder: Path,
    account: Account,
    smtp_port: int,
    smtp_ca: Path,
    owner: str = LOGIN[0],
    rules: str = ONE_RULE,
) -> None:
    """rules.yaml and the passwords of an owner who is away."""
    today = datetime.now(UTC).date()
    for name, secret in (("mail-password", account.password), ("smtp-password", LOGIN[1])):
        (folder / name).write_text(secret)
        (folder / name).chmod(0o600)
    (folder / "rules.yaml").write_text(
        RULES.format(
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


def start_delegator(folder: Path, account: Account, smtp_port: int, smtp_ca: Path) -> subprocess.Popen[bytes]:
    write_account(folder, account, smtp_port, smtp_ca)
    command = [sys.executable, "-c", "from delegator.cli import main; main()", "run"]
    command += ["-c", str(folder / "rules.yaml"), "--state", str(folder / "state")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stderr=log)
    while "Delegator/Forwarded" not in account.mailboxes():
        if process.poll() is not None:
            raise SystemExit((folder / "log").read_text())
        time.sleep(0.05)
    time.sleep(1)  # until it idles
    return process


# --- the measurement ----------------------------------------------------------------------------------


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


def measure(
    account: Account,
    who: str,
    pid: int,
    numbers: list[int],
    accepted: Connection,
    times_ms: dict[str, list[float]],
) -> None:
    for number in numbers:
        wait_until_idle(pid)
        octets = MAIL.format(number=number, who=who).encode()
        begun_at = time.monotonic()
        account.deliver(octets)
        if not accepted.poll(30):
            raise SystemExit(f"{who}: mail {number} was not handed on within 30 seconds")
        said, accepted_at = accepted.recv()
        assert said == str(number), (said, number)
        times_ms[who].append((accepted_at - begun_at) * 1000)


def percentile(times_ms: list[float], percent: int) -> float:
    return statistics.quantiles(times_ms, n=100, method="inclusive")[percent - 1]


FLOOR, PEER, OURS = "bare", "fetchmail", "delegator"


def measure_all(count: int) -> dict[str, list[float]]:
    """Of each, the time that each mail took, in ms."""
    authority = trustme.CA()
    accepted, report = multiprocessing.Pipe(duplex=False)
    ready, is_ready = multiprocessing.Pipe(duplex=False)
    times_ms: dict[str, list[float]] = {FLOOR: [], OURS: []}
    server = Dovecot()
    with ExitStack() as ending, tempfile.TemporaryDirectory(prefix="latency-") as name:
        ending.callback(server.remove)

        def begun(child: multiprocessing.Process | subprocess.Popen[bytes]) -> int:
            ending.callback(child.wait if isinstance(child, subprocess.Popen) else child.join)
            ending.callback(child.terminate)
            assert child.pid is not None
            return child.pid

        def sink(by: trustme.CA | None) -> int:
            child = multiprocessing.Process(target=serve_submission, args=(by, report), daemon=True)
            child.start()
            begun(child)
            return int(accepted.recv())

        folder = Path(name)
        smtp_ca = folder / "smtp-ca.pem"
        authority.cert_pem.write_to_path(str(smtp_ca))
        server.start()
        smtp_port, plain_port = sink(authority), sink(None)
        accounts = {who: server.account(who) for who in (FLOOR, PEER, OURS)}
        bare = accounts[FLOOR]
        arguments = (bare.host, bare.port, str(bare.ca), (bare.username, bare.password))
        client = multiprocessing.Process(
            target=run_bare_client, args=(*arguments, smtp_port, str(smtp_ca), is_ready), daemon=True
        )
        client.start()
        pids = {FLOOR: begun(client)}
        ready.recv()
        program = programs.find("fetchmail")
        if program is not None:
            times_ms[PEER] = []
            pids[PEER] = begun(start_fetchmail(program, folder, accounts[PEER], plain_port))
            time.sleep(1)
            measure(accounts[PEER], PEER, pids[PEER], [0], accepted, {PEER: []})  # until it idles
        pids[OURS] = begun(start_delegator(folder, accounts[OURS], smtp_port, smtp_ca))
        for at in range(0, count, 10):  # in turn, so that a busy machine is busy for all
            for who, pid in pids.items():
                numbers = list(range(at, min(at + 10, count)))
                measure(accounts[who], who, pid, numbers, accepted, times_ms)
    return times_ms


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mails", type=int, default=200, help="how many of each (200)")
    parser.add_argument("--json", action="store_true", help="rows as JSON")
    options = parser.parse_args()
    times_ms = measure_all(options.mails)
    rows = []
    for percent, name, aim in ((50, "median", AIM_MS), (99, "99 of 100", AIM_LATE_MS)):
        found = {who: round(percentile(times, percent), 1) for who, times in times_ms.items()}
        rows.append(
            Row(
                f"arrival to accepted forward, {options.mails} mails, {name}",
                found[OURS],
                "ms",
                found[FLOOR],
                {"fetchmail --idle, without TLS and login where it submits": found.get(PEER)},
                round(found[OURS] - found[FLOOR], 1),
                aim,
                aim_text=f"floor + {aim:g} ms",
                checked="every mail handed on, once",
            )
        )
    print_rows(rows, as_json=options.json)


if __name__ == "__main__":
    main()
