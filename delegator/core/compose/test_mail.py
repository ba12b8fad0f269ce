"""What `check --send` sends to the owner: one from the owner, to see what becomes of it, and one from another
address of theirs, to see whether an automatic reply is on."""

from __future__ import annotations

from ..people import Owner
from .mail import Catalogue, Stamp, address_field, stamp_fields, text_entity, text_field


def compose_test_mail(owner: Owner, stamp: Stamp, catalogue: Catalogue) -> bytes:
    """A short text. It carries our loop header, so that triage knows it."""
    owners = [(owner.name, owner.address)]
    say = catalogue.gettext
    text = say(
        "This mail went from you to yourself, to see how your mail server delivers what delegator sends. "
        "It has done its work and may go."
    )
    return b"".join(
        [
            address_field("From", owners),
            address_field("To", owners),
            text_field("Subject", say("delegator: a mail to yourself")),
            stamp_fields(stamp),
            b"X-Auto-Response-Suppress: All\r\n",
            text_entity(f"{text}\n"),
        ]
    )


def compose_answer_test(sender: str, owner: Owner, stamp: Stamp, catalogue: Catalogue) -> bytes:
    """From another address of the owner's, as a person's mail: nothing in it tells a machine to be silent.

    An automatic reply goes to the reverse-path (RFC 3834 section 4), and some to Reply-To instead.
    """
    owners = [(owner.name, owner.address)]
    say = catalogue.gettext
    text = say(
        "This mail went from %(sender)s to you, to see whether an automatic reply of yours answers it. "
        "It has done its work and may go."
    ) % {"sender": sender}
    marks = stamp_fields(stamp).replace(b"Auto-Submitted: auto-generated\r\n", b"")
    return b"".join(
        [
            address_field("From", [("", sender)]),
            address_field("To", owners),
            address_field("Reply-To", owners),
            text_field("Subject", say("delegator: does an automatic reply answer this?")),
            marks,
            text_entity(f"{text}\n"),
        ]
    )
