"""What a private rule sees of a message: more than other rules, and every doubt counts.

| condition         | surely holds               | in doubt                                               |
| ----------------- | -------------------------- | ------------------------------------------------------ |
| `from`            | every author matches       | one of several does, or Sender, Reply-To, whom a group |
|                   |                            | names, or the author of an attached message; or a From |
|                   |                            | holds an address that cannot be read                   |
| `to`, `cc`, …     | one matches                | there are some, and none can be read                   |
| `subject`         | it matches                 | a second Subject, or that of an attached message       |
| `body`, `text`    | the text that is shown     | any other text part, or an attached message; or not    |
|                   |                            | all of the text could be read                          |
| `attachment`      | a part of it               | a part of an attached message; winmail.dat             |
| `verified`        | the owner's server says so | it says nothing                                        |

Documents are not opened: a part is a text or an attached message. Everything else is certain.
"""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterable, Iterator
from typing import assert_never

from ..mail.html import html_to_text
from ..mail.message import Address, Message
from ..people import normal_address
from .conditions import (
    Addresses,
    AllOf,
    Answer,
    AnyOf,
    Condition,
    Doubt,
    Facts,
    HasAttachment,
    Header,
    Is,
    Keywords,
    LargerThan,
    Match,
    Not,
    ask,
    first_sign,
    match,
)
from .patterns import MATCH_CHARACTERS, AddressPattern, KeywordPattern


def match_private(condition: Condition, message: Message, facts: Facts) -> tuple[Match, ...] | None:
    """What matched in a private rule, which holds in doubt too; None where it surely does not hold."""
    answer = ask(condition, message, facts, private_sign)
    return answer.matches if isinstance(answer, Doubt) else answer


def surely_holds(condition: Condition, message: Message, facts: Facts) -> bool:
    """Whether a condition holds without any doubt, as one that takes privacy away must."""
    answer = ask(condition, message, facts, private_sign)
    return not isinstance(answer, Doubt | None) and match(condition, message, facts) is not None


def private_sign(condition: Condition, message: Message, facts: Facts) -> Answer:
    """The answer to a condition that holds no other: the table above."""
    match condition:
        case Addresses("from", patterns):
            return _authors(patterns, message)
        case Addresses(where, _):
            return first_sign(condition, message, facts) or _unread(where, message)
        case Keywords("subject", patterns):
            return first_sign(condition, message, facts) or _doubt(_more_subjects(message), patterns)
        case Keywords(where, patterns):
            subjects = _more_subjects(message) if where == "text" else ()
            texts = itertools.chain(subjects, _more_texts(message))
            found = first_sign(condition, message, facts) or _doubt(texts, patterns)
            return found or (None if message.is_whole else Doubt())
        case HasAttachment(patterns):
            found = first_sign(condition, message, facts) or _doubt(_more_attachments(message), patterns)
            return found or (None if message.is_whole and not _has_tnef(message) else Doubt())
        case Is("verified", _) if not facts.is_verified and not facts.is_refuted:
            return Doubt()
        case Header() | Is() | LargerThan() | AllOf() | AnyOf() | Not():
            return first_sign(condition, message, facts)
        case _:
            assert_never(condition)


def _authors(patterns: tuple[AddressPattern, ...], message: Message) -> Answer:
    written = [_first_address(patterns, (author,)) for author in message.from_]
    found = [held for held in written if held]
    is_unread = len(message.from_) < message.from_fields and any(
        _ADDRESS_LIKE.search(value) for value in message.header_values("From")
    )
    if found and len(found) == len(written) and message.is_from_clear and not is_unread:
        return found[0]
    others = [*message.sender, *message.reply_to, *message.original_from]
    others += [author for attached in _attached(message) for author in attached.from_]
    others += [Address("", inner) for author in message.from_ for inner in _bare_addresses(author.address)]
    if message.originator is None:
        values = message.header_values("From")
        others += [Address("", address) for value in values for address in _bare_addresses(value)]
        others.append(Address("", message.return_path or ""))
    if held := next(iter(found), None) or _first_address(patterns, others):
        return Doubt(held)
    return Doubt() if is_unread else None


def _first_address(
    patterns: tuple[AddressPattern, ...], addresses: Iterable[Address]
) -> tuple[Match, ...] | None:
    for address in addresses:
        for pattern in patterns:
            if pattern.accepts(normal_address(address.address)):
                return (Match("from", pattern.source, address.address[:MATCH_CHARACTERS]),)
    return None


_BARE = re.compile(r"[^\s<>()\[\],;:\"']{1,64}@[^\s<>()\[\],;:\"'@]{1,255}")


_ADDRESS_LIKE = re.compile(r"@|=\?|\ufffd|\uff20|\w\.\w")
"""Not in "MAILER-DAEMON", which bounces have for a sender: there is no address that could be read."""


def _bare_addresses(value: str) -> Iterator[str]:
    """Whatever looks like an address in what could not be read as one: "[mum@family.example]"."""
    yield from (found.rstrip(".") for found in _BARE.findall(html.unescape(value)))


def _unread(where: str, message: Message) -> Doubt | None:
    names = ("To", "Cc") if where == "recipient" else (where,)
    addresses = {"To": message.to, "Cc": message.cc, "to": message.to, "cc": message.cc}
    is_unread = any(
        "@" in value and not addresses[name] for name in names for value in message.header_values(name)
    )
    return Doubt() if is_unread else None


def _attached(message: Message) -> Iterator[Message]:
    """The messages that are attached to it, and to these."""
    for attached in message.attached:
        yield attached
        yield from _attached(attached)


def _more_subjects(message: Message) -> Iterator[tuple[str, str]]:
    yield from (("subject", value) for value in message.header_values("Subject")[1:])
    yield from (("subject", attached.subject) for attached in _attached(message))


def _more_texts(message: Message) -> Iterator[tuple[str, str]]:
    for part in (message, *_attached(message)):
        for content_type, text in part.texts:
            yield from (("body", read) for read in _read(content_type, text))


def _more_attachments(message: Message) -> Iterator[tuple[str, str]]:
    for attached in _attached(message):
        for attachment in attached.attachments:
            yield "attachment", attachment.filename
            yield "attachment", attachment.content_type


def _has_tnef(message: Message) -> bool:
    """Outlook's winmail.dat: what is attached lies in it."""
    return any(
        attachment.content_type in ("application/ms-tnef", "application/vnd.ms-tnef")
        or attachment.filename.lower() == "winmail.dat"
        for attachment in message.attachments
    )


_INLINE_TAG = re.compile(r"</?(?:a|b|em|font|i|span|strong|u|wbr)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


def _read(content_type: str, text: str) -> Iterator[str]:
    """The text of a text part, whether a reader is shown it or not."""
    if content_type == "text/calendar":
        yield text.replace("\n ", "").replace("\n\t", "")  # unfolded (RFC 5545 section 3.1)
    elif content_type != "text/html":
        yield text
    else:
        yield html_to_text(text)
        yield html.unescape(_TAG.sub(" ", _INLINE_TAG.sub("", text)))  # what is hidden, too


def _doubt(texts: Iterable[tuple[str, str]], patterns: tuple[KeywordPattern, ...]) -> Doubt | None:
    for field, text in texts:
        for pattern in patterns:
            found = pattern.search(text)
            if found is not None:
                return Doubt((Match(field, pattern.source, found[:MATCH_CHARACTERS]),))
    return None
