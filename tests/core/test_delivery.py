"""What a reply means, and when a submission is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.core.delivery import (
    About,
    Outcome,
    Stage,
    classify,
    enhanced_status,
    next_attempt_at,
    paced_at,
)

NOON = datetime(2026, 12, 21, 12, tzinfo=UTC)


OPENING, LOGIN, SENDER, RECIPIENT, DATA, END = Stage
ACCEPTED, DEFERRED, REFUSED, TOO_LARGE, MISCONFIGURED, UNKNOWN = Outcome
US, TO, MAIL = About

# What servers say, with only their addresses and links changed.
REPLIES = [
    # Postfix
    (250, "2.0.0 Ok: queued as 4F", END, ACCEPTED, TO),
    (421, "4.7.0 mail.voorbeeld.example Error: too many errors", END, DEFERRED, US),
    (450, "4.7.1 Error: too much mail from 192.0.2.1", SENDER, DEFERRED, US),
    (450, "4.2.0 <anna@b.example>: Recipient address rejected: Greylisted", RECIPIENT, DEFERRED, TO),
    (451, "4.7.1 Greylisting in action, please come back later", RECIPIENT, DEFERRED, TO),
    (450, "4.1.1 <anna@b.example>: Recipient address rejected: unverified", RECIPIENT, DEFERRED, TO),
    (
        451,
        "4.3.5 <anna@b.example>: Recipient address rejected: Server configuration error",
        RECIPIENT,
        DEFERRED,
        US,
    ),
    (452, "4.3.1 Insufficient system storage", SENDER, DEFERRED, US),
    (452, "4.3.1 Insufficient system storage", END, DEFERRED, US),
    (454, "4.7.0 Temporary authentication failure: connection lost", LOGIN, DEFERRED, US),
    (454, "4.7.0 TLS not available due to local problem", OPENING, DEFERRED, US),
    (535, "5.7.8 Error: authentication failed: UGFzc3dvcmQ6", LOGIN, MISCONFIGURED, US),
    (530, "5.7.0 Must issue a STARTTLS command first", SENDER, MISCONFIGURED, US),
    (553, "5.7.1 <s@v.example>: Sender address rejected: not owned by user sj", SENDER, MISCONFIGURED, US),
    (553, "5.7.1 <s@v.example>: Sender address rejected: not owned by user sj", RECIPIENT, MISCONFIGURED, US),
    (553, "5.7.1 <s@v.example>: Sender address rejected: not logged in", RECIPIENT, MISCONFIGURED, US),
    (554, "5.7.1 <s@v.example>: Sender address rejected: Access denied", RECIPIENT, MISCONFIGURED, US),
    (554, "5.7.1 <anna@b.example>: Relay access denied", RECIPIENT, MISCONFIGURED, US),
    (
        554,
        "5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen",
        RECIPIENT,
        MISCONFIGURED,
        US,
    ),
    (554, "5.7.1 <anna@b.example>: Recipient address rejected: Access denied", RECIPIENT, REFUSED, TO),
    (
        554,
        "5.7.1 <anna@b.example>: Recipient address rejected: Quota limit exceeded",
        RECIPIENT,
        MISCONFIGURED,
        US,
    ),
    (550, "5.1.1 <anna@b.example>: Recipient address rejected: User unknown", RECIPIENT, REFUSED, TO),
    (550, "5.1.1 <anna@b.example> User unknown", END, REFUSED, TO),
    (452, "4.2.2 <anna@b.example> mailbox is over quota", RECIPIENT, DEFERRED, TO),
    (552, "5.2.2 <anna@b.example> The mailbox is over quota", RECIPIENT, REFUSED, TO),
    (552, "5.3.4 Message size exceeds fixed limit", SENDER, TOO_LARGE, MAIL),
    (552, "5.3.4 Error: message file too big", END, TOO_LARGE, MAIL),
    (554, "5.7.1 Spam message rejected", END, REFUSED, MAIL),
    (554, "5.7.0 Reject, id=12345-01 - spam", END, REFUSED, MAIL),
    (554, "5.6.0 message content rejected", END, REFUSED, MAIL),
    # Gmail
    (
        550,
        "5.4.5 Daily user sending limit exceeded. For more information on Gmail",
        RECIPIENT,
        MISCONFIGURED,
        US,
    ),
    (550, "5.4.5 Daily user sending limit exceeded. For more information on Gmail", END, MISCONFIGURED, US),
    (550, "5.4.5 Daily SMTP relay limit exceeded for customer", RECIPIENT, MISCONFIGURED, US),
    (450, "4.2.1 Peak SMTP relay limit exceeded for customer", RECIPIENT, DEFERRED, US),
    (450, "4.2.1 The user you are trying to contact is receiving mail too quickly", RECIPIENT, DEFERRED, TO),
    (550, "5.2.1 The user you are trying to contact is receiving mail at a rate", RECIPIENT, REFUSED, TO),
    (550, "5.2.1 The email account that you tried to reach is disabled", RECIPIENT, REFUSED, TO),
    (550, "5.1.1 The email account that you tried to reach does not exist", RECIPIENT, REFUSED, TO),
    (452, "4.5.3 Your message has too many recipients", RECIPIENT, DEFERRED, US),
    (454, "4.7.0 Too many login attempts, please try again later", LOGIN, DEFERRED, US),
    (421, "4.7.0 Temporary System Problem. Try again later", END, DEFERRED, US),
    (534, "5.7.14 Please log in with your web browser and then try again", LOGIN, MISCONFIGURED, US),
    (535, "5.7.8 Username and Password not accepted", LOGIN, MISCONFIGURED, US),
    (552, "5.2.3 Your message exceeded Google's message size limits", END, TOO_LARGE, MAIL),
    (552, "5.7.0 This message was blocked because its content presents a potential", END, REFUSED, MAIL),
    (550, "5.7.1 Our system has detected that this message is likely unsolicited mail", END, REFUSED, MAIL),
    (550, "5.7.1 Our system has detected an unusual rate of unsolicited mail", END, MISCONFIGURED, US),
    (
        550,
        "5.7.1 Invalid credentials for relay [192.0.2.1]. The IP address you have",
        RECIPIENT,
        MISCONFIGURED,
        US,
    ),
    # Microsoft 365 and Exchange
    (550, "5.2.252 Sender throttled due to continuous send as denied errors", RECIPIENT, MISCONFIGURED, US),
    (554, "5.2.252 SendAsDenied; sofie not allowed to send as anna", END, MISCONFIGURED, US),
    (554, "5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException", END, MISCONFIGURED, US),
    (554, "5.2.2 mailbox full; STOREDRV.Submission.Exception:QuotaExceeded", END, MISCONFIGURED, US),
    (550, "5.7.60 SMTP; Client does not have permissions to send as this sender", END, MISCONFIGURED, US),
    (
        550,
        "5.7.60 SMTP; Client does not have permissions to send as this sender",
        RECIPIENT,
        MISCONFIGURED,
        US,
    ),
    (530, "5.7.57 Client not authenticated to send mail", SENDER, MISCONFIGURED, US),
    (550, "5.7.54 SMTP; Unable to relay recipient in non-accepted domain", RECIPIENT, MISCONFIGURED, US),
    (535, "5.7.139 Authentication unsuccessful, basic authentication is disabled", LOGIN, MISCONFIGURED, US),
    (550, "5.7.30 Basic authentication is not supported for Client Submission", LOGIN, MISCONFIGURED, US),
    (550, "5.1.8 Access denied, bad outbound sender AS(42004)", END, MISCONFIGURED, US),
    (550, "5.7.501 Access denied, spam abuse detected from IP range", RECIPIENT, MISCONFIGURED, US),
    (550, "5.7.705 Access denied, tenant has exceeded threshold", RECIPIENT, MISCONFIGURED, US),
    (432, "4.3.2 Concurrent connections limit exceeded", OPENING, MISCONFIGURED, US),
    (421, "4.3.2 Service not available", OPENING, DEFERRED, US),
    (451, "4.7.0 Temporary server error. Please try again later. PRX2", END, DEFERRED, US),
    (550, "5.7.520 Access denied, Your organization does not allow external forwarding", END, REFUSED, TO),
    (550, "5.1.10 RESOLVER.ADR.RecipientNotFound", RECIPIENT, REFUSED, TO),
    (550, "5.2.1 Mailbox cannot be accessed", RECIPIENT, REFUSED, TO),
    # Exim
    (550, "Sender rate overlimit - 120.1 / 1h", RECIPIENT, MISCONFIGURED, US),
    (
        550,
        "Domain v.example has exceeded the max emails per hour (250/200 (125%)) allowed",
        END,
        MISCONFIGURED,
        US,
    ),
    (
        550,
        "v.example has exceeded the max defers and failures per hour (5/5 (100%))",
        RECIPIENT,
        MISCONFIGURED,
        US,
    ),
    (550, "relay not permitted", RECIPIENT, MISCONFIGURED, US),
    (550, "Sender verify failed", RECIPIENT, MISCONFIGURED, US),
    (550, "Please turn on SMTP Authentication in your mail client", RECIPIENT, MISCONFIGURED, US),
    (451, "Temporary local problem - please try later", RECIPIENT, DEFERRED, US),
    (550, "Unrouteable address", RECIPIENT, REFUSED, TO),
    (550, "No Such User Here", RECIPIENT, REFUSED, TO),
    (552, "Message size exceeds maximum permitted", END, TOO_LARGE, MAIL),
    # OVH and others
    (550, "5.7.1 Sender address rejected: not owned by user", RECIPIENT, MISCONFIGURED, US),
    (550, "5.7.1 Your account has been locked for sending spam", END, MISCONFIGURED, US),
    (554, "5.7.1 Too many messages sent, retry in 60 minutes", RECIPIENT, MISCONFIGURED, US),
    (550, "5.1.0 <s@v.example> sender rejected", RECIPIENT, MISCONFIGURED, US),
    (552, "sending quota exceeded", RECIPIENT, MISCONFIGURED, US),
    (552, "Hourly limit reached", END, MISCONFIGURED, US),
    (554, "try again later", RECIPIENT, MISCONFIGURED, US),
    (554, "try again later", END, MISCONFIGURED, US),
    (554, "5.7.0 not allowed", RECIPIENT, MISCONFIGURED, US),
    (553, "5.7.1 Sender is not allowed to relay emails", RECIPIENT, MISCONFIGURED, US),
    (550, "5.7.1 From header must match the authenticated user", END, MISCONFIGURED, US),
    # By their codes and moments alone
    (552, "", END, TOO_LARGE, MAIL),
    (523, "", END, TOO_LARGE, MAIL),
    (550, "", SENDER, MISCONFIGURED, US),
    (550, "", RECIPIENT, REFUSED, TO),
    (550, "", DATA, REFUSED, MAIL),
    (550, "", END, REFUSED, MAIL),
    (450, "", RECIPIENT, DEFERRED, TO),
    (450, "", END, DEFERRED, US),
    (554, "5.7.1 your address is listed", OPENING, MISCONFIGURED, US),
    (354, "go on", END, UNKNOWN, US),
    (-1, "not SMTP", END, UNKNOWN, US),
    (-1, "not SMTP", OPENING, DEFERRED, US),
    (250, "ok to what?", DATA, DEFERRED, US),
]


@pytest.mark.parametrize(("code", "text", "stage", "outcome", "about"), REPLIES)
def test_a_reply_means_something_and_speaks_of_somebody(
    code: int, text: str, stage: Stage, outcome: Outcome, about: About
) -> None:
    """Limits, logins and senders that are not ours speak of us; only an address can speak of a backup."""
    assert classify(code, text, stage) == (outcome, about)


@settings(max_examples=80, deadline=None)
@given(st.integers(-1, 999), st.text(max_size=40), st.sampled_from(Stage))
def test_only_what_followed_the_final_dot_is_accepted_or_unknown(code: int, text: str, stage: Stage) -> None:
    """Before the final dot no reply whatever can mean accepted or unknown."""
    outcome, _ = classify(code, text, stage)
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
