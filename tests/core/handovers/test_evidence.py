from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.core.handovers.evidence import (
    base_subject,
    is_automatic,
    is_forwarded_back,
    is_from_a_person,
    may_be_reply,
    quotes_backup,
)
from delegator.core.mail.kinds import is_receipt
from delegator.core.mail.message import Message, parse_message
from delegator.core.people import Backup, Owner

OWNER = Owner(
    "Sofie Janssens",
    "sofie@voorbeeld.example",
    ("sofie.janssens@voorbeeld.example",),
    "nl",
    ZoneInfo("Europe/Brussels"),
)
ANNA = Backup(
    "anna", "Anna Peeters", "anna@voorbeeld.example", ("a.peeters@voorbeeld.example",), (), "nl", "both"
)
MINUTE = timedelta(minutes=1)


def mail(fields: str = "", text: str = "", *, sender: str = "anna@voorbeeld.example") -> Message:
    octets = f"From: {sender}\nTo: sofie@voorbeeld.example\n{fields}\n\n{text}"
    return parse_message(octets.encode())


# --- subjects -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Offerte", ("Offerte", False)),
        ("Re: Offerte", ("Offerte", True)),
        ("RE:Offerte", ("Offerte", True)),
        ("Antw: Offerte", ("Offerte", True)),
        ("AW: Angebot", ("Angebot", True)),
        ("SV: Tilbud", ("Tilbud", True)),
        ("Re[2]: Offerte", ("Offerte", True)),
        ("Re(3): Offerte", ("Offerte", True)),
        ("RÉ: Offerte", ("RÉ: Offerte", False)),
        ("回复：报价", ("报价", True)),
        ("FW: Offerte", ("Offerte", False)),
        ("TR : Offre", ("Offre", False)),
        ("WG: Angebot", ("Angebot", False)),
        ("Doorst: Offerte", ("Offerte", False)),
        ("RV: Oferta", ("Oferta", False)),
        ("Fwd: RE: FW:  Offerte   Deinze", ("Offerte Deinze", True)),
        ("[Fwd: Offerte]", ("Offerte", False)),
        ("Offerte (fwd)", ("Offerte", False)),
        ("[EXTERNAL] Re: Offerte", ("Offerte", True)),
        ("Re: [EXT] Offerte", ("Offerte", True)),
        ("[acme] Re: Offerte", ("[acme] Offerte", True)),
        ("Re: [acme] Re: Offerte", ("[acme] Offerte", True)),
        ("[acme] Re: [acme] Offerte", ("[acme] Offerte", True)),
        ("[#123] Offerte", ("[#123] Offerte", False)),  # tickets are not each other
        ("Ref: 2026-118", ("Ref: 2026-118", False)),
        ("Reactie: ja", ("Reactie: ja", False)),
        ("I: punt 3", ("I: punt 3", False)),
        ("Re:", ("", True)),
        ("", ("", False)),
    ],
)
def test_base_subjects(subject: str, expected: tuple[str, bool]) -> None:
    """The same for a mail, its answers and its forwards; tags in brackets tell mails apart."""
    assert base_subject(subject) == expected
    assert may_be_reply(subject) or not expected[1]


@given(
    st.lists(
        st.sampled_from(["Re: ", "RE:", "AW: ", "Antw: ", "FW: ", "Fwd: ", "TR : ", "WG: "]), max_size=8
    ),
    st.text(alphabet="Offerte 12:-é", max_size=30),
)
@settings(max_examples=80, deadline=None)
def test_prefixes_do_not_change_the_base(prefixes: list[str], subject: str) -> None:
    """Whatever answers and forwards a mail has gone through; and the base is its own base."""
    base, _ = base_subject(subject)
    found, is_reply = base_subject("".join(prefixes) + subject)
    assert found == base
    assert base_subject(base) == (base, False)
    assert is_reply is (base_subject(subject)[1] or any(each[0] in "RA" for each in prefixes))
    assert may_be_reply("".join(prefixes) + subject) or not is_reply


@given(st.text(max_size=300) | st.text(alphabet="[]Re: fwd()", max_size=2000))
@settings(max_examples=80, deadline=None)
def test_any_subject_has_a_base(subject: str) -> None:
    """On one line, and no longer than the subject."""
    base, _ = base_subject(subject)
    assert "\n" not in base
    assert len(base) <= len(subject)


# --- machines -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ("Auto-Submitted: auto-replied", ""),
        ("Auto-Submitted: auto-generated (vacation)", ""),
        ("X-Autoreply: yes", ""),
        ("Subject: Automatisch antwoord: Offerte\nIn-Reply-To: <1@voorbeeld.example>", ""),
    ],
)
def test_a_machine_that_says_so(fields: str, text: str) -> None:
    """Is one, whatever it answers."""
    assert is_automatic(mail(fields, text), None)
    assert not is_from_a_person(mail(fields, text))


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ("X-Auto-Response-Suppress: All", "Ik ben er tot vrijdag niet."),
        ("Precedence: bulk", ""),
        ("X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent", ""),
        ("Return-Path: <>", ""),
        ("Subject: Afwezig: Offerte", ""),
        ("Subject: Out of office", ""),
        ("Subject: Re: Offerte", "Ik ben momenteel afwezig. Vanaf maandag lees ik je mail."),
        ("Subject: Re: Offerte", "Beste,\n\nIk ben met vakantie tot 4 januari."),
        ("Subject: Re: Offerte", "Bedankt voor uw bericht. Wij hebben uw bericht goed ontvangen."),
        ("Subject: Re: Offer", "I am currently out of the office with limited access to e-mail."),
        ("Subject: Re: Offre", "Bonjour,\n\nJe suis absente jusqu'au 4 janvier."),
        ("Subject: Re: Angebot", "Ich bin bis zum 4. Januar im Urlaub und nicht erreichbar."),
        ("Subject: Re: Offerte", "Anna werkt hier niet meer en is niet langer in dienst."),
    ],
)
def test_a_machine_without_a_mark_is_known_by_what_it_answers(fields: str, text: str) -> None:
    """Soon after a mail of ours these are a machine's; on their own they prove nothing."""
    assert is_automatic(mail(fields, text), MINUTE)
    assert not is_automatic(mail(fields, text), None)


def test_speed_alone() -> None:
    """In ten seconds nobody answers; in a minute somebody does."""
    ok = mail("Subject: Re: Vervang jij mij?", "Ok!")
    assert is_automatic(ok, timedelta(seconds=4))
    assert not is_automatic(ok, MINUTE)
    away = mail("Subject: Re: Offerte", "Ik ben morgen met verlof, maar dit doe ik nog.")
    assert is_automatic(away, MINUTE)
    assert not is_automatic(away, timedelta(hours=1))


RECEIPT = (
    'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"\n'
    "Subject: Read: Offerte\nAuto-Submitted: auto-replied",
    "--b\nContent-Type: text/plain\n\nYour message was read.\n--b\n"
    "Content-Type: message/disposition-notification\n\nDisposition: automatic-action\n--b--\n",
)
DELIVERED = (
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\nSubject: Relayed: Offerte',
    "--b\nContent-Type: text/plain\n\nDelivered.\n--b\n"
    "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.voorbeeld.example\n\n"
    "Final-Recipient: rfc822; anna@voorbeeld.example\nAction: delivered\nStatus: 2.0.0\n--b--\n",
)
ACCEPTED = (
    'Content-Type: multipart/alternative; boundary="b"\nSubject: Geaccepteerd: Overleg',
    "--b\nContent-Type: text/plain\n\nx\n"
    "--b\nContent-Type: text/calendar; method=REPLY\n\nBEGIN:VCALENDAR\n--b--\n",
)


@pytest.mark.parametrize("parts", [RECEIPT, DELIVERED, ACCEPTED])
def test_a_receipt_says_nothing_about_its_sender(parts: tuple[str, str]) -> None:
    """Neither away, nor there: no absence, and no sign of a person."""
    message = mail(*parts)
    assert is_receipt(message)
    assert not is_automatic(message, timedelta(seconds=1))
    assert not is_from_a_person(message)


@pytest.mark.corpora
def test_labelled_automatic_replies(corpora: Path) -> None:
    """All of them are known, and nearly all without a single header field that gives them away."""
    labels = json.loads((corpora / "labels.json").read_text())
    replies = [
        parse_message((corpora / name).read_bytes())
        for name, label in labels.items()
        if label["label"] == "autoreply"
    ]
    assert all(is_automatic(each, None) for each in replies)
    bare = [Message(subject=each.subject, text=each.text) for each in replies]
    assert sum(is_automatic(each, MINUTE) for each in bare) >= 0.8 * len(bare)


@pytest.mark.corpora
def test_no_ordinary_mail_is_automatic(corpora: Path) -> None:
    """None on its own; as an answer within a minute one in a hundred at most."""
    ordinary = [
        parse_message(path.read_bytes())
        for path in corpora.glob("*/messages/**/*")
        if path.is_file() and "sisimai" not in str(path)
    ]
    assert len(ordinary) > 100
    assert not any(is_automatic(each, None) for each in ordinary)
    assert sum(is_automatic(each, MINUTE) for each in ordinary) <= 0.01 * len(ordinary)


@pytest.mark.corpora
def test_no_persons_reply_is_automatic(corpora: Path) -> None:
    """No reply that a person wrote within a minute is taken for a machine's."""
    bodies = [path for path in corpora.glob("*/bodies/**/*") if path.is_file()]
    texts = [path.read_text("utf-8", "replace") for path in bodies]
    assert len(texts) > 50
    assert not any(is_automatic(Message(subject="Re: Offerte", text=text), MINUTE) for text in texts)


# --- what a backup did ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "sender", "expected"),
    [
        ("Subject: FW: Offerte", "anna@voorbeeld.example", True),
        ("Subject: Fwd: RE: Offerte", "A.Peeters@voorbeeld.example", True),
        ("Subject: TR: Offerte", "anna@voorbeeld.example", True),
        ("Subject: WG: Offerte", "anna@voorbeeld.example", True),
        ("Subject: Doorst: Offerte", "anna@voorbeeld.example", True),
        ("Subject: [EXT] FW: Offerte", "anna@voorbeeld.example", True),
        ("Subject: RE: FW: Offerte", "anna@voorbeeld.example", False),
        ("Subject: Offerte", "anna@voorbeeld.example", False),
        ("Subject: FW: Offerte", "bram@voorbeeld.example", False),
        ("Subject: FW: Offerte\nCc: jan@acme.example", "anna@voorbeeld.example", False),
        ("Subject: FW: Offerte\nCc: sofie.janssens@voorbeeld.example", "anna@voorbeeld.example", True),
    ],
)
def test_forwarding_back_means_not_me(fields: str, sender: str, expected: bool) -> None:
    """From the backup to the owner alone, the outermost prefix a forward's."""
    assert is_forwarded_back(mail(fields, sender=sender), OWNER, ANNA) is expected


FORWARDED = "<c1@acme.example>"
KNOWN = frozenset({FORWARDED, "<o1@voorbeeld.example>", "<f1@voorbeeld.example>"})


def client_mail(fields: str = "", text: str = "Dank je!") -> Message:
    return mail(f"Subject: Re: Offerte\n{fields}", text, sender="jan@acme.example")


@pytest.mark.parametrize(
    "attribution",
    [
        # Outlook, in the client's language
        "Van: Anna Peeters <anna@voorbeeld.example>\nVerzonden: dinsdag 17 november 2026 14:02\nAan: Jan\n",
        "De : Anna Peeters <anna@voorbeeld.example>\nEnvoyé : mardi 17 novembre 2026 14:02\nÀ : Jan\n",
        "Von: Anna Peeters <anna@voorbeeld.example>\nGesendet: Dienstag, 17. November 2026 14:02\nAn: Jan\n",
        "From: Peeters, Anna\nSent: Tuesday, November 17, 2026 2:02 PM\nTo: Jan\n",
        "-----Oorspronkelijk bericht-----\nVan: Anna Peeters\nVerzonden: dinsdag 17 november 2026 14:02\n",
        # Gmail
        "Op di 17 nov 2026 om 14:02 schreef Anna Peeters <anna@voorbeeld.example>:\n",
        "On Tue, Nov 17, 2026 at 2:02 PM Anna Peeters <a.peeters@voorbeeld.example> wrote:\n",
        "Le mar. 17 nov. 2026 à 14:02, Anna Peeters <anna@voorbeeld.example> a écrit :\n",
        "Am Di., 17. Nov. 2026 um 14:02 Uhr schrieb Anna Peeters <\nanna@voorbeeld.example>:\n",
        # Apple Mail
        "Op 17 nov 2026 om 14:02 heeft Anna Peeters <anna@voorbeeld.example> het volgende geschreven:\n",
        "On 17 Nov 2026, at 14:02, Anna Peeters <anna@voorbeeld.example> wrote:\n",
        "Le 17 nov. 2026 à 14:02, Anna Peeters <anna@voorbeeld.example> a écrit :\n",
        "Am 17.11.2026 um 14:02 schrieb Anna Peeters <anna@voorbeeld.example>:\n",
        # Thunderbird names no address
        "Op 17/11/2026 om 14:02 schreef Anna Peeters:\n",
        "On 17/11/2026 14:02, Anna Peeters wrote:\n",
        "Le 17/11/2026 à 14:02, Anna Peeters a écrit :\n",
        "Am 17.11.26 um 14:02 schrieb Anna Peeters:\n",
    ],
)
def test_a_client_who_quotes_the_answer_proves_it(attribution: str) -> None:
    """As Outlook, Gmail, Apple Mail and Thunderbird introduce it, in four languages."""
    message = client_mail(
        "In-Reply-To: <a1@mail.voorbeeld.example>", f"Dank je!\n\n{attribution}\n> Dag Jan,"
    )
    assert quotes_backup(message, ANNA, KNOWN)


@pytest.mark.parametrize(
    "text",
    [
        "Anna Peeters <anna@voorbeeld.example> antwoordde nog niet.",
        "Kan Anna dit doen?\n\nVan: Sofie Janssens <sofie@voorbeeld.example>\n"
        "Verzonden: 17 november 2026\nAan: Anna Peeters <anna@voorbeeld.example>\n",
        "Nog nieuws?\n\nOp di 17 nov 2026 om 14:02 schreef Sofie <sofie@voorbeeld.example>:\n> x",
        "Nog nieuws?\n\nOp di 17 nov 2026 om 14:02 schreef Joanna Peetersen <joanna@voorbeeld.example>:\n> x",
        "Nog nieuws?\n\nOp di 17 nov 2026 om 14:02 schreef Anna Maes <hanna@voorbeeld.example>:\n> x",
        "Nog nieuws?\n\nOp di 17 nov 2026 om 14:02 schreef Jan <jan@acme.example>:\n"
        "> Op ma 16 nov 2026 om 9:00 schreef Anna Peeters <anna@voorbeeld.example>:\n>> x",
        "",
    ],
)
def test_a_client_who_only_mentions_the_backup_proves_nothing(text: str) -> None:
    """Nor one who quotes someone else, even where the backup's older mail is quoted in that."""
    assert not quotes_backup(client_mail("", text), ANNA, KNOWN)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (f"In-Reply-To: <b1@voorbeeld.example>\nReferences: {FORWARDED} <b1@voorbeeld.example>", True),
        (f"References: {FORWARDED} <b1@voorbeeld.example>", True),
        (f"In-Reply-To: {FORWARDED}\nReferences: <o1@voorbeeld.example> {FORWARDED}", False),
        ("In-Reply-To: <o1@voorbeeld.example>\nReferences: <o1@voorbeeld.example>", False),
        (f"In-Reply-To: <x1@acme.example>\nReferences: {FORWARDED} <x1@acme.example>", False),
        ("In-Reply-To: <b1@voorbeeld.example>\nReferences: <b1@voorbeeld.example>", False),
        ("", False),
    ],
)
def test_a_client_who_answers_an_unknown_mail_of_the_backups_domain_proves_it(
    fields: str, expected: bool
) -> None:
    """Where that mail stands below one of ours; an older mail of the owner's is no answer."""
    assert quotes_backup(client_mail(fields), ANNA, KNOWN) is expected


def test_what_answers_a_mail_that_is_known_proves_nothing() -> None:
    """A second mail of the client's to the same question may quote whatever it likes."""
    text = "Nog nieuws?\n\nOp ma 16 nov 2026 om 9:00 schreef Anna Peeters <anna@voorbeeld.example>:\n> x"
    assert not quotes_backup(client_mail(f"In-Reply-To: {FORWARDED}", text), ANNA, KNOWN)


@given(
    st.text(max_size=300),
    st.text(alphabet="Van: Anna Peeters <>@voorbeeld.example\n>schreef 17", max_size=300),
)
@settings(max_examples=75, deadline=None)
def test_no_mail_breaks_it(subject: str, text: str) -> None:
    """Nothing raises, and a machine is never a person."""
    message = Message(subject=subject, text=text)
    assert not (is_automatic(message, None) and is_from_a_person(message))
    quotes_backup(message, ANNA, KNOWN)
    is_forwarded_back(message, OWNER, ANNA)


def test_a_subject_without_a_colon_is_no_reply() -> None:
    assert may_be_reply("AW\uff1aOfferte")
    assert not may_be_reply("Offerte")
