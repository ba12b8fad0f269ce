"""The sample holiday, as data: who writes what to Sofie, and when. The service decides what becomes of it.

Four days before Christmas at a firm that lays sports floors. Times are the owner's, in Brussels.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

OWNER = "sofie@voorbeeld.example"
OWNER_NAME = "Sofie Janssens"
PASSWORD = "demo"
ZONE = ZoneInfo("Europe/Brussels")
GONE = "lucas@voorbeeld.example"
"""A colleague who has left the firm: his address refuses mail."""

RULES = """\
# The rules of the demo. The annotated example with every option is rules.yaml in the project.
version: 1
owner:
  name: Sofie Janssens
  address: sofie@voorbeeld.example
  language: nl
  timezone: Europe/Brussels
away: {{from: 2026-12-21, until: 2027-01-04}}
account:
  username: sofie@voorbeeld.example
  password: {{file: mail-password}}
  imap: {{host: 127.0.0.1, port: {imap_port}, security: none}}
  smtp: {{host: 127.0.0.1, port: {smtp_port}, security: none}}
backups:
  anna: {{name: Anna Peeters, address: anna@voorbeeld.example}}
  bram:                                # ill on Monday
    name: Bram Maes
    address: bram@voorbeeld.example
    away: [{{from: 2026-12-21, until: 2026-12-22}}]
  chloe: {{name: Chloé Lambert, address: chloe@voorbeeld.example, language: fr}}
  lucas: {{name: Lucas Wouters, address: lucas@voorbeeld.example}}
review: {{at: ["09:00", "17:00"]}}
rules:
  - {{name: family, when: {{from: "@familie.example"}}, private: true}}
  - {{name: monitoring, when: {{from: alerts@monitor.example}}, ignore: true}}
  - {{name: newsletters, when: {{bulk: true}}, review: low}}
  - {{name: key account, when: {{from: "@acme.example"}}, forward: anna}}
  - {{name: complaints, when: {{text: [klacht, réclamation, complaint]}}, forward: [lucas, chloe]}}
  - {{name: orders, when: {{subject: [bestelling, commande, "purchase order"]}}, forward: [bram, anna]}}
otherwise: {{review: normal}}
"""


@dataclass(frozen=True, slots=True)
class Attachment:
    """name: of the file. is_inline: shown in the HTML as cid:NAME."""

    name: str
    maintype: str
    subtype: str
    octets: bytes
    is_inline: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to the owner. key: the left side of its Message-ID. answers: key of the letter before it."""

    key: str
    name: str
    address: str
    subject: str
    text: str
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    answers: str = ""

    @property
    def message_id(self) -> str:
        return f"<{self.key}@{self.address.partition('@')[2]}>"


@dataclass(frozen=True, slots=True)
class Arrives:
    """A letter arrives; several at once are a storm, told in one line. note: what to know to see why."""

    at: datetime
    letters: tuple[Letter, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """A backup presses Reply in a forward. to_owner: writes to the owner alone instead."""

    at: datetime
    backup: str  # their name
    key: str  # of the letter that was forwarded
    text: str
    to_owner: bool = False


@dataclass(frozen=True, slots=True)
class Review:
    """It is time for a review."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Kill:
    """The daemon is killed while it hands over this letter."""

    at: datetime
    letter: Letter


@dataclass(frozen=True, slots=True)
class Restart:
    """The daemon starts again."""

    at: datetime


Event = Arrives | Reply | Review | Kill | Restart


def _sketch() -> bytes:
    """A little drawing of a sports floor, as PNG: 240 by 128, seven lines on green."""
    width, height = 240, 128

    def is_line(x: int, y: int) -> bool:
        x = min(x, width - 1 - x)  # both halves are the same
        if x < 16 or not 16 <= y <= 111:
            return False
        is_border = x == 16 or y in (16, 111)
        is_area = (x == 60 and 40 <= y <= 87) or (y in (40, 87) and x <= 60)
        is_circle = abs((x - 119) ** 2 + (y - 64) ** 2 - 18**2) < 24
        return is_border or is_area or is_circle or x == 119

    rows = b"".join(b"\0" + bytes(is_line(x, y) for x in range(width)) for y in range(height))

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)  # eight bits, a palette
    palette = bytes((46, 125, 90, 255, 255, 255))
    parts = (chunk(b"IHDR", header), chunk(b"PLTE", palette), chunk(b"IDAT", zlib.compress(rows)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


def _pdf(text: str) -> bytes:
    """One page with one line on it."""
    content = f"BT /F1 24 Tf 72 720 Td ({text}) Tj ET".encode()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
    )
    octets, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(octets))
        octets += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(octets)
    octets += b"xref\n0 5\n0000000000 65535 f \n" + table
    return octets + b"trailer << /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start


def _monday(hour: int, minute: int) -> datetime:
    return datetime(2026, 12, 21, hour, minute, tzinfo=ZONE)


def _tuesday(hour: int, minute: int) -> datetime:
    return datetime(2026, 12, 22, hour, minute, tzinfo=ZONE)


START = datetime(2026, 12, 18, 16, 0, tzinfo=ZONE)
"""Friday afternoon: Sofie starts it before she leaves."""

_NEWSLETTER = (("List-Id", "<nieuws.vakblad.example>"), ("List-Unsubscribe", "<https://vakblad.example/uit>"))

_JAN_HTML = """\
<div style="font-family:Calibri,Arial,sans-serif;font-size:11pt">
<p>Dag Sofie,</p>
<p>Voor de sporthal in Deinze hebben we toch <b>48 m²</b> extra nodig, in dezelfde kleur als op de schets:</p>
<p><img src="cid:schets.png" width="240" height="128" alt="Schets van de vloer"></p>
<p>Kan je me <b>vandaag nog</b> zeggen wat dat kost, en of jullie in week 3 kunnen leggen?
De schepen vraagt het me vanavond.</p>
<p>Met vriendelijke groeten,<br>Jan De Smet</p>
<p style="color:#777777;font-size:9pt">Acme Sportbouw · Stationsstraat 12, 9800 Deinze</p>
</div>
"""

JAN = Letter(
    "deinze-1",
    "Jan De Smet",
    "jan@acme.example",
    "Sporthal Deinze: 48 m² extra",
    """\
Dag Sofie,

Voor de sporthal in Deinze hebben we toch 48 m² extra nodig, in dezelfde
kleur als op de schets. Kan je me vandaag nog zeggen wat dat kost, en of
jullie in week 3 kunnen leggen? De schepen vraagt het me vanavond.

Met vriendelijke groeten,
Jan De Smet

Acme Sportbouw · Stationsstraat 12, 9800 Deinze
""",
    html=_JAN_HTML,
    attachments=(Attachment("schets.png", "image", "png", _sketch(), is_inline=True),),
)

CLAIRE = Letter(
    "commande-4471",
    "Claire Dubois",
    "claire.dubois@mairie-lille.example",
    "Commande n° 4471",
    """\
Bonjour Madame Janssens,

Veuillez trouver ci-joint notre bon de commande n° 4471 pour le gymnase
Jean-Bouin. Pourriez-vous me confirmer la date de livraison avant mercredi ?

Bien cordialement,
Claire Dubois
Service des sports, Lille
""",
    attachments=(Attachment("commande-4471.pdf", "application", "pdf", _pdf("Commande 4471")),),
)

EMMA = Letter(
    "po-7731",
    "Emma Clarke",
    "emma@leedsarena.example",
    "Purchase order 7731",
    """\
Hi Sofie,

Please go ahead with the second court, our purchase order is 7731.
Could you send the order confirmation to accounts as well?

Kind regards,
Emma
""",
)

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
    Review(_monday(9, 0)),
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
    Review(_monday(17, 0)),
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
    Review(_tuesday(9, 0)),
    Reply(
        _tuesday(9, 32),
        "Bram",
        "bestelling-gent",
        "Dag Tom,\n\nDonderdag voor de middag staan ze er.\n\nBram\n",
    ),
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
    Review(_tuesday(17, 0)),
)
