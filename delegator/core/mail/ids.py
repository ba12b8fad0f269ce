"""Message-IDs in fields and texts (RFC 5322 section 3.6.4)."""

from __future__ import annotations

import re

from .decoding import one_line

MAX_ID = 998
"""Octets; RFC 5322 section 2.1.1: no line is longer."""


def parse_ids(text: str) -> tuple[str, ...]:
    """Message-IDs, with angle brackets, in order, without repeats. Linear time.

    White space in one is a fold gone wrong and left out. A value that is one word is an id even if
    it lacks its brackets.
    """
    if _USUAL.fullmatch(text):
        return tuple(dict.fromkeys(_ID.findall(text)))
    found: dict[str, None] = {}
    at = 0
    while (end := text.find(">", at)) >= 0:
        start = text.rfind("<", at, end)
        if start >= 0:
            _add(found, text[start + 1 : end])
        at = end + 1
    words = text.split()
    if not found and len(words) == 1:
        _add(found, words[0].strip("<>"))
    return tuple(found)


_ID = re.compile("<[!-;=?-~]{1,900}>")
_USUAL = re.compile(rf"\s*+(?:{_ID.pattern}\s*+)*+")


def _add(found: dict[str, None], message_id: str) -> None:
    if len(message_id) <= 2 * MAX_ID:
        message_id = "".join(one_line(message_id).split())
        if 0 < len(message_id) <= MAX_ID - 2:
            found[f"<{message_id}>"] = None
