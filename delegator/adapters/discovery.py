"""Asks who knows the servers of an address: DNS, and autoconfig files over https.

The only one that speaks DNS. Each question is bounded in time and size, and none of them asks in clear: a
redirect to http is refused, a certificate has to be right. What an answer means is for `core.setup.servers`.
"""

from __future__ import annotations

import asyncio
import http.client
import re
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import quote

from ..core.setup.servers import Answer, Source, Stated, Target, answer_of_file, answer_of_srv, base_domain
from ..ports import Unavailable
from .certificate import certificate_fault
from .lanes import Lane

WITHIN_S = 4.0
"""For all questions together: somebody waits."""

MAX_OCTETS = 64 * 1024
"""The largest autoconfig file; those in Mozilla's database have 1 to 4 kB."""

_MX_WITHIN_S = 2.0
_MOST_REDIRECTS = 3
_DATABASE = "https://autoconfig.thunderbird.net/v1.1/"
_SERVICES = ("_imaps._tcp", "_imap._tcp", "_submissions._tcp", "_submission._tcp")
_LANE = Lane(8, "discovery")  # a thread that is given up keeps no process from ending


class NoSuchDomain(Exception):
    """DNS says so for certain."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was learnt. misses: why a source gave nothing that can be used, for a person."""

    answers: tuple[Answer, ...]
    misses: tuple[str, ...]


async def look_up_mx(domain: str) -> tuple[str, ...]:
    """Who takes mail for a domain, the most preferred first. Raises NoSuchDomain, Unavailable."""
    import dns.exception
    import dns.resolver

    try:
        records = await _resolver().resolve(domain, "MX", lifetime=_MX_WITHIN_S, search=False)
    except dns.resolver.NXDOMAIN:
        raise NoSuchDomain from None
    except dns.resolver.NoAnswer:
        return ()
    except (dns.exception.DNSException, OSError) as error:
        raise Unavailable(f"DNS does not answer ({type(error).__name__}); is this machine online?") from None
    found = sorted((record.preference, str(record.exchange)) for record in records)
    return tuple(host for _, host in found if host != ".")  # RFC 7505: "." takes none


async def ask_all(address: str, domain: str, mx: Iterable[str], within_s: float = WITHIN_S) -> Asked:
    """All sources side by side; whoever has not answered in time has not answered."""
    misses: list[str] = []
    own = f"https://autoconfig.{domain}/mail/config-v1.1.xml?emailaddress={quote(address)}"
    known = f"https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml"
    files = [(Source.AUTOCONFIG, own), (Source.AUTOCONFIG, known), (Source.DATABASE, _DATABASE + domain)]
    others = {base_domain(server) for server in mx} - {base_domain(domain)}
    files += [(Source.DATABASE_OF_MX, _DATABASE + other) for other in sorted(others)[:2]]
    questions = [_file(source, url, address, misses) for source, url in files]
    tasks = {
        asyncio.ensure_future(_srv(domain, address, misses, within_s)): "DNS (SRV)",
        **{
            asyncio.ensure_future(question): _shown(url)
            for question, (_, url) in zip(questions, files, strict=True)
        },
    }
    done, late = await asyncio.wait(tasks, timeout=within_s)
    misses += [f"{tasks[task]}: no answer within {within_s:.0f} seconds" for task in late]
    for task in late:
        task.cancel()
    found = [task.result() for task in tasks if task in done]
    return Asked(tuple(answer for answer in found if answer is not None), tuple(misses))


# --- DNS


def _resolver() -> Any:
    import dns.asyncresolver

    return dns.asyncresolver.Resolver()


async def _srv(domain: str, address: str, misses: list[str], within_s: float) -> Answer | None:
    import dns.exception
    import dns.resolver

    async def one(service: str) -> list[Target]:
        try:
            records = await _resolver().resolve(f"{service}.{domain}", "SRV", lifetime=within_s, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        return [Target(service, r.priority, r.weight, r.port, str(r.target)) for r in records]

    try:
        found = await asyncio.gather(*(one(service) for service in _SERVICES))
    except (dns.exception.DNSException, OSError) as error:
        misses.append(f"DNS (SRV): {type(error).__name__}")
        return None
    targets = [target for records in found for target in records]
    return answer_of_srv(f"the SRV records of {domain}", targets, address) if targets else None


# --- https


async def _file(source: Source, url: str, address: str, misses: list[str]) -> Answer | None:
    work = _LANE.submit(_fetch, url)
    try:
        octets = await asyncio.wrap_future(work)
        stated = read_autoconfig(octets) if octets is not None else None
    except _Miss as miss:
        misses.append(f"{_shown(url)}: {miss}")
        return None
    if stated is None:
        return None
    answer = answer_of_file(source, _shown(url), stated, address)
    if answer.imap is None or answer.smtp is None:
        misses.append(f"{_shown(url)}: names no encrypted IMAP and submission server")
    return answer


def _shown(url: str) -> str:
    """Without the owner's address in it."""
    return url.partition("?")[0].replace("/mail/config-v1.1.xml", "").replace("/.well-known/autoconfig", "")


class _Miss(Exception):
    """Why a file is of no use, as what follows its address and a colon."""


class _OnlyHttps(urllib.request.HTTPRedirectHandler):
    """A redirect in clear could be anybody's."""

    max_redirections = _MOST_REDIRECTS

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if not newurl.lower().startswith("https://"):
            raise _Miss("sends us on to an address without TLS, which is not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _fetch(url: str) -> bytes | None:
    """The file; None where there is none. Raises _Miss."""
    opener = urllib.request.build_opener(
        _OnlyHttps, urllib.request.HTTPSHandler(context=ssl.create_default_context())
    )
    request = urllib.request.Request(url, headers={"User-Agent": "delegator", "Accept": "text/xml"})
    try:
        with opener.open(request, timeout=WITHIN_S) as answer:
            octets: bytes = answer.read(MAX_OCTETS + 1)
    except urllib.error.HTTPError as error:
        if error.code in (401, 403, 404, 410):
            return None
        raise _Miss(f"answers {error.code}") from None
    except urllib.error.URLError as error:
        _unreached(error.reason)
        return None
    except (OSError, http.client.HTTPException, ValueError) as error:
        _unreached(error)
        return None
    if len(octets) > MAX_OCTETS:
        raise _Miss(f"is larger than {MAX_OCTETS // 1024} kB")
    return octets


def _unreached(reason: object) -> None:
    """Most domains have no such host, which is no news; anything else is."""
    match reason:
        case ssl.SSLCertVerificationError():
            raise _Miss(f"the certificate {certificate_fault(reason).partition(';')[0]}")
        case socket.gaierror() | ConnectionRefusedError():
            return
        case TimeoutError():
            raise _Miss("no answer in time")
        case _:
            raise _Miss(f"cannot be read ({type(reason).__name__})")


_LOOKS_LIKE_XML = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:\?xml|clientConfig|!--)")


def read_autoconfig(octets: bytes) -> list[Stated] | None:
    """The servers in an autoconfig file; None where it is a web page. Raises _Miss."""
    import defusedxml.ElementTree
    from defusedxml import DefusedXmlException

    if not _LOOKS_LIKE_XML.match(octets):
        return None  # a web host's page for whatever is not there
    try:
        root = defusedxml.ElementTree.fromstring(octets, forbid_dtd=True)
    except DefusedXmlException:
        raise _Miss("holds a document type or entities, and is not read") from None
    except (ValueError, LookupError, SyntaxError):  # ParseError is a SyntaxError
        raise _Miss("is no XML that can be read") from None
    found = []
    for element in root.iter():
        if element.tag in ("incomingServer", "outgoingServer"):
            found.append(
                Stated(
                    kind=element.get("type", "").lower(),
                    host=element.findtext("hostname", ""),
                    port=element.findtext("port", ""),
                    socket=element.findtext("socketType", ""),
                    username=element.findtext("username", ""),
                    authentication=tuple(one.text or "" for one in element.findall("authentication")),
                )
            )
    return found
