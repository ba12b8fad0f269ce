"""What a machine has to say to the owner, in the owner's language: problems, and warnings above an item.

Facts that are moments carry the owner's time zone; facts that are text may be a stranger's or a server's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from ..handovers.codes import Code
from ..handovers.machine import VANISHED
from ..health import Subject
from ..mail.authentication import UNREADABLE
from ..mail.display import one_line, spoken_name
from ..mail.message import Address
from .cause import cause_words
from .mail import Catalogue

FACT_CHARACTERS = 120

ProblemKind = Literal[
    "blind",  # from_at, until_at: no contact with the mail server in between
    "still_blind",  # from_at, reason
    "mailboxes_missing",  # mailboxes: their names
    "cannot_submit",  # reason: what the submission server said
    "cannot_alert",  # reason: what the alert's own server said
    "cannot_write",  # from_at
    "login_ends",  # from_at
    "review_refused",  # reason: what the owner's own server said
    "to_do_file",
    "to_do_mail",  # reason
    "letter_failed",  # backup, reason
    "clock_set",  # from_at: what it said then
    "loop_fails",  # from_at, loop: as `core.health` names it
    "forward_failed",  # backup, subject, reason
    "forward_waits",  # backup, subject, from_at, reason
    "many_wait",  # count, from_at
    "letter_waits",  # backup, from_at, reason
    "damaged_mail",  # client, subject
    "damaged",
    "no_move",
    "backup_automatic",  # backup
    "backup_bounced",  # backup
    "backup_declined",  # backup
    "backup_dates",  # backup
]


Lacking = Literal["folders", "marker", "keyword", "move", "sent", "idle", "numbers"]
"""What a mail server may refuse without harm to what is vital."""


def lack_sentence(catalogue: Catalogue, lacking: Lacking) -> str:
    """What it costs that the mail server refuses this, and what to do."""
    say = catalogue.gettext
    match lacking:
        case "folders":
            return say(
                "Your mail server makes no folders for delegator, so all mail stays in your inbox. "
                "Decide in the reviews."
            )
        case "marker":
            return say(
                "Your mail server takes no marker, so a second installation of delegator would not be "
                "noticed. See that there is only one."
            )
        case "keyword":
            return say("Your mail server keeps no marks, so a forwarded mail does not look forwarded.")
        case "move":
            return say(
                "Your mail server refuses to move mail, so some of what was decided is still in your inbox."
            )
        case "sent":
            return say("Your sent mail cannot be read, so answers that you write yourself are not seen.")
        case "idle":
            return say("Your mail server announces no new mail, so it is asked for it twice a minute.")
        case "numbers":
            return say(
                "Your mail server renumbers your mail all the time, so new mail is seen up to 15 minutes "
                "late."
            )


def problem_sentence(catalogue: Catalogue, kind: ProblemKind, **facts: str | datetime) -> str:
    """One problem at the top of a review. facts: those named beside the kind; a reason may be ""."""
    said = {
        name: cause_words(catalogue, str(value)) if name == "reason" else _fact(catalogue, value)
        for name, value in facts.items()
    }
    if "subject" in said:
        said["subject"] = said["subject"] or catalogue.gettext("(no subject)")
    match facts:
        case {"from_at": datetime() as from_at, "until_at": datetime() as until_at}:
            if from_at.date() == until_at.date():
                said["until_at"] = catalogue.time(until_at)
    sentence = _problem(catalogue, kind, said) % said
    return _because(catalogue, sentence, said["reason"]) if kind in _WITH_REASON else sentence


_WITH_REASON: frozenset[ProblemKind] = frozenset(
    {
        "still_blind",
        "cannot_submit",
        "cannot_alert",
        "review_refused",
        "to_do_mail",
        "letter_failed",
        "forward_failed",
        "forward_waits",
        "letter_waits",
    }
)
"""What is told with why: their sentences end without a full stop."""


def _problem(catalogue: Catalogue, kind: ProblemKind, said: Mapping[str, str]) -> str:
    say = catalogue.gettext
    match kind:
        case "blind":
            return say(
                "No contact with your mail server from %(from_at)s to %(until_at)s. "
                "What came in meanwhile has been taken up."
            )
        case "still_blind":
            return say("No contact with your mail server since %(from_at)s")
        case "mailboxes_missing":
            return say(
                "A folder that is to be watched is not there (renamed?), so mail in it is not seen: "
                "%(mailboxes)s."
            )
        case "cannot_submit":
            return say("No mail can be sent, so nothing reaches your colleagues for now")
        case "cannot_alert":
            return say("The alert cannot be sent")
        case "review_refused":
            return say("Your own mail server refused a review, so for now they leave out what the mails say")
        case "to_do_file":
            return say("Your to-do list cannot be written to its file. It stands in your mails all the same.")
        case "to_do_mail":
            return say("A to-do did not reach your task program")
        case "letter_failed":
            return say("A mail about your absence did not reach %(backup)s")
        case "cannot_write":
            return say(
                "Since %(from_at)s nothing can be stored (is the disk full?), so new mail stays where it is."
            )
        case "login_ends":
            return say(
                "Signing in to your mailbox does not work since %(from_at)s. Run “delegator login” on the "
                "machine that delegator runs on: it mends that, or says who can."
            )
        case "clock_set":
            return say(
                "The clock of the machine that delegator runs on was set, and then said %(from_at)s. "
                "See that it is right."
            )
        case "loop_fails":
            return _loop_sentence(catalogue, said["loop"])
        case "forward_failed":
            return say("“%(subject)s” did not reach %(backup)s")
        case "forward_waits":
            return say("“%(subject)s” has been waiting since %(from_at)s to be forwarded to %(backup)s")
        case "many_wait":
            return say("Mails that wait to be forwarded: %(count)s, the first since %(from_at)s.")
        case "letter_waits":
            return say(
                "A mail about your absence has been waiting since %(from_at)s to be sent to %(backup)s"
            )
        case "damaged_mail":
            return say(
                "Part of what was kept about “%(subject)s” from %(client)s was damaged and has been set "
                "aside. Look at that mail yourself, and ask your colleague if one has it."
            )
        case "damaged":
            return say(
                "Part of what delegator keeps was damaged and has been set aside. "
                "A button or a number of an earlier review may no longer work."
            )
        case "backup_automatic":
            return say(
                "%(backup)s has an automatic reply; the next colleague gets the mails "
                "until %(backup)s writes again."
            )
        case "backup_bounced":
            return say(
                "Mails to %(backup)s come back; the next colleague gets them until %(backup)s writes again."
            )
        case "backup_declined":
            return say("%(backup)s would rather not stand in for you; the next colleague gets the mails.")
        case "backup_dates":
            return say("%(backup)s is not there today; the next colleague gets the mails.")
        case "no_move":
            return say("Your mail server cannot move mail, so all of it stays in your inbox.")


def damage_sentences(catalogue: Catalogue, about: Sequence[tuple[Address, str] | None]) -> list[str]:
    """What the owner is told of rows that were set aside: each mail once, and the rest in one sentence.

    about: the sender and the subject of the mail that a row was about; None: it cannot be named.
    """
    named = list(dict.fromkeys(mail for mail in about if mail is not None))
    told = [
        problem_sentence(
            catalogue, "damaged_mail", client=spoken_name(sender, is_known=False), subject=subject
        )
        for sender, subject in named[:MOST_DAMAGED]
    ]
    if None in about or len(named) > MOST_DAMAGED:
        told.append(problem_sentence(catalogue, "damaged"))
    return told


MOST_DAMAGED = 5
"""Mails that are named: a disk that fails may take hundreds."""


def waiting_sentence(catalogue: Catalogue, backup: str, since_at: datetime, reply: str) -> str:
    """Above a forward that cannot go yet. backup: the name. since_at: in the owner's zone."""
    facts = {"backup": one_line(backup, FACT_CHARACTERS), "from_at": _fact(catalogue, since_at)}
    waits = catalogue.gettext("Has been waiting since %(from_at)s to be forwarded to %(backup)s") % facts
    goes = catalogue.gettext("It goes by itself as soon as it can, unless you decide otherwise.")
    return f"{_because(catalogue, waits, cause_words(catalogue, reply))} {goes}"


def warning_sentence(
    catalogue: Catalogue, code: Code, detail: str = "", names: Mapping[str, str] | None = None
) -> str:
    """The line above an item in a review; "" where the reason needs none.

    detail: of the verdict: a failed method, a recipient, what could not be read; may be "". names: of the
    backups, by key.
    """
    say = catalogue.gettext
    if code == Code.NOBODY_THERE:  # why each is not, it has in English; the review's problems say it
        keys = [key for each in detail.split(", ") if (key := each.partition(" ")[0])]
        detail = ", ".join((names or {}).get(key, key) for key in keys)
    if code == Code.AUTHENTICATION_FAILED and detail == UNREADABLE:
        return say("What your mail server says of its sender cannot be read, so it was not forwarded") + "."
    if code == Code.AUTHENTICATION_FAILED:
        warning = say("Perhaps not from this sender, says your mail server")
    elif code == Code.NOBODY_THERE:
        warning = say("None of the colleagues for this is there")
    elif code == Code.NOT_FORWARDED and detail == VANISHED:
        return say("A colleague was to take it over, but it was not found in your mailbox any more") + "."
    elif code == Code.NOT_FORWARDED:
        return say("No colleague can take it over any more") + "."
    elif code == Code.FROM_BACKUP:
        return say("A colleague writes to you alone") + "."
    elif code == Code.MAYBE_ANSWERED:
        if not detail:
            return say("Perhaps a colleague’s answer to one of this client’s questions") + "."
        return say("Perhaps a colleague’s answer to this; “done” settles it") + "."
    elif code == Code.BOUNCE:
        warning = say("A forward did not arrive")
    elif code == Code.UNDELIVERED:
        warning = say("Your mail did not arrive")
    elif code == Code.DELAYED:
        warning = say("A forward is late; the server keeps trying")
    elif code == Code.IN_JUNK:
        warning = say("Lies in your spam folder")
    elif code == Code.NOT_SEEN:
        warning = say("Perhaps delivered straight into a folder, and not moved there, so nothing was done")
    elif code == Code.LOOP:
        warning = say("Goes round in circles, so it was not forwarded")
    elif code == Code.EMPTY_REVERSE_PATH:
        warning = say("An automatic notice, so it was not forwarded")
    elif code == Code.FLOOD:
        return say("Too much new mail from this sender within an hour, so it was not forwarded") + "."
    elif code == Code.RESTORED:
        return say("Perhaps a colleague has it already: it came before delegator was restored") + "."
    elif code == Code.TOO_LARGE:
        warning = say("Too large to take in; the whole of it is in your inbox")
    elif code == Code.UNREADABLE:
        warning = say("Could not be read; it is in your inbox")
    else:
        return ""
    return _because(catalogue, warning, one_line(detail, FACT_CHARACTERS))


def _loop_sentence(catalogue: Catalogue, loop: str) -> str:
    say = catalogue.gettext
    match loop:
        case Subject.OUTBOX:
            return say("Since %(from_at)s no mail goes out, because of an error in delegator itself.")
        case Subject.REVIEWS:
            return say("Since %(from_at)s no reviews are made, because of an error in delegator itself.")
        case Subject.HANDOVERS:
            return say(
                "Since %(from_at)s nothing is followed up with your colleagues, because of an error in "
                "delegator itself."
            )
        case Subject.ALARM:
            return say("Since %(from_at)s nobody is alerted, because of an error in delegator itself.")
        case Subject.ACCOUNT:
            return say(
                "Since %(from_at)s nothing at all happens for this mailbox, because of an error in "
                "delegator itself."
            )
        case _:
            return say(
                "Since %(from_at)s your mailbox is not being watched, because of an error in "
                "delegator itself."
            )


def _fact(catalogue: Catalogue, value: str | datetime) -> str:
    if isinstance(value, datetime):
        return f"{catalogue.day(value)} {catalogue.time(value)}"
    return one_line(value, FACT_CHARACTERS)


def _because(catalogue: Catalogue, sentence: str, reason: str) -> str:
    """With the reason behind a colon, where there is one; ends in one full stop."""
    if not reason:
        return f"{sentence}."
    facts = {"sentence": sentence, "reason": reason.rstrip(".")}
    return catalogue.gettext("%(sentence)s: %(reason)s.") % facts
