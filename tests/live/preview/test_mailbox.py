"""`dry-run` and `why` over a mailbox on Dovecot: decided as it is decided live, and left alone."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from delegator.cli.main import cli
from delegator.preview.mailbox import BATCH, WHOLE_OCTETS
from tests.holiday import MONDAY, RULES, Holiday, write_mail
from tests.preview.test_simulate import RULES as LOOKED_AT_RULES
from tests.servers.dovecot import PASSWORD, Account, Options
from tests.servers.smtp import SmtpServer
from tests.support import FakeClock

pytestmark = pytest.mark.dovecot


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Somewhere to work, without a state."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    return tmp_path


def call(*words: str) -> Result:
    return CliRunner().invoke(cli, words)


IMAP_RULES = """
account:
  username: {username}
  password: {{file: password}}
  imap: {{host: 127.0.0.1, port: {port}, ca: {ca}}}
  smtp: {{host: localhost}}
  mailboxes: [INBOX, Sales, Gone]
away: {{from: 2026-12-19, until: 2027-01-04}}
"""


def test_a_mailbox_is_looked_at_and_left_alone(
    new_account: Callable[[Options], Account], tmp_path: Path
) -> None:
    """The mail of the last days is decided by its arrival, and provably untouched: EXAMINE and PEEK."""
    account = new_account(Options(command_log=True))
    today = datetime.now(UTC).replace(microsecond=0)
    ages = {"Offerte oud": 15, "order gisteren": 1, "hello": 3, "Offerte lang geleden": 40}
    for subject, days in ages.items():
        # All say the same in their Date field: what counts is when they arrived.
        octets = (
            f"From: jan@acme.example\r\nDate: 1 Jan 2020 00:00:00 +0000\r\nSubject: {subject}\r\n\r\nHi\r\n"
        )
        account.deliver(octets.encode(), arrived_at=today - timedelta(days=days))
    account.create("Sales")
    for number in range(BATCH + 2):
        account.deliver(
            f"Subject: order {number}\r\n\r\n".encode(), "Sales", arrived_at=today - timedelta(days=2)
        )
    before = account.messages(), account.messages("Sales")

    (tmp_path / "password").write_text(PASSWORD)
    (tmp_path / "password").chmod(0o600)
    rules = LOOKED_AT_RULES + IMAP_RULES.format(username=account.username, port=account.port, ca=account.ca)
    (tmp_path / "rules.yaml").write_text(rules)
    result = call("dry-run", "--json", "-c", str(tmp_path / "rules.yaml"))

    assert "Gone: there is no such mailbox" in result.stderr
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    found = [(one["source"], one["subject"], one["backup"]) for one in report["messages"]]
    assert found[0] == ("INBOX/3", "hello", None)
    assert found[1] == ("Sales/1", "order 0", "anna")
    assert found[-1] == ("INBOX/2", "order gisteren", "anna")
    assert len(found) == BATCH + 4
    assert report["messages"][0]["date"] == f"{today - timedelta(days=3):%Y-%m-%dT%H:%M:%SZ}"

    assert (account.messages(), account.messages("Sales")) == before
    commands = account.commands().upper()
    assert "EXAMINE" in commands
    assert "BODY.PEEK[" in commands
    for forbidden in ("SELECT", "STORE", "MOVE", "COPY", "APPEND", "EXPUNGE", "BODY[", "CREATE", "DELETE"):
        assert f" {forbidden}" not in commands


def test_a_mail_that_is_not_large_comes_at_once(
    new_account: Callable[[Options], Account], tmp_path: Path
) -> None:
    """One of some 40 kB is not taken apart, one of 100 kB is; many of them are fetched in turn, in order."""
    account = new_account(Options(command_log=True))
    today = datetime.now(UTC).replace(microsecond=0)
    sizes = [40_000] * 120 + [100_000, 10]
    for number, size in enumerate(sizes):
        octets = f"From: jan@acme.example\r\nSubject: hello {number}\r\n\r\n".encode()
        octets += b"Geen vraag vandaag.\r\n" * (size // 21)
        account.deliver(octets, arrived_at=today - timedelta(days=2) + timedelta(minutes=number))
    (tmp_path / "password").write_text(PASSWORD)
    (tmp_path / "password").chmod(0o600)
    rules = LOOKED_AT_RULES + IMAP_RULES.format(username=account.username, port=account.port, ca=account.ca)
    (tmp_path / "rules.yaml").write_text(rules)
    report = json.loads(call("dry-run", "--json", "-c", str(tmp_path / "rules.yaml")).stdout)
    assert [one["source"] for one in report["messages"]] == [f"INBOX/{uid + 1}" for uid in range(len(sizes))]
    commands = account.commands().upper()
    assert f"UID FETCH {len(sizes) - 1} (UID BODYSTRUCTURE)" in commands
    assert commands.count("BODYSTRUCTURE") == 1
    wholes = [line for line in commands.splitlines() if f"BODY.PEEK[]<0.{WHOLE_OCTETS}>" in line]
    assert len(wholes) == 2  # more than is held together


def configured(new_account: Callable[[Options], Account], server: SmtpServer, folder: Path) -> Holiday:
    account = new_account(Options(command_log=True))
    away = Holiday(account, server, folder / "sofie", FakeClock(MONDAY), rules=RULES)
    away.configure()
    return away


def test_why_finds_a_mail_in_the_mailbox(
    new_account: Callable[[Options], Account], smtp_server: SmtpServer, folder: Path
) -> None:
    """By its place or its Message-ID, which `dry-run` both show; with EXAMINE and PEEK only."""
    away = configured(new_account, smtp_server, folder)
    uid = away.imap.deliver(write_mail(subject="Prijs?", Message_ID="<1@acme.example>"), arrived_at=MONDAY)
    config = ["-c", str(away.config_path)]
    for reference in (f"INBOX/{uid}", "<1@acme.example>", "1@acme.example"):
        result = call("why", reference, "--json", *config)
        assert result.exit_code == 0, result.stderr
        told = json.loads(result.stdout)
        assert told["message"]["source"] == f"INBOX/{uid}"
        assert (told["decision"]["backup"], told["decision"]["rule"]) == ("anna", "key accounts")
    for reference in ("INBOX/9999", "<gone@acme.example>", "nothing"):
        result = call("why", reference, *config)
        assert result.exit_code == 1
        assert reference in result.stderr
    commands = away.imap.commands().upper()
    assert "EXAMINE" in commands
    for forbidden in ("SELECT", "STORE", "MOVE", "COPY", "APPEND", "EXPUNGE", "BODY[", "CREATE"):
        assert f" {forbidden}" not in commands


async def test_our_own_mail_is_known_beside_a_state(
    new_account: Callable[[Options], Account], smtp_server: SmtpServer, folder: Path
) -> None:
    """A review in INBOX is own to a dry run that sees the state; else a loop. The state stays as it was, but
    for when that was: the departure mail tells it.
    """
    away = configured(new_account, smtp_server, folder)
    away.imap.deliver(write_mail(subject="Prijs?"), arrived_at=MONDAY)
    assert await away.once()
    assert isinstance(away.clock, FakeClock)
    away.clock.at = MONDAY + timedelta(hours=3)
    assert await away.once()
    (review,) = [received for received in smtp_server.accepted if "sofie@" in str(received.rcpt_tos)]
    away.imap.deliver(review.octets, arrived_at=datetime.now(UTC))

    def kept() -> tuple[list[str], list[tuple[str]]]:
        with closing(sqlite3.connect(away.state / "state.sqlite3")) as db:
            lines = [line for line in db.iterdump() if 'INTO "learnt"' not in line]
            return lines, db.execute("SELECT key FROM learnt").fetchall()

    before, _ = kept()

    def dispositions(state: Path) -> list[str]:
        words = ["dry-run", "--json", "--days", "3650", "-c", str(away.config_path), "--state", str(state)]
        result = call(*words)
        assert result.exit_code == 0, result.stderr
        return [one["disposition"] for one in json.loads(result.stdout)["messages"]]

    assert await asyncio.to_thread(dispositions, away.state) == ["own"]
    assert await asyncio.to_thread(dispositions, folder / "none") == ["review"]
    assert kept() == (before, [("dry_run_at",)])


def test_answers_from_the_sent_mailbox_count(
    new_account: Callable[[Options], Account], smtp_server: SmtpServer, folder: Path
) -> None:
    """Whom the owner answers is read in Sent, read-only; nothing there is part of the dry run."""
    away = configured(new_account, smtp_server, folder)
    away.imap.create("Sent")
    now = datetime.now(UTC).replace(microsecond=0)
    for number in (1, 2):
        at = now - timedelta(days=number)
        asked = write_mail("Piet <piet@client.example>", "Vraag", Message_ID=f"<{number}@client.example>")
        away.imap.deliver(asked, arrived_at=at)
        answer = write_mail(
            "Sofie <sofie@voorbeeld.example>", "Re: Vraag", In_Reply_To=f"<{number}@client.example>"
        )
        away.imap.deliver(answer, "Sent", arrived_at=at + timedelta(hours=1))
    before = away.imap.messages(), away.imap.messages("Sent")
    result = call("dry-run", "-c", str(away.config_path))
    assert result.exit_code == 0, result.stderr
    text = " ".join(result.stdout.split())
    assert "2 messages:" in text
    assert "piet@client.example: 2 of 2 answered, half of them within 1 h 00" in text
    assert (away.imap.messages(), away.imap.messages("Sent")) == before
    assert " SELECT" not in away.imap.commands().upper()
