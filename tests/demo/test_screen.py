"""The demo's screen in terminals of different widths."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from delegator.demo.screen import Screen


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_line_an_event_in_any_width(width: int) -> None:
    """However long its parts are, an event takes one line, and no line is wider than the terminal."""
    output = io.StringIO()
    screen = Screen(Console(file=output, width=width, highlight=False, markup=False, emoji=False))
    at = datetime(2026, 12, 21, 8, 5, tzinfo=UTC)
    screen.event(at, "Jan De Smet " * 9, "Sporthal Deinze " * 20, "→ Anna, 21 ms " * 9, "green")
    _, day, line = output.getvalue().splitlines()
    assert day == "Monday 21 December"
    assert line.startswith("08:05  Jan De")
    assert "→ Anna" in line
    assert len(line) <= width
