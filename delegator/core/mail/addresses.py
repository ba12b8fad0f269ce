"""Address fields (RFC 5322 section 3.4) to addresses, so that no display name can pass for one.

A linear scanner of our own: the library's returns `boss@corp.example` for
`boss@corp.example <a@evil.example>` before Python 3.11.10. Encoded words are decoded only after
the field has been taken apart, so what they say never becomes an address beside a real one; where a
broken mailer has encoded the only one, `read_addresses` says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from .decoding import decode_octets, decode_words, is_invisible, one_line

MAX_ADDRESSES = 1000
MAX_NAME = 200
"""Characters of a display name that are kept."""
FIELD_OCTETS = 64 * 1024


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox of an address field (RFC 5322 section 3.4).

    name: the display name, decoded, on one line, without control characters; may be "".
    address: the addr-spec as written, without white space (but for a quoted local part's own) and what
    mailers put around it (`mailto:`, quotes, a dot behind it), with U+FFFD for characters that show
    nothing; never "", always with an "@". A malformed one is kept, so that it is counted and matches
    nothing.
    """

    name: str
    address: str


# An encoded word is one token, whatever specials it holds. Possessive: a failure costs one pass.
_TOKEN = re.compile(
    r"""(?P<space>\s+)
    | (?P<word>=\?[^?\s]{1,60}\?[bBqQ]\?[^?\s]*+\?=)
    | (?P<literal>\[[^\[\]\s<>]{0,255}\])
    | (?P<atom>[^\s"()<>\[\],:;=]+|=|\[|\])
    | (?P<special>["()<>,:;])""",
    re.VERBOSE,
)


@dataclass(slots=True)
class _Chunk:
    """Tokens without white space between them. at_signs: those outside quotes and encoded words."""

    tokens: list[str]
    shown: list[str]  # as a display name shows them: quotes undone
    at_signs: int
    can_join: bool = True  # no white space or comment since: the next token belongs to it


_SPEC = r"[A-Za-z0-9_+-]++(?:[.][A-Za-z0-9_+-]++)*+@[A-Za-z0-9-]++(?:[.][A-Za-z0-9-]++)*+"
# One mailbox as nearly all are written: "Jan De Smet <jan@acme.example>", and what says as little.
_USUAL = re.compile(
    r"(?=.{1,200}\Z)"
    r"(?:(?:([A-Za-z0-9._'&/+-]++(?: [A-Za-z0-9._'&/+-]++)*+)"
    r'|"([A-Za-z0-9._\'&/+,-]++(?: [A-Za-z0-9._\'&/+,-]++)*+)")? ?'
    rf"<({_SPEC})>|({_SPEC}))"
)


def parse_addresses(raw: bytes) -> tuple[Address, ...]:
    """The addresses in an address field's raw value, in order, at most 1000. Never raises; linear."""
    return (_parse if len(raw) > _USUAL_OCTETS else _parse_usual)(raw)


def _parse(raw: bytes) -> tuple[Address, ...]:
    text = decode_octets(raw[:FIELD_OCTETS], None)
    if usual := _USUAL.fullmatch(text):
        return (Address(usual[1] or usual[2] or "", usual[3] or usual[4]),)
    scanner = _Scanner(text)
    scanner.run()
    return tuple(scanner.found[:MAX_ADDRESSES])


_USUAL_OCTETS = 200
_parse_usual = lru_cache(maxsize=512)(_parse)  # most mail is from a few people, and to one


def read_addresses(values: Sequence[bytes]) -> tuple[tuple[Address, ...], bool]:
    """The addresses of all fields of one name, and whether their domains stand there in clear.

    Some mailers encode the address along with the name, all of it or its local part, which no standard
    allows (RFC 2047 section 5). Where that leaves no other address, what it says is one. A domain in
    clear is one that the servers on the way have seen, and may have authenticated.
    """
    raw = b",".join(values)
    plain = parse_addresses(raw)
    if b"=?" not in raw:
        return plain, True
    sound = tuple(address for address in plain if "=?" not in address.address)
    if sound and len(sound) == len(plain):
        return plain, True
    decoded = parse_addresses(_decoded(raw).encode("utf-8", "replace"))
    if len(plain) == len(decoded) == 1:
        return decoded, _domain(plain[0]) == _domain(decoded[0])
    return sound or decoded, False


def _decoded(raw: bytes) -> str:
    return one_line(decode_words(decode_octets(raw[:FIELD_OCTETS], None)))


def _domain(address: Address) -> str:
    return address.address.rpartition("@")[2].lower()


class _Scanner:
    """Reads a field once from left to right; `chunks` is the mailbox that is being read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: list[Address] = []
        self.chunks: list[_Chunk] = []
        self.angle: list[str] | None = None  # what stands in an open <...>
        self.had_angle = False  # this mailbox already had its <...>
        self.comment = ""  # the last one of this mailbox
        self.quotes_close = self.comments_close = True  # until one did not

    def run(self) -> None:
        at = 0
        while at < len(self.text) and len(self.found) < MAX_ADDRESSES:
            match = _TOKEN.match(self.text, at)
            if match is None:  # cannot be: every character is in one of the classes
                at += 1
                continue
            token, kind, at = match[0], match.lastgroup, match.end()
            if kind == "space":
                self.part()
            elif kind == "special":
                at = self.special(token, at)
            elif kind == "literal" and _MAILTO.match(token[1:]) and self.angle is None and not self.had_angle:
                self.angle = [token[1:-1]]  # "Jan [mailto:jan@acme.example]", as Outlook writes it
                self.close_angle()
            else:
                self.add(token, token, token.count("@") if kind == "atom" else 0)
        self.end_mailbox()

    def special(self, token: str, at: int) -> int:
        """Handle a special; return where reading goes on."""
        if token == '"':
            end = _closing_quote(self.text, at) if self.quotes_close else -1
            if end < 0:
                self.quotes_close = False  # nor is there one further on: a plain character
                self.add(token, token, 0)
                return at
            content = self.text[at:end]
            shown = re.sub(r"\\(.)", r"\1", content, flags=re.DOTALL)
            self.add(f'"{content}"', shown, 0)
            return end + 1
        if token == "(":
            end = _closing_comment(self.text, at) if self.comments_close else -1
            if end < 0:
                self.comments_close = False
                self.add(token, token, 0)
                return at
            self.part()
            self.comment = self.text[at : end - 1]
            return end
        if token == "<":
            if self.angle is not None:
                self.close_angle()
            elif self.had_angle:
                self.end_mailbox()
            self.angle = []
        elif token == ">":
            if self.angle is not None:
                self.close_angle()
        elif self.angle is not None:
            # A colon ends an obsolete route, which holds commas (RFC 5322 section 4.4).
            is_route = bool(self.angle) and self.angle[0].startswith("@")
            if token == ":" and is_route:
                self.angle = []
            elif token == ":" or (token == "," and is_route):
                self.angle.append(token)
            else:
                self.close_angle()  # its > is missing
                self.end_mailbox()
        elif token == ":":
            self.chunks, self.had_angle = [], False  # the name of a group; its members follow
        elif token == ")":
            self.add(token, token, 0)
        else:
            self.end_mailbox()
        return at

    def add(self, token: str, shown: str, at_signs: int) -> None:
        if self.angle is not None:
            self.angle.append(token)
            return
        last = self.chunks[-1] if self.chunks else None
        if last and (last.can_join or last.tokens[-1].endswith("@") or _continues(token, last)):
            last.tokens.append(token)
            last.shown.append(shown if last.can_join else f" {shown}")
            last.at_signs += at_signs
            last.can_join = True
        else:
            self.chunks.append(_Chunk([token], [shown], at_signs))

    def part(self) -> None:
        """White space or a comment: the next token begins a new chunk."""
        if self.chunks:
            self.chunks[-1].can_join = False

    def close_angle(self) -> None:
        address = _bare("".join(self.angle or []))
        name = _joined(self.chunks)
        self.chunks, self.angle, self.had_angle = [], None, True
        if _is_address(address):
            self.found.append(Address(_display_name(name), address))

    def end_mailbox(self) -> None:
        if self.angle is not None:
            self.close_angle()
        before = len(self.found)
        # Without <...> every chunk with an @ counts: two of them are two addresses, never a choice.
        candidates = [chunk for chunk in self.chunks if chunk.at_signs]
        for chunk in candidates:
            address = _bare("".join(chunk.tokens))
            name = ""
            if len(candidates) == 1 and not self.had_angle:
                name = _joined(self.chunks[: self.chunks.index(chunk)])
            if _is_address(address):
                self.found.append(Address(_display_name(name), address))
        if (
            self.comment
            and self.found
            and not self.found[-1].name
            and (self.had_angle or len(self.found) > before)
        ):
            # "jan@acme.example (Jan De Smet)": how a name was written before RFC 822.
            name = re.sub(r"\\(.)", r"\1", self.comment[: 20 * MAX_NAME])
            self.found[-1] = Address(_display_name(name), self.found[-1].address)
        self.chunks, self.had_angle, self.comment = [], False, ""


_MAILTO = re.compile(r"(?:mailto:|smtp:)+", re.IGNORECASE)  # "SMTP:" is Exchange's


def _bare(address: str) -> str:
    """An address without what mailers put around it."""
    address = _spec(address)
    if match := _MAILTO.match(address):
        address = address[match.end() :].partition("?")[0]
    for quote in ("'", '"'):
        if len(address) > 2 and address[0] == address[-1] == quote and '"' not in address[1:-1]:
            address = address[1:-1]
    return address.rstrip(".") if "@" in address else address


def _continues(token: str, chunk: _Chunk) -> bool:
    """Whether `a @b` goes on: white space around the @ is obsolete syntax (RFC 5322 section 4.4)."""
    return token.startswith("@") and not chunk.at_signs


def _joined(chunks: list[_Chunk]) -> str:
    return " ".join("".join(chunk.shown) for chunk in chunks)


def _spec(text: str) -> str:
    """An addr-spec as it is delivered: nothing is composed, and what shows nothing is shown as U+FFFD.

    So an address with a soft hyphen in it never becomes, nor looks like, the one without.
    """
    if text.isascii() and text.isprintable():
        return text.strip(" ")
    text = " ".join(text.translate(_BLANKS).split(" ")).strip(" ")
    return "".join("\ufffd" if is_invisible(character) else character for character in text)


_BLANKS = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), " ")


def _is_address(address: str) -> bool:
    local, _, domain = address.rpartition("@")
    return bool(local and domain)


def _display_name(name: str) -> str:
    return one_line(decode_words(name[: 20 * MAX_NAME]))[:MAX_NAME]


def _closing_quote(text: str, at: int) -> int:
    """Where the quoted string that opened before `at` closes, or -1."""
    while True:
        quote = text.find('"', at)
        if quote < 0:
            return -1
        escapes = 0
        while quote - escapes > at and text[quote - escapes - 1] == "\\":
            escapes += 1
        if escapes % 2 == 0:
            return quote
        at = quote + 1


_COMMENT_SPECIAL = re.compile(r"\\.|[()]", re.DOTALL)


def _closing_comment(text: str, at: int) -> int:
    """Where reading goes on after the comment that opened before `at`, or -1. Comments nest."""
    depth = 1
    for match in _COMMENT_SPECIAL.finditer(text, at):
        if match[0] == "(":
            depth += 1
        elif match[0] == ")":
            depth -= 1
            if not depth:
                return match.end()
    return -1
