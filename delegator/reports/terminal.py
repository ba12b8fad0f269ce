"""How reports, problems and progress look where a command runs: on a terminal, or in a file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from ..config.model import Problem

Progress = Callable[[str, int, "int | None"], None]
"""Told what is going on, how much is done, and of how much (None: not known)."""


@contextmanager
def show_progress() -> Iterator[Progress]:
    """Long work, shown on stderr where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda what, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)


def console() -> Console:
    """For reports: as wide as the terminal, and with colours unless NO_COLOR says otherwise."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False)


def tell(problems: Iterable[Problem]) -> None:
    """Each on a line of stderr; on a terminal with the line of the file where it is."""
    if not sys.stderr.isatty():
        for problem in problems:
            click.echo(str(problem), err=True)
        return
    from ..config.excerpts import excerpts

    for problem, excerpt in excerpts(problems):
        click.echo(f"{problem}\n{excerpt}" if excerpt else str(problem), err=True)
