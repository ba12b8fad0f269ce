"""An account that has nothing to do: no folder is opened, until something happens in one."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import pytest_asyncio

from tests.holiday import MONDAY, Holiday, holiday, write_mail
from tests.servers.dovecot import Account, Options
from tests.servers.proxy import Proxy
from tests.servers.smtp import SmtpServer
from tests.support import FakeClock

pytestmark = pytest.mark.dovecot

QUIET = Options(command_log=True)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(MONDAY)


@pytest_asyncio.fixture
async def away(
    new_account: Callable[[Options], Account],
    smtp_server: SmtpServer,
    tmp_path: Path,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Holiday]:
    """Asked every third of a second, and quiet by now."""
    monkeypatch.setattr("delegator.daemon.session.OTHERS_EVERY_S", 0.3)
    async with holiday(new_account(QUIET), smtp_server, tmp_path, clock) as each:
        await each.start()
        await each.until(lambda: asked(each) > 1)
        yield each


def asked(away: Holiday) -> int:
    """How often how all mailboxes are."""
    return len(re.findall(r" LIST .* RETURN \(STATUS ", away.imap.commands()))


def opened(away: Holiday) -> int:
    return len(re.findall(r" (SELECT|EXAMINE) ", away.imap.commands()))


async def quiet(away: Holiday) -> None:
    """Until nothing was opened between two questions."""
    count = -1
    while count != (count := opened(away)):
        times = asked(away) + 2
        await away.until(lambda times=times: asked(away) >= times)  # type: ignore[misc]


async def a_look(away: Holiday, clock: FakeClock) -> None:
    """At everything, five minutes later."""
    before = opened(away)
    clock.at += timedelta(minutes=5)
    await away.until(lambda: opened(away) >= before + 6)
    await quiet(away)


async def test_where_nothing_happens_no_mailbox_is_opened(away: Holiday, clock: FakeClock) -> None:
    """One command a minute asks; once in five minutes everything is looked at all the same."""
    await quiet(away)
    before, times = opened(away), asked(away) + 5
    await away.until(lambda: asked(away) >= times)
    assert opened(away) == before
    before_look = away.imap.commands()
    await a_look(away, clock)
    said = re.findall(
        r" (SELECT|EXAMINE) (\S+)| UID (SEARCH) ", away.imap.commands().removeprefix(before_look)
    )
    searched = [before[1].strip('"') for before, now in pairwise(said) if now[2]]
    assert set(searched) <= {"INBOX", "Delegator", ""}, "of the others UIDNEXT says that nothing is new"


async def test_a_look_that_finds_all_as_it_was_only_opens_and_searches_inbox(
    away: Holiday, clock: FakeClock
) -> None:
    """Each mailbox is opened once, INBOX last, where IDLE goes on."""
    await a_look(away, clock)
    before = away.imap.commands()
    await a_look(away, clock)
    said = re.findall(
        r" (SELECT|EXAMINE) (\S+)| UID (SEARCH|FETCH) ", away.imap.commands().removeprefix(before)
    )
    names = [name.strip('"') for _, name, _ in said if name]
    assert [command for *_, command in said if command] == ["SEARCH"]
    assert len(names) == len(set(names)) == 9
    assert names[-1] == "INBOX"
    uid = away.imap.deliver(write_mail(), arrived_at=MONDAY)
    await away.until(lambda: uid not in away.uids("INBOX"))
    assert away.accepted("anna@voorbeeld.example")


@pytest.mark.parametrize("mailbox", ["Sent", "Junk", "Delegator/To-do"])
async def test_a_look_sees_what_the_server_does_not_tell(
    mailbox: str,
    new_account: Callable[[Options], Account],
    smtp_server: SmtpServer,
    tmp_path: Path,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One whose STATUS is old: what came into a mailbox is read within five minutes all the same."""
    monkeypatch.setattr("delegator.daemon.session.OTHERS_EVERY_S", 0.3)
    account = new_account(QUIET)
    async with (
        Proxy(account.host, account.plain_port) as proxy,
        holiday(account, smtp_server, tmp_path, clock) as away,
    ):
        away.go_through(proxy)
        await away.start()
        await away.until(lambda: asked(away) > 1)
        await a_look(away, clock)
        name = mailbox.encode()
        told, old = b" (MESSAGES 1 UIDNEXT 2 ", b" (MESSAGES 0 UIDNEXT 1 "
        proxy.to_client.replace += [(re.escape(b"* STATUS " + name + told), b"* STATUS " + name + old)] * 500
        account.deliver(write_mail("x@elders.example", "Zomaar"), mailbox, arrived_at=MONDAY)
        await quiet(away)
        before, times = away.imap.commands(), asked(away) + 3
        await away.until(lambda: asked(away) >= times)
        assert " UID FETCH " not in away.imap.commands().removeprefix(before)
        clock.at += timedelta(minutes=5)
        await away.until(lambda: " UID FETCH " in away.imap.commands().removeprefix(before))


async def test_a_backup_who_is_there_again_is_noticed(
    new_account: Callable[[Options], Account],
    smtp_server: SmtpServer,
    tmp_path: Path,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Though nothing else is another, what was overdue without a next backup goes on to them."""
    monkeypatch.setattr("delegator.daemon.session.OTHERS_EVERY_S", 0.3)
    async with holiday(new_account(QUIET), smtp_server, tmp_path, clock) as away:
        of_anna = "address: anna@voorbeeld.example"
        until_wednesday = f"{of_anna}, away: [{{{{from: 2026-11-16, until: 2026-11-18}}}}]"
        away.rules = away.rules.replace(of_anna, until_wednesday) + "follow_up: {{on_silence: next}}\n"
        away.imap.deliver(write_mail("x@elders.example", "Bestelling"), arrived_at=MONDAY)
        await away.start()
        await away.until(lambda: away.accepted("bram@voorbeeld.example") and asked(away) > 1)
        await quiet(away)
        await a_look(away, clock)
        assert not away.accepted("anna@voorbeeld.example")
        clock.at += timedelta(days=2, hours=4)  # past the moment that the handovers wait for, too
        await away.until(lambda: away.accepted("anna@voorbeeld.example"))


async def test_what_waits_in_the_state_is_done_at_the_next_look(away: Holiday, clock: FakeClock) -> None:
    """Though no mailbox is another, and nobody rang a bell."""
    uid = away.imap.deliver(write_mail("x@elders.example", "Zomaar"), arrived_at=MONDAY)
    await quiet(away)
    await a_look(away, clock)
    with closing(sqlite3.connect(away.state / "state.sqlite3", timeout=10)) as db, db:
        db.execute("UPDATE message SET file_to = 'Delegator/Done' WHERE uid = ?", (uid,))
    await a_look(away, clock)
    assert uid not in away.uids("INBOX")


async def test_a_move_into_a_tray_is_seen_at_the_next_question(away: Holiday) -> None:
    """What a phone does in a folder is a command within the same minute as ever."""
    uid = away.imap.deliver(write_mail("x@elders.example", "Zomaar"), arrived_at=MONDAY)
    await away.until(lambda: uid in away.uids("INBOX"))
    await quiet(away)
    away.imap.move(uid, "Delegator/Forward/anna")
    await away.until(lambda: away.accepted("anna@voorbeeld.example"), 30)


async def test_a_status_that_is_told_counts_as_contact(away: Holiday, clock: FakeClock) -> None:
    """The server answered, so that nobody is told of a silence, and the heartbeat goes on."""
    await quiet(away)
    clock.at += timedelta(minutes=2)
    assert away.service is not None
    service = away.service

    async def contact_at() -> object:
        return (await service.status()).last_contact_at

    times = asked(away) + 2
    await away.until(lambda: asked(away) >= times)
    assert await contact_at() == clock.at
    assert service.health.answered_s == clock.elapsed_s()
