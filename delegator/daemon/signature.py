"""The owner's signature, as it stands below what the owner sent: in a reply to a review it says nothing."""

from __future__ import annotations

from datetime import timedelta

from ..config.model import Config
from ..core.commands.reply import signature_in
from ..core.mail.message import parse_message
from ..core.people import Window, normal_address
from ..ports import Declined, MailSource
from .mailboxes import FIRST_OCTETS, sent_mailbox

BEFORE = timedelta(days=60)
LOOKED_AT = 20
"""How many of the newest mails in Sent are read: a signature stands below most of them."""


async def read_signature(source: MailSource, config: Config, window: Window) -> frozenset[str]:
    """As `read_reply` takes it; empty where sent mail cannot be read. Leaves Sent open.

    What went to the owner alone is passed over (an earlier reply to a review), and what a machine sent.
    """
    configured = config.account.sent if config.account else None
    try:
        sent = sent_mailbox(await source.list_mailboxes(), configured)
        if sent is None or await source.open(sent, read_only=True) is None:
            return frozenset()
        uids = await source.uids(since=(window.from_at - BEFORE).date())
        found = await source.fetch(uids[-LOOKED_AT:], FIRST_OCTETS)
    except Declined:
        return frozenset()
    own = config.owner.normal_addresses
    texts = []
    for message in (parse_message(fetched.octets) for fetched in found):
        people = {normal_address(each.address) for each in (*message.to, *message.cc)}
        by_owner = message.originator is not None and normal_address(message.originator.address) in own
        is_automatic = any(name == "auto-submitted" for name, _ in message.headers)
        if by_owner and people - {*own} and not is_automatic:
            texts.append(message.text)
    return signature_in(texts)
