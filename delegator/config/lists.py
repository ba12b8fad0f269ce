"""Lists of addresses from CSV and vCard files: whatever looks like an address in any cell."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from ..core.people import normal_address
from .files import read_file
from .shapes import Invalid
from .values import address

MAX_OCTETS = 16 * 1024 * 1024

# What parts cells in any of the usual CSV files, and an address from the name around it in a cell.
_BETWEEN = re.compile(r"[\s,;:|\"<>()\[\]]+")
_FOLD = re.compile(r"\r?\n[ \t]")  # RFC 6350 section 3.2


def read_list(path: Path) -> frozenset[str]:
    """The addresses in a file, in normal_address form; may be none. Raises FileProblem."""
    text = _decode(read_file(path, MAX_OCTETS))
    if "BEGIN:VCARD" in text[:1000].upper():
        lines = _FOLD.sub("", text).splitlines()
        # "item1.EMAIL;TYPE=work:jan@…": of the rest, a UID or chat name may look like an address.
        text = "\n".join(line for line in lines if re.match(r"([\w-]+\.)?EMAIL[;:]", line, re.IGNORECASE))
    words = (word.strip("'.") for word in _BETWEEN.split(text) if "@" in word)
    return frozenset(normal_address(word) for word in words if _is_address(word))


def _is_address(word: str) -> bool:
    try:
        return "." in address(word).rpartition("@")[2]
    except Invalid:
        return False


def _decode(octets: bytes) -> str:
    """UTF-8, UTF-16 where it says so, else cp1252: what spreadsheets save."""
    if octets.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return octets.decode("utf-16", "replace")
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        return octets.decode("cp1252", "replace")
