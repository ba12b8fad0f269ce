"""Messages that just missed a rule.

A message just misses a rule when exactly one of the conditions under `when` does not hold, and either
- another of them, one that names addresses or words, does hold; or
- the one that failed holds in its relaxed form: its keywords with a * at both ends, or its addresses'
  whole domains.

Flags (`bulk: false`) and `not` are no evidence on their own: they hold for nearly all mail.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, assert_never

from .book import ForwardTo, MakePrivate, Rule
from .conditions import (
    Addresses,
    AllOf,
    AnyOf,
    Condition,
    Facts,
    HasAttachment,
    Header,
    Is,
    Keywords,
    LargerThan,
    Not,
    match,
)
from .edits import describe, relaxed
from .index import RuleIndex

if TYPE_CHECKING:
    from ..mail.message import Message


@dataclass(frozen=True, slots=True)
class NearMiss:
    """failed: the one condition that did not hold, as written. would: what would have matched, or ""."""

    rule: str
    failed: str
    would: str


class NearMisses:
    """Looks for the rules that messages just missed."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = [rule for rule in rules if isinstance(rule.outcome, ForwardTo | MakePrivate)]
        # Of a rule with one condition, only its relaxed form can speak for it: those are found in one pass.
        alone = [len(rule.when.conditions) == 1 for rule in self._rules]
        self._others = {number for number, is_alone in enumerate(alone) if not is_alone}
        wider = [
            _relaxed(rule.when.conditions[0]) if is_alone else None
            for rule, is_alone in zip(self._rules, alone, strict=True)
        ]
        self._numbers = [number for number, condition in enumerate(wider) if condition is not None]
        self._index = RuleIndex(AllOf((condition,)) for condition in wider if condition is not None)

    def nearest(self, message: Message, facts: Facts) -> NearMiss | None:
        """The first rule that forwards or makes private and that the message just missed.

        Asked only of a message that no rule took.
        """
        may_be = self._others.union(self._numbers[number] for number in self._index.candidates(message))
        misses = (_missed(self._rules[number], message, facts) for number in sorted(may_be))
        return next((miss for miss in misses if miss is not None), None)


def _missed(rule: Rule, message: Message, facts: Facts) -> NearMiss | None:
    failed: Condition | None = None
    is_evident = False
    for condition in rule.when.conditions:
        if match(condition, message, facts) is not None:
            is_evident = is_evident or _is_evidence(condition)
        elif failed is not None:
            return None  # two conditions away
        else:
            failed = condition
    if failed is None:
        return None
    wider = _relaxed(failed)
    held = match(wider, message, facts) if wider is not None else None
    if held is None and not is_evident:
        return None
    would = ", ".join(f'"{each.text}" matches {each.pattern}' for each in held or () if each.pattern)
    return NearMiss(rule.name, describe(failed), would)


def _is_evidence(condition: Condition) -> bool:
    match condition:
        case Addresses() | Keywords() | Header() | HasAttachment():
            return True
        case AnyOf(parts):
            return all(map(_is_evidence, parts))
        case Is() | LargerThan() | AllOf() | Not():
            return False
        case _:
            assert_never(condition)


@lru_cache(maxsize=1000)
def _relaxed(condition: Condition) -> Condition | None:
    """Compiled once for all messages."""
    return relaxed(condition)
