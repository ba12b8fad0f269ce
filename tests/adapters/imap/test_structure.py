"""What servers say of a mail's parts: read if it can be, ValueError if not, whatever it is."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delegator.adapters.imap.structure import items_of, outline_of, read_response
from delegator.core.mail.outline import Outline

LEAF = b'("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 12 1 NIL NIL NIL NIL)'
MAIL = b'("message" "rfc822" NIL NIL NIL "7bit" 90 (NIL "x" NIL) ' + LEAF + b" 4)"


def outline(text: bytes) -> Outline:
    return outline_of(read_response([text])[0])


def test_outlines() -> None:
    leaf = Outline("text/plain", 12)
    assert outline(LEAF) == leaf
    assert outline(LEAF.upper()) == leaf
    assert outline(b"(" + LEAF + MAIL + b' "mixed" ("boundary" "b"))') == Outline(
        "multipart/mixed", children=(leaf, Outline("message/rfc822", 90, inner=leaf))
    )


def test_a_response_in_pieces() -> None:
    """imaplib hands each literal out beside the line that announces it."""
    pieces = [
        (b"3 (UID 7 BODY[1.MIME]<0> {4}", b"a(\r\n"),
        (b" BODY[2] {0}", b""),
        b' BODY[3] "x\\"y" X NIL)',
    ]
    assert items_of(read_response(pieces)) == {
        "UID": b"7",
        "1.MIME": b"a(\r\n",
        "2": b"",
        "3": b'x"y',
        "X": None,
    }


@pytest.mark.parametrize(
    "text",
    [
        b"NIL",
        b"()",
        b'("text" "plain")',
        b'("text" "plain" NIL NIL NIL "7bit" NIL)',
        b'("message" "rfc822" NIL NIL NIL "7bit" 90 NIL NIL NIL NIL NIL)',
        b"(()())",
        b'("text" "plain',
        b"(" * 500,
        b")",
    ],
)
def test_what_is_no_structure(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"^(no structure|a (list|word|data item) )"):
        outline(text)


@given(
    st.lists(st.sampled_from([b"(", b")", b'"', b"\\", b" ", b"NIL", b"text", b"1", LEAF, b"{3}", b"\xff"]))
)
def test_anything_is_a_value_error_or_an_outline(tokens: list[bytes]) -> None:
    with contextlib.suppress(ValueError):
        items_of(read_response([b"".join(tokens)]))
    with contextlib.suppress(ValueError, IndexError):
        outline(b"".join(tokens))


@pytest.mark.parametrize("text", [b"(" * 10**6, b'"' + b"\\" * 10**6, b'("' * 10**6, b"x " * 10**6])
def test_a_hostile_structure_takes_a_second_at_most(text: bytes) -> None:
    started = time.process_time()
    with contextlib.suppress(ValueError):
        outline(text)
    assert time.process_time() - started < 1
