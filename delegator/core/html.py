"""HTML of a mail to text: what a reader sees, a line a block. Pure; never raises."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser

MAX_CHARACTERS = 64 * 1024
"""Nested elements cost quadratic time in the parser, so its input is cut here first."""

_INVISIBLE = ("head", "script", "style", "title", "template", "noscript", "object", "iframe")
_BLOCKS = (
    "address, article, aside, blockquote, center, dd, div, dl, dt, fieldset, figure, footer, form, h1, h2, h3, "
    "h4, h5, h6, header, hr, li, main, nav, ol, p, pre, section, table, tr, ul"
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE)
_BREAK = "\ue000"  # private use: stands for a line break while white space is folded


def html_to_text(html: str) -> str:
    """The text of a document; hidden text (a newsletter's preheader) is left out."""
    tree = LexborHTMLParser(html[:MAX_CHARACTERS].replace(_BREAK, ""))
    tree.strip_tags(list(_INVISIBLE))
    for node in tree.css("[style], [hidden]"):
        attributes = node.attributes
        if "hidden" in attributes or _HIDDEN.search(attributes.get("style") or ""):
            node.decompose()
    for node in tree.css("br"):
        node.replace_with(_BREAK)
    for node in tree.css("td, th"):
        node.insert_after(" ")
    for node in tree.css(_BLOCKS):
        node.insert_before(_BREAK)
        node.insert_after(_BREAK)
    text = tree.body.text() if tree.body else ""
    lines = (" ".join(line.split()) for line in text.split(_BREAK))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
