"""Whether a mail only thanks or wishes, orders something, is between close people, or needs a hand."""

from __future__ import annotations

import pytest

from delegator.core.handovers.asking import is_intimate, is_only_thanks, is_only_wishes, needs_a_hand, orders


@pytest.mark.parametrize(
    "text",
    [
        "Sample received, it's perfect. Thanks again!",
        "Dank je wel Sofie, helemaal duidelijk zo!",
        "Super, das Muster ist angekommen, vielen Dank!",
        "Bien reçu, c'est exactement ce qu'il fallait. Merci !",
        "Passt, dann bis Montag. Danke",
        "C'est noté, à mardi.",
    ],
)
def test_thanks_with_praise_is_thanks(text: str) -> None:
    """In four languages, with a day on which people meet anyway."""
    assert is_only_thanks(text)


@pytest.mark.parametrize(
    "text",
    [
        "Bedankt, nog niet ontvangen.",
        "Merci, mais pas parfait.",
        "Danke, aber falsch angekommen.",
        "Thanks, it isn't perfect.",
        "Thanks, perfect. Send 5 more",
        "Prima, doe maar. Bedankt!",
        "Thanks, go ahead",
        "Merci, super. On lance la commande 12.",
        "Bedankt, goed ontvangen. Factuur volgt.",
        "Danke, prima, wann kommt ihr?",
    ],
)
def test_thanks_that_say_more_are_none(text: str) -> None:
    """A "not", a "but", a number, an order, a question, or anything that is no praise."""
    assert not is_only_thanks(text)


def test_wishes_and_nothing_more() -> None:
    """One that names a day or asks says more."""
    assert is_only_wishes("Fijne feestdagen en een gelukkig nieuwjaar voor jou en het hele team!\nJan")
    assert is_only_wishes("Toute l'équipe vous souhaite de joyeuses fêtes et une excellente année 2027 !")
    assert not is_only_wishes("Gelukkig nieuwjaar! Ik bel je maandag over de offerte.")
    assert not is_only_wishes("Frohe Weihnachten! Wann liefern Sie?")
    assert not is_only_wishes("Happy new year! Our factory has moved to another part of the town, see below.")


def test_what_is_ordered_accepted_or_cancelled() -> None:
    """And nothing that only speaks of it."""
    for text in (
        "Hiermit bestellen wir 10 Stück",
        "wij gaan akkoord met je offerte",
        "Please cancel our order",
    ):
        assert orders(text), text
    for text in ("De bestelling is onderweg", "Danke für die Bestellung", "our order of last year"):
        assert not orders(text), text


def test_who_is_close() -> None:
    """A verb that only looks like it is none."""
    assert is_intimate("Dag schat, dikke kus")
    assert is_intimate("Are we on? xx Jo")
    assert not is_intimate("Ik schat dat het 300 euro wordt. Datum: xx/xx/2027")


def test_what_a_machine_wants_done() -> None:
    """Signed, paid or renewed."""
    assert needs_a_hand("Your password expires in 3 days")
    assert needs_a_hand("Gelieve het contract te onderteken")
    assert not needs_a_hand("Your parcel was delivered")
