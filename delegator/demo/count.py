"""The demo's proof: every mail that arrived is found where it belongs, once, and nobody else was written to.

Counted from what the two servers saw; what the service says of itself is only checked against it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..core.folders import DONE, FORWARDED, INBOX, TO_DO
from .letters import header, plain_text, read_mail
from .servers import Submitted

KINDS = ("forward", "review", "private", "ignore", "own")

_TO_OWNER = {
    "departure": "Voor je vertrekt",
    "list": "Alles wat open is",
    "homecoming": "Welkom terug",
    "question": "Klopt dit?",
    "answer": "Je afwezigheid",
}
"""How their subjects begin, in the owner's language; the others are reviews."""

_LINE = {
    kind: re.compile(rf"^(\d+) · {words}", re.MULTILINE)
    for kind, words in {
        "forward": "naar je collega",
        "review": "in je reviews",
        "private": "privé: niemand heeft",
        "ignore": "genegeerd",
        "own": "eigen mail",
        "sum": "in totaal: het klopt met je mailbox",
    }.items()
}
"""What the homecoming mail says of each kind, in the owner's language."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """One mail that was put into the owner's INBOX.

    said: what the service says of it, or None. is_in_absence: it arrived while the owner was away; any other
    is looked at, and not counted.
    """

    message_id: str
    sender: str
    subject: str
    said: str | None
    is_in_absence: bool = True


@dataclass(frozen=True, slots=True)
class Count:
    """received: mails. kinds: how many were found where each kind belongs. faults: what does not add up."""

    received: int
    kinds: Mapping[str, int]
    auto_replies: int
    faults: tuple[str, ...]

    @property
    def adds_up(self) -> bool:
        return self.received == sum(self.kinds.values()) and self.auto_replies == 0 and not self.faults


def kind_of(mail: Submitted, owner: str) -> str:
    """What was sent: a forward of a client's mail, a note to a backup, or which mail to the owner."""
    if mail.recipients == (owner,):
        subject = header(mail.octets, "Subject")
        return next((kind for kind, begins in _TO_OWNER.items() if subject.startswith(begins)), "review")
    return "forward" if header(mail.octets, "In-Reply-To") else "note"


def count(
    arrived: Sequence[Arrived],
    taken: Sequence[Submitted],
    folders: Mapping[str, Sequence[str]],
    owner: str,
    backups: Sequence[str],
) -> Count:
    """folders: the Message-IDs in INBOX and in each of our folders."""
    forwards = [mail for mail in taken if kind_of(mail, owner) == "forward"]
    copies = Counter(header(mail.octets, "In-Reply-To") for mail in forwards)
    told = "\n".join(plain_text(read_mail(mail.octets)) for mail in taken if mail.recipients == (owner,))
    ours = {mail.message_id for mail in taken}
    names = (INBOX, FORWARDED, TO_DO, DONE)
    inbox, forwarded, to_do, done = (set(folders.get(name, ())) for name in names)
    kinds, faults = dict.fromkeys(KINDS, 0), []
    for mail in arrived:
        id_, sent = mail.message_id, copies[mail.message_id]
        is_as_said = {
            "forward": sent == 1 and id_ in inbox | forwarded,
            "review": sent == 0
            and id_ in inbox | to_do | done
            and (mail.subject in told or mail.sender in told),
            "private": sent == 0 and id_ in inbox and mail.subject not in told,
            "ignore": sent == 0 and id_ in done and mail.subject not in told,
            "own": sent == 0 and (id_ in done or (id_ in inbox and not mail.is_in_absence)),
        }
        # Before and after the absence nothing is taken up, and our own mail comes then, too.
        is_ours = id_ in ours and not mail.is_in_absence
        said = "own" if mail.said is None and is_ours else mail.said
        if said is not None and is_as_said[said]:
            kinds[said] += mail.is_in_absence
        else:
            faults.append(f"{mail.subject}: said to be {mail.said}, but forwarded {sent} times")
    allowed = {owner, *backups}
    auto_replies = sum(
        mail.sender != owner or not mail.recipients or not set(mail.recipients) <= allowed for mail in taken
    )
    return Count(sum(mail.is_in_absence for mail in arrived), kinds, auto_replies, tuple(faults))


def told_at_home(taken: Sequence[Submitted]) -> dict[str, int]:
    """What the homecoming mail says of each kind, where it also says that its sum is the mailbox's."""
    texts = (plain_text(read_mail(mail.octets)) for mail in taken)
    found = ({kind: _LINE[kind].search(text) for kind in _LINE} for text in texts)
    for lines in found:
        if all(lines.values()):
            numbers = {kind: int(line[1]) for kind, line in lines.items() if line is not None}
            if numbers.pop("sum") == sum(numbers.values()):
                return numbers
    return {}
