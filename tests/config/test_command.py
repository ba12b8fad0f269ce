"""Commands that print a secret: what they may do, and what is said of those that fail."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from delegator.config.command import MAX_OCTETS, CommandProblem, run_command
from delegator.config.model import SecretSource
from delegator.config.secrets import SecretError, look_for_secret, read_secret, read_token


def script(folder: Path, text: str, *, mode: int = 0o700) -> tuple[str, ...]:
    path = folder / "tell"
    path.write_text(text)
    path.chmod(mode)
    return ("./tell",)


def of(words: tuple[str, ...]) -> SecretSource:
    return SecretSource("command", words, 6, 13)


def test_what_it_prints_is_the_secret(tmp_path: Path) -> None:
    """Words go to it as they are: there is no shell. A path is relative to rules.yaml."""
    words = (*script(tmp_path, '#!/bin/sh\nprintf "%s\\n" "$1"\n'), "$HOME; a b")
    assert read_secret(of(words), config_dir=tmp_path) == "$HOME; a b"


def test_it_has_no_terminal_and_no_input(tmp_path: Path) -> None:
    """A prompt cannot take the terminal of whoever runs `check`."""
    words = script(
        tmp_path, "#!/bin/sh\ncat; (: < /dev/tty) 2>/dev/null && echo tty\ncut -d' ' -f6 /proc/self/stat\n"
    )
    assert run_command(words, tmp_path).split() != [str(os.getsid(0)).encode()]
    assert b"tty" not in run_command(words, tmp_path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("#!/bin/sh\nexit 3\n", "failed (exit status 3); run it by hand as this user"),
        ("#!/bin/sh\necho hunter2\nexit 1\n", "failed (exit status 1)"),
        ("#!/bin/sh\nkill -9 $$\n", "was ended by signal 9"),
        ("#!/bin/sh\n", "prints nothing; have it print the secret and nothing else"),
        ("#!/bin/sh\necho\n", "prints nothing"),
        ("#!/bin/sh\necho hunter2; echo hunter2\n", "prints several lines"),
        ("#!/bin/sh\nprintf 'hunter2\\033[0m'\n", "prints control characters"),
        ("#!/bin/sh\nprintf 'hunter2\\377'\n", "is not UTF-8"),
        ("#!/bin/sh\nprintf 'Password for hunter2: '\n", "prints a prompt"),
        ("#!/bin/sh\necho 'Enter passphrase:'\n", "prints a prompt"),
        ("#!/bin/sh\nyes hunter2\n", "prints more than 16,384 octets"),
        ("hunter2\n", "is not a program; a script says in its first line what runs it"),
    ],
)
def test_what_is_no_secret_is_told_in_a_sentence(tmp_path: Path, text: str, says: str) -> None:
    """With the place in rules.yaml, and no word of what it printed."""
    with pytest.raises(SecretError) as caught:
        read_secret(of(script(tmp_path, text)), config_dir=tmp_path)
    assert says in str(caught.value)
    assert str(caught.value).startswith("configuration, line 6, column 13: ")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("hunter2-is-no-program",), "is not found in PATH; install it"),
        (("./hunter2",), "is not found; correct its path"),
        (("/nowhere/hunter2",), "is not found; correct its path"),
        (("./tell",), "may not be run by this user; run chmod +x on it"),
    ],
)
def test_a_command_that_is_none_is_told_before_it_is_needed(
    tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    script(tmp_path, "#!/bin/sh\necho hunter2\n", mode=0o600)
    for look in (look_for_secret, read_secret):
        with pytest.raises(SecretError) as caught:
            look(of(words), config_dir=tmp_path)
        assert says in str(caught.value)
        assert "hunter2" not in str(caught.value)


def test_looking_runs_nothing(tmp_path: Path) -> None:
    """A key that must be touched is not asked for by each `status`."""
    look_for_secret(of(script(tmp_path, "#!/bin/sh\ntouch ran\n")), config_dir=tmp_path)
    assert not (tmp_path / "ran").exists()


def test_one_that_hangs_is_ended_with_all_that_it_began(tmp_path: Path) -> None:
    words = script(tmp_path, "#!/bin/sh\nsleep 60 & echo $! > child\nwait\n")
    began_s = time.monotonic()
    with pytest.raises(CommandProblem, match="has not ended within 1 seconds; it may wait for a person"):
        run_command(words, tmp_path, longest_s=1)
    assert time.monotonic() - began_s < 10
    child = int((tmp_path / "child").read_text())
    for _ in range(100):
        state = Path(f"/proc/{child}/stat")
        if not state.exists() or state.read_text().split()[2] == "Z":
            return
        time.sleep(0.02)
    pytest.fail("what it began goes on")


def test_a_program_that_it_leaves_running_holds_up_nobody(tmp_path: Path) -> None:
    """An agent that is started on the way keeps the pipe open."""
    words = script(tmp_path, "#!/bin/sh\nsleep 20 &\necho secret\n")
    began_s = time.monotonic()
    assert run_command(words, tmp_path) == b"secret\n"
    assert time.monotonic() - began_s < 10


@pytest.mark.parametrize(
    "text", ["not found: hunter2", "hunter2 hunter2", "Bearer hunter2", '{"hunter2": 1}']
)
def test_what_is_no_token_is_told(tmp_path: Path, text: str) -> None:
    """Which a prompt or an error message is not either."""
    with pytest.raises(SecretError, match="does not print a token") as caught:
        read_token(of(script(tmp_path, f"#!/bin/sh\necho '{text}'\n")), config_dir=tmp_path)
    assert "hunter2" not in str(caught.value)


def test_a_token_of_a_few_kilobytes_is_one(tmp_path: Path) -> None:
    token = "eyJ0eXAi.x_-~+/" + "a" * 4000 + "=="
    (tmp_path / "token").write_text(token)
    assert read_token(of(("cat", "token")), config_dir=tmp_path) == token
    assert len(token) < MAX_OCTETS


def test_it_runs_where_the_folder_is_still_to_come(tmp_path: Path) -> None:
    """`init` tries it before rules.yaml has a folder."""
    assert run_command(("printf", "secret"), tmp_path / "to come") == b"secret"
