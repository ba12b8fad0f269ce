import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.core.mail.fold import fold, to_nfc

WRITINGS = {
    "composed": lambda text: unicodedata.normalize("NFC", text),
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "upper case": str.upper,
    "lower case": str.lower,
    "title case": str.title,
}


@pytest.mark.parametrize("writing", WRITINGS)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=20))
@settings(max_examples=40, deadline=None)
def test_neither_case_nor_composition_changes_what_text_is_compared_as(writing: str, text: str) -> None:
    """Whatever the script, the five writings of a text fold to the same."""
    assert fold(WRITINGS[writing](text)).text == fold(text).text


@given(st.text(max_size=40))
@settings(max_examples=75, deadline=None)
def test_every_folded_character_knows_where_it_came_from(text: str) -> None:
    """Offsets ascend, end at the end, and the slices between them make up the original."""
    folded = fold(text)
    cuts = range(len(folded.text))
    pieces = [folded.original_slice(at, at + 1) for at in cuts]
    start = folded.offsets[0] if folded.offsets is not None else 0
    assert "".join(pieces) == folded.original[start:]


@given(st.text(max_size=40))
@settings(max_examples=50, deadline=None)
def test_folding_folded_text_changes_nothing(text: str) -> None:
    """A pattern that was folded once is compared with texts that were folded once."""
    assert fold(fold(text).text).text == fold(text).text


@pytest.mark.parametrize(
    ("written", "compared_as"),
    [
        ("Élève À ÇA", "eleve a ca"),
        ("Straße STRASSE", "strasse strasse"),
        ("Øresund Łódź Đorđe Ħal", "oresund lodz dorde hal"),
        ("Cœur cæsar", "coeur caesar"),
        ("İstanbul ISPARTA ısparta", "istanbul isparta isparta"),
        ("ΟΔΟΣ οδός", "οδοσ οδοσ"),
        ("Ёлка й", "елка и"),
        ("ＯＦＦＥＲＴＥ　ﬁn", "offerte fin"),
        ("d\u2019offre e\u2011mail", "d'offre e-mail"),
        ("of\u00adfer\u200dte", "offerte"),
        ("a\u00a0b\r\n\tc\u200bd", "a b   c d"),
        ("❤\ufe0f\u0301", "❤"),
        ("ｶﾞｽ", "カ\u3099ス"),
        ("שָׁלוֹם", unicodedata.normalize("NFD", "שָׁלוֹם")),
        ("한국어", "한국어"),
        ("㉮ ㄱㅏ ㉮ᆨ ﾡￂ ㄱ\u0301ㅏ", "가 가 각 가 ᄀ\u0301ᅡ"),
    ],
)
def test_what_counts_as_the_same_letter(written: str, compared_as: str) -> None:
    """Accents go where they are accents, and stay where they are spelling."""
    assert fold(written).text == compared_as


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param("a" + "\u0301\u0316" * 32_000, id="marks in the wrong order"),
        pytest.param("\ufdfa" * 64_000, id="one letter that stands for eighteen"),
        pytest.param("\ud800" * 64_000, id="half characters"),
        pytest.param("\u00a0a" * 32_000, id="white space"),
    ],
)
def test_64_kb_of_anything_folds_in_a_second_of_cpu(hostile: str) -> None:
    """Normalisation alone takes 3.4 s for the first of these."""
    started_s = time.process_time()
    fold(hostile)
    assert time.process_time() - started_s < 1


@given(st.text(max_size=60))
@settings(max_examples=50, deadline=None)
def test_nfc_text_keeps_its_length(text: str) -> None:
    """What matched can be cut out of the text that was searched."""
    composed = unicodedata.normalize("NFC", text)
    assert len(to_nfc(composed)) == len(composed)
