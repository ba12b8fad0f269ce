"""The people whom the configuration names: the owner, the backups, and when each is away.

Plain values only. Who may be asked is decided in `schedule` and `triage`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

Language = Literal["nl", "en", "fr", "de"]
ReplyTo = Literal["both", "client", "owner"]


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
class Owner:
    """The person who is away. Addresses are as configured; compare them with `same_address`."""

    name: str
    address: str
    aliases: tuple[str, ...]
    language: Language
    timezone: ZoneInfo

    @property
    def addresses(self) -> tuple[str, ...]:
        return (self.address, *self.aliases)

    @property
    def domain(self) -> str:
        """The owner's mail domain, lower case."""
        return self.address.rpartition("@")[2].lower()


@dataclass(frozen=True, slots=True)
class Backup:
    """A colleague who takes over. `key` is the name under `backups:` in rules.yaml."""

    key: str
    name: str
    address: str
    aliases: tuple[str, ...]
    away: tuple[Window, ...]
    language: Language
    reply_to: ReplyTo

    @property
    def addresses(self) -> tuple[str, ...]:
        return (self.address, *self.aliases)

    @property
    def first_name(self) -> str:
        """What a colleague calls them; the whole name if it is one word."""
        return self.name.split()[0] if self.name.split() else self.address


def normal_address(address: str) -> str:
    """The form in which addresses are compared: lower case, domain in A-labels (RFC 5890)."""
    local, at, domain = address.strip().rpartition("@")
    domain = domain.lower().rstrip(".")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            pass  # not a host name: it equals only itself
    return f"{local.lower()}{at}{domain}"


def same_address(one: str, other: str) -> bool:
    """Whether two addr-specs mean the same mailbox, for our purposes (case is ignored)."""
    return normal_address(one) == normal_address(other)
