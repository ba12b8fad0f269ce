"""The departure mail on fakes and a real state: whose it is, when it goes, and what is open."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

import pytest
import pytest_asyncio

from delegator.core.hours.absence import Leave
from delegator.core.hours.briefed import asked_for
from delegator.core.hours.ended import ANSWERABLE_FOR
from delegator.core.people import Window
from delegator.daemon.leaving import MOST_KEPT, Leaving
from delegator.daemon.tenure import Tenure
from delegator.ports import Letter, OutgoingMail
from tests.handovers import MONDAY, SOFIE, Handovers, write

ELS = "els@elders.example"
AWAY = Window(MONDAY + timedelta(days=3), MONDAY + timedelta(days=9))


@pytest_asyncio.fixture
async def world() -> AsyncIterator[Handovers]:
    each = Handovers.new()
    each.config = replace(each.config, away=(AWAY,))
    await each.open()
    yield each
    await each.close()


def served_as(world: Handovers, mode: Literal["live", "shadow", "observing"]) -> Tenure:
    tenure = world.tenure(world.config)
    tenure.identity = replace(tenure.identity, mode=mode)
    return tenure


def said_in(octets: bytes) -> str:
    mail = email.message_from_bytes(octets, policy=email.policy.default)
    part = mail.get_body(("plain",))
    assert part is not None
    return " ".join(part.get_content().split())


def leaving_of(world: Handovers) -> tuple[Leaving, Leave, datetime]:
    """With the absence that is to come, at the moment when its mail goes."""
    leaving = Leaving(world.tenure(world.config))
    coming = leaving.coming()
    assert coming is not None
    world.clock.at = coming[1]
    return leaving, *coming


@pytest.mark.parametrize("mode", ["shadow", "observing"])
async def test_only_who_serves_the_mailbox_tells_of_it(
    world: Handovers, mode: Literal["shadow", "observing"]
) -> None:
    """A trial beside the service, or a second installation, makes no second departure mail."""
    assert Leaving(served_as(world, "live")).coming() is not None
    assert Leaving(served_as(world, mode)).coming() is None


async def test_what_was_answered_or_is_ours_is_not_open(world: Handovers) -> None:
    """An answer in Sent closes a mail; our own mails wait for nobody, and did not come in."""
    own = write(SOFIE, "Review", "<ours@voorbeeld.example>")
    await world.store.queue(OutgoingMail("review", SOFIE, own, "<ours@voorbeeld.example>"), MONDAY)
    await world.tenure(world.config).outbox().submit_due(to_backups=False, stop=asyncio.Event())
    world.source.deliver(own, arrived_at=MONDAY)
    for subject, message_id in (("Open", "<1@elders.example>"), ("Beantwoord", "<2@elders.example>")):
        world.source.deliver(write(ELS, subject, message_id), arrived_at=MONDAY)
    answer = write(SOFIE, "Re: Beantwoord", "<a@voorbeeld.example>", to=ELS, names=("<2@elders.example>",))
    world.source.deliver(answer, "Sent", arrived_at=MONDAY + timedelta(hours=1))
    leaving = Leaving(world.tenure(world.config))
    leave = leaving.coming()
    assert leave is not None
    world.clock.at = leave[1]
    assert await leaving.due() is not None
    assert await leaving.make(*leave)
    assert [row["subject"] for row in world.rows("SELECT subject FROM message")] == ["Open"]
    (row,) = world.rows("SELECT octets FROM outbox WHERE message_id <> '<ours@voorbeeld.example>'")
    assert "2 mails kwamen binnen" in said_in(row["octets"])
    assert await leaving.due() is None, "it goes once"


async def test_what_comes_once_the_absence_has_begun_is_not_offered(world: Handovers) -> None:
    """A look that lasts beyond the beginning takes nothing from the absence, which forwards it."""
    world.source.deliver(
        write(ELS, "Ervoor", "<1@elders.example>"), arrived_at=AWAY.from_at - timedelta(hours=1)
    )
    world.source.deliver(write(ELS, "Erna", "<2@elders.example>"), arrived_at=AWAY.from_at)
    leaving = Leaving(world.tenure(world.config))
    leave = leaving.coming()
    assert leave is not None
    world.clock.at = AWAY.from_at + timedelta(minutes=1)
    assert await leaving.make(*leave)
    assert [row["subject"] for row in world.rows("SELECT subject FROM message")] == ["Ervoor"]


async def test_it_may_be_answered_until_the_absence_is_over(world: Handovers) -> None:
    """And as long after it as every mail to the owner: what is written on the plane arrives later."""
    leaving, leave, at = leaving_of(world)
    assert await leaving.make(leave, at)
    (row,) = world.rows("SELECT expires_at FROM reply_secret")
    assert row["expires_at"] == int((AWAY.until_at + ANSWERABLE_FOR).timestamp() * 1_000_000)


async def test_asked_for_it_goes_again(world: Handovers) -> None:
    """By itself it goes once; whoever asks for it has it as often as they ask."""
    leaving, leave, at = leaving_of(world)
    assert await leaving.make(leave, at)
    assert not await leaving.make(leave, at)
    assert await leaving.make(leave, at, is_asked=True)
    assert await leaving.make(leave, at, is_asked=True)
    assert len(world.rows("SELECT 1 FROM outbox")) == 3


async def test_what_does_not_fit_is_counted(world: Handovers) -> None:
    for number in range(MOST_KEPT + 2):
        mail = write(ELS, f"Vraag {number}", f"<{number}@elders.example>")
        world.source.deliver(mail, arrived_at=MONDAY + timedelta(minutes=number))
    leaving, leave, at = leaving_of(world)
    assert await leaving.make(leave, at)
    (row,) = world.rows("SELECT octets FROM outbox")
    assert "En nog 2 andere, in je inbox." in said_in(row["octets"])


async def test_it_tells_who_has_heard_of_the_absence(world: Handovers) -> None:
    """Whoever was asked and says nothing gets the mails; who was not asked has not heard of it."""
    brief = OutgoingMail("brief", "anna@voorbeeld.example", b"x", "<brief@voorbeeld.example>", "anna")
    await world.store.add_letter(Letter("brief", "anna", "an absence"), brief, MONDAY)
    leaving, leave, _ = leaving_of(world)
    said = said_in(await leaving.show(leave))
    assert "Anna heeft nog niet geantwoord" in said
    assert "Bram weet nog van niets" in said


async def test_what_a_backup_said_to_the_brief_is_not_open(world: Handovers) -> None:
    """It was read, and waits for no answer; it is none of the mails that came in."""
    follow_up = world.tenure(world.config).follow_up()
    assert "anna@voorbeeld.example" in await follow_up.send_briefs()
    await world.tenure(world.config).outbox().submit_due(to_backups=True, stop=asyncio.Event())
    ids = await world.store.awaited(world.clock.now())
    ((brief,),) = world.rows("SELECT message_id FROM letter WHERE kind = 'brief' AND backup = 'anna'")
    said = write(
        "anna@voorbeeld.example", "Re: Vervang jij mij?", "<ok@x.example>", names=(brief,), text="ok\n"
    )
    world.source.deliver(said, arrived_at=world.clock.at + timedelta(hours=1))
    world.clock.at += timedelta(hours=2)
    assert await world.tenure(world.config).intake().read_answers("INBOX", ids, AWAY.from_at) == 1
    leaving = Leaving(world.tenure(world.config))
    look = await leaving._look(world.clock.now(), AWAY.from_at)
    assert (look.all, look.unanswered) == ((), ())


async def answer_brief(world: Handovers, text: str) -> None:
    """Anna answers the last brief that she had."""
    await world.tenure(world.config).outbox().submit_due(to_backups=True, stop=asyncio.Event())
    letters = world.rows("SELECT message_id FROM letter WHERE kind = 'brief' AND backup = 'anna' ORDER BY at")
    named = str(letters[-1]["message_id"])
    mail = write("anna@voorbeeld.example", "Re: ", f"<{text}@x.example>", names=(named,), text=f"{text}\n")
    world.clock.at += timedelta(hours=1)
    world.source.deliver(mail, arrived_at=world.clock.at)
    ids = await world.store.awaited(world.clock.at)
    (coming,) = world.config.away
    assert await world.tenure(world.config).intake().read_answers("INBOX", ids, coming.from_at)


@pytest.mark.parametrize("is_over", [True, False])
async def test_what_was_said_of_the_absence_before_is_not_said_of_this_one(
    world: Handovers, *, is_over: bool
) -> None:
    """Anna would rather not, in November; in December she is asked anew, and till then has said nothing."""
    await world.tenure(world.config).follow_up().send_briefs()
    await answer_brief(world, "liever niet")
    leaving, leave, _ = leaving_of(world)
    assert "Anna liever niet" in said_in(await leaving.show(leave))
    assert (await world.store.absences(world.clock.at))["anna"].why == "declined"

    december = Window(AWAY.until_at + timedelta(days=2), AWAY.until_at + timedelta(days=9))
    world.config = replace(world.config, away=(december,))
    if is_over:
        world.clock.at = AWAY.until_at - timedelta(days=1)  # sooner than planned
        await world.store.come_home(AWAY, world.clock.at, has_folders=False)
    briefs = (await world.store.facts(world.clock.at)).briefs
    assert ("anna" in asked_for(AWAY, briefs)) == (not is_over)
    assert asked_for(december, briefs) == frozenset()
    leaving, leave, _ = leaving_of(world)
    assert "Anna weet nog van niets" in said_in(await leaving.show(leave))

    world.clock.at = AWAY.until_at - timedelta(hours=1)
    await world.tenure(world.config).follow_up().send_briefs()
    absent = await world.store.absences(world.clock.at)
    assert ("anna" in absent) == (not is_over), "while she has not to stand in any more, or still has to"
    said = said_in(await Leaving(world.tenure(world.config)).show(leave))
    assert ("Anna heeft nog niet geantwoord" in said) == is_over
    await answer_brief(world, "ok")
    assert "anna" not in await world.store.absences(world.clock.at)


async def test_what_a_machine_said_before_the_first_brief_stays(world: Handovers) -> None:
    """Started in mid-absence, a forward goes before the brief, and its automatic answer too."""
    answered = "INSERT INTO backup (account, backup, absent_since, said) VALUES (?, 'anna', 1, 'automatic')"
    await world.database.run(lambda db: db.execute(answered, (world.store.account,)))
    await world.tenure(world.config).follow_up().send_briefs()
    assert (await world.store.absences(MONDAY))["anna"].why == "automatic"
