"""Nothing is ever sent to anyone outside the closed set, whatever calls, whatever it says.

Each test tries to get a mail past the gate. What the server was asked for is the judge.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import delegator
from delegator.adapters.smtp.gate import SubmissionGate
from delegator.core.compose.mail import address_field
from delegator.core.delivery import Outcome
from delegator.ports import RecipientRefused, Submission
from tests.servers.smtp import SmtpServer

OWNER = "sofie@voorbeeld.example"
ANNA = "anna@voorbeeld.example"
IDN = "bram@xn--bcher-kva.example"  # as the configuration keeps bücher.example
CLIENT = "jan@acme.example"
RECIPIENTS = frozenset({OWNER, ANNA, IDN})


@pytest.fixture
def gate(smtp_server: SmtpServer) -> SubmissionGate:
    return SubmissionGate(**smtp_server.facts(), sender=OWNER, recipients=RECIPIENTS)


def octets(header: str | bytes = f"From: {OWNER}\r\nTo: {ANNA}", body: bytes = b"dag\r\n") -> bytes:
    header = header.encode() if isinstance(header, str) else header
    return header + b"\r\n\r\n" + body


async def refused(gate: SubmissionGate, server: SmtpServer, submission: Any) -> None:
    """The submission is a RecipientRefused, and the server never heard of it."""
    with pytest.raises(RecipientRefused):
        await gate.submit(submission)
    assert server.connections == 0


ENVELOPE_TRICKS = {
    "the client": CLIENT,
    "nobody": "",
    "the null path": "<>",
    "a name before the address": f"Anna <{ANNA}>",
    "angle brackets": f"<{ANNA}>",
    "two in one, comma": f"{ANNA},{CLIENT}",
    "two in one, space": f"{ANNA} {CLIENT}",
    "a second command": f"{ANNA}>\r\nRCPT TO:<{CLIENT}",
    "a bare line feed": f"{ANNA}\nRCPT TO:<{CLIENT}>",
    "a bare carriage return": f"{ANNA}\rRCPT TO:<{CLIENT}>",
    "a trailing line end": f"{ANNA}\r\n",
    "a NUL": f"{ANNA}\0{CLIENT}",
    "a source route": f"@acme.example:{ANNA}",
    "a route inside brackets": f"<@acme.example:{ANNA}>",
    "a percent route": "jan%acme.example@voorbeeld.example",
    "a bang path": f"acme!{ANNA}",
    "a group": f"team: {CLIENT};",
    "a comment": f"{ANNA}(@acme.example)",
    "a quoted local part": '"anna"@voorbeeld.example',
    "an address in a local part": f'"{ANNA}"@acme.example',
    "an escaped local part": "an\\na@voorbeeld.example",
    "a subdomain": "anna@mail.voorbeeld.example",
    "a longer domain": f"{ANNA}.acme.example",
    "a trailing dot": f"{ANNA}.",
    "a parameter": f"{ANNA}> ORCPT=rfc822;{CLIENT}",
    "a tag": "anna+acme@voorbeeld.example",
    "Cyrillic a": "\u0430nna@voorbeeld.example",
    "full-width letters": "ａnna@voorbeeld.example",
    "a full-width at": "anna＠voorbeeld.example",
    "an ideographic dot": "anna@voorbeeld。example",
    "a zero-width space": "anna\u200b@voorbeeld.example",
    "a soft hyphen": "anna@voor\u00adbeeld.example",
    "the Kelvin sign's kind of case": "ANNA@VOORBEELD.EXAMPLE".replace("L", "\u2112"),
    "letters for A-labels": "bram@bücher.example",
    "a lone surrogate": "anna\udcc3@voorbeeld.example",
    "octets": ANNA.encode(),
    "None": None,
    "a list": [ANNA],
}


@pytest.mark.parametrize("trick", ENVELOPE_TRICKS.values(), ids=ENVELOPE_TRICKS)
async def test_the_envelope_names_nobody_else(
    trick: Any, gate: SubmissionGate, smtp_server: SmtpServer
) -> None:
    """Alone or beside a real recipient: nothing is submitted at all."""
    await refused(gate, smtp_server, Submission((trick,), octets(), "<1@voorbeeld.example>"))
    await refused(gate, smtp_server, Submission((ANNA, trick), octets(), "<1@voorbeeld.example>"))


@pytest.mark.parametrize("recipients", [(), [ANNA], ANNA, None, {ANNA}, iter((ANNA,))])
async def test_the_recipients_are_a_tuple_of_one_at_least(
    recipients: Any, gate: SubmissionGate, smtp_server: SmtpServer
) -> None:
    """What could be read twice with two results is not read at all."""
    await refused(gate, smtp_server, Submission(recipients, octets(), "<1@voorbeeld.example>"))


@pytest.mark.parametrize("address", ["Anna@Voorbeeld.Example", "ANNA@VOORBEELD.EXAMPLE"])
async def test_the_wire_carries_the_configured_address(
    address: str, gate: SubmissionGate, smtp_server: SmtpServer
) -> None:
    """Only case may differ, and then it is the gate's own text that the server gets."""
    reply = await gate.submit(Submission((address,), octets(), "<1@voorbeeld.example>"))
    assert reply.outcome is Outcome.ACCEPTED
    assert smtp_server.recipients == {ANNA}


@settings(max_examples=130, deadline=None)
@given(st.one_of(st.text(max_size=60), st.from_regex(r"\A[aA\u0430]nna@voorbeeld\.example.?\Z")))
def test_any_text_means_a_configured_address_or_nothing(text: str) -> None:
    """Whatever the text, what the gate would send to is a member of the set."""
    this = SubmissionGate(
        host="127.0.0.1", port=1, security="none", sender=OWNER, recipients=frozenset({ANNA})
    )
    try:
        meant = this._envelope((text,))
    except RecipientRefused:
        return
    assert meant in ((ANNA,), (OWNER,))
    assert text.lower() == meant[0]


class TwoFacedStr(str):
    """Equal to everything, hashed like Anna, and somebody else on the wire."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return hash(ANNA)

    def encode(self, *_: Any) -> bytes:
        return ANNA.encode()

    def lower(self) -> str:
        return ANNA


class TwoFacedTuple(tuple[str, ...]):
    """Anna to the first who looks, the client to the second."""

    looks = 0
    __slots__ = ()

    def __iter__(self) -> Iterator[str]:
        type(self).looks += 1
        return iter((ANNA,) if self.looks == 1 else (CLIENT,))


class TwoFacedBytes(bytes):
    """A mail whose header is clean when it is searched."""

    __slots__ = ()

    def __getitem__(self, _: Any) -> Any:
        return octets()


@dataclass
class TwoFacedSubmission:
    """Names Anna once, then the client."""

    octets: bytes
    message_id: str = "<1@voorbeeld.example>"
    looks: int = 0

    @property
    def recipients(self) -> tuple[str, ...]:
        self.looks += 1
        return (ANNA,) if self.looks == 1 else (CLIENT,)


@pytest.mark.parametrize(
    "submission",
    [
        Submission((TwoFacedStr(CLIENT),), octets(), "<1@voorbeeld.example>"),
        Submission(TwoFacedTuple((ANNA,)), octets(), "<1@voorbeeld.example>"),
        Submission((ANNA,), TwoFacedBytes(octets(f"To: {CLIENT}")), "<1@voorbeeld.example>"),
        Submission((ANNA,), bytearray(octets()), "<1@voorbeeld.example>"),  # type: ignore[arg-type]
    ],
)
async def test_objects_that_lie_are_refused(
    submission: Submission, gate: SubmissionGate, smtp_server: SmtpServer
) -> None:
    """Only plain strings, tuples and bytes are what they seem to be."""
    await refused(gate, smtp_server, submission)


async def test_what_is_checked_is_what_is_sent(gate: SubmissionGate, smtp_server: SmtpServer) -> None:
    """A submission that changes between two looks is looked at once."""
    reply = await gate.submit(TwoFacedSubmission(octets()))  # type: ignore[arg-type]
    assert reply.outcome is Outcome.ACCEPTED
    assert smtp_server.recipients == {ANNA}


async def test_the_set_is_closed(smtp_server: SmtpServer) -> None:
    """A set that changes after the gate was built changes nothing, and the gate has no way to add."""
    recipients = {ANNA}
    this = SubmissionGate(**smtp_server.facts(), sender=OWNER, recipients=recipients)  # type: ignore[arg-type]
    recipients.add(CLIENT)
    await refused(this, smtp_server, Submission((CLIENT,), octets(), "<1@voorbeeld.example>"))
    with pytest.raises(TypeError):
        this._forms[CLIENT.encode()] = CLIENT  # type: ignore[index]
    with pytest.raises(AttributeError):
        this.recipients = frozenset({CLIENT})  # type: ignore[attr-defined]
    public = {name for name in vars(SubmissionGate) if not name.startswith("_")}
    assert public == {"submit", "max_size", "takes_eight_bit", "probe", "greet", "close"}


async def test_a_probe_asks_for_the_owner_only_and_sends_nothing(
    gate: SubmissionGate, smtp_server: SmtpServer
) -> None:
    """What `check` asks ends before DATA, and names nobody but the owner."""
    probe = await gate.probe()
    assert probe.reply.outcome is Outcome.ACCEPTED
    assert smtp_server.recipients == {OWNER}
    assert "DATA" not in smtp_server.commands
    assert smtp_server.received == []


def test_a_lying_address_cannot_be_configured() -> None:
    """The set holds plain strings only."""
    with pytest.raises(ValueError, match="not an address"):
        SubmissionGate(
            host="127.0.0.1",
            port=1,
            security="none",
            sender=OWNER,
            recipients=frozenset({TwoFacedStr(CLIENT)}),
        )


HEADER_TRICKS = {
    "To": f"To: {CLIENT}",
    "Cc": f"To: {ANNA}\r\nCc: {CLIENT}",
    "Bcc": f"To: {ANNA}\r\nBcc: {CLIENT}",
    "From": f"From: {CLIENT}\r\nTo: {ANNA}",
    "Sender": f"Sender: {CLIENT}\r\nTo: {ANNA}",
    "Resent-To": f"To: {ANNA}\r\nResent-To: {CLIENT}",
    "Resent-Cc": f"To: {ANNA}\r\nResent-Cc: {CLIENT}",
    "Resent-Bcc": f"To: {ANNA}\r\nResent-Bcc: {CLIENT}",
    "Apparently-To": f"Apparently-To: {CLIENT}",
    "Errors-To": f"To: {ANNA}\r\nErrors-To: {CLIENT}",
    "Return-Path": f"Return-Path: <{CLIENT}>\r\nTo: {ANNA}",
    "a second To": f"To: {ANNA}\r\nSubject: x\r\nTo: {CLIENT}",
    "case": f"tO: {CLIENT}",
    "white space before the colon": f"To : {CLIENT}",
    "folded": f"To: {ANNA},\r\n {CLIENT}",
    "folded with a tab": f"To: {ANNA}\r\n\t,{CLIENT}",
    "folded after the name": f"To:\r\n {CLIENT}",
    "folded in a bare line feed": f"To: {ANNA},\n {CLIENT}",
    "after a bare line feed": f"Subject: x\nCc: {CLIENT}",
    "after a bare carriage return": f"Subject: x\rCc: {CLIENT}",
    "after a blank continuation": f"To: {ANNA}\r\n \r\nCc: {CLIENT}",
    "after a line that is no field": f"To: {ANNA}\r\nhello\r\nCc: {CLIENT}",
    "after an mbox line": f"From {ANNA} Mon Dec 21\r\nCc: {CLIENT}",
    "a continuation at the start": f" x\r\nCc: {CLIENT}",
    "a list": f"To: {ANNA}, {CLIENT}",
    "a list without space": f"To: {ANNA},{CLIENT}",
    "semicolons": f"To: {ANNA}; {CLIENT}",
    "a name that is Anna's address": f'To: "{ANNA}" <{CLIENT}>',
    "a bare name that is Anna's address": f"To: {ANNA} <{CLIENT}>",
    "two angle addresses": f"To: <{ANNA}> <{CLIENT}>",
    "a group": f"To: team: {ANNA}, {CLIENT};",
    "an empty group": "To: undisclosed-recipients:;",
    "a comment": f"To: {ANNA} ({CLIENT})",
    "a comment that hides": f"To: (\\) <{ANNA}>,) {CLIENT}",
    "a quote that does not end": f'To: "Anna <{ANNA}>, {CLIENT}',
    "an escaped quote": f'To: "a\\" <{CLIENT}>, \\"" <{CLIENT}>',
    "a route": f"To: <@acme.example:{ANNA}>",
    "a space in the address": "To: <anna @voorbeeld.example>",
    "an encoded address": "To: =?utf-8?q?jan=40acme.example?=",
    "look-alikes": "To: \u0430nna@voorbeeld.example",
    "a NUL": f"To: {ANNA}\0",
    "octets of no charset": b"To: anna\xff@voorbeeld.example",
    "a read receipt": f"To: {ANNA}\r\nDisposition-Notification-To: {OWNER}",
    "a return receipt": f"To: {ANNA}\r\nReturn-Receipt-To: {CLIENT}",
    "a reading confirmation": f"To: {ANNA}\r\nX-Confirm-Reading-To: {CLIENT}",
    "a header without end": b"X: " + b"x" * 300_000,
}


@pytest.mark.parametrize("header", HEADER_TRICKS.values(), ids=HEADER_TRICKS)
async def test_the_header_names_nobody_else(
    header: str | bytes, gate: SubmissionGate, smtp_server: SmtpServer
) -> None:
    """Who answers all, resends or bounces our mail reaches nobody outside the set either."""
    await refused(gate, smtp_server, Submission((ANNA,), octets(header), "<1@voorbeeld.example>"))
    without_end = octets(header).removesuffix(b"\r\n\r\ndag\r\n")
    await refused(gate, smtp_server, Submission((ANNA,), without_end, "<1@voorbeeld.example>"))


@pytest.mark.parametrize(
    "header",
    [
        f"From: Sofie Janssens <{OWNER}>\r\nTo: Anna Peeters <{ANNA}>\r\nReply-To: {CLIENT}, {OWNER}",
        f'From: "Janssens, Sofie" <{OWNER}>\r\nTo:\r\n "Anna \\"A\\" Peeters"\r\n <{ANNA}>,\r\n {OWNER}',
        f"To: =?utf-8?q?Anna_P=C3=A9eters?=\r\n =?utf-8?q?_CEO?= <{ANNA.upper()}>",
        f"To: J. Peeters <{ANNA}>\r\nCc:\r\nSubject: to: {CLIENT}\r\n continued: {CLIENT}",
        f"To: {IDN},{ANNA} , <{OWNER}>",
        b"To: Anna P\xc3\xa9eters <" + ANNA.encode() + b">",
    ],
)
async def test_our_own_kind_of_header_passes(header: str | bytes, gate: SubmissionGate) -> None:
    """Names in every form, folding, and a Reply-To to the originator are what our mails have."""
    reply = await gate.submit(Submission((ANNA,), octets(header), "<1@voorbeeld.example>"))
    assert reply.outcome is Outcome.ACCEPTED


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=40))
def test_any_name_that_we_write_passes(name: str) -> None:
    """What `address_field` makes of a display name, the gate reads: no name stops a mail."""
    this = SubmissionGate(host="127.0.0.1", port=1, security="none", sender=OWNER, recipients=RECIPIENTS)
    for address in (ANNA, IDN):
        this._check_header(address_field("To", [(name, address)]) + b"\r\n")


async def test_the_body_is_nobodys_business(gate: SubmissionGate, smtp_server: SmtpServer) -> None:
    """The original in a forward names whom it likes."""
    body = f"From: {CLIENT}\r\nTo: {CLIENT}\r\nDisposition-Notification-To: {CLIENT}\r\n".encode()
    assert (await gate.submit(Submission((ANNA,), octets(body=body), "<1@b.example>"))).code == 250
    assert smtp_server.recipients == {ANNA}


async def test_nothing_asks_for_a_delivery_notice(gate: SubmissionGate, smtp_server: SmtpServer) -> None:
    """No RET, ENVID, NOTIFY or ORCPT (RFC 3461), and the reverse-path is the owner's."""
    await gate.submit(Submission((ANNA, OWNER), octets(), "<1@voorbeeld.example>"))
    envelope = [command for command in smtp_server.commands if command.startswith(("MAIL", "RCPT"))]
    assert envelope[0].startswith(f"MAIL FROM:<{OWNER}> SIZE=")
    assert envelope[1:] == [f"RCPT TO:<{ANNA}>", f"RCPT TO:<{OWNER}>"]


# The source itself

PACKAGE = Path(delegator.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))


@cache
def imported(path: Path) -> frozenset[str]:
    """Full names of all that a source file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(names)


def imports(path: Path, *modules: str) -> bool:
    return any(f"{name}.".startswith(f"{module}.") for name in imported(path) for module in modules)


def test_one_folder_submits_mail() -> None:
    """Nothing else imports what speaks SMTP, and nothing starts a program that could.

    But the one that rules.yaml names for a secret (it gets the words that stand there, and no input), and
    `service install`, which asks systemd's programs and is no part of the service. `host` calls the C
    library, to give memory back.
    """
    speakers = ("aiosmtplib", "smtplib", "subprocess", "pty", "ctypes")
    found = {str(path.relative_to(PACKAGE)) for path in SOURCES if imports(path, *speakers)}
    assert found == {
        "adapters/host.py",
        "adapters/service.py",
        "adapters/smtp/gate.py",
        "adapters/smtp/session.py",
        "config/command.py",
    }


def test_connections_are_opened_by_adapters_alone() -> None:
    """A socket of one's own could speak SMTP too: only the adapters and the demo have any."""
    opens = re.compile(r"\b(open_connection|create_connection|sock_connect|os\.system|popen|exec[lv]p?e?)\(")
    found = {
        str(path.relative_to(PACKAGE))
        for path in SOURCES
        if imports(path, "socket", "urllib.request", "http.client") or opens.search(path.read_text())
    }
    assert {place for place in found if not place.startswith(("adapters/", "demo/"))} == set()


def test_nobody_marks_mail_as_read() -> None:
    r"""\Seen is named where our own marker is appended, and never beside STORE."""
    places = {
        str(path.relative_to(PACKAGE)): [line for line in path.read_text().splitlines() if "Seen" in line]
        for path in SOURCES
        if re.search(r"\\+Seen|\bSEEN\b", path.read_text())
    }
    assert set(places) <= {"adapters/imap/source.py", "ports/mail.py"}
    for lines in places.values():
        assert not any(re.search(r"FLAGS|store|add_flags|set_flags", line) for line in lines)
