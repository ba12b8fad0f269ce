"""What is fuzzed, as functions of any octets at all; each states the one thing that holds of them.

They need no fuzzer: `make fuzz` drives them by coverage (`run`), `make test` with mails mangled by a seed
(`test_targets`). The octets that ever broke one stay in tests/fuzz/found.
"""

from __future__ import annotations

import email
import email.policy
import imaplib
import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from functools import cache
from pathlib import Path

from imapclient.response_parser import parse_fetch_response

from delegator.adapters.imap.fetching import read_pieces, usual_entry
from delegator.adapters.imap.structure import items_of, read_response
from delegator.adapters.smtp.gate import SubmissionGate
from delegator.catalogues import load_catalogue
from delegator.config.loader import load
from delegator.core.commands.command import Line, Verb, read_subject
from delegator.core.commands.reply import dates_of, note_of, read_reply, signature_lines
from delegator.core.compose import Stamp, compose_forward, compose_recipient_note
from delegator.core.handovers.known import Conversations
from delegator.core.handovers.words import read_backup_reply
from delegator.core.mail.addresses import parse_addresses
from delegator.core.mail.invitation import read_invitation
from delegator.core.mail.message import Message, parse_message
from delegator.core.mail.mime import header_fields
from delegator.core.reviews.follows import TakenUp, what_follows
from delegator.core.reviews.items import OpenMessage
from delegator.core.rules.book import RuleBook
from delegator.core.triage.triage import outcome_of, triage, triage_steps
from delegator.core.triage.verdict import Disposition, Verdict
from tests.reviews import facts_with, review_mail

DATA = Path(__file__).parents[1] / "data"
NOW = datetime(2026, 11, 17, 8, 0, tzinfo=UTC)
STAMP = Stamp("<a1b2c3d4e5@voorbeeld.example>", "b" * 30, "k3y", NOW)
SOFIE, ANNA, BRAM = "sofie@voorbeeld.example", "anna@voorbeeld.example", "bram@voorbeeld.example"
GATE = SubmissionGate(
    host="127.0.0.1",
    port=25,
    security="none",
    sender=SOFIE,
    recipients=frozenset({SOFIE, ANNA, BRAM}),
)
LINES = tuple(Line(n, (n * 10,), {1: Verb.DONE, 3: Verb.FORWARD}.get(n), "bram") for n in range(1, 9))

_ADDRESSED = {"from", "to", "cc", "bcc", "sender", "resent-to", "resent-cc", "resent-bcc", "return-path"}
_FIELDS = {
    *("from", "to", "reply-to", "subject", "date", "message-id", "in-reply-to", "references"),
    *("mime-version", "auto-submitted", "x-auto-response-suppress", "x-loop-check"),
    "list-id",
}


@cache
def rules() -> RuleBook:
    """Those of the mails in tests/data/mail."""
    return load(DATA / "mail" / "rules.yaml", for_files=True).rule_book


def parse(octets: bytes) -> None:
    """Any octets at all are a `Message`, whose texts are whole, on their lines, and can be stored."""
    message = parse_message(octets, arrived_at=NOW)
    repr(message)  # asks for every field
    for text in (message.subject, *(value for _, value in message.headers)):
        assert not re.search(r"[\r\n\0]", text), text
    for address in (*message.from_, *message.reply_to, *message.to, *message.cc):
        assert not re.search(r"[\r\n\0]", address.name + address.address), address
    for text in (message.subject, message.text, message.calendar, *(name for _, name in message.texts)):
        text.encode()  # a lone surrogate cannot be stored, and no mail can carry it
    read_invitation(message.calendar, rules().owner.timezone)


def decide(octets: bytes) -> None:
    """Every mail has one outcome, `why` gives the same, and nothing private or encrypted is forwarded."""
    _, verdict, _ = _decided(octets)
    assert verdict.backup is None or verdict.backup in rules().backups


def forward(octets: bytes) -> None:
    """Whatever a mail holds, its forward has our fields only, names nobody else, and passes the gate."""
    message = parse_message(octets, arrived_at=NOW)
    book = rules()
    for key, max_octets, eight_bit in (("anna", None, True), ("anna", 4000, False)):
        backup = book.backups[key]
        composed = compose_forward(
            octets,
            message,
            book.owner,
            backup,
            STAMP,
            load_catalogue(backup.language),
            max_octets,
            takes_eight_bit=eight_bit,
        )
        assert eight_bit or composed.isascii()
        _assert_ours(composed.whole(), ANNA)
    _assert_ours(
        compose_recipient_note(message, book.owner, book.backups["bram"], STAMP, load_catalogue("nl")), BRAM
    )


def review(octets: bytes) -> None:
    """Whatever a mail holds, the review that shows it goes to the owner and links to nobody else."""
    message, verdict, taken = _decided(octets)
    shown = _open(taken)
    facts = facts_with(shown, replace(shown, conversation=3), replace(shown, shown=True, priority="low"))
    if (found := read_invitation(message.calendar, rules().owner.timezone)) is not None:
        facts = replace(facts, invitations=((message.subject, found),))
    composed = review_mail(facts)
    _assert_ours(composed, SOFIE)
    mail = email.message_from_bytes(composed, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    page = mail.get_body(("html",))
    assert page is not None
    markup = str(page.get_content())
    assert not re.search(r"<(?:script|img|iframe|form|link|object|embed)\b", markup, re.IGNORECASE)
    for target in re.findall(r"href=[\"']?([^\"'>]*)", markup):
        assert target.startswith(f"mailto:{SOFIE}?"), target
    text = mail.get_body(("plain",))
    assert text is not None
    if verdict.disposition is Disposition.PRIVATE:
        assert not taken.excerpt


def reply(octets: bytes) -> None:
    """Whatever a reply says, it is about items of its review, each once, and about configured backups."""
    text = octets.decode("utf-8", "replace")
    book = rules()
    signature = signature_lines(text[:200])
    reading = read_reply(text, LINES, book.backups, people=["Sofie Janssens"], signature=signature)
    for found in (reading.decided, reading.held):
        numbers = [one.line.number for one in found]
        assert len(numbers) == len(set(numbers))
        assert all(one.line in LINES for one in found)
        assert all(one.backup is None or one.backup in book.backups for one in found)
    assert not (reading.decided and reading.held)
    note = note_of(text, "Iets voor Anna? >> ")
    assert note.count("\n") < 2
    if (days := dates_of(text, date(2026, 11, 17))) is not None:
        assert days[0] <= days[1]
    for to_brief in (False, True):
        for said in read_backup_reply(text, date(2026, 11, 17), to_brief=to_brief, items=3):
            assert all(first <= last for first, last in said.days), said
    if (command := read_subject(text)) is not None:
        assert re.fullmatch(r"[0-9A-Z]{8}", command[1])


class Answer(io.BytesIO):
    """What imaplib's client reads from, for one response of a server."""

    abort = imaplib.IMAP4.abort

    def read(self, size: int | None = -1) -> bytes:
        octets = super().read(size)
        if size is not None and len(octets) < size:
            raise self.abort("the connection ended")
        return octets


def fetch_answer(octets: bytes) -> None:
    """A server's answer to FETCH is read as imapclient reads it, or left to imapclient."""
    octets = octets if re.match(rb"[0-9]+ \(", octets) else b"1 (" + octets
    if octets.endswith(b")\r\n"):  # hardly any would be a whole answer else
        size = len(octets.partition(b"}\r\n")[2]) - len(b")\r\n")
        octets = re.sub(rb"\{[0-9]+\}(?=\r\n)", b"{%d}" % size, octets, count=1)
    server = Answer(octets)
    try:
        pieces = read_pieces(server, server.readline())
    except imaplib.IMAP4.abort:
        return
    usual = usual_entry(pieces)
    if usual is not None:
        [theirs] = parse_fetch_response(pieces, normalise_times=False, uid_is_key=False).values()
        assert usual == {key: value for key, value in theirs.items() if key != b"SEQ"}, pieces
    try:
        items_of(read_response(pieces))
    except (ValueError, RecursionError):
        pass


TARGETS: dict[str, Callable[[bytes], None]] = {
    function.__name__: function for function in (parse, decide, forward, review, reply, fetch_answer)
}


def _decided(octets: bytes) -> tuple[Message, Verdict, TakenUp]:
    message = parse_message(octets, arrived_at=NOW)
    book, known = rules(), Conversations()
    verdict = triage(message, book, known, NOW)
    assert verdict == outcome_of(triage_steps(message, book, known, NOW))
    is_private = message.is_encrypted or any(
        one.address.lower().endswith("@familie.example") for one in message.from_
    )
    assert not (is_private and verdict.disposition is Disposition.FORWARD), verdict
    return message, verdict, what_follows(message, verdict, known, book, NOW, original=octets)


def _open(taken: TakenUp) -> OpenMessage:
    """As the state would give it back."""
    return OpenMessage(
        id=1,
        conversation=None,
        sender=taken.sender,
        subject=taken.subject,
        excerpt=taken.excerpt,
        text_characters=taken.text_characters,
        arrived_at=NOW,
        priority=taken.priority or "normal",
        warning="",
        attachments=taken.attachments,
        shown=False,
        code=taken.code,
        traits=taken.traits,
    )


def _assert_ours(octets: bytes, recipient: str) -> None:
    """A mail that the gate takes, in lines that every server takes, from the owner to one recipient."""
    GATE._check_header(octets)
    assert octets.count(b"\r\n") == octets.count(b"\r") == octets.count(b"\n")
    assert b"\0" not in octets
    assert max(map(len, octets.split(b"\r\n"))) <= 998
    fields = header_fields(octets.partition(b"\r\n\r\n")[0])
    names = [name.lower() for name, _ in fields]
    assert {name for name in names if not name.startswith("content-")} <= _FIELDS, names
    assert len(names) == len(set(names)), names
    for name, value in fields:
        if name.lower() in _ADDRESSED:
            wanted = SOFIE if name.lower() == "from" else recipient
            assert [one.address for one in parse_addresses(value)] == [wanted], (name, value)
    # The second parser must see the same header: where ours ends, others might go on.
    mail = BytesHeaderParser(policy=email.policy.default).parsebytes(octets)
    assert isinstance(mail, EmailMessage)
    assert [name.lower() for name in mail] == names
