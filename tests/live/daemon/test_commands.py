"""Everything that a thumb can do, on a real Dovecot: taps, replies and moves; and who may not.

All in one file: each order is tried by all three ways on the same phone.
"""

from __future__ import annotations

import asyncio
import email.policy
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.holiday import MONDAY, RULES, Holiday, holiday, plain_text, write_mail
from tests.phone import SOFIE, App, Phone, button, item, links, reply_to
from tests.servers.dovecot import Account as ImapAccount
from tests.servers.dovecot import Options
from tests.servers.smtp import Received, SmtpServer

pytestmark = pytest.mark.dovecot

ANNA, BRAM = "anna@voorbeeld.example", "bram@voorbeeld.example"
DONE, TO_DO, FORWARDED = "Delegator/Done", "Delegator/To-do", "Delegator/Forwarded"
TO_ANNA, TO_BRAM = "Delegator/Forward/anna", "Delegator/Forward/bram"


async def items(away: Holiday, count: int) -> None:
    """Zaak 1, Zaak 2, …: waiting for the owner, numbered so in the review."""
    for n in range(1, count + 1):
        octets = item(f"Zaak {n}", Message_ID=f"<zaak{n}@elders.example>")
        await asyncio.to_thread(away.imap.deliver, octets, arrived_at=MONDAY + timedelta(seconds=n))


async def settled(phone: Phone) -> None:
    """Until a command that is sent now has been carried out, and with it all before."""

    def told() -> int:
        return sum("“k 999”" in plain_text(answer) for answer in phone.answers())

    before = told()
    await phone.reply(phone.reviews()[-1], "k 999")
    await phone.away.until(lambda: told() > before)


async def test_each_command_by_button_and_twice(away: Holiday, phone: Phone) -> None:
    """Forwarded, a task, done: each once, however often the mail comes; the next review tells."""
    await items(away, 3)
    await away.start()
    review = await phone.next_review()
    taps = [button(review, "Naar Anna", 0), button(review, "Taak", 1), button(review, "Klaar", 2)]
    for link in taps * 2:
        await phone.tap(link)
    await away.until(lambda: phone.is_in("Zaak 1", FORWARDED))
    await away.until(lambda: phone.is_in("Zaak 2", TO_DO) and phone.is_in("Zaak 3", DONE))
    await settled(phone)
    (forward,) = away.accepted(ANNA)
    assert forward["Subject"] == "Zaak 1"
    told = plain_text(await phone.next_review())
    assert "Gedaan zoals je vroeg (3)" in told
    assert told.count("Zaak 1") == 2, "with Anna, and done as asked"
    assert "opnieuw of te laat" not in told, "the second of each did nothing, and is nothing to tell"


async def test_each_command_by_reply_and_twice(away: Holiday, phone: Phone) -> None:
    """To whom it was said, with her own line on top; a task, done, not before she is back."""
    await items(away, 5)
    await away.start()
    review = await phone.next_review()
    for _ in range(2):
        await phone.reply(review, "f 1 bram: graag vandaag nog bellen\nt 2 morgen bellen\nk 3\nlater 4")
    await away.until(lambda: phone.is_in("Zaak 1", FORWARDED) and phone.is_in("Zaak 2", TO_DO))
    await away.until(lambda: phone.is_in("Zaak 3", DONE))
    await settled(phone)
    (forward,) = away.accepted(BRAM)
    lines = plain_text(forward).splitlines()
    assert lines[0].startswith("Bram, kan jij dit beantwoorden")
    assert lines[1] == "graag vandaag nog bellen"
    assert phone.is_in("Zaak 4", "INBOX")
    assert [answer["Subject"][:11] for answer in phone.answers()] == ["Niet gelukt"], "of the last one only"
    told = plain_text(await phone.next_review())
    assert told.count("Zaak 4") == 1, "among what was done, and no longer among what is open"
    assert "1. Zaak 5" in told
    third = plain_text(await phone.next_review())
    assert "Zaak 4" not in third


async def test_a_signature_below_a_reply_is_known_from_sent_mail(away: Holiday, phone: Phone) -> None:
    """It says nothing. What stands there below one mail only, or below a reply to a review, is read."""
    signature = "Sofie Janssens\nZaakvoerder Voorbeeld bv\nKerkstraat 12, 9000 Gent"
    for n, (to, text) in enumerate(
        [
            ("jan@acme.example", f"Prima.\n\nGroeten,\n{signature}"),
            ("lut@klant.example", f"Komt in orde.\n\nMvg,\n{signature}\nen die van Jan niet"),
            (SOFIE, "ok\nbehalve de klacht"),
            (SOFIE, "ok\nbehalve de klacht"),
        ]
    ):
        mail = write_mail(f"Sofie <{SOFIE}>", "Antw: zaak", text, Message_ID=f"<sent{n}@voorbeeld.example>")
        mail = mail.replace(b"\r\nTo: Sofie Janssens <sofie@voorbeeld.example>", f"\r\nTo: {to}".encode())
        await asyncio.to_thread(away.imap.deliver, mail, "Sent", arrived_at=MONDAY - timedelta(days=n + 1))
    await items(away, 2)
    await away.start()
    review = await phone.next_review()
    await phone.reply(review, "k 1\nf 2 anna\nbehalve de klacht", "apple")
    await phone.reply(review, f"k 1\nf 2 anna\nen die van Jan niet\n\n{signature}", "apple")
    await away.until(lambda: len(phone.answers()) == 2)
    assert phone.is_in("Zaak 1", "INBOX")
    assert not away.accepted(ANNA)
    await phone.reply(review, f"k 1\nf 2 anna\n\nMvg,\n{signature}", "apple")
    await away.until(lambda: phone.is_in("Zaak 1", DONE) and phone.is_in("Zaak 2", FORWARDED))
    assert len(phone.answers()) == 2


async def test_each_command_by_folder(away: Holiday, phone: Phone) -> None:
    """To whom the folder says; and back in INBOX it is an open item again."""
    await items(away, 4)
    await away.start()
    await phone.next_review()
    await phone.move("Zaak 1", TO_BRAM)
    await phone.move("Zaak 2", TO_DO)
    await phone.move("Zaak 3", DONE)
    await away.until(lambda: phone.is_in("Zaak 1", FORWARDED))
    await settled(phone)
    assert [mail["Subject"] for mail in away.accepted(BRAM)] == ["Zaak 1"]
    assert (phone.is_in("Zaak 2", TO_DO), phone.is_in("Zaak 3", DONE)) == (True, True)
    told = plain_text(await phone.next_review())
    assert "Gedaan zoals je vroeg (3)" in told
    await phone.move("Zaak 2", "INBOX", TO_DO)
    await settled(phone)
    assert ". Zaak 2" in plain_text(await phone.next_review()).partition("Gedaan")[0]


async def test_all_three_ways_at_once_are_one_effect(away: Holiday, phone: Phone) -> None:
    """A tap, a reply and a move for the same item, and all of that again."""
    await items(away, 2)
    await away.start()
    review = await phone.next_review()
    tap = phone.command(button(review, "Naar Anna", 0))
    reply = reply_to(review, "f 1 anna", "apple")
    await phone.send(tap)
    await phone.send(reply)
    await phone.move("Zaak 1", TO_ANNA)
    await phone.send(tap)
    await phone.send(reply)
    await away.until(lambda: phone.is_in("Zaak 1", FORWARDED))
    await settled(phone)
    assert len(away.accepted(ANNA)) == 1
    assert plain_text(await phone.next_review()).count("Naar Anna Peeters") == 1


async def test_as_proposed_leaves_what_was_decided(away: Holiday, phone: Phone) -> None:
    """One tap for all; what she had decided otherwise stays so."""
    await items(away, 3)
    await away.start()
    review = await phone.next_review()
    await phone.tap(button(review, "Taak", 1))
    await phone.tap(button(review, "Alles zoals voorgesteld"))
    await away.until(lambda: phone.is_in("Zaak 1", FORWARDED) and phone.is_in("Zaak 3", FORWARDED))
    await away.until(lambda: phone.is_in("Zaak 2", TO_DO))
    assert {mail["Subject"] for mail in away.accepted(ANNA)} == {"Zaak 1", "Zaak 3"}


async def test_adjust_is_a_line_an_item(away: Holiday, phone: Phone) -> None:
    """The prefilled lines, some words changed; in the line breaks that some phones make of them."""
    await items(away, 3)
    await away.start()
    review = await phone.next_review()
    mail = phone.command(button(review, "Aanpassen"))
    lines = mail.get_content().split("\n")[:3]
    assert [line.partition(" // ")[0] for line in lines] == ["1 anna", "2 anna", "3 anna"]
    mail.set_content("1 bram<BR>2 taak morgen bellen<BR>3 klaar<BR><BR>Verstuurd vanaf mijn iPhone\n")
    await phone.send(mail)
    await away.until(lambda: phone.is_in("Zaak 1", FORWARDED) and phone.is_in("Zaak 2", TO_DO))
    await away.until(lambda: phone.is_in("Zaak 3", DONE))
    assert len(away.accepted(BRAM)) == 1
    assert away.accepted(ANNA) == []


async def test_bulk_is_done_at_one_tap(away: Holiday, phone: Phone) -> None:
    """What the review collapsed goes to Done; what came later does not."""
    news = [
        write_mail("nieuws@winkel.example", f"Actie {n}", List_Id="<n.winkel.example>") for n in (1, 2, 3)
    ]
    for octets in news[:2]:
        away.imap.deliver(octets, arrived_at=MONDAY)
    await away.start()
    review = await phone.next_review()
    away.imap.deliver(news[2], arrived_at=phone.clock.now())
    await phone.tap(button(review, "Alles klaar"))
    await away.until(lambda: phone.is_in("Actie 1", DONE) and phone.is_in("Actie 2", DONE))
    await settled(phone)
    assert phone.is_in("Actie 3", "INBOX")


@pytest.mark.parametrize("app", ["gmail", "apple", "outlook", "thunderbird", "html", "bottom"])
async def test_a_reply_as_each_program_writes_it(away: Holiday, phone: Phone, app: App) -> None:
    """Above or below the quotation, with a phone's signature, in HTML only: what is quoted does nothing."""
    await items(away, 4)
    await away.start()
    review = await phone.next_review()
    await phone.reply(review, "f 2 bram\nk 3", app)
    await away.until(lambda: phone.is_in("Zaak 2", FORWARDED) and phone.is_in("Zaak 3", DONE))
    assert [mail["Subject"] for mail in away.accepted(BRAM)] == ["Zaak 2"]
    assert away.accepted(ANNA) == []
    assert phone.answers() == []
    assert phone.is_in("Zaak 1", "INBOX")
    assert phone.is_in("Zaak 4", "INBOX")


async def test_what_could_not_be_done_is_told_at_once(away: Holiday, phone: Phone) -> None:
    """Why, and what to do; an answer to that counts too. It stays in the inbox until the next review."""
    await items(away, 3)
    await away.start()
    review = await phone.next_review()
    await phone.reply(review, "k 1\nf 9\nf 2 brma\nxyz 3")
    await away.until(lambda: phone.answers() and phone.is_in("Zaak 1", DONE))
    (answer,) = phone.answers()
    text = plain_text(answer)
    assert "“f 9”: Er is geen nummer 9 in die review." in text
    assert "“brma” is geen collega" in text
    assert "“xyz” is geen opdracht" in text
    assert away.accepted(BRAM) == away.accepted(ANNA) == []
    await phone.reply(answer, "f 2 bram")
    await away.until(lambda: phone.is_in("Zaak 2", FORWARDED))
    message_id = str(answer["Message-ID"]).encode()

    def is_in(mailbox: str) -> bool:
        return any(message_id in octets for _, _, octets in away.imap.messages(mailbox))

    await away.until(lambda: is_in("INBOX"))
    await phone.next_review()
    await away.until(lambda: is_in(DONE))


async def test_a_reply_to_an_earlier_review_means_its_numbers(away: Holiday, phone: Phone) -> None:
    """What was number 2 then, is not number 2 now."""
    await items(away, 3)
    await away.start()
    first = await phone.next_review()
    await phone.reply(first, "k 1 2")
    await away.until(lambda: phone.is_in("Zaak 2", DONE))
    second = await phone.next_review()
    assert "1. Zaak 3" in plain_text(second)
    await phone.reply(first, "t 3")
    await away.until(lambda: phone.is_in("Zaak 3", TO_DO))
    await phone.reply(second, "t 3")
    await away.until(lambda: phone.answers())
    assert "geen nummer 3" in plain_text(phone.answers()[0])


async def test_a_server_that_gives_mail_an_id_of_its_own(away: Holiday, phone: Phone) -> None:
    """The reply names that one; it is a reply to the review all the same, which stays in the inbox."""

    async def rewrite(received: Received) -> None:
        if SOFIE in received.rcpt_tos:
            lines = received.octets.split(b"\r\n")
            at = next(at for at, line in enumerate(lines) if line.startswith(b"Message-ID:"))
            lines[at] = b"Message-ID: <rewritten@provider.example>"
            await phone.send(b"\r\n".join(lines))

    await items(away, 1)
    away.smtp.deliver = rewrite
    await away.start()
    service = away.service
    assert service is not None
    await away.until(lambda: service.is_connected and phone.clock.next_wake_at is not None)
    await phone.clock.advance(MONDAY + timedelta(hours=2, seconds=1))
    await away.until(lambda: b"rewritten" in b"".join(octets for _, _, octets in away.imap.messages("INBOX")))
    (review,) = phone.reviews()
    del review["Message-ID"]
    review["Message-ID"] = "<rewritten@provider.example>"
    await phone.reply(review, "k 1")
    await away.until(lambda: phone.is_in("Zaak 1", DONE))
    assert b"rewritten" in b"".join(octets for _, _, octets in away.imap.messages("INBOX"))


async def test_commands_after_an_outage_are_carried_out_in_order(away: Holiday, phone: Phone) -> None:
    """Sent and moved while nobody watched: the last word counts."""
    await items(away, 3)
    await away.start()
    review = await phone.next_review()
    await away.stop()
    await phone.reply(review, "k 1")
    await phone.reply(review, "t 1")
    await phone.reply(review, "f 2 bram")
    await phone.move("Zaak 3", TO_ANNA)
    await away.start()
    await away.until(lambda: phone.is_in("Zaak 1", TO_DO) and phone.is_in("Zaak 2", FORWARDED))
    await away.until(lambda: phone.is_in("Zaak 3", FORWARDED))


# --- undo -------------------------------------------------------------------------------------------


async def test_undo_brings_it_back(away: Holiday, phone: Phone) -> None:
    """From Done and To-do to INBOX, as an open item; also what she deferred."""
    await items(away, 4)
    await away.start()
    review = await phone.next_review()
    await phone.reply(review, "k 1\nt 2\nlater 3")
    await away.until(lambda: phone.is_in("Zaak 1", DONE) and phone.is_in("Zaak 2", TO_DO))
    await phone.reply(review, "undo 1-3")
    await away.until(lambda: phone.is_in("Zaak 1", "INBOX") and phone.is_in("Zaak 2", "INBOX"))
    await settled(phone)
    told = plain_text(await phone.next_review()).partition("Gedaan")[0]
    assert all(f". Zaak {n}" in told for n in (1, 2, 3))
    await phone.reply(review, "k 1")
    await away.until(lambda: phone.is_in("Zaak 1", DONE))


async def test_undo_of_a_sent_forward_withdraws_it(away: Holiday, phone: Phone) -> None:
    """The mail is hers again and back in INBOX, and nothing goes out a second time."""
    await items(away, 1)
    await away.start()
    review = await phone.next_review()
    await phone.tap(button(review, "Naar Anna"))
    await away.until(lambda: phone.is_in("Zaak 1", FORWARDED))
    await phone.reply(review, "undo 1")
    await settled(phone)
    await away.until(lambda: phone.is_in("Zaak 1", "INBOX"))
    assert len(away.accepted(ANNA)) == 1
    told, _, done = plain_text(await phone.next_review()).partition("Gedaan")
    assert "Zaak 1" in told
    assert "Zaak 1" in done


async def test_what_has_been_forwarded_is_not_done_besides(away: Holiday, phone: Phone) -> None:
    """She is told who has it; nor does it go to a second colleague."""
    await items(away, 1)
    await away.start()
    review = await phone.next_review()
    await phone.tap(button(review, "Naar Anna"))
    await away.until(lambda: phone.is_in("Zaak 1", FORWARDED))
    await phone.reply(review, "1 bram")
    await away.until(lambda: phone.answers())
    assert "Anna heeft het al." in plain_text(phone.answers()[0])
    assert away.accepted(BRAM) == []


# --- folders ----------------------------------------------------------------------------------------


async def test_what_lies_in_a_folder_at_first_is_no_command(away: Holiday, phone: Phone) -> None:
    """The folders may be there from an earlier absence, with mail in them."""
    for folder in (TO_ANNA, TO_DO):
        away.imap.create(folder)
        away.imap.deliver(item(f"Oud in {folder}"), mailbox=folder, arrived_at=MONDAY)
    await items(away, 1)
    await away.start()
    await phone.next_review()
    await phone.move("Zaak 1", TO_ANNA)
    await away.until(lambda: phone.is_in("Zaak 1", FORWARDED))
    assert [mail["Subject"] for mail in away.accepted(ANNA)] == ["Zaak 1"]
    assert len(away.uids(TO_ANNA)) == 1


async def test_a_whole_conversation_is_moved(away: Holiday, phone: Phone) -> None:
    """What waits in it is forwarded; what was done, our own mail and the owner's copy are not."""
    first = item("Zaak 1", Message_ID="<zaak1@elders.example>")
    second = item("Re: Zaak 1", Message_ID="<zaak1b@elders.example>", In_Reply_To="<zaak1@elders.example>")
    sent = write_mail(f"Sofie <{SOFIE}>", "Re: Zaak 1", In_Reply_To="<zaak1@elders.example>")
    away.imap.deliver(first, arrived_at=MONDAY)
    await away.start()
    review = await phone.next_review()
    await phone.tap(button(review, "Klaar"))
    await away.until(lambda: phone.is_in("Zaak 1", DONE))
    away.imap.deliver(second, arrived_at=phone.clock.now())
    review = await phone.next_review()
    await phone.move("Zaak 1", TO_BRAM, DONE)
    away.imap.deliver(sent, mailbox=TO_BRAM, arrived_at=phone.clock.now())
    await phone.move(str(review["Subject"]), TO_BRAM) if review["Subject"].isascii() else None
    await phone.move("Re: Zaak 1", TO_BRAM)
    await away.until(lambda: away.accepted(BRAM))
    await settled(phone)
    assert [mail["Subject"] for mail in away.accepted(BRAM)] == ["Re: Zaak 1"]


async def test_mail_from_before_the_absence_can_be_forwarded_by_folder(away: Holiday, phone: Phone) -> None:
    """The tray is an in-tray: whatever the owner moves there goes to that colleague."""
    await items(away, 1)
    away.imap.deliver(item("Van vorige maand"), arrived_at=MONDAY - timedelta(days=30))
    await away.start()
    await phone.next_review()
    await phone.move("Van vorige maand", TO_ANNA)
    await away.until(lambda: phone.is_in("Van vorige maand", FORWARDED))
    assert [mail["Subject"] for mail in away.accepted(ANNA)] == ["Van vorige maand"]


async def test_a_move_before_anybody_looked(away: Holiday, phone: Phone) -> None:
    """What nobody saw elsewhere may have been delivered there: an item, with that colleague's button."""
    await items(away, 1)
    await away.start()
    await phone.next_review()
    await away.stop()
    away.imap.deliver(write_mail(subject="Snel"), arrived_at=phone.clock.now())  # a rule says: Anna
    await phone.move("Snel", TO_BRAM)
    await away.start()
    await away.until(lambda: phone.is_in("Snel", "INBOX"))
    await phone.tap(button(await phone.next_review(), "Naar Bram"))
    await away.until(lambda: phone.is_in("Snel", FORWARDED))
    assert [mail["Subject"] for mail in away.accepted(BRAM)] == ["Snel"]
    assert away.accepted(ANNA) == []


async def test_another_servers_names(
    new_account: Callable[[Options], ImapAccount], smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """Where the separator is a dot and everything lies under INBOX, the folders work as well."""
    account = new_account(Options(separator=".", prefix="INBOX."))
    async with holiday(account, smtp_server, tmp_path) as away:
        phone = Phone(away)
        await items(away, 2)
        await away.start()
        await phone.next_review()
        await phone.move("Zaak 1", "INBOX.Delegator.Forward.bram")
        await phone.move("Zaak 2", "INBOX.Delegator.To-do")
        await away.until(lambda: phone.is_in("Zaak 1", "INBOX.Delegator.Forwarded"))
        assert len(away.accepted(BRAM)) == 1
        assert "Taak · Zaak 2" in plain_text(await phone.next_review())


async def test_without_move_there_are_no_folders(
    new_account: Callable[[Options], ImapAccount], smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """Taps and replies work; nothing is moved, and what was decided is in no review."""
    account = new_account(Options(without=frozenset({"MOVE"})))
    async with holiday(account, smtp_server, tmp_path) as away:
        phone = Phone(away)
        await items(away, 4)
        await away.start()
        review = await phone.next_review()
        await phone.tap(button(review, "Naar Anna", 0))
        await phone.reply(review, "k 2\nt 3\nk 4\n")
        await phone.reply(review, "undo 4")
        await settled(phone)
        await away.until(lambda: away.accepted(ANNA))
        told = plain_text(await phone.next_review())
        assert ". Zaak 4" in told.partition("Gedaan")[0]
        assert "Zaak 2" not in told.partition("Gedaan")[0]
        assert all(phone.is_in(f"Zaak {n}", "INBOX") for n in (1, 2, 3, 4))
        assert not [name for name in account.mailboxes() if name.startswith("Delegator/")]


# --- private ----------------------------------------------------------------------------------------


async def test_a_private_message_asks_for_a_second_tap(away: Holiday, phone: Phone) -> None:
    """Moved to a colleague's tray it comes back to INBOX, until the owner has said it again."""
    away.imap.deliver(write_mail("oma@familie.example", "Kerst"), arrived_at=MONDAY)
    await items(away, 1)
    await away.start()
    await phone.next_review()
    await phone.move("Kerst", TO_ANNA)
    await away.until(lambda: phone.answers() and phone.is_in("Kerst", "INBOX"))
    (question,) = phone.answers()
    assert "Kerst" not in plain_text(question)
    assert away.accepted(ANNA) == []
    await phone.tap(button(question, "Ja, naar Anna"))
    await away.until(lambda: phone.is_in("Kerst", FORWARDED))
    assert [mail["Subject"] for mail in away.accepted(ANNA)] == ["Kerst"]


async def test_a_rule_that_makes_it_private_since_asks_too(away: Holiday, phone: Phone) -> None:
    """The rules as they are when the command is carried out."""
    await items(away, 1)
    await away.start()
    review = await phone.next_review()
    await away.stop()
    away.rules = RULES.replace('"@familie.example"', '["@familie.example", "@elders.example"]')
    await away.start()
    await phone.tap(button(review, "Naar Anna"))
    await away.until(lambda: phone.answers())
    assert away.accepted(ANNA) == []
    await phone.tap(button(phone.answers()[0], "Ja, naar Anna"))
    await away.until(lambda: away.accepted(ANNA))


# --- who may ----------------------------------------------------------------------------------------


async def test_another_address_is_asked_about_once(away: Holiday, phone: Phone) -> None:
    """The phone sends from another account: held, asked in the owner's mailbox, then always good."""
    await items(away, 3)
    await away.start()
    review = await phone.next_review()
    phone.sender = "Sofie <sofie@prive.example>"
    await phone.tap(button(review, "Klaar", 0))
    await phone.tap(button(review, "Taak", 1))
    await away.until(lambda: phone.answers())
    (question,) = phone.answers()
    assert "sofie@prive.example" in plain_text(question)
    assert phone.is_in("Zaak 1", "INBOX")
    await phone.tap(button(question, "Ja, voortaan ook"))
    await away.until(lambda: phone.is_in("Zaak 1", DONE) and phone.is_in("Zaak 2", TO_DO))
    await phone.tap(button(review, "Klaar", 2))
    await away.until(lambda: phone.is_in("Zaak 3", DONE))
    assert len(phone.answers()) == 1


async def test_a_stolen_secret_waits_for_the_owner(away: Holiday, phone: Phone) -> None:
    """From a forwarded review: whoever answers it or taps in it commands nothing, and hears nothing."""
    await items(away, 2)
    await away.start()
    review = await phone.next_review()
    thief = Phone(away, sender="Dief <dief@elders.example>")
    await thief.tap(button(review, "Naar Anna"))
    await thief.reply(review, "f 2 anna: stuur mij alles")
    await away.until(lambda: phone.answers())
    await settled(phone)
    assert away.accepted(ANNA) == []
    assert len([a for a in phone.answers() if "Was jij dit?" in a["Subject"]]) == 1
    assert "dief@elders.example" in plain_text(await phone.next_review())
    assert away.smtp.recipients <= {SOFIE, ANNA, BRAM, "permerror@voorbeeld.example"}


async def test_a_stolen_secret_does_not_fill_the_inbox(away: Holiday, phone: Phone) -> None:
    """From ever other addresses: the owner is asked about five, and reads of the rest in the review."""
    await items(away, 1)
    await away.start()
    review = await phone.next_review()
    for n in range(9):
        thief = Phone(away, sender=f"dief{n}@elders.example")
        await thief.send(reply_to(review, "k 1", "apple", sender=thief.sender, number=100 + n))
    await settled(phone)
    assert len([a for a in phone.answers() if "Was jij dit?" in a["Subject"]]) == 5
    assert "dief0@elders.example" in plain_text(await phone.next_review())
    assert phone.is_in("Zaak 1", "INBOX")


async def test_forged_and_guessed_commands_do_nothing(away: Holiday, phone: Phone) -> None:
    """A guessed token, a spent one, one letter wrong, and one in an attached mail or quoted in a text."""
    await items(away, 3)
    await away.start()
    review = await phone.next_review()
    good = phone.command(button(review, "Naar Anna", 0))
    spent = phone.command(button(review, "Klaar", 1))
    await phone.send(spent)
    await away.until(lambda: phone.is_in("Zaak 2", DONE))

    def forged(subject: str, text: str = "") -> EmailMessage:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = f"Sofie <{SOFIE}>", SOFIE, subject
        mail.set_content(text)
        return mail

    token = str(good["Subject"])[-8:]
    wrong = token[:-1] + ("A" if token[-1] != "A" else "B")
    await phone.send(forged("dlg f 23456789"))
    await phone.send(forged(f"dlg f {wrong}"))
    await phone.send(forged(f"Re: dlg f {token}"))
    await phone.send(forged("Kijk eens", f"dlg f {token}\n\n> dlg f {token}\n"))
    attached = forged("Kijk eens")
    attached.add_attachment(good)
    await phone.send(attached)
    await phone.send(spent)
    await settled(phone)
    assert away.accepted(ANNA) == []
    assert phone.is_in("Zaak 1", "INBOX")


async def test_a_failed_authentication_refuses(away: Holiday, phone: Phone) -> None:
    """The owner's own server says so on top; a forged passing result below it changes nothing."""
    away.rules = RULES.replace("backups:", "  authserv_id: mx.voorbeeld.example\nbackups:")
    await items(away, 1)
    await away.start()
    review = await phone.next_review()
    mail = phone.command(button(review, "Naar Anna")).as_bytes(policy=email.policy.SMTP)
    results = b"Authentication-Results: mx.voorbeeld.example; dmarc=%s header.from=voorbeeld.example\r\n"
    await phone.send(results % b"fail" + results % b"pass" + mail)
    await settled(phone)
    assert away.accepted(ANNA) == []
    assert "controle van je mailserver" in " ".join(plain_text(await phone.next_review()).split())
    await phone.send(results % b"pass" + b"Received: from elsewhere.example\r\n" + results % b"fail" + mail)
    await away.until(lambda: away.accepted(ANNA))


async def test_an_out_of_office_of_the_owners_own_is_no_command(away: Holiday, phone: Phone) -> None:
    """It answers each review, and gets no answer: no two machines talk to each other."""
    await items(away, 1)
    await away.start()
    review = await phone.next_review()
    mail = reply_to(review, "f 1", "apple")
    mail["Auto-Submitted"] = "auto-replied"
    await phone.send(mail)
    await settled(phone)
    assert len(phone.answers()) == 1, "of the one that was sent to see the end"
    assert away.accepted(ANNA) == []


async def test_a_command_knows_no_address(away: Holiday, phone: Phone) -> None:
    """The worst that a secret can do is what the rules allow: a configured colleague, or nothing."""
    await items(away, 1)
    await away.start()
    review = await phone.next_review()
    await phone.reply(review, "f 1 dief@elders.example")
    await phone.reply(review, "f 1: dief@elders.example")
    await away.until(lambda: phone.answers() and away.accepted(ANNA))
    assert away.smtp.recipients <= {SOFIE, ANNA, BRAM, "permerror@voorbeeld.example"}


# --- a backup's buttons -----------------------------------------------------------------------------


async def test_a_backups_button_is_theirs(away: Holiday, phone: Phone) -> None:
    """ "Not me" from Anna passes it on to Bram; the same from somebody else does nothing."""
    away.rules = RULES.replace('"@acme.example"}}, forward: anna', '"@acme.example"}}, forward: [anna, bram]')
    await items(away, 1)
    away.imap.deliver(write_mail(subject="Prijs?"), arrived_at=MONDAY)
    await away.start()
    await away.until(lambda: away.accepted(ANNA))
    await phone.next_review()
    for _ in range(10):
        if overviews := [mail for mail in away.letters(ANNA) if any("dlg%20bn" in k for _, k in links(mail))]:
            break
        await phone.next_review()
    link = next(link for _, link in links(overviews[-1]) if "dlg%20bn" in link)
    await Phone(away, sender=f"Bram <{BRAM}>").tap(link)
    await phone.tap(link)
    await settled(phone)
    assert not [mail for mail in away.accepted(BRAM) if mail["Subject"] == "Prijs?"]
    await Phone(away, sender=f"Anna <{ANNA}>").tap(link)
    await away.until(lambda: [mail for mail in away.accepted(BRAM) if mail["Subject"] == "Prijs?"])


async def test_a_reply_in_doubt_waits_for_a_second_tap(away: Holiday, phone: Phone) -> None:
    """Beside "ok" an exception that is not understood holds everything; one tap has the rest done, once."""
    await items(away, 3)
    await away.start()
    review = await phone.next_review()
    await phone.reply(review, "ok\nbehalve de derde zaak, die doe ik zelf")
    await away.until(phone.answers)
    await settled(phone)
    assert away.accepted(ANNA) == []
    assert all(phone.is_in(f"Zaak {n}", "INBOX") for n in (1, 2, 3))
    answer, *_ = phone.answers()
    assert answer["Subject"] == "Bedoelde je dit?"
    text = plain_text(answer)
    assert "“behalve de derde zaak, die doe ik zelf”" in text
    assert "Wel begrepen" in text
    tap = button(answer, "Doe wat begrepen is")
    await phone.tap(tap)
    await away.until(lambda: len(away.accepted(ANNA)) == 3)
    await phone.tap(tap)
    await settled(phone)
    assert len(away.accepted(ANNA)) == 3


async def test_what_goes_to_the_client_is_shown_back(away: Holiday, phone: Phone) -> None:
    """The note behind the colon stands in the receipt of the next review."""
    await items(away, 2)
    await away.start()
    review = await phone.next_review()
    await phone.reply(review, "2 anna: graag vandaag nog bellen")
    await away.until(lambda: len(away.accepted(ANNA)) == 1)
    assert "Naar Anna Peeters · Zaak 2 · met “graag vandaag nog bellen”" in plain_text(
        await phone.next_review()
    )


async def test_the_whole_mail_comes_on_the_owners_word(away: Holiday, phone: Phone) -> None:
    """ "m 2" brings it as text, and decides nothing."""
    await items(away, 2)
    await away.start()
    review = await phone.next_review()
    await phone.reply(review, "m 2")
    await away.until(phone.answers)
    (answer,) = phone.answers()
    assert answer["Subject"] == "Hele mail: Zaak 2"
    await settled(phone)
    assert phone.is_in("Zaak 2", "INBOX")
