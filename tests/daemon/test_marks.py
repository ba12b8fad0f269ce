"""A mark that a mailbox has not reached is set back; one that it has is left alone, whatever else is so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from delegator.core.mail.place import is_end, is_past_end
from delegator.daemon.marks import BELIEVED_AFTER_S
from delegator.ports import MailboxFacts, Position
from tests.handovers import Handovers, write

ELS = "x@elders.example"  # whose mail that asks for a receipt stays where it is
A_WHILE = timedelta(seconds=BELIEVED_AFTER_S)


@pytest_asyncio.fixture
async def world() -> AsyncIterator[Handovers]:
    each = Handovers.new()
    await each.open()
    yield each
    await each.close()


@pytest.mark.parametrize(
    ("uid", "uidnext", "is_so"),
    [(7, 8, False), (8, 8, True), (9, 8, True), (0, 1, False), (7, None, False), (7, 0, False)],
)
def test_the_next_uid_is_above_all_that_were_seen(uid: int, uidnext: int | None, is_so: bool) -> None:
    assert is_past_end(uid, uidnext) is is_so


async def test_it_is_read_again_and_nothing_goes_twice(world: Handovers) -> None:
    """After a second look that says so, too."""
    await world.takes(write("x@elders.example", "Bestelling 1", "<1@elders.example>"))
    await world.takes(write("x@elders.example", "Vraag", "<2@elders.example>"))
    await world.store.advance("INBOX", Position(1, 4_000_000_000))
    world.arrives(write("x@elders.example", "Bestelling 3", "<3@elders.example>"))
    await world.step()
    assert len(world.forwards()) == 1, "one look may be at a copy that is a moment behind"
    world.clock.at += A_WHILE
    await world.step()
    assert [mail["In-Reply-To"] for mail in world.forwards()] == ["<1@elders.example>", "<3@elders.example>"]
    assert world.rows("SELECT of FROM set_aside") != []
    position = await world.store.position("INBOX")
    assert position is not None
    assert position.uid == 3
    world.clock.at += A_WHILE
    await world.step()
    assert len(world.forwards()) == 2
    assert len(world.rows("SELECT id FROM set_aside")) == 1


async def test_a_number_that_is_given_again_names_a_new_mail(world: Handovers) -> None:
    """The mailbox was put back to before the second mail, whose number the third gets while we look on."""
    await world.takes(write("x@elders.example", "Bestelling 1", "<1@elders.example>"))
    await world.takes(
        write("x@elders.example", "Bestelling 2", "<2@elders.example>", Disposition_Notification_To=ELS)
    )
    box = world.source.mailboxes["INBOX"]
    del box.mails[2]
    box.uidnext = 2
    await world.step()
    world.clock.at += A_WHILE
    await world.step()
    await world.takes(write("x@elders.example", "Bestelling 3", "<3@elders.example>"))
    named = [mail["In-Reply-To"] for mail in world.forwards()]
    assert named == ["<1@elders.example>", "<2@elders.example>", "<3@elders.example>"]


async def test_numbers_are_compared_when_a_connection_begins(world: Handovers) -> None:
    """Another mail below the mark is a new one; the same mail of which another time is told is not."""
    for number in (1, 2):
        subject = f"Bestelling {number}"
        await world.takes(
            write("x@elders.example", subject, f"<{number}@elders.example>", Disposition_Notification_To=ELS)
        )
    marks, facts = world.tenure(world.config).marks, MailboxFacts("INBOX", 1, 3, frozenset())
    mails = world.source.mailboxes["INBOX"].mails
    later = world.clock.at + timedelta(hours=1)
    mails[1] = replace(mails[1], arrived_at=later)
    await world.source.open("INBOX")
    await marks.doubt_numbers(world.source, facts)
    assert await world.store.position("INBOX") == Position(1, 2)
    octets = write("x@elders.example", "Bestelling 3", "<3@elders.example>")
    mails[2] = replace(mails[2], octets=octets, size_octets=len(octets), arrived_at=later)
    await marks.doubt_numbers(world.source, facts)
    assert await world.store.position("INBOX") is None
    world.clock.at = later
    await world.step()
    named = [mail["In-Reply-To"] for mail in world.forwards()]
    assert named == ["<1@elders.example>", "<2@elders.example>", "<3@elders.example>"]


async def test_a_copy_that_is_behind_for_a_moment_is_no_damage(world: Handovers) -> None:
    marks = world.tenure(world.config).marks
    await world.store.advance("INBOX", Position(1, 7))
    for uidnext, wait_s in ((7, 20), (8, 20), (7, 20), (8, 60)):
        facts = MailboxFacts("INBOX", 1, uidnext, frozenset())
        assert await marks.position(facts) == Position(1, 7)
        world.clock.at += timedelta(seconds=wait_s)
    renumbered = MailboxFacts("INBOX", 2, 3, frozenset())
    assert await marks.position(renumbered) == Position(1, 7)
    assert world.rows("SELECT id FROM set_aside") == []


async def test_a_single_run_believes_it_at_once(world: Handovers) -> None:
    """There is no second look in it."""
    marks = world.tenure(world.config).marks
    marks.is_believed = True
    await world.store.advance("INBOX", Position(1, 7))
    assert await marks.position(MailboxFacts("INBOX", 1, 7, frozenset())) is None
    assert await world.store.position("INBOX") is None


@pytest.mark.parametrize(
    ("uid", "uidnext", "is_so"),
    [(7, 8, True), (6, 8, False), (8, 8, False), (0, 1, True), (0, 0, False), (7, None, False)],
)
def test_nothing_can_have_come_where_the_server_gives_the_next_number_next(
    uid: int, uidnext: int | None, is_so: bool
) -> None:
    assert is_end(uid, uidnext) is is_so
