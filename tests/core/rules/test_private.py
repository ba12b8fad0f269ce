"""What a private rule sees: every author, every text, every attached message, and every doubt."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delegator.core.mail.message import Address, Attachment, Message, parse_message
from delegator.core.rules.conditions import (
    Addresses,
    AllOf,
    AnyOf,
    Condition,
    Facts,
    HasAttachment,
    Is,
    Keywords,
    Not,
    match,
)
from delegator.core.rules.patterns import compile_address, compile_keyword
from delegator.core.rules.private import match_private, surely_holds

FACTS = Facts(owner_addresses=frozenset({"sofie@voorbeeld.example"}), owner_domain="voorbeeld.example")
FAMILY = Addresses("from", (compile_address("@familie.example"),))
HEALTH = Keywords("body", (compile_keyword("*medisch*"),))
HEALTH_SUBJECT = Keywords("subject", (compile_keyword("*medisch*"),))
SALARY = HasAttachment((compile_keyword("loon*"),))
TEXT = "To: sofie@voorbeeld.example\nMIME-Version: 1.0\n"


def mail(
    fields: str, body: str = "Hou dit onder ons.\n", sender: str = "From: els@grootklant.example"
) -> Message:
    return parse_message(f"{sender}\n{TEXT}{fields}\n\n{body}".encode())


def by(sender: str) -> Message:
    return mail("Subject: x", sender=sender)


def is_private(condition: Condition, message: Message) -> bool:
    return match_private(condition, message, FACTS) is not None


@pytest.mark.parametrize(
    "sender",
    [
        "From: mama@familie.example",
        "From: mama@familie.example, papa@familie.example",
        "From: Jan <jan@acme.example>, Mama <mama@familie.example>",
        "From: jan@acme.example\nFrom: mama@familie.example",
        "From: jan@acme.example\nFrom: mama@familie.example <",
        "From: Wij: mama@familie.example, papa@familie.example;",
        "From: =?utf-8?Q?Mama_=3Cmama=40familie=2Eexample=3E?=",
        "From: Mama <<mama@familie.example",
        "From: Mama mama at familie.example",
        "From: Mama <[mama@familie.example]>",
        "From: Mama&lt;mama@familie.example&gt;",
        "From: jan@acme.example\nSender: mama@familie.example",
        "From: formulier@web.example\nReply-To: mama@familie.example",
        "From: verkoop@voorbeeld.example\nX-Original-From: Mama <mama@familie.example>",
        "Sender: mama@familie.example",
        "Return-Path: <mama@familie.example>",
    ],
)
def test_any_author_is_enough(sender: str) -> None:
    """One of several, in a group, encoded, broken, or in another field; and so is one that cannot be read."""
    assert is_private(FAMILY, by(sender))


@pytest.mark.parametrize(
    "sender",
    [
        "From: jan@acme.example",
        "From: Mama <jan@acme.example>",
        'From: "mama@familie.example" <jan@acme.example>',  # a display name is no author
        "From: jan@acme.example, els@acme.example",
        "From: MAILER-DAEMON",
        "Subject: nobody says that they wrote it",
    ],
)
def test_others_are_not_the_family(sender: str) -> None:
    """A name is no address, and where there is no From nobody claims to have written it."""
    assert not is_private(FAMILY, by(sender))


@pytest.mark.parametrize(
    "sender", ["From: jan@acme.example, mama@familie.example", "From: Mama mama at familie.example"]
)
def test_a_doubt_about_the_author_counts_under_not_too(sender: str) -> None:
    """ "Private unless it comes from them": of two authors one is not theirs, or nobody can tell."""
    assert is_private(FAMILY, by(sender))
    assert is_private(Not(FAMILY), by(sender))
    assert is_private(AllOf((Not(FAMILY), Not(Not(FAMILY)))), by(sender))


def test_not_is_sure_where_nothing_is_in_doubt() -> None:
    """One author, who is theirs."""
    assert not is_private(Not(FAMILY), by("From: mama@familie.example"))
    assert is_private(Not(FAMILY), by("From: jan@acme.example"))


PICTURE = "--b\nContent-Type: image/png; name=foto.png\n\nx\n"


@pytest.mark.parametrize(
    "parts",
    [
        "--b\nContent-Type: text/plain\n\nzie foto\n" + PICTURE + "--b\n\nMijn medisch attest\n",
        "--b\n\nniets\n--b\nContent-Type: text/html\n\n<p>Mijn <b>medisch</b> attest\n",
        "--b\n\nniets\n--b\nContent-Type: text/html\n\n<p style='display:none'>Medisch</p><p>niets</p>\n",
        "--b\n\nniets\n--b\nContent-Type: text/html\n\n<style>" + "p {}" * 20_000 + "</style><p>medisch\n",
        "--b\n\nniets\n--b\nContent-Type: text/plain; name=a.txt\n"
        "Content-Disposition: attachment\n\nmedische keuring\n",
        "--b\n\nniets\n--b\nContent-Type: text/calendar\n\nBEGIN:VEVENT\nDESCRIPTION:medi\n sch onderzoek\n",
        "--b\n\nniets\n--b\nContent-Type: message/rfc822\n\nFrom: a@b.example\n\nMedisch attest\n",
        "--b\n\nniets\n--b\nContent-Type: message/rfc822\n\nSubject: x\nContent-Type: message/rfc822\n\n"
        "From: a@b.example\nSubject: x\n\nMedisch attest\n",
        "--b\n\nniets\n--b\nContent-Type: application/octet-stream; name=brief.eml\n\n"
        "From: a@b.example\nSubject: x\n\nMedisch attest\n",
        "--b\n\n" + "lang " * 20_000 + "medisch\n",
    ],
)
def test_any_text_is_enough(parts: str) -> None:
    """Below a picture, in the HTML beside it, hidden, attached, in an attached message, far down."""
    assert is_private(HEALTH, mail('Content-Type: multipart/mixed; boundary="b"', parts + "--b--\n"))


def test_an_attached_page_is_read_in_the_charset_that_only_it_states() -> None:
    rule = Keywords("body", (compile_keyword("тайна"),))
    page = (
        "--b\n\nniets\n--b\nContent-Type: text/html; name=a.html\nContent-Disposition: attachment\n"
        "Content-Transfer-Encoding: quoted-printable\n\n<meta charset=3Dkoi8-r>=D4=C1=CA=CE=C1\n--b--\n"
    )
    assert is_private(rule, mail('Content-Type: multipart/mixed; boundary="b"', page))


def test_documents_are_not_opened() -> None:
    """A part is a text or an attached message."""
    parts = "--b\n\nniets\n--b\nContent-Type: application/pdf\n\nmedisch\n--b--\n"
    assert not is_private(HEALTH, mail('Content-Type: multipart/mixed; boundary="b"', parts))


def test_text_that_was_not_read_is_a_doubt() -> None:
    """It may hold the word, and under `not` it may hold the other."""
    message = mail("Subject: x", "niets")
    cut = parse_message(f"From: els@grootklant.example\n{TEXT}\nniets".encode(), size_octets=10**6)
    assert not is_private(HEALTH, message)
    assert is_private(HEALTH, cut)
    assert is_private(Not(HEALTH), cut)
    assert is_private(SALARY, cut)
    assert match(HEALTH, cut, FACTS) is None


def test_a_subject_of_an_attached_message_is_enough() -> None:
    """And a second Subject field, and a file in an attached message."""
    parts = (
        "--b\n\nx\n--b\nContent-Type: message/rfc822\n\nSubject: Medisch attest\n"
        "Content-Type: application/pdf; name=loonbrief.pdf\n\nx\n--b--\n"
    )
    message = mail('Subject: x\nContent-Type: multipart/mixed; boundary="b"', parts)
    assert is_private(HEALTH_SUBJECT, message)
    assert is_private(Keywords("text", HEALTH.patterns), message)
    assert is_private(SALARY, message)
    assert is_private(HEALTH_SUBJECT, mail("Subject: x\nSubject: medisch"))
    assert not is_private(HEALTH_SUBJECT, mail("Subject: x"))


def test_what_outlook_packed_up_may_hold_any_file() -> None:
    """winmail.dat."""
    packed = Message(attachments=(Attachment("winmail.dat", "application/octet-stream"),))
    assert is_private(SALARY, packed)


def test_recipients_that_cannot_be_read_are_a_doubt() -> None:
    """As under `not: {to: …}`."""
    team = Addresses("recipient", (compile_address("team@voorbeeld.example"),))
    assert is_private(Not(team), Message(to=(Address("", "team@voorbeeld.example"),))) is False
    assert is_private(team, Message(headers=(("to", "team@"),)))
    assert not is_private(team, Message(headers=(("to", "undisclosed-recipients:;"),)))


def test_a_sender_whom_the_server_says_nothing_about_is_in_doubt() -> None:
    """`verified` holds or not only where the server said so."""
    silent, refuted = FACTS, replace(FACTS, is_refuted=True)
    for expected in (True, False):
        assert match_private(Is("verified", expected), Message(), silent) is not None
    assert match_private(Is("verified", True), Message(), refuted) is None
    assert match_private(Is("verified", True), Message(), replace(FACTS, is_verified=True)) is not None


# Laws

authors = st.sampled_from(["mama@familie.example", "jan@acme.example", "els@grootklant.example"])
words = st.sampled_from(["medisch attest", "offerte", "niets"])
conditions = st.recursive(
    st.sampled_from([FAMILY, HEALTH, HEALTH_SUBJECT, SALARY, Is("verified", True)]),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AllOf(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
    ),
    max_leaves=6,
)


@st.composite
def messages(draw: st.DrawFn) -> Message:
    names = draw(st.lists(authors, max_size=2))
    text = draw(words)
    return Message(
        from_=tuple(Address("", name) for name in names),
        from_fields=1 if names else 0,
        subject=draw(words),
        text=text,
        texts=(("text/plain", text),),
    )


@given(conditions, messages(), authors, words, st.sampled_from(["author", "text", "message", "cut"]))
def test_more_never_takes_privacy_away(
    condition: Condition, message: Message, author: str, word: str, what: str
) -> None:
    """Another author, text or attached message, or an end that was not read, makes no mail public."""
    more = {
        "author": replace(message, from_=(*message.from_, Address("", author)), from_fields=1),
        "text": replace(message, texts=(*message.texts, ("text/plain", word))),
        "message": replace(message, attached=(Message(subject=word, texts=(("text/plain", word),)),)),
        "cut": replace(message, is_whole=False),
    }[what]
    if message.from_ and is_private(condition, message):
        assert is_private(condition, more)


@given(conditions, messages())
def test_a_private_rule_holds_wherever_another_would(condition: Condition, message: Message) -> None:
    """And what lifts privacy holds for both."""
    if match(condition, message, FACTS) is not None:
        assert is_private(condition, message)
    if surely_holds(condition, message, FACTS):
        assert match(condition, message, FACTS) is not None


@given(conditions, messages())
def test_one_of_a_condition_and_its_opposite_is_private(condition: Condition, message: Message) -> None:
    """Both where it is in doubt; never neither."""
    assert is_private(condition, message) or is_private(Not(condition), message)


@given(conditions, messages())
def test_no_rule_holds_and_does_not(condition: Condition, message: Message) -> None:
    """To other rules a condition and its opposite never hold both; neither where the sender is unclear."""
    both = match(condition, message, FACTS), match(Not(condition), message, FACTS)
    assert None in both
    if message.originator is not None:
        assert both != (None, None)
