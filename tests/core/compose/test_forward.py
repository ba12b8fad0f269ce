"""The forward: what it carries, to whom its answer goes, and what it never tells.

All in one file, since every test asks the same of one mail: what does the client read in the end?
"""

from __future__ import annotations

import base64
import email
import email.policy
import hashlib
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.header import Header
from email.message import EmailMessage, Message
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.catalogues import load_catalogue
from delegator.core.compose import LOOP_HEADER, Stamp, compose_forward
from delegator.core.mail.message import parse_message
from delegator.core.octets import Octets
from delegator.core.people import Backup, Language, Owner, ReplyTo

LANGUAGES: tuple[Language, ...] = get_args(Language)
OWNER = Owner("Sofie Jänssens", "sofie@voorbeeld.example", (), "nl", ZoneInfo("Europe/Brussels"))
ANNA = Backup("anna", "Anna Peeters", "anna@voorbeeld.example", (), (), "nl", "both")
STAMP = Stamp(
    message_id="<20261220.k3j5h2@voorbeeld.example>",
    boundary="k3j5h2x9q7w1r8t4y6u0p2s5",
    loop="1f00",
    date=datetime(2026, 12, 20, 9, 0, tzinfo=UTC),
)


def forward(
    original: bytes,
    backup: Backup = ANNA,
    *,
    max_octets: int | None = None,
    takes_eight_bit: bool = True,
    line: str = "",
) -> Octets:
    return compose_forward(
        original,
        parse_message(original),
        OWNER,
        backup,
        STAMP,
        load_catalogue(backup.language),
        max_octets,
        takes_eight_bit=takes_eight_bit,
        line=line,
        is_known=lambda address: True,
    )


def parsed(octets: bytes) -> EmailMessage:
    """As the second parser sees it."""
    message = email.message_from_bytes(octets, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def leaves(message: Message) -> Iterator[Message]:
    """All parts that hold no others; a nested message is one."""
    if message.get_content_maintype() == "multipart" and message.is_multipart():
        for part in message.get_payload():
            assert isinstance(part, Message)
            yield from leaves(part)
    else:
        yield message


def body(part: Message) -> str:
    assert isinstance(part, EmailMessage)
    content = part.get_content()
    assert isinstance(content, str)
    return content


def leaf(message: EmailMessage, content_type: str) -> str:
    return body(next(part for part in leaves(message) if part.get_content_type() == content_type))


def assert_sound(forwarded: Octets) -> EmailMessage:
    """What every server and every mail program demands of it."""
    octets = forwarded.whole()
    assert octets.count(b"\r\n") == octets.count(b"\r") == octets.count(b"\n")
    assert b"\0" not in octets
    assert max(map(len, octets.split(b"\r\n"))) <= 998
    message = parsed(octets)
    fields = Counter(name.lower() for name in message)
    for name in ("from", "to", "reply-to", "date", "message-id", "auto-submitted", LOOP_HEADER.lower()):
        assert fields[name] == 1
    assert not fields.keys() & {"cc", "bcc", "sender", "resent-to"}
    assert message["to"] == "Anna Peeters <anna@voorbeeld.example>"
    for name in ("from", "reply-to", "subject"):
        assert message[name] is None or message[name].defects == ()
    for part in leaves(message):
        assert part.defects == []
    return message


def crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


PLAIN = crlf("""\
From: Jan De Smet <jan@acme.example>
To: sofie@voorbeeld.example
Cc: Piet <piet@acme.example>
Subject: Offerte 40 stuks
Date: Sat, 19 Dec 2026 10:00:00 +0100
Message-ID: <one@acme.example>
References: <zero@acme.example>
Importance: high
X-Priority: 1
Disposition-Notification-To: jan@acme.example

Kan je een offerte maken?
""")


# --- the header ---------------------------------------------------------------------------------


def test_header() -> None:
    """It comes from the owner, goes to the backup alone and joins the client's thread."""
    message = assert_sound(forward(PLAIN))
    assert str(message["from"]) == "Sofie Jänssens <sofie@voorbeeld.example>"
    assert str(message["reply-to"]) == (
        "Jan De Smet <jan@acme.example>, Sofie Jänssens <sofie@voorbeeld.example>"
    )
    assert message["subject"] == "Offerte 40 stuks"
    assert message["in-reply-to"] == "<one@acme.example>"
    assert message["references"].split() == ["<zero@acme.example>", "<one@acme.example>"]
    assert message["auto-submitted"] == "auto-generated"
    assert message["x-auto-response-suppress"] == "DR, RN, NRN, OOF, AutoReply"
    assert message[LOOP_HEADER] == "1f00"
    for name in ("importance", "x-priority", "disposition-notification-to"):
        assert message[name] is None


@pytest.mark.parametrize(
    ("reply_to", "expected"),
    [
        ("both", ["jan@acme.example", "sofie@voorbeeld.example"]),
        ("client", ["jan@acme.example"]),
        ("owner", ["sofie@voorbeeld.example"]),
    ],
)
def test_reply_to_of_the_backup(reply_to: ReplyTo, expected: list[str]) -> None:
    """A backup may answer both, the client alone, or the owner alone."""
    backup = replace(ANNA, reply_to=reply_to)
    message = parsed(forward(PLAIN, backup).whole())
    assert [address.addr_spec for address in message["reply-to"].addresses] == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            "From: jan@acme.example\nReply-To: desk@acme.example",
            ["desk@acme.example", "sofie@voorbeeld.example"],
        ),
        ("From: sofie@voorbeeld.example\nReply-To: a@x.example", ["a@x.example", "sofie@voorbeeld.example"]),
        ("From: anna@voorbeeld.example", ["sofie@voorbeeld.example"]),
        ("From: a@x.example\nFrom: b@x.example", ["sofie@voorbeeld.example"]),
        ("Subject: nobody", ["sofie@voorbeeld.example"]),
        ("From: jan@münchen.example", ["jan@xn--mnchen-3ya.example", "sofie@voorbeeld.example"]),
        ("From: jörg@acme.example", ["sofie@voorbeeld.example"]),
        ("From: a..b.@docomo.example", ["a..b.@docomo.example", "sofie@voorbeeld.example"]),
        ("From: boss@acme.example <thief@evil.example>", ["thief@evil.example", "sofie@voorbeeld.example"]),
    ],
)
def test_reply_to_of_the_client(fields: str, expected: list[str]) -> None:
    """The answer goes where the originator wants it, if a header can say so, and always to the owner."""
    message = assert_sound(forward(crlf(fields + "\n\nHello\n")))
    assert [address.addr_spec for address in message["reply-to"].addresses] == expected


@pytest.mark.parametrize(
    "field",
    [
        b"Subject: Offerte 40 stuks",
        b"Subject:Offerte",
        b"Subject: a very long\r\n\tfolded subject\r\n with three lines",
        b"Subject: =?iso-8859-1?Q?Caf=E9?= =?utf-8?B?w6k=?= twee",
        b"SUBJECT: FW: RE: 50% off",
    ],
)
def test_sound_subject_stands_as_it_came(field: bytes) -> None:
    """A subject that is sound ASCII is passed on octet for octet, its folding included."""
    octets = forward(b"From: jan@acme.example\r\n" + field + b"\r\n\r\nHello\r\n").whole()
    assert b"\r\nSubject:" + field.partition(b":")[2] + b"\r\n" in octets


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("Subject: Café".encode(), "Café"),
        (b"Subject: Caf\xe9", "Café"),
        (b"Subject: =?utf-8?B?w6k?=", "é"),
        (b"Subject: x=?utf-8?Q?=C3=A9?=y", "xéy"),
        (b"Subject: one\r\n \r\n two", "one two"),
        (b"Subject: " + b"x" * 1500, "x" * 999 + "…"),
        (b"Subject: bell\x07bell", "bell bell"),
    ],
)
def test_unsound_subject_says_the_same(field: bytes, expected: str) -> None:
    """Any other subject is encoded anew and reads the same."""
    message = assert_sound(forward(b"From: jan@acme.example\r\n" + field + b"\r\n\r\nHello\r\n"))
    assert message["subject"] == expected


@pytest.mark.parametrize(
    ("field", "lawful"),
    [
        (b"Content-Language: nl", b"Content-Language: nl"),
        (b"Content-Language: nl\r\n \r\n , fr", b"Content-Language: nl , fr"),
        (b"Content-Language: nl\r\n\t", b"Content-Language: nl"),
        (b"Content-Description: a\x01\x7fb", b"Content-Description: a b"),
        (b"Content-Description: f\xc3\xbcr", b"Content-Description: =?utf-8?B?ZsO8cg==?="),
        (b"Content-Type: text/plain;\r\n \r\n charset=us-ascii", b'text/plain;\r\n charset="us-ascii"'),
        (b"Content-" + b"x" * 999 + b": y\r\nContent-Language: nl", b"Content-Language: nl"),
    ],
)
def test_what_describes_a_part_is_made_lawful(field: bytes, lawful: bytes) -> None:
    """A field that is sound stands as it came; any other says the same in a form that nobody misreads."""
    forwarded = forward(b"From: jan@acme.example\r\n" + field + b"\r\n\r\nHello\r\n")
    assert_sound(forwarded)
    header = forwarded.whole().partition(b"\r\n\r\n")[0]
    assert lawful + b"\r\n" in header + b"\r\n"
    assert all(line.strip() for line in header.split(b"\r\n"))


def test_no_injection() -> None:
    """Line breaks hidden in encoded words add no field and no recipient."""
    evil = "=?utf-8?Q?a=0D=0ABcc:_victim@x.example=0D=0A?="
    original = f"From: {evil} <jan@acme.example>\nSubject: {evil}\nMessage-ID: <a\nb@x>\n\nHello\n"
    message = assert_sound(forward(crlf(original)))
    assert "victim@x.example" not in str(message["to"])
    assert message["bcc"] is None


# --- the lines on top ---------------------------------------------------------------------------


def test_lines_on_top() -> None:
    """One line from the owner, the usual header block, then the original as it came."""
    assert leaf(assert_sound(forward(PLAIN)), "text/plain").splitlines() == [
        "Anna, kan jij dit beantwoorden? Je antwoord gaat naar Jan De Smet en mij.",
        "",
        "Van: Jan De Smet <jan@acme.example>",
        "Aan: sofie@voorbeeld.example",
        "Cc: Piet <piet@acme.example>",
        "Datum: zaterdag 19 december 2026 10.00 u",
        "Onderwerp: Offerte 40 stuks",
        "",
        "Kan je een offerte maken?",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_moment_in_the_line(language: Language) -> None:
    """An answer that comes late quotes it: it says no more than what is asked and where Reply goes."""
    top = leaf(parsed(forward(PLAIN, replace(ANNA, language=language)).whole()), "text/plain").split(
        "\r\n\r\n"
    )[0]
    assert top.count("\n") == 0
    assert top.startswith("Anna")
    assert not re.search(r"\d|before|avant|bevor|\bvor\b|\bvoor\b", top)


def test_what_stands_in_the_note_is_text() -> None:
    """Neither the owner's line nor a client's name or subject becomes a tag in the backup's mail program."""
    bold = "<b onclick=x>5 < 6 & 7</b>"
    original = (
        f'From: "{bold}" <jan@acme.example>\r\nTo: "{bold}" <sofie@voorbeeld.example>\r\n'
        f"Subject: {bold}\r\nContent-Type: text/html\r\n\r\n<p>Hallo</p>\r\n"
    ).encode()
    html = leaf(assert_sound(forward(original, line=bold)), "text/html")
    assert html.count("&lt;b onclick=x&gt;5 &lt; 6 &amp; 7&lt;/b&gt;") == 4, (
        "a name that is none stands in no sentence of ours"
    )
    assert "<b onclick" not in html


def test_direction_marks_are_taken_out() -> None:
    """A name cannot turn around what stands after it."""
    original = "From: =?utf-8?B?4oCuRXZpbA==?= <jan@acme.example>\n\nHello\n"
    assert "\u202e" not in leaf(parsed(forward(crlf(original)).whole()), "text/plain")


TELLING = re.compile(
    r"vakantie|verlof|afwezig|weg\b|terug|out of office|\baway\b|holiday|vacation|leave\b|absen|back\b"
    r"|congé|vacances|urlaub|abwesend|delegator|regel\b|rule|règle|priorit|urgent|dringend|warning|waarschuwing|avertissement"
    r"|warnung|automati[sc]|https?:|token|key.accounts",
    re.IGNORECASE,
)
NEUTRAL = crlf("""\
From: Jan De Smet <jan@acme.example>
To: sofie@voorbeeld.example
Subject: Pomp 12
Date: Sat, 19 Dec 2026 10:00:00 +0100
Message-ID: <one@acme.example>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain

Hoe gaat het met de pomp?
--b
Content-Type: text/html

<p>Hoe gaat het met de pomp?</p>
--b--
""")
SIGNED = NEUTRAL.replace(b"multipart/alternative", b"multipart/signed")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("original", [NEUTRAL, SIGNED, NEUTRAL.replace(b"--b--", b""), PLAIN])
@pytest.mark.parametrize("max_octets", [None, 100])
@pytest.mark.parametrize("reply_to", ["both", "client", "owner"])
def test_a_full_quote_gives_nothing_away(
    language: Language, original: bytes, max_octets: int | None, reply_to: ReplyTo
) -> None:
    """Nothing above the original, in no language and no form, tells the client of the absence or of us."""
    backup = replace(ANNA, language=language, reply_to=reply_to)
    forwarded = forward(original, backup, max_octets=max_octets)
    message = parsed(forwarded.whole())
    visible = [body(part) for part in leaves(message) if part.get_content_maintype() == "text"]
    assert visible
    for text in [*visible, str(message["subject"]), str(message["message-id"])]:
        assert not TELLING.search(text)
    assert b"delegator" not in forwarded.whole().lower()
    above = visible[0].partition("\r\n\r\n")[0].splitlines()
    assert len(above) <= 3


def test_every_language_speaks_its_own() -> None:
    """Each language has the lines of its own."""
    tops = {
        leaf(parsed(forward(SIGNED, replace(ANNA, language=language)).whole()), "text/plain")
        for language in LANGUAGES
    }
    assert len(tops) == len(LANGUAGES)


# --- what is carried ----------------------------------------------------------------------------


def test_both_texts_take_the_lines() -> None:
    """The text and the HTML of an alternative both get them."""
    message = assert_sound(forward(NEUTRAL))
    assert message.get_content_type() == "multipart/alternative"
    assert leaf(message, "text/plain").startswith("Anna, kan jij")
    html = leaf(message, "text/html")
    assert html.index("Anna, kan jij") < html.index("<p>Hoe gaat")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "<p>Dag</p>"),
        ("<html><body bgcolor='>'>", "<p>Dag"),
        ("<HTML><HEAD><title><body></title></HEAD>\n<BODY CLASS=x>", "Dag"),
        ("<!DOCTYPE html><html><head></head>", "Dag"),
        ("<!-- <body> --><body>", "Dag"),
        ("<head><!--[if mso]><body><![endif]--></head><body>", "Dag"),
        ("<head><style>p > a {}</style><meta x><o:p></o:p></head><body>", "Dag"),
        ("<html>", "<head><title>Never closed Dag"),
        ("", "<body Never closed Dag"),
        ("", "Dag <body>"),
        ("", ""),
    ],
)
def test_lines_go_where_the_reader_sees_them(before: str, after: str) -> None:
    """They stand right after <body>, else where the visible text begins."""
    original = b"From: jan@acme.example\r\nContent-Type: text/html\r\n\r\n" + (before + after).encode()
    text = leaf(assert_sound(forward(original)), "text/html").replace("\r\n", "\n")
    assert text.startswith(before + "<div style=")
    assert text.rstrip("\n").endswith(after)


CHARSETS = {
    "utf-8": "Café",
    "iso-8859-1": "Café",
    "windows-1252": "Café",
    "iso-8859-2": "Łódź",
    "koi8-r": "Насос",
    "shift_jis": "ポンプ",
    "iso-2022-jp": "ポンプ",
    "utf-16": "Café",
    "utf-7": "Café",
    "gb2312": "水泵",
    "big5": "水泵",
}


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("subtype", ["plain", "html"])
@pytest.mark.parametrize("name", ["Jan", "Łukasz Żółć"])
def test_any_charset_reads_the_same(charset: str, subtype: str, name: str) -> None:
    """The original's text and the lines on top are both readable, whatever charset it came in."""
    text = CHARSETS[charset]
    field = Header(name, "utf-8").encode()
    original = crlf(
        f"From: {field} <jan@acme.example>\nContent-Type: text/{subtype}; charset={charset}\n"
        "Content-Transfer-Encoding: base64\n\n"
    ) + base64.b64encode(f"{text} +1 <b>~{{\n".encode(charset))
    shown = leaf(assert_sound(forward(original)), f"text/{subtype}")
    assert f"{text} +1 <b>~{{" in shown
    if subtype == "plain":
        assert f"Je antwoord gaat naar {name} en mij." in shown


def test_undeclared_text_is_guessed_once() -> None:
    """8-bit text without a charset goes as what it most likely is."""
    shown = leaf(assert_sound(forward(b"From: jan@acme.example\r\n\r\nCaf\xc3\xa9\r\n")), "text/plain")
    assert "Café" in shown


ATTACHMENTS = {
    "clean": (b"Content-Transfer-Encoding: base64\r\n", b"AAEC\r\nAwQF"),
    "odd base64": (b"Content-Transfer-Encoding: base64\r\n", b"AAEC AwQF=\r\n"),
    "8bit": (b"Content-Transfer-Encoding: 8bit\r\n", b"Caf\xe9\r\n"),
    "binary": (b"Content-Transfer-Encoding: binary\r\n", b"\0\r\n\n\r\xff" * 9),
    "lone LF": (b"", b"one\ntwo\r\nthree"),
    "overlong": (b"", b"x" * 5000),
    "8-bit quoted-printable": (b"Content-Transfer-Encoding: quoted-printable\r\n", b"caf\xe9=3D=\r\nx"),
}


@pytest.mark.parametrize("kind", ATTACHMENTS)
def test_attachment_is_the_same(kind: str) -> None:
    """What an attachment holds is the same after, however it came; where it can, it goes as it stands."""
    fields, octets = ATTACHMENTS[kind]
    part = (
        b"Content-Type: application/x-thing; name=a.bin\r\nX-Attachment-Id: 7\r\n" + fields + b"\r\n" + octets
    )
    original = (
        b"From: jan@acme.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\n\r\nZie bijlage\r\n--b\r\n" + part + b"\r\n--b--\r\n"
    )
    forwarded = forward(original)
    message = assert_sound(forwarded)
    attached = list(leaves(message))[1]
    before = list(leaves(email.message_from_bytes(original)))[1]
    assert attached.get_payload(decode=True) == before.get_payload(decode=True)
    assert attached["x-attachment-id"] == "7"
    assert (part in forwarded.whole()) == (kind in ("clean", "odd base64"))


def test_file_name_in_raw_octets() -> None:
    """A file name in 8-bit octets, which no header may hold, arrives all the same."""
    original = (
        b"From: jan@acme.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\n\r\nZie\r\n--b\r\n"
        b'Content-Disposition: attachment; filename="\xc3\x9cbersicht \xe2\x82\xac.pdf"\r\n'
        b'Content-Type: application/pdf; name="\xc3\x9cbersicht \xe2\x82\xac.pdf"\r\n\r\nx\r\n--b--\r\n'
    )
    message = assert_sound(forward(original))
    assert [part.get_filename() for part in leaves(message)] == [None, "Übersicht €.pdf"]


def test_inline_images_stay_inline() -> None:
    """HTML with its images stays one related whole, so that cid: links still find them."""
    original = crlf("""\
From: jan@acme.example
Content-Type: multipart/related; boundary=b; type="text/html"; start="<root@x>"

--b
Content-Type: image/png
Content-ID: <pic@x>
Content-Transfer-Encoding: base64

AAEC
--b
Content-Type: text/html
Content-ID: <root@x>

<body><img src="cid:pic@x"></body>
--b--
""")
    message = assert_sound(forward(original))
    assert message.get_content_type() == "multipart/related"
    assert message.get_param("start") == "<root@x>"
    image, html = leaves(message)
    assert image["content-id"] == "<pic@x>"
    assert "kan jij" in body(html)


def test_invitation_still_works() -> None:
    """A calendar part keeps its place, its method and its octets."""
    calendar = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
    original = (
        NEUTRAL.removesuffix(b"--b--\r\n")
        + b"--b\r\nContent-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\n"
        + calendar
        + b"\r\n--b--\r\n"
    )
    message = assert_sound(forward(original))
    invitation = list(leaves(message))[2]
    assert message.get_content_type() == "multipart/alternative"
    assert invitation.get_param("method") == "REQUEST"
    assert invitation.get_payload(decode=True) == calendar


def test_mail_without_text() -> None:
    """A mail that is one file gets the lines as a text before it."""
    original = crlf("""\
From: jan@acme.example
Content-Type: application/pdf
Content-Disposition: attachment; filename=a.pdf
Content-Transfer-Encoding: base64

AAEC
""")
    text, attached = leaves(assert_sound(forward(original)))
    assert body(text).startswith("Anna, kan jij")
    assert (attached.get_filename(), attached.get_payload(decode=True)) == ("a.pdf", b"\0\1\2")


def test_nested_message_is_untouched() -> None:
    """A mail within the mail is carried octet for octet."""
    nested = b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\nX-Odd:   a\r\n\r\nHello\r\n"
    original = (
        b"From: jan@acme.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\n\r\nFYI\r\n--b\r\n" + nested + b"\r\n--b--\r\n"
    )
    forwarded = forward(original)
    assert_sound(forwarded)
    assert nested in forwarded.whole()


def test_boundary_in_the_text() -> None:
    """A text that holds our boundary, even hidden in base64, does not break the mail."""
    line = f"--001{STAMP.boundary}--\r\n".encode()
    for original in (PLAIN, NEUTRAL, SIGNED):
        original = original.replace(b"?", b"?\r\n" + line)
        message = assert_sound(forward(original))
        assert STAMP.boundary in message.as_string()


# --- what goes whole ----------------------------------------------------------------------------

WHOLE = {
    "signed": SIGNED,
    "encrypted": NEUTRAL.replace(b"alternative", b"encrypted"),
    "S/MIME": PLAIN.replace(
        b"Importance: high", b"Content-Type: application/pkcs7-mime; smime-type=signed-data"
    ),
    "inline PGP": PLAIN.replace(b"Kan je", b"-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\nKan je"),
    "cut short": NEUTRAL.replace(b"--b--", b""),
    "two Content-Types": NEUTRAL.replace(b"MIME-Version: 1.0", b"Content-Type: text/plain"),
    "a report": NEUTRAL.replace(b"alternative", b"report"),
    "8-bit and signed": SIGNED.replace(b"pomp", "pömp".encode()),
    "lone CR": SIGNED.replace(b"Hoe", b"Hoe\r"),
    "overlong": SIGNED.replace(b"Hoe", b"Hoe" * 999),
    "NUL in a header": PLAIN.replace(b"stuks", b"stuks\0"),
}


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("takes_eight_bit", [True, False])
def test_goes_whole(kind: str, takes_eight_bit: bool) -> None:
    """Signed, encrypted and badly formed mail goes octet for octet, so that its signatures still verify."""
    original = WHOLE[kind]
    forwarded = forward(original, takes_eight_bit=takes_eight_bit)
    message = parsed(forwarded.whole())
    text, attached = leaves(message)
    assert "bijlage" in body(text)
    assert attached.get_filename() == "message.eml"
    if attached.get_content_type() == "message/rfc822":
        assert b"\r\n\r\n" + original + b"\r\n--001" in forwarded.whole()
    else:
        assert attached.get_payload(decode=True) == original
    assert takes_eight_bit or forwarded.isascii()


@pytest.mark.parametrize(
    ("kind", "content_type", "is_eight_bit"),
    [
        ("signed", "message/rfc822", False),
        ("8-bit and signed", "message/rfc822", True),
        ("lone CR", "application/octet-stream", False),
        ("overlong", "application/octet-stream", False),
    ],
)
def test_form_of_the_whole(kind: str, content_type: str, is_eight_bit: bool) -> None:
    """It is a message/rfc822 where every server passes that on unchanged, else a file."""
    forwarded = forward(WHOLE[kind])
    assert_sound(forwarded)
    assert list(leaves(parsed(forwarded.whole())))[1].get_content_type() == content_type
    assert forwarded.isascii() is not is_eight_bit


# --- too large ----------------------------------------------------------------------------------


def test_too_large() -> None:
    """What exceeds the server's SIZE stays behind, and a line says what."""
    fields = "Content-Disposition: attachment; filename=plan.pdf\nContent-Transfer-Encoding: base64\n"
    attachment = crlf(f"--b\nContent-Type: application/pdf\n{fields}\n") + b"AAEC\r\n" * 500_000
    original = NEUTRAL.replace(b"alternative", b"mixed").replace(b"--b--", attachment + b"--b--")
    forwarded = forward(original, max_octets=100_000)
    message = assert_sound(forwarded)
    assert len(forwarded) < 5_000
    text = leaf(message, "text/plain")
    assert text.splitlines()[1] == "Te groot om mee te sturen: plan.pdf (2 MB)."
    assert "Hoe gaat het met de pomp?" in text
    assert len(forward(original, max_octets=10_000_000)) > len(attachment)


@given(size=st.integers(2_000, 200_000))
@settings(max_examples=20, deadline=None)
def test_too_long_a_text_fits_anyway(size: int) -> None:
    """A text that alone exceeds SIZE is cut until it fits."""
    forwarded = forward(PLAIN + b"Een regel tekst.\r\n" * 20_000, max_octets=size)
    assert len(forwarded) <= size
    assert forwarded.isascii()


# --- any octets ---------------------------------------------------------------------------------

FRAGMENTS = [
    *(b"", b"\r", b"\0", b"\xff", b" folded", b"Hello", b"From x", b"<body", b"<!--", b">", b"--b", b"--b--"),
    *(b"From: jan@acme.example", b"Subject: ", b"=?utf-8?B?w6k=?=", b'Reply-To: "a\\', b"MIME-Version: 1.0"),
    *(b"Message-ID: <a b>", b"References: <x> <y", b"Content-Type: multipart/mixed; boundary=b"),
    *(
        b"Content-Type: text/plain",
        b"Content-Type: text/html; charset=utf-16",
        b"Content-Type: message/rfc822",
    ),
    *(b"Content-Transfer-Encoding: " + each for each in (b"base64", b"quoted-printable", b"binary")),
    *(b"Content-Disposition: attachment", STAMP.boundary.encode(), b"--001" + STAMP.boundary.encode()),
]
LINES = st.lists(st.sampled_from(FRAGMENTS) | st.binary(max_size=20), max_size=25)
ANY_MAIL = st.one_of(st.binary(max_size=400), LINES.map(b"\r\n".join), LINES.map(b"\n".join))


@given(original=ANY_MAIL, takes_eight_bit=st.booleans())
@settings(max_examples=75, deadline=None)
def test_any_octets_become_a_sound_mail(original: bytes, takes_eight_bit: bool) -> None:
    """Whatever came in, what goes out is well formed, to the backup alone, and holds it."""
    forwarded = forward(original, takes_eight_bit=takes_eight_bit)
    message = assert_sound(forwarded)
    assert takes_eight_bit or forwarded.isascii()
    whole = [part for part in leaves(message) if part.get_filename() == "message.eml"]
    if whole:
        wire = original if b"\r\n" in original else original.replace(b"\n", b"\r\n")
        assert wire in forwarded.whole() or whole[-1].get_payload(decode=True) == wire


# --- real mail ----------------------------------------------------------------------------------


def digests(message: Message) -> Counter[str]:
    """Digests of what each part that is no body text holds."""
    found: Counter[str] = Counter()
    for part in leaves(message):
        if part.get_content_type().startswith(("text/plain", "text/html")) and not part.get_filename():
            continue
        if part.is_multipart():
            held = b"".join(bytes(inner) for inner in part.get_payload() if isinstance(inner, Message))
        else:
            decoded = part.get_payload(decode=True)
            held = decoded if isinstance(decoded, bytes) else b""
        found[hashlib.sha256(held).hexdigest()] += 1
    return found


@pytest.mark.corpora
def test_real_mail(corpora: Path) -> None:
    """All real mail: sound, within a second each, every attachment the same before and after."""
    seen = 0
    for path in sorted(corpora.glob("*/messages/**/*")):
        if not path.is_file():
            continue
        original = path.read_bytes()
        if b"\r\n" not in original:
            original = original.replace(b"\n", b"\r\n")
        started = time.process_time()
        forwarded = forward(original)
        assert time.process_time() - started < 1, path
        message = assert_sound(forwarded)
        whole = [part for part in leaves(message) if part.get_filename() == "message.eml"]
        if not whole:
            before = email.message_from_bytes(original)
            # Where the second parser takes a multipart for a leaf, there is nothing to compare.
            if not any(part.get_content_maintype() == "multipart" for part in leaves(before)):
                assert not digests(before) - digests(email.message_from_bytes(forwarded.whole())), path
        seen += 1
    assert seen > 500
