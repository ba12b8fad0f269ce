"""Whether dead accounts hold up the others: the p99 of three, with nine others well and with them dead.

    .venv/bin/python bench/isolation.py [--mails 60] [--rounds 3]

Twelve accounts in one `delegator run`, all at one Dovecot, on one port. In turns nine of them are well, and
dead: in the midst of their sessions nothing that they say arrives any more, while the server still tells them
of new mail, so that each hangs in a command; and their submission server takes every connection and says
nothing. Both p99 are so of one process, machine and minute. A mail's time begins before its delivery to one
of the three and ends when the server has accepted its forward. Exit 1 where the p99 with nine dead is higher
by more than 10% and by more than 200 ms. Needs dovecot-imapd.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import logging
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from delegator.adapters.host import SystemClock
from tests.holiday import RULES, Holiday, write_mail
from tests.process import Daemon, started
from tests.servers.dovecot import Dovecot
from tests.servers.proxy import Proxy
from tests.servers.smtp import SmtpServer

WELL, DEAD = 3, 9
MAY_GROW, MAY_GROW_S = 1.10, 0.2
LONGEST_S = 60.0  # of one mail; longer is a failure
_LOGIN = re.compile(rb"([A-Za-z0-9+/]{8,}=*)(\r\n)?")


class Relay:
    """Before the IMAP server, for all accounts: it knows whose a connection is, and can let it die."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._may_speak = asyncio.Event()
        self._may_speak.set()
        self._mortals: set[asyncio.StreamWriter] = set()
        self.mortal: frozenset[str] = frozenset()  # user names
        self.port = 0

    async def __aenter__(self) -> Relay:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    def die(self) -> None:
        self._may_speak.clear()

    def revive(self) -> None:
        """Those that were dead are cut, as after a restart of their server."""
        self._may_speak.set()
        for writer in self._mortals:
            writer.transport.abort()
        self._mortals.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)

        async def down() -> None:
            while octets := await far_reader.read(65536):
                writer.write(octets)
            writer.close()

        answers = asyncio.create_task(down())
        is_mortal = False
        with suppress(OSError):
            while octets := await reader.read(65536):
                if found := _LOGIN.fullmatch(octets):  # AUTHENTICATE PLAIN was the command before
                    is_mortal = base64.b64decode(found[1]).split(b"\0")[1].decode() in self.mortal
                if is_mortal:
                    self._mortals.add(writer)
                    await self._may_speak.wait()
                far_writer.write(octets)
        far_writer.close()
        answers.cancel()


def member(dovecot: Dovecot, smtp: SmtpServer, folder: Path, number: int, imap: int, port: int) -> Holiday:
    """An owner of the firm; imap, port: where the account's servers are."""
    today = datetime.now(UTC).date()
    rules = RULES.replace("sofie@", f"owner{number}@").replace("sofie.janssens@", f"alias{number}@")
    rules = rules.replace("port: {imap_port}, ca: {imap_ca}", "port: {imap_port}, security: none")
    away = (str(today - timedelta(days=1)), str(today + timedelta(days=9)))
    account = dovecot.account(f"owner{number}")
    each = Holiday(account, smtp, folder / str(number), SystemClock(), rules=rules, away=away)
    each.imap_port, each.smtp_port = imap, port
    each.write()
    return each


async def latencies(name: str, well: Sequence[Holiday], smtp: SmtpServer, mails: int) -> list[float]:
    """Seconds of each mail, one after another."""
    times = []
    for number in range(mails):
        subject = f"vraag {name} {number}."
        begun = time.monotonic()
        await asyncio.to_thread(well[number % WELL].imap.deliver, write_mail(subject=subject))
        async with asyncio.timeout(LONGEST_S):
            while not any(subject.encode() in mail.octets for mail in smtp.accepted[-40:]):
                await asyncio.sleep(0.002)
        times.append(time.monotonic() - begun)
    return times


async def all_connected(daemon: Daemon, since: int, accounts: Sequence[Holiday]) -> None:
    """Until each of them has connected, in what was logged since then."""
    wanted = {f"owner{account.folder.name}@voorbeeld.example" for account in accounts}

    def missing() -> set[str]:
        return wanted - {event["account"] for event in daemon.events[since:] if event["event"] == "connected"}

    try:
        await daemon.until(lambda: not missing(), LONGEST_S)
    except TimeoutError:
        print(f"not back after {LONGEST_S:.0f} s: {sorted(missing())}")
    await asyncio.sleep(1)


async def measure(mails: int, rounds: int, folder: Path) -> bool:
    """Whether nobody was held up."""
    dovecot = Dovecot()
    dovecot.start()
    try:
        async with (
            SmtpServer(size_limit=50_000_000) as smtp,
            Relay(dovecot.plain_port) as relay,
            Proxy("127.0.0.1", smtp.port) as proxy,
        ):
            well = [member(dovecot, smtp, folder, n, relay.port, smtp.port) for n in range(WELL)]
            dead = [member(dovecot, smtp, folder, WELL + n, relay.port, proxy.port) for n in range(DEAD)]
            relay.mortal = frozenset(each.imap.username for each in dead)
            configs = [str(each.config_path) for each in (*dead, *well)]
            async with started("run", *configs, "--state", str(folder / "state")) as daemon:
                await all_connected(daemon, 0, [*well, *dead])
                await latencies("warm", well, smtp, WELL)
                alive: list[float] = []
                beside: list[float] = []
                for turn in range(rounds):
                    alive += await latencies(f"alive{turn}", well, smtp, mails // rounds)
                    relay.die()
                    proxy.freeze()
                    for each in dead:
                        await asyncio.to_thread(each.imap.deliver, write_mail(subject=f"verloren {turn}"))
                    await asyncio.sleep(1)
                    beside += await latencies(f"dead{turn}", well, smtp, mails // rounds)
                    proxy.to_server.release()
                    proxy.to_client.release()
                    proxy.cut()
                    since = len(daemon.events)
                    relay.revive()
                    await all_connected(daemon, since, dead)
                await daemon.terminate()
    finally:
        dovecot.remove()
    return judge(alive, beside)


def judge(alive: Sequence[float], beside: Sequence[float]) -> bool:
    def p99(times: Sequence[float]) -> float:
        return statistics.quantiles(times, n=100, method="inclusive")[98]

    for name, times in (("nine well", alive), ("nine dead", beside)):
        median = statistics.median(times) * 1000
        print(f"{name}: {len(times)} mails, median {median:.0f} ms, p99 {p99(times) * 1000:.0f} ms")
    grown = p99(beside) - p99(alive)
    print(f"p99 {p99(beside) / p99(alive):.2f} times, {grown * 1000:+.0f} ms")
    return p99(beside) <= p99(alive) * MAY_GROW or grown <= MAY_GROW_S


def main() -> int:
    parser = argparse.ArgumentParser(description="Whether dead accounts hold up the others.")
    parser.add_argument("--mails", type=int, default=60, help="in each of the two states")
    parser.add_argument("--rounds", type=int, default=3, help="in how many turns")
    options = parser.parse_args()
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        return 0 if asyncio.run(measure(options.mails, options.rounds, Path(folder))) else 1


if __name__ == "__main__":
    sys.exit(main())
