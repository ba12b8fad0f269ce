"""Address fields: who is really named, whatever the display name pretends."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.core.mail.addresses import MAX_ADDRESSES, Address, parse_addresses, read_addresses

BOSS = "boss@corp.example"
EVIL = "a@evil.example"


def pairs(raw: bytes | str) -> list[tuple[str, str]]:
    octets = raw if isinstance(raw, bytes) else raw.encode()
    return [(address.name, address.address) for address in parse_addresses(octets)]


@pytest.mark.parametrize(
    "raw",
    [
        f"{BOSS} <{EVIL}>",
        f'"{BOSS}" <{EVIL}>',
        f'"{BOSS}"<{EVIL}>',
        f"({BOSS}) {EVIL}",
        f"{EVIL} ({BOSS})",
        f"{EVIL} (a (nested) <{BOSS}>, comment)",
        f"<{BOSS.replace('@', ',')},@x.example:{EVIL}>".replace("boss,", "@boss."),
        f'"\\"<{BOSS}>, " <{EVIL}>',
        f"=?utf-8?q?=3C{BOSS.replace('@', '=40')}=3E=2C?= <{EVIL}>",
        f"=?utf-8?q?<{BOSS}>,?= <{EVIL}>",
        f"group: {EVIL};",
        f'"Boss <{BOSS}>, " <{EVIL}>',
        f'"Boss <{EVIL}>',
        f"Boss <{EVIL}",
        f"Boss <{EVIL}, ",
    ],
)
def test_a_display_name_never_passes_for_the_address(raw: str) -> None:
    assert [address for _, address in pairs(raw)] == [EVIL]


@pytest.mark.parametrize(
    "raw",
    [
        f"{BOSS} {EVIL}",
        f"<{BOSS}> <{EVIL}>",
        f"<{BOSS}>{EVIL}",
        f"Boss <{BOSS}> {EVIL}",
        f"{BOSS}, {EVIL}",
        f"Boss <{BOSS}, <{EVIL}>",
        f"{BOSS}; {EVIL}",
    ],
)
def test_what_could_be_either_is_both(raw: str) -> None:
    """Two addresses in one From match no rule, so a doubtful field never speaks for anyone."""
    assert {address for _, address in pairs(raw)} == {BOSS, EVIL}


@pytest.mark.parametrize("raw", [f"{BOSS}@evil.example", f"<{BOSS}@evil.example>", f"{BOSS}){EVIL}"])
def test_a_malformed_address_is_kept_as_written_and_is_nobody_else(raw: str) -> None:
    found = [address for _, address in pairs(raw)]
    assert len(found) == 1
    assert found[0] not in (BOSS, EVIL)


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("jan@acme.example", [("", "jan@acme.example")]),
        ("Jan De Smet <jan@acme.example>", [("Jan De Smet", "jan@acme.example")]),
        ('"De Smet, Jan" <jan@acme.example>', [("De Smet, Jan", "jan@acme.example")]),
        ('"a \\"b\\" c" <d@e.example>', [('a "b" c', "d@e.example")]),
        ("John Q. Public <j@x.example>", [("John Q. Public", "j@x.example")]),
        ("Jan jan@acme.example", [("Jan", "jan@acme.example")]),
        ("a @ b.example", [("", "a@b.example")]),
        ("Support @ Acme <s@acme.example>", [("Support @ Acme", "s@acme.example")]),
        ('"john smith"@x.example', [("", '"john smith"@x.example')]),
        ("a@[192.0.2.1]", [("", "a@[192.0.2.1]")]),
        ("José <josé@café.example>", [("José", "josé@café.example")]),
        (b"Jos\xe9 <j@x.example>", [("José", "j@x.example")]),
        ("=?utf-8?q?Jos=C3=A9?= =?utf-8?q?_P?= <j@x.example>", [("José P", "j@x.example")]),
        ("=?utf-8?Q?Smith,_J?= <j@x.example>", [("Smith, J", "j@x.example")]),
        ("undisclosed-recipients:;", []),
        (
            "Friends: a@x.example, B <b@x.example>;, c@x.example",
            [("", "a@x.example"), ("B", "b@x.example"), ("", "c@x.example")],
        ),
        ("<>", []),
        ("MAILER-DAEMON", []),
        ("", []),
        (",,;:<>()", []),
        ("a\r\n b <c@d.example>", [("a b", "c@d.example")]),
        ("=?utf-8?q?a=0D=0ABcc=3A_x=40y=2Eexample?= <c@d.example>", [("a Bcc: x@y.example", "c@d.example")]),
    ],
)
def test_addresses(raw: bytes | str, found: list[tuple[str, str]]) -> None:
    assert pairs(raw) == found


def test_the_number_of_addresses_is_bounded() -> None:
    assert len(parse_addresses(b"a@b.example," * 5000)) == MAX_ADDRESSES


@pytest.mark.parametrize(
    "piece", ["(", ")", '"', '\\"', "<", ">", "@", ",", "a ", "=?", "=?a?q?", "[", "<a@b", ":"]
)
def test_hostile_fields_take_half_a_second_at_most(piece: str) -> None:
    started = time.process_time()
    parse_addresses(piece.encode() * (1024 * 1024 // len(piece)))
    assert time.process_time() - started < 0.5


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=100),
        st.lists(
            st.sampled_from([*'"()<>@,:;\\[]. ', BOSS, "a", "=?utf-8?q?", "=40", "?=", "\r\n "]), max_size=20
        ).map(lambda pieces: "".join(pieces).encode()),
    )
)
def test_every_address_is_clean_and_has_both_sides(raw: bytes) -> None:
    for address in parse_addresses(raw):
        local, at, domain = address.address.rpartition("@")
        assert at == "@"
        assert local
        assert domain
        for text in (address.name, address.address):
            text.encode("utf-8")
            assert text.isprintable() or not text.isascii()


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=40))
def test_an_encoded_word_never_makes_an_address(text: str) -> None:
    """Whatever a display name decodes to, the field names one address."""
    encoded = "".join(f"={octet:02X}" for octet in text.encode("utf-8", "replace"))
    assert [a for _, a in pairs(f"=?utf-8?q?{encoded}?= <{EVIL}>")] == [EVIL]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("Jan <mailto:jan@acme.example>", "Jan"),
        ("Jan <MAILTO:jan@acme.example?subject=x>", "Jan"),
        ("mailto:jan@acme.example", ""),
        ("Jan <SMTP:jan@acme.example>", "Jan"),
        ("Jan [mailto:jan@acme.example]", "Jan"),
        ("Jan <jan@acme.example.>", "Jan"),
        ("jan@acme.example.", ""),
        ("'jan@acme.example'", ""),
        ("\"'Jan'\" <'jan@acme.example'>", "'Jan'"),
        ('Jan <"jan@acme.example">', "Jan"),
        ("jan@acme.example (Jan)", "Jan"),
        ("<jan@acme.example> (Jan)", "Jan"),
        ("jan@acme.example (=?utf-8?q?J=C3=A1n?= \\(x\\))", "Ján (x)"),
        ("Jan <jan@acme.example> (work)", "Jan"),
        ("Verkoop: Jan <jan@acme.example>;", "Jan"),
    ],
)
def test_what_mailers_put_around_an_address(raw: str, name: str) -> None:
    assert parse_addresses(raw.encode()) == (Address(name, "jan@acme.example"),)


@pytest.mark.parametrize(
    ("raw", "addresses", "is_clear"),
    [
        ("Jan <jan@acme.example>", [("Jan", "jan@acme.example")], True),
        # all of it, the address alone, its local part
        ("=?utf-8?q?Jan_=3Cjan=40acme=2Eexample=3E?=", [("Jan", "jan@acme.example")], False),
        ("Jan <=?utf-8?q?jan=40acme=2Eexample?=>", [("Jan", "jan@acme.example")], False),
        ("=?utf-8?q?Jan_=3Cjan?=@acme.example>", [("Jan", "jan@acme.example")], True),
        ("Jan <=?utf-8?q?jan?=@acme.example>", [("Jan", "jan@acme.example")], True),
        # what stands in an encoded word is no address beside a real one
        (
            "=?utf-8?q?boss=40corp=2Eexample?= <a@evil.example>",
            [("boss@corp.example", "a@evil.example")],
            True,
        ),
        ("=?utf-8?q?=3Cboss=40corp=2Eexample=3E?=, a@evil.example", [("", "a@evil.example")], True),
        # nor may it bring another domain than the one that is seen
        (
            "=?utf-8?q?=3Cboss=40corp=2Eexample=3E_=3Ca?=@evil.example>",
            [("", "boss@corp.example"), ("", "a@evil.example")],
            False,
        ),
        ("=?utf-8?q?nobody?=", [], False),
    ],
)
def test_an_address_in_an_encoded_word_counts_where_there_is_no_other(
    raw: str, addresses: list[tuple[str, str]], is_clear: bool
) -> None:
    found = read_addresses([raw.encode()])
    assert found == (tuple(Address(*address) for address in addresses), is_clear)
