"""The log: JSON lines that name no client and no subject."""

from __future__ import annotations

import inspect
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from delegator import maillog
from delegator.core.triage.verdict import Code, Disposition
from delegator.maillog import MailLog


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    maillog.configure(stream)
    yield stream
    structlog.reset_defaults()


def test_an_event_is_one_json_line(stream: io.StringIO) -> None:
    """Each event is a line of JSON with its account, level and moment."""
    MailLog("sofie@voorbeeld.example").triaged(
        mailbox="INBOX",
        uid=7,
        message_id="<1@acme.example>",
        disposition=Disposition.FORWARD,
        code=Code.RULE,
        rule="offers",
        backup="anna",
    )
    [line] = stream.getvalue().splitlines()
    event = json.loads(line)
    datetime.fromisoformat(event.pop("timestamp"))
    assert event == {
        "event": "triaged",
        "level": "info",
        "account": "sofie@voorbeeld.example",
        "mailbox": "INBOX",
        "uid": 7,
        "message_id": "<1@acme.example>",
        "disposition": "forward",
        "code": "rule",
        "rule": "offers",
        "backup": "anna",
    }


@pytest.mark.parametrize("kind", ["review", "answer", "brief", "overview", "alert", "cover"])
def test_no_event_names_a_secret(stream: io.StringIO, kind: str) -> None:
    """A reply that names a review's Message-ID commands: neither its way out nor its coming back is told."""
    log, secret = MailLog("sofie@voorbeeld.example"), "<secret@voorbeeld.example>"
    log.submitted(row=1, kind=kind, message_id=secret, attempts=1)
    log.outcome_unknown(row=1, kind=kind, message_id=secret, reply="421")
    log.triaged(
        mailbox="INBOX",
        uid=7,
        message_id=secret,
        disposition=Disposition.OWN,
        code=Code.OURS,
        rule=None,
        backup=None,
    )
    assert len(stream.getvalue().splitlines()) == 3
    assert secret not in stream.getvalue()
    log.submitted(row=2, kind="forward", message_id=secret, attempts=1)
    assert secret in stream.getvalue(), "a forward's secures nothing, and helps who looks for it"


def test_moments_are_readable(stream: io.StringIO) -> None:
    """A moment in the log is ISO 8601 with its zone."""
    MailLog("sofie@voorbeeld.example").waiting(until=datetime(2026, 12, 19, tzinfo=UTC))
    assert json.loads(stream.getvalue())["until"] == "2026-12-19T00:00:00+00:00"


def test_a_traceback_holds_no_variables(stream: io.StringIO) -> None:
    """A bug is logged with its traceback, without the values that were at hand: mails and secrets."""
    password = "correct horse"
    try:
        raise ValueError(len(password))
    except ValueError as failure:
        MailLog("sofie@voorbeeld.example").task_failed(task="watch", failure=failure)
    assert "ValueError: 13" in json.loads(stream.getvalue())["exception"]
    assert password not in stream.getvalue()


def test_a_terminal_gets_readable_lines() -> None:
    """On a terminal the log is for people, coloured unless NO_COLOR is set."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_COLOR", "1")
        maillog.configure(terminal)
    MailLog("sofie@voorbeeld.example").waiting(until=None)
    structlog.reset_defaults()
    assert "waiting" in terminal.getvalue()
    assert "\x1b" not in terminal.getvalue()
    assert not terminal.getvalue().startswith("{")


def events() -> dict[str, Callable[..., None]]:
    found = {name: method for name, method in vars(MailLog).items() if not name.startswith("_")}
    assert len(found) > 10
    return found


def test_every_event_is_told_by_somebody() -> None:
    """What docs/operating.md lists can come."""
    code = [path.read_text("utf-8") for path in Path(maillog.__file__).parent.rglob("*.py")]
    assert [name for name in events() if not any(f"log.{name}(" in text for text in code)] == []


def test_no_event_has_room_for_a_client() -> None:
    """No event takes a subject, a sender or an address."""
    fields = {name for event in events().values() for name in inspect.signature(event).parameters}
    assert not fields & {"subject", "sender", "originator", "address", "from_", "text", "octets"}
