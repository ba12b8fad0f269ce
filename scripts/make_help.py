"""Writes the help that `delegator --help` has ready: `python -m scripts.make_help`."""

from __future__ import annotations

from pathlib import Path

import delegator
from delegator.__main__ import HELP_COLUMNS
from delegator.cli.main import cli

PACKAGE = Path(delegator.__file__).parent


def help_text(columns: int) -> str:
    """As click writes it on a terminal of so many columns."""
    with cli.make_context("delegator", [], resilient_parsing=True, terminal_width=columns - 2) as context:
        return f"{cli.get_help(context)}\n"


def main() -> None:
    for columns in HELP_COLUMNS:
        (PACKAGE / f"help-{columns}.txt").write_text(help_text(columns), "utf-8")


if __name__ == "__main__":
    main()
