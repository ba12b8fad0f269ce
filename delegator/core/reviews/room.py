"""What each thing in a review takes of the mail, in octets: HTML and plain text together.

Never less than it really is, since what stands in a review is chosen by it before the mail is made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from ..mail.display import NAME_CHARACTERS, html, one_line, plain, shown_sender
from .items import (
    DETAIL_CHARACTERS,
    LINK_CHARACTERS,
    PROBLEM_CHARACTERS,
    SUBJECT_CHARACTERS,
    Handed,
    Item,
    ReceiptGroup,
)

_PROBLEM = 200  # the markup of a problem
_ITEM = 340  # the markup and our own words of an item in full, both parts
_BUTTON = 330  # the markup of one of its three buttons, the link's frame, its words
_MORE = 150  # the same of one of its warnings, or of its attachments
_LINE = 200  # the same of an item or a handover on one line


def quoted_printable(octets: bytes) -> int:
    return (len(octets) + 2 * len(octets.translate(None, _UNESCAPED))) * 105 // 100


def base64(octets: bytes) -> int:
    return len(octets) * 138 // 100


_UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"  # RFC 3986
_UNESCAPED = bytes(octet for octet in range(128) if octet != ord("="))


@dataclass(frozen=True, slots=True)
class Cost:
    """What each thing adds to the mail, in octets, never less than it really does."""

    encoded: Callable[[bytes], int]
    address: int  # characters of the owner's, in each link

    def words(self, octets: int) -> int:
        """The room that our own words and markup take."""
        return _of_words(self.encoded, octets)

    def full(self, item: Item) -> int:
        subject, invitation = item.subject, item.invitation
        warnings, attachments = item.warnings, item.attachments
        own = _ITEM + (3 + bool(item.flood)) * (_BUTTON + self.address)
        own += _MORE * (len(warnings) + item.poses + bool(attachments) + 2 * bool(invitation))
        # A subject stands in three links too, escaped, and in three labels.
        in_links = subject[:LINK_CHARACTERS].encode()
        links = 3 * (len(in_links) + 2 * len(in_links.translate(None, _UNRESERVED)))
        labels = 3 * self.encoded(escape(subject[:LINK_CHARACTERS]).encode())
        place = invitation.place if invitation else ""
        words = (subject, item.excerpt, *item.senders, *warnings, *attachments)
        return labels + self._of(own + links, *words, place, *item.clashes)

    def line(self, item: Item) -> int:
        return self._of(_LINE, item.subject, *item.senders[:1])

    def handed(self, handed: Handed) -> int:
        subject = one_line(handed.subject, SUBJECT_CHARACTERS)
        detail = one_line(handed.detail, DETAIL_CHARACTERS)
        backup = one_line(handed.backup_name, NAME_CHARACTERS)
        buttons = 1 + bool(handed.next_backup or handed.state == "asks") if handed.is_decidable else 0
        own = _LINE + buttons * (_BUTTON + self.address)
        reason = one_line(handed.reason, DETAIL_CHARACTERS)
        return self._of(own, subject, detail, reason, backup, shown_sender(handed.sender))

    def receipts(self, group: ReceiptGroup) -> int:
        return self._of(_LINE, group.backup_name, *group.subjects, *group.notes)

    def problem(self, problem: str) -> int:
        return self._of(_PROBLEM, one_line(problem, PROBLEM_CHARACTERS))

    def _of(self, own: int, *texts: str) -> int:
        return self.words(own) + sum(map(self.encoded, map(_written, texts)))


@lru_cache(maxsize=256)
def _of_words(encoded: Callable[[bytes], int], octets: int) -> int:
    return encoded(b" " * octets)


@lru_cache(maxsize=2048)  # what is left over is weighed again for the next review, in both encodings
def _written(text: str) -> bytes:
    """In HTML and in plain text."""
    return html(text).encode() + plain(text).encode()
