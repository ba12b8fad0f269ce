"""What goes wrong between two mails: refusals, lost answers, late machines, forgeries, the owner's hand."""

from __future__ import annotations

import itertools
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from delegator.core.commands.command import Grant, Verb
from delegator.core.reviews.items import Review
from delegator.daemon.reviewer import Reviewer
from delegator.daemon.status import account_status
from tests.handovers import BACKUPS, SOFIE, Crash, Handovers, bounce, buttons, write
from tests.support import Fault

pytestmark = pytest.mark.torture("faults in a handover")

JAN, ELS = "jan@acme.example", "x@elders.example"
ANNA, BRAM, CARLA = (BACKUPS[key][0] for key in ("anna", "bram", "carla"))
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest_asyncio.fixture
async def world() -> AsyncIterator[Handovers]:
    each = Handovers.new()
    await each.open()
    yield each
    await each.close()


async def order(world: Handovers, number: int = 7) -> str:
    """A client's mail that a rule gives to bram, anna, carla in that order; its Message-ID."""
    message_id = f"<{number}@elders.example>"
    await world.takes(write(ELS, f"Bestelling {number}", message_id))
    return message_id


def reached(world: Handovers, message_id: str) -> list[str]:
    """Who got it, in order."""
    keys = {address: key for key, (address, _) in BACKUPS.items()}
    return [
        keys[str(mail["To"].addresses[0].addr_spec)]
        for mail in world.forwards()
        if mail["In-Reply-To"] == message_id
    ]


def last(world: Handovers, key: str) -> str:
    """The Message-ID of the newest forward to them."""
    return str(world.forwards(key)[-1]["Message-ID"])


async def later(world: Handovers, span: timedelta, *mails: bytes) -> None:
    world.clock.at += span
    for octets in mails:
        world.arrives(octets)
    await world.step()


# --- one conversation, one person --------------------------------------------------------------------


async def test_a_refused_second_mail_takes_its_conversation_along(world: Handovers) -> None:
    """The second mail is refused where the first arrived: both go to the next, who reads who had it."""
    first = await order(world)
    world.gate.faults.append("refused")
    await later(world, MINUTE, write(ELS, "Re: Bestelling 7", "<8@elders.example>", names=(first,)))
    await world.step()
    assert reached(world, first) == ["bram", "anna"]
    assert reached(world, "<8@elders.example>") == ["anna"]
    assert len(world.covers("anna")) == 1
    assert await world.holder(first) == await world.holder("<8@elders.example>") == "anna"


async def test_refused_by_all_it_is_the_owners_with_all_its_mails(world: Handovers) -> None:
    """Two mails of one conversation, and a backup who cannot be reached: the owner has both."""
    world.arrives(write(ELS, "Klacht", "<1@elders.example>"))
    world.arrives(write(ELS, "Re: Klacht", "<2@elders.example>", names=("<1@elders.example>",)))
    world.gate.faults.append("refused")
    await world.step()
    assert [await world.holder(f"<{n}@elders.example>") for n in (1, 2)] == ["owner", "owner"]
    await later(world, HOUR, write(ELS, "Re: Klacht", "<3@elders.example>", names=("<1@elders.example>",)))
    assert await world.holder("<3@elders.example>") == "owner", "whoever has it gets what follows"


async def test_a_limit_of_ours_burns_no_chain(world: Handovers) -> None:
    """Five days of "daily limit exceeded": nobody else is asked, nobody is taken for away, and it goes."""
    world.gate.faults.extend(["limited"] * 2000)
    first = await order(world)
    await world.quiet(timedelta(days=5))
    assert reached(world, first) == []
    assert world.rows("SELECT * FROM outbox WHERE state = 'failed'") == []
    assert dict(await world.store.absences(world.clock.at)) == {}
    [waiting] = (await world.store.review_content(world.clock.at)).forwards_waiting
    assert (waiting.message.waits_for, waiting.message.subject) == ("bram", "Bestelling 7")
    assert world.clock.at - waiting.since_at >= timedelta(days=5), "the review tells its age"
    world.gate.faults.clear()
    await world.quiet(2 * HOUR)
    assert reached(world, first) == ["bram"]
    assert (await world.store.review_content(world.clock.at)).forwards_waiting == ()


async def review_of(world: Handovers) -> Review:
    review, _, _ = await Reviewer(world.tenure(world.config)).compose(None)
    return review


async def test_what_cannot_go_is_an_item_until_it_has_gone(world: Handovers) -> None:
    """After half an hour of "daily limit exceeded"; before that it is a line, and afterwards a handover."""
    world.gate.faults.extend(["limited"] * 2000)
    first = await order(world)
    await world.quiet(29 * MINUTE)
    assert (await review_of(world)).shown == ()
    await world.quiet(MINUTE)
    review = await review_of(world)
    [item] = review.shown
    assert (item.subject, item.proposal, item.forward_to) == ("Bestelling 7", None, None)
    [warning] = (each.replace("\xa0", " ") for each in item.warnings)
    assert warning.startswith(
        "Wacht sinds ma 16/11 9.00 u om doorgestuurd te worden naar Bram Maes: een limiet"
    )
    assert review.handed == (), "it is with nobody yet"
    assert [line for line in review.facts.problems if "Bestelling 7" in line] == [], "it is told once"
    assert [line for line in review.facts.problems if "de eerste sinds ma" in line], "and is a problem"
    [said] = [p for p in (await account_status(world.tenure(world.config))).problems if "forward" in p]
    assert said.startswith("outbox: 1 forward waits since 16/11 09:00; the submission server said: "), said
    world.gate.faults.clear()
    await world.quiet(2 * HOUR)
    assert reached(world, first) == ["bram"]
    review = await review_of(world)
    assert review.shown == ()
    assert [one.subject for one in review.handed] == ["Bestelling 7"]


@pytest.mark.parametrize(("verb", "decision"), [(Verb.DONE, "done"), (Verb.TO_DO, "to-do")])
async def test_the_owner_sees_to_what_cannot_go(world: Handovers, verb: Verb, decision: str) -> None:
    """A tap on the item: it does not go any more, whatever the server says later."""
    world.gate.faults.extend(["limited"] * 40)
    first = await order(world)
    await world.source.create("Delegator/To-do")
    await world.quiet(HOUR)
    await Reviewer(world.tenure(world.config)).make(None)
    [token] = [row["token"] for row in world.rows(f"SELECT token FROM token WHERE verb = '{verb}'")]
    await world.takes(write(SOFIE, f"dlg {verb} {token}", "<tap@voorbeeld.example>", to=SOFIE))
    world.gate.faults.clear()
    await world.quiet(5 * HOUR)
    assert reached(world, first) == []
    [row] = world.rows(f"SELECT decision, decided_at FROM message WHERE message_id = '{first}'")
    assert row["decision"] == decision
    assert row["decided_at"] is not None


async def test_a_brief_that_cannot_go_is_told_with_its_age(world: Handovers) -> None:
    world.gate.faults.extend(["limited"] * 2000)
    world.clock.at += MINUTE
    await world.step()  # the briefs
    await world.quiet(2 * HOUR)
    problems = [line.replace("\xa0", " ") for line in (await review_of(world)).facts.problems]
    told = "Een mail over je afwezigheid wacht sinds ma 16/11 9.01 u om naar "
    [line] = [line for line in problems if line.startswith(told)]
    assert all(name in line for name in ("Anna Peeters", "Bram Maes", "Carla Claes"))


async def test_an_overview_whose_content_is_refused_marks_nobody_away(world: Handovers) -> None:
    """Our own server takes an overview for spam, and that says nothing of its backup."""
    await order(world)
    world.gate.faults.append("spam")
    await world.quiet(timedelta(hours=8))
    assert world.rows("SELECT kind FROM outbox WHERE state = 'failed'"), "it was an overview or a brief"
    assert dict(await world.store.absences(world.clock.at)) == {}


@pytest.mark.parametrize("fault", ["deferred", "refused", "lost, no answer"])
async def test_answered_in_the_midst_of_an_attempt(world: Handovers, fault: Fault) -> None:
    """An answer is taken up while a forward is under way that then fails: nobody is asked any more."""
    first = await order(world)
    answer = write(BRAM, "Re: Bestelling 7", "<a@voorbeeld.example>", to=ELS, cc=SOFIE, names=(first,))
    world.clock.at += 10 * MINUTE
    world.arrives(write(ELS, "Re: Bestelling 7", "<8@elders.example>", names=(first,)))

    async def look(_: object) -> None:
        if len(world.gate.tried) == before + 1:
            world.arrives(answer)
            await world.look()

    before = len(world.gate.tried)
    world.gate.faults.append(fault)
    world.gate.during = look
    await world.step()
    world.gate.during = None
    await world.quiet(5 * HOUR)
    assert reached(world, "<8@elders.example>") == []
    assert await world.holder("<8@elders.example>") == "answered"


async def test_passed_on_while_its_outcome_was_unknown(world: Handovers) -> None:
    """The one before gets no second copy, and the clock of the next is not theirs."""
    world.clock.at += MINUTE
    await world.step()  # the briefs
    world.gate.faults.append("lost, no answer")
    first = await order(world)
    brief = str(world.letters("bram")[0]["Message-ID"])
    auto = write(BRAM, "Afwezig", "<auto@voorbeeld.example>", names=(brief,), Auto_Submitted="auto-replied")
    await later(world, MINUTE, auto)
    await world.quiet(HOUR)
    assert reached(world, first) == ["anna"]


async def test_a_late_word_of_the_one_before_changes_nothing(world: Handovers) -> None:
    """Bram had it, Anna has it: his bounce, his forward back and his question come too late."""
    first = await order(world)
    forward = last(world, "bram")
    await later(world, HOUR, write(BRAM, "FW: Bestelling 7", "<b@voorbeeld.example>", names=(forward,)))
    assert await world.holder(first) == "anna"
    again = write(BRAM, "FW: Bestelling 7", "<c@voorbeeld.example>", names=(forward,))
    await later(world, HOUR, again, bounce(BRAM, forward))
    assert await world.holder(first) == "anna"
    assert reached(world, first) == ["bram", "anna"]


async def test_an_answer_to_what_came_back_to_the_owner(world: Handovers) -> None:
    """Nobody took it; then Bram answers the client after all: the owner's item is closed."""
    first = await order(world)
    for key, address in (("bram", BRAM), ("anna", ANNA), ("carla", CARLA)):
        await later(
            world, HOUR, write(address, "FW: x", f"<{key}@voorbeeld.example>", names=(last(world, key),))
        )
    assert await world.holder(first) == "owner"
    assert world.told_nobody_left == 1
    answer = write(BRAM, "Re: Bestelling 7", "<a@voorbeeld.example>", to=ELS, cc=SOFIE, names=(first,))
    await later(world, HOUR, answer)
    assert await world.holder(first) == "answered"
    auto = write(BRAM, "Afwezig: Bestelling 7", "<b@voorbeeld.example>", names=(first,))
    await later(world, HOUR, auto)
    for colleagues in ("<a@voorbeeld.example>", "<b@voorbeeld.example>"):
        assert reached(world, colleagues) == [], "a colleague's mail about it is never a client's"


async def test_forwarded_by_hand_before_ours_went_out(world: Handovers) -> None:
    """Ours is called off, whoever it was for; the colleague she chose has it, and a clock runs."""
    world.gate.faults.append("deferred")
    first = await order(world)
    world.clock.at += timedelta(seconds=5)
    by_hand = write(SOFIE, "Fwd: Bestelling 7", "<h@telefoon.example>", to=ANNA, names=(first,))
    world.arrives(by_hand, "Sent")
    await world.quiet(5 * HOUR)
    assert reached(world, first) == []
    assert await world.holder(first) == "anna"
    [row] = await world.store.open_handovers()
    assert row.due_at is not None
    assert row.due_at <= world.clock.at


@pytest.mark.parametrize("to", [ELS, ANNA])
async def test_by_her_own_hand_before_we_looked(world: Handovers, to: str) -> None:
    """After a power cut Sent is read first: what she answered, or gave away, goes to nobody else."""
    first = "<1@elders.example>"
    world.arrives(write(ELS, "Bestelling 7", first))
    world.clock.at += HOUR
    world.arrives(write(SOFIE, "Re: Bestelling 7", "<h@telefoon.example>", to=to, names=(first,)), "Sent")
    await world.read_sent()
    await world.step()
    assert reached(world, first) == []
    assert await world.holder(first) == ("answered" if to == ELS else "anna")


async def test_what_came_back_can_be_given_to_another(world: Handovers) -> None:
    """Nobody of the chain took it: the owner's [Forward to Carla] works, though it has left INBOX."""
    first = "<9@acme.example>"
    await world.takes(write(JAN, "Vraag", first))
    for key, address in (("anna", ANNA), ("bram", BRAM)):
        back = write(address, "FW: x", f"<{key}@voorbeeld.example>", names=(last(world, key),))
        await later(world, HOUR, back)
    assert await world.holder(first) == "owner"
    [row] = world.rows("SELECT id FROM message WHERE message_id = ?", first)
    until_at = world.config.away[0].until_at
    grant = Grant(Verb.FORWARD, None, (row["id"],), until_at, backup="carla")
    await world.store.add_tokens({"JHAM7H55": grant})
    await later(world, MINUTE, write(SOFIE, "dlg f JHAM7H55", "<t@telefoon.example>"))
    assert await world.holder(first) == "carla"
    assert reached(world, first) == ["anna", "bram", "carla"]


async def test_by_hand_to_a_colleague_who_then_cannot(world: Handovers) -> None:
    """What the owner forwarded by hand from her own items is hers again after a no."""
    await world.takes(write(ELS, "Iets anders", "<1@elders.example>"))
    by_hand = write(SOFIE, "Fwd: Iets anders", "<h@telefoon.example>", to=ANNA, names=("<1@elders.example>",))
    world.arrives(by_hand, "Sent")
    await world.step()
    assert await world.holder("<1@elders.example>") == "anna"
    back = write(ANNA, "FW: Iets anders", "<b@voorbeeld.example>", names=("<h@telefoon.example>",))
    await later(world, HOUR, back)
    assert await world.holder("<1@elders.example>") == "owner"


async def test_by_hand_to_a_backup_whose_machine_answered(world: Handovers) -> None:
    """His automatic answer makes nobody a client: her forward to him is a forward, no answer."""
    first = await order(world)
    auto = write(
        BRAM,
        "Afwezig",
        "<auto@voorbeeld.example>",
        names=(last(world, "bram"),),
        Auto_Submitted="auto-replied",
    )
    await later(world, MINUTE, auto)
    by_hand = write(SOFIE, "Fwd: Bestelling 7", "<h@telefoon.example>", to=BRAM, names=(first,))
    world.clock.at += MINUTE
    world.arrives(by_hand, "Sent")
    await world.step()
    assert await world.holder(first) == "bram"


async def test_whoever_has_it_is_away_when_the_client_writes_again(world: Handovers) -> None:
    """All of it goes to the next in one go, the new mail after the old, once each."""
    first = await order(world)
    brief = str(world.letters("bram")[0]["Message-ID"])
    auto = write(BRAM, "Afwezig", "<auto@voorbeeld.example>", names=(brief,), Auto_Submitted="auto-replied")
    more = write(ELS, "Re: Bestelling 7", "<8@elders.example>", names=(first,))
    await later(world, MINUTE, auto, more)
    assert reached(world, first) == ["bram", "anna"]
    assert reached(world, "<8@elders.example>") == ["anna"]
    assert [mail["In-Reply-To"] for mail in world.forwards("anna")] == [first, "<8@elders.example>"]


async def test_a_client_who_writes_again_puts_no_deadline_off(world: Handovers) -> None:
    """The clock runs from the first mail without an answer, not from the newest."""
    first = await order(world)
    [before] = await world.store.open_handovers()
    await later(world, HOUR, write(ELS, "Re: Bestelling 7", "<8@elders.example>", names=(first,)))
    [after] = await world.store.open_handovers()
    assert after.due_at == before.due_at
    assert after.messages == 2


async def test_later_today_is_the_word_of_one(world: Handovers) -> None:
    """What Bram said does not keep Anna's clock from running out."""
    world = Handovers.new("next")
    await world.open()
    try:
        first = await order(world)
        await world.quiet(2 * HOUR)
        overview = world.letters("bram")[-1]
        word = write(
            BRAM, "Re: x", "<w@voorbeeld.example>", names=(str(overview["Message-ID"]),), text="later"
        )
        await later(world, MINUTE, word)
        await later(
            world, MINUTE, write(BRAM, "FW: x", "<b@voorbeeld.example>", names=(last(world, "bram"),))
        )
        assert await world.holder(first) == "anna"
        await world.quiet(timedelta(days=1))
        assert reached(world, first) == ["bram", "anna", "carla"]
    finally:
        await world.close()


async def test_the_cover_goes_first(world: Handovers) -> None:
    """While the mail that says who had it is put off by the server, what it announces waits."""
    await order(world)
    world.gate.faults.append("deferred")
    back = write(BRAM, "FW: x", "<b@voorbeeld.example>", names=(last(world, "bram"),))
    await later(world, HOUR, back)
    assert (world.covers("anna"), world.forwards("anna")) == ([], [])
    await world.quiet(10 * MINUTE)
    assert len(world.covers("anna")) == len(world.forwards("anna")) == 1


async def test_a_crash_at_the_final_dot(world: Handovers) -> None:
    """Taken by the server and not written down: the same mail again, with the same Message-ID."""
    world.clock.at += MINUTE
    await world.step()

    async def fail(_: object) -> None:
        raise Crash

    world.gate.during = fail
    with pytest.raises(Crash):
        await order(world)
    world.gate.during = None
    await world.crash()
    await world.step()
    one, other = world.forwards("bram")
    assert one["Message-ID"] == other["Message-ID"]


# --- bad input -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", ["<nobody@voorbeeld.example>", "<7@elders.example>"])
async def test_a_bounce_that_names_no_mail_of_ours(world: Handovers, named: str) -> None:
    """Invented, or the client's own: without effect, an item in the review."""
    first = await order(world)
    await later(world, HOUR, bounce(BRAM, named, "postmaster@vreemd.example"))
    assert await world.holder(first) == "bram"
    assert await world.store.absences(world.clock.at) == {}


async def test_a_forged_bounce_with_the_right_id(world: Handovers) -> None:
    """Who knows our Message-ID can make believe that a mail bounced. At worst the next in the owner's own
    list is asked, with a word of explanation, and it stands in the log."""
    first = await order(world)
    await later(world, HOUR, bounce(BRAM, last(world, "bram"), "mallory@vreemd.example"))
    assert await world.holder(first) == "anna"
    assert {mail["To"].addresses[0].addr_spec for mail in world.forwards()} <= {ANNA, BRAM}
    assert "passed_on" in world.log.events
    await later(world, HOUR, bounce(BRAM, last(world, "bram"), "mallory@vreemd.example"))
    assert await world.holder(first) == "anna", "and it works once"


async def test_a_button_works_once_and_for_its_backup_only(world: Handovers) -> None:
    """From a stranger, from another backup, a second time, after the handover moved on: without effect."""
    first = await order(world)
    second = await order(world, 8)
    await world.quiet(2 * HOUR)
    found = buttons(world.letters("bram")[-1])
    answered = [token for verb, token in found if verb == "ba"]
    number = 0

    async def tap(sender: str, verb: str, token: str) -> None:
        nonlocal number
        number += 1
        await later(world, MINUTE, write(sender, f"dlg {verb} {token}", f"<t{number}@telefoon.example>"))

    for stranger in (ELS, ANNA, CARLA):
        await tap(stranger, "ba", answered[0])
    assert (await world.holder(first), await world.holder(second)) == ("bram", "bram")
    await tap(BRAM.upper(), "ba", answered[0])
    assert [await world.holder(each) for each in (first, second)].count("answered") == 1
    other = second if await world.holder(first) == "answered" else first
    await tap(BRAM, "ba", answered[0])
    assert await world.holder(other) == "bram"
    back = next(str(mail["Message-ID"]) for mail in world.forwards("bram") if mail["In-Reply-To"] == other)
    await later(world, MINUTE, write(BRAM, "FW: x", "<b@voorbeeld.example>", names=(back,)))
    assert await world.holder(other) == "anna"
    await tap(BRAM, "ba", answered[1])
    assert await world.holder(other) == "anna", "it is not his to close any more"


async def test_an_expired_button_does_nothing(world: Handovers) -> None:
    """After the owner is back no secret is worth anything."""
    first = await order(world)
    await world.quiet(2 * HOUR)
    [answered] = [token for verb, token in buttons(world.letters("bram")[-1]) if verb == "ba"]
    world.clock.at = world.config.away[0].until_at + MINUTE
    await world.takes(write(BRAM, f"dlg ba {answered}", "<t@telefoon.example>"))
    assert await world.holder(first) == "bram"


async def test_the_dates_of_a_button(world: Handovers) -> None:
    """[Not from … to …] with dates in the mail: on those days the next is asked."""
    await world.step()
    [token] = [token for verb, token in buttons(world.letters("bram")[0]) if verb == "bw"]
    tap = write(BRAM, f"dlg bw {token}", "<t@telefoon.example>", text="Niet van 16/11 tot 17/11")
    await later(world, MINUTE, tap)
    assert set(await world.store.absences(world.clock.at)) == {"bram"}
    assert await world.holder(await order(world)) == "anna"


async def test_rather_not_by_a_button_passes_on_what_they_have(world: Handovers) -> None:
    """A no to the whole absence is a no to what came before it, too."""
    first = await order(world)
    [token] = [token for verb, token in buttons(world.letters("bram")[0]) if verb == "br"]
    await later(world, HOUR, write(BRAM, f"dlg br {token}", "<t@telefoon.example>"))
    assert await world.holder(first) == "anna"


async def test_an_answer_to_another_conversation(world: Handovers) -> None:
    """It names another client's mail, or goes to another client: this one still waits."""
    first, second = await order(world), "<9@acme.example>"
    await world.takes(write(JAN, "Bestelling 7", second))
    answer = write(BRAM, "Re: Bestelling 7", "<a@voorbeeld.example>", to=ELS, cc=SOFIE, names=(second,))
    await later(world, HOUR, answer)
    assert (await world.holder(first), await world.holder(second)) == ("bram", "bram")


async def test_addresses_that_changed_case(world: Handovers) -> None:
    """The client's in Cc and the backup's own, in capitals, are the same people."""
    first = await order(world)
    answer = write(
        "Bram Maes <BRAM.MAES@VOORBEELD.EXAMPLE>",
        "Re: Bestelling 7",
        "<a@voorbeeld.example>",
        cc="X@Elders.EXAMPLE",
        names=(first,),
    )
    await later(world, HOUR, answer)
    assert await world.holder(first) == "answered"


async def test_two_clients_with_the_same_subject(world: Handovers) -> None:
    """A reply without References joins its own sender's conversation, never the other's."""
    await order(world)
    await world.takes(write(JAN, "Bestelling 7", "<9@acme.example>"))
    await later(world, HOUR, write(JAN, "Re: Bestelling 7", "<10@acme.example>"))
    rows = world.rows("SELECT message_id, conversation FROM message WHERE disposition = 'forward'")
    found = {row["message_id"]: row["conversation"] for row in rows}
    assert found["<10@acme.example>"] == found["<9@acme.example>"] != found["<7@elders.example>"]


async def test_a_conversation_with_hundreds_of_mails(world: Handovers) -> None:
    """One more costs no more, and an answer settles all of them: a tenth of a second each."""
    first = await order(world)
    names = [first, *(f"<m{number}@elders.example>" for number in range(200))]
    for before, message_id in itertools.pairwise(names):
        mail = write(ELS, "Re: Bestelling 7", message_id, names=(before,))
        world.source.deliver(mail, arrived_at=world.clock.at)
    await world.look()  # ten an hour are forwarded, the owner is told of the others

    async def timed(octets: bytes) -> float:
        world.clock.at += 10 * MINUTE
        began = time.process_time()
        await world.takes(octets)
        return time.process_time() - began

    assert len(reached(world, first)) == 1
    more = write(ELS, "Re: Bestelling 7", "<more@elders.example>", names=tuple(names[-40:]))
    answer = write(
        BRAM, "Re: Bestelling 7", "<a@voorbeeld.example>", to=ELS, cc=SOFIE, names=tuple(names[-40:])
    )
    await world.step()
    assert await timed(more) < 0.1
    assert await timed(answer) < 0.1
    assert await world.store.open_handovers() == []


# --- what was said is not lost ------------------------------------------------------------------------


@pytest.mark.parametrize("transactions", range(12))
async def test_a_crash_loses_no_word_of_a_backup(world: Handovers, transactions: int) -> None:
    """Bram answers his overview "niet ik", and the power fails: whenever that is, Anna gets the mail."""
    first = await order(world)
    await world.quiet(2 * HOUR)
    overview = str(world.letters("bram")[-1]["Message-ID"])
    world.clock.at += 10 * MINUTE
    word = write(BRAM, "Re: x", "<w@voorbeeld.example>", names=(overview,), text="niet ik")
    world.arrives(word)
    world.database.countdown = transactions
    try:
        await world.step()
    except Crash:
        await world.crash()
    world.database.countdown = None
    world.clock.at += 3 * MINUTE
    await world.step()
    assert await world.holder(first) == "anna"
    assert reached(world, first) == ["bram", "anna"]


@pytest.mark.parametrize("is_known_elsewhere", [False, True])
async def test_what_came_back_is_filed_with_the_to_dos(world: Handovers, is_known_elsewhere: bool) -> None:
    """It lies among what was forwarded, at a place that nobody told; as a to-do it lies where to-dos do.

    Where the owner took it from there by hand, it stays where she put it.
    """
    await world.source.create("Delegator/To-do")
    await world.takes(write(ELS, "Een klacht", "<1@acme.example>"))
    await world.takes(write(ELS, "Nog een klacht", "<2@acme.example>"))
    assert len(world.source.mailboxes["Delegator/Forwarded"].mails) == 2
    forward = str(world.forwards("carla")[0]["Message-ID"])
    await later(world, HOUR, write(CARLA, "FW: x", "<c@voorbeeld.example>", names=(forward,)))
    assert await world.holder("<1@acme.example>") == "owner"
    if is_known_elsewhere:
        world.source.mailboxes["Delegator/Forwarded"].mails.pop(1)
    await world.store.come_home(world.config.away[0], world.clock.at, has_folders=True)
    await world.step()
    await world.step()
    to_dos = [mail.octets for mail in world.source.mailboxes["Delegator/To-do"].mails.values()]
    assert len(to_dos) == (0 if is_known_elsewhere else 1)
    assert all(b"Subject: Een klacht" in octets for octets in to_dos)
    assert len(world.source.mailboxes["Delegator/Forwarded"].mails) == 1
    assert await world.store.misplaced() == []
