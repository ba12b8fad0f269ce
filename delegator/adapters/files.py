"""Mail in files, for the dry run: .eml, mbox, Maildir, and folders of them. Reads; never writes.

A file is streamed, and of each message only what is looked at is kept, so that a file of any size fits.
What a file holds is judged by its content; its name decides only where the content may be taken either way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..core.mail.abridge import PIECE_OCTETS, Abridgement

SEPARATOR_OCTETS = 512
"""No longer line separates messages: the envelope address (RFC 5321: 256 octets) and a date."""

_SEPARATOR = re.compile(rb"From (?:\s*|.*\d\d?:\d\d.* \d{4}.*)\Z", re.DOTALL)
"""The line before each message of an mbox (RFC 4155): an address and a date in the manner of asctime.

Some mailers write it bare. The date keeps a sentence that begins with "From" from being taken for it.
"""

_ESCAPED = re.compile(rb">+From ")


@dataclass(frozen=True, slots=True)
class FileMessage:
    """One mail of a file. source: its path, in an mbox `path:N` with N from 1.

    octets: as they stand in the file, without what `core.mail.abridge` leaves out. size_octets: of the whole
    mail, as a server counts it. is_abridged: what is left out is not looked at.
    """

    source: str
    octets: bytes
    size_octets: int
    is_abridged: bool = False


def read_paths(
    paths: Iterable[Path], limit_octets: int, unreadable: Callable[[str], None]
) -> Iterator[FileMessage]:
    """The mails in files and folders, in the order given; folders in the order of their names.

    A file that was named is read whatever it holds; in a folder, files named .eml, every mbox and
    every Maildir count. unreadable: told a sentence for each path that could not be read, or that
    holds no mail; reading goes on.
    """
    for path in paths:
        try:
            files = _files_in(path, unreadable) if path.is_dir() else iter([path])
            is_empty = True
            for file in files:
                is_empty = False
                try:
                    with file.open("rb") as stream:
                        yield from _read_file(str(file), stream, limit_octets)
                except OSError as error:
                    unreadable(_sentence(file, error))
            if is_empty:
                unreadable(f"{path}: no mail in this folder (looked for .eml files, mboxes and Maildirs)")
        except OSError as error:
            unreadable(_sentence(path, error))


def _sentence(path: Path, error: OSError) -> str:
    return f"{path}: cannot be read ({error.strerror or error})"


def _files_in(folder: Path, unreadable: Callable[[str], None]) -> Iterator[Path]:
    """The files of a folder, and of the folders in it, that hold mail."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        unreadable(_sentence(folder, error))
        return
    if (folder / "cur").is_dir() and (folder / "new").is_dir():
        # A Maildir: one mailbox. The mailboxes inside it (.Sent, .Trash) are others, and tmp holds
        # deliveries that are under way.
        for part in ("cur", "new"):
            yield from (file for file in sorted((folder / part).iterdir()) if file.is_file())
        return
    for entry in entries:
        if entry.is_dir():
            if not entry.is_symlink():  # a link may lead back up
                yield from _files_in(entry, unreadable)
        elif entry.is_file() and (entry.suffix.lower() == ".eml" or _is_mbox(entry)):
            yield entry


def _is_mbox(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return _is_separator(stream.readline(SEPARATOR_OCTETS + 1))
    except OSError:
        return True  # it is reported where it is read


def _is_separator(line: bytes) -> bool:
    return len(line) <= SEPARATOR_OCTETS and _SEPARATOR.match(line) is not None


def _read_file(path: str, stream: BinaryIO, limit_octets: int) -> Iterator[FileMessage]:
    first = stream.readline(SEPARATOR_OCTETS + 1)
    if not _is_separator(first):
        yield _read_one(path, first, stream, limit_octets)
    elif path.lower().endswith(".eml"):
        # One mail by its name, saved with the line of the mbox that it came from.
        yield _read_one(path, b"", stream, limit_octets)
    else:
        yield from _split_mbox(path, stream, limit_octets)


def _read_one(path: str, start: bytes, stream: BinaryIO, limit_octets: int) -> FileMessage:
    mail = Abridgement(limit_octets)
    mail.add(start)
    while piece := stream.read(PIECE_OCTETS):  # not fstat: it may be a pipe
        mail.add(piece)
    return _message(path, mail)


def _message(source: str, mail: Abridgement) -> FileMessage:
    mail.end()
    return FileMessage(source, mail.octets, mail.size_octets, mail.is_abridged)


def _split_mbox(path: str, stream: BinaryIO, limit_octets: int) -> Iterator[FileMessage]:
    """The messages of an mbox whose first separator has been read.

    A separator counts only after an empty line, which belongs to it and not to the message before.
    ">From " loses one ">" as mboxrd wrote it.
    """
    number, mail = 1, Abridgement(limit_octets)
    held = b""  # an empty line, until it is known whether a separator follows
    starts_line, is_begun = True, False
    while line := stream.readline(PIECE_OCTETS):
        if starts_line and (held or not is_begun) and _is_separator(line):
            yield _message(f"{path}:{number}", mail)
            number, mail, held, is_begun = number + 1, Abridgement(limit_octets), b"", False
            continue
        is_begun = True
        if held:
            mail.add(held)
            held = b""
        if starts_line and line in (b"\n", b"\r\n"):
            held = line
            continue
        if starts_line and _ESCAPED.match(line):
            line = line[1:]
        mail.add(line)
        starts_line = line.endswith(b"\n")
    yield _message(f"{path}:{number}", mail)
