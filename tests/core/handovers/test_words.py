from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.core.commands.command import Verb
from delegator.core.handovers.words import Said, backup_words, read_backup_reply

TODAY = date(2026, 12, 10)
CHRISTMAS = (date(2026, 12, 24), date(2026, 12, 28))


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("ok", Verb.THERE),
        ("Oké, bedankt!", Verb.THERE),
        ("Ja, ik ben er 👍", Verb.THERE),
        ("I’m there", Verb.THERE),
        ("Je suis là.", Verb.THERE),
        ("Ja, ich bin da", Verb.THERE),
        ("niet ik", Verb.NOT_ME),
        ("Not me, sorry", Verb.NOT_ME),
        ("Pas moi", Verb.NOT_ME),
        ("Nicht ich.", Verb.NOT_ME),
        ("Liever niet", Verb.RATHER_NOT),
        ("rather not", Verb.RATHER_NOT),
        ("plutôt pas", Verb.RATHER_NOT),
        ("Lieber nicht", Verb.RATHER_NOT),
        ("beantwoord", Verb.ANSWERED),
        ("Ik heb gebeld", Verb.ANSWERED),
        ("Answered, or phoned", Verb.ANSWERED),
        ("J’ai répondu", Verb.ANSWERED),
        ("Erledigt", Verb.ANSWERED),
        ("later", Verb.LATER_TODAY),
        ("Straks", Verb.LATER_TODAY),
        ("Plus tard", Verb.LATER_TODAY),
        ("später heute", Verb.LATER_TODAY),
        ("Hoi Sofie,\n\nniet ik\n\nGroetjes\nAnna", Verb.NOT_ME),
        ("ok\n\nOp 10 dec 2026 om 14:02 schreef Sofie <sofie@voorbeeld.example>:\n> Past dat?", Verb.THERE),
        ("later<br>", Verb.LATER_TODAY),
    ],
)
def test_a_reply_is_one_of_our_words(text: str, verb: Verb) -> None:
    """In four languages, with a greeting, thanks, a signature or a quote around it."""
    assert backup_words(text, to_brief=verb in (Verb.THERE, Verb.RATHER_NOT)) is verb


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Sofie",
        "Welke prijs geldt voor Beta?",
        "later kan ik niet, vraag Bram",
        "niet zo goed idee",
        "ok maar welke prijs geldt?",
        "ok\nMaar welke prijs geldt dan?",
        "Ok\nJan wil een andere prijs dan vorig jaar.",
        "okselfris",
        "niet van … tot …",
        "niet van 31/2 tot 3/3",
        "van 24/12 tot 28/12",
        "niet van 24/12 tot 28/12 tenzij het dringend is",
        "niet ik 2-1",
        "> ok",
    ],
)
def test_anything_else_is_for_the_owner_to_read(text: str) -> None:
    """Whoever asks something, or says more than our words, is read by a person."""
    assert backup_words(text, to_brief=True) is None
    assert backup_words(text, to_brief=False) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 beantwoord, 2 niet ik", [Said(Verb.ANSWERED, (1,)), Said(Verb.NOT_ME, (2,))]),
        ("1 beantwoord\n2 niet ik\nGroeten, Anna", [Said(Verb.ANSWERED, (1,)), Said(Verb.NOT_ME, (2,))]),
        ("1. gebeld en 3 later", [Said(Verb.ANSWERED, (1,)), Said(Verb.LATER_TODAY, (3,))]),
        ("1, 3 pas moi", [Said(Verb.NOT_ME, (1, 3))]),
        ("1-3 später", [Said(Verb.LATER_TODAY, (1, 2, 3))]),
        ("not me 2", [Said(Verb.NOT_ME, (2,))]),
        ("alles beantwoord", [Said(Verb.ANSWERED)]),
        ("ok", [Said(Verb.LATER_TODAY)]),
        ("liever niet", [Said(Verb.NOT_ME)]),
        ("1 beantwoord, 1 later", []),
        ("1 beantwoord, niet ik", []),
        ("0 beantwoord", []),
    ],
)
def test_an_answer_to_an_overview_says_which(text: str, expected: list[Said]) -> None:
    """By numbers, or all of them; where it contradicts itself a person has to read it."""
    assert list(read_backup_reply(text, TODAY, to_brief=False)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "niet van 24/12 tot 28/12",
        "Niet van 24 tot en met 28 december.",
        "niet van 24-12-2026 tot 28-12-2026",
        "Ik ben er, maar niet van do 24/12 t/m ma 28/12",
        "not from 24 Dec to 28 Dec",
        "Not from December 24th to December 28th",
        "Not from 12/24 to 12/28",
        "not 2026-12-24 - 2026-12-28",
        "pas du 24/12 au 28/12",
        "Je suis là, sauf du 24 au 28 décembre",
        "nicht vom 24.12. bis 28.12.",
        "Ich bin von 24.12. bis 28.12. nicht da.",
        "Je serai absente du jeudi 24/12 au lundi 28/12",
        "Ik ben met verlof van 24/12 tot 28/12",
        "Nicht von 24. Dezember bis 28. Dezember",
    ],
)
def test_days_away_are_read(text: str) -> None:
    """As people write them, both ends included; without a year the next to come."""
    assert read_backup_reply(text, TODAY, to_brief=True) == (Said(Verb.NOT_FROM_TO, (), (CHRISTMAS,)),)


def test_several_days_and_the_turn_of_the_year() -> None:
    """Each span for itself; what ends before it begins ends next year."""
    [said] = read_backup_reply("niet van 28/12 tot 3/1 en niet op 8/1", TODAY, to_brief=True)
    assert said.days == (
        (date(2026, 12, 28), date(2027, 1, 3)),
        (date(2027, 1, 8), date(2027, 1, 8)),
    )


def test_a_brief_takes_no_words_of_an_overview() -> None:
    """Nothing is there yet to be answered or left for later."""
    assert read_backup_reply("beantwoord", TODAY, to_brief=True) == ()
    assert backup_words("later", to_brief=True) is None
    assert read_backup_reply("niet ik", TODAY, to_brief=True) == (Said(Verb.RATHER_NOT),)
    assert read_backup_reply("ok", TODAY, to_brief=True) == (Said(Verb.THERE),)


@given(
    first=st.dates(TODAY, TODAY + timedelta(days=250)),
    length=st.integers(0, 40),
    form=st.sampled_from(["{0.day}/{0.month}", "{0.day}.{0.month}.", "{0.day}/{0.month}/{0.year}", "{0}"]),
    words=st.sampled_from([("niet van", "tot"), ("not from", "to"), ("pas du", "au"), ("nicht vom", "bis")]),
)
@settings(max_examples=75, deadline=None)
def test_every_span_of_days_is_read_back(first: date, length: int, form: str, words: tuple[str, str]) -> None:
    """Whatever the form and the language, within the months to come; the day stands before the month."""
    last = first + timedelta(days=length)
    text = f"{words[0]} {form.format(first)} {words[1]} {form.format(last)}"
    [said] = read_backup_reply(text, TODAY, to_brief=True)
    assert said.days == ((first, last),)


@given(st.text(alphabet="okniet vanbd123,./-?\n>👍: ", max_size=120) | st.text(max_size=200))
@settings(max_examples=80, deadline=None)
def test_no_text_breaks_it(text: str) -> None:
    """And what is understood is consistent: no number twice, no days without the verb."""
    said = read_backup_reply(text, TODAY, to_brief=False)
    numbers = [number for each in said for number in each.numbers]
    assert len(numbers) == len(set(numbers))
    assert all(bool(each.days) == (each.verb is Verb.NOT_FROM_TO) for each in said)


@pytest.mark.parametrize(
    "text",
    [
        "Liever niet, ik heb het te druk deze week met de verhuis van het magazijn.",
        "Dag Sofie,\n\nNee, die week ben ik zelf op de beurs in Parijs.\n\nBram",
        "Rather not, I have two deadlines of my own that week.",
        "Plutôt pas, je suis déjà seule au bureau.",
    ],
)
def test_a_no_with_its_reasons_is_a_no_to_the_brief(text: str) -> None:
    """Who begins with a refusal is not asked, whatever follows; on an overview a person reads it."""
    assert backup_words(text, to_brief=True) is Verb.RATHER_NOT
    assert backup_words(text, to_brief=False) is None
    assert backup_words(text.replace(",", ", kan Anna het niet doen?", 1), to_brief=True) is None
