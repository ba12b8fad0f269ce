"""What the owner reads after a word about the absence: what was understood, with dates in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from ..commands.days import folded
from ..commands.wish import Doubt, Unclear
from ..mail.display import Foreign, one_line
from ..people import Owner, Window
from ..reviews.changes import Understood
from .answer import letter_to_owner
from .letter import Button, Letter, Part
from .mail import Catalogue, Stamp
from .moments import window_days, window_words

_WORD_CHARACTERS = 60
_OF_WINDOW = ("plan", "trial", "until", "off", "trial_off")


def compose_understood(
    understood: Understood,
    confirm: str | None,
    owner: Owner,
    names: Mapping[str, str],
    stamp: Stamp,
    catalogue: Catalogue,
) -> bytes:
    """What was done; or, with a button, what would be.

    confirm: its mailto link. names: of the backups, by key.
    """
    say = catalogue.gettext
    heading = say("Is this right?") if confirm is not None else done_heading(understood, names, catalogue)
    lead = understood_sentences(understood, owner.home_timezone, names, catalogue)
    is_elsewhere = owner.timezone != owner.home_timezone and understood.kind in _OF_WINDOW
    if is_elsewhere or understood.zone not in ("", str(owner.home_timezone)):
        by_home = say("The days and hours of an absence are those of %(zone)s, your clock at home.")
        lead.append(by_home % {"zone": owner.home_timezone})
    buttons: tuple[Button, ...] = ()
    if confirm is not None:
        label = say("That’s right")
        buttons = (Button(label, confirm, f"{label}: {lead[0]}"),)
        foot = [
            say("Nothing changes before you tap the button."),
            say("Not right? Answer this mail with one line, such as “%(example)s”.")
            % {"example": _example(understood.kind, catalogue, names, is_asked=True)},
        ]
    else:
        foot = [
            say("To change it again, answer this mail with one line, such as “%(example)s”.")
            % {"example": _example(understood.kind, catalogue, names)}
        ]
    return letter_to_owner(
        Letter(
            language=catalogue.language,
            subject=heading
            if confirm is None
            else f"{heading} · {_in_short(understood, owner, names, catalogue)}",
            heading=heading,
            lead=lead,
            buttons=buttons,
            foot=foot,
        ),
        owner,
        stamp,
        catalogue,
    )


def compose_doubt(
    doubt: Doubt,
    line: str,
    owner: Owner,
    names: Mapping[str, str],
    stamp: Stamp,
    catalogue: Catalogue,
) -> bytes:
    """What could not be understood, or cannot be, and how it may be said. line: as written."""
    say = catalogue.gettext
    heading = say("What did you mean?")
    lead = [doubt_sentence(doubt, owner.home_timezone, names, catalogue), say("Nothing was changed.")]
    asked = say("You wrote: “%(line)s”.") % {"line": one_line(line, 120)}
    return letter_to_owner(
        Letter(
            language=catalogue.language,
            subject=f"{heading} · {one_line(line, 40)}",
            heading=heading,
            lead=[Foreign(lead[0]), lead[1]],
            parts=(
                Part("", points=(Foreign(asked),)),
                Part(say("Answer this mail with one line, such as"), points=examples(catalogue, names)),
            ),
        ),
        owner,
        stamp,
        catalogue,
    )


def done_heading(understood: Understood, names: Mapping[str, str], catalogue: Catalogue) -> str:
    """In a few words, what holds from now on."""
    say = catalogue.gettext
    backup = {"backup": _name(understood.backup, names)}
    match understood.kind:
        case "plan":
            return say("Your absence is planned")
        case "trial":
            return say("Your trial is planned")
        case "until":
            return say("The end of your absence has changed")
        case "back":
            return say("Welcome back")
        case "off":
            return say("Your absence is called off")
        case "trial_off":
            return say("Your trial is called off")
        case "pause":
            return say("Nothing is forwarded now")
        case "resume":
            return say("Mail is forwarded again")
        case "zone":
            return say("Your reviews follow another clock")
        case "backup_away":
            return say("%(backup)s is away") % backup
        case "backup_back":
            return say("%(backup)s is there again") % backup


def _in_short(understood: Understood, owner: Owner, names: Mapping[str, str], catalogue: Catalogue) -> str:
    """What would hold, for a subject: the dates, where the absence is what changes."""
    if understood.window is not None and understood.kind in _OF_WINDOW:
        return window_days(understood.window, owner.home_timezone, catalogue)
    return done_heading(understood, names, catalogue)


def understood_sentences(
    understood: Understood, zone: ZoneInfo, names: Mapping[str, str], catalogue: Catalogue
) -> list[str]:
    """What holds from now on, or would, with dates in full."""
    say = catalogue.gettext
    window = understood.window
    facts = {
        "backup": _name(understood.backup, names),
        "when": full_words(window, zone, catalogue) if window else "",
        "back": back_in_full(window.until_at, zone, catalogue) if window else "",
        "before": back_in_full(understood.before.until_at, zone, catalogue) if understood.before else "",
        "zone": understood.zone,
    }
    lines: list[str] = []
    match understood.kind:
        case "plan":
            lines.append(say("You are away %(when)s. You are back %(back)s.") % facts)
            if understood.backup is not None:
                lines.append(
                    say("%(backup)s takes what nobody whom a rule names can take, and what is proposed.")
                    % facts
                )
        case "trial":
            lines.append(say("A trial %(when)s: the reviews come, and nothing is forwarded.") % facts)
        case "until":
            lines.append(say("You are back %(back)s instead of %(before)s.") % facts)
            lines.append(say("So you are away %(when)s.") % facts)
        case "back":
            lines.append(say("Your absence is over. Nothing more is forwarded.") % facts)
        case "off":
            lines.append(say("You are not away %(when)s: that absence does not take place.") % facts)
            lines.append(say("Whoever of your colleagues was asked to stand in hears that it is not needed."))
            lines.append(say("What you gave to a colleague yourself stays there."))
        case "trial_off":
            lines.append(say("There is no trial %(when)s.") % facts)
        case "pause":
            lines.append(say("From now on no mail is forwarded, until you say “resume”."))
            lines.append(say("Your mail is still sorted, and the reviews come. Clients go on waiting."))
        case "resume":
            lines.append(say("What waited is forwarded, and new mail as your rules say."))
        case "zone":
            lines.append(say("Your reviews come by the clock of %(zone)s until you are back.") % facts)
        case "backup_away":
            lines.append(
                say("%(backup)s is away %(when)s. Others, where your rules name any, get the mail meanwhile.")
                % facts
            )
        case "backup_back":
            lines.append(say("%(backup)s is there again, and gets the mail that your rules say.") % facts)
    if understood.running is not None:
        lines.append(
            say("The absence that goes on now stays as it is: you are back %(back)s.")
            % {"back": back_in_full(understood.running.until_at, zone, catalogue)}
        )
    return lines


def doubt_sentence(doubt: Doubt, zone: ZoneInfo, names: Mapping[str, str], catalogue: Catalogue) -> str:
    """What is in doubt, and what was understood of it."""
    facts = {
        "detail": one_line(doubt.detail, _WORD_CHARACTERS),
        "named": catalogue.join([_name(key, names) for key in doubt.detail.split()]),
        "keys": ", ".join(key for key, name in names.items() if folded(name) == folded(doubt.detail)),
        "names": catalogue.join([one_line(each, _WORD_CHARACTERS) for each in names.values()]),
        "backup": _name(doubt.backup, names),
        "day": catalogue.date(_noon(doubt.day)) if doubt.day else "",
        "when": full_words(doubt.window, zone, catalogue) if doubt.window else "",
        "back": back_in_full(doubt.window.until_at, zone, catalogue) if doubt.window else "",
        "begin": back_in_full(doubt.window.from_at, zone, catalogue) if doubt.window else "",
        "other": full_words(doubt.other, zone, catalogue) if doubt.other else "",
    }
    return _doubt(doubt, catalogue) % facts


def _doubt(doubt: Doubt, catalogue: Catalogue) -> str:
    say = catalogue.gettext
    match doubt.why:
        case Unclear.NO_DAYS:
            return say("From when until when?")
        case Unclear.NO_END:
            return say("Until when?")
        case Unclear.NO_ZONE:
            return say("Which city? A time zone is named by one.")
        case Unclear.EXTRA_WORDS:
            return say("The words “%(detail)s” were not understood.")
        case Unclear.UNKNOWN_BACKUP:
            return say("“%(detail)s” was not understood. Your colleagues are: %(names)s.")
        case Unclear.TWO_BACKUPS if doubt.kind in ("backup_away", "backup_back"):
            return say(
                "Write a line about one colleague at a time, first the one, then the other. "
                "You named %(named)s."
            )
        case Unclear.TWO_BACKUPS:
            return say(
                "Only one colleague can take what your rules give to nobody, and you named %(named)s. "
                "Write one name."
            )
        case Unclear.NAMESAKES:
            return say("More than one of your colleagues is called “%(detail)s”. Write one of: %(keys)s.")
        case Unclear.NO_SUCH_DAY:
            return say("There is no day “%(detail)s”.")
        case Unclear.WEEKDAY:
            return say("“%(detail)s” is on %(day)s, which is another day of the week.")
        case Unclear.SAME_WEEKDAY:
            return say("Today is %(day)s: do you mean today, or in a week? Say it with a date.")
        case Unclear.NEXT_WEEKDAY:
            return say("Do you mean %(day)s, or a week later? Say it with a date.")
        case Unclear.NO_HOUR:
            return say("From or until what time? Write the hour, such as 13:00.")
        case Unclear.NO_MONTH:
            return say("“%(detail)s” of which month?")
        case Unclear.MIXED_ORDER if doubt.window and doubt.other:
            return say(
                "One date has its month in front, so this may be %(when)s, or %(other)s. "
                "Which of the two? Write the months in words."
            )
        case Unclear.MIXED_ORDER if doubt.window:
            return say("One date has its month in front. Is it %(when)s? Write the months in words.")
        case Unclear.MIXED_ORDER:
            return say("One date has its month in front. Write the months in words.")
        case Unclear.DAY_OR_ITEMS:
            return say(
                "“%(detail)s” may be %(day)s, or numbers of the list. A day? Write the month in words. "
                "Numbers? Write “done %(detail)s”."
            )
        case Unclear.END_BEFORE if doubt.window and doubt.kind == "until":
            return say("You would be back %(back)s, before you leave: you are away %(other)s.")
        case Unclear.END_BEFORE if doubt.window and doubt.window.from_at < doubt.window.until_at:
            return say("That would be %(when)s. Is it so? Say both days with their years.")
        case Unclear.END_BEFORE if doubt.window:
            return say("That would begin %(begin)s and be over %(back)s already. Say both days anew.")
        case Unclear.END_BEFORE:
            return say("That ends before it begins. Say both days with their years.")
        case Unclear.PAST if doubt.backup:
            return say("%(backup)s would be back %(back)s, which is over already. Say another day.")
        case Unclear.PAST if doubt.window and (
            doubt.kind == "until" or doubt.window.until_at <= doubt.window.from_at
        ):
            return say("You would be back %(back)s, which is over already. Say another day.")
        case Unclear.PAST:
            return say("That is over already: %(when)s. Say it with the year.")
        case Unclear.TOO_LONG:
            return say("That is longer than a year: %(when)s.")
        case Unclear.OVERLAP:
            return say("You would be away %(when)s. But you are already away %(other)s, and the two overlap.")
        case Unclear.UNKNOWN_ZONE:
            return say("No time zone is known for “%(detail)s”. Name a large city near you.")
        case Unclear.MANY_ZONES:
            return say("There is more than one: %(detail)s. Name one of these.")
        case Unclear.NO_ABSENCE if doubt.kind == "trial_off":
            return say("No trial is planned.")
        case Unclear.NO_ABSENCE:
            return say("You are not away, and no absence is planned.")
        case Unclear.IS_BACK:
            return say("You have been back since %(day)s.")
        case Unclear.NOT_YET:
            return say("You are not away now. You will be away %(other)s. Not after all? Write “not away”.")
        case Unclear.RUNS:
            return say(
                "You are away %(other)s, and that has begun. Back? Write “I am back”. Another end? Write "
                "it, such as “until 6/1”."
            )
        case Unclear.IS_OFF:
            return say("It is so already: you are not away %(when)s.")
        case Unclear.WHICH:
            return say(
                "You will be away %(when)s, and again %(other)s. Which of the two does not take place? "
                "Write its days as well, such as “not away 19/12-4/1”."
            )
        case Unclear.ONLY_PART:
            return say(
                "You will be away %(other)s. Not at all? Write “not away”. Only another end? Write it, "
                "such as “until 6/1”."
            )
        case Unclear.NOT_THEN:
            return say("No absence is planned %(when)s. You will be away %(other)s.")
        case Unclear.IS_SO if doubt.kind == "until" and doubt.window:
            return say("It is so already: you are back %(back)s.")
        case Unclear.IS_SO if doubt.kind == "pause":
            return say("It is so already: no mail is forwarded.")
        case Unclear.IS_SO if doubt.kind == "resume":
            return say("It is so already: nothing is held back.")
        case Unclear.IS_SO:
            return say("It is so already.")
        case Unclear.ALONE:
            return say("Write it in a mail of its own, so that nothing else is taken for it.")


def examples(catalogue: Catalogue, names: Mapping[str, str]) -> Sequence[str]:
    """What may be said, one line each. names: of the backups, by key: the first stands in the examples."""
    say = catalogue.gettext
    return (
        _away(catalogue, names),
        say("until 6/1"),
        say("I am back"),
        say("not away"),
        say("pause"),
        say("resume"),
        say("time zone Bangkok"),
        *_backup_away(catalogue, names),
        say("trial Friday"),
    )


def _away(catalogue: Catalogue, names: Mapping[str, str]) -> str:
    return (catalogue.gettext("away 19/12-4/1 %(backup)s") % {"backup": next(iter(names), "")}).strip()


def _backup_away(catalogue: Catalogue, names: Mapping[str, str]) -> list[str]:
    backup = next(iter(names), "")
    return [catalogue.gettext("%(backup)s away until Wednesday") % {"backup": backup}] if backup else []


def full_words(window: Window, zone: ZoneInfo, catalogue: Catalogue) -> str:
    """From when to when, with dates in full."""
    return window_words(window, zone, catalogue, in_full=True)


def back_in_full(until_at: datetime, zone: ZoneInfo, catalogue: Catalogue) -> str:
    at = until_at.astimezone(zone)
    day = catalogue.date(at)
    when = day if at.time() == time(0) else f"{day} {catalogue.time(at)}"
    return catalogue.gettext("on %(day)s") % {"day": when}


def _example(kind: str, catalogue: Catalogue, names: Mapping[str, str], *, is_asked: bool = False) -> str:
    """is_asked: instead of what was understood, not after it."""
    say = catalogue.gettext
    match kind:
        case "off" if is_asked:
            return say("not away 19/12-4/1")
        case "trial":
            return say("trial Friday")
        case "until":
            return say("until 6/1")
        case "pause":
            return say("resume")
        case "resume":
            return say("pause")
        case "zone":
            return say("time zone Bangkok")
        case "backup_away" | "backup_back":
            return next(iter(_backup_away(catalogue, names)), _away(catalogue, names))
        case _:
            return _away(catalogue, names)


def _name(key: str | None, names: Mapping[str, str]) -> str:
    return one_line(names.get(key or "", key or ""), _WORD_CHARACTERS)


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12))
