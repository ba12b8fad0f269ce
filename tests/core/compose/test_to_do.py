"""The to-do list as a file and as tasks: what a client wrote steers neither."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from delegator.catalogues import load_catalogue
from delegator.core.compose.to_do import (
    compose_task,
    compose_test_task,
    escaped,
    neutral,
    write_markdown,
)
from delegator.core.mail.message import Address
from delegator.core.people import Language
from delegator.core.reviews.flight import MOST_LINES
from delegator.core.reviews.to_do import CUT, Preset, TaskAddress, ToDo
from tests.reviews import STAMP, owner

AT = datetime(2026, 12, 22, 10, 0, tzinfo=UTC)
HOSTILE = "Offerte #werk @Anna +Bram !2026/12/24 <date morgen> p1 /sectie *vet* [x](https://evil.example) %p2"
ENTRY = ToDo(
    number=3,
    messages=(1,),
    sender=Address("Jan De Smet", "jan@acme.example"),
    subject="Offerte sporthal",
    at=AT,
    remark="prijs navragen",
    new="Graag een offerte.\n\nVoor vrijdag!",
    message_id="<a@b.example>",
    is_private=False,
    is_undecided=False,
)
PRIVATE = replace(
    ENTRY, sender=Address("", ""), subject="", remark="", new="", message_id=None, is_private=True
)
PRESETS: tuple[Preset, ...] = get_args(Preset)
LIVE = re.compile(r"[#@+!<>/*%\[\]]|(?<!\w)[pP][0-9](?!\w)")


def task(to_do: ToDo, to: TaskAddress, language: Language = "nl") -> EmailMessage:
    octets = compose_task(to_do, to, owner(language), STAMP, load_catalogue(language))
    mail = email.message_from_bytes(octets, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def test_a_subject_holds_no_sign_that_a_program_reads() -> None:
    """It looks the same, and means nothing."""
    said = neutral(HOSTILE)
    assert not LIVE.search(said)
    assert "＃werk ＠Anna ＋Bram ！2026／12／24 ＜date morgen＞ ｐ1" in said
    assert neutral("Prijs p.p. voor 24 personen, (deel 2)") == "Prijs p.p. voor 24 personen, (deel 2)"


@pytest.mark.parametrize("sign", ["﹟", "﹫", "﹢", "﹤"])
def test_nor_one_that_becomes_such_a_sign(sign: str) -> None:
    """Where a program folds what it reads (NFKC), a small sign is the sign."""
    assert neutral(sign) != sign


@pytest.mark.parametrize("hidden", ["p\u200d1", "\u200dp1", "p\u200c1", "\u200d#werk", "\ufe0f#werk"])
def test_nor_one_beside_what_nobody_sees(hidden: str) -> None:
    """A program may drop a joiner, and read the rest. In the subject and in the body, whoever wrote it."""
    for entry in (
        replace(ENTRY, subject=hidden),
        replace(ENTRY, remark=hidden),
        replace(ENTRY, sender=Address(hidden, "jan@acme.example")),
        replace(ENTRY, new=hidden),
    ):
        mail = task(entry, TaskAddress("x@to-do.example", "todoist"))
        for line in (str(mail["Subject"]), *mail.get_content().splitlines()):
            read = re.sub("[\u200c\u200d\ufe0f]", "", line)
            assert not re.search(r"(?<!\S)(?:#|p1)", read), line
    assert neutral("1\ufe0f\u20e3") == "1\ufe0f\u20e3", "a key cap is one sign"


@given(st.text(max_size=80))
def test_whatever_was_written(text: str) -> None:
    assert not LIVE.search(neutral(text))


@pytest.mark.parametrize("preset", PRESETS)
def test_only_configured_tags_are_live(preset: Preset) -> None:
    """They stand at the end, where Evernote looks for them; Asana and plain read none."""
    mail = task(replace(ENTRY, subject=HOSTILE), TaskAddress("x@to-do.example", preset, ("@Werk", "#dlg")))
    subject = str(mail["Subject"])
    tags = " @Werk #dlg" if preset in ("evernote", "todoist", "trello") else ""
    assert subject.endswith(tags)
    assert not LIVE.search(subject.removesuffix(tags))
    assert "prijs navragen" in subject


@pytest.mark.parametrize("preset", PRESETS)
def test_a_task_goes_to_one_address_and_is_plain(preset: Preset) -> None:
    """Asana makes an assignee of each in To and a collaborator of each in Cc."""
    mail = task(ENTRY, TaskAddress("x@to-do.example", preset))
    assert str(mail["To"]) == "x@to-do.example"
    assert mail["Cc"] is None
    assert mail["Reply-To"] is None
    assert mail.get_content_type() == "text/plain"
    assert str(mail["From"]).endswith("<sofie@voorbeeld.example>")


def test_its_body_has_the_words_and_the_way_back() -> None:
    said = task(ENTRY, TaskAddress("x@to-do.example")).get_content()
    for part in (
        "prijs navragen",
        "Jan De Smet",
        "jan@acme.example Offerte sporthal",
        "Graag een offerte.",
        "Voor vrijdag!",
    ):
        assert part in said
    assert "message:%3Ca%40b.example%3E" in said


def test_no_line_of_its_body_begins_with_a_sign() -> None:
    hostile = replace(
        ENTRY, subject="#a", new="#werk\n@anna doe dit\nzie <date morgen>\np1 nu\n- [ ] nog een"
    )
    body = task(hostile, TaskAddress("x@to-do.example", "trello")).get_content()
    assert not re.search(r"(?<!\S)[#@+!]|<date|(?<!\S)p1", body)


def test_a_body_is_bounded() -> None:
    """Whatever a client wrote."""
    long = replace(ENTRY, new="\n".join(["ж" * 500] * (MOST_LINES + 9)))
    said = task(long, TaskAddress("x@to-do.example")).get_content()
    assert said.count("ж" * 500) == MOST_LINES
    assert said.rstrip().endswith(CUT)


@pytest.mark.parametrize("language", get_args(Language))
def test_of_private_mail_a_task_says_its_number_and_date(language: Language) -> None:
    mail = task(PRIVATE, TaskAddress("x@to-do.example", "todoist", ("@Werk",)), language)
    said = str(mail["Subject"]) + mail.get_content()
    assert "3" in str(mail["Subject"])
    assert "22" in str(mail["Subject"])
    assert not re.search(r"acme|offerte|Jan|message:", said, re.IGNORECASE)


def test_a_test_says_that_it_is_one() -> None:
    octets = compose_test_task(TaskAddress("x@to-do.example"), owner("nl"), STAMP, load_catalogue("nl"))
    assert b"To: x@to-do.example\r\n" in octets


# --- the file -------------------------------------------------------------------------------------


def rendered(*to_dos: ToDo) -> str:
    page = write_markdown(to_dos, owner("nl"), load_catalogue("nl"))
    return str(MarkdownIt("gfm-like", {"linkify": False}).render(page))


def test_the_file_has_every_entry_with_its_way_back() -> None:
    page = rendered(ENTRY, PRIVATE)
    for part in ("Offerte sporthal", "Jan De Smet", "prijs navragen", "Graag een offerte.", "Voor vrijdag!"):
        assert part in page
    assert 'href="message:%3Ca%40b.example%3E"' in page
    assert page.count("[ ]") == 2


def test_an_empty_list_says_so() -> None:
    assert "(0)" in rendered()


NASTY = [
    HOSTILE,
    "# kop",
    "- [x] klaar",
    "1. een",
    "<script>alert(1)</script>",
    "![x](https://evil.example/p.png)",
    "[[wiki]] {{ dv }} :: ==x== $x$ ^a",
    "https://evil.example www.evil.example a@evil.example",
    "| a | b |",
    "```",
    "~~weg~~ &amp; &#35;",
    "\\# al ontsnapt \\",
    "---",
]


@pytest.mark.parametrize("text", NASTY)
def test_no_word_of_a_client_is_markup(text: str) -> None:
    """The page has the words, and the same elements as with harmless ones."""

    def with_words(words: str) -> str:
        return rendered(
            replace(ENTRY, subject=words, sender=Address(words, "x@y.example"), remark=words, new=words)
        )

    def elements(page: str) -> list[str]:
        return re.findall(r"<[^>]*>", page)

    assert elements(with_words(text)) == elements(with_words("offerte"))


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_whatever_was_written_is_text(text: str) -> None:
    line = " ".join(text.split())
    page = MarkdownIt("gfm-like", {"linkify": False}).render(f"> {escaped(line)}")
    assert re.findall(r"<(?!/?(?:blockquote|p)>)[^>]*>", page) == []
