"""Mail out of a mailbox, as much of each as its triage needs: the same live and in a dry run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace

from ..core.mail.message import TRIAGE_OCTETS
from ..ports import Fetched, MailSource


async def fetch_for_triage(
    source: MailSource, uids: Sequence[int], octets_needed: int
) -> AsyncIterator[Fetched]:
    """The messages of the open mailbox; what has gone meanwhile is left out.

    octets_needed: as `RuleBook.octets_needed` says. The first part of all comes at once, the rest of
    each only when it is its turn, so that one large mail is held at a time.
    """
    for fetched in await source.fetch(uids, TRIAGE_OCTETS):
        if TRIAGE_OCTETS <= len(fetched.octets) < min(fetched.size_octets, octets_needed):
            whole = await source.fetch_whole(fetched.uid, octets_needed)
            if whole is None:
                continue
            # An empty answer is no mail: what came at first says more.
            fetched = replace(fetched, octets=whole or fetched.octets)
        yield fetched


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
