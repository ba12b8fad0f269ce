"""`test`: whether the rules do what is expected of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ..config.expectations import load_expectations, read_mail
from ..config.model import Config, Expectation
from ..core.handovers.known import Conversations
from ..core.mail.message import Message
from ..core.triage.flood import counted_as
from ..core.triage.threads import Threads, chain_of
from ..core.triage.triage import triage
from ..core.triage.verdict import Verdict
from ..core.triage.why import changes_of
from ..reports.expectations import Tested, TestReport

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class NoExpectations(Exception):
    """There is none. str(): where they were looked for, and what to do."""


def expectation_files(config: Config, files: Sequence[Path]) -> list[Path]:
    """The files that were named, else `rules.test.yaml` beside `rules.yaml` if there is one."""
    beside = config.path.with_name(f"{config.path.stem}.test{config.path.suffix}")
    return [*files] or ([beside] if beside.is_file() else [])


def check_expectations(config: Config, files: Sequence[Path]) -> TestReport:
    """Whether the rules do what is expected of them. Raises ConfigError, NoExpectations."""
    names = [rule.name for rule in config.rules]
    expectations: list[Expectation] = [] if files else [*config.expect]
    paths = expectation_files(config, files)
    for path in paths:
        expectations += load_expectations(path, config.owner, config.backups, names)
    if not expectations:
        where = ", ".join(map(str, paths)) or str(config.path.with_suffix(f".test{config.path.suffix}"))
        raise NoExpectations(f"{where}: no expectations; write some, as docs/testing-rules.md shows")
    return TestReport(tuple(_tested(config, expectation) for expectation in expectations))


def _tested(config: Config, expectation: Expectation) -> Tested:
    """Decided as the dry run decides: those that came before it first."""
    threads, now = Threads(config.owner.normal_addresses, authserv_id=config.rule_book.authserv_id), _LONG_AGO
    if config.away:
        now = config.away[0].from_at
    verdict: Verdict | None = None
    message, known = Message(), Conversations()
    for mail in (*expectation.after, expectation.mail):
        message = read_mail(mail, expectation.place)
        now = message.arrived_at or now
        originator = counted_as(message, config.rule_book)
        known = threads.known(message, now, originator)
        verdict = triage(message, config.rule_book, known, now)
        threads.record(message, verdict, now, chain_of(config.rule_book, verdict), originator)
    assert verdict is not None
    tested = Tested(expectation, verdict, None)
    if tested.holds:
        return tested
    for change in changes_of(message, config.rule_book, known, now, verdict):
        if change.is_of_rules and replace(tested, verdict=change.verdict).holds:
            return replace(tested, change=change)
    return tested
