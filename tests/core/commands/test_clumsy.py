"""Sentences that were not read when the grammar was written: what is understood, what is not done."""

from __future__ import annotations

import pytest

from delegator.core.commands.command import Verb
from delegator.core.commands.reply import Why, read_reply
from delegator.core.commands.vocabulary import is_slip
from delegator.core.handovers.words import read_backup_reply
from tests.clumsy import BACKUPS, LINES, OWNER, TODAY, Sentence, backup_words, outcome, sentences


@pytest.mark.parametrize("sentence", sentences(), ids=lambda sentence: sentence.text)
def test_nothing_is_done_that_was_not_meant(sentence: Sentence) -> None:
    """What is not understood is asked; what is misunderstood is done."""
    assert outcome(sentence)[0] in ("right", "not understood")


@pytest.mark.parametrize(("of", "right"), [("first", 92), ("second", 34)])
def test_most_are_understood(of: str, right: int) -> None:
    """How many of 100 and 40. At sight 39 of the first were and 2 wrong; of the second 16, and none wrong."""
    tried = [sentence for sentence in sentences() if sentence.round == of]
    assert len(tried) == {"first": 100, "second": 40}[of]
    assert sum(outcome(sentence)[0] == "right" for sentence in tried) >= right


@pytest.mark.parametrize(
    "text",
    [
        "1 anna?",
        "ok?",
        "3 anna, 4 bram? ",
        "kan anna 1 doen?",
        "anna kan 1 2 3 niet doen",
        "6 kan bram niet doen",
        "3 mag niet naar bram",
        "3 is niet voor bram",
        "stuur 1 niet naar anna",
        "bram doet 3 al",
        "ik heb 3 al naar anna gestuurd",
        "ok, en bel anna over 3",
        "alles ok behalve 3 en 4 die mogen weg",
        "1 anna, 2 niet, 3 ook",
        "2 ook naar bram",
        "1 auch nicht",
        "6 bram of anna",
        "2 of 3 anna",
        "6 anna bram",
        "1 anna 2",
        "3 klaas",
        "3 laten",
        "6 braam",
        "Great, thanks",
        "Prima, dank je",
        "Alles goed hier, groetjes",
        "is goed tot maandag",
        "Sounds good, will look tonight",
        "ok ik kijk straks",
        "passt nicht",
        "vas-y pas",
        "doe maar niets",
        "no 3",
        "alles ok? nee",
    ],
)
def test_half_an_order_orders_nothing(text: str) -> None:
    """With a question, a "not", an "or", a name that is nobody's, or a pleasantry."""
    assert read_reply(text, LINES, BACKUPS, people=[OWNER]).decided == ()


def test_pleasantries_beside_an_order_accept_nothing() -> None:
    """ "Is goed, bedankt" says nothing below an order; without thanks it is asked what it means."""
    polite = read_reply("k 4\nis goed, bedankt", LINES, BACKUPS)
    assert [(each.verb, each.line.number) for each in polite.decided] == [(Verb.DONE, 4)]
    assert polite.mistakes == ()
    doubtful = read_reply("k 4\nis goed", LINES, BACKUPS)
    assert doubtful.decided == ()
    assert doubtful.held
    assert len(read_reply("is goed", LINES, BACKUPS).decided) == 7


@pytest.mark.parametrize(
    ("word", "meant", "slips"),
    [
        ("erledgit", "erledigt", True),
        ("erlediggt", "erledigt", True),
        ("erleigt", "erledigt", True),
        ("erledigd", "erledigt", True),
        ("erledigt", "erledigt", False),
        ("erldegit", "erledigt", False),
        ("fertig", "fettig", True),
    ],
)
def test_a_slip_of_the_pen(word: str, meant: str, slips: bool) -> None:
    """One letter wrong, missing, too much, or two swapped."""
    assert is_slip(word, meant) is slips


def test_a_slip_that_may_be_a_name_is_asked() -> None:
    """And a misspelt name is never guessed."""
    assert read_reply("erledgit 4", LINES, BACKUPS).decided
    erledis = {"erledis": BACKUPS["anna"]}
    assert read_reply("erledit 4", LINES, erledis).decided == ()


@pytest.mark.parametrize(
    ("answers", "text"),
    [
        ("overview", "doe ik morgen"),
        ("overview", "mach ich heute nicht mehr"),
        ("overview", "nog ni gebeurd"),
        ("overview", "c pas fait"),
        ("overview", "1 isn't done"),
        ("overview", "2 of 1 klaar"),
        ("overview", "1 moet nog beantwoord worden"),
        ("overview", "I'll do it today if I can"),
        ("brief", "tis ni goe"),
        ("brief", "yep but not all of it"),
        ("brief", "passt scho, aber nur bis 23."),
        ("brief", "tot de 23ste ben ik er"),
        ("brief", "kein problem wenn bram hilft"),
    ],
)
def test_half_a_yes_of_a_backup_says_nothing(answers: str, text: str) -> None:
    """In dialect too."""
    said = read_backup_reply(text, TODAY, to_brief=answers == "brief", items=2, name=OWNER)
    assert [backup_words(each) for each in said] == []


def test_a_question_is_told_to_be_one() -> None:
    """In words of its own, not as "the words ? were not understood"."""
    [mistake] = read_reply("1 anna?", LINES, BACKUPS).mistakes
    assert mistake.why is Why.ASKS
    [noted] = read_reply("1 anna: kan jij hem bellen?", LINES, BACKUPS).decided
    assert noted.note == "kan jij hem bellen?"
