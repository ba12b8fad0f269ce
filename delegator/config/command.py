"""A command that prints a secret, run without a shell, bounded in time and output.

What it prints is never part of a message, nor are the command's words: people write secrets into both.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

LONGEST_S = 30.0  # a vault in another country answers in five; a prompt that nobody sees never ends
MAX_OCTETS = 16 * 1024  # Microsoft's tokens have some 3 kB
_LOOK_S = 0.05  # how soon the end of a command is seen whose output another program keeps open


class CommandProblem(Exception):
    """Why a command gives no secret. what: a predicate ("is not found"); to_do: what to do about it."""

    def __init__(self, what: str, to_do: str) -> None:
        super().__init__(f"{what}; {to_do}")
        self.what = what
        self.to_do = to_do


_BY_HAND = "run it by hand as this user, without a terminal, to see what it says"


def look_for_command(words: Sequence[str], folder: Path) -> None:
    """Whether there is such a program; it is not run. folder: to which a path is relative."""
    program = words[0]
    if os.sep not in program:
        import shutil  # few name a command, and these take long to load

        found = shutil.which(program)
        if found is None:
            raise CommandProblem("is not found in PATH", "install it, or write its whole path")
        return
    path = folder / program
    if not path.is_file():
        raise CommandProblem("is not found", "correct its path, which is relative to rules.yaml")
    if not os.access(path, os.X_OK):
        raise CommandProblem("may not be run by this user", "run chmod +x on it, or correct its path")


def run_command(words: Sequence[str], folder: Path, *, longest_s: float = LONGEST_S) -> bytes:
    """What it prints on stdout, whole. Blocks. Raises CommandProblem.

    It gets no terminal and no input, so that a prompt cannot wait for a person. What it says on stderr is
    dropped: it may hold the secret. It runs in that folder, or at the root while there is none: `init` tries
    it before it has written anything.
    """
    import signal
    import subprocess

    look_for_command(words, folder)
    try:
        process = subprocess.Popen(
            list(words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder if folder.is_dir() else os.sep,
            start_new_session=True,  # without a controlling terminal, and a group to end as a whole
        )
    except PermissionError:
        raise CommandProblem("may not be run by this user", "give this user the right to run it") from None
    except OSError as error:
        if error.errno == errno.ENOEXEC:
            raise CommandProblem(
                "is not a program", "a script says in its first line what runs it, like #!/bin/sh"
            ) from None
        raise CommandProblem(f"cannot be run ({error.strerror})", "correct its path") from None
    try:
        printed = _output(process, time.monotonic() + longest_s, longest_s)
    except BaseException:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        raise
    finally:
        assert process.stdout is not None
        process.stdout.close()
        process.wait()
    if process.returncode < 0:
        raise CommandProblem(f"was ended by signal {-process.returncode}", _BY_HAND)
    if process.returncode:
        raise CommandProblem(f"failed (exit status {process.returncode})", _BY_HAND)
    return printed


def _output(process: subprocess.Popen[bytes], ends_s: float, longest_s: float) -> bytes:
    """All of it, until the command has ended; a program that it left running may keep the pipe open."""
    import selectors
    import subprocess

    assert process.stdout is not None
    descriptor, printed = process.stdout.fileno(), bytearray()
    os.set_blocking(descriptor, False)
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        is_open = True
        while True:
            has_ended = process.poll() is not None
            if is_open and selector.select(_LOOK_S):
                octets = os.read(descriptor, MAX_OCTETS + 1)
                printed += octets
                if not octets:
                    is_open = False
                    selector.unregister(descriptor)
            elif has_ended:
                return bytes(printed)
            elif not is_open:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(min(_LOOK_S, max(0.0, ends_s - time.monotonic())))
            if len(printed) > MAX_OCTETS:
                raise CommandProblem(
                    f"prints more than {MAX_OCTETS:,} octets", "have it print the secret and nothing else"
                )
            if time.monotonic() > ends_s and process.poll() is None:
                to_do = "it may wait for a person (a prompt, a locked vault); " + _BY_HAND
                raise CommandProblem(f"has not ended within {longest_s:.0f} seconds", to_do)
