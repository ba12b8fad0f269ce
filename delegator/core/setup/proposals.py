"""Rules from evidence: what a mailbox's own mail proposes, each with its figures.

A pure function of headers. Nothing follows from what is rare: a proposal that the owner has to refuse costs
more than one that is missing. What could make mail private is proposed on less.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from ..languages import TABLES
from ..mail.fold import fold
from ..people import Language
from ..rules.patterns import compile_keyword
from .evidence import Evidence, Sender, is_free, is_machine, most_usual, typical
from .servers import base_domain

Kind = Literal[
    "alias", "backup", "family", "confidential", "company", "person", "subject", "newsletters", "machines"
]
"""In the order in which they are asked: what later ones need comes first."""

# So many answers are a habit; so large a part of somebody's mail, more than chance.
ANSWERED_COMPANY, ANSWERED_PERSON = 3, 3
PART_COMPANY, PART_PERSON = 0.4, 0.5
AT_ONCE = timedelta(hours=1)
SUBJECTS_AT_ONCE, DOMAINS_OF_SUBJECT, PART_OF_SUBJECT, LIFT_OF_SUBJECT = 3, 2, 0.6, 1.3
COPIED_OFTEN, COPIED_OFTEN_ELSEWHERE = 3, 8
MACHINE_MAILS = 3
ALIAS_MAILS = 3

MOST: dict[Kind, int] = {"backup": 3, "company": 8, "person": 8, "subject": 6, "machines": 12, "alias": 4}


@dataclass(frozen=True, slots=True)
class Proposal:
    """One thing to say yes or no to.

    values: addresses, "@domain" or keywords, as a rule takes them; of a backup its address. name: of a
    person, or "". evidence: a sentence without its full stop. copied: who was copied on this mail, the most
    often first.
    """

    kind: Kind
    values: tuple[str, ...]
    evidence: str
    name: str = ""
    copied: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Learnt:
    """What the mail shows. name: the owner's, as in their own mail; "" where there is none."""

    name: str
    proposals: tuple[Proposal, ...]
    received: int
    sent: int
    answered: int


def propose(evidence: Evidence, language: Language) -> Learnt:
    """Everything that the evidence carries, in the order in which it is asked."""
    name = most_usual(head.sender.name for head in evidence.sent if head.sender.address in evidence.own) or ""
    companies, family = list(_companies(evidence)), list(_family(evidence, name))
    taken = {proposal.values[0].removeprefix("@") for proposal in (*companies, *family)}
    proposals = (
        *_first("alias", _aliases(evidence)),
        *_first("backup", _backups(evidence)),
        *family,
        *_confidential(evidence, language),
        *_first("company", companies),
        *_first("person", _persons(evidence, taken)),
        *_subjects(evidence),
        *_newsletters(evidence),
        *_machines(evidence),
    )
    return Learnt(name, proposals, len(evidence.heads), len(evidence.sent), len(evidence.answered))


def key_of(name: str, address: str, taken: Sequence[str] = ()) -> str:
    """A backup's key: the first name in small letters, with a number where it is taken."""
    first = (name.split() or [address.partition("@")[0]])[0]
    plain = unicodedata.normalize("NFKD", first).encode("ascii", "ignore").decode().lower()
    key = re.sub(r"[^a-z0-9_-]", "", plain).lstrip("0123456789_-")[:40] or "backup"
    key = f"{key}-1" if key in ("done", "to-do") else key
    number = 1
    while (found := key if number == 1 else f"{key}-{number}") in taken:
        number += 1
    return found


def span_text(span: timedelta) -> str:
    """As a person says how long it took."""
    minutes = round(span / timedelta(minutes=1))
    if minutes < 90:
        return f"{max(1, minutes)} minute{'s' if minutes > 1 else ''}"
    hours = round(minutes / 60)
    if hours < 36:
        return f"{hours} hours"
    return f"{round(hours / 24)} days"


# --- the kinds


def _first(kind: Kind, found: Iterator[Proposal] | list[Proposal]) -> list[Proposal]:
    return list(found)[: MOST[kind]]


def _aliases(evidence: Evidence) -> Iterator[Proposal]:
    used = Counter(head.sender.address for head in evidence.sent if head.sender.address not in evidence.own)
    for address, count in used.most_common():
        if count >= ALIAS_MAILS and not is_machine(address):
            yield Proposal("alias", (address,), f"you sent {count} mails from it")


def _backups(evidence: Evidence) -> Iterator[Proposal]:
    """Colleagues who are copied on mail from and to others."""
    inside, needed = evidence.own_domains, COPIED_OFTEN
    selves = evidence.own | {head.sender.address for head in evidence.sent}
    if not inside:
        needed = COPIED_OFTEN_ELSEWHERE  # at a free provider anybody may seem a backup
    copies: Counter[str] = Counter()
    by_owner: Counter[str] = Counter()
    names: dict[str, Counter[str]] = {}
    for is_sent, head in (*((False, one) for one in evidence.heads), *((True, one) for one in evidence.sent)):
        if head.is_bulk or head.is_auto:
            continue
        addresses = {one.address: one.name for one in (*head.people, head.sender)}
        candidates = {one for one in addresses if one not in selves and _may_be_backup(one, inside)}
        has_others = not inside or any(not _is_inside(one, inside) for one in addresses)
        for address in candidates:
            names.setdefault(address, Counter())[addresses[address]] += bool(addresses[address])
        if has_others:
            copied = {one.address for one in head.people} & candidates
            copies.update(copied)
            by_owner.update(copied if is_sent else ())
    for address, count in copies.most_common():
        if count >= needed:
            name = most_usual(names[address].elements()) or ""
            who = f"copied on {_mails(count)} with people outside"
            evidence_text = f"{who}, {by_owner[address]} of them by you" if by_owner[address] else who
            yield Proposal("backup", (address,), evidence_text, name)


_SHARED = frozenset(
    {"info", "sales", "support", "contact", "office", "admin", "team", "hello", "all", "everyone", "staff"}
)
"""Local parts of addresses that are a group's."""


def _may_be_backup(address: str, inside: frozenset[str]) -> bool:
    local, _, domain = address.rpartition("@")
    is_somebody = local.lower() not in _SHARED and not is_machine(address)
    return is_somebody and (not inside or base_domain(domain) in inside)


def _is_inside(address: str, inside: frozenset[str]) -> bool:
    return base_domain(address.rpartition("@")[2]) in inside


def _family(evidence: Evidence, name: str) -> Iterator[Proposal]:
    """Whoever has the owner's last name and writes from elsewhere."""
    last = _plain(name).split()[-1:]
    found = [
        sender
        for sender in evidence.senders.values()
        if last
        and len(_plain(name).split()) > 1
        and _plain(sender.name).split()[-1:] == last
        and not _is_inside(sender.address, evidence.own_domains)
    ]
    for sender in sorted(found, key=lambda one: (-one.mails, one.address)):
        text = f"has your last name; {_mails(sender.mails)}"
        yield Proposal("family", (sender.address,), text, sender.name)


def _confidential(evidence: Evidence, language: Language) -> Iterator[Proposal]:
    """The words of the owner's language, with the mails that have one in their subject."""
    words = TABLES[language].confidential
    patterns = [(word, compile_keyword(word)) for word in words]
    heads = [head for head in evidence.heads if not head.is_bulk]
    hits = [word for head in heads for word, pattern in patterns if pattern.search(head.subject)]
    mails = sum(any(pattern.search(head.subject) for _, pattern in patterns) for head in heads)
    shown = ", ".join(f"{word} {count}" for word, count in Counter(hits).most_common(4))
    text = f"{_mails(mails)} had one in the subject ({shown})" if mails else "no mail had one in its subject"
    yield Proposal("confidential", words, text)


def _companies(evidence: Evidence) -> Iterator[Proposal]:
    """Domains of which at least two people write, and whose mail is answered."""
    domains: dict[str, list[Sender]] = {}
    for sender in evidence.senders.values():
        domain = base_domain(sender.domain)
        if domain not in evidence.own_domains and not is_free(domain):
            domains.setdefault(domain, []).append(sender)
    found = []
    for domain, senders in domains.items():
        delays = [delay for sender in senders for delay in sender.delays]
        mails = sum(sender.mails for sender in senders)
        if len(senders) > 1 and len(delays) >= ANSWERED_COMPANY and len(delays) >= PART_COMPANY * mails:
            text = f"{_mails(mails)} from {len(senders)} people, {_answered(delays)}"
            copied = sum((sender.copied for sender in senders), Counter[str]())
            found.append(
                (-len(delays), domain, Proposal("company", (f"@{domain}",), text, "", _order(copied)))
            )
    yield from (proposal for *_, proposal in sorted(found, key=lambda one: one[:2]))


def _persons(evidence: Evidence, taken: set[str]) -> Iterator[Proposal]:
    """taken: domains and addresses of which something else is proposed."""
    found = []
    for sender in evidence.senders.values():
        domain = base_domain(sender.domain)
        if not taken.isdisjoint({domain, sender.address}) or domain in evidence.own_domains:
            continue
        if len(sender.delays) >= ANSWERED_PERSON and len(sender.delays) >= PART_PERSON * sender.mails:
            text = f"{_mails(sender.mails)}, {_answered(sender.delays)}"
            order = (-len(sender.delays), typical(sender.delays), sender.address)
            copied = _order(sender.copied)
            found.append((order, Proposal("person", (sender.address,), text, sender.name, copied)))
    yield from (proposal for _, proposal in sorted(found, key=lambda one: one[0]))


_WORD = re.compile(r"[^\W\d_]{4,30}")


def _subjects(evidence: Evidence) -> Iterator[Proposal]:
    """Words whose mails are answered within the hour, more often than others are, whoever writes.

    Where words come in the same mails, the longest is proposed.
    """
    heads: dict[str, list[int]] = {}
    written: dict[str, str] = {}
    quick: set[int] = set()
    domains: list[str] = []
    for head in evidence.heads:
        domain = base_domain(head.sender.address.rpartition("@")[2])
        if head.is_bulk or head.is_auto or domain in evidence.own_domains:
            continue
        delay = evidence.answered.get(head.message_id or "")
        if delay is not None and delay <= AT_ONCE:
            quick.add(len(domains))
        names = _plain(f"{head.sender.name} {head.sender.address}")
        for word in {found.lower() for found in _WORD.findall(head.subject)}:
            if _plain(word) not in names:
                written.setdefault(_plain(word), word)
                heads.setdefault(_plain(word), []).append(len(domains))
        domains.append(domain)
    usual = len(quick) / len(domains) if domains else 0
    found: dict[tuple[int, ...], str] = {}
    for word, mails in sorted(heads.items(), key=lambda one: (len(one[0]), one[0])):
        at_once = len(quick.intersection(mails))
        is_often = at_once >= SUBJECTS_AT_ONCE and len({domains[n] for n in mails}) >= DOMAINS_OF_SUBJECT
        if is_often and at_once / len(mails) >= max(PART_OF_SUBJECT, LIFT_OF_SUBJECT * usual):
            found[tuple(mails)] = word
    best = sorted(found.items(), key=lambda one: (-len(quick.intersection(one[0])), one[1]))
    for same, word in best[: MOST["subject"]]:
        count = len(quick.intersection(same))
        text = f"{count} of {_mails(len(same))} answered within the hour (of all mail {100 * usual:.0f} %)"
        yield Proposal("subject", (written[word],), text)


def _newsletters(evidence: Evidence) -> Iterator[Proposal]:
    bulk = [head for head in evidence.heads if head.is_bulk]
    if bulk:
        senders = len({head.sender.address for head in bulk})
        from_whom = "one sender, each" if senders == 1 else f"{senders} senders, each"
        yield Proposal("newsletters", (), f"{_mails(len(bulk))} from {from_whom} a list's by its header")


def _machines(evidence: Evidence) -> Iterator[Proposal]:
    sent = Counter(head.sender.address for head in evidence.heads if head.is_auto and not head.is_bulk)
    answered = {
        head.sender.address
        for head in evidence.heads
        if head.is_auto and head.message_id in evidence.answered
    }
    found = [
        (address, count)
        for address, count in sent.most_common()
        if count >= MACHINE_MAILS and address not in answered and address not in evidence.own
    ][: MOST["machines"]]
    if found:
        shown = ", ".join(f"{address} {count}" for address, count in found[:3])
        text = f"{_mails(sum(count for _, count in found))}, none answered ({shown})"
        yield Proposal("machines", tuple(address for address, _ in found), text)


# --- words


def _mails(count: int) -> str:
    return f"{count} mail{'' if count == 1 else 's'}"


def _answered(delays: Sequence[timedelta]) -> str:
    return f"{len(delays)} answered, usually within {span_text(typical(delays))}"


def _order(copied: Counter[str]) -> tuple[str, ...]:
    return tuple(address for address, _ in copied.most_common(5))


def _plain(text: str) -> str:
    return fold(text).text
