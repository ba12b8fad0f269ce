"""A mail to what triage knows of it: never an exception, always bounded, clean text."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.core.mail.bounds import BODY_CHARACTERS
from delegator.core.mail.message import (
    TEXT_CHARACTERS,
    TRIAGE_OCTETS,
    Address,
    Attachment,
    Message,
    parse_message,
)

FROM = b"From: Jan <jan@acme.example>\n"


def with_type(kind: bytes, body: bytes = b"x", more: bytes = b"") -> Message:
    return parse_message(FROM + b"Content-Type: " + kind + b"\n" + more + b"\n" + body)


def test_a_plain_mail() -> None:
    message = parse_message(
        b"Return-Path: <bounces@acme.example>\r\n"
        b"Delivered-To: sofie@voorbeeld.example\r\n"
        b"From: =?utf-8?q?Jan_De_Sm=C3=A9t?= <jan@acme.example>\r\n"
        b"To: Sofie <sofie@voorbeeld.example>,\r\n\tAnna <anna@voorbeeld.example>\r\n"
        b"Subject: Offerte\r\n sporthal\r\n"
        b"Date: Tue, 17 Nov 2026 09:00:00 +0100\r\n"
        b"Message-ID: <1@acme.example>\r\n"
        b"References: <a@x.example> <b@x.example>\r\n"
        b"In-Reply-To: <b@x.example>\r\n"
        b"\r\nDag Sofie,\r\n\r\nPrijs?\r\n"
    )
    assert message.originator == Address("Jan De Smét", "jan@acme.example")
    assert [address.address for address in message.to] == [
        "sofie@voorbeeld.example",
        "anna@voorbeeld.example",
    ]
    assert message.delivered_to == ("sofie@voorbeeld.example",)
    assert message.return_path == "bounces@acme.example"
    assert message.subject == "Offerte sporthal"
    assert message.date == datetime(2026, 11, 17, 8, tzinfo=UTC)
    assert message.message_id == "<1@acme.example>"
    assert message.named_ids == ("<b@x.example>", "<a@x.example>")
    assert message.text == "Dag Sofie,\n\nPrijs?\n"
    assert message.header("SUBJECT") == "Offerte sporthal"
    assert message.defects == ()


@pytest.mark.parametrize(
    ("fields", "count"),
    [
        (b"From: a@x.example\nFrom: b@x.example\n", 2),
        (b"From: a@x.example, b@x.example\n", 1),
        (b"From: a@x.example\nfrom : a@x.example\n", 2),
        (b"From:\n", 1),
        (b"Sender: a@x.example\n", 0),
    ],
)
def test_a_doubtful_from_has_no_originator(fields: bytes, count: int) -> None:
    message = parse_message(fields + b"\nx")
    assert message.from_fields == count
    assert message.originator is None


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        (b"<a@b>", ("<a@b>",)),
        (b"<a@b> <a@b> <c@d>", ("<a@b>", "<c@d>")),
        (b"<a@b><c@d>,<e@f>", ("<a@b>", "<c@d>", "<e@f>")),
        (b'Your message of "Mon" <a@b> (x)', ("<a@b>",)),
        (b"a@b", ("<a@b>",)),
        (b"<a\r\n @b>", ("<a@b>",)),
        (b"<<a@b>>", ("<a@b>",)),
        (b"<unclosed <a@b>", ("<a@b>",)),
        (b"two words", ()),
        (b"<>", ()),
        (b"<" + b"x" * 1000 + b">", ()),
        (b"", ()),
    ],
)
def test_ids(value: bytes, ids: tuple[str, ...]) -> None:
    assert parse_message(b"In-Reply-To: " + value + b"\n\n").in_reply_to == ids


def test_of_long_references_the_first_and_the_newest_are_kept() -> None:
    """A field of more than 4 kB is read to its end: the last reference is the one that is answered."""
    value = b"\n ".join(b"<%03d@a-rather-long-host-name.acme.example>" % number for number in range(300))
    references = parse_message(b"References: " + value + b"\n\n").references
    assert len(references) == 101
    assert references[0].startswith("<000@")
    assert references[1].startswith("<200@")
    assert references[-1].startswith("<299@")


@pytest.mark.parametrize(
    ("value", "year"),
    [
        (b"Tue, 17 Nov 2026 09:00:00 -0000", 2026),
        (b"17 Nov 26 09:00 GMT", 2026),
        (b"Tue, 99 Nov 2026 99:00:00 +9999", None),
        (b"Fri, 31 Dec 9999 23:59:59 -1200", None),
        (b"1 Jan 1500 00:00 +1400", None),
        (b"no date", None),
        (b"", None),
        (b"1 " * 4000, None),
    ],
)
def test_dates(value: bytes, year: int | None) -> None:
    date = parse_message(b"Date: " + value + b"\n\n").date
    assert (date.year if date else None) == year
    assert date is None or date.tzinfo is UTC


@pytest.mark.parametrize(
    ("value", "path"),
    [(b"<>", ""), (b"< >", ""), (b"", ""), (b"<a@b.example>", "a@b.example"), (b"garbage", None)],
)
def test_the_empty_reverse_path_is_not_a_missing_one(value: bytes, path: str | None) -> None:
    assert parse_message(b"Return-Path: " + value + b"\n\n").return_path == path
    assert parse_message(b"\n").return_path is None


def multipart(*parts: bytes, kind: bytes = b"mixed") -> Message:
    body = b"".join(b"--b\n" + part + b"\n" for part in parts) + b"--b--\n"
    return with_type(b"multipart/" + kind + b"; boundary=b", body)


PLAIN = b"Content-Type: text/plain\n\nplain"
HTML = b"Content-Type: text/html\n\n<p>Dag <b>Jan</b></p>"
FILE = b"Content-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nfile"
PDF = b"Content-Type: application/pdf; name=p.pdf\nContent-Transfer-Encoding: base64\n\naGFsbG8=\n"


def test_the_text_is_all_that_a_reader_is_shown() -> None:
    for parts, text in (
        ((FILE, PLAIN, HTML), "plain\n\nDag Jan"),
        ((HTML, PLAIN), "Dag Jan\n\nplain"),
        ((PLAIN, PDF, b"\nbelow"), "plain\n\nbelow"),
        ((HTML, FILE), "Dag Jan"),
        ((b"Content-Type: text/plain\n\n \n", HTML), "Dag Jan"),
        ((PLAIN, HTML.replace(b"Dag <b>Jan</b>", b"plain")), "plain"),
        ((FILE, PDF), ""),
    ):
        assert multipart(*parts).text.strip() == text
    assert multipart(PLAIN, HTML, kind=b"alternative").text == "plain"


def test_a_text_that_is_all_of_a_mail_is_shown_and_is_a_file_too() -> None:
    message = parse_message(FROM + b"Content-Disposition: attachment; filename=brief.txt\n\nDag Sofie\n")
    assert message.text == "Dag Sofie\n"
    assert message.attachments == (Attachment("brief.txt", "text/plain"),)


def test_parts_behind_another_boundary_than_the_stated_one_are_found() -> None:
    body = b"--other-b\nContent-Type: text/html\n\n<p>Dag <b>Sofie</b></p>\n--other-b--\n"
    assert with_type(b"multipart/mixed; boundary=b", body).text == "Dag Sofie"


FORWARDED = b"Content-Type: message/rfc822\n\nSubject: x\n\nWij bestellen.\n"


@pytest.mark.parametrize(
    ("own", "more", "text"),
    [
        (b"\n\n-- \nJan De Smet\nAcme\n", b"", "-- \nJan De Smet\nAcme\n\nWij bestellen."),
        (b"\n\nZie hieronder.\n", b"", "Zie hieronder."),
        (b"\n\nZie hieronder.\n", b"List-Id: <l.acme.example>\n", "Zie hieronder.\n\nWij bestellen."),
        (b"Content-Type: image/png\n\nx\n", b"", "Wij bestellen."),
    ],
)
def test_a_mail_in_the_mail_is_shown_where_nothing_else_is_or_a_list_wraps_it(
    own: bytes, more: bytes, text: str
) -> None:
    parts = b"--b\n" + own + b"--b\n" + FORWARDED + b"--b--\n"
    assert with_type(b"multipart/mixed; boundary=b", parts, more).text.strip() == text


def test_an_attached_mail_is_not_the_text() -> None:
    part = FORWARDED.replace(b"\n\nSubject", b"\nContent-Disposition: attachment\n\nSubject")
    parts = b"--b\n\n\n--b\n" + part + b"--b--\n"
    assert with_type(b"multipart/mixed; boundary=b", parts).text.strip() == ""


@pytest.mark.parametrize(
    ("encoding", "body", "text"),
    [
        (b"base64", b"RGFn\nIFNvZmll\n", "Dag Sofie"),
        (b"base64", b"RGFnIA==\nU29maWU=\n", "Dag Sofie"),
        (b"base64", b"RGFnIFNvZmll\n\n-- \nlijst van Acme\n", "Dag Sofie"),
        (b"base64", b"RGFnIFM=\n\n-- \nlijst van Acme\n", "Dag S"),
        (b"base64", b"Dag Sofie, dit is geen base64.\n", "Dag Sofie, dit is geen base64."),
        (b"base64", b"iVBORw0KGgoAAAANSUhEUg==\n", ""),
        (b"quoted-printable", b"Dag =  \nSofie=20\n", "Dag Sofie"),
        (b"quoted-printable", b"Dag =\t\r\nSofie\r\n", "Dag Sofie"),
        (b"quoted-printable", b"Dag =\rSofie\r", "Dag Sofie"),
        (b"x-uuencode", b"begin 644 a\n)1&%G(%-O9FEE\n`\nend\n", "Dag Sofie"),
        (b"7bit", b"Dag\n\nbegin 644 a.gif\n)1&%G(%-O9FEE\n`\nend\nSofie\n", "Dag\n\nSofie"),
        (b"7bit", b"Wij\nbegin 644 jaar\nmet iets anders.\n", "Wij\nbegin 644 jaar\nmet iets anders."),
    ],
)
def test_texts_in_odd_encodings(encoding: bytes, body: bytes, text: str) -> None:
    """All that is there is read; no picture that claims to be text, no file in the text."""
    fields = b"Content-Transfer-Encoding: " + encoding + b"\n"
    assert with_type(b"text/plain; charset=utf-8", body, fields).text.strip() == text


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        (b"text/html", b'<meta charset="iso-8859-2"><p>z\xb3o\xbfy\xe6</p>', "złożyć"),
        (b"text/html; charset=us-ascii", b"<meta charset=windows-1251><p>\xcf\xf0\xee\xf8\xf3</p>", "Прошу"),
        (b"text/html; charset=unknown", b"<meta charset='koi8-r'><p>\xf0\xd2\xcf\xdb\xd5</p>", "Прошу"),
        (b"text/html; charset=utf-8", b'<meta charset="iso-8859-2"><p>\xc5\x82</p>', "ł"),
        (b"text/html", b"<!--" + b"x" * 300_000 + b"--><p>Dag</p>", "Dag"),
        (b"text/html", b"<p>1 < 2, en 3 > 2</p>", "1 < 2, en 3 > 2"),
        (b"text/html", b"Dag Sofie,\nkom je?\n", "Dag Sofie,\nkom je?"),
        (b"text/html", b"<div>" * 5_000 + b"<p>Dag</p>", "Dag"),
        (b"text/html", b'<p hidden>weg</p><p style="x;display:none">weg</p><p>Dag</p>', "Dag"),
        (b"text/plain", b"<div>Dag <b>Sofie</b></div><br>kom je?", "Dag Sofie\n\nkom je?"),
        (b"text/plain", b"Zet <br> tussen de regels, aub.", "Zet <br> tussen de regels, aub."),
        (b"text/plain; charset=iso-2022-jp", b"\x1b$B-!CmJ8\x1b(B", "�注文"),
    ],
)
def test_texts_in_odd_markup(kind: bytes, body: bytes, text: str) -> None:
    assert with_type(kind, body).text.strip() == text


@pytest.mark.parametrize(
    ("plain", "rich", "text"),
    [
        (b"\xe2\x80\x8b \xc2\xa0", b"Wij bestellen twaalf kleppen.", "Wij bestellen twaalf kleppen."),
        (
            b"Your mail program shows no HTML.",
            b"Wij bestellen twaalf kleppen.",
            "Wij bestellen twaalf kleppen.",
        ),
        (b"Votre logiciel n'affiche pas le format HTML", b"Nous commandons.", "Nous commandons."),
        (b"[image: logo]", b"Wij bestellen.", "Wij bestellen."),
        (b"Your old mail reader cannot show what we have made for you.", b"Wij bestellen.", "Wij bestellen."),
        (b"Gescand op virussen door Acme", b"Wij bestellen.", "Wij bestellen."),
        (
            b"Nimm einen anderen Leser",
            b"Wij bestellen 12 kleppen voor Gent.",
            "Wij bestellen 12 kleppen voor Gent.",
        ),
        (b"Kan de html in dat formaat?", b"Kan de html in dat formaat?", "Kan de html in dat formaat?"),
        (b"Wij bestellen.", b"Wij bestellen. <i>Jan</i>, Acme, Gent", "Wij bestellen."),
    ],
)
def test_a_plain_text_that_says_nothing_gives_way(plain: bytes, rich: bytes, text: str) -> None:
    html = b"Content-Type: text/html; charset=utf-8\n\n<p>" + rich + b"</p>"
    message = multipart(b"Content-Type: text/plain; charset=utf-8\n\n" + plain, html, kind=b"alternative")
    assert message.text == text


def test_attachments_are_the_other_leaves() -> None:
    assert multipart(PLAIN, HTML, FILE, PDF).attachments == (
        Attachment("a.txt", "text/plain"),
        Attachment("p.pdf", "application/pdf"),
    )


def test_a_multipart_that_cannot_be_taken_apart_is_still_read() -> None:
    message = with_type(b"multipart/mixed", b"some words")
    assert message.text == "some words"
    assert message.defects


@pytest.mark.parametrize(
    ("kind", "is_encrypted", "is_signed"),
    [
        (b"application/pkcs7-mime; smime-type=enveloped-data", True, False),
        (b"application/pkcs7-mime; smime-type=authEnveloped-data", True, False),
        (b"application/x-pkcs7-mime; name=smime.p7m", True, False),
        (b"application/pkcs7-mime; smime-type=signed-data", False, True),
        (b"multipart/encrypted; boundary=b", True, False),
        (b"multipart/signed; boundary=b", False, True),
        (b"text/plain", False, False),
        # gateways change the type and leave the name
        (b"application/octet-stream; name=smime.p7m", True, False),
        (b"application/octet-stream; name=SMIME.P7M", True, False),
        (b"application/octet-stream; name=smime.p7s", False, False),
        (b"application/x-microsoft-rpmsg-message; name=message.rpmsg", True, False),
        (b"application/octet-stream; name=message_v4.rpmsg", True, False),
    ],
)
def test_signed_and_encrypted_by_type(kind: bytes, is_encrypted: bool, is_signed: bool) -> None:
    message = with_type(kind)
    assert (message.is_encrypted, message.is_signed) == (is_encrypted, is_signed)


SIGNED_DATA = b"MIAGCSqGSIb3DQEHAqCAMIACAQExDzANBglghkgBZQMEAgEFADCABgkqhkiG9w0BBwGg"
ENVELOPED_DATA = b"MIAGCSqGSIb3DQEHA6CAMIACAQAxggFAMIIBPAIBADAkMBYxFDASBgNVBAMTC0NhcmxS"


@pytest.mark.parametrize(("body", "is_encrypted"), [(SIGNED_DATA, False), (ENVELOPED_DATA, True)])
def test_what_states_no_smime_type_says_inside_what_it_is(body: bytes, is_encrypted: bool) -> None:
    """An invoice that is only signed can be read by anybody."""
    fields = (
        b"Content-Type: application/octet-stream; name=factuur.xml.p7m\nContent-Transfer-Encoding: base64\n"
    )
    message = parse_message(fields + b"\n" + body)
    assert (message.is_encrypted, message.is_signed) == (is_encrypted, not is_encrypted)


def test_encrypted_in_any_part() -> None:
    """A second text, OpenPGP that a server took apart, an attached message."""
    pgp = b"-----BEGIN PGP MESSAGE-----\n\nhQ\n"
    for part in (
        b"\n\n" + pgp,
        b"Content-Type: application/octet-stream; name=encrypted.asc\n\n" + pgp,
        b"Content-Type: message/rfc822\n\nContent-Type: application/pkcs7-mime\n\nx\n",
    ):
        parts = b"--b\n\nDag Sofie\n--b\n" + part + b"--b--\n"
        assert parse_message(b"Content-Type: multipart/mixed; boundary=b\n\n" + parts).is_encrypted


def test_every_text_and_attached_message_is_read() -> None:
    """In order, attached ones too; not what lies deeper than three messages, and that is said."""
    nested = b"From: a@b.example\nSubject: diep\n\nhallo\n"
    for _ in range(3):
        nested = b"Content-Type: message/rfc822\n\n" + nested
    message = parse_message(nested)
    assert message.attached[0].attached[0].attached[0].subject == "diep"
    assert message.is_whole
    assert not parse_message(b"Content-Type: message/rfc822\n\n" + nested).is_whole
    parts = b"--b\n\neen\n--b\nContent-Type: text/csv; name=a.csv\n\ntwee\n--b--\n"
    message = parse_message(b"Content-Type: multipart/mixed; boundary=b\n\n" + parts)
    assert message.texts == (("text/plain", "een"), ("text/csv", "twee"))
    assert not parse_message(b"\n" + b"x" * TEXT_CHARACTERS).is_whole


def test_signed_and_encrypted_in_the_text() -> None:
    """Only at the start of a line: a quotation is no encrypted mail."""
    assert with_type(b"text/plain", b"-----BEGIN PGP MESSAGE-----\n").is_encrypted
    assert with_type(b"text/plain", b"hi\n-----BEGIN PGP SIGNED MESSAGE-----\n").is_signed
    assert not with_type(b"text/plain", b"> -----BEGIN PGP MESSAGE-----\n").is_encrypted


def test_invitations_and_receipts() -> None:
    assert multipart(PLAIN, b"Content-Type: text/calendar\n\nx").is_invitation
    assert multipart(PLAIN, b"Content-Type: text/calendar; method=REQUEST\n\nx").is_invitation
    assert not multipart(PLAIN, b"Content-Type: text/calendar; method=REPLY\n\nx").is_invitation
    assert with_type(b"text/plain", more=b"Disposition-Notification-To: a@b.example\n").asks_for_receipt
    assert not with_type(b"text/plain").asks_for_receipt


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("octets", [300, 70_000, 300_000])
def test_a_mail_and_its_first_part_have_the_same_header_digest(octets: int, line_end: bytes) -> None:
    """Also where the header is longer than what is fetched, with or without an end or rubbish in it."""
    for rubbish in (b"", b"no field\n"):
        header = (FROM + rubbish + b"X-Long: y\n" * (octets // 10)).replace(b"\n", line_end)
        for body in (b"", line_end + b"body" * TRIAGE_OCTETS):
            whole = header + body
            first = parse_message(whole[:TRIAGE_OCTETS], size_octets=len(whole))
            assert first.header_digest == parse_message(whole).header_digest
            assert first.size_octets == len(whole)


def test_the_header_digest_ignores_line_ends_only() -> None:
    digest = parse_message(b"A: b\nC: d\n\nx").header_digest
    assert parse_message(b"A: b\r\nC: d\r\n\r\nother").header_digest == digest
    assert parse_message(b"A: b\nC: d \n\nx").header_digest != digest


def test_what_was_cut_off_is_no_defect() -> None:
    whole = FROM + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\n" + PDF + b"\n--b--\n"
    for length in range(whole.index(b"\n\n") + 2, len(whole)):
        assert parse_message(whole[:length], size_octets=len(whole)).defects == (), whole[:length]


PIECES = st.sampled_from(
    [
        b"From: a@b.example\n",
        b"Content-Type: multipart/mixed; boundary=b\n",
        b"Content-Type: text/html; charset=utf-16\n",
        b"Content-Type: message/delivery-status\n",
        b"Content-Transfer-Encoding: base64\n",
        b"Subject: =?utf-8?b?4oI=?=",
        b"Date: 1 Jan ",
        b"References: <",
        b"@b>",
        b"\n--b\n",
        b"--b--",
        b"\n",
        b"\r\n\r\n",
        b"<div style=display:none>",
        b"\xff\x00",
        b"9999999",
    ]
)


def texts_of(message: Message) -> Iterator[str]:
    """All one-line text in a message."""
    yield message.subject
    yield from (message.message_id or "", message.return_path or "", *message.references, *message.defects)
    for name, value in message.headers:
        yield from (name, value)
    for address in (*message.from_, *message.to, *message.cc, *message.reply_to):
        yield from (address.name, address.address)
    for attachment in message.attachments:
        yield from (attachment.filename, attachment.content_type)


def assert_clean(message: Message) -> None:
    for text in texts_of(message):
        text.encode("utf-8")
        assert not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in text)
    for text in (message.text, message.calendar):
        text.encode("utf-8")
        assert len(text) <= 2 * BODY_CHARACTERS
        assert "\x00" not in text
        assert "\r" not in text


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=25).map(b"".join)))
def test_any_octets_are_a_clean_message(octets: bytes) -> None:
    assert_clean(parse_message(octets, size_octets=len(octets) + 1))


HOSTILE = {
    "nested divs": b"Content-Type: text/html\n\n" + b"<div>" * 26_000,
    "hidden divs": b"Content-Type: text/html\n\n" + b"<div hidden>" * 10_000,
    "quotations": b"Content-Type: text/html\n\n" + b"<blockquote>x" * 10_000,
    "combining marks": b"Content-Type: text/plain; charset=utf-8\n\n" + "\u0300\u0316".encode() * 32_000,
    "subject": b"Subject: " + b"=?utf-8?q?=E2?= " * 8_000,
    "many fields": b"a:=?utf-8?q?a?=\n" * 8_000,
    "references": b"References: " + b"<" * 60_000 + b">" * 60_000,
    "bounce": b"From: mailer-daemon@x.example\n\n" + b"Message-ID: <a@b.example>\n" * 5_000,
    "statuses": b"Content-Type: message/delivery-status\n\n" + b"Action: failed\n\n" * 8_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_takes_a_second_at_most(name: str) -> None:
    started = time.process_time()
    parse_message(HOSTILE[name])
    assert time.process_time() - started < 1


def mails_in(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.glob("*/messages/**/*")):
        if path.is_file():
            yield str(path.relative_to(folder)), path.read_bytes()
    for path in sorted(folder.glob("*/mbox/**/*")):
        if path.is_file():
            for number, octets in enumerate(path.read_bytes().split(b"\nFrom "), 1):
                yield f"{path.relative_to(folder)}:{number}", octets


@pytest.mark.corpora
def test_real_mail_is_read_without_an_exception(corpora: Path) -> None:
    """Each in under a second of CPU, to clean text; its first half as well."""
    for name, octets in mails_in(corpora):
        started = time.process_time()
        assert_clean(parse_message(octets))
        assert time.process_time() - started < 1, name
        assert_clean(parse_message(octets[: len(octets) // 2], size_octets=len(octets)))


@pytest.mark.corpora
def test_real_mail_is_read_in_bounded_memory(corpora: Path) -> None:
    """No more than eight times its size and some megabytes; asked of the largest."""
    largest = sorted(mails_in(corpora), key=lambda mail: len(mail[1]))[-20:]
    tracemalloc.start()
    try:
        for name, octets in largest:
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            parse_message(octets)
            assert tracemalloc.get_traced_memory()[1] - before < 4 * 1024 * 1024 + 8 * len(octets), name
    finally:
        tracemalloc.stop()
