"""What becomes of a mail: the decision, by every guard and rule that may make it.

All in one file, as the decision is one function: guards, conversations, rules, afterthoughts.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.core.commands.authority import Secret
from delegator.core.handovers.known import Conversations, Handover, SentLetter
from delegator.core.mail.loop import LOOP_HEADER, loop_value
from delegator.core.mail.message import Address, Attachment, Bounce, Message
from delegator.core.people import Backup, Owner, Window
from delegator.core.rules.book import ForwardTo, Ignore, MakePrivate, Outcome, Rule, RuleBook, ToReview
from delegator.core.rules.conditions import Addresses, AllOf, AnyOf, Is, Keywords, Match, Not
from delegator.core.rules.patterns import compile_address, compile_keyword
from delegator.core.triage.triage import triage
from delegator.core.triage.verdict import REASON_CHARACTERS, Code, Disposition, Verdict, explain

NOW = datetime(2026, 12, 21, 10, tzinfo=UTC)
TODAY = Window(NOW - timedelta(hours=1), NOW + timedelta(hours=1))
TOMORROW = Window(NOW + timedelta(days=1), NOW + timedelta(days=2))
KEY = b"k" * 32
AUTHSERV = "mx.voorbeeld.example"
OWNER = Owner(
    "Sofie Janssens",
    "sofie@voorbeeld.example",
    ("sofie.janssens@voorbeeld.example",),
    "nl",
    ZoneInfo("Europe/Brussels"),
)


def backup(key: str, *away: Window) -> Backup:
    aliases = (f"{key}.alias@voorbeeld.example",)
    return Backup(key, key.title(), f"{key}@voorbeeld.example", aliases, away, "nl", "both")


BACKUPS = {each.key: each for each in (backup("anna"), backup("bram", TOMORROW), backup("carl", TODAY))}


def sent_by(pattern: str) -> AllOf:
    return AllOf((Addresses("from", (compile_address(pattern),)),))


def about(keyword: str) -> AllOf:
    return AllOf((Keywords("subject", (compile_keyword(keyword),)),))


KEY_ACCOUNTS = Rule("key accounts", sent_by("@acme.example"), ForwardTo(("anna",)))
OFFERS = Rule("offers", about("*offerte*"), ForwardTo(("carl", "bram", "anna")))
FAMILY = Rule("family", sent_by("@familie.example"), MakePrivate())
NEWSLETTERS = Rule("newsletters", AllOf((Is("bulk", True),)), ToReview("low"))
NORMAL = ToReview("normal")
NOISE = Rule("noise", sent_by("alerts@monitor.example"), Ignore())


def book(*rules: Rule, otherwise: Outcome = NORMAL, **changes: object) -> RuleBook:
    return replace(
        RuleBook(OWNER, BACKUPS, rules, otherwise, authserv_id=AUTHSERV),
        **changes,  # type: ignore[arg-type]
    )


BOOK = book(KEY_ACCOUNTS, OFFERS, NEWSLETTERS, NOISE, FAMILY)


def mail(sender: str = "jan@acme.example", subject: str = "Vraag", **changes: object) -> Message:
    return replace(
        Message(
            message_id="<1@acme.example>",
            from_=(Address("", sender),),
            from_fields=1,
            to=(Address("Sofie", OWNER.address),),
            subject=subject,
            return_path=sender,
            headers=(("from", sender),),
        ),
        **changes,  # type: ignore[arg-type]
    )


def headers(**values: str) -> tuple[tuple[str, str], ...]:
    return tuple((name.replace("_", "-").lower(), value) for name, value in values.items())


def decide(message: Message, rules: RuleBook = BOOK, known: Conversations | None = None) -> Verdict:
    return triage(message, rules, known or Conversations(loop_key=KEY), NOW)


# The rules


def test_the_first_rule_that_matches_decides() -> None:
    """And says what matched in it."""
    verdict = decide(mail(subject="Offerte"))
    assert verdict == Verdict(
        Disposition.FORWARD,
        Code.RULE,
        backup="anna",
        backups=("anna",),
        rule="key accounts",
        matches=(Match("from", "@acme.example", "jan@acme.example"),),
    )
    assert explain(verdict) == 'rule "key accounts": from jan@acme.example matches @acme.example'


def test_where_no_rule_matches_otherwise_decides() -> None:
    """With no rule's name."""
    verdict = decide(mail("x@other.example"))
    assert verdict == Verdict(Disposition.REVIEW, Code.OTHERWISE, priority="normal")
    assert explain(verdict) == "no rule matched"


@pytest.mark.parametrize(
    ("message", "disposition", "priority", "rule"),
    [
        (mail("alerts@monitor.example"), Disposition.IGNORE, None, "noise"),
        (
            mail("x@news.example", headers=headers(Precedence="bulk")),
            Disposition.REVIEW,
            "low",
            "newsletters",
        ),
        (mail("oma@familie.example"), Disposition.PRIVATE, None, "family"),
        (mail(OWNER.address, "Contactformulier"), Disposition.REVIEW, "normal", None),
        (mail("x@other.example", defects=("no boundary",)), Disposition.REVIEW, "normal", None),
        (mail(defects=("no boundary",)), Disposition.FORWARD, None, "key accounts"),
        (Message(), Disposition.REVIEW, "high", None),
    ],
)
def test_what_becomes_of_ordinary_mail(
    message: Message, disposition: Disposition, priority: str | None, rule: str | None
) -> None:
    """Mail from the owner is ordinary (contact forms write From = To), and so is mail with defects."""
    verdict = decide(message)
    assert (verdict.disposition, verdict.priority, verdict.rule) == (disposition, priority, rule)


def test_a_forward_goes_to_the_first_who_is_there() -> None:
    """Carl is away today, Bram only tomorrow; the chain is of those who are there."""
    verdict = decide(mail("x@other.example", "Offerte"))
    assert (verdict.backup, verdict.backups) == ("bram", ("bram", "anna"))
    known = Conversations(absent=frozenset({"bram"}))
    assert decide(mail("x@other.example", "Offerte"), known=known).backups == ("anna",)


def test_nobody_there_is_for_the_review() -> None:
    """High, with the rule's name and each one's reason."""
    known = Conversations(absent=frozenset({"bram", "anna"}))
    verdict = decide(mail("x@other.example", "Offerte"), known=known)
    assert (verdict.disposition, verdict.code, verdict.priority) == (
        Disposition.REVIEW,
        Code.NOBODY_THERE,
        "high",
    )
    assert (verdict.rule, verdict.backup, verdict.backups) == ("offers", None, ())
    assert explain(verdict) == (
        "nobody is there to forward it to (carl is away, bram answers automatically, "
        'anna answers automatically); rule "offers": subject "Offerte" matches *offerte*'
    )


def test_otherwise_may_forward() -> None:
    """It is an outcome like a rule's."""
    verdict = decide(mail("x@other.example"), book(otherwise=ForwardTo(("anna",))))
    assert (verdict.disposition, verdict.code, verdict.backup) == (
        Disposition.FORWARD,
        Code.OTHERWISE,
        "anna",
    )


# Guards

HANDOVER = Handover(7, "anna", frozenset({"jan@acme.example"}))
KNOWN = Conversations(
    ours={
        "<forward@voorbeeld.example>": HANDOVER,
        "<review@voorbeeld.example>": None,
        "<brief@voorbeeld.example>": None,
    },
    sent_to={
        "<forward@voorbeeld.example>": "anna",
        "<review@voorbeeld.example>": "",
        "<brief@voorbeeld.example>": "anna",
    },
    letters={"<brief@voorbeeld.example>": SentLetter("anna", True, NOW)},
    handovers={"<1@acme.example>": HANDOVER},
    loop_key=KEY,
)


def reply(sender: str, *to: str, **changes: object) -> Message:
    base = mail(sender, "Re: Vraag", message_id="<2@x.example>", in_reply_to=("<1@acme.example>",))
    return replace(base, to=tuple(Address("", each) for each in to), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "message",
    [
        mail(message_id="<review@voorbeeld.example>"),
        mail(message_id="<forward@voorbeeld.example>"),
        mail(headers=((LOOP_HEADER.lower(), loop_value(KEY, "<any@voorbeeld.example>")),)),
    ],
)
def test_our_own_mail_is_ours(message: Message) -> None:
    """By its Message-ID or its loop header, never by its From."""
    verdict = decide(message, known=KNOWN)
    assert verdict == Verdict(Disposition.OWN, Code.OURS)
    assert explain(verdict) == "our own mail, come back"


@pytest.mark.parametrize(
    ("bounce", "expected"),
    [
        (
            Bounce("failed", ("<forward@voorbeeld.example>",), ("anna@voorbeeld.example",)),
            Verdict(Disposition.OWN, Code.BOUNCE, conversation=7, detail="anna"),
        ),
        (
            Bounce("failed", ("<forward@voorbeeld.example>",), ("Anna.Alias@voorbeeld.example",)),
            Verdict(Disposition.OWN, Code.BOUNCE, conversation=7, detail="anna"),
        ),
        (
            Bounce("failed", ("<brief@voorbeeld.example>",), ("anna@voorbeeld.example",)),
            Verdict(Disposition.OWN, Code.BOUNCE, detail="anna"),
        ),
        (
            Bounce("failed", ("<forward@voorbeeld.example>",), ("bram@voorbeeld.example",)),
            Verdict(Disposition.REVIEW, Code.UNDELIVERED, "high", detail="bram@voorbeeld.example"),
        ),
        (
            Bounce("failed", ("<brief@voorbeeld.example>",), ("x@elders.example",)),
            Verdict(Disposition.REVIEW, Code.UNDELIVERED, "high", detail="x@elders.example"),
        ),
        (
            Bounce("failed", ("<forward@voorbeeld.example>",), ()),
            Verdict(Disposition.REVIEW, Code.UNDELIVERED, "high"),
        ),
        (
            Bounce("delayed", ("<x@x.example>", "<forward@voorbeeld.example>"), ()),
            Verdict(Disposition.OWN, Code.DELAYED, conversation=7),
        ),
        (
            Bounce("failed", ("<review@voorbeeld.example>",), ()),
            Verdict(Disposition.OWN, Code.BOUNCE),
        ),
        (
            Bounce("failed", ("<x@x.example>",), (), ("els@other.example",)),
            Verdict(Disposition.REVIEW, Code.EMPTY_REVERSE_PATH, "normal"),
        ),
        (
            Bounce("delayed", ("<x@x.example>",), ()),
            Verdict(Disposition.REVIEW, Code.EMPTY_REVERSE_PATH, "normal"),
        ),
        (
            Bounce("failed", ("<x@x.example>",), ("jan@acme.example",), (OWNER.aliases[0],)),
            Verdict(Disposition.REVIEW, Code.UNDELIVERED, "high", detail="jan@acme.example"),
        ),
        (Bounce("failed", (), ()), Verdict(Disposition.REVIEW, Code.UNDELIVERED, "high")),
    ],
)
def test_a_bounce_counts_where_it_names_a_mail_of_ours(bounce: Bounce, expected: Verdict) -> None:
    """A bounce of ours is filed, and what it means is done; one of the owner's is an item, high."""
    message = mail("mailer-daemon@voorbeeld.example", "Undelivered", bounce=bounce, return_path="")
    assert decide(message, known=KNOWN) == expected


def test_a_bounce_that_fails_authentication_is_no_evidence() -> None:
    """A daemon of the backup's own domain, says the sender; the owner's server says otherwise."""
    bounce = Bounce("failed", ("<forward@voorbeeld.example>",), ("anna@voorbeeld.example",))
    stated = headers(Authentication_Results=f"{AUTHSERV}; dmarc=fail header.from=voorbeeld.example")
    message = mail(
        "mailer-daemon@voorbeeld.example", "Undelivered", bounce=bounce, return_path="", headers=stated
    )
    expected = Verdict(Disposition.REVIEW, Code.AUTHENTICATION_FAILED, "high", detail="dmarc=fail")
    assert decide(message, known=KNOWN) == expected
    assert decide(message, known=replace(KNOWN, excused="dmarc=fail")).code is Code.BOUNCE


@pytest.mark.parametrize(
    ("sender", "named", "disposition", "code", "conversation"),
    [
        ("anna@voorbeeld.example", "<brief@voorbeeld.example>", Disposition.OWN, Code.AUTO_REPLY, None),
        ("anna@voorbeeld.example", "<forward@voorbeeld.example>", Disposition.OWN, Code.AUTO_REPLY, 7),
        ("anna@voorbeeld.example", "<1@acme.example>", Disposition.REVIEW, Code.NO_QUESTION, 7),
        ("bram@voorbeeld.example", "<forward@voorbeeld.example>", Disposition.REVIEW, Code.NO_QUESTION, 7),
    ],
)
def test_what_an_automatic_answer_proves(
    sender: str, named: str, disposition: Disposition, code: Code, conversation: int | None
) -> None:
    """To a brief: away. To a forward: that conversation alone. To what we did not send there: nothing."""
    message = replace(reply(sender, OWNER.address, is_auto_reply=True), in_reply_to=(named,))
    verdict = decide(message, known=KNOWN)
    assert (verdict.disposition, verdict.code, verdict.conversation) == (disposition, code, conversation)


@pytest.mark.parametrize(
    ("message", "disposition", "code"),
    [
        (reply("anna@voorbeeld.example", "Jan@acme.example"), Disposition.OWN, Code.ANSWER),
        (reply("Anna.Alias@voorbeeld.example", "jan@acme.example"), Disposition.OWN, Code.ANSWER),
        (reply("bram@voorbeeld.example", "jan@acme.example"), Disposition.OWN, Code.ANSWER),
        (
            reply("anna@voorbeeld.example", OWNER.address, cc=(Address("", "jan@acme.example"),)),
            Disposition.OWN,
            Code.ANSWER,
        ),
        (reply("anna@voorbeeld.example", OWNER.address), Disposition.REVIEW, Code.FROM_BACKUP),
        (reply("anna@voorbeeld.example", "x@acme.example"), Disposition.REVIEW, Code.FROM_BACKUP),
        (
            reply(
                "anna@voorbeeld.example",
                "jan@acme.example",
                headers=headers(Authentication_Results=f"{AUTHSERV}; dmarc=fail header.from=voorbeeld"),
            ),
            Disposition.REVIEW,
            Code.AUTHENTICATION_FAILED,
        ),
    ],
)
@pytest.mark.parametrize("named", ["<1@acme.example>", "<forward@voorbeeld.example>"])
def test_a_backups_mail_in_a_handover(
    message: Message, disposition: Disposition, code: Code, named: str
) -> None:
    """An answer has the originator in To or Cc and was written by a person; a person's other mail heads
    the review."""
    verdict = decide(replace(message, in_reply_to=(named,)), known=KNOWN)
    assert (verdict.disposition, verdict.code, verdict.conversation) == (disposition, code, 7)
    assert verdict.priority == ("high" if disposition is Disposition.REVIEW else None)


def test_a_colleagues_own_request_is_no_answer_to_itself() -> None:
    """Anna wrote, Bram has it: what she adds goes to Bram, though she is a backup."""
    handover = Handover(8, "bram", frozenset({"anna@voorbeeld.example"}))
    known = Conversations(handovers={"<1@acme.example>": handover})
    verdict = decide(reply("anna@voorbeeld.example", OWNER.address), known=known)
    assert (verdict.disposition, verdict.code, verdict.backup) == (
        Disposition.FORWARD,
        Code.CONVERSATION,
        "bram",
    )


def test_a_backups_mail_outside_a_handover_is_ordinary() -> None:
    """Colleagues write about other things too; and an answer to a review is not in a handover."""
    assert decide(mail("anna@voorbeeld.example"), known=KNOWN).code is Code.OTHERWISE
    answer = reply("anna@voorbeeld.example", OWNER.address, in_reply_to=("<review@voorbeeld.example>",))
    assert decide(answer, known=KNOWN).code is Code.OTHERWISE


@pytest.mark.parametrize("place", range(4))
def test_a_private_rule_wins_wherever_it_stands(place: int) -> None:
    """Over earlier rules, over a rule that lifts, and over a conversation."""
    others = [
        Rule("all", sent_by("*"), ForwardTo(("anna",)), lifts_private=True),
        Rule("low", about("/./"), ToReview("low")),
        NOISE,
    ]
    rules = book(*others[:place], FAMILY, *others[place:])
    message = reply("oma@familie.example", OWNER.address, is_encrypted=True)
    verdict = decide(message, rules, KNOWN)
    assert (verdict.disposition, verdict.code, verdict.rule) == (
        Disposition.PRIVATE,
        Code.PRIVATE_RULE,
        "family",
    )
    assert explain(verdict) == 'private by rule "family": from matches @familie.example'


SECRET = Secret(None)
RECEIPT = headers(Content_Type="multipart/report; report-type=disposition-notification")
ALARM = headers(Auto_Submitted="auto-generated")
LOW = (Disposition.REVIEW, Code.NO_QUESTION, "low", None)


def seen(verdict: Verdict) -> tuple[object, ...]:
    return verdict.disposition, verdict.code, verdict.priority, verdict.rule


def test_what_asks_nothing_is_not_forwarded() -> None:
    """By a rule, in a conversation, by `otherwise`, and where nobody is there: one line in the review."""
    receipt = mail(headers=RECEIPT)
    assert seen(decide(receipt)) == LOW
    assert explain(decide(receipt)) == "it asks nothing (a receipt)"
    in_handover = replace(receipt, in_reply_to=("<forward@voorbeeld.example>",))
    verdict = decide(in_handover, known=KNOWN)
    assert seen(verdict) == LOW
    assert verdict.conversation == 7
    assert (
        seen(decide(mail("x@other.example", is_auto_reply=True), book(otherwise=ForwardTo(("anna",))))) == LOW
    )
    away = book(Rule("carl", sent_by("@acme.example"), ForwardTo(("carl",))))
    assert seen(decide(receipt, away)) == LOW
    assert decide(mail(), away).code is Code.NOBODY_THERE


@pytest.mark.parametrize(
    ("condition", "is_forwarded"),
    [
        (AllOf((Is("auto", True),)), True),
        (AllOf((sent_by("@acme.example"), AnyOf((about("x"), Is("auto", True))))), True),
        (AllOf((Not(Is("auto", False)),)), True),
        (AllOf((sent_by("@acme.example"), Not(about("x")))), False),
    ],
)
def test_a_rule_that_names_machines_forwards_what_they_send(condition: AllOf, is_forwarded: bool) -> None:
    """`auto: true` holds for receipts, reactions and automatic answers."""
    verdict = decide(mail(is_auto_reply=True), book(Rule("machines", condition, ForwardTo(("anna",)))))
    assert (verdict.disposition is Disposition.FORWARD) is is_forwarded


def test_what_a_machine_sends_unasked_is_forwarded_as_the_rules_say() -> None:
    """An alarm, or the order of a shop."""
    assert decide(mail(headers=ALARM)).rule == "key accounts"


def test_what_asks_nothing_is_reviewed_private_or_ignored_as_the_rules_say() -> None:
    """Only a forward of it is held back."""
    assert decide(mail("oma@familie.example", headers=RECEIPT)).disposition is Disposition.PRIVATE
    assert decide(mail("x@other.example", headers=RECEIPT)).code is Code.OTHERWISE
    assert decide(mail("alerts@monitor.example", headers=RECEIPT)).disposition is Disposition.IGNORE


def declined(day: str, status: str = "DECLINED", method: str = "REPLY") -> Message:
    calendar = (
        f"BEGIN:VCALENDAR\nMETHOD:{method}\nBEGIN:VEVENT\nDTSTART:{day}T100000Z\nUID:1\n"
        f"ATTENDEE;PARTSTAT={status}:mailto:jan@acme.example\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    return mail(calendar=calendar)


def test_a_meeting_that_is_declined_in_the_absence_is_an_item() -> None:
    """Whatever the rules say of machines; outside the absence, or accepted, it is a line."""
    away = book(KEY_ACCOUNTS, away=(TODAY,))
    assert decide(declined("20261221"), away).priority == "normal"
    assert decide(declined("20261221", method="COUNTER"), away).priority == "normal"
    assert decide(declined("20270121"), away).priority == "low"
    assert decide(declined("20261221", "ACCEPTED"), away).priority == "low"
    assert decide(declined("20270121"), book(KEY_ACCOUNTS)).priority == "normal"
    for outcome in (Ignore(), ToReview("low")):
        machines = book(Rule("machines", AllOf((Is("auto", True),)), outcome), away=(TODAY,))
        assert decide(declined("20261221"), machines).priority == "normal"
        assert decide(declined("20261221", "ACCEPTED"), machines).rule == "machines"


@pytest.mark.parametrize(("is_reaction", "fields"), [(True, ALARM), (False, RECEIPT)])
def test_a_backups_receipt_or_reaction_is_neither_answer_nor_question(
    is_reaction: bool, fields: tuple[tuple[str, str], ...]
) -> None:
    """Also with the client among the recipients; the owner's own reaction neither."""
    for sender in ("anna@voorbeeld.example", OWNER.address):
        reaction = mail(
            sender,
            to=(Address("", "jan@acme.example"), Address("", OWNER.address)),
            in_reply_to=("<forward@voorbeeld.example>",),
            headers=fields,
            is_reaction=is_reaction,
        )
        verdict = decide(reaction, known=KNOWN)
        assert (verdict.disposition, verdict.code) == (Disposition.OWN, Code.NO_QUESTION)
        assert (
            decide(replace(reaction, is_reaction=False, headers=(("x", "y"),)), known=KNOWN).code
            is Code.ANSWER
        )


def test_an_automatic_answer_of_another_colleague_is_no_answer() -> None:
    """The client's question waits."""
    answer = mail(
        "piet@voorbeeld.example",
        to=(Address("", "jan@acme.example"),),
        in_reply_to=("<forward@voorbeeld.example>",),
    )
    assert decide(answer, known=KNOWN).code is Code.ANSWER
    assert seen(decide(replace(answer, is_auto_reply=True), known=KNOWN)) == LOW


def test_the_owners_reaction_to_a_review_is_no_command() -> None:
    """And no item; nor is one to another mail of ours."""
    reaction = mail(OWNER.address, is_reaction=True, in_reply_to=("<review@voorbeeld.example>",))
    for known in (replace(KNOWN, secret=SECRET), KNOWN):
        assert decide(reaction, known=known).code is Code.NO_QUESTION
        assert decide(reaction, known=known).disposition is Disposition.OWN
    assert (
        decide(replace(reaction, is_reaction=False), known=replace(KNOWN, secret=SECRET)).code is Code.COMMAND
    )


def test_no_rule_about_its_sender_forwards_mail_of_two_authors() -> None:
    """Under `not` neither: nobody can tell whether it comes from them. A rule about its words does."""
    both = mail(from_=(Address("", "jan@acme.example"), Address("", "els@acme.example")), subject="Offerte")
    for condition in (sent_by("@acme.example"), AllOf((Not(sent_by("@other.example")),))):
        assert decide(both, book(Rule("theirs", condition, ForwardTo(("anna",))))).code is Code.OTHERWISE
    assert decide(both, book(OFFERS)).rule == "offers"


def test_what_lifts_privacy_must_surely_hold() -> None:
    """A rule that may match leaves encrypted mail private."""
    lifting = Rule("lift", AllOf((Not(about("offerte")),)), ToReview("low"), lifts_private=True)
    encrypted = mail(is_encrypted=True)
    assert decide(encrypted, book(lifting)).disposition is Disposition.REVIEW
    attached = replace(encrypted, attached=(Message(subject="Offerte"),))
    assert decide(attached, book(lifting)).code is Code.PRIVATE_ENCRYPTED


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"is_encrypted": True}, Code.PRIVATE_ENCRYPTED),
        ({"headers": headers(Sensitivity="Personal")}, Code.PRIVATE_MARKED),
        ({"headers": headers(Sensitivity=" private ")}, Code.PRIVATE_MARKED),
        ({"headers": headers(Sensitivity="Company-Confidential")}, Code.RULE),
        ({"headers": headers(Sensitivity="Normal")}, Code.RULE),
    ],
)
def test_marked_and_encrypted_mail_is_private_unless_a_rule_lifts_that(
    changes: dict[str, object], code: Code
) -> None:
    """Any matching rule that says `private: false` does, though another one decides."""
    message = replace(mail(), **changes)  # type: ignore[arg-type]
    verdict = decide(message)
    assert (verdict.code, verdict.disposition) == (
        code,
        Disposition.FORWARD if code is Code.RULE else Disposition.PRIVATE,
    )
    lifting = Rule("lift", about("vraag"), ToReview("low"), lifts_private=True)
    assert decide(message, book(KEY_ACCOUNTS, lifting)).rule == "key accounts"
    elsewhere = Rule("lift", about("klacht"), ToReview("low"), lifts_private=True)
    assert decide(message, book(KEY_ACCOUNTS, elsewhere)).code is code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"headers": ((LOOP_HEADER.lower(), loop_value(b"other", "<x@x.example>")),)}, Code.LOOP),
        ({"headers": (("received", "from a by b"),) * 100}, Code.LOOP),
        ({"headers": (("received", "from a by b"),) * 99}, Code.RULE),
        ({"return_path": ""}, Code.EMPTY_REVERSE_PATH),
        ({"return_path": None}, Code.RULE),
    ],
)
def test_loops_and_machines_notices_go_to_the_review(changes: dict[str, object], code: Code) -> None:
    """Another delegator's forward is never forwarded again."""
    verdict = decide(replace(mail(), **changes))  # type: ignore[arg-type]
    assert verdict.code is code
    assert verdict.disposition is (Disposition.FORWARD if code is Code.RULE else Disposition.REVIEW)


# Conversations and afterthoughts


@pytest.mark.parametrize(
    "changes",
    [
        {"in_reply_to": ("<1@acme.example>",)},
        {"in_reply_to": (), "references": ("<0@x.example>", "<1@acme.example>", "<9@x.example>")},
        {"references": ("<forward@voorbeeld.example>", "<9@x.example>"), "in_reply_to": ("<9@x.example>",)},
    ],
)
def test_a_conversation_stays_with_its_backup(changes: dict[str, object]) -> None:
    """Whatever the rules say of this mail, and by whichever Message-ID it is joined."""
    message = reply("alerts@monitor.example", OWNER.address, **changes)
    verdict = decide(message, known=KNOWN)
    assert verdict == Verdict(
        Disposition.FORWARD, Code.CONVERSATION, backup="anna", backups=("anna",), conversation=7
    )
    assert explain(verdict) == "in a conversation that anna already has"


def test_a_conversation_whose_backup_has_left_goes_to_the_review() -> None:
    """High, so that it is not asked of a second person behind the first one's back."""
    known = replace(KNOWN, absent=frozenset({"anna"}))
    verdict = decide(reply("jan@acme.example", OWNER.address), known=known)
    assert (verdict.code, verdict.priority, verdict.conversation, verdict.rule) == (
        Code.NOBODY_THERE,
        "high",
        7,
        None,
    )
    assert decide(reply("jan@acme.example"), book(backups={}), KNOWN).code is Code.NOBODY_THERE


@pytest.mark.parametrize("message", [mail(), reply("jan@acme.example", OWNER.address)])
def test_a_forward_whose_sender_failed_goes_to_the_review(message: Message) -> None:
    """As the owner's server says it; without the server's name it has no effect."""
    failing = replace(
        message, headers=headers(Authentication_Results=f"{AUTHSERV}; dmarc=fail header.from=acme.example")
    )
    verdict = decide(failing, known=KNOWN)
    assert (verdict.disposition, verdict.code, verdict.priority, verdict.detail) == (
        Disposition.REVIEW,
        Code.AUTHENTICATION_FAILED,
        "high",
        "dmarc=fail",
    )
    assert (verdict.backup, verdict.backups) == (None, ())
    assert decide(failing, replace(BOOK, authserv_id=None), KNOWN).disposition is Disposition.FORWARD


# The reason

EVERY_MATCH = st.builds(
    Match,
    st.sampled_from(["from", "subject", "bulk", "header X"]),
    st.text(max_size=300),
    st.text(max_size=300),
)


@given(
    st.builds(
        Verdict,
        disposition=st.sampled_from(Disposition),
        code=st.sampled_from(Code),
        priority=st.none(),
        rule=st.none() | st.text(max_size=500),
        matches=st.lists(EVERY_MATCH, max_size=4).map(tuple),
        detail=st.text(max_size=500),
    )
)
@settings(max_examples=80, deadline=None)
def test_every_verdict_has_a_reason_of_one_bounded_line(verdict: Verdict) -> None:
    """Whatever a mail or a rule's name holds."""
    reason = explain(verdict)
    assert reason
    assert len(reason) <= REASON_CHARACTERS
    assert reason.isprintable()
    reason.encode("utf-8")


def test_reasons_tell_every_part_that_matched() -> None:
    """In the order of the rule."""
    rule = Rule(
        "quality",
        AllOf(
            (
                AnyOf((about("klacht"), AllOf((Keywords("body", (compile_keyword("defect*"),)),)))),
                Is("direct", True),
                Not(Is("bulk", True)),
            )
        ),
        ForwardTo(("anna",)),
    )
    verdict = decide(mail(text="Alles is defecte rommel"), book(rule))
    assert explain(verdict) == (
        'rule "quality": body "defecte" matches defect* and direct (the owner alone in To)'
    )
    only_not = Rule("rest", AllOf((Not(Is("bulk", True)),)), ToReview("low"))
    assert explain(decide(mail(), book(only_not))) == 'rule "rest": all of it holds'


def test_every_code_has_its_sentence() -> None:
    """The closed list is closed on both sides."""
    sentences = {explain(Verdict(Disposition.REVIEW, code)) for code in Code}
    assert len(sentences) == len(Code)


# What holds for all mail

IDS = st.sampled_from(
    ["<1@acme.example>", "<forward@voorbeeld.example>", "<review@voorbeeld.example>", "<0@x>"]
)
ADDRESSES = st.builds(
    Address,
    st.text(max_size=5),
    st.sampled_from(["jan@acme.example", "anna@voorbeeld.example", OWNER.address, "oma@familie.example"])
    | st.text(min_size=1, max_size=20),
)
HEADER_NAMES = ["list-id", "list-post", "list-unsubscribe", "precedence", "auto-submitted", "sensitivity"]
HEADERS = st.tuples(
    st.sampled_from([*HEADER_NAMES, "received", "x-loop-check", "authentication-results"]),
    st.sampled_from(["bulk", "Private", "auto-replied", f"{AUTHSERV}; dmarc=fail", "<x.voorbeeld.example>"])
    | st.text(max_size=20),
)


def few(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(strategy, max_size=2).map(tuple)


MESSAGES = st.builds(
    Message,
    message_id=st.none() | IDS,
    in_reply_to=few(IDS),
    references=few(IDS),
    from_=few(ADDRESSES),
    from_fields=st.integers(0, 2),
    to=few(ADDRESSES),
    cc=few(ADDRESSES),
    delivered_to=few(st.text(max_size=10)),
    original_from=few(ADDRESSES),
    return_path=st.none() | st.sampled_from(["", "jan@acme.example"]),
    subject=st.sampled_from(["Offerte", "Vraag"]) | st.text(max_size=20),
    size_octets=st.integers(0, 10**9),
    headers=few(HEADERS),
    text=st.text(max_size=40),
    attachments=few(st.builds(Attachment, st.text(max_size=9), st.just("text/plain"))),
    is_encrypted=st.booleans(),
    bounce=st.none()
    | st.builds(Bounce, st.sampled_from(["failed", "delayed"]), few(IDS), few(st.text(max_size=9))),
    is_auto_reply=st.booleans(),
)


@given(MESSAGES)
@settings(max_examples=75, deadline=None)
def test_every_message_gets_one_sound_verdict(message: Message) -> None:
    """No exception, the same again, and each field set where it means something and nowhere else."""
    verdict = decide(message, known=KNOWN)
    assert verdict == decide(message, known=KNOWN)
    assert (verdict.priority is not None) == (verdict.disposition is Disposition.REVIEW)
    assert (verdict.backup is not None) == (verdict.disposition is Disposition.FORWARD)
    assert verdict.backups[:1] == ((verdict.backup,) if verdict.backup else ())
    assert explain(verdict)


@given(MESSAGES, st.permutations(BOOK.rules))
@settings(max_examples=75, deadline=None)
def test_mail_that_a_private_rule_matches_is_never_forwarded(message: Message, rules: list[Rule]) -> None:
    """In any order of the rules; a private message is never shown either, but for our own guards."""
    verdict = decide(message, book(*rules), KNOWN)
    if message.originator and message.originator.address == "oma@familie.example":
        guards = {Code.OURS, Code.BOUNCE, Code.DELAYED, Code.UNREADABLE}
        assert verdict.disposition is Disposition.PRIVATE or verdict.code in guards


def test_nothing_at_all_is_an_item_that_says_so() -> None:
    """Before anything else is asked: a mail that cannot be read would match no private rule either."""
    assert decide(Message()) == Verdict(Disposition.REVIEW, Code.UNREADABLE, priority="high")
    assert decide(Message(headers=(("subject", ""),))).code is Code.OTHERWISE


@pytest.mark.parametrize(("more", "code"), [(0, Code.RULE), (1, Code.TOO_LARGE)])
def test_a_mail_over_64_mib_is_not_forwarded(more: int, code: Code) -> None:
    """It could not be carried whole: it heads the review instead, with the rule that wanted it."""
    verdict = decide(mail(size_octets=64 * 1024 * 1024 + more))
    assert (verdict.code, verdict.rule) == (code, "key accounts")
    if code is Code.TOO_LARGE:
        assert (verdict.disposition, verdict.priority, verdict.detail) == (
            Disposition.REVIEW,
            "high",
            "64 MiB",
        )
        assert (verdict.backup, verdict.backups) == (None, ())


def test_what_authentication_keeps_back_is_asked_nothing_more() -> None:
    """The first afterthought that keeps a forward is the reason that is told."""
    failing = mail(headers=headers(Authentication_Results=f"{AUTHSERV}; dmarc=fail"), size_octets=10**9)
    assert decide(failing).code is Code.AUTHENTICATION_FAILED


def test_a_mail_too_large_to_be_taken_up_whole_is_not_forwarded() -> None:
    """It would be cut: the owner reads that it came, and how large it is; up to 64 MiB it is forwarded."""
    largest = 64 * 1024 * 1024
    assert decide(mail(size_octets=largest)).disposition is Disposition.FORWARD
    verdict = decide(mail(size_octets=largest + 1))
    assert (verdict.disposition, verdict.priority) == (Disposition.REVIEW, "high")
    assert (verdict.code, verdict.detail) == (Code.TOO_LARGE, "64 MiB")


def test_a_question_from_an_unknown_address_is_private_if_a_rule_says_so() -> None:
    """It answers our forward, but nobody knows that it is a backup's: what it says is not shown."""
    asking = mail("oma@familie.example", references=("<forward@voorbeeld.example>",), subject="Zeg")
    assert decide(replace(asking, to=()), known=KNOWN).code is Code.PRIVATE_RULE
    unknown = mail("x@elders.example", references=("<forward@voorbeeld.example>",), subject="Zeg")
    assert decide(replace(unknown, to=()), known=KNOWN).code is Code.FROM_BACKUP


def test_any_one_thing_that_is_known_tells_the_conversation() -> None:
    """A mail in a handover, one of ours, or an open handover with the subject."""
    answer = mail(subject="Re: Vraag", in_reply_to=("<before@acme.example>",))
    without = mail(subject="Re: Vraag")
    for message, known in (
        (answer, Conversations(handovers={"<before@acme.example>": HANDOVER})),
        (answer, Conversations(ours={"<before@acme.example>": HANDOVER})),
        (without, Conversations(similar=(HANDOVER,))),
    ):
        assert decide(message, known=known).conversation == HANDOVER.id
