"""What is not seen at a glance is not there, whatever the text and the expression."""

from __future__ import annotations

import re
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from delegator.core.handovers import asking
from delegator.core.late import late
from delegator.core.mail import notices
from delegator.core.mail.glance import _FIRST_TEXTS, Glance
from delegator.core.reviews import traits

OURS = {
    f"{module.__name__.rpartition('.')[2]}{name}": re.compile(expression.pattern, expression.flags)
    for module in (asking, notices, traits)
    for name, value in vars(module).items()
    for expression in (value._expressions if isinstance(value, Glance) else (value,))
    if isinstance(expression, re.Pattern | type(late(str)))
}
OTHERS = (
    *(r"\bk(?:an|on) (?:u|je)\b", r"(?<!\w)\d{1,2}(?:st|e)?(?![\d.])", r"[^\W\d_]{3,}\s+[:.]"),
    *(r"(?:a|b){0,300}c$", r"x*+y", r"(?>ab|a)c", r"[^a]b", r".\n", "strasse|\u017fi"),
    r"^\W{0,6}extern\b.{0,60}(?-i:[A-Z]\w+)",
)
LETTERS = "abcKIkijsu \u0130\u0131\u017f\u212a\u00e9\u00df\n.:?0123-"
TEXTS = st.text(max_size=60) | st.text(LETTERS, max_size=30)


def taught(*expressions: re.Pattern[str], of_lines: bool = False) -> Glance:
    """One that has seen enough texts to look at a glance."""
    glance = Glance(*expressions, of_lines=of_lines)
    for _ in range(_FIRST_TEXTS):
        assert glance.may_find("")
    return glance


OF_LINES: dict[str, Glance] = {}
LOOKED = {source: taught(re.compile(source, re.IGNORECASE)) for source in OTHERS}


@given(TEXTS, st.sampled_from(OTHERS))
@example("K\u0130", "ki")
@example("\ud800 kan je", OTHERS[0])
def test_what_is_there_is_seen(text: str, source: str) -> None:
    LOOKED.setdefault(source, taught(re.compile(source, re.IGNORECASE)))
    found = re.search(source, text, re.IGNORECASE) is not None
    assert LOOKED[source].may_find(text) or not found
    assert LOOKED[source].finds(text) == found


@given(TEXTS, st.sampled_from(OTHERS))
@example("a\nb\nK\u0130", "ki")
@example("\u00e9\nb\ncafe\u0301 1: ", r"[^\W\d_]{3,}\s+[:.]")
def test_no_line_begins_so_before_the_first(text: str, source: str) -> None:
    """What begins where a line does is looked for there, and hides no other."""
    if source not in OF_LINES:
        OF_LINES[source] = taught(re.compile(source, re.IGNORECASE), re.compile("strasse"), of_lines=True)
    at = 0
    for line in text.split("\n"):
        if re.match(source, line, re.IGNORECASE):
            first = OF_LINES[source].first(text)
            assert first is not None
            assert first <= at
            break
        at += len(line) + 1


def test_within_a_line_it_is_passed_over() -> None:
    glance = taught(re.compile("groet"), of_lines=True)
    assert not glance.may_find("met groet")
    assert not glance.may_find("caf\u00e9\nmet groet")
    assert glance.first("met\ngroet") == len("met\n")
    assert glance.first("caf\u00e9\ngroet") == len("caf\u00e9\n")


@pytest.mark.parametrize("name", OURS)
def test_our_own_expressions(name: str) -> None:
    """Each finds in a text that it is made for what it found before, and hardly anything in another."""
    glance, expression = taught(OURS[name]), OURS[name]

    @settings(max_examples=20)
    @given(st.from_regex(expression), st.sampled_from(["", "x ", " \u00e9", "\n"]))
    def seen(text: str, around: str) -> None:
        for each in (text, text.upper(), f"{around}{text}{around}"):
            assert glance.finds(each) == (expression.search(each) is not None)

    seen()


def test_most_texts_are_passed_over() -> None:
    glance = taught(OURS["asking_QUESTION"])
    assert not glance.may_find("De sample is goedgekeurd, de levering gaat door.")
    assert not glance.may_find("Le caf\u00e9 est ferm\u00e9.")
    assert glance.may_find("Kun je dat doen?")


@pytest.mark.parametrize(
    "source", [r"(a)\1b", r"(a)?(?(1)b|c)", r"a{0,4}" * 5 + "(?i:b)" + "(?:c{1,4}){1,4}" * 9]
)
def test_what_is_not_understood_is_left_to_re(source: str) -> None:
    """What RE2 cannot say, or not within its memory, hides nothing."""
    expression = re.compile(source)
    glance = taught(expression)
    for text in ("aab", "ab", "c", "d", "aab \u00e9", "d \u00e9", "aB" + "c" * 9):
        assert glance.finds(text) == (expression.search(text) is not None)


def test_another_python_parses_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Python's own parser is not what it was, everything is found as before, only slower."""
    expression = re.compile(r"\bkun je\b", re.IGNORECASE)
    texts = ("Kun je dat doen?", "De levering gaat door.", "Kun je dat, caf\u00e9?")
    found = [taught(expression).finds(text) for text in texts]
    assert found == [True, False, True]
    monkeypatch.setitem(sys.modules, "delegator.core.mail.wider", None)
    without = taught(expression)
    assert all(without.may_find(text) for text in texts)
    assert [without.finds(text) for text in texts] == found
    monkeypatch.undo()
    monkeypatch.setattr("delegator.core.mail.wider._parser.parse", lambda pattern: pattern)
    changed = taught(expression)
    assert [changed.finds(text) for text in texts] == found


@pytest.mark.parametrize("letter", ["\u1c8a", "\ua7da", "\U00010d50", "\U000323af"])
def test_letters_that_are_newer_than_re2_may_be_there(letter: str) -> None:
    """Each Python knows more of them than the one before, and RE2 has a table of its own."""
    assert taught(re.compile(r"goed \w!")).may_find(f"goed {letter}!")


@pytest.mark.parametrize("digit", ["\U00016130", "\U00010d49", "\U0001e5f1"])
def test_digits_that_are_newer_than_re2_may_be_there(digit: str) -> None:
    assert taught(re.compile(r"goed \d!")).may_find(f"goed {digit}!")
