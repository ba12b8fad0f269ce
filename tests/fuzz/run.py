"""Coverage-guided fuzzing of the targets: `make fuzz`, or `python -m tests.fuzz.run FOLDER SECONDS [NAME…]`.

Each target has a process and a corpus of its own in FOLDER, which the next run goes on from. The first
octets that break one in a new way are kept as NAME/found-…, with what happened in NAME.log: move them to
tests/fuzz/found as NAME-what-it-was, and `make test` tries them ever after. Exits with 1 if any was found.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.fuzz.words import write_words

MOST_OCTETS = 20_000
"""What libFuzzer makes; the longest mails of the corpus are cut."""

HANGS_S = 60
"""A target that takes this long has hung. Unhindered the slowest takes a tenth of a second; the
fuzzer's own instructions and a shared machine cost the rest."""

DATA = Path(__file__).parents[1] / "data"


def main(arguments: list[str]) -> int:
    folder, seconds, names = Path(arguments[0]), int(arguments[1]), arguments[2:]
    if names[:1] == ["--target"]:
        fuzz(folder, seconds, names[1])
    names = names or ["parse", "decide", "forward", "review", "reply"]
    folder.mkdir(parents=True, exist_ok=True)
    processes = {}
    for name in names:
        (folder / name).mkdir(exist_ok=True)
        with (folder / f"{name}.log").open("wb") as log:
            command = [sys.executable, "-m", "tests.fuzz.run", str(folder), str(seconds), "--target", name]
            processes[name] = subprocess.Popen(command, stdout=log, stderr=log)
    failed = 0
    for name, process in processes.items():
        code = process.wait()
        log_text = (folder / f"{name}.log").read_text("utf-8", "replace")
        runs = re.findall(r"^#(\d+)\s", log_text, re.MULTILINE)
        found = len(list((folder / name).glob("found-*")))
        covered = re.findall(r" ft: (\d+) ", log_text)
        print(
            f"{name:8} {int((runs or ['0'])[-1]):>10,} executions, {(covered or ['0'])[-1]:>6} features,"
            f" {len(list((folder / name / 'corpus').glob('*'))):>5} mails in its corpus:"
            f" {f'{found} FOUND' if found else f'ended with {code}' if code else 'nothing found'}"
        )
        failed += bool(found or code)
    return 1 if failed else 0


def fuzz(folder: Path, seconds: int, name: str) -> None:
    """Does not return: libFuzzer ends the process."""
    import atheris  # only `make fuzz` installs it

    with atheris.instrument_imports(include=["delegator.core"]):
        from tests.fuzz.targets import TARGETS

    here = folder / name
    corpus = here / "corpus"
    seeds = here / "seeds"
    corpus.mkdir(exist_ok=True)
    shutil.rmtree(seeds, ignore_errors=True)
    seeds.mkdir()
    for number, octets in enumerate(first_mails(name)):
        (seeds / f"{number:04}").write_bytes(octets[:MOST_OCTETS])
    write_words(here / "words")
    flags = [
        *(f"-max_total_time={seconds}", f"-max_len={MOST_OCTETS}", f"-timeout={HANGS_S}"),
        *("-rss_limit_mb=1500", "-len_control=0", f"-seed={random.randrange(1, 1 << 31)}"),
        *(f"-artifact_prefix={here}/", f"-dict={here / 'words'}", "-print_final_stats=1"),
    ]
    atheris.Setup([sys.argv[0], *flags, str(corpus), str(seeds)], keeping(here, TARGETS[name]))
    atheris.Fuzz()


def keeping(here: Path, target: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """The target, that goes on when it breaks: one mail is kept of each way to break it."""
    known: set[str] = set()

    def run(octets: bytes) -> None:
        try:
            target(octets)
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            way = f"{type(error).__name__}-{Path(place.filename).stem}-{place.lineno}"
            if way not in known:
                known.add(way)
                (here / f"found-{way}").write_bytes(octets)
                traceback.print_exc()

    return run


def first_mails(name: str) -> list[bytes]:
    """What the fuzzer begins with."""
    if name == "reply":
        text = (DATA / "replies-nl.txt").read_text("utf-8")
        return [one.encode() for one in re.split(r"\n(?=\S)", text) if one.strip()]
    if name == "fetch_answer":
        recorded = b"".join(path.read_bytes() for path in sorted(DATA.glob("fetch/*.answers")))
        found = re.finditer(rb"(?m)^\* ([0-9]+) FETCH (?=\()", recorded)
        read = [(one[1], _response(recorded[one.end() :])) for one in found]
        return [b"%s %s" % (number, response) for number, response in read if response]
    return [path.read_bytes() for path in sorted(DATA.glob("mail/**/*.eml"))]


def _response(octets: bytes) -> bytes:
    """The response that these begin with; b"" where they are no whole one."""
    from delegator.adapters.imap.fetching import read_pieces  # not before atheris sees what is imported
    from tests.fuzz.targets import Answer

    answer = Answer(octets)
    try:
        read_pieces(answer, answer.readline())
    except Answer.abort:
        return b""
    return octets[: answer.tell()]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
