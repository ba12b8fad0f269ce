"""`service install` and `service remove`: units, user, configuration and secrets put where systemd looks.

Each step is told as it is done. Nothing is written before everything was looked at; what is there and is
somebody else's is never overwritten.
"""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..config import Config
from ..config.model import SecretSource, TokenLogin
from . import units

ETC, STATE, USER = Path("/etc/delegator"), Path("/var/lib/delegator"), "delegator"
_HIDDEN = (Path("/home"), Path("/root"), Path("/run/user"))  # ProtectHome= (systemd.exec)


class ServiceProblem(Exception):
    """What keeps it from being installed, and what to do; a line each."""


@dataclass(slots=True)
class System:
    """The service of the machine. root: of another system, in which nothing can be started.

    tell: hears of each step. ask: for a secret, by the name of its credential; None: nobody can be asked.
    """

    tell: Callable[[str], None]
    root: Path = Path("/")
    ask: Callable[[str], str] | None = None

    def install(self, config: Config | None) -> bool:
        """Whether it runs now, or cannot here. config None: the units alone. Raises ServiceProblem."""
        wanted = _wanted(config, ETC) if config else _Wanted()
        if config:
            self._look(wanted)
        asked = {name: path for name, path in wanted.credentials.items() if path not in wanted.files}
        secrets = {path: self._secret(name, path) for name, path in asked.items()}
        with _as_root():
            self._write(Path("/etc/sysusers.d/delegator.conf"), units.system_unit(units.USERS, None, {}))
            self._make_user()
            digests: dict[Path, str] = {}
            for target, source in wanted.files.items():
                mode = 0o600 if target in wanted.secrets else 0o640
                if source.resolve() == self._place(target).resolve():
                    self._guard(target, mode)  # whoever put it there keeps it, when this is removed
                else:
                    octets = source.read_bytes()
                    self._write(target, octets.decode("utf-8", "surrogateescape"), mode)
                    digests[target] = _digest(octets)
            for path, secret in secrets.items():
                if secret is not None:
                    self._write(path, secret + "\n", 0o600)
                    digests[path] = _digest((secret + "\n").encode())
            unit = units.system_unit(units.UNIT, wanted.config, wanted.credentials)
            before = self._place(units.UNIT)
            kept = units.files_in(before.read_text()) if before.exists() else {}
            self._write(self._path(units.UNIT), units.with_files(unit, kept | digests))
            self._write(self._path(units.TEMPLATE), units.system_unit(units.TEMPLATE, None, {}))
        return self._start() if config else True

    def remove(self) -> None:
        """All of it but the state, and what was changed since it was written. Raises ServiceProblem."""
        unit = self._place(units.UNIT)
        if not unit.exists():
            raise ServiceProblem(f"{self._path(units.UNIT)} is not there, so no service is installed")
        with _as_root():
            if self._is_running_system():
                _run("systemctl", "disable", "--now", units.UNIT)
                for name in _run("systemctl", "list-units", "--all", "--plain", "--no-legend", "delegator@*"):
                    _run("systemctl", "disable", "--now", name.split()[0])
                self.tell("stopped and disabled delegator.service")
            elif shutil.which("systemctl"):
                _run("systemctl", f"--root={self.root}", "disable", units.UNIT)
            for path, digest in units.files_in(unit.read_text()).items():
                self._take_back(path, digest)
            for path in (
                *(self._path(units.UNIT), self._path(units.TEMPLATE)),
                Path("/etc/sysusers.d/delegator.conf"),
            ):
                self._place(path).unlink(missing_ok=True)
                self.tell(f"removed {path}")
            left = [path.name for path in self._place(ETC).iterdir()] if self._place(ETC).exists() else None
            if left:
                self.tell(f"kept {ETC}: {', '.join(sorted(left))}")
            elif left is not None:
                self._place(ETC).rmdir()
                self.tell(f"removed {ETC}")
            self._remove_user()
            if self._is_running_system():
                _run("systemctl", "daemon-reload")
        if self._place(STATE).exists():
            self.tell(f"kept {STATE}: the state, for root alone; `rm -r` it when nobody needs it any more")

    # --- what is wanted

    def _look(self, wanted: _Wanted) -> None:
        problems = list(wanted.problems)
        for target, source in wanted.files.items():
            there = self._place(target)
            if there.exists() and not _is_same(there, source):
                problems.append(
                    f"{target} is there and differs from {source}; install that one, or move it away"
                )
        if self.root == Path("/") and _is_hidden(units.program()):
            problems.append(
                f"{units.program()} is in a home directory, which the service does not see; install it "
                "elsewhere (PIPX_HOME=/opt/pipx PIPX_BIN_DIR=/usr/local/bin pipx install …), or use --user"
            )
        if problems:
            raise ServiceProblem("\n".join(dict.fromkeys(problems)))

    def _secret(self, name: str, path: Path) -> str | None:
        """None: it is there already. Raises ServiceProblem."""
        if self._place(path).exists():
            return None
        if self.ask is None:
            to_do = f"write it there (install -m 600 /dev/null {path}), or run this on a terminal"
            raise ServiceProblem(f"the credential {name} has no file {path}; {to_do}")
        secret = self.ask(name)
        if not secret or "\n" in secret:
            raise ServiceProblem(f"the credential {name} was left empty; run this again and type it")
        return secret

    # --- steps

    def _place(self, path: Path | str) -> Path:
        path = self._path(path) if isinstance(path, str) else path
        return self.root / path.relative_to("/")

    @staticmethod
    def _path(unit: str) -> Path:
        return Path("/etc/systemd/system", unit)

    def _is_running_system(self) -> bool:
        return self.root == Path("/") and Path("/run/systemd/system").exists()

    def _make_user(self) -> None:
        if self._group() is None and shutil.which("systemd-sysusers"):
            here = () if self.root == Path("/") else (f"--root={self.root}",)
            _run("systemd-sysusers", *here, str(self._place(Path("/etc/sysusers.d/delegator.conf"))))
            self.tell(f"made the user {USER}")

    def _group(self) -> int | None:
        """None: it is not there, or of another system."""
        if self.root != Path("/"):
            return None
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(USER).pw_gid
        return None

    def _write(self, path: Path, text: str, mode: int = 0o644) -> None:
        place = self._place(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with open(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
        self._guard(path, mode)
        self.tell(f"wrote {path}")

    def _guard(self, path: Path, mode: int) -> None:
        """Who may read it. What lies in /etc/delegator is for root and the service alone."""
        place, group = self._place(path), self._group()
        os.chmod(place, mode)
        if ETC not in path.parents:
            return
        for folder in (folder for folder in path.parents if folder.is_relative_to(ETC)):
            os.chmod(self._place(folder), 0o750)
            if group is not None:
                os.chown(self._place(folder), 0, group)
        if group is not None:  # a secret by {file: NAME} is read by the service itself
            os.chown(place, pwd.getpwnam(USER).pw_uid if mode == 0o600 else 0, group)

    def _start(self) -> bool:
        if not self._is_running_system():
            if shutil.which("systemctl"):
                _run("systemctl", f"--root={self.root}", "enable", units.UNIT)
            self.tell("enabled delegator.service; systemd does not run here, so nothing was started")
            return True
        _run("systemctl", "daemon-reload")
        _run("systemctl", "enable", units.UNIT)
        return _started(self.tell, ())

    def _take_back(self, path: Path, digest: str) -> None:
        place = self._place(path)
        if not place.exists():
            return
        is_secret = not place.stat().st_mode & 0o070
        if not is_secret and _digest(place.read_bytes()) != digest:
            self.tell(f"kept {path}: it was changed since it was installed")
            return
        place.unlink()
        self.tell(f"removed {path}")
        with contextlib.suppress(OSError):
            if place.parent != self._place(ETC):
                place.parent.rmdir()

    def _remove_user(self) -> None:
        if self._group() is None:
            return
        for left in (path for path in (ETC, STATE) if path.exists()):
            for path in (left, *left.rglob("*")):
                os.chown(path, 0, 0, follow_symlinks=False)  # nobody's number stays on it
        _run("userdel", USER)
        self.tell(f"removed the user {USER}")


@dataclass(slots=True)
class User:
    """The service of whoever runs this: the configuration and the secrets stay where they are."""

    tell: Callable[[str], None]

    def install(self, config: Config) -> bool:
        """Whether it runs now. Raises ServiceProblem."""
        folder = config.path.absolute().parent
        wanted = _wanted(config, folder)
        problems = [problem for problem in wanted.problems if "home directory" not in problem]
        for name, path in wanted.credentials.items():
            if not path.exists():
                to_do = f"write it there (install -m 600 /dev/null {path})"
                problems.append(f"the credential {name} has no file {path}; {to_do}")
        if problems:
            raise ServiceProblem("\n".join(dict.fromkeys(problems)))
        self._unit.parent.mkdir(parents=True, exist_ok=True)
        self._unit.write_text(units.user_unit(config.path.absolute(), wanted.credentials))
        self.tell(f"wrote {self._unit}")
        if not _has_manager():
            self.tell("no systemd of yours runs here, so nothing was started")
            return True
        _run("systemctl", "--user", "daemon-reload")
        _run("systemctl", "--user", "enable", units.UNIT)
        is_started = _started(self.tell, ("--user",))
        if not lingers():
            self.tell("It ends when you log out. To keep it running: loginctl enable-linger")
        return is_started

    def remove(self) -> None:
        """Raises ServiceProblem."""
        if not self._unit.exists():
            raise ServiceProblem(f"{self._unit} is not there, so no service of yours is installed")
        if _has_manager():
            _run("systemctl", "--user", "disable", "--now", units.UNIT)
            self.tell("stopped and disabled delegator.service")
        self._unit.unlink()
        self.tell(f"removed {self._unit}")
        if _has_manager():
            _run("systemctl", "--user", "daemon-reload")
        self.tell("kept the configuration, the secrets and the state, which were there before")

    @property
    def _unit(self) -> Path:
        return user_unit_path()


def user_unit_path() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config", "systemd/user", units.UNIT)


def lingers() -> bool:
    """Whether this user's services go on after the last session."""
    return Path("/var/lib/systemd/linger", getpass.getuser()).exists()


@dataclass(slots=True)
class _Wanted:
    """config: where the service finds it. files: by where they go, where they are. credentials: by name.

    secrets: those of the files that hold one.
    """

    config: Path | None = None
    files: dict[Path, Path] = field(default_factory=dict)
    credentials: dict[str, Path] = field(default_factory=dict)
    secrets: set[Path] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


def _wanted(config: Config, folder: Path) -> _Wanted:
    """What a configuration needs beside it, in the folder where the service reads it."""
    here = config.path.absolute().parent
    wanted = _Wanted(folder / config.path.name, {folder / config.path.name: config.path.absolute()})

    def need(path: Path, what: str) -> None:
        path = here / path
        if path.is_relative_to(here):
            wanted.files[folder / path.relative_to(here)] = path
        elif _is_hidden(path):
            wanted.problems.append(
                f"{path} ({what}) is in a home directory, which the service does not see; "
                f"put it beside {config.path.name}"
            )

    for file in config.lists:
        need(file.path, "a list")
    account = config.account
    servers = [account.imap, account.smtp] if account else []
    if config.alert and config.alert.smtp:
        servers.append(config.alert.smtp)
    for server in servers:
        if server.ca:
            need(server.ca, "certificates")
        token = server.token
        app = (token.secret, token.certificate, token.client) if isinstance(token, TokenLogin) else (token,)
        for secret in (server.password, *app):
            if secret is not None:
                _need_secret(secret, config, folder, wanted, need)
    return wanted


def _need_secret(
    secret: SecretSource, config: Config, folder: Path, wanted: _Wanted, need: Callable[[Path, str], None]
) -> None:
    match secret.kind:
        case "file":
            need(Path(str(secret.value)), "a secret")
            wanted.secrets.add(folder / str(secret.value))
        case "credential":
            path = folder / str(secret.value)
            beside = config.path.absolute().parent / str(secret.value)
            wanted.credentials[str(secret.value)] = path
            wanted.secrets.add(path)
            if beside.exists():
                wanted.files[path] = beside
        case "env":
            wanted.problems.append(
                f"{config.path}:{secret.line}:{secret.column}: a service has not the environment of your "
                "shell; use {credential: NAME} or {file: NAME}"
            )


def _is_hidden(path: Path) -> bool:
    return any(path.is_relative_to(home) for home in _HIDDEN)


def _is_same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve() or one.read_bytes() == other.read_bytes()


def _digest(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()


def _has_manager() -> bool:
    return Path(os.environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}"), "systemd").exists()


def _started(tell: Callable[[str], None], scope: tuple[str, ...]) -> bool:
    """Started anew, and ready: Type=notify waits for that."""
    journal = " ".join(("journalctl", *scope, "-u", "delegator"))
    done = subprocess.run(["systemctl", *scope, "restart", units.UNIT], capture_output=True, text=True)
    if done.returncode:
        tell(f"delegator.service does not start; see {journal} -n 20")
        return False
    tell(f"enabled and started delegator.service; its log: {journal}")
    return True


def _run(*words: str) -> list[str]:
    """The lines that a program prints. Raises ServiceProblem."""
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        said = (done.stderr or done.stdout).strip() or f"exit status {done.returncode}"
        raise ServiceProblem(f"{' '.join(words)}: {said}")
    return done.stdout.splitlines()


@contextlib.contextmanager
def _as_root() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ServiceProblem(
            f"{error.filename}: {error.strerror}; run this as root, or use --user"
        ) from error


def asker() -> Callable[[str], str] | None:
    """Asks for a secret on the terminal; None: there is no terminal."""
    if not sys.stdin.isatty():
        return None
    return lambda name: getpass.getpass(f"The secret for {{credential: {name}}}, which is not shown: ")


__all__ = ["ETC", "STATE", "ServiceProblem", "System", "User", "asker", "lingers", "user_unit_path"]
