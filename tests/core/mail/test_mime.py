"""The structure of a mail: exact slices of it, whatever it holds, in linear time."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.core.mail import mime
from delegator.core.mail.mime import (
    MAX_DEPTH,
    MAX_PARTS,
    MISSING_END,
    Part,
    boundary_of,
    decode_body,
    decode_field,
    decode_text,
    header_fields,
    parse_parameters,
    parse_structure,
)

MEGABYTE = 1024 * 1024


def mixed(body: bytes, boundary: bytes = b"b", kind: bytes = b"mixed") -> bytes:
    return b"Content-Type: multipart/" + kind + b'; boundary="' + boundary + b'"\n\n' + body


def bodies(part: Part) -> list[bytes]:
    return [child.body for child in part.children]


def test_header_and_body_are_the_octets_that_stood_there() -> None:
    """Line ends of every kind stay as they came, the empty line belongs to neither side."""
    for octets, header, body in (
        (b"A: b\r\nC: d\r\n\r\nx\r\n", b"A: b\r\nC: d\r\n", b"x\r\n"),
        (b"A: b\nC: d\n\nx\n", b"A: b\nC: d\n", b"x\n"),
        (b"A: b\r\nC: d\n\r\nx", b"A: b\r\nC: d\n", b"x"),
        (b"A: b\rC: d\r\rx\r", b"A: b\rC: d\r", b"x\r"),
        (b"\n\nx", b"", b"\nx"),
        (b"A: b", b"A: b", b""),
        (b"", b"", b""),
        (b"no field at all\n\nx", b"", b"no field at all\n\nx"),
        (b"From a@b.example Mon\nA: b\n\nx", b"A: b\n", b"x"),
        (b"A: b\nwithout an empty line", b"A: b\n", b"without an empty line"),
    ):
        part = parse_structure(octets)
        assert (part.header, part.body) == (header, body), octets


def test_parts_are_cut_before_the_line_end_that_belongs_to_the_boundary() -> None:
    for end in (b"\n", b"\r\n"):
        mail = mixed(b"preamble\n--b\n\none\n\n--b  \nX: y\n\ntwo\n--b--\nepilogue\n").replace(b"\n", end)
        part = parse_structure(mail)
        assert bodies(part) == [b"one" + end, b"two"]
        assert part.children[1].header == b"X: y" + end
        assert part.defects == ()


def test_a_boundary_is_a_whole_line() -> None:
    """Neither a longer boundary, nor one in the middle of a line, nor an inner one ends a part."""
    part = parse_structure(mixed(b"--b\n\n--bc\n x --b\n--b-\n--b\n\ntwo\n--b--"))
    assert bodies(part) == [b"--bc\n x --b\n--b-", b"two"]


def test_a_boundary_may_end_like_a_closing_one() -> None:
    part = parse_structure(mixed(b"--b--\n\none\n--b--\n\ntwo\n--b----", boundary=b"b--"))
    assert bodies(part) == [b"one", b"two"]


def test_a_missing_end_boundary_is_a_defect_and_loses_nothing() -> None:
    part = parse_structure(mixed(b"--b\n\none\n--b\n\ntwo\n"))
    assert bodies(part) == [b"one", b"two\n"]
    assert part.defects == (MISSING_END,)


def test_an_outer_boundary_ends_what_the_inner_one_left_open() -> None:
    inner = mixed(b"--i\n\ndeep\n", boundary=b"i")
    part = parse_structure(mixed(b"--b\n" + inner + b"\n--b\n\nlast\n--b--"))
    assert bodies(part.children[0]) == [b"deep\n"]
    assert part.children[1].body == b"last"


def test_a_nested_mail_is_a_leaf() -> None:
    """What is in a message/rfc822 is passed on, not looked into; in a digest it is the default."""
    nested = mixed(b"--i\n\nx\n--i--", boundary=b"i")
    part = parse_structure(mixed(b"--b\n\n" + nested + b"\n--b--", kind=b"digest"))
    assert [(child.content_type, child.body, child.children) for child in part.children] == [
        ("message/rfc822", nested, ())
    ]


@pytest.mark.parametrize(
    ("field", "content_type", "has_defect"),
    [
        (b"", "text/plain", False),
        (b"Content-Type: TEXT/HTML\n", "text/html", False),
        (b"Content-Type: text\n", "text/plain", False),
        (b"Content-Type: garbage here\n", "text/plain", True),
        (b"Content-Type: image/png\nContent-Type: text/html\n", "image/png", True),
        (b"Content-Type: ;;;\nContent-Type: text/html\n", "text/html", True),
        (b"Content-Type: (comment) text/html\n", "text/plain", True),
    ],
)
def test_a_content_type_that_cannot_be_read_is_the_default(
    field: bytes, content_type: str, has_defect: bool
) -> None:
    part = parse_structure(b"A: b\n" + field + b"\nx")
    assert (part.content_type, bool(part.defects)) == (content_type, has_defect)


@pytest.mark.parametrize(
    ("octets", "parameters"),
    [
        (b"; a=b; C=\"d e\"; f='g'", {"a": "b", "c": "d e", "f": "'g'"}),
        (b"; a=b c=d", {"a": "b", "c": "d"}),
        (b'; a="b\\"c"; a=d', {"a": 'b"c'}),
        (b'; a="unclosed; b=c', {"a": "unclosed; b=c"}),
        (b"; a*=utf-8'nl'%e2%82%ac.txt", {"a": "€.txt"}),
        (b"; a*1=cd; a*0=ab", {"a": "abcd"}),
        (b"; a*0*=iso-8859-1''%e9; a*1=-x; a*2*=%e8; a=plain", {"a": "é-xè"}),
        (b'; a="=?utf-8?q?=C3=A9?="', {"a": "é"}),
        (b"; a*=bogus", {"a": "bogus"}),
        (b"; a*=no-such-charset''%ff", {"a": "ÿ"}),
        (b"; a*0=b; a*0=c; a*99999999=d", {"a": "b"}),
        ("; a=caf\u00e9".encode(), {"a": "café"}),
        (b"; a=caf\xe9", {"a": "café"}),
        (b"; =x; ; a", {}),
    ],
)
def test_parameters(octets: bytes, parameters: dict[str, str]) -> None:
    assert parse_parameters(octets) == parameters


@pytest.mark.parametrize(
    ("fields", "disposition", "filename"),
    [
        (b"Content-Disposition: attachment; filename=a.pdf", "attachment", "a.pdf"),
        (b"Content-Disposition: INLINE", "inline", ""),
        (b"Content-Disposition: form-data; filename=a", "attachment", "a"),
        (b"Content-Disposition: filename=a", "attachment", "a"),
        (b"Content-Type: image/png; name=b.png", "", "b.png"),
        (b"Content-Disposition: attachment; filename=/etc/../x.txt", "attachment", "x.txt"),
        (b'Content-Disposition: attachment; filename="C:\\\\dir\\\\x.txt"', "attachment", "x.txt"),
        (b'Content-Disposition: attachment; filename=".."', "attachment", ""),
        (
            b"Content-Disposition: attachment; filename*=utf-8''a%0D%0Ab%00%E2%80%AEfdp.exe",
            "attachment",
            "a b fdp.exe",
        ),
    ],
)
def test_a_file_name_is_one_line_without_a_path(fields: bytes, disposition: str, filename: str) -> None:
    part = parse_structure(fields + b"\n\nx")
    assert (part.disposition, part.filename) == (disposition, filename)


def test_header_fields_are_unfolded_and_bounded() -> None:
    """Folding goes, names stay as written, what is no field is left out; 4 kB a field, 64 kB in all."""
    assert header_fields(b"A: b\r\n\tc\r\nno field\r\nD : e\r\n") == [("A", b"b\tc"), ("D", b"e")]
    assert [len(value) for _, value in header_fields(b"A: " + b"x" * 9000)] == [4096]
    assert len(header_fields(b"A: b\n" * 20_000)) <= 64 * 1024 // 5 + 1


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"plain", "plain"),
        (b"=?utf-8?B?4oKs?= x", "€ x"),
        (b"=?utf-8?Q?a_b=3F?=", "a b?"),
        (b"=?utf-8?Q?What??=", "What?"),
        (b"=?utf-8?q?=E2?= =?UTF-8?q?=82=AC?=", "€"),
        (b"=?utf-8?b?4oI=?=\t=?utf-8?b?rA==?=", "€"),
        (b"=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"),
        (b"=?utf-8?q?a?= =?iso-8859-1?q?=E9?=", "aé"),
        (b"=?utf-8*nl?q?a?=", "a"),
        (b"=?no-such?q?=C3=A9?=", "é"),
        (b"=?iso-8859-1?q?Fr\xf6sche?=", "Frösche"),
        (b"=?utf-8?x?a?=", "=?utf-8?x?a?="),
        (b"=?utf-8?q?a", "=?utf-8?q?a"),
        (b"=?utf-8?b?!!!?=", ""),
        (b"caf\xe9", "café"),
        ("cafe\u0301".encode(), "café"),
        (b"=?utf-8?q?a=0D=0ABcc:_x=00=1B?=", "a Bcc: x"),
        ("a\u202eb\u2066c\u0085d".encode(), "abc d"),
        (b"=?utf-7?q?+2AA-?=", "\ufffd"),
        (b"=?utf-7?q?Fr+APY-sche?=", "Frösche"),
        (b"a \t  b", "a b"),
    ],
)
def test_decode_field(raw: bytes, text: str) -> None:
    assert decode_field(raw) == text


@pytest.mark.parametrize(
    ("encoding", "body", "octets"),
    [
        (b"base64", b"aGFs\r\nbG8=", b"hallo"),
        (b"BASE64 ", b"aGFs!!bG8", b"hallo"),
        (b"base64", b"aGFsbG8=\n--\nfooter", b"hallo"),
        (b"base64", b"a", b""),
        (b"quoted-printable", b"a=3Db=\r\nc =\nd=ZZ", b"a=bc d=ZZ"),
        (b"x-unknown", b"as it is", b"as it is"),
        (b"8bit", b"\xff", b"\xff"),
    ],
)
def test_decode_body(encoding: bytes, body: bytes, octets: bytes) -> None:
    part = parse_structure(b"Content-Transfer-Encoding: " + encoding + b"\n\n" + body)
    assert decode_body(part) == octets
    assert decode_body(part, 2) == octets[:2]


@pytest.mark.parametrize(
    ("charset", "body", "text"),
    [
        (b"utf-8", b"caf\xc3\xa9\r\nx\ry", "café\nx\ny"),
        (b"utf-8", b"caf\xe9", "café"),
        (b"utf-8", b"\xc3\xa9\xc3\xa9\xc3\xa9 \xff", "ééé \ufffd"),
        (b"us-ascii", b"caf\xc3\xa9", "cafÃ©"),
        (b"iso-8859-1", b"\x80", "€"),
        (b"iso-2022-jp", b"\x1b$B$3\x1b(B", "こ"),
        (b"gb2312", b"\xc4\xe3", "你"),
        (b"punycode", b"a-b", "a-b"),
        (b"base64", b"YQ==", "YQ=="),
        (b"../../x", b"a", "a"),
        (b"utf-8", b"a\x00\x1b[31mb\xe2\x80\xae", "a[31mb"),
        (b"utf-16", b"\xff\xfea\x00\x00\xd8", "a"),
        (b"utf-8", "a\ufeff".encode(), "a"),
    ],
)
def test_decode_text(charset: bytes, body: bytes, text: str) -> None:
    part = parse_structure(b'Content-Type: text/plain; charset="' + charset + b'"\n\n' + body)
    assert decode_text(part, 100) == text


def nested(levels: int) -> bytes:
    return b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(levels)
    )


def test_nesting_and_number_of_parts_are_bounded() -> None:
    deep = parse_structure(nested(2000))
    levels = 0
    while deep.children:
        deep, levels = deep.children[0], levels + 1
    assert levels == MAX_DEPTH
    assert "parts are nested deeper than 50" in deep.defects
    wide = parse_structure(mixed(b"--b\n\n" * 100_000))
    assert len(list(wide.walk())) == MAX_PARTS
    assert "there are more than 500 parts" in wide.defects


HOSTILE = {
    "empty lines": b"\n" * 4 * MEGABYTE,
    "tiny lines": b"x\n" * 2 * MEGABYTE,
    "header without end": b"a:b\n" * MEGABYTE,
    "bare CR": b"a: b\r" * MEGABYTE,
    "boundaries": mixed(b"--b\n" * MEGABYTE),
    "prefix traps": mixed(b"--bx\n" * MEGABYTE),
    "deep traps": nested(49) + b"\n--b1x" * (MEGABYTE // 2),
    "spaces after a boundary": mixed(b"--b" + b" " * 4 * MEGABYTE),
    "open brackets": b"Content-Type: " + b"(" * MEGABYTE,
    "open quotes": b'Content-Type: a/b; c="' + b'\\"' * MEGABYTE,
    "parameters": b"Content-Type: a/b" + b"; a*1*=%41" * 100_000,
    "encoded words": b"Content-Disposition: x; filename=" + b"=?a?q?" * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_is_taken_apart_in_one_pass(name: str) -> None:
    """Half a second of it at most; one pass for each line would take hours."""
    started = time.process_time()
    parse_structure(HOSTILE[name])
    assert time.process_time() - started < 5


PIECES = st.sampled_from(
    [
        b"Content-Type: multipart/mixed; boundary=b\n",
        b"Content-Type: multipart/digest; boundary=bb\r\n",
        b"Content-Transfer-Encoding: base64\n",
        b"\n--b\n",
        b"\r\n--bb\r\n",
        b"--b--",
        b"\r",
        b"\n",
        b"\r\n\r\n",
        b"text",
        b"A: b\n",
        b" folded\n",
        b"\xff\x00",
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=30).map(b"".join)))
def test_every_part_is_a_slice_of_the_mail(octets: bytes) -> None:
    """Whatever the octets: parts lie in order within their parent, and nothing raises."""
    root = parse_structure(octets)
    for part in root.walk():
        assert part.header in octets
        assert part.body == octets[part.body_from : part.body_until]
        assert part.body_octets == len(part.body)
        decode_text(part, 1000).encode("utf-8")
        at = part.body_from
        for child in part.children:
            assert at <= child.body_from - len(child.header)
            assert child.body_until <= part.body_until
            at = child.body_until


@settings(max_examples=50, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_a_decoded_field_is_one_clean_line(raw: bytes) -> None:
    for value in (raw, b"=?utf-8?q?" + raw + b"?=", b"=?utf-7?b?" + raw + b"?="):
        text = decode_field(value)
        text.encode("utf-8")
        assert text == text.strip(" ")
        assert all(ord(character) >= 32 and not 0x7F <= ord(character) < 0xA0 for character in text)


def test_an_empty_line_that_holds_a_space_ends_a_header() -> None:
    """Where no field stands below it; and it is a defect, since others see a longer header."""
    part = parse_structure(b"From: a@b.example\n \nDag Sofie, kom je?\n\nx\n")
    assert part.body == b"Dag Sofie, kom je?\n\nx\n"
    assert part.defects
    folded = parse_structure(b"Subject: a\n \nFrom: a@b.example\n\nx\n")
    assert folded.body == b"x\n"


@pytest.mark.parametrize("end", [b"", b"\r\n", b"\n", b"\r\n\r\n", b"\n\n"])
def test_a_boundary_is_found_whether_the_empty_line_is_there_or_not(end: bytes) -> None:
    header = b'Subject: x\r\nContent-Type: multipart/mixed; boundary="a b"' + end
    assert boundary_of(header) == b"a b"


def test_a_header_with_its_empty_line_is_read_as_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one pass: the slow way, which looks at each line, takes five times as long."""
    monkeypatch.setattr(mime, "_whole_fields", None)
    assert boundary_of(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n") == b"b"


@pytest.mark.parametrize("step", range(1, 12))
def test_a_delimiter_is_found_wherever_a_step_ends(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large mail is searched in steps; none of its delimiters is overlooked, and none is found twice."""
    part = b"--b\r\n\r\nDag\r\n--bc\r\n--b \r\n\r\n"
    octets = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part * 3 + b"--b--\r\n"
    whole = parse_structure(octets)
    monkeypatch.setattr(mime, "_STEP_OCTETS", step)
    assert parse_structure(octets) == whole
    assert len(whole.children) == 6
