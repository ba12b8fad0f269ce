"""Guards, rules in order, afterthoughts: one message to one verdict, with its reason.

The one pure function that the daemon, the dry run and `why` share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from .authentication import failure, is_verified
from .authority import Secret, Standing, is_addressed_to, standing
from .backup_reply import backup_words
from .evidence import base_subject, is_automatic, is_forwarded_back
from .loop import is_foreign_loop, is_our_loop
from .message import MAX_OCTETS, TRIAGE_OCTETS, Message
from .people import Backup, Owner, normal_address
from .rules import (
    Condition,
    Facts,
    ForwardTo,
    Ignore,
    MakePrivate,
    Match,
    Outcome,
    Priority,
    Rule,
    ToReview,
    match,
    needs_whole,
)

MOST_RECEIVED_FIELDS = 100
"""A mail with as many has been going round (RFC 5321 section 6.3)."""

MOST_FORWARDS_AN_HOUR = 10
"""Of one conversation. People do not write faster; two machines that answer each other do."""

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
    COMMAND = "command"  # a tap or a reply, by whoever may
    COMMAND_HELD = "command_held"  # a live secret from an unknown address: the owner is asked
    COMMAND_REFUSED = "command_refused"  # without effect; detail: a Standing
    ORDERED = "ordered"  # forwarded because the owner asked for it from the phone; set after triage
    BOUNCE = "bounce"  # a bounce of one of our forwards
    DELAYED = "delayed"  # a warning that one of our forwards is late; nothing failed
    ANSWER = "answer"  # a colleague's answer (or the owner's), the originator in To or Cc
    AUTO_REPLY = "auto_reply"  # a backup's automatic answer to one of our mails: they are away
    NOT_ME = "not_me"  # a backup sends a forward back to the owner
    BACKUP_REPLY = "backup_reply"  # a backup answers a brief or an overview with one of its words
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
    WITHDRAWN = "withdrawn"  # of a conversation that the owner took back from a backup
    TOO_MANY = "too_many"  # the conversation was forwarded too often within an hour
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
    propose: str | None = None  # of a review rule: a backup's key, "to-do" or "done"


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All that triage takes from the configuration."""

    owner: Owner
    backups: Mapping[str, Backup]
    rules: tuple[Rule, ...]
    otherwise: Outcome
    authserv_id: str | None = None

    @property
    def octets_needed(self) -> int:
        """How much of a mail to fetch and parse, so that wherever it is decided, it is decided alike."""
        return MAX_OCTETS if self.needs_whole else TRIAGE_OCTETS

    @property
    def needs_whole(self) -> bool:
        """Whether a rule looks at what may stand anywhere in a mail: attachments, an invitation."""
        return any(needs_whole(rule.when) for rule in self.rules)


@dataclass(frozen=True, slots=True)
class Handover:
    """A conversation in a backup's hands.

    id: the store's. originators: normal_address form. recent_forwards: within the last hour.
    asked_at: of the last forward, None before it is accepted. backup "": nobody has it any more.
    is_given_back: what nobody took waits for the owner. others: of the chain, who has not had it yet, in
    order.
    """

    id: int
    backup: str
    originators: frozenset[str]
    recent_forwards: int = 0
    is_withdrawn: bool = False  # the owner took it back: it is hers, but the backup may still answer
    asked_at: datetime | None = None
    others: tuple[str, ...] = ()
    is_given_back: bool = False


@dataclass(frozen=True, slots=True)
class SentLetter:
    """A brief or an overview of ours. backup: the key. at: when it went."""

    backup: str
    is_brief: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Conversations:
    """What is known of the mails that a message names, and of the backups.

    ours: those of our own Message-IDs (with angle brackets) that matter here: the message's own,
    the ones that it answers or that its bounce names; each with the handover it belongs to or None.
    handovers: Message-ID of any mail in a handover -> that handover.
    similar: open handovers with the same base subject, for mailers that drop References.
    letters: our briefs and overviews, by Message-ID.
    absent: keys of the backups who are known to answer automatically, or who said that they are away.
    loop_key: the account's secret key of the loop header; b"" where there is none (files).
    owner_took_part: whether a mail that this one names is the owner's.
    secret: the one that it carries, if the state knows it. command_addresses: from which the owner
    commands besides her own, in normal_address form. excused: what her server says failed of her own
    test mail too, or "".
    """

    ours: Mapping[str, Handover | None] = field(default_factory=dict)
    handovers: Mapping[str, Handover] = field(default_factory=dict)
    similar: tuple[Handover, ...] = ()
    letters: Mapping[str, SentLetter] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    loop_key: bytes = b""
    owner_took_part: bool = False
    secret: Secret | None = None
    command_addresses: frozenset[str] = frozenset()
    excused: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that triage tried. name: of a guard in GUARDS, or of a rule. verdict: None: went on."""

    kind: Literal["guard", "conversation", "rule", "otherwise", "afterthought"]
    name: str
    verdict: Verdict | None


def triage(message: Message, rules: RuleBook, conversations: Conversations, now: datetime) -> Verdict:
    """The verdict on one message. Pure: equal arguments, equal verdict."""
    return outcome_of(triage_steps(message, rules, conversations, now))


def triage_steps(
    message: Message, rules: RuleBook, conversations: Conversations, now: datetime
) -> Iterator[Step]:
    """Everything that `triage` tries, in order; the last verdict counts."""
    facts = facts_of(message, rules, conversations)
    return _Triage(message, rules, conversations, now, facts).steps()


def outcome_of(steps: Iterable[Step]) -> Verdict:
    """The verdict to which steps have led: the last one."""
    last = None
    for step in steps:
        last = step.verdict or last
    assert last is not None, "`otherwise` always decides"
    return last


def facts_of(message: Message, rules: RuleBook, conversations: Conversations) -> Facts:
    """What the conditions of rules ask besides the message itself."""
    return Facts(
        owner_addresses=rules.owner.normal_addresses,
        owner_domain=rules.owner.domain,
        in_owner_conversation=conversations.owner_took_part,
        is_verified=is_verified(message, rules.authserv_id),
    )


@dataclass(frozen=True, slots=True)
class _Triage:
    """The arguments of `triage`, for the steps of one decision."""

    message: Message
    book: RuleBook
    known: Conversations
    now: datetime
    facts: Facts

    def steps(self) -> Iterator[Step]:
        """What is tried, in order, until something decides; then the afterthought."""
        for name, guard in GUARDS:
            verdict = guard(self)
            yield Step("guard", name, verdict)
            if verdict is not None:
                return
        verdict = self._conversation()
        yield Step("conversation", "conversation", verdict)
        rules = iter(self.book.rules)
        while verdict is None and (rule := next(rules, None)) is not None:
            verdict = self._ruled(rule)
            yield Step("rule", rule.name, verdict)
        if verdict is None:
            verdict = self._outcome(self.book.otherwise, Verdict(Disposition.REVIEW, Code.OTHERWISE))
            yield Step("otherwise", "otherwise", verdict)
        if verdict.disposition is Disposition.FORWARD:
            yield Step("afterthought", "authentication", self._afterthought(verdict))

    # Guards

    def _ours(self) -> Verdict | None:
        # Not merely From the owner: contact forms write From = To.
        if self.message.message_id in self.known.ours or is_our_loop(self.known.loop_key, self.message):
            return Verdict(Disposition.OWN, Code.OURS)
        return None

    def _command(self) -> Verdict | None:
        secret = self.known.secret
        owner = self.facts.owner_addresses
        if secret is None or (secret.grant is None and not is_addressed_to(self.message, owner)):
            return None
        failed = failure(self.message, self.book.authserv_id)
        found = standing(
            self.message,
            secret,
            owner,
            self.known.command_addresses,
            self.book.backups,
            None if failed == self.known.excused else failed,
        )
        codes = {Standing.ACCEPTED: Code.COMMAND, Standing.HELD: Code.COMMAND_HELD}
        return Verdict(Disposition.OWN, codes.get(found, Code.COMMAND_REFUSED), detail=found.value)

    def _bounce(self) -> Verdict | None:
        bounce = self.message.bounce
        if bounce is None:
            return None
        named = [message_id for message_id in bounce.message_ids if message_id in self.known.ours]
        if not named:
            return None
        handover = next((found for each in named if (found := self.known.ours[each])), None)
        return Verdict(
            Disposition.OWN,
            Code.DELAYED if bounce.kind == "delayed" else Code.BOUNCE,
            conversation=handover.id if handover else None,
            detail=", ".join(bounce.recipients),
        )

    def _from_colleague(self) -> Verdict | None:
        """Mail of a backup, of the owner's domain or of the owner about what was handed over."""
        sender, handover = self.message.originator, self._handover()
        letters = self.known.letters
        letter = next((letters[each] for each in self.message.named_ids if each in letters), None)
        if sender is None or (handover is None and letter is None):
            return None
        address = normal_address(sender.address)
        originators = handover.originators - self.facts.owner_addresses if handover else frozenset()
        if address in originators:
            return None  # a colleague who wrote to the owner, and whose mail another has
        backup = self._backup_of(address)
        if backup is None and address.rpartition("@")[2] != self.facts.owner_domain:
            return None
        base = Verdict(
            Disposition.OWN,
            Code.ANSWER,
            conversation=handover.id if handover else None,
            detail=backup.key if backup else "",
        )
        if failed := failure(self.message, self.book.authserv_id):
            return replace(
                base,
                disposition=Disposition.REVIEW,
                code=Code.AUTHENTICATION_FAILED,
                priority="high",
                detail=failed,
            )
        asked_at = letter.at if letter else handover.asked_at if handover else None
        if backup is not None and is_automatic(self.message, self._replied_within(asked_at)):
            return replace(base, code=Code.AUTO_REPLY)
        recipients = (*self.message.to, *self.message.cc)
        if not originators.isdisjoint(normal_address(each.address) for each in recipients):
            return base
        if backup is None:
            return None
        is_theirs = letter is not None and letter.backup == backup.key
        if letter and is_theirs and backup_words(self.message.text, to_brief=letter.is_brief) is not None:
            return replace(base, code=Code.BACKUP_REPLY)
        if handover is not None and is_forwarded_back(self.message, self.book.owner, backup):
            return replace(base, code=Code.NOT_ME)
        return replace(base, disposition=Disposition.REVIEW, code=Code.FROM_BACKUP, priority="high")

    def _backup_of(self, address: str) -> Backup | None:
        for backup in self.book.backups.values():
            if any(address == normal_address(each) for each in backup.addresses):
                return backup
        return None

    def _replied_within(self, asked_at: datetime | None) -> timedelta | None:
        if asked_at is None or self.message.arrived_at is None:
            return None
        span = self.message.arrived_at - asked_at
        if span < -timedelta(seconds=2):  # INTERNALDATE has whole seconds; more, and two clocks disagree
            return None
        return max(timedelta(), span)

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
        if handover.is_withdrawn:
            return replace(base, disposition=Disposition.REVIEW, code=Code.WITHDRAWN, priority="normal")
        if not handover.backup and not handover.is_given_back:
            return None
        if not handover.backup:  # she has what came before, too
            return replace(base, disposition=Disposition.REVIEW, priority="high")
        if handover.recent_forwards >= MOST_FORWARDS_AN_HOUR:
            return replace(base, disposition=Disposition.REVIEW, code=Code.TOO_MANY, priority="high")
        others = (key for key in handover.others if key != handover.backup)
        return self._forward(base, (handover.backup, *others))

    def _ruled(self, rule: Rule) -> Verdict | None:
        held = self._match(rule.when)
        if held is None:
            return None
        base = Verdict(Disposition.REVIEW, Code.RULE, rule=rule.name, matches=held)
        return self._outcome(rule.outcome, base)

    def _outcome(self, outcome: Outcome, base: Verdict) -> Verdict:
        """`base` with the disposition of an outcome."""
        match outcome:
            case ForwardTo(backups):
                return self._forward(base, backups)
            case ToReview(priority, propose):
                return replace(base, disposition=Disposition.REVIEW, priority=priority, propose=propose)
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

    def _afterthought(self, verdict: Verdict) -> Verdict | None:
        """What may still keep a forward from going out; None: nothing does."""
        failed = failure(self.message, self.book.authserv_id)
        if failed is None:
            return None
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
        """The handover that the message belongs to, by the first known Message-ID that it names.

        A reply whose mailer dropped all of them belongs to the one open handover with its subject in
        which its sender takes part; where there are two, to none.
        """
        for message_id in self.message.named_ids:
            handover = self.known.handovers.get(message_id) or self.known.ours.get(message_id)
            if handover is not None:
                return handover
        sender = self.message.originator
        if self.message.named_ids or sender is None or not base_subject(self.message.subject)[1]:
            return None
        address = normal_address(sender.address)
        backup = self._backup_of(address)
        among = [
            each
            for each in self.known.similar
            if address in each.originators or (backup is not None and backup.key == each.backup)
        ]
        return among[0] if len(among) == 1 else None

    def _sensitivities(self) -> set[str]:
        return {value.strip().lower() for value in self.message.header_values("Sensitivity")}


COMMANDS = frozenset({Code.COMMAND, Code.COMMAND_HELD, Code.COMMAND_REFUSED})


GUARDS: tuple[tuple[str, Callable[[_Triage], Verdict | None]], ...] = (
    ("our own mail", _Triage._ours),
    ("command", _Triage._command),
    ("bounce of a forward", _Triage._bounce),
    ("colleague in a handover", _Triage._from_colleague),
    ("private", _Triage._private),
    ("loop or empty reverse-path", _Triage._loop),
)
"""In order. What is named here is tried before any rule."""


def explain(verdict: Verdict) -> str:
    """The reason as one English sentence without a full stop, for the dry run, `why` and the log."""
    sentence = " ".join(_sentence(verdict).split())
    sentence = "".join(character for character in sentence if character.isprintable())
    if len(sentence) > REASON_CHARACTERS:
        sentence = sentence[: REASON_CHARACTERS - 1].rstrip() + "…"
    return sentence


_SENTENCES = {
    Code.OURS: "our own mail, come back",
    Code.COMMAND: "a command",
    Code.COMMAND_HELD: "a command from an unknown address; the owner is asked",
    Code.COMMAND_REFUSED: "a command without effect",
    Code.ORDERED: "the owner asked for it from the phone",
    Code.BOUNCE: "a bounce of one of our forwards",
    Code.DELAYED: "one of our forwards is late; its server goes on trying",
    Code.ANSWER: "a backup's answer, with the originator among its recipients",
    Code.AUTO_REPLY: "a backup's automatic answer",
    Code.NOT_ME: "a backup sent a forward back",
    Code.BACKUP_REPLY: "a backup's answer to a brief or an overview",
    Code.FROM_BACKUP: "a backup wrote in a handover, not to the originator; it may be a question",
    Code.PRIVATE_MARKED: "its sender marked it private",
    Code.PRIVATE_ENCRYPTED: "it is encrypted",
    Code.LOOP: "it is going round in a loop",
    Code.EMPTY_REVERSE_PATH: "a machine's notice, with an empty reverse-path",
    Code.OTHERWISE: "no rule matched",
    Code.NOBODY_THERE: "nobody is there to forward it to",
    Code.AUTHENTICATION_FAILED: "the owner's server says that its sender's authentication failed",
    Code.WITHDRAWN: "in a conversation that the owner took back",
    Code.TOO_MANY: "its conversation was forwarded too often within an hour",
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
            return f"in a conversation that {verdict.backup or 'the owner'} already has"
        case Code.NOBODY_THERE | Code.AUTHENTICATION_FAILED:
            rule = f"; {_rule_sentence(verdict)}" if verdict.rule is not None else ""
            return _SENTENCES[verdict.code] + detail + rule
        case code:
            return _SENTENCES[code] + detail


def _rule_sentence(verdict: Verdict) -> str:
    return f'rule "{verdict.rule}": {_joined(map(_match_sentence, verdict.matches)) or "all of it holds"}'


def matched_text(verdict: Verdict) -> str:
    """The rule and what matched, in the words of rules.yaml, which are no language's; "" without a rule."""
    if verdict.rule is None:
        return ""
    parts = [f"{m.field} {m.text} ({m.pattern})" if m.pattern else m.field for m in verdict.matches]
    text = " ".join(": ".join(filter(None, (verdict.rule, " + ".join(parts)))).split())
    return "".join(character for character in text if character.isprintable())[:REASON_CHARACTERS]


def _match_sentence(found: Match) -> str:
    if not found.pattern:
        return f"{found.field} ({found.text})"
    if found.field in ("from", "to", "cc", "recipient"):
        return f"{found.field} {found.text} matches {found.pattern}"
    return f'{found.field} "{found.text}" matches {found.pattern}'


def _joined(parts: Iterable[str]) -> str:
    return " and ".join(parts)
