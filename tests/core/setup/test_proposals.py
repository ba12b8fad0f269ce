"""What a mailbox's own mail proposes: each kind, and where it stops."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from delegator.core.mail.message import Address, parse_message
from delegator.core.people import Language
from delegator.core.setup.evidence import Head, head_of, is_machine, most_usual, weigh
from delegator.core.setup.proposals import Kind, Learnt, Proposal, key_of, propose, span_text
from tests.year import OWNER, year_of_mail

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
SOFIE = "sofie@voorbeeld.example"
ANNA = Address("Anna Peeters", "anna@voorbeeld.example")
MINUTE = timedelta(minutes=1)

_number = itertools.count(1)


def head(sender: str, subject: str = "", name: str = "", *people: Address, **more: Any) -> Head:
    fields: dict[str, Any] = {
        "at": NOW,
        "sender": Address(name, sender),
        "subject": subject,
        "message_id": f"<{next(_number)}@x.example>",
        "answers": (),
        "people": people,
        "is_bulk": False,
        "is_auto": False,
    }
    return Head(**(fields | more))


def answer(to: Head, after: timedelta, *people: Address, sender: str = SOFIE) -> Head:
    assert to.message_id
    return head(sender, "", "Sofie Janssens", *people, at=to.at + after, answers=(to.message_id,))


def learnt(received: Sequence[Head], sent: Sequence[Head] = (), address: str = SOFIE) -> Learnt:
    return propose(weigh(received, sent, [address]), "nl")


def of(found: Learnt, kind: Kind) -> list[Proposal]:
    return [one for one in found.proposals if one.kind == kind]


def mails(sender: str, count: int, subject: str = "", name: str = "", *people: Address) -> list[Head]:
    return [head(sender, subject, name, *people) for _ in range(count)]


def test_a_person_who_is_answered_is_proposed_with_the_figures() -> None:
    received = mails("lien@elders.example", 4, "x", "Lien Moens")
    sent = [answer(one, after * MINUTE) for one, after in zip(received, (10, 20, 60), strict=False)]
    (person,) = of(learnt(received, sent), "person")
    assert person.values == ("lien@elders.example",)
    assert person.name == "Lien Moens"
    assert person.evidence == "4 mails, 3 answered, usually within 20 minutes"


@pytest.mark.parametrize(("count", "answers"), [(3, 2), (7, 3)])
def test_who_is_answered_too_seldom_is_not(count: int, answers: int) -> None:
    """Two answers are no habit, and three of seven not most."""
    received = mails("lien@elders.example", count)
    sent = [answer(one, MINUTE) for one in received[:answers]]
    assert of(learnt(received, sent), "person") == []


def test_two_people_of_a_domain_are_a_company() -> None:
    """Its people are not proposed again; one person alone is no company."""
    received = [*mails("jan@acme.example", 4), *mails("els@mail.acme.example", 4)]
    sent = [answer(one, 2 * MINUTE) for one in received[:4]]
    found = learnt(received, sent)
    (company,) = of(found, "company")
    assert company.values == ("@acme.example",)
    assert company.evidence == "8 mails from 2 people, 4 answered, usually within 2 minutes"
    assert of(found, "person") == []
    assert of(learnt(received[:4], sent), "company") == []


def test_a_free_provider_is_no_company() -> None:
    received = [*mails("jan@gmail.com", 4), *mails("els@gmail.com", 4)]
    found = learnt(received, [answer(one, MINUTE) for one in received])
    assert of(found, "company") == []
    assert len(of(found, "person")) == 2


def test_colleagues_are_no_clients() -> None:
    """However fast they are answered."""
    received = [*mails("anna@voorbeeld.example", 9), *mails("bram@voorbeeld.example", 9)]
    found = learnt(received, [answer(one, MINUTE) for one in received])
    assert of(found, "company") == of(found, "person") == []


def test_an_answer_counts_once_and_only_forward_in_time() -> None:
    received = mails("lien@elders.example", 3)
    first, second, third = received
    sent = [answer(first, MINUTE), answer(first, 2 * MINUTE), answer(second, -MINUTE), answer(third, MINUTE)]
    assert learnt(received, sent).answered == 2


def test_who_is_copied_on_clients_mail_may_take_over() -> None:
    """By others and by the owner; a group's address may not, nor whoever is copied on internal mail."""
    group = Address("", "info@voorbeeld.example")
    received = mails("jan@acme.example", 2, "x", "Jan", ANNA, group)
    sent = [head(SOFIE, "x", "", Address("", "jan@acme.example"), ANNA, group)]
    internal = mails("dirk@voorbeeld.example", 9, "x", "Dirk", Address("", "bram@voorbeeld.example"))
    (backup,) = of(learnt([*received, *internal], sent), "backup")
    assert backup.values == (ANNA.address,)
    assert backup.name == "Anna Peeters"
    assert backup.evidence == "copied on 3 mails with people outside, 1 of them by you"
    assert of(learnt(received, ()), "backup") == []


def test_with_a_free_address_a_colleague_needs_more() -> None:
    """Anybody may be copied there: seven times say nothing yet."""
    for count, expected in ((7, 0), (8, 1)):
        received = mails("jan@acme.example", count, "x", "Jan", Address("Bo", "bo@ergens.example"))
        found = learnt(received, (), "sofie@gmail.com")
        assert len([one for one in of(found, "backup") if one.values == ("bo@ergens.example",)]) == expected


def test_the_owner_is_nobody_s_backup() -> None:
    """An address that the owner sends from is proposed as one of theirs instead."""
    other = "s.janssens@voorbeeld.example"
    sent = [head(other, "x", "Sofie Janssens", Address("", "jan@acme.example")) for _ in range(3)]
    received = mails("jan@acme.example", 9, "x", "", Address("Sofie", other))
    found = learnt(received, sent)
    assert of(found, "backup") == []
    (alias,) = of(found, "alias")
    assert alias.values == (other,)
    assert alias.evidence == "you sent 3 mails from it"


def test_family_is_private_and_nothing_else() -> None:
    """By the last name; a colleague of that name is a colleague."""
    received = [
        *mails("piet@familie.example", 4, "x", "Piet JANSSENS"),
        *mails("tine@voorbeeld.example", 4, "x", "Tine Janssens"),
    ]
    found = learnt(received, [answer(one, MINUTE) for one in received])
    (family,) = of(found, "family")
    assert family.values == ("piet@familie.example",)
    assert of(found, "person") == []
    assert of(learnt(received), "family") == [], "without the owner's name nobody can tell"


def test_confidential_words_are_proposed_with_their_hits_or_without() -> None:
    """In the owner's language; a newsletter about salaries is no hit."""
    received = [head("hr@voorbeeld.example", "Uw loonbrief"), head("x@y.example", "salaris!", is_bulk=True)]
    (words,) = of(learnt(received), "confidential")
    assert "vakbond*" in words.values
    assert words.evidence == "1 mail had one in the subject (loonbrief 1)"
    (words,) = of(learnt([]), "confidential")
    assert words.evidence == "no mail had one in its subject"
    english = propose(weigh([], [], [SOFIE]), "en")
    assert "payslip*" in of(english, "confidential")[0].values


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("nl", "Loonstrook november"),
        ("nl", "Je loonstrookje"),
        ("de", "Ihr Lohnzettel"),
        ("de", "Arbeitsunfähigkeitsbescheinigung"),
        ("fr", "Votre bulletin de paie"),
        ("fr", "Bulletin de salaire de novembre"),
        ("fr", "Arrêt de travail"),
    ],
)
def test_what_payroll_and_doctors_send_is_confidential(language: Language, subject: str) -> None:
    """By the words that stand on it in the Netherlands, in Austria, in Wallonia and in France."""
    (words,) = of(
        propose(weigh([head("hr@voorbeeld.example", subject)], [], [SOFIE]), language), "confidential"
    )
    assert words.evidence.startswith("1 mail had one in the subject")


def offers(count: int, domains: int = 9) -> list[Head]:
    return [head(f"p@firma{n % domains}.example", "Aanvraag offerte") for n in range(count)]


def test_a_subject_that_is_answered_at_once_is_proposed() -> None:
    """The longer of two words that always come together; the usual rate stands beside."""
    received = [*offers(5), *mails("x@elders.example", 15, "Kennismaking")]
    sent = [answer(one, 10 * MINUTE) for one in received[:4]]
    (subject,) = of(learnt(received, sent), "subject")
    assert subject.values == ("aanvraag",)
    assert subject.evidence == "4 of 5 mails answered within the hour (of all mail 20 %)"


@pytest.mark.parametrize(
    ("received", "after"),
    [
        (offers(2), 10),
        (offers(5, domains=1), 10),
        (offers(5), 61),
    ],
    ids=["too few", "of one company", "too late"],
)
def test_other_subjects_are_not(received: list[Head], after: int) -> None:
    more = mails("x@elders.example", 15, "Kennismaking")
    sent = [answer(one, after * MINUTE) for one in received]
    assert of(learnt([*received, *more], sent), "subject") == []


def test_where_everything_is_answered_at_once_no_word_is_special() -> None:
    received = offers(9)
    assert of(learnt(received, [answer(one, MINUTE) for one in received]), "subject") == []


def test_newsletters_and_machines_are_counted() -> None:
    """A machine that is answered now and then is none to pass over."""
    received = [
        *(head(f"n{n}@nieuws.example", is_bulk=True) for n in range(2)),
        *(head("noreply@shop.example", is_auto=True) for _ in range(3)),
        *(head("alerts@monitor.example", is_auto=True) for _ in range(2)),
    ]
    asked = [head("tickets@desk.example", is_auto=True) for _ in range(3)]
    found = learnt([*received, *asked], [answer(asked[0], MINUTE)])
    assert of(found, "newsletters")[0].evidence.startswith("2 mails from 2 senders")
    (machines,) = of(found, "machines")
    assert machines.values == ("noreply@shop.example",)


def test_one_sender_is_one() -> None:
    received = [head("news@lijst.example", is_bulk=True) for _ in range(2)]
    (newsletters,) = of(learnt(received), "newsletters")
    assert newsletters.evidence == "2 mails from one sender, each a list's by its header"


def test_the_owner_s_name_is_that_of_their_own_mail() -> None:
    assert learnt([], [head(SOFIE, "", name) for name in ("Sofie", "S. J.", "Sofie")]).name == "Sofie"
    assert learnt([], []).name == ""


@pytest.mark.parametrize(
    ("address", "machine"),
    [
        ("noreply@x.example", True),
        ("no-reply@x.example", True),
        ("shop.do-not-reply@x.example", True),
        ("alerts@x.example", True),
        ("notifications+a@x.example", True),
        ("norbert@x.example", False),
        ("reply@x.example", False),
        ("monica@x.example", False),
    ],
)
def test_a_machine_by_its_address(address: str, machine: bool) -> None:
    assert is_machine(address) == machine


def test_a_header_that_shows_nothing_is_left_out() -> None:
    """No date, no clear author, or an address that a rule would take for a pattern."""
    own = frozenset({SOFIE})
    for text in (
        b"From: a@x.example\r\n\r\n",
        b"From: a@x.example, b@x.example\r\nDate: Sat, 28 Nov 2026 12:00:00 +0000\r\n\r\n",
        b"From: *@x.example\r\nDate: Sat, 28 Nov 2026 12:00:00 +0000\r\n\r\n",
    ):
        assert head_of(parse_message(text), own, "voorbeeld.example") is None


def test_the_owner_s_own_list_is_no_newsletter() -> None:
    text = b"From: a@x.example\r\nDate: Sat, 28 Nov 2026 12:00:00 +0000\r\nList-Id: <all.%s>\r\n\r\n"
    own = frozenset({SOFIE})
    for domain, is_bulk in ((b"voorbeeld.example", False), (b"x.example", True)):
        found = head_of(parse_message(text % domain), own, "voorbeeld.example")
        assert found is not None
        assert found.is_bulk == is_bulk


def test_a_circular_says_nothing_of_who_works_together() -> None:
    people = ", ".join(f"p{n}@voorbeeld.example" for n in range(60))
    text = f"From: a@x.example\r\nTo: {people}\r\nDate: Sat, 28 Nov 2026 12:00:00 +0000\r\n\r\n"
    found = head_of(parse_message(text.encode()), frozenset({SOFIE}), "voorbeeld.example")
    assert found is not None
    assert found.people == ()


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(seconds=10), "1 minute"),
        (89 * MINUTE, "89 minutes"),
        (90 * MINUTE, "2 hours"),
        (timedelta(hours=35), "35 hours"),
        (timedelta(hours=50), "2 days"),
    ],
)
def test_how_long_it_takes_as_people_say_it(span: timedelta, text: str) -> None:
    assert span_text(span) == text


@pytest.mark.parametrize(
    ("name", "key"), [("Chloé Maes", "chloe"), ("", "x"), ("done", "done-1"), ("李 明", "backup")]
)
def test_a_backup_s_key(name: str, key: str) -> None:
    assert key_of(name, "x@y.example") == key


def test_the_most_usual_of_nothing_is_nothing() -> None:
    assert most_usual(["", ""]) is None


def test_a_year_of_mail_proposes_what_was_put_into_it() -> None:
    """The last ninety days show both companies, the person, the subject, family, machines, and who helps."""
    since = NOW - timedelta(days=90)
    made = [one for one in year_of_mail(NOW) if one.at >= since]
    own = frozenset({OWNER[1]})
    heads = {
        mailbox: [
            found
            for one in made
            if one.mailbox == mailbox
            and (found := head_of(parse_message(one.octets), own, "voorbeeld.example"))
        ]
        for mailbox in ("INBOX", "Sent")
    }
    shown = learnt(heads["INBOX"], heads["Sent"])
    assert shown.name == "Sofie Janssens"
    assert [one.values[0] for one in of(shown, "backup")] == [
        "anna@voorbeeld.example",
        "bram@voorbeeld.example",
    ]
    assert [one.values[0] for one in of(shown, "company")] == ["@acme.example", "@grootklant.example"]
    assert of(shown, "company")[1].copied == ("bram@voorbeeld.example",)
    assert "lien@studiolien.example" in [one.values[0] for one in of(shown, "person")]
    assert [one.values[0] for one in of(shown, "subject")] == ["aanvraag"]
    assert [one.values[0] for one in of(shown, "family")] == ["piet@familie.example"]
    assert len(of(shown, "newsletters")) == 1
    assert set(of(shown, "machines")[0].values) == {"alerts@monitor.example", "noreply@webshop.example"}
    assert of(shown, "alias") == []
