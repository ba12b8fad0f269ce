"""A trial day: everything but the forwards. What it says, and that it leaves nothing behind."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from click.testing import CliRunner

from delegator.cli.main import cli
from tests.holiday import MONDAY, RULES, Holiday, holiday, plain_text, write_mail
from tests.servers.dovecot import Account as ImapAccount
from tests.servers.dovecot import Options
from tests.servers.smtp import SmtpServer
from tests.support import FakeClock

pytestmark = pytest.mark.dovecot

SAMPLE = 150
CHANGES = ("SELECT", "STORE", "MOVE", "COPY", "APPEND", "EXPUNGE", "CREATE", "DELETE", "RENAME", "BODY[")


@pytest_asyncio.fixture
async def away(
    new_account: Callable[[Options], ImapAccount], smtp_server: SmtpServer, tmp_path: Path
) -> AsyncIterator[Holiday]:
    async with holiday(new_account(Options(command_log=True)), smtp_server, tmp_path) as each:
        yield each


def later(away: Holiday, hours: float) -> None:
    assert isinstance(away.clock, FakeClock)
    away.clock.at = MONDAY + timedelta(hours=hours)


async def trial(away: Holiday) -> None:
    """Begins before the mail arrives, and goes on until after the morning's review."""
    assert await away.once(shadow=True)
    later(away, 3)
    assert await away.once(shadow=True)


async def test_a_trial_says_to_whom_and_why(away: Holiday) -> None:
    """Its review names each mail that would have been forwarded, the backup, the rule and what matched."""
    away.imap.deliver(write_mail(subject="Prijs?"), arrived_at=MONDAY)
    away.imap.deliver(write_mail("Piet <piet@client.example>", "Dakofferte"), arrived_at=MONDAY)
    await trial(away)
    (review,) = away.accepted()
    text = " ".join(plain_text(review).split())
    assert "Dit is een proef" in text
    assert "Anna Peeters" in text
    assert "regel key accounts: from jan@acme.example (@acme.example)" in text
    assert "regel orders: subject Dakofferte (*offerte*)" in text


async def test_a_trial_provably_changes_nothing(away: Holiday) -> None:
    """In the server's own log of a trial there is no command that could change the mailbox."""
    away.imap.deliver(write_mail(), arrived_at=MONDAY)
    before = away.imap.messages(), away.imap.mailboxes()
    await trial(away)
    commands = away.imap.commands().upper()
    assert "BODY.PEEK[" in commands
    assert not [word for word in CHANGES if f" {word}" in commands]
    assert (away.imap.messages(), away.imap.mailboxes()) == before


WIDE_RULES = """
  - {{name: attached, when: {{attachment: "/[.](pdf|png|txt)$/"}}, forward: [bram, anna]}}
  - {{name: replies, when: {{any: [{{reply: true}}, {{subject: "/(?i)^(re|aw|fwd?):/"}}]}}, forward: anna}}
  - {{name: machines, when: {{auto: true}}, ignore: true}}
  - {{name: words, when: {{text: [test, mail, "the*", hello]}}, forward: bram}}
  - {{name: large, when: {{larger_than: 4kB}}, review: high}}
"""


@pytest.mark.corpora
async def test_the_daemon_and_a_dry_run_decide_alike(away: Holiday, corpora: Path) -> None:
    """Real mail from every corpus, taken up by the daemon and by a dry run: one by one the same."""
    away.rules = RULES + WIDE_RULES
    mails = [path.read_bytes() for path in sorted(corpora.rglob("*.eml"))]
    mails = [octets for octets in mails if len(octets) < 200_000 and b"\0" not in octets]
    for number, octets in enumerate(mails[:: len(mails) // SAMPLE + 1]):
        away.imap.deliver(octets, arrived_at=MONDAY + timedelta(minutes=number))
    later(away, 5)
    assert await away.once(shadow=True)

    with closing(sqlite3.connect(away.state / "state.sqlite3")) as state:
        live = {
            f"{mailbox}/{uid}": decision
            for mailbox, uid, *decision in state.execute(
                "SELECT mailbox, uid, disposition, priority, backup, rule, reason FROM message"
            )
        }
    words = [
        "dry-run",
        "--json",
        "--days",
        "3650",
        "-c",
        str(away.config_path),
        "--state",
        str(away.folder / "none"),
    ]
    result = await asyncio.to_thread(CliRunner().invoke, cli, words)
    assert result.exit_code == 0, result.stderr
    messages = json.loads(result.stdout)["messages"]
    assert len(messages) == len(live) >= SAMPLE // 2
    for one in messages:
        decision = [one[name] for name in ("disposition", "priority", "backup", "rule", "reason")]
        if one["disposition"] == "private":
            decision[-1] = ""  # the state keeps nothing of what a private message says
        assert live[one["source"]] == decision, one
    assert len({one["rule"] for one in messages}) > 4, "the sample has something for most rules"
