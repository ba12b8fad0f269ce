"""The review: one mail to the owner, text and HTML."""

from __future__ import annotations

from ..people import Owner
from ..review import Review
from .mail import Catalogue, Stamp


def compose_review(review: Review, owner: Owner, stamp: Stamp, catalogue: Catalogue) -> bytes:
    """A review to the owner: text and HTML, under 80 kB. Never raises."""
    raise NotImplementedError
