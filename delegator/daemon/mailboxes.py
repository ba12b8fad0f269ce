"""Mail out of a mailbox, as much of each as its triage needs: the same live and in a dry run."""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from ..core.mail.message import MAX_OCTETS, TRIAGE_OCTETS, Message, parse_message
from ..core.mail.outline import (
    Outline,
    Section,
    abridged,
    body_sections,
    end_section,
    header_sections,
    is_end,
)
from ..ports import Fetched, MailSource

FIRST_OCTETS = 24 * 1024
"""How much of each mail comes at once: most text ends in it. What a larger one attaches is left out."""

SENT_OCTETS = 32 * 1024
"""How much of each mail that the owner sent: its header says whom it went to, and what it answers."""

_TOGETHER_OCTETS = 4 * 1024 * 1024
"""Bodies of large mails that are fetched, and held, together."""


async def fetch_for_triage(
    source: MailSource, uids: Sequence[int], first_octets: int = FIRST_OCTETS
) -> AsyncIterator[Fetched]:
    """The messages of the open mailbox; what has gone meanwhile is left out.

    The first octets of all come at once, and most end in them. Larger ones are read by their parts, some of
    them together, and whole where those do not add up, one at a time.
    """
    batch = await _with_sizes(source, await source.fetch(uids, first_octets), first_octets)
    # RFC822.SIZE is a guess on some servers: what is as long as was asked for may have been cut.
    large = {
        one.uid: one
        for one in batch
        if len(one.octets) >= first_octets and len(one.octets) != one.size_octets
    }
    sketches = await _sketches(source, large)
    abridgements: dict[int, bytes] = {}
    for fetched in batch:
        if fetched.uid not in large:
            yield fetched
            continue
        if fetched.uid in sketches:
            abridgements |= await _abridged(source, large, _next_few(sketches))
        if octets := abridgements.pop(fetched.uid, None):
            yield replace(fetched, octets=octets, is_abridged=True)
        else:
            whole, fetched = await _read_whole(source, fetched)
            if whole:
                is_cut = len(whole) >= MAX_OCTETS
                size = fetched.size_octets if is_cut else min(fetched.size_octets, len(whole))
                yield replace(fetched, octets=whole, size_octets=size)
            elif whole is not None:  # an empty answer is no mail: what came at first says more
                yield fetched


async def _with_sizes(source: MailSource, batch: Sequence[Fetched], limit_octets: int) -> list[Fetched]:
    """As they are, where the server said that they are larger (Exchange only guesses): what is shorter than
    was asked for, and after which nothing comes, is all of it. Else each would be a mail that was not read to
    its end, which may be private.
    """
    after = {
        one.uid: [Section("", 1, start=len(one.octets))]
        for one in batch
        if 0 < len(one.octets) < min(limit_octets, one.size_octets)
    }
    found = await source.sections(after) if after else {}
    return [
        replace(one, size_octets=len(one.octets)) if found.get(one.uid, {}).get("") == b"" else one
        for one in batch
    ]


async def _read_whole(source: MailSource, fetched: Fetched) -> tuple[bytes | None, Fetched]:
    """The whole, and what stands for it where the server cannot give that: as much as is looked at."""
    whole = await source.fetch_whole(fetched.uid, MAX_OCTETS)
    if whole == b"" and len(fetched.octets) < TRIAGE_OCTETS:
        more = await source.fetch([fetched.uid], TRIAGE_OCTETS)
        fetched = more[0] if more and more[0].octets else fetched
    return whole, fetched


def message_of(fetched: Fetched) -> Message:
    """What triage sees of it."""
    return parse_message(
        fetched.octets,
        size_octets=fetched.size_octets,
        arrived_at=fetched.arrived_at,
        is_abridged=fetched.is_abridged,
    )


@dataclass(frozen=True, slots=True)
class _Sketch:
    """A large mail on its way to an abridgement: what there is of it, and what is still to be fetched."""

    outline: Outline
    headers: dict[str, bytes]
    bodies: tuple[Section, ...]

    @property
    def octets(self) -> int:
        return sum(section.octets for section in self.bodies)


async def _sketches(source: MailSource, large: Mapping[int, Fetched]) -> dict[int, _Sketch]:
    """By UID, in order. Those are missing that must be read whole."""
    outlines = await source.outlines(list(large)) if large else {}
    headers = {uid: header_sections(outlines[uid]) for uid in large if uid in outlines}
    wanted = {uid: some for uid, some in headers.items() if some is not None}
    found = await source.sections(wanted) if wanted else {}
    sketches: dict[int, _Sketch] = {}
    for uid, some in wanted.items():
        given = found.get(uid, {})
        if any(len(given.get(section.name, b"")) >= section.octets for section in some):
            continue  # a header that was cut
        bodies = body_sections(large[uid].octets, outlines[uid], given)
        if bodies is not None:
            sketches[uid] = _Sketch(outlines[uid], given, bodies)
    return sketches


def _next_few(sketches: dict[int, _Sketch]) -> dict[int, _Sketch]:
    """Take as many as may be fetched together, at least one."""
    taken: dict[int, _Sketch] = {}
    octets = 0
    for uid, sketch in list(sketches.items()):
        octets += sketch.octets
        if taken and octets > _TOGETHER_OCTETS:
            break
        taken[uid] = sketches.pop(uid)
    return taken


async def _abridged(
    source: MailSource, large: Mapping[int, Fetched], sketches: Mapping[int, _Sketch]
) -> dict[int, bytes]:
    """By UID, abridged; those are missing that must be read whole."""
    bodies = await source.sections({uid: sketch.bodies for uid, sketch in sketches.items()})
    found: dict[int, dict[str, bytes]] = {}
    ends: dict[int, Section] = {}
    for uid, sketch in sketches.items():
        given = bodies.get(uid, {})
        if all(len(given.get(section.name, b"")) == section.octets for section in sketch.bodies):
            found[uid] = sketch.headers | given
            fetched = large[uid]
            end = end_section(fetched.octets, sketch.outline, found[uid], fetched.size_octets)
            if end is not None:
                ends[uid] = end
    last = await source.sections({uid: [end] for uid, end in ends.items()}) if ends else {}
    made: dict[int, bytes] = {}
    for uid, given in found.items():
        first = large[uid].octets
        if uid in ends and not is_end(first, ends[uid], last.get(uid, {}).get(ends[uid].name)):
            continue
        if octets := abridged(first, sketches[uid].outline, given):
            made[uid] = octets
    return made


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


async def of_these_moments(source: MailSource, moments: Collection[datetime | None]) -> list[int]:
    """The UIDs of the open mailbox whose mail arrived at one of these; None: at a moment nobody knows."""
    known = [at for at in moments if at is not None]
    since = (min(known) - timedelta(days=1)).date() if len(known) == len(moments) else None
    uids = await source.uids(since=since)
    found: list[int] = []
    for at in range(0, len(uids), _MOMENTS_AT_ONCE):
        for fetched in await source.fetch(uids[at : at + _MOMENTS_AT_ONCE], 1):
            if fetched.arrived_at in moments:
                found.append(fetched.uid)
    return found


_MOMENTS_AT_ONCE = 500


async def sha256_of(source: MailSource, uid: int) -> str:
    """The digest of all octets of a mail in the open mailbox, in hexadecimal, as far as they can be had.

    A megabyte of it at a time is in memory.
    """
    found, size = sha256(), 0
    while size < MAX_OCTETS:
        section = Section("", min(_CHUNK_OCTETS, MAX_OCTETS - size), size)
        octets = (await source.sections({uid: [section]})).get(uid, {}).get("", b"")
        found.update(octets)
        size += len(octets)
        if len(octets) < section.octets:
            break
    return found.hexdigest()


_CHUNK_OCTETS = 1024 * 1024
