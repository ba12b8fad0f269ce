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
away: {{from: 2026-12-21, until: 2026-12-23}}
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
class Told:
    """The owner gets a mail of the service's.

    what: which it is (`count.kind_of`). shows: patterns of the lines in it that those who look on see.
    """

    at: datetime
    what: str
    shows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Says:
    """The owner taps a button in one of the service's mails, or answers it.

    to: which of them (`count.kind_of`); the last such. text: what she writes; label: of the button.
    hands: keys of the letters that go to a colleague by it. means: what it is about, to those who look on.
    """

    at: datetime
    to: str
    text: str = ""
    label: str = ""
    means: str = ""
    hands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kill:
    """The daemon is killed while it hands over this letter."""

    at: datetime
    letter: Letter


@dataclass(frozen=True, slots=True)
class Restart:
    """The daemon starts again."""

    at: datetime


Event = Arrives | Reply | Told | Says | Kill | Restart


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


AWAY_FROM = datetime(2026, 12, 21, 0, 0, tzinfo=ZONE)
AWAY_UNTIL = datetime(2026, 12, 24, 0, 0, tzinfo=ZONE)
"""In the end."""

START = datetime(2026, 12, 18, 16, 0, tzinfo=ZONE)
"""Friday afternoon: Sofie starts it before she leaves."""

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
