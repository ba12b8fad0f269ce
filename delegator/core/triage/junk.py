"""What becomes of mail that the owner's server took for spam: an item, a count, or nothing.

Nothing there is forwarded by itself. But the order of a client must not die in a number: whom a rule names
by address, and who writes in a handover, stands in the review with buttons. Not where the owner's server says
that the sender's authentication failed, for whoever poses as a client lands there too.
"""

from __future__ import annotations

from dataclasses import replace

from ..handovers.codes import Code, Disposition
from ..mail.message import Message
from ..rules.book import RuleBook
from .verdict import Verdict


def in_junk(verdict: Verdict, message: Message, book: RuleBook) -> Verdict | None:
    """The verdict on mail in Junk, from the one that it would have had in INBOX; None: it is no item.

    The rule that names the sender need not be the one that decides: one about orders may stand before it.
    """
    sender = message.originator
    is_named = any(found.field == "from" for found in verdict.matches) or (
        sender is not None and book.names(sender.address)
    )
    is_ruled = verdict.code in (Code.RULE, Code.OTHERWISE, Code.NOBODY_THERE) and is_named
    is_shown = verdict.disposition is Disposition.FORWARD or (
        verdict.disposition is Disposition.REVIEW and verdict.priority != "low"
    )
    if not is_shown or not (is_ruled or verdict.code is Code.CONVERSATION):
        return None
    return replace(
        verdict,
        disposition=Disposition.REVIEW,
        code=Code.IN_JUNK,
        priority="high",
        propose=verdict.backup or verdict.propose,
        backup=None,
        backups=(),
    )
