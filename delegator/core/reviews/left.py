"""What no simulated review had a place for yet: in order, and of each mail no more than its place.

Of thousands that wait, a review needs the first few whole. The rest lie with a `Keeper`, and come from there
when it is their turn, when their conversation goes on, or when somebody else is there to hand them to.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import NamedTuple, Protocol

from .arrange import Rank, items_of, put_off, rank, unzipped
from .items import RANK, Item, OpenMessage

Ranked = list[tuple[Rank, Item]]


class Keeper(Protocol):
    """Where messages lie that wait for a later review."""

    def keep(self, message: OpenMessage) -> None:
        """Under its id, as it came; the same one comes again at most as it was."""

    def message(self, id_: int) -> OpenMessage: ...


class InMemory:
    """A few of them."""

    def __init__(self) -> None:
        self._messages: dict[int, OpenMessage] = {}

    def keep(self, message: OpenMessage) -> None:
        self._messages[message.id] = message

    def message(self, id_: int) -> OpenMessage:
        return self._messages[id_]


class Waiting(NamedTuple):
    """An item: no two have the same rank, so that they are in its order. messages: their ids."""

    rank: Rank
    conversation: int | None
    messages: tuple[int, ...]


class Everything(NamedTuple):
    """What waited before a review, what came since the one before it, and who was there."""

    waiting: tuple[Waiting, ...]
    came: tuple[tuple[Rank, Item], ...]
    there: tuple[str, ...]


class Left:
    """What waits, and what has come since the last review.

    Low ones never wait, unless they are of a flood: each review shows all of them, counted.
    """

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._waiting: list[Waiting] = []
        self._ranks: dict[int, Rank] = {}  # of those that wait, by conversation
        self._came: Ranked = []
        self._there: tuple[str, ...] = ()
        self._at_hand: dict[tuple[int, ...], tuple[Rank, Item]] = {}  # looked at for the last review
        self._has_floods = False

    def __bool__(self) -> bool:
        return bool(self._waiting)

    @property
    def messages(self) -> int:
        """How many wait."""
        return sum(len(one.messages) for one in self._waiting)

    def add(self, new: Sequence[OpenMessage], there: tuple[str, ...]) -> None:
        """What has come since. A conversation is one item; what is proposed depends on who is there."""
        if there != self._there:
            self._there, self._at_hand = there, {}
            waiting, self._waiting = self._waiting, []
            for one in waiting:
                self._put(*rank(self._messages(one), there)[0])
        named = dict.fromkeys(message.conversation for message in new)
        grown = [number for number in named if number is not None and number in self._ranks]
        joined = [message for number in grown for message in self._messages(self._take_out(number))]
        self._came = rank([*joined, *new], there)
        self._has_floods = self._has_floods or any(message.held_as for message in new)

    def first(self, most: int) -> tuple[list[Item], int]:
        """The items that a review could show that shows so many, and how many more there are.

        A flood is one item, wherever its mails stand.
        """
        if self._has_floods:
            most = len(self._waiting) + len(self._came)
        shown, _ = parted([*map(self._item, self._waiting[:most]), *self._came], most)
        return unzipped(shown), len(self._waiting) + len(self._came) - len(shown)

    def all(self) -> Everything:
        """All that waits or came, to be put in order when it is wanted."""
        return Everything(tuple(self._waiting), tuple(self._came), self._there)

    def in_order(self, everything: Everything, most: int) -> tuple[list[Item], list[Item]]:
        """The items that a review could show that shows so many, and the others."""
        waiting, came, there = everything
        ranked = [*(rank(self._messages(one), there)[0] for one in waiting), *came]
        shown, beyond = parted(ranked, len(ranked) if self._has_floods else most)
        return unzipped(shown), unzipped(beyond)

    def keep(self, looked_at: Sequence[Item], without: Collection[int]) -> None:
        """Nothing of what a review showed. without: the newest messages of the items that had no place."""
        shown = {item.newest.id for item in looked_at} - set(without)
        came, self._came = self._came, []
        if not shown:  # nothing fits: no review ever shows it
            self._waiting, self._ranks = [], {}
            return
        first = len(looked_at)
        stay = [one for one in self._waiting[:first] if one.messages[-1] not in shown]
        for one in self._waiting[:first]:
            if one.conversation is not None and one.messages[-1] in shown:
                del self._ranks[one.conversation]
        self._waiting[:first] = stay
        self._at_hand = {
            one.messages: self._at_hand[one.messages] for one in stay if one.messages in self._at_hand
        }
        for place, item in came:
            if item.newest.id not in shown:
                for message in item.messages:
                    if not message.waited:
                        self._keeper.keep(message)
                self._put(put_off(place), item)

    def _put(self, place: Rank, item: Item) -> None:
        """Where it belongs."""
        conversation = item.newest.conversation
        insort(self._waiting, Waiting(place, conversation, tuple(message.id for message in item.messages)))
        if conversation is not None:
            self._ranks[conversation] = place

    def _take_out(self, conversation: int) -> Waiting:
        at = bisect_left(self._waiting, self._ranks.pop(conversation), key=itemgetter(0))
        return self._waiting.pop(at)

    def _item(self, one: Waiting) -> tuple[Rank, Item]:
        if (found := self._at_hand.get(one.messages)) is None:
            (item,) = items_of(self._messages(one), self._there)
            found = self._at_hand[one.messages] = one.rank, item
        return found

    def _messages(self, one: Waiting) -> list[OpenMessage]:
        """All that waits had no place in the review before."""
        return [replace(self._keeper.message(id_), waited=True) for id_ in one.messages]


def parted(ranked: Iterable[tuple[Rank, Item]], most: int) -> tuple[Ranked, Ranked]:
    """In order: so many of those that are urgent enough with all low ones, and the others."""
    ranked = sorted(ranked, key=itemgetter(0))
    urgent_enough = bisect_left(ranked, RANK["low"], key=lambda each: each[0][0])
    at_most = min(most, urgent_enough)
    return [*ranked[:at_most], *ranked[urgent_enough:]], ranked[at_most:urgent_enough]
