"""The rules of rules.yaml, and the lists that they name: conditions and outcomes, or what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ..core.rules.book import ForwardTo, Ignore, MakePrivate, Outcome, Rule, ToReview
from ..core.rules.conditions import (
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
from ..core.rules.lint import never_matches
from ..core.rules.patterns import AddressPattern, address_list
from . import format as fmt
from .files import FileProblem
from .lists import read_list, stamp_of
from .model import ListFile
from .nodes import Report, nearest, quote
from .shapes import Found, Values, items_of, literal_name, plain_values
from .values import one_phrase


class RulesReader:
    """Reads the lists first: conditions name them."""

    def __init__(
        self, values: Values, folder: Path, report: Report, backup_keys: Sequence[str] | None
    ) -> None:
        """values: of the whole file. folder: its own. backup_keys: None: `backups` could not be read."""
        self.values = values
        self.folder = folder
        self.report = report
        self.backup_keys = backup_keys
        self.list_files: list[ListFile] = []
        self.lists = self.read_lists()

    def read_lists(self) -> dict[str, frozenset[str]] | None:
        """Addresses by the name of their list; None where `lists` could not be read at all."""
        found = self.values.get(fmt.LISTS)
        if not found:
            return None if "lists" in self.values else {}
        lists = {}
        for name, file in found.value.items():
            lists[name] = frozenset[str]()
            if not file:
                continue
            path = self.folder / file.value
            self.list_files.append(ListFile(name, path, stamp_of(path)))
            try:
                lists[name] = read_list(path)
            except FileProblem as problem:
                file.problem(f"{quote(file.value)} {problem.what}", problem.to_do)
            else:
                if not lists[name]:
                    file.problem(f"no mail address stands in {quote(file.value)}", "name a CSV or vCard file")
        return lists

    def rules(self) -> tuple[Rule, ...]:
        rules = []
        names: dict[str, Found[str]] = {}
        for item in items_of(self.values.get(fmt.RULES)):
            values = item.value
            name, when = values.get(fmt.RULE_NAME), values.get(fmt.WHEN)
            if name and (first := names.setdefault(name.value, name)) is not name:
                name.problem(f"another rule has this name (line {first.line})", "give each rule its own")
            conditions = self.conditions(when) if when else ()
            outcome = self.outcome(item, in_rule=True)
            if isinstance(outcome, MakePrivate):
                self.check_private(item, when, conditions)
            if name and conditions and outcome:
                private = values.get(fmt.PRIVATE)
                lifts = private is not None and not private.value
                rules.append(Rule(name.value, AllOf(conditions), outcome, lifts, item.line))
        return tuple(rules)

    def check_private(
        self, item: Found[Values], when: Found[Values] | None, conditions: tuple[Condition, ...]
    ) -> None:
        """A private rule that does not do what was meant lets through what nobody may see."""
        if conditions and never_matches(AllOf(conditions)):
            item.problem("no mail can match this private rule", "take out what excludes the rest")
        if when is not None:
            for node in fmt.keyword_nodes(when):
                if doubt := one_phrase(node.value):
                    self.report.problem(node, *doubt)

    def conditions(self, found: Found[Values]) -> tuple[Condition, ...]:
        """Those of one map of conditions, in the order written."""
        values = found.value
        if not found.node.value:
            found.problem(
                "this matches every mail", "write a condition; for all other mail there is `otherwise`"
            )
        by_name = {condition[0]: condition[1] for condition in self.each_condition(values)}
        return tuple(by_name[name] for name in values.entries if name in by_name)

    def each_condition(self, values: Values) -> Iterator[tuple[str, Condition]]:
        """The name and the condition of each key, in the order of the format."""
        for addresses in fmt.ADDRESS_CONDITIONS:
            if found := values.get(addresses):
                yield addresses.name, Addresses(literal_name(addresses), self.patterns(found.value))
        for keywords in fmt.TEXT_CONDITIONS:
            if found := values.get(keywords):
                yield keywords.name, Keywords(literal_name(keywords), plain_values(found))
        for flag in fmt.FLAG_CONDITIONS:
            if is_set := values.get(flag):
                yield flag.name, Is(literal_name(flag), is_set.value)
        if header := values.get(fmt.HEADER):
            fields = [
                Header(name, plain_values(patterns)) for name, patterns in header.value.items() if patterns
            ]
            yield "header", _all_of(fields)
        if attachment := values.get(fmt.ATTACHMENT):
            yield "attachment", HasAttachment(plain_values(attachment))
        if size := values.get(fmt.LARGER_THAN):
            yield "larger_than", LargerThan(size.value)
        if of := values.get(fmt.ANY):
            yield "any", AnyOf(self.alternatives(of.value))
        if of := values.get(fmt.ALL):
            yield "all", _all_of(self.alternatives(of.value))
        if of := values.get(fmt.NOT):
            inner = self.alternatives(of.value)
            yield "not", Not(inner[0] if len(inner) == 1 else AnyOf(inner))

    def alternatives(self, items: Iterable[Found[Values]]) -> tuple[Condition, ...]:
        return tuple(_all_of(self.conditions(item)) for item in items)

    def patterns(self, items: Iterable[Found[AddressPattern | Values]]) -> tuple[AddressPattern, ...]:
        patterns = []
        for item in items:
            if isinstance(item.value, AddressPattern):
                patterns.append(item.value)
            elif name := item.value.get(fmt.LIST):
                if self.lists is not None and name.value not in self.lists:
                    _unknown(name, "list", self.lists)
                elif self.lists is not None:
                    patterns.append(address_list(name.value, self.lists[name.value]))
        return tuple(patterns)

    def outcome(self, item: Found[Values], *, in_rule: bool) -> Outcome | None:
        """What a rule, or `otherwise`, decides. A second outcome is reported at its own place."""
        values = item.value
        private, ignore = values.get(fmt.PRIVATE), values.get(fmt.IGNORE)
        lifts = private is not None and not private.value
        written = [name for name in values.entries if name in {key.name for key in fmt.OUTCOMES}]
        decisive = [name for name in written if not (name == "private" and lifts)]
        for extra in decisive[1:]:
            what = f"`{extra}` is a second outcome; there is `{decisive[0]}` already"
            self.report.problem(values.key_node(extra), what, "keep one")
        if ignore and not ignore.value:
            ignore.problem("`ignore: false` decides nothing", "take it out, or write true")
        if private and lifts and (not in_rule or not {"forward", "review"} & {*decisive}):
            private.problem(
                "`private: false` decides nothing alone", "put it beside `forward` or `review` in a rule"
            )
        elif not decisive:
            item.problem("nothing is decided here", "add one of forward, private, review and ignore")
        propose = values.get(fmt.PROPOSE)
        if "propose" in values and "review" not in decisive:
            node = values.key_node("propose")
            self.report.problem(node, "`propose` belongs to `review`", "take it out")
        if propose and propose.value not in ("to-do", "done"):
            self.check_backup(propose, also=("to-do", "done"))
        forward, review = values.get(fmt.FORWARD), values.get(fmt.TO_REVIEW)
        if forward:
            chain: dict[str, None] = {}
            for backup in forward.value:
                self.check_backup(backup, is_chain=True)
                if backup.value in chain:
                    backup.problem("this backup stands in the list already", "take one of them out")
                chain[backup.value] = None
            return ForwardTo(tuple(chain))
        if review:
            return ToReview(review.value, propose.value if propose else None)
        if private and private.value:
            return MakePrivate()
        return Ignore() if ignore else None

    def check_backup(self, found: Found[str], also: Sequence[str] = (), *, is_chain: bool = False) -> None:
        if self.backup_keys is not None and found.value not in self.backup_keys:
            parts = re.split(r"\s*[,;>&]\s*|\s+(?:[a-z]{2,4}\s+)?", found.value)
            if is_chain and len(parts) > 1 and set(parts) <= {*self.backup_keys}:
                what = f"{quote(found.value)} is one name here"
                found.problem(what, f"write [{', '.join(parts)}], for the first of them who is there")
                return
            if self.backup_keys and ("@" in found.value or " " in found.value):
                keys = ", ".join([*self.backup_keys][:10])
                found.problem(f"{quote(found.value)} is not a backup's key", f"write one of {keys}")
                return
            _unknown(found, "backup", [*self.backup_keys, *also])


def _all_of(conditions: Sequence[Condition]) -> Condition:
    return conditions[0] if len(conditions) == 1 else AllOf(tuple(conditions))


def _unknown(found: Found[str], kind: str, names: Iterable[str]) -> None:
    names = [*names]
    near = nearest(found.value, names)
    if near:
        to_do = f'did you mean "{near}"?'
    elif names:
        to_do = f"there is {', '.join(names[:10])}"
    else:
        to_do = f"add it under `{kind}s`"
    found.problem(f"unknown {kind} {quote(found.value)}", to_do)
