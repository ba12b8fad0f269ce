"""Mail out of a mailbox, as much of each as its triage needs: the same live and in a dry run."""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace

from ..core.mail.message import MAX_OCTETS, TRIAGE_OCTETS, Message, parse_message
from ..core.mail.outline import Outline, abridged, body_sections, end_section, header_sections, is_end
from ..ports import Fetched, MailSource


async def fetch_for_triage(
    source: MailSource, uids: Sequence[int], first_octets: int = TRIAGE_OCTETS
) -> AsyncIterator[Fetched]:
    """The messages of the open mailbox; what has gone meanwhile is left out.

    The first octets of all come at once, and most end in them. A larger one is read by its parts when it
    is its turn, and whole where those do not add up, so that one large mail is held at a time.
    """
    batch = await source.fetch(uids, first_octets)
    cut = [one.uid for one in batch if first_octets <= len(one.octets) < one.size_octets]
    outlines = await source.outlines(cut)
    for fetched in batch:
        if fetched.uid not in cut:
            yield fetched
        elif octets := await _by_parts(source, fetched, outlines.get(fetched.uid)):
            yield replace(fetched, octets=octets, is_abridged=True)
        elif (whole := await source.fetch_whole(fetched.uid, MAX_OCTETS)) is not None:
            # An empty answer is no mail: what came at first says more.
            yield replace(fetched, octets=whole or fetched.octets)


def message_of(fetched: Fetched) -> Message:
    """What triage sees of it."""
    return parse_message(
        fetched.octets,
        size_octets=fetched.size_octets,
        arrived_at=fetched.arrived_at,
        is_abridged=fetched.is_abridged,
    )


async def _by_parts(source: MailSource, fetched: Fetched, outline: Outline | None) -> bytes | None:
    """A mail, abridged; None where it must be read whole."""
    wanted = header_sections(outline) if outline else None
    if outline is None or wanted is None:
        return None
    found = await source.sections(fetched.uid, wanted)
    if any(len(found.get(section.name, b"")) >= section.octets for section in wanted):
        return None  # a header that was cut
    wanted = body_sections(fetched.octets, outline, found)
    if wanted is None:
        return None
    bodies = await source.sections(fetched.uid, wanted)
    if any(len(bodies.get(section.name, b"")) != section.octets for section in wanted):
        return None
    found |= bodies
    if end := end_section(fetched.octets, outline, found, fetched.size_octets):
        last = (await source.sections(fetched.uid, [end])).get(end.name)
        if not is_end(fetched.octets, end, last):
            return None
    return abridged(fetched.octets, outline, found)


# As Outlook, Gmail, Thunderbird and Apple Mail name them in English, Dutch, French, German, Spanish and
# Italian; written as `_plain` does. The more usual first.
_SENT = (
    *("sent", "sent items", "sent messages", "sent mail"),
    *("verzonden items", "verzonden berichten", "verzonden", "verstuurde berichten", "verstuurd"),
    *("elements envoyes", "messages envoyes", "envoyes", "courrier envoye"),
    *("gesendete elemente", "gesendet", "gesendete objekte", "gesendete nachrichten"),
    *("elementos enviados", "enviados", "mensajes enviados", "correo enviado"),
    *("posta inviata", "inviati", "inviata", "messaggi inviati", "elementi inviati"),
)
_JUNK = (
    *("junk", "spam", "junk e mail", "junk email", "junk mail", "bulk mail"),
    *("ongewenste e mail", "ongewenst", "reclame", "ongewenste reclame"),
    *("courrier indesirable", "indesirables", "pourriel"),
    *("junk e mail", "werbung", "unerwunscht", "unerwunschte werbung", "spamverdacht"),
    *("correo no deseado", "no deseado", "correo basura"),
    *("posta indesiderata", "indesiderata"),
)
# Where some providers keep what is theirs.
_ABOVE = frozenset({"", "[gmail]", "[google mail]", "inbox"})


def junk_mailbox(mailboxes: Mapping[str, frozenset[str]]) -> str | None:
    """Where the provider puts what it takes for spam (RFC 6154), or the first usual name."""
    return _by_use(mailboxes, "\\junk", _JUNK)


def sent_mailbox(mailboxes: Mapping[str, frozenset[str]], configured: str | None) -> str | None:
    """Where the owner's mail programs file what they send: as configured, as marked, or a usual name.

    configured: `account.sent`; one that is not there counts for nothing.
    """
    if configured in mailboxes:
        return configured
    return _by_use(mailboxes, "\\sent", _SENT)


def _by_use(mailboxes: Mapping[str, frozenset[str]], use: str, usual: tuple[str, ...]) -> str | None:
    for name, attributes in mailboxes.items():
        if use in {attribute.lower() for attribute in attributes}:
            return name
    named: dict[str, str] = {}
    for name in sorted(mailboxes, key=lambda name: name.count("/")):
        above, _, last = name.rpartition("/")
        if above.lower() in _ABOVE:
            named.setdefault(_plain(last), name)
    return next((named[name] for name in usual if name in named), None)


def _plain(name: str) -> str:
    """Without capitals, accents, hyphens and spaces in a row."""
    letters = (c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join("".join(letters).casefold().replace("-", " ").split())
