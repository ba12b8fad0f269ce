"""A burst of mails that are all to be forwarded, at a round trip of 50 ms to both servers.

    .venv/bin/python bench/burst.py [--mails 200] [--json]

A real `delegator run` that idles, on a private Dovecot and a submission server over TLS with a login, each
behind a relay that makes every round trip 50 ms. So many mails of 20 correspondents come at once into the
mailbox; the time is from the first of them until the server has accepted the last forward. Checked: every
mail was forwarded once, and those of each correspondent in their order. Once with PIPELINING (RFC 2920)
offered, and once without. Needs dovecot-imapd.

The floor is what the same mails take over two connections of bare sockets through the same relay, the
envelope in one piece, each mail when the one before was accepted; nothing is read from a mailbox, decided or
kept. The peer is smtplib on one connection, of which a quarter is sent and the time multiplied.
"""

from __future__ import annotations

import argparse
import os
import shutil
import smtplib
import ssl
import sys
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.distance import far_away
from bench.latency import open_raw_submission
from bench.rows import Row, print_rows
from bench.service import LOGIN, running, servers
from bench.sink import Taken
from tests.servers.dovecot import Account, _mail_owner

CORRESPONDENTS, ROUND_TRIP_S, CONNECTIONS = 20, 0.05, 2
AIM_S = 15.0  # for 200

MAIL = """From: Klant {who} <klant{who}@acme.example>\r
To: Sofie <sofie@voorbeeld.example>\r
Subject: Vraag {number}\r
Message-ID: <{number}.burst@acme.example>\r
Date: {date}\r
MIME-Version: 1.0\r
Content-Type: text/plain; charset=utf-8\r
\r
Dag Sofie,\r
\r
Kunnen jullie dit bekijken? Het gaat over de offerte van vorige week.\r
"""


def write(number: int) -> bytes:
    date = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
    return MAIL.format(who=number % CORRESPONDENTS, number=number, date=date).encode()


def deliver_at_once(account: Account, count: int) -> None:
    """Into the Maildir, as a delivery agent does; the server tells of them on IDLE."""
    box = account.server.base / "users" / account.username / "Maildir"
    now = int(time.time())
    for number in range(count):
        octets = write(number)
        name = f"{now}.M{number:07d}.burst,S={len(octets)},W={len(octets)}"
        path = box / "tmp" / name
        path.write_bytes(octets)
        if os.getuid() == 0:
            shutil.chown(path, *_mail_owner())
        path.rename(box / "new" / name)


def check(found: list[Taken], count: int) -> None:
    numbers = [mail.number for mail in found]
    if sorted(numbers) != list(range(count)):
        raise SystemExit("not every mail was forwarded once")
    for who in range(CORRESPONDENTS):
        of_one = [number for number in numbers if number % CORRESPONDENTS == who]
        if of_one != sorted(of_one):
            raise SystemExit(f"those of correspondent {who} came in another order: {of_one}")


def bare_sockets(port: int, context: ssl.SSLContext, count: int) -> None:
    def send(numbers: range) -> None:
        sender = open_raw_submission(port, context)
        for number in numbers:
            sender.client.sendall(
                b"MAIL FROM:<sofie@voorbeeld.example>\r\nRCPT TO:<anna@voorbeeld.example>\r\nDATA\r\n"
            )
            for _ in range(3):
                sender.lines.readline()
            sender.client.sendall(write(number) + b".\r\n")
            sender.lines.readline()
        sender.client.close()

    threads = [
        threading.Thread(target=send, args=(range(first, count, CONNECTIONS),))
        for first in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def by_smtplib(port: int, context: ssl.SSLContext, count: int) -> None:
    with smtplib.SMTP_SSL("localhost", port, context=context) as client:
        client.login(*LOGIN)
        for number in range(count):
            client.sendmail(LOGIN[0], ["anna@voorbeeld.example"], write(number))


def measure(count: int, *, pipelines: bool) -> tuple[float, float, float]:
    """Seconds: ours, the floor, smtplib."""
    with servers(pipelines=pipelines) as these, ExitStack() as ending:
        account, context = these.account, ssl.create_default_context(cafile=str(these.smtp_ca))
        targets = [(account.host, account.port), ("127.0.0.1", these.smtp_port)]
        imap_port, smtp_port = ending.enter_context(far_away(targets, ROUND_TRIP_S))

        begun = time.monotonic()
        bare_sockets(smtp_port, context, count)
        floor_s = these.collect(count, "bare sockets")[-1].at - begun
        begun = time.monotonic()
        by_smtplib(smtp_port, context, quarter := max(1, count // 4))
        peer_s = (these.collect(quarter, "smtplib")[-1].at - begun) * count / quarter

        ending.enter_context(running(these, imap_port=imap_port, smtp_port=smtp_port))
        begun = time.monotonic()
        deliver_at_once(account, count)
        found = these.collect(count, "delegator")
        ours_s = found[-1].at - begun
        time.sleep(0.5)
        if these.taken.poll():
            raise SystemExit("a mail was forwarded twice")
        check(found, count)
    return ours_s, floor_s, peer_s


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mails", type=int, default=200)
    parser.add_argument("--json", action="store_true", help="as JSON")
    options = parser.parse_args()
    rows = []
    for pipelines in (True, False):
        ours_s, floor_s, peer_s = measure(options.mails, pipelines=pipelines)
        is_held = pipelines and options.mails >= 200
        what = f"a burst of {options.mails} forwards at 50 ms round trip"
        rows.append(
            Row(
                what if pipelines else f"{what}, no PIPELINING offered",
                ours=round(ours_s, 2),
                unit="s",
                floor=round(floor_s, 2),
                peers={"smtplib, one connection": round(peer_s, 2)},
                # Fewer are not held to it: what a burst takes to begin does not shrink with it.
                aim=AIM_S if is_held else None,
                aim_text=f"<= {AIM_S:g} s, in order" if is_held else "",
                checked=f"each once, and in order for each of {CORRESPONDENTS} correspondents",
                note=f"on {CONNECTIONS} connections, as the floor" if pipelines else "",
            )
        )
    print_rows(rows, as_json=options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
