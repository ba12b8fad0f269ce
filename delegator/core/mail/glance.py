"""Whether an expression may be found in a text at all, seen at a glance.

The expressions that look for the words of our languages are long lists, which `re` tries one by one at
every letter. RE2 looks for all at once, in a fiftieth of the time, but knows no assertions, and other
letters. So it is asked first, for what is surely no less: an assertion holds, a class of letters is wider.
What it does not find is not there; what it finds, `re` decides.
"""

from __future__ import annotations

import re
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import re2

_FIRST_TEXTS = 20
"""So many are looked through by `re` itself, as in a process that reads few mails: to begin takes long."""


class Glance:
    """An expression, or several of which any will do."""

    def __init__(self, *expressions: re.Pattern[str]) -> None:
        self._expressions = expressions
        self._texts = 0
        self._in_ascii: Any = None
        self._in_any: Any = None

    def may_find(self, text: str) -> bool:
        """Whether one of them may be found in a text; true where it cannot be told."""
        if self._texts < _FIRST_TEXTS:
            self._texts += 1
            return True
        if text.isascii():
            if self._in_ascii is None:
                self._in_ascii = self._compiled(is_ascii=True)
            return self._in_ascii.search(text) is not None
        if self._in_any is None:
            self._in_any = self._compiled(is_ascii=False)
        if _ODD.search(text):
            return True
        return self._in_any.search(text) is not None

    def finds(self, text: str) -> bool:
        """Whether one of them is found in a text."""
        return self.may_find(text) and any(each.search(text) for each in self._expressions)

    def _compiled(self, *, is_ascii: bool) -> Any:
        options = re2.Options()
        options.log_errors, options.never_capture, options.max_mem = False, True, 32 * 1024 * 1024
        return re2.compile("|".join(wider(each, is_ascii=is_ascii) for each in self._expressions), options)


def wider(expression: re.Pattern[str], *, is_ascii: bool) -> str:
    """An expression in RE2's syntax that is found wherever this one is. is_ascii: in a text of ASCII."""
    parsed = _parser.parse(expression.pattern, expression.flags)
    fold = "i" if expression.flags & re.IGNORECASE else ""
    return f"(?{fold}s:{_sequence(parsed, is_ascii)})"


# A capital with a dot and a small letter without one are an i to `re`; half a character is none to RE2.
_ODD = re.compile("[\u0130\u0131\ud800-\udfff]")
_ANYTHING = "."


def _sequence(items: Any, is_ascii: bool) -> str:
    return "".join(_one(code, value, is_ascii) for code, value in items)


def _one(code: Any, value: Any, is_ascii: bool) -> str:
    if code is op.LITERAL:
        return str(re2.escape(chr(value)))
    if code is op.IN:
        return _class(value)
    if code is op.BRANCH:
        return f"(?:{'|'.join(_sequence(branch, is_ascii) for branch in value[1])})"
    if code is op.SUBPATTERN:
        _, added, _, items = value
        return f"(?{'i' if added & re.IGNORECASE else ''}:{_sequence(items, is_ascii)})"
    if code in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        least, most, items = value
        return f"(?:{_sequence(items, is_ascii)}){_times(least, most)}"
    if code is op.ATOMIC_GROUP:
        return f"(?:{_sequence(value, is_ascii)})"
    if code is op.AT:
        return r"\b" if is_ascii and value is op.AT_BOUNDARY else ""
    if code in (op.ASSERT, op.ASSERT_NOT):
        return ""
    if code in (op.ANY, op.NOT_LITERAL):
        return _ANYTHING
    raise ValueError(f"{code} is not understood")


def _times(least: int, most: int) -> str:
    if most is op.MAXREPEAT or most > _MOST_COPIES:
        return "+" if least else "*"
    return f"{{{least},{most}}}"


_MOST_COPIES = 4
"""RE2 makes a copy for each time that something may stand there, and many of them make it slow."""


_CATEGORIES = {
    op.CATEGORY_WORD: r"\pL\pN\pM_",
    op.CATEGORY_DIGIT: r"\pN",
    op.CATEGORY_SPACE: r"\s\pZ\x{0b}\x{1c}-\x{1f}\x{85}",
}


def _class(items: Any) -> str:
    kept: list[str] = []
    for code, value in items:
        if code is op.LITERAL:
            kept.append(f"\\x{{{value:x}}}")
        elif code is op.RANGE:
            kept.append(f"\\x{{{value[0]:x}}}-\\x{{{value[1]:x}}}")
        elif code is op.CATEGORY and value in _CATEGORIES:
            kept.append(_CATEGORIES[value])
        else:
            return _ANYTHING  # what is not there may be nearly anything
    return f"[{''.join(kept)}]"
