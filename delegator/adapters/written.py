"""Files that hold mail or secrets: nobody else on the machine reads them, or has them written elsewhere."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

MAIL = b"From: "
PAGE = b"<!DOCTYPE html>"


def write_private(path: Path, octets: bytes, begins: bytes = b"") -> None:
    """`private_file` with these octets."""
    with private_file(path, begins) as file:
        file.write(octets)


LIST = b"<!-- delegator: to-do list -->\n"
"""No reader of Markdown shows it. A heading alone would be how the owner's own notes begin."""


def write_list(path: Path, text: str) -> None:
    """A list in Markdown, unless the file holds just that. What is no list of ours is left alone."""
    octets = LIST + text.encode("utf-8", "replace")
    with contextlib.suppress(FileNotFoundError):
        if path.read_bytes() == octets:
            return
    write_private(path, octets, LIST)


@contextlib.contextmanager
def private_file(path: Path, begins: bytes = b"") -> Iterator[IO[bytes]]:
    """A file that its owner alone may read (0600), there at the end of the block, whole or not at all.

    begins: how its kind begins. A file that is there is replaced only if it is of that kind, or empty; no
    link is followed. Raises OSError.
    """
    _refuse_another_kind(path, begins)
    descriptor, name = tempfile.mkstemp(prefix=".delegator-", dir=path.parent)  # 0600, and new
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)  # takes the place of a link that was made meanwhile, and does not follow it
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def write_new(path: Path, octets: bytes) -> None:
    """A file that its owner alone may read (0600), whole or not at all, where there is none yet.

    Its folder is made, for the owner alone. Raises FileExistsError where there is anything, OSError.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".delegator-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
        os.link(name, path)  # unlike a rename, it takes nobody's place
    finally:
        with contextlib.suppress(OSError):
            os.unlink(name)


def _refuse_another_kind(path: Path, begins: bytes) -> None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(errno.ELOOP, "it is a link; name a file", str(path)) from None
        raise
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EEXIST, "it is not an ordinary file; name another", str(path))
        start = os.read(descriptor, max(1, len(begins)))
    finally:
        os.close(descriptor)
    if start and (not begins or start != begins):
        raise OSError(errno.EEXIST, "it holds something else; name another file", str(path))
