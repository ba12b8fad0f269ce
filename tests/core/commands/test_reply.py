"""Replies to a review: the grammar, in four languages, and what is told instead of done."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.core.commands.command import Line, Verb
from delegator.core.commands.reply import Why, dates_of, note_of, read_reply, signature_in, signature_lines
from delegator.core.mail.message import parse_message
from delegator.core.people import Backup

F, T, K, L, U = Verb.FORWARD, Verb.TO_DO, Verb.DONE, Verb.LATER, Verb.UNDO


def backup(key: str, name: str) -> Backup:
    return Backup(key, name, f"{key}@voorbeeld.example", (), (), "nl", "both")


BACKUPS = {"anna": backup("anna", "Anna Peeters"), "bram": backup("bram", "Bram Maes")}
# 1 to 8: the odd ones with a proposal, the third to Bram.
LINES = [Line(n, (n * 10,), {1: K, 3: F, 5: T, 7: K}.get(n), "bram" if n == 3 else None) for n in range(1, 9)]

Done = list[tuple[Verb, int, str | None, str]]


def read(text: str) -> tuple[Done, list[Why]]:
    reading = read_reply(text, LINES, BACKUPS, people=["Sofie Janssens"])
    done = sorted((each.verb, each.line.number, each.backup, each.note) for each in reading.decided)
    return done, [each.why for each in reading.mistakes]


def done(verb: Verb, *numbers: int, to: str | None = None, note: str = "") -> Done:
    return [(verb, number, to, note) for number in numbers]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f 3 7", done(F, 3, 7)),
        ("f 3,7", done(F, 3, 7)),
        ("f 3, 7 en 8", done(F, 3, 7, 8)),
        ("f 3 & 7", done(F, 3, 7)),
        ("f 3-5", done(F, 3, 4, 5)),
        ("f 3 – 5", done(F, 3, 4, 5)),
        ("F3", done(F, 3)),
        ("f 3 3", done(F, 3)),
        ("f 3 bram", done(F, 3, to="bram")),
        ("f 3 Bram Maes", done(F, 3, to="bram")),
        ("f 3 naar Bram", done(F, 3, to="bram")),
        ("naar bram 3", done(F, 3, to="bram")),
        ("3 anna", done(F, 3, to="anna")),
        ("3. Anna", done(F, 3, to="anna")),
        ("anna 3", done(F, 3, to="anna")),
        ("- 3 anna", done(F, 3, to="anna")),
        ("3 anna: graag vandaag nog bellen", done(F, 3, to="anna", note="graag vandaag nog bellen")),
        ("f 3: graag vandaag", done(F, 3, note="graag vandaag")),
        ("t 2 morgen bellen", done(T, 2, note="morgen bellen")),
        ("2 taak morgen 3 keer bellen", done(T, 2, note="morgen 3 keer bellen")),
        ("k 1 4 5", done(K, 1, 4, 5)),
        ("k 1.", done(K, 1)),
        ("later 6", done(L, 6)),
        ("undo 3", done(U, 3)),
        ("3 klaar", done(K, 3)),
        ("klaar 3", done(K, 3)),
        ("done 3", done(K, 3)),
        ("fait 3", done(K, 3)),
        ("erledigt 3", done(K, 3)),
        ("tâche 3", done(T, 3)),
        ("tache 3", done(T, 3)),
        ("Aufgabe 3", done(T, 3)),
        ("to do 3", done(T, 3)),
        ("transférer 3", done(F, 3)),
        ("weiterleiten 3", done(F, 3)),
        ("plus tard 3", done(L, 3)),
        ("3 plus tard", done(L, 3)),
        ("f nr. 3", done(F, 3)),
        ("k nr. 4 en nr. 5", done(K, 4, 5)),
        ("archiveer 3", done(K, 3)),
        ("zet 3 op de takenlijst", done(T, 3)),
        ("add 3 to my to-do list", done(T, 3)),
        ("später 3", done(L, 3)),
        ("rückgängig 3", done(U, 3)),
        ("annuler 3", done(U, 3)),
        ("ongedaan 3", done(U, 3)),
        ("ｆ ３", done(F, 3)),
        ("ok 1 7", done(K, 1, 7)),
        ("1 ok", done(K, 1)),
        ("1 anna\n2 taak\n3 klaar", sorted([*done(F, 1, to="anna"), *done(T, 2), *done(K, 3)])),
        ("1 anna<BR>2 taak<br/>3 klaar", sorted([*done(F, 1, to="anna"), *done(T, 2), *done(K, 3)])),
        ("1 anna\n\n2 taak\n\n3 klaar", sorted([*done(F, 1, to="anna"), *done(T, 2), *done(K, 3)])),
        ("Dag,\n\nf 3\n\nSofie", done(F, 3)),
    ],
)
def test_what_is_understood(text: str, expected: Done) -> None:
    """Every form that the review and the docs show."""
    assert read(text) == (expected, [])


@pytest.mark.parametrize(
    "line",
    [
        *(
            "stuur 4 door naar Bram",
            "Stuur 4 naar Bram door",
            "geef nr. 4 door aan Bram",
            "4 doorgeven aan Bram",
        ),
        *(
            "leite 4 weiter an Bram",
            "leite 4 an Bram weiter",
            "gib 4 an Bram weiter",
            "4 an Bram weiterleiten",
        ),
        *("send 4 on to Bram", "hand 4 over to Bram", "forward 4 straight to Bram"),
        *("fais suivre 4 à Bram", "envoie 4 directement à Bram"),
    ],
)
def test_a_verb_whose_halves_stand_apart(line: str) -> None:
    """Before the name or behind it; what is said to the colleague stands behind a colon, as ever."""
    assert read(line) == (done(F, 4, to="bram"), [])
    assert read(f"{line}: graag vrijdag") == (done(F, 4, to="bram", note="graag vrijdag"), [])
    both = sorted([*done(F, 4, to="bram"), *done(F, 5, to="anna")])
    assert read(f"{line}, 5 anna") == (both, [])


@pytest.mark.parametrize(
    "line",
    [
        *("stuur 4 niet door", "stuur 4 door maar niet naar Bram", "stuur 4 door naar Bram en Anna"),
        *("forward 4 on Friday", "leite 4 nicht weiter", "geef 4 door aan Jan"),
    ],
)
def test_half_a_verb_hides_no_word(line: str) -> None:
    """What stands beside it is read, or nothing is done."""
    what, why = read(line)
    assert what == []
    assert why


@pytest.mark.parametrize("line", ["f 4 naar Jan", "4 naar Jan", "geef 4 door aan Jan", "send 4 on to Jan"])
def test_who_is_no_colleague_is_named(line: str) -> None:
    """And not the word before the name."""
    (mistake,) = read_reply(line, LINES, BACKUPS).mistakes
    assert (mistake.why, mistake.detail) == (Why.UNKNOWN_BACKUP, "Jan")


PROPOSED = sorted([*done(K, 1, 7), *done(F, 3, to="bram"), *done(T, 5)])


@pytest.mark.parametrize("text", ["ok", "OK!", "oké", "Ok, bedankt", "ok alles", "d'accord", "akkoord."])
def test_ok_is_all_as_proposed(text: str) -> None:
    """What has no proposal stays."""
    assert read(text) == (PROPOSED, [])


def test_ok_leaves_what_another_line_names() -> None:
    """Whatever the order of the lines, and also where that line was not understood."""
    assert read("3 anna\nok") == (sorted([*done(K, 1, 7), *done(T, 5), *done(F, 3, to="anna")]), [])
    rest = sorted([*done(K, 1, 7), *done(T, 5)])
    assert read("ok\nmaar 3 niet") == (rest, [])


@pytest.mark.parametrize("text", ["f 2\nk rest", "k de rest\nf 2", "f 2\nrest klaar", "f 2\ndone the others"])
def test_the_rest_is_what_no_line_names(text: str) -> None:
    """All the other numbers of that review."""
    assert read(text) == (sorted([*done(F, 2), *done(K, 1, 3, 4, 5, 6, 7, 8)]), [])


@pytest.mark.parametrize(
    "text",
    [
        "één naar Anna",
        "twee klaar",
        "de twee naar bram",
        "f zeven",
        "6 en zeven naar Bram",
        "one done, two to anna",
        "deux à Anna",
        "les deux à Anna",
        "zwei an Bram",
        "anna drei",
    ],
)
def test_a_number_in_a_word_may_be_how_many_and_is_asked(text: str) -> None:
    """ "Two to Anna": number 2, or two of them?"""
    assert read(text) == ([], [Why.NO_NUMBER])


@pytest.mark.parametrize("text", ["één vraagje nog", "one more thing", "une question", "acht op jezelf"])
def test_a_sentence_with_a_number_in_a_word_names_none(text: str) -> None:
    assert read(text) == ([], [Why.UNKNOWN_VERB])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", Why.NO_COMMAND),
        ("\n\nVerstuurd vanaf mijn iPhone", Why.NO_COMMAND),
        ("xyz", Why.UNKNOWN_VERB),
        ("stop 3", Why.UNKNOWN_VERB),
        ("к 3", Why.UNKNOWN_VERB),  # a Cyrillic letter
        ("φ 3", Why.UNKNOWN_VERB),
        ("f 9", Why.UNKNOWN_NUMBER),
        ("f 3 9", Why.UNKNOWN_NUMBER),
        ("f 3 99999", Why.UNKNOWN_NUMBER),
        ("k 1-9", Why.UNKNOWN_NUMBER),
        ("f", Why.NO_NUMBER),
        ("f rest", Why.NO_NUMBER),
        ("f 5-3", Why.NO_NUMBER),
        ("f 3/4", Why.NO_NUMBER),
        ("f 1-99999999", Why.EXTRA_WORDS),
        ("f 3bis", Why.NO_NUMBER),
        ("T 09 123 45 67", Why.NO_COMMAND),  # a telephone
        ("T +32 9 123 45 67", Why.NO_COMMAND),
        ("3 anna graag vandaag", Why.EXTRA_WORDS),
        ("f 3 brma", Why.UNKNOWN_BACKUP),
        ("3 ana", Why.UNKNOWN_BACKUP),
        ("f 3 piet graag bellen", Why.UNKNOWN_BACKUP),
        ("f 3 jan@elders.example", Why.UNKNOWN_BACKUP),
        ("3 Kerkstraat", Why.UNKNOWN_BACKUP),
        ("f 3 bram 7 anna", Why.EXTRA_WORDS),
        ("k 1 niet 4", Why.EXTRA_WORDS),
        ("k 3 t 4", Why.EXTRA_WORDS),
        ("ok 2", Why.NOTHING_PROPOSED),
        ("ok behalve de klacht", Why.EXTRA_WORDS),
        ("ok, maar de klacht doe ik zelf", Why.EXTRA_WORDS),
        ("alles klar", Why.UNKNOWN_VERB),  # German for "ok", and a slip away from "done"
        ("f 3\nk 3", Why.CONTRADICTION),
        ("3 anna\n3 bram", Why.CONTRADICTION),
    ],
)
def test_what_is_told_instead_of_done(text: str, why: Why) -> None:
    """A line in doubt does nothing at all, and says so."""
    assert read(text) == ([], [why])


def test_a_faulty_line_keeps_no_other_from_being_done() -> None:
    """Each line stands for itself."""
    assert read("k 1\n2 tkaa\n5 klaar") == (done(K, 1, 5), [Why.UNKNOWN_BACKUP])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f 3, k 4 5", [*done(F, 3), *done(K, 4, 5)]),
        ("1 en 2 klaar", done(K, 1, 2)),
        ("1 et 2 terminé", done(K, 1, 2)),
        ("1 und 2 erledigt", done(K, 1, 2)),
        ("f 3, 4 klaar", [*done(F, 3), *done(K, 4)]),
        ("1 anna en 3 klaar", [*done(F, 1, to="anna"), *done(K, 3)]),
        ("1 anna, 2 bram. 4 klaar aub", [*done(F, 1, to="anna"), *done(F, 2, to="bram"), *done(K, 4)]),
        ("anna 3 en bram 4", [*done(F, 3, to="anna"), *done(F, 4, to="bram")]),
        ("t 2, k 4", [*done(K, 4), *done(T, 2)]),
        ("f 3\n\nBedankt trouwens.\nk 5", [*done(F, 3), *done(K, 5)]),
        ("k 1\nGroeten uit Bangkok\nk 2", done(K, 1, 2)),
        ("3 anna // Jan De Smet\n4 klaar // f 8", [*done(F, 3, to="anna"), *done(K, 4)]),
        ("5 ? // Jan", []),
    ],
)
def test_several_things_on_a_line_and_lines_between(text: str, expected: Done) -> None:
    """Commas and "and" part them; what is polite stands in nobody's way."""
    found, why = read(text)
    assert found == sorted(expected)
    assert why == ([] if expected else [Why.NO_COMMAND])


@pytest.mark.parametrize(
    "text",
    [
        "ok behalve 3",
        "ok, behalve 3",
        "alles ok behalve 3",
        "ok maar 3 niet",
        "ok, maar niet 3",
        "ok sauf 3",
        "ok except 3",
        "ok außer 3",
        "ok\n3 niet",
        "ok\nmaar 3 nog niet, bedankt",
    ],
)
def test_ok_with_an_exception(text: str) -> None:
    """The number is left as it is, and nothing is held."""
    assert read(text) == (sorted([*done(K, 1, 7), *done(T, 5)]), [])


@pytest.mark.parametrize(
    "text", ["alles ok", "Alles ok!", "tout ok", "all ok", "ok, alles", "Zoals voorgesteld."]
)
def test_all_as_proposed_in_other_words(text: str) -> None:
    """The same as "ok"."""
    assert read(text) == (PROPOSED, [])


@pytest.mark.parametrize("text", ["alles klaar", "Alles klaar.", "all done", "tout fini", "alles erledigt"])
def test_everything_done_takes_the_newsletters_too(text: str) -> None:
    """The words on the button; what has a number, and what a review collapsed."""
    low = Line(0, (900, 901), is_low=True)
    reading = read_reply(text, [*LINES, low], BACKUPS)
    assert not reading.mistakes
    assert sorted(d.line.number for d in reading.decided) == [0, *range(1, 9)]
    assert {d.verb for d in reading.decided} == {K}
    assert all(d.is_bulk for d in reading.decided)


def test_the_rest_done_leaves_the_newsletters() -> None:
    """They have no number."""
    reading = read_reply("k rest", [*LINES, Line(0, (900,), is_low=True)], BACKUPS)
    assert sorted(d.line.number for d in reading.decided) == [*range(1, 9)]


@pytest.mark.parametrize(
    "text",
    [
        "ok\nbehalve de klacht, die doe ik zelf",
        "f 3\nen die van Jan moet je nog even laten liggen",
        "k rest\nmaar die van Jan niet",
        "f 3\nf 9",
        "3 anna\n7 brma",
        "12 anna en 13 klaar\nf 3",
        "ok\nwat is 3 eigenlijk?",
        "ok\nT 12 5 6",
        "ok\nbedankt, de klacht hou ik",
        "ok\nBedankt, bel jan eerst",
        "ok\nBedankt. Wacht nog",
        "ok\nWacht, bedankt",
        "ok\nhallo anna wacht nog",
        "f 3\nliefs wacht nog even",
        "ok\nmerci, attends mon appel",
        "ok\nthanks, wait for me",
        "ok\nDanke, warte noch",
        "ok\n3 ? wil ik eerst lezen",
        "f 3\nok, " + "bedankt " * 40 + "behalve 3",
        "f 3\n7 anna: " + "zeg hem dat ik hem in januari bel " * 12,
    ],
)
def test_a_line_in_doubt_holds_what_goes_far(text: str) -> None:
    """Beside "ok", a forward or "the rest" nothing is done before the owner has said what was meant."""
    reading = read_reply(text, LINES, BACKUPS, people=["Sofie Janssens"])
    assert reading.decided == ()
    assert reading.held
    assert reading.mistakes


@pytest.mark.parametrize("text", ["ok\n3?", "ok\n3 ?", "3 ? // Jan\nok", "ok" + " " * 400 + "behalve 3"])
def test_a_line_with_a_question_mark_leaves_its_number(text: str) -> None:
    """Also beside "ok"; and what stands behind many spaces is read."""
    reading = read_reply(text, LINES, BACKUPS)
    assert sorted(d.line.number for d in reading.decided) == [1, 5, 7]
    assert reading.mistakes == ()


def test_a_line_that_was_filled_in_yields_to_one_that_was_written() -> None:
    """[Change some] says "3 ?" where it proposes nothing."""
    assert read("3 ? // Jan\n3 anna") == (done(F, 3, to="anna"), [])
    assert read("3 ?\n3 anna") == ([], [Why.CONTRADICTION])


@pytest.mark.parametrize("text", ["k 2..4", "2-4 klaar", "k 2 .. 4", "k 2 – 4"])
def test_a_range_has_all_between(text: str) -> None:
    """Two dots are a dash."""
    assert read(text) == (done(K, 2, 3, 4), [])


def test_a_line_in_doubt_holds_nothing_else() -> None:
    """What can be undone is done, and the line is reported."""
    reading = read_reply("k 1\ndie van Jan doe ik zelf\n5 taak bellen\nt 2", LINES, BACKUPS)
    assert [d.line.number for d in reading.decided] == [1, 5, 2]
    assert reading.held == ()
    assert [mistake.text for mistake in reading.mistakes] == ["die van Jan doe ik zelf"]


@pytest.mark.parametrize(
    "text",
    [
        "3 anna en 4 klaar",
        "3 anna graag vandaag",
        "3 anna; graag vandaag bellen",
        "3 anna bel hem",
        "f 3 bram - bel hem",
        "3 anna: graag bellen, 4 klaar",
        "3 anna: 4 klaar",
    ],
)
def test_a_note_needs_a_colon(text: str) -> None:
    """No word goes to a client that was meant for us."""
    for each in (reading := read_reply(text, LINES, BACKUPS)).decided + reading.held:
        assert each.note == ""


def test_a_note_is_what_stands_behind_the_colon() -> None:
    """As it was written."""
    text = "3 anna: Bel hem a.u.b. vandaag, vóór 5 uur: het is dringend!"
    [decided] = read_reply(text, LINES, BACKUPS).decided
    assert decided.note == "Bel hem a.u.b. vandaag, vóór 5 uur: het is dringend!"


SIGNATURE = "Sofie Janssens\nJanssens & Zonen\nKerkstraat 12, 9000 Gent\nF 1 2 3"


def test_a_signature_is_what_stands_below_other_mails() -> None:
    """Known from the owner's sent mail it says nothing; unknown it is read like any other line."""
    known = signature_lines(f"Dag Jan,\n\nPrima voor mij.\n\nGroeten,\n{SIGNATURE}")
    reading = read_reply(f"ok\n\n{SIGNATURE}", LINES, BACKUPS, signature=known)
    assert len(reading.decided) == 4
    assert reading.mistakes == ()
    unknown = read_reply(f"ok\n\n{SIGNATURE}", LINES, BACKUPS)
    assert unknown.decided == ()
    assert unknown.held


def test_what_one_mail_says_last_is_no_signature() -> None:
    """It stands below several."""
    mails = [f"Dag Jan,\n\nPrima.\n\nGroeten,\n{SIGNATURE}", f"Komt in orde.\n\n{SIGNATURE}\nmaar 3 niet"]
    assert "f 1 2 3" in signature_in(mails)
    assert "maar 3 niet" not in signature_in(mails)
    assert signature_in(mails[:1]) == frozenset()


@pytest.mark.parametrize(
    "below",
    [
        "\nSofie Janssens\n0475 12 34 56",
        "\nDank je, Anna!\ngroetjes uit Spanje",
        "\nHallo Jan Peeters",
        "\n-- \nSofie Janssens\nAcme 4",
        "\n\nOp ma 16 nov 2026 om 09:00 schreef Sofie <sofie@voorbeeld.example>:\n> f 4\n> k rest",
        "\n\n> f 4",
        "\n\n________________________________\nVan: Sofie\nVerzonden: maandag\nAan: Sofie\n\nf 4\nk rest",
        "\n\n-----Original Message-----\nFrom: Sofie\nSent: today\n\nf 4",
    ],
)
def test_what_stands_below_commands_nothing(below: str) -> None:
    """Signatures, telephones and quoted text, with or without marks."""
    assert read(f"k 1{below}") == (done(K, 1), [])


def test_a_reply_below_the_quote_counts() -> None:
    """For who writes there."""
    quoted = "Op 16-11-2026 om 09:00 schreef Sofie:\n> 1. Zaak\n> f 4\n\nk 1\n"
    assert read(quoted) == (done(K, 1), [])


@given(st.text(max_size=300))
@settings(max_examples=80, deadline=None)
def test_any_text_is_read(text: str) -> None:
    """It never raises, names no item twice, and no backup but a configured one."""
    reading = read_reply(text, LINES, BACKUPS)
    numbers = [each.line.number for each in reading.decided]
    assert len(numbers) == len(set(numbers))
    assert all(each.backup in (None, *BACKUPS) for each in reading.decided)
    assert reading.decided or reading.mistakes


words = st.sampled_from(["f", "t", "k", "ok", "3", "7", "9", "anna", "brma", "rest", "later", "-", ",", "u"])


@given(st.lists(st.lists(words, min_size=1, max_size=5).map(" ".join), max_size=5).map("\n".join))
@settings(max_examples=80, deadline=None)
def test_a_forward_names_its_number_and_its_backup(text: str) -> None:
    """Whatever else is said: nothing is forwarded whose number no line names, unless it was proposed."""
    for each in read_reply(text, LINES, BACKUPS).decided:
        if each.verb is F and each.line.verb is not F:
            assert any(
                int(first) <= each.line.number <= int(last or first)
                for first, last in re.findall(r"(\d)(?:(?: ?- ?)+(\d))?", each.text)
            )
            assert each.backup is None or each.backup in each.text


@pytest.mark.parametrize(
    "text",
    [
        "f " + "3 " * 100_000,
        "f 1" + "-1" * 100_000,
        "k 3\n" * 50_000,
        "<br" * 50_000,
        " " * 100_000 + "f 3",
        "ok " * 50_000,
        "3" * 100_000,
        "a 1 " * 50_000,
        "> f 3\n" * 50_000,
    ],
)
def test_a_long_reply_takes_no_long_time(text: str) -> None:
    """Time is bounded by what is looked at."""
    from time import process_time

    start = process_time()
    read_reply(text, LINES, BACKUPS)
    assert process_time() - start < 0.5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ik ben er niet van 24/12 tot 27/12.", (date(2026, 12, 24), date(2026, 12, 27))),
        ("niet van 24.12.2026 tot 2.1.2027", (date(2026, 12, 24), date(2027, 1, 2))),
        ("2026-12-24 – 2026-12-27", (date(2026, 12, 24), date(2026, 12, 27))),
        ("van 28/12 tot 3/1", (date(2026, 12, 28), date(2027, 1, 3))),
        ("van 24/12", None),
        ("van 27/12 tot 24/12", None),
        ("van 31/2 tot 33/13", None),
        ("niet van … tot …", None),
    ],
)
def test_dates_of_an_absence(text: str, expected: tuple[date, date] | None) -> None:
    """Day before month; a year that is left out is the next one that fits."""
    assert dates_of(text, date(2026, 11, 16)) == expected


def real_mails(corpora: Path) -> Iterator[str]:
    for path in sorted(corpora.rglob("*")):
        if path.suffix in (".eml", ".txt", "") and path.is_file() and path.stat().st_size < 2_000_000:
            octets = path.read_bytes()
            yield parse_message(octets).text or octets.decode("utf-8", "replace")


@pytest.mark.corpora
def test_no_real_mail_commands_anything(corpora: Path) -> None:
    """Replies of people and machines, with their quotations and signatures: not one reads as an order."""
    texts = list(real_mails(corpora))
    assert len(texts) > 1000
    assert [text[:200] for text in texts if read(text)[0]] == []


@pytest.mark.corpora
def test_orders_above_any_real_mail_are_all_that_counts(corpora: Path) -> None:
    """Whatever follows them: it is done, or held because a line below is not understood; nothing else is."""
    expected = sorted([*done(F, 3, to="bram"), *done(K, 1)])
    for text in real_mails(corpora):
        reading = read_reply(f"f 3 bram\nk 1\n\n{text}", LINES, BACKUPS)
        found = sorted((d.verb, d.line.number, d.backup, d.note) for d in reading.decided or reading.held)
        assert found == expected, text[:200]
        assert bool(reading.held) == bool(reading.mistakes), text[:200]


def test_a_note_that_a_program_wrapped_is_whole() -> None:
    """Gmail wraps what a phone writes at 76 characters: the client reads no half a sentence."""
    wrapped = (
        "Je woorden >> Zeg hem dat de prijs\nvan vorig jaar nog geldt, en dat ik\nhem in januari bel.\n\nS."
    )
    note = "Zeg hem dat de prijs van vorig jaar nog geldt, en dat ik hem in januari bel."
    assert note_of(wrapped, "Je woorden >>") == note
    assert note_of("Je woorden >> Bel hem.\nDank je.\n\nSofie", "Je woorden >>") == "Bel hem.\nDank je."


@pytest.mark.parametrize(
    "mark", ["--", "-- ", "Verstuurd vanaf mijn iPhone", "Sent from Outlook for Android"]
)
def test_an_exception_below_the_mark_of_a_signature_holds_the_reply(mark: str) -> None:
    """A phone puts its line there first, and people write below it; contact details hold nothing."""
    assert read(f"k 1\n{mark}\nf 4") == (done(K, 1), [Why.EXTRA_WORDS])
    reading = read_reply(f"ok\n\n{mark}\n1 niet\n", LINES, BACKUPS)
    assert (reading.decided, bool(reading.held)) == ((), True)
    signed = read_reply(
        f"ok\n\n{mark}\nSofie Janssens\nVerkoop, Kerkstraat 3\n+32 475 12 34 56\n", LINES, BACKUPS
    )
    assert (bool(signed.decided), signed.mistakes) == (True, ())


def test_a_list_in_parts() -> None:
    """A number of another part counts where it is said; "ok", "rest" and "alles" mean this part."""
    elsewhere = [Line(n, (n * 10,), K, is_elsewhere=True) for n in (9, 10)]
    low = Line(0, (990,), is_low=True, is_elsewhere=True)

    def read_part(text: str) -> tuple[list[int], list[Why]]:
        reading = read_reply(text, [*LINES, *elsewhere, low], BACKUPS)
        return sorted(each.line.number for each in reading.decided), [each.why for each in reading.mistakes]

    assert read_part("9 anna\nk 1") == ([1, 9], [])
    assert read_part("k 7-10") == ([7, 8, 9, 10], [])
    assert read_part("ok") == ([1, 3, 5, 7], [])
    assert read_part("alles klaar") == read_part("k rest") == ([*range(1, 9)], [])
    assert read_part("k 10\nk rest") == ([*range(1, 9), 10], [])
    assert read_part("k 11") == ([], [Why.UNKNOWN_NUMBER])
    other = Line(1, (77,), K, is_elsewhere=True)
    (decided,) = read_reply("k 1", [*LINES, other], BACKUPS).decided
    assert decided.line.messages == (10,), "its own number wins"
