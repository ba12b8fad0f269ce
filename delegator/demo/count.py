"""The demo's proof: every mail that arrived is found where it belongs, once, and nobody else was written to.

Counted from what the two servers saw; what the service says of itself is only checked against it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..core.folders import DONE, FORWARDED, INBOX, TO_DO
from .letters import header, plain_text, read_mail
from .servers import Submitted

KINDS = ("forward", "review", "private", "ignore", "own")


@dataclass(frozen=True, slots=True)
class Arrived:
    """One mail that was put into the owner's INBOX. said: what the service's log says of it, or None."""

    message_id: str
    sender: str
    subject: str
    said: str | None


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
    """What was sent: a review to the owner, a forward of a client's mail, or a note to a colleague."""
    if mail.recipients == (owner,):
        return "review"
    return "forward" if header(mail.octets, "In-Reply-To") else "note"


def count(
    arrived: Sequence[Arrived],
    taken: Sequence[Submitted],
    folders: Mapping[str, Sequence[str]],
    owner: str,
    backups: Sequence[str],
) -> Count:
    """folders: the Message-IDs in INBOX and in each of our folders."""
    reviews = [mail for mail in taken if kind_of(mail, owner) == "review"]
    forwards = [mail for mail in taken if kind_of(mail, owner) == "forward"]
    copies = Counter(header(mail.octets, "In-Reply-To") for mail in forwards)
    told = "\n".join(plain_text(read_mail(mail.octets)) for mail in reviews)
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
            "own": sent == 0 and (id_ in done or (id_ in inbox and id_ in ours)),
        }
        # Before and after the absence nothing is taken up, and our own mail comes then, too.
        said = "own" if mail.said is None and id_ in ours else mail.said
        if said is not None and is_as_said[said]:
            kinds[said] += 1
        else:
            faults.append(f"{mail.subject}: said to be {mail.said}, but forwarded {sent} times")
    allowed = {owner, *backups}
    auto_replies = sum(
        mail.sender != owner or not mail.recipients or not set(mail.recipients) <= allowed for mail in taken
    )
    return Count(len(arrived), kinds, auto_replies, tuple(faults))
