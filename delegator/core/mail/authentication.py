"""What the owner's own server found out about a sender (RFC 8601). Everything else is hearsay.

A result is read or it is not: one that cannot be read counts as a failure, for a sender may have made it so.

`authserv_id` names the server that is believed. MICROSOFT stands for Exchange Online, whose field names
none: its form is read from the topmost Authentication-Results field only, since a field of that form
further down may have come with the mail.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..people import is_in_domain, normal_address
from .message import Message

MICROSOFT = "microsoft"
UNREADABLE = "unreadable"
"""A `failure` of no method: the owner's server stated something, and it could not be read."""

_FIELD = "authentication-results"
_MOST_CHARACTERS = 32 * 1024  # 60 results take some 5,000
_FAILS = ("fail", "hardfail")  # hardfail: of SPF in RFC 7001's days, and some servers still say it
_FILTERS = frozenset({"dkim-filter", "dmarc-filter", "received-spf", "arc-authentication-results"})
"""Fields that the programs that check a mail write beside their results."""


@dataclass(frozen=True, slots=True)
class Result:
    """One result, lower case. domain: what it is about (From, a signature, the envelope); may be ""."""

    method: str
    result: str
    domain: str = ""


def stated_results(message: Message, authserv_id: str | None) -> tuple[Result, ...] | None:
    """The results that the server states of a mail; () where it states nothing; None: they cannot be read.

    Those of its topmost field and of the fields of its own right below it; what stands further down may
    have come with the mail.
    """
    results: list[Result] = []
    for value in _stated_by(message, authserv_id):
        found = _read(value, has_id=not _is_microsoft(authserv_id))
        if found is None:
            return None
        results += found
    return tuple(results)


def failure(message: Message, authserv_id: str | None) -> str | None:
    """What failed, as in "dmarc=fail", or UNREADABLE; None if nothing is known to have failed.

    DMARC decides; where it says neither pass nor fail, SPF and DKIM must both have failed: either
    alone fails on mail that was only passed on.
    """
    results = stated_results(message, authserv_id)
    if results is None:
        return UNREADABLE
    if not results:
        return None
    dmarc, spf, dkim = (
        {one.result for one in results if one.method == method} for method in ("dmarc", "spf", "dkim")
    )
    if "fail" in dmarc:
        return "dmarc=fail"
    if "pass" in dmarc:
        return None
    if "pass" not in spf | dkim and spf.intersection(_FAILS) and dkim.intersection(_FAILS):
        return "spf=fail, dkim=fail"
    return None


def is_stated(message: Message, authserv_id: str | None) -> bool:
    """Whether that server states anything of a mail, readable or not."""
    return bool(_stated_by(message, authserv_id))


def is_verified(message: Message, authserv_id: str | None) -> bool:
    """Whether the owner's server says that the domain in From sent this (DMARC passed)."""
    sender = message.originator
    if sender is None or failure(message, authserv_id) is not None:
        return False
    domain = normal_address(sender.address).rpartition("@")[2]
    return any(
        (one.method, one.result) == ("dmarc", "pass") and one.domain in ("", domain)
        for one in stated_results(message, authserv_id) or ()
    )


def passes_for(message: Message, authserv_id: str | None, domain: str) -> bool:
    """Whether the owner's server says that this domain, or one below it, sent the mail."""
    return failure(message, authserv_id) is None and any(
        one.result == "pass" and is_in_domain(one.domain, domain)
        for one in stated_results(message, authserv_id) or ()
    )


def named_server(message: Message) -> str | None:
    """The `authserv_id` that would believe the topmost field of a mail; None: nothing in it can be read."""
    topmost = message.header(_FIELD)
    segments = None if topmost is None else _segments(topmost)
    if not segments:
        return None
    name = MICROSOFT if _METHOD.match(segments[0].strip()) else _server(segments)
    if not name or not is_stated(message, name):
        return None
    return None if stated_results(message, name) is None else name


def _is_microsoft(authserv_id: str | None) -> bool:
    return authserv_id is not None and authserv_id.strip().lower() == MICROSOFT


def _stated_by(message: Message, authserv_id: str | None) -> list[str]:
    """The fields of that server, topmost first."""
    if not authserv_id or message.header(_FIELD) is None:
        return []
    if _is_microsoft(authserv_id):
        topmost = message.header(_FIELD) or ""
        first = (_segments(topmost) or [topmost])[0]  # of one that cannot be read, too
        return [topmost] if _METHOD.match(first.strip()) else []
    wanted = _normal_server(authserv_id)
    found: list[str] = []
    for name, value in message.headers:
        if name == _FIELD and _server_of(value) == wanted:
            found.append(value)
        elif found and name not in _FILTERS:
            break
    return found


def _server_of(value: str) -> str:
    """The server that a field names first; of one that cannot be read, too."""
    segments = _segments(value)
    if segments is not None:
        return _server(segments)
    stated_by = re.match(r'\s*"?([^\s;"(]+)', value)
    return _normal_server(stated_by[1]) if stated_by else ""


def _server(segments: Sequence[str]) -> str:
    words = segments[0].split()  # the second is a version
    return _normal_server(words[0].strip('"')) if words else ""


def _normal_server(name: str) -> str:
    return normal_address(f"x@{name.strip()}").removeprefix("x@")


# --- the field's form -----------------------------------------------------------------------------

_PIECE = re.compile(r'\\.|["();]|[^\\"();]+|\\', re.DOTALL)
_METHOD = re.compile(r"([a-z0-9][\w.-]*)(?:\s*/\s*\d+)?\s*=\s*([a-z]+)(?=\s|$)", re.IGNORECASE | re.ASCII)
_PROPERTY = re.compile(r'"(?:[^"\\]|\\.)*"|\b([a-z]+\.[a-z-]+)\s*=\s*("(?:[^"\\]|\\.)*"\S*|[^\s"]\S*|)', re.I)
_ABOUT = {
    "dmarc": ("header.from",),
    "dkim": ("header.d", "header.i"),
    "spf": ("smtp.mailfrom", "smtp.helo"),
}


@lru_cache(maxsize=4)  # each guard asks, and one mail is looked at after the other
def _read(value: str, *, has_id: bool) -> tuple[Result, ...] | None:
    """The results of one field; None where one of them cannot be read.

    Only the method of a result, its outcome and the domain that it is about count. What else it says
    may be written in any form: addresses without quotes, IPv6, raw UTF-8.
    """
    segments = _segments(value)
    if segments is None:
        return None
    results: list[Result] = []
    for segment in segments[1:] if has_id else segments:
        segment = segment.strip()
        if not segment or segment.lower() == "none":
            continue  # a semicolon at the end; or nothing was looked at
        match = _METHOD.match(segment)
        if match is None:
            return None
        method, result = match[1].lower(), match[2].lower()
        results.append(Result(method, result, _domain_of(method, segment)))
    return tuple(results)


@lru_cache(maxsize=4)
def _segments(value: str) -> tuple[str, ...] | None:
    """What stands between semicolons, without comments; None where a comment or a quote does not end.

    Linear. RFC 8601 section 2.2, RFC 5322 section 3.2.
    """
    if len(value) > _MOST_CHARACTERS:
        return None
    segments, kept = [], [""]
    depth, is_quoted = 0, False
    for match in _PIECE.finditer(value):
        piece = match[0]
        if depth:
            depth += {"(": 1, ")": -1}.get(piece, 0)
        elif piece == '"':
            is_quoted = not is_quoted
            kept.append(piece)
        elif piece == "(" and not is_quoted:
            depth = 1
            kept.append(" ")
        elif piece == ";" and not is_quoted:
            segments.append("".join(kept))
            kept = []
        else:
            kept.append(piece)
    return None if depth or is_quoted else (*segments, "".join(kept))


def _domain_of(method: str, segment: str) -> str:
    """The domain that a result is about, in the form in which domains are compared; "" if it names none."""
    stated: dict[str, str] = {}
    for match in _PROPERTY.finditer(segment):
        if match[1]:
            stated.setdefault(match[1].lower(), match[2])
    about = next((stated[name] for name in _ABOUT.get(method, ()) if name in stated), "")
    return _normal_server(about.strip('"').rpartition("@")[2].strip('"<>'))
