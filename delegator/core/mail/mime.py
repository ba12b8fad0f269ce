"""The structure of a mail as slices of its own octets (RFC 2045, 2046), nothing re-serialised.

A part's `header` and `body` are exactly the octets that stood in the mail, so that what is passed
on is what came. Bounds: depth 50, 500 parts; beyond them a part has no children and a defect.

How octets become text (character sets, encoded words) is in `text`; what a mail means is in `message`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from .decoding import (
    base64_drops,
    base64_octets,
    decode_octets,
    decode_words,
    is_no_base64,
    one_line,
    quoted_printable_octets,
    several_lines,
    uuencoded_octets,
)

MAX_DEPTH = 50
MAX_PARTS = 500
HEADER_OCTETS = 64 * 1024
"""How much of a header is parsed. Real ones stay under 20 kB."""
FIELD_OCTETS = 4 * 1024
"""How much of one field is decoded; nobody reads a longer subject."""

MISSING_END = "a multipart has no end boundary"
NO_PARTS = "a multipart has no parts"

# Whether a long header ends is decided within this window, so that a mail and its first
# 128 kB (`message.TRIAGE_OCTETS`) are always split at the same place.
HEADER_WINDOW = 128 * 1024
_STEP_OCTETS = 256 * 1024  # a tenth of a millisecond
_MAX_BOUNDARY = 1000  # RFC 2046 says 70; a field holds no more than this in practice
_MAX_PARAMETERS = 100
_MAX_FILENAME = 255

_DELIMITER_END = re.compile(rb"(--)?[ \t\r]*(?=\n|\Z)")
_EMPTY_LINE = re.compile(rb"\n(\r?\n)")
_BLANK_LINE = re.compile(rb"\n[ \t]+\r?\n(?=[^ \t\r\n])(?![!-9;-~]+[ \t]*:)")
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:")
_NO_FIELD = re.compile(rb"^(?=[^ \t\r\n])(?![!-9;-~]+[ \t]*:)", re.MULTILINE)
_TYPE = re.compile(rb"\s*([!#$%&'*+\-.^_`{|}~0-9A-Za-z]+)\s*/\s*([!#$%&'*+\-.^_`{|}~0-9A-Za-z]+)")
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`{|}~0-9A-Za-z]+")
_PARAMETER_NAME = re.compile(rb"([!#$%&'*+\-.^_`{|}~0-9A-Za-z]+)[ \t]*=[ \t]*")
_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*+)("|\\?\Z)', re.DOTALL)
_UNQUOTED = re.compile(rb"[^;\s]*")
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
_ENCODINGS = ("7bit", "8bit", "binary", "base64", "quoted-printable")


class Part(NamedTuple):
    """One MIME entity. A leaf's `body` is still in its content-transfer-encoding."""

    content_type: str  # "type/subtype", lower case; the default that applies where none is stated
    parameters: Mapping[str, str]  # of Content-Type: lower-case names, RFC 2231 decoded values
    encoding: str  # content-transfer-encoding, lower case; "7bit" where none is stated
    disposition: str  # "attachment", "inline" or ""
    filename: str  # decoded, one line, without path; "" if none
    content_id: str  # without angle brackets; "" if none
    header: bytes  # the field lines with their line ends; without the empty line after them
    fields: Fields  # of the header
    children: tuple[Part, ...]  # of multipart/*; () for leaves and for message/rfc822
    defects: tuple[str, ...]
    mail: bytes  # the whole mail; a nested body is not copied at every level
    body_from: int  # where in `mail` the body starts
    body_until: int  # where in `mail` it ends, exclusive

    @property
    def body(self) -> bytes:
        """All octets after the empty line, up to (not with) the line end before the boundary."""
        return self.mail[self.body_from : self.body_until]

    @property
    def body_octets(self) -> int:
        """len(body), without making it."""
        return self.body_until - self.body_from

    def walk(self) -> Sequence[Part]:
        """This part and all below it, depth first, in order."""
        if not self.children:
            return (self,)
        parts, stack = [], [self]
        while stack:
            part = stack.pop()
            parts.append(part)
            stack.extend(reversed(part.children))
        return parts


def parse_structure(octets: bytes) -> Part:
    """A mail to its tree of parts. Never raises; linear in len(octets)."""
    parser = _Parser(octets)
    return parser.part(_first_field(parser.octets), len(octets), "text/plain", 0)


def _first_field(octets: bytes) -> int:
    """Where the header starts: after a byte order mark, and an mbox's separator that was left on."""
    start = 3 if octets.startswith(b"\xef\xbb\xbf") else 0
    if octets.startswith((b"From ", b">From "), start):
        start = octets.find(b"\n", start) + 1 or len(octets)
    return start


def is_lined_by_cr(octets: bytes) -> bool:
    """Whether lines end in a bare CR, as on old Macs: looked for in so much that a prefix says the same."""
    return octets.find(b"\n", 0, HEADER_WINDOW) < 0 and octets.find(b"\r", 0, HEADER_WINDOW) >= 0


class _Parser:
    """One mail on its way to a tree. Recursion is bounded by MAX_DEPTH."""

    def __init__(self, octets: bytes) -> None:
        self.mail = octets
        # Line ends are looked for in `octets`, slices are taken of `mail`; both are equally long.
        self.octets = octets.replace(b"\r", b"\n") if is_lined_by_cr(octets) else octets
        self.parts = 0

    def part(self, start: int, end: int, default_type: str, depth: int) -> Part:
        self.parts += 1
        defects: list[str] = []
        header_end, body_start = _split_header(self.octets, start, end)
        header = self.mail[start:header_end]
        if header_end == body_start < end and header_end > start:
            defects.append("no empty line after the header")
        if header_end - start > HEADER_OCTETS:
            defects.append("the header is longer than 64 kB")
        fields = fields_of(header)
        if not fields.is_sound and _NO_FIELD.search(
            self.octets, start, min(header_end, start + HEADER_OCTETS)
        ):
            defects.append("a header line is no field")

        kind = _kind_of(fields, default_type)
        defects += kind.defects
        children: tuple[Part, ...] = ()
        if kind.content_type.startswith("multipart/"):
            children = self.children(body_start, end, kind, depth, defects)
        return Part(
            kind.content_type,
            kind.parameters,
            kind.encoding,
            kind.disposition,
            kind.filename,
            kind.content_id,
            header,
            fields,
            children,
            tuple(defects),
            self.mail,
            body_start,
            end,
        )

    def children(
        self,
        start: int,
        end: int,
        kind: _Kind,
        depth: int,
        defects: list[str],
    ) -> tuple[Part, ...]:
        boundary = kind.parameters.get("boundary", "").rstrip().encode("utf-8", "replace")
        if not boundary or len(boundary) > _MAX_BOUNDARY:
            defects.append("a multipart states no boundary")
            return ()
        if depth >= MAX_DEPTH:
            defects.append("parts are nested deeper than 50")
            return ()
        default_type = "message/rfc822" if kind.content_type == "multipart/digest" else "text/plain"
        found: list[Part] = []
        for part_start, part_end in self.slices(start, end, boundary, defects):
            if self.parts >= MAX_PARTS:
                defects.append("there are more than 500 parts")
                break
            found.append(self.part(part_start, part_end, default_type, depth + 1))
        if not found:
            defects.append(NO_PARTS)
        return tuple(found)

    def slices(self, start: int, end: int, boundary: bytes, defects: list[str]) -> Iterator[tuple[int, int]]:
        """Where each body part starts and ends (RFC 2046 section 5.1.1)."""
        # The header before a body ends in a line feed, so the first delimiter is found like all others.
        # A delimiter is a whole line: "--b" is none in "--bc".
        # Not one expression: each mail has a boundary of its own, and to compile it costs more than to look.
        delimiter = b"\n--" + boundary
        part_start: int | None = None
        found_at = self._find(delimiter, max(0, start - 1), end)
        while found_at >= 0:
            match = _DELIMITER_END.match(self.octets, found_at + len(delimiter), end)
            if match is None:
                found_at = self._find(delimiter, found_at + 1, end)
                continue
            if part_start is not None:
                part_end = found_at
                if self.octets[part_end - 1 : part_end] == b"\r":
                    part_end -= 1
                yield part_start, max(part_start, part_end)
            if match[1]:
                return
            part_start = min(match.end() + 1, end)
            found_at = self._find(delimiter, match.end(), end)
        if part_start is not None:
            defects.append(MISSING_END)
            yield part_start, end

    def _find(self, delimiter: bytes, start: int, end: int) -> int:
        """In steps: a thread that searches 50 MB at once holds up all others."""
        overlap = len(delimiter) - 1
        for begin in range(start, end, _STEP_OCTETS):
            found_at = self.octets.find(delimiter, begin, min(begin + _STEP_OCTETS + overlap, end))
            if found_at >= 0:
                return found_at
        return -1


def _split_header(octets: bytes, start: int, end: int) -> tuple[int, int]:
    """Where the header ends and where the body starts."""
    first_line = _NO_FIELD.match(octets, start, end)
    if octets.startswith((b"\n", b"\r\n"), start) or (first_line and start < end):
        # No header at all; a part that starts with text has forgotten its empty line.
        for empty_line in (b"\r\n", b"\n"):
            if octets.startswith(empty_line, start, end):
                return start, start + len(empty_line)
        return start, start
    window = min(end, start + HEADER_WINDOW)
    match = _EMPTY_LINE.search(octets, start, window)
    # An "empty" line with a space in it, and no field below: others may see a longer header.
    if blank := _BLANK_LINE.search(octets, start, match.start() if match else window):
        return blank.end(), blank.end()
    if match is None:
        if stray := _NO_FIELD.search(octets, start, window):
            return stray.start(), stray.start()
        match = _EMPTY_LINE.search(octets, max(start, window - 2), end)
    return (match.start(1), match.end()) if match else (end, end)


def header_fields(header: bytes) -> list[tuple[str, bytes]]:
    """Field names as written and raw values, unfolded (RFC 5322 section 2.2.3), in order.

    A value longer than 4 kB is cut; fields beyond 64 kB of header are left out.
    """
    fields = _whole_fields(header[:HEADER_OCTETS])
    return [(name.decode("ascii"), value[:FIELD_OCTETS]) for name, value in fields]


@dataclass(slots=True)
class Fields:
    """The fields of a header, each up to 64 kB: a list of recipients or references may be long.

    by_name: the values of each lower-case name, in order, perhaps still folded: most are never asked for.
    is_sound: each line is a field's, or goes on with one.
    """

    by_name: Mapping[str, Sequence[bytes]]
    is_sound: bool
    _found: Sequence[tuple[bytes, bytes]]

    @property
    def in_order(self) -> tuple[tuple[str, bytes], ...]:
        """(lower-case name, unfolded value) of each field."""
        return tuple((_LOWER[name], _unfolded(value)) for name, value in self._found)

    def values(self, name: str) -> tuple[bytes, ...]:
        """Unfolded."""
        values = self.by_name.get(name)
        return () if values is None else tuple([_unfolded(value) for value in values])

    def first(self, name: str) -> bytes | None:
        values = self.by_name.get(name)
        return None if values is None else _unfolded(values[0])

    def joined(self, name: str) -> bytes:
        return b" ".join(self.values(name))


def fields_of(header: bytes) -> Fields:
    """The fields in the first 64 kB of a header."""
    header = header[:HEADER_OCTETS]
    if not is_lined_by_cr(header):
        found = _FIELD_WITH_LINES.findall(header)
        if found and found[-1] == (b"", b""):
            found.pop()
        by_name = _by_name(found)
        if "" not in by_name:
            return Fields(by_name, True, found)
    found = _whole_fields(header)
    return Fields(_by_name(found), False, found)


def _by_name(found: Iterable[tuple[bytes, bytes]]) -> dict[str, list[bytes]]:
    by_name: dict[str, list[bytes]] = {}
    for name, value in found:
        lower = _LOWER[name]
        if lower in by_name:
            by_name[lower].append(value)
        else:
            by_name[lower] = [value]
    return by_name


def _unfolded(value: bytes) -> bytes:
    """On one line (RFC 5322 section 2.2.3)."""
    if _LINE_FEED in value:
        value = value.replace(b"\r\n", b"").replace(b"\n", b"")
    return value.strip(b" \t\r")


_LINE_FEED = 10  # as a number it is found ten times as fast
# A line that is no field's has no name here.
_FIELD_WITH_LINES = re.compile(rb"(?:([!-9;-~]++)[ \t]*+:)?([^\n]*+(?:\n[ \t][^\n]*+)*+)\n?")


class _LowerNames(dict[bytes, str]):
    """Names of fields in lower case, by how they are written: most mail has the same hundred."""

    def __missing__(self, name: bytes) -> str:
        lower = name.lower().decode("ascii")
        if len(self) < _MOST_NAMES and len(name) <= _USUAL_NAME:
            self[name] = lower
        return lower


_MOST_NAMES = 1024
_USUAL_NAME = 64
_LOWER = _LowerNames()


def _whole_fields(header: bytes) -> list[tuple[bytes, bytes]]:
    fields: list[tuple[bytes, bytes]] = []
    name = b""
    lines: list[bytes] = []
    for line in header.split(b"\r" if is_lined_by_cr(header) else b"\n"):
        line = line.removesuffix(b"\r")
        if line.startswith((b" ", b"\t")):
            lines.append(line)
        elif match := _FIELD.match(line):
            if name:
                fields.append((name, b"".join(lines).strip(b" \t\r")))
            name, lines = match[1], [line[match.end() :]]
        elif lines and lines[-1].endswith(b";"):  # a parameter on a line that lost its indentation
            lines.append(b" " + line)
    if name:
        fields.append((name, b"".join(lines).strip(b" \t\r")))
    return fields


def decode_field(value: bytes) -> str:
    """A raw field value to text: encoded words (RFC 2047), else UTF-8, else cp1252.

    One line, NFC, without control characters. At most 4 kB are read. Never raises, linear time.
    """
    value = value[:FIELD_OCTETS]
    if value.isascii():
        text = value.decode("ascii")
        if "=?" not in text and "  " not in text and text.isprintable():
            return text.strip(" ")
    return one_line(decode_words(decode_octets(value, None)))


LOOK_OCTETS = 2 * 1024 * 1024
"""How much of a text, a calendar or a report is looked at, in its transfer encoding."""

GLANCE_OCTETS = 4 * 1024
"""How much of any other part: enough to see what it is."""


def look_octets(part: Part) -> int:
    """How much of a part's octets is ever looked at to triage its mail, however much of it is at hand."""
    if part.content_type.startswith(("text/", "message/", "multipart/")) or is_mail(part):
        return LOOK_OCTETS
    is_calendar = part.content_type in ("application/ics", "application/calendar")
    return LOOK_OCTETS if is_calendar or part.filename.lower().endswith(_CALENDARS) else GLANCE_OCTETS


def is_mail(part: Part) -> bool:
    """Whether a file is a mail by its name, whatever its type says."""
    return not part.children and part.filename.lower().endswith(".eml") and part.content_type not in _MAILS


_REACTION = re.compile(rb"^content-disposition[ \t]*:[ \t]*reaction\b", re.MULTILINE | re.IGNORECASE)


def is_reaction_part(part: Part) -> bool:
    """Whether it is an emoji that a mail program stuck to a mail: Gmail's own part, or RFC 9078."""
    if part.content_type == "text/vnd.google.email-reaction+json":
        return True
    if part.disposition == "":  # there is no such field
        return False
    return bool(_REACTION.search(part.header[:HEADER_OCTETS]))


_CALENDARS = (".ics", ".ical", ".icalendar")
_MAILS = ("message/rfc822", "message/global")


def header_length(octets: bytes) -> int | None:
    """How long a mail's header is, with the empty line after it; None if it does not end in these octets.

    None too for a mail that does not begin with its header, or whose lines end in a bare CR.
    """
    if is_lined_by_cr(octets):
        return None
    parser = _Parser(octets)
    start = _first_field(parser.octets)
    header_end, body_start = _split_header(parser.octets, start, len(octets))
    return body_start if start == 0 and header_end < body_start < len(octets) else None


def boundary_of(header: bytes) -> bytes:
    """The boundary that a multipart's header states, or b""."""
    fields = fields_of(header.removesuffix(b"\n").removesuffix(b"\r"))  # without the empty line below it
    parameters = _kind_of(fields, "text/plain").parameters
    return parameters.get("boundary", "").rstrip().encode("utf-8", "replace")


def decode_body(part: Part, limit: int | None = None) -> bytes:
    """A leaf's octets with the transfer encoding undone. Never raises; limit: at most so many octets."""
    # Base64 in lines of four is twice as long as what it says, with CRLF; quoted-printable thrice.
    end = part.body_until
    if limit is not None:
        end = min(end, part.body_from + min(3 * limit + 1024, look_octets(part)))
    body = part.mail[part.body_from : end]
    if part.encoding == "base64":
        # A text that only claims to be base64 is read as it stands.
        body = body if part.content_type.startswith("text/") and is_no_base64(body) else base64_octets(body)
    elif part.encoding == "quoted-printable":
        body = quoted_printable_octets(body)
    elif part.encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        body = uuencoded_octets(body)
    return body[:limit]


def drops_octets(part: Part) -> bool:
    """Whether `decode_body` leaves out some of what stands there, which another program might read."""
    if part.encoding != "base64":
        return False
    return base64_drops(part.body) or is_no_base64(part.body)


def decode_text(part: Part, limit: int, charset: str | None = None) -> str:
    """A text leaf as text of at most `limit` characters: declared charset, then UTF-8, then cp1252.

    charset: what counts as declared; None: its Content-Type. Lines end in a line feed; NFC; no control
    characters but line feed and tab.
    """
    octets = decode_body(part, 4 * limit)  # no character set needs more than four octets a character
    charset = charset or part.parameters.get("charset")
    return several_lines(decode_octets(octets, charset)[:limit])[:limit]


class _Kind(NamedTuple):
    """What a part is by its own fields. Each is as in `Part`."""

    content_type: str
    parameters: Mapping[str, str]
    encoding: str
    disposition: str
    filename: str
    content_id: str
    defects: tuple[str, ...]


def _kind_of(fields: Fields, default_type: str) -> _Kind:
    types, encodings = fields.values("content-type"), fields.values("content-transfer-encoding")
    dispositions, ids = fields.values("content-disposition"), fields.values("content-id")
    values = (*types, *encodings, *dispositions, *ids)
    is_usual = len(values) <= _USUAL_FIELDS and sum(map(len, values)) <= _USUAL_OCTETS
    return (_usual_kind if is_usual else _read_kind)(types, encodings, dispositions, ids, default_type)


_USUAL_FIELDS = 4
_USUAL_OCTETS = 300


def _read_kind(
    types: tuple[bytes, ...],
    encodings: tuple[bytes, ...],
    dispositions: tuple[bytes, ...],
    ids: tuple[bytes, ...],
    default_type: str,
) -> _Kind:
    """4 kB of each field are looked at."""
    defects = []
    if len(types) > 1:
        defects.append("more than one Content-Type")
    content_type, parameters = _content_type([value[:FIELD_OCTETS] for value in types], default_type)
    if types and not content_type:
        defects.append("Content-Type cannot be read")
    encoding = _encoding([value[:FIELD_OCTETS] for value in encodings])
    if encoding not in _ENCODINGS:
        defects.append("the transfer encoding is unknown")
    disposition, filename = _disposition(dispositions)
    return _Kind(
        content_type or default_type,
        parameters,
        encoding,
        disposition,
        filename or _base_name(parameters.get("name", "")),
        one_line(decode_octets(ids[0][:FIELD_OCTETS], None)).strip("<> ") if ids else "",
        tuple(defects),
    )


_usual_kind = lru_cache(maxsize=256)(_read_kind)  # the parts of most mail say one of a few things


_NO_PARAMETERS: Mapping[str, str] = MappingProxyType({})


def _content_type(values: Sequence[bytes], default: str) -> tuple[str, Mapping[str, str]]:
    """The first that can be read, and its parameters; "" where none can."""
    for value in values:
        if match := _TYPE.match(value):
            name = f"{match[1].decode('ascii')}/{match[2].decode('ascii')}".lower()
            return name, MappingProxyType(parse_parameters(value[match.end() :]))
    for value in values:
        # "Content-Type: text" of old mailers, or parameters alone: the default with those parameters.
        if value.strip().lower().split(b";")[0].strip() in (b"text", b""):
            return default, MappingProxyType(parse_parameters(value.partition(b";")[2]))
    return "", _NO_PARAMETERS


def _encoding(values: Sequence[bytes]) -> str:
    for value in values:
        if match := _TOKEN.search(value):
            return match[0].decode("ascii").lower()
    return "7bit"


def _disposition(values: Sequence[bytes]) -> tuple[str, str]:
    """The disposition and the file name. An unknown one is an attachment (RFC 2183 section 2.8)."""
    if not values:
        return "", ""
    value = values[0][:FIELD_OCTETS]
    match = _TOKEN.match(value.lstrip())
    name = match[0].decode("ascii").lower() if match else ""
    stated, _, rest = value.partition(b";")
    parameters = parse_parameters(value if b"=" in stated else rest)
    return ("inline" if name == "inline" else "attachment"), _base_name(parameters.get("filename", ""))


def _base_name(name: str) -> str:
    """A file name without its path; a name that would be a path is none."""
    name = name.replace("\\", "/").rpartition("/")[2].strip()[:_MAX_FILENAME]
    return "" if name in (".", "..") else name


def parse_parameters(octets: bytes) -> dict[str, str]:
    """`; name=value` pairs with RFC 2231 continuations and character sets. The first of a name counts."""
    plain: dict[str, bytes] = {}
    extended: dict[str, dict[int, tuple[bool, bytes]]] = {}
    at = 0
    for _ in range(_MAX_PARAMETERS):
        match = _PARAMETER_NAME.search(octets, at)
        if match is None:
            break
        if quoted := _QUOTED.match(octets, match.end()):
            value, at = re.sub(rb"\\(.)", rb"\1", quoted[1]), quoted.end()
        else:
            unquoted = _UNQUOTED.match(octets, match.end())
            value, at = (unquoted[0], unquoted.end()) if unquoted else (b"", match.end())
        name, star, rest = match[1].decode("ascii").lower().partition("*")
        if not star:
            plain.setdefault(name, value)
            continue
        digits = rest.removesuffix("*")
        number = int(digits) if digits.isdigit() and len(digits) < 4 else 0
        extended.setdefault(name, {}).setdefault(number, (rest.endswith("*") or not rest, value))
    # Encoded words have no place in a parameter (RFC 2047 section 5), but half the world's file names are.
    decoded = {name: one_line(decode_words(decode_octets(value, None))) for name, value in plain.items()}
    decoded |= {name: _join_segments(segments) for name, segments in extended.items()}
    return decoded


def _join_segments(segments: dict[int, tuple[bool, bytes]]) -> str:
    """RFC 2231 sections 3 and 4."""
    charset: str | None = None
    joined = b""
    for number, (is_encoded, value) in sorted(segments.items()):
        if is_encoded:
            if number == 0 and value.count(b"'") >= 2:
                stated, _, value = value.split(b"'", 2)
                charset = stated.decode("ascii", "replace") or None
            value = _PERCENT.sub(lambda match: bytes.fromhex(match[1].decode("ascii")), value)
        joined += value
    return one_line(decode_octets(joined, charset))
