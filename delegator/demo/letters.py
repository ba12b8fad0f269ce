"""The octets of what people write in the demo: clients' letters, and the replies of colleagues."""

from __future__ import annotations

import email
import email.policy
import html
import re
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import parse_qsl, urlsplit

from .story import OWNER, OWNER_NAME, Letter

_POLICY = email.policy.SMTP
_BUTTON = re.compile(r'<a [^>]*href="(mailto:[^"]+)"[^>]*>([^<]*)')


def write_letter(letter: Letter, thread: Sequence[str], at: datetime) -> bytes:
    """A client's mail to the owner. thread: Message-IDs of the mails before it, oldest first."""
    mail = _begun(f"{letter.name} <{letter.address}>", letter.subject, letter.message_id, thread, at)
    mail["To"] = f"{OWNER_NAME} <{OWNER}>"
    for name, value in letter.headers:
        mail[name] = value
    mail.set_content(letter.text)
    if letter.html:
        mail.add_alternative(letter.html, subtype="html")
    for file in letter.attachments:
        if file.is_inline:
            html = mail.get_body(("html",))
            assert isinstance(html, EmailMessage)
            html.add_related(file.octets, file.maintype, file.subtype, cid=f"<{file.name}>")
        else:
            mail.add_attachment(file.octets, file.maintype, file.subtype, filename=file.name)
    return mail.as_bytes()


def write_reply(forward: bytes, message_id: str, text: str, at: datetime, *, to_owner: bool) -> bytes:
    """What a mail program makes of Reply in a forward: to its Reply-To, quoting it.

    to_owner: the colleague takes everyone but the owner out.
    """
    before = read_mail(forward)
    thread = [*str(before["References"] or "").split(), str(before["Message-ID"])]
    mail = _begun(str(before["To"]), f"Re: {before['Subject']}", message_id, thread, at)
    mail["To"] = f"{OWNER_NAME} <{OWNER}>" if to_owner else str(before["Reply-To"])
    quoted = "".join(f"> {line}\n" for line in plain_text(before).splitlines())
    mail.set_content(f"{text}\nOp {before['Date']} schreef {OWNER_NAME}:\n{quoted}")
    return mail.as_bytes()


def write_tap(mail: bytes, label: str, message_id: str, at: datetime) -> bytes:
    """What the owner's phone makes of a tap on a button. Raises LookupError: there is no such button."""
    for link, text in _BUTTON.findall(html_text(read_mail(mail))):
        if label in html.unescape(text):
            fields = dict(parse_qsl(urlsplit(html.unescape(link)).query.replace("+", "%2B")))
            command = _begun(f"{OWNER_NAME} <{OWNER}>", fields["subject"], message_id, (), at)
            command["To"] = OWNER
            command.set_content(fields["body"].replace("\r\n", "\n"))
            return command.as_bytes()
    raise LookupError(label)


def write_answer(mail: bytes, text: str, message_id: str, at: datetime) -> bytes:
    """What the owner's phone makes of an answer to one of the service's mails."""
    before = read_mail(mail)
    thread = [str(before["Message-ID"])]
    answer = _begun(f"{OWNER_NAME} <{OWNER}>", f"Re: {before['Subject']}", message_id, thread, at)
    answer["To"] = OWNER
    quoted = "".join(f"> {line}\n" for line in plain_text(before).splitlines())
    answer.set_content(f"{text}\n\nOp {before['Date']} schreef {OWNER_NAME}:\n{quoted}")
    return answer.as_bytes()


def _begun(sender: str, subject: str, message_id: str, thread: Sequence[str], at: datetime) -> EmailMessage:
    mail = EmailMessage(policy=_POLICY)
    mail["From"], mail["Subject"], mail["Message-ID"] = sender, subject, message_id
    mail["Date"] = format_datetime(at)
    if thread:
        mail["In-Reply-To"], mail["References"] = thread[-1], " ".join(thread)
    return mail


def read_mail(octets: bytes) -> EmailMessage:
    mail = email.message_from_bytes(octets, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def plain_text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return str(body.get_content()) if body is not None else ""


def html_text(mail: EmailMessage) -> str:
    body = mail.get_body(("html",))
    return str(body.get_content()) if body is not None else ""


def header(octets: bytes, name: str) -> str:
    return str(read_mail(octets)[name] or "")


def sent_at(octets: bytes) -> datetime:
    """Its Date, in the sender's own zone."""
    at: datetime = read_mail(octets)["Date"].datetime
    return at
