"""What the owner's own server found out about a sender (RFC 8601). Everything else is hearsay."""

from __future__ import annotations

import re

import authres

from .message import Message

_FIELD_CHARACTERS = 4096
_FAILS = ("fail", "hardfail")  # hardfail: of SPF in RFC 7001's days, and some servers still say it


def stated_results(message: Message, authserv_id: str | None) -> tuple[tuple[str, str], ...]:
    """The (method, result) pairs, lower case, of the topmost Authentication-Results of that server.

    Only the topmost: those below it may have come with the mail. Empty where the server stated
    nothing, or nothing that can be read, or where its name is not known.
    """
    if not authserv_id:
        return ()
    for value in message.header_values("Authentication-Results"):
        stated_by = re.match(r'\s*"?([^\s;"(]+)', value)
        if stated_by and stated_by[1].lower() == authserv_id.strip().lower():
            return _parse(value[:_FIELD_CHARACTERS])
    return ()


def failure(message: Message, authserv_id: str | None) -> str | None:
    """What failed, as in "dmarc=fail"; None if nothing is known to have failed.

    DMARC decides; where it says neither pass nor fail, SPF and DKIM must both have failed: either
    alone fails on mail that was only passed on.
    """
    results = stated_results(message, authserv_id)
    dmarc = {result for method, result in results if method == "dmarc"}
    if "pass" in dmarc:
        return None
    if "fail" in dmarc:
        return "dmarc=fail"
    spf = {result for method, result in results if method == "spf"}
    dkim = {result for method, result in results if method == "dkim"}
    if "pass" not in spf | dkim and spf.intersection(_FAILS) and dkim.intersection(_FAILS):
        return "spf=fail, dkim=fail"
    return None


def is_verified(message: Message, authserv_id: str | None) -> bool:
    """Whether the owner's server says that the domain in From sent this (DMARC passed)."""
    return ("dmarc", "pass") in stated_results(message, authserv_id)


def _parse(value: str) -> tuple[tuple[str, str], ...]:
    try:
        parsed = authres.AuthenticationResultsHeader.parse_value(value)
    except Exception:  # it raises more than its own errors: RecursionError on "(((("
        return ()
    return tuple((str(stated.method).lower(), str(stated.result).lower()) for stated in parsed.results)
