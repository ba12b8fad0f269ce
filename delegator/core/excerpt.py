"""What is new in a message, in two lines: no quotes, greetings, signatures, disclaimers."""

from __future__ import annotations


def excerpt(text: str, *, width: int = 90, lines: int = 2) -> str:
    """The first lines of what is new, at most `lines` lines of `width` characters. Linear time."""
    raise NotImplementedError


def new_text(text: str) -> str:
    """The text without quotes, attributions, greetings, signatures; the text itself if little is left."""
    raise NotImplementedError
