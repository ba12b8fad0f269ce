"""What strangers write to Sofie: mails of which it is known what becomes of them, and real ones."""

from __future__ import annotations

import os
from pathlib import Path

from tests.holiday import write_mail

RECEIPT = {"Disposition_Notification_To": "x@elders.example"}

QUESTIONS = (
    ("Els Maes <els{n}@elders.example>", "Vraag over de planning {n}", "Kunnen jullie dit eens bekijken?"),
    ("Uwe Kranz <uwe{n}@kunde.example>", "Frage {n}", "Können Sie mir die Unterlagen noch einmal schicken?"),
    ("Luc Petit <luc{n}@client.example>", "Demande {n}", "Pourriez-vous me rappeler à ce sujet ?"),
    ("Kate Hill <kate{n}@customer.example>", "Question {n}", "Do you still stock the 40mm valves?"),
)


def mail_of(n: int) -> tuple[str, bytes]:
    """The nth mail, and what becomes of it: "anna", "bram", "private", "ignore", "low" or "item"."""
    key = {"Message_ID": f"<m{n}@fortnight.example>"}
    turn = n * 7 % 20  # some of each at every look
    if turn < 4:
        return "anna", write_mail(f"Jan <jan{n}@acme.example>", f"Levering {n}", "Wanneer komt dit?\n", **key)
    if turn < 7:
        return "bram", write_mail(
            f"Piet <piet{n}@bouw.example>", f"Bestelling {n}", "Graag 3 stuks.\n", **key
        )
    if turn == 7:
        return "private", write_mail("Mama <mama@familie.example>", f"Zondag {n}", "Tot zondag!\n", **key)
    if turn < 12:
        return "low", write_mail(
            f"Colruyt <news{turn}@winkel.example>",
            f"Aanbieding {n}",
            "Koop nu.\n",
            List_Id="<news.winkel>",
            **key,
        )
    if turn < 14:
        return "ignore", write_mail("alerts@monitor.example", f"Disk {n}", "90%\n", **key)
    if turn < 18:
        sender, subject, text = QUESTIONS[turn - 14]
        return "item", write_mail(sender.format(n=n), subject.format(n=n), f"{text}\n", **key)
    if turn == 18:
        return "item", write_mail(
            f"Rik <rik{n}@klant.example>", f"Re: tekening {n}", "Top, bedankt!\n", **key
        )
    return "item", write_mail(
        "Tom <tom@voorbeeld.example>", f"Verlof {n}", "Kijk je hier eens naar?\n", **key
    )


def client_mail(n: int) -> tuple[str, bytes]:
    """As `mail_of`; of every fifty one asks for a receipt, one that is forwarded does, and one is for "rita",
    whose server refuses it, so that it goes to Anna. "receipt": an item that asks for one.
    """
    key = {"Message_ID": f"<m{n}@fortnight.example>"}
    match n % 50:
        case 10:
            sender, subject = f"Els <els{n}@elders.example>", f"Bevestig {n}"
            return "receipt", write_mail(sender, subject, "Kan je dit bekijken?\n", **key, **RECEIPT)
        case 20:
            sender, subject = f"Jan <jan{n}@acme.example>", f"Bevestig levering {n}"
            return "anna", write_mail(sender, subject, "Wanneer komt dit?\n", **key, **RECEIPT)
        case 30:
            sender, subject = f"Wim <wim{n}@elders.example>", f"Geweigerd pakket {n}"
            return "rita", write_mail(sender, subject, "Wat nu?\n", **key)
    return mail_of(n)


def open_mail(n: int) -> bytes:
    """One of those that have no answer when she leaves."""
    key = {"Message_ID": f"<open{n}@voor.example>"}
    if n % 4 == 0:
        return write_mail(f"Jan <jan{n}@acme.example>", f"Nog open {n}", "Wanneer komt dit?\n", **key)
    return write_mail(f"Els Maes <els{n}@elders.example>", f"Nog open {n}", "Kan je dit bekijken?\n", **key)


def real_mails(most: int) -> list[bytes]:
    """So many of the folder of real mail that DELEGATOR_CORPORA names, spread over it; [] where none is."""
    folder = os.environ.get("DELEGATOR_CORPORA")
    if not folder:
        return []
    paths = [path for path in sorted(Path(folder).glob("*/messages/**/*")) if path.is_file()]
    chosen = paths[:: max(1, len(paths) // most)][:most]
    return [_as_delivered(path.read_bytes()) for path in chosen]


def _as_delivered(octets: bytes) -> bytes:
    """No mail server keeps a bare line end or a NUL."""
    return octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n").replace(b"\0", b"") or b"\r\n"
