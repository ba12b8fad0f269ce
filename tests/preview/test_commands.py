"""The commands that only look: dry-run, why and test, over files and over a mailbox on Dovecot."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from delegator.cli.main import cli

HERE = Path(__file__).parents[2]

PLAIN_RULES = """
version: 1
owner: {name: Sofie Janssens, address: sofie@voorbeeld.example, timezone: Europe/Brussels, language: nl}
backups:
  anna: {name: Anna Peeters, address: anna@voorbeeld.example}
rules:
  - {name: family, when: {from: "@familie.example"}, private: true}
  - {name: offers, when: {subject: offerte}, forward: anna}
"""

MAILS = {
    "1.eml": ("jan@acme.example", "Offerte", "1 Dec 2026 10:00 +0100", ""),
    "2.eml": ("piet@client.example", "Prijsofferte", "1 Dec 2026 11:00 +0100", ""),
    "3.eml": ("sofie@voorbeeld.example", "Re: Prijsofferte", "1 Dec 2026 12:00 +0100", "<2.eml@x.example>"),
    "4.eml": ("piet@client.example", "Vraag", "3 Dec 2026 11:00 +0100", ""),
    "5.eml": ("sofie@voorbeeld.example", "Re: Vraag", "3 Dec 2026 11:30 +0100", "<4.eml@x.example>"),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Rules and a few mails, to work in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    monkeypatch.setenv("BROWSER", "true")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    (tmp_path / "rules.yaml").write_text(PLAIN_RULES)
    (tmp_path / "mail").mkdir()
    for name, (sender, subject, date, answers) in MAILS.items():
        reply = f"In-Reply-To: {answers}\n" if answers else ""
        (tmp_path / "mail" / name).write_text(
            f"From: {sender}\nTo: sofie@voorbeeld.example\nMessage-ID: <{name}@x.example>\n{reply}"
            f"Date: {date}\nSubject: {subject}\n\nKan dit?\n"
        )
    return tmp_path


def call(*words: str) -> Result:
    return CliRunner().invoke(cli, words)


def test_a_dry_run_shows_the_holiday(folder: Path) -> None:
    """Days and reviews, rules that never fired, near misses, whom the owner answers and no rule covers."""
    result = call("dry-run", "mail")
    assert result.exit_code == 0, result.stderr
    text = " ".join(result.stdout.split())
    assert "Tue 2026-12-01 3 messages, 1 to anna; 17:00 1 decision in" in text
    assert "Busiest: Tue 2026-12-01, 3 messages" in text
    assert "Forwards: anna 1; 0.5 a day" in text
    assert "Rules that never fired family" in text
    assert 'rule "offers", but for subject: offerte "Prijsofferte" from piet@client.example' in text
    assert "piet@client.example: 2 of 2 answered, half of them within 45 min" in text


def test_the_json_of_a_dry_run_is_as_documented(folder: Path) -> None:
    """Messages and summary, and nothing else at the top."""
    assert set(json.loads(call("dry-run", "--json", "mail").stdout)) == {"messages", "summary"}


PRIVATE_RULES = PLAIN_RULES.replace(
    'when: {from: "@familie.example"}', 'when: {from: "@familie.example", text: "*uitslag*"}'
)


@pytest.mark.parametrize("is_json", [True, False])
def test_private_mail_is_not_shown(folder: Path, is_json: bool) -> None:
    """Its sender and the rule, by dry-run and why; its subject and text with --show-private only."""
    (folder / "rules.yaml").write_text(PRIVATE_RULES)
    (folder / "mail" / "6.eml").write_text(
        "From: oma@familie.example\nTo: sofie@voorbeeld.example\nMessage-ID: <6@x.example>\n"
        "Date: 4 Dec 2026 10:00 +0100\nSubject: Bloedwaarden\n\nDe uitslagen zijn slecht.\n"
    )
    as_json = ["--json"] if is_json else []
    for words in (["dry-run", "mail"], ["why", "mail/6.eml"]):
        hidden = call(*words, *as_json).stdout
        shown = call(*words, *as_json, "--show-private").stdout
        assert "oma@familie.example" in hidden
        assert "family" in hidden
        assert "Bloedwaarden" not in hidden
        assert "uitslagen" not in hidden
        assert "Bloedwaarden" in shown
    if is_json:
        found = json.loads(call("dry-run", "mail", "--json").stdout)["messages"]
        assert [one["subject"] for one in found if one["disposition"] == "private"] == [None]
        assert json.loads(hidden)["message"]["subject"] is None


@pytest.mark.parametrize("words", [["--open", "mail"], ["mail", "--open=2026-12-01"], ["mail", "--open"]])
def test_the_reviews_of_a_day_can_be_opened(folder: Path, words: list[str]) -> None:
    """As pages that only the owner can read; their paths are told, for where there is no browser."""
    result = call("dry-run", *words)
    assert result.exit_code == 0, result.stderr
    (path,) = map(Path, result.stderr.split())
    assert path.name == "review-2026-12-01-1700.html"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    page = path.read_text("utf-8")
    assert "Prijsofferte" in page
    assert "Anna Peeters" in page
    assert "mailto:" not in page, "what is only looked at commands nothing"


@pytest.mark.parametrize("form", ["eml", "mbox", "maildir"])
def test_a_file_arrived_when_its_server_says(folder: Path, form: str) -> None:
    """The topmost Received, not the sender's clock: dated, ordered and decided as the daemon would have."""
    away = "anna@voorbeeld.example, away: [{from: 2026-12-24, until: 2026-12-28}]"
    (folder / "rules.yaml").write_text(PLAIN_RULES.replace("anna@voorbeeld.example", away))
    mails = [
        ("one", "Fri, 25 Dec 2026 10:00:00 +0100", "Mon, 21 Dec 2026 10:00:00 +0100"),  # a clock that is fast
        ("two", "Mon, 21 Dec 2026 09:00:00 +0100", "Fri, 25 Dec 2026 10:00:00 +0100"),  # and one that is slow
        ("three", "Tue, 22 Dec 2026 10:00:00 +0100", ""),
        ("four", "", ""),
    ]
    for place in ("mails", "maildir/cur", "maildir/new"):
        (folder / place).mkdir(parents=True)
    for number, (name, date, received) in enumerate(mails):
        text = f"Received: from a by b; {received}\n" if received else ""
        text += f"Date: {date}\n" if date else ""
        text += f"From: {name}@acme.example\nSubject: Offerte {name}\n\nKan dit?\n"
        (folder / "mails" / f"{number}.eml").write_text(text)
        (folder / "maildir" / "cur" / f"{number}:2,S").write_text(text)
        with (folder / "all.mbox").open("a") as mbox:
            mbox.write(f"From x@y.example Mon Nov 16 06:00:00 2026\n{text}\n")
    place = {"eml": "mails", "mbox": "all.mbox", "maildir": "maildir"}[form]
    found = json.loads(call("dry-run", "--json", place).stdout)["messages"]
    assert [(one["from"].partition("@")[0], one["date"], one["disposition"]) for one in found] == [
        ("one", "2026-12-21T09:00:00Z", "forward"),
        ("three", "2026-12-22T09:00:00Z", "forward"),
        ("two", "2026-12-25T09:00:00Z", "review"),  # nobody is there
        ("four", None, "review"),  # decided as the last that has a moment
    ]
    for one in found:
        told = json.loads(call("why", "--json", one["source"]).stdout)
        assert told["message"]["date"] == one["date"]
        if one["date"]:
            assert told["decision"]["disposition"] == one["disposition"]


def test_a_day_without_a_review_is_said(folder: Path) -> None:
    """Exit 1, and why nothing opened."""
    result = call("dry-run", "--open=2020-01-01", "mail")
    assert result.exit_code == 1
    assert "no review would have come on 2020-01-01" in result.stderr


def test_why_explains_a_file(folder: Path) -> None:
    """Every rule with what was compared, the decision, and the smallest change."""
    result = call("why", "mail/2.eml")
    assert result.exit_code == 0, result.stderr
    text = " ".join(result.stdout.split())
    assert "Prijsofferte from piet@client.example" in text
    assert 'subject: offerte: no match in "Prijsofferte"' in text
    assert "Decision: review normal: no rule matched" in text
    assert 'in rule "offers", write "*offerte" instead of "offerte" in `subject`: forward anna' in text


def test_why_says_what_the_dry_run_says(folder: Path) -> None:
    """The same decision and reason, for every mail of which nothing else has to be known."""
    for one in json.loads(call("dry-run", "--json", "mail").stdout)["messages"]:
        told = json.loads(call("why", "--json", one["source"]).stdout)
        assert {**told["message"], **told["decision"]} == one


def test_why_finds_one_mail_of_an_mbox(folder: Path) -> None:
    """By its number; without one, it says which there are."""
    mails = [(folder / "mail" / name).read_bytes() for name in MAILS]
    separator = b"From x@y.example Mon Nov 16 06:00:00 2026\n"
    (folder / "all.mbox").write_bytes(b"\n".join(separator + octets for octets in mails))
    assert "Prijsofferte" in call("why", "all.mbox:2").stdout
    result = call("why", "all.mbox")
    assert result.exit_code == 1
    assert "all.mbox:1" in result.stderr
    assert call("why", "all.mbox:99").exit_code == 1


def test_why_of_nothing_is_a_problem(folder: Path) -> None:
    """An empty folder has no message to explain."""
    (folder / "empty").mkdir()
    result = call("why", "empty")
    assert result.exit_code == 1
    assert "no mail in this folder" in result.stderr


TESTS = """
- {name: an offer goes to Anna, mail: {subject: Offerte}, expect: forward anna, rule: offers}
- {name: a compound too, mail: {subject: Prijsofferte}, expect: forward anna}
- {mail: {from: ma@familie.example, subject: Offerte}, expect: private}
- {name: an answer, after: [{subject: Offerte}], mail: {subject: "Re: Offerte"}, expect: forward anna}
- {file: mail/4.eml, expect: review normal}
"""


def test_expectations_are_tested(folder: Path) -> None:
    """A line each; for one that fails where it stands, what became of the mail, and what would help."""
    (folder / "rules.test.yaml").write_text(TESTS)
    result = call("test")
    assert result.exit_code == 1
    lines = [line.strip() for line in result.stdout.splitlines()]
    assert lines[:3] == ["rules.test.yaml", "ok    an offer goes to Anna", "FAIL  a compound too"]
    assert lines[3] == "rules.test.yaml:3: expected forward anna"
    assert lines[4] == "but review normal: no rule matched"
    assert 'write "*offerte" instead of "offerte"' in lines[5]
    assert lines[-1] == "4 passed, 1 failed"


def test_expectations_as_json(folder: Path) -> None:
    """For a program: which passed, and what became of each mail."""
    (folder / "rules.test.yaml").write_text(TESTS)
    report = json.loads(call("test", "--json").stdout)
    assert (report["passed"], report["failed"]) == (4, 1)
    assert [each["passed"] for each in report["tests"]] == [True, False, True, True, True]
    assert report["tests"][1]["outcome"]["disposition"] == "review"


def test_expectations_may_stand_in_the_rules(folder: Path) -> None:
    """Under `expect`; when they hold, the exit status is 0."""
    expect = "expect:\n  - {mail: {subject: Offerte}, expect: forward anna}\n"
    (folder / "rules.yaml").write_text(PLAIN_RULES + expect)
    result = call("test")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "1 passed")


def test_no_expectations_is_wrong_usage(folder: Path) -> None:
    """It says where it looked."""
    result = call("test")
    assert result.exit_code == 2
    assert "rules.test.yaml" in result.stderr


def test_a_mistaken_expectation_is_located(folder: Path) -> None:
    """Like every mistake of a configuration: exit 2, FILE:LINE:COLUMN."""
    (folder / "rules.test.yaml").write_text("- {mail: {subject: x}, expect: forward ana}\n")
    result = call("test")
    assert result.exit_code == 2
    assert result.stderr.startswith('rules.test.yaml:1:32: unknown backup "ana"; did you mean "anna"?')


def test_the_example_keeps_its_promises() -> None:
    """The rules of this repository do what is expected of them."""
    result = call("test", "-c", str(HERE / "rules.yaml"))
    assert result.exit_code == 0, result.stdout + result.stderr
