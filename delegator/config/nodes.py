"""The text of rules.yaml to YAML nodes with their places, and the report that collects every problem.

Knows YAML, nothing of the format. Scalars stay text: YAML 1.1 would make 750 of 12:30 and False of NO.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .files import FileProblem, read_file
from .model import Problem

MAX_OCTETS = 1024 * 1024
MAX_DEPTH = 40
MAX_CHARACTERS = 4_000
"""The longest text. A regular expression of a page is already no rule that a person can check."""

MAX_NODES = 10_000
"""Values in the file, aliases written out; ends "billion laughs". Long lists belong in a CSV file."""

# What YAML allows (YAML 1.1 section 4.1), less the byte order mark, which the decoder takes.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{kind}"
    for kind in ("str", "int", "float", "bool", "null", "timestamp", "merge", "value", "map", "seq")
)

_CANNOT_START = "found character that cannot start any token"
_TO_DO = {
    "mapping values are not allowed in this context": (
        "check the indentation, and the colon behind the key above; quote a text with ': ' in it"
    ),
    _CANNOT_START: "indent with spaces; quote a text that begins with a sign",
    "found undefined alias": 'quote words that begin with *, as in "*offer*"',
    "found unexpected end of stream": "close the quotes",
    "could not find expected ':'": "write `key: value`, with a space after the colon",
}


def clean(text: str) -> str:
    """One printable line."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def quote(text: str) -> str:
    """The text as a message shows it: one line, bounded."""
    return f'"{clean(text if len(text) <= 60 else text[:59] + "…")}"'


def nearest(text: str, words: Collection[str]) -> str | None:
    """The word that was probably meant, or None."""
    if len(text) > 60:
        return None  # difflib is quadratic
    import difflib  # for who mistypes

    by_lower = {word.lower(): word for word in words}
    close = difflib.get_close_matches(text.lower(), by_lower, n=1)
    return by_lower[close[0]] if close else None


def suggestion(text: str, words: Collection[str]) -> str:
    """What to do about an unknown word: the nearest one, or all."""
    if near := nearest(text, words):
        return f'did you mean "{near}"?'
    return f"write {alternatives(words)}"


def alternatives(words: Collection[str]) -> str:
    """ "a", "a or b", "a, b or c"."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


@dataclass(slots=True)
class Report:
    """Every problem and warning of one file, in the order of their places."""

    file: str
    _problems: list[Problem]
    _warnings: list[Problem]

    def __init__(self, file: str) -> None:
        self.file, self._problems, self._warnings = file, [], []

    def add(self, line: int, column: int, what: str, to_do: str) -> None:
        self._problems.append(Problem(clean(self.file), line, column, clean(what), clean(to_do)))

    def problem(self, node: yaml.Node, what: str, to_do: str) -> None:
        self.add(*_start(node), what, to_do)

    def warn(self, node: yaml.Node, what: str, to_do: str) -> None:
        self._warnings.append(Problem(clean(self.file), *_start(node), clean(what), clean(to_do)))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """In order; what an alias repeats stands once."""
        return _in_order(self._problems)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return _in_order(self._warnings)


def _in_order(problems: list[Problem]) -> tuple[Problem, ...]:
    return tuple(dict.fromkeys(sorted(problems, key=lambda problem: (problem.line, problem.column))))


def read_document(path: Path, report: Report) -> yaml.Node | None:
    """The root of the one document in a file, or None if the report says why not."""
    try:
        octets = read_file(path, MAX_OCTETS)
    except FileProblem as problem:
        report.add(1, 1, f"the file {problem.what}", problem.to_do)
        return None
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = octets[: error.start].decode("utf-8", "replace")
        report.add(*_place(before), "the file is not UTF-8", "save it as UTF-8")
        return None
    if strange := _UNPRINTABLE.search(text):
        what = f"a control character (U+{ord(strange[0]):04X})"
        report.add(*_place(text[: strange.start()]), what, "take it out")
        return None
    try:
        return _compose(text, report)
    except yaml.MarkedYAMLError as error:
        _report_syntax(error, text, report)
    except yaml.YAMLError:
        report.add(1, 1, "this is not YAML", "start from the example, rules.yaml")
    return None


def _place(before: str) -> tuple[int, int]:
    """Line and column, from 1, of what follows a text."""
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _report_syntax(error: yaml.MarkedYAMLError, text: str, report: Report) -> None:
    # libyaml's own sentences: fixed texts, they never quote the file (a secret might be near).
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    what = error.problem or "syntax error"
    if what == "but found another document":
        report.add(line, column, "a second document begins here", "keep one, without a second line ---")
        return
    if mark and text[mark.index : mark.index + 1] == "\t":
        report.add(line, column, "a tab stands here", "indent with spaces")
        return
    if mark and what == _CANNOT_START and text[mark.index : mark.index + 1] == "@":
        report.add(
            line, column, "an address that begins with @ needs quotes", 'write it as in "@acme.example"'
        )
        return
    if error.context == "while scanning an alias" and error.context_mark:
        begin = error.context_mark  # what stands there is not shown: it may be a secret
        to_do = 'quote words that begin with *, as in "*offer*"'
        report.add(begin.line + 1, begin.column + 1, "words that begin with * need quotes", to_do)
        return
    if error.context == "while scanning a quoted scalar" and error.context_mark:
        begin = error.context_mark
        report.add(begin.line + 1, begin.column + 1, "the quote that opens here is never closed", "close it")
        return
    where = f" {error.context}" if error.context and error.context.startswith("while") else ""
    to_do = _TO_DO.get(what, "check the brackets, quotes and indentation here and just above")
    report.add(line, column, f"not valid YAML:{where} {what}", to_do)


def _compose(text: str, report: Report) -> yaml.Node | None:
    # The parser's events first: composing recurses in C, and must not meet a thousand brackets.
    depth = count = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        count += isinstance(event, yaml.NodeEvent)
        if depth > MAX_DEPTH:
            _too_deep(event, report)
            return None
        if count > MAX_NODES:
            _too_many(event, report)
            return None
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    if root is None:
        report.add(1, 1, "the file is empty", "start from the example, rules.yaml")
        return None
    return root if _is_sound(root, report) else None


def _is_sound(root: yaml.Node, report: Report) -> bool:
    """Bounded, with its aliases written out, and free of tags."""
    sound, count = True, 0
    stack: list[tuple[yaml.Node, int]] = [(root, 1)]
    while stack:
        node, depth = stack.pop()
        count += 1
        if depth > MAX_DEPTH:
            _too_deep(node, report)
            return False
        if count > MAX_NODES:
            _too_many(node, report)
            return False
        if node.tag not in _PLAIN_TAGS:
            report.problem(node, "a YAML tag has no meaning here", "take out what begins with !")
            sound = False
        if isinstance(node, yaml.ScalarNode) and len(node.value) > MAX_CHARACTERS:
            report.problem(node, f"a text of more than {MAX_CHARACTERS:,} characters", "make it shorter")
            sound = False
        if isinstance(node, yaml.SequenceNode):
            stack += [(item, depth + 1) for item in node.value]
        elif isinstance(node, yaml.MappingNode):
            stack += [(part, depth + 1) for pair in node.value for part in pair]
    return sound


def _too_deep(at: yaml.Node | yaml.Event, report: Report) -> None:
    report.add(*_start(at), "lists and keys are nested too deeply", "write it flatter")


def _too_many(at: yaml.Node | yaml.Event, report: Report) -> None:
    what = f"more than {MAX_NODES:,} values, with all aliases (*) written out"
    report.add(*_start(at), what, "put long lists of addresses in a CSV file, under `lists`")


def _start(at: yaml.Node | yaml.Event) -> tuple[int, int]:
    """Line and column, from 1."""
    mark: Any = at.start_mark  # None by its type; libyaml always gives one
    return mark.line + 1, mark.column + 1
