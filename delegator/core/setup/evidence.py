"""What the headers of a mailbox show: who writes, who is answered and how fast, who is copied."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..mail.message import Address, Message
from ..people import normal_address
from ..providers import PROVIDERS
from ..rules.conditions import Facts, Is, match
from .servers import base_domain

PEOPLE_KEPT = 50
"""The most recipients of one mail; a mail to more is a circular, and says nothing of who works together."""


@dataclass(frozen=True, slots=True)
class Head:
    """What is kept of one mail's header. Addresses as in `normal_address`. at: when it arrived or was sent.

    people: To and Cc, without the owner.
    """

    at: datetime
    sender: Address
    subject: str
    message_id: str | None
    answers: tuple[str, ...]
    people: tuple[Address, ...]
    is_bulk: bool
    is_auto: bool


@dataclass(slots=True)
class Sender:
    """One address that wrote to the owner, machines' and circulars apart. delays: of the answers."""

    address: str
    name: str = ""
    mails: int = 0
    delays: list[timedelta] = field(default_factory=list)
    copied: Counter[str] = field(default_factory=Counter)

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


@dataclass(slots=True)
class Evidence:
    """All of it. heads: what arrived. answered: their Message-IDs, and after how long."""

    heads: list[Head]
    sent: list[Head]
    own: frozenset[str]
    own_domains: frozenset[str]
    senders: dict[str, Sender]
    answered: dict[str, timedelta]


def head_of(message: Message, own: frozenset[str], own_domain: str) -> Head | None:
    """None without a date or a single clear author: it shows nothing. own_domain: whose lists are no bulk."""
    at, author = message.arrived_at or message.date, message.originator
    if at is None or author is None or not _is_plain(author.address):
        return None
    facts = Facts(own, own_domain)
    people = [Address(one.name, normal_address(one.address)) for one in (*message.to, *message.cc)]
    others = tuple(one for one in people if one.address not in own and _is_plain(one.address))
    return Head(
        at=at,
        sender=Address(author.name, normal_address(author.address)),
        subject=message.subject[:200],
        message_id=message.message_id,
        answers=message.named_ids[:20],
        people=others if len(others) <= PEOPLE_KEPT else (),
        is_bulk=match(Is("bulk", True), message, facts) is not None,
        is_auto=match(Is("auto", True), message, facts) is not None or is_machine(author.address),
    )


_PLAIN = re.compile(r"[a-z0-9_+=/'-]+(\.[a-z0-9_+=/'-]+)*@[a-z0-9-]+(\.[a-z0-9-]+)+")


def _is_plain(address: str) -> bool:
    """Whether a rule takes it as it is: no glob, no quotes, no letter that only looks like one."""
    return len(address) <= 254 and bool(_PLAIN.fullmatch(normal_address(address)))


_MACHINE = re.compile(
    r"(?:.*[._+-])?(?:no|do-?not|donot|nicht|ne-?pas)[._-]?(?:re?ply|antwoorden|antworten|repondre)(?:[._+-].*)?"
    r"|(?:notifications?|alerts?|mailer-daemon|postmaster|bounces?|monitor(?:ing)?|cron|root|nagios)(?:[._+-].*)?"
)


def is_machine(address: str) -> bool:
    """Whether its local part is one that programs are given."""
    return bool(_MACHINE.fullmatch(address.rpartition("@")[0].lower()))


# Where anybody gets an address: such a domain is no company.
_FREE = frozenset(domain for one in PROVIDERS for domain in one.domains) | {
    *("gmx.de", "gmx.net", "gmx.at", "gmx.com", "web.de", "t-online.de", "freenet.de", "posteo.de"),
    *("orange.fr", "wanadoo.fr", "free.fr", "sfr.fr", "laposte.net"),
    *("skynet.be", "proximus.be", "scarlet.be", "pandora.be", "ziggo.nl", "kpnmail.nl", "xs4all.nl"),
    *("aol.com", "mail.com", "btinternet.com"),
}


def is_free(domain: str) -> bool:
    return domain in _FREE


def weigh(heads: Iterable[Head], sent: Iterable[Head], own: Iterable[str]) -> Evidence:
    """Each answer counts once, for the mail that it answers; the first answer of a mail is its answer."""
    arrived, gone = sorted(heads, key=_moment), sorted(sent, key=_moment)
    own_addresses = frozenset(map(normal_address, own))
    domains = frozenset(address.rpartition("@")[2] for address in own_addresses)
    own_domains = frozenset(base_domain(domain) for domain in domains if not is_free(domain))
    asked = {head.message_id: head for head in arrived if head.message_id}
    answered: dict[str, timedelta] = {}
    for reply in gone:
        for named in reply.answers[:1]:  # In-Reply-To: which mail it answers; the rest is its history
            head = asked.get(named)
            if head is not None and named not in answered and reply.at >= head.at:
                answered[named] = reply.at - head.at
    senders: dict[str, Sender] = {}
    for head in arrived:
        if head.is_bulk or head.is_auto or head.sender.address in own_addresses:
            continue
        sender = senders.setdefault(head.sender.address, Sender(head.sender.address))
        sender.name = head.sender.name or sender.name
        sender.mails += 1
        sender.copied.update({one.address for one in head.people})
        if head.message_id in answered:
            sender.delays.append(answered[head.message_id])
    return Evidence(arrived, gone, own_addresses, own_domains, senders, answered)


def _moment(head: Head) -> datetime:
    return head.at


def typical(delays: Sequence[timedelta]) -> timedelta:
    """The median."""
    return timedelta(seconds=statistics.median(delay.total_seconds() for delay in delays))


def most_usual(values: Iterable[str]) -> str | None:
    """The one that comes most often, the first of several."""
    counted = Counter(value for value in values if value)
    return max(counted, key=lambda value: counted[value]) if counted else None
