"""Every mail that goes out, as octets. Pure: ids, boundaries, dates and catalogues are passed in."""

from .forward import Forward, compose_forward
from .mail import LOOP_HEADER, Catalogue, Stamp
from .note import moment_text
from .review import compose_review
from .trial import compose_trial

__all__ = [
    "LOOP_HEADER",
    "Catalogue",
    "Forward",
    "Stamp",
    "compose_forward",
    "compose_review",
    "compose_trial",
    "moment_text",
]
