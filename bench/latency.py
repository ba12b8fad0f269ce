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
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import BinaryIO

import trustme

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import programs
from bench.rows import Row, print_rows
from bench.service import LOGIN, Servers, running, wait_until_idle
from bench.sink import Taken, sink
from tests.servers.dovecot import Account, Dovecot

AIM_MS, AIM_LATE_MS = 10.0, 30.0

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


# --- the measurement ----------------------------------------------------------------------------------


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
        mail: Taken = accepted.recv()
        assert mail.number == number, (mail.number, number)
        times_ms[who].append((mail.at - begun_at) * 1000)


def percentile(times_ms: list[float], percent: int) -> float:
    return statistics.quantiles(times_ms, n=100, method="inclusive")[percent - 1]


FLOOR, PEER, OURS = "bare", "fetchmail", "delegator"


def measure_all(count: int) -> dict[str, list[float]]:
    """Of each, the time that each mail took, in ms."""
    authority = trustme.CA()
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

        folder = Path(name)
        smtp_ca = folder / "smtp-ca.pem"
        authority.cert_pem.write_to_path(str(smtp_ca))
        server.start()
        smtp_port, taken = ending.enter_context(sink(authority, pipelines=False))
        plain_port, plain_taken = ending.enter_context(sink(None, pipelines=False))
        accepted = {FLOOR: taken, PEER: plain_taken, OURS: taken}
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
            measure(accounts[PEER], PEER, pids[PEER], [0], plain_taken, {PEER: []})  # until it idles
        these = Servers(folder, accounts[OURS], smtp_port, smtp_ca, taken)
        pids[OURS] = ending.enter_context(running(these))
        for at in range(0, count, 10):  # in turn, so that a busy machine is busy for all
            for who, pid in pids.items():
                numbers = list(range(at, min(at + 10, count)))
                measure(accounts[who], who, pid, numbers, accepted[who], times_ms)
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
