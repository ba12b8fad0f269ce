"""What is written down for a message, and what follows from it: one value, before anything is done."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from delegator.core.commands.command import Verb
from delegator.core.handovers.codes import Code, Disposition
from delegator.core.handovers.conversation import Answered, HandedOver, Joined, SentBack
from delegator.core.handovers.known import Conversations, Handover, SentLetter
from delegator.core.handovers.presence import BackupCommand
from delegator.core.mail.loop import loop_value
from delegator.core.mail.message import Address, Message, parse_message
from delegator.core.people import Backup, Owner, Window
from delegator.core.reviews.follows import (
    OLD,
    TakenUp,
    is_over,
    stays_in_inbox,
    takes_its_place,
    unreadable,
    what_follows,
    when_arrived,
    whose_in_sent,
)
from delegator.core.reviews.to_do import CUT, NEW_CHARACTERS
from delegator.core.reviews.traits import NO_TRAITS
from delegator.core.rules.book import ForwardTo, Ignore, Rule, RuleBook, ToReview
from delegator.core.rules.conditions import AllOf
from delegator.core.triage.verdict import Verdict

NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Brussels")
OWNER = Owner("Sofie Janssens", "sofie@voorbeeld.example", (), "nl", ZONE)
BACKUPS = {
    key: Backup(key, key.title(), f"{key}@voorbeeld.example", (), (), "nl", "both", timezone=ZONE)
    for key in ("anna", "bram")
}
RULES = (
    Rule("orders", AllOf(()), ForwardTo(("anna", "bram"))),
    Rule("noise", AllOf(()), Ignore()),
)
BOOK = RuleBook(OWNER, BACKUPS, RULES, ToReview("normal"))
TO_BRAM = Verdict(Disposition.FORWARD, Code.RULE, backup="bram", backups=("bram",), rule="orders")
REVIEW = Verdict(Disposition.REVIEW, Code.OTHERWISE, priority="normal")


def mail(text: str = "Dag Sofie,\n\nKan dit?\n", *fields: str, sender: str = "jan@acme.example") -> Message:
    lines = (f"From: Jan <{sender}>", "To: sofie@voorbeeld.example", "Subject: Bestelling 7", *fields)
    head = "\r\n".join(("Message-ID: <1@acme.example>", *lines))
    return parse_message(f"{head}\r\n\r\n{text}".encode(), arrived_at=NOW)


def follows(
    message: Message,
    verdict: Verdict,
    known: Conversations | None = None,
    original: bytes | None = None,
) -> TakenUp:
    return what_follows(
        message, verdict, known or Conversations(), BOOK, NOW, original=original, has_folders=True
    )


def test_of_a_private_mail_nothing_is_kept() -> None:
    """That there is one: not its subject, its sender, its text or what matched in it."""
    verdict = Verdict(Disposition.PRIVATE, Code.PRIVATE_RULE, rule="family", detail="geheim")
    taken = follows(mail(), verdict)
    assert taken.disposition is Disposition.PRIVATE
    assert (taken.subject, taken.sender, taken.excerpt, taken.attachments) == ("", Address("", ""), "", ())
    assert (taken.reason, taken.matched, taken.detail, taken.traits) == ("", "", "", NO_TRAITS)
    assert taken.text_characters == 0
    assert taken.event is None, "an answer to it does not lead to it"
    assert taken.file_to is None, "it stays in INBOX"


def test_what_is_not_kept_of_a_long_mail_shows() -> None:
    """Wherever its new text stands."""
    text = "Een zin van een lange mail, en nog een.\n" * 300
    taken = follows(mail(text), REVIEW)
    assert len(text) > NEW_CHARACTERS
    assert taken.new.endswith(f"\n{CUT}")
    assert CUT not in follows(mail(text[:4_000]), REVIEW).new


def test_what_a_review_shows() -> None:
    taken = follows(mail(), REVIEW)
    assert (taken.subject, taken.sender) == ("Bestelling 7", Address("Jan", "jan@acme.example"))
    assert taken.excerpt
    assert taken.text_characters > 0
    assert taken.reason == "no rule matched"
    assert isinstance(taken.event, Joined)


@pytest.mark.parametrize("disposition", list(Disposition))
def test_what_is_moved_at_once(disposition: Disposition) -> None:
    """Ignored and own mail goes to Done; nothing that asks for a receipt is moved at all."""
    verdict = Verdict(disposition, Code.RULE, backup="anna", backups=("anna",))
    is_filed = disposition in (Disposition.IGNORE, Disposition.OWN)
    assert follows(mail(), verdict).file_to == ("Delegator/Done" if is_filed else None)
    asking = mail("Dag\n", "Disposition-Notification-To: jan@acme.example")
    assert asking.asks_for_receipt
    assert follows(asking, verdict).file_to is None
    without_folders = what_follows(mail(), verdict, Conversations(), BOOK, NOW)
    assert without_folders.file_to is None


def test_a_forward_by_a_rule() -> None:
    """The chain is the rule's, as configured; the original is kept, and is to be sent at once."""
    taken = follows(mail(), TO_BRAM, original=b"whole")
    event = taken.event
    assert isinstance(event, HandedOver)
    assert (event.backups, event.chain, event.mail.is_kept) == (("bram",), ("anna", "bram"), True)
    assert (event.is_paced, event.is_follow_up, event.quotes_answer) == (False, False, False)
    assert taken.original == b"whole"
    assert taken.excerpt, "where nobody takes it, it becomes an item"
    shadow = follows(mail(), TO_BRAM).event
    assert isinstance(shadow, HandedOver)
    assert not shadow.mail.is_kept


def test_what_is_old_waits_its_turn() -> None:
    """More than four hours, not four."""
    for age, is_paced in ((OLD, False), (OLD + timedelta(seconds=1), True)):
        event = follows(replace(mail(), arrived_at=NOW - age), TO_BRAM).event
        assert isinstance(event, HandedOver)
        assert event.is_paced == is_paced


def test_a_client_who_quotes_the_answer() -> None:
    """A mail that answers one of Bram's, which we never saw, shows that he has written."""
    handover = Handover(7, "bram", frozenset({"jan@acme.example"}))
    known = Conversations(handovers={"<0@acme.example>": handover})
    verdict = Verdict(
        Disposition.FORWARD, Code.CONVERSATION, backup="bram", backups=("bram",), conversation=7
    )
    answers = mail("Dank!\n", "References: <0@acme.example> <x@voorbeeld.example>")
    event = follows(answers, verdict, known).event
    assert isinstance(event, HandedOver)
    assert (event.quotes_answer, event.is_follow_up, event.chain) == (True, True, ())
    by_rule = follows(answers, TO_BRAM, known).event
    assert isinstance(by_rule, HandedOver)
    assert not by_rule.quotes_answer


def test_a_backup_is_there_or_a_machine_is() -> None:
    """A person's mail shows that they are; where their authentication failed it shows nothing."""
    by_bram = mail(sender="bram@voorbeeld.example")
    answer = Verdict(Disposition.OWN, Code.ANSWER, conversation=7, detail="bram")
    assert follows(by_bram, answer).said == ("bram", "human")
    assert isinstance(follows(by_bram, answer).event, Answered)
    to_forward = replace(answer, code=Code.AUTO_REPLY)
    assert follows(by_bram, to_forward).said is None, "nothing of other conversations"
    assert follows(by_bram, replace(to_forward, conversation=None)).said == ("bram", "automatic")
    for code, why in ((Code.AUTO_REPLY, "automatic"), (Code.BOUNCE, "bounce"), (Code.NOT_ME, "not_me")):
        event = follows(by_bram, replace(answer, code=code)).event
        assert isinstance(event, SentBack)
        assert (event.backup, event.why) == ("bram", why)
    assert follows(by_bram, replace(answer, code=Code.AUTHENTICATION_FAILED)).said is None
    machine = mail("Weg.\n", "Auto-Submitted: auto-replied", sender="bram@voorbeeld.example")
    assert follows(machine, REVIEW).said is None
    assert follows(mail(), REVIEW).said is None, "a client's says nothing of a backup"


BACKUP_REPLY = Verdict(Disposition.OWN, Code.BACKUP_REPLY, detail="bram")


def said(text: str, letter: SentLetter, verdict: Verdict = BACKUP_REPLY) -> tuple[BackupCommand, ...]:
    known = Conversations(letters={"<letter@voorbeeld.example>": letter})
    reply = mail(text, "In-Reply-To: <letter@voorbeeld.example>", sender="bram@voorbeeld.example")
    return follows(reply, verdict, known).commands


def test_the_words_of_a_backup_come_with_their_mail() -> None:
    """To an overview: numbers say which; without any all of them; what it does not hold is nothing."""
    overview = SentLetter("bram", False, NOW, items=(31, 32))
    assert said("1 beantwoord\n2 niet ik\n", overview) == (
        BackupCommand("bram", Verb.ANSWERED, 31),
        BackupCommand("bram", Verb.NOT_ME, 32),
    )
    assert said("niet ik\n", overview) == tuple(BackupCommand("bram", Verb.NOT_ME, id_) for id_ in (31, 32))
    assert said("3 niet ik\n", overview) == ()
    assert said("niet ik\n", overview, REVIEW) == (), "only where triage took it for words"


def test_the_words_to_a_brief() -> None:
    brief = SentLetter("bram", True, NOW)
    assert said("ok\n", brief) == (BackupCommand("bram", Verb.THERE),)
    [order] = said("niet van 17/11 tot 18/11\n", brief)
    assert order.verb is Verb.NOT_FROM_TO
    [window] = order.away
    assert window.from_at == datetime(2026, 11, 17, tzinfo=ZONE)
    assert window.until_at == datetime(2026, 11, 19, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("code", "state", "detail"),
    [
        (Code.COMMAND, "pending", ""),
        (Code.COMMAND_HELD, "held", ""),
        (Code.COMMAND_REFUSED, "refused", "spent"),
    ],
)
def test_a_command_is_written_down_as_one(code: Code, state: str, detail: str) -> None:
    tap = replace(mail("tekst\n"), subject="dlg k JHAM7H55")
    taken = follows(tap, Verdict(Disposition.OWN, code, detail="spent"))
    command = taken.command
    assert command is not None
    assert (command.way, command.token) == ("button", "JHAM7H55")
    assert (command.state, command.detail) == (state, detail)
    assert (command.sender, command.text) == ("jan@acme.example", "tekst\n")
    reply = follows(mail("1 ok\n", "In-Reply-To: <r@voorbeeld.example>"), Verdict(Disposition.OWN, code))
    assert reply.command is not None
    assert (reply.command.way, reply.command.answered) == ("reply", "<r@voorbeeld.example>")
    assert reply.event is None


def test_what_could_not_be_read_is_an_item() -> None:
    taken = unreadable(Message(arrived_at=NOW), NOW)
    assert (taken.disposition, taken.code, taken.priority) == (Disposition.REVIEW, Code.UNREADABLE, "high")
    assert isinstance(taken.event, Joined)


def test_whose_mail_lies_in_sent() -> None:
    """What we submitted is ours, by its Message-ID or by its loop header; a list's mail is nobody's."""
    by_hand = mail(sender="Sofie@Voorbeeld.example")
    owners = OWNER.normal_addresses
    assert whose_in_sent(by_hand, Conversations(), owners) == "owners"
    assert whose_in_sent(by_hand, Conversations(ours={"<1@acme.example>": None}), owners) == "ours"
    value = loop_value(b"key", "<0@voorbeeld.example>")
    renamed = mail("Dag\n", f"X-Loop-Check: {value}", sender="sofie@voorbeeld.example")
    assert whose_in_sent(renamed, Conversations(loop_key=b"key"), owners) == "ours"
    assert whose_in_sent(renamed, Conversations(loop_key=b"other"), owners) == "owners"
    assert whose_in_sent(mail(), Conversations(), owners) == "other"
    assert whose_in_sent(Message(), Conversations(), owners) == "other"


def test_when_the_absence_begins_for_mail() -> None:
    """At its first moment; where the server does not say when, it is of the absence."""
    away, second = Window(NOW, NOW + timedelta(days=9)), timedelta(seconds=1)
    brief_at = NOW - timedelta(days=2)
    assert when_arrived(NOW, away, brief_at) == "away"
    assert when_arrived(None, away, brief_at) == "away"
    assert when_arrived(NOW - second, away, brief_at) == "briefed"
    assert when_arrived(brief_at, away, brief_at) == "briefed"
    assert when_arrived(brief_at - second, away, brief_at) == "before"


def test_what_could_not_be_read_is_taken_up_when_it_can_be() -> None:
    """Once, and not after the owner has decided about it; any other mail is taken up but once."""
    assert takes_its_place(Code.UNREADABLE, False, Code.RULE)
    assert not takes_its_place(Code.UNREADABLE, True, Code.RULE)
    assert not takes_its_place(Code.UNREADABLE, False, Code.UNREADABLE)
    assert not takes_its_place(Code.RULE, False, Code.OTHERWISE)


def test_how_long_our_mails_lie_in_inbox() -> None:
    """A review, and what we ask or could not do, until the next review; any other is filed at once."""
    kinds = ("review", "answer", "forward", "brief", "overview", "cover", "alert", None)
    assert [kind for kind in kinds if stays_in_inbox(kind)] == ["review", "answer"]
    assert [kind for kind in kinds if is_over(kind, "review")] == ["review", "answer"]
    assert [kind for kind in kinds if is_over(kind, "answer")] == []
