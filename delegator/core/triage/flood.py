"""How many new handovers one originator may make within an hour, and whose a mail counts as. Pure.

A stranger's three hundred mails would be three hundred forwards to a backup. What is above the limit
becomes an item each. What counts for one originator never counts for another.
"""

from __future__ import annotations

from ..handovers.codes import Code, Disposition
from ..handovers.known import Conversations
from ..mail.authentication import is_verified, passes_for
from ..mail.message import Message
from ..people import normal_address
from ..rules.book import RuleBook
from ..rules.conditions import is_own_list
from .verdict import Verdict

MOST_OF_A_STRANGER = 20
"""New handovers within RECENT. People write a handful of mails about different things in an hour."""

MOST_OF_WHO_IS_NAMED = 200
"""For those whom a rule or a list names, or the owner wrote to: a client's systems send series of mails."""


def counted_as(message: Message, book: RuleBook) -> str:
    """Whose new handover it is: in words, and the same for each mail of one originator only.

    A contact form writes in the owner's own name, or a group in that of the list: it counts by whom it
    names. What the owner's server vouches for is counted apart from what only says to be by the same sender.
    """
    sender = message.originator
    if sender is None:
        return ", ".join(sorted({normal_address(one.address) for one in message.from_}))
    address = normal_address(sender.address)
    behind = message.reply_to if _is_form(message, book) else ()
    if _is_vouched_list(message, book):
        behind = message.original_from
    if behind:
        named = ", ".join(sorted({normal_address(one.address) for one in behind}))
        return f"{named} by way of {address}"
    return f"{address}, verified" if is_verified(message, book.authserv_id) else address


def is_new_handover(verdict: Verdict) -> bool:
    """Whether a verdict of triage puts another conversation into a backup's hands."""
    return verdict.disposition is Disposition.FORWARD and verdict.code is not Code.CONVERSATION


def most_handovers(message: Message, book: RuleBook, known: Conversations) -> int:
    """The limit for its originator within RECENT; for a mail whose authentication does not fail."""
    sender = message.originator
    if sender is None or _is_form(message, book):
        return MOST_OF_A_STRANGER
    senders = message.original_from if _is_vouched_list(message, book) else (sender,)
    is_named = any(book.names(one.address) for one in senders)
    return MOST_OF_WHO_IS_NAMED if is_named or known.owner_wrote_to else MOST_OF_A_STRANGER


def _is_form(message: Message, book: RuleBook) -> bool:
    """Whether it is of whom Reply-To names: from the owner's own domain, or from one of its recipients."""
    sender = message.originator
    if sender is None or not message.reply_to:
        return False
    address = normal_address(sender.address)
    recipients = (*(one.address for one in (*message.to, *message.cc)), *message.delivered_to)
    is_ours = address in book.owner.normal_addresses or address.rpartition("@")[2] == _domain(book)
    replies = {normal_address(one.address) for one in message.reply_to}
    return replies != {address} and (is_ours or address in map(normal_address, recipients))


def _is_vouched_list(message: Message, book: RuleBook) -> bool:
    """As `from` believes X-Original-From: in lists of the owner's own domain that its server vouches for."""
    if len(message.original_from) != 1 or not is_own_list(message, book.owner.domain):
        return False
    return book.authserv_id is None or passes_for(message, book.authserv_id, _domain(book))


def _domain(book: RuleBook) -> str:
    return normal_address(f"@{book.owner.domain}")[1:]
