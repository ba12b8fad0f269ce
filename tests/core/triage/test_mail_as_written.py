"""Mails as people's programs write them: the decision, the sender, and what is shown of each."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from delegator.config.loader import load
from delegator.core.handovers.known import Conversations
from delegator.core.mail.excerpt import first_lines, new_text
from delegator.core.mail.message import Message, parse_message
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
        "Dit is hoe het er nu uitziet: Wij willen er graag twintig bestellen, levering voor\nvrijdag.",
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
    assert first_lines(new_text(message.text, sender)) == shown


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


def test_a_private_word_below_a_picture_is_seen() -> None:
    message = parse_message(octets_of("private-in-second-part"))
    assert decided(message, "private-in-second-part.rules") == "private - health"


def test_any_of_two_authors_is_enough_for_a_private_rule() -> None:
    assert decided(parse_message(octets_of("private-two-from")), "rules") == "private - family"
