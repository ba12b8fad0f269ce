"""An account that has nothing to do: no folder is opened, until something happens in one."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import pytest_asyncio

from tests.holiday import MONDAY, Holiday, holiday, write_mail
from tests.servers.dovecot import Account, Options
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


async def test_where_nothing_happens_no_mailbox_is_opened(away: Holiday, clock: FakeClock) -> None:
    """One command a minute asks; once in five minutes everything is looked at all the same."""
    await quiet(away)
    before, times = opened(away), asked(away) + 5
    await away.until(lambda: asked(away) >= times)
    assert opened(away) == before
    before_look = away.imap.commands()
    clock.at += timedelta(minutes=5)
    await away.until(lambda: opened(away) >= before + 6)
    await quiet(away)
    said = re.findall(
        r" (SELECT|EXAMINE) (\S+)| UID (SEARCH) ", away.imap.commands().removeprefix(before_look)
    )
    searched = [before[1].strip('"') for before, now in pairwise(said) if now[2]]
    assert set(searched) <= {"INBOX", "Delegator", ""}, "of the others UIDNEXT says that nothing is new"


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
