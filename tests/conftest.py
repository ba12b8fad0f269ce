"""What all tests share: the folder of real mail, and what may not be left out on a build server."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest

pytest_plugins = ["tests.servers.fixtures_smtp"]

IN_CI = os.environ.get("CI") == "true"
_passed = pytest.StashKey[int]()


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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under CI=true a test that needs Dovecot and finds none has failed."""
    report = yield
    if report.passed and report.when == "call":
        item.config.stash[_passed] = item.config.stash.get(_passed, 0) + 1
    if IN_CI and report.skipped and item.get_closest_marker("dovecot"):
        report.outcome = "failed"
        report.longrepr = f"left out, which CI=true does not allow: {report.longrepr}"
    return report


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Under CI=true a session in which no test passed has failed, whatever was skipped."""
    is_whole_run = not session.config.option.collectonly and not hasattr(session.config, "workerinput")
    if IN_CI and is_whole_run and exitstatus == 0 and not session.config.stash.get(_passed, 0):
        session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED
