"""What a client reads when a backup presses Reply: their own mail, a colleague's answer, and nothing else.

The forward is answered as Outlook, Gmail, Apple Mail and Thunderbird do it, the whole of it quoted.
"""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from delegator.catalogues import load_catalogue
from delegator.core.compose import Stamp, compose_forward
from delegator.core.handovers.known import Conversations, Handover
from delegator.core.mail.loop import LOOP_HEADER, loop_value
from delegator.core.mail.message import parse_message
from delegator.core.people import Backup, Language, Owner
from delegator.core.rules.book import RuleBook, ToReview
from delegator.core.triage.triage import triage
from delegator.core.triage.verdict import Code

LANGUAGES: tuple[Language, ...] = get_args(Language)
PROGRAMS = ("Outlook", "Gmail", "Apple Mail", "Thunderbird")
BRUSSELS = ZoneInfo("Europe/Brussels")
NOW = datetime(2026, 12, 21, 9, 30, tzinfo=UTC)
SOFIE = Owner("Sofie Janssens", "sofie@voorbeeld.example", (), "nl", BRUSSELS)
ANNA = Backup("anna", "Anna Peeters", "anna@voorbeeld.example", (), (), "nl", "both", (), BRUSSELS)
OUR_ID = "<9f86d081884c7d659a2feaa0c55ad015@voorbeeld.example>"
STAMP = Stamp(OUR_ID, "a3bf4f1b2b0b822cd15d6c15b0f00a08", loop_value(b"key", OUR_ID), NOW)

PLAIN = b"""\
From: Jan De Smet <jan@acme.example>
To: Sofie Janssens <sofie@voorbeeld.example>
Cc: Els Wit <els@acme.example>
Subject: Pomp 12
Date: Mon, 21 Dec 2026 10:12:00 +0100
Message-ID: <een@acme.example>
References: <vroeger@voorbeeld.example>
MIME-Version: 1.0
""".replace(b"\n", b"\r\n")
TEXT = PLAIN + b"Content-Type: text/plain\r\n\r\nHoe gaat het met de pomp?\r\n"
BOTH = PLAIN + (
    b'Content-Type: multipart/alternative; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain\r\n\r\nHoe gaat het met de pomp?\r\n"
    b"--b\r\nContent-Type: text/html\r\n\r\n<p>Hoe gaat het met de <b>pomp</b>?</p>\r\n--b--\r\n"
)
SIGNED = BOTH.replace(b"multipart/alternative", b"multipart/signed")

TELLING = re.compile(
    # The absence.
    r"vakantie|verlof|afwezig|\bweg\b|\bterug\b|vervang|out of office|\baway\b|holiday|vacation|\bleave\b"
    r"|absen|\bback\b|backup|instead of|congé|vacances|remplac|urlaub|abwesend|vertret"
    # A machine.
    r"|delegator|automati[sc]|\brule\b|\bregel\b|règle|priorit|urgent|dringend|warning|waarschuwing"
    r"|avertissement|warnung|dlg\b|mailto:|https?:|token|\bbot\b|generated",
    re.IGNORECASE,
)

_ATTRIBUTIONS = {
    "nl": ("Op ma 21 dec 2026 om 10:30 schreef {name} <{address}>:", "Van|Verzonden|Aan|Onderwerp"),
    "en": ("On Mon, Dec 21, 2026 at 10:30 AM {name} <{address}> wrote:", "From|Sent|To|Subject"),
    "fr": ("Le lun. 21 déc. 2026 à 10:30, {name} <{address}> a écrit :", "De|Envoyé|À|Objet"),
    "de": ("Am Mo., 21. Dez. 2026 um 10:30 Uhr schrieb {name} <{address}>:", "Von|Gesendet|An|Betreff"),
}
_ANSWERS = {
    "nl": "Dag Jan, de pomp draait weer.",
    "en": "Hello Jan, the pump works again.",
    "fr": "Bonjour Jan, la pompe marche.",
    "de": "Hallo Jan, die Pumpe läuft wieder.",
}


def forward(original: bytes, language: Language) -> EmailMessage:
    backup = replace(ANNA, language=language)
    octets = compose_forward(
        original,
        parse_message(original),
        SOFIE,
        backup,
        STAMP,
        load_catalogue(language),
        None,
    ).whole()
    mail = email.message_from_bytes(octets, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def reply(mail: EmailMessage, program: str, language: Language) -> EmailMessage:
    """What the program sends when its user presses Reply, writes one line and sends. RFC 5322 3.6.4."""
    answer = EmailMessage(policy=email.policy.SMTP)
    answer["From"] = "Anna Peeters <anna@voorbeeld.example>"
    answer["To"] = str(mail["Reply-To"] or mail["From"])
    answer["Subject"] = f"{'AW' if language == 'de' and program == 'Outlook' else 'Re'}: {mail['Subject']}"
    answer["Message-ID"] = "<antwoord@voorbeeld.example>"
    answer["In-Reply-To"] = str(mail["Message-ID"])
    answer["References"] = f"{mail['References'] or ''} {mail['Message-ID']}".strip()
    answer["Date"] = "Mon, 21 Dec 2026 11:02:00 +0100"
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    quoted = "" if text is None else str(text.get_content())
    introduction, names = _ATTRIBUTIONS[language]
    introduction = introduction.format(name=SOFIE.name, address=SOFIE.address)
    if program == "Outlook":
        values = (f"{SOFIE.name} <{SOFIE.address}>", "21.12.2026 10:30", str(mail["To"]), mail["Subject"])
        pairs = zip(names.split("|"), values, strict=True)
        block = "".join(f"{name}: {value}\n" for name, value in pairs)
        below = f"________________________________\n{block}\n{quoted}"
    else:
        below = introduction + "\n\n" + "".join(f"> {line}\n" for line in quoted.splitlines())
    answer.set_content(f"{_ANSWERS[language]}\n\n{below}")
    if page is not None and program != "Thunderbird":  # which answers in plain text here
        answer.add_alternative(
            f"<div>{_ANSWERS[language]}</div><div>{introduction}</div>"
            f"<blockquote>{page.get_content()}</blockquote>",
            subtype="html",
        )
    return answer


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("original", [TEXT, BOTH, SIGNED], ids=["text", "html", "signed"])
def test_the_client_reads_nothing_that_gives_it_away(
    program: str, language: Language, original: bytes
) -> None:
    """In no program, language or form: neither in what is shown, nor in the source of the mail."""
    answer = reply(forward(original, language), program, language)
    shown = [str(part.get_content()) for part in answer.walk() if part.get_content_maintype() == "text"]
    assert shown
    for text in shown:
        assert not TELLING.search(text), TELLING.search(text)
    for name, value in answer.items():
        assert not TELLING.search(f"{name}: {value}"), name
    # Only the Message-ID of our own fields travels on, and it says nothing: hexadecimal digits.
    assert LOOP_HEADER not in answer
    local, _, domain = OUR_ID.strip("<>").partition("@")
    assert re.fullmatch(r"[0-9a-f]{32}", local)
    assert domain == SOFIE.domain


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_joins_the_clients_thread_and_reaches_client_and_owner(
    program: str, language: Language
) -> None:
    """To the client first, then the owner; in the thread of the client's own mail; under its subject."""
    answer = reply(forward(BOTH, language), program, language)
    assert [each.addr_spec for each in answer["To"].addresses] == ["jan@acme.example", SOFIE.address]
    assert str(answer["References"]).split() == ["<vroeger@voorbeeld.example>", "<een@acme.example>", OUR_ID]
    assert str(answer["Subject"]) in ("Re: Pomp 12", "AW: Pomp 12")


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_such_an_answer_is_seen_as_one(program: str, language: Language) -> None:
    """The copy that reaches the owner closes the handover, also where a mailer keeps one reference only."""
    answer = reply(forward(BOTH, language), program, language)
    if program == "Outlook":
        del answer["References"]
    handover = Handover(7, "anna", frozenset({"jan@acme.example"}), asked_at=NOW)
    known = Conversations(ours={OUR_ID: handover}, handovers={OUR_ID: handover})
    book = RuleBook(SOFIE, {"anna": ANNA}, (), ToReview("normal"))
    message = parse_message(answer.as_bytes(), arrived_at=NOW + timedelta(minutes=30))
    verdict = triage(message, book, known, NOW + timedelta(minutes=30))
    assert (verdict.code, verdict.conversation) == (Code.ANSWER, 7)
