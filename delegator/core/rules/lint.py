"""What is allowed in a configuration and yet cannot be meant: rules that never fire, backups who are away.

Pure. Whatever is found is certain: where it cannot be proved that a rule never fires, nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, assert_never

from ..hours.schedule import local_moment
from ..mail.bounds import BODY_CHARACTERS
from ..people import Backup, Window, normal_address
from .book import MakePrivate, Rule, RuleBook
from .conditions import (
    Addresses,
    AddressField,
    AllOf,
    AnyOf,
    Condition,
    HasAttachment,
    Header,
    Is,
    Keywords,
    LargerThan,
    Not,
    leaves,
)
from .patterns import AddressPattern, KeywordPattern, compile_keyword

if TYPE_CHECKING:
    from ..mail.message import Message


class FindingCode(StrEnum):
    """What kind of finding. The closed list."""

    UNREACHABLE = "unreachable"  # earlier rules, or a private one, take all of a rule's mail
    BACKUP_AWAY = "backup_away"  # for the whole absence
    PAST = "past"  # every window is over
    NO_SUCH_TIME = "no_such_time"  # a review time that the clocks skip
    MATCHES_EVERYTHING = "matches_everything"
    MATCHES_NOTHING = "matches_nothing"
    NEEDS_STAR = "needs_star"  # matches nothing of late, but would with a star


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at. line: in rules.yaml, from 1; 0 where there is none. what, to_do: sentences."""

    code: FindingCode
    line: int
    what: str
    to_do: str
    rule: str | None = None  # its name


class _ReviewTimes(Protocol):
    @property
    def at(self) -> tuple[time, ...]: ...


class Linted(Protocol):
    """As much of the configuration as is looked at."""

    @property
    def rule_book(self) -> RuleBook: ...
    @property
    def away(self) -> tuple[Window, ...]: ...
    @property
    def review(self) -> _ReviewTimes: ...
    @property
    def lines(self) -> Mapping[str, int]: ...


def lint(config: Linted, now: datetime, recent: Sequence[Message] | None = None) -> tuple[Finding, ...]:
    """Every finding, in the order of their lines.

    recent: mail of the last weeks, to try the keywords on; None: there is none at hand.
    """
    book = config.rule_book
    found = [
        *_unreachable(book.rules),
        *_too_wide(book.rules),
        *_too_narrow(book.rules),
        *_backups_away(config, now),
        *_past(config, now),
        *_skipped_times(config, now),
        *(_need_stars(book.rules, recent) if recent else ()),
    ]
    return tuple(sorted(found, key=lambda finding: finding.line))


# Rules that never fire

MOST_PROOFS = 5000
"""For one rule. Any-ofs within one another multiply; what takes longer is left unproved."""


def _unreachable(rules: Sequence[Rule]) -> Iterator[Finding]:
    for rule, takers in unreachable_rules(rules):
        names = " and ".join(f'"{taker.name}" (line {taker.line})' for taker in takers)
        take = "takes" if len(takers) == 1 else "take"
        is_earlier = rules.index(takers[0]) < rules.index(rule)
        how = "move it up, or make it narrower" if is_earlier else "a private rule wins wherever it stands"
        yield Finding(
            FindingCode.UNREACHABLE,
            rule.line,
            f'the rule "{rule.name}" never gets a mail: {names} {take} all of them first',
            how if is_earlier else f"{how}: make that one narrower, or take this one out",
            rule.name,
        )


def unreachable_rules(rules: Sequence[Rule]) -> Iterator[tuple[Rule, tuple[Rule, ...]]]:
    """The rules that no mail can fire, each with those that take its mail.

    Private rules come before all others (`triage`), then those that stand before it.
    """
    for number, rule in enumerate(rules):
        is_private = isinstance(rule.outcome, MakePrivate)
        takers = [
            other
            for place, other in enumerate(rules)
            if (place < number and (not is_private or isinstance(other.outcome, MakePrivate)))
            or (place > number and not is_private and isinstance(other.outcome, MakePrivate))
        ]
        if rule.lifts_private:
            # It says that encrypted mail is not private even where another rule decides.
            takers = [other for other in takers if other.lifts_private]
        implications = _Implications()
        alone = next((other for other in takers if implications.hold(rule.when, other.when)), None)
        if alone:
            yield rule, (alone,)
        elif implications.hold(rule.when, AnyOf(tuple(other.when for other in takers))):
            parts = _parts(rule.when)
            yield rule, tuple(o for o in takers if any(implications.hold(each, o.when) for each in parts))


def implies(one: Condition, other: Condition) -> bool:
    """Whether `other` holds for every mail for which `one` holds. False where that cannot be proved."""
    return _Implications().hold(one, other)


def never_matches(condition: Condition) -> bool:
    """Whether no mail at all can match. False where that cannot be proved."""
    match _plain(condition):
        case AnyOf(conditions):
            return all(map(never_matches, conditions))
        case AllOf(conditions):
            return any(map(never_matches, conditions)) or any(
                implies(AllOf((*conditions[:place], *conditions[place + 1 :])), _opposite(each))
                for place, each in enumerate(conditions)
                if len(conditions) > 1
            )
        case Addresses() | Keywords() | Header() | Is() | HasAttachment() | LargerThan() | Not():
            return False
        case _:
            assert_never(condition)


def _opposite(condition: Condition) -> Condition:
    return _plain(Not(_plain(condition)))


@dataclass(slots=True)
class _Implications:
    """Answers that were found, so that conditions inside conditions cost no more than pairs."""

    known: dict[tuple[Condition, Condition], bool] = field(default_factory=dict)

    def hold(self, one: Condition, other: Condition) -> bool:
        pair = (one, other)
        if pair not in self.known:
            if len(self.known) >= MOST_PROOFS:
                return False
            self.known[pair] = False  # nothing is proved by itself
            self.known[pair] = self._prove(one, other)
        return self.known[pair]

    def _prove(self, one: Condition, other: Condition) -> bool:
        one, other = _plain(one), _plain(other)
        if one == other:
            return True
        parts = _parts(one)
        if len(parts) != 1 or parts[0] != one:
            return all(self.hold(part, other) for part in parts)
        if isinstance(other, AllOf):
            return all(self.hold(one, each) for each in other.conditions)
        if isinstance(other, AnyOf) and any(self.hold(one, each) for each in other.conditions):
            return True
        if isinstance(one, AllOf):
            return any(self.hold(each, other) for each in one.conditions)
        if isinstance(one, Not) and isinstance(other, Not):
            return self.hold(other.condition, one.condition)
        return _leaf_implies(one, other)


def _plain(condition: Condition) -> Condition:
    """The same condition, without a frame around it that means nothing."""
    match condition:
        case AllOf((only,)) | AnyOf((only,)):
            return _plain(only)
        case Not(Is(flag, expected)):
            return Is(flag, not expected)
        case Not(Not(inner)):
            return _plain(inner)
        case AllOf() | AnyOf() | Not():
            return condition
        case Addresses() | Keywords() | Header() | Is() | HasAttachment() | LargerThan():
            return condition
        case _:
            assert_never(condition)


def _parts(condition: Condition) -> tuple[Condition, ...]:
    """Conditions of which one holds whenever this one does: an any-of taken apart."""
    match condition:
        case AnyOf(conditions):
            return conditions
        case Addresses(where, patterns) if len(patterns) > 1:
            return tuple(Addresses(where, (each,)) for each in patterns)
        case Keywords("text", patterns):
            return tuple(Keywords(where, (each,)) for each in patterns for where in ("subject", "body"))
        case Keywords(where, patterns) if len(patterns) > 1:
            return tuple(Keywords(where, (each,)) for each in patterns)
        case Header(name, patterns) if len(patterns) > 1:
            return tuple(Header(name, (each,)) for each in patterns)
        case HasAttachment(patterns) if len(patterns) > 1:
            return tuple(HasAttachment((each,)) for each in patterns)
        case AllOf(conditions):
            # One of its any-ofs, taken apart, is enough to follow which rule takes which mail.
            for place, each in enumerate(conditions):
                if len(inner := _parts(_plain(each))) > 1:
                    rest = (conditions[:place], conditions[place + 1 :])
                    return tuple(AllOf((*rest[0], part, *rest[1])) for part in inner)
            return (condition,)
        case Addresses() | Keywords() | Header() | Is() | HasAttachment() | LargerThan() | Not():
            return (condition,)
        case _:
            assert_never(condition)


def _leaf_implies(one: Condition, other: Condition) -> bool:
    match one:
        case Addresses(where, (pattern,)):
            return isinstance(other, Addresses) and _address_implies(where, pattern, other)
        case Keywords(text, (keyword,)):
            if not isinstance(other, Keywords) or other.field not in (text, "text"):
                return False
            return _covered(keyword, other.patterns)
        case Header(name, (keyword,)):
            if not isinstance(other, Header) or other.name.lower() != name.lower():
                return False
            return _covered(keyword, other.patterns)
        case HasAttachment((keyword,)):
            return isinstance(other, HasAttachment) and _covered(keyword, other.patterns)
        case LargerThan(octets):
            return isinstance(other, LargerThan) and octets >= other.octets
        case Addresses() | Keywords() | Header() | HasAttachment() | Is() | AllOf() | AnyOf() | Not():
            return False
        case _:
            assert_never(one)


def _address_implies(where: AddressField, pattern: AddressPattern, other: Addresses) -> bool:
    if where != other.field and not (other.field == "recipient" and where in ("to", "cc")):
        return False
    if any(_covers_address(each, pattern) for each in other.patterns):
        return True
    members = pattern.members
    return members is not None and all(any(each.accepts(one) for each in other.patterns) for one in members)


def _covers_address(wider: AddressPattern, narrower: AddressPattern) -> bool:
    """Whether one pattern accepts every address that the other does."""
    if wider.source == narrower.source or _is_any_address(wider):
        return True
    if narrower.members is not None:
        return all(map(wider.accepts, narrower.members))
    # A domain in a domain. A glob may leave out subdomains: only the same one, or *, is certain.
    is_domain = [
        each.members is None and each.source.strip().startswith("@") and not set(each.source) & set("*?")
        for each in (wider, narrower)
    ]
    return all(is_domain) and wider.accepts(normal_address(f"x{narrower.source.strip()}"))


def _is_any_address(pattern: AddressPattern) -> bool:
    return pattern.source.strip() in ("*", "*@*", "**")


_RARE = "\u16a0"  # a rune: a letter that no keyword has


def _covered(keyword: KeywordPattern, by: Iterable[KeywordPattern]) -> bool:
    return any(_covers_keyword(each, keyword) for each in by)


def _covers_keyword(wider: KeywordPattern, narrower: KeywordPattern) -> bool:
    """Whether one keyword is in every text that holds the other.

    The other is looked at as it may stand at worst: inside a longer word wherever it has a star.
    """
    if wider.source == narrower.source:
        return True
    one, other = wider.keyword, narrower.keyword
    if one is None or other is None or any(_RARE in word for word in one.words):
        return False
    before, after = (_RARE if is_open else " " for is_open in (other.starts_open, other.ends_open))
    return one.find(f"{before}{' '.join(other.words)}{after}") is not None


# Patterns that match everything


_PROBES = ("", "a", "Re: 1 2", "é ü\nß", "見積")


def _too_wide(rules: Sequence[Rule]) -> Iterator[Finding]:
    for rule in rules:
        for condition in leaves(rule.when):
            for source in dict.fromkeys(_wide_patterns(condition)):
                yield Finding(
                    FindingCode.MATCHES_EVERYTHING,
                    rule.line,
                    f'in the rule "{rule.name}", {source} matches everything',
                    "take it out, or make it narrower; for all other mail there is `otherwise`",
                    rule.name,
                )


def _too_narrow(rules: Sequence[Rule]) -> Iterator[Finding]:
    for rule in rules:
        if never_matches(rule.when):
            yield Finding(
                FindingCode.MATCHES_NOTHING,
                rule.line,
                f'no mail can match rule "{rule.name}": its conditions exclude each other',
                "take one of them out",
                rule.name,
            )


def _wide_patterns(condition: Condition) -> Iterator[str]:
    match condition:
        case Addresses(_, patterns):
            yield from (each.source for each in patterns if _is_any_address(each))
        case Keywords(_, keywords) | Header(_, keywords) | HasAttachment(keywords):
            for each in keywords:
                if each.keyword is None and all(each.search(probe) is not None for probe in _PROBES):
                    yield each.source
        case LargerThan(0):
            yield "larger_than 0"
        case LargerThan() | Is() | AllOf() | AnyOf() | Not():
            return
        case _:
            assert_never(condition)


# Time


def _backups_away(config: Linted, now: datetime) -> Iterator[Finding]:
    windows = [window for window in config.away if window.until_at > now]
    for backup in config.rule_book.backups.values():
        if windows and all(_is_away_throughout(backup, window) for window in windows):
            yield Finding(
                FindingCode.BACKUP_AWAY,
                config.lines.get(f"backups.{backup.key}", 0),
                f"{backup.name} ({backup.key}) is away as long as {config.rule_book.owner.name} is",
                "name somebody else in the rules, or correct the dates",
            )


def _is_away_throughout(backup: Backup, window: Window) -> bool:
    at = window.from_at
    for away in sorted(backup.away, key=lambda each: each.from_at):
        if away.from_at <= at < away.until_at:
            at = away.until_at
    return at >= window.until_at


def _past(config: Linted, now: datetime) -> Iterator[Finding]:
    if config.away and all(window.until_at <= now for window in config.away):
        last = max(window.until_at for window in config.away).astimezone(config.rule_book.owner.timezone)
        yield Finding(
            FindingCode.PAST,
            config.lines.get("away", 0),
            f"the absence is over: it ended at {last:%Y-%m-%d %H:%M}",
            "correct the dates under `away`",
        )


def _skipped_times(config: Linted, now: datetime) -> Iterator[Finding]:
    """Review times that some day of the absence does not have."""
    zone = config.rule_book.owner.timezone
    for at in config.review.at:
        for window in config.away:
            day = max(window.from_at, now).astimezone(zone).date()
            # Once is enough: the clocks change every year.
            while (moment := local_moment(day, at, zone)) < window.until_at:
                shown = moment.astimezone(zone)
                if shown.time() != at and moment in window:
                    yield Finding(
                        FindingCode.NO_SUCH_TIME,
                        config.lines.get("review.at", 0),
                        f"there is no {at:%H:%M} on {day}: the clocks change, "
                        f"and that review comes at {shown:%H:%M}",
                        "choose another time if that matters",
                    )
                    break
                day += timedelta(days=1)


# Keywords that want a star


@dataclass(slots=True)
class _Candidate:
    """How a keyword of a rule fared: with which stars it is found, how often, and an example."""

    rule: Rule
    keyword: KeywordPattern
    where: Condition  # the same condition, for the texts
    starred: list[KeywordPattern]
    is_found: bool = False
    found: dict[str, list[str]] = field(default_factory=dict)  # by pattern, what it matched


def _need_stars(rules: Sequence[Rule], recent: Sequence[Message]) -> Iterator[Finding]:
    candidates = [each for rule in rules for leaf in leaves(rule.when) for each in _candidates(rule, leaf)]
    for message in recent:
        for candidate in candidates:
            if not candidate.is_found:
                _try(candidate, message)
    told = {(candidate.rule.name, candidate.keyword.source) for candidate in candidates if candidate.is_found}
    for candidate in candidates:
        if not candidate.found or (key := (candidate.rule.name, candidate.keyword.source)) in told:
            continue
        told.add(key)
        # The fewest stars that find as much as the most do.
        most = max(len(found) for found in candidate.found.values())
        best = next(each for each in candidate.starred if len(candidate.found.get(each.source, ())) == most)
        found = candidate.found[best.source]
        examples = ", ".join(f'"{text}"' for text in list(dict.fromkeys(found))[:3])
        mails = "one of them" if len(found) == 1 else f"{len(found)} of them"
        yield Finding(
            FindingCode.NEEDS_STAR,
            candidate.rule.line,
            f'in the rule "{candidate.rule.name}", "{candidate.keyword.source}" is in none of the last '
            f"{len(recent)} mails, but {mails} would match with a star: {examples}",
            f'write "{best.source}" if those are meant',
            candidate.rule.name,
        )


def _candidates(rule: Rule, leaf: Condition) -> Iterator[_Candidate]:
    if not isinstance(leaf, Keywords):
        return
    for each in leaf.patterns:
        keyword = each.keyword
        if keyword is None or (keyword.starts_open and keyword.ends_open):
            continue
        bare = each.source.strip().strip("*")
        starred = [compile_keyword(written) for written in (f"{bare}*", f"*{bare}", f"*{bare}*")]
        yield _Candidate(rule, each, replace(leaf, patterns=(each,)), starred)


def _try(candidate: _Candidate, message: Message) -> None:
    assert isinstance(candidate.where, Keywords)
    texts = {"subject": message.subject, "body": message.text[:BODY_CHARACTERS]}
    for name, text in texts.items():
        if candidate.where.field not in (name, "text"):
            continue
        if candidate.keyword.search(text) is not None:
            candidate.is_found = True
            return
        if candidate.starred[-1].search(text) is None:  # with a star on both sides: the widest
            continue
        for each in candidate.starred:
            if (matched := each.search(text)) is not None:
                candidate.found.setdefault(each.source, []).append(matched)
