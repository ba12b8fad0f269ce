"""This machine: the folder of the state, who may write to it, and the clock."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from ..adapters import control, service
from ..adapters.host import may_sleep
from ..adapters.state import peek
from ..adapters.written import LIST
from ..ports import Fetched, StateError
from .findings import CLOCK_MAY_DIFFER, Findings, minutes_text

FREE_OCTETS = 500_000_000  # a dozen of the largest mails, on their way at once, in the state and its journal


def look_at_state(folder: Path, findings: Findings) -> None:
    """Whether there is room, and who may write there; a daemon that serves it is left alone."""
    try:
        if not folder.is_dir():
            _coming_state(folder, findings)
        elif control.ask(folder, {"command": "status"}) is not None:
            what = f"{folder} is served by process {control.holder(folder)}, which is left alone"
            findings.add("state", "ok", what)
        else:
            _existing_state(folder, findings)
        free_octets = shutil.disk_usage(_nearest(folder)).free
    except StateError as fault:
        findings.say("state", str(fault), "run this as the user who runs the daemon")
    except OSError as error:
        findings.add(
            "state",
            "problem",
            f"{folder} cannot be used ({error.strerror})",
            "choose another --state, or mend its owner and mode",
        )
    else:
        if free_octets < FREE_OCTETS:
            what = f"only {free_octets // 1_000_000} MB are free where {folder} is"
            findings.add("state", "problem", what, "make room: mail on its way is kept there")


def look_at_to_do_files(files: Sequence[Path], findings: Findings) -> None:
    """Whether the list can be written there; of a service only what its sandbox lets it write counts."""
    for path in files:
        folder = path.parent
        if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
            to_do = f"make {folder}, for {_user_name(os.geteuid())}, or name another file under to_do"
            findings.add("to-do", "problem", f"{path} cannot be written", to_do)
        elif _is_another_kind(path):
            what = f"{path} holds something else, and is left alone"
            findings.add("to-do", "problem", what, "move it away, or name another file under to_do")
        else:
            findings.add("to-do", "ok", f"the list goes to {path}")
            if not folder.resolve().is_relative_to("/var/lib"):
                what = "the systemd service may write under /var/lib/delegator alone"
                findings.add("to-do", "note", what, f"for it, add ReadWritePaths={folder} (systemctl edit)")


def _is_another_kind(path: Path) -> bool:
    if path.is_symlink():
        return True
    try:
        begin = path.read_bytes()[: len(LIST)]
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return bool(begin) and begin != LIST


def _existing_state(folder: Path, findings: Findings) -> None:
    peek.look_over(folder / peek.STATE_FILE)
    status = folder.stat()
    if status.st_uid != os.geteuid():
        owner, user = _user_name(status.st_uid), _user_name(os.geteuid())
        to_do = f"run everything as {owner}, or choose another --state"
        findings.add("state", "problem", f"{folder} belongs to {owner}, and this is {user}", to_do)
    elif not os.access(folder, os.W_OK | os.X_OK):
        findings.add("state", "problem", f"{folder} cannot be written to", f"chmod 700 {folder}")
    elif status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        what = f"{folder} may be written to by others, and is refused"
        findings.add("state", "problem", what, f"chmod 700 {folder}")
    elif status.st_mode & 0o077:
        findings.add("state", "note", f"others may look into {folder}", f"chmod 700 {folder}")
    else:
        findings.add("state", "ok", f"{folder} can be written to")


def _coming_state(folder: Path, findings: Findings) -> None:
    nearest = _nearest(folder)
    if folder.exists() or not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        to_do = f"make it, for {_user_name(os.geteuid())} alone, or choose another --state"
        findings.add("state", "problem", f"{folder} is not a folder, and none can be made there", to_do)
    else:
        findings.add("state", "ok", f"{folder} will be made at the first start")


def look_at_service(findings: Findings) -> None:
    """Whether something ends it that no mail server does."""
    if may_sleep():
        what = "this looks like a laptop, and while it sleeps nothing is forwarded and no review comes"
        to_do = "run delegator on a machine that stays on, or: systemctl mask sleep.target"
        findings.add("machine", "note", what, to_do)
    if os.geteuid() and service.user_unit_path().exists() and not service.lingers():
        what = "your service ends when you log out"
        findings.add("machine", "note", what, "loginctl enable-linger")


def look_at_clock(
    now: datetime, said: datetime | None, recent: Sequence[Fetched], findings: Findings
) -> None:
    """Compared with whatever tells the time by itself; IMAP has no question for it."""
    arrivals = [mail.arrived_at for mail in recent if mail.arrived_at is not None]
    if said is not None and abs(now - said) > CLOCK_MAY_DIFFER:
        findings.wrong_clock(f"the submission server's is {minutes_text(said - now)} away")
    elif arrivals and max(arrivals) - now > CLOCK_MAY_DIFFER:
        findings.wrong_clock(f"a mail arrived {minutes_text(max(arrivals) - now)} from now")
    elif said is not None:
        findings.add("clock", "ok", "agrees with the submission server's")
    else:
        findings.add("clock", "ok", "no server said its time, so it was not compared; --send compares it")


def _nearest(folder: Path) -> Path:
    """The folder, or what there is of the way to it."""
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
