"""What is taken up, from when on, and that no mail keeps the next one from it."""

from __future__ import annotations

import email
import email.policy
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from delegator.core.mail.message import Message
from delegator.core.people import Window
from delegator.core.reviews import follows
from delegator.daemon import intake
from tests.handovers import SOFIE, Crash, Handovers, write
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


async def test_another_absence_follows_at_once(world: Handovers) -> None:
    """What arrives in it is taken up by a look that began before: it would be passed over for good."""
    first = world.config.away[0]
    second = Window(first.until_at, first.until_at + timedelta(days=1))
    world.config = replace(world.config, away=(first, second))
    for number, arrived_at in enumerate((first.until_at - SECOND, second.from_at, second.until_at)):
        world.source.deliver(write(ELS, "Vraag", f"<{number}@elders.example>"), arrived_at=arrived_at)
    await world.tenure(world.config).intake().reconcile("INBOX", first)
    assert [message_id for message_id, _ in taken(world)] == ["<0@elders.example>", "<1@elders.example>"]


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
    coming = intake._Coming(replace(fetched, octets=large[:20_000], is_abridged=True))
    await tenure.intake()._take_up_each(facts, [coming])
    assert world.rows("SELECT 1 FROM message") == []


def transactions_of(world: Handovers) -> int:
    """How many there were since the countdown began."""
    assert world.database.countdown is not None
    return MANY - world.database.countdown


MANY = 1 << 20


def first(number: int) -> bytes:
    return write(f"p{number}@elders.example", f"Bestelling {number}", f"<{number}@elders.example>")


def reply(number: int) -> bytes:
    """In the same conversation; no rule would forward it."""
    names = (f"<{number}@elders.example>",)
    return write(f"p{number}@elders.example", "Nog iets", f"<{number}.2@elders.example>", names=names)


async def test_mails_that_came_together_are_written_down_together(world: Handovers) -> None:
    """A hundred take a handful of transactions, not hundreds: each waits for the disk."""
    for number in range(100):
        world.arrives(write(ELS, f"Vraag {number}", f"<{number}@elders.example>"))
    world.database.countdown = MANY
    await world.look()
    assert len(taken(world)) == 100
    assert transactions_of(world) < 20


async def test_each_is_decided_in_the_knowledge_of_those_before_it(world: Handovers) -> None:
    """A second mail in a conversation goes to the backup of the first, though both are taken up at once."""
    for octets in (first(1), reply(1), first(2), reply(2)):
        world.arrives(octets)
    await world.look()
    codes = [code for _, code in taken(world)]
    assert codes == ["rule", "conversation", "rule", "conversation"]


async def test_a_large_forward_among_others_goes_whole(world: Handovers) -> None:
    """It is fetched whole before what came behind it is decided; each is taken up once, in order."""
    mail = email.message_from_bytes(
        write(ELS, "Bestelling 7", "<7@elders.example>"), policy=email.policy.SMTP
    )
    mail.add_attachment(bytes(200_000), "application", "pdf", filename="plan.pdf")
    large = mail.as_bytes(policy=email.policy.SMTP)
    for octets in (first(1), large, reply(7), first(2)):
        world.arrives(octets)
    await world.look()
    assert [message_id for message_id, _ in taken(world)] == [
        "<1@elders.example>",
        "<7@elders.example>",
        "<7.2@elders.example>",
        "<2@elders.example>",
    ]
    rows = world.rows(
        "SELECT octets FROM original JOIN message ON message.id = original.message "
        "WHERE message_id = '<7@elders.example>'"
    )
    assert [row["octets"] for row in rows] == [large]


async def test_a_power_failure_at_any_transaction_takes_a_batch_up_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first look after it goes on where the last transaction ended; what is forwarded goes once."""
    monkeypatch.setattr(intake, "TOGETHER", 4)
    point, has_crashed = 0, True
    while has_crashed:
        world = Handovers.new()
        await world.open()
        for number in range(1, 13):
            world.arrives(first(number) if number % 2 else reply(number - 1))
        world.database.countdown, has_crashed = point, False
        try:
            await world.look()
        except Crash:
            has_crashed = True
            await world.crash()
        world.database.countdown = None
        await world.step()
        ids = [message_id for message_id, _ in taken(world)]
        forwarded = [str(mail["In-Reply-To"]) for mail in world.forwards("bram")]
        await world.close()
        assert len(ids) == len(set(ids)) == 12
        assert sorted(forwarded) == sorted(ids)
        point += 1
    assert point > 6
