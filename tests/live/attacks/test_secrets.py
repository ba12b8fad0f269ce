"""What lets somebody command, and what private mail says: in no log, no file for others, no link to click."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from delegator import maillog
from delegator.adapters import control
from delegator.ports import StateError
from tests.holiday import MONDAY, Holiday
from tests.phone import Phone, button, item

pytestmark = pytest.mark.dovecot


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    maillog.configure(stream)
    yield stream
    structlog.reset_defaults()


async def test_the_log_names_no_review(log: io.StringIO, away: Holiday, phone: Phone) -> None:
    """Who reads it cannot reply to a review, nor tap: neither its Message-ID nor a token stands there."""
    octets = item("Zaak 1", Message_ID="<een@elders.example>")
    await asyncio.to_thread(away.imap.deliver, octets, arrived_at=MONDAY)
    await away.start()
    review = await phone.next_review()
    await phone.tap(button(review, "Klaar"))
    await away.until(lambda: phone.is_in("Zaak 1", "Delegator/Done"))
    await away.stop()
    logged = log.getvalue()
    assert "review_queued" in logged
    assert "<een@elders.example>" in logged, "what is no secret helps who looks for a mail"
    assert str(review["Message-ID"]) not in logged
    assert button(review, "Klaar").partition("dlg%20k%20")[2][:8] not in logged


async def test_what_could_not_be_done_is_no_link(away: Holiday, phone: Phone) -> None:
    """A stranger's subject in "Not done" cannot be clicked, as in a review."""
    octets = item("Kijk op www.evil.example", Message_ID="<een@elders.example>")
    await asyncio.to_thread(away.imap.deliver, octets, arrived_at=MONDAY)
    await away.start()
    review = await phone.next_review()
    await away.until(lambda: phone.is_in("Kijk op www.evil.example", "INBOX"))
    uid = phone.uid_of("Kijk op www.evil.example")
    await asyncio.to_thread(away.imap.move, uid, "Trash")  # it is gone by the time of the tap
    await phone.tap(button(review, "Naar Anna"))
    await away.until(phone.answers)
    html = phone.answers()[0].get_body(("html",))
    assert html is not None
    text = str(html.get_content()).partition("<body")[2]
    assert "evil" in text
    assert "evil.example" not in text
    assert "www.evil" not in text


async def test_a_state_that_others_can_write_is_refused(away: Holiday, tmp_path: Path) -> None:
    """With the command that mends it."""
    folder = tmp_path / "state"
    for mode in (0o770, 0o707):
        folder.mkdir(exist_ok=True)
        folder.chmod(mode)
        with pytest.raises(StateError, match=f"chmod 700 {folder}"), control.state_lock(folder):
            pass
    folder.chmod(0o755)
    with control.state_lock(folder):
        pass
