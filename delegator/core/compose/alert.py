"""The alert: something is wrong for too long, and somebody who can mend it hears. Plain text."""

from __future__ import annotations

from collections.abc import Sequence

from ..mail.display import one_line
from ..people import Owner
from .mail import Catalogue, Stamp, address_field, stamp_fields, text_entity, text_field


def compose_alert(
    owner: Owner, address: str, problems: Sequence[str], stamp: Stamp, catalogue: Catalogue
) -> bytes:
    """A mail to the alert address, in the catalogue's language. problems: sentences; () when all is well."""
    say = catalogue.gettext
    name = {"owner": one_line(owner.name, 80)}
    if problems:
        subject = say("The mailbox of %(owner)s needs attention") % name
        lines = [*problems, say("delegator goes on trying by itself. `delegator status` shows the rest.")]
    else:
        subject = say("The mailbox of %(owner)s is in order again") % name
        lines = [say("Nothing is left to do.")]
    return b"".join(
        [
            address_field("From", [(owner.name, owner.address)]),
            address_field("To", [("", address)]),
            text_field("Subject", subject),
            stamp_fields(stamp),
            b"X-Auto-Response-Suppress: All\r\n",
            text_entity("".join(f"{line}\n" for line in lines)),
        ]
    )
