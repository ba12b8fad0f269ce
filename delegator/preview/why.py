"""`why`: everything that is tried on one message, explained by the core."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..adapters.state import STATE_FILE
from ..core.people import normal_address
from ..core.triage.flood import counted_as
from .simulate import decision_of

if TYPE_CHECKING:
    from ..config.model import Config
    from ..core.mail.message import Message
    from ..reports.why import Why

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class NotFound(Exception):
    """There is no such message. str(): what was looked for, where, and what to do."""


def explain_message(
    config: Config, source: str, message: Message, state_dir: Path, *, show_private: bool
) -> Why:
    from ..adapters.state import peek
    from ..core.triage.why import explain_decision, without_private_text
    from ..reports.why import Why

    now = message.arrived_at or _LONG_AGO
    account = normal_address(config.owner.address)
    originator = counted_as(message, config.rule_book)
    known = peek.conversations(state_dir / STATE_FILE, account, message, now, originator)
    explanation = explain_decision(message, config.rule_book, known, now)
    decision = decision_of(source, message, explanation.verdict, show_private=show_private)
    return Why(decision, explanation if show_private else without_private_text(explanation))
