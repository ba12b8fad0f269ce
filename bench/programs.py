"""The programs of others that bench/peers.sh unpacked, in the folder that the environment's PEERS names."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(os.environ.get("PEERS") or Path.home() / ".cache/delegator/peers")

_PLACES = ("programs/usr/bin", "programs/usr/sbin", "venv/bin")
_LIBRARIES = ("programs/usr/lib/postfix", "programs/usr/lib/dovecot", "programs/usr/lib")


@dataclass(frozen=True, slots=True)
class Program:
    """path: of the executable. environment: in which it finds its libraries."""

    path: Path
    environment: dict[str, str]


def find(name: str) -> Program | None:
    """One of them ("sieve-filter", "fetchmail", "smtp-source", "imapautofiler"); None: it is not there."""
    for place in _PLACES:
        path = FOLDER / place / name
        if path.exists():
            libraries = [FOLDER / folder for folder in _LIBRARIES]
            # Debian's own, too: what lies in a folder of the processor's kind
            libraries += sorted(folder for folder in (FOLDER / "programs/usr/lib").glob("*-linux-gnu*"))
            search = os.pathsep.join(map(str, libraries))
            environment = dict(os.environ) if "venv" in place else os.environ | {"LD_LIBRARY_PATH": search}
            return Program(path, environment)
    return None
