"""What a person is told when the file of the state cannot be used: what, where, and what to do."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...ports import StateError, StateUnusable

_MEND_RIGHTS = "mend its owner and mode, or choose another --state"
_MEND_FILE = "restore it from a backup, or move it away and start with `delegator run --adopt`"
_MEND_DISK = "see whether the disk fails, and mount it anew"
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_RIGHTS = frozenset(
    {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_AUTH}
)


@contextmanager
def faults_told(path: Path) -> Iterator[None]:
    """Around all that opens or reads that file. Raises StateError."""
    try:
        yield
    except (OSError, sqlite3.DatabaseError) as error:
        raise state_error(path, error) from error


def state_error(path: Path, error: BaseException) -> StateError:
    """Whether it may be mended by whoever looks after the disk, while a daemon waits for that."""
    kind = StateError if path.is_dir() or _is_about_rights(path, error) else StateUnusable
    return kind(sentence_of(path, error))


def _is_about_rights(path: Path, error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno not in {*_NO_ROOM, errno.EROFS, errno.EIO}
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in _RIGHTS:
        return not _is_read_only(path)
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _is_read_only(path: Path) -> bool:
    """Whether its file system is."""
    try:
        return bool(os.statvfs(path.parent).f_flag & os.ST_RDONLY)
    except OSError:
        return False


def sentence_of(path: Path, error: BaseException) -> str:
    if path.is_dir():
        return f"{path} is a folder where the file of the state should be; move it away"
    if isinstance(error, OSError):
        if error.errno in _NO_ROOM:
            return f"{path} cannot be written ({error.strerror}); make room on that disk"
        to_do = _MEND_DISK if error.errno in (errno.EROFS, errno.EIO) else _MEND_RIGHTS
        return f"{path} cannot be used ({error.strerror}); {to_do}"
    # The low octet is the primary code; above it stands which of its kind. https://sqlite.org/rescode.html
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return f"{path} cannot be written ({error}); make room on that disk"
    if code == sqlite3.SQLITE_IOERR:
        return f"{path} cannot be read or written ({error}); see whether that disk is full, or fails"
    if code in _RIGHTS and _is_read_only(path):
        return f"{path} cannot be written (its file system may only be read); {_MEND_DISK}"
    if code in _RIGHTS:
        return f"{path} cannot be used ({error}); {_MEND_RIGHTS}"
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return f"{path} is in use by another program ({error}); stop that one first"
    return f"{path} is damaged ({error}); {_MEND_FILE}"
