"""What is kept of a mail in a file says what the whole says, however it is built and wherever it is cut."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.core.mail import abridge, message, mime
from delegator.core.mail.abridge import Abridgement
from delegator.core.mail.arrival import as_received, message_of_file, with_stated_arrival
from delegator.core.mail.message import MAX_OCTETS, Message, parse_message
from delegator.core.mail.mime import LOOK_OCTETS

LINE = b"QUJD" * 19 + b"\r\n"
TEXT = b"Content-Type: text/plain\r\n\r\nDag Sofie\r\n"
FILE = b"Content-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"


def multipart(*parts: bytes, boundary: bytes = b"b") -> bytes:
    head = b"From: jan@acme.example\r\nContent-Type: multipart/mixed; boundary=" + boundary + b"\r\n\r\n"
    return head + b"".join(b"--" + boundary + b"\r\n" + part for part in parts) + b"--" + boundary + b"--\r\n"


def abridged(octets: bytes, piece: int = 1 << 16, most: int = MAX_OCTETS) -> Abridgement:
    mail = Abridgement(most)
    for at in range(0, len(octets), piece):
        mail.add(octets[at : at + piece])
    mail.end()
    return mail


def read(mail: Abridgement) -> Message:
    return message_of_file(mail.octets, mail.size_octets, is_abridged=mail.is_abridged)


def whole(octets: bytes, most: int = MAX_OCTETS) -> Message:
    """As it was read before anything was left out."""
    received = as_received(octets[:most])
    size = len(octets) + len(received) - len(octets[:most])
    return with_stated_arrival(parse_message(received, size_octets=size))


def essence(mail: Message) -> Message:
    """Without the size of the mails in it, by which nothing is decided."""
    attached = tuple(replace(essence(inner), size_octets=0) for inner in mail.attached)
    return replace(mail, attached=attached)


@contextmanager
def scaled(*, look: int = 400, glance: int = 60, window: int = 250, piece: int = 40) -> Iterator[None]:
    """Everything smaller, so that small mails are cut."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(abridge, "PIECE_OCTETS", piece)
        patch.setattr(abridge, "_SMALL_OCTETS", 100)
        patch.setattr(mime, "GLANCE_OCTETS", glance)
        for module in (mime, message):
            patch.setattr(module, "LOOK_OCTETS", look)
        for module in (mime, abridge):
            patch.setattr(module, "HEADER_WINDOW", window)
        yield


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
def test_of_a_large_file_only_the_beginning_is_kept(line_end: bytes) -> None:
    """However many there are, and whatever the line ends; the size is that on a server."""
    octets = multipart(TEXT, *[FILE + LINE * 20_000] * 5, TEXT).replace(b"\r\n", line_end)
    mail = abridged(octets)
    assert mail.is_abridged
    assert len(mail.octets) < 500_000 < 7_000_000 < len(octets)
    assert read(mail) == whole(octets)
    assert read(mail).size_octets == len(octets.replace(b"\n", b"\r\n").replace(b"\r\r\n", b"\r\n"))
    assert len(read(mail).attachments) == 5


def test_a_file_within_a_mail_within_a_mail_is_cut() -> None:
    """Of the mail in which it is, so much is kept as is looked at of a mail in any case."""
    inner = multipart(TEXT, FILE + LINE * 60_000, boundary=b"c")
    octets = multipart(TEXT, b"Content-Type: message/rfc822\r\n\r\n" + inner, FILE + LINE * 10_000)
    mail = abridged(octets)
    assert mail.is_abridged
    assert len(mail.octets) < LOOK_OCTETS + 500_000 < len(octets) / 2
    assert essence(read(mail)) == essence(whole(octets))


@pytest.mark.parametrize(
    ("part", "lines"),
    [
        (b"Content-Type: text/plain\r\n\r\n", 10_000),
        (b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n", 10_000),
        (b"Content-Type: text/calendar\r\n\r\n", 10_000),
        (b"Content-Type: application/ics\r\n\r\n", 10_000),
        (b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n", 40_000),
        (b"Content-Transfer-Encoding: base64\r\nContent-Type: image/png; name=a.eml\r\n\r\n", 40_000),
    ],
)
def test_what_is_looked_at_is_kept(part: bytes, lines: int) -> None:
    """Of texts and calendars 2 MB; of mails in a transfer encoding, all."""
    octets = multipart(part + LINE * lines)
    mail = abridged(octets)
    assert mail.octets == octets
    assert not mail.is_abridged


def test_what_is_behind_the_bound_of_a_mail_is_no_abridgement() -> None:
    """Then it is not whole, and that is to be seen."""
    octets = multipart(FILE + LINE * 10_000, TEXT)
    mail = abridged(octets, most=400_000)
    assert not mail.is_abridged
    assert len(mail.octets) < 300_000
    assert not read(mail).is_whole
    assert read(mail) == whole(octets, most=400_000)


def test_to_look_where_one_is_takes_no_longer_than_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hostile mail that begins parts again and again is kept from some moment on, not looked at again."""
    octets = multipart(*[FILE + LINE * 20] * 100)
    with scaled():
        assert len(abridged(octets, 100).octets) < len(octets) / 2
        monkeypatch.setattr(abridge, "_LOOKED_AT_OCTETS", 20_000)
        mail = abridged(octets, 100)
        assert len(octets) * 0.7 < len(mail.octets) < len(octets)
        assert read(mail) == whole(octets)


def test_the_line_end_before_a_delimiter_is_none_of_the_part() -> None:
    """Where a text is as long as what is looked at, the line end behind it still is one of its own."""
    head = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; x="
    head += b"y" * 50 + b"\r\n\r\n"
    pieces = (head, b"x" * 398 + b"\r\n", b"y" * 50 + b"\r\n", b"--b\r\n" + TEXT + b"--b--\r\n")
    with scaled():
        mail = Abridgement(MAX_OCTETS)
        for piece in pieces:
            mail.add(piece)
        mail.end()
        assert read(mail) == whole(b"".join(pieces))


@pytest.mark.parametrize("is_within", [False, True])
def test_of_a_mail_whose_lines_end_in_a_bare_cr_all_is_kept(is_within: bool) -> None:
    """As on old Macs: its delimiters stand where no line begins for others, also where line feeds follow."""
    lines = LINE * (30_000 if is_within else 3000)  # of a mail within it, 2 MB are kept in any case
    octets = multipart(FILE + lines).replace(b"\r\n", b"\r").removesuffix(b"--b--\r")
    octets += b"\n" + LINE * 1500 + b"QQ\r--b\r" + TEXT.replace(b"\r\n", b"\r") + b"--b--\r\n" + LINE * 500
    if is_within:
        octets = multipart(b"Content-Type: message/rfc822\r\n\r\n" + octets, boundary=b"c")
    mail = abridged(octets, abridge.PIECE_OCTETS)
    assert essence(read(mail)) == essence(whole(octets))
    assert "Dag Sofie" in (read(mail).attached[0] if is_within else read(mail)).text


EDGES = (
    (b"Content-Type: text/plain\r\n\r\n", b"ab\n" * 150, b"--b\r\n" + TEXT),
    (b"Content-Type: text/plain\r\n\r\n", b"a" * 395 + b"\n", b"ab\n" * 90 + b"--b\r\n" + TEXT),
    (b"Content-Type: message/rfc822\r\n\r\nSubject: a\r\n\r\n", b"ab\n" * 150, b"\n--b--\r\n"),
    (b"Content-Type: message/rfc822\r\n\r\n" + FILE, b"ab\n" * 350, b"\n--b--\r\n"),
    (b"Content-Type: text/plain; name=a.eml\r\n\r\n" + FILE, b"ab\n" * 350, b"--b--\r\n"),
    (b"Content-Type: message/rfc822\r\n\r\n" + multipart(FILE + LINE * 9, TEXT, boundary=b"c"), b"", b""),
    (FILE, LINE * 20, b"--b\r\n" + TEXT),
    (FILE, LINE * 20, b"a" * 60 + b"--b\r\n" + TEXT),
    (FILE, LINE * 20, b"a" * 60 + b"\r\n--b\r\n" + TEXT + b"--b\r\n"),
    (FILE.removesuffix(b"\r\n"), b"no field\r\n" * 8, b"X: y\n" * 30 + b"\n" + LINE * 9),
    (FILE.removesuffix(b"\r\n"), b"X: y\n" * 60, LINE * 20 + b"\n" + LINE * 9),
    (FILE + LINE + b"--b--\r\n", b"after the end\r\n" * 30, b"--b\r\n" + TEXT),
)


@pytest.mark.parametrize("edge", range(len(EDGES)))
def test_wherever_a_piece_begins(edge: int) -> None:
    """What stands at the edges of pieces, of parts and of what is looked at."""
    part, filling, rest = EDGES[edge]
    cut = 0
    with scaled():
        for shift in range(90):
            octets = multipart(b"X: " + b"y" * shift + b"\r\n" + part + filling + rest)
            mail = abridged(octets, piece=40)
            cut += mail.is_abridged
            assert essence(read(mail)) == essence(whole(octets)), shift
    assert cut


FRAGMENTS = (
    *(b"--b\r\n", b"--b0\r\n", b"--b1\n", b"--b--\r\n", b"--b0--\r\n", b"--x\r\n", b"--b\r", b"--"),
    *(
        b"\r\n",
        b"\n",
        b"\r",
        b" \r\n",
        b"x\r\n",
        b"X-Y: z\r\n",
        b" folded\r\n",
        b"From me Mon 1 10:00:00 2026\n",
    ),
    *(
        LINE,
        LINE * 3,
        b"abc\n" * 50,
        b"a" * 90,
        b"no field here\r\n" * 9,
        b"\xff\x00\r\n" * 30,
        b"X: y\r\n" * 40,
    ),
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n",
    b"Content-Type: multipart/mixed; boundary=b0\r\n\r\n",
    b"Content-Type: multipart/alternative; boundary=b1\r\n\r\n",
    b"Content-Type: message/rfc822\r\n\r\n",
    b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
    b"Content-Type: message/news\r\n\r\nSubject: a\r\n\r\n",
    b"Content-Type: text/plain\r\n\r\n",
    b"Content-Type: text/html\n\n<p>",
    b"Content-Type: application/zip; name=a.zip\r\n\r\n",
    b"Content-Type: application/zip; name=a.zip\r\n",
    b"Content-Disposition: attachment; filename=a.eml\r\n\r\n",
    b"Content-Disposition: attachment; filename=a.ics\r\n\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Subject: waterschade\r\n",
)
BEGIN = st.sampled_from([b"", b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"])
MAILS = st.tuples(BEGIN, st.lists(st.sampled_from(FRAGMENTS), max_size=40).map(b"".join)).map(b"".join)


@settings(max_examples=400, deadline=None)
@given(MAILS, st.integers(1, 200), st.integers(200, 3000))
def test_any_mail_says_the_same(octets: bytes, piece: int, most: int) -> None:
    """Sound, broken or hostile; in whatever pieces it comes; whole, or cut off at the bound."""
    with scaled():
        assert essence(read(abridged(octets, piece, most))) == essence(whole(octets, most))


@pytest.mark.corpora
def test_real_mail_says_the_same(corpora: Path) -> None:
    """Each mail of the corpora, with bounds so small that thousands of them are cut."""
    differ, cut = [], 0
    with scaled(look=3000, glance=100, window=1000, piece=200):
        for path in sorted(path for path in corpora.rglob("*") if path.suffix in (".eml", ".mbox", "")):
            if not path.is_file() or path.stat().st_size > 2_000_000:
                continue
            octets = path.read_bytes()
            mail = abridged(octets, 300)
            cut += mail.is_abridged
            if essence(read(mail)) != essence(whole(octets)):
                differ.append(str(path))
    assert not differ
    assert cut > 100
