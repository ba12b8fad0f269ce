"""Commands with a blocking client, in a thread of the pool."""

from __future__ import annotations

import imaplib
import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from ...core.mail.outline import Outline, Section
from ...ports import Fetched, MailboxFacts, MailServerProbe, Quota, ServerFacts
from ..certificate import certificate_until
from .client import Client, Command
from .errors import ODD_ANSWER, ReadOnly, is_temporary
from .fetching import Entry
from .names import ATTRIBUTES, decoded, encoded, logical_name, uid_sets
from .structure import Value, items_of, outline_of, read_response

Status = tuple[Any, Any, Any]
"""UIDVALIDITY, UIDNEXT and how many messages: what arrives or goes alters one of them."""


def server_facts(client: Client) -> ServerFacts:
    """Without a NAMESPACE, or where it is refused: the separator that LIST tells, and no prefix."""
    prefix, delimiter = "", "/"
    try:
        personal = client.namespace().personal if client.has_capability("NAMESPACE") else None
        if personal:
            prefix, delimiter = decoded(personal[0][0]) or "", personal[0][1] or "/"
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, *ODD_ANSWER):
        personal = None
    if not personal:
        for _, separator, _ in client.list_with_attributes(""):
            delimiter = separator.decode() if separator else "/"
    return ServerFacts(
        can_idle=client.has_capability("IDLE"),
        can_move=client.has_capability("MOVE"),
        delimiter=delimiter,
        prefix=prefix,
    )


def probe(client: Client) -> MailServerProbe:
    quotas: list[Quota] = []
    if client.has_capability("QUOTA"):
        try:
            _, limits = client.get_quota_root("INBOX")
            quotas = [Quota(str(limit.resource).upper(), limit.usage, limit.limit) for limit in limits]
        except imaplib.IMAP4.abort:
            raise
        except (imaplib.IMAP4.error, *ODD_ANSWER):
            pass  # announced, and not told: no limit that is known
    namespace_refused = ""
    if client.has_capability("NAMESPACE"):
        try:
            client.namespace()
        except imaplib.IMAP4.abort:
            raise
        except (imaplib.IMAP4.error, *ODD_ANSWER) as error:
            namespace_refused = " ".join(str(error).split())[:200] or "an answer that cannot be read"
    return MailServerProbe(
        capabilities=frozenset(name.decode("ascii", "replace").upper() for name in client.capabilities()),
        quotas=tuple(quotas),
        certificate_until=certificate_until(client.socket()),
        namespace_refused=namespace_refused,
    )


def list_mailboxes(client: Client, facts: ServerFacts) -> dict[str, frozenset[str]]:
    mailboxes: dict[str, frozenset[str]] = {"INBOX": frozenset()}
    for attributes, _, name in client.list_with_attributes(encoded(facts.prefix).decode() + "*"):
        logical = logical_name(name, facts)
        if logical is not None:
            texts = (attribute.decode(errors="replace") for attribute in attributes)
            mailboxes[logical] = frozenset(ATTRIBUTES.get(text.lower(), text) for text in texts)
    return mailboxes


def select(client: Client, name: bytes, mailbox: str, read_only: bool) -> MailboxFacts | None:
    """None if there is no such mailbox, which servers do not all say alike: LIST tells."""
    try:
        return _mailbox_facts(mailbox, client.select_folder(name, readonly=read_only))
    except imaplib.IMAP4.readonly:
        raise ReadOnly from None
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        if is_temporary(str(error)) or _is_there(client, name):
            raise
        return None


def _is_there(client: Client, name: bytes) -> bool:
    listed = client.list_with_attributes(name.decode())
    # \NonExistent implies \Noselect (RFC 5258 section 3).
    absent = {rb"\noselect", rb"\nonexistent"}
    return any(
        found == name and absent.isdisjoint(map(bytes.lower, attributes)) for attributes, _, found in listed
    )


def create(client: Client, name: bytes) -> None:
    try:
        client.create_folder(name)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        if not _is_there(client, name):
            raise
    try:
        client.subscribe_folder(name)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        pass  # some mail programs do not show it; what is in it is a command all the same


def _creating(client: Client, name: bytes, work: Callable[[], object]) -> None:
    """Do what needs a mailbox; make it and try again if the server says that it is not there."""
    try:
        work()
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        if "[TRYCREATE]" not in str(error).upper():
            raise
        create(client, name)
        work()


def append(client: Client, name: bytes, octets: bytes, flags: list[str]) -> None:
    _creating(client, name, lambda: client.append(name, octets, flags))


def move(client: Client, uid_set: str, name: bytes) -> None:
    try:
        _creating(client, name, lambda: client.move(uid_set, name))
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        # Some servers say NO where none of the messages is there any more.
        if client.uid_search("UID", uid_set):
            raise
    client.forget("EXPUNGE")


def expunge(client: Client, uid_set: str) -> None:
    if client.has_capability("UIDPLUS"):
        client.add_flags(uid_set, [r"\Deleted"], silent=True)
        client.uid_expunge(uid_set)
        client.forget("EXPUNGE")


def fetch(
    client: Client, uids: Sequence[int], limit_octets: int, start: int = 0, section: str = ""
) -> list[Fetched]:
    """If the server refuses, or its answer is odd, each message is tried alone: one is to blame.

    section: "HEADER", or all of it.
    """
    try:
        items = f"(UID INTERNALDATE RFC822.SIZE FLAGS BODY.PEEK[{section}]<{start}.{limit_octets}>)"
        answer = client.uid_fetch(uids, items)
        if missing := _without_body(uids, answer):  # gone, or too new for what the server last looked at
            client.catch_up()
            answer.update(client.uid_fetch(missing, items))
        if missing := _without_body(uids, answer):
            # Exchange and Gmail say OK, and give no body, of messages that are there.
            for uid_set in uid_sets(missing):
                for uid in client.uid_search("UID", uid_set):
                    if uid in missing:
                        answer[uid] = {**answer.get(uid, {}), b"BODY[]": b""}
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, *ODD_ANSWER) as error:
        if is_temporary(str(error)):
            raise
        if len(uids) > 1:
            alone = (fetch(client, [uid], limit_octets, start, section) for uid in uids)
            return [fetched for found in alone for fetched in found]
        return without_octets(client, uids[0])
    fetched = (_fetched(uid, _part(answer.get(uid, {}), start, limit_octets)) for uid in uids)
    return [message for message in fetched if message is not None]


def outlines(client: Client, uids: Sequence[int]) -> dict[int, Outline]:
    """By UID. Those are missing that the server cannot tell, or that cannot be read."""
    try:
        responses = client.uid_fetch_raw([(uids, "(UID BODYSTRUCTURE)")])
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, *ODD_ANSWER) as error:
        if is_temporary(str(error)):
            raise
        return {}
    found: dict[int, Outline] = {}
    for response in responses:
        try:
            items = items_of(read_response(response))
            uid = _uid(items)
            if uid is not None and uid in uids and "BODYSTRUCTURE" in items:
                found[uid] = outline_of(items["BODYSTRUCTURE"])
        except (ValueError, RecursionError):
            continue
    return found


def arrivals(client: Client, uids: Sequence[int]) -> list[Fetched]:
    """Only when each arrived, and how large it is. All are given without that where the server cannot tell.

    A server may tell when a mail arrived, and not how large it is: to know that, some have to read it.
    """
    answer: dict[int, Entry] = {uid: {} for uid in uids}
    for items in ("(UID INTERNALDATE RFC822.SIZE)", "(UID INTERNALDATE)"):
        try:
            answer = client.uid_fetch(uids, items)
            break
        except imaplib.IMAP4.abort:
            raise
        except (imaplib.IMAP4.error, *ODD_ANSWER) as error:
            if is_temporary(str(error)):
                raise
    return [
        Fetched(uid, _in_utc(answer[uid].get(b"INTERNALDATE")), _size(answer[uid]) or 0, b"")
        for uid in uids
        if uid in answer
    ]


_ORIGIN = re.compile(rb"<([0-9]+)>\Z")

_SECTIONS_A_COMMAND = 100  # RFC 7162 section 4 asks servers to take command lines of 8192 octets


def sections(client: Client, wanted: Mapping[int, Sequence[Section]]) -> dict[int, dict[str, bytes]]:
    """By UID and name. Those are missing that the server cannot give."""
    asked = [
        ([uid], f"(UID {' '.join(map(_item, some[start : start + _SECTIONS_A_COMMAND]))})")
        for uid, some in wanted.items()
        for start in range(0, len(some), _SECTIONS_A_COMMAND)
    ]
    found: dict[int, dict[str, bytes]] = {uid: {} for uid in wanted}
    try:
        responses = client.uid_fetch_raw(asked)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, *ODD_ANSWER) as error:
        if is_temporary(str(error)):
            raise
        if len(wanted) == 1:
            return found
        return {uid: sections(client, {uid: some})[uid] for uid, some in wanted.items()}
    for response in responses:
        try:
            said = items_of(read_response(response))
        except (ValueError, RecursionError):
            continue
        uid = _uid(said)
        if uid in found:
            found[uid] |= {name: value for name, value in said.items() if isinstance(value, bytes)}
    return found


def _item(section: Section) -> str:
    return f"BODY.PEEK[{section.name}]<{section.start}.{section.octets}>"


def _uid(items: dict[str, Value]) -> int | None:
    said = items.get("UID")
    return int(said) if isinstance(said, bytes) and said.isdigit() else None


def without_octets(client: Client, uid: int) -> list[Fetched]:
    """What there is to say of a message that cannot be read; nothing if it has gone."""
    try:
        entries = client.uid_fetch([uid], "(UID INTERNALDATE FLAGS)")
        entries = {found: {**entry, b"BODY[]": b""} for found, entry in entries.items()}
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, *ODD_ANSWER):
        entries = {found: {b"BODY[]": b""} for found in client.uid_search("UID", str(uid))}
    fetched = (_fetched(found, entry) for found, entry in entries.items())
    return [message for message in fetched if message is not None]


def _part(entry: Entry, start: int, limit_octets: int) -> Entry:
    """An answer with the octets that were asked for, from `start` on, and no others.

    One that has another origin (RFC 9051 section 7.5.2) is no body; some servers give the whole mail instead.
    """
    found: Entry = {}
    for item, value in entry.items():
        if item.startswith(b"BODY[") and isinstance(value, bytes):
            origin = _ORIGIN.search(item)
            if origin is not None and int(origin[1]) != start:
                continue
            if origin is None and len(value) > limit_octets:
                value = value[start:]
        found[item] = value
    return found


def _without_body(uids: Sequence[int], answer: dict[int, dict[bytes, Any]]) -> list[int]:
    return [uid for uid in uids if _body(answer.get(uid, {})) is None]


def _body(entry: dict[bytes, Any]) -> Any:
    for item, value in entry.items():
        if item.startswith(b"BODY[") and value is not None:
            return value
    return None


def _fetched(uid: int, entry: dict[bytes, Any]) -> Fetched | None:
    """None without octets (no body, or NIL): it has gone, or the server does not give it."""
    octets = _body(entry)
    if octets is None:
        return None
    octets = octets if isinstance(octets, bytes) else str(octets).encode()
    size = _size(entry)
    return Fetched(
        uid=uid,
        arrived_at=_in_utc(entry.get(b"INTERNALDATE")),
        size_octets=len(octets) if size is None else size,
        octets=octets,
        flags=_flag_names(tuple(entry.get(b"FLAGS") or ())),
    )


def _size(entry: Entry) -> int | None:
    """Of the whole mail, as the server says."""
    size = entry.get(b"RFC822.SIZE")
    return size if isinstance(size, int) else None


@lru_cache(maxsize=64)  # most mail has one of a few sets
def _flag_names(flags: tuple[bytes, ...]) -> frozenset[str]:
    return frozenset(str(flag, "ascii", "replace") for flag in flags)


def _mailbox_facts(mailbox: str, answer: dict[bytes, Any]) -> MailboxFacts:
    # Without PERMANENTFLAGS, all flags can be changed (RFC 3501 section 7.1).
    flags = answer.get(b"PERMANENTFLAGS", answer.get(b"FLAGS", ()))
    return MailboxFacts(
        mailbox=mailbox,
        uidvalidity=answer[b"UIDVALIDITY"],
        uidnext=answer.get(b"UIDNEXT"),
        permanent_flags=frozenset(flag.decode(errors="replace") for flag in flags),
        messages=answer.get(b"EXISTS"),
    )


def look_and_search(client: Client, criteria: Sequence[str]) -> tuple[frozenset[str], list[int]]:
    """What it told while it looked at the mailbox, which the search then sees, and what that found."""
    client.catch_up()
    told = client.take_announced()
    return told, client.uid_search(*criteria)


def has_news(client: Client, seen: Mapping[bytes, Status | None]) -> bool:
    """Whether one of these mailboxes is not as it was seen; without opening them."""
    asked = client.statuses(tuple(seen))
    client.send(b"".join(octets for octets, _ in asked))
    return told_news(client, asked, seen)


def told_news(client: Client, asked: Sequence[Command], seen: Mapping[bytes, Status | None]) -> bool:
    """As `has_news`, from the answers.

    One that is not there, or of which the server does not tell all, is as if it had never been seen.
    """
    found: dict[bytes, Status] = {}
    try:
        told = client.read_statuses(asked)
    except ODD_ANSWER:
        told = []
    for name, items in told:
        status = items.get(b"UIDVALIDITY"), items.get(b"UIDNEXT"), items.get(b"MESSAGES")
        if all(isinstance(value, int) for value in status):
            found[name] = status
    return any(found.get(name) != status for name, status in seen.items())


SEEN_WITHIN_S = 60.0


def are_as(client: Client, seen: Sequence[tuple[bytes, str, bool, Status | None]]) -> bool:
    """Open these mailboxes in order: whether each is as it was seen. The rest is for `select`.

    False too of a server that takes long: all of this is one command to whoever waits for it, and not to
    whoever opens each of them.
    """
    end_s = time.monotonic() + SEEN_WITHIN_S
    return all(
        time.monotonic() < end_s and status_of(select(client, name, mailbox, read_only)) == status
        for name, mailbox, read_only, status in seen
    )


def status_of(facts: MailboxFacts | None) -> Status | None:
    """As `statuses` would have told it when it was opened; None: it is not there, or not all is told."""
    if facts is None or facts.uidnext is None or facts.messages is None:
        return None
    return facts.uidvalidity, facts.uidnext, facts.messages


def _in_utc(moment: datetime | None) -> datetime | None:
    """None for a time that does not exist or does not fit: INTERNALDATE can be anything."""
    if moment is None:
        return None
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
