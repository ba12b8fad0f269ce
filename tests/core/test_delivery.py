"""What a reply means, and when a submission is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.core.delivery import Outcome, Stage, classify, enhanced_status, next_attempt_at, paced_at

NOON = datetime(2026, 12, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "text", "stage", "outcome"),
    [
        (250, "2.0.0 Ok: queued as 4F", Stage.END, Outcome.ACCEPTED),
        (421, "4.3.2 shutting down", Stage.OPENING, Outcome.DEFERRED),
        (421, "4.7.0 too many connections", Stage.END, Outcome.DEFERRED),
        (450, "4.2.0 Greylisted, see you in 5 minutes", Stage.RECIPIENT, Outcome.DEFERRED),
        (451, "4.3.0 local error", Stage.END, Outcome.DEFERRED),
        (452, "4.3.1 insufficient system storage", Stage.SENDER, Outcome.DEFERRED),
        (454, "4.7.0 Temporary authentication failure", Stage.LOGIN, Outcome.DEFERRED),
        (454, "TLS not available due to temporary reason", Stage.OPENING, Outcome.DEFERRED),
        (432, "4.7.12 A password transition is needed", Stage.LOGIN, Outcome.MISCONFIGURED),
        (535, "5.7.8 Username and Password not accepted", Stage.LOGIN, Outcome.MISCONFIGURED),
        (534, "5.7.9 mechanism too weak", Stage.LOGIN, Outcome.MISCONFIGURED),
        (530, "5.7.0 Authentication required", Stage.RECIPIENT, Outcome.MISCONFIGURED),
        (530, "Must issue a STARTTLS command first", Stage.SENDER, Outcome.MISCONFIGURED),
        (554, "5.7.1 your address is listed", Stage.OPENING, Outcome.MISCONFIGURED),
        (553, "5.7.1 Sender address rejected: not owned by user", Stage.SENDER, Outcome.MISCONFIGURED),
        (554, "5.7.1 <anna@b.example>: Relay access denied", Stage.RECIPIENT, Outcome.MISCONFIGURED),
        (550, "relay not permitted", Stage.RECIPIENT, Outcome.MISCONFIGURED),
        (550, "5.7.60 SMTP; no permissions to send as this sender", Stage.END, Outcome.MISCONFIGURED),
        (550, "5.1.1 no such user", Stage.RECIPIENT, Outcome.REFUSED),
        (550, "5.7.520 Access denied, external forwarding", Stage.END, Outcome.REFUSED),
        (554, "5.6.0 message content rejected", Stage.END, Outcome.REFUSED),
        (550, "", Stage.DATA, Outcome.REFUSED),
        (552, "message size exceeds fixed limit", Stage.SENDER, Outcome.TOO_LARGE),
        (552, "5.3.4 too big", Stage.END, Outcome.TOO_LARGE),
        (523, "the message is too big", Stage.END, Outcome.TOO_LARGE),
        (552, "5.2.3 exceeded the message size limits", Stage.END, Outcome.TOO_LARGE),
        (554, "5.3.4 too big", Stage.RECIPIENT, Outcome.TOO_LARGE),
        (552, "5.2.2 The mailbox is over quota", Stage.RECIPIENT, Outcome.REFUSED),
        (552, "5.7.0 blocked because of its content", Stage.END, Outcome.REFUSED),
        (354, "go on", Stage.END, Outcome.UNKNOWN),
        (-1, "not SMTP", Stage.END, Outcome.UNKNOWN),
        (-1, "not SMTP", Stage.OPENING, Outcome.DEFERRED),
        (250, "ok to what?", Stage.DATA, Outcome.DEFERRED),
    ],
)
def test_a_reply_means_what_its_code_its_status_and_its_moment_say(
    code: int, text: str, stage: Stage, outcome: Outcome
) -> None:
    """A reply is classified by code, enhanced status and stage, never by the wording alone."""
    assert classify(code, text, stage) is outcome


@settings(max_examples=80, deadline=None)
@given(st.integers(-1, 999), st.text(max_size=40), st.sampled_from(Stage))
def test_only_what_followed_the_final_dot_is_accepted_or_unknown(code: int, text: str, stage: Stage) -> None:
    """Before the final dot no reply whatever can mean accepted or unknown."""
    outcome = classify(code, text, stage)
    assert stage is Stage.END or outcome not in (Outcome.ACCEPTED, Outcome.UNKNOWN)
    assert (outcome is Outcome.ACCEPTED) == (stage is Stage.END and 200 <= code <= 299)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("5.7.1 no", "5.7.1"),
        ("5.7.1", "5.7.1"),
        ("no 5.7.1", None),
        ("5.7.1.2 is an address", None),
        ("", None),
    ],
)
def test_an_enhanced_status_opens_the_text(text: str, status: str | None) -> None:
    """Only at the start of a text is it a status code (RFC 2034 section 4)."""
    assert enhanced_status(text) == status


def test_the_first_retry_is_soon_and_then_they_thin_out() -> None:
    """A server that restarts delays a forward by seconds; a dead one is asked hourly."""
    delays = [next_attempt_at(attempts, NOON) - NOON for attempts in range(1, 10)]  # type: ignore[operator]
    assert [delay.total_seconds() for delay in delays] == [15, 60, 120, 300, 600, 1200, 1800, 3600, 3600]


def test_a_submission_is_given_up_after_four_days() -> None:
    """Attempts span at least 95 hours and at most four days (RFC 5321 section 4.5.4.1: 4-5 days)."""
    at, attempts = NOON, 1
    while (retry_at := next_attempt_at(attempts, at)) is not None:
        at, attempts = retry_at, attempts + 1
    assert timedelta(hours=95) <= at - NOON <= timedelta(days=4)


def test_old_mail_waits_its_turn() -> None:
    """One every six minutes for each backup, the first at once; a turn long past is not waited for."""
    assert paced_at(NOON, None) == NOON
    assert paced_at(NOON, NOON) == NOON + timedelta(minutes=6)
    assert paced_at(NOON, NOON + timedelta(minutes=12)) == NOON + timedelta(minutes=18)
    assert paced_at(NOON, NOON - timedelta(hours=1)) == NOON
