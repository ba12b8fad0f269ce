"""Rules in words that a colleague understands: what will come, without a file's keys or signs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from ..people import Backup
from ..rules.book import ForwardTo, Rule
from ..rules.conditions import (
    Addresses,
    AllOf,
    AnyOf,
    Condition,
    HasAttachment,
    Header,
    Is,
    Keywords,
    LargerThan,
    Not,
)
from .mail import Catalogue

MAX_PATTERNS = 6
"""How many addresses or words are named; a colleague reads this once."""


def words_of_rules(
    rules: Sequence[Rule], backup: Backup, backups: Mapping[str, Backup], catalogue: Catalogue
) -> tuple[str, ...]:
    """A phrase for each rule that names this backup, in the order of the rules.

    backups: by key, to name those who come before in a rule's chain.
    """
    phrases = []
    for rule in rules:
        if not isinstance(rule.outcome, ForwardTo) or backup.key not in rule.outcome.backups:
            continue
        phrase = rule_words(rule, catalogue)
        before = rule.outcome.backups[: rule.outcome.backups.index(backup.key)]
        if before:
            names = catalogue.join([backups[key].first_name if key in backups else key for key in before])
            facts = {"phrase": phrase, "names": names}
            phrase = catalogue.gettext("%(phrase)s (only if %(names)s cannot)") % facts
        phrases.append(phrase)
    return tuple(phrases)


def rule_words(rule: Rule, catalogue: Catalogue) -> str:
    """ "from jan@acme.example, to me alone": its conditions. Its name is the owner's own."""
    return _words(rule.when, catalogue)


def _words(condition: Condition, catalogue: Catalogue) -> str:
    say = catalogue.gettext
    match condition:
        case Addresses(where, patterns):
            sentence = {
                "from": say("from %(which)s"),
                "to": say("to %(which)s"),
                "cc": say("with %(which)s in Cc"),
                "recipient": say("to %(which)s"),
            }[where]
            return sentence % {"which": _either([each.source for each in patterns], catalogue)}
        case Keywords(where, patterns):
            sentence = {
                "subject": say("with %(which)s in the subject"),
                "body": say("with %(which)s in the text"),
                "text": say("with %(which)s in the subject or the text"),
            }[where]
            return sentence % {"which": _keywords([each.source for each in patterns], catalogue)}
        case Header(name, patterns):
            which = _keywords([each.source for each in patterns], catalogue)
            return say("with %(which)s in the field %(name)s") % {"which": which, "name": name}
        case HasAttachment(patterns):
            which = _keywords([each.source for each in patterns], catalogue)
            return say("with an attachment like %(which)s") % {"which": which}
        case LargerThan(octets):
            return say("larger than %(size)s MB") % {
                "size": catalogue.number(max(1, round(octets / 1024**2)))
            }
        case Is(flag, expected):
            words = {
                "bulk": say("newsletters and lists"),
                "auto": say("sent automatically"),
                "direct": say("to me alone"),
                "invite": say("invitations"),
                "reply": say("in a conversation that I took part in"),
                "verified": say("from a sender who is surely who they say"),
            }[flag]
            return words if expected else say("not: %(what)s") % {"what": words}
        case AllOf(conditions):
            return ", ".join(_words(each, catalogue) for each in conditions)
        case AnyOf(conditions):
            return catalogue.either([_words(each, catalogue) for each in conditions])
        case Not(negated):
            return say("not: %(what)s") % {"what": _words(negated, catalogue)}
        case _:
            assert_never(condition)


def _keywords(sources: Sequence[str], catalogue: Catalogue) -> str:
    """As they are written, without stars; an expression is only said to be one."""
    shown = [source.strip() for source in sources]
    quoted = catalogue.gettext("“%(words)s”")
    words = [quoted % {"words": word.strip("*")} for word in shown if not _is_expression(word)]
    if len(words) < len(shown):
        words.append(catalogue.gettext("certain words"))
    return _either(words, catalogue)


def _is_expression(word: str) -> bool:
    return len(word) > 1 and word.startswith("/") and word.endswith("/")


def _either(names: Sequence[str], catalogue: Catalogue) -> str:
    names = [_list_name(name, catalogue) for name in names]
    if len(names) > MAX_PATTERNS:
        return ", ".join([*names[:MAX_PATTERNS], "…"])
    return catalogue.either(names)


def _list_name(name: str, catalogue: Catalogue) -> str:
    if name.startswith("list "):
        return catalogue.gettext("someone on the list “%(name)s”") % {"name": name.removeprefix("list ")}
    if name.startswith("@"):
        return name[1:]
    return name
