"""A mail's fields are worked out when they are asked for; what is left out on the way changes nothing."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from delegator.core.mail import notices
from delegator.core.mail.bounce import find_bounce, is_auto_reply
from delegator.core.mail.decoding import says_something
from delegator.core.mail.message import Message, parse_message
from delegator.core.mail.mime import parse_structure
from delegator.core.mail.secrecy import holds_armour, may_hold_armour

DATA = Path(__file__).parents[2] / "data"
NAMES = [each.name for each in fields(Message) if each.init]
ARMOUR = "-----BEGIN PGP MESSAGE-----"


def mails(folder: Path) -> Iterator[bytes]:
    for path in sorted(folder.rglob("*.eml")):
        yield path.read_bytes()


def say_alike(octets: bytes) -> None:
    """Asked for one field alone, or for all in any order, a mail says the same of each."""
    in_order = {name: getattr(message, name) for message in [parse_message(octets)] for name in NAMES}
    shuffled = random.Random(len(octets)).sample(NAMES, len(NAMES))
    message = parse_message(octets)
    assert {name: getattr(message, name) for name in shuffled} == in_order
    for name in NAMES:
        assert getattr(parse_message(octets), name) == in_order[name], name
    everything = in_order["headers"]
    root = parse_structure(octets)
    assert find_bounce(root, everything, lambda: in_order["text"]) == in_order["bounce"]
    said_so = is_auto_reply(everything, in_order["subject"])
    assert (in_order["bounce"] is None and said_so) == in_order["is_auto_reply"]
    for name, value in everything:
        assert value in message.header_values(name.title())
    assert message.named("subject", "from") == tuple(h for h in everything if h[0] in ("subject", "from"))
    texts = [in_order["text"], *(text for _, text in in_order["texts"])]
    if any(holds_armour(text, kind) for text in texts for kind in ("MESSAGE", "SIGNED MESSAGE")):
        assert any(map(may_hold_armour, root.walk()))


@pytest.mark.parametrize("path", sorted((DATA / "mail").glob("*.eml")), ids=lambda path: path.stem)
def test_every_field_alone_says_what_all_say(path: Path) -> None:
    say_alike(path.read_bytes())


def test_so_it_is_with_real_mail(corpora: Path) -> None:
    count = 0
    for octets in mails(corpora):
        say_alike(octets[: 128 * 1024])
        count += 1
    assert count > 500


LETTERS = st.sampled_from(
    [
        "-",
        "--",
        "BEGIN ",
        "PGP ",
        "MESSAGE",
        ARMOUR,
        "&#45;",
        "&#x50;GP",
        "<b>",
        "\n",
        "x",
        "é",
        "\u202a",
        "\x01",
    ]
)


@given(
    st.lists(LETTERS, max_size=12).map("".join),
    st.sampled_from(["text/plain", "text/html", "text/plain; charset=utf-8", "text/html; charset=utf-8"]),
    st.sampled_from(["7bit", "quoted-printable", "base64"]),
)
@example(ARMOUR, "text/plain", "7bit")
@example(ARMOUR.replace("-", "=2D"), "text/plain", "quoted-printable")
@example(ARMOUR.replace("-", "=2d"), "text/plain", "quoted-printable")
@example(ARMOUR.replace("G", "=47").replace("P", "=50"), "text/plain", "quoted-printable")
@example(f"<p>{ARMOUR.replace('-', '&#45;')}</p>", "text/html; charset=utf-8", "7bit")
@example(f"<html>{ARMOUR.replace('P', '&#80;')}</html>", "text/plain", "8bit")
@example(f'<meta charset="iso-2022-jp">{ARMOUR}', "text/html", "8bit")
def test_no_armour_is_overlooked(text: str, content_type: str, encoding: str) -> None:
    """What the octets rule out stands in no text of the mail."""
    octets = f"Content-Type: {content_type}\nContent-Transfer-Encoding: {encoding}\n\n{text}".encode()
    message = parse_message(octets)
    holds = any(holds_armour(each, "MESSAGE") for each in (message.text, *(t for _, t in message.texts)))
    assert parse_message(octets).is_encrypted == holds


@given(
    st.lists(
        st.sampled_from(
            [
                "",
                "--",
                "-----",
                "Dag",
                "EXTERNAL",
                "https://a.example",
                "This mail is external: beware",
                "👍",
                " ",
            ]
        ),
        max_size=6,
    )
)
def test_a_text_is_a_notice_by_all_its_lines(lines: list[str]) -> None:
    """The first line decides where it can, as all of them would."""
    kept = notices.without_notices(lines)
    first = next((line for line in kept if line.strip()), "") or (kept[0] if kept else "")
    is_signature = bool(kept) and first.rstrip() == "--"
    expected = is_signature or not says_something("\n".join(kept))
    assert notices.is_notice("\n".join(lines)) == (expected if lines else True)


def test_a_plain_text_that_stands_in_for_nothing_is_shown_without_the_others() -> None:
    """An alternative that is long, or short, is chosen as if the HTML had been read first."""
    for said in ("Dag " * 200, "Dag Sofie, de offerte is klaar", "Use a program that shows HTML"):
        html = "<p>Dag Sofie, de offerte is klaar en nog veel meer te lezen</p>"
        octets = (
            'Content-Type: multipart/alternative; boundary="b"\n\n--b\nContent-Type: text/plain\n\n'
            f"{said}\n--b\nContent-Type: text/html\n\n{html}\n--b--\n"
        ).encode()
        shown = parse_message(octets).text
        assert shown.strip() == (
            said.strip()
            if "program" not in said
            else "Dag Sofie, de offerte is klaar en nog veel meer te lezen"
        )
