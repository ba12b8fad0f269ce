"""What the application needs of the world, as Protocols by role. Adapters implement them; `wiring` chooses.

Errors are split by who must act: `Unavailable` is retried for ever, `Refused` needs a person.
"""

from ..core.mail.place import Place
from .clock import Clock
from .commands import (
    Arrival,
    CarriedOut,
    CommandStore,
    Question,
)
from .handovers import (
    Absence,
    Absences,
    HandoverRow,
    HandoverStore,
    Letter,
    Letters,
    OpenHandovers,
    TakenFrom,
)
from .intake import IntakeStore, OwnMail, TakesUp
from .mail import Fetched, MailboxFacts, MailServerProbe, MailSource, Quota, Refused, ServerFacts, Unavailable
from .outbox import Attempts, InDoubt, Original, Originals, OutboxRow, OutboxStore
from .queue import Kind, MailQueue, OutgoingMail
from .review import ReviewContent, ReviewStore, StatusStore, Totals
from .state import AccountState, Filing, FilingStore, Position, Positions, SessionStore, StateError
from .store import AccountStore, Store
from .submission import RecipientRefused, Submission, SubmissionProbe, Submitter

__all__ = [
    "Absence",
    "Absences",
    "AccountState",
    "AccountStore",
    "Arrival",
    "Attempts",
    "CarriedOut",
    "Clock",
    "CommandStore",
    "Fetched",
    "Filing",
    "FilingStore",
    "HandoverRow",
    "HandoverStore",
    "InDoubt",
    "IntakeStore",
    "Kind",
    "Letter",
    "Letters",
    "MailQueue",
    "MailServerProbe",
    "MailSource",
    "MailboxFacts",
    "OpenHandovers",
    "Original",
    "Originals",
    "OutboxRow",
    "OutboxStore",
    "OutgoingMail",
    "OwnMail",
    "Place",
    "Position",
    "Positions",
    "Question",
    "Quota",
    "RecipientRefused",
    "Refused",
    "ReviewContent",
    "ReviewStore",
    "ServerFacts",
    "SessionStore",
    "StateError",
    "StatusStore",
    "Store",
    "Submission",
    "SubmissionProbe",
    "Submitter",
    "TakenFrom",
    "TakesUp",
    "Totals",
    "Unavailable",
]
