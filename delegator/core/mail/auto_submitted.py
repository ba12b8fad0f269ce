"""Auto-Submitted: whether a program sent a mail, by its own word (RFC 3834 section 5). The one reader."""

from __future__ import annotations

import re
from collections.abc import Iterable

AUTO_REPLIED = "auto-replied"

_SPACE = re.compile(r"\s*")
_COMMENT = re.compile(r"[()]|\\.?", re.DOTALL)
_KEYWORD = re.compile(r'"?([^\s;(),"]*)')  # quotes are no part of the grammar, and are not held against it


def auto_submitted(headers: Iterable[tuple[str, str]]) -> str:
    """The keyword, in lower case; "" for no, for a field that says nothing, and where there is none.

    headers: (lower-case name, value). Where there are several fields, one that says
    auto-replied counts first, then the first that does not say no.
    """
    keywords = [_keyword(value) for name, value in headers if name == "auto-submitted"]
    by_machine = [keyword for keyword in keywords if keyword not in ("", "no")]
    return AUTO_REPLIED if AUTO_REPLIED in by_machine else next(iter(by_machine), "")


def _keyword(value: str) -> str:
    """What stands before the parameters, without the comments (CFWS) that may stand around it."""
    found = _KEYWORD.match(value, _after_comments(value))
    return found[1].lower() if found else ""


def _after_comments(value: str) -> int:
    """Past the white space and comments at the beginning. Comments nest (RFC 5322 section 3.2.2)."""
    at, depth = 0, 0
    while at < len(value):
        if depth == 0:
            space = _SPACE.match(value, at)
            at = space.end() if space else at
            if value[at : at + 1] != "(":
                return at
        found = _COMMENT.search(value, at)
        if found is None:
            return len(value)
        depth += {"(": 1, ")": -1}.get(found.group(), 0)
        at = found.end()
    return at
