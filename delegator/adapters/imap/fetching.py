"""FETCH, read as it comes: lines and literals, each answer by its UID, nothing kept that nobody asked for.

What servers usually say is read here, in a fraction of the time that imapclient's parser takes. Whatever is
put otherwise goes to that parser, and every other response to imaplib, so that they say what they would
have said. Several commands may be under way at once (RFC 9051 section 5.5); whose an answer is, its tag says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

Entry = dict[bytes, Any]
"""The data items of one message, as imapclient names them."""

Pieces = list[Any]
"""One response as imaplib has it: (line, literal) for each literal, and the rest of the line."""

_UNDER_WAY = 10
"""Commands that are sent before the first is answered: short ones, so that no buffer is full of them."""

_MOST_OCTETS = 128 * 1024 * 1024
"""In the answers to all commands of one `fetch`: ten times what is asked for together. A server that gives
more gives whole mails for their beginnings, or has no end; each mail is asked for alone then."""

_BEGIN = re.compile(rb"\* ([0-9]+) FETCH (?=\()", re.IGNORECASE)
_LITERAL = re.compile(rb"\{([0-9]+)\}\r\n\Z")
_ITEM = re.compile(
    rb" ?(?:UID (?P<uid>[1-9][0-9]{0,9})(?=[ )])"
    rb"|FLAGS \((?P<flags>[A-Za-z0-9$\\ _.:+-]*)\)"
    rb"|INTERNALDATE \"(?P<date>[ 0-9][0-9]-[A-Za-z]{3}-[0-9]{4} [0-9:]{8} [+-][0-9]{4})\""
    rb"|RFC822\.SIZE (?P<size>[0-9]{1,18})(?=[ )])"
    rb"|(?P<body>BODY\[\](?:<[0-9]+>)?) (?=\{[0-9]+\}\Z))"
)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = {name.encode(): number for number, name in enumerate(_MONTHS, 1)}


def fetch(imap: Any, commands: Sequence[str], take: Callable[[Pieces], None]) -> list[tuple[str, bytes]]:
    """Send `UID FETCH` with each of these, and give every FETCH response to `take`, as they come.

    imap: imaplib's client, with a reader of its own (`client._Connection`). What each command was answered:
    OK, NO or BAD, and the text. The end of the connection raises imaplib's `abort`.
    """
    under_way: set[bytes] = set()
    tags: list[bytes] = []
    answers: dict[bytes, tuple[str, bytes]] = {}
    left, octets = iter(commands), 0
    while True:
        while len(under_way) < _UNDER_WAY and (command := next(left, None)) is not None:
            tag = imap._new_tag()
            imap.send(tag + b" UID FETCH " + command.encode("ascii") + b"\r\n")
            under_way.add(tag)
            tags.append(tag)
        if not under_way:
            return [answers[tag] for tag in tags]
        line = imap.readline()
        if begin := _BEGIN.match(line):
            pieces = read_pieces(imap, b"%s %s" % (begin[1], line[begin.end() :]))
            octets += sum(len(piece[1]) for piece in pieces if isinstance(piece, tuple))
            if octets > _MOST_OCTETS:
                raise imap.abort("it sends more than was asked for")
            take(pieces)
        elif (tag := line.partition(b" ")[0]) in under_way:  # mostly in order, but that is not promised
            under_way.remove(tag)
            del imap.tagged_commands[tag]
            _, status, text = (*line.rstrip().split(b" ", 2), b"", b"")[:3]
            answers[tag] = (status.decode("ascii", "replace").upper(), text)
        else:
            imap.put_back(line)
            imap._get_response()
            imap._check_bye()


def read_pieces(imap: Any, line: bytes) -> Pieces:
    """The rest of the response that begins with this line. Raises imaplib's `abort`."""
    pieces: Pieces = []
    while literal := _LITERAL.search(line):
        pieces.append((line[:-2], imap.read(int(literal[1]))))
        line = imap.readline()
    if not line.endswith(b"\r\n"):
        raise imap.abort(f"unterminated line: {line[:80]!r}")
    pieces.append(line[:-2])
    return pieces


def usual_entry(pieces: Pieces) -> Entry | None:
    """The items of a response in the form that servers usually give it; None: it is put otherwise.

    UID, FLAGS, INTERNALDATE, RFC822.SIZE and BODY[] in any order, the body as a literal.
    """
    entry: Entry = {}
    for piece in pieces:
        line, literal = piece if isinstance(piece, tuple) else (piece, None)
        at = line.find(b"(") + 1 if piece is pieces[0] else 0
        body = None
        while item := _ITEM.match(line, at):
            at = item.end()
            kind = item.lastgroup
            if kind == "uid":
                entry[b"UID"] = int(item["uid"])
            elif kind == "flags":
                entry[b"FLAGS"] = tuple(item["flags"].split())
            elif kind == "size":
                entry[b"RFC822.SIZE"] = int(item["size"])
            elif kind == "body":
                body = item["body"]
            elif (date := _moment(item["date"])) is not None:
                entry[b"INTERNALDATE"] = date
            else:
                return None
        if literal is None:
            return entry if line[at:] == b")" else None
        if body is None:
            return None
        entry[body] = literal
    return None


def _moment(date: bytes) -> datetime | None:
    """A date-time (RFC 9051 section 9) in UTC; None where it is none."""
    try:
        moment = datetime(
            int(date[7:11]),
            _MONTH[date[3:6].lower()],
            int(date[:2]),
            int(date[12:14]),
            int(date[15:17]),
            int(date[18:20]),
            tzinfo=UTC,
        )
        offset = timedelta(minutes=int(date[22:24]) * 60 + int(date[24:26]))
        return moment - offset if date[21:22] == b"+" else moment + offset
    except (KeyError, ValueError, OverflowError):
        return None
