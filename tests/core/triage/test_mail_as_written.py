"""Mails as people's programs write them: the decision, the sender, and what is shown of each."""

from __future__ import annotations

import base64
import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from delegator.catalogues import load_catalogue
from delegator.config.loader import load
from delegator.core.compose import Stamp, compose_forward
from delegator.core.handovers.known import Conversations
from delegator.core.mail.excerpt import new_text
from delegator.core.mail.invitation import read_invitation
from delegator.core.mail.message import Message, parse_message
from delegator.core.reviews.passage import passage
from delegator.core.triage.triage import triage

DATA = Path(__file__).parents[2] / "data" / "mail"

_HEADER = (
    b"From: Els Claes <els@werkplaats.example>\r\nSubject: %s\r\nMessage-ID: <o@werkplaats.example>\r\n"
    b"Date: Tue, 22 Dec 2026 09:30:00 +0100\r\nMIME-Version: 1.0\r\n"
    b"To: Sofie Janssens <sofie@voorbeeld.example>\r\n"
)


def _picture(octets: int) -> bytes:
    return base64.encodebytes(bytes(range(256)) * (octets // 256)).replace(b"\n", b"\r\n")


def large_picture_before_text() -> bytes:
    return (
        _HEADER % b"IMG_2041"
        + b'Content-Type: multipart/mixed; boundary="a"\r\n\r\n--a\r\n'
        + b'Content-Type: image/jpeg; name="IMG_2041.jpeg"\r\nContent-Disposition: inline\r\n'
        + b"Content-Transfer-Encoding: base64\r\n\r\n"
        + _picture(150_000)
        + b"\r\n--a\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
        + b"Dit onderdeel is defect toegekomen. Kan je vandaag nog iets sturen?\r\n--a--\r\n"
    )


def html_with_long_head() -> bytes:
    style = b'p.MsoNormal {margin:0cm;font-size:11.0pt;font-family:"Calibri",sans-serif;}\r\n' * 1100
    return (
        _HEADER % b"Vraagje"
        + b"Content-Type: text/html; charset=utf-8\r\n\r\n<html><head><style>"
        + style
        + b"</style></head><body><p class=MsoNormal>Dag Sofie, graag een offerte voor twaalf kleppen.</p>"
        + b"</body></html>\r\n"
    )


def html_with_a_picture_in_its_source() -> bytes:
    picture = base64.b64encode(bytes(range(256)) * 2000)
    return (
        _HEADER % b"Foto"
        + b"Content-Type: text/html; charset=utf-8\r\n\r\n<html><body><p>Dag Sofie,</p>"
        + b'<img src="data:image/png;base64,'
        + picture
        + b'"><p>Graag een offerte voor dit onderdeel.</p></body></html>\r\n'
    )


MADE = {
    "large-picture-before-text": large_picture_before_text,
    "html-with-long-head": html_with_long_head,
    "html-with-a-picture-in-its-source": html_with_a_picture_in_its_source,
}


def octets_of(name: str) -> bytes:
    return MADE[name]() if name in MADE else (DATA / f"{name}.eml").read_bytes()


def decided(message: Message, rules: str) -> str:
    book = load(DATA / f"{rules}.yaml", for_files=True).rule_book
    assert message.date is not None
    verdict = triage(message, book, Conversations(), message.date)
    return f"{verdict.disposition} {verdict.backup or verdict.priority or '-'} {verdict.rule or '-'}"


CASES = {
    "apple-text-after-picture": (
        "forward bram orders",
        "Dit is hoe het er nu uitziet: Wij willen er graag twintig bestellen, levering voor vrijdag.",
    ),
    "base64-padding-in-the-middle": (
        "forward anna key accounts",
        "Wij willen veertig stuks bestellen voor vrijdag. Kan dat nog? Zo niet, dan annuleren wij.",
    ),
    "cal-reply-body-only": ("review normal -", "Overleg over de planning van januari."),
    "cal-tz-kolkata": ("review normal -", "Overleg over de planning van januari."),
    "clearsigned-excerpt": ("review normal -", "Kan de werf nog dit jaar beginnen?"),
    "contact-form": (
        "review normal -",
        "Ik zoek dertig deuren voor een school. Kan u mij morgen bellen?",
    ),
    "eai-sender": ("forward anna key accounts", "Können Sie die Lieferung am Donnerstag bestätigen?"),
    "from-comment-name": ("forward anna key accounts", "Kan u de levering bevestigen?"),
    "from-encoded-whole": ("review normal -", "Kan u de levering van donderdag bevestigen?"),
    "from-encoded-with-local-part": (
        "forward anna key accounts",
        "Kan u de levering van donderdag bevestigen?",
    ),
    "group-munged-no-reply-to": ("forward anna key accounts", "Kan u de levering bevestigen?"),
    "html-in-plain": ("forward bram orders", "Graag offerte 30 deuren"),
    "html-then-plain-footer": (
        "forward bram orders",
        "Graag een offerte voor twaalf kleppen type B, ten laatste donderdag.",
    ),
    "html-with-a-picture-in-its-source": (
        "forward bram orders",
        "Graag een offerte voor dit onderdeel.",
    ),
    "html-with-long-head": ("forward bram orders", "Graag een offerte voor twaalf kleppen."),
    "ics-as-application": ("review normal -", "Zie bijlage voor het overleg."),
    "large-picture-before-text": (
        "forward anna complaints",
        "Dit onderdeel is defect toegekomen. Kan je vandaag nog iets sturen?",
    ),
    "meta-charset-only": ("review normal -", "Chcielibyśmy złożyć zamówienie na trzydzieści drzwi."),
    "plain-placeholder": (
        "forward bram orders",
        "Piet Pieters wil bestellen: 30 deuren, te leveren voor vrijdag.",
    ),
    "qp-soft-break-with-trailing-space": (
        "forward anna key accounts",
        "Wij willen graag veertig stuks bestellen voor vrijdag. Café is er ook. Einde.",
    ),
    "reply-to-own-address": ("forward anna key accounts", "Wij bestellen opnieuw veertig stuks."),
    "smime-octet-stream": ("private - -", ""),
    "sound/cal-cancel-body": ("review normal -", "Overleg over de planning van januari."),
    "sound/cal-reply": ("review normal -", "Overleg over de planning van januari."),
    "sound/cal-tz-olson-slash": ("review normal -", "Overleg over de planning van januari."),
    "sound/cal-tz-windows-india": ("review normal -", "Overleg over de planning van januari."),
    "sound/flowed-delsp": (
        "review normal -",
        "Wij willen graag dertig deuren be stellen, liefst voor donderdag.",
    ),
    "sound/forward-as-attachment": ("forward bram orders", ""),
    "sound/from-double-angle": ("forward anna key accounts", "In bijlage uw factuur. Graag uw akkoord."),
    "sound/from-single-quotes": ("forward anna key accounts", "Kan u de levering bevestigen?"),
    "sound/gb18030": ("review normal -", "我们要订购二十个㐀。"),
    "sound/group-munged-own-domain": ("forward anna key accounts", "Kan u de levering bevestigen?"),
    "sound/idn-sender": ("forward bram orders", "Offerte bitte."),
    "sound/iso-2022-jp": ("review normal -", "注文をお願いします。二十個ください。"),
    "sound/ordinary-with-suppress": (
        "forward anna key accounts",
        "Wanneer komt de wagen binnen voor de keuring?",
    ),
    "sound/rtl": ("forward bram orders", "السلام عليكم، نريد offerte لثلاثين بابا قبل يوم الخميس."),
    "sound/vacation-rental-order": (
        "forward bram orders",
        "We would like to place a purchase order for linen. Can you confirm by Thursday?",
    ),
    "sound/winmail": ("forward bram orders", "Zie bijlage."),
}


@pytest.mark.parametrize("name", CASES)
def test_the_decision_and_what_is_shown(name: str) -> None:
    message = parse_message(octets_of(name))
    sender = message.originator.name if message.originator else ""
    outcome, shown = CASES[name]
    assert decided(message, "rules") == outcome
    assert passage(new_text(message.text, sender)) == shown


@pytest.mark.parametrize("name", ["html-with-long-head", "large-picture-before-text"])
def test_a_rule_about_attachments_changes_nothing_else(name: str) -> None:
    message = parse_message(octets_of(name))
    assert decided(message, "rules-without-attachment") == CASES[name][0]


SENDERS = {
    "from-comment-name": ("Jan De Smet", "jan@acme.example", True),
    "from-encoded-whole": ("Jan De Smet", "jan@acme.example", False),
    "from-encoded-with-local-part": ("Jürgen Maß", "jurgen@grootklant.example", True),
    "sound/from-double-angle": ("", "facturen@grootklant.example", True),
    "sound/from-single-quotes": ("'Jan De Smet'", "jan@acme.example", True),
    "sound/idn-sender": ("Jürgen", "info@münchen-teile.example", True),
}


@pytest.mark.parametrize("name", SENDERS)
def test_the_sender(name: str) -> None:
    message = parse_message(octets_of(name))
    (sender,) = message.from_
    assert (sender.name, sender.address, message.originator is not None) == SENDERS[name]


@pytest.mark.parametrize(
    ("name", "is_invitation"),
    [
        ("cal-reply-body-only", False),
        ("cal-tz-kolkata", True),
        ("ics-as-application", True),
        ("sound/cal-reply", False),
        ("sound/cal-cancel-body", True),
    ],
)
def test_invitations(name: str, is_invitation: bool) -> None:
    assert parse_message(octets_of(name)).is_invitation is is_invitation


@pytest.mark.parametrize(
    ("name", "start_at"),
    [
        ("cal-tz-kolkata", "2026-12-28 09:30"),
        ("ics-as-application", "2026-12-28 14:00"),
        ("sound/cal-tz-olson-slash", "2026-12-28 09:30"),
        ("sound/cal-tz-windows-india", "2026-12-28 09:30"),
        ("sound/cal-cancel-body", "2026-12-28 14:00"),
    ],
)
def test_when_an_invitation_is(name: str, start_at: str) -> None:
    """In the owner's zone."""
    brussels = ZoneInfo("Europe/Brussels")
    found = read_invitation(parse_message(octets_of(name)).calendar, brussels)
    assert found is not None
    assert f"{found.start_at.astimezone(brussels):%Y-%m-%d %H:%M}" == start_at
    assert found.has_known_zone


def forward_of(octets: bytes, max_octets: int | None = None) -> tuple[EmailMessage, str, str]:
    """A forward to Anna, its Reply-To, and its text."""
    config = load(DATA / "rules.yaml", for_files=True)
    message = parse_message(octets)
    stamp = Stamp("<1@voorbeeld.example>", "x" * 32, "k", datetime(2026, 12, 22, 9, tzinfo=UTC))
    composed = compose_forward(
        octets,
        message,
        config.owner,
        config.backups["anna"],
        stamp,
        load_catalogue("nl"),
        max_octets,
        is_known=lambda address: address == "jan@acme.example",
    )
    mail = email.message_from_bytes(composed.whole(), policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    body = mail.get_body(("plain", "html"))
    assert body is not None
    return mail, str(mail["Reply-To"]), str(body.get_content())


ME = "Sofie Janssens <sofie@voorbeeld.example>"
REPLIES = {
    "from-comment-name": f"Jan De Smet <jan@acme.example>, {ME}",
    "from-encoded-whole": f"Jan De Smet <jan@acme.example>, {ME}",
    "from-encoded-with-local-part": f"Jürgen Maß <jurgen@grootklant.example>, {ME}",
    "group-munged-no-reply-to": f"Jan De Smet <jan@acme.example>, {ME}",
    "reply-to-own-address": f"Jan De Smet <jan@acme.example>, {ME}",
    "contact-form": f"piet@pieters.example, {ME}",
    "sound/group-munged-own-domain": f"Jan De Smet <jan@acme.example>, {ME}",
    "sound/idn-sender": f"Jürgen <info@xn--mnchen-teile-dlb.example>, {ME}",
    "eai-sender": ME,
}


@pytest.mark.parametrize("name", REPLIES)
def test_reply_reaches_the_client(name: str) -> None:
    _, reply_to, _ = forward_of(octets_of(name))
    assert reply_to == REPLIES[name]


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (octets_of("group-munged-no-reply-to"), "Je antwoord gaat naar Jan De Smet en mij."),
        (octets_of("eai-sender"), "Je antwoord gaat naar mij; jürgen@grootklant.example bereikt het niet."),
        (b"Subject: x\r\n\r\nHallo", "Je antwoord gaat naar mij; deze mail noemt niemand"),
    ],
)
def test_the_note_says_whom_reply_reaches(octets: bytes, said: str) -> None:
    assert said in forward_of(octets)[2]


def test_a_group_that_is_no_alias_is_not_taken_for_the_client() -> None:
    """From and Reply-To are a group address in the owner's domain, the client stands in X-Original-From."""
    octets = octets_of("group-munged-no-reply-to").replace(b"verkoop@voorbeeld", b"info@voorbeeld")
    assert forward_of(octets)[1] == f"Jan De Smet <jan@acme.example>, {ME}"


@pytest.mark.parametrize("name", ["base64-padding-in-the-middle", "qp-soft-break-with-trailing-space"])
def test_a_forward_holds_all_of_a_text_that_is_oddly_encoded(name: str) -> None:
    _, _, text = forward_of(octets_of(name))
    assert "stuks bestellen voor vrijdag." in text
    assert ("annuleren wij." if name.startswith("base64") else "Einde.") in text


def test_a_text_that_cannot_all_be_read_goes_whole() -> None:
    """Octets that we would drop may mean something to another program."""
    octets = octets_of("base64-padding-in-the-middle") + b"-- \r\nVerstuurd via de lijst\r\n"
    mail, _, _ = forward_of(octets)
    (attached,) = [part for part in mail.walk() if part.get_content_type() == "message/rfc822"]
    assert b"Verstuurd via de lijst" in bytes(attached.get_payload(0))  # type: ignore[arg-type]


def test_what_is_too_large_goes_without_its_files_but_with_the_text_of_its_html() -> None:
    octets = (
        _HEADER % b"Plannen"
        + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n'
        + b"<p>Dag Sofie,</p><p>Graag je akkoord voor vrijdag, anders ligt de werf stil.</p>\r\n--b\r\n"
        + b"Content-Type: application/pdf; name=plan.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + _picture(150_000)
        + b"\r\n--b--\r\n"
    )
    _, _, text = forward_of(octets, max_octets=100_000)
    assert "Te groot om mee te sturen: plan.pdf" in text
    assert "Graag je akkoord voor vrijdag, anders ligt de werf stil." in text


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("ATT00001.txt", "plain", "Graag een offerte voor dit stuk."),
        ("ATT00002.htm", "html", "<p>Graag een offerte voor dit stuk.</p>"),
    ],
)
def test_the_text_below_a_picture_that_exchange_attaches_is_text(name: str, kind: str, text: str) -> None:
    """An iPhone writes it there; Exchange gives it a name and calls it an attachment."""
    octets = (
        _HEADER % b"Foto"
        + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nZie foto.\r\n--b\r\n'
        + b"Content-Type: image/jpeg; name=a.jpg\r\nContent-Disposition: attachment; filename=a.jpg\r\n"
        + b"Content-Transfer-Encoding: base64\r\n\r\n/9j/\r\n--b\r\n"
        + f'Content-Type: text/{kind}; name="{name}"\r\n'.encode()
        + f'Content-Disposition: attachment; filename="{name}"\r\n\r\n{text}\r\n--b--\r\n'.encode()
    )
    message = parse_message(octets)
    assert decided(message, "rules") == "forward bram orders"
    assert message.text.split() == ["Zie", "foto.", "Graag", "een", "offerte", "voor", "dit", "stuk."]
    other = parse_message(octets.replace(name.encode(), b"prijzen.txt"))
    assert "offerte" not in other.text


def test_a_private_word_below_a_picture_is_seen() -> None:
    message = parse_message(octets_of("private-in-second-part"))
    assert decided(message, "private-in-second-part.rules") == "private - health"


def test_any_of_two_authors_is_enough_for_a_private_rule() -> None:
    assert decided(parse_message(octets_of("private-two-from")), "rules") == "private - family"


@pytest.mark.parametrize("name", ["read-receipt", "client-out-of-office"])
def test_what_asks_nothing_is_a_line_in_the_review(name: str) -> None:
    """Whatever a rule says of its sender: nobody is asked to answer it."""
    assert decided(parse_message(octets_of(name)), "rules") == "review low -"


def test_an_answer_to_an_invitation_is_none() -> None:
    """Where only the calendar says what it is."""
    assert not parse_message(octets_of("cal-reply-body-only")).is_invitation
