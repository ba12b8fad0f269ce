"""What a whole mail of the owner's says of the absence: one line of it, and what else there is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from ..late import late
from ..mail.excerpt import unquoted_lines
from ..people import Backup
from .days import folded
from .grammar import read_line
from .parts import pattern_of
from .vocabulary import Names, is_courtesy
from .wish import Doubt, Unclear, Wish
from .wish_line import half_understood, read_wish


def _answer_written(field: str) -> str:
    said = pattern_of("yes", "courtesies", "thanks", "greetings", "wishes").pattern
    return rf"{pattern_of(field).pattern}(?:[ ,.!]+{said})*[ .!]*"


_YES, _NO = late(lambda: _answer_written("yes")), late(lambda: _answer_written("no"))


@dataclass(frozen=True, slots=True)
class Found:
    """wish: of the first line that is about the absence; None: none is. rest: what else the mail says.

    says_no: to "would you do it again?", and nothing else. is_below: text that commands nothing stands above
    that line, which may be somebody else's, in an older mail that a program quoted without marks.
    """

    wish: Wish | Doubt | None
    rest: str = ""
    says_no: bool = False
    is_below: bool = False


def find_wish(
    text: str,
    now: datetime,
    backups: Mapping[str, Backup],
    people: Iterable[str] = (),
    *,
    asked_when: bool = False,
) -> Found:
    """What a mail of the owner's says of the absence. text: its body. now: where the writer is.

    people: names that may stand below. Two such lines are in doubt: it wants one. asked_when: it answers the
    homecoming mail, which asks whether she would do it again, and when: a yes alone is asked for the days.
    """

    def read(line: str) -> Wish | Doubt | None:
        return read_wish(line, now, backups, asked_when=asked_when) if line else None

    found: list[Wish | Doubt] = []
    rest: list[str] = []
    above: list[str] = []
    own = tuple(people)
    names = (*own, *(backup.name for backup in backups.values()))
    lines = unquoted_lines(_BREAK.sub("\n", text))[:MOST_LINES]
    for line in lines:
        bare = line.strip(" \t*•–—>\"“”'")
        wish = read(bare)
        if wish is None or (isinstance(wish, Doubt) and wish.kind == "plan"):
            wish = read(_without_farewell(bare, own, read)) or wish
        if wish is not None:
            above = above if found else [*rest]
            found.append(wish)
        elif bare and not is_courtesy(bare, names):
            rest.append(line)
    if not found and asked_when and (said := _yes_or_no(lines, names)):
        return Found(Doubt(Unclear.NO_DAYS, "plan") if said == "yes" else None, says_no=said == "no")
    if not found and len(rest) == 1 and (half := half_understood(rest[0], now, backups)):
        return Found(half)
    if not found:
        return Found(None, text)
    first = next((each for each in found if isinstance(each, Wish) and not each.is_inferred), found[0])
    if any(each not in (first, _less_plain(first)) for each in found):
        return Found(Doubt(Unclear.ALONE, first.kind), "\n".join(rest))
    commanded = Names(backups)
    is_below = not all(isinstance(read_line(line, commanded), list) for line in above)
    return Found(first, "\n".join(rest), is_below=is_below)


def _without_farewell(line: str, people: Iterable[str], read: Callable[[str], Wish | Doubt | None]) -> str:
    """What stands before one on the same line: "Ik ben terug. Groeten, Sofie"; "" where there is none."""
    for end in _SENTENCE_END.finditer(line):
        farewell = line[end.end() :]
        if is_courtesy(farewell, people) and read(farewell) is None:  # "pauze, tot morgen" says when
            return line[: end.end()].rstrip(" .,;")
    return ""


def _less_plain(wish: Wish | Doubt) -> Wish | Doubt:
    """The same in words that say it less plainly: "De vlucht is geannuleerd" before "niet weg"."""
    return replace(wish, is_inferred=True) if isinstance(wish, Wish) else wish


def _yes_or_no(lines: Iterable[str], names: Iterable[str]) -> Literal["yes", "no"] | None:
    """What a mail says where it says nothing else."""
    said: list[Literal["yes", "no"]] = []
    for line in lines:
        bare = folded(line).strip(" ,;:")
        if _YES.fullmatch(bare):
            said.append("yes")
        elif _NO.fullmatch(bare):
            said.append("no")
        elif bare and not is_courtesy(line, names):
            return None
    return said[0] if said else None


MOST_LINES = 50
_SENTENCE_END = re.compile(r"[.,;!]+ ")
_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)
