"""Every mail that goes out, as octets. Pure: ids, boundaries, dates and catalogues are passed in."""

from typing import TYPE_CHECKING

from ..doors import door

if TYPE_CHECKING:
    from ..mail.loop import LOOP_HEADER
    from .alert import compose_alert
    from .brief import BriefButtons, compose_brief, compose_withdrawal
    from .cover import CoverReason, compose_cover
    from .forward import compose_forward
    from .mail import Catalogue, Stamp
    from .moments import moment_words
    from .overview import OverviewButtons, OverviewItem, Told, compose_overview
    from .recipient_note import compose_recipient_note
    from .review import compose_review
    from .test_mail import compose_answer_test, compose_test_mail
    from .to_backup import compose_to_backup
else:
    __getattr__ = door(
        __name__,
        {
            "..mail.loop": "LOOP_HEADER",
            ".alert": "compose_alert",
            ".brief": "BriefButtons compose_brief compose_withdrawal",
            ".cover": "CoverReason compose_cover",
            ".forward": "compose_forward",
            ".mail": "Catalogue Stamp",
            ".moments": "moment_words",
            ".overview": "OverviewButtons OverviewItem Told compose_overview",
            ".recipient_note": "compose_recipient_note",
            ".review": "compose_review",
            ".test_mail": "compose_answer_test compose_test_mail",
            ".to_backup": "compose_to_backup",
        },
    )

__all__ = [
    "LOOP_HEADER",
    "BriefButtons",
    "Catalogue",
    "CoverReason",
    "OverviewButtons",
    "OverviewItem",
    "Stamp",
    "Told",
    "compose_alert",
    "compose_answer_test",
    "compose_brief",
    "compose_cover",
    "compose_forward",
    "compose_overview",
    "compose_recipient_note",
    "compose_review",
    "compose_test_mail",
    "compose_to_backup",
    "compose_withdrawal",
    "moment_words",
]
