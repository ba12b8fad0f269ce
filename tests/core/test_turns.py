"""In which order mail that is due goes out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from delegator.core.turns import at_once, next_turn, whose

JAN, ELS, OURS = whose("jan@acme.example", 1), whose("els@elders.example", 2), whose(None, None)


def test_a_few_are_not_worth_a_second_connection() -> None:
    assert [at_once(waiting) for waiting in (0, 1, 7, 8, 200)] == [1, 1, 1, 2, 2]


def test_what_keeps_mails_in_order() -> None:
    """The same originator in any conversation, the same conversation of anybody, and what is ours."""
    assert JAN & whose("Jan@Acme.example", 7)
    assert JAN & whose("piet@acme.example", 1)
    assert not JAN & ELS
    assert OURS & whose(None, None)
    assert not OURS & JAN
    assert whose("", None) == frozenset(), "nobody is known to have written it"


def test_the_next_one_overtakes_none_of_the_same() -> None:
    assert next_turn([JAN, ELS], []) == 0
    assert next_turn([JAN, ELS], [JAN]) == 1
    assert next_turn([JAN, JAN], [JAN]) is None
    assert next_turn([], [JAN]) is None
    both = JAN | ELS
    assert next_turn([both, ELS, OURS], [JAN]) == 2, "ELS waits behind what waits itself"


@given(st.lists(st.frozensets(st.sampled_from("abcd"), max_size=2), max_size=12), st.data())
def test_in_order_for_each_whatever_ends_first(mails: list[frozenset[str]], data: st.DataObject) -> None:
    """All go, two at a time at most, and of two with a name in common the first ends before the second."""
    waiting = list(enumerate(mails))
    under_way: list[tuple[int, frozenset[str]]] = []
    ended: list[int] = []
    while waiting or under_way:
        names = [whose_ for _, whose_ in waiting]
        turn = next_turn(names, [whose_ for _, whose_ in under_way]) if len(under_way) < 2 else None
        if turn is not None:
            under_way.append(waiting.pop(turn))
        else:
            assert under_way, "somebody is always on the way"
            ended.append(under_way.pop(data.draw(st.integers(0, len(under_way) - 1)))[0])
    assert sorted(ended) == list(range(len(mails)))
    for first in range(len(mails)):
        for second in range(first + 1, len(mails)):
            if mails[first] & mails[second]:
                assert ended.index(first) < ended.index(second)
