"""A mail of a client's whole, on the owner's word."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.catalogues import load_catalogue
from delegator.core.compose.whole import compose_whole
from delegator.core.mail.message import Attachment, Message, parse_message
from delegator.core.people import Language
from tests.reviews import STAMP, owner

PARSED = parse_message(
    b"From: Jan De Smet <jan@acme.example>\r\nSubject: Offerte\r\n\r\n"
    b"Dag Sofie,\r\n\r\nKan dit vrijdag?\r\n\r\n> Ja.\r\n",
    arrived_at=datetime(2026, 11, 17, 7, 12, tzinfo=UTC),
)


def mail(**fields: Any) -> Message:
    return replace(PARSED, **fields)


def text_of(message: Message) -> str:
    octets = compose_whole(message, owner("nl"), STAMP, load_catalogue("nl"))
    body = email.message_from_bytes(octets, policy=email.policy.default).get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_all_of_it_is_there() -> None:
    """Who wrote it, every line, the quote too, and what is attached."""
    attached = Attachment("plan.pdf", "application/pdf")
    text = text_of(mail(attachments=(attached,)))
    for words in (
        "Offerte",
        "jan@acme.example",
        "Kan dit vrijdag?",
        "Ja.",
        "plan.pdf",
        "17 november 2026 8.12 u",
    ):
        assert words in text


def test_it_stays_under_80_kb_and_says_where_the_rest_is() -> None:
    """However long it is."""
    octets = compose_whole(mail(text="é<&" * 100_000), owner("nl"), STAMP, load_catalogue("nl"))
    assert len(octets) < 80_000
    assert "De rest staat in je inbox." in text_of(mail(text="woord " * 20_000))


@pytest.mark.parametrize("language", get_args(Language))
@given(text=st.text(max_size=300), subject=st.text(max_size=80))
@settings(max_examples=25, deadline=None)
def test_no_words_of_a_stranger_do_harm(language: Language, text: str, subject: str) -> None:
    """They add no header field and no element."""
    catalogue = load_catalogue(language)
    octets = compose_whole(mail(text=f"<script>{text}", subject=subject), owner("nl"), STAMP, catalogue)
    parsed = email.message_from_bytes(octets, policy=email.policy.default)
    assert parsed["To"] == "Sofie Janssens <sofie@voorbeeld.example>"
    html = parsed.get_body(("html",))
    assert html is not None
    assert "<script" not in str(html.get_content())
