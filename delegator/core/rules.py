"""Conditions, their match, and the text that matched. Pure; knows nothing of files or servers.

The configuration builds these values; `triage` asks them. Every pattern runs in linear time.
"""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, TypeVar, assert_never, cast

import re2

from .fold import fold, to_nfc
from .message import BODY_CHARACTERS, Address, Message
from .people import normal_address, unicode_domain

AddressField = Literal["from", "to", "cc", "recipient"]
TextField = Literal["subject", "body", "text"]
Flag = Literal["bulk", "auto", "direct", "invite", "reply", "verified"]
Priority = Literal["high", "normal", "low"]

MATCH_CHARACTERS = 200
"""How much of the text that matched is kept."""

# The prolonged sound mark is no Katakana to Unicode (it serves Hiragana too), but never ends a word.
_SOUND_MARKS = "\u3099\u309a"  # they make another letter of the kana before them
_SPACELESS = re2.compile(
    rf"[\p{{Han}}\p{{Hiragana}}\p{{Katakana}}\p{{Thai}}\p{{Lao}}\p{{Khmer}}\p{{Myanmar}}\x{{30FC}}{_SOUND_MARKS}]"
)


class PatternError(ValueError):
    """A pattern that cannot be compiled; str() says why, for a person."""


@dataclass(frozen=True, slots=True)
class AddressPattern:
    """One address, `@domain` with its subdomains, a glob, or a named list of addresses.

    Build with `compile_address` or, for a list, `address_list`. `accepts` takes an address in its
    `normal_address` form.
    """

    source: str  # as written: "@acme.example", or "list key-accounts"
    accepts: Callable[[str], bool] = field(compare=False, repr=False)
    members: frozenset[str] | None = field(default=None, repr=False)  # all it accepts, if those can be named
    list_name: str | None = None


@dataclass(frozen=True, slots=True)
class Keyword:
    """A keyword or phrase as it is looked for in folded text.

    words: folded, at least one. starts_open, ends_open: a star stands there.
    """

    words: tuple[str, ...]
    starts_open: bool = False
    ends_open: bool = False

    def find(self, text: str) -> tuple[int, int] | None:
        """Where it first stands in a folded text, with the letters that its stars stand for.

        Plain substring search: a compiled expression for each keyword takes a thousand times as long
        to make, and a quarter of a megabyte.
        """
        start = text.find(self.words[0])
        while start >= 0:
            end = self._end(text, start)
            if end is not None and self._is_apart(text, start, end):
                return self._widened(text, start, end)
            start = text.find(self.words[0], start + 1)
        return None

    def _end(self, text: str, start: int) -> int | None:
        """Where the words end that begin at `start`; None if the others do not follow the first."""
        end = start + len(self.words[0])
        for word in self.words[1:]:
            gap = end
            while text.startswith(" ", end):
                end += 1
            if end == gap or not text.startswith(word, end):
                return None
            end += len(word)
        return end

    def _is_apart(self, text: str, start: int, end: int) -> bool:
        """Whether it is cut out of no longer word, and of no letter with a mark behind it.

        A script without spaces beside a word separates as well as a space does.
        """
        first, last = self.words[0][0], self.words[-1][-1]
        if not self.starts_open and _can_be_cut(first) and start > 0 and _can_be_cut(text[start - 1]):
            return False
        after = text[end : end + 1]
        if _is_spaceless(last):
            return after not in _SOUND_MARKS or not after
        return self.ends_open or not (after and _can_be_cut(last) and _can_be_cut(after))

    def _widened(self, text: str, start: int, end: int) -> tuple[int, int]:
        """With the rest of the word at each end that is open."""
        if self.starts_open and _can_be_cut(self.words[0][0]):
            while start > 0 and _is_in_word(text[start - 1]):
                start -= 1
        if self.ends_open and _can_be_cut(self.words[-1][-1]):
            while end < len(text) and _is_in_word(text[end]):
                end += 1
        return start, end


@lru_cache(maxsize=4096)
def _is_in_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN"


@lru_cache(maxsize=4096)
def _is_spaceless(character: str) -> bool:
    """Whether it belongs to a script that writes words without spaces between them."""
    return not character.isascii() and _SPACELESS.search(character) is not None


def _can_be_cut(character: str) -> bool:
    """Whether it may be part of a longer word that has ends: a letter, mark or digit with spaces around."""
    return _is_in_word(character) and not _is_spaceless(character)


@dataclass(frozen=True, slots=True)
class KeywordPattern:
    """A keyword, phrase, starred keyword or /regular expression/. Build with `compile_keyword`.

    `search` returns the text that matched as it stood in the text searched, or None.
    """

    source: str  # as written
    search: Callable[[str], str | None] = field(compare=False, repr=False)
    keyword: Keyword | None = field(default=None, compare=False, repr=False)  # None: an expression


def compile_address(source: str) -> AddressPattern:
    """An address pattern. Raises PatternError.

    A glob has `*`, `?` or, before the @, `[…]`; it is matched against the whole address, with the
    domain in either of its forms.
    """
    written = to_nfc(_whole(source)).strip()
    if not written:
        raise PatternError("an empty address; write one, or @domain for everyone there")
    if any(character.isspace() or character in "<>," for character in written):
        raise PatternError(f"{source!r} is not a bare address; leave out the name and the angle brackets")
    local, at, domain = written.rpartition("@")
    if any(character in written for character in "*?") or "[" in local:
        return AddressPattern(source, _glob(written))
    if not at:
        raise PatternError(
            f"{source!r} is no address: it has no @; write @{written} for everyone in a domain, "
            "or a glob such as *news*"
        )
    if not domain.strip(".") or domain.startswith(".") or ".." in domain:
        raise PatternError(f"{source!r} is no address: nothing that could be a domain stands after the @")
    wanted = normal_address(written)
    if local:
        return AddressPattern(source, wanted.__eq__, frozenset({wanted}))
    return AddressPattern(source, lambda address: _is_in_domain(address.rpartition("@")[2], wanted[1:]))


def address_list(name: str, addresses: frozenset[str]) -> AddressPattern:
    """A pattern that matches any of `addresses`; what matched is named as in `list NAME`."""
    members = frozenset(map(normal_address, addresses))
    return AddressPattern(f"list {name}", members.__contains__, members, name)


def compile_keyword(source: str) -> KeywordPattern:
    """A keyword pattern. Raises PatternError.

    A regular expression (RE2's syntax) is searched in the text as it was written, in NFC; it
    distinguishes case unless it says `(?i)`, and `^` is the start of the text unless it says `(?m)`.
    """
    written = _whole(source).strip()
    if len(written) > 1 and written.startswith("/") and written.endswith("/"):
        return KeywordPattern(source, _expression_search(source, to_nfc(written[1:-1])))
    if re.fullmatch(r"/.+/[gimsux]+", written):
        raise PatternError(f"{source!r}: flags stand in front, as in /(?i)offer/")
    keyword = _parse_keyword(source, written)

    def search(text: str) -> str | None:
        searched = fold(text)
        found = keyword.find(searched.text)
        return searched.original_slice(*found) if found else None

    return KeywordPattern(source, search, keyword)


def _whole(source: str) -> str:
    try:
        source.encode()
    except UnicodeEncodeError:
        raise PatternError(f"{source!r} holds half a character; write the whole one") from None
    return source


def _glob(written: str) -> Callable[[str], bool]:
    # fnmatch builds expressions that never go back on a star (linear in the address for each star).
    as_written = re.compile(fnmatch.translate(written.lower()))
    in_unicode = re.compile(fnmatch.translate(_unicode_domain(written.lower())))

    def accepts(address: str) -> bool:
        return bool(as_written.match(address) or in_unicode.match(_unicode_domain(address)))

    return accepts


def _unicode_domain(address: str) -> str:
    """An address with its domain in U-labels (RFC 5890), where that can be done."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{unicode_domain(domain)}" if "xn--" in domain else address


def _is_in_domain(domain: str, parent: str) -> bool:
    return domain == parent or domain.endswith(f".{parent}")


def _expression_search(source: str, expression: str) -> Callable[[str], str | None]:
    if not expression:
        raise PatternError(f"{source!r}: an empty regular expression; to match any text at all write /./")
    try:
        compiled = _compile_expression(expression)
    except re2.error as error:
        reason = error.args[0]
        if isinstance(reason, bytes):
            reason = reason.decode("utf-8", "replace")
        raise PatternError(f"{source!r} is no regular expression in RE2's syntax: {reason}") from error

    def search(text: str) -> str | None:
        text = to_nfc(text)
        found = compiled.search(text)
        return text[found.start() : found.end()] if found else None

    return search


def _parse_keyword(source: str, written: str) -> Keyword:
    starts_open, ends_open = written.startswith("*"), written.endswith("*")
    bare = written.removeprefix("*").removesuffix("*")
    if not bare:
        if written:
            raise PatternError(f"{source!r}: a * needs letters beside it; to match any text at all write /./")
        raise PatternError("an empty keyword; write a word or a phrase")
    if "*" in bare:
        raise PatternError(
            f"{source!r}: a * stands only at the very beginning or end of a keyword; "
            r"for one in between write a regular expression, such as /offer\pL* nr/"
        )
    if bare != bare.strip():
        raise PatternError(f"{source!r}: a * stands against a word, without white space between them")
    words = tuple(fold(bare).text.split())
    if not words:
        raise PatternError(f"{source!r}: a keyword of invisible characters; write a word or a phrase")
    return Keyword(words, starts_open, ends_open)


@lru_cache(maxsize=1024)  # a thousand accounts have the same few expressions
def _compile_expression(expression: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    return re2.compile(expression, options)


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


def needs_whole(condition: Condition) -> bool:
    """Whether it asks for what may stand anywhere in a mail, past the part that is usually looked at."""
    match condition:
        case HasAttachment() | Is("invite"):
            return True
        case AllOf(conditions) | AnyOf(conditions):
            return any(map(needs_whole, conditions))
        case Not(negated):
            return needs_whole(negated)
        case _:
            return False


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
        case _:
            changed = condition
    return cast(C, changed)


def _with_list(pattern: AddressPattern, lists: Mapping[str, frozenset[str]]) -> AddressPattern:
    name = pattern.list_name
    return address_list(name, lists[name]) if name is not None and name in lists else pattern


def match(condition: Condition, message: Message, facts: Facts) -> tuple[Match, ...] | None:
    """What matched, or None where the condition does not hold. `Not` that holds gives ()."""
    match condition:
        case Addresses(where, patterns):
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
        case AllOf(conditions):
            return _all_of(conditions, message, facts)
        case AnyOf(conditions):
            answers = (match(each, message, facts) for each in conditions)
            return next((answer for answer in answers if answer is not None), None)
        case Not(negated):
            return None if match(negated, message, facts) is not None else ()
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
        case _:
            return ()


def _all_of(conditions: tuple[Condition, ...], message: Message, facts: Facts) -> tuple[Match, ...] | None:
    held: list[Match] = []
    for each in conditions:
        answer = match(each, message, facts)
        if answer is None:
            return None
        held.extend(answer)
    return tuple(held)


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
            if len(message.original_from) == 1 and is_own_list(message, facts.owner_domain):
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
    """RFC 3834 section 5: a keyword, then perhaps parameters or a comment."""
    for value in message.header_values("Auto-Submitted"):
        keyword = re.match(r"[^\s;(]*", value.strip().lower())
        if keyword and keyword.group() not in ("", "no"):
            return f"Auto-Submitted: {keyword.group()}"
    return None


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
    return bool(names) and all(_is_in_domain(normal_address(f"@{name}")[1:], own_domain) for name in names)


def _list_domain(list_id: str) -> str:
    return list_id.rpartition("<")[2].partition(">")[0].strip()


def _link_hosts(value: str) -> list[str]:
    """The domains of the mailto and web links in a List- field (RFC 2369)."""
    found = re.findall(r"<\s*(?:mailto:[^<>@?]*@|https?://)([^<>/?:,\s]*)", value, re.IGNORECASE)
    return [host for host in found if host]
