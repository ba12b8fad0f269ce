"""What stands in a review: select, group, rank, and what fits. Rendering is in `compose`.

What fits is decided here and not while rendering, because what was shown in full is a fact that the
next review builds on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from operator import itemgetter
from typing import TypeVar

from ..commands.command import Verb
from ..handovers.codes import Code
from ..mail.display import NAME_CHARACTERS, html, one_line, plain, shown_sender
from ..mail.invitation import Invitation, clashes
from ..mail.message import Address
from ..people import normal_address
from .items import (
    CLASH_CHARACTERS,
    CLASHES_AN_ITEM,
    DECIDING,
    NOTE_CHARACTERS,
    PROBLEMS_A_REVIEW,
    RANK,
    RECEIPT_CHARACTERS,
    RECEIPT_GROUPS,
    RECEIPTS_A_GROUP,
    Handed,
    Item,
    OpenMessage,
    Receipt,
    ReceiptGroup,
    Review,
    ReviewFacts,
    Tally,
)
from .passage import PASSAGE_CHARACTERS, passage
from .proposal import Proposal, cannot_wait, propose
from .room import Cost, base64, quoted_printable
from .traits import Traits

AGED_CHARACTERS = ((timedelta(hours=36), 190), (timedelta(hours=84), 90))
"""How much of an item is shown again while it has waited no longer than that; after that FADED_CHARACTERS."""

FADED_CHARACTERS = 60

_FULL_AT_MOST = 150  # no mail of 80 kB holds as many
_INVITATIONS = 300
_ASIDE_MINUTES = 2  # for what is no item: the colleagues, the counts

# Octets of the mail, HTML and plain text together: 80 kB, as Gmail clips at 102 kB, less some air.
_LIMIT = 77_000
_FRAME = 5_000  # header, headings, counts, health, style
_HANDED_AT_MOST = 9_000
_STILL_OPEN_AT_MOST = 16_000
_LEFT_OVER_SHARE = 3
_REST_AT_MOST = 12_000
_TALLY_AT_MOST = 1_800  # each of three: low ones, the rest, handovers that did not fit

T = TypeVar("T")


def arrange_review(facts: ReviewFacts, *, minutes: int | None = None, address: str = "") -> Review:
    """The open messages as items, ranked, as many in full as fit. Pure.

    Ranked by: the rule's priority; an asked day for which nothing can be proposed; who had no place in an
    earlier review; a client's complaint, a client's asked day, a known client; addressed to the owner
    alone; any known correspondent; a question or a day in it; age (oldest first).
    minutes: what a review may take; two of them are for all that is no item. None: as long as it is.
    address: the owner's, which stands in each button.
    The next ones get a line, what is beyond that is counted by sender. The first item of a flood comes where
    it belongs, and the others after all else: who sends three hundred mails keeps no other from being seen.
    """
    there = tuple(backup.key for backup in facts.there)
    return arrange_items(facts, unzipped(rank(facts.messages, there)), minutes=minutes, address=address)


def arrange_items(
    facts: ReviewFacts, ranked: Sequence[Item], *, minutes: int | None = None, address: str = ""
) -> Review:
    """The same of items that were ranked before; of the open messages of the facts nothing is looked at."""
    items = _with_floods(ranked)
    urgent_enough = [item for item in items if item.priority != "low"]
    waiting = _with_excerpts((item for item in urgent_enough if not item.was_shown), facts.now)
    still_open = _with_excerpts((item for item in urgent_enough if item.was_shown), facts.now)
    # What is left over gets a third of the time, so that neither it nor what is new is put off for ever.
    old, old_later = _in_time(still_open, minutes, share=_LEFT_OVER_SHARE)
    spent_on_old = sum((item.reading + DECIDING for item in old), timedelta())
    new, later = _in_time(waiting, minutes, spent=spent_on_old)
    known = facts.invitations[:_INVITATIONS]
    new = (*(_with_clashes(item, known) for item in new[:_FULL_AT_MOST]), *new[_FULL_AT_MOST:])
    review = Review(
        facts=facts,
        waiting=new,
        still_open=old,
        collapsed=tuple(items[len(urgent_enough) :]),
        rest=(),
        handed=tuple(sorted(facts.handed, key=_handed_order)),
        receipts=_receipt_groups(facts.receipts),
    )
    # Latin text is shorter as quoted-printable, other scripts as base64; the mail takes the shorter.
    fitted = _fit(review, Cost(quoted_printable, len(address)), later, old_later)
    if len(fitted.waiting) == len(new):
        return fitted
    other = _fit(review, Cost(base64, len(address)), later, old_later)
    return max(fitted, other, key=lambda one: len(one.waiting))


def most_shown(minutes: int | None) -> int:
    """So many items a review shows at most, of what waits: more are not decided in time. minutes: or None."""
    if minutes is None:
        return _FULL_AT_MOST
    return max(1, min(_FULL_AT_MOST, _for_items(minutes) // DECIDING))


def all_items(facts: ReviewFacts) -> tuple[Item, ...]:
    """Every open item, ranked as in a review, newsletters last; none is left out, and none is numbered."""
    there = tuple(backup.key for backup in facts.there)
    return tuple(_with_floods(unzipped(rank(facts.messages, there))))


Rank = tuple[int, bool, bool, bool, bool, bool, bool, bool, bool, datetime, int]
"""The place of an item: no two have the same, and it is the same in every review."""


def rank(messages: Iterable[OpenMessage], there: tuple[str, ...]) -> list[tuple[Rank, Item]]:
    """Open messages as items, each with its place, in order. there: the keys of the backups who are there."""
    return sorted(((_order(item), item) for item in items_of(messages, there)), key=itemgetter(0))


def put_off(place: Rank) -> Rank:
    """The place of an item, not shown in full before, that had none in a review: before those that had."""
    return (*place[:2], False, *place[3:])


def unzipped(ranked: Iterable[tuple[Rank, Item]]) -> list[Item]:
    """The items without their places."""
    return [item for _, item in ranked]


def _fit(review: Review, cost: Cost, later: Sequence[Item], old_later: Sequence[Item]) -> Review:
    """The same with its items numbered, and what does not fit among the rest.

    review: what there is time for. later, old_later: what there is no time for, new and still open.
    """
    new, old = review.waiting, review.still_open
    left = _LIMIT - cost.words(_FRAME + 3 * _TALLY_AT_MOST)
    left -= sum(map(cost.problem, review.facts.problems[:PROBLEMS_A_REVIEW]))
    left -= sum(map(cost.receipts, review.receipts))
    handed, spent = _take(review.handed, cost.handed, _HANDED_AT_MOST)
    left -= spent
    still_open, spent = _take(old, cost.full, _STILL_OPEN_AT_MOST if new else left)
    left -= spent
    is_more = bool(later or old_later or len(still_open) < len(old))
    waiting, spent = _take(new, cost.full, left - _REST_AT_MOST if is_more else left)
    if not is_more and len(waiting) < len(new):
        waiting, spent = _take(new, cost.full, left - _REST_AT_MOST)
    over = (*new[len(waiting) :], *later, *old[len(still_open) :], *old_later)
    named, _ = _take(over, cost.line, left - spent)
    shown = len(waiting) + len(still_open)
    return replace(
        review,
        waiting=_numbered(waiting, 1),
        still_open=_numbered(still_open, 1 + len(waiting)),
        rest=(*_numbered(named, 1 + shown), *over[len(named) :]),
        handed=tuple(_numbered_handed(handed, 1 + shown + len(named))),
    )


def _numbered_handed(handed: Iterable[Handed], start: int) -> Iterator[Handed]:
    """Those that the owner may have to do something about get the numbers that follow."""
    number = start
    for one in handed:
        yield replace(one, number=number) if one.is_decidable else one
        number += one.is_decidable


def _receipt_groups(receipts: Iterable[Receipt]) -> tuple[ReceiptGroup, ...]:
    """In the order in which each was first done."""
    groups: dict[tuple[Verb, str], list[str]] = {}
    notes: dict[tuple[Verb, str], list[str]] = {}
    for receipt in receipts:
        groups.setdefault((receipt.verb, receipt.backup_name), []).append(receipt.subject)
        if receipt.note:
            notes.setdefault((receipt.verb, receipt.backup_name), []).append(receipt.note)
    return tuple(
        ReceiptGroup(
            verb,
            one_line(name, NAME_CHARACTERS),
            tuple(one_line(subject, RECEIPT_CHARACTERS) for subject in subjects[:RECEIPTS_A_GROUP]),
            len(subjects),
            tuple(one_line(note, NOTE_CHARACTERS) for note in notes.get((verb, name), [])[:RECEIPTS_A_GROUP]),
        )
        for (verb, name), subjects in list(groups.items())[:RECEIPT_GROUPS]
    )


def _in_time(
    items: tuple[Item, ...], minutes: int | None, *, share: int = 1, spent: timedelta = timedelta()
) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """Those that can be read and decided in time, and the others; the first is always among them.

    share: one part in so many of the time is theirs. spent: of it, on others.
    """
    if minutes is None:
        return items, ()
    left = _for_items(minutes) / share - spent
    for taken, item in enumerate(items):
        left -= item.reading + DECIDING
        if (left < timedelta() and taken) or taken == _FULL_AT_MOST:
            return items[:taken], items[taken:]
    return items, ()


def _for_items(minutes: int) -> timedelta:
    return timedelta(minutes=max(1, minutes - _ASIDE_MINUTES))


def _with_clashes(item: Item, known: Sequence[tuple[str, Invitation]]) -> Item:
    if item.invitation is None or not item.invitation.asks:
        return item
    names = clashes(item.invitation, known)
    shown = tuple(one_line(name, CLASH_CHARACTERS) for name in names[:CLASHES_AN_ITEM])
    return replace(item, clashes=shown)


def unnamed(handed: Iterable[Handed], named: Sequence[Handed]) -> list[Handed]:
    """The handovers that got no line."""
    return sorted(handed, key=_handed_order)[len(named) :]


def tally_senders(items: Iterable[Item]) -> Tally:
    """Items counted by sender."""
    return _tally((item.newest.sender for item in items), lambda sender: normal_address(sender.address))


def tally_backups(handed: Iterable[Handed]) -> Tally:
    """Handovers counted by backup."""
    return _tally((Address(one.backup_name, one.backup_name) for one in handed), lambda who: who.name)


_STATES = ("asks", "failed", "overdue", "waiting", "sent", "answered")


def items_of(messages: Iterable[OpenMessage], there: tuple[str, ...]) -> Iterable[Item]:
    """Open messages as items, in no order. there: the keys of the backups who are there."""
    conversations: dict[tuple[str, int], list[OpenMessage]] = {}
    for message in messages:
        alone = message.conversation is None
        kind = "waits" if message.waits_for else "conversation"  # what ends the one ends not the other
        key = ("message", message.id) if alone else (kind, message.conversation or 0)
        conversations.setdefault(key, []).append(message)
    for together in conversations.values():
        together.sort(key=lambda message: (message.arrived_at, message.id))
        new = [message for message in together if not message.shown]
        item = Item(0, tuple(together))
        traits = item.newest.traits
        if any(message.traits.asks or message.traits.complains for message in new):
            traits = replace(  # "thanks" after a question that stands
                traits,
                asks=any(message.traits.asks for message in new),
                names_day=any(message.traits.names_day for message in new),
                complains=any(message.traits.complains for message in new),
                only_thanks=False,
            )
        is_held_up = bool(item.newest.waits_for)  # the same server would not take it for another either
        in_doubt = is_held_up or any(propose(m.code, m.traits, there) is None for m in together)
        proposal = None if in_doubt else propose(item.newest.code, traits, there)
        # A colleague's question wants the owner's answer: sent on, it would come back to who asked.
        is_question = item.newest.code is Code.FROM_BACKUP
        forward_to = None if is_question or is_held_up else _forward_to(proposal, traits, there)
        yield replace(item, proposal=proposal, forward_to=forward_to)


def _with_floods(items: Sequence[Item]) -> list[Item]:
    """The same, ranked; the first of each flood with the messages of all of it, and the others last."""
    floods: dict[str, list[int]] = {}
    for item in items:
        for message in item.messages:
            if message.held_as:
                floods.setdefault(message.held_as, []).append(message.id)
    first: list[Item] = []
    others: list[Item] = []
    for item in items:
        name = item.newest.held_as
        if not name:
            first.append(item)
        elif found := floods.pop(name, None):
            first.append(replace(item, flood=tuple(found)))
        else:
            others.append(item)
    urgent_enough = sum(item.priority != "low" for item in first)
    return [*first[:urgent_enough], *others, *first[urgent_enough:]]


def _shown_text(message: OpenMessage, now: datetime) -> str:
    """As much of a message as stands in this review: less of what stood in one before, and less every day."""
    text = one_line(message.excerpt, PASSAGE_CHARACTERS)
    if not message.shown:
        return text
    waited = now - message.arrived_at
    return passage(text, next((room for limit, room in AGED_CHARACTERS if waited <= limit), FADED_CHARACTERS))


def _with_excerpts(items: Iterable[Item], now: datetime) -> tuple[Item, ...]:
    """Those that may be shown with their texts: there may be fifty thousand more."""
    listed = tuple(items)
    first = (replace(item, excerpt=_shown_text(item.newest, now)) for item in listed[:_FULL_AT_MOST])
    return (*first, *listed[_FULL_AT_MOST:])


def _forward_to(proposal: Proposal | None, traits: Traits, there: tuple[str, ...]) -> str | None:
    """The proposed backup, the rule's if they are there, else the first who is."""
    if proposal is not None and proposal.backup is not None:
        return proposal.backup
    return traits.propose if traits.propose in there else next(iter(there), None)


def _order(item: Item) -> Rank:
    """Its age is that of its oldest message: who has waited longest comes first."""
    oldest, new = item.messages[0], [message for message in item.messages if not message.shown]
    traits = [message.traits for message in new or item.messages]
    clients = [each for each in traits if not each.is_internal]
    return (
        RANK[item.priority],
        item.proposal is not None or not any(cannot_wait(each) for each in traits),
        not any(message.waited for message in new),
        not any(each.complains for each in clients),
        not any(each.asks and each.names_day for each in clients),
        not any(each.is_known for each in clients),
        not any(each.addressed == "alone" for each in traits),
        not any(each.is_known for each in traits),
        not any(each.asks or each.names_day for each in traits),
        oldest.arrived_at,
        oldest.id,
    )


def _handed_order(handed: Handed) -> tuple[int, datetime]:
    return _STATES.index(handed.state), handed.at


def _numbered(items: Sequence[Item], start: int) -> tuple[Item, ...]:
    return tuple(replace(item, number=number) for number, item in enumerate(items, start))


def _take(things: Sequence[T], cost: Callable[[T], int], at_most: int) -> tuple[Sequence[T], int]:
    """The first ones that fit together, and what they cost."""
    spent = 0
    for taken, thing in enumerate(things):
        each = cost(thing)
        if spent + each > at_most:
            return things[:taken], spent
        spent += each
    return things, spent


def _tally(people: Iterable[Address], key: Callable[[Address], str]) -> Tally:
    counts: Counter[str] = Counter()
    first: dict[str, Address] = {}
    for who in people:
        counts[key(who)] += 1
        first.setdefault(key(who), who)
    named: list[tuple[str, int]] = []
    spent = 0
    for one, n in counts.most_common(20):
        label = shown_sender(first[one])
        spent += len(html(label).encode()) + len(plain(label).encode()) + 2 * len(str(n)) + 6
        if spent > _TALLY_AT_MOST:
            break
        named.append((label, n))
    return Tally(tuple(named), counts.total() - sum(n for _, n in named))
