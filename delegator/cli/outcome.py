"""How a command ends: its exit code, the problems that it tells, the pages that it opens."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..reports.terminal import tell

if TYPE_CHECKING:
    from datetime import date

FINE, PROBLEM, USAGE = 0, 1, 2


@contextmanager
def problems_told() -> Iterator[None]:
    """What a person has to mend is told in their words, a line each; anything else is a bug."""
    try:
        yield
    except Exception as error:
        from ..config import ConfigError, passed_over
        from ..ports import StateError, Unavailable

        if isinstance(error, ConfigError):
            tell(error.problems)
            if error.problems and (other := passed_over(error.problems[0].file)):
                click.echo(
                    f"That is the rules.yaml of this folder; to use {other}, go elsewhere or say -c", err=True
                )
            sys.exit(USAGE)
        if isinstance(error, StateError | Unavailable):
            click.echo(str(error), err=True)
            sys.exit(PROBLEM)
        raise


def open_reviews(pages: list[Path], day: date | None) -> list[str]:
    """Shown in the browser, if there is one; their paths are told in any case."""
    import webbrowser

    if not pages:
        return [f"no review would have come on {day}" if day else "no review would have come"]
    for page in pages:
        click.echo(str(page), err=True)
        webbrowser.open(page.as_uri())
    return []
