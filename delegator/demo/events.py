"""What happens in the sample holiday, in order."""

from __future__ import annotations

from datetime import datetime

from .story import CLAIRE, EMMA, JAN, ZONE, Arrives, Event, Kill, Letter, Reply, Restart, Says, Told


def _friday(hour: int, minute: int) -> datetime:
    return datetime(2026, 12, 18, hour, minute, tzinfo=ZONE)


def _sunday(hour: int, minute: int) -> datetime:
    return datetime(2026, 12, 20, hour, minute, tzinfo=ZONE)


def _monday(hour: int, minute: int) -> datetime:
    return datetime(2026, 12, 21, hour, minute, tzinfo=ZONE)


def _tuesday(hour: int, minute: int) -> datetime:
    return datetime(2026, 12, 22, hour, minute, tzinfo=ZONE)


def _wednesday(hour: int, minute: int) -> datetime:
    return datetime(2026, 12, 23, hour, minute, tzinfo=ZONE)


def _thursday(hour: int, minute: int) -> datetime:
    return datetime(2026, 12, 24, hour, minute, tzinfo=ZONE)


_NEWSLETTER = (("List-Id", "<nieuws.vakblad.example>"), ("List-Unsubscribe", "<https://vakblad.example/uit>"))

_COMPLAINT = Letter(
    "reclamation",
    "Marc Lefèvre",
    "m.lefevre@clubnamur.example",
    "Lames fendues, terrain 2",
    """\
Bonjour,

Trois lames se sont fendues près du but côté est. C'est la deuxième
réclamation ce mois-ci et nous jouons samedi. Qui peut passer ?

Marc Lefèvre
Club de Namur, 081 00 00 00
""",
)

KRIS = Letter(
    "aalst",
    "Kris De Wolf",
    "kris@turnkringaalst.example",
    "Prijs voor de turnzaal",
    "Dag Sofie,\n\nKan je ons een prijs geven voor 180 m² in de turnzaal?\n\nKris\n",
)

_PETER = Letter(
    "visit-1",
    "Peter Whitmore",
    "peter@whitmore-partners.example",
    "Site visit in January?",
    """\
Dear Sofie,

Would Thursday 14 January suit you for the site visit in Leuven? The
architect can also do the 21st, but then we would miss the town council.

Best wishes,
Peter
""",
)


def _storm(count: int) -> tuple[Letter, ...]:
    return tuple(
        Letter(
            f"alert-{number:02}",
            "Monitoring",
            "alerts@monitor.example",
            f"[ALERT] webshop: response time {900 + 37 * number} ms",
            f"Check 12 failed, attempt {number} of {count}.\n",
            headers=(("Auto-Submitted", "auto-generated"),),
        )
        for number in range(1, count + 1)
    )


EVENTS: tuple[Event, ...] = (
    Arrives(_friday(16, 40), (KRIS,)),
    Told(_sunday(18, 0), "departure"),
    Says(_sunday(18, 12), to="departure", label="Naar Anna", hands=("aalst",)),
    Arrives(
        _monday(7, 52),
        (
            Letter(
                "kerst",
                "Mama",
                "hilde@familie.example",
                "Kerstavond",
                "Dag schat,\n\nBrengen jullie het dessert mee? Papa is weer beter.\n\nKus, mama\n",
            ),
        ),
    ),
    Arrives(_monday(8, 5), (JAN,)),
    Arrives(_monday(8, 14), (CLAIRE,), "Bram, who comes first for orders, is ill today"),
    Arrives(
        _monday(8, 20),
        (
            Letter(
                "vakblad-51",
                "Vakblad Sportvloer",
                "nieuws@vakblad.example",
                "Week 51: alles over veerkracht",
                "Lees deze week: drie nieuwe normen, en wat ze kosten.\n",
                headers=_NEWSLETTER,
            ),
        ),
    ),
    Arrives(_monday(8, 31), (_PETER,)),
    Arrives(_monday(8, 40), _storm(40)),
    Arrives(
        _monday(8, 55),
        (
            Letter(
                "uren",
                "Dirk Claes",
                "dirk@voorbeeld.example",
                "Urenstaten december",
                "Dag Sofie,\n\nIk mis nog de urenstaten van je ploeg. Lukt het deze week?\n\nDirk\n",
            ),
        ),
    ),
    Told(_monday(9, 0), "review"),
    Reply(_monday(9, 12), "Anna", "aalst", "Dag Kris,\n\nVoor 180 m² komt dat op 9.900 euro.\n\nAnna\n"),
    Reply(
        _monday(9, 21),
        "Anna",
        "deinze-1",
        "Dag Jan,\n\n48 m² extra komt op 3.840 euro, en week 3 lukt. Ik zet het vandaag op papier.\n\nAnna\n",
    ),
    Arrives(
        _monday(10, 5),
        (
            Letter(
                "deinze-2",
                "Jan De Smet",
                "jan@acme.example",
                "Re: Sporthal Deinze: 48 m² extra",
                "Dag Anna, dag Sofie,\n\nPrima. Kan de plint erbij, in dezelfde prijs?\n\nJan\n",
                answers="deinze-1",
            ),
        ),
        "the conversation goes on, with the same colleague",
    ),
    Arrives(
        _monday(10, 40), (_COMPLAINT,), "Lucas has left and his address refuses mail: the next one gets it"
    ),
    Arrives(
        _monday(11, 2),
        (
            Letter(
                "ontvangst",
                "Els Goossens",
                "els@acme.example",
                "Sleutels werf Gent",
                "Dag Sofie,\n\nWie van jullie komt woensdag de sleutels halen?\n\nEls\n",
                headers=(("Disposition-Notification-To", "els@acme.example"),),
            ),
        ),
        "Els asks for a read receipt, and gets none",
    ),
    Reply(_monday(11, 10), "Anna", "deinze-2", "Dag Jan,\n\nDe plint doen we erbij.\n\nAnna\n"),
    Kill(_monday(11, 30), EMMA),
    Arrives(
        _monday(11, 41),
        (
            Letter(
                "bestelling-lokeren",
                "Katrien Wils",
                "katrien@sportlokeren.example",
                "Bestelling lijnverf",
                "Dag Sofie,\n\nGraag 12 potten witte lijnverf, leveren mag morgen.\n\nKatrien\n",
            ),
        ),
    ),
    Arrives(
        _monday(11, 55),
        (
            Letter(
                "beurs",
                "Nadia El Amrani",
                "nadia@beursantwerpen.example",
                "Stand op de beurs van maart",
                "Beste Sofie,\n\nZal ik voor jullie dezelfde stand vastleggen als vorig jaar?\n\nNadia\n",
            ),
        ),
    ),
    Restart(_monday(12, 15)),
    Reply(
        _monday(13, 48),
        "Chloé",
        "reclamation",
        "Bonjour Monsieur Lefèvre,\n\nNotre équipe passe mercredi à 8 h.\n\nChloé Lambert\n",
    ),
    Reply(
        _monday(14, 5),
        "Anna",
        "po-7731",
        "Hi Emma,\n\nThank you, the confirmation is attached, accounts has it too.\n\nAnna\n",
    ),
    Arrives(
        _monday(14, 20),
        (
            Letter(
                "visit-2",
                "Peter Whitmore",
                "peter@whitmore-partners.example",
                "Re: Site visit in January?",
                "Dear Sofie,\n\nThe 21st is off the table, so it is the 14th or February.\n\nPeter\n",
                answers="visit-1",
            ),
        ),
    ),
    Reply(
        _monday(15, 10),
        "Anna",
        "commande-4471",
        "Sofie, welke korting geven we Lille dit jaar?\n\nAnna\n",
        to_owner=True,
    ),
    Reply(_monday(15, 12), "Anna", "bestelling-lokeren", "Dag Katrien,\n\nMorgen staan ze er.\n\nAnna\n"),
    Told(_monday(17, 0), "review"),
    Says(
        _monday(17, 20),
        to="review",
        text="2 anna, t 3 voor 15 januari beslissen",
        hands=("visit-1", "visit-2"),
    ),
    Arrives(
        _tuesday(7, 45),
        (
            Letter(
                "uitslag",
                "Praktijk Dr. Vos",
                "praktijk@drvos.example",
                "Uw uitslag",
                "Geachte mevrouw, de uitslag is binnen; alles is in orde.\n",
                headers=(("Sensitivity", "Private"),),
            ),
        ),
    ),
    Arrives(
        _tuesday(8, 10),
        (
            Letter(
                "bestelling-gent",
                "Tom Baert",
                "tom@basketgent.example",
                "Bestelling: 4 rollen onderlaag",
                "Dag Sofie,\n\nGraag 4 rollen onderlaag voor de jeugdzaal. Wanneer kan dat er zijn?\n\nTom\n",
            ),
        ),
    ),
    Arrives(
        _tuesday(8, 25),
        (
            Letter(
                "vakblad-extra",
                "Vakblad Sportvloer",
                "nieuws@vakblad.example",
                "Extra: de beurskalender",
                "Alle beurzen van volgend jaar op een rij.\n",
                headers=_NEWSLETTER,
            ),
        ),
    ),
    Told(_tuesday(9, 0), "review"),
    Reply(
        _tuesday(9, 32),
        "Bram",
        "bestelling-gent",
        "Dag Tom,\n\nDonderdag voor de middag staan ze er.\n\nBram\n",
    ),
    Reply(_tuesday(9, 40), "Anna", "visit-2", "Dear Peter,\n\nThe 14th it is.\n\nAnna\n"),
    Reply(
        _tuesday(9, 45),
        "Anna",
        "commande-4471",
        "Bonjour Madame Dubois,\n\nNous livrons le 14 janvier.\n\nAnna Peeters\n",
    ),
    Arrives(
        _tuesday(13, 15),
        (
            Letter(
                "vacature",
                "Yasmine Haddad",
                "yasmine.haddad@mail.example",
                "Open sollicitatie als plaatser",
                "Beste mevrouw Janssens,\n\nIk plaats al zes jaar parket en zoek een ploeg.\n\nYasmine\n",
            ),
        ),
    ),
    Says(_tuesday(14, 30), to="review", text="tot 24/12", means="her flight is cancelled"),
    Told(_tuesday(14, 30), "question"),
    Says(_tuesday(14, 32), to="question", label="Klopt", means="and is away for a day longer"),
    Told(_tuesday(14, 32), "answer"),
    Told(_tuesday(17, 0), "review"),
    Told(_wednesday(9, 0), "review"),
    Arrives(
        _wednesday(11, 20),
        (
            Letter(
                "commande-reims",
                "Hugo Bernard",
                "h.bernard@gymreims.example",
                "Commande de colle",
                "Bonjour,\n\nIl nous faudrait 6 bidons de colle pour le 4 janvier.\n\nHugo Bernard\n",
            ),
        ),
    ),
    Reply(
        _wednesday(11, 50),
        "Bram",
        "commande-reims",
        "Bonjour Monsieur Bernard,\n\nIls partent demain.\n\nBram\n",
    ),
    Told(_wednesday(17, 0), "review"),
    Told(_wednesday(17, 0), "list"),
    Says(_wednesday(21, 40), to="list", text="klaar 1", means="on the plane"),
    Told(_thursday(0, 0), "homecoming", shows=(r"^\d+\. .*", r"^\d+ · in totaal: .*")),
    Says(_thursday(8, 5), to="homecoming", text="weg 6/2-15/2 anna", means="her next absence"),
    Told(_thursday(8, 5), "question"),
    Says(_thursday(8, 6), to="question", label="Klopt", means="and it is planned"),
    Told(_thursday(8, 6), "answer"),
)
