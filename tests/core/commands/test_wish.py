"""What a line about the absence asks for, as people write it in four languages; and what is in doubt."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delegator.core.commands.wish import Doubt, Point, Unclear, Wish, WishKind
from delegator.core.commands.wish_line import read_wish
from delegator.core.commands.wish_mail import find_wish
from delegator.core.people import Backup

BRUSSELS = ZoneInfo("Europe/Brussels")
NOW = datetime(2026, 11, 18, 10, 0, tzinfo=BRUSSELS)  # a Wednesday
BACKUPS = {
    key: Backup(key, name, f"{key}@voorbeeld.example", (), (), "nl", "both")
    for key, name in (("anna", "Anna Peeters"), ("bram", "Bram Maes"))
}


def read(line: str) -> Wish | Doubt | None:
    return read_wish(line, NOW, BACKUPS)


def plan(
    first: tuple[int, int], last: tuple[int, int], backup: str | None = None, *, is_included: bool = False
) -> Wish:
    begin, end = (Point(date(2026 if day[0] > 10 else 2027, *day)) for day in (first, last))
    return Wish("plan", begin, end, is_included=is_included, backup=backup)


CHRISTMAS = ((12, 19), (1, 4))
WORDS = [
    "weg", "anna", "bram", "is", "ik", "ben", "terug", "tot", "t/m", "van", "vanaf", "-", "..", "19/12",
    "4/1", "12/19", "3-5", "31/2", "19.", "4", "the", "19th", "vrijdag", "vrij", "volgende", "week",
    "weekend", "twee", "2", "weken", "over", "maand", "langer", "blijf", "neemt", "in", "plaats",
    "niet", "17u", "24u", "morgen", "vandaag", "pauze", "proef", "tijdzone", "du", "au", "inclus",
    "bis", "zum", "2026-12-19", "december", "Sunday", "next", "namiddag", ",", "."
]  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        "weg 19/12-4/1 anna",
        *(f"weg 19/12{dash}4/1 anna" for dash in ("–", " – ", "—", " — ")),
        "weg 19 dec. – maandag 4 januari Anna",
        "weg 19.12. – 4.1. anna",
        "Weg van 19/12 tot 4/1, Anna",
        "ik ben weg van zaterdag 19 december tot maandag 4 januari met Anna",
        "weg 19.12.2026 - 4.1.2027 Anna Peeters",
        "Met vakantie vanaf 19 dec tot 4 jan, Anna neemt over",
        "weg 2026-12-19 tot 2027-01-04 anna",
        "away 19/12-4/1 anna",
        "I'm away from Dec 19 until Jan 4 with Anna",
        "on holiday from 19 December to 4 January, Anna covers",
        "absent du 19 décembre au 4 janvier avec Anna",
        "Je suis absente du samedi 19 décembre jusqu'au 4 janvier, Anna prend la relève",
        "en congé du 19/12 au 4/1, anna",
        "weg 19.12.-4.1. anna",
        "Ich bin weg vom 19. Dezember bis 4. Januar, Anna übernimmt",
        "im Urlaub ab 19.12. bis Montag, 4. Januar mit Anna",
    ],
)
def test_an_absence(line: str) -> None:
    """From a day until another begins, and who covers."""
    assert read(line) == plan(*CHRISTMAS, "anna")


@pytest.mark.parametrize(
    "line",
    [
        "weg 19/12 t/m 3/1",
        "weg van 19/12 tot en met 3/1",
        "away from 19/12 through 3/1",
        "absente du 19/12 au 3/1 inclus",
        "weg vom 19.12. bis einschließlich 3.1.",
        "weg 19/12-3/1 incl.",
    ],
)
def test_the_last_day_included(line: str) -> None:
    """Whole days end at their midnight, by the owner's clock."""
    wish = read(line)
    assert wish == plan((12, 19), (1, 3), is_included=True)
    window = wish.window(BRUSSELS, NOW)
    assert window is not None
    assert window.from_at == datetime(2026, 12, 18, 23, tzinfo=UTC)
    assert window.until_at == datetime(2027, 1, 3, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    "line", ["weg 19-24/12", "weg 19 tot 24 december", "away 19-24 December", "weg vom 19. bis 24. Dezember"]
)
def test_one_month_for_both(line: str) -> None:
    """It stands with the second."""
    assert read(line) == plan((12, 19), (12, 24))


@pytest.mark.parametrize(
    "word", ["Terug", "Thuis", "Hallo, weer thuis", "Back", "Home", "Rentrée", "Retour", "Zurück", "Daheim"]
)
def test_back_in_a_word(word: str) -> None:
    """Exclaimed it says so, beside others and above a farewell; else it waits, where it is all of a mail."""
    assert read(f"{word}!") == read(f"{word} !!! 🎉") == Wish("back")
    assert find_wish(f"{word}! Groeten, Sofie", NOW, BACKUPS, ["Sofie Janssens"]).wish == Wish("back")
    assert find_wish(f"3 anna\n{word}!", NOW, BACKUPS).wish == Wish("back")
    assert find_wish(f"{word}\n\nSofie", NOW, BACKUPS, ["Sofie Janssens"]).wish == Wish(
        "back", is_inferred=True
    )
    for line in (f"{word}?", f"{word}! 3 anna", f"3 {word}!", f"3 anna\n{word}"):
        assert find_wish(line, NOW, BACKUPS).wish is None, line


@pytest.mark.parametrize("word", ["verleng", "langer", "longer", "prolonge", "Verlängern!"])
def test_longer_without_a_day(word: str) -> None:
    """It is asked until when."""
    found = find_wish(word, NOW, BACKUPS).wish
    assert isinstance(found, Doubt)
    assert (found.why, found.kind) == (Unclear.NO_END, "until")


@pytest.mark.parametrize(
    "line", ["proef vrijdag", "trial Friday", "essai vendredi", "Probe Freitag", "proef 20/11"]
)
def test_a_trial(line: str) -> None:
    """The whole of that day, the first to come."""
    wish = read(line)
    assert wish == Wish("trial", Point(date(2026, 11, 20)))
    window = wish.window(BRUSSELS, NOW)
    assert window is not None
    assert window.until_at - window.from_at == timedelta(days=1)


@pytest.mark.parametrize(
    ("line", "day", "included"),
    [
        ("tot 6/1", (2027, 1, 6), False),
        ("tot en met 5/1", (2027, 1, 5), True),
        ("tot vrijdag", (2026, 11, 20), False),
        ("tot overmorgen", (2026, 11, 20), False),
        ("ik ben terug op 6/1", (2027, 1, 6), False),
        ("until January 6", (2027, 1, 6), False),
        ("through 5 January", (2027, 1, 5), True),
        ("jusqu'au 6 janvier", (2027, 1, 6), False),
        ("jusqu’à vendredi", (2026, 11, 20), False),
        ("bis 6.1.", (2027, 1, 6), False),
        ("bis zum 6. Januar", (2027, 1, 6), False),
        ("bis Freitag", (2026, 11, 20), False),
    ],
)
def test_another_end(line: str, day: tuple[int, int, int], included: bool) -> None:
    """The word is about the absence that runs, or the next one."""
    assert read(line) == Wish("until", last=Point(date(*day)), is_included=included)


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        (
            "back",
            [
                "ik ben terug",
                "Ik ben weer terug!",
                "I'm back",
                "je suis de retour",
                "Ich bin zurück",
                "bin wieder da",
            ],
        ),
        ("pause", ["pauze", "Pauze.", "stop even", "pause", "stop", "en pause", "Pause", "anhalten"]),
        (
            "resume",
            [
                "verder",
                "ga maar verder",
                "resume",
                "carry on",
                "reprendre",
                "on continue",
                "weiter",
                "mach weiter",
            ],
        ),
    ],
)
def test_a_word(kind: WishKind, lines: list[str]) -> None:
    """In any of the languages."""
    for line in lines:
        assert read(line) == Wish(kind), line


@pytest.mark.parametrize(
    "line",
    [
        "tijdzone Bangkok",
        "Tijdzone: Bangkok",
        "time zone Bangkok",
        "fuseau horaire Bangkok",
        "Zeitzone Bangkok",
        "tz Bangkok",
        "TZ: Bangkok",
        "time-zone Bangkok",
        "timezone Bangkok",
        "tijdzone van Bangkok",
        "tijd zone Bangkok",
        "zone horaire Bangkok",
        "Zeit-Zone Bangkok",
    ],
)
def test_a_time_zone(line: str) -> None:
    """As written; what it means is known elsewhere."""
    assert read(line) == Wish("zone", zone="Bangkok")


@pytest.mark.parametrize(
    "line", ["tijdzone Bangkok aub", "time zone Bangkok, please. Thanks!", "fuseau Bangkok svp merci"]
)
def test_a_time_zone_asked_for_politely(line: str) -> None:
    """What is said besides is no part of its name."""
    assert read(line) == Wish("zone", zone="bangkok")


@pytest.mark.parametrize(
    "line",
    [
        "anna weg tot vrijdag",
        "Anna is weg tot vrijdag 20/11",
        "Anna Peeters is ziek tot vrijdag",
        "Anna is away until Friday",
        "anna absente jusqu'à vendredi",
        "Anna krank bis Freitag",
    ],
)
def test_a_backup_is_away(line: str) -> None:
    """A name before the word; behind it the same name covers."""
    assert read(line) == Wish("backup_away", last=Point(date(2026, 11, 20)), backup="anna")


def test_times_of_day() -> None:
    """As they are written here and there."""
    for line in (
        "weg vrijdag 15u tot maandag 9u",
        "weg vrijdag 15.00 u tot maandag om 9:00",
        "away Friday 15:00 until Monday at 9:00",
    ):
        wish = Wish("plan", Point(date(2026, 11, 20), time(15)), Point(date(2026, 11, 23), time(9)))
        assert read(line) == wish, line


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("weg", Unclear.NO_DAYS),
        ("weg vanaf vrijdag", Unclear.NO_END),
        ("tijdzone", Unclear.NO_ZONE),
        ("weg 19/12-4/1 annaa", Unclear.UNKNOWN_BACKUP),
        ("weg 19/12-4/1 anna en bram", Unclear.TWO_BACKUPS),
        ("anna en bram weg tot vrijdag", Unclear.TWO_BACKUPS),
        ("weg volgende vrijdag", Unclear.NEXT_WEEKDAY),
        ("absente vendredi prochain", Unclear.NEXT_WEEKDAY),
        ("weg vrijdagnamiddag", Unclear.NO_HOUR),
        ("weg van 19 tot 24", Unclear.NO_MONTH),
        ("weg 12/19-1/4", Unclear.MIXED_ORDER),
        ("weg 3-5", Unclear.DAY_OR_ITEMS),
        ("nog twee dagen langer weg", Unclear.NO_END),
        ("away in two weeks", Unclear.NO_END),
        ("weg 19/12-4/1 maar niet op maandag", Unclear.EXTRA_WORDS),
        ("weg 31/2-3/3", Unclear.NO_SUCH_DAY),
        ("tot maandag 6/1", Unclear.WEEKDAY),
        ("proef woensdag", Unclear.SAME_WEEKDAY),
        ("anna weg tot woensdag", Unclear.SAME_WEEKDAY),
        ("bis Mittwoch", Unclear.SAME_WEEKDAY),
        ("weg 4/1-19/12", Unclear.END_BEFORE),
        ("pauze tot vrijdag", Unclear.EXTRA_WORDS),
        ("weg 19/12-4/1 niet anna", Unclear.EXTRA_WORDS),
        ("away 19/12-4/1 Anna not", Unclear.EXTRA_WORDS),
        ("absente du 19/12 au 4/1 pas Anna", Unclear.EXTRA_WORDS),
    ],
)
def test_in_doubt(line: str, why: Unclear) -> None:
    """It is about the absence, and not clear: nothing is guessed."""
    found = read(line)
    assert isinstance(found, Doubt), found
    assert found.why is why


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("weg 19/12-4/1 niet Anna", "niet Anna"),
        ("away 19/12-4/1 Anna not", "Anna not"),
        ("weg 19/12-4/1 met Anna, niet Bram", "niet Bram"),
        ("tot 6/1, pas Anna", "pas Anna"),
    ],
)
def test_a_denied_name_is_not_understood_together_with_its_denial(line: str, said: str) -> None:
    """Neither an unknown colleague, nor the name alone, which would be the contrary."""
    doubt = read(line)
    assert isinstance(doubt, Doubt)
    assert (doubt.why, doubt.detail) == (Unclear.EXTRA_WORDS, said)


@pytest.mark.parametrize(
    "line",
    ["3 anna", "k 1 2", "f 3 bram: weg tot morgen", "anna 3", "later 4", "tot morgen", "Tot ziens", "terug 3",
     "nog niet weg", "1-3 weg", "2 en 3 weg",
     "3 - 5 weg", "1-2, 5-6 weg", "terug 1-2", "stop maar met nummer 3",
     "ben je weg tot 6/1?", "", "ok", "weiter 3"],
)  # fmt: skip
def test_something_else(line: str) -> None:
    """Commands for items, farewells and questions are left to who reads them."""
    assert read(line) is None


def test_a_mail_of_one_line() -> None:
    """Greeting and name below say nothing; what else is said is given back; two lines are in doubt."""
    people = ["Sofie Janssens"]
    assert find_wish("Hallo,\n\npauze\n\nGroeten\nSofie\n", NOW, BACKUPS, people).rest == ""
    assert find_wish("1 anna\npauze", NOW, BACKUPS, people).rest == "1 anna"
    both = find_wish("pauze\ntot 6/1", NOW, BACKUPS, people).wish
    assert isinstance(both, Doubt)
    assert both.why is Unclear.ALONE
    assert find_wish("1 anna\nk 2", NOW, BACKUPS, people).wish is None


def test_what_stands_above_the_line() -> None:
    """Commands and courtesies may; other text may be the beginning of an older mail without marks."""
    for text in ("pauze\nEr loopt iets mis.", "Hallo,\n\n1 anna\nk 2\npauze\nEr loopt iets mis."):
        assert not find_wish(text, NOW, BACKUPS).is_below
    for text in ("Er loopt iets mis.\npauze", "Bedankt!\n\nOd: Sofie\nTemat: x\n1. Vraag\nEls\npauze\n"):
        assert find_wish(text, NOW, BACKUPS).is_below


@given(st.text(max_size=250))
def test_whatever_is_written(line: str) -> None:
    """Nothing that is written raises."""
    read(line)
    read(f"weg {line}")
    find_wish(line, NOW, BACKUPS)


@pytest.mark.parametrize(
    "line",
    [
        *(
            "ja, 19/12-4/1",
            "Ja graag, van 19/12 tot 4/1",
            "opnieuw 19/12-4/1",
            "19/12-4/1",
            "ja! weg 19/12-4/1",
        ),
        *("yes, 19 December until 4 January", "again 19/12 - 4/1", "Sure: from 19/12 until 4/1"),
        *("oui, du 19/12 au 4/1", "volontiers, 19/12-4/1", "la prochaine fois 19/12 - 4/1"),
        *("Ja gern, 19.12.-4.1.", "wieder vom 19.12. bis 4.1.", "nächstes Mal 19.12. - 4.1."),
    ],
)
def test_when_next(line: str) -> None:
    """In answer to "would you do it again?" two dates are a plan, with a yes or without, in any language."""
    found = find_wish(line, NOW, BACKUPS, asked_when=True)
    assert found.wish == plan(*CHRISTMAS)


@pytest.mark.parametrize(
    "line", ["ja", "Ja graag!", "jazeker", "yes please", "Sure.", "oui", "bien sûr", "gerne"]
)
def test_a_yes_alone_is_asked_when(line: str) -> None:
    """It is in doubt, and never a command about what stands in that mail."""
    for text in (line, f"Hallo,\n\n{line}\n\nSofie"):
        found = find_wish(text, NOW, BACKUPS, ["Sofie Janssens"], asked_when=True)
        assert isinstance(found.wish, Doubt)
        assert found.wish.why is Unclear.NO_DAYS
    assert find_wish(line, NOW, BACKUPS).wish is None, "elsewhere it is about something else"


@pytest.mark.parametrize(
    "line", ["nee", "Nee, bedankt!", "nog niet", "no", "not yet", "non merci", "nein", "noch nicht"]
)
def test_a_no_plans_nothing(line: str) -> None:
    """It is understood; beside anything else it says no more than that."""
    found = find_wish(line, NOW, BACKUPS, asked_when=True)
    assert (found.wish, found.says_no) == (None, True)
    assert not find_wish(f"{line}\nklaar 3", NOW, BACKUPS, asked_when=True).says_no
    assert not find_wish(line, NOW, BACKUPS).says_no


@pytest.mark.parametrize(
    "line", ["klaar 3", "1-2, 5-6 klaar", "3, 4", "1-2 5-6", "klaar 1-2, 5-6", "3 morgen"]
)
def test_numbers_are_no_days(line: str) -> None:
    """What a reply to the homecoming mail says of its list stays about its list."""
    assert find_wish(line, NOW, BACKUPS, asked_when=True).wish is None


def test_two_orders_of_day_and_month_are_both_named() -> None:
    """Only where one date has its month in front and another can be read both ways."""
    doubt = read("weg 12/19-1/4 anna")
    assert isinstance(doubt, Doubt)
    windows = [each.until_at.astimezone(BRUSSELS).date() for each in (doubt.window, doubt.other) if each]
    assert windows == [date(2027, 4, 1), date(2027, 1, 4)]
    assert read("weg 12/19-12/24 anna") == plan((12, 19), (12, 24), "anna")
    assert read("weg 12/19 tot 4 januari") == plan((12, 19), (1, 4))


def test_two_of_one_name_are_told_apart_by_their_keys() -> None:
    """The name alone is nobody's."""
    others = {**BACKUPS, "anna2": replace(BACKUPS["anna"], key="anna2", name="Anna Maes")}
    doubt = read_wish("weg 19/12-4/1 anna maes", NOW, others)
    assert doubt == plan(*CHRISTMAS, "anna2")
    doubt = read_wish(
        "weg 19/12-4/1 Anna", NOW, {key: others[key] for key in ("anna2",)} | {"a": others["anna"]}
    )
    assert isinstance(doubt, Doubt)
    assert (doubt.why, doubt.detail) == (Unclear.NAMESAKES, "anna")


@pytest.mark.parametrize(
    ("line", "last"),
    [
        ("weg vanaf 19/12 2 weken", (1, 2)),
        ("away a month from 19 December", (1, 19)),
        ("absente dix jours à partir du 19 décembre", (12, 29)),
        ("ab 19.12. drei Wochen weg", (1, 9)),
    ],
)
def test_so_long_from_a_day(line: str, last: tuple[int, int]) -> None:
    """Weeks and days are counted from it, and a month by the calendar."""
    assert read(line) == plan((12, 19), last)


@given(st.lists(st.sampled_from(WORDS), max_size=9))
def test_whatever_words_stand_together(words: list[str]) -> None:
    """Nothing raises."""
    for asked in (False, True):
        wish = find_wish(" ".join(words), NOW, BACKUPS, asked_when=asked).wish
        assert wish is None or isinstance(wish, Wish | Doubt)


@pytest.mark.parametrize(
    "name", ["America/New_York", "New_York", "America/Argentina/Buenos_Aires", "Ho Chi Minh"]
)
@pytest.mark.parametrize("word", ["tijdzone", "time zone", "fuseau horaire", "Zeitzone"])
def test_a_zone_with_an_underscore_is_its_name_alone(word: str, name: str) -> None:
    assert read(f"{word} {name}") == Wish("zone", zone=name)
