"""docs/service.md command by command, the units as systemd reads them, and what systemd is told."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from delegator.adapters.service import System
from tests.holiday import Holiday, holiday
from tests.servers.dovecot import Account as ImapAccount
from tests.servers.ports import hold_port, port_of
from tests.servers.smtp import SmtpServer

REPOSITORY = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).parent / "delegator"
UNITS = ("delegator.service", "delegator@.service")

needs_systemd = pytest.mark.systemd


@pytest.fixture
def systemd() -> None:
    if not (
        shutil.which("systemd-analyze") and shutil.which("systemctl") and shutil.which("systemd-sysusers")
    ):
        pytest.skip("systemd's programs are not installed (Debian: systemd)")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The root of a system with the units in it."""
    (tmp_path / "root").mkdir()
    System(print, tmp_path / "root").install(None)
    return tmp_path / "root"


def run(*words: str | Path) -> str:
    result = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    assert result.returncode == 0, (words, result.stdout, result.stderr)
    return result.stdout + result.stderr


@needs_systemd
@pytest.mark.parametrize("name", UNITS)
def test_systemd_finds_nothing_wrong(systemd: None, name: str, root: Path, tmp_path: Path) -> None:
    """`systemd-analyze verify` reads each unit without a word."""
    unit = tmp_path / name.replace("@", "@karim")
    shutil.copy(root / "etc/systemd/system" / name, unit)
    assert run("systemd-analyze", "verify", "--man=no", unit) == ""


@needs_systemd
@pytest.mark.parametrize("name", UNITS)
def test_the_unit_is_hardened(systemd: None, name: str, root: Path) -> None:
    """An exposure of 1.2 at most, of 10."""
    unit = root / "etc/systemd/system" / name
    said = run("systemd-analyze", "security", "--offline=yes", "--threshold=12", unit)
    assert "Overall exposure level" in said


@pytest.mark.parametrize("name", UNITS)
def test_the_unit_never_gives_up(name: str) -> None:
    """Restart for ever without a start limit, a watchdog slower than the longest cycle, limits."""
    text = (REPOSITORY / "systemd" / name).read_text()
    for line in (
        *("Type=notify", "Restart=always", "StartLimitIntervalSec=0", "WatchdogSec=10min"),
        *("StateDirectoryMode=0700", "NoNewPrivileges=yes", "LimitCORE=0", "MemoryMax=1G"),
    ):
        assert f"\n{line}\n" in text
    assert text.index("StartLimitIntervalSec") < text.index("[Service]")


def commands() -> Iterator[str]:
    text = (REPOSITORY / "docs/service.md").read_text()
    for block in re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield from block.splitlines()


NOT_HERE = ("apt-get install", "python3 -m venv", "/opt/delegator/bin/pip install")
"""What makes the environment that the tests run in."""

NEEDS_A_MANAGER = ("systemctl start", "systemctl status", "journalctl", "loginctl")


def elsewhere(command: str, root: Path) -> list[str]:
    """A command of the page, in the system below `root` and as whoever runs the tests."""
    words = shlex.split(command.replace("/opt/delegator/bin/delegator", str(PROGRAM)))
    words = [re.sub(r"(?<![\w.])/(etc|var)/", rf"{root}/\1/", word) for word in words]
    match words:
        case ["systemctl" | "systemd-sysusers" as program, *rest]:
            return [program, f"--root={root}", *rest]
        case [program, "service", "install", "--user"]:
            return [program, "service", "install", "--user", "-c", str(root / "etc/delegator/rules.yaml")]
        case [program, "service", *rest]:
            return [program, "service", *rest, "--root", str(root)]
        case ["env", *_]:
            return words
        case ["runuser", "-u", "delegator", "--", *rest]:
            return rest
        case ["install", *rest]:
            owner = re.compile(r"-[go] delegator ")
            return ["install", *shlex.split(owner.sub("", shlex.join(rest)))]
    raise AssertionError(f"no test for: {command}")


@needs_systemd
@pytest.mark.dovecot
async def test_the_walk_through(
    systemd: None, dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """Each command of docs/service.md does what it says, in a system of its own."""
    root = tmp_path / "root"
    root.mkdir()
    listed = [command for command in commands() if not command.startswith(NOT_HERE + NEEDS_A_MANAGER)]
    assert len(listed) > 10
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        for command in listed:
            if " check " in command:  # what the reader did with an editor
                fill_in(each, root / "etc/delegator")
            process = await asyncio.create_subprocess_exec(
                *elsewhere(command, root),
                cwd=REPOSITORY,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                # Nothing of whoever runs the tests is touched or started.
                env=os.environ
                | {"XDG_CONFIG_HOME": f"{tmp_path}/config", "XDG_RUNTIME_DIR": f"{tmp_path}/run"},
            )
            said, _ = await process.communicate()
            assert process.returncode == 0, (command, said.decode())
    assert "delegator" in (root / "etc/passwd").read_text()
    wanted = root / "etc/systemd/system/multi-user.target.wants"
    assert {link.name for link in wanted.iterdir()} == {"delegator@karim.service"}, "the other was removed"


def fill_in(each: Holiday, folder: Path) -> None:
    # Not away yet: `status` would then want a daemon, which needs `systemctl start`.
    each.away = ("2099-01-01", "2099-01-02")
    each.rules = each.rules.replace("{{file: mail-password}}", "{{credential: mail-password}}")
    each.rules = each.rules.replace("{{file: smtp-password}}", "{{credential: smtp-password}}")
    os.environ.pop("CREDENTIALS_DIRECTORY", None)
    each.folder.mkdir(exist_ok=True)
    each.write()
    for name in ("rules.yaml", "mail-password", "smtp-password"):
        shutil.copy(each.folder / name, folder / name)


def test_installing_without_the_right_to_is_told(tmp_path: Path) -> None:
    """A root that cannot be written to is a problem with what to do, not a traceback."""
    (tmp_path / "etc").write_text("")
    result = subprocess.run(
        [PROGRAM, "service", "install", "--units", "--root", tmp_path], capture_output=True, text=True
    )
    assert result.returncode == 1
    assert "run this as root" in result.stderr


@asynccontextmanager
async def manager(tmp_path: Path) -> AsyncIterator[tuple[dict[str, str], asyncio.Queue[str]]]:
    """systemd's side of sd_notify(3): the environment of a service, and what it says."""
    said: asyncio.Queue[str] = asyncio.Queue()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.setblocking(False)
        loop = asyncio.get_running_loop()
        loop.add_reader(listener, lambda: said.put_nowait(listener.recv(4096).decode()))
        try:
            yield (
                os.environ | {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "100000"},
                said,
            )
        finally:
            loop.remove_reader(listener)


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Where nobody listens."""
    with hold_port() as held:
        yield port_of(held)


@pytest.mark.dovecot
async def test_systemd_hears_that_it_lives(
    dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path, closed_port: int
) -> None:
    """READY after the start; WATCHDOG goes on coming while the mail server is down; STOPPING at the end."""
    today = datetime.now(UTC).date()
    async with holiday(dovecot, smtp_server, tmp_path) as each, manager(tmp_path) as (environment, said):
        each.away = (str(today - timedelta(days=1)), str(today + timedelta(days=9)))
        each.imap_port = closed_port
        each.configure()
        process = await asyncio.create_subprocess_exec(
            *(PROGRAM, "run", "-c", each.config_path, "--state", each.state),
            env=environment,
            stderr=subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(20):
                assert await said.get() == "READY=1"
                assert process.stderr is not None
                while b"connection_lost" not in await process.stderr.readline():
                    pass
                while not said.empty():
                    said.get_nowait()
                for _ in range(3):
                    assert await said.get() == "WATCHDOG=1"
                process.terminate()
                while (word := await said.get()) != "STOPPING=1":
                    assert word == "WATCHDOG=1"
                assert await process.wait() == 0
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()
