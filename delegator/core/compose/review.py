"""The review: one mail to the owner, text and HTML, that say the same.

Every sentence is made here, once; the templates only lay them out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ..display import NAME_CHARACTERS, Foreign, one_line, shown_sender
from ..people import Owner
from ..review import (
    DETAIL_CHARACTERS,
    PROBLEM_CHARACTERS,
    PROBLEMS_A_REVIEW,
    SUBJECT_CHARACTERS,
    Counts,
    Handed,
    Item,
    Review,
    ReviewFacts,
    Tally,
    tally_backups,
    tally_senders,
    unnamed,
)
from .mail import Catalogue, Stamp, address_field, stamp_fields, text_entity, text_field

SUBJECT_LIMIT = 50
"""More of a subject does not fit on a phone."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An item in full."""

    number: int
    subject: str
    meta: Sequence[str]  # sender, age, reading time
    excerpt: str
    attachments: Sequence[str]  # a label, then file names
    warnings: Sequence[str]


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its parts are set apart by middle dots. number: None where there is nothing to decide."""

    number: int | None
    parts: Sequence[str]
    who: str = ""  # the colleague who has it, before the parts
    is_urgent: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands under it. counts: names with their numbers, after the lines."""

    heading: str
    entries: Sequence[Entry] = ()
    lines: Sequence[Line] = ()
    counts: Sequence[tuple[str, str]] = ()
    others: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """All that a review says, in the order in which it says it."""

    language: str
    subject: str
    notices: Sequence[str]  # the mode, then problems
    summary: str  # also what a list of mails shows beside the subject
    heading: str
    since: str
    sections: Sequence[Section] = field(default=())
    health: Sequence[str] = field(default=())
    goodbye: str = ""


def compose_review(review: Review, owner: Owner, stamp: Stamp, catalogue: Catalogue) -> bytes:
    """A review to the owner: text and HTML, under 80 kB. Never raises."""
    page = review_page(review, owner, catalogue)
    owners = [(owner.name, owner.address)]
    boundary = stamp.boundary
    lines = [
        address_field("From", owners),
        address_field("To", owners),
        text_field("Subject", page.subject),
        stamp_fields(stamp),
        text_field("List-Id", f"<review.{owner.domain}>"),  # RFC 2919: for the owner's own filters
        b"X-Auto-Response-Suppress: All\r\n",
        f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'.encode(),
    ]
    for subtype, name in (("plain", "review.txt"), ("html", "review.html")):
        text = catalogue.template(name).render(page=page)
        lines += [f"--{boundary}\r\n".encode(), text_entity(text, subtype), b"\r\n"]
    return b"".join([*lines, f"--{boundary}--\r\n".encode()])


def review_page(review: Review, owner: Owner, catalogue: Catalogue) -> Page:
    """The review in the owner's language and time zone."""
    return _Writer(review.facts, owner, catalogue).page(review)


class _Writer:
    """Makes the sentences of one review."""

    def __init__(self, facts: ReviewFacts, owner: Owner, catalogue: Catalogue) -> None:
        self.facts = facts
        self.zone = owner.timezone
        self.catalogue = catalogue
        self.now = facts.now.astimezone(owner.timezone)
        self.is_live = facts.mode == "live"

    def page(self, review: Review) -> Page:
        decisions = self._decisions(review)
        minutes = self._minutes(review)
        return Page(
            language=self.catalogue.language,
            subject=self._subject(decisions, minutes),
            notices=[*self._mode(), *self._problems()],
            summary=self._summary(review),
            heading=", ".join(filter(None, (decisions, minutes))),
            since=self._since(self.facts.counts),
            sections=list(self._sections(review)),
            health=self._health(),
            goodbye=self._goodbye(),
        )

    # the head

    def _decisions(self, review: Review) -> str:
        waiting, still_open = len(review.waiting), len(review.still_open)
        if waiting:
            return self._plural("%(n)s decision", "%(n)s decisions", waiting)
        if still_open:
            return self._plural("Nothing new, %(n)s still open", "Nothing new, %(n)s still open", still_open)
        return self._say("Nothing to decide")

    def _minutes(self, review: Review) -> str:
        if not review.waiting:
            return ""
        minutes = -(-review.deciding // timedelta(minutes=1))
        return self.catalogue.span(timedelta(minutes=minutes))

    def _subject(self, decisions: str, minutes: str) -> str:
        when = f"{self.catalogue.day(self.now)} {self._part_of_day()}"
        subject = " · ".join(filter(None, (decisions, minutes, when)))
        return subject if len(subject) <= SUBJECT_LIMIT else f"{decisions} · {when}"[:SUBJECT_LIMIT]

    def _part_of_day(self) -> str:
        """Differs from slot to slot of a day, so that reviews do not thread: else the time itself."""
        index = self.facts.slot[1] if self.facts.slot else None
        hour = self.now.hour
        if index == 0 and hour < 12:
            return self._say("morning")
        if index == 1 and 12 <= hour < 18:
            return self._say("afternoon")
        if index == 1 and hour >= 18:
            return self._say("evening")
        return self.catalogue.time(self.now)

    def _mode(self) -> list[str]:
        if self.facts.mode == "shadow":
            return [self._say("This is a trial run: nothing is forwarded. This is what would have happened.")]
        if self.facts.mode == "observing":
            return [
                self._say(
                    "I only watch and forward nothing, because another installation serves this mailbox, "
                    "or its state was lost. To take over: delegator run --adopt."
                )
            ]
        return []

    def _problems(self) -> list[str]:
        problems = self.facts.problems
        told = [Foreign(one_line(problem, PROBLEM_CHARACTERS)) for problem in problems[:PROBLEMS_A_REVIEW]]
        more = len(problems) - len(told)
        if not more:
            return list(told)
        return [
            *told,
            self._plural(
                "%(n)s more problem: see delegator status.",
                "%(n)s more problems: see delegator status.",
                more,
            ),
        ]

    def _summary(self, review: Review) -> str:
        failed = sum(one.state == "failed" for one in self.facts.handed)
        problems = max(len(self.facts.problems), failed)
        first = (
            self._plural("%(n)s problem.", "%(n)s problems.", problems)
            if problems
            else self._say("All is well.")
        )
        with_colleagues = sum(one.state in ("sent", "waiting") for one in self.facts.handed)
        facts = []
        if with_colleagues and self.is_live:
            facts.append(self._plural("%(n)s with a colleague", "%(n)s with colleagues", with_colleagues))
        if review.waiting:
            facts.append(self._plural("%(n)s for you", "%(n)s for you", len(review.waiting)))
        return f"{first} {', '.join(facts)}." if facts else first

    def _since(self, counts: Counts) -> str:
        since = {"when": self._when(self.facts.since_at)}
        if not counts.received:
            return self._say("Since %(when)s: no mail", **since)
        facts = [self._plural("%(n)s mail", "%(n)s mails", counts.received)]
        if counts.forwarded and self.is_live:
            facts.append(self._plural("%(n)s forwarded", "%(n)s forwarded", counts.forwarded))
        elif counts.forwarded:
            facts.append(self._plural("%(n)s to forward", "%(n)s to forward", counts.forwarded))
        if counts.review:
            facts.append(self._plural("%(n)s for the review", "%(n)s for the review", counts.review))
        if counts.private:
            facts.append(self._plural("%(n)s private", "%(n)s private", counts.private))
        if counts.ignored:
            facts.append(self._plural("%(n)s ignored", "%(n)s ignored", counts.ignored))
        if counts.own:
            facts.append(self._plural("%(n)s answer or notice", "%(n)s answers or notices", counts.own))
        return self._say("Since %(when)s: %(facts)s", **since, facts=", ".join(facts))

    # the sections

    def _sections(self, review: Review) -> Iterable[Section]:
        """Those that hold something."""
        if review.waiting:
            heading = self._say("Waiting for you (%(n)s)", n=self._number(review.waiting))
            yield Section(heading, entries=[self._entry(item) for item in review.waiting])
        if review.still_open:
            heading = self._say("Still open (%(n)s)", n=self._number(review.still_open))
            yield Section(heading, lines=[self._item_line(item) for item in review.still_open])
        if self.facts.handed:
            yield self._handed(review.handed)
        if review.collapsed:
            heading = self._say("Newsletters and automatic mail (%(n)s)", n=self._number(review.collapsed))
            yield self._counted(Section(heading), tally_senders(review.collapsed))
        if review.rest:
            heading = self._say("%(n)s more, in the next review", n=self._number(review.rest))
            lines = [self._item_line(item) for item in review.rest if item.number]
            tally = tally_senders(item for item in review.rest if not item.number)
            yield self._counted(Section(heading, lines=lines), tally)

    def _entry(self, item: Item) -> Entry:
        meta = [self._sender(sender) for sender in item.senders or ("",)]
        if len(item.messages) > 1:
            meta.append(self._plural("%(n)s mail", "%(n)s mails", len(item.messages)))
        meta.append(self._age(item))
        if item.reading:
            meta.append(self._say("%(span)s to read", span=self.catalogue.span(_rounded(item.reading))))
        return Entry(
            number=item.number,
            subject=self._subject_of(item.subject),
            meta=meta,
            excerpt=Foreign(item.excerpt),
            attachments=self._attachments(item),
            warnings=[Foreign(warning) for warning in item.warnings],
        )

    def _attachments(self, item: Item) -> list[str]:
        names = item.attachments
        if not names:
            return []
        more = item.attachment_count - len(names)
        label = self.catalogue.ngettext("Attachment:", "Attachments:", item.attachment_count)
        return [label, *map(Foreign, names), *([f"+ {self.catalogue.number(more)}"] if more > 0 else [])]

    def _item_line(self, item: Item) -> Line:
        sender = self._sender(next(iter(item.senders), ""))
        return Line(item.number, [self._subject_of(item.subject), sender, self._age(item)])

    def _handed(self, named: Sequence[Handed]) -> Section:
        handed = self.facts.handed
        n = self._number(handed)
        if self.is_live:
            heading = self._say("With your colleagues (%(n)s)", n=n)
        else:
            heading = self._say("Would have been forwarded (%(n)s)", n=n)
        section = Section(heading, lines=[self._handed_line(one) for one in named])
        return self._counted(section, tally_backups(unnamed(handed, named)))

    def _handed_line(self, one: Handed) -> Line:
        who = Foreign(one_line(one.backup_name, NAME_CHARACTERS))
        parts: list[str] = [
            self._subject_of(one_line(one.subject, SUBJECT_CHARACTERS)),
            self._sender(shown_sender(one.sender)),
        ]
        if one.messages > 1:
            parts.append(self._plural("%(n)s mail", "%(n)s mails", one.messages))
        since = {"when": self._when(one.at)}
        if one.state == "failed":
            parts.append(self._say("not delivered"))
            parts += [Foreign(detail)] if (detail := one_line(one.detail, DETAIL_CHARACTERS)) else []
        elif one.state == "answered":
            parts.append(self._say("answered"))
        elif self.is_live and one.state == "waiting":
            parts.append(self._say("waits to be sent since %(when)s", **since))
        else:
            parts.append(self._say("since %(when)s", **since))
        return Line(None, parts, who, is_urgent=one.state == "failed")

    def _counted(self, section: Section, tally: Tally) -> Section:
        counts = [(self._sender(name), self.catalogue.number(n)) for name, n in tally.named]
        others = self._plural("%(n)s more", "%(n)s more", tally.others) if tally.others else ""
        return replace(section, counts=counts, others=others)

    # the foot

    def _health(self) -> list[str]:
        facts = self.facts
        lines = []
        if facts.counts.private:
            n = facts.counts.private
            lines.append(
                self._plural("%(n)s private: only in your inbox.", "%(n)s private: only in your inbox.", n)
            )
        health = []
        if facts.last_contact_at:
            when = self._when(facts.last_contact_at)
            health.append(self._say("Last contact with your mail server: %(when)s.", when=when))
        else:
            health.append(self._say("No contact with your mail server yet."))
        if facts.next_review_at:
            at = facts.next_review_at.astimezone(self.zone)
            when = f"{self.catalogue.day(at)} {self.catalogue.time(at)}"
            health.append(self._say("Next review: %(when)s.", when=when))
        elif facts.until_at and facts.until_at > facts.now:
            back = self.catalogue.day(facts.until_at.astimezone(self.zone))
            health.append(self._say("This was the last review before you are back, %(day)s.", day=back))
        return [*lines, " ".join(health)]

    def _goodbye(self) -> str:
        if self.facts.next_review_at:
            when = self._when(self.facts.next_review_at)
            return self._say("That was it until %(when)s. Put your phone away.", when=when)
        return self._say("That was it. Put your phone away.")

    # words

    def _say(self, message: str, **facts: str) -> str:
        return self.catalogue.gettext(message) % facts

    def _plural(self, singular: str, plural: str, n: int) -> str:
        return self.catalogue.ngettext(singular, plural, n) % {"n": self.catalogue.number(n)}

    def _number(self, things: Sequence[object]) -> str:
        return self.catalogue.number(len(things))

    def _subject_of(self, subject: str) -> str:
        return Foreign(subject) if subject else self._say("(no subject)")

    def _sender(self, sender: str) -> str:
        return Foreign(sender) if sender else self._say("(unknown sender)")

    def _age(self, item: Item) -> str:
        return self.catalogue.age(max(self.facts.now - item.newest.arrived_at, timedelta()))

    def _when(self, at: datetime) -> str:
        """The time, with the day unless it is today."""
        at = at.astimezone(self.zone)
        days = (at.date() - self.now.date()).days
        time = self.catalogue.time(at)
        if days == 0:
            return time
        if days == -1:
            return self._say("yesterday %(time)s", time=time)
        if days == 1:
            return self._say("tomorrow %(time)s", time=time)
        return f"{self.catalogue.day(at)} {time}"


def _rounded(reading: timedelta) -> timedelta:
    """To five seconds, and above a minute to whole minutes: it is an estimate."""
    step = timedelta(minutes=1) if reading > timedelta(seconds=58) else timedelta(seconds=5)
    return max(step, step * round(reading / step))
