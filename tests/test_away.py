"""`delegator away` on a state that no daemon serves: what it says, what it refuses, what it leaves."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from delegator.cli.main import cli

RULES = """
version: 1
owner: {name: Sofie Janssens, address: sofie@voorbeeld.example, language: nl, timezone: Europe/Brussels}
away: {from: 2097-12-19, until: 2098-01-04}
account:
  username: sofie@voorbeeld.example
  password: {env: NONE_HERE}
  imap: {host: imap.voorbeeld.example}
  smtp: {host: smtp.voorbeeld.example}
backups:
  anna: {name: Anna Peeters, address: anna@voorbeeld.example}
rules:
  - {name: key accounts, when: {from: "@acme.example"}, forward: anna}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules.yaml").write_text(RULES)
    return tmp_path


def run(folder: Path, *words: str) -> Result:
    places = ["-c", str(folder / "rules.yaml"), "--state", str(folder / "state")]
    return CliRunner().invoke(cli, [*places, *words])


def test_set_shown_and_ended(folder: Path) -> None:
    """From now on, without a secret; `status` shows it beside the file's, and --end ends it."""
    done = run(folder, "away", "2097-06-01..2097-06-08", "--backup", "anna", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == {
        "address": "sofie@voorbeeld.example",
        "from": "2097-05-31T22:00:00Z",
        "until": "2097-06-07T22:00:00Z",
        "backup": "anna",
        "ended": False,
    }
    status = run(folder, "status").stdout
    assert (
        "absence        Sat 2097-06-01 00:00 until Sat 2097-06-08 00:00, anna covers, not in rules.yaml"
        in status
    )
    assert "absence        Thu 2097-12-19 00:00 until Sat 2098-01-04 00:00\n" in status
    assert run(folder, "away", "--end").exit_code == 1


def test_one_that_is_to_come_is_called_off_by_its_dates(folder: Path) -> None:
    """`status` shows it beside what the file says; planned anew, it is the file's again."""
    refused = run(folder, "away", "--end")
    assert "to call it off: delegator away sofie@voorbeeld.example 2097-12-19..2098-01-04 --end" in (
        refused.stderr
    )
    assert run(folder, "away", "2097-12-19..2098-01-05", "--end").exit_code == 1, "not those of another"
    done = run(folder, "away", "2097-12-19..2098-01-04", "--end")
    assert done.exit_code == 0, done.output
    assert "is not away from Thu 2097-12-19 00:00 until Sat 2098-01-04 00:00: it is called off" in done.stdout
    file_says = "rules.yaml says Thu 2097-12-19 00:00 until Sat 2098-01-04 00:00"
    assert f"called off; {file_says}" in run(folder, "status").stdout
    again = run(folder, "away", "2097-12-19..2098-01-04", "--end")
    assert "no absence is planned" in again.stderr
    assert run(folder, "away", "2097-12-19..2098-01-04").exit_code == 0
    status = run(folder, "status").stdout
    assert "called off" not in status
    assert f"changed; {file_says}" in status


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["2020-01-01"], "Wed 2020-01-01 00:00 is over already; write a later date"),
        (["2020-01-01..2020-01-08"], "is over already"),
        (["2097-06-08..2097-06-01"], "ends before it begins"),
        (["2097-12-25..2098-01-02"], "overlaps with the absence of Thu 2097-12-19 00:00"),
        (["2097-01-01..2097-12-31"], "overlaps"),
        (
            ["2097-06-01..2097-06-08", "--backup", "ana"],
            "no backup 'ana' in rules.yaml; it names: anna",
        ),
        (["--end"], "is not away; the next absence begins Thu 2097-12-19 00:00"),
        (["karim@voorbeeld.example", "2097-06-08"], "karim@voorbeeld.example is not the owner in"),
    ],
)
def test_bad_input_changes_nothing(folder: Path, words: list[str], said: str) -> None:
    """It says what was understood, what is wrong, and what to write."""
    result = run(folder, "away", *words)
    assert result.exit_code == 1
    assert said in result.stderr
    assert "not in rules.yaml" not in run(folder, "status").stdout


@pytest.mark.parametrize(
    ("span", "said"),
    [
        ("tomorrow", "'tomorrow' is not a date; write 2026-12-19"),
        ("2097-02-31", "'2097-02-31' does not exist"),
        ("2097-06-08..x", "'x' is not a date"),
        ("x..2097-06-08", "'x' is not a date"),
        ("2097-06-08..", "'' is not a date"),
    ],
)
def test_what_is_no_date_is_wrong_usage(folder: Path, span: str, said: str) -> None:
    result = run(folder, "away", span)
    assert result.exit_code == 2
    assert said in result.output


@pytest.mark.parametrize("words", [[], ["--end", "2097-06-08"], ["2097-06-08", "2097-06-09"]])
def test_wrong_usage(folder: Path, words: list[str]) -> None:
    """Exit 2, with what to say instead."""
    result = run(folder, "away", *words)
    assert result.exit_code == 2
    assert re.search("Say|--end", result.output)
