"""The departure mail on fakes and a real state: whose it is, when it goes, and what is open."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Literal

import pytest
import pytest_asyncio

from delegator.core.people import Window
from delegator.daemon.leaving import Leaving
from delegator.daemon.tenure import Tenure
from delegator.ports import OutgoingMail
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
    mail = email.message_from_bytes(row["octets"], policy=email.policy.default)
    said = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "2 mails kwamen binnen" in " ".join(said.split())
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
