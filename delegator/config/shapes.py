"""The shapes that a configuration format is built of: texts, lists, sections. Each reads a YAML node.

Knows nothing of any key; `format` is the table made of these. Reading reports what is wrong and goes
on: what it returns may have gaps wherever the report has a problem, and only there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, TypeVar

import yaml

from .nodes import Report, alternatives, quote, suggestion

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Invalid(ValueError):
    """A text that cannot be what it should be.

    what: a predicate that does not repeat the text ("is not a time zone"), for it may be a secret.
    to_do: may come as near to the text as a suggestion does.
    """

    def __init__(self, what: str, to_do: str) -> None:
        super().__init__(what)
        self.what = what
        self.to_do = to_do


@dataclass(frozen=True, slots=True)
class Place:
    """Where reading has come to.

    path: the keys down to here. hidden: what stands here may be a secret, and is never shown.
    """

    report: Report
    path: str = ""
    hidden: bool = False

    def child(self, name: str, *, hidden: bool = False) -> Place:
        dot = "." if self.path else ""
        name = name[:60]
        return replace(
            self,
            path=f"{self.path}{dot}{name}",
            hidden=self.hidden or hidden,
        )

    def show(self, node: yaml.Node) -> str:
        """A scalar as a message may show it."""
        return "this value" if self.hidden else quote(node.value)


@dataclass(frozen=True, slots=True)
class Found(Generic[T_co]):
    """A value, and where it stands."""

    value: T_co
    node: yaml.Node
    place: Place

    def problem(self, what: str, to_do: str) -> None:
        self.place.report.problem(self.node, what, to_do)

    def refuse(self, invalid: Invalid) -> None:
        """Report what is wrong with the text that stands here."""
        self.problem(f"{self.place.show(self.node)} {invalid.what}", invalid.to_do)

    @property
    def line(self) -> int:
        return int(self.node.start_mark.line) + 1

    @property
    def column(self) -> int:
        return int(self.node.start_mark.column) + 1


class Shape(Protocol[T_co]):
    def read(self, node: yaml.Node, place: Place) -> Found[T_co] | None:
        """What stands there; None if the report says why not."""


def is_empty(node: yaml.Node) -> bool:
    """Nothing was written, as in `aliases:`; not the empty text ''."""
    return isinstance(node, yaml.ScalarNode) and node.value == "" and node.tag.endswith(":null")


def _wrong_kind(node: yaml.Node, place: Place, expected: str) -> None:
    name = f"`{place.path}`" if place.path else "the file"
    if is_empty(node):
        place.report.problem(node, f"{name} has no value", f"write {expected}")
        return
    if isinstance(node, yaml.ScalarNode):
        kind = "a single value"
    else:
        kind = "a list" if isinstance(node, yaml.SequenceNode) else "keys and values"
    place.report.problem(node, f"{name} cannot be {kind}", f"write {expected}")


@dataclass(frozen=True, slots=True)
class Text(Generic[T_co]):
    """One scalar. parse: raises Invalid. expected: what to write, for messages.

    doubt: of a text that is allowed, what it probably does not mean, and what to do; None: nothing.
    """

    parse: Callable[[str], T_co]
    expected: str = "one value"
    doubt: Callable[[str], tuple[str, str] | None] | None = None

    def read(self, node: yaml.Node, place: Place) -> Found[T_co] | None:
        if not isinstance(node, yaml.ScalarNode) or is_empty(node):
            _wrong_kind(node, place, self.expected)
            return None
        try:
            found = Found(self.parse(node.value), node, place)
        except Invalid as invalid:
            Found(node.value, node, place).refuse(invalid)
            return None
        if self.doubt is not None and (doubt := self.doubt(node.value)):
            place.report.warn(node, *doubt)
        return found


@dataclass(frozen=True, slots=True)
class Choice(Generic[T_co]):
    """One of a few words."""

    words: tuple[T_co, ...]

    def read(self, node: yaml.Node, place: Place) -> Found[T_co] | None:
        by_name = {str(word): word for word in self.words}
        if not isinstance(node, yaml.ScalarNode) or is_empty(node):
            _wrong_kind(node, place, alternatives(by_name))
        elif node.value in by_name:
            return Found(by_name[node.value], node, place)
        else:
            what = f"{place.show(node)} is not a choice for `{place.path}`"
            place.report.problem(node, what, suggestion(node.value, by_name))
        return None


@dataclass(frozen=True, slots=True)
class ListOf(Generic[T]):
    """A list; one item alone may stand without its brackets. May be empty only if not `filled`."""

    item: Shape[T]
    filled: bool = False

    def read(self, node: yaml.Node, place: Place) -> Found[tuple[Found[T], ...]] | None:
        if isinstance(node, yaml.SequenceNode):
            nodes = node.value
        else:
            nodes = [] if is_empty(node) and not self.filled else [node]
        if self.filled and not nodes:
            place.report.problem(
                node, f"`{place.path}` is an empty list", "name at least one, or take the key out"
            )
            return None
        items = (self.item.read(item, place) for item in nodes)
        return Found(tuple(item for item in items if item is not None), node, place)


@dataclass(frozen=True, slots=True)
class Either(Generic[T]):
    """Keys and values are read as the one, anything else as the other."""

    text: Shape[T]
    section: Shape[T]

    def read(self, node: yaml.Node, place: Place) -> Found[T] | None:
        shape = self.section if isinstance(node, yaml.MappingNode) else self.text
        return shape.read(node, place)


@dataclass(frozen=True, slots=True)
class Lazy(Generic[T]):
    """A shape that is defined further down; for shapes that hold themselves."""

    shape: Callable[[], Shape[T]]

    def read(self, node: yaml.Node, place: Place) -> Found[T] | None:
        return self.shape().read(node, place)


@dataclass(frozen=True, slots=True)
class Key(Generic[T]):
    """One key of a section.

    about: what it is for, as a message or a reference says it. hidden: never show what stands in it.
    default: what it is when it is left out, for the reference, as JSON; None: nothing, or it is said
    in `about`. more: what else a person wants to know of it, in whole sentences.
    """

    name: str
    shape: Shape[T]
    about: str
    required: bool = False
    hidden: bool = False
    default: Any = None
    more: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A key that was written, with its value if that could be read."""

    key: yaml.Node
    found: Found[Any] | None


@dataclass(frozen=True, slots=True)
class Values:
    """What stood in a section, in the order written."""

    entries: dict[str, Entry]

    def get(self, key: Key[T]) -> Found[T] | None:
        entry = self.entries.get(key.name)
        return entry.found if entry else None

    def value(self, key: Key[T], default: T) -> T:
        found = self.get(key)
        return default if found is None else found.value

    def key_node(self, name: str) -> yaml.Node:
        return self.entries[name].key

    def __contains__(self, name: str) -> bool:
        """Whether the key was written at all."""
        return name in self.entries


def _pairs(node: yaml.Node, place: Place) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
    """The keys and values of a mapping; an impossible key is reported."""
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            place.report.problem(key, "a key must be a single word", "check the brackets and the colon")
        elif key.tag.endswith(":merge"):
            place.report.problem(key, "merge keys are not supported", "write the keys out")
        else:
            yield key, value


def _report_repeat(key: yaml.Node, first: yaml.Node, place: Place) -> None:
    what = f"`{place.path}` stands here again (first on line {first.start_mark.line + 1})"
    place.report.problem(key, what, "keep one of them")


@dataclass(frozen=True, slots=True)
class Section:
    """Keys and values; only these keys. May be empty if it requires none."""

    keys: tuple[Key[Any], ...]

    def _to_do(self, name: str, known: Mapping[str, Key[Any]]) -> str:
        """Where an unknown key belongs, or which was meant."""
        below = (key.name for key in self.keys if isinstance(key.shape, Section) and key.shape.names(name))
        inner = next(below, None)
        return f"it belongs under `{inner}`" if inner else suggestion(name, known)

    def names(self, name: str) -> bool:
        return any(key.name == name for key in self.keys)

    def read(self, node: yaml.Node, place: Place) -> Found[Values] | None:
        if not isinstance(node, yaml.MappingNode) and not is_empty(node):
            names = ", ".join(key.name for key in self.keys)
            _wrong_kind(node, place, f"`key: value` pairs (keys: {names})")
            return None
        known = {key.name: key for key in self.keys}
        entries: dict[str, Entry] = {}
        for key_node, value in _pairs(node, place) if isinstance(node, yaml.MappingNode) else ():
            name = key_node.value
            if name not in known:
                shown = "" if place.hidden else f" {quote(name)}"
                inside = f" in `{place.path}`" if place.path else ""
                place.report.problem(key_node, f"unknown key{shown}{inside}", self._to_do(name, known))
                continue
            key = known[name]
            below = place.child(name, hidden=key.hidden)
            if name in entries:
                _report_repeat(key_node, entries[name].key, below)
                continue
            entries[name] = Entry(key_node, key.shape.read(value, below))
        for key in self.keys:
            if key.required and key.name not in entries:
                what = f"`{place.child(key.name).path}` is missing"
                place.report.problem(node, what, f"add it: {key.about}")
        return Found(Values(entries), node, place)


@dataclass(frozen=True, slots=True)
class Named(Generic[T]):
    """Keys that the user chose. name: raises Invalid. Order is kept.

    A value that could not be read is None; its name is known all the same, so that what refers to it
    is no second error.
    """

    name: Callable[[str], str]
    item: Shape[T]

    def read(self, node: yaml.Node, place: Place) -> Found[dict[str, Found[T] | None]] | None:
        if not isinstance(node, yaml.MappingNode) and not is_empty(node):
            _wrong_kind(node, place, "`name: value` pairs")
            return None
        items: dict[str, Found[T] | None] = {}
        first: dict[str, yaml.Node] = {}
        for key_node, value in _pairs(node, place) if isinstance(node, yaml.MappingNode) else ():
            name = key_node.value
            below = place.child(name)
            if name in items:
                _report_repeat(key_node, first[name], below)
                continue
            Text(self.name).read(key_node, below)
            first[name] = key_node
            items[name] = self.item.read(value, below)
        return Found(items, node, place)


def items_of(found: Found[tuple[Found[Any], ...]] | None) -> tuple[Found[Any], ...]:
    """The items of a list; none where it is absent, or could not be read."""
    return found.value if found else ()


def plain_values(found: Found[tuple[Found[Any], ...]] | None) -> tuple[Any, ...]:
    """What stands in them, without the places."""
    return tuple(item.value for item in items_of(found))


def literal_name(key: Key[Any]) -> Any:
    """A key's name as the literal type that the core has for it."""
    return key.name
