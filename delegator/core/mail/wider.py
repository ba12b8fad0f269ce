"""An expression of `re` as RE2 would have it, found wherever the first is found and perhaps elsewhere.

It reads what Python has parsed: `re._parser` and `re._constants`, which are Python's own business, though
those of 3.11 to 3.14 agree. Only `glance` imports it, and does without it where another Python changed them.
"""

from __future__ import annotations

import re
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import re2


def wider(expression: re.Pattern[str], *, is_ascii: bool) -> str:
    """An expression in RE2's syntax that is found wherever this one is. is_ascii: in a text of ASCII."""
    parsed = _parser.parse(expression.pattern, expression.flags)
    fold = "i" if expression.flags & re.IGNORECASE else ""
    return f"(?{fold}s:{_sequence(parsed, is_ascii)})"


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


# A Python may know letters and digits that are newer than RE2's; so nearly all beyond ASCII may be one.
_CATEGORIES = {
    op.CATEGORY_WORD: r"0-9A-Za-z_\x{80}-\x{10ffff}",
    op.CATEGORY_DIGIT: r"\pN\x{10000}-\x{10ffff}",
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
