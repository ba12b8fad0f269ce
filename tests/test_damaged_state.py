"""A file of the state that cannot be used is told in a sentence, by whatever command opens it."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from delegator.adapters.state.fault import sentence_of
from delegator.adapters.state.store import SqliteStore
from delegator.check.findings import Findings
from delegator.check.machine import look_at_state
from delegator.cli.main import cli
from delegator.ports import StateError

pytestmark = pytest.mark.torture("damaged states, and full disks")

NOW = datetime(2026, 11, 16, 11, 15, tzinfo=UTC)
SOFIE = "sofie@voorbeeld.example"
STATES = Path(__file__).parent / "data" / "states"

RULES = f"""
version: 1
owner: {{name: Sofie, address: {SOFIE}, timezone: Europe/Brussels}}
away: {{from: 2026-01-01, until: 2027-01-01}}
account:
  username: sofie
  password: {{env: MAIL_PASSWORD}}
  imap: {{host: 127.0.0.1, port: 1, security: none}}
  smtp: {{host: 127.0.0.1, port: 1, security: none}}
"""

RESTORE = "restore it from a backup, or move it away and start with `delegator run --adopt`"
MOVE = "move it away"
DAMAGES = {
    "no database": ("is damaged", RESTORE),
    "zeros": ("is damaged", RESTORE),
    "cut off": ("is damaged", RESTORE),
    "overwritten": ("is damaged", RESTORE),
    "a folder": ("is a folder", MOVE),
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state with rows in every table, that nobody has open."""
    path = tmp_path_factory.mktemp("sound") / "state.sqlite3"
    with closing(sqlite3.connect(path)) as db:
        db.executescript((STATES / "1.sql").read_text())

    async def migrate() -> None:
        await SqliteStore(path).close()

    asyncio.run(migrate())
    return path


def damage(path: Path, how: str) -> None:
    octets = path.read_bytes()
    if how == "no database":
        path.write_bytes(b"what is this?" * 1000)
    elif how == "zeros":
        path.write_bytes(bytes(len(octets)))
    elif how == "cut off":
        path.write_bytes(octets[: len(octets) // 2])
    elif how == "overwritten":
        path.write_bytes(octets[:4096] + b"\xff" * (len(octets) - 4096))
    else:
        path.unlink()
        path.mkdir()


@pytest.fixture
def folder(tmp_path: Path, sound: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With rules.yaml, a mail, and a state that is to be damaged."""
    monkeypatch.setenv("MAIL_PASSWORD", "x")
    (tmp_path / "rules.yaml").write_text(RULES)
    (tmp_path / "1.eml").write_bytes(
        b"From: jan@acme.example\r\nMessage-ID: <1@acme.example>\r\n\r\nhello\r\n"
    )
    (tmp_path / "state").mkdir(mode=0o700)
    shutil.copy(sound, tmp_path / "state" / "state.sqlite3")
    return tmp_path


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize(
    "command",
    [("run", "--once"), ("status",), ("review",), ("dry-run", "1.eml"), ("why", "1.eml")],
    ids=lambda words: words[0],
)
def test_every_command_says_so(folder: Path, how: str, command: tuple[str, ...]) -> None:
    """What, where, and what to do, with exit code 1; and what is there is left as it is."""
    path = folder / "state" / "state.sqlite3"
    damage(path, how)
    before = path.read_bytes() if path.is_file() else None
    words = [str(folder / word) if word.endswith(".eml") else word for word in command]
    where = ["-c", str(folder / "rules.yaml"), "--state", str(folder / "state")]
    ended = CliRunner().invoke(cli, [words[0], *where, *words[1:]])
    assert isinstance(ended.exception, SystemExit | None), ended.exception
    what, to_do = DAMAGES[how]
    assert f"{path} {what}" in ended.output
    assert to_do in ended.output
    assert ended.exit_code == 1
    assert (path.read_bytes() if path.is_file() else None) == before


@pytest.mark.parametrize("how", DAMAGES)
def test_check_says_so(folder: Path, how: str) -> None:
    path = folder / "state" / "state.sqlite3"
    damage(path, how)
    findings = Findings()
    look_at_state(folder / "state", findings)
    (found,) = findings.found
    what, to_do = DAMAGES[how]
    assert (found.area, found.level, found.to_do) == ("state", "problem", to_do)
    assert found.what.startswith(f"{path} {what}")


async def test_a_page_that_breaks_while_it_runs(folder: Path) -> None:
    """The first query that comes across it says so; what can still be read is read."""
    path = folder / "state" / "state.sqlite3"
    store = SqliteStore(path)
    account = store.account(SOFIE)
    await account.state(NOW)
    (page,) = await store.run(
        lambda db: db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'conversation'").fetchone()
    )
    await store.run(lambda db: db.execute("PRAGMA shrink_memory"))
    with open(path, "r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
    with pytest.raises(StateError, match=r"state\.sqlite3 is damaged .*; restore it from a backup"):
        await account.review_content(NOW)
    assert await account.position("INBOX") is not None
    await store.close()


@contextmanager
def file_size_limit(octets: int) -> Iterator[None]:
    """As a disk that is full: what would make a file longer fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_is_full_at_the_first_start(tmp_path: Path) -> None:
    with file_size_limit(4096), pytest.raises(StateError) as told:
        SqliteStore(tmp_path / "state.sqlite3")
    assert str(tmp_path / "state.sqlite3") in str(told.value)
    assert "disk" in str(told.value)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError(13, "Permission denied"), "cannot be used (Permission denied); mend its owner"),
        (OSError(28, "No space left on device"), "cannot be written (No space left on device); make room"),
    ],
)
def test_what_the_system_says(tmp_path: Path, error: OSError, said: str) -> None:
    assert said in sentence_of(tmp_path / "state.sqlite3", error)


def test_a_file_that_may_only_be_read(folder: Path) -> None:
    """Whoever opens it as another user is told whose matter it is."""
    path = folder / "state" / "state.sqlite3"
    if os.geteuid() == 0:  # root may write whatever the mode says
        error = sqlite3.OperationalError("attempt to write a readonly database")
        error.sqlite_errorcode = sqlite3.SQLITE_READONLY_DBMOVED
        assert "mend its owner and mode" in sentence_of(path, error)
        return
    path.chmod(0o400)
    with pytest.raises(StateError, match="mend its owner and mode"):
        SqliteStore(path)
