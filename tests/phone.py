"""The owner's phone: reads a review, taps its buttons, answers it, moves mail. For end to end tests."""

from __future__ import annotations

import asyncio
import email.policy
import itertools
import re
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from html import unescape
from typing import Literal
from urllib.parse import unquote

from tests.holiday import Holiday, write_mail
from tests.servers.smtp import Received
from tests.support import FakeClock

SOFIE = "sofie@voorbeeld.example"
App = Literal["gmail", "apple", "outlook", "thunderbird", "html", "bottom"]

_LINK = re.compile(r'href="(mailto:[^"]+)"[^>]*>([^<]*)')


@dataclass(slots=True)
class Phone:
    """The owner's own mail comes back to the mailbox, as a provider delivers it. minutes: passed so far."""

    away: Holiday
    sender: str = f"Sofie Janssens <{SOFIE}>"
    _ids: itertools.count[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.away.smtp.deliver = self._deliver

    async def _deliver(self, received: Received) -> None:
        if SOFIE in received.rcpt_tos:
            await asyncio.to_thread(self.away.imap.deliver, received.octets, arrived_at=self.clock.now())

    @property
    def clock(self) -> FakeClock:
        assert isinstance(self.away.clock, FakeClock)
        return self.away.clock

    async def next_review(self) -> EmailMessage:
        """Let time pass until the next one is due, has come, and has arrived in the mailbox."""
        service, before = self.away.service, len(self.reviews())
        assert service is not None
        await self.away.until(lambda: service.is_connected and self.clock.next_wake_at is not None)
        slots = [self.clock.at.replace(hour=hour, minute=0, second=0) for hour in (8, 16)]
        slots.append(slots[0] + timedelta(days=1))
        await self.clock.advance(min(at for at in slots if at > self.clock.at) + timedelta(seconds=1))
        await self.away.until(lambda: len(self.reviews()) > before)
        review = self.reviews()[-1]
        await self.away.until(lambda: self._is_there(str(review["Message-ID"])))
        await self.clock.advance(self.clock.at + timedelta(seconds=1))  # nobody taps at the same moment
        return review

    def reviews(self) -> list[EmailMessage]:
        """Without what the owner was told or asked between them, and the list before the homecoming."""
        mails = [mail for mail in self.away.accepted(SOFIE) if mail["List-Id"]]
        return [mail for mail in mails if not mail["Subject"].startswith("Alles wat open is")]

    def answers(self) -> list[EmailMessage]:
        """What the owner was told or asked at once."""
        return [mail for mail in self.away.accepted(SOFIE) if not mail["List-Id"]]

    def _is_there(self, message_id: str) -> bool:
        return any(message_id.encode() in octets for _, _, octets in self.away.imap.messages("INBOX"))

    # --- what the owner does ---

    async def send(self, mail: EmailMessage | bytes) -> None:
        """A mail to herself, delivered."""
        octets = mail if isinstance(mail, bytes) else mail.as_bytes(policy=email.policy.SMTP)
        await asyncio.to_thread(self.away.imap.deliver, octets, arrived_at=self.clock.now())

    def command(self, link: str, *, add: str = "") -> EmailMessage:
        """What a mail program makes of a mailto link. add: what she types at the end of its body."""
        assert link.startswith("mailto:")
        address, _, query = link.removeprefix("mailto:").partition("?")
        fields = dict(part.split("=", 1) for part in query.split("&"))
        mail = EmailMessage()
        mail["From"] = self.sender
        mail["To"] = unquote(address)
        mail["Subject"] = unquote(fields["subject"])
        mail["Message-ID"] = f"<phone-{next(self._ids)}@voorbeeld.example>"
        mail.set_content(unquote(fields.get("body", "")).replace("\r\n", "\n") + add)
        return mail

    async def tap(self, link: str, *, add: str = "") -> None:
        await self.send(self.command(link, add=add))

    async def reply(self, review: EmailMessage, text: str, app: App = "gmail") -> None:
        await self.send(reply_to(review, text, app, sender=self.sender, number=next(self._ids)))

    def uid_of(self, subject: str, mailbox: str = "INBOX") -> int:
        found = [u for u, _, o in self.away.imap.messages(mailbox) if f"Subject: {subject}\r\n".encode() in o]
        assert found, f"no {subject} in {mailbox}"
        return found[0]

    def is_in(self, subject: str, mailbox: str) -> bool:
        mails = self.away.imap.messages(mailbox)
        return any(f"Subject: {subject}\r\n".encode() in octets for _, _, octets in mails)

    async def move(self, subject: str, to: str, mailbox: str = "INBOX") -> None:
        await asyncio.to_thread(self.away.imap.move, self.uid_of(subject, mailbox), to, mailbox)


def links(mail: EmailMessage) -> list[tuple[str, str]]:
    """Label and mailto link of every button, in order."""
    body = mail.get_body(("html",))
    assert body is not None
    return [(unescape(label).strip(), unescape(link)) for link, label in _LINK.findall(body.get_content())]


def button(mail: EmailMessage, label: str, nth: int = 0) -> str:
    """The link behind the nth button whose label contains this."""
    found = [link for each, link in links(mail) if label in each]
    assert len(found) > nth, (label, links(mail))
    return found[nth]


def reply_to(
    review: EmailMessage, text: str, app: App, *, sender: str = f"Sofie <{SOFIE}>", number: int = 0
) -> EmailMessage:
    """A reply as that program writes it, with its signature and its way of quoting."""
    body = review.get_body(("plain",))
    assert body is not None
    original = str(body.get_content()).strip()
    quoted = "\n".join(f"> {line}".rstrip() for line in original.splitlines())
    mail = EmailMessage()
    mail["From"], mail["To"] = sender, SOFIE
    mail["Subject"] = f"Re: {review['Subject']}"
    mail["Message-ID"] = f"<reply-{number}@voorbeeld.example>"
    mail["In-Reply-To"] = mail["References"] = str(review["Message-ID"])
    escaped = "<br>".join(text.splitlines())
    match app:
        case "gmail":
            mail.set_content(f"{text}\n\nOp di 17 nov 2026 om 09:00 schreef Sofie <{SOFIE}>:\n\n{quoted}\n")
            mail.add_alternative(
                f'<div dir="auto">{escaped}</div><br><div class="gmail_quote"><div class="gmail_attr">'
                f"Op di 17 nov 2026 om 09:00 schreef Sofie &lt;{SOFIE}&gt;:<br></div>"
                f"<blockquote>{original}</blockquote></div>",
                subtype="html",
            )
        case "apple":
            mail.set_content(
                f"{text}\n\nVerstuurd vanaf mijn iPhone\n\n> Op 17 nov 2026 om 09:00 heeft Sofie <{SOFIE}> "
                f"het volgende geschreven:\n>\n{quoted}\n"
            )
        case "outlook":
            mail.set_content(
                f"{text}\n\nOutlook voor Android downloaden<https://aka.ms/x>\n"
                "________________________________\n"
                f"From: Sofie <{SOFIE}>\nSent: Tuesday, November 17, 2026 9:00:00 AM\n"
                f"To: Sofie <{SOFIE}>\nSubject: {review['Subject']}\n\n{original}\n"
            )
        case "thunderbird":
            mail.set_content(f"Op 17-11-2026 om 09:00 schreef Sofie:\n{quoted}\n\n{text}\n-- \nSofie\n")
        case "html":
            mail.set_content(
                f"<html><body><div>{escaped}</div><div><br></div><div>Sofie Janssens</div>"
                '<hr><div id="divRplyFwdMsg"><b>Van:</b> Sofie<br><b>Verzonden:</b> dinsdag 17 november 2026 '
                f"9:00<br><b>Aan:</b> Sofie<br><b>Onderwerp:</b> x</div><div>{original}</div></body></html>",
                subtype="html",
            )
        case "bottom":
            mail.set_content(f"{quoted}\n\n{text}\n")
    return mail


def item(subject: str, **headers: str) -> bytes:
    """A mail that no rule names: it waits for the owner."""
    return write_mail("Els Maes <els@elders.example>", subject, "Kunnen jullie dit bekijken?\n", **headers)
