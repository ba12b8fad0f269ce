"""Which rules can hold of a message at all, found in one pass instead of by asking each.

For each rule one condition is chosen that must hold and that can be looked up: an author's address or
domain in a table, the first words of its keywords in the words of a text. A rule that is passed over surely
does not hold; whether one that is not does hold, its conditions say as before. What the header decides is
tried first: a text is looked at only where a rule that needs it is reached, and read only where a word that
is looked for may be in it at all (`mail.sight`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..mail.bounds import BODY_CHARACTERS
from ..mail.fold import fold
from ..people import normal_address
from .conditions import Addresses, AllOf, Keywords

if TYPE_CHECKING:
    from ..mail.message import Message
    from ..mail.sight import Sight
    from .patterns import AddressPattern, Keyword, KeywordPattern

_FEW = 12
"""So many words are looked for one by one; more, in one pass."""

_WORD = re.compile("[0-9a-z]+")


class RuleIndex:
    """conditions: `when` of each rule, in order."""

    def __init__(self, conditions: Iterable[AllOf]) -> None:
        self._always: set[int] = set()
        self._by_address: dict[str, set[int]] = {}
        self._by_domain: dict[str, set[int]] = {}
        self._subject, self._body = _Words(), _Words()
        self._first_of_body: int | None = None
        for number, condition in enumerate(conditions):
            self._add(number, condition)

    def candidates(self, message: Message) -> Iterator[int]:
        """The numbers of the rules that may hold, in order. Not of private rules: they hold in doubt, too."""
        found = set(self._always)
        if self._by_address or self._by_domain:
            self._look_up_authors(message, found)
        if self._subject:
            self._subject.look_up(fold(message.subject).text, found)
        first = self._first_of_body
        if first is not None:
            yield from sorted(number for number in found if number < first)
            if message.sight is None or self._body.may_stand_in(message.sight):
                self._body.look_up(fold(message.text[:BODY_CHARACTERS]).text, found)
            found = {number for number in found if number >= first}
        yield from sorted(found)

    def _add(self, number: int, condition: AllOf) -> None:
        """By the condition that is cheapest to look up."""
        for part in condition.conditions:
            if isinstance(part, Addresses) and part.field == "from" and _are_listed(part.patterns):
                for pattern in part.patterns:
                    for address in pattern.members or ():
                        self._by_address.setdefault(address, set()).add(number)
                    if pattern.domain is not None:
                        self._by_domain.setdefault(pattern.domain, set()).add(number)
                return
        for wanted in ("subject", "text", "body"):
            for part in condition.conditions:
                if not isinstance(part, Keywords) or part.field != wanted:
                    continue
                keywords = _literals(part.patterns)
                if keywords is None:
                    continue
                if wanted != "body":
                    self._subject.add(number, keywords)
                if wanted != "subject":
                    self._body.add(number, keywords)
                    if self._first_of_body is None:
                        self._first_of_body = number
                return
        self._always.add(number)

    def _look_up_authors(self, message: Message, found: set[int]) -> None:
        for author in (*message.from_, *message.original_from):
            address = normal_address(author.address)
            found |= self._by_address.get(address, set())
            domain = address.rpartition("@")[2]
            while domain:
                found |= self._by_domain.get(domain, set())
                domain = domain.partition(".")[2]


@dataclass(slots=True)
class _Words:
    """Keywords by the first word of each, as it stands in folded text.

    whole: words that stand there between what belongs to no word. loose: all others.
    """

    whole: dict[str, set[int]] = field(default_factory=dict)
    loose: dict[str, set[int]] = field(default_factory=dict)
    any_loose: Any = None  # finds whether one of many is there at all
    any_word: Any = None  # the same of all

    def __bool__(self) -> bool:
        return bool(self.whole or self.loose)

    def add(self, number: int, keywords: Iterable[Keyword]) -> None:
        for keyword in keywords:
            word = keyword.words[0]
            is_open = keyword.starts_open or (keyword.ends_open and len(keyword.words) == 1)
            words = self.loose if is_open or not _WORD.fullmatch(word) else self.whole
            words.setdefault(word, set()).add(number)

    def may_stand_in(self, sight: Sight) -> bool:
        """Whether one of them may be in a text that nobody has read yet."""
        words = (*self.whole, *self.loose)
        if len(words) <= _FEW:
            return sight.may_say(words)
        if self.any_word is None:
            self.any_word = _any_of(words)
        return sight.may_find(self.any_word.search)

    def look_up(self, text: str, found: set[int]) -> None:
        """Add the numbers of those that may stand in a folded text."""
        if len(self.whole) <= _FEW:
            _find_each(self.whole, text, found)
        else:
            for word in self.whole.keys() & set(_WORD.findall(text)):
                found |= self.whole[word]
        if len(self.loose) <= _FEW or self._has_loose(text):
            _find_each(self.loose, text, found)

    def _has_loose(self, text: str) -> bool:
        if self.any_loose is None:
            self.any_loose = _any_of(self.loose)
        return self.any_loose.search(text) is not None


def _any_of(words: Iterable[str]) -> Any:
    import re2

    options = re2.Options()
    options.log_errors, options.max_mem = False, 64 * 1024 * 1024
    return re2.compile("|".join(map(re2.escape, words)), options)


def _find_each(words: dict[str, set[int]], text: str, found: set[int]) -> None:
    for word, numbers in words.items():
        if word in text:
            found |= numbers


def _are_listed(patterns: tuple[AddressPattern, ...]) -> bool:
    return all(pattern.members is not None or pattern.domain is not None for pattern in patterns)


def _literals(patterns: tuple[KeywordPattern, ...]) -> list[Keyword] | None:
    """The keywords; None where one of the patterns is an expression."""
    keywords = [pattern.keyword for pattern in patterns if pattern.keyword is not None]
    return keywords if len(keywords) == len(patterns) else None
