"""The trial: the mail that `check --send` sends from the owner to the owner, to see what becomes of it."""

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
