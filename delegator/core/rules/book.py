"""The rules of a configuration: what each one does, and the book of all that triage takes from it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ..people import Backup, Owner, Window, normal_address
from .conditions import AllOf, names_sender
from .index import RuleIndex

if TYPE_CHECKING:
    from ..mail.message import Message

Priority = Literal["high", "normal", "low"]


@dataclass(frozen=True, slots=True)
class ForwardTo:
    backups: tuple[str, ...]  # keys, in order: the first who is there


@dataclass(frozen=True, slots=True)
class MakePrivate:
    pass


@dataclass(frozen=True, slots=True)
class ToReview:
    priority: Priority
    propose: str | None = None  # a backup's key, "to-do" or "done"


@dataclass(frozen=True, slots=True)
class Ignore:
    pass


Outcome = ForwardTo | MakePrivate | ToReview | Ignore


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of `rules:`. line: where it stands in rules.yaml, from 1."""

    name: str
    when: AllOf
    outcome: Outcome
    lifts_private: bool = False  # `private: false`: encrypted or marked mail is not private
    line: int = 0


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All that triage takes from the configuration.

    cover: key of the backup who takes what a rule's own backups cannot; None: nobody does.
    """

    owner: Owner
    backups: Mapping[str, Backup]
    rules: tuple[Rule, ...]
    otherwise: Outcome
    authserv_id: str | None = None
    away: tuple[Window, ...] = ()
    cover: str | None = None
    _private: tuple[Rule, ...] | None = field(default=None, init=False, repr=False, compare=False)
    _index: RuleIndex | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def private_rules(self) -> tuple[Rule, ...]:
        """The rules that make a message private, in order."""
        if self._private is None:
            found = tuple(rule for rule in self.rules if isinstance(rule.outcome, MakePrivate))
            object.__setattr__(self, "_private", found)
            return found
        return self._private

    def candidates(self, message: Message) -> Iterator[Rule]:
        """The rules that may hold of a message, in order; any other surely does not, unless it is private."""
        if self._index is None:
            object.__setattr__(self, "_index", RuleIndex(rule.when for rule in self.rules))
            assert self._index is not None
        return (self.rules[number] for number in self._index.candidates(message))

    def with_cover(self, backups: tuple[str, ...]) -> tuple[str, ...]:
        """A chain of backups, and behind them who covers in this absence."""
        return backups if self.cover is None or self.cover in backups else (*backups, self.cover)

    def knows(self, address: str, written_to: Collection[str]) -> bool:
        """Whether a rule or a list names this author, or the owner wrote to them. address: in any form."""
        return normal_address(address) in written_to or self.names(address)

    def names(self, address: str) -> bool:
        """Whether a rule or a list names this author. address: in any form."""
        normal = normal_address(address)
        return any(names_sender(rule.when, normal) for rule in self.rules)
