"""Texts that programs put into a mail and that say nothing of its sender's: banners, footers, placeholders.

The words by which they are known stand in the tables of `languages`. Each line is looked at for its first 400
characters, so that no text takes long.
"""

from __future__ import annotations

import re

from ..languages import one_of
from ..late import late
from .decoding import says_something
from .glance import Glance

LOOK_CHARACTERS = 400
"""How much of a line is looked at; nobody puts a notice further on."""

_MAX_PLACEHOLDER = 600
_MIN_SHARED = 0.4
_MIN_WORDS = 3
_WORD = re.compile(r"\w{2,}")
_PICTURE = re.compile(rf"\[{one_of(lambda mail: mail.pictures)}\b[^\]\n]{{0,200}}\]", re.IGNORECASE)
_LINK = re.compile(r"https?://\S+|\S+@\S+")


def is_notice_line(line: str) -> bool:
    """Whether a line is one of a banner, or of what a scanner or a list adds."""
    looked_at = line[:LOOK_CHARACTERS]
    if not looked_at or looked_at.rstrip().endswith("?") or not _NOTICES.may_find(looked_at):
        return False
    return bool(
        _BANNER.search(looked_at)
        or (_SCANNED.search(looked_at) and _MAIL.search(looked_at))
        or _SCANNER.search(looked_at)
        or _LIST_FOOTER.search(looked_at)
        or (len(line) <= 150 and _IN_BROWSER.search(looked_at))
    )


def is_for_many(text: str) -> bool:
    """Whether a text says that it went to many, or takes no answer, as a newsletter does."""
    lines = text.split("\n")[:_MOST_LINES]
    if not _SAYS_FOR_MANY.may_find("\n".join(line[:LOOK_CHARACTERS] for line in lines)):
        return False
    return any(
        _FOR_MANY.search(line[:LOOK_CHARACTERS])
        or _LIST_FOOTER.search(line[:LOOK_CHARACTERS])
        or (len(line) <= 150 and _IN_BROWSER.search(line))
        for line in lines
        if not line.startswith(">")
    )


def without_notices(lines: list[str]) -> list[str]:
    """The lines of a text without those of banners and footers, the lines they were broken into included.

    A signature's dashes stay, unless nothing but a notice stands below them.
    """
    if not _NOTICES.may_find("\n".join(line[:LOOK_CHARACTERS] for line in lines)):
        return lines
    kept: list[str] = []
    before = ""  # the notice's line before this one, where it was broken
    was_notice = False
    for line in lines:
        if is_notice_line(line):
            while kept and _SEPARATOR.match(kept[-1][:LOOK_CHARACTERS]):
                kept.pop()
            was_notice = True
        elif was_notice and _BARE_LINK.fullmatch(line[:LOOK_CHARACTERS]):
            continue
        elif not (before and _CONTINUES.search(line[:LOOK_CHARACTERS])):
            was_notice = False
            before = ""
            kept.append(line)
            continue
        is_broken = len(line) >= _WRAP_WIDTH and line.rstrip()[-1:] not in ".!?"
        before = line if is_broken else ""
    return kept


def is_notice(text: str) -> bool:
    """Whether a text says nothing but what programs add, or is a signature alone."""
    lines = text.split("\n")
    first_line = next((line for line in lines if line.strip()), "")
    is_sound = not is_notice_line(first_line) and not _SEPARATOR.match(first_line[:LOOK_CHARACTERS])
    if is_sound and says_something(first_line):
        return False  # it stays, whatever stands below
    lines = without_notices(lines)
    first = next((at for at, line in enumerate(lines) if line.strip()), 0)
    is_signature = bool(lines) and lines[first].rstrip() == "--"
    return is_signature or not says_something("\n".join(lines))


def is_placeholder(plain: str, rich: str) -> bool:
    """Whether a plain text only stands in for the HTML beside it: "use a program that shows HTML".

    plain, rich: what the two say. A real alternative says in other letters what the HTML says; one that
    shares hardly a word with it, and says less, is none.
    """
    said = _without_links(plain)
    if len(said) > _MAX_PLACEHOLDER or not says_something(rich):
        return False
    words, shown = set(_WORD.findall(said.casefold())), set(_WORD.findall(rich.casefold()))
    if not words:
        return True
    shared = len(words & shown) / len(words)
    if shared < 0.9 and _NEEDS_HTML.search(said):
        return True
    if shared < _MIN_SHARED and _NEEDS_PROGRAM.search(said):
        return True
    return shared < _MIN_SHARED and len(shown) > len(words) >= _MIN_WORDS


def may_be_placeholder(plain: str) -> bool:
    """Whether a plain text is short enough for `is_placeholder`, whatever the HTML says."""
    return len(_without_links(plain)) <= _MAX_PLACEHOLDER


def _without_links(plain: str) -> str:
    return _PICTURE.sub(" ", _LINK.sub(" ", plain[: _MAX_PLACEHOLDER + 1]))


_WRAP_WIDTH = 50
_BARE_LINK = re.compile(r"\s*(?:https?://\S+|\S+@\S+|www\.\S+)\s*")
_SEPARATOR = re.compile(r"\s*(?:--|[-_=*#~—–]{3,})\s*$")
# What a banner's further lines say, where a program has broken it.
_CONTINUES = late(lambda: rf"\b{one_of(lambda mail: mail.notice_words)}\b", re.IGNORECASE)
_IN_BROWSER = late(
    lambda: (
        rf"{one_of(lambda mail: mail.to_view)}\b.{{0,80}}{one_of(lambda mail: mail.in_browser)}"
        rf"|{one_of(lambda mail: mail.browser_lines)}"
    ),
    re.IGNORECASE,
)
_BEWARE = one_of(lambda mail: mail.beware)
_OUTSIDE = one_of(lambda mail: mail.outside)
_MAIL_WORD = one_of(lambda mail: mail.mail_words)
_BANNER = late(
    lambda: "|".join(
        (
            one_of(lambda mail: mail.banners),
            rf"^\W{{0,6}}{_BEWARE}\b.{{0,60}}(?:\bextern|\b{_OUTSIDE})",
            rf"^\W{{0,6}}{_MAIL_WORD}\b.{{0,30}}\b{_OUTSIDE}\b",
            rf"^\W{{0,6}}{_BEWARE}\W{{0,6}}$",
        )
    ),
    re.IGNORECASE,
)
_MAIL = late(
    lambda: rf"\b{_MAIL_WORD}\b|^\W{{0,6}}{one_of(lambda mail: mail.scan_openings)}",
    re.IGNORECASE,
)
_SCANNED = late(lambda: one_of(lambda mail: mail.scanned), re.IGNORECASE)
_SCANNER = late(  # names of products, and what they say in every language
    lambda: (
        r"\bbelieved to be clean|^\W{0,4}l.absence de virus\b|\bMailScanner\b|\bavast antivirus\b"
        r"|\bwww\.(?:avast|avg)\.com\b"
        r"|\b(?:symanteccloud|messagelabs|mimecast\.com|websense)\b"
    ),
    re.IGNORECASE,
)
_LIST_FOOTER = late(
    lambda: rf"{one_of(lambda mail: mail.list_footers)}|\bmailman/(?:listinfo|options)/|/mailman3/",
    re.IGNORECASE,
)
_FOR_MANY = late(lambda: rf"\b{one_of(lambda mail: mail.bulk_marks)}", re.IGNORECASE)
_NOTICES = Glance(_BANNER, _SCANNED, _SCANNER, _LIST_FOOTER, _IN_BROWSER)
_SAYS_FOR_MANY = Glance(_FOR_MANY, _LIST_FOOTER, _IN_BROWSER)
_MOST_LINES = 400
_NEEDS_PROGRAM = late(
    lambda: rf"\b(?:e-?mail|mail)[ -]?{one_of(lambda mail: mail.mail_programs)}\b", re.IGNORECASE
)
_ABOUT_HTML = one_of(lambda mail: mail.about_html)
_NEEDS_HTML = late(
    lambda: rf"\bhtml\b.{{0,80}}\b{_ABOUT_HTML}\b|\b{_ABOUT_HTML}\b.{{0,80}}\bhtml\b",
    re.IGNORECASE | re.DOTALL,
)
