"""The whole service on each kind of mail server: a client's mail is forwarded, counted, told and filed.

Where a server cannot do a thing, that thing is missing, and no more.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from delegator.adapters.smtp.gate import SubmissionGate
from delegator.core.delivery import About, Outcome
from delegator.ports import Submission
from tests.holiday import MONDAY, RULES, Holiday, holiday, plain_text, write_mail
from tests.servers.beside import USERNAME, Mailbox, courier, cyrus, postfix
from tests.servers.dovecot import PASSWORD, Account, Options
from tests.servers.smtp import SmtpServer
from tests.support import FakeClock

pytestmark = pytest.mark.torture

Record = Callable[[str, object], None]

SOFIE, ANNA = "sofie@voorbeeld.example", "anna@voorbeeld.example"
IN_CLEAR = RULES.replace("port: {imap_port}, ca: {imap_ca}", "port: {imap_port}, security: none")
IN_CLEAR_OUT = RULES.replace(
    "ca: {smtp_ca}\n    username: {smtp_username}", "security: none\n    username: sofie"
)
IN_CLEAR_OUT = IN_CLEAR_OUT.replace("smtp-password", "mail-password")

DOVECOTS = {
    "maildir": Options(),
    "mdbox": Options(store="mdbox"),
    "mbox": Options(store="mbox"),
    "no right to create": Options(acl="lrwsti"),
    "no right to change": Options(acl="lri"),
    "another separator": Options(separator=".", prefix="INBOX."),
    "quota": Options(quota_messages=4),
}
LACKING = {
    "mbox": {"folders"},
    "no right to create": {"folders", "marker"},
    "no right to change": {"folders", "marker"},
    "quota": {"marker"},
}
"""What status says of each; all mail stays in INBOX where there are no folders."""


@pytest.fixture(scope="module")
def programs() -> Path:
    """What unpack.sh unpacked into the folder that DELEGATOR_SERVERS names."""
    path = Path(os.environ.get("DELEGATOR_SERVERS", "/nowhere")) / "programs"
    if not path.is_dir():
        pytest.skip("DELEGATOR_SERVERS names no folder of unpacked servers; `make torture` makes one")
    if os.geteuid() != 0:
        pytest.skip("servers beside Dovecot need root")
    return path


@pytest.fixture(params=["cyrus", "courier"])
def mailbox(request: pytest.FixtureRequest, programs: Path) -> Iterator[Mailbox]:
    server = {"cyrus": cyrus, "courier": courier}[request.param](programs)
    mailbox = Mailbox(server, request.param)
    try:
        server.start()
        yield mailbox
    finally:
        mailbox.close()
        server.remove()


async def walk(away: Holiday, *, separator: str, prefix: str, files: bool, is_full: bool = False) -> set[str]:
    """Mail before and after the start, one of each kind; a review. What status says is lacking."""
    mailbox = away.imap
    late = write_mail(subject="Nog een vraag", message_id="<4@acme.example>")
    for mail in (
        write_mail(message_id="<1@acme.example>"),
        write_mail("oma@familie.example", "Kerst", message_id="<2@familie.example>"),
        write_mail("x@elders.example", "Uitnodiging", message_id="<3@elders.example>"),
        *((late,) if is_full else ()),
    ):
        await asyncio.to_thread(mailbox.deliver, mail, arrived_at=MONDAY)
    service = await away.start()
    await away.until(lambda: away.accepted(ANNA))
    await away.until(lambda: service.is_connected)
    if not is_full:
        await asyncio.to_thread(mailbox.deliver, late, arrived_at=MONDAY)
    await away.until(lambda: len(away.accepted(ANNA)) == 2)
    await service.send_review()
    await away.until(away.reviews)
    assert "Uitnodiging" in plain_text(away.reviews()[-1])
    assert "Kerst" not in plain_text(away.reviews()[-1])
    status = await service.status()
    assert status.connected
    forwarded = prefix + separator.join(("Delegator", "Forwarded"))
    if files:
        await away.until(lambda: len(away.uids(forwarded)) == 2)
    assert len(away.uids("INBOX")) == (2 if files else 4)
    for name in ("INBOX", forwarded):
        assert not any("\\Seen" in flags for _, flags, _ in mailbox.messages(name))
    assert away.smtp.recipients <= {SOFIE, ANNA, "bram@voorbeeld.example", "permerror@voorbeeld.example"}
    await away.stop()
    assert await away.once(), "started again"
    assert len(away.accepted(ANNA)) == 2
    return {problem.partition(":")[0] for problem in status.problems}


@pytest.mark.parametrize("kind", DOVECOTS)
async def test_dovecot(
    new_account: Callable[[Options], Account],
    smtp_server: SmtpServer,
    tmp_path: Path,
    kind: str,
    record_property: Record,
) -> None:
    """As it keeps mail in each of its ways, and with the rights and the room that an owner may have."""
    options, clock = DOVECOTS[kind], FakeClock(MONDAY)
    async with holiday(new_account(options), smtp_server, tmp_path, clock) as away:
        lacking = await walk(
            away,
            separator=options.separator,
            prefix=options.prefix,
            files="folders" not in LACKING.get(kind, ()),
            is_full=kind == "quota",
        )
    assert lacking == LACKING.get(kind, set())
    record_property("torture", f"forwarded on Dovecot, {kind}: 1")


async def test_another_server(
    mailbox: Mailbox, smtp_server: SmtpServer, tmp_path: Path, record_property: Record
) -> None:
    """Cyrus keeps all under INBOX; Courier does too, and cannot move."""
    clock = FakeClock(MONDAY)
    async with holiday(mailbox, smtp_server, tmp_path, clock) as away:  # type: ignore[arg-type]
        away.rules = IN_CLEAR
        name = mailbox.name
        lacking = await walk(away, separator=".", prefix="INBOX.", files=name == "cyrus")
    assert lacking == set()
    record_property("torture", f"forwarded on {name}: 1")


@pytest.mark.parametrize("owner", [SOFIE, "els@voorbeeld.example"])
async def test_postfix(
    dovecot: Account, programs: Path, tmp_path: Path, owner: str, record_property: Record
) -> None:
    """It takes mail from its owner's address only; a refusal of that is ours, and no backup's fault."""
    clock = FakeClock(MONDAY)
    async with (
        SmtpServer(security="none", offers_login=False) as recorder,
        holiday(dovecot, recorder, tmp_path, clock) as away,
    ):
        server = postfix(programs, owner=owner, next_port=recorder.port)
        try:
            await asyncio.to_thread(server.start)
            away.rules = IN_CLEAR_OUT
            away.smtp_port = server.port
            dovecot.deliver(write_mail(message_id="<1@acme.example>"), arrived_at=MONDAY)
            service = await away.start()
            if owner != SOFIE:
                async with asyncio.timeout(30):
                    while "not owned by user" not in str((await service.status()).problems):
                        await asyncio.sleep(0.1)
                assert recorder.received == []
            else:
                await away.until(lambda: away.accepted(ANNA))
            await away.stop()
            # Postfix bounces what the next server refuses: to the owner, whose reverse-path it has.
            assert {(mail.mail_from, mail.rcpt_tos) for mail in recorder.received} <= {
                (SOFIE, (ANNA,)),
                (SOFIE, ("bram@voorbeeld.example",)),
                ("<>", (SOFIE,)),
            }
        finally:
            await asyncio.to_thread(server.remove)
            await away.until(lambda: not recorder.open_connections)
    record_property("torture", "submitted to Postfix: 1")


async def test_postfix_takes_many_mails_on_one_connection(programs: Path, record_property: Record) -> None:
    """Its PIPELINING is used; a refused sender is told as what it is; and each mail arrives once."""
    async with SmtpServer(security="none", offers_login=False) as recorder:
        server = postfix(programs, owner=SOFIE, next_port=recorder.port)
        try:
            await asyncio.to_thread(server.start)
            facts: dict[str, Any] = {"host": server.host, "port": server.port, "security": "none"}
            facts |= {"username": USERNAME, "password": PASSWORD, "recipients": frozenset({ANNA})}
            facts["linger_s"] = 60
            gate = SubmissionGate(sender=SOFIE, **facts)
            mails = [
                Submission(
                    (ANNA,),
                    f"From: {SOFIE}\r\nTo: {ANNA}\r\nMessage-ID: <{n}@x.example>\r\n\r\n.\r\n".encode(),
                    f"<{n}@x.example>",
                )
                for n in range(30)
            ]
            for mail in mails:
                assert (await gate.submit(mail)).outcome is Outcome.ACCEPTED
            await gate.close()
            other = SubmissionGate(sender="els@voorbeeld.example", **facts)
            reply = await other.submit(Submission((ANNA,), b"Subject: x\r\n\r\n", "<x@x.example>"))
            assert (reply.outcome, reply.about) == (Outcome.MISCONFIGURED, About.US)
            assert "not owned by user" in reply.text
            async with asyncio.timeout(30):
                while len(recorder.accepted) < len(mails):
                    await asyncio.sleep(0.1)
            assert server.log().count(": connect from ") == 3, (
                "the start's, one for thirty mails, the other sender's"
            )
            assert sorted(m.message_id for m in recorder.accepted) == sorted(m.message_id for m in mails)
            assert all(received.octets.endswith(b"\r\n\r\n.\r\n") for received in recorder.accepted)
        finally:
            await asyncio.to_thread(server.remove)
    record_property("torture", "submitted to Postfix on one connection: 30")
