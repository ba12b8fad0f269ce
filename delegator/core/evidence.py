"""What a mail proves about a handover: an answer, an automatic one, a forward that came back. Pure."""

from __future__ import annotations

import re
from datetime import timedelta

from .message import Message
from .people import Backup, Owner, normal_address

_REPLY = re.compile(r"\s*(?:re|aw|antw|antwoord|sv|rif|ref|odp|vs)\s*(?:\[\d+\]|\(\d+\))?\s*:\s*", re.IGNORECASE)
_FORWARD = re.compile(r"\s*(?:fwd?|tr|wg|doorst|rv|enc|i)\s*:\s*", re.IGNORECASE)


def base_subject(subject: str) -> tuple[str, bool]:
    """The subject without its prefixes, and whether one of them said that it is a reply."""
    had_reply = False
    while match := _REPLY.match(subject) or _FORWARD.match(subject):
        had_reply = had_reply or bool(_REPLY.match(subject))
        subject = subject[match.end() :]
    return " ".join(subject.split()), had_reply


def is_automatic(message: Message, replied_within: timedelta | None) -> bool:
    """Whether a machine answered. replied_within: since the mail that it answers, None if unknown."""
    auto = (message.header("Auto-Submitted") or "no").split(";")[0].strip().lower()
    return message.is_auto_reply or auto != "no"


def is_forwarded_back(message: Message, owner: Owner, backup: Backup) -> bool:
    """Whether a backup sends the forward back to the owner: "not me"."""
    recipients = {normal_address(each.address) for each in (*message.to, *message.cc)}
    is_to_owner = bool(recipients) and recipients <= set(map(normal_address, owner.addresses))
    return is_to_owner and bool(_FORWARD.match(message.subject))


def quotes_backup(message: Message, backup: Backup) -> bool:
    """Whether a client's mail quotes an answer of the backup."""
    domain = backup.address.rpartition("@")[2].lower()
    return any(named.rstrip(">").lower().endswith("@" + domain) for named in message.named_ids)
