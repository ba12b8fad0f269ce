"""One damaged row costs what stood in it: it is set aside and told, and everything else goes on.

The state is one with rows in every table; what works on it are the real parts of the daemon.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import re
import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from delegator.adapters.state import peek
from delegator.adapters.state.damage import _TABLES
from delegator.adapters.state.schema import STEPS
from delegator.core.lessons import Lessons
from delegator.core.mail.message import Address, Message
from delegator.daemon.account import Account
from delegator.daemon.reviewer import Reviewer
from delegator.ports import OutgoingMail
from delegator.reports.status import AccountStatus
from delegator.wiring.parts import Parts
from tests.handovers import SOFIE, Handovers, config_of, write
from tests.torture import so_many

STATES = Path(__file__).parents[2] / "data" / "states"
AT = datetime(2026, 11, 16, 11, 20, tzinfo=UTC)  # five minutes after the state was written
NEW = "<new@elders.example>"
SENTENCE = "was beschadigd en is opzijgezet"


@cache
def sound_state() -> bytes:
    """A state of the present schema with rows in every table that a daemon fills."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state.sqlite3"
        with closing(sqlite3.connect(path)) as db:
            db.executescript((STATES / "1.sql").read_text())
            db.executescript("".join(STEPS[1:]) + f"PRAGMA user_version={len(STEPS)}")
            db.executescript((STATES / "since-1.sql").read_text())
        return path.read_bytes()


_NEW = " WHERE id > 1"  # one is in the sound state, from long ago


@dataclass(slots=True)
class World:
    """handovers: intake, commands, follow-up, outbox. account: reviews and status, on the same state."""

    handovers: Handovers
    parts: Parts
    account: Account

    @classmethod
    async def damaged(cls, *statements: str) -> World:
        """By a disk that fails, or a hand that is not ours."""
        handovers = Handovers(Path(tempfile.mkdtemp()), config_of("ask"))
        handovers.clock.at = AT
        path = handovers.folder / "state.sqlite3"
        path.write_bytes(sound_state())
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("PRAGMA ignore_check_constraints = ON")
            for statement in statements:
                assert db.execute(statement).rowcount > 0, statement
        inbox = handovers.source.mailboxes["INBOX"]
        for uid in (3, 5, 6, 8, 9):
            inbox.uidnext = uid
            handovers.arrives(write("v@klant.example", "Vraag", f"<{uid}@klant.example>"))
        inbox.uidnext = 13
        await handovers.open()
        parts = Parts(handovers.clock, is_online=False)
        account = parts.account(handovers.config, handovers.database)
        account.tools = replace(
            account.tools, source=handovers.source, gate=handovers.gate, alert_gate=handovers.gate
        )
        return cls(handovers, parts, account)

    async def close(self) -> None:
        await self.handovers._close()
        shutil.rmtree(self.handovers.folder)

    async def goes_on(self) -> tuple[str, AccountStatus]:
        """All that a daemon does, with new mail meanwhile; what the review says, and what `status` said."""
        status = await self.account.status()
        self.handovers.clock.at += timedelta(seconds=1)
        self.handovers.arrives(write("nieuw@klant.example", "Klacht over iets anders", NEW))
        async with asyncio.timeout(30):
            await self.handovers.step()
            review = await self.account.compose_review()
            await self.make_review()
            await self.handovers.submit()
            await self.account.status()
        mail = email.message_from_bytes(review, policy=email.policy.default)
        body = mail.get_body(("plain",))
        assert body is not None
        return " ".join(str(body.get_content()).split()), status

    async def make_review(self) -> None:
        await Reviewer(await self.account.tenure()).make(None)

    def set_aside(self) -> list[tuple[str, int]]:
        rows = self.handovers.rows(f"SELECT of, row FROM set_aside{_NEW}")
        return [(row["of"], row["row"]) for row in rows]


def is_forwarded(world: World) -> bool:
    return any(NEW in mail.as_string() for mail in world.handovers.forwards("carla"))


def is_an_item(world: World) -> bool:
    rows = world.handovers.rows("SELECT disposition, decided_at FROM message WHERE message_id = ?", NEW)
    return [tuple(row) for row in rows] in ([("review", None)], [("forward", None)])


def ids(world: World) -> set[int]:
    return {row["id"] for row in world.handovers.rows("SELECT id FROM message")}


DAMAGES = {
    "traits": ("UPDATE message SET traits = '{\"asks\":' WHERE id = 8", [("message", 8)]),
    "traits of another kind": ("UPDATE message SET traits = '[1]' WHERE id = 8", [("message", 8)]),
    "attachments": ("UPDATE message SET attachments = '{}' WHERE id = 8", [("message", 8)]),
    "code": ("UPDATE message SET code = 'perhaps' WHERE id = 8", [("message", 8)]),
    "disposition": ("UPDATE message SET disposition = 'maybe' WHERE id = 2", [("message", 2)]),
    "moment": ("UPDATE message SET arrived_at = 9223372036854775807 WHERE id = 8", [("message", 8)]),
    "chain": ("UPDATE conversation SET chain = '[\"anna' WHERE id = 2", [("conversation", 2)]),
    "chain of another kind": (
        "UPDATE conversation SET chain = '\"anna\"' WHERE id = 2",
        [("conversation", 2)],
    ),
    "originators": ("UPDATE conversation SET originators = '7' WHERE id = 2", [("conversation", 2)]),
    "due at": ("UPDATE conversation SET due_at = -9223372036854775808 WHERE id = 2", [("conversation", 2)]),
    "conversation": ("UPDATE message SET conversation = 77 WHERE id = 2", [("message", 2)]),
    "following": (
        "UPDATE outbox SET following = 'x' WHERE id = (SELECT max(id) FROM outbox WHERE kind = 'forward')",
        None,
    ),
    "what has a button": ("UPDATE token SET verb = 'everything'", None),
    "a command": ("UPDATE command SET verb = 'zz' WHERE id = 1", [("command", 1)]),
    "why refused": ("UPDATE command SET detail = 'because' WHERE id = 3", [("command", 3)]),
    "an outage": ("UPDATE outage SET from_at = 9223372036854775807", None),
    "a slot": ("UPDATE review SET slot_at = 9223372036854775807", None),
    "whose button it is": ("UPDATE token SET by = '' WHERE token = 'X5ZAX8CB'", [("token", 7)]),
    "nobody's button": ("UPDATE token SET by = NULL WHERE token = 'X5ZAX8CB'", [("token", 7)]),
    "an owner's button that is a backup's": ("UPDATE token SET verb = 'bn' WHERE token = 'JHAM7H55'", None),
    "to whom a button sends": ("UPDATE token SET backup = '' WHERE token = 'JHAM7H55'", [("token", 10)]),
    "what was proposed": ("UPDATE review_line SET verb = 'y'", [("review_line", 1)]),
    "to whom it was proposed": ("UPDATE review_line SET backup = ''", [("review_line", 1)]),
    "a command of no mail": ("UPDATE command SET verb = 'ok', state = 'pending' WHERE id = 4", None),
    "to whom a command sends": ("UPDATE command SET backup = '', state = 'pending' WHERE id = 4", None),
    "a receipt of no mail": ("UPDATE receipt SET verb = 'y'", [("receipt", 1)]),
    "where it is filed": ("UPDATE message SET file_to = '' WHERE id = 12", [("message", 12)]),
    "how it is marked": ("UPDATE message SET keyword = 'x y' WHERE id = 12", [("message", 12)]),
    "why it is passed on": ("UPDATE conversation SET pass_why = '' WHERE id = 2", [("conversation", 2)]),
    "what a test mail taught": (
        "INSERT INTO learnt VALUES ('sofie@voorbeeld.example', 'tested_at', 'x')",
        None,
    ),
    "a receipt": ("UPDATE receipt SET verb = 'zz'", None),
}


@pytest.mark.parametrize("how", DAMAGES)
async def test_the_rest_goes_on(how: str) -> None:
    """New mail is forwarded, the review is made, and says so, once; `status` says it until then."""
    statement, expected = DAMAGES[how]
    world = await World.damaged(statement)
    try:
        review, _ = await world.goes_on()
        assert is_forwarded(world)
        assert world.handovers.log.failures == []
        assert SENTENCE in review
        set_aside = world.set_aside()
        assert set_aside
        assert expected is None or set_aside == expected
        assert not [line for line in (await world.account.status()).problems if "damaged" in line]
        world.handovers.clock.at += timedelta(hours=1)
        assert SENTENCE not in (await world.account.compose_review()).decode("ascii")
        assert world.set_aside() == set_aside
    finally:
        await world.close()


async def test_what_a_test_mail_taught_is_forgotten_rather_than_misread() -> None:
    """An account begins without it, whatever stands there, and though half of it is missing."""
    for values in (
        {"tested_at": "x"},
        {"tested_at": "2026-11-01"},
        {"tested_at": "2026-11-01T00:00:00+00:00"},
    ):
        assert Lessons.from_values(values) is None
    statement = "INSERT INTO learnt VALUES ('sofie@voorbeeld.example', 'tested_at', '2026-13-45')"
    world = await World.damaged(statement)
    try:
        assert (
            not await world.handovers.store.learnt()
            or "tested_at" not in await world.handovers.store.learnt()
        )
        assert [row[0] for row in world.set_aside()] == ["learnt"]
    finally:
        await world.close()


async def test_a_filing_that_is_damaged_under_a_daemon() -> None:
    """What was sound when the state was opened is looked at whenever it is read."""
    world = await World.damaged()
    try:
        change(world, "UPDATE message SET file_to = '' WHERE id = 6")
        assert "" not in [filing.folder for filing in await world.handovers.store.filings()]
        assert world.set_aside() == [("message", 6)]
    finally:
        await world.close()


async def test_a_time_zone_that_is_damaged_under_a_daemon() -> None:
    """The owner is at home again, as rules.yaml has it, rather than nothing going on any more."""
    world = await World.damaged()
    try:
        change(world, "UPDATE absence_state SET zone = 'Europe/Atlantis'")
        assert (await world.handovers.store.kept()).zone is None
        assert world.set_aside() == [("absence_state", 1)]
        await world.goes_on()
        assert is_forwarded(world)
    finally:
        await world.close()


async def test_to_whom_a_review_goes() -> None:
    """Not to whoever stands there now: it is made anew for the owner, who is told."""
    world = await World.damaged("UPDATE outbox SET state = 'failed', octets = NULL")
    try:
        await world.make_review()
        change(world, "UPDATE outbox SET recipient = 'x@stranger.example' WHERE state = 'pending'")
        await (await world.account.tenure()).outbox().submit_due(to_backups=True, stop=asyncio.Event())
        assert world.handovers.gate.tried == []
        assert [of for of, _ in world.set_aside()] == ["outbox"]
        assert (await world.account.tenure()).bells.review.is_set()
        review, _ = await world.goes_on()
        assert SENTENCE in review
        assert (SOFIE,) in [mail.recipients for mail in world.handovers.gate.delivered]
    finally:
        await world.close()


async def test_a_damaged_item_stays_an_item() -> None:
    """Its mail is named, and can be decided; `status` names it too."""
    world = await World.damaged("UPDATE message SET traits = 'x', attachments = 'y' WHERE id = 8")
    try:
        assert [line for line in (await world.account.status()).problems if "damaged" in line]
        review, _ = await world.goes_on()
        (row,) = world.handovers.rows("SELECT subject, traits, decided_at FROM message WHERE id = 8")
        assert f"over “{row['subject']}” van" in review
        assert (row["traits"], row["decided_at"]) == ("{}", None)
        (kept,) = world.handovers.rows(f"SELECT was, told_in IS NOT NULL AS is_told FROM set_aside{_NEW}")
        assert (kept["was"], kept["is_told"]) == ('{"attachments": "y", "traits": "x"}', 1)
    finally:
        await world.close()


async def test_what_was_private_stays_so() -> None:
    """In doubt a message is private, and the review does not say what it was about."""
    world = await World.damaged("UPDATE message SET disposition = 'x' WHERE id = 3")
    try:
        review, _ = await world.goes_on()
        (row,) = world.handovers.rows("SELECT disposition FROM message WHERE id = 3")
        assert row["disposition"] == "private"
        assert "Een deel van wat delegator bijhoudt " + SENTENCE in review
    finally:
        await world.close()


GARBLED = "UPDATE outbox SET octets = CAST('From: somebody@else.example' AS BLOB) WHERE octets IS NOT NULL"


def change(world: World, statement: str) -> None:
    with closing(sqlite3.connect(world.handovers.folder / "state.sqlite3")) as db, db:
        assert db.execute(statement).rowcount > 0


async def test_a_garbled_mail_is_not_sent() -> None:
    """Octets on their way are checked before they go; the owner is told."""
    world = await World.damaged("UPDATE outbox SET state = 'failed', octets = NULL")
    try:
        now = world.handovers.clock.now()
        await world.handovers.store.queue(
            OutgoingMail("answer", SOFIE, b"answer", "<a@voorbeeld.example>"), now
        )
        change(world, GARBLED)
        await world.handovers.submit()
        assert world.handovers.gate.delivered == []
        assert world.set_aside()[0][0] == "outbox"
        (row,) = world.handovers.rows("SELECT state, last_reply FROM outbox WHERE kind = 'answer'")
        assert (row["state"], row["last_reply"]) == ("failed", "what was kept of it was damaged")
        review, _ = await world.goes_on()
        assert SENTENCE in review
    finally:
        await world.close()


async def test_a_garbled_review_is_made_anew() -> None:
    """Its slot is due again, and what stood in it comes in full."""
    world = await World.damaged("UPDATE outbox SET state = 'failed', octets = NULL")
    try:
        await world.make_review()
        change(world, GARBLED)
        before = world.handovers.rows("SELECT id FROM review")
        await (await world.account.tenure()).outbox().submit_due(to_backups=True, stop=asyncio.Event())
        assert world.handovers.gate.delivered == []
        assert len(world.handovers.rows("SELECT id FROM review")) == len(before) - 1
        assert (await world.account.tenure()).bells.review.is_set()
        review, _ = await world.goes_on()
        assert SENTENCE in review
        assert world.handovers.rows("SELECT id FROM message WHERE shown_in IS NOT NULL")
    finally:
        await world.close()


async def test_a_garbled_forward_goes_back_to_the_owner() -> None:
    """Where it may have arrived it is not composed anew either."""
    world = await World.damaged(
        "UPDATE outbox SET state = 'sending', octets = x'00', sha256 = 'x', message_id = '<x@y.example>', "
        "attempts = 1 WHERE id = (SELECT max(id) FROM outbox WHERE kind = 'forward' AND state = 'pending')"
    )
    try:
        (row,) = world.handovers.rows("SELECT id, message FROM outbox WHERE state = 'sending'")
        await world.handovers.submit()
        (after,) = world.handovers.rows("SELECT state, last_reply FROM outbox WHERE id = ?", row["id"])
        assert after["state"] == "failed"
        assert after["last_reply"].startswith("it may have arrived")
        (message,) = world.handovers.rows("SELECT disposition FROM message WHERE id = ?", row["message"])
        assert message["disposition"] == "review"
    finally:
        await world.close()


async def test_a_mail_that_would_wait_for_ever_goes() -> None:
    """A moment in another century was not meant."""
    world = await World.damaged("UPDATE outbox SET due_at = 99999999999999999 WHERE state = 'pending'")
    try:
        assert await world.handovers.store.due(world.handovers.clock.now(), 10, to_backups=True)
    finally:
        await world.close()


async def test_a_look_without_the_daemon_reads_round_it() -> None:
    """dry-run and why change nothing in the state, and are stopped by no row of it."""
    world = await World.damaged("UPDATE conversation SET chain = 'x', originators = 'y'")
    await world.handovers._close()
    try:
        path = world.handovers.folder / "state.sqlite3"
        before = path.read_bytes()
        reply = Message(in_reply_to=("<1@acme.example>",), to=(Address("", "jan@acme.example"),))
        known = peek.conversations(path, SOFIE, reply, AT)
        assert known.handovers["<1@acme.example>"].backup == "bram"
        assert path.read_bytes() == before
    finally:
        await world.handovers.open()
        await world.close()


NEVER_READ = {
    ("consent", "at"),
    ("handover_count", "at"),
    ("piece", "of"),
    ("seen_in_junk", "arrived_at"),
    ("set_aside", "at"),
    ("written_to", "at"),
}
"""What is only compared."""


def test_every_column_that_may_be_misread_is_looked_at() -> None:
    """A moment, and a closed list, has its line in the table of what can be read."""
    looked_at = {(table.name, column.name) for table in _TABLES for column in table.columns}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state.sqlite3"
        path.write_bytes(sound_state())
        with closing(sqlite3.connect(path)) as db:
            tables = dict(db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
            columns = {
                (table, column[1]) for table in tables for column in db.execute(f"PRAGMA table_info({table})")
            }
    moments = {(table, name) for table, name in columns if name == "at" or name.endswith("_at")}
    closed = {(table, name) for table, sql in tables.items() for name in re.findall(r"CHECK \((\w+) IN", sql)}
    assert moments | closed <= looked_at | NEVER_READ


# --- any column of any row ------------------------------------------------------------------------------

TEXTS = st.sampled_from(["", "x", "{", "[1", "[]", "{}", "null", "7", '"abc"', "[[1]]", "[null]", "\x00"])
NUMBERS = st.sampled_from([0, -1, 2**31, 2**63 - 1, -(2**63), 10**17, -(10**17)])
GARBAGE = {
    "TEXT": TEXTS | st.text(max_size=20) | st.just(b"\xff\xfe"),  # stored as text that is no UTF-8
    "INTEGER": NUMBERS | st.integers(-(2**63), 2**63 - 1),
    "BLOB": st.binary(max_size=40),
}


def test_every_table_has_rows_to_damage() -> None:
    """A table that is new gets its rows in since-1.sql."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.deserialize(sound_state())
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        assert [name for name in tables if not db.execute(f"SELECT 1 FROM {name}").fetchone()] == []


@cache
def cells() -> list[tuple[str, int, str, str]]:
    """Table, rowid, column and type of all that is in the state."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state.sqlite3"
        path.write_bytes(sound_state())
        with closing(sqlite3.connect(path)) as db:
            tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return [
                (table, row, column[1], column[2])
                for table in tables
                for column in db.execute(f"PRAGMA table_info({table})").fetchall()
                for (row,) in db.execute(f"SELECT rowid FROM {table}").fetchall()
                # How far a mailbox was looked at cannot be told from another number of that kind.
                if (table, column[1]) not in {("position", "uid"), ("position", "uidvalidity")}
            ]


@st.composite
def damages(draw: st.DrawFn) -> tuple[str, int, str, str | int | bytes]:
    table, row, column, kind = draw(st.sampled_from(cells()))
    return table, row, column, draw(GARBAGE[kind])


RUNS = so_many(25, 1000)


@pytest.mark.torture("damages to cells of a state", RUNS)
@settings(
    max_examples=RUNS,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(st.lists(damages(), min_size=1, max_size=3))
def test_garbage_in_any_column_stops_nothing(found: list[tuple[str, int, str, str | int | bytes]]) -> None:
    """Up to three at once: new mail is forwarded, a review goes out, and nothing turns in circles."""

    async def run() -> None:
        world = await World.damaged()
        try:
            with closing(sqlite3.connect(world.handovers.folder / "state.sqlite3")) as db, db:
                db.execute("PRAGMA ignore_check_constraints = ON")
                for table, row, column, value in found:
                    # Behind the last number that there is SQLite adds no row, and the state says so.
                    assume((column, value) != ("id", 2**63 - 1))
                    cast = "CAST(? AS TEXT)" if value == b"\xff\xfe" else "?"
                    try:
                        db.execute(f"UPDATE {table} SET {column} = {cast} WHERE rowid = ?", (value, row))
                    except sqlite3.IntegrityError:  # two rows would have the same key
                        assume(False)
            before = ids(world)
            await world.goes_on()
            # What may have been paused, or put back from a backup at any moment, forwards nothing meanwhile.
            may_stay = {("absence_state", "paused_at"), ("account", "restored_at")}
            is_kept = any((table, column) in may_stay for table, _, column, _ in found) and is_an_item(world)
            assert is_forwarded(world) or is_kept
            assert before <= ids(world), "no mail of a client's was forgotten"
            named = {address for mail in world.handovers.gate.tried for address in mail.recipients}
            assert named <= world.handovers.config.recipients
            # A forward whose original is damaged goes to nobody, and a command whose grant is damaged is
            # not carried out: the owner is told of both.
            failures = {
                one.get("task", one["event"]).partition(" ")[0] for one in world.handovers.log.failures
            }
            assert failures <= {"gave_up", "command"}
            assert any(SOFIE in mail.recipients for mail in world.handovers.gate.tried)
            due = await world.handovers.store.due(world.handovers.clock.now(), 10, to_backups=True)
            assert due == []
        finally:
            await world.close()

    asyncio.run(run())
