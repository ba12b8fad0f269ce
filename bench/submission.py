"""How fast a mail of 3 MB is submitted, and how long the event loop is held up meanwhile.

    .venv/bin/python bench/submission.py [--mails 20] [--megabytes 3] [--rounds 9] [--json]

The gate submits so many mails of 3 MB, one after another on one connection, to a server on loopback in a
process of its own: in clear and without a login, because that is what the floor can do. The floor is the
smtp-source of Postfix with the same number, size and connection (bench/peers.sh unpacks it), or a bare socket
where that is not there; the peer is smtplib. In turn; what counts is the median of the rounds, and of their
ratios. Checked: the server took every one, whole.

The second row is the whole way of one such mail through a service in this process: fetched from a private
Dovecot, kept, composed, kept again and submitted over TLS. It gives the longest time between two turns of its
event loop, and of that only what the process used the processor for: what another program took is not ours.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import os
import smtplib
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import structlog

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import programs
from bench.burst import collect
from bench.rows import Row, print_rows
from bench.sink import sink
from delegator.adapters.host import SystemClock
from delegator.adapters.smtp.gate import SubmissionGate
from delegator.core.delivery import Outcome
from delegator.ports import Submission
from tests.holiday import RULES, Holiday
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import SmtpServer, authority

AIM, AIM_LOOP_MS = 0.6, 10.0
OWNER, ANNA = "sofie@voorbeeld.example", "anna@voorbeeld.example"
HEADER = f"From: {OWNER}\r\nTo: {ANNA}\r\nMessage-ID: <1@voorbeeld.example>\r\nSubject: Vraag 1\r\n"


def attachment(octets: int) -> bytes:
    line = base64.b64encode(os.urandom(57)) + b"\r\n"
    return line * (octets // len(line))


async def by_gate(port: int, mail: bytes, count: int) -> None:
    gate = SubmissionGate(
        host="127.0.0.1",
        port=port,
        security="none",
        sender=OWNER,
        recipients=frozenset({ANNA}),
        linger_s=5,
    )
    for _ in range(count):
        reply = await gate.submit(Submission((ANNA,), mail, "<1@voorbeeld.example>"))
        if reply.outcome is not Outcome.ACCEPTED:
            raise SystemExit(reply)
    await gate.close()


def by_smtplib(port: int, mail: bytes, count: int) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        for _ in range(count):
            client.sendmail(OWNER, [ANNA], mail)


def by_bare_socket(port: int, mail: bytes, count: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as client:
        lines = client.makefile("rb")
        lines.readline()
        commands = [f"MAIL FROM:<{OWNER}>", f"RCPT TO:<{ANNA}>", "DATA"]
        for command in ["EHLO x", *commands * count]:
            client.sendall(f"{command}\r\n".encode())
            while lines.readline()[3:4] == b"-":
                pass
            if command == "DATA":
                client.sendall(mail + b".\r\n")
                lines.readline()


def by_smtp_source(program: programs.Program, port: int, octets: int, count: int) -> None:
    words = [str(program.path), "-d", "-s", "1", "-m", str(count), "-l", str(octets)]
    words += ["-f", OWNER, "-t", ANNA, "-S", "Vraag 1", f"127.0.0.1:{port}"]
    subprocess.run(words, env=program.environment, check=True, stdout=subprocess.DEVNULL)


def timed(what: str, send: Callable[[], None], taken: Connection, count: int) -> float:
    begun = time.monotonic()
    send()
    took_s = time.monotonic() - begun
    collect(taken, count, what)
    return took_s / count


def measure(count: int, octets: int, rounds: int) -> dict[str, list[float]]:
    """Seconds a mail, in each round, of each."""
    mail = f"{HEADER}\r\n".encode() + attachment(octets)
    program = programs.find("smtp-source")
    times: dict[str, list[float]] = {}
    with sink(None) as (port, taken):
        senders: dict[str, Callable[[], None]] = {
            "delegator": lambda: asyncio.run(by_gate(port, mail, count)),
            "smtplib": partial(by_smtplib, port, mail, count),
            "bare socket": partial(by_bare_socket, port, mail, count),
        }
        if program is not None:
            senders["smtp-source"] = partial(by_smtp_source, program, port, len(mail), count)
        for _ in range(rounds):
            for name, send in senders.items():
                times.setdefault(name, []).append(timed(name, send, taken, count))
    return times


class Turns:
    """The longest time between two turns of the event loop: what of it the process itself used."""

    def __init__(self) -> None:
        self.longest_s = 0.0

    async def watch(self) -> None:
        while True:
            wall, used = time.perf_counter(), time.process_time()
            await asyncio.sleep(0.001)
            held_s = min(time.perf_counter() - wall, time.process_time() - used)
            self.longest_s = max(self.longest_s, held_s)


def to_forward(number: int, octets: int) -> bytes:
    return (
        (
            f"From: Jan <jan@acme.example>\r\nTo: {OWNER}\r\nSubject: Vraag {number}\r\n"
            f"Message-ID: <{number}@acme.example>\r\nMIME-Version: 1.0\r\n"
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n"
            "Dag Sofie\r\n--b\r\nContent-Type: application/zip; name=plan.zip\r\n"
            "Content-Transfer-Encoding: base64\r\n\r\n"
        ).encode()
        + attachment(octets)
        + b"--b--\r\n"
    )


async def whole_way(octets: int, folder: Path) -> float:
    """The longest time between two turns, in ms."""
    dovecot, turns = Dovecot(), Turns()
    dovecot.start()
    try:
        account, today = dovecot.account("loop"), datetime.now(UTC).date()
        away = (str(today - timedelta(days=1)), str(today + timedelta(days=9)))
        this = Holiday(account, SmtpServer(), folder, SystemClock(), rules=RULES, away=away)
        with sink(authority()) as (port, taken):
            this.smtp_port = port
            await this.start()
            for number, size in enumerate((1000, octets, octets)):  # the first ones are to warm up
                await asyncio.sleep(1)
                turns.longest_s = 0
                watching = asyncio.create_task(turns.watch())
                await asyncio.to_thread(account.deliver, to_forward(number, size))
                await asyncio.to_thread(collect, taken, 1, f"a mail of {size} octets")
                await asyncio.sleep(1)
                watching.cancel()
            await this.stop()
    finally:
        dovecot.remove()
    return turns.longest_s * 1000


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mails", type=int, default=20)
    parser.add_argument("--megabytes", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", action="store_true", help="as JSON")
    options = parser.parse_args()
    octets = int(options.megabytes * 1e6)
    rounds = measure(options.mails, octets, options.rounds)
    floor = "smtp-source" if "smtp-source" in rounds else "bare socket"
    ratios = [least / ours for least, ours in zip(rounds[floor], rounds["delegator"], strict=True)]
    times_s = {name: statistics.median(found) for name, found in rounds.items()}
    ours_s, floor_s = times_s.pop("delegator"), times_s.pop(floor)
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    with tempfile.TemporaryDirectory() as folder:
        held_ms = asyncio.run(whole_way(octets, Path(folder)))
    what = f"submission of {options.megabytes:g} MB"
    rows = [
        Row(
            what,
            ours=round(ours_s * 1000, 2),
            unit="ms",
            floor=round(floor_s * 1000, 2),
            peers={name: round(found * 1000, 2) for name, found in times_s.items()},
            held=round(statistics.median(ratios), 2),
            aim=AIM,
            at_least=True,
            aim_text=f">= {AIM} of the speed of {floor}",
            checked=f"the server took {options.mails} mails of each, whole, on one connection",
        ),
        Row(
            f"{what}: the event loop held up, the whole way of a mail",
            ours=round(held_ms, 1),
            unit="ms",
            aim=AIM_LOOP_MS,
            aim_text=f"<= {AIM_LOOP_MS:.0f} ms",
            checked="the mail was forwarded",
        ),
    ]
    print_rows(rows, as_json=options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
