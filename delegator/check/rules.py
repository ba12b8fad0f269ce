"""The configuration, and what it allows and yet cannot mean."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from datetime import datetime

from ..config.model import Config
from ..core.mail.message import parse_message
from ..core.rules.lint import FindingCode, lint
from ..ports import Fetched
from ..reports.check import Level
from .findings import Findings, count_text

_MAY_BE_MEANT = frozenset({FindingCode.MATCHES_EVERYTHING, FindingCode.NEEDS_STAR, FindingCode.NO_SUCH_TIME})


def look_at_configuration(config: Config, findings: Findings) -> None:
    """It was read; what is only a warning is told."""
    rules, backups = count_text(len(config.rules), "rule"), count_text(len(config.backups), "backup")
    findings.add("configuration", "ok", f"{config.path}: {rules}, {backups}")
    if config.path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        what = f"{config.path} may be written to by others, who could have your mail forwarded"
        findings.add("configuration", "problem", what, f"chmod go-w {config.path}")
    for warning in config.warnings:
        place = f"{warning.file}:{warning.line}:{warning.column}"
        findings.add("configuration", "note", f"{place}: {warning.what}", warning.to_do)


def look_at_alarm(config: Config, findings: Findings) -> None:
    """Who hears of it when something fails: nobody has to, and then silence may mean that."""
    if config.alert is None:
        what = "nobody but the owner hears when something fails (`alert.address` is missing)"
        to_do = "name a colleague's or the administrator's address under `alert`, best by a server of its own"
        findings.add("alert", "note", what, to_do)
    if config.alert is None or config.alert.heartbeat is None:
        what = "nothing tells when this machine itself stands still (`alert.heartbeat` is missing)"
        to_do = "give the URL of a monitor that raises the alarm when it is no longer called"
        findings.add("alert", "note", what, to_do)
    else:
        findings.add("alert", "ok", f"{config.alert.address} hears of faults, and a monitor of silence")


def look_at_rules(config: Config, now: datetime, recent: Sequence[Fetched], findings: Findings) -> None:
    """What the configuration allows and yet cannot mean, tried on the mail of late."""
    messages = [
        parse_message(mail.octets, size_octets=mail.size_octets, arrived_at=mail.arrived_at)
        for mail in recent
    ]
    found = lint(config, now, messages)
    for finding in found:
        place = f"{config.path}:{finding.line}: " if finding.line else ""
        level: Level = "note" if finding.code in _MAY_BE_MEANT else "problem"
        findings.add("rules", level, f"{place}{finding.what}", finding.to_do)
    if not found:
        findings.add("rules", "ok", "each can get mail, and somebody is there to take it")
