"""The overview: at most twice a working day, what still waits for an answer of a colleague.

It has no foreign Reply-To, so that no answer to it can reach a client.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Literal

from ..mail.display import NAME_CHARACTERS, Foreign, one_line
from ..people import Backup, Owner
from .brief import automatic_sentence, question_sentence
from .letter import Button, Entry, Letter, Part, letter_octets
from .mail import Catalogue, Stamp
from .moments import back_words, moment_words

SUBJECT_CHARACTERS = 100
EXCERPT_CHARACTERS = 160
MAX_ITEMS = 15
"""With their buttons; the rest is counted. Whoever has more does not read more."""

MAX_TOLD = 10

State = Literal[
    "open",  # nothing seen yet
    "asked",  # the backup wrote to the owner alone
    "later",  # the backup said: later today
]


@dataclass(frozen=True, slots=True)
class OverviewButtons:
    """A ready mailto URI for each button of an item."""

    answered: str
    later_today: str
    not_me: str


@dataclass(frozen=True, slots=True)
class OverviewItem:
    """A conversation that waits. client: a name as mail shows it. due_at None: no clock runs.

    mails: how many of it wait. excerpt: of the newest; a line of it is shown; may be "".
    """

    number: int
    client: str
    subject: str
    since_at: datetime
    due_at: datetime | None
    buttons: OverviewButtons
    state: State = "open"
    mails: int = 1
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What the backup need not do any more. is_answered: by the owner; else the owner took it back."""

    client: str
    subject: str
    is_answered: bool


def compose_overview(
    owner: Owner,
    backup: Backup,
    items: Sequence[OverviewItem],
    told: Sequence[Told],
    now: datetime,
    looks_at: Sequence[time],
    stamp: Stamp,
    catalogue: Catalogue,
    *,
    back_at: datetime | None = None,
) -> bytes:
    """An overview from the owner to the backup, in the catalogue's language.

    items: in the order in which they are shown; may be empty where there is something to tell.
    looks_at: the hours of the reviews, on the owner's clock. back_at: of the last overview of an absence,
    from when the owner answers again; else None.
    """
    say, n = catalogue.gettext, len(items)
    facts = {"backup": one_line(backup.first_name, 60), "n": catalogue.number(n)}
    if items:
        clients = len({item.client for item in items})
        facts["clients"] = catalogue.number(clients)
        heading = catalogue.ngettext(
            "%(clients)s client still waits for an answer",
            "%(clients)s clients still wait for an answer",
            clients,
        )
        lead = say("%(backup)s, already answered or phoned? Just say so.")
    else:
        heading = say("Nothing waits for you any more")
        lead = say("%(backup)s, you need not do anything.")
    leads = [lead % facts]
    if back_at is not None:
        back = {"when": back_words(back_at, backup.timezone, catalogue)}
        leads.append(say("This is the last overview: from %(when)s I answer again myself.") % back)
    foot = [automatic_sentence(owner, catalogue)]
    if items:
        words = (
            say("Just answer this mail: “1 answered”, “2 not for me”.")
            if n > 1
            else say("Just answer this mail: “answered”, “later” or “not for me”.")
        )
        foot[:0] = [words, question_sentence(owner, backup, now, looks_at, catalogue)]
    letter = Letter(
        language=catalogue.language,
        subject=heading % facts,
        heading=heading % facts,
        lead=leads,
        parts=_parts(items, told, now, backup, catalogue),
        foot=foot,
    )
    return letter_octets(letter, owner, backup, stamp, catalogue)


def _parts(
    items: Sequence[OverviewItem], told: Sequence[Told], now: datetime, backup: Backup, catalogue: Catalogue
) -> list[Part]:
    """What waits, and what waits no more; of many the first, and how many more."""
    parts = []
    if items:
        entries = [_entry(item, now, backup, catalogue) for item in items[:MAX_ITEMS]]
        more = len(items) - len(entries)
        parts.append(Part("", [f"+ {catalogue.number(more)}"] if more else [], entries))
    if told:
        lines = [_told_sentence(each, catalogue) for each in told[:MAX_TOLD]]
        more = len(told) - len(lines)
        heading = catalogue.gettext("No longer for you")
        parts.append(Part(heading, [*lines, *([f"+ {catalogue.number(more)}"] if more else [])]))
    return parts


def compose_farewell(
    owner: Owner, backup: Backup, still: Sequence[tuple[str, str]], stamp: Stamp, catalogue: Catalogue
) -> bytes:
    """The last overview: the owner is back. still: client and subject of what waits for an answer."""
    say = catalogue.gettext
    heading = say("I am back: thank you")
    lead = [
        say("%(backup)s, thank you for looking after my mail.") % {"backup": one_line(backup.first_name, 60)}
    ]
    parts = []
    if still:
        lead.append(
            say("What follows is still with you. You get no more overviews: I keep an eye on it now.")
        )
        lines = [
            Foreign(f"{one_line(client, NAME_CHARACTERS)} · {_subject(subject, catalogue)}")
            for client, subject in still[:MAX_ITEMS]
        ]
        more = len(still) - len(lines)
        lines += [Foreign(f"+ {catalogue.number(more)}")] if more else []
        parts.append(Part(say("Still with you"), lines))
    else:
        lead.append(say("Nothing waits for you any more, and you get no more overviews."))
    letter = Letter(
        language=catalogue.language,
        subject=heading,
        heading=heading,
        lead=lead,
        parts=parts,
        foot=[automatic_sentence(owner, catalogue)],
    )
    return letter_octets(letter, owner, backup, stamp, catalogue)


def _entry(item: OverviewItem, now: datetime, backup: Backup, catalogue: Catalogue) -> Entry:
    say, zone = catalogue.gettext, backup.timezone
    since = say("since %(when)s") % {"when": moment_words(item.since_at, now, zone, catalogue)}
    facts: list[str] = [since]
    if item.mails > 1:
        facts.append(
            catalogue.ngettext("%(n)s mail", "%(n)s mails", item.mails) % {"n": catalogue.number(item.mails)}
        )
    if item.due_at is not None:
        due = {"when": moment_words(item.due_at, now, zone, catalogue)}
        if item.due_at > now:
            facts.append(say("please before %(when)s") % due)
        else:
            facts.append(say("had expected an answer before %(when)s") % due)
    if item.state == "asked":
        facts.append(say("your question is with me"))
    elif item.state == "later":
        facts.append(say("you said: later today"))
    client = Foreign(one_line(item.client, NAME_CHARACTERS))
    subject = _subject(item.subject, catalogue)
    excerpt = one_line(item.excerpt, EXCERPT_CHARACTERS)
    return Entry(
        number=item.number,
        title=subject,
        lines=[client, " · ".join(facts), *([Foreign(excerpt)] if excerpt else [])],
        buttons=_buttons(item.buttons, subject, catalogue),
    )


def _buttons(links: OverviewButtons, subject: str, catalogue: Catalogue) -> tuple[Button, ...]:
    say = catalogue.gettext
    labels = (
        (say("Answered, or phoned"), links.answered),
        (say("Later today"), links.later_today),
        (say("Not for me"), links.not_me),
    )
    return tuple(Button(label, link, f"{label}: {subject}") for label, link in labels)


def _told_sentence(told: Told, catalogue: Catalogue) -> str:
    say = catalogue.gettext
    facts = {
        "subject": _subject(told.subject, catalogue),
        "client": one_line(told.client, NAME_CHARACTERS),
    }
    if told.is_answered:
        sentence = say("“%(subject)s” from %(client)s: I dealt with it myself.")
    else:
        sentence = say("“%(subject)s” from %(client)s: I take it back.")
    return Foreign(sentence % facts)


def _subject(subject: str, catalogue: Catalogue) -> str:
    return Foreign(one_line(subject, SUBJECT_CHARACTERS)) or catalogue.gettext("(no subject)")
