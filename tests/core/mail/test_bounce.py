"""Bounces and automatic replies are known; ordinary mail is never taken for one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from delegator.core.mail.message import Bounce, Message, parse_message

DAEMON = b"From: MAILER-DAEMON@mx.example\nTo: sofie@voorbeeld.example\n"
POSTMASTER = b"From: Postmaster <postmaster@mx.example>\n"
NOBODY = b"Return-Path: <>\nFrom: robot@mx.example\n"
ROBOT = b"From: no-reply@shop.example\n"
PERSON = b"Return-Path: <jan@acme.example>\nFrom: Jan <jan@acme.example>\n"
RETURNED = b"\nMessage-ID: <1@voorbeeld.example>\nSubject: Offerte\n"


def report(status: bytes, returned: bytes = RETURNED, kind: bytes = b"message/rfc822") -> Message:
    return parse_message(
        DAEMON + b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        b"--b\n\nSorry.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        + status
        + b"\n--b\nContent-Type: "
        + kind
        + b"\n"
        + returned
        + b"\n--b--\n"
    )


ANNA = b"Final-Recipient: rfc822; anna@voorbeeld.example\n"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (b"Action: failed\nStatus: 5.1.1\n", "failed"),
        (b"action: Failed (no such user)\n", "failed"),
        (b"Action: delayed\nStatus: 4.0.0\n", "delayed"),
        (b"Status: 5.2.2\n", "failed"),
        (b"Status: 4.4.1\n", "delayed"),
        (b"Action: expired\nStatus:\n", "failed"),
        (b"Action: deferred\nStatus: 4.4.7\n", "delayed"),
    ],
)
def test_a_delivery_status_says_what_became_of_whom(status: bytes, kind: str) -> None:
    bounce = report(ANNA + status).bounce
    assert bounce is not None
    assert bounce.kind == kind
    assert bounce.message_ids == ("<1@voorbeeld.example>",)
    assert bounce.recipients == ("anna@voorbeeld.example",)


def test_one_failure_among_successes_is_a_failure() -> None:
    other = b"Final-Recipient: rfc822; bram@voorbeeld.example\nAction: delivered\n"
    bounce = report(other + b"\n" + ANNA + b"Action: failed\n").bounce
    assert bounce == Bounce("failed", ("<1@voorbeeld.example>",), ("anna@voorbeeld.example",))


def test_the_returned_mail_may_be_its_header_alone() -> None:
    for kind in (b"text/rfc822-headers", b"message/global-headers", b"message/partial"):
        bounce = report(ANNA + b"Action: failed\n", kind=kind).bounce
        assert bounce is not None
        assert bounce.message_ids == ("<1@voorbeeld.example>",), kind


@pytest.mark.parametrize("action", [b"delivered", b"relayed", b"expanded"])
def test_a_report_of_success_is_no_bounce(action: bytes) -> None:
    assert report(ANNA + b"Action: " + action + b"\nStatus: 2.0.0\n").bounce is None


@pytest.mark.parametrize("kind", [b"feedback-report", b"disposition-notification"])
def test_feedback_and_read_receipts_are_no_bounces(kind: bytes) -> None:
    mail = DAEMON + b"Subject: Undeliverable\nContent-Type: multipart/report; boundary=b; report-type=" + kind
    body = b"--b\n\nNot delivered.\n--b\nContent-Type: message/" + kind + b"\n\nUser-Agent: x\n--b--\n"
    assert parse_message(mail + b"\n\n" + body).bounce is None


INLINE = b"\n> Message-ID:\n> <1@voorbeeld.example>\n> Subject: Offerte\n"


@pytest.mark.parametrize(
    ("sender", "subject", "text", "is_bounce"),
    [
        (DAEMON, b"failure notice", b"I'm afraid I wasn't able to deliver your message.", True),
        (DAEMON, b"Hi", b"<anna@voorbeeld.example>: mailbox full", True),
        (DAEMON, b"Hi", INLINE, True),
        (DAEMON, b"Hi", b"Nothing of the kind.", False),
        (POSTMASTER, b"Undeliverable: Offerte", b"", True),
        (POSTMASTER, b"Hi", b"The following addresses had permanent fatal errors", True),
        (POSTMASTER, b"Maintenance on Friday", b"Mail may be delayed. Your quota is exceeded.", False),
        (NOBODY, b"Mail delivery failed", INLINE, True),
        (NOBODY, b"Mail delivery failed", b"User unknown", True),
        (NOBODY, b"Automatic reply: Offerte", b"I am away until Monday.", False),
        (NOBODY, b"Mail delivery failed", b"Read all about it.", False),
        (ROBOT, b"Mail delivery failed", b"User unknown\n" + INLINE, True),
        (ROBOT, b"Undeliverable parcel", b"Your parcel could not be delivered.", False),
        (PERSON, b"Fwd: Mail delivery failed", b"Look: user unknown" + INLINE, False),
        (PERSON, b"Pallet not delivered", b"The goods could not be delivered.", False),
        (PERSON + b"X-Failed-Recipients: anna@voorbeeld.example\n", b"Hi", b"", True),
    ],
)
def test_a_bounce_in_no_standard_form(sender: bytes, subject: bytes, text: bytes, is_bounce: bool) -> None:
    message = parse_message(sender + b"Subject: " + subject + b"\n\n" + text)
    assert (message.bounce is not None) is is_bounce
    if message.bounce and INLINE in text:
        assert message.bounce.message_ids == ("<1@voorbeeld.example>",)


def test_a_nonstandard_bounce_names_recipients_and_not_the_one_whom_it_was_sent_to() -> None:
    text = (
        b"Dear sofie@voorbeeld.example,\n<anna@voorbeeld.example>: user unknown. Ask postmaster@mx.example.\n"
    )
    bounce = parse_message(DAEMON + b"Subject: Returned mail\n\n" + text).bounce
    assert bounce == Bounce("failed", (), ("anna@voorbeeld.example",))


def test_a_warning_is_no_failure() -> None:
    for subject, text, kind in (
        (b"Warning: message 1 delayed 24 hours", b"Delivery attempts will continue.", "delayed"),
        (b"Delayed Mail (still being retried)", b"You do not need to resend your message.", "delayed"),
        (b"Returned mail: delayed too long", b"Giving up.", "failed"),
        (b"failure notice", b"No such user." + INLINE + b"\nYour parcel is delayed.", "failed"),
    ):
        bounce = parse_message(DAEMON + b"Subject: " + subject + b"\n\n" + text).bounce
        assert bounce is not None
        assert bounce.kind == kind


@pytest.mark.parametrize(
    ("fields", "is_auto_reply"),
    [
        (b"Auto-Submitted: auto-replied (vacation)", True),
        (b"Auto-Submitted: Auto-Replied; owner-email=x", True),
        (b"Auto-Submitted: auto-generated", False),
        (b"Auto-Submitted: no", False),
        (b"Auto-Submitted: auto-generated\nSubject: Automatisch antwoord: Offerte", True),
        (b"Precedence: auto_reply", True),
        (b"Precedence: bulk", False),
        (b"X-Autoreply: yes", True),
        (b"X-Autoreply: no", False),
        (b"X-Autorespond: Offerte", True),
        (b"X-Auto-Reply-From: a@b.example", True),
        (b"X-POST-MessageClass: 9; Autoresponder", True),
        (b"Subject: Out of office: Offerte\nIn-Reply-To: <1@voorbeeld.example>", True),
        (b"Subject: R\xc3\xa9ponse automatique : Offerte\nX-Auto-Response-Suppress: All", True),
        (b"Subject: Out of office next week, can you take over?", False),
        (b"Subject: Re: Automatic reply: Offerte\nIn-Reply-To: <1@voorbeeld.example>", False),
        (b"Subject: Offerte\nX-Auto-Response-Suppress: All\nAuto-Submitted: auto-generated", False),
        (b"List-Id: <l.acme.example>", False),
    ],
)
def test_automatic_replies_by_their_header(fields: bytes, is_auto_reply: bool) -> None:
    assert parse_message(PERSON + fields + b"\n\nx").is_auto_reply is is_auto_reply


def test_a_bounce_is_no_automatic_reply() -> None:
    """Exim marks its bounces as auto-replied."""
    message = parse_message(DAEMON + b"Subject: Mail delivery failed\nAuto-Submitted: auto-replied\n\nx")
    assert message.bounce is not None
    assert not message.is_auto_reply


@pytest.mark.corpora
def test_labelled_mail(corpora: Path) -> None:
    """At least 99 % of real bounces, every automatic reply, and no feedback or report of success."""
    labels = json.loads((corpora / "labels.json").read_text())
    seen: dict[str, list[Message]] = {}
    for name, label in labels.items():
        if name.startswith("sisimai"):
            seen.setdefault(label["label"], []).append(parse_message((corpora / name).read_bytes()))
    bounces = [message for message in seen["bounce"] if message.bounce]
    assert len(bounces) >= 0.99 * len(seen["bounce"])
    assert all(message.is_auto_reply for message in seen["autoreply"])
    assert not any(
        message.bounce for label in ("autoreply", "feedback", "delivered") for message in seen[label]
    )


@pytest.mark.corpora
def test_no_ordinary_mail_is_taken_for_a_bounce(corpora: Path) -> None:
    """Outside the bounces only what a mail system sent is one: read by eye, they all are."""
    ordinary = [
        path for path in corpora.glob("*/messages/**/*") if path.is_file() and "sisimai" not in str(path)
    ]
    bounces = 0
    for path in ordinary:
        message = parse_message(path.read_bytes())
        if message.bounce:
            bounces += 1
            sender = (message.header("From") or "").lower()
            assert "postmaster" in sender or "mailer-daemon" in sender, path
        assert not message.is_auto_reply, path
    assert bounces <= 0.05 * len(ordinary)
