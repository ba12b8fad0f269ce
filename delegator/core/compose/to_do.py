"""The to-do list as a Markdown file, and each entry as a mail to a task program.

Whoever reads these parses them: the file is Markdown, and task programs look for signs in a subject. What a
client wrote must not steer the list, so its signs become others that only look alike.

What each program reads:

- Asana: To is the assignee or the owner's own tasks, Cc become collaborators, the subject is the name, the
  body the description, 30 MB at most; the sender must be an address of the account's, and authenticate.
- Evernote: the subject is the title; behind it `!2027/01/08` or `!tomorrow` sets a reminder, `@` names a
  notebook and `#` a tag, which both must exist. (As scripts that mail to m.evernote.com use it; its help
  centre's own page could not be read.)
- Todoist: the subject is the task, with `<date …>`, `@label`, `#project`, `/section`, `+person`, `p1` to
  `p4`; the body becomes a comment.
- Trello: the subject is the card, the body its description. The address is one member's of one board
  (support.atlassian.com/trello/docs/creating-cards-by-email). That `#label` and `@member` are read in the
  subject is as people use it; that page was not seen to say so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from ..mail.display import Foreign, one_line, shown_sender
from ..people import Owner
from ..reviews.flight import MOST_LINES
from ..reviews.to_do import CUT, WITH_TAGS, TaskAddress, ToDo
from .answer import letter_to_owner
from .letter import Letter
from .mail import Catalogue, Stamp, address_field, stamp_fields, text_entity, text_field, unbound

TITLE_CHARACTERS = 120

_STEERING = frozenset("#@+!<>/*%{}[]~^|`\\$&=_:;\"'")
# Unseen beside these characters, and a program may drop it: "p<joiner>1". Not the one of a key cap.
_JOINER = re.compile(
    r"[\u200c\u200d\ufe0e\ufe0f]+(?=[!-~])|(?<=[!-~])[\u200c\u200d\ufe0e\ufe0f]+(?![\u20e3\u200c\u200d\ufe0e\ufe0f])"
)
_PRIORITY = re.compile(r"(?<![^\W_])[pP](?=[0-9](?![^\W_]))")


def neutral(text: str) -> str:
    """With full-width signs, which look alike and mean nothing: "＃dringend", "ｐ1"."""
    signs = "".join(_full_width(sign) for sign in _JOINER.sub("", text))
    return _PRIORITY.sub(lambda found: _full_width(found[0], is_letter=True), signs)


def _full_width(sign: str, *, is_letter: bool = False) -> str:
    same = sign if sign.isascii() else unicodedata.normalize("NFKC", sign)
    if len(same) == 1 and (same in _STEERING or (is_letter and same.isascii())):
        return chr(ord(same) + 0xFEE0)
    return sign


_AT_A_WORD = re.compile(r"(?<!\S)[#@+!/*\[]|[<>]|(?<!\S)[pP][0-9](?!\w)")


def _neutral_line(line: str) -> str:
    """A line of a body: only what stands at the begin of a word means something there."""
    return _AT_A_WORD.sub(lambda found: neutral(found[0]), _JOINER.sub("", line))


# --- a mail to a task program ---------------------------------------------------------------------


def compose_task(to_do: ToDo, to: TaskAddress, owner: Owner, stamp: Stamp, catalogue: Catalogue) -> bytes:
    """One entry as a task: one recipient, no Cc, plain text."""
    title = _title(to_do, owner.timezone, catalogue)
    return _task(title, _task_body(to_do, owner.timezone, catalogue), to, owner, stamp)


def compose_test_task(to: TaskAddress, owner: Owner, stamp: Stamp, catalogue: Catalogue) -> bytes:
    """A task that says that it is a test, for `check --send`."""
    say = catalogue.gettext
    body = say("It works: your to-do list comes here once you are back. This one may go.")
    return _task(say("Test of your to-do list"), f"{body}\n", to, owner, stamp)


def compose_refused(address: str, reason: str, owner: Owner, stamp: Stamp, catalogue: Catalogue) -> bytes:
    """To the owner: a task program does not take the to-dos. reason: of the server."""
    say = catalogue.gettext
    heading = say("Your task program takes no to-dos")
    said = {"address": one_line(address, 100), "reason": one_line(reason, 200)}
    lead = [
        Foreign(say("%(address)s refuses them: %(reason)s") % said),
        say("All of them stand in the mail that you got when you came home."),
    ]
    foot = [
        say(
            "Whoever runs the host corrects the address under “to_do” in rules.yaml, and tries it with "
            "“delegator check --send”."
        )
    ]
    return letter_to_owner(
        Letter(catalogue.language, heading, heading, lead, foot=foot), owner, stamp, catalogue
    )


def _task(title: str, body: str, to: TaskAddress, owner: Owner, stamp: Stamp) -> bytes:
    subject = " ".join((title, *to.tags)) if to.preset in WITH_TAGS else title
    return b"".join(
        [
            address_field("From", [(owner.name, owner.address)]),
            address_field("To", [("", to.address)]),
            text_field("Subject", unbound(subject)),
            stamp_fields(stamp),
            b"X-Auto-Response-Suppress: All\r\n",
            text_entity(body),
        ]
    )


def _title(to_do: ToDo, zone: ZoneInfo, catalogue: Catalogue) -> str:
    say = catalogue.gettext
    if to_do.is_private:
        return private_title(to_do, zone, catalogue)
    subject = one_line(to_do.subject, TITLE_CHARACTERS) or say("(no subject)")
    remark = one_line(to_do.remark, TITLE_CHARACTERS)
    said = f"{remark} ({subject})" if remark else subject
    who = shown_sender(to_do.sender) or say("(unknown sender)")
    return neutral(f"{one_line(said, TITLE_CHARACTERS)} · {who}")


def private_title(to_do: ToDo, zone: ZoneInfo, catalogue: Catalogue) -> str:
    """All that is said of a private mail."""
    facts = {"n": str(to_do.number), "day": catalogue.day(to_do.at.astimezone(zone))}
    return catalogue.gettext("Private (no. %(n)s, %(day)s)") % facts


def _task_body(to_do: ToDo, zone: ZoneInfo, catalogue: Catalogue) -> str:
    say = catalogue.gettext
    if to_do.is_private:
        return f"{say('It is in your mailbox.')}\n"
    head = [
        say("From: %(who)s") % {"who": _who(to_do, catalogue)},
        say("Date: %(when)s") % {"when": catalogue.date_time(to_do.at.astimezone(zone))},
        say("Search for: %(words)s") % {"words": _neutral_line(to_do.search)},
    ]
    if to_do.remark:
        head.insert(0, say("You wrote: %(remark)s") % {"remark": _neutral_line(one_line(to_do.remark, 300))})
    head += [to_do.link] if to_do.link else []
    return "\n".join([*head, "", *map(_neutral_line, new_lines(to_do)), ""])


def _who(to_do: ToDo, catalogue: Catalogue) -> str:
    shown = shown_sender(to_do.sender)
    if not shown:
        return catalogue.gettext("(unknown sender)")
    address = one_line(to_do.sender.address, 60)
    named = shown if address in shown else f"{shown}, {address}"
    return _neutral_line(named)


def new_lines(to_do: ToDo) -> Sequence[str]:
    """What is new in it, fit to be shown; the lines between paragraphs are empty."""
    lines = [one_line(line, len(line) + 1) for line in to_do.new.split("\n")]
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], CUT]
    return lines if any(lines) else ()


# --- the file -------------------------------------------------------------------------------------


def write_markdown(to_dos: Sequence[ToDo], owner: Owner, catalogue: Catalogue) -> str:
    """The list as Markdown (CommonMark, with GitHub's boxes to tick). No word of a client's is markup."""
    say, zone = catalogue.gettext, owner.timezone
    heading = say("To-do list (%(n)s)") % {"n": catalogue.number(len(to_dos))}
    lines = [
        f"# {heading}",
        "",
        say("delegator writes this file anew whenever the list changes: what you change in it is lost."),
    ]
    if not to_dos:
        lines += ["", say("Nothing is on your list.")]
    for to_do in to_dos:
        lines += ["", *_markdown_entry(to_do, zone, catalogue)]
    return unbound("\n".join(lines)) + "\n"


def _markdown_entry(to_do: ToDo, zone: ZoneInfo, catalogue: Catalogue) -> list[str]:
    say = catalogue.gettext
    if to_do.is_private:
        return [f"- [ ] {escaped(private_title(to_do, zone, catalogue))}"]
    subject = escaped(one_line(to_do.subject, TITLE_CHARACTERS) or say("(no subject)"))
    who = escaped(shown_sender(to_do.sender) or say("(unknown sender)"))
    day = escaped(catalogue.day(to_do.at.astimezone(zone)))
    lines = [f"- [ ] {to_do.number}\\. {subject} · {who} · {day}"]
    if to_do.remark:
        lines.append(f"  - {say('You wrote: %(remark)s') % {'remark': escaped(one_line(to_do.remark, 300))}}")
    lines.append(f"  - {say('Search for: %(words)s') % {'words': escaped(to_do.search)}}")
    if to_do.link:
        lines.append(f"  - <{to_do.link}>")
    if new := new_lines(to_do):
        lines.append("")
        lines += [f"  > {escaped(line)}".rstrip() for line in new]
    return lines


_MARKUP = re.compile(r"[\\`*_{}\[\]<>#+!|~&=$^@:]")
_WWW = re.compile(r"www\.", re.IGNORECASE)


def escaped(text: str) -> str:
    """A stranger's words so that they are text in Markdown (CommonMark section 2.4), on one line.

    A colon and a point after "www" are escaped too: GitHub makes links of bare addresses.
    """
    line = _MARKUP.sub(lambda found: f"\\{found[0]}", text)
    line = _WWW.sub(lambda found: f"{found[0][:3]}\\.", line)
    if re.match(r"\d{1,9}[.)]", line):
        return re.sub(r"^(\d{1,9})([.)])", r"\1\\\2", line)
    return f"\\{line}" if line.startswith("-") else line
