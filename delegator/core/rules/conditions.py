"""Conditions, their match, and the text that matched. Pure; knows nothing of files or servers.

The configuration builds these values; `triage` asks them. Every pattern runs in linear time.

A condition holds, does not, or cannot be told: then neither it nor its opposite holds (Kleene's logic).
To a rule that forwards, sorts or ignores, only the sender can be unclear: where no single From names a
single address. To a private rule, which looks at more (every author, every text, attached messages),
whatever was not seen or does not agree is unclear, and what is unclear counts as private.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeVar, assert_never, cast

from ..mail.auto_submitted import auto_submitted
from ..mail.bounds import BODY_CHARACTERS
from ..people import is_in_domain, normal_address
from .patterns import MATCH_CHARACTERS, AddressPattern, KeywordPattern, address_list

if TYPE_CHECKING:
    from ..mail.message import Address, Message

AddressField = Literal["from", "to", "cc", "recipient"]
TextField = Literal["subject", "body", "text"]
Flag = Literal["bulk", "auto", "direct", "invite", "reply", "verified"]


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
C = TypeVar("C", bound=Condition)


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
    is_refuted: bool = False  # the owner's server says that the sender's authentication failed
    is_list_vouched: bool = False  # the owner's server says that the owner's own domain sent it


def asks_for_machines(condition: Condition, *, is_wanted: bool = True) -> bool:
    """Whether it says itself that it is about what machines send: `auto: true`, or not `auto: false`."""
    match condition:
        case AllOf(conditions) | AnyOf(conditions):
            return any(asks_for_machines(part, is_wanted=is_wanted) for part in conditions)
        case Not(negated):
            return asks_for_machines(negated, is_wanted=not is_wanted)
        case Is():
            return condition == Is("auto", is_wanted)
        case Addresses() | Keywords() | Header() | HasAttachment() | LargerThan():
            return False
        case _:
            assert_never(condition)


def leaves(condition: Condition) -> Iterator[Condition]:
    """The conditions in it that hold no others, itself if it is one."""
    match condition:
        case AllOf(conditions) | AnyOf(conditions):
            for part in conditions:
                yield from leaves(part)
        case Not(negated):
            yield from leaves(negated)
        case Addresses() | Keywords() | Header() | Is() | HasAttachment() | LargerThan():
            yield condition
        case _:
            assert_never(condition)


def names_sender(condition: Condition, address: str) -> bool:
    """Whether a condition names an author: by address, by domain or in a list, not by a glob.

    address: in `normal_address` form.
    """
    match condition:
        case Addresses("from", patterns):
            return any(not pattern.is_glob and pattern.accepts(address) for pattern in patterns)
        case AllOf(conditions) | AnyOf(conditions):
            return any(names_sender(part, address) for part in conditions)
        case Addresses() | Keywords() | Header() | Is() | HasAttachment() | LargerThan() | Not():
            return False
        case _:
            assert_never(condition)


def with_lists(condition: C, lists: Mapping[str, frozenset[str]]) -> C:
    """A condition in which these lists hold other addresses."""
    match condition:
        case Addresses(where, patterns):
            changed: Condition = Addresses(where, tuple(_with_list(each, lists) for each in patterns))
        case AllOf(conditions):
            changed = AllOf(tuple(with_lists(each, lists) for each in conditions))
        case AnyOf(conditions):
            changed = AnyOf(tuple(with_lists(each, lists) for each in conditions))
        case Not(negated):
            changed = Not(with_lists(negated, lists))
        case Keywords() | Header() | Is() | HasAttachment() | LargerThan():
            changed = condition
        case _:
            assert_never(condition)
    return cast(C, changed)


def _with_list(pattern: AddressPattern, lists: Mapping[str, frozenset[str]]) -> AddressPattern:
    name = pattern.list_name
    return address_list(name, lists[name]) if name is not None and name in lists else pattern


@dataclass(frozen=True, slots=True)
class Doubt:
    """It cannot be told whether a condition holds. matches: what speaks for it, perhaps nothing."""

    matches: tuple[Match, ...] = ()


Answer = tuple[Match, ...] | Doubt | None
"""What matched of a condition that holds; None: it does not."""


def match(condition: Condition, message: Message, facts: Facts) -> tuple[Match, ...] | None:
    """What matched, or None where the condition does not surely hold. `Not` that holds gives ()."""
    answer = ask(condition, message, facts, first_sign)
    return None if isinstance(answer, Doubt) else answer


Leaf = Callable[["Condition", "Message", Facts], Answer]


def ask(condition: Condition, message: Message, facts: Facts, leaf: Leaf) -> Answer:
    """The answer to a condition, from those to the conditions that hold no others: what `leaf` says."""
    match condition:
        case AllOf(conditions):
            held: list[Match] = []
            is_doubtful = False
            for part in sorted(conditions, key=_speaks_of_verified):
                if _is_of_original(held, message) and _speaks_of_verified(part):
                    # It was the list that the server vouched for, not the author that the list names.
                    facts = replace(facts, is_verified=False)
                answer = ask(part, message, facts, leaf)
                if answer is None:
                    return None
                is_doubtful = is_doubtful or isinstance(answer, Doubt)
                held.extend(answer.matches if isinstance(answer, Doubt) else answer)
            return Doubt(tuple(held)) if is_doubtful else tuple(held)
        case AnyOf(conditions):
            doubt: Doubt | None = None
            for part in conditions:
                answer = ask(part, message, facts, leaf)
                if isinstance(answer, Doubt):
                    doubt = doubt or answer
                elif answer is not None:
                    return answer
            return doubt
        case Not(negated):
            answer = ask(negated, message, facts, leaf)
            if isinstance(answer, Doubt):
                return Doubt()
            return () if answer is None else None
        case Addresses() | Keywords() | Header() | Is() | HasAttachment() | LargerThan():
            return leaf(condition, message, facts)
        case _:
            assert_never(condition)


def _speaks_of_verified(condition: Condition) -> bool:
    return any(isinstance(leaf, Is) and leaf.flag == "verified" for leaf in leaves(condition))


def _is_of_original(held: Iterable[Match], message: Message) -> bool:
    """Whether `from` held by X-Original-From, and not by From."""
    authors = {address.address[:MATCH_CHARACTERS] for address in message.from_}
    return any(one.field == "from" and one.text not in authors for one in held)


def first_sign(condition: Condition, message: Message, facts: Facts) -> Answer:
    """Whether a condition that holds no other does, and the first text that shows it."""
    match condition:
        case Addresses(where, patterns):
            if where == "from" and message.originator is None:
                return Doubt()
            return _first_address(where, patterns, message, facts)
        case Keywords(where, patterns):
            return _first_keyword(_texts(where, message), patterns)
        case Header(name, patterns):
            return _first_keyword(_header_texts(name, message), patterns)
        case Is(flag, expected):
            sign = _flag_sign(flag, message, facts)
            if (sign is not None) is not expected:
                return None
            return () if sign is None else (Match(flag, "", sign[:MATCH_CHARACTERS]),)
        case HasAttachment(patterns):
            return _first_keyword(_attachment_texts(message), patterns)
        case LargerThan(octets):
            if message.size_octets <= octets:
                return None
            return (Match("larger_than", str(octets), str(message.size_octets)),)
        case AllOf() | AnyOf() | Not():
            raise TypeError(condition)
        case _:
            assert_never(condition)


def compared(condition: Condition, message: Message, facts: Facts) -> tuple[tuple[str, str], ...]:
    """The (field, text) pairs at which one condition looks; () for one that holds others."""
    match condition:
        case Addresses(where, _):
            return tuple((where, address) for address in _addresses(where, message, facts))
        case Keywords(where, _):
            return tuple(_texts(where, message))
        case Header(name, _):
            return tuple(_header_texts(name, message))
        case HasAttachment(_):
            return tuple(_attachment_texts(message))
        case LargerThan(_):
            return (("size", f"{message.size_octets} octets"),)
        case Is(flag, _):
            sign = _flag_sign(flag, message, facts)
            return () if sign is None else ((flag, sign),)
        case AllOf() | AnyOf() | Not():
            return ()
        case _:
            assert_never(condition)


def _first_address(
    where: AddressField, patterns: tuple[AddressPattern, ...], message: Message, facts: Facts
) -> tuple[Match, ...] | None:
    for address in _addresses(where, message, facts):
        normal = normal_address(address)
        for pattern in patterns:
            if pattern.accepts(normal):
                return (Match(where, pattern.source, address[:MATCH_CHARACTERS]),)
    return None


def _addresses(where: AddressField, message: Message, facts: Facts) -> list[str]:
    """The addr-specs that a condition sees, in order."""
    match where:
        case "from":
            if message.originator is None:
                return []
            seen = [message.originator]
            is_from_list = facts.is_list_vouched and is_own_list(message, facts.owner_domain)
            if len(message.original_from) == 1 and is_from_list:
                seen.extend(message.original_from)
            return _bare(seen)
        case "to":
            return _bare(message.to)
        case "cc":
            return _bare(message.cc)
        case "recipient":
            return [*_bare(message.to), *_bare(message.cc), *message.delivered_to]


def _bare(addresses: Iterable[Address]) -> list[str]:
    return [address.address for address in addresses]


def _texts(where: TextField, message: Message) -> list[tuple[str, str]]:
    subject, body = ("subject", message.subject), ("body", message.text[:BODY_CHARACTERS])
    return {"subject": [subject], "body": [body], "text": [subject, body]}[where]


def _header_texts(name: str, message: Message) -> list[tuple[str, str]]:
    return [(f"header {name}", value) for value in message.header_values(name)]


def _attachment_texts(message: Message) -> list[tuple[str, str]]:
    return [
        ("attachment", text)
        for attachment in message.attachments
        for text in (attachment.filename, attachment.content_type)
    ]


def _first_keyword(
    texts: Iterable[tuple[str, str]], patterns: tuple[KeywordPattern, ...]
) -> tuple[Match, ...] | None:
    for where, text in texts:
        for pattern in patterns:
            found = pattern.search(text)
            if found is not None:
                return (Match(where, pattern.source, found[:MATCH_CHARACTERS]),)
    return None


def _flag_sign(flag: Flag, message: Message, facts: Facts) -> str | None:
    """What shows that a flag is set, for the reason; None where it is not set."""
    match flag:
        case "bulk":
            return _bulk_sign(message, facts.owner_domain)
        case "auto":
            return _auto_sign(message)
        case "direct":
            owners = [normal_address(each) in facts.owner_addresses for each in _bare(message.to)]
            return "the owner alone in To" if owners and all(owners) else None
        case "invite":
            return "text/calendar" if message.is_invitation else None
        case "reply":
            return "the owner took part" if facts.in_owner_conversation else None
        case "verified":
            return "the owner's server verified the sender" if facts.is_verified else None


def _bulk_sign(message: Message, owner_domain: str) -> str | None:
    if is_own_list(message, owner_domain):
        return None
    for name in ("List-Id", "List-Unsubscribe"):
        value = message.header(name)
        if value is not None:
            return f"{name}: {value}"
    for value in message.header_values("Precedence"):
        if value.strip().lower() in ("bulk", "list", "junk"):
            return f"Precedence: {value.strip()}"
    return None


def _auto_sign(message: Message) -> str | None:
    """What a machine sent and says so, and whatever asks nothing."""
    from ..mail.kinds import kind_of  # with all that reads a mail: who only reads rules has none

    keyword = auto_submitted(message.named("auto-submitted"))
    return f"Auto-Submitted: {keyword}" if keyword else kind_of(message)


def is_own_list(message: Message, owner_domain: str) -> bool:
    """Whether a mail came through a mailing list (a group address) in the owner's own domain.

    Its List-Id decides (RFC 2919): a hosted group unsubscribes at its host but is named in its own
    domain. Where there is none, List-Post and List-Unsubscribe must all point into the domain.
    """
    own_domain = normal_address(f"@{owner_domain}")[1:]
    names = [_list_domain(value) for value in message.header_values("List-Id")]
    if not names:
        values = (*message.header_values("List-Post"), *message.header_values("List-Unsubscribe"))
        names = [host for value in values for host in _link_hosts(value)]
    return bool(names) and all(is_in_domain(normal_address(f"@{name}")[1:], own_domain) for name in names)


def _list_domain(list_id: str) -> str:
    return list_id.rpartition("<")[2].partition(">")[0].strip()


def _link_hosts(value: str) -> list[str]:
    """The domains of the mailto and web links in a List- field (RFC 2369)."""
    found = re.findall(r"<\s*(?:mailto:[^<>@?]*@|https?://)([^<>/?:,\s]*)", value, re.IGNORECASE)
    return [host for host in found if host]
