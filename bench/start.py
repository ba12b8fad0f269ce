"""How soon the command answers, in CPU, beside an interpreter that does nothing.

    .venv/bin/python bench/start.py [--rounds 15] [--json]

The installed command itself, in turn with `python -c pass` of the same environment: the help, and `status`
beside a daemon, whose answer is the real one of an account that is well, and without.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import sys
import tempfile
from multiprocessing.synchronize import Event
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.cases import Case, in_turn
from bench.rows import Row, print_rows
from delegator.adapters import control
from delegator.daemon.process import status_facts
from delegator.reports.status import AccountStatus, Status

AIM = 3.0

RULES = """
version: 1
owner: {name: Sofie Janssens, address: sofie@voorbeeld.example, timezone: Europe/Brussels}
away: {from: 2020-01-01, until: 2020-01-02}
account:
  username: sofie@voorbeeld.example
  password: {env: MAIL_PASSWORD}
  imap: {host: 127.0.0.1, port: 1, security: none}
  smtp: {host: 127.0.0.1, port: 1, security: none}
"""


def serve(folder: Path, is_ready: Event) -> None:
    """A daemon, as far as those who ask it can tell."""
    account = AccountStatus("sofie@voorbeeld.example", True, None, False, None, 0, 0, 0, 0, ())

    async def answer(request: dict[str, object]) -> dict[str, object]:
        return status_facts(Status((account,)))

    async def run() -> None:
        async with control.serve(folder, answer):
            is_ready.set()
            await asyncio.Event().wait()

    asyncio.run(run())


def main() -> None:
    parser = argparse.ArgumentParser(description="How soon the command answers, in CPU.")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true", help="rows as JSON")
    options = parser.parse_args()
    program = str(Path(sys.executable).with_name("delegator"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "served").mkdir(mode=0o700)
        (folder / "rules.yaml").write_text(RULES)
        is_ready = multiprocessing.Event()
        daemon = multiprocessing.Process(target=serve, args=(folder / "served", is_ready), daemon=True)
        daemon.start()
        try:
            if not is_ready.wait(30):
                raise SystemExit("the daemon that is to be asked did not start")
            environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
            nothing = Case("python -c pass", (sys.executable, "-c", "pass"), environment=environment)
            measured = [
                Case("`--help`", (program, "--help"), environment=environment),
                Case(
                    "`status` beside a daemon",
                    (program, "status", "--state", "served"),
                    environment=environment,
                ),
                Case(
                    "`status` without a daemon",
                    (program, "status", "--state", "alone"),
                    environment=environment,
                ),
                Case("`dry-run --help`", (program, "dry-run", "--help"), environment=environment),
            ]
            in_turn((nothing, *measured), options.rounds, folder)
        finally:
            daemon.terminate()
            daemon.join()
    rows = []
    for case in measured:
        is_aimed = case.name != "`dry-run --help`"
        ratio = case.cpu / nothing.cpu
        text = "<= 3 times `python -c pass`" if is_aimed else ""
        times_ms = (case.cpu * 1000, nothing.cpu * 1000)
        rows.append(
            Row(
                case.name, times_ms[0], "ms", times_ms[1], {}, ratio, AIM if is_aimed else None, aim_text=text
            )
        )
    print_rows(rows, as_json=options.json)


if __name__ == "__main__":
    main()
