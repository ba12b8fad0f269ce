"""The end of an absence in the state: what becomes of what nobody decided, what ends, what is told once."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from delegator.adapters.state.part import us
from delegator.adapters.state.store import SqliteAccount, SqliteStore
from delegator.core.commands.command import Grant, Verb
from delegator.core.hours.absence import Pause
from delegator.core.mail.message import Address, Message
from delegator.core.people import Window
from delegator.core.triage.verdict import Code, Disposition, Verdict
from delegator.ports import AnswerableMail, Kind, OutgoingMail, Place
from tests.support import taken_up

ME = "sofie@voorbeeld.example"
BACK = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
NOW = BACK - timedelta(hours=12)
AWAY = Window(BACK - timedelta(days=5), BACK)
WAITS = Verdict(Disposition.REVIEW, Code.OTHERWISE, priority="normal")
LIST_IS_WANTED = "UPDATE account SET list_wanted_at = 1"
LOW = replace(WAITS, priority="low")
TO_ANNA = Verdict(Disposition.FORWARD, Code.RULE, backup="anna", backups=("anna",))


class State:
    """One account's, and what lies in it."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "state.sqlite3"
        self.whole = SqliteStore(self._file)
        self.store: SqliteAccount = self.whole.account(ME)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """What one statement gives, committed."""
        with sqlite3.connect(self._file) as db:
            found = db.execute(query).fetchall()
        db.close()
        return found

    async def take_up(self, uid: int, verdict: Verdict, excerpt: str = "") -> None:
        sender = Address("Els", "els@elders.example")
        message = Message(
            from_=(sender,), from_fields=1, subject=f"Zaak {uid}", text=excerpt, header_digest=str(uid)
        )
        taken = taken_up(message, verdict, NOW, original=b"whole")
        assert await self.store.take_up(Place("INBOX", 1, uid), taken) is not None


@pytest_asyncio.fixture
async def state(tmp_path: Path) -> AsyncIterator[State]:
    state = State(tmp_path)
    await state.store.state(NOW)
    yield state
    await state.whole.close()


def mail(kind: Kind, token: str = "", until: datetime | None = None) -> AnswerableMail:
    message_id = f"<{kind}-{token or 'x'}@voorbeeld.example>"
    tokens = {token: Grant(Verb.DONE, None, (1,), BACK + timedelta(days=30))} if token else {}
    return AnswerableMail(OutgoingMail(kind, ME, b"octets", message_id, answerable_until=until), (), tokens)


async def test_what_nobody_decided(state: State) -> None:
    """Becomes a to-do, of low rank it is done; "later" is no decision that holds beyond the absence."""
    for uid, verdict in enumerate((WAITS, LOW, WAITS, LOW, WAITS), 1):
        await state.take_up(uid, verdict)
    state.rows("UPDATE message SET decision = 'later', decided_at = 1 WHERE id IN (3, 4)")
    state.rows("UPDATE message SET decision = 'done', decided_at = 1 WHERE id = 5")
    assert await state.store.come_home(AWAY, BACK, has_folders=True)
    found = state.rows("SELECT decision, file_to, undecided_at IS NOT NULL FROM message ORDER BY id")
    assert found == [
        ("to-do", "Delegator/To-do", 1),
        ("done", "Delegator/Done", 1),
        ("to-do", "Delegator/To-do", 0),
        ("to-do", "Delegator/To-do", 0),
        ("done", None, 0),
    ]
    assert not await state.store.come_home(AWAY, BACK, has_folders=True)


async def test_what_has_not_gone_goes_to_nobody(state: State) -> None:
    """A forward that waits is the owner's again, and so is its conversation."""
    await state.take_up(1, TO_ANNA)
    assert state.rows("SELECT state FROM outbox WHERE kind = 'forward'") == [("pending",)]
    await state.store.come_home(AWAY, BACK, has_folders=True)
    assert state.rows("SELECT count(*) FROM outbox WHERE kind = 'forward' AND state = 'pending'") == [(0,)]


async def test_the_list_is_made_once_for_each_wish(state: State) -> None:
    state.rows(LIST_IS_WANTED)
    assert await state.store.add_list([mail("list")], NOW)
    assert not await state.store.add_list([mail("list", "TWICE")], NOW)
    assert state.rows("SELECT count(*) FROM outbox") == [(1,)]


@pytest.mark.parametrize(
    ("reply", "is_told_again"),
    [("550 not here", True), ("it may have arrived: connection lost", False), (None, False)],
)
async def test_the_homecoming_is_told_once(state: State, reply: str | None, is_told_again: bool) -> None:
    """Once more where it was refused for good, but not where it may have arrived; and never a third time."""
    await state.store.come_home(AWAY, BACK, has_folders=False)
    assert await state.store.tell_home(AWAY, [mail("home")], BACK, is_seen=True)
    if reply is not None:
        state.rows(f"UPDATE outbox SET state = 'failed', last_reply = '{reply}'")
    assert await state.store.tell_home(AWAY, [mail("home", "B")], BACK, is_seen=True) == is_told_again
    if is_told_again:
        state.rows("UPDATE outbox SET state = 'failed', last_reply = '550 not here'")
    assert not await state.store.tell_home(AWAY, [mail("home", "C")], BACK, is_seen=True)


async def test_all_mails_of_a_homecoming_are_queued_together(state: State) -> None:
    """The first is the homecoming, which takes a "yes, 19/12-4/1"; all are answered until the next."""
    await state.store.come_home(AWAY, BACK, has_folders=False)
    until = BACK + timedelta(days=30)
    mails = [mail("home", "A", until), mail("list", "B", until), mail("list", "C", until)]
    assert await state.store.tell_home(AWAY, mails, BACK, is_seen=True)
    assert state.rows("SELECT kind FROM review ORDER BY id") == [("home",), ("list",), ("list",)]
    await state.store.end_home_secrets(BACK + timedelta(days=3))
    expires = state.rows("SELECT DISTINCT expires_at FROM token")
    assert expires == [(us(BACK + timedelta(days=3)),)]


async def test_a_last_look_is_told_once(state: State) -> None:
    """An absence that was closed without one is told again when the mailbox was seen, and that is all."""
    await state.store.come_home(AWAY, BACK, has_folders=False, is_unseen=True)
    assert await state.store.tell_home(AWAY, [mail("home", "A")], BACK, is_seen=False)
    assert not await state.store.tell_home(AWAY, [mail("home", "B")], BACK, is_seen=False)
    assert await state.store.tell_home(AWAY, [mail("home", "C")], BACK, is_seen=True)
    assert not await state.store.tell_home(AWAY, [mail("home", "D")], BACK, is_seen=True)


async def test_nothing_came_late(state: State) -> None:
    """Then nothing is told of it."""
    await state.store.come_home(AWAY, BACK, has_folders=False, is_unseen=True)
    assert await state.store.tell_home(AWAY, [mail("home", "A")], BACK, is_seen=False)
    await state.store.seen_late(AWAY)
    assert not await state.store.tell_home(AWAY, [mail("home", "B")], BACK, is_seen=True)


async def test_the_secrets_of_old_reviews_end(state: State) -> None:
    """But the list's live two days more, for it is read on the plane, also those that were to end by now."""
    state.rows(LIST_IS_WANTED)
    await state.store.add_list([mail("list", "LIST")], NOW)
    state.rows(LIST_IS_WANTED)
    await state.store.add_list([mail("list", "OLD")], AWAY.from_at - timedelta(days=9))
    state.rows("UPDATE token SET expires_at = 1 WHERE token = 'LIST'")
    await state.store.come_home(AWAY, BACK, has_folders=False)
    ends = state.rows("SELECT token, expires_at / 1000000 FROM token ORDER BY token")
    assert ends == [("LIST", (BACK + timedelta(hours=48)).timestamp()), ("OLD", BACK.timestamp())]


async def test_the_text_of_a_mail(state: State) -> None:
    """What is new in it; where that is not kept, what a review showed. Of what is not there, nothing."""
    await state.take_up(1, WAITS)
    await state.take_up(2, WAITS)
    state.rows("UPDATE message SET excerpt = 'short', new_text = CASE id WHEN 1 THEN 'all' ELSE '' END")
    assert await state.store.texts([1, 2, 3]) == {1: "all", 2: "short"}


async def test_which_mails_are_answered(state: State) -> None:
    """Those whose secret holds and that went out; a trial's too, in the account and in the trial alike."""
    trial = state.whole.account(f"{ME}/shadow")
    await trial.state(NOW)
    for name, ends_at in (("A", BACK), ("ENDED", NOW), ("REFUSED", BACK)):
        await state.store.queue(mail("home", name, ends_at).mail, NOW)
    await trial.queue(mail("home", "TRIAL", BACK).mail, NOW)
    state.rows("UPDATE outbox SET state = 'failed' WHERE message_id LIKE '%REFUSED%'")
    expected = ("<home-TRIAL@voorbeeld.example>", "<home-A@voorbeeld.example>")
    assert await state.store.awaited(NOW) == expected
    assert await trial.awaited(NOW) == expected


async def test_a_trial_has_the_same_absence(state: State) -> None:
    """What is changed in one holds in the other, and is there after a restart."""
    trial = state.whole.account(f"{ME}/shadow")
    await trial.state(NOW)
    await trial.alter(Pause(NOW), mail("home", "A").mail, NOW)
    assert (await state.store.kept()).paused_at == NOW
    assert (await trial.kept()).paused_at == NOW


async def test_each_to_do_goes_to_a_program_once(state: State) -> None:
    task = OutgoingMail("task", "x@asana.example", b"octets", "<t@voorbeeld.example>")
    assert await state.store.add_task([1, 2], task, NOW)
    assert not await state.store.add_task([2], replace(task, message_id="<u@voorbeeld.example>"), NOW)
    assert await state.store.sent_as_task("x@asana.example") == {1, 2}
    assert state.rows("SELECT count(*) FROM outbox") == [(1,)]


async def test_who_said_days(state: State) -> None:
    """A backup who named days is away then; what is known of another was not said."""
    state.rows(
        "INSERT INTO backup (account, backup, said, away) "
        f"VALUES ('{ME}', 'anna', 'dates', '[]'), ('{ME}', 'bram', 'accepted', '[]')"
    )
    assert await state.store.said_away() == {"anna": ()}


async def test_what_is_settled(state: State) -> None:
    """Our own, what is done, and what was answered; not what waits, nor what has left its place."""
    for uid in range(1, 6):
        await state.take_up(uid, TO_ANNA if uid == 3 else WAITS)
    state.rows("UPDATE message SET disposition = 'own' WHERE uid = 1")
    state.rows("UPDATE message SET decision = 'done' WHERE uid IN (2, 5)")
    state.rows("UPDATE message SET is_there = 0 WHERE uid = 5")
    state.rows(
        "UPDATE conversation SET answered_at = 1 WHERE id = (SELECT conversation FROM message WHERE uid = 3)"
    )
    assert await state.store.settled("INBOX", 1) == {1: "own", 2: "done", 3: "done"}


async def test_a_forward_is_awaited_until_it_is_answered(state: State) -> None:
    """Its answer is looked for in the owner's mail."""
    await state.take_up(1, TO_ANNA)
    state.rows("UPDATE outbox SET message_id = '<forward@voorbeeld.example>', state = 'sent'")
    state.rows("UPDATE conversation SET backup = 'anna'")
    assert await state.store.awaited(NOW) == ("<forward@voorbeeld.example>",)
    state.rows("UPDATE conversation SET answered_at = 1")
    assert await state.store.awaited(NOW) == ()


async def test_what_came_while_the_server_did_not_answer(state: State) -> None:
    """What was read after an absence was closed without a last look came late; our own mail did not."""
    for uid in (1, 2, 3):
        await state.take_up(uid, WAITS)
    after_us = int((BACK + timedelta(hours=2)).timestamp() * 1_000_000)
    state.rows("UPDATE message SET disposition = 'own' WHERE uid = 3")
    state.rows(f"UPDATE message SET arrived_at = taken_up_at, taken_up_at = {after_us} WHERE uid IN (2, 3)")
    await state.store.come_home(AWAY, BACK, has_folders=False, is_unseen=True)
    assert (await state.store.story(AWAY, BACK)).left.late == (2,)
    await state.store.seen_late(AWAY)
    assert (await state.store.story(AWAY, BACK)).left.late == ()
