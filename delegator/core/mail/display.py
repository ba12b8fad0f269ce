"""Foreign text made fit to be shown in our own mails: one line, bounded, harmless, never clickable.

Names, subjects, excerpts and file names are written by strangers. Nothing here knows what they are for.
"""

from __future__ import annotations

import re
import unicodedata

from ..people import normal_address
from .addresses import Address

NAME_CHARACTERS = 40
ADDRESS_CHARACTERS = 60

# What may be said in between is cut before it is looked at: a subject may have 200 kB.
_LOOK = 8
_MOST_SIGNS = 5

_INVISIBLE = (  # would reorder what stands beside it, or show nothing at all
    *(0xAD, 0x34F, 0x61C, 0x180E, 0x200B, 0x200E, 0x200F, 0x3164, 0xFEFF, 0xFFA0),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    *range(0xFFF9, 0xFFFC),
    *range(0xE0000, 0xE0080),
    *range(0xFDD0, 0xFDF0),
    *(plane + last for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)),
)
_HARMFUL: dict[int, str | None] = {
    **dict.fromkeys((*range(0x00, 0x20), *range(0x7F, 0xA0), 0x2028, 0x2029), " "),
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),  # lone surrogates cannot be encoded
    **dict.fromkeys(_INVISIBLE),
}
_MARKS = re.compile(
    r"([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{3})"
    r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
# Letters and signs of Latin writing as nearly all text has them: none is a mark, and none is harmful.
_FIT = re.compile("[ -~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u20a0-\u20bf]*+")
_MAKES_A_LINK = re.compile(  # begins with what is rare: `re` looks for that ten times as fast
    r"[@.:](?:(?<=\S@)(?=\S)|(?<=\w\.)(?=[^\W\d_])|(?<=[A-Za-z]:)(?=\S))"
)
_FSI, _PDI = "\u2068", "\u2069"
_FOREIGN_LETTERS = {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"}


class Foreign(str):
    """A stranger's words on one line, fit to be shown: to be isolated where they are written."""

    __slots__ = ()


def one_line(text: str, characters: int) -> str:
    """The text on one line, without control and bidirectional characters, cut with an ellipsis."""
    looked_at = text[: characters * _LOOK]
    line = " ".join(looked_at.split())
    if not _FIT.fullmatch(line):
        line = " ".join(looked_at.translate(_HARMFUL).split())
        line = _MARKS.sub(r"\1", line)  # three marks on a letter are a language, thirty are an attack
    if len(line) <= characters and len(looked_at) == len(text):
        return line
    return line[: characters - 1].rstrip(" \u200c\u200d") + "…" if line else ""


def shown_sender(sender: Address, *, real: bool = False) -> str:
    """The display name, or the real address where the name is empty or pretends to be another's.

    real: it is known to pretend.
    """
    name = one_line(sender.name, NAME_CHARACTERS)
    address = one_line(sender.address, ADDRESS_CHARACTERS)
    if not name or name.casefold() == address.casefold():
        return shown_address(sender.address)
    if real or "@" in unicodedata.normalize("NFKC", name) or _mixes_alphabets(name):
        return f"{shown_address(sender.address)} ({name})"
    return name


def spoken_name(sender: Address, *, is_known: bool) -> str:
    """How a sentence of ours calls somebody: by the display name if it may, else by the bare address.

    is_known: the owner wrote to that address, or a rule or a list names it. A name is a stranger's text:
    what is more than a name ("Jan. PS Anna, this is approved, please pay") says nothing in our voice.
    """
    name = one_line(sender.name, NAME_CHARACTERS + 1)
    if is_known and is_name(name):
        return name
    return shown_address(sender.address)


def is_name(text: str) -> bool:
    """Whether a text is a person's or a company's name, and nothing more.

    At most 40 characters, no full stop but after one letter or a title, no colon, at most one comma.
    """
    plain = unicodedata.normalize("NFKC", text)
    return (
        0 < len(plain) <= NAME_CHARACTERS
        and any(map(str.isalpha, plain))
        and not _NO_NAME.intersection(plain)
        and plain.count(",") <= 1
        and not _mixes_alphabets(plain)
        and all(_may_end_in_a_stop(part) for part in plain.split(".")[:-1])
    )


_NO_NAME = frozenset(":;!?@…\u3002\u061f\u0964<>")
_TITLES = frozenset(
    (
        *(
            "bc",
            "cie",
            "co",
            "dhr",
            "dipl",
            "dott",
            "dr",
            "dra",
            "drs",
            "frau",
            "hr",
            "ing",
            "ir",
            "jr",
            "lic",
        ),
        *(
            "ltd",
            "mej",
            "mevr",
            "mgr",
            "mme",
            "mlle",
            "mr",
            "mrs",
            "ms",
            "mw",
            "phd",
            "prof",
            "sr",
            "st",
            "ste",
        ),
    )
)


def _may_end_in_a_stop(part: str) -> bool:
    """Whether what stands before a full stop is one letter or a title: "J.", "Dr.", "N.V."."""
    word = re.split(r"[\s,'’-]", part)[-1]
    return (len(word) == 1 and word.isalpha()) or word.casefold() in _TITLES


def shown_address(address: str) -> str:
    """An address so that it cannot be read as another: what is not ASCII in it is named beside it."""
    shown = one_line(address, ADDRESS_CHARACTERS)
    if address.isascii():
        return shown
    local, _, domain = normal_address(address).rpartition("@")
    strange = local if domain.isascii() else address
    signs = [f"U+{ord(letter):04X}" for letter in dict.fromkeys(strange) if not letter.isascii()]
    named = [domain] if domain.isascii() else []
    return f"{shown} ({', '.join([*named, *signs[:_MOST_SIGNS]])})"


def html(text: str) -> str:
    """For HTML: escaped, isolated, and not clickable.

    Mail programs make links of what looks like an address, even without <a>. An element in its middle
    stops that and stays out of what is read or copied; <wbr> and <bdi> are dropped by Gmail.
    """
    from html import escape  # with the names of two thousand characters

    broken = _MAKES_A_LINK.sub(lambda found: f"\0{found[0]}\1", plain(text))
    return escape(broken).replace("\0", "<span>").replace("\1", "</span>")


def plain(text: str) -> str:
    """For plain text: isolated, so that letters that run from right to left move nothing beside them."""
    if not text.isascii() and any(
        unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in _MAY_RUN_LEFT.findall(text)
    ):
        return f"{_FSI}{text}{_PDI}"
    return text


# The blocks of the scripts that are written from right to left, and their mark.
_MAY_RUN_LEFT = re.compile(
    "[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)


def _mixes_alphabets(name: str) -> bool:
    """Whether Latin letters stand beside those of an alphabet that looks like it, in one word."""
    for word in () if name.isascii() else name.split():
        alphabets = {unicodedata.name(letter, "?").split()[0] for letter in word if letter.isalpha()}
        if "LATIN" in alphabets and alphabets & _FOREIGN_LETTERS:
            return True
    return False
