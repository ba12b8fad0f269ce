"""What is erased while the owner is away again, and what is not: on a real state, without servers."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest
import pytest_asyncio

from delegator.core.attempt import Sent
from delegator.core.people import Window
from delegator.daemon.erasing import erase_over
from delegator.daemon.forgetting import forget_account, forget_person
from delegator.ports import Kind, OutgoingMail, StateError
from tests.handovers import MONDAY, SOFIE, Handovers, write

ELS = "els@elders.example"
DAY = timedelta(days=1)
LONG_AGO = Window(MONDAY - 60 * DAY, MONDAY - 50 * DAY)
NOW = Window(MONDAY - DAY, MONDAY + 9 * DAY)


@pytest_asyncio.fixture
async def world() -> AsyncIterator[Handovers]:
    each = Handovers.new()
    each.config = replace(each.config, away=(NOW,), keep=30 * DAY)
    await each.open()
    yield each
    await each.close()


def us(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000)


async def test_an_old_absence_is_erased_while_the_owner_is_away_again(world: Handovers) -> None:
    """Also its trial's part, and where rules.yaml names it no more; nothing of the absence that runs."""
    accounts, moments = (SOFIE, f"{SOFIE}/shadow"), (LONG_AGO.from_at, MONDAY)
    await world.database.run(
        lambda db: db.executemany(
            "INSERT INTO junk VALUES (?, ?, 1)",
            [(account, us(moment)) for account in accounts for moment in moments],
        )
    )
    await world.database.run(lambda db: db.execute("INSERT INTO owners_id VALUES (?, '<1@x>')", (SOFIE,)))
    await world.takes(write(ELS, "Vroeger", "<1@elders.example>"))
    await world.takes(write(ELS, "Nu", "<2@elders.example>"))
    await world.database.run(
        lambda db: db.execute(
            "UPDATE message SET taken_up_at = ? WHERE message_id = '<1@elders.example>'",
            (us(LONG_AGO.from_at),),
        )
    )
    world.clock.at = MONDAY + DAY
    await erase_over(world.tenure(world.config))
    assert [row["subject"] for row in world.rows("SELECT subject FROM message")] == ["Nu"]
    left = world.rows("SELECT account, at FROM junk ORDER BY account")
    assert [(row["account"], row["at"]) for row in left] == [
        (SOFIE, us(MONDAY)),
        (f"{SOFIE}/shadow", us(MONDAY)),
    ]
    assert world.rows("SELECT 1 FROM owners_id"), "by these a client's answer to the owner is known"


async def test_nothing_is_erased_while_the_clock_is_in_doubt(world: Handovers) -> None:
    """Set a year ahead by mistake, it would take the absence that runs. After a day it is believed."""
    await world.takes(write(ELS, "Nu", "<1@elders.example>"))
    tenure = world.tenure(world.config)
    tenure.health.look_at_clock()
    world.clock.set_clock(365 * DAY)
    await erase_over(tenure)
    assert [row["subject"] for row in world.rows("SELECT subject FROM message")] == ["Nu"]
    world.clock.at += 25 * timedelta(hours=1)
    tenure.health.look_at_clock()
    await erase_over(tenure)
    assert world.rows("SELECT subject FROM message") == []


async def test_what_was_erased_on_its_way_says_nothing_of_the_next_mail(world: Handovers) -> None:
    """An alert had the number of a brief that was just being sent, and was taken for sent itself."""
    mails = [OutgoingMail("alert", SOFIE, b"octets", f"<{each}@x>") for each in (1, 2)]
    await world.store.queue(mails[0], MONDAY)
    (first,) = await world.store.due(MONDAY, 10, to_backups=True)
    sending = partial(world.store.sending, octets=b"octets", backup=None, now=MONDAY, retry_at=MONDAY + DAY)
    assert await sending(first.id, "<1@x>")
    await world.store.erase_before(MONDAY, MONDAY, is_away=False)
    await world.store.queue(mails[1], MONDAY)
    await world.store.record(first.id, Sent(None), "250 OK", MONDAY, file_to=None)
    (second,) = await world.store.due(MONDAY, 10, to_backups=True)
    assert (second.id, second.state) != (first.id, "sent")
    assert not await sending(first.id, "<1@x>")
    assert await world.store.octets(first.id, MONDAY) is None
    await world.store.misaddressed(first.id, MONDAY)


async def test_who_is_forgotten_goes_to_no_backup_any_more(world: Handovers) -> None:
    """A forward that was still to be made is not made."""
    world.source.deliver(write(ELS, "Bestelling", "<1@elders.example>"), arrived_at=MONDAY)
    await world.look()
    assert [row["state"] for row in world.rows("SELECT state FROM outbox")] == ["pending"]
    await forget_person(ELS, [world.config], world.database, MONDAY)
    assert [row["state"] for row in world.rows("SELECT state FROM outbox")] == ["failed"]
    await world.submit()
    assert world.gate.tried == []


def standing(world: Handovers, *words: str) -> set[str]:
    """In which columns one of these stands."""
    tables = [row["name"] for row in world.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {
        f"{table}.{column}"
        for table in tables
        for row in world.rows(f"SELECT * FROM {table}")
        for column, value in dict(row).items()
        if any(word.lower() in str(value).lower() for word in words)
    }


async def test_what_colleagues_wrote_about_them_is_forgotten_too(world: Handovers) -> None:
    """A question, an answer, the address that replies go to, and their Message-IDs; of an item, too."""
    about, private = "<1@elders.example>", "els.prive@elders.example"
    await world.takes(write(ELS, "Zomaar", "<0@elders.example>"))
    await world.takes(write(ELS, "Bestelling Zonnepanelen", about, Reply_To=private))
    (forward,) = [str(mail["Message-ID"]) for mail in world.forwards("bram")]
    bram, text = "bram@voorbeeld.example", "Dag Els Elders, de zonnepanelen komen.\n"
    question = write(bram, "Re: Bestelling Zonnepanelen", "<q@x>", names=(about, forward), text="Wat nu?\n")
    await world.takes(question)
    answer = write(
        bram, "Re: Bestelling Zonnepanelen", "<a@x>", to=private, cc=SOFIE, names=(about, forward), text=text
    )
    await world.takes(answer)
    words = ("elders.example", "zonnepanelen", "Wat nu?")
    assert {"message.subject", "conversation.originators", "known_id.message_id"} <= standing(world, *words)
    found = await forget_person(ELS, [world.config], world.database, MONDAY)
    assert (found.messages, found.handovers) == (2, 1)
    assert standing(world, *words) == set()
    content = await world.store.review_content(world.clock.now())
    assert content.messages == (), "an item without a word is no item"


async def test_of_two_who_share_a_conversation_the_other_stays(world: Handovers) -> None:
    """Somebody else's mail in it is somebody else's."""
    await world.takes(write(ELS, "Bestelling dak", "<1@elders.example>"))
    await world.takes(
        write("piet@dak.example", "Re: Bestelling dak", "<2@dak.example>", names=("<1@elders.example>",))
    )
    assert len(world.rows("SELECT DISTINCT conversation FROM message")) == 1
    await forget_person(ELS, [world.config], world.database, MONDAY)
    assert standing(world, "els@elders.example") == set()
    assert {"message.originator", "message.subject"} <= standing(world, "piet@dak.example", "Bestelling dak")
    assert await world.holder("<2@dak.example>") == "bram"


def insert_review(db: sqlite3.Connection, outbox: int, kind: str) -> None:
    db.execute(
        "INSERT INTO review (account, created_at, outbox, kind) VALUES (?, 1, ?, ?)", (SOFIE, outbox, kind)
    )


@pytest.mark.parametrize("kind", ["review", "list", "home", "overview"])
async def test_a_mail_about_them_that_was_not_sent_is_made_anew(world: Handovers, kind: Kind) -> None:
    """Its server was away. Whatever it says of them does not wait in the state; other mails do."""
    await world.takes(write(f"Els Elders <{ELS}>", "Zomaar een vraag", "<1@elders.example>"))
    await world.store.state(MONDAY)
    rows = []
    for number, text in enumerate(
        ("Els\u00ad Elders schreef.", "Zomaar een\nvraag van iemand.", "Piet schreef.")
    ):
        octets = write(SOFIE, "Overzicht", f"<{number}@x>", text=text)
        mail = OutgoingMail(kind, SOFIE, octets, f"<{number}@x>")
        await world.store.queue(mail, MONDAY)
        (row,) = world.rows("SELECT max(id) AS id FROM outbox")
        rows.append(row["id"])
        await world.database.run(
            partial(insert_review, outbox=row["id"], kind=kind if kind in ("list", "home") else "review")
        )
    await forget_person(ELS, [world.config], world.database, MONDAY)
    states = {row["id"]: row["state"] for row in world.rows("SELECT id, state FROM outbox")}
    assert [states[row] for row in rows] == ["failed", "failed", "pending"]
    left = [row["outbox"] for row in world.rows("SELECT outbox FROM review ORDER BY outbox")]
    assert left == (rows if kind == "home" else rows[2:]), "a slot is due again; a homecoming was refused"
    assert (await world.store.list_wanted() is not None) is (kind == "list")


@pytest.mark.parametrize("is_running", [True, False])
async def test_an_account_that_a_daemon_serves_keeps_how_it_is_served(
    world: Handovers, *, is_running: bool
) -> None:
    """Its place in the mailbox and its keys: without them it would read the mailbox anew. Else all goes."""
    await world.takes(write(ELS, "Vraag", "<1@elders.example>"))
    world.clock.at = NOW.until_at + DAY
    config = replace(world.config, away=())
    await forget_account(SOFIE, (config,), world.database, world.clock.now(), is_running=is_running)
    assert world.rows("SELECT 1 FROM message") == []
    assert bool(world.rows("SELECT 1 FROM account")) is is_running
    assert bool(world.rows("SELECT 1 FROM position")) is is_running


async def test_an_owner_is_no_correspondent_under_any_address(world: Handovers) -> None:
    """The configuration names the owner; what is kept of them goes with the account."""
    owner = replace(world.config.owner, aliases=("sofie.janssens@voorbeeld.example",))
    config = replace(world.config, owner=owner)
    for address in (owner.address, "Sofie.Janssens@voorbeeld.example"):
        with pytest.raises(StateError, match="leave out --person"):
            await forget_person(address, (config,), world.database, world.clock.now())
