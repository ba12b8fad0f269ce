"""The departure mail, the evening before an absence: what is open, who covers, what only a person can do."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ..commands.command import Verb
from ..hours.schedule import local_moment
from ..lessons import Tried
from ..mail.display import Foreign, one_line, shown_sender
from ..mail.excerpt import new_text
from ..people import Owner, Window
from ..reviews.leaving import Offered, Replay
from ..reviews.passage import passage
from .absence import back_in_full, full_words
from .answer import owner_fields
from .entity import Leaf, Multipart, serialise, text_leaf
from .letter import Button, Entry, Letter, Part
from .mail import Catalogue, Stamp, text_field

EXCERPT_CHARACTERS = 240
QUARTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Cover:
    """One backup. said: as in `HandoverStore`; "": nothing. is_briefed: the brief has gone."""

    name: str
    said: str
    is_briefed: bool


@dataclass(frozen=True, slots=True)
class LeavingFacts:
    """All that the mail tells. more: mails that had no place. looked: False: the mailbox did not answer.

    tested_at: when the owner's test mail that came back was sent; tried_at: the last review of a trial; None:
    never, as far as is known. tried: the last check and dry run. alert: who hears of faults, or "".
    """

    window: Window
    offered: tuple[Offered, ...]
    more: int
    looked: bool
    covers: tuple[Cover, ...]
    cover: str | None
    replay: Replay
    tested_at: datetime | None
    tried_at: datetime | None
    tried: Tried
    alert: str
    at: tuple[time, ...]


def compose_leaving(
    facts: LeavingFacts,
    links: Mapping[tuple[int, Verb], str],
    names: Mapping[str, str],
    owner: Owner,
    stamp: Stamp,
    catalogue: Catalogue,
) -> bytes:
    """links: a mailto link for each button, by number and verb. names: of the backups, by key."""
    say = catalogue.gettext
    zone = owner.timezone
    count = len(facts.offered) + facts.more
    when = {"when": full_words(facts.window, zone, catalogue)}
    heading = say("Before you leave")
    open_words = catalogue.ngettext("%(n)s mail without an answer", "%(n)s mails without an answer", count)
    parts = [
        Part(
            say("Still without an answer (%(n)s)") % {"n": count},
            points=_about_open(facts, catalogue),
            entries=[_entry(one, links, names, owner, catalogue) for one in facts.offered],
        ),
        Part(say("Who takes over"), points=_covers(facts, names, catalogue)),
        Part(say("Last week, as it would have been"), points=_replay(facts.replay, names, catalogue)),
        Part(say("What was tested"), points=_tested(facts, zone, catalogue)),
        Part(say("What only you can do"), points=_yours(catalogue)),
        Part(say("If a review stays away"), points=_astray(facts, catalogue)),
    ]
    letter = Letter(
        language=catalogue.language,
        subject=f"{heading} · {open_words % {'n': count}}",
        heading=heading,
        lead=[
            say("You are away %(when)s.") % when,
            say("You are back %(back)s.") % {"back": back_in_full(facts.window.until_at, zone, catalogue)},
        ],
        parts=parts,
        foot=[
            *_words(facts, names, catalogue),
            say("Other dates? Answer with one line, such as “%(example)s”.") % {"example": say("until 6/1")},
        ],
    )
    calendar = quarters_of(facts.window, facts.at, owner, stamp, say("Review of your mail"))
    plain, html = (catalogue.template(f"letter.{kind}").render(letter=letter) for kind in ("txt", "html"))
    text = Multipart("multipart/alternative", b"", (text_leaf(plain), text_leaf(html, "html")))
    body = Multipart("multipart/mixed", b"", (text, _calendar_leaf(calendar)))
    list_id = text_field("List-Id", f"<review.{owner.domain}>")  # as the reviews: for the owner's own filters
    fields = owner_fields(letter.subject, owner, stamp)
    return b"".join([*fields, list_id, serialise(body, stamp.boundary)])


def _about_open(facts: LeavingFacts, catalogue: Catalogue) -> list[str]:
    say = catalogue.gettext
    if not facts.looked:
        return [say("Your mailbox could not be looked at; the mail server does not answer.")]
    if not facts.offered:
        return [say("Nobody who wrote in the last two weeks waits for an answer, as far as can be seen.")]
    lines = [say("From the last two weeks. What you do not tap stays in your inbox and is left alone.")]
    if facts.more:
        lines.append(say("And %(n)s more, in your inbox.") % {"n": catalogue.number(facts.more)})
    return lines


def _entry(
    one: Offered,
    links: Mapping[tuple[int, Verb], str],
    names: Mapping[str, str],
    owner: Owner,
    catalogue: Catalogue,
) -> Entry:
    say = catalogue.gettext
    message = one.seen.message
    sender = message.originator
    subject = one_line(message.subject, 72) or say("(no subject)")
    at = catalogue.day(message.arrived_at.astimezone(owner.timezone)) if message.arrived_at else ""
    who = shown_sender(sender) if sender is not None else ""
    meta = " · ".join(filter(None, (who, at, _proposal_words(one, names, catalogue))))
    text = passage(new_text(message.text, sender.name if sender else ""))
    labels = {
        Verb.FORWARD: say("To %(backup)s") % {"backup": names.get(one.forward_to or "", "")},
        Verb.TO_DO: say("To-do"),
        Verb.DONE: say("Done"),
    }
    buttons = [
        Button(label, link, f"{label}: {subject}")
        for verb, label in labels.items()
        if (link := links.get((one.number, verb))) is not None
    ]
    lines = [Foreign(one_line(text, EXCERPT_CHARACTERS))] if text else []
    return Entry(one.number, Foreign(subject), lines, buttons, Foreign(meta))


def _words(facts: LeavingFacts, names: Mapping[str, str], catalogue: Catalogue) -> list[str]:
    """What may be answered instead of tapped, with numbers that stand in the mail."""
    last = len(facts.offered)
    if not last:
        return []
    say = catalogue.gettext
    numbers = {"f": "1", "t": str(min(2, last)), "k": str(min(3, last))}
    backup = next(iter(names), "")
    return [
        say(
            "Answer with “f %(f)s %(backup)s”, “to-do %(t)s” or “done %(k)s”; nothing happens to what you "
            "leave as it is."
        )
        % {**numbers, "backup": backup}
        if backup
        else say("Answer with “to-do %(t)s” or “done %(k)s”; nothing happens to what you leave as it is.")
        % numbers
    ]


def _proposal_words(one: Offered, names: Mapping[str, str], catalogue: Catalogue) -> str:
    say = catalogue.gettext
    if one.proposal is None:
        return ""
    what = {
        Verb.FORWARD: names.get(one.proposal.backup or "", ""),
        Verb.TO_DO: say("to-do"),
        Verb.DONE: say("done"),
    }.get(one.proposal.verb, "")
    return say("proposal: %(what)s") % {"what": what} if what else ""


def _covers(facts: LeavingFacts, names: Mapping[str, str], catalogue: Catalogue) -> list[str]:
    say = catalogue.gettext
    said = {
        "accepted": say("%(backup)s is there"),
        "declined": say("%(backup)s would rather not"),
        "dates": say("%(backup)s is not there on some days"),
        "automatic": say("%(backup)s answers automatically"),
        "bounce": say("Mail to %(backup)s comes back"),
    }
    lines = []
    for each in facts.covers:
        unsaid = (
            say("%(backup)s has not answered yet; if they say nothing, the mails go to them")
            if each.is_briefed
            else say("%(backup)s has not heard of it yet")
        )
        lines.append(said.get(each.said, unsaid) % {"backup": one_line(each.name, 60)})
    if facts.cover is not None:
        lines.append(
            say("%(backup)s takes what nobody whom a rule names can take, and what is proposed.")
            % {"backup": names.get(facts.cover, facts.cover)}
        )
    return lines or [say("Nobody: all that matters waits for you in the reviews")]


def _replay(replay: Replay, names: Mapping[str, str], catalogue: Catalogue) -> list[str]:
    """In five lines at most."""
    say = catalogue.gettext
    number = catalogue.number
    came = catalogue.ngettext("%(n)s mail came in", "%(n)s mails came in", replay.received)
    lines = [came % {"n": number(replay.received)}]
    if replay.forwards:
        shares = [f"{names.get(key, key)} {number(count)}" for key, count in replay.forwards.items()]
        lines.append(say("Forwarded: %(shares)s") % {"shares": catalogue.join(shares)})
    else:
        lines.append(say("Forwarded: none"))
    lines.append(say("For your reviews: %(n)s") % {"n": number(replay.review)})
    if replay.private:
        lines.append(say("Private, left alone: %(n)s") % {"n": number(replay.private)})
    if replay.ignored:
        lines.append(say("Ignored, as your rules say: %(n)s") % {"n": number(replay.ignored)})
    return lines


def _tested(facts: LeavingFacts, zone: ZoneInfo, catalogue: Catalogue) -> list[str]:
    say = catalogue.gettext

    def day(at: datetime) -> str:
        return catalogue.date(at.astimezone(zone))

    tested = (
        say("Your test mail of %(when)s went out and came back") % {"when": day(facts.tested_at)}
        if facts.tested_at is not None
        else say("No test mail was sent yet: whoever runs the host can say “delegator check --send”")
    )
    heard = (
        say("%(address)s hears when something fails") % {"address": facts.alert}
        if facts.alert
        else say("Nobody but you hears when something fails")
    )
    looked = [say("Your mailbox was read just now")] if facts.looked else []
    trial = (
        []
        if facts.tried_at is None
        else [say("The last trial was on %(when)s") % {"when": day(facts.tried_at)}]
    )
    return [
        *_answering(facts, catalogue),
        *looked,
        *_checked(facts.tried, day, catalogue),
        tested,
        *trial,
        heard,
    ]


def _answering(facts: LeavingFacts, catalogue: Catalogue) -> list[str]:
    if facts.tried.answers != "yes":
        return []
    return [catalogue.gettext("An automatic reply of yours was still on: switch it off")]


def _checked(tried: Tried, day: Callable[[datetime], str], catalogue: Catalogue) -> list[str]:
    """When `check` and the dry run were last done."""
    say, found = catalogue.gettext, []
    if tried.checked_at is not None:
        when = day(tried.checked_at)
        found.append(
            catalogue.ngettext(
                "The check of %(when)s found %(n)s problem: ask whoever runs the host",
                "The check of %(when)s found %(n)s problems: ask whoever runs the host",
                tried.problems,
            )
            % {"when": when, "n": catalogue.number(tried.problems)}
            if tried.problems
            else say("The check of %(when)s found all in place") % {"when": when}
        )
    if tried.dry_run_at is not None:
        found.append(
            say("Your rules were last tried on your mail on %(when)s") % {"when": day(tried.dry_run_at)}
        )
    return found


def _yours(catalogue: Catalogue) -> list[str]:
    say = catalogue.gettext
    return [
        say(
            "The automatic reply: off. In Outlook: File, Automatic Replies; on the web: Settings, Mail. "
            "In Gmail: Settings, General, Vacation responder. Elsewhere: in your provider’s webmail."
        ),
        say("Voicemail: a greeting that does not say that you are away, or nothing new."),
        say("Calendar: decline or move what falls in these days; one that says “away” may answer by itself."),
        say("Chat: no status with dates, and its notifications off."),
        say("Your phone: mail notifications off. The reviews come at fixed hours; nothing else needs you."),
        say("Put the two quarters of an hour a day in your own calendar: they are attached."),
    ]


def _astray(facts: LeavingFacts, catalogue: Catalogue) -> list[str]:
    say = catalogue.gettext
    lines = [
        say("One comes in any case, even with nothing in it. Look among unwanted mail first."),
        say("Two in a row missing: your mail is safe in your inbox, and nothing is deleted."),
    ]
    if facts.alert:
        lines.append(say("Then call whoever runs it: %(address)s.") % {"address": facts.alert})
    else:
        lines.append(say("Then call whoever runs it for you."))
    return lines


def quarters_of(window: Window, at: Sequence[time], owner: Owner, stamp: Stamp, summary: str) -> str:
    """An iCalendar file (RFC 5545) with a quarter of an hour for each review, in UTC."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//review//quarters//", "METHOD:PUBLISH"]
    day = window.from_at.astimezone(owner.timezone).date()
    number = 0
    while local_moment(day, time(), owner.timezone) < window.until_at and number < 800:
        for each in at:
            begin = local_moment(day, each, owner.timezone)
            if begin in window:
                number += 1
                lines += [
                    "BEGIN:VEVENT",
                    f"UID:{number}-{stamp.message_id.strip('<>')}",
                    f"DTSTAMP:{_basic(stamp.date)}",
                    f"DTSTART:{_basic(begin)}",
                    f"DTEND:{_basic(begin + QUARTER)}",
                    f"SUMMARY:{summary}",
                    "TRANSP:TRANSPARENT",
                    "CLASS:PRIVATE",
                    "END:VEVENT",
                ]
        day += timedelta(days=1)
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def _basic(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _calendar_leaf(calendar: str) -> Leaf:
    encoded = base64.encodebytes(calendar.encode("utf-8")).replace(b"\n", b"\r\n")
    fields = (
        b"Content-Type: text/calendar; charset=utf-8; method=PUBLISH\r\n"
        b'Content-Disposition: attachment; filename="quarters.ics"\r\n'
        b"Content-Transfer-Encoding: base64\r\n"
    )
    return Leaf(fields, encoded)
