"""The power fails at every transaction, and at every final dot, of a few days: the outcome is the same.

The days are lived once without a crash, which counts the points; then once more for each of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from tests.handovers import BACKUPS, SOFIE, Crash, Handovers, bounce, is_forward, read, write
from tests.torture import so_many

pytestmark = pytest.mark.torture

Record = Callable[[str, object], None]
Event = Callable[[Handovers], bytes]
JAN, ELS, BRAM, ANNA = "jan@acme.example", "els@elders.example", BACKUPS["bram"][0], BACKUPS["anna"][0]
MINUTE = timedelta(minutes=1)
FAR = 1 << 30


def forward_to(world: Handovers, backup: str, about: str) -> str:
    return next(str(m["Message-ID"]) for m in world.forwards(backup) if m["In-Reply-To"] == about)


def answer(world: Handovers) -> bytes:
    names = ("<2@elders.example>", forward_to(world, "anna", "<2@elders.example>"))
    return write(ANNA, "Re: Bestelling 7", "<a@voorbeeld.example>", to=ELS, cc=SOFIE, names=names)


def not_me(world: Handovers) -> bytes:
    overview = str(world.letters("bram")[-1]["Message-ID"])
    return write(BRAM, "Re: x", "<w@voorbeeld.example>", names=(overview,), text="niet ik")


DAYS: tuple[tuple[int, Event], ...] = (
    (0, lambda _: write(JAN, "Vraag", "<1@acme.example>")),
    (1, lambda _: write(ELS, "Bestelling 7", "<2@elders.example>")),
    (1, lambda _: write("oma@familie.example", "Kerst", "<3@familie.example>")),
    (1, lambda _: write("x@elders.example", "Zomaar", "<4@elders.example>")),
    (1, lambda _: write("alerts@monitor.example", "OK", "<5@monitor.example>")),
    (8, lambda world: bounce(ANNA, forward_to(world, "anna", "<1@acme.example>"))),
    (20, lambda _: write("y@elders.example", "Klacht", "<6@elders.example>")),
    (130, not_me),
    (15, answer),
    (15, lambda _: write(JAN, "Re: Vraag", "<7@acme.example>", names=("<1@acme.example>",))),
    (24 * 60, lambda _: write("z@elders.example", "Bestelling 8", "<8@elders.example>")),
)
CLIENTS_MAILS = ("<1@", "<2@", "<6@", "<7@", "<8@")


@dataclass(frozen=True, slots=True)
class Outcome:
    """holders: of each client's mail. dispositions: how often each."""

    holders: tuple[tuple[str, str], ...]
    dispositions: tuple[tuple[str, int], ...]
    forwards: frozenset[tuple[str, str]]


async def lived(*, transaction: int = FAR, submission: int = FAR) -> tuple[Outcome, int, int]:
    """The outcome; how many transactions and submissions it took. A crash at the so-manieth of either."""
    world = Handovers.new()
    await world.open()
    world.database.countdown = transaction
    submissions = 0

    async def fail(_: object) -> None:
        nonlocal submissions
        submissions += 1
        if submissions == submission + 1:
            raise Crash

    world.gate.during = fail
    try:
        for minutes, event in DAYS:
            await quiet(world, minutes)
            world.arrives(event(world))
            await step(world)
        for _ in range(3):
            await quiet(world, 60)
        left = world.database.countdown
        return await outcome(world), transaction - (left if left is not None else 0), submissions
    finally:
        await world.close()


async def step(world: Handovers) -> None:
    try:
        await world.step()
    except Crash:
        await world.crash()
        await world.step()


async def quiet(world: Handovers, minutes: int) -> None:
    until = world.clock.at + minutes * MINUTE
    try:
        await world.quiet(until - world.clock.at)
    except Crash:
        await world.crash()
        await world.quiet(until - world.clock.at)
    world.clock.at = until + MINUTE
    await step(world)


async def outcome(world: Handovers) -> Outcome:
    rows = world.rows("SELECT message_id, disposition FROM message ORDER BY message_id")
    ids = [str(row["message_id"]) for row in rows]
    assert len(ids) == len(set(ids)), "each is counted once"
    held = [(one, await world.holder(one)) for one in ids if one.startswith(CLIENTS_MAILS)]
    kinds = [str(row["disposition"]) for row in rows]
    seen: dict[tuple[str, str], str] = {}
    for submission in world.gate.delivered:
        mail = read(submission)
        if is_forward(mail):
            key = (submission.recipients[0], str(mail["In-Reply-To"]))
            assert seen.setdefault(key, submission.message_id) == submission.message_id, "the same mail again"
    assert {to for one in world.gate.tried for to in one.recipients} <= world.config.recipients
    assert not [one for one in world.log.failures if one["event"] == "task_failed"]
    counted = tuple(sorted((kind, kinds.count(kind)) for kind in set(kinds)))
    return Outcome(tuple(held), counted, frozenset(seen))


PARTS = so_many(1, 8)
"""The full run is cut into as many tests, of a minute each."""


@pytest.mark.parametrize("part", range(PARTS))
async def test_at_every_transaction(part: int, record_property: Record) -> None:
    """Whichever is the last one before the power fails."""
    expected, transactions, _ = await lived()
    assert transactions > 100
    count = so_many(12, transactions)
    points = [number * transactions // count for number in range(part, count, PARTS)]
    for point in points:
        found, _, _ = await lived(transaction=point)
        assert found == expected, f"after {point} of {transactions} transactions"
    record_property("torture", f"power failures at a transaction: {len(points)}")


async def test_at_every_final_dot(record_property: Record) -> None:
    """The server has the mail, and nobody heard: it goes once more, under the same Message-ID."""
    expected, _, submissions = await lived()
    count = so_many(4, submissions)
    for number in range(count):
        found, _, _ = await lived(submission=number * submissions // count)
        assert found == expected, f"at submission {number} of {submissions}"
    record_property("torture", f"power failures at a final dot: {count}")
