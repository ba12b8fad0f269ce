from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from delegator.config import Config, ConfigError, Problem, find_config, load, passed_over
from delegator.config.schema import json_schema
from delegator.core.people import Backup, Window, WorkingHours
from delegator.core.rules.book import ForwardTo, Ignore, MakePrivate, ToReview
from delegator.core.rules.conditions import Addresses, AllOf, AnyOf, Header, Is, Keywords, Not

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
OFFICE_HOURS = (WorkingHours(frozenset(range(5)), 9 * 60, 17 * 60 + 30),)
BAD = sorted((HERE / "bad").glob("*.yaml"))

OWNER = """\
version: 1
owner: {name: Sofie Janssens, address: sofie@voorbeeld.example, timezone: Europe/Brussels}
"""
ACCOUNT = """\
away: {from: 2026-12-19, until: 2027-01-04}
account:
  username: sofie
  password: {env: DELEGATOR_TEST_SECRET}
  imap: {host: imap.voorbeeld.example}
  smtp: {host: smtp.voorbeeld.example}
"""


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DELEGATOR_TEST_SECRET", "hunter2")
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)


def loaded(folder: Path, text: str, *, for_files: bool = True) -> Config:
    """The configuration that a text makes."""
    path = folder / "rules.yaml"
    path.write_text(text)
    return load(path, for_files=for_files)


def refused(folder: Path, text: str, *, for_files: bool = True) -> list[str]:
    """What is wrong with a text, each as LINE:COLUMN: what; what to do."""
    with pytest.raises(ConfigError) as caught:
        loaded(folder, text, for_files=for_files)
    return [str(problem).removeprefix(f"{folder}/rules.yaml:") for problem in caught.value.problems]


def expected_errors(path: Path) -> str:
    """All that is wrong with a file, as it stands beside it."""
    with pytest.raises(ConfigError) as caught:
        load(path, for_files=b"\naccount:" not in path.read_bytes())
    return str(caught.value).replace(f"{path.parent}/", "") + "\n"


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_file_gives_the_errors_beside_it(path: Path) -> None:
    """All of them, in order, each with its place; no secret in any. `make generated` writes them anew."""
    errors = expected_errors(path)
    assert errors == path.with_suffix(".txt").read_text()
    assert "hunter2" not in errors.lower()


def test_the_example_shows_every_option() -> None:
    """What README.md says of rules.yaml; the mails under `expect` are in rules.test.yaml, and on its page."""
    shown = (ROOT / "rules.yaml").read_text()
    expected = (ROOT / "docs/testing-rules.md").read_text()
    keys = set(_keys(json_schema()))
    assert len(keys) > 80
    assert [key for key in sorted(keys) if not re.search(rf"\b{key}(:|,| \()", shown + expected)] == []


def _keys(schema: Any) -> Iterator[str]:
    """Of all sections, wherever they stand in the schema."""
    if isinstance(schema, dict):
        if isinstance(properties := schema.get("properties"), dict):
            yield from properties
        for inner in schema.values():
            yield from _keys(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _keys(inner)


def test_the_example_loads() -> None:
    """The repository's rules.yaml is valid, with the list beside it."""
    config = load(ROOT / "rules.yaml", read_secrets=False)
    assert [rule.name for rule in config.rules][0::6] == ["family", "monitoring noise"]
    assert not config.warnings  # it has no key that does nothing
    assert config.rules[0].outcome == MakePrivate()
    assert config.rules[2].outcome == ForwardTo(("bram", "anna"))
    assert config.rules[6].outcome == Ignore()
    assert config.account is not None
    assert config.account.imap.port == 993
    assert config.account.smtp.port == 465
    assert config.recipients == {
        "sofie@voorbeeld.example",
        "anna@voorbeeld.example",
        "bram@voorbeeld.example",
        "it@voorbeeld.example",
    }


def test_the_example_shows_the_defaults(tmp_path: Path) -> None:
    """What the example writes for a review, the follow-up, keep and otherwise is the default.

    All but the country, which nobody can guess.
    """
    example, bare = load(ROOT / "rules.yaml", for_files=True), loaded(tmp_path, OWNER)
    assert (bare.review, bare.follow_up) == (example.review, replace(example.follow_up, holidays=None))
    assert (bare.keep, bare.otherwise) == (example.keep, example.otherwise)


def test_the_least_there_can_be(tmp_path: Path) -> None:
    """An owner is enough to look at files, and everything else has its default."""
    config = loaded(tmp_path, OWNER)
    assert config.owner.language == "en"
    assert config.owner.timezone.key == "Europe/Brussels"
    assert config.away == ()
    assert config.account is None
    assert config.backups == {}
    assert config.rules == ()
    assert config.otherwise == ToReview("normal")
    assert config.review.at == (time(9), time(17))
    assert config.follow_up.within == timedelta(hours=2, minutes=15)
    assert config.keep == timedelta(days=30)
    assert config.warnings == ()


def test_sections_left_empty_are_as_good_as_absent(tmp_path: Path) -> None:
    """`backups:` with every entry commented out is no error."""
    config = loaded(tmp_path, OWNER + "backups:\nrules:\nlists:\nto_do:\nreview:\n")
    assert config.backups == {}
    assert config.rules == ()


def test_away_and_account_are_required_to_run(tmp_path: Path) -> None:
    assert [problem.split(";")[0] for problem in refused(tmp_path, OWNER, for_files=False)] == [
        "1:1: `away` is missing",
        "1:1: `account` is missing",
    ]


def test_mail_can_be_looked_at_before_the_dates_are_known(tmp_path: Path) -> None:
    """In the mailbox, too; `account` is needed then."""
    path = tmp_path / "rules.yaml"
    path.write_text(OWNER + "".join(line for line in ACCOUNT.splitlines(True) if "away:" not in line))
    assert load(path, needs_away=False).away == ()
    path.write_text(OWNER)
    with pytest.raises(ConfigError) as caught:
        load(path, needs_away=False)
    assert [problem.what for problem in caught.value.problems] == ["`account` is missing"]


@pytest.mark.parametrize(
    ("window", "from_at", "until_at"),
    [
        (("2026-12-19", "2027-01-04"), "2026-12-18T23:00Z", "2027-01-03T23:00Z"),
        (("2026-07-01T17:00", "2026-07-02 08:30:00"), "2026-07-01T15:00Z", "2026-07-02T06:30Z"),
        (("2026-07-01T17:00Z", "2026-07-02T08:00-05:00"), "2026-07-01T17:00Z", "2026-07-02T13:00Z"),
        (("2026-03-29T02:30", "2026-03-30"), "2026-03-29T01:00Z", "2026-03-29T22:00Z"),  # a gap
    ],
)
def test_a_window_is_in_the_owners_time_zone(
    tmp_path: Path, window: tuple[str, str], from_at: str, until_at: str
) -> None:
    """A date is its first moment there; an offset that is written counts instead."""
    config = loaded(tmp_path, OWNER + f"away: {{from: {window[0]}, until: {window[1]}}}\n")
    assert config.away == (Window(datetime.fromisoformat(from_at), datetime.fromisoformat(until_at)),)


def test_windows_come_in_order_and_may_touch(tmp_path: Path) -> None:
    config = loaded(
        tmp_path,
        OWNER + "away: [{from: 2026-08-01, until: 2026-08-09}, {from: 2026-07-01, until: 2026-08-01}]\n",
    )
    assert [window.from_at.month for window in config.away] == [6, 7]  # their midnights, in UTC


def test_a_backup_takes_language_and_time_zone_of_the_owner(tmp_path: Path) -> None:
    text = OWNER.replace("{name", "{language: nl, name") + (
        "backups:\n"
        "  anna: {name: Anna Peeters, address: anna@voorbeeld.example,\n"
        "         away: {from: 2026-12-24, until: 2026-12-25}}\n"
        "  joe: {name: Joe, address: joe@voorbeeld.example, language: en, timezone: America/New_York,\n"
        "        reply_to: client, away: [{from: 2026-12-24, until: 2026-12-25}]}\n"
    )
    backups = loaded(tmp_path, text).backups
    assert backups["anna"] == Backup(
        key="anna",
        name="Anna Peeters",
        address="anna@voorbeeld.example",
        aliases=(),
        away=(Window(datetime(2026, 12, 23, 23, tzinfo=UTC), datetime(2026, 12, 24, 23, tzinfo=UTC)),),
        language="nl",
        reply_to="both",
        hours=OFFICE_HOURS,
        timezone=ZoneInfo("Europe/Brussels"),
    )
    assert backups["joe"].language == "en"
    assert backups["joe"].away[0].from_at == datetime(2026, 12, 24, 5, tzinfo=UTC)


def test_scalars_are_read_as_written(tmp_path: Path) -> None:
    """17:00 is no 1020, NO no false, 1.10 no 1.1, null and a date are texts."""
    text = OWNER + (
        "review: {at: [17:00, 09:00]}\n"
        "rules:\n  - {name: NO, when: {subject: [NO, 1.10, null, 2026-12-19]}, review: low}\n"
    )
    config = loaded(tmp_path, text)
    assert config.review.at == (time(9), time(17))
    rule = config.rules[0]
    assert (rule.name, rule.line) == ("NO", 5)
    (subject,) = rule.when.conditions
    assert isinstance(subject, Keywords)
    assert [pattern.source for pattern in subject.patterns] == ["NO", "1.10", "null", "2026-12-19"]


def test_conditions_become_the_tree_that_was_written(tmp_path: Path) -> None:
    text = (
        OWNER
        + """\
rules:
  - name: all of it
    when:
      bulk: false
      recipient: [jan@acme.example, "@acme.example"]
      header: {List-Id: clients, X-Team: [a, b]}
      any: [{subject: klacht}, {body: klacht, direct: true}]
      not: [{cc: jan@acme.example}, {text: spam}]
    review: high
"""
    )
    bulk, recipient, header, any_, not_ = loaded(tmp_path, text).rules[0].when.conditions
    assert bulk == Is("bulk", False)
    assert isinstance(recipient, Addresses)
    assert [pattern.source for pattern in recipient.patterns] == ["jan@acme.example", "@acme.example"]
    assert isinstance(header, AllOf)
    assert [part.name for part in header.conditions if isinstance(part, Header)] == ["List-Id", "X-Team"]
    assert isinstance(any_, AnyOf)
    klacht, both = any_.conditions
    assert isinstance(klacht, Keywords)
    assert isinstance(both, AllOf)
    assert isinstance(not_, Not)
    assert isinstance(not_.condition, AnyOf)


def test_private_false_may_stand_beside_forward_and_review(tmp_path: Path) -> None:
    text = (
        OWNER
        + """\
backups: {anna: {name: Anna, address: anna@voorbeeld.example}}
rules:
  - {name: a, when: {subject: a}, private: false, forward: anna}
  - {name: b, when: {subject: b}, review: low, private: false}
  - {name: c, when: {subject: c}, private: true}
  - {name: d, when: {subject: d}, review: high, propose: anna}
"""
    )
    rules = loaded(tmp_path, text).rules
    assert [rule.lifts_private for rule in rules] == [True, True, False, False]
    assert [rule.outcome for rule in rules] == [
        ForwardTo(("anna",)),
        ToReview("low"),
        MakePrivate(),
        ToReview("high", "anna"),
    ]


def test_aliases_of_yaml_are_allowed(tmp_path: Path) -> None:
    text = (
        OWNER
        + "rules:\n  - {name: a, when: &w {subject: a}, review: low}\n  - {name: b, when: *w, ignore: true}\n"
    )
    first, second = loaded(tmp_path, text).rules
    assert first.when == second.when


def test_an_error_that_an_alias_repeats_is_said_once(tmp_path: Path) -> None:
    text = (
        OWNER
        + "rules:\n  - {name: a, when: &w {subjct: a}, review: low}\n  - {name: b, when: *w, ignore: true}\n"
    )
    assert refused(tmp_path, text) == ['4:25: unknown key "subjct" in `rules.when`; did you mean "subject"?']


# -- servers and secrets


def test_servers_and_their_ports(tmp_path: Path) -> None:
    """starttls has ports of its own; smtp takes the account's login unless it has its own."""
    text = OWNER + ACCOUNT.replace("imap.voorbeeld.example}", "imap.voorbeeld.example, security: starttls}")
    text = text.replace("smtp.voorbeeld.example}", "smtp.voorbeeld.example, security: starttls, username: s}")
    account = loaded(tmp_path, text, for_files=False).account
    assert account is not None
    assert (account.imap.port, account.smtp.port) == (143, 587)
    assert (account.imap.username, account.smtp.username) == ("sofie", "s")
    assert account.imap.password == account.smtp.password
    assert account.mailboxes == ("INBOX",)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost", "LOCALHOST"])
def test_no_encryption_is_for_this_machine(tmp_path: Path, host: str) -> None:
    text = OWNER + ACCOUNT.replace(
        "{host: imap.voorbeeld.example}", f'{{host: "{host}", security: none, port: 1143}}'
    )
    account = loaded(tmp_path, text, for_files=False).account
    assert account is not None
    assert (account.imap.security, account.imap.port) == ("none", 1143)


@pytest.mark.parametrize("host", ["128.0.0.1", "0.0.0.0", "::2", "localhost.voorbeeld.example", "localhost."])
def test_no_encryption_is_for_no_other_machine(tmp_path: Path, host: str) -> None:
    text = OWNER + ACCOUNT.replace(
        "{host: imap.voorbeeld.example}", f'{{host: "{host}", security: none, port: 1143}}'
    )
    (problem,) = refused(tmp_path, text, for_files=False)
    assert "without encryption" in problem
    assert host not in problem


def test_certificates_are_looked_at(tmp_path: Path) -> None:
    text = OWNER + ACCOUNT.replace("imap.voorbeeld.example}", "imap.voorbeeld.example, ca: ca.pem}")
    (tmp_path / "ca.pem").write_text("not PEM")
    (problem,) = refused(tmp_path, text, for_files=False)
    assert problem.startswith("7:44: this file cannot be read as PEM certificates; ")


def test_over_files_no_secret_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret that cannot be had stops `run` at its place, and neither a dry run nor `status`."""
    monkeypatch.delenv("DELEGATOR_TEST_SECRET")
    (problem,) = refused(tmp_path, OWNER + ACCOUNT, for_files=False)
    assert problem == "6:19: the environment variable named here is not set; set it, then start"
    assert loaded(tmp_path, OWNER + ACCOUNT).account is not None
    assert load(tmp_path / "rules.yaml", read_secrets=False).account is not None


# -- where the file is


def test_the_file_asked_for_is_the_one(tmp_path: Path) -> None:
    assert find_config(tmp_path / "any.yaml") == tmp_path / "any.yaml"


def test_the_usual_places_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    monkeypatch.chdir(tmp_path)
    if not Path("/etc/delegator/rules.yaml").exists():
        with pytest.raises(
            ConfigError, match=r"^rules\.yaml:1:1: there is no such .* `delegator init` makes"
        ):
            find_config(None)
    (tmp_path / "xdg" / "delegator").mkdir(parents=True)
    (tmp_path / "xdg" / "delegator" / "rules.yaml").touch()
    assert find_config(None) == tmp_path / "xdg" / "delegator" / "rules.yaml"
    (tmp_path / "rules.yaml").touch()
    assert find_config(None) == Path("rules.yaml")
    assert passed_over("rules.yaml") == tmp_path / "xdg" / "delegator" / "rules.yaml"
    assert passed_over(str(tmp_path / "rules.yaml")) is None, "that one was named"


@pytest.mark.parametrize(
    ("name", "what"), [("none.yaml", "the file does not exist"), (".", "the file is not an ordinary file")]
)
def test_a_file_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, what: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=rf"^{re.escape(name)}:1:1: {what}; "):
        load(Path(name))


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path, OWNER + "#" * 2**20)
    assert problem == "1:1: the file is larger than 1,048,576 octets; make it smaller"


def test_a_very_long_text_is_refused(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path, OWNER + f"keep: {'x' * 5_000}\n")
    assert problem == "3:7: a text of more than 4,000 characters; make it shorter"


def test_too_many_values_are_refused(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path, OWNER + f"rules: [{'a,' * 15_000}]")
    assert "more than 10,000 values, with all aliases (*) written out; " in problem


# -- any text at all

_LINE = re.compile(r"rules\.yaml:[1-9]\d*:[1-9]\d*: .+; .+")

_KNOWN = """
    version owner name address aliases language timezone away from until account username password
    credential env file command imap smtp host port security none ca mailboxes backups anna follow_up within
    hours review at minutes to_do mail preset tags alert after keep lists list rules when forward private
    ignore    propose otherwise
    subject body header any all not bulk true false 1 nl 2026-12-19 09:00 2h15m
    Europe/Paris anna@voorbeeld.example @acme.example *offerte* /^x/ high
    low &a *a << ~ ! | > - ? % " ' # , [ ] { }
"""
_WORDS = st.sampled_from(_KNOWN.split())
_GLUE = st.sampled_from(
    [": ", "\n", "\n  ", "\n    ", "\n- ", "\n  - ", ", ", " {", "}", " [", "]", " ", ":\t"]
)
_YAMLISH = st.lists(st.tuples(_WORDS, _GLUE)).map(
    lambda pairs: "".join(word + glue for word, glue in pairs).encode()
)

_LEAF = _WORDS | st.text(max_size=8) | st.none() | st.integers() | st.booleans()
_TREE = st.dictionaries(
    _WORDS,
    st.recursive(
        _LEAF,
        lambda node: st.lists(node, max_size=4) | st.dictionaries(_WORDS, node, max_size=5),
        max_leaves=12,
    ),
    max_size=8,
)


def _problems(path: Path, *, for_files: bool) -> tuple[Problem, ...]:
    try:
        config = load(path, for_files=for_files)
    except ConfigError as error:
        return error.problems
    assert config.owner.address
    return ()


def _holds(folder: Path, octets: bytes) -> None:
    path = folder / "rules.yaml"
    path.write_bytes(octets)
    for for_files in (True, False):
        problems = _problems(path, for_files=for_files)
        assert list(problems) == sorted(problems, key=lambda problem: (problem.line, problem.column))
        for problem in problems:
            assert _LINE.fullmatch(str(problem).removeprefix(f"{folder}/")), str(problem)


@settings(max_examples=50, deadline=None)
@given(
    octets=st.binary(max_size=200)
    | st.text(max_size=200).map(lambda t: t.encode("utf-8", "ignore"))
    | _YAMLISH
)
def test_any_text_is_a_configuration_or_located_errors(
    tmp_path_factory: pytest.TempPathFactory, octets: bytes
) -> None:
    """Never another exception, and each problem on one line with its place."""
    _holds(tmp_path_factory.getbasetemp(), octets)


@settings(max_examples=50, deadline=None)
@given(tree=_TREE)
def test_any_tree_of_known_words_is_a_configuration_or_located_errors(
    tmp_path_factory: pytest.TempPathFactory, tree: dict[str, object]
) -> None:
    """The same where every key is one that exists somewhere."""
    _holds(tmp_path_factory.getbasetemp(), json.dumps(tree).encode())


_SECRET = st.sampled_from(["zq7zq7", "zq7 zq7", "zq7@zq7", "*zq7", "1zq7", "zq7\n", "zq7: zq7"])
_ACCOUNT = st.recursive(
    _SECRET,
    lambda node: st.lists(node, max_size=3) | st.dictionaries(_WORDS | _SECRET, node, max_size=5),
    max_leaves=12,
)


@settings(max_examples=50, deadline=None)
@example(account={"password": {"command": {}}})
@given(account=st.dictionaries(st.sampled_from(["username", "password", "imap", "smtp", "zq7"]), _ACCOUNT))
def test_nothing_that_stands_under_account_is_shown(
    tmp_path_factory: pytest.TempPathFactory, account: dict[str, object]
) -> None:
    """Key or value, valid or not: it may be the password."""
    path = tmp_path_factory.getbasetemp() / "rules.yaml"
    for text in (json.dumps(account), json.dumps(account).replace('"', "")):
        path.write_text(f"{OWNER}away: {{from: 2026-12-19, until: 2027-01-04}}\naccount: {text}\n")
        for problem in _problems(path, for_files=False):
            assert "zq7" not in str(problem)


@settings(max_examples=40, deadline=None)
@given(
    cut=st.tuples(st.integers(0, 6900), st.integers(0, 60)), put=st.sampled_from(["", *_KNOWN.split(), "\n"])
)
def test_a_damaged_example_is_a_configuration_or_located_errors(
    tmp_path_factory: pytest.TempPathFactory, cut: tuple[int, int], put: str
) -> None:
    folder, text = tmp_path_factory.getbasetemp(), (ROOT / "rules.yaml").read_text()
    (folder / "clients.csv").write_bytes((ROOT / "clients.csv").read_bytes())
    _holds(folder, (text[: cut[0]] + put + text[sum(cut) :]).encode())


@pytest.mark.parametrize(
    "text", ["[" * 500_000, "a: " * 50_000, "- " * 300_000, "? " * 300_000, "&a " * 200_000]
)
def test_hostile_text_ends_in_time(tmp_path: Path, text: str) -> None:
    assert len(refused(tmp_path, text)) == 1


def test_working_hours_are_kept_per_backup(tmp_path: Path) -> None:
    """Each backup has their own, or those of the follow-up; several spans become one week."""
    text = OWNER + (
        "follow_up: {hours: [mon-thu 08:00-16:00, fri 08:00-12:00], holidays: DE-BY}\n"
        "backups:\n"
        "  anna: {name: Anna, address: anna@voorbeeld.example}\n"
        "  bram: {name: Bram, address: bram@voorbeeld.example, hours: 'fri-mon,wed 22:00-24:00'}\n"
    )
    config = loaded(tmp_path, text)
    week = (
        WorkingHours(frozenset({0, 1, 2, 3}), 8 * 60, 16 * 60),
        WorkingHours(frozenset({4}), 8 * 60, 12 * 60),
    )
    assert config.follow_up.hours == week
    assert config.follow_up.holidays == "DE-BY"
    assert config.backups["anna"].hours == week
    assert config.backups["bram"].hours == (WorkingHours(frozenset({0, 2, 4, 5, 6}), 22 * 60, 24 * 60),)
