"""The rules.yaml that `init` writes: it loads, means what was said, and holds the figures."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from delegator.config import Config, load
from delegator.config.draft import (
    NOT_FINISHED,
    Draft,
    Login,
    backup_keys,
    flow,
    rules_yaml,
    scalar,
    unfinished_draft,
)
from delegator.core.rules.lint import lint
from delegator.core.setup.proposals import Proposal
from delegator.core.setup.servers import Endpoint

ANNA, BRAM = "anna@voorbeeld.example", "bram@voorbeeld.example"

BARE = Draft(
    name="Sofie Janssens",
    address="sofie@voorbeeld.example",
    language="nl",
    timezone="Europe/Brussels",
    away=((date(2026, 12, 19), date(2027, 1, 4)),),
    imap=Endpoint("imap.voorbeeld.example", 993, "tls", "sofie@voorbeeld.example"),
    smtp=Endpoint("smtp.voorbeeld.example", 465, "tls", "sofie@voorbeeld.example"),
    login=Login("env", "MAIL_PASSWORD"),
    accepted=(),
    made_on=date(2026, 11, 28),
    days=90,
)

EVERYTHING = (
    Proposal("alias", ("s.janssens@voorbeeld.example",), "you sent 7 mails from it"),
    Proposal("backup", (ANNA,), "copied on 20 mails with people outside", "Anna \u202ePeeters"),
    Proposal("backup", (BRAM,), "copied on 9 mails with people outside", "Bram 'de' Maes, jr."),
    Proposal("family", ("piet@elders.example",), "has your last name; 3 mails", "Piet Janssens"),
    Proposal("confidential", ("loonbrief", "salaris*"), "2 mails had one in the subject (loonbrief 2)"),
    Proposal("company", ("@acme.example",), "14 mails from 3 people, 11 answered", "", (BRAM, ANNA)),
    Proposal("company", ("@klant.example",), "9 mails from 2 people, 5 answered", "", (ANNA,)),
    Proposal("person", ("jan@gmail.example",), "4 mails, 4 answered", "Jan # Klaas"),
    Proposal("subject", ("offerte",), "6 of 7 mails answered within the hour"),
    Proposal("newsletters", (), "40 mails from 9 senders, each a list's by its header"),
    Proposal("machines", ("noreply@shop.example", "alerts@monitor.example"), "30 mails, none answered"),
)


def loaded(draft: Draft, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setenv("MAIL_PASSWORD", "x")
    path = folder / "rules.yaml"
    path.write_text(rules_yaml(draft))
    return load(path)


def test_nothing_accepted_is_a_configuration_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reviews only: whoever says no to everything has a file that works."""
    config = loaded(BARE, tmp_path, monkeypatch)
    assert config.rules == ()
    assert not config.backups
    assert config.warnings == ()
    assert config.account is not None
    assert config.account.imap.port == 993


def test_everything_accepted_is_what_was_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each proposal is in it, and neither `load` nor the static part of `check` has a word to say."""
    config = loaded(replace(BARE, accepted=EVERYTHING), tmp_path, monkeypatch)
    assert config.warnings == ()
    assert [one for one in lint(config, config.away[0].from_at, ()) if one.code.name != "NEEDS_STAR"] == []
    assert config.owner.aliases == ("s.janssens@voorbeeld.example",)
    assert {key: one.name for key, one in config.backups.items()} == {
        "anna": "Anna Peeters",
        "bram": "Bram 'de' Maes, jr.",
    }
    assert [rule.name for rule in config.rules] == [
        *("family", "confidential", "clients", "clients 2", "answered at once", "newsletters", "machines"),
    ]


def test_a_clients_mail_goes_to_whoever_is_copied_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bram on ACME's, else the first backup; the other one is next."""
    text = rules_yaml(replace(BARE, accepted=EVERYTHING))
    assert text.index("@acme.example") < text.index("forward: [bram, anna]") < text.index("@klant.example")
    assert text.index("@klant.example") < text.index("forward: [anna, bram]")
    assert loaded(replace(BARE, accepted=EVERYTHING), tmp_path, monkeypatch)


def test_without_backups_clients_come_first_in_the_review() -> None:
    accepted = tuple(one for one in EVERYTHING if one.kind != "backup")
    text = rules_yaml(replace(BARE, accepted=accepted))
    assert "forward:" not in text.replace("say `forward: anna`", "")
    assert "review: high" in text


def test_the_figures_stand_beside_what_they_led_to() -> None:
    text = rules_yaml(replace(BARE, accepted=EVERYTHING))
    for proposal in EVERYTHING:
        assert proposal.evidence in " ".join(text.replace("#", " ").split())


@pytest.mark.parametrize("count", range(1 << 5))
def test_any_choice_loads(count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever somebody says yes to (by groups), the file is one that loads without a warning."""
    groups = (("alias", "family"), ("backup",), ("company", "person"), ("confidential", "subject"))
    chosen = {kind for bit, kinds in enumerate(groups) if count >> bit & 1 for kind in kinds}
    chosen |= {"newsletters", "machines"} if count >> 4 & 1 else set()
    accepted = tuple(one for one in EVERYTHING if one.kind in chosen)
    assert loaded(replace(BARE, accepted=accepted), tmp_path, monkeypatch).warnings == ()


def test_two_absences_are_a_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    away = (*BARE.away, (date(2027, 2, 1), date(2027, 2, 8)))
    assert len(loaded(replace(BARE, away=away), tmp_path, monkeypatch).away) == 2


def test_a_server_says_no_more_than_it_must(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Usual ports are left out; a user name of its own, STARTTLS and other ports are there."""
    smtp = Endpoint("smtp.mail.me.com", 587, "starttls", "sofie@icloud.com")
    imap = Endpoint("imap.mail.me.com", 1993, "tls", "sofie")
    draft = replace(BARE, imap=imap, smtp=smtp)
    text = rules_yaml(draft)
    assert "imap: {host: imap.mail.me.com, port: 1993}" in text
    assert "smtp: {host: smtp.mail.me.com, security: starttls, username: sofie@icloud.com}" in text
    account = loaded(draft, tmp_path, monkeypatch).account
    assert account is not None
    assert (account.imap.username, account.smtp.username) == ("sofie", "sofie@icloud.com")


def test_a_token_stands_where_a_password_would() -> None:
    text = rules_yaml(replace(BARE, login=Login("command", ("oama", "access", "a b"), is_token=True)))
    assert "  token: {command: [oama, access, a b]}" in text
    assert "password" not in text


def test_a_login_of_an_app_is_a_token_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    more = (("client_id", "12345678-1234-1234-1234-123456789abc"), ("tenant", "voorbeeld.example"))
    draft = replace(BARE, login=Login("login", "microsoft", True, more), days=0)
    ((login, _),) = loaded(draft, tmp_path, monkeypatch).logins.values()
    assert login.provider == "microsoft"
    assert "from the mail of" not in rules_yaml(draft)


def test_backups_with_the_same_first_name_have_keys_of_their_own() -> None:
    people = [
        Proposal("backup", (f"{n}@x.example",), "", name) for n, name in enumerate(("Anna P", "Ánna Q", "李"))
    ]
    assert list(backup_keys(people).values()) == ["anna", "anna-2", "backup"]


TEXTS = st.text(st.characters(max_codepoint=0xFFFF), min_size=1, max_size=20).map(str.strip).filter(bool)


@given(st.lists(TEXTS, min_size=1, max_size=3))
def test_any_text_comes_back_as_it_was(texts: list[str]) -> None:
    """Names are strangers': whatever stands in one, it stays one text, in a block and between braces."""
    import yaml

    block = "\n".join(f"- {scalar(text)}" for text in texts)
    between = "[" + ", ".join(map(flow, texts)) + "]"
    for written in (block, between):
        loader = yaml.BaseLoader(written)
        assert loader.get_single_data() == texts


def test_no_secret_can_be_in_it() -> None:
    """A login is a kind and a name; there is no place for the secret itself."""
    assert [field for field in itertools.chain(Login.__slots__, Draft.__slots__) if "secret" in field] == []


APP = (("client_id", "12345678-1234-1234-1234-123456789abc"), ("tenant", "voorbeeld.example"))
UNFINISHED = replace(
    BARE,
    smtp=Endpoint("smtp.voorbeeld.example", 587, "starttls", "sofie@voorbeeld.example"),
    login=Login("login", "microsoft", True, APP),
    days=0,
    is_unfinished=True,
)


def test_the_certificates_of_a_file_begun_are_known_again(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(path))
    draft = replace(UNFINISHED, ca=str(path))
    assert begun(rules_yaml(draft), tmp_path) == draft


def begun(text: str, folder: Path) -> Draft | None:
    """What is taken from a file that says this."""
    path = folder / "rules.yaml"
    path.write_text(text)
    return unfinished_draft(text, load(path))


@pytest.mark.parametrize(
    "draft",
    [
        UNFINISHED,
        replace(UNFINISHED, name="Sofie: #1", language="fr"),
        replace(
            UNFINISHED, login=Login("login", "microsoft", True, (*APP, ("authority", "https://a.example:1")))
        ),
        replace(UNFINISHED, smtp=Endpoint("smtp.voorbeeld.example", 2525, "tls", "sofie")),
        replace(
            UNFINISHED,
            timezone="Asia/Bangkok",
            away=(*BARE.away, (date(2027, 7, 1), date(2027, 7, 15))),
        ),
    ],
)
def test_what_was_written_for_a_login_is_known_again(draft: Draft, tmp_path: Path) -> None:
    """With all that was answered."""
    assert NOT_FINISHED in rules_yaml(draft).splitlines()
    assert begun(rules_yaml(draft), tmp_path) == draft


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (NOT_FINISHED + "\n", ""),
        ("# Written by", "# Begun by"),
        ("on 2026-11-28.", "on 2026-11-31."),
        ("rules: []", "rules: [{name: a, when: {bulk: true}, review: low}]"),
        ("# backups:\n#   anna", "backups:\n   anna"),
        ("otherwise: {review: normal}\n", "otherwise: {review: low}\n"),
        ("otherwise: {review: normal}\n", "otherwise: {review: normal}\n# mine\n"),
        ("version: 1\n", "version: 1\n\n"),
        ("from: 2026-12-19", "from: 2026-12-19 12:00"),
        (", tenant:", ", secret_until: 2027-01-01, tenant:"),
    ],
)
def test_a_file_with_anything_else_in_it_is_not(old: str, new: str, tmp_path: Path) -> None:
    """What a person wrote would be lost."""
    text = rules_yaml(UNFINISHED)
    assert text.count(old) == 1
    assert begun(text.replace(old, new), tmp_path) is None


def test_a_file_with_another_login_is_no_beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "x")
    assert begun(rules_yaml(replace(BARE, days=0, is_unfinished=True)), tmp_path) is None
