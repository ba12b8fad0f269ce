"""What is read quickly says what is read thoroughly: each short way beside the long one, on any input."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from delegator.core.mail import addresses, decoding, mime
from delegator.core.mail.bounce import find_bounce, is_auto_reply, may_be_auto_reply, may_be_bounce
from delegator.core.mail.ids import parse_ids
from delegator.core.mail.message import Message, arrived, parse_message
from delegator.core.mail.mime import decode_field, fields_of, parse_structure

PIECES = (
    *(b"From", b"To: b\r\n", b"a", b":", b" ", b"\t", b"\r\n", b"\n", b"\r", b";", b"\xe9", b"\r\n "),
    *(b"Return-Path:", b"<>", b"<a@b.example>", b"MAILER-DAEMON@", b"postmaster", b"undeliverable"),
    *(b"Auto-Submitted: auto-replied\n", b"X-Failed-Recipients: a@b\n", b"Precedence: bulk\n"),
    *(b"From: no-reply@x.example\n", b"Subject: Out of office\n", b"Delivered-To: Autoresponder"),
    *(b"Content-Type: message/delivery-status\n\n", b"Action: failed\n", b"In-Reply-To: <1@a>\n"),
    b"=?utf-8?q?no?=",
)
HEADERS = st.lists(st.sampled_from(PIECES), max_size=14).map(b"".join) | st.binary(max_size=200)


@given(HEADERS)
@example(b"From:\ra From")
@example(b" To: b\r\nFrom: a\r\n\tb\r\n")
def test_fields(header: bytes) -> None:
    """In one pass, and line by line; sound is a header in which no line is anything else."""
    fields = fields_of(header)
    line_by_line = [(name.lower().decode(), value) for name, value in mime._whole_fields(header)]
    assert list(fields.in_order) == line_by_line
    by_name = {name: [v for key, v in line_by_line if key == name] for name, _ in line_by_line}
    assert {name: list(fields.values(name)) for name in fields.by_name} == by_name
    if fields.is_sound:
        assert not mime._NO_FIELD.search(header)


@given(HEADERS | st.text(max_size=60).map(str.encode))
@example(b" two  spaces =?utf-8?q?=41?= ")
def test_a_field(value: bytes) -> None:
    value = value[: mime.FIELD_OCTETS]
    assert decode_field(value) == decoding.one_line(
        decoding.decode_words(decoding.decode_octets(value, None))
    )


WRITTEN = st.lists(
    st.sampled_from(
        [
            "a",
            "Jan",
            "@",
            "x.example",
            ".",
            "<",
            ">",
            '"',
            " ",
            ",",
            "'",
            "mailto:",
            "-",
            "&",
            "(",
            ")",
            "<b@c.d>",
        ]
    ),
    max_size=12,
).map("".join)


@given(WRITTEN)
@example("Jan De Smet <jan@acme.example>")
@example('"De Smet, Jan" <jan@acme.example>')
@example("jan@acme.example")
@example("<jan@acme.example.>")
def test_addresses(written: str) -> None:
    scanner = addresses._Scanner(written)
    scanner.run()
    assert addresses.parse_addresses(written.encode()) == tuple(scanner.found)


@given(
    st.lists(st.sampled_from(["<", ">", " ", "\n", "a@b", "\xe9", "<a>", "<b@c>"]), max_size=9).map("".join)
)
@example(f"<{'a' * 995}> <b@c>")
@example(f"<{'a' * 2000}>")
def test_ids(written: str) -> None:
    """Each between a bracket that closes and the last before it that opens, and once."""
    found: dict[str, None] = {}
    for inner in re.findall(r"<([^<>]*)>", written):
        one = "".join(decoding.one_line(inner).split())
        if 0 < len(one) <= 996 and len(inner) <= 2 * 998:
            found[f"<{one}>"] = None
    if found:
        assert parse_ids(written) == tuple(found)


@given(st.text(max_size=80) | st.text(st.characters(max_codepoint=0x9F), max_size=80))
@example("e\u0301\r\n\x07\t")
@example("\x7f\x1f\x0c\r")
def test_several_lines(written: str) -> None:
    lines = written.replace("\r\n", "\n").replace("\r", "\n")
    assert decoding.several_lines(written) == decoding._composed(decoding._UNWANTED.sub("", lines))


@given(st.binary(max_size=60), st.sampled_from([None, "utf-8", "us-ascii", "iso-8859-1", "cp1252", "koi8-r"]))
@example("é".encode(), "utf-8")
@example(b"caf\xe9", "utf-8")
@example(b"\xe2\x82", None)
def test_octets(octets: bytes, charset: str | None) -> None:
    """What every decoder reads at once is what the ones that read piece by piece say."""
    in_turn = decoding._decoded_in_turn(octets, decoding.charset_codec(charset))
    assert decoding.decode_octets(octets, charset) == in_turn


@given(HEADERS)
@example(b"From: MAILER-DAEMON@x.example\nSubject: failure notice\n\n")
@example(b"Return-Path: <>\nFrom: a@x.example\n\nundeliverable")
@example(b"From: a@x.example\nDelivered-To: Autoresponder\n\n")
def test_bounces_and_automatic_answers(octets: bytes) -> None:
    """What is passed over at a glance is none."""
    message, root = parse_message(octets), parse_structure(octets)
    fields = fields_of(root.header)
    if not may_be_bounce(root.walk(), fields):
        assert find_bounce(root, message.headers, lambda: message.text) is None
    if not may_be_auto_reply(fields):
        assert not is_auto_reply(message.headers, message.subject)


def test_a_mail_that_arrived_at_another_moment_is_the_same_mail() -> None:
    """And one that was read is equal to one whose fields were given."""
    message = parse_message(b"From: a@x.example\r\nSubject: x\r\n\r\nText\r\n")
    moved = arrived(message, None)
    assert moved == message
    assert moved == Message(**{name: getattr(message, name) for name in Message.__dataclass_fields__})
    assert arrived(Message(subject="x"), None) == Message(subject="x")
