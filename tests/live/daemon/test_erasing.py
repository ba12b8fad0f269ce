"""What is erased is in the files no more: their octets are searched."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from delegator.adapters.state import erase
from delegator.adapters.state.store import SqliteStore
from delegator.core.hours.absence import Change, Put
from delegator.core.people import Window, normal_address
from delegator.daemon.away import set_away
from delegator.daemon.forgetting import forget_account, forget_person
from delegator.ports import OutgoingMail, StateError
from tests.holiday import MONDAY, Holiday, holiday, write_mail
from tests.process import arguments, ran
from tests.servers.dovecot import Account as ImapAccount
from tests.servers.smtp import SmtpServer
from tests.support import FakeClock

JAN = ("Jan De Smet <jan@acme.example>", "Jan De Smet", "jan@acme.example", "Zonnepanelen", "zevenentachtig")
ELS = ("Els Elders <els@elders.example>", "Els Elders", "els@elders.example", "Kelderlekkage", "waterpomp")


@pytest_asyncio.fixture
async def away(dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path) -> AsyncIterator[Holiday]:
    """Two clients have written: Jan's mail is with Anna, Els's is an item that a review has shown."""
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        each.away, each.rules = ("2026-11-14", "2026-11-17"), "keep: 5d\n" + each.rules
        for number, (sender, _, _, subject, word) in enumerate((JAN, ELS)):
            mail = write_mail(
                sender, subject, f"Het {word} is stuk.\n", Message_ID=f"<{number}@mail.example>"
            )
            each.imap.deliver(mail, arrived_at=MONDAY)
        assert await each.once()
        assert isinstance(each.clock, FakeClock)
        each.clock.at = MONDAY + timedelta(hours=3)
        assert await each.once()
        assert len(each.accepted("anna@voorbeeld.example")) == 1
        assert len(each.reviews()) == 1
        yield each


def found_in_files(away: Holiday, client: tuple[str, ...]) -> set[str]:
    """Which of a client's name, address, subject and words stand in any file of the state."""
    octets = b"".join(path.read_bytes() for path in away.state.iterdir() if path.is_file())
    forms = {
        word: (word.encode(), word.encode("utf-16"), base64.b64encode(word.encode())) for word in client[1:]
    }
    return {word for word, written in forms.items() if any(form in octets for form in written)}


async def test_an_absence_is_erased_after_keep(away: Holiday) -> None:
    """Five days (`keep`) after the homecoming nothing of it is left but how the account is served."""
    clock = away.clock
    assert isinstance(clock, FakeClock)
    assert found_in_files(away, JAN) == set(JAN[1:])
    assert found_in_files(away, ELS) == set(ELS[1:])
    until = away.configure().away[0].until_at
    for late in (timedelta(seconds=1), timedelta(days=4)):
        clock.at = until + late
        assert await away.once()
    assert found_in_files(away, JAN)
    clock.at = until + timedelta(days=5, minutes=1)
    assert await away.once()
    assert found_in_files(away, JAN) | found_in_files(away, ELS) == set()
    with closing(sqlite3.connect(away.state / "state.sqlite3")) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        left = {name for name in tables if db.execute(f"SELECT count(*) FROM {name}").fetchone()[0]}
    assert left <= {"state", "sqlite_sequence", *erase.OF_THE_ACCOUNT}
    away.away = ("2026-11-23", "2026-11-25")
    clock.at = until + timedelta(days=7)
    away.imap.deliver(write_mail(subject="Nieuwjaar"), arrived_at=clock.at)
    assert await away.once()
    assert away.accepted("anna@voorbeeld.example")[-1]["Subject"] == "Nieuwjaar", "the next absence is served"


async def test_a_running_service_erases_by_itself(away: Holiday) -> None:
    """Also where no review and no absence is to come."""
    clock = away.clock
    assert isinstance(clock, FakeClock)
    clock.at = (until := away.configure().away[0].until_at) + timedelta(seconds=1)
    assert await away.once()
    clock.at = until + timedelta(days=5, minutes=1)
    await away.start()
    await away.until(lambda: not found_in_files(away, JAN), seconds=20)


async def test_a_correspondent_is_forgotten_at_once(away: Holiday) -> None:
    """Out of the files; the sums stay; nothing of another is touched."""
    store = SqliteStore(away.state / "state.sqlite3")
    config, now = away.configure(), away.clock.now()
    account = store.account(normal_address(config.owner.address))
    before = await account.facts(now)
    for client in (JAN, ELS):
        found = await forget_person(client[2], [config], store, now)
        assert found.messages == 1
        assert found_in_files(away, client) == set()
        if client is JAN:
            assert found.handovers == 1
            assert found_in_files(away, ELS) == set(ELS[1:])
    after = await account.facts(now)
    assert (before.waiting, before.handovers_open) == (1, 1)
    assert (after.waiting, after.handovers_open) == (0, 0), "nobody is asked about it any more"
    assert (await forget_person("jan@acme.example", [config], store, now)).messages == 0
    told = (await account.review_content(now)).handed, (await account.story(config.away[0], now)).handovers
    assert told == ((), ()), "nobody is said to have answered"
    await store.close()
    with closing(sqlite3.connect(away.state / "state.sqlite3")) as db:
        assert db.execute("SELECT count(*) FROM message WHERE disposition <> 'own'").fetchone() == (2,)
    assert await away.once(), "it goes on, and takes up neither again"
    assert len(away.accepted("anna@voorbeeld.example")) == 1


async def test_an_account_is_forgotten_but_not_while_it_is_away(away: Holiday) -> None:
    """All of it: a later start is a first one."""
    store = SqliteStore(away.state / "state.sqlite3")
    config, now = away.configure(), away.clock.now()
    with pytest.raises(StateError, match=r"is away now, .*; forget it after the absence"):
        await forget_account("Sofie@Voorbeeld.example", [config], store, now, is_running=False)
    assert found_in_files(away, JAN)
    late = config.away[0].until_at + timedelta(minutes=1)
    found = await forget_account("Sofie@Voorbeeld.example", [config], store, late, is_running=False)
    assert (found.messages > 1, found.originals, found.handovers) == (True, 1, 1)
    await store.close()
    assert found_in_files(away, JAN) | found_in_files(away, ELS) == set()
    assert b"sofie@voorbeeld.example" not in (away.state / "state.sqlite3").read_bytes()


@pytest.mark.parametrize("is_known", [True, False], ids=["with rules.yaml", "without"])
async def test_an_absence_of_the_state_alone_keeps_an_account(away: Holiday, *, is_known: bool) -> None:
    """No daemon runs. One that was said by mail or by `away` holds; one that the owner ended does not."""
    store = SqliteStore(away.state / "state.sqlite3")
    config, now = away.configure(), away.clock.now()
    (in_file,), account = config.away, store.account("sofie@voorbeeld.example")
    mail = OutgoingMail("answer", "sofie@voorbeeld.example", b"x", "<x@voorbeeld.example>")
    ended = replace(in_file, until_at=now)
    await account.alter(Put(Change(ended, replaces=in_file), in_file), mail, now)
    later = Window(now + timedelta(days=60), now + timedelta(days=70))
    await account.alter(Put(Change(later)), mail, now)
    configs, during = ([config] if is_known else []), now + timedelta(days=61)
    with pytest.raises(StateError, match=r"is away now, .* delegator away sofie@voorbeeld\.example --end"):
        await forget_account("sofie@voorbeeld.example", configs, store, during, is_running=False)
    assert found_in_files(away, JAN)
    found = await forget_account("sofie@voorbeeld.example", configs, store, now, is_running=False)
    assert found.messages > 1, "the owner is back, whatever the file says"
    await store.close()


async def test_who_is_in_the_configuration_is_no_correspondent(away: Holiday) -> None:
    """An owner and a backup are named there, and would only come back."""
    store = SqliteStore(away.state / "state.sqlite3")
    config, now = away.configure(), away.clock.now()
    for address, match in (
        ("sofie.janssens@voorbeeld.example", r"is the owner in .* leave out --person"),
        ("Anna@voorbeeld.example", r"is the backup anna in .* take that one out of it first"),
    ):
        with pytest.raises(StateError, match=match):
            await forget_person(address, [config], store, now)
    await store.close()


async def test_the_octets_of_a_handover_go_when_it_is_closed(away: Holiday) -> None:
    """What a client wrote is kept whole no longer than somebody may have to take it over."""

    def kept() -> int:
        with closing(sqlite3.connect(away.state / "state.sqlite3")) as db:
            count: int = db.execute("SELECT count(*) FROM original").fetchone()[0]
            return count

    assert kept() == 1
    forward = str(away.accepted("anna@voorbeeld.example")[0]["Message-ID"])
    answer = write_mail(
        "Anna <anna@voorbeeld.example>", "Re: Zonnepanelen", "Dag Jan,\n", Cc=JAN[2], In_Reply_To=forward
    )
    assert isinstance(away.clock, FakeClock)
    away.clock.at += timedelta(minutes=30)
    away.imap.deliver(answer, arrived_at=away.clock.at)
    assert await away.once()
    assert kept() == 0


async def test_forget_says_what_and_leaves_no_word_of_it(away: Holiday) -> None:
    """As a command: a colleague answered meanwhile, and the owner has the review in INBOX."""
    assert isinstance(away.clock, FakeClock)
    forward = str(away.accepted("anna@voorbeeld.example")[0]["Message-ID"])
    answer = write_mail(
        "Anna <anna@voorbeeld.example>",
        "Re: Zonnepanelen",
        "Dag Jan De Smet,\n\nhet zevenentachtig is besteld.\n",
        Cc=JAN[2],
        In_Reply_To=forward,
    )
    away.imap.deliver(answer, arrived_at=away.clock.at)
    for mail in away.smtp.accepted:
        if "sofie@voorbeeld.example" in mail.rcpt_tos:
            away.imap.deliver(mail.octets, arrived_at=away.clock.at)
    away.clock.at += timedelta(minutes=30)
    assert await away.once()
    assert found_in_files(away, JAN) >= {"jan@acme.example", "Zonnepanelen"}
    words = arguments(away.config_path, away.state, "forget", "--person", "Jan@Acme.example")
    said = await ran(*words)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("forgotten of Jan@Acme.example: 1 messages, 0 of them kept whole; 1 handovers")
    assert found_in_files(away, JAN) == set()
    assert found_in_files(away, ELS) == set(ELS[1:])
    again = await ran(*words)
    assert again.code == 1
    assert "nothing is known of Jan@Acme.example" in again.err


@pytest.mark.parametrize("days", [4, 6])
async def test_keep_counts_from_the_real_end(away: Holiday, days: int) -> None:
    """An absence that was ended sooner is erased so much sooner: five days later, and no day before."""
    assert isinstance(away.clock, FakeClock)
    away.away = ("2026-11-14", "2026-11-27")
    service = away.build()
    ended_at = away.clock.at = MONDAY + timedelta(hours=5)
    await set_away(await service.tenure(), None, None, end=True)
    await away.stop()
    for late in (timedelta(minutes=5), timedelta(days=days)):
        away.clock.at = ended_at + late
        assert await away.once()
    assert (found_in_files(away, JAN) == set()) is (days > 5)
