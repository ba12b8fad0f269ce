"""The mails of the demo as files, and a page to look through them. The page asks for nothing from outside."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import getaddresses
from importlib.resources import files
from pathlib import Path
from typing import Literal

from ..adapters.written import MAIL, PAGE, write_private
from ..core.mail.html import html_to_text
from .count import kind_of
from .letters import html_text, plain_text, read_mail, sent_at
from .servers import Submitted
from .story import OWNER

MARK = "delegator demo"
INDEX = "index.html"

_QUERY = re.compile(r"@media\s*\(\s*prefers-color-scheme\s*:\s*dark\s*\)", re.IGNORECASE)
_CID = re.compile(r"cid:([^\"'\s>)]+)", re.IGNORECASE)


class OutputInUse(Exception):
    """The folder holds something else. str(): what, and what to do."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One mail as the page shows it. light, dark: its HTML for an iframe's srcdoc."""

    file: str
    kind: str
    at: str
    time: str
    from_name: str
    to: str
    to_name: str
    reply_to: str
    subject: str
    preview: str
    text: str
    light: str
    dark: str
    attachments: tuple[str, ...]


def check_output(output: Path) -> None:
    """Raises OutputInUse where writing there would mix with something that is no demo's."""
    if not output.exists():
        return
    if not output.is_dir():
        raise OutputInUse(f"{output} is a file; name a folder with --output")
    if any(output.iterdir()) and not _is_ours(output):
        raise OutputInUse(f"{output} holds something else than a demo's mails; name another with --output")


def _is_ours(output: Path) -> bool:
    try:
        return f'content="{MARK}"' in (output / INDEX).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def write(output: Path, taken: Sequence[Submitted]) -> Path:
    """Each mail as .eml, and the page; the page's path. An earlier demo's are replaced."""
    from jinja2 import Environment

    shown = [show(number, mail) for number, mail in enumerate(taken, 1)]
    template = files(__package__).joinpath("gallery.html").read_text(encoding="utf-8")
    page = Environment(autoescape=True).from_string(template).render(mark=MARK, mails=shown)
    output.mkdir(mode=0o700, parents=True, exist_ok=True)
    for earlier in output.glob("[0-9][0-9]-*.eml"):
        earlier.unlink()
    write_private(output / INDEX, page.encode("utf-8", "replace"), PAGE)
    for each, mail in zip(shown, taken, strict=True):
        write_private(output / each.file, mail.octets, MAIL)
    return output / INDEX


def show(number: int, submitted: Submitted) -> Shown:
    """number: its place among the mails, from 1."""
    mail = read_mail(submitted.octets)
    at = sent_at(submitted.octets)
    kind = kind_of(submitted, OWNER)
    ((to_name, to_address),) = getaddresses([str(mail["To"])])
    text = plain_text(mail)
    return Shown(
        file=f"{number:02}-{kind}-{to_address.partition('@')[0]}.eml",
        kind=kind,
        at=f"{at:%A %H:%M}",
        time=f"{at:%H:%M}",
        from_name=getaddresses([str(mail["From"])])[0][0],
        to=f"{to_name} <{to_address}>",
        to_name=to_name.partition(" ")[0],
        reply_to=str(mail["Reply-To"] or "").replace('"', ""),
        subject=str(mail["Subject"]),
        preview=preview_of(mail)[:160],
        text=text,
        light=as_page(mail, "light"),
        dark=as_page(mail, "dark"),
        attachments=tuple(part.get_filename() or "" for part in mail.iter_attachments()),
    )


def preview_of(mail: EmailMessage) -> str:
    """What a list of mails shows beside the subject: most programs take it from the HTML."""
    return " ".join((html_to_text(html_text(mail)) or plain_text(mail)).split())


def as_page(mail: EmailMessage, scheme: Literal["light", "dark"]) -> str:
    """What a phone shows of a mail in that colour scheme, whatever the scheme of who looks at it."""
    body = html_text(mail)
    if not body:
        body = f'<div style="white-space:pre-wrap">{html.escape(plain_text(mail))}</div>'
    body = _QUERY.sub("@media all" if scheme == "dark" else "@media not all", body)
    images = {
        str(part["Content-ID"]).strip("<> "): f"data:{part.get_content_type()};base64,{_base64(part)}"
        for part in mail.walk()
        if part["Content-ID"] and part.get_content_maintype() == "image"
    }
    body = _CID.sub(lambda found: images.get(found[1], found[0]), body)
    style = f"<style>:root{{color-scheme:{scheme}}}body{{font-family:system-ui,sans-serif}}</style>"
    viewport = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    return f"<!DOCTYPE html>{viewport}{style}{body}"


def _base64(part: EmailMessage) -> str:
    octets = part.get_payload(decode=True)
    assert isinstance(octets, bytes)
    return base64.b64encode(octets).decode("ascii")
