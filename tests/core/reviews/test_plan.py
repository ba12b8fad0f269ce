"""What follows from a command, to one value: which mails, to whom, what is told, before anything is done."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from delegator.core.commands.command import Grant, Line, Verb
from delegator.core.commands.reply import Mistake, Why
from delegator.core.handovers.codes import Code, Disposition
from delegator.core.handovers.conversation import Mail
from delegator.core.handovers.machine import Status
from delegator.core.handovers.presence import BackupCommand
from delegator.core.mail.message import Address, parse_message
from delegator.core.mail.place import Place
from delegator.core.people import Backup, Owner, Window
from delegator.core.reviews.effects import (
    Asked,
    AskFirst,
    CommandRow,
    Decide,
    Done,
    Hand,
    Obey,
    PassOn,
    Plan,
    PutBack,
    Release,
    Reopen,
    Settle,
    Target,
    Wanted,
    Way,
    Withdraw,
)
from delegator.core.reviews.moves import TOGETHER, has_newer, is_moved_along, is_put_there, put_there
from delegator.core.reviews.plan import asked_by, is_original, plan_of, to_fetch
from delegator.core.rules.book import ForwardTo, MakePrivate, Rule, RuleBook, ToReview
from delegator.core.rules.conditions import AllOf
from delegator.core.triage.verdict import Verdict

NOW = datetime(2026, 11, 17, 8, 0, tzinfo=UTC)
BACK = NOW + timedelta(days=10)
ZONE = ZoneInfo("Europe/Brussels")
OWNER = Owner("Sofie Janssens", "sofie@voorbeeld.example", (), "nl", ZONE)
THERE = ("anna", "bram")
BACKUPS = {
    key: Backup(key, key.title(), f"{key}@voorbeeld.example", (), (), "nl", "both", timezone=ZONE)
    for key in (*THERE, "carla")
}
NEVER = Rule("orders", AllOf(()), ForwardTo(("carla", "bram")))
BOOK = RuleBook(OWNER, BACKUPS, (NEVER,), ToReview("normal"))
OCTETS = b"From: Jan <jan@acme.example>\r\nMessage-ID: <1@acme.example>\r\nSubject: Zaak\r\n\r\nDag\r\n"
MESSAGE = parse_message(OCTETS, arrived_at=NOW)
NOTE_PLACE = "Schrijf hier:"


def row(way: Way = "button", text: str = "", **change: object) -> CommandRow:
    found = CommandRow(
        id=1,
        way=way,
        token="JHAM7H55" if way == "button" else None,
        review=None,
        sender="sofie@voorbeeld.example",
        text=text,
        message=None,
        verb=None,
        backup=None,
        note="",
        is_confirmed=False,
        is_moved_along=False,
        has_newer=False,
        at=NOW,
    )
    return replace(found, **change)  # type: ignore[arg-type]


def target(id_: int = 1, status: Status = "open", **change: object) -> Target:
    found = Target(
        id=id_,
        conversation=70 + id_,
        place=Place("INBOX", 1, id_),
        status=status,
        subject=f"Zaak {id_}",
        sender=Address("Jan", "jan@acme.example"),
        backup=None,
        rule=None,
        header_digest=MESSAGE.header_digest,
        arrived_at=NOW,
    )
    return replace(found, **change)  # type: ignore[arg-type]


def asks(verb: Verb, *, text: str = "", lines: tuple[Line, ...] = (), **change: object) -> Asked:
    grant = replace(Grant(verb, None, (1,), BACK), **change)  # type: ignore[arg-type]
    return asked_by(row(text=text), grant, lines, BOOK, THERE, NOW, NOTE_PLACE)


def planned(
    wanted: Wanted,
    *targets: Target,
    command: CommandRow | None = None,
    book: RuleBook = BOOK,
    octets: bytes | None = OCTETS,
) -> Plan:
    found = {one.id: one for one in targets}
    originals = dict.fromkeys(found, octets)
    return plan_of(command or row(), Asked((wanted,)), found, originals, book, THERE, NOW)


# --- what was asked -----------------------------------------------------------------------------------


def test_a_button_is_about_what_stood_in_its_item() -> None:
    assert asks(Verb.DONE, items=(4, 5)) == Asked((Wanted((4, 5), Verb.DONE),))
    assert asks(Verb.BULK_DONE, items=(4, 5)) == Asked((Wanted((4, 5), Verb.DONE, is_bulk=True),))
    forward = asks(Verb.FORWARD, backup="anna", text=f"{NOTE_PLACE} Graag snel.\n")
    assert forward == Asked((Wanted((1,), Verb.FORWARD, "anna", "Graag snel."),))


def test_all_as_proposed_is_what_was_proposed() -> None:
    """The lines count that stood behind the button; one without a proposal is left."""
    lines = (
        Line(1, (1, 2), Verb.FORWARD, "anna"),
        Line(2, (3,), Verb.DONE),
        Line(3, (4,)),
        Line(4, (5,), Verb.DONE),
    )
    assert asks(Verb.PROPOSED, items=(1, 2, 3, 4), lines=lines).items == (
        Wanted((1, 2), Verb.FORWARD, "anna", is_bulk=True),
        Wanted((3,), Verb.DONE, is_bulk=True),
    )


def test_a_yes_releases_what_waited_for_it() -> None:
    assert asks(Verb.CONFIRM, question=9).effects == (Release(9),)
    assert asks(Verb.CONFIRM) == Asked()


def test_a_late_handover_goes_on_to_who_is_there() -> None:
    assert asks(Verb.FORWARD, backup="anna", conversation=7).effects == (PassOn(7, "anna"),)
    away = asks(Verb.FORWARD, backup="carla", conversation=7)
    assert away == Asked(mistakes=(Mistake(Why.BACKUP_AWAY, "", "carla"),))


def test_a_backups_buttons() -> None:
    """A backup's line is about a handover, about days away, or about days that nobody can read."""
    assert asks(Verb.NOT_ME, by="bram", conversation=7).effects == (
        Obey(BackupCommand("bram", Verb.NOT_ME, 7)),
    )
    [effect] = asks(Verb.NOT_FROM_TO, by="bram", text="Niet van 18/11 tot 19/11").effects
    begin, end = datetime(2026, 11, 18, tzinfo=ZONE), datetime(2026, 11, 20, tzinfo=ZONE)
    assert effect == Obey(BackupCommand("bram", Verb.NOT_FROM_TO, away=(Window(begin, end),)))
    unread = asks(Verb.NOT_FROM_TO, by="bram", text="Niet van … tot …")
    assert unread == Asked(mistakes=(Mistake(Why.NO_DATES, "", "bram"),))


def test_a_move_is_about_one_message() -> None:
    moved = row("folder", message=4, verb=Verb.FORWARD, backup="anna", note="x")
    asked = asked_by(moved, None, (), BOOK, THERE, NOW, NOTE_PLACE)
    assert asked == Asked((Wanted((4,), Verb.FORWARD, "anna", "x"),))


def test_all_of_a_flood_goes_mail_by_mail() -> None:
    """To the one whom the button names; what was decided meanwhile stays so."""
    asked = asks(Verb.FORWARD_ALL, items=(1, 2), backup="anna")
    assert asked == Asked(
        (
            Wanted((1,), Verb.FORWARD, "anna", is_bulk=True),
            Wanted((2,), Verb.FORWARD, "anna", is_bulk=True),
        )
    )
    targets = {1: target(1), 2: target(2, "done")}
    plan = plan_of(row(), asked, targets, {1: OCTETS, 2: OCTETS}, BOOK, THERE, NOW)
    assert [type(effect) for effect in plan.effects] == [Hand]
    assert plan.receipts == [Done(Verb.FORWARD, 1, "anna", "button", 1)]


def test_a_secret_that_is_gone_asks_nothing() -> None:
    assert asked_by(row(), None, (), BOOK, THERE, NOW, NOTE_PLACE) == Asked()


def test_a_reply_is_about_the_numbers_of_its_review() -> None:
    lines = (Line(1, (4,), Verb.DONE), Line(2, (5,)))

    def said(text: str) -> Asked:
        return asked_by(row("reply", text=text), None, lines, BOOK, THERE, NOW, NOTE_PLACE)

    assert said("1 klaar\n").items == (Wanted((4,), Verb.DONE, text="1 klaar"),)
    assert said("9 klaar\n").mistakes
    assert [item.is_bulk for item in said("ok\n").items] == [True], "as proposed, where it still waits"
    adjusted = asks(Verb.ADJUST, text="1 klaar\n", lines=lines)
    assert adjusted.items == said("1 klaar\n").items


# --- decisions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "is_decided"),
    [
        ("open", True),
        ("left", True),
        ("to-do", True),
        ("done", False),
        ("private", False),
        ("other", False),
        ("waiting", False),
        ("forwarded", False),
    ],
)
def test_what_can_be_done_with(status: Status, is_decided: bool) -> None:
    """What is the owner's to decide, and is not done already."""
    plan = planned(Wanted((1,), Verb.DONE, note="bellen"), target(status=status))
    assert plan.effects == ([Decide((1,), "done", "bellen")] if is_decided else [])
    assert plan.receipts == ([Done(Verb.DONE, 1, None, "button", 1)] if is_decided else [])


def test_done_with_what_a_backup_has_is_a_mistake() -> None:
    """Not where a phone moved it along."""
    forwarded = target(status="forwarded", backup="anna")
    plan = planned(Wanted((1,), Verb.DONE), forwarded)
    assert plan.mistakes == [Mistake(Why.ALREADY_FORWARDED, "Zaak 1", "anna")]
    assert planned(Wanted((1,), Verb.DONE), forwarded, command=row("folder")).mistakes == []


def test_what_cannot_go_is_taken_back_and_decided() -> None:
    """By a tap or a reply on its item; a phone that moved it along meant nothing by it."""
    held_up = target(status="waiting", backup="anna", is_held_up=True)
    plan = planned(Wanted((1,), Verb.DONE), held_up)
    assert plan.effects == [Reopen((1,)), Decide((1,), "done")]
    assert plan.mistakes == []
    assert planned(Wanted((1,), Verb.DONE), held_up, command=row("folder")).effects == []
    assert planned(Wanted((1,), Verb.DONE, is_bulk=True), held_up).effects == []


def test_a_forward_of_what_cannot_go_yet_is_told() -> None:
    """Whomever it names: the same server would not take it for another either."""
    held_up = target(status="waiting", backup="anna", is_held_up=True)
    for backup in (None, "anna", "bram"):
        plan = planned(Wanted((1,), Verb.FORWARD, backup), held_up)
        assert plan.mistakes == [Mistake(Why.HELD_UP, "Zaak 1", "anna")]
        assert plan.effects == []
    assert planned(Wanted((1,), Verb.FORWARD), held_up, command=row("folder")).mistakes == []


def test_many_at_once_touch_only_what_waits() -> None:
    targets = (target(1), target(2, "left"), target(3, "to-do"))
    plan = planned(Wanted((1, 2, 3), Verb.DONE, is_bulk=True), *targets)
    assert plan.effects == [Decide((1,), "done")]


def test_undone() -> None:
    """What was decided is open again; what a backup has is withdrawn; what waits is as it was."""
    targets = (target(1, "done"), target(2, "waiting"), target(3, "forwarded", backup="anna"), target(4))
    plan = planned(Wanted((1, 2, 3, 4), Verb.UNDO), *targets)
    assert plan.effects == [Reopen((1, 2)), Withdraw(73)]
    assert plan.receipts == [
        Done(Verb.UNDO, 2, None, "button", 2),
        Done(Verb.UNDO, 3, "anna", "button", 1),
    ]


# --- forwards -----------------------------------------------------------------------------------------


def test_a_forward_is_a_handover_as_by_a_rule() -> None:
    plan = planned(Wanted((1,), Verb.FORWARD, "anna", "Graag snel."), target())
    [hand] = plan.effects
    assert isinstance(hand, Hand)
    assert (hand.message, hand.ids, hand.subject) == (1, ("<1@acme.example>",), "Zaak")
    assert hand.original == OCTETS
    event = hand.event
    assert (event.backups, event.chain, event.note) == (("anna",), ("anna",), "Graag snel.")
    assert (event.is_ordered, event.mail.is_kept, event.is_follow_up) == (True, True, False)
    assert plan.receipts == [Done(Verb.FORWARD, 1, "anna", "button", 1, "Graag snel.")]


REVIEW = [Line(1, (10,), Verb.DONE), Line(2, (20,)), Line(3, (), None, "bram", conversation=7)]


def replied(text: str, there: tuple[str, ...] = THERE, **change: object) -> Asked:
    return asked_by(row("reply", text, **change), None, REVIEW, BOOK, there, NOW, NOTE_PLACE)


def test_a_line_in_doubt_holds_the_reply_until_the_owner_says_so() -> None:
    """Nothing is asked for but the question; with the second tap what was understood is done, once."""
    held = replied("ok\nbehalve de klacht, die doe ik zelf\n2 anna")
    assert set(held.held) == {"ok", "2 anna"}
    assert (held.items, held.effects) == ((), ())
    assert [mistake.text for mistake in held.mistakes] == ["behalve de klacht, die doe ik zelf"]
    confirmed = replied("ok\nbehalve de klacht, die doe ik zelf\n2 anna", is_confirmed=True)
    assert {item.messages for item in confirmed.items} == {(10,), (20,)}
    assert (confirmed.held, confirmed.mistakes) == ((), ())


def test_the_number_of_a_late_handover_passes_it_on_or_closes_it() -> None:
    """To the next of its chain, or whoever is named; "klaar" is the owner's word that it is answered."""
    assert replied("f 3").effects == (PassOn(7, "bram"),)
    assert replied("3 anna").effects == (PassOn(7, "anna"),)
    assert replied("3 klaar").effects == (Settle(7),)
    assert replied("undo 3").effects == (Withdraw(7),)
    assert [mistake.why for mistake in replied("f 3", there=("anna",)).mistakes] == [Why.BACKUP_AWAY]
    assert [mistake.why for mistake in replied("3 taak").mistakes] == [Why.WITH_A_BACKUP]


@pytest.mark.parametrize("text", ["ok", "k rest", "alles klaar"])
def test_a_handover_is_meant_only_by_its_number(text: str) -> None:
    """Not by what is said of everything."""
    assert replied(text).effects == ()


def test_a_tap_closes_a_handover() -> None:
    """As its number does in a reply."""
    grant = Grant(Verb.DONE, None, (), BACK, conversation=7)
    assert asked_by(row(), grant, (), BOOK, THERE, NOW, NOTE_PLACE).effects == (Settle(7),)


@pytest.mark.parametrize(
    ("rule", "backups"), [(None, ("anna", "bram")), ("orders", ("bram",)), ("gone", ("anna", "bram"))]
)
def test_who_gets_it_where_nobody_is_named(rule: str | None, backups: tuple[str, ...]) -> None:
    """Those of its rule who are there, else whoever is."""
    [hand] = planned(Wanted((1,), Verb.FORWARD), target(rule=rule)).effects
    assert isinstance(hand, Hand)
    assert hand.event.backups == backups


@pytest.mark.parametrize("way", ["button", "folder"])
def test_nobody_to_forward_it_to(way: Way) -> None:
    """It is told, a moved one goes back to INBOX, and nothing further of the item is done."""
    plan = planned(Wanted((1, 2), Verb.FORWARD, "carla"), target(1), target(2), command=row(way))
    assert plan.mistakes == [Mistake(Why.BACKUP_AWAY, "Zaak 1", "carla")]
    assert plan.effects == ([PutBack(1, "INBOX")] if way == "folder" else [])
    nobody = plan_of(row(), Asked((Wanted((1,), Verb.FORWARD),)), {1: target()}, {}, BOOK, (), NOW)
    assert nobody.mistakes == [Mistake(Why.NOBODY_THERE, "Zaak 1", "")]


def test_what_is_not_there_any_more() -> None:
    """Or is another mail at its place: nothing is sent, and it is told."""
    other = OCTETS.replace(b"Zaak", b"Ander")
    for octets in (None, b"", other):
        plan = planned(Wanted((1,), Verb.FORWARD, "anna"), target(), octets=octets)
        assert (plan.effects, plan.mistakes) == ([], [Mistake(Why.GONE, "Zaak 1")])
    assert is_original(target(), OCTETS)
    assert not is_original(target(), other)
    assert not is_original(target(), None)


def test_a_private_one_is_asked_about_first() -> None:
    """By what it was, or by a rule that was written since; a second tap confirms it."""
    strict = replace(BOOK, rules=(Rule("family", AllOf(()), MakePrivate()),))
    wanted = Wanted((1,), Verb.FORWARD, "anna", "Let op.")
    for one, book in ((target(status="private"), BOOK), (target(), strict)):
        plan = planned(wanted, one, book=book, command=row("folder"))
        assert plan.questions == [AskFirst(one, "anna", "Let op.")]
        assert plan.effects == [PutBack(1, "INBOX")]
        assert plan.receipts == []
        confirmed = planned(wanted, one, book=book, command=row(is_confirmed=True))
        assert isinstance(confirmed.effects[0], Hand)


def test_what_a_backup_has_is_not_forwarded_again() -> None:
    """To the same it is nothing; to another a mistake; a move goes back to its folder."""
    forwarded = target(status="forwarded", backup="anna")
    assert planned(Wanted((1,), Verb.FORWARD, "anna"), forwarded) == Plan()
    plan = planned(Wanted((1,), Verb.FORWARD, "bram"), forwarded, command=row("folder"))
    assert plan.mistakes == [Mistake(Why.ALREADY_FORWARDED, "Zaak 1", "anna")]
    assert plan.effects == [PutBack(1, "Delegator/Forwarded")]
    assert planned(Wanted((1,), Verb.FORWARD, "bram"), target(status="other")) == Plan()


@pytest.mark.parametrize(
    ("status", "folder"), [("done", "Delegator/Done"), ("to-do", "Delegator/To-do"), ("later", "INBOX")]
)
def test_what_a_phone_moved_along_goes_back(status: Status, folder: str) -> None:
    """A decided mail that was moved with its conversation is no command; with a newer one it is told."""
    wanted = Wanted((1,), Verb.FORWARD, "anna")
    along = planned(wanted, target(status=status), command=row("folder", is_moved_along=True))
    assert (along.effects, along.mistakes) == ([PutBack(1, folder)], [])
    newer = planned(wanted, target(status=status), command=row("folder", has_newer=True))
    assert newer.mistakes == [Mistake(Why.HAS_NEWER, "Zaak 1")]
    assert isinstance(planned(wanted, target(status=status)).effects[0], Hand)


def test_only_what_may_be_forwarded_is_fetched() -> None:
    """Whole mails are large."""
    targets = {
        one.id: one
        for one in (target(1), target(2, "forwarded"), target(3, "other"), target(4, "done"), target(5))
    }
    asked = Asked((Wanted((1, 2, 3, 4), Verb.FORWARD), Wanted((5,), Verb.DONE), Wanted((9,), Verb.FORWARD)))
    assert to_fetch(row(), asked, targets, BOOK, THERE) == (1, 4)
    assert to_fetch(row(has_newer=True), asked, targets, BOOK, THERE) == (1,)
    assert to_fetch(row(), asked, targets, BOOK, ()) == ()
    assert asked.messages == (1, 2, 3, 4, 5, 9)


def test_done_settles_what_a_backup_perhaps_answered() -> None:
    """As if that backup had said so; other words, and other items, settle nothing."""
    perhaps = target(perhaps_answered_by="anna")
    done = planned(Wanted((1,), Verb.DONE), perhaps)
    order = BackupCommand("anna", Verb.ANSWERED, conversation=perhaps.conversation)
    assert done.effects == [Decide((1,), "done", ""), Obey(order)]
    assert planned(Wanted((1,), Verb.TO_DO), perhaps).effects == [Decide((1,), "to-do", "")]
    assert planned(Wanted((1,), Verb.DONE), target()).effects == [Decide((1,), "done", "")]


# --- a conversation that a phone moves as a whole -----------------------------------------------------


def in_conversation(id_: int, **change: object) -> Mail:
    found = Mail(id_, NOW, Disposition.REVIEW, Code.OTHERWISE)
    return replace(found, **change)  # type: ignore[arg-type]


def test_what_is_moved_with_one_that_waited() -> None:
    """That one is the command; beside a decided one, or a mail that was not moved, each is its own."""
    waits = in_conversation(2)
    assert is_moved_along([in_conversation(1), waits], {2})
    assert not is_moved_along([in_conversation(1), waits], {7})
    assert not is_moved_along([replace(waits, decision="done")], {2})
    assert not is_moved_along([replace(waits, disposition=Disposition.FORWARD)], {2})
    ordered = replace(waits, disposition=Disposition.FORWARD, code=Code.COMMANDED)
    assert is_moved_along([ordered], {2}), "its own move was carried out a moment ago"


@pytest.mark.parametrize("disposition", list(Disposition))
def test_what_the_owner_puts_into_a_folder(disposition: Disposition) -> None:
    """A command, unless we put it there, or it is no item of the owner's."""
    is_item = disposition not in (Disposition.OWN, Disposition.IGNORE)
    assert is_put_there(disposition, "Delegator/Done", ("INBOX", None)) == is_item
    assert not is_put_there(disposition, "Delegator/Done", (None, "Delegator/Done"))


def test_a_newer_mail_that_waits() -> None:
    """Or that has left INBOX within two minutes: it may be on its way to the same folder."""
    newer = in_conversation(2)
    assert has_newer([in_conversation(1), newer], 1, NOW)
    assert not has_newer([newer], 2, NOW)
    assert not has_newer([replace(newer, decision="to-do")], 1, NOW)
    assert not has_newer([replace(newer, disposition=Disposition.OWN)], 1, NOW)
    assert has_newer([replace(newer, decided_at=NOW - TOGETHER)], 1, NOW)
    assert not has_newer([replace(newer, decided_at=NOW - TOGETHER - timedelta(seconds=1))], 1, NOW)


def test_what_was_perhaps_delivered_there_is_an_item() -> None:
    """Whatever a rule says of it: nothing is done, and the button names the folder's colleague."""
    ruled = Verdict(
        Disposition.FORWARD, Code.RULE, backup="carla", backups=("carla",), rule="orders", conversation=7
    )
    found = put_there(ruled, "Delegator/Forward/bram", "bram", is_moved=False)
    assert (found.disposition, found.code, found.priority) == (Disposition.REVIEW, Code.NOT_SEEN, "normal")
    assert (found.propose, found.detail, found.conversation) == ("bram", "Delegator/Forward/bram", 7)
    assert (found.backup, found.backups) == (None, ())
    moved = put_there(ruled, "Delegator/Forward/bram", "bram", is_moved=True)
    assert (moved.disposition, moved.code, moved.backup) == (Disposition.REVIEW, Code.RULE, None)


def test_what_was_too_much_at_once_is_told() -> None:
    """What the shell did not fetch stays open."""
    asked = asks(Verb.FORWARD_ALL, items=(1, 2), backup="anna")
    plan = plan_of(row(), asked, {1: target(1), 2: target(2)}, {1: OCTETS}, BOOK, THERE, NOW)
    assert [type(effect) for effect in plan.effects] == [Hand]
    assert plan.mistakes == [Mistake(Why.TOO_MUCH, "Zaak 2")]


def test_words_for_what_is_on_the_list_already() -> None:
    """Written on a plane, they arrive when the homecoming has put it there; without any nothing is new."""
    on_list = target(1, "to-do")
    said = planned(Wanted((1,), Verb.TO_DO, note="eerst bellen"), on_list)
    assert said.effects == [Decide((1,), "to-do", "eerst bellen")]
    assert planned(Wanted((1,), Verb.TO_DO), on_list) == Plan()
    assert planned(Wanted((1,), Verb.DONE, note="x"), target(1, "done")) == Plan()
