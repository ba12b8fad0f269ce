"""`make bench`: what delegator costs beside others that do the same work, for docs/performance.md.

    .venv/bin/python bench/run.py [--size 20000] [--rounds 3] [--write]

Sets up a private Dovecot with a generated mailbox of which it is known what 20 rules take (`mailbox`), checks
that each tool finds that, and then measures them in turn, each in a process of its own: CPU and wall time by
the system's own account, the median of the rounds, and the largest memory of the process. Needs
dovecot-imapd. imapautofiler is measured where the environment's PEERS names a venv that holds it.
"""

from __future__ import annotations

import argparse
import imaplib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.mailbox import OWNER, SENDERS, SUBJECTS, mails, rules_yaml
from tests.servers.dovecot import PASSWORD, Dovecot, _mail_owner

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parent / "docs" / "performance.md"
USER = "bench"
DELEGATOR = (sys.executable, "-c", "from delegator.cli import main; main()")
BEGIN, END = "<!-- measured: make bench writes this -->", "<!-- end -->"


@dataclass(slots=True)
class Case:
    """found: the UIDs in what it prints; None: nothing to compare. misses: what it has no rule for."""

    name: str
    words: tuple[str, ...]
    found: Callable[[str], set[int]] | None = None
    misses: str = ""
    cpu_s: list[float] = field(default_factory=list)
    wall_s: list[float] = field(default_factory=list)
    peak_mib: float = 0.0

    def run(self, folder: Path) -> str:
        """Measured once; what it printed."""
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as out:
            started = time.monotonic()
            process = subprocess.Popen(self.words, cwd=folder, stdout=out, stderr=subprocess.STDOUT)
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            self.wall_s.append(time.monotonic() - started)
            out.seek(0)
            printed = out.read()
        if process.returncode:
            raise SystemExit(f"{self.name} failed:\n{printed[-2000:]}")
        self.cpu_s.append(used.ru_utime + used.ru_stime)
        self.peak_mib = max(self.peak_mib, used.ru_maxrss / 1024)
        return printed


@contextmanager
def server(size: int) -> Iterator[Dovecot]:
    dovecot = Dovecot()
    try:
        box = dovecot.base / "users" / USER / "Maildir"
        for name in ("cur", "new", "tmp"):
            (box / name).mkdir(parents=True)
        for mail in mails(size):
            at = int(mail.arrived_at.timestamp())
            octets = len(mail.octets)
            path = box / "cur" / f"{at}.M{mail.number:07d}.bench,S={octets},W={octets}:2,S"
            path.write_bytes(mail.octets)
            os.utime(path, (at, at))
        if os.getuid() == 0:
            for path in (box.parent, *box.rglob("*"), box):
                shutil.chown(path, *_mail_owner())
        dovecot.start()
        yield dovecot
    finally:
        dovecot.remove()


def truth(dovecot: Dovecot, size: int) -> dict[int, str]:
    """By UID, what takes it."""
    rules = {mail.number: mail.rule for mail in mails(size)}
    client = imaplib.IMAP4(dovecot.host, dovecot.plain_port)
    client.login(USER, PASSWORD)
    client.select("INBOX", readonly=True)
    _, answer = client.uid("FETCH", "1:*", "(UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
    client.logout()
    found = {}
    for part in answer:
        if isinstance(part, tuple):
            uid, number = re.search(rb"UID (\d+)", part[0]), re.search(rb"<(\d+)\.", part[1])
            assert uid is not None
            assert number is not None
            rule = rules[int(number[1])]
            if rule is not None:
                found[int(uid[1])] = rule
    return found


def write_configuration(folder: Path, dovecot: Dovecot) -> None:
    (folder / "password").write_text(PASSWORD)
    server_ = f"{{host: 127.0.0.1, port: {dovecot.plain_port}, security: none}}"
    (folder / "rules.yaml").write_text(
        f"version: 1\nowner: {{name: Sofie Janssens, address: {OWNER}, timezone: Europe/Brussels}}\n"
        "away: {from: 2025-11-01, until: 2030-01-01}\n"
        f"account:\n  username: {USER}\n  password: {{file: password}}\n  imap: {server_}\n"
        f"  smtp: {server_}\nbackups: {{anna: {{name: Anna, address: anna@voorbeeld.example}}}}\n"
        f"{rules_yaml()}"
    )
    for name in ("password", "rules.yaml"):
        (folder / name).chmod(0o600)
    headers = [("from", word) for word in SENDERS] + [("subject", word) for word in SUBJECTS]
    rules = "".join(
        f"      - headers: [{{name: {name}, substring: '{word}'}}]\n        action: {{name: flag}}\n"
        for name, word in headers
    )
    (folder / "autofiler.yaml").write_text(
        f"server: {{hostname: 127.0.0.1, port: {dovecot.plain_port}, username: {USER}, "
        f"password: '{PASSWORD}', ssl: false}}\ntrash-mailbox: Trash\nmailboxes:\n"
        f"  - name: INBOX\n    rules:\n{rules}"
    )


def cases(dovecot: Dovecot) -> list[Case]:
    peers = (sys.executable, str(HERE / "peers.py"))
    login = ("127.0.0.1", str(dovecot.plain_port), USER, PASSWORD)
    dry_run = (*DELEGATOR, "dry-run", "--days", "3650", "--state", "state")
    found = [
        Case("raw socket, one FETCH", (*peers, "raw", *login), uids_of_lines),
        Case("imapclient, batches of 500", (*peers, "imapclient", *login), uids_of_lines),
        Case("delegator dry-run --json", (*dry_run, "--json"), uids_of_json),
        Case("delegator dry-run, with the holiday", dry_run),
    ]
    autofiler = Path(os.environ.get("PEERS", "/nonexistent")) / "bin" / "imapautofiler"
    if autofiler.exists():
        words = (str(autofiler), "-n", "-c", "autofiler.yaml")
        found.append(Case("imapautofiler (no rules on text)", words, misses="text"))
    return found


def uids_of_lines(printed: str) -> set[int]:
    return set(map(int, printed.split()))


def uids_of_json(printed: str) -> set[int]:
    messages = json.loads(printed)["messages"]
    return {int(one["source"].rpartition("/")[2]) for one in messages if one["rule"] is not None}


START = (
    Case("python -c pass", (sys.executable, "-c", "pass")),
    Case("delegator --help", (*DELEGATOR, "--help")),
    Case("delegator dry-run --help", (*DELEGATOR, "dry-run", "--help")),
)


def measure(size: int, rounds: int) -> tuple[list[Case], int]:
    with server(size) as dovecot, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_configuration(folder, dovecot)
        expected = set(truth(dovecot, size))
        measured = cases(dovecot)
        for number in range(rounds):
            for case in (*measured, *START):
                printed = case.run(folder)
                if number == 0 and case.found is not None and case.found(printed) != expected:
                    raise SystemExit(f"{case.name} found other mails than the rules take")
                print(f"{case.name}: {case.cpu_s[-1]:.2f} s of CPU, {case.wall_s[-1]:.2f} s", flush=True)
        return [*measured, *START], len(expected)


def table(measured: list[Case], size: int, taken: int, rounds: int) -> str:
    floors = {"raw": measured[0], "start": next(case for case in measured if case.words[-1] == "pass")}
    lines = [
        f"{size:,} mails of which 20 rules take {taken:,}; medians of {rounds} rounds in turn. CPU is the "
        "process's own; the server's is the same for all.",
        "",
        "| | CPU, s | of the floor | wall, s | peak, MiB |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for case in measured:
        floor = floors["start"] if case in START else floors["raw"]
        cpu, ratio = (
            statistics.median(case.cpu_s),
            statistics.median(case.cpu_s) / statistics.median(floor.cpu_s),
        )
        wall = statistics.median(case.wall_s)
        lines.append(f"| {case.name} | {cpu:.2f} | {ratio:.1f} | {wall:.2f} | {case.peak_mib:.0f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="What delegator costs beside others.")
    parser.add_argument("--size", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    options = parser.parse_args()
    measured, taken = measure(options.size, options.rounds)
    text = table(measured, options.size, taken, options.rounds)
    print(text)
    if options.write:
        before, _, rest = DOCUMENT.read_text("utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        DOCUMENT.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
