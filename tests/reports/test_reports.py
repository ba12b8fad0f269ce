"""What the commands print: JSON whose fields are a contract, and text that fits its terminal."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from delegator.core.reviews.simulation import Simulated
from delegator.core.triage.verdict import Disposition
from delegator.reports.check import Check, Finding
from delegator.reports.dry_run import Decision, DryRun
from delegator.reports.json import to_json, utc_text
from delegator.reports.status import AccountStatus, Status

AT = datetime(2026, 12, 21, 9, 12, 30, 999_999, tzinfo=timezone(timedelta(hours=1)))


class Unspeakable:
    """What a year of reviews is: nobody is to write it out."""

    def __repr__(self) -> str:
        raise AssertionError("it was written out")


def decision(disposition: Disposition = Disposition.REVIEW, **fields: object) -> Decision:
    values: dict[str, object] = {
        "source": "INBOX/7",
        "message_id": None,
        "from_": "jan@acme.example",
        "subject": "Offerte",
        "at": AT,
        "disposition": disposition,
        "priority": "normal" if disposition is Disposition.REVIEW else None,
        "backup": "anna" if disposition is Disposition.FORWARD else None,
        "rule": None,
        "reason": "no rule matched",
    }
    return Decision(**{**values, **fields})  # type: ignore[arg-type]


def printed(report: DryRun | Check, width: int, *, is_terminal: bool = False) -> str:
    stream = io.StringIO()
    console = Console(
        file=stream,
        width=width,
        force_terminal=is_terminal,
        color_system="standard" if is_terminal else None,
        highlight=False,
        markup=False,
        emoji=False,
    )
    report.print(console)
    return stream.getvalue()


def test_moments_are_utc_with_a_z() -> None:
    """Moments in JSON are RFC 3339, in UTC, to the second; there may be none."""
    assert utc_text(AT) == "2026-12-21T08:12:30Z"
    assert utc_text(None) is None
    assert utc_text(datetime.max.replace(tzinfo=UTC)) == "9999-12-31T23:59:59Z"


def test_the_fields_of_a_dry_run_are_a_contract() -> None:
    """`dry-run --json` has exactly the documented fields, null where they do not apply."""
    report = DryRun((decision(), decision(Disposition.FORWARD, rule="offers", message_id="<1@acme.example>")))
    assert json.loads(to_json(report.to_dict())) == {
        "messages": [
            {
                "source": "INBOX/7",
                "message_id": None,
                "from": "jan@acme.example",
                "subject": "Offerte",
                "date": "2026-12-21T08:12:30Z",
                "disposition": "review",
                "priority": "normal",
                "backup": None,
                "rule": None,
                "reason": "no rule matched",
            },
            {
                "source": "INBOX/7",
                "message_id": "<1@acme.example>",
                "from": "jan@acme.example",
                "subject": "Offerte",
                "date": "2026-12-21T08:12:30Z",
                "disposition": "forward",
                "priority": None,
                "backup": "anna",
                "rule": "offers",
                "reason": "no rule matched",
            },
        ],
        "summary": {"received": 2, "forward": 1, "review": 1, "private": 0, "ignore": 0, "own": 0},
    }


@settings(deadline=None, max_examples=30)
@given(st.lists(st.sampled_from(Disposition)))
def test_the_summary_adds_up(dispositions: list[Disposition]) -> None:
    """received is the sum of all others, whatever was decided."""
    counts = DryRun(tuple(decision(one) for one in dispositions)).summary()
    assert counts.pop("received") == len(dispositions) == sum(counts.values())


def test_json_survives_any_subject() -> None:
    """A lone surrogate or a control character in a subject leaves valid ASCII JSON."""
    text = to_json(DryRun((decision(subject="\ud83d\x07é"),)).to_dict())
    assert text.isascii()
    assert json.loads(text)["messages"][0]["subject"] == "\ud83d\x07é"


@settings(deadline=None, max_examples=40)
@given(
    subject=st.text(st.characters(exclude_categories=["C", "M"]), max_size=300),
    reason=st.text(st.characters(min_codepoint=32, max_codepoint=0x4FFF, exclude_categories=["C", "M"])),
    width=st.sampled_from([80, 100, 120, 200]),
)
def test_no_line_is_wider_than_the_terminal(subject: str, reason: str, width: int) -> None:
    """Whatever a subject and a reason hold, every line fits and none ends in blanks."""
    long_source = "/home/sofie/" + "mail/" * 40 + "1.eml"
    text = printed(DryRun((decision(subject=subject, reason=reason, source=long_source),)), width)
    assert max(map(cell_len, text.split("\n"))) <= width
    assert not [line for line in text.split("\n") if line != line.rstrip(" ")]


@pytest.mark.parametrize("width", [80, 200])
def test_the_reason_is_shown_in_full(width: int) -> None:
    """A long reason takes more lines; it is never cut."""
    reason = " ".join(f"word{number}" for number in range(60))
    text = printed(DryRun((decision(reason=reason),)), width)
    assert reason in " ".join(text.split())
    assert "INBOX/7" in text


def test_markup_in_a_subject_is_text() -> None:
    """A subject that looks like markup or an emoji code is printed as it stands."""
    text = printed(DryRun((decision(subject="[bold red]:smile: https://x.example"),)), 200)
    assert "[bold red]:smile: https://x.example" in text


def test_only_a_terminal_gets_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file gets no escape sequences."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    report = DryRun((decision(),))
    assert "\x1b" not in printed(report, 80)
    assert "\x1b[33m" in printed(report, 80, is_terminal=True)


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    """With NO_COLOR a terminal gets no colour."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[33m" not in printed(DryRun((decision(),)), 80, is_terminal=True)


def test_nothing_found_is_said() -> None:
    """A dry run over no mail says so."""
    assert printed(DryRun(()), 80) == "No messages.\n"


def test_the_fields_of_a_status_are_a_contract() -> None:
    """`status --json` has exactly the documented fields."""
    account = AccountStatus(
        address="sofie@voorbeeld.example",
        connected=False,
        last_contact_at=AT,
        away=True,
        next_review_at=None,
        waiting=3,
        handovers_open=2,
        handovers_overdue=0,
        outbox_pending=1,
        problems=("No daemon is running.",),
    )
    status = Status((account,))
    assert status.has_problems
    assert json.loads(to_json(status.to_dict())) == {
        "accounts": [
            {
                "address": "sofie@voorbeeld.example",
                "connected": False,
                "last_contact_at": "2026-12-21T08:12:30Z",
                "away": True,
                "next_review_at": None,
                "waiting": 3,
                "handovers_open": 2,
                "handovers_overdue": 0,
                "outbox_pending": 1,
                "problems": ["No daemon is running."],
            }
        ]
    }
    assert "problem: No daemon is running." in status.to_text()


def test_of_many_accounts_those_with_a_problem_come_first() -> None:
    """Whoever looks after forty sees in the first line how many are ill, and these at once."""
    well = AccountStatus("karim@voorbeeld.example", True, AT, True, AT, 0, 0, 0, 0, ())
    ill = AccountStatus("sofie@voorbeeld.example", False, AT, True, AT, 0, 0, 0, 0, ("no contact",))
    lines = Status((well, ill)).to_text().splitlines()
    assert lines[0] == "2 accounts, 1 with a problem"
    assert lines.index("sofie@voorbeeld.example") < lines.index("karim@voorbeeld.example")


def test_a_status_tells_people_the_owners_time() -> None:
    """Moments stand in the owner's time zone, and each handover under how many there are."""
    account = AccountStatus(
        address="sofie@voorbeeld.example",
        connected=True,
        last_contact_at=AT,
        away=True,
        next_review_at=AT,
        waiting=0,
        handovers_open=1,
        handovers_overdue=0,
        outbox_pending=0,
        problems=(),
        handovers=("anna: Jan, Levering, since 21/12 09:12",),
        backups=("anna           I’m there",),
        timezone="Europe/Brussels",
    )
    lines = list(account.lines())
    assert "  last contact   Mon 2026-12-21 09:12" in lines
    assert lines[lines.index("  handed over    1 open, 0 overdue") + 1].strip() == account.handovers[0]
    assert lines[-1] == "  anna           I’m there"


def test_a_dry_run_tells_people_the_owners_time() -> None:
    """Arrivals stand in the owner's time zone; one that has no such moment there, as the mail says it."""
    brussels = ZoneInfo("Europe/Brussels")
    assert "2026-12-21 09:12" in printed(DryRun((decision(at=AT),), timezone=brussels), 80)
    last = datetime.max.replace(tzinfo=UTC)
    assert "9999-12-31 23:59" in printed(DryRun((decision(at=last),), timezone=brussels), 80)


CHECK = Check(
    "sofie@voorbeeld.example",
    (
        Finding("configuration", "ok", "/etc/delegator/rules.yaml: 6 rules, 2 backups"),
        Finding(
            "mail server",
            "problem",
            "it has no MOVE (RFC 6851), so all mail stays in INBOX and there are no folders to command with",
            "command by the reviews; ask the provider whether it can be switched on " * 3,
        ),
        Finding("quota", "note", "邮箱 " * 60, "make room"),
        Finding("automatic reply", "ok", "none is on"),
    ),
)


@pytest.mark.parametrize("width", [60, 80, 200])
def test_a_check_fits_the_terminal(width: int) -> None:
    """In every width all of it is there, aligned below its heading, and no line is longer."""
    text = printed(CHECK, width)
    assert max(map(cell_len, text.splitlines())) <= width
    assert not any(line != line.rstrip() for line in text.splitlines())
    assert " ".join(text.replace("→", "").split()).count("whether it can be switched on") == 3
    first, *rest, last = text.splitlines()
    assert first.startswith("ok       configuration  ")
    assert all(line[26] != " " for line in rest if not line.startswith(" "))
    assert last == "sofie@voorbeeld.example: 1 problem, 1 note"
    assert "automatic reply  none is on" in text


def test_a_check_as_json() -> None:
    """The address, whether all is well, and each finding with its area, level, what and what to do."""
    report = CHECK.to_dict()
    assert (report["address"], report["ok"]) == ("sofie@voorbeeld.example", False)
    assert report["findings"][0] == {
        "area": "configuration",
        "level": "ok",
        "what": "/etc/delegator/rules.yaml: 6 rules, 2 backups",
        "to_do": "",
    }
    assert Check("x@voorbeeld.example", CHECK.findings[:1]).to_dict()["ok"]
    assert "all is well" in printed(Check("x@voorbeeld.example", CHECK.findings[:1]), 80)


@pytest.mark.parametrize("count", [0, 1, 200, 201, 401])
def test_a_dry_run_is_the_same_json_in_pieces(count: int) -> None:
    """Written some decisions at a time, it is octet for octet what the whole would be."""
    decision = Decision(
        source="INBOX/1",
        message_id=None,
        from_="jan@acme.example",
        subject='Café "x"\u2028\\',
        at=datetime(2026, 11, 16, 9, tzinfo=UTC),
        disposition=Disposition.FORWARD,
        priority=None,
        backup="anna",
        rule="offers",
        reason="it matches",
    )
    report = DryRun((decision,) * count)
    assert "".join(report.json_pieces()) == to_json(report.to_dict())


def test_a_report_is_named_without_the_holiday_in_it() -> None:
    """asyncio names a task by what it returned, in full: a year of reviews took a hundred megabytes."""
    assert repr(DryRun((), cast(Simulated, Unspeakable()))).startswith("DryRun(")


@pytest.mark.parametrize("width", [80, 140])
@pytest.mark.parametrize("is_terminal", [True, False])
def test_of_many_decisions_each_looks_as_it_does_alone(
    width: int, is_terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many are written together, and whether the width of their letters is looked up or not."""
    subjects = ("Offerte", "", "\u65e5\u672c\u8a9e " * 9, "caf\u00e9", "a\tb\nc", "woord " * 30, "x" * 99)
    reasons = ("no rule matched", 'rule "x": subject "caf\u00e9"', "woord " * 40, "a\nb", "a\tb", "x" * 200)
    many = [
        decision(
            list(Disposition)[n % 5], subject=subjects[n % 7], reason=reasons[n % 6], source=f"INBOX/{n}"
        )
        for n in range(230)
    ]

    def lines(decisions: Sequence[Decision]) -> list[str]:
        found = printed(DryRun(decisions), width, is_terminal=is_terminal).split("\n")
        return found[width >= 120 : -2]  # but for the table's head, and the line that counts them

    found = lines(many)
    assert found == [line for one in many for line in lines([one])]
    monkeypatch.setattr("delegator.reports.dry_run._is_simple", lambda text: False)
    assert lines(many) == found


@pytest.mark.parametrize("width", [80, 140])
@pytest.mark.parametrize("subject", ["Offerte", "caf\u00e9 \u65e5\u672c\u8a9e", "a\tb", "\u202ea", "x" * 99])
def test_a_file_gets_what_a_terminal_gets_without_its_colours(width: int, subject: str) -> None:
    """Whether the letters have to be mended or not."""
    report = DryRun([decision(one, subject=subject, reason=f"{subject} [b]") for one in Disposition])
    coloured = printed(report, width, is_terminal=True)
    assert "\x1b[" in coloured
    assert printed(report, width) == re.sub(r"\x1b\[[0-9;]*m", "", coloured)


def test_a_decision_is_two_lines() -> None:
    """Who and what; and below it, indented, what becomes of it and why."""
    (who, what, *_) = printed(DryRun((decision(subject="Offerte " * 9, reason="word " * 20),)), 80).split(
        "\n"
    )
    assert who == "2026-12-21 08:12  jan@acme.example          Offerte Offerte Offerte Offerte Off…"
    assert what == "    review normal: word word word word word word word word word word word word"
