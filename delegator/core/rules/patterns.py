"""Patterns for addresses and for words, as they are written in rules.yaml. Each runs in linear time."""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ..mail.fold import fold, to_nfc
from ..people import ascii_domain, is_in_domain, normal_address, unicode_domain

MATCH_CHARACTERS = 200
"""How much of the text that matched is kept."""

# The prolonged sound mark is no Katakana to Unicode (it serves Hiragana too), but never ends a word.
_SOUND_MARKS = "\u3099\u309a"  # they make another letter of the kana before them
_SPACELESS = (
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\x{30FC}" + _SOUND_MARKS + "]"
)


class PatternError(ValueError):
    """A pattern that cannot be compiled; str() says why, for a person."""


@dataclass(frozen=True, slots=True)
class AddressPattern:
    """One address, `@domain` with its subdomains, a glob, or a named list of addresses.

    Build with `compile_address` or, for a list, `address_list`. `accepts` takes an address in its
    `normal_address` form.
    """

    source: str  # as written: "@acme.example", or "list key-accounts"
    accepts: Callable[[str], bool] = field(compare=False, repr=False)
    members: frozenset[str] | None = field(default=None, repr=False)  # all it accepts, if those can be named
    list_name: str | None = None
    is_glob: bool = False
    domain: str | None = field(default=None, repr=False)  # of `@domain`, in `normal_address` form


@dataclass(frozen=True, slots=True)
class Keyword:
    """A keyword or phrase as it is looked for in folded text.

    words: folded, at least one. starts_open, ends_open: a star stands there.
    """

    words: tuple[str, ...]
    starts_open: bool = False
    ends_open: bool = False

    def find(self, text: str) -> tuple[int, int] | None:
        """Where it first stands in a folded text, with the letters that its stars stand for.

        Plain substring search: a compiled expression for each keyword takes a thousand times as long
        to make, and a quarter of a megabyte.
        """
        start = text.find(self.words[0])
        while start >= 0:
            end = self._end(text, start)
            if end is not None and self._is_apart(text, start, end):
                return self._widened(text, start, end)
            start = text.find(self.words[0], start + 1)
        return None

    def _end(self, text: str, start: int) -> int | None:
        """Where the words end that begin at `start`; None if the others do not follow the first."""
        end = start + len(self.words[0])
        for word in self.words[1:]:
            gap = end
            while text.startswith(" ", end):
                end += 1
            if end == gap or not text.startswith(word, end):
                return None
            end += len(word)
        return end

    def _is_apart(self, text: str, start: int, end: int) -> bool:
        """Whether it is cut out of no longer word, and of no letter with a mark behind it.

        A script without spaces beside a word separates as well as a space does.
        """
        first, last = self.words[0][0], self.words[-1][-1]
        if not self.starts_open and _can_be_cut(first) and start > 0 and _can_be_cut(text[start - 1]):
            return False
        after = text[end : end + 1]
        if _is_spaceless(last):
            return after not in _SOUND_MARKS or not after
        return self.ends_open or not (after and _can_be_cut(last) and _can_be_cut(after))

    def _widened(self, text: str, start: int, end: int) -> tuple[int, int]:
        """With the rest of the word at each end that is open."""
        if self.starts_open and _can_be_cut(self.words[0][0]):
            while start > 0 and _is_in_word(text[start - 1]):
                start -= 1
        if self.ends_open and _can_be_cut(self.words[-1][-1]):
            while end < len(text) and _is_in_word(text[end]):
                end += 1
        return start, end


@lru_cache(maxsize=4096)
def _is_in_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN"


@lru_cache(maxsize=4096)
def _is_spaceless(character: str) -> bool:
    """Whether it belongs to a script that writes words without spaces between them."""
    return not character.isascii() and _compile_expression(_SPACELESS).search(character) is not None


def _can_be_cut(character: str) -> bool:
    """Whether it may be part of a longer word that has ends: a letter, mark or digit with spaces around."""
    return _is_in_word(character) and not _is_spaceless(character)


@dataclass(frozen=True, slots=True)
class KeywordPattern:
    """A keyword, phrase, starred keyword or /regular expression/. Build with `compile_keyword`.

    `search` returns the text that matched as it stood in the text searched, or None.
    """

    source: str  # as written
    search: Callable[[str], str | None] = field(compare=False, repr=False)
    keyword: Keyword | None = field(default=None, compare=False, repr=False)  # None: an expression


_BETWEEN_ADDRESSES = re.compile(r"\s*[;,]\s*|\s+(?:[a-z]{2,4}\s+)?", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"[^<>]{0,200}<([^\s<>@]{1,64}@[^\s<>@]{1,255})>")


def _bare_address(written: str) -> str:
    """What to write instead of several addresses in one, or of one with its name."""
    if named := _IN_BRACKETS.fullmatch(written):
        return f"write {named[1]}"
    several = _BETWEEN_ADDRESSES.split(written)
    if len(several) > 1 and all(each.count("@") == 1 and not set(each) & set("<>") for each in several):
        return f"several stand in a list: [{', '.join(several)}]"
    return "leave out the name and the angle brackets"


def compile_address(source: str) -> AddressPattern:
    """An address pattern. Raises PatternError.

    A glob has `*`, `?` or, before the @, `[…]`; it is matched against the whole address, with the
    domain in either of its forms.
    """
    written = to_nfc(_whole(source)).strip()
    _refuse_curly_quotes(source, written)
    if not written:
        raise PatternError("an empty address; write one, or @domain for everyone there")
    if any(character.isspace() or character in "<>," for character in written):
        raise PatternError(f"{source!r} is not a bare address; {_bare_address(written)}")
    local, at, domain = written.rpartition("@")
    if written.startswith("@") and any(character in written for character in "*?"):
        within = written.removeprefix("@*.")
        meant = f"@{within}" if within != written and not set(within) & set("*?[") else f"*{written}"
        more = ", which takes its subdomains too" if meant.startswith("@") else ""
        raise PatternError(
            f"{source!r} can match nothing, since no address begins with @; write {meant}{more}"
        )
    if any(character in written for character in "*?") or "[" in local:
        return AddressPattern(source, _glob(written), is_glob=True)
    if not at:
        raise PatternError(
            f"{source!r} is not an address: it has no @; write @{written} for everyone in a domain, "
            "or a glob such as *news*"
        )
    if not domain.strip(".") or domain.startswith(".") or ".." in domain:
        raise PatternError(f"{source!r} is not an address: nothing that could be a domain stands after the @")
    typed = domain if domain.isascii() else ascii_domain(domain) or domain
    wanted = normal_address(f"{local}@{typed}")
    if local:
        return AddressPattern(source, wanted.__eq__, frozenset({wanted}))
    parent = wanted[1:]
    return AddressPattern(
        source, lambda address: is_in_domain(address.rpartition("@")[2], parent), domain=parent
    )


def address_list(name: str, addresses: frozenset[str]) -> AddressPattern:
    """A pattern that matches any of `addresses`; what matched is named as in `list NAME`."""
    members = frozenset(map(normal_address, addresses))
    return AddressPattern(f"list {name}", members.__contains__, members, name)


def compile_keyword(source: str) -> KeywordPattern:
    """A keyword pattern. Raises PatternError.

    A regular expression (RE2's syntax) is searched in the text as it was written, in NFC; it
    distinguishes case unless it says `(?i)`, and `^` is the start of the text unless it says `(?m)`.
    """
    written = _whole(source).strip()
    _refuse_curly_quotes(source, written)
    if len(written) > 1 and written.startswith("/") and written.endswith("/"):
        return KeywordPattern(source, _expression_search(source, to_nfc(written[1:-1])))
    if re.fullmatch(r"/.+/[gimsux]+", written):
        raise PatternError(f"{source!r}: flags stand in front, as in /(?i)offer/")
    keyword = _parse_keyword(source, written)

    def search(text: str) -> str | None:
        searched = fold(text)
        found = keyword.find(searched.text)
        return searched.original_slice(*found) if found else None

    return KeywordPattern(source, search, keyword)


def keywords_in(source: str) -> tuple[str, ...]:
    """The keywords that a phrase was plainly meant to be: "offerte or bestelling"; () for a phrase."""
    if source.strip().startswith("/"):
        return ()
    parts = [part.strip() for part in _SEVERAL.split(source)]
    is_plain = len(parts) > 1 and all(
        any(map(str.isalpha, part)) and len(part.split()) <= _WORDS_A_KEYWORD for part in parts
    )
    return tuple(parts) if is_plain else ()


_SEVERAL = re.compile(r"\s*[,;|]\s*|\s+(?:or|OR|oder|ODER|ou|OU|OF|en/of)\s+")  # "of" is English, too
_WORDS_A_KEYWORD = 3
_CURLY_QUOTES = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a"


def _refuse_curly_quotes(source: str, written: str) -> None:
    bare = written.strip(_CURLY_QUOTES).strip()
    if bare and written[:1] in _CURLY_QUOTES:
        raise PatternError(f'{source!r} has curly quotes, which no mail holds there; write "{bare}"')


def _whole(source: str) -> str:
    try:
        source.encode()
    except UnicodeEncodeError:
        raise PatternError(f"{source!r} holds half a character; write the whole one") from None
    return source


def _glob(written: str) -> Callable[[str], bool]:
    # fnmatch builds expressions that never go back on a star (linear in the address for each star).
    as_written = re.compile(fnmatch.translate(written.lower()))
    in_unicode = re.compile(fnmatch.translate(_unicode_domain(written.lower())))

    def accepts(address: str) -> bool:
        return bool(as_written.match(address) or in_unicode.match(_unicode_domain(address)))

    return accepts


def _unicode_domain(address: str) -> str:
    """An address with its domain in U-labels (RFC 5890), where that can be done."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{unicode_domain(domain)}" if "xn--" in domain else address


def _expression_search(source: str, expression: str) -> Callable[[str], str | None]:
    if not expression:
        raise PatternError(f"{source!r}: an empty regular expression; to match any text at all write /./")
    import re2  # many have no expression

    try:
        compiled = _compile_expression(expression)
    except re2.error as error:
        reason = error.args[0]
        if isinstance(reason, bytes):
            reason = reason.decode("utf-8", "replace")
        raise PatternError(f"{source!r} is not a regular expression in RE2's syntax: {reason}") from error

    def search(text: str) -> str | None:
        text = to_nfc(text)
        found = compiled.search(text)
        return text[found.start() : found.end()] if found else None

    return search


def _parse_keyword(source: str, written: str) -> Keyword:
    starts_open, ends_open = written.startswith("*"), written.endswith("*")
    bare = written.removeprefix("*").removesuffix("*")
    if not bare:
        if written:
            raise PatternError(f"{source!r}: a * needs letters beside it; to match any text at all write /./")
        raise PatternError("an empty keyword; write a word or a phrase")
    if "*" in bare:
        raise PatternError(
            f"{source!r}: a * stands only at the very beginning or end of a keyword; "
            r"for one in between write a regular expression, such as /offer\pL* nr/"
        )
    if bare != bare.strip():
        raise PatternError(f"{source!r}: a * stands against a word, without white space between them")
    words = tuple(fold(bare).text.split())
    if not words:
        raise PatternError(f"{source!r}: a keyword of invisible characters; write a word or a phrase")
    return Keyword(words, starts_open, ends_open)


@lru_cache(maxsize=1024)  # a thousand accounts have the same few expressions
def _compile_expression(expression: str) -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    return re2.compile(expression, options)
