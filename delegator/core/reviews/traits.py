"""What of a message its proposal and its rank in a review are made of: who asked whom what.

Found once, when a message is taken up, and kept by the store. Guesses, in Dutch, French, German and
English: they rank and propose, and decide nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, Literal, get_args

from ..commands.days import any_of, folded
from ..handovers.asking import (
    asks,
    is_intimate,
    is_only_thanks,
    is_only_wishes,
    names_day,
    needs_a_hand,
    orders,
)
from ..languages import in_all, one_of
from ..late import late
from ..mail.authentication import failure
from ..mail.auto_submitted import auto_submitted
from ..mail.excerpt import new_text
from ..mail.glance import Glance
from ..mail.invitation import Invitation, read_invitation
from ..mail.kinds import kind_of
from ..mail.lookalike import looks_like
from ..mail.message import Address, Message
from ..mail.notices import is_for_many
from ..people import Backup, Owner, normal_address, unicode_domain
from ..rules.conditions import Match

Addressed = Literal["alone", "to", "cc", "elsewhere"]
"""Where the owner is: alone in To, one of several there, in Cc only, or in neither (Bcc, a list)."""


@dataclass(frozen=True, slots=True)
class Traits:
    """propose: what the rule proposes: a backup's key, "to-do" or "done"; None where it is silent.

    is_person: neither bulk nor automatic. is_known: the owner wrote in this conversation, the sender
    has an address in the owner's domain, or a rule names it. is_internal: the latter. asks: a question or a
    request in what is new. names_day: a date, a day or an hour. complains: a word of complaint.
    orders: something is bought, cancelled or agreed to. is_intimate: people who are close write so.
    only_thanks: nothing but a word of thanks, agreement or good wishes. needs_hand: a machine says that
    something has to be signed, paid or renewed.
    poses: the sender's name or domain looks like another's. fails: the owner's server says that the
    sender's authentication failed. is_unclear: it has no single clear originator.
    """

    propose: str | None = None
    addressed: Addressed = "to"
    is_person: bool = True
    is_known: bool = False
    is_internal: bool = False
    asks: bool = False
    names_day: bool = False
    complains: bool = False
    orders: bool = False
    is_intimate: bool = False
    needs_hand: bool = False
    only_thanks: bool = False
    poses: bool = False
    fails: bool = False
    is_unclear: bool = False
    invitation: Invitation | None = None

    def to_values(self) -> dict[str, Any]:
        """As JSON holds it."""
        # Not `asdict`, which copies every value: a tenth of what taking up a mail takes.
        values = {name: value for name in _SIMPLE if (value := getattr(self, name))}
        if self.invitation is not None:
            values["invitation"] = self.invitation.to_values()
        return values

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Traits:
        """What is missing or no longer understood is as if nothing had been found."""
        found: dict[str, Addressed] = {each: each for each in get_args(Addressed)}
        return cls(
            propose=values.get("propose"),
            addressed=found.get(values.get("addressed", ""), "to"),
            is_person=bool(values.get("is_person")),
            is_known=bool(values.get("is_known")),
            is_internal=bool(values.get("is_internal")),
            asks=bool(values.get("asks")),
            names_day=bool(values.get("names_day")),
            complains=bool(values.get("complains")),
            orders=bool(values.get("orders")),
            is_intimate=bool(values.get("is_intimate")),
            needs_hand=bool(values.get("needs_hand")),
            only_thanks=bool(values.get("only_thanks")),
            poses=bool(values.get("poses")),
            fails=bool(values.get("fails")),
            is_unclear=bool(values.get("is_unclear")),
            invitation=Invitation.from_values(values.get("invitation")),
        )


def find_traits(
    message: Message,
    owner: Owner,
    backups: Iterable[Backup],
    *,
    propose: str | None = None,
    matches: Iterable[Match] = (),
    owner_took_part: bool = False,
    authserv_id: str | None = None,
    said: str | None = None,
) -> Traits:
    """propose, matches: of the rule. owner_took_part: in the conversation that it belongs to.

    said: what is new in it, where that is known already.
    """
    sender = message.originator
    if said is None:
        said = new_text(message.text, sender.name if sender else "")
    is_internal = sender is not None and f".{_domain(sender)}".endswith(f".{owner.domain}")
    return Traits(
        propose=propose,
        addressed=_addressed(message, owner),
        is_person=sender is not None and not _is_automatic(message),
        is_known=owner_took_part or any(each.field == "from" for each in matches) or is_internal,
        is_internal=is_internal,
        asks=asks(said) or asks(message.subject),
        names_day=names_day(said) or names_day(message.subject),
        complains=complains(said) or complains(message.subject),
        orders=orders(said) or orders(message.subject),
        is_intimate=is_intimate(message.text[:INTIMATE_CHARACTERS]),
        needs_hand=needs_a_hand(message.subject) or needs_a_hand(said[:INTIMATE_CHARACTERS]),
        only_thanks=is_only_thanks(said) or is_only_wishes(said),
        poses=sender is not None and poses(sender, owner, backups),
        fails=failure(message, authserv_id) is not None,
        is_unclear=sender is None,
        invitation=read_invitation(message.calendar, owner.timezone) if message.calendar else None,
    )


def complains(text: str) -> bool:
    """Whether a word of complaint stands in it, in any of our languages."""
    return _COMPLAINT.finds(folded(text[:COMPLAINT_CHARACTERS]))


def poses(sender: Address, owner: Owner, backups: Iterable[Backup]) -> bool:
    """Whether the name or the domain looks like another's: to be shown with the real address.

    A name that holds an address, letters of two alphabets in one word, the name of the owner or of a
    backup above an address that is not theirs, or a domain that reads like one of theirs.
    """
    people: tuple[Owner | Backup, ...] = (*backups, owner)
    address = normal_address(sender.address)
    if any(address == normal_address(each) for one in people for each in one.addresses):
        return False
    name = unicodedata.normalize("NFKC", sender.name)
    held = _ADDRESS.search(name)
    domain = unicode_domain(_domain(sender))
    theirs = {each.address.rpartition("@")[2].lower() for each in people}
    return (
        (held is not None and normal_address(held[0]) != address)
        or "\ufffd" in address
        or any(map(mixes_alphabets, (*name.split(), *domain.split("."))))
        or looks_like(address, [one for each in people for one in each.addresses]) is not None
        or (
            len(_words(name)) > 1
            and domain not in theirs
            and any(_words(name) == _words(each.name) for each in people)
        )
    )


def mixes_alphabets(word: str) -> bool:
    """Whether Latin letters stand beside those of an alphabet that looks like it."""
    if word.isascii():
        return False
    alphabets = {unicodedata.name(letter, "?").split()[0] for letter in word if letter.isalpha()}
    return "LATIN" in alphabets and bool(alphabets & _LOOKS_LATIN)


NO_TRAITS = Traits()

_SIMPLE = tuple(field.name for field in fields(Traits) if field.name != "invitation")
"""The traits of a mail of which nothing is known."""

_LOOKS_LATIN = {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"}
_ADDRESS = re.compile(r"[^\s<>()\"']{1,64}@[^\s<>()\"']{1,255}")


@lru_cache(maxsize=256)  # those of the owner and the backups are compared with every sender's
def _words(name: str) -> frozenset[str]:
    return frozenset(name.casefold().replace(",", " ").split())


def _domain(address: Address) -> str:
    return normal_address(address.address).rpartition("@")[2]


def _addressed(message: Message, owner: Owner) -> Addressed:
    mine = owner.normal_addresses
    to = {normal_address(each.address) for each in message.to}
    if to & mine:
        return "alone" if to <= mine else "to"
    return "cc" if any(normal_address(each.address) in mine for each in message.cc) else "elsewhere"


def _is_automatic(message: Message) -> bool:
    precedence = (message.header("Precedence") or "").strip().lower()
    return (
        bool(auto_submitted(message.named("auto-submitted")))
        or kind_of(message) is not None
        or message.bounce is not None
        or precedence in ("bulk", "list", "junk")
        or message.header("List-Id") is not None
        or message.header("List-Unsubscribe") is not None
        or bool(message.originator and _ROBOT.match(message.originator.address))
        or (not message.in_reply_to and is_for_many(message.text))
    )


_ROBOT = late(
    lambda: (
        rf"(?:[^@]{{0,40}}[._+-])?{one_of(lambda mail: mail.no_reply)}"
        r"|(?:e?news(?:letters?)?|marketing|promo(?:tions?)?|announcements?|notifications?|notify|mailer|bookings?|receipts?)@"
    ),
    re.I,
)
INTIMATE_CHARACTERS = 1000
COMPLAINT_CHARACTERS = 4000
"""A complaint says so early; what stands below is quoted and legal text."""

_COMPLAINT = Glance(late(lambda: rf"\b(?:{any_of(in_all(lambda table: table.complaints))})(?!\w)"))
