"""What a mail may say, seen without reading it: enough to tell that a word is surely not in its text.

To make text of HTML takes fifty times as long as to look for a word in its markup. What a reader is shown are
pieces of that: each begins behind a tag and ends before the next, whichever tags are shown in which way, in
which order, or not at all. So a word that is shown stands in the markup as a whole; or tags cut it, and then
its beginning stands right before one, and the letter after that is the first behind one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from functools import lru_cache
from html import unescape
from typing import NamedTuple

from .body import MAILS, RICH
from .decoding import UNWANTED_OCTETS, decode_octets, is_ascii_like, several_lines
from .fold import fold, folded_ascii
from .html import is_html, stated_charset
from .mime import Part, decode_body

MOST_OCTETS = 64 * 1024
"""Of one text: of a longer one only the beginning may be read."""

MOST_PARTS = 20


class Sight(NamedTuple):
    """All that a reader may be shown, folded. texts: plain ones. markups: of HTML."""

    texts: tuple[str, ...]
    markups: tuple[str, ...]

    def may_say(self, words: Collection[str]) -> bool:
        """Whether one of these words may stand in the text that is shown. They are folded."""
        for text in (*self.texts, *self.markups):
            for word in words:
                if word in text:
                    return True
        return any(_may_be_cut(words, markup) for markup in self.markups)

    def may_find(self, search: Callable[[str], object]) -> bool:
        """The same of very many words, any of which `search` finds."""
        return any(map(search, self.texts)) or bool(self.markups)


def _may_be_cut(words: Collection[str], markup: str) -> bool:
    pieces = markup.split("<")
    ones, twos = _ends_of_beginnings(tuple(words))
    before = {piece[-2:] for piece in pieces}
    if before.isdisjoint(twos) and ones.isdisjoint([two[-1:] for two in before]):
        return False  # what stands before the tags is in nearly all mail the beginning of no word
    longest = max(map(len, words), default=0)
    ends = "<".join([piece[-longest:] for piece in pieces])
    # White space between a tag and a text may be shown elsewhere, or not at all.
    starts = {"<", ">", *(piece.lstrip()[:1] for piece in markup.split(">"))}
    return any(word[at] in starts and f"{word[:at]}<" in ends for word in words for at in range(1, len(word)))


def sight_of(parts: Collection[Part]) -> Sight | None:
    """What a mail of these parts may show; None where it has to be read to know that."""
    if len(parts) > MOST_PARTS:
        return None
    texts: list[str] = []
    markups: list[str] = []
    for part in parts:
        if part.content_type in MAILS or (part.content_type.startswith("multipart/") and not part.children):
            return None
        if part.content_type != "text/plain" and part.content_type not in RICH:
            continue
        if part.body_octets > MOST_OCTETS:
            return None
        octets = decode_body(part)
        charset = part.parameters.get("charset", "")
        is_rich = part.content_type in RICH
        if is_rich:
            charset = stated_charset(charset, octets)
        if octets.isascii() and is_ascii_like(charset) and (b"&" if is_rich else b"<") not in octets:
            # As below, since it has no references, or is no markup; CRLF is two spaces, which no word holds.
            seen: str | None = folded_ascii(octets, UNWANTED_OCTETS)
        else:
            text = several_lines(decode_octets(octets, charset))
            is_rich = is_rich or is_html(text)
            seen = _seen_references(text) if is_rich else fold(text).text
        if seen is None or (is_rich and any(map(seen.__contains__, _RAW))):
            return None
        (markups if is_rich else texts).append(seen)
    return Sight(tuple(texts), tuple(markups))


def _seen_references(text: str) -> str | None:
    """Markup, folded, with its references undone; None where it has to be read to know what they are."""
    if _ODD_REFERENCE.search(text):
        return None
    text = unescape(text)
    return None if _ODD.search(text) else fold(text).text


@lru_cache(maxsize=64)  # the rules look for the same words in every mail
def _ends_of_beginnings(words: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """The first letters of these words, and the last two of each longer beginning of one.

    As they stand in what is split at each "<": without that, and what is before it.
    """
    ones = (word[:1] for word in words)
    twos = (word[:at] for word in words for at in range(2, len(word)))
    return frozenset(map(_last_two, ones)), frozenset(map(_last_two, twos))


def _last_two(beginning: str) -> str:
    return beginning.rpartition("<")[2][-2:]


# A tag in a reference may be left out ("&#1<!-- -->02;" is an f), and not all agree on control characters:
# of numbers those stay that stand for ASCII, for Latin letters and for what stands between words.
_ODD_REFERENCE = re.compile(
    "&(?:[#0-9A-Za-z]*<|#(?!(?:3[2-9]|[4-9][0-9]|1[01][0-9]|12[0-6]|1[6-9][0-9]|2[0-9][0-9]|8[0-9]{3});))"
)
# Marks change the letter before them, wherever that stands. No mark is among what is left.
_ODD = re.compile("[\u0300-\u1fff\u20d0-\u20ff\u2c00-\U0010ffff]")
# What is in these is shown as it is written, references and all.
_RAW = ("<noframes", "<noembed", "<plaintext")
