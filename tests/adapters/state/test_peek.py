"""A look into a state in use: it reads, beside a running daemon or without one, and changes nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from delegator.adapters.state import peek
from delegator.adapters.state.store import SqliteAccount, SqliteStore
from delegator.core.handovers.known import Conversations, OurMail
from delegator.core.mail.message import Address, Message
from delegator.core.triage.verdict import Code, Disposition, Verdict
from delegator.ports import Place, StateError
from tests.support import taken_up

NOON = datetime(2026, 12, 21, 12, tzinfo=UTC)
SOFIE = "sofie@voorbeeld.example"
FIRST = Message(message_id="<1@acme.example>", from_=(Address("", "jan@acme.example"),), from_fields=1)
NEXT = Message(in_reply_to=("<1@acme.example>",))


async def forward(store: SqliteAccount) -> None:
    """One mail that is on its way to Anna, as <fwd@voorbeeld.example>."""
    await store.state(NOON)
    verdict = Verdict(Disposition.FORWARD, Code.RULE, backup="anna", backups=("anna",), rule="offers")
    taken = taken_up(FIRST, verdict, NOON, b"whole")
    assert await store.take_up(Place("INBOX", 1, 1), taken) is not None
    (row,) = await store.due(NOON, 1, to_backups=True)
    await store.sending(row.id, "<fwd@voorbeeld.example>", b"mail", backup="anna", now=NOON, retry_at=NOON)


async def test_what_a_state_knows_of_our_mail(tmp_path: Path) -> None:
    """Our Message-IDs, the mail that each carries, and the loop key; while the daemon runs, and after."""
    path = tmp_path / peek.STATE_FILE
    state = SqliteStore(path)
    store = state.account(SOFIE)
    await forward(store)
    key = (await store.state(NOON)).loop_key
    ours = {"<fwd@voorbeeld.example>": "<1@acme.example>"}
    known = OurMail(key, ours, sent_to={"<fwd@voorbeeld.example>": "anna"})
    assert peek.our_mail(path, SOFIE) == known
    found = peek.conversations(path, SOFIE, NEXT, NOON)
    assert found == await store.conversations_for(NEXT, NOON)
    assert found.handovers["<1@acme.example>"].backup == "anna"
    await state.close()
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    assert peek.our_mail(path, SOFIE) == known
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before


def test_where_there_is_no_state_nothing_is_known(tmp_path: Path) -> None:
    """And none is made."""
    path = tmp_path / "none" / peek.STATE_FILE
    assert peek.our_mail(path, SOFIE) == OurMail()
    assert peek.conversations(path, SOFIE, NEXT, NOON) == Conversations()
    assert not path.parent.exists()


def test_a_state_of_another_version_is_left_alone(tmp_path: Path) -> None:
    """What it would tell is not known here."""
    path = tmp_path / peek.STATE_FILE
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")
    assert peek.our_mail(path, SOFIE) == OurMail()


def test_a_damaged_state_is_said(tmp_path: Path) -> None:
    """A person has to know of it."""
    path = tmp_path / peek.STATE_FILE
    path.write_bytes(b"this is no database at all, whatever it is" * 100)
    with pytest.raises(StateError, match=r"is damaged .*; restore it from a backup"):
        peek.our_mail(path, SOFIE)
