"""What is new in a message, and the two lines that a review shows of it."""

from __future__ import annotations

import re
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from delegator.core.mail import excerpt as module
from delegator.core.mail.excerpt import MAX_CHARACTERS, new_text
from delegator.core.mail.glance import _FIRST_TEXTS, Glance
from delegator.core.mail.message import parse_message
from delegator.core.mail.notices import is_notice
from delegator.core.reviews.passage import PASSAGE_CHARACTERS, passage

NEW = "De pomp staat stil.\nKan je vandaag nog iemand sturen?"

QUOTES = {
    "Gmail nl": "Op ma 3 nov 2025 om 10:11 schreef Sofie <sofie@x.example>:\n> oud\n> ouder",
    "Gmail nl, broken": "Op ma 3 nov 2025 om 10:11 schreef Sofie Janssens <\nsofie@x.example>:\n\n> oud",
    "Apple nl": "Op 3 nov. 2025 om 10:11 heeft Sofie <s@x.example> het volgende geschreven:\n\noud",
    "Thunderbird nl": "Sofie Janssens schreef op 3-11-2025 om 10:11:\n> oud",
    "Gmail en": "On Mon, Nov 3, 2025 at 10:11 AM Sofie <sofie@x.example> wrote:\n> old",
    "Gmail fr": "Le lun. 3 nov. 2025 à 10:11, Sofie <sofie@x.example> a écrit :\n> vieux",
    "Gmail de": "Am Mo., 3. Nov. 2025 um 10:11 Uhr schrieb Sofie <sofie@x.example>:\n> alt",
    "Outlook nl": "Van: Sofie <s@x.example>\nVerzonden: maandag\nAan: Jan\nOnderwerp: RE: x\n\noud",
    "Outlook en": "From: Sofie\nSent: Monday\nTo: Jan\nSubject: RE: x\n\nold",
    "Outlook fr": "De : Sofie\nEnvoyé : lundi\nÀ : Jan\nObjet : RE: x\n\nvieux",
    "Outlook de": "Von: Sofie\nGesendet: Montag\nAn: Jan\nBetreff: AW: x\n\nalt",
    "Outlook web": "________________\nFrom: Sofie\nSent: Monday\nTo: Jan\nSubject: RE: x\n\nold",
    "bold": "*Van:* Sofie\n*Verzonden:* maandag\n*Aan:* Jan\n\noud",
    "original message": "-----Oorspronkelijk bericht-----\nVan: Sofie\nAan: Jan\n\noud",
    "marks alone": "> oud\n> ouder",
    "a long quoted line, broken": f"> {'oud ' * 18}\nen ouder\n> oudst",
}
ENDS = {
    "nl": "Met vriendelijke groeten,\nJan De Smet\nAcme NV",
    "nl, on one line": "Mvg, Jan",
    "nl, short": "Groetjes\nJan",
    "en": "Kind regards,\n\nJan",
    "fr": "Bien à vous,\nJan",
    "fr, formal": "Cordialement\nJan",
    "de": "Mit freundlichen Grüßen\ni. A. Jan",
    "thanks": "Alvast bedankt,\nJan",
    "dashes": "-- \nJan\n+32 9 123 45 67",
    "phone nl": "Verstuurd vanaf mijn iPhone",
    "phone en": "Sent from my Samsung Galaxy",
    "phone fr": "Envoyé de mon iPhone",
    "phone de": "Von meinem iPhone gesendet",
    "Outlook": "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "disclaimer nl": "Dit e-mailbericht is vertrouwelijk en uitsluitend bestemd voor de geadresseerde.",
    "disclaimer en": "This e-mail and any attachments are confidential and intended solely for you.",
    "disclaimer fr": "Ce message est confidentiel et destiné exclusivement à son destinataire.",
    "disclaimer de": "Diese E-Mail ist vertraulich und nur für den Empfänger bestimmt.",
}
BEGINNINGS = {
    "nl": "Beste Sofie,\n",
    "nl, formal": "Geachte mevrouw Janssens,\n\n",
    "nl, dag": "Dag Sofie\n",
    "en": "Hi Sofie,\n\n",
    "fr": "Bonjour Madame,\n\n",
    "de": "Sehr geehrte Frau Janssens,\n\n",
    "external en": "CAUTION: This email originated from outside of the organization.\n"
    "Do not click links or open attachments unless you recognize the sender.\n\n",
    "external nl": "Let op: deze mail komt van een externe afzender.\nKlik niet op links.\n\n",
    "external fr": "Attention : ce courriel provient d'un expéditeur externe.\n\n",
    "external de": "Achtung: Diese E-Mail stammt von einem externen Absender.\n\n",
    "tag": "[EXTERNAL]\n\n",
    "seldom nl": "U ontvangt niet vaak e-mail van jan@acme.example. Ontdek waarom dit belangrijk is\n\n",
    "seldom en": "You don't often get email from jan@acme.example. Learn why this is important\n\n",
    "browser": "View this email in your browser\n\n",
    "browser nl": "Bekijk de webversie\n\n",
}


def excerpt(text: str) -> str:
    """As it stands in a review."""
    return passage(new_text(text))


@pytest.mark.parametrize("quote", QUOTES)
def test_quotes_go(quote: str) -> None:
    """The mail that is answered is not new, however a program quotes it."""
    assert new_text(f"{NEW}\n\n{QUOTES[quote]}\n") == NEW


@pytest.mark.parametrize("end", ENDS)
def test_signatures_go(end: str) -> None:
    """Sign-offs, signatures and what lawyers and phones add are not what someone writes."""
    assert new_text(f"{NEW}\n\n{ENDS[end]}\n") == NEW


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_beginnings_go(beginning: str) -> None:
    """Greetings and banners do not cost one of the two lines."""
    assert new_text(BEGINNINGS[beginning] + NEW) == NEW


def test_all_at_once() -> None:
    """All of it together leaves the same."""
    for beginning in BEGINNINGS.values():
        for end in ENDS.values():
            quote = QUOTES["Outlook nl"]
            assert new_text(f"{beginning}{NEW}\n\n{end}\n\n{quote}") == NEW


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dag Sofie, kan je bellen?", "Kan je bellen?"),
        ("Bedankt!\n\nKan je ook de factuur sturen?", "Bedankt!\n\nKan je ook de factuur sturen?"),
        ("Beste Sofie,\n\nOk.\n\nMvg\nJan\n\nPS: ook de factuur graag.", "Ok.\n\nPS: ook de factuur graag."),
        ("> Wanneer?\n\nMorgen.\n\n> Waar?\n\nBij ons.", "Morgen.\n\nBij ons."),
        ("On 3/11/2025 Sofie <s@x.example> wrote:\n> When?\n\nTomorrow.", "Tomorrow."),
        ("---------- Forwarded message ---------\nVan: Jan\nDate: ma\nTo: S\n\nDe pomp.", "De pomp."),
        ("Van: Jan\nVerzonden: ma\nAan: Sofie\nOnderwerp: x\n\nDe pomp.", "De pomp."),
        ("On Monday we leave.\nIs that ok?", "On Monday we leave.\nIs that ok?"),
        ("Op maandag komt de klant: wie is er?", "Op maandag komt de klant: wie is er?"),
        ("Met vriendelijke hulp van Piet lukt het.", "Met vriendelijke hulp van Piet lukt het."),
        ("Date: 3 October\nTime: 7:00\nBring your ID.", "Date: 3 October\nTime: 7:00\nBring your ID."),
    ],
)  # fmt: skip
def test_what_someone_wrote_stays(text: str, expected: str) -> None:
    """Nothing that the sender wrote is taken for something else."""
    assert new_text(text) == expected


@pytest.mark.parametrize("text", ["Hallo", "Merci", "Dag Sofie,\n\nMvg\nJan", "👍", "> alleen oud", "--", ""])
def test_something_is_shown(text: str) -> None:
    """Where nothing would be left, the text itself is shown."""
    assert bool(new_text(text)) == bool(text)


def test_excerpt_is_two_lines() -> None:
    """What is new, on one line."""
    assert excerpt(f"Beste Sofie,\n\n{NEW}\n\nMvg\nJan") == NEW.replace("\n", " ")


def test_excerpt_without_links() -> None:
    """The addresses that Outlook writes behind its links, and inline images, are not shown."""
    text = "Zie Acme<https://acme.example/?id=123456> en [cid:image001.png@01D3.2B] of <mailto:j@x.example>."
    assert excerpt(text) == "Zie Acme en of ."


def dutch() -> list[tuple[str, str, str]]:
    """Text, sender's name and what is new of each mail in tests/data/replies-nl.txt."""
    path = Path(__file__).parents[2] / "data" / "replies-nl.txt"
    found = []
    for block in path.read_text(encoding="utf-8").split("\n=== ")[1:]:
        name, _, rest = block.partition("\n")
        text, _, expected = rest.partition("\n--- new\n")
        found.append((text, name.partition(" | ")[2], expected.strip()))
    return found


@pytest.mark.parametrize(("text", "sender", "expected"), dutch())
def test_dutch_replies(text: str, sender: str, expected: str) -> None:
    """As people and programs write them. Measured beside other libraries in bench/excerpt.py."""
    assert new_text(text, sender) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Gina Doe\ngina@x.example\n+32 9 123 45 67", "Gina Doe\ngina@x.example\n+32 9 123 45 67"),
        ("Mijn nummer:\n\nthuis\n09 123 45 67", "Mijn nummer:"),
        ("Ze komen.\n\nGina Doe\ngina@x.example", "Ze komen."),
        ("Wanneer?\n\nKoen", "Wanneer?"),
        ("Wie?\n\nPiet", "Wie?\n\nPiet"),
        ("Bel me op\n0470 12 34 56.", "Bel me op\n0470 12 34 56."),
    ],
)  # fmt: skip
def test_who_writes_stands_in_the_meta_line_already(text: str, expected: str) -> None:
    """A last paragraph of contacts goes, and a last line that is the sender's name; nothing else."""
    assert new_text(text, "Koen Maes") == expected


FRAGMENTS = ["> ", "\n", "On ", "Van: ", "@x>:", "wrote:", "Mvg", "a", "\u202e", "\x00"]
ANY_TEXT = st.text(max_size=2_000) | st.lists(st.sampled_from(FRAGMENTS), max_size=200).map("".join)
TURNING = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI")


@given(text=ANY_TEXT)
@settings(max_examples=75, deadline=None)
def test_any_text(text: str) -> None:
    """Whatever the text, the excerpt is bounded, printable and in reading order."""
    shown = excerpt(text)
    assert len(shown) <= PASSAGE_CHARACTERS
    assert "\n" not in shown
    for whole in (shown, new_text(text)):
        for character in whole:
            assert character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cs")
            assert unicodedata.bidirectional(character) not in TURNING


HOSTILE = [
    "> ",
    "On a\n",
    "From: x\nTo: y\n",
    "-",
    "a ",
    "Von meinem ",
    "dit bericht ",
    "\u0301",
    "<a@b",
    "Hi a ",
]


@pytest.mark.parametrize("seed", HOSTILE)
def test_linear_time(seed: str) -> None:
    """No text takes long; nothing beyond the bound is looked at."""
    text = seed * (3 * MAX_CHARACTERS // len(seed))
    started = time.process_time()
    excerpt(text)
    assert time.process_time() - started < 0.5


@pytest.mark.corpora
def test_real_mail(corpora: Path) -> None:
    """Every real mail that has text has an excerpt, unless a program wrote all of it."""
    for path in corpora.glob("*/messages/**/*"):
        if path.is_file():
            text = parse_message(path.read_bytes()).text
            is_coded = all(len(word) > 50 for word in text.split())
            says_nothing = is_coded or not any(map(str.isalnum, text)) or is_notice(text)
            assert bool(excerpt(text).strip()) == bool(text.strip()) or says_nothing, path


@pytest.mark.parametrize("answer", ["f 3 7", "2 niet ik", "3 anna", "1 2 3 ok"])
@pytest.mark.parametrize("gap", ["\n", "\n\n"])
@pytest.mark.parametrize("opening", ["Op ma 21 dec 2026 om 10:30 schreef", "Am 21.12.26 um 10:30 schrieb"])
def test_an_answer_in_numbers_is_no_attribution(answer: str, gap: str, opening: str) -> None:
    """Nor the beginning of the one below it."""
    text = f"{answer}{gap}{opening} Sofie Janssens <sofie@voorbeeld.example>:\n> Dag"
    assert new_text(text) == answer


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("-- \nJan De Smet\nAcme\n\nWij bestellen.", "Wij bestellen."),
        (
            "Kijk:\n\nH4sIAJ+A5jIAA0VPTWvDMAy9+1e8nbpCsS877bRS1vayXdJDDwURbJEEEqez\n\nMooi, niet?",
            "Kijk: Mooi, niet?",
        ),
        (
            "Er is een bericht.\n\nVan: Piet\nDatum: 1/12/2026\nOnderwerp: Deuren\nBericht: Bel mij morgen.",
            "Bel mij morgen.",
        ),
        (
            "Naam: Piet\nE-mail: p@pieters.example\nVraag:\nKan u bellen?\nHet is dringend.",
            "Kan u bellen? Het is dringend.",
        ),
        (
            "Graag:\n\nVan: 12 stuks\nAan: 30 stuks\nA: 4 dozen\n\nDank u",
            "Graag: Van: 12 stuks Aan: 30 stuks A: 4 dozen",
        ),
        (
            "Akkoord.\n\nVan: Sofie <s@x.example>\n"
            "Verzonden: maandag 3 november 2025\nAan: Jan\nOnderwerp: Offerte\n\noud",
            "Akkoord.",
        ),
        (
            "Aanvraag\n\nVan: Piet\nOnderwerp: Deuren\nDatum: 3/12\n\nBelt u mij?",
            "Aanvraag Van: Piet Onderwerp: Deuren Datum: 3/12 Belt u mij?",
        ),
        (
            "Graag vervoer:\n\nVan: Gent\nNaar: Parijs\nDatum: 22/12/2026\nAan: werf 3\n\nKan dat?",
            "Graag vervoer: Van: Gent Naar: Parijs Datum: 22/12/2026 Aan: werf 3 Kan dat?",
        ),
        (
            "Via de website:\n\nVan: Piet (p@pieters.example)\nOnderwerp: Deuren\n\nBelt u mij?",
            "Via de website: Van: Piet (p@pieters.example) Onderwerp: Deuren Belt u mij?",
        ),
        ("Van: Piet\nOnderwerp: Deuren\n\nBerichtinhoud:\nBelt u mij?", "Belt u mij?"),
        ("Von: Piet\nBetreff: Türen\n\nNachrichtentext:\nRufen Sie mich an?", "Rufen Sie mich an?"),
        ("De : Piet\nObjet : Portes\n\nCorps du message :\nVous m'appelez ?", "Vous m'appelez ?"),
        ("Buizen:\n>= 10 mm: 5 stuks\n>=12 mm: 3 stuks", "Buizen: >= 10 mm: 5 stuks >=12 mm: 3 stuks"),
        ("[EXTERNE] Ce message a été envoyé par un expéditeur externe.\n\nBelt u?", "Belt u?"),
        ("Prudence : ce mail vient d'une adresse externe à l'entreprise.\n\nBelt u?", "Belt u?"),
        (
            "ZjQcmQRYFpfptBannerStart\nThis Message Is From an Untrusted Sender\n"
            "You have not previously corresponded with this sender.\nZjQcmQRYFpfptBannerEnd\nBelt u?",
            "Belt u?",
        ),
        ("*** LET OP ***\nDit bericht komt van een externe afzender.\n*****\n\nBelt u?", "Belt u?"),
        ("Soyez prudent avant d'ouvrir les pièces jointes.\n\nBelt u?", "Belt u?"),
        ("Bitte seien Sie vorsichtig beim Öffnen von Links und Anhängen.\n\nBelt u?", "Belt u?"),
        ("Wees voorzichtig met links en bijlagen.\n\nBelt u?", "Belt u?"),
        ("Please use caution with links and attachments.\n\nBelt u?", "Belt u?"),
        ("The sender of this email could not be validated and may differ.\nBelt u?", "Belt u?"),
        ("Some people who received this message don't often get email from a@b.example.\nBelt u?", "Belt u?"),
        (
            "Sommige personen die dit bericht hebben ontvangen, krijgen niet vaak e-mail.\nBelt u?",
            "Belt u?",
        ),
        (
            "Einige Personen, die diese Nachricht erhalten haben, erhalten nicht oft eine E-Mail.\nBelt u?",
            "Belt u?",
        ),
        (
            "Certaines personnes qui ont reçu ce message ne reçoivent pas souvent de courriers.\nBelt u?",
            "Belt u?",
        ),
        (
            "Belt u?\n\n-- \nU ontvangt dit bericht omdat u lid bent van de groep.\n"
            "Als u zich wilt afmelden bij deze groep, stuurt u een e-mail naar v+u@l.example.\n"
            "To view this discussion visit https://l.example/x.",
            "Belt u?",
        ),
        (
            "Belt u?\n\n-- \nSie erhalten diese Nachricht, weil Sie die Gruppe abonniert haben.\n"
            "Wenn Sie sich von dieser Gruppe abmelden möchten, senden Sie eine E-Mail an v+u@l.example.",
            "Belt u?",
        ),
        ("Belt u?\n\n---\nL'absence de virus dans ce courrier a été vérifiée par Avast.", "Belt u?"),
        ("Externe e-mail: wees voorzichtig.\nGraag een offerte.", "Graag een offerte."),
        ("Graag.\n\n____\nverkoop mailing list\nv@l.example\nhttps://l.example/x", "Graag."),
        ("LET OP: deze mail komt van buiten de organisatie.\n\nWanneer komt u?", "Wanneer komt u?"),
        ("EXTERNAL\n\nThis message was scanned for viruses by Acme.\n", ""),
        ("Wanneer komt u?\n\n--\nDit bericht werd gescand op virussen door Acme.", "Wanneer komt u?"),
        ("Kan u mijn laptop laten scannen op virussen?", "Kan u mijn laptop laten scannen op virussen?"),
        (
            "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n- - Ja\n"
            "-----BEGIN PGP SIGNATURE-----\n\niQ\n-----END PGP SIGNATURE-----",
            "- Ja",
        ),
        (
            "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ\n-----END PGP PUBLIC KEY BLOCK-----\nMijn sleutel.",
            "Mijn sleutel.",
        ),
    ],
)
def test_what_programs_put_in_is_not_shown(text: str, shown: str) -> None:
    """Armour, files, banners, scanners; a form's fields and a list of goods are no quoted header."""
    assert excerpt(text).replace("\n", " ") == shown


PIECES = (
    *(
        "Ja, dat is goed.",
        "",
        "Op maandag",
        "On May",
        "Jan",
        "schreef Jan:",
        "wrote",
        "Van: jan@acme.example",
    ),
    *("jan@acme.example", "3 mei 2020", "²²²²", "> Kan je?", ">", "----", "Datum: 3 mei 2020", "Aan: Sofie"),
    *("w" * 70, "Doorgestuurd bericht", "Met vriendelijke groet", "Onderwerp: Offerte", "e-mail", "\u0436"),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=3).map(" ".join), max_size=9).map("\n".join))
@example("Ja, dat is goed.\nOn May\n3 mei 2020 Jan schreef Jan:\nwww")
@example("Ja, dat is goed.\nJan jan@acme.example\nwrote\nwww")
@example("Ja, dat is goed.\nOn 3 mei 2020 Jan\nwrote\nwww")
@example("Ja, dat is goed.\nOn May ²²²² Jan\nwrote\nwww")
def test_plain_prose_is_passed_over_quickly_and_nothing_else(text: str) -> None:
    """Whatever stands beside it: the same is new as where each line is looked at closely."""
    found = new_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("delegator.core.mail.excerpt._PLAIN", re.compile("(?!)"))
        assert new_text(text) == found


@pytest.mark.parametrize("name", ["_SIGNATURE", "_DISCLAIMER", "_SENT_FROM", "_SIGN_OFF", "_THANKS"])
def test_no_line_that_ends_a_mail_is_passed_over(name: str) -> None:
    """Whatever one looks like, it is seen at a glance over the whole text."""
    assert _passes_over_none(module._ENDS, getattr(module, name))


def test_no_line_that_passes_a_mail_on_is_passed_over() -> None:
    assert _passes_over_none(module._FORWARDS, module._FORWARDED)


def _passes_over_none(glance: Glance, expression: re.Pattern[str]) -> bool:
    for _ in range(_FIRST_TEXTS):
        glance.may_find("")
    assert glance.first("De werf.\nWij komen.") is None

    @settings(max_examples=40, deadline=None)
    @given(st.from_regex(re.compile(expression.pattern, expression.flags)), st.sampled_from(["", "é"]))
    def seen(line: str, before: str) -> None:
        if "\n" not in line and expression.match(line):
            first = glance.first(f"De werf{before}.\nWij komen.\n{line}")
            assert first is not None
            assert first <= len(f"De werf{before}.\nWij komen.\n")

    seen()
    return True


def test_a_mail_of_one_line_ends_on_the_next() -> None:
    assert new_text("Wij komen om het plan.\nMvg\nJan") == "Wij komen om het plan."
