"""Which texts of a mail its reader is shown, in order. Pure; never raises.

A part's markup is read within bounds that do not depend on how much of the mail is at hand, so that a
mail read whole and one read by its parts say the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .bounds import BODY_CHARACTERS
from .decoding import decode_octets, says_something, several_lines
from .html import html_to_text, is_html, stated_charset
from .mime import Part, decode_body, parse_structure
from .notices import is_notice, is_placeholder, may_be_placeholder

MARKUP_OCTETS = 1024 * 1024
"""How much of a part of HTML is read: styles of Word take 200 kB, a picture in its source more."""

MOST_TEXTS = 50
"""How many parts of a mail are read as text; nobody's mail has more."""

MAX_NESTING = 3
"""How deep mails within mails are read."""

_MARKUP_OF_A_MAIL = 2 * MARKUP_OCTETS
RICH = ("text/html", "text/enriched", "text/richtext")
_TEXTS = ("text/plain", *RICH)
MAILS = ("message/rfc822", "message/global", "message/news")


@dataclass(frozen=True, slots=True)
class Texts:
    """shown: what a reader is shown, in order.

    shown_parts: those whose text that is, and the alternatives to them: no attachments.
    """

    shown: tuple[str, ...]
    shown_parts: tuple[Part, ...]


def read_texts(root: Part, *, is_list: bool) -> Texts:
    """The texts of a mail. is_list: a list has sent it, which may have wrapped it."""
    reader = _Reader(root, is_list)
    if is_all_there_is_to_read(root) and root.content_type == "text/plain":
        text = reader.text(root)
        return Texts((text,) if text else (), (root,))
    return reader.texts()


def is_all_there_is_to_read(root: Part) -> bool:
    """Whether a mail is one text, and no file."""
    return root.content_type in _TEXTS and root.disposition != "attachment"


def joined(texts: tuple[str, ...]) -> str:
    """Several texts as one, an empty line between them."""
    if len(texts) < 2:
        return texts[0] if texts else ""
    return "\n\n".join(text.strip("\n") for text in texts)[:BODY_CHARACTERS]


@dataclass(slots=True)
class _Reader:
    root: Part
    is_list: bool
    nesting: int = 0
    markup_left: int = _MARKUP_OF_A_MAIL
    read: dict[int, str] = field(default_factory=dict)  # by id of the part
    known: dict[int, list[Part]] = field(default_factory=dict)  # what is shown of a part, by its id
    is_named: bool = False  # whether texts with a file name are shown
    is_attached: bool = False  # whether a text without one is shown, attachment or not

    def texts(self) -> Texts:
        shown = self._shown(self.root)
        if not self._says_something(shown):
            # Some mailers name the body itself; that makes it an attachment only beside one without a name.
            self.is_named = True
            self.known.clear()
            shown = self._shown(self.root) or shown
        if not self._says_something(shown):
            self.is_attached = True
            self.known.clear()
            shown = self._shown(self.root) or shown
        if not shown:
            unread = [p for p in self.root.walk() if _is_container(p) and not p.children]
            shown = unread[:1]  # its parts could not be told apart
        said: list[str] = []
        left = BODY_CHARACTERS
        for part in shown:
            text = self.text(part)[:left]
            if text and (part.content_type not in RICH or not _is_said(text, said)):
                said.append(text)
                left -= len(text)
        keys = set(map(id, shown))
        stood_for = [p for p in self._bodies(self.root) if id(p) not in keys]
        return Texts(tuple(said), (*shown, *stood_for))

    def _says_something(self, parts: list[Part]) -> bool:
        return any(says_something(self.text(part)) for part in parts)

    def text(self, part: Part) -> str:
        """What a part says, as text of at most BODY_CHARACTERS; "" beyond the bounds of the mail."""
        key = id(part)
        if key not in self.read:
            self.read[key] = self._read(part) if len(self.read) < MOST_TEXTS else ""
        return self.read[key]

    def _read(self, part: Part) -> str:
        if part.content_type in MAILS:
            return joined(self._mail(part))
        if part.content_type in RICH:
            octets = decode_body(part, min(MARKUP_OCTETS, self.markup_left))
            self.markup_left -= len(octets)
            charset = stated_charset(part.parameters.get("charset", ""), octets)
            return html_to_text(several_lines(decode_octets(octets, charset)))[:BODY_CHARACTERS]
        if _is_container(part):
            return joined(self._salvaged(part))
        octets = decode_body(part, 4 * BODY_CHARACTERS)  # no charset needs more than four octets a character
        if octets.startswith(_MAGIC):
            return ""  # a picture or a document that claims to be a text
        text = several_lines(decode_octets(octets, part.parameters.get("charset"))[:BODY_CHARACTERS])
        if is_html(text):
            return html_to_text(text)[:BODY_CHARACTERS]
        return without_files(text)[:BODY_CHARACTERS]

    def _salvaged(self, part: Part) -> tuple[str, ...]:
        """What a multipart shows whose boundary is not the stated one, but the first that looks like one."""
        octets = decode_body(part, MARKUP_OCTETS)
        found = _DELIMITER.search(octets)
        if found is None or self.nesting >= MAX_NESTING:
            text = several_lines(decode_octets(octets, None)[:BODY_CHARACTERS])
            return (_DASHED.sub("", text),)
        header = b'Content-Type: multipart/mixed; boundary="' + found[1].rstrip() + b'"\n\n'
        reader = _Reader(parse_structure(header + octets), False, self.nesting + 1, self.markup_left)
        shown = reader.texts().shown
        self.markup_left = reader.markup_left
        return shown

    def _mail(self, part: Part) -> tuple[str, ...]:
        """What a mail within this one shows."""
        if self.nesting >= MAX_NESTING:
            return ()
        root = parse_structure(decode_body(part))
        reader = _Reader(root, False, self.nesting + 1, self.markup_left)
        shown = reader.texts().shown
        self.markup_left = reader.markup_left
        return shown

    # Which parts are shown

    def _shown(self, part: Part) -> list[Part]:
        key = id(part)
        if key not in self.known:
            self.known[key] = self._find_shown(part)
        return self.known[key]

    def _find_shown(self, part: Part) -> list[Part]:
        if part.content_type == "multipart/alternative":
            return self._alternative(part)
        if part.content_type == "multipart/related":
            return self._related(part)
        if part.content_type in ("multipart/digest", "multipart/encrypted"):
            return []
        if part.children:
            shown = [leaf for child in part.children for leaf in self._shown(child)]
            if part.content_type == "multipart/report":
                return [leaf for leaf in shown if leaf.content_type in _TEXTS]
            own = [leaf for leaf in shown if leaf.content_type in _TEXTS]
            # A mail in the mail is shown where nothing else is, or where a list has wrapped it.
            if self.is_list or not self._says_more_than_notices(own):
                return shown
            return own
        return [part] if self._is_shown(part) else []

    def _says_more_than_notices(self, parts: list[Part]) -> bool:
        return any(not is_notice(self.text(part)) for part in parts)

    def _is_shown(self, part: Part) -> bool:
        if part.content_type in MAILS:
            return part.disposition != "attachment" or part is self.root
        if part.content_type not in _TEXTS:
            return False
        if part is self.root:
            return True  # all there is, whatever it is called
        if _EXCHANGE.fullmatch(part.filename):
            return True
        if part.disposition == "attachment":
            return self.is_attached and not part.filename
        return self.is_named or not part.filename

    def _alternative(self, part: Part) -> list[Part]:
        """The plain text where it says something, else the richest that does."""
        options = [shown for child in part.children if (shown := self._shown(child))]
        first = options[0] if options else []
        if all(leaf.content_type == "text/plain" for leaf in first) and self._says_more_than_notices(first):
            said = joined(tuple(map(self.text, first)))
            if first and not may_be_placeholder(said):
                return first  # whatever the others say, which need not be read
        speaking = [option for option in options if self._says_more_than_notices(option)]
        if not speaking:
            return first
        for option in speaking:
            if all(leaf.content_type == "text/plain" for leaf in option):
                said = joined(tuple(map(self.text, option)))
                richer = (joined(tuple(map(self.text, other))) for other in speaking if other is not option)
                if not any(is_placeholder(said, rich) for rich in richer):
                    return option
        rich = [option for option in speaking if any(leaf.content_type in RICH for leaf in option)]
        return (rich or speaking)[-1]

    def _related(self, part: Part) -> list[Part]:
        """The root (RFC 2387 section 3.2), and texts that something has put beside it."""
        if not part.children:
            return []
        start = part.parameters.get("start", "").strip("<> ")
        root = next((child for child in part.children if start and child.content_id == start), None)
        root = root or next((child for child in part.children if self._shown(child)), part.children[0])
        return [
            leaf
            for child in part.children
            if child is root or not child.content_id
            for leaf in self._shown(child)
        ]

    def _bodies(self, part: Part) -> Iterator[Part]:
        """Texts that are no attachments: besides those shown, the alternatives to them."""
        for leaf in part.walk():
            is_text = leaf.content_type in _TEXTS and not leaf.children
            if is_text and leaf.disposition != "attachment" and (self.is_named or not leaf.filename):
                yield leaf


# What Exchange calls the texts between the pictures of a mail from an iPhone, and attaches.
_EXCHANGE = re.compile(r"ATT\d{5}\.(?:txt|html?)", re.IGNORECASE)


def _is_container(part: Part) -> bool:
    return part.content_type.startswith("multipart/")


def _is_said(text: str, said: list[str]) -> bool:
    """Whether an HTML part only repeats a plain text, where a mailer knew no alternatives."""
    words = text.split()
    return any(words == other.split() for other in said)


_DASHED = re.compile(r"^--\S{1,80}[ \t]*$", re.MULTILINE)
# A line that begins with dashes, and a field below it.
_DELIMITER = re.compile(rb'^--([^\s"\\]{5,70}[ \t]*)\r?\n(?=content-)', re.MULTILINE | re.IGNORECASE)
_MAGIC = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_BEGIN = re.compile(r"^begin [0-7]{3,4}(?: .{0,200})?$", re.MULTILINE)
_UUENCODED = re.compile(r"[ -`]{2,90}")


def without_files(text: str) -> str:
    """A text without the uuencoded files in it."""
    if "begin " not in text:
        return text
    kept: list[str] = []
    at = 0
    while match := _BEGIN.search(text, at):
        end = _uuencoded_end(text, match.end() + 1)
        if end is None:
            kept.append(text[at : match.end()])
            at = match.end()
        else:
            kept.append(text[at : match.start()])
            at = end
    return "".join((*kept, text[at:]))


def _uuencoded_end(text: str, at: int) -> int | None:
    """Where the lines of a uuencoded file that starts here end; None where it is none."""
    lines = 0
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        line = text[at:end].rstrip(" ")
        at = end + 1
        if line == "end":
            return at if lines else None
        if line in ("", "`"):
            continue
        length = (ord(line[0]) - 32) & 63
        if not _UUENCODED.fullmatch(line) or not 0 <= len(line) - 1 - (length + 2) // 3 * 4 + 3 <= 6:
            return None
        lines += 1
    return len(text) if lines else None  # cut off
