"""What follows from where a mailbox is, before any server is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..people import Backup, Owner
from .provider import Provider


@dataclass(frozen=True, slots=True)
class Implied:
    """One thing that follows. what: a sentence without its full stop; to_do: likewise, or ""."""

    is_problem: bool
    what: str
    to_do: str = ""


def implied(
    provider: Provider, owner: Owner, backups: Mapping[str, Backup], *, has_token: bool
) -> tuple[Implied, ...]:
    """What the provider's own rules mean for this configuration; what is not known implies nothing."""
    found: list[Implied] = []
    if provider.credentials == "token" and not has_token:
        what = f"{provider.name} takes no passwords"
        found.append(Implied(True, what, provider.credentials_hint))
    if provider.blocks_forwarding and (outside := _outside(owner, backups.values())):
        what = f"{provider.name} blocks automatic forwarding to outside addresses: {_are_outside(outside)}"
        to_do = "name backups inside, or ask the administrator to allow it for this mailbox; see providers.md"
        found.append(Implied(False, what, to_do))
    if provider.has_move is False:
        what = f"{provider.name} has no MOVE, so there are no folders to command with"
        found.append(Implied(False, what, "command by the reviews"))
    if limits := _limits(provider):
        found.append(Implied(False, f"{provider.name} sends {limits}"))
    return tuple(found)


def _outside(owner: Owner, backups: Iterable[Backup]) -> list[str]:
    """The names of backups at another domain than any of the owner's."""
    own = {address.rpartition("@")[2].lower() for address in owner.addresses}
    return [one.first_name for one in backups if one.address.rpartition("@")[2].lower() not in own]


def _are_outside(names: list[str]) -> str:
    if len(names) == 1:
        return f"{names[0]}'s is outside"
    return f"those of {', '.join(names[:-1])} and {names[-1]} are outside"


def _limits(provider: Provider) -> str:
    limits = provider.outgoing
    parts = []
    if limits.max_megabytes is not None:
        parts.append(f"mail up to {limits.max_megabytes} MB")
    if limits.a_day is not None:
        paid = f" ({limits.a_day_paid:,} for a paid account)" if limits.a_day_paid else ""
        parts.append(f"{limits.a_day:,} mails a day{paid}")
    if limits.a_minute is not None:
        parts.append(f"{limits.a_minute} a minute")
    return ", ".join(parts) and "at most " + ", ".join(parts)
