"""A handover from the forward to the answer, on a real Dovecot and a recording submission server."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.holiday import MONDAY, Holiday, at, plain_text, write_mail
from tests.phone import links

pytestmark = pytest.mark.dovecot

ANNA, BRAM, SOFIE = "anna@voorbeeld.example", "bram@voorbeeld.example", "sofie@voorbeeld.example"
JAN = "Jan De Smet <jan@acme.example>"


def to(away: Holiday, recipient: str) -> list[str]:
    return [str(mail["Subject"]) for mail in away.accepted(recipient)]


HOUR = timedelta(hours=1)


async def test_an_answer_closes_it(away: Holiday) -> None:
    """The backup's answer to the client, with the owner in Cc, is filed; nobody is asked again."""
    question = write_mail(JAN, "Bestelling 7", Message_ID="<een@acme.example>")
    await at(away, HOUR, question)
    answer = write_mail(
        f"Bram Maes <{BRAM}>",
        "Re: Bestelling 7",
        Message_ID="<antwoord@voorbeeld.example>",
        In_Reply_To="<een@acme.example>",
        Cc="jan@acme.example",
    )
    await at(away, 2 * HOUR, answer)
    assert len(away.imap.messages("Delegator/Done")) == 1
    status = await look(away)
    assert (status.handovers_open, status.handovers_overdue) == (0, 0)


async def look(away: Holiday):  # type: ignore[no-untyped-def]
    service = away.build()
    try:
        return await service.status()
    finally:
        await away.stop()


async def test_silence_is_told_first(away: Holiday) -> None:
    """Nobody answered within two hours and a quarter: it heads the next review, and status says so."""
    await at(away, HOUR, write_mail(JAN, "Werfverslag"))
    await at(away, timedelta(hours=10, minutes=1))
    assert (await look(away)).handovers_overdue == 1
    review = away.reviews()[-1]
    text = plain_text(review)
    assert "Werfverslag" in text
    assert "Anna Peeters" in text


async def test_a_late_handover_is_passed_on_by_a_tap(away: Holiday) -> None:
    """The review's button at it names the next of the chain; a tap, and Anna has it, announced; once."""
    await at(away, HOUR, write_mail("x@elders.example", "Offerte zolder", Message_ID="<q@elders.example>"))
    await at(away, timedelta(hours=10, minutes=1))
    labels = {label: link for label, link in links(away.reviews()[-1]) if "dlg%20f" in link}
    [(label, link)] = labels.items()
    assert "Anna" in label
    token = re.search(r"dlg%20f%20(\w{8})", link)
    assert token is not None
    tap = write_mail(f"Sofie <{SOFIE}>", f"dlg f {token[1]}", Message_ID="<tap@telefoon.example>")
    await at(away, timedelta(hours=10, minutes=10), tap)
    assert to(away, BRAM).count("Offerte zolder") == 1
    assert to(away, ANNA)[-1] == "Offerte zolder"
    cover = away.accepted(ANNA)[-2]
    assert cover["Reply-To"] is None
    assert "Bram" in plain_text(cover)
    assert (await look(away)).handovers_overdue == 0
    again = write_mail(f"Sofie <{SOFIE}>", f"dlg f {token[1]}", Message_ID="<tap2@telefoon.example>")
    await at(away, timedelta(hours=10, minutes=20), again)
    assert to(away, ANNA).count("Offerte zolder") == 1


async def test_an_automatic_answer_passes_it_on(away: Holiday) -> None:
    """A backup whose responder answers a forward: the next has it at once, after a word of explanation."""
    await at(away, HOUR, write_mail("x@elders.example", "Offerte zolder", Message_ID="<q@elders.example>"))
    assert to(away, BRAM) == ["Offerte zolder"]
    forward = away.accepted(BRAM)[0]["Message-ID"]
    auto = write_mail(
        f"Bram Maes <{BRAM}>", "Afwezig: Offerte zolder", Auto_Submitted="auto-replied", In_Reply_To=forward
    )
    await at(away, HOUR + timedelta(minutes=1), auto)
    assert to(away, ANNA)[-1] == "Offerte zolder"
    assert len(to(away, ANNA)) == 2, "a covering mail, and the forward"
    cover = away.accepted(ANNA)[0]
    assert cover["Reply-To"] is None
    assert "Bram" in plain_text(cover)
    # That conversation alone: the client has seen the Message-ID that was answered.
    await at(away, 2 * HOUR, write_mail("y@elders.example", "Bestelling 7"))
    assert to(away, BRAM)[-1] == "Bestelling 7"


async def test_an_automatic_answer_to_the_brief_says_that_a_backup_is_away(away: Holiday) -> None:
    """Until a human mail comes from them: what is new goes to the next, and so does what they have."""
    await at(away, HOUR, write_mail("x@elders.example", "Bestelling 7"))
    brief = str(away.letters(BRAM)[0]["Message-ID"])
    auto = write_mail(
        f"Bram <{BRAM}>", "Afwezig: vervangen", Auto_Submitted="auto-replied", In_Reply_To=brief
    )
    await at(away, HOUR + timedelta(minutes=1), auto)
    assert to(away, ANNA)[-1] == "Bestelling 7"
    await at(away, 2 * HOUR, write_mail("y@elders.example", "Bestelling 8"))
    assert to(away, ANNA)[-1] == "Bestelling 8"
    await at(away, timedelta(hours=2, minutes=1))
    assert "Bram Maes heeft een afwezigheidsbericht" in " ".join(plain_text(away.reviews()[-1]).split())
    await at(away, 3 * HOUR, write_mail(f"Bram Maes <{BRAM}>", "Ik ben terug"))
    await at(away, 4 * HOUR, write_mail("z@elders.example", "Bestelling 9"))
    assert to(away, BRAM)[-1] == "Bestelling 9"


async def test_a_bounce_passes_it_on(away: Holiday) -> None:
    """A delivery status report that names our forward: the next has the mail; at the end, the owner."""
    await at(away, HOUR, write_mail("x@elders.example", "Offerte", Message_ID="<q@elders.example>"))
    await at(away, HOUR, bounce(BRAM, str(away.accepted(BRAM)[0]["Message-ID"])))
    assert to(away, ANNA)[-1] == "Offerte"
    await at(away, HOUR, bounce(ANNA, str(away.accepted(ANNA)[-1]["Message-ID"])))
    await at(away, 3 * HOUR)
    assert "Offerte" in plain_text(away.reviews()[-1])


def bounce(recipient: str, message_id: str) -> bytes:
    return (
        "From: Mail Delivery System <MAILER-DAEMON@voorbeeld.example>\r\n"
        f"To: {SOFIE}\r\nReturn-Path: <>\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt failed.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.voorbeeld.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\n\r\n--b--\r\n"
    ).encode()


async def test_sent_by_hand_is_the_owners_answer(away: Holiday) -> None:
    """What the owner answers herself, found in Sent, closes a handover and an open item."""
    await at(
        away,
        HOUR,
        write_mail(JAN, "Vraag", Message_ID="<een@acme.example>"),
        write_mail("x@elders.example", "Iets", Message_ID="<twee@elders.example>"),
    )
    for number, (named, client) in enumerate(
        (("<een@acme.example>", "jan@acme.example"), ("<twee@elders.example>", "x@elders.example"))
    ):
        sent = write_mail(
            f"Sofie <{SOFIE}>", "Re: Vraag", Message_ID=f"<{number}@voorbeeld.example>", In_Reply_To=named
        ).replace(b"To: Sofie Janssens <sofie@voorbeeld.example>", f"To: {client}".encode())
        away.imap.deliver(sent, "Sent", arrived_at=MONDAY + 2 * HOUR)
    await at(away, 2 * HOUR)
    status = await look(away)
    assert (status.handovers_open, status.waiting) == (0, 0)


async def test_a_question_heads_the_review_and_the_clock_runs_on(away: Holiday) -> None:
    """A backup's mail to the owner alone is a question, no answer."""
    await at(away, HOUR, write_mail(JAN, "Prijs", Message_ID="<een@acme.example>"))
    question = write_mail(
        f"Anna Peeters <{ANNA}>", "Re: Prijs", "Welke prijs geldt?\n", In_Reply_To="<een@acme.example>"
    )
    await at(away, timedelta(hours=1, minutes=30), question)
    await at(away, 3 * HOUR)
    assert "Welke prijs geldt?" in plain_text(away.reviews()[-1])
    assert (await look(away)).handovers_open == 1


async def test_a_backup_who_has_it_already_gets_a_note(away: Holiday) -> None:
    """If the backup is among the recipients, a short note goes instead, without a foreign Reply-To."""
    await at(away, HOUR, write_mail(JAN, "Vraag", Cc=ANNA))
    (mail,) = away.accepted(ANNA)
    assert mail["Reply-To"] is None
    assert "Kunnen jullie dit bekijken" not in plain_text(mail)


async def test_the_brief_goes_once_and_again_when_the_dates_change(away: Holiday) -> None:
    """Each backup hears of the absence: once, and once more when it becomes longer."""
    await at(away, HOUR)
    await at(away, 2 * HOUR)
    (brief,) = away.letters(ANNA)
    assert brief["Reply-To"] is None
    page = brief.get_body(("html",))
    assert page is not None
    assert "mailto:sofie@voorbeeld.example?subject=dlg%20bt%20" in str(page.get_content())
    away.away = ("2026-11-14", "2026-12-02")
    await at(away, 3 * HOUR)
    assert len(away.letters(ANNA)) == 2


async def test_an_overview_goes_twice_a_day_and_a_word_is_enough(away: Holiday) -> None:
    """What waits is asked after at half past ten; "gebeld" closes it, from the backup alone."""
    await at(away, HOUR, write_mail(JAN, "Prijs", Message_ID="<een@acme.example>"))
    await at(away, 4 * HOUR)
    brief, overview = away.letters(ANNA)
    assert brief["Subject"] != overview["Subject"]
    assert "Prijs" in plain_text(overview)
    assert "Kunnen jullie dit bekijken?" in plain_text(overview)
    assert "laatste" not in plain_text(overview)
    await at(away, 4 * HOUR + timedelta(minutes=10))
    assert len(away.letters(ANNA)) == 2
    stranger = write_mail("x@elders.example", "Re:", "gebeld\n", In_Reply_To=str(overview["Message-ID"]))
    await at(away, 5 * HOUR, stranger)
    assert (await look(away)).handovers_open == 1
    word = write_mail(f"Anna <{ANNA}>", "Re: open", "Gebeld\n", In_Reply_To=str(overview["Message-ID"]))
    await at(away, 5 * HOUR, word)
    assert (await look(away)).handovers_open == 0


async def test_the_last_overview_of_an_absence_says_so(away: Holiday) -> None:
    """Where no other comes before the owner is back."""
    friday = timedelta(days=11)
    await at(away, friday + HOUR, write_mail(JAN, "Prijs"))
    await at(away, friday + 9 * HOUR)
    last = "Dit is het laatste overzicht: vanaf ma 30/11 antwoord ik weer zelf."
    assert last in " ".join(plain_text(away.letters(ANNA)[-1]).split())


async def test_not_me_by_a_word(away: Holiday) -> None:
    """ "niet ik" as an answer to the overview: the next in the chain has it."""
    await at(away, HOUR, write_mail("x@elders.example", "Offerte", Message_ID="<q@elders.example>"))
    await at(away, 4 * HOUR)
    overview = away.letters(BRAM)[-1]
    word = write_mail(f"Bram <{BRAM}>", "Re: open", "Niet ik\n", In_Reply_To=str(overview["Message-ID"]))
    await at(away, 5 * HOUR, word)
    assert to(away, ANNA)[-1] == "Offerte"


async def test_a_forward_sent_back_means_not_me(away: Holiday) -> None:
    """Forwarding it back to the owner passes it on."""
    await at(away, HOUR, write_mail("x@elders.example", "Offerte", Message_ID="<q@elders.example>"))
    forward = str(away.accepted(BRAM)[0]["Message-ID"])
    await at(
        away,
        2 * HOUR,
        write_mail(f"Bram <{BRAM}>", "FW: Offerte", References=f"<q@elders.example> {forward}"),
    )
    assert to(away, ANNA)[-1] == "Offerte"


async def test_dates_from_the_brief_are_kept(away: Holiday) -> None:
    """ "niet van … tot …": on those days the next in the list is asked."""
    await at(away, HOUR)
    brief = away.letters(BRAM)[0]
    word = write_mail(
        f"Bram <{BRAM}>",
        "Re: vervangen",
        "Niet van 16/11 tot 17/11\n",
        In_Reply_To=str(brief["Message-ID"]),
    )
    await at(away, 2 * HOUR, word)
    await at(away, 3 * HOUR, write_mail("x@elders.example", "Bestelling 1"))
    assert to(away, ANNA) == ["Bestelling 1"]
    await at(away, 50 * HOUR, write_mail("y@elders.example", "Bestelling 2"))
    assert to(away, BRAM) == ["Bestelling 2"]


async def test_dates_that_have_begun_pass_on_what_that_backup_has(away: Holiday) -> None:
    """Who says in the middle of it that they are not there leaves no client waiting."""
    await at(away, HOUR, write_mail("x@elders.example", "Bestelling 1"))
    assert to(away, BRAM)[-1] == "Bestelling 1"
    brief = str(away.letters(BRAM)[0]["Message-ID"])
    word = write_mail(f"Bram <{BRAM}>", "Re: vervangen", "Niet van 16/11 tot 17/11\n", In_Reply_To=brief)
    await at(away, 2 * HOUR, word)
    assert to(away, ANNA)[-1] == "Bestelling 1"
    cover = next(mail for mail in away.accepted(ANNA) if mail["Subject"] == "Neem jij over: Bestelling 1")
    assert "maar lijkt er niet te zijn" in " ".join(plain_text(cover).split())


async def test_the_review_tells_a_bounce_from_an_automatic_answer(away: Holiday) -> None:
    """Whoever has left does not answer automatically."""
    await at(away, HOUR, write_mail("x@elders.example", "Bestelling 1"))
    await at(away, 2 * HOUR, bounce(BRAM, str(away.letters(BRAM)[-1]["Message-ID"])))
    assert to(away, ANNA)[-1] == "Bestelling 1"
    await at(away, 9 * HOUR)
    text = " ".join(plain_text(away.reviews()[-1]).split())
    assert "Mails naar Bram Maes komen terug;" in text
    assert "afwezigheidsbericht" not in text


async def test_at_the_end_of_the_chain_the_owner_hears(away: Holiday) -> None:
    """Nobody is left: an open item again, of high priority, with the reason."""
    await at(away, HOUR, write_mail(JAN, "Prijs", Message_ID="<een@acme.example>"))
    forward = str(away.accepted(ANNA)[0]["Message-ID"])
    await at(away, 2 * HOUR, write_mail(f"Anna <{ANNA}>", "FW: Prijs", In_Reply_To=forward))
    await at(away, 3 * HOUR)
    status = await look(away)
    assert (status.handovers_open, status.waiting) == (0, 1)
    assert "Prijs" in plain_text(away.reviews()[-1])
    assert "Geen enkele collega kan dit nog overnemen." in plain_text(away.reviews()[-1])


async def test_on_silence_the_next(away: Holiday) -> None:
    """`on_silence: next`: overdue, and the next has it; nobody is asked twice for the same mail."""
    away.rules = away.rules + "follow_up: {{on_silence: next}}\n"
    await at(away, HOUR, write_mail("x@elders.example", "Offerte"))
    await at(away, timedelta(hours=4, minutes=20))
    assert to(away, ANNA)[-1] == "Offerte"
    await at(away, timedelta(hours=9))
    assert [subject for subject in to(away, BRAM) if subject == "Offerte"] == ["Offerte"]
    assert [subject for subject in to(away, ANNA) if subject == "Offerte"] == ["Offerte"]


async def test_answers_to_the_brief_count_from_before_the_absence(away: Holiday) -> None:
    """A responder that answered the brief on the day before: that backup is asked for nothing."""
    away.away = ("2026-11-17", "2026-11-30")
    await at(away, 4 * HOUR)
    brief = away.letters(BRAM)[0]
    auto = write_mail(
        f"Bram <{BRAM}>", "Afwezig", Auto_Submitted="auto-replied", In_Reply_To=str(brief["Message-ID"])
    )
    ordinary = write_mail("x@elders.example", "Bestelling voor gisteren")
    await at(away, 5 * HOUR, auto, ordinary)
    assert len(away.uids("INBOX")) == 2, "before the absence nothing is touched"
    await at(away, 30 * HOUR, write_mail("y@elders.example", "Bestelling van vandaag"))
    assert to(away, BRAM) == []
    assert to(away, ANNA) == ["Bestelling van vandaag"]
    assert len(away.uids("INBOX")) == 2


async def test_the_backup_hears_that_the_owner_answered(away: Holiday) -> None:
    """Answered by the owner's own hand: the next overview says so, and is the last about it."""
    await at(away, HOUR, write_mail(JAN, "Prijs", Message_ID="<een@acme.example>"))
    sent = write_mail(f"Sofie <{SOFIE}>", "Re: Prijs", In_Reply_To="<een@acme.example>").replace(
        b"To: Sofie Janssens <sofie@voorbeeld.example>", b"To: jan@acme.example"
    )
    away.imap.deliver(sent, "Sent", arrived_at=MONDAY + 2 * HOUR)
    await at(away, 2 * HOUR)
    await at(away, 4 * HOUR)
    assert "Prijs" in plain_text(away.letters(ANNA)[-1])
    count = len(away.letters(ANNA))
    await at(away, timedelta(hours=8, minutes=45))
    assert len(away.letters(ANNA)) == count


async def test_a_clients_quote_proves_an_answer(away: Holiday) -> None:
    """The client answers the backup's answer, which nobody saw: what came before has been answered."""
    await at(away, HOUR, write_mail("x@elders.example", "Offerte", Message_ID="<q@elders.example>"))
    later = write_mail(
        "x@elders.example",
        "Re: Offerte",
        Message_ID="<q2@elders.example>",
        References="<q@elders.example> <onbekend@voorbeeld.example>",
    )
    await at(away, 2 * HOUR, later)
    forward = str(away.accepted(BRAM)[-1]["Message-ID"])
    await at(away, 3 * HOUR, write_mail(f"Bram <{BRAM}>", "FW: Re: Offerte", In_Reply_To=forward))
    forwards = [subject for subject in to(away, ANNA) if "Offerte" in subject]
    assert forwards[-1] == "Re: Offerte"
    assert "Offerte" not in forwards, "the first mail was answered, and goes to nobody else"
