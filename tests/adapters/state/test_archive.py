"""`backup` and `restore`: the state in a file, and what it is when it comes back."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from delegator.adapters.state.archive import ON_ITS_WAY, back_up, restore
from delegator.adapters.state.schema import STEPS
from delegator.adapters.state.store import SqliteStore
from delegator.ports import Position, StateError
from tests.adapters.state.test_schema import SOFIE, rows, state_of

NOW = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """As schema 1 wrote it, with rows in every table."""
    folder = tmp_path / "state"
    folder.mkdir()
    return state_of(1, folder)


@pytest.fixture
def there(tmp_path: Path) -> Path:
    """Where nothing is yet."""
    (tmp_path / "there").mkdir()
    return tmp_path / "there" / "state.sqlite3"


async def test_what_is_kept_comes_back(state: Path, there: Path, tmp_path: Path) -> None:
    """A state of any earlier version, with every mail; for its owner alone; by another name in the marker."""
    file = tmp_path / "delegator.zip"
    kept = back_up(state, file, NOW)
    assert (kept.version, kept.accounts) == (1, (SOFIE,))
    assert file.stat().st_mode & 0o777 == 0o600
    assert (await restore(file, there, NOW)) == kept
    assert there.stat().st_mode & 0o777 == 0o600
    messages = "SELECT id, uid, subject, originator FROM message ORDER BY id"
    assert rows(there, messages) == rows(state, messages)
    assert rows(there, "SELECT state_id FROM state") != rows(state, "SELECT state_id FROM state")
    assert rows(there, "SELECT secret FROM state") == rows(state, "SELECT secret FROM state")
    await SqliteStore(there).close()
    assert {path.name for path in there.parent.iterdir()} == {"state.sqlite3"}, "nothing is left beside it"
    assert {path.name for path in state.parent.iterdir()} == {"state.sqlite3"}


async def test_beside_a_daemon(state: Path, there: Path, tmp_path: Path) -> None:
    """What is committed is in it, though it stands in the log only; what is not is left out."""
    store = SqliteStore(state)
    await store.account(SOFIE).advance("Elsewhere", Position(7, 4711))
    with closing(sqlite3.connect(state, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO position VALUES (?, 'Half', 1, 1)", (SOFIE,))
        back_up(state, tmp_path / "delegator.zip", NOW)
        other.execute("ROLLBACK")
    await store.close()
    await restore(tmp_path / "delegator.zip", there, NOW)
    found = rows(there, "SELECT mailbox, uid FROM position WHERE mailbox IN ('Elsewhere', 'Half')")
    assert found == [("Elsewhere", 4711)]


async def test_nothing_goes_out_of_it_by_itself(state: Path, there: Path, tmp_path: Path) -> None:
    """What waited is given up and shown; nobody is asked next, no button works, no tray is a command."""
    with closing(sqlite3.connect(state)) as db, db:
        db.execute("INSERT INTO position VALUES (?, 'Delegator/Forward/anna', 1, 9)", (SOFIE,))
    waiting = rows(state, "SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending')")[0][0]
    assert waiting
    assert rows(state, f"SELECT 1 FROM token WHERE expires_at > {int(NOW.timestamp() * 1e6)}")
    back_up(state, tmp_path / "delegator.zip", NOW)
    await restore(tmp_path / "delegator.zip", there, NOW)
    store = SqliteStore(there)
    account = store.account(SOFIE)
    assert await account.due(NOW + timedelta(days=30), 100, to_backups=True) == []
    assert await account.next_command() is None
    assert await account.held_command() is None
    assert await account.position("Delegator/Forward/anna") is None
    assert await account.position("INBOX") is not None
    await store.close()
    failed = rows(
        there, f"SELECT count(*) FROM outbox WHERE state = 'failed' AND last_reply = '{ON_ITS_WAY}'"
    )
    assert failed == [(waiting,)]
    open_chains = "SELECT DISTINCT chain, pass_why FROM conversation WHERE answered_at IS NULL"
    assert set(rows(there, open_chains)) == {("[]", None)}
    assert not rows(there, f"SELECT 1 FROM token WHERE expires_at > {int(NOW.timestamp() * 1e6)}")
    came_back = set(rows(there, "SELECT restored_at, observes FROM account"))
    assert came_back == {(int(NOW.timestamp() * 1e6), 0)}, (
        "what came before it waits; the marker says who serves"
    )


async def test_never_over_a_state(state: Path, there: Path, tmp_path: Path) -> None:
    """Whatever lies there stays."""
    back_up(state, tmp_path / "delegator.zip", NOW)
    there.write_bytes(b"anything")
    with pytest.raises(StateError, match="a restore never writes over a state; move it away first"):
        await restore(tmp_path / "delegator.zip", there, NOW)
    assert there.read_bytes() == b"anything"


async def test_what_is_no_backup_is_refused(state: Path, there: Path, tmp_path: Path) -> None:
    """Another file, half of one, one octet changed, a newer version: a sentence each, and no state."""
    good = tmp_path / "delegator.zip"
    back_up(state, good, NOW)
    octets = good.read_bytes()
    bad = tmp_path / "bad.zip"

    async def refused(match: str) -> None:
        with pytest.raises(StateError, match=match) as told:
            await restore(bad, there, NOW)
        assert str(bad) in str(told.value)
        assert list(there.parent.iterdir()) == []

    await refused("there is no file")
    bad.write_text("version: 1\n")
    await refused("is damaged, or was not made by")
    bad.write_bytes(octets[: len(octets) // 2])
    await refused("is damaged, or was not made by")
    for at in (200, len(octets) // 3, len(octets) // 2):
        bad.write_bytes(octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :])
        await refused("is damaged, or was not made by")
    with zipfile.ZipFile(bad, "w") as packed:
        packed.writestr("holiday.txt", "sun")
    await refused("was not made by `delegator backup`")
    about = json.loads(zipfile.ZipFile(good).read("about.json"))
    for changes, match in (
        ({"schema": len(STEPS) + 1}, r"was made by a newer version .* install that one"),
        ({"format": 2}, "was made by a newer version"),
        ({"sha256": "0" * 64}, "is damaged"),
    ):
        with zipfile.ZipFile(bad, "w") as packed:
            packed.writestr("about.json", json.dumps(about | changes))
            packed.writestr("state.sqlite3", zipfile.ZipFile(good).read("state.sqlite3"))
        await refused(match)
    bad.unlink()
    bad.mkdir()
    await refused("cannot be read")


def test_what_cannot_be_backed_up_is_told(state: Path, tmp_path: Path) -> None:
    """No state, a damaged one, no folder for the file; and no file of another kind is replaced."""
    with pytest.raises(StateError, match="there is nothing to back up"):
        back_up(tmp_path / "nowhere.sqlite3", tmp_path / "delegator.zip", NOW)
    with pytest.raises(StateError, match=r"cannot be written .*; name another file"):
        back_up(state, tmp_path / "no/such/folder.zip", NOW)
    (tmp_path / "rules.yaml").write_text("version: 1\n")
    with pytest.raises(StateError, match="it holds something else"):
        back_up(state, tmp_path / "rules.yaml", NOW)
    back_up(state, tmp_path / "delegator.zip", NOW)
    back_up(state, tmp_path / "delegator.zip", NOW + timedelta(days=1))
    assert json.loads(zipfile.ZipFile(tmp_path / "delegator.zip").read("about.json"))["made_at"] > str(
        NOW.date()
    )
    state.write_bytes(state.read_bytes()[:5000])
    with pytest.raises(StateError, match="is damaged"):
        back_up(state, tmp_path / "delegator.zip", NOW)
