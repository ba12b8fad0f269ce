"""`service install`: the systemd units that come with the package, put where systemd looks for them."""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path

_PLACES = {
    "delegator.service": Path("etc/systemd/system/delegator.service"),
    "delegator@.service": Path("etc/systemd/system/delegator@.service"),
    "sysusers.conf": Path("etc/sysusers.d/delegator.conf"),
}

_PROGRAM = "/opt/delegator/bin/delegator"
"""In the units; this installation's own stands there instead."""


def install_units(root: Path) -> tuple[Path, ...]:
    """Write the units under a root directory; the files. Raises OSError."""
    program = Path(sys.argv[0]).resolve()
    if program.name != "delegator":  # `python -m`, a test
        program = Path(sys.executable).parent / "delegator"
    written = []
    for name, place in _PLACES.items():
        text = files("delegator").joinpath("systemd", name).read_text()
        path = root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace(_PROGRAM, str(program)))
        written.append(path)
    return tuple(written)
