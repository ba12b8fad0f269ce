"""The names of our mailboxes, which are an interface: the one place for them.

Logical names, whose levels "/" sets apart; the IMAP adapter knows the server's separator and namespace.
"""

from __future__ import annotations

INBOX = "INBOX"

ROOT = "Delegator"
"""Holds the markers, and the folders below."""

FORWARD = f"{ROOT}/Forward"
"""Above an in-tray for each backup: what is moved into one is forwarded."""

FORWARDED = f"{ROOT}/Forwarded"
TO_DO = f"{ROOT}/To-do"
DONE = f"{ROOT}/Done"

MADE_AT_ONCE = (ROOT, FORWARDED, DONE)
"""Made at the start; the in-trays when commands are first read."""

FILED_TO = frozenset({INBOX, FORWARDED, TO_DO, DONE})
"""Where a message is moved to by us."""

BELOW = f"{ROOT}/"
"""What the names of all but the root begin with."""


def in_tray(backup: str) -> str:
    """The folder whose mail goes to a backup. backup: the key."""
    return f"{FORWARD}/{backup}"


def is_tray(mailbox: str) -> bool:
    """Where a move is a command."""
    return mailbox.startswith(f"{FORWARD}/") or mailbox in (TO_DO, DONE)


def is_ours(mailbox: str) -> bool:
    """The root, or a folder in it."""
    return mailbox == ROOT or mailbox.startswith(BELOW)
