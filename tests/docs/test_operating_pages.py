"""docs/operating.md and docs/runbook.md keep up with the code: every event, every problem sentence."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from delegator.catalogues import load_catalogue
from delegator.core.compose.sentences import Lacking, ProblemKind, lack_sentence, problem_sentence
from delegator.core.health import LOOPS, Subject
from scripts import make_events, rooms

DOCS = Path(__file__).parents[2] / "docs"
RUNBOOK = DOCS / "runbook.md"

FACTS = dict.fromkeys(("from_at", "until_at", "backup", "subject", "client", "count", "mailboxes"), "…")
KINDS = [
    *((kind, Subject.WATCH) for kind in get_args(ProblemKind)),
    *(("loop_fails", loop) for loop in LOOPS),
]


def entries() -> set[str]:
    """What it says, of each row of the runbook that has its meaning and what to do."""
    rows = [
        line.strip("| ").split(" | ") for line in RUNBOOK.read_text("utf-8").splitlines() if line[:1] == "|"
    ]
    return {row[0].strip().rstrip(".") for row in rows if len(row) == 3 and all(cell.strip() for cell in row)}


def test_the_events_are_those_of_the_code() -> None:
    """`make generated` writes them; each says what happened."""
    page = make_events.PAGE.read_text("utf-8")
    assert make_events.updated(page) == page
    table = page.split(make_events.BEGIN)[1].split(make_events.END)[0]
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    assert len(rows) > 30
    assert not [row for row in rows if row.endswith("|  |")], "an event without a sentence"


@pytest.mark.parametrize(("kind", "loop"), KINDS)
def test_every_problem_has_its_entry(kind: ProblemKind, loop: Subject) -> None:
    """As the review and the alert say it in English, with what it means and what to do."""
    said = problem_sentence(load_catalogue("en"), kind, **FACTS, reason="", loop=loop)
    assert said.rstrip(".") in entries()


@pytest.mark.parametrize("lacking", get_args(Lacking))
def test_everything_a_server_lacks_has_its_entry(lacking: Lacking) -> None:
    assert lack_sentence(load_catalogue("en"), lacking).rstrip(".") in entries()


def test_every_alert_has_its_entry() -> None:
    """By its subject."""
    source = (Path(make_events.__file__).parents[1] / "delegator/core/compose/alert.py").read_text("utf-8")
    subjects = re.findall(r'subject = say\("(.+?)"\)', source)
    assert len(subjects) >= 2
    for subject in subjects:
        assert re.sub(r"%\(\w+\)s", "…", subject) in entries()


def test_the_rooms_can_be_drawn() -> None:
    """Each room of the contract is in the picture, and so are their imports."""
    drawn = rooms.picture()
    for container in ("delegator", "delegator.core"):
        for row in rooms.layers(container):
            assert all(f">{name}</text>" in drawn for name in row if name != "core")
    assert "<title>delegator.wiring imports delegator.daemon: " in drawn
    assert "<title>delegator.core." in drawn
    assert "<title>delegator.core.triage imports delegator.adapters" not in drawn
