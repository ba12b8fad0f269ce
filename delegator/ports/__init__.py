"""What the application needs of the world, as Protocols by role. Adapters implement them; `wiring` chooses.

    clock       the time
    mail        the owner's mail server          submission   where mail goes out
    absence     when the owner is away
    state       the account, places, filing      queue        mail that is composed
    intake      messages as they are taken up    outbox       mail on its way out
    handovers   what backups have                commands     what is asked for
    review      what a review is made of         status       what `status` says
    home        the list, the homecoming         originals    octets that the mailbox holds, too
    logins      logins by OAuth 2                store        all of it, for one account

A store gives each account its own part once (`Store.account`); each part of the daemon sees its role of it.
Errors are split by who must act: `Unavailable` is retried for ever, `Refused` needs a person.
"""

from typing import TYPE_CHECKING

from ..core.doors import door

if TYPE_CHECKING:
    from ..core.faults import StateError, StateUnusable
    from ..core.handovers.presence import Absence
    from ..core.mail.place import Place
    from .absence import AbsenceStore, Settled
    from .clock import Clock
    from .commands import Arrival, CarriedOut, CommandStore, Confirmation, Question
    from .erase import EraseStore, Forgotten
    from .handovers import HandoverRow, HandoverStore, Letter, LetterKind, LetterRow, TakenFrom
    from .home import AnswerableMail, HomeStore, TellingParts
    from .intake import Arrived, Decide, Entry, IntakeStore, MoveStore, NotYet, OwnMail, Undecided
    from .logins import LoginStore, TokenLogin
    from .mail import (
        Declined,
        Fetched,
        Greeting,
        MailboxFacts,
        MailServerProbe,
        MailSource,
        MailWatch,
        Quota,
        Refused,
        Seen,
        ServerFacts,
        Unavailable,
    )
    from .originals import OriginalStore, Sought
    from .outbox import InDoubt, Original, OutboxRow, OutboxStore
    from .queue import AlarmStore, Kind, MailQueue, OutgoingMail
    from .review import (
        FailedForward,
        Outage,
        Reason,
        ReviewContent,
        ReviewStore,
        WaitingForward,
        WaitingLetter,
    )
    from .state import (
        AccountState,
        DiskReserve,
        Filing,
        FilingStore,
        MarkStore,
        Misplaced,
        Position,
        ToldFault,
    )
    from .status import AboutMail, SetAside, StateFacts, StatusStore
    from .store import AccountStore, Store
    from .submission import RecipientRefused, Submission, SubmissionProbe, Submitter
else:
    __getattr__ = door(
        __name__,
        {
            "..core.faults": "StateError StateUnusable",
            "..core.handovers.presence": "Absence",
            "..core.mail.place": "Place",
            ".absence": "AbsenceStore Settled",
            ".clock": "Clock",
            ".commands": "Arrival CarriedOut CommandStore Confirmation Question",
            ".erase": "EraseStore Forgotten",
            ".handovers": "HandoverRow HandoverStore Letter LetterKind LetterRow TakenFrom",
            ".home": "AnswerableMail HomeStore TellingParts",
            ".intake": "Arrived Decide Entry IntakeStore MoveStore NotYet OwnMail Undecided",
            ".logins": "LoginStore TokenLogin",
            ".mail": (
                "Declined Fetched Greeting MailboxFacts MailServerProbe MailSource MailWatch Quota "
                "Refused Seen ServerFacts Unavailable"
            ),
            ".originals": "OriginalStore Sought",
            ".outbox": "InDoubt Original OutboxRow OutboxStore",
            ".queue": "AlarmStore Kind MailQueue OutgoingMail",
            ".review": "FailedForward Outage Reason ReviewContent ReviewStore WaitingForward WaitingLetter",
            ".state": "AccountState DiskReserve Filing FilingStore MarkStore Misplaced Position ToldFault",
            ".status": "AboutMail SetAside StateFacts StatusStore",
            ".store": "AccountStore Store",
            ".submission": "RecipientRefused Submission SubmissionProbe Submitter",
        },
    )

__all__ = [
    "AboutMail",
    "Absence",
    "AbsenceStore",
    "AccountState",
    "AccountStore",
    "AlarmStore",
    "AnswerableMail",
    "Arrival",
    "Arrived",
    "CarriedOut",
    "Clock",
    "CommandStore",
    "Confirmation",
    "Decide",
    "Declined",
    "DiskReserve",
    "Entry",
    "EraseStore",
    "FailedForward",
    "Fetched",
    "Filing",
    "FilingStore",
    "Forgotten",
    "Greeting",
    "HandoverRow",
    "HandoverStore",
    "HomeStore",
    "InDoubt",
    "IntakeStore",
    "Kind",
    "Letter",
    "LetterKind",
    "LetterRow",
    "LoginStore",
    "MailQueue",
    "MailServerProbe",
    "MailSource",
    "MailWatch",
    "MailboxFacts",
    "MarkStore",
    "Misplaced",
    "MoveStore",
    "NotYet",
    "Original",
    "OriginalStore",
    "Outage",
    "OutboxRow",
    "OutboxStore",
    "OutgoingMail",
    "OwnMail",
    "Place",
    "Position",
    "Question",
    "Quota",
    "Reason",
    "RecipientRefused",
    "Refused",
    "ReviewContent",
    "ReviewStore",
    "Seen",
    "ServerFacts",
    "SetAside",
    "Settled",
    "Sought",
    "StateError",
    "StateFacts",
    "StateUnusable",
    "StatusStore",
    "Store",
    "Submission",
    "SubmissionProbe",
    "Submitter",
    "TakenFrom",
    "TellingParts",
    "TokenLogin",
    "ToldFault",
    "Unavailable",
    "Undecided",
    "WaitingForward",
    "WaitingLetter",
]
