"""Conditions, their match, and the text that matched. Pure; knows nothing of files or servers.

The configuration builds these values; `triage` asks them. Every pattern runs in linear time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from .message import Message

AddressField = Literal["from", "to", "cc", "recipient"]
TextField = Literal["subject", "body", "text"]
Flag = Literal["bulk", "auto", "direct", "invite", "reply", "verified"]
Priority = Literal["high", "normal", "low"]


class PatternError(ValueError):
    """A pattern that cannot be compiled; str() says why, for a person."""


@dataclass(frozen=True, slots=True)
class AddressPattern:
    """One address, `@domain` with its subdomains, a glob, or a named list of addresses.

    Build with `compile_address` or, for a list, `address_list`.
    """

    source: str  # as written: "@acme.example", or "list key-accounts"
    # helper C adds what matching needs


@dataclass(frozen=True, slots=True)
class KeywordPattern:
    """A keyword, phrase, starred keyword or /regular expression/. Build with `compile_keyword`."""

    source: str  # as written
    # helper C adds what matching needs


def compile_address(source: str) -> AddressPattern:
    """An address pattern. Raises PatternError."""
    raise NotImplementedError


def address_list(name: str, addresses: frozenset[str]) -> AddressPattern:
    """A pattern that matches any of `addresses`; what matched is named as in `list NAME`."""
    raise NotImplementedError


def compile_keyword(source: str) -> KeywordPattern:
    """A keyword pattern. Raises PatternError."""
    raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Addresses:
    field: AddressField
    patterns: tuple[AddressPattern, ...]


@dataclass(frozen=True, slots=True)
class Keywords:
    field: TextField
    patterns: tuple[KeywordPattern, ...]


@dataclass(frozen=True, slots=True)
class Header:
    name: str  # as written
    patterns: tuple[KeywordPattern, ...]


@dataclass(frozen=True, slots=True)
class Is:
    flag: Flag
    expected: bool


@dataclass(frozen=True, slots=True)
class HasAttachment:
    patterns: tuple[KeywordPattern, ...]


@dataclass(frozen=True, slots=True)
class LargerThan:
    octets: int


@dataclass(frozen=True, slots=True)
class AllOf:
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    condition: Condition


Condition = Addresses | Keywords | Header | Is | HasAttachment | LargerThan | AllOf | AnyOf | Not


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
class Match:
    """Why a condition held: which pattern, in which field, on which text."""

    field: str  # "from", "subject", "header List-Id", "bulk" …
    pattern: str  # as written; "" for flags
    text: str  # the text that matched, bounded to 200 characters


@dataclass(frozen=True, slots=True)
class Facts:
    """What conditions need besides the message itself."""

    owner_addresses: frozenset[str]  # normal_address form
    owner_domain: str
    in_owner_conversation: bool = False  # for `reply`
    is_verified: bool = False  # for `verified`
    extra: Mapping[str, str] | None = None


def match(condition: Condition, message: Message, facts: Facts) -> tuple[Match, ...] | None:
    """What matched, or None where the condition does not hold. `Not` that holds gives ()."""
    raise NotImplementedError
