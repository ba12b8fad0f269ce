"""The dry run: decided in order of arrival, as if the owner were away, just as it is decided live."""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.adapters.files import read_paths
from delegator.adapters.state.store import SqliteStore
from delegator.config import Config, load
from delegator.core.mail.arrival import message_of_file, with_stated_arrival
from delegator.core.mail.message import MAX_OCTETS, Message, parse_message
from delegator.core.reviews.follows import what_follows
from delegator.core.triage.flood import counted_as
from delegator.core.triage.triage import triage
from delegator.core.triage.verdict import Disposition, explain
from delegator.ports import Place
from delegator.preview.simulate import Decisions, Kept, OnDisk, simulate
from delegator.reports.dry_run import Decision
from tests.reviews import MESSAGE

NOON = datetime(2026, 12, 21, 12, tzinfo=UTC)

RULES = """
version: 1
owner: {name: Sofie Janssens, address: sofie@voorbeeld.example, timezone: Europe/Brussels}
backups:
  anna: {name: Anna Peeters, address: anna@voorbeeld.example}
  bram:
    name: Bram Maes
    address: bram@voorbeeld.example
    away: [{from: 2026-12-24, until: 2026-12-28}]
rules:
  - {name: family, when: {from: "@familie.example"}, private: true}
  - {name: offers, when: {subject: "offerte*"}, forward: [bram, anna]}
  - {name: orders, when: {subject: order}, forward: anna}
  - {name: noise, when: {subject: noise}, ignore: true}
  - {name: answers, when: {reply: true}, review: high}
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    path = tmp_path_factory.mktemp("config") / "rules.yaml"
    path.write_text(RULES)
    return load(path, for_files=True)


def mail(subject: str, at: datetime | None = NOON, **headers: str) -> Message:
    """One mail from a client to the owner, with further header fields (in_reply_to for In-Reply-To)."""
    fields = {"From": "jan@acme.example", "To": "sofie@voorbeeld.example", "Subject": subject}
    if at:
        fields["Date"] = f"{at:%a, %d %b %Y %H:%M:%S} +0000"
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    header = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return parse_message(f"{header}\r\nHello\r\n".encode(), arrived_at=at)


def test_mail_is_decided_in_order_of_arrival(config: Config) -> None:
    """Oldest first, those without a date last, whatever the order of the files."""
    late, early, undated = mail("late", NOON + timedelta(hours=1)), mail("early"), mail("undated", None)
    report = simulate([("1", undated), ("2", late), ("3", early)], config)
    assert [one.subject for one in report.decisions] == ["early", "late", "undated"]
    assert report.decisions[-1].at is None


def test_the_arrival_counts_before_the_date_field(config: Config) -> None:
    """INTERNALDATE orders and dates a message: the Date field is the sender's clock."""
    moved = parse_message(
        b"Date: Mon, 21 Dec 2026 12:00:00 +0000\r\n\r\n", arrived_at=NOON - timedelta(days=9)
    )
    [decision] = simulate([("INBOX/1", moved)], config).decisions
    assert decision.at == NOON - timedelta(days=9)


def test_backups_are_asked_as_of_the_arrival(config: Config) -> None:
    """Who is away is judged at the moment when the mail arrived, not now."""
    report = simulate([("1", mail("Offerte")), ("2", mail("Offerte", NOON + timedelta(days=4)))], config)
    assert [one.backup for one in report.decisions] == ["bram", "anna"]


def test_a_later_mail_follows_its_conversation(config: Config) -> None:
    """Mail that names a forwarded one goes to the same backup, whatever the rules say."""
    first = mail("Offerte", Message_ID="<1@acme.example>")
    answer = mail(
        "thanks", NOON + timedelta(hours=1), Message_ID="<2@acme.example>", In_Reply_To="<1@acme.example>"
    )
    third = mail("order", NOON + timedelta(hours=2), References="<2@acme.example>")
    report = simulate([("3", third), ("2", answer), ("1", first)], config)
    assert [(one.backup, one.rule) for one in report.decisions] == [
        ("bram", "offers"),
        ("bram", None),
        ("bram", None),
    ]


def test_a_shared_ancestor_joins_nothing(config: Config) -> None:
    """Two clients who answer one circular of the owner's stay two conversations."""
    circular = "<circular@voorbeeld.example>"
    first = mail("Offerte", Message_ID="<1@acme.example>", In_Reply_To=circular)
    other = mail("order", NOON + timedelta(hours=1), From="an@other.example", In_Reply_To=circular)
    report = simulate([("1", first), ("2", other)], config)
    assert [one.backup for one in report.decisions] == ["bram", "anna"]


def test_fields_that_do_not_apply_are_none(config: Config) -> None:
    """priority only of a review, backup only of a forward, rule only where one decided."""
    subjects = ("Offerte", "hello", "noise")
    report = simulate([(subject, mail(subject)) for subject in subjects], config)
    found = [(one.disposition.value, one.priority, one.backup, one.rule) for one in report.decisions]
    assert found == [
        ("forward", None, "bram", "offers"),
        ("review", "normal", None, None),
        ("ignore", None, None, "noise"),
    ]


def test_nothing_at_all_is_still_an_item(config: Config) -> None:
    """An empty file is a message that could not be read: a review item, never an error."""
    [decision] = simulate([("empty.eml", parse_message(b""))], config).decisions
    assert decision.disposition is Disposition.REVIEW
    assert decision.from_ is None


@settings(max_examples=40, deadline=None)
@given(
    mails=st.lists(
        st.tuples(
            st.sampled_from(["jan@acme.example", "anna@voorbeeld.example", "ma@familie.example"]),
            st.sampled_from(["Offerte", "order", "hello", "Automatic reply: Offerte"]),
            st.integers(0, 10 * 24 * 60),
            st.integers(-10_000, 10_000),
        ),
        max_size=8,
    )
)
def test_a_file_is_decided_as_its_server_took_it(
    config: Config, mails: list[tuple[str, str, int, int]]
) -> None:
    """The same mails from files and from the mailbox that they were saved from: the same decisions.

    Whatever the senders' clocks say: the mailbox has INTERNALDATE, the file its topmost Received.
    """
    files, mailbox = [], []
    for number, (sender, subject, minutes, wrong_by) in enumerate(mails):
        at = NOON + timedelta(minutes=minutes)
        octets = (
            f"Received: from a by b; {at:%a, %d %b %Y %H:%M:%S} +0000\r\n"
            f"Date: {at + timedelta(minutes=wrong_by):%a, %d %b %Y %H:%M:%S} +0000\r\n"
            f"From: {sender}\r\nTo: sofie@voorbeeld.example\r\nMessage-ID: <{number}@x.example>\r\n"
            f"In-Reply-To: <{number - 1}@x.example>\r\nSubject: {subject}\r\n\r\nHello\r\n"
        ).encode()
        files.append((str(number), with_stated_arrival(parse_message(octets))))
        mailbox.append((str(number), parse_message(octets, arrived_at=at)))
    assert simulate(files, config).decisions == simulate(mailbox, config).decisions


IDS = st.sampled_from(["<a@x.example>", "<b@x.example>", "<c@x.example>", "<d@x.example>"])


@st.composite
def sequences(draw: st.DrawFn) -> list[Message]:
    """Mails of one holiday that name each other, in the order of their arrival."""
    found = []
    for number in range(draw(st.integers(1, 15))):
        headers = {
            "From": draw(
                st.sampled_from(
                    [
                        "jan@acme.example",
                        "anna@voorbeeld.example",
                        "ma@familie.example",
                        "sofie@voorbeeld.example",
                    ]
                )
            )
        }
        if draw(st.booleans()):
            headers["Message_ID"] = draw(IDS)
        if draw(st.booleans()):
            headers["In_Reply_To"] = draw(IDS)
        headers["To"] = draw(st.sampled_from(["sofie@voorbeeld.example", "jan@acme.example"]))
        subject = draw(st.sampled_from(["Offerte", "order", "hello", "noise", "Re: Offerte", "AW: order"]))
        found.append(mail(subject, NOON + timedelta(minutes=number), X_Number=str(number), **headers))
    return found


@settings(max_examples=25, deadline=None)
@given(messages=sequences())
def test_the_store_decides_alike(config: Config, messages: list[Message]) -> None:
    """Over any mails that name each other, the dry run and the daemon's store lead to the same verdicts."""
    _decided_alike(config, messages)


def test_the_store_counts_alike(config: Config) -> None:
    """A flood over two hours: the same mails are held back, whenever the daemon comes to look at them."""
    minutes = [*range(0, 60, 2), *range(60, 120, 5)]
    flood = [mail("Offerte", NOON + timedelta(minutes=n), Message_ID=f"<{n}@x.example>") for n in minutes]
    decided = _decided_alike(config, flood, looked_at=NOON + timedelta(days=1))
    held = [one.reason.startswith("too many") for one in decided]
    assert held == [False] * 20 + [True] * 10 + [False] * 12


def _decided_alike(
    config: Config, messages: list[Message], looked_at: datetime | None = None
) -> tuple[Decision, ...]:
    """looked_at: when the daemon does; None: at once."""

    async def live() -> list[tuple[object, ...]]:
        found: list[tuple[object, ...]] = []
        with tempfile.TemporaryDirectory() as folder:
            state = SqliteStore(Path(folder) / "state.db")
            store = state.account("sofie")
            try:
                await store.state(NOON)
                for uid, message in enumerate(messages, 1):
                    now = looked_at or message.date or NOON
                    whose = counted_as(message, config.rule_book)
                    known = await store.conversations_for(message, now, whose)
                    verdict = triage(message, config.rule_book, known, now)
                    found.append((verdict.disposition, verdict.backup, verdict.rule, explain(verdict)))
                    original = b"whole" if verdict.disposition is Disposition.FORWARD else None
                    book = config.rule_book
                    taken = what_follows(message, verdict, known, book, now, original=original)
                    await store.take_up(Place("INBOX", 1, uid), taken)
            finally:
                await state.close()
        return found

    dry = simulate([(str(number), message) for number, message in enumerate(messages)], config)
    assert [(one.disposition, one.backup, one.rule, one.reason) for one in dry.decisions] == asyncio.run(
        live()
    )
    return tuple(dry.decisions)


@pytest.mark.corpora
def test_all_real_mail_is_decided(config: Config, corpora: Path) -> None:
    """Every real mail gets a decision, without an exception, in under five seconds of CPU."""
    problems: list[str] = []
    started = time.process_time()
    files = read_paths([corpora], MAX_OCTETS, problems.append)
    messages = (
        (one.source, message_of_file(one.octets, one.size_octets, is_abridged=one.is_abridged))
        for one in files
    )
    report = simulate(messages, config)
    assert time.process_time() - started < 5
    assert not problems
    assert len(report.decisions) > 1000
    assert len({one.source for one in report.decisions}) == len(report.decisions)
    assert all(one.reason for one in report.decisions)


def test_many_decisions_are_kept_in_a_file_and_come_back_as_they_were(config: Config) -> None:
    first = simulate([("INBOX/0", mail("Offerte"))], config).decisions[0]
    decisions = [first._replace(source=f"INBOX/{number}", priority=None) for number in range(2500)]
    kept = Decisions()
    for decision in decisions:
        kept.append(decision)
    assert len(kept) == 2500
    assert list(kept) == decisions
    assert list(kept) == decisions, "as often as it is asked for"
    assert (kept[0], kept[1999], kept[-1]) == (decisions[0], decisions[1999], decisions[-1])
    assert kept == decisions
    assert kept != decisions[1:]


def test_what_waits_for_a_review_is_kept_in_a_file_and_comes_back_as_it_was() -> None:
    kept = Kept()
    messages = [replace(MESSAGE, id=number, excerpt=f"é {number}") for number in (7, 3, 5000)]
    for message in messages:
        kept.keep(message)
    assert [kept.message(message.id) for message in messages] == messages
    kept.keep(replace(MESSAGE, id=1))
    assert kept.message(3) == messages[1], "whenever it is asked for"


def test_what_lies_on_the_disk_is_there_by_its_number() -> None:
    """As in a dict: what is set anew is what counts, and what was never set is not there."""
    kept: OnDisk[list[str]] = OnDisk()
    assert 0 not in kept
    kept[3], kept[0] = ["three"], ["none"]
    kept[3] = [*kept[3], "again"]
    assert [number in kept for number in range(5)] == [True, False, False, True, False]
    assert (kept[0], kept[3]) == (["none"], ["three", "again"])
