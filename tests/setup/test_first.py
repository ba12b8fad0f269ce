"""What `init` reads and writes, without a server."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TypeVar

import pytest

from delegator.adapters.written import write_new
from delegator.config.draft import Login
from delegator.config.model import SecretSource, Server
from delegator.config.shapes import Invalid
from delegator.core.providers import provider_of_host
from delegator.core.setup.servers import Endpoint, Found
from delegator.setup import first
from delegator.setup.first import finish, read_unfinished, write
from delegator.setup.logins import _ask, _from, parse_source
from delegator.setup.questions import Cannot, WithoutAsking, WrongUsage
from delegator.setup.servers import Servers, explained, reader
from tests.config.test_draft import BARE, UNFINISHED

T = TypeVar("T")
TODAY = date(2026, 11, 28)
IN_FILE = replace(BARE, login=Login("file", "mail-password"))


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("19/12 - 3/1", [("2026-12-19", "2027-01-04")]),
        ("19 dec tot 3 jan", [("2026-12-19", "2027-01-04")]),
        ("from 24 to 28 December", [("2026-12-24", "2026-12-29")]),
        ("24/12", [("2026-12-24", "2026-12-25")]),
        ("24/12 en 3/2 - 5/2", [("2026-12-24", "2026-12-25"), ("2027-02-03", "2027-02-06")]),
        ("2026-12-19..2027-01-04", [("2026-12-19", "2027-01-04")]),
    ],
)
def test_days_are_read_as_people_write_them(text: str, spans: list[tuple[str, str]]) -> None:
    """The last day is away too; of FROM..UNTIL the second is the first day back, as in the file."""
    read = first._days_reader(TODAY)(text)
    assert [(str(begin), str(back)) for begin, back in read] == spans


def test_what_was_understood_is_said_with_its_years() -> None:
    """Two days that changed places are most of a year."""
    told = first.away_words(first._days_reader(TODAY)("3/1 - 19/12"))
    assert told == "Away from Sun 2027-01-03 to Sun 2027-12-19, 351 days"
    told = first.away_words(first._days_reader(TODAY)("24/12 en 3/2 - 5/2"))
    assert told == "Away on Thu 2026-12-24; from Wed 2027-02-03 to Fri 2027-02-05, 3 days"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("binnenkort", "is not a span of days"),
        ("2026-12-19..2026-12-19", "is not a span of days"),
        ("1/11 - 5/11", "is over already"),
        ("24/12 - 28/12, 26/12", "names days twice"),
    ],
)
def test_days_that_cannot_be_are_asked_again(text: str, what: str) -> None:
    with pytest.raises(Invalid) as caught:
        first._days_reader(TODAY)(text)
    assert caught.value.what == what


def test_both_files_are_the_owner_s_alone(tmp_path: Path) -> None:
    """In a folder that is made for it."""
    path = tmp_path / "new" / "rules.yaml"
    _, written = write(IN_FILE, b"geheim\n", path)
    assert written == (path, tmp_path / "new" / "mail-password")
    assert [stat.S_IMODE(file.stat().st_mode) for file in written] == [0o600, 0o600]
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert sorted(os.listdir(path.parent)) == ["mail-password", "rules.yaml"]
    assert "geheim" not in path.read_text()


def test_a_file_that_came_meanwhile_is_left_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("mine")
    with pytest.raises(Cannot, match="never overwritten"):
        write(IN_FILE, b"geheim\n", path)
    assert path.read_text() == "mine"
    assert os.listdir(tmp_path) == ["rules.yaml"]


def test_ctrl_c_between_the_two_files_leaves_neither(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rules.yaml"
    real = os.link

    def interrupted(source: str, target: Path) -> None:
        if target == path:
            raise KeyboardInterrupt
        real(source, target)

    monkeypatch.setattr(os, "link", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(IN_FILE, b"geheim\n", path)
    assert os.listdir(tmp_path) == []


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Cannot, match="file is there"):
        write(BARE, None, tmp_path / "file" / "rules.yaml")


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("file:mail-password", "file", "mail-password"),
        ("env:MAIL", "env", "MAIL"),
        ("command:pass show 'my mail'", "command", ("pass", "show", "my mail")),
        ("keyring:mail", "keyring", "mail"),
        ("credential:mail-password", "credential", "mail-password"),
    ],
)
def test_where_a_password_is(text: str, kind: str, value: object) -> None:
    source = parse_source(text)
    assert (source.kind, source.value) == (kind, value)


@pytest.mark.parametrize("text", ["geheim", "geheim:", "pass:x", "command:'x", "env:$X", "credential:a/b"])
def test_a_place_that_is_none_is_refused_without_its_text(text: str) -> None:
    """Somebody may have written the password itself."""
    with pytest.raises(Invalid) as caught:
        parse_source(text)
    assert text not in f"{caught.value.what} {caught.value.to_do}"


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("imap", "imap.x.example", ("imap.x.example", 993, "tls")),
        ("imap", "imap.x.example:143", ("imap.x.example", 143, "starttls")),
        ("smtp", "smtp.x.example", ("smtp.x.example", 465, "tls")),
        ("smtp", "smtp.x.example:587", ("smtp.x.example", 587, "starttls")),
        ("smtp", "[::1]:2525", ("::1", 2525, "tls")),
    ],
)
def test_a_server_with_or_without_its_port(kind: str, text: str, expected: tuple[str, int, str]) -> None:
    found = reader(kind, "a@x.example")(text)
    assert (found.host, found.port, found.security) == expected


def test_what_is_given_wrongly_is_named_without_its_text() -> None:
    questions = WithoutAsking({"--away": "geheim"}, quiet=True)
    with pytest.raises(Cannot, match="what --away says is not a span of days") as caught:
        questions.ask("When", "--away", first._days_reader(TODAY))
    assert "geheim" not in str(caught.value)


def test_a_password_that_is_not_where_the_command_line_says_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="does not exist; create it"):
        _from(parse_source("file:mail-password"), tmp_path, is_token=False)


class AtATerminal:
    """A person who chooses these, and types this."""

    is_asking = True

    def __init__(self, chosen: Sequence[int], typed: str) -> None:
        self.given: Mapping[str, str] = {}
        self.told: list[str] = []
        self._chosen, self._typed = list(chosen), typed

    def tell(self, text: str = "") -> None:
        self.told.append(text)

    def ask(self, question: str, option: str, read: Callable[[str], T], default: str = "") -> T:
        return read(default)

    def agree(self, question: str, *, default: bool) -> bool:
        return default

    def choose(self, question: str, choices: Sequence[str]) -> int:
        return self._chosen.pop(0)

    def secret(self, question: str) -> str:
        return self._typed


def test_a_password_that_is_not_where_a_person_says_is_asked_again(tmp_path: Path) -> None:
    """What was answered before is not lost for it."""
    write_new(tmp_path / "mail-password", b"")
    host = Server("imap.x.example", 993, "tls", None, "a@x.example", SecretSource("env", "", 0, 0))
    end = Endpoint("imap.x.example", 993, "tls", "a@x.example")
    servers = Servers(Found(end, end, "you"), host, host, True, True)
    person = AtATerminal([0, 3], "geheim")
    keeping = _ask(person, servers, "a@x.example", tmp_path)
    assert keeping.login == Login("credential", "mail-password")
    assert "is empty" in person.told[-1]


def test_a_password_that_nobody_can_type_is_wrong_usage() -> None:
    with pytest.raises(WrongUsage, match="say where it is with --password-from"):
        WithoutAsking({}, quiet=True).secret("Password")


def test_a_certificate_of_proton_bridge_is_exported() -> None:
    """It signs for itself: that is no portal, but has a way of its own."""
    from delegator.core.providers import PROVIDERS

    fault = "127.0.0.1 port 1143: the certificate is signed by nobody but itself; name its file as `ca`"
    proton = next(one for one in PROVIDERS if one.key == "proton")
    assert "export it in Bridge" in explained(fault, proton, is_refused=True)
    assert explained(fault, None, is_refused=True) == fault
    assert "something in between" in explained(fault, provider_of_host("imap.gmail.com"), is_refused=True)
    assert explained("no answer in time", proton, is_refused=False) == "no answer in time"


def test_a_name_that_a_provider_has_for_sure_is_not_found_without_a_network() -> None:
    """Whoever made it up may look at its spelling."""
    gmail = provider_of_host("imap.gmail.com")
    fault = "imap.gmial.com port 993: host name not found; check the spelling"
    assert explained(fault, gmail, is_refused=True) == fault
    for is_refused in (True, False):
        told = explained(fault.replace("gmial", "gmail"), gmail, is_refused)
        assert told.startswith("imap.gmail.com port 993: host name not found, and it is Gmail's; is this")


def test_the_finished_file_takes_the_place_of_the_one_begun(tmp_path: Path) -> None:
    """The owner's alone, and no beginning any more."""
    path = tmp_path / "rules.yaml"
    write(UNFINISHED, None, path)
    begun = read_unfinished(path)
    finish(replace(begun.draft, is_unfinished=False, days=90), begun.octets, path)
    assert "from the mail of 90 days" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["rules.yaml"]
    with pytest.raises(Cannot, match="is there, and is never overwritten"):
        read_unfinished(path)


@pytest.mark.parametrize("more", ["# mine\n", "rules: [\n", "\x00"])
def test_a_file_begun_and_changed_is_refused(more: str, tmp_path: Path) -> None:
    """Whether it still loads or not."""
    path = tmp_path / "rules.yaml"
    write(UNFINISHED, None, path)
    path.write_text(path.read_text() + more)
    with pytest.raises(Cannot, match="was changed since `delegator init` wrote it, and is never overwritten"):
        read_unfinished(path)


def test_a_file_that_is_changed_while_a_person_thinks_is_left(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    write(UNFINISHED, None, path)
    begun = read_unfinished(path)
    path.write_bytes(begun.octets + b"# mine\n")
    with pytest.raises(Cannot, match="was changed meanwhile"):
        finish(replace(begun.draft, is_unfinished=False), begun.octets, path)
    assert path.read_bytes() == begun.octets + b"# mine\n"


@pytest.mark.parametrize("kind", ["link", "folder", "octets"])
def test_what_is_no_file_of_ours_is_there(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    if kind == "link":
        write(UNFINISHED, None, tmp_path / "real.yaml")
        path.symlink_to("real.yaml")
    elif kind == "folder":
        path.mkdir()
    else:
        path.write_bytes(b"\xff\xfe")
    with pytest.raises(Cannot, match="is there, and is never overwritten"):
        read_unfinished(path)
