"""The form of what is known of a provider. Facts stand in `table`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Credentials = Literal["password", "app password", "token"]
"""What its servers take: the mailbox's own password, one made for this program, or OAuth 2 alone."""

UserName = Literal["address", "local part"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where one of its servers is, and by which name it knows the owner."""

    host: str
    port: int
    security: Literal["tls", "starttls"]
    user: UserName = "address"

    def username(self, address: str) -> str:
        return address if self.user == "address" else address.rpartition("@")[0]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Its limits on what is sent; None where it tells of none.

    max_megabytes: of a mail, attachments included. a_day: mails of one mailbox in 24 hours, and of a
    paid account where that differs. a_minute: what is above it waits.
    """

    max_megabytes: int | None = None
    a_day: int | None = None
    a_day_paid: int | None = None
    a_minute: int | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a refusal means. says: a pattern for the server's words, in any case."""

    says: str
    means: str
    to_do: str


@dataclass(frozen=True, slots=True)
class Provider:
    """What is known of one provider. None: not known.

    domains: of addresses that it gives away. mx: ends of the names of servers that take mail for other
    domains. credentials_hint: what to do to get one that is taken. login: of `account.token`.
    files_sent: whether what goes out by its submission server appears among the sent mail by itself.
    has_idle, has_move, has_keywords: of its IMAP. folders: what is special about them.
    blocks_forwarding: that it refuses automatic forwards to other organisations, unless an administrator
    allows them.
    """

    key: str
    name: str
    imap: Place
    smtp: Place
    credentials: Credentials | None = None
    credentials_hint: str = ""
    login: Literal["microsoft", "google"] | None = None
    domains: tuple[str, ...] = ()
    mx: tuple[str, ...] = ()
    outgoing: Outgoing = Outgoing()
    connections: int | None = None
    files_sent: bool | None = None
    has_idle: bool | None = None
    has_move: bool | None = None
    has_keywords: bool | None = None
    folders: str = ""
    blocks_forwarding: bool = False
    certificate_hint: str = ""
    refusals: tuple[Refusal, ...] = ()

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset((self.imap.host, self.smtp.host))


def refusal_of(provider: Provider | None, said: str) -> Refusal | None:
    """What a provider means by the words of its server; None where that is not known."""
    refusals = provider.refusals if provider else ()
    return next((one for one in refusals if re.search(one.says, said, re.IGNORECASE)), None)
