"""Mail that asks nothing, and its neighbours that do."""

import json
from pathlib import Path

import pytest

from delegator.core.mail.kinds import Kind, calendar_method, declines, kind_of
from delegator.core.mail.message import parse_message

PERSON = "From: Jan De Smet <jan@acme.example>\nTo: sofie@voorbeeld.example\nMIME-Version: 1.0\n"
ANSWERS = "In-Reply-To: <eigen1@voorbeeld.example>\n"
MIXED = 'Content-Type: multipart/mixed; boundary="b"\n'


def kind(fields: str, body: str = "Kan u dit bekijken?\n", answers: str = ANSWERS) -> Kind | None:
    return kind_of(parse_message(f"{PERSON}{answers}{fields}\n{body}".encode()))


def part(content_type: str, body: str = "x") -> str:
    return f"--b\n\nDag Sofie\n--b\nContent-Type: {content_type}\n\n{body}\n--b--\n"


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ("Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n", "--b--\n"),
        (MIXED, part("message/disposition-notification", "Disposition: manual-action/x; displayed")),
        (MIXED, part("message/disposition-notification", "Disposition: automatic-action/x; deleted")),
        (
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n",
            part("message/delivery-status", "Final-Recipient: rfc822; a@b.example\nAction: delivered"),
        ),
        ("Content-Type: application/pkcs7-mime; smime-type=signed-receipt; name=smime.p7m\n", "x"),
        (MIXED, part("application/x-pkcs7-mime; smime-type=signed-receipt; name=smime.p7m")),
        ("Subject: Return Receipt\n", "Your Document: Offerte\nwas received by: Jan\nat: 22/12/2026 09:00\n"),
        (
            "Subject: Read: Offerte\n",
            "Your message\n\n To: Jan\n Subject: Offerte\n\n was read on Tuesday.\n",
        ),
        ("Subject: Gelezen: Offerte\n", "Uw bericht\n  Aan: Jan\n\n is gelezen op dinsdag 22 december.\n"),
        (
            "Subject: Lu : Offre\n",
            "Votre message\n  Objet : Offre\n\na ete lu le 22.\n".replace("ete", "\xe9t\xe9"),
        ),
        ("Subject: Gelesen: Angebot\n", "Ihre Nachricht\n  Betreff: Angebot\n\nwurde gelesen am 22.\n"),
    ],
)
def test_receipts(fields: str, body: str) -> None:
    """Read, deleted unread, delivered; whatever the subject and the words say."""
    assert kind(fields, body) is Kind.RECEIPT
    assert kind(fields, body, answers="") is Kind.RECEIPT


def test_what_speaks_of_a_receipt_is_none() -> None:
    """A person's words, and what has more to say than that."""
    assert kind("Subject: Read: Offerte\n", "Your message was read on Tuesday.\n\nCan you call me?\n") is None
    assert kind("Subject: Offerte\n", "Uw bericht is gelezen op dinsdag.\n") is None
    assert kind("Subject: Gelezen: Offerte\n", "Uw bericht is gelezen. Graag 20 deuren.\n") is None
    assert kind("Subject: Read: x\n", "Your message was read on Tuesday.\nPlease send 20 doors.\n") is None
    body = part("application/pdf", "x").replace("Dag Sofie", "Your message was read on Tuesday")
    assert kind(f"Subject: Read: Offerte\n{MIXED}", body) is None


CALENDAR = "BEGIN:VCALENDAR\nMETHOD:{}\nBEGIN:VEVENT\nDTSTART:20261228T130000Z\n{}END:VEVENT\nEND:VCALENDAR\n"


@pytest.mark.parametrize(
    ("content_type", "method", "expected"),
    [
        ("text/calendar; method=REPLY", "REPLY", Kind.CALENDAR),
        ("text/calendar", "REPLY", Kind.CALENDAR),
        ("text/calendar", "Counter", Kind.CALENDAR),
        ("text/calendar; method=REPLY", "", Kind.CALENDAR),
        ("text/calendar; method=REQUEST", "REQUEST", None),
        ("text/calendar", "CANCEL", None),
        ("text/calendar", "", None),
    ],
)
def test_answers_to_invitations(content_type: str, method: str, expected: Kind | None) -> None:
    """By what the calendar says, and else its type; an invitation and its withdrawal are none."""
    assert kind(MIXED, part(content_type, CALENDAR.format(method, ""))) is expected


@pytest.mark.parametrize(
    ("attendee", "method", "expected"),
    [
        ("ATTENDEE;PARTSTAT=DECLINED;CN=Els:mailto:els@acme.example\n", "REPLY", True),
        ("ATTENDEE;CN=Els;PARTSTAT=DECL\n INED:mailto:els@acme.example\n", "REPLY", True),
        ("ATTENDEE;PARTSTAT=ACCEPTED:mailto:els@acme.example\n", "REPLY", False),
        ("ATTENDEE;PARTSTAT=ACCEPTED:mailto:els@acme.example\n", "COUNTER", True),
        ("COMMENT:PARTSTAT=DECLINED\n", "REPLY", False),
    ],
)
def test_who_declines(attendee: str, method: str, expected: bool) -> None:
    """Also on a folded line; who asks for another time does as well."""
    body = part("text/calendar", CALENDAR.format(method, attendee))
    message = parse_message(f"{PERSON}{MIXED}\n{body}".encode())
    assert calendar_method(message) == method.lower()
    assert declines(message) is expected


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        (MIXED, part("text/vnd.google.email-reaction+json", '{"emoji": "x", "version": 1}')),
        ("Content-Type: text/vnd.google.email-reaction+json\n", "{}"),
        ("Content-Disposition: reaction\nContent-Type: text/plain; charset=utf-8\n", "👍\n"),
        (MIXED, "--b\nContent-Disposition: reaction\n\n👍\n--b--\n"),
        ("Subject: Re: Offerte\n", "[like]  Jan De Smet reacted to your message:\n"),
        (
            "Content-Type: text/html\n",
            "<table><td><img alt='heart' src=''></td><td><b>Jan De Smet</b> reacted to your message:</td>"
            "</table><hr><div><b>From:</b> Sofie<br><b>Sent:</b> Tuesday<br><b>Subject:</b> Offerte</div>"
            "<p>Dag Jan</p>",
        ),
        ("Content-Type: text/plain; charset=utf-8\n", "[vind ik leuk] Jan heeft gereageerd op uw bericht:\n"),
        ("Content-Type: text/plain; charset=utf-8\n", "[j'aime] Jan a réagi à votre message :\n"),
        ("Content-Type: text/plain; charset=utf-8\n", "[Gefällt mir] Jan hat auf Ihre Nachricht reagiert:\n"),
        ("Content-Type: text/plain; charset=utf-8\n", "👍\n\nJan De Smet reacted via Gmail\n"),
        (
            "Content-Type: text/plain; charset=utf-8\n",
            "👍\n\nJan reacted via Gmail <https://www.google.example/gmail>\n\n"
            "On Mon, Dec 21, 2026 at 10:00 AM Sofie <sofie@voorbeeld.example> wrote:\n> Dag Jan\n",
        ),
        ("Content-Type: text/plain; charset=utf-8\n", "👍\n\nJan heeft via Gmail gereageerd\n"),
        ("Content-Type: text/plain; charset=utf-8\n", "👍\n\nJan hat über Gmail reagiert\n"),
        ("", "Jan liked your message\n"),
        ("", "Loved an image\n"),
        ("Content-Type: text/plain; charset=utf-8\n", "Gefällt „Ich schicke es morgen“\n"),
        ("Content-Type: text/plain; charset=utf-8\n", "Liked “Ik stuur het morgen”\n"),
    ],
)
def test_reactions(fields: str, body: str) -> None:
    """Gmail's part, RFC 9078, and the sentences where emoji cannot be shown."""
    assert kind(fields, body) is Kind.REACTION


@pytest.mark.parametrize(
    "body",
    [
        "The customer reacted to your message:\nthey want ten more. Can you confirm that today?\n",
        "They want ten more.\nJan reacted to your message\n",
        "👍\n",  # an answer of a person, in one sign
        "He reacted to your message and now wants a call.\n",
        "Liked it. When can you deliver?\n",
    ],
)
def test_what_only_speaks_of_a_reaction_is_none(body: str) -> None:
    assert kind("Content-Type: text/plain; charset=utf-8\n", body) is None
    assert kind("", "[like] Jan reacted to your message:\n", answers="") is None  # it answers nothing


EXCHANGE = "Auto-Submitted: auto-generated\nX-Auto-Response-Suppress: All\n"


@pytest.mark.parametrize(
    "fields",
    [
        "Auto-Submitted: auto-replied\nSubject: Prijslijst\n",
        "X-Autoreply: yes\nSubject: Prijslijst\n",
        "X-Autorespond: Prijslijst\n",
        "Precedence: auto_reply\n",
        "X-POST-MessageClass: 9; Autoresponder\n",
        "Delivered-To: Autoresponder\n",
        "X-Auto-Response-Suppress: All\nSubject: Automatisch antwoord: Prijslijst\n",
        "Subject: Out of Office AutoReply: Prijslijst\n",
        "Subject: Afwezig: Prijslijst\nAuto-Submitted: auto-generated\n",
        EXCHANGE + "Subject: Freagra uathoibrioch: Prijslijst\n",  # a language that no list has
    ],
)
def test_automatic_answers(fields: str) -> None:
    """By a vendor's header alone, by what Exchange writes in any language, by an unmistakable subject."""
    assert kind(fields) is Kind.AUTOMATIC


def test_an_automatic_answer_by_its_text() -> None:
    """Where a program says that it sent it, and the text says why."""
    away = "Ik ben afwezig tot 4 januari.\n"
    assert kind("Auto-Submitted: auto-generated\nSubject: Re: Prijslijst\n", away) is Kind.AUTOMATIC
    assert kind("Subject: Re: Prijslijst\n", away) is None


@pytest.mark.parametrize(
    "fields",
    [
        "Auto-Submitted: auto-generated\nSubject: Prijslijst\n",
        "Subject: Afwezigheidsbericht\n",
        "Subject: Abwesenheitsnotiz\n",
        "Subject: AUTO: Jan De Smet is afwezig (terug op 04/01/2027)\n",
        "Subject: Jan De Smet is out of the office\n",
    ],
)
def test_an_automatic_answer_that_names_no_mail(fields: str) -> None:
    """As Notes and old Exchange send it: by a subject or a field of a program's, and a text that says why."""
    assert kind(fields, "Ik ben afwezig tot 4 januari.\n", answers="") is Kind.AUTOMATIC
    assert kind(fields, "Ik ben afwezig tot 4 januari. Kan u morgen leveren?\n", answers="") is None
    assert kind(fields, "Graag 20 deuren voor vrijdag.\n", answers="") is None


def test_people_who_say_that_they_are_away_ask_something() -> None:
    away = "Ik ben afwezig op 4 januari, gelieve de levering te verplaatsen.\n"
    assert kind("Subject: Afwezig op 4 januari\n", away, answers="") is None


@pytest.mark.parametrize(
    "fields",
    [
        "Auto-Submitted: auto-generated\nSubject: ALARM: pomp 3 staat stil\n",
        EXCHANGE + "Subject: Nieuwe bestelling: 4711\n",
        "Auto-Submitted: no\nSubject: Bestelling\n",
        "X-Auto-Response-Suppress: DR, OOF, AutoReply\nSubject: Auto: keuring van de bestelwagen\n",
        "X-Auto-Response-Suppress: All\nSubject: Vraag\n",
        "Precedence: bulk\nSubject: Nieuwsbrief\n",
    ],
)
def test_what_a_machine_sends_unasked_is_no_answer(fields: str) -> None:
    """Alarms, the orders of a shop, a mail whose program wants no answer from machines."""
    assert kind(fields, answers="") is None


@pytest.mark.parametrize(
    "fields",
    [
        "Subject: Vacation rentals: order for linen 2027\n",
        "Subject: Out of office furniture: prijsvraag\n",
        "Subject: RE: Automatisch antwoord: Prijslijst\n",
        "Subject: Afwezig op de vergadering van dinsdag\n",
        "Subject: Auto: keuring\nX-Auto-Response-Suppress: DR, OOF, AutoReply\n",
        EXCHANGE + "Subject: Re: [Ticket 12] Prijslijst\n",  # an agent's answer by a ticket system
        EXCHANGE + "Subject: Antw: Prijslijst\n",
    ],
)
def test_what_people_answer_is_a_question(fields: str) -> None:
    """Whatever their subject begins with, and through which program they write."""
    assert kind(fields) is None


def test_a_bounce_is_none_of_these() -> None:
    """What did not arrive is news."""
    body = part(
        "message/delivery-status", "Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1"
    )
    assert kind("Content-Type: multipart/report; report-type=delivery-status; boundary=b\n", body) is None


@pytest.mark.corpora
def test_labelled_kinds(corpora: Path) -> None:
    """Every real automatic reply is one, no ordinary mail is anything of the kind."""
    labels = json.loads((corpora / "labels.json").read_text())
    for name, label in labels.items():
        if label["label"] in ("autoreply", "bounce") and name.startswith("sisimai"):
            found = kind_of(parse_message((corpora / name).read_bytes()))
            assert (found is Kind.AUTOMATIC) is (label["label"] == "autoreply"), name
    ordinary = [p for p in corpora.glob("*/messages/**/*") if p.is_file() and "sisimai" not in str(p)]
    kinds = [(path, kind_of(parse_message(path.read_bytes()))) for path in ordinary]
    assert not [path for path, found in kinds if found in (Kind.AUTOMATIC, Kind.REACTION)]
