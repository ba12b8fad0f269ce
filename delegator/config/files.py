"""Files that a configuration names, read safely: regular files only, never more than a limit."""

from __future__ import annotations

import os
import stat
from pathlib import Path


class FileProblem(Exception):
    """A file that cannot be used. what: a predicate ("does not exist"); to_do: what to do about it."""

    def __init__(self, what: str, to_do: str) -> None:
        super().__init__(f"{what}; {to_do}")
        self.what = what
        self.to_do = to_do


def read_file(path: Path, limit: int, *, private: bool = False) -> bytes:
    """All octets of a regular file of at most `limit` octets. Raises FileProblem.

    private: refuse a file that its group or others may read or write.
    """
    try:
        # O_NONBLOCK: opening a FIFO that nobody writes to would wait for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise FileProblem("does not exist", "create it, or correct its name") from None
    except PermissionError:
        raise FileProblem("may not be read by this user", "give this user the right to read it") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or "its name is impossible"
        raise FileProblem(f"cannot be opened ({reason})", "correct its name") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise FileProblem("is not an ordinary file", "name a file")
        if private and status.st_mode & 0o077:
            raise FileProblem("may be read or written by other users", "run chmod 600 on it")
        with open(descriptor, "rb", closefd=False) as file:
            octets = file.read(limit + 1)
    except OSError as error:
        raise FileProblem(f"cannot be read ({error.strerror})", "check the disk it is on") from None
    finally:
        os.close(descriptor)
    if len(octets) > limit:
        raise FileProblem(f"is larger than {limit:,} octets", "make it smaller")
    return octets
