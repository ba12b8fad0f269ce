"""Mail out of a mailbox, as much of each as its triage needs: the same live and in a dry run."""

from __future__ import annotations

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


def junk_mailbox(mailboxes: Mapping[str, frozenset[str]]) -> str | None:
    """Where the provider puts what it takes for spam (RFC 6154), or the first usual name."""
    return _by_use(mailboxes, "\\junk", ("Junk", "Spam", "Junk E-mail"))


def sent_mailbox(mailboxes: Mapping[str, frozenset[str]]) -> str | None:
    """Where the owner's mail programs file what they send (RFC 6154), or the first usual name."""
    return _by_use(mailboxes, "\\sent", ("Sent", "Sent Items", "Sent Messages"))


def _by_use(mailboxes: Mapping[str, frozenset[str]], use: str, usual: tuple[str, ...]) -> str | None:
    for name, attributes in mailboxes.items():
        if use in {attribute.lower() for attribute in attributes}:
            return name
    return next((name for name in usual if name in mailboxes), None)
