from __future__ import annotations

from pathlib import Path

import pytest

from delegator.config.lists import read_list


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
    """Folded lines and grouped properties included; a UID or a chat name is no mail address."""
    text = (
        "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:1234@phone.example\r\nFN:Jan\r\nIMPP:xmpp:jan@chat.example\r\n"
        "EMAIL;TYPE=work:jan@acme.exa\r\n mple\r\nitem1.EMAIL;type=HOME:jan@thuis.example\r\nEND:VCARD\r\n"
    )
    assert addresses(tmp_path, text.encode()) == {"jan@acme.example", "jan@thuis.example"}


def test_an_internationalised_domain_is_in_the_form_that_is_compared(tmp_path: Path) -> None:
    assert addresses(tmp_path, "info@bäcker.example\n".encode()) == {"info@xn--bcker-gra.example"}
