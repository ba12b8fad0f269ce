"""Keeps the state of a release for the upgrade test: `python -m scripts.freeze_state STATE.sqlite3`.

Say it at each release that has another schema than the one before, on a state with rows in every table, as
`tests/live/test_upgrade.py` leaves one; rules.yaml is kept beside it. Never on a real one: it holds mail.
"""

from __future__ import annotations

import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).parent.parent
STATES = ROOT / "tests/data/states"


def freeze(state: Path, folder: Path) -> Path:
    """The state as SQL, under the number of its schema, and the rules of that time beside it."""
    with closing(sqlite3.connect(state)) as db:
        marks = {
            name: db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
        }
        frozen = folder / f"{marks['user_version']}.sql"
        lines = [*(f"PRAGMA {name}={value};" for name, value in marks.items()), *db.iterdump()]
    frozen.write_text("\n".join(lines) + "\n", "utf-8")
    shutil.copy(ROOT / "rules.yaml", frozen.with_suffix(".yaml"))
    return frozen


if __name__ == "__main__":
    print(freeze(Path(sys.argv[1]), STATES))
