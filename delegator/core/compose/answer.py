"""What the owner reads at once after a command: what could not be done, and what the owner is asked.

What was done stands in the next review.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ..commands.authority import Refusal, Standing
from ..commands.command import Grant, Verb
from ..commands.reply import Mistake, Why
from ..folders import TO_DO
from ..mail.display import Foreign, one_line, shown_address
from ..mail.lookalike import looks_like
from ..people import Owner
from .letter import Button, Letter, Part, letter_text
from .mail import Catalogue, Stamp, address_field, stamp_fields, text_field, unbound

MOST_MISTAKES = 20
_QUOTED_CHARACTERS = 80
_IN_SUBJECT_CHARACTERS = 18  # what a phone shows of it behind the rest


@dataclass(frozen=True, slots=True)
class WasItYou:
    """A command came from an address that is not known to be the owner's.

    asked: its lines, or what stands on its button.
    """

    address: str
    asked: str
    yes: str  # a mailto link


@dataclass(frozen=True, slots=True)
class ReallyForward:
    """A private message was to be forwarded. arrived_at: in the owner's time zone."""

    backup_name: str
    arrived_at: datetime | None
    yes: str


@dataclass(frozen=True, slots=True)
class WasThisMeant:
    """A line of a reply is not understood, and others go far. understood: those, as written."""

    mistakes: tuple[Mistake, ...]
    understood: tuple[str, ...]
    yes: str


Question = WasItYou | ReallyForward | WasThisMeant


def compose_mistakes(
    mistakes: Sequence[Mistake],
    names: Mapping[str, str],
    owner: Owner,
    stamp: Stamp,
    catalogue: Catalogue,
    *,
    is_rest_done: bool,
) -> bytes:
    """What of a command could not be done, why, and what to do. names: of the backups, by key."""
    say = catalogue.gettext
    n = len(mistakes)
    heading = catalogue.ngettext("Not done: %(n)s thing", "Not done: %(n)s things", n) % {"n": n}
    points = [Foreign(_mistake(each, names, catalogue)) for each in mistakes[:MOST_MISTAKES]]
    lead = [
        say("The rest was done and stands in the next review.") if is_rest_done else say("Nothing was done.")
    ]
    return letter_to_owner(
        Letter(
            language=catalogue.language,
            subject=" · ".join(filter(None, (heading, _in_short(mistakes)))),
            heading=heading,
            lead=lead,
            parts=(Part("", points=points),),
            foot=(say("Write “f 3 anna”, “to-do 4”, “done 5” or “ok” in a reply to the review."),),
        ),
        owner,
        stamp,
        catalogue,
    )


def compose_question(
    question: Question,
    owner: Owner,
    stamp: Stamp,
    catalogue: Catalogue,
    names: Mapping[str, str] | None = None,
) -> bytes:
    """A question with one button; who does not tap it has said no. names: of the backups, by key."""
    say = catalogue.gettext
    parts: tuple[Part, ...] = ()
    if isinstance(question, WasThisMeant):
        heading = say("Is this what you meant?")
        lines = [one_line(line, _QUOTED_CHARACTERS) for line in question.understood[:MOST_MISTAKES]]
        lead = [say("Nothing was done yet: a line was not understood, and it may be an exception.")]
        parts = (
            Part(
                say("Not understood"),
                [Foreign(_mistake(one, names or {}, catalogue)) for one in question.mistakes],
            ),
            Part(say("Understood"), [Foreign(line) for line in lines]),
        )
        foot = say("Tap the button to have that done, or answer the review again. If not, do nothing.")
        label = say("Do what was understood")
        about = label
    elif isinstance(question, WasItYou):
        who = shown_address(question.address)
        heading = say("Was this you?")
        asked = say("A command came from %(address)s: “%(asked)s”.")
        lead = [Foreign(asked % {"address": who, "asked": one_line(question.asked, 200)})]
        if own := looks_like(question.address, owner.addresses):
            lead.append(say("It looks like %(own)s, but is another address.") % {"own": own})
        foot = say("Nothing was done yet. If it was not you, do nothing.")
        label = say("Yes, from now on too")
        about = f"{label}: {who}"
    else:
        heading = say("Forward a private mail?")
        when = catalogue.date_time(question.arrived_at) if question.arrived_at else "…"
        name = one_line(question.backup_name, 60)
        lead = [
            say("You asked to forward a private mail (from %(when)s) to %(backup)s.")
            % {"when": when, "backup": name}
        ]
        foot = say("Private mail goes to nobody unless you say so again. If not, do nothing.")
        label = say("Yes, to %(backup)s") % {"backup": name}
        about = label
    return letter_to_owner(
        Letter(
            language=catalogue.language,
            subject=heading,
            heading=heading,
            lead=lead,
            buttons=(Button(label, question.yes, about),),
            parts=parts,
            foot=(foot,),
        ),
        owner,
        stamp,
        catalogue,
    )


def asked_by_button(grant: Grant, subject: str, names: Mapping[str, str], catalogue: Catalogue) -> str:
    """What a button asks for, as stands on it. subject: of its first mail. names: of the backups, by key."""
    say = catalogue.gettext
    facts = {
        "name": names.get(grant.backup or "", grant.backup or ""),
        "n": catalogue.number(len(grant.items)),
        "folder": TO_DO,
    }
    match grant.verb:
        case Verb.FORWARD_ALL:
            return say("All to %(name)s (%(n)s)") % facts
        case Verb.PROPOSED:
            return say("All as proposed (%(n)s)") % facts
        case Verb.BULK_DONE:
            return say("All done (%(n)s)") % facts
        case Verb.FILE_LEFT:
            return say("File them in %(folder)s (%(n)s)") % facts
        case Verb.FORWARD:
            label = say("To %(name)s") % facts
        case Verb.TO_DO:
            label = say("To-do")
        case _:
            label = say("Done")
    return f"{label}: {subject}" if subject else label


def _in_short(mistakes: Sequence[Mistake]) -> str:
    """The first line or mail that it is about, for a subject."""
    return one_line(next((each.text for each in mistakes if each.text), ""), _IN_SUBJECT_CHARACTERS)


_MOST_ADDRESSES = 3


def refusal_sentences(catalogue: Catalogue, refusals: Sequence[Refusal], zone: ZoneInfo) -> list[str]:
    """Commands that had no effect, for the next review: a line a kind. A second tap on a button is none."""
    refusals = [refusal for refusal in refusals if refusal.why is not Standing.SPENT]
    lines = []
    for kind in dict.fromkeys(refusal.why for refusal in refusals):
        alike = [refusal for refusal in refusals if refusal.why is kind]
        at = max(refusal.at for refusal in alike)
        addresses = list(dict.fromkeys(shown_address(refusal.sender) or "?" for refusal in alike))
        shown = [*addresses[:_MOST_ADDRESSES], *(["…"] if len(addresses) > _MOST_ADDRESSES else [])]
        lines.append(_refusal(catalogue, kind, ", ".join(shown), at.astimezone(zone)))
    return lines


def _refusal(catalogue: Catalogue, kind: Standing, address: str, at: datetime) -> str:
    said = {"address": address, "at": catalogue.time(at)}
    say = catalogue.gettext
    if kind is Standing.HELD:
        return say("A command from %(address)s at %(at)s waits until you say that it was you.") % said
    if kind is Standing.NOT_THEIRS:
        return say("A colleague’s button was used by %(address)s at %(at)s; nothing was done.") % said
    if kind is Standing.FAILED:
        return (
            say("A command from %(address)s at %(at)s failed your mail server’s checks; nothing was done.")
            % said
        )
    return say("A command without a clear sender came at %(at)s; nothing was done.") % said


def _mistake(mistake: Mistake, names: Mapping[str, str], catalogue: Catalogue) -> str:
    say = catalogue.gettext
    detail = one_line(names.get(mistake.detail, mistake.detail), 60)
    said = {"detail": detail, "names": catalogue.join([one_line(each, 60) for each in names.values()])}
    reason = _reason(mistake.why, catalogue) % said
    text = one_line(mistake.text, _QUOTED_CHARACTERS)
    return say("“%(text)s”: %(reason)s") % {"text": text, "reason": reason} if text else reason


def _reason(why: Why, catalogue: Catalogue) -> str:
    say = catalogue.gettext
    match why:
        case Why.NO_COMMAND:
            return say("There was no command in your reply.")
        case Why.UNKNOWN_VERB:
            return say("“%(detail)s” is not a command: use “f”, “to-do”, “done”, “later”, “undo” or “ok”.")
        case Why.UNKNOWN_BACKUP:
            return say("“%(detail)s” is neither a colleague nor a command. Colleagues: %(names)s.")
        case Why.UNKNOWN_NUMBER:
            return say("There is no number %(detail)s in that review.")
        case Why.NO_NUMBER:
            return say("Which number? As in “f 3”.")
        case Why.CONTRADICTION:
            return say("It asks for two things at once: choose one.")
        case Why.ASKS:
            return say("That is a question, so nothing was done: write it without a question mark.")
        case Why.EXTRA_WORDS:
            return say("The words “%(detail)s” were not understood, so nothing of this line was done.")
        case Why.NOTHING_PROPOSED:
            return say("Nothing was proposed there: say what is to be done.")
        case Why.ALREADY_FORWARDED:
            return say("%(detail)s already has it.")
        case Why.HELD_UP:
            return say(
                "It waits to go to %(detail)s, and goes as soon as your mail server takes it. "
                "With “done” or “to-do” it stays with you."
            )
        case Why.BACKUP_AWAY:
            return say("%(detail)s is not there now: choose somebody else.")
        case Why.NOBODY_THERE:
            return say("None of your colleagues is there now; it stays with you.")
        case Why.HAS_NEWER:
            return say("It was decided before, and a newer mail of that conversation waits: move that one.")
        case Why.WITH_A_BACKUP:
            return say("A colleague has it: pass it on, call it done, or take it back with “undo”.")
        case Why.TOO_MUCH:
            return say("It was too much at once. Ask for it once more, and it goes.")
        case Why.GONE:
            return say("The mail is no longer where it was, so it could not be forwarded.")
        case Why.NO_DATES:
            return say("%(detail)s is not there for a while, but did not say from when to when.")
        case Why.TRIAL:
            return say("This is a trial: nothing is forwarded or filed. While you are away, it counts.")
        case Why.NOT_DONE:
            return say("It could not be done; the log says why. It is in your inbox.")


def letter_to_owner(letter: Letter, owner: Owner, stamp: Stamp, catalogue: Catalogue) -> bytes:
    """What a machine has to say to the owner, as a mail."""
    fields = owner_fields(letter.subject, owner, stamp)
    return b"".join([*fields, letter_text(letter, stamp, catalogue)])


def owner_fields(subject: str, owner: Owner, stamp: Stamp) -> list[bytes]:
    """The header of a mail from the owner to the owner."""
    me = [(owner.name, owner.address)]
    return [
        address_field("From", me),
        address_field("To", me),
        text_field("Subject", unbound(subject)),
        stamp_fields(stamp),
        b"X-Auto-Response-Suppress: All\r\n",
    ]
