"""Finding what twenty rules take in a mailbox: delegator's dry run, other programs, and the bare octets.

    .venv/bin/python bench/scan.py [--mails 20000] [--rounds 3] [--many 100000] [--json]

A private Dovecot with a generated mailbox of which it is known what the rules take (`mailbox`); each tool has
to find just that before it is compared. Then the peak of memory at `--many` mails (0: not measured).
Needs dovecot-imapd; sieve-filter and imapautofiler are compared where bench/peers.sh has unpacked them.
"""

from __future__ import annotations

import argparse
import imaplib
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import programs
from bench.cases import DELEGATOR, Case, in_turn, tell
from bench.mailbox import OWNER, SENDERS, SUBJECTS, TEXTS, mails, rules_yaml
from bench.rows import Row, print_rows
from tests.servers.dovecot import PASSWORD, Dovecot, _mail_owner

USER = "bench"
PEERS = Path(__file__).resolve().with_name("peers.py")
SIEVE, AUTOFILER = "sieve-filter", "imapautofiler (no rules on text)"
BATCHES = "imapclient, batches of 500"


@contextmanager
def mailbox(size: int) -> Iterator[tuple[Dovecot, dict[int, str]]]:
    """A server with the mailbox, and of each mail that the rules take which rule does, by its number."""
    dovecot, taken = Dovecot(), dict[int, str]()
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
            if mail.rule is not None:
                taken[mail.number] = mail.rule
        (box.parent / "rules.sieve").write_text(sieve())
        if os.getuid() == 0:
            for path in (box.parent, *box.rglob("*"), box, box.parent / "rules.sieve"):
                shutil.chown(path, *_mail_owner())
        dovecot.start()
        yield dovecot, taken
    finally:
        dovecot.remove()


def numbers_by_uid(dovecot: Dovecot) -> dict[int, int]:
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
            found[int(uid[1])] = int(number[1])
    return found


# --- the same rules in each tool's words --------------------------------------------------------------


def write_configuration(folder: Path, dovecot: Dovecot) -> None:
    (folder / "password").write_text(PASSWORD)
    server = f"{{host: 127.0.0.1, port: {dovecot.plain_port}, security: none}}"
    (folder / "rules.yaml").write_text(
        f"version: 1\nowner: {{name: Sofie Janssens, address: {OWNER}, timezone: Europe/Brussels}}\n"
        "away: {from: 2025-11-01, until: 2030-01-01}\n"
        f"account:\n  username: {USER}\n  password: {{file: password}}\n  imap: {server}\n"
        f"  smtp: {server}\nbackups: {{anna: {{name: Anna, address: anna@voorbeeld.example}}}}\n"
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


def sieve() -> str:
    """A rule each, as people write them; the first that matches decides."""
    tests = [f'address :is "from" "{word}"' for word in SENDERS]
    tests += [f'header :contains "subject" "{word}"' for word in SUBJECTS]
    tests += [f'body :text :contains "{word}"' for word in TEXTS]
    rules = "".join(f'if {test} {{ fileinto "Found"; stop; }}\n' for test in tests)
    return f'require ["body", "fileinto"];\n{rules}'


# --- what each found, by the mails' numbers -----------------------------------------------------------


def cases(dovecot: Dovecot, taken: dict[int, str]) -> list[Case]:
    """taken: the mails that the rules take, by number."""
    number_of = numbers_by_uid(dovecot)
    truth = set(taken)

    def in_lines(printed: str) -> set[int]:
        return {number_of[int(uid)] for uid in printed.split()}

    def in_flags(printed: str) -> set[int]:
        return {number_of[int(uid)] for uid in re.findall(r"^flag: (\d+) ", printed, re.M)}

    def in_json(printed: str) -> set[int]:
        messages = json.loads(printed)["messages"]
        uids = [int(one["source"].rpartition("/")[2]) for one in messages if one["rule"] is not None]
        return {number_of[uid] for uid in uids}

    peers = (sys.executable, str(PEERS))
    login = ("127.0.0.1", str(dovecot.plain_port), USER, PASSWORD)
    dry_run = (*DELEGATOR, "dry-run", "--days", "3650", "--state", "state")
    words: tuple[str, ...]
    found = [
        Case("raw", (*peers, "raw", *login), in_lines, truth),
        Case(BATCHES, (*peers, "imapclient", *login), in_lines, truth),
        Case("dry-run", (*dry_run, "--json"), in_json, truth),
        Case("holiday", dry_run),
    ]
    if (program := programs.find("sieve-filter")) is not None:
        script = dovecot.base / "users" / USER / "rules.sieve"
        server = ("-c", str(dovecot.base / "dovecot.conf"), "-o", "mail_plugins=", "-u", USER)
        words = (str(program.path), *server, str(script), "INBOX")
        found.append(Case(SIEVE, words, in_sieve, truth, environment=program.environment))
    if (program := programs.find("imapautofiler")) is not None:
        words = (str(program.path), "-n", "-c", "autofiler.yaml")
        truth = {number for number, rule in taken.items() if not rule.startswith("text")}
        found.append(Case(AUTOFILER, words, in_flags, truth, True, program.environment))
    return found


def in_sieve(printed: str) -> set[int]:
    return {
        int(match[1]) for match in re.finditer(r"ID: +<(\d+)\.[^>]*>(?:(?!ID: )[\s\S])*?: Found\n", printed)
    }


# --- the rows -----------------------------------------------------------------------------------------


def scan_rows(size: int, rounds: int) -> list[Row]:
    with mailbox(size) as (dovecot, taken), tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_configuration(folder, dovecot)
        measured = cases(dovecot, taken)
        in_turn(measured, rounds, folder)
    by_name = {case.name: case for case in measured}
    raw, batches, ours, holiday = (by_name[name] for name in ("raw", BATCHES, "dry-run", "holiday"))
    others = (BATCHES, SIEVE, AUTOFILER)
    cpu = {name: by_name[name].cpu if name in by_name else None for name in others}
    wall = {name: by_name[name].wall if name in by_name else None for name in others}
    what = f"triage of {size:,} mails, 20 rules"
    same = f"each found the same {len(taken):,} mails"
    return [
        Row(
            f"{what}: CPU beside imapclient in batches",
            ours.cpu,
            "s",
            raw.cpu,
            cpu,
            ours.cpu / batches.cpu,
            0.5,
            aim_text="<= 0.5 of imapclient in batches",
            checked=same,
        ),
        Row(
            f"{what}: CPU beside the raw reader",
            ours.cpu,
            "s",
            raw.cpu,
            {},
            ours.cpu / raw.cpu,
            3.0,
            aim_text="<= 3 times the raw reader's",
            checked=same,
        ),
        Row(f"{what}: wall time", ours.wall, "s", raw.wall, wall, checked=same),
        Row(
            "the same with the simulated holiday: CPU",
            holiday.cpu,
            "s",
            ours.cpu,
            {},
            holiday.cpu / ours.cpu,
            3.0,
            aim_text="<= 3 times triage alone",
        ),
        Row(
            "the same with the simulated holiday: peak of memory",
            megabytes(holiday),
            "MB",
            megabytes(ours),
            aim=90.0,
            aim_text="<= 90 MB",
        ),
    ]


def memory_rows(size: int) -> list[Row]:
    with mailbox(size) as (dovecot, taken), tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_configuration(folder, dovecot)
        ours = cases(dovecot, taken)[2]
        in_turn((ours,), 1, folder)
    return [Row(f"peak of memory at {size:,} mails", megabytes(ours), "MB", aim=60.0, aim_text="<= 60 MB")]


def megabytes(case: Case) -> float:
    return case.peak_mib * 2**20 / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description="Finding what twenty rules take in a mailbox.")
    parser.add_argument("--mails", type=int, default=20_000, help="0: only the peak of memory")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--many", type=int, default=100_000, help="for the peak of memory; 0: not measured")
    parser.add_argument("--json", action="store_true", help="rows as JSON")
    options = parser.parse_args()
    rows = scan_rows(options.mails, options.rounds) if options.mails else []
    if options.many:
        tell(f"The peak of memory at {options.many:,} mails")
        rows += memory_rows(options.many)
    print_rows(rows, as_json=options.json)


if __name__ == "__main__":
    main()
