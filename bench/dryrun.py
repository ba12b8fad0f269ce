"""What a dry run over many messages costs: time, CPU and memory.

    python bench/dryrun.py [MESSAGES]

Writes an mbox of plain and HTML mails, fourteen days of them, and runs `delegator dry-run` over it.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

RULES = Path(__file__).parent.parent / "rules.yaml"
START = datetime(2026, 11, 2, 6, tzinfo=UTC)
SUBJECTS = (
    "Offerte sporthal",
    "Prijsofferte",
    "Vraag over de levering",
    "Nieuwsbrief",
    "Bestelling",
    "Lunch?",
)
PARAGRAPH = "Kunnen jullie dit nog deze week bekijken? De klant wacht op een antwoord. " * 4 + "\n"


def write_mail(number: int, count: int) -> str:
    at = START + timedelta(days=14) * number / count
    html = number % 3 == 0
    text = PARAGRAPH * (1 + number % 7)
    body = f"<html><body><p>{text}</p><blockquote>{text}</blockquote></body></html>" if html else text
    return (
        "From x@client.example Mon Nov 16 06:00:00 2026\n"
        f"From: Client {number % 400} <c{number % 400}@client{number % 90}.example>\n"
        "To: Sofie Janssens <sofie@voorbeeld.example>\n"
        f"Subject: {SUBJECTS[number % len(SUBJECTS)]} {number}\n"
        f"Date: {at:%a, %d %b %Y %H:%M:%S} +0000\n"
        f"Message-ID: <{number}@client.example>\n"
        f"Content-Type: text/{'html' if html else 'plain'}; charset=utf-8\n\n{body}\n\n"
    )


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.TemporaryDirectory() as folder:
        mbox = Path(folder) / "mail.mbox"
        with mbox.open("w", encoding="utf-8") as stream:
            stream.writelines(write_mail(number, count) for number in range(count))
        program = [sys.executable, "-c", "from delegator.cli import main; main()"]
        words = [*program, "dry-run", "-c", str(RULES), str(mbox)]
        started = time.monotonic()
        subprocess.run(words, check=True, capture_output=True)
        wall_s = time.monotonic() - started
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"{count} messages: {wall_s:.1f} s, {used.ru_utime + used.ru_stime:.1f} s of CPU, "
        f"{used.ru_maxrss / 1024:.0f} MiB"
    )


if __name__ == "__main__":
    main()
