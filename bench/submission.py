"""How fast a mail of 3 MB is submitted, and how long the event loop is held up meanwhile.

    .venv/bin/python bench/submission.py [--mails 20] [--megabytes 3] [--rounds 9] [--json]

The gate submits so many mails of 3 MB, one after another on one connection, to a server on loopback in a
process of its own: in clear and without a login, because that is what the floor can do, and with the memory
of a daemon (`bound_memory`), which counts for as much as all else. The floor is the smtp-source of Postfix
with the same number, size and connection (bench/peers.sh unpacks it), or a bare socket where that is not
there; the peer is smtplib. In turn; what counts is the median of the rounds, and of their
ratios. Checked: the server took every one, whole.

The second row is the whole way of as many such mails, one by one, through a real `delegator run`: fetched
from a private Dovecot, kept, composed, kept again and submitted over TLS. It gives the longest time between
two turns of its event loop, of all of them (`turns` says how).
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
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import programs, turns
from bench.rows import Row, print_rows
from bench.service import collect, running, servers
from bench.sink import sink
from bench.turns import NUMBER
from delegator.adapters.host import bound_memory
from delegator.adapters.smtp.gate import SubmissionGate
from delegator.core.delivery import Outcome
from delegator.ports import Submission

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
    content = mail + b".\r\n"
    with socket.create_connection(("127.0.0.1", port)) as client:
        lines = client.makefile("rb")
        lines.readline()
        commands = [f"MAIL FROM:<{OWNER}>", f"RCPT TO:<{ANNA}>", "DATA"]
        for command in ["EHLO x", *commands * count]:
            client.sendall(f"{command}\r\n".encode())
            while lines.readline()[3:4] == b"-":
                pass
            if command == "DATA":
                client.sendall(content)
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
        bound_memory()  # not in the server's process
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


def whole_way(octets: int, count: int) -> list[float]:
    """The longest time between two turns of a daemon's loop, in ms, with each of so many mails."""
    found = []
    with servers() as these:
        result = these.folder / "turns"
        result.write_bytes(bytes(NUMBER.size))
        program = (sys.executable, turns.__file__, str(result))
        with running(these, program=program), turns.shared(result) as longest_ms:
            for number, size in enumerate((1000, *[octets] * (count + 1))):  # the first two are to warm up
                NUMBER.pack_into(longest_ms, 0, 0.0)
                these.account.deliver(to_forward(number, size))
                these.collect(1, f"a mail of {size} octets")
                time.sleep(1)
                found.append(NUMBER.unpack_from(longest_ms)[0])
    return found[2:]


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
    held_ms = whole_way(octets, options.mails)
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
            ours=round(max(held_ms), 1),
            unit="ms",
            aim=AIM_LOOP_MS,
            aim_text=f"<= {AIM_LOOP_MS:.0f} ms",
            checked="each mail was forwarded",
            note=f"the longest of {options.mails} mails; their median is {statistics.median(held_ms):.1f} ms",
        ),
    ]
    print_rows(rows, as_json=options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
