"""The command line: what goes to stdout and stderr, and with which exit code it ends."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from delegator.adapters import control
from delegator.adapters.state.file import APPLICATION_ID
from delegator.cli.main import cli
from delegator.daemon.process import status_facts
from delegator.reports.status import read_status

RULES = """
version: 1
owner: {name: Sofie Janssens, address: sofie@voorbeeld.example, timezone: Europe/Brussels}
backups:
  anna: {name: Anna Peeters, address: anna@voorbeeld.example}
rules:
  - {name: offers, when: {subject: "offerte*"}, forward: anna}
"""

MAIL = b"From: Jan <jan@acme.example>\nMessage-ID: <1@acme.example>\nSubject: Offerte\n\nHello\n"

PROGRAM = [sys.executable, "-c", "from delegator.__main__ import main; main()"]
THROUGH_CLI = [sys.executable, "-c", "from delegator.cli.main import main; main()"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, far from the configuration of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in ("STATE_DIRECTORY", "XDG_STATE_HOME", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


@pytest.fixture
def rules(home: Path) -> Path:
    path = home / "rules.yaml"
    path.write_text(RULES)
    (home / "mail").mkdir()
    (home / "mail/1.eml").write_bytes(MAIL)
    return path


def call(*words: str) -> Result:
    return CliRunner().invoke(cli, words)


def commands() -> list[str]:
    return list(cli.commands)


@pytest.mark.parametrize("command", [[], *([name] for name in commands())])
def test_help_has_examples(command: list[str]) -> None:
    """Every command explains itself, with examples, in 80 columns."""
    result = call(*command, "--help")
    assert result.exit_code == 0
    assert "Examples:\n" in result.stdout
    assert ("-c, --config FILE" in result.stdout) == (command != ["demo"])


def loaded_by(*words: str, **more: str) -> tuple[str, int, set[str]]:
    """What the program says to some words, its exit code, and the modules that it has loaded then."""
    code = (
        f"import os, sys\nos._exit, sys.argv[1:] = sys.exit, {list(words)!r}\n"
        "from delegator.__main__ import main\n"
        "try: main()\nexcept SystemExit as end: print(end.code)\nprint(*sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=os.environ | more
    )
    *said, code_line, modules = ran.stdout.splitlines()
    return "\n".join(said), int(code_line), set(modules.split())


HEAVY = {"asyncio", "rich", "structlog", "yaml", "re2", "sqlite3", "imapclient", "babel", "jinja2"}
QUICK = HEAVY | {"click", "inspect", "dataclasses", "pathlib", "typing", "delegator.cli", "delegator.config"}


def test_help_is_quick() -> None:
    """`delegator --help` has its text ready, and loads next to nothing; nor is the rest heavy to load."""
    said, code, modules = loaded_by("--help")
    assert (code, said.startswith("Usage: delegator")) == (0, True)
    assert not QUICK & modules
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, delegator.cli.main; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert not HEAVY & set(loaded.stdout.split())


@pytest.mark.parametrize("columns", ["80", "100", "137", "91", "40", "wide", ""])
def test_the_help_that_is_kept_is_the_help(columns: str) -> None:
    """On every width it is what click writes; if not, `make generated` was forgotten.

    Where its lines break is click's affair, and another in every version.
    """
    ready, fresh = (
        subprocess.run(
            [*program, "--help"], check=True, capture_output=True, env=os.environ | {"COLUMNS": columns}
        ).stdout
        for program in (PROGRAM, THROUGH_CLI)
    )
    assert ready.split() == fresh.split(), "the help has changed: say `make generated`"


def test_the_help_for_a_full_disk_says_so() -> None:
    """What cannot be printed at once is told as everywhere."""
    with open("/dev/full", "wb") as full:
        ran = subprocess.run([*PROGRAM, "--help"], check=False, stdout=full, stderr=subprocess.PIPE)
    assert (ran.returncode, b"cannot be written" in ran.stderr) == (1, True)


FACTS: dict[str, object] = {
    "address": "zoë@b.example",
    "connected": True,
    "last_contact_at": "2026-11-28T10:00:00Z",
    "away": False,
    "next_review_at": None,
    "waiting": 0,
    "handovers_open": 0,
    "handovers_overdue": 0,
    "outbox_pending": 0,
    "problems": [],
}
FOR_PEOPLE: dict[str, object] = {
    "handovers": [],
    "backups": [],
    "timezone": "UTC",
    "absences": [],
    "paused_since": None,
}


def daemon_says(*problems: str) -> dict[str, object]:
    report = read_status({"accounts": [FACTS | FOR_PEOPLE | {"problems": list(problems)}]})
    return status_facts(report)


@pytest.mark.parametrize("problems", [[], ["no contact"]])
@pytest.mark.parametrize("options", [[], ["--json"], ["--quiet"], ["--json", "--quiet"]])
async def test_status_beside_a_daemon_is_quick(
    tmp_path: Path, options: list[str], problems: list[str]
) -> None:
    """The daemon has it ready: next to nothing is loaded, no configuration is read, and it says the same as
    the whole program does."""

    async def answer(request: dict[str, object]) -> dict[str, object]:
        assert request == {"command": "status"}
        return daemon_says(*problems)

    words = ["-c", str(tmp_path / "missing.yaml"), "status", "--state", str(tmp_path), *options]
    async with control.serve(tmp_path, answer):
        said, code, modules = await asyncio.to_thread(loaded_by, *words)
        asking = await asyncio.create_subprocess_exec(*THROUGH_CLI, *words, stdout=subprocess.PIPE)
        out, _ = await asking.communicate()
    assert not QUICK & modules
    assert (said, code) == (out.decode().rstrip("\n"), asking.returncode)
    assert code == (1 if problems else 0)
    assert ("zoë" in said, "\\u00eb" in said) == (options == [], options == ["--json"])


async def test_an_older_daemon_is_understood(tmp_path: Path) -> None:
    """It says the facts alone: the whole program prints them, still without the configuration."""

    async def answer(request: dict[str, object]) -> dict[str, object]:
        return {"accounts": daemon_says()["accounts"]}

    async with control.serve(tmp_path, answer):
        said, code, modules = await asyncio.to_thread(loaded_by, "status", "--state", str(tmp_path))
    assert (said.splitlines()[0], code) == ("zoë@b.example", 0)
    assert not (HEAVY | {"delegator.config"}) & modules


@pytest.mark.parametrize(
    "words",
    [
        ["status", "--state"],
        ["status", "--state", "a file"],
        ["status", "more"],
        ["status", "--jsno"],
        ["--json", "status"],
        ["status", "--help"],
        ["status", "--state=."],
        ["statsu"],
        [],
    ],
    ids=" ".join,
)
def test_what_is_odd_is_left_to_the_whole_program(home: Path, words: list[str]) -> None:
    """A word that the quick answer does not know, or a mistake, has the answer that it always has."""
    (home / "a file").write_text("")
    first, second = (
        subprocess.run([*program, *words], check=False, capture_output=True, text=True)
        for program in (PROGRAM, THROUGH_CLI)
    )
    assert (first.returncode, first.stdout, first.stderr) == (second.returncode, second.stdout, second.stderr)


CONFIGURED = (
    RULES
    + """away: {from: 2020-01-01, until: 2020-01-02}
account:
  username: sofie@voorbeeld.example
  password: {env: NONE}
  imap: {host: imap.voorbeeld.example}
  smtp: {host: smtp.voorbeeld.example}
"""
)
MISTAKEN = CONFIGURED.replace("forward: anna", "forward: bram")
NO_SERVER = "imap: {host: 127.0.0.1, port: 1, security: none}"
AWAY = CONFIGURED.replace("2020-01-02", "2099-01-02")


@pytest.mark.parametrize(
    ("written", "version", "options", "code"),
    [
        pytest.param(None, None, [], 2, id="no configuration"),
        pytest.param(MISTAKEN, None, [], 2, id="a mistake"),
        pytest.param(CONFIGURED, None, [], 0, id="not away"),
        pytest.param(CONFIGURED, None, ["--json"], 0, id="not away, as JSON"),
        pytest.param(AWAY, None, [], 1, id="away"),
        pytest.param(AWAY, None, ["--json"], 1, id="away, as JSON"),
        pytest.param(AWAY, None, ["--quiet"], 1, id="away, in silence"),
        pytest.param(CONFIGURED, 0, [], 1, id="no state of ours"),
        pytest.param(CONFIGURED, 999, ["--json"], 1, id="a newer state"),
    ],
)
def test_status_without_a_daemon(
    home: Path, written: str | None, version: int | None, options: list[str], code: int
) -> None:
    """It says what the whole command line says, whatever is wrong."""
    if written is not None:
        (home / "rules.yaml").write_text(written)
    if version is not None:
        (home / "state").mkdir(mode=0o700)
        with closing(sqlite3.connect(home / "state/state.sqlite3")) as db:
            db.execute("CREATE TABLE of_somebody (else_)")
            db.execute(f"PRAGMA user_version = {version}")
            db.execute(f"PRAGMA application_id = {APPLICATION_ID if version else 0}")
    first, second = (
        subprocess.run(
            [*program, "status", "--state", "state", *options], check=False, capture_output=True, text=True
        )
        for program in (PROGRAM, THROUGH_CLI)
    )
    assert (first.returncode, first.stdout, first.stderr) == (second.returncode, second.stdout, second.stderr)
    assert first.returncode == code
    is_told = "connected" in first.stdout
    assert is_told == (written in (CONFIGURED, AWAY) and version is None and options != ["--quiet"])


def test_status_without_a_daemon_loads_no_more_than_it_reads(home: Path) -> None:
    """The rules and the state: nothing that speaks to a server, reads a mail, or has an event loop."""
    (home / "rules.yaml").write_text(CONFIGURED)
    loaded_by("status", "--state", str(home / "state"))  # which makes one
    said, code, modules = loaded_by("status", "--state", str(home / "state"))
    assert (said.splitlines()[0], code) == ("sofie@voorbeeld.example", 0)
    assert not (HEAVY - {"yaml", "sqlite3"} | {"click", "email", "ssl", "logging"}) & modules
    assert (
        not {"subprocess", "socket", "hashlib", "hmac", "secrets", "html", "difflib", "threading"} & modules
    )
    ours = {name.removeprefix("delegator.") for name in modules if name.startswith("delegator.")}
    assert {"cli", "wiring", "core.languages", "core.mail.message", "core.triage"} & ours == set()
    assert len(ours) < 80, sorted(ours)


@pytest.mark.parametrize(
    ("words", "code"),
    [(("dry-run",), 1), (("why", "<1@acme.example>"), 1), (("login",), 2), (("run", "--once"), 2)],
    ids=["dry-run", "why", "login", "run"],
)
def test_what_only_looks_needs_no_dates(
    home: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int
) -> None:
    """It gets as far as a mail server that is not there, or the login that nobody named; `run` does not."""
    monkeypatch.setenv("NONE", "secret")
    dated = CONFIGURED.replace("imap: {host: imap.voorbeeld.example}", NO_SERVER)
    (home / "rules.yaml").write_text(re.sub(r"(?m)^away:.*\n", "", dated))
    ended = call(*words)
    assert ended.exit_code == code
    assert ("`away` is missing" in ended.output) == (words[0] == "run"), ended.output


@pytest.mark.parametrize("words", [["mail"], []], ids=["files", "a mailbox"])
def test_a_dry_run_loads_no_more_than_decides(home: Path, words: list[str]) -> None:
    """Nothing that composes a mail or writes into a state, and no review that nobody is told of."""
    (home / "rules.yaml").write_text(CONFIGURED.replace("imap: {host: imap.voorbeeld.example}", NO_SERVER))
    (home / "mail").mkdir()
    (home / "mail/1.eml").write_bytes(MAIL)
    _, code, modules = loaded_by("dry-run", "--json", *words, NONE="secret")
    assert code == (0 if words else 1)
    needed = {"yaml"} if words else {"asyncio", "yaml", "imapclient"}
    assert not (HEAVY - needed) & modules
    assert needed <= modules
    ours = {name.removeprefix("delegator.") for name in modules if name.startswith("delegator.")}
    assert not {"core.compose", "catalogues", "maillog", "daemon.account", "core.commands.grammar"} & ours
    assert not {"core.reviews.simulation", "core.triage.why", "adapters.state.store"} & ours
    assert len(ours) < (120 if words else 145), sorted(ours)


def test_the_version_is_told() -> None:
    """--version names the program and its version."""
    assert call("--version").stdout.startswith("delegator, version ")


def test_a_mistyped_command_gets_a_suggestion() -> None:
    """A mistyped command is wrong usage: exit 2, and the nearest command is named."""
    result = call("statsu")
    assert result.exit_code == 2
    assert "Did you mean 'status'?" in result.stderr


def test_a_dry_run_over_files_needs_no_account(rules: Path) -> None:
    """Over files neither account nor secret is needed; the JSON is the only thing on stdout."""
    result = call("dry-run", "--json", "mail")
    assert result.exit_code == 0, result.stderr
    report = json.loads(result.stdout)
    assert report["messages"][0] == {
        "source": "mail/1.eml",
        "message_id": "<1@acme.example>",
        "from": "jan@acme.example",
        "subject": "Offerte",
        "date": None,
        "disposition": "forward",
        "priority": None,
        "backup": "anna",
        "rule": "offers",
        "reason": report["messages"][0]["reason"],
    }
    assert report["summary"] == {
        "received": 1,
        "forward": 1,
        "review": 0,
        "private": 0,
        "ignore": 0,
        "own": 0,
    }


def test_a_dry_run_prints_a_table(rules: Path) -> None:
    """Without --json people get a line or two a message, and the count."""
    result = call("dry-run", "mail")
    assert result.exit_code == 0
    assert "forward anna" in result.stdout
    assert "1 message: 1 forward, 0 review" in result.stdout
    assert result.stderr == ""


def test_what_cannot_be_read_is_a_problem(rules: Path, home: Path) -> None:
    """A folder without mail ends in exit 1 and a sentence on stderr; the rest is reported."""
    (home / "empty").mkdir()
    result = call("dry-run", "--json", "mail", "empty")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["summary"]["received"] == 1
    assert "empty: no mail in this folder" in result.stderr


@pytest.mark.parametrize(
    "words", [["missing.eml"], ["--days", "3", "mail"], ["--days", "0"], ["--dayz", "3"]]
)
def test_wrong_usage_is_exit_2(rules: Path, words: list[str]) -> None:
    """A missing path, --days beside paths, no days at all, an unknown option: exit 2."""
    result = call("dry-run", *words)
    assert result.exit_code == 2
    assert result.stdout == ""


_HOSTS = ["sofie@acme.example", "--imap", "imap.acme.example", "--smtp", "smtp.acme.example"]


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["sofie"],
        ["sofie@acme.example", "--imap", "imap.acme.example:0"],
        [*_HOSTS, "--ca", "rules.yaml"],
    ],
)
def test_init_that_is_told_too_little_or_something_wrong_is_exit_2(rules: Path, words: list[str]) -> None:
    """No address or none that is one, no port, no certificates: one sentence, and no server is asked."""
    result = call("init", "-c", "new.yaml", "--yes", *words)
    assert result.exit_code == 2
    assert (result.stdout, len(result.stderr.splitlines())) == ("", 1)


def test_init_where_a_file_is_there_is_a_problem(rules: Path) -> None:
    """Nothing is wrong with what was asked."""
    result = call("init", "-c", "rules.yaml", "--yes", *_HOSTS)
    assert result.exit_code == 1
    assert "rules.yaml is there, and is never overwritten" in result.stderr


def test_every_mistake_of_a_configuration_is_told(home: Path) -> None:
    """Mistakes in the configuration come one a line as FILE:LINE:COLUMN, all at once, with exit 2."""
    (home / "rules.yaml").write_text(RULES.replace("version: 1", "version: 1\nbakcups: {}\nfoo: 1"))
    (home / "a.eml").write_bytes(MAIL)
    result = call("dry-run", "a.eml")
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    assert [line.split(": ")[0] for line in lines] == ["rules.yaml:3:1", "rules.yaml:4:1"]
    assert result.stdout == ""


@pytest.mark.parametrize("command", [["dry-run", "a.eml"], ["run"], ["status"], ["review"]])
def test_no_configuration_is_exit_2(home: Path, command: list[str]) -> None:
    """Where there is no configuration, every command says where it looked, and ends with exit 2."""
    (home / "a.eml").write_bytes(MAIL)
    result = call(*command)
    assert result.exit_code == 2
    assert "/etc/delegator/rules.yaml" in result.stderr


@pytest.mark.parametrize("position", ["before", "after"])
def test_the_configuration_may_be_named_anywhere(rules: Path, home: Path, position: str) -> None:
    """-c may stand before or after the command."""
    other = home / "other.yaml"
    rules.rename(other)
    words = (
        ["-c", str(other), "dry-run", "mail"]
        if position == "before"
        else ["dry-run", "-c", str(other), "mail"]
    )
    assert call(*words).exit_code == 0


def test_the_last_named_configuration_counts(rules: Path) -> None:
    """Named before and after the command, the one after it counts."""
    assert call("-c", "missing.yaml", "dry-run", "-c", "rules.yaml", "mail").exit_code == 0


def test_send_and_output_exclude_each_other(rules: Path) -> None:
    """A review is sent, or kept and looked at, not both."""
    assert call("review", "--send", "--output", "next.eml").exit_code == 2
    assert call("review", "--send", "--open").exit_code == 2


def test_the_program_ends_with_the_exit_code(rules: Path, home: Path) -> None:
    """The installed command ends as the commands say: 0 fine, 1 a problem, 2 usage."""
    (home / "empty").mkdir()
    codes = [
        subprocess.run([*PROGRAM, *words], capture_output=True).returncode
        for words in (
            ["dry-run", "mail"],
            ["dry-run", "rules.yaml", "/proc/self/mem"],
            ["dry-run", "--days", "x"],
        )
    ]
    assert codes == [0, 1, 2]


def test_a_terminal_without_the_letters_gets_numbers(rules: Path, home: Path) -> None:
    """A subject in any script is printed on an ASCII terminal, by its numbers."""
    (home / "mail/1.eml").write_bytes(MAIL.replace(b"Offerte", "Привет".encode()))
    result = subprocess.run(
        [*PROGRAM, "dry-run", "mail"],
        capture_output=True,
        env={"PYTHONIOENCODING": "ascii", "COLUMNS": "200"},
    )
    assert result.returncode == 0
    assert rb"\u041f\u0440" in result.stdout


def test_every_command_says_where_its_state_is() -> None:
    """-c and --state belong to the group and to every command but `demo`, which brings its own."""
    for command in (cli, *(each for name, each in cli.commands.items() if name != "demo")):
        names = {parameter.name for parameter in command.params if isinstance(parameter, click.Option)}
        assert {"config", "state"} <= names


def on_a_terminal(*words: str, **environment: str) -> str:
    """What the program prints where stdout is a terminal."""
    ours, theirs = os.openpty()
    clean = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    with subprocess.Popen(
        [*PROGRAM, *words],
        stdout=theirs,
        stderr=theirs,
        env={**clean, "TERM": "xterm-256color", **environment},
    ):
        os.close(theirs)
        said = b""
        with suppress(OSError):  # the end, on Linux
            while octets := os.read(ours, 4096):
                said += octets
    os.close(ours)
    return said.decode()


def test_colours_only_where_they_are_wanted(rules: Path) -> None:
    """A terminal gets colours, unless NO_COLOR is set (no-color.org); bold type is no colour."""
    colour = "\x1b[3"
    assert colour in on_a_terminal("dry-run", "mail")
    assert colour not in on_a_terminal("dry-run", "mail", NO_COLOR="1")


@pytest.mark.parametrize(
    ("shell", "says"),
    [("bash", "complete -o nosort -F"), ("zsh", "#compdef delegator"), ("fish", "complete --no-files")],
)
def test_completion_of_each_shell(shell: str, says: str) -> None:
    """`delegator completion SHELL` prints what that shell is to read."""
    assert says in call("completion", shell).stdout


def test_commands_and_options_are_completed(rules: Path) -> None:
    """What the shell asks with the Tab key is answered."""

    def completed(words: str) -> set[str]:
        line = words.split(" ")
        environment = {"_DELEGATOR_COMPLETE": "bash_complete", "COMP_WORDS": words}
        result = subprocess.run(
            Path(sys.executable).parent / "delegator",
            capture_output=True,
            text=True,
            env={**os.environ, **environment, "COMP_CWORD": str(len(line) - 1)},
        )
        return {answer.partition(",")[2] for answer in result.stdout.splitlines()}

    assert completed("delegator st") == {"status"}
    assert "--send" in completed("delegator check --")
    assert completed("delegator completion f") == {"fish"}


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_bash_reads_its_completion() -> None:
    """The script for bash is free of mistakes."""
    script = call("completion", "bash").stdout
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_the_file_of_the_folder_is_told_from_ones_own(home: Path) -> None:
    """Whoever stands in a clone of the project has its example there, and wonders whose mistake it is."""
    (home / "rules.yaml").write_text("version: 1\n")
    assert "to use" not in call("dry-run").stderr
    own = home / "config/delegator/rules.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(RULES)
    assert f"That is the rules.yaml of this folder; to use {own}" in call("dry-run").stderr
