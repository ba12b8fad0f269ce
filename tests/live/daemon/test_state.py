"""One absence is served by one state: the marker, the lock, the shadow."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from delegator.adapters.control import state_lock
from delegator.adapters.state.archive import back_up, restore
from delegator.core.folders import ROOT as FOLDER
from delegator.ports import StateError
from tests.holiday import MONDAY, Holiday, plain_text, write_mail
from tests.support import FakeClock

pytestmark = pytest.mark.dovecot


def elsewhere(away: Holiday) -> Holiday:
    """A second installation, with a state of its own, on the same mailbox."""
    return Holiday(away.imap, away.smtp, away.folder.parent / "elsewhere", away.clock)


async def test_a_second_installation_only_observes(away: Holiday) -> None:
    """Another state's marker: it forwards nothing, moves nothing, and its review opens by saying so."""
    assert await away.once()
    away.imap.deliver(write_mail(), arrived_at=MONDAY)
    second = elsewhere(away)
    clock = away.clock
    assert isinstance(clock, FakeClock)
    assert await second.once()
    clock.at = MONDAY + timedelta(hours=3)
    assert await second.once()
    assert away.accepted("anna@voorbeeld.example") == []
    assert len(away.uids("INBOX")) == 1
    (review,) = away.reviews()
    text = plain_text(review)
    assert "--adopt" in text
    assert "Jan De Smet" in text
    assert "Anna Peeters" in text


async def test_adopting_takes_over(away: Holiday) -> None:
    """After `run --adopt` the new state forwards, and the first one observes."""
    assert await away.once()
    second = elsewhere(away)
    assert await second.once(adopt=True)
    away.imap.deliver(write_mail(), arrived_at=MONDAY)
    assert await away.once()
    assert away.accepted() == []
    assert await second.once()
    assert len(away.accepted("anna@voorbeeld.example")) == 1
    assert len(away.uids(FOLDER)) == 1


async def test_the_marker_follows_the_dates(away: Holiday) -> None:
    """A new end of the absence replaces the marker; ours is seen, so that no phone counts it as new."""
    assert await away.once()
    away.away = ("2026-11-14", "2026-12-02")
    assert await away.once()
    ((_, flags, octets),) = away.imap.messages(FOLDER)
    assert "\\Seen" in flags
    assert b"2026-12-01T23:00:00+00:00" in octets


async def test_a_marker_whose_end_has_passed_counts_as_none(away: Holiday) -> None:
    """Last summer's installation keeps nobody from serving this absence."""
    away.away = ("2026-11-14", "2026-11-17")
    assert await away.once()
    second = elsewhere(away)
    second.away = ("2026-11-17", "2026-11-30")
    clock = away.clock
    assert isinstance(clock, FakeClock)
    clock.at = MONDAY + timedelta(days=2)
    second.imap.deliver(write_mail(), arrived_at=clock.at)
    assert await second.once()
    assert len(away.accepted("anna@voorbeeld.example")) == 1


async def test_a_shadow_changes_nothing(away: Holiday) -> None:
    """A trial: no folder, no marker, no move, no forward; the review says what would have been done."""
    away.imap.deliver(write_mail(subject="Prijs?"), arrived_at=MONDAY)
    assert await away.once(shadow=True)
    clock = away.clock
    assert isinstance(clock, FakeClock)
    clock.at = MONDAY + timedelta(hours=3)
    assert await away.once(shadow=True)
    assert not [name for name in away.imap.mailboxes() if name.startswith("Delegator")]
    ((_, flags, _),) = away.imap.messages("INBOX")
    assert flags == frozenset()
    (review,) = away.accepted()
    assert "Prijs?" in plain_text(review)
    assert await away.once()
    assert len(away.accepted("anna@voorbeeld.example")) == 1, "the trial's state is not the real one's"


def test_a_second_daemon_on_the_same_state_refuses(tmp_path: Path) -> None:
    """It says who holds the state; when that one has gone, the state is free."""
    with (
        state_lock(tmp_path / "state"),
        pytest.raises(StateError, match=r"process \d+"),
        state_lock(tmp_path / "state"),
    ):
        pass
    with state_lock(tmp_path / "state"):
        pass


async def test_a_restored_state_forwards_nothing_twice(away: Holiday) -> None:
    """The state of yesterday: what was forwarded since then, or was on its way, is the owner's to decide."""
    clock, state = away.clock, away.state / "state.sqlite3"
    assert isinstance(clock, FakeClock)
    away.imap.deliver(write_mail(subject="Eerste", Message_ID="<1@acme.example>"), arrived_at=MONDAY)
    assert await away.once()
    await away.smtp.stop()
    waiting = write_mail(subject="Onderweg", Message_ID="<2@acme.example>")
    away.imap.deliver(waiting, arrived_at=MONDAY)
    await away.once()
    back_up(state, away.folder / "delegator.zip", clock.now())
    await away.smtp.start()
    clock.at += timedelta(hours=1)
    # It asks for a receipt, so it stays in INBOX, where a state that does not know it would take it up.
    receipt = "jan@acme.example"
    since = write_mail(
        subject="Sindsdien", Message_ID="<3@acme.example>", Disposition_Notification_To=receipt
    )
    away.imap.deliver(since, arrived_at=clock.at - timedelta(minutes=5))
    assert await away.once()
    before = [mail["Subject"] for mail in away.accepted("anna@voorbeeld.example")]
    assert sorted(before) == ["Eerste", "Onderweg", "Sindsdien"]

    state.unlink()
    clock.at += timedelta(minutes=30)
    await restore(away.folder / "delegator.zip", state, clock.now())
    away.imap.deliver(
        write_mail(subject="Eronder", Message_ID="<4@acme.example>"),
        arrived_at=clock.at + timedelta(minutes=1),
    )
    clock.at += timedelta(minutes=2)
    assert await away.once()
    assert len(away.accepted("anna@voorbeeld.example")) == 3, "it observes, for another state served"
    assert await away.once(adopt=True)
    assert len(away.accepted("anna@voorbeeld.example")) == 3, "nor is it sent what came before it took over"
    away.imap.deliver(
        write_mail(subject="Daarna", Message_ID="<5@acme.example>"),
        arrived_at=clock.at + timedelta(minutes=1),
    )
    clock.at += timedelta(hours=3)
    assert await away.once()
    after = [mail["Subject"] for mail in away.accepted("anna@voorbeeld.example")]
    assert after == [*before, "Daarna"]
    text = plain_text(away.reviews()[-1])
    for subject in ("Onderweg", "Sindsdien", "Eronder"):
        assert subject in text
    assert "Misschien heeft een collega hem al" in text
