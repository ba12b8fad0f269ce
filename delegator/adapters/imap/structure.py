"""What servers say of the parts of a mail (RFC 9051 section 7.5.2), read so that anything is tolerated.

imapclient's parser raises at BODYSTRUCTURE of odd mail, and imaplib hands literals out in pieces.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ...core.mail.outline import Outline

_MAX_DEPTH = 200
_MAX_TOKENS = 200_000

_TOKEN = re.compile(
    rb"""\s*(?:(?P<open>\()|(?P<close>\))|"(?P<quoted>(?:[^"\\]|\\.)*+)"|(?P<atom>[^\s()"]+))""", re.DOTALL
)
_LITERAL = re.compile(rb"\{\d+\+?\}\Z")
_SECTION = re.compile(r"BODY\[([0-9.A-Z]*)\]", re.IGNORECASE)

Value = bytes | None | list[Any]
"""A string or an atom; NIL; a list of values."""


def read_response(pieces: Sequence[Any]) -> list[Value]:
    """One response of imaplib's, as nested lists. Raises ValueError where it cannot be read."""
    stack: list[list[Value]] = [[]]
    tokens = 0
    for piece in pieces:
        text, literal = piece if isinstance(piece, tuple) else (piece, None)
        if literal is not None:
            text = _LITERAL.sub(b"", text)
        at = 0
        text = text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            tokens += 1
            if match is None or tokens > _MAX_TOKENS or len(stack) > _MAX_DEPTH:
                raise ValueError("no structure")
            at = match.end()
            _add(stack, match)
        if literal is not None:
            stack[-1].append(literal)
    if len(stack) != 1:
        raise ValueError("a list has no end")
    return stack[0]


def _add(stack: list[list[Value]], match: re.Match[bytes]) -> None:
    if match["open"]:
        inner: list[Value] = []
        stack[-1].append(inner)
        stack.append(inner)
    elif match["close"]:
        if len(stack) == 1:
            raise ValueError("a list has no beginning")
        stack.pop()
    elif match["quoted"] is not None:
        stack[-1].append(re.sub(rb"\\(.)", rb"\1", match["quoted"], flags=re.DOTALL))
    else:
        stack[-1].append(None if match["atom"].upper() == b"NIL" else match["atom"])


def items_of(response: list[Value]) -> dict[str, Value]:
    """The data items of a FETCH response: `1 (UID 5 …)`, the sections by their bare names."""
    items = next((value for value in response if isinstance(value, list)), [])
    found: dict[str, Value] = {}
    for name, value in zip(items[::2], items[1::2], strict=False):
        if not isinstance(name, bytes):
            raise ValueError("a data item has no name")
        key = name.decode("ascii", "replace").upper()
        section = _SECTION.match(key)
        found[section[1] if section else key] = value
    return found


def outline_of(structure: Value) -> Outline:
    """A BODYSTRUCTURE as an outline. Raises ValueError."""
    if not isinstance(structure, list) or not structure:
        raise ValueError("no structure")
    if isinstance(structure[0], list):
        children = []
        for value in structure:
            if not isinstance(value, list):
                break
            children.append(outline_of(value))
        return Outline(f"multipart/{_word(structure, len(children))}", children=tuple(children))
    content_type = f"{_word(structure, 0)}/{_word(structure, 1)}"
    octets = int(_word(structure, 6))
    inner = None
    if content_type in ("message/rfc822", "message/global") and len(structure) > 8:
        inner = outline_of(structure[8])
    return Outline(content_type, octets, inner=inner)


def _word(structure: list[Value], at: int) -> str:
    word = structure[at] if at < len(structure) else None
    if not isinstance(word, bytes):
        raise ValueError("a word is missing")
    return word.decode("ascii", "replace").lower()
