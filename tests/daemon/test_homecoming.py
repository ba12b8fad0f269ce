"""The end of an absence, between the mailbox and the state: who closes it, when, and who hears of it."""

from __future__ import annotations

import email
import email.policy
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
import pytest_asyncio

from delegator.core.people import Window
from delegator.daemon.homecoming import HomeDesk
from delegator.daemon.landing import Landing
from delegator.daemon.tenure import Tenure
from tests.handovers import MONDAY, SOFIE, Handovers, write

ELS = "els@elders.example"
BACK = MONDAY + timedelta(days=2)


@pytest_asyncio.fixture
async def world() -> AsyncIterator[Handovers]:
    each = Handovers.new()
    each.config = replace(each.config, away=(Window(each.config.away[0].from_at, BACK),))
    await each.open()
    yield each
    await each.close()


def told(world: Handovers) -> int:
    """Homecoming mails."""
    return len(world.rows("SELECT 1 FROM outbox WHERE kind = 'home'"))


async def test_a_server_that_is_away_is_waited_for_an_hour(world: Handovers) -> None:
    """Then the homecoming is told without a last look, once; before that it is not."""
    landing = Landing(world.tenure(world.config))
    world.clock.at = BACK + timedelta(minutes=59)
    window = await landing.due()
    assert window is not None
    assert not await landing.tell_unseen(window)
    assert told(world) == 0
    world.clock.at = BACK + timedelta(minutes=60)
    assert await landing.tell_unseen(window)
    assert not await landing.tell_unseen(window)
    assert told(world) == 1
    assert await landing.due() == window, "what lies in the mailbox is told once that answers"


async def test_a_clock_that_was_set_ahead_closes_no_absence(world: Handovers) -> None:
    """By mistake, perhaps: it is closed once that was so for a day, or once it is over by the right time."""
    desk = HomeDesk(world.tenure(world.config))
    assert await desk.due() is None
    world.clock.set_clock(timedelta(days=3))
    assert await desk.due() is None
    world.clock.set_clock(-timedelta(days=3))
    world.clock.at = BACK
    assert await desk.due() is not None
    world.clock.set_clock(timedelta(hours=1))
    assert await desk.due() is None
    world.clock.at += timedelta(hours=25)
    assert await desk.due() is not None


async def test_who_only_observes_closes_no_absence(world: Handovers) -> None:
    """Another installation serves the mailbox, and tells of it."""
    world.clock.at = BACK
    tenure: Tenure = world.tenure(world.config)
    assert await HomeDesk(tenure).due() is not None
    tenure.identity = replace(tenure.identity, state=replace(tenure.identity.state, observes=True))
    assert await HomeDesk(tenure).due() is None


async def test_a_backup_who_is_away_gets_no_farewell(world: Handovers) -> None:
    """An automatic answer is all that would come of it. Who is there, and had something, gets one."""
    for number, subject in ((1, "Bestelling"), (2, "Klacht")):
        octets = write(ELS, subject, f"<{number}@elders.example>")
        world.source.deliver(octets, arrived_at=world.clock.now())
    await world.step()
    assert {row["backup"] for row in world.rows("SELECT backup FROM conversation")} == {"bram", "carla"}
    await world.database.run(
        lambda db: db.execute(
            "INSERT INTO backup (account, backup, absent_since, away) VALUES (?, 'carla', ?, '[]') "
            "ON CONFLICT DO UPDATE SET absent_since = excluded.absent_since",
            (SOFIE, int(MONDAY.timestamp() * 1_000_000)),
        )
    )
    tenure = world.tenure(world.config)
    world.clock.at = BACK
    await HomeDesk(tenure).close(world.config.away[0])
    said = world.rows("SELECT backup FROM letter WHERE slot LIKE 'home %'")
    assert [row["backup"] for row in said] == ["bram"]


async def test_the_list_is_of_the_absence_that_was_closed_last(world: Handovers) -> None:
    """Between two absences the list of the newer one is shown, without what belonged to the older."""
    for subject in ("Oud", "Nieuw"):
        world.source.deliver(write(ELS, subject, f"<{subject}@elders.example>"), arrived_at=MONDAY)
    await world.look()
    taken_up_us = int((BACK + timedelta(days=29)).timestamp() * 1_000_000)

    def belongs_to_the_newer(db: sqlite3.Connection) -> None:
        db.execute("UPDATE message SET decision = 'to-do'")
        db.execute("UPDATE message SET taken_up_at = ? WHERE subject = 'Nieuw'", (taken_up_us,))

    await world.database.run(belongs_to_the_newer)
    desk = HomeDesk(world.tenure(replace(world.config, away=())))
    for days in (0, 30):
        world.clock.at = BACK + timedelta(days=days)
        await desk.close(Window(world.clock.at - timedelta(days=3), world.clock.at))
    assert [to_do.subject for to_do in await desk.to_dos()] == ["Nieuw"]


async def test_a_trial_keeps_no_list(world: Handovers) -> None:
    """The file and the programs of the owner are as they were; only who serves the mailbox writes to them."""
    path, written = Path("to-do.md"), dict[Path, str]()
    config = replace(world.config, to_do_files=(path,))
    tenure = world.tenure(config)
    tenure.tools = replace(tenure.tools, write_list=written.__setitem__)
    desk = HomeDesk(tenure)
    for mode in ("shadow", "observing"):
        tenure.identity = replace(tenure.identity, mode=mode)
        await desk.keep_list()
        assert written == {}
    tenure.identity = replace(tenure.identity, mode="live")
    await desk.keep_list()
    assert list(written) == [path]


async def refuse(world: Handovers, *ids: int) -> None:
    marks = ", ".join("?" * len(ids))

    def fail(db: sqlite3.Connection) -> None:
        db.execute("UPDATE outbox SET state = 'sent' WHERE kind IN ('home', 'list')")
        said = "554 5.7.1 this looks like spam"
        db.execute(f"UPDATE outbox SET state = 'failed', last_reply = ? WHERE id IN ({marks})", (said, *ids))

    await world.database.run(fail)


@pytest.mark.parametrize("last_reply", ["", "it may have arrived (timed out)"])
async def test_a_refused_homecoming_is_made_once_more_and_then_told(
    world: Handovers, last_reply: str
) -> None:
    """However often it is looked: the second is on its way, was sent, or may have arrived."""
    window, desk = world.config.away[0], HomeDesk(world.tenure(world.config))
    world.clock.at = BACK
    await desk.close(window)
    await desk.tell(window, {})

    def mails() -> list[int]:
        return [row["id"] for row in world.rows("SELECT id FROM outbox WHERE kind = 'home'")]

    await refuse(world, *mails())
    assert await desk.due() == window
    await desk.tell(window, {})
    _, second = mails()
    for state in ("pending", "sending", "failed" if last_reply else "sent"):
        values = (state, last_reply, second)
        await world.database.run(
            lambda db: db.execute("UPDATE outbox SET state = ?, last_reply = ? WHERE id = ?", values)  # noqa: B023
        )
        assert await desk.due() is None
        await desk.tell(window, {})
        assert len(mails()) == 2


async def test_a_homecoming_that_is_refused_twice_is_not_made_again(world: Handovers) -> None:
    window, desk = world.config.away[0], HomeDesk(world.tenure(world.config))
    world.clock.at = BACK
    await desk.close(window)
    for _ in range(2):
        await desk.tell(window, {})
        ids = [row["id"] for row in world.rows("SELECT id FROM outbox WHERE kind = 'home'")]
        await refuse(world, *ids)
    assert await desk.due() is None


WAITS = {"not tried": (0, 0), "deferred": (1, 0), "in doubt": (2, 1)}  # attempts, and how many are unknown


@pytest.mark.parametrize("another", ["went", "refused", *WAITS])
async def test_each_part_of_a_refused_homecoming_goes_once(world: Handovers, another: str) -> None:
    """The first is made again, with what another held that did not arrive; what may have is not repeated."""
    text = "Kunnen jullie dit bekijken? " * 200
    for number in range(60):
        octets = write(ELS, f"Zaak {number}", f"<{number}@elders.example>", text=text)
        world.source.deliver(octets, arrived_at=MONDAY + timedelta(seconds=number))
    await world.look()
    window = world.config.away[0]
    world.clock.at = BACK
    desk = HomeDesk(world.tenure(world.config))
    await desk.close(window)
    await desk.tell(window, {})
    first, *others = [row["id"] for row in world.rows("SELECT id FROM outbox WHERE kind IN ('home', 'list')")]
    assert len(others) > 2
    refused = [] if another in ("went", "in doubt") else others[:1]
    await refuse(world, first, *refused)
    if another in WAITS:
        values = (*WAITS[another], others[0])
        await world.database.run(
            lambda db: db.execute(
                "UPDATE outbox SET state = 'pending', attempts = ?, unknowns = ? WHERE id = ?", values
            )
        )
    world.clock.at += timedelta(minutes=5)
    await desk.tell(window, {})
    again = [row["id"] for row in world.rows("SELECT id FROM outbox WHERE kind IN ('home', 'list')")][
        1 + len(others) :
    ]
    assert len(again) == 1, "without their words the rest has room in it"

    def numbers(*mails: int) -> list[int]:
        marks = ", ".join("?" * len(mails))
        rows = world.rows(
            "SELECT number FROM review_line JOIN review ON review.id = review_line.review "
            f"WHERE outbox IN ({marks}) ORDER BY number",
            *mails,
        )
        return [row["number"] for row in rows]

    gone = {row["id"] for row in world.rows("SELECT id FROM outbox WHERE state = 'failed'")}
    assert gone == {first, *refused}
    kept = [id_ for id_ in others if id_ not in refused]
    assert sorted({*numbers(*again), *numbers(*kept)}) == list(range(1, 61)), "each stands in one that went"
    assert set(numbers(*again)) == set(numbers(first, *refused)) - (set(numbers(*kept)) - set(numbers(first)))
    (row,) = world.rows("SELECT octets FROM outbox WHERE id = ?", again[0])
    said = email.message_from_bytes(row["octets"], policy=email.policy.default)
    assert isinstance(said, EmailMessage)
    body = said.get_body(("plain",))
    assert body is not None
    page = " ".join(str(body.get_content()).split())
    assert f"vanaf deel 2 van {1 + len(kept)}" in page, page[:2000]
    assert "Kunnen jullie" not in page
