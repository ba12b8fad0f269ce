"""Guards, rules in order, afterthoughts: one message to one verdict, with its reason.

The one pure function that the daemon, the dry run and `why` share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Literal, NamedTuple

from ..commands.authority import Standing, is_addressed_to, standing
from ..handovers.evidence import base_subject, unreached
from ..handovers.known import Conversations, Handover
from ..mail.authentication import UNREADABLE, failure, is_verified, passes_for
from ..mail.kinds import Kind, kind_of
from ..mail.loop import is_foreign_loop, is_our_loop
from ..mail.message import MAX_OCTETS, Message
from ..people import backup_of, normal_address, why_absent
from ..rules.book import ForwardTo, Ignore, MakePrivate, Outcome, Priority, Rule, RuleBook, ToReview
from ..rules.conditions import Condition, Facts, Match, match
from ..rules.private import match_private, surely_holds
from .backups import from_backup, thanks_for_an_answer
from .flood import counted_as, is_new_handover, most_handovers
from .no_question import failed_delivery, without_question
from .verdict import Code, Disposition, Verdict

MOST_RECEIVED_FIELDS = 100
"""A mail with as many has been going round (RFC 5321 section 6.3)."""

MOST_FORWARDS_AN_HOUR = 10
"""The limit for one conversation. People do not write faster; two machines that answer each other do."""


_Kind = Literal["guard", "conversation", "rule", "otherwise", "afterthought"]
_Tried = tuple[_Kind, str, "Verdict | None"]
"""A step as `triage` leaves it: nobody asks for it where only the verdict is wanted."""


class Step(NamedTuple):
    """One thing that triage tried. name: in GUARDS, a rule, or in AFTERTHOUGHTS. verdict: None: went on."""

    kind: _Kind
    name: str
    verdict: Verdict | None


def triage(message: Message, rules: RuleBook, conversations: Conversations, now: datetime) -> Verdict:
    """The verdict on one message. Pure: equal arguments, equal verdict."""
    facts = facts_of(message, rules, conversations)
    return _Triage(message, rules, conversations, now, facts).decide(rules.candidates(message), [])


def triage_steps(
    message: Message, rules: RuleBook, conversations: Conversations, now: datetime
) -> tuple[Step, ...]:
    """Everything that there is to try, in order; the last verdict counts.

    `triage` passes over the rules that surely do not hold.
    """
    facts = facts_of(message, rules, conversations)
    tried: list[_Tried] = []
    _Triage(message, rules, conversations, now, facts).decide(iter(rules.rules), tried)
    return tuple(Step(*one) for one in tried)


def outcome_of(steps: Iterable[Step]) -> Verdict:
    """The verdict to which steps have led: the last one."""
    last = None
    for step in steps:
        last = step.verdict or last
    assert last is not None, "`otherwise` always decides"
    return last


def facts_of(message: Message, rules: RuleBook, conversations: Conversations) -> Facts:
    """What the conditions of rules ask besides the message itself."""
    if rules.authserv_id is None:  # where no server is believed, nobody vouches for a From either
        return _unstated_facts(
            rules.owner.normal_addresses, rules.owner.domain, conversations.owner_took_part
        )
    return Facts(
        owner_addresses=rules.owner.normal_addresses,
        owner_domain=rules.owner.domain,
        in_owner_conversation=conversations.owner_took_part,
        is_verified=is_verified(message, rules.authserv_id),
        is_refuted=failure(message, rules.authserv_id) not in (None, UNREADABLE),
        is_list_vouched=passes_for(message, rules.authserv_id, normal_address(f"@{rules.owner.domain}")[1:]),
    )


@lru_cache(maxsize=16)
def _unstated_facts(addresses: frozenset[str], domain: str, took_part: bool) -> Facts:
    return Facts(addresses, domain, in_owner_conversation=took_part, is_list_vouched=True)


@dataclass(slots=True)
class _Triage:
    """The arguments of `triage`, for the steps of one decision."""

    message: Message
    book: RuleBook
    known: Conversations
    now: datetime
    facts: Facts

    def decide(self, rules: Iterator[Rule], tried: list[_Tried]) -> Verdict:
        """Try one thing after another until something decides; then the afterthoughts. Adds to `tried`."""
        for name, guard in GUARDS:
            verdict = guard(self)
            tried.append(("guard", name, verdict))
            if verdict is not None:
                return verdict
        verdict = self._conversation()
        tried.append(("conversation", "conversation", verdict))
        while verdict is None and (rule := next(rules, None)) is not None:
            verdict = self._ruled(rule)
            tried.append(("rule", rule.name, verdict))
        if verdict is None:
            verdict = self._outcome(self.book.otherwise, _NO_RULE)
            tried.append(("otherwise", "otherwise", verdict))
        instead = without_question(self.message, self.book, verdict)
        tried.append(("afterthought", "no question", instead))
        if instead is not None or verdict.disposition is not Disposition.FORWARD:
            return instead or verdict
        for name, afterthought in AFTERTHOUGHTS:
            kept = afterthought(self, verdict)
            tried.append(("afterthought", name, kept))
            if kept is not None:
                return kept
        return verdict

    # Guards

    def _unreadable(self) -> Verdict | None:
        if self.message.has_headers or self.message.text or self.message.attachments:
            return None
        return Verdict(Disposition.REVIEW, Code.UNREADABLE, priority="high")

    def _ours(self) -> Verdict | None:
        # Not merely From the owner: contact forms write From = To.
        if self.message.message_id in self.known.ours or is_our_loop(self.known.loop_key, self.message):
            return Verdict(Disposition.OWN, Code.OURS)
        return None

    def _command(self) -> Verdict | None:
        secret = self.known.secret
        owner = self.facts.owner_addresses
        if self._is_reaction_to_ours():
            return Verdict(Disposition.OWN, Code.NO_QUESTION, detail=Kind.REACTION)
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
        recipients = ", ".join(bounce.recipients)
        handover = next((found for each in named if (found := self.known.ours[each])), None)
        if bounce.kind == "delayed":
            conversation = handover.id if handover else None
            return Verdict(Disposition.OWN, Code.DELAYED, conversation=conversation, detail=recipients)
        failed = failure(self.message, self.book.authserv_id)
        if failed is not None and failed != self.known.excused:
            return Verdict(Disposition.REVIEW, Code.AUTHENTICATION_FAILED, priority="high", detail=failed)
        reached_nobody = unreached(bounce, self.known.sent_to, self.book.backups)
        if not reached_nobody:  # of an address to which that mail did not go: for the owner to judge
            return Verdict(Disposition.REVIEW, Code.UNDELIVERED, priority="high", detail=recipients)
        message_id, key = next(iter(reached_nobody.items()))
        handover = self.known.ours[message_id]
        return Verdict(
            Disposition.OWN, Code.BOUNCE, conversation=handover.id if handover else None, detail=key
        )

    def _from_backup(self) -> Verdict | None:
        verdict = from_backup(self.message, self.book, self.known, self._handover())
        if verdict is not None and verdict.disposition is Disposition.REVIEW and not self._is_from_known():
            return self._private() or verdict  # an address that nobody knows: its words would be shown
        return verdict

    def _is_from_known(self) -> bool:
        sender = self.message.originator
        address = normal_address(sender.address) if sender else ""
        is_backups = backup_of(address, self.book.backups.values()) is not None
        return is_backups or address.rpartition("@")[2] == self.book.owner.domain

    def _is_reaction_to_ours(self) -> bool:
        """The owner's, to a review or another mail of ours: no command, and nothing to look at."""
        sender = self.message.originator
        if sender is None or normal_address(sender.address) not in self.facts.owner_addresses:
            return False
        is_to_ours = self.known.secret is not None or any(
            named in self.known.ours for named in self.message.named_ids
        )
        return is_to_ours and kind_of(self.message) is Kind.REACTION

    def _private(self) -> Verdict | None:
        for rule in self.book.private_rules:
            held = match_private(rule.when, self.message, self.facts)
            if held is not None:
                return Verdict(Disposition.PRIVATE, Code.PRIVATE_RULE, rule=rule.name, matches=held)
        if self.message.is_encrypted:
            code = Code.PRIVATE_ENCRYPTED
        elif self._sensitivities() & {"personal", "private"}:
            code = Code.PRIVATE_MARKED
        else:
            return None
        is_lifted = any(
            rule.lifts_private and surely_holds(rule.when, self.message, self.facts)
            for rule in self.book.rules
        )
        return None if is_lifted else Verdict(Disposition.PRIVATE, code)

    def _undelivered(self) -> Verdict | None:
        return failed_delivery(self.message, self.book, self.known)

    def _loop(self) -> Verdict | None:
        been_round = self.message.count("received") >= MOST_RECEIVED_FIELDS
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
        if not handover.backup:  # the owner has what came before, too
            return replace(base, disposition=Disposition.REVIEW, priority="high")
        if self._fails is None and thanks_for_an_answer(self.message, handover, self.known):
            return replace(base, disposition=Disposition.REVIEW, code=Code.THANKS, priority="low")
        if handover.recent_forwards >= MOST_FORWARDS_AN_HOUR:
            return replace(base, disposition=Disposition.REVIEW, code=Code.TOO_MANY, priority="high")
        others = (key for key in handover.others if key != handover.backup)
        return self._forward(base, (handover.backup, *others))

    @property
    def _fails(self) -> str | None:
        return failure(self.message, self.book.authserv_id)

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
            case ToReview(priority, propose) if base is _NO_RULE:
                return _left_to_review(priority, propose)
            case ToReview(priority, propose):
                return replace(base, disposition=Disposition.REVIEW, priority=priority, propose=propose)
            case MakePrivate():
                return replace(base, disposition=Disposition.PRIVATE)
            case Ignore():
                return replace(base, disposition=Disposition.IGNORE)

    def _forward(self, base: Verdict, backups: tuple[str, ...]) -> Verdict:
        backups = self.book.with_cover(backups)
        absences = {key: why_absent(key, self.book.backups, self.known.absent, self.now) for key in backups}
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

    # Afterthoughts: what may still keep a forward from going out; None: it goes

    def _authentication(self, verdict: Verdict) -> Verdict | None:
        failed = failure(self.message, self.book.authserv_id)
        return _kept(verdict, Code.AUTHENTICATION_FAILED, failed) if failed else None

    def _restored(self, verdict: Verdict) -> Verdict | None:
        restored_at, arrived_at = self.known.restored_at, self.message.arrived_at
        if restored_at is None or (arrived_at is not None and arrived_at > restored_at):
            return None
        return _kept(verdict, Code.RESTORED, "")

    def _size(self, verdict: Verdict) -> Verdict | None:
        size = self.message.size_octets
        return _kept(verdict, Code.TOO_LARGE, f"{size // 2**20} MiB") if size > MAX_OCTETS else None

    def _flood(self, verdict: Verdict) -> Verdict | None:
        if not is_new_handover(verdict):
            return None
        if self.known.recent_handovers < most_handovers(self.message, self.book, self.known):
            return None
        kept = _kept(verdict, Code.FLOOD, counted_as(self.message, self.book))
        return replace(kept, propose=verdict.backup)

    # What they ask

    def _match(self, condition: Condition) -> tuple[Match, ...] | None:
        return match(condition, self.message, self.facts)

    def _handover(self) -> Handover | None:
        """The handover that the message belongs to, by the first known Message-ID that it names.

        A reply whose mailer dropped all of them belongs to the one open handover with its subject in
        which its sender takes part; where there are two, to none.
        """
        known = self.known
        if not (known.handovers or known.ours or known.similar):
            return None
        for message_id in self.message.named_ids:
            handover = known.handovers.get(message_id) or known.ours.get(message_id)
            if handover is not None:
                return handover
        sender = self.message.originator
        if self.message.named_ids or sender is None or not base_subject(self.message.subject)[1]:
            return None
        address = normal_address(sender.address)
        backup = backup_of(address, self.book.backups.values())
        among = [
            each
            for each in known.similar
            if address in each.originators or (backup is not None and backup.key == each.backup)
        ]
        return among[0] if len(among) == 1 else None

    def _sensitivities(self) -> set[str]:
        return {value.strip().lower() for value in self.message.header_values("Sensitivity")}


_NO_RULE = Verdict(Disposition.REVIEW, Code.OTHERWISE)


@lru_cache(maxsize=16)  # most mail is decided so
def _left_to_review(priority: Priority, propose: str | None) -> Verdict:
    return replace(_NO_RULE, priority=priority, propose=propose)


def _kept(verdict: Verdict, code: Code, detail: str) -> Verdict:
    """A forward that becomes a review item instead. Its rule is still named."""
    return replace(
        verdict,
        disposition=Disposition.REVIEW,
        code=code,
        priority="high",
        backup=None,
        backups=(),
        detail=detail,
    )


GUARDS: tuple[tuple[str, Callable[[_Triage], Verdict | None]], ...] = (
    ("unreadable", _Triage._unreadable),
    ("our own mail", _Triage._ours),
    ("command", _Triage._command),
    ("bounce of a forward", _Triage._bounce),
    ("backup in a handover", _Triage._from_backup),
    ("private", _Triage._private),
    ("failed delivery", _Triage._undelivered),
    ("loop or empty reverse-path", _Triage._loop),
)
"""In order. What is named here is tried before any rule."""

AFTERTHOUGHTS: tuple[tuple[str, Callable[[_Triage, Verdict], Verdict | None]], ...] = (
    ("authentication", _Triage._authentication),
    ("restored state", _Triage._restored),
    ("size", _Triage._size),
    ("flood", _Triage._flood),
)
"""In order. What is named here is tried on every forward."""
