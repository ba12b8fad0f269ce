"""A mail of a client's whole, on the owner's word: as text, harmless, bounded."""

from __future__ import annotations

from ..mail.display import Foreign, one_line, shown_sender
from ..mail.message import Message
from ..people import Owner
from .letter import Letter, Part, letter_text
from .mail import Catalogue, Stamp, address_field, stamp_fields, text_field, unbound

WHOLE_CHARACTERS = 15_000
"""Some ten minutes of reading."""

_LIMIT = 78_000  # octets, text and HTML together: what a phone shows of a mail

LINE_CHARACTERS = 500
_ATTACHMENTS = 10


def compose_whole(message: Message, owner: Owner, stamp: Stamp, catalogue: Catalogue) -> bytes:
    """All of a mail's text, its quotes included, with who wrote it and what is attached."""
    characters = WHOLE_CHARACTERS
    while len(octets := _composed(message, characters, owner, stamp, catalogue)) > _LIMIT:
        characters //= 2  # letters that take many octets
    return octets


def _composed(message: Message, characters: int, owner: Owner, stamp: Stamp, catalogue: Catalogue) -> bytes:
    say = catalogue.gettext
    subject = one_line(message.subject, 120) or say("(no subject)")
    sender = shown_sender(message.originator, real=True) if message.originator else say("(unknown sender)")
    text = message.text[:characters]
    lines = [Foreign(one_line(line, LINE_CHARACTERS)) for line in text.splitlines() if line.strip()]
    attached = [one.filename for one in message.attachments if one.filename][:_ATTACHMENTS]
    names = [Foreign(one_line(name, 60)) for name in attached]
    foot = []
    if len(message.text) > characters:
        foot.append(say("The rest is in your inbox."))
    if message.arrived_at is not None:
        when = catalogue.date_time(message.arrived_at.astimezone(owner.timezone))
        foot.append(say("It came %(when)s.") % {"when": when})
    letter = Letter(
        language=catalogue.language,
        subject=say("Whole mail: %(subject)s") % {"subject": subject},
        heading=Foreign(subject),
        lead=[Foreign(sender), *lines],
        parts=[Part(say("Attachments"), names)] if names else [],
        foot=foot,
    )
    me = [(owner.name, owner.address)]
    head = [
        address_field("From", me),
        address_field("To", me),
        text_field("Subject", unbound(letter.subject)),
        stamp_fields(stamp),
        b"X-Auto-Response-Suppress: All\r\n",
    ]
    return b"".join([*head, letter_text(letter, stamp, catalogue)])
