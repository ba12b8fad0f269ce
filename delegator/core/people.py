"""The people whom the configuration names: the owner, the backups, and when each is away.

Plain values, and the one answer to who is there.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

Language = Literal["nl", "en", "fr", "de"]
ReplyTo = Literal["both", "client", "owner"]

_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open span of time: `from_at` is in it, `until_at` is the first moment after it.

    Both are aware and in UTC.
    """

    from_at: datetime
    until_at: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.from_at <= moment < self.until_at


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """A span of the day on some days of the week; minutes are those of the local wall clock.

    days: 0 is Monday. 0 <= from_minute < until_minute <= 1440.
    """

    days: frozenset[int]
    from_minute: int
    until_minute: int


@dataclass(frozen=True, slots=True)
class Owner:
    """The person who is away. Addresses are as configured; compare them by `normal_address`.

    timezone: where the owner is, by whose clock reviews come. home: of rules.yaml, where that is another.
    """

    name: str
    address: str
    aliases: tuple[str, ...]
    language: Language
    timezone: ZoneInfo
    home: ZoneInfo | None = None

    @property
    def home_timezone(self) -> ZoneInfo:
        """By whose clock an absence begins and ends, wherever the owner is."""
        return self.home or self.timezone

    def staying_in(self, zone: ZoneInfo) -> Owner:
        """The same, elsewhere for now."""
        return replace(self, timezone=zone, home=self.home_timezone)

    @property
    def addresses(self) -> tuple[str, ...]:
        return (self.address, *self.aliases)

    @property
    def normal_addresses(self) -> frozenset[str]:
        return _normal_addresses(self.address, self.aliases)

    @property
    def domain(self) -> str:
        """The owner's mail domain, lower case."""
        return _domain(self.address)


@dataclass(frozen=True, slots=True)
class Backup:
    """A colleague who takes over. `key` is the name under `backups:` in rules.yaml.

    hours: when the clock of a handover runs; empty: always.
    """

    key: str
    name: str
    address: str
    aliases: tuple[str, ...]
    away: tuple[Window, ...]
    language: Language
    reply_to: ReplyTo
    hours: tuple[WorkingHours, ...] = ()
    timezone: ZoneInfo = _UTC

    @property
    def addresses(self) -> tuple[str, ...]:
        return (self.address, *self.aliases)

    @property
    def normal_addresses(self) -> frozenset[str]:
        return _normal_addresses(self.address, self.aliases)

    @property
    def first_name(self) -> str:
        """What a colleague calls them; the whole name if it is one word."""
        return self.name.split()[0] if self.name.split() else self.address


def backup_of(address: str, backups: Iterable[Backup]) -> Backup | None:
    """Whose address it is, in any form."""
    wanted = normal_address(address)
    return next((backup for backup in backups if wanted in backup.normal_addresses), None)


def why_absent(key: str, backups: Mapping[str, Backup], absent: Container[str], now: datetime) -> str | None:
    """Why a backup is not there, as what follows the name in a sentence; None if they are.

    absent: keys of those who answer automatically, whom mail does not reach, or who said so themselves.
    Working hours make nobody absent: they stop the clock.
    """
    backup = backups.get(key)
    if backup is None:
        return "is no longer a backup"
    if any(now in window for window in backup.away):
        return "is away"
    return "answers automatically" if key in absent else None


def who_is_there(
    keys: Iterable[str], backups: Mapping[str, Backup], absent: Container[str], now: datetime
) -> tuple[Backup, ...]:
    """Those of the keys whom a forward may go to now, in their order. absent: as in `why_absent`."""
    return tuple(backups[key] for key in keys if why_absent(key, backups, absent, now) is None)


@lru_cache(maxsize=4096)  # a message's few addresses are compared many times over
def normal_address(address: str) -> str:
    """The form in which addresses are compared: lower case, domain in A-labels (RFC 5890).

    Two addresses are equal only if mail to one is delivered to the other. So no character is left out
    or taken for another, however alike the two look: what is not a host name equals only itself.
    """
    local, at, domain = address.strip(" \t\r\n").rpartition("@")
    domain = _lower(domain).removesuffix(".")
    if not domain.isascii():
        domain = _a_labels(domain) or domain
    return f"{_lower(local)}{at}{domain}"


@lru_cache(maxsize=4096)  # every message is compared with those of the owner and of every backup
def _normal_addresses(address: str, aliases: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(normal_address, (address, *aliases)))


@lru_cache(maxsize=256)  # asked of every message
def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


def _lower(text: str) -> str:
    """In lower case; but no letter becomes an ASCII one that was none, as the Kelvin sign would."""
    if text.isascii():
        return text.lower()
    return "".join(
        letter if not letter.isascii() and letter.lower().isascii() else letter.lower() for letter in text
    )


def _a_labels(domain: str) -> str | None:
    """A lower-case domain in A-labels (RFC 5891); None for no host name.

    Nothing is mapped but to NFC. What only the older standard allows, such as signs and emoji, goes by
    that one (RFC 3490), where it maps nothing either.
    """
    import idna  # its tables take 10 ms to load, and most mail has no need of them

    if len(domain) > 253 or any(map(_becomes_ascii, domain)):
        return None
    domain = unicodedata.normalize("NFC", domain)
    try:
        return idna.encode(domain).decode("ascii")
    except idna.IDNAError:
        pass
    try:
        labels = domain.encode("idna")
        return labels.decode("ascii") if labels.decode("idna") == domain else None
    except UnicodeError:
        return None


def _becomes_ascii(character: str) -> bool:
    """Whether it looks so much like an ASCII character, or a dot, that some take it for that."""
    if character.isascii():
        return False
    return unicodedata.normalize("NFKC", character).isascii() or character in "\u3002\uff61"


def ascii_domain(domain: str) -> str | None:
    """A domain that a person typed, in A-labels: mapped by UTS 46 as browsers do; None for no host name."""
    import idna

    if len(domain) > 253:
        return None
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return _a_labels(_lower(domain))


def is_in_domain(domain: str, parent: str) -> bool:
    """Whether a domain is the other one, or below it. Both as in `normal_address`."""
    return domain == parent or domain.endswith(f".{parent}")


@lru_cache(maxsize=1024)  # the owner's and the backups' are compared with every sender's
def unicode_domain(domain: str) -> str:
    """A domain in U-labels; a label that is none stays as it is."""
    if "xn--" not in domain:
        return domain
    import idna

    labels = []
    for label in domain.split("."):
        if label.startswith("xn--"):
            try:
                label = idna.decode(label)
            except idna.IDNAError:
                try:
                    label = label.encode("ascii").decode("idna")
                except UnicodeError:
                    pass
        labels.append(label)
    return ".".join(labels)
