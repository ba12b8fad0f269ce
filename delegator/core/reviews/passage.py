"""Enough of a mail to decide: what is new in it, cut at a sentence, with the one that asks or names a date.

The rest is left out by whole sentences, so that nobody decides on half of one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..handovers.asking import asks, may_ask, names_day
from ..languages import one_of
from ..mail.display import one_line

PASSAGE_CHARACTERS = 600
"""Read in half a minute, at the 52 ms a character of IReST."""

GAP = " … "
_FEWEST_CHARACTERS = 25
"""The least that is shown of a sentence's beginning: less says nothing."""

_MOST_CHARACTERS = 12_000
"""How much is looked at for the sentence that asks."""

_LINK = re.compile(r"<(?:https?://|mailto:|tel:)[^\s>]*>|\[cid:[^\s\]]*\]", re.IGNORECASE)
_END = re.compile(r" (?<=[.!?…] )")  # on one line all white space is a space
_ABBREVIATION = re.compile(  # "12. Dezember", too
    rf"(?:\w|\d{{1,2}}|{one_of(lambda mail: mail.abbreviations)})\.", re.IGNORECASE
)


def passage(new: str, at_most: int = PASSAGE_CHARACTERS) -> str:
    """The first sentences of what is new, on one line, in at most so many characters.

    Where the sentence that asks, or else the one that names a day, stands further on, it is kept too, after
    a mark that something was left out. What is left out at the end is marked as well.
    """
    text = one_line(_LINK.sub("", new), _MOST_CHARACTERS)
    if len(text) <= at_most:
        return text
    sentences = _sentences(text)
    telling = _telling(text, sentences)
    room = at_most - len(GAP)
    first = _fitting(sentences, room)
    if telling is None or telling < first:
        return _marked(" ".join(sentences[:first]) if first else _cut(text, room), room)
    last = _cut(sentences[telling], max(at_most // 2, room - len(" ".join(sentences[:first]))))
    first = _fitting(sentences, room - len(last) - len(GAP))
    begin = " ".join(sentences[:first]) or _cut(text, room - len(last) - len(GAP))
    if not first and len(begin) < _FEWEST_CHARACTERS:
        begin = ""
    between = GAP if first < telling else " "
    whole = f"{begin}{between}{last}".strip()
    is_all = telling == len(sentences) - 1 and last == sentences[telling]
    return whole if is_all else _marked(whole, room)


def _sentences(text: str) -> list[str]:
    found: list[str] = []
    last_word = ""
    for part in _END.split(text):
        if _ABBREVIATION.fullmatch(last_word):
            found[-1] += f" {part}"
        else:
            found.append(part)
        last_word = part.rpartition(" ")[2].rpartition("(")[2]
    return found


def _telling(text: str, sentences: Sequence[str]) -> int | None:
    """Which sentence is needed to decide: the first that asks and names a day, or asks, or names a day."""
    asking = None
    for at, sentence in enumerate(sentences if may_ask(text) else ()):
        if asks(sentence):
            if names_day(sentence):
                return at
            asking = at if asking is None else asking
    if asking is not None:
        return asking
    return next((at for at, sentence in enumerate(sentences) if names_day(sentence)), None)


def _fitting(sentences: Sequence[str], room: int) -> int:
    """How many of the first sentences fit."""
    taken = 0
    for count, sentence in enumerate(sentences):
        taken += len(sentence) + bool(count)
        if taken > room:
            return count
    return len(sentences)


def _cut(text: str, room: int) -> str:
    """At a word, where a sentence alone is too long."""
    if len(text) <= room:
        return text
    cut = text[: max(room, 0)]
    return (cut.rpartition(" ")[0] or cut).rstrip(" ,;:")


def _marked(text: str, room: int) -> str:
    return f"{text[: room + 1].rstrip()}{GAP.rstrip()}"
