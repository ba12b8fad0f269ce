"""Brief, overview, cover and note: what a backup reads besides the forwards."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from delegator.catalogues import load_catalogue
from delegator.core.commands.command import Verb
from delegator.core.compose.brief import BriefButtons, compose_brief, compose_withdrawal
from delegator.core.compose.cover import CoverReason, compose_cover
from delegator.core.compose.mail import Stamp
from delegator.core.compose.overview import OverviewButtons, OverviewItem, Told, compose_overview
from delegator.core.compose.recipient_note import compose_recipient_note
from delegator.core.handovers.words import Said, read_backup_reply
from delegator.core.mail.message import Message, parse_message
from delegator.core.people import Backup, Language, Owner, Window, WorkingHours

BRUSSELS = ZoneInfo("Europe/Brussels")
NOW = datetime(2026, 12, 21, 9, 30, tzinfo=UTC)
STAMP = Stamp("<a1b2c3d4e5@voorbeeld.example>", "b" * 30, "k3y", NOW)
SOFIE = Owner("Sofie Janssens", "sofie@voorbeeld.example", (), "nl", BRUSSELS)
OFFICE = (WorkingHours(frozenset(range(5)), 540, 1050),)
ANNA = Backup("anna", "Anna Peeters", "anna@voorbeeld.example", (), (), "nl", "both", OFFICE, BRUSSELS)
BRAM = Backup("bram", "Bram Maes", "bram@voorbeeld.example", (), (), "nl", "both", OFFICE, BRUSSELS)
AWAY = Window(
    datetime(2026, 12, 19, tzinfo=BRUSSELS).astimezone(UTC),
    datetime(2027, 1, 4, tzinfo=BRUSSELS).astimezone(UTC),
)
WITHIN = timedelta(hours=2, minutes=15)
LOOKS_AT = (time(9), time(17))
LINK = "mailto:sofie@voorbeeld.example?subject=dlg%20ba%20JHAM7H55&body=Klaar"
ITEM = OverviewItem(
    number=1,
    client="Jan De Smet",
    subject="Offerte sporthal Deinze",
    since_at=NOW - timedelta(hours=3),
    due_at=NOW + timedelta(minutes=20),
    buttons=OverviewButtons(LINK, LINK, LINK),
)
ORIGINAL = parse_message(
    b"From: Jan De Smet <jan@acme.example>\r\nReply-To: jan@elders.example\r\nTo: sofie@voorbeeld.example\r\n"
    b"Cc: anna@voorbeeld.example\r\nSubject: Offerte sporthal Deinze\r\nMessage-ID: <c1@acme.example>\r\n"
    b"References: <o1@voorbeeld.example>\r\nDate: Mon, 21 Dec 2026 09:12:00 +0100\r\n\r\nHallo"
)
LANGUAGES: tuple[Language, ...] = get_args(Language)


def brief(
    language: Language = "nl",
    backup: Backup = ANNA,
    window: Window = AWAY,
    rules: Sequence[str] = ("van acme.example",),
) -> bytes:
    links = BriefButtons(LINK, LINK, LINK)
    return compose_brief(
        SOFIE, backup, window, rules, WITHIN, LOOKS_AT, links, STAMP, load_catalogue(language)
    )


def overview(*items: OverviewItem, told: tuple[Told, ...] = (), language: Language = "nl") -> bytes:
    return compose_overview(SOFIE, ANNA, items, told, NOW, LOOKS_AT, STAMP, load_catalogue(language))


def cover(
    language: Language = "nl", reason: CoverReason = "silence", mails: int = 2, **changes: str
) -> bytes:
    facts = {"client": "Jan De Smet", "subject": "Offerte sporthal Deinze", **changes}
    since = NOW - timedelta(hours=3)
    return compose_cover(
        SOFIE, BRAM, ANNA, facts["client"], facts["subject"], mails, since, reason, NOW, STAMP,
        load_catalogue(language),
    )  # fmt: skip


def note(language: Language = "nl", message: Message = ORIGINAL) -> bytes:
    return compose_recipient_note(message, SOFIE, ANNA, STAMP, load_catalogue(language))


def read(octets: bytes) -> EmailMessage:
    message = message_from_bytes(octets, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def text_of(octets: bytes) -> str:
    """The plain text, each paragraph on one line, with spaces that break."""
    body = read(octets).get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


def html_of(octets: bytes) -> LexborHTMLParser:
    body = read(octets).get_body(("html",))
    assert body is not None
    return LexborHTMLParser(str(body.get_content()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_answer_to_any_of_them_can_reach_a_client(language: Language) -> None:
    """No Reply-To, no thread of the client's, one recipient, and not a word of the product."""
    mails = [brief(language), overview(ITEM, language=language), cover(language), note(language)]
    for octets in mails:
        mail = read(octets)
        assert mail["Reply-To"] is None
        assert mail["In-Reply-To"] is None
        assert mail["References"] is None
        assert mail["Cc"] is None
        assert str(mail["From"]) == "Sofie Janssens <sofie@voorbeeld.example>"
        assert str(mail["To"]) in (
            "Anna Peeters <anna@voorbeeld.example>",
            "Bram Maes <bram@voorbeeld.example>",
        )
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["X-Loop-Check"] == "k3y"
        assert b"delegator" not in octets.lower()


def test_brief_and_overview_are_the_probe() -> None:
    """They let an automatic answer come; what goes beside a forward does not."""
    for octets in (brief(), overview(ITEM)):
        assert read(octets)["X-Auto-Response-Suppress"] == "DR, RN, NRN"
    for octets in (cover(), note()):
        assert read(octets)["X-Auto-Response-Suppress"] == "DR, RN, NRN, OOF, AutoReply"


def test_a_brief_says_it_all() -> None:
    """From when to when, what will come, by when, where Reply goes, and how to say no."""
    assert read(brief())["Subject"] == "Vervang jij mij, za 19/12 – zo 3/1?"
    text = text_of(brief())
    for said in (
        "Anna, ik ben er niet van za 19/12 tot en met zo 3/1.",
        "- van acme.example",
        "je antwoord gaat naar de klant en naar mij",
        "binnen 2 u 15; enkel je werkuren tellen",
        "Stuur het terug naar mij door",
        "ik kijk om 9.00 u en 17.00 u.",
        "“liever niet” of “niet van za 19/12 tot ma 21/12”",
    ):
        assert said in text


@pytest.mark.parametrize("language", get_args(Language))
def test_one_full_stop_is_enough(language: Language) -> None:
    """German spans end in one ("2 Std. 15 Min."), so that none stands behind them."""
    assert ".." not in text_of(brief(language, replace(ANNA, language=language)))


def test_a_brief_knows_who_it_is_for() -> None:
    """Where Reply goes, and whose hours count, is the backup's own."""
    client, owner = replace(ANNA, reply_to="client"), replace(ANNA, reply_to="owner", hours=())
    assert "gaat naar de klant." in text_of(brief(backup=client))
    text = text_of(brief(backup=owner))
    assert "met mij in Cc" in text
    assert "werkuren" not in text


def test_a_brief_of_a_day_and_of_hours() -> None:
    """A single day, and an absence that begins in the afternoon, are said as people say them."""
    noon = datetime(2026, 12, 24, 12, tzinfo=UTC)
    day = Window(datetime(2026, 12, 23, 23, tzinfo=UTC), datetime(2026, 12, 24, 23, tzinfo=UTC))
    assert "ik ben er niet op do 24/12." in text_of(brief(window=day))
    hours = Window(noon, noon + timedelta(hours=3))
    assert "van do 24/12 13.00 u tot do 24/12 16.00 u" in text_of(brief(window=hours))
    night = Window(noon, noon + timedelta(days=3, hours=11))
    assert "van do 24/12 13.00 u tot en met zo 27/12" in text_of(brief(window=night))


def test_buttons_are_mails_to_the_owner_that_name_their_item() -> None:
    """Nothing in the mail leads to a server, and who cannot see hears what a button is for."""
    for octets in (brief(), overview(ITEM, replace(ITEM, number=2))):
        for link in html_of(octets).css("a"):
            assert link.attributes["href"] == LINK
            assert (link.attributes["aria-label"] or "").startswith(link.text().strip())
        assert not html_of(octets).css("img, link, script")
    labels = [link.attributes["aria-label"] for link in html_of(overview(ITEM)).css("a")]
    assert labels == [
        f"{each}: Offerte sporthal Deinze"
        for each in ("Beantwoord of gebeld", "Later vandaag", "Niet voor mij")
    ]
    assert "mailto" not in text_of(brief())


def test_an_overview_says_who_what_and_by_when() -> None:
    """In the backup's own time; what is late is told without blame."""
    late = replace(ITEM, number=2, client="Els Wouters", subject="Klacht", mails=2, state="asked",
                   since_at=NOW - timedelta(days=1), due_at=NOW - timedelta(hours=1))  # fmt: skip
    text = text_of(overview(ITEM, late, told=(Told("Lut Maes", "Prijsvraag Beta", is_answered=True),)))
    for said in (
        "2 klanten wachten nog op antwoord",
        "1. Offerte sporthal Deinze Jan De Smet sinds 7.30 u · graag voor 10.50 u",
        "2. Klacht Els Wouters sinds zo 20/12 10.30 u · 2 mails · had een antwoord verwacht voor 9.30 u "
        "· je vraag ligt bij mij",
        "- “Prijsvraag Beta” van Lut Maes: zelf afgehandeld.",
        "“1 beantwoord”, “2 niet voor mij”",
    ):
        assert said in text


def test_an_overview_shows_a_line_of_the_mail() -> None:
    """It shows its newest text, cut; and says at which hours the owner looks at questions."""
    text = text_of(overview(replace(ITEM, excerpt="Kan u de prijs bevestigen?\nVoor vrijdag. " + "x" * 300)))
    assert "graag voor 10.50 u Kan u de prijs bevestigen? Voor vrijdag. xxx" in text
    assert "x" * 160 not in text
    assert "Antwoord alleen aan mij: ik kijk om 9.00 u en 17.00 u." in text


def test_one_client_with_two_questions_is_one_client() -> None:
    """The heading counts those who wait."""
    assert "1 klant wacht nog op antwoord" in text_of(overview(ITEM, replace(ITEM, number=2)))


def test_the_last_overview_says_so() -> None:
    """And from when the owner answers again; a day whole unless it begins later."""
    catalogue, back_at = load_catalogue("nl"), datetime(2027, 1, 3, 23, tzinfo=UTC)
    for at, words in ((back_at, "ma 4/1"), (back_at + timedelta(hours=13), "ma 4/1 13.00 u")):
        octets = compose_overview(SOFIE, ANNA, [ITEM], (), NOW, LOOKS_AT, STAMP, catalogue, back_at=at)
        said = f"Dit is het laatste overzicht: vanaf {words} antwoord ik weer zelf."
        assert said in text_of(octets)
    assert "laatste" not in text_of(overview(ITEM))


def test_an_overview_of_nothing_but_news() -> None:
    """What a backup need not do any more is worth a mail; it asks for nothing."""
    octets = overview(told=tuple(Told("Jan", "Offerte", is_answered) for is_answered in (True, False)))
    assert read(octets)["Subject"] == "Er wacht niets meer op jou"
    assert text_of(octets).count("“Offerte” van Jan") == 2
    assert not html_of(octets).css("a")


def test_an_overview_stays_small() -> None:
    """A thousand mails are counted, and Gmail clips nothing."""
    items = [replace(ITEM, number=n, subject="ß" * 300, client="é" * 300) for n in range(1, 1001)]
    octets = overview(*items, told=(Told("x" * 500, "y" * 500, is_answered=False),) * 100)
    assert len(octets) < 80_000
    assert "+ 985" in text_of(octets)
    assert "1 klant wacht nog op antwoord" in text_of(octets)


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (
            "silence",
            "Anna Peeters heeft dit sinds 7.30 u. Ik zag geen antwoord, maar misschien is er al geantwoord",
        ),
        (
            "not_me",
            "Anna Peeters heeft dit sinds 7.30 u en kan het niet opvolgen, maar antwoordde",
        ),
        ("away", "Anna Peeters heeft dit sinds 7.30 u, maar lijkt er niet te zijn"),
        ("undelivered", "Dit was voor Anna Peeters, maar het kwam daar niet aan"),
    ],
)
def test_a_cover_says_who_had_it(reason: CoverReason, said: str) -> None:
    """And how many mails follow, and where an answer goes."""
    text = text_of(cover(reason=reason))
    assert "Bram, hierna krijg je 2 mails van Jan De Smet: “Offerte sporthal Deinze”." in text
    assert "Kan jij antwoorden?" in text
    assert said in text
    assert "gaat alleen naar mij" in text


def test_a_note_to_who_got_it_too() -> None:
    """It asks, and shows which mail is meant, in no thread of the client's."""
    mail = read(note())
    assert mail["Subject"] == "Jij kreeg dit ook: Offerte sporthal Deinze"
    text = text_of(note())
    assert text.startswith("Anna, jij kreeg dit ook: kan jij antwoorden?")
    assert "Van: Jan De Smet <jan@acme.example>" in text
    assert b"elders.example" not in note()


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_and_html_say_the_same(language: Language) -> None:
    """In every language, but for the buttons."""
    told = (Told("Lut Maes", "Prijsvraag", is_answered=False),)
    for octets in (brief(language), overview(ITEM, told=told, language=language)):
        page = html_of(octets)
        html = page.css_first("html")
        assert html is not None
        assert html.attributes["lang"] == language
        for element in page.css("style, title, table"):
            element.decompose()
        words = "".join(page.text().split())
        plain = text_of(octets).replace("- ", " ").replace("=", "").replace("--", "")
        assert sorted("".join(plain.split()).replace("-", "")) == sorted(words.replace("-", ""))


hostile = st.text(max_size=60) | st.sampled_from(
    [
        "\r\nBcc: x@evil.example",
        "<script>alert(1)</script>",
        "\u202egnp.exe",
        '"><img src=x>',
        "a@evil.example",
        "%(n)s",
    ]
)


@given(hostile, hostile, hostile)
@settings(max_examples=40, deadline=None)
def test_what_strangers_write_is_only_text(client: str, subject: str, rule: str) -> None:
    """Names and subjects add no field, no element, no link and no control character."""
    original = replace(ORIGINAL, subject=subject)
    item = replace(ITEM, client=client, subject=subject, excerpt=rule)
    for octets in (
        brief(rules=[rule]),
        overview(item, told=(Told(client, subject, is_answered=False),)),
        cover(client=client, subject=subject),
        note(message=original),
    ):
        mail = read(octets)
        assert mail["Bcc"] is None
        assert len(mail.get_all("Subject", [])) == 1
        for part in mail.walk():
            if part.get_content_type() == "text/html":
                page = LexborHTMLParser(part.get_content())
                assert not page.css("script, img")
                assert {link.attributes["href"] for link in page.css("a")} == {LINK}
            elif part.get_content_type() == "text/plain":
                text = part.get_content()
                assert not any(ord(each) < 32 and each not in "\r\n" for each in text)
                assert not any(each in text for each in "\u202a\u202b\u202d\u202e\u200f")


QUOTES = {
    "Gmail": "\n\nOp ma 21 dec 2026 om 10:30 schreef Sofie Janssens <sofie@voorbeeld.example>:\n\n> ",
    "Outlook": "\n\n________________________________\nVan: Sofie Janssens <sofie@voorbeeld.example>\n"
    "Verzonden: maandag 21 december 2026 10:30\nAan: Anna Peeters <anna@voorbeeld.example>\nOnderwerp: x\n\n",
    "Outlook, French": "\n\nDe : Sofie Janssens <sofie@voorbeeld.example>\n"
    "Envoyé : lundi 21 décembre 2026 10:30\nÀ : Anna Peeters <anna@voorbeeld.example>\nObjet : x\n\n",
    "Apple Mail": "\n\nVerstuurd vanaf mijn iPhone\n\n> Op 21 dec 2026 om 10:30 heeft Sofie Janssens "
    "<sofie@voorbeeld.example> het volgende geschreven:\n> \n> ",
    "Thunderbird": "\n\nAm 21.12.26 um 10:30 schrieb Sofie Janssens:\n> ",
}


@pytest.mark.parametrize("program", QUOTES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_above_the_whole_quote_is_understood(language: Language, program: str) -> None:
    """The words that brief and overview propose, whatever program sends them, and nothing of the quote."""
    quote = QUOTES[program]
    mark = "\n> " if quote.endswith("> ") else "\n"
    for octets, word, verb in (
        (brief(language), "Ok", Verb.THERE),
        (brief(language), "Liever niet.", Verb.RATHER_NOT),
        (overview(ITEM, replace(ITEM, number=2), language=language), "2 niet ik", Verb.NOT_ME),
    ):
        body = read(octets).get_body(("plain",))
        assert body is not None
        text = word + quote + mark.join(str(body.get_content()).splitlines())
        to_brief = verb is not Verb.NOT_ME
        [said] = read_backup_reply(text, NOW.date(), to_brief=to_brief)
        assert said == Said(verb, () if to_brief else (2,))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_that_a_letter_proposes_are_known(language: Language) -> None:
    """Every word between quotation marks at its foot, and every button's label."""
    for octets, to_brief in ((brief(language), True), (overview(ITEM, language=language), False)):
        foot = text_of(octets).rpartition("- ")[2] if to_brief else text_of(octets)
        words = [first or second or third for first, second, third in QUOTED.findall(foot)]
        assert len(words) == 3
        labels = [link.text() for link in html_of(octets).css("a")]
        labels = [label for label in labels if "…" not in label]
        for word in (*words, *labels):
            assert read_backup_reply(word, NOW.date(), to_brief=to_brief), word


QUOTED = re.compile(r"“([^”]+)”|« ([^»]+) »|„([^“]+)“")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("has_mail", [False, True])
def test_a_brief_is_taken_back(language: Language, has_mail: bool) -> None:
    """Who reads it need not stand in, and when; what was handed over is said only where something was."""
    octets = compose_withdrawal(SOFIE, ANNA, AWAY, STAMP, load_catalogue(language), has_mail=has_mail)
    mail = message_from_bytes(octets, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    assert (str(mail["To"]), mail["Reply-To"]) == ("Anna Peeters <anna@voorbeeld.example>", None)
    body = mail.get_body(("plain",))
    assert body is not None
    text = " ".join(str(body.get_content()).split())
    assert "Anna" in text
    assert "19" in text
    kept = " ".join(
        load_catalogue(language).gettext("What I forwarded to you already stays with you.").split()
    )
    assert (kept in text) is has_mail
    assert "mailto:" not in str(octets), "there is nothing to answer"
