"""What the demo shows as it happens: a line an event, in the width that there is."""

from __future__ import annotations

import time
from datetime import datetime

from rich.console import Console
from rich.text import Text

_WIDEST = 116  # beyond it the eye loses the line
_PAUSE_S = 0.25
"""After an event, so that a person can follow. Only on a terminal."""


class Screen:
    """Prints the story. Colours and width are the terminal's; NO_COLOR is honoured."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, markup=False, emoji=False)
        self._width = min(self._console.width, _WIDEST)
        self._day: str | None = None

    def intro(self) -> None:
        self._say("delegator: a holiday in half a minute", "bold")
        self._say(
            "Sofie goes away, and nobody is told. Anna, Bram and Chloé are her backups; the real service "
            "watches her mailbox. Milliseconds are real, the clock jumps from mail to mail."
        )

    def event(self, at: datetime, who: str, what: str, outcome: str, style: str) -> None:
        """A mail, and what became of it."""
        self._say_day(at)
        line = Text().append(f"{at:%H:%M}  ", style="dim")
        room = self._width - 7
        who_width = min(18, room // 4)
        outcome_width = min(42, room * 45 // 100)
        line.append_text(_cell(who, who_width, "bold"))
        line.append_text(_cell(what, room - who_width - outcome_width, ""))
        line.append_text(_cell(outcome, outcome_width, style, last=True))
        self._console.print(line, soft_wrap=True)
        self._pause()

    def note(self, text: str) -> None:
        """Why, under the line before it."""
        self._console.print(Text(f"       {text}", style="dim"), width=self._width)

    def headline(self, at: datetime, text: str, style: str) -> None:
        """Something that happens to the service."""
        self._say_day(at)
        line = Text().append(f"{at:%H:%M}  ", style="dim").append(text, style=style)
        self._console.print(line, width=self._width)
        self._pause()

    def closing(self, lines: list[tuple[str, str]]) -> None:
        """The count and what to look at: texts with their styles."""
        self._console.print()
        for text, style in lines:
            self._say(text, style)

    def _say_day(self, at: datetime) -> None:
        day = f"{at:%A %-d %B}"
        if day != self._day:
            self._day = day
            self._console.print()
            self._say(day, "bold underline")

    def _say(self, text: str, style: str = "") -> None:
        self._console.print(Text(text, style=style), width=self._width)

    def _pause(self) -> None:
        if self._console.is_terminal:
            time.sleep(_PAUSE_S)


def _cell(text: str, width: int, style: str, *, last: bool = False) -> Text:
    cell = Text(text, style=style)
    cell.truncate(width if last else width - 1, overflow="ellipsis", pad=not last)
    if not last:
        cell.append(" ")
    return cell
