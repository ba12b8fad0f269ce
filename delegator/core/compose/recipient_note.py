"""The note to a backup who got the client's mail as well: instead of a forward, a question.

It names neither the client's Message-ID nor their subject as its own, and has no foreign Reply-To. So it
joins no thread of the client's, whatever a mail program threads by, and Reply on it reaches the owner
only: the answer to the client is a reply to the mail that the backup has.
"""

from __future__ import annotations

from ..mail.display import one_line
from ..mail.message import Message
from ..people import Backup, Owner
from .letter import note_octets
from .mail import Catalogue, Stamp
from .note import header_block, own_lines

SUBJECT_CHARACTERS = 100


def compose_recipient_note(
    message: Message,
    owner: Owner,
    backup: Backup,
    stamp: Stamp,
    catalogue: Catalogue,
    *,
    line: str = "",
) -> bytes:
    """A note from the owner to the backup, in the catalogue's language. line: as for the forward."""
    say = catalogue.gettext
    facts = {
        "backup": one_line(backup.first_name, 60),
        "subject": one_line(message.subject, SUBJECT_CHARACTERS) or say("(no subject)"),
    }
    ask = say("%(backup)s, you got this too: can you answer?")
    block = "".join(f"{label} {value}\n" for label, value in header_block(message, owner, catalogue))
    how = say("Please answer the mail that you have; an answer to this one goes to me alone.")
    title = say("You got this too: %(subject)s") % facts
    lines = "\n".join((f"{ask % facts} {how}", *own_lines(line)))
    return note_octets(title, f"{lines}\n\n{block}", owner, backup, stamp)
