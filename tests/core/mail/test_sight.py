"""Whatever word a mail shows is seen in it without reading it; what is not seen is not there."""

from __future__ import annotations

import quopri
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from delegator.core.mail.fold import fold
from delegator.core.mail.html import html_to_text
from delegator.core.mail.message import parse_message
from delegator.core.mail.sight import MOST_OCTETS, MOST_PARTS, Sight, sight_of

DATA = Path(__file__).parents[2] / "data"
PLAIN = b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
HTML = b"Content-Type: text/html; charset=utf-8\r\n\r\n"


def sees_all_it_shows(octets: bytes) -> None:
    message = parse_message(octets)
    sight = message.sight
    if sight is None:
        return
    for word in set(fold(message.text).text.split()):
        for start in (0, 1, len(word) // 2):
            for end in (len(word), len(word) - 1, start + 2):
                if wanted := word[start:end]:
                    assert sight.may_say([wanted]), (wanted, sight)
                    assert sight.may_find(re.compile(re.escape(wanted)).search)


# What cuts words, joins them, hides or moves a part of them, or is shown as another letter.
_TAGS = """<b> </b> <i> <span_class='a>b'> </span> <br> <wbr> <p> </p> <div> </div> <p_hidden> <style>
    </style> <span_style='display:none'> <script> </script> <title> <table> <tr> <td> </td> </tr> </table>
    <colgroup> <caption> <tbody> <!--_x_--> <!-- --> <!doctype_html> <![CDATA[ ]]> <?xml_x?> <svg>
    <math> <pre> <listing> <textarea> </textarea> <select> <option> <xmp> </xmp> <noframes> </noframes>
    <noembed> <plaintext> <noscript> <template> <iframe> <blockquote> </blockquote> <a_href='x'> </a>
    <frameset> <object> <body> </html> < > </ <3"""
_REFERENCES = """&#102; &#x66; &shy; &zwnj; &nbsp; &amp; &lt; &gt; &fjlig; &#1 02; & ; &NotEqualTilde; &#769;
    &notit; &lt &#1; &#0; &#150;"""
_LETTERS = """offerte of ferte o f OFFERTE klacht x . - ' " é e\u0301 \u0301 \u0308 \uff4f\uff46 \u00ad \u200b
    \u200d \u212a \ufb00 \ue000 \ue002 ß ſ \u2019 \u0130 ı 漢字 אב \u0e01\u0e31 \x00 \x7f"""
_PIECES = [piece.replace("_", " ") for piece in f"{_TAGS} {_REFERENCES} {_LETTERS}".split(" ")]
PIECES = st.sampled_from(
    [*(piece.strip() for piece in _PIECES), " ", "\n", "\t", "\x1c", "ferte prijs", "< "]
)
MARKUP = st.lists(PIECES, max_size=14).map("".join)


@settings(max_examples=1500)
@example("of<table><tr><td>x</td></tr>ferte</table>")  # shown before the table
@example("of<table><colgroup> ferte")  # its white space stays behind
@example("of<listing>\nferte")  # a first line feed is none
@example("of<!-- x -->ferte")
@example("o&#1<!-- -->02;ferte")
@example("&E<!-- -->cy;")
@example("<noframes>&shy;<b style='display:none'>")
@example("<plaintext>&amp;<p>")
@example("e<b></b>\u0301")
@example("\u0e01<b></b>\u0e31")
@given(MARKUP)
def test_a_word_of_markup_is_seen(markup: str) -> None:
    sees_all_it_shows(HTML + markup.encode())


@settings(max_examples=300)
@given(MARKUP)
def test_a_word_of_a_plain_text_is_seen(text: str) -> None:
    """Be it HTML that claims to be plain."""
    sees_all_it_shows(PLAIN + text.encode())
    sees_all_it_shows(PLAIN + b"<html>" + text.encode())


CHARSETS = st.sampled_from(
    ["utf-8", "us-ascii", "iso-8859-1", "utf-7", "iso-2022-jp", "utf-16", "big5", "x-lie"]
)
ENCODINGS = st.sampled_from(["7bit", "quoted-printable", "base64", "x-uuencode", "nonsense"])
TYPES = st.sampled_from(
    [
        *("text/plain", "text/html", "text/enriched", "text/calendar", "message/rfc822", "multipart/mixed"),
        *("application/octet-stream; name=a.txt", "text/plain; name=a.txt", "multipart/mixed; boundary=c"),
    ]
)


@st.composite
def mails(draw: st.DrawFn) -> bytes:
    """Nearly all combinations of parts that say something, and lie about it."""
    kind = draw(st.sampled_from(["mixed", "alternative", "related", "digest", "report"]))
    lines = [b"From: jan@acme.example", f"Content-Type: multipart/{kind}; boundary=b".encode(), b""]
    for _ in range(draw(st.integers(1, 4))):
        charset, encoding, body = draw(CHARSETS), draw(ENCODINGS), draw(MARKUP).encode()
        if draw(st.booleans()):
            body = quopri.encodestring(body)[:: draw(st.sampled_from([1, 1, 1, -1]))]
        head = f"Content-Type: {draw(TYPES)}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n"
        disposition = draw(
            st.sampled_from(["", "Content-Disposition: attachment\r\n", "Content-ID: <x>\r\n"])
        )
        lines += [b"--b", f"{head}{disposition}".encode(), body]
    return b"\r\n".join([*lines, draw(st.sampled_from([b"--b--", b"", b"--c--"]))])


@settings(max_examples=600)
@given(mails())
def test_a_word_of_any_part_is_seen(octets: bytes) -> None:
    sees_all_it_shows(octets)


def test_so_it_is_with_real_mail(corpora: Path) -> None:
    paths = [path for path in corpora.rglob("*") if path.is_file() and path.suffix != ".json"]
    assert paths
    for path in paths:
        sees_all_it_shows(path.read_bytes()[: 128 * 1024])


@pytest.mark.parametrize("path", sorted((DATA / "mail").glob("*.eml")), ids=lambda path: path.stem)
def test_so_it_is_with_the_mail_of_other_tests(path: Path) -> None:
    sees_all_it_shows(path.read_bytes())


# --- what is not there is not seen, or nothing would be gained ----------------------------------------


def sight(octets: bytes) -> Sight | None:
    return parse_message(octets).sight


def test_a_word_that_is_nowhere_is_not_seen() -> None:
    body = b"<p>Beste Sofie,</p><p>De <b>prijs</b> van <a href='x'>dit</a> dak?</p>"
    seen = sight(HTML + body)
    assert seen is not None
    assert seen.may_say(["prijs"])
    assert not seen.may_say(["offerte", "klacht"])


def test_a_word_of_another_case_or_with_accents_is_seen() -> None:
    assert sight(PLAIN + b"OFFERTE") == Sight(("offerte",), ())
    assert sight(HTML + "<b>CAF\u00c9".encode()) == Sight((), ("<b>cafe",))


def test_a_tag_may_cut_a_word() -> None:
    seen = sight(HTML + b"Een of<b>ferte</b>")
    assert seen is not None
    assert seen.may_say(["offerte"])
    assert not seen.may_say(["ofgerte"])  # no g stands behind a tag
    assert not seen.may_say(["ogferte"])


def test_of_many_words_none_is_told_apart_in_markup() -> None:
    seen, plain = sight(HTML + b"<b>dak</b>"), sight(PLAIN + b"dak")
    assert seen is not None
    assert plain is not None
    assert seen.may_find(lambda text: None)
    assert not plain.may_find(lambda text: None)


@pytest.mark.parametrize(
    "octets",
    [
        HTML + b"<noframes>x",
        HTML + b"<NOEMBED>x",
        HTML + b"<plaintext>x",
        HTML + b"&#1<!-- -->02;",
        HTML + b"&E<!-- -->cy;",
        HTML + "<b>\u0301".encode(),
        HTML + "<b>\u0e01".encode(),
        HTML + b"<b>&#769;",
        b"Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nx",
        b"Content-Type: multipart/mixed\r\n\r\nx",
        PLAIN + b"x" * (MOST_OCTETS + 1),
    ],
)
def test_what_may_hide_a_word_has_to_be_read(octets: bytes) -> None:
    assert sight(octets) is None


def test_very_many_parts_have_to_be_read() -> None:
    part = b"--b\r\n\r\nx\r\n"
    head = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    assert sight(head + (MOST_PARTS - 1) * part + b"--b--") is not None
    assert sight(head + MOST_PARTS * part + b"--b--") is None


def test_what_is_no_text_is_not_looked_at() -> None:
    assert sight(b"Content-Type: application/pdf\r\n\r\nofferte") == Sight((), ())


def test_a_text_without_markup_stays_one() -> None:
    assert html_to_text("offerte") == "offerte"
    assert sight_of([]) == Sight((), ())
