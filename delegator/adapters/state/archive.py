"""The state kept in a file beside it, and put back from there.

The file is a zip of the database and of `about.json`, which has its digest: whoever looks into it needs no
program of ours. It holds what the state holds, clients' mail too, so it is for its owner alone.

A state that was put back is older than what happened since. What it would send may have been sent; what
came since may be in a backup's hands. So it is another state (the marker in the mailbox names the one that
went on, and it observes until `run --adopt`), nothing that waited in it goes out by itself, and what came
before it took over is never forwarded by a rule: it waits in the review.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from ...core.attempt import Failed
from ...core.folders import is_tray
from ...ports import StateError
from ..written import private_file
from .conversations import Doing
from .fault import faults_told
from .file import APPLICATION_ID
from .outbox import record_outcome
from .part import us
from .peek import reading
from .schema import STEPS
from .store import SqliteStore

FORMAT = 1
_ABOUT, _STATE = "about.json", "state.sqlite3"
_BEGINS = b"PK\x03\x04"
_CHUNK = 1 << 20

ON_ITS_WAY = "it may have arrived: it was on its way when the state was backed up"


@dataclass(frozen=True, slots=True)
class Archive:
    """made_at: as written, RFC 3339. accounts: the owners' addresses. octets: of the database."""

    made_at: str
    version: int
    accounts: tuple[str, ...]
    octets: int


def back_up(state: Path, file: Path, now: datetime) -> Archive:
    """Keep a state in a file, whole and of one moment, also while a daemon serves it.

    Raises StateError: there is none, or it is damaged, or the file cannot be written.
    """
    if not state.exists():
        raise StateError(
            f"{state} does not exist, so there is nothing to back up; see whether --state is right"
        )
    with faults_told(state), tempfile.TemporaryDirectory(prefix="delegator-", dir=state.parent) as folder:
        copy = Path(folder, _STATE)  # beside the state: clients' mail stands on no other disk meanwhile
        with reading(state) as db, closing(sqlite3.connect(copy)) as kept:
            db.backup(kept)
            kept.execute("PRAGMA journal_mode=DELETE").fetchall()
            archive = _look_over(kept, now)
        with closing(copy.open("rb")) as octets:
            digest = hashlib.file_digest(octets, "sha256").hexdigest()
        about = {
            "format": FORMAT,
            "made_at": archive.made_at,
            "schema": archive.version,
            "accounts": archive.accounts,
            "octets": copy.stat().st_size,
            "sha256": digest,
        }
        with _written(file) as target, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr(_ABOUT, json.dumps(about, indent=2) + "\n")
            packed.write(copy, _STATE)
        return _archive(about)


def _look_over(db: sqlite3.Connection, now: datetime) -> Archive:
    if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise sqlite3.DatabaseError("it is not a state of delegator")
    if (said := db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
        raise sqlite3.DatabaseError(str(said))
    version = db.execute("PRAGMA user_version").fetchone()[0]
    found = db.execute("SELECT account FROM account WHERE account NOT LIKE '%/shadow' ORDER BY account")
    accounts = [str(row[0]) for row in found]
    return Archive(now.isoformat(timespec="seconds"), version, tuple(accounts), 0)


@contextlib.contextmanager
def _written(file: Path) -> Iterator[IO[bytes]]:
    try:
        with private_file(file, _BEGINS) as target:
            yield target
    except OSError as error:
        raise StateError(f"{file} cannot be written ({error.strerror}); name another file") from error


async def restore(file: Path, state: Path, now: datetime) -> Archive:
    """Put back what `back_up` kept, where there is no state. Hold the state's lock meanwhile.

    Raises StateError: the file is another one, damaged, or of a newer version; or a state is there.
    """
    if state.exists():
        raise StateError(
            f"{state} is there, and a restore never writes over a state; "
            "move it away first, or choose another --state"
        )
    with tempfile.TemporaryDirectory(prefix="restore-", dir=state.parent) as folder:
        copy = Path(folder, _STATE)
        archive = _unpack(file, copy)
        store = SqliteStore(copy, lambda: now)  # takes the steps that its version lacks
        try:
            await store.run(lambda db: _as_another_state(db, now))
        finally:
            await store.close()
        with faults_told(state):
            os.chmod(copy, 0o600)
            os.rename(copy, state)
    return archive


def _unpack(file: Path, copy: Path) -> Archive:
    """The database of an archive. Raises StateError."""
    try:
        with zipfile.ZipFile(file) as packed:
            about = json.loads(packed.read(_ABOUT))
            if not isinstance(about, dict) or about.get("format") != FORMAT:
                raise StateError(f"{file} was made by a newer version; install that one, then restore")
            if about["schema"] > len(STEPS):
                raise StateError(
                    f"{file} was made by a newer version (schema {about['schema']}, this one knows "
                    f"{len(STEPS)}); install that one, then restore"
                )
            with (
                packed.open(_STATE) as octets,
                open(os.open(copy, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as to,
            ):
                shutil.copyfileobj(octets, to, _CHUNK)
        with closing(copy.open("rb")) as octets:
            digest = hashlib.file_digest(octets, "sha256").hexdigest()
        if digest != about["sha256"]:
            raise zipfile.BadZipFile("another digest")
        with closing(sqlite3.connect(copy)) as db:
            _look_over(db, datetime.fromisoformat(about["made_at"]))
        return _archive(about)
    except FileNotFoundError as error:
        raise StateError(f"there is no file {file}; name one that `delegator backup` wrote") from error
    except OSError as error:
        raise StateError(f"{file} cannot be read ({error.strerror}); see who may read it") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, sqlite3.DatabaseError) as error:
        raise StateError(
            f"{file} is damaged, or was not made by `delegator backup`; take another that was"
        ) from error
    except (KeyError, TypeError, ValueError) as error:
        raise StateError(f"{file} was not made by `delegator backup`; name a file that was") from error


def _archive(about: dict[str, Any]) -> Archive:
    return Archive(about["made_at"], about["schema"], tuple(about["accounts"]), about["octets"])


def _as_another_state(db: sqlite3.Connection, now: datetime) -> None:
    """What may have happened since the backup happens no second time."""
    db.execute("UPDATE state SET state_id = ?", (secrets.token_hex(16),))
    db.execute("UPDATE account SET restored_at = ?, observes = 0", (us(now),))
    on_its_way = "SELECT id, account FROM outbox WHERE state IN ('pending', 'sending') ORDER BY id"
    for row in db.execute(on_its_way).fetchall():
        record_outcome(db, row["account"], row["id"], Failed(ON_ITS_WAY), "", Doing(now))
    # Who had it may have answered, or been passed over: only the owner passes it on.
    db.execute("UPDATE conversation SET chain = '[]', pass_why = NULL WHERE answered_at IS NULL")
    # A button may have been tapped since, a command carried out, a mail moved into a tray.
    db.execute("UPDATE token SET expires_at = min(expires_at, ?)", (us(now),))
    db.execute("UPDATE command SET state = 'refused', text = '' WHERE state IN ('pending', 'held')")
    trays = [row["mailbox"] for row in db.execute("SELECT DISTINCT mailbox FROM position") if is_tray(row[0])]
    db.executemany("DELETE FROM position WHERE mailbox = ?", [(mailbox,) for mailbox in trays])
