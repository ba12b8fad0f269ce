"""Whose hands a conversation is in, until when, and what came of it. All of it is decided here, in one file.

A store loads a `Conversation`, calls `apply` with what happened, carries out the effects and saves what
comes back, in one transaction. It decides nothing itself, and neither does the dry run, which keeps the
same values in memory.

Phases. A conversation is in one of six, which follows from its fields (`Conversation.phase`):

| phase     | whose it is                                            | waits for                         |
| --------- | ------------------------------------------------------ | --------------------------------- |
| OWNERS    | the owner's; it never was a backup's, or came back     | the owner, in the reviews         |
| GIVEN     | a backup's, whose forward is not accepted yet          | the submission server             |
| ASKED     | a backup's, who has it; its clock runs (`due_at`)      | the backup's answer to the client |
| PASSING   | a backup's, and is to go to the next (`pass_why`)      | `PassedOn`, a moment later        |
| ANSWERED  | nobody's: the client has an answer                     | new mail of the client            |
| WITHDRAWN | the owner's, who took back what a backup has           | the owner, in the reviews         |

    OWNERS → GIVEN → ASKED → ANSWERED         the usual way; new mail of the client begins at GIVEN or ASKED
    GIVEN, ASKED → PASSING → GIVEN            not me, away, silence, refused: the next of the chain
    PASSING, GIVEN → OWNERS                   nobody of the chain is left
    GIVEN, ASKED, PASSING → WITHDRAWN         the owner undoes it, or moves it back by hand

Events that come too late change nothing. `TABLE` says for each kind of event in which phases it counts; in
every other phase the mail that brought it is written down, and that is all. A word of a backup counts only
while the conversation is in that backup's hands. What is counted has taken effect (`Applied.is_counted`).

What is never true, whatever comes in whatever order (the property tests drive `apply` with everything):

- a mail that waits for a backup waits in a conversation that is some backup's, and that is not answered;
- two backups have mails of one conversation at a time;
- an answered mail is submitted, queued or kept for a forward;
- a backup who was asked once and passed over is asked again, unless the owner names them;
- a mail is lost: every one stays in its conversation.

An answer settles what came before it: mails that arrived after `until` go on waiting. What was still to be
submitted is called off, and is then as good as decided, for it went to nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from ..commands.command import Verb
from ..delivery import State
from .codes import Code, Disposition
from .conversation import (
    UNDER_WAY,
    Accepted,
    Announce,
    Answered,
    Applied,
    AskedBack,
    BringBack,
    CallOff,
    Conversation,
    Drop,
    Effect,
    Event,
    FileAway,
    HandedOver,
    Joined,
    LetGo,
    Mail,
    MovedBack,
    NobodyThere,
    OwnerWrote,
    PassedOn,
    PassingCommanded,
    Phase,
    Queue,
    Redirect,
    Refused,
    ReportFailure,
    SentBack,
    Undone,
    Unreachable,
    Vanished,
    Withdrawn,
    Word,
)

LARGE_OCTETS = 256 * 1024
"""From here on a mail's octets are let go once it was accepted, if the mailbox has them: a scan, a drawing, a
photograph. What is mostly text is smaller, is not worth a second reading, and waits until its handover is
closed."""

VANISHED = "vanished"

# --- the machine ----------------------------------------------------------------------------------


def apply(conversation: Conversation, event: Event) -> Applied:
    """What becomes of a conversation by an event. Pure: equal arguments, equal outcome."""
    phases, step = TABLE[type(event)]
    if conversation.phase in phases:
        return step(conversation, event)
    mail = getattr(event, "mail", None)
    if isinstance(mail, Mail):
        conversation = _with(conversation, mail)
    return Applied(conversation, is_counted=False)


def _joined(before: Conversation, event: Joined) -> Applied:
    return Applied(_with(before, event.mail))


def _handed_over(before: Conversation, event: HandedOver) -> Applied:
    conversation, effects = before, []
    everybody = before.originators | event.originators
    backup = event.backups[0]
    mail = before.mail(event.mail.id)
    if mail is None:
        mail = event.mail
    else:  # it waited for the owner
        mail = replace(
            mail, code=event.mail.code, originator=event.mail.originator, is_kept=event.mail.is_kept
        )
    mail = replace(mail, disposition=Disposition.FORWARD, backup=backup)
    if event.is_ordered:
        mail = replace(mail, is_answered=False, decision=None, decided_at=None, remark="")
    if event.quotes_answer:
        settled = _settled(before, "quoted", event.now)
        conversation, effects = settled.conversation, list(settled.effects)
    elif before.waits and backup != before.backup:
        passing = _takes_all_along(before, event, mail)
        if passing is not None:
            return Applied(replace(passing, originators=everybody))
    is_same = conversation.backup == backup
    mails = tuple(replace(one, backup=backup) if one.waits else one for one in conversation.mails)
    conversation = replace(
        conversation,
        mails=mails,
        backup=backup,
        originators=everybody,
        subject=event.subject,
        chain=event.chain or conversation.chain,
        # It was the owner's, and begins anew.
        tried=() if conversation.backup is None else conversation.tried,
        # What was asked before the answer is open no more.
        question_at=conversation.question_at if conversation.answered_at is None else None,
        answered_at=None,
        accepted_at=None,
        handed_at=conversation.handed_at if is_same else None,
        due_at=conversation.due_at if is_same else None,
    )
    if event.is_ordered:
        conversation = replace(conversation, withdrawn_at=None, pass_why=None)
    if mail.is_kept:
        effects.append(Queue(mail.id, event.backups, event.note, event.is_paced))
        mail = replace(mail, sendings=mail.sendings | {State.PENDING})
    return Applied(_with(conversation, mail), tuple(effects))


def _takes_all_along(before: Conversation, event: HandedOver, mail: Mail) -> Conversation | None:
    """Another has what came before: with this mail all of it is passed on, in one go; None: it is not.

    Whoever has it is not there, or the owner names another for it.
    """
    joining = replace(mail, backup=before.backup)
    if event.is_follow_up:
        return _with(replace(before, pass_why=before.pass_why or "away"), joining)
    if event.is_ordered and all(one.is_kept for one in before.mails if one.waits):
        named = _named(before, event.backups)
        return _with(replace(named, withdrawn_at=None), replace(joining, remark=event.note))
    return None


def _named(conversation: Conversation, backups: tuple[str, ...]) -> Conversation:
    """The owner says who comes next, also if they had it before."""
    return replace(
        conversation,
        chain=(*backups, *(key for key in conversation.chain if key not in backups)),
        tried=tuple(key for key in conversation.tried if key not in backups),
        pass_why="owner",
    )


def _answered(before: Conversation, event: Answered) -> Applied:
    proof = "thanks" if event.is_thanks else "answer" if event.by else "colleague"
    done = _settled(before, proof, event.now, until=event.until)
    return replace(done, conversation=_with(done.conversation, event.mail))


def _asked_back(before: Conversation, event: AskedBack) -> Applied:
    after = _with(before, event.mail)
    if before.backup != event.backup:
        return Applied(after, is_counted=False)
    return Applied(replace(after, question_at=event.now))


def _sent_back(before: Conversation, event: SentBack) -> Applied:
    after = _with(before, event.mail)
    if before.backup != event.backup:  # of one who had it before, it says nothing new
        return Applied(after, is_counted=False)
    return Applied(replace(after, pass_why=event.why))


def _nobody_there(before: Conversation, event: NobodyThere) -> Applied:
    after = _with(before, event.mail)
    return Applied(replace(after, pass_why=before.pass_why or "away"))


def _word(before: Conversation, event: Word) -> Applied:
    if before.backup != event.backup:
        return Applied(before, is_counted=False)
    match event.verb:
        case Verb.ANSWERED:
            return _settled(before, "phoned", event.now)
        case Verb.LATER_TODAY:
            return Applied(replace(before, accepted_at=event.now))
        case Verb.NOT_ME:
            return Applied(replace(before, pass_why="not_me"))
    return Applied(before, is_counted=False)


def _unreachable(before: Conversation, event: Unreachable) -> Applied:
    if before.backup != event.backup:
        return Applied(before, is_counted=False)
    return Applied(replace(before, pass_why=before.pass_why or event.why))


def _owner_wrote(before: Conversation, event: OwnerWrote) -> Applied:
    # Only clients' addresses: neither a backup's nor a machine's that wrote about it.
    in_hand = (Disposition.FORWARD, Disposition.REVIEW)
    senders = {
        mail.originator
        for mail in before.mails
        if mail.disposition in in_hand and mail.code is not Code.FROM_BACKUP
    }
    clients = before.originators | senders
    if clients & event.recipients:
        done = _settled(before, "owner", event.now, until=event.sent_at)
        mails = tuple(
            replace(mail, decided_at=event.now) if mail.is_open_item and mail.at <= event.sent_at else mail
            for mail in done.conversation.mails
        )
        return replace(done, conversation=replace(done.conversation, mails=mails))
    if event.backup is None:
        return Applied(before, is_counted=False)
    if event.backup == before.backup and before.question_at is not None:
        return Applied(_told(before, event))
    mails = tuple(
        replace(mail, disposition=Disposition.FORWARD, backup=event.backup, decided_at=None)
        if mail.waits or (mail.is_open_item and mail.code is not Code.FROM_BACKUP)
        else mail
        for mail in before.mails
    )
    after = replace(before, mails=mails)
    after, called_off = _called_off(after, "forwarded by hand")
    after = replace(
        after,
        backup=event.backup,
        originators=clients - {""},
        tried=tuple(key for key in before.had_it if key != event.backup),
        handed_at=event.now,
        due_at=event.due_at if after.waits else None,
        answered_at=None if after.waits else before.answered_at or event.now,
        withdrawn_at=None,
        pass_why=None,
        question_at=None,
        accepted_at=None,
    )
    return Applied(after, called_off)


def _told(conversation: Conversation, event: OwnerWrote) -> Conversation:
    """The owner has told the backup what they asked: it is still theirs, and they have time again."""
    mails = tuple(
        replace(mail, decided_at=event.now) if mail.is_open_item and mail.code is Code.FROM_BACKUP else mail
        for mail in conversation.mails
    )
    due_at = event.due_at if conversation.waits else conversation.due_at
    return replace(conversation, mails=mails, question_at=None, accepted_at=None, due_at=due_at)


def is_wanted(conversation: Conversation, mail: int, backup: str) -> bool:
    """Whether a forward is still to be made: neither answered nor another's meanwhile."""
    found = conversation.mail(mail)
    return found is not None and not found.is_answered and conversation.backup == backup


def _accepted(before: Conversation, event: Accepted) -> Applied:
    # The original may have to go to the next, until there is an answer.
    mail = before.mail(event.mail)
    effects: tuple[Effect, ...] = ()
    after = before
    if mail is not None:
        after = _with(before, replace(mail, sendings=(mail.sendings - UNDER_WAY) | {State.SENT}))
        if mail.disposition is Disposition.FORWARD:
            effects = (FileAway(event.mail),)
        if mail.is_kept:
            effects = (*effects, LetGo((event.mail,), LARGE_OCTETS))
    if not is_wanted(before, event.mail, event.backup) or before.answered_at is not None:
        return Applied(after, effects, is_counted=False)
    # A client who writes again puts no deadline off; what the owner took back has none.
    due_at = before.due_at or event.follow_up_at if before.waits else None
    return Applied(replace(after, handed_at=event.now, due_at=due_at), effects)


def _refused(before: Conversation, event: Refused) -> Applied:
    if not is_wanted(before, event.mail, event.backup):
        after, called_off = _called_off(before, event.text, (event.mail,))
        return Applied(after, called_off, is_counted=False)
    failure = ReportFailure(event.mail, event.backup, event.text)
    if event.following and before.handed_at is None and before.backup not in before.tried:
        forwards = tuple(mail for mail in before.mails if mail.disposition is Disposition.FORWARD)
        mails = tuple(
            replace(mail, backup=event.following[0]) if mail.waits else mail for mail in before.mails
        )
        after = replace(
            before,
            mails=mails,
            backup=event.following[0],
            tried=(*before.tried, event.backup),
            # Whatever asked for another than the one before has been done with that.
            pass_why=before.pass_why if before.pass_why == "owner" else None,
        )
        return Applied(after, (Redirect(tuple(mail.id for mail in forwards), event.following), failure))
    if not event.following and before.handed_at is None:
        done = _given_back(before, event.text)
        return replace(done, effects=(*done.effects, failure))
    # It was with somebody already: the next one reads so first.
    after, called_off = _called_off(before, event.text, (event.mail,))
    if before.answered_at is None:
        after = replace(after, pass_why=before.pass_why or "failed")
    return Applied(after, (*called_off, failure))


def _vanished(before: Conversation, event: Vanished) -> Applied:
    mail = before.mail(event.mail)
    if mail is None or not mail.waits:
        return Applied(before, is_counted=False)
    if not any(other.waits for other in before.mails if other is not mail):
        return _given_back(before, VANISHED)
    after, effects = _called_off(before, VANISHED, (event.mail,))
    effects = (*effects, *_let_go([mail]))
    after = _with(after, _came_back(after.mail(event.mail) or mail, VANISHED))
    return Applied(_with_clock(after), effects)


def _passed_on(before: Conversation, event: PassedOn) -> Applied:
    waiting = tuple(mail for mail in before.mails if mail.waits)
    if before.backup != event.held_by or not waiting:  # settled since it was looked at
        return Applied(before, is_counted=False)
    # What the owner had forwarded by hand is not here to be forwarded again.
    if not event.following or not all(mail.is_kept for mail in waiting):
        return _given_back(before, event.why)
    after, effects = _called_off(before, event.why)
    if before.handed_at is not None:
        effects = (*effects, Announce(event.following[0]))
    is_named = before.pass_why == "owner"  # what the owner wrote on top was written to who is next
    for mail in waiting:
        effects = (*effects, Queue(mail.id, event.following, mail.remark if is_named else ""))
    mails = tuple(
        replace(mail, backup=event.following[0], remark="", sendings=mail.sendings | {State.PENDING})
        if mail.waits
        else mail
        for mail in after.mails
    )
    after = replace(
        after,
        mails=mails,
        backup=event.following[0],
        tried=before.had_it,
        pass_why=None,
        handed_at=None,
        due_at=None,
        question_at=None,
        accepted_at=None,
    )
    return Applied(after, effects)


def _passing_commanded(before: Conversation, event: PassingCommanded) -> Applied:
    if event.backup == before.backup or not before.waits:  # it went there, or back to the owner, meanwhile
        return Applied(before, is_counted=False)
    return Applied(_named(before, (event.backup,)))


def _withdrawn(before: Conversation, event: Withdrawn) -> Applied:
    after = replace(before, withdrawn_at=before.withdrawn_at or event.now, due_at=None, pass_why=None)
    effects: tuple[Effect, ...] = ()
    for mail in before.mails:
        if mail.waits:
            done = _undone(after, Undone(mail.id))
            after, effects = done.conversation, (*effects, *done.effects)
    return Applied(after, effects)


def _undone(before: Conversation, event: Undone) -> Applied:
    mail = before.mail(event.mail)
    if mail is None:
        return Applied(before, is_counted=False)
    after, effects = _called_off(before, "undone", (event.mail,), frozenset({State.PENDING}))
    after = _with(after, reopened(after.mail(event.mail) or mail))
    effects = (*effects, *_let_go([mail]))
    if mail.disposition is Disposition.FORWARD and before.handed_at is None and not after.waits:
        after = replace(after, backup=None, due_at=None)
    return Applied(_with_clock(after), (*effects, BringBack(event.mail)))


def _with_clock(after: Conversation) -> Conversation:
    """A mail may wait that the forward which goes no more was to take along: the owner hears of it again."""
    is_under_way = any(one.sendings & UNDER_WAY for one in after.mails if one.waits)
    if not after.waits or after.due_at is not None or after.pass_why is not None or is_under_way:
        return after
    return replace(after, due_at=max(one.at for one in after.mails if one.waits))


def _moved_back(before: Conversation, event: MovedBack) -> Applied:
    mail = before.mail(event.mail)
    if mail is None:
        return Applied(before, is_counted=False)
    after, effects = _called_off(before, "moved back", (event.mail,), frozenset({State.PENDING}))
    if mail.disposition is Disposition.FORWARD and before.answered_at is None:
        after = replace(after, withdrawn_at=before.withdrawn_at or event.now)
    mail = after.mail(event.mail) or mail
    effects = (*effects, *_let_go([mail]))
    return Applied(_with(after, replace(reopened(mail), backup=mail.backup, remark=mail.remark)), effects)


def comes_back(disposition: Disposition, filed: Collection[str | None]) -> bool:
    """Whether a known message that is in INBOX again is an open item again.

    filed: where we are to put it, or put it last. What a command of the owner's brought there ("later",
    "undo") stays as that said.
    """
    return disposition not in (Disposition.PRIVATE, Disposition.OWN) and "INBOX" not in filed


# --- what several of them do ----------------------------------------------------------------------


def reopened(mail: Mail) -> Mail:
    """An open item again, that no review has shown."""
    return replace(
        mail,
        disposition=Disposition.REVIEW,
        priority=mail.priority or "normal",
        backup=None,
        decision=None,
        decided_at=None,
        remark="",
        is_shown=False,
    )


def _with(conversation: Conversation, mail: Mail) -> Conversation:
    """With this mail, in the place of what was known of it, or last."""
    if conversation.mail(mail.id) is None:
        return replace(conversation, mails=(*conversation.mails, mail))
    mails = tuple(mail if known.id == mail.id else known for known in conversation.mails)
    return replace(conversation, mails=mails)


def _called_off(
    conversation: Conversation,
    why: str,
    ids: Sequence[int] | None = None,
    states: frozenset[State] = UNDER_WAY,
) -> tuple[Conversation, tuple[Effect, ...]]:
    """What still waits to be sent for it, or may have been sent, goes to nobody by itself."""
    called = tuple(
        mail.id for mail in conversation.mails if (ids is None or mail.id in ids) and mail.sendings & states
    )
    mails = tuple(
        replace(mail, sendings=(mail.sendings - states) | {State.FAILED}) if mail.id in called else mail
        for mail in conversation.mails
    )
    effects: tuple[Effect, ...] = (CallOff(called, why, states),) if called else ()
    return replace(conversation, mails=mails), effects


def _settled(
    conversation: Conversation, proof: str, now: datetime, *, until: datetime | None = None
) -> Applied:
    """Answered: nobody is asked any more, and what still waited to be sent for it is not sent.

    until: when the answer was written; what came in after it still waits for one.
    """
    scope = [mail for mail in conversation.mails if until is None or mail.at <= until]
    ids = [mail.id for mail in scope]
    after, effects = _called_off(conversation, "answered", ids)
    kept = tuple(mail.id for mail in scope if mail.is_kept)
    if kept:
        effects = (*effects, Drop(kept))

    def settled(mail: Mail, sendings: frozenset[State]) -> Mail:
        if mail.disposition is Disposition.FORWARD and State.PENDING in sendings:
            if not sendings & {State.SENT, State.SENDING}:  # as good as decided: it went to nobody
                mail = replace(mail, disposition=Disposition.REVIEW, priority="normal", decided_at=now)
        elif mail.disposition is Disposition.REVIEW and mail.code is Code.NOT_FORWARDED:
            mail = replace(mail, decided_at=mail.decided_at or now)  # what had come back to the owner
        return replace(mail, is_answered=True, is_kept=False)

    before = {mail.id: mail.sendings for mail in conversation.mails}
    mails = tuple(settled(mail, before[mail.id]) if mail.id in ids else mail for mail in after.mails)
    after = replace(after, mails=mails)
    if not after.waits:
        after = replace(after, answered_at=now, proof=proof, due_at=None, pass_why=None)
    return Applied(after, effects)


def _given_back(conversation: Conversation, why: str) -> Applied:
    """The end of the chain: the owner has all of it again, first in the next review."""
    after, effects = _called_off(conversation, why)
    effects = (*effects, *_let_go([mail for mail in after.mails if mail.waits]))
    mails = tuple(_came_back(mail, why) if mail.waits else mail for mail in after.mails)
    after = replace(
        after,
        mails=mails,
        backup=None,
        tried=conversation.had_it,
        pass_why=None,
        due_at=None,
        question_at=None,
    )
    return Applied(after, effects)


def _came_back(mail: Mail, why: str) -> Mail:
    """The owner's again, first in the next review."""
    return replace(
        mail,
        disposition=Disposition.REVIEW,
        priority="high",
        code=Code.NOT_FORWARDED,
        detail=why,
        backup=None,
        decided_at=None,
        is_shown=False,
    )


def _let_go(mails: Iterable[Mail]) -> tuple[Effect, ...]:
    """Their handover is closed without an answer: what the owner decides of them needs the mailbox only."""
    kept = tuple(mail.id for mail in mails if mail.is_kept)
    return (LetGo(kept),) if kept else ()


# --- what is due ----------------------------------------------------------------------------------


def following(chain: Iterable[str], tried: Collection[str], holder: str | None) -> tuple[str, ...]:
    """Who comes next in a chain, in order: who has not had it."""
    return tuple(key for key in chain if key != holder and key not in tried)


def is_overdue(due_at: datetime | None, accepted_at: datetime | None, now: datetime) -> bool:
    """Whether it is silence: no answer was seen in time, and the backup did not say "later today"."""
    return due_at is not None and due_at <= now and accepted_at is None


def why_to_pass_on(
    pass_why: str | None, *, is_silent: bool, on_silence: Literal["ask", "next"], has_next: bool
) -> str | None:
    """Why a handover is to be passed on now, or None: what was asked for, else silence.

    Nobody is left after silence: it stays where it is, for that backup may still answer.
    """
    if pass_why is not None:
        return pass_why
    return "silence" if is_silent and on_silence == "next" and has_next else None


Status = Literal["open", "left", "done", "to-do", "later", "waiting", "forwarded", "private", "other"]
"""The state of a mail, for a command. left: by the owner's hand. waiting: a forward that is not sent yet."""


def status_of(mail: Mail) -> Status:
    match mail.disposition:
        case Disposition.FORWARD:
            return "forwarded" if mail.sendings & {State.SENT, State.SENDING} else "waiting"
        case Disposition.PRIVATE:
            return "private"
        case Disposition.REVIEW if mail.decision is not None:
            return mail.decision
        case Disposition.REVIEW:
            return "open" if mail.decided_at is None else "left"
    return "other"


Standing = Literal["sent", "waiting", "answered", "overdue", "asks"]


def standing_of(conversation: Conversation, now: datetime, *, is_under_way: bool) -> Standing:
    """What a review says of a handover. is_under_way: its newest forward still waits in the outbox."""
    if conversation.answered_at is not None:
        return "answered"
    if conversation.question_at is not None:
        return "asks"
    if conversation.due_at is not None and conversation.due_at <= now:
        return "overdue"
    return "waiting" if is_under_way else "sent"


# --- the table ------------------------------------------------------------------------------------

Step = Callable[[Conversation, Any], Applied]

ALWAYS = frozenset(Phase)
NOT_ANSWERED = ALWAYS - {Phase.ANSWERED}

TABLE: Mapping[type[Event], tuple[frozenset[Phase], Step]] = {
    Joined: (ALWAYS, _joined),
    HandedOver: (ALWAYS, _handed_over),
    Answered: (ALWAYS, _answered),
    AskedBack: (ALWAYS, _asked_back),
    SentBack: (NOT_ANSWERED, _sent_back),
    NobodyThere: (NOT_ANSWERED, _nobody_there),
    Word: (NOT_ANSWERED, _word),
    Unreachable: (NOT_ANSWERED, _unreachable),
    OwnerWrote: (ALWAYS, _owner_wrote),
    Accepted: (ALWAYS, _accepted),
    Refused: (ALWAYS, _refused),
    Vanished: (NOT_ANSWERED, _vanished),
    PassedOn: (NOT_ANSWERED, _passed_on),
    PassingCommanded: (NOT_ANSWERED, _passing_commanded),
    Withdrawn: (NOT_ANSWERED, _withdrawn),
    Undone: (ALWAYS, _undone),
    MovedBack: (ALWAYS, _moved_back),
}
"""In which phases each kind of event counts, and what it then does."""
