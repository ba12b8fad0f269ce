"""How text is compared: without case, accents, width and invisible characters, with its way back.

Folding decides only what counts as the same letter; what counts as a word is decided in `rules`.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

MARKS_IN_A_ROW = 30
"""More combining marks than this on one letter are dropped: the bound of UAX 15's stream-safe text.

Without it, 64 kB of marks in the wrong order take CPython's normalisation 3.4 s.
"""

_SPELT_ALIKE = {
    # Letters with a stroke have no decomposition, but people leave the stroke out as they do accents.
    "ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ƀ": "b", "ɨ": "i", "ı": "i", "æ": "ae", "œ": "oe",
    # Phones write typographic apostrophes and hyphens where the person who wrote the rule did not.
    "\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u2010": "-",
}  # fmt: skip

_ZERO_WIDTH_SPACE = "\u200b"  # of category Cf, but it separates (UAX 29)
_VARIATION_SELECTORS = re.compile("[\u180b-\u180d\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_RUNS = re.compile(r"[\x00-\x7f]+|[^\x00-\x7f]")
_FOLDED_ASCII = bytes(32 if chr(octet).isspace() else ord(chr(octet).lower()) for octet in range(128)).ljust(
    256
)


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text and where each of its characters came from.

    original: the text in NFC. offsets: for each folded character, and for the end, the index in
    `original`; None where the two are as long as each other.
    """

    text: str
    original: str
    offsets: Sequence[int] | None

    def original_slice(self, start: int, end: int) -> str:
        """What stood in the original where the folded text has [start:end]."""
        if self.offsets is not None:
            start, end = self.offsets[start], self.offsets[end]
        return self.original[start:end]


def to_nfc(text: str) -> str:
    """NFC without lone surrogates, in linear time; same length where the text was NFC already."""
    if text.isascii():
        return text
    text = text.encode("utf-8", "replace").decode("utf-8")
    if unicodedata.is_normalized("NFC", text):
        return text
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= MARKS_IN_A_ROW:
            kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept))


def folded_ascii(octets: bytes, left_out: bytes = b"") -> str:
    """ASCII as it is compared. left_out: octets that are no part of it."""
    return octets.translate(_FOLDED_ASCII, left_out).decode("ascii")


@lru_cache(maxsize=4)  # one message is asked many patterns, of subject and body in turn
def fold(text: str) -> Folded:
    """Text as it is compared. Every white space becomes one space of its own. Linear time.

    Marks are dropped where they are accents (Latin, Greek, Cyrillic) and where they stand on no
    letter or digit; they stay where they are part of the spelling.
    """
    if text.isascii():
        return Folded(folded_ascii(text.encode("ascii")), text, None)
    original = to_nfc(text)
    pieces: list[str] = []
    offsets = array("I")
    base = " "  # the last folded character that is no mark
    for run in _RUNS.finditer(original):
        start, piece = run.start(), run.group()
        if piece.isascii():
            pieces.append(folded_ascii(piece.encode("ascii")))
            offsets.extend(range(start, run.end()))
            base = pieces[-1][-1]
            continue
        for character in _fold_character(piece):
            if _is_mark(character):
                if _is_accent_on(base):
                    continue
            else:
                if pieces and "\u1161" <= character <= "\u11c2":  # a vowel or final of Hangul
                    syllable = unicodedata.normalize("NFC", pieces[-1] + character)
                    if len(syllable) == 1:
                        pieces[-1] = base = syllable
                        continue
                base = character
            pieces.append(character)
            offsets.append(start)
    offsets.append(len(original))
    return Folded("".join(pieces), original, offsets)


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    if character.isspace() or character == _ZERO_WIDTH_SPACE:
        return " "
    if unicodedata.category(character) == "Cf" or _VARIATION_SELECTORS.match(character):
        return ""  # soft hyphens, joiners, direction marks: nobody sees them
    if "\uac00" <= character <= "\ud7a3":
        return character  # a Hangul syllable is one letter, not the jamo that it decomposes into
    folded = unicodedata.normalize("NFKD", character.casefold())
    folded = unicodedata.normalize("NFKD", folded.casefold())
    return "".join(_SPELT_ALIKE.get(letter, letter) for letter in folded)


def _is_mark(character: str) -> bool:
    return not character.isascii() and unicodedata.category(character)[0] == "M"


@lru_cache(maxsize=4096)
def _is_accent_on(base: str) -> bool:
    if unicodedata.category(base)[0] not in "LN":
        return True  # on nothing that it could change
    return unicodedata.name(base, "").startswith(("LATIN ", "GREEK ", "CYRILLIC "))
