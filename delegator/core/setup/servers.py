"""From an address to its servers: which of several answers counts, and why.

The provider of the address, if it is known; else whoever takes mail for the domain (MX): a web host's
autoconfig names its own servers for a domain whose mail is elsewhere. Then what the domain says over https
and in DNS, and Mozilla's database. No host is ever guessed. What names a stranger's host without anybody
vouching for it is a doubt, which a person has to settle: the password would go there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from ..people import ascii_domain
from ..providers import Place, Provider, provider_of_address, provider_of_mx

Security = Literal["tls", "starttls", "none"]


class Source(IntEnum):
    """Who named a server. The lower counts first where all else is equal."""

    AUTOCONFIG = 0  # the domain's own, over https
    SRV = 1  # RFC 6186, RFC 8314
    DATABASE = 2  # Mozilla's, of the domain
    DATABASE_OF_MX = 3  # Mozilla's, of the domain that takes its mail


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server, and the owner's user name there."""

    host: str
    port: int
    security: Security
    username: str


@dataclass(frozen=True, slots=True)
class Stated:
    """One server as an autoconfig file or a database states it, unread.

    kind: "imap" or "smtp". socket: "SSL", "STARTTLS" or whatever else stands there. username: with
    placeholders; "" is the address. authentication: what it takes, all of it.
    """

    kind: str
    host: str
    port: str
    socket: str
    username: str = ""
    authentication: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """One SRV record (RFC 2782). service: "_imaps._tcp" and the like. host: "." where there is none."""

    service: str
    priority: int
    weight: int
    port: int
    host: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What one source says. where: what was asked, for a person."""

    source: Source
    where: str
    imap: Endpoint | None
    smtp: Endpoint | None
    takes_passwords: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """The servers of an address.

    how: how they were found, as what follows "found by". doubt: why a person has to look at them first, a
    sentence without its full stop; "". provider: None for nobody's that is known.
    """

    imap: Endpoint
    smtp: Endpoint
    how: str
    provider: Provider | None = None
    takes_passwords: bool = True
    doubt: str = ""


def domain_of(address: str) -> str | None:
    """As DNS has it, in lower case; None where it is no address."""
    local, _, domain = address.strip().rpartition("@")
    name = ascii_domain(domain) if not domain.isascii() else domain.lower()
    return name if local and name and _HOST.fullmatch(name) else None


def preset(address: str, mx: Sequence[str]) -> Found | None:
    """The servers of a known provider: whose the address is, or who takes mail for its domain."""
    domain = domain_of(address) or ""
    if (provider := provider_of_address(address)) is not None:
        return _of_provider(provider, address, f"the provider of {domain}")
    if (provider := provider_of_mx(mx)) is not None:
        return _of_provider(provider, address, f"the mail server of {domain}, {mx[0].rstrip('.')}")
    return None


def choose(address: str, mx: Sequence[str], answers: Iterable[Answer]) -> Found | None:
    """The answer that counts; None where nobody names both servers."""
    domain = domain_of(address) or ""
    whole = [answer for answer in answers if answer.imap and answer.smtp]
    if not whole:
        return None
    best = min(whole, key=lambda answer: (_strangeness(answer, domain, mx), answer.source))
    assert best.imap is not None
    assert best.smtp is not None
    strange = _strange_hosts(best, domain, mx)
    is_vouched = best.source in (Source.DATABASE, Source.DATABASE_OF_MX) or not strange
    doubt = ""
    if not is_vouched:
        hosts = " and ".join(strange)
        doubt = f"{hosts}, named by {best.where}, belongs neither to {domain} nor to its MX"
    return Found(best.imap, best.smtp, best.where, None, best.takes_passwords, doubt)


def answer_of_file(source: Source, where: str, stated: Sequence[Stated], address: str) -> Answer:
    """The first encrypted server of each kind in an autoconfig file or a database, TLS before STARTTLS."""
    imap = _first(stated, "imap", address)
    smtp = _first(stated, "smtp", address)
    chosen = [one for one in stated if one.kind == "imap" and imap and one.host.lower() == imap.host]
    passwords = not chosen or any(_takes_password(one) for one in chosen)
    return Answer(source, where, imap, smtp, passwords)


def answer_of_srv(where: str, targets: Iterable[Target], address: str) -> Answer:
    """TLS from the first octet before STARTTLS, then the lowest priority, then the highest weight."""
    found = list(targets)
    imap = _srv(found, {"_imaps._tcp": "tls", "_imap._tcp": "starttls"}, address)
    smtp = _srv(found, {"_submissions._tcp": "tls", "_submission._tcp": "starttls"}, address)
    return Answer(Source.SRV, where, imap, smtp)


def base_domain(host: str) -> str:
    """The part of a name that somebody registered, as near as can be told without a list of them all."""
    labels = host.lower().rstrip(".").split(".")
    has_two = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3
    return ".".join(labels[-3:] if has_two else labels[-2:])


# --- the parts


_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+")


def _of_provider(provider: Provider, address: str, how: str) -> Found:
    def endpoint(place: Place) -> Endpoint:
        return Endpoint(place.host, place.port, place.security, place.username(address))

    takes = provider.credentials != "token"
    return Found(endpoint(provider.imap), endpoint(provider.smtp), how, provider, takes)


def _strangeness(answer: Answer, domain: str, mx: Sequence[str]) -> int:
    """0: where the domain's mail goes. 1: the domain's own. 2: somebody else's."""
    assert answer.imap is not None
    base = base_domain(answer.imap.host)
    if any(base == base_domain(server) for server in mx):
        return 0
    return 1 if base == base_domain(domain) else 2


def _strange_hosts(answer: Answer, domain: str, mx: Sequence[str]) -> list[str]:
    own = {base_domain(name) for name in (domain, *mx)}
    hosts = [endpoint.host for endpoint in (answer.imap, answer.smtp) if endpoint]
    return list(dict.fromkeys(host for host in hosts if base_domain(host) not in own))


def _first(stated: Sequence[Stated], kind: str, address: str) -> Endpoint | None:
    for socket, security in (("SSL", "tls"), ("STARTTLS", "starttls")):
        for one in stated:
            host, port = one.host.strip().lower().rstrip("."), one.port.strip()
            is_usable = _is_name(host) and re.fullmatch(r"[0-9]{1,5}", port) and 0 < int(port) < 65536
            if one.kind == kind and one.socket.strip().upper() == socket and is_usable:
                username = _filled(one.username, address)
                return Endpoint(host, int(port), "tls" if security == "tls" else "starttls", username)
    return None


def _filled(pattern: str, address: str) -> str:
    """Placeholders of autoconfig files; a name of another's would not be the owner's."""
    local, _, domain = address.rpartition("@")
    filled = pattern.strip() or "%EMAILADDRESS%"
    for name, value in (("ADDRESS", address), ("LOCALPART", local), ("DOMAIN", domain)):
        filled = filled.replace(f"%EMAIL{name}%", value)
    return filled if filled.isprintable() and "%" not in filled and len(filled) < 300 else address


def _takes_password(one: Stated) -> bool:
    return not one.authentication or any("password" in name.lower() for name in one.authentication)


def _srv(found: Iterable[Target], services: dict[str, Security], address: str) -> Endpoint | None:
    usable = [one for one in found if one.service in services and _is_name(one.host.lower().rstrip("."))]
    order = list(services)
    usable.sort(key=lambda one: (order.index(one.service), one.priority, -one.weight, one.host))
    first = next(iter(usable), None)
    if first is None:
        return None
    return Endpoint(first.host.lower().rstrip("."), first.port, services[first.service], address)


def _is_name(host: str) -> bool:
    """A name that a certificate can be for; a number, or this machine, is none that a domain may state."""
    return bool(_HOST.fullmatch(host)) and not host.rpartition(".")[2].isdigit() and host != "localhost"
