"""Expressions of long lists of words, which take longer to compile than many a command has to answer.

Such an expression is compiled when something is first looked for with it: a process that reads no wish of an
owner and no answer of a backup never does. What every command needs anyway is a plain `re.compile`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast


def late(written: Callable[[], str], flags: int = 0) -> re.Pattern[str]:
    """An expression, as `re.compile` returns it, that is written and compiled when it is first used."""
    return cast("re.Pattern[str]", _Late(written, flags))


class _Late:
    def __init__(self, written: Callable[[], str], flags: int) -> None:
        self._written, self._flags = written, flags

    def __getattr__(self, name: str) -> Any:
        """Called for what is not there yet: from then on, all that the expression has is."""
        expression = re.compile(self._written(), self._flags)
        self.__dict__.update((each, getattr(expression, each)) for each in _PUBLIC)
        return getattr(expression, name)


_PUBLIC = [name for name in dir(re.Pattern) if not name.startswith("_")]
