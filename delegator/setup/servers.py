"""The servers of an address: looked for, or asked for, and greeted before any password is."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ..adapters.discovery import NoSuchDomain, ask_all, look_up_mx
from ..adapters.reach import begins_with_tls
from ..config import values
from ..config.model import SecretSource, Server
from ..config.shapes import Invalid
from ..core.providers import Provider, provider_of_host
from ..core.setup.servers import Endpoint, Found, Security, choose, domain_of, preset
from ..ports import Greeting, Refused, Unavailable
from ..wiring.connections import greet
from .questions import Cannot, Questions, WrongUsage

GREETED_WITHIN_S = 10.0
"""Both are asked in the time that a person waits; the service itself waits for minutes."""

_PORTS: dict[str, dict[int, Security]] = {
    "imap": {993: "tls", 143: "starttls"},
    "smtp": {465: "tls", 587: "starttls", 25: "starttls"},
}


@dataclass(frozen=True, slots=True)
class Servers:
    """Two servers that answered, with certificates that hold."""

    found: Found
    imap: Server
    smtp: Server
    takes_password: bool
    takes_token: bool


async def find_servers(questions: Questions, address: str, ca: Path | None) -> Servers:
    """Raises Cannot."""
    found = await _look(questions, address)
    while True:
        if found is None:
            found = _ask_hosts(questions, address)
        try:
            return await _greeted(questions, found, address, ca)
        except Unavailable as fault:
            sentence = explained(str(fault), found.provider, isinstance(fault, Refused))
            if not questions.is_asking:
                raise Cannot(sentence) from None
            questions.tell(f"  {sentence}.")
            if not questions.agree("Try other servers?", default=True):
                raise Cannot("no servers were found; nothing was written") from None
            found = None


def explained(fault: str, provider: Provider | None, is_refused: bool) -> str:
    """A fault of a well-known server is most often one of the network in between."""
    what = fault.partition(";")[0]
    known = provider_of_host(what.partition(" port ")[0])
    if known is not None and what.endswith("host name not found"):
        return f"{what}, and it is {known.name}'s; is this machine online?"
    if provider is None or not is_refused or "the certificate" not in fault:
        return fault
    if provider.certificate_hint:
        return f"{what}; {provider.certificate_hint} (--ca FILE)"
    return (
        f"{what}, which {provider.name}'s is not: something in between answers, like the sign-in page of a "
        "hotel's network, or a filter; open a web page to sign in, or use another network"
    )


# --- looked for


async def _look(questions: Questions, address: str) -> Found | None:
    domain = domain_of(address)
    if domain is None:
        raise WrongUsage(f"{address} is not a mail address; write it like name@company.example")
    if "--imap" in questions.given:
        return _ask_hosts(questions, address)
    found = preset(address, ())
    if found is None:
        found = await _ask_around(questions, address, domain)
    if found is None:
        return None
    imap, smtp = found.imap, found.smtp
    questions.tell(f"  Mail is read at {_shown(imap)} and sent by {_shown(smtp)}.")
    questions.tell(f"  (Found by {found.how}.)")
    if found.doubt:
        if not questions.is_asking:
            raise Cannot(f"{found.doubt}; if it is right, give --imap and --smtp")
        questions.tell(f"  Careful: {found.doubt}.")
        if not questions.agree("Is that really where your mail is?", default=False):
            return None
    return found


async def _ask_around(questions: Questions, address: str, domain: str) -> Found | None:
    questions.tell(f"Looking for the mail servers of {domain}")
    try:
        mx = await look_up_mx(domain)
    except NoSuchDomain:
        raise Cannot(f"there is no domain {domain}; check the spelling of {address}") from None
    except Unavailable as fault:
        questions.tell(f"  {fault}")
        mx = ()
    if found := preset(address, mx):
        return found
    asked = await ask_all(address, domain, mx)
    for miss in asked.misses:
        questions.tell(f"  {miss}")
    found = choose(address, mx, asked.answers)
    if found is None:
        what = f"nobody says where the mail of {domain} is; look in your provider's help pages"
        if not questions.is_asking:
            raise Cannot(f"{what}, and give --imap and --smtp")
        questions.tell(f"  {what[0].upper()}{what[1:]}.")
    return found


def _shown(endpoint: Endpoint) -> str:
    security = {"tls": "TLS", "starttls": "STARTTLS"}.get(endpoint.security, endpoint.security)
    return f"{endpoint.host} port {endpoint.port} ({security})"


# --- asked for


def _ask_hosts(questions: Questions, address: str) -> Found:
    imap = questions.ask("Server for reading mail (IMAP)", "--imap", reader("imap", address))
    smtp = questions.ask("Server for sending mail (SMTP)", "--smtp", reader("smtp", address))
    username = questions.ask("User name there", "--username", values.line, address)
    provider = provider_of_host(imap.host)
    imap, smtp = replace(imap, username=username), replace(smtp, username=username)
    return Found(imap, smtp, "you", provider)


def reader(kind: str, address: str) -> Callable[[str], Endpoint]:
    """Reads HOST or HOST:PORT."""

    def read(text: str) -> Endpoint:
        matched = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^:\s]+)(?::([0-9]{1,5}))?", text)
        if not matched:
            raise Invalid(
                "is not a server", "write it like imap.company.example, or imap.company.example:993"
            )
        host = values.host(matched[1])
        port = int(matched[2]) if matched[2] else next(iter(_PORTS[kind]))
        if not 0 < port < 65536:
            raise Invalid("is not a port", "write one from 1 to 65535")
        return Endpoint(host, port, _PORTS[kind].get(port, "tls"), address)

    return read


# --- greeted


_OTHER_TLS = re.compile(r"does not begin with TLS|offers no STARTTLS")


async def _greeted(questions: Questions, found: Found, address: str, ca: Path | None) -> Servers:
    """Ports that fit no usual security are tried with TLS first, then with STARTTLS: never without either."""
    if ca is not None:
        _look_at_authorities(ca)
    last: Unavailable | None = None
    for one in _ways(found):
        imap, smtp = _server(one.imap, ca), _server(one.smtp, ca)
        try:
            greetings = await greet(imap, smtp, address, GREETED_WITHIN_S)
        except Refused as fault:
            last = last or fault
            if not _OTHER_TLS.search(str(fault)):
                raise
        except Unavailable:
            spoken = await _as_spoken(one)
            if spoken == one:
                raise
            return await _greeted(questions, spoken, address, ca)
        else:
            _tell_greeting(questions, greetings)
            takes_password = found.takes_passwords and all(one.takes_password for one in greetings)
            takes_token = all(one.takes_token for one in greetings)
            return Servers(one, imap, smtp, takes_password, takes_token)
    assert last is not None
    raise last


def _ways(found: Found) -> list[Found]:
    """As found; and where a person named the servers, with the other kind of TLS on the same ports."""
    if found.how != "you":
        return [found]

    def other(endpoint: Endpoint) -> Endpoint:
        return replace(endpoint, security="starttls" if endpoint.security == "tls" else "tls")

    return [
        found,
        replace(found, smtp=other(found.smtp)),
        replace(found, imap=other(found.imap)),
        replace(found, imap=other(found.imap), smtp=other(found.smtp)),
    ]


async def _as_spoken(found: Found) -> Found:
    """With TLS where a person named a port that usually speaks STARTTLS, and that is silent."""

    async def spoken(endpoint: Endpoint) -> Endpoint:
        is_silent = found.how == "you" and endpoint.security == "starttls"
        if is_silent and await begins_with_tls(endpoint.host, endpoint.port, GREETED_WITHIN_S):
            return replace(endpoint, security="tls")
        return endpoint

    return replace(found, imap=await spoken(found.imap), smtp=await spoken(found.smtp))


def _tell_greeting(questions: Questions, greetings: tuple[Greeting, Greeting]) -> None:
    ends = [one.certificate_until for one in greetings if one.certificate_until is not None]
    if ends:
        questions.tell(f"  Both answer, and their certificates are in order (until {min(ends):%Y-%m-%d}).")
    else:
        questions.tell("  Both answer.")


def _look_at_authorities(ca: Path) -> None:
    try:
        ssl.create_default_context(cafile=ca)
    except (OSError, ValueError):
        raise WrongUsage(f"{ca} cannot be read as PEM certificates; name a file that holds them") from None


def _server(endpoint: Endpoint, ca: Path | None) -> Server:
    return Server(
        host=endpoint.host,
        port=endpoint.port,
        security=endpoint.security,
        ca=ca,
        username=endpoint.username,
        password=SecretSource("env", "", 0, 0),  # stands in: what is tried is in nobody's file yet
    )
