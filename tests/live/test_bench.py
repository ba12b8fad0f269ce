"""The scripts of bench/ still run, at a tiny size: what `make bench` would put into docs/performance.md."""

from __future__ import annotations

import asyncio
import json
import mmap
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import profiled, run, turns
from bench.rows import Row, table
from bench.soak import AIM_GROWTH, Sample, Soak
from tests.servers.dovecot import Dovecot, Options

BENCH = Path(run.__file__).resolve().parent

TINY: dict[str, tuple[object, ...]] = {
    "start.py": ("--rounds", 1),
    "scan.py": ("--mails", 200, "--rounds", 1, "--many", 200),
    "first_start.py": ("--mails", 50),
    "idle.py": ("--accounts", 3, "--seconds", 1),
    "latency.py": ("--mails", 2),
    "submission.py": ("--mails", 2, "--megabytes", 1, "--rounds", 1),
    "burst.py": ("--mails", 4),
    "large.py": ("--megabytes", 1),
    "soak.py": ("--accounts", 2, "--rate", 2, "--seconds", 3),
}


def script(name: str, *words: object) -> str:
    command = [sys.executable, str(BENCH / name), *map(str, words)]
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-2000:]
    return ran.stdout


@pytest.mark.dovecot
@pytest.mark.parametrize("name", dict.fromkeys(part.script for part in run.PARTS))
def test_a_script_gives_rows(name: str, dovecot_with: Callable[[Options], Dovecot]) -> None:
    """Every script that `make bench` calls has a tiny size here, measures something and says it as rows."""
    rows = [Row.from_dict(values) for values in json.loads(script(name, "--json", *TINY[name]))]
    assert rows
    assert all(row.ours >= 0 for row in rows)
    assert len({row.row for row in rows}) == len(rows)


@pytest.mark.parametrize(
    ("words", "within_s", "fault"),
    [
        (("--nonsense",), 60.0, "start.py: start.py: error: unrecognized arguments: --nonsense"),
        (("--rounds", 10_000), 2.0, "start.py: not over within 2 s"),
    ],
)
def test_a_script_that_cannot_measure_is_named(
    words: tuple[object, ...], within_s: float, fault: str
) -> None:
    """It fails or takes too long: it gives no rows, its fault is told, and the others go on."""
    faults: list[str] = []
    assert run.rows_of(run.Part("start.py", lambda share: words, within_s), 1.0, faults) == []
    assert faults == [fault]


def test_an_interrupted_run_leaves_the_page_as_it_was() -> None:
    """It says so, ends the script that was under way, and its exit status is 1."""
    before = run.DOCUMENT.read_bytes()
    command = [sys.executable, str(BENCH / "run.py"), "--mails", "100", "--write"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        said = [running.stderr.readline() for _ in range(3)]
        running.terminate()
        said += running.stderr.readlines()
    assert "1 of" in said[0]
    assert said[-1] == "Interrupted; performance.md is as it was.\n"
    assert running.returncode == 1
    assert run.DOCUMENT.read_bytes() == before


def test_a_part_of_the_page_is_not_written_for_the_whole() -> None:
    command = [sys.executable, str(BENCH / "run.py"), "--only", "start.py", "--write"]
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    assert ran.returncode == 2
    assert "leave --write out" in ran.stderr


@pytest.mark.dovecot
def test_the_profile_knows_the_rooms(dovecot_with: Callable[[Options], Dovecot]) -> None:
    """It books the time of a dry run to rooms of the package, and to its loading."""
    found = json.loads(script("profiled.py", "--json", "--mails", 200))
    assert {kind: profiled.LOADING in rooms for kind, rooms in found.items()} == {
        "triage": True,
        "with the holiday": True,
    }
    assert any(room.startswith("core.mail") for room in found["triage"])


def test_a_row_is_met_by_its_own_figure_or_by_what_is_held_to_the_aim() -> None:
    """Below or above, as the row says; and what a peer does better is in bold."""
    assert Row("a", 9.0, "ms", aim=10.0).is_met
    assert not Row("a", 11.0, "ms", aim=10.0).is_met
    assert Row("a", 11.0, "ms", held=0.7, aim=0.6, at_least=True).is_met
    assert Row("a", 9.0, "ms").is_met is None
    lines = table([Row("a", 11.0, "ms", None, {"quick": 9.0, "slow": 12.0, "absent": None}, aim=10.0)])
    assert "| 11.0 ms |  | quick **9.00** (1.22×), slow 12.0 (0.92×), absent left out | 11.0 |" in lines


def compute() -> float:
    """How long it took, in ms of this thread."""
    begun = time.thread_time()
    while time.thread_time() < begun + 0.03:
        pass
    return 30.0


def search() -> float:
    """In one call, which lets no other thread have its turn."""
    begun = time.thread_time()
    LINES.count(b"\r\n")
    return 1000 * (time.thread_time() - begun)


LINES = (b"a" * 76 + b"\r\n") * 400_000


@pytest.mark.parametrize(("work", "is_in_thread"), [(compute, False), (search, True)])
async def test_what_holds_up_the_loop_is_seen(work: Callable[[], float], is_in_thread: bool) -> None:
    """What the loop itself does, and what a thread does that lets go of nothing meanwhile."""
    with mmap.mmap(-1, turns.NUMBER.size) as longest_ms:
        watching = asyncio.create_task(turns.watch(longest_ms))
        await asyncio.sleep(0.05)
        turns.NUMBER.pack_into(longest_ms, 0, 0.0)
        took_ms = await asyncio.to_thread(work) if is_in_thread else work()
        await asyncio.sleep(0.05)
        watching.cancel()
        await asyncio.wait([watching])
        assert turns.NUMBER.unpack_from(longest_ms)[0] > took_ms / 2


@pytest.mark.parametrize("phase_s", range(0, 60, 7))
@pytest.mark.parametrize("leak_mb", [0.0, 0.03])
def test_a_leak_is_seen_behind_what_goes_up_and_down(phase_s: int, leak_mb: float) -> None:
    """Memory that rises by 100 MB and falls once a minute is flat; 18 MB more in ten minutes are not."""
    soak = Soak()
    for at_s in range(10, 601, 10):
        memory_mb = 180 + 100 * ((at_s + phase_s) % 60) / 60 + leak_mb * at_s
        soak.samples.append(Sample(at_s, memory_mb, descriptors=611, threads=20))
    early_mb, late_mb, descriptors = soak.growth(600)
    assert (late_mb / early_mb - 1 > AIM_GROWTH) == bool(leak_mb)
    assert descriptors == 0


def test_where_a_peer_is_better_is_said() -> None:
    """And by how much; with how many aims are met, and what could not be measured."""
    rows = [
        Row("a", 11.0, "ms", None, {"quick": 5.5, "slow": 12.0, "absent": None}, aim=10.0, note="it rained"),
        Row("b", 1.0, "ms", aim=10.0),
    ]
    text = run.text_of(rows, ["c.py: no reason given"], [0.2, 3.1])
    for line in ("- a: quick, by 2.00 times", "- a: it rained", "- c.py: no reason given"):
        assert line in text.splitlines()
    assert "under a load of 0 to 3. 1 of 2 aims are met" in text
    assert "slow, by" not in text


def test_what_was_measured_takes_the_place_of_the_figures_before() -> None:
    """The rest of the page stays, the other figures too; a page without the place for them is refused."""
    begin, end = run.MARKS["rows"]
    page = f"above\n\n{begin}\n\nold\n\n{end}\n\nbelow {run.MARKS['profile'][0]} it {run.MARKS['profile'][1]}"
    assert run.put(page, "rows", "new") == page.replace("old", "new")
    with pytest.raises(SystemExit, match="no place"):
        run.put("nothing", "rows", "new")


def test_the_page_has_room_for_what_is_measured() -> None:
    """docs/performance.md can be written by `make bench`."""
    page = run.DOCUMENT.read_text("utf-8")
    for place in run.MARKS:
        assert "figures" in run.put(page, place, "figures")
