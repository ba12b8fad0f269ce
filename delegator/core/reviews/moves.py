"""What it means that a message lies in a folder of ours: a command, or a conversation moved as a whole."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from ..handovers.codes import Code, Disposition
from ..handovers.conversation import Mail
from ..triage.verdict import Verdict

TOGETHER = timedelta(minutes=2)
"""What a phone moves along with a conversation turns up in the same look, or the next."""


def is_moved_along(mails: Iterable[Mail], moved: Collection[int]) -> bool:
    """Whether a move goes with that of another mail of its conversation, one that waited for a decision.

    mails: of the conversation. moved: those that were moved by other commands within TOGETHER.
    """
    return any(
        mail.id in moved
        and (
            mail.code is Code.COMMANDED or (mail.disposition is Disposition.REVIEW and mail.decision is None)
        )
        for mail in mails
    )


def is_put_there(disposition: Disposition, folder: str, filed: Collection[str | None]) -> bool:
    """Whether the owner moved a message into one of our folders, and means something by it.

    filed: where we are to put it, or put it last. Own and ignored mail is moved along with a conversation.
    """
    return folder not in filed and disposition not in (Disposition.OWN, Disposition.IGNORE)


def put_there(verdict: Verdict, folder: str, backup: str | None, *, is_moved: bool) -> Verdict:
    """The verdict on a message in a folder of ours that was never taken up, from the one that rules give it.

    backup: whose folder it is. is_moved: by the owner, whose hand was faster than the rule; else perhaps a
    stranger had it delivered there, and nothing is done before the owner says so.
    """
    if is_moved:
        return replace(verdict, disposition=Disposition.REVIEW, priority="normal", backup=None, backups=())
    return Verdict(
        Disposition.REVIEW,
        Code.NOT_SEEN,
        priority="normal",
        conversation=verdict.conversation,
        detail=folder,
        propose=backup,
    )


def has_newer(mails: Iterable[Mail], message: int, moved_at: datetime) -> bool:
    """Whether a later mail of its conversation waits, or has left INBOX a moment ago."""
    return any(
        mail.id > message
        and mail.disposition is Disposition.REVIEW
        and mail.decision is None
        and (mail.decided_at is None or mail.decided_at >= moved_at - TOGETHER)
        for mail in mails
    )
