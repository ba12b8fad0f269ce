"""What our reader makes of FETCH is what imaplib and imapclient make of it, and whatever is odd goes to them.

The answers were recorded from Dovecot 2.3, Cyrus 3.6 and Courier 5.2, of the same three mails.
"""

from __future__ import annotations

import imaplib
import re
import socket
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imapclient import SocketTimeout
from imapclient.response_parser import parse_fetch_response

from delegator.adapters.imap import commands, fetching
from delegator.adapters.imap.client import Dial, _Connection
from delegator.adapters.imap.errors import ODD_ANSWER
from delegator.adapters.imap.structure import items_of, read_response

RECORDED = sorted((Path(__file__).parents[1] / "data" / "fetch").glob("*.answers"))
WITH_BODY = re.compile(r"BODY\.PEEK\[\]<0|INTERNALDATE\)")


def recorded(path: Path) -> list[tuple[str, bytes]]:
    """The commands, and the answer to each."""
    found = re.split(rb"(?:\A|\r\n)C: UID FETCH ([^\r\n]+)\r\n", path.read_bytes().removesuffix(b"\r\n"))
    return [(found[n].decode(), found[n + 1] + b"\r\n") for n in range(1, len(found), 2)]


class Replay(_Connection):
    """A connection to a server that greets, and then answers each command with what was recorded."""

    def __init__(self, *answers: bytes) -> None:
        ours, self._theirs = socket.socketpair()
        self._ours, self._answers = ours, answers
        self._server = threading.Thread(target=self._serve, daemon=True)
        self._server.start()
        super().__init__("", 0, None, SocketTimeout(5, 5), Dial())
        self.state = "SELECTED"

    def _reach(self) -> socket.socket:
        return self._ours

    def _prepare(self) -> None:
        self.sock.settimeout(5)

    def _serve(self) -> None:
        with self._theirs, self._theirs.makefile("rb") as lines:
            self._theirs.sendall(b"* OK hello\r\n")
            tag = lines.readline().split()[0]
            self._theirs.sendall(b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK done\r\n")
            for answer in self._answers:
                if not (line := lines.readline()):
                    return
                self._theirs.sendall(answer.replace(b"\r\nTAG ", b"\r\n" + line.split()[0] + b" "))

    def end(self) -> None:
        self.shutdown()
        self._server.join(5)


Found = dict[int, dict[bytes, Any]]


def by_us(*answers: bytes) -> Found | type[BaseException]:
    connection = Replay(*answers)
    pieces: list[Any] = []
    try:
        statuses = fetching.fetch(connection, ["1:3 (UID)"] * len(answers), pieces.append)
        assert [status for status, _ in statuses] == ["OK"] * len(answers)
        found: Found = {}
        for each in pieces:
            usual = fetching.usual_entry(each)
            for entry in [usual] if usual is not None else parsed(each):
                found.setdefault(entry.get(b"UID", 0), {}).update(entry)
        return found
    except (imaplib.IMAP4.error, *ODD_ANSWER) as error:
        return type(error)
    finally:
        connection.end()


def by_them(answer: bytes) -> Found | type[BaseException]:
    connection = Replay(answer)
    try:
        _, responses = connection.uid("FETCH", "1:3", "(UID)")
        found: Found = {}
        pieces: list[Any] = []
        for response in responses:
            if response is not None:
                pieces.append(response)
                if not isinstance(response, tuple):
                    for entry in parsed(pieces):
                        found.setdefault(entry.get(b"UID", 0), {}).update(entry)
                    pieces = []
        return found
    except (imaplib.IMAP4.error, *ODD_ANSWER) as error:
        return type(error)
    finally:
        connection.end()


def parsed(pieces: list[Any]) -> list[dict[bytes, Any]]:
    entries = parse_fetch_response(pieces, normalise_times=False, uid_is_key=False).values()
    return [{key: value for key, value in entry.items() if key != b"SEQ"} for entry in entries]


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_recorded_answers_say_the_same_to_both(path: Path) -> None:
    """Literals that look like responses, flags, dates in any zone, an origin that lies behind the mail."""
    answers = recorded(path)
    assert len(answers) == 6
    for command, answer in answers:
        ours, theirs = by_us(answer), by_them(answer)
        assert isinstance(ours, dict), command
        assert ours == theirs, command
    assert isinstance(found := by_us(answers[0][1]), dict)
    assert found[1][b"BODY[]<0>"].endswith(b"* 9 FETCH (UID 9 BODY[] {3}\r\nno\r\n)\r\n")
    assert found[2][b"FLAGS"] == (b"\\Flagged", b"$Forwarded") or b"$Forwarded" in found[2][b"FLAGS"]
    assert {entry[b"INTERNALDATE"] for entry in found.values()} == {
        datetime.fromisoformat("2026-11-28T08:30:00+00:00")
    }


@pytest.mark.parametrize(
    ("written", "meant"),
    [("28-Nov-2026 09:30:00 +0100", "2026-11-28T08:30"), (" 1-Dec-2026 09:30:00 -0330", "2026-12-01T13:00")],
)
def test_a_date_counts_with_its_zone(written: str, meant: str) -> None:
    entry = fetching.usual_entry([f'1 (UID 5 INTERNALDATE "{written}")'.encode()])
    assert entry is not None
    assert entry[b"INTERNALDATE"] == datetime.fromisoformat(f"{meant}+00:00")


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_what_they_usually_say_needs_no_other_parser(path: Path) -> None:
    for command, answer in recorded(path):
        pieces: list[Any] = []
        connection = Replay(answer)
        fetching.fetch(connection, ["1:3 (UID)"], pieces.append)
        connection.end()
        assert pieces
        is_usual = [fetching.usual_entry(each) is not None for each in pieces]
        if WITH_BODY.search(command):
            assert all(is_usual), command
        if "BODYSTRUCTURE" in command:
            assert not any(is_usual), command
        for each in pieces:  # and the reader that tolerates anything sees the same items
            items_of(read_response(each))


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_answers_of_several_commands_under_way_come_in_order(path: Path) -> None:
    """More than are sent at once, and other responses between them, which are kept for who asks."""
    answers = [answer for command, answer in recorded(path) if WITH_BODY.search(command)]
    many = [b"* 7 EXISTS\r\n" + answer for answer in answers * 8]
    connection = Replay(*many)
    pieces: list[Any] = []
    statuses = fetching.fetch(connection, ["1:3 (UID)"] * len(many), pieces.append)
    connection.end()
    assert [status for status, _ in statuses] == ["OK"] * len(many)
    assert len(pieces) == 8 * sum(len(re.findall(rb"(?m)^\* [123] FETCH", answer)) for answer in answers)
    assert connection.untagged_responses["EXISTS"] == [b"7"] * len(many)


def test_a_refusal_and_the_end_of_the_connection() -> None:
    connection = Replay(b"* OK wait\r\nTAG NO busy\r\n", b"* BYE gone\r\n")
    assert fetching.fetch(connection, ["1 (UID)"], lambda pieces: None) == [("NO", b"busy")]
    with pytest.raises(imaplib.IMAP4.abort):
        fetching.fetch(connection, ["1 (UID)"], lambda pieces: None)
    connection.end()
    for cut in (b"* 1 FETCH (UID 1 BODY[]<0> {30}\r\nabc", b"* 1 FETCH (UID"):
        connection = Replay(cut)
        with pytest.raises(imaplib.IMAP4.abort):
            fetching.fetch(connection, ["1 (UID)"], lambda pieces: None)
        connection.end()


BODY = b"* %d FETCH (UID %d BODY[]<0> {5}\r\n)\r\nab)\r\n"


class Slow(Replay):
    """A server that sends one octet at a time."""

    def _fill(self) -> None:
        octets = self.sock.recv(1)
        if not octets:
            raise self.abort("connection closed")
        self._received += octets


def answered(*answers: bytes, kind: type[Replay] = Replay) -> tuple[list[tuple[str, bytes]], list[Any]]:
    """What several commands, all under way at once, were answered, and the items of all mails."""
    connection = kind(*answers)
    pieces: list[Any] = []
    try:
        statuses = fetching.fetch(connection, ["1:3 (UID)"] * len(answers), pieces.append)
        return statuses, [fetching.usual_entry(one) for one in pieces]
    finally:
        connection.end()


def test_a_literal_comes_in_pieces_and_between_news() -> None:
    """Cut at any octet, with an EXPUNGE, an EXISTS and another's flags between."""
    news = b"* 4 EXPUNGE\r\n* 3 EXISTS\r\n* 2 FETCH (FLAGS (\\Seen))\r\n* OK still here\r\n"
    statuses, entries = answered(news + BODY % (1, 7) + news + BODY % (2, 8) + b"TAG OK done\r\n", kind=Slow)
    flags = {b"FLAGS": (b"\\Seen",)}
    bodies = [{b"UID": uid, b"BODY[]<0>": b")\r\nab"} for uid in (7, 8)]
    assert statuses == [("OK", b"done")]
    assert entries == [flags, bodies[0], flags, bodies[1]]


def test_commands_may_be_completed_in_any_order() -> None:
    """A server that works on several at once: each is answered by its tag, and none is waited for in vain."""
    taken: list[bytes] = []

    class Backwards(Replay):
        def readline(self) -> bytes:
            line = super().readline()
            if len(taken) < 2 and line.endswith((b" first\r\n", b" second\r\n")):
                taken.append(line)
                if len(taken) < 2:
                    return self.readline()
                self.put_back(taken[0])
                return taken[1]
            return line

    statuses, entries = answered(
        BODY % (1, 7) + b"TAG OK first\r\n", BODY % (2, 8) + b"TAG NO second\r\n", kind=Backwards
    )
    assert statuses == [("OK", b"first"), ("NO", b"second")]
    assert [entry[b"UID"] for entry in entries] == [7, 8]


@pytest.mark.parametrize(("status", "text"), [("NO", b"some are locked"), ("BAD", b"what")])
def test_a_refusal_after_some_answers_is_a_refusal(status: str, text: bytes) -> None:
    statuses, entries = answered(BODY % (1, 7) + b"TAG " + status.encode() + b" " + text + b"\r\n")
    assert statuses == [(status, text)]
    assert len(entries) == 1


@pytest.mark.parametrize(
    "answer",
    [
        BODY % (1, 7) + b"* BYE gone\r\nTAG OK done\r\n",
        BODY % (1, 7) + b"other OK done\r\n",
        BODY % (1, 7) + b"\r\nTAG OK done\r\n",
        b"* 1 FETCH (UID 7 BODY[]<0> {3+}\r\nabc)\r\nTAG OK done\r\n",
        (BODY % (1, 7)).replace(b"\r\n", b"\n") + b"TAG OK done\r\n",
    ],
)
def test_what_cannot_be_told_apart_ends_the_connection(answer: bytes) -> None:
    """Each mail is then asked for alone, over a new one."""
    with pytest.raises(imaplib.IMAP4.abort):
        answered(answer)


def test_a_server_that_sends_without_end_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(imaplib.IMAP4.abort, match="announces 99999999999 octets"):
        answered(b"* 1 FETCH (UID 7 BODY[]<0> {99999999999}\r\nabc")
    monkeypatch.setattr(fetching, "_MOST_OCTETS", 1000)
    with pytest.raises(imaplib.IMAP4.abort, match="more than was asked for"):
        answered(b"".join(BODY % (1, 9) for _ in range(300)))
    assert len(answered((BODY % (1, 9)) * 100 + b"TAG OK done\r\n")[1]) == 100


@pytest.mark.parametrize(
    ("item", "start", "given", "taken"),
    [
        (b"BODY[]<0>", 0, b"abcd", b"abcd"),
        (b"BODY[]<4>", 4, b"efgh", b"efgh"),
        (b"BODY[]", 4, b"efgh", b"efgh"),  # the part, without its origin
        (b"BODY[]", 4, b"abcdefgh", b"efgh"),  # all of the mail, whatever was asked for
        (b"BODY[]<0>", 4, b"abcd", None),  # octets of another place would make another mail
    ],
)
def test_a_part_of_a_mail_is_taken_for_no_other(
    item: bytes, start: int, given: bytes, taken: bytes | None
) -> None:
    entry = commands._part({b"UID": 1, item: given}, start, limit_octets=4)
    assert entry == {b"UID": 1} | ({} if taken is None else {item: taken})


LINES = st.lists(
    st.sampled_from(
        [
            *(b"1 (", b"(", b")", b" ", b"UID 5", b"UID 0", b"uid 6", b"NIL", b'"x"', b"MODSEQ (12)"),
            *(b"FLAGS (\\Seen)", b"FLAGS ()", b"FLAGS (a (b))", b'FLAGS ("a")'),
            *(b'INTERNALDATE "28-Nov-2026 09:30:00 +0100"', b'INTERNALDATE " 1-Jan-1999 24:00:00 -0000"'),
            *(b'INTERNALDATE "31-Feb-2026 09:30:00 +0100"', b"RFC822.SIZE 12", b"RFC822.SIZE x"),
            *(b"BODY[]<0> {3}", b"BODY[] {3}", b"BODY[TEXT] {3}", b'BODY[]<0> ""'),
        ]
    ),
    max_size=9,
).map(b" ".join)  # fmt: skip


def agrees(pieces: list[Any]) -> bool:
    """Whether a response is read as imapclient reads it, or left to that."""
    usual = fetching.usual_entry(pieces)
    if usual is None:
        return True
    [theirs] = parsed(pieces)
    return bool(usual == theirs)


@settings(max_examples=2000)
@given(LINES, st.none() | LINES)
def test_a_response_is_read_as_imapclient_does_or_left_to_it(first: bytes, rest: bytes | None) -> None:
    line = b"1 (" + first.replace(b"( ", b"(").replace(b" )", b")")
    assert agrees([line] if rest is None else [(line, b"abc"), rest.replace(b" )", b")")])
