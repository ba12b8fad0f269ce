"""Who may command: the secret, the address, and what the owner's own server found out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from delegator.core.commands.authority import Secret, may_ask_whose, named_secret
from delegator.core.commands.command import Grant, Verb
from delegator.core.handovers.known import Conversations
from delegator.core.mail.message import parse_message
from delegator.core.people import Backup, Owner
from delegator.core.rules.book import RuleBook, ToReview
from delegator.core.triage.triage import triage
from delegator.core.triage.verdict import Code, Disposition, Verdict

NOW = datetime(2026, 11, 17, 8, 0, tzinfo=UTC)
OWNER = Owner("Sofie", "sofie@voorbeeld.example", ("s@voorbeeld.example",), "nl", ZoneInfo("Europe/Brussels"))
ANNA = Backup(
    "anna", "Anna Peeters", "anna@voorbeeld.example", ("anna.p@voorbeeld.example",), (), "nl", "both"
)
BOOK = RuleBook(OWNER, {"anna": ANNA}, (), ToReview("normal"), "mx.voorbeeld.example")
OWNERS = Secret(Grant(Verb.DONE, None, (1,), NOW))
ANNAS = Secret(Grant(Verb.NOT_ME, "anna", (), NOW, conversation=1))
REVIEW = Secret(None)


def mail(sender: str = "Sofie <sofie@voorbeeld.example>", *fields: str, to: str = OWNER.address) -> bytes:
    lines = [f"From: {sender}", f"To: {to}", "Subject: dlg k JHAM7H55", *fields]
    return ("\r\n".join(lines) + "\r\n\r\nKlaar\r\n").encode()


def verdict(octets: bytes, known: Conversations) -> Verdict:
    return triage(parse_message(octets, arrived_at=NOW), BOOK, known, NOW)


def found(octets: bytes, secret: Secret | None = OWNERS, **more: object) -> tuple[Code, str]:
    known = replace(Conversations(secret=secret), **more)  # type: ignore[arg-type]
    each = verdict(octets, known)
    assert (each.disposition is Disposition.OWN) == (secret is not None)
    return each.code, each.detail if each.code is Code.COMMAND_REFUSED else ""


def test_the_owners_secret_from_the_owners_address() -> None:
    """From each of her addresses, whatever the case."""
    assert found(mail()) == (Code.COMMAND, "")
    assert found(mail("S@Voorbeeld.Example")) == (Code.COMMAND, "")


def test_without_a_secret_it_is_an_ordinary_message() -> None:
    """A guessed token, or one with a letter wrong: an item, like any other mail."""
    assert found(mail(), None) == (Code.OTHERWISE, "")


def test_from_another_address_it_is_held() -> None:
    """Until the owner has said that this address is hers."""
    assert found(mail("thief@elders.example")) == (Code.COMMAND_HELD, "")
    mine = frozenset({"sofie@prive.example"})
    assert found(mail("Sofie@prive.example"), command_addresses=mine) == (Code.COMMAND, "")


def test_yes_counts_from_the_address_that_was_asked_about() -> None:
    """Its secret was in the owner's mailbox only; from any other address it is held in turn."""
    yes = Secret(Grant(Verb.CONFIRM, None, (), NOW, question=1), asked="sofie@prive.example")
    assert found(mail("sofie@prive.example"), yes) == (Code.COMMAND, "")
    assert found(mail("thief@elders.example"), yes) == (Code.COMMAND_HELD, "")


def test_a_backups_secret_is_the_backups() -> None:
    """Neither a colleague nor the owner nor a client may use it."""
    assert found(mail("Anna <anna.p@voorbeeld.example>"), ANNAS) == (Code.COMMAND, "")
    for sender in (OWNER.address, "bram@voorbeeld.example", "jan@acme.example"):
        assert found(mail(sender), ANNAS) == (Code.COMMAND_REFUSED, "not_theirs")


def test_a_spent_secret_does_nothing() -> None:
    """From whatever address: the owner is not asked about it."""
    spent = replace(OWNERS, is_live=False)
    assert found(mail(), spent) == (Code.COMMAND_REFUSED, "spent")
    assert found(mail("thief@elders.example"), spent) == (Code.COMMAND_REFUSED, "spent")


FAILED = "Authentication-Results: mx.voorbeeld.example; dmarc=fail header.from=voorbeeld.example"
PASSED = "Authentication-Results: mx.voorbeeld.example; dmarc=pass header.from=voorbeeld.example"


def test_a_failed_authentication_refuses() -> None:
    """Beside a passing one too, and where it cannot be read; a foreign server's word counts for nothing."""
    assert found(mail(OWNER.address, FAILED)) == (Code.COMMAND_REFUSED, "failed")
    assert found(mail(OWNER.address, FAILED, PASSED)) == (Code.COMMAND_REFUSED, "failed")
    assert found(mail(OWNER.address, PASSED, FAILED)) == (Code.COMMAND_REFUSED, "failed")
    assert found(mail(OWNER.address, PASSED, "X-Between: x", FAILED)) == (Code.COMMAND, "")
    unreadable = PASSED.replace("dmarc=pass", "(dmarc=pass")
    assert found(mail(OWNER.address, unreadable)) == (Code.COMMAND_REFUSED, "failed")
    foreign = FAILED.replace("mx.voorbeeld.example;", "mx.elders.example;")
    assert found(mail(OWNER.address, foreign)) == (Code.COMMAND, "")


def test_what_the_owners_own_test_mail_draws_is_excused() -> None:
    """The same failure only."""
    assert found(mail(OWNER.address, FAILED), excused="dmarc=fail") == (Code.COMMAND, "")
    other = (Code.COMMAND_REFUSED, "failed")
    assert found(mail(OWNER.address, FAILED), excused="spf=fail, dkim=fail") == other


@pytest.mark.parametrize(
    ("sender", "fields"),
    [
        ("sofie@voorbeeld.example, thief@elders.example", ()),
        ("sofie@voorbeeld.example", ("From: thief@elders.example",)),
    ],
)
def test_two_senders_are_none(sender: str, fields: tuple[str, ...]) -> None:
    """One of them may be forged."""
    assert found(mail(sender, *fields)) == (Code.COMMAND_REFUSED, "no_sender")


def test_a_machine_commands_nothing() -> None:
    """The owner's own out-of-office answers a review, and must not start a conversation with it."""
    assert found(mail(OWNER.address, "Auto-Submitted: auto-replied"), REVIEW) == (
        Code.COMMAND_REFUSED,
        "automatic",
    )


def test_a_review_that_is_passed_on_is_no_reply_to_it() -> None:
    """The owner sends it to a colleague, with a copy to herself: mail programs name the review then."""
    passed_on = mail("sofie@voorbeeld.example", f"Cc: {OWNER.address}", to="bram@voorbeeld.example")
    assert verdict(passed_on, Conversations(secret=REVIEW)).code is Code.OTHERWISE


def test_where_a_secret_may_stand() -> None:
    """In the mail's own Subject or In-Reply-To; not in a mail attached to it, nor in its text."""
    attached = (
        b"From: a@elders.example\r\nTo: sofie@voorbeeld.example\r\nSubject: Fwd\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n'
        + mail("sofie@voorbeeld.example", "In-Reply-To: <review@voorbeeld.example>")
        + b"\r\n--x--\r\n"
    )
    assert named_secret(parse_message(attached)) == (None, None)
    assert named_secret(parse_message(mail())) == ("JHAM7H55", None)
    plain = b"From: a@b.example\r\nSubject: Re: x\r\n%s\r\n\r\ndlg k JHAM7H55\r\n"
    assert named_secret(parse_message(plain % b"In-Reply-To: <r@b.example>")) == (None, "<r@b.example>")
    assert named_secret(parse_message(plain % b"References: <r@b.example> <c@b.example>")) == (
        None,
        "<c@b.example>",
    )
    assert named_secret(parse_message(plain % b"In-Reply-To: <r@b.example> <c@b.example>")) == (None, None)


@pytest.mark.parametrize("value", ["no", "No (human sent)", "(by hand) no", "no; x=y"])
def test_a_command_that_says_it_is_no_machines(value: str) -> None:
    """Some mail programs write Auto-Submitted on what a person sends: the command is obeyed."""
    assert found(mail(OWNER.address, f"Auto-Submitted: {value}")) == (Code.COMMAND, "")


def test_a_stolen_secret_fills_no_inbox() -> None:
    """The owner is asked once about an address, and about no more than five at a time."""
    four = [f"{number}@elders.example" for number in range(4)]
    assert may_ask_whose("els@elders.example", four)
    assert not may_ask_whose("3@elders.example", four)
    assert not may_ask_whose("els@elders.example", [*four, "5@elders.example"])
