"""The people whom the configuration names: the owner, the backups, and when each is away.

Plain values, and the one answer to who is there.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
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
    """The person who is away. Addresses are as configured; compare them by `normal_address`."""

    name: str
    address: str
    aliases: tuple[str, ...]
    language: Language
    timezone: ZoneInfo

    @property
    def addresses(self) -> tuple[str, ...]:
        return (self.address, *self.aliases)

    @property
    def normal_addresses(self) -> frozenset[str]:
        return frozenset(map(normal_address, self.addresses))

    @property
    def domain(self) -> str:
        """The owner's mail domain, lower case."""
        return self.address.rpartition("@")[2].lower()


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
        return frozenset(map(normal_address, self.addresses))

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
        return "is no backup any more"
    if any(now in window for window in backup.away):
        return "is away"
    return "answers automatically" if key in absent else None


def who_is_there(
    keys: Iterable[str], backups: Mapping[str, Backup], absent: Container[str], now: datetime
) -> tuple[Backup, ...]:
    """Those of the keys whom a forward may go to now, in their order. absent: as in `why_absent`."""
    return tuple(backups[key] for key in keys if why_absent(key, backups, absent, now) is None)


def normal_address(address: str) -> str:
    """The form in which addresses are compared: lower case, domain in A-labels (RFC 5890)."""
    local, at, domain = address.strip().rpartition("@")
    domain = domain.lower().rstrip(".")
    if not domain.isascii():
        domain = ascii_domain(domain) or domain  # no host name: it equals only itself
    return f"{local.lower()}{at}{domain}"


def ascii_domain(domain: str) -> str | None:
    """A domain in A-labels, as it is registered (RFC 5891, mapped by UTS 46); None for no host name.

    What only the older standard allows, such as signs and emoji, goes by that one (RFC 3490).
    """
    import idna  # its tables take 10 ms to load, and most mail has no need of them

    if len(domain) > 253:
        return None
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        pass
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return None


def unicode_domain(domain: str) -> str:
    """A domain in U-labels; a label that is none stays as it is."""
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
