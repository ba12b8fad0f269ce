"""All that a review says, as the templates lay it out: text and HTML alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Button:
    """A link that writes a mail. about: what a screen reader says. is_filled: what is proposed."""

    label: str
    link: str
    about: str
    is_filled: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """An item in full."""

    number: int
    subject: str
    meta: Sequence[str]  # sender, age, reading time
    excerpt: str
    attachments: Sequence[str]  # a label, then file names
    warnings: Sequence[str]
    invitation: Sequence[str] = ()  # when, then where
    clashes: Sequence[str] = ()  # a label, then what is at the same time
    buttons: Sequence[Button] = ()
    paragraphs: Sequence[str] = ()  # all that is new, instead of the excerpt


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its parts are set apart by middle dots. number: None where there is nothing to decide."""

    number: int | None
    parts: Sequence[str]
    who: str = ""  # the colleague who has it, before the parts
    is_urgent: bool = False
    buttons: Sequence[Button] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands under it. counts: names with their numbers, after the lines."""

    heading: str
    entries: Sequence[Entry] = ()
    lines: Sequence[Line] = ()
    counts: Sequence[tuple[str, str]] = ()
    others: str = ""
    buttons: Sequence[Button] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """All that a review says, in the order in which it says it."""

    language: str
    subject: str
    notices: Sequence[str]  # the mode, then problems
    summary: str  # also what a list of mails shows beside the subject
    heading: str
    since: str
    sections: Sequence[Section] = field(default=())
    health: Sequence[str] = field(default=())
    goodbye: str = ""
    buttons: Sequence[Button] = ()
    reply_words: str = ""  # how to answer instead
    is_empty: bool = False  # the summary says it all
