"""What all tests share: the folder of real mail, and what may not be left out on a build server."""

from __future__ import annotations

import itertools
import os
import shutil
import ssl
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from pathlib import Path
from traceback import walk_tb
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import settings

from tests.servers.dovecot import Account, Dovecot, Options
from tests.servers.proxy import Proxy
from tests.torture import SEED, SHARE

pytest_plugins = ["tests.servers.fixtures_smtp"]

IN_CI = os.environ.get("CI") == "true"
NEEDED = ("chromium", "dovecot", "network", "systemd")  # on a build server
_numbers = itertools.count(1)

# A loaded machine is no fault of an example; what takes too long for ever ends at pytest's faulthandler.
settings.register_profile("delegator", deadline=None)
settings.load_profile("delegator")


def _close_what_is_reset_before_tls() -> None:
    """Python's own mending of its ssl (gh-113280) for the versions before it, where a warning is an error.

    A connection that is reset between TCP and TLS is left open there, until its error is forgotten: whichever
    test that happens in would fail.
    """
    create: Any = ssl.SSLSocket.__dict__["_create"].__func__

    def create_or_close(cls: type[ssl.SSLSocket], *args: Any, **options: Any) -> ssl.SSLSocket:
        try:
            return create(cls, *args, **options)  # type: ignore[no-any-return]
        except OSError as error:
            for frame, _ in walk_tb(error.__traceback__):
                if isinstance(left_open := frame.f_locals.get("self"), ssl.SSLSocket):
                    left_open.close()
            raise

    ssl.SSLSocket._create = classmethod(create_or_close)  # type: ignore[attr-defined]


if sys.version_info < (3, 11, 8) or (3, 12) <= sys.version_info < (3, 12, 2):
    _close_what_is_reset_before_tls()


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The folder of real mail that DELEGATOR_CORPORA names; the test is skipped where there is none."""
    folder = os.environ.get("DELEGATOR_CORPORA")
    if not folder:
        pytest.skip("DELEGATOR_CORPORA names no folder of real mail")
    path = Path(folder)
    if not path.is_dir():
        pytest.fail(f"DELEGATOR_CORPORA names {path}, which is no folder")
    return path


@pytest.fixture(scope="session")
def dovecot_with() -> Iterator[Callable[[Options], Dovecot]]:
    """A running Dovecot of its own kind, the same one for the same options."""
    if not (shutil.which("dovecot") or Path("/usr/sbin/dovecot").exists()):
        (pytest.fail if IN_CI else pytest.skip)("Dovecot is not installed (Debian: dovecot-imapd)")
    servers: dict[Options, Dovecot] = {}

    def start(options: Options) -> Dovecot:
        if options.sieve and not Path("/usr/lib/dovecot/managesieve").exists():
            (pytest.fail if IN_CI else pytest.skip)("no Pigeonhole (Debian: dovecot-managesieved)")
        if options not in servers:
            servers[options] = Dovecot(options)
            servers[options].start()
        return servers[options]

    yield start
    for server in servers.values():
        server.remove()


@pytest.fixture
def new_account(
    dovecot_with: Callable[[Options], Dovecot],
) -> Callable[[Options], Account]:
    """An account with empty mailboxes on a Dovecot of the kind asked for."""

    def create(options: Options) -> Account:
        return dovecot_with(options).account(f"user{next(_numbers)}")

    return create


@pytest.fixture
def dovecot(new_account: Callable[[Options], Account]) -> Account:
    """An account with empty mailboxes on the usual Dovecot: host, ports, password, deliver, messages."""
    return new_account(Options())


@pytest_asyncio.fixture
async def proxy(dovecot: Account) -> AsyncIterator[Proxy]:
    """Before the plain port of that account's server: every command can be read and changed."""
    async with Proxy(dovecot.host, dovecot.plain_port) as each:
        yield each


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that asks for a Dovecot is marked so, whether its author thought of it or not."""
    for item in items:
        if isinstance(item, pytest.Function) and "dovecot_with" in item.fixturenames:
            item.add_marker("dovecot")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under CI=true a test that needs a program and does not find it has failed."""
    report = yield
    named = item.get_closest_marker("torture")
    is_told = any(name == "torture" for name, _ in report.user_properties)
    if report.when == "call" and named and named.args and not is_told:
        what, count = (*named.args, 1)[:2]
        report.user_properties = [*report.user_properties, ("torture", f"{what}: {count}")]
    is_needed = any(item.get_closest_marker(name) for name in NEEDED)
    is_excused = item.get_closest_marker("root") and os.geteuid() != 0
    # The servers beside Dovecot are `make torture`'s; a plain run names them as left out.
    is_excused = is_excused or "programs" in getattr(item, "fixturenames", ())
    if IN_CI and report.skipped and is_needed and not is_excused:
        report.outcome = "failed"
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.longrepr = f"left out, which CI=true does not allow ({reason})"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was tried and survived, and what was left out, and why."""
    if SHARE:
        _tell_torture(terminalreporter)
    reasons = Counter(
        str(report.longrepr[2]).removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple)
    )
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"Left out ({count}): {reason}", yellow=True)


def _tell_torture(terminal: pytest.TerminalReporter) -> None:
    """A line for each thing that was tried, as the tests recorded it ("crashes: 12"), added up."""
    tried: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for outcome in ("passed", "failed"):
        for report in terminal.stats.get(outcome, []):
            if report.when == "call":
                for name, value in report.user_properties:
                    if name == "torture":
                        what, _, count = str(value).rpartition(": ")
                        (tried if outcome == "passed" else failed)[what] += int(count)
    terminal.section(f"torture, seed {SEED}, {SHARE} % of the whole")
    for what in sorted(tried | failed):
        survived = tried[what]
        terminal.write_line(f"{what:60} {survived + failed[what]:>7} tried, {survived:>7} survived")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Under CI=true a session in which no test passed has failed, whatever was skipped."""
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    if terminal is None or session.config.option.collectonly:  # a worker of xdist, or nothing to run
        return
    if IN_CI and exitstatus == 0 and not terminal.stats.get("passed"):
        session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED
