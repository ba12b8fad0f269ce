"""The faulty line of rules.yaml with a caret below it, for a terminal. Never shows what may be a secret.

A line shows only the marks of YAML, and the texts that the format knows to be harmless: keys, and
values outside `account` and the other hidden keys. Everything else is masked: comments, what
stands under an unknown key (a password in the wrong place), and, in a file that is not YAML, all but
the known keys.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from . import format as fmt
from .files import FileProblem, read_file
from .nodes import MAX_OCTETS, Report, clean, read_document
from .shapes import Choice, Either, Key, Lazy, ListOf, Named, Section, Text

if TYPE_CHECKING:
    from .model import Problem

WIDTH = 100
"""The length of an excerpt, in characters; of a longer line the part around the fault is shown."""

MASK = "•"
_COMMENT = re.compile(r"(?:^|\s)#[^\"']*$")  # where quotes follow, it may be inside a text
_MARKS = frozenset(" \t[]{}:,-?")


def excerpts(problems: Iterable[Problem]) -> Iterator[tuple[Problem, str]]:
    """Each problem with its line and a caret, indented, in two lines; "" where there is none to show."""
    sources: dict[str, _Source | None] = {}
    for problem in problems:
        if problem.file not in sources:
            sources[problem.file] = _read(Path(problem.file))
        source = sources[problem.file]
        yield problem, source.excerpt(problem) if source else ""


@dataclass(slots=True)
class _Source:
    """A file's lines, and which of their characters are shown: (line, first column) to the end's."""

    lines: list[str]
    marks: frozenset[str] = frozenset(" \t")
    shown: set[tuple[int, int, int]] = field(default_factory=set)
    hidden: set[tuple[int, int, int]] = field(default_factory=set)

    def excerpt(self, problem: Problem) -> str:
        if not 0 < problem.line <= len(self.lines):
            return ""
        line, at = self._masked(problem.line - 1), problem.column - 1
        if not line.strip() or at > len(line):
            return ""
        start = max(0, min(at - WIDTH // 2, len(line) - WIDTH))
        number = f"{problem.line:>6} | "
        below = "".join(_blank(character) for character in line[start:at])
        return f"{number}{line[start : start + WIDTH]}\n{' ' * (len(number) - 2)}| {below}^"

    def _masked(self, number: int) -> str:
        line = self.lines[number]
        keep = [character in self.marks for character in line]
        for spans, is_kept in ((self.shown, True), (self.hidden, False)):
            for at, start, end in spans:
                if at == number:
                    keep[start:end] = [is_kept] * len(keep[start:end])
        masked = "".join(letter if kept else MASK for letter, kept in zip(line, keep, strict=True))
        return clean(masked.replace("\t", " "))


def _read(path: Path) -> _Source | None:
    try:
        text = read_file(path, MAX_OCTETS).decode("utf-8-sig")
    except (FileProblem, UnicodeDecodeError):
        return None
    # As the parser counts lines (YAML 1.1 section 4.2).
    source = _Source(re.split("\r\n|[\r\n\x85\u2028\u2029]", text))
    root = read_document(path, Report(str(path)))
    if root is not None:
        source.marks = _MARKS
        source.lines = [_COMMENT.sub("", line) for line in source.lines]
        is_list = isinstance(root, yaml.SequenceNode)  # rules.test.yaml is one
        _Walk(source).visit(root, fmt.EXPECTATIONS if is_list else fmt.FILE_FORMAT)
    else:
        known = "|".join(sorted(_key_names(fmt.FILE_FORMAT)))
        for number, line in enumerate(source.lines):
            for found in re.finditer(rf"(?<![\w-])(?:{known})\s*:(?=\s|$)", line):
                source.shown.add((number, *found.span()))
    return source


@dataclass(slots=True)
class _Walk:
    """Goes through a document beside the format, and notes what may be shown."""

    source: _Source
    seen: set[tuple[int, int, bool]] = field(default_factory=set)  # an alias stands in many places

    def visit(self, node: yaml.Node, shape: Any) -> None:
        """shape: None where the format knows of nothing, or hides it."""
        if isinstance(shape, Lazy):
            shape = shape.shape()
        if (id(node), id(shape), False) in self.seen:
            return
        self.seen.add((id(node), id(shape), False))
        if isinstance(shape, ListOf):
            nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
            for item in nodes:
                self.visit(item, shape.item)
        elif isinstance(shape, Either):
            self.visit(node, shape.section if isinstance(node, yaml.MappingNode) else shape.text)
        elif isinstance(node, yaml.MappingNode) and isinstance(shape, Section | Named):
            for key, value in node.value:
                self._pair(key, value, shape)
        elif isinstance(node, yaml.ScalarNode) and isinstance(shape, Text | Choice):
            self._note(node, self.source.shown)
        else:
            self._hide(node)

    def _pair(self, key: yaml.Node, value: yaml.Node, shape: Section | Named[Any]) -> None:
        if isinstance(shape, Named):
            self._note(key, self.source.shown)
            self.visit(value, shape.item)
            return
        known: dict[str, Key[Any]] = {key.name: key for key in shape.keys}
        found = known.get(key.value) if isinstance(key, yaml.ScalarNode) else None
        # The messages name an unknown key too; what stands behind it may be anything.
        self._note(key, self.source.shown)
        if found is None or found.hidden:
            self._hide(value, found.shape if found else None)
        else:
            self.visit(value, found.shape)

    def _hide(self, node: yaml.Node, shape: Any = None) -> None:
        """All but the keys that the format knows there."""
        if (id(node), id(shape), True) in self.seen:
            return
        self.seen.add((id(node), id(shape), True))
        known = {key.name: key.shape for key in shape.keys} if isinstance(shape, Section) else {}
        if isinstance(node, yaml.ScalarNode):
            self._note(node, self.source.hidden)
        elif isinstance(node, yaml.SequenceNode):
            for item in node.value:
                self._hide(item)
        else:
            for key, value in node.value:
                is_known = isinstance(key, yaml.ScalarNode) and key.value in known
                if is_known:
                    self._note(key, self.source.shown)
                else:
                    self._hide(key)
                self._hide(value, known[key.value] if is_known else None)

    def _note(self, node: yaml.Node, spans: set[tuple[int, int, int]]) -> None:
        if not isinstance(node, yaml.ScalarNode):
            self._hide(node)
            return
        start, end = node.start_mark, node.end_mark
        if start.line == end.line:
            spans.add((start.line, start.column, end.column))
        elif spans is self.source.hidden:  # of a text over several lines nothing is shown
            for number in range(start.line, min(end.line + 1, len(self.source.lines))):
                spans.add((number, 0, len(self.source.lines[number])))


def _key_names(shape: Any) -> set[str]:
    """Every key that the format has, at any depth."""
    names: set[str] = set()
    seen: list[Any] = []
    waiting = [shape]
    while waiting:
        shape = waiting.pop()
        shape = shape.shape() if isinstance(shape, Lazy) else shape
        if any(shape is one for one in seen):
            continue
        seen.append(shape)
        if isinstance(shape, Section):
            names.update(key.name for key in shape.keys)
            waiting += [key.shape for key in shape.keys]
        elif isinstance(shape, ListOf | Named):
            waiting.append(shape.item)
        elif isinstance(shape, Either):
            waiting += [shape.text, shape.section]
    return names


def _blank(character: str) -> str:
    """As much white space as a character takes on a terminal."""
    if unicodedata.combining(character):
        return ""
    return "  " if unicodedata.east_asian_width(character) in "WF" else " "
