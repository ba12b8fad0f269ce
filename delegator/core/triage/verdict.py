"""What triage decided of a message: the verdict, and the sentence that says why."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from ..handovers.codes import COMMANDS, Code, Disposition
from ..mail.authentication import failure
from ..mail.message import Message
from ..people import normal_address
from ..rules.book import Priority
from ..rules.conditions import Match

__all__ = ["COMMANDS", "Code", "Disposition", "Verdict", "explain", "is_by_owner", "is_kept", "matched_text"]

REASON_CHARACTERS = 300
"""How long a sentence of `explain` gets at most."""


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
    until: datetime | None = None  # of an answer: to what had arrived by then; None: to all
    propose: str | None = None  # of a review rule: a backup's key, "to-do" or "done"


def explain(verdict: Verdict) -> str:
    """The reason as one English sentence without a full stop, for the dry run, `why` and the log."""
    sentence = " ".join(_sentence(verdict).split())
    if not sentence.isprintable():
        sentence = "".join(character for character in sentence if character.isprintable())
    if len(sentence) > REASON_CHARACTERS:
        sentence = sentence[: REASON_CHARACTERS - 1].rstrip() + "…"
    return sentence


_SENTENCES = {
    Code.OURS: "our own mail, come back",
    Code.COMMAND: "a command",
    Code.COMMAND_HELD: "a command from an unknown address; the owner is asked",
    Code.COMMAND_REFUSED: "a command without effect",
    Code.COMMANDED: "the owner asked for it from the phone",
    Code.BOUNCE: "a bounce of one of our forwards",
    Code.DELAYED: "one of our forwards is late; its server goes on trying",
    Code.ANSWER: "a backup's answer, with the originator among its recipients",
    Code.AUTO_REPLY: "a backup's automatic answer",
    Code.NOT_ME: "a backup sent a forward back",
    Code.BACKUP_REPLY: "a backup's answer to a brief or an overview",
    Code.FROM_BACKUP: "a backup wrote in a handover, not to the originator; it may be a question",
    Code.MAYBE_ANSWERED: "a backup wrote to a client of theirs, perhaps the answer",
    Code.THANKS: "the client thanks for an answer that was not seen",
    Code.PRIVATE_MARKED: "its sender marked it private",
    Code.PRIVATE_ENCRYPTED: "it is encrypted",
    Code.UNDELIVERED: "what the owner wrote did not arrive",
    Code.NO_QUESTION: "it asks nothing",
    Code.IN_JUNK: "taken for spam, but its sender is one whom a rule names",
    Code.NOT_SEEN: "perhaps delivered straight into a folder of ours, and not moved there",
    Code.LOOP: "it is going round in a loop",
    Code.EMPTY_REVERSE_PATH: "a machine's notice, with an empty reverse-path",
    Code.OTHERWISE: "no rule matched",
    Code.NOBODY_THERE: "nobody is there to forward it to",
    Code.AUTHENTICATION_FAILED: "the owner's server says that its sender's authentication failed",
    Code.WITHDRAWN: "in a conversation that the owner took back",
    Code.TOO_MANY: "its conversation was forwarded too often within an hour",
    Code.FLOOD: "too many new handovers of one originator within an hour",
    Code.RESTORED: "it came before the state was put back from a backup, so it may have been forwarded",
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
        case Code.NOBODY_THERE | Code.AUTHENTICATION_FAILED | Code.FLOOD | Code.RESTORED:
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


def is_by_owner(
    message: Message, verdict: Verdict, owner_addresses: Collection[str], authserv_id: str | None = None
) -> bool:
    """Whether the owner wrote a mail: neither we, nor a contact form or a stranger in the owner's name.

    owner_addresses: in `normal_address` form. authserv_id: the server whose word on a sender is believed.
    """
    sender = message.originator
    if sender is None or normal_address(sender.address) not in owner_addresses:
        return False
    if verdict.code is Code.OURS or verdict.code in COMMANDS or failure(message, authserv_id) is not None:
        return False
    return all(normal_address(one.address) in owner_addresses for one in message.reply_to)


def is_kept(verdict: Verdict) -> bool:
    """Whether a message makes or joins a conversation: private, ignored and our own mail does not."""
    is_set_aside = verdict.disposition in (Disposition.PRIVATE, Disposition.IGNORE)
    return not is_set_aside and verdict.code is not Code.OURS and verdict.code not in COMMANDS
