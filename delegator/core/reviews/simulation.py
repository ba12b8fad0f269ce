"""A holiday, simulated: what the reviews would have held, how busy each day was, what no rule covers.

Takes decided messages in order of arrival, and adds up. Every review is taken to be worked through: what
it showed does not come back, what did not fit in it comes in the next.
"""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from ..hours.schedule import Slot, next_slot
from ..mail.excerpt import new_text
from ..mail.message import Address, Message
from ..people import Window, normal_address, who_is_there
from ..rules.book import RuleBook
from ..rules.conditions import Facts
from ..rules.near import NearMiss, NearMisses
from ..triage.verdict import Code, Disposition, Verdict, matched_text
from .arrange import arrange_items, most_shown
from .items import Counts, Handed, OpenMessage, Review, ReviewFacts
from .left import Everything, InMemory, Keeper, Left
from .passage import passage
from .traits import find_traits

QUICKLY = timedelta(hours=8)
"""An answer within a working day."""

ENOUGH_MAILS = 2
"""So many mails of one sender allow the word "usually"."""

LOOKED_AT = 600
"""Items that one review could show, more than any mail holds: those that rank lower are only counted."""

MOST_MISSES = 100
MOST_SENDERS = 10


@dataclass(frozen=True, slots=True)
class SimulatedReview:
    """One review: decisions and low ones that it holds, what did not fit, and the time it takes."""

    at: datetime
    decisions: int
    low: int
    rest: int
    deciding: timedelta


@dataclass(frozen=True, slots=True)
class Day:
    """One local day of the owner's. forwards: by the backup's key."""

    day: date
    received: int
    forwards: dict[str, int]
    reviews: tuple[SimulatedReview, ...]

    @property
    def deciding(self) -> timedelta:
        return sum((review.deciding for review in self.reviews), timedelta())


@dataclass(frozen=True, slots=True)
class Missed:
    """A message that no rule took, and the rule that it just missed."""

    source: str
    sender: str | None
    subject: str
    miss: NearMiss


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A sender whom the owner usually answers within hours, and whose mail no rule takes.

    mails: that no rule took. answered: of those, within QUICKLY. typical: the median of their delays.
    """

    address: str
    mails: int
    answered: int
    typical: timedelta


@dataclass(frozen=True, slots=True)
class Simulated:
    """What a simulated holiday shows. undated: messages without a date, on no day.

    left: messages that had no place in any review, to the last.
    missed: at most MOST_MISSES; missed_count: all of them. opened: the reviews of one day.
    """

    days: tuple[Day, ...]
    undated: int
    left: int
    silent_rules: tuple[str, ...]
    missed: tuple[Missed, ...]
    missed_count: int
    uncovered: tuple[Uncovered, ...]
    opened: tuple[Review, ...]

    @property
    def busiest(self) -> Day | None:
        """The day with the most mail, the first of several."""
        return max(self.days, key=lambda day: day.received, default=None)

    @property
    def fullest(self) -> Day | None:
        """The day whose reviews take longest, the first of several."""
        return max(self.days, key=lambda day: day.deciding, default=None)

    @property
    def forwards(self) -> dict[str, int]:
        """By backup, of all days together."""
        return dict(sum((Counter(day.forwards) for day in self.days), Counter()))


@dataclass(slots=True)
class _Tally:
    received: int = 0
    forwards: Counter[str] = field(default_factory=Counter)
    reviews: list[SimulatedReview] = field(default_factory=list)


class Simulation:
    """Adds up decided messages, in order of arrival.

    minutes: what a review may take. opened: whether reviews are wanted whole, of opened_day; None: of the day
    with the longest. warn: the sentence above an item, in the owner's language. keeper: for what waits.
    """

    def __init__(
        self,
        book: RuleBook,
        at: Sequence[time],
        minutes: int,
        *,
        opened: bool = True,
        opened_day: date | None = None,
        warn: Callable[[Verdict], str] = lambda verdict: "",
        keeper: Keeper | None = None,
    ) -> None:
        self._book, self._at, self._minutes = book, at, minutes
        self._near = NearMisses(book.rules)
        self._zone, self._owner_addresses = book.owner.timezone, book.owner.normal_addresses
        self._opened, self._opened_day, self._warn = opened, opened_day, warn
        self._days: defaultdict[date, _Tally] = defaultdict(_Tally)
        self._fullest: tuple[timedelta, date] = (timedelta(), date.min)
        self._kept: dict[date, list[tuple[ReviewFacts, Everything]]] = {}
        self._fired: set[str] = set()
        self._undated = 0
        self._missed: list[Missed] = []
        self._missed_count = 0
        self._asked: dict[str, tuple[str, datetime]] = {}  # Message-ID -> sender, arrival; no rule took it
        self._mails: Counter[str] = Counter()
        self._answers: list[tuple[datetime, tuple[str, ...]]] = []
        # From the review that comes next
        self._slot: tuple[Slot, datetime] | None = None
        self._since_at: datetime | None = None
        self._new: list[OpenMessage] = []
        self._left = Left(keeper or InMemory())
        self._handed: list[Handed] = []
        self._counts: Counter[Disposition] = Counter()
        self._number = 0

    def add(
        self,
        source: str,
        message: Message,
        verdict: Verdict,
        at: datetime | None,
        facts: Facts,
        conversation: int | None,
    ) -> None:
        """at: its arrival; None where there is not a date at all. facts: as its rules were asked.

        conversation: which it makes or joins, or None.
        """
        if verdict.rule is not None:
            self._fired.add(verdict.rule)
        elif verdict.code is Code.OTHERWISE and (miss := self._near.nearest(message, facts)):
            self._missed_count += 1
            if len(self._missed) < MOST_MISSES:
                sender = message.originator.address if message.originator else None
                self._missed.append(Missed(source, sender, message.subject, miss))
        if at is None:
            self._undated += 1
            return
        self._note_sender(message, verdict, at)
        self._count(message, verdict, at, facts, conversation)

    def add_answer(self, message: Message, at: datetime) -> None:
        """A mail that the owner sent."""
        self._answers.append((at, message.named_ids))

    def result(self) -> Simulated:
        """Ends the holiday with the review that comes next."""
        if self._slot is not None:
            self._close()
        days = tuple(
            Day(day, tally.received, dict(tally.forwards), tuple(tally.reviews))
            for day, tally in sorted(self._days.items())
        )
        opened = self._kept.get(self._opened_day or self._fullest[1], [])
        return Simulated(
            days=days,
            undated=self._undated,
            left=self._left.messages,
            silent_rules=tuple(rule.name for rule in self._book.rules if rule.name not in self._fired),
            missed=tuple(self._missed),
            missed_count=self._missed_count,
            uncovered=self._uncovered(),
            opened=tuple(self._whole(facts, everything) for facts, everything in opened),
        )

    # days and reviews

    def _count(
        self, message: Message, verdict: Verdict, at: datetime, facts: Facts, conversation: int | None
    ) -> None:
        while self._slot is not None and self._slot[1] <= at:
            self._close()
        if self._slot is None:
            self._slot = self._next_slot(at)
            self._since_at = self._since_at or at
        day = at.astimezone(self._zone).date()
        tally = self._days[day]
        tally.received += 1
        self._counts[verdict.disposition] += 1
        sender = message.originator or next(iter(message.from_), Address("", ""))
        if verdict.disposition is Disposition.FORWARD and verdict.backup is not None:
            tally.forwards[verdict.backup] += 1
            self._handed.append(
                Handed(
                    verdict.backup,
                    sender,
                    message.subject,
                    at,
                    "sent",
                    messages=1,
                    detail="",
                    reason=matched_text(verdict),
                )
            )
        elif verdict.disposition is Disposition.REVIEW:
            self._number += 1
            new = new_text(message.text, message.originator.name if message.originator else "")
            self._new.append(
                OpenMessage(
                    id=self._number,
                    conversation=conversation,
                    sender=sender,
                    subject=message.subject,
                    excerpt=passage(new),
                    text_characters=len(new),
                    arrived_at=at,
                    priority=verdict.priority or "normal",
                    warning=self._warn(verdict),
                    attachments=tuple(each.filename for each in message.attachments[:20]),
                    shown=False,
                    code=verdict.code,
                    held_as=verdict.detail if verdict.code is Code.FLOOD else "",
                    traits=find_traits(
                        message,
                        self._book.owner,
                        self._book.backups.values(),
                        propose=verdict.propose,
                        matches=verdict.matches,
                        owner_took_part=facts.in_owner_conversation,
                        authserv_id=self._book.authserv_id,
                        said=new,
                    ),
                )
            )

    def _next_slot(self, after: datetime) -> tuple[Slot, datetime] | None:
        return next_slot(self._at, self._zone, [Window(after, after + timedelta(days=3))], after)

    def _close(self) -> None:
        """The review of the slot that has come; what did not fit is left for the next one."""
        assert self._slot is not None
        slot, moment = self._slot
        there = who_is_there(self._book.backups, self._book.backups, (), moment)
        self._left.add(self._new, tuple(backup.key for backup in there))
        # One more than it can show, so that it knows that there are more: the others are only counted.
        items, beyond = self._left.first(most_shown(self._minutes) + 1)
        facts = replace(self._facts(slot, moment), there=there)
        review = arrange_items(facts, items, minutes=self._minutes, address=self._book.owner.address)
        day = slot[0]
        tally = self._days[day]
        rest = len(review.rest) + beyond
        tally.reviews.append(
            SimulatedReview(moment, len(review.waiting), len(review.collapsed), rest, review.deciding)
        )
        deciding = sum((each.deciding for each in tally.reviews), timedelta())
        if deciding > self._fullest[0]:
            self._fullest = deciding, day
        if self._opened:
            self._kept.setdefault(day, []).append((facts, self._left.all()))
            wanted = {self._opened_day} if self._opened_day else {day, self._fullest[1]}
            self._kept = {each: reviews for each, reviews in self._kept.items() if each in wanted}
        self._left.keep(items, without={item.newest.id for item in review.rest})
        self._new = []
        self._handed, self._counts, self._since_at = [], Counter(), moment
        self._slot = self._next_slot(moment) if self._left else None

    def _whole(self, facts: ReviewFacts, everything: Everything) -> Review:
        """The review as it would be sent, with what did not fit in it."""
        items, beyond = self._left.in_order(everything, LOOKED_AT)
        messages = tuple(message for item in items for message in item.messages)
        facts = replace(facts, messages=messages)
        review = arrange_items(facts, items, minutes=self._minutes, address=self._book.owner.address)
        return replace(review, rest=(*review.rest, *beyond))

    def _facts(self, slot: Slot, moment: datetime) -> ReviewFacts:
        coming = self._next_slot(moment)
        return ReviewFacts(
            now=moment,
            since_at=self._since_at or moment,
            slot=slot,
            next_review_at=coming[1] if coming else None,
            until_at=None,
            messages=(),
            handed=tuple(self._handed),
            counts=Counts.of(self._counts),
            last_contact_at=moment,
            problems=(),
            mode="shadow",
        )

    # who is answered

    def _note_sender(self, message: Message, verdict: Verdict, at: datetime) -> None:
        if message.originator is None:
            return
        address = normal_address(message.originator.address)
        if address in self._owner_addresses:
            self.add_answer(message, at)
        elif verdict.code is Code.OTHERWISE:
            self._mails[address] += 1
            if message.message_id:
                self._asked.setdefault(message.message_id, (address, at))

    def _uncovered(self) -> tuple[Uncovered, ...]:
        delays: dict[str, list[timedelta]] = {}
        answered: set[str] = set()
        for at, named in sorted(self._answers):
            asked = next((each for each in named if each in self._asked and each not in answered), None)
            if asked is None:
                continue
            answered.add(asked)
            address, asked_at = self._asked[asked]
            if timedelta() <= at - asked_at <= QUICKLY:
                delays.setdefault(address, []).append(at - asked_at)
        found = [
            Uncovered(address, self._mails[address], len(each), _median(each))
            for address, each in delays.items()
            if len(each) >= ENOUGH_MAILS and 2 * len(each) >= self._mails[address]
        ]
        found.sort(key=lambda one: (-one.answered, one.typical, one.address))
        return tuple(found[:MOST_SENDERS])


def _median(delays: Sequence[timedelta]) -> timedelta:
    return timedelta(seconds=statistics.median(delay.total_seconds() for delay in delays))
