"""What is an answer and what is none; the same functions on values."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delegator.core.handovers.codes import Code, Disposition
from delegator.core.handovers.known import Conversations, Handover
from delegator.core.mail.message import Address, Attachment, Message
from tests.core.triage.test_triage import AUTHSERV, HANDOVER, NOW, OWNER, decide, headers, mail

CLIENT, STRANGER, ANNA = "jan@acme.example", "anna@prive.example", "anna@voorbeeld.example"
FIRST, SECOND = "<forward1@voorbeeld.example>", "<forward2@voorbeeld.example>"
JANS = replace(HANDOVER, originators=frozenset({CLIENT}), subject="bestelling 7", asked_at=NOW)
KNOWN = Conversations(
    ours={FIRST: JANS, SECOND: JANS},
    handovers={FIRST: JANS, SECOND: JANS, "<een@acme.example>": JANS, "<twee@acme.example>": JANS},
    forwarded={FIRST: NOW - timedelta(hours=2), SECOND: NOW - timedelta(hours=1)},
)


def said(sender: str, *to: str, text: str = "Dag Jan, dat kan.", **changes: Any) -> Message:
    return mail(
        sender,
        "Re: Bestelling 7",
        message_id="<n@x.example>",
        to=tuple(Address("", each) for each in to),
        text=text,
        arrived_at=NOW + timedelta(hours=1),
        **changes,
    )


@pytest.mark.parametrize("sender", [ANNA, STRANGER, "piet@voorbeeld.example"])
@pytest.mark.parametrize(
    "names",
    [
        {"in_reply_to": (FIRST,)},
        {"references": ("<een@acme.example>", FIRST)},
        {"in_reply_to": (FIRST,), "references": (SECOND, FIRST)},
    ],
)
def test_who_answers_our_forward_answers_it_and_what_came_before(sender: str, names: dict[str, Any]) -> None:
    """From any address, with the client among the recipients: never what came later."""
    answer = replace(said(sender, CLIENT, OWNER.address), **names)
    verdict = decide(answer, known=KNOWN)
    assert (verdict.code, verdict.conversation) == (Code.ANSWER, JANS.id)
    assert verdict.until == KNOWN.forwarded[FIRST]


def test_an_answer_of_a_backup_to_the_clients_mail_is_one_to_all() -> None:
    """It stands in the conversation, below no forward of ours."""
    verdict = decide(said(ANNA, CLIENT, in_reply_to=("<een@acme.example>",)), known=KNOWN)
    assert (verdict.code, verdict.until) == (Code.ANSWER, None)


def test_a_forward_further_up_is_not_what_is_answered() -> None:
    """A client's colleague joins in below an answer that we did not see: mail of the client's side."""
    joins = said(
        "els@acme.example",
        CLIENT,
        references=("<een@acme.example>", FIRST, "<antwoord@voorbeeld.example>"),
        in_reply_to=("<antwoord@voorbeeld.example>",),
    )
    assert decide(joins, known=KNOWN).code is Code.CONVERSATION


def test_the_client_answers_nothing() -> None:
    """Even below our forward, with another of the clients among the recipients."""
    both = replace(JANS, originators=frozenset({CLIENT, "els@acme.example"}))
    known = replace(KNOWN, ours={FIRST: both}, handovers={FIRST: both})
    assert (
        decide(said(CLIENT, "els@acme.example", in_reply_to=(FIRST,)), known=known).code is Code.CONVERSATION
    )


FAILS = headers(Authentication_Results=f"{AUTHSERV}; dmarc=fail header.from=prive.example")


@pytest.mark.parametrize("sender", [ANNA, STRANGER])
def test_what_fails_authentication_is_no_answer(sender: str) -> None:
    """An item, first in the review; it is not handed over either."""
    verdict = decide(said(sender, CLIENT, in_reply_to=(FIRST,), headers=FAILS), known=KNOWN)
    assert (verdict.disposition, verdict.code) == (Disposition.REVIEW, Code.AUTHENTICATION_FAILED)
    assert verdict.priority == "high"


def test_who_has_our_forward_and_writes_to_the_owner_alone_asks() -> None:
    """From an address that is not known: it goes to nobody else."""
    verdict = decide(said(STRANGER, OWNER.address, in_reply_to=(FIRST,)), known=KNOWN)
    assert (verdict.disposition, verdict.code, verdict.priority) == (
        Disposition.REVIEW,
        Code.FROM_BACKUP,
        "high",
    )


def test_a_copy_of_the_owners_own_mail_is_handed_to_nobody() -> None:
    """A phone may send the owner a copy of all that it sends; the colleague has the mail."""
    copy = said(OWNER.address, ANNA, references=("<een@acme.example>",), in_reply_to=("<een@acme.example>",))
    verdict = decide(copy, known=KNOWN)
    assert (verdict.disposition, verdict.code, verdict.priority) == (
        Disposition.REVIEW,
        Code.NO_QUESTION,
        "low",
    )
    form = replace(copy, reply_to=(Address("", CLIENT),))
    assert decide(form, known=KNOWN).code is Code.CONVERSATION  # a form of the owner's website


# In a new thread

ELSES = replace(JANS, id=8, subject="klacht")


def new(subject: str, *to: str, sender: str = ANNA, **changes: Any) -> Message:
    people = tuple(Address("", each) for each in to)
    return mail(sender, subject, message_id="<n@x.example>", to=people, **changes)


def open_with(*handovers: Handover) -> Conversations:
    return Conversations(open_with=handovers)


def test_a_new_thread_answers_the_one_open_handover_whose_subject_fits() -> None:
    """Or whose client is quoted; with the owner among the recipients."""
    known = open_with(JANS)
    verdict = decide(new("RE: Bestelling 7", CLIENT, OWNER.address), known=known)
    assert (verdict.code, verdict.conversation, verdict.detail) == (Code.ANSWER, JANS.id, "anna")
    quoting = "Dag Jan,\n\ndat kan.\n\nOp ma 21 dec schreef Jan <jan@acme.example>:\n> Kan dat?\n"
    assert decide(new("Over die vraag", CLIENT, OWNER.address, text=quoting), known=known).code is Code.ANSWER


@pytest.mark.parametrize(
    ("subject", "handovers", "conversation"),
    [("Even bellen", (JANS,), JANS.id), ("Bestelling 7", (JANS, ELSES), None), ("", (JANS,), JANS.id)],
)
def test_what_fits_less_is_perhaps_an_answer(
    subject: str, handovers: tuple[Handover, ...], conversation: int | None
) -> None:
    """An item, high, that settles nothing by itself."""
    verdict = decide(new(subject, CLIENT, OWNER.address), known=open_with(*handovers))
    assert (verdict.code, verdict.priority) == (Code.MAYBE_ANSWERED, "high")
    assert verdict.conversation == conversation


@pytest.mark.parametrize(
    "message",
    [
        new("Bestelling 7", CLIENT),  # the owner is not among the recipients
        new("Bestelling 7", OWNER.address),
        new("Bestelling 7", CLIENT, OWNER.address, sender="piet@voorbeeld.example"),
        new("Bestelling 7", CLIENT, OWNER.address, is_auto_reply=True),
        new("Bestelling 7", CLIENT, OWNER.address, is_reaction=True, headers=(("x", "y"),)),
        new("Bestelling 7", CLIENT, OWNER.address, headers=FAILS),
    ],
)
def test_what_is_no_answer_in_a_new_thread(message: Message) -> None:
    """Not from a backup, not to both, a machine's, a forger's."""
    code = decide(message, known=open_with(JANS)).code
    assert code not in (Code.ANSWER, Code.MAYBE_ANSWERED)


# Thanks

BELOW_AN_ANSWER: dict[str, Any] = {
    "in_reply_to": ("<ongezien@voorbeeld.example>",),
    "references": ("<een@acme.example>", "<ongezien@voorbeeld.example>"),
}


def thanks(text: str, **changes: Any) -> Message:
    return replace(said(CLIENT, OWNER.address, text=text), **{**BELOW_AN_ANSWER, **changes})


@pytest.mark.parametrize(
    "text",
    ["Bedankt!", "Dank je wel voor je hulp, Anna!", "Thanks a lot", "Merci", "Vielen Dank!", "Ok, bedankt"],
)
def test_thanks_show_that_there_was_an_answer(text: str) -> None:
    """A line in the review; nobody is asked again."""
    verdict = decide(thanks(text), known=KNOWN)
    assert (verdict.disposition, verdict.code, verdict.priority) == (Disposition.REVIEW, Code.THANKS, "low")
    assert verdict.conversation == JANS.id


@pytest.mark.parametrize(
    "text",
    [
        "Alvast bedankt!",
        "Thanks in advance",
        "Bedankt. Kan het ook morgen?",
        "Bedankt, tot dinsdag",
        "Akkoord, bedankt",  # perhaps an order
        "Ok",
        "Bedankt, maar het is nog altijd stuk.",
    ],
)
def test_what_else_a_client_writes_is_forwarded(text: str) -> None:
    """In advance, with a question, a day, an agreement, or anything more."""
    assert decide(thanks(text), known=KNOWN).code is Code.CONVERSATION


@pytest.mark.parametrize(
    "changes",
    [
        {
            "in_reply_to": ("<twee@acme.example>",),
            "references": ("<een@acme.example>", "<twee@acme.example>"),
        },
        {"attachments": (Attachment("bon.pdf", "application/pdf"),)},
        {"arrived_at": NOW - timedelta(minutes=1)},
        {"from_": (Address("", "els@acme.example"),)},
    ],
)
def test_thanks_that_show_nothing(changes: dict[str, Any]) -> None:
    """Below the client's own question, with a document, before anybody was asked, another's."""
    assert decide(thanks("Bedankt!", **changes), known=KNOWN).code is Code.CONVERSATION


def test_thanks_for_an_answer_need_no_unknown_mail() -> None:
    """They say themselves that there was one."""
    named: dict[str, Any] = {"in_reply_to": ("<een@acme.example>",), "references": ()}
    assert decide(thanks("Bedankt voor het snelle antwoord!", **named), known=KNOWN).code is Code.THANKS


@pytest.mark.parametrize(
    "changes", [{"is_answered": True}, {"backup": "", "is_given_back": True}, {"asked_at": None}]
)
def test_thanks_where_nobody_is_asked_settle_nothing(changes: dict[str, Any]) -> None:
    other = replace(JANS, **changes)
    known = replace(KNOWN, handovers=dict.fromkeys(KNOWN.handovers, other), ours={})
    assert decide(thanks("Bedankt!"), known=known).code is not Code.THANKS


def test_forged_thanks_settle_nothing() -> None:
    """The owner's server says that they are not from the client."""
    assert decide(thanks("Bedankt!", headers=FAILS), known=KNOWN).code is Code.AUTHENTICATION_FAILED


ids = st.sampled_from([FIRST, SECOND, "<een@acme.example>", "<twee@acme.example>", "<x@x.example>"])
people = st.sampled_from(
    [CLIENT, STRANGER, ANNA, "els@acme.example", OWNER.address, "piet@voorbeeld.example"]
)


@given(
    people, st.lists(people, max_size=3), st.lists(ids, max_size=2), st.lists(ids, max_size=3), st.booleans()
)
def test_no_answer_without_the_client_and_none_by_the_client(
    sender: str, to: list[str], in_reply_to: list[str], references: list[str], is_reaction: bool
) -> None:
    """Whoever writes what to whom; and a reaction is none."""
    message = said(
        sender,
        *to,
        in_reply_to=tuple(in_reply_to),
        references=tuple(references),
        is_reaction=is_reaction,
        headers=(("x", "y"),),
    )
    verdict = decide(message, known=KNOWN)
    if verdict.code is Code.ANSWER:
        assert CLIENT in to
        assert sender != CLIENT
        assert not is_reaction
        forwards = {*in_reply_to, *references[-1:]} & {FIRST, SECOND}
        assert verdict.until in {None, *(KNOWN.forwarded[each] for each in forwards)}
        assert forwards or sender.endswith("@voorbeeld.example")
