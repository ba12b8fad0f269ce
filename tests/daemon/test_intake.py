"""What is taken up, from when on, and that no mail keeps the next one from it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from delegator.core.mail.message import Message
from delegator.core.reviews import follows
from delegator.daemon import intake
from tests.handovers import SOFIE, Handovers, write
from tests.support import FakeSource

ELS = "x@elders.example"
SECOND = timedelta(seconds=1)


@pytest_asyncio.fixture
async def world() -> AsyncIterator[Handovers]:
    each = Handovers.new()
    await each.open()
    yield each
    await each.close()


def taken(world: Handovers) -> list[tuple[str, str]]:
    """Message-ID and why, of each that was taken up."""
    rows = world.rows("SELECT message_id, code FROM message ORDER BY id")
    return [(row["message_id"], row["code"]) for row in rows]


async def test_the_first_moment_away_counts(world: Handovers) -> None:
    """A mail that arrives at away.from itself is taken up; one of the second before is not."""
    from_at = world.config.away[0].from_at
    for number, arrived_at in enumerate((from_at - SECOND, from_at, from_at + SECOND)):
        octets = write(ELS, "Vraag", f"<{number}@elders.example>")
        world.source.deliver(octets, arrived_at=arrived_at)
    await world.step()
    assert [message_id for message_id, _ in taken(world)] == ["<1@elders.example>", "<2@elders.example>"]


async def test_the_owners_answer_counts_from_the_first_moment_away(world: Handovers) -> None:
    from_at = world.config.away[0].from_at
    for number in (1, 2):
        octets = write(ELS, "Bestelling", f"<{number}@elders.example>")
        world.source.deliver(octets, arrived_at=from_at)
        names = (f"<{number}@elders.example>",)
        answer = write(SOFIE, "Re: Bestelling", f"<a{number}@telefoon.example>", to=ELS, names=names)
        world.source.deliver(answer, "Sent", arrived_at=from_at - SECOND * (number - 1))
    await world.step()
    assert await world.holder("<1@elders.example>") == "answered"
    assert await world.holder("<2@elders.example>") == "bram"


def failing_at(subject: str, real: Callable[..., Any]) -> Callable[..., Any]:
    def fail(message: Message, *others: Any, **options: Any) -> Any:
        if subject in message.subject:
            raise RuntimeError("a bug")
        return real(message, *others, **options)

    return fail


async def test_a_mail_that_brings_out_a_bug_stops_no_other(
    world: Handovers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It becomes an item that says so, once; those behind it go their way."""
    monkeypatch.setattr(intake, "what_follows", failing_at("Boem", follows.what_follows))
    for number, subject in enumerate(("Vraag", "Boem", "Bestelling 7")):
        world.arrives(write(ELS, subject, f"<{number}@elders.example>"))
    await world.step()
    await world.step()
    assert taken(world) == [
        ("<0@elders.example>", "otherwise"),
        (None, "unreadable"),
        ("<2@elders.example>", "rule"),
    ]
    assert world.log.events.count("not_understood") == 1


async def test_a_sent_mail_that_brings_out_a_bug_stops_no_other(
    world: Handovers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the owner answered behind it is answered."""
    monkeypatch.setattr(intake, "whose_in_sent", failing_at("Boem", follows.whose_in_sent))
    first = "<1@elders.example>"
    await world.takes(write(ELS, "Bestelling 7", first))
    world.clock.at += timedelta(minutes=6)
    world.arrives(write(SOFIE, "Boem", "<b@telefoon.example>", to=ELS), "Sent")
    world.arrives(write(SOFIE, "Re: Bestelling 7", "<a@telefoon.example>", to=ELS, names=(first,)), "Sent")
    await world.step()
    assert await world.holder(first) == "answered"
    assert "not_understood" in world.log.events


async def test_our_own_copy_in_sent_is_no_answer(world: Handovers) -> None:
    """Some providers file what they submit: the forward to Bram, found there, settles nothing."""
    first = "<1@elders.example>"
    await world.takes(write(ELS, "Bestelling 7", first))
    world.clock.at += timedelta(minutes=6)
    for submission in world.gate.delivered:
        world.arrives(submission.octets, "Sent")
    await world.step()
    assert await world.holder(first) == "bram"
    assert "owner_wrote" not in world.log.events


async def test_once_the_owner_is_back_nothing_goes_to_a_backup(world: Handovers) -> None:
    """What came before the end and was not seen then is taken up: for the owner, not for a backup."""
    world.source.deliver(write(ELS, "Bestelling", "<1@elders.example>"), arrived_at=world.clock.now())
    window = world.config.away[0]
    tenure = world.tenure(world.config)
    await tenure.intake(is_over=True).reconcile("INBOX", window)
    assert [row["disposition"] for row in world.rows("SELECT disposition FROM message")] == ["review"]
    assert world.rows("SELECT 1 FROM outbox") == []


async def test_a_mail_that_goes_before_it_is_fetched_whole_is_no_item(
    world: Handovers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner moved it by hand in that moment: it is theirs, and nothing is said of it."""
    large = write(
        ELS, "Bestelling", "<1@elders.example>", text="Dag,\n" + "Kunnen jullie dit bekijken?\n" * 2000
    )

    async def gone(self: FakeSource, uid: int, limit_octets: int) -> bytes | None:
        return None

    world.source.deliver(large, arrived_at=world.clock.now())
    monkeypatch.setattr(FakeSource, "fetch_whole", gone)
    (box,) = [box for name, box in world.source.mailboxes.items() if name == "INBOX"]
    (fetched,) = box.mails.values()
    tenure = world.tenure(world.config)
    facts = await world.source.open("INBOX")
    assert facts is not None
    await tenure.intake()._take_up(facts, replace(fetched, octets=large[:20_000], is_abridged=True))
    assert world.rows("SELECT 1 FROM message") == []
