"""The command `delegator`, as it begins: what is asked most often is answered before anything is loaded.

That is the help of the whole, and `status`, which a monitor asks every minute: a daemon has it ready as it is
printed, and where none runs it needs no command line. All else, and whatever looks odd here, goes to `cli`,
which says the same.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # as in typing, which would take longer to load than all that is here
if TYPE_CHECKING:
    from collections.abc import Sequence

HELP_COLUMNS = (80, 100)
"""The widths for which the help is kept, in help-80.txt and help-100.txt: without a terminal, or on one of 80
columns, and on any from 100 on, for no help is wider. `make generated` writes them."""


def main() -> None:
    code = quick_answer(sys.argv[1:])
    if code is not None:
        # All is said and closed; to take down what was loaded, as Python does at its end, costs a fifth.
        os._exit(code)
    from .cli.main import main

    main()


def quick_answer(words: Sequence[str]) -> int | None:
    """The exit code of what was answered here; None: nothing was."""
    if "_DELEGATOR_COMPLETE" in os.environ or sys.stdout is None:
        return None
    if words in (["--help"], ["-h"]):
        text = _kept_help()
        return None if text is None or not _print(text) else 0
    return _quick_status(words)


def _quick_status(words: Sequence[str]) -> int | None:
    state, config, options, command, rest = None, None, set(), None, iter(words)
    for word in rest:
        if word in ("-c", "--config"):
            config = next(rest, None)
        elif word == "--state":
            state = next(rest, None)
        elif command is None and word == "status":
            command = word
        elif command is not None and word in ("--json", "--quiet"):
            options.add(word)
        else:
            return None
    if command is None or "" in words or words[-1] in ("-c", "--config", "--state"):
        return None
    from .adapters.asking import NoAnswer, ask, state_directory
    from .core.faults import StateError

    directory = state_directory(state)
    if directory is None:
        return None
    try:
        answer = ask(directory, {"command": "status"})
        if answer is None:
            return _stopped_status(config, directory, options)
        text = str(answer["json" if "--json" in options else "text"])
    except NoAnswer as fault:  # to ask again would take as long again
        if sys.stderr is not None:
            print(fault, file=sys.stderr)
        return 1
    except (StateError, OSError, ValueError, KeyError):
        return None
    if not ("--quiet" in options or _print(f"{text}\n")):
        return None
    return 1 if answer.get("has_problems", True) else 0


def _stopped_status(path: str | None, directory: str, options: set[str]) -> int | None:
    import gc
    from pathlib import Path

    gc.disable()  # what is loaded stays, and to look through it again and again takes a sixteenth of the time
    from .config import ConfigError, find_config
    from .reports.json import to_json
    from .stopped import status

    try:
        report = status(find_config(None if path is None else Path(path)), Path(directory))
    except ConfigError:
        return None
    text = to_json(report.to_dict()) if "--json" in options else report.to_text()
    if not ("--quiet" in options or _print(f"{text}\n")):
        return None
    return 1 if report.has_problems else 0


def _kept_help() -> str | None:
    columns = min(_columns(), HELP_COLUMNS[-1])
    if columns not in HELP_COLUMNS:
        return None
    try:
        with open(os.path.join(os.path.dirname(__file__), f"help-{columns}.txt"), encoding="utf-8") as file:
            return file.read()
    except OSError:
        return None


def _columns() -> int:
    """As shutil.get_terminal_size has it; 0: it has to be asked."""
    if columns := os.environ.get("COLUMNS"):
        return int(columns) if columns.isascii() and columns.isdigit() else 0
    try:
        return os.get_terminal_size(1).columns or HELP_COLUMNS[0]
    except OSError:
        return HELP_COLUMNS[0]


def _print(text: str) -> bool:
    """False: it could not be, and `cli` tells why."""
    try:
        octets = text.encode(sys.stdout.encoding or "utf-8", "backslashreplace")
        while octets:
            octets = octets[os.write(1, octets) :]
    except (OSError, LookupError):
        return False
    return True


if __name__ == "__main__":
    main()
