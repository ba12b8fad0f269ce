"""Small edits to rules: of one condition, one pattern, one rule, each as a person would type it.

Whether an edit changes anything is not known here; who asks decides again with the edited rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar, assert_never

from .book import ForwardTo, MakePrivate, Outcome, Rule, RuleBook, ToReview
from .conditions import (
    Addresses,
    AllOf,
    AnyOf,
    Condition,
    HasAttachment,
    Header,
    Is,
    Keywords,
    LargerThan,
    Not,
)
from .patterns import AddressPattern, KeywordPattern, PatternError, compile_address, compile_keyword

if TYPE_CHECKING:
    from ..people import Backup

P = TypeVar("P", AddressPattern, KeywordPattern)

A_STAR, TWO_STARS, AN_ADDRESS, A_PATTERN = 1, 2, 3, 4
A_CONDITION, A_RULE, WORDS_OR_ADDRESSES, A_NEW_RULE = 5, 6, 8, 9
"""How large an edit is: what has to be typed, and how much else it may change.

Without its words or addresses a rule takes far more than this one mail.
"""

SHOWN_PATTERNS = 6


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit. what: as an instruction, without a full stop. size: the smaller the better."""

    size: int
    what: str
    book: RuleBook


def describe(condition: Condition) -> str:
    """A condition on one line, as it is written in rules.yaml."""
    match condition:
        case Addresses(where, patterns):
            return f"{where}: {_written(patterns)}"
        case Keywords(where, patterns):
            return f"{where}: {_written(patterns)}"
        case Header(name, patterns):
            return f"header {name}: {_written(patterns)}"
        case HasAttachment(patterns):
            return f"attachment: {_written(patterns)}"
        case Is(flag, expected):
            return f"{flag}: {'true' if expected else 'false'}"
        case LargerThan(octets):
            return f"larger_than: {octets} octets"
        case AllOf(parts):
            return f"all of {len(parts)}"
        case AnyOf(parts):
            return f"any of {len(parts)}"
        case Not(negated):
            return f"not {{{describe(negated)}}}"
        case _:
            assert_never(condition)


def _written(patterns: Sequence[AddressPattern | KeywordPattern]) -> str:
    sources = [pattern.source for pattern in patterns[:SHOWN_PATTERNS]]
    if len(patterns) > SHOWN_PATTERNS:
        sources.append(f"… {len(patterns) - SHOWN_PATTERNS} more")
    return sources[0] if len(sources) == 1 else f"[{', '.join(sources)}]"


def starred(pattern: KeywordPattern) -> Iterator[KeywordPattern]:
    """A keyword with a star where it has none: at the end, at the beginning, at both."""
    written = pattern.source.strip()
    if written.startswith("/") or not written.strip("*"):
        return
    bare = written.strip("*")
    for variant in (f"{bare}*", f"*{bare}", f"*{bare}*"):
        if variant.count("*") > written.count("*"):
            try:
                yield compile_keyword(variant)
            except PatternError:
                return


def relaxed(condition: Condition) -> Condition | None:
    """The same condition as somebody may have meant it: with stars, or a colleague's address too.

    None where there is no such form.
    """
    match condition:
        case Keywords(where, patterns):
            wider = _widest(patterns)
            return Keywords(where, wider) if wider else None
        case Header(name, patterns):
            wider = _widest(patterns)
            return Header(name, wider) if wider else None
        case HasAttachment(patterns):
            wider = _widest(patterns)
            return HasAttachment(wider) if wider else None
        case Addresses(where, patterns):
            domains = tuple(filter(None, map(_domain_of, patterns)))
            return Addresses(where, domains) if domains else None
        case AnyOf(parts):
            wider_parts = tuple(found for each in parts if (found := relaxed(each)) is not None)
            return AnyOf(wider_parts) if wider_parts else None
        case Is() | LargerThan() | AllOf() | Not():
            return None
        case _:
            assert_never(condition)


def _widest(patterns: Sequence[KeywordPattern]) -> tuple[KeywordPattern, ...]:
    return tuple(widest[-1] for each in patterns if (widest := [*starred(each)]))


def _domain_of(pattern: AddressPattern) -> AddressPattern | None:
    """Everyone at the domain of one whole address."""
    local, at, domain = pattern.source.strip().rpartition("@")
    if not (local and at) or any(sign in pattern.source for sign in "*?["):
        return None
    return compile_address(f"@{domain}")


def rule_edits(book: RuleBook, sender: str | None, decided_by: str | None) -> Iterator[Edit]:
    """Edits of the rules, in no order. sender: the originator's address. decided_by: a rule's name."""
    for index, rule in enumerate(book.rules):
        for size, what, condition in _condition_edits(rule.when, sender):
            if isinstance(condition, AllOf):
                if size == AN_ADDRESS and not isinstance(rule.outcome, ForwardTo):
                    size = A_NEW_RULE  # who becomes private or ignored is no small matter
                edited = replace(rule, when=condition)
                yield Edit(size, f'in rule "{rule.name}", {what}', _with(book, index, edited))
        if not rule.lifts_private and not isinstance(rule.outcome, MakePrivate):
            lifting = replace(rule, lifts_private=True)
            yield Edit(
                A_CONDITION, f'in rule "{rule.name}", add `private: false`', _with(book, index, lifting)
            )
        without = replace(book, rules=book.rules[:index] + book.rules[index + 1 :])
        if rule.name == decided_by or isinstance(rule.outcome, MakePrivate):
            yield Edit(A_RULE, f'take out rule "{rule.name}"', without)
        before = next((at for at, each in enumerate(book.rules[:index]) if each.name == decided_by), None)
        if before is not None:
            rules = [*without.rules]
            rules.insert(before, rule)
            moved = replace(book, rules=tuple(rules))
            yield Edit(A_RULE, f'move rule "{rule.name}" above rule "{decided_by}"', moved)
    yield from _backup_edits(book)
    if sender:
        yield from _new_rules(book, sender)


def _with(book: RuleBook, index: int, rule: Rule) -> RuleBook:
    return replace(book, rules=(*book.rules[:index], rule, *book.rules[index + 1 :]))


def _backup_edits(book: RuleBook) -> Iterator[Edit]:
    for key, backup in book.backups.items():
        if backup.away:
            there: dict[str, Backup] = {**book.backups, key: replace(backup, away=())}
            yield Edit(A_CONDITION, f"take out `away` of backup {key}", replace(book, backups=there))


def _new_rules(book: RuleBook, sender: str) -> Iterator[Edit]:
    when = AllOf((Addresses("from", (compile_address(sender),)),))
    outcomes: list[tuple[str, Outcome]] = [
        ("review: normal", ToReview("normal")),
        ("private: true", MakePrivate()),
    ]
    if book.backups:
        first = next(iter(book.backups))
        outcomes.insert(0, (f"forward: {first}", ForwardTo((first,))))
    for written, outcome in outcomes:
        rule = Rule("new", when, outcome)
        what = f"add a rule at the top: {{name: …, when: {{from: {sender}}}, {written}}}"
        yield Edit(A_NEW_RULE, what, replace(book, rules=(rule, *book.rules)))


def _condition_edits(condition: Condition, sender: str | None) -> Iterator[tuple[int, str, Condition]]:
    """Size, instruction and result of each edit of one condition."""
    match condition:
        case Keywords(where, patterns):
            for size, what, edited in _keyword_edits(where, patterns):
                yield size, what, Keywords(where, edited)
        case Header(name, patterns):
            for size, what, edited in _keyword_edits(f"header {name}", patterns):
                yield size, what, Header(name, edited)
        case HasAttachment(patterns):
            for size, what, edited in _keyword_edits("attachment", patterns):
                yield size, what, HasAttachment(edited)
        case Addresses(where, patterns):
            if where == "from" and sender:
                try:
                    added = compile_address(sender)
                except PatternError:
                    pass  # no address that could be written there
                else:
                    yield AN_ADDRESS, f"add {sender} to `from`", Addresses(where, (*patterns, added))
            for what, fewer in _fewer(where, patterns):
                yield A_PATTERN, what, Addresses(where, fewer)
        case AllOf(parts):
            for index, part in enumerate(parts):
                rest = parts[:index] + parts[index + 1 :]
                if rest:
                    is_flag = isinstance(part, Is | LargerThan | Not)
                    size = A_CONDITION if is_flag else WORDS_OR_ADDRESSES
                    yield size, f"take out `{describe(part)}`", AllOf(rest)
                for size, what, edited_part in _condition_edits(part, sender):
                    yield size, what, AllOf((*parts[:index], edited_part, *parts[index + 1 :]))
        case AnyOf(parts):
            for index, part in enumerate(parts):
                for size, what, edited_part in _condition_edits(part, sender):
                    yield size, what, AnyOf((*parts[:index], edited_part, *parts[index + 1 :]))
        case Not(negated):
            for size, what, edited_part in _condition_edits(negated, sender):
                yield size, f"under `not`, {what}", Not(edited_part)
        case Is(_) | LargerThan(_):
            return
        case _:
            assert_never(condition)


def _keyword_edits(
    where: str, patterns: tuple[KeywordPattern, ...]
) -> Iterator[tuple[int, str, tuple[KeywordPattern, ...]]]:
    for index, pattern in enumerate(patterns):
        for wider in starred(pattern):
            more = wider.source.count("*") - pattern.source.count("*")
            what = f'write "{wider.source}" instead of "{pattern.source}" in `{where}`'
            yield (
                A_STAR if more == 1 else TWO_STARS,
                what,
                (*patterns[:index], wider, *patterns[index + 1 :]),
            )
    for what, fewer in _fewer(where, patterns):
        yield A_PATTERN, what, fewer


def _fewer(where: str, patterns: tuple[P, ...]) -> Iterator[tuple[str, tuple[P, ...]]]:
    if len(patterns) < 2:
        return
    for index, pattern in enumerate(patterns):
        yield f'take "{pattern.source}" out of `{where}`', patterns[:index] + patterns[index + 1 :]
