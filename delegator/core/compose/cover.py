"""The cover: before the next colleague gets a forward that was another's, who had it.

It goes ahead of the forwards and has no foreign Reply-To; the forwards themselves say none of it, for
the client may read them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ..mail.display import NAME_CHARACTERS, one_line
from ..people import Backup, Owner
from .letter import note_octets
from .mail import Catalogue, Stamp
from .moments import moment_words

CoverReason = Literal[
    "silence",  # no answer was seen
    "not_me",  # they said so
    "away",  # they answer automatically
    "undelivered",  # the forward never reached them
]
SUBJECT_CHARACTERS = 100


def compose_cover(
    owner: Owner,
    backup: Backup,
    before: Backup,
    client: str,
    subject: str,
    mails: int,
    since_at: datetime,
    reason: CoverReason,
    now: datetime,
    stamp: Stamp,
    catalogue: Catalogue,
) -> bytes:
    """A cover from the owner to the backup, in the catalogue's language.

    before: who had it since `since_at`. client: a name as mail shows it. mails: how many forwards
    follow, at least 1.
    """
    say = catalogue.gettext
    facts = {
        "backup": one_line(backup.first_name, 60),
        "before": one_line(before.name, 60),
        "client": one_line(client, NAME_CHARACTERS),
        "subject": one_line(subject, SUBJECT_CHARACTERS) or say("(no subject)"),
        "n": catalogue.number(mails),
        "since": moment_words(since_at, now, backup.timezone, catalogue),
    }
    follows = (
        catalogue.ngettext(
            "%(backup)s, after this you get %(n)s mail from %(client)s: “%(subject)s”.",
            "%(backup)s, after this you get %(n)s mails from %(client)s: “%(subject)s”.",
            mails,
        )
        % facts
    )
    ask = say("Can you answer?")
    lines = [
        f"{follows} {ask}",
        _history(reason, catalogue) % facts,
        say("Your answer to this mail goes to me alone; on the mails that follow, just press Reply.") % facts,
    ]
    title = say("Will you take over: %(subject)s") % facts
    return note_octets(title, "\n\n".join(lines) + "\n", owner, backup, stamp)


def _history(reason: CoverReason, catalogue: Catalogue) -> str:
    say = catalogue.gettext
    if reason == "not_me":
        return say(
            "%(before)s has had it since %(since)s and cannot take it, but may have answered or phoned: "
            "ask first."
        )
    if reason == "away":
        return say("%(before)s has had it since %(since)s, but seems not to be there.")
    if reason == "undelivered":
        return say("It was meant for %(before)s, whom it did not reach.")
    return say(
        "%(before)s has had it since %(since)s. I saw no answer, but there may have been one, or a call: "
        "ask first."
    )
