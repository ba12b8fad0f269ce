"""The first start in the midst of an absence: a mailbox full of mail that nobody has looked at.

    .venv/bin/python bench/first_start.py [--mails 3000] [--json]

A real `delegator run` on an empty state, beside a private Dovecot that holds so many mails of the last hours,
of which twenty-one rules forward one in ten, and a submission server over TLS with a login. Wall time and the
process's CPU (its start included) from its start until every mail was taken up, every forward accepted, and
every forwarded mail moved to its folder; checked against what the rules are known to take. The servers run in
processes of their own, whose CPU is not counted. Needs dovecot-imapd.

The floor is the least that such a start has to do on the wire, with nothing decided or kept: one FETCH of all
mail over a raw socket, and of every tenth a raw submission, over one connection.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import trustme

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.idle import cpu_s, resident_kb
from bench.latency import open_raw_submission, submit_over
from bench.mailbox import mails, rules_yaml
from bench.rows import Row, print_rows
from bench.service import LOGIN, write_account
from bench.sink import sink
from tests.servers.dovecot import Account, Dovecot, _mail_owner

AIM_CPU_MS, AIM_WALL_S = 3.0, 15.0  # of a mail; of 3,000
WITHIN_S = 600.0
SPAN = timedelta(hours=3)  # what is older than four hours goes one by one, six minutes apart
WORD = "toezegging"


def fill(account: Account, count: int) -> int:
    """Put so many mails into the mailbox; how many of them the rules forward."""
    box = account.server.base / "users" / account.username / "Maildir"
    for name in ("cur", "new", "tmp"):
        (box / name).mkdir(parents=True, exist_ok=True)
    forwarded, begin = 0, datetime.now(UTC) - SPAN
    for mail in mails(count):
        octets = mail.octets
        is_ours = mail.number % 100 in (8, 9)  # eight of a hundred are taken by the rules of `mailbox`
        if is_ours:
            octets = octets.replace(b"\r\nSubject: ", f"\r\nSubject: {WORD} ".encode(), 1)
        forwarded += is_ours or mail.rule is not None
        at = int((begin + SPAN * mail.number / count).timestamp())
        path = box / "cur" / f"{at}.M{mail.number:07d}.bench,S={len(octets)},W={len(octets)}:2,"
        path.write_bytes(octets)
        os.utime(path, (at, at))
    if os.getuid() == 0:
        for path in (box.parent, *box.rglob("*"), box):
            shutil.chown(path, *_mail_owner())
    return forwarded


def events_in(log: Path) -> Counter[str]:
    """How often each thing was logged; a forward is counted as "forwarded", moved mails one by one."""
    found: Counter[str] = Counter()
    for line in log.read_text().splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        name = event["event"]
        if name == "submitted" and event["kind"] == "forward":
            found["forwarded"] += 1
        elif name == "filed" and event["folder"] == "Delegator/Forwarded":
            found["filed"] += event["count"]
        else:
            found[name] += 1
    return found


def raw_start(
    host: str, port: int, ca: str, login: tuple[str, str], smtp_port: int, smtp_ca: str, report: Connection
) -> None:
    """The floor; tells its wall time and CPU."""
    begun, used = time.monotonic(), time.process_time()
    context = ssl.create_default_context(cafile=ca)
    with context.wrap_socket(socket.create_connection((host, port)), server_hostname=host) as connection:
        lines = connection.makefile("rb")
        lines.readline()
        for text in (f"LOGIN {login[0]} {login[1]}", "EXAMINE INBOX"):
            connection.sendall(f"a {text}\r\n".encode())
            while not lines.readline().startswith(b"a "):
                pass
        connection.sendall(b"a UID FETCH 1:* (UID BODY.PEEK[])\r\n")
        sender, number = open_raw_submission(smtp_port, ssl.create_default_context(cafile=smtp_ca)), 0
        while not (line := lines.readline()).startswith(b"a "):
            if literal := re.search(rb"\{(\d+)\}\r\n\Z", line):
                octets = lines.read(int(literal[1]))
                lines.readline()
                if number % 10 == 0:
                    submit_over(sender, octets)
                number += 1
    report.send((time.monotonic() - begun, time.process_time() - used))


def measure(count: int) -> dict[str, float]:
    authority = trustme.CA()
    floor, floor_report = multiprocessing.Pipe(duplex=False)
    server = Dovecot()
    with ExitStack() as ending, tempfile.TemporaryDirectory(prefix="first-start-") as name:
        ending.callback(server.remove)
        folder, smtp_ca = Path(name), Path(name) / "smtp-ca.pem"
        authority.cert_pem.write_to_path(str(smtp_ca))
        server.start()
        account = server.account("full")
        wanted = fill(account, count)
        smtp_port, _ = ending.enter_context(sink(authority))
        raw = (account.host, account.port, str(account.ca), (account.username, account.password))
        for _ in range(2):  # the first has the server read its files
            arguments = (*raw, smtp_port, str(smtp_ca), floor_report)
            child = multiprocessing.get_context("spawn").Process(target=raw_start, args=arguments)
            child.start()
            floor_wall_s, floor_cpu_s = floor.recv()
            child.join()
        rules = rules_yaml() + f"  - {{name: promises, when: {{subject: {WORD}}}, forward: anna}}\n"
        write_account(folder, account, smtp_port, smtp_ca, owner=LOGIN[0], rules=rules)
        command = [sys.executable, "-c", "from delegator.cli.main import main; main()", "run"]
        command += ["-c", str(folder / "rules.yaml"), "--state", str(folder / "state")]
        log = folder / "log"
        begun = time.monotonic()
        with log.open("wb") as stream:
            daemon = subprocess.Popen(command, stderr=stream)
        ending.callback(daemon.wait)
        ending.callback(daemon.terminate)
        marks: dict[str, float] = {}
        while (found := events_in(log))["filed"] < wanted:
            if daemon.poll() is not None or time.monotonic() - begun > WITHIN_S:
                raise SystemExit(f"{found}\n{log.read_text()[-3000:]}")
            for event, whole in (("triaged", count), ("forwarded", wanted)):
                if found[event] >= whole:
                    marks.setdefault(event, time.monotonic() - begun)
            time.sleep(0.2)
        wall_s, used_s, peak_kb = time.monotonic() - begun, cpu_s(daemon.pid), resident_kb(daemon.pid)
        if found["triaged"] != count or found["forwarded"] != wanted:
            raise SystemExit(f"not what the rules take: {found}, where {count} and {wanted} are right")
    return {
        "mails": count,
        "forwarded": wanted,
        "wall_s": round(wall_s, 2),
        "taken_up_after_s": round(marks.get("triaged", wall_s), 2),
        "cpu_ms_a_mail": round(used_s / count * 1000, 2),
        "resident_kb": round(peak_kb),
        "floor_wall_s": round(floor_wall_s, 2),
        "floor_cpu_ms_a_mail": round(floor_cpu_s / count * 1000, 3),
        "load": round(os.getloadavg()[0], 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mails", type=int, default=3000)
    parser.add_argument("--json", action="store_true", help="rows as JSON")
    options = parser.parse_args()
    found = measure(options.mails)
    aim_wall_s = AIM_WALL_S * options.mails / 3000
    what = f"first start, {options.mails:,} mails, a tenth forwarded"
    checked = f"every mail taken up, {found['forwarded']:.0f} forwarded and filed"
    rows = [
        Row(
            f"{what}: CPU a mail",
            found["cpu_ms_a_mail"],
            "ms",
            found["floor_cpu_ms_a_mail"],
            aim=AIM_CPU_MS,
            aim_text=f"<= {AIM_CPU_MS:g} ms",
            checked=checked,
        ),
        Row(
            f"{what}: wall time",
            found["wall_s"],
            "s",
            found["floor_wall_s"],
            aim=aim_wall_s,
            aim_text=f"<= {aim_wall_s:g} s",
            checked=checked,
        ),
    ]
    print_rows(rows, as_json=options.json)


if __name__ == "__main__":
    main()
