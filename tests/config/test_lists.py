from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.config import Config, load, reload_lists
from delegator.config.lists import read_list
from delegator.core.mail.message import Address, Message
from delegator.core.people import normal_address
from delegator.core.rules.conditions import Facts, match


def addresses(folder: Path, octets: bytes) -> set[str]:
    path = folder / "list"
    path.write_bytes(octets)
    return set(read_list(path))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", '","'])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_addresses_in_any_cell_of_any_csv(tmp_path: Path, separator: str, encoding: str) -> None:
    """With any of the usual separators and encodings, header or none."""
    rows = [["Kunde", "E-Mail"], ["Jürgen Müller", "Juergen@Mueller.example"], ["lotte@desmet.example", ""]]
    text = "\r\n".join(separator.join(row) for row in rows)
    assert addresses(tmp_path, text.encode(encoding)) == {"juergen@mueller.example", "lotte@desmet.example"}


def test_a_name_around_an_address_is_left_out(tmp_path: Path) -> None:
    text = 'Client\n"Jan de Wit <jan@acme.example>, piet@acme.example"\nmailto:kim@acme.example\n@acme\nx@\n'
    assert addresses(tmp_path, text.encode()) == {f"{name}@acme.example" for name in ("jan", "piet", "kim")}


def test_a_vcard_gives_its_email_lines_only(tmp_path: Path) -> None:
    """Folded lines and grouped properties included; a UID or a chat name is not a mail address."""
    text = (
        "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:1234@phone.example\r\nFN:Jan\r\nIMPP:xmpp:jan@chat.example\r\n"
        "EMAIL;TYPE=work:jan@acme.exa\r\n mple\r\nitem1.EMAIL;type=HOME:jan@thuis.example\r\nEND:VCARD\r\n"
    )
    assert addresses(tmp_path, text.encode()) == {"jan@acme.example", "jan@thuis.example"}


def test_an_internationalised_domain_is_in_the_form_that_is_compared(tmp_path: Path) -> None:
    assert addresses(tmp_path, "info@bäcker.example\n".encode()) == {"info@xn--bcker-gra.example"}


def test_zeros_in_a_file_say_that_it_is_utf_16(tmp_path: Path) -> None:
    """Some programs leave the byte order mark out."""
    for encoding in ("utf-16-le", "utf-16-be"):
        assert addresses(tmp_path, "naam;jan@acme.example\n".encode(encoding)) == {"jan@acme.example"}


@pytest.mark.parametrize(
    "line",
    [
        "EMAIL;INTERNET;PREF:jan@acme.example",
        "EMAIL;TYPE=INTERNET;TYPE=WORK:jan@acme.example",
        'item2.EMAIL;PREF=1;TYPE="work,home":mailto:jan@acme.example',
        "EMAIL;INTERNET;ENCODING=QUOTED-PRINTABLE:jan=40acme.example",
        "EMAIL;QUOTED-PRINTABLE;CHARSET=UTF-8:jan=40acme=\r\n.example",
        "email:jan@ac\r\n me.example",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_every_version_of_vcard(tmp_path: Path, line: str, encoding: str) -> None:
    """2.1 with its quoted-printable, 3.0 and 4.0."""
    text = f"BEGIN:VCARD\r\nVERSION:2.1\r\nN:Jan;de Wit\r\n{line}\r\nUID:x@phone.example\r\nEND:VCARD\r\n"
    assert addresses(tmp_path, text.encode(encoding)) == {"jan@acme.example"}


@settings(max_examples=50, deadline=None)
@given(
    octets=st.binary(max_size=300) | st.binary(max_size=200).map(lambda tail: b"BEGIN:VCARD\nEMAIL;" + tail)
)
def test_any_octets_are_a_list(tmp_path_factory: pytest.TempPathFactory, octets: bytes) -> None:
    """Never an exception; whatever is found can be compared."""
    for address in addresses(tmp_path_factory.getbasetemp(), octets):
        assert address == normal_address(address)


RULES = """
version: 1
owner: {name: Sofie Janssens, address: sofie@voorbeeld.example, timezone: Europe/Brussels}
lists: {clients: clients.csv, others: others.csv}
rules:
  - {name: a, when: {not: {any: [{from: {list: clients}}, {cc: "@x.example"}]}, subject: x}, review: high}
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "rules.yaml").write_text(RULES)
    (tmp_path / "clients.csv").write_text("jan@acme.example\n")
    (tmp_path / "others.csv").write_text("an@b.example\n")
    return load(tmp_path / "rules.yaml", for_files=True)


def takes(config: Config, address: str) -> bool:
    """Whether the rule holds for a mail from this address."""
    message = Message(from_=(Address("", address),), from_fields=1, subject="x")
    return match(config.rules[0].when, message, Facts(frozenset(), "voorbeeld.example")) is not None


def test_a_list_that_did_not_change_is_not_read(config: Config) -> None:
    assert reload_lists(config) is None


def test_a_list_is_read_again_when_its_file_changes(config: Config) -> None:
    """However deep in a rule it stands; the configuration before is left as it was."""
    (config.path.parent / "clients.csv").write_text("piet@acme.example\n")
    changed = reload_lists(config)
    assert changed is not None
    assert (takes(changed, "jan@acme.example"), takes(changed, "piet@acme.example")) == (True, False)
    assert (takes(config, "jan@acme.example"), takes(config, "piet@acme.example")) == (False, True)
    assert reload_lists(changed) is None


@pytest.mark.parametrize("is_empty", [True, False])
def test_a_list_that_is_lost_stays_as_it_was(config: Config, is_empty: bool) -> None:
    """Gone, or caught while it is written anew: said once, and made good when it is there again."""
    file = config.path.parent / "clients.csv"
    file.write_text("") if is_empty else file.unlink()
    changed = reload_lists(config)
    assert changed is not None
    assert not takes(changed, "jan@acme.example")
    assert changed.lists[0].problem.startswith('the list "clients" is used as it was read before: ')
    assert not changed.lists[1].problem
    assert reload_lists(changed) is None
    file.write_text("piet@acme.example\n")
    mended = reload_lists(changed)
    assert mended is not None
    assert not takes(mended, "piet@acme.example")
    assert not mended.lists[0].problem
