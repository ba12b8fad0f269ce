"""`delegator check` on servers that are slow or refuse what is optional: told as it looks, and bounded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from delegator.adapters.host import SystemClock
from delegator.check import findings
from delegator.check.examination import check
from delegator.core.people import Window
from delegator.reports.check import Check, Finding
from tests.holiday import RULES, Holiday, holiday
from tests.servers.imap import ImapServer
from tests.servers.smtp import SmtpServer


@asynccontextmanager
async def away(server: ImapServer, smtp_server: SmtpServer, folder: Path) -> AsyncIterator[Holiday]:
    imap: Any = server  # as much of an account as is needed
    async with holiday(imap, smtp_server, folder) as each:
        each.rules = RULES.replace("port: {imap_port}, ca: {imap_ca}", "port: {imap_port}, security: none")
        yield each


async def checked(each: Holiday, told: list[Finding] | None = None) -> Check:
    now = SystemClock().now()
    config = replace(each.configure(), away=(Window(now, now + timedelta(days=14)),))
    tell = told.append if told is not None else lambda finding: None
    return await check(config, each.state, send=False, clock=SystemClock(), told=tell)


def of(report: Check, area: str, level: str) -> list[str]:
    return [finding.what for finding in report.findings if (finding.area, finding.level) == (area, level)]


async def test_each_finding_is_told_as_it_is_found(smtp_server: SmtpServer, tmp_path: Path) -> None:
    """In the order of the report, and nothing else."""
    told: list[Finding] = []
    async with ImapServer() as server, away(server, smtp_server, tmp_path) as each:
        report = await checked(each, told)
    assert tuple(told) == report.findings
    assert not report.has_problems
    assert server.boxes["Delegator"].mails == {}, "what was tried was taken away again"


async def test_slow_is_a_note(
    smtp_server: SmtpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each probe has its time; what is not known then is said, and the rest is looked at."""
    monkeypatch.setattr(findings, "LONGEST_S", 4)
    async with (
        ImapServer(delays_s={"GREETING": 30}) as server,
        away(server, smtp_server, tmp_path) as each,
    ):
        report = await checked(each)
    assert not report.has_problems
    assert "slow: no answer within" in of(report, "mail server", "note")[0]
    assert of(report, "submission", "ok"), "it was looked at all the same"


def test_a_probe_has_fifteen_seconds() -> None:
    assert findings.LONGEST_S == 15


@pytest.mark.parametrize(
    ("refused", "what"),
    [
        ("CREATE", "no folders can be made"),
        ("APPEND", "Delegator takes no marker"),
        ("UID MOVE", "it refuses to move mail"),
    ],
)
async def test_what_is_refused_is_said(
    smtp_server: SmtpServer, tmp_path: Path, refused: str, what: str
) -> None:
    """And it is all that is a problem."""
    async with (
        ImapServer(refusals={refused: "NO [NOPERM] Permission denied"}) as server,
        away(server, smtp_server, tmp_path) as each,
    ):
        report = await checked(each)
    [problem] = [finding for finding in report.findings if finding.level == "problem"]
    assert problem.area == "folders"
    assert what in problem.what
    assert problem.to_do


@pytest.mark.parametrize(
    ("refused", "what"),
    [
        ("SUBSCRIBE", "it subscribes to no folder"),
        ("NAMESPACE", "it refuses NAMESPACE"),
        ("ID", ""),
    ],
)
async def test_what_costs_nothing_is_no_problem(
    smtp_server: SmtpServer, tmp_path: Path, refused: str, what: str
) -> None:
    """But a note, with what it means."""
    async with (
        ImapServer(refusals={refused: "NO not here"}) as server,
        away(server, smtp_server, tmp_path) as each,
    ):
        report = await checked(each)
    assert not report.has_problems
    notes = [finding for finding in report.findings if finding.level == "note"]
    assert any(what in note.what and note.to_do for note in notes) or not what


async def test_sessions_that_end_when_they_idle(smtp_server: SmtpServer, tmp_path: Path) -> None:
    """BYE at every IDLE, though it was announced."""
    async with ImapServer(ends_in_idle=True) as server, away(server, smtp_server, tmp_path) as each:
        report = await checked(each)
    (problem,) = of(report, "mail server", "problem")
    assert "it ends a session that idles" in problem


async def test_sent_mail_that_is_not_where_it_is_said_to_be(smtp_server: SmtpServer, tmp_path: Path) -> None:
    """The name is a mistake; what is found by itself is looked at."""
    async with ImapServer() as server, away(server, smtp_server, tmp_path) as each:
        each.rules = each.rules.replace("account:\n", "account:\n  sent: Verstuurd\n")
        report = await checked(each)
    assert "there is no mailbox Verstuurd" in of(report, "folders", "problem")
    assert "your own answers are looked for in Sent" in of(report, "folders", "ok")
