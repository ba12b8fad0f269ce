"""The brief: before an absence, what a colleague is asked, in eight seconds.

The only mail besides the overview that tells a colleague of the absence. It has no foreign Reply-To, so
that no answer to it can reach a client.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from ..mail.display import Foreign, one_line
from ..people import Backup, Owner, Window
from .letter import Button, Letter, Part, letter_octets
from .mail import Catalogue, Stamp
from .moments import example_days, window_days, window_words

MAX_RULES = 12
RULE_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class BriefButtons:
    """A ready mailto URI for each button."""

    there: str
    not_from_to: str
    rather_not: str


def compose_brief(
    owner: Owner,
    backup: Backup,
    window: Window,
    rules: Sequence[str],
    within: timedelta,
    looks_at: Sequence[time],
    buttons: BriefButtons,
    stamp: Stamp,
    catalogue: Catalogue,
) -> bytes:
    """A brief from the owner to the backup, in the catalogue's language.

    rules: what will come, a phrase each (`rule_words.words_of_rules`); none where the backup only steps in by
    hand. within: of working time. looks_at: the hours of the reviews, on the owner's clock.
    """
    say = catalogue.gettext
    facts = {
        "backup": one_line(backup.first_name, 60),
        "when": window_words(window, owner.home_timezone, catalogue),
        "days": window_days(window, owner.home_timezone, catalogue),
    }
    parts = [Part(say("How it works"), _how(owner, backup, window, within, looks_at, catalogue))]
    if rules:
        shown = [Foreign(one_line(rule, RULE_CHARACTERS)) for rule in rules[:MAX_RULES]]
        more = len(rules) - len(shown)
        points = [*shown, *([f"+ {catalogue.number(more)}"] if more else [])]
        parts.append(Part(say("What will come"), points))
    letter = Letter(
        language=catalogue.language,
        subject=say("Will you stand in for me, %(days)s?") % facts,
        heading=say("Will you stand in for me?"),
        lead=[say("%(backup)s, I am away %(when)s. What cannot wait, I forward to you.") % facts],
        buttons=_buttons(buttons, catalogue),
        parts=parts,
        foot=[
            say("Just answer this mail: “ok”, “rather not”, or “not from %(first)s to %(last)s”.")
            % example_days(window, owner.home_timezone, catalogue),
            say("If you say nothing, the mails come to you."),
            automatic_sentence(owner, catalogue),
        ],
    )
    return letter_octets(letter, owner, backup, stamp, catalogue)


def compose_withdrawal(
    owner: Owner, backup: Backup, window: Window, stamp: Stamp, catalogue: Catalogue, *, has_mail: bool
) -> bytes:
    """What was asked by a brief is not needed: that absence does not take place.

    has_mail: some was handed to the backup already, by the owner's own tap.
    """
    say = catalogue.gettext
    facts = {
        "backup": one_line(backup.first_name, 60),
        "when": window_words(window, owner.home_timezone, catalogue),
        "days": window_days(window, owner.home_timezone, catalogue),
    }
    lead = [say("%(backup)s, you need not stand in for me %(when)s: I am not away after all.") % facts]
    if has_mail:
        lead.append(say("What I forwarded to you already stays with you."))
    letter = Letter(
        language=catalogue.language,
        subject=say("I am not away after all, %(days)s") % facts,
        heading=say("I am not away after all"),
        lead=lead,
        foot=[automatic_sentence(owner, catalogue)],
    )
    return letter_octets(letter, owner, backup, stamp, catalogue)


def _how(
    owner: Owner,
    backup: Backup,
    window: Window,
    within: timedelta,
    looks_at: Sequence[time],
    catalogue: Catalogue,
) -> list[str]:
    say = catalogue.gettext
    if backup.reply_to == "client":
        reply = say("Just press Reply on a mail that I forward: your answer goes to the client.")
    elif backup.reply_to == "owner":
        reply = say("Please answer the client with me in Cc: Reply on a mail that I forward comes to me.")
    else:
        reply = say("Just press Reply on a mail that I forward: your answer goes to the client and to me.")
    if backup.hours:
        by_when = say("Please answer within %(span)s; only your working hours count.")
    else:
        by_when = say("Please answer within %(span)s.")
    return [
        reply,
        by_when % {"span": catalogue.span(within)},
        say("Not for you? Forward it back to me, and someone else gets it."),
        question_sentence(owner, backup, window.from_at, looks_at, catalogue),
        say("Clients do not know that I am away. Please keep it that way."),
    ]


def question_sentence(
    owner: Owner, backup: Backup, on: datetime, looks_at: Sequence[time], catalogue: Catalogue
) -> str:
    """Whom to ask, and at which hours the owner looks: those of the reviews, on the backup's clock."""
    day = on.astimezone(owner.timezone).date()
    moments = [datetime.combine(day, at, owner.timezone).astimezone(backup.timezone) for at in looks_at]
    facts = {"times": catalogue.join([catalogue.time(at) for at in moments])}
    return catalogue.gettext("A question for me? Answer to me alone: I look at %(times)s.") % facts


def automatic_sentence(owner: Owner, catalogue: Catalogue) -> str:
    """That a machine wrote it, and where an answer goes."""
    return catalogue.gettext(
        "This mail was made automatically for %(owner)s; your answer to it goes to %(owner)s alone."
    ) % {"owner": _first_name(owner)}


def _first_name(owner: Owner) -> str:
    return one_line(owner.name.split()[0] if owner.name.split() else owner.address, 60)


def _buttons(links: BriefButtons, catalogue: Catalogue) -> tuple[Button, ...]:
    say = catalogue.gettext
    buttons = (
        (say("I’m there"), links.there, say("Say that you are there the whole time")),
        (say("Not from … to …"), links.not_from_to, say("Say on which days you are not there")),
        (say("Rather not"), links.rather_not, say("Say that you would rather not")),
    )
    # Whoever speaks to the phone says what stands on the button (WCAG 2.5.3).
    return tuple(Button(label, link, f"{label}: {about}") for label, link, about in buttons)
