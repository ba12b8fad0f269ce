"""A program on a pseudo-terminal, as a person sees it: what it shows is waited for, and answered."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Sequence
from types import TracebackType

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\r")


class Terminal:
    """With `with`. Its width is 100 columns."""

    def __init__(self, command: Sequence[str], environment: dict[str, str]) -> None:
        self._command, self._environment = list(command), environment
        self._shown, self._seen = "", 0

    def __enter__(self) -> Terminal:
        ours, theirs = pty.openpty()
        self._descriptor = ours
        self._process = subprocess.Popen(
            self._command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**self._environment, "TERM": "dumb", "COLUMNS": "100"},
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        os.close(theirs)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._descriptor)

    @property
    def shown(self) -> str:
        """All of it, without control sequences."""
        return _CONTROL.sub("", self._shown)

    def until(self, *texts: str, seconds: float = 25) -> str:
        """Which of these texts is shown first, after what was waited for before."""
        deadline = time.monotonic() + seconds
        while not (found := [(at, text) for text in texts if (at := self.shown.find(text, self._seen)) >= 0]):
            if not self._read(deadline - time.monotonic()):
                raise AssertionError(f"{texts} was not shown:\n{self.shown[-3000:]}")
        at, text = min(found)
        self._seen = at + len(text)
        return text

    def type(self, line: str) -> None:
        os.write(self._descriptor, f"{line}\n".encode())

    def answer(self, question: str, line: str) -> None:
        """Type a line when a question is shown."""
        self.until(question)
        self.type(line)

    def interrupt(self) -> None:
        """Ctrl-C, by a person who has read the question: by then the program waits for an answer."""
        time.sleep(0.5)
        os.write(self._descriptor, b"\x03")

    def ended(self, seconds: float = 40) -> int:
        """The exit code, when all is shown."""
        deadline = time.monotonic() + seconds
        while self._read(deadline - time.monotonic()):
            pass
        return self._process.wait(max(0.1, deadline - time.monotonic()))

    def _read(self, seconds: float) -> bool:
        """Whether there may be more; raises AssertionError when the time is up."""
        ready, _, _ = select.select([self._descriptor], [], [], max(0.0, seconds))
        if not ready:
            raise AssertionError(f"nothing more is shown:\n{self.shown[-3000:]}")
        try:
            octets = os.read(self._descriptor, 65536)
        except OSError:  # EIO: the other side is closed
            return False
        self._shown += octets.decode(errors="replace")
        return bool(octets)


def _take_terminal() -> None:
    """The terminal is the new session's, so that Ctrl-C reaches it."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
