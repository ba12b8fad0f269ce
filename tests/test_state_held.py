"""A state that another process has for a moment: a daemon that begins or ends, or another command."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from delegator.adapters import asking, control
from delegator.adapters.state.store import SqliteStore
from delegator.cli.main import cli
from delegator.core.faults import StateHeld

CONFIGURED = """
version: 1
owner: {name: Sofie Janssens, address: sofie@voorbeeld.example, timezone: Europe/Brussels}
away: {from: 2020-01-01, until: 2020-01-02}
account:
  username: sofie
  password: {env: A_PASSWORD}
  imap: {host: 127.0.0.1, port: 1, security: none}
  smtp: {host: 127.0.0.1, port: 1, security: none}
"""


class Hand:
    """Has the state until somebody waits for it; `waits` counts that. time: what `asking` goes by."""

    def __init__(self, state: Path) -> None:
        self._held = contextlib.ExitStack()
        self._held.enter_context(control.state_lock(state))
        self.waits = 0
        self.lets_go = True
        self._now = 0.0

    @property
    def time(self) -> SimpleNamespace:
        return SimpleNamespace(monotonic=lambda: self._now, sleep=self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.waits += 1
        self._now += seconds
        if self.lets_go:
            self._held.close()

    def close(self) -> None:
        self._held.close()


@pytest.fixture
def hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hand:
    monkeypatch.setenv("A_PASSWORD", "secret")
    (tmp_path / "rules.yaml").write_text(CONFIGURED)
    hand = Hand(tmp_path / "state")
    monkeypatch.setattr(asking, "time", hand.time)
    return hand


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("status",), 0),
        (("review",), 0),
        (("home",), 0),
        (("review", "--send"), 1),
        (("forget", "els@elders.example", "--person"), 1),
        (("run", "--once"), 0),
    ],
    ids=["status", "review", "home", "review --send", "forget", "run"],
)
async def test_a_command_waits_for_whoever_has_the_state_for_a_moment(
    tmp_path: Path, hand: Hand, words: tuple[str, ...], code: int
) -> None:
    """It says what it says without them; exit 1 is for a server that is not there, or a person unknown."""
    await SqliteStore(tmp_path / "state/state.sqlite3").close()
    places = ("-c", str(tmp_path / "rules.yaml"), "--state", str(tmp_path / "state"))
    said = await asyncio.to_thread(CliRunner().invoke, cli, [*words, *places])
    assert hand.waits == 1
    assert "in use by another" not in said.output
    assert said.exit_code == code, said.output


@pytest.mark.parametrize(
    ("within_s", "most"), [(asking.PATIENCE_S, 302), (asking.START_PATIENCE_S, 62)], ids=["command", "daemon"]
)
def test_whoever_has_it_for_long_is_named(tmp_path: Path, hand: Hand, within_s: float, most: int) -> None:
    """A second daemon refuses, and no command waits for ever."""
    hand.lets_go = False

    def attempt() -> None:
        with control.state_lock(tmp_path / "state"):
            raise AssertionError("somebody else has it")

    with pytest.raises(StateHeld, match=r"process \d+"):
        asking.patiently(attempt, within_s)
    assert most - 3 <= hand.waits <= most
    hand.close()
