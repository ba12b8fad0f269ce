"""docs/reliability.md: every test that it names is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text("utf-8")


def functions_in(path: Path) -> set[str]:
    functions = ast.walk(ast.parse(path.read_text("utf-8")))
    return {one.name for one in functions if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_test_that_is_named_is_there() -> None:
    named = re.findall(r"`(tests/[a-z_/]+\.py)::(test_[a-z_0-9]+)`", PAGE)
    assert len(named) == PAGE.count("\n- `tests/")
    missing = [name for path, name in named if name not in functions_in(ROOT / path)]
    assert missing == []


def test_every_promise_is_there() -> None:
    """Seven, each with tests."""
    promises = re.findall(r"^\*\*(.+?)\*\* .*\n((?:- `tests/.*\n?)+)", PAGE, re.MULTILINE)
    assert len(promises) == 7
