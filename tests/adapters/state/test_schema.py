"""The steps of the schema, from a state of each earlier one."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import get_args

import pytest

from delegator.adapters.state import erase
from delegator.adapters.state.schema import STEPS
from delegator.adapters.state.store import SqliteStore
from delegator.core.attempt import Sent
from delegator.core.delivery import State
from delegator.core.handovers.codes import Disposition
from delegator.core.reviews.effects import Way
from delegator.core.rules.book import Priority
from delegator.ports import Kind, StateError

STATES = Path(__file__).parents[2] / "data" / "states"
SOFIE = "sofie@voorbeeld.example"
AT = datetime(2026, 11, 16, 11, 15, tzinfo=UTC)


def state_of(version: int, folder: Path) -> Path:
    """A state as that schema wrote it, with rows in every table."""
    path = folder / "state.sqlite3"
    with closing(sqlite3.connect(path)) as db:
        db.executescript((STATES / f"{version}.sql").read_text())
    return path


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(query).fetchall()


def tables(path: Path) -> dict[str, list[str]]:
    names = rows(path, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    return {
        str(name): [str(column[1]) for column in rows(path, f"PRAGMA table_info({name})")]
        for (name,) in names
    }


def definitions(path: Path) -> list[tuple[object, ...]]:
    found = rows(path, "SELECT type, name, sql FROM sqlite_master ORDER BY name")
    return [(kind, name, " ".join(str(sql).split())) for kind, name, sql in found]


async def test_a_step_loses_nothing(tmp_path: Path) -> None:
    """Every row of a state of schema 1 is there after the steps, with all its values."""
    path = state_of(1, tmp_path)
    before = tables(path)
    kept = {
        table: [column for column in columns if (table, column) not in RESHAPED]
        for table, columns in before.items()
    }
    found = {table: rows(path, f"SELECT {', '.join(kept[table])} FROM {table}") for table in before}
    assert all(found.values()), "there is a row in every table"
    await SqliteStore(path).close()
    assert rows(path, "PRAGMA user_version") == [(len(STEPS),)]
    for table in before:
        after = rows(path, f"SELECT {', '.join(kept[table])} FROM {table}")
        assert sorted(after, key=repr) == sorted(found[table], key=repr), table


RESHAPED = {("outbox", "backups"), ("outbox", "recipient")}
"""Tables of schema 1, in columns of another form: see the next test."""


async def test_the_outbox_keeps_whom_it_writes_to(tmp_path: Path) -> None:
    """A list of backups becomes the one and those after; a covering mail is tied to what it announces."""
    path = state_of(1, tmp_path)
    await SqliteStore(path).close()
    found = rows(path, "SELECT id, kind, recipient, backup, following, cover FROM outbox ORDER BY id")
    assert (2, "brief", "bram@voorbeeld.example", "bram", "[]", None) in found
    assert (4, "forward", None, "bram", '["anna","carla"]', None) in found
    assert (6, "review", SOFIE, None, "[]", None) in found
    assert (8, "cover", "anna@voorbeeld.example", "anna", "[]", None) in found
    assert (9, "forward", None, "anna", '["carla"]', 8) in found


async def test_a_migrated_state_works(tmp_path: Path) -> None:
    """What waited in it goes out: the covering mail, and after it what it announces."""
    state = SqliteStore(state_of(1, tmp_path))
    store = state.account(SOFIE)
    (cover,) = await store.due(AT + timedelta(minutes=2), 10, to_backups=True)
    assert (cover.kind, cover.backup) == ("cover", "anna")
    await store.record(cover.id, Sent(None), "250 OK", AT, file_to=None)
    (forward,) = await store.due(AT, 10, to_backups=True)
    assert (forward.kind, forward.backup) == ("forward", "anna")
    assert (await store.facts(AT)).outbox_pending == 1
    assert len((await store.review_content(AT)).messages) == 3
    await state.close()


async def test_what_is_passed_on_waits_for_its_covering_mail(tmp_path: Path) -> None:
    """It is not due before that has been sent, whenever that is; nothing turns in circles meanwhile."""
    state = SqliteStore(state_of(1, tmp_path))
    store = state.account(SOFIE)
    assert await store.due(AT, 10, to_backups=True) == [], "the covering mail was deferred"
    assert await store.next_due_at(to_backups=True) == AT + timedelta(minutes=1)
    late = AT + timedelta(minutes=2)
    assert [row.kind for row in await store.due(late, 10, to_backups=True)] == ["cover"]
    await state.close()


async def test_a_new_state_and_a_migrated_one_are_alike(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    migrated, fresh = state_of(1, old), new / "state.sqlite3"
    await SqliteStore(migrated).close()
    await SqliteStore(fresh).close()
    assert definitions(migrated) == definitions(fresh)
    assert not [name for name in tables(fresh) if name.startswith("new_")]


async def test_a_step_is_taken_whole_or_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that breaks off says so, and leaves the state as it was."""
    path = state_of(1, tmp_path)
    before = definitions(path)
    broken = (*STEPS[:1], "CREATE TABLE half (id INTEGER); INSERT INTO nowhere VALUES (1);")
    monkeypatch.setattr("delegator.adapters.state.file.STEPS", broken)
    with pytest.raises(StateError, match="is damaged"):
        SqliteStore(path)
    assert definitions(path) == before
    assert rows(path, "PRAGMA user_version") == [(1,)]


async def test_a_newer_state_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = state_of(1, tmp_path)
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version={len(STEPS) + 1}")
    with pytest.raises(StateError, match=r"was written by a newer version .*; install the newer version"):
        SqliteStore(path)


async def test_every_commit_is_on_the_disk(tmp_path: Path) -> None:
    """Intent is stored before an attempt: after a power cut, too."""
    state = SqliteStore(tmp_path / "state.sqlite3")
    found = await state.run(lambda db: [db.execute(f"PRAGMA {name}").fetchone()[0] for name in SAFE])
    assert dict(zip(SAFE, found, strict=True)) == SAFE
    await state.close()


SAFE = {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1}
"""synchronous: 2 is FULL."""


def values(kind: object) -> list[str]:
    return [
        str(value)
        for value in (kind if isinstance(kind, type) and issubclass(kind, Enum) else get_args(kind))
    ]


CLOSED: Sequence[tuple[str, str, list[str]]] = (
    ("outbox", "kind", values(Kind)),
    ("outbox", "state", values(State)),
    ("message", "disposition", values(Disposition)),
    ("message", "priority", values(Priority)),
    ("message", "decision", ["done", "to-do", "later"]),
    ("known_id", "ours", ["owner", *values(Kind)]),
    ("letter", "kind", ["brief", "overview"]),
    ("backup", "said", ["accepted", "declined", "dates", "automatic", "bounce"]),
    ("command", "way", values(Way)),
    ("command", "state", ["pending", "held", "done", "refused"]),
    ("receipt", "way", values(Way)),
)


@pytest.mark.parametrize(("table", "column", "members"), CLOSED)
async def test_a_closed_set_is_closed(tmp_path: Path, table: str, column: str, members: list[str]) -> None:
    """The tables take each member of the set, and nothing else."""
    path = state_of(1, tmp_path)
    await SqliteStore(path).close()
    with closing(sqlite3.connect(path)) as db:
        where = f"WHERE rowid = (SELECT min(rowid) FROM {table})"
        for value in members:
            if (table, column) == ("outbox", "kind"):
                where = f"WHERE kind {'=' if value == 'forward' else '<>'} 'forward'"
            db.execute(f"UPDATE {table} SET {column} = ? {where}", (value,))
        with pytest.raises(sqlite3.IntegrityError):
            db.execute(f"UPDATE {table} SET {column} = 'something else' {where}")


async def test_no_table_is_forgotten(tmp_path: Path) -> None:
    """Each but SQLite's own has its moment, what it hangs on, or its place among what serves the account;
    of a message each column says what is left of it when a correspondent is forgotten."""
    path = state_of(1, tmp_path)
    await SqliteStore(path).close()
    with closing(sqlite3.connect(path)) as db:
        tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        columns = [row[1] for row in db.execute("PRAGMA table_info(message)")]
    assert sorted(columns) == sorted([*erase.OF_A_PERSON, *erase.COUNTS])
    named = [*erase.BY_MOMENT, *erase.BY_REFERENCE, *erase.BETWEEN_ABSENCES, *erase.OF_THE_ACCOUNT, "token"]
    assert sorted(tables - {"state", "sqlite_sequence"}) == sorted(named)
