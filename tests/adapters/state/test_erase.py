"""What is erased is in the files no more, or it is said."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from delegator.adapters.state.store import SqliteStore
from delegator.ports import StateError

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)


@pytest.mark.parametrize("is_person", [True, False])
async def test_what_is_forgotten_while_another_program_reads_the_file_is_told(
    tmp_path: Path, *, is_person: bool
) -> None:
    """It stands there as long; said once more, forget takes it out of the files."""
    store = SqliteStore(tmp_path / "state.sqlite3")

    def remember(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO written_to VALUES ('sofie@x.example', 'jan@acme.example', 0)")

    def stands() -> bool:
        return any(b"jan@acme.example" in path.read_bytes() for path in tmp_path.iterdir())

    async def forget() -> None:
        if is_person:
            await store.forget_person("jan@acme.example", NOW)
        else:
            await store.forget_account("sofie@x.example", is_served=False)

    await store.run(remember)
    await store.run(lambda db: db.execute("PRAGMA busy_timeout = 0"))  # it waits for half a minute
    with closing(sqlite3.connect(tmp_path / "state.sqlite3")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM written_to").fetchall()
        with pytest.raises(StateError, match="another program reads it"):
            await forget()
    assert stands()
    await forget()
    assert not stands()
    await store.close()
