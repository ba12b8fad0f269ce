"""The review: one mail to the owner, text and HTML, that say the same.

Every sentence is made here, once; the templates only lay them out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from ..commands.command import Verb
from ..mail.display import NAME_CHARACTERS, Foreign, one_line, shown_sender
from ..mail.invitation import Invitation
from ..people import Owner
from ..reviews.arrange import tally_backups, tally_senders, unnamed
from ..reviews.controls import Controls
from ..reviews.items import (
    DETAIL_CHARACTERS,
    PROBLEM_CHARACTERS,
    PROBLEMS_A_REVIEW,
    SUBJECT_CHARACTERS,
    Counts,
    Handed,
    Item,
    OpenMessage,
    ReceiptGroup,
    Review,
    ReviewFacts,
    Tally,
)
from ..reviews.proposal import Proposal
from .cause import cause_words
from .entity import text_alternative
from .mail import Catalogue, Stamp, address_field, stamp_fields, text_field, unbound
from .moments import back_words
from .review_buttons import Buttons
from .review_page import Entry, Line, Page, Section
from .review_words import Words, unbroken

_OUTAGES = 3  # in the foot; more than that says no more
FRESH = timedelta(minutes=15)
"""An empty review says in one line that all is well, if the mail server answered this shortly before."""

SUBJECT_LIMIT = 50
"""More of a subject does not fit on a phone."""


def compose_review(
    review: Review, owner: Owner, stamp: Stamp, catalogue: Catalogue, controls: Controls | None = None
) -> bytes:
    """A review to the owner: text and HTML, under 80 kB. Never raises.

    controls: the secrets of its buttons; None: it has none, and commands nothing.
    """
    return owner_mail(review_page(review, owner, catalogue, controls), owner, stamp, catalogue)


def owner_mail(page: Page, owner: Owner, stamp: Stamp, catalogue: Catalogue) -> bytes:
    """A page as a mail from the owner to the owner."""
    plain, html = (catalogue.template(f"review.{kind}").render(page=page) for kind in ("txt", "html"))
    owners = [(owner.name, owner.address)]
    lines = [
        address_field("From", owners),
        address_field("To", owners),
        text_field("Subject", page.subject),
        stamp_fields(stamp),
        text_field("List-Id", f"<review.{owner.domain}>"),  # RFC 2919: for the owner's own filters
        b"X-Auto-Response-Suppress: All\r\n",
        text_alternative(plain, html, stamp.boundary),
    ]
    return b"".join(lines)


def review_page(review: Review, owner: Owner, catalogue: Catalogue, controls: Controls | None = None) -> Page:
    """The review in the owner's language and time zone."""
    return ReviewWriter(review.facts, owner, catalogue, controls).page(review)


class ReviewWriter:
    """Makes the sentences of one review."""

    def __init__(
        self, facts: ReviewFacts, owner: Owner, catalogue: Catalogue, controls: Controls | None
    ) -> None:
        self.facts = facts
        self.catalogue = catalogue
        self.words = Words(facts, owner, catalogue)
        self.has_controls = controls is not None
        self.buttons = Buttons(self.words, controls)
        self._say, self._plural = self.words.say, self.words.plural
        self.zone, self.now = self.words.zone, self.words.now
        self.is_live = facts.mode == "live"

    def page(self, review: Review) -> Page:
        if self._is_empty():
            return self._empty_page()
        decisions = self._decisions(review)
        minutes = self._minutes(review)
        return Page(
            language=self.catalogue.language,
            subject=self._subject(decisions, minutes),
            notices=[*self._mode(), *self._problems()],
            summary=self._summary(review),
            heading=", ".join(filter(None, (decisions, minutes))),
            since=self._since(self.facts.counts, review),
            sections=list(self._sections(review)),
            health=self._health(),
            goodbye=self._goodbye(),
            buttons=self.buttons.of_review(review),
            reply_words=self.buttons.reply_words(review),
        )

    # the head

    def _is_empty(self) -> bool:
        """Whether there is nothing to tell but that all is well."""
        facts = self.facts
        is_calm = self._is_fresh and self.is_live
        told = (facts.messages, facts.handed, facts.problems, facts.outages, facts.receipts)
        is_nothing_told = not (any(told) or facts.counts.received)
        return is_calm and facts.next_review_at is not None and is_nothing_told

    @property
    def _is_fresh(self) -> bool:
        contact_at = self.facts.last_contact_at
        return contact_at is not None and self.facts.now - contact_at <= FRESH

    def _empty_page(self) -> Page:
        """One line, so that silence never means failure."""
        decisions = self._say("Nothing to decide")
        assert self.facts.next_review_at is not None
        line = self._say(
            "All is well: no mail since %(since)s. Next review: %(next)s.",
            since=self.words.when(self.facts.since_at),
            next=self.words.when(self.facts.next_review_at),
        )
        return Page(
            language=self.catalogue.language,
            subject=self._subject(decisions, ""),
            notices=(),
            summary=line,
            heading=decisions,
            since="",
            is_empty=True,
        )

    def _decisions(self, review: Review) -> str:
        waiting, still_open = len(review.waiting), len(review.still_open)
        if waiting:
            return self._plural("%(n)s decision", "%(n)s decisions", waiting + still_open)
        if still_open:
            return self._plural("Nothing new, %(n)s still open", "Nothing new, %(n)s still open", still_open)
        if late := sum(one.state == "overdue" and one.is_decidable for one in self.facts.handed):
            return self._plural("%(n)s waits too long.", "%(n)s wait too long.", late).rstrip(".")
        if any(one.state == "asks" and one.is_decidable for one in self.facts.handed):
            return self._say("A colleague asks you something")
        return self._say("Nothing to decide")

    def _minutes(self, review: Review) -> str:
        if not review.shown:
            return ""
        minutes = -(-review.deciding // timedelta(minutes=1))
        return self.catalogue.span(timedelta(minutes=minutes))

    def _subject(self, decisions: str, minutes: str) -> str:
        when = f"{self.catalogue.day(self.now)} {self._part_of_day()}"
        subject = unbound(" · ".join(filter(None, (decisions, minutes, when))))
        return subject if len(subject) <= SUBJECT_LIMIT else unbound(f"{decisions} · {when}"[:SUBJECT_LIMIT])

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
        late = sum(one.state == "overdue" for one in self.facts.handed)
        said = []
        if problems:
            said.append(self._plural("%(n)s problem.", "%(n)s problems.", problems))
        if late:
            said.append(self._plural("%(n)s waits too long.", "%(n)s wait too long.", late))
        first = " ".join(said) or (self._say("All is well.") if self._is_fresh else "")
        with_colleagues = sum(one.state not in ("failed", "answered") for one in self.facts.handed)
        facts = []
        if with_colleagues and self.is_live:
            facts.append(self._plural("%(n)s with a colleague", "%(n)s with colleagues", with_colleagues))
        if review.waiting:
            facts.append(self._plural("%(n)s for you", "%(n)s for you", len(review.waiting)))
        said = [first, f"{', '.join(facts)}." if facts else ""]
        if back := self._back():
            said.append(
                self._say("This is the last review: from %(when)s you answer again yourself.", when=back)
            )
        return " ".join(filter(None, said))

    def _new_in(self, items: Sequence[Item]) -> list[OpenMessage]:
        """Their messages that came since the last review."""
        since_at = self.facts.since_at
        return [message for item in items for message in item.messages if message.arrived_at >= since_at]

    def _since(self, counts: Counts, review: Review) -> str:
        since = {"when": self.words.when(self.facts.since_at)}
        mails = counts.received - counts.own  # commands, answers and notices are no mails to the owner
        if not mails:
            return self._say("Since %(when)s: no mail", **since)
        facts = [self._plural("%(n)s mail", "%(n)s mails", mails)]
        if counts.forwarded and self.is_live:
            facts.append(self._plural("%(n)s forwarded", "%(n)s forwarded", counts.forwarded))
        elif counts.forwarded:
            facts.append(self._plural("%(n)s to forward", "%(n)s to forward", counts.forwarded))
        newsletters = min(len(self._new_in(review.collapsed)), counts.review)
        if for_you := counts.review - newsletters:
            facts.append(self._plural("%(n)s for you", "%(n)s for you", for_you))
        if newsletters:
            facts.append(self._plural("%(n)s newsletter", "%(n)s newsletters", newsletters))
        if counts.private:
            facts.append(self._plural("%(n)s private", "%(n)s private", counts.private))
        if counts.ignored:
            facts.append(self._plural("%(n)s ignored", "%(n)s ignored", counts.ignored))
        return self._say("Since %(when)s: %(facts)s", **since, facts=", ".join(facts))

    # the sections

    def _sections(self, review: Review) -> Iterable[Section]:
        """Those that hold something."""
        if review.waiting:
            heading = self._say("Waiting for you (%(n)s)", n=self.words.number(review.waiting))
            yield Section(heading, entries=[self.entry(item) for item in review.waiting])
        if review.still_open:
            heading = self._say("Still open (%(n)s)", n=self.words.number(review.still_open))
            yield Section(heading, entries=[self.entry(item) for item in review.still_open])
        if self.facts.handed:
            yield self._handed(review.handed)
        if review.receipts:
            heading = self._say("Done as you said (%(n)s)", n=self.words.number(self.facts.receipts))
            yield Section(heading, lines=[self._receipt_line(group) for group in review.receipts])
        new = [item for item in review.collapsed if not item.was_shown]
        if new:
            heading = self._say("Newsletters and automatic mail (%(n)s)", n=self.words.number(new))
            label = self._say("All done (%(n)s)", n=self.words.number(review.collapsed))
            button = self.buttons.button(
                (0, Verb.BULK_DONE, None), label, f"{label}: {heading}", f"{label}: {heading}"
            )
            yield self._counted(Section(heading, buttons=button), tally_senders(new))
        if review.rest:
            heading = self._say("%(n)s more, in the next review", n=self.words.number(review.rest))
            lines = [self._item_line(item) for item in review.rest if item.number]
            tally = tally_senders(item for item in review.rest if not item.number)
            yield self._counted(Section(heading, lines=lines), tally)

    def entry(self, item: Item) -> Entry:
        meta = [self.words.sender(sender) for sender in item.senders or ("",)]
        if len(item.messages) > 1:
            meta.append(self._plural("%(n)s mail", "%(n)s mails", len(item.messages)))
        meta.append(self.words.age(item))
        if item.reading:
            span = unbroken(self.catalogue.span(_rounded(item.reading)))
            meta.append(unbroken(self._say("%(span)s to read", span=span)))
        if item.proposal is not None:
            meta.append(self._say("proposal: %(what)s", what=self._proposed(item.proposal)))
        if item.has_more and self.has_controls:
            meta.append(unbroken(self._say("“m %(n)s” for the whole mail", n=str(item.number))))
        warnings: list[str] = [Foreign(warning) for warning in item.warnings]
        if not warnings and any(message.traits.fails for message in item.messages):
            warnings.append(self._say("Perhaps not from this sender, says your mail server") + ".")
        if item.poses:
            warnings.append(self._say("Look at the address: the name or the domain resembles another’s."))
        return Entry(
            number=item.number,
            subject=self.words.subject_of(item.subject),
            meta=meta,
            excerpt=Foreign(item.excerpt),
            attachments=self._attachments(item),
            warnings=warnings,
            invitation=self._invitation(item),
            clashes=[self._say("Clashes with:"), *map(Foreign, item.clashes)] if item.clashes else [],
            buttons=self.buttons.of_item(item),
        )

    def _proposed(self, proposal: Proposal) -> str:
        if proposal.backup is not None:
            return self.words.first_name(proposal.backup)
        return self._say("to-do") if proposal.verb is Verb.TO_DO else self._say("done")

    def _invitation(self, item: Item) -> list[str]:
        invitation = item.invitation
        if invitation is None or invitation.is_answer:
            return []
        parts = [self._span(invitation)]
        if not invitation.has_known_zone:
            parts[0] = self._say("%(when)s (time zone unknown)", when=parts[0])
        if not invitation.asks:
            parts = [self._say("Cancelled: %(when)s", when=parts[0])]
        elif self.facts.until_at is not None and invitation.start_at < self.facts.until_at:
            parts.append(self._say("while you are away"))
        if invitation.repeats:
            parts.append(self._say("repeats"))
        if invitation.place:
            parts.append(Foreign(invitation.place))
        return parts

    def _span(self, invitation: Invitation) -> str:
        """Its day and hours, or its days."""
        start = invitation.start_at.astimezone(self.zone)
        until = invitation.until_at.astimezone(self.zone)
        day = self.catalogue.day(start)
        if invitation.all_day:
            last = until - timedelta(days=1)
            return day if last.date() <= start.date() else f"{day} – {self.catalogue.day(last)}"
        if until.date() == start.date():
            return f"{day} {self.catalogue.hours(start, until)}"
        return (
            f"{day} {self.catalogue.time(start)} – {self.catalogue.day(until)} {self.catalogue.time(until)}"
        )

    def _attachments(self, item: Item) -> list[str]:
        names = item.attachments
        if not names:
            return []
        more = item.attachment_count - len(names)
        label = self.catalogue.ngettext("Attachment:", "Attachments:", item.attachment_count)
        return [label, *map(Foreign, names), *([f"+ {self.catalogue.number(more)}"] if more > 0 else [])]

    def _item_line(self, item: Item) -> Line:
        sender = self.words.sender(next(iter(item.senders), ""))
        return Line(item.number, [self.words.subject_of(item.subject), sender, self.words.age(item)])

    def _handed(self, named: Sequence[Handed]) -> Section:
        handed = self.facts.handed
        n = self.words.number(handed)
        if self.is_live:
            heading = self._say("With your colleagues (%(n)s)", n=n)
        else:
            heading = self._say("Would have been forwarded (%(n)s)", n=n)
        section = Section(heading, lines=[self._handed_line(one) for one in named])
        return self._counted(section, tally_backups(unnamed(handed, named)))

    def _handed_line(self, one: Handed) -> Line:
        who = Foreign(one_line(one.backup_name, NAME_CHARACTERS))
        parts: list[str] = [
            self.words.subject_of(one_line(one.subject, SUBJECT_CHARACTERS)),
            self.words.sender(shown_sender(one.sender)),
        ]
        if one.messages > 1:
            parts.append(self._plural("%(n)s mail", "%(n)s mails", one.messages))
        since = {"when": self.words.when(one.at)}
        if one.state == "asks":
            parts.insert(0, self._say("asks you"))
        elif one.state == "overdue":
            span = unbroken(self.catalogue.age(max(self.facts.now - one.at, timedelta())))
            parts.append(self._say("waiting %(span)s for an answer", span=span))
        elif one.state == "failed":
            parts.append(self._say("not delivered"))
            parts += [why] if (why := cause_words(self.catalogue, one.detail)) else []
        elif one.state == "answered":
            parts.append(self._say("answered"))
        elif self.is_live and one.state == "waiting":
            parts.append(self._say("waiting to be sent since %(when)s", **since))
        else:
            parts.append(self._say("since %(when)s", **since))
        if one.reason and not self.is_live:
            parts.append(Foreign(one_line(self._say("rule %(rule)s", rule=one.reason), DETAIL_CHARACTERS)))
        is_urgent = one.state in ("failed", "overdue", "asks")
        return Line(one.number or None, parts, who, is_urgent, self.buttons.of_handover(one))

    def _receipt_line(self, group: ReceiptGroup) -> Line:
        if group.verb is Verb.FORWARD:
            what = self._say("To %(name)s", name=group.backup_name)
        elif group.verb is Verb.TO_DO:
            what = self._say("To-do")
        elif group.verb is Verb.LATER:
            what = self._say("Not before you are back")
        elif group.verb is Verb.UNDO:
            what = self._say("Undone")
        else:
            what = self._say("Done")
        more = group.count - len(group.subjects)
        subjects = [self.words.subject_of(subject) for subject in group.subjects]
        number = f" ({self.catalogue.number(group.count)})" if group.count > 1 else ""
        rest = [f"+ {self.catalogue.number(more)}"] if more else []
        notes = [Foreign(self._say("with “%(note)s”", note=note)) for note in group.notes]
        return Line(None, [*subjects, *rest, *notes], f"{what}{number}")

    def _counted(self, section: Section, tally: Tally) -> Section:
        counts = [(self.words.sender(name), self.catalogue.number(n)) for name, n in tally.named]
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
        if facts.junk:
            lines.append(
                self._plural(
                    "In your spam folder: %(n)s that a rule would have forwarded.",
                    "In your spam folder: %(n)s that a rule would have forwarded.",
                    facts.junk,
                )
            )
        if facts.to_dos:
            n = facts.to_dos
            lines.append(self._plural("%(n)s to-do is on your list.", "%(n)s to-dos are on your list.", n))
            if self.has_controls:
                lines[-1] += " " + self._say("Answer “list” and it comes in full.")
        health = []
        if facts.last_contact_at:
            when = self.words.when(facts.last_contact_at)
            health.append(self._say("Last contact with your mail server: %(when)s.", when=when))
        else:
            health.append(self._say("No contact with your mail server yet."))
        if facts.next_review_at:
            at = facts.next_review_at.astimezone(self.zone)
            when = f"{self.catalogue.day(at)} {self.catalogue.time(at)}"
            health.append(self._say("Next review: %(when)s.", when=when))
        outages = [Foreign(one_line(outage, PROBLEM_CHARACTERS)) for outage in facts.outages[:_OUTAGES]]
        return [*lines, *outages, " ".join(health)]

    def _goodbye(self) -> str:
        if self.facts.next_review_at:
            when = self.words.when(self.facts.next_review_at)
            return self._say("That’s it until %(when)s. Put your phone away.", when=when)
        if self.facts.until_at and self._back():
            day = self.catalogue.day(self.facts.until_at.astimezone(self.words.home))
            return self._say("That’s it. Welcome back on %(day)s.", day=day)
        return self._say("That’s it. Put your phone away.")

    def _back(self) -> str:
        """From when the owner answers again, where this is the last review; else ""."""
        facts = self.facts
        if facts.next_review_at or facts.until_at is None or facts.until_at <= facts.now:
            return ""
        return back_words(facts.until_at, self.words.home, self.catalogue)


def _rounded(reading: timedelta) -> timedelta:
    """To five seconds, and above a minute to whole minutes: it is an estimate."""
    step = timedelta(minutes=1) if reading > timedelta(seconds=58) else timedelta(seconds=5)
    return max(step, step * round(reading / step))
