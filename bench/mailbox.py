"""A mailbox with a known truth: a small company's mails of a year, and rules of which we know what they take.

Every rule's word or address stands in the mails that it is to take and in no other, in no longer word
and nowhere in a header that a tool may look at by mistake: so a search for a substring and one for whole
words find the same, and each tool can be checked against the truth before it is compared.
"""

from __future__ import annotations

import base64
import quopri
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

OWNER = "sofie@voorbeeld.example"
START = datetime(2025, 11, 28, tzinfo=UTC)
YEAR = timedelta(days=364)

SENDERS = tuple(f"klant{number}@sleutel{number}.example" for number in range(10))
SUBJECTS = (
    *("sporthalofferte", "meerprijs", "vorderingsstaat", "proces-verbaal"),
    *("oplevering", "boeteclausule", "werfverslag", "aanmaning"),
)
TEXTS = ("waterschade", "ingebrekestelling")

_WORDS = (
    *(
        "de",
        "het",
        "een",
        "van",
        "en",
        "met",
        "voor",
        "op",
        "aan",
        "wij",
        "jullie",
        "kunnen",
        "graag",
        "week",
    ),
    *(
        "volgende",
        "levering",
        "planning",
        "werf",
        "dakrand",
        "kozijn",
        "factuur",
        "bedrag",
        "vraag",
        "morgen",
    ),
    *("antwoord", "maandag", "telefoon", "collega", "bijlage", "project", "klant", "datum", "kleur", "maat"),
    *("prijs", "transport", "montage", "bestek", "plan", "versie", "overleg", "akkoord", "nodig", "zeker"),
    *("misschien", "bedankt"),
)


@dataclass(frozen=True, slots=True)
class Mail:
    """octets: with CRLF. rule: what takes it, as in `rule_names`; None: none does. arrived_at: aware."""

    number: int
    octets: bytes
    rule: str | None
    arrived_at: datetime


_RULES = (("from", SENDERS), ("subject", SUBJECTS), ("text", TEXTS))


def rules_yaml() -> str:
    """The rules as delegator reads them."""
    keys = {"from": "from", "subject": "subject", "text": "body"}
    lines = ["rules:"]
    for kind, words in _RULES:
        for word in words:
            lines.append(f"  - {{name: {kind} {word}, when: {{{keys[kind]}: {word}}}, forward: anna}}")
    return "\n".join(lines) + "\n"


def mails(count: int, seed: int = 20261128) -> Iterator[Mail]:
    """In order of arrival. Of a hundred, eight are taken: four by sender, three by subject, one by text."""
    chance = random.Random(seed)
    for number in range(count):
        share = number % 100
        rule = None
        if share < 4:
            rule = f"from {chance.choice(SENDERS)}"
        elif share < 7:
            rule = f"subject {chance.choice(SUBJECTS)}"
        elif share < 8:
            rule = f"text {chance.choice(TEXTS)}"
        at = (START + YEAR * number / count).replace(microsecond=0)
        yield Mail(number, _octets(number, rule, at, chance), rule, at)


def _octets(number: int, rule: str | None, at: datetime, chance: random.Random) -> bytes:
    kind, _, word = (rule or " ").partition(" ")
    sender = word if kind == "from" else f"p{chance.randrange(2000)}@bedrijf{chance.randrange(300)}.example"
    subject = _sentence(chance, 5).rstrip(".")
    if kind == "subject":
        subject = f"{subject} {word} {number}"
    text = _text(chance, word if kind == "text" else "")
    shape = chance.random()
    bulk = ""
    if shape < 0.6:
        body = _leaf("text/plain", text, chance)
    elif shape < 0.85:
        body = _multipart(
            "alternative", [_leaf("text/plain", text, chance), _leaf("text/html", _html(text), chance)]
        )
    elif shape < 0.93:
        body = _leaf("text/html", _html(text), chance)
        bulk = "List-Id: <nieuws.bedrijf.example>\r\nList-Unsubscribe: <https://bedrijf.example/uit>\r\n"
    else:
        body = _multipart("mixed", [_leaf("text/plain", text, chance), _file(chance)])
    host = sender.rpartition("@")[2]
    moment = f"{at:%a, %d %b %Y %H:%M:%S} +0000"
    seal = base64.b64encode(chance.randbytes(192)).decode()
    lines = (
        f"Return-Path: <{sender}>",
        f"Delivered-To: {OWNER}",
        f"Received: from mx.{host} (mx.{host} [192.0.2.7])",
        f"\tby mx.voorbeeld.example with ESMTPS id {number:x}",
        f"\tfor <{OWNER}>; {moment}",
        f"Received: from [10.0.0.5] by mx.{host} with ESMTPSA; {moment}",
        f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={host}; s=s1;",
        f"\th=from:to:subject:date;\r\n\tb={seal}",
        f"Authentication-Results: mx.voorbeeld.example; dkim=pass header.d={host};",
        f"\tspf=pass smtp.mailfrom={host}",
        f"From: Persoon {number % 977} <{sender}>",
        f"To: Sofie Janssens <{OWNER}>",
        f"Subject: {subject}",
        f"Date: {moment}",
        f"Message-ID: <{number}.{chance.randrange(10**9)}@{host}>",
        "X-Mailer: Post 1.0",
        "MIME-Version: 1.0",
    )
    head = "\r\n".join(lines) + f"\r\n{bulk}"
    return head.encode() + body


def _sentence(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(_WORDS, k=words)).capitalize() + "."


def _text(chance: random.Random, word: str) -> str:
    paragraphs = [
        " ".join(_sentence(chance, chance.randrange(5, 14)) for _ in range(chance.randrange(1, 6)))
        for _ in range(chance.randrange(1, 9))
    ]
    if word:
        paragraphs[-1] += f" Er is sprake van {word} op de werf."
    lines = [
        "Dag Sofie,",
        "",
        *(line for each in paragraphs for line in (*_wrapped(each), "")),
        "Met vriendelijke groet,",
        "Jan",
    ]
    return "\r\n".join(lines) + "\r\n"


def _wrapped(text: str) -> list[str]:
    lines, line = [], ""
    for word in text.split():
        if len(line) + len(word) > 72:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    return [*lines, line]


def _html(text: str) -> str:
    style = "<style>p { margin: 0 0 1em 0; font-family: Arial, sans-serif; }</style>"
    paragraphs = "".join(
        f'<p class="m"><span style="color:#222">{each}</span></p>\r\n' for each in text.split("\r\n\r\n")
    )
    return f"<html><head>{style}</head><body>\r\n{paragraphs}</body></html>\r\n"


def _leaf(content_type: str, text: str, chance: random.Random) -> bytes:
    octets = text.encode()
    encoding = chance.choice(("7bit", "8bit", "quoted-printable", "quoted-printable"))
    if encoding == "quoted-printable":
        octets = quopri.encodestring(octets.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    head = f'Content-Type: {content_type}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'
    return head.encode() + octets


def _file(chance: random.Random) -> bytes:
    content = base64.encodebytes(b"%PDF-1.4 " + chance.randbytes(chance.randrange(10_000, 40_000))).replace(
        b"\n", b"\r\n"
    )
    return (
        b'Content-Type: application/pdf; name="plan.pdf"\r\nContent-Transfer-Encoding: base64\r\n'
        b'Content-Disposition: attachment; filename="plan.pdf"\r\n\r\n' + content
    )


def _multipart(kind: str, parts: list[bytes]) -> bytes:
    boundary = "=_grens_17"
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'
    lines = [f"--{boundary}\r\n".encode() + part + b"\r\n" for part in parts]
    return head.encode() + b"".join(lines) + f"--{boundary}--\r\n".encode()
