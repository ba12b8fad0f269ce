"""The flight list as mails: read and answered without a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..commands.command import Verb
from ..mail.display import Foreign, one_line, shown_sender
from ..people import Owner
from ..reviews.controls import Controls
from ..reviews.flight import Part, shown_lines
from ..reviews.items import SUBJECT_CHARACTERS, Item
from ..reviews.to_do import ToDo
from .mail import Catalogue, Stamp, unbound
from .review import ReviewWriter, owner_mail
from .review_page import Entry, Line, Page, Section
from .to_do import private_title

MOST_OCTETS = 80_000


def compose_part(
    part: Part, owner: Owner, stamp: Stamp, catalogue: Catalogue, controls: Controls | None = None
) -> bytes:
    """One mail of the list. controls: the secrets of its buttons; None: it has none, and commands nothing."""
    return owner_mail(part_page(part, owner, catalogue, controls), owner, stamp, catalogue)


def part_page(part: Part, owner: Owner, catalogue: Catalogue, controls: Controls | None = None) -> Page:
    """A part in the owner's language and time zone."""
    writer = ReviewWriter(part.review.facts, owner, catalogue, controls)
    say, words = writer.words.say, writer.words
    sections = []
    if part.review.waiting:
        heading = say("Open (%(n)s)", n=words.number(part.review.waiting))
        entries = [_item_entry(item, part, writer) for item in part.review.waiting]
        entries = [_with_bounds(entry, part, catalogue) for entry in entries]
        sections.append(Section(heading, entries=entries))
    if part.to_dos:
        heading = say("Your to-do list (%(n)s)", n=words.number(part.to_dos))
        entries = [_to_do_entry(to_do, part, writer, owner, catalogue) for to_do in part.to_dos]
        entries = [_with_bounds(entry, part, catalogue) for entry in entries]
        sections.append(Section(heading, entries=entries))
    if part.low:
        heading = say("Newsletters and automatic mail (%(n)s)", n=words.number(part.low))
        label = say("All done (%(n)s)", n=words.number(part.low))
        button = writer.buttons.button((0, Verb.BULK_DONE, None), label, f"{label}: {heading}", f"{label}.")
        sections.append(
            Section(heading, lines=[_low_line(item, writer) for item in part.low], buttons=button)
        )
    entries_n = catalogue.number(part.size)
    of = f" {part.number}/{part.of}" if part.of > 1 else ""
    heading = say("Nothing is open") if not part.size else say("All that is open") + of
    when = f"{catalogue.day(writer.now)} {catalogue.time(writer.now)}"
    return Page(
        language=catalogue.language,
        subject=unbound(f"{heading} · {entries_n} · {when}"),
        notices=(),
        summary=say("To read and answer without a network: what you decide arrives later, in order.")
        if part.size
        else say("There is no open mail, and nothing is on your list."),
        heading=heading,
        since="",
        sections=sections,
        health=_foot(writer),
        goodbye=_goodbye(part, writer),
        buttons=writer.buttons.of_review(part.review) if part.review.waiting else (),
        reply_words=writer.buttons.reply_words(part.review),
    )


def _item_entry(item: Item, part: Part, writer: ReviewWriter) -> Entry:
    text = part.texts[item.number]
    entry = writer.entry(replace(item, excerpt=text))
    return replace(entry, excerpt="", paragraphs=[Foreign(line) for line in shown_lines(text)])


def _with_bounds(entry: Entry, part: Part, catalogue: Catalogue) -> Entry:
    """It says where its text began or goes on in another mail."""
    is_first, is_last = entry.number == part.first, entry.number == part.first + part.size - 1
    return with_bounds(entry, part.is_continued and is_first, part.goes_on and is_last, catalogue)


def with_bounds(entry: Entry, is_continued: bool, goes_on: bool, catalogue: Catalogue) -> Entry:
    """It says that its text began in the mail before, or goes on in the next."""
    paragraphs = list(entry.paragraphs)
    if is_continued:
        paragraphs.insert(0, catalogue.gettext("This goes on from the mail before."))
    if goes_on:
        paragraphs.append(catalogue.gettext("This goes on in the next mail."))
    return replace(entry, paragraphs=paragraphs)


def _to_do_entry(to_do: ToDo, part: Part, writer: ReviewWriter, owner: Owner, catalogue: Catalogue) -> Entry:
    entry = to_do_entry(replace(to_do, new=part.texts[to_do.number]), owner, catalogue)
    label = writer.words.say("Done")
    about = f"{label}: {to_do.number}."
    buttons = writer.buttons.button(
        (to_do.number, Verb.DONE, None), label, about, f"{label}: {to_do.number}."
    )
    return replace(entry, buttons=buttons)


def to_do_entry(to_do: ToDo, owner: Owner, catalogue: Catalogue) -> Entry:
    """An entry of the to-do list, as a mail shows it."""
    say = catalogue.gettext
    if to_do.is_private:
        title = private_title(to_do, owner.timezone, catalogue)
        return Entry(to_do.number, title, [say("It is in your mailbox.")], "", (), ())
    subject = one_line(to_do.subject, SUBJECT_CHARACTERS)
    who = shown_sender(to_do.sender)
    meta = [
        Foreign(who) if who else say("(unknown sender)"),
        catalogue.day(to_do.at.astimezone(owner.timezone)),
    ]
    if to_do.is_undecided:
        meta.append(say("nobody decided"))
    paragraphs: list[str] = []
    if to_do.remark:
        remark = say("You wrote: %(remark)s") % {"remark": one_line(to_do.remark, 300)}
        paragraphs.append(Foreign(remark))
    paragraphs += [Foreign(line) for line in shown_lines(to_do.new)]
    return Entry(
        number=to_do.number,
        subject=Foreign(subject) if subject else say("(no subject)"),
        meta=meta,
        excerpt="",
        attachments=(),
        warnings=(),
        paragraphs=paragraphs,
    )


def _low_line(item: Item, writer: ReviewWriter) -> Line:
    sender = writer.words.sender(next(iter(item.senders), ""))
    return Line(item.number, [writer.words.subject_of(item.subject), sender])


def _foot(writer: ReviewWriter) -> Sequence[str]:
    facts = writer.facts
    if facts.until_at is None:
        return ()
    day = writer.catalogue.day(facts.until_at.astimezone(writer.zone))
    return [
        writer.words.say("What is still open on %(day)s goes to your to-do list.", day=day),
        writer.words.say("What you decide here counts until two days after that."),
    ]


def _goodbye(part: Part, writer: ReviewWriter) -> str:
    if part.number < part.of:
        return writer.words.say("Part %(n)s of %(of)s.", n=str(part.number), of=str(part.of))
    return writer.words.say("That’s it. Put your phone away.")
