"""Numbers by text: what a dict would say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from delegator.core.triage import numbers
from delegator.core.triage.numbers import Numbers

TEXTS = st.text(max_size=3)


@given(st.lists(st.tuples(TEXTS, st.integers(0, 2**31 - 1)), max_size=60), st.lists(TEXTS, max_size=20))
def test_as_a_dict(given_: list[tuple[str, int]], asked: list[str]) -> None:
    kept, expected = Numbers(), dict[str, int]()
    for text, number in given_:
        kept.setdefault(text, number)
        expected.setdefault(text, number)
    assert len(kept) == len(expected)
    for text in (*expected, *asked):
        assert kept.get(text) == expected.get(text)


def test_many() -> None:
    """The table grows as they come, and loses none."""
    kept, count = Numbers(), 20 * numbers._FIRST_SLOTS
    for number in range(count):
        kept.setdefault(f"<{number}@x.example>", number)
    assert len(kept) == count
    assert all(kept.get(f"<{number}@x.example>") == number for number in range(count))
    assert kept.get("<other@x.example>") is None
