"""One run of `check`, from the configuration to the test mail."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from ..adapters.host import look_up
from ..adapters.managesieve import PORT as SIEVE_PORT
from ..config.model import Config, Server
from ..core.lessons import Answers, Tried
from ..ports import Clock, Unavailable
from ..preview.simulate import config_now
from ..reports.check import Check, Finding
from ..wiring.connections import probes
from ..wiring.logins import asking_parts
from ..wiring.state import note_tried
from .answer_test import ANSWERED_WITHIN_S, AnswerTest
from .automatic import AREA as AUTOMATIC
from .automatic import look_at_automatic_reply
from .findings import Findings, count_text
from .login import look_at_logins
from .machine import look_at_clock, look_at_service, look_at_state, look_at_to_do_files
from .mailbox import MailboxLook
from .provider import look_at_provider, provider_of
from .rules import look_at_alarm, look_at_configuration, look_at_rules
from .submission import look_at_sizes, look_at_submission
from .test_mail import ARRIVES_WITHIN_S, TestMail, send_briefs, send_test_tasks


async def check(
    config: Config,
    state_dir: Path,
    *,
    send: bool,
    clock: Clock,
    arrives_within_s: float = ARRIVES_WITHIN_S,
    answered_within_s: float = ANSWERED_WITHIN_S,
    sieve_port: int = SIEVE_PORT,
    told: Callable[[Finding], None] = lambda finding: None,
) -> Check:
    """Look at everything: one thing that is wrong keeps no other from being looked at.

    send: mail the owner, see what becomes of it, and keep what that teaches. told: hears of each finding
    at once. Raises ConfigError.
    """
    account = config.account
    assert account is not None
    findings = Findings(told=told, provider=provider_of(config))
    parts = asking_parts(state_dir, clock)
    async with probes(parts, config) as (source, gate):
        look_at_configuration(config, findings)
        look_at_provider(config, findings)
        look_at_alarm(config, findings)
        look_at_state(state_dir, findings)
        look_at_service(findings)
        await look_at_logins(config, state_dir, clock, findings)
        look_at_to_do_files(config.to_do_files, findings)
        mailbox = MailboxLook(account, source, clock, findings)
        has_mailbox = await _is_named(account.imap, findings) and await mailbox.look()
        await look_at_automatic_reply(config, findings, port=sieve_port)
        submission = None
        if account.smtp.host == account.imap.host or await _is_named(account.smtp, findings):
            unknown = "it is not known whether mail can be sent"
            submission = await findings.within("submission", unknown, gate.probe(), account.smtp)
        if submission is not None:
            look_at_submission(submission, account.smtp, config.owner.address, clock.now(), findings)
        look_at_sizes(submission.max_octets if submission else None, mailbox.recent, findings)
        said = submission.server_at if submission else None
        look_at_clock(clock.now(), said, mailbox.recent, findings)
        now = clock.now()
        look_at_rules(config_now(config, state_dir, now), now, mailbox.recent, findings)
        if send and has_mailbox and submission is not None:
            test_mail = TestMail(config, state_dir, gate, mailbox, findings)
            await test_mail.try_it(arrives_within_s)
            answer_test = AnswerTest(config, state_dir, parts, mailbox, findings)
            await answer_test.try_it(arrives_within_s, answered_within_s)
        elif send:
            findings.add("test mail", "note", "was not sent", "mend the problems above first")
        if send and submission is not None and config.backups:
            await send_briefs(config, state_dir, findings)
        if send and submission is not None:
            await send_test_tasks(config, gate, findings, clock.now())
        report = Check(config.owner.address, tuple(findings.found))
        await asyncio.to_thread(note_tried, config, state_dir, _tried(report, clock.now()))
        return report


def _tried(report: Check, now: datetime) -> Tried:
    said = {finding.level for finding in report.findings if finding.area == AUTOMATIC}
    answers: Answers = "yes" if "problem" in said else "no" if "ok" in said else ""
    return Tried(now, sum(finding.level == "problem" for finding in report.findings), answers)


async def _is_named(server: Server, findings: Findings) -> bool:
    try:
        count = await findings.within("names", f"{server.host} is not known", look_up(server.host))
    except Unavailable as fault:
        findings.say("names", str(fault), "correct `host`")
        return False
    if count is None:
        return False
    findings.add("names", "ok", f"{server.host} has {count_text(count, 'address', 'addresses')}")
    return True
