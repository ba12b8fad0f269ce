"""Conditions that need more than the beginning of a mail, on real servers: live and dry run alike."""

from __future__ import annotations

import asyncio
import email.policy
import json
import os
from email.message import EmailMessage

import pytest
from click.testing import CliRunner

from delegator.cli.main import cli
from delegator.core.mail.message import TRIAGE_OCTETS
from tests.holiday import MONDAY, RULES, Holiday, write_mail

pytestmark = pytest.mark.dovecot

ANNA = "anna@voorbeeld.example"


def with_rules(*rules: str, besides: str = "") -> str:
    """The usual configuration with other rules, as a template of `Holiday`."""
    written = "rules:\n" + "".join(f"  - {rule}\n" for rule in rules) + besides
    return RULES[: RULES.index("rules:")] + written.replace("{", "{{").replace("}", "}}")


def large_mail(subject: str, *, filename: str, content_type: str = "application/pdf") -> bytes:
    """A mail whose last attachment begins far behind what is usually looked at."""
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = "jan@acme.example", "sofie@voorbeeld.example", subject
    mail["Message-ID"] = f"<{subject}@acme.example>"
    mail.set_content("Zie bijlage.")
    kind = content_type.split("/")
    mail.add_attachment(bytes(range(256)) * (TRIAGE_OCTETS // 200), "image", "png", filename="plan.png")
    mail.add_attachment(b"x", *kind, filename=filename)
    return mail.as_bytes()


async def test_an_attachment_counts_wherever_it_stands(away: Holiday) -> None:
    """Behind hundreds of kilobytes, in the mailbox and in files, live and in a dry run."""
    away.rules = with_rules(
        "{name: drawings, when: {attachment: [bestek]}, forward: anna}",
        "{name: meetings, when: {invite: true}, forward: bram}",
    )
    mails = {
        "tekening": large_mail("tekening", filename="Bestek 2026.pdf"),
        "vergadering": large_mail("vergadering", filename="x.ics", content_type="text/calendar"),
        "andere": large_mail("andere", filename="andere.pdf"),
    }
    (away.folder / "mail").mkdir(parents=True)
    for name, octets in mails.items():
        away.imap.deliver(octets, arrived_at=MONDAY)
        (away.folder / "mail" / f"{name}.eml").write_bytes(octets)
    away.configure()
    words = ["dry-run", "--json", "-c", str(away.config_path)]
    on_the_server = await asyncio.to_thread(CliRunner().invoke, cli, [*words, "--days", "3650"])
    in_files = CliRunner().invoke(cli, [*words, str(away.folder / "mail")])
    for result in (on_the_server, in_files):
        assert result.exit_code == 0
        decided = {each["subject"]: each["rule"] for each in json.loads(result.stdout)["messages"]}
        assert decided == {"tekening": "drawings", "vergadering": "meetings", "andere": None}
    assert await away.once()
    assert sorted(mail["Subject"] for mail in away.accepted()) == ["tekening", "vergadering"]


async def test_an_answer_to_the_owners_own_mail_is_a_reply(away: Holiday) -> None:
    """Whatever the owner wrote into this mailbox by hand makes what answers it a reply."""
    away.rules = with_rules("{name: mine, when: {reply: true}, forward: anna}")
    own = write_mail("Sofie Janssens <sofie.janssens@voorbeeld.example>", "Plan", Message_ID="<1@v.example>")
    away.imap.deliver(own, arrived_at=MONDAY)
    away.imap.deliver(write_mail(subject="RE: Plan", In_Reply_To="<1@v.example>"), arrived_at=MONDAY)
    away.imap.deliver(write_mail(subject="Nieuw"), arrived_at=MONDAY)
    assert await away.once()
    assert [mail["Subject"] for mail in away.accepted(ANNA)] == ["RE: Plan"]


async def test_a_list_is_read_again_while_the_daemon_runs(away: Holiday) -> None:
    """A client who is added counts from the next look on; a list that is lost stays, and status says so."""
    rule = "{name: clients, when: {from: {list: clients}}, forward: anna}"
    away.rules = with_rules(rule, besides="lists: {clients: clients.csv}\n")
    clients = away.folder / "clients.csv"
    away.folder.mkdir()
    clients.write_text("e-mail\nan@first.example\n")
    service = await away.start()
    await away.until(lambda: "Delegator/Forwarded" in away.imap.mailboxes())

    async def look() -> None:
        before = service.config.lists
        away.imap.deliver(write_mail("x@elders.example"), arrived_at=MONDAY)
        await away.until(lambda: service.config.lists != before)

    clients.write_text("e-mail\nan@first.example\njan@acme.example\n")
    await look()
    away.imap.deliver(write_mail(subject="een"), arrived_at=MONDAY)
    await away.until(lambda: away.accepted(ANNA))
    os.remove(clients)
    await look()
    away.imap.deliver(write_mail(subject="twee"), arrived_at=MONDAY)
    await away.until(lambda: len(away.accepted(ANNA)) == 2)
    (problem,) = (await service.status()).problems
    assert 'the list "clients" is used as it was read before' in problem
    clients.write_text("e-mail\nnieuw@acme.example\n")
    await look()
    away.imap.deliver(write_mail("nieuw@acme.example", "drie"), arrived_at=MONDAY)
    await away.until(lambda: len(away.accepted(ANNA)) == 3)
    assert (await service.status()).problems == ()
