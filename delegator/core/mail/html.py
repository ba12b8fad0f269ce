"""HTML of a mail to text: what a reader sees, a line a block. Pure; never raises."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser

MAX_CHARACTERS = 64 * 1024
"""Nested elements cost quadratic time in the parser, so its input is cut here first."""

_INVISIBLE = ("head", "script", "style", "title", "template", "noscript", "object", "iframe")
_BLOCKS = (
    "address, article, aside, center, dd, div, dl, dt, fieldset, figure, footer, form, header, hr, li, main, "
    "nav, section, tr"
)
_PARAGRAPHS = "blockquote, h1, h2, h3, h4, h5, h6, ol, p, pre, table, ul"
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE)
# Private use: what stands for a line's end, an empty line that is meant, and the edges of a quotation,
# while white space is folded.
_END, _SPACE, _QUOTE, _UNQUOTE = "\ue000", "\ue001", "\ue002", "\ue003"
_MAX_QUOTES = 3


def html_to_text(html: str) -> str:
    """The text of a document, quotations marked with ">".

    Hidden text (a newsletter's preheader) is left out.
    """
    tree = LexborHTMLParser(re.sub(f"[{_END}-{_UNQUOTE}]", "", html[:MAX_CHARACTERS]))
    tree.strip_tags(list(_INVISIBLE))
    for node in tree.css("[style], [hidden]"):
        attributes = node.attributes
        if "hidden" in attributes or _HIDDEN.search(attributes.get("style") or ""):
            node.decompose()
    for node in tree.css("br"):
        node.replace_with(_SPACE + _END)
    for node in tree.css("td, th"):
        node.insert_after(" ")
    for node in tree.css(_BLOCKS):
        node.insert_before(_END)
        node.insert_after(_END)
    for node in tree.css(_PARAGRAPHS):
        is_quote = node.tag == "blockquote"
        node.insert_before(f"{_END}{_SPACE}{_END}{_QUOTE if is_quote else ''}{_END}")
        node.insert_after(f"{_END}{_UNQUOTE if is_quote else ''}{_END}{_SPACE}{_END}")
    return "\n".join(_lines(tree.body.text() if tree.body else "")).strip("\n")


def _lines(text: str) -> Iterator[str]:
    """The lines between the marks, white space folded, at most one empty line in a row."""
    depth = 0
    was_empty = True
    for line in text.split(_END):
        depth += line.count(_QUOTE) - line.count(_UNQUOTE)
        folded = " ".join(re.sub(f"[{_SPACE}-{_UNQUOTE}]", " ", line).split())
        if folded or (_SPACE in line and not was_empty):
            yield f"{'> ' * min(depth, _MAX_QUOTES)}{folded}".rstrip()
            was_empty = not folded
