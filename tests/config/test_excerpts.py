"""The faulty line with a caret, and nothing in it that may be a secret."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.config import ConfigError, Problem, load
from delegator.config.excerpts import WIDTH, excerpts

OWNER = """\
version: 1
owner: {name: Sofie Janssens, address: sofie@voorbeeld.example, timezone: Europe/Brussels}
"""


def shown(folder: Path, text: str, *, for_files: bool = True) -> list[str]:
    """The excerpt of each problem that a text has."""
    path = folder / "rules.yaml"
    path.write_text(text)
    try:
        load(path, for_files=for_files)
    except ConfigError as error:
        return [excerpt for _, excerpt in excerpts(error.problems)]
    return []


def test_a_caret_points_at_the_fault(tmp_path: Path) -> None:
    """Below the first letter of what is wrong, in its line as it was written."""
    text = OWNER + "rules:\n  - {name: a, when: {subjct: x}, review: low}\n"
    assert shown(tmp_path, text) == [
        "     4 |   - {name: a, when: {subjct: •}, review: low}\n       |                      ^"
    ]


def test_the_caret_keeps_its_place_beside_wide_letters(tmp_path: Path) -> None:
    [excerpt] = shown(tmp_path, OWNER + "backups: {a: {name: 見積, address: a@b.example, oops: 1}}\n")
    line, below = excerpt.splitlines()
    assert "見積" in line
    assert below.index("^") == line.index("oops") + 2


def test_of_a_long_line_the_part_around_the_fault_is_shown(tmp_path: Path) -> None:
    text = OWNER.replace("Sofie", "Sofie" + " Sofie" * 40).replace("Europe/Brussels", "Europe/Brusels")
    [excerpt] = shown(tmp_path, text)
    line, below = excerpt.splitlines()
    assert line[below.index("^") :].startswith("Europe/Brusels")
    assert len(line) < WIDTH + 20


@pytest.mark.parametrize(
    "lines",
    [
        "account: {username: s, password: hunter2}\n",
        "account: {username: s, passwrd: hunter2}\n",
        "account:\n  username: s\n  password: {file: hunter2}\n",
        "account: hunter2\n",
        "acount: {password: hunter2}\n",
        "account:\npassword: hunter2\n",  # the indentation is missing
        "pasword: hunter2\n",
        "oops: 1 # hunter2\n",
        "account: [{password: hunter2]\n",  # not YAML
        "account:\n  password: hunter2: x\n",
        "account:\n\tpassword: hunter2\n",
        "alert: {smtp: {password: hunter2}}\n",
        "account: {password: &p hunter2}\nrules: *p\nlists: {a: *p}\nkeep: *p\n",
        "keep: 'x\naccount: hunter2'\n",
    ],
)
def test_a_secret_is_masked_wherever_it_was_written(tmp_path: Path, lines: str) -> None:
    """Under account, under a misspelt key, in a comment, in a file that is not YAML."""
    found = shown(tmp_path, OWNER + lines, for_files=False)
    assert any(found)
    assert "hunter2" not in "".join(found)


def test_a_file_of_expectations_is_shown_too(tmp_path: Path) -> None:
    """It is a list, and has a format of its own; what stands in no known place is masked there too."""
    path = tmp_path / "rules.test.yaml"
    path.write_text("- {name: order, mail: {subjct: hunter2}, expect: forward}\n")
    problem = Problem(str(path), 1, 24, "unknown key", "correct it")
    [(_, excerpt)] = excerpts([problem])
    assert "name: order, mail: {subjct: •••••••}, expect: forward" in excerpt


@pytest.mark.parametrize("on_terminal", [True, False])
def test_only_a_terminal_gets_them(tmp_path: Path, on_terminal: bool) -> None:
    """Elsewhere each problem is one line, for programs that read them."""
    (tmp_path / "rules.yaml").write_text(OWNER + "oops: 1\n")
    ours, theirs = pty.openpty() if on_terminal else os.pipe()
    program = [sys.executable, "-c", "from delegator.cli.main import main; main()", "dry-run", "rules.yaml"]
    env = os.environ | {"XDG_CONFIG_HOME": str(tmp_path / "none")}  # who runs this may use delegator, too
    subprocess.run(program, cwd=tmp_path, env=env, stderr=theirs, stdout=subprocess.DEVNULL)
    said = os.read(ours, 10_000).decode().splitlines()
    os.close(ours)
    os.close(theirs)
    assert said[0].startswith('rules.yaml:3:1: unknown key "oops"; ')
    assert said[1:] == (["     3 | oops: •", "       | ^"] if on_terminal else [])


_SECRET = st.sampled_from(
    ["zq7zq7", "zq7 zq7", "zq7@zq7", "*zq7", "1zq7", "zq7\n", "zq7: zq7", "#zq7", "{zq7"]
)
_KEY = st.sampled_from(["username", "password", "imap", "smtp", "host", "file", "zq7"])
_ACCOUNT = st.recursive(
    _SECRET,
    lambda node: st.lists(node, max_size=3) | st.dictionaries(_KEY, node, max_size=4),
    max_leaves=10,
)


@settings(max_examples=40, deadline=None)
@given(account=_ACCOUNT)
def test_nothing_that_stands_under_account_is_shown(
    tmp_path_factory: pytest.TempPathFactory, account: object
) -> None:
    """Key or value, valid or not, quoted or not."""
    folder = tmp_path_factory.getbasetemp()
    for text in (json.dumps(account), json.dumps(account).replace('"', "")):
        assert "zq7" not in "".join(shown(folder, f"{OWNER}account: {text}\n", for_files=False))


@settings(max_examples=40, deadline=None)
@given(text=st.text(max_size=120))
def test_any_text_has_an_excerpt(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Never an exception; two printable lines, or none."""
    path = tmp_path_factory.getbasetemp() / "rules.yaml"
    path.write_text(text, "utf-8", "ignore", newline="")
    with pytest.raises(ConfigError) as raised:
        load(path)
    for _, excerpt in excerpts(raised.value.problems):
        assert not excerpt or (excerpt.count("\n") == 1 and excerpt.replace("\n", "").isprintable())
