"""What brief and overview share: a mail from the owner to a backup in which a machine may speak.

It has no Reply-To: an answer goes to the owner alone. It may hold buttons, which are mails to the owner.
Every sentence is made by its caller; the templates `letter.txt` and `letter.html` only lay them out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..people import Backup, Owner
from .entity import text_alternative
from .mail import Catalogue, Stamp, address_field, stamp_fields, text_entity, text_field, unbound


@dataclass(frozen=True, slots=True)
class Button:
    """label: what stands on it. link: a ready mailto URI. about: what it does, for who cannot see it."""

    label: str
    link: str
    about: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One numbered mail in a letter. meta: who and when, in small; of lines the first is large."""

    number: int
    title: str
    lines: Sequence[str]
    buttons: Sequence[Button] = ()
    meta: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A heading with what stands under it. points: a list of short lines."""

    heading: str
    points: Sequence[str] = ()
    entries: Sequence[Entry] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """All that a letter says, in the order in which it says it."""

    language: str
    subject: str
    heading: str
    lead: Sequence[str]  # the first says it all: lists of mails show it beside the subject
    buttons: Sequence[Button] = ()
    parts: Sequence[Part] = field(default=())
    foot: Sequence[str] = field(default=())


def letter_octets(letter: Letter, owner: Owner, backup: Backup, stamp: Stamp, catalogue: Catalogue) -> bytes:
    """The letter as text and HTML."""
    lines = [
        *_header(letter.subject, owner, backup, stamp),
        # It is the probe for an automatic answer, so OOF and AutoReply are not suppressed.
        b"X-Auto-Response-Suppress: DR, RN, NRN\r\n",
        letter_text(letter, stamp, catalogue),
    ]
    return b"".join(lines)


def letter_text(letter: Letter, stamp: Stamp, catalogue: Catalogue) -> bytes:
    """What it says, as text and as HTML, with the fields that say so."""
    plain, html = (catalogue.template(f"letter.{kind}").render(letter=letter) for kind in ("txt", "html"))
    return text_alternative(plain, html, stamp.boundary)


def note_octets(subject: str, text: str, owner: Owner, backup: Backup, stamp: Stamp) -> bytes:
    """A few lines of plain text in the owner's voice, beside a forward: no automatic answer is wanted."""
    return b"".join(
        (
            *_header(subject, owner, backup, stamp),
            b"X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply\r\n",
            text_entity(text),
        )
    )


def _header(subject: str, owner: Owner, backup: Backup, stamp: Stamp) -> list[bytes]:
    return [
        address_field("From", [(owner.name, owner.address)]),
        address_field("To", [(backup.name, backup.address)]),
        text_field("Subject", unbound(subject)),
        stamp_fields(stamp),
    ]
