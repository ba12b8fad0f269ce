"""A large mail read by its parts: which sections of it triage needs, and those sections as a mail.

A server tells the shape of a mail (BODYSTRUCTURE, RFC 9051 section 7.5.2) and gives each part by its
number. What is fetched of it is put together again as an abridged mail: its own header, the header of
every part, the texts and the mails within it, and of what is neither only the beginning. Whoever reads
that decides as if it had read the whole, because what is looked at of a part is bounded alike in both
(`mime.look_octets`).

The server's idea of a mail and ours may differ, of hostile and broken mail above all. Then, and where
the sizes do not add up, there is no abridgement, and the whole is to be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .mime import (
    MAX_DEPTH,
    MAX_PARTS,
    Part,
    boundary_of,
    header_length,
    is_mail,
    look_octets,
    parse_structure,
)

MOST_OCTETS = 16 * 1024 * 1024
"""A mail with more texts than that is read whole: it is not one that people write."""

_SLACK_OCTETS = 2 * 1024
"""What may stand before the parts and behind them: a preamble, an epilogue."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A part as the server tells of it. octets: of a leaf, in its transfer encoding.

    children: of a multipart. inner: of a message/rfc822, the body of that mail.
    """

    content_type: str  # lower case
    octets: int = 0
    children: tuple[Outline, ...] = ()
    inner: Outline | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """What a FETCH asks for: "1.2.MIME", "2.HEADER", the octets of "1.2", or of "", the mail itself.

    octets: at most. start: from which on.
    """

    name: str
    octets: int
    start: int = 0


@dataclass(frozen=True, slots=True)
class _Place:
    """A part, where its sections are. header: of the section with its fields; "" for the mail itself."""

    part: Outline
    body: str
    header: str


def header_sections(outline: Outline) -> tuple[Section, ...] | None:
    """The headers of all parts; None where there are too many, or they lie too deep."""
    places = list(_places(outline))
    if not 0 < len(places) <= MAX_PARTS or _depth(outline) > MAX_DEPTH:
        return None
    return tuple(Section(place.header, _HEADER_OCTETS) for place in places if place.header)


def body_sections(
    first: bytes, outline: Outline, sections: Mapping[str, bytes]
) -> tuple[Section, ...] | None:
    """What is needed of the bodies; None where the whole is to be read.

    first: the beginning of the mail. sections: the headers.
    """
    sketch = abridged(first, outline, sections)
    if sketch is None:
        return None
    parts = list(_all_parts(parse_structure(sketch)))
    if any(is_mail(part) or (_is_mail_type(part) and part.encoding not in _IDENTITIES) for part in parts):
        return None  # a mail that servers do not take apart, or not all alike
    leaves = [part for part in parts if not part.children and not _is_mail_type(part)]
    wanted = []
    for place, part in zip(_leaves(outline), leaves, strict=True):
        if octets := min(place.part.octets, look_octets(part)):
            wanted.append(Section(place.body, octets))
    return tuple(wanted) if sum(section.octets for section in wanted) <= MOST_OCTETS else None


def end_section(
    first: bytes, outline: Outline, sections: Mapping[str, bytes], size_octets: int
) -> Section | None:
    """What to look at to be sure that nothing stands behind the parts; None where the size says it.

    size_octets: of the whole mail, as the server says; some servers only guess it.
    """
    header = header_length(first) or 0
    body = _assembled(first[:header], outline, "", "1", sections) or b""
    left_out = sum(place.part.octets - len(sections.get(place.body, b"")) for place in _leaves(outline))
    expected = header + len(body) + left_out
    if abs(size_octets - expected) <= _SLACK_OCTETS:
        return None
    return Section("", 2 * _SLACK_OCTETS, start=max(0, expected - _SLACK_OCTETS))


def is_end(first: bytes, section: Section, octets: bytes | None) -> bool:
    """Whether a mail ends there, with the last delimiter of its parts if it has any."""
    boundary = boundary_of(first[: header_length(first) or 0])
    is_last = octets is not None and 0 < len(octets) < section.octets
    return is_last and octets is not None and (not boundary or b"--" + boundary + b"--" in octets)


def abridged(first: bytes, outline: Outline, sections: Mapping[str, bytes]) -> bytes | None:
    """The mail, abridged; None where the server and we do not see the same parts in it."""
    end = header_length(first)
    if end is None:
        return None  # its header is longer than what is there
    body = _assembled(first[:end], outline, "", "1", sections)
    if body is None:
        return None
    octets = first[:end] + body
    root = parse_structure(octets)
    return octets if _is_alike(root, outline) and _begins_alike(parse_structure(first), root) else None


_HEADER_OCTETS = 64 * 1024
_MAILS = ("message/rfc822", "message/global")
_IDENTITIES = ("7bit", "8bit", "binary")


def _places(outline: Outline, number: str = "", header: str = "") -> Iterator[_Place]:
    """The part and all below it, depth first, in order, with the numbers that IMAP gives them."""
    own = number or "1"
    yield _Place(outline, own, header)
    for count, child in enumerate(outline.children, 1):
        child_number = f"{number}.{count}" if number else str(count)
        yield from _places(child, child_number, f"{child_number}.MIME")
    if outline.inner is not None:
        # The body of a mail in a mail that is no multipart is its part 1 (RFC 9051 section 6.4.5).
        inner = own if outline.inner.children else f"{own}.1"
        yield from _places(outline.inner, inner, f"{own}.HEADER")


def _leaves(outline: Outline) -> Iterator[_Place]:
    return (place for place in _places(outline) if not place.part.children and place.part.inner is None)


def _all_parts(root: Part) -> Iterator[Part]:
    """The parts of a mail and of the mails in it, in order."""
    for part in root.walk():
        yield part
        if _is_mail_type(part):
            yield from _all_parts(parse_structure(part.body))


def _is_mail_type(part: Part) -> bool:
    return part.content_type in _MAILS and not part.children


def _depth(outline: Outline) -> int:
    below = [*outline.children, *([outline.inner] if outline.inner else [])]
    return 1 + max(map(_depth, below), default=0)


def _assembled(
    header: bytes, outline: Outline, number: str, body: str, sections: Mapping[str, bytes]
) -> bytes | None:
    """The body of a part whose header this is, abridged."""
    if outline.inner is not None:
        inner_header = sections.get(f"{body}.HEADER")
        if inner_header is None:
            return None
        inner_header = _ended(inner_header)
        inner = body if outline.inner.children else f"{body}.1"
        said = _assembled(inner_header, outline.inner, inner, inner, sections)
        return None if said is None else inner_header + said
    if not outline.children:
        return sections.get(body, b"")
    boundary = boundary_of(header)
    if not boundary or outline.children == (Outline("text/plain"),):
        return None  # what Dovecot tells of a multipart without any part
    pieces = []
    for count, child in enumerate(outline.children, 1):
        child_number = f"{number}.{count}" if number else str(count)
        child_header = sections.get(f"{child_number}.MIME")
        if child_header is None:
            return None
        child_header = _ended(child_header)
        said = _assembled(child_header, child, child_number, child_number, sections)
        if said is None:
            return None
        pieces.append(b"--" + boundary + b"\r\n" + child_header + said + b"\r\n")
    return b"".join((*pieces, b"--", boundary, b"--\r\n"))


def _ended(header: bytes) -> bytes:
    """A header with the empty line after it, which some servers leave out."""
    if header.endswith((b"\r\n\r\n", b"\n\n")) or header in (b"\r\n", b"\n"):
        return header
    return header + (b"\r\n" if header.endswith(b"\n") or not header else b"\r\n\r\n")


def _begins_alike(first: Part, whole: Part) -> bool:
    """Whether the parts at hand are those that the server tells of; the last may have been cut."""
    if whole.children and not first.children:
        return False  # we see no delimiter where the server sees some
    parts, others = list(first.walk())[:-1], list(whole.walk())
    return len(parts) <= len(others) and all(
        (part.content_type, part.header) == (other.content_type, other.header)
        for part, other in zip(parts, others, strict=False)
    )


def _is_alike(part: Part, outline: Outline) -> bool:
    """Whether we read the abridged mail as the server reads the whole, and find nothing wrong with it."""
    if part.defects or part.content_type != outline.content_type:
        return False
    if outline.inner is not None:
        return part.content_type in _MAILS and _is_alike(parse_structure(part.body), outline.inner)
    if part.content_type in _MAILS or len(part.children) != len(outline.children):
        return False
    return all(map(_is_alike, part.children, outline.children))
