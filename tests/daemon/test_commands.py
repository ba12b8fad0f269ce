"""Commands that are none: in a trial, and what turns up in a folder beside what the owner moved there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Literal

import pytest
import pytest_asyncio

from delegator.core.commands.command import Grant, Verb, subject_for
from delegator.daemon.handovers import new_token
from tests.handovers import MONDAY, SOFIE, Handovers, write

ELS = "els@elders.example"


@pytest_asyncio.fixture
async def world() -> AsyncIterator[Handovers]:
    each = Handovers.new()
    await each.open()
    yield each
    await each.close()


@pytest.mark.parametrize(("mode", "decided"), [("live", 1), ("shadow", 0)])
async def test_a_tap_in_a_trial_decides_nothing(
    world: Handovers, mode: Literal["live", "shadow"], decided: int
) -> None:
    """Its review's buttons are there to be looked at."""
    await world.takes(write(ELS, "Vraag", "<1@elders.example>"))
    (row,) = world.rows("SELECT id FROM message")
    window, token = world.config.away[0], new_token()
    await world.store.add_tokens({token: Grant(Verb.DONE, None, (row["id"],), window.until_at)})
    tap = write(SOFIE, subject_for(Verb.DONE, token), "<tap@telefoon.example>")
    world.source.deliver(tap, arrived_at=MONDAY)
    tenure = world.tenure(world.config)
    tenure.identity = replace(tenure.identity, mode=mode)
    await tenure.intake().reconcile("INBOX", window)
    await tenure.commands(window).carry_out()
    found = world.rows("SELECT 1 FROM message WHERE id = ? AND decided_at IS NOT NULL", row["id"])
    assert len(found) == decided


async def test_what_turns_up_in_a_tray_beside_a_clients_mail(world: Handovers) -> None:
    """Private mail that nobody had looked at stays private there, whoever moved it. The owner's own copy
    from Sent, which is moved along with its conversation, is no mail that came in."""
    commands, tray = world.tenure(world.config).commands(world.config.away[0]), "Delegator/To Bram"
    await commands.look_at_folders()
    (tray,) = [name for name in world.source.mailboxes if name.endswith("/Bram") or name.endswith("bram")]
    at = MONDAY - timedelta(hours=1)
    world.source.deliver(write("mama@familie.example", "Kerst", "<p@familie.example>"), tray, arrived_at=at)
    own = write(SOFIE, "Re: Vraag", "<own@voorbeeld.example>", to=ELS)
    world.source.deliver(own, tray, arrived_at=at)
    await commands.look_at_folders()
    await commands.carry_out()
    await world.submit()
    found = {row["message_id"]: row["disposition"] for row in world.rows("SELECT * FROM message")}
    assert found == {"<p@familie.example>": "private"}
    assert world.forwards() == []
