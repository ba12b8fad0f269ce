"""How the entries of a list are spread over mails, whatever a mail holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from delegator.core.mail.message import Address
from delegator.core.reviews.flight import Piece, filled, next_number, numbers_of
from delegator.core.reviews.to_do import ToDo

NOW = datetime(2026, 12, 2, 9, tzinfo=UTC)
FRAME, ENTRY, BOUND = 50, 10, 1_000


def to_do(number: int, text: str) -> Piece:
    entry = ToDo(number, (number,), Address("", ""), "Zaak", NOW, "", text, None, False, False)
    return Piece(entry, text)


def size(group: Sequence[Piece], index: int, first: int = FRAME) -> int:
    return (FRAME if index else first) + sum(ENTRY + len(piece.text) for piece in group)


@given(st.lists(st.text("ab \n", max_size=3_000), max_size=40))
def test_all_of_it_in_order(texts: list[str]) -> None:
    """No mail is too large, no text is lost, and what goes on keeps its number."""
    pieces = [to_do(n, text) for n, text in enumerate(texts, 1)]
    groups = filled(pieces, lambda group, _, index: size(group, index) <= BOUND)
    assert all(size(group, index) <= BOUND for index, group in enumerate(groups))
    said: dict[int, str] = {}
    number = 1
    for group in groups:
        assert group
        for n, piece in zip(numbers_of(group, number), group, strict=True):
            said[n] = said.get(n, "") + piece.text
            assert piece.is_continued or said[n] == piece.text
        number = next_number(group, number)
    assert list(said.values()) == texts
    assert list(said) == list(range(1, len(texts) + 1))


@given(st.lists(st.integers(0, 300), min_size=1, max_size=60))
def test_no_mail_has_room_for_the_next_entry(lengths: list[int]) -> None:
    """They are filled."""
    pieces = [to_do(n, "x" * length) for n, length in enumerate(lengths, 1)]
    groups = filled(pieces, lambda group, _, index: size(group, index) <= BOUND)
    for index, (group, following) in enumerate(pairwise(groups)):
        assert size([*group, following[0]], index) > BOUND


def test_few_mails_are_tried() -> None:
    """A thousand entries cost no thousand mails."""
    tried = []

    def fits(group: Sequence[Piece], _: int, index: int) -> bool:
        tried.append(len(group))
        return size(group, index) <= BOUND

    groups = filled([to_do(n, "x" * 20) for n in range(1_000)], fits)
    assert len(tried) < 12 * len(groups)
    tried.clear()
    assert len(filled([to_do(n, "") for n in range(90)], fits)) == 1
    assert len(tried) < 8


def test_a_first_mail_without_room() -> None:
    """It has so much else to say: the list begins in the next."""
    groups = filled(
        [to_do(1, "x" * 30)], lambda group, _, index: not group or size(group, index, first=BOUND) <= BOUND
    )
    assert [len(group) for group in groups] == [0, 1]


def test_what_no_mail_holds_is_sent_all_the_same() -> None:
    """Its frame alone is too large: nothing of it can be cut, and it ends."""
    groups = filled([to_do(1, "x" * 300), to_do(2, "")], lambda *_: False)
    texts = [piece.text for group in groups for piece in group]
    assert "".join(texts) == "x" * 300
    assert groups[-1][0].thing.number == 2
