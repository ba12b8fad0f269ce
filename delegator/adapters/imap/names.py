"""Names of mailboxes and sets of messages, as an IMAP server writes them, and as we do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from imapclient import imap_utf7

from ...ports import ServerFacts

# RFC 7162 section 4 asks servers to take command lines of 8192 octets; a range takes at most 22.
_RANGES_A_COMMAND = 300

# RFC 6154 and RFC 3501 write attributes in one way, servers in several.
ATTRIBUTES = {
    name.lower(): name
    for name in (
        *(r"\All", r"\Archive", r"\Drafts", r"\Flagged", r"\Important", r"\Junk", r"\Sent", r"\Trash"),
        *(r"\Noselect", r"\NonExistent", r"\Noinferiors"),
    )
}


def server_name(mailbox: str, facts: ServerFacts) -> bytes:
    if mailbox.upper() == "INBOX":
        return b"INBOX"
    return encoded(facts.prefix + mailbox.translate(_swap(facts.delimiter)))


def logical_name(name: bytes, facts: ServerFacts) -> str | None:
    """None outside the personal namespace, and for a name that is no name."""
    text = decoded(name)
    if text is None:
        return None
    if text.upper() == "INBOX":
        return "INBOX"
    if text[: len(facts.prefix)].upper() != facts.prefix.upper():
        return None
    return text[len(facts.prefix) :].translate(_swap(facts.delimiter)) or None


def _swap(delimiter: str) -> dict[int, str]:
    """The server's separator and "/" change places, so that no two names become one."""
    return {ord("/"): delimiter, ord(delimiter): "/"}


def encoded(name: str) -> bytes:
    encoded: bytes = imap_utf7.encode(name)
    return encoded


def decoded(name: bytes | str) -> str | None:
    """None if it is not in modified UTF-7 (RFC 3501 section 5.1.3)."""
    try:
        decoded: str = imap_utf7.decode(name)
        decoded.encode()  # half a surrogate pair is no character
        return decoded
    except ValueError:
        return None


def uid_sets(uids: Sequence[int]) -> Iterator[str]:
    """Sequence sets, ranges where UIDs follow each other, each short enough for a command."""
    ranges: list[list[int]] = []
    for uid in sorted(set(uids)):
        if ranges and ranges[-1][1] == uid - 1:
            ranges[-1][1] = uid
        else:
            ranges.append([uid, uid])
    texts = [f"{first}:{last}" if first < last else str(first) for first, last in ranges]
    for start in range(0, len(texts), _RANGES_A_COMMAND):
        yield ",".join(texts[start : start + _RANGES_A_COMMAND])
