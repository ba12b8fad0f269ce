"""HTML of a mail to text: what a reader sees, a line a block. Pure; never raises."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from html import unescape

from selectolax.lexbor import LexborHTMLParser

from .decoding import names_charset

MAX_CHARACTERS = 256 * 1024
"""How much markup is parsed, after what says nothing was taken out of it."""

MAX_DEPTH = 200
"""Nested elements cost quadratic time in the parser; deeper ones are taken for their parent."""

_INVISIBLE = ("head", "script", "style", "title", "template", "noscript", "object", "iframe")
_CELLS = ("td", "th")
_BLOCKS = (
    *("address", "article", "aside", "center", "dd", "div", "dl", "dt", "fieldset", "figure", "footer"),
    *("form", "header", "hr", "li", "main", "nav", "section", "tr"),
)
_PARAGRAPHS = ("blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "table", "ul")
_SETTING = ", ".join(("br", *_CELLS, *_BLOCKS, *_PARAGRAPHS))
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE)
# Private use: what stands for a line's end, an empty line that is meant, and the edges of a quotation,
# while white space is folded.
_END, _SPACE, _QUOTE, _UNQUOTE = "\ue000", "\ue001", "\ue002", "\ue003"
_MARKS = re.compile(f"[{_END}-{_UNQUOTE}]")
_MAX_QUOTES = 3


def html_to_text(html: str) -> str:
    """The text of a document, quotations marked with ">".

    Hidden text (a newsletter's preheader) is left out.
    """
    html = _MARKS.sub("", html)
    if "<" not in html:  # only a type that says so; its lines are what shows it
        return "\n".join(" ".join(line.split()) for line in unescape(html).split("\n")).strip("\n")
    markup = reduced(html)
    tree = LexborHTMLParser(markup)
    tree.strip_tags(list(_INVISIBLE))
    if " hidden>" in markup:
        for node in tree.css("[hidden]"):
            if node.tag == "html":
                return ""
            node.decompose()
    for node in tree.css(_SETTING):
        match node.tag:
            case "br":
                node.replace_with(_SPACE + _END)
            case "td" | "th":
                node.insert_after(" ")
            case tag if tag in _BLOCKS:
                node.insert_before(_END)
                node.insert_after(_END)
            case tag:
                is_quote = tag == "blockquote"
                node.insert_before(f"{_END}{_SPACE}{_END}{_QUOTE if is_quote else ''}{_END}")
                node.insert_after(f"{_END}{_UNQUOTE if is_quote else ''}{_END}{_SPACE}{_END}")
    return "\n".join(_lines(tree.body.text() if tree.body else "")).strip("\n")


def is_html(text: str) -> bool:
    """Whether a text that claims to be plain is markup: a program sent the source of its HTML."""
    if "<" not in text[:_LOOK_CHARACTERS]:
        return False
    start = text[:_LOOK_CHARACTERS].lstrip()
    if _DOCUMENT.match(start):
        return True
    lines = [line for line in text[:_LOOK_CHARACTERS].split("\n") if line.strip()]
    marked = sum(bool(_MARKUP.search(line)) for line in lines)
    return marked * 2 > len(lines) and len(_MARKUP.findall(text[:_LOOK_CHARACTERS])) >= 2


def markup_charset(octets: bytes) -> str | None:
    """The character set that a document states of itself (HTML Standard section 13.2.3.2), or None.

    One that could not be read up to there is none.
    """
    found = _META.search(octets, 0, _LOOK_OCTETS)
    name = found[1].decode("ascii") if found else ""
    return None if not name or name.lower().startswith(("utf-16", "utf-32", "utf-7")) else name


def stated_charset(declared: str, octets: bytes) -> str:
    """What counts as declared of HTML: its Content-Type where that names one, else what it says itself."""
    return declared if names_charset(declared) else markup_charset(octets) or declared


_LOOK_CHARACTERS = 4096
_LOOK_OCTETS = 16 * 1024
_META = re.compile(
    rb"<(?:meta\b[^<>]{0,300}?\bcharset|\?xml\b[^<>]{0,100}?\bencoding)\s*=\s*[\"']?([\w.:-]{1,40})",
    re.IGNORECASE,
)
_ELEMENTS = (
    "a|address|b|blockquote|body|br|center|div|em|font|h[1-6]|head|hr|html|i|img|li|meta|ol|p|pre|span|strong|"
    "style|table|tbody|td|th|title|tr|u|ul"
)
_DOCUMENT = re.compile(
    r"(?:<\?xml\b[^>]{0,200}>\s*)?"
    rf"<(?:!doctype\s+html|html|head|body|(?:{_ELEMENTS})(?:\s[^<>]{{0,500}})?>)",
    re.IGNORECASE,
)
_MARKUP = re.compile(rf"</(?:{_ELEMENTS})\s*>|<(?:br|hr|p)\s*/?>", re.IGNORECASE)


_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:-]{0,40})((?:[^\"'>]|\"[^\"]*+\"|'[^']*+')*+)>")
_NAME = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:-]{0,40})")
_STYLE = re.compile(r"""\sstyle\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)
_IS_HIDDEN = re.compile(r"\shidden(?=[\s=/]|$)", re.IGNORECASE)
_RAW = frozenset(("style", "script", "title", "textarea", "xmp"))
_SILENT = _RAW | frozenset(("noscript", "template", "object", "svg", "iframe"))
# Elements without content, and those that another of their kind ends: they do not nest.
_FLAT = frozenset(
    (
        *(
            "area",
            "base",
            "br",
            "col",
            "embed",
            "hr",
            "img",
            "input",
            "link",
            "meta",
            "param",
            "source",
            "wbr",
        ),
        *("p", "li", "td", "th", "tr", "dd", "dt", "option", "tbody", "thead"),
    )
)


def reduced(html: str) -> str:
    """Markup without what says nothing (styles, scripts, comments, attributes), and not too deep.

    A picture in its source takes a megabyte, Word's styles 200 kB. Linear; at most MAX_CHARACTERS.
    """
    return _Reducer(html).run()


class _Reducer:
    """Reads markup once from left to right."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.depth = 0
        self.has_sound_quotes = self.has_ends = True  # until a tag was found that has no end
        self.in_lower_case = ""  # once it is asked for
        self.unclosed: set[str] = set()  # elements whose end is nowhere further on

    def run(self) -> str:
        kept: list[str] = []
        at = length = tags = 0
        while at < len(self.html) and length < MAX_CHARACTERS and tags < _MAX_TAGS:
            start = self.html.find("<", at)
            text = self.html[at : start if start >= 0 else len(self.html)]
            markup, at = self.tag(start) if start >= 0 else ("", len(self.html))
            kept += (text, markup)
            length += len(text) + len(markup)
            tags += 1
        return "".join(kept)[:MAX_CHARACTERS]

    def tag(self, start: int) -> tuple[str, int]:
        """What is kept of the tag that starts here, and where reading goes on."""
        html = self.html
        if html.startswith("<!--", start):
            end = html.find("-->", start + 4)
            return "", end + 3 if end >= 0 else len(html)
        if html.startswith(("<!", "<?"), start):
            end = self.end(start)
            return ("", end) if end else ("&lt;", start + 1)
        match = _TAG.match(html, start) if self.has_sound_quotes else None
        name = match or _NAME.match(html, start)
        if name is None:
            return "&lt;", start + 1
        if match is None:
            self.has_sound_quotes = False  # nor is there one further on: a quote does not end
            if not (end := self.end(start)):
                return "&lt;", start + 1
            attributes = html[name.end() : end - 1]
        else:
            end, attributes = match.end(), match[3]
        return self.element(name[2].lower(), bool(name[1]), attributes, end)

    def lowered(self) -> str:
        if not self.in_lower_case:
            # One capital is two characters long in lower case.
            self.in_lower_case = self.html.replace("\u0130", "i").lower()
        return self.in_lower_case

    def end(self, start: int) -> int:
        """Where the tag ends, or 0."""
        end = self.html.find(">", start) if self.has_ends else -1
        self.has_ends = end >= 0
        return end + 1

    def element(self, name: str, is_end: bool, attributes: str, end: int) -> tuple[str, int]:
        if name in _SILENT and not is_end and not attributes.endswith("/"):
            close = -1 if name in self.unclosed else self.lowered().find(f"</{name}", end)
            if close >= 0:
                return "", close
            self.unclosed.add(name)
            return ("", len(self.html)) if name in _RAW else ("", end)
        if name in _SILENT:
            return "", end
        if name not in _FLAT:
            self.depth = max(0, self.depth + (-1 if is_end else 1))
            if self.depth + is_end > MAX_DEPTH:
                return "<br>", end
        if is_end:
            return f"</{name}>", end
        return f"<{name} hidden>" if attributes and _hides(attributes[:_MAX_ATTRIBUTES]) else f"<{name}>", end


@lru_cache(maxsize=256)  # the cells of a table are written alike
def _hides(attributes: str) -> bool:
    style = _STYLE.search(attributes)
    return bool(_IS_HIDDEN.search(attributes) or (style and _HIDDEN.search(style[1])))


_MAX_TAGS = 50_000
_MAX_ATTRIBUTES = 8192


def _lines(text: str) -> Iterator[str]:
    """The lines between the marks, white space folded, at most one empty line in a row."""
    depth = 0
    was_empty = True
    for line in filter(None, text.split(_END)):
        depth += line.count(_QUOTE) - line.count(_UNQUOTE)
        folded = " ".join(_MARKS.sub(" ", line).split())
        if folded or (_SPACE in line and not was_empty):
            yield f"{'> ' * min(depth, _MAX_QUOTES)}{folded}".rstrip()
            was_empty = not folded
