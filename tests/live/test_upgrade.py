"""Whoever upgrades goes on: the state and the rules of each earlier release, frozen in tests/data/states."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from delegator.adapters.state.schema import STEPS
from delegator.adapters.state.store import SqliteStore
from delegator.config import load
from scripts.freeze_state import freeze
from tests.adapters.state.test_schema import AT, SOFIE, STATES, state_of
from tests.holiday import holiday, write_mail
from tests.servers.dovecot import Account as ImapAccount
from tests.servers.smtp import SmtpServer
from tests.support import FakeClock

REPOSITORY = Path(__file__).parents[2]
RELEASES = sorted(int(path.stem) for path in STATES.glob("[0-9]*.sql"))


@pytest.mark.parametrize("release", RELEASES)
def test_the_rules_of_that_time_still_hold(release: int, tmp_path: Path) -> None:
    """Without an error, and without a warning that was not there."""
    shutil.copy(STATES / f"{release}.yaml", tmp_path / "rules.yaml")
    shutil.copy(REPOSITORY / "clients.csv", tmp_path / "clients.csv")
    assert load(tmp_path / "rules.yaml", read_secrets=False).warnings == ()


@pytest.mark.parametrize("release", RELEASES)
async def test_the_state_of_that_time_goes_on(
    release: int, dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """On real servers: what waited in it goes out, new mail is handed over, a review has what was open."""
    async with holiday(dovecot, smtp_server, tmp_path, FakeClock(AT + timedelta(minutes=2))) as each:
        each.state.mkdir(parents=True)
        state = state_of(release, each.state)
        before = open_items(state)
        assert before > 0
        each.imap.deliver(write_mail(subject="Na de upgrade"), arrived_at=AT + timedelta(minutes=1))
        assert await each.once()
        subjects = [mail["Subject"] for mail in each.accepted("anna@voorbeeld.example")]
        assert "Na de upgrade" in subjects
        assert len(subjects) > 1, "what waited"
        each.clock.at = AT + timedelta(hours=6)  # type: ignore[attr-defined]
        assert await each.once()
        assert each.reviews()
        with closing(sqlite3.connect(state)) as db:
            assert db.execute("PRAGMA user_version").fetchone() == (len(STEPS),)
            assert db.execute("SELECT count(*) FROM set_aside").fetchone() == (0,), (
                "nothing was damaged by it"
            )


def open_items(state: Path) -> int:
    with closing(sqlite3.connect(state)) as db:
        query = (
            "SELECT count(*) FROM message WHERE disposition = 'review' AND decided_at IS NULL AND account = ?"
        )
        count: int = db.execute(query, (SOFIE,)).fetchone()[0]
    return count


async def test_a_state_is_frozen_as_it_is(tmp_path: Path) -> None:
    """`scripts.freeze_state`: what comes back is the same, under the number of its schema."""
    (tmp_path / "old").mkdir()
    state = state_of(RELEASES[0], tmp_path / "old")
    await SqliteStore(state).close()
    frozen = freeze(state, tmp_path)
    assert frozen.name == f"{len(STEPS)}.sql"
    assert frozen.with_suffix(".yaml").exists()
    with closing(sqlite3.connect(tmp_path / "again.sqlite3")) as db, closing(sqlite3.connect(state)) as was:
        db.executescript(frozen.read_text())
        assert list(db.iterdump()) == list(was.iterdump())
    await SqliteStore(tmp_path / "again.sqlite3").close()


def test_every_release_is_tried() -> None:
    """There is one for each file, with its rules; the first release of all among them."""
    assert RELEASES[0] == 1
    assert all((STATES / f"{release}.yaml").exists() for release in RELEASES)
