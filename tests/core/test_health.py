"""Who is told of what is wrong, and when; and when the heartbeat stays out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from delegator.core.health import (
    LOOPS,
    AlertPlan,
    Fault,
    Subject,
    Times,
    is_clock_wrong,
    may_beat,
    plan_alert,
    told_of,
)

AT = datetime(2026, 12, 21, 8, 0, tzinfo=UTC)
AFTER_S = 1800.0


def fault(since_s: float) -> Fault:
    return Fault("server", "nothing listens there", AT, since_s)


def test_a_fault_is_told_once_it_has_lasted() -> None:
    faults = {Subject.WATCH: fault(100)}
    assert plan_alert(faults, frozenset(), AFTER_S, 1899) == AlertPlan(None, again_s=1900)
    assert plan_alert(faults, frozenset(), AFTER_S, 1900) == AlertPlan("problems")


def test_it_is_told_once_only() -> None:
    faults = {Subject.WATCH: fault(100)}
    assert plan_alert(faults, told_of(faults), AFTER_S, 9999) == AlertPlan(None)


def test_a_second_fault_is_told_although_the_first_was() -> None:
    first = {Subject.WATCH: fault(100)}
    both = {**first, Subject.OUTBOX: fault(2000)}
    assert plan_alert(both, told_of(first), AFTER_S, 3000) == AlertPlan(None, again_s=3800)
    assert plan_alert(both, told_of(first), AFTER_S, 3800) == AlertPlan("problems")


def test_a_disk_that_is_full_is_told_once_however_many_loops_come_upon_it() -> None:
    full = Fault("state", "the disk is full", AT, 100)
    later = Fault("state", "the disk is full", AT, 2000)
    both = {Subject.WATCH: full, Subject.HANDOVERS: later}
    told = told_of({Subject.WATCH: full})
    assert plan_alert(both, told, AFTER_S, 9999) == AlertPlan(None)
    assert plan_alert({Subject.HANDOVERS: later}, told, AFTER_S, 3800) == AlertPlan("problems"), "it lasts"
    other = {Subject.WATCH: full, Subject.OUTBOX: Fault("state", "the file is damaged", AT, 2000)}
    assert plan_alert(other, told, AFTER_S, 3800) == AlertPlan("problems")
    two_servers = {Subject.WATCH: fault(100), Subject.SUBMISSION: fault(2000)}
    assert plan_alert(two_servers, told_of({Subject.WATCH: fault(100)}), AFTER_S, 3800) == AlertPlan(
        "problems"
    )


def test_a_fault_that_ended_and_came_back_is_told_again() -> None:
    """Also where another one has kept all from being well meanwhile."""
    before = {Subject.WATCH: fault(100), Subject.OUTBOX: fault(100)}
    again = {Subject.WATCH: fault(5000), Subject.OUTBOX: fault(100)}
    assert plan_alert(again, told_of(before), AFTER_S, 6800) == AlertPlan("problems")


def test_the_end_is_told_to_who_heard_of_the_begin() -> None:
    assert plan_alert({}, told_of({Subject.WATCH: fault(100)}), AFTER_S, 200) == AlertPlan("all is well")
    assert plan_alert({}, frozenset(), AFTER_S, 200) == AlertPlan(None)


def test_the_end_of_one_is_not_the_end_of_all() -> None:
    both = {Subject.WATCH: fault(100), Subject.SUBMISSION: fault(100)}
    left = {Subject.SUBMISSION: fault(100)}
    assert plan_alert(left, told_of(both), AFTER_S, 9999) == AlertPlan(None)


@pytest.mark.parametrize("loop", LOOPS)
def test_no_heartbeat_while_a_loop_does_not_turn(loop: Subject) -> None:
    """Failing or overdue, each of them alone is enough."""
    assert may_beat({}, (), AFTER_S, 100)
    assert not may_beat({loop: fault(99)}, (), AFTER_S, 100)
    assert not may_beat({}, (loop,), AFTER_S, 100)


def test_no_heartbeat_once_no_mail_goes_out_for_long() -> None:
    """Perhaps the alert would go by that very server."""
    faults = {Subject.SUBMISSION: fault(100)}
    assert may_beat(faults, (), AFTER_S, 1899)
    assert not may_beat(faults, (), AFTER_S, 1900)


@pytest.mark.parametrize(
    ("passed", "on_the_wall", "is_wrong"),
    [
        (timedelta(hours=8), timedelta(hours=8), False),  # or the machine slept
        (timedelta(0), timedelta(minutes=5), False),
        (timedelta(0), timedelta(minutes=5, seconds=1), True),
        (timedelta(hours=1), -timedelta(days=365), True),
    ],
)
def test_a_clock_that_was_set(passed: timedelta, on_the_wall: timedelta, is_wrong: bool) -> None:
    start = Times(AT, 50.0)
    assert is_clock_wrong(start, Times(AT + on_the_wall, 50.0 + passed.total_seconds())) == is_wrong
