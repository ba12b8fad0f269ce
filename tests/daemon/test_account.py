"""One account on fakes and a real state: what it says when something is wrong, and that it goes on.

All in one file, since every test drives one whole account, in the same world.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import TypeVar

import pytest
import pytest_asyncio

from delegator.adapters.state.store import SqliteAccount, SqliteStore
from delegator.catalogues import load_catalogue
from delegator.config import load
from delegator.core.health import Subject
from delegator.core.mail.marker import compose_marker
from delegator.daemon.account import Account
from delegator.daemon.process import Host, answer_request, run_accounts
from delegator.daemon.tenure import Tools
from delegator.maillog import MailLog
from delegator.ports import OutgoingMail, ServerFacts, StateError, Unavailable
from tests.support import FakeClock, FakeSource, RecordingGate, Tried

T = TypeVar("T")

MONDAY = datetime(2026, 11, 16, 6, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SOFIE, ANNA, IT = "sofie@voorbeeld.example", "anna@voorbeeld.example", "it@voorbeeld.example"
RULES = f"""
version: 1
owner: {{name: Sofie Janssens, address: {SOFIE}, language: nl, timezone: Europe/Brussels}}
away: {{from: 2026-11-14, until: 2026-11-30}}
account:
  username: sofie
  password: {{env: NOT_READ}}
  imap: {{host: imap.voorbeeld.example}}
  smtp: {{host: smtp.voorbeeld.example}}
backups:
  anna: {{name: Anna Peeters, address: {ANNA}}}
alert: {{address: {IT}, after: 20m, heartbeat: "https://beat.example/sofie"}}
rules:
  - {{name: key accounts, when: {{from: "@acme.example"}}, forward: anna}}
"""


@dataclass(slots=True)
class World:
    """The account and all around it. beats: when the heartbeat's URL was fetched."""

    clock: FakeClock
    source: FakeSource
    gate: RecordingGate
    alert_gate: RecordingGate
    store: SqliteStore
    account: Account
    beats: list[datetime] = field(default_factory=list)
    task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self.task = asyncio.create_task(self.account.run())

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(30):
            while not holds():
                await asyncio.sleep(0.005)

    async def stop(self) -> None:
        self.account.stop.set()
        if self.task is not None:
            async with asyncio.timeout(30):
                await self.task
            self.task = None

    def alerts(self) -> list[EmailMessage]:
        mails = [*self.gate.delivered, *self.alert_gate.delivered]
        return [
            email.message_from_bytes(mail.octets, policy=email.policy.default)
            for mail in mails
            if IT in mail.recipients
        ]


def mail(subject: str = "Vraag", sender: str = "jan@acme.example") -> bytes:
    head = f"From: {sender}\r\nTo: {SOFIE}\r\nSubject: {subject}\r\nMessage-ID: <{subject}@acme.example>\r\n"
    return f"{head}\r\nDag Sofie\r\n".encode()


@asynccontextmanager
async def world_of(tmp_path: Path, rules: str) -> AsyncIterator[World]:
    (tmp_path / "rules.yaml").write_text(rules)
    config = load(tmp_path / "rules.yaml", read_secrets=False)
    clock, source = FakeClock(MONDAY), FakeSource()
    gate = RecordingGate(frozenset({SOFIE, ANNA, IT}))
    alert_gate = RecordingGate(frozenset({IT}))
    store = SqliteStore(tmp_path / "state.sqlite3")
    beats: list[datetime] = []

    async def beat(url: str) -> None:
        beats.append(clock.now())

    tools = Tools(
        source=source,
        watch=source,
        gate=gate,
        alert_gate=alert_gate,
        store=store,
        clock=clock,
        log=MailLog(SOFIE),
        catalogue=load_catalogue,
        write_list=lambda path, text: None,
        heartbeat=beat,
        reserve=store.reserve,
    )
    each = World(clock, source, gate, alert_gate, store, Account(config, tools), beats)
    each.account.says_first_word = False  # a review beside those that are looked at here
    try:
        yield each
    finally:
        await each.stop()
        await store.close()


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(tmp_path, RULES) as each:
        yield each


async def looked(world: World, times: int = 1) -> None:
    """So many whole looks at the mailbox, one after another."""
    for _ in range(times):
        world.account.bells.cycled.clear()
        world.account.bells.wake.set()
        async with asyncio.timeout(30):
            await world.account.bells.cycled.wait()


# --- the heartbeat


async def test_the_heartbeat_goes_once_a_minute_however_often_the_mailbox_is_looked_at(world: World) -> None:
    world.start()
    await world.until(lambda: world.beats)
    for second in range(1, 60, 10):
        world.clock.at = MONDAY + timedelta(seconds=second)
        await looked(world)
    assert world.beats == [MONDAY]
    world.clock.at = MONDAY + MINUTE
    await looked(world)
    await world.until(lambda: len(world.beats) == 2)


@pytest.mark.parametrize("has_heartbeat", [True, False])
async def test_an_answer_wakes_the_alarm_only_where_a_heartbeat_waits_for_it(
    tmp_path: Path, has_heartbeat: bool
) -> None:
    """A thousand accounts that have nothing to do are not woken once a minute for nothing."""
    rules = RULES if has_heartbeat else RULES.replace(', heartbeat: "https://beat.example/sofie"', "")
    async with world_of(tmp_path, rules) as world:
        health = world.account.health
        world.start()
        await looked(world)
        for _ in range(20):  # whoever is woken waits again by then
            await asyncio.sleep(0)
        if has_heartbeat:
            await world.until(lambda: health.heard._waiters)
        else:
            await world.until(lambda: health.changed._waiters)
            assert not health.heard._waiters
        health.failed(Subject.REVIEWS, "bug", "whatever")
        await world.until(lambda: health.heard._waiters)  # the end of a fault may be a matter of time
        assert health.changed._waiters


async def test_an_idle_account_writes_down_its_contact_now_and_then(world: World) -> None:
    """What it knows itself is exact: a review, or the status, says when the server answered last."""
    world.start()
    await looked(world)

    async def contact() -> tuple[datetime | None, datetime | None]:
        status, state = await world.account.status(), await world.store.account(SOFIE).state(MONDAY)
        return status.last_contact_at, state.last_contact_at

    assert await contact() == (MONDAY, MONDAY)
    world.clock.at = MONDAY + 2 * MINUTE
    await looked(world)
    assert await contact() == (MONDAY + 2 * MINUTE, MONDAY)
    world.clock.at = MONDAY + 3 * MINUTE
    await looked(world)
    assert await contact() == (MONDAY + 3 * MINUTE,) * 2


async def test_no_heartbeat_without_a_new_answer_of_the_mail_server(world: World) -> None:
    """A server that has said nothing since the last beat may be gone."""
    world.start()
    await world.until(lambda: world.beats)
    world.clock.at += 5 * MINUTE
    await world.account._alarm.beat()
    assert len(world.beats) == 1
    await looked(world)
    await world.account._alarm.beat()
    assert len(world.beats) == 2


async def test_no_heartbeat_while_another_loop_fails(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mailbox is watched, and the reviews cannot be made: whoever waits for the heartbeat must hear."""

    async def broken(self: SqliteAccount) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(SqliteAccount, "last_slot_at", broken)
    world.start()
    await world.until(lambda: Subject.REVIEWS in world.account.health.faults)
    world.beats.clear()
    world.clock.at += 5 * MINUTE
    await looked(world, 3)
    assert world.beats == []


# --- every loop is a problem until it has itself succeeded


async def test_a_loop_that_fails_is_named_and_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outbox fails: status says which, the connection stays, and a success of another changes nothing."""
    due = SqliteAccount.due
    is_broken = True

    async def broken(self: SqliteAccount, *arguments: object, **options: object) -> object:
        if is_broken and not options["alerts"]:
            raise RuntimeError("a bug")
        return await due(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(SqliteAccount, "due", broken)
    monkeypatch.setattr("delegator.daemon.loops.RESTART_S", 0.05)
    closed = 0

    async def close(self: FakeSource) -> None:
        nonlocal closed
        closed += 1

    monkeypatch.setattr(FakeSource, "close", close)
    world.start()
    await world.until(lambda: Subject.OUTBOX in world.account.health.faults)
    await looked(world, 3)
    status = await world.account.status()
    assert status.connected
    assert status.problems == ("outbox: internal error: RuntimeError; see the log",)
    is_broken = False
    await world.until(lambda: not world.account.health.faults)
    assert closed == 0


async def test_a_loop_that_is_stuck_begins_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Overdue beyond its own limits of I/O: cancelled, told, and tried again; the process goes on."""
    monkeypatch.setattr("delegator.daemon.tenure.COMMANDS_AT_MOST_S", 0.2)
    monkeypatch.setattr("delegator.daemon.loops.LOOK_EVERY_S", 0.05)
    monkeypatch.setattr("delegator.daemon.loops.RESTART_S", 0.05)
    lists = 0
    list_mailboxes = world.source.list_mailboxes

    async def hangs_once() -> object:
        nonlocal lists
        lists += 1
        if lists == 1:
            await asyncio.get_running_loop().create_future()
        monkeypatch.setattr("delegator.daemon.tenure.COMMANDS_AT_MOST_S", 1000.0)
        return await list_mailboxes()

    monkeypatch.setattr(FakeSource, "list_mailboxes", lambda self: hangs_once())
    world.start()
    await world.until(lambda: Subject.WATCH in world.account.health.faults)
    assert world.account.health.faults[Subject.WATCH].kind == "stuck"
    assert "watch: did not turn in time" in (await world.account.status()).problems[0]
    await world.until(lambda: not world.account.health.faults)
    assert world.account.is_connected


async def test_a_server_that_lets_us_in_and_then_fails_is_blindness(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every connection succeeds and no look does: told after twenty minutes, as if there were none."""

    async def fails(*arguments: object, **options: object) -> None:
        raise Unavailable("imap.voorbeeld.example port 993: BYE, busy")

    monkeypatch.setattr(FakeSource, "uids", fails)
    monkeypatch.setattr("delegator.daemon.session.random.uniform", lambda *_: 0.01)
    world.start()
    await world.until(lambda: world.account.health.fault)
    for minute in range(1, 22):
        await world.clock.advance(MONDAY + minute * MINUTE)
        await asyncio.sleep(0.02)
    await world.until(world.alerts)
    assert len(world.alerts()) == 1


class Broken(SqliteAccount):
    """An account whose state nobody can read, while that of others is well. is_so: it is broken now."""

    is_so = True

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if Broken.is_so:
            raise Broken.why
        return await super()._run(work)

    why: Exception = StateError("state.sqlite3 is damaged; restore it from a backup")


@pytest.mark.parametrize(
    ("why", "told", "in_alert"),
    [
        (StateError("state.sqlite3 is damaged"), "account: state.sqlite3 is damaged", "schijf vol"),
        (TypeError("a bug"), "account: internal error: TypeError; see the log", "delegator zelf"),
    ],
)
async def test_an_account_that_cannot_begin_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch, why: Exception, told: str, in_alert: str
) -> None:
    """Its problem is its own, in status and at the alert address; it is tried again until it can."""
    monkeypatch.setattr("delegator.daemon.loops.RESTART_S", 0.02)
    monkeypatch.setattr("delegator.daemon.loops.RESTART_AT_MOST_S", 0.1)
    monkeypatch.setattr(Broken, "is_so", True)
    monkeypatch.setattr(Broken, "why", why)
    tools = world.account.tools
    store = world.store
    monkeypatch.setattr(store, "account", lambda key: (Broken if key == SOFIE else SqliteAccount)(store, key))
    config = world.account.config
    other = replace(config, owner=replace(config.owner, address="els@voorbeeld.example"))
    source = FakeSource()
    well = Account(other, replace(tools, source=source, watch=source))
    broken = world.account
    host = Host(lambda answer: nullcontext(), lambda said: None, None, lambda seconds: None)
    running = asyncio.create_task(run_accounts([broken, well], host))
    try:
        await world.until(
            lambda: well.health.answered_s is not None and Subject.ACCOUNT in broken.health.faults
        )
        said = await answer_request([broken, well], {"command": "status"})
        assert [account["problems"] for account in said["accounts"]] == [[told], []]
        assert world.alerts() == []
        await world.clock.advance(MONDAY + 21 * MINUTE)
        await world.until(world.alerts)
        assert in_alert in world.alerts()[0].get_content()
        Broken.is_so = False
        await world.until(lambda: broken.is_connected and not broken.health.faults)
        await world.until(lambda: len(world.alerts()) == 2)
        assert "in orde" in world.alerts()[1]["Subject"]
    finally:
        broken.stop.set()
        well.stop.set()
        async with asyncio.timeout(30):
            await running


# --- one mail stops nothing behind it


async def test_a_bug_at_one_submission_keeps_no_other_from_its_way(world: World) -> None:
    """The first forward brings out a bug: its owner is told, and the second goes out in the same turn."""

    async def during(submission: Tried) -> None:
        if b"Subject: Bug" in submission.octets:
            raise RuntimeError("a bug")

    world.gate.during = during
    world.source.deliver(mail("Bug"), arrived_at=MONDAY)
    world.source.deliver(mail("Daarna"), arrived_at=MONDAY)
    await world.account.once()
    assert [each.octets for each in world.gate.tried if b"Subject: Daarna" in each.octets]
    tenure = await world.account.tenure()
    assert (await tenure.store.facts(world.clock.now())).waiting == 1


# --- the alert


async def test_the_alerts_own_server_says_nothing_about_the_accounts(world: World) -> None:
    """No mail goes out: one alert by its own server; all is well only once the account's takes mail."""
    world.gate.faults.extend(["limited"] * 50)
    world.start()
    await world.until(lambda: world.account.is_connected)
    world.source.deliver(mail(), arrived_at=MONDAY)
    world.account.bells.wake.set()
    await world.until(lambda: Subject.SUBMISSION in world.account.health.faults)
    since_at = world.account.health.faults[Subject.SUBMISSION].since_at
    await world.clock.advance(MONDAY + 21 * MINUTE)
    await world.until(world.alerts)
    await world.clock.advance(MONDAY + 22 * MINUTE)
    await asyncio.sleep(0.1)
    assert world.account.health.faults[Subject.SUBMISSION].since_at == since_at
    (alert,) = world.alerts()
    assert "aandacht" in alert["Subject"]
    world.gate.faults.clear()
    await world.clock.advance(MONDAY + timedelta(hours=2))
    await world.until(lambda: len(world.alerts()) == 2)
    assert "in orde" in world.alerts()[1]["Subject"]


async def test_a_backup_who_falls_ill_is_one_alert(world: World) -> None:
    """All that she had comes back at once; what comes back an hour later is told anew."""

    async def alerts() -> int:
        query = "SELECT count(*) FROM outbox WHERE kind = 'alert'"
        return int(await world.store.run(lambda db: db.execute(query).fetchone()[0]))

    await world.account.tenure()
    for _ in range(3):
        await world.account._nobody_left()
    assert await alerts() == 1
    world.clock.at += 61 * MINUTE
    await world.account._nobody_left()
    assert await alerts() == 2


async def test_an_alert_by_a_server_of_its_own_waits_behind_no_other(world: World) -> None:
    """The account's submission server takes a mail and never answers: the alert is out in its time."""
    hangs = asyncio.Event()

    async def during(submission: Tried) -> None:
        await hangs.wait()

    world.gate.during = during
    world.start()
    await world.until(lambda: world.account.is_connected)
    world.source.deliver(mail(), arrived_at=MONDAY)
    world.account.bells.wake.set()
    await world.until(lambda: world.gate.tried)
    world.account.health.failed(Subject.REVIEWS, "bug", "internal error: TypeError; see the log")
    await world.clock.advance(MONDAY + 21 * MINUTE)
    try:
        await world.until(world.alert_gate.delivered.__len__)
    finally:
        hangs.set()


def cannot_write(*arguments: object, **options: object) -> object:
    raise StateError("state.sqlite3: database or disk is full; is the disk full, or the file damaged?")


async def test_an_alert_goes_out_though_nothing_can_be_stored(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every write fails: told within twenty minutes, once; status and the heartbeat show it at once."""
    world.start()
    await world.until(lambda: world.beats)
    monkeypatch.setattr(SqliteStore, "run", cannot_write)
    world.account.bells.wake.set()
    await world.until(lambda: Subject.WATCH in world.account.health.faults)
    beats = len(world.beats)
    await world.clock.advance(MONDAY + 21 * MINUTE)
    await world.until(world.alerts)
    await world.clock.advance(MONDAY + 60 * MINUTE)
    await asyncio.sleep(0.05)
    (alert,) = world.alerts()
    body = alert.get_content()
    assert "schijf vol" in body
    assert body.count("schijf vol") == 1
    assert len(world.beats) == beats


async def test_a_disk_that_hangs_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """No write fails and none ends: the alert goes out all the same, and all goes on once it answers."""
    monkeypatch.setattr("delegator.adapters.state.store.ANSWERS_WITHIN_S", 0.3)
    monkeypatch.setattr("delegator.daemon.loops.RESTART_S", 0.05)
    monkeypatch.setattr("delegator.daemon.loops.RESTART_AT_MOST_S", 0.1)
    world.start()
    await world.until(lambda: world.beats)
    answers = threading.Event()
    world.store._thread.submit(answers.wait)
    try:
        world.source.deliver(mail(), arrived_at=MONDAY)
        world.account.bells.wake.set()
        await world.until(lambda: Subject.WATCH in world.account.health.faults)
        await world.clock.advance(MONDAY + 21 * MINUTE)
        await world.until(world.alerts)
    finally:
        answers.set()
    await world.until(lambda: not world.account.health.faults)
    await world.until(lambda: [each for each in world.gate.delivered if ANNA in each.recipients])


class Network:
    """Between an account and its mail server."""

    is_down = False


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    connect, found = FakeSource.connect, Network()

    async def connect_over_it(self: FakeSource) -> object:
        if found.is_down:
            raise Unavailable("nothing listens there")
        return await connect(self)

    monkeypatch.setattr(FakeSource, "connect", connect_over_it)
    monkeypatch.setattr("delegator.daemon.session.random.uniform", lambda *_: 0.01)
    return found


def restart(world: World) -> None:
    world.account = Account(world.account.config, world.account.tools)
    world.start()


async def test_a_restart_tells_no_second_time_what_is_still_wrong(world: World, network: Network) -> None:
    """The server is down and the alert is out: five restarts tell it no second time; its end once."""
    network.is_down = True
    world.start()
    await world.until(lambda: world.account.health.fault)
    since_at = world.account.health.faults[Subject.WATCH].since_at
    await world.clock.advance(world.clock.at + 21 * MINUTE)
    await world.until(world.alerts)
    for _ in range(5):
        await world.stop()
        restart(world)
        await world.until(lambda: world.account.health.fault)
        await world.clock.advance(world.clock.at + 21 * MINUTE)
        await asyncio.sleep(0.05)
    assert len(world.alerts()) == 1
    assert world.account.health.faults[Subject.WATCH].since_at == since_at
    await world.stop()
    network.is_down = False
    restart(world)
    await world.until(lambda: len(world.alerts()) == 2)
    assert "in orde" in world.alerts()[1]["Subject"]
    await world.stop()
    restart(world)
    await looked(world, 2)
    assert len(world.alerts()) == 2


async def test_who_observed_makes_no_review_of_its_own_after_a_restart(
    world: World, network: Network
) -> None:
    """Another installation serves, and the mail server is down since the restart: the review says both."""
    tenure = await world.account.tenure()
    octets = compose_marker(
        tenure.config.owner, "another", tenure.config.away[0].until_at, "<1@x.example>", MONDAY
    )
    await world.source.create("Delegator")
    world.source.deliver(octets, "Delegator", arrived_at=MONDAY)
    world.start()
    await world.until(lambda: not world.account.is_live)
    await world.stop()

    network.is_down = True
    restart(world)
    await world.until(lambda: world.account.health.fault)
    assert not world.account.is_live
    review = (await world.account.compose_review()).decode()
    assert "--adopt" in review
    world.clock.at = tenure.config.away[0].until_at + MINUTE
    later = Account(world.account.config, world.account.tools)
    await later.tenure()
    assert later.is_live  # another absence is looked at anew


async def test_the_reserve_makes_room_for_the_alert(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full: the reserved file is given back, so that the alert is stored before it goes."""
    world.start()
    await world.until(lambda: world.beats)
    reserve = world.store._path.parent / "reserve"
    await world.until(reserve.exists)
    run, rooms = SqliteStore.run, []

    def full(self: SqliteStore, work: Callable[..., object]) -> object:
        if reserve.exists():
            return cannot_write()
        rooms.append(work)  # it is kept again once all is well
        return run(self, work)

    monkeypatch.setattr(SqliteStore, "run", full)
    world.account.bells.wake.set()
    await world.until(lambda: Subject.WATCH in world.account.health.faults)
    await world.clock.advance(MONDAY + 21 * MINUTE)
    await world.until(world.alerts)
    assert rooms
    assert len(world.alert_gate.tried) == 1


async def test_a_clock_that_was_set_is_told(world: World) -> None:
    """A year ahead: the absence seems over. Whoever can mend it hears of it."""
    world.start()
    await world.until(lambda: world.beats)
    world.clock.set_clock(timedelta(days=365))
    world.account.health.changed.set()
    await world.until(lambda: Subject.CLOCK in world.account.health.faults)
    await world.clock.advance(world.clock.at + 21 * MINUTE)
    await world.until(world.alerts)
    assert "klok" in world.alerts()[0].get_content()


async def test_a_clock_that_is_set_ends_no_loop(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each wait ends then, also for the account's own end; an attempt under way would be cut off."""
    connected, connect = 0, FakeSource.connect

    async def counted(source: FakeSource) -> ServerFacts:
        nonlocal connected
        connected += 1
        return await connect(source)

    monkeypatch.setattr(FakeSource, "connect", counted)
    monkeypatch.setattr("delegator.daemon.account.END_WITHIN_S", 0.01)
    world.start()
    await world.until(lambda: world.beats and len(world.clock.waits) > 4)
    world.clock.set_clock(5 * MINUTE)
    await world.clock.advance(world.clock.at)
    world.source.deliver(mail(), arrived_at=world.clock.at)
    world.account.bells.wake.set()
    await world.until(lambda: any(ANNA in each.recipients for each in world.gate.delivered))
    assert connected == 1


def homecomings(world: World) -> list[str]:
    mails = [
        email.message_from_bytes(each.octets, policy=email.policy.default) for each in world.gate.delivered
    ]
    return [subject for each in mails if "Welkom terug" in (subject := str(each["Subject"]))]


@pytest.mark.parametrize("has_answers_to_come", [True, False])
async def test_a_clock_that_was_set_ahead_brings_nobody_home(
    world: World, *, has_answers_to_come: bool
) -> None:
    """Left so for a day, it is believed. Whether or not the answer to a brief is awaited."""
    world.start()
    await world.until(lambda: world.beats and letters(world))
    if not has_answers_to_come:
        await world.store.run(lambda db: db.execute("DELETE FROM letter"))
    ahead = world.account.config.away[0].until_at + 60 * MINUTE - world.clock.at
    world.clock.set_clock(ahead)
    world.account.bells.wake.set()
    await world.until(lambda: len(world.clock.waits) and Subject.CLOCK in world.account.health.faults)
    await asyncio.sleep(0.3)
    await world.clock.advance(world.clock.at + timedelta(hours=20))
    assert not homecomings(world)
    await world.clock.advance(world.clock.at + timedelta(hours=6))
    await world.until(lambda: homecomings(world))


# --- what the owner waits for is not lost, and nothing says that all is well while something fails


def reviews(world: World, among: list[Tried]) -> list[str]:
    mails = [email.message_from_bytes(m.octets, policy=email.policy.default) for m in among]
    found = [mail for mail in mails if mail["To"] and SOFIE in mail["To"]]
    bodies = [mail.get_body(("plain",)) for mail in found]
    return [body.get_content() for body in bodies if body is not None]


NINE = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)


async def test_a_review_that_the_owners_server_refuses_is_made_anew_without_the_strangers_words(
    world: World,
) -> None:
    """Its content was taken for spam: at once another one, that says so; nothing of the first is missing."""
    world.source.deliver(
        mail("Prijs").replace(b"jan@acme", b"els@elders").replace(b"Dag Sofie", b"Koop nu, heel goedkoop"),
        arrived_at=MONDAY,
    )
    world.start()
    await world.until(lambda: world.beats and letters(world))
    world.gate.faults.append("refused")
    await world.clock.advance(NINE)
    await world.until(lambda: reviews(world, world.gate.delivered))
    first, second = (text.replace("\u00a0", " ") for text in reviews(world, world.gate.tried))
    assert "goedkoop" in first
    assert "goedkoop" not in second
    assert "Prijs" in second
    assert "weigerde een review" in second
    assert "Alles loopt" not in second
    await world.until(lambda: not world.account.health.faults)
    await world.clock.advance(NINE + timedelta(hours=8))
    await world.until(lambda: len(reviews(world, world.gate.delivered)) == 2)
    assert "weigerde" not in reviews(world, world.gate.delivered)[-1]


async def test_a_server_that_refuses_every_review_is_a_problem_and_floods_nobody(world: World) -> None:
    """Two attempts at nine, one at five; the alert address hears of it, and status says it."""
    world.source.deliver(mail(sender="els@elders.example"), arrived_at=MONDAY)
    world.start()
    await world.until(lambda: world.beats and letters(world))
    world.gate.faults.extend(["refused"] * 10)
    await world.clock.advance(NINE)
    await world.until(lambda: len(reviews(world, world.gate.tried)) == 2)
    await world.until(lambda: Subject.REVIEW_MAIL in world.account.health.faults)
    await world.clock.advance(NINE + 21 * MINUTE)
    await world.until(world.alerts)
    assert "weigerde een review" in world.alerts()[0].get_content()
    assert (await world.account.status()).problems[0].startswith("review: ")
    assert len(reviews(world, world.gate.tried)) == 2
    await world.clock.advance(NINE + timedelta(hours=8))
    await world.until(lambda: len(reviews(world, world.gate.tried)) == 3)


async def test_an_alert_that_is_refused_is_a_problem(world: World) -> None:
    """Its address does not exist: whoever reads status, or a review, learns that nobody is alerted."""
    world.alert_gate.faults.append("refused")
    world.account.health.failed(Subject.OUTBOX, "bug", "x", MONDAY - timedelta(hours=1))
    tenure = await world.account.tenure()
    await world.account._alarm._tell()
    await tenure.outbox().submit_due(to_backups=False, stop=asyncio.Event())
    assert Subject.ALERT_SERVER in world.account.health.faults


async def test_a_letter_that_did_not_reach_its_backup_is_told(world: World) -> None:
    """Refused for its content: the backup can be reached, and has not read it."""
    tenure = await world.account.tenure()
    octets = b"From: x@voorbeeld.example\r\n\r\nbrief"
    await tenure.store.queue(OutgoingMail("brief", ANNA, octets, "<b@voorbeeld.example>", "anna"), MONDAY)

    async def during(submission: Tried) -> None:
        raise RuntimeError("a bug")

    world.gate.during = during
    await tenure.outbox().submit_due(to_backups=True, stop=asyncio.Event())
    text = email.message_from_bytes(await world.account.compose_review(), policy=email.policy.default)
    plain = text.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "niet aangekomen bij Anna Peeters: een fout in delegator zelf" in " ".join(plain.split())
    assert "RuntimeError" not in plain


@pytest.mark.parametrize("fault", ["refused", "limited", "deferred", "bug"])
async def test_nothing_in_a_review_is_a_servers_own_english(world: World, fault: str) -> None:
    """Whatever is said to a forward, the Dutch review tells it in Dutch, and where it waits, since when."""
    if fault == "bug":

        async def during(submission: Tried) -> None:
            raise RuntimeError("a bug")

        world.gate.during = during
    else:
        world.gate.faults.extend([fault] * 5)  # type: ignore[list-item]
    world.source.deliver(mail(), arrived_at=MONDAY)
    await world.account.once()
    made = email.message_from_bytes(await world.account.compose_review(), policy=email.policy.default)
    for kind in ("plain", "html"):
        text = " ".join(made.get_body((kind,)).get_content().split())  # type: ignore[union-attr]
        for raw in ("RuntimeError", "see the log", "no such user", "Daily", "try again", "port "):
            assert raw not in text
        assert "Vraag" in text
        assert "Alles loopt" not in text
        assert fault in ("refused", "bug") or "wacht op verzending sinds" in text


async def test_a_server_that_hangs_is_no_reason_to_say_that_all_is_well(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes no command any more, and its ten minutes are not over: the review at nine says since when."""
    world.start()
    await world.until(lambda: world.beats)
    is_hanging = asyncio.Event()

    async def hangs(self: FakeSource, **options: object) -> object:
        is_hanging.set()
        return await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(FakeSource, "uids", hangs)
    monkeypatch.setattr("delegator.daemon.reviewer.REFRESH_S", 0.1)
    world.account.bells.wake.set()
    await world.until(is_hanging.is_set)
    await world.clock.advance(NINE)
    await world.until(lambda: reviews(world, world.gate.delivered))
    text = " ".join(reviews(world, world.gate.delivered)[0].split()).replace("\u00a0", " ")
    assert not world.account.health.faults
    assert "Alles loopt" not in text
    assert "Geen contact met je mailserver sinds" in text


async def test_a_loop_that_is_overdue_is_in_the_review(world: World) -> None:
    """Before it is begun anew: whoever asks for a review now reads it, as in status."""
    await world.account.tenure()
    world.account.health.expect(Subject.HANDOVERS, -1.0)
    text = email.message_from_bytes(await world.account.compose_review(), policy=email.policy.default)
    plain = text.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "bij je collega" in plain
    assert "Alles loopt" not in plain


# --- nothing to a backup before it is known who serves


@pytest_asyncio.fixture
async def before(world: World) -> World:
    """Three days before the absence, on the eve of which Anna gets her brief."""
    world.clock.at = MONDAY - timedelta(days=6)
    return world


def letters(world: World) -> list[bytes]:
    return [mail.octets for mail in world.gate.tried if ANNA in mail.recipients]


EVE = datetime(2026, 11, 13, 17, 0, tzinfo=UTC)


async def test_the_brief_goes_on_the_eve_once_the_marker_was_looked_at(before: World) -> None:
    before.start()
    await before.clock.advance(EVE)
    await before.until(lambda: letters(before))
    assert len(before.source.mailboxes["Delegator"].mails) == 1


async def test_no_brief_while_the_mailbox_cannot_be_looked_at(before: World, network: Network) -> None:
    """Another installation may serve it: the brief waits, and goes once the server answers."""
    network.is_down = True
    before.start()
    await before.clock.advance(EVE)
    await before.until(lambda: before.account.health.fault)
    assert not letters(before)
    network.is_down = False
    await before.until(lambda: letters(before))


async def test_no_brief_where_another_installation_serves(before: World) -> None:
    """Its marker names the coming absence: this one observes, and writes to nobody."""
    tenure = await before.account.tenure()
    octets = compose_marker(
        tenure.config.owner, "another", tenure.config.away[0].until_at, "<1@x.example>", EVE
    )
    await before.source.create("Delegator")
    before.source.deliver(octets, "Delegator", arrived_at=MONDAY - timedelta(days=9))
    before.start()
    await before.clock.advance(EVE)
    await before.until(lambda: not before.account.is_live)
    await before.clock.advance(EVE + timedelta(hours=1))
    assert not letters(before)


async def test_a_forward_that_was_due_waits_for_the_first_look(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a restart: the owner may have answered meanwhile. Then it goes at once."""
    world.gate.faults.append("deferred")
    world.source.deliver(mail(), arrived_at=MONDAY)
    await world.account.once()
    world.clock.at += timedelta(hours=1)
    world.account = Account(world.account.config, world.account.tools)
    tried = len(world.gate.tried)
    may_look = asyncio.Event()
    open_mailbox = FakeSource.open

    async def slowly(self: FakeSource, mailbox: str, *, read_only: bool = False) -> object:
        if mailbox == "INBOX":
            await may_look.wait()
        return await open_mailbox(self, mailbox, read_only=read_only)

    monkeypatch.setattr(FakeSource, "open", slowly)
    world.start()
    await world.until(lambda: world.account.is_connected)
    world.account.bells.due.set()
    await asyncio.sleep(0.1)
    assert len(world.gate.tried) == tried
    may_look.set()
    await world.until(lambda: any(ANNA in mail.recipients for mail in world.gate.tried[tried:]))


async def test_a_single_run_obeys_what_the_owner_moved(world: World) -> None:
    """`run --once`: the first look and the commands in it are one run."""
    uid = world.source.deliver(mail(sender="x@elders.example"), arrived_at=MONDAY)
    assert await world.account.once()
    world.account = Account(world.account.config, world.account.tools)
    await world.source.open("INBOX")
    await world.source.move([uid], "Delegator/Forward/anna")
    world.clock.at += MINUTE
    assert await world.account.once()
    assert [each for each in letters(world) if b"In-Reply-To: <Vraag@acme.example>" in each]


# --- after an outage what waited goes first


async def test_a_success_makes_what_was_deferred_due_at_once_the_oldest_first(world: World) -> None:
    """Three forwards wait for an hour each; the server takes the first again, and the others follow it."""
    world.gate.faults.extend(["limited"] * 40)
    world.start()
    await world.until(lambda: world.account.is_connected)
    for number in range(3):
        world.source.deliver(mail(f"Vraag{number}"), arrived_at=world.clock.at)
        world.account.bells.wake.set()
        async with asyncio.timeout(30):
            while not any(f"Subject: Vraag{number}".encode() in each.octets for each in world.gate.tried):
                await asyncio.sleep(0.005)
        await world.clock.advance(world.clock.at + timedelta(minutes=40))
        await asyncio.sleep(0.05)
    world.gate.faults.clear()

    def subjects() -> list[str]:
        """The subjects of the forwards, in the order in which they went."""
        mails = [email.message_from_bytes(each.octets) for each in world.gate.delivered]
        return [each["Subject"] for each in mails if each["In-Reply-To"]]

    next_at = await (await world.account.tenure()).store.next_due_at(to_backups=True)
    assert next_at is not None
    await world.clock.advance(max(next_at, world.clock.at))
    await world.until(lambda: len(subjects()) >= 3)
    assert sorted(subjects()) == ["Vraag0", "Vraag1", "Vraag2"]
    assert subjects()[1:] == sorted(subjects()[1:])


async def test_a_review_due_at_waking_waits_for_one_look(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine slept over nine o'clock, and its connection is dead: mail of meanwhile is in the review."""
    monkeypatch.setattr("delegator.daemon.session.random.uniform", lambda *_: 30.0)  # a long pause
    monkeypatch.setattr("delegator.daemon.session.HURRIED_PAUSE_S", 0.02)
    connect, failures = FakeSource.connect, 0

    async def cut(self: FakeSource, timeout_s: float, wake: asyncio.Event) -> bool:
        await wake.wait()
        raise Unavailable("the connection was cut")

    async def waking(self: FakeSource) -> object:
        nonlocal failures
        if failures < 2:
            failures += 1
            raise Unavailable("the network is not there yet")
        return await connect(self)

    def reviews() -> list[bytes]:
        return [each.octets for each in world.gate.delivered if SOFIE in each.recipients]

    world.start()
    await looked(world, 2)
    monkeypatch.setattr(FakeSource, "wait", cut)
    await looked(world)
    await asyncio.sleep(0.05)  # it waits for the next hint
    monkeypatch.setattr(FakeSource, "connect", waking)
    world.source.deliver(mail("Intussen", "x@elders.example"), arrived_at=MONDAY + timedelta(hours=1))
    world.clock.at = MONDAY + timedelta(hours=2, minutes=5)
    await world.clock.advance(world.clock.at)
    await world.until(reviews)
    assert failures
    assert b"Intussen" in reviews()[0]
