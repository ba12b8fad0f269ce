"""How a room is entered: a package that names what its modules hold, and loads each when it is asked for.

Nearly everybody asks `ports` for a role, or `core.compose` for a mail. Whoever reads a state would otherwise
load what the daemon needs to write into it, and a dry run every mail that goes out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def door(package: str, rooms: Mapping[str, str]) -> Callable[[str], Any]:
    """The `__getattr__` of a package (PEP 562). rooms: by the name of a module, the names that it holds."""
    where = {name: module for module, names in rooms.items() for name in names.split()}

    def enter(name: str) -> Any:
        if name not in where:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found = getattr(import_module(where[name], package), name)
        setattr(sys.modules[package], name, found)  # the next time it is simply there
        return found

    return enter
