"""Lists of addresses from CSV and vCard files: whatever looks like an address in any cell."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.people import normal_address
from ..core.rules.conditions import with_lists
from .files import FileProblem, read_file
from .shapes import Invalid
from .values import address

if TYPE_CHECKING:
    from .model import Config, ListFile

MAX_OCTETS = 16 * 1024 * 1024

# What parts cells in any of the usual CSV files, and an address from the name around it in a cell.
_BETWEEN = re.compile('[\\s,;:|"<>()\\[\\]\ufeff\u200b]+')
_FOLD = re.compile(r"\r?\n[ \t]")  # RFC 6350 section 3.2


def read_list(path: Path) -> frozenset[str]:
    """The addresses in a file, in normal_address form; may be none. Raises FileProblem."""
    text = _decode(read_file(path, MAX_OCTETS))
    if "BEGIN:VCARD" in text[:1000].upper():
        # In the rest of a card a UID or a chat name may look like an address.
        text = "\n".join(_emails(text))
    words = (word.strip("'.") for word in _BETWEEN.split(text) if "@" in word)
    return frozenset(normal_address(word) for word in words if _is_address(word))


def stamp_of(path: Path) -> tuple[int, ...] | None:
    """What changes when a file does, or the right to read it; None where there is no file."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def reload_lists(config: Config) -> Config | None:
    """The configuration with the lists as they are now; None where nothing has changed.

    A list that can no longer be read, or that is empty now, stays as it was, and says so in its
    `problem`. Costs one look at each file unless it changed.
    """
    addresses: dict[str, frozenset[str]] = {}
    files = tuple(_look_again(file, addresses) for file in config.lists)
    if files == config.lists:
        return None
    rules = tuple(replace(rule, when=with_lists(rule.when, addresses)) for rule in config.rules)
    return replace(config, lists=files, rules=rules)


def _look_again(file: ListFile, addresses: dict[str, frozenset[str]]) -> ListFile:
    """The list as it is now, with its addresses put into `addresses` if they were read again."""
    stamp = stamp_of(file.path)
    if stamp == file.stamp:
        return file
    problem = "no mail address stands in it; name a CSV or vCard file"
    try:
        found = read_list(file.path)
    except FileProblem as fault:
        found, problem = frozenset(), str(fault)
    if found:
        addresses[file.name] = found
        return replace(file, stamp=stamp, problem="")
    what = f'the list "{file.name}" is used as it was read before: {file.path} {problem}'
    return replace(file, stamp=stamp, problem=what)


def _emails(text: str) -> Iterator[str]:
    """What stands in the EMAIL fields of vCards, versions 2.1 to 4.0: `item1.EMAIL;TYPE=work:jan@…`."""
    lines = iter(_FOLD.sub("", text).splitlines())
    for line in lines:
        if not re.match(r"([\w-]+\.)?EMAIL[;:]", line, re.IGNORECASE):
            continue
        if not re.match(r"[^:]*;(ENCODING=)?QUOTED-PRINTABLE[;:]", line, re.IGNORECASE):
            yield line
            continue
        while line.endswith("="):  # a soft line break (RFC 2045 section 6.7)
            line = line[:-1] + next(lines, "")
        import quopri  # for an old vCard

        yield _decode(quopri.decodestring(line.partition(":")[2].encode()))


def _is_address(word: str) -> bool:
    try:
        return "." in address(word).rpartition("@")[2]
    except Invalid:
        return False


def _decode(octets: bytes) -> str:
    """UTF-8, UTF-16 (with its mark, or seen by its zeros), else cp1252: what spreadsheets save."""
    if octets.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return octets.decode("utf-16", "replace")
    if b"\0" in octets[:2]:
        return octets.decode("utf-16-be" if octets[0] == 0 else "utf-16-le", "replace")
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        return octets.decode("cp1252", "replace")
