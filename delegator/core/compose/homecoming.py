"""The homecoming mail: what the absence was, who did what, what is on the list, and where each mail lies."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ..commands.command import Grant, Line, Verb, mailto, subject_for
from ..folders import DONE, FORWARDED, TO_DO
from ..mail.display import NAME_CHARACTERS, Foreign, one_line, shown_sender
from ..people import Owner
from ..reviews.flight import LIST_OCTETS, Piece, filled, to_do_pieces
from ..reviews.homecoming import Count, Credit, HomeFacts, Where
from ..reviews.items import SUBJECT_CHARACTERS, Handed
from ..reviews.to_do import ToDo
from .flight import to_do_entry, with_bounds
from .mail import Catalogue, Stamp, unbound
from .moments import window_words
from .review import owner_mail
from .review_page import Button, Entry, Page, Section
from .review_page import Line as PageLine
from .review_words import unbroken

_HANDED_AT_MOST = 40


@dataclass(frozen=True, slots=True)
class HomePart:
    """One of the mails that tell the homecoming, and the entries of the list in it. number: of `of`.

    The first tells all; the others hold what of the list had no room in it.
    """

    number: int
    of: int
    pieces: tuple[Piece, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """What its numbers mean in a reply: "klaar 3"."""
        return tuple(Line(to_do.number, to_do.messages) for to_do in self.to_dos)

    @property
    def to_dos(self) -> list[ToDo]:
        return [
            replace(piece.thing, new=piece.text) for piece in self.pieces if isinstance(piece.thing, ToDo)
        ]


def home_parts(
    facts: HomeFacts,
    owner: Owner,
    stamp: Stamp,
    catalogue: Catalogue,
    token: str | None = None,
    told: Collection[int] = (),
    told_mails: int = 0,
) -> tuple[HomePart, ...]:
    """The mails that it takes, each under 80 kB: every entry of the list in full stands in one of them.

    told: the messages whose entries stand in so many other mails already, which were not refused as the
    first was.
    """

    def fits(group: Sequence[Piece], _: int, index: int) -> bool:
        part = HomePart(index + 1, 99, tuple(group))
        return len(compose_homecoming(facts, owner, stamp, catalogue, token, part)) <= LIST_OCTETS

    left = [to_do for to_do in facts.to_dos if not set(to_do.messages) <= set(told)]
    groups = filled(to_do_pieces(left), fits) or [[]]
    numbers = (1, *range(2 + told_mails, 1 + told_mails + len(groups)))
    return tuple(
        HomePart(number, told_mails + len(groups), tuple(group))
        for number, group in zip(numbers, groups, strict=True)
    )


def compose_homecoming(
    facts: HomeFacts,
    owner: Owner,
    stamp: Stamp,
    catalogue: Catalogue,
    token: str | None = None,
    part: HomePart | None = None,
) -> bytes:
    """One of its mails. part: None: all of it in one, however large, for the page.

    token: the secret of the button that files what is left in INBOX; None: it has none.
    """
    part = part or HomePart(1, 1, tuple(to_do_pieces(facts.to_dos)))
    return owner_mail(_Writer(facts, owner, catalogue, token).page(part), owner, stamp, catalogue)


def home_grant(facts: HomeFacts, until_at: datetime) -> Grant | None:
    """What its button stands for; None: nothing is left to be filed. until_at: when it ends."""
    if not facts.story.left.ids or not facts.has_folders or facts.is_preview:
        return None
    return Grant(Verb.FILE_LEFT, None, facts.story.left.ids, until_at)


class _Writer:
    def __init__(self, facts: HomeFacts, owner: Owner, catalogue: Catalogue, token: str | None) -> None:
        self.facts, self.story, self.owner, self.catalogue = facts, facts.story, owner, catalogue
        self.token, self.zone = token, owner.timezone

    def _say(self, message: str, **facts: str) -> str:
        return self.catalogue.gettext(message) % facts

    def _plural(self, singular: str, plural: str, n: int, **facts: str) -> str:
        return self.catalogue.ngettext(singular, plural, n) % {"n": self.catalogue.number(n), **facts}

    def page(self, part: HomePart) -> Page:
        return self._first_page(part) if part.number == 1 else self._further_page(part)

    def _first_page(self, part: HomePart) -> Page:
        n = len(self.facts.to_dos)
        left = [self._plural("%(n)s to-do", "%(n)s to-dos", n)] if n else []
        left += [self._undecided()] if self.facts.undecided else []
        on_list = " · ".join(left) or self._say("nothing left to do")
        heading = self._say("Welcome back")
        return Page(
            language=self.catalogue.language,
            subject=unbound(f"{heading} · {on_list} · {self._day()}"),
            notices=[Foreign(one_line(problem, 300)) for problem in self.facts.problems],
            summary=self._summary(),
            heading=heading,
            since=self._when(),
            sections=list(self._sections(part)),
            health=self._questions(part),
            goodbye=self._say("Have a good first day back."),
        )

    def _undecided(self) -> str:
        return self._say("%(n)s still to decide", n=self.catalogue.number(self.facts.undecided))

    def _further_page(self, part: HomePart) -> Page:
        """What of the list had no room in the mails before."""
        heading = self._list_heading()
        counted = self._say("Part %(n)s of %(of)s.", n=str(part.number), of=str(part.of))
        return Page(
            language=self.catalogue.language,
            subject=unbound(f"{heading} · {part.number}/{part.of} · {self._day()}"),
            notices=(),
            summary=counted,
            heading=f"{heading} · {part.number}/{part.of}",
            since="",
            sections=[Section(self._numbers(part), entries=self._entries(part))],
            health=self._how_to_answer(part),
            goodbye=self._say("Have a good first day back.") if part.number == part.of else counted,
        )

    def _numbers(self, part: HomePart) -> str:
        numbers = [self.catalogue.number(to_do.number) for to_do in part.to_dos]
        return self._say("Numbers %(first)s to %(last)s", first=numbers[0], last=numbers[-1])

    def _day(self) -> str:
        return self.catalogue.day(self.facts.now.astimezone(self.zone))

    def _list_heading(self) -> str:
        return self._say("Your to-do list (%(n)s)", n=self.catalogue.number(len(self.facts.to_dos)))

    def _when(self) -> str:
        words = window_words(self.facts.window, self.owner.home_timezone, self.catalogue)
        if self._is_away_still():
            return self._say("You are away %(when)s.", when=words)
        return self._say("You were away %(when)s.", when=words)

    def _is_away_still(self) -> bool:
        """Whether it is told of an absence that goes on, to whoever looks at it beforehand."""
        return self.facts.is_preview and self.facts.now in self.facts.window

    def _summary(self) -> str:
        counts = self.story.counts
        mails = counts.received - counts.own
        said = [self._plural("%(n)s mail came.", "%(n)s mails came.", mails)]
        if self.facts.is_late:
            said.insert(0, self._say("Your mail server answers again: this is the whole count."))
        if answered := sum(credit.answered for credit in self.facts.credits):
            said.append(
                self._plural(
                    "Your colleagues answered %(n)s conversation.",
                    "Your colleagues answered %(n)s conversations.",
                    answered,
                )
            )
        n = len(self.facts.to_dos)
        said.append(
            self._plural("%(n)s to-do is on your list.", "%(n)s to-dos are on your list.", n)
            if n
            else self._say("Nothing is on your list.")
        )
        if self.facts.undecided:
            said.append(f"{self._undecided()}.")
        return " ".join(said)

    def _sections(self, part: HomePart) -> Iterable[Section]:
        if self.facts.to_dos:
            more = len(self.facts.to_dos) - len(part.pieces)
            others = self._plural(
                "%(n)s more, from part 2 of %(of)s on",
                "%(n)s more, from part 2 of %(of)s on",
                more,
                of=str(part.of),
            )
            others = others if more else ""
            yield Section(self._list_heading(), entries=self._entries(part), others=others)
        if self.story.handed:
            yield self._still_with_colleagues()
        if thanked := [credit for credit in self.facts.credits if credit.answered]:
            heading = self._say("Who did what")
            lines = [line for credit in thanked for line in self._credit(credit)]
            yield Section(heading, lines=lines)
        yield Section(self._say("What came"), lines=list(self._what_came()))
        yield Section(self._say("Where it lies"), lines=list(self._where()), buttons=self._file_button())

    def _entries(self, part: HomePart) -> Sequence[Entry]:
        entries = []
        for to_do, piece in zip(part.to_dos, part.pieces, strict=True):
            entry = to_do_entry(to_do, self.owner, self.catalogue)
            entry = with_bounds(entry, piece.is_continued, piece.goes_on, self.catalogue)
            buttons = self._way_back(to_do.link, to_do.number) if to_do.link else ()
            entries.append(replace(entry, buttons=buttons))
        return entries

    def _way_back(self, link: str, number: int) -> Sequence[Button]:
        label = self._say("Open the mail")
        return [Button(label, link, f"{label}: {number}.")]

    def _still_with_colleagues(self) -> Section:
        handed = self.story.handed
        heading = self._say("Still with your colleagues (%(n)s)", n=self.catalogue.number(len(handed)))
        lines = [self._handed(one) for one in handed[:_HANDED_AT_MOST]]
        more = len(handed) - len(lines)
        others = self._plural("%(n)s more", "%(n)s more", more) if more else ""
        if not self._is_away_still():
            note = self._say("Nobody is reminded any more: from now on you watch over it.")
            lines.insert(0, PageLine(None, [note]))
        return Section(heading, lines=lines, others=others)

    def _handed(self, one: Handed) -> PageLine:
        subject = one_line(one.subject, SUBJECT_CHARACTERS)
        day = one.at.astimezone(self.zone)
        when = f"{self.catalogue.day(day)} {self.catalogue.time(day)}"
        parts = [
            Foreign(subject) if subject else self._say("(no subject)"),
            Foreign(shown_sender(one.sender)) or self._say("(unknown sender)"),
            self._say("since %(when)s", when=when),
        ]
        if one.state == "asks":
            parts.append(self._say("asks you"))
        return PageLine(None, parts, self._name(one.backup_name))

    def _name(self, backup: str) -> str:
        return Foreign(one_line(self.facts.names.get(backup, backup), NAME_CHARACTERS))

    def _credit(self, credit: Credit) -> Iterable[PageLine]:
        facts = {"answered": self.catalogue.number(credit.answered)}
        parts = [
            self._plural(
                "answered %(answered)s of %(n)s conversation",
                "answered %(answered)s of %(n)s conversations",
                credit.handed,
                **facts,
            )
        ]
        if credit.typical is not None:
            span = unbroken(self.catalogue.span(credit.typical))
            parts.append(self._say("usually within %(span)s", span=span))
        if credit.fastest is not None and credit.answered > 1:
            span = unbroken(self.catalogue.span(credit.fastest))
            parts.append(self._say("the fastest in %(span)s", span=span))
        yield PageLine(None, parts, self._name(credit.backup), buttons=self._thanks(credit))

    def _thanks(self, credit: Credit) -> Sequence[Button]:
        """A mail to thank them, with the figures; the owner sends it, or not."""
        address = self.facts.addresses.get(credit.backup, "")
        if not credit.answered or not address.isascii() or not address:
            return ()
        name = one_line(self.facts.names.get(credit.backup, ""), 20).split(" ")[0]
        n = self.catalogue.number(credit.answered)
        body = self._plural(
            "Thank you, %(name)s! You answered %(n)s client while I was away.",
            "Thank you, %(name)s! You answered %(n)s clients while I was away.",
            credit.answered,
            name=name,
        )
        if credit.typical is not None:
            span = self.catalogue.span(credit.typical)
            body += " " + self._say("Usually within %(span)s: nobody noticed that I was gone.", span=span)
        label = self._say("Thank %(name)s", name=name)
        link = mailto(address, self._say("Thank you!"), unbound(body))
        about = f"{label} ({n})"
        return [Button(label, link, about)]

    def _what_came(self) -> Iterable[PageLine]:
        counts = self.story.counts
        for n, words in (
            (counts.forwarded, self._say("went to your colleagues")),
            (counts.review, self._say("stood in your reviews")),
            (counts.private, self._say("private: nobody has seen it")),
            (counts.ignored, self._say("ignored, as your rules say")),
            (counts.own, self._say("own mail: reviews, commands, answers")),
        ):
            if n:
                yield PageLine(None, [words], self.catalogue.number(n))
        yield PageLine(None, [self._say("in all")], self.catalogue.number(counts.received))
        if self.story.low:
            words = self._plural(
                "newsletter that nobody decided: done",
                "newsletters that nobody decided: done",
                self.story.low,
            )
            yield PageLine(None, [words], self.catalogue.number(self.story.low))
        if self.story.junk:
            words = self._say("more in your spam folder, which a rule would have forwarded")
            yield PageLine(None, [words], self.catalogue.number(self.story.junk))

    def _where(self) -> Iterable[PageLine]:
        for line in self.facts.lines:
            parts = [self._place(line.place)]
            if line.is_off:
                assert line.found is not None
                parts.append(self._say("%(n)s are there now", n=self.catalogue.number(line.found)))
            yield PageLine(None, parts, self.catalogue.number(line.expected), is_urgent=line.is_off)
        total = sum(line.expected for line in self.facts.lines)
        n = self.catalogue.number(total)
        if self.facts.is_preview:
            words = self._say("in all")
        elif self.facts.found is None:
            words = self._say("in all; your mailbox could not be counted")
        elif _is_reconciled(self.facts.lines):
            words = self._say("in all: it adds up with your mailbox")
        else:
            words = self._say("in all; you or a filter moved some since")
        yield PageLine(None, [words], n)
        if self.facts.blind_since is not None:
            since = self.facts.blind_since.astimezone(self.zone)
            when = f"{self.catalogue.day(since)} {self.catalogue.time(since)}"
            words = self._say(
                "Your mail server has not answered since %(when)s: what came since is not counted, and lies "
                "unread in your inbox. When it answers again, one more mail tells you all.",
                when=when,
            )
            yield PageLine(None, [words], is_urgent=True)
        left = self.story.left
        if left.late:
            words = self._plural(
                "%(n)s mail came while your mail server did not answer: it went to nobody, and is in "
                "your inbox.",
                "%(n)s mails came while your mail server did not answer: they went to nobody, and are in "
                "your inbox.",
                len(left.late),
            )
            yield PageLine(None, [words])
        if left.private:
            words = self._plural(
                "%(n)s private mail is still in your inbox.",
                "%(n)s private mails are still in your inbox.",
                len(left.private),
            )
            yield PageLine(None, [words])
        if left.receipts:
            words = self._plural(
                "%(n)s mail that asks for a receipt is still in your inbox: a move might have sent one.",
                "%(n)s mails that ask for a receipt are still in your inbox: a move might have sent one.",
                len(left.receipts),
            )
            yield PageLine(None, [words])

    def _place(self, place: Where) -> str:
        names = {
            "inbox": self._say("in your inbox"),
            "forwarded": FORWARDED,
            "to-do": TO_DO,
            "done": DONE,
            "elsewhere": self._say("in another folder"),
            "gone": self._say("moved or deleted by your own hand"),
        }
        return names[place]

    def _file_button(self) -> Sequence[Button]:
        n = len(self.story.left.ids)
        if self.token is None or not n:
            return ()
        folder = TO_DO
        label = self._say("File them in %(folder)s (%(n)s)", folder=folder, n=self.catalogue.number(n))
        link = mailto(self.owner.address, subject_for(Verb.FILE_LEFT, self.token), f"{label}.")
        return [Button(label, link, label, is_filled=True)]

    def _how_to_answer(self, part: HomePart) -> list[str]:
        """With a number that stands in the mail."""
        if not part.pieces or self.facts.is_preview:
            return []
        n = str(part.to_dos[min(2, len(part.pieces) - 1)].number)
        return [self._say("Answer “done %(n)s” and number %(n)s leaves the list.", n=n)]

    def _questions(self, part: HomePart) -> Sequence[str]:
        if self.facts.is_preview:
            return ()
        return [
            *self._how_to_answer(part),
            self._say(
                "Would you do it again? Answer with the dates, as “yes, 19/12-4/1”, and the next absence is "
                "planned. A “no” is fine, too."
            ),
        ]


def _is_reconciled(lines: Sequence[Count]) -> bool:
    return not any(line.is_off for line in lines)
