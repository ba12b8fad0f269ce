"""Who serves an absence, and which markers are appended and deleted for that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delegator.core.mail.marker import Marker, MarkerPlan, compose_marker, plan_marker, read_marker
from delegator.core.people import Owner

OWNER = Owner("Sofie", "sofie@voorbeeld.example", (), "nl", ZoneInfo("Europe/Brussels"))
NOW = datetime(2026, 12, 21, 8, 0, tzinfo=UTC)
END = datetime(2027, 1, 4, tzinfo=UTC)
OTHER_END = END + timedelta(days=7)
OVER = NOW - timedelta(seconds=1)


def marker(uid: int, state: str, until_at: datetime = END, *replaces: str) -> Marker:
    return Marker(uid, state, until_at, frozenset(replaces))


def plan(*markers: Marker, adopt: bool = False) -> MarkerPlan:
    return plan_marker(markers, "us", END, NOW, adopt=adopt)


def test_a_first_start_appends_one() -> None:
    assert plan() == MarkerPlan(None, replaces=frozenset())


def test_with_our_marker_there_is_nothing_to_do() -> None:
    assert plan(marker(4, "us")) == MarkerPlan(None)


def test_one_of_another_state_makes_us_observe() -> None:
    """Nothing of the other's is touched."""
    other = marker(4, "them", OTHER_END)
    assert plan(other) == MarkerPlan(other)


def test_who_was_first_serves_and_the_other_takes_its_marker_away() -> None:
    """Two that append at the same moment: the lower UID was first."""
    first, second = marker(4, "them"), marker(5, "us")
    assert plan(first, second) == MarkerPlan(first, superseded=(5,))
    assert plan_marker((first, second), "them", END, NOW) == MarkerPlan(None)


def test_a_marker_counts_until_its_end_and_not_at_it() -> None:
    assert plan(marker(4, "them", NOW + timedelta(seconds=1))).other is not None
    assert plan(marker(4, "them", NOW)).other is None


def test_what_is_over_is_deleted_once_ours_is_there() -> None:
    assert plan(marker(3, "them", OVER)) == MarkerPlan(None, replaces=frozenset())
    assert plan(marker(3, "them", OVER), marker(4, "us")) == MarkerPlan(None, superseded=(3,))


def test_another_end_of_the_absence_replaces_our_marker() -> None:
    assert plan(marker(4, "us", OTHER_END)) == MarkerPlan(None, replaces=frozenset())
    assert plan(marker(4, "us", OTHER_END), marker(5, "us")) == MarkerPlan(None, superseded=(4,))


def test_a_renewed_marker_is_not_behind_one_that_gave_way() -> None:
    """Its marker could not be deleted, and has the lower UID by then: ours takes over from it by name."""
    assert plan(marker(4, "us", OTHER_END), marker(5, "them")).replaces == frozenset({"them"})


def test_adopting_names_whom_it_replaces_and_then_takes_their_marker_away() -> None:
    before = (marker(4, "them"), marker(5, "us"))
    assert plan(*before, adopt=True) == MarkerPlan(None, replaces=frozenset({"them"}))
    after = (*before, marker(6, "us", END, "them"))
    assert plan(*after) == MarkerPlan(None, superseded=(4,))
    assert plan_marker(after, "them", END, NOW).other in after[1:]


def test_who_was_replaced_can_take_it_back() -> None:
    """Also where the server deletes nothing, so that all markers stay."""
    stay = (marker(4, "us"), marker(5, "them", END, "us"))
    assert plan(*stay).other == stay[1]
    assert plan(*stay, adopt=True) == MarkerPlan(None, replaces=frozenset({"them"}))
    assert plan(*stay, marker(6, "us", END, "them")).other is None


@pytest.mark.parametrize("replaces", [(), ("them",), ("a", "b")])
def test_what_is_composed_is_read_again(replaces: tuple[str, ...]) -> None:
    octets = compose_marker(OWNER, "us", END, "<1@voorbeeld.example>", NOW, replaces)
    assert read_marker(7, octets) == Marker(7, "us", END, frozenset(replaces))


@pytest.mark.parametrize("field", ["Received: from x by mx", "return-path: <x@elders.example>"])
def test_one_that_was_delivered_is_none(field: str) -> None:
    """A stranger's mail to a folder's own address does not make the service give way."""
    octets = compose_marker(OWNER, "them", END, "<1@voorbeeld.example>", NOW)
    assert read_marker(7, octets) is not None
    assert read_marker(7, field.encode() + b"\r\n" + octets) is None


states = st.sampled_from(("us", "them", "third"))
markers = st.lists(
    st.builds(
        Marker,
        uid=st.integers(1, 30),
        state_id=states,
        until_at=st.sampled_from((OVER, END, OTHER_END)),
        replaces=st.frozensets(states, max_size=2),
    ),
    unique_by=lambda each: each.uid,
    max_size=6,
)


@given(markers)
def test_one_state_at_most_serves(found: list[Marker]) -> None:
    """Whatever lies there: of the states that have a marker for this absence, one at most goes on."""
    states = {each.state_id for each in found if each.until_at == END}
    serving = [state for state in states if plan_marker(found, state, END, NOW).other is None]
    assert len(serving) <= 1


@given(markers, st.booleans())
def test_after_what_is_planned_there_is_nothing_to_do(found: list[Marker], adopt: bool) -> None:
    """Append and delete as planned: whoever serves then has a marker, and needs no other."""
    first = plan(*found, adopt=adopt)
    if first.replaces is not None:
        uid = max((each.uid for each in found), default=0) + 1
        found = [*found, Marker(uid, "us", END, first.replaces)]
        first = plan(*found)
    left = [each for each in found if each.uid not in first.superseded]
    again = plan(*left)
    assert (again.replaces, again.superseded) == (None, ())
    assert (again.other is None) == (first.other is None)
    assert any(each.state_id == "us" for each in left) == (first.other is None)
