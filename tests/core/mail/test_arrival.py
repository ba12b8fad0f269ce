"""When a mail in a file arrived: as the server that took it wrote down, whatever the sender's clock says."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delegator.adapters.files import read_paths
from delegator.core.mail.arrival import message_of_file, stated_arrival, with_stated_arrival
from delegator.core.mail.dates import read_date
from delegator.core.mail.message import MAX_OCTETS, TRIAGE_OCTETS, parse_message

NOON = datetime(2026, 12, 21, 12, tzinfo=UTC)
DATE = "Date: Fri, 1 Jan 2021 08:00:00 +0000"
LATER = "Received: from a by b; Mon, 21 Dec 2026 13:00:00 +0100"
EARLIER = "Received: from b by c; Mon, 21 Dec 2026 11:00:00 +0000"


def arrival(*fields: str) -> datetime | None:
    return stated_arrival(parse_message("\r\n".join((*fields, "", "Dag")).encode()))


def test_the_topmost_received_counts() -> None:
    """Each server adds its own above the others (RFC 5321 section 4.4); Date is the sender's clock."""
    assert arrival(LATER, EARLIER, DATE) == NOON
    assert arrival(DATE, LATER, EARLIER) == NOON
    assert arrival(EARLIER, LATER, DATE) == datetime(2026, 12, 21, 11, tzinfo=UTC)


def test_without_received_date_counts_and_without_both_nothing() -> None:
    """A draft, or a mail saved from Sent, has no Received."""
    assert arrival(DATE) == datetime(2021, 1, 1, 8, tzinfo=UTC)
    assert arrival("Subject: x") is None
    assert arrival("Received: from a by b", "Date: yesterday") is None


@pytest.mark.parametrize(
    "value",
    [
        "from a (a [192.0.2.1]) by b (Postfix) with ESMTPS id 1; Mon, 21 Dec 2026 13:00:00 +0100 (CET)",
        "from a by b with LMTP\r\n\tid 1; Mon, 21 Dec 2026\r\n 13:00:00 +0100",
        "(qmail 1 invoked by uid 0); 21 Dec 2026 12:00:00 -0000",
        "by b with SMTP id 1; Mon, 21 Dec 2026 04:00:00 -0800 (PST)",
        "from a (helo; a) by b; Mon, 21 Dec 2026 12:00:00 GMT",
        "from a by b; Mon, 21 Dec 2026 12:00:00 +0000 (envelope-from <x@y.example>; not checked)",
        "from a by b;Mon,21 Dec 26 12:00 UT",
    ],
)
def test_as_servers_write_it(value: str) -> None:
    """With comments, folded, with a zone by name, in the obsolete form."""
    assert arrival(f"Received: {value}", DATE) == NOON


@pytest.mark.parametrize(
    "value", ["", ";", "from a by b", "; 99 Foo 2026 99:99", "; Mon, 21 Dec 3026 12:00 +0000"]
)
def test_one_that_cannot_be_read_leaves_it_to_the_next(value: str) -> None:
    """Some programs on the way write none, or nonsense; the server below took it a second before."""
    assert arrival(f"Received: {value}", LATER, DATE) == NOON


def test_a_server_that_told_is_not_asked_again() -> None:
    """`with_stated_arrival` is for files; it changes nothing else of the message."""
    message = parse_message(f"{LATER}\r\n{DATE}\r\n\r\nDag".encode())
    found = with_stated_arrival(message)
    assert (found.arrived_at, found.date, found.text) == (NOON, message.date, message.text)


@given(st.binary(), st.binary(max_size=200))
def test_no_octets_raise(before: bytes, inside: bytes) -> None:
    """Whatever a file holds, its arrival is a moment that can be shown in any time zone, or none."""
    for octets in (before, b"Received: x; " + inside + b"\r\n" + before, b"Date: " + inside):
        found = stated_arrival(parse_message(octets))
        assert found is None or (found.tzinfo is UTC and 1970 <= found.year <= 2999)


@given(st.text())
def test_no_text_is_a_date_by_accident(text: str) -> None:
    """Only what has a figure in it is one, and nothing raises."""
    assert read_date(text) is None or re.search(r"\d", text)


def test_a_header_full_of_semicolons_takes_no_time() -> None:
    """Nor does one of a thousand Received."""
    started = process_time()
    arrival("Received: " + ";" * 60_000)
    arrival(*["Received: ; ; ; ; ; ; ; ; ; ;"] * 2_000)
    assert process_time() - started < 1


@pytest.mark.corpora
def test_real_mail_arrived(corpora: Path) -> None:
    """Nearly every Received of real mail states when; it is seldom before the Date, the sender's clock."""
    messages = [
        parse_message(path.read_bytes()[:TRIAGE_OCTETS]) for path in sorted(corpora.rglob("*.eml"))[:1500]
    ]
    received = [message for message in messages if message.header("Received") and message.date]
    assert len(received) > 100
    spans = [(stated_arrival(message) or NOON) - (message.date or NOON) for message in received]
    soon = [span for span in spans if -86_400 < span.total_seconds() < 7 * 86_400]
    assert len(soon) > 0.9 * len(spans)


def test_a_file_is_as_large_as_its_mail_on_a_server(tmp_path: Path) -> None:
    """Which counts two octets for the end of each line, whatever the file holds."""
    octets = b"From: a@b.example\nSubject: x\r\n\nDag\n\n"
    (tmp_path / "a.eml").write_bytes(octets)
    [file] = read_paths([tmp_path / "a.eml"], MAX_OCTETS, pytest.fail)
    whole = message_of_file(file.octets, file.size_octets)
    assert (whole.size_octets, whole.is_whole) == (len(octets) + 4, True)
    assert message_of_file(octets, 1000).size_octets == 1000
    assert (
        whole.header_digest == parse_message(octets.replace(b"\r", b"").replace(b"\n", b"\r\n")).header_digest
    )


@given(st.lists(st.sampled_from([b"a", b"\r", b"\n", b"\r\n", b": "]), max_size=12).map(b"".join))
def test_a_file_is_read_as_a_server_gives_it(octets: bytes) -> None:
    """Each line ends in CRLF, whichever ends it had, and counts so."""
    received = re.sub(rb"(?<!\r)\n", b"\r\n", octets)
    message = message_of_file(octets, len(received))
    assert message == with_stated_arrival(parse_message(received))
