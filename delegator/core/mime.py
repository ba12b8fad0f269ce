"""The structure of a mail as slices of its own octets (RFC 2045, 2046), nothing re-serialised.

A part's `header` and `body` are exactly the octets that stood in the mail, so that what is passed
on is what came. Bounds: depth 50, 500 parts; beyond them a part has no children and a defect.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """One MIME entity. A leaf's `body` is still in its content-transfer-encoding."""

    header: bytes  # the field lines with their line ends; without the empty line after them
    body: bytes  # all octets after the empty line, up to (not with) the line end before the boundary
    content_type: str  # "type/subtype", lower case; the default that applies where none is stated
    parameters: Mapping[str, str]  # of Content-Type: lower-case names, RFC 2231 decoded values
    encoding: str  # content-transfer-encoding, lower case; "7bit" where none is stated
    disposition: str  # "attachment", "inline" or ""
    filename: str  # decoded, one line, without path; "" if none
    content_id: str  # without angle brackets; "" if none
    children: tuple[Part, ...]  # of multipart/*; () for leaves and for message/rfc822
    defects: tuple[str, ...]

    def walk(self) -> Iterator[Part]:
        """This part and all below it, depth first, in order."""
        stack = [self]
        while stack:
            part = stack.pop()
            yield part
            stack.extend(reversed(part.children))


def parse_structure(octets: bytes) -> Part:
    """A mail to its tree of parts. Never raises; linear in len(octets)."""
    raise NotImplementedError


def header_fields(header: bytes) -> list[tuple[str, bytes]]:
    """Field names as written and raw values, unfolded (RFC 5322 section 2.2.3), in order.

    A value longer than 4 kB is cut; fields beyond 64 kB of header are left out.
    """
    raise NotImplementedError


def decode_field(value: bytes) -> str:
    """A raw field value to text: encoded words (RFC 2047), else UTF-8, else cp1252.

    One line, NFC, without control characters. Never raises, linear time.
    """
    raise NotImplementedError


def decode_body(part: Part, limit: int | None = None) -> bytes:
    """A leaf's octets with the transfer encoding undone. Never raises; limit: at most so many octets."""
    raise NotImplementedError


def decode_text(part: Part, limit: int) -> str:
    """A text leaf as text of at most `limit` characters: declared charset, then UTF-8, then cp1252."""
    raise NotImplementedError
