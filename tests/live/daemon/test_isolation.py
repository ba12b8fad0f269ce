"""Accounts do not hold each other, and nothing that hangs holds the process: black holes on loopback."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from delegator.adapters.host import SystemClock
from delegator.adapters.lanes import HELD_S
from delegator.daemon import process
from tests.holiday import RULES, Holiday, write_mail
from tests.process import started
from tests.servers.dovecot import Account as ImapAccount
from tests.servers.dovecot import Options
from tests.servers.silent import silent_server
from tests.servers.smtp import SmtpServer

pytestmark = [pytest.mark.dovecot, pytest.mark.torture("accounts beside servers that say nothing")]

WELL, DEAD, MAILS = 3, 9, 10


def member(
    imap: ImapAccount, smtp: SmtpServer, folder: Path, number: int, dead: int | None = None
) -> Holiday:
    """An owner of the same firm. dead: the port of a black hole, for both servers."""
    rules = RULES.replace("sofie@", f"owner{number}@").replace("sofie.janssens@", f"alias{number}@")
    each = Holiday(imap, smtp, folder / str(number), SystemClock(), rules=rules)
    each.be_away_now()
    each.imap_port = each.smtp_port = dead
    each.write()
    return each


async def latencies(well: Sequence[Holiday], others: Sequence[Holiday], smtp: SmtpServer) -> list[float]:
    """Seconds from the arrival of each mail to its accepted forward, in one process for all of them."""
    configs = [str(each.config_path) for each in (*others, *well)]
    times: list[float] = []
    state = well[0].folder.parent / "state"  # the same again: another one would only observe
    async with started("run", *configs, "--state", str(state)) as daemon:
        await daemon.until(lambda: len(daemon.named("connected")) >= len(well))
        await asyncio.sleep(1)  # those that are dead have begun to connect, too
        for number in range(MAILS):
            for each in well:
                subject = f"vraag {len(others)} {each.folder.name} {number}"
                begun = time.monotonic()
                await asyncio.to_thread(each.imap.deliver, write_mail(subject=subject))
                async with asyncio.timeout(60):
                    while not any(subject.encode() in mail.octets for mail in smtp.accepted[-40:]):
                        await asyncio.sleep(0.005)
                times.append(time.monotonic() - begun)
        assert await daemon.terminate(20) == 0
    return times


async def test_nine_dead_accounts_of_twelve_hold_up_nobody(
    new_account: Callable[[Options], ImapAccount], smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """Their servers take every connection and say nothing; the three others forward as if they were alone."""
    well = [member(new_account(Options()), smtp_server, tmp_path, number) for number in range(WELL)]
    alone = await latencies(well, [], smtp_server)
    async with silent_server() as port:
        dead = [member(well[0].imap, smtp_server, tmp_path, WELL + n, port) for n in range(DEAD)]
        beside = await latencies(well, dead, smtp_server)
    print(f"slowest alone {max(alone) * 1000:.0f} ms, beside {DEAD} black holes {max(beside) * 1000:.0f} ms")
    # Within 10% or 200 ms on a machine of its own; this one has other tests to run.
    assert max(beside) < max(alone) + HELD_S


async def test_sigterm_ends_it_whatever_hangs(
    dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """Connecting, and in the midst of a submission, to servers that say nothing: ten seconds at most."""
    assert process.END_WITHIN_S < 10
    async with silent_server() as port:
        each = member(dovecot, smtp_server, tmp_path, 1)
        each.smtp_port = port
        each.write()
        other = member(dovecot, smtp_server, tmp_path, 2, port)
        dovecot.deliver(write_mail())
        configs = (str(other.config_path), str(each.config_path))
        async with started("run", *configs, "--state", str(tmp_path / "state")) as daemon:
            await daemon.logged("triaged")
            await asyncio.sleep(1)  # it is submitting by now
            assert await daemon.terminate(20) == 0  # a busy machine has its share of it
