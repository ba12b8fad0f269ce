"""What `check` makes of what it sees, without a server: each limit, on either side of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from delegator.check.findings import Findings
from delegator.check.machine import look_at_clock, look_at_state, look_at_to_do_files
from delegator.check.mailbox import look_at_quota
from delegator.check.provider import look_at_provider
from delegator.check.rules import look_at_configuration
from delegator.check.submission import look_at_sizes
from delegator.config import load
from delegator.core.providers import PROVIDERS, Provider
from delegator.ports import Fetched, Quota

NOW = datetime(2026, 12, 18, 12, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def only(look: Callable[[Findings], None]) -> tuple[str, str, str]:
    findings = Findings()
    look(findings)
    (found,) = findings.found
    return found.area, found.level, found.what


def mail(size_octets: int = 1, arrived_at: datetime | None = NOW) -> Fetched:
    return Fetched(1, arrived_at, size_octets, b"")


@pytest.mark.parametrize(
    ("left", "level"),
    [(14 * DAY, "ok"), (14 * DAY - MINUTE, "note"), (-DAY, "note")],
)
def test_a_certificate_that_ends_soon_is_told(left: timedelta, level: str) -> None:
    """Machines renew one thirty days before its end: two weeks left mean that none does."""
    area, found, what = only(lambda findings: findings.certificate("mail server", NOW + left, NOW))
    assert (area, found) == ("mail server", level)
    assert (NOW + left).date().isoformat() in what


def test_no_certificate_is_no_finding() -> None:
    """On a connection to this machine there may be none."""
    findings = Findings()
    findings.certificate("submission", None, NOW)
    assert not findings.found


@pytest.mark.parametrize(
    ("said", "arrived_at", "level", "words"),
    [
        (NOW + 2 * MINUTE, NOW, "ok", "agrees"),
        (NOW + 3 * MINUTE, NOW, "problem", "3 minutes away"),
        (NOW - 3 * MINUTE, NOW, "problem", "3 minutes away"),
        (None, NOW + 3 * MINUTE, "problem", "a mail arrived 3 minutes from now"),
        (None, NOW - 3 * DAY, "ok", "no server said its time"),
        (None, None, "ok", "no server said its time"),
    ],
)
def test_the_clock_is_compared_with_whatever_tells_the_time(
    said: datetime | None, arrived_at: datetime | None, level: str, words: str
) -> None:
    """A server's greeting, or a mail from the future; old mail proves nothing."""
    found = only(lambda findings: look_at_clock(NOW, said, [mail(arrived_at=arrived_at)], findings))
    assert found[:2] == ("clock", level)
    assert words in found[2]


@pytest.mark.parametrize(
    ("used", "level"), [(74, "ok"), (75, "note"), (89, "note"), (90, "problem"), (100, "problem")]
)
@pytest.mark.parametrize("resource", ["STORAGE", "MESSAGE"])
def test_a_mailbox_that_fills_up_is_told_before_weeks_of_mail(used: int, level: str, resource: str) -> None:
    """A full one sends clients' mail back to them."""
    quota = Quota(resource, used * 1024, 100 * 1024)
    assert only(lambda findings: look_at_quota(quota, findings))[:2] == ("quota", level)


def test_a_limit_of_nothing_is_none() -> None:
    """Some servers write 0 where there is no limit."""
    findings = Findings()
    look_at_quota(Quota("STORAGE", 5, 0), findings)
    assert not findings.found


@pytest.mark.parametrize(("largest", "level"), [(10_000_000, "ok"), (10_000_001, "note")])
def test_mail_larger_than_submission_takes_is_told(largest: int, level: str) -> None:
    """The backup gets the text of such a mail."""
    recent = [mail(1000), mail(largest)]
    assert only(lambda findings: look_at_sizes(10_000_000, recent, findings))[:2] == ("sizes", level)


def test_what_to_do_is_taken_from_whoever_found_it() -> None:
    """A sentence that names a remedy behind its last semicolon keeps it; else the usual one is told."""
    findings = Findings()
    findings.say("names", "host name not found; check the spelling", "correct `host`")
    findings.say("names", "host name not found", "correct `host`")
    assert [(found.what, found.to_do) for found in findings.found] == [
        ("host name not found", "check the spelling"),
        ("host name not found", "correct `host`"),
    ]


def test_a_state_that_is_to_be_made(tmp_path: Path) -> None:
    """It says so; a file in its place is a problem."""
    findings = Findings()
    look_at_state(tmp_path / "deep" / "state", findings)
    (tmp_path / "file").touch()
    look_at_state(tmp_path / "file", findings)
    assert [found.level for found in findings.found] == ["ok", "problem"]
    assert "will be made at the first start" in findings.found[0].what


@pytest.mark.parametrize(
    ("mode", "level"), [(0o700, "ok"), (0o755, "note"), (0o770, "problem"), (0o702, "problem")]
)
def test_who_may_write_the_state(tmp_path: Path, mode: int, level: str) -> None:
    """Whoever can, commands: a problem, with the command that mends it."""
    tmp_path.chmod(mode)
    findings = Findings()
    look_at_state(tmp_path, findings)
    assert findings.found[0].level == level
    assert level == "ok" or findings.found[0].to_do == f"chmod 700 {tmp_path}"


@pytest.mark.parametrize(
    ("mode", "level"), [(0o600, None), (0o644, None), (0o664, "problem"), (0o602, "problem")]
)
def test_who_may_write_the_rules(tmp_path: Path, mode: int, level: str | None) -> None:
    """Whoever can has mail forwarded."""
    path = tmp_path / "rules.yaml"
    path.write_text("version: 1\nowner: {name: S, address: s@voorbeeld.example, timezone: UTC}\n")
    path.chmod(mode)
    findings = Findings()
    look_at_configuration(load(path, for_files=True), findings)
    told = [(found.level, found.to_do) for found in findings.found if found.level != "ok"]
    assert told == ([] if level is None else [(level, f"chmod go-w {path}")])


def provider(key: str) -> Provider:
    return next(one for one in PROVIDERS if one.key == key)


@pytest.mark.parametrize(
    ("key", "what", "to_do"),
    [
        (
            "icloud",
            "535 no (it refuses the password of the account itself)",
            "app-specific",
        ),
        ("combell", "535 no", "check it"),
        (None, "535 no", "check it"),
    ],
)
def test_a_refusal_is_explained_by_its_provider(key: str | None, what: str, to_do: str) -> None:
    """Where the provider is known to mean more than its server says; else the words stand alone."""
    findings = Findings(provider=provider(key) if key else None)
    findings.say("submission", "535 no", "check it")
    findings.refused("submission", "535 no", "check it")
    for found in findings.found:
        assert found.what == what
        assert to_do in found.to_do


def test_check_names_what_the_provider_implies(tmp_path: Path) -> None:
    """From the host in the configuration alone, before a server is asked."""
    path = tmp_path / "rules.yaml"
    path.write_text(CONFIGURED.replace("IMAP", "outlook.office365.com"))
    findings = Findings()
    look_at_provider(load(path, read_secrets=False), findings)
    said = [(found.level, found.what) for found in findings.found]
    assert ("problem", "Microsoft 365 takes no passwords") in said
    assert any("outside addresses: Bram's is outside" in what for _, what in said)
    path.write_text(CONFIGURED.replace("IMAP", "imap.voorbeeld.example"))
    look_at_provider(load(path, read_secrets=False), nothing := Findings())
    assert nothing.found == []


CONFIGURED = """\
version: 1
owner: {name: Sofie Janssens, address: sofie@voorbeeld.example, timezone: Europe/Brussels}
away: {from: 2026-12-19, until: 2027-01-04}
account:
  username: sofie@voorbeeld.example
  password: {env: MAIL_PASSWORD}
  imap: {host: IMAP}
  smtp: {host: smtp.voorbeeld.example}
backups:
  bram: {name: Bram Maes, address: bram@elders.example}
"""


def test_the_file_of_the_list(tmp_path: Path) -> None:
    """One that is not there yet is well; no folder, a link and another kind of file are problems."""
    other, linked = tmp_path / "notes.md", tmp_path / "link.md"
    other.write_text("# What I wrote myself\n")
    linked.symlink_to(other)
    findings = Findings()
    look_at_to_do_files([tmp_path / "to-do.md", tmp_path / "none" / "to-do.md", other, linked], findings)
    told = [(found.level, found.what) for found in findings.found if found.level != "note"]
    assert told == [
        ("ok", f"the list goes to {tmp_path / 'to-do.md'}"),
        ("problem", f"{tmp_path / 'none' / 'to-do.md'} cannot be written"),
        ("problem", f"{other} holds something else, and is left alone"),
        ("problem", f"{linked} holds something else, and is left alone"),
    ]
