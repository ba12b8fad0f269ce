"""The states of a submission, reply classes and retry times (RFC 5321 section 4.5.4.1).

Tables, and lookups in them. What is done about a state is decided in `attempt`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from .late import late


class State(StrEnum):
    """The state of a row in the outbox."""

    PENDING = "pending"  # to be composed and sent
    SENDING = "sending"  # octets and Message-ID are stored; an attempt is under way or was cut off
    SENT = "sent"
    FAILED = "failed"  # refused for good


class Outcome(StrEnum):
    """The outcome of one attempt."""

    ACCEPTED = "accepted"  # 250 after the final dot
    DEFERRED = "deferred"  # 4yz, or never reached the server: certainly not accepted
    REFUSED = "refused"  # 5yz for this recipient or these octets: certainly not accepted
    TOO_LARGE = "too_large"  # 552, 523 or 5.3.4, or above SIZE: certainly not accepted
    MISCONFIGURED = "misconfigured"  # refused, and about us: login, certificate, sender, a limit; kept
    UNKNOWN = "unknown"  # the final dot was sent and no answer came


class Stage(StrEnum):
    """Where in the SMTP dialogue a reply came."""

    OPENING = "opening"  # the greeting, EHLO, STARTTLS
    LOGIN = "login"  # AUTH
    SENDER = "sender"  # MAIL FROM
    RECIPIENT = "recipient"  # RCPT TO
    DATA = "data"  # DATA, or the content before its final dot
    END = "end"  # after the final dot


class About(StrEnum):
    """Whom a reply speaks of.

    US: our login, our limits, our server: everything waits, nobody else is asked. RECIPIENT: the
    address. MAIL: these octets.
    """

    US = "us"
    RECIPIENT = "recipient"
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server said, or what went wrong. text: one line, bounded, without secrets.

    about: whom a refusal or a deferral speaks of; of no interest otherwise.
    """

    outcome: Outcome
    code: int | None
    text: str
    about: About = About.US


# RFC 5321 asks for 30 minutes between attempts, and more often at first. A submission server that
# restarts is back within seconds and a client waits, hence the first ones; greylisting lets a second
# attempt in after 1 to 5 minutes.
_FIRST_DELAYS = tuple(timedelta(seconds=s) for s in (15, 60, 2 * 60, 5 * 60, 10 * 60, 20 * 60, 30 * 60))
_LATER_DELAY = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=4)  # RFC 5321 section 4.5.4.1
_MAX_ATTEMPTS = len(_FIRST_DELAYS) + (GIVE_UP_AFTER - sum(_FIRST_DELAYS, timedelta())) // _LATER_DELAY

WAITS_TOO_LONG = timedelta(minutes=30)
"""From the first attempt: a server that puts off an unknown sender takes the mail within a quarter of an hour
(RFC 6647). After that a forward that cannot go is an item."""

# A reply is judged by the first row of this table that fits it: by code, status or words, at one of these
# stages. Words are read where providers use one code for several things, which they all do.
_FROM_RECIPIENT_ON = frozenset({Stage.RECIPIENT, Stage.DATA, Stage.END})
_WITH_CONTENT = frozenset({Stage.DATA, Stage.END})


@dataclass(frozen=True, slots=True)
class _Row:
    """about None: the mail is too large. statuses: without their class, "7.60" for 5.7.60 and 4.7.60.

    kind: the first digit of the code, None: 4 or 5.
    """

    about: About | None
    codes: frozenset[int] = frozenset()
    statuses: frozenset[str] = frozenset()
    words: re.Pattern[str] | None = None
    stages: frozenset[Stage] = frozenset(Stage)
    kind: int | None = None

    def fits(self, code: int, status: str | None, text: str, stage: Stage) -> bool:
        if stage not in self.stages or (self.kind is not None and code // 100 != self.kind):
            return False
        is_named = status is not None and status[2:] in self.statuses
        return code in self.codes or is_named or (self.words is not None and bool(self.words.search(text)))


def _any_of(*patterns: str) -> re.Pattern[str]:
    return late(lambda: "|".join(patterns), re.IGNORECASE)


_PASSWORD_TRANSITION = 432  # RFC 4954: until the user has logged in by other means

_ROWS = (
    # The recipient, though some of these speak of limits, too (Gmail's 450 4.2.1).
    _Row(
        About.RECIPIENT,
        statuses=frozenset(
            {
                *("1.1", "1.2", "1.3", "1.6", "1.10"),  # RFC 3463 and 7505: no such mailbox, system, syntax
                "2.1",  # RFC 3463: mailbox disabled
                "7.520",  # Microsoft: no automatic forwarding outside the organisation
            }
        ),
        stages=_FROM_RECIPIENT_ON,
        kind=5,
    ),
    _Row(
        About.RECIPIENT,
        words=_any_of(
            r"\byou (tried|are trying) to (reach|contact)\b",
            r"\b(user|recipient|mailbox)( is)? receiving\b",
            r"\bgr[ae]y-?list",
        ),
        stages=_FROM_RECIPIENT_ON,
    ),
    _Row(
        About.RECIPIENT,
        statuses=frozenset({"2.2"}),  # RFC 3463: mailbox full
        words=_any_of(r"\bover ?quota\b", r"\bmailbox\b.{0,20}\b(full|quota)\b"),
        stages=frozenset({Stage.RECIPIENT}),
    ),
    # Size: RFC 1870 and 3463, for this mailbox and for this system.
    _Row(
        None,
        codes=frozenset({523}),
        statuses=frozenset({"2.3", "3.4"}),
        words=_any_of(r"\bsize\b.{0,20}\b(limits?|exceed(s|ed)?|maximum)\b", r"\btoo (large|big)\b"),
        kind=5,
    ),
    # Login and connection (RFC 4954 section 6, RFC 5321 section 3.8), and commands out of order.
    _Row(About.US, codes=frozenset({421, 430, 432, 454, 500, 502, 503, 504, 530, 534, 535, 538})),
    _Row(
        About.US,
        statuses=frozenset(
            {
                "1.7",  # RFC 3463: sender's address syntax
                "1.8",  # RFC 3463: sender's system address; Microsoft: bad outbound sender
                *("2.251", "2.252", "2.253", "2.254", "2.255"),  # Microsoft: sender throttled
                *("3.0", "3.1", "3.2", "3.5"),  # RFC 3463: system full, closed, wrongly configured
                "4.5",  # RFC 3463: system congestion; Gmail: daily sending limit
                "5.3",  # RFC 3463: too many recipients
                *("7.3", "7.30", "7.139"),  # Microsoft: not logged in, or not with a password
                *("7.8", "7.11", "7.14"),  # RFC 4954, 3463: credentials, encryption, trust
                *("7.54", "7.57", "7.60"),  # Exchange: may not relay, not logged in, may not send as this
                *("7.501", "7.502", "7.503"),  # Microsoft: spam abuse detected, banned sender
                *("7.700", "7.705", "7.708", "7.750"),  # Microsoft: tenant over its threshold or unknown
            }
        ),
    ),
    # Beside the content these mean the content (Gmail, amavis, Yahoo).
    _Row(About.US, statuses=frozenset({"7.0", "7.9"}), stages=frozenset(Stage) - _WITH_CONTENT),
    _Row(
        About.US,
        words=_any_of(
            # In whose name.
            r"\bsend-?as-?denied",
            r"\b(permissions?|allowed|authori[sz]ed|rights?) to send (mail |e-?mail )?(as|from|with)\b",
            r"\bsender (address )?(is )?(not (allowed|authori[sz]ed)|rejected|denied|blocked|mismatch)",
            r"\bsender verify failed|\bnot owned by\b",
            r"\b(sender|from)\b.{0,40}\b(doesn.t|not|must|should) match",
            # Whether at all.
            r"\brelay(ing)?\b.*\b(denied|not (permitted|allowed)|prohibited)\b",
            r"\bsmtp auth|\binvalid credentials\b|\bauthenticat(ion|e)\b.{0,20}\brequired",
            r"\bhelo\b|\bclient host\b",
            r"\bbad outbound sender|\boutbound ?spam|\bspam abuse|\bblocked using\b",
            r"\bfrom your (ip|account|address|host|server)\b",
            r"\byour (e-?mail |mail )?(account|mailbox|domain|address|ip)\b.{0,40}"
            r"\b(is|has|was|been)\b.{0,20}\b(blocked|locked|suspended|disabled|restricted|exceeded|listed|full)",
            r"\b(account|sender|domain)\b.{0,20}\b(suspended|locked|restricted|compromised)\b",
            r"STOREDRV\.Submi",
            # How much.
            r"\b(sending|submission|outgoing|outbound|hourly|daily|rate|messages?|mails?|e-?mails?)"
            r"[ -]?(sending|sent|rate|relay)?[ -]?(limits?|quotas?|thresholds?|overlimit)\b",
            r"\bexceeded\b.{0,60}\b(per|an?) (minute|hour|day)\b",
            r"\b(limits?|quotas?|thresholds?)\b.{0,40}\b(exceeded|reached|hit)\b",
            r"\b(exceeded|reached|hit)\b.{0,40}\b(limits?|quotas?|thresholds?)\b",
            r"\btoo (many|much) (messages|mails?|e-?mails?|recipients|connections|defers|logins?|errors)\b",
            r"\brate[ -]?limit|\bthrottl|\btoo (fast|quickly)\b|\bslow down\b|\bunusual (rate|amount)",
            r"\btemporar(y|ily) (local|system|server)\b",
        ),
    ),
    _Row(About.US, statuses=frozenset({"2.2"}), stages=_WITH_CONTENT),  # the sender's own mailbox is full
    # A refusal for good that is none.
    _Row(About.US, words=_any_of(r"\b(try|retry|come back)( it)?( again)? (later|in \d)"), kind=5),
)

# Before the envelope names a recipient nothing is about this mail. "Not now" without a reason is greylisting
# where it answers a recipient, and after that the server.
_REFUSED_BY_STAGE = {
    Stage.OPENING: About.US,
    Stage.LOGIN: About.US,
    Stage.SENDER: About.US,
    Stage.RECIPIENT: About.RECIPIENT,
    Stage.DATA: About.MAIL,
    Stage.END: About.MAIL,
}
_DEFERRED_BY_STAGE = {**_REFUSED_BY_STAGE, Stage.DATA: About.US, Stage.END: About.US}
_ENHANCED_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?!\S)")


def next_attempt_at(attempts: int, failed_at: datetime) -> datetime | None:
    """When to retry a deferred submission, or None to give up (after four days).

    attempts: made so far, the failed one included; >= 1. failed_at: aware.
    Source: RFC 5321 section 4.5.4.1.
    """
    if attempts > _MAX_ATTEMPTS:
        return None
    return failed_at + (_FIRST_DELAYS[attempts - 1] if attempts <= len(_FIRST_DELAYS) else _LATER_DELAY)


_PACE = timedelta(minutes=6)  # to one backup: a first start on a full inbox is no avalanche


def paced_at(now: datetime, last_at: datetime | None) -> datetime:
    """When an old mail is due that waits its turn. last_at: of the one before, to the same backup."""
    return now if last_at is None else max(now, last_at + _PACE)


def enhanced_status(text: str) -> str | None:
    """The enhanced status code that opens a reply's text, as "5.7.1" (RFC 2034), or None."""
    found = _ENHANCED_STATUS.match(text)
    return found.group() if found else None


def classify(code: int, text: str, stage: Stage) -> tuple[Outcome, About]:
    """What a server's reply means for a submission, and whom it speaks of.

    code: three digits, or anything else where the reply was not SMTP. text: without the code; the
    enhanced status code (RFC 3463) may open it. A reply that makes no sense at its stage leaves the
    mail for another attempt.
    """
    kind = code // 100
    if kind == 2 and stage is Stage.END:
        return Outcome.ACCEPTED, About.RECIPIENT
    if kind not in (4, 5):
        return Outcome.UNKNOWN if stage is Stage.END else Outcome.DEFERRED, About.US
    about = _about(code, text, stage)
    if about is None:
        return Outcome.TOO_LARGE, About.MAIL
    if code == _PASSWORD_TRANSITION or (kind == 5 and about is About.US):
        return Outcome.MISCONFIGURED, About.US
    return Outcome.DEFERRED if kind == 4 else Outcome.REFUSED, about


def _about(code: int, text: str, stage: Stage) -> About | None:
    """As the table says; None: too large."""
    text = text[:1000]  # a reply has no bound
    status = enhanced_status(text)
    for row in _ROWS:
        if row.fits(code, status, text, stage):
            return row.about
    if code == 552 and status is None:
        return None  # RFC 1870 section 6; with a status it may be content (Gmail's 552 5.7.0)
    return (_REFUSED_BY_STAGE if code // 100 == 5 else _DEFERRED_BY_STAGE)[stage]
