"""Entities that go out: one way to write text and HTML side by side."""

from __future__ import annotations

import email
import email.policy
from pathlib import Path

import delegator
from delegator.core.compose.entity import text_alternative


def test_text_comes_before_html() -> None:
    """A program shows the last part that it can (RFC 2046 section 5.1.4)."""
    message = email.message_from_bytes(
        text_alternative("Dag é", "<p>Dag é</p>", "seed"), policy=email.policy.default
    )
    assert message.get_content_type() == "multipart/alternative"
    parts = [(part.get_content_type(), part.get_content().strip()) for part in message.iter_parts()]
    assert parts == [("text/plain", "Dag é"), ("text/html", "<p>Dag é</p>")]


def test_a_text_that_knows_the_boundary_stays_whole() -> None:
    """The boundary is another where the text holds it: nobody can end a part from within."""
    text = "x\r\n--001seed--\r\ny"
    message = email.message_from_bytes(text_alternative(text, text, "seed"), policy=email.policy.default)
    assert [part.get_content().splitlines() for part in message.iter_parts()] == [text.splitlines()] * 2


def test_no_other_module_writes_one() -> None:
    """Three wrote it, each in its own way."""
    folder = Path(delegator.__file__).parent / "core"
    writers = [p.name for p in folder.rglob("*.py") if "multipart/alternative;" in p.read_text("utf-8")]
    assert writers == []
