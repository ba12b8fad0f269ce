"""The review as a mail."""

from __future__ import annotations

import email
import email.policy
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from email.message import EmailMessage
from html.parser import HTMLParser
from time import process_time
from typing import get_args
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.catalogues import load_catalogue
from delegator.core.commands.authority import Refusal, Standing
from delegator.core.commands.command import Verb
from delegator.core.commands.reply import read_reply
from delegator.core.compose import LOOP_HEADER, compose_review
from delegator.core.compose.answer import refusal_sentences
from delegator.core.mail.display import one_line
from delegator.core.mail.invitation import Invitation
from delegator.core.mail.message import Address
from delegator.core.people import Language
from delegator.core.reviews.arrange import arrange_review
from delegator.core.reviews.controls import review_lines
from delegator.core.reviews.items import SUBJECT_CHARACTERS, Counts, Receipt, ReviewFacts
from delegator.core.reviews.traits import Traits
from delegator.core.triage.verdict import Code
from tests.reviews import ANNA, BRAM, FACTS, HANDED, MESSAGE, NOW, STAMP, facts_with, owner, review_mail

LANGUAGES: tuple[Language, ...] = get_args(Language)
VOID = {"meta"}
OURS = {"html", "head", "meta", "title", "style", "body", "div", "h1", "h2", "h3", "p", "span", "strong"}
OURS |= {"table", "tr", "td", "a"}

FULL = replace(
    facts_with(
        replace(MESSAGE, attachments=("offerte.pdf", "plan.dwg")),
        replace(MESSAGE, subject="مرحبا", sender=Address("مريم", "m@x.example"), warning="Let op."),
        replace(MESSAGE, conversation=3),
        replace(MESSAGE, subject="R&D <dringend>", conversation=3, sender=Address("Els", "els@x.example")),
        replace(MESSAGE, subject="Vorige week", shown=True),
        replace(MESSAGE, sender=Address("Colruyt", "c@colruyt.example"), priority="low"),
    ),
    handed=(
        HANDED,
        replace(HANDED, state="failed", backup_name="Bram Maes", detail="550 no such user"),
        replace(HANDED, state="waiting"),
        replace(HANDED, state="answered", messages=2),
    ),
    counts=Counts(received=41, forwarded=9, review=26, private=2, ignored=3, own=1),
    problems=("Geen contact van 3.10 u tot 7.45 u.",),
)


def parsed(octets: bytes) -> EmailMessage:
    mail = email.message_from_bytes(octets, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def part(octets: bytes, subtype: str) -> str:
    found = parsed(octets).get_body((subtype,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n").replace("\u00a0", " ")


def text_of(facts: ReviewFacts, language: Language = "nl") -> str:
    return part(review_mail(facts, language), "plain")


class Outline(HTMLParser):
    """The elements of a page, which must be nested properly, its text, and its buttons apart from that."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.text = ""
        self.buttons: list[tuple[str, dict[str, str]]] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "a":
            self.buttons.append(("", {name: value or "" for name, value in attrs}))
        if tag != "span":
            self.text += " "

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["a"]:
            label, attrs = self.buttons.pop()
            self.buttons.append((label + data, attrs))
        elif "body" in self.open:
            self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


hostile = st.text(st.characters(), max_size=40) | st.sampled_from(
    [
        "</p><script>x</script>",
        "<!--",
        "]]>",
        "&lt;&#0;",
        "\r\nBcc: x@y.example\r\n\r\n",
        "\u202egnp.exe",
        "%(n)s {x}",
    ]
)


@settings(max_examples=25, deadline=None)
@given(hostile)
def test_whatever_the_text_the_page_keeps_its_shape(text: str) -> None:
    """A stranger's text adds no element, no attribute and no control character."""

    def page(words: Callable[[str], str]) -> bytes:
        sender = Address(words("s"), "s@x.example")
        message = replace(
            MESSAGE,
            subject=words("b"),
            sender=sender,
            excerpt=words("e"),
            warning=words("w"),
            attachments=(words("a"),),
        )
        facts = facts_with(message, replace(message, shown=True), replace(message, priority="low"))
        handed = replace(HANDED, state="failed", sender=sender, subject=words("h"), detail=words("d"))
        return review_mail(replace(facts, handed=(handed,), problems=(words("p"),)))

    octets = page(lambda word: f"{word} {text} {word}")
    outline = Outline(part(octets, "html"))
    harmless = Outline(part(page(lambda word: f"{word} x {word}"), "html"))
    assert [e for e in outline.elements if e[0] != "span"] == harmless.elements
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", part(octets, "plain"))
    assert set(parsed(octets).keys()) == set(parsed(review_mail(FACTS)).keys())


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_and_html_say_the_same(language: Language) -> None:
    """Word for word, but for the marks and lines that stand in for colour and size, and the buttons.

    How to answer instead stands above in the text, and in the foot of the page.
    """
    octets = review_mail(FULL, language)
    outline = Outline(part(octets, "html"))
    marks = re.compile(r"^(! |=+$|-+$)", re.MULTILINE)
    page, text = outline.text.split(), marks.sub("", part(octets, "plain")).split()
    assert Counter(page) == Counter(text)
    (foot,) = [at for at, word in enumerate(page) if word.strip("“”„«»") == "ok"]
    (head,) = [at for at, word in enumerate(text) if word.strip("“”„«»") == "ok"]
    assert head < 60 < foot
    assert {tag for tag, _ in outline.elements} <= OURS


def test_every_item_is_in_both_parts() -> None:
    """Subject, sender, what is new, file names, warnings; of handovers also who has them."""
    octets = review_mail(FULL)
    for text in (part(octets, "plain"), Outline(part(octets, "html")).text):
        said = " ".join(text.split())
        for words in (
            "Offerte sporthal Deinze",
            "Jan De Smet",
            "R&D <dringend>",
            "Els · Jan De Smet · 2 mails",
            "Vorige week",
            "Colruyt 1",
        ):
            assert words in said
        for words in (
            "Let op.",
            "offerte.pdf, plan.dwg",
            "Bram Maes",
            "dat adres bestaat niet",
            "2 privé",
        ):
            assert words in said


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=200), st.text(max_size=60))
def test_subject_and_sender_survive_in_both_parts(subject: str, name: str) -> None:
    """Whatever they are, as far as they can be shown."""
    octets = review_mail(facts_with(replace(MESSAGE, subject=subject, sender=Address(name, "x@y.example"))))
    text, page = part(octets, "plain"), Outline(part(octets, "html")).text
    shown = one_line(subject, SUBJECT_CHARACTERS) or "(geen onderwerp)"
    assert shown in page
    assert re.search(rf"^1\. \u2068?{re.escape(shown)}\u2069?$", text, re.MULTILINE)
    assert one_line(name, 40) in page


def test_a_mail_without_sender_or_subject_is_told_all_the_same() -> None:
    """In full, on a line and when counted."""
    nobody = replace(MESSAGE, subject="", sender=Address("", ""))
    text = text_of(facts_with(nobody, replace(nobody, shown=True), replace(nobody, priority="low")))
    assert "1. (geen onderwerp)\n(afzender onbekend) · " in text
    assert "2. (geen onderwerp)\n(afzender onbekend) · " in text
    assert "(afzender onbekend) 1\n" in text


def test_header_fields_make_it_the_owners_own_quiet_mail() -> None:
    """From and to the owner; no automatic answer, no thread, no list to leave, no product named."""
    octets = review_mail(FULL)
    mail = parsed(octets)
    assert mail["From"] == mail["To"] == "Sofie Janssens <sofie@voorbeeld.example>"
    assert mail["Message-ID"] == STAMP.message_id
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["List-Id"] == "<review.voorbeeld.example>"
    assert mail[LOOP_HEADER] == STAMP.loop
    assert not {"In-Reply-To", "References", "List-Unsubscribe", "Reply-To", "Cc", "Bcc"} & set(mail.keys())
    assert mail.get_content_type() == "multipart/alternative"
    assert [p.get_content_type() for p in mail.iter_parts()] == ["text/plain", "text/html"]
    assert not mail.defects
    assert octets.isascii()
    assert octets.count(b"\n") == octets.count(b"\r\n")
    assert max(map(len, octets.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("count", [0, 1, 12, 60])
def test_the_subject_fits_on_a_phone(language: Language, count: int) -> None:
    """50 characters hold the decisions and which review it is."""
    facts = facts_with(*[replace(MESSAGE, text_characters=6_000_000)] * count)
    subject = parsed(review_mail(replace(facts, slot=None), language))["Subject"]
    assert len(subject) <= 50
    assert "17" in subject


def test_the_subject_tells_decisions_minutes_and_when() -> None:
    """Twelve items of 64 characters take seven minutes; what is left over of earlier reviews counts too."""
    octets = review_mail(facts_with(*[MESSAGE] * 12))
    assert parsed(octets)["Subject"] == "12 beslissingen · 7 min · di 17/11 ochtend"
    octets = review_mail(facts_with(*[MESSAGE] * 9, *[replace(MESSAGE, shown=True)] * 3))
    assert parsed(octets)["Subject"] == "12 beslissingen · 7 min · di 17/11 ochtend"


def test_no_two_slots_share_a_subject() -> None:
    """However many times a day there are, and also where one was late: else the reviews would thread."""
    subjects = []
    for index, hours in enumerate((0, 1, 2, 5, 6, 10)):
        facts = replace(FACTS, now=NOW + timedelta(hours=hours), slot=(date(2026, 11, 17), index))
        subjects.append(parsed(review_mail(facts))["Subject"])
    assert len(set(subjects)) == len(subjects)


def test_an_empty_review_is_calm_and_says_that_all_is_well() -> None:
    """In one line, with the next review; the page has no more than that."""
    line = "Alles loopt: geen mail sinds gisteren 17.00 u. Volgende review: 17.00 u."
    assert text_of(FACTS) == f"{line}\n"
    assert Outline(part(review_mail(FACTS), "html")).text.strip() == line


@pytest.mark.parametrize(
    "told",
    [
        replace(FACTS, last_contact_at=NOW - timedelta(minutes=16)),
        replace(FACTS, last_contact_at=None),
        replace(FACTS, problems=("P",)),
        replace(FACTS, mode="shadow"),
        replace(FACTS, next_review_at=None),
        replace(FACTS, counts=Counts(1, 0, 0, 1, 0, 0)),
    ],
)
def test_anything_to_tell_is_told_in_full(told: ReviewFacts) -> None:
    """Also where nothing is to be decided: an old contact, a private mail, the last review."""
    assert "Niets te beslissen\n====" in text_of(told)


def test_the_last_review_says_so() -> None:
    """At its head and at its end: from when the owner answers again."""
    text = text_of(replace(FACTS, next_review_at=None))
    last = "Alles loopt. Dit is de laatste review: vanaf do 26/11 9.00 u antwoord je weer zelf."
    assert last in " ".join(text.split())
    assert "Dat was het. Welkom terug op do 26/11." in text
    assert "laatste review" not in text_of(FULL)


def test_problems_stand_before_anything_else() -> None:
    """Blindness is seen first, and nothing says that all is well."""
    text = text_of(FULL)
    assert text.startswith("! Geen contact van 3.10 u tot 7.45 u.\n\n1 probleem. ")
    assert "Alles loopt" not in text
    assert "Alles loopt" not in text_of(replace(FACTS, handed=(replace(HANDED, state="failed"),)))


def test_too_many_problems_are_counted() -> None:
    """Eight are told; the others are not kept secret."""
    text = text_of(replace(FACTS, problems=tuple(f"Probleem {n}." for n in range(11))))
    assert "Nog 3 problemen" in text


@pytest.mark.parametrize(
    ("mode", "words"), [("shadow", "Dit is een proef"), ("observing", "kijk alleen toe")]
)
def test_a_review_that_forwards_nothing_opens_by_saying_so(mode: str, words: str) -> None:
    """And calls nothing forwarded."""
    facts = replace(FULL, mode="shadow" if mode == "shadow" else "observing", problems=())
    text = text_of(facts)
    assert words in text.split("\n\n")[0].replace("\n", " ")
    assert "9 doorgestuurd" not in text
    assert "Zou doorgestuurd zijn (4)" in text


def test_a_long_silence_of_the_server_is_dated() -> None:
    """The last contact, unless today, is told with its day."""
    assert "mailserver: vr 13/11 8.00 u." in text_of(
        replace(FACTS, last_contact_at=NOW - timedelta(days=4, hours=1))
    )
    assert "Nog geen contact met je mailserver." in text_of(replace(FACTS, last_contact_at=None))


HUGE = {
    "latin": "é<&\"'=." * 40_000,
    "ascii": "a.b@c:d=" * 25_000,
    "chinese": "報" * 70_000,
    "emoji": "👩‍🔧" * 30_000,
    "arabic": "م" * 100_000,
}


@pytest.mark.parametrize("script", HUGE)
def test_a_review_stays_under_80_kb(script: str) -> None:
    """At any number of items, of any size, in any script, with all else at its largest too."""
    text = HUGE[script]
    message = replace(
        MESSAGE,
        subject=text,
        excerpt=text,
        warning=text,
        attachments=tuple(f"{n}{text[:60]}" for n in range(9)),
    )
    senders = [Address(f"{n} {text[:90]}", f"{n}@x.example") for n in range(300)]
    facts = facts_with(
        *[replace(message, sender=sender, shown=n % 3 == 0) for n, sender in enumerate(senders)],
        *[replace(message, sender=sender, priority="low") for sender in senders],
    )
    failed = replace(HANDED, subject=text, detail=text, state="failed")
    handed = [replace(failed, backup_name=f"{who.name} {who.address}", sender=who) for who in senders]
    facts = replace(facts, handed=tuple(handed), problems=(text,) * 20, mode="observing", counts=FULL.counts)
    started = process_time()
    sizes = {language: len(review_mail(facts, language)) for language in LANGUAGES}
    assert max(sizes.values()) < 80_000
    assert process_time() - started < 4 * 2


def test_sixty_ordinary_items_are_all_named() -> None:
    """Some thirty in full with their buttons, more than anybody decides at once; the others on a line."""
    excerpt = (
        "Kunnen jullie tegen vrijdag een prijs geven? De gemeenteraad beslist maandag over de verlichting."
    )
    octets = review_mail(facts_with(*[replace(MESSAGE, excerpt=excerpt)] * 60))
    text = part(octets, "plain")
    heading = re.search(r"^Wacht op jou \((\d+)\)$", text, re.MULTILINE)
    assert heading
    assert int(heading[1]) >= 25
    assert all(re.search(rf"^{n}\. Offerte", text, re.MULTILINE) for n in range(1, 61))


def test_lines_of_plain_text_fit_on_a_terminal() -> None:
    """78 characters, as RFC 5322 would have it."""
    facts = facts_with(replace(MESSAGE, subject="woord " * 40, excerpt="woord " * 90, warning="woord " * 50))
    assert max(map(len, text_of(facts).split("\n"))) <= 78


def test_an_owner_with_an_awkward_name_is_addressed() -> None:
    """Accents and quotes go through the header unharmed."""
    who = replace(owner("nl"), name='Zoë "Z" O\'Neill, jr.')
    mail = parsed(compose_review(arrange_review(FACTS), who, STAMP, load_catalogue("nl")))
    assert mail["To"].addresses[0].display_name == 'Zoë "Z" O\'Neill, jr.'


TWELVE = replace(
    facts_with(
        *[replace(MESSAGE, traits=Traits(addressed="alone", asks=True))] * 5,
        *[replace(MESSAGE, traits=Traits())] * 3,
        *[replace(MESSAGE, traits=Traits(addressed="cc"))] * 3,
        replace(MESSAGE, code=Code.AUTHENTICATION_FAILED),
        replace(MESSAGE, priority="low"),
    ),
    handed=(replace(HANDED, state="overdue", conversation=8, next_backup="bram"),),
)


def buttons_of(octets: bytes) -> list[tuple[str, dict[str, str]]]:
    return Outline(part(octets, "html")).buttons


def test_each_item_has_three_buttons_the_proposed_one_first_and_filled() -> None:
    """One in doubt has three too, and none of them is filled."""
    _, _, *buttons = buttons_of(review_mail(TWELVE))
    rows = [buttons[at : at + 3] for at in range(0, 36, 3)]
    labels = [tuple(label for label, _ in row) for row in rows]
    assert labels == [
        *[("Naar Anna", "Taak", "Klaar")] * 5,
        *[("Taak", "Naar Anna", "Klaar")] * 3,
        *[("Klaar", "Naar Anna", "Taak")] * 3,
        ("Naar Anna", "Taak", "Klaar"),
    ]
    assert [[attrs["class"] for _, attrs in row] for row in rows] == [["f", "b", "b"]] * 11 + [["b"] * 3]
    assert [label for label, _ in buttons[36:]] == ["Naar Bram", "Klaar", "Alles klaar (1)"]


def test_each_button_says_which_item_it_is_about() -> None:
    """For who hears the page, and in the mail that it writes."""
    for label, attrs in buttons_of(review_mail(TWELVE))[2:38]:
        assert re.fullmatch(rf"{label}: \d+\. Offerte sporthal Deinze", attrs["aria-label"])
        body = unquote(attrs["href"]).split("&body=")[1]
        if label.startswith("Naar"):  # not a word of the client's beside the place for the owner's
            assert re.fullmatch(rf"{label}: \d+\.\r\nIets erbij\? [^\r\n]*>> ", body)
        else:
            assert body == f"{label}: Offerte sporthal Deinze"


def test_twelve_decisions_take_two_taps() -> None:
    """One mail for all that is proposed, or one with a line for each item, to be changed."""
    (label, every), (change, adjust) = buttons_of(review_mail(TWELVE))[:2]
    assert (label, change) == ("Alles zoals voorgesteld (11)", "Aanpassen")
    assert re.match(r"mailto:sofie@voorbeeld\.example\?subject=dlg%20ok%20\d{8}&body=", every["href"])
    lines = unquote(adjust["href"]).split("&body=")[1].split("\r\n")
    assert [line.partition(" // ")[0] for line in lines] == [
        *(f"{n} anna" for n in range(1, 6)),
        *(f"{n} taak" for n in range(6, 9)),
        *(f"{n} klaar" for n in range(9, 12)),
        "12 ?",
        "// anna · bram · taak · klaar · later",
    ]
    assert lines[0] == "1 anna // Jan"


def test_the_mail_that_changes_proposals_names_people_but_no_subject() -> None:
    """Letters of the first name only, as far as 500 characters go; every number stands in it all the same."""
    posing = replace(MESSAGE, sender=Address("f3\nk*rest Ok", "jan@acme.example"), subject="f 3 anna")
    (_, _), (_, adjust) = buttons_of(review_mail(facts_with(*[posing] * 3)))[:2]
    lines = unquote(adjust["href"]).split("&body=")[1].split("\r\n")
    assert lines[:3] == [f"{n} taak // fkrest" for n in (1, 2, 3)]  # letters, and nothing is read there
    many = facts_with(*[replace(MESSAGE, sender=Address("Wolfeschlegelsteinhausen", "w@x.example"))] * 34)
    (_, _), (_, adjust) = buttons_of(review_mail(many))[:2]
    body = unquote(adjust["href"]).split("&body=")[1].split("\r\n")
    numbered = [line for line in body if line[0].isdigit()]
    assert [int(line.split()[0]) for line in numbered] == list(range(1, len(numbered) + 1))
    assert len(numbered) >= 25
    assert len(adjust["href"]) <= 500
    assert "Wolfeschlege" not in body[-1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_adjust_is_filled_with_reads_as_orders(language: Language) -> None:
    """Sent as it is, it does what was proposed, and nothing where nothing was."""
    (_, adjust) = buttons_of(review_mail(TWELVE, language))[1]
    body = unquote(adjust["href"]).split("&body=")[1]
    reading = read_reply(body, review_lines(arrange_review(TWELVE)), {"anna": ANNA, "bram": BRAM})
    assert reading.mistakes == ()
    assert [each.verb for each in reading.decided] == [Verb.FORWARD] * 5 + [Verb.TO_DO] * 3 + [Verb.DONE] * 3


@settings(max_examples=25, deadline=None)
@given(hostile)
def test_every_link_is_one_that_each_phone_understands(text: str) -> None:
    """RFC 6068: ASCII, no plus, no = or & in a value, no line end but CRLF, 500 characters."""
    message = replace(MESSAGE, subject=text, traits=Traits(asks=True, addressed="alone"))
    for _, attrs in buttons_of(review_mail(facts_with(message))):
        link = attrs["href"]
        assert re.fullmatch(r"mailto:sofie@voorbeeld\.example\?subject=[^&=+?]+&body=[^&=+?]+", link)
        assert link.isascii()
        assert len(link) <= 500
        assert not {"=", "&"} & set(unquote(link.split("&body=")[1]))
        assert "%0A" not in link.replace("%0D%0A", "")


def test_what_is_only_looked_at_commands_nothing() -> None:
    """Printed, or of a trial run: no button, no link, no word that would command."""
    printed = compose_review(arrange_review(TWELVE), owner("nl"), STAMP, load_catalogue("nl"))
    assert buttons_of(printed) == buttons_of(review_mail(replace(TWELVE, mode="shadow"))) == []
    assert "voorstel: Anna" in part(printed, "plain")
    assert "“ok”" not in part(printed, "plain")
    assert b"mailto:" not in printed


def test_without_a_colleague_there_is_no_button_to_one() -> None:
    """A question is then proposed for the to-do list."""
    buttons = buttons_of(review_mail(replace(TWELVE, there=(), handed=())))
    assert {label.split()[0] for label, _ in buttons} == {"Alles", "Aanpassen", "Taak", "Klaar"}


def test_an_invitation_tells_when_where_and_what_it_clashes_with() -> None:
    """In the owner's time; also that the owner is still away then."""
    meeting = Invitation(NOW + timedelta(days=2), NOW + timedelta(days=2, hours=2), place="Zaal 3, Gent")
    other = Invitation(NOW + timedelta(days=2, hours=1), NOW + timedelta(days=2, hours=3), uid="x")
    facts = facts_with(replace(MESSAGE, traits=Traits(invitation=meeting)))
    text = text_of(replace(facts, invitations=(("Budget", other), ("Zelf", meeting))))
    assert "do 19/11 9.00–11.00 u · terwijl je weg bent · Zaal 3, Gent\n" in text
    assert "! Valt samen met: Budget\n" in text
    back = replace(
        meeting, start_at=NOW + timedelta(days=30), until_at=NOW + timedelta(days=31), all_day=True
    )
    facts = facts_with(replace(MESSAGE, traits=Traits(invitation=replace(back, method="cancel"))))
    assert "Geannuleerd: do 17/12 · Zaal 3, Gent\n" in text_of(facts)
    odd = replace(back, has_known_zone=False)
    facts = facts_with(replace(MESSAGE, traits=Traits(invitation=odd)))
    assert "do 17/12 (tijdzone onbekend)" in text_of(facts)
    facts = facts_with(replace(MESSAGE, traits=Traits(invitation=replace(back, method="counter"))))
    assert "17/12" not in text_of(facts)


def test_what_was_done_stands_in_the_next_review() -> None:
    """Alike together, with its subjects."""
    receipt = Receipt(Verb.FORWARD, "Offerte", "Anna Peeters", NOW, "button")
    done = [replace(receipt, verb=Verb.DONE, backup_name="", subject=f"S{n}") for n in range(9)]
    text = text_of(replace(FACTS, receipts=(receipt, *done)))
    assert "Gedaan zoals je vroeg (10)" in text
    assert "Naar Anna Peeters · Offerte\n" in text
    assert "Klaar (9) · S0 · S1 · S2 · S3 · S4 · S5 · + 3\n" in text


def test_a_sender_who_poses_as_another_is_shown_with_the_real_address() -> None:
    """And with a word of warning."""
    posing = replace(MESSAGE, sender=Address("Anna Peeters", "anna@evil.example"), traits=Traits(poses=True))
    text = text_of(facts_with(posing))
    assert "anna@evil.example (Anna Peeters)" in text
    assert "! Kijk naar het adres" in text


def test_an_outage_that_is_over_is_no_problem() -> None:
    """It is a line at the foot: nobody has to do anything about it."""
    sentence = "Geen contact van 3.10 u tot 7.45 u."
    text = text_of(replace(FACTS, outages=(sentence,)))
    assert text.startswith("Alles loopt.")
    assert text.index(sentence) > text.index("Niets te beslissen")


def test_commands_and_answers_are_no_mails_to_the_owner() -> None:
    """What came adds up without them."""
    text = text_of(
        replace(FACTS, counts=Counts(received=12, forwarded=3, review=4, private=1, ignored=2, own=2))
    )
    assert "10 mails, 3 doorgestuurd, 4 voor jou, 1 privé, 2 genegeerd" in " ".join(text.split())


def test_newsletters_are_listed_once() -> None:
    """Those of earlier reviews are not told again; one tap has them done with the new ones."""
    news = replace(MESSAGE, sender=Address("Colruyt", "c@colruyt.example"), priority="low")
    octets = review_mail(facts_with(news, replace(news, shown=True), replace(news, shown=True)))
    assert "Nieuwsbrieven en automatisch (1)" in part(octets, "plain")
    assert "Colruyt 1" in part(octets, "plain")
    assert buttons_of(octets)[-1][0] == "Alles klaar (3)"
    assert "Nieuwsbrieven" not in text_of(facts_with(replace(news, shown=True)))


def test_a_second_tap_on_a_button_is_nothing() -> None:
    """A forgery still is something."""
    spent, forged = (
        Refusal(why, "sofie@voorbeeld.example", NOW) for why in (Standing.SPENT, Standing.FAILED)
    )
    assert refusal_sentences(load_catalogue("nl"), [spent], owner("nl").timezone) == []
    assert len(refusal_sentences(load_catalogue("nl"), [spent, forged], owner("nl").timezone)) == 1
