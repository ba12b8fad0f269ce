"""Guards, rules in order, afterthoughts: one message to one verdict, with its reason.

The one pure function that the daemon, the dry run and `why` share.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from .authentication import failure, is_verified
from .loop import is_foreign_loop, is_our_loop
from .message import Message
from .people import Backup, Owner, normal_address
from .rules import (
    Condition,
    Facts,
    ForwardTo,
    Ignore,
    Is,
    MakePrivate,
    Match,
    Outcome,
    Priority,
    Rule,
    ToReview,
    match,
)

MOST_RECEIVED_FIELDS = 100
"""A mail with as many has been going round (RFC 5321 section 6.3)."""

REASON_CHARACTERS = 300
"""How long a sentence of `explain` gets at most."""


class Disposition(StrEnum):
    FORWARD = "forward"
    REVIEW = "review"
    PRIVATE = "private"
    IGNORE = "ignore"
    OWN = "own"


class Code(StrEnum):
    """Why. The closed list; `explain` makes the sentence."""

    OURS = "ours"  # our own mail come back: a review, a brief, a forward
    BOUNCE = "bounce"  # a bounce of one of our forwards
    DELAYED = "delayed"  # a warning that one of our forwards is late; nothing failed
    ANSWER = "answer"  # a backup's answer, the originator in To or Cc
    FROM_BACKUP = "from_backup"  # a backup's other mail in a handover: perhaps a question
    PRIVATE_RULE = "private_rule"
    PRIVATE_MARKED = "private_marked"  # Sensitivity: Personal or Private
    PRIVATE_ENCRYPTED = "private_encrypted"
    LOOP = "loop"
    EMPTY_REVERSE_PATH = "empty_reverse_path"
    CONVERSATION = "conversation"  # already handed over: the same backup again
    RULE = "rule"
    OTHERWISE = "otherwise"
    NOBODY_THERE = "nobody_there"  # a forward rule, but none of its backups is there
    AUTHENTICATION_FAILED = "authentication_failed"
    OLD = "old"  # more than four hours old when taken up
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"  # could not be fetched or parsed
    NOT_FORWARDED = "not_forwarded"  # every backup's server refused it; set after triage, by the outbox


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a message, and why.

    priority: of a review, else None. backup: of a forward, else None.
    backups: the chain of a forward, the chosen one first among those who are there.
    rule: the rule's name, None for guards, conversations and `otherwise`.
    matches: what matched in the rule.
    warning: shown in the review above the item; a Code or None.
    """

    disposition: Disposition
    code: Code
    priority: Priority | None = None
    backup: str | None = None
    backups: tuple[str, ...] = ()
    rule: str | None = None
    matches: tuple[Match, ...] = ()
    conversation: int | None = None  # the handover that it belongs to
    detail: str = ""  # what the sentence needs besides: a failed recipient, a method that failed


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All that triage takes from the configuration."""

    owner: Owner
    backups: Mapping[str, Backup]
    rules: tuple[Rule, ...]
    otherwise: Outcome
    authserv_id: str | None = None


@dataclass(frozen=True, slots=True)
class Handover:
    """A conversation in a backup's hands. id: the store's. originators: normal_address form."""

    id: int
    backup: str
    originators: frozenset[str]


@dataclass(frozen=True, slots=True)
class Conversations:
    """What is known of the mails that a message names, and of the backups.

    ours: those of our own Message-IDs (with angle brackets) that matter here: the message's own,
    the ones that it answers or that its bounce names; each with the handover it belongs to or None.
    handovers: Message-ID of any mail in a handover -> that handover.
    absent: keys of the backups who are known to answer automatically.
    loop_key: the account's secret key of the loop header; b"" where there is none (files).
    """

    ours: Mapping[str, Handover | None] = field(default_factory=dict)
    handovers: Mapping[str, Handover] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    loop_key: bytes = b""


def triage(message: Message, rules: RuleBook, conversations: Conversations, now: datetime) -> Verdict:
    """The verdict on one message. Pure: equal arguments, equal verdict."""
    facts = Facts(
        owner_addresses=frozenset(map(normal_address, rules.owner.addresses)),
        owner_domain=rules.owner.domain,
        is_verified=is_verified(message, rules.authserv_id),
    )
    return _Triage(message, rules, conversations, now, facts).verdict()


@dataclass(frozen=True, slots=True)
class _Triage:
    """The arguments of `triage`, for the steps of one decision."""

    message: Message
    book: RuleBook
    known: Conversations
    now: datetime
    facts: Facts

    def verdict(self) -> Verdict:
        for guard in (self._ours, self._bounce, self._from_backup, self._private, self._loop):
            verdict = guard()
            if verdict is not None:
                return verdict
        return self._afterthought(self._conversation() or self._ruled())

    # Guards

    def _ours(self) -> Verdict | None:
        # Not merely From the owner: contact forms write From = To.
        if self.message.message_id in self.known.ours or is_our_loop(self.known.loop_key, self.message):
            return Verdict(Disposition.OWN, Code.OURS)
        return None

    def _bounce(self) -> Verdict | None:
        bounce = self.message.bounce
        if bounce is None:
            return None
        named = [message_id for message_id in bounce.message_ids if message_id in self.known.ours]
        if not named:
            return None
        handover = next((found for each in named if (found := self.known.ours[each])), None)
        is_delay = bounce.kind == "delayed"
        return Verdict(
            Disposition.REVIEW,
            Code.DELAYED if is_delay else Code.BOUNCE,
            priority="normal" if is_delay else "high",
            conversation=handover.id if handover else None,
            detail=", ".join(bounce.recipients),
        )

    def _from_backup(self) -> Verdict | None:
        sender, handover = self.message.originator, self._handover()
        if sender is None or handover is None:
            return None
        address = normal_address(sender.address)
        if address in handover.originators:
            return None  # a colleague who wrote to the owner, and whose mail another has
        if not any(address in map(normal_address, each.addresses) for each in self.book.backups.values()):
            return None

        def to_review(code: Code, detail: str = "") -> Verdict:
            return Verdict(Disposition.REVIEW, code, "high", conversation=handover.id, detail=detail)

        if failed := failure(self.message, self.book.authserv_id):
            return to_review(Code.AUTHENTICATION_FAILED, failed)
        if self.message.is_auto_reply or self._match(Is("auto", True)) is not None:
            return to_review(Code.FROM_BACKUP, "an automatic reply")
        recipients = (*self.message.to, *self.message.cc)
        if handover.originators.isdisjoint(normal_address(each.address) for each in recipients):
            return to_review(Code.FROM_BACKUP)
        return Verdict(Disposition.OWN, Code.ANSWER, conversation=handover.id)

    def _private(self) -> Verdict | None:
        for rule in self.book.rules:
            if isinstance(rule.outcome, MakePrivate):
                held = self._match(rule.when)
                if held is not None:
                    return Verdict(Disposition.PRIVATE, Code.PRIVATE_RULE, rule=rule.name, matches=held)
        if self.message.is_encrypted:
            code = Code.PRIVATE_ENCRYPTED
        elif self._sensitivities() & {"personal", "private"}:
            code = Code.PRIVATE_MARKED
        else:
            return None
        is_lifted = any(rule.lifts_private and self._match(rule.when) is not None for rule in self.book.rules)
        return None if is_lifted else Verdict(Disposition.PRIVATE, code)

    def _loop(self) -> Verdict | None:
        been_round = len(self.message.header_values("Received")) >= MOST_RECEIVED_FIELDS
        if been_round or is_foreign_loop(self.known.loop_key, self.message):
            return Verdict(Disposition.REVIEW, Code.LOOP, priority="normal")
        if self.message.return_path == "":
            return Verdict(Disposition.REVIEW, Code.EMPTY_REVERSE_PATH, priority="normal")
        return None

    # Decisions

    def _conversation(self) -> Verdict | None:
        """The same backup again, for mail in a conversation that was handed over."""
        handover = self._handover()
        if handover is None:
            return None
        base = Verdict(Disposition.FORWARD, Code.CONVERSATION, conversation=handover.id)
        return self._forward(base, (handover.backup,))

    def _ruled(self) -> Verdict:
        for rule in self.book.rules:
            held = self._match(rule.when)
            if held is not None:
                base = Verdict(Disposition.REVIEW, Code.RULE, rule=rule.name, matches=held)
                return self._outcome(rule.outcome, base)
        return self._outcome(self.book.otherwise, Verdict(Disposition.REVIEW, Code.OTHERWISE))

    def _outcome(self, outcome: Outcome, base: Verdict) -> Verdict:
        """`base` with the disposition of an outcome."""
        match outcome:
            case ForwardTo(backups):
                return self._forward(base, backups)
            case ToReview(priority):
                return replace(base, disposition=Disposition.REVIEW, priority=priority)
            case MakePrivate():
                return replace(base, disposition=Disposition.PRIVATE)
            case Ignore():
                return replace(base, disposition=Disposition.IGNORE)

    def _forward(self, base: Verdict, backups: tuple[str, ...]) -> Verdict:
        absences = {key: self._absence(key) for key in backups}
        there = tuple(key for key, absence in absences.items() if absence is None)
        if there:
            return replace(base, disposition=Disposition.FORWARD, backup=there[0], backups=there)
        return replace(
            base,
            disposition=Disposition.REVIEW,
            code=Code.NOBODY_THERE,
            priority="high",
            detail=", ".join(f"{key} {absence}" for key, absence in absences.items()),
        )

    def _absence(self, key: str) -> str | None:
        """Why a backup is not there; None if they are."""
        backup = self.book.backups.get(key)
        if backup is None:
            return "is no backup any more"
        if any(self.now in window for window in backup.away):
            return "is away"
        return "answers automatically" if key in self.known.absent else None

    def _afterthought(self, verdict: Verdict) -> Verdict:
        """What may still keep a forward from going out."""
        if verdict.disposition is not Disposition.FORWARD:
            return verdict
        failed = failure(self.message, self.book.authserv_id)
        if failed is None:
            return verdict
        return replace(
            verdict,
            disposition=Disposition.REVIEW,
            code=Code.AUTHENTICATION_FAILED,
            priority="high",
            backup=None,
            backups=(),
            detail=failed,
        )

    # What they ask

    def _match(self, condition: Condition) -> tuple[Match, ...] | None:
        return match(condition, self.message, self.facts)

    def _handover(self) -> Handover | None:
        """The handover that the message belongs to, by the first known Message-ID that it names."""
        for message_id in self.message.named_ids:
            handover = self.known.handovers.get(message_id) or self.known.ours.get(message_id)
            if handover is not None:
                return handover
        return None

    def _sensitivities(self) -> set[str]:
        return {value.strip().lower() for value in self.message.header_values("Sensitivity")}


def explain(verdict: Verdict) -> str:
    """The reason as one English sentence without a full stop, for the dry run, `why` and the log."""
    sentence = " ".join(_sentence(verdict).split())
    sentence = "".join(character for character in sentence if character.isprintable())
    if len(sentence) > REASON_CHARACTERS:
        sentence = sentence[: REASON_CHARACTERS - 1].rstrip() + "…"
    return sentence


_SENTENCES = {
    Code.OURS: "our own mail, come back",
    Code.BOUNCE: "a bounce of one of our forwards",
    Code.DELAYED: "one of our forwards is late; its server goes on trying",
    Code.ANSWER: "a backup's answer, with the originator among its recipients",
    Code.FROM_BACKUP: "a backup wrote in a handover, not to the originator; it may be a question",
    Code.PRIVATE_MARKED: "private: its sender marked it so",
    Code.PRIVATE_ENCRYPTED: "private: it is encrypted",
    Code.LOOP: "it is going round in a loop",
    Code.EMPTY_REVERSE_PATH: "a machine's notice, with an empty reverse-path",
    Code.OTHERWISE: "no rule matched",
    Code.NOBODY_THERE: "nobody is there to forward it to",
    Code.AUTHENTICATION_FAILED: "the owner's server says that its sender's authentication failed",
    Code.OLD: "more than four hours old when it was taken up",
    Code.TOO_LARGE: "too large to be taken up whole",
    Code.UNREADABLE: "it could not be read",
    Code.NOT_FORWARDED: "it could not be forwarded",
}


def _sentence(verdict: Verdict) -> str:
    detail = f" ({verdict.detail})" if verdict.detail else ""
    match verdict.code:
        case Code.RULE:
            return _rule_sentence(verdict)
        case Code.PRIVATE_RULE:
            # What a private message says is nobody's business: the pattern, not the text that matched.
            kinds = _joined(
                f"{each.field} matches {each.pattern}" for each in verdict.matches if each.pattern
            )
            return f'private by rule "{verdict.rule}"' + (f": {kinds}" if kinds else "")
        case Code.CONVERSATION:
            return f"in a conversation that {verdict.backup or 'a backup'} already has"
        case Code.NOBODY_THERE | Code.AUTHENTICATION_FAILED:
            rule = f"; {_rule_sentence(verdict)}" if verdict.rule is not None else ""
            return _SENTENCES[verdict.code] + detail + rule
        case code:
            return _SENTENCES[code] + detail


def _rule_sentence(verdict: Verdict) -> str:
    return f'rule "{verdict.rule}": {_joined(map(_match_sentence, verdict.matches)) or "all of it holds"}'


def _match_sentence(found: Match) -> str:
    if not found.pattern:
        return f"{found.field} ({found.text})"
    if found.field in ("from", "to", "cc", "recipient"):
        return f"{found.field} {found.text} matches {found.pattern}"
    return f'{found.field} "{found.text}" matches {found.pattern}'


def _joined(parts: Iterable[str]) -> str:
    return " and ".join(parts)
