"""A line that calls off a planned absence: "niet weg", "weg 19/12-4/1 gaat niet door", "19/12 niet".

    line = [ days ] ( denial absent | absent denial | stays ) [ days ]     said plainly
         | [ days ] calls-off [ absent | trip | trial ] [ days ]           "annuleer" alone says less
         | denial trip | "ik blijf", without a day                         says less
         | date denial | denial date | absent days denial                  "19/12 niet": says less

What says less waits for the owner's word. So does whatever names a trip: it may be another one, and who stays
at home may be away all the same. A denial of something else, such as of a name, calls off nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..late import late
from .parts import DAYS, LinePart, is_date, may_be_items, pattern_of
from .wish import Doubt, Unclear, Wish, WishKind

WORDS = frozenset({"denial", "stays", "calls_off", "trips"})
"""The kinds of parts that only such a line has; elsewhere they are words like any others."""

_DATED = DAYS | {"next_week", "this_week", "weekend"}
_WHEN = _DATED | {"since", "until", "through", "dash", "included", "time"}

ReadDays = Callable[[list[LinePart]], Wish | Doubt | None]


def read_off(parts: list[LinePart], read_days: ReadDays, *, is_alone: bool = False) -> Wish | Doubt | None:
    """What such a line asks for; None: it is none. read_days: from when to when its days are.

    is_alone: it is all that a mail says, so that words which are not understood may stand in it; it is asked
    then, too.
    """
    is_vague = any(map(_may_be_longer, parts))
    parts = _as_meant(parts)
    kinds = [part.kind for part in parts]
    cancelled = {"stays", "trips", *({"absent"} if "calls_off" in kinds else ())}
    is_vague = is_vague or any(part.kind in cancelled and _TRIP.search(part.text) for part in parts)
    others = [part for part in parts if part.kind not in _WHEN | WORDS | {"absent", "trial", "name"}]
    if may_be_items(parts) or any(_may_be_number(part) for part in parts):
        return None
    if any(part.kind != "other" or not is_alone for part in others):
        return None
    if "name" in kinds and not {"calls_off", "absent"} <= set(kinds):  # "Anna heeft afgezegd"
        return None
    says_what = "stays" in kinds or ("calls_off" in kinds and {"absent", "trial", "trips"} & set(kinds))
    if others and not says_what:  # "Jan cancelled the order"
        return None
    is_plain = _is_plain(kinds)
    if is_plain is None:
        return None
    kind: WishKind = "trial_off" if "trial" in kinds else "off"
    days = [part for part in parts if part.kind in _WHEN]
    is_inferred = not is_plain or bool(others) or "name" in kinds or is_vague
    if not any(part.kind in _DATED for part in days):
        return None if days and not is_alone else Wish(kind, is_inferred=is_inferred)
    if sum(part.kind in _DATED for part in days) == 1:  # "vanaf 19/12", "op 19/12"
        days = [part for part in days if part.kind not in ("since", "dash")]
    read = read_days(days)
    if isinstance(read, Doubt):
        return replace(read, kind=kind)
    if read is None:
        return Doubt(Unclear.EXTRA_WORDS, kind, " ".join(part.text for part in days))
    return replace(read, kind=kind, is_inferred=is_inferred)


def as_others(parts: list[LinePart]) -> list[LinePart]:
    """The parts of a line that calls off nothing."""
    return [replace(part, kind="other") if part.kind in WORDS else part for part in parts]


def _as_meant(parts: list[LinePart]) -> list[LinePart]:
    """With the words that mean two things as they are meant: "ik blijf" alone, and a trip that is "off"."""
    kinds = {part.kind for part in parts}
    meant = [
        replace(part, kind="stays") if _may_be_longer(part) and not kinds & {*_WHEN, "other"} else part
        for part in parts
    ]
    if "trips" in kinds and meant[-1].kind == "absent" and _CALLS_OFF.fullmatch(meant[-1].text):
        meant[-1] = replace(meant[-1], kind="calls_off")
    return meant


def _may_be_longer(part: LinePart) -> bool:
    """Said by whoever stays at home, and by whoever stays away."""
    return part.kind == "longer" and _STAYS.fullmatch(part.text) is not None


_STAYS, _CALLS_OFF = pattern_of("stays"), pattern_of("calls_off")
_TRIP = late(lambda: rf"(?<![^\W_]){pattern_of('trips').pattern}")


def _is_plain(kinds: list[str]) -> bool | None:
    """Whether the words say plainly that the owner stays; None: they do not say it."""
    denials = [at for at, kind in enumerate(kinds) if kind == "denial"]
    away = {at for at, kind in enumerate(kinds) if kind in ("absent", "trial")}
    is_beside = all({at - 1, at + 1} & away for at in denials)
    if denials and not away and "calls_off" not in kinds and kinds[denials[0] + 1 :][:1] == ["trips"]:
        return False  # "geen reis"
    if "calls_off" in kinds:
        if denials:  # "niet weg, vlucht geannuleerd", and "niet geannuleerd"
            return False if is_beside else None
        says_what = bool(away) or any(kind in _DATED for kind in kinds)
        return "stays" in kinds or ("trips" not in kinds and says_what)
    if not denials or is_beside:
        return True if denials or "stays" in kinds else None
    is_at_end = kinds[-1] == "denial" or (kinds[0] == "denial" and not away)
    is_of_days = is_at_end and len(denials) == 1 and "day" in kinds and "stays" not in kinds
    return False if is_of_days else None


def _may_be_number(part: LinePart) -> bool:
    """Of an item, or of the items 3 to 5."""
    if part.kind == "day":
        assert part.match is not None
        return not is_date(part.match)
    return part.kind == "other" and any(character.isdigit() for character in part.text)
