"""What `status` says where no daemon runs is what the daemon would say that has just begun."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from delegator.adapters.state.part import us
from delegator.adapters.state.store import SqliteStore
from delegator.config import load
from delegator.reports.status import AccountStatus, Status
from delegator.stopped import status
from delegator.wiring.parts import Parts
from tests.handovers import MONDAY, RULES, SOFIE, Handovers, write
from tests.support import FakeClock

ELS = "Els <els@elders.example>"
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[Handovers]:
    world = Handovers.new()
    (world.folder / "rules.yaml").write_text(RULES.replace("ON_SILENCE", "ask"))
    await world.open()
    yield world
    await world.close()


def do(world: Handovers, *statements: str, **moments: datetime) -> None:
    """Something happens to the state. moments: in UTC, by the names that stand in the statements."""
    with closing(sqlite3.connect(world.folder / "state.sqlite3")) as db:
        for statement in statements:
            db.execute(statement, {name: us(moment) for name, moment in moments.items()})
        db.commit()


async def by_a_daemon(world: Handovers, now: datetime) -> Status:
    """The whole service, as far as it gets without a server."""
    rules, clock = world.folder / "rules.yaml", FakeClock(now)
    store = SqliteStore(world.folder / "state.sqlite3", clock.now)
    try:
        account = Parts(clock, is_online=False).account(load(rules, read_secrets=False), store)
        return Status((await account.status(),))
    finally:
        await store.close()


async def said(world: Handovers, now: datetime) -> AccountStatus:
    """Without a daemon, once it is seen that one would say the same."""
    without = await asyncio.to_thread(status, world.folder / "rules.yaml", world.folder, FakeClock(now))
    assert without == await by_a_daemon(world, now)
    return without.accounts[0]


async def test_of_a_state_in_which_nothing_happened(world: Handovers) -> None:
    told = await said(world, MONDAY)
    assert (told.away, told.waiting, told.last_contact_at) == (True, 0, None)
    assert told.problems == ("no contact with the mail server yet; is `delegator run` running?",)
    assert [line.split()[0] for line in told.backups] == ["anna", "bram", "carla"]


async def test_of_handovers_and_of_what_cannot_go(world: Handovers) -> None:
    """Who has what until when, what is overdue, what waits, and why."""
    await world.takes(write(ELS, "Bestelling 7", "<7@elders.example>"))
    world.gate.faults.extend(["limited"] * 200)
    await world.takes(write("Jan <jan@acme.example>", "Vraag", "<8@acme.example>"))
    await world.takes(write("Piet <piet@elders.example>", "Iets", "<9@elders.example>"))
    now = world.clock.at + timedelta(hours=5)
    await world.quiet(timedelta(hours=5))
    do(world, "UPDATE account SET last_contact_at = :at", at=now - 10 * MINUTE)
    do(
        world,
        "INSERT INTO backup (account, backup, said) VALUES ('sofie@voorbeeld.example', 'bram', 'declined')",
    )
    told = await said(world, now)
    assert (told.waiting, told.handovers_open, told.handovers_overdue) == (1, 1, 1)
    assert [line.partition(":")[0] for line in told.handovers] == ["bram", "anna"]
    assert "(overdue)" in told.handovers[0]
    assert told.backups[1] == "bram           would rather not"
    do(world, "UPDATE letter SET at = 1, from_at = 1, until_at = 2 WHERE backup = 'bram'")
    do(
        world,
        "INSERT INTO homecoming (account, from_at, until_at, at) VALUES ('sofie@voorbeeld.example', 1, 2, 2)",
    )
    told = await said(world, now)
    assert told.backups[1] == "bram           no brief yet", (
        "what was said of another absence is none to this"
    )
    [problem] = told.problems
    assert problem.startswith("outbox: 1 forward waits since 16/11 09:00; the submission server said: ")


@pytest.mark.parametrize(
    ("now", "away"),
    [(MONDAY, True), (datetime(2026, 11, 1, tzinfo=UTC), False), (datetime(2027, 3, 2, tzinfo=UTC), False)],
    ids=["running", "planned", "over"],
)
async def test_of_an_absence(world: Handovers, now: datetime, away: bool) -> None:
    told = await said(world, now)
    assert (told.away, bool(told.problems)) == (away, away)
    assert len(told.absences) == (0 if now > MONDAY else 1)


CHANGE = (
    "INSERT INTO absence_change (account, from_at, until_at, file_from_at, file_until_at, cover, is_trial) "
)
OTHERS = {
    "paused": f"INSERT INTO absence_state (account, paused_at) VALUES ('{SOFIE}', :then)",
    "elsewhere": "INSERT INTO absence_state (account, zone, zone_at) "
    f"VALUES ('{SOFIE}', 'Asia/Bangkok', :then)",
    "covered": f"{CHANGE} VALUES ('{SOFIE}', :first, :later, :first, :last, 'bram', 0)",
    "a trial": f"{CHANGE} VALUES ('{SOFIE}', :then, :later, NULL, NULL, NULL, 1)",
    "observing": "UPDATE account SET observes = 1",
    "damaged": "UPDATE message SET attachments = '?'",
    "silent": "UPDATE account SET last_contact_at = :then",
}


@pytest.mark.parametrize("other", OTHERS)
async def test_of_all_that_changes_it(world: Handovers, other: str) -> None:
    """Each changes what is said, and changes it as beside a daemon."""
    await world.takes(write(ELS, "Bestelling 7", "<7@elders.example>"))
    await world.takes(write("Piet <piet@elders.example>", "Iets", "<9@elders.example>"))
    window, then, now = world.config.away[0], MONDAY - 40 * MINUTE, MONDAY + 5 * MINUTE
    before = await said(world, now)
    moments = {"first": window.from_at, "last": window.until_at, "then": then, "later": MONDAY + 50 * MINUTE}
    names = {name: moment for name, moment in moments.items() if f":{name}" in OTHERS[other]}
    do(world, OTHERS[other], **names)
    assert await said(world, now) != before


async def test_what_was_said_of_an_absence_that_is_off(world: Handovers) -> None:
    """Between its calling off and the next brief nobody has been asked, and nobody has said a word."""
    now = datetime(2026, 11, 1, tzinfo=UTC)
    begin, end = datetime(2026, 11, 12, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    do(world, f"INSERT INTO backup (account, backup, said) VALUES ('{SOFIE}', 'anna', 'accepted')")

    def letter(kind: str, at: datetime) -> None:
        statement = (
            "INSERT INTO letter (account, kind, backup, slot, message_id, at, items, from_at, until_at) "
            f"VALUES ('{SOFIE}', '{kind}', 'anna', '{kind}{at}', 'x', :at, '[]', :begin, :end)"
        )
        do(world, statement, at=at, begin=begin, end=end)

    letter("brief", now - 3 * MINUTE)
    assert (await said(world, now)).backups[0] == "anna           is there"
    letter("overview", now - 2 * MINUTE)
    assert (await said(world, now)).backups[0] == "anna           no brief yet"
    letter("brief", now - MINUTE)
    assert (await said(world, now)).backups[0] == "anna           is there"
