"""Addresses that a person reads as another's: never taken for that one, and shown as what they are."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from ..people import normal_address, unicode_domain

_TWINS = str.maketrans(
    "абвгезикмнопрстухіјѕԁԛԝӏαεικνορτυχϲ\u3002",
    "a6bre3nkmhonpctyxijsdqwlaeikvoptuxc.",
)
"""Cyrillic and Greek letters, and the Latin ones that they are drawn as."""

_UNSEEN = re.compile(r"[^\w@.\u3002]+")


@lru_cache(maxsize=1024)  # the owner's and the backups' addresses are compared with every sender's
def skeleton(text: str) -> str:
    """The text as it looks at a glance; equal for two that are easily taken for each other."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = _UNSEEN.sub("", plain).translate(_TWINS)
    for seems, letter in (("rn", "m"), ("vv", "w"), ("cl", "d"), ("1", "l"), ("i", "l"), ("0", "o")):
        plain = plain.replace(seems, letter)
    return plain


def looks_like(address: str, others: Iterable[str]) -> str | None:
    """The one of these addresses that it reads like without being it, or whose domain its own reads like."""
    own = normal_address(address)
    others = tuple(others)
    if own in map(normal_address, others):
        return None
    domain = own.rpartition("@")[2]
    seems, domain_seems = skeleton(_in_unicode(own)), skeleton(unicode_domain(domain))
    for other in others:
        theirs, theirs_seem, their_domain_seems = _read(other)
        if seems == theirs_seem or (domain != theirs and domain_seems == their_domain_seems):
            return other
    return None


@lru_cache(maxsize=1024)  # the owner's and the backups' addresses are compared with every sender's
def _read(address: str) -> tuple[str, str, str]:
    """Its domain, and what it and its domain look like."""
    normal = normal_address(address)
    domain = normal.rpartition("@")[2]
    return domain, skeleton(_in_unicode(normal)), skeleton(unicode_domain(domain))


def _in_unicode(address: str) -> str:
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{unicode_domain(domain)}"
