"""What stands above a forwarded mail: the owner's lines and the original's header, as text and HTML.

The client reads it as soon as the backup replies, perhaps late: nothing here tells of an absence, or by
when an answer was hoped for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from ..commands.command import note_line
from ..mail.display import one_line, spoken_name
from ..mail.message import Address, Message
from ..people import Backup, Owner
from .mail import Catalogue


@dataclass(frozen=True, slots=True)
class Note:
    """The lines on top: the owner's, then the original's header as (label, value)."""

    lines: tuple[str, ...]
    block: tuple[tuple[str, str], ...]

    def plus(self, line: str) -> Note:
        return Note((*self.lines, line), self.block)

    @property
    def text(self) -> str:
        block = "".join(f"{label} {value}\n" for label, value in self.block)
        return "\n".join(self.lines) + f"\n\n{block}\n"

    @property
    def html(self) -> bytes:
        """Pure ASCII, so that it is the same in every character set that holds ASCII."""
        lines = "<br>\r\n".join(map(escape, self.lines))
        block = "<br>\r\n".join(f"<b>{escape(label)}</b> {escape(value)}" for label, value in self.block)
        markup = f'<div style="{_STYLE}"><p>{lines}</p>\r\n<p>{block}</p></div>\r\n'
        return markup.encode("ascii", "xmlcharrefreplace")


# A newsletter's dark or centred layout must not swallow the lines.
_STYLE = (
    "background:#fff;color:#000;font:15px/1.4 Arial,Helvetica,sans-serif;text-align:left;"
    "padding:8px;margin:0 0 12px"
)
MOST_OWN_LINES = 2  # with ours that makes three
_MAX_NAMES = 3  # of those to whom an answer goes
_MAX_SHOWN = 20  # addresses in the block


def note_lines(
    backup: Backup,
    owner: Owner,
    answer_to: Sequence[Address],
    catalogue: Catalogue,
    *,
    unreached: Sequence[Address] = (),
    is_known: Callable[[str], bool] = lambda address: False,
) -> tuple[str, ...]:
    """Whom the owner asks, and where the answer goes.

    is_known: of an address, as for `spoken_name`. answer_to: what Reply-To names.
    unreached: who wrote from an address that it cannot name.
    """
    ask = catalogue.gettext("%(backup)s, can you answer this?") % {"backup": one_line(backup.first_name, 60)}
    others = [address for address in answer_to if address.address != owner.address]
    names = [spoken_name(each, is_known=is_known(each.address)) for each in others[:_MAX_NAMES]]
    if len(others) > _MAX_NAMES:
        names.append("…")
    if not names and backup.reply_to == "owner":
        goes = catalogue.gettext("Your answer goes to me.")
    elif not names and unreached:
        shown = [one_line(address.address, 60) for address in unreached[:_MAX_NAMES]]
        goes = catalogue.gettext("Your answer goes to me; it cannot reach %(addresses)s.") % {
            "addresses": catalogue.join(shown)
        }
    elif not names:
        goes = catalogue.gettext("Your answer goes to me; this message names nobody to reply to.")
    elif len(others) < len(answer_to):
        goes = catalogue.gettext("Your answer goes to %(names)s and me.") % {"names": ", ".join(names)}
    else:
        goes = catalogue.gettext("Your answer goes to %(names)s.") % {"names": catalogue.join(names)}
    return (f"{ask} {goes}",)


def note_place(catalogue: Catalogue) -> str:
    """The line of a button's mail that ends where the owner may write; in the owner's language."""
    return note_line(catalogue.gettext("A word with it? Write here; the client may read it."))


def own_lines(text: str) -> tuple[str, ...]:
    """What the owner wrote, fit to stand in a mail; at most MOST_OWN_LINES."""
    lines = (one_line(line, 300) for line in text.split("\n"))
    return tuple(line for line in lines if line)[:MOST_OWN_LINES]


def header_block(message: Message, owner: Owner, catalogue: Catalogue) -> tuple[tuple[str, str], ...]:
    """The original's header as mail programs show it: (label, value), without the empty ones."""
    fields = (
        (catalogue.gettext("From:"), _shown(message.from_)),
        (catalogue.gettext("To:"), _shown(message.to)),
        (catalogue.gettext("Cc:"), _shown(message.cc)),
        (catalogue.gettext("Date:"), _date(message, owner, catalogue)),
        (catalogue.gettext("Subject:"), one_line(message.subject, 500)),
    )
    return tuple((label, value) for label, value in fields if value)


def _shown(addresses: Sequence[Address]) -> str:
    shown = []
    for address in addresses[:_MAX_SHOWN]:
        name, spec = one_line(address.name, 100), one_line(address.address, 200)
        shown.append(f"{name} <{spec}>" if name and name != spec else spec)
    return ", ".join([*shown, "…"] if len(addresses) > _MAX_SHOWN else shown)


def _date(message: Message, owner: Owner, catalogue: Catalogue) -> str:
    moment = message.date or message.arrived_at
    if moment is None:
        return ""
    try:
        return catalogue.date_time(moment.astimezone(owner.timezone))
    except OverflowError:  # the first or last day that a datetime can hold
        return one_line(message.header("date") or "", 100)


_TAG = re.compile(rb"<(/?)([A-Za-z][A-Za-z0-9:-]*)")
_TAG_REST = re.compile(rb"""(?:[^"'>]|"[^"]*"|'[^']*')*+>""")
_BLANKS = re.compile(rb"(?:\s|\xef\xbb\xbf|\xc2\xa0)*+")
_OUTSIDE_BODY = (b"html", b"head", b"meta", b"link", b"base", b"title", b"style", b"script", b"noscript")
_RAW_TEXT = (b"title", b"style", b"script")
_MAX_TAG_OCTETS = 64 * 1024
_MAX_HEAD_OCTETS = 1024 * 1024  # Word's take up to 200 kB


def body_start(html: bytes) -> int:
    """Where what the reader sees begins: after <body …>, else after the head, else at the start.

    Linear: each octet is looked at a bounded number of times. Comments are skipped: Word hides a
    second <body> in them.
    """
    html = html[:_MAX_HEAD_OCTETS]
    at = outside = 0  # outside: the last place that is certainly not within the head
    in_head = False
    lowered = html.lower()
    while True:
        start = html.find(b"<", at) if in_head else _blanks_end(html, at)
        if not in_head:
            outside = at
        if not 0 <= start < len(html) or html[start : start + 1] != b"<":
            return outside
        if html.startswith(b"<!--", start):
            end, width = html.find(b"-->", start + 4), 3
        elif html.startswith((b"<!", b"<?"), start):
            end, width = html.find(b">", start), 1
        elif tag := _TAG.match(html, start):
            name, rest = tag[2].lower(), _TAG_REST.match(html, tag.end(), start + _MAX_TAG_OCTETS)
            end, width = (rest.end() if rest else -1), 0
            if name == b"body" and not tag[1] and rest:
                return end
            if not in_head and name not in _OUTSIDE_BODY:
                return outside
            if name == b"head":
                in_head = not tag[1]
            elif name in _RAW_TEXT and not tag[1] and rest:
                end, width = lowered.find(b"</" + name, end), 0
        elif in_head:
            end, width = start + 1, 0
        else:
            return outside
        if end < 0:
            return outside
        at = end + width


def _blanks_end(html: bytes, at: int) -> int:
    match = _BLANKS.match(html, at)
    return match.end() if match else at
