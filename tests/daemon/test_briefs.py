"""Who gets a brief before an absence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import pytest
import pytest_asyncio

from delegator.adapters.state.conversations import hear
from delegator.config import Config
from delegator.core.commands.wish import Wish
from delegator.core.hours.absence import Change, Kept, altered
from delegator.core.people import Window
from delegator.core.reviews.changes import Situation, Understood, understand
from delegator.daemon.status import account_status
from tests.handovers import BACKUPS, MONDAY, Handovers, read, write

AWAY = Window(MONDAY + timedelta(days=3), MONDAY + timedelta(days=9))


@pytest_asyncio.fixture
async def world() -> AsyncIterator[Handovers]:
    each = Handovers.new()
    each.config = replace(each.config, away=(AWAY,))
    await each.open()
    yield each
    await each.close()


def called_off(world: Handovers, config: Config) -> Config:
    """As the config is once the owner said so."""
    situation = Situation(config.away, config.kept, config.backups, config.owner.timezone, {})
    understood = understand(Wish("off"), situation, world.clock.at, world.clock.at)
    assert isinstance(understood, Understood), understood
    assert understood.alteration is not None
    return config.with_changes(altered(config.kept, understood.alteration), world.clock.at)


async def told(world: Handovers, config: Config) -> list[str]:
    """The subjects of what backups get now, in order of their addresses."""
    count = len(world.gate.delivered)
    tenure = world.tenure(config)
    await tenure.follow_up().run_due()
    await tenure.outbox().submit_due(to_backups=True, stop=asyncio.Event())
    mails = [read(each) for each in world.gate.delivered[count:]]
    return sorted(f"{mail['To']}: {mail['Subject']}" for mail in mails)


async def test_a_brief_is_taken_back_once(world: Handovers) -> None:
    """By one mail to each who had it; a restart, or what else is due, sends no second one."""
    assert len(await world.tenure(world.config).follow_up().send_briefs()) == 3
    await told(world, world.config)
    off = called_off(world, world.config)
    assert await world.tenure(off).follow_up().has_mail(), "so that the marker is looked at"
    mails = await told(world, off)
    assert [mail.split(" <")[0] for mail in mails] == ["Anna Peeters", "Bram Maes", "Carla Claes"]
    assert all("19/11" in mail for mail in mails)
    assert await told(world, off) == []
    assert not await world.tenure(off).follow_up().has_mail()
    world.clock.at = AWAY.from_at + timedelta(days=1)
    assert await told(world, off) == []


async def test_dates_that_go_from_the_file_are_taken_back_too(world: Handovers) -> None:
    """Before the absence begins; an edit later says nothing about one that took place."""
    await world.tenure(world.config).follow_up().send_briefs()
    await told(world, world.config)
    edited = replace(world.config, away=())
    world.clock.at = AWAY.from_at
    assert await told(world, edited) == []
    world.clock.at = AWAY.from_at - timedelta(hours=1)
    assert len(await told(world, edited)) == 3


async def test_nobody_who_had_no_brief_hears_of_it(world: Handovers) -> None:
    assert await told(world, called_off(world, world.config)) == []


async def test_only_who_had_it_hears(world: Handovers) -> None:
    """Whoever was away for all of it, and so was asked nothing, gets no mail."""
    carla = replace(world.config.backups["carla"], away=(AWAY,))
    config = replace(world.config, backups={**world.config.backups, "carla": carla})
    await world.tenure(config).follow_up().send_briefs()
    await told(world, config)
    assert len(await told(world, called_off(world, config))) == 2


async def test_planned_anew_it_is_announced_anew(world: Handovers) -> None:
    """And called off a second time it is taken back a second time."""
    await world.tenure(world.config).follow_up().send_briefs()
    await told(world, world.config)
    off = called_off(world, world.config)
    assert len(await told(world, off)) == 3
    world.clock.at += timedelta(minutes=5)
    assert len(await world.tenure(world.config).follow_up().send_briefs()) == 3
    await told(world, world.config)
    world.clock.at += timedelta(minutes=5)
    assert len(await told(world, called_off(world, world.config))) == 3


async def test_planned_anew_everybody_is_asked_anew(world: Handovers) -> None:
    """What was said to a brief that was taken back is no answer to the next; a new end takes nothing back."""
    await world.tenure(world.config).follow_up().send_briefs()
    await world.database.run(lambda db: hear(db, world.store.account, "bram", "declined", world.clock.at))
    longer = Kept((Change(Window(AWAY.from_at, AWAY.until_at + timedelta(days=2)), AWAY),))
    world.clock.at += timedelta(minutes=5)
    await world.tenure(world.config.with_changes(longer, world.clock.at)).follow_up().send_briefs()
    assert "bram" in await world.store.absences(world.clock.at)
    await told(world, called_off(world, world.config))
    world.clock.at += timedelta(minutes=5)
    await world.tenure(world.config).follow_up().send_briefs()
    assert "bram" not in await world.store.absences(world.clock.at)


async def test_nobody_hears_that_it_is_off_before_the_brief(world: Handovers) -> None:
    """The brief to one of them was put off by their server when the absence was called off."""
    world.gate.faults.append("deferred")
    await world.tenure(world.config).follow_up().send_briefs()
    assert len(await told(world, world.config)) == 2
    off = called_off(world, world.config)
    assert len(await told(world, off)) == 2
    world.clock.at += timedelta(hours=1)
    await told(world, off)
    await told(world, off)
    late = str(read(world.gate.tried[0])["To"])
    subjects = [str(mail["Subject"]) for mail in map(read, world.gate.delivered) if str(mail["To"]) == late]
    assert ["toch" in subject for subject in subjects] == [False, True]


async def test_an_absence_with_another_end_is_not_taken_back(world: Handovers) -> None:
    """There is a new brief, and no mail that it is off."""
    await world.tenure(world.config).follow_up().send_briefs()
    await told(world, world.config)
    longer = Window(AWAY.from_at, AWAY.until_at + timedelta(days=2))
    kept = Kept((Change(longer, AWAY),))
    world.clock.at = AWAY.from_at - timedelta(hours=12)
    mails = await told(world, world.config.with_changes(kept, world.clock.at))
    assert len(mails) == 3
    assert not any("toch" in mail for mail in mails)


async def test_what_was_handed_over_by_a_tap_stays(world: Handovers) -> None:
    """Whoever has some reads so; it goes on as any handover does."""
    await world.tenure(world.config).follow_up().send_briefs()
    world.config = replace(world.config, away=(Window(MONDAY - timedelta(days=1), AWAY.until_at),))
    await world.crash()
    await world.takes(write("jan@acme.example", "Prijs", "<1@acme.example>"))
    assert [mail["Subject"] for mail in world.forwards("anna")] == ["Prijs"]
    world.config = replace(world.config, away=(AWAY,))
    count = len(world.gate.delivered)
    await told(world, called_off(world, world.config))
    stays = "Wat ik je al doorgestuurd heb, blijft bij jou"
    said = {str(mail["To"]).split(" ")[0]: mail for mail in map(read, world.gate.delivered[count:])}
    assert {name for name, mail in said.items() if stays in text_of(mail)} == {"Anna"}
    assert set(said) == {"Anna", "Bram", "Carla"}
    assert await world.holder("<1@acme.example>") == "anna"


async def test_status_shows_what_was_called_off(world: Handovers) -> None:
    """Beside what the file says, until it would be over."""
    tenure = world.tenure(world.config)
    tenure.kept = called_off(world, world.config).kept
    (absence,) = (await account_status(tenure)).absences
    assert (absence.is_called_off, absence.in_file) == (True, (AWAY.from_at, AWAY.until_at))
    world.clock.at = AWAY.until_at
    assert (await account_status(tenure)).absences == ()


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


@pytest.mark.parametrize(("days", "is_told"), [(6, False), (5, True)])
async def test_a_backup_who_is_away_all_the_time_gets_none(
    world: Handovers, days: int, is_told: bool
) -> None:
    """There is nothing that she has to know. One who is back before the end hears of it."""
    away = Window(AWAY.from_at, AWAY.from_at + timedelta(days=days))
    carla = replace(world.config.backups["carla"], away=(away,))
    config = replace(world.config, backups={**world.config.backups, "carla": carla})
    told = await world.tenure(config).follow_up().send_briefs()
    assert (BACKUPS["carla"][0] in told) is is_told
    assert BACKUPS["anna"][0] in told


async def test_what_became_due_meanwhile_is_next(world: Handovers) -> None:
    """While the rest was done the machine slept: no brief waits for the next thing that happens."""
    follow_up = world.tenure(world.config).follow_up()
    began_at = world.clock.at
    first_at = await follow_up.next_at(began_at)
    assert first_at is not None
    world.clock.at = first_at + timedelta(hours=3)
    assert await follow_up.next_at(began_at) == first_at
