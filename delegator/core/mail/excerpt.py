"""What is new in a message: no quotes, greetings, signatures, disclaimers.

A line scanner; its words stand in the tables of `languages`. Every line is looked at a bounded number of
times and no further than its first 400 characters, so that no text takes long.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from ..languages import TABLES, MailWords, Patterns, in_mail, one_of
from .decoding import several_lines
from .glance import Glance
from .notices import without_notices

MAX_CHARACTERS = 20_000
"""How much of a text is looked at; what is new stands before that, or nobody reads it."""

_LOOK = 400  # characters of a line
_MARKS = dict.fromkeys(map(ord, "\u061c\u200e\u200f"))  # several_lines leaves these direction marks in


def new_text(text: str, sender: str = "") -> str:
    """The text without quotes, attributions, greetings, signatures; the text itself if nothing is left.

    sender: the name of who wrote it, which may stand below.
    """
    lines = _own_lines(text)
    without_quotes = _without_quotes(_without_first_signature(lines))
    without_quotes = _form_message(without_quotes) or without_quotes
    without_end = _without_name(_without_end(without_quotes), sender)
    candidates = (without_greeting(without_end), without_end, without_quotes, lines)
    kept = "\n".join(next((found for found in candidates if _says_something(found)), lines))
    return (_BLANK_LINES.sub("\n\n", kept) if "\n\n\n" in kept else kept).strip()


def _without_first_signature(lines: list[str]) -> list[str]:
    """Without a signature that stands above everything, as in a mail that only passes another on."""
    first = _after_blanks(lines, 0)
    if first == len(lines) or not _SIGNATURE.match(lines[first]):
        return lines
    end = next((at for at in range(first, len(lines)) if not lines[at].strip()), len(lines))
    return lines[end:] if _says_something(lines[end:]) else lines


def _own_lines(text: str) -> list[str]:
    """The lines that somebody wrote: without armour, banners and what scanners and lists add."""
    whole = several_lines(text[:MAX_CHARACTERS])
    whole = whole if whole.isascii() else whole.translate(_MARKS)
    return without_notices(_without_armour([line.rstrip() for line in whole.split("\n")]))


_ARMOUR = re.compile(r"-----(BEGIN|END) ([A-Z0-9 ]{3,40})-----\s*$")
# A line of base64: no word is as long, and none has capitals and digits within.
_CODED_LINE = 56
_CODED = re.compile(r"(?=[^0-9]*[0-9])(?=[^A-Z]*[A-Z])(?=[^a-z]*[a-z])[A-Za-z0-9+/]+={0,2}")
_ARMOUR_HEADER = re.compile(r"[A-Z][A-Za-z-]{2,20}: \S")  # "Hash: SHA256", "NotDashEscaped: …"


def _without_armour(lines: list[str]) -> list[str]:
    """Without OpenPGP's armour (RFC 9580 sections 6.2, 7): of what is clear-signed, the text is left."""
    kept: list[str] = []
    inside = ""
    in_header = is_signed = False
    for line in lines:
        if match := _ARMOUR.match(line):
            is_signed = match[2] == "PGP SIGNED MESSAGE"
            inside = "" if match[1] == "END" or is_signed else match[2]
            in_header = is_signed
        elif in_header:
            in_header = bool(line) and bool(_ARMOUR_HEADER.match(line))
            if not in_header and line:
                kept.append(line)
        elif not inside and not (len(line) >= _CODED_LINE and " " not in line and _CODED.fullmatch(line)):
            kept.append(line.removeprefix("- ") if is_signed else line)
    return kept


def unquoted_lines(text: str) -> list[str]:
    """The lines of a text without quotes, and without the signature that a program or person puts last."""
    lines = _without_quotes(_own_lines(text))
    return lines[: _signature_at(lines)]


def lines_of_signature(text: str) -> list[str]:
    """The unquoted lines below the mark of a signature, or below what a phone's program writes."""
    lines = _without_quotes(_own_lines(text))
    return lines[_signature_at(lines) + 1 :]


def _signature_at(lines: list[str]) -> int:
    ends = (at for at, line in enumerate(lines) if _SIGNATURE.match(line) or _SENT_FROM.match(line[:_LOOK]))
    return next(ends, len(lines))


def quoted_author(text: str) -> str:
    """Who wrote the newest older mail in a text: its attribution, or the From line of its header; or "".

    As it stands there, on one line; quotes within quotes are not looked at.
    """
    whole = several_lines(text[:MAX_CHARACTERS]).translate(_MARKS)
    lines = [line.rstrip() for line in whole.split("\n")]
    for at, line in enumerate(lines):
        if _QUOTED.match(line) or not line.strip():
            continue
        if length := _introduction_lines(lines, at):
            introduction = [each[:_LOOK] for each in lines[at : at + length]]
            return " ".join(" ".join(_from_lines(introduction) or introduction).split())
    return ""


def _from_lines(introduction: list[str]) -> list[str]:
    """The From line of a header, with the lines that it goes on to; empty where it is no header."""
    kept: list[str] = []
    for line in introduction:
        label = _LABEL.match(line)
        if kept and label:
            break
        if kept or (label and _KINDS[label[1].lower()] == "from"):
            kept.append(line)
    return kept


def _says_something(lines: list[str]) -> bool:
    """A letter, a digit or a pictogram: "👍" is an answer."""
    return any(character.isalnum() or character >= "\u2600" for line in lines for character in line)


_BLANK_LINES = re.compile(r"\n{3,}")


# --- quotes -------------------------------------------------------------------------------------


def _without_quotes(lines: list[str]) -> list[str]:
    at = 0
    if not _FORWARDS.may_find("\n".join(lines)):  # then prose is kept, up to the first line that is none
        none = next((at for at, found in enumerate(map(_PLAIN.match, lines)) if not found), None)
        if none is None:
            return lines
        at = max(0, none - _MAX_ATTRIBUTION + 1)
    kept = lines[:at]
    plain = [_PLAIN.match(line) for line in lines]
    may_wrap = any(">" in line for line in lines)
    while at < len(lines):
        line = lines[at]
        if _QUOTED.match(line) or (may_wrap and _is_wrapped_quote(lines, at)):
            at += 1
        elif all(plain[at : at + _MAX_ATTRIBUTION]) and not _FORWARDED.match(line[:_LOOK]):
            kept.append(line)
            at += 1
        elif _FORWARDED.match(line[:_LOOK]):  # what follows is what the sender wants read
            at = _after_blanks(lines, at + 1)
            at += _header_block_lines(lines, at, is_introduced=True)
        elif length := _introduction_lines(lines, at):
            at = _after_blanks(lines, at + length)
            is_marked = at < len(lines) and _QUOTED.match(lines[at])
            if any(each.strip() for each in kept) and not is_marked:
                break  # the rest is an older mail, without marks
        else:
            if not _RULE.match(line[:_LOOK]):
                kept.append(line)
            at += 1
    return kept


def _is_wrapped_quote(lines: list[str], at: int) -> bool:
    """Whether it is the end of the long quoted line before it, which some program has broken."""
    if not 0 < at < len(lines) - 1 or not lines[at].strip():
        return False
    before, after = lines[at - 1], lines[at + 1]
    return len(before) >= _WRAP_WIDTH and bool(_QUOTED.match(before) and _QUOTED.match(after))


def _introduction_lines(lines: list[str], at: int) -> int:
    """How many lines from here introduce an older mail; 0 if none do."""
    line = lines[at][:_LOOK]
    if not line.strip():
        return 0
    if _ORIGINAL.match(line):
        following = _after_blanks(lines, at + 1)
        return following - at + _header_block_lines(lines, following, is_introduced=True)
    if _RULE.match(line) or _DASHED.match(line):
        following = _after_blanks(lines, at + 1)
        block = _header_block_lines(lines, following, is_introduced=True)
        return following - at + block if block else 0
    return _header_block_lines(lines, at) or _attribution_lines(lines, at)


def _header_block_lines(lines: list[str], at: int, *, is_introduced: bool = False) -> int:
    """How many lines from here are a mail's header as Outlook quotes it; 0 if they are none.

    is_introduced: a line above says that one follows. Else it must say who and when, or who, to whom
    and about what; a form's fields ("Van", "E-mail", "Bericht") and a list of goods are no header.
    """
    kinds: set[str] = set()
    last = 0
    for number, line in enumerate(lines[at : at + _MAX_BLOCK], 1):
        if match := _LABEL.match(line[:_LOOK]):
            kinds.add(_KINDS[match[1].lower()])
            last = number
        elif not line.strip() or not kinds or _FORM_LABEL.match(line[:_LOOK]):
            break
    if is_introduced:
        return last if len(kinds) >= 2 else 0
    names_address = any("@" in line[:_LOOK] for line in lines[at : at + last])
    is_sent = any(_SENT.match(line[:_LOOK]) for line in lines[at : at + last])
    is_addressed = names_address and bool(kinds & {"date", "to"})
    if "from" not in kinds or not (is_sent or is_addressed or kinds >= {"date", "to", "subject"}):
        return 0
    below = lines[at + 1 : at + last + _MAX_BLOCK]
    return 0 if any(_FORM_LABEL.match(line[:_LOOK]) for line in below) else last


def _form_message(lines: list[str]) -> list[str]:
    """What stands under "Bericht:" or the like in a form that a website has sent; [] where it is none."""
    fields = ((at, line[:_LOOK]) for at, line in enumerate(lines[:_MAX_FORM]) if ":" in line)
    labelled = [at for at, line in fields if _is_form_field(line)]
    for at in labelled:
        match = _FORM_MESSAGE.match(lines[at][:_LOOK])
        if match is None or len(labelled) < 2:
            continue
        end = next((number for number in labelled if number > at), len(lines))
        said = [lines[at][match.end() :].strip(), *lines[at + 1 : end]]
        if _says_something(said):
            return said
    return []


def _is_form_field(line: str) -> bool:
    return bool(_FORM_LABEL.match(line) or _LABEL.match(line))


def _attribution_lines(lines: list[str], at: int) -> int:
    """How many lines from here say who wrote the quote below, and when; 0 if none do."""
    line = lines[at][:_LOOK].strip()
    if _WROTE_RULE.match(line) or (_ADDRESS_END.search(line) and _has_date(line)):
        return 1
    if not (_OPENING.match(line) or _NAME_FIRST.match(line) or _NUMBER_SOON.match(line)):
        return 0
    for length in range(1, _MAX_ATTRIBUTION + 1):
        last = lines[at + length - 1 : at + length]
        if length > 1 and not (last and last[0].strip() and not _OPENING.match(last[0][:_LOOK])):
            return 0  # it begins further down: above it stands an answer, such as "3 7"
        line = " ".join(each.strip() for each in lines[at : at + length])[:_LOOK]
        if _DATED_ADDRESS.search(line) and _YEAR.search(line) and _TIME.search(line):
            return length  # in any language
        if line.endswith(":") or _WROTE_END.search(line):
            says_who = _WROTE.search(line) or _ADDRESS_END.search(line)
            return length if says_who and (_has_date(line) or "@" in line) else 0
    return 0


def _has_date(line: str) -> bool:
    return sum(map(str.isdigit, line)) >= 4


def _after_blanks(lines: list[str], at: int) -> int:
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at


def _any(*fields: Callable[[MailWords], Patterns]) -> str:
    """One of these, however it is spaced."""
    found = dict.fromkeys(pattern for field in fields for pattern in in_mail(field))
    spaced = (pattern.replace(" ", r"\s+") for pattern in found)
    return f"(?:{'|'.join(spaced)})"


# Blank, or prose: it begins with a letter, and no colon, address or digit (those of `str.isdigit`) is in it.
# Nobody introduces an older mail with a few such lines.
_PLAIN = re.compile(r"\s*(?:(?=[^\W\d_])[^:@0-9²³¹\u0250-\u200f\u2028-\u20ab\u20ad-\U0010ffff]*)?$")
_WRAP_WIDTH = 65
_MAX_BLOCK = 9
_MAX_ATTRIBUTION = 4
_QUOTED = re.compile(r"\s{0,4}>(?!=\s?\d)")  # ">= 10 mm" is a measure
_RULE = re.compile(r"\s*[-_=*]{4,}\s*$")
_FORWARDED = re.compile(rf"[\s>*_-]{{0,40}}{_any(lambda mail: mail.forwarded)}\b", re.IGNORECASE)
_FORWARDS = Glance(_FORWARDED, of_lines=True)
_ORIGINAL = re.compile(rf"\s*-{{2,}}\s*{_any(lambda mail: mail.original)}\b", re.IGNORECASE)
_LABELS: dict[str, Callable[[MailWords], Patterns]] = {
    "from": lambda mail: mail.label_from,
    "date": lambda mail: mail.label_date,
    "to": lambda mail: mail.label_to,
    "cc": lambda mail: mail.label_cc,
    "subject": lambda mail: mail.label_subject,
}
_KINDS = {label: kind for kind, field in _LABELS.items() for label in in_mail(field)}
_LABEL = re.compile(
    rf"[\s>*|]{{0,6}}({'|'.join(_KINDS)})(?:\s+{_any(lambda mail: mail.label_particles)})?\*?\s?:",
    re.IGNORECASE,
)
# What a website's form sends has such fields, a quoted header never.
_FORM_LABEL = re.compile(rf"[\s>*|•·-]{{0,6}}{_any(lambda mail: mail.form_labels)}\s?\*?:", re.IGNORECASE)
_FORM_MESSAGE = re.compile(
    rf"[\s*|•·-]{{0,6}}{_any(lambda mail: mail.form_message)}\s?\*{{0,2}}:\*{{0,2}}", re.IGNORECASE
)
_MAX_FORM = 60  # lines
_SENT = re.compile(rf"[\s>*|]{{0,6}}{_any(lambda mail: mail.label_sent)}\b[^:]{{0,6}}:", re.IGNORECASE)
_ON = _any(lambda mail: mail.on)
_OPENING = re.compile(rf"[\W_]{{0,8}}(?:{_ON}\s+\S|\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}\b)", re.IGNORECASE)
_WROTE_ON = "|".join(
    rf"{wrote}\s+{on}" for table in TABLES.values() for wrote in table.mail.wrote for on in table.mail.on
)
_NAME_FIRST = re.compile(rf"[^:]{{1,120}}(?:@|\b(?:{_WROTE_ON})\b)", re.IGNORECASE)
_DASHED = re.compile(r"\s*-{4,}\s*\w[^-]{2,40}-{4,}\s*$")  # "Original message" in any language
_NUMBER_SOON = re.compile(r"[\W_]{0,4}(?:[^\W\d]{1,12}[.,]{0,2}\s{1,4}){0,3}\d")
_DATED_ADDRESS = re.compile(r"@[^\s@]{1,100}?\s?>(?:\s[^\W\d]{2,15}){0,3}\s?:$")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_TIME = re.compile(r"\b\d{1,2}[:.]\d\d\b")
_WROTE = re.compile(rf"\b{_any(lambda mail: mail.wrote, lambda mail: mail.sent)}\b", re.IGNORECASE)
_WROTE_END = re.compile(rf"\b{_any(lambda mail: mail.wrote)}$", re.IGNORECASE)
_ADDRESS_END = re.compile(r"@\S{1,100}>:$")
_WROTE_RULE = re.compile(rf"-{{3,}}\s?.{{1,100}}\b{_any(lambda mail: mail.wrote)}\s?-{{3,}}$", re.IGNORECASE)


# --- what programs add --------------------------------------------------------------------------


_SENT_FROM = re.compile(rf"[\s_*]{{0,4}}{_any(lambda mail: mail.sent_from)}", re.IGNORECASE)


# --- beginnings and ends ------------------------------------------------------------------------


def _without_end(lines: list[str]) -> list[str]:
    """Without the sign-off and all below it, but with a postscript."""
    first = _after_blanks(lines, 0)
    if first < len(lines) and _SENT_FROM.match(lines[first][:_LOOK]):
        return lines[first + 1 :]
    is_greeted = first < len(lines) and without_greeting([lines[first]]) in ([], [""])
    body = _after_blanks(lines, first + 1) if is_greeted else first
    text = "\n".join(lines)
    end = _ENDS.first(text)
    if end is None:
        return _without_contacts(lines, body)
    for at in range(max(first + 1, text.count("\n", 0, end)), len(lines)):
        if at == body and _THANKS.match(lines[at]):
            continue  # all that is said
        if lines[at] and _ends(lines, at):
            below = (number for number in range(at + 1, len(lines)) if _POSTSCRIPT.match(lines[number]))
            return [*lines[:at], *lines[next(below, len(lines)) :]]
    return _without_contacts(lines, body)


def _without_contacts(lines: list[str], body: int) -> list[str]:
    """Without a last paragraph that says only who writes, and how to reach them.

    Short lines that are no sentences; one of them at least is a telephone number, an address or a link.
    """
    last = len(lines)
    while last and not lines[last - 1].strip():
        last -= 1
    start = last
    while start > body and lines[start - 1].strip():
        start -= 1
    block = [line.strip() for line in lines[start:last]]
    if start == body or not 1 < len(block) <= _MAX_CONTACTS:
        return lines
    if any(len(line) > _CONTACT_LENGTH or _SENTENCE_END.search(line) for line in block):
        return lines
    return lines[:start] if any(map(_CONTACT.search, block)) else lines


def _without_name(lines: list[str], sender: str) -> list[str]:
    """Without a last line that is only the sender's name, or the first word of it."""
    last = len(lines)
    while last and not lines[last - 1].strip():
        last -= 1
    words = sender.casefold().split()
    if last < 2 or not words:
        return lines
    name = lines[last - 1].casefold().strip(" \t-–—.,!").split()
    return lines[: last - 1] if name in (words, words[:1]) else lines


def _ends(lines: list[str], at: int) -> bool:
    line = lines[at][:_LOOK]
    if _SIGNATURE.match(line) or _DISCLAIMER.match(line) or _SENT_FROM.match(line) or _SIGN_OFF.match(line):
        return True
    return bool(_THANKS.match(line)) and _count(lines[at + 1 : at + 1 + 2 * _MAX_THANKED]) <= _MAX_THANKED


def _count(lines: Iterable[str]) -> int:
    return sum(bool(line.strip()) for line in lines)


_MAX_CONTACTS = 10  # lines
_CONTACT_LENGTH = 70
_SENTENCE_END = re.compile(r"[.?!:;]$")
_CONTACT = re.compile(
    r"(?:^|\s|[(+])\+?\(?\d[\d\s()/.-]{6,20}\d\b|\S@\S+\.\w|\bhttps?://|\bwww\.|^via mobile$|^skype:",
    re.IGNORECASE,
)
_MAX_THANKED = 4  # lines below "Thanks," in a signature; a mail that goes on says more
_SIGNATURE = re.compile(r"(?:--|—|__)\s*$")
_NAMED = r"(?:\s*[,;.!]*|[,;]?\s+[^\s,.!?:]+(?:\s+[^\s,.!?:]+){0,3})\s*$"
_SIGN_OFF = re.compile(
    rf"\s*{_any(lambda mail: mail.closings)}"
    rf"(?:\s+{_any(lambda mail: mail.closing_links)}\b.{{0,40}})?{_NAMED}",
    re.IGNORECASE,
)
_THANKS = re.compile(rf"\s*{_any(lambda mail: mail.thanks_lines)}{_NAMED}", re.IGNORECASE)
_DISCLAIMER = re.compile(rf"\W{{0,4}}{one_of(lambda mail: mail.disclaimers)}", re.IGNORECASE)
_ENDS = Glance(_SIGNATURE, _DISCLAIMER, _SENT_FROM, _SIGN_OFF, _THANKS, of_lines=True)
_POSTSCRIPT = re.compile(r"\s*(?:p\.?\s?s\.?|n\.?b\.?)\s*[:.)-]?\s+\S|\s*p\.?s\.?:", re.IGNORECASE)


def without_greeting(lines: list[str]) -> list[str]:
    """Without the line that greets, or the words that do at its beginning."""
    at = _after_blanks(lines, 0)
    if at == len(lines):
        return lines
    match = _NAMED_ALONE.match(lines[at][:_LOOK]) or _GREETING.match(lines[at][:_LOOK])
    if match is None:
        return lines
    rest = lines[at][match.end() :]
    return [rest[:1].upper() + rest[1:], *lines[at + 1 :]] if rest else lines[at + 1 :]


_CALLED = r"[^\W\d_a-z][\w'’.-]{1,30}"
_NAMED_ALONE = re.compile(rf"\s*{_CALLED}(?:\s{_CALLED}){{0,2}},\s*$")  # "Sofie,"
# The whole line, or as far as the comma after at most four words.
_GREETING = re.compile(
    rf"\s*{_any(lambda mail: mail.salutations)}"
    rf"(?:[\s/]+[^\s,.!?:]+\.?){{0,5}}?(?:,\s{_any(lambda mail: mail.titles)})?(?:\s*[,!.:]+(?:\s+|$)|\s*$)",
    re.IGNORECASE,
)
