"""How much memory one mail of 47 MB takes: the service to forward it, and a dry run over files to decide it.

    .venv/bin/python bench/large.py [--megabytes 47] [--json]

A real `delegator run` beside a private Dovecot and a submission server over TLS with a login, which has
forwarded a small mail and idles. Then a large one comes: once with an attachment in base64, which is carried
part by part; once signed (S/MIME), which goes whole as an attachment. Each in a daemon of its own. The peak
is the kernel's own (VmHWM, set back before). Needs dovecot-imapd, and Linux.

Then `delegator dry-run` of the same mail in a file, as .eml and as mbox, with lines that end in CRLF and in a
bare LF; the floor is what it takes with a mail of one line.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.cases import DELEGATOR, Case, in_turn
from bench.rows import Row, print_rows
from bench.service import RULES, running, servers, wait_until_idle

AIM_MB = 80.0

HEADER = (
    "From: Jan <jan@acme.example>\r\nTo: Sofie <sofie@voorbeeld.example>\r\nSubject: Vraag {number}\r\n"
    "Message-ID: <{number}.large@acme.example>\r\nDate: Mon, 16 Nov 2026 06:00:00 +0000\r\n"
    "MIME-Version: 1.0\r\n"
)
SMALL = HEADER + "Content-Type: text/plain; charset=utf-8\r\n\r\nDag Sofie\r\n"
MIXED = (
    HEADER + "Content-Type: {kind}; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nDag Sofie\r\n"
    "--b\r\nContent-Type: application/{type}; name=plan.zip\r\nContent-Transfer-Encoding: base64\r\n"
    "Content-Disposition: attachment; filename=plan.zip\r\n\r\n"
)
SIGNED = 'multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256'


def large(number: int, megabytes: float, *, is_signed: bool) -> bytes:
    kind = SIGNED if is_signed else "multipart/mixed"
    head = MIXED.format(number=number, kind=kind, type="pkcs7-signature" if is_signed else "zip").encode()
    line = base64.b64encode(os.urandom(57)) + b"\r\n"
    return head + line * int(megabytes * 1e6 / len(line)) + b"--b--\r\n"


def memory_mb(pid: int, name: str) -> float:
    """name: VmRSS, or VmHWM, the most since it was set back."""
    found = re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) * 1024 / 1e6


def measure(megabytes: float, *, is_signed: bool) -> tuple[float, float, float]:
    """MB at rest, the peak above that, and seconds."""
    with servers() as these, running(these) as pid:
        these.account.deliver(SMALL.format(number=0).encode())
        these.collect(1, "a small mail")
        time.sleep(1)
        wait_until_idle(pid)
        Path(f"/proc/{pid}/clear_refs").write_text("5")  # sets VmHWM back
        rest_mb = memory_mb(pid, "VmRSS")
        octets = large(1, megabytes, is_signed=is_signed)
        begun = time.monotonic()
        these.account.deliver(octets)
        [mail] = these.collect(1, "a large mail")
        if mail.number != 1 or mail.octets < len(octets):
            raise SystemExit("another mail was forwarded, or not the whole of it")
        wait_until_idle(pid)
        return rest_mb, memory_mb(pid, "VmHWM") - rest_mb, mail.at - begun


FILE_RULES = (
    "version: 1\nowner: {name: Sofie, address: sofie@voorbeeld.example, timezone: Europe/Brussels}\n"
    "backups: {anna: {name: Anna Peeters, address: anna@voorbeeld.example}}\n"
)


def measure_files(megabytes: float) -> tuple[float, dict[str, float]]:
    """MB of a dry run over a small mail, and over the large one, by the kind of file."""
    octets = large(1, megabytes, is_signed=False)
    separator = b"From jan@acme.example Mon Nov 16 06:00:00 2026\r\n"
    files = {"small": SMALL.format(number=1).encode(), ".eml": octets, "mbox": separator + octets + b"\r\n"}
    files |= {f"{kind}, bare LF": files[kind].replace(b"\r\n", b"\n") for kind in (".eml", "mbox")}
    with tempfile.TemporaryDirectory(prefix="large-") as name:
        folder = Path(name)
        (folder / "rules.yaml").write_text(FILE_RULES + RULES)
        cases = []
        for number, (kind, content) in enumerate(files.items()):
            path = folder / f"{number}.{'mbox' if 'mbox' in kind else 'eml'}"
            path.write_bytes(content)
            words = (*DELEGATOR, "dry-run", "--json", "--state", "state", path.name)
            cases.append(Case(kind, words, decided, ["forward"]))
        in_turn(cases, 1, folder)
    peaks_mb = {case.name: case.peak_mib * 2**20 / 1e6 for case in cases}
    return peaks_mb.pop("small"), peaks_mb


def decided(printed: str) -> list[str]:
    return [message["disposition"] for message in json.loads(printed)["messages"]]


def file_row(megabytes: float) -> Row:
    floor_mb, peaks_mb = measure_files(megabytes)
    return Row(
        f"peak of a dry run, a mail of {megabytes:g} MB in a file",
        ours=round(max(peaks_mb.values()), 1),
        unit="MB",
        floor=round(floor_mb, 1),
        aim=AIM_MB,
        aim_text=f"<= {AIM_MB:.0f} MB",
        checked="it was decided as the small one",
        note=", ".join(f"{kind} {peak_mb:.1f} MB" for kind, peak_mb in peaks_mb.items()),
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--megabytes", type=float, default=47)
    parser.add_argument("--json", action="store_true", help="as JSON")
    options = parser.parse_args()
    rows = []
    for kind, is_signed in (("part by part", False), ("signed, attached whole", True)):
        rest_mb, peak_mb, seconds = measure(options.megabytes, is_signed=is_signed)
        rows.append(
            Row(
                f"peak above rest, a mail of {options.megabytes:g} MB {kind}",
                ours=round(peak_mb, 1),
                unit="MB",
                aim=AIM_MB,
                aim_text=f"<= {AIM_MB:.0f} MB",
                checked="it was forwarded, and whole",
                note=f"{rest_mb:.0f} MB at rest; accepted {seconds:.1f} s after it was delivered",
            )
        )
    rows.append(file_row(options.megabytes))
    print_rows(rows, as_json=options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
