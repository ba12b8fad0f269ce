"""README.md and docs/: each command that they show is run, where the page's reader would run it.

docs/service.md has a system of its own: see test_systemd.
"""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from tests.holiday import Holiday, holiday, write_mail
from tests.process import COMMAND
from tests.servers.dovecot import Account as ImapAccount
from tests.servers.smtp import Received, SmtpServer

REPOSITORY = Path(__file__).parents[2]

ELSEWHERE = {
    "pipx install .": "it would install into the home folder of whoever runs the tests",
    "make test": "it is what runs this",
    "delegator init": "it asks a person; tests/live/setup answers it in a terminal",
    "delegator init sofie@company.example --yes --json --away 2026-12-19..2027-01-04"
    " --password-from command:'pass show mail'": "it looks for the servers of a domain; see tests/live/setup",
}
"""Commands that no test can run here, and why."""

KEPT = "delegator backup /backups/delegator.zip"
BEFORE = {
    KEPT: ("delegator run --once",),
    "delegator restore /backups/delegator.zip": (
        "delegator run --once",
        KEPT,
        "rm -r ~/.local/state/delegator",
    ),
}
"""What its reader has done before."""


@dataclass(frozen=True, slots=True)
class Command:
    page: str
    line: str

    def __str__(self) -> str:
        return f"{self.page}: {self.line}"


def commands() -> Iterator[Command]:
    """What stands in blocks of shell, and lines that begin with our command or `make` in indented ones."""
    for path in (REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))):
        if path.name == "service.md":
            continue
        text = re.sub(r" \\\n\s*", " ", path.read_text("utf-8"))
        blocks = re.findall(r"^ *```sh\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
        indented = re.findall(r"^ {4,}((?:delegator|make|pipx|cp|mkdir|install) .*)$", text, re.MULTILINE)
        for line in [line.strip() for block in blocks for line in block.splitlines()] + indented:
            said = re.split(r"\s+#\s|\s{3,}", line)[0].strip()
            if said and not said.startswith("#"):
                yield Command(path.name, said)


LISTED = sorted(set(commands()), key=str)


@dataclass(slots=True)
class Reader:
    """Somebody who follows the pages, with a mailbox, a home folder and a copy of the project."""

    holiday: Holiday
    home: Path
    project: Path

    async def run(self, line: str) -> tuple[int, str]:
        words = [word for each in shlex.split(line) for word in self._expanded(each)]
        program, *rest = words
        if program == "delegator":
            words = [*COMMAND, *rest]
            where = self.holiday.folder
        else:
            where = self.project
        is_service = words[len(COMMAND) :][:1] == ["run"] and "--once" not in words
        process = await asyncio.create_subprocess_exec(
            *words, cwd=where, env=self._environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        assert process.stdout is not None
        said = b""
        if is_service:
            async with asyncio.timeout(30):
                while b'"event": "started"' not in said and (more := await process.stdout.readline()):
                    said += more
            if process.returncode is None:
                process.terminate()
        async with asyncio.timeout(60):
            more, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, (said + more).decode()

    def _expanded(self, word: str) -> list[str]:
        if word == "/etc/delegator/*.yaml":
            return [str(self.holiday.config_path)]
        return [word.replace("~", str(self.home)).replace("/backups/", f"{self.home}/")]

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "STATE_D"))}
        return kept | {"HOME": str(self.home), "BROWSER": "true", "PYTHONPATH": str(REPOSITORY)}


def write_files(folder: Path) -> None:
    """The files that the pages name."""
    letter = write_mail(subject="Offerte sporthal", Message_ID="<1@acme.example>")
    (folder / "letter.eml").write_bytes(letter)
    (folder / "mail").mkdir()
    (folder / "mail" / "one.eml").write_bytes(letter)
    (folder / "old.mbox").write_bytes(b"From x Mon Nov 16 06:00:00 2026\n" + letter.replace(b"\r\n", b"\n"))
    (folder / "rules.test.yaml").write_text(
        "- {name: an offer, mail: {from: x@client.example, subject: Offerte}, expect: forward bram}\n"
    )


@pytest.mark.parametrize("command", LISTED, ids=str)
@pytest.mark.dovecot
async def test_it_does_what_the_page_says(
    dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path, command: Command
) -> None:
    """It ends well: no usage error, no problem found where all is well."""
    if command.line in ELSEWHERE:
        return

    async def deliver(mail: Received) -> None:
        if "sofie@voorbeeld.example" in mail.rcpt_tos:
            await asyncio.to_thread(dovecot.deliver, mail.octets)

    smtp_server.deliver = deliver
    today = datetime.now(UTC).date()
    yesterday = today - timedelta(days=1)
    before_a_review = datetime.combine(yesterday, time(10), UTC)
    for mail in (
        write_mail(subject="Offerte sporthal", Message_ID="<1@acme.example>"),
        write_mail("Els <els@client.example>"),
    ):
        await asyncio.to_thread(dovecot.deliver, mail, arrived_at=before_a_review)
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        is_away = any(word in command.line for word in (" run", " review", " backup", " restore"))
        begins = yesterday if is_away else today + timedelta(days=9)
        each.away = (str(begins), str(today + timedelta(days=20)))
        each.write()
        shutil.copy(each.config_path, each.folder / "friday.yaml")
        write_files(each.folder)
        reader = Reader(each, tmp_path / "home", tmp_path / "project")
        (reader.home / ".config/delegator").mkdir(parents=True)
        reader.project.mkdir()
        for name in ("rules.yaml", "clients.csv", "Makefile", "pyproject.toml"):
            shutil.copy(REPOSITORY / name, reader.project)
        line = command.line.replace("2026-12-21", str(yesterday))  # a day on which something came
        if line.startswith("make "):
            line = line.replace("make ", "make --dry-run ", 1)
        for earlier in BEFORE.get(command.line, ()):
            await reader.run(earlier)
        code, said = await reader.run(line)
        assert code == 0, said


def test_the_pages_are_read() -> None:
    """Many commands, of many pages; and none is excused that no page shows."""
    assert len(LISTED) >= 20
    assert len({command.page for command in LISTED}) >= 5
    assert {command.line for command in LISTED} >= set(ELSEWHERE)
