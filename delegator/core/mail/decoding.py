"""Octets of unknown making to clean text: character sets, encoded words, control characters.

Every function takes any input, never raises, and runs in linear time. No text that leaves here
holds a lone surrogate, a control character or a bidirectional override.
"""

from __future__ import annotations

import binascii
import codecs
import re
import unicodedata
from encodings.aliases import aliases
from functools import lru_cache

# What a name means in mail (WHATWG Encoding Standard): a superset that mailers really send.
_SUPERSETS = {
    "ascii": "cp1252",
    "latin_1": "cp1252",
    "iso8859_9": "cp1254",
    "iso8859_11": "cp874",
    "tis_620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}
_MORE_NAMES = {
    "iso_8859_8_i": "iso8859_8",
    "x_sjis": "cp932",
    "utf8mb4": "utf_8",
    "unicode_1_1_utf_8": "utf_8",
    "unicode_1_1_utf_7": "utf_7",
    "x_mac_roman": "mac_roman",
    "x_gbk": "gb18030",
    "x_euc_jp": "euc_jp",
    "cp_850": "cp850",
}
# Codecs that are no character sets: escapes, and punycode, whose decoder is quadratic.
_NO_CHARSETS = frozenset(
    {
        "base64_codec",
        "bz2_codec",
        "hex_codec",
        "idna",
        "mbcs",
        "oem",
        "punycode",
        "quopri_codec",
        "raw_unicode_escape",
        "rot_13",
        "undefined",
        "unicode_escape",
        "uu_codec",
        "zlib_codec",
    }
)
_CHARSETS = {name.replace(".", "_"): codec for name, codec in aliases.items() if codec not in _NO_CHARSETS}
_CHARSETS |= {codec: codec for codec in list(_CHARSETS.values())}
_CHARSETS |= {f"windows_{codec[2:]}": codec for codec in list(_CHARSETS.values()) if codec.startswith("cp")}
_CHARSETS |= _MORE_NAMES

_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
# Overrides and isolates can show a file name or an address backwards; a mark alone cannot.
_BIDI = "\u202a-\u202e\u2066-\u2069"
_SURROGATES = "\ud800-\udfff"
_UNWANTED = re.compile(f"[{_CONTROL}{_BIDI}{_SURROGATES}\ufeff\ufffe\uffff]")
UNWANTED_OCTETS = bytes(octet for octet in range(128) if _UNWANTED.match(chr(octet)))
_INVISIBLE = re.compile(f"[{_BIDI}\ufeff]")
_BLANK = re.compile(f"[ \t\r\n{_CONTROL}\u2028\u2029]+")
_MAY_COMPOSE = re.compile("[^\x00-\u02ff]")
_SURROGATE = re.compile(f"[{_SURROGATES}\ufffe\uffff]")
_BASE64_JUNK = bytes(one for one in range(256) if not (bytes([one]).isalnum() or one in b"+/="))
_MAX_MARKS = 30  # combining marks in a row: Unicode's Stream-Safe Text Format (UAX 15 section 13)
_MAY_BE_MARKS = re.compile(f"[^\x00-\u02ff]{{{_MAX_MARKS + 1}}}")  # no mark stands before U+0300


@lru_cache(maxsize=256)  # a mail asks several times for one of a few
def charset_codec(name: str | None) -> str | None:
    """The name of Python's codec for a charset as mail states it, or None.

    From a fixed table: `codecs.lookup` of made-up names searches the disk and fills a cache for ever.
    """
    if not name or len(name) > 60:
        return None
    key = name.partition("*")[0].strip(" \"'").lower()  # "utf-8*nl": RFC 2231 section 5
    codec = _CHARSETS.get(key.replace("-", "_").replace(" ", "_").replace(".", "_").replace(":", "_"))
    return _SUPERSETS.get(codec, codec) if codec else None


def names_charset(name: str) -> bool:
    """Whether a charset parameter says which one it is: US-ASCII is what programs write that do not know."""
    return charset_codec(name) is not None and name.strip(" \"'").lower() not in ("us-ascii", "ascii")


ASCII_LIKE = ("utf_8", "cp125", "iso8859", "latin_1", "ascii")
"""How the codecs are named in which ASCII's octets are ASCII's characters, and nothing else is."""


def is_ascii_like(charset: str | None) -> bool:
    """Whether ASCII's octets are ASCII's characters in it; as of one that is not known, or not stated."""
    codec = charset_codec(charset)
    return codec is None or codec.startswith(ASCII_LIKE)


def decode_octets(octets: bytes, charset: str | None) -> str:
    """Octets to text: the declared charset, then UTF-8, then cp1252.

    A character that is cut at the end is dropped.
    """
    declared = charset_codec(charset)
    if declared is None or declared.startswith(ASCII_LIKE):
        if octets.isascii():
            return octets.decode("ascii")
        try:
            return octets.decode(declared or "utf_8")  # as the decoder below, which takes longer to make
        except UnicodeError:
            pass
    return _decoded_in_turn(octets, declared)


def _decoded_in_turn(octets: bytes, declared: str | None) -> str:
    for codec in dict.fromkeys((declared, "utf_8")):
        if codec is None:
            continue
        decoder = codecs.getincrementaldecoder(codec)("strict")
        try:
            text = decoder.decode(octets, final=False)
        except UnicodeError:
            if codec.startswith("iso2022"):
                return octets.decode(codec, "replace")  # all else is ASCII too, and would read as signs
            continue
        # One octet at the end of a text that is ASCII before it is no cut character: "caf\xe9" is cp1252.
        if codec != "utf_8" or decoder.getstate()[0] == b"" or not text.isascii():
            return text
    if declared == "utf_8":
        # One bad octet in a text that is UTF-8 otherwise is not a reason to misread all of it.
        text = octets.decode("utf-8", "replace")
        bad = text.count("\ufffd")
        if 2 * bad <= len(text) - len(text.encode("ascii", "ignore")):
            return text
    return octets.decode("cp1252", "replace")


def base64_octets(octets: bytes) -> bytes:
    """Base64 undone, whatever else stands in between, however it is padded.

    Some mailers encode a text in pieces, each with its own padding: all of them are read. What follows
    the padding and is no base64 (a list's footer) is left out.
    """
    if footer := _FOOTER.search(octets):
        octets = octets[: footer.start()]
    first, padding, rest = octets.partition(b"=")
    rest = rest.lstrip(b"=") if padding else b""
    pieces = [first, *(rest.split(b"=") if _is_base64(rest) else ())]
    return b"".join(_base64_piece(piece.translate(None, _BASE64_JUNK)) for piece in pieces)


def _base64_piece(digits: bytes) -> bytes:
    digits = digits[: len(digits) - (len(digits) % 4 == 1)]
    return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))


def base64_drops(octets: bytes) -> bool:
    """Whether `base64_octets` leaves out more than line ends and padding: what is there is not all said."""
    return not _is_base64(octets) or any(
        len(piece.translate(None, _BASE64_JUNK)) % 4 == 1 for piece in octets.split(b"=")
    )


def is_no_base64(octets: bytes) -> bool:
    """Whether a text only claims to be base64: its first line has words in it."""
    first = octets[:1000].lstrip().partition(b"\n")[0].rstrip()
    return b" " in first and not _BASE64_LINE.fullmatch(first.replace(b" ", b"").lstrip(b">"))


def _is_base64(octets: bytes) -> bool:
    return _BASE64.fullmatch(octets) is not None


# After an empty line something that has spaces or signs in it: a list put it there.
_FOOTER = re.compile(rb"\n\r?\n(?=[^\r\n]*[^A-Za-z0-9+/=\s])")
_BASE64 = re.compile(rb"[A-Za-z0-9+/=\s]*+")
_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/]*+=*+")


def uuencoded_octets(octets: bytes) -> bytes:
    """The file in a uuencoded text; a line that cannot be read is left out."""
    out = []
    for line in octets.splitlines():
        if line.startswith(b"begin "):
            continue
        if line.strip() in (b"end", b"`"):
            break
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Some encoders pad the last line too far: the length in its first character counts.
            length = ((line[:1] or b" ")[0] - 32) & 63
            try:
                out.append(binascii.a2b_uu(line[: (length * 4 + 5) // 3 + 1]))
            except binascii.Error:
                continue
    return b"".join(out)


def quoted_printable_octets(octets: bytes) -> bytes:
    """Quoted-printable undone. White space after a soft line break is none (RFC 2045 section 6.7 rule 3)."""
    if b"\n" not in octets:  # lines end in a bare CR, as on old Macs
        octets = octets.replace(b"\r", b"\n")
    return binascii.a2b_qp(_SOFT_BREAK.sub(b"=\n", octets))


# A run of blanks is looked at once: possessive, and only after an equals sign.
_SOFT_BREAK = re.compile(rb"=[ \t\r]++\n")


def decode_words(text: str) -> str:
    """Encoded words (RFC 2047) to what they say; words that adjoin are joined before they are decoded."""
    if "=?" not in text:
        return text
    out: list[str] = []
    pending: list[tuple[str, bytes]] = []  # charset and octets of encoded words that adjoin

    def flush() -> None:
        charset, octets = "", b""
        for next_charset, more in pending:
            if octets and next_charset.lower() != charset.lower():
                out.append(decode_octets(octets, charset))
                octets = b""
            charset, octets = next_charset, octets + more
        out.append(decode_octets(octets, charset))
        pending.clear()

    def add(plain: str) -> None:
        flush()
        out.append(plain)

    at = 0
    while (start := text.find("=?", at)) >= 0:
        charset_end = text.find("?", start + 2, start + 64)
        encoding = text[charset_end + 1 : charset_end + 3].lower()
        if charset_end < 0 or encoding not in ("b?", "q?"):
            add(text[at : start + 2])
            at = start + 2
            continue
        end = text.find("?=", charset_end + 3)
        if end < 0:
            break  # nor is there one further on
        between = text[at:start]
        if between.strip() or not pending:  # white space between two encoded words is none (section 6.2)
            add(between)
        charset, word = text[start + 2 : charset_end], text[charset_end + 3 : end]
        if encoding == "b?":
            octets = base64_octets(word.encode("ascii", "ignore"))
        else:
            # Octets above 127 have no place in it, but where they stand they are in its own charset.
            codec = "ascii" if word.isascii() else charset_codec(charset) or "utf-8"
            octets = binascii.a2b_qp(word.encode(codec, "replace"), header=True)
        pending.append((charset, octets))
        at = end + 2
    add(text[at:])
    return "".join(out)


def says_something(text: str) -> bool:
    """Whether a reader sees a letter, a digit or a pictogram in it ("👍" is an answer)."""
    if _PLAIN.search(text, 0, _PLAIN_CHARACTERS):
        return True
    return any(character.isalnum() or character >= "\u2600" for character in text.translate(_UNSEEN))


_PLAIN = re.compile(r"[0-9A-Za-z]")
_PLAIN_CHARACTERS = 1000


# Fillers that count as letters or stand above the pictograms, and show nothing.
_UNSEEN = dict.fromkeys(
    (0x115F, 0x1160, 0x3000, 0x3164, 0xFFA0, 0xFEFF, *range(0xFE00, 0xFE10), 0xFFFC, 0xFFFD)
)


def one_line(text: str) -> str:
    """Text on one line: NFC, every run of white space and control characters one space."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip(" ")
    text = _SURROGATE.sub("\ufffd", _BLANK.sub(" ", _INVISIBLE.sub("", text)))
    return _composed(text).strip(" ")


def several_lines(text: str) -> str:
    """Text with its lines: each ends in a line feed, NFC, no control characters but that and the tab."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii():
        return text.encode("ascii").translate(None, UNWANTED_OCTETS).decode("ascii")
    return _composed(_UNWANTED.sub("", text))


def is_invisible(character: str) -> bool:
    """Whether it shows nothing where it stands, or turns what stands beside it."""
    return unicodedata.category(character) in ("Cf", "Cs", "Zl", "Zp") or character in _FILLERS


# Blanks that Unicode takes for letters or marks.
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")


def _composed(text: str) -> str:
    """NFC. Combining marks are sorted in quadratic time, so endless runs of them are cut first."""
    if text.isascii() or not _MAY_COMPOSE.search(text):
        return text
    if not _MAY_BE_MARKS.search(text):
        return unicodedata.normalize("NFC", text)
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MAX_MARKS:
            kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept))
