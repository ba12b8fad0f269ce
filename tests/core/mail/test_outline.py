"""A mail read by its parts says what the whole says; where that is not sure, there is no abridgement."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.core.mail.message import Message, parse_message
from delegator.core.mail.mime import GLANCE_OCTETS, parse_structure
from delegator.core.mail.outline import Outline, abridged, body_sections, end_section, header_sections, is_end
from tests.support import outline_of, sections_of

HEADER = b"From: jan@acme.example\r\nSubject: Foto\r\nMIME-Version: 1.0\r\n"
FILE = b"Content-Type: application/pdf; name=a.pdf\r\n\r\n" + b"x" * 2 * GLANCE_OCTETS
TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\nDefect toegekomen."


def mixed(*parts: bytes, boundary: bytes = b"b") -> bytes:
    delimiter = b"--" + boundary
    body = b"".join(delimiter + b"\r\n" + part + b"\r\n" for part in parts)
    return b"Content-Type: multipart/mixed; boundary=" + boundary + b"\r\n\r\n" + body + delimiter + b"--\r\n"


def by_parts(
    octets: bytes,
    outline: Outline | None = None,
    first: bytes | None = None,
    size_octets: int | None = None,
) -> bytes | None:
    """As the daemon does it, with a server that reads the mail as we do."""
    root = parse_structure(octets)
    outline, given = outline or outline_of(root), sections_of(root)
    first = octets if first is None else first
    wanted = header_sections(outline)
    if wanted is None:
        return None
    found = {section.name: given[section.name] for section in wanted if section.name in given}
    bodies = body_sections(first, outline, found)
    if bodies is None:
        return None
    found |= {section.name: given[section.name][: section.octets] for section in bodies}
    end = end_section(first, outline, found, len(octets) if size_octets is None else size_octets)
    if end and not is_end(first, end, octets[end.start :][: end.octets]):
        return None
    return abridged(first, outline, found)


def essence(message: Message) -> Message:
    return replace(message, size_octets=0, attached=tuple(map(essence, message.attached)))


def test_only_the_beginning_of_a_document_is_asked_for() -> None:
    octets = HEADER + mixed(FILE, TEXT)
    said = by_parts(octets)
    assert said is not None
    assert len(said) < len(octets) - len(FILE) // 3
    assert b"Defect toegekomen." in said


LEAVES = st.sampled_from([FILE, TEXT, b"Content-Type: text/html\r\n\r\n<p>Dag</p>", b"\r\nzonder veld"])


@st.composite
def mails(draw: st.DrawFn, depth: int = 0) -> bytes:
    parts = draw(st.lists(LEAVES, min_size=1, max_size=3))
    if depth < 3 and draw(st.booleans()):
        parts.append(draw(mails(depth + 1)))
    if depth < 3 and draw(st.booleans()):
        parts.append(b"Content-Type: message/rfc822\r\n\r\n" + HEADER + draw(mails(depth + 1)))
    return mixed(*parts, boundary=b"b%d" % depth) if draw(st.booleans()) else parts[-1]


@settings(max_examples=100, deadline=None)
@given(mails())
def test_a_sound_mail_is_the_same_by_its_parts(mail: bytes) -> None:
    octets = HEADER + mail
    said = by_parts(octets)
    assert said is not None
    read = parse_message(said, size_octets=len(octets), is_abridged=True)
    assert essence(read) == essence(parse_message(octets))
    assert read.is_whole


SOUND = HEADER + mixed(FILE, TEXT + b" " * 3000)
OUTLINE = outline_of(parse_structure(SOUND))


@pytest.mark.parametrize(
    ("outline", "why"),
    [
        (Outline("multipart/alternative", children=OUTLINE.children), "another type"),
        (Outline("multipart/mixed", children=OUTLINE.children[:1]), "another number of parts"),
        (Outline("multipart/mixed", children=OUTLINE.children * 300), "too many parts"),
        (Outline("multipart/mixed", children=(Outline("text/plain"),)), "no part at all"),
        (Outline("text/plain", len(SOUND)), "no multipart"),
        (
            Outline("multipart/mixed", children=(Outline("application/pdf", 10**6), OUTLINE.children[1])),
            "sizes that do not add up",
        ),
    ],
)
def test_what_does_not_add_up_is_read_whole(outline: Outline, why: str) -> None:
    assert by_parts(SOUND) is not None
    assert by_parts(SOUND, outline) is None, why


@pytest.mark.parametrize(
    "octets",
    [
        HEADER + mixed(FILE, b"Content-Type: text/plain\r\nContent-Transfer-Encoding: x\r\n\r\ny"),
        HEADER + mixed(FILE, b"Content-Type: application/octet-stream; name=a.eml\r\n\r\n" + SOUND),
        HEADER
        + mixed(FILE, b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\neA=="),
        b"From jan Mon Dec 21 10:00:00 2026\r\n" + SOUND,
        SOUND.replace(b"\r\n", b"\r"),
    ],
)
def test_badly_formed_mail_is_read_whole(octets: bytes) -> None:
    assert by_parts(octets) is None


def test_a_server_that_only_guesses_sizes() -> None:
    """Its mail is read by its parts if it ends where they do, and has its last delimiter there."""
    assert by_parts(SOUND, size_octets=10**6) is not None
    assert by_parts(SOUND + b"epilogue\r\n" * 1000, size_octets=len(SOUND) - 3000) is None
    assert by_parts(SOUND[:-6] + b"\r\n", size_octets=10**6) is None


def test_a_header_that_does_not_end_in_what_is_at_hand() -> None:
    assert by_parts(SOUND, first=SOUND[:40]) is None


def test_a_server_that_sees_parts_where_we_see_none() -> None:
    """Dovecot takes a line that begins with the boundary for one."""
    other = SOUND.replace(b"boundary=b\r\n", b"boundary=c\r\n")
    assert by_parts(SOUND, OUTLINE, first=other) is None
